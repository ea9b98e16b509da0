//! Attribution lines: « Le … a écrit : », "On … wrote:".

use super::super::cut::is_quoted;
use super::super::words::words;
use super::{FOLD_MAX, Found, Header, LINE_BYTES_MAX, dates, email_in, has_date, name_and_email};

/// Shortest line that can begin an attribution anew; "at 10:18," only goes on with one.
const FRESH_BYTES_MIN: usize = 16;

/// An attribution (« Le … a écrit : », "On … wrote:"), folded over a few lines at most.
pub fn attribution<'a>(lines: &[&'a str], at: usize) -> Option<Found<'a>> {
    let first = lines.get(at)?;
    let starts = starts_attribution(first);
    for end in at..at + FOLD_MAX {
        let line = lines.get(end)?;
        let folded = end > at;
        // A line that begins one itself, or a blank one, ends the attempt.
        let begins_anew =
            folded && starts_attribution(line) && has_date(line) && line.len() > FRESH_BYTES_MIN;
        if line.trim().is_empty() || line.len() > LINE_BYTES_MAX || begins_anew {
            return None;
        }
        if folded
            && (is_quoted(line) && line.trim() != ">:"
                || !first.contains(|c: char| c.is_ascii_digit()))
        {
            return None;
        }
        if !may_end(line) {
            continue;
        }
        let next = lines
            .iter()
            .skip(end + 1)
            .find(|line| !line.trim().is_empty());
        let quoted = next.is_some_and(|line| is_quoted(line));
        if !folded
            && !starts
            && quoted
            && let Some(found) = inside_line(first, end)
        {
            return Some(found);
        }
        let folded = lines.get(at..=end)?.iter().map(|line| line.trim());
        let joined = folded.collect::<Vec<_>>().join(" ");
        if let Some(header) = attributes(&joined, quoted) {
            return Some(Found {
                end: end + 1,
                header,
                forwarded: false,
                before: "",
            });
        }
    }
    None
}

/// An attribution at the end of a line of new text: "reply On Wed, Apr 4, 2012, x@y wrote:".
fn inside_line<'a>(line: &'a str, at: usize) -> Option<Found<'a>> {
    let inside = [" On ", " Le "]
        .iter()
        .filter_map(|mark| line.find(mark))
        .min()?;
    let (before, rest) = line.split_at(inside);
    attributes(rest.trim(), true).map(|header| Found {
        end: at + 1,
        header,
        forwarded: false,
        before: before.trim_end_matches(['-', ' ']),
    })
}

/// Says whether a line begins like an attribution.
fn starts_attribution(line: &str) -> bool {
    let drawn = |c: char| matches!(c, '-' | '_' | '*' | '=' | ' ' | '\u{a0}');
    let start: String = line.trim_start_matches(drawn).chars().take(16).collect();
    let lower = start.to_lowercase();
    lower.starts_with(|c: char| c.is_ascii_digit() || c == '[')
        || words().may_start.is_match(&lower)
}

/// Says cheaply whether a line can be the last of an attribution: it ends in a colon, in an address,
/// in dashes behind a verb, or in a verb.
fn may_end(line: &str) -> bool {
    const VERB_CHARS_MAX: usize = 40;
    const VERB_BYTES_MIN: usize = 4;
    let trimmed = line.trim_end_matches([' ', '\u{a0}', '-', '*', '_', '=']);
    if trimmed.ends_with([':', '：', '>']) {
        return true;
    }
    let dashed = trimmed.len() < line.trim_end().len();
    if trimmed.len() < VERB_BYTES_MIN {
        return false;
    }
    (dashed || !trimmed.ends_with(['.', ',', '!', '?', ';', ')', '"', '…']))
        && words().may_wrote.is_match(&tail(trimmed, VERB_CHARS_MAX))
}

/// Gives the last `chars` characters in lower case.
fn tail(text: &str, chars: usize) -> String {
    let skip = text.chars().count().saturating_sub(chars);
    text.chars().skip(skip).collect::<String>().to_lowercase()
}

/// Gives what stands before the verb with which a text ends.
fn verb_at_end(lower: &str) -> Option<&str> {
    let drawn = |c: char| matches!(c, ':' | '：' | ' ' | '\u{a0}' | '-' | '*' | '_' | '=' | '>');
    let trimmed = lower.trim_end_matches(drawn);
    let verb = words().may_wrote.find(trimmed)?;
    trimmed.get(..verb.start())
}

/// Reads a joined attribution; `quoted`: marked lines follow.
fn attributes(joined: &str, quoted: bool) -> Option<Header> {
    if joined.len() > LINE_BYTES_MAX {
        return None;
    }
    let drawn = |c: char| matches!(c, '-' | '_' | '*' | '=' | ' ' | '\u{a0}');
    let dashes = joined.starts_with("--") && joined.ends_with("--");
    let inner = joined.trim_matches(drawn);
    let colon = inner.ends_with([':', '：']);
    let lower = inner.to_lowercase().replace('’', "'");
    let email = email_in(inner);
    let dated = has_date(&lower);
    let starts = words().may_start.is_match(&lower)
        || lower.starts_with(|c: char| c.is_ascii_digit() || c == '[');
    if let Some(before) = verb_at_end(&lower) {
        let last = before.split_whitespace().next_back().unwrap_or_default();
        let own = words()
            .not_before_wrote
            .iter()
            .any(|word| last == word || word.ends_with('\'') && before.ends_with(word.as_str()));
        let sure = starts && dated && (colon || dashes || quoted || email.is_some())
            || (colon || dashes) && quoted
            || dashes && !before.trim().is_empty()
            || colon && email.is_some();
        let named = before.chars().any(char::is_alphanumeric);
        return (sure && named && !own).then(|| header_of(inner, before, email));
    }
    // "X <x@y> a écrit sur 04/09/2017 10:12 :" (Notes): the date behind the verb.
    if let Some(verb) = words().wrote_inside.find(&lower)
        && colon
        && (quoted || email.is_some())
        && lower
            .get(verb.end()..)
            .is_some_and(|after| dates(after) > 1)
        && !has_date(lower.get(..verb.start()).unwrap_or_default())
    {
        let before = inner.get(..verb.start()).unwrap_or_default();
        let (from_name, from_email) = name_and_email(before);
        return Some(Header {
            from_name,
            from_email,
            subject: None,
        });
    }
    // "Am 4.9.2017 um 10:12 schrieb X <x@y>:": the verb before the name.
    let inside = words()
        .wrote_inside
        .find(&lower)
        .and_then(|verb| lower.get(verb.end()..));
    if let Some(after) = inside
        && dated
        && (starts && colon || quoted && email.is_some())
    {
        let name = inner
            .get(inner.len().saturating_sub(after.len())..)
            .unwrap_or_default();
        let (from_name, from_email) = name_and_email(name.trim_end_matches([':', ' ']));
        return Some(Header {
            from_name,
            from_email,
            subject: None,
        });
    }
    // "2013/5/8 X <x@y>" (old Gmail) and "30.09.2017, 18:30, X <x@y>:".
    let closes = inner.ends_with('>') && quoted
        || (inner.ends_with(">:") || inner.ends_with("> :")) && (quoted || dates(&lower) > 1);
    (dated && closes && email.is_some()).then(|| header_of(inner, &lower, email))
}

/// Reads name and address out of an attribution: the name stands after the last word with a digit.
fn header_of(inner: &str, before: &str, email: Option<String>) -> Header {
    let upto = inner.get(..before.len()).unwrap_or(inner);
    let upto = upto.split('<').next().unwrap_or_default();
    let mut name: Vec<&str> = Vec::new();
    for word in upto.split_whitespace().rev() {
        let bare = word.trim_matches([',', ':', ';', '"', '(', ')']);
        let clock = matches!(
            bare.to_lowercase().as_str(),
            "am" | "pm" | "utc" | "gmt" | "cest" | "cet" | "est" | "pdt" | "pst" | "a" | "à"
        );
        if word.contains('@') && name.is_empty() {
            continue;
        }
        let month = words().months.contains(&bare.to_lowercase());
        if word.contains(|c: char| c.is_ascii_digit() || c == '@') || clock || month {
            break;
        }
        name.push(word);
    }
    name.reverse();
    let name = name.join(" ");
    let name = name.trim_matches([',', ' ', '"', '\'', ':', '*', '(']);
    let article = matches!(name.to_lowercase().as_str(), "le" | "on" | "par" | "by");
    Header {
        from_name: Some(name.to_owned()).filter(|name| !name.is_empty() && !article),
        from_email: email,
        subject: None,
    }
}
