//! Who takes part, who gives a seat up, and whose details change.
//!
//! A name counts by its place: in a form, table or list; as subject or object of the act's clause; or as
//! the sender, where the act speaks in the first person. Never a name that is not in the mail.

mod companions;
mod details;
mod leaving;
mod listed;
mod named;
mod recap;
mod sender;

use companions::{add_companions, add_cosigners};
use details::complete;
pub use details::updated;
pub use leaving::{removed, replaced};
pub use listed::{answering, earlier_intent, is_form, is_listed};
use listed::{is_written_as_list, listed};
pub(super) use named::leads_away;
pub use named::names_in_clause;
use named::{add_named, counted};
use recap::{drop_refused, keep_recounted};
pub use sender::sender_only;
use sender::{
    add_copied, add_sender, covers_sender, first_person_comes, includes_sender, speaks_of_colleague,
};

use super::Participant;
use super::acts::{Act, Who};
use super::mail::Mail;
use super::names::may_be;
use super::people;
use crate::core::lexicon::Cue;
use crate::core::person::{Person, name_key};

/// People of one kind, and whether they are certain.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// The people.
    pub list: Vec<Participant>,
    /// Somebody could not be named.
    pub unclear: bool,
    /// The sender is among them because the act speaks in the first person.
    pub sender: bool,
    /// Named first, and taken back in the same mail.
    pub dropped: Vec<String>,
}

impl People {
    fn push(&mut self, person: Person) {
        let known = self
            .list
            .iter_mut()
            .find(|p| same(&p.person.name, &person.name));
        match known {
            Some(known) => merge(&mut known.person, person),
            None => self.list.push(Participant {
                person,
                sessions: Vec::new(),
            }),
        }
    }

    /// Gives the names.
    pub fn names(&self) -> Vec<String> {
        self.list.iter().map(|p| p.person.name.clone()).collect()
    }
}

/// Says whether two names are the same person's within one mail.
pub fn same(a: &str, b: &str) -> bool {
    name_key(a) == name_key(b) || may_be(a, b) || may_be(b, a)
}

/// Takes over what the first does not know.
pub fn merge(into: &mut Person, from: Person) {
    if into.name.is_empty() || may_be(&into.name, &from.name) && from.name.len() > into.name.len() {
        into.name = from.name;
    }
    into.email = into.email.take().or(from.email);
    into.organisation = into.organisation.take().or(from.organisation);
    into.role = into.role.take().or(from.role);
    into.phone = into.phone.take().or(from.phone);
}

fn names_others(mail: &Mail<'_>, people: &People) -> bool {
    people
        .list
        .iter()
        .any(|p| !same(&p.person.name, &mail.sender.name))
}

/// Says who comes, by the acts of registering.
pub fn registered(mail: &Mail<'_>, acts: &[&Act]) -> People {
    let adds = acts.len() > 1
        && acts
            .iter()
            .flat_map(|a| a.tokens.clone())
            .any(|i| mail.new.word(i).contains("ajout") || mail.new.word(i) == "add");
    let fresh = |act: &&&Act| {
        let clause = mail.new.clauses.get(act.clause);
        !(adds && clause.is_some_and(|c| super::gates::follows_up(&mail.new, c)))
    };
    let acts: Vec<Act> = acts
        .iter()
        .filter(fresh)
        .map(|act| seen_for(mail, act))
        .collect();
    registered_by(mail, &acts.iter().collect::<Vec<_>>())
}

/// « je voudrais une place pour notre trésorière, Mme Ozon »: who asks is not who comes.
fn seen_for(mail: &Mail<'_>, act: &Act) -> Act {
    let cut = &mail.new;
    let mut seen = act.clone();
    let Some(clause) = cut.clauses.get(act.clause) else {
        return seen;
    };
    let own = |i: usize| {
        matches!(
            cut.word(i),
            "mon" | "ma" | "mes" | "notre" | "nos" | "my" | "our"
        )
    };
    let me = clause
        .tokens
        .clone()
        .any(|i| matches!(cut.word(i), "moi" | "me" | "myself"))
        || clause.cues.has(Cue::AndMe);
    let target = (act.tokens.start..clause.tokens.end).find(|i| {
        matches!(cut.word(*i), "pour" | "for")
            && (own(i + 1)
                && (i + 2..i + 4).any(|j| {
                    people::is(cut.word(j), people::Is::Function)
                        || people::is(cut.word(j), people::Is::PersonLead)
                }))
    });
    let named = target.and_then(|i| cut.tokens.get(i)).is_some_and(|t| {
        cut.names_in(clause)
            .any(|n| n.range.start > t.start && n.full)
    });
    if act.who == Who::I && act.cue == Cue::Enrol && named && !me {
        seen.who = Who::Others;
    }
    seen
}

fn registered_by(mail: &Mail<'_>, acts: &[&Act]) -> People {
    let mut people = People::default();
    let mut listed = listed(mail);
    if !listed.is_empty() && !is_written_as_list(mail) {
        // a sentence may name more people than its lines show
        let mut told = People::default();
        for act in acts {
            add_named(mail, act, &mut told);
        }
        if told.list.len() > listed.len() {
            listed = told.list.into_iter().map(|p| p.person).collect();
        }
    }
    let mine: Vec<usize> = acts.iter().map(|a| a.clause).collect();
    let told = mail.new.announced(&mine);
    let and_me = mail.new.clauses.iter().enumerate().any(|(number, c)| {
        let near = told.contains(&number)
            || mine.is_empty() && c.bullet
            || mine
                .iter()
                .filter_map(|i| mail.new.clauses.get(*i))
                .any(|a| a.sentence == c.sentence);
        near && includes_sender(&mail.new, c) && !super::gates::follows_up(&mail.new, c)
    });
    // « moi-même je ne viens pas »: said beside others, it enters nobody
    let stays = |a: &Act| {
        mail.new
            .clauses
            .get(a.clause)
            .is_some_and(|c| c.cues.has(Cue::NotMe) && !c.cues.has(Cue::AndMe))
    };
    let away = mail
        .new
        .clauses
        .iter()
        .any(|c| c.cues.has(Cue::NotMe) && !c.cues.has(Cue::AndMe));
    // « je vous adresse deux inscriptions : A, B »: the list is whole without the writer
    let whole = mine
        .iter()
        .filter_map(|i| mail.new.clauses.get(*i))
        .flat_map(|c| super::gates::stated(&mail.new, c))
        .any(|count| count == listed.len());
    let first = !whole && acts.iter().any(|a| a.who == Who::I && !stays(a));
    if !listed.is_empty() {
        let several = listed.len() > 1;
        for person in listed {
            people.push(person);
        }
        let mine = !several && acts.iter().all(|a| a.who != Who::Others);
        if mine
            && !mail.colleague
            && let Some(only) = people.list.first_mut()
            && same(&only.person.name, &mail.sender.name)
        {
            merge(&mut only.person, mail.sender.clone());
            people.sender = true;
        }
    } else {
        for act in acts {
            add_named(mail, act, &mut people);
        }
    }
    if !acts.is_empty() && acts.iter().all(|a| a.who != Who::Others) {
        add_companions(mail, acts, &mut people);
    }
    let alone = acts.iter().all(|a| matches!(a.who, Who::Unsaid)) && people.list.is_empty();
    if and_me
        || first
            && !(away && names_others(mail, &people))
            && (people.list.is_empty() || !covers_sender(mail, &people) && first_person_comes(acts))
        || alone
    {
        add_sender(mail, &mut people);
    }
    if people
        .list
        .iter()
        .all(|p| same(&p.person.name, &mail.sender.name))
    {
        add_copied(mail, acts, &mut people);
    }
    let lone = people
        .list
        .iter()
        .all(|p| same(&p.person.name, &mail.sender.name));
    let together = acts
        .iter()
        .filter_map(|a| mail.new.clauses.get(a.clause))
        .flat_map(|c| c.tokens.clone())
        .any(|i| matches!(mail.new.word(i), "on" | "nous" | "we" | "us"));
    if lone && together {
        add_cosigners(mail, &mut people);
    }
    keep_recounted(mail, &mut people);
    if people.list.len() > 1 && people.dropped.is_empty() {
        drop_refused(mail, &mut people);
    }
    let others = people
        .list
        .iter()
        .filter(|p| !same(&p.person.name, &mail.sender.name))
        .count();
    let we = acts.iter().all(|a| a.who == Who::We) && !acts.is_empty();
    if others == 0 && (we || speaks_of_colleague(mail, acts)) {
        people.unclear = true;
    }
    if acts.iter().any(|a| a.who == Who::Others) && people.list.is_empty() {
        people.unclear = true;
    }
    let adds = acts
        .iter()
        .flat_map(|a| a.tokens.clone())
        .any(|i| mail.new.word(i).contains("ajout") || mail.new.word(i) == "add");
    if let Some(count) = counted(&mail.new, acts)
        && count > people.list.len() + people.dropped.len()
        && !adds
    {
        people.unclear = true;
    }
    if people.unclear
        && people.sender
        && others == 0
        && counted(&mail.new, acts).is_some_and(|n| n > 1)
    {
        // seats for people who are named later
        people.list.clear();
    }
    complete(mail, &mut people);
    people
}
