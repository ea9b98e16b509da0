//! The words by which machines are known, as data (`lexicon/machines.toml`), compiled in.

use std::sync::LazyLock;

use serde::Deserialize;

/// The lists of `machines.toml`; all in lower case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Words of a plain part that only says that the mail is HTML.
    pub stubs: Vec<String>,
    /// Absence messages.
    pub absence: Absence,
    /// Read receipts.
    pub receipt: Marks,
    /// Challenges to click.
    pub challenge: Marks,
    /// Addresses that nobody reads.
    pub noreply: NoReply,
    /// Delivery reports.
    pub bounce: Bounce,
}

/// Words of one kind of machine: beginnings of subjects, and words of bodies.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Beginnings of subjects.
    pub subjects: Vec<String>,
    /// Words of bodies.
    pub bodies: Vec<String>,
}

/// Words of absence messages.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Beginnings of subjects.
    pub subjects: Vec<String>,
    /// Words by which a body says that its writer is away now.
    pub away: Vec<String>,
    /// What it says besides.
    pub besides: Vec<String>,
    /// What only a person would ask.
    pub asks: Vec<String>,
    /// Headers that only answering machines set.
    pub headers: Vec<String>,
}

/// Local parts that nobody reads.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoReply {
    /// Beginnings.
    pub starts: Vec<String>,
    /// Ends.
    pub ends: Vec<String>,
    /// Whole local parts.
    pub whole: Vec<String>,
}

/// Words of delivery reports.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounce {
    /// Local parts of those who send them.
    pub daemons: Vec<String>,
    /// Words of their display names.
    pub names: Vec<String>,
    /// Words of subjects.
    pub subjects: Vec<String>,
    /// Words of bodies.
    pub bodies: Vec<String>,
    /// Words of a report of a delay.
    pub delays: Vec<String>,
    /// Words of the line above the failed addresses.
    pub intros: Vec<String>,
    /// Words of the line below which the returned mail stands.
    pub returned: Vec<String>,
}

static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("../lexicon/machines.toml")).unwrap_or_default());

/// Folds a text for comparing with the words: lower case, plain apostrophes, single blanks.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '’' | '\u{2bc}' | '`' => out.push('\''),
            c if c.is_whitespace() && (out.is_empty() || out.ends_with(' ')) => {}
            c if c.is_whitespace() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Says whether a folded text holds one of the words.
pub fn holds(text: &str, list: &[String]) -> bool {
    list.iter().any(|word| text.contains(word.as_str()))
}

/// Gives the words.
pub fn words() -> &'static Words {
    &WORDS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_file_is_read() {
        let read: Words = toml::from_str(include_str!("../lexicon/machines.toml")).unwrap();
        assert!(!read.stubs.is_empty());
    }
}
