//! Who comes along: « Et ma compagne aussi, X », « je monte avec mon responsable, Y ».
//!
//! A request in the first person may name its companions in another clause of the sentence, or in the
//! next ones. They count where a word for somebody's own (« mon collègue », "my friend") or « avec »
//! leads to the name, and nothing there speaks of staying away.

use super::super::acts::Act;
use super::super::clause::{Clause, Cut, inside};
use super::super::mail::Mail;
use super::super::names::names_in;
use super::super::people::{Is, is};
use super::named::{names_of, push_name};
use super::sender::add_sender;
use super::{People, same};
use crate::core::lexicon::Cue;

/// Sentences after the request in which companions are named.
const SENTENCES: usize = 2;

/// Words between « mon » and the name: « mon responsable des services techniques, Luc Ozon ».
const LEAD_TOKENS: usize = 8;

/// Adds those whom the clauses beside the request name as coming along.
pub(super) fn add_companions(mail: &Mail<'_>, acts: &[&Act], people: &mut People) {
    let cut = &mail.new;
    let sentences: Vec<usize> = acts
        .iter()
        .filter_map(|a| cut.clauses.get(a.clause))
        .map(|c| c.sentence)
        .collect();
    for clause in &cut.clauses {
        let near = sentences
            .iter()
            .any(|s| (*s..=*s + SENTENCES).contains(&clause.sentence));
        if !near || stays_away(cut, clause) {
            continue;
        }
        for found in names_of(mail, cut, clause) {
            let first = cut.tokens.partition_point(|t| t.start < found.range.start);
            let after = cut.tokens.partition_point(|t| t.start < found.range.end);
            if found.full && comes_along(cut, clause, first, after) {
                // whoever is accompanied comes
                add_sender(mail, people);
                push_name(mail, found, people);
            }
        }
    }
}

fn stays_away(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.question
        || clause.cues.any(&[
            Cue::Not,
            Cue::NotMe,
            Cue::Cannot,
            Cue::Quit,
            Cue::Replace,
            Cue::Registered,
            Cue::Past,
            Cue::Greeting,
            Cue::Closing,
            Cue::Thanks,
            Cue::ForInformation,
            Cue::Hedge,
            Cue::Interest,
        ])
        || super::super::gates::is_done(cut, clause)
}

/// Says whether the words before a name, or behind it, make it somebody who comes along.
fn comes_along(cut: &Cut<'_>, clause: &Clause, first: usize, after: usize) -> bool {
    let from = clause.tokens.start.max(first.saturating_sub(LEAD_TOKENS));
    let own = (from..first).rev().find(|i| {
        matches!(
            cut.word(*i),
            "mon" | "ma" | "mes" | "notre" | "nos" | "my" | "our"
        )
    });
    let own = own.filter(|at| (*at..first).any(|i| is_person_word(cut.word(i))));
    let joins = |i: usize| {
        matches!(
            cut.word(i),
            "avec"
                | "with"
                | "et"
                | "and"
                | "plus"
                | "aussi"
                | "too"
                | "also"
                | "egalement"
                | "ainsi"
                | "accompagne"
                | "accompagnee"
        )
    };
    let start = own.unwrap_or(first);
    let joined = start > clause.tokens.start && start.checked_sub(1).is_some_and(joins)
        || (start..first).any(|i| matches!(cut.word(i), "aussi" | "too" | "also" | "egalement"))
        || matches!(cut.word(after), "aussi" | "too" | "egalement");
    let opens = joins(clause.tokens.start);
    let in_list = cut
        .mentions
        .iter()
        .any(|m| inside(&cut.bytes(first..after), &m.range));
    !in_list && joined && (own.is_some() || opens)
}

/// « compagne », "friend", « responsable »: a word for a person.
fn is_person_word(word: &str) -> bool {
    is(word, Is::PersonLead) || is(word, Is::Function)
}

/// « Malo Trivic et Inaya Besson » below « avec mon associée, on viendra »: who signs beside the writer.
pub(super) fn add_cosigners(mail: &Mail<'_>, people: &mut People) {
    /// Words of a line that is nothing but names and an address.
    const WORDS: usize = 12;
    let text = &mail.parts.new;
    for line in text.lines().chain(mail.parts.signature.lines()) {
        let found = names_in(line);
        let begins = found.first().is_some_and(|n| n.range.start == 0);
        let by_writer = found
            .iter()
            .any(|n| n.full && same(&n.name, &mail.sender.name));
        let several = found.iter().filter(|n| n.full).count() > 1;
        if !begins || !by_writer || !several || line.split_whitespace().count() > WORDS {
            continue;
        }
        let ends: Vec<usize> = found.iter().map(|n| n.range.end).collect();
        for (at, other) in found.into_iter().enumerate() {
            let from = at
                .checked_sub(1)
                .and_then(|b| ends.get(b))
                .copied()
                .unwrap_or(0);
            let between = line.get(from..other.range.start).unwrap_or_default();
            let joined = at == 0 || matches!(between.trim(), "et" | "and" | "&" | "+" | "/");
            if other.full && joined && !mail.is_ours(&other.name) {
                add_sender(mail, people);
                push_name(mail, other, people);
            }
        }
    }
}
