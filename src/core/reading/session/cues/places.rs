//! Places and formats.

use super::{Cue, Says, Scan};
use crate::core::reading::session::Way;
use crate::core::tags::Kind;
use crate::core::word_row::Gap;

impl Scan<'_> {
    pub(super) fn place_cues(&mut self, cues: &mut Vec<Cue>) {
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
            let acronym = self.words.items.get(back).is_some_and(|word| word.upper)
                && !self.words.items.get(at).is_some_and(|word| word.upper)
                && !self.is_taken(back);
            if self.is(back, Kind::PlaceOther) || acronym && step > 0 {
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
                || matches!(self.words.folded(at - 2), "day" | "days" | "one" | "ones")
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

    pub(super) fn format_cues(&mut self, cues: &mut Vec<Cue>) {
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
}
