//! The organiser's mail → orders: each line of what they wrote now, French or English.
//!
//! A line is an order only if all of it is understood: a word left over (« 1 oui, mais … ») means that
//! nothing is done. Quoted text is never an order. After too many lines that are not understood the
//! rest is not read.

mod people;
mod sentences;
mod words;

use jiff::Timestamp;

use super::allocation::Beyond;
use super::catalogue::{Catalogue, SessionId};
use super::decision::organiser::{Command, Order, Target};
use super::message::Message;
use super::organisation::Organisation;
use super::person::fold;
use super::unquote::unquote_of;
use words::{Answer, Token, tokens};

/// Lines that are not understood before the rest is not read: then it is no mail of orders.
const NOT_UNDERSTOOD_MAX: usize = 5;

/// A mail program wraps lines no shorter than this (RFC 3676 §4.2 takes 72).
const WRAPPED_CHARS_MIN: usize = 60;

/// Orders carried out of one mail: more than that is no mail of orders, but an attack or an accident.
const ORDERS_MAX: usize = 200;

/// Longest sentence that is read as an order: one with five people in it has 400 characters.
const ORDER_CHARS_MAX: usize = 1000;

/// What a number in the organiser's mail stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An item of the digest, by its entry.
    Entry(u64),
    /// An order that was asked back.
    Asked(Command),
}

/// What parsing may know beside the mail.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The sessions there are.
    pub catalogue: &'a Catalogue,
    /// Who we are.
    pub organisation: &'a Organisation,
    /// When the mail was filed.
    pub received: Timestamp,
    /// What the numbers stand for, from 1.
    pub items: &'a [Item],
}

/// The orders of one mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Orders {
    /// In order; those not understood included.
    pub orders: Vec<Order>,
    /// The rest was not read.
    pub stopped: bool,
}

/// Takes the orders out of a mail.
pub fn parse(message: &Message, context: Context<'_>) -> Orders {
    let parts = unquote_of(&message.text, message.author());
    let written: Vec<&str> = message.text.lines().map(str::trim).collect();
    let mut found = Orders::default();
    let mut not_understood = 0;
    for line in lines(&parts.new, |line| written.contains(&line)) {
        let mut orders = Vec::new();
        for sentence in words::parted(&line) {
            if !is_courtesy(&sentence, message, &context) {
                orders.extend(parse_sentence(&sentence, context));
            }
        }
        // What stands beside an order on its line may turn it round.
        if orders.len() > 1 && orders.iter().any(|order| order.command.is_none()) {
            orders = vec![Order {
                words: line,
                command: None,
                beyond: Beyond::Asked,
            }];
        }
        not_understood += orders.iter().filter(|o| o.command.is_none()).count();
        found.orders.extend(orders);
        if not_understood >= NOT_UNDERSTOOD_MAX || found.orders.len() >= ORDERS_MAX {
            found.stopped = true;
            break;
        }
    }
    found
}

/// Takes the orders out of one sentence; one that is not understood gives one order without command.
pub fn parse_sentence(sentence: &str, context: Context<'_>) -> Vec<Order> {
    let words = sentence.trim().to_owned();
    let too_long = words.chars().nth(ORDER_CHARS_MAX).is_some();
    if too_long || words::is_question(&words, &tokens(&words)) {
        return vec![Order {
            words,
            command: None,
            beyond: Beyond::Asked,
        }];
    }
    if let Some(answers) = answers(&words, context) {
        return answers
            .into_iter()
            .map(|(command, beyond)| Order {
                words: words.clone(),
                command,
                beyond,
            })
            .collect();
    }
    vec![Order {
        command: sentences::command(&words, context),
        words,
        beyond: Beyond::Asked,
    }]
}

/// The answers to numbered items, if the whole sentence is nothing else: « 1 oui, 2 et 3 non ».
fn answers(sentence: &str, context: Context<'_>) -> Option<Vec<(Option<Command>, Beyond)>> {
    let all = tokens(sentence);
    let mut rest = words::without_courtesy(&all);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (numbers, after) = numbers(rest);
        let (answer, after) = words::answer(after)?;
        let (session, after) = session_after(after, context);
        rest = after;
        let numbers = match (numbers.is_empty(), context.items.len()) {
            (true, 1) if found.is_empty() && rest.is_empty() => vec![1],
            (true, _) => return None,
            (false, _) => numbers,
        };
        for number in numbers {
            found.push(answered(number, answer, session.clone(), context));
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The numbers that stand before an answer: « 1 », « 1, 2 et 3 », « n° 4 », « 2-4 » is none.
fn numbers(mut rest: &[Token]) -> (Vec<usize>, &[Token]) {
    let mut numbers = Vec::new();
    while let [first, after @ ..] = rest {
        if let Ok(number) = first.key.parse::<usize>() {
            numbers.push(number);
        } else if !words::NUMBER_LINKS.contains(&first.key.as_str()) {
            break;
        }
        rest = after;
    }
    (numbers, rest)
}

/// A session that follows a yes: « 1 oui, à coop-n3 ».
fn session_after<'t>(rest: &'t [Token], context: Context<'_>) -> (Option<SessionId>, &'t [Token]) {
    let mut after = rest;
    while let [first, more @ ..] = after
        && words::TO_SESSION.contains(&first.key.as_str())
    {
        after = more;
    }
    if let [first, more @ ..] = after
        && let Some(session) = session_of_id(&first.key, context.catalogue)
    {
        return (Some(session), more);
    }
    (None, rest)
}

fn session_of_id(key: &str, catalogue: &Catalogue) -> Option<SessionId> {
    let mut sessions = catalogue.sessions.iter();
    sessions
        .find(|session| fold(&session.id.0) == key)
        .map(|session| session.id.clone())
}

fn answered(
    number: usize,
    answer: Answer,
    session: Option<SessionId>,
    context: Context<'_>,
) -> (Option<Command>, Beyond) {
    let item = number.checked_sub(1).and_then(|n| context.items.get(n));
    match (item, answer) {
        (Some(Item::Entry(entry)), Answer::Yes) => (
            Some(Command::Accept {
                target: Target::Item(*entry),
                session,
            }),
            Beyond::Asked,
        ),
        (Some(Item::Entry(entry)), Answer::No) => (
            Some(Command::Refuse {
                target: Target::Item(*entry),
            }),
            Beyond::Asked,
        ),
        (Some(Item::Entry(entry)), Answer::Mine) => {
            (Some(Command::Take { entry: *entry }), Beyond::Asked)
        }
        (Some(Item::Asked(command)), Answer::Yes) => (Some(command.clone()), Beyond::Allowed),
        (Some(Item::Asked(_)), _) => (Some(Command::Leave), Beyond::Asked),
        (None, _) => (
            Some(Command::Take { entry: 0 }), // no entry has this number: it is said so
            Beyond::Asked,
        ),
    }
}

/// The lines of a text, those that a mail program wrapped joined again. Only lines that stand in the
/// mail without quote marks count.
fn lines(new: &str, is_written: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in new.lines().map(str::trim) {
        if line.is_empty() || !is_written(line) {
            open = false;
            continue;
        }
        let goes_on = line.chars().next().is_some_and(char::is_lowercase);
        match lines.last_mut() {
            Some(last) if open && goes_on && !is_order_word(line) => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
        let long = line.chars().count() >= WRAPPED_CHARS_MIN;
        open = long && !line.ends_with(['.', '!', '?', ':', ';']);
    }
    lines
}

/// Says whether a line begins with a word that begins an order, so that it continues no other line.
fn is_order_word(line: &str) -> bool {
    let all = tokens(line);
    all.first()
        .is_some_and(|first| words::begins_order(&first.key))
}

/// Greetings, thanks, and the organiser's own name below them.
fn is_courtesy(sentence: &str, message: &Message, context: &Context<'_>) -> bool {
    let folded = fold(sentence);
    if folded.is_empty() || words::COURTESY.contains(&folded.as_str()) {
        return true;
    }
    let author = message.author().and_then(|author| author.name.as_deref());
    [author, context.organisation.human_name.as_deref()]
        .into_iter()
        .flatten()
        .map(fold)
        .any(|name| {
            let known: Vec<&str> = name.split(' ').collect();
            folded.split(' ').all(|word| known.contains(&word))
        })
}

#[cfg(test)]
mod tests;
