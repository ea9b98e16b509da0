//! Text → sentences → clauses, each with the cues that the lexicon finds in it.
//!
//! A sentence ends at a stop, an empty line, a list mark, or a short line before a capital. A clause
//! ends at `;`, `:`, an adversative conjunction, a condition, or a comma before a new subject. Clauses
//! are what negation, condition and question act upon. Linear in the text.

mod cutting;

use cutting::cut;

use std::ops::Range;

use super::names::NameFound;
use super::session::Mention;
use super::tokens::{Kind, Token, tokens};
use crate::core::lexicon::{Atoms, Cue, Cues, Found, Hit, lexicon};
use crate::core::reading::Language;

/// One clause.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// Its tokens.
    pub tokens: Range<usize>,
    /// Number of its sentence.
    pub sentence: usize,
    /// Its sentence ends with a question mark.
    pub question: bool,
    /// It begins with a list mark.
    pub bullet: bool,
    /// An arrow stands in it before this token.
    pub arrow: Option<usize>,
    /// What the lexicon finds in it, anywhere.
    pub cues: Cues,
    /// What the lexicon finds in it, where.
    pub hits: Vec<Hit>,
}

/// A text, cut.
#[derive(Debug, Clone, Default)]
pub struct Cut<'t> {
    /// The text.
    pub text: &'t str,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Its clauses, in order.
    pub clauses: Vec<Clause>,
    /// Names found in it.
    pub names: Vec<NameFound>,
    /// Sessions named in it.
    pub mentions: Vec<Mention>,
    /// It is in English, where « on » is no pronoun.
    pub english: bool,
}

impl<'t> Cut<'t> {
    /// Cuts a text, given what names and sessions it holds.
    pub fn new(text: &'t str, names: Vec<NameFound>, mentions: Vec<Mention>) -> Cut<'t> {
        let (tokens, end) = tokens(text);
        let atoms = atoms(&tokens, &names, &mentions);
        let clauses = cut(text, &tokens, end, &atoms, &mentions);
        let english = language(&tokens) == Some(Language::En);
        Cut {
            text,
            tokens,
            clauses,
            names,
            mentions,
            english,
        }
    }

    /// Gives the words of a clause as they stand in the text.
    pub fn quote(&self, clause: &Clause) -> &'t str {
        self.text
            .get(clause.range.clone())
            .unwrap_or_default()
            .trim()
    }

    /// Gives the folded form of a token, or nothing beyond the end.
    pub fn word(&self, token: usize) -> &str {
        self.tokens.get(token).map_or("", |t| t.folded.as_str())
    }

    /// Gives the bytes of a run of tokens, as far as there are any.
    pub fn bytes(&self, run: Range<usize>) -> Range<usize> {
        let start = self.tokens.get(run.start).map_or(0, |t| t.start);
        let end = run
            .end
            .min(self.tokens.len())
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(start, |t| t.end);
        start..end.max(start)
    }

    /// Gives the sessions named in a clause.
    pub fn mentions_in<'a>(&'a self, clause: &'a Clause) -> impl Iterator<Item = &'a Mention> {
        self.mentions.iter().filter(|m| {
            let end = m.range.end.min(clause.range.end);
            let shared = end.saturating_sub(m.range.start.max(clause.range.start));
            // one that runs over a comma is named where most of it stands, too
            inside(&m.range, &clause.range) || shared * 2 > m.range.len()
        })
    }

    /// Gives the names in a clause.
    pub fn names_in<'a>(&'a self, clause: &'a Clause) -> impl Iterator<Item = &'a NameFound> {
        self.names
            .iter()
            .filter(|n| inside(&n.range, &clause.range))
    }

    /// Gives the clauses that a colon or a list mark after one of these announces, with these.
    pub fn announced(&self, mine: &[usize]) -> Vec<usize> {
        /// People listed below a request, one a clause.
        const LISTED_MAX: usize = 16;
        let mut all = Vec::new();
        for number in mine {
            let Some(clause) = self.clauses.get(*number) else {
                continue;
            };
            let after = self.tokens.get(clause.tokens.end).map(|t| t.before);
            let opens = after.is_some_and(|b| b.colon || b.bullet);
            if !opens && !clause.cues.has(Cue::ListFollows) {
                continue;
            }
            for (after, next) in self
                .clauses
                .iter()
                .enumerate()
                .skip(number + 1)
                .take(LISTED_MAX)
            {
                if next.question || next.cues.any(&[Cue::Closing, Cue::Thanks, Cue::Please]) {
                    break;
                }
                all.push(after);
            }
        }
        if !all.is_empty() {
            all.extend(mine);
            all.sort_unstable();
            all.dedup();
        }
        all
    }

    /// Gives the cues of all clauses of a sentence.
    pub fn sentence_cues(&self, sentence: usize) -> Cues {
        self.clauses
            .iter()
            .filter(|c| c.sentence == sentence)
            .fold(Cues::default(), |all, c| all.with(c.cues))
    }

    /// Gives the cues of all clauses.
    pub fn all_cues(&self) -> Cues {
        self.clauses
            .iter()
            .fold(Cues::default(), |all, c| all.with(c.cues))
    }

    /// Tells the language by its function words; `None` if they do not decide.
    pub fn language(&self) -> Option<Language> {
        language(&self.tokens)
    }
}

fn language(tokens: &[Token]) -> Option<Language> {
    let (mut fr, mut en) = (0usize, 0usize);
    for token in tokens {
        match lexicon().language_of(&token.folded) {
            Some(Language::Fr) => fr += 1,
            Some(Language::En) => en += 1,
            None => {}
        }
    }
    match fr.cmp(&en) {
        std::cmp::Ordering::Less => Some(Language::En),
        std::cmp::Ordering::Greater => Some(Language::Fr),
        std::cmp::Ordering::Equal => None,
    }
}

/// Says whether a range begins inside another.
pub fn inside(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    inner.start >= outer.start && inner.start < outer.end
}

fn atoms(tokens: &[Token], names: &[NameFound], mentions: &[Mention]) -> Vec<Atoms> {
    let lexicon = lexicon();
    let mut names = names.iter().peekable();
    let mut mentions = mentions.iter().peekable();
    let mut all = Vec::with_capacity(tokens.len());
    for token in tokens {
        while names.next_if(|n| n.range.end <= token.start).is_some() {}
        while mentions.next_if(|m| m.range.end <= token.start).is_some() {}
        let found = Found {
            name: names.peek().is_some_and(|n| n.range.start <= token.start),
            session: mentions
                .peek()
                .is_some_and(|m| m.range.start <= token.start),
            number: token.kind == Kind::Number,
            email: token.kind == Kind::Email,
        };
        all.push(lexicon.atoms_of(&token.folded, found));
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn clauses(text: &str) -> Vec<String> {
        let cut = Cut::new(text, Vec::new(), Vec::new());
        cut.clauses
            .iter()
            .map(|c| cut.quote(c).to_owned())
            .collect()
    }

    #[test]
    fn adversatives_and_new_subjects_part_clauses() {
        assert_eq!(
            clauses("Je maintiens le 17 novembre (financements) mais tu peux me rayer pour le 3."),
            [
                "Je maintiens le 17 novembre (financements",
                "mais tu peux me rayer pour le 3"
            ]
        );
        assert_eq!(
            clauses("Je me suis fait une entorse, je ne pourrai pas venir"),
            ["Je me suis fait une entorse", "je ne pourrai pas venir"]
        );
    }

    #[test]
    fn conditions_are_clauses_of_their_own() {
        assert_eq!(
            clauses("Inscrivez-moi si la région rembourse."),
            ["Inscrivez-moi", "si la région rembourse"]
        );
        assert_eq!(
            clauses("Je ne sais pas si je viens"),
            ["Je ne sais pas si je viens"]
        );
    }

    #[test]
    fn an_apposition_parts_nothing() {
        assert_eq!(
            clauses("nous souhaiterions, mon collègue Yann (bois) et moi-même, participer à la\ntroisième").len(),
            1
        );
    }

    #[test]
    fn a_question_mark_holds_for_its_sentence() {
        let cut = Cut::new(
            "Bonjour. Reste-t-il des places ? Merci",
            Vec::new(),
            Vec::new(),
        );
        let questions: Vec<bool> = cut.clauses.iter().map(|c| c.question).collect();
        assert_eq!(questions, [false, true, false]);
    }
}
