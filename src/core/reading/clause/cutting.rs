//! Where sentences and clauses end.

use super::super::session::{Mention, Way};
use super::super::tokens::{Marks, Token};
use super::Clause;
use crate::core::lexicon::{Atoms, Cue, Cues, Hit, lexicon};
use std::ops::Range;

/// A line shorter than this was ended by its writer, not by the mail program's wrapping (72 or 78).
const WRAPPED_FROM: usize = 58;

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

pub(super) fn cut(
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

pub(super) fn clause(
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
