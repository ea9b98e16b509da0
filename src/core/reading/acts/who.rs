//! Who does it, by the grammar of the clause.

use super::super::clause::{Clause, Cut, inside};
use super::Who;
use super::about::is_session_noun;
use crate::core::lexicon::{Cue, Hit};

/// Who the subject or object is.
pub(super) fn who(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> Who {
    let bytes = cut.bytes(hit.first..hit.end);
    let named_inside = cut.names.iter().any(|n| inside(&n.range, &bytes));
    // inside the hit: « m'inscrire », "sign me up", « inscrivez-nous »
    if hit.cue == Cue::Enrol && is_transitive(cut, clause, hit) {
        return Who::Others;
    }
    let seen = (hit.first..hit.end)
        .filter(|i| {
            !(matches!(cut.word(*i), "le" | "la" | "les" | "l" | "s")
                || cut.english && cut.word(*i) == "on")
                || *i == hit.first && hit.cue == Cue::Enrol
        })
        .map(|i| pronoun_at(cut, i))
        .find(|who| *who != Who::Unsaid);
    if let Some(seen) = seen {
        let theirs = named_inside && hit.cue == Cue::Enrol && seen != Who::I;
        return if theirs { Who::Others } else { seen };
    }
    if named_inside || (hit.first..hit.end).any(|i| cut.word(i).starts_with("represent")) {
        return Who::Others;
    }
    // before it, nearest first
    for i in (clause.tokens.start..hit.first).rev() {
        let word = cut.word(i);
        let is_name = cut.tokens.get(i).is_some_and(|t| {
            cut.names
                .iter()
                .any(|n| inside(&(t.start..t.end), &n.range))
        });
        if is_name || is_colleague(word) {
            return Who::Others;
        }
        if is_impersonal(cut, i) || cut.english && word == "on" {
            continue;
        }
        if is_subject(word) {
            return pronoun(word);
        }
        if is_unknown_name(cut, clause, i) {
            return Who::Others;
        }
    }
    if hit.cue == Cue::Switch {
        return Who::I;
    }
    (hit.end..(hit.end + 4).min(clause.tokens.end))
        .find_map(|i| match cut.word(i) {
            "mon" | "ma" | "my" => Some(Who::I),
            "notre" | "nos" | "our" => Some(Who::We),
            _ => None,
        })
        .unwrap_or_else(|| {
            // « Participeront à la formation : … »
            let announces = cut
                .tokens
                .get(clause.tokens.end)
                .is_some_and(|t| t.before.colon || t.before.bullet);
            if announces && hit.cue == Cue::Come && hit.first <= clause.tokens.start + 1 {
                Who::Others
            } else {
                Who::Unsaid
            }
        })
}

/// « je souhaite inscrire X », « nous inscrivons », "register two people": the object is another.
fn is_transitive(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let Some(verb) = (hit.first..hit.end).find(|i| {
        let word = cut.word(*i);
        word.starts_with("inscri") && !word.starts_with("inscription")
            || word.starts_with("preinscri") && !word.starts_with("preinscription")
    }) else {
        return false;
    };
    let near = verb.saturating_sub(2).max(clause.tokens.start)..verb;
    let clitic = near
        .clone()
        .any(|i| matches!(cut.word(i), "m" | "me" | "s"))
        || near.clone().filter(|i| cut.word(*i) == "nous").count() > 0
            && (!cut.word(verb).ends_with("ons")
                || near.clone().filter(|i| cut.word(*i) == "nous").count() > 1);
    let imperative = matches!(cut.word(verb + 1), "moi" | "nous" | "y" | "me");
    let participle = cut.word(verb).starts_with("inscrit") && hit.end == verb + 1;
    !(clitic || imperative || participle)
}

/// « serait-il possible », « il faut »: nobody's « il ».
fn is_impersonal(cut: &Cut<'_>, at: usize) -> bool {
    let near = |word: &str| {
        matches!(
            word,
            "serait" | "est" | "sera" | "faut" | "faudra" | "faudrait" | "reste" | "semble" | "y"
        )
    };
    cut.word(at) == "il"
        && (near(cut.word(at + 1)) || at.checked_sub(1).is_some_and(|b| near(cut.word(b))))
}

/// A capital inside a clause on a word that the lexicon does not know: somebody, though not known as a
/// name (« Selin et Dieudonné ne pourront pas »).
fn is_unknown_name(cut: &Cut<'_>, clause: &Clause, at: usize) -> bool {
    cut.tokens.get(at).is_some_and(|t| {
        t.capital
            && t.folded.len() > 2
            && t.kind == super::super::tokens::Kind::Word
            && !crate::core::lexicon::lexicon().knows(&t.folded)
            && !cut
                .mentions
                .iter()
                .any(|m| inside(&(t.start..t.end), &m.range))
            && !is_session_noun(&t.folded)
            && !at.checked_sub(1).is_some_and(|b| {
                matches!(
                    cut.word(b),
                    "from" | "de" | "du" | "des" | "d" | "chez" | "a" | "au" | "at" | "of" | "in"
                ) || cut.tokens.get(b).is_some_and(|t| t.capital)
            })
            && !clause.cues.has(Cue::Greeting)
    })
}

/// « M. Masson » is no « m' ».
fn pronoun_at(cut: &Cut<'_>, at: usize) -> Who {
    let title = cut.word(at) == "m"
        && cut.tokens.get(at + 1).is_some_and(|t| {
            t.before.stop
                || t.capital && !t.before.joined && !cut.word(at + 1).starts_with("inscri")
        });
    if title {
        Who::Unsaid
    } else {
        pronoun(cut.word(at))
    }
}

fn pronoun(word: &str) -> Who {
    match word {
        "je" | "j" | "moi" | "me" | "m" | "i" | "myself" | "mon" | "ma" | "my" => Who::I,
        "nous" | "on" | "we" | "us" | "ourselves" | "our" | "notre" | "nos" => Who::We,
        "il" | "elle" | "ils" | "elles" | "he" | "she" | "they" | "him" | "her" | "them" | "le"
        | "la" | "les" | "l" | "qui" | "who" | "s" | "lui" | "sa" | "son" | "ses" | "leur"
        | "leurs" | "his" | "their" => Who::Others,
        _ => Who::Unsaid,
    }
}

pub(super) fn is_subject(word: &str) -> bool {
    matches!(
        word,
        "je" | "j"
            | "moi"
            | "nous"
            | "on"
            | "i"
            | "we"
            | "us"
            | "il"
            | "elle"
            | "ils"
            | "elles"
            | "he"
            | "she"
            | "they"
            | "qui"
            | "who"
    )
}

/// Nouns for somebody of the writer's own house.
pub fn is_colleague(word: &str) -> bool {
    [
        "collegue",
        "colleague",
        "collaborat",
        "direct",
        "president",
        "stagiaire",
        "remplacant",
        "adjoint",
    ]
    .iter()
    .any(|stem| word.starts_with(stem))
}

/// « Participerais-tu », « vous venez », "will you join": others are spoken to.
pub(super) fn second_person(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    if hit.cue != Cue::Come {
        return false;
    }
    let near =
        hit.first.saturating_sub(2).max(clause.tokens.start)..(hit.end + 1).min(clause.tokens.end);
    near.into_iter()
        .any(|i| matches!(cut.word(i), "tu" | "vous" | "you" | "te" | "toi"))
        && !(hit.first..hit.end)
            .any(|i| matches!(cut.word(i), "votres" | "parmi" | "avec" | "with"))
}
