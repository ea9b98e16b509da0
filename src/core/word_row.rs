//! Text as a row of words, each folded for comparing and with the kind of gap before it.
//!
//! One pass, no regex: two buffers for the whole text. Apostrophes, hyphens and slashes part words
//! (« l'offre », « co-construction », « 3/10 »), and the gap says by what, so that whoever reads
//! dates or names can put them together again. Ranges are bytes of the original text and always lie
//! on character borders.

use std::ops::Range;

use super::person::fold;

/// What stands between a word and the one before it; later means a deeper cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// An apostrophe.
    Apostrophe,
    /// A hyphen without spaces.
    Hyphen,
    /// A full stop without a space after it (« 03.10 »).
    Dot,
    /// A slash.
    Slash,
    /// Another sign without spaces (`@`, `_` …).
    Sign,
    /// Space.
    Space,
    /// A single line break.
    Line,
    /// A bracket or quotation mark.
    Quote,
    /// A dash between spaces, or a vertical bar.
    Dash,
    /// A comma.
    Comma,
    /// `+` or `&`.
    Plus,
    /// A colon.
    Colon,
    /// End of a sentence or paragraph, a semicolon, a list mark.
    Stop,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// What stands before it.
    pub gap: Gap,
    /// Its value if it is written in digits only and below 10,000.
    pub number: Option<u16>,
    /// Whether it begins with a capital.
    pub capital: bool,
    /// Whether all its letters are capitals, and it has two or more.
    pub upper: bool,
    folded: Range<usize>,
}

/// A text's words.
#[derive(Debug, Clone)]
pub struct Words<'t> {
    /// The text.
    pub text: &'t str,
    /// The words, in order.
    pub items: Vec<Word>,
    folded: String,
}

impl<'t> Words<'t> {
    /// Cuts a text into words.
    pub fn of(text: &'t str) -> Words<'t> {
        let mut words = Words {
            text,
            items: Vec::with_capacity(text.len() / 6),
            folded: String::with_capacity(text.len()),
        };
        let mut start: Option<usize> = None;
        let mut end = 0;
        for (at, c) in text.char_indices() {
            if is_word_char(c) {
                start.get_or_insert(at);
            } else if let Some(from) = start.take() {
                words.push(from..at, end);
                end = at;
            }
        }
        if let Some(from) = start {
            words.push(from..text.len(), end);
        }
        words
    }

    /// Gives the number of words.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Says whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Gives a word folded (lower case, no accents), or the empty string.
    pub fn folded(&self, at: usize) -> &str {
        self.items
            .get(at)
            .and_then(|word| self.folded.get(word.folded.clone()))
            .unwrap_or_default()
    }

    /// Gives a word as it stands in the text, or the empty string.
    pub fn raw(&self, at: usize) -> &'t str {
        self.items
            .get(at)
            .and_then(|word| self.text.get(word.range.clone()))
            .unwrap_or_default()
    }

    /// Gives the gap before a word; past the end it is a stop.
    pub fn gap(&self, at: usize) -> Gap {
        self.items.get(at).map_or(Gap::Stop, |word| word.gap)
    }

    /// Gives the value of a word in digits.
    pub fn number(&self, at: usize) -> Option<u16> {
        self.items.get(at).and_then(|word| word.number)
    }

    /// Gives the bytes from the first word of a run to its last.
    pub fn span(&self, run: Range<usize>) -> Range<usize> {
        let from = self.items.get(run.start).map_or(0, |w| w.range.start);
        let to = self
            .items
            .get(run.end.saturating_sub(1))
            .map_or(from, |w| w.range.end);
        from..to.max(from)
    }

    /// Gives the text from the first word of a run to its last.
    pub fn slice(&self, run: Range<usize>) -> &'t str {
        self.text.get(self.span(run)).unwrap_or_default()
    }

    fn push(&mut self, range: Range<usize>, previous_end: usize) {
        let raw = self.text.get(range.clone()).unwrap_or_default();
        let between = self.text.get(previous_end..range.start).unwrap_or_default();
        let first = raw.chars().next().unwrap_or(' ');
        let gap = if self.items.is_empty() {
            Gap::Stop
        } else {
            gap_of(between, first)
        };
        let from = self.folded.len();
        let ascii = raw.is_ascii();
        if ascii {
            self.folded
                .extend(raw.bytes().map(|b| char::from(b.to_ascii_lowercase())));
        } else {
            self.folded
                .extend(fold(raw).chars().filter(|c| !c.is_whitespace()));
        }
        let digits = raw.len() <= 4 && raw.bytes().all(|b| b.is_ascii_digit());
        let (mut letters, mut lower) = (0_usize, false);
        if ascii {
            lower = raw.bytes().any(|b| b.is_ascii_lowercase());
            letters = raw.bytes().filter(u8::is_ascii_alphabetic).count();
        } else {
            for c in raw.chars().filter(|c| c.is_alphabetic()) {
                letters += 1;
                lower |= !c.is_uppercase();
            }
        }
        self.items.push(Word {
            gap,
            number: if digits { raw.parse().ok() } else { None },
            capital: first.is_uppercase(),
            upper: letters >= 2 && !lower,
            folded: from..self.folded.len(),
            range,
        });
    }
}

fn is_word_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Judges what stands between two words; `next` is the first character of the second.
fn gap_of(between: &str, next: char) -> Gap {
    let mut chars = between.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        match only {
            ' ' | '\u{a0}' | '\u{202f}' | '\t' => return Gap::Space,
            '\'' | '’' | 'ʼ' | '`' | '´' => return Gap::Apostrophe,
            '-' | '\u{2010}' | '\u{2011}' => return Gap::Hyphen,
            '.' => return Gap::Dot,
            '/' => return Gap::Slash,
            '\n' => return Gap::Line,
            _ => {}
        }
    }
    let mut gap = Gap::Sign;
    let mut breaks = 0_usize;
    let mut dashes = 0_usize;
    let mut after_break = false;
    let mut full_stop = false;
    for c in between.chars() {
        let found = match c {
            '\n' => {
                breaks += 1;
                after_break = true;
                Gap::Line
            }
            c if c.is_whitespace() => Gap::Space,
            '-' | '–' | '—' | '*' | '•' | '·' | '>' if after_break => Gap::Stop,
            '-' | '–' | '—' | '|' | '•' | '·' => {
                dashes += 1;
                Gap::Dash
            }
            ',' => Gap::Comma,
            ';' | '!' | '?' | '…' => Gap::Stop,
            '.' => {
                full_stop = true;
                Gap::Space
            }
            ':' => Gap::Colon,
            '+' | '&' => Gap::Plus,
            '(' | ')' | '[' | ']' | '«' | '»' | '"' | '“' | '”' | '<' | '>' => Gap::Quote,
            '/' => Gap::Slash,
            _ => Gap::Sign,
        };
        gap = gap.max(found);
    }
    let ends_sentence = full_stop && (next.is_uppercase() || breaks > 0 || between.contains("..."));
    if breaks > 1 || ends_sentence {
        return Gap::Stop;
    }
    if gap == Gap::Dash && dashes > 0 && !between.contains(char::is_whitespace) {
        return Gap::Hyphen;
    }
    gap
}

/// Gives the stem of a folded word: plural and the commonest endings off, so that « évaluer »,
/// « évaluation » and « évaluations » are one. Short words stay as they are.
pub fn stem(folded: &str) -> &str {
    /// Fewest letters that must stay.
    const KEPT: usize = 4;
    const ENDINGS: &[&str] = &[
        "issement", "issage", "ement", "ation", "ition", "tion", "ing", "age", "ance", "euse",
        "ive", "if", "ee", "er", "ir", "e",
    ];
    if folded.bytes().any(|b| b.is_ascii_digit()) {
        return folded;
    }
    let mut word = folded;
    // English « charities » and « charity » end alike without this.
    if let Some(rest) = word.strip_suffix("ies").filter(|rest| rest.len() >= KEPT) {
        return rest;
    }
    if let Some(rest) = word.strip_suffix('y').filter(|rest| rest.len() >= KEPT) {
        return rest;
    }
    if word.len() > KEPT && !word.ends_with("ss") {
        word = word
            .strip_suffix('s')
            .or_else(|| word.strip_suffix('x'))
            .unwrap_or(word);
        if let Some(rest) = word.strip_suffix('y').filter(|rest| rest.len() >= KEPT) {
            return rest;
        }
    }
    ENDINGS
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.len() >= KEPT))
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic
    )]
    use super::*;

    fn rows(text: &str) -> Vec<(String, Gap)> {
        let words = Words::of(text);
        (0..words.len())
            .map(|i| (words.folded(i).to_owned(), words.gap(i)))
            .collect()
    }

    #[test]
    fn words_know_what_stands_before_them() {
        let found = rows("L’Été, le 3/10 (N’Guyen). Oui\nnon\n\n- puis Jean-Noël");
        let expected = [
            ("l", Gap::Stop),
            ("ete", Gap::Apostrophe),
            ("le", Gap::Comma),
            ("3", Gap::Space),
            ("10", Gap::Slash),
            ("n", Gap::Quote),
            ("guyen", Gap::Apostrophe),
            ("oui", Gap::Stop),
            ("non", Gap::Line),
            ("puis", Gap::Stop),
            ("jean", Gap::Space),
            ("noel", Gap::Hyphen),
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (f, e) in found.iter().zip(expected) {
            assert_eq!((f.0.as_str(), f.1), e);
        }
    }

    #[test]
    fn a_full_stop_of_an_abbreviation_ends_nothing() {
        assert_eq!(rows("3 oct. au matin")[2].1, Gap::Space);
        assert_eq!(rows("mardi. Je viens")[1].1, Gap::Stop);
    }

    #[test]
    fn stems_join_verbs_and_their_nouns() {
        for (a, b) in [
            ("evaluer", "evaluations"),
            ("animer", "animation"),
            ("arbitre", "arbitrage"),
            ("participative", "participatif"),
            ("prevenir", "prevention"),
            ("financements", "financer"),
            ("charities", "charity"),
        ] {
            assert_eq!(stem(a), stem(b), "{a} {b}");
        }
        assert_ne!(stem("participation"), stem("participative"));
        assert_eq!(stem("psc1"), "psc1");
    }

    #[test]
    fn hostile_text_has_words_on_character_borders() {
        let text = "e\u{301}t\u{301}\u{fffd}\u{202e}日本 ½ ﬁn 😀x";
        let words = Words::of(text);
        for i in 0..words.len() {
            assert!(!words.raw(i).is_empty());
        }
    }
}
