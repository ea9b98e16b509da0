//! One mail, prepared for understanding: its parts, its clauses, who wrote it and what it answers.

mod naming;

use naming::{
    add_short_names, end_before_list, from_title, is_in_title, is_of_body, known_names,
    share_family_name, with_subjects, without_greetings,
};

use super::Context;
use super::acts::{Act, acts};
use super::clause::Cut;
use super::names::{may_be, name_of_address, names_in};
use super::session::{Mention, Programme, mentions, mentions_with, programme, quoted_mentions};
use super::signature::sender_details;
use super::thread::{Letter, Threaded, thread};
use crate::core::message::Message;
use crate::core::person::{Person, name_key};
use crate::core::unquote::Parts;

/// Most of the newly written text that is read: nobody registers by more, and what compares clauses
/// with names stays cheap.
const NEW_BYTES_MAX: usize = 24 * 1024;

/// Most of each quoted text that is read.
const QUOTE_BYTES_MAX: usize = 16 * 1024;

/// Quoted mails that are read; what lies deeper is history.
const QUOTES_MAX: usize = 6;

/// A name that stands in the mail with the address that belongs to it, if any.
#[derive(Debug, Clone)]
pub struct Known {
    /// « Given Family ».
    pub name: String,
    /// The address in the header that names them.
    pub email: Option<String>,
}

/// A mail, prepared.
pub struct Mail<'a> {
    /// The message.
    pub message: &'a Message,
    /// Its parts.
    pub parts: &'a Parts,
    /// What may be known beside it.
    pub context: Context<'a>,
    /// The newly written text.
    pub new: Cut<'a>,
    /// The acts that the rules find in it.
    pub acts: Vec<Act>,
    /// The subject, without « Re: ».
    pub subject: Cut<'a>,
    /// The quoted mails.
    pub thread: Vec<Threaded<'a>>,
    /// What the quoted mails name, one list a quote.
    pub quoted: Vec<Vec<Mention>>,
    /// The sender, as far as headers and signature tell.
    pub sender: Person,
    /// The mail comes from the organisation's own domain.
    pub colleague: bool,
    /// The list of sessions that the mail at hand answers, if there is one.
    pub sent: Programme,
    /// The sender's name by the header alone.
    pub header_name: Option<String>,
    /// Full names in headers, signature and quotes, by which short forms are completed.
    pub known: Vec<Known>,
}

impl<'a> Mail<'a> {
    /// Prepares a mail.
    pub fn new(message: &'a Message, parts: &'a Parts, context: Context<'a>) -> Mail<'a> {
        let catalogue = context.catalogue;
        let mut thread = thread(parts, message, context.organisation);
        thread.truncate(QUOTES_MAX);
        let sent = thread
            .iter()
            .find(|t| !matches!(t.letter, Letter::Own | Letter::Others))
            .map_or_else(Programme::default, |t| {
                programme(
                    head(&t.quote.text, QUOTE_BYTES_MAX),
                    catalogue,
                    context.received,
                )
            });
        let text = head(&parts.new, NEW_BYTES_MAX);
        let sender = sender(message, parts);
        let mut mentions_new = mentions_with(text, catalogue, context.received, &sent);
        let plain = without_greetings(text);
        let mut names = names_in(&plain);
        names.retain(|n| !is_of_body(text, n));
        end_before_list(text, &names, &mut mentions_new);
        names.iter_mut().for_each(|n| from_title(text, n));
        names.retain(|n| !is_in_title(n, &mentions_new));
        let known = known_names(
            message,
            parts,
            &sender,
            &thread,
            &names,
            context.organisation,
        );
        let maybe = add_short_names(&plain, &known, &mentions_new, &mut names);
        share_family_name(text, &sender, &mut names);
        let mut new = Cut::new(text, names, mentions_new);
        new = with_subjects(new, maybe);
        let bare = bare_subject(&message.subject);
        let subject = Cut::new(
            bare,
            names_in(bare),
            mentions(bare, catalogue, context.received),
        );
        let quoted = thread
            .iter()
            .map(|t| {
                let mut found = Vec::new();
                if let Some(subject) = &t.quote.subject {
                    found = quoted_mentions(subject, catalogue, context.received);
                }
                found.extend(quoted_mentions(
                    head(&t.quote.text, QUOTE_BYTES_MAX),
                    catalogue,
                    context.received,
                ));
                found
            })
            .collect();
        let colleague = message
            .author()
            .is_some_and(|a| context.organisation.is_own_domain(&a.email));
        Mail {
            acts: acts(&new),
            message,
            parts,
            context,
            new,
            subject,
            thread,
            quoted,
            sender,
            colleague,
            sent,
            header_name: message.author().and_then(name_of_address),
            known,
        }
    }

    /// Says whether a name is that of a human of ours: the configured one, or who wrote a quoted letter
    /// of ours, or whom a header names at our own address.
    pub fn is_ours(&self, name: &str) -> bool {
        let organisation = self.context.organisation;
        let is = |other: &str| may_be(name, other) || name_key(name) == name_key(other);
        organisation.human_name.as_deref().is_some_and(is)
            || self
                .message
                .to
                .iter()
                .chain(&self.message.cc)
                .filter(|a| organisation.is_own_domain(&a.email))
                .any(|a| a.name.as_deref().is_some_and(is))
            || self.thread.iter().any(|t| {
                !matches!(t.letter, Letter::Own | Letter::Others)
                    && t.quote.from_name.as_deref().is_some_and(is)
            })
    }

    /// Gives the full name that a short form stands for, if exactly one in the mail fits.
    pub fn complete(&self, short: &str) -> Option<&Known> {
        let mut fitting = self
            .known
            .iter()
            .filter(|k| may_be(short, &k.name) || name_key(short) == name_key(&k.name));
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }

    /// Says whether the mailbox is only copied in on a mail to others.
    pub fn is_to_others(&self) -> bool {
        let organisation = self.context.organisation;
        let ours = |list: &[crate::core::person::Address]| {
            list.iter().any(|a| organisation.is_own_domain(&a.email))
        };
        !self.message.to.is_empty() && !ours(&self.message.to) && !self.colleague
    }
}

/// The sender by headers and signature; by the display name alone where these say nothing.
fn sender(message: &Message, parts: &Parts) -> Person {
    let mut sender = sender_details(message, parts);
    if sender.name.is_empty()
        && let Some(author) = message.author()
        && let Some(name) = name_of_address(author)
    {
        sender.name = name;
        sender.email = Some(author.email.clone());
    }
    sender
}

/// Takes « Re: », « TR : », "Fwd:" and their kin off a subject.
fn bare_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    for _ in 0..8 {
        let Some((head, tail)) = rest.split_once(':') else {
            break;
        };
        let head = head.trim().to_lowercase();
        if !matches!(
            head.as_str(),
            "re" | "tr" | "fw" | "fwd" | "rép" | "rep" | "réf" | "aw" | "wg" | "sv" | "i" | "r"
        ) {
            break;
        }
        rest = tail.trim();
    }
    rest
}

/// Gives the begin of a text, at most so many bytes.
pub fn head(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    (0..4)
        .find_map(|less| text.get(..bytes.saturating_sub(less)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_without_its_marks() {
        assert_eq!(bare_subject("RE: Tr : Fwd: Valence 17/10"), "Valence 17/10");
        assert_eq!(bare_subject("Question : date"), "Question : date");
    }
}
