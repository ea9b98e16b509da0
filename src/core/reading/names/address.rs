//! The name that an address bears, in its display name or before its at sign.

use super::super::people::{Is, is};
use super::parts::{Part, parts_of, title_case};
use super::{Order, parse_name_as};
use crate::core::person::{Address, fold};

/// Reads a header's display name; the address helps where it says which word is the given name.
/// Without a display name the address itself may say it (`prenom.nom@`).
pub fn name_of_address(address: &Address) -> Option<String> {
    let local = address.email.split('@').next().unwrap_or_default();
    let Some(display) = address
        .name
        .as_deref()
        .filter(|name| !name.trim().is_empty())
    else {
        return name_of_local(local);
    };
    let display = display.trim().trim_matches(['"', '\'']);
    let display = display
        .split(['(', '<', '['])
        .next()
        .unwrap_or_default()
        .trim();
    if display.contains('@') || !display.contains(char::is_whitespace) && display.contains('.') {
        return name_of_local(local);
    }
    let order = order_by_local(display, local);
    let found = parse_name_as(display, order)?;
    let folded_local = fold(local).replace(' ', "");
    let known = parts_of(&found.name).iter().any(Part::is_given);
    let in_local = fold(&found.name)
        .split(' ')
        .any(|word| word.len() >= 3 && folded_local.contains(word));
    let generic = local.split(['.', '-', '_']).any(|word| {
        is(&fold(word), Is::Never) || is(&fold(word), Is::Structure) || is(&fold(word), Is::Unit)
    });
    // A body's name in a generic box: its domain bears it, or nothing says that it is a person.
    if !known && !in_local && generic && found.title.is_none() {
        let domain = fold(address.domain()).replace(' ', "");
        let of_body = fold(&found.name)
            .split(' ')
            .any(|word| word.len() >= 4 && domain.contains(word));
        let two_plain = parts_of(&found.name).len() == 2
            && parts_of(display)
                .iter()
                .all(|part| !part.upper || part.has_vowel());
        if of_body || !two_plain {
            return None;
        }
    }
    Some(found.name)
}

/// `prenom.nom` tells that the display name « Nom Prénom » stands the other way round.
fn order_by_local(display: &str, local: &str) -> Order {
    let words: Vec<String> = fold(display).split(' ').map(str::to_owned).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Order::Unknown;
    };
    let folded = fold(local);
    let locals: Vec<&str> = folded.split(' ').collect();
    match locals.as_slice() {
        [given, family, ..] if given == last && family == first && given != family => {
            Order::FamilyFirst
        }
        [given, ..]
            if locals.len() >= 2
                && (given == first || given.len() == 1 && first.starts_with(given)) =>
        {
            Order::GivenFirst
        }
        _ => Order::Unknown,
    }
}

/// `prenom.nom` as a name, where one of the two is known as a given name.
fn name_of_local(local: &str) -> Option<String> {
    let words: Vec<&str> = local.split(['.', '_']).collect();
    let plain =
        |word: &&str| word.len() >= 2 && word.chars().all(|c| c.is_alphabetic() || c == '-');
    if words.len() != 2 || !words.iter().all(plain) {
        return None;
    }
    let parts = parts_of(&words.join(" ")).len();
    let is_given = |word: &&str| word.split('-').any(|one| is(&fold(one), Is::Given));
    let blocked = words
        .iter()
        .any(|word| is(&fold(word), Is::Structure) || is(&fold(word), Is::Unit));
    if parts < 2 || blocked {
        return None;
    }
    match words.as_slice() {
        [given, family] if is_given(given) || !is_given(family) && is(&fold(given), Is::Given) => {
            Some(format!("{} {}", title_case(given), title_case(family)))
        }
        [family, given] if is_given(given) => {
            Some(format!("{} {}", title_case(given), title_case(family)))
        }
        _ => None,
    }
}
