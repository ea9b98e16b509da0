//! What stands between two cues, and around a mention.

use super::super::cues::Scan;
use super::{LOOSE_MAX, Link};
use crate::core::tags::Kind;
use crate::core::word_row::Gap;

/// Takes the word for the event before a mention into it (« la journée évaluation »), and says
/// whether there is one.
pub(super) fn with_event(scan: &Scan<'_>, start: usize) -> (usize, bool) {
    let mut at = start;
    if scan.is(at, Kind::Event) || scan.is(at, Kind::Online) {
        return (start, true);
    }
    for _ in 0..4 {
        if at == 0 || scan.words.gap(at) > Gap::Comma {
            break;
        }
        at -= 1;
        if scan.is(at, Kind::Event) {
            return (at, true);
        }
        if !scan.is(at, Kind::Glue) && scan.tag(at).weekday == 0 {
            break;
        }
    }
    (start, false)
}

/// « pas Zotero », « sauf le 3 », « au lieu du 12 »; a negated verb (« je ne viens pas le 3 ») is
/// another matter, which the clause tells.
pub(super) fn is_left_out(scan: &Scan<'_>, from: usize) -> bool {
    let mut at = from;
    for _ in 0..4 {
        if at == 0 || scan.words.gap(at) >= Gap::Comma {
            return false;
        }
        at -= 1;
        let word = scan.words.folded(at);
        if scan.is(at, Kind::Not) {
            return !(matches!(word, "pas" | "not" | "non") && follows_verb(scan, at));
        }
        if scan.is(at, Kind::Instead) {
            let next = scan.words.folded(at + 1);
            return matches!(
                next,
                "de" | "du" | "des" | "d" | "que" | "qu" | "than" | "of"
            );
        }
        let passes = scan.is(at, Kind::Glue)
            || scan.is(at, Kind::Event)
            || matches!(
                word,
                "celle" | "celui" | "que" | "qu" | "than" | "one" | "ones"
            );
        if !passes {
            return false;
        }
    }
    false
}

/// Whether « pas » or "not" negates a verb: « ne … pas », "will not".
fn follows_verb(scan: &Scan<'_>, at: usize) -> bool {
    /// Words between « ne » and « pas ».
    const BACK: usize = 4;
    let mut back = at;
    for step in 0..BACK {
        if back == 0 || scan.words.gap(back) >= Gap::Stop {
            return false;
        }
        back -= 1;
        let word = scan.words.folded(back);
        let auxiliary = matches!(
            word,
            "will"
                | "can"
                | "could"
                | "would"
                | "do"
                | "does"
                | "did"
                | "am"
                | "is"
                | "are"
                | "be"
                | "shall"
                | "should"
                | "may"
        );
        if matches!(word, "ne" | "n") || step == 0 && auxiliary {
            return true;
        }
        // Spoken French drops « ne »: « je viens pas le 3 ».
        if step <= 1 && matches!(word, "je" | "j" | "on" | "tu" | "il" | "elle") {
            return true;
        }
    }
    false
}

/// Judges what stands between the end of one cue and the start of the next.
pub(super) fn link(scan: &Scan<'_>, from: usize, to: usize) -> Link {
    if to < from {
        return Link::Tight;
    }
    let mut link = Link::Tight;
    if to - from > LOOSE_MAX {
        return Link::Apart;
    }
    for at in from..to + 1 {
        match scan.words.gap(at) {
            Gap::Stop => return Link::Apart,
            Gap::Plus => link = Link::Listed,
            Gap::Slash if at == to && from == to => link = Link::Listed,
            _ => {}
        }
        if at == to {
            break;
        }
        // « le budget sauf le volet 3 », « l'impact, pas le pitch »
        if scan.is(at, Kind::Not) && !matches!(scan.words.folded(at), "non" | "not") {
            return Link::Apart;
        }
        let small = scan.is(at, Kind::Glue) || scan.is(at, Kind::Event) || is_hour(scan, at);
        if scan.is(at, Kind::And) && !matches!(scan.words.folded(at), "aussi" | "also") {
            if matches!(link, Link::Tight | Link::Nominal) {
                link = Link::Listed;
            }
        } else if !small {
            let new_clause = matches!(
                scan.words.folded(at),
                "je" | "j"
                    | "nous"
                    | "on"
                    | "tu"
                    | "vous"
                    | "il"
                    | "elle"
                    | "ils"
                    | "elles"
                    | "car"
                    | "que"
                    | "qu"
                    | "si"
                    | "i"
                    | "we"
                    | "you"
                    | "he"
                    | "she"
                    | "they"
                    | "if"
                    | "because"
                    | "ne"
                    | "n"
                    | "me"
                    | "m"
            );
            link = match link {
                Link::Loose => Link::Loose,
                _ if new_clause => Link::Loose,
                Link::Listed => Link::Listed,
                _ => Link::Nominal,
            };
        }
    }
    link
}

fn is_hour(scan: &Scan<'_>, at: usize) -> bool {
    scan.words
        .folded(at)
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_digit())
}
