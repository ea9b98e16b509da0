//! The details of the people found, and whose details change.

use super::super::acts::Act;
use super::super::mail::Mail;
use super::super::names::{NameFound, may_be, restore};
use super::super::people::{Is, is};
use super::super::signature::{details_near, emails_in, organisation_in, phones_in};
use super::super::thread::Letter;
use super::leaving::is_titled;
use super::named::{names_of, push_name};
use super::sender::add_sender;
use super::{People, merge, same};
use crate::core::person::{Address, Person, fold, name_key};

/// Fills in what the mail says of each, and what colleagues share.
pub(super) fn complete(mail: &Mail<'_>, people: &mut People) {
    let mut elsewhere = String::from(&mail.parts.signature);
    for address in mail.message.from.iter().chain(&mail.message.cc) {
        elsewhere.push('\n');
        elsewhere.push_str(address.name.as_deref().unwrap_or_default());
    }
    let sender = &mail.sender;
    let text = mail.new.text;
    let count = people.list.len();
    let others = people
        .list
        .iter()
        .filter(|p| mail.colleague || !same(&p.person.name, &sender.name))
        .count();
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
        if is_sender {
            let own = mail.thread.iter().filter(|t| t.letter == Letter::Own);
            for threaded in own {
                let earlier = details_near(&threaded.quote.text, &person.name);
                let earlier = Person {
                    name: String::new(),
                    email: None,
                    ..earlier
                };
                merge(person, earlier);
            }
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
            if others == 1 && person.phone.is_none() {
                person.phone = their_phone(text, mail.colleague);
            }
            if person.organisation.is_none() && !mail.colleague {
                person.organisation.clone_from(&sender.organisation);
            }
            if person.organisation.is_none() && mail.colleague {
                person.organisation = organisation_in(text)
                    .filter(|body| !fold(&mail.context.organisation.name).contains(&fold(body)));
            }
            if count == 1 && person.email.is_none() && !mail.colleague {
                person.email = only_foreign_email(mail);
            }
        }
        if is_titled(&person.name)
            && let Some(email) = person.email.clone()
            && let Some(full) = super::super::names::name_of_address(&Address { name: None, email })
            && may_be(&person.name, &full)
        {
            person.name = full;
        }
        person.name = restore(&person.name, &elsewhere);
    }
}

/// « vous pouvez la joindre au … », "her number is …"; in the note of a colleague the only number.
fn their_phone(text: &str, note: bool) -> Option<String> {
    /// Words before a number that say whose it is.
    const WORDS: usize = 7;
    let phones = phones_in(text);
    if let [only] = phones.as_slice()
        && note
    {
        return Some(only.number.clone());
    }
    phones
        .into_iter()
        .find(|phone| {
            let before = text.get(..phone.range.start).unwrap_or_default();
            let ends = [". ", "! ", "? ", "; ", "\n\n", ".\n"];
            let from = ends
                .iter()
                .filter_map(|end| before.rfind(end).map(|at| at + end.len()))
                .max()
                .unwrap_or(0);
            let clause = before.get(from..).unwrap_or_default();
            // « à l.riou@… ou au 06 … »
            let told = clause.split('@').next().unwrap_or(clause);
            let folded = fold(told);
            let near: Vec<&str> = folded.split(' ').rev().take(WORDS).collect();
            let has = |list: &[&str]| near.iter().any(|word| list.contains(word));
            let reached = near
                .iter()
                .any(|word| REACHING.iter().any(|stem| word.starts_with(stem)));
            has(&["her", "his", "hers", "sa", "son", "ses"])
                || has(&["la", "le", "lui", "l", "him"]) && reached
                || has(&["he", "she", "il", "elle"]) && has(&["at", "on", "au"])
        })
        .map(|phone| phone.number)
}

/// Stems of words for reaching somebody.
const REACHING: [&str; 9] = [
    "join", "appel", "contact", "rappel", "telephon", "reach", "call", "ring", "text",
];

/// The one address in the newly written text that is neither the sender's nor ours.
pub(super) fn only_foreign_email(mail: &Mail<'_>) -> Option<String> {
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
    let (mut named, corrected) = corrected(mail, named);
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
    let mut bodies: Vec<NameFound> = Vec::new();
    named.retain(|n| {
        let body = is_named_body(mail, n);
        if body {
            bodies.push(n.clone());
        }
        !body
    });
    let forms: Vec<&NameFound> = named
        .iter()
        .filter(|n| n.full && shares_word(&n.name, &mail.sender.name))
        .collect();
    let torn = forms
        .iter()
        .any(|n| forms.iter().any(|o| name_key(&o.name) != name_key(&n.name)));
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
        bodies.retain(|b| !is_given_up(mail, b));
        if let Some(body) = new_body(mail) {
            only.person.organisation = Some(body);
        } else if let Some(body) = bodies.last() {
            only.person.organisation = Some(body.name.clone());
        }
        if let [phone] = phones.as_slice() {
            only.person.phone = Some(phone.number.clone());
        }
    }
    people.unclear |= people.sender && speaks_of_another(mail, acts);
    people.unclear |= people.list.len() != 1 || corrected == Some(false) || torn;
    people
}

/// « l'adresse de notre présidente », "our chairperson's email": a detail of somebody not named.
fn speaks_of_another(mail: &Mail<'_>, acts: &[&Act]) -> bool {
    let cut = &mail.new;
    let own = |i: usize| matches!(cut.word(i), "mon" | "ma" | "notre" | "my" | "our");
    let person =
        |i: usize| is(cut.word(i), Is::Function) || super::super::acts::is_colleague(cut.word(i));
    acts.iter()
        .filter_map(|a| cut.clauses.get(a.clause))
        .flat_map(|c| c.tokens.clone())
        .any(|i| {
            let before = i.checked_sub(1).map_or("", |b| cut.word(b));
            let of = matches!(before, "de" | "of" | "for" | "pour");
            own(i) && person(i + 1) && (of || cut.word(i + 2) == "s")
        })
}

fn is_given_up(mail: &Mail<'_>, name: &NameFound) -> bool {
    let first = mail
        .new
        .tokens
        .partition_point(|t| t.start < name.range.start);
    let before = first.checked_sub(1).map_or("", |i| mail.new.word(i));
    matches!(
        before,
        "plus" | "pas" | "not" | "longer" | "called" | "quitte" | "left"
    ) && first
        .checked_sub(2)
        .is_some_and(|i| mail.new.word(i) != "now")
}

/// « ne s'appelle plus X mais Y »: the capitals after « mais ».
fn new_body(mail: &Mail<'_>) -> Option<String> {
    let cut = &mail.new;
    let at = (0..cut.tokens.len()).find(|i| {
        matches!(cut.word(*i), "appelle" | "called" | "named" | "nomme")
            && matches!(
                cut.word(i + 1),
                "plus" | "pas" | "now" | "desormais" | "maintenant"
            )
    })?;
    let denied = matches!(cut.word(at + 1), "plus" | "pas");
    let from = if denied {
        (at + 2..at + 12).find(|i| matches!(cut.word(*i), "mais" | "but"))? + 1
    } else {
        at + 2
    };
    let end = (from..cut.tokens.len())
        .take_while(|i| {
            cut.tokens.get(*i).is_some_and(|t| {
                t.capital && (*i == from || !(t.before.comma || t.before.stop || t.before.line))
            })
        })
        .last()?;
    cut.text.get(cut.bytes(from..end + 1)).map(str::to_owned)
}

/// « notre projet ne s'appelle plus X mais Y », "our group is now called Y": a body's name, not a person's.
fn is_named_body(mail: &Mail<'_>, name: &NameFound) -> bool {
    /// Words between the word for the body and its names.
    const NEAR: usize = 12;
    let cut = &mail.new;
    let first = cut.tokens.partition_point(|t| t.start < name.range.start);
    let own = |i: usize| {
        matches!(
            cut.word(i),
            "notre" | "mon" | "ma" | "our" | "my" | "the" | "la" | "le" | "l"
        )
    };
    let given = name
        .name
        .split([' ', '-'])
        .next()
        .is_some_and(|w| is(&fold(w), Is::Given));
    name.title.is_none()
        && !given
        && (first.saturating_sub(NEAR)..first).any(|i| {
            (is(cut.word(i), Is::LabelStructure) || is(cut.word(i), Is::Structure))
                && i.checked_sub(1).is_some_and(own)
        })
}

/// « Attwater with two Ts, not Atwater »: takes out the spellings that are denied and puts the right one
/// into the full name. Gives whether the correction was understood, `None` if there is none.
fn corrected(mail: &Mail<'_>, named: Vec<NameFound>) -> (Vec<NameFound>, Option<bool>) {
    let cut = &mail.new;
    let denied = |n: &NameFound| {
        let first = cut.tokens.partition_point(|t| t.start < n.range.start);
        let word = |back: usize| first.checked_sub(back).map_or("", |i| cut.word(i));
        // « remplacer X par Y »
        let after = cut.tokens.partition_point(|t| t.start < n.range.end);
        let swapped = matches!(cut.word(after), "par" | "by" | "with")
            && (first.saturating_sub(4)..first)
                .any(|i| cut.word(i).starts_with("remplac") || cut.word(i).starts_with("replac"));
        swapped
            || matches!(
                word(1),
                "not" | "pas" | "non" | "than" | "sous" | "as" | "under"
            )
            || matches!(
                (word(2), word(1)),
                ("lieu", "de" | "d") | ("instead", "of") | ("plutot", "que" | "qu")
            )
    };
    let (wrong, right): (Vec<NameFound>, Vec<NameFound>) = named.into_iter().partition(denied);
    if wrong.is_empty() {
        return (right, None);
    }
    let full: Vec<NameFound> = right.iter().filter(|n| n.full).cloned().collect();
    if let Some(first) = full.first()
        && full
            .iter()
            .all(|n| name_key(&n.name) == name_key(&first.name))
    {
        return (vec![first.clone()], Some(true));
    }
    // only the family name is told: into the name that the mail or the thread knows
    let mut spelled: Vec<NameFound> = Vec::new();
    for (wrong, right) in wrong.iter().zip(&right) {
        let known = mail.complete(&wrong.name).map(|k| k.name.clone());
        let known = known.unwrap_or_else(|| wrong.name.clone());
        let parts: Vec<&str> = known.split(' ').collect();
        let is_wrong = |part: &&str| fold(part) == fold(&wrong.name);
        if parts.len() > 1 && parts.iter().any(is_wrong) {
            let set = |part: &&str| {
                if is_wrong(part) {
                    right.name.clone()
                } else {
                    (*part).to_owned()
                }
            };
            let name = parts.iter().map(set).collect::<Vec<_>>().join(" ");
            spelled.push(NameFound {
                name,
                full: true,
                ..right.clone()
            });
        }
    }
    let understood = spelled.len() == 1;
    (if understood { spelled } else { right }, Some(understood))
}

fn shares_word(a: &str, b: &str) -> bool {
    let b = name_key(b);
    name_key(a)
        .split(' ')
        .any(|word| b.split(' ').any(|other| other == word))
}
