//! Cues: single signs of a session in a text, each with the sessions that it fits.
//!
//! A cue alone decides little; `grouping` joins those that belong together.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Programme, Way};
use crate::core::catalogue::Catalogue;
use crate::core::catalogue::matcher::Matcher;
use crate::core::reading::dates::{DateOf, Day, dates_in};
use crate::core::tags::{Kind, Tag, tags};
use crate::core::word_row::{Gap, Words, stem};

/// What a cue says of the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// One of these topics.
    Topics(Vec<u32>),
    /// This level.
    Level(u32),
    /// These days, all of one session.
    Days(Vec<Day>),
    /// One of these places.
    Places(Vec<u32>),
    /// On line, or not.
    Online(bool),
    /// The session itself.
    Session(u32),
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

/// Days ahead within which a weekday alone is meant.
const WEEKDAY_AHEAD: i64 = 8;
/// Days ahead within which a day of the month alone is meant.
const DAY_AHEAD: i64 = 62;
/// Days ahead within which a day of the month is meant if no other is nearer.
const DAY_AHEAD_MAX: i64 = 183;
/// Days back within which a day of the month alone is still meant, if none is to come.
const DAY_BACK: i64 = 10;
/// Other words that may stand between two words of a title.
const TITLE_GAP: usize = 5;
/// Weight below which a word shared by several titles names nothing alone.
const WEIGHT_MIN: f32 = 0.6;
/// Share of a title from which everyday words name it.
const EVERYDAY_SHARE: f32 = 0.6;
/// Share of a title from which everyday words beside a word for an event name it.
const EVENT_SHARE: f32 = 0.15;
/// Share of a title from which it counts as the title.
const TITLE_SHARE: f32 = 0.6;

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
        self.date_cues(&mut cues);
        self.number_cues(programme, &mut cues);
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

    fn date_cues(&mut self, cues: &mut Vec<Cue>) {
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
            let days = Says::Days(found.days.clone());
            if found.days.len() == 1 || !self.candidates(&[&days]).is_empty() {
                cues.push(Cue {
                    words: found.words,
                    way,
                    says: days,
                });
            } else {
                // « les 3 et 17 octobre »: no one session has both.
                for day in found.days {
                    cues.push(Cue {
                        words: found.words.clone(),
                        way,
                        says: Says::Days(vec![day]),
                    });
                }
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

    fn number_cues(&mut self, programme: &Programme, cues: &mut Vec<Cue>) {
        if programme.items.is_empty() {
            return;
        }
        for at in 0..self.words.len() {
            if !self.is(at, Kind::Point) {
                continue;
            }
            for (place, number) in self.numbers_after(at) {
                let run = place..place + 1;
                let session = programme
                    .items
                    .iter()
                    .find(|(n, _)| *n == number)
                    .and_then(|(_, id)| self.matcher().index(id));
                if let Some(session) = session
                    && !self.is_taken(place)
                {
                    self.take(&run);
                    cues.push(Cue {
                        words: run,
                        way: Way::ProgrammeNumber,
                        says: Says::Session(session),
                    });
                }
            }
        }
    }

    /// The numbers that follow a word: « 2 et 4 », « 1, 3 », « trois ».
    fn numbers_after(&self, at: usize) -> Vec<(usize, u32)> {
        /// Numbers that one asks for in one breath.
        const MOST: usize = 12;
        let mut numbers = Vec::new();
        let mut next = at + 1;
        while numbers.len() < MOST {
            let gap = self.words.gap(next);
            let cardinal = u32::from(self.tag(next).cardinal);
            let number = self
                .words
                .number(next)
                .map(u32::from)
                .or(Some(cardinal).filter(|n| *n > 0));
            let near = gap <= Gap::Comma && gap != Gap::Slash || gap == Gap::Plus;
            match number.filter(|n| *n < 100 && near) {
                Some(_)
                    if self.is(next + 1, Kind::Unit) && self.words.gap(next + 1) == Gap::Space =>
                {
                    return numbers;
                }
                Some(number) => numbers.push((next, number)),
                None => return numbers,
            }
            next += 1;
            let joints = (next..next + 2).take_while(|at| {
                let joint = matches!(
                    self.words.folded(*at),
                    "et" | "and" | "le" | "la" | "ou" | "or"
                );
                joint && self.words.gap(*at) <= Gap::Comma
            });
            next += joints.count();
        }
        numbers
    }

    fn level_cues(&mut self, cues: &mut Vec<Cue>) {
        for at in 0..self.words.len() {
            let found = self.level_at(at);
            for (run, level) in found {
                let free = run.clone().all(|word| !self.is_taken(word));
                // « niveau 4 » where there is none contradicts the title beside it.
                let says_level = matches!(
                    self.words.folded(run.start),
                    "niveau" | "niveaux" | "niv" | "level" | "levels" | "part" | "partie" | "volet"
                );
                if free && (self.matcher().has_level(level) || says_level) {
                    self.take(&run);
                    cues.push(Cue {
                        words: run,
                        way: Way::Level,
                        says: Says::Level(level),
                    });
                }
            }
        }
    }

    fn level_at(&self, at: usize) -> Vec<(Range<usize>, u32)> {
        let tag = self.tag(at);
        if tag.is(Kind::Level) {
            let numbers = self.numbers_after(at);
            let first = numbers.first().map(|(place, _)| *place);
            return numbers
                .into_iter()
                .map(|(place, number)| {
                    let from = if Some(place) == first { at } else { place };
                    (from..place + 1, number)
                })
                .collect();
        }
        // « troisième niveau », « 3e webconférence », "third part"
        let next = self.words.folded(at + 1);
        let numbered = self.is(at + 1, Kind::Level)
            || self.is(at + 1, Kind::Online) && !matches!(next, "ligne" | "distance")
            || matches!(
                next,
                "seance" | "session" | "formation" | "training" | "workshop" | "course"
            );
        if tag.ordinal > 0 && numbered && self.words.gap(at + 1) <= Gap::Line {
            return vec![(at..at + 1, u32::from(tag.ordinal))];
        }
        // N3
        let word = self.words.folded(at);
        let level = word.strip_prefix("niv").or_else(|| word.strip_prefix('n'));
        match level.and_then(|digits| digits.parse().ok()) {
            Some(level) if word.len() <= 5 => vec![(at..at + 1, level)],
            _ => Vec::new(),
        }
    }

    fn alias_cues(&mut self, cues: &mut Vec<Cue>) {
        for at in 0..self.words.len() {
            let folded = self.words.folded(at);
            let aliases = self.matcher().aliases(stem(folded));
            let found = aliases.iter().find(|alias| {
                let named = !alias.initials || self.is_written_as_initials(at);
                named
                    && alias.words.iter().enumerate().all(|(n, word)| {
                        stem(self.words.folded(at + n)) == word
                            && (n == 0 || self.words.gap(at + n) <= Gap::Comma)
                    })
            });
            if let Some(alias) = found {
                let run = at..at + alias.words.len();
                let topics = alias.topics.clone();
                if run.clone().any(|word| self.is_taken(word)) {
                    continue;
                }
                self.take(&run);
                cues.push(Cue {
                    words: run,
                    way: Way::Alias,
                    says: Says::Topics(topics),
                });
            }
        }
    }

    fn is_written_as_initials(&self, at: usize) -> bool {
        let no_vowel = !self
            .words
            .folded(at)
            .bytes()
            .any(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y'));
        let tag = self.tag(at);
        (no_vowel && tag == Tag::default()) || self.words.items.get(at).is_some_and(|w| w.upper)
    }

    fn title_cues(&mut self, cues: &mut Vec<Cue>) {
        let mut segment = Segment::default();
        for at in 0..self.words.len() {
            if self.words.gap(at) >= Gap::Stop || at > segment.end + TITLE_GAP {
                self.close(&mut segment, cues);
            }
            if self.is_taken(at) {
                continue;
            }
            let Some((word, exact)) = self.title_word(at) else {
                continue;
            };
            let Some(entry) = self.matcher().word(word) else {
                continue;
            };
            let weight = if exact {
                entry.weight
            } else {
                entry.weight * 0.8
            };
            let hit = Hit {
                at,
                word,
                weight,
                telling: !entry.everyday && (exact || self.words.folded(at).len() >= 7),
            };
            if segment.hits.is_empty() {
                segment.start(hit, entry.topics.clone());
                continue;
            }
            let shared = self.shared(&segment.topics, &entry.topics, word);
            if !shared.is_empty() {
                segment.topics = shared;
                segment.push(hit);
            } else if hit.telling && weight >= WEIGHT_MIN || !segment.is_telling() {
                self.close(&mut segment, cues);
                segment.start(hit, entry.topics.clone());
            }
        }
        self.close(&mut segment, cues);
    }

    fn title_word(&self, at: usize) -> Option<(u32, bool)> {
        let folded = self.words.folded(at);
        let tag = self.tag(at);
        let grammar = tag.is(Kind::Function)
            || tag.is(Kind::Event) && !tag.is(Kind::Everyday)
            || tag.month > 0
            || tag.weekday > 0;
        if grammar {
            return None;
        }
        if let Some(word) = self.matcher().find_word(folded) {
            return Some((word, true));
        }
        if !self.mistyped || tag != Tag::default() && !tag.is(Kind::Everyday) {
            return None;
        }
        self.matcher()
            .find_mistyped(folded)
            .map(|word| (word, false))
    }

    /// The topics of both, where a word that is no way in is looked up in the topics themselves.
    fn shared(&self, ours: &[u32], theirs: &[u32], word: u32) -> Vec<u32> {
        if ours.is_empty() {
            return theirs.to_vec();
        }
        ours.iter()
            .filter(|topic| {
                self.matcher()
                    .topic(**topic)
                    .is_some_and(|topic| topic.words.binary_search(&word).is_ok())
            })
            .copied()
            .collect()
    }

    /// Ends a run of title words: a cue if it tells enough.
    fn close(&mut self, segment: &mut Segment, cues: &mut Vec<Cue>) {
        let segment = std::mem::take(segment);
        let Some(run) = segment.run() else { return };
        let Some(topic) = segment
            .topics
            .first()
            .and_then(|topic| self.matcher().topic(*topic))
        else {
            return;
        };
        let mut words: Vec<u32> = segment.hits.iter().map(|hit| hit.word).collect();
        words.sort_unstable();
        words.dedup();
        let weight: f32 = words
            .iter()
            .filter_map(|word| self.matcher().word(*word))
            .map(|word| word.weight)
            .sum();
        let share = if topic.weight > 0.0 {
            weight / topic.weight
        } else {
            0.0
        };
        let telling: f32 = segment
            .hits
            .iter()
            .filter(|hit| hit.telling)
            .map(|hit| hit.weight)
            .fold(0.0, f32::max);
        let nearly_whole = words.len() >= 2 && share >= EVERYDAY_SHARE && self.is_close(&segment);
        let after_event =
            share >= EVENT_SHARE && (self.follows_event(run.start) || self.precedes_event(run.end));
        // "the first one" counts, and names nothing.
        let only_ordinal = words.len() == 1 && self.tag(run.start).ordinal > 0;
        if only_ordinal || telling < WEIGHT_MIN && !nearly_whole && !after_event {
            return;
        }
        if words.len() == 1 && !self.is_led(run.start) {
            return;
        }
        let all_series = !topic.series.is_empty()
            && words
                .iter()
                .all(|word| topic.series.binary_search(word).is_ok());
        let way = if words.len() >= 2 && share >= TITLE_SHARE && segment.topics.len() == 1 {
            Way::Title
        } else if all_series {
            Way::Series
        } else {
            Way::PartialTitle
        };
        self.take(&run);
        cues.push(Cue {
            words: run,
            way,
            says: Says::Topics(segment.topics),
        });
    }

    /// Whether everyday words stand as close together as in a title.
    fn is_close(&self, segment: &Segment) -> bool {
        segment
            .hits
            .iter()
            .zip(segment.hits.iter().skip(1))
            .all(|(one, two)| two.at - one.at <= 4)
    }

    /// Whether a word for an event stands right before (« formation … », « journée … »).
    fn follows_event(&self, at: usize) -> bool {
        let mut back = at;
        for _ in 0..3 {
            if back == 0 || self.words.gap(back) >= Gap::Colon {
                return false;
            }
            back -= 1;
            if self.is(back, Kind::Event) || self.is(back, Kind::Online) {
                return true;
            }
            if !self.is(back, Kind::Glue) && !self.is(back, Kind::Function) {
                return false;
            }
        }
        false
    }

    /// Whether a single word of a title is spoken of as a thing one goes to, and not in passing
    /// (« nos week-ends de compétition »).
    fn is_led(&self, at: usize) -> bool {
        /// A text of so few words is a subject or a short answer: each of them is meant.
        const SHORT: usize = 8;
        let word = self.words.items.get(at);
        let all_upper = self
            .words
            .items
            .iter()
            .take(SHORT * 2)
            .all(|w| w.upper || w.range.len() < 2);
        self.words.len() <= SHORT
            || matches!(self.words.gap(at), Gap::Quote | Gap::Dash | Gap::Colon)
            || at > 0 && self.is(at - 1, Kind::TitleLead)
            || self.follows_event(at)
            || self.precedes_event(at + 1)
            || word.is_some_and(|w| w.capital && !all_upper && w.gap < Gap::Stop)
    }

    /// Whether a word for an event stands right after (« the volunteers training », "the grants one").
    fn precedes_event(&self, end: usize) -> bool {
        self.words.gap(end) == Gap::Space
            && (self.is(end, Kind::Event) || matches!(self.words.folded(end), "one" | "ones"))
    }

    fn place_cues(&mut self, cues: &mut Vec<Cue>) {
        let mut at = 0;
        while at < self.words.len() {
            let mut places = self.matcher().places(self.words.folded(at)).to_vec();
            if places.is_empty() || self.is_taken(at) {
                at += 1;
                continue;
            }
            let mut end = at + 1;
            let mut next = end;
            while next < at + 6 && self.words.gap(next) <= Gap::Space && next < self.words.len() {
                let more = self.matcher().places(self.words.folded(next));
                let both: Vec<u32> = places
                    .iter()
                    .filter(|p| more.contains(p))
                    .copied()
                    .collect();
                if !both.is_empty() {
                    places = both;
                    end = next + 1;
                } else if !self.is(next, Kind::Function) {
                    break;
                }
                next += 1;
            }
            if self.is_where_to_go(at) {
                let run = at..end;
                self.take(&run);
                cues.push(Cue {
                    words: run,
                    way: Way::Place,
                    says: Says::Places(places),
                });
            }
            at = end;
        }
    }

    /// Whether a place is spoken of as where one goes, not as somebody's home or structure.
    fn is_where_to_go(&self, at: usize) -> bool {
        let mut back = at;
        for step in 0..4 {
            if back == 0 || self.words.gap(back) >= Gap::Stop {
                break;
            }
            back -= 1;
            if self.is(back, Kind::PlaceOther) {
                return false;
            }
            if step > 0 && !self.is(back, Kind::Function) && !self.is(back, Kind::PlaceLead) {
                break;
            }
        }
        let gap = self.words.gap(at);
        if at == 0 || gap >= Gap::Colon {
            return true;
        }
        if matches!(self.words.folded(at - 1), "a" | "in" | "at") {
            return at < 2
                || self.words.gap(at - 1) >= Gap::Quote
                || self.is_taken(at - 2)
                || [
                    Kind::Event,
                    Kind::Online,
                    Kind::And,
                    Kind::Going,
                    Kind::Glue,
                    Kind::Function,
                ]
                .iter()
                .any(|kind| self.is(at - 2, *kind));
        }
        self.is(at - 1, Kind::PlaceLead)
            || self.is(at - 1, Kind::Event)
            || self.is(at - 1, Kind::And)
            || self.is(at - 1, Kind::Not)
            || self.is_taken(at - 1)
            || gap == Gap::Quote
    }

    fn format_cues(&mut self, cues: &mut Vec<Cue>) {
        for at in 0..self.words.len() {
            let tag = self.tag(at);
            let before = if at == 0 {
                ""
            } else {
                self.words.folded(at - 1)
            };
            let next = self.words.folded(at + 1);
            let online = tag.is(Kind::Online)
                && match self.words.folded(at) {
                    "ligne" => before == "en",
                    "distance" => before == "a",
                    "web" | "video" => matches!(next, "conference" | "conferences" | "conf"),
                    _ => true,
                };
            let onsite = tag.is(Kind::Onsite) && matches!(before, "en" | "in");
            if (online || onsite) && !self.is_taken(at) {
                let run = at..at + 1;
                self.take(&run);
                cues.push(Cue {
                    words: run,
                    way: Way::Format,
                    says: Says::Online(online),
                });
            }
        }
    }

    /// Gives the sessions that have all of what cues say, those to come first.
    pub fn candidates(&self, says: &[&Says]) -> Vec<u32> {
        let mut seeds = says
            .iter()
            .min_by_key(|says| breadth(says))
            .map(|says| self.seeds(says))
            .unwrap_or_default();
        seeds.retain(|session| says.iter().all(|says| self.fits(says, *session)));
        seeds.sort_unstable();
        seeds.dedup();
        let (to_come, past): (Vec<u32>, Vec<u32>) = seeds
            .into_iter()
            .partition(|session| self.is_to_come(*session));
        to_come.into_iter().chain(past.into_iter().rev()).collect()
    }

    /// Says whether a session has what a cue says.
    pub fn fits(&self, says: &Says, session: u32) -> bool {
        let matcher = self.matcher();
        match says {
            Says::Topics(topics) => matcher
                .topic_of(session)
                .is_some_and(|topic| topics.contains(&topic)),
            Says::Level(level) => matcher.level_of(session) == Some(*level),
            Says::Days(days) => {
                let dates = matcher.dates_of(session);
                days.iter().all(|day| {
                    dates
                        .iter()
                        .any(|date| day.fits(*date) && day.weekday_fits(*date))
                })
            }
            Says::Places(places) => matcher
                .place_of(session)
                .is_some_and(|place| places.contains(&place)),
            Says::Online(online) => self
                .catalogue
                .at(session)
                .is_some_and(|session| session.online == *online),
            Says::Session(only) => *only == session,
        }
    }

    /// Says whether a session is not over on the day of receipt.
    pub fn is_to_come(&self, session: u32) -> bool {
        self.matcher()
            .dates_of(session)
            .last()
            .is_some_and(|date| *date >= self.today)
    }

    fn seeds(&self, says: &Says) -> Vec<u32> {
        let matcher = self.matcher();
        match says {
            Says::Topics(topics) => topics
                .iter()
                .flat_map(|topic| matcher.near_of_topic(*topic, self.received))
                .collect(),
            Says::Session(only) => vec![*only],
            Says::Days(days) => days
                .first()
                .map(|day| self.sessions_on(*day))
                .unwrap_or_default(),
            Says::Level(_) | Says::Places(_) | Says::Online(_) => matcher.near(self.received),
        }
    }

    /// The sessions on a day as far as it is written: the nearest to come, else the latest.
    fn sessions_on(&self, day: Day) -> Vec<u32> {
        let matcher = self.matcher();
        let ahead = |days: i64| {
            self.today
                .checked_add(jiff::Span::new().days(days))
                .unwrap_or(self.today)
        };
        match day {
            Day {
                month: Some(month),
                day: Some(date),
                year,
                ..
            } => {
                let all = matcher.on_day(month, date);
                match year {
                    Some(year) => all
                        .iter()
                        .filter(|(date, _)| date.year() == year)
                        .map(|(_, session)| *session)
                        .collect(),
                    None => self.nearest(all),
                }
            }
            Day {
                day: Some(date), ..
            } => {
                let all = matcher.on_day_of_month(date);
                let from = all.partition_point(|(date, _)| *date < self.today);
                let first = all.get(from).map(|(date, _)| *date);
                let until = first
                    .filter(|date| *date <= ahead(DAY_AHEAD_MAX))
                    .map_or(self.today, |date| date.max(ahead(DAY_AHEAD)));
                let to_come: Vec<u32> = all
                    .get(from..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|(date, _)| *date <= until)
                    .map(|(_, session)| *session)
                    .collect();
                let since = ahead(-DAY_BACK);
                match to_come.is_empty() {
                    false => to_come,
                    true => all
                        .get(..from)
                        .unwrap_or_default()
                        .iter()
                        .rev()
                        .take_while(|(date, _)| *date >= since)
                        .map(|(_, session)| *session)
                        .collect(),
                }
            }
            Day { month: Some(_), .. } => matcher.near(self.received),
            Day {
                weekday: Some(_), ..
            } => matcher
                .between(self.today, ahead(WEEKDAY_AHEAD))
                .filter(|(date, _)| day.weekday_fits(*date))
                .map(|(_, session)| session)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Of dated sessions in order: those on the first date to come, else on the last date, unless it
    /// is so long ago that the year would have been said.
    fn nearest(&self, all: &[(Date, u32)]) -> Vec<u32> {
        /// Half a year.
        const BACK: i64 = 183;
        let since = self
            .today
            .checked_sub(jiff::Span::new().days(BACK))
            .unwrap_or(self.today);
        let from = all.partition_point(|(date, _)| *date < self.today);
        let date = all
            .get(from)
            .or_else(|| all.last().filter(|(date, _)| *date >= since))
            .map(|(date, _)| *date);
        let first = all.partition_point(|(other, _)| Some(*other) < date);
        all.get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(|(other, _)| Some(*other) == date)
            .map(|(_, session)| *session)
            .collect()
    }
}

/// How many sessions a cue lets through, roughly: the least is the way in.
fn breadth(says: &Says) -> u8 {
    match says {
        Says::Session(_) => 0,
        Says::Days(days) => match days.first() {
            Some(Day {
                day: Some(_),
                month: Some(_),
                ..
            }) => 1,
            Some(Day { day: Some(_), .. }) => 3,
            Some(Day {
                weekday: Some(_),
                month: None,
                ..
            }) => 7,
            _ => 9,
        },
        Says::Topics(_) => 2,
        Says::Places(_) => 5,
        Says::Level(_) => 6,
        Says::Online(_) => 8,
    }
}

#[derive(Debug, Clone, Copy)]
struct Hit {
    at: usize,
    word: u32,
    weight: f32,
    telling: bool,
}

/// A run of words that one title has.
#[derive(Debug, Default)]
struct Segment {
    hits: Vec<Hit>,
    topics: Vec<u32>,
    end: usize,
}

impl Segment {
    fn start(&mut self, hit: Hit, topics: Vec<u32>) {
        *self = Segment {
            hits: vec![hit],
            topics,
            end: hit.at,
        };
    }

    fn push(&mut self, hit: Hit) {
        self.hits.push(hit);
        self.end = hit.at;
    }

    fn is_telling(&self) -> bool {
        self.hits
            .iter()
            .any(|hit| hit.telling && hit.weight >= WEIGHT_MIN)
    }

    fn run(&self) -> Option<Range<usize>> {
        Some(self.hits.first()?.at..self.hits.last()?.at + 1)
    }
}
