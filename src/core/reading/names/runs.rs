//! Runs of capitals in a text, and which of them are names.

use super::parts::{Part, parts_of};
use super::{NameFound, Order, PARTS_MAX, SIGNS_MIN, compose, parts, without_title};
use crate::core::person::fold;
use std::ops::Range;

pub(super) struct Run {
    pub(super) found: NameFound,
    pub(super) signs: u8,
}

pub(super) fn runs_in(text: &str) -> Vec<Run> {
    let parts = parts_of(text);
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let end = parts::run_end(&parts, at);
        if end > at {
            if let Some(run) = judge(text, &parts, at, end) {
                runs.push(run);
            }
            at = end;
        } else {
            at += 1;
        }
    }
    in_lists(text, &mut runs);
    runs
}

/// A full name beside another in a list is one as well (« Anne Dupré, Joris Anquetot et … »).
fn in_lists(text: &str, runs: &mut [Run]) {
    for _ in 0..2 {
        let known: Vec<(bool, Range<usize>)> = runs
            .iter()
            .map(|run| {
                (
                    run.signs >= SIGNS_MIN && run.found.full,
                    run.found.range.clone(),
                )
            })
            .collect();
        for (at, run) in runs.iter_mut().enumerate() {
            let beside = |other: Option<&(bool, Range<usize>)>, before: bool| {
                other.is_some_and(|(named, range)| {
                    let between = if before {
                        range.end..run.found.range.start
                    } else {
                        run.found.range.end..range.start
                    };
                    *named && text.get(between).is_some_and(is_joint)
                })
            };
            let listed = beside(at.checked_sub(1).and_then(|at| known.get(at)), true)
                || beside(known.get(at + 1), false);
            let after = run.found.range.end;
            let arrow = known.get(at + 1).is_some_and(|(_, range)| {
                text.get(after..range.start)
                    .is_some_and(|between| ARROWS.contains(&between.trim()))
            });
            if run.found.full && (listed || arrow) {
                run.signs = run.signs.max(SIGNS_MIN);
            }
        }
    }
}

/// « Dupont -> Martin »: one takes the other's place.
const ARROWS: [&str; 5] = ["->", "=>", "→", "-->", ">"];

fn is_joint(between: &str) -> bool {
    if ARROWS.contains(&between.trim()) {
        return true;
    }
    matches!(
        between.trim(),
        "," | "et" | "and" | ", et" | ", and" | "&" | "+" | "/" | ";"
    ) || between.trim().is_empty() && between.contains('\n')
}

/// Judges a run of capitalised words by what it is and by what stands around it.
fn judge(text: &str, parts: &[Part<'_>], at: usize, end: usize) -> Option<Run> {
    let run = parts.get(at..end)?;
    let (title, core) = without_title(run);
    let title = title.or_else(|| parts::title_of_list(parts, at));
    if core.is_empty() || core.len() > PARTS_MAX || core.iter().all(Part::is_particle) {
        return None;
    }
    if parts::follows_greeting(parts, at, end) || parts::follows_structure(parts, at) {
        return None;
    }
    let known = core.iter().any(Part::is_given);
    let plural = core
        .first()
        .is_some_and(|part| matches!(part.folded.as_str(), "les" | "the" | "saint" | "st"));
    if plural || core.len() == 1 && core.iter().all(Part::is_title) {
        return None;
    }
    let cores = core.iter().filter(|part| !part.is_particle()).count();
    let mixed = {
        let uppers = core
            .iter()
            .filter(|part| part.upper && part.has_vowel())
            .count();
        let others = core
            .iter()
            .filter(|part| !part.upper && !part.is_particle())
            .count();
        uppers > 0 && others > 0
    };
    let mut signs = 0;
    if title.is_some() {
        signs += 3;
    }
    if known {
        signs += 2;
    }
    if mixed && cores <= 4 {
        signs += 2;
    }
    let beside = parts::follows_person_word(parts, at) || parts::function_follows(parts, end);
    if cores >= 2 && beside {
        signs += 2;
    }
    let family = core
        .last()
        .map(|part| part.folded.as_str())
        .unwrap_or_default();
    let range_end = run.last().map_or(0, |part| part.range.end);
    if cores >= 2 && address_follows(text, range_end, family, core) {
        signs += 3;
    }
    let at_line_start = run.first().is_some_and(|part| part.starts_line);
    if cores == 1 && title.is_none() && at_line_start && !known {
        return None;
    }
    let start = run.first().map_or(0, |part| part.range.start);
    let (name, title, full) = compose(core, title, Order::Unknown);
    Some(Run {
        found: NameFound {
            range: start..range_end,
            name,
            title,
            full,
        },
        signs,
    })
}

/// Whether an address that holds a part of the name stands within a few words after it.
fn address_follows(text: &str, from: usize, family: &str, core: &[Part<'_>]) -> bool {
    /// Bytes after a name in which its address may stand.
    const NEAR: usize = 90;
    let mut until = text.len().min(from + 2 * NEAR);
    while !text.is_char_boundary(until) {
        until -= 1;
    }
    let rest = text.get(from..until).unwrap_or_default();
    let line = rest.split("\n\n").next().unwrap_or_default();
    let Some(sign) = line.find('@').filter(|at| *at < NEAR) else {
        return false;
    };
    let local = line
        .get(..sign)
        .unwrap_or_default()
        .rsplit(|c: char| c.is_whitespace() || "<(:,;".contains(c))
        .next()
        .unwrap_or_default();
    let local = fold(local).replace(' ', "");
    let has = |word: &str| word.len() >= 3 && local.contains(&word.replace(' ', ""));
    has(family) || core.iter().any(|part| has(&part.folded))
}
