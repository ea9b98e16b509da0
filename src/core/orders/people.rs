//! People as an organiser writes them in an order: « Anne Dupont, anne@x.example, CC du Val ».

use super::words::{Token, raw, tokens};
use crate::core::person::{Person, fold};

/// Most words of a name; longer text is no name.
const NAME_WORDS_MAX: usize = 6;

/// Fewest digits of a telephone number.
const PHONE_DIGITS_MIN: usize = 8;

const TITLES: &[&str] = &[
    "m", "mme", "mlle", "mr", "mrs", "ms", "miss", "dr", "monsieur", "madame",
];
const PARTICLES: &[&str] = &[
    "de", "du", "des", "la", "le", "d", "von", "van", "den", "der", "di", "da", "el", "al", "ben",
    "bin", "y", "o", "mac", "mc",
];
const STRUCTURES: &[&str] = &[
    "mairie",
    "cc",
    "communaute",
    "commune",
    "gal",
    "pays",
    "parc",
    "pnr",
    "association",
    "syndicat",
    "chambre",
    "conseil",
    "departement",
    "region",
    "ville",
    "council",
    "university",
    "universite",
    "trust",
    "agence",
    "agency",
    "federation",
    "reseau",
    "network",
    "cooperative",
    "company",
    "ltd",
    "sarl",
    "scop",
    "maison",
    "centre",
    "center",
    "petr",
    "agglo",
    "agglomeration",
    "metropole",
    "office",
    "ministere",
    "partnership",
];

/// The people of a list; `None` if anything in it is neither name nor address, number or structure.
pub(super) fn people(words: &[Token]) -> Option<Vec<Person>> {
    let text = raw(words)
        .replace(['(', '<', '['], ", ")
        .replace([')', '>', ']', ';'], ", ");
    let mut people: Vec<Person> = Vec::new();
    for (index, piece) in text.split(',').enumerate() {
        let piece = piece.trim();
        let links = ["et ", "and ", "& "];
        let linked = links.iter().find_map(|link| piece.strip_prefix(link));
        for (nth, part) in by_and(linked.unwrap_or(piece)).into_iter().enumerate() {
            let joined = nth > 0 || index == 0 || linked.is_some();
            take(part.trim(), joined, &mut people)?;
        }
    }
    (!people.is_empty()).then_some(people)
}

/// One name with titles dropped if a given name is known, else kept; `None` if it is no name.
pub(super) fn name(words: &[Token]) -> Option<String> {
    let bare: Vec<String> = words
        .iter()
        .map(|word| {
            let marks = |c: char| !c.is_alphanumeric() && c != '.';
            word.raw.trim_matches(marks).to_owned()
        })
        .filter(|word| !word.is_empty())
        .collect();
    if bare.is_empty() || bare.len() > NAME_WORDS_MAX {
        return None;
    }
    let is_title = |word: &String| TITLES.contains(&fold(word).as_str());
    let named: Vec<&String> = bare.iter().filter(|word| !is_title(word)).collect();
    let fits = named.iter().all(|word| {
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        let letters = word.chars().all(|c| !c.is_numeric() && c != '@');
        letters && (capital || PARTICLES.contains(&fold(word).as_str()))
    });
    let capitals = named
        .iter()
        .filter(|word| word.chars().next().is_some_and(char::is_uppercase))
        .count();
    if !fits || capitals == 0 {
        return None;
    }
    let with_given = capitals > 1;
    let kept: Vec<&str> = if with_given {
        named.iter().map(|w| w.trim_end_matches('.')).collect()
    } else {
        bare.iter().map(String::as_str).collect()
    };
    Some(kept.join(" "))
}

/// Parts « Anne Dupont et Paul Martin », but not « Arts et Métiers ».
fn by_and(piece: &str) -> Vec<&str> {
    for link in [" et ", " and ", " & "] {
        if let Some((left, right)) = piece.split_once(link)
            && name(&tokens(left)).is_some()
            && right.split_whitespace().next().is_some()
        {
            let mut parts = vec![left];
            parts.extend(by_and(right));
            return parts;
        }
    }
    vec![piece]
}

/// Takes one piece: an address or number of the person before, their structure, or another person.
fn take(piece: &str, joined: bool, people: &mut Vec<Person>) -> Option<()> {
    if piece.is_empty() {
        return Some(());
    }
    let words: Vec<&str> = piece.split_whitespace().collect();
    let (addresses, rest): (Vec<&str>, Vec<&str>) =
        words.into_iter().partition(|word| word.contains('@'));
    let digits = rest.join("").chars().filter(char::is_ascii_digit).count();
    let rest = rest.join(" ");
    if digits >= PHONE_DIGITS_MIN {
        people.last_mut()?.phone = Some(rest);
    } else if !rest.is_empty() {
        let words = tokens(&rest);
        let structure = words
            .iter()
            .any(|word| STRUCTURES.contains(&word.key.as_str()));
        let named = name(&words).filter(|_| !structure && words.len() > 1);
        match (named, people.last_mut()) {
            (Some(name), _) => people.push(Person {
                name,
                ..Person::default()
            }),
            (None, Some(person)) if person.organisation.is_none() && !joined => {
                person.organisation = Some(rest);
            }
            _ => return None,
        }
    }
    for address in addresses {
        let email = address
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        let person = people.last_mut()?;
        if person.email.is_some() {
            return None;
        }
        person.email = Some(email.trim_start_matches("mailto:").to_owned());
    }
    Some(())
}
