//! Forgetting a person: the journal is written anew with their parts blanked, then indexed anew.
//!
//! Ids and numbers stay, so that the chain of entries holds: a forgotten registration still counts.
//! A letter to them that was not sent can never be sent any more. Where another's words name them,
//! those words are blanked, and nothing else of the other's.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use super::apply::change_registration;
use super::error::RegisterError;
use super::journal::{self, Journal};
use super::state::{Index, State};
use super::view::Entries;
use super::{Register, open, store};
use crate::core::digest::{Digest, Item, ListRow};
use crate::core::entry::{Body, Change, Contact, Decided, Entry, MailWords, Personal};
use crate::core::person::{Address, Person, fold, name_key};
use crate::core::reply::Letter;
use crate::core::roll::RegistrationId;

/// Fewer digits are no telephone number of somebody in particular.
const PHONE_DIGITS_MIN: usize = 8;
/// A telephone is compared by its last digits: `+33 4 73 …` and `04 73 …` are the same.
const PHONE_DIGITS_COMPARED: usize = 9;

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Entries in which something was blanked.
    pub entries: u64,
    /// Registrations whose person is forgotten.
    pub registrations: u64,
}

/// By what a person is found in words.
#[derive(Debug, Default)]
struct Traces {
    emails: BTreeSet<String>,
    /// Folded, in each order in which they were written.
    names: BTreeSet<String>,
    name_keys: BTreeSet<String>,
    phones: BTreeSet<String>,
    message_ids: BTreeSet<String>,
    registrations: BTreeSet<RegistrationId>,
}

type IsThem<'a> = dyn Fn(&Person) -> bool + 'a;

impl Register {
    /// Forgets everybody of whom `is_them` is true: in the journal, the store and everything made of
    /// them. It is asked about people, and about addresses as people of whom only that is known.
    /// Blocks until done; nothing else is recorded meanwhile.
    ///
    /// # Errors
    /// The disk's. Before the journal is replaced nothing has changed; after that the next start
    /// completes what is left.
    pub fn forget(&self, is_them: impl Fn(&Person) -> bool) -> Result<Forgotten, RegisterError> {
        let mut state = self.shared.quiet();
        state.check()?;
        let traces = Traces::collect(&*state, state.last(), &is_them)?;
        let mut forgotten = Forgotten {
            entries: 0,
            registrations: u64::try_from(traces.registrations.len()).unwrap_or(u64::MAX),
        };
        let folder = self.folder.as_path();
        journal::replace(folder, |file| {
            let mut file = BufWriter::new(file);
            let mut put = |bytes: &[u8]| {
                file.write_all(bytes)
                    .map_err(|error| RegisterError::disk("writing to", folder, &error))
            };
            put(&journal::first_line()?)?;
            for n in 1..=state.last() {
                let (Some(mut entry), batch) = (state.entry(n)?, state.batch_of(n)?) else {
                    continue;
                };
                if traces.blank_entry(&mut entry, &is_them) {
                    forgotten.entries += 1;
                }
                put(&journal::line(&entry, batch)?)?;
            }
            file.flush()
                .map_err(|error| RegisterError::disk("writing to", folder, &error))
        })?;
        let anew = self.index_anew(&mut state);
        if let Err(error) = anew {
            state.fail(&error);
            return Err(error);
        }
        Ok(forgotten)
    }

    /// Takes the replaced journal up and makes the store of it.
    fn index_anew(&self, state: &mut State) -> Result<(), RegisterError> {
        state.index = Index::Closed;
        store::remove(&self.folder)?;
        let journal = Journal::open(&self.folder, true)?
            .ok_or_else(|| RegisterError::store("the journal has vanished"))?;
        let scanned = journal.scan(&mut |_, _| Ok(()))?;
        let store = open::build(&self.folder, &journal, &scanned, &mut |_, _| {})?;
        state.journal = Arc::new(journal);
        state.index = Index::Store(Arc::new(store));
        state.offsets = scanned.offsets;
        state.bytes = scanned.bytes;
        state.forget_kept();
        Ok(())
    }
}

fn with_address(name: Option<&str>, email: &str) -> Person {
    Person {
        name: name.unwrap_or_default().to_owned(),
        email: Some(email.to_owned()),
        ..Person::default()
    }
}

fn is_address(address: &Address, is_them: &IsThem<'_>) -> bool {
    is_them(&with_address(address.name.as_deref(), &address.email))
}

fn decided(entry: &Entry) -> Option<&Decided> {
    match &entry.body {
        Body::Mail(mail) => Some(&mail.decided),
        Body::Decided(decided) => Some(decided),
        _ => None,
    }
}

impl Traces {
    /// Reads the whole journal for what leads to them.
    fn collect(
        entries: &dyn Entries,
        last: u64,
        is_them: &IsThem<'_>,
    ) -> Result<Traces, RegisterError> {
        let mut traces = Traces::default();
        for n in 1..=last {
            if let Some(entry) = entries.entry(n)?
                && let Some(personal) = &entry.personal
            {
                traces.collect_personal(&entry, personal, is_them);
            }
        }
        Ok(traces)
    }

    fn collect_personal(&mut self, entry: &Entry, personal: &Personal, is_them: &IsThem<'_>) {
        for (index, contact) in personal.people.iter().enumerate() {
            self.collect_contact(contact, is_them);
            if is_them(&contact.person) {
                let changes = decided(entry).map(|decided| decided.changes.as_slice());
                self.registrations
                    .extend(
                        changes
                            .unwrap_or_default()
                            .iter()
                            .filter_map(|change| match change {
                                Change::Registered { id, person, .. }
                                | Change::Details { id, person }
                                    if *person == index =>
                                {
                                    Some(*id)
                                }
                                _ => None,
                            }),
                    );
            }
        }
        if let Some(mail) = &personal.mail
            && let Some(from) = &mail.from
            && is_address(from, is_them)
        {
            self.address(from);
            self.message_ids.extend(mail.message_id.clone());
        }
        let participants = personal.reading.iter().flat_map(|r| &r.participants);
        for participant in participants.filter(|p| is_them(&p.person)) {
            self.person(&participant.person);
        }
        for letter in &personal.letters {
            if let Letter::Reply(reply) = letter
                && is_address(&reply.to, is_them)
            {
                self.address(&reply.to);
            }
        }
    }

    fn collect_contact(&mut self, contact: &Contact, is_them: &IsThem<'_>) {
        if is_them(&contact.person) {
            self.person(&contact.person);
            let own = contact
                .contact
                .as_deref()
                .filter(|address| is_them(&with_address(None, address)));
            self.emails.extend(own.map(str::to_lowercase));
        }
        if let Some(maker) = &contact.made_by
            && is_them(&with_address(contact.made_by_name.as_deref(), maker))
        {
            self.emails.insert(maker.to_lowercase());
            self.name(contact.made_by_name.as_deref().unwrap_or_default());
        }
    }

    fn person(&mut self, person: &Person) {
        self.name(&person.name);
        let email = person.email.as_deref().filter(|email| !email.is_empty());
        self.emails.extend(email.map(str::to_lowercase));
        let phone = digits(person.phone.as_deref().unwrap_or_default());
        if phone.len() >= PHONE_DIGITS_MIN {
            self.phones.insert(phone);
        }
    }

    fn address(&mut self, address: &Address) {
        if !address.email.is_empty() {
            self.emails.insert(address.email.to_lowercase());
        }
        self.name(address.name.as_deref().unwrap_or_default());
    }

    fn name(&mut self, name: &str) {
        let folded = fold(name);
        if folded.is_empty() {
            return;
        }
        if let Some((first, rest)) = folded.split_once(' ') {
            self.names.insert(format!("{rest} {first}"));
        }
        self.name_keys.insert(name_key(name));
        self.names.insert(folded);
    }

    fn is_empty(&self) -> bool {
        self.emails.is_empty() && self.names.is_empty()
    }

    /// Says whether words name them.
    fn hit(&self, text: &str) -> bool {
        if text.is_empty() {
            return false;
        }
        let lower = text.to_lowercase();
        let within = |needles: &BTreeSet<String>| needles.iter().any(|n| lower.contains(n));
        if within(&self.emails) || self.message_ids.iter().any(|id| text.contains(id)) {
            return true;
        }
        let phone = digits(text);
        let by_phone = |p: &String| phone.contains(last_digits(p));
        if phone.len() >= PHONE_DIGITS_MIN && self.phones.iter().any(by_phone) {
            return true;
        }
        let folded = format!(" {} ", fold(text));
        self.names
            .iter()
            .any(|name| folded.contains(&format!(" {name} ")))
            || self.name_keys.contains(&name_key(text))
    }

    /// Blanks what an entry says of them; gives whether anything was.
    fn blank_entry(&self, entry: &mut Entry, is_them: &IsThem<'_>) -> bool {
        let about = decided(entry).is_some_and(|decided| {
            decided
                .changes
                .iter()
                .filter_map(change_registration)
                .any(|id| self.registrations.contains(&id))
        });
        let Some(personal) = &mut entry.personal else {
            return false;
        };
        let before = personal.clone();
        let mut concerned = about;
        for contact in &mut personal.people {
            concerned |= is_them(&contact.person);
            self.blank_contact(contact, is_them);
        }
        if let Some(mail) = &mut personal.mail {
            self.blank_mail(mail, concerned, is_them);
        }
        for letter in &mut personal.letters {
            *letter = self.blank_letter(letter);
        }
        if personal.reading.as_ref().is_some_and(|r| self.hits(r)) {
            personal.reading = None;
        }
        if personal.handed.as_ref().is_some_and(|h| self.hits(h)) {
            personal.handed = None;
        }
        personal.lines.retain(|line| !self.hits(line));
        personal.asked.retain(|command| !self.hits(command));
        let note = personal.note.as_deref().unwrap_or_default();
        if self.hit(note) || (about && !note.is_empty()) {
            personal.note = None;
        }
        *personal != before
    }

    fn blank_contact(&self, contact: &mut Contact, is_them: &IsThem<'_>) {
        if is_them(&contact.person) {
            *contact = Contact::default();
            return;
        }
        let maker = contact.made_by.as_deref().unwrap_or_default();
        let name = contact.made_by_name.as_deref();
        if !maker.is_empty() && is_them(&with_address(name, maker)) {
            // Thread and words are those of the mail that they wrote.
            contact.made_by = None;
            contact.made_by_name = None;
            contact.thread.clear();
            contact.subject.clear();
            contact.remarks.clear();
        }
        let address = contact.contact.as_deref().unwrap_or_default();
        if !address.is_empty() && self.emails.contains(&address.to_lowercase()) {
            contact.contact = None;
        }
        contact.thread.retain(|id| !self.hit(id));
        contact.remarks.retain(|remark| !self.hit(remark));
        if self.hit(&contact.subject) {
            contact.subject.clear();
        }
    }

    fn blank_mail(&self, mail: &mut MailWords, concerned: bool, is_them: &IsThem<'_>) {
        let theirs = mail.from.as_ref().is_some_and(|a| is_address(a, is_them));
        if theirs {
            mail.from = None;
            mail.message_id = None;
        }
        if theirs || concerned || self.hit(&mail.subject) {
            mail.subject.clear();
        }
        if theirs || concerned {
            mail.evidence.clear();
        }
        mail.evidence.retain(|evidence| !self.hit(&evidence.quote));
        for name in &mut mail.names {
            if self.hit(name) {
                name.clear();
            }
        }
    }

    fn blank_letter(&self, letter: &Letter) -> Letter {
        let mut letter = letter.clone();
        if let Letter::Digest { digest, .. } = &mut letter {
            self.blank_digest(digest);
        }
        if let Letter::Notice { notice, .. } = &mut letter {
            notice
                .items
                .iter_mut()
                .for_each(|item| self.blank_item(item));
            if !self.is_empty() {
                notice.originals.clear(); // its encoded parts may name them; it was sent long ago
            }
        }
        let swept = serde_json::to_value(&letter).ok().and_then(|mut value| {
            self.sweep(&mut value);
            serde_json::from_value(value).ok()
        });
        // What cannot be read any more had a word of the format for a name: such a letter stays as
        // its typed parts were blanked.
        swept.unwrap_or(letter)
    }

    fn blank_digest(&self, digest: &mut Digest) {
        for item in digest.to_decide.iter_mut().chain(&mut digest.to_answer) {
            self.blank_item(item);
        }
        for session in &mut digest.sessions {
            for row in &mut session.list {
                if self.hit(&row.name) || self.hit(&row.email) {
                    *row = ListRow {
                        id: row.id.clone(),
                        status: row.status.clone(),
                        ..ListRow::default()
                    };
                }
            }
        }
        digest
            .bounced
            .retain(|(name, address, _)| !self.hit(name) && !self.hit(address));
    }

    fn blank_item(&self, item: &mut Item) {
        if self.hit(&item.who) {
            item.who.clear();
            item.subject.clear();
            item.quotes.clear();
        }
    }

    /// Blanks every string that names them.
    fn sweep(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) if self.hit(text) => text.clear(),
            serde_json::Value::Array(values) => values.iter_mut().for_each(|v| self.sweep(v)),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|v| self.sweep(v)),
            _ => {}
        }
    }

    fn hits<T: serde::Serialize>(&self, value: &T) -> bool {
        fn any(value: &serde_json::Value, hit: &dyn Fn(&str) -> bool) -> bool {
            match value {
                serde_json::Value::String(text) => hit(text),
                serde_json::Value::Array(values) => values.iter().any(|v| any(v, hit)),
                serde_json::Value::Object(fields) => fields.values().any(|v| any(v, hit)),
                _ => false,
            }
        }
        serde_json::to_value(value).is_ok_and(|value| any(&value, &|text| self.hit(text)))
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn last_digits(digits: &str) -> &str {
    let from = digits.len().saturating_sub(PHONE_DIGITS_COMPARED);
    digits.get(from..).unwrap_or(digits)
}
