//! Who takes part, who gives a seat up, and whose details change.
//!
//! A name counts by its place: in a form, table or list; as subject or object of the act's clause; or as
//! the sender, where the act speaks in the first person. Never a name that is not in the mail.

use super::Participant;
use super::acts::{Act, Deed, Who};
use super::clause::{Clause, Cut, inside};
use super::mail::Mail;
use super::names::{NameFound, may_be, restore};
use super::signature::{details_near, emails_in, forms_in, lists_in, phones_in, tables_in};
use super::thread::Letter;
use crate::core::lexicon::Cue;
use crate::core::person::{Address, Person, name_key};

/// People of one kind, and whether they are certain.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// The people.
    pub list: Vec<Participant>,
    /// Somebody could not be named.
    pub unclear: bool,
    /// The sender is among them because the act speaks in the first person.
    pub sender: bool,
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

/// Says who comes, by the acts of registering.
pub fn registered(mail: &Mail<'_>, acts: &[&Act]) -> People {
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
        near && includes_sender(&mail.new, c)
    });
    let first = acts.iter().any(|a| a.who == Who::I);
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
    let alone = acts.iter().all(|a| matches!(a.who, Who::Unsaid)) && people.list.is_empty();
    if and_me
        || first
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
        && count > people.list.len()
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

/// « ma collègue en copie »: whom only the header names.
fn add_copied(mail: &Mail<'_>, acts: &[&Act], people: &mut People) {
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
            && let Some(name) = super::names::name_of_address(address)
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
fn speaks_of_colleague(mail: &Mail<'_>, acts: &[&Act]) -> bool {
    let cut = &mail.new;
    acts.iter()
        .filter_map(|a| cut.clauses.get(a.clause))
        .flat_map(|c| c.tokens.clone())
        .any(|i| {
            super::acts::is_colleague(cut.word(i))
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
fn first_person_comes(acts: &[&Act]) -> bool {
    acts.iter().any(|a| a.who == Who::I)
}

fn covers_sender(mail: &Mail<'_>, people: &People) -> bool {
    people
        .list
        .iter()
        .any(|p| same(&p.person.name, &mail.sender.name))
}

/// « et moi », « moi-même », « nous deux »; « avec moi » does not ask for the sender again where it
/// adds another (« merci de l'ajouter »).
fn includes_sender(cut: &Cut<'_>, clause: &Clause) -> bool {
    clause.cues.has(Cue::AndMe)
        && !clause.cues.has(Cue::Not)
        && !clause.hits.iter().any(|h| {
            h.cue == Cue::AndMe && cut.word(h.first) == "avec" && cut.word(h.first + 1) == "moi"
        })
        && !clause.cues.has(Cue::NotMe)
}

fn add_sender(mail: &Mail<'_>, people: &mut People) {
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
/// ROGER CHAPUISAT BOULANGER ».
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
                .then(|| super::names::parse_name(text))
                .flatten()
        })
    })
}

/// Says whether people stand in a form, a table or a list.
pub fn is_listed(mail: &Mail<'_>) -> bool {
    !listed(mail).is_empty()
}

/// Gives the names in a clause, short forms completed.
pub fn names_in_clause(mail: &Mail<'_>, clause: &Clause) -> Vec<String> {
    names_of(mail, &mail.new, clause)
        .into_iter()
        .map(|n| n.name)
        .collect()
}

/// What the writer's earlier mail, quoted under our question, asked for.
pub fn earlier_intent(mail: &Mail<'_>) -> Option<super::Intent> {
    let text = earlier_text(mail)?;
    let cut = Cut::new(text, Vec::new(), Vec::new());
    let found = super::acts::acts(&cut);
    let has = |deed: Deed| found.iter().any(|a| a.deed == deed && !a.weak);
    if has(Deed::Quit) || has(Deed::NotCome) {
        return Some(super::Intent::Cancel);
    }
    has(Deed::Register).then_some(super::Intent::Register)
}

/// The writer's own words below our question: a quoted mail of theirs, or what our letter repeats.
fn earlier_text<'m>(mail: &'m Mail<'_>) -> Option<&'m str> {
    let own = mail
        .thread
        .iter()
        .find(|t| t.letter == Letter::Own)
        .map(|t| t.quote.text.as_str());
    let repeated = mail
        .thread
        .first()
        .filter(|t| t.letter == Letter::AskedBack)
        .and_then(|_| mail.thread.get(1))
        .filter(|t| t.letter == Letter::Others && t.quote.from_email.is_none())
        .map(|t| t.quote.text.as_str());
    own.or(repeated).or_else(|| {
        let asked = mail.thread.iter().find(|t| t.letter == Letter::AskedBack)?;
        let text = asked.quote.text.as_str();
        let at = text.find("\n>")?;
        text.get(at..)
    })
}

/// Gives the sender alone.
pub fn sender_only(mail: &Mail<'_>) -> People {
    let mut people = People::default();
    add_sender(mail, &mut people);
    people
}

/// Who is meant by an answer to our question: whom the first mail named, else the sender.
pub fn answering(mail: &Mail<'_>) -> People {
    let mut people = People::default();
    if let Some(text) = earlier_text(mail) {
        let text = text.replace("\n>", "\n");
        let names = super::names::names_in(&text);
        let mentions = Vec::new();
        let cut = Cut::new(&text, names, mentions);
        let others = super::acts::acts(&cut)
            .iter()
            .any(|a| a.deed == Deed::Register && a.who == Who::Others);
        if others {
            for found in cut
                .names
                .iter()
                .filter(|n| n.full && !mail.is_ours(&n.name))
            {
                if !same(&found.name, &mail.sender.name) {
                    let near = details_near(&text, &found.name);
                    people.push(Person {
                        name: found.name.clone(),
                        ..near
                    });
                }
            }
        }
    }
    if people.list.is_empty() {
        add_sender(mail, &mut people);
    }
    complete(mail, &mut people);
    people
}

/// People of a form, a table or a list in the newly written text.
fn listed(mail: &Mail<'_>) -> Vec<Person> {
    let text = mail.new.text;
    let mut found = forms_in(text);
    let answered = answers(mail);
    if found.is_empty() && !answered.is_empty() {
        found = forms_in(&answered);
    }
    if found.is_empty() {
        found = tables_in(text);
    }
    let bullets = mail.new.clauses.iter().filter(|c| c.bullet).count();
    let follows = mail
        .new
        .clauses
        .iter()
        .any(|c| c.cues.has(Cue::ListFollows) || c.cues.has(Cue::Unnamed));
    if found.is_empty() && (bullets > 0 || follows) {
        found = lists_in(text);
    }
    found.retain(|p| !p.name.is_empty() && !mail.is_ours(&p.name));
    found
}

/// A form, a table or list marks: what stands there is all there is.
fn is_written_as_list(mail: &Mail<'_>) -> bool {
    !forms_in(mail.new.text).is_empty()
        || !tables_in(mail.new.text).is_empty()
        || mail.new.clauses.iter().filter(|c| c.bullet).count() > 1
}

/// A form filled in between quoted lines: the line asked, then what was answered.
fn answers(mail: &Mail<'_>) -> String {
    let mut text = String::new();
    for quote in &mail.parts.quotes {
        for (answer, asked) in &quote.answered {
            let asked = asked.trim().trim_start_matches(['-', '*', '•', ' ']);
            let asked = asked.trim_end_matches([':', ' ', '\u{a0}', '?']);
            text.push_str(asked);
            text.push_str(" : ");
            text.push_str(answer.trim());
            text.push('\n');
        }
    }
    text
}

/// Words before a name that make it somebody who does not take part by this clause.
fn leads_away(word: &str) -> bool {
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
fn joins(word: &str) -> bool {
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

fn add_named(mail: &Mail<'_>, act: &Act, people: &mut People) {
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

fn push_name(mail: &Mail<'_>, found: NameFound, people: &mut People) {
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

fn word_before<'c>(cut: &'c Cut<'_>, at: usize) -> &'c str {
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
fn names_of(mail: &Mail<'_>, cut: &Cut<'_>, clause: &Clause) -> Vec<NameFound> {
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
            Cue::First,
            Cue::Quit,
            Cue::Cannot,
        ]);
        if ends || blank && !named.is_empty() && !next.bullet {
            break;
        }
        named.extend(names_of(mail, cut, next));
    }
    named
}

/// Names in the sentence of an act, then in what a colon announces, then in the sentence before.
fn names_around(mail: &Mail<'_>, act: &Act) -> Vec<NameFound> {
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

/// How many people the act's sentence counts, if it does.
fn counted(cut: &Cut<'_>, acts: &[&Act]) -> Option<usize> {
    acts.iter()
        .filter_map(|act| cut.clauses.get(act.clause))
        .flat_map(|clause| clause.hits.iter())
        .filter(|hit| matches!(hit.cue, Cue::Unnamed | Cue::Come))
        .filter_map(|hit| {
            (hit.first..hit.end).find_map(|i| match cut.word(i) {
                _ if super::acts::is_session_noun(cut.word(i + 1)) => None,
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

/// Fills in what the mail says of each, and what colleagues share.
fn complete(mail: &Mail<'_>, people: &mut People) {
    let mut elsewhere = String::from(&mail.parts.signature);
    for address in mail.message.from.iter().chain(&mail.message.cc) {
        elsewhere.push('\n');
        elsewhere.push_str(address.name.as_deref().unwrap_or_default());
    }
    let sender = &mail.sender;
    let text = mail.new.text;
    let count = people.list.len();
    for participant in &mut people.list {
        let person = &mut participant.person;
        let is_sender =
            !mail.colleague && !sender.name.is_empty() && same(&person.name, &sender.name);
        if is_sender {
            merge(person, sender.clone());
        } else {
            let near = details_near(text, &person.name);
            let near = Person {
                name: String::new(),
                ..near
            };
            merge(person, near);
        }
        let header = mail
            .known
            .iter()
            .find(|k| name_key(&k.name) == name_key(&person.name) || may_be(&person.name, &k.name));
        if let Some(known) = header {
            if person.name.len() < known.name.len() && may_be(&person.name, &known.name) {
                person.name = known.name.clone();
            }
            person.email = person.email.take().or_else(|| known.email.clone());
        }
        if !is_sender {
            for threaded in &mail.thread {
                if matches!(threaded.letter, Letter::Own | Letter::Others)
                    && threaded
                        .quote
                        .text
                        .contains(person.name.split(' ').next_back().unwrap_or("\0"))
                {
                    let near = details_near(&threaded.quote.text, &person.name);
                    merge(
                        person,
                        Person {
                            name: String::new(),
                            ..near
                        },
                    );
                }
            }
            if person.organisation.is_none() && !mail.colleague {
                person.organisation.clone_from(&sender.organisation);
            }
            if count == 1 && person.email.is_none() && !mail.colleague {
                person.email = only_foreign_email(mail);
            }
        }
        if is_titled(&person.name)
            && let Some(email) = person.email.clone()
            && let Some(full) = super::names::name_of_address(&Address { name: None, email })
            && may_be(&person.name, &full)
        {
            person.name = full;
        }
        person.name = restore(&person.name, &elsewhere);
    }
}

/// The one address in the newly written text that is neither the sender's nor ours.
fn only_foreign_email(mail: &Mail<'_>) -> Option<String> {
    let from = mail
        .message
        .author()
        .map(|a| a.email.as_str())
        .unwrap_or_default();
    let mut found: Vec<String> = emails_in(mail.new.text)
        .into_iter()
        .map(|(_, email)| email)
        .filter(|email| !email.eq_ignore_ascii_case(from))
        .filter(|email| !mail.context.organisation.is_own_domain(email))
        .collect();
    found.dedup();
    match found.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The address after a change: the last one named that the mail does not come from.
fn new_email(mail: &Mail<'_>) -> Option<String> {
    let from = mail
        .message
        .author()
        .map(|a| a.email.as_str())
        .unwrap_or_default();
    let mut told: Vec<String> = emails_in(mail.new.text)
        .into_iter()
        .map(|(_, email)| email)
        .filter(|email| !mail.context.organisation.is_own_domain(email))
        .collect();
    told.dedup();
    let last = told.pop()?;
    // alone, the sender's own address is no change; « remplacer a@x par b@y » ends with the new one
    (!told.is_empty() || !last.eq_ignore_ascii_case(from)).then_some(last)
}

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
                            act.who != Who::I || joins(word_before(&mail.new, n.range.start))
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

fn is_titled(name: &str) -> bool {
    name.split_once(' ').is_some_and(|(title, rest)| {
        super::people::is(&crate::core::person::fold(title), super::people::Is::Title)
            && !rest.is_empty()
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
    let named = all_named(mail, acts);
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
                if noun.starts_with("place")
                    || noun.starts_with("remplacant")
                    || matches!(*noun, "stead" | "seat" | "spot" | "inscription" | "booking") =>
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
            ["sa" | "leur" | "his" | "her" | "their", noun]
                if noun.starts_with("place") || matches!(*noun, "stead" | "seat" | "spot") =>
            {
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

/// Whose details change, with the details after the change.
pub fn updated(mail: &Mail<'_>, acts: &[&Act]) -> People {
    let mut people = People::default();
    let from = mail.message.author().map(|a| a.email.clone());
    let mut named = Vec::new();
    for act in acts {
        if let Some(clause) = mail.new.clauses.get(act.clause) {
            for other in mail
                .new
                .clauses
                .iter()
                .filter(|c| c.sentence == clause.sentence)
            {
                named.extend(names_of(mail, &mail.new, other));
            }
        }
    }
    let renamed = named.iter().find(|n| {
        n.full
            && shares_word(&n.name, &mail.sender.name)
            && name_key(&n.name) != name_key(&mail.sender.name)
    });
    if let Some(renamed) = renamed {
        people.push(Person {
            name: renamed.name.clone(),
            email: mail.sender.email.clone().or_else(|| from.clone()),
            ..mail.sender.clone()
        });
        people.sender = true;
    }
    named.retain(|n| mail.sender.name.is_empty() || !shares_word(&n.name, &mail.sender.name));
    for found in named {
        push_name(mail, found, &mut people);
    }
    if people.list.is_empty() {
        add_sender(mail, &mut people);
    }
    complete(mail, &mut people);
    let told = new_email(mail);
    let phones = phones_in(mail.new.text);
    if let [only] = people.list.as_mut_slice() {
        if let Some(told) = told {
            only.person.email = Some(told);
        } else if people.sender && only.person.email.is_none() {
            only.person.email = from;
        }
        if let [phone] = phones.as_slice() {
            only.person.phone = Some(phone.number.clone());
        }
    }
    people.unclear |= people.list.len() != 1;
    people
}

fn shares_word(a: &str, b: &str) -> bool {
    let b = name_key(b);
    name_key(a)
        .split(' ')
        .any(|word| b.split(' ').any(|other| other == word))
}
