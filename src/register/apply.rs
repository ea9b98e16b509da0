//! `apply(rows, entry) → writes`: what one entry means for the index; pure, and total over entries.
//!
//! Nothing but the entry and the rows of earlier entries is looked at: no catalogue, clock, template
//! or lexicon. So the index can be thrown away and made again, and comes out equal. An entry that
//! names a registration, letter or question that is not there changes nothing by that.

use jiff::Timestamp;

use super::error::RegisterError;
use super::facts::{CatalogueRow, Counts, LastDigest};
use super::keys::{Key, Table, address_hash, hash_from_hex, hash_of};
use super::rows::{Edit, Rows, Writes};
use crate::core::catalogue::{Session, SessionId};
use crate::core::entry::{
    Body, Cause, Change, Contact, Decided, Entry, MailWalked, Owed, Personal, Place, Walk,
};
use crate::core::person::own_domain_of;
use crate::core::reply::{Letter, Status};
use crate::core::roll::{Registration, RegistrationId};

mod letters;

pub(super) use letters::{
    LetterRow, OPEN, letter_key, letter_of_state_key, phase_prefix, token_of,
};

/// Kinds of what falls due, as in [`Table::Due`].
pub(super) const DUE_PAUSE: u8 = 0;
/// A question whose time is over.
pub(super) const DUE_QUESTION: u8 = 1;
/// Width of a bucket of registrations, in seconds (the window is 10 minutes).
pub(super) const REGISTERED_BUCKET_SECS: i64 = 10;
/// Width of a bucket of replies, in seconds (the window is an hour).
pub(super) const WRITTEN_BUCKET_SECS: i64 = 60;

/// Says what one entry writes.
pub(super) fn apply(rows: &dyn Rows, entry: &Entry) -> Result<Writes, RegisterError> {
    let edit = Edit::new(rows, entry.n);
    let counts = edit.row(&Key::of(Table::Counts))?.unwrap_or_default();
    let mut applying = Applying {
        edit,
        entry,
        counts,
    };
    applying.counts.entries = entry.n;
    applying.counts.last_at = Some(entry.at);
    applying.body()?;
    let Applying {
        mut edit, counts, ..
    } = applying;
    edit.put(Key::of(Table::Counts), &counts)?;
    Ok(edit.finish())
}

/// A question as the index keeps it; what was understood stays in the journal.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct QuestionRow {
    pub(super) options: Vec<SessionId>,
    pub(super) registrations: Vec<RegistrationId>,
    pub(super) received: Timestamp,
    pub(super) until: Timestamp,
    pub(super) address: String,
}

/// An item of the digest.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct ItemRow {
    pub(super) to_decide: bool,
    pub(super) told: Option<u64>,
}

/// How far a mailbox was walked; unique names have rows of their own.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct CursorRow {
    pub(super) uid_validity: u32,
    pub(super) uid_next: u32,
    pub(super) began_at: Option<Timestamp>,
}

/// Gives the number of a bucket of time.
pub(super) fn bucket(at: Timestamp, width_secs: i64) -> u64 {
    u64::try_from(at.as_second().div_euclid(width_secs)).unwrap_or_default()
}

/// One entry being applied.
struct Applying<'a> {
    edit: Edit<'a>,
    entry: &'a Entry,
    counts: Counts,
}

impl Applying<'_> {
    fn body(&mut self) -> Result<(), RegisterError> {
        let entry = self.entry;
        self.cause();
        match &entry.body {
            Body::WatchBegan {
                mailbox,
                uid_validity,
                uid_next,
                names,
            } => self.watch_began(mailbox, *uid_validity, *uid_next, names),
            Body::Mail(mail) => self.mail(mail),
            Body::Decided(decided) => self.decided(decided, None),
            Body::Catalogue {
                sessions,
                vanished,
                frozen,
            } => self.catalogue(sessions, vanished, frozen),
            Body::SessionAccepted { session } => self.session(session, |row| row.frozen = false),
            Body::Capacity { session, capacity } => {
                self.session(session, |row| row.capacity = *capacity)
            }
            Body::Digest {
                date,
                to_entry,
                owed,
                items,
            } => {
                let digest = LastDigest {
                    entry: entry.n,
                    date: *date,
                    to_entry: *to_entry,
                    skipped: owed.is_empty(),
                    accepted: false,
                };
                self.digest(&digest, owed, items)
            }
            Body::Noticed { owed, .. } => self.owe_all(owed, None),
            Body::Attempt { letter, sha256 } => self.attempt(letter, sha256),
            Body::Outcome {
                letter,
                delivery,
                retry_at,
            } => self.outcome(letter, delivery, *retry_at),
            Body::Filed { letter, given_up } => self.filed(letter, given_up.as_deref()),
            Body::Held { letter, why } => self.hold(letter, *why),
            Body::Released { letter } => self.release(letter),
            Body::Paused { on } => self.pause(*on),
            Body::Settled { entry } => {
                self.settled(*entry);
                Ok(())
            }
            Body::Restored => self.restored(),
        }
    }

    /// Links this entry to the one that it follows from.
    fn cause(&mut self) {
        match self.entry.cause {
            Cause::Due { entry }
            | Cause::Catalogue { entry }
            | Cause::Organiser { entry: Some(entry) } => self.about_entry(entry),
            Cause::Itself | Cause::Mail | Cause::Organiser { entry: None } => {}
        }
    }

    fn about_entry(&mut self, of: u64) {
        let key = Key::of(Table::AboutEntry).number(of).number(self.entry.n);
        self.edit.mark(key);
    }

    fn about(&mut self, id: RegistrationId) {
        let key = Key::of(Table::About).number(id.0).number(self.entry.n);
        self.edit.mark(key);
    }

    fn watch_began(
        &mut self,
        mailbox: &str,
        uid_validity: u32,
        uid_next: u32,
        names: &[String],
    ) -> Result<(), RegisterError> {
        let key = Key::of(Table::Cursor).text(mailbox);
        let before: CursorRow = self.edit.row(&key)?.unwrap_or_default();
        for (key, _) in self.edit.scan(&Key::of(Table::CursorName).text(mailbox))? {
            self.edit.remove(Key(key));
        }
        for name in names {
            let key = Key::of(Table::CursorName).text(mailbox).text(name);
            self.edit.mark(key);
        }
        let row = CursorRow {
            uid_validity,
            uid_next,
            began_at: before.began_at.or(Some(self.entry.at)),
        };
        self.edit.put(key, &row)
    }

    fn walked(&mut self, place: &Place) -> Result<(), RegisterError> {
        match place {
            Place::Imap {
                mailbox,
                uid_validity,
                uid,
            } => {
                let key = Key::of(Table::Cursor).text(mailbox);
                let mut row: CursorRow = self.edit.row(&key)?.unwrap_or_default();
                if row.uid_validity != *uid_validity {
                    row.uid_validity = *uid_validity;
                    row.uid_next = 0;
                }
                row.uid_next = row.uid_next.max(uid.saturating_add(1));
                self.edit.put(key, &row)
            }
            Place::Maildir { mailbox, name } => {
                let key = Key::of(Table::Cursor).text(mailbox);
                if self.edit.row::<CursorRow>(&key)?.is_none() {
                    self.edit.put(key, &CursorRow::default())?;
                }
                let key = Key::of(Table::CursorName).text(mailbox).text(name);
                self.edit.mark(key);
                Ok(())
            }
        }
    }

    fn mail(&mut self, mail: &MailWalked) -> Result<(), RegisterError> {
        self.walked(&mail.place)?;
        let word = walk_word(&mail.walk).to_owned();
        *self.counts.mails.entry(word).or_default() += 1;
        let same_as = match mail.walk {
            Walk::Same { entry } => Some(entry),
            _ => None,
        };
        let bytes = Key::of(Table::MailBytes).hash(&hash_from_hex(&mail.identity.sha256));
        if self.edit.row::<u64>(&bytes)?.is_none() {
            self.edit.put(bytes, &same_as.unwrap_or(self.entry.n))?;
        }
        if let Some(id) = &mail.identity.message_id {
            let key = Key::of(Table::MailId)
                .hash(&hash_from_hex(id))
                .number(self.entry.n);
            self.edit.put(key, &mail.identity.content)?;
        }
        if let Some(entry) = same_as {
            self.about_entry(entry);
        }
        if let Walk::SentByHand { answers } = &mail.walk {
            for id in answers {
                let key = Key::of(Table::ByHand).hash(&hash_from_hex(id));
                self.edit.put(key, &self.entry.n)?;
            }
        }
        if let Walk::Bounce {
            letter: Some(letter),
            permanent,
        } = &mail.walk
        {
            self.bounce(letter, *permanent)?;
        }
        let question = mail.understood.as_ref().is_some_and(|u| u.question);
        if question && !mail.decided.to_human {
            self.item(false)?;
        }
        self.decided(&mail.decided, Some(mail))
    }

    fn settled(&mut self, entry: u64) {
        self.edit.remove(Key::of(Table::Item).number(entry));
        self.about_entry(entry);
    }

    fn item(&mut self, to_decide: bool) -> Result<(), RegisterError> {
        let row = ItemRow {
            to_decide,
            told: None,
        };
        self.edit
            .put(Key::of(Table::Item).number(self.entry.n), &row)
    }

    fn decided(
        &mut self,
        decided: &Decided,
        mail: Option<&MailWalked>,
    ) -> Result<(), RegisterError> {
        for change in &decided.changes {
            self.change(change, decided)?;
        }
        if let Some(entry) = decided.closes_question {
            self.close_question(entry)?;
        }
        if decided.to_human {
            self.item(true)?;
        }
        self.owe_all(&decided.owed, Some(decided))?;
        if let Some(id) = mail.and_then(|mail| mail.identity.message_id.as_deref()) {
            let registrations = decided
                .changes
                .iter()
                .filter_map(change_registration)
                .chain(decided.owed.iter().flat_map(|o| o.registrations.clone()));
            for registration in registrations {
                let key = Key::of(Table::Thread)
                    .hash(&hash_from_hex(id))
                    .number(registration.0);
                self.edit.mark(key);
            }
        }
        Ok(())
    }

    fn change(&mut self, change: &Change, decided: &Decided) -> Result<(), RegisterError> {
        match change {
            Change::Registered { .. } => self.registered(change),
            Change::State {
                id,
                state,
                paused_until,
            } => self.alter(*id, |r| {
                r.state = *state;
                r.paused_until = *paused_until;
            }),
            Change::Details { id, person } => {
                let contact = self.contact(*person);
                self.alter(*id, |r| take_details(r, contact))
            }
            Change::Rank { id, rank, group } => self.alter(*id, |r| {
                r.rank = *rank;
                r.group = *group;
            }),
            Change::Invitation { id, uid, sequence } => self.alter(*id, |r| {
                r.invitation = Some((uid.clone(), *sequence));
            }),
            Change::PauseOver { id } => self.alter(*id, |r| r.paused_until = None),
            Change::Bounced { id } => self.alter(*id, |r| r.bounced = true),
            Change::Asked {
                options,
                registrations,
                received,
                until,
            } => {
                let row = QuestionRow {
                    options: options.clone(),
                    registrations: registrations.clone(),
                    received: *received,
                    until: *until,
                    address: self.asked_address(decided),
                };
                self.ask(&row)
            }
            Change::QuestionClosed { entry } => self.close_question(*entry),
            Change::Superseded { letter } => self.supersede(letter),
            Change::Capacity { session, capacity } => {
                self.session(session, |row| row.capacity = *capacity)
            }
            Change::SessionAccepted { session } => self.session(session, |row| row.frozen = false),
            Change::Settled { entry } => {
                self.settled(*entry);
                Ok(())
            }
            Change::Paused { on } => self.pause(*on),
        }
    }

    fn contact(&self, index: usize) -> Contact {
        self.entry
            .personal
            .as_ref()
            .and_then(|personal| personal.people.get(index))
            .cloned()
            .unwrap_or_default()
    }

    fn registered(&mut self, change: &Change) -> Result<(), RegisterError> {
        let Change::Registered {
            id,
            session,
            state,
            rank,
            group,
            person,
            language,
            invitation,
        } = change
        else {
            return Ok(());
        };
        let contact = self.contact(*person);
        let registration = Registration {
            id: *id,
            session: session.clone(),
            state: *state,
            rank: *rank,
            group: *group,
            person: known_person(&contact),
            contact: contact.contact,
            made_by: contact.made_by,
            made_by_name: contact.made_by_name,
            language: *language,
            thread: contact.thread,
            subject: contact.subject,
            invitation: invitation.clone().map(|uid| (uid, 0)),
            paused_until: None,
            remarks: contact.remarks,
            bounced: false,
            entry: self.entry.n,
        };
        self.counts.registration_last = self.counts.registration_last.max(id.0);
        if self.entry.cause == Cause::Mail {
            let bucket = bucket(self.entry.at, REGISTERED_BUCKET_SECS);
            self.edit.count(Key::of(Table::Registered).number(bucket))?;
        }
        let before = self.registration(*id)?;
        self.keep(before.as_ref(), &registration)
    }

    /// Reads a registration.
    fn registration(&self, id: RegistrationId) -> Result<Option<Registration>, RegisterError> {
        let key = Key::of(Table::Registration).number(id.0);
        let Some(session) = self.edit.row::<String>(&key)? else {
            return Ok(None);
        };
        self.edit
            .row(&Key::of(Table::Roll).text(&session).number(id.0))
    }

    /// Changes a registration, if it is there.
    fn alter(
        &mut self,
        id: RegistrationId,
        change: impl FnOnce(&mut Registration),
    ) -> Result<(), RegisterError> {
        let Some(before) = self.registration(id)? else {
            return Ok(());
        };
        let mut after = before.clone();
        change(&mut after);
        after.entry = self.entry.n;
        self.keep(Some(&before), &after)
    }

    /// Writes a registration and what leads to it.
    fn keep(
        &mut self,
        before: Option<&Registration>,
        after: &Registration,
    ) -> Result<(), RegisterError> {
        let id = after.id.0;
        if let Some(before) = before {
            for key in leading_keys(before) {
                self.edit.remove(key);
            }
            let count = self.counts.registrations.entry(before.state).or_default();
            *count = count.saturating_sub(1);
        }
        for key in leading_keys(after) {
            self.edit.mark(key);
        }
        *self.counts.registrations.entry(after.state).or_default() += 1;
        self.about(after.id);
        let session = &after.session.0;
        self.edit
            .put(Key::of(Table::Registration).number(id), session)?;
        self.edit
            .put(Key::of(Table::Roll).text(session).number(id), after)
    }

    /// Finds the address that was asked: where the clarifying letter goes, else who wrote.
    fn asked_address(&self, decided: &Decided) -> String {
        let Some(personal) = &self.entry.personal else {
            return String::new();
        };
        let clarifying = decided
            .owed
            .iter()
            .find(|owed| owed.status == Status::Clarify)
            .and_then(|owed| reply_to(personal, owed));
        let writer = personal.mail.as_ref().and_then(|mail| mail.from.as_ref());
        clarifying
            .or_else(|| writer.map(|address| address.email.clone()))
            .unwrap_or_default()
    }

    fn ask(&mut self, row: &QuestionRow) -> Result<(), RegisterError> {
        let n = self.entry.n;
        for key in question_keys(n, row) {
            self.edit.mark(key);
        }
        for id in &row.registrations {
            self.about(*id);
        }
        self.edit.put(Key::of(Table::Question).number(n), row)
    }

    fn close_question(&mut self, entry: u64) -> Result<(), RegisterError> {
        let key = Key::of(Table::Question).number(entry);
        if let Some(row) = self.edit.row::<QuestionRow>(&key)? {
            for key in question_keys(entry, &row) {
                self.edit.remove(key);
            }
            self.edit.remove(key);
        }
        self.about_entry(entry);
        Ok(())
    }

    fn catalogue(
        &mut self,
        sessions: &[Session],
        vanished: &[SessionId],
        frozen: &[SessionId],
    ) -> Result<(), RegisterError> {
        for session in sessions {
            let key = Key::of(Table::Session).text(&session.id.0);
            let before: Option<CatalogueRow> = self.edit.row(&key)?;
            // The organiser's capacity holds until the file's own value changes.
            let capacity = before
                .as_ref()
                .filter(|before| before.session.capacity == session.capacity)
                .and_then(|before| before.capacity);
            let row = CatalogueRow {
                session: session.clone(),
                vanished: false,
                frozen: before.as_ref().is_some_and(|before| before.frozen),
                capacity,
                entry: self.entry.n,
            };
            self.edit.put(key, &row)?;
        }
        for id in vanished {
            self.session(id, |row| row.vanished = true)?;
        }
        for id in frozen {
            self.session(id, |row| row.frozen = true)?;
        }
        Ok(())
    }

    fn session(
        &mut self,
        id: &SessionId,
        change: impl FnOnce(&mut CatalogueRow),
    ) -> Result<(), RegisterError> {
        let key = Key::of(Table::Session).text(&id.0);
        if let Some(mut row) = self.edit.row::<CatalogueRow>(&key)? {
            change(&mut row);
            row.entry = self.entry.n;
            self.edit.put(key, &row)?;
        }
        Ok(())
    }

    fn digest(
        &mut self,
        digest: &LastDigest,
        owed: &[Owed],
        items: &[u64],
    ) -> Result<(), RegisterError> {
        self.edit.put(Key::of(Table::Digest), &digest.entry)?;
        let key = Key::of(Table::Digest).number(digest.entry);
        self.edit.put(key, digest)?;
        if digest.skipped {
            self.counts.digest_covered = self.counts.digest_covered.max(digest.to_entry);
        }
        for item in items {
            let key = Key::of(Table::Item).number(*item);
            if let Some(mut row) = self.edit.row::<ItemRow>(&key)? {
                row.told = row.told.or(Some(self.entry.n));
                self.edit.put(key, &row)?;
            }
        }
        self.owe_all(owed, None)
    }
}

/// Gives the person of a contact, unless it is blank: forgotten, or never known.
fn known_person(contact: &Contact) -> Option<crate::core::person::Person> {
    let blank = crate::core::person::Person::default();
    Some(contact.person.clone()).filter(|person| *person != blank)
}

fn take_details(registration: &mut Registration, contact: Contact) {
    registration.person = known_person(&contact);
    registration.contact = contact.contact;
    registration.made_by = contact.made_by;
    registration.made_by_name = contact.made_by_name;
    if !contact.thread.is_empty() {
        registration.thread = contact.thread;
    }
    if !contact.subject.is_empty() {
        registration.subject = contact.subject;
    }
    if !contact.remarks.is_empty() {
        registration.remarks = contact.remarks;
    }
}

/// Gives the keys that lead to a registration: its addresses, their own domains, its thread, its pause.
fn leading_keys(registration: &Registration) -> Vec<Key> {
    let id = registration.id.0;
    let person = registration
        .person
        .as_ref()
        .and_then(|p| p.email.as_deref());
    let addresses = [
        person,
        registration.contact.as_deref(),
        registration.made_by.as_deref(),
    ];
    let mut keys = Vec::new();
    for address in addresses.into_iter().flatten() {
        let hash = address_hash(address);
        keys.push(Key::of(Table::ByAddress).hash(&hash).number_falling(id));
        let lower = address.to_lowercase();
        if let Some(domain) = own_domain_of(&lower) {
            let hash = hash_of(domain);
            keys.push(Key::of(Table::ByDomain).hash(&hash).number_falling(id));
        }
    }
    for message_id in &registration.thread {
        let hash = super::keys::message_id_hash(message_id);
        keys.push(Key::of(Table::Thread).hash(&hash).number(id));
    }
    if let Some(until) = registration.paused_until {
        keys.push(Key::of(Table::Due).time(until).byte(DUE_PAUSE).number(id));
    }
    keys
}

fn question_keys(entry: u64, row: &QuestionRow) -> [Key; 2] {
    [
        Key::of(Table::Due)
            .time(row.until)
            .byte(DUE_QUESTION)
            .number(entry),
        Key::of(Table::QuestionOf)
            .hash(&address_hash(&row.address))
            .number(entry),
    ]
}

/// Gives the address that a letter to a participant goes to.
fn reply_to(personal: &Personal, owed: &Owed) -> Option<String> {
    match personal.letters.get(owed.letter) {
        Some(Letter::Reply(reply)) => Some(reply.to.email.clone()),
        _ => None,
    }
}

/// Gives the registration that a change is about.
pub(super) fn change_registration(change: &Change) -> Option<RegistrationId> {
    match change {
        Change::Registered { id, .. }
        | Change::State { id, .. }
        | Change::Details { id, .. }
        | Change::Rank { id, .. }
        | Change::Invitation { id, .. }
        | Change::PauseOver { id }
        | Change::Bounced { id } => Some(*id),
        Change::Asked { .. }
        | Change::QuestionClosed { .. }
        | Change::Superseded { .. }
        | Change::Capacity { .. }
        | Change::SessionAccepted { .. }
        | Change::Settled { .. }
        | Change::Paused { .. } => None,
    }
}

/// Gives the word under which a walked mail is counted.
fn walk_word(walk: &Walk) -> &'static str {
    match walk {
        Walk::NotOurs => "not_ours",
        Walk::Machine { .. } => "machine",
        Walk::Same { .. } => "same",
        Walk::Old => "old",
        Walk::Decided => "decided",
        Walk::Human => "human",
        Walk::SetAside { .. } => "set_aside",
        Walk::SentByHand { .. } => "sent_by_hand",
        Walk::Order => "order",
        Walk::Bounce { .. } => "bounce",
    }
}
