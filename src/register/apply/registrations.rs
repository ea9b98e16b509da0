//! The part of applying an entry that changes registrations and questions.

use jiff::Timestamp;

use super::super::error::RegisterError;
use super::super::keys::{Key, Table, address_hash, hash_of, message_id_hash};
use super::{Applying, DUE_PAUSE, DUE_QUESTION, REGISTERED_BUCKET_SECS, bucket};
use crate::core::catalogue::SessionId;
use crate::core::entry::{Cause, Change, Contact, Decided, Owed, Personal};
use crate::core::person::{Person, own_domain_of};
use crate::core::reply::{Letter, Status};
use crate::core::roll::{Registration, RegistrationId};

/// A question as the index keeps it; what was understood stays in the journal.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct QuestionRow {
    pub(in super::super) options: Vec<SessionId>,
    pub(in super::super) registrations: Vec<RegistrationId>,
    pub(in super::super) received: Timestamp,
    pub(in super::super) until: Timestamp,
    pub(in super::super) address: String,
}

impl Applying<'_> {
    pub(super) fn change(
        &mut self,
        change: &Change,
        decided: &Decided,
    ) -> Result<(), RegisterError> {
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
    pub(super) fn registration(
        &self,
        id: RegistrationId,
    ) -> Result<Option<Registration>, RegisterError> {
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

    pub(super) fn close_question(&mut self, entry: u64) -> Result<(), RegisterError> {
        let key = Key::of(Table::Question).number(entry);
        if let Some(row) = self.edit.row::<QuestionRow>(&key)? {
            for key in question_keys(entry, &row) {
                self.edit.remove(key);
            }
            self.edit.remove(key);
            if self.entry.cause == (Cause::Due { entry }) {
                self.left(entry, row.received)?;
                let lapsed = Key::of(Table::Lapsed);
                self.edit.put(lapsed.clone().number(entry), &self.entry.n)?;
                let address = address_hash(&row.address);
                self.edit
                    .put(lapsed.hash(&address).number(entry), &self.entry.n)?;
            }
        }
        self.about_entry(entry);
        Ok(())
    }
}

/// Gives the person of a contact, unless it is blank: forgotten, or never known.
fn known_person(contact: &Contact) -> Option<Person> {
    let blank = Person::default();
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
        let hash = message_id_hash(message_id);
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
