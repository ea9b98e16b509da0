//! The names of a mail: whole, short, titled, by their place; and which of them are none.

mod short;

pub(super) use short::{add_short_names, known_names, with_subjects};

use super::super::names::NameFound;
use super::super::people::{Is, is};
use super::super::session::{Mention, Way};
use crate::core::person::{Person, fold};

/// « Appel de Mme Odile Garnier »: the name begins at its title.
pub(super) fn from_title(text: &str, name: &mut NameFound) {
    let Some(whole) = text.get(name.range.clone()) else {
        return;
    };
    let (tokens, _) = super::super::tokens::tokens(whole);
    let title = tokens
        .iter()
        .skip(1)
        .find(|t| t.capital && t.folded.len() > 1 && is(&t.folded, Is::Title));
    if let Some(title) = title
        && let Some(parsed) = whole
            .get(title.start..)
            .and_then(super::super::names::parse_name)
    {
        name.title = Some(title.folded.clone());
        name.range.start += title.start;
        name.name = parsed;
    }
}

/// "Saltings Spill Services": a word for a body goes on in capitals where the name ends.
pub(super) fn is_of_body(text: &str, name: &NameFound) -> bool {
    let rest = text.get(name.range.end..).unwrap_or_default();
    let next: String = rest
        .strip_prefix(' ')
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .collect();
    !is_surely_person(text, name)
        && next.starts_with(char::is_uppercase)
        && is(&fold(&next), Is::Structure)
}

/// A title, or a given name that is known, begins it.
fn is_surely_person(text: &str, name: &NameFound) -> bool {
    name.title.is_some()
        || text
            .get(name.range.clone())
            .and_then(|t| t.split([' ', '-']).next())
            .is_some_and(|first| is(&fold(first), Is::Given))
}

/// « à la session X : A et B, du X »: a session's words end where a colon opens a list of people.
pub(super) fn end_before_list(text: &str, names: &[NameFound], mentions: &mut [Mention]) {
    for mention in mentions {
        end_before_person(text, names, mention);
        let Some(quote) = text.get(mention.range.clone()) else {
            continue;
        };
        let Some(colon) = quote.find(':') else {
            continue;
        };
        let at = mention.range.start + colon;
        let opens = names
            .iter()
            .any(|n| n.full && n.range.start > at && n.range.start <= at + LIST_GAP_BYTES);
        if opens && colon > 0 {
            mention.range.end = at;
            mention.quote = quote.get(..colon).unwrap_or(quote).trim_end().to_owned();
        }
    }
}

/// "a seat in Perth for Ann Oakes, Treasurer of …": a session's words end where somebody is named.
fn end_before_person(text: &str, names: &[NameFound], mention: &mut Mention) {
    let led = |n: &&NameFound| {
        let before = text
            .get(mention.range.start..n.range.start)
            .unwrap_or_default();
        let last = before
            .split_whitespace()
            .next_back()
            .map(fold)
            .unwrap_or_default();
        matches!(
            last.as_str(),
            "pour" | "for" | "avec" | "with" | "par" | "by"
        )
    };
    let person = names
        .iter()
        .filter(|n| {
            n.full
                && is_surely_person(text, n)
                && n.range.start > mention.range.start
                && n.range.end <= mention.range.end
        })
        .find(led);
    let Some(person) = person else { return };
    let before = text
        .get(mention.range.start..person.range.start)
        .unwrap_or_default();
    let before = before.trim_end();
    let kept = before
        .rsplit_once(char::is_whitespace)
        .map_or("", |(kept, _)| kept.trim_end());
    if !kept.is_empty() {
        mention.range.end = mention.range.start + kept.len();
        mention.quote = kept.to_owned();
    }
}

/// What may stand between a colon and the first name of a list: spaces, a number, a title.
const LIST_GAP_BYTES: usize = 8;

/// « ma femme Josiane gendreau »: the writer's own family name behind a given name, in small letters.
pub(super) fn share_family_name(text: &str, sender: &Person, names: &mut [NameFound]) {
    let Some((_, family)) = sender.name.split_once(' ') else {
        return;
    };
    for found in names.iter_mut().filter(|n| !n.full && n.title.is_none()) {
        let Some(rest) = text.get(found.range.end..) else {
            continue;
        };
        let follows = rest.strip_prefix(' ').and_then(|r| r.get(..family.len()));
        if follows.is_some_and(|f| fold(f) == fold(family)) {
            found.range.end += 1 + family.len();
            found.name = format!("{} {family}", found.name);
            found.full = true;
        }
    }
}

/// Blanks lines that are nothing but a greeting, so that the first name below is not taken for the one
/// greeted; all places stay the same.
pub(super) fn without_greetings(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut first = true;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let words = bare
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty());
        let greeting = !bare.is_empty()
            && bare.len() < 40
            && words.clone().count() <= 3
            && words.into_iter().all(|w| {
                let folded = super::super::tokens::fold_word(w);
                is(&folded, Is::Greeting) || is(&folded, Is::Title)
            });
        let called = if first { vocative(line) } else { 0 };
        first &= bare.is_empty() || greeting;
        let blank = if greeting { line.len() } else { called };
        let (greeted, rest) = line.split_at_checked(blank).unwrap_or(("", line));
        plain.extend(greeted.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        plain.push_str(rest);
    }
    plain
}

/// Gives the bytes at the begin of a mail that call its reader: « Maud, je … », "Hester hello". A name
/// with an apposition calls nobody (« Paul, mon collègue, viendra »), nor does the first of a list.
fn vocative(line: &str) -> usize {
    let start = line.len() - line.trim_start().len();
    let body = line.get(start..).unwrap_or_default();
    let length = body
        .find(|c: char| !c.is_alphanumeric() && c != '-' && !is_mark(c))
        .unwrap_or(body.len());
    let (word, after) = body.split_at_checked(length).unwrap_or(("", ""));
    let next = after.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '\n');
    let next: String = next.chars().take_while(|c| c.is_alphanumeric()).collect();
    let folded = fold(&next);
    // « Maud, skipper's got us out » is no apposition
    let elided = after
        .split_once(next.as_str())
        .is_some_and(|(_, rest)| rest.starts_with(['\'', '’']));
    let tells = is(&folded, Is::Function) && !elided
        || is(&folded, Is::PersonLead)
        || matches!(
            folded.as_str(),
            "mon"
                | "ma"
                | "notre"
                | "nos"
                | "my"
                | "our"
                | "le"
                | "la"
                | "l"
                | "un"
                | "une"
                | "the"
                | "qui"
                | "who"
                | "ne"
                | "n"
        );
    let marked = after.trim_start().starts_with([',', '!'])
        && !tells
        && !next.starts_with(|c: char| {
            c.is_uppercase() && !matches!(folded.as_str(), "i" | "je" | "j")
        });
    let capital = word.starts_with(char::is_uppercase) && word.chars().count() > 2;
    let plain = !is(&fold(word), Is::Structure) && !is(&fold(word), Is::Never);
    if capital && plain && (marked || !next.is_empty() && is(&folded, Is::Greeting)) {
        start + length
    } else {
        0
    }
}

/// A combining mark that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Says whether a name stands inside words of a session's title: « Mental Health First Aid ».
pub(super) fn is_in_title(name: &NameFound, mentions: &[Mention]) -> bool {
    mentions.iter().any(|m| {
        let titled = m
            .ways
            .iter()
            .any(|w| matches!(w, Way::Title | Way::PartialTitle | Way::Alias | Way::Series));
        titled && name.range.start < m.range.end && m.range.start < name.range.end
    })
}
