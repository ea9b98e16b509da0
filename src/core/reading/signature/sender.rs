//! Who the sender is, from headers, signature and the newly written text.

use super::contacts::{best_phone, phones_in};
use super::lists::{forms_in, lists_in, tables_in};
use super::segments::facts;
use super::{Phone, complete, details_near, occurrence};
use crate::core::message::Message;
use crate::core::person::{Address, Person, fold, name_key};
use crate::core::reading::names::{
    Order, may_be, name_of_address, names_in, parse_name_as, restore,
};
use crate::core::reading::people::{Is, is};
use crate::core::tags::{Kind, tag};
use crate::core::unquote::Parts;

/// Bytes of a line before a number in which it is said whose it is.
const LINE_BEFORE: usize = 240;
/// Lines at the end of the text in which a signature without any mark stands.
const CLOSING_LINES: usize = 8;

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
        let said = facts(beside, name, true);
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

/// The sender's name: of From, Reply-To and signature the one that is a full name, in its best spelling.
fn sender_name(from: Option<&Address>, reply_to: Option<&Address>, parts: &Parts) -> String {
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
    let stated = stated_name(&parts.new);
    let renamed = stated.clone().filter(|stated| {
        let shares = |header: &String| {
            fold(header)
                .split(' ')
                .any(|word| word.len() >= 3 && fold(stated).split(' ').any(|other| other == word))
        };
        header.as_ref().is_some_and(shares)
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
                (None, true) => other_signer(&header, parts, &local).unwrap_or(header),
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
    let from_display = from
        .and_then(|address| address.name.as_deref())
        .unwrap_or_default();
    if all_text.is_ascii() && from_display.is_ascii() {
        return chosen;
    }
    restore(&restore(&chosen, from_display), &all_text)
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

fn local_bears(local: &str, name: &str) -> bool {
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
        true => super::lists::people_in(&parts.new),
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
    /// Longest name with what is said around it.
    const NEAR: usize = 100;
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
    leads.iter().find_map(|lead| {
        let at = text.find(lead)? + lead.len();
        let mut end = text.len().min(at + NEAR);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let rest = text.get(at..end)?;
        let found = names_in(&format!("Mme {rest}")).into_iter().next()?;
        let name = found
            .name
            .strip_prefix("Mme ")
            .unwrap_or(&found.name)
            .to_owned();
        let after = rest.get(found.range.end.checked_sub(4)?..)?;
        let short = lead.starts_with('I');
        let now = after.trim_start().starts_with("now");
        let full = name_key(&name).contains(' ');
        (full && found.range.start == 0 && (!short || now)).then_some(name)
    })
}

fn signed_on(line: &str) -> Option<String> {
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

/// The lines that speak of the sender as a signature does: the signature itself, and each line of the
/// text that begins with their name, with those that follow it up to a blank line.
fn sender_block(parts: &Parts, name: &str) -> String {
    let mut block = parts.signature.clone();
    if name.is_empty() {
        return block;
    }
    let mut inside = false;
    for line in parts.new.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            inside = false;
            continue;
        }
        let begins = signed_on(trimmed).is_some_and(|signed| {
            name_key(&signed) == name_key(name) || may_be(&signed, name) && !signed.contains('.')
        });
        if begins {
            inside = true;
        } else if inside && is_about_another(trimmed, name) {
            inside = false;
        }
        if inside {
            block.push('\n');
            block.push_str(trimmed);
        }
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
            named.is_empty() || own
        })
        .collect();
    best_phone(&free)
}

/// Finds the name of a body in running text: its word and the capitals that follow (« du GAL Pays de
/// Cournelle », « la Communauté de communes du Val de Brumes »).
pub fn organisation_in(text: &str) -> Option<String> {
    let mut found: Option<String> = None;
    let mut people_of: Option<String> = None;
    let words: Vec<(usize, &str)> = words_of(text);
    let mut at = 0;
    while let Some((start, word)) = words.get(at) {
        let folded = fold(word);
        let body = folded
            .split(' ')
            .next_back()
            .is_some_and(|last| is(last, Is::Structure) && !tag(last).is(Kind::Event));
        let before = words.get(at.saturating_sub(3)..at).unwrap_or_default();
        let says = |list: &[&str]| {
            before
                .iter()
                .any(|(_, word)| list.contains(&fold(word).as_str()))
        };
        if !body || says(&LEAVING) {
            people_of = people_of.or_else(|| body_of_people(text, &words, at));
            at += 1;
            continue;
        }
        let joining = says(&JOINING);
        if found.is_none()
            && let Some(inside) = bracket_after(text, &words, at)
        {
            found = Some(inside);
        }
        let end = body_end(&words, at);
        let capitals = words
            .get(at + 1..end)
            .unwrap_or_default()
            .iter()
            .any(|(_, word)| starts_capital(word));
        if capitals {
            let (last, text_of_last) = words.get(end - 1).copied()?;
            let name = text.get(*start..last + text_of_last.len())?;
            let name = name.trim_matches(|c: char| !c.is_alphanumeric());
            let name = name
                .strip_prefix("l'")
                .or_else(|| name.strip_prefix("d'"))
                .or_else(|| name.strip_prefix("l’"))
                .unwrap_or(name);
            if found.is_none() || joining {
                found = Some(name.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
        if !capitals && found.is_none() && starts_capital(word) {
            found = capitals_before(text, &words, at);
        }
        at = end.max(at + 1);
    }
    found.or(people_of)
}

/// Before the body that somebody leaves.
const LEAVING: [&str; 5] = ["quitte", "quitter", "leaving", "leave", "left"];
/// Before the body that they join.
const JOINING: [&str; 5] = ["rejoindre", "rejoins", "desormais", "joining", "titre"];

/// « les quatre personnes de Spelunca », "two people from Kilmore"
fn body_of_people(text: &str, words: &[(usize, &str)], at: usize) -> Option<String> {
    let noun = fold(words.get(at)?.1);
    let people = matches!(
        noun.as_str(),
        "personnes"
            | "equipe"
            | "agents"
            | "salaries"
            | "membres"
            | "benevoles"
            | "people"
            | "persons"
            | "bookings"
            | "staff"
            | "inscrits"
    );
    let link = fold(words.get(at + 1)?.1);
    let linked = matches!(link.as_str(), "de" | "du" | "des" | "from" | "of" | "chez");
    if !people || !linked {
        return None;
    }
    let (start, first) = words.get(at + 2)?;
    let end = body_end(words, at + 2);
    let (last, word) = words.get(end - 1)?;
    let name = text.get(*start..last + word.len())?;
    starts_capital(first).then(|| name.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
}

/// « pour mon club (Tir à l'arc de Nort) »
fn bracket_after(text: &str, words: &[(usize, &str)], at: usize) -> Option<String> {
    let (start, next) = words.get(at + 1)?;
    let opens = next.strip_prefix('(')?.chars().next()?.is_uppercase();
    let inside = text.get(start + 1..)?.split(')').next()?;
    let short = inside.split_whitespace().count() <= 8 && !inside.contains(['@', '\n']);
    (opens && short).then(|| inside.trim().to_owned())
}

/// « from Nort Stonework »: in English the word for the body ends its name.
fn capitals_before(text: &str, words: &[(usize, &str)], at: usize) -> Option<String> {
    let before = |at: usize| at.checked_sub(1).and_then(|before| words.get(before));
    let mut from = at;
    while let Some((_, word)) = before(from) {
        let folded = fold(word);
        let stranger = is(&folded, Is::Never) || is(&folded, Is::Greeting);
        if !starts_capital(word) || ends_phrase(word) || stranger {
            break;
        }
        from -= 1;
    }
    let (start, _) = words.get(from)?;
    let (last, word) = words.get(at)?;
    let name = text.get(*start..last + word.len())?;
    let led = before(from).is_some_and(|(_, word)| {
        matches!(
            fold(word).as_str(),
            "from" | "at" | "of" | "for" | "the" | "du" | "de" | "chez" | "our"
        )
    });
    (from < at && led).then(|| name.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
}

fn words_of(text: &str) -> Vec<(usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split_whitespace()
        .map(|word| (word.as_ptr() as usize - base, word))
        .collect()
}

/// Where a body's name ends: at the first small word that is not of such names, or at a stop.
fn body_end(words: &[(usize, &str)], at: usize) -> usize {
    let mut end = at + 1;
    let mut last = at + 1;
    if words.get(at).is_some_and(|(_, word)| ends_phrase(word)) {
        return end;
    }
    while let Some((_, word)) = words.get(end) {
        let folded = fold(word);
        let inner = folded
            .split(' ')
            .all(|part| is(part, Is::StructureInner) || is(part, Is::Structure));
        let capital = starts_capital(word);
        if !inner && !capital || word.starts_with(['(', '«', '"']) {
            break;
        }
        end += 1;
        if capital {
            last = end;
        }
        if ends_phrase(word) {
            break;
        }
    }
    last
}

fn ends_phrase(word: &str) -> bool {
    word.ends_with([',', '.', ';', ':', ')', '!', '?', '»', '"'])
}

fn starts_capital(word: &str) -> bool {
    let bare = ["l'", "d'", "L'", "D'", "l’", "d’"]
        .iter()
        .find_map(|elided| word.strip_prefix(elided))
        .unwrap_or(word);
    bare.chars().next().is_some_and(char::is_uppercase)
}

/// A display name that is a body's (« GAL Haut-Lauzan », « Secrétariat LISV »).
fn organisation_of_display(display: &str) -> Option<String> {
    let folded = fold(display);
    let words: Vec<&str> = folded.split(' ').collect();
    let body = words.iter().any(|word| is(word, Is::Structure));
    let unit = words.iter().any(|word| is(word, Is::Unit));
    if display.contains('@') || words.len() < 2 || !body && !unit {
        return None;
    }
    // « Secrétariat LISV », « Direction GAL Drouzet »: without the unit.
    let rest: Vec<&str> = display
        .split_whitespace()
        .skip_while(|word| {
            let folded = fold(word);
            folded.split(' ').all(|part| {
                (is(part, Is::Unit) || is(part, Is::Never)) && !is(part, Is::Structure)
                    || matches!(part, "du" | "de" | "la" | "des")
            })
        })
        .collect();
    let rest = rest.join(" ");
    Some(if rest.is_empty() {
        display.to_owned()
    } else {
        rest
    })
}
