//! Which sessions a text names, and what several pieces of evidence say together.
//!
//! A closed world: whatever a mail mentions (words of a title, a date, a place, a level, a format)
//! is scored against the sessions there are and against the time of receipt, never read by itself.
//! [`mentions`] finds who is named where in one text; [`resolve`] weighs the pieces of a mail.

mod cues;
mod grouping;
mod programme;
#[cfg(test)]
mod tests;
mod weighing;

use std::ops::Range;

use jiff::Timestamp;

use crate::core::catalogue::{Catalogue, SessionId};

use cues::Scan;

/// How a session is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// By its title, or nearly all of it.
    Title,
    /// By words of its title that only it has.
    PartialTitle,
    /// By one word of its title, spoken of and not gone to: it says nothing alone.
    Word,
    /// By another name from its file, or its initials.
    Alias,
    /// By its series only.
    Series,
    /// « niveau 3 », N3, "part two", « troisième webconférence ».
    Level,
    /// By day and month.
    Date,
    /// By a day of the week and nothing else, or « demain ».
    WeekdayOnly,
    /// By a day of the month and nothing else (« la webconf du 17 »).
    DayOnly,
    /// By a month and nothing else.
    Month,
    /// By its place.
    Place,
    /// « la visio », "the webinar".
    Format,
    /// By its number in a list that was sent (« les points 1 et 3 »).
    ProgrammeNumber,
}

/// How a mention contradicts the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// What else is named is not on that date.
    WrongDate,
    /// The day of the week does not fit the date.
    WrongWeekday,
    /// Something of ours is asked for on a date that no session has.
    NoSuchDate,
    /// Two things are named that no one session has (title and place, level and title).
    NoSuchSession,
}

/// One place in a text that names a session, or several that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// The words, as they stand in the text.
    pub quote: String,
    /// How it is named.
    pub ways: Vec<Way>,
    /// The sessions that fit, the nearest to come first; with a conflict those that fit a part.
    pub sessions: Vec<SessionId>,
    /// What does not fit.
    pub conflict: Option<Conflict>,
    /// « pas celle de Lyon », « sauf le 3 », « au lieu du 12 »: named to leave it out.
    pub negated: bool,
    /// It goes on from the mention before it (« le niveau 3 et Lyon »).
    pub listed: bool,
    /// A word for an event stands in it (« la journée de Lyon »), or another of a list follows it.
    pub event: bool,
    /// A session that is over fits by the same words, and nothing else says that one to come is meant.
    pub perhaps_past: bool,
}

impl Mention {
    /// Gives the one session that is named plainly enough to act on, if there is one.
    pub fn certain(&self) -> Option<&SessionId> {
        match self.sessions.as_slice() {
            [only] if self.conflict.is_none() && !self.perhaps_past && self.is_plain() => {
                Some(only)
            }
            _ => None,
        }
    }

    /// Says whether it is only a word of a title that is not gone to, and none of a list.
    pub fn is_passing(&self) -> bool {
        self.ways == [Way::Word] && !self.listed
    }

    /// Says whether it is named by more than a format, a month or a word in passing.
    pub fn is_plain(&self) -> bool {
        self.ways.len() > 1
            || self.ways == [Way::Word] && self.listed
            || self
                .ways
                .iter()
                .any(|way| !matches!(way, Way::Format | Way::Month | Way::Word))
    }
}

/// A numbered list of sessions that was sent to the writer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Programme {
    /// Number and session, in order.
    pub items: Vec<(u32, SessionId)>,
    /// The word before its numbers, folded (« Fiche 1 – … » → fiche).
    pub label: Option<String>,
}

impl Programme {
    /// Gives the session of a number.
    pub fn session(&self, number: u32) -> Option<&SessionId> {
        let mut fitting = self.items.iter().filter(|(n, _)| *n == number);
        let first = fitting.next()?;
        fitting.next().is_none().then_some(&first.1)
    }
}

/// Finds what a text says of sessions, in order.
pub fn mentions(text: &str, catalogue: &Catalogue, received: Timestamp) -> Vec<Mention> {
    mentions_with(text, catalogue, received, &Programme::default())
}

/// Finds what a text says of sessions, with the list that its numbers speak of.
pub fn mentions_with(
    text: &str,
    catalogue: &Catalogue,
    received: Timestamp,
    programme: &Programme,
) -> Vec<Mention> {
    let mut scan = Scan::new(text, catalogue, received, true);
    let cues = scan.cues(programme);
    grouping::group(&scan, cues)
}

/// Finds what a quoted text says of sessions: as [`mentions`], without looking for mistyped words.
pub fn quoted_mentions(text: &str, catalogue: &Catalogue, received: Timestamp) -> Vec<Mention> {
    let mut scan = Scan::new(text, catalogue, received, false);
    let cues = scan.cues(&Programme::default());
    grouping::group(&scan, cues)
}

/// Where a piece of evidence stands; earlier has more authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The clause of the act, in the newly written text.
    Clause,
    /// The subject.
    Subject,
    /// The rest of the newly written text.
    NewText,
    /// A quoted mail about one registration (a confirmation, a question back), or the writer's own.
    Thread,
    /// A quoted announcement from our own address.
    Announcement,
    /// What the new text asks or tells of something else: it narrows, and decides nothing for certain.
    Aside,
}

/// What one piece of a mail says of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands.
    pub source: Source,
    /// What it names.
    pub mentions: Vec<Mention>,
}

/// What all pieces say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The sessions meant.
    pub sessions: Vec<SessionId>,
    /// Whether they are certain.
    pub certain: bool,
    /// Whether a part of what is said contradicts the catalogue or another piece.
    pub contradiction: bool,
    /// Whether a quoted announcement of ours fits no session of the catalogue.
    pub unknown: bool,
    /// Whether one of the sessions has begun or is over.
    pub over: bool,
    /// Sessions that may be meant, if not certain.
    pub candidates: Vec<SessionId>,
    /// Sessions that are named to leave them out.
    pub left_out: Vec<SessionId>,
    /// The words it rests on, as they stand in the mail.
    pub quotes: Vec<String>,
}

pub use programme::programme;
pub use weighing::resolve;
