//! Given names, titled names and runs of capitals that stand for somebody named in full elsewhere.

use super::super::super::clause::Cut;
use super::super::super::names::{NameFound, may_be, name_of_address, names_in, short_names_in};
use super::super::super::people::{Is, is};
use super::super::super::session::Mention;
use super::super::super::thread::{Letter, Threaded};
use super::super::super::tokens::{Marks, Token, fold_word, tokens};
use super::super::{Known, QUOTE_BYTES_MAX, head};
use super::is_of_body;
use crate::core::lexicon::Cue;
use crate::core::message::Message;
use crate::core::organisation::Organisation;
use crate::core::person::{Person, name_key};
use crate::core::unquote::Parts;

/// Lines of a quoted mail that are tried as a list of names.
const LINES_MAX: usize = 60;

/// Full names that are kept of one mail, so that looking names up stays cheap.
const KNOWN_MAX: usize = 60;

/// Collects full names from headers, text, signature and quotes; ours are left out.
pub(in crate::core::reading::mail) fn known_names(
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
                .and_then(super::super::super::names::parse_name)
        {
            add(name, quote.from_email.clone());
        }
        for line in quote.text.lines().take(LINES_MAX) {
            // a list of names, one a line: « Yildirim Selin »
            let line = line.trim_matches(|c: char| !c.is_alphabetic());
            if matches!(line.split_whitespace().count(), 2..=4)
                && let Some(name) = super::super::super::names::parse_name(line)
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
pub(in crate::core::reading::mail) fn add_short_names(
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
            && let Some(parsed) = super::super::super::names::parse_name(name)
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
            let folded = super::super::super::tokens::fold_word(word);
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
                && !super::super::super::acts::is_session_noun(&folded)
                && word.chars().any(char::is_alphabetic)
        })
}

/// A run of capitals in a clause that acts is its subject or object: a name, though an unknown one.
pub(in crate::core::reading::mail) fn with_subjects<'t>(
    cut: Cut<'t>,
    maybe: Vec<NameFound>,
) -> Cut<'t> {
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
