//! Sessions as the core sees them, compiled once for matching.

pub mod matcher;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use matcher::Matcher;

/// The `id` of a session file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub String);

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One stretch of a session: local wall clock and the instants it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Begin, wall clock in the session's zone.
    pub from: DateTime,
    /// End, wall clock in the session's zone.
    pub to: DateTime,
    /// Begin as an instant.
    pub from_at: Timestamp,
    /// End as an instant.
    pub to_at: Timestamp,
}

/// Whether the organisation's annual membership is a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MembershipRule {
    /// It is.
    Required,
    /// It is not.
    None,
}

/// How people who ask together are seated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupRule {
    /// Whole or not at all.
    Together,
    /// In part, if only part fits.
    Split,
}

/// Whether replies leave the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Decides, records and reports; nothing is sent.
    Shadow,
    /// Answers.
    Live,
}

/// A detail that the confirmation may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// The structure.
    Organisation,
    /// The telephone.
    Phone,
    /// The function.
    Role,
    /// The person's own address.
    Email,
}

/// A file that goes along with a reply, known by its hash so that a reply's facts stay complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// File name as the receiver sees it.
    pub name: String,
    /// `type/subtype`.
    pub content_type: String,
    /// SHA-256 of the bytes, hex; the bytes lie under this name in the register's folder.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A training session that one can register for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Its title.
    pub title: String,
    /// The series it belongs to.
    pub series: Option<String>,
    /// Its level or part within the series.
    pub level: Option<u32>,
    /// Other names people use for it.
    pub aliases: Vec<String>,
    /// When it takes place, in order; never empty.
    pub when: Vec<Span>,
    /// IANA name of its zone.
    pub timezone: String,
    /// Where, as people say it.
    pub place: String,
    /// Whether it takes place on line.
    pub online: bool,
    /// Seats in all.
    pub capacity: u32,
    /// Seats that the robot never gives.
    pub held: u32,
    /// Fewest people for it to take place; shown to the organiser only.
    pub capacity_min: Option<u32>,
    /// Whether there is a waiting list.
    pub waitlist: bool,
    /// How groups are seated.
    pub group: GroupRule,
    /// First instant that is too late to register; `None`: until it begins.
    pub closes_at: Option<Timestamp>,
    /// The last civil day on which one can register.
    pub last_day: Option<Date>,
    /// Whether membership is a condition.
    pub membership: MembershipRule,
    /// The session's own mode, if it differs from the main file's.
    pub mode: Option<Mode>,
    /// No more registrations by robot.
    pub closed: bool,
    /// Does not take place.
    pub cancelled: bool,
    /// The link for confirmed people.
    pub join_link: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// For whom.
    pub audience: Option<String>,
    /// Whom to ask, as shown.
    pub contact: Option<String>,
    /// The organiser's own words in the confirmation.
    pub confirmed_note: Option<String>,
    /// Details to ask for where the mail did not give them.
    pub ask: Vec<Detail>,
    /// The membership form.
    pub membership_form: Option<AttachedFile>,
    /// Further files for confirmed people.
    pub attachments: Vec<AttachedFile>,
}

impl Session {
    /// Gives the instant at which it begins.
    pub fn begins_at(&self) -> Timestamp {
        self.when
            .first()
            .map_or(Timestamp::MAX, |span| span.from_at)
    }

    /// Gives the instant at which it ends.
    pub fn ends_at(&self) -> Timestamp {
        self.when.last().map_or(Timestamp::MAX, |span| span.to_at)
    }

    /// Gives the first instant at which a registration is late.
    pub fn too_late_at(&self) -> Timestamp {
        self.closes_at.unwrap_or_else(|| self.begins_at())
    }

    /// Gives the seats that the robot may give in all.
    pub fn seats(&self) -> u32 {
        self.capacity.saturating_sub(self.held)
    }

    /// Says whether one can still register by robot at this instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        !self.closed && !self.cancelled && at < self.too_late_at()
    }
}

/// All sessions, in order of their beginning.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The sessions.
    pub sessions: Vec<Session>,
    /// Whether every announced session is in it, so that "one session is open" identifies it.
    pub complete: bool,
    matcher: Arc<Matcher>,
}

impl Catalogue {
    /// Compiles a catalogue.
    pub fn new(mut sessions: Vec<Session>, complete: bool) -> Catalogue {
        sessions.sort_by(|a, b| (a.begins_at(), &a.id).cmp(&(b.begins_at(), &b.id)));
        let matcher = Arc::new(Matcher::new(&sessions));
        Catalogue {
            sessions,
            complete,
            matcher,
        }
    }

    /// Gives a session by its id.
    pub fn session(&self, id: &SessionId) -> Option<&Session> {
        self.at(self.matcher.index(id)?)
    }

    /// Gives a session by its place in the order.
    pub fn at(&self, index: u32) -> Option<&Session> {
        self.sessions.get(index as usize)
    }

    /// Gives what matching needs.
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }
}
