//! Whether the writer is among them, and who is only copied in.

use super::super::acts::{Act, Who};
use super::super::clause::{Clause, Cut};
use super::super::mail::Mail;
use super::{People, same};
use crate::core::lexicon::Cue;
use crate::core::person::Person;

/// « ma collègue en copie »: whom only the header names.
pub(super) fn add_copied(mail: &Mail<'_>, acts: &[&Act], people: &mut People) {
    let cut = &mail.new;
    let copied = acts
        .iter()
        .filter_map(|a| cut.clauses.get(a.clause))
        .any(|a| {
            cut.clauses
                .iter()
                .filter(|c| c.sentence == a.sentence)
                .flat_map(|c| c.tokens.clone())
                .any(|i| matches!(cut.word(i), "copie" | "cc" | "copied" | "copy"))
        });
    if !copied {
        return;
    }
    let organisation = mail.context.organisation;
    for address in &mail.message.cc {
        if !organisation.is_own_domain(&address.email)
            && let Some(name) = super::super::names::name_of_address(address)
        {
            people.push(Person {
                name,
                email: Some(address.email.clone()),
                ..Person::default()
            });
        }
    }
}

/// « je viens avec mon collègue », whom nothing names.
pub(super) fn speaks_of_colleague(mail: &Mail<'_>, acts: &[&Act]) -> bool {
    let cut = &mail.new;
    acts.iter()
        .filter_map(|a| cut.clauses.get(a.clause))
        .flat_map(|c| c.tokens.clone())
        .any(|i| {
            super::super::acts::is_colleague(cut.word(i))
                && i.checked_sub(1).is_some_and(|b| {
                    matches!(
                        cut.word(b),
                        "mon"
                            | "ma"
                            | "mes"
                            | "notre"
                            | "nos"
                            | "un"
                            | "une"
                            | "deux"
                            | "my"
                            | "our"
                            | "a"
                            | "two"
                    )
                })
        })
}

/// « je viens », « inscrivez-moi »: not « je souhaite inscrire ».
pub(super) fn first_person_comes(acts: &[&Act]) -> bool {
    acts.iter().any(|a| a.who == Who::I)
}

pub(super) fn covers_sender(mail: &Mail<'_>, people: &People) -> bool {
    people
        .list
        .iter()
        .any(|p| same(&p.person.name, &mail.sender.name))
}

/// « et moi », « moi-même », « nous deux »; « avec moi » does not ask for the sender again where it
/// adds another (« merci de l'ajouter »).
pub(super) fn includes_sender(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.cues.has(Cue::AndMe)
        && !clause.cues.has(Cue::Not)
        && !clause.hits.iter().any(|h| {
            h.cue == Cue::AndMe && cut.word(h.first) == "avec" && cut.word(h.first + 1) == "moi"
        })
        && !clause.cues.has(Cue::NotMe)
        // « ils repartiront tous les trois »
        && !clause
            .tokens
            .clone()
            .any(|i| matches!(cut.word(i), "ils" | "elles" | "they"))
        || clause.cues.has(Cue::AndMe)
            && !clause.cues.has(Cue::NotMe)
            && (clause.bullet && matches!(cut.word(clause.tokens.start), "moi" | "myself")
                || is_joined_me(cut, clause))
}

/// « et moi »
fn is_joined_me(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.tokens.clone().any(|i| {
        matches!(cut.word(i), "moi" | "myself")
            && i.checked_sub(1)
                .is_some_and(|b| matches!(cut.word(b), "et" | "and"))
    })
}

pub(super) fn add_sender(mail: &Mail<'_>, people: &mut People) {
    let mut sender = mail.sender.clone();
    if sender.name.is_empty()
        && let Some(name) = name_at_an_end(mail)
    {
        sender.name = name;
    }
    if mail.colleague || sender.name.is_empty() {
        people.unclear |= people.list.is_empty();
        return;
    }
    people.push(sender);
    people.sender = true;
}

/// The writer's name at the begin of the last sentences where no header knows it: « JE M INSCRIS.
/// ROGER CHAPUIZON BOULANGER ».
fn name_at_an_end(mail: &Mail<'_>) -> Option<String> {
    let cut = &mail.new;
    cut.clauses.iter().rev().take(3).find_map(|clause| {
        if clause.cues.any(&[
            Cue::Greeting,
            Cue::Closing,
            Cue::Thanks,
            Cue::Enrol,
            Cue::Come,
        ]) {
            return None;
        }
        [3, 2].into_iter().find_map(|count| {
            let run = clause.tokens.start..(clause.tokens.start + count).min(clause.tokens.end);
            let capitals = run
                .clone()
                .all(|i| cut.tokens.get(i).is_some_and(|t| t.capital));
            let text = cut.text.get(cut.bytes(run))?;
            (capitals && text.split_whitespace().count() == count)
                .then(|| super::super::names::parse_name(text))
                .flatten()
        })
    })
}

/// Gives the sender alone.
pub fn sender_only(mail: &Mail<'_>) -> People {
    let mut people = People::default();
    add_sender(mail, &mut people);
    people
}
