//! What was decided: changes of the register, and the letters owed for them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Hold, Place};
use crate::core::catalogue::SessionId;
use crate::core::reading::Language;
use crate::core::reply::Status;
use crate::core::roll::{Rank, RegistrationId, State, Token};

/// What was decided: changes of the register and letters owed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The changes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The letters owed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<Owed>,
    /// Person by person: index into `personal.mail.names` (or `people`), session, status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<(usize, SessionId, Status)>,
    /// The answer's kind on the whole, also if it is held or left to the human.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Status>,
    /// Shown to the human as an item of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_human: bool,
    /// The entry that this answers: an open question that is closed now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_question: Option<u64>,
}

impl Decided {
    /// Says whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        *self == Decided::default()
    }
}

/// One change of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A new registration.
    Registered {
        /// Its number.
        id: RegistrationId,
        /// The session.
        session: SessionId,
        /// Its first state.
        state: State,
        /// Its place in the queue.
        rank: Rank,
        /// The number shared by people who asked together.
        group: Option<u64>,
        /// Index into `personal.people`.
        person: usize,
        /// Language of letters about it.
        language: Language,
        /// Calendar UID root, if an invitation goes out.
        invitation: Option<Token>,
    },
    /// Another state.
    State {
        /// The registration.
        id: RegistrationId,
        /// The new state.
        state: State,
        /// A freed seat counts as taken until then.
        paused_until: Option<Timestamp>,
    },
    /// Other details: index into `personal.people`. Person, addresses and maker are taken as given
    /// there; thread, subject and remarks only where they are not empty.
    Details {
        /// The registration.
        id: RegistrationId,
        /// Index into `personal.people`.
        person: usize,
    },
    /// Another place in the queue (the rank passes on with a substitution).
    Rank {
        /// The registration.
        id: RegistrationId,
        /// Its rank.
        rank: Rank,
        /// Its group.
        group: Option<u64>,
    },
    /// The invitation's SEQUENCE, or a first invitation.
    Invitation {
        /// The registration.
        id: RegistrationId,
        /// UID root.
        uid: Token,
        /// SEQUENCE.
        sequence: u32,
    },
    /// The pause of a freed seat is over: it no longer counts as taken.
    PauseOver {
        /// The registration whose seat it was.
        id: RegistrationId,
    },
    /// A letter about it came back.
    Bounced {
        /// The registration.
        id: RegistrationId,
    },
    /// One clarifying question is open until then; `personal.reading` holds what was understood.
    Asked {
        /// The sessions listed, in order.
        options: Vec<SessionId>,
        /// Registrations it asks about.
        registrations: Vec<RegistrationId>,
        /// Time of receipt of the first mail.
        received: Timestamp,
        /// Then it goes to the human.
        until: Timestamp,
    },
    /// An open question is closed: answered, or left to the human.
    QuestionClosed {
        /// The entry that asked.
        entry: u64,
    },
    /// A letter not yet begun is replaced by a later one, since it has become untrue.
    Superseded {
        /// The letter.
        letter: Token,
    },
    /// The organiser's capacity for a session; holds until the file's own value changes.
    Capacity {
        /// The session.
        session: SessionId,
        /// Seats; `None` takes the command back.
        capacity: Option<u32>,
    },
    /// The organiser accepted a session's new facts.
    SessionAccepted {
        /// The session.
        session: SessionId,
    },
    /// An item of the digest is settled.
    Settled {
        /// The entry of the item.
        entry: u64,
    },
    /// All answers are held, or released.
    Paused {
        /// On or off.
        on: bool,
    },
}

/// A letter owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Its id: root of its Message-ID.
    pub token: Token,
    /// Index into `personal.letters`.
    pub letter: usize,
    /// Which kind.
    pub status: Status,
    /// When its cause happened; more than 3 days later it is held.
    pub cause_at: Timestamp,
    /// First attempt not before.
    pub due_at: Timestamp,
    /// The registrations it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registrations: Vec<RegistrationId>,
    /// The mail that it answers, to be flagged `\Answered`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Place>,
    /// Held from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
}
