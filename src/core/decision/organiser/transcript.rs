//! What the organiser's word came to, as facts: order by order, who was told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::catalogue::SessionId;
use crate::core::entry::Hold;
use crate::core::reading::Language;
use crate::core::reply::Status;
use crate::core::roll::RegistrationId;

/// The answer to a mail of orders, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Language.
    pub language: Language,
    /// When it was carried out.
    pub at: Timestamp,
    /// IANA zone.
    pub timezone: String,
    /// Organisation's name.
    pub organisation: String,
    /// Subject of the mail.
    pub subject: String,
    /// Message-ID of the mail, without brackets.
    pub in_reply_to: Option<String>,
    /// References, oldest first, without brackets.
    pub references: Vec<String>,
    /// The lines.
    pub lines: Vec<Line>,
}

/// What one order came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The organiser's words.
    pub words: String,
    /// What was done, or why nothing was.
    pub deeds: Vec<Deed>,
    /// Who is written to.
    pub told: Vec<Recipient>,
    /// The number by which a yes goes through with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<usize>,
}

/// Who is written to because of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The address.
    pub address: String,
    /// Why the letter does not leave at once, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum Deed {
    /// A person's seat has changed, or is as it was (`already`).
    Became {
        /// Who.
        name: String,
        /// Where.
        session: SessionId,
        /// What became of it.
        status: Status,
    },
    /// From one session to another.
    Moved {
        /// Who.
        name: String,
        /// From.
        from: SessionId,
        /// To.
        to: SessionId,
    },
    /// A seat or rank passed on.
    Replaced {
        /// Who gave it up.
        old: String,
        /// Who has it.
        new: String,
        /// Where.
        session: SessionId,
    },
    /// The item is settled; nothing more is written.
    Settled,
    /// The item is the human's own.
    Taken,
    /// A line is kept with a registration.
    Noted {
        /// Whose.
        name: String,
    },
    /// A session has other seats.
    Capacity {
        /// The session.
        session: SessionId,
        /// Seats in all.
        seats: u32,
        /// Seats taken.
        taken: u32,
    },
    /// A session's new facts are accepted.
    SessionAccepted {
        /// The session.
        session: SessionId,
    },
    /// All answers are held.
    Paused,
    /// They are released.
    Resumed,
    /// Nothing was done.
    Nothing(Trouble),
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// The line was not understood.
    NotUnderstood,
    /// Too many lines were not understood: what follows was not read.
    Stopped,
    /// There is no such item, or nothing can be done about it.
    NoSuchItem,
    /// There is nothing in the item to which yes would be an answer.
    NothingToAccept,
    /// Nobody of this name or number is registered.
    Nobody {
        /// As the organiser wrote it.
        name: String,
    },
    /// Several fit.
    Several {
        /// Which.
        which: Vec<(RegistrationId, String, SessionId)>,
    },
    /// Who is meant is not said.
    NoPerson,
    /// Which session is meant is not said.
    NoSession,
    /// No session has this id.
    UnknownSession {
        /// The id.
        session: SessionId,
    },
    /// The seats are taken: a yes goes beyond the capacity.
    Full {
        /// The session.
        session: SessionId,
        /// Seats in all.
        seats: u32,
        /// Seats taken.
        taken: u32,
        /// For whom.
        people: Vec<String>,
    },
    /// Somebody of that name is there already: a yes registers another person.
    Namesake {
        /// The name.
        name: String,
        /// Whose registration.
        registration: RegistrationId,
    },
    /// The session is over, or does not take place: a yes does it all the same.
    Past {
        /// The session.
        session: SessionId,
    },
    /// The registration is in no state for that.
    NotPossible {
        /// Whose.
        name: String,
    },
}

impl Trouble {
    /// Says whether the organiser's yes lets the order go through.
    pub fn a_yes_lifts_it(&self) -> bool {
        matches!(
            self,
            Trouble::Full { .. } | Trouble::Namesake { .. } | Trouble::Past { .. }
        )
    }
}
