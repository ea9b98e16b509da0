//! One act: what is done, how firmly, by whom.

use super::super::clause::Cut;
use super::{mood, who};
use crate::core::lexicon::{Cue, Hit};
use std::ops::Range;

/// What is done to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A seat is wanted.
    Register,
    /// A seat is given up in so many words: cancel, withdraw, « rayer ».
    Quit,
    /// Somebody will not come; whether that gives up a seat, the rest of the mail tells.
    NotCome,
    /// A seat passes to another.
    Replace,
    /// A detail changes.
    Update,
    /// A registration stands as it is.
    Keep,
}

impl Deed {
    /// Gives its name, as the learned weights call it.
    pub fn name(self) -> &'static str {
        match self {
            Deed::Register => "register",
            Deed::Quit => "quit",
            Deed::NotCome => "notcome",
            Deed::Replace => "replace",
            Deed::Update => "update",
            Deed::Keep => "keep",
        }
    }
}

/// How firmly it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// As a request or announcement.
    Plain,
    /// As a wish: « j'aimerais participer ».
    Wish,
    /// On a condition that a human must answer.
    Conditional,
    /// With hesitation.
    Hedged,
    /// As a question.
    Asking,
}

impl Mood {
    /// Gives its name, as the learned weights call it.
    pub fn name(self) -> &'static str {
        match self {
            Mood::Plain => "plain",
            Mood::Wish => "wish",
            Mood::Conditional => "conditional",
            Mood::Hedged => "hedged",
            Mood::Asking => "asking",
        }
    }
}

/// Whose doing it is, by the grammar of the clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The writer alone.
    I,
    /// The writer and others, or an organisation.
    We,
    /// Others.
    Others,
    /// Not said.
    Unsaid,
}

impl Who {
    /// Gives its name, as the learned weights call it.
    pub fn name(self) -> &'static str {
        match self {
            Who::I => "i",
            Who::We => "we",
            Who::Others => "others",
            Who::Unsaid => "unsaid",
        }
    }
}

/// One act.
#[derive(Debug, Clone)]
pub struct Act {
    /// What is done.
    pub deed: Deed,
    /// How firmly.
    pub mood: Mood,
    /// Who.
    pub who: Who,
    /// Index of its clause.
    pub clause: usize,
    /// The tokens that say so.
    pub tokens: Range<usize>,
    /// Said by a noun, a yes or a verb that alone is no request for a seat.
    pub weak: bool,
    /// The cue it rests on.
    pub cue: Cue,
    /// What it is about is named, and no session or word for one: « m'inscrire aux rattrapages ».
    pub foreign: bool,
    /// Told by the learned weights, where the rules see nothing.
    pub learned: bool,
}

/// An act that is not told by one cue but by its whole clause.
pub fn act_of(cut: &Cut<'_>, number: usize, deed: Deed, cue: Cue) -> Act {
    let clause = cut.clauses.get(number);
    let tokens = clause.map_or(0..0, |c| c.tokens.clone());
    let whole = Hit {
        cue,
        first: tokens.start,
        end: tokens.end,
    };
    Act {
        deed,
        mood: clause.map_or(Mood::Plain, |c| mood(cut, number, c, &whole, deed)),
        who: clause.map_or(Who::Unsaid, |c| who(cut, c, &whole)),
        clause: number,
        tokens,
        weak: false,
        cue,
        foreign: false,
        learned: true,
    }
}
