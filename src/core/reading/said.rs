//! What a sentence says about a seat, by weights learned from labelled sentences: the second reader.
//!
//! The lexicon's cues say why a clause is a request, but no list of cues holds every way in which people
//! say it. The weights (`lexicon/said.tsv`) are learned from sentences written for that purpose
//! (`tests/said`), by a multinomial logistic regression over words, stems and pairs of stems, with what
//! the mail answers. The two readers check each other: what only this one sees is taken where it is sure,
//! and an act of which it is sure that it is none is a doubt. Linear in the text, no allocation a word.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::sync::LazyLock;

use super::acts::Act;
use super::clause::Cut;
use super::tokens::{Kind, Token};
use crate::core::lexicon::{Cue, cue_name};

/// What a sentence may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// A seat is wanted or taken.
    Register,
    /// A seat is given up, or somebody will not come.
    Quit,
    /// A seat passes to another.
    Replace,
    /// A detail changes.
    Update,
    /// A registration stands.
    Keep,
    /// Interest, hesitation, a condition, a question about taking part.
    Open,
    /// Anything else.
    Else,
}

impl Says {
    /// All, in the order of the columns of the weights.
    pub const ALL: [Says; 7] = [
        Says::Register,
        Says::Quit,
        Says::Replace,
        Says::Update,
        Says::Keep,
        Says::Open,
        Says::Else,
    ];

    /// Gives the letter that stands for it in the labelled sentences.
    pub fn letter(self) -> char {
        match self {
            Says::Register => 'R',
            Says::Quit => 'C',
            Says::Replace => 'P',
            Says::Update => 'U',
            Says::Keep => 'K',
            Says::Open => 'Q',
            Says::Else => 'N',
        }
    }
}

/// What a mail answers, as far as it tells what a short sentence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Nothing.
    Nothing,
    /// An announcement or programme of ours.
    Announcement,
    /// A confirmation or reminder of ours.
    Confirmation,
    /// Our question back.
    Question,
    /// A personal mail of a human of ours.
    Human,
}

impl Answers {
    /// Gives the sign that stands for it in the labelled sentences.
    pub fn sign(self) -> &'static str {
        match self {
            Answers::Nothing => "-",
            Answers::Announcement => "a",
            Answers::Confirmation => "c",
            Answers::Question => "q",
            Answers::Human => "h",
        }
    }
}

/// How likely each is, in the order of [`Says::ALL`]; they sum up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares(pub [f32; 7]);

impl Shares {
    /// Gives how likely one is.
    pub fn of(&self, says: Says) -> f32 {
        let at = Says::ALL.iter().position(|s| *s == says);
        at.and_then(|at| self.0.get(at)).copied().unwrap_or(0.0)
    }

    /// Gives the likeliest.
    pub fn top(&self) -> (Says, f32) {
        let mut best = (Says::Else, 0.0);
        for (says, share) in Says::ALL.into_iter().zip(self.0) {
            if share > best.1 {
                best = (says, share);
            }
        }
        best
    }
}

/// Weighs a run of tokens, with the acts that the rules found in the text.
pub fn weigh(cut: &Cut<'_>, acts: &[Act], run: Range<usize>, answers: Answers) -> Shares {
    let mut sums = [0f32; 7];
    each_feature(cut, acts, run, answers, |parts| {
        if let Some(weights) = WEIGHTS.get(&key(parts)) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += f32::from(*weight);
            }
        }
    });
    shares(sums.map(|sum| sum / SCALE))
}

/// Makes shares of what the weights sum up to (softmax).
pub fn shares(sums: [f32; 7]) -> Shares {
    let most = sums.iter().copied().fold(f32::MIN, f32::max);
    let powers = sums.map(|sum| (sum - most).exp());
    let all: f32 = powers.iter().sum();
    Shares(powers.map(|power| power / all))
}

/// The weights are kept as whole numbers, this many to 1.
pub const SCALE: f32 = 32.0;

/// Letters that a stem keeps: enough to tell « inscrire » from « inspirer », few enough for one stem
/// to cover its inflections.
const STEM: usize = 5;

/// Gives every feature of a run of tokens as its parts, to be joined by `_`.
pub fn each_feature(
    cut: &Cut<'_>,
    acts: &[Act],
    run: Range<usize>,
    answers: Answers,
    mut feature: impl FnMut(&[&str]),
) {
    /// Of so few words the mail answered tells the meaning.
    const SHORT: usize = 5;
    let sign = answers.sign();
    feature(&["*"]);
    feature(&["*", sign]);
    let length = run.len();
    let short = length <= SHORT;
    if short {
        feature(&["short", sign]);
    }
    let question = cut
        .clauses
        .iter()
        .any(|c| c.question && c.tokens.start < run.end && run.start < c.tokens.end);
    if question {
        feature(&["?"]);
        feature(&["?", sign]);
    }
    each_sign(cut, acts, &run, &mut feature);
    let (mut before, mut before_that) = ("^", "^^");
    for at in run.clone() {
        let Some(token) = cut.tokens.get(at) else {
            break;
        };
        let word = word(cut, token);
        let stem = stem(word);
        feature(&[word]);
        if stem.len() < word.len() {
            feature(&[stem]);
        }
        if short {
            feature(&[stem, "@", sign]);
        }
        feature(&[before, stem]);
        feature(&[before_that, "~", stem]);
        before_that = before;
        before = stem;
    }
    feature(&[before, "$"]);
}

/// What the rules see: the cues of the lexicon, in pairs too, and the acts.
fn each_sign(cut: &Cut<'_>, acts: &[Act], run: &Range<usize>, feature: &mut impl FnMut(&[&str])) {
    /// More cues than this in one sentence are not paired.
    const PAIRED_MAX: usize = 12;
    let mut cues: Vec<Cue> = Vec::new();
    for (number, clause) in cut.clauses.iter().enumerate() {
        if clause.tokens.start >= run.end || run.start >= clause.tokens.end {
            continue;
        }
        cues.extend(clause.hits.iter().map(|h| h.cue));
        for act in acts.iter().filter(|a| a.clause == number) {
            let (deed, mood, who) = (act.deed.name(), act.mood.name(), act.who.name());
            let weight = if act.weak { "weak" } else { "firm" };
            feature(&["act", deed]);
            feature(&["act", deed, weight]);
            feature(&["act", deed, mood]);
            feature(&["act", deed, who]);
            feature(&["act", deed, cue_name(act.cue)]);
        }
    }
    if !acts.iter().any(|a| {
        cut.clauses
            .get(a.clause)
            .is_some_and(|c| c.tokens.start < run.end && run.start < c.tokens.end)
    }) {
        feature(&["act", "none"]);
    }
    cues.sort_unstable();
    cues.dedup();
    for (at, cue) in cues.iter().enumerate() {
        feature(&["cue", cue_name(*cue)]);
        if cues.len() <= PAIRED_MAX {
            for other in cues.iter().skip(at + 1) {
                feature(&["cue", cue_name(*cue), cue_name(*other)]);
            }
        }
    }
}

/// The word as it counts: a name, a number and an address each stand for all others.
fn word<'c>(cut: &'c Cut<'_>, token: &'c Token) -> &'c str {
    match token.kind {
        Kind::Email => "#email",
        Kind::Url => "#url",
        Kind::Number => "#n",
        Kind::Word => {
            let next = cut.names.partition_point(|n| n.range.end <= token.start);
            let named = cut
                .names
                .get(next)
                .is_some_and(|n| n.range.start <= token.start);
            if named { "#name" } else { &token.folded }
        }
    }
}

fn stem(word: &str) -> &str {
    word.get(..STEM).unwrap_or(word)
}

/// FNV-1a over the parts as if they were joined by `_`.
fn key(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |byte: u8| {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    };
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            eat(b'_');
        }
        part.bytes().for_each(&mut eat);
    }
    hash
}

/// Keys are hashes already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Weights = HashMap<u64, [i8; 7], BuildHasherDefault<Same>>;

static WEIGHTS: LazyLock<Weights> =
    LazyLock::new(|| parse(include_str!("../lexicon/said.tsv")).unwrap_or_default());

/// Reads the weights: a feature and seven whole numbers a line. `None` if a line is otherwise.
fn parse(text: &str) -> Option<Weights> {
    let mut weights = Weights::default();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let (feature, numbers) = line.split_once('\t')?;
        let mut row = [0i8; 7];
        let mut numbers = numbers.split(' ');
        for cell in &mut row {
            *cell = numbers.next()?.parse().ok()?;
        }
        weights.insert(key(&[feature]), row);
    }
    Some(weights)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_weights_can_be_read() {
        let weights = parse(include_str!("../lexicon/said.tsv")).unwrap();
        assert!(weights.len() > 1_000);
    }

    #[test]
    fn a_feature_is_found_by_its_parts() {
        assert_eq!(key(&["je", "viens"]), key(&["je_viens"]));
        assert_ne!(key(&["je", "viens"]), key(&["jev", "iens"]));
    }
}
