//! The organiser's word, carried out: by a mail in Sent or on the command line, the same decisions.
//!
//! All orders of one mail are one entry, so that they are carried out once or not at all. Their word
//! goes for anyone and after the deadline too; beyond the capacity it is asked back first. Whoever
//! is concerned is told as by any other cause, unless nobody is to be told.

mod carrying;
mod case;
mod command;
mod items;
mod people;
mod seats;
mod transcript;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Setting;
use crate::core::catalogue::SessionId;
use crate::core::entry::{Body, Cause, Decided, Draft, Entry, MailWalked, Personal, Place, Walk};
use crate::core::message::Message;
use crate::core::reading::Language;
use crate::core::roll::{Known, Lookup, RegistrationId};
use carrying::{Carrying, Done};
use case::Case;
pub use command::{Command, Order, Target, Who};
pub use transcript::{Deed, Line, Recipient, Transcript, Trouble};

/// Where the organiser's word comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// A mail in Sent.
    Mail {
        /// Where it lies.
        place: &'a Place,
        /// The whole mail.
        message: &'a Message,
        /// When it was filed.
        received: Timestamp,
    },
    /// The command line.
    CommandLine,
}

/// The organiser's word: orders in their sequence, and what they refer to.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// The orders.
    pub orders: &'a [Order],
    /// True if it stopped at the fifth line that it did not understand.
    pub stopped: bool,
    /// Entries that orders refer to, by number.
    pub stored: &'a BTreeMap<u64, Entry>,
    /// Where it comes from.
    pub origin: Origin<'a>,
    /// Nobody is written to.
    pub quiet: bool,
    /// Language of the transcript.
    pub language: Language,
    /// IANA zone of the transcript.
    pub timezone: &'a str,
}

impl Word<'_> {
    /// Gives the entries whose facts the orders need.
    pub fn refers_to(orders: &[Order]) -> Vec<u64> {
        let entry = |order: &Order| match &order.command {
            Some(
                Command::Accept {
                    target: Target::Item(entry),
                    ..
                }
                | Command::Refuse {
                    target: Target::Item(entry),
                }
                | Command::Take { entry },
            ) => Some(*entry),
            _ => None,
        };
        orders.iter().filter_map(entry).collect()
    }

    fn received(&self, now: Timestamp) -> Timestamp {
        match self.origin {
            Origin::Mail { received, .. } => received.min(now),
            Origin::CommandLine => now,
        }
    }
}

/// Says what carrying out orders has to look up; `session_of` finds a registration's session.
pub fn lookup(
    word: &Word<'_>,
    setting: &Setting<'_>,
    session_of: impl Fn(RegistrationId) -> Option<SessionId>,
) -> Lookup {
    let mut sessions = Vec::new();
    let mut open = false;
    for order in word.orders {
        match order.command.as_ref().map(|c| case::sessions_of(c, word)) {
            None => {}
            Some(case::Wanted::Sessions(named)) => sessions.extend(named),
            Some(case::Wanted::Registrations(ids, named)) => {
                sessions.extend(ids.into_iter().filter_map(&session_of));
                sessions.extend(named);
            }
            Some(case::Wanted::Any) => open = true,
        }
    }
    if open {
        let to_come = setting
            .catalogue
            .sessions
            .iter()
            .filter(|session| setting.now < session.ends_at());
        sessions.extend(to_come.map(|session| session.id.clone()));
    }
    sessions.sort();
    sessions.dedup();
    Lookup {
        sessions,
        identity: match word.origin {
            Origin::Mail { message, .. } => Some(message.identity.clone()),
            Origin::CommandLine => None,
        },
        now: Some(setting.now),
        ..Lookup::default()
    }
}

/// Carries the orders out. The draft says all that is to be recorded of it.
pub fn decide(word: &Word<'_>, setting: &Setting<'_>, known: &Known) -> Draft {
    if let (
        Origin::Mail {
            place,
            message,
            received,
        },
        Some(entry),
    ) = (word.origin, known.ordered_before)
    {
        let walk = Walk::Same { entry };
        return draft_of_mail(place, message, received, walk, Decided::default(), None);
    }
    let mut carrying = Carrying::new(word, setting, known);
    for order in word.orders {
        carrying.carry_out(order);
    }
    carrying.finish()
}

fn draft_of_mail(
    place: &Place,
    message: &Message,
    received: Timestamp,
    walk: Walk,
    decided: Decided,
    personal: Option<Personal>,
) -> Draft {
    let walked = MailWalked {
        place: place.clone(),
        identity: message.identity.clone(),
        received,
        walk,
        understood: None,
        decided,
    };
    Draft {
        cause: Cause::Organiser { entry: None },
        body: Body::Mail(Box::new(walked)),
        personal,
    }
}
