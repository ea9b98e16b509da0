//! People's names as a secretary records them.
//!
//! A name is never made up: all its words stand in the text given. What is no name (structures,
//! places, functions, days, greetings) is known by the words of `lexicon/people.toml`; a list of
//! common given names is one sign among several and never needed: capitals (« DUPONT Marie »), a
//! title, a function before it, an address beside it are others.

mod address;
mod parts;
mod runs;

pub use address::name_of_address;
use runs::runs_in;

use std::ops::Range;

use super::people::{Is, is};
use crate::core::person::fold;
use parts::{Part, parts_of};

pub(super) use parts::title_case;

/// A name in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameFound {
    /// Its bytes in the text, with its title.
    pub range: Range<usize>,
    /// « Given Family »; the title kept if no given name is known (« Mme de la Bretonnaire »).
    pub name: String,
    /// The title as written, if there is one.
    pub title: Option<String>,
    /// Whether given and family name are known.
    pub full: bool,
}

/// Most words of a name; more is a sentence in capitals.
const PARTS_MAX: usize = 6;
/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 80;
/// Signs that a run of capitals in a sentence needs to be a name.
const SIGNS_MIN: u8 = 2;

/// Reads a piece of text that is nothing but a name: « DUPONT Marie », "Lastname, Firstname",
/// « M. Jean-Noël LE GOFF ». `None` if it is no person's name.
pub fn parse_name(text: &str) -> Option<String> {
    parse_name_as(text, Order::Unknown).map(|found| found.name)
}

/// Which part of a name stands first, if that is known from elsewhere (a table's head, an address).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Unknown.
    Unknown,
    /// « Nom Prénom ».
    FamilyFirst,
    /// « Prénom Nom ».
    GivenFirst,
}

/// Reads a piece of text that is nothing but a name, with its order where that is known.
pub fn parse_name_as(text: &str, order: Order) -> Option<NameFound> {
    let start = text.len()
        - text
            .trim_start_matches(|c: char| {
                c.is_whitespace() || c.is_ascii_digit() || "-–—•·*.)/:>°|".contains(c)
            })
            .len();
    let body = text.get(start..)?;
    let body = body
        .split(['(', '<', '|', '\t', '[', ';'])
        .next()
        .unwrap_or_default();
    let body = body.trim_end_matches(|c: char| c.is_whitespace() || ",.:-–—!".contains(c));
    if body.is_empty()
        || body.len() > NAME_BYTES_MAX
        || body.contains(['@', '\n', '?', '!', '/', ':'])
    {
        return None;
    }
    if body.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let (name, title, full) = match body.split_once(',') {
        Some((family, given)) => inverted(family, given)?,
        None => straight(body, order)?,
    };
    Some(NameFound {
        range: start..start + body.len(),
        name,
        title,
        full,
    })
}

/// "Lastname, Firstname"
fn inverted(family: &str, given: &str) -> Option<(String, Option<String>, bool)> {
    let family = parts_of(family);
    let given = parts_of(given);
    let fit = |parts: &[Part<'_>]| {
        (1..=4).contains(&parts.len())
            && parts
                .iter()
                .all(|part| part.is_name_like() || part.is_particle())
    };
    let blocked = family.iter().chain(&given).any(|part| part.is_blocked());
    if !fit(&family) || !fit(&given) || blocked && !given.iter().any(Part::is_given) {
        return None;
    }
    let (title, given) = without_title(&given);
    let name = written(given, &family);
    Some((name, title, true))
}

fn straight(body: &str, order: Order) -> Option<(String, Option<String>, bool)> {
    let all = parts_of(body);
    let (title, parts) = without_title(&all);
    if parts.is_empty() || parts.len() > PARTS_MAX {
        return None;
    }
    let all_small = parts.iter().all(|part| !part.is_name_like());
    let fit = parts
        .iter()
        .all(|part| part.is_name_like() || part.is_particle() || all_small && part.is_plain_word());
    let given = parts.iter().any(Part::is_given);
    let blocked = parts.iter().filter(|part| part.is_blocked()).count();
    let never = parts.iter().any(Part::is_never);
    let excused = given && blocked == 1 && parts.len() == 2 && !all_small && !never;
    // « Appel de Mme Garnier »: a name begins at its title
    let titled = parts
        .iter()
        .skip(1)
        .any(|part| part.folded.len() > 1 && part.capital && part.is_title());
    if !fit || titled || blocked > 0 && !excused && title.is_none() || all_small && !given {
        return None;
    }
    let lone_title = parts.len() == 1 && parts.iter().all(Part::is_title);
    if parts.iter().all(Part::is_particle) || lone_title {
        return None;
    }
    // « Fleurs de Margaux »: what is somebody's, not somebody
    let owned = |pair: &[Part<'_>]| matches!(pair, [of, last] if of.is_particle() && !of.capital && last.is_given());
    if parts.len() > 2
        && parts.windows(2).next_back().is_some_and(owned)
        && !parts.first().is_some_and(Part::is_given)
    {
        return None;
    }
    Some(compose(parts, title, order))
}

fn without_title<'p, 't>(parts: &'p [Part<'t>]) -> (Option<String>, &'p [Part<'t>]) {
    let mut title = None;
    let mut rest = parts;
    while let Some((first, tail)) = rest.split_first() {
        if !first.is_title() || tail.is_empty() && title.is_none() {
            break;
        }
        title.get_or_insert_with(|| first.with_stop());
        rest = tail;
    }
    (title, rest)
}

/// Puts the parts in order: the name, its title, and whether it is full.
fn compose(
    parts: &[Part<'_>],
    title: Option<String>,
    order: Order,
) -> (String, Option<String>, bool) {
    let (given, family) = split(parts, order);
    let full = !given.is_empty() && !family.is_empty() && !given.iter().all(Part::is_initials);
    let name = written(&given, &family);
    let title = title.map(|title| match title.trim_end_matches('.') {
        "MM" => "M.".to_owned(),
        "Mmes" => "Mme".to_owned(),
        _ => title,
    });
    let name = match &title {
        Some(title) if given.is_empty() || given.iter().all(Part::is_initials) => {
            format!("{title} {name}")
        }
        _ => name,
    };
    (name, title, full)
}

/// Tells given from family names.
fn split<'t>(parts: &[Part<'t>], order: Order) -> (Vec<Part<'t>>, Vec<Part<'t>>) {
    let core = |part: &&Part<'_>| !part.is_particle() && !part.is_initials();
    let uppers = parts.iter().filter(core).filter(|part| part.upper).count();
    let cores = parts.iter().filter(core).count();
    if uppers > 0 && uppers < cores {
        return split_by_capitals(parts);
    }
    if cores < 2 && !parts.iter().any(Part::is_initials) {
        let lone_given = parts.len() == 1 && parts.iter().any(Part::is_given);
        return if lone_given {
            (parts.to_vec(), Vec::new())
        } else {
            (Vec::new(), parts.to_vec())
        };
    }
    let first_given = parts.first().is_some_and(Part::is_given);
    let last_given = parts.last().is_some_and(Part::is_given);
    let family_first = match order {
        Order::FamilyFirst => !(first_given && !last_given && parts.len() == 2),
        Order::GivenFirst => false,
        Order::Unknown => {
            last_given && !first_given && !parts.first().is_some_and(Part::is_initials)
        }
    };
    if family_first {
        let at = family_end(parts);
        let (family, given) = parts.split_at_checked(at).unwrap_or((parts, &[]));
        return (given.to_vec(), family.to_vec());
    }
    let at = given_end(parts);
    let (given, family) = parts.split_at_checked(at).unwrap_or((parts, &[]));
    (given.to_vec(), family.to_vec())
}

/// « DUPONT Marie », « Marie DE LA TOUR »: what is in capitals is the family name.
fn split_by_capitals<'t>(parts: &[Part<'t>]) -> (Vec<Part<'t>>, Vec<Part<'t>>) {
    let (mut given, mut family) = (Vec::new(), Vec::new());
    for (at, part) in parts.iter().enumerate() {
        let next_upper = parts
            .iter()
            .skip(at + 1)
            .find(|next| !next.is_particle())
            .is_some_and(|next| next.upper && !next.is_initials());
        let is_family = part.upper && !part.is_initials() || part.is_particle() && next_upper;
        if is_family {
            family.push(part.clone());
        } else {
            given.push(part.clone());
        }
    }
    (given, family)
}

/// Where the given names end, if they stand first: after all known ones, else after the first.
fn given_end(parts: &[Part<'_>]) -> usize {
    let known = parts
        .iter()
        .take_while(|part| part.is_given() || part.is_initials())
        .count();
    known.clamp(1, parts.len().saturating_sub(1).max(1))
}

/// Where the family name ends, if it stands first: before the known given names, else after the
/// first word that is no particle.
fn family_end(parts: &[Part<'_>]) -> usize {
    let known = parts
        .iter()
        .rev()
        .take_while(|part| part.is_given())
        .count();
    if known > 0 && known < parts.len() {
        return parts.len() - known;
    }
    let particles = parts.iter().take_while(|part| part.is_particle()).count();
    (particles + 1).min(parts.len().saturating_sub(1)).max(1)
}

fn written(given: &[Part<'_>], family: &[Part<'_>]) -> String {
    let words: Vec<String> = given.iter().chain(family).map(Part::set_right).collect();
    words.join(" ")
}

/// Writes a field of a form in ordinary capitals (« LE GARREC » → « Le Garrec »), whatever it holds.
pub fn set_right(field: &str) -> String {
    let words: Vec<String> = parts_of(field).iter().map(Part::set_right).collect();
    words.join(" ")
}

/// Finds the first name in a piece of running text.
pub fn name_in(text: &str) -> Option<NameFound> {
    names_in(text).into_iter().next()
}

/// Finds all names in running text, in order: full ones, titled ones, and given names that are known.
/// Whom a greeting addresses is left out.
pub fn names_in(text: &str) -> Vec<NameFound> {
    runs_in(text)
        .into_iter()
        .filter(|run| run.signs >= SIGNS_MIN)
        .map(|run| run.found)
        .collect()
}

/// Finds single capitalised words that may be somebody's name, for comparing with names that are
/// known (« Selin et Dieudonné »); of longer names the whole.
pub fn short_names_in(text: &str) -> Vec<NameFound> {
    runs_in(text).into_iter().map(|run| run.found).collect()
}

/// Reads a list of names: « A, B et C », one a line, or with marks.
pub fn names_in_list(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines() {
        for item in line.split([',', ';']) {
            for name in split_and(item) {
                if let Some(found) = parse_name_as(name, Order::Unknown) {
                    names.push(found.name);
                }
            }
        }
    }
    names
}

/// Cuts at « et », "and", `&` and `+` between words.
fn split_and(item: &str) -> Vec<&str> {
    let mut pieces = vec![item];
    for joint in [" et ", " and ", " & ", " + ", " ou "] {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| piece.split(joint))
            .collect();
    }
    pieces
        .into_iter()
        .map(|piece| {
            let piece = piece.trim();
            ["et ", "and "]
                .iter()
                .find_map(|joint| piece.strip_prefix(joint))
                .unwrap_or(piece)
        })
        .filter(|piece| !piece.is_empty())
        .collect()
}

/// Gives a name the accents and inner capitals under which it stands elsewhere in the mail.
pub fn restore(name: &str, elsewhere: &str) -> String {
    let wanted: Vec<&str> = name.split(' ').collect();
    let mut best: Vec<Option<(usize, String)>> = vec![None; wanted.len()];
    let folded: Vec<String> = wanted.iter().map(|word| fold(word)).collect();
    for part in parts_of(elsewhere) {
        for (slot, word) in best.iter_mut().zip(&folded) {
            if *word != part.folded || !part.capital {
                continue;
            }
            let set = part.set_right();
            let accents = set.chars().filter(|c| !c.is_ascii()).count();
            let inner = !part.upper && set.chars().skip(1).any(char::is_uppercase);
            let worth = accents * 2 + usize::from(inner);
            if slot.as_ref().is_none_or(|(other, _)| *other < worth) {
                *slot = Some((worth, set));
            }
        }
    }
    let words: Vec<String> = wanted
        .iter()
        .zip(best)
        .map(|(word, best)| {
            let accents = word.chars().filter(|c| !c.is_ascii()).count();
            let inner = word.chars().skip(1).any(char::is_uppercase);
            let worth = accents * 2 + usize::from(inner);
            match best {
                Some((other, set)) if other > worth => set,
                _ => (*word).to_owned(),
            }
        })
        .collect();
    words.join(" ")
}

/// Says whether a short form (« Jean-Noël », « Mme Puech », « J.-N. Brugière ») can mean a full name.
pub fn may_be(short: &str, full: &str) -> bool {
    let folded = fold(short);
    let words: Vec<&str> = folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .enumerate()
        .filter(|(at, word)| {
            *at > 0 || !is(word, Is::Title) || word.len() == 1 && !short.contains("M.")
        })
        .map(|(_, word)| word)
        .collect();
    let full = fold(full);
    let mut left: Vec<&str> = full.split(' ').collect();
    let mut whole = false;
    for word in &words {
        let same = left.iter().position(|other| other == word);
        let initial = || {
            left.iter()
                .position(|other| word.len() == 1 && other.starts_with(word))
        };
        match same.or_else(initial) {
            Some(at) => {
                whole |= word.len() > 1;
                left.remove(at);
            }
            None => return false,
        }
    }
    whole
}

#[cfg(test)]
mod tests;
