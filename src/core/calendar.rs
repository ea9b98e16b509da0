//! iCalendar (RFC 5545, RFC 5546) from facts, and what a calendar reply says.
//!
//! Whoever answers an invitation may be a program that keeps nothing but UID and PARTSTAT: UIDs are
//! unguessable, and each object has one ATTENDEE. No VALARM: when to be reminded is the receiver's.

use icalendar::{Calendar, Component, Event, EventLike, Property};
use jiff::Timestamp;

use super::catalogue::Span;
use super::person::Address;
use super::reply::Invitation;
use super::roll::Token;

/// Longest object that is read; a reply of a calendar program has about 2 kB.
const REPLY_BYTES_MAX: usize = 64 * 1024;

/// What an invitation, or its withdrawal, says.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// UID, SEQUENCE, whom.
    pub invitation: &'a Invitation,
    /// When; each stretch becomes an object of its own.
    pub when: &'a [Span],
    /// SUMMARY.
    pub summary: &'a str,
    /// DESCRIPTION: repeats what the mail says.
    pub description: &'a str,
    /// LOCATION.
    pub location: &'a str,
    /// ORGANIZER: the mailbox.
    pub organizer: &'a Address,
    /// DTSTAMP.
    pub stamp: Timestamp,
}

/// Writes the object of each stretch of a session, CRLF line ends: METHOD equal to `REQUEST` or
/// `CANCEL`, one ATTENDEE with `RSVP=FALSE;PARTSTAT=ACCEPTED`, times in UTC.
///
/// One object a stretch, since all events of an iTIP object must bear one UID (RFC 5546 §3.2.2) and
/// mail programs open only the first event of a file.
pub fn write(facts: &Facts<'_>) -> Vec<String> {
    facts
        .when
        .iter()
        .enumerate()
        .map(|(index, span)| object(facts, index, span))
        .collect()
}

fn object(facts: &Facts<'_>, index: usize, span: &Span) -> String {
    let invitation = facts.invitation;
    let (method, status) = if invitation.withdraw {
        ("CANCEL", "CANCELLED")
    } else {
        ("REQUEST", "CONFIRMED")
    };
    let mut event = Event::new();
    event
        .add_property("UID", uid(&invitation.uid, index))
        .add_property("DTSTAMP", utc(facts.stamp))
        .add_property("DTSTART", utc(span.from_at))
        .add_property("DTEND", utc(span.to_at))
        .add_property("SEQUENCE", invitation.sequence.to_string())
        .add_property("STATUS", status)
        .add_property("TRANSP", "OPAQUE")
        .add_property("SUMMARY", line(facts.summary))
        .add_property("DESCRIPTION", text(facts.description));
    if !facts.location.is_empty() {
        event.location(&line(facts.location));
    }
    event.append_property(person("ORGANIZER", facts.organizer));
    let mut attendee = person("ATTENDEE", &invitation.attendee);
    attendee
        .add_parameter("CUTYPE", "INDIVIDUAL")
        .add_parameter("ROLE", "REQ-PARTICIPANT")
        .add_parameter("PARTSTAT", "ACCEPTED")
        .add_parameter("RSVP", "FALSE");
    event.append_property(attendee);
    let mut calendar = Calendar::empty();
    calendar
        .append_property(Property::new("VERSION", "2.0"))
        .append_property(Property::new("PRODID", "-//guichet//guichet//EN"))
        .append_property(Property::new("CALSCALE", "GREGORIAN"))
        .append_property(Property::new("METHOD", method))
        .push(event.done());
    calendar.to_string()
}

/// The first stretch has the token alone, so that a session that gains a stretch keeps its event. No
/// domain completes it: the mailbox may move, and the event is to be found again by its UID.
fn uid(token: &Token, index: usize) -> String {
    match index {
        0 => format!("{}@guichet", token.0),
        index => format!("{}-{}@guichet", token.0, index + 1),
    }
}

/// Gives the token that a UID of ours was made from.
pub fn token_of(uid: &str) -> Token {
    let local = uid.split('@').next().unwrap_or(uid).trim();
    let token = match local.rsplit_once('-') {
        Some((token, number)) if number.bytes().all(|b| b.is_ascii_digit()) => token,
        _ => local,
    };
    Token(token.to_owned())
}

fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// ORGANIZER or ATTENDEE: the library does not clean parameter values, where a quotation mark or a
/// line break would end the parameter.
fn person(key: &str, address: &Address) -> Property {
    let mut property = Property::new(key, format!("mailto:{}", uri_safe(&address.email)));
    let name: String = address
        .name
        .as_deref()
        .unwrap_or_default()
        .chars()
        .filter(|c| !is_control(*c) && *c != '"')
        .collect();
    if !name.trim().is_empty() {
        property.add_parameter("CN", name.trim());
    }
    property
}

/// An addr-spec in a mailto URI (RFC 6068 §2): what has a meaning there is percent-encoded.
fn uri_safe(email: &str) -> String {
    let mut safe = String::with_capacity(email.len());
    for c in email.chars() {
        let plain = c.is_alphanumeric() || "@.-_+~!$'*=".contains(c);
        if plain {
            safe.push(c);
        } else {
            let mut bytes = [0_u8; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                safe.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    safe
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text of one line.
fn line(text: &str) -> String {
    text.chars()
        .map(|c| if is_control(c) { ' ' } else { c })
        .collect()
}

/// Text of several lines; the library writes the breaks as `\n`.
fn text(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !is_control(*c))
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// Components opened within components at most: a reply has two, an event in a calendar, and an alarm
/// would be a third. The library's parser calls itself for each, until the stack is used up.
const COMPONENTS_NESTED_MAX: usize = 8;

/// Says whether components are nested deeper than any reply does.
fn is_nested_too_deep(ics: &str) -> bool {
    let mut depth = 0usize;
    for line in ics.lines() {
        // Whatever precedes the word: folded lines and blanks are the parser's affair, not ours.
        let line = line.trim_start().to_ascii_uppercase();
        if line.contains("BEGIN:") {
            depth += line.matches("BEGIN:").count();
        } else if line.starts_with("END:") {
            depth = depth.saturating_sub(1);
        }
        if depth > COMPONENTS_NESTED_MAX {
            return true;
        }
    }
    false
}

/// What a calendar reply says (METHOD:REPLY).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarReply {
    /// UID of the event; see [`token_of`].
    pub uid: String,
    /// PARTSTAT, upper case: `ACCEPTED`, `DECLINED`, `TENTATIVE` …
    pub partstat: String,
}

/// Reads a calendar reply; `None` if it is none or cannot be read. Only UID and PARTSTAT are read:
/// Outlook leaves ORGANIZER out.
pub fn read_reply(ics: &str) -> Option<CalendarReply> {
    if ics.len() > REPLY_BYTES_MAX || is_nested_too_deep(ics) {
        return None;
    }
    let calendar: Calendar = ics.parse().ok()?;
    if !calendar
        .property_value("METHOD")?
        .eq_ignore_ascii_case("REPLY")
    {
        return None;
    }
    let event = calendar.components.iter().find_map(|c| c.as_event())?;
    let single = event.properties().get("ATTENDEE");
    let several = event.multi_properties().get("ATTENDEE");
    let attendee = single.or_else(|| several.and_then(|all| all.first()))?;
    let partstat = attendee
        .params()
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("PARTSTAT"))?
        .1
        .value()
        .trim_matches('"')
        .to_ascii_uppercase();
    Some(CalendarReply {
        uid: event.get_uid()?.trim().to_owned(),
        partstat,
    })
}
