//! What we say to people, as facts, not text; complete, so that rendering looks up nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalogue::{AttachedFile, Detail, Session, SessionId, Span};
use super::decision::organiser::Transcript;
use super::digest::{Digest, Notice};
use super::person::Address;
use super::reading::Language;
use super::roll::Token;

/// The words for outcomes, as in every output: of a reply as a whole and of each person in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Seat confirmed.
    Confirmed,
    /// Seat kept; membership to be settled.
    Provisional,
    /// On the waiting list.
    Waitlisted,
    /// After the deadline.
    Late,
    /// Full, and no waiting list.
    Full,
    /// Already registered (or already cancelled): nothing changed.
    Already,
    /// Seat given up.
    Cancelled,
    /// Seat passed on.
    Substituted,
    /// Details changed.
    Updated,
    /// One clarifying question.
    Clarify,
    /// A seat came free and is theirs now.
    Promoted,
    /// Nothing is said.
    None,
}

/// The facts of a session that a letter may say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// Its id.
    pub id: SessionId,
    /// Its title.
    pub title: String,
    /// Its level, if it has one.
    pub level: Option<u32>,
    /// When.
    pub when: Vec<Span>,
    /// IANA zone.
    pub timezone: String,
    /// Where.
    pub place: String,
    /// On line?
    pub online: bool,
    /// Seats in all.
    pub capacity: u32,
    /// First instant that is too late.
    pub closes_at: Option<Timestamp>,
    /// Whether membership is a condition.
    pub membership_required: bool,
}

impl SessionFacts {
    /// Takes the facts of a session that anybody may be told.
    pub fn of(session: &Session) -> SessionFacts {
        SessionFacts {
            id: session.id.clone(),
            title: session.title.clone(),
            level: session.level,
            when: session.when.clone(),
            timezone: session.timezone.clone(),
            place: session.place.clone(),
            online: session.online,
            capacity: session.capacity,
            closes_at: session.closes_at,
            membership_required: session.membership == super::catalogue::MembershipRule::Required,
        }
    }
}

/// What confirmed people alone are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// The link.
    pub link: Option<String>,
    /// The organiser's own words.
    pub note: Option<String>,
}

/// The calendar part of a letter (RFC 5545, RFC 5546).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Root of the UID, unguessable.
    pub uid: Token,
    /// SEQUENCE.
    pub sequence: u32,
    /// REQUEST, or CANCEL to withdraw it.
    pub withdraw: bool,
    /// The ATTENDEE: name and address.
    pub attendee: Address,
}

/// What a letter says of one person in one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The person's name, normalised, at most 80 characters.
    pub name: String,
    /// Whether that person is who the letter goes to.
    pub is_receiver: bool,
    /// The session.
    pub session: SessionFacts,
    /// What became of it.
    pub status: Status,
    /// Place in the waiting list, from 1.
    pub rank: Option<u32>,
    /// Free seats, told to a group that waits whole.
    pub free_seats: Option<u32>,
    /// Until when a freed seat is given to who waits.
    pub promotion_until: Option<Timestamp>,
    /// Details that are missing.
    pub ask: Vec<Detail>,
    /// What confirmed people alone are told.
    pub joining: Joining,
    /// The calendar part.
    pub invitation: Option<Invitation>,
    /// The other person of a substitution: who passes the seat on, or who takes it.
    pub other_name: Option<String>,
    /// The standing facts behind an `Already` (confirmed, waitlisted, cancelled …).
    pub standing: Option<Status>,
    /// The membership form is named (and attached through `attachments`).
    pub membership_form: Option<AttachedFile>,
    /// True if a list of members exists and the structure was not found in it.
    pub membership_not_found: bool,
    /// True if a list of members exists and the structure was found in it: the condition is met.
    #[serde(default)]
    pub membership_found: bool,
}

/// A letter to a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What it says on the whole; `outcomes` may differ person by person.
    pub status: Status,
    /// The language.
    pub language: Language,
    /// The one recipient.
    pub to: Address,
    /// Message-ID of the mail it answers, without brackets.
    pub in_reply_to: Option<String>,
    /// References, oldest first, without brackets.
    pub references: Vec<String>,
    /// True if it answers a mail (`auto-replied`), false for promotions and the like (`auto-generated`).
    pub answers: bool,
    /// Time of receipt of the mail it answers, or when its cause happened.
    pub cause_at: Timestamp,
    /// Person by person, session by session.
    pub outcomes: Vec<Outcome>,
    /// For a clarifying question: the sessions to choose from, in order.
    pub options: Vec<SessionFacts>,
    /// What exactly is asked back.
    pub asks_for: Option<Asking>,
    /// The mail held a question as well, which the human will answer.
    pub question_seen: bool,
    /// Who asked for this seat, if another than the receiver did.
    pub registered_by: Option<String>,
    /// For `Late`: the next open session of the series.
    pub next_session: Option<SessionFacts>,
    /// The first letter to this address: carries the privacy line.
    pub first_contact: bool,
    /// Files to attach, by hash.
    pub attachments: Vec<AttachedFile>,
    /// The organisation's name.
    pub organisation: String,
    /// The mailbox's address.
    pub mailbox: String,
    /// The human's name.
    pub human_name: Option<String>,
    /// The human's telephone.
    pub human_phone: Option<String>,
    /// The privacy line.
    pub privacy: Option<String>,
}

/// What a clarifying question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// Which session.
    Session,
    /// Who.
    Person,
    /// Which of their registrations.
    Registration,
}

/// Whatever leaves the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// To a participant.
    Reply(Box<Reply>),
    /// To the organiser, daily.
    Digest {
        /// The one recipient.
        to: Address,
        /// What it says.
        digest: Box<Digest>,
    },
    /// To the organiser, at once.
    Notice {
        /// The one recipient.
        to: Address,
        /// What it says.
        notice: Box<Notice>,
    },
    /// To the organiser: line by line, what their word came to.
    Transcript {
        /// The one recipient.
        to: Address,
        /// What it says.
        transcript: Box<Transcript>,
    },
}
