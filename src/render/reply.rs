//! A letter to a participant: which folder, its words, its calendar parts, its attachments.

use jiff::Timestamp;
use minijinja::context;
use minijinja::value::{Serde, Value};

use super::error::RenderError;
use super::facts::LetterView;
use super::session::SessionView;
use super::templates::{Templates, Whose};
use super::{folder, laid_out};
use crate::core::calendar;
use crate::core::delivery::{Rendered, RenderedCalendar};
use crate::core::person::{Address, fold};
use crate::core::reply::{Outcome, Reply, Status};

/// Gmail cuts what is longer at about 102 KB.
const HTML_BYTES_MAX: usize = 100 * 1024;

/// Gives a letter to a participant in words.
pub(super) fn render(
    templates: &Templates,
    reply: &Reply,
    stamp: Timestamp,
    whose: Whose,
) -> Result<Rendered, RenderError> {
    let view = LetterView::of(reply);
    let kind = kind(&view);
    let context = context_of(&view);
    let place = format!("{}/{kind}", folder(reply.language));
    let [subject, text, html] = templates.render_letter(&place, &context, whose)?;
    let rendered = laid_out(reply.language, &subject, &text, html);
    if rendered.html.len() > HTML_BYTES_MAX {
        return Err(RenderError::TooLong {
            place: format!("templates/{place}/body.html.j2"),
            bytes: rendered.html.len(),
            max: HTML_BYTES_MAX,
        });
    }
    Ok(Rendered {
        calendars: calendars(templates, reply, stamp, whose)?,
        attachments: reply.attachments.clone(),
        ..rendered
    })
}

/// The facts as templates see them: `letter`, `o` (the first or only outcome), `s` (its session).
pub(super) fn context_of(view: &LetterView) -> Value {
    let first = view.outcomes.first();
    let session = first
        .map(|o| &o.session)
        .or_else(|| view.options.first().map(|option| &option.session));
    context! {
        lang => folder(view.language),
        letter => Value::from(Serde(view)),
        o => Value::from(Serde(first)),
        s => Value::from(Serde(session)),
    }
}

/// The folder of the templates: of the status, or `several` where there is more to tell.
fn kind(view: &LetterView) -> &'static str {
    match view.outcomes.as_slice() {
        [_, _, ..] => "several",
        [only] => folder_of(only.status),
        [] => "clarify",
    }
}

/// The folder of a status.
pub(super) fn folder_of(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Provisional => "provisional",
        Status::Waitlisted => "waitlisted",
        Status::Late => "late",
        Status::Full => "full",
        Status::Already => "already",
        Status::Cancelled => "cancelled",
        Status::Substituted => "substituted",
        Status::Updated => "updated",
        Status::Promoted => "promoted",
        Status::Clarify | Status::None => "clarify",
    }
}

/// The calendar parts: one object a person and stretch of a session. Only where there is exactly
/// one, and it is the receiver's own, does it stand in the alternative as well.
fn calendars(
    templates: &Templates,
    reply: &Reply,
    stamp: Timestamp,
    whose: Whose,
) -> Result<Vec<RenderedCalendar>, RenderError> {
    let organizer = Address {
        name: Some(reply.organisation.clone()),
        email: reply.mailbox.clone(),
    };
    let mut calendars: Vec<RenderedCalendar> = Vec::new();
    let mut own = true;
    for outcome in reply.outcomes.iter().filter(|o| o.status != Status::None) {
        let Some(invitation) = &outcome.invitation else {
            continue;
        };
        own &= outcome.is_receiver && invitation.attendee.email == reply.to.email;
        let words = SessionView::of(&outcome.session, reply.language);
        let description = description(templates, reply, outcome, whose)?;
        let event = calendar::Facts {
            invitation,
            when: &outcome.session.when,
            summary: &words.name,
            description: &description,
            location: &outcome.session.place,
            organizer: &organizer,
            stamp,
        };
        for ics in calendar::write(&event) {
            calendars.push(RenderedCalendar {
                method: if invitation.withdraw {
                    "CANCEL".to_owned()
                } else {
                    "REQUEST".to_owned()
                },
                name: file_name(outcome),
                inline: false,
                ics,
            });
        }
    }
    name_apart(&mut calendars);
    if let [only] = calendars.as_mut_slice() {
        only.inline = own;
        only.name = "invite.ics".to_owned();
    }
    Ok(calendars)
}

/// What the event repeats of the mail: the text of `event.txt.j2`.
fn description(
    templates: &Templates,
    reply: &Reply,
    outcome: &Outcome,
    whose: Whose,
) -> Result<String, RenderError> {
    let alone = Reply {
        outcomes: vec![outcome.clone()],
        ..reply.clone()
    };
    let view = LetterView::of(&alone);
    let name = format!("{}/event.txt.j2", folder(reply.language));
    let text = templates.render(&name, &context_of(&view), whose)?;
    Ok(super::layout::squeeze(&text))
}

fn file_name(outcome: &Outcome) -> String {
    let slug = |text: &str| {
        fold(text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join("-")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .take(40)
            .collect::<String>()
    };
    let parts = [slug(&outcome.session.id.0), slug(&outcome.name)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}.ics", parts.join("-"))
}

/// Files of one name get numbers.
fn name_apart(calendars: &mut [RenderedCalendar]) {
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for calendar in calendars {
        let count = seen.entry(calendar.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            calendar.name = format!("{}-{count}.ics", calendar.name.trim_end_matches(".ics"));
        }
    }
}
