//! What the core understands of one mail: [`read`] gives a [`Reading`] with evidence and doubts.
//!
//! The newly written text is cut into sentences and clauses (`clause`), each clause is asked what act it
//! holds, how firmly and whose (`acts`), and the acts are put together into one meaning (`compose`) with
//! its people (`participants`) and sessions (`session`). `act` is true only if the request is complete and no
//! clause is left over that could turn it round (`doubts`): what cannot be placed is a doubt, so that
//! abstaining is a principle and not a list of exceptions. The words are data (`core::lexicon`).
//!
//! Two readers look at every sentence. The rules say who does what to which seat, and on which words that
//! rests, but their patterns are a list, and people find words that no list has. Weights learned from
//! labelled sentences (`said`) know no grammar, but generalise over wording. So the rules lead; what only
//! the weights see is told to the human and acted on where they are sure, and an act with which they do
//! not agree is a doubt. On sixty mails never seen before, the rules alone were wrong in six of 22
//! actions, both together in four of 21, and more of what may be done was done.

pub mod acts;
pub mod clause;
pub mod compose;
pub mod dates;
pub mod doubts;
mod gates;
pub mod mail;
pub mod names;
pub mod output;
pub mod participants;
mod people;
pub mod relay;
pub mod said;
pub mod session;
pub mod signature;
pub mod thread;
pub mod tokens;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, SessionId};
use super::message::Message;
use super::organisation::Organisation;
use super::person::Person;
use super::screening::{Machine, Screening, Writer, screen};
use super::unquote::unquote_of;
use mail::Mail;

/// What the mail wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Intent {
    /// A seat is wanted.
    Register,
    /// A seat is given up.
    Cancel,
    /// A seat passes to another person.
    Replace,
    /// A registered person's details change.
    Update,
    /// A person wrote and it is none of these: for the human.
    Other,
    /// Nobody wrote it to us.
    Automatic,
    /// A delivery report.
    Bounce,
}

/// The language of the newly written text, in which we answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

/// Words of the mail that a claim rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `intent`, `session`, `person`, `condition` …
    pub claim: String,
    /// The clause, as it stands in the mail.
    pub quote: String,
}

/// Somebody the mail speaks of, and for which sessions if not all go to the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The person.
    #[serde(flatten)]
    pub person: Person,
    /// Only where people of one mail go to different sessions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<SessionId>,
}

/// Why the robot does not act by itself: short stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The bytes are no readable message.
    Unreadable,
    /// No session, or several that fit, could be named.
    SessionUnclear,
    /// What the mail says of the session contradicts the catalogue.
    SessionContradiction,
    /// A quoted announcement of ours fits no session of the catalogue.
    SessionUnknown,
    /// The session has begun or is over.
    SessionOver,
    /// Who takes part could not be named.
    PersonUnclear,
    /// The request hangs on a condition that only a human can answer.
    Conditional,
    /// Interest without commitment.
    NotCommitted,
    /// The date is past and the writer pleads.
    LatePlea,
    /// A withdrawal or substitution on the session's own day.
    SameDay,
    /// From one session to another.
    ChangeOfSession,
    /// The writer asks whether they may come or may not meet a condition.
    Eligibility,
    /// A human of the organisation is in the thread.
    HumanInThread,
    /// Several requests that do not go together.
    SeveralRequests,
    /// A clause that could turn the meaning round could not be placed.
    Unexplained,
    /// An order by somebody who has no authority.
    NoAuthority,
    /// Nothing in the mail asks for a change of the register.
    NoRequest,
    /// The mail's sender is not who it claims, or cannot be told.
    SenderUnclear,
    /// A machine wrote it.
    Machine,
    /// More people than one mail may register.
    TooMany,
    /// The same Message-ID was seen on another mail.
    MessageIdReused,
    /// The clock of the mail server and ours disagree.
    ClockDoubtful,
    /// The register does not settle which registration is meant.
    RegistrationUnclear,
    /// The session's facts changed and the organiser has not accepted that yet.
    SessionChanged,
    /// A human has answered this already.
    AnsweredByHand,
    /// A refusal by machine went to this person about this session before.
    RefusedBefore,
    /// It answers a question of ours that was handed to the human when nobody answered it in time.
    AnswerTooLate,
    /// Its session has been entered since, but the mail is no longer there to be read again.
    MailGone,
    /// This kind of mail is left to the human.
    ForTheHuman,
    /// The mail is written to others; the mailbox only has a copy.
    NotToUs,
}

impl Doubt {
    /// Gives the stable code, as in the JSON output.
    pub fn code(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// What the core understood of one mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What the mail wants.
    pub intent: Intent,
    /// The sessions meant; empty if none could be named.
    pub sessions: Vec<SessionId>,
    /// Whether the sessions are certain.
    pub session_certain: bool,
    /// Who comes; for a replacement the newcomer, for an update the person after the change.
    pub participants: Vec<Participant>,
    /// Who gives the seat up, as the mail names them.
    pub removed: Vec<String>,
    /// Wishes that belong to the registration, in the mail's words.
    pub remarks: Vec<String>,
    /// The human has something to answer as well.
    pub question: bool,
    /// The robot would by itself change the register or give a final answer.
    pub act: bool,
    /// A machine may answer this mail at all.
    pub may_reply: bool,
    /// Why not.
    pub doubts: Vec<Doubt>,
    /// The language to answer in.
    pub language: Language,
    /// The words each claim rests on.
    pub evidence: Vec<Evidence>,
    /// The numbers by which a short answer chooses from a list that we sent (« la 2 » → 2).
    #[serde(skip)]
    pub choices: Vec<usize>,
    /// True if the mail bears a sign of a session, a registration or a registered person, so that
    /// the digest shows it as an item; else it is only counted.
    #[serde(skip)]
    pub concerns_us: bool,
}

/// What reading may know beside the mail.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The sessions there are.
    pub catalogue: &'a Catalogue,
    /// Who we are.
    pub organisation: &'a Organisation,
    /// Time of receipt.
    pub received: Timestamp,
}

/// Most levels of passed-on mails that are followed.
const RELAYS_MAX: usize = 2;

/// Reads one mail: screening, unquoting, understanding.
pub fn read(message: &Message, context: Context<'_>) -> (Screening, Reading) {
    let screening = screen(message, context.organisation);
    let mut reading = match &screening.writer {
        _ if !message.readable => silent(Intent::Other, Doubt::Unreadable),
        Writer::Bounce(_) => silent(Intent::Bounce, Doubt::Machine),
        Writer::Machine(Machine::CalendarAccepted | Machine::CalendarOther) => {
            silent(Intent::Other, Doubt::Machine)
        }
        Writer::Machine(_) => silent(Intent::Automatic, Doubt::Machine),
        Writer::Human => understand(message, context, RELAYS_MAX),
    };
    reading.may_reply = screening.may_reply;
    if !screening.may_register && reading.act {
        reading.act = false;
        reading.doubts.push(Doubt::SenderUnclear);
    }
    (screening, reading)
}

/// Reads what a human wrote, or passed on.
fn understand(message: &Message, context: Context<'_>, relays: usize) -> Reading {
    let parts = unquote_of(&message.text, message.author());
    let mail = Mail::new(message, &parts, context);
    let reading = compose::compose(&mail);
    match relays
        .checked_sub(1)
        .and_then(|left| relay::passed_on(&mail, &reading, left))
    {
        Some(relayed) => relayed,
        None => reading,
    }
}

/// The reading of what no human wrote, or nobody can read.
fn silent(intent: Intent, doubt: Doubt) -> Reading {
    Reading {
        intent,
        sessions: Vec::new(),
        session_certain: false,
        participants: Vec::new(),
        removed: Vec::new(),
        remarks: Vec::new(),
        question: false,
        act: false,
        may_reply: false,
        doubts: vec![doubt],
        language: Language::Fr,
        evidence: Vec::new(),
        choices: Vec::new(),
        concerns_us: false,
    }
}
