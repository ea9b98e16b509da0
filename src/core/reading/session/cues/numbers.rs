//! Numbers: of a list that was sent, of levels and parts.

use std::ops::Range;

use super::{Cue, Says, Scan};
use crate::core::reading::dates::{DateFound, Day};
use crate::core::reading::session::{Programme, Way};
use crate::core::tags::Kind;
use crate::core::word_row::{Gap, stem};

/// Numbers that one asks for in one breath.
const MOST: u32 = 12;
/// A text of so few words is an answer: its numbers and ordinals are meant.
const ANSWER_WORDS: usize = 30;

impl Scan<'_> {
    /// Numbers of the list that was sent: « les points 1 et 3 », « Fiche 2 », « 2 et 4 svp », « la troisième ».
    pub(super) fn number_cues(&mut self, programme: &Programme, cues: &mut Vec<Cue>) {
        if programme.items.is_empty() {
            return;
        }
        let answer = self.words.len() <= ANSWER_WORDS;
        for at in 0..self.words.len() {
            let led = self.is(at, Kind::Point)
                || answer && self.words.folded(at) == "la" && self.words.number(at + 1).is_some()
                || programme.label.as_deref() == Some(self.words.folded(at))
                || programme.label.as_deref() == Some(stem(self.words.folded(at)));
            if led {
                for (place, number) in self.numbers_from(at + 1) {
                    self.programme_cue(programme, place, number, cues);
                }
            }
        }
        if answer && self.words.number(0).is_some() {
            for (place, number) in self.numbers_from(0) {
                self.programme_cue(programme, place, number, cues);
            }
        }
        for at in 0..self.words.len() {
            if let Some(number) = self.lone_ordinal(at) {
                self.programme_cue(programme, at, number, cues);
            }
        }
    }

    fn programme_cue(
        &mut self,
        programme: &Programme,
        place: usize,
        number: u32,
        cues: &mut Vec<Cue>,
    ) {
        let session = programme
            .session(number)
            .and_then(|id| self.matcher().index(id));
        if let Some(session) = session
            && !self.is_taken(place)
        {
            let run = place..place + 1;
            self.take(&run);
            cues.push(Cue {
                words: run,
                way: Way::ProgrammeNumber,
                says: Says::Session(session),
            });
        }
    }

    /// « le troisième, merci », "the second one": an ordinal that stands for its noun.
    fn lone_ordinal(&self, at: usize) -> Option<u32> {
        let ordinal = Some(self.tag(at).ordinal).filter(|n| *n > 0)?;
        let led = at == 0
            || self.words.gap(at) >= Gap::Stop
            || matches!(
                self.words.folded(at - 1),
                "le" | "la" | "au" | "du" | "the" | "celui" | "et" | "and"
            );
        let alone = self.words.gap(at + 1) >= Gap::Quote
            || matches!(
                self.words.folded(at + 1),
                "one"
                    | "svp"
                    | "stp"
                    | "merci"
                    | "please"
                    | "thanks"
                    | "et"
                    | "and"
                    | "pour"
                    | "for"
                    | "si"
                    | "s"
                    | "if"
                    | "aussi"
                    | "me"
                    | "m"
                    | "nous"
                    | "would"
                    | "suits"
                    | "works"
                    | "de"
                    | "date"
                    | "option"
            );
        (led && alone && self.words.len() <= ANSWER_WORDS).then_some(u32::from(ordinal))
    }

    /// Reads « le 2 et le 4 » as numbers of the list that was sent, or of modules spoken of beside (« j'ai
    /// fait le module 1 »), where they are not all days of sessions; gives false if they are only days.
    pub(super) fn days_as_numbers(
        &self,
        programme: &Programme,
        found: &DateFound,
        cues: &mut Vec<Cue>,
    ) -> bool {
        let bare = |day: &Day| {
            day.month.is_none() && day.weekday.is_none() && day.year.is_none() && day.day.is_some()
        };
        if found.days.is_empty() || !found.days.iter().all(bare) {
            return false;
        }
        let numbered: Vec<(usize, u32, Day)> = found
            .words
            .clone()
            .filter_map(|at| self.words.number(at).map(|number| (at, u32::from(number))))
            .zip(&found.days)
            .map(|((at, number), day)| (at, number, *day))
            .collect();
        if numbered.len() != found.days.len() {
            return false;
        }
        let all_days = numbered
            .iter()
            .all(|(_, _, day)| !self.candidates(&[&Says::Days(vec![*day])]).is_empty());
        let listed = |number: u32| {
            programme
                .session(number)
                .and_then(|id| self.matcher().index(id))
        };
        let all_listed = numbered
            .iter()
            .all(|(_, number, _)| listed(*number).is_some());
        let all_levels = self.speaks_of_levels()
            && numbered
                .iter()
                .all(|(_, number, _)| self.matcher().has_level(*number));
        if !(all_listed || all_levels) {
            return false;
        }
        for (at, number, day) in numbered {
            let run = at..at + 1;
            let (way, says) = match listed(number).filter(|_| all_listed) {
                Some(session) if !all_days => (Way::ProgrammeNumber, Says::Session(session)),
                Some(session) => {
                    // the second of the list, or the second of the month
                    let mut either = self.candidates(&[&Says::Days(vec![day])]);
                    either.push(session);
                    (Way::DayOnly, Says::OneOf(either))
                }
                None if !all_days => (Way::Level, Says::Level(number)),
                None => return false,
            };
            cues.push(Cue {
                words: run,
                way,
                says,
            });
        }
        true
    }

    /// Whether a level or part is named by its word (« le module 1 »).
    fn speaks_of_levels(&self) -> bool {
        (0..self.words.len()).any(|at| {
            self.is(at, Kind::Level)
                && self
                    .numbers_from(at + 1)
                    .iter()
                    .any(|(_, number)| self.matcher().has_level(*number))
        })
    }

    /// « both parts », « les trois soirs », « tout le parcours »: all parts of the one series that has so
    /// many to come.
    pub(super) fn all_parts_cues(&mut self, cues: &mut Vec<Cue>) {
        for at in 0..self.words.len() {
            let Some((run, count)) = self.all_parts_at(at) else {
                continue;
            };
            // « aux deux webinaires (20/09 et 8/11) »: the dates say which.
            let said = |cue: &Cue| (run.end..run.end + 2).contains(&cue.words.start);
            if run.clone().any(|word| self.is_taken(word)) || cues.iter().any(said) {
                continue;
            }
            let all = self.series_parts(count);
            let says: Vec<Says> = match (all.as_slice(), count) {
                ([only], _) => only.iter().map(|part| Says::Session(*part)).collect(),
                ([_, _, ..], Some(count)) => (1..=count).map(Says::Level).collect(),
                _ => continue,
            };
            self.take(&run);
            cues.extend(says.into_iter().map(|says| Cue {
                words: run.clone(),
                way: Way::Level,
                says,
            }));
        }
    }

    /// « inscrivez-moi au suivant », "the next one": the first part to come of a series that has begun.
    pub(super) fn next_part_cues(&mut self, cues: &mut Vec<Cue>) {
        let mut next: Option<Vec<u32>> = None;
        for at in 1..self.words.len() {
            let before = self.words.folded(at - 1);
            let run = match self.words.folded(at) {
                "suivant" | "suivante" if matches!(before, "au" | "le" | "la" | "du") => at..at + 1,
                "one" | "part" if matches!(before, "next" | "following") => at - 1..at + 1,
                _ if matches!(before, "dernier" | "derniere" | "last" | "final")
                    && self.is(at, Kind::Level) =>
                {
                    at - 1..at + 1
                }
                _ => continue,
            };
            let last = self.is(at, Kind::Level) && !matches!(before, "next" | "following");
            let parts = match last {
                true => &self.last_parts(),
                false => next.get_or_insert_with(|| self.next_parts()),
            };
            if parts.is_empty() || run.clone().any(|word| self.is_taken(word)) {
                continue;
            }
            let says = Says::OneOf(parts.clone());
            self.take(&run);
            cues.push(Cue {
                words: run,
                way: Way::Level,
                says,
            });
        }
    }

    /// Of each series the part with the highest number.
    fn last_parts(&self) -> Vec<u32> {
        let near = self.matcher().near(self.received);
        let part = |index: u32| {
            let level = self.matcher().level_of(index)?;
            Some((self.catalogue.at(index)?.series.as_deref()?, level))
        };
        near.iter()
            .copied()
            .filter(|index| {
                part(*index).is_some_and(|(series, level)| {
                    near.iter()
                        .filter_map(|other| part(*other))
                        .all(|(other, above)| other != series || above <= level)
                })
            })
            .collect()
    }

    /// Of each series of which a part is over, the first part to come.
    fn next_parts(&self) -> Vec<u32> {
        let series = |index: u32| {
            self.matcher().level_of(index)?;
            self.catalogue.at(index)?.series.as_deref()
        };
        let near = self.matcher().near(self.received);
        let (to_come, over): (Vec<u32>, Vec<u32>) =
            near.into_iter().partition(|index| self.is_to_come(*index));
        let mut met: Vec<&str> = Vec::new();
        let mut parts = Vec::new();
        for index in to_come {
            let Some(name) = series(index) else { continue };
            let begun = over.iter().any(|other| series(*other) == Some(name));
            if begun && !met.contains(&name) {
                met.push(name);
                parts.push(index);
            }
        }
        parts
    }

    fn all_parts_at(&self, at: usize) -> Option<(Range<usize>, Option<u32>)> {
        // « toutes les formations » is more than a series; « les trois formations » may be one.
        let part = |at: usize, counted: bool| {
            let word = self.words.folded(at);
            (self.is(at, Kind::Level) || counted && self.is(at, Kind::Part)) && word.ends_with('s')
        };
        let count = |at: usize| {
            self.words
                .number(at)
                .map(u32::from)
                .or(Some(u32::from(self.tag(at).cardinal)).filter(|n| *n > 0))
                .filter(|n| (2..=MOST).contains(n))
        };
        let word = self.words.folded(at);
        let (mut next, mut number) = match word {
            "both" => (at + 1, Some(2)),
            "all" | "tous" | "toutes" | "les" | "aux" | "ces" => (at + 1, None),
            "tout" | "toute" | "whole" | "entire" | "ensemble" | "integralite" => {
                let skipped = (at + 1..at + 3)
                    .take_while(|at| {
                        matches!(self.words.folded(*at), "le" | "la" | "du" | "de" | "l")
                    })
                    .count();
                let whole = at + 1 + skipped;
                return self
                    .is(whole, Kind::Series)
                    .then_some((at..whole + 1, None));
            }
            _ => return None,
        };
        if matches!(self.words.folded(next), "les" | "the" | "of" | "ces") && word != "les" {
            next += 1;
        }
        if number.is_none()
            && let Some(n) = count(next)
        {
            number = Some(n);
            next += 1;
        }
        let counted = number.is_some() || !matches!(word, "les" | "aux" | "ces");
        (counted && part(next, number.is_some()) && self.words.gap(next) <= Gap::Line)
            .then_some((at..next + 1, number))
    }

    /// The parts of each series that has so many, none of them over.
    fn series_parts(&self, count: Option<u32>) -> Vec<Vec<u32>> {
        let mut all: Vec<(&str, Vec<u32>)> = Vec::new();
        for index in self.matcher().near(self.received) {
            let Some(series) = self
                .catalogue
                .at(index)
                .and_then(|session| session.series.as_deref())
            else {
                continue;
            };
            if self.matcher().level_of(index).is_none() {
                continue;
            }
            match all.iter_mut().find(|(name, _)| *name == series) {
                Some((_, parts)) => parts.push(index),
                None => all.push((series, vec![index])),
            }
        }
        all.retain(|(_, parts)| {
            let size = u32::try_from(parts.len()).unwrap_or(u32::MAX);
            size >= 2
                && count.is_none_or(|count| count == size)
                && parts.iter().all(|part| self.is_to_come(*part))
        });
        all.into_iter().map(|(_, parts)| parts).collect()
    }

    /// The numbers from a word on: « 2 et 4 », « 1, 3 », « trois ».
    fn numbers_from(&self, first: usize) -> Vec<(usize, u32)> {
        let mut numbers = Vec::new();
        let mut next = first;
        while numbers.len() < MOST as usize {
            let gap = match next {
                0 => Gap::Space,
                _ => self.words.gap(next),
            };
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

    pub(super) fn level_cues(&mut self, cues: &mut Vec<Cue>) {
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
            let numbers = self.numbers_from(at + 1);
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
}
