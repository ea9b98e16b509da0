//! A decision in the making: the working copy of the rolls, changes, letters, outcomes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Mail, Setting};
use crate::core::catalogue::SessionId;
use crate::core::entry::{Change, Contact, Decided, Personal, Walk};
use crate::core::person::{Person, own_domain_of};
use crate::core::reading::{Doubt, Language, Reading};
use crate::core::reply::Status;
use crate::core::roll::{Known, Rank, Registration, RegistrationId, Roll, State, Token};

/// Whose word a decision goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// The mail's sender: all rules hold.
    Sender,
    /// The mail's sender, and the organiser has said yes to it.
    Nodded,
    /// The organiser themselves; there is nobody to answer.
    Organiser,
}

/// Whether a decision owes letters to participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// Whoever is concerned is told.
    Told,
    /// Nobody is (`--quiet`).
    Quiet,
}

/// A decision in the making.
pub(super) struct Working<'a> {
    pub(super) mail: Mail<'a>,
    pub(super) setting: Setting<'a>,
    pub(super) known: &'a Known,
    pub(super) reading: &'a Reading,
    pub(super) rolls: BTreeMap<SessionId, Roll>,
    pub(super) decided: Decided,
    pub(super) personal: Personal,
    pub(super) doubts: Vec<Doubt>,
    pub(super) names: Vec<String>,
    pub(super) sessions: Vec<SessionId>,
    /// What the mail was taken for, if that is not plain from what was decided.
    pub(super) walk: Option<Walk>,
    pub(super) voice: Voice,
    pub(super) telling: Telling,
    pub(super) next_registration: u64,
    pub(super) next_token: u64,
}

impl<'a> Working<'a> {
    pub(super) fn new(mail: &Mail<'a>, setting: &Setting<'a>, known: &'a Known) -> Working<'a> {
        Working {
            mail: *mail,
            setting: *setting,
            known,
            reading: mail.reading,
            rolls: known.rolls.clone(),
            decided: Decided::default(),
            personal: Personal::default(),
            doubts: Vec::new(),
            names: Vec::new(),
            sessions: Vec::new(),
            walk: None,
            voice: Voice::Sender,
            telling: Telling::Told,
            next_registration: known.next_registration,
            next_token: 0,
        }
    }

    pub(super) fn doubt(&mut self, doubt: Doubt) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }

    pub(super) fn token(&mut self) -> Token {
        let token = self.known.token(self.next_token);
        self.next_token += 1;
        token
    }

    pub(super) fn roll(&self, session: &SessionId) -> Roll {
        self.rolls.get(session).cloned().unwrap_or_default()
    }

    pub(super) fn language(&self) -> Language {
        self.reading.language
    }

    pub(super) fn sender(&self) -> &'a str {
        self.mail
            .message
            .author()
            .map_or("", |author| author.email.as_str())
    }

    /// The address on record for a person whom this mail names: their own mail's, or theirs in To or
    /// Cc, or at the sender's own domain; else the sender passes it on.
    pub(super) fn contact_of(&self, person: &Person) -> Option<String> {
        if self.voice == Voice::Organiser {
            return person.email.clone(); // given by the organiser: on record by that
        }
        let answer_to = self
            .mail
            .screening
            .reply_to
            .as_ref()
            .map(|address| address.email.clone());
        if self.is_sender(person) {
            return answer_to.or_else(|| Some(self.sender().to_owned()));
        }
        let email = person.email.as_deref()?;
        let message = self.mail.message;
        let named = message
            .to
            .iter()
            .chain(&message.cc)
            .any(|address| address.email.eq_ignore_ascii_case(email));
        let colleague =
            own_domain_of(email).is_some() && own_domain_of(email) == own_domain_of(self.sender());
        (named || colleague).then(|| email.to_owned())
    }

    /// Says whether a person is who wrote the mail. In mail from our own domain nobody is.
    pub(super) fn is_sender(&self, person: &Person) -> bool {
        let Some(author) = self.mail.message.author() else {
            return false;
        };
        if self.setting.organisation.is_own_domain(&author.email) {
            return false;
        }
        let answer_to = self
            .mail
            .screening
            .reply_to
            .as_ref()
            .map(|address| address.email.as_str());
        match person.email.as_deref() {
            Some(email) => {
                email.eq_ignore_ascii_case(&author.email)
                    || answer_to.is_some_and(|to| to.eq_ignore_ascii_case(email))
            }
            None => author
                .name
                .as_deref()
                .is_some_and(|name| crate::core::person::name_key(name) == person.name_key()),
        }
    }

    /// Records a new registration in the working copy.
    pub(super) fn add(
        &mut self,
        session: &SessionId,
        person: &Person,
        state: State,
        rank: Option<Rank>,
        group: Option<u64>,
    ) -> Registration {
        let contact = self.contact(person);
        self.add_as(session, contact, state, rank, group, self.language())
    }

    /// Records a new registration with all that is known of the person.
    pub(super) fn add_as(
        &mut self,
        session: &SessionId,
        contact: Contact,
        state: State,
        rank: Option<Rank>,
        group: Option<u64>,
        language: Language,
    ) -> Registration {
        let id = RegistrationId(self.next_registration);
        self.next_registration += 1;
        let rank = rank.unwrap_or(Rank {
            received: self.mail.received,
            number: id.0,
        });
        let invitation = matches!(
            state,
            State::Confirmed | State::Provisional | State::Waitlisted
        )
        .then(|| self.token());
        let registration = Registration {
            id,
            session: session.clone(),
            state,
            rank,
            group,
            person: Some(contact.person.clone()),
            contact: contact.contact.clone(),
            made_by: contact.made_by.clone(),
            made_by_name: contact.made_by_name.clone(),
            language,
            thread: contact.thread.clone(),
            subject: contact.subject.clone(),
            invitation: invitation.clone().map(|token| (token, 0)),
            paused_until: None,
            remarks: contact.remarks.clone(),
            bounced: false,
            entry: 0,
        };
        let person = self.personal.people.len();
        self.personal.people.push(contact);
        self.decided.changes.push(Change::Registered {
            id,
            session: session.clone(),
            state,
            rank,
            group,
            person,
            language: registration.language,
            invitation,
        });
        self.rolls
            .entry(session.clone())
            .or_default()
            .registrations
            .push(registration.clone());
        registration
    }

    fn contact(&self, person: &Person) -> Contact {
        let itself = self.is_sender(person);
        let author = self.mail.message.author();
        let mut thread: Vec<String> = self.mail.message.references.clone();
        thread.extend(self.mail.message.message_id.clone());
        Contact {
            person: person.clone(),
            contact: self.contact_of(person),
            made_by: (!itself)
                .then(|| author.map(|author| author.email.clone()))
                .flatten(),
            made_by_name: (!itself)
                .then(|| author.and_then(|author| author.name.clone()))
                .flatten(),
            thread,
            subject: self.mail.message.subject.clone(),
            remarks: self.reading.remarks.clone(),
        }
    }

    /// Sets another state in the working copy.
    pub(super) fn set_state(
        &mut self,
        registration: &Registration,
        state: State,
        paused_until: Option<Timestamp>,
    ) {
        self.decided.changes.push(Change::State {
            id: registration.id,
            state,
            paused_until,
        });
        self.change(registration, |held| {
            held.state = state;
            held.paused_until = paused_until;
        });
    }

    /// Gives a registration an invitation, if it never had one (a refusal that turns into a seat).
    pub(super) fn invite(&mut self, registration: &Registration) {
        if registration.invitation.is_some() {
            return;
        }
        let uid = self.token();
        let set = uid.clone();
        self.change(registration, move |held| {
            held.invitation = Some((set.clone(), 0))
        });
        self.decided.changes.push(Change::Invitation {
            id: registration.id,
            uid,
            sequence: 0,
        });
    }

    /// Changes a registration in the working copy.
    pub(super) fn change(
        &mut self,
        registration: &Registration,
        change: impl FnOnce(&mut Registration),
    ) {
        let roll = self.rolls.entry(registration.session.clone()).or_default();
        if let Some(held) = roll.registrations.of_mut(registration.id) {
            change(held);
        }
    }

    /// Gives a registration as it stands in the working copy.
    pub(super) fn current(&self, registration: &Registration) -> Registration {
        let roll = self.roll(&registration.session);
        roll.registrations
            .of(registration.id)
            .unwrap_or(registration)
            .clone()
    }

    /// Puts a registration into a group.
    pub(super) fn regroup(&mut self, registration: &Registration, group: Option<u64>) {
        self.decided.changes.push(Change::Rank {
            id: registration.id,
            rank: registration.rank,
            group,
        });
        self.change(registration, |held| held.group = group);
    }

    /// Notes what became of a person.
    pub(super) fn outcome(&mut self, name: &str, session: &SessionId, status: Status) {
        let index = self.names.len();
        self.names.push(name.to_owned());
        self.decided.outcomes.push((index, session.clone(), status));
        if !self.sessions.contains(session) {
            self.sessions.push(session.clone());
        }
    }

    /// Counts seats that the robot has given while they wait for the human's nod.
    pub(super) fn flooded(&self) -> bool {
        self.known.recent.registrations >= self.setting.policy.registrations_flood
    }
}
