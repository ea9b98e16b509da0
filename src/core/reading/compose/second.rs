//! The two readers put together: what the learned weights add to the acts of the rules, and what they
//! object to.

use super::super::acts::{Act, Deed, Who, act_of};
use super::super::clause::Clause;
use super::super::mail::Mail;
use super::super::said::{Answers, Says, Shares, weigh};
use super::super::thread::Letter;
use super::super::{Doubt, Intent};
use super::Meaning;
use crate::core::lexicon::Cue;

/// What each sentence of the new text says, by the weights.
#[derive(Debug, Clone, Default)]
pub struct Second {
    sentences: Vec<Shares>,
}

/// So sure the weights must be of an act that the rules do not see.
const ADDS: f32 = 0.80;

/// So sure they must be to be heard where the rules see no act in the whole mail; not enough to act.
const SUGGESTS: f32 = 0.50;

/// So sure they must be of an act that the rules see.
const AGREES: f32 = 0.50;

/// So sure they must be of an act that they alone see.
const ALONE: f32 = 0.75;

/// Words around an act that are weighed with it.
const AROUND: usize = 5;

/// So little is enough where a list below says the rest.
const MAY: f32 = 0.20;

/// So sure they must be to take an act of the rules for none, if it is not said in so many words.
const REFUTES: f32 = 0.80;

/// So sure they must be that a sentence asks for something that is not done.
const LEFT: f32 = 0.90;

impl Second {
    /// Weighs every sentence.
    pub fn new(mail: &Mail<'_>) -> Second {
        let answers = answers(mail);
        let cut = &mail.new;
        let mut sentences = Vec::new();
        let mut from = 0;
        while let Some(first) = cut.clauses.get(from) {
            let same = |c: &&Clause| c.sentence == first.sentence;
            let count = cut.clauses.iter().skip(from).take_while(same).count();
            let last = cut.clauses.get(from + count - 1).unwrap_or(first);
            let run = first.tokens.start..last.tokens.end;
            while sentences.len() < first.sentence {
                sentences.push(Shares([0.0; 7]));
            }
            sentences.push(weigh(cut, &mail.acts, run, answers));
            from += count;
        }
        Second { sentences }
    }

    /// Gives what a sentence says.
    fn of(&self, sentence: usize) -> Option<&Shares> {
        self.sentences.get(sentence)
    }

    /// Adds the acts that the rules do not see, and firms up those that they see faintly.
    pub fn add(&self, mail: &Mail<'_>, all: &mut Vec<Act>) {
        let cut = &mail.new;
        let silent = all
            .iter()
            .all(|a| a.deed == Deed::Keep || a.weak && a.deed == Deed::Register);
        for (sentence, shares) in self.sentences.iter().enumerate() {
            let (says, share) = shares.top();
            let Some((deed, cue)) = deed(says) else {
                continue;
            };
            if share < if silent { SUGGESTS } else { ADDS } {
                continue;
            }
            let here = |a: &Act| {
                cut.clauses
                    .get(a.clause)
                    .is_some_and(|c| c.sentence == sentence)
            };
            let another = all
                .iter()
                .any(|a| !a.weak && deed_says(a.deed) != says && a.deed != Deed::Keep);
            let mut seen = false;
            for act in all.iter_mut().filter(|a| here(a)) {
                if deed_says(act.deed) == says {
                    seen = true;
                    act.weak &= another;
                }
            }
            // where the rules see the same elsewhere, theirs says who and when
            let told = all.iter().any(|a| !a.weak && deed_says(a.deed) == says);
            if seen || told || all.iter().any(|a| here(a) && !a.weak) {
                continue;
            }
            if says == Says::Register && answers(mail) == Answers::Question {
                // the question and the mail before it tell who is meant
                continue;
            }
            let clause = self.clause_of(mail, sentence, says);
            if let Some(number) = clause {
                all.retain(|a| !here(a));
                all.push(act_of(cut, number, deed, cue));
            }
        }
        // "she doesn't do email so everything can come through me"
        all.retain(|a| {
            let doubtful = a.weak && a.cue == Cue::Cannot && a.who == Who::Others;
            !(doubtful && self.denies(mail, a))
        });
        all.sort_by_key(|a| a.clause);
    }

    /// The clause of a sentence that says it most.
    fn clause_of(&self, mail: &Mail<'_>, sentence: usize, says: Says) -> Option<usize> {
        let answers = answers(mail);
        let mut best: Option<(usize, f32)> = None;
        for (number, clause) in mail.new.clauses.iter().enumerate() {
            if clause.sentence == sentence {
                let share = weigh(&mail.new, &[], clause.tokens.clone(), answers).of(says);
                if best.is_none_or(|(_, most)| share > most) {
                    best = Some((number, share));
                }
            }
        }
        best.map(|(number, _)| number)
    }

    /// Says why the weights do not agree with the rules: no sentence of the acts says so to them.
    pub fn objects(&self, mail: &Mail<'_>, acts: &[Act]) -> Option<Doubt> {
        let mut doubt = None;
        for act in acts {
            let clause = mail.new.clauses.get(act.clause)?;
            let shares = self.of(clause.sentence)?;
            if act.cue == Cue::EnrolNoun && clause.cues.has(Cue::Please) {
                return None; // « inscription svp : X, animatrice, … »
            }
            // names, addresses and numbers in a long sentence drown the few words that ask
            let from = act.tokens.start.saturating_sub(AROUND);
            let near =
                from.max(clause.tokens.start)..(act.tokens.end + AROUND).min(clause.tokens.end);
            let close = weigh(&mail.new, acts, near, answers(mail));
            let agreed = agreed(shares, act.deed).max(agreed(&close, act.deed));
            if agreed >= if act.learned { ALONE } else { AGREES } {
                return None;
            }
            doubt = match shares.top().0 {
                Says::Open => Some(Doubt::NotCommitted),
                _ => Some(Doubt::Unexplained),
            };
        }
        doubt
    }

    /// Says whether the sentence of an act says something else for certain.
    fn denies(&self, mail: &Mail<'_>, act: &Act) -> bool {
        mail.new
            .clauses
            .get(act.clause)
            .and_then(|c| self.of(c.sentence))
            .is_some_and(|shares| shares.of(Says::Else) >= REFUTES)
    }

    /// Says whether one sentence at least may say so.
    pub fn may_open(&self, says: Says) -> bool {
        self.sentences.iter().any(|shares| shares.of(says) >= MAY)
    }

    /// Says whether the weights refute every act: so sure that a sentence says something else.
    pub fn refutes(&self, mail: &Mail<'_>, acts: &[Act]) -> bool {
        let refuted = |act: &Act| {
            let faint = act.weak && act.cue != Cue::Yes || act.learned;
            faint && self.denies(mail, act)
        };
        let acts = acts.iter().filter(|a| a.deed != Deed::Keep);
        let mut acts = acts.peekable();
        acts.peek().is_some() && acts.all(refuted)
    }

    /// Says whether a sentence asks for something that is not done.
    pub fn leaves(&self, mail: &Mail<'_>, meaning: &Meaning) -> bool {
        // what the rules saw, they have weighed
        let done = |sentence: usize| {
            meaning.all.iter().any(|a| {
                mail.new
                    .clauses
                    .get(a.clause)
                    .is_some_and(|c| c.sentence == sentence)
            })
        };
        self.sentences.iter().enumerate().any(|(sentence, shares)| {
            let (says, share) = shares.top();
            share >= LEFT && !done(sentence) && !goes_with(says, meaning.intent)
        })
    }
}

/// What may stand beside an act of its kind.
fn goes_with(says: Says, intent: Intent) -> bool {
    match says {
        Says::Else | Says::Keep | Says::Open => true,
        Says::Register => matches!(intent, Intent::Register | Intent::Replace),
        Says::Quit => matches!(intent, Intent::Cancel | Intent::Replace),
        Says::Replace => intent == Intent::Replace,
        Says::Update => matches!(intent, Intent::Update | Intent::Register),
    }
}

/// How likely it is that an act is meant.
fn agreed(shares: &Shares, deed: Deed) -> f32 {
    Says::ALL
        .into_iter()
        .filter(|says| agrees(*says, deed))
        .map(|says| shares.of(says))
        .sum()
}

/// An act of the rules and what the weights may call it: a seat passed on is a withdrawal, too.
fn agrees(says: Says, deed: Deed) -> bool {
    match deed {
        Deed::Register => matches!(says, Says::Register | Says::Replace),
        Deed::Quit | Deed::NotCome => matches!(says, Says::Quit | Says::Replace),
        Deed::Replace => matches!(says, Says::Replace | Says::Quit | Says::Register),
        Deed::Update => says == Says::Update,
        Deed::Keep => says == Says::Keep,
    }
}

fn deed(says: Says) -> Option<(Deed, Cue)> {
    match says {
        Says::Register => Some((Deed::Register, Cue::Enrol)),
        Says::Quit => Some((Deed::NotCome, Cue::Cannot)),
        Says::Replace => Some((Deed::Replace, Cue::Replace)),
        Says::Update => Some((Deed::Update, Cue::Update)),
        Says::Keep => Some((Deed::Keep, Cue::Keep)),
        Says::Open | Says::Else => None,
    }
}

fn deed_says(deed: Deed) -> Says {
    match deed {
        Deed::Register => Says::Register,
        Deed::Quit | Deed::NotCome => Says::Quit,
        Deed::Replace => Says::Replace,
        Deed::Update => Says::Update,
        Deed::Keep => Says::Keep,
    }
}

/// What the mail answers.
fn answers(mail: &Mail<'_>) -> Answers {
    match mail.thread.first().map(|t| t.letter) {
        Some(Letter::Announcement) => Answers::Announcement,
        Some(Letter::Confirmation) => Answers::Confirmation,
        Some(Letter::AskedBack) => Answers::Question,
        Some(Letter::Negotiation) => Answers::Human,
        _ => Answers::Nothing,
    }
}
