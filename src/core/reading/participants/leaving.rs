//! Who gives a seat up and who takes it.

use super::super::acts::{Act, Deed, Who};
use super::super::clause::{Cut, inside};
use super::super::mail::Mail;
use super::super::names::{NameFound, restore};
use super::details::{complete, only_foreign_email};
use super::named::{joins, names_around, names_of, push_name, word_before};
use super::sender::{add_sender, includes_sender};
use super::{People, same};
use crate::core::lexicon::Cue;

/// Says who gives a seat up, as the mail names them.
pub fn removed(mail: &Mail<'_>, acts: &[&Act]) -> People {
    let mut people = People::default();
    for act in acts {
        match act.who {
            Who::Others => {
                let before = people.list.len();
                if let Some(clause) = mail.new.clauses.get(act.clause) {
                    for found in names_of(mail, &mail.new, clause) {
                        push_name(mail, found, &mut people);
                    }
                }
                if people.list.len() == before {
                    let around = names_around(mail, act);
                    people.unclear |= around.is_empty() && before == 0;
                    for found in around {
                        push_name(mail, found, &mut people);
                    }
                }
            }
            Who::I | Who::We | Who::Unsaid => {
                let mut named = Vec::new();
                if let Some(clause) = mail.new.clauses.get(act.clause) {
                    named = names_of(mail, &mail.new, clause)
                        .into_iter()
                        .filter(|n| {
                            act.who != Who::I
                                || joins(word_before(&mail.new, n.range.start))
                                || is_before_me(&mail.new, n)
                        })
                        .collect();
                }
                let others = named.iter().any(|n| !same(&n.name, &mail.sender.name));
                for found in named {
                    push_name(mail, found, &mut people);
                }
                if (act.who == Who::I || !others) && !mail.colleague {
                    add_sender(mail, &mut people);
                }
                let and_me = mail
                    .new
                    .clauses
                    .get(act.clause)
                    .is_some_and(|c| includes_sender(&mail.new, c));
                if and_me && others && !mail.colleague {
                    // « Inès et moi on laisse nos places »
                    add_sender(mail, &mut people);
                }
                people.unclear |= act.who == Who::We && !others;
            }
        }
    }
    for participant in &mut people.list {
        participant.person.name = restore(&participant.person.name, &mail.parts.signature);
    }
    untitle(&mut people);
    people
}

/// « Inès et moi », "Ann and I"
fn is_before_me(cut: &Cut<'_>, name: &NameFound) -> bool {
    let after = cut.tokens.partition_point(|t| t.start < name.range.end);
    matches!(cut.word(after), "et" | "and")
        && matches!(cut.word(after + 1), "moi" | "i" | "me" | "myself")
}

pub(super) fn is_titled(name: &str) -> bool {
    name.split_once(' ').is_some_and(|(title, rest)| {
        super::super::people::is(
            &crate::core::person::fold(title),
            super::super::people::Is::Title,
        ) && !rest.is_empty()
    })
}

/// Who gives a seat up is named without title; the register knows the rest.
fn untitle(people: &mut People) {
    for participant in &mut people.list {
        let bare = participant
            .person
            .name
            .split_once(' ')
            .filter(|(title, _)| {
                matches!(
                    crate::core::person::fold(title).as_str(),
                    "m" | "mr"
                        | "mme"
                        | "mlle"
                        | "monsieur"
                        | "madame"
                        | "mademoiselle"
                        | "dr"
                        | "mrs"
                        | "ms"
                        | "miss"
                        | "messieurs"
                        | "mesdames"
                )
            });
        if let Some((_, bare)) = bare {
            participant.person.name = bare.to_owned();
        }
    }
}

/// Who comes instead of whom.
pub fn replaced(mail: &Mail<'_>, acts: &[&Act]) -> (People, People) {
    let cut = &mail.new;
    let mut newcomers = People::default();
    let mut leavers = People::default();
    let mut named = all_named(mail, acts);
    if let Some(holder) = holder_before(mail, acts, &named) {
        named.insert(0, holder);
    }
    let named = named;
    let mut leaving: Vec<&NameFound> = Vec::new();
    let by_arrow = cut.clauses.iter().find_map(|c| c.arrow.map(|at| (c, at)));
    if let Some((clause, at)) = by_arrow {
        let place = cut.tokens.get(at).map_or(0, |t| t.start);
        leaving = named
            .iter()
            .filter(|n| inside(&n.range, &clause.range) && n.range.start < place)
            .collect();
    } else {
        for act in acts.iter().filter(|a| a.deed == Deed::Replace) {
            leaving.extend(leaving_by_words(cut, act, &named));
        }
    }
    if leaving.is_empty() {
        // whom another clause says not to come
        for act in acts
            .iter()
            .filter(|a| matches!(a.deed, Deed::NotCome | Deed::Quit))
        {
            if let Some(clause) = cut.clauses.get(act.clause)
                && act.who == Who::Others
            {
                let replaces = |n: &NameFound| {
                    acts.iter().any(|r| {
                        r.deed == Deed::Replace
                            && cut
                                .clauses
                                .get(r.clause)
                                .is_some_and(|c| inside(&n.range, &c.range))
                    })
                };
                leaving.extend(named.iter().filter(|n| {
                    inside(&n.range, &clause.range)
                        && (clause.hits.iter().all(|h| h.cue != Cue::Replace) || !replaces(n))
                }));
            }
        }
    }
    let by_sender = leaving.is_empty();
    for found in &named {
        if leaving
            .iter()
            .any(|l| l.range == found.range || same(&l.name, &found.name))
        {
            push_name(mail, found.clone(), &mut leavers);
        } else if !by_sender || !same(&found.name, &mail.sender.name) {
            push_name(mail, found.clone(), &mut newcomers);
        }
    }
    if by_sender && !mail.colleague {
        add_sender(mail, &mut leavers);
    }
    if newcomers.list.is_empty() && !by_sender && acts.iter().any(|a| a.who == Who::I) {
        add_sender(mail, &mut newcomers);
    }
    if newcomers.sender && leavers.list.iter().any(|p| !p.person.name.contains(' ')) {
        // « Julien m'a dit que je pouvais récupérer sa place »: which Julien, and does he say so?
        leavers.unclear = true;
    }
    newcomers.unclear |=
        newcomers.list.is_empty() || newcomers.list.iter().any(|p| !p.person.name.contains(' '));
    untitle(&mut leavers);
    leavers.unclear |= leavers.list.is_empty();
    complete(mail, &mut newcomers);
    if newcomers.list.len() == 1
        && let Some(only) = newcomers.list.first_mut()
    {
        let from = mail.message.author().map(|a| a.email.as_str());
        if only.person.email.as_deref() == from && !newcomers.sender {
            only.person.email = only_foreign_email(mail);
        }
    }
    (newcomers, leavers)
}

/// « Luc Ozon est arrêté. Anne prendra sa place »: whose seat it is, the sentences before tell.
fn holder_before(mail: &Mail<'_>, acts: &[&Act], named: &[NameFound]) -> Option<NameFound> {
    /// Clauses back in which the holder is named.
    const BACK: usize = 4;
    let cut = &mail.new;
    let act = acts.iter().find(|a| a.deed == Deed::Replace)?;
    let clause = cut.clauses.get(act.clause)?;
    let words = act.tokens.start..(act.tokens.end + 2).min(clause.tokens.end);
    let theirs = words.clone().any(|i| {
        matches!(cut.word(i), "sa" | "leur" | "his" | "her" | "their")
            && matches!(
                cut.word(i + 1),
                "place" | "places" | "seat" | "spot" | "stead" | "siege"
            )
    });
    let lone = matches!(named, [only] if inside(&only.range, &clause.range));
    if !theirs || !(lone || named.is_empty()) {
        return None;
    }
    cut.clauses
        .iter()
        .take(act.clause)
        .rev()
        .filter(|c| c.sentence < clause.sentence && !c.cues.any(&[Cue::Greeting, Cue::Thanks]))
        .take(BACK)
        .find_map(|c| names_of(mail, cut, c).pop())
}

/// Names in the clauses of the acts and in their sentences, in order, each once.
fn all_named(mail: &Mail<'_>, acts: &[&Act]) -> Vec<NameFound> {
    let cut = &mail.new;
    let sentences: Vec<usize> = acts
        .iter()
        .filter_map(|a| cut.clauses.get(a.clause))
        .map(|c| c.sentence)
        .collect();
    let mut named: Vec<NameFound> = Vec::new();
    for clause in &cut.clauses {
        let near = sentences.contains(&clause.sentence) || clause.arrow.is_some();
        if near && !(clause.cues.any(&[Cue::Greeting, Cue::Closing]) && clause.tokens.len() < 4) {
            named.extend(names_of(mail, cut, clause));
        }
    }
    if named.iter().all(|n| same(&n.name, &mail.sender.name)) {
        // announced by a colon, or told in the next sentences
        let last = sentences.iter().max().copied().unwrap_or(0);
        for clause in cut.clauses.iter().filter(|c| c.sentence > last).take(6) {
            if clause.tokens.len() > 1 {
                named.extend(names_of(mail, cut, clause));
            }
        }
    }
    named
}

/// A word for what somebody gives up or takes.
fn is_seat(word: &str) -> bool {
    word.starts_with("place")
        || matches!(
            word,
            "siege"
                | "fauteuil"
                | "tour"
                | "creneau"
                | "stead"
                | "seat"
                | "spot"
                | "slot"
                | "chair"
                | "space"
                | "turn"
        )
}

/// Whom « à la place de X », « X sera remplacé par », « à sa place » name as leaving.
fn leaving_by_words<'n>(cut: &Cut<'_>, act: &Act, named: &'n [NameFound]) -> Vec<&'n NameFound> {
    let bytes = cut.bytes(act.tokens.clone());
    let before = || named.iter().find(|n| n.range.start < bytes.start);
    let after = || named.iter().find(|n| n.range.start >= bytes.start);
    let window: Vec<&str> = (act.tokens.start..act.tokens.end + 1)
        .map(|i| cut.word(i))
        .collect();
    for pair in window.windows(2) {
        match pair {
            ["ma" | "my" | "notre" | "our" | "mon", noun]
                if is_seat(noun)
                    || noun.starts_with("remplacant")
                    || matches!(*noun, "inscription" | "booking") =>
            {
                return Vec::new();
            }
            ["me" | "m" | "nous", verb] if verb.starts_with("remplac") => return Vec::new(),
            [
                "replace" | "of" | "for" | "que" | "de" | "than",
                "me" | "us" | "moi" | "nous",
            ] => {
                return Vec::new();
            }
            ["sa" | "leur" | "his" | "her" | "their", noun] if is_seat(noun) => {
                return before().into_iter().collect();
            }
            ["le" | "la" | "les" | "l", verb] if verb.starts_with("remplac") => {
                return before().into_iter().collect();
            }
            _ => {}
        }
    }
    let stands_in = window
        .iter()
        .position(|w| *w == "instead")
        .is_some_and(|at| !matches!(window.get(at + 1).copied(), Some("of")));
    if stands_in {
        // "Y can't, so X will come instead": the nearest enters; with « and » both do
        let at = (act.tokens.start..act.tokens.end + 1)
            .find(|i| cut.word(*i) == "instead")
            .and_then(|i| cut.tokens.get(i))
            .map_or(bytes.end, |t| t.start);
        let mut told: Vec<&NameFound> = named.iter().filter(|n| n.range.start < at).collect();
        let newcomer = told.pop();
        let joined = newcomer
            .is_some_and(|n| matches!(word_before(cut, n.range.start), "and" | "et" | "or"));
        return if joined { Vec::new() } else { told };
    }
    if window.iter().any(|w| matches!(*w, "par" | "by" | "with")) {
        return before().or_else(after).into_iter().collect();
    }
    if window.iter().any(|w| {
        matches!(*w, "lieu" | "instead" | "place" | "que" | "than")
            || w.starts_with("remplac")
            || w.starts_with("replac")
    }) {
        let target = cut.bytes(act.tokens.start..act.tokens.end + 3);
        return named
            .iter()
            .find(|n| n.range.start >= bytes.start && n.range.start < target.end)
            .into_iter()
            .collect();
    }
    Vec::new()
}
