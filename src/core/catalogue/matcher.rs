//! The catalogue compiled for matching: which sessions have this word, day, level, place or format.
//!
//! Built once with the catalogue. Lookups cost the same with five sessions as with five thousand, or
//! grow with the logarithm: sessions of one title are one *topic*; a word that very many topics share
//! is no way in (it cannot tell them apart), and lists of sessions are read around the time of receipt
//! only. A word weighs the more the fewer topics have it; words that everybody uses weigh little.

mod building;

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Session, SessionId};
use crate::core::person::fold;
use crate::core::tags::{Kind, tag};
use crate::core::word_map::{KeyMap, WordMap};
use crate::core::word_row::{Words, stem};

/// A word of titles.
#[derive(Debug, Clone)]
pub struct TitleWord {
    /// The topics that have it, in order; empty if too many have it to be a way in.
    pub topics: Vec<u32>,
    /// How much it tells, 0 if nothing.
    pub weight: f32,
    /// Whether everybody uses it, so that it counts beside rarer words only.
    pub everyday: bool,
    /// Topics of other titles whose description, audience or place speaks of it.
    mentioned: u32,
    stem: String,
}

/// Sessions of one title, series, level and set of other names.
#[derive(Debug, Clone, Default)]
pub struct Topic {
    /// Its sessions, in order of their beginning.
    pub sessions: Vec<u32>,
    /// Its words, sorted.
    pub words: Vec<u32>,
    /// Its series' words, sorted.
    pub series: Vec<u32>,
    /// The weight of the title's words together.
    pub weight: f32,
}

/// Another name of a topic: from its file, or initials of its title.
#[derive(Debug, Clone)]
pub struct Alias {
    /// Its words, stems.
    pub words: Vec<String>,
    /// The topics that have it.
    pub topics: Vec<u32>,
    /// Made of initials: then only capitals, or letters without a vowel, name it.
    pub initials: bool,
}

/// The compiled catalogue.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    by_id: HashMap<SessionId, u32>,
    words: Vec<TitleWord>,
    by_stem: WordMap<u32>,
    typos: KeyMap<u64, Vec<u32>>,
    topics: Vec<Topic>,
    aliases: WordMap<Vec<Alias>>,
    places: WordMap<Vec<u32>>,
    place_of: Vec<u32>,
    topic_of: Vec<u32>,
    level_of: Vec<Option<u32>>,
    levels: BTreeMap<u32, u32>,
    dates_of: Vec<Vec<Date>>,
    by_date: BTreeMap<Date, Vec<u32>>,
    by_day: KeyMap<(i8, i8), Vec<(Date, u32)>>,
    by_day_of_month: KeyMap<i8, Vec<(Date, u32)>>,
    begins: Vec<(Timestamp, SignedDuration)>,
}

/// A word in more topics than this is no way in.
const TOPICS_MAX: usize = 64;
/// Sessions read on either side of the time of receipt, where many fit.
const NEAR_MAX: usize = 32;
/// Days of one stretch that are taken for its dates.
const STRETCH_DAYS_MAX: usize = 31;
/// Words of a title of which initials are taken.
const INITIALS_WORDS_MAX: usize = 12;
/// From this length on a word may be mistyped even if its stem is short.
const LONG_WORD: usize = 9;
/// Shortest word that may be mistyped.
const TYPO_LEN_MIN: usize = 6;
/// How much an everyday word weighs beside another.
const EVERYDAY: f32 = 0.35;

impl Matcher {
    /// Compiles sessions that are in order of their beginning.
    pub fn new(sessions: &[Session]) -> Matcher {
        let mut matcher = Matcher::default();
        let mut topic_ids: HashMap<String, u32> = HashMap::new();
        let mut place_ids: HashMap<String, u32> = HashMap::new();
        for (index, session) in (0_u32..).zip(sessions) {
            matcher.by_id.entry(session.id.clone()).or_insert(index);
            let level = session.level.or_else(|| level_in(&session.title));
            matcher.level_of.push(level);
            if let Some(level) = level {
                *matcher.levels.entry(level).or_default() += 1;
            }
            matcher.add_dates(index, session);
            matcher.add_place(session, &mut place_ids);
            let next = u32::try_from(matcher.topics.len()).unwrap_or(u32::MAX);
            let topic = *topic_ids.entry(topic_key(session, level)).or_insert(next);
            if topic == next {
                matcher.add_topic(topic, session);
            }
            if let Some(topic) = matcher.topics.get_mut(topic as usize) {
                topic.sessions.push(index);
            }
            matcher.topic_of.push(topic);
        }
        matcher.count_in_texts(sessions);
        matcher.weigh();
        matcher.add_typos();
        for days in matcher
            .by_day
            .values_mut()
            .chain(matcher.by_day_of_month.values_mut())
        {
            days.sort_unstable();
        }
        matcher
    }

    /// Gives the place of a session in the catalogue by its id.
    pub fn index(&self, id: &SessionId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Gives the civil day at an instant, where the session that begins next to it takes place.
    pub fn day_at(&self, at: Timestamp) -> Date {
        let next = self.begins.partition_point(|(begin, _)| *begin < at);
        let near = self
            .begins
            .get(next)
            .or_else(|| self.begins.last())
            .map_or(SignedDuration::ZERO, |(_, offset)| *offset);
        jiff::tz::Offset::UTC
            .to_datetime(at.checked_add(near).unwrap_or(at))
            .date()
    }

    /// Gives a title word by its number.
    pub fn word(&self, id: u32) -> Option<&TitleWord> {
        self.words.get(id as usize)
    }

    /// Gives a topic by its number.
    pub fn topic(&self, id: u32) -> Option<&Topic> {
        self.topics.get(id as usize)
    }

    /// Gives the topic of a session.
    pub fn topic_of(&self, session: u32) -> Option<u32> {
        self.topic_of.get(session as usize).copied()
    }

    /// Finds the title word that a folded word is.
    pub fn find_word(&self, folded: &str) -> Option<u32> {
        self.by_stem.get(stem(folded)).copied()
    }

    /// Finds the title word that a folded word is meant for, one mistake away.
    pub fn find_mistyped(&self, folded: &str) -> Option<u32> {
        let wanted = stem(folded);
        // A long word may have a short stem (« récolement »); a short one is soon another word.
        let long = folded.len() >= LONG_WORD;
        if wanted.len() < TYPO_LEN_MIN && !long {
            return None;
        }
        let close = |id: &&u32| {
            self.word(**id).is_some_and(|word| {
                (long || word.stem.len() >= TYPO_LEN_MIN)
                    && word.stem.as_bytes().first() == wanted.as_bytes().first()
                    && strsim::osa_distance(&word.stem, wanted) <= 1
            })
        };
        deletions(wanted)
            .filter_map(|hash| self.typos.get(&hash))
            .flatten()
            .find(close)
            .copied()
    }

    /// Gives the other names that begin with a word's stem.
    pub fn aliases(&self, first: &str) -> &[Alias] {
        self.aliases.get(first).map_or(&[], Vec::as_slice)
    }

    /// Gives the places that have a folded word in their name.
    pub fn places(&self, folded: &str) -> &[u32] {
        self.places.get(folded).map_or(&[], Vec::as_slice)
    }

    /// Gives the number of a session's place.
    pub fn place_of(&self, session: u32) -> Option<u32> {
        self.place_of.get(session as usize).copied()
    }

    /// Gives a session's level.
    pub fn level_of(&self, session: u32) -> Option<u32> {
        self.level_of.get(session as usize).copied().flatten()
    }

    /// Says whether any session has a level.
    pub fn has_level(&self, level: u32) -> bool {
        self.levels.contains_key(&level)
    }

    /// Gives a session's days.
    pub fn dates_of(&self, session: u32) -> &[Date] {
        self.dates_of
            .get(session as usize)
            .map_or(&[], Vec::as_slice)
    }

    /// Gives the sessions on a day and month of whatever year, by date.
    pub fn on_day(&self, month: i8, day: i8) -> &[(Date, u32)] {
        self.by_day.get(&(month, day)).map_or(&[], Vec::as_slice)
    }

    /// Gives the sessions on a day of whatever month, by date.
    pub fn on_day_of_month(&self, day: i8) -> &[(Date, u32)] {
        self.by_day_of_month.get(&day).map_or(&[], Vec::as_slice)
    }

    /// Gives the sessions on the days from one to another, both included.
    pub fn between(&self, from: Date, to: Date) -> impl Iterator<Item = (Date, u32)> + '_ {
        let range = if from <= to { from..=to } else { from..=from };
        self.by_date
            .range(range)
            .flat_map(|(date, sessions)| sessions.iter().map(|session| (*date, *session)))
    }

    /// Gives the sessions nearest to an instant: those that begin after it, then those before it.
    pub fn near(&self, at: Timestamp) -> Vec<u32> {
        let next = self.begins.partition_point(|(begin, _)| *begin < at);
        let from = next.saturating_sub(NEAR_MAX);
        let to = (next + NEAR_MAX).min(self.begins.len());
        let numbers =
            |range: std::ops::Range<usize>| range.filter_map(|index| u32::try_from(index).ok());
        numbers(next..to).chain(numbers(from..next).rev()).collect()
    }

    /// Gives those of a topic's sessions that are nearest to an instant, likewise.
    pub fn near_of_topic(&self, topic: u32, at: Timestamp) -> Vec<u32> {
        let Some(topic) = self.topic(topic) else {
            return Vec::new();
        };
        let next = topic.sessions.partition_point(|session| {
            self.begins
                .get(*session as usize)
                .is_some_and(|(begin, _)| *begin < at)
        });
        let (before, after) = topic.sessions.split_at_checked(next).unwrap_or_default();
        let after = after.iter().take(NEAR_MAX);
        let before = before.iter().rev().take(NEAR_MAX);
        after.chain(before).copied().collect()
    }
}

fn topic_key(session: &Session, level: Option<u32>) -> String {
    format!(
        "{}\n{}\n{level:?}\n{}",
        fold(&session.title),
        fold(session.series.as_deref().unwrap_or_default()),
        fold(&session.aliases.join(" ; "))
    )
}

/// Finds the level in a title that says it (« … (niveau 2) »).
fn level_in(title: &str) -> Option<u32> {
    let row = Words::of(title);
    (0..row.len()).find_map(|at| {
        let next = tag(row.folded(at + 1));
        let number = row
            .number(at + 1)
            .map(u32::from)
            .or(Some(u32::from(next.cardinal)).filter(|n| *n > 0))?;
        tag(row.folded(at))
            .is(Kind::Level)
            .then_some(number)
            .filter(|n| *n < 20)
    })
}

/// Gives the initials by which a title may be known: « violences sexistes et sexuelles » → VSS.
fn initials(title: &str) -> Vec<String> {
    let row = Words::of(title);
    let letters: Vec<char> = (0..row.len())
        .filter(|at| {
            let word = row.folded(*at);
            !tag(word).is(Kind::Function) && row.number(*at).is_none()
        })
        .filter_map(|at| row.folded(at).chars().next())
        .take(INITIALS_WORDS_MAX)
        .collect();
    (3..=5)
        .flat_map(|n| letters.windows(n))
        .map(|run| run.iter().collect())
        .collect()
}

/// Hashes a word and the word with each one letter left out.
fn deletions(word: &str) -> impl Iterator<Item = u64> + '_ {
    let hash_without = move |left_out: usize| {
        word.bytes()
            .enumerate()
            .filter(move |(at, _)| *at != left_out)
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, (_, byte)| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
    };
    std::iter::once(usize::MAX)
        .chain(0..word.len())
        .map(hash_without)
}
