//! The names of a mail: whole, short, titled, by their place; and which of them are none.

use super::super::clause::Cut;
use super::super::names::{NameFound, may_be, name_of_address, names_in, short_names_in};
use super::super::people::{Is, is};
use super::super::session::{Mention, Way};
use super::super::thread::{Letter, Threaded};
use super::super::tokens::{Marks, Token, fold_word, tokens};
use super::{Known, QUOTE_BYTES_MAX, head};
use crate::core::lexicon::Cue;
use crate::core::message::Message;
use crate::core::organisation::Organisation;
use crate::core::person::{Person, fold, name_key};
use crate::core::unquote::Parts;

/// Lines of a quoted mail that are tried as a list of names.
const LINES_MAX: usize = 60;

/// Full names that are kept of one mail, so that looking names up stays cheap.
const KNOWN_MAX: usize = 60;

/// « Appel de Mme Odile Garnier »: the name begins at its title.
pub(super) fn from_title(text: &str, name: &mut NameFound) {
    let Some(whole) = text.get(name.range.clone()) else {
        return;
    };
    let (tokens, _) = super::super::tokens::tokens(whole);
    let title = tokens
        .iter()
        .skip(1)
        .find(|t| t.capital && t.folded.len() > 1 && is(&t.folded, Is::Title));
    if let Some(title) = title
        && let Some(parsed) = whole
            .get(title.start..)
            .and_then(super::super::names::parse_name)
    {
        name.title = Some(title.folded.clone());
        name.range.start += title.start;
        name.name = parsed;
    }
}

/// "Saltings Spill Services": a word for a body goes on in capitals where the name ends.
pub(super) fn is_of_body(text: &str, name: &NameFound) -> bool {
    let rest = text.get(name.range.end..).unwrap_or_default();
    let next: String = rest
        .strip_prefix(' ')
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .collect();
    !is_surely_person(text, name)
        && next.starts_with(char::is_uppercase)
        && is(&fold(&next), Is::Structure)
}

/// A title, or a given name that is known, begins it.
fn is_surely_person(text: &str, name: &NameFound) -> bool {
    name.title.is_some()
        || text
            .get(name.range.clone())
            .and_then(|t| t.split([' ', '-']).next())
            .is_some_and(|first| is(&fold(first), Is::Given))
}

/// « à la session X : A et B, du X »: a session's words end where a colon opens a list of people.
pub(super) fn end_before_list(text: &str, names: &[NameFound], mentions: &mut [Mention]) {
    for mention in mentions {
        end_before_person(text, names, mention);
        let Some(quote) = text.get(mention.range.clone()) else {
            continue;
        };
        let Some(colon) = quote.find(':') else {
            continue;
        };
        let at = mention.range.start + colon;
        let opens = names
            .iter()
            .any(|n| n.full && n.range.start > at && n.range.start <= at + LIST_GAP_BYTES);
        if opens && colon > 0 {
            mention.range.end = at;
            mention.quote = quote.get(..colon).unwrap_or(quote).trim_end().to_owned();
        }
    }
}

/// "a seat in Perth for Ann Oakes, Treasurer of …": a session's words end where somebody is named.
fn end_before_person(text: &str, names: &[NameFound], mention: &mut Mention) {
    let led = |n: &&NameFound| {
        let before = text
            .get(mention.range.start..n.range.start)
            .unwrap_or_default();
        let last = before
            .split_whitespace()
            .next_back()
            .map(fold)
            .unwrap_or_default();
        matches!(
            last.as_str(),
            "pour" | "for" | "avec" | "with" | "par" | "by"
        )
    };
    let person = names
        .iter()
        .filter(|n| {
            n.full
                && is_surely_person(text, n)
                && n.range.start > mention.range.start
                && n.range.end <= mention.range.end
        })
        .find(led);
    let Some(person) = person else { return };
    let before = text
        .get(mention.range.start..person.range.start)
        .unwrap_or_default();
    let before = before.trim_end();
    let kept = before
        .rsplit_once(char::is_whitespace)
        .map_or("", |(kept, _)| kept.trim_end());
    if !kept.is_empty() {
        mention.range.end = mention.range.start + kept.len();
        mention.quote = kept.to_owned();
    }
}

/// What may stand between a colon and the first name of a list: spaces, a number, a title.
const LIST_GAP_BYTES: usize = 8;

/// « ma femme Josiane gendreau »: the writer's own family name behind a given name, in small letters.
pub(super) fn share_family_name(text: &str, sender: &Person, names: &mut [NameFound]) {
    let Some((_, family)) = sender.name.split_once(' ') else {
        return;
    };
    for found in names.iter_mut().filter(|n| !n.full && n.title.is_none()) {
        let Some(rest) = text.get(found.range.end..) else {
            continue;
        };
        let follows = rest.strip_prefix(' ').and_then(|r| r.get(..family.len()));
        if follows.is_some_and(|f| fold(f) == fold(family)) {
            found.range.end += 1 + family.len();
            found.name = format!("{} {family}", found.name);
            found.full = true;
        }
    }
}

/// Blanks lines that are nothing but a greeting, so that the first name below is not taken for the one
/// greeted; all places stay the same.
pub(super) fn without_greetings(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut first = true;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let words = bare
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty());
        let greeting = !bare.is_empty()
            && bare.len() < 40
            && words.clone().count() <= 3
            && words.into_iter().all(|w| {
                let folded = super::super::tokens::fold_word(w);
                is(&folded, Is::Greeting) || is(&folded, Is::Title)
            });
        let called = if first { vocative(line) } else { 0 };
        first &= bare.is_empty() || greeting;
        let blank = if greeting { line.len() } else { called };
        let (greeted, rest) = line.split_at_checked(blank).unwrap_or(("", line));
        plain.extend(greeted.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        plain.push_str(rest);
    }
    plain
}

/// Gives the bytes at the begin of a mail that call its reader: « Maud, je … », "Hester hello". A name
/// with an apposition calls nobody (« Paul, mon collègue, viendra »), nor does the first of a list.
fn vocative(line: &str) -> usize {
    let start = line.len() - line.trim_start().len();
    let body = line.get(start..).unwrap_or_default();
    let length = body
        .find(|c: char| !c.is_alphanumeric() && c != '-' && !is_mark(c))
        .unwrap_or(body.len());
    let (word, after) = body.split_at_checked(length).unwrap_or(("", ""));
    let next = after.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '\n');
    let next: String = next.chars().take_while(|c| c.is_alphanumeric()).collect();
    let folded = fold(&next);
    // « Maud, skipper's got us out » is no apposition
    let elided = after
        .split_once(next.as_str())
        .is_some_and(|(_, rest)| rest.starts_with(['\'', '’']));
    let tells = is(&folded, Is::Function) && !elided
        || is(&folded, Is::PersonLead)
        || matches!(
            folded.as_str(),
            "mon"
                | "ma"
                | "notre"
                | "nos"
                | "my"
                | "our"
                | "le"
                | "la"
                | "l"
                | "un"
                | "une"
                | "the"
                | "qui"
                | "who"
                | "ne"
                | "n"
        );
    let marked = after.trim_start().starts_with([',', '!'])
        && !tells
        && !next.starts_with(|c: char| {
            c.is_uppercase() && !matches!(folded.as_str(), "i" | "je" | "j")
        });
    let capital = word.starts_with(char::is_uppercase) && word.chars().count() > 2;
    let plain = !is(&fold(word), Is::Structure) && !is(&fold(word), Is::Never);
    if capital && plain && (marked || !next.is_empty() && is(&folded, Is::Greeting)) {
        start + length
    } else {
        0
    }
}

/// A combining mark that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Says whether a name stands inside words of a session's title: « Mental Health First Aid ».
pub(super) fn is_in_title(name: &NameFound, mentions: &[Mention]) -> bool {
    mentions.iter().any(|m| {
        let titled = m
            .ways
            .iter()
            .any(|w| matches!(w, Way::Title | Way::PartialTitle | Way::Alias | Way::Series));
        titled && name.range.start < m.range.end && m.range.start < name.range.end
    })
}

/// Collects full names from headers, text, signature and quotes; ours are left out.
pub(super) fn known_names(
    message: &Message,
    parts: &Parts,
    sender: &Person,
    thread: &[Threaded<'_>],
    names: &[NameFound],
    organisation: &Organisation,
) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    let mut add = |name: String, email: Option<String>| {
        let key = name_key(&name);
        if key.contains(' ') && known.len() < KNOWN_MAX && !keys.contains(&key) {
            known.push(Known { name, email });
            keys.push(key);
        }
    };
    if !sender.name.is_empty() {
        add(sender.name.clone(), sender.email.clone());
    }
    for address in message
        .cc
        .iter()
        .chain(&message.to)
        .chain(&message.reply_to)
        .chain(&message.from)
    {
        if !organisation.is_own_domain(&address.email)
            && let Some(name) = name_of_address(address)
        {
            add(name, Some(address.email.clone()));
        }
    }
    for found in names {
        if found.full {
            add(found.name.clone(), None);
        }
    }
    for found in names_in(&parts.signature) {
        if found.full {
            add(found.name, None);
        }
    }
    let ours: Vec<String> = thread
        .iter()
        .filter(|t| !matches!(t.letter, Letter::Own | Letter::Others))
        .filter_map(|t| t.quote.from_name.clone())
        .collect();
    for threaded in thread {
        let quote = threaded.quote;
        if matches!(threaded.letter, Letter::Own | Letter::Others)
            && let Some(name) = quote
                .from_name
                .as_deref()
                .and_then(super::super::names::parse_name)
        {
            add(name, quote.from_email.clone());
        }
        for line in quote.text.lines().take(LINES_MAX) {
            // a list of names, one a line: « Yildirim Selin »
            let line = line.trim_matches(|c: char| !c.is_alphabetic());
            if matches!(line.split_whitespace().count(), 2..=4)
                && let Some(name) = super::super::names::parse_name(line)
            {
                add(name, None);
            }
        }
        for found in names_in(head(&quote.text, QUOTE_BYTES_MAX)) {
            let is_ours = ours
                .iter()
                .any(|o| may_be(&found.name, o) || name_key(&found.name) == name_key(o));
            if found.full && !is_ours {
                add(found.name, None);
            }
        }
    }
    known
}

/// Adds given names (« Selin et Dieudonné ») that stand for full names elsewhere in the mail; gives the
/// longer runs of capitals that may be names by their place.
pub(super) fn add_short_names(
    text: &str,
    known: &[Known],
    mentions: &[Mention],
    names: &mut Vec<NameFound>,
) -> Vec<NameFound> {
    let mut maybe = Vec::new();
    let mut short = Vec::new();
    for found in short_names_in(text) {
        let overlaps = |range: &std::ops::Range<usize>| {
            range.start < found.range.end && found.range.start < range.end
        };
        if names.iter().any(|n| overlaps(&n.range)) || mentions.iter().any(|m| overlaps(&m.range)) {
            continue;
        }
        if known.iter().any(|k| may_be(&found.name, &k.name)) {
            short.push(found);
        } else if found.full && is_like_a_name(&found.name) && !is_of_body(text, &found) {
            maybe.push(found);
        }
    }
    names.extend(short);
    let (tokens, after) = tokens(text);
    add_given_names(text, (&tokens, after), known, mentions, names);
    add_titled_names(text, &tokens, names);
    names.sort_by_key(|n| n.range.start);
    maybe
}

/// A capitalised word, also at the begin of a line, that is the given name of somebody named in full.
fn add_given_names(
    text: &str,
    (tokens, after): (&[Token], Marks),
    known: &[Known],
    mentions: &[Mention],
    names: &mut Vec<NameFound>,
) {
    let given: Vec<String> = known
        .iter()
        .filter_map(|k| k.name.split_whitespace().next())
        .map(fold_word)
        .collect();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        // alone on its line it is a signature, after a greeting an address
        let last = next.map_or(
            after.line || after.stop || after == Default::default(),
            |n| n.before.line,
        );
        let alone = (token.before.line || at == 0) && last;
        let greeted = at
            .checked_sub(1)
            .and_then(|b| tokens.get(b))
            .is_some_and(|b| is(&b.folded, Is::Greeting) && !token.before.line);
        if !token.capital || token.folded.len() < 3 || alone || greeted {
            continue;
        }
        let range = token.start..token.end;
        let taken = names
            .iter()
            .map(|n| &n.range)
            .chain(mentions.iter().map(|m| &m.range))
            .any(|r| r.start < range.end && range.start < r.end);
        if !taken && given.contains(&token.folded) {
            names.push(NameFound {
                name: text.get(range.clone()).unwrap_or_default().to_owned(),
                range,
                title: None,
                full: false,
            });
        }
    }
}

/// « Appel de Mme Odile Garnier »: a title before capitals, wherever it stands.
fn add_titled_names(text: &str, tokens: &[Token], names: &mut Vec<NameFound>) {
    for (at, token) in tokens.iter().enumerate() {
        if !is(&token.folded, Is::Title) || !token.capital {
            continue;
        }
        let mut end = token.end;
        let mut last = at;
        for (next, word) in tokens.iter().enumerate().skip(at + 1).take(5) {
            let parted = word.before.comma
                || word.before.strong
                || word.before.question
                || word.before.blank
                || word.before.stop && next > at + 1;
            let particle = is(&word.folded, Is::Particle);
            if parted || !(word.capital || particle) {
                break;
            }
            if word.capital {
                end = word.end;
                last = next;
            }
        }
        let taken = names
            .iter()
            .any(|n| n.range.start < end && token.start < n.range.end);
        let name = text.get(token.start..end).unwrap_or_default();
        let office = tokens
            .get(at + 1..=last)
            .into_iter()
            .flatten()
            .any(|t| is(&t.folded, Is::Function) || is(&t.folded, Is::Structure));
        if last > at
            && !office
            && !taken
            && let Some(parsed) = super::super::names::parse_name(name)
        {
            names.push(NameFound {
                range: token.start..end,
                full: last > at + 1,
                name: parsed,
                title: Some(token.folded.clone()),
            });
        }
    }
}

/// Two to four words, none of which is a word of ours, of a structure or of a function.
fn is_like_a_name(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    matches!(words.len(), 2..=4)
        && words.iter().all(|word| {
            let folded = super::super::tokens::fold_word(word);
            let strange = [
                Is::Title,
                Is::Structure,
                Is::Unit,
                Is::Never,
                Is::Greeting,
                Is::Function,
            ]
            .iter()
            .any(|kind| is(&folded, *kind));
            !strange
                && !super::super::acts::is_session_noun(&folded)
                && word.chars().any(char::is_alphabetic)
        })
}

/// A run of capitals in a clause that acts is its subject or object: a name, though an unknown one.
pub(super) fn with_subjects<'t>(cut: Cut<'t>, maybe: Vec<NameFound>) -> Cut<'t> {
    const ACTS: &[Cue] = &[
        Cue::Enrol,
        Cue::Come,
        Cue::Quit,
        Cue::Cannot,
        Cue::Replace,
        Cue::Registered,
        Cue::Keep,
    ];
    let mut named: Vec<NameFound> = maybe
        .into_iter()
        .filter(|n| {
            cut.clauses.iter().any(|c| {
                n.range.start >= c.range.start
                    && n.range.end <= c.range.end
                    && (c.cues.any(ACTS)
                        || c.arrow.is_some()
                        || c.bullet
                        || cut
                            .tokens
                            .get(c.tokens.start)
                            .is_some_and(|t| t.before.colon))
            }) || follows_list(&cut, n)
        })
        .collect();
    if named.is_empty() {
        return cut;
    }
    let Cut {
        text,
        mut names,
        mentions,
        ..
    } = cut;
    names.append(&mut named);
    names.sort_by_key(|n| n.range.start);
    Cut::new(text, names, mentions)
}

/// Says whether a name begins a line or clause after one that announces people, or is told of before
/// one that acts (« Capucine Boisrand est en arrêt. Elle ne pourra pas »).
fn follows_list(cut: &Cut<'_>, name: &NameFound) -> bool {
    let Some(at) = cut
        .clauses
        .iter()
        .position(|c| name.range.start >= c.range.start && name.range.end <= c.range.end)
    else {
        return false;
    };
    let starts = cut
        .clauses
        .get(at)
        .is_some_and(|c| c.range.start == name.range.start);
    let announced = cut.clauses.iter().take(at).rev().take(8).any(|c| {
        c.cues.any(&[Cue::ListFollows, Cue::Unnamed, Cue::Enrol]) && !c.cues.has(Cue::Closing)
    });
    let told = cut.clauses.get(at + 1).is_some_and(|c| {
        c.cues.has(Cue::Third) && c.cues.any(&[Cue::Come, Cue::Cannot, Cue::Quit, Cue::Enrol])
    });
    starts && (announced || told)
}
