//! Names by their place around an act.

use super::super::acts::{Act, Who};
use super::super::clause::{Clause, Cut};
use super::super::mail::Mail;
use super::super::names::NameFound;
use super::sender::includes_sender;
use super::{People, same};
use crate::core::lexicon::Cue;
use crate::core::person::Person;

/// Gives the names in a clause, short forms completed.
pub fn names_in_clause(mail: &Mail<'_>, clause: &Clause) -> Vec<String> {
    names_of(mail, &mail.new, clause)
        .into_iter()
        .map(|n| n.name)
        .collect()
}

/// Words before a name that make it somebody who does not take part by this clause.
pub(in crate::core::reading) fn leads_away(word: &str) -> bool {
    matches!(
        word,
        "par"
            | "by"
            | "chez"
            | "aupres"
            | "from"
            | "cf"
            | "bonjour"
            | "cher"
            | "chere"
            | "dear"
            | "merci"
    )
}

/// Words before a name that join it to the writer: « avec Paul », « et Paul ».
pub(super) fn joins(word: &str) -> bool {
    matches!(
        word,
        "avec"
            | "with"
            | "et"
            | "and"
            | "que"
            | "plus"
            | "accompagne"
            | "accompagnee"
            | "collegue"
            | "colleague"
            | "femme"
            | "mari"
            | "epouse"
            | "epoux"
            | "fils"
            | "fille"
            | "frere"
            | "soeur"
            | "compagne"
            | "compagnon"
            | "conjoint"
            | "conjointe"
            | "wife"
            | "husband"
            | "partner"
            | "son"
            | "daughter"
            | "brother"
            | "sister"
    )
}

pub(super) fn add_named(mail: &Mail<'_>, act: &Act, people: &mut People) {
    let cut = &mail.new;
    let Some(clause) = cut.clauses.get(act.clause) else {
        return;
    };
    let and_me = cut
        .clauses
        .iter()
        .filter(|c| c.sentence == clause.sentence)
        .any(|c| includes_sender(cut, c));
    let only_joined = act.who == Who::I && !and_me;
    let before = people.list.len();
    for found in names_of(mail, cut, clause) {
        let lead = word_before(cut, found.range.start);
        if leads_away(lead) || only_joined && !joins(lead) {
            continue;
        }
        push_name(mail, found, people);
    }
    if people.list.len() > before
        || act.who == Who::I
        || act.who == Who::Unsaid && act.cue == Cue::Yes
    {
        return;
    }
    let announced = names_announced(mail, act);
    if act.who != Who::I && !announced.is_empty() {
        for found in announced {
            push_name(mail, found, people);
        }
        return;
    }
    if act.who == Who::Others || act.who == Who::We && and_me || act.who == Who::Unsaid {
        for found in names_around(mail, act) {
            push_name(mail, found, people);
        }
    }
}

pub(super) fn push_name(mail: &Mail<'_>, found: NameFound, people: &mut People) {
    let person = match mail.complete(&found.name) {
        Some(known) if !found.full => Person {
            name: known.name.clone(),
            email: known.email.clone(),
            ..Person::default()
        },
        _ => Person {
            name: found.name,
            ..Person::default()
        },
    };
    people.push(person);
}

pub(super) fn word_before<'c>(cut: &'c Cut<'_>, at: usize) -> &'c str {
    let index = cut.tokens.partition_point(|t| t.start < at);
    let parted = cut.tokens.get(index).is_some_and(|t| {
        t.before.stop || t.before.blank || t.before.bullet || t.before.line && t.before.comma
    });
    if parted {
        return "";
    }
    index.checked_sub(1).map_or("", |i| cut.word(i))
}

/// Names in a clause, ours left out.
pub(super) fn names_of(mail: &Mail<'_>, cut: &Cut<'_>, clause: &Clause) -> Vec<NameFound> {
    cut.names_in(clause)
        .filter(|n| !mail.is_ours(&n.name))
        .cloned()
        .collect()
}

/// Names that a colon after the act announces, up to the next empty line.
fn names_announced(mail: &Mail<'_>, act: &Act) -> Vec<NameFound> {
    let cut = &mail.new;
    let Some(clause) = cut.clauses.get(act.clause) else {
        return Vec::new();
    };
    let colon = cut
        .tokens
        .get(clause.tokens.end)
        .is_some_and(|t| t.before.colon);
    let mut named = Vec::new();
    if !colon {
        return named;
    }
    for next in cut.clauses.iter().skip(act.clause + 1) {
        let blank = cut
            .tokens
            .get(next.tokens.start)
            .is_some_and(|t| t.before.blank);
        let ends = next.cues.any(&[
            Cue::Closing,
            Cue::Thanks,
            Cue::Please,
            Cue::Second,
            Cue::Quit,
            Cue::Cannot,
        ]) || next.cues.has(Cue::First) && !begins_with_name(cut, next);
        if ends || blank && !named.is_empty() && !next.bullet {
            break;
        }
        named.extend(names_of(mail, cut, next));
    }
    named
}

/// « M. Hugo Masson, régisseur »: a line of a list, whose « M » is no « m' ».
fn begins_with_name(cut: &Cut<'_>, clause: &Clause) -> bool {
    cut.names_in(clause)
        .next()
        .is_some_and(|n| n.range.start == clause.range.start)
}

/// Names in the sentence of an act, then in what a colon announces, then in the sentence before.
pub(super) fn names_around(mail: &Mail<'_>, act: &Act) -> Vec<NameFound> {
    let cut = &mail.new;
    let Some(clause) = cut.clauses.get(act.clause) else {
        return Vec::new();
    };
    let sender = mail.header_name.as_deref().unwrap_or_default();
    let usable = |c: &Clause| -> Vec<NameFound> {
        if c.cues.any(&[Cue::Greeting, Cue::Closing]) && c.tokens.len() < 5 {
            return Vec::new();
        }
        names_of(mail, cut, c)
            .into_iter()
            .filter(|n| !leads_away(word_before(cut, n.range.start)))
            .collect()
    };
    let not_sender = |n: &NameFound| sender.is_empty() || !same(&n.name, sender);
    let sentence: Vec<NameFound> = cut
        .clauses
        .iter()
        .filter(|c| c.sentence == clause.sentence)
        .flat_map(usable)
        .collect();
    if !sentence.is_empty() {
        return sentence;
    }
    let announces = clause.cues.has(Cue::ListFollows)
        || cut
            .tokens
            .get(clause.tokens.end)
            .is_some_and(|t| t.before.colon);
    if announces {
        let after: Vec<NameFound> = cut
            .clauses
            .iter()
            .filter(|c| c.sentence > clause.sentence)
            .take(12)
            .flat_map(usable)
            .collect();
        if !after.is_empty() {
            return after;
        }
    }
    cut.clauses
        .iter()
        .take(act.clause)
        .rev()
        .take(6)
        .map(|c| usable(c).into_iter().filter(not_sender).collect::<Vec<_>>())
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

/// A word that makes a number an hour, a span or a sum.
fn is_measure(word: &str) -> bool {
    matches!(
        word,
        "h" | "o"
            | "heure"
            | "heures"
            | "am"
            | "pm"
            | "hour"
            | "hours"
            | "min"
            | "minutes"
            | "jours"
            | "days"
            | "ans"
            | "years"
            | "km"
            | "euros"
            | "eur"
            | "mois"
            | "months"
    )
}

/// How many people the act's sentence counts, if it does.
pub(super) fn counted(cut: &Cut<'_>, acts: &[&Act]) -> Option<usize> {
    acts.iter()
        .filter_map(|act| cut.clauses.get(act.clause))
        .flat_map(|clause| clause.hits.iter())
        .filter(|hit| matches!(hit.cue, Cue::Unnamed | Cue::Come))
        .filter_map(|hit| {
            (hit.first..hit.end).find_map(|i| match cut.word(i) {
                _ if super::super::acts::is_session_noun(cut.word(i + 1)) => None,
                // « il sera 4 h du matin »
                _ if is_measure(cut.word(i + 1)) => None,
                // « ce sera le 2 et le 4 »
                _ if cut.tokens.get(i).is_some_and(|t| {
                    cut.mentions
                        .iter()
                        .any(|m| super::super::clause::inside(&(t.start..t.end), &m.range))
                }) =>
                {
                    None
                }
                "deux" | "two" | "couple" => Some(2),
                "trois" | "three" => Some(3),
                "quatre" | "four" => Some(4),
                "cinq" | "five" => Some(5),
                "six" => Some(6),
                "plusieurs" | "quelques" | "several" | "few" => Some(2),
                "nos" | "our" | "agents" => Some(1),
                "un" | "une" | "one" | "a" => Some(1),
                word => word.parse().ok().filter(|n| *n < 100),
            })
        })
        .max()
}
