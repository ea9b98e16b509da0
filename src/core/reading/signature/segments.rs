//! Tells in lines about a person what is function, structure, number, address.

use super::Phone;
use super::contacts::{emails_in, phones_in};
use crate::core::person::fold;
use crate::core::reading::names::{Order, may_be, name_in, parse_name_as};
use crate::core::reading::people::{Is, is};
use crate::core::tags::tag;

/// What lines say of a person.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) role: Option<String>,
    pub(super) organisation: Option<String>,
    /// How surely it is an organisation.
    rank: u8,
    pub(super) phones: Vec<Phone>,
    pub(super) emails: Vec<String>,
}

const RANK_GENERIC: u8 = 1;
const RANK_PLAIN: u8 = 2;
const RANK_KIND: u8 = 3;
const RANK_UNIT: u8 = 4;
const RANK_CAPITALS: u8 = 5;
const RANK_STRUCTURE: u8 = 6;
const RANK_LABEL: u8 = 7;

/// Longest function or structure, in bytes; more is a sentence.
const SEGMENT_BYTES_MAX: usize = 110;

/// Reads lines about one person. `plain` lets a capitalised line without any telling word be the
/// structure, as in a signature.
pub(super) fn facts(lines: &str, name: &str, plain: bool) -> Facts {
    let mut facts = Facts {
        phones: phones_in(lines),
        ..Facts::default()
    };
    facts.emails = emails_in(lines)
        .into_iter()
        .map(|(_, email)| email)
        .collect();
    let bare = without_contacts(lines);
    for line in bare.lines() {
        if let Some(body) = labelled_body(line) {
            facts.take_organisation(body, RANK_LABEL);
        }
        for segment in segments(line) {
            facts.take(segment, name, plain);
        }
    }
    facts
}

/// « projet : Le Fil, couture », « projet Rhapsodie (lutherie) »: the word says what the next ones name.
fn labelled_body(line: &str) -> Option<&str> {
    const LABELS: [&str; 8] = [
        "projet",
        "project",
        "compagnie",
        "cantine",
        "collectif",
        "structure",
        "organisation",
        "organisme",
    ];
    segments_of_people(line).find_map(|segment| {
        let segment = segment.trim();
        let end = segment.find(|c: char| !c.is_alphanumeric())?;
        let (label, rest) = segment.split_at_checked(end)?;
        let body = rest.trim_start_matches(|c: char| c.is_whitespace() || ":«\"".contains(c));
        let body = body.split(['(', ',', ';', '»', '"']).next()?.trim();
        let colon = rest.trim_start().starts_with(':');
        // "Project Manager" is what somebody does
        let role = rows(body).iter().any(|word| is_function(&word.folded));
        let capital = body.chars().next().is_some_and(char::is_uppercase) && !role;
        (LABELS.contains(&fold(label).as_str()) && capital && (colon || label != "structure"))
            .then_some(body)
    })
}

/// The pieces of a line between commas and dashes.
fn segments_of_people(line: &str) -> impl Iterator<Item = &str> {
    line.split([',', '|', '\t'])
        .flat_map(|piece| piece.split(" - "))
}

impl Facts {
    fn take(&mut self, segment: &str, name: &str, plain: bool) {
        let segment = clean(segment);
        if segment.is_empty() || segment.len() > SEGMENT_BYTES_MAX || is_address_or_label(segment) {
            return;
        }
        let segment = without_name(segment, name);
        let segment = clean(segment);
        let led_by_acronym = is_led_by_acronym(segment);
        if segment.is_empty() || !led_by_acronym && is_somebody(segment, name) {
            return;
        }
        if led_by_acronym {
            self.take_organisation(segment, RANK_STRUCTURE);
            return;
        }
        let words = rows(segment);
        if is_english_role(&words) {
            self.take_role(segment);
            return;
        }
        let person = (0..words.len()).position(|at| does(&words, at));
        let starts_as_role = person.is_some_and(|at| at <= 2)
            || words.last().is_some_and(|word| is_function(&word.folded));
        let (body_at, rank) = body_start(&words, starts_as_role, plain);
        match body_at {
            Some(at) => {
                let organisation = clean(segment.get(at..).unwrap_or_default());
                let role = clean(trim_links(segment.get(..at).unwrap_or_default()));
                if starts_as_role && at > 0 {
                    self.take_role(role);
                }
                // « présidente du GAL » does not say which
                let generic = is_generic(organisation);
                if plain || !generic {
                    let rank = if generic { RANK_GENERIC } else { rank };
                    self.take_organisation(organisation, rank);
                }
            }
            None if starts_as_role => self.take_role(segment),
            None if plain && is_plain_body(&words) => {
                let rank = if is_generic(segment) {
                    RANK_GENERIC
                } else {
                    RANK_PLAIN
                };
                self.take_organisation(segment, rank);
            }
            None => {}
        }
    }

    fn take_role(&mut self, role: &str) {
        if self.role.is_none() && !role.is_empty() {
            self.role = Some(role.to_owned());
        }
    }

    fn take_organisation(&mut self, organisation: &str, rank: u8) {
        if rank > self.rank && !organisation.is_empty() {
            self.organisation = Some(organisation.to_owned());
            self.rank = rank;
        }
    }
}

/// « Office », « le GAL »: a kind of body, none by name.
fn is_generic(body: &str) -> bool {
    rows(body)
        .iter()
        .all(|w| is_structure(&w.folded) || is_unit(&w.folded) || is_link(&w.folded))
}

/// "Library Assistant", "Community Development Worker": in English the function ends its name.
fn is_english_role(words: &[Row]) -> bool {
    words.last().is_some_and(|word| is_function(&word.folded))
        && (2..=5).contains(&words.len())
        && !words.iter().any(|word| is_link(&word.folded))
        && words
            .last()
            .is_some_and(|word| is(&word.folded, Is::RoleTail))
}

struct Row {
    folded: String,
    start: usize,
    capital: bool,
    upper: bool,
}

/// Cuts a segment into its words by spaces and apostrophes, with where each begins.
fn rows(segment: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start: Option<usize> = None;
    let ends = segment
        .char_indices()
        .map(|(at, c)| {
            (
                at,
                c.is_whitespace() || matches!(c, '\'' | '’' | '(' | ')' | '/'),
            )
        })
        .chain(std::iter::once((segment.len(), true)));
    for (at, ends) in ends {
        match (ends, start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                let text = segment.get(from..at).unwrap_or_default();
                let letters = text.chars().filter(|c| c.is_alphabetic()).count();
                rows.push(Row {
                    folded: fold(text),
                    start: from,
                    capital: text.chars().next().is_some_and(char::is_uppercase),
                    upper: letters >= 2 && !text.chars().any(char::is_lowercase),
                });
                start = None;
            }
            _ => {}
        }
    }
    rows
}

fn is_function(folded: &str) -> bool {
    folded.split(' ').any(|word| is(word, Is::Function))
}

/// A word for what somebody does; "Dyfi LEADER Group" names a body.
fn does(words: &[Row], at: usize) -> bool {
    let Some(word) = words.get(at) else {
        return false;
    };
    let in_name = word.upper
        && at
            .checked_sub(1)
            .and_then(|before| words.get(before))
            .is_some_and(|before| before.capital && !before.upper);
    is_function(&word.folded) && !in_name
}

fn is_structure(folded: &str) -> bool {
    folded.split(' ').any(|word| is(word, Is::Structure))
}

fn is_unit(folded: &str) -> bool {
    folded.split(' ').any(|word| is(word, Is::Unit))
}

/// Where the body begins in a segment, and how surely it is one.
fn body_start(words: &[Row], is_role: bool, plain: bool) -> (Option<usize>, u8) {
    // « jean ozon gaec des brandes »: who writes no capitals writes none in names
    let small = words.iter().all(|word| !word.capital);
    let capital_after = |at: usize| {
        plain && small && words.len() > at + 1
            || words
                .iter()
                .skip(at)
                .any(|word| word.capital && tag(&word.folded).month == 0)
    };
    for (at, word) in words.iter().enumerate() {
        let of_role = is_role && does(words, at);
        if is_structure(&word.folded) && !of_role && capital_after(at) {
            // In English the word for the body ends its name (« Glenmorva Local Action Group »).
            let from = if is_role || !plain {
                start_of_english(words, at)
            } else {
                0
            };
            // « Médiathèque intercommunale » says what it is, « CC de Nort » which.
            let named = words.iter().skip(from).any(|w| {
                w.capital && !is_structure(&w.folded) && !is_link(&w.folded) && !is_unit(&w.folded)
            });
            let rank = if named && !is_unit(&word.folded) {
                RANK_STRUCTURE
            } else {
                RANK_KIND
            };
            return (words.get(from).map(|word| word.start), rank);
        }
    }
    // « doctorant au LEM », « le secrétariat du LISV », ENSV
    for (at, word) in words.iter().enumerate() {
        let acronym = word.upper
            && (2..=9).contains(&word.folded.len())
            && !word.folded.bytes().any(|b| b.is_ascii_digit())
            && !is(&word.folded, Is::Never)
            && !is(&word.folded, Is::Title)
            && !is(&word.folded, Is::Given);
        let linked = at > 0 && words.get(at - 1).is_some_and(|w| is_link(&w.folded));
        let led = linked && (is_role || plain && words.iter().take(at).any(|w| is_unit(&w.folded)));
        let whole =
            plain && !is_role && words.iter().filter(|w| w.upper).count() * 2 >= words.len();
        if acronym && (led || whole) && words.len() <= 8 {
            return (Some(if led { word.start } else { 0 }), RANK_CAPITALS);
        }
    }
    if is_role {
        return tail_of_role(words);
    }
    let unit = words.iter().any(|word| is_unit(&word.folded));
    let named = words.iter().skip(1).any(|word| word.capital);
    if unit && named && plain {
        (Some(0), RANK_UNIT)
    } else {
        (None, 0)
    }
}

/// Walks back over the capitals before a body's word: "Manager Corranbeg Family | Resource Centre".
fn start_of_english(words: &[Row], at: usize) -> usize {
    let mut from = at;
    while let Some(before) = from.checked_sub(1).and_then(|before| words.get(before)) {
        let part = before.capital && !is_function(&before.folded) && !is_link(&before.folded);
        if !part {
            break;
        }
        from -= 1;
    }
    from
}

fn is_link(folded: &str) -> bool {
    matches!(
        folded,
        "du" | "de"
            | "des"
            | "d"
            | "la"
            | "le"
            | "l"
            | "au"
            | "a"
            | "aux"
            | "of"
            | "at"
            | "for"
            | "in"
            | "the"
            | "chez"
            | "from"
            | "with"
    )
}

/// « Président du Canoë-Kayak de Pélagande »: what heads of bodies are head of.
fn tail_of_role(words: &[Row]) -> (Option<usize>, u8) {
    let heads = words.first().is_some_and(|word| {
        matches!(
            word.folded.as_str(),
            "president"
                | "presidente"
                | "vice"
                | "vice president"
                | "vice presidente"
                | "directeur"
                | "directrice"
                | "tresorier"
                | "tresoriere"
                | "secretaire"
                | "gerant"
                | "gerante"
                | "membre"
                | "benevole"
                | "chair"
                | "chairperson"
                | "secretary"
                | "treasurer"
                | "director"
                | "manager"
                | "owner"
                | "volunteer"
                | "trustee"
                | "adherent"
        )
    });
    if !heads {
        return (None, 0);
    }
    for (at, word) in words.iter().enumerate().skip(1) {
        let link = at > 0 && words.get(at - 1).is_some_and(|w| is_link(&w.folded));
        if link && word.capital && !is(&word.folded, Is::Never) && !is_unit(&word.folded) {
            return (Some(word.start), RANK_CAPITALS);
        }
    }
    (None, 0)
}

/// Takes « du », « de la », "of" off the end of a function.
fn trim_links(role: &str) -> &str {
    let mut role = role.trim();
    loop {
        let end = role
            .rsplit(|c: char| c.is_whitespace() || matches!(c, '\'' | '’'))
            .next()
            .unwrap_or_default();
        let apostrophe = role.ends_with(['\'', '’']);
        let last = if apostrophe {
            role.trim_end_matches(['\'', '’'])
                .rsplit(char::is_whitespace)
                .next()
                .unwrap_or_default()
        } else {
            end
        };
        if last.is_empty() || !is_link(&fold(last)) {
            return role;
        }
        let length = role.len()
            - last.len()
            - if apostrophe {
                role.chars().next_back().map_or(0, char::len_utf8)
            } else {
                0
            };
        role = role.get(..length).unwrap_or_default().trim_end();
        if role.is_empty() {
            return role;
        }
    }
}

/// A capitalised line of a signature that says nothing else may be the body's name.
fn is_plain_body(words: &[Row]) -> bool {
    let first = words.first();
    let capital = first.is_some_and(|word| word.capital);
    let greets = first.is_some_and(|word| is(&word.folded, Is::Greeting));
    let never = greets
        || words.iter().any(|word| {
            matches!(
                word.folded.as_str(),
                "je" | "nous" | "vous" | "merci" | "thanks" | "i" | "we" | "you" | "please"
            )
        });
    let first_never = first.is_some_and(|word| {
        is(&word.folded, Is::Never) && !matches!(word.folded.as_str(), "les" | "the" | "la")
    });
    let tells = words.iter().any(|word| {
        !is_link(&word.folded)
            && !is_unit(&word.folded)
            && !matches!(word.folded.as_str(), "les" | "the" | "our" | "votre")
    });
    capital && tells && !never && !first_never && words.len() <= 8
}

/// Cuts a line where one thing about a person ends and the next begins.
pub(super) fn segments(line: &str) -> Vec<&str> {
    let mut pieces = vec![line];
    for cut in [
        " - ", " – ", " — ", " | ", "|", "\t", ", ", " / ", ";", "•", " · ", "(", ")", " : ",
    ] {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| piece.split(cut))
            .collect();
    }
    pieces
}

fn clean(segment: &str) -> &str {
    segment.trim_matches(|c: char| c.is_whitespace() || ",;:.-–—•*|()>\"«»".contains(c))
}

/// A street, a postcode, a web address, a label: nothing of function or structure.
fn is_address_or_label(segment: &str) -> bool {
    let folded = fold(segment);
    let words: Vec<&str> = folded.split(' ').collect();
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let street = words.iter().any(|word| {
        matches!(
            *word,
            "rue"
                | "avenue"
                | "boulevard"
                | "chemin"
                | "route"
                | "impasse"
                | "allee"
                | "bp"
                | "cedex"
                | "street"
                | "road"
                | "esplanade"
                | "quai"
                | "square"
                | "cs"
                | "lane"
        )
    }) || words.contains(&"place") && digits > 0;
    let web = segment.contains("www.")
        || segment.contains("http")
        || segment.contains("cid:")
        || segment.contains(".example");
    let label = words.len() == 1
        && words.iter().all(|word| {
            is(word, Is::Phone)
                || is(word, Is::PhoneMobile)
                || is(word, Is::PhoneFax)
                || is(word, Is::PhoneDirect)
                || matches!(
                    *word,
                    "mail" | "email" | "courriel" | "poste" | "standard" | "web" | "site"
                )
        });
    street || web || label || digits >= 5 || words.iter().all(|word| word.is_empty())
}

/// « SSIAD du Haut Dravin »: capitals, then a small word.
fn is_led_by_acronym(segment: &str) -> bool {
    let words = rows(segment);
    let first = words.first();
    let acronym = first.is_some_and(|word| {
        word.upper
            && (2..=8).contains(&word.folded.len())
            && !is_link(&word.folded)
            && !is(&word.folded, Is::Given)
    });
    let linked = words
        .get(1)
        .is_some_and(|word| is_link(&word.folded) && !word.capital);
    let small_text = words.iter().any(|word| !word.upper);
    acronym
        && linked
        && small_text
        && (3..=7).contains(&words.len())
        && !words.iter().any(|word| is_function(&word.folded))
}

/// Whether a segment is a person's name: of the person in another form, or of somebody known as one.
fn is_somebody(segment: &str, name: &str) -> bool {
    let Some(found) = parse_name_as(segment, Order::Unknown) else {
        return false;
    };
    let shares = fold(segment).split(' ').any(|word| {
        word.len() >= 3 && !is(word, Is::Particle) && fold(name).split(' ').any(|of| of == word)
    });
    shares && segment.split_whitespace().count() <= 3
        || may_be(segment, name)
        || found.title.is_some()
        || name_in(segment).is_some()
        || segment.contains('.')
}

/// Takes a person's name off the start of a segment (« Marie Dupont directrice »).
fn without_name<'s>(segment: &'s str, name: &str) -> &'s str {
    let wanted = fold(name);
    let wanted: Vec<&str> = wanted.split(' ').filter(|word| !word.is_empty()).collect();
    let mut rest = segment;
    let mut left = wanted.clone();
    let mut touched = false;
    loop {
        let trimmed = rest.trim_start();
        let end = trimmed
            .find(|c: char| c.is_whitespace())
            .unwrap_or(trimmed.len());
        let word = trimmed.get(..end).unwrap_or_default();
        let folded = fold(word);
        let parts: Vec<&str> = folded.split(' ').filter(|part| !part.is_empty()).collect();
        let title = !touched && is(&folded, Is::Title);
        let of_name = !parts.is_empty() && parts.iter().all(|part| left.contains(part));
        if trimmed.is_empty() || !title && !of_name {
            return if touched || trimmed.is_empty() {
                trimmed
            } else {
                segment
            };
        }
        left.retain(|word| !parts.contains(word));
        touched |= of_name;
        rest = trimmed.get(end..).unwrap_or_default();
    }
}

/// Blanks numbers and addresses out of lines, so that what is around them is read alone.
fn without_contacts(lines: &str) -> String {
    let mut spans: Vec<std::ops::Range<usize>> = phones_in(lines)
        .into_iter()
        .map(|phone| phone.range)
        .collect();
    spans.extend(emails_in(lines).into_iter().map(|(range, _)| range));
    spans.sort_by_key(|span| span.start);
    let mut bare = String::with_capacity(lines.len());
    let mut at = 0;
    for span in spans {
        if span.start >= at {
            bare.push_str(lines.get(at..span.start).unwrap_or_default());
            bare.push_str(" | ");
            at = span.end;
        }
    }
    bare.push_str(lines.get(at..).unwrap_or_default());
    bare
}
