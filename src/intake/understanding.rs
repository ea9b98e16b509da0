//! The pure stages of one mail: screened and read; what makes a stage panic is set aside.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use super::CLOCK_TOLERANCE;
use crate::core::entry::{
    Body, Cause, Decided, Draft, MailWalked, MailWords, Personal, Understood, Walk,
};
use crate::core::message::Message;
use crate::core::reading::{Context, Doubt, Intent, Language, Reading, read};
use crate::core::screening::Screening;
use crate::live::Rules;
use crate::mailbox::Fetched;

/// How often a mail may make a stage panic before it is set aside.
const ATTEMPTS: usize = 2;

/// What the pure stages made of a mail.
pub(super) struct Understanding {
    pub(super) message: Message,
    pub(super) screening: Screening,
    pub(super) reading: Reading,
    pub(super) received: Timestamp,
    pub(super) clock_agrees: bool,
}

/// Does what a stage does with a mail; one that panics is tried once more, then given up.
pub(super) fn attempt<T>(stage: impl Fn() -> T) -> Option<T> {
    (0..ATTEMPTS).find_map(|_| catch_unwind(AssertUnwindSafe(&stage)).ok())
}

/// Screens and reads.
pub(super) fn understand(rules: &Rules, mail: &Fetched) -> Option<Understanding> {
    attempt(|| understand_once(rules, mail))
}

fn understand_once(rules: &Rules, mail: &Fetched) -> Understanding {
    crate::failpoint::panic_if_asked("read", &mail.bytes);
    let message = Message::parse(&mail.bytes);
    // A server's date that cannot be read comes as the epoch: then only the topmost Received tells.
    let unknown = mail.received == Timestamp::UNIX_EPOCH;
    let received = match message.received {
        Some(topmost) if unknown => topmost,
        _ => mail.received,
    };
    let apart = message
        .received
        .map(|topmost| topmost.duration_since(received).abs());
    let clock_agrees = !unknown && apart.is_none_or(|apart| apart <= CLOCK_TOLERANCE);
    let context = Context {
        catalogue: &rules.catalogue,
        organisation: &rules.config.organisation,
        received,
    };
    let (screening, reading) = read(&message, context);
    Understanding {
        message,
        screening,
        reading,
        received,
        clock_agrees,
    }
}

/// The draft of a mail that makes a stage panic: the human is shown it, by its headers if they can be
/// read.
pub(super) fn set_aside(mail: &Fetched) -> Draft {
    let message = attempt(|| Message::parse(headers_of(&mail.bytes))).unwrap_or_default();
    let walked = MailWalked {
        place: mail.place.clone(),
        identity: message.identity.clone(),
        received: mail.received,
        walk: Walk::SetAside {
            code: "panic".to_owned(),
        },
        understood: Some(Understood {
            intent: Intent::Other,
            sessions: Vec::new(),
            doubts: vec![Doubt::Unreadable],
            language: Language::default(),
            question: false,
        }),
        decided: Decided {
            to_human: true,
            ..Decided::default()
        },
    };
    let words = MailWords {
        from: message.author().cloned(),
        subject: message.subject.clone(),
        message_id: message.message_id.clone(),
        ..MailWords::default()
    };
    Draft {
        cause: Cause::Mail,
        body: Body::Mail(Box::new(walked)),
        personal: Some(Personal {
            mail: Some(words),
            ..Personal::default()
        }),
    }
}

/// The header of a mail, up to its blank line.
fn headers_of(bytes: &[u8]) -> &[u8] {
    let blank = |at: &usize| {
        let rest = bytes.get(*at..).unwrap_or_default();
        rest.starts_with(b"\n\n") || rest.starts_with(b"\n\r\n")
    };
    let end = (0..bytes.len()).find(blank).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}
