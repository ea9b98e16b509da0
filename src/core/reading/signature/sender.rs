//! Who the sender is, from headers, signature and the newly written text.

use super::bodies::{organisation_in, organisation_of_display};
use super::contacts::{best_phone, phones_in};
use super::lists::{forms_in, lists_in, tables_in};
use super::segments::facts;
use super::who_signs::{local_bears, sender_name, signed_on};
use super::{Phone, complete, details_near, occurrence};
use crate::core::message::Message;
use crate::core::person::{Address, Person, fold, name_key};
use crate::core::reading::names::{may_be, names_in};
use crate::core::unquote::Parts;

/// Bytes of a line before a number in which it is said whose it is.
const LINE_BEFORE: usize = 240;

/// Gives what is known of the sender: best spelling of the name from From, Reply-To and signature,
/// structure, function, telephone (direct before mobile), own address.
pub fn sender_details(message: &Message, parts: &Parts) -> Person {
    let parts = &bounded(parts);
    let from = message.author();
    let reply_to = message.reply_to.first();
    let name = sender_name(from, reply_to, parts);
    let block = sender_block(parts, &name);
    let said = facts(&block, &name, true);
    let mut person = Person {
        email: sender_email(from, reply_to, &name),
        organisation: said.organisation.clone(),
        role: said.role.clone(),
        phone: best_phone(&said.phones),
        name: name.clone(),
    };
    let open = person.organisation.is_none() || person.role.is_none() || person.phone.is_none();
    if !name.is_empty() && open {
        let mut near = details_near(&parts.new, &name);
        near.email = None;
        complete(&mut person, near);
    }
    if person.phone.is_none() {
        person.phone = phone_in_text(parts, &name);
    }
    if person.organisation.is_none() {
        let earlier = || body_of_earlier(parts, &name, person.email.as_deref());
        person.organisation = organisation_of_text(parts).or_else(earlier);
    }
    if person.organisation.is_none() {
        person.organisation = [from, reply_to]
            .into_iter()
            .flatten()
            .filter_map(|address| address.name.as_deref())
            .find_map(organisation_of_display);
    }
    person
}

/// Text that is searched for the sender's details; nobody writes more about themself.
const TEXT_BYTES_MAX: usize = 32 * 1024;

/// The pieces that matter here, each cut to what is searched.
fn bounded(parts: &Parts) -> Parts {
    let cut = |text: &str| -> String {
        let mut end = text.len().min(TEXT_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.get(..end).unwrap_or_default().to_owned()
    };
    Parts {
        new: cut(&parts.new),
        signature: cut(&parts.signature),
        quotes: parts
            .quotes
            .iter()
            .map(|quote| crate::core::unquote::Quote {
                text: cut(&quote.text),
                from_email: quote.from_email.clone(),
                ..crate::core::unquote::Quote::default()
            })
            .collect(),
        ..Parts::default()
    }
}

fn organisation_of_text(parts: &Parts) -> Option<String> {
    organisation_in(&parts.signature).or_else(|| organisation_in(&parts.new))
}

/// The structure under which the sender's own earlier mail is signed, where it is quoted.
fn body_of_earlier(parts: &Parts, name: &str, email: Option<&str>) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    parts.quotes.iter().find_map(|quote| {
        let is_own = quote.from_email.is_some() && quote.from_email.as_deref() == email;
        if !is_own && !quote.text.contains(name) {
            return None;
        }
        let unmarked: Vec<&str> = quote
            .text
            .lines()
            .map(|line| line.trim_start_matches(['>', ' ']))
            .collect();
        let earlier = Parts {
            new: unmarked.join("\n"),
            ..Parts::default()
        };
        if let Some(body) = body_beside(&earlier.new, name).filter(|_| !is_own) {
            return Some(body);
        }
        let block = sender_block(&earlier, name);
        facts(&block, name, true)
            .organisation
            .or_else(|| organisation_in(&earlier.new).filter(|_| is_own))
            .or_else(|| body_beside(&earlier.new, name))
    })
}

/// « … Zoé Béal, Les Sabots de Nort »: what follows the name on its line.
fn body_beside(text: &str, name: &str) -> Option<String> {
    text.match_indices(name).find_map(|(at, _)| {
        let after = text.get(at + name.len()..)?.lines().next()?;
        let beside = after.trim_start();
        let linked = beside.starts_with([',', '(', '-', '–']);
        // « Anne Dupré (Le Hangar), vous êtes inscrite à … (BR / BS) »
        let bracket = beside.strip_prefix('(').and_then(|b| b.split(')').next());
        let said = facts(bracket.unwrap_or(beside), name, true);
        said.organisation.filter(|_| linked)
    })
}

/// Gives the people of a form that was filled in between the quoted lines.
pub fn filled_form(parts: &Parts) -> Vec<Person> {
    let mut people = Vec::new();
    for quote in &parts.quotes {
        let mut form = String::new();
        for (piece, line) in &quote.answered {
            let label = line.trim().trim_end_matches(':').trim_end();
            form.push_str(label);
            form.push_str(" : ");
            form.push_str(piece.lines().next().unwrap_or_default());
            form.push('\n');
        }
        people.extend(forms_in(&form));
    }
    people
}

/// Words of a line that begins with the name in small letters and is no sentence.
const SMALL_WORDS: usize = 12;

/// The lines that speak of the sender as a signature does: the signature itself, and each line of the
/// text that begins with their name, with those that follow it up to a blank line. What stands under
/// the name goes before the footer of a house.
fn sender_block(parts: &Parts, name: &str) -> String {
    if name.is_empty() {
        return parts.signature.clone();
    }
    let is_own = |line: &str| {
        signed_on(line).is_some_and(|signed| {
            name_key(&signed) == name_key(name) || may_be(&signed, name) && !signed.contains('.')
        }) || fold(line).starts_with(&format!("{} ", fold(name)))
            && line.split_whitespace().count() <= SMALL_WORDS
    };
    let mut block = String::new();
    let mut inside = false;
    for line in parts.new.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            inside = false;
            continue;
        }
        if is_own(trimmed) {
            inside = true;
        } else if inside && is_about_another(trimmed, name) {
            inside = false;
        }
        if inside {
            block.push('\n');
            block.push_str(trimmed);
        }
    }
    if parts.signature.lines().any(|line| is_own(line.trim())) {
        block.insert_str(0, &parts.signature);
    } else {
        block.push('\n');
        block.push_str(&parts.signature);
    }
    block
}

/// Whether a line begins with somebody else, or is a sentence.
fn is_about_another(line: &str, name: &str) -> bool {
    let other = signed_on(line).is_some_and(|signed| {
        signed.contains(' ')
            && !may_be(&signed, name)
            && name_key(&signed) != name_key(name)
            && !names_in(line).is_empty()
    });
    let sentence = line.split_whitespace().count() > 12 && line.ends_with(['.', '!', '?', ',']);
    other || sentence
}

/// The sender's own address: Reply-To where it is plainly the personal one, else From.
fn sender_email(from: Option<&Address>, reply_to: Option<&Address>, name: &str) -> Option<String> {
    let personal = reply_to.filter(|address| {
        let local = fold(address.email.split('@').next().unwrap_or_default());
        let named = address.name.as_deref().is_some_and(|display| {
            name_key(display) == name_key(name) || may_be(display, name) || may_be(name, display)
        });
        named || local_bears(&local, name)
    });
    personal
        .or(from)
        .or(reply_to)
        .map(|address| address.email.clone())
}

/// « her telephone is … », « son portable : … »: said of another, right before the number.
fn is_theirs(line: &str) -> bool {
    /// Words before a number that say whose it is.
    const WORDS: usize = 4;
    let folded = fold(line);
    folded
        .split(' ')
        .rev()
        .filter(|word| !word.is_empty())
        .take(WORDS)
        .take_while(|word| !matches!(*word, "mine" | "my" | "mon" | "mien"))
        .any(|word| matches!(word, "her" | "his" | "son" | "sa" | "leur"))
}

/// A number in the text that is nobody else's: on no line that names or writes of another.
fn phone_in_text(parts: &Parts, name: &str) -> Option<String> {
    let phones = phones_in(&parts.new);
    if phones.is_empty() {
        return None;
    }
    let others: Vec<Person> = forms_in(&parts.new)
        .into_iter()
        .chain(tables_in(&parts.new))
        .chain(lists_in(&parts.new))
        .collect();
    let of_others: Vec<&String> = others
        .iter()
        .filter(|person| person.name_key() != name_key(name))
        .filter_map(|person| person.phone.as_ref())
        .collect();
    let free: Vec<Phone> = phones
        .into_iter()
        .filter(|phone| !of_others.contains(&&phone.number))
        .filter(|phone| {
            let mut from = phone.range.start.saturating_sub(LINE_BEFORE);
            while !parts.new.is_char_boundary(from) {
                from += 1;
            }
            let before = parts.new.get(from..phone.range.start).unwrap_or_default();
            let line = before.rsplit('\n').next().unwrap_or_default();
            let named = names_in(line);
            let own = occurrence(line, name).is_some();
            (named.is_empty() || own) && !is_theirs(line)
        })
        .collect();
    best_phone(&free)
}
