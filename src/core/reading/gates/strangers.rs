//! Names that belong to nobody who enters, leaves or writes.

use super::super::Intent;
use super::super::acts::{Who, is_session_noun};
use super::super::clause::{Clause, Cut, inside};
use super::super::compose::Meaning;
use super::super::mail::Mail;
use super::super::names::NameFound;
use super::super::participants::{leads_away, same};
use super::super::people::{Is, is};
use super::super::tokens::Kind;
use super::{is_done, is_frame, is_settled};
use crate::core::lexicon::Cue;

/// Somebody who would take part may be a structure: it stands in brackets right behind a person, or
/// right after the word for one (« GAL Collines de … »).
pub(super) fn has_structure(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    const STRUCTURES: [&str; 12] = [
        "gal",
        "asso",
        "association",
        "cc",
        "mairie",
        "parc",
        "club",
        "syndicat",
        "scop",
        "trust",
        "council",
        "society",
    ];
    let cut = &mail.new;
    let takes_part = |name: &NameFound| {
        let people = meaning.people.list.iter();
        people.clone().any(|p| same(&name.name, &p.person.name))
    };
    cut.names
        .iter()
        .filter(|name| takes_part(name))
        .any(|name| {
            let before = cut.text.get(..name.range.start).unwrap_or_default();
            let before = before.trim_end();
            let behind = before.strip_suffix('(').map(str::trim_end);
            let bracketed =
                behind.is_some_and(|b| cut.names.iter().any(|n| n.range.end == b.len()));
            let last = before.rsplit(|c: char| !c.is_alphanumeric()).next();
            let word = last.map(crate::core::person::fold).unwrap_or_default();
            bracketed || STRUCTURES.contains(&word.as_str())
        })
}

/// Words before a name that keep it out of the act: « par X », « de la part de X », « avec X » of a
/// session once attended.
fn is_led_away(cut: &Cut<'_>, at: usize) -> bool {
    let index = cut.tokens.partition_point(|t| t.start < at);
    let before = |back: usize| index.checked_sub(back).map_or("", |i| cut.word(i));
    leads_away(before(1))
        || matches!(
            (before(2), before(1)),
            ("part", "de" | "d") | ("thanks", "to")
        )
}

/// « X m'a parlé de », "X told me": somebody who only told of it.
fn is_source(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.tokens.clone().any(|i| {
        let word = cut.word(i);
        [
            "parle",
            "transmis",
            "conseill",
            "recommand",
            "transfer",
            "signale",
            "forwarded",
            "suggested",
            "mentioned",
            "told",
        ]
        .iter()
        .any(|stem| word.starts_with(stem))
    })
}

/// Where the writer's own lines at the end begin: the last clause that closes or bears their name.
pub(super) fn own_lines(mail: &Mail<'_>, meaning: &Meaning) -> usize {
    let cut = &mail.new;
    let acting = meaning
        .all
        .iter()
        .map(|a| a.clause)
        .filter(|c| *c != usize::MAX);
    let last_act = acting.max().unwrap_or(0);
    cut.clauses
        .iter()
        .enumerate()
        .skip(last_act + 1)
        .find(|(_, c)| {
            let listed = cut
                .tokens
                .get(c.tokens.start)
                .is_some_and(|t| t.before.colon);
            !c.bullet
                && !listed
                && (is_frame(c) || cut.names_in(c).any(|n| same(&n.name, &mail.sender.name)))
        })
        .map_or(cut.clauses.len(), |(number, _)| number)
}

/// The structure that somebody comes from, as the mail names it.
fn is_body_of(mail: &Mail<'_>, meaning: &Meaning, name: &str) -> bool {
    let name = crate::core::person::fold(name);
    let people = meaning.people.list.iter().map(|p| &p.person);
    people
        .chain(std::iter::once(&mail.sender))
        .filter_map(|p| p.organisation.as_deref())
        .any(|body| crate::core::person::fold(body).contains(&name))
}

/// "1) Ann Oakes - Oakes Boats / 2) Piotr Malek - Oakes Boats": what stands behind two people's names
/// on their lines is where they come from.
fn is_behind_several(mail: &Mail<'_>, meaning: &Meaning, name: &str) -> bool {
    let text = mail.new.text;
    let lines = text.lines().filter(|line| {
        line.split_once(name).is_some_and(|(before, _)| {
            let people = meaning.people.list.iter();
            people
                .map(|p| &p.person.name)
                .any(|person| person != name && before.contains(person.as_str()))
        })
    });
    lines.count() > 1
}

/// A name below the writer's own: a body's, or a place's, with neither an address nor a given name
/// before it; or a given name that signs.
fn is_body(cut: &Cut<'_>, clause: &Clause, found: &NameFound) -> bool {
    if !found.full {
        return !clause.bullet;
    }
    let text = cut.text.get(found.range.clone()).unwrap_or_default();
    let given = crate::core::person::fold(text)
        .split([' ', '-'])
        .next()
        .is_some_and(|first| is(first, Is::Given));
    let address = clause
        .tokens
        .clone()
        .any(|i| cut.tokens.get(i).is_some_and(|t| t.kind == Kind::Email));
    !given && !address && found.title.is_none()
}

/// « Titouan oui », "Beth yes": beside a withdrawal, somebody whose seat stands.
fn is_yes_of(cut: &Cut<'_>, clause: &Clause) -> bool {
    /// A name and a yes.
    const TOKENS: usize = 5;
    clause.tokens.len() <= TOKENS
        && clause
            .tokens
            .clone()
            .any(|i| matches!(cut.word(i), "oui" | "yes" | "si"))
        && clause
            .tokens
            .clone()
            .all(|i| !matches!(cut.word(i), "non" | "no" | "pas" | "not"))
}

/// A given name alone that is called or signed: « Count me in Morag », « Nadège » on a line of its own.
fn is_called(mail: &Mail<'_>, meaning: &Meaning, clause: &Clause, found: &NameFound) -> bool {
    let cut = &mail.new;
    if found.full || found.title.is_some() {
        return false;
    }
    let first = cut.tokens.partition_point(|t| t.start < found.range.start);
    let after = cut.tokens.partition_point(|t| t.start < found.range.end);
    let before = first.checked_sub(1).map_or("", |i| cut.word(i));
    if clause.tokens == (first..after) {
        return !clause.bullet;
    }
    let joined = is(before, Is::PersonLead) || is(before, Is::Function) || is(before, Is::Particle);
    let state = matches!(cut.word(after), "est" | "is" | "etait" | "was")
        && !clause.cues.any(&[Cue::Cannot, Cue::Quit, Cue::Replace]);
    let own = meaning.acts.iter().all(|a| a.who == Who::I) && meaning.intent == Intent::Register;
    let comma = cut.tokens.get(after).is_some_and(|t| t.before.comma);
    state
        || own && comma && !joined
        || own && first > clause.tokens.start && after == clause.tokens.end && !joined
}

/// « X, elle, viendra bien »: a pronoun takes the name up, and what it says stands.
fn is_taken_up(cut: &Cut<'_>, number: usize) -> bool {
    let Some(clause) = cut.clauses.get(number) else {
        return false;
    };
    cut.clauses.get(number + 1).is_some_and(|next| {
        next.sentence == clause.sentence
            && next.cues.has(Cue::Keep)
            && matches!(
                cut.word(next.tokens.start),
                "elle" | "lui" | "il" | "elles" | "eux" | "ils" | "she" | "he" | "they"
            )
    })
}

/// Says whether a name in the new text belongs to nobody who enters, leaves, writes or is ours.
pub(super) fn has_stranger(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let known = |name: &str| {
        mail.is_ours(name)
            || same(name, &mail.sender.name)
            || mail.header_name.as_deref().is_some_and(|h| same(name, h))
            || meaning
                .people
                .list
                .iter()
                .chain(&meaning.leaving.list)
                .any(|p| same(name, &p.person.name))
            || meaning.people.dropped.iter().any(|d| same(name, d))
            || is_body_of(mail, meaning, name)
            || is_behind_several(mail, meaning, name)
    };
    let own = own_lines(mail, meaning);
    cut.clauses.iter().enumerate().any(|(number, clause)| {
        let label = is(cut.word(clause.tokens.start), Is::LabelStructure)
            && cut
                .tokens
                .get(clause.tokens.start + 1)
                .or_else(|| cut.tokens.get(clause.tokens.end))
                .is_some_and(|t| t.before.colon);
        // « Club : … » may be cut at its colon
        let labelled = number
            .checked_sub(1)
            .and_then(|b| cut.clauses.get(b))
            .is_some_and(|b| {
                b.tokens.len() == 1 && is(cut.word(b.tokens.start), Is::LabelStructure)
            });
        !is_frame(clause)
            && !label
            && !labelled
            && !is_settled(clause)
            && !is_taken_up(cut, number)
            && !is_done(cut, clause)
            && !is_source(cut, clause)
            && !super::follows_up(cut, clause)
            && !(meaning.intent == Intent::Cancel && is_yes_of(cut, clause))
            && cut.names_in(clause).any(|n| {
                let body = number >= own && is_body(cut, clause, n);
                // « JE M INSCRIS »: no « M. Inscris »
                let said = !n.full && crate::core::person::fold(&n.name).contains(" inscri");
                if body || said || is_called(mail, meaning, clause, n) {
                    return false;
                }
                let title = cut.mentions.iter().any(|m| inside(&n.range, &m.range));
                !title && !known(&n.name) && !is_led_away(cut, n.range.start)
            })
    })
}

/// "So scrap her", « barrez Paul »: somebody named before is taken back, and it was not understood who
/// is left.
pub(super) fn is_taken_back(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    const VERBS: [&str; 12] = [
        "scrap", "forget", "drop", "strike", "cross", "skip", "barre", "barrez", "oublie",
        "oubliez", "enleve", "enlevez",
    ];
    let cut = &mail.new;
    let several = meaning.people.list.len() > 1;
    several
        && meaning.people.dropped.is_empty()
        && (0..cut.tokens.len()).any(|i| {
            VERBS.contains(&cut.word(i))
                && (i + 1..i + 3).any(|j| {
                    matches!(
                        cut.word(j),
                        "her" | "him" | "them" | "la" | "le" | "les" | "that"
                    ) && !is_session_noun(cut.word(j + 1))
                        || cut.tokens.get(j).is_some_and(|t| {
                            cut.names
                                .iter()
                                .any(|n| inside(&(t.start..t.end), &n.range))
                        })
                })
        })
}

/// « Nine et moi », « avec Nine »: a capital joined to the writer that no participant's name holds.
pub(super) fn has_companion(mail: &Mail<'_>, meaning: &Meaning) -> bool {
    let cut = &mail.new;
    let me = |i: usize| matches!(cut.word(i), "moi" | "i" | "me" | "myself");
    let and = |i: usize| matches!(cut.word(i), "et" | "and");
    let back = |i: usize, n: usize| i.checked_sub(n);
    let own = own_lines(mail, meaning);
    cut.clauses
        .iter()
        .take(own)
        .filter(|c| !is_frame(c) && !is_done(cut, c) && !is_source(cut, c))
        .filter(|c| !super::follows_up(cut, c))
        .flat_map(|c| c.tokens.clone())
        .any(|i| {
            let Some(token) = cut.tokens.get(i) else {
                return false;
            };
            let joined = matches!(cut.word(i + 1), "too" | "aussi" | "egalement")
                || and(i + 1) && me(i + 2)
                || back(i, 1).is_some_and(and) && back(i, 2).is_some_and(me)
                || back(i, 1).is_some_and(|b| matches!(cut.word(b), "avec" | "with"));
            // "with Strathmuir Development Trust"
            let body = (i..i + 5)
                .take_while(|n| cut.tokens.get(*n).is_some_and(|t| t.capital))
                .any(|n| is(cut.word(n), Is::Structure));
            joined
                && !body
                && token.capital
                && token.kind == Kind::Word
                && !is(&token.folded, Is::Title)
                && !is_session_noun(&token.folded)
                && !is(&token.folded, Is::Structure)
                && !cut
                    .mentions
                    .iter()
                    .any(|m| inside(&(token.start..token.end), &m.range))
                && !meaning.people.list.iter().any(|p| {
                    crate::core::person::fold(&p.person.name)
                        .split([' ', '-', '\'', '’'])
                        .any(|word| word == token.folded)
                })
        })
}
