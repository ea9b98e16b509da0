//! Telephone numbers and addresses in a text.

use std::ops::Range;

use super::{Phone, PhoneKind};
use crate::core::person::fold;
use crate::core::reading::people::{Is, is};

/// Fewest digits of a number that begins with 0.
const DIGITS_MIN: usize = 9;
/// Most digits of a national number.
const NATIONAL_MAX: usize = 11;
/// Most digits of an international number (ITU-T E.164), with its 00.
const INTERNATIONAL_MAX: usize = 17;
/// Bytes before a number in which its label stands.
const LABEL_BYTES: usize = 28;

/// Finds telephone numbers, in order.
pub fn phones_in(text: &str) -> Vec<Phone> {
    let mut phones: Vec<Phone> = Vec::new();
    let mut before: Option<char> = None;
    let mut skip_to = 0;
    for (at, c) in text.char_indices() {
        let joined = before
            .is_some_and(|b| b.is_alphanumeric() || matches!(b, '@' | '_' | '/' | '-' | '.' | '+'));
        let free = at >= skip_to && (!joined || c == '+');
        before = Some(c);
        if !free || !matches!(c, '+' | '0') {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        if let Some(length) = number_length(rest) {
            let end = at + length;
            let number = rest
                .get(..length)
                .unwrap_or_default()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let kind = kind_of(text, at, end, &number);
            phones.push(Phone {
                range: at..end,
                number,
                kind,
            });
            skip_to = end;
        }
    }
    phones
}

/// Gives the length in bytes of the number at the start of `rest`, if there is one.
fn number_length(rest: &str) -> Option<usize> {
    let mut groups: Vec<usize> = vec![0];
    let mut digits = 0;
    let mut end = 0;
    let mut gap = String::new();
    let international = rest.starts_with('+') || rest.starts_with("00");
    let most = if international {
        INTERNATIONAL_MAX
    } else {
        NATIONAL_MAX
    };
    let mut slashes = false;
    for (at, c) in rest.char_indices() {
        if c.is_ascii_digit() {
            if !gap.is_empty() {
                let pairs = groups.iter().all(|n| *n == 2);
                // The bracketed 0 of « +33 (0)6 » is counted.
                let whole = if international { 12 } else { 10 };
                let complete = digits >= whole && (pairs || c == '0' || c == '+');
                let goes_on = gap.trim_matches([' ', '\t']) == "\n"
                    && completes(rest.get(at..).unwrap_or_default(), digits);
                if !(may_part(&gap, pairs) || goes_on) || complete {
                    break;
                }
                slashes |= gap.contains('/');
                groups.push(0);
                gap.clear();
            }
            if digits >= most {
                break;
            }
            digits += 1;
            if let Some(group) = groups.last_mut() {
                *group += 1;
            }
            end = at + 1;
        } else if at == 0 && c == '+' {
        } else if c.is_whitespace()
            || matches!(c, '.' | '-' | '/' | '(' | ')' | '\u{2010}' | '\u{2011}')
        {
            gap.push(c);
        } else {
            break;
        }
    }
    let follows = rest.get(end..).and_then(|r| r.chars().next());
    let dated = matches!(groups.as_slice(), [2, 2, 4, ..]) && !international;
    let slashed = slashes && !groups.iter().all(|n| *n == 2);
    let enough = if international {
        digits >= 10
    } else {
        digits >= DIGITS_MIN
    };
    let ends_well = !follows.is_some_and(|c| c.is_alphanumeric() || c == '@');
    (enough && ends_well && !dated && !slashed).then_some(end)
}

/// « 020 910 | 6623 »: the digits after a line break make a national number whole.
fn completes(rest: &str, digits: usize) -> bool {
    let more = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits >= 5 && (3..=6).contains(&more) && (10..=NATIONAL_MAX).contains(&(digits + more))
}

/// Whether a gap may stand inside a number; a line break only inside one written in pairs.
fn may_part(gap: &str, pairs: bool) -> bool {
    let breaks = gap.chars().filter(|c| *c == '\n').count();
    let signs = gap.chars().filter(|c| !c.is_whitespace()).count();
    let spaces = gap
        .chars()
        .filter(|c| c.is_whitespace() && *c != '\n')
        .count();
    breaks <= usize::from(pairs) && signs <= 2 && spaces <= 2 && !(breaks > 0 && signs > 0)
}

fn kind_of(text: &str, start: usize, end: usize, number: &str) -> PhoneKind {
    let mut from = start.saturating_sub(LABEL_BYTES);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let label = text.get(from..start).unwrap_or_default();
    let label = label
        .rsplit(|c: char| c.is_ascii_digit() || matches!(c, '\n' | '|' | ';' | '\t'))
        .next()
        .unwrap_or_default();
    let marked = label.trim_end().ends_with([':', '.', '=']);
    let folded = fold(label);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let after = text.get(end..).unwrap_or_default();
    let after = after
        .trim_start()
        .strip_prefix('(')
        .and_then(|rest| rest.split(')').next())
        .map(fold)
        .unwrap_or_default();
    let near = words.iter().rev().take(3).copied();
    for word in near.chain(after.split(' ')) {
        let counts = word.len() > 1 || marked;
        if !counts {
            continue;
        }
        if is(word, Is::PhoneFax) {
            return PhoneKind::Fax;
        }
        if is(word, Is::PhoneDirect) {
            return PhoneKind::Direct;
        }
        if is(word, Is::PhoneMobile) {
            return PhoneKind::Mobile;
        }
        if is(word, Is::PhoneSwitchboard) {
            return PhoneKind::Switchboard;
        }
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let national = digits
        .strip_prefix("0033")
        .or_else(|| digits.strip_prefix("33"))
        .filter(|_| number.starts_with('+') || number.starts_with("00"))
        .map(|rest| rest.trim_start_matches('0'))
        .or_else(|| digits.strip_prefix('0'))
        .unwrap_or_default();
    let mobile = matches!(national.as_bytes().first(), Some(b'6' | b'7')) && national.len() == 9
        || national.starts_with("8")
            && matches!(national.as_bytes().get(1), Some(b'3'..=b'9'))
            && national.len() == 9;
    if mobile {
        PhoneKind::Mobile
    } else {
        PhoneKind::Plain
    }
}

/// Finds e-mail addresses, in lower case, in order, each with its bytes in the text.
pub fn emails_in(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    for (sign, _) in text.match_indices('@') {
        let before = text.get(..sign).unwrap_or_default();
        let after = text.get(sign + 1..).unwrap_or_default();
        let local = before
            .bytes()
            .rev()
            .take_while(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'')
            })
            .count();
        let domain = after
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            .count();
        let local_text = before.get(sign - local..).unwrap_or_default();
        let trimmed = local_text.trim_start_matches(['.', '-', '\'', '+']);
        let domain_text = after
            .get(..domain)
            .unwrap_or_default()
            .trim_end_matches(['.', '-']);
        let start = sign - trimmed.len();
        let end = sign + 1 + domain_text.len();
        let overlaps = found.last().is_some_and(|(range, _)| range.end > start);
        if trimmed.is_empty()
            || !domain_text.contains('.')
            || domain_text.starts_with('.')
            || overlaps
        {
            continue;
        }
        let email = text.get(start..end).unwrap_or_default().to_lowercase();
        found.push((start..end, email));
    }
    found
}

/// Of several numbers the one to call: direct, then plain, then mobile, then the switchboard.
pub(super) fn best_phone(phones: &[Phone]) -> Option<String> {
    phones
        .iter()
        .filter(|phone| phone.kind != PhoneKind::Fax)
        .min_by_key(|phone| phone.kind)
        .map(|phone| phone.number.clone())
}
