//! What the quoted mails are: our confirmation, our announcement, our question back, a colleague's
//! own words, the writer's earlier mail, or another's request that is passed on.

use super::clause::Cut;
use super::mail::head;
use crate::core::lexicon::Cue;
use crate::core::message::Message;
use crate::core::organisation::Organisation;
use crate::core::person::{domain_of, fold};
use crate::core::unquote::{Parts, Quote};

/// Longest piece of a quote that is looked at: an announcement says in its first screens what it is.
const LOOKED_AT_BYTES: usize = 6_000;

/// What a quoted mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    /// Ours: a confirmation, reminder or waiting-list notice about one person's registration.
    Confirmation,
    /// Ours: an announcement or programme.
    Announcement,
    /// Ours: which session, which details?
    AskedBack,
    /// A human of ours asks or negotiates something.
    Negotiation,
    /// Ours, and none of these.
    Ours,
    /// The writer's own earlier mail.
    Own,
    /// Somebody else's.
    Others,
}

/// A quoted mail with its kind.
#[derive(Debug, Clone, Copy)]
pub struct Threaded<'a> {
    /// The quote.
    pub quote: &'a Quote,
    /// What it is.
    pub letter: Letter,
}

/// Tells of each quoted mail what it is, outermost first.
pub fn thread<'a>(
    parts: &'a Parts,
    message: &Message,
    organisation: &Organisation,
) -> Vec<Threaded<'a>> {
    parts
        .quotes
        .iter()
        .enumerate()
        .map(|(depth, quote)| Threaded {
            quote,
            letter: letter(
                quote,
                message,
                organisation,
                depth == 0 && is_answer_to_us(quote, message, organisation),
            ),
        })
        .collect()
}

/// What a reply to nobody but us quotes first is ours, even if its header has only a name.
fn is_answer_to_us(quote: &Quote, message: &Message, organisation: &Organisation) -> bool {
    let is_us = |email: &str| email.eq_ignore_ascii_case(&organisation.address);
    let reply = fold(&message.subject).starts_with("re ");
    !quote.forwarded
        && reply
        && message.cc.is_empty()
        && !message.to.is_empty()
        && message.to.iter().all(|to| is_us(&to.email))
}

fn letter(
    quote: &Quote,
    message: &Message,
    organisation: &Organisation,
    answers_us: bool,
) -> Letter {
    let sender = message
        .author()
        .map(|a| a.email.as_str())
        .unwrap_or_default();
    let from = quote.from_email.as_deref();
    let ours = match (from, &quote.from_name) {
        (Some(email), _) => organisation.is_own_domain(email),
        (None, Some(name)) => {
            answers_us && !is_sender_name(name, message)
                || is_our_name(name, organisation)
                || signed_by_us(quote, organisation)
        }
        (None, None) => signed_by_us(quote, organisation),
    };
    let own = from.is_some_and(|email| email.eq_ignore_ascii_case(sender))
        || quote
            .from_name
            .as_deref()
            .is_some_and(|name| is_sender_name(name, message));
    if own && !organisation.is_own_domain(sender) {
        return Letter::Own;
    }
    let kind = kind(&quote.text);
    match (ours, from, kind) {
        (true, _, kind) => kind,
        (false, None, Letter::Confirmation | Letter::AskedBack) => kind,
        (false, None, Letter::Announcement) if quote.from_name.is_none() => kind,
        _ => Letter::Others,
    }
}

/// Tells what a letter of ours is by its words.
fn kind(text: &str) -> Letter {
    let text = head(text, LOOKED_AT_BYTES);
    let cut = Cut::new(text, Vec::new(), Vec::new());
    let count = |cue: Cue| cut.clauses.iter().filter(|c| c.cues.has(cue)).count();
    // « lequel des deux volets : le premier ou le second ? » asks in its first clause
    let in_question = |sentence: usize| {
        cut.clauses
            .iter()
            .any(|c| c.question && c.sentence == sentence)
    };
    let asks = cut
        .clauses
        .iter()
        .any(|c| c.cues.has(Cue::AskedBack) && in_question(c.sentence));
    let confirmation = count(Cue::Confirmation);
    let announcement = count(Cue::Announcement);
    let negotiation = cut
        .clauses
        .iter()
        .filter(|c| !c.cues.has(Cue::Confirmation))
        .filter(|c| c.cues.has(Cue::Negotiation) && (c.question || !c.cues.has(Cue::Announcement)))
        .count();
    if asks {
        return Letter::AskedBack;
    }
    if negotiation > 0 && confirmation < 2 && announcement < 3 {
        return Letter::Negotiation;
    }
    if confirmation > 0 && confirmation >= announcement {
        return Letter::Confirmation;
    }
    if announcement > 0 {
        return Letter::Announcement;
    }
    if cut
        .clauses
        .iter()
        .any(|c| c.question && !c.cues.has(Cue::Confirmation))
    {
        return Letter::Negotiation;
    }
    Letter::Ours
}

fn is_our_name(name: &str, organisation: &Organisation) -> bool {
    let name = fold(name);
    !name.is_empty()
        && (organisation
            .human_name
            .as_deref()
            .is_some_and(|h| fold(h) == name)
            || !organisation.name.is_empty() && name.contains(&fold(&organisation.name))
            || name.contains(domain_of(&organisation.address)) && !organisation.address.is_empty())
}

/// A mail without a usable header is ours if our own address stands in it.
fn signed_by_us(quote: &Quote, organisation: &Organisation) -> bool {
    !organisation.address.is_empty() && quote.text.contains(&organisation.address)
}

fn is_sender_name(name: &str, message: &Message) -> bool {
    let name = crate::core::person::name_key(name);
    !name.is_empty()
        && message
            .author()
            .and_then(|a| a.name.as_deref())
            .is_some_and(|n| crate::core::person::name_key(n) == name)
}
