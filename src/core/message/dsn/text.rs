//! The failed address in a mail server's own words: after a line that announces it, before a colon, in
//! angle brackets at the beginning of a line; else whom the returned mail was for.

use super::super::super::screening::words::{Bounce, plain};
use super::super::{Message, headers};
use super::fields::unfolded;
use super::{RECIPIENTS_MAX, ReportParts};

/// How much of a report's text is looked at, in bytes: the returned mail follows.
const TEXT_BYTES_MAX: usize = 16 << 10;
/// Most filled lines between an announcement and its addresses.
const NEAR_LINES: usize = 4;

/// Gives the server's own words: the text before the returned mail.
pub fn before_returned<'a>(text: &'a str, named: &Bounce) -> &'a str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let lower = plain(line.trim_matches(['-', ' ', '\n', '=', '*', ':']));
        let short = lower.len() < 90;
        let headers = [
            "received: ",
            "return-path: ",
            "message-id: ",
            "received:from",
        ]
        .iter()
        .any(|name| lower.starts_with(name));
        if end > 0
            && (headers
                || short
                    && line.trim_start().starts_with(['-', '=', '*'])
                    && named.returned.are_in(&lower))
            || end > TEXT_BYTES_MAX
        {
            break;
        }
        end += line.len();
    }
    text.get(..end).unwrap_or(text)
}

/// Looks for the failed addresses in the server's own words.
pub fn in_text(cut: &str, named: &Bounce, ignored: &[String]) -> Vec<String> {
    let mut strong: Vec<String> = Vec::new();
    let mut announced: Vec<String> = Vec::new();
    let mut leading: Vec<String> = Vec::new();
    let mut any: Vec<String> = Vec::new();
    let mut near = 0usize;
    for line in cut.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        let lower = plain(trimmed);
        let found: Vec<String> = words_of(trimmed)
            .filter_map(address)
            .filter(|a| !is_server(a))
            .collect();
        let leads = trimmed.trim_start_matches(['*', '-', '•', ' ', '\t', '"', '\'', '(', '.']);
        let first = found.first().cloned();
        let at_start = first.as_ref().is_some_and(|a| {
            leads
                .trim_start_matches(['<', '"'])
                .to_lowercase()
                .starts_with(a.as_str())
        });
        let bracketed = at_start && leads.starts_with('<');
        let named_here = named.intros.are_in(&lower);
        if let Some(address) = first {
            if lower.contains("rcpt to")
                || bracketed && (leads.contains(">:") || leads.ends_with('>'))
            {
                push(&mut strong, &address);
            } else if at_start && near > 0 || named_here {
                push(&mut announced, &address);
            } else if at_start {
                push(&mut leading, &address);
            }
            for address in &found {
                push(&mut any, address);
            }
        }
        near = if named_here {
            NEAR_LINES
        } else if at_start {
            near
        } else {
            near.saturating_sub(1)
        };
    }
    for list in [strong, announced, leading, any] {
        let kept: Vec<String> = list
            .iter()
            .filter(|a| !ignored.contains(a))
            .cloned()
            .collect();
        if !kept.is_empty() {
            return kept;
        }
    }
    Vec::new()
}

fn push(list: &mut Vec<String>, address: &str) {
    if list.len() < RECIPIENTS_MAX && !list.iter().any(|known| known == address) {
        list.push(address.to_owned());
    }
}

/// Says whether an address is a mail server's own.
fn is_server(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    local.starts_with("mailer-daemon") || local.is_empty()
}

/// Gives whom the returned mail was for.
pub fn returned_to(
    message: &Message,
    parts: &ReportParts,
    complaint: Option<&str>,
    ignored: &[String],
) -> Vec<String> {
    let mut found = Vec::new();
    for line in complaint.unwrap_or_default().lines() {
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("original-rcpt-to:") || lower.starts_with("removal-recipient:") {
            add(&mut found, line.split_once(':').map_or("", |(_, v)| v));
        }
    }
    for attached in &message.attached {
        let to = attached.to.iter().chain(&attached.cc);
        found.extend(to.map(|a| a.email.clone()));
    }
    let texts = parts
        .iter()
        .filter(|(kind, _)| kind.ends_with("headers"))
        .map(|(_, text)| text.as_str());
    for text in texts.chain([message.text.as_str()]) {
        if !found.is_empty() {
            break;
        }
        for line in unfolded(text) {
            let lower = line
                .get(..12)
                .unwrap_or(&line)
                .trim_start()
                .to_ascii_lowercase();
            if lower.starts_with("to:") || lower.starts_with("to :") {
                add(&mut found, &line);
            }
        }
    }
    let foreign: Vec<String> = found
        .iter()
        .filter(|a| !ignored.contains(a))
        .cloned()
        .collect();
    if foreign.is_empty() { found } else { foreign }
}

/// Finds an enhanced status code (RFC 3463): class 2, 4 or 5.
pub fn enhanced_code(text: &str) -> Option<String> {
    let odd = |c: char| !(c.is_ascii_digit() || c == '.');
    text.get(..TEXT_BYTES_MAX.min(text.len()))
        .unwrap_or(text)
        .split(odd)
        .find_map(|word| {
            let mut pieces = word.trim_matches('.').split('.');
            let (class, subject, detail) = (pieces.next()?, pieces.next()?, pieces.next()?);
            let fits = matches!(class, "2" | "4" | "5")
                && (1..=3).contains(&subject.len())
                && (1..=3).contains(&detail.len());
            (fits && pieces.next().is_none()).then(|| format!("{class}.{subject}.{detail}"))
        })
}

/// Says whether a server's three-digit refusal stands in a text.
pub fn has_smtp_code(text: &str) -> bool {
    text.lines().any(|line| {
        line.split(|c: char| !c.is_ascii_digit()).any(|word| {
            word.len() == 3
                && matches!(
                    word.as_bytes(),
                    [b'5', b'0' | b'5' | b'7', _] | [b'4', b'2' | b'5', _]
                )
        })
    })
}

pub fn is_delay(message: &Message, cut: &str, named: &Bounce, status: Option<&str>) -> bool {
    let text = plain(&format!("{} {cut}", message.subject));
    named.delays.are_in(&text)
        || status.is_some_and(|status| status.starts_with('4'))
            && !text.contains("given up")
            && !text.contains("permanent")
}

/// Gives the first address in a text.
pub fn first_address(text: &str) -> Option<String> {
    words_of(text).find_map(address)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '<' | '>'
                    | '('
                    | ')'
                    | '"'
                    | ','
                    | ';'
                    | '['
                    | ']'
                    | '{'
                    | '}'
                    | '\''
                    | '|'
                    | '«'
                    | '»'
                    | '='
            )
    })
}

fn address(word: &str) -> Option<String> {
    let word = word
        .trim_start_matches("mailto:")
        .trim_start_matches("rfc822:");
    let word = word.trim_matches([':', '.', '*', '!', '/']);
    let (_, domain) = word.split_once('@')?;
    let fits = domain.len() > 1
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    fits.then(|| headers::email(word)).flatten()
}

pub fn add(recipients: &mut Vec<String>, list: &str) {
    for address in words_of(list).filter_map(address) {
        if !recipients.contains(&address) && recipients.len() < RECIPIENTS_MAX {
            recipients.push(address);
        }
    }
}
