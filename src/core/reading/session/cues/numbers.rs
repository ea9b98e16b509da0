//! Numbers: of a list that was sent, of levels and parts.

use std::ops::Range;

use super::{Cue, Says, Scan};
use crate::core::reading::session::{Programme, Way};
use crate::core::tags::Kind;
use crate::core::word_row::Gap;

impl Scan<'_> {
    pub(super) fn number_cues(&mut self, programme: &Programme, cues: &mut Vec<Cue>) {
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
}
