//! Cues: single signs of a session in a text, each with the sessions that it fits.
//!
//! A cue alone decides little; `grouping` joins those that belong together.

mod fitting;
mod numbers;
mod places;
mod titles;

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Programme, Way};
use crate::core::catalogue::Catalogue;
use crate::core::catalogue::matcher::Matcher;
use crate::core::reading::dates::{DateOf, Day, dates_in};
use crate::core::tags::{Kind, Tag, tags};
use crate::core::word_row::{Gap, Words};

/// What a cue says of the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// One of these topics.
    Topics(Vec<u32>),
    /// This level.
    Level(u32),
    /// These days, all of one session.
    Days(Vec<Day>),
    /// A day of no session, named in one breath with days of sessions.
    NoDay,
    /// One of these places.
    Places(Vec<u32>),
    /// On line, or not.
    Online(bool),
    /// The session itself.
    Session(u32),
    /// One of these sessions.
    OneOf(Vec<u32>),
}

/// A sign of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Cue {
    /// Its words, by their place in the row.
    pub words: Range<usize>,
    /// How it names.
    pub way: Way,
    /// What it says.
    pub says: Says,
}

/// A text taken apart, with the catalogue and the day of receipt.
pub struct Scan<'a> {
    /// The words.
    pub words: Words<'a>,
    /// What each word is.
    pub tags: Vec<Tag>,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The time of receipt.
    pub received: Timestamp,
    /// The day of receipt, where the sessions take place.
    pub today: Date,
    /// Whether mistyped words are looked for.
    pub mistyped: bool,
    taken: Vec<bool>,
}

impl<'a> Scan<'a> {
    /// Takes a text apart.
    pub fn new(
        text: &'a str,
        catalogue: &'a Catalogue,
        received: Timestamp,
        mistyped: bool,
    ) -> Scan<'a> {
        let words = Words::of(text);
        let tags = tags(&words);
        Scan {
            taken: vec![false; words.len()],
            words,
            tags,
            catalogue,
            received,
            today: catalogue.matcher().day_at(received),
            mistyped,
        }
    }

    /// Gives what a word is.
    pub fn tag(&self, at: usize) -> Tag {
        self.tags.get(at).copied().unwrap_or_default()
    }

    /// Says whether a word is of a kind.
    pub fn is(&self, at: usize, kind: Kind) -> bool {
        self.tag(at).is(kind)
    }

    fn matcher(&self) -> &'a Matcher {
        self.catalogue.matcher()
    }

    /// Finds all cues, in order.
    pub fn cues(&mut self, programme: &Programme) -> Vec<Cue> {
        let mut cues = Vec::new();
        self.date_cues(programme, &mut cues);
        self.hour_cues(&mut cues);
        self.number_cues(programme, &mut cues);
        self.all_parts_cues(&mut cues);
        self.next_part_cues(&mut cues);
        self.level_cues(&mut cues);
        self.alias_cues(&mut cues);
        self.title_cues(&mut cues);
        self.place_cues(&mut cues);
        self.format_cues(&mut cues);
        cues.sort_by_key(|cue| (cue.words.start, cue.words.end));
        cues
    }

    fn take(&mut self, run: &Range<usize>) {
        for at in run.clone() {
            if let Some(taken) = self.taken.get_mut(at) {
                *taken = true;
            }
        }
    }

    fn is_taken(&self, at: usize) -> bool {
        self.taken.get(at).copied().unwrap_or(true)
    }

    fn date_cues(&mut self, programme: &Programme, cues: &mut Vec<Cue>) {
        for found in dates_in(&self.words, &self.tags, self.today) {
            self.take(&found.words);
            if found.of != DateOf::Event {
                continue;
            }
            let Some(day) = found.days.first() else {
                continue;
            };
            let way = match day {
                Day {
                    month: Some(_),
                    day: Some(_),
                    ..
                } => Way::Date,
                Day { day: Some(_), .. } => Way::DayOnly,
                Day { month: Some(_), .. } => Way::Month,
                _ => Way::WeekdayOnly,
            };
            if way == Way::WeekdayOnly && !self.is_bound_weekday(found.words.start) {
                continue;
            }
            if way == Way::DayOnly && self.days_as_numbers(programme, &found, cues) {
                continue;
            }
            let days = Says::Days(found.days.clone());
            if found.days.len() == 1 || !self.candidates(&[&days]).is_empty() {
                cues.push(Cue {
                    words: found.words,
                    way,
                    says: days,
                });
            } else {
                // « les 3 et 17 octobre »: no one session has both.
                let says: Vec<Says> = found
                    .days
                    .iter()
                    .map(|day| Says::Days(vec![*day]))
                    .collect();
                let any = says.iter().any(|day| !self.candidates(&[day]).is_empty());
                for day in says {
                    let none = any && self.candidates(&[&day]).is_empty();
                    cues.push(Cue {
                        words: found.words.clone(),
                        way,
                        says: if none { Says::NoDay } else { day },
                    });
                }
            }
        }
    }

    /// « me connecter à 9h30 », said on the day on which a session begins at that hour.
    fn hour_cues(&mut self, cues: &mut Vec<Cue>) {
        let begins: Vec<(i8, i8)> = self
            .matcher()
            .between(self.today, self.today)
            .filter_map(|(_, session)| self.catalogue.at(session))
            .filter(|session| session.begins_at() > self.received)
            .filter_map(|session| session.when.first())
            .map(|span| (span.from.hour(), span.from.minute()))
            .collect();
        if begins.is_empty() {
            return;
        }
        let today = Day {
            year: Some(self.today.year()),
            month: Some(self.today.month()),
            day: Some(self.today.day()),
            weekday: None,
        };
        for at in 0..self.words.len() {
            let hour = hour_of(self.words.folded(at));
            if !self.is_taken(at) && hour.is_some_and(|hour| begins.contains(&hour)) {
                self.take(&(at..at + 1));
                cues.push(Cue {
                    words: at..at + 1,
                    way: Way::WeekdayOnly,
                    says: Says::Days(vec![today]),
                });
            }
        }
    }

    /// Whether a weekday is spoken of as a day of something (« de mardi », « webconf mardi »), not as
    /// the time of another act (« je confirme mardi »).
    fn is_bound_weekday(&self, at: usize) -> bool {
        if self.tag(at).relative.is_some() {
            return true;
        }
        if self.words.gap(at) >= Gap::Stop || at == 0 {
            return true;
        }
        let before = self.tag(at - 1);
        before.is(Kind::Event)
            || before.is(Kind::Online)
            || before.is(Kind::Article)
            || before.is(Kind::Next)
            || matches!(
                self.words.folded(at - 1),
                "de" | "pour" | "a" | "for" | "of" | "this" | "s" | "until"
            )
            || self
                .matcher()
                .find_word(self.words.folded(at - 1))
                .is_some()
    }

    /// Says whether a session is not over on the day of receipt.
    pub fn is_to_come(&self, session: u32) -> bool {
        self.matcher()
            .dates_of(session)
            .last()
            .is_some_and(|date| *date >= self.today)
    }
}

/// « 9h30 », « 14h », "10am".
fn hour_of(word: &str) -> Option<(i8, i8)> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (hour, rest) = word.split_at_checked(digits)?;
    let hour: i8 = hour.parse().ok()?;
    match rest {
        "h" | "am" => Some((hour, 0)),
        "pm" => Some((hour % 12 + 12, 0)),
        _ => Some((hour, rest.strip_prefix('h')?.parse().ok()?)),
    }
}
