//! A request that is passed on: attached, or forwarded inline, it is its own writer's.
//!
//! Whoever passes it on takes no part by that. A colleague's forward is read the same way.

use super::acts::{Deed, Who};
use super::mail::Mail;
use super::participants::same;
use super::thread::Letter;
use super::{Doubt, Intent, Participant, Reading, understand};
use crate::core::lexicon::Cue;
use crate::core::message::Message;
use crate::core::person::{Address, Person};

/// Who only passes a mail on writes little: « c'est pour toi ».
const SHORT_TOKENS: usize = 12;

/// Gives the reading of the passed-on mail, if the mail at hand only passes one on.
pub fn passed_on(mail: &Mail<'_>, reading: &Reading, left: usize) -> Option<Reading> {
    let own = mail
        .acts
        .iter()
        .any(|a| matches!(a.deed, Deed::Register | Deed::Quit | Deed::Replace) && !a.weak);
    let relays = mail.new.all_cues().has(Cue::Relay);
    let named = reading
        .participants
        .iter()
        .map(|p| &p.person.name)
        .chain(&reading.removed)
        .any(|name| !same(name, &mail.sender.name));
    if named && reading.act {
        return None;
    }
    if let Some(attached) = mail.message.attached.first()
        && (relays || !own)
    {
        let read = understand(attached, mail.context, left);
        return (read.intent != Intent::Other).then(|| finish(mail, read, reading));
    }
    let granted = reading.intent == Intent::Register
        && reading.participants.is_empty()
        && mail
            .acts
            .iter()
            .any(|a| a.deed == Deed::Register && a.who == Who::Others);
    let passes = granted || relays || mail.new.tokens.len() < SHORT_TOKENS || mail.colleague;
    if !passes || own && !relays && !mail.colleague && !granted {
        return None;
    }
    let forwarded = mail
        .thread
        .iter()
        .find(|t| t.letter == Letter::Others && t.quote.from_email.is_some())?;
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
    let mut read = understand(&message, mail.context, left);
    if granted {
        grant(&message, mail, &mut read, reading);
    }
    (read.intent != Intent::Other).then(|| finish(mail, read, reading))
}

/// « je vous laisse l'ajouter », "happy for her to go, please add her": what its writer only asked is
/// granted by the one who passes it on, who says so for certain.
fn grant(inner: &Message, mail: &Mail<'_>, read: &mut Reading, outer: &Reading) {
    if !matches!(read.intent, Intent::Other | Intent::Register) {
        return;
    }
    if read.participants.is_empty()
        && let Some(name) = inner.author().and_then(super::names::name_of_address)
    {
        let email = inner.author().map(|a| a.email.clone());
        read.participants.push(Participant {
            person: Person {
                name,
                email,
                ..Person::default()
            },
            sessions: Vec::new(),
        });
    }
    if read.participants.len() != 1 {
        return;
    }
    read.intent = Intent::Register;
    read.doubts.retain(|d| {
        !matches!(
            d,
            Doubt::NotCommitted | Doubt::Eligibility | Doubt::NoRequest | Doubt::Conditional
        )
    });
    if !read.session_certain {
        read.sessions.clone_from(&outer.sessions);
        read.session_certain = outer.session_certain;
        if !read.session_certain {
            read.doubts.push(Doubt::SessionUnclear);
        }
    }
    let rest = outer
        .doubts
        .iter()
        .filter(|d| !matches!(d, Doubt::PersonUnclear | Doubt::Unexplained));
    read.doubts.extend(rest);
    read.evidence.extend(outer.evidence.iter().cloned());
    read.language = outer.language;
    read.question |= mail.new.clauses.iter().any(|c| c.question);
}

/// What the one who passes it on adds: a question of their own.
fn finish(mail: &Mail<'_>, mut read: Reading, outer: &Reading) -> Reading {
    // whoever it was written to, it has been passed on to us
    read.doubts.retain(|d| *d != Doubt::NotToUs);
    read.act = read.doubts.is_empty() && read.intent != Intent::Other;
    read.question |= outer.question;
    read.concerns_us |= outer.concerns_us;
    if !mail.colleague {
        for participant in &mut read.participants {
            let person = &mut participant.person;
            if person.organisation.is_none() {
                person.organisation.clone_from(&mail.sender.organisation);
            }
        }
    }
    if read.sessions.is_empty() && outer.session_certain {
        read.sessions.clone_from(&outer.sessions);
    }
    read
}
