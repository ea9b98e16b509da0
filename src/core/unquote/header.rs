//! What stands above a quoted mail: an attribution line, a marker, a block of labels.

use super::cut::{is_quoted, is_rule};
use super::words::{Kind, begins_with_word, words};
use attribution::attribution;

mod attribution;

/// Longest line that can be an attribution or a marker, in bytes.
const LINE_BYTES_MAX: usize = 400;
/// Most lines over which an attribution is folded.
const FOLD_MAX: usize = 4;
/// Most lines of a header block, folded lists of receivers included.
const BLOCK_LINES_MAX: usize = 40;
/// Most lines without a label inside a block: a folded list of receivers.
const FOLDED_LINES_MAX: usize = 6;
/// Longest label, in bytes.
const LABEL_BYTES_MAX: usize = 30;

/// What a header says of the quoted mail.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Its writer, as named.
    pub from_name: Option<String>,
    /// Its writer's address, lower case.
    pub from_email: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
}

impl Header {
    /// Says whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Header::default()
    }
}

/// A header that was found.
pub struct Found<'a> {
    /// The first line after it.
    pub end: usize,
    /// What it says.
    pub header: Header,
    /// True if it announces a forwarded mail.
    pub forwarded: bool,
    /// New text before it on its first line.
    pub before: &'a str,
}

/// Looks for a header that begins at line `at`.
pub fn find<'a>(lines: &[&'a str], at: usize) -> Option<Found<'a>> {
    let line = lines.get(at)?;
    if line.len() > LINE_BYTES_MAX {
        return None;
    }
    block(lines, at)
        .or_else(|| marker(lines, at))
        .or_else(|| attribution(lines, at))
}

/// A marker line (« ----- Message original ----- »), with the block or attribution that may follow.
fn marker<'a>(lines: &[&'a str], at: usize) -> Option<Found<'a>> {
    let line = lines.get(at)?;
    let forwarded = marks(line)?;
    let mut next = at + 1;
    while lines.get(next).is_some_and(|line| is_rule(line)) && next < at + FOLD_MAX {
        next += 1;
    }
    let plain = |line: &&&str| !is_quoted(line) && line.len() <= LINE_BYTES_MAX;
    let inner = lines.get(next).filter(plain).and_then(|_| {
        block(lines, next)
            .or_else(|| bare_block(lines, next))
            .or_else(|| attribution(lines, next))
    });
    Some(match inner {
        Some(inner) => Found {
            forwarded: forwarded || inner.forwarded,
            ..inner
        },
        None => Found {
            end: at + 1,
            header: Header::default(),
            forwarded,
            before: "",
        },
    })
}

/// Says whether a line is a marker, and if so whether of a forwarded mail.
fn marks(line: &str) -> Option<bool> {
    const MARKER_BYTES_MAX: usize = 120;
    const MARKER_BYTES_MIN: usize = 8;
    let trimmed = line.trim().trim_start_matches('*');
    if trimmed.len() > MARKER_BYTES_MAX {
        return None;
    }
    let drawn = |c: char| {
        matches!(
            c,
            '-' | '_' | '=' | '*' | '–' | '—' | ' ' | '\u{a0}' | '>' | '<'
        )
    };
    let inner = trimmed.trim_matches(drawn);
    let dashes = trimmed.starts_with(['-', '_', '=', '–', '—']);
    if inner.len() < MARKER_BYTES_MIN {
        return None;
    }
    if !dashes && !inner.ends_with(':') && !trimmed.starts_with("Message du ") {
        return None;
    }
    let folded = inner
        .trim_end_matches([':', ' ', '\u{a0}'])
        .to_lowercase()
        .replace('’', "'");
    let is = |list: &[String]| {
        list.iter()
            .any(|mark| folded == *mark || dashes && begins_with_word(&folded, mark))
    };
    let named = words();
    if is(&named.forward_markers)
        && (dashes
            || inner.ends_with(':')
            || folded.starts_with("begin")
            || folded.starts_with("début"))
    {
        return Some(true);
    }
    if is(&named.markers) && (dashes || inner.ends_with(':')) {
        return Some(false);
    }
    // « Message du 01/09/17 10:41 » (Orange).
    let orange = folded.strip_prefix("message du ")?;
    (has_date(orange) && inner.len() < LABEL_BYTES_MAX).then_some(false)
}

/// Reads `Label : value`.
fn label(line: &str) -> Option<(Kind, &str)> {
    let trimmed = line.trim_start().trim_start_matches(['*', '_']);
    let (name, value) = trimmed.split_once([':', '：'])?;
    if name.len() > LABEL_BYTES_MAX || !name.starts_with(char::is_alphabetic) {
        return None;
    }
    let name = name
        .trim_matches(['*', '_', ' ', '\u{a0}', '\t'])
        .to_lowercase();
    let kind = *words().kinds.get(&name)?;
    Some((kind, value.trim_matches(['*', ' ', '\u{a0}', '\t', '|'])))
}

/// A block of labels: the writer and two more, or the writer's address and the date.
fn block<'a>(lines: &[&'a str], at: usize) -> Option<Found<'a>> {
    let line = lines.get(at)?;
    let (first, value) = label(line)?;
    if first == Kind::Other || first == Kind::Cc {
        return None;
    }
    if let Some(header) = one_line(first, value) {
        return Some(Found {
            end: at + 1,
            header,
            forwarded: false,
            before: "",
        });
    }
    let mut seen: Vec<Kind> = Vec::new();
    let mut header = Header::default();
    let mut strong = false;
    let (mut end, mut next, mut folded) = (at, at, 0);
    let mut subject_open = false;
    while let Some(line) = lines.get(next).filter(|_| next < at + BLOCK_LINES_MAX) {
        let read = if is_quoted(line) || line.len() > LINE_BYTES_MAX * 4 {
            None
        } else {
            label(line)
        };
        match read {
            Some((kind, value)) if kind == Kind::Other || !seen.contains(&kind) => {
                match kind {
                    Kind::From => (header.from_name, header.from_email) = name_and_email(value),
                    Kind::Subject => {
                        header.subject = Some(value.to_owned()).filter(|s| !s.is_empty())
                    }
                    _ => {}
                }
                strong |= kind == Kind::From && value.contains('@')
                    || kind == Kind::Sent && has_date(value);
                subject_open = kind == Kind::Subject;
                seen.push(kind);
                end = next + 1;
                folded = 0;
            }
            // A blank line parts some programs' labels; two end the block.
            // Really folded (RFC 5322 §2.2.3).
            None if next == end && line.starts_with([' ', '\t']) && !line.trim().is_empty() => {
                if let Some(subject) = header.subject.as_mut().filter(|_| subject_open) {
                    subject.push(' ');
                    subject.push_str(line.trim());
                }
                end = next + 1;
            }
            None if line.trim().is_empty() && folded == 0 && next == end && !subject_open => {
                folded += 1
            }
            None if !line.trim().is_empty()
                && !is_quoted(line)
                && folded < FOLDED_LINES_MAX
                && (next > end
                    || line.contains(['@', ';', '<'])
                    || subject_open
                    || line.starts_with([' ', '\t'])) =>
            {
                folded += 1
            }
            _ => break,
        }
        next += 1;
    }
    let has = |kind: Kind| seen.contains(&kind);
    let dated = has(Kind::Sent);
    let enough = has(Kind::From) && strong && (dated || has(Kind::Subject)) && seen.len() >= 2;
    let plain = has(Kind::From) && seen.len() >= 3 && (dated || has(Kind::Subject));
    let addressed = !has(Kind::From) && dated && has(Kind::To) && (strong || has(Kind::Subject));
    (enough || plain || addressed).then_some(Found {
        end,
        header,
        forwarded: false,
        before: "",
    })
}

/// A block whose labels bear no colon (eM Client), below a marker: the writer in quotes and two more.
fn bare_block<'a>(lines: &[&'a str], at: usize) -> Option<Found<'a>> {
    const LABELS_MIN: usize = 3;
    let mut header = Header::default();
    let mut end = at;
    while let Some((name, value)) = lines.get(end).and_then(|line| line.split_once(' ')) {
        let Some(kind) = words().kinds.get(&name.to_lowercase()) else {
            break;
        };
        match kind {
            Kind::From if value.contains('@') => {
                (header.from_name, header.from_email) = name_and_email(value);
            }
            Kind::Subject => header.subject = Some(value.trim().to_owned()),
            _ => {}
        }
        end += 1;
    }
    (end >= at + LABELS_MIN && header.from_email.is_some()).then_some(Found {
        end,
        header,
        forwarded: false,
        before: "",
    })
}

/// Reads `>>> X <x@y> 04/09/2017 10:12 >>>` (GroupWise), after which nothing bears marks.
pub fn angled(line: &str) -> Option<Header> {
    if line.len() > LINE_BYTES_MAX {
        return None;
    }
    let inner = line.trim().strip_prefix(">>>")?.strip_suffix(">>>")?;
    let (from_name, from_email) = name_and_email(inner);
    (dates(inner) > 1).then_some(Header {
        from_name,
        from_email,
        subject: None,
    })
}

/// Reads a whole block that some converter put on one line (« De : … Envoyé : … Objet : … »).
fn one_line(first: Kind, value: &str) -> Option<Header> {
    if first != Kind::From {
        return None;
    }
    let labels = &words().labels;
    let lower = value.to_lowercase();
    // Lower-casing may change lengths; only then is nothing read.
    if lower.len() != value.len() {
        return None;
    }
    let place = |names: &[String]| {
        let marks = names.iter().filter(|name| name.len() > 3);
        marks
            .flat_map(|name| [format!(" {name} :"), format!(" {name}:")])
            .filter_map(|mark| lower.find(&mark).map(|at| (at, at + mark.len())))
            .min()
    };
    let (sent, _) = place(&labels.sent)?;
    let (_, subject) = place(&labels.subject)?;
    let (from_name, from_email) = name_and_email(value.get(..sent)?);
    Some(Header {
        from_name,
        from_email,
        subject: value.get(subject..).map(|s| s.trim().to_owned()),
    })
}

/// Reads `Name <address>`, `Name [mailto:address]`, `"Name"`, `address`.
fn name_and_email(value: &str) -> (Option<String>, Option<String>) {
    let email = email_in(value);
    let name = value.split(['<', '[', '(']).next().unwrap_or_default();
    let name = name.trim().trim_matches(['"', '\'', '*', ',']).trim();
    let name = if name.contains('@') { "" } else { name };
    (Some(name.to_owned()).filter(|name| !name.is_empty()), email)
}

/// Gives the first address in a text.
fn email_in(text: &str) -> Option<String> {
    let odd = |c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '[' | ']' | '(' | ')' | '"' | ',' | ';' | '|')
    };
    text.split(odd)
        .map(|word| {
            word.trim_start_matches("mailto:")
                .trim_matches([':', '\'', '*', '.'])
        })
        .find(|word| {
            word.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !domain.contains('@')
            })
        })
        .map(str::to_lowercase)
}

/// Says whether a text holds something like a date.
fn has_date(text: &str) -> bool {
    dates(text) > 0
}

/// Counts what looks like part of a date: a year, an hour, numbers parted by `/.-`.
fn dates(text: &str) -> usize {
    let chars: Vec<char> = text.chars().take(LINE_BYTES_MAX).collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let (mut at, mut found) = (0, 0);
    while at < chars.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let length = (at..).take_while(|next| digit(*next)).count();
        let after = chars.get(at + length).copied().unwrap_or(' ');
        let parted = matches!(after, ':' | '/' | '.' | '-' | 'h') && digit(at + length + 1);
        let century = (chars.get(at), chars.get(at + 1));
        let year =
            length == 4 && matches!(century, (Some('1'), Some('9')) | (Some('2'), Some('0')));
        found += usize::from(year || parted && length <= 2);
        at += length;
    }
    found
}
