//! The list of sessions that a mail answers: its numbers, the order of its lines, or the alternatives of
//! a question (« le deuxième (17 octobre) ou le troisième (14 novembre) ? »).

use jiff::Timestamp;

use super::{Programme, quoted_mentions};
use crate::core::catalogue::{Catalogue, SessionId};
use crate::core::person::fold;
use crate::core::reading::dates::dates_in;
use crate::core::tags::{tag, tags};
use crate::core::word_row::{Gap, Words, stem};

/// A question with alternatives is not longer than this.
const QUESTION_BYTES: usize = 1_500;
/// Alternatives that one asks to choose from.
const ALTERNATIVES_MAX: usize = 5;
/// Letters of a word before the numbers of a list (« Fiche 1 »).
const LABEL_LETTERS: usize = 12;

/// Reads the list of sessions in a quoted mail.
///
/// Only a list of two or more counts, one session a line; or a question that names several.
pub fn programme(text: &str, catalogue: &Catalogue, received: Timestamp) -> Programme {
    let list = list(text, catalogue, received);
    if list.items.is_empty() && text.len() <= QUESTION_BYTES && text.contains('?') {
        return alternatives(text, catalogue, received);
    }
    list
}

fn list(text: &str, catalogue: &Catalogue, received: Timestamp) -> Programme {
    let entries = list_entries(text);
    let numbered = entries.iter().any(|entry| entry.number.is_some());
    let mut list = Programme::default();
    let mut place = 0_u32;
    for entry in &entries {
        let session = the_session(&entry.text, catalogue, received);
        // an event that is not in the catalogue has its place in the list all the same
        place += u32::from(session.is_some() || has_date(&entry.text));
        let number = match (entry.number, numbered) {
            (Some(number), _) => number,
            (None, true) => continue,
            (None, false) => place,
        };
        if let Some(session) = session
            && !list.items.iter().any(|(_, id)| *id == session)
        {
            list.items.push((number, session));
            list.label = list.label.or_else(|| entry.label.clone());
        }
    }
    if list.items.len() < 2 && !numbered {
        list.items.clear();
    }
    list
}

fn has_date(text: &str) -> bool {
    let words = Words::of(text);
    let tags = tags(&words);
    // the day of receipt matters to « demain » only
    !dates_in(&words, &tags, jiff::civil::Date::constant(2000, 1, 1)).is_empty()
}

/// The sessions that a question names, by their own ordinals or in order.
fn alternatives(text: &str, catalogue: &Catalogue, received: Timestamp) -> Programme {
    /// Words between an ordinal and what it stands for: « le deuxième (mardi 17 octobre) ».
    const BEFORE: usize = 3;
    let words = Words::of(text);
    let mut items: Vec<(Option<u32>, SessionId)> = Vec::new();
    for mention in quoted_mentions(text, catalogue, received) {
        let Some(session) = mention.certain() else {
            continue;
        };
        if items.iter().any(|(_, id)| id == session) {
            continue;
        }
        let first = words
            .items
            .partition_point(|word| word.range.start < mention.range.start);
        let last = words
            .items
            .partition_point(|word| word.range.start < mention.range.end);
        let ordinal = (first.saturating_sub(BEFORE)..last)
            .rev()
            .take_while(|at| words.gap(*at + 1) < Gap::Stop || *at + 1 >= last)
            .map(|at| tag(words.folded(at)).ordinal)
            .find(|ordinal| *ordinal > 0);
        items.push((ordinal.map(u32::from), session.clone()));
    }
    let all = items.iter().all(|(ordinal, _)| ordinal.is_some());
    let none = items.iter().all(|(ordinal, _)| ordinal.is_none());
    if !(2..=ALTERNATIVES_MAX).contains(&items.len()) || !(all || none) {
        return Programme::default();
    }
    Programme {
        items: (1_u32..)
            .zip(items)
            .map(|(place, (ordinal, session))| (ordinal.unwrap_or(place), session))
            .collect(),
        label: None,
    }
}

/// The one session that an entry of a list names by all it says.
fn the_session(text: &str, catalogue: &Catalogue, received: Timestamp) -> Option<SessionId> {
    let found = quoted_mentions(text, catalogue, received);
    let mut only: Option<SessionId> = None;
    for mention in &found {
        let one = match mention.certain() {
            Some(one) => one,
            None if mention.sessions.len() > 1 || mention.is_passing() || mention.perhaps_past => {
                continue;
            }
            None => return None,
        };
        match &only {
            Some(other) if other != one => return None,
            _ => only = Some(one.clone()),
        }
    }
    only
}

struct ListEntry {
    label: Option<String>,
    number: Option<u32>,
    text: String,
}

/// Cuts a list into its entries: a line with a mark or number, and the lines that go on from it.
fn list_entries(text: &str) -> Vec<ListEntry> {
    let mut entries: Vec<ListEntry> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line
            .trim_start_matches(['>', ' ', '\t', '\u{a0}'])
            .trim_end();
        let bare = line.trim_start_matches(is_list_mark);
        let (label, rest) = label(bare);
        let number = number(rest);
        let marked = bare.len() < line.len() || number.is_some();
        if line.is_empty() {
            goes_on = false;
        } else if marked {
            entries.push(ListEntry {
                label: label.filter(|_| number.is_some()),
                number,
                text: bare.to_owned(),
            });
            goes_on = true;
        } else if goes_on && let Some(entry) = entries.last_mut() {
            entry.text.push(' ');
            entry.text.push_str(line);
        }
    }
    entries
}

/// Bullets of every kind, little pictures as well.
fn is_list_mark(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_ascii_punctuation() && !matches!(c, '«' | '“' | '‘' | '’' | '°')
        || matches!(c, '-' | '*' | '#')
}

/// The word before the number of an entry: « Fiche 1 – », « N° 3 : ».
fn label(entry: &str) -> (Option<String>, &str) {
    let letters: usize = entry
        .chars()
        .take_while(|c| c.is_alphabetic() || *c == '°')
        .map(char::len_utf8)
        .sum();
    let (word, rest) = entry.split_at_checked(letters).unwrap_or((entry, ""));
    let rest = rest.trim_start_matches([' ', '\u{a0}', '\t']);
    if word.is_empty()
        || word.chars().count() > LABEL_LETTERS
        || !rest.starts_with(|c: char| c.is_ascii_digit())
    {
        return (None, entry);
    }
    (Some(stem(&fold(word)).to_owned()), rest)
}

/// The number at the beginning of an entry, set off by a mark: « 1. », « 2) », « 3 – ».
fn number(entry: &str) -> Option<u32> {
    let digits = entry.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = entry.split_at_checked(digits)?;
    let keycap = rest.trim_start_matches(['\u{fe0f}', '\u{20e3}']);
    if digits == 0 || digits > 2 {
        return None;
    }
    let spaced = |rest: &str| rest.starts_with([' ', '\u{a0}', '\t']);
    let marked = keycap.len() < rest.len() && spaced(keycap)
        || rest
            .strip_prefix(['.', ')', '/', ':', '-'])
            .is_some_and(spaced)
        || rest
            .trim_start_matches([' ', '\u{a0}'])
            .strip_prefix(['-', '–', '—', ':', '|'])
            .is_some_and(spaced);
    number.parse().ok().filter(|_| marked)
}
