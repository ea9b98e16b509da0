//! Names of bodies in running text and in display names.

use crate::core::person::fold;
use crate::core::reading::people::{Is, is};
use crate::core::tags::{Kind, tag};

/// Finds the name of a body in running text: its word and the capitals that follow (« du GAL Pays de
/// Cournolle », « la Communauté de communes du Val de Bruyes »).
pub fn organisation_in(text: &str) -> Option<String> {
    let mut found: Option<String> = None;
    let mut people_of: Option<String> = None;
    let words: Vec<(usize, &str)> = words_of(text);
    let mut at = 0;
    while let Some((start, word)) = words.get(at) {
        let folded = fold(word);
        let body = folded
            .split(' ')
            .next_back()
            .is_some_and(|last| is(last, Is::Structure) && !tag(last).is(Kind::Event));
        let before = words.get(at.saturating_sub(3)..at).unwrap_or_default();
        let says = |list: &[&str]| {
            before
                .iter()
                .any(|(_, word)| list.contains(&fold(word).as_str()))
        };
        if !body || says(&LEAVING) {
            people_of = people_of.or_else(|| body_of_people(text, &words, at));
            at += 1;
            continue;
        }
        let joining = says(&JOINING);
        if found.is_none()
            && let Some(inside) = bracket_after(text, &words, at)
        {
            found = Some(inside);
        }
        let end = body_end(&words, at);
        let capitals = words
            .get(at + 1..end)
            .unwrap_or_default()
            .iter()
            .any(|(_, word)| starts_capital(word));
        if capitals {
            let (last, text_of_last) = words.get(end - 1).copied()?;
            let name = text.get(*start..last + text_of_last.len())?;
            let name = name.trim_matches(|c: char| !c.is_alphanumeric());
            let name = name
                .strip_prefix("l'")
                .or_else(|| name.strip_prefix("d'"))
                .or_else(|| name.strip_prefix("l’"))
                .unwrap_or(name);
            if found.is_none() || joining {
                found = Some(name.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
        if !capitals && found.is_none() && starts_capital(word) {
            found = capitals_before(text, &words, at);
        }
        at = end.max(at + 1);
    }
    found.or(people_of).or_else(|| body_of_role(text, &words))
}

/// Words for what somebody is or does at a body.
fn is_of_role(folded: &str) -> bool {
    folded.split(' ').any(|part| is(part, Is::Function))
        || matches!(
            folded,
            "projet"
                | "travaille"
                | "bosse"
                | "interviens"
                | "represente"
                | "viens"
                | "work"
                | "working"
                | "volunteer"
                | "volunteers"
                | "run"
                | "represent"
                | "both"
                | "deux"
                | "toutes"
                | "tous"
                | "c o"
                | "rejoins"
                | "employe"
                | "employee"
                | "salarie"
                | "salariee"
        )
}

/// « coordinatrice depuis janvier à Maison et Jardin », "I chair North Marwick Renewables", "both c/o
/// Penrice Boats": the capitals that follow a function, led there by a small word.
fn body_of_role(text: &str, words: &[(usize, &str)]) -> Option<String> {
    /// Words between the function and the body.
    const BETWEEN: usize = 6;
    words.iter().enumerate().find_map(|(at, (_, word))| {
        let folded = fold(word);
        // "Dyfi LEADER Group": a name in capitals is no function
        let acronym = word.chars().all(|c| !c.is_lowercase())
            && words.iter().any(|(_, w)| w.chars().any(char::is_lowercase));
        if !is_of_role(&folded) || ends_phrase(word) || acronym {
            return None;
        }
        let from = (at + 1..(at + 1 + BETWEEN).min(words.len()))
            .take_while(|i| *i == at + 1 || words.get(i - 1).is_some_and(|(_, w)| !ends_phrase(w)))
            .find(|i| words.get(*i).is_some_and(|(_, w)| starts_capital(w)))?;
        let link = words
            .get(from - 1)
            .map(|(_, w)| fold(w))
            .unwrap_or_default();
        let direct = from == at + 1;
        // « coordinatrice de la Halle aux Savoirs »
        let article = matches!(link.as_str(), "la" | "le" | "les" | "l");
        let before_article = from
            .checked_sub(2)
            .filter(|b| *b > at)
            .and_then(|b| words.get(b))
            .map(|(_, w)| fold(w))
            .unwrap_or_default();
        let by_article = article && matches!(before_article.as_str(), "de" | "a" | "pour" | "chez");
        let begins = at == 0 || words.get(at - 1).is_some_and(|(_, w)| ends_phrase(w));
        let project = folded == "projet" && begins;
        let led = by_article
            || project
            || matches!(
                link.as_str(),
                "a" | "au"
                    | "chez"
                    | "at"
                    | "with"
                    | "for"
                    | "of"
                    | "from"
                    | "de"
                    | "du"
                    | "pour"
                    | "c o"
                    | "the"
            );
        let directly = direct
            && matches!(
                folded.as_str(),
                "chair" | "run" | "both" | "c o" | "represent" | "represente"
            );
        if !led && !directly {
            return None;
        }
        let end = capitals_end(words, from);
        let (start, first) = words.get(from)?;
        let (last, last_word) = words.get(end - 1)?;
        let count = end - from;
        let folded_first = fold(first);
        let date = tag(folded_first.split(' ').next().unwrap_or_default());
        let stranger = is(&folded_first, Is::Title)
            || is(&folded_first, Is::Given)
            || date.month > 0
            || date.weekday > 0
            || tag(&folded_first).is(Kind::Event);
        // « à Gap » is where, « à Mieux Chez Soi » is whose
        let place = link == "a"
            && (count == 1 || matches!(folded_first.as_str(), "la" | "le" | "les") && count == 2);
        let elected = matches!(
            folded.as_str(),
            "maire" | "adjoint" | "adjointe" | "conseiller" | "conseillere" | "elu" | "elue"
        );
        let small = matches!(link.as_str(), "de" | "du") && count == 1 && !elected;
        if stranger || place && !elected || small {
            return None;
        }
        let name = text.get(*start..last + last_word.len())?;
        Some(
            name.trim_matches(|c: char| !c.is_alphanumeric())
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        )
    })
}

/// Where a run of capitals ends; small words and `&` inside belong to it.
fn capitals_end(words: &[(usize, &str)], from: usize) -> usize {
    run_end(words, from, |word| {
        matches!(
            word,
            "&" | "et"
                | "and"
                | "de"
                | "du"
                | "des"
                | "la"
                | "le"
                | "les"
                | "à"
                | "of"
                | "the"
                | "en"
                | "d'"
                | "sur"
        )
    })
}

/// Where a run of capitals ends that small words may go on with; at a stop at the latest.
fn run_end(words: &[(usize, &str)], from: usize, goes_on: impl Fn(&str) -> bool) -> usize {
    let mut last = from + 1;
    if words.get(from).is_some_and(|(_, word)| ends_phrase(word)) {
        return last;
    }
    for (at, (_, word)) in words.iter().enumerate().skip(from + 1) {
        let capital = starts_capital(word);
        if !capital && !goes_on(word) || word.starts_with(['(', '«', '"']) {
            break;
        }
        if capital {
            last = at + 1;
        }
        if ends_phrase(word) {
            break;
        }
    }
    last
}

/// Before the body that somebody leaves.
const LEAVING: [&str; 5] = ["quitte", "quitter", "leaving", "leave", "left"];
/// Before the body that they join.
const JOINING: [&str; 5] = ["rejoindre", "rejoins", "desormais", "joining", "titre"];

/// « les quatre personnes de Spelunca », "two people from Kilmore"
fn body_of_people(text: &str, words: &[(usize, &str)], at: usize) -> Option<String> {
    let noun = fold(words.get(at)?.1);
    let people = matches!(
        noun.as_str(),
        "personnes"
            | "equipe"
            | "agents"
            | "salaries"
            | "membres"
            | "benevoles"
            | "people"
            | "persons"
            | "bookings"
            | "staff"
            | "inscrits"
    );
    let link = fold(words.get(at + 1)?.1);
    let linked = matches!(link.as_str(), "de" | "du" | "des" | "from" | "of" | "chez");
    if !people || !linked {
        return None;
    }
    let (start, first) = words.get(at + 2)?;
    let end = body_end(words, at + 2);
    let (last, word) = words.get(end - 1)?;
    let name = text.get(*start..last + word.len())?;
    starts_capital(first).then(|| name.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
}

/// « pour mon club (Tir à l'arc de Nort) »
fn bracket_after(text: &str, words: &[(usize, &str)], at: usize) -> Option<String> {
    let (start, next) = words.get(at + 1)?;
    let opens = next.strip_prefix('(')?.chars().next()?.is_uppercase();
    let inside = text.get(start + 1..)?.split(')').next()?;
    let short = inside.split_whitespace().count() <= 8 && !inside.contains(['@', '\n']);
    (opens && short).then(|| inside.trim().to_owned())
}

/// « from Nort Stonework »: in English the word for the body ends its name.
fn capitals_before(text: &str, words: &[(usize, &str)], at: usize) -> Option<String> {
    let before = |at: usize| at.checked_sub(1).and_then(|before| words.get(before));
    let mut from = at;
    while let Some((_, word)) = before(from) {
        let folded = fold(word);
        let stranger = is(&folded, Is::Never) || is(&folded, Is::Greeting);
        if !starts_capital(word) || ends_phrase(word) || stranger {
            break;
        }
        from -= 1;
    }
    let (start, _) = words.get(from)?;
    let (last, word) = words.get(at)?;
    let name = text.get(*start..last + word.len())?;
    let led = before(from).is_some_and(|(_, word)| {
        matches!(
            fold(word).as_str(),
            "from" | "at" | "of" | "for" | "the" | "du" | "de" | "chez" | "our"
        )
    });
    (from < at && led).then(|| name.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
}

fn words_of(text: &str) -> Vec<(usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split_whitespace()
        .map(|word| (word.as_ptr() as usize - base, word))
        .collect()
}

/// Where a body's name ends: at the first small word that is not of such names, or at a stop.
fn body_end(words: &[(usize, &str)], at: usize) -> usize {
    run_end(words, at, |word| {
        let of_names = fold(word)
            .split(' ')
            .all(|part| is(part, Is::StructureInner) || is(part, Is::Structure));
        let elided = word.starts_with(['d', 'D', 'l', 'L']) && word.contains(['\'', '’']);
        of_names || elided || word == "&"
    })
}

fn ends_phrase(word: &str) -> bool {
    word.ends_with([',', '.', ';', ':', ')', '!', '?', '»', '"'])
}

fn starts_capital(word: &str) -> bool {
    let bare = ["l'", "d'", "L'", "D'", "l’", "d’"]
        .iter()
        .find_map(|elided| word.strip_prefix(elided))
        .unwrap_or(word);
    bare.chars().next().is_some_and(char::is_uppercase)
}

/// A display name that is a body's (« GAL Haut-Lauzon », « Secrétariat LISV »).
pub(super) fn organisation_of_display(display: &str) -> Option<String> {
    let folded = fold(display);
    let words: Vec<&str> = folded.split(' ').collect();
    let body = words.iter().any(|word| is(word, Is::Structure));
    let unit = words.iter().any(|word| is(word, Is::Unit));
    if display.contains('@') || words.len() < 2 || !body && !unit {
        return None;
    }
    // « Secrétariat LISV », « Direction GAL Drouzat »: without the unit.
    let rest: Vec<&str> = display
        .split_whitespace()
        .skip_while(|word| {
            let folded = fold(word);
            folded.split(' ').all(|part| {
                (is(part, Is::Unit) || is(part, Is::Never)) && !is(part, Is::Structure)
                    || matches!(part, "du" | "de" | "la" | "des")
            })
        })
        .collect();
    let rest = rest.join(" ");
    Some(if rest.is_empty() {
        display.to_owned()
    } else {
        rest
    })
}
