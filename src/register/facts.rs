//! What the register tells the spines and the commands: rows of the outbox, counts, open matters.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::core::catalogue::{Session, SessionId};
use crate::core::entry::{Hold, Owed};
use crate::core::reply::Letter;
use crate::core::roll::{Question, RegistrationId, State, Token};

/// What a letter is, by the entry that owes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// To a participant.
    Reply,
    /// A digest to the organiser.
    Digest,
    /// A notice to the organiser.
    Notice,
}

/// Where a letter stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LetterState {
    /// Due at its time.
    Queued,
    /// Not sent until released.
    Held {
        /// Why.
        why: Hold,
    },
    /// An attempt has begun; its outcome is not recorded yet.
    Sending {
        /// SHA-256 of the bytes.
        sha256: String,
    },
    /// Accepted.
    Accepted,
    /// To be tried again.
    Deferred {
        /// When.
        retry_at: Timestamp,
    },
    /// Given up.
    Refused,
    /// May or may not have been taken.
    Uncertain {
        /// SHA-256 of the bytes that may have been taken.
        sha256: String,
        /// Attempts that were made after it first was uncertain.
        retries: u32,
    },
    /// Replaced by a later letter, or its words are forgotten.
    Superseded,
}

/// The states of a letter without their details, for filters and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterPhase {
    /// Due at its time.
    Queued,
    /// Recorded in shadow: never due.
    Withheld,
    /// Held by the organiser's `pause`.
    Paused,
    /// Held for another reason.
    Held,
    /// An attempt has begun.
    Sending,
    /// Accepted.
    Accepted,
    /// To be tried again.
    Deferred,
    /// Given up.
    Refused,
    /// May or may not have been taken.
    Uncertain,
    /// Replaced.
    Superseded,
}

impl LetterState {
    /// Gives the state without its details.
    pub fn phase(&self) -> LetterPhase {
        match self {
            LetterState::Queued => LetterPhase::Queued,
            LetterState::Held { why: Hold::Shadow } => LetterPhase::Withheld,
            LetterState::Held { why: Hold::Paused } => LetterPhase::Paused,
            LetterState::Held { .. } => LetterPhase::Held,
            LetterState::Sending { .. } => LetterPhase::Sending,
            LetterState::Accepted => LetterPhase::Accepted,
            LetterState::Deferred { .. } => LetterPhase::Deferred,
            LetterState::Refused => LetterPhase::Refused,
            LetterState::Uncertain { .. } => LetterPhase::Uncertain,
            LetterState::Superseded => LetterPhase::Superseded,
        }
    }
}

/// One letter of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Number of the entry that owes it.
    pub entry: u64,
    /// What it is.
    pub kind: LetterKind,
    /// What is owed.
    pub owed: Owed,
    /// Its facts; `None` once forgotten.
    pub letter: Option<Letter>,
    /// Where it stands.
    pub state: LetterState,
    /// When it falls due, if it does.
    pub due_at: Option<Timestamp>,
    /// Attempts begun.
    pub attempts: u32,
    /// Outcomes that put the letter off for its own sake, not for the server's.
    pub put_off: u32,
    /// Whether its mail was filed, or that was given up.
    pub filed: bool,
    /// Why filing was given up.
    pub given_up: Option<String>,
    /// What the server said last, addresses left out.
    pub response: Option<String>,
}

/// Which letters to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxFilter {
    /// Owed and going to be tried: queued, deferred, sending, uncertain.
    Open,
    /// In one phase (not for the two that only grow: accepted and superseded).
    In(LetterPhase),
    /// All, from the oldest; a scan of the whole outbox.
    All,
}

/// Something that falls due by an earlier entry, beside letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DueAction {
    /// The pause of the seat that this registration gave up is over.
    PauseOver(RegistrationId),
    /// The question that this entry asked was not answered in time.
    QuestionUnanswered(u64),
}

/// A session as last recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueRow {
    /// Its facts.
    pub session: Session,
    /// Its file has vanished.
    pub vanished: bool,
    /// Its facts have changed with people registered; no decisions until accepted.
    pub frozen: bool,
    /// Capacity by the organiser's command.
    pub capacity: Option<u32>,
    /// Number of the entry that last changed it.
    pub entry: u64,
}

/// An item of the digest that is not settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenItem {
    /// Number of the entry it stems from.
    pub entry: u64,
    /// It has to be decided; else it only waits for an answer.
    pub to_decide: bool,
    /// The digest's entry that told it in full.
    pub told: Option<u64>,
}

/// A clarifying question that is open, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuestion {
    /// The question.
    pub question: Question,
    /// Then it goes to the human.
    pub until: Timestamp,
}

/// The last digest that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDigest {
    /// Its entry.
    pub entry: u64,
    /// The civil date it is for.
    pub date: Date,
    /// It covers entries up to this one.
    pub to_entry: u64,
    /// There was nothing to say: no letter.
    pub skipped: bool,
    /// A server has accepted one of its letters.
    pub accepted: bool,
}

/// What to tell about with `why`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A registration.
    Registration(RegistrationId),
    /// A Message-ID, with or without brackets: of a mail walked, or of a letter of ours.
    MessageId(String),
    /// A letter.
    Letter(Token),
}

/// How much is recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Number of the last entry.
    pub entries: u64,
    /// When the last entry was recorded.
    pub last_at: Option<Timestamp>,
    /// The highest number given to a registration.
    pub registration_last: u64,
    /// Mails walked, by the word of what they were taken for.
    pub mails: BTreeMap<String, u64>,
    /// Registrations by state.
    pub registrations: BTreeMap<State, u64>,
    /// Letters by phase.
    pub letters: BTreeMap<LetterPhase, u64>,
    /// Answers are held by the organiser's `pause`.
    pub paused: bool,
    /// Digests that were accepted, or had nothing to say, cover entries up to this one.
    pub digest_covered: u64,
    /// When the journal was last marked as restored.
    pub restored_at: Option<Timestamp>,
}

/// Mail that was left because its session was not in the catalogue, to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToReadAgain {
    /// The entry that last added a session.
    pub catalogue: u64,
    /// The entry that added each session.
    pub added: BTreeMap<SessionId, u64>,
    /// The entries of the mails in order of receipt, each with that of the human's item.
    pub mails: Vec<(u64, u64)>,
}
