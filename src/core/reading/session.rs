//! Which sessions a text names, and what several pieces of evidence say together.
//!
//! A closed world: whatever a mail mentions (words of a title, a date, a place, a level, a format)
//! is scored against the sessions there are and against the time of receipt, never read by itself.
//! [`mentions`] finds who is named where in one text; [`resolve`] weighs the pieces of a mail.

mod cues;
mod grouping;
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
}

/// Reads the list of sessions in a quoted mail: its numbers, or the order of its lines.
///
/// Only a list of two or more counts, one session a line.
pub fn programme(text: &str, catalogue: &Catalogue, received: Timestamp) -> Programme {
    let mut items: Vec<(u32, SessionId)> = Vec::new();
    let mut numbered = false;
    for entry in list_entries(text) {
        let Some(session) = the_session(&entry.text, catalogue, received) else {
            continue;
        };
        if items.iter().any(|(_, id)| *id == session) {
            continue;
        }
        let place = u32::try_from(items.len()).unwrap_or(u32::MAX);
        numbered |= entry.number.is_some();
        items.push((entry.number.unwrap_or(place.saturating_add(1)), session));
    }
    if items.len() < 2 && !numbered {
        items.clear();
    }
    Programme { items }
}

/// The one session that an entry of a list names by all it says.
fn the_session(text: &str, catalogue: &Catalogue, received: Timestamp) -> Option<SessionId> {
    let found = quoted_mentions(text, catalogue, received);
    let mut only: Option<SessionId> = None;
    for mention in &found {
        let one = match mention.certain() {
            Some(one) => one,
            None if mention.sessions.len() > 1 => continue,
            None => return None,
        };
        match &only {
            Some(other) if other != one => return None,
            _ => only = Some(one.clone()),
        }
    }
    only
}

struct ListEntry {
    number: Option<u32>,
    text: String,
}

/// Cuts a list into its entries: a line with a mark or number, and the lines that go on from it.
fn list_entries(text: &str) -> Vec<ListEntry> {
    let mut entries: Vec<ListEntry> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line.trim_start_matches(['>', ' ', '\t']).trim_end();
        let bare =
            line.trim_start_matches(['-', '*', '•', '–', '·', '○', '▪', ' ', '\u{a0}', '\t']);
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        let number = bare
            .get(..digits)
            .and_then(|digits| digits.parse::<u32>().ok())
            .filter(|_| {
                bare.get(digits..)
                    .is_some_and(|rest| rest.starts_with(['.', ')', '/', ':', '-']) && digits <= 2)
                    && bare
                        .get(digits + 1..)
                        .is_some_and(|rest| rest.starts_with([' ', '\u{a0}', '\t']))
            });
        let marked = bare.len() < line.len() || number.is_some();
        if line.is_empty() {
            goes_on = false;
        } else if marked {
            entries.push(ListEntry {
                number,
                text: bare.to_owned(),
            });
            goes_on = true;
        } else if goes_on && let Some(entry) = entries.last_mut() {
            entry.text.push(' ');
            entry.text.push_str(line);
        }
    }
    entries
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

pub use weighing::resolve;
