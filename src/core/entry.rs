//! One recorded fact: the entries of the journal.
//!
//! Applying an entry needs nothing but the entry. Personal data stands in [`Personal`] alone, so
//! that forgetting a person blanks that part and keeps ids and numbers.

mod change;
mod walked;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::catalogue::{Session, SessionId};
use super::decision::organiser::{Command, Line};
use super::delivery::Delivery;
use super::person::{Address, Person};
use super::reading::{Evidence, Reading};
use super::reply::Letter;
use super::roll::Token;
pub use change::{Change, Decided, Owed};
pub use walked::{MailWalked, Understood, Walk};

/// Where a mail lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum Place {
    /// In an IMAP mailbox (RFC 9051 §2.3.1.1).
    Imap {
        /// Mailbox name.
        mailbox: String,
        /// UIDVALIDITY.
        uid_validity: u32,
        /// UID.
        uid: u32,
    },
    /// In a Maildir: the unique part of the file name.
    Maildir {
        /// Folder, relative (`INBOX`, `Sent`).
        mailbox: String,
        /// Unique name, without flags.
        name: String,
    },
}

/// Why an entry was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Cause {
    /// guichet itself: start, catalogue, digest, outbox.
    #[default]
    Itself,
    /// A mail that was walked.
    Mail,
    /// The organiser: by a mail in Sent (its entry), or on the command line.
    Organiser {
        /// The entry of the mail in Sent, if it was one.
        entry: Option<u64>,
    },
    /// Something fell due that an earlier entry had announced.
    Due {
        /// That entry.
        entry: u64,
    },
    /// The catalogue changed.
    Catalogue {
        /// That entry.
        entry: u64,
    },
}

/// One recorded fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub n: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// What.
    pub body: Body,
    /// All personal data of it; `None` where there is none, or once forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<Personal>,
}

/// An entry that has no number yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Why.
    pub cause: Cause,
    /// What.
    pub body: Body,
    /// All personal data of it.
    pub personal: Option<Personal>,
}

/// All personal data of an entry; the body refers to it by index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// People, referred to by [`Change`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Contact>,
    /// Letters, referred to by [`Owed`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<Letter>,
    /// The mail's own: who wrote, what about, which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailWords>,
    /// What was understood, for a question that is open (the answer completes it) and for a mail that
    /// went to the human (the organiser's yes makes it certain).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// Where an answer to a mail that went to the human may go, and whom it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed: Option<Handed>,
    /// Line by line, what the organiser's word came to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// Commands that wait for a yes, by the number that the transcript gives them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Command>,
    /// A free line (a command's words, a note).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Personal data of one registration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Who.
    pub person: Person,
    /// The address on record for letters about it.
    pub contact: Option<String>,
    /// Who registered them, if another: address.
    pub made_by: Option<String>,
    /// Who registered them, if another: name.
    pub made_by_name: Option<String>,
    /// Message-IDs to thread later letters to.
    #[serde(default)]
    pub thread: Vec<String>,
    /// Subject of the mail that asked.
    #[serde(default)]
    pub subject: String,
    /// Wishes, in the mail's words.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// Who wrote a mail, what about, and the words that matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailWords {
    /// The author.
    pub from: Option<Address>,
    /// Subject.
    pub subject: String,
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// The quotes that the claims rest on.
    pub evidence: Vec<Evidence>,
    /// Names of people, for the outcome lines.
    #[serde(default)]
    pub names: Vec<String>,
}

/// What a mail that went to the human leaves for the organiser's yes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// Where an answer by machine may go; `None` if nowhere.
    pub answer_to: Option<Address>,
    /// Addresses in To and Cc of people whom the mail names.
    pub named: Vec<Address>,
    /// References of the mail, oldest first, without brackets.
    pub references: Vec<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// The watch over a mailbox began: older mail is not ours to answer.
    WatchBegan {
        /// The mailbox.
        mailbox: String,
        /// UIDVALIDITY (0 for a Maildir).
        uid_validity: u32,
        /// The first UID that is ours to walk (0 for a Maildir).
        uid_next: u32,
        /// For a Maildir: the unique names there were.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
    },
    /// A mail was walked.
    Mail(Box<MailWalked>),
    /// A decision without a mail of its own.
    Decided(Box<Decided>),
    /// The catalogue as taken up: the sessions that are new or changed, and those that vanished.
    Catalogue {
        /// New or changed.
        sessions: Vec<Session>,
        /// Vanished files with or without registrations.
        vanished: Vec<SessionId>,
        /// Of those: changed in date, hour, place or existence while people are registered.
        frozen: Vec<SessionId>,
    },
    /// The organiser accepted a session's new facts.
    SessionAccepted {
        /// The session.
        session: SessionId,
    },
    /// The organiser's capacity for a session; holds until the file's own value changes.
    Capacity {
        /// The session.
        session: SessionId,
        /// Seats; `None` takes the command back.
        capacity: Option<u32>,
    },
    /// A digest: sent (its letter owed) or skipped.
    Digest {
        /// For this civil date.
        date: Date,
        /// Entries covered: up to this one.
        to_entry: u64,
        /// The letters, one an addressee; empty if there was nothing to say.
        owed: Vec<Owed>,
        /// The entries of the items told in full.
        items: Vec<u64>,
    },
    /// A notice to the organiser at once.
    Noticed {
        /// Stable code of what it is about.
        code: String,
        /// The letter, if one is sent.
        owed: Vec<Owed>,
        /// The entries of the mails that it tells of.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<u64>,
    },
    /// An attempt to send begins; recorded before dialling.
    Attempt {
        /// The letter.
        letter: Token,
        /// SHA-256 of the bytes.
        sha256: String,
    },
    /// How an attempt ended.
    Outcome {
        /// The letter.
        letter: Token,
        /// How.
        delivery: Delivery,
        /// Next attempt, if there is to be one.
        retry_at: Option<Timestamp>,
    },
    /// A letter's mail was filed: copy in Sent, `\Answered`, move; or given up.
    Filed {
        /// The letter.
        letter: Token,
        /// `None`: done; else why it was given up.
        given_up: Option<String>,
    },
    /// A letter is held: it will not be sent until released.
    Held {
        /// The letter.
        letter: Token,
        /// Why.
        why: Hold,
    },
    /// A held letter is due again.
    Released {
        /// The letter.
        letter: Token,
    },
    /// All answers are held (`pause`) or released (`reprise`).
    Paused {
        /// On or off.
        on: bool,
    },
    /// An item of the digest is settled.
    Settled {
        /// The entry of the item.
        entry: u64,
    },
    /// What had been left because its session was not in the catalogue was read again.
    ReadAgain {
        /// The entry that added sessions.
        catalogue: u64,
    },
    /// A journal was imported: letters owed before are withheld.
    Restored,
}

/// Why a letter is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Shadow mode: recorded, never due.
    Shadow,
    /// More than 3 days since its cause.
    TooOld,
    /// The breaker is open.
    Breaker,
    /// The organiser's `pause`.
    Paused,
    /// The register was restored.
    Restored,
    /// Left to the human: the sender cannot be trusted with an automatic answer.
    Human,
    /// The mail was answered by hand.
    ByHand,
    /// Untrue by now: replaced by a later letter.
    Superseded,
    /// Uncertain twice.
    Uncertain,
}
