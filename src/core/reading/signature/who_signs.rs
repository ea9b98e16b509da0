//! The writer's name, from From, Reply-To, signature and text.

use super::lists::people_in;
use crate::core::person::{Address, fold, name_key};
use crate::core::reading::names::{
    Order, may_be, name_of_address, names_in, parse_name_as, restore, title_case,
};
use crate::core::reading::people::{Is, is};
use crate::core::unquote::Parts;

/// Lines at the end of the text in which a signature without any mark stands.
const CLOSING_LINES: usize = 8;

/// The sender's name: of From, Reply-To and signature the one that is a full name, in its best spelling.
pub(super) fn sender_name(
    from: Option<&Address>,
    reply_to: Option<&Address>,
    parts: &Parts,
) -> String {
    let all_text = format!("{}\n{}", parts.new, parts.signature);
    let header = reply_to
        .filter(|address| address.name.is_some())
        .and_then(name_of_address)
        .or_else(|| from.and_then(name_of_address));
    let signed = signed_names(parts, header.is_none());
    let local = from
        .or(reply_to)
        .map(|address| fold(address.email.split('@').next().unwrap_or_default()))
        .unwrap_or_default();
    let display = fold(from.and_then(|a| a.name.as_deref()).unwrap_or_default());
    let shares = |stated: &str| {
        header.as_ref().is_some_and(|header| {
            fold(header)
                .split(' ')
                .any(|word| word.len() >= 3 && fold(stated).split(' ').any(|other| other == word))
        })
    };
    let renamed = stated_name(&parts.new)
        .filter(|stated| shares(stated))
        .or_else(|| {
            named_beside_others(&parts.new).filter(|n| shares(n) || local_bears(&local, n))
        });
    if let Some(renamed) = renamed {
        return restore(&renamed, &all_text);
    }
    let chosen = match header {
        Some(header) => {
            let fuller = signed
                .iter()
                .find(|name| name_key(name) != name_key(&header) && may_be(&header, name));
            let is_full = name_key(&header).contains(' ');
            match (fuller, is_full) {
                (Some(fuller), _) => fuller.clone(),
                (None, true) => by_own_address(&header, &signed, &local)
                    .or_else(|| other_signer(&header, parts, &local))
                    .unwrap_or(header),
                (None, false) => signed
                    .iter()
                    .find(|name| may_be(name, &header) || local_bears(&local, name))
                    .filter(|name| name_key(name).contains(' '))
                    .cloned()
                    .unwrap_or(header),
            }
        }
        None => signed
            .iter()
            .filter(|name| name_key(name).contains(' '))
            .max_by_key(|name| local_bears(&format!("{local} {display}"), name))
            .cloned()
            .or_else(|| borne_name(&parts.new, &local))
            .or_else(|| signed.first().cloned())
            .unwrap_or_default(),
    };
    let chosen = spelled_out(&chosen, &local, &all_text).unwrap_or(chosen);
    let from_display = from
        .and_then(|address| address.name.as_deref())
        .unwrap_or_default();
    if all_text.is_ascii() && from_display.is_ascii() {
        return chosen;
    }
    restore(&restore(&chosen, from_display), &all_text)
}

/// « Dédé Guilbar » who signs « André Guilbar », with `andre.guilbar@`: a pet name in the header.
fn by_own_address(header: &str, signed: &[String], local: &str) -> Option<String> {
    let (pet, family) = header.split_once(' ')?;
    let borne = |word: &str| fold(word).len() > 2 && local.split(' ').any(|l| l == fold(word));
    signed
        .iter()
        .find(|name| {
            name.split_once(' ').is_some_and(|(given, other)| {
                fold(other) == fold(family) && borne(given) && !borne(pet)
            })
        })
        .cloned()
}

/// « J. Pradol », « Maël »: what is short in the name stands in full in the text, or in the address
/// (`jocelyne.pradol@`, `m.corvisier@`).
fn spelled_out(name: &str, local: &str, text: &str) -> Option<String> {
    let short = |name: &str| {
        let key = name_key(name);
        !key.contains(' ') || key.split(' ').any(|word| word.len() == 1)
    };
    if name.is_empty() || !short(name) {
        return None;
    }
    let mut fuller: Vec<String> = Vec::new();
    for found in names_in(text) {
        let known = fuller.iter().any(|f| name_key(f) == name_key(&found.name));
        if found.full && !known && !short(&found.name) && may_be(name, &found.name) {
            fuller.push(found.name);
        }
    }
    if let [only] = fuller.as_slice() {
        return Some(only.clone());
    }
    let (given, family) = local.split_once(' ').filter(|_| fuller.is_empty())?;
    let words = fold(name);
    let words: Vec<&str> = words.split(' ').collect();
    let letters =
        |word: &str| word.len() > 2 && word.chars().all(|c| c.is_alphabetic() || c == ' ');
    let lone = words.len() == 1 && family.len() > 2 && letters(family);
    let initial =
        |word: &str| given.starts_with(word) || given.len() == 1 && word.starts_with(given);
    match words.as_slice() {
        // the given name is signed, the address bears the family name
        [word] if lone && initial(word) && *word != family => {
            Some(format!("{name} {}", title_case(family)))
        }
        // the family name is signed, the address bears the given name
        [word] if *word == family && letters(given) => {
            Some(format!("{} {name}", title_case(given)))
        }
        [first, rest @ ..] if first.len() == 1 && letters(given) && given.starts_with(first) => {
            let family_words: Vec<&str> = family.split(' ').collect();
            let written = name.split_once(' ').map(|(_, family)| family)?;
            (rest == family_words).then(|| format!("{} {written}", title_case(given)))
        }
        _ => None,
    }
}

/// Somebody else who signs with a full name, where neither name nor address is the header's: an
/// account that is shared.
fn other_signer(header: &str, parts: &Parts, local: &str) -> Option<String> {
    let last = parts.new.trim_end().lines().next_back().unwrap_or_default();
    let other = parts
        .signature
        .lines()
        .chain(std::iter::once(last))
        .filter(|line| !line.contains(['|', '\t']))
        .filter_map(signed_on)
        .find(|name| names_in(name).iter().any(|found| found.full))?;
    let shares_a_word = fold(header)
        .split(' ')
        .any(|word| word.len() > 1 && fold(&other).split(' ').any(|theirs| theirs == word));
    let same = may_be(&other, header) || may_be(header, &other);
    (!same && !local_bears(local, header) && !shares_a_word).then_some(other)
}

/// The full name in the text that the sender's address bears.
fn borne_name(text: &str, local: &str) -> Option<String> {
    names_in(text)
        .into_iter()
        .find(|found| found.full && local_bears(local, &found.name))
        .map(|found| found.name)
}

pub(super) fn local_bears(local: &str, name: &str) -> bool {
    let joined = local.replace(' ', "");
    fold(name)
        .split(' ')
        .any(|word| word.len() >= 3 && !is(word, Is::Particle) && joined.contains(word))
}

/// The names that stand as signatures do: a line of the signature or of the text's end that begins
/// with a name.
///
/// `with_lists` leaves out whom the text lists, where no header says who writes.
fn signed_names(parts: &Parts, with_lists: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let listed = match with_lists {
        true => people_in(&parts.new),
        false => Vec::new(),
    };
    let closing = closing_lines(&parts.new);
    let from_the_end = closing.iter().rev().copied();
    let lines = parts.signature.lines().map(|line| (line, true));
    for (line, below) in lines.chain(from_the_end.map(|line| (line, false))) {
        // what a signature says needs no guess at the text's last lines
        if !below && names.iter().any(|name| name_key(name).contains(' ')) {
            break;
        }
        let of_list = |name: &str| listed.iter().any(|person| person.name == name);
        if let Some(name) = signed_on(line)
            && !names.contains(&name)
            && !of_list(&name)
            && names_in(line).len() <= 1
        {
            names.push(name);
        }
    }
    names.extend(stated_name(&parts.new));
    names
}

/// « je m'appelle … », "my name is …", "I'm … now": how somebody says that they are called.
fn stated_name(text: &str) -> Option<String> {
    let leads = [
        "je m'appelle ",
        "je m’appelle ",
        "my name is ",
        "Je m'appelle ",
        "Je m’appelle ",
        "My name is ",
        "Je soussigné ",
        "Je soussignée ",
        "I'm ",
        "I’m ",
        "I am ",
    ];
    let called = leads.iter().find_map(|lead| {
        let (name, after) = name_after(text, lead)?;
        let short = lead.starts_with('I');
        let now = after.trim_start().starts_with("now");
        (!short || now).then_some(name)
    });
    called.or_else(|| name_at_the_phone(text))
}

/// « et moi-même, Jocelyne Pradol »: how somebody names themself beside others. It may also be the next
/// of a list, so that it counts only where address or header bear it.
fn named_beside_others(text: &str) -> Option<String> {
    const LEADS: [&str; 8] = [
        "moi-même, ",
        "moi-même (",
        "moi même, ",
        "moi même (",
        "moi meme, ",
        "moi, ",
        "myself, ",
        "myself (",
    ];
    LEADS
        .iter()
        .find_map(|lead| name_after(text, lead))
        .map(|(name, _)| name)
}

/// « Anne Dupré à l'appareil », "Anne Dupré here"
fn name_at_the_phone(text: &str) -> Option<String> {
    /// Sentences at the begin in which somebody says who they are.
    const BEGIN: usize = 160;
    let begin: String = text.chars().take(BEGIN).collect();
    let found = names_in(&begin).into_iter().find(|found| found.full)?;
    let after = begin.get(found.range.end..)?.trim_start();
    let said = [
        "à l'appareil",
        "à l’appareil",
        "au bout du fil",
        "here,",
        "here.",
        "here -",
        "speaking",
    ];
    said.iter()
        .any(|said| after.starts_with(said))
        .then_some(found.name)
}

/// The full name that follows these words, with what stands behind it.
fn name_after<'t>(text: &'t str, lead: &str) -> Option<(String, &'t str)> {
    /// Longest name with what is said around it.
    const NEAR: usize = 100;
    let at = text.find(lead)? + lead.len();
    let mut end = text.len().min(at + NEAR);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let rest = text.get(at..end)?;
    let found = names_in(&format!("Mme {rest}")).into_iter().next()?;
    let name = found.name.strip_prefix("Mme ").unwrap_or(&found.name);
    let after = rest.get(found.range.end.checked_sub(4)?..)?;
    let full = name_key(name).contains(' ');
    (full && found.range.start == 0).then(|| (name.to_owned(), after))
}

pub(super) fn signed_on(line: &str) -> Option<String> {
    /// Longest line that a signature begins with.
    const LONG: usize = 300;
    let line = line.trim();
    if line.len() > LONG {
        return None;
    }
    let end = [
        ",", " - ", " – ", " — ", "|", "(", "\t", ";", " / ", " c/o ",
    ]
    .iter()
    .filter_map(|cut| line.find(cut))
    .min()
    .unwrap_or(line.len());
    let head = line.get(..end)?.trim();
    if line.contains('|') {
        return None;
    }
    if head.split_whitespace().count() > 5 {
        return None;
    }
    let inverted = parse_name_as(line, Order::Unknown).filter(|found| {
        found.full
            && line.matches(',').count() == 1
            && line
                .split(',')
                .next()
                .is_some_and(|family| !family.chars().any(char::is_lowercase))
    });
    inverted
        .or_else(|| parse_name_as(head, Order::Unknown))
        .or_else(|| {
            names_in(line)
                .into_iter()
                .find(|found| found.range.start == 0 && found.full)
        })
        .map(|found| found.name)
}

fn closing_lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let from = lines.len().saturating_sub(CLOSING_LINES);
    lines.get(from..).unwrap_or_default().to_vec()
}
