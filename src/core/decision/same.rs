//! Is it the same person? The same address with a name that fits, or the same name and structure.
//!
//! A namesake elsewhere is another person; a couple on one address is two people.

use crate::core::person::{Person, fold, own_domain_of};
use crate::core::roll::Registration;

/// What comparing two people gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    /// The same person.
    Yes,
    /// Another person.
    No,
    /// Cannot be told.
    Unsure,
}

/// Compares a registration with a person of a mail; `sender` is who wrote it.
pub(super) fn same_person(registration: &Registration, person: &Person, sender: &str) -> Same {
    let Some(known) = &registration.person else {
        return Same::No;
    };
    if !names_fit(&known.name, &person.name) {
        return Same::No;
    }
    let theirs = addresses(known.email.as_deref(), registration);
    let new: Vec<&str> = person
        .email
        .as_deref()
        .into_iter()
        .chain(person.email.is_none().then_some(sender))
        .collect();
    if theirs
        .iter()
        .any(|a| new.iter().any(|b| a.eq_ignore_ascii_case(b)))
    {
        return Same::Yes;
    }
    let same_domain = theirs
        .iter()
        .any(|a| own_domain_of(a).is_some_and(|d| new.iter().any(|b| own_domain_of(b) == Some(d))));
    match (&known.organisation, &person.organisation) {
        _ if same_domain => Same::Yes,
        (Some(a), Some(b)) if organisations_fit(a, b) => Same::Yes,
        (Some(_), Some(_)) => Same::No,
        _ if own_domains_differ(&theirs, &new) => Same::No,
        _ => Same::Unsure,
    }
}

fn addresses<'a>(own: Option<&'a str>, registration: &'a Registration) -> Vec<&'a str> {
    [
        own,
        registration.contact.as_deref(),
        registration.made_by.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn own_domains_differ(a: &[&str], b: &[&str]) -> bool {
    let own = |list: &[&str]| list.iter().any(|address| own_domain_of(address).is_some());
    own(a) && own(b)
}

/// Says whether two names can be the same person's: all words of the shorter stand in the longer,
/// as words or as initials (« K. Lestrade », « JM Vialaron »).
pub(super) fn names_fit(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() && !share_a_word(a, b) {
        return false; // as most do: nothing needs to be folded
    }
    let (a, b) = (fold(a), fold(b));
    let a: Vec<&str> = a.split_whitespace().filter(|w| !is_title(w)).collect();
    let b: Vec<&str> = b.split_whitespace().filter(|w| !is_title(w)).collect();
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.is_empty() {
        return false;
    }
    let whole = short
        .iter()
        .filter(|word| word.len() > 2 && long.contains(word))
        .count();
    whole > 0
        && short
            .iter()
            .all(|word| long.contains(word) || is_initials(word, &long))
}

/// Says whether a word of three letters or more stands in both, by ASCII alone.
fn share_a_word(a: &str, b: &str) -> bool {
    let parts = |c: char| !c.is_ascii_alphanumeric();
    a.split(parts)
        .filter(|word| word.len() > 2)
        .any(|word| b.split(parts).any(|other| other.eq_ignore_ascii_case(word)))
}

fn is_title(word: &str) -> bool {
    matches!(
        word,
        "m" | "mme" | "mlle" | "mr" | "mrs" | "ms" | "dr" | "monsieur" | "madame"
    )
}

/// « k » for Karine, « jm » for Jean Marc.
fn is_initials(word: &str, names: &[&str]) -> bool {
    let initials: String = names
        .iter()
        .filter_map(|name| name.chars().next())
        .collect();
    word.len() <= 2 && initials.contains(word)
}

/// Says whether two spellings can be the same structure's: they share a distinctive word.
pub(super) fn organisations_fit(a: &str, b: &str) -> bool {
    const COMMON: &[&str] = &[
        "communaute",
        "communes",
        "commune",
        "pays",
        "parc",
        "naturel",
        "regional",
        "gal",
        "association",
        "mairie",
        "syndicat",
        "mixte",
        "chambre",
        "agriculture",
        "conseil",
        "departement",
        "departemental",
        "region",
        "ville",
        "saint",
        "sainte",
        "centre",
        "office",
        "tourisme",
        "haut",
        "haute",
        "hauts",
        "hautes",
        "bas",
        "mont",
        "monts",
        "val",
        "vallee",
        "vallees",
        "foyer",
        "rural",
        "les",
        "des",
        "the",
        "and",
        "council",
        "county",
        "university",
        "universite",
        "partnership",
        "trust",
        "group",
        "groupe",
        "service",
        "local",
        "development",
        "cooperative",
        "federation",
        "club",
        "comite",
        "union",
        "company",
        "limited",
    ];
    let (a, b) = (fold(a), fold(b));
    let distinctive = |word: &&str| word.len() > 2 && !COMMON.contains(word);
    a == b
        || a.split(' ')
            .filter(distinctive)
            .any(|word| b.split(' ').any(|other| other == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_and_parts_fit() {
        assert!(names_fit("K. Lestrade", "Karine Lestrade"));
        assert!(names_fit("JM Vialaron", "Jean-Marc Vialaron"));
        assert!(names_fit("Noël", "Noël Rouveyrol"));
        assert!(!names_fit("Anne Dupont", "Marc Dupont"));
        assert!(!names_fit("M.", "Marc Dupont"));
    }

    #[test]
    fn structures_share_a_distinctive_word() {
        assert!(organisations_fit(
            "CC Sauvagnol",
            "CC de Sauvagnol-les-Monts"
        ));
        assert!(!organisations_fit(
            "CC du Val de Bruyes",
            "CC du Val d'Ouzanne"
        ));
    }
}
