//! The words by which machines are known, as data (`lexicon/machines.toml`), compiled in.

use std::sync::LazyLock;

use serde::Deserialize;

/// The lists of `machines.toml`; all in lower case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Words of a plain part that only says that the mail is HTML.
    pub stubs: Vec<String>,
}

static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("../lexicon/machines.toml")).unwrap_or_default());

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
