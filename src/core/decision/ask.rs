//! Asking back, once: which session, who, or which of their registrations; and the answer to it.

use jiff::SignedDuration;

use super::letters;
use super::working::Working;
use crate::core::catalogue::SessionId;
use crate::core::entry::Change;
use crate::core::reading::{Doubt, Intent, Reading};
use crate::core::reply::{Asking, Status};
use crate::core::roll::Registration;

/// Sessions listed in one question, at most: more is no question but a programme.
const OPTIONS_MAX: usize = 8;

/// Says whether one question would complete this request: only the session or the person is open.
pub(super) fn can_ask(working: &Working<'_>, reading: &Reading) -> bool {
    let only = reading
        .doubts
        .iter()
        .all(|doubt| matches!(doubt, Doubt::SessionUnclear | Doubt::PersonUnclear));
    let own_domain = working.setting.organisation.is_own_domain(working.sender());
    only && !reading.doubts.is_empty()
        && working.known.question.is_none()
        && working.mail.screening.may_reply
        && !own_domain
}

/// Asks which session is meant, or who comes.
pub(super) fn which_session_or_who(working: &mut Working<'_>, reading: &Reading) {
    let person_open =
        reading.participants.is_empty() || reading.doubts.contains(&Doubt::PersonUnclear);
    let session_open =
        reading.doubts.contains(&Doubt::SessionUnclear) || reading.sessions.is_empty();
    if person_open && session_open {
        working.hand_over(&reading.doubts);
        return;
    }
    let options = if session_open {
        options(working, reading)
    } else {
        reading.sessions.clone()
    };
    if options.is_empty()
        || options.len() > OPTIONS_MAX
        || (session_open && options.len() < 2 && working.setting.catalogue.complete)
    {
        working.hand_over(&reading.doubts);
        return;
    }
    let asking = if session_open {
        Asking::Session
    } else {
        Asking::Person
    };
    ask(working, reading, asking, options, &[]);
}

/// The open sessions that fit: those the mail may mean, else all that are open.
fn options(working: &Working<'_>, reading: &Reading) -> Vec<SessionId> {
    let open = |id: &SessionId| {
        working
            .setting
            .catalogue
            .session(id)
            .is_some_and(|s| s.is_open(working.mail.received))
    };
    let fits: Vec<SessionId> = reading
        .sessions
        .iter()
        .filter(|id| open(id))
        .cloned()
        .collect();
    if fits.len() >= 2 {
        return fits;
    }
    working
        .setting
        .catalogue
        .sessions
        .iter()
        .map(|s| s.id.clone())
        .filter(|id| open(id))
        .collect()
}

/// Asks which of their registrations is meant.
pub(super) fn which_registration(
    working: &mut Working<'_>,
    reading: &Reading,
    several: &[Registration],
) {
    if !working.mail.screening.may_reply || working.known.question.is_some() {
        working.hand_over(&[Doubt::RegistrationUnclear]);
        working.decided.to_human = true;
        return;
    }
    let mut options: Vec<SessionId> = several.iter().map(|r| r.session.clone()).collect();
    options.dedup();
    ask(working, reading, Asking::Registration, options, several);
}

/// A stand-in who is not named yet: the seat is kept, and the name asked for.
pub(super) fn who_takes_the_place(
    working: &mut Working<'_>,
    reading: &Reading,
    found: &[Registration],
) {
    if !working.mail.screening.may_reply || working.known.question.is_some() {
        working.hand_over(&[Doubt::PersonUnclear]);
        working.decided.to_human = true;
        return;
    }
    let options = found.iter().map(|r| r.session.clone()).collect();
    ask(working, reading, Asking::Person, options, found);
}

fn ask(
    working: &mut Working<'_>,
    reading: &Reading,
    asking: Asking,
    options: Vec<SessionId>,
    about: &[Registration],
) {
    let wait =
        SignedDuration::try_from(working.setting.policy.question).unwrap_or(SignedDuration::ZERO);
    let until = working
        .setting
        .now
        .checked_add(wait)
        .unwrap_or(working.setting.now);
    let registrations = about.iter().map(|r| r.id).collect();
    working.decided.changes.push(Change::Asked {
        options: options.clone(),
        registrations,
        received: working.mail.received,
        until,
    });
    working.personal.reading = Some(reading.clone());
    working.sessions.clone_from(&options);
    for doubt in &reading.doubts {
        working.doubt(*doubt);
    }
    working.decided.reply = Some(Status::Clarify);
    letters::question(working, asking, &options);
}

/// Completes what was asked, if this mail answers an open question; else says false.
pub(super) fn completes(working: &mut Working<'_>) -> bool {
    let Some(question) = working.known.question.clone() else {
        return false;
    };
    let Some(asked) = &question.reading else {
        return false;
    };
    let answer = working.reading;
    if matches!(answer.intent, Intent::Automatic | Intent::Bounce)
        || answer.doubts.iter().any(|d| !settled_by_question(*d))
    {
        return false;
    }
    let chosen = chosen(answer, &question.options);
    let people = if answer.intent == Intent::Update || asked.participants.is_empty() {
        answer.participants.clone()
    } else {
        asked.participants.clone()
    };
    let sessions = if question.options.len() == 1 {
        question.options.clone()
    } else {
        chosen
    };
    let complete = !sessions.is_empty() && (asked.intent == Intent::Cancel || !people.is_empty());
    if !complete {
        return false;
    }
    let completed = Reading {
        sessions,
        session_certain: true,
        participants: people,
        act: true,
        doubts: Vec::new(),
        question: answer.question,
        ..asked.clone()
    };
    working.decided.closes_question = Some(question.entry);
    working.decided.changes.push(Change::QuestionClosed {
        entry: question.entry,
    });
    working.mail.received = question.received; // the rank is that of the first mail
    match completed.intent {
        Intent::Cancel => super::cancel::decide(working, &completed),
        Intent::Replace => super::replace::decide(working, &completed),
        _ => super::register::decide(working, &completed),
    }
    true
}

/// Says whether this mail answers a question that was closed and handed to the human: the human has it,
/// and a machine that acted now would cross their answer.
pub(super) fn comes_too_late(working: &Working<'_>) -> bool {
    let reading = working.reading;
    let says_something = reading.intent != Intent::Other
        || !reading.choices.is_empty()
        || !reading.sessions.is_empty();
    working.known.question_lapsed && working.mail.again.is_none() && says_something
}

/// Doubts that the question itself takes away.
fn settled_by_question(doubt: Doubt) -> bool {
    matches!(
        doubt,
        Doubt::SessionUnclear
            | Doubt::PersonUnclear
            | Doubt::NoRequest
            | Doubt::NotCommitted
            | Doubt::HumanInThread
            | Doubt::RegistrationUnclear
    )
}

/// The options that an answer names: by number, or by what it says of the session.
fn chosen(answer: &Reading, options: &[SessionId]) -> Vec<SessionId> {
    let named: Vec<SessionId> = answer
        .sessions
        .iter()
        .filter(|id| options.contains(id))
        .cloned()
        .collect();
    // Several at once only where the answer is a request of its own: what it names may be what it keeps.
    let plain = named.len() == 1 || (answer.act && answer.intent == Intent::Register);
    if answer.session_certain && plain && named.len() == answer.sessions.len() {
        return named;
    }
    let numbered: Option<Vec<SessionId>> = answer
        .choices
        .iter()
        .map(|n| n.checked_sub(1).and_then(|n| options.get(n)).cloned())
        .collect();
    numbered.unwrap_or_default()
}
