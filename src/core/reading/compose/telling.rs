//! What the reading tells beside the act: question, remarks, evidence, language, choices.

use super::super::acts::{Act, Mood};
use super::super::clause::Clause;
use super::super::mail::Mail;
use super::super::session::Mention;
use super::super::thread::Letter;
use super::super::{Doubt, Evidence, Intent, Language, Participant, participants as people};
use super::Meaning;
use crate::core::lexicon::{Cue, Cues};

/// Whether the human has something to answer as well.
pub(super) fn question(mail: &Mail<'_>, meaning: &Meaning, doubts: &[Doubt]) -> bool {
    let acting: Vec<usize> = meaning
        .acts
        .iter()
        .filter_map(|a| mail.new.clauses.get(a.clause))
        .map(|c| c.sentence)
        .collect();
    /// « C'est bon comme ça ? » asks for the answer that comes anyway.
    const SHORT_TOKENS: usize = 6;
    let asked = mail.new.clauses.iter().any(|c| {
        let own = acting.contains(&c.sentence);
        let polite = own
            && meaning.acts.iter().any(|a| {
                mail.new
                    .clauses
                    .get(a.clause)
                    .is_some_and(|ac| ac.sentence == c.sentence)
                    && a.mood != Mood::Conditional
            });
        let courtesy = c.tokens.len() < SHORT_TOKENS && mail.new.mentions_in(c).next().is_none();
        c.question && !polite && !courtesy
            || c.cues.has(Cue::Asks) && c.cues.any(&[Cue::Matter, Cue::Access]) && !own
            || access(mail, c)
    });
    let subject_asks = mail.new.clauses.iter().any(|c| {
        c.hits.iter().any(|h| {
            h.cue == Cue::Asks
                && (h.first..h.end).any(|i| {
                    let word = mail.new.word(i);
                    word.starts_with("expliqu") || matches!(word, "savoir" | "wonder" | "wondering")
                })
        })
    });
    asked
        || subject_asks
        || doubts
            .iter()
            .any(|d| matches!(d, Doubt::Eligibility | Doubt::LatePlea))
}

/// A need of access, not the topic of a session.
pub fn access(mail: &Mail<'_>, clause: &Clause) -> bool {
    clause.hits.iter().any(|hit| {
        hit.cue == Cue::Access && {
            let bytes = mail.new.bytes(hit.first..hit.end);
            !mail
                .new
                .mentions
                .iter()
                .any(|m| super::super::clause::inside(&bytes, &m.range))
        }
    })
}

pub(super) fn language(mail: &Mail<'_>) -> Language {
    mail.new
        .language()
        .or_else(|| mail.subject.language())
        .unwrap_or_default()
}

/// Wishes that belong to the registration, in the mail's words.
pub(super) fn remarks(mail: &Mail<'_>, meaning: &Meaning) -> Vec<String> {
    if !matches!(
        meaning.intent,
        Intent::Register | Intent::Replace | Intent::Update
    ) {
        return Vec::new();
    }
    let mut remarks: Vec<String> = Vec::new();
    for clause in &mail.new.clauses {
        if clause.cues.has(Cue::Wish) || access(mail, clause) {
            let quote = one_line(mail.new.quote(clause));
            let label_only = clause.tokens.len() < 2 && !clause.cues.has(Cue::Access) && {
                let word = mail.new.word(clause.tokens.start);
                matches!(word, "repas" | "regime" | "lunch" | "diet" | "hebergement")
            };
            if !label_only && !remarks.contains(&quote) {
                remarks.push(quote);
            }
        }
    }
    remarks
}

/// Makes one line of a quote.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words each claim rests on: the clause of the act without a reason beside it.
pub(super) fn evidence(
    mail: &Mail<'_>,
    meaning: &Meaning,
    participants: &[Participant],
) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let mut add = |claim: &str, quote: String| {
        let entry = Evidence {
            claim: claim.to_owned(),
            quote,
        };
        if !entry.quote.is_empty() && !evidence.contains(&entry) {
            evidence.push(entry);
        }
    };
    for act in &meaning.acts {
        add("intent", act_quote(mail, act));
    }
    for quote in &meaning.sessions.quotes {
        add("session", one_line(quote));
    }
    for participant in participants {
        let name = &participant.person.name;
        let found = mail
            .new
            .names
            .iter()
            .find(|n| people::same(&n.name, name))
            .and_then(|n| mail.new.text.get(n.range.clone()));
        if let Some(quote) = found {
            add("person", one_line(quote));
        }
    }
    for clause in &mail.new.clauses {
        if clause.cues.has(Cue::Condition)
            && !clause.cues.has(Cue::Harmless)
            && meaning.intent != Intent::Other
        {
            add("condition", one_line(mail.new.quote(clause)));
        }
    }
    for clause in &mail.new.clauses {
        let matter = clause.cues.has(Cue::Asks) && clause.cues.has(Cue::Matter);
        if clause.question || matter || access(mail, clause) {
            add("question", one_line(mail.new.quote(clause)));
        }
    }
    evidence
}

/// The words of an act, cut where a reason begins, so that no illness or quarrel is quoted.
fn act_quote(mail: &Mail<'_>, act: &Act) -> String {
    let cut = &mail.new;
    let Some(clause) = cut.clauses.get(act.clause) else {
        return one_line(mail.subject.text);
    };
    let mut first = clause.tokens.start;
    let mut end = clause.tokens.end;
    for hit in clause.hits.iter().filter(|h| h.cue == Cue::Reason) {
        if hit.first >= act.tokens.end {
            end = end.min(hit.first);
        } else if hit.first < act.tokens.start {
            // « suite à un problème de santé je suis contrainte d'annuler »
            let subject = (hit.end..act.tokens.start).rev().find(|i| {
                matches!(
                    cut.word(*i),
                    "je" | "j" | "nous" | "on" | "i" | "we" | "il" | "elle"
                )
            });
            first = first.max(subject.unwrap_or(act.tokens.start));
        }
    }
    one_line(cut.text.get(cut.bytes(first..end)).unwrap_or_default())
}

/// Numbers by which a short answer chooses from a list.
pub(super) fn choices(mail: &Mail<'_>) -> Vec<usize> {
    /// An answer that chooses by number is short.
    const SHORT_TOKENS: usize = 14;
    if mail.new.tokens.len() > SHORT_TOKENS || !mail.new.all_cues().has(Cue::Choice) {
        return Vec::new();
    }
    let mut choices = Vec::new();
    for clause in &mail.new.clauses {
        for hit in clause.hits.iter().filter(|h| h.cue == Cue::Choice) {
            for i in hit.first..hit.end {
                let number = match cut_ordinal(mail.new.word(i)) {
                    Some(number) => number,
                    None => continue,
                };
                if !choices.contains(&number) {
                    choices.push(number);
                }
            }
        }
    }
    choices
}

fn cut_ordinal(word: &str) -> Option<usize> {
    match word {
        "premiere" | "premier" | "first" => Some(1),
        "deuxieme" | "seconde" | "second" => Some(2),
        "troisieme" | "third" => Some(3),
        "quatrieme" | "fourth" => Some(4),
        word => {
            let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok().filter(|n| (1..=12).contains(n))
        }
    }
}

/// A sign of a session, a registration or a registered person.
pub(super) fn concerns_us(mail: &Mail<'_>, meaning: &Meaning, cues: Cues) -> bool {
    let named = mail
        .new
        .mentions
        .iter()
        .chain(&mail.subject.mentions)
        .any(Mention::is_plain);
    let threaded = mail
        .thread
        .iter()
        .any(|t| !matches!(t.letter, Letter::Own | Letter::Others));
    let speaks = cues.any(&[
        Cue::Registered,
        Cue::Enrol,
        Cue::HowTo,
        Cue::QuitNoun,
        Cue::EnrolNoun,
    ]);
    meaning.intent != Intent::Other || named || threaded || speaks
}
