//! What the organiser can want: commands, whom and what they mean, and an order in its own words.

use serde::{Deserialize, Serialize};

use crate::core::allocation::Beyond;
use crate::core::catalogue::SessionId;
use crate::core::person::Person;
use crate::core::reading::Reading;
use crate::core::roll::RegistrationId;

/// What the organiser wants done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Command {
    /// Yes to an item of the digest, or a seat for whoever was refused or waits for a nod.
    Accept {
        /// What.
        target: Target,
        /// The session, where the item left it open.
        session: Option<SessionId>,
    },
    /// No to it: nothing more is written.
    Refuse {
        /// What.
        target: Target,
    },
    /// « Je m'en occupe »: the item is the human's own.
    Take {
        /// The entry of the item.
        entry: u64,
    },
    /// Seats for people.
    Add {
        /// The session.
        session: SessionId,
        /// Who.
        people: Vec<Person>,
    },
    /// A seat is given up.
    Cancel {
        /// Whose.
        who: Who,
    },
    /// From one session to another: the old seat is not lost before the new one is had.
    Move {
        /// Who.
        who: Who,
        /// To which session.
        to: SessionId,
    },
    /// A seat or a rank passes to another person.
    Replace {
        /// Whose.
        who: Who,
        /// Who takes it.
        person: Person,
    },
    /// A seat for somebody who waits, whatever their rank.
    Promote {
        /// Who.
        who: Who,
    },
    /// A line kept with a registration.
    Note {
        /// Whose.
        who: Who,
        /// The line.
        text: String,
    },
    /// A session's seats; holds until the file's own value changes.
    Capacity {
        /// The session.
        session: SessionId,
        /// Seats; `None` takes the command back.
        seats: Option<u32>,
    },
    /// A session's new facts are accepted.
    AcceptSession {
        /// The session.
        session: SessionId,
    },
    /// What was asked back is left as it is.
    Leave,
    /// All answers are held.
    Pause,
    /// They are released.
    Resume,
    /// A sentence, read like a participant's mail.
    Said {
        /// What was understood.
        reading: Box<Reading>,
    },
}

/// What a yes or no is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// An item of the digest, by its entry.
    Item(u64),
    /// A registration.
    Registration(RegistrationId),
}

/// Whom a command means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// By number.
    Registration(RegistrationId),
    /// By name, in a session or in any that is still to come.
    Named {
        /// As the organiser writes it.
        name: String,
        /// The session, if they name one.
        session: Option<SessionId>,
    },
}

/// One order in the organiser's own words; `None`: it was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The words.
    pub words: String,
    /// What they mean.
    pub command: Option<Command>,
    /// Whether it may go beyond the capacity.
    pub beyond: Beyond,
}
