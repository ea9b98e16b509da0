//! What one clause asks for or announces: deed, mood, and who does it.
//!
//! A cue is only a sign; here its clause decides what it means: negation turns « je viens » into a
//! withdrawal, the second person makes an invitation of it, a past participle makes it history, a
//! question without a polite form leaves it a question.

mod about;
mod act;
mod blocked;
mod mood;
mod who;

pub use about::is_session_noun;
use about::{is_about_session, is_foreign, is_seat_noun};
pub use act::{Act, Deed, Mood, Who, act_of};
use blocked::{
    before_is, blocked, is_about_things, is_denied, is_negated, is_phrase_of_absence, names_someone,
};
use mood::mood;
pub use mood::{is_answered, is_firm_condition};
pub use who::is_colleague;
use who::{second_person, who};

use super::clause::{Clause, Cut};
use crate::core::lexicon::{Cue, Hit};

/// Finds the acts of a text, in order; at most one of a deed a clause.
pub fn acts(cut: &Cut<'_>) -> Vec<Act> {
    let mut found: Vec<Act> = Vec::new();
    for (number, clause) in cut.clauses.iter().enumerate() {
        let mut here: Vec<Act> = Vec::new();
        for hit in &clause.hits {
            if is_quoted(cut, hit) {
                continue;
            }
            if let Some(act) = act(cut, number, clause, hit) {
                match here.iter_mut().find(|a| a.deed == act.deed) {
                    None => here.push(act),
                    Some(other) if other.weak && !act.weak => *other = act,
                    Some(other) if registers_another(cut, &act) => other.who = Who::Others,
                    Some(other) => {
                        other.tokens = other.tokens.start.min(act.tokens.start)
                            ..other.tokens.end.max(act.tokens.end);
                        if other.who == Who::Unsaid {
                            other.who = act.who;
                        }
                    }
                }
            }
        }
        if let Some(act) = arrow(cut, number, clause) {
            here.push(act);
        }
        settle(cut, clause, &mut here);
        found.append(&mut here);
    }
    found
}

/// « l'inscription de M. X », "the registration of X": another's, whoever asks for it.
fn registers_another(cut: &Cut<'_>, act: &Act) -> bool {
    let words: Vec<&str> = act.tokens.clone().map(|i| cut.word(i)).collect();
    act.cue == Cue::Enrol
        && act.who == Who::Others
        && words.iter().any(|w| is_seat_noun(w))
        && words
            .iter()
            .any(|w| matches!(*w, "de" | "d" | "pour" | "of" | "for"))
}

/// « LE TALLEC Corentin -> ZERBIB Hannah »: names on both sides.
fn arrow(cut: &Cut<'_>, number: usize, clause: &Clause) -> Option<Act> {
    let at = clause.arrow?;
    let place = cut.tokens.get(at)?.start;
    let left = cut.names_in(clause).any(|n| n.range.end <= place);
    let right = cut.names_in(clause).any(|n| n.range.start >= place);
    (left && right).then(|| Act {
        deed: Deed::Replace,
        mood: Mood::Plain,
        who: Who::Others,
        clause: number,
        tokens: clause.tokens.clone(),
        weak: false,
        cue: Cue::Replace,
        foreign: false,
        learned: false,
    })
}

/// Somebody whom nobody knows is to have the seat.
fn is_for_anybody(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.tokens.clone().any(|i| {
        matches!(
            (cut.word(i), cut.word(i + 1)),
            ("somebody" | "someone" | "anybody" | "anyone" | "autrui", _)
                | ("quelqu", "un")
                | ("next", "person")
                | ("personne", "suivante")
                | ("d", "autres")
                | ("un", "autre")
        )
    })
}

/// The hit says that something changes.
fn says_change(cut: &Cut<'_>, hit: &Hit) -> bool {
    (hit.first..hit.end).any(|i| cut.word(i).starts_with("chang"))
}

/// Words between quotation marks are another's: « le lien "je m'inscris" ».
fn is_quoted(cut: &Cut<'_>, hit: &Hit) -> bool {
    (hit.first..hit.end).all(|i| cut.tokens.get(i).is_some_and(|t| t.quoted))
}

/// One clause says one thing: what a stronger act contains is no act of its own.
fn settle(cut: &Cut<'_>, clause: &Clause, here: &mut Vec<Act>) {
    let has = |acts: &[Act], deed: Deed| acts.iter().any(|a| a.deed == deed);
    let firm_leave = here
        .iter()
        .any(|a| a.deed == Deed::Quit && !a.weak && a.mood != Mood::Hedged);
    let apart = here.iter().filter(|a| a.deed == Deed::Update).all(|u| {
        here.iter()
            .filter(|a| a.deed == Deed::Quit)
            .all(|q| u.tokens.end <= q.tokens.start || q.tokens.end <= u.tokens.start)
    });
    if firm_leave && apart {
        here.retain(|a| a.deed != Deed::Update);
    }
    if has(here, Deed::Update) && clause.cues.has(Cue::Update) {
        // « remplacer mon adresse par », « noter ma nouvelle adresse », « garder » in a clause of details
        here.retain(|a| a.deed == Deed::Update || a.deed == Deed::Keep);
    }
    if has(here, Deed::Replace) {
        here.retain(|a| matches!(a.deed, Deed::Replace | Deed::NotCome | Deed::Keep));
    }
    if has(here, Deed::Keep) {
        here.retain(|a| !matches!(a.deed, Deed::Register));
    }
    if has(here, Deed::Quit) || has(here, Deed::NotCome) {
        // « annuler ma participation », « je ne pourrai pas suivre »
        here.retain(|a| {
            a.deed != Deed::Register || a.cue == Cue::Enrol && !follows_quit(cut, clause, a)
        });
    }
}

/// « retirer X de la liste des participants »: no « et » parts the withdrawal from what follows it.
fn follows_quit(cut: &Cut<'_>, clause: &Clause, act: &Act) -> bool {
    clause
        .hits
        .iter()
        .filter(|h| matches!(h.cue, Cue::Quit | Cue::Cannot | Cue::QuitNoun))
        .any(|h| {
            let overlaps = act.tokens.start < h.end + 1 && h.first < act.tokens.end + 1;
            let joined = h.first < act.tokens.start
                && !(h.end..act.tokens.start)
                    .any(|i| matches!(cut.word(i), "et" | "and" | "mais" | "but" | "puis"));
            overlaps || joined
        })
}

fn act(cut: &Cut<'_>, number: usize, clause: &Clause, hit: &Hit) -> Option<Act> {
    let sentence = cut.sentence_cues(clause.sentence);
    let negated = is_negated(cut, clause, hit);
    let deed = match hit.cue {
        Cue::Yes if super::gates::is_done(cut, clause) => return None,
        Cue::Enrol | Cue::EnrolNoun | Cue::Come | Cue::Yes => {
            if blocked(cut, clause, hit) {
                return None;
            }
            match (hit.cue, negated) {
                (Cue::Enrol, true) => Deed::NotCome,
                (Cue::Come, true) => Deed::NotCome,
                (Cue::EnrolNoun | Cue::Yes, true) => return None,
                _ => Deed::Register,
            }
        }
        Cue::Switch => {
            let spoken = clause.cues.any(&[Cue::Please, Cue::Volition, Cue::First]);
            if !spoken || cut.mentions_in(clause).next().is_none() {
                return None;
            }
            Deed::Register
        }
        Cue::Quit | Cue::QuitNoun
            if clause.cues.has(Cue::Matter)
                && !(clause.tokens.clone()).any(|i| is_seat_noun(cut.word(i))) =>
        {
            // « annuler la facture »
            return None;
        }
        Cue::Quit => {
            if negated && !is_phrase_of_absence(cut, hit) {
                Deed::Keep
            } else if before_is(cut, hit, &["pour", "to", "pouvoir"])
                && !clause.cues.any(&[Cue::First, Cue::Please, Cue::Volition])
            {
                return None;
            } else {
                Deed::Quit
            }
        }
        Cue::QuitNoun => Deed::Quit,
        Cue::Cannot => {
            if is_about_things(cut, clause, hit) {
                return None;
            }
            Deed::NotCome
        }
        Cue::Replace if is_denied(cut, clause, hit) => return None,
        // "let the next person have my spot"
        Cue::Replace
            if matches!(
                cut.word(hit.first),
                "have" | "take" | "get" | "prend" | "prenne"
            ) && is_for_anybody(cut, clause) =>
        {
            Deed::Quit
        }
        Cue::Replace => Deed::Replace,
        // « il sera remplacé par X (adresse) »: people, no detail
        Cue::Update if cut.word(hit.first).starts_with("remplac") && names_someone(cut, hit) => {
            return None;
        }
        // "my mobile hasn't changed"
        Cue::Update if negated && says_change(cut, hit) => Deed::Keep,
        Cue::Update => Deed::Update,
        Cue::Keep => Deed::Keep,
        _ => return None,
    };
    if sentence.has(Cue::Newsletter)
        && matches!(deed, Deed::Quit | Deed::Register)
        && cut.mentions_in(clause).next().is_none()
    {
        return None;
    }
    let who = who(cut, clause, hit);
    if who == Who::Unsaid && second_person(cut, clause, hit) {
        return None;
    }
    let weak = matches!(
        hit.cue,
        Cue::EnrolNoun | Cue::Yes | Cue::QuitNoun | Cue::Cannot
    ) || hit.cue == Cue::Come && who == Who::Unsaid
        || hit.cue == Cue::Come && !is_about_session(cut, clause, hit);
    Some(Act {
        deed,
        mood: mood(cut, number, clause, hit, deed),
        who,
        clause: number,
        tokens: hit.first..hit.end,
        weak,
        cue: hit.cue,
        foreign: matches!(deed, Deed::Register)
            && hit.cue != Cue::Yes
            && is_foreign(cut, clause, hit),
        learned: false,
    })
}

#[cfg(test)]
mod tests;
