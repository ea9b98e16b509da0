//! The words by which machines are known, as data (`lexicon/machines.toml`), compiled in.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

/// Phrases that are looked for anywhere in a folded text, all in one pass.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Phrases(Option<Regex>);

impl TryFrom<Vec<String>> for Phrases {
    type Error = regex::Error;

    fn try_from(phrases: Vec<String>) -> Result<Phrases, regex::Error> {
        let escaped: Vec<String> = phrases.iter().map(|phrase| regex::escape(phrase)).collect();
        Regex::new(&escaped.join("|")).map(|regex| Phrases(Some(regex)))
    }
}

impl Phrases {
    /// Says whether a folded text holds one of them.
    pub fn are_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// The lists of `machines.toml`; all in lower case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Words of a plain part that only says that the mail is HTML.
    pub stubs: Phrases,
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
    pub bodies: Phrases,
}

/// Words of absence messages.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Beginnings of subjects.
    pub subjects: Vec<String>,
    /// Words by which a body says that its writer is away now.
    pub away: Phrases,
    /// What it says besides.
    pub besides: Phrases,
    /// What only a person would ask.
    pub asks: Phrases,
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
    pub names: Phrases,
    /// Words of subjects.
    pub subjects: Phrases,
    /// Words of bodies.
    pub bodies: Phrases,
    /// Words of a report of a delay.
    pub delays: Phrases,
    /// Words of the line above the failed addresses.
    pub intros: Phrases,
    /// Words of the line below which the returned mail stands.
    pub returned: Phrases,
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
        assert!(read.stubs.are_in("ne lit pas le html"));
    }
}
