//! A session entered later: mail that was left because its session was not in the catalogue is read
//! again once it is, and decided as usual, with its own time of receipt.

use std::collections::BTreeSet;

use super::{Mail, Setting, decide};
use crate::core::catalogue::SessionId;
use crate::core::entry::{Body, Cause, Change, Decided, Draft, Entry, MailWalked, Walk};
use crate::core::reading::{Doubt, Intent, Reading};
use crate::core::roll::Known;

/// Why a mail is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// The entry that left it: the human's item, or the question that nobody answered.
    pub first: u64,
    /// The human's item.
    pub item: u64,
    /// The entry that added sessions.
    pub catalogue: u64,
    /// Whether its item still waits for the human.
    pub left: Left,
}

/// Whether the human still has the item of a mail that is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It is open in the digest.
    Open,
    /// It was answered by hand.
    Settled,
}

/// Says whether a mail was left because its session was not in the catalogue, as far as was understood:
/// a request of which it is open, or contradicted, which session it means.
pub fn was_left_for_a_session(mail: &MailWalked) -> bool {
    let Some(understood) = &mail.understood else {
        return false;
    };
    let request = matches!(
        understood.intent,
        Intent::Register | Intent::Cancel | Intent::Replace | Intent::Update
    );
    let open = |doubt: &Doubt| {
        matches!(
            doubt,
            Doubt::SessionUnknown | Doubt::SessionUnclear | Doubt::SessionContradiction
        )
    };
    mail.walk == Walk::Human && request && understood.doubts.iter().any(open)
}

/// Says whether a mail that is read again may mean one of the sessions that are new since it was left.
///
/// A request for a seat that names none may mean any; whoever gives up or passes on a seat must name
/// the new one, since a seat in another session may have been taken after that mail.
pub fn may_be_meant_now(reading: &Reading, new: &BTreeSet<SessionId>) -> bool {
    if reading.sessions.is_empty() {
        return reading.intent == Intent::Register;
    }
    reading.sessions.iter().any(|id| new.contains(id))
}

/// Decides about a mail that is read again; the item of its first reading is settled by that.
pub fn decide_again(mail: &Mail<'_>, again: Again, setting: &Setting<'_>, known: &Known) -> Draft {
    let mail = Mail {
        again: Some(again),
        ..*mail
    };
    let mut draft = decide(&mail, setting, known);
    if let Body::Mail(walked) = &mut draft.body {
        settle(&mut walked.decided, again);
    }
    draft.cause = cause(again);
    draft
}

/// Says whether anything came of it that the human does not have already.
pub fn is_worth_recording(draft: &Draft, again: Again) -> bool {
    let Body::Mail(walked) = &draft.body else {
        return false;
    };
    let asks = |change: &Change| matches!(change, Change::Asked { .. });
    match walked.walk {
        // Never a second question.
        Walk::Decided => again.first == again.item || !walked.decided.changes.iter().any(asks),
        Walk::Human => again.left == Left::Open && !was_left_for_a_session(walked),
        _ => false,
    }
}

/// The mail cannot be read again, since it is gone: its item says so from now on.
pub fn gone(entry: &Entry, again: Again) -> Option<Draft> {
    let Body::Mail(walked) = &entry.body else {
        return None;
    };
    let mut walked = walked.as_ref().clone();
    if let Some(understood) = &mut walked.understood {
        understood.doubts = vec![Doubt::MailGone];
    }
    walked.decided = Decided {
        to_human: true,
        ..Decided::default()
    };
    settle(&mut walked.decided, again);
    Some(Draft {
        cause: cause(again),
        body: Body::Mail(Box::new(walked)),
        personal: entry.personal.clone(),
    })
}

fn settle(decided: &mut Decided, again: Again) {
    decided.changes.push(Change::Settled { entry: again.item });
}

fn cause(again: Again) -> Cause {
    Cause::Catalogue {
        entry: again.catalogue,
    }
}
