//! A request that is passed on: attached, or forwarded inline, it is its own writer's.
//!
//! Whoever passes it on takes no part by that. A colleague's forward is read the same way.

use super::acts::{Deed, acts};
use super::mail::Mail;
use super::thread::Letter;
use super::{Intent, Reading, understand};
use crate::core::lexicon::Cue;
use crate::core::message::Message;
use crate::core::person::Address;

/// Gives the reading of the passed-on mail, if the mail at hand only passes one on.
pub fn passed_on(mail: &Mail<'_>, reading: &Reading, left: usize) -> Option<Reading> {
    let complete = reading.intent != Intent::Other && !reading.participants.is_empty()
        || matches!(
            reading.intent,
            Intent::Cancel | Intent::Replace | Intent::Update
        );
    let own = acts(&mail.new)
        .iter()
        .any(|a| matches!(a.deed, Deed::Register | Deed::Quit | Deed::Replace) && !a.weak);
    let cues = mail.new.all_cues();
    let passes = cues.any(&[Cue::Relay]) || mail.new.tokens.len() < 12 || mail.colleague;
    if complete && own && !passes || complete && !reading.participants.is_empty() && reading.act {
        return None;
    }
    if let Some(attached) = mail.message.attached.first() {
        return Some(finish(understand(attached, mail.context, left), reading));
    }
    let forwarded = mail.thread.iter().find(|t| {
        t.letter == Letter::Others && (t.quote.forwarded || passes) && t.quote.from_email.is_some()
    })?;
    if !passes && own {
        return None;
    }
    let message = Message {
        readable: true,
        from: vec![Address {
            name: forwarded.quote.from_name.clone(),
            email: forwarded.quote.from_email.clone().unwrap_or_default(),
        }],
        to: mail.message.to.clone(),
        subject: forwarded
            .quote
            .subject
            .clone()
            .unwrap_or_else(|| mail.message.subject.clone()),
        text: forwarded.quote.text.clone(),
        received: mail.message.received,
        ..Message::default()
    };
    let read = understand(&message, mail.context, left);
    (read.intent != Intent::Other).then(|| finish(read, reading))
}

/// What the one who passes it on adds: a question of their own.
fn finish(mut read: Reading, outer: &Reading) -> Reading {
    read.question |= outer.question;
    read.concerns_us |= outer.concerns_us;
    if read.sessions.is_empty() && outer.session_certain {
        read.sessions.clone_from(&outer.sessions);
    }
    read
}
