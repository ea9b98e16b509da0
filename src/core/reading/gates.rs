//! What must be explained before a robot may act: every name, every number of people, every session.
//!
//! A request may be plain and yet only half understood. Each gate counts what the mail says against
//! what would be done; a remainder is a doubt, never a guess. Gates only ever add doubts.

mod counts;
mod strangers;

pub(in crate::core::reading) use counts::stated;
use counts::{days_left, miscounts, numbers_left, speaks_of_all};
use strangers::{has_companion, has_stranger, has_structure, is_taken_back, own_lines};

use super::acts::{Deed, Mood};
use super::clause::{Clause, Cut, inside};
use super::compose::{Meaning, names_a_session};
use super::mail::Mail;
use super::session::Way;
use super::{Doubt, Intent};
use crate::core::lexicon::Cue;

/// Adds the doubts of what stays unexplained.
pub fn gates(mail: &Mail<'_>, meaning: &Meaning, doubts: &mut Vec<Doubt>) {
    if !matches!(
        meaning.intent,
        Intent::Register | Intent::Cancel | Intent::Replace
    ) {
        return;
    }
    if has_stranger(mail, meaning) {
        doubts.push(Doubt::Unexplained);
    }
    if has_structure(mail, meaning) {
        doubts.push(Doubt::PersonUnclear);
    }
    if sessions_left(mail, meaning) {
        doubts.push(Doubt::Unexplained);
    }
    if meaning.intent == Intent::Replace && meaning.people.list.len() > meaning.leaving.list.len() {
        // two for one seat
        doubts.push(Doubt::PersonUnclear);
    }
    if meaning.intent == Intent::Register {
        if is_interleaved(mail, meaning) {
            doubts.push(Doubt::SessionUnclear);
        }
        if is_taken_back(mail, meaning) {
            doubts.push(Doubt::PersonUnclear);
        }
        if miscounts(mail, meaning) || has_companion(mail, meaning) {
            doubts.push(Doubt::PersonUnclear);
        }
        if numbers_left(mail, meaning) || days_left(mail, meaning) || speaks_of_all(mail, meaning) {
            doubts.push(Doubt::SessionUnclear);
        }
        let alone = mail.new.all_cues().has(Cue::Retract)
            && mail
                .new
                .tokens
                .iter()
                .any(|t| matches!(t.folded.as_str(), "seul" | "seule" | "alone"));
        if alone {
            // « finalement X sera en déplacement, je viendrai seule »
            doubts.push(Doubt::Unexplained);
        }
        let hangs = meaning.all.iter().any(|a| {
            matches!(a.deed, Deed::Register | Deed::NotCome) && a.mood == Mood::Conditional
        });
        if hangs {
            doubts.push(Doubt::Conditional);
        }
    }
}

/// A greeting, a closing, a line of thanks: names there take no part.
fn is_frame(clause: &Clause) -> bool {
    /// Longer clauses hold more than the frame.
    const FRAME_TOKENS: usize = 6;
    clause.cues.any(&[Cue::Greeting, Cue::Closing, Cue::Thanks])
        && clause.tokens.len() <= FRAME_TOKENS
}

/// A clause of history, or of what stands as it is.
fn is_settled(clause: &Clause) -> bool {
    clause.cues.any(&[Cue::Past, Cue::Registered, Cue::Keep])
}

/// « Suite à notre inscription (Paul et moi) », "further to our booking": what stands before a request.
pub fn follows_up(cut: &Cut<'_>, clause: &Clause) -> bool {
    let first = clause.tokens.start;
    matches!(
        (cut.word(first), cut.word(first + 1)),
        ("further" | "suite" | "in", "to" | "a" | "addition")
            | ("en", "complement" | "plus" | "sus")
    ) || matches!(cut.word(first), "following" | "outre" | "besides" | "apres")
}

/// « moi à la webconférence et Nine au stage »: several people and several sessions in turns, and who
/// goes where was not understood.
fn is_interleaved(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    if meaning.people.list.len() < 2 || meaning.sessions.sessions.len() < 2 {
        return false;
    }
    let parted = super::compose::assigned(mail, meaning)
        .iter()
        .any(|p| !p.sessions.is_empty());
    if parted {
        return false;
    }
    let cut = &mail.new;
    let own = own_lines(mail, meaning);
    let mut places: Vec<(usize, bool)> = Vec::new();
    for clause in cut.clauses.iter().take(own).filter(|c| !is_frame(c)) {
        places.extend(cut.names_in(clause).map(|n| (n.range.start, true)));
        places.extend(
            cut.mentions
                .iter()
                .filter(|m| inside(&m.range, &clause.range) && !m.sessions.is_empty())
                .map(|m| (m.range.start, false)),
        );
        places.extend(clause.tokens.clone().filter_map(|i| {
            let token = cut.tokens.get(i)?;
            (token.folded == "moi" || token.folded == "me").then_some((token.start, true))
        }));
    }
    places.sort_unstable();
    let turns = places
        .windows(2)
        .filter(|pair| matches!(pair, [(_, a), (_, b)] if a != b))
        .count();
    turns > 2
}

/// A clause that asks for something or announces it.
fn is_asked(clause: &Clause) -> bool {
    clause.cues.any(&[
        Cue::Enrol,
        Cue::EnrolNoun,
        Cue::Come,
        Cue::Please,
        Cue::Volition,
        Cue::Quit,
        Cue::Cannot,
    ])
}

/// Says whether a session is named, and not as past, refused or left out, that nothing is done about.
fn sessions_left(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let done = |m: &super::session::Mention| {
        m.sessions.iter().any(|id| {
            meaning.sessions.sessions.contains(id)
                || meaning.sessions.candidates.contains(id)
                || meaning.sessions.left_out.contains(id)
                || meaning.given_up.contains(id)
        })
    };
    let acting = |number: usize| {
        meaning
            .all
            .iter()
            .any(|a| a.clause == number && !meaning.acts.iter().any(|m| m.clause == number))
    };
    let own = own_lines(mail, meaning);
    // « pour la visio, en revanche, je suis toujours partant » beside a withdrawal
    let kept = |clause: &Clause| {
        meaning.intent != Intent::Register && cut.sentence_cues(clause.sentence).has(Cue::Keep)
    };
    cut.clauses.iter().enumerate().any(|(number, clause)| {
        number < own
            && !is_settled(clause)
            && !kept(clause)
            && !clause.question
            && !clause.cues.any(&[Cue::NotMe, Cue::Foreign, Cue::Matter])
            && !is_done(cut, clause)
            && !acting(number)
            && cut.mentions_in(clause).any(|m| {
                !m.negated
                    && !m.sessions.is_empty()
                    && m.ways
                        .iter()
                        .any(|w| !matches!(w, Way::Series | Way::Format))
                    // « I'm a suckler farmer »: a word of a title, where nothing is asked for
                    && (!m.ways.iter().all(|w| *w == Way::PartialTitle) || is_asked(clause))
                    && (names_a_session(m) || m.ways.contains(&Way::Date))
                    && !done(m)
            })
    })
}

/// « j'ai fait le module 1 », "I did part one".
pub fn is_done(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.tokens.clone().any(|i| {
        matches!(
            cut.word(i),
            "ai" | "jai"
                | "avons"
                | "avais"
                | "avions"
                | "did"
                | "have"
                | "ve"
                | "had"
                | "has"
                | "a"
                | "aurait"
                | "aurais"
        ) && (i + 1..i + 4).any(|j| {
            let word = cut.word(j);
            [
                "rate", "loupe", "manque", "tente", "missed", "suivi", "fait", "particip",
                "assist", "attended", "done", "taken",
            ]
            .iter()
            .any(|stem| word.starts_with(stem))
        })
    })
}
