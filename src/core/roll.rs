//! The facts that a decision may see: a session's seats and queue, and what is known of a mail.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalogue::SessionId;
use super::person::Person;
use super::reading::Language;

/// Number of a registration; shown as `R12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegistrationId(pub u64);

impl std::fmt::Display for RegistrationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "R{}", self.0)
    }
}

/// 128 random bits in hex, drawn at recording: the id of a letter, its Message-ID's and calendar UID's root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub String);

/// The state of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Has a seat.
    Confirmed,
    /// Has a seat; the membership is to be settled.
    Provisional,
    /// Waits for a seat.
    Waitlisted,
    /// We asked back and wait for the answer.
    Asked,
    /// Given up.
    Cancelled,
    /// Passed on to somebody else.
    Replaced,
    /// Refused: after the deadline.
    RefusedLate,
    /// Refused: full, and no waiting list.
    RefusedFull,
    /// Holds a seat until the human nods.
    Review,
}

impl State {
    /// Says whether it takes a seat.
    pub fn takes_seat(self) -> bool {
        matches!(self, State::Confirmed | State::Provisional | State::Review)
    }

    /// Says whether it is alive: seated or waiting.
    pub fn is_standing(self) -> bool {
        self.takes_seat() || self == State::Waitlisted
    }
}

/// The order of the queue: time of receipt, then the order of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rank {
    /// Time of receipt of the mail that asked for it.
    pub received: Timestamp,
    /// Number of the registration that first had this rank.
    pub number: u64,
}

/// What is on record about one person in one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Its number.
    pub id: RegistrationId,
    /// The session.
    pub session: SessionId,
    /// Its state.
    pub state: State,
    /// Its place in the queue.
    pub rank: Rank,
    /// People who asked together share the number of the first of them.
    pub group: Option<u64>,
    /// Who; `None` once forgotten.
    pub person: Option<Person>,
    /// The address on record that may be written to about it: their own mail's, or in To/Cc, or at the
    /// sender's own domain.
    pub contact: Option<String>,
    /// Who registered them, if another: that sender's address.
    pub made_by: Option<String>,
    /// The name of who registered them, if another.
    pub made_by_name: Option<String>,
    /// The language to write in.
    pub language: Language,
    /// Message-IDs to thread later letters to, oldest first, without brackets.
    pub thread: Vec<String>,
    /// The subject of the mail that asked for it.
    pub subject: String,
    /// Root of the calendar UID and the current SEQUENCE, once an invitation went out.
    pub invitation: Option<(Token, u32)>,
    /// A freed seat counts as taken until then, so that « finalement si » takes it back.
    pub paused_until: Option<Timestamp>,
    /// Wishes, in the mail's words.
    pub remarks: Vec<String>,
    /// A reply about it came back as undeliverable.
    pub bounced: bool,
    /// Number of the entry that last changed it.
    pub entry: u64,
}

/// Registrations by number. A copy shares them; only the one that is altered is copied, so that a
/// decision costs no copy of the whole session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registrations(Vec<Arc<Registration>>);

impl Registrations {
    /// Gives them in order.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter().map(|held| held)
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives how many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives one by its number.
    pub fn of(&self, id: RegistrationId) -> Option<&Registration> {
        self.iter().find(|held| held.id == id)
    }

    /// Gives one by its number, to be altered.
    pub fn of_mut(&mut self, id: RegistrationId) -> Option<&mut Registration> {
        let held = self.0.iter_mut().find(|held| held.id == id);
        held.map(Arc::make_mut)
    }

    /// Appends one.
    pub fn push(&mut self, registration: Registration) {
        self.0.push(Arc::new(registration));
    }

    /// Puts one in its place by number, `None` takes it out; those that are there are in order.
    pub fn put(&mut self, id: RegistrationId, registration: Option<Registration>) {
        let place = self.0.binary_search_by_key(&id, |held| held.id);
        match (place, registration) {
            (Ok(at), Some(registration)) => {
                if let Some(held) = self.0.get_mut(at) {
                    *held = Arc::new(registration);
                }
            }
            (Err(at), Some(registration)) => self.0.insert(at, Arc::new(registration)),
            (Ok(at), None) => {
                self.0.remove(at);
            }
            (Err(_), None) => {}
        }
    }
}

/// Registrations in order.
pub type Iter<'a> = std::iter::Map<
    std::slice::Iter<'a, Arc<Registration>>,
    fn(&'a Arc<Registration>) -> &'a Registration,
>;

impl<'a> IntoIterator for &'a Registrations {
    type Item = &'a Registration;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl FromIterator<Registration> for Registrations {
    fn from_iter<T: IntoIterator<Item = Registration>>(registrations: T) -> Registrations {
        Registrations(registrations.into_iter().map(Arc::new).collect())
    }
}

impl From<Vec<Registration>> for Registrations {
    fn from(registrations: Vec<Registration>) -> Registrations {
        registrations.into_iter().collect()
    }
}

/// A session's seats and queue, as far as recorded, entries not yet synced included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roll {
    /// All registrations of the session, by number.
    pub registrations: Registrations,
    /// Capacity by the organiser's command; holds until the file's own value changes.
    pub capacity: Option<u32>,
    /// Facts of the session have changed with people registered; no decisions until accepted.
    pub frozen: bool,
}

impl Roll {
    /// Counts the seats taken: seated people and freed seats whose pause is still open.
    pub fn taken(&self) -> u32 {
        let taken = self
            .registrations
            .iter()
            .filter(|r| r.state.takes_seat() || r.paused_until.is_some())
            .count();
        u32::try_from(taken).unwrap_or(u32::MAX)
    }

    /// Gives those who wait, in order.
    pub fn waiting(&self) -> Vec<&Registration> {
        let mut waiting: Vec<_> = self
            .registrations
            .iter()
            .filter(|r| r.state == State::Waitlisted)
            .collect();
        waiting.sort_by_key(|r| r.rank);
        waiting
    }
}

/// A clarifying question that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Number of the entry that asked.
    pub entry: u64,
    /// The sessions as listed to the sender, in order: « la 2 » is the second.
    pub options: Vec<SessionId>,
    /// What the first mail asked for; the answer completes it.
    pub reading: Option<super::reading::Reading>,
    /// Time of receipt of the first mail: the rank.
    pub received: Timestamp,
    /// The address that was asked.
    pub address: String,
    /// Registrations the question is about, if it asks which of theirs is meant.
    pub registrations: Vec<RegistrationId>,
}

/// How often we wrote, for the breakers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recent {
    /// Replies in this thread of any one kind, at most.
    pub in_thread: u32,
    /// Replies to this address in the last 24 h.
    pub to_address: u32,
    /// Replies to anybody in the last hour.
    pub in_all: u32,
    /// Registrations recorded by mail in the last 10 minutes.
    pub registrations: u32,
}

/// A letter that is owed and of which no attempt has succeeded: it may still be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// What is owed: the letter, its kind, the registrations it is about.
    pub owed: super::entry::Owed,
    /// Why it is held, if it is.
    pub hold: Option<super::entry::Hold>,
    /// What it says; `None` once forgotten.
    pub reply: Option<Box<super::reply::Reply>>,
}

/// What to look up for one decision.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// Rolls wanted.
    pub sessions: Vec<SessionId>,
    /// The mail's identity.
    pub identity: Option<super::message::Identity>,
    /// Message-IDs the mail refers to, nearest first, without brackets.
    pub thread: Vec<String>,
    /// The sender's address.
    pub address: Option<String>,
    /// The present instant.
    pub now: Option<Timestamp>,
}

/// What is known when a decision is made.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The rolls of the sessions looked up, and of those of `theirs`.
    pub rolls: BTreeMap<SessionId, Roll>,
    /// The same mail was walked before: number of that entry.
    pub same_mail: Option<u64>,
    /// The same mail was carried out before as the organiser's word: number of that entry.
    pub ordered_before: Option<u64>,
    /// The Message-ID was seen on another mail.
    pub message_id_reused: bool,
    /// The registrations that the letter this mail answers was about.
    pub thread: Vec<RegistrationId>,
    /// The mail answers a letter of ours.
    pub answers_us: bool,
    /// The mail answers a digest of ours.
    pub answers_digest: bool,
    /// An open question in this thread or to this address.
    pub question: Option<Question>,
    /// A question in this thread, or to this address while it is the human's to answer, was closed
    /// because nobody answered it in time.
    pub question_lapsed: bool,
    /// Registrations of any session that this address is in, made, or shares a domain of its own with.
    pub theirs: Vec<Registration>,
    /// How often we wrote lately.
    pub recent: Recent,
    /// We have written to this address before, and the letter was accepted.
    pub written_before: bool,
    /// A letter to this address came back for good.
    pub address_bounced: bool,
    /// Letters about the registrations of `rolls` whose sending has not begun, or was deferred: a
    /// decision that makes one untrue replaces it ([`Change::Superseded`](super::entry::Change::Superseded)).
    pub unsent: Vec<Unsent>,
    /// The number that the next registration gets; further ones count up.
    pub next_registration: u64,
    /// Random bits drawn for this recording; see [`Known::token`].
    pub seed: [u8; 16],
}

impl Known {
    /// Gives the roll of a session (empty if nothing is recorded).
    pub fn roll(&self, session: &SessionId) -> Roll {
        self.rolls.get(session).cloned().unwrap_or_default()
    }

    /// Gives the i-th token of this recording.
    pub fn token(&self, index: u64) -> Token {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(index.to_be_bytes());
        Token(
            hash.finalize()
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }
}
