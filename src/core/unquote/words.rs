//! How quotes, signatures and disclaimers are marked, as data (`lexicon/quotes.toml`), compiled in.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Match, Regex};
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
    /// Month names.
    pub months: Vec<String>,
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
    /// What may follow a thanks that closes.
    pub after_thanks: Vec<String>,
    /// What a house says to its readers.
    pub slogans: Vec<String>,
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

/// What a label of a header block stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The writer.
    From,
    /// The date.
    Sent,
    /// The receivers.
    To,
    /// Who had a copy.
    Cc,
    /// The subject.
    Subject,
    /// Whatever else.
    Other,
}

/// Many words looked for in one pass.
#[derive(Debug, Default)]
pub struct Pattern(Option<Regex>);

impl Pattern {
    fn new(pattern: &str) -> Result<Pattern, regex::Error> {
        Regex::new(pattern).map(|regex| Pattern(Some(regex)))
    }

    /// Says whether one of them stands where the pattern wants it.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// Gives the first place.
    pub fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.0.as_ref()?.find(text)
    }
}

/// The lists, and what is made of them once for looking up many words in one pass.
#[derive(Debug, Default)]
pub struct Compiled {
    /// The lists.
    pub lists: Words,
    /// A verb of attribution at a text's end.
    pub may_wrote: Pattern,
    /// Such a verb inside a text.
    pub wrote_inside: Pattern,
    /// A beginning of an attribution at a text's beginning.
    pub may_start: Pattern,
    /// A closing formula at a line's beginning.
    pub closes: Pattern,
    /// A label of a form at a line's beginning.
    pub form_label: Pattern,
    /// What each label of a header block stands for.
    pub kinds: HashMap<String, Kind>,
}

impl std::ops::Deref for Compiled {
    type Target = Words;

    fn deref(&self) -> &Words {
        &self.lists
    }
}

static WORDS: LazyLock<Compiled> = LazyLock::new(|| {
    let lists = toml::from_str(include_str!("../lexicon/quotes.toml")).unwrap_or_default();
    compile(lists).unwrap_or_default()
});

fn compile(lists: Words) -> Result<Compiled, regex::Error> {
    let any = |list: &[String]| -> String {
        let mut longest_first: Vec<&String> = list.iter().collect();
        longest_first.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let escaped: Vec<String> = longest_first
            .iter()
            .map(|word| regex::escape(word))
            .collect();
        escaped.join("|")
    };
    let labels = &lists.labels;
    let named = [
        (Kind::From, &labels.from),
        (Kind::Sent, &labels.sent),
        (Kind::To, &labels.to),
        (Kind::Cc, &labels.cc),
        (Kind::Subject, &labels.subject),
        (Kind::Other, &labels.other),
    ];
    let mut kinds = HashMap::new();
    for (kind, names) in named {
        for name in names {
            kinds.entry(name.clone()).or_insert(kind);
        }
    }
    let wrote = any(&lists.wrote);
    Ok(Compiled {
        may_wrote: Pattern::new(&format!(r"(?:\b(?:{wrote})|のメール|写道)$"))?,
        wrote_inside: Pattern::new(&format!(r" (?:{wrote}) "))?,
        may_start: starting(&any(&lists.attribution_starts))?,
        closes: starting(&any(&lists.signature.closings))?,
        form_label: starting(&any(&lists.form.labels))?,
        kinds,
        lists,
    })
}

/// Compiles words that stand at the beginning and end there.
fn starting(words: &str) -> Result<Pattern, regex::Error> {
    Pattern::new(&format!(r"^(?:{words})(?:[^\p{{L}}\p{{N}}]|$)"))
}

/// Gives the words.
pub fn words() -> &'static Compiled {
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
        assert!(compile(read).unwrap().may_wrote.is_match("zoé a écrit"));
    }
}
