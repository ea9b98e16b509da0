//! Calendar replies (RFC 5546 §3.2.3) and invitations that machines deliver.

use super::super::message::Message;
use super::super::organisation::Organisation;
use super::super::person::domain_of;
use super::super::unquote::unquote;
use super::Machine;
use super::words::plain;

/// Most bytes of a calendar object looked at.
const OBJECT_BYTES_MAX: usize = 64 << 10;

/// Says what kind of calendar mail it is; `None` if a person wrote it.
pub fn reply(message: &Message, organisation: &Organisation) -> Option<Machine> {
    let (method, object) = message
        .calendars
        .iter()
        .map(|(method, object)| (method_of(method, object), object.as_str()))
        .find(|(method, _)| !method.is_empty())?;
    match method.as_str() {
        "REPLY" => {
            let accepted = field(object, "PARTSTAT").as_deref() == Some("ACCEPTED");
            let uid = field(object, "UID").unwrap_or_default().to_lowercase();
            let domain = domain_of(&organisation.address);
            let ours = !domain.is_empty() && uid.ends_with(domain);
            let silent = is_silent(message);
            if accepted && ours && silent {
                Some(Machine::CalendarAccepted)
            } else {
                Some(Machine::CalendarOther)
            }
        }
        "COUNTER" | "REFRESH" | "DECLINECOUNTER" => Some(Machine::CalendarOther),
        // An invitation is a calendar mail if it is nothing else: our own invitation comes back
        // attached to people's answers too.
        "REQUEST" | "CANCEL" | "ADD" | "PUBLISH" if is_calendar_mail(message) => {
            Some(Machine::CalendarOther)
        }
        _ => None,
    }
}

/// Says whether nobody wrote anything beside the reply.
fn is_silent(message: &Message) -> bool {
    let new = plain(&unquote(&message.text).new);
    let told = [
        "a accepté",
        "has accepted",
        "accepted this",
        "accepted:",
        "accepté :",
        "zugesagt",
        "aceptado",
        "accettato",
    ];
    new.trim().is_empty() || told.iter().any(|words| new.contains(words))
}

/// Says whether the calendar object is the mail, not an attachment of it.
fn is_calendar_mail(message: &Message) -> bool {
    let kind = message
        .header("content-type")
        .unwrap_or_default()
        .to_lowercase();
    let bears_method = message
        .calendars
        .iter()
        .any(|(method, _)| !method.is_empty());
    let answers = !message.in_reply_to.is_empty();
    kind.starts_with("text/calendar")
        || kind.starts_with("multipart/alternative") && bears_method && !answers
}

fn method_of(parameter: &str, object: &str) -> String {
    if parameter.is_empty() {
        field(object, "METHOD").unwrap_or_default()
    } else {
        parameter.to_owned()
    }
}

/// Gives a property's value, or a parameter's, in upper case; folded lines joined (RFC 5545 §3.1).
fn field(object: &str, name: &str) -> Option<String> {
    let head = object.get(..OBJECT_BYTES_MAX).unwrap_or(object);
    let joined = head
        .replace("\r\n", "\n")
        .replace("\n ", "")
        .replace("\n\t", "");
    let parameter = format!(";{name}=");
    let mut found = None;
    for line in joined.lines() {
        let upper = line.to_uppercase();
        let after = match upper.find(&parameter) {
            Some(at) if name == "PARTSTAT" => upper.get(at + parameter.len()..),
            _ => upper
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix(':')),
        };
        if let Some(after) = after {
            let end = if name == "PARTSTAT" {
                after.find([';', ':', ','])
            } else {
                None
            };
            found = Some(
                after
                    .get(..end.unwrap_or(after.len()))
                    .unwrap_or(after)
                    .trim()
                    .to_owned(),
            );
            break;
        }
    }
    found
}
