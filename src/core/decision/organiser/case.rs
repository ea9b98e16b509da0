//! An order as a mail that can be decided: the organiser's own words, or a mail that they nodded to.

use jiff::Timestamp;

use super::super::Setting;
use super::super::working::Voice;
use super::{Command, Target, Who, Word};
use crate::core::catalogue::SessionId;
use crate::core::entry::{Body, Cause, Change, Decided, Entry, Place};
use crate::core::message::Message;
use crate::core::person::Address;
use crate::core::reading::{Intent, Language, Reading};
use crate::core::reply::Letter;
use crate::core::roll::RegistrationId;
use crate::core::screening::{Screening, Writer};

/// What a decision about a mail needs of it.
pub(super) struct Case {
    pub(super) place: Place,
    pub(super) message: Message,
    pub(super) screening: Screening,
    pub(super) reading: Reading,
    pub(super) received: Timestamp,
    pub(super) voice: Voice,
}

impl Case {
    /// The organiser speaks: nobody wrote, and there is nobody to answer.
    pub(super) fn own(word: &Word<'_>, setting: &Setting<'_>, language: Language) -> Case {
        Case {
            place: Place::Maildir {
                mailbox: String::new(),
                name: String::new(),
            },
            message: Message::default(),
            screening: screening(None),
            reading: blank_reading(language),
            received: word.received(setting.now),
            voice: Voice::Organiser,
        }
    }

    /// The organiser says yes to a mail that was walked.
    pub(super) fn nodded(entry: &Entry) -> Option<Case> {
        let Body::Mail(walked) = &entry.body else {
            return None;
        };
        let personal = entry.personal.as_ref()?;
        let words = personal.mail.as_ref()?;
        let answered = personal.letters.iter().find_map(|letter| match letter {
            Letter::Reply(reply) if reply.answers => Some(reply.to.clone()),
            _ => None,
        });
        let handed = personal.handed.clone().unwrap_or_default();
        let answer_to = handed.answer_to.or(answered);
        let language = walked.understood.as_ref().map(|u| u.language);
        let reading = personal.reading.clone();
        Some(Case {
            place: walked.place.clone(),
            message: Message {
                readable: true,
                from: words.from.iter().cloned().collect(),
                to: handed.named,
                subject: words.subject.clone(),
                message_id: words.message_id.clone(),
                references: handed.references,
                ..Message::default()
            },
            screening: screening(answer_to),
            reading: reading.unwrap_or_else(|| blank_reading(language.unwrap_or_default())),
            received: walked.received,
            voice: Voice::Nodded,
        })
    }
}

fn screening(reply_to: Option<Address>) -> Screening {
    Screening {
        writer: Writer::Human,
        may_register: true,
        may_reply: reply_to.is_some(),
        reply_to,
        reasons: Vec::new(),
    }
}

pub(super) fn blank_reading(language: Language) -> Reading {
    Reading {
        intent: Intent::Other,
        sessions: Vec::new(),
        session_certain: false,
        participants: Vec::new(),
        removed: Vec::new(),
        remarks: Vec::new(),
        question: false,
        act: false,
        may_reply: false,
        doubts: Vec::new(),
        language,
        evidence: Vec::new(),
        choices: Vec::new(),
        concerns_us: true,
    }
}

/// Which rolls an order needs.
pub(super) enum Wanted {
    /// These sessions'.
    Sessions(Vec<SessionId>),
    /// Those of registrations, and these.
    Registrations(Vec<RegistrationId>, Vec<SessionId>),
    /// All that are still to come.
    Any,
}

/// Says which rolls an order needs.
pub(super) fn sessions_of(command: &Command, word: &Word<'_>) -> Wanted {
    let whose = |who: &Who, more: Vec<SessionId>| match who {
        Who::Registration(id) => Wanted::Registrations(vec![*id], more),
        Who::Named { .. } => Wanted::Any,
    };
    match command {
        Command::Accept { target, .. } | Command::Refuse { target } => match target {
            Target::Registration(id) => Wanted::Registrations(vec![*id], Vec::new()),
            Target::Item(entry) => of_item(word, *entry, command),
        },
        Command::Add { session, .. }
        | Command::Capacity { session, .. }
        | Command::AcceptSession { session } => Wanted::Sessions(vec![session.clone()]),
        Command::Cancel { who }
        | Command::Replace { who, .. }
        | Command::Promote { who }
        | Command::Note { who, .. } => whose(who, Vec::new()),
        Command::Move { who, to } => whose(who, vec![to.clone()]),
        Command::Said { reading } if reading.intent == Intent::Register => {
            Wanted::Sessions(reading.sessions.clone())
        }
        Command::Said { .. } => Wanted::Any,
        Command::Take { .. } | Command::Leave | Command::Pause | Command::Resume => {
            Wanted::Sessions(Vec::new())
        }
    }
}

fn of_item(word: &Word<'_>, entry: u64, command: &Command) -> Wanted {
    let Some(entry) = stored(word, entry) else {
        return Wanted::Sessions(Vec::new());
    };
    let mut sessions = match command {
        Command::Accept { session, .. } => session.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let ids: Vec<RegistrationId> = registered(entry);
    let reading = entry.personal.as_ref().and_then(|p| p.reading.as_ref());
    match reading {
        Some(reading) if reading.intent == Intent::Register => {
            sessions.extend(reading.sessions.iter().cloned());
            Wanted::Registrations(ids, sessions)
        }
        Some(_) => Wanted::Any,
        None => Wanted::Registrations(ids, sessions),
    }
}

/// The entry that holds an item's facts: of an unanswered question, the one that asked.
pub(super) fn stored<'a>(word: &Word<'a>, entry: u64) -> Option<&'a Entry> {
    let item = word.stored.get(&entry)?;
    match (&item.body, &item.cause) {
        (Body::Decided(_), Cause::Due { entry: asked }) => word.stored.get(asked).or(Some(item)),
        _ => Some(item),
    }
}

/// The registrations that an entry made.
pub(super) fn registered(entry: &Entry) -> Vec<RegistrationId> {
    decided(entry)
        .into_iter()
        .flat_map(|decided| &decided.changes)
        .filter_map(|change| match change {
            Change::Registered { id, .. } => Some(*id),
            _ => None,
        })
        .collect()
}

fn decided(entry: &Entry) -> Option<&Decided> {
    match &entry.body {
        Body::Mail(mail) => Some(&mail.decided),
        Body::Decided(decided) => Some(decided),
        _ => None,
    }
}
