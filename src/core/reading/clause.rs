//! Text → sentences → clauses, each with the cues that the lexicon finds in it.
//!
//! A sentence ends at a stop, an empty line, a list mark, or a short line before a capital. A clause
//! ends at `;`, `:`, an adversative conjunction, a condition, or a comma before a new subject. Clauses
//! are what negation, condition and question act upon. Linear in the text.

use std::ops::Range;

use super::names::NameFound;
use super::session::{Mention, Way};
use super::tokens::{Kind, Marks, Token, tokens};
use crate::core::lexicon::{Atoms, Cue, Cues, Found, Hit, lexicon};
use crate::core::reading::Language;

/// A line shorter than this was ended by its writer, not by the mail program's wrapping (72 or 78).
const WRAPPED_FROM: usize = 58;

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

    /// Gives the bytes of a run of tokens.
    pub fn bytes(&self, run: Range<usize>) -> Range<usize> {
        let start = self.tokens.get(run.start).map_or(0, |t| t.start);
        let end = run
            .end
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

/// Words after which a stop ends no sentence.
fn is_abbreviation(word: &str) -> bool {
    matches!(
        word,
        "m" | "mr"
            | "mme"
            | "mmes"
            | "mlle"
            | "dr"
            | "pr"
            | "st"
            | "ste"
            | "tel"
            | "ms"
            | "mrs"
            | "prof"
            | "av"
            | "bd"
            | "no"
            | "ext"
            | "resp"
            | "cf"
            | "etc"
            | "ex"
            | "oct"
            | "nov"
            | "dec"
            | "janv"
            | "fevr"
            | "sept"
            | "juil"
    ) || word.len() == 1 && !word.starts_with(|c: char| c.is_ascii_digit())
}

fn ends_sentence(text: &str, before: &Token, here: &Token, line_start: usize) -> bool {
    let marks = here.before;
    if marks.blank || marks.bullet || marks.question {
        return true;
    }
    if marks.stop {
        let gap = text.get(before.end..here.start).unwrap_or_default();
        let inner =
            gap == "." || gap.starts_with('.') && is_abbreviation(&before.folded) && !marks.line;
        if !inner {
            return true;
        }
    }
    if !marks.line {
        return false;
    }
    let length = before.end.saturating_sub(line_start);
    length < WRAPPED_FROM && (here.capital || marks.comma && length < WRAPPED_FROM / 2)
}

/// Subjects and openers that begin a new clause after a comma.
fn opens_clause(words: &[&str]) -> bool {
    let [first, second, third, ..] = words else {
        return false;
    };
    if matches!(*first, "et" | "and") && *second == "moi" {
        return matches!(*third, "je" | "j");
    }
    match *first {
        "je" | "j" | "nous" | "on" | "il" | "elle" | "ils" | "elles" | "tu" | "vous" | "i"
        | "we" | "he" | "she" | "they" | "it" | "please" | "merci" | "pouvez" | "pourriez"
        | "peux" | "peut" | "veuillez" | "si" | "if" | "c" | "ce" | "ca" | "cela" | "inscrivez"
        | "comptez" | "unless" | "otherwise" | "sinon" | "ne" | "thanks" => true,
        "could" | "can" | "would" | "will" => matches!(*second, "you" | "it" | "i" | "we"),
        "s" => matches!(*second, "il" | "ils"),
        "moi" => matches!(*second, "je" | "j"),
        "et" | "and" => matches!(
            *second,
            "je" | "j"
                | "nous"
                | "on"
                | "il"
                | "elle"
                | "i"
                | "we"
                | "he"
                | "she"
                | "they"
                | "si"
                | "if"
                | "s"
                | "merci"
                | "please"
                | "que"
                | "de"
        ),
        _ => false,
    }
}

/// Conjunctions that begin a new clause without a comma.
fn parts_clause(before: &str, words: &[&str]) -> bool {
    let [first, second, ..] = words else {
        return false;
    };
    match *first {
        "mais" | "but" | "car" | "because" | "however" | "toutefois" | "cependant" | "puisque"
        | "sinon" | "otherwise" | "although" | "though" | "unless" => true,
        "donc" => matches!(*second, "je" | "j" | "nous" | "on" | "merci" | "si" | "ne"),
        "so" => matches!(
            *second,
            "i" | "we" | "please" | "could" | "can" | "my" | "our"
        ),
        "et" | "and" if matches!(before, "moi" | "lui") => false,
        "et" | "and" => match *second {
            "je" | "j" | "nous" | "on" | "we" | "merci" | "please" | "si" | "if" => true,
            "moi" => matches!(words.get(2).copied(), Some("je" | "j")),
            // "Paul and I would like" is one subject
            "i" => !matches!(
                words.get(2).copied(),
                Some("would" | "will" | "are" | "d" | "ll")
            ),
            _ => false,
        },
        "si" if matches!(
            *second,
            "tard"
                | "tot"
                | "bien"
                | "peu"
                | "vite"
                | "longtemps"
                | "rapidement"
                | "nombreux"
                | "loin"
        ) =>
        {
            false
        }
        "si" | "if" => !matches!(
            before,
            "savoir"
                | "decide"
                | "decidee"
                | "certain"
                | "certaine"
                | "hesite"
                | "ignore"
                | "demandais"
                | "sais"
                | "sait"
                | "dire"
                | "dis"
                | "voir"
                | "demande"
                | "demander"
                | "comme"
                | "meme"
                | "sauf"
                | "que"
                | "mais"
                | "et"
                | "ou"
                | "know"
                | "wonder"
                | "wondering"
                | "see"
                | "check"
                | "even"
                | "ask"
                | "only"
                | "as"
                | "and"
                | "or"
                | "but"
                | "preciser"
                | "indiquer"
                | "confirmer"
                | "savons"
                | "d"
                | "confirm"
                | "tell"
                | "encore"
                | "uniquement"
                | "seulement"
                | "pas"
                | "verifier"
                | "sure"
                | "un"
                | "une"
        ),
        "s" => {
            matches!(*second, "il" | "ils")
                && !matches!(
                    before,
                    "savoir" | "sais" | "dire" | "voir" | "meme" | "que" | "et" | "ou"
                )
                && !matches!(words.get(2).copied(), Some("vous" | "te"))
        }
        "par" => matches!(*second, "contre" | "ailleurs"),
        "en" => *second == "revanche",
        _ => false,
    }
}

/// « finalement si, je viens »: « si » says yes and sets no condition.
fn is_yes(words: &[&str], after: Option<&Token>) -> bool {
    words.first() == Some(&"si") && after.is_some_and(|t| t.before.comma || t.before.stop)
}

fn cut(
    text: &str,
    tokens: &[Token],
    end: Marks,
    atoms: &[Atoms],
    mentions: &[Mention],
) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut from = 0;
    let mut sentence = 0;
    let mut sentence_from = 0;
    let mut line_start = 0;
    let close = |clauses: &mut Vec<Clause>, from: usize, to: usize, sentence: usize| {
        if let Some(clause) = clause(tokens, atoms, mentions, from..to, sentence) {
            clauses.push(clause);
        }
    };
    for (at, pair) in tokens.windows(2).enumerate() {
        let [before, here] = pair else { continue };
        let at = at + 1;
        if ends_sentence(text, before, here, line_start) {
            close(&mut clauses, from, at, sentence);
            if here.before.question {
                mark_question(clauses.get_mut(sentence_from..));
            }
            sentence += 1;
            sentence_from = clauses.len();
            from = at;
        } else {
            let words: Vec<&str> = (at..at + 3)
                .map(|i| tokens.get(i).map_or("", |t| t.folded.as_str()))
                .collect();
            let marks = here.before;
            let condition = tokens
                .get(from)
                .is_some_and(|t| matches!(t.folded.as_str(), "si" | "s" | "if" | "unless"));
            let parts = condition && marks.comma && at > from + 2
                || marks.strong && !marks.joined
                || marks.comma && opens_clause(&words)
                || marks.line && !marks.comma && here.capital && opens_clause(&words)
                || parts_clause(&before.folded, &words) && !is_yes(&words, tokens.get(at + 1));
            if parts && at > from {
                close(&mut clauses, from, at, sentence);
                from = at;
            }
        }
        if here.before.line {
            line_start = here.start;
        }
    }
    close(&mut clauses, from, tokens.len(), sentence);
    if end.question {
        mark_question(clauses.get_mut(sentence_from..));
    }
    clauses
}

/// The mark stands for the last clause, and for those before it that are worded as questions.
fn mark_question(clauses: Option<&mut [Clause]>) {
    let mut last = true;
    for clause in clauses.into_iter().flatten().rev() {
        clause.question = last || clause.cues.any(&[Cue::Asks, Cue::HowTo, Cue::Eligibility]);
        last = false;
    }
}

fn clause(
    tokens: &[Token],
    atoms: &[Atoms],
    mentions: &[Mention],
    run: Range<usize>,
    sentence: usize,
) -> Option<Clause> {
    let first = tokens.get(run.start)?;
    let last = tokens.get(run.end.checked_sub(1)?)?;
    let mut hits = Vec::new();
    lexicon().find(atoms.get(run.clone())?, run.start, &mut hits);
    hits.retain(|hit| !is_of_title(tokens, mentions, hit) && !is_asked_of_us(tokens, hit));
    let mut cues = Cues::default();
    for hit in &hits {
        cues.add(hit.cue);
    }
    let arrow = (run.start + 1..run.end).find(|i| tokens.get(*i).is_some_and(|t| t.before.arrow));
    Some(Clause {
        range: first.start..last.end,
        tokens: run,
        sentence,
        question: false,
        bullet: first.before.bullet,
        arrow,
        cues,
        hits,
    })
}

/// « Pouvez-vous inscrire X »: it is not the « vous inscrire » of an invitation.
fn is_asked_of_us(tokens: &[Token], hit: &Hit) -> bool {
    hit.cue == Cue::OthersEnrol
        && hit
            .first
            .checked_sub(1)
            .and_then(|b| tokens.get(b))
            .is_some_and(|t| {
                matches!(
                    t.folded.as_str(),
                    "pouvez"
                        | "pourriez"
                        | "voulez"
                        | "voudriez"
                        | "pourrez"
                        | "pouviez"
                        | "peux"
                        | "could"
                        | "can"
                        | "would"
                )
            })
}

/// Words of a session's title say nothing by themselves: « Devis et factures », « Devenir intervenant ».
fn is_of_title(tokens: &[Token], mentions: &[Mention], hit: &Hit) -> bool {
    let speaks = (hit.first..hit.end).any(|i| {
        tokens.get(i).is_some_and(|t| {
            matches!(
                t.folded.as_str(),
                "je" | "j" | "m" | "me" | "moi" | "nous" | "us" | "i" | "we" | "myself"
            )
        })
    });
    if speaks {
        // « je m'inscris à … », "book me on …": no title speaks in the first person
        return false;
    }
    let start = tokens.get(hit.first).map_or(0, |t| t.start);
    let end = hit
        .end
        .checked_sub(1)
        .and_then(|last| tokens.get(last))
        .map_or(start, |t| t.end);
    mentions.iter().any(|m| {
        m.range.start <= start
            && end <= m.range.end
            && m.ways
                .iter()
                .any(|w| matches!(w, Way::Title | Way::PartialTitle | Way::Alias | Way::Series))
    })
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
