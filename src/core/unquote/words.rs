//! How quotes, signatures and disclaimers are marked, as data (`lexicon/quotes.toml`), compiled in.

use std::sync::LazyLock;

use serde::Deserialize;

/// The lists of `quotes.toml`; all in lower case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Verbs of attribution lines.
    pub wrote: Vec<String>,
    /// Words before the verb that make it a sentence of the sender's own.
    pub not_before_wrote: Vec<String>,
    /// Beginnings of attribution lines.
    pub attribution_starts: Vec<String>,
    /// Lines that announce a quoted mail.
    pub markers: Vec<String>,
    /// The same where it is forwarded.
    pub forward_markers: Vec<String>,
    /// Labels of header blocks.
    pub labels: Labels,
    /// Marks of signatures and of what programs add.
    pub signature: Signature,
    /// Forms inside announcements.
    pub form: Form,
}

/// Labels of header blocks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// The writer.
    pub from: Vec<String>,
    /// The date.
    pub sent: Vec<String>,
    /// The receivers.
    pub to: Vec<String>,
    /// Who had a copy.
    pub cc: Vec<String>,
    /// The subject.
    pub subject: Vec<String>,
    /// Whatever else stands among them.
    pub other: Vec<String>,
}

/// Marks of signatures and of what programs add.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Closing formulas.
    pub closings: Vec<String>,
    /// Lines that programs add.
    pub mobile: Vec<String>,
    /// Beginnings of disclaimers.
    pub disclaimers: Vec<String>,
    /// Marks of a list's footer.
    pub list_footers: Vec<String>,
}

/// Forms inside announcements.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Words of the line that asks to fill it in.
    pub intros: Vec<String>,
    /// Labels.
    pub labels: Vec<String>,
    /// Labels of which one must be there.
    pub name_labels: Vec<String>,
}

static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("../lexicon/quotes.toml")).unwrap_or_default());

/// Gives the words.
pub fn words() -> &'static Words {
    &WORDS
}

/// Says whether `text` begins with one of the words, and the word ends there.
pub fn begins(text: &str, list: &[String]) -> bool {
    list.iter().any(|word| begins_with_word(text, word))
}

/// Says whether `text` begins with `word` at a word's end.
pub fn begins_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| {
        word.ends_with([' ', '.', ':', '\'']) || !rest.starts_with(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_file_is_read() {
        let read: Words = toml::from_str(include_str!("../lexicon/quotes.toml")).unwrap();
        assert!(!read.wrote.is_empty());
    }
}
