//! The words, as data: one TOML file a language, compiled in.
//!
//! A file holds *words* (named lists) and *cues* (patterns over tokens, each telling one thing).
//! The core has no other table but this and the learned weights (`reading::said`); they depend on nothing
//! but the files, so that building them once and sharing them keeps reading pure.
//!
//! Pattern language, elements parted by spaces: `word` (folded form), `stem*`, `a|b*|c`
//! (alternatives), `@list` (a list of words), `elem?` (may be missing), `~N` (up to N tokens in
//! between), `^` (begin of the clause), `$` (end of the clause); `#name`, `#session`, `#number`,
//! `#email` stand for what the caller found at a token.

mod cue;

pub use cue::{Cue, Cues, cue_name};

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use super::reading::Language;
use super::word_map::{KeyMap, WordMap};

/// A pattern found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// What it tells.
    pub cue: Cue,
    /// Index of its first token.
    pub first: usize,
    /// Index after its last token.
    pub end: usize,
}

/// What the caller found at a token beside its letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Part of a person's name.
    pub name: bool,
    /// Part of the mention of a session.
    pub session: bool,
    /// A number.
    pub number: bool,
    /// An address.
    pub email: bool,
}

type Atom = u16;

/// The atoms of one token: few, in place, and the rare rest.
#[derive(Debug, Clone, Default)]
pub struct Atoms {
    few: [Atom; Atoms::FEW],
    count: usize,
    more: Vec<Atom>,
}

impl Atoms {
    /// More than nearly every word has.
    const FEW: usize = 7;

    fn push(&mut self, atom: Atom) {
        match self.few.get_mut(self.count) {
            Some(slot) => {
                *slot = atom;
                self.count += 1;
            }
            None => self.more.push(atom),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Atom> {
        let few = self.few.get(..self.count).unwrap_or_default();
        few.iter().chain(&self.more)
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[derive(Debug, Clone)]
enum Element {
    One { atoms: Vec<Atom>, optional: bool },
    Gap(usize),
    Begin,
    End,
}

#[derive(Debug)]
struct Pattern {
    cue: Cue,
    elements: Vec<Element>,
}

/// All languages' words, compiled.
#[derive(Debug)]
pub struct Lexicon {
    buckets: KeyMap<[u8; 3], Vec<(String, bool, Atom)>>,
    atoms: u16,
    patterns: Vec<Pattern>,
    by_first: Vec<Vec<u32>>,
    languages: WordMap<Language>,
}

#[derive(Deserialize)]
struct File {
    language: String,
    words: BTreeMap<String, String>,
    cues: BTreeMap<Cue, Vec<String>>,
}

const NAME: Atom = 0;
const SESSION: Atom = 1;
const NUMBER: Atom = 2;
const EMAIL: Atom = 3;
const FIRST_FREE: Atom = 4;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::compile(&[
        (Language::Fr, include_str!("fr.toml")),
        (Language::En, include_str!("en.toml")),
    ])
});

/// Gives the words of all languages.
pub fn lexicon() -> &'static Lexicon {
    &LEXICON
}

impl Lexicon {
    /// Compiles the files; a pattern that cannot be read is left out (a test sees to it that there is none).
    fn compile(files: &[(Language, &str)]) -> Lexicon {
        let mut lexicon = Lexicon {
            buckets: KeyMap::default(),
            atoms: FIRST_FREE,
            patterns: Vec::new(),
            by_first: Vec::new(),
            languages: WordMap::default(),
        };
        let mut known: HashMap<String, Atom> = HashMap::new();
        for (language, text) in files {
            let Ok(file) = toml::from_str::<File>(text) else {
                continue;
            };
            for word in file.language.split_whitespace() {
                // a word of both languages tells neither
                if lexicon
                    .languages
                    .insert(word.to_owned(), *language)
                    .is_some_and(|other| other != *language)
                {
                    lexicon.languages.remove(word);
                }
            }
            for (cue, patterns) in &file.cues {
                for pattern in patterns {
                    if let Some(elements) = lexicon.elements(pattern, &file.words, &mut known) {
                        lexicon.patterns.push(Pattern {
                            cue: *cue,
                            elements,
                        });
                    }
                }
            }
        }
        lexicon.index();
        lexicon
    }

    fn elements(
        &mut self,
        pattern: &str,
        words: &BTreeMap<String, String>,
        known: &mut HashMap<String, Atom>,
    ) -> Option<Vec<Element>> {
        let mut elements = Vec::new();
        for part in pattern.split_whitespace() {
            let element = match part {
                "^" => Element::Begin,
                "$" => Element::End,
                _ => match part.strip_prefix('~') {
                    Some(count) => Element::Gap(count.parse().ok()?),
                    None => {
                        let (part, optional) = match part.strip_suffix('?') {
                            Some(part) => (part, true),
                            None => (part, false),
                        };
                        let mut atoms = Vec::new();
                        self.alternatives(part, words, known, &mut atoms, 0)?;
                        atoms.sort_unstable();
                        Element::One { atoms, optional }
                    }
                },
            };
            elements.push(element);
        }
        (!elements.is_empty()).then_some(elements)
    }

    fn alternatives(
        &mut self,
        part: &str,
        words: &BTreeMap<String, String>,
        known: &mut HashMap<String, Atom>,
        atoms: &mut Vec<Atom>,
        depth: usize,
    ) -> Option<()> {
        /// Lists may name lists, but not endlessly.
        const DEPTH_MAX: usize = 4;
        if depth > DEPTH_MAX {
            return None;
        }
        for one in part.split('|') {
            if let Some(list) = one.strip_prefix('@') {
                let list = words.get(list)?.clone();
                for word in list.split_whitespace() {
                    self.alternatives(word, words, known, atoms, depth + 1)?;
                }
                continue;
            }
            let atom = match one {
                "#name" => NAME,
                "#session" => SESSION,
                "#number" => NUMBER,
                "#email" => EMAIL,
                _ => self.atom(one, known),
            };
            atoms.push(atom);
        }
        Some(())
    }

    fn atom(&mut self, word: &str, known: &mut HashMap<String, Atom>) -> Atom {
        if let Some(atom) = known.get(word) {
            return *atom;
        }
        let atom = self.atoms;
        self.atoms = self.atoms.saturating_add(1);
        known.insert(word.to_owned(), atom);
        let (stem, is_stem) = match word.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (word, false),
        };
        self.buckets
            .entry(key(stem))
            .or_default()
            .push((stem.to_owned(), is_stem, atom));
        atom
    }

    fn index(&mut self) {
        let mut by_first: Vec<Vec<u32>> = vec![Vec::new(); usize::from(self.atoms)];
        for (number, pattern) in self.patterns.iter().enumerate() {
            for element in &pattern.elements {
                match element {
                    Element::Begin => {}
                    Element::Gap(_) if is_anchored(&pattern.elements) => {}
                    Element::One { atoms, optional } => {
                        for atom in atoms {
                            if let Some(list) = by_first.get_mut(usize::from(*atom)) {
                                list.push(u32::try_from(number).unwrap_or(u32::MAX));
                            }
                        }
                        if !optional {
                            break;
                        }
                    }
                    Element::Gap(_) | Element::End => break,
                }
            }
        }
        self.by_first = by_first;
    }

    /// Gives the atoms of a folded word and of what was found at it.
    pub fn atoms_of(&self, folded: &str, found: Found) -> Atoms {
        let mut atoms = Atoms::default();
        for (is, atom) in [
            (found.name, NAME),
            (found.session, SESSION),
            (found.number, NUMBER),
            (found.email, EMAIL),
        ] {
            if is {
                atoms.push(atom);
            }
        }
        if let Some(bucket) = self.buckets.get(&key(folded)) {
            for (word, is_stem, atom) in bucket {
                if folded == word || *is_stem && folded.starts_with(word.as_str()) {
                    atoms.push(*atom);
                }
            }
        }
        atoms
    }

    /// Says whether a folded word occurs in any pattern or list.
    pub fn knows(&self, folded: &str) -> bool {
        self.languages.contains_key(folded) || !self.atoms_of(folded, Found::default()).is_empty()
    }

    /// Gives the language that a folded word is a function word of.
    pub fn language_of(&self, folded: &str) -> Option<Language> {
        self.languages.get(folded).copied()
    }

    /// Finds all patterns in one clause; indices in the hits count from `offset`.
    pub fn find(&self, clause: &[Atoms], offset: usize, hits: &mut Vec<Hit>) {
        for (at, atoms) in clause.iter().enumerate() {
            for atom in atoms.iter() {
                let Some(numbers) = self.by_first.get(usize::from(*atom)) else {
                    continue;
                };
                for number in numbers {
                    let Some(pattern) = self.patterns.get(*number as usize) else {
                        continue;
                    };
                    let first = if is_anchored(&pattern.elements) {
                        0
                    } else {
                        at
                    };
                    let Some(end) = matches(&pattern.elements, clause, first, first) else {
                        continue;
                    };
                    let hit = Hit {
                        cue: pattern.cue,
                        first: offset + first,
                        end: offset + end,
                    };
                    if hits.last() != Some(&hit) {
                        hits.push(hit);
                    }
                }
            }
        }
    }
}

/// « ^ ~3 la » is found by its first word, but matched from the begin of the clause.
fn is_anchored(elements: &[Element]) -> bool {
    matches!(elements, [Element::Begin, Element::Gap(_), ..])
}

/// Gives the index after the last token if the elements match from `at` on.
fn matches(elements: &[Element], clause: &[Atoms], at: usize, first: usize) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else {
        return Some(at);
    };
    match element {
        Element::Begin => (first == 0).then(|| matches(rest, clause, at, first))?,
        Element::End => (at >= clause.len()).then_some(at),
        Element::Gap(most) => (0..=*most)
            .take_while(|skip| at + skip <= clause.len())
            .find_map(|skip| matches(rest, clause, at + skip, first)),
        Element::One { atoms, optional } => {
            let here = clause
                .get(at)
                .is_some_and(|token| token.iter().any(|a| atoms.binary_search(a).is_ok()));
            if here && let Some(end) = matches(rest, clause, at + 1, first) {
                return Some(end);
            }
            if *optional {
                return matches(rest, clause, at, first);
            }
            None
        }
    }
}

fn key(word: &str) -> [u8; 3] {
    let mut key = [0; 3];
    for (slot, byte) in key.iter_mut().zip(word.bytes()) {
        *slot = byte;
    }
    key
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )]
    use super::*;

    #[test]
    fn every_pattern_of_every_file_compiles() {
        for text in [include_str!("fr.toml"), include_str!("en.toml")] {
            let file: File = toml::from_str(text).expect("readable");
            let mut lexicon = Lexicon::compile(&[]);
            let mut known = HashMap::new();
            for (cue, patterns) in &file.cues {
                for pattern in patterns {
                    assert!(
                        lexicon.elements(pattern, &file.words, &mut known).is_some(),
                        "{cue:?}: {pattern}"
                    );
                    for word in pattern.split([' ', '|', '?']) {
                        let stem = word.trim_end_matches('*');
                        assert!(
                            !word.ends_with('*') || stem.len() >= 3,
                            "stem too short in {pattern}"
                        );
                    }
                }
            }
        }
        assert!(
            (Cue::Order as u32) < super::cue::CUES_MAX,
            "the last cue has a bit"
        );
    }

    #[test]
    fn patterns_allow_gaps_and_alternatives() {
        let lexicon = lexicon();
        let clause: Vec<Atoms> = "merci de bien vouloir m inscrire"
            .split(' ')
            .map(|w| lexicon.atoms_of(w, Found::default()))
            .collect();
        let mut hits = Vec::new();
        lexicon.find(&clause, 0, &mut hits);
        assert!(hits.iter().any(|h| h.cue == Cue::Enrol), "{hits:?}");
        assert!(hits.iter().any(|h| h.cue == Cue::Please));
    }
}
