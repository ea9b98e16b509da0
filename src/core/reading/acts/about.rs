//! What an act is about: a session, a seat, or something else.

use super::super::clause::{Clause, Cut, inside};
use crate::core::lexicon::Hit;

/// Says whether what follows « à », « pour », "for" is neither a session, a date, a place nor a word for
/// a session.
pub(super) fn is_foreign(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    /// A determiner and an adjective may stand before the noun.
    const AHEAD: usize = 3;
    if cut.mentions_in(clause).next().is_some()
        || clause.tokens.clone().any(|i| is_session_noun(cut.word(i)))
    {
        return false;
    }
    let at = hit.end;
    if !matches!(cut.word(at), "a" | "au" | "aux" | "to" | "for" | "in") || at >= clause.tokens.end
    {
        return false;
    }
    let noun = (at + 1..(at + 1 + AHEAD).min(clause.tokens.end)).find(|i| {
        !matches!(
            cut.word(*i),
            "la" | "le"
                | "les"
                | "l"
                | "the"
                | "votre"
                | "vos"
                | "your"
                | "cette"
                | "ce"
                | "this"
                | "un"
                | "une"
                | "deux"
                | "trois"
                | "a"
                | "notre"
                | "prochaine"
                | "prochain"
                | "next"
        )
    });
    let Some(noun) = noun else {
        return false;
    };
    let word = cut.word(noun);
    let name = cut.tokens.get(noun).is_some_and(|t| {
        cut.names
            .iter()
            .any(|n| inside(&(t.start..t.end), &n.range))
    });
    let plain = [
        "liste",
        "place",
        "list",
        "titre",
        "nom",
        "name",
        "distance",
        "mon",
        "my",
        "part",
        "moi",
        "me",
        "us",
        "nous",
        "it",
        "that",
        "this",
        "celle",
        "suivant",
        "suivante",
        "following",
        "celui",
        "cela",
        "ca",
        "vous",
        "you",
        "bord",
        "attention",
        "nouveau",
        "partir",
        "tous",
        "toutes",
        "all",
        "both",
        "one",
    ];
    !name && !plain.contains(&word) && !word.starts_with(|c: char| c.is_ascii_digit())
}

/// A come-verb is about a session if its clause names one, or says so by itself.
pub(super) fn is_about_session(cut: &Cut<'_>, clause: &Clause, hit: &Hit) -> bool {
    let said = (hit.first..hit.end.max(hit.first + 1)).any(|i| {
        matches!(
            cut.word(i),
            "y" | "votres"
                | "notres"
                | "vous"
                | "part"
                | "partie"
                | "presente"
                | "present"
                | "presents"
                | "presentes"
                | "there"
                | "in"
                | "participer"
                | "participerai"
                | "participe"
                | "participerons"
                | "participera"
                | "participeront"
                | "attend"
                | "attending"
                | "attends"
                | "assister"
                | "assistera"
                | "assisteront"
        )
    });
    let there = matches!(
        cut.word(hit.first),
        "serai" | "serons" | "sera" | "seront" | "serais" | "will" | "ll"
    ) && hit.end > hit.first + 1;
    said || there
        || cut.mentions_in(clause).next().is_some()
        || (clause.tokens.clone()).any(|i| is_session_noun(cut.word(i)))
}

/// What one gives up: a seat, by any of its names.
pub(super) fn is_seat_noun(word: &str) -> bool {
    [
        "inscription",
        "participation",
        "place",
        "presence",
        "venue",
        "reservation",
        "registration",
        "booking",
        "seat",
        "attendance",
    ]
    .iter()
    .any(|noun| word.starts_with(noun))
        || is_session_noun(word)
}

/// Nouns for sessions in general.
pub fn is_session_noun(word: &str) -> bool {
    const STEMS: &[&str] = &[
        "formation",
        "stage",
        "atelier",
        "journee",
        "session",
        "seance",
        "webconf",
        "webinaire",
        "webinar",
        "visio",
        "conference",
        "module",
        "cours",
        "rencontre",
        "workshop",
        "course",
        "training",
        "seminar",
        "class",
        "event",
        "niveau",
        "level",
        "matinee",
        "reunion",
        "videoconf",
        "cycle",
        "programme",
        "evening",
        "morning",
        "afternoon",
        "soiree",
        "creneau",
        "date",
        "visite",
    ];
    word.len() > 3
        && word != "stagiaire"
        && word != "stagiaires"
        && STEMS
            .iter()
            .any(|s| word.strip_prefix(s).is_some_and(|rest| rest.len() <= 8))
}
