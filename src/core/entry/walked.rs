//! A mail as the walk recorded it: where it lies, what it was taken for, what was understood.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Decided, Place};
use crate::core::catalogue::SessionId;
use crate::core::message::Identity;
use crate::core::reading::{Doubt, Intent, Language};
use crate::core::roll::Token;

/// A mail that was walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailWalked {
    /// Where it lies.
    pub place: Place,
    /// What the same mail is recognised by.
    pub identity: Identity,
    /// Time of receipt.
    pub received: Timestamp,
    /// What it was taken for.
    pub walk: Walk,
    /// What was understood; `None` for a mail that is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understood: Option<Understood>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Decided::is_empty")]
    pub decided: Decided,
}

/// What a walked mail was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Walk {
    /// Human mail that does not concern us: counted, untouched.
    NotOurs,
    /// Machine mail: counted.
    Machine {
        /// Stable code of what kind.
        code: String,
    },
    /// The same mail was walked before.
    Same {
        /// That entry.
        entry: u64,
    },
    /// It was there before the watch began.
    Old,
    /// The robot decided.
    Decided,
    /// Before the human, with the reasons in `understood.doubts`.
    Human,
    /// Set aside: a stage panicked on it twice, or it could not be fetched whole.
    SetAside {
        /// Stable code.
        code: String,
    },
    /// A mail in Sent that a human wrote.
    SentByHand {
        /// SHA-256 of the Message-IDs that it answers, hex.
        answers: Vec<String>,
    },
    /// A mail in Sent that is the organiser's word, carried out.
    Order,
    /// A delivery report about a letter of ours.
    Bounce {
        /// The letter, if it could be told.
        letter: Option<Token>,
        /// Given up for good?
        permanent: bool,
    },
}

impl Walk {
    /// Gives the word under which such mails are counted and logged.
    pub fn word(&self) -> &'static str {
        match self {
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
}

/// What was understood, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Understood {
    /// The intent.
    pub intent: Intent,
    /// The sessions.
    pub sessions: Vec<SessionId>,
    /// Why the robot hesitated.
    pub doubts: Vec<Doubt>,
    /// The language.
    pub language: Language,
    /// The human has something to answer as well.
    pub question: bool,
}
