//! How firmly an act is said.

use super::super::clause::{Clause, Cut};
use super::{Deed, Mood};
use crate::core::lexicon::{Cue, Hit};

/// Says whether a clause sets a condition that only a human can settle.
pub fn is_firm_condition(clause: &Clause) -> bool {
    clause.cues.has(Cue::Condition) && !clause.cues.has(Cue::Harmless)
}

/// « est-ce trop tard ? Sinon merci de m'ajouter »: the confirmation answers what is asked, and what
/// follows is a plain request.
pub fn is_answered(cut: &Cut<'_>, number: usize) -> bool {
    let asks = |c: &Clause| c.question && c.cues.any(&[Cue::Late, Cue::Still]);
    let requests = cut
        .clauses
        .get(number)
        .is_some_and(|c| c.cues.has(Cue::Please) || c.cues.has(Cue::Enrol));
    requests
        && number
            .checked_sub(1)
            .and_then(|before| cut.clauses.get(before))
            .is_some_and(asks)
}

/// A condition governs the clause after it; at the end of its sentence, the clauses before.
fn governed(cut: &Cut<'_>, number: usize) -> bool {
    let Some(sentence) = cut.clauses.get(number).map(|c| c.sentence) else {
        return false;
    };
    let in_sentence = |n: usize| cut.clauses.get(n).filter(|c| c.sentence == sentence);
    let before = number.checked_sub(1).and_then(in_sentence);
    if before.is_some_and(is_firm_condition) {
        return true;
    }
    in_sentence(number + 1).is_some_and(is_firm_condition) && in_sentence(number + 2).is_none()
}

pub(super) fn mood(cut: &Cut<'_>, number: usize, clause: &Clause, hit: &Hit, deed: Deed) -> Mood {
    let has = |cue: Cue| clause.cues.has(cue);
    let otherwise = has(Cue::Otherwise) && !is_answered(cut, number);
    if is_firm_condition(clause) || governed(cut, number) || otherwise {
        return Mood::Conditional;
    }
    if has(Cue::Hedge) && deed != Deed::Update && deed != Deed::Keep {
        return Mood::Hedged;
    }
    if clause.question && !has(Cue::Please) {
        if deed == Deed::Replace {
            return Mood::Plain;
        }
        let told = hit.cue == Cue::Enrol && (has(Cue::Volition) || has(Cue::First));
        let replaced = deed == Deed::Replace || deed == Deed::Quit || deed == Deed::Update;
        if !(told || replaced) || has(Cue::Asks) || has(Cue::Eligibility) {
            return Mood::Asking;
        }
    }
    let wish = (hit.first.saturating_sub(6).max(clause.tokens.start)..hit.first).any(|i| {
        let word = cut.word(i);
        word.starts_with("souhait")
            || word.starts_with("voudr")
            || word.starts_with("aimer")
            || matches!(word, "like" | "love" | "interested" | "hoping")
    });
    if wish { Mood::Wish } else { Mood::Plain }
}
