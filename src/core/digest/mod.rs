//! A stretch of the journal → the facts of a digest ([`collect()`]).
//!
//! Pure: rolls, catalogue and the present instant are arguments. All counts are followed by names.

mod bounced;
mod collect;
mod news;
mod original;

pub use collect::{Sources, collect};
pub use news::list_rows;
pub use original::{ORIGINALS_BYTES_MAX, Octets, Original};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::catalogue::SessionId;
use super::reading::{Doubt, Evidence, Language};
use super::reply::SessionFacts;

/// Something the human has to decide or answer, in full once, then one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Number of the entry it stems from; « 1 oui » refers to its place in the digest.
    pub entry: u64,
    /// Who wrote (name and address as shown), empty if nobody.
    pub who: String,
    /// Subject of the mail.
    pub subject: String,
    /// Time of receipt.
    pub received: Timestamp,
    /// The sessions concerned.
    pub sessions: Vec<SessionId>,
    /// The mail's own words.
    pub quotes: Vec<Evidence>,
    /// Why the robot hesitated.
    pub doubts: Vec<Doubt>,
    /// Told in full before.
    pub seen_before: bool,
    /// Age in days.
    pub age_days: u32,
    /// What the robot can do about it on the organiser's word.
    #[serde(default)]
    pub offer: Offer,
    /// Seats that are free in its first session.
    #[serde(default)]
    pub free_seats: Option<u32>,
    /// Something was recorded, and nobody was told, since a machine may not answer this mail.
    #[serde(default)]
    pub not_told: bool,
}

/// What « oui » and « non » would do about an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// Nothing: the mail wants a person's answer.
    #[default]
    Nothing,
    /// Refused after the deadline: yes registers them and tells them.
    Late,
    /// Refused because it was full: yes registers them and tells them.
    Full,
    /// Seats held until somebody nods: yes confirms them and tells them.
    Review,
    /// Nobody answered our question.
    Unanswered,
}

/// One session's gauge and changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionNews {
    /// The session.
    pub session: SessionFacts,
    /// Seats taken by confirmed and provisional people.
    pub taken: u32,
    /// Seats held back.
    pub held: u32,
    /// Waiting.
    pub waiting: u32,
    /// Changes by name, in order: (what, name), what one of the status words.
    pub changes: Vec<(super::reply::Status, String)>,
    /// The list of the session as it stands: rows for the attached file; empty if nothing changed.
    pub list: Vec<ListRow>,
    /// A line to say of it: changed facts, deadline near, capacity below the seats given …
    pub remarks: Vec<SessionRemark>,
}

/// Something to say of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "remark", rename_all = "snake_case")]
pub enum SessionRemark {
    /// The deadline is near.
    ClosesSoon {
        /// Last instant + 1 s.
        closes_at: Timestamp,
    },
    /// Its date, hour, place or existence changed: who holds the old facts.
    FactsChanged {
        /// Names.
        names: Vec<String>,
        /// What changed, as `old → new`.
        what: String,
    },
    /// Capacity below the seats given.
    OverCapacity,
    /// Fewer people than it needs, and the deadline is near.
    BelowMinimum {
        /// Fewest people for it to take place.
        minimum: u32,
    },
    /// A seat is free and the time for promotions is over.
    FreeSeat {
        /// Names of who waits.
        waiting: Vec<String>,
    },
}

/// One row of a session's list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Number (`R12`).
    pub id: String,
    /// Stable code of the state (`confirmed`, `waitlisted` …).
    pub status: String,
    /// Name.
    pub name: String,
    /// Structure.
    pub organisation: String,
    /// Function.
    pub role: String,
    /// Address.
    pub email: String,
    /// Telephone.
    pub phone: String,
    /// Time of receipt, local, `2017-09-12 14:36`.
    pub received: String,
    /// Who registered them.
    pub made_by: String,
    /// Wishes.
    pub remarks: String,
}

/// The robot's health.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// When it last looked into the mailbox.
    pub checked_at: Option<Timestamp>,
    /// Replies withheld (shadow), held (breaker, too old), uncertain, refused: counts.
    pub withheld: u32,
    /// Held replies.
    pub held: u32,
    /// Replies of which it is not known whether they arrived.
    pub uncertain: u32,
    /// Lines to show: a broken catalogue file, a doubtful clock, the breaker …
    pub notices: Vec<String>,
    /// What was told at once, or is over, since the last digest: its code and when.
    #[serde(default)]
    pub told: Vec<(String, Timestamp)>,
}

/// The facts of one digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The civil date it is for.
    pub date: Date,
    /// IANA zone.
    pub timezone: String,
    /// Entries covered: from (exclusive) …
    pub after_entry: u64,
    /// … to (inclusive).
    pub to_entry: u64,
    /// Language.
    pub language: Language,
    /// Nothing was sent: shadow.
    pub shadow: bool,
    /// Answers are held by the organiser's `pause`.
    pub paused: bool,
    /// To decide.
    pub to_decide: Vec<Item>,
    /// Served, but waiting for an answer of the human.
    pub to_answer: Vec<Item>,
    /// Session by session.
    pub sessions: Vec<SessionNews>,
    /// Addresses that do not work: (name, address, proposed correction).
    pub bounced: Vec<(String, String, Option<String>)>,
    /// Other human mail left untouched.
    pub left_alone: u32,
    /// Machine mail counted.
    pub machines: u32,
    /// Mails answered by hand: names.
    pub by_hand: Vec<String>,
    /// Health.
    pub health: Health,
    /// The first live digest: registrations made in shadow, for checking.
    pub to_check: Vec<String>,
    /// Organisation's name.
    pub organisation: String,
    /// Who to call when the robot stops.
    pub administrator: Option<String>,
    /// An answer to the digest is obeyed, so it says how.
    #[serde(default)]
    pub commands: bool,
}

impl Digest {
    /// Gives the entries of the items in the order in which they are numbered, from 1: first what
    /// is to be decided, then what awaits an answer.
    pub fn numbered(&self) -> Vec<u64> {
        self.to_decide
            .iter()
            .chain(&self.to_answer)
            .map(|item| item.entry)
            .collect()
    }

    /// Says whether there is something to say: an item, a change, a line on the robot's health; or
    /// it is Monday, and this is the sign of life. Mail that was only counted is not enough.
    pub fn is_worth_sending(&self) -> bool {
        let news = |session: &SessionNews| {
            !session.changes.is_empty()
                || session
                    .remarks
                    .iter()
                    .any(|remark| !matches!(remark, SessionRemark::ClosesSoon { .. }))
        };
        let health = &self.health;
        let told = [
            self.to_decide.len(),
            self.to_answer.len(),
            self.bounced.len(),
            self.by_hand.len(),
            self.to_check.len(),
            health.notices.len(),
            health.told.len(),
        ];
        self.date.weekday() == jiff::civil::Weekday::Monday
            || self.paused
            || told.iter().any(|count| *count > 0)
            || health.held + health.uncertain > 0
            || self.sessions.iter().any(news)
    }
}

/// A notice to the organiser, at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// Language.
    pub language: Language,
    /// When it happened.
    pub at: Timestamp,
    /// IANA zone.
    pub timezone: String,
    /// The items, for [`NoticeKind::Urgent`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// The mails behind the items, in their order; none once a person was forgotten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub originals: Vec<Original>,
    /// A sentence of detail, may be empty.
    pub detail: String,
    /// Organisation's name.
    pub organisation: String,
}

/// Kinds of notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A mail for the human about a session that begins before the next digest.
    Urgent,
    /// The mailbox could not be reached.
    MailboxOutage,
    /// Too many replies: they are held.
    BreakerOpen,
    /// Many registrations in a short time: under review.
    Flood,
    /// Many mails would count as new at once.
    ManyNew,
    /// The clock is doubtful.
    Clock,
    /// The disk is nearly full.
    DiskFull,
}
