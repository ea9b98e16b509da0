//! Who people are: name, structure, function, telephone and address, from headers, signature,
//! lines, tables and forms.
//!
//! Nothing is made up: each field holds words of the mail. Of several spellings of a name the best
//! wins (accents, ordinary capitals); of several numbers the direct one.

mod bodies;
mod contacts;
mod lists;
mod segments;
mod sender;
mod who_signs;

use std::ops::Range;

use crate::core::person::{Person, fold};

use super::names::{names_in, short_names_in};
use super::people::{Is, is};

pub use bodies::organisation_in;
pub use contacts::{emails_in, phones_in};
pub use lists::{forms_in, is_announced, is_numbered, lists_in, people_in, tables_in};
pub use sender::{filled_form, sender_details};

/// What a telephone number is said to be; the first is the one to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhoneKind {
    /// Direct line (« LD », « ligne directe »).
    Direct,
    /// Nothing, or « Tél. ».
    Plain,
    /// Mobile, by its label or its digits.
    Mobile,
    /// Switchboard.
    Switchboard,
    /// Fax: nobody's telephone.
    Fax,
}

/// A telephone number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// As written, spaces made single.
    pub number: String,
    /// What it is said to be.
    pub kind: PhoneKind,
}

/// Gives what stands near a name in a form, table, list or sentence.
pub fn details_near(text: &str, name: &str) -> Person {
    let same = |person: &Person| person.name_key() == crate::core::person::name_key(name);
    let mut person = forms_in(text)
        .into_iter()
        .chain(tables_in(text))
        .chain(lists_in(text))
        .find(same)
        .unwrap_or_default();
    name.clone_into(&mut person.name);
    if let Some(said) = said_of(text, name) {
        complete(&mut person, said);
    }
    if person.phone.is_none()
        && let Some(said) = said_below(text, name)
    {
        complete(&mut person, said);
    }
    if person.email.is_none() {
        person.email = email_of(text, name);
    }
    if let Some(full) = full_by_address(text, name) {
        person.name = full;
    }
    person
}

/// « Ses coordonnées : … », "His number is …" on a line below the name, with nobody else between.
fn said_below(text: &str, name: &str) -> Option<Person> {
    /// Lines below in which it may stand.
    const LINES: usize = 3;
    let range = occurrence(text, name)?;
    let after = text.get(range.end..)?;
    let below = after.split_once('\n')?.1;
    for line in below.lines().take(LINES) {
        let folded = fold(line);
        let first = folded.split(' ').next().unwrap_or_default();
        let theirs = matches!(
            first,
            "ses" | "son" | "sa" | "his" | "her" | "coordonnees" | "details"
        ) || is(first, Is::LabelPhone)
            || is(first, Is::LabelEmail);
        if theirs {
            return Some(lists::person_of(name, line));
        }
        if !names_in(line).is_empty() {
            return None;
        }
    }
    None
}

/// « M. Falgaux » with `robert.falgaux@…`: the address gives the given name.
pub fn full_by_address(text: &str, name: &str) -> Option<String> {
    let titled = name
        .split(' ')
        .next()
        .is_some_and(|first| is(&fold(first), Is::Title));
    if !titled {
        return None;
    }
    let family = name.split_once(' ')?.1;
    let wanted = fold(family).replace(' ', "");
    emails_in(text).into_iter().find_map(|(_, email)| {
        let local = email.split('@').next()?;
        let (given, rest) = local.split_once(['.', '_'])?;
        let same = fold(rest).replace(' ', "") == wanted;
        let letters = given.len() >= 3 && given.chars().all(|c| c.is_alphabetic() || c == '-');
        (same && letters).then(|| format!("{} {family}", super::names::title_case(given)))
    })
}

/// Fills what is not known of a person from what else is.
pub(super) fn complete(person: &mut Person, other: Person) {
    let fill = |field: &mut Option<String>, more: Option<String>| {
        if field.is_none() {
            *field = more;
        }
    };
    fill(&mut person.email, other.email);
    fill(&mut person.organisation, other.organisation);
    fill(&mut person.role, other.role);
    fill(&mut person.phone, other.phone);
}

/// What a sentence says of a person: what follows the name up to the next person or the end of the
/// sentence, and the function before it (« notre présidente Anne Dupré »).
fn said_of(text: &str, name: &str) -> Option<Person> {
    let range = occurrence(text, name)?;
    let after = text.get(range.end..)?;
    let mut end = sentence_end(after);
    let next = names_in(after.get(..end)?)
        .into_iter()
        .map(|found| found.range.start)
        .find(|start| *start > 0);
    end = next.unwrap_or(end).min(end);
    let about = after.get(..end)?;
    let mut person = lists::person_of(name, about);
    if person.role.is_none() {
        let before = text.get(..range.start)?;
        person.role = role_before(before);
    }
    Some(person)
}

/// Where what is said of a person ends: at a sentence, a blank line, a list mark.
fn sentence_end(text: &str) -> usize {
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let rest = text.get(at + c.len_utf8()..).unwrap_or_default();
        let cut = match c {
            '!' | '?' => true,
            '.' => {
                let before_space = rest.starts_with([' ', '\n']) || rest.is_empty();
                let capital = rest
                    .trim_start()
                    .chars()
                    .next()
                    .is_none_or(char::is_uppercase);
                let short = text
                    .get(..at)
                    .and_then(|t| t.rsplit(|c: char| !c.is_alphanumeric()).next())
                    .is_some_and(|word| {
                        (1..=4).contains(&word.len())
                            && word.chars().next().is_some_and(char::is_uppercase)
                    });
                before_space && capital && !short
            }
            '\n' => {
                let next = rest.trim_start_matches([' ', '\t']);
                next.starts_with(['\n', '-', '*', '•', '–'])
                    || next.is_empty()
                    || next.bytes().next().is_some_and(|b| b.is_ascii_digit())
                        && next
                            .as_bytes()
                            .get(1)
                            .is_some_and(|b| matches!(b, b'.' | b')'))
            }
            _ => false,
        };
        if cut {
            end = at;
            break;
        }
    }
    end
}

/// Finds where a name stands: its words in whatever order, next to each other.
pub(super) fn occurrence(text: &str, name: &str) -> Option<Range<usize>> {
    let wanted = crate::core::person::name_key(name);
    let words: Vec<&str> = wanted
        .split(' ')
        .filter(|word| !is(word, Is::Title) || word.len() > 2)
        .collect();
    short_names_in(text)
        .into_iter()
        .find(|found| {
            let key = crate::core::person::name_key(&found.name);
            let here: Vec<&str> = key.split(' ').collect();
            words.iter().all(|word| here.contains(word))
        })
        .map(|found| found.range)
        .or_else(|| {
            let at = text.find(name)?;
            Some(at..at + name.len())
        })
}

/// The function that stands right before a name (« notre vendeuse | Jade »).
fn role_before(before: &str) -> Option<String> {
    let line = before.rsplit(['\n', '.', ',', ';', '(']).next()?.trim_end();
    let mut start = line.len();
    let mut seen = false;
    for word in line.split_whitespace().rev() {
        let folded = fold(word);
        let function = folded.split(' ').any(|part| is(part, Is::Function));
        let inner = matches!(folded.as_str(), "de" | "du" | "des" | "d" | "mission")
            || word.chars().all(char::is_lowercase) && seen && function;
        if !function && !inner {
            break;
        }
        seen |= function;
        start = line.get(..start)?.rfind(word)?;
    }
    let role = line.get(start..)?.trim();
    (seen && !role.is_empty()).then(|| role.to_owned())
}

/// The address that bears a person's name, if just one does.
pub fn email_of(text: &str, name: &str) -> Option<String> {
    let folded = fold(name);
    let words: Vec<&str> = folded.split(' ').filter(|word| word.len() >= 3).collect();
    let mut bearing = emails_in(text)
        .into_iter()
        .map(|(_, email)| email)
        .filter(|email| {
            let local = fold(email.split('@').next().unwrap_or_default());
            let joined = local.replace(' ', "");
            words
                .iter()
                .filter(|word| !is(word, Is::Particle))
                .any(|word| joined.contains(*word))
        });
    let first = bearing.next()?;
    bearing.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests;
