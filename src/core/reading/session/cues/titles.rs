//! Titles, parts of them, and other names.

use std::ops::Range;

use super::{Cue, Says, Scan};
use crate::core::reading::session::Way;
use crate::core::tags::{Kind, Tag};
use crate::core::word_row::{Gap, stem};

/// Other words that may stand between two words of a title.
const TITLE_GAP: usize = 5;
/// Words up to which a further word of the title chooses among several titles.
const NEAR: usize = 3;
/// Weight below which a word shared by several titles names nothing alone.
const WEIGHT_MIN: f32 = 0.6;
/// Share of a title from which everyday words name it.
const EVERYDAY_SHARE: f32 = 0.6;
/// Share of a title from which everyday words beside a word for an event name it.
const EVENT_SHARE: f32 = 0.15;
/// Share of a title from which it counts as the title.
const TITLE_SHARE: f32 = 0.6;

impl Scan<'_> {
    pub(super) fn alias_cues(&mut self, cues: &mut Vec<Cue>) {
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

    pub(super) fn title_cues(&mut self, cues: &mut Vec<Cue>) {
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
            // « Faire son pain (nous avons l'idée) »: what stands apart does not choose among the parts
            let apart = segment.hits.len() >= 2
                && shared.len() < segment.topics.len()
                && at - segment.end > NEAR
                && !self.follows_event(at);
            if apart {
                self.close(&mut segment, cues);
                segment.start(hit, entry.topics.clone());
            } else if !shared.is_empty() {
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
        if words.len() == 1 && (!self.is_led(run.start) || self.is_told_as_done(run.start)) {
            return;
        }
        if share < TITLE_SHARE && self.is_of_somebody(&run) {
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
        } else if words.len() == 1 && !self.is_gone_to(run.start) {
            Way::Word
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
    pub(super) fn follows_event(&self, at: usize) -> bool {
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

    /// Whether a single word of a title is what one goes to (« pour l'impact », « la visio budget »,
    /// "the grants one"), and not just spoken of (« l'impact de la crise »).
    fn is_gone_to(&self, at: usize) -> bool {
        /// A text of so few words is a subject or a short answer: each of them is meant.
        const SHORT: usize = 8;
        if self.words.len() <= SHORT
            || self.follows_event(at)
            || self.precedes_event(at + 1)
            || matches!(self.words.gap(at), Gap::Quote | Gap::Dash | Gap::Colon)
        {
            return true;
        }
        let mut back = at;
        while back > 0 && self.words.gap(back) < Gap::Stop {
            back -= 1;
            if self.is(back, Kind::Purpose) {
                return true;
            }
            if !matches!(
                self.words.folded(back),
                "la" | "le" | "les" | "l" | "the" | "votre" | "your" | "cette" | "cet" | "this"
            ) {
                return false;
            }
        }
        false
    }

    /// « l'INPI en a décidé », « nous avons choisi »: what somebody did is no thing one goes to.
    fn is_told_as_done(&self, at: usize) -> bool {
        let participle = ["é", "ée", "és", "ées", "i", "is", "ie", "ies", "u"]
            .iter()
            .any(|ending| self.words.raw(at).ends_with(ending));
        let Some(before) = at
            .checked_sub(1)
            .filter(|_| self.words.gap(at) <= Gap::Line)
        else {
            return false;
        };
        participle
            && (self.words.raw(before) == "a"
                || matches!(
                    self.words.folded(before),
                    "ai" | "as"
                        | "ont"
                        | "avons"
                        | "avez"
                        | "avait"
                        | "avais"
                        | "avions"
                        | "est"
                        | "sont"
                        | "ete"
                        | "suis"
                        | "sommes"
                        | "bien"
                        | "deja"
                ))
    }

    /// Whether words stand in somebody's function or in the name of a house (« secrétaire de mairie »,
    /// "Energy Team Leader", "Fennibrok Library"), and no word for an event makes them a session.
    fn is_of_somebody(&self, run: &Range<usize>) -> bool {
        if self.follows_event(run.start) || self.precedes_event(run.end) {
            return false;
        }
        self.is_function(run) || self.is_house_name(run)
    }

    fn is_function(&self, run: &Range<usize>) -> bool {
        /// A function's noun stands so near to what it is of.
        const NEAR: usize = 2;
        if run.clone().any(|at| self.is(at, Kind::Role)) {
            return true;
        }
        let mut back = run.start;
        for _ in 0..NEAR {
            if back == 0 || self.words.gap(back) > Gap::Line {
                break;
            }
            back -= 1;
            if self.is(back, Kind::Role) {
                return true;
            }
            if !matches!(
                self.words.folded(back),
                "de" | "du" | "des" | "d" | "en" | "la" | "l" | "a"
            ) {
                break;
            }
        }
        (run.end..run.end + NEAR)
            .take_while(|at| self.words.gap(*at) == Gap::Space)
            .any(|at| self.is(at, Kind::Role))
    }

    /// Capitals beside a word for a house: "Energy Group", « Maison de l'Énergie ».
    fn is_house_name(&self, run: &Range<usize>) -> bool {
        let capital = |at: usize| self.words.items.get(at).is_some_and(|w| w.capital);
        let house = |at: usize| capital(at) && self.is(at, Kind::PlaceOther);
        let last = run.end.saturating_sub(1);
        if !capital(last) {
            return false;
        }
        let names_after = house(run.end) && self.words.gap(run.end) == Gap::Space;
        let itself = self.is(last, Kind::PlaceOther)
            && last.checked_sub(1).is_some_and(|before| {
                self.words.gap(last) == Gap::Space
                    && (capital(before) || self.is(before, Kind::And))
            });
        let mut back = run.start;
        while back > 0
            && self.words.gap(back) <= Gap::Space
            && matches!(
                self.words.folded(back - 1),
                "de" | "du" | "des" | "d" | "la" | "l" | "of" | "the"
            )
        {
            back -= 1;
        }
        let names_before = back > 0
            && back + 3 >= run.start
            && self.words.gap(back) <= Gap::Space
            && house(back - 1);
        names_after || itself || names_before
    }

    /// Whether a word for an event stands right after (« the volunteers training », "the grants one").
    pub(super) fn precedes_event(&self, end: usize) -> bool {
        self.words.gap(end) == Gap::Space
            && (self.is(end, Kind::Event)
                || matches!(self.words.folded(end), "one" | "ones" | "day" | "days"))
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
