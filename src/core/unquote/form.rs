//! A form that was filled in inside the quoted announcement, after the colons.
//!
//! Told apart from somebody's quoted details by the line that asks for them: an announcement says
//! « merci de nous indiquer » above its empty labels, a signature does not.

use super::words::{begins_with_word, words};

/// How many filled lines above the first label may hold the request.
const INTRO_LINES: usize = 4;
/// Longest label line looked at, in bytes.
const LINE_BYTES_MAX: usize = 300;
/// Most fields taken from one quote.
const FIELDS_MAX: usize = 60;

/// One label and what was written behind it.
pub struct Field {
    /// The whole line.
    pub line: String,
    /// The label with its colon.
    pub label: String,
    /// What was written.
    pub value: String,
}

/// Gives the fields of a quote that were filled in; empty if none, or if it cannot be told.
pub fn filled(lines: &[&str]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut named = false;
    let mut asked = 0usize;
    for (at, raw) in lines.iter().enumerate() {
        let line = raw.trim_start_matches(['>', ' ']);
        if line.is_empty() || line.len() > LINE_BYTES_MAX {
            continue;
        }
        let Some((label, value)) = field(line) else {
            // Once labels have begun, a line without one ends the form: a signature follows.
            let remark = line.starts_with('(');
            asked = if fields.is_empty() || remark {
                asked.saturating_sub(1)
            } else {
                0
            };
            if is_intro(line) {
                asked = INTRO_LINES;
            }
            continue;
        };
        if asked == 0 || fields.len() >= FIELDS_MAX {
            continue;
        }
        asked = INTRO_LINES;
        let below = lines
            .get(at + 1)
            .map_or("", |next| next.trim_start_matches(['>', ' ']));
        let value = match written(value) {
            Some(value) => value,
            // An answer on a line of its own, with no mark to tell it by.
            None if !below.is_empty() && field(below).is_none() && !raw.starts_with('>') => below,
            None => continue,
        };
        named |= is_name(line);
        fields.push(Field {
            line: if line.contains(value) {
                line.to_owned()
            } else {
                format!("{line} {value}")
            },
            label: label.to_owned(),
            value: value.to_owned(),
        });
    }
    if named { fields } else { Vec::new() }
}

/// Reads `- Label : value`, if the label is one of a form's.
fn field(line: &str) -> Option<(&str, &str)> {
    const LABEL_CHARS_MAX: usize = 60;
    let (label, value) = line.split_once(':')?;
    if label.chars().count() > LABEL_CHARS_MAX || value.starts_with("//") {
        return None;
    }
    let name = bare(label);
    let known = words().form_label.is_match(&name);
    known.then(|| (line.get(..=label.len()).unwrap_or(line).trim(), value))
}

fn bare(label: &str) -> String {
    label
        .trim_start_matches(|c: char| !c.is_alphabetic())
        .trim_end()
        .to_lowercase()
}

fn is_name(line: &str) -> bool {
    let name = bare(line);
    words()
        .form
        .name_labels
        .iter()
        .any(|known| begins_with_word(&name, known))
}

fn is_intro(line: &str) -> bool {
    let lower = line.to_lowercase();
    words()
        .form
        .intros
        .iter()
        .any(|intro| lower.contains(intro.as_str()))
}

/// Gives what was written, without the dots and lines it was written on; `None` for nothing.
fn written(value: &str) -> Option<&str> {
    let value = value
        .trim_matches(|c: char| matches!(c, ' ' | '_' | '.' | '…' | '-' | '\t' | '*' | '\u{a0}'));
    let hint = value.starts_with('(') && value.ends_with(')');
    (value.chars().any(char::is_alphanumeric) && !hint).then_some(value)
}
