//! Signs that are none: states, history, others' events, things, negation.

use super::super::clause::{Clause, Cut, inside};
use super::about::is_seat_noun;
use super::who::{is_colleague, is_subject};
use crate::core::lexicon::{Cue, Hit};

/// « la salle est prise », "the room is unavailable": a state that no person is said to be in.
pub(super) fn is_about_things(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let state = matches!(
        cut.word(hit.first),
        "est" | "sera" | "sont" | "is" | "are" | "not" | "etant" | "unavailable"
    );
    state && {
        let person = (clause.tokens.start..hit.first)
            .any(|i| is_subject(cut.word(i)) && cut.word(i) != "qui" || is_colleague(cut.word(i)));
        !person && cut.names_in(clause).next().is_none()
    }
}

/// Words of absence hold their own negation: « ne m'attendez pas », "won't need my place".
pub(super) fn is_phrase_of_absence(cut: &Cut<'_>, hit: &Hit) -> bool {
    (hit.first..hit.end).any(|i| {
        matches!(
            cut.word(i),
            "sur"
                | "attend"
                | "attendez"
                | "attends"
                | "attendre"
                | "expect"
                | "jamais"
                | "t"
                | "longer"
                | "plus"
                | "not"
        )
    })
}

pub(super) fn names_someone(cut: &Cut<'_>, hit: &Hit) -> bool {
    let bytes = cut.bytes(hit.first..hit.end);
    cut.names.iter().any(|n| n.full && inside(&n.range, &bytes))
}

/// « je ne le remplace pas », "I'm not replacing him": nobody enters.
///
/// « renoncer à ma place » gives it up to nobody.
pub(super) fn is_denied(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let before = hit.first.checked_sub(1).map_or("", |i| cut.word(i));
    let takes = ["prend", "take", "taking"]
        .iter()
        .any(|stem| cut.word(hit.first).starts_with(stem));
    before.starts_with("renonc")
        // « je ne prendrai pas la place d'un stagiaire »
        || takes && is_negated(cut, clause, hit)
        // « j'y étais inscrit à la place de ma collègue »
        || clause.tokens.clone().any(|i| matches!(cut.word(i), "etais" | "etait" | "avais" | "was"))
            && clause.cues.has(Cue::Registered)
        || cut.word(hit.first) == "s" && clause.cues.has(Cue::Quit)
        || clause
            .hits
            .iter()
            .filter(|h| h.cue == Cue::Not)
            .any(|not| not.first + 1 == hit.first || not.first == hit.end)
}

pub(super) fn before_is(cut: &Cut<'_>, hit: &Hit, words: &[&str]) -> bool {
    hit.first
        .checked_sub(1)
        .is_some_and(|i| words.contains(&cut.word(i)))
}

/// "Thanks for confirming my place": it is done already.
fn is_thanked_for(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    (hit.first.saturating_sub(2).max(clause.tokens.start)..hit.first).any(|i| {
        matches!(cut.word(i), "for" | "pour")
            && i.checked_sub(1).is_some_and(|b| {
                let word = cut.word(b);
                word == "merci"
                    || word.starts_with("thank")
                    || word == "you"
                    || word.starts_with("remerci")
            })
    })
}

/// A sign of registering that is none: a state, history, others' event, instructions, « venir de ».
pub(super) fn blocked(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let touches = |cue: Cue| {
        clause
            .hits
            .iter()
            .any(|h| h.cue == cue && h.first < hit.end && hit.first < h.end)
    };
    let verb = cut.word(hit.first);
    let next = cut.word(hit.end);
    let before = hit.first.checked_sub(1).map_or("", |i| cut.word(i));
    let standing = matches!(verb, "mon" | "ma" | "notre" | "nos" | "my" | "our")
        && matches!(
            before,
            "pour"
                | "concernant"
                | "sur"
                | "de"
                | "apres"
                | "depuis"
                | "suite"
                | "for"
                | "about"
                | "regarding"
        )
        && is_seat_noun(cut.word(hit.first + 1));
    // « j'ai été ravie de participer », "it was a pleasure to attend"
    let enjoyed = hit.cue == Cue::Come
        && (hit.first.saturating_sub(4).max(clause.tokens.start)..hit.first).any(|i| {
            let before = i.checked_sub(1).map_or("", |b| cut.word(b));
            // not « cet été »
            cut.word(i) == "ete" && matches!(before, "ai" | "avons" | "a" | "ont")
                || cut.word(i) == "pleasure" && matches!(before, "a" | "real" | "great")
        });
    touches(Cue::Registered)
        || enjoyed
        || hit.cue == Cue::Enrol && is_thanked_for(cut, clause, hit)
        || standing
        || hit.cue == Cue::Enrol && is_adjective(cut, hit)
        || hit.cue == Cue::EnrolNoun && hit.first > clause.tokens.start + 1
        || hit.cue == Cue::EnrolNoun && clause.cues.any(&[Cue::Reason, Cue::Registered])
        || touches(Cue::OthersEnrol)
        || touches(Cue::Foreign) && hit.cue == Cue::Come
        || clause.cues.has(Cue::HowTo)
        || clause.cues.has(Cue::Matter)
            && hit.cue != Cue::Come
            && cut.mentions_in(clause).next().is_none()
            && !clause.cues.has(Cue::EnrolNoun)
        || clause.cues.has(Cue::Role) && hit.cue == Cue::Come
        || clause.cues.has(Cue::ForInformation) && hit.cue == Cue::Come
        || hit.cue == Cue::Come && is_past(cut, clause, hit)
        || hit.cue == Cue::Come
            && matches!(verb, "vien" | "viens" | "vient" | "venons" | "viennent")
            && matches!(next, "de" | "d" | "du")
        || hit.cue == Cue::Come && matches!(verb, "suivre") && {
            let before = hit.first.checked_sub(1).map_or("", |i| cut.word(i));
            before.starts_with("fai") || before.starts_with("fer")
        }
        || hit.cue == Cue::Enrol && is_past(cut, clause, hit)
}

/// « inscrite à Pôle emploi », « les personnes inscrites »: a state, though no verb says so.
fn is_adjective(cut: &Cut<'_>, hit: &Hit) -> bool {
    let verb = (hit.first..hit.end).find(|i| cut.word(*i).starts_with("inscrit"));
    verb.is_some_and(|verb| {
        let before = verb.checked_sub(1).map_or("", |b| cut.word(b));
        let stands = matches!(
            before,
            "est" | "sont" | "suis" | "sommes" | "etre" | "ete" | "bien" | "deja"
        );
        let takes = matches!(
            cut.word(verb + 1),
            "les"
                | "ses"
                | "son"
                | "sa"
                | "leur"
                | "leurs"
                | "trois"
                | "deux"
                | "quatre"
                | "toute"
                | "tous"
                | "ces"
        );
        !matches!(before, "s" | "m" | "nous" | "j" | "je")
            && !matches!(cut.word(verb + 1), "moi" | "nous" | "le" | "la")
            && (stands || !takes)
    })
}

/// A participle after its auxiliary, or a past tense: history, not a request.
fn is_past(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let first = cut.word(hit.first);
    let auxiliary = (hit.first.saturating_sub(3).max(clause.tokens.start)..hit.first).any(|i| {
        matches!(
            cut.word(i),
            "ai" | "avons"
                | "avais"
                | "avait"
                | "avions"
                | "ont"
                | "avaient"
                | "have"
                | "had"
                | "has"
                | "ve"
                | "couldn"
                | "didn"
                | "was"
                | "were"
        )
    });
    let english_wish = (hit.first.saturating_sub(3).max(clause.tokens.start)..hit.first)
        .any(|i| matches!(cut.word(i), "to" | "like" | "love"));
    if auxiliary && !english_wish {
        // « je n'ai pas pu participer », « j'ai suivi », « j'ai participé »
        let infinitive_of_duty = (hit.first.saturating_sub(2).max(clause.tokens.start)..hit.first)
            .any(|i| matches!(cut.word(i), "a" | "envie" | "hate" | "besoin"));
        return !infinitive_of_duty;
    }
    matches!(first, "attended" | "came" | "joined" | "participated")
        || clause.cues.has(Cue::Past) && hit.cue == Cue::Come
}

/// Looks for a negation whose scope is the hit.
pub(super) fn is_negated(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    /// How far a negation reaches to the verb after it, and how far it may follow it.
    const REACH: usize = 5;
    const AFTER: usize = 3;
    let from = hit.first.saturating_sub(REACH).max(clause.tokens.start);
    let to = (hit.end + AFTER).min(clause.tokens.end);
    for not in clause.hits.iter().filter(|h| h.cue == Cue::Not) {
        if not.first < from || not.first >= to {
            continue;
        }
        match cut.word(not.first) {
            "sans" | "ni" | "without" | "non" | "no" => continue,
            "plus" => {
                let ne = (not.first.saturating_sub(REACH).max(clause.tokens.start)..not.first)
                    .any(|i| matches!(cut.word(i), "ne" | "n"));
                if !ne {
                    continue;
                }
            }
            "pas" if matches!(cut.word(not.first + 1), "de" | "d") && not.first >= hit.end => {
                continue;
            }
            "pas" if not.first < hit.first && hesitates(cut, clause, not.first) => continue,
            "can" | "won" | "don" | "not" | "cannot" if not.first >= hit.end => continue,
            _ => {}
        }
        // « n'hésitez pas à m'inscrire », « je ne sais pas si », "don't hesitate to add me"
        let between = cut.bytes(not.first..hit.first.max(not.first));
        let hesitation = clause
            .hits
            .iter()
            .any(|h| matches!(h.cue, Cue::Hedge) && h.first <= not.first && h.end > not.first);
        if hesitation
            || cut
                .text
                .get(between)
                .is_some_and(|t| t.contains("hesitate") || t.contains("mind"))
        {
            continue;
        }
        return true;
    }
    false
}

fn hesitates(cut: &Cut<'_>, clause: &Clause, pas: usize) -> bool {
    (pas.saturating_sub(2).max(clause.tokens.start)..pas).any(|i| {
        let word = cut.word(i);
        word.starts_with("hesit")
            || word.starts_with("oubli")
            || word.starts_with("manqu")
            || word == "sais"
    })
}
