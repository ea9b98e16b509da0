//! Learns the second reader's weights from labelled sentences, and tells how well it reads new ones.
//!
//! `tests/said/*.tsv`, written for it, and `tests/said/mails/*.tsv`, from the mails of one organisation each:
//! class, what the mail answers, sentence (the letters of `Says` and `Answers`).
//! The test learns from four fifths and measures on the fifth that it has not seen, then asks whether
//! the weights that ship know the sentences. `GUICHET_LEARN=1 cargo test --test said` learns from all and
//! writes `src/core/lexicon/said.tsv`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    missing_docs
)]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use guichet::core::reading::acts::acts;
use guichet::core::reading::clause::Cut;
use guichet::core::reading::names::names_in;
use guichet::core::reading::said::{Answers, SCALE, Says, each_feature, shares, weigh};

struct Line {
    /// The organisation whose mail it is taken from; none if it was written for this.
    organisation: Option<String>,
    class: usize,
    answers: Answers,
    text: String,
}

fn lines() -> Vec<Line> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/said");
    let mut all = lines_in(&folder, false);
    all.extend(lines_in(&folder.join("mails"), true));
    all
}

fn lines_in(folder: &Path, of_mails: bool) -> Vec<Line> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "tsv"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let mut fields = line.splitn(3, '\t');
            let class = fields.next().unwrap();
            let sign = fields.next().unwrap_or_else(|| panic!("{line}"));
            let text = fields.next().unwrap_or_else(|| panic!("{line}"));
            all.push(Line {
                organisation: of_mails.then(|| name.clone()),
                class: Says::ALL
                    .iter()
                    .position(|s| s.letter().to_string() == class)
                    .unwrap_or_else(|| panic!("{}: {line}", file.display())),
                answers: answers(sign),
                text: text.to_owned(),
            });
        }
    }
    all
}

fn answers(sign: &str) -> Answers {
    [
        Answers::Nothing,
        Answers::Announcement,
        Answers::Confirmation,
        Answers::Question,
        Answers::Human,
    ]
    .into_iter()
    .find(|a| a.sign() == sign)
    .unwrap_or_else(|| panic!("{sign} is no context"))
}

fn cut(text: &str) -> Cut<'_> {
    Cut::new(text, names_in(text), Vec::new())
}

fn features(line: &Line) -> Vec<String> {
    let cut = cut(&line.text);
    let mut found = Vec::new();
    each_feature(
        &cut,
        &acts(&cut),
        0..cut.tokens.len(),
        line.answers,
        |parts| {
            found.push(parts.join("_"));
        },
    );
    found
}

/// What is learned: a row of weights a feature.
struct Learned {
    index: HashMap<String, usize>,
    rows: Vec<[f32; 7]>,
}

impl Learned {
    fn sums(&self, features: &[usize]) -> [f32; 7] {
        let mut sums = [0f32; 7];
        for at in features {
            for (sum, weight) in sums.iter_mut().zip(self.rows[*at]) {
                *sum += weight;
            }
        }
        sums
    }

    fn known(&self, features: &[String]) -> Vec<usize> {
        features
            .iter()
            .filter_map(|f| self.index.get(f).copied())
            .collect()
    }
}

/// Multinomial logistic regression by stochastic gradient descent: the same order and the same weights
/// every time.
fn learn(lines: &[&Line]) -> Learned {
    const EPOCHS: usize = 12;
    const RATE: f32 = 0.25;
    const DECAY: f32 = 3e-4;
    /// A feature of one line only teaches that line.
    const SEEN_MIN: usize = 2;
    let told: Vec<Vec<String>> = lines.iter().map(|l| features(l)).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for feature in told.iter().flatten() {
        *seen.entry(feature).or_default() += 1;
    }
    /// What fewer organisations' mails say may be their own: a name, a place, a title, a trade.
    const ORGANISATIONS_MIN: usize = 3;
    let mut sources: HashMap<&str, HashSet<Option<&str>>> = HashMap::new();
    for (told, line) in told.iter().zip(lines) {
        for feature in told {
            let of = sources.entry(feature).or_default();
            of.insert(line.organisation.as_deref());
        }
    }
    let common = |feature: &str| {
        let of = &sources[feature];
        of.contains(&None) || of.len() >= ORGANISATIONS_MIN
    };
    let mut learned = Learned {
        index: HashMap::new(),
        rows: Vec::new(),
    };
    for feature in told.iter().flatten() {
        if seen[feature.as_str()] >= SEEN_MIN
            && common(feature)
            && !learned.index.contains_key(feature)
        {
            learned.index.insert(feature.clone(), learned.rows.len());
            learned.rows.push([0.0; 7]);
        }
    }
    let known: Vec<Vec<usize>> = told.iter().map(|t| learned.known(t)).collect();
    let mut order: Vec<usize> = (0..lines.len()).collect();
    let mut dice = 88_172_645_463_325_252_u64;
    for epoch in 0..EPOCHS {
        for at in (1..order.len()).rev() {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            order.swap(at, usize::try_from(dice % (at as u64 + 1)).unwrap());
        }
        let rate = RATE / (1.0 + epoch as f32 * 0.4);
        for &at in &order {
            let got = shares(learned.sums(&known[at])).0;
            let step = rate / (known[at].len() as f32).sqrt();
            for &feature in &known[at] {
                for (class, weight) in learned.rows[feature].iter_mut().enumerate() {
                    let wanted = f32::from(u8::from(class == lines[at].class));
                    *weight += step * (wanted - got[class]) - DECAY * *weight;
                }
            }
        }
    }
    learned
}

/// Gives the weights as whole numbers, what says nothing left out.
fn table(learned: &Learned) -> String {
    let mut features: Vec<(&String, &usize)> = learned.index.iter().collect();
    features.sort();
    let mut table = String::from(
        "# Learned from tests/said by `GUICHET_LEARN=1 cargo test --test said`; not for editing by hand.\n",
    );
    for (feature, at) in features {
        let row = learned.rows[*at].map(|w| (w * SCALE).round().clamp(-127.0, 127.0) as i8);
        if row.iter().any(|w| w.abs() > 2) {
            let numbers: Vec<String> = row.iter().map(i8::to_string).collect();
            writeln!(table, "{feature}\t{}", numbers.join(" ")).unwrap();
        }
    }
    table
}

#[test]
fn sentences_never_seen_are_read() {
    let all = lines();
    let (mut right, mut sure, mut sure_right, mut count) = (0, 0, 0, 0);
    let mut mails = (0usize, 0usize, 0usize, 0usize);
    let mut confusion = [[0usize; 7]; 7];
    // an organisation's mails are all learned from, or none
    let organisations: BTreeSet<&str> = all
        .iter()
        .filter_map(|l| l.organisation.as_deref())
        .collect();
    let fifth = |n: usize, line: &Line| {
        let of = line.organisation.as_deref();
        of.map_or(n, |of| organisations.range(..of).count()) % 5
    };
    for fold in 0..5 {
        let known: Vec<&Line> = all
            .iter()
            .enumerate()
            .filter(|(n, l)| fifth(*n, l) != fold)
            .map(|(_, l)| l)
            .collect();
        let learned = learn(&known);
        for (_, line) in all.iter().enumerate().filter(|(n, l)| fifth(*n, l) == fold) {
            let got = shares(learned.sums(&learned.known(&features(line))));
            let (says, share) = got.top();
            let class = Says::ALL.iter().position(|s| *s == says).unwrap();
            count += 1;
            right += usize::from(class == line.class);
            confusion[line.class][class] += 1;
            if line.organisation.is_some() {
                mails.0 += 1;
                mails.1 += usize::from(class == line.class);
                if share >= 0.8 {
                    mails.2 += 1;
                    mails.3 += usize::from(class == line.class);
                    if class != line.class && std::env::var_os("GUICHET_VERBOSE").is_some() {
                        eprintln!(
                            "{} {:?} {:.2}: {}",
                            Says::ALL[line.class].letter(),
                            says,
                            share,
                            line.text
                        );
                    }
                }
            }
            if share >= 0.8 {
                sure += 1;
                sure_right += usize::from(class == line.class);
            }
        }
    }
    let per = |a: usize, b: usize| a as f64 * 100.0 / b as f64;
    eprintln!(
        "{count} sentences not learned from: right {:.1} %; sure of {:.1} %, of these right {:.1} %",
        per(right, count),
        per(sure, count),
        per(sure_right, sure)
    );
    eprintln!("of mails {mails:?}");
    for (says, row) in Says::ALL.iter().zip(confusion) {
        eprintln!("  {} {row:?}", says.letter());
    }
    assert!(per(right, count) > 75.0 && per(sure_right, sure) > 90.0);
}

#[test]
fn the_weights_that_ship_know_the_sentences() {
    let all = lines();
    if std::env::var_os("GUICHET_LEARN").is_some() {
        let learned = learn(&all.iter().collect::<Vec<_>>());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/lexicon/said.tsv");
        std::fs::write(&file, table(&learned)).unwrap();
        eprintln!("written: {}", file.display());
        return;
    }
    let right = all
        .iter()
        .filter(|line| {
            let cut = cut(&line.text);
            let (says, _) = weigh(&cut, &acts(&cut), 0..cut.tokens.len(), line.answers).top();
            says == Says::ALL[line.class]
        })
        .count();
    let share = right as f64 * 100.0 / all.len() as f64;
    assert!(
        share > 95.0,
        "only {share:.1} %: learn again after changing sentences, stems or tokens"
    );
}
