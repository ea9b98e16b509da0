//! Delivery reports: RFC 3464 and whatever else mail servers write in their own words.
//!
//! A structured report says all. Else several signs must come together (who writes, what the subject
//! and the text say), because people forward such reports and write about them; and the failed
//! address is looked for where servers put it: after a line that announces it, before a colon, in
//! angle brackets at the beginning of a line.

use super::super::screening::words::{Bounce, plain, words};
use super::{Dsn, Message, ReturnPath, headers};
use fields::{Fields, has_fields, unfolded};
use text::{add, before_returned, enhanced_code, has_smtp_code, in_text, is_delay, returned_to};

mod fields;
mod text;

/// Most recipients taken of one report.
const RECIPIENTS_MAX: usize = 100;

/// Parts of a message that only reports have: type and text.
pub type ReportParts = Vec<(String, String)>;

/// Says whether a part of this type is one that reports have.
pub fn is_report_part(content_type: &str) -> bool {
    matches!(
        content_type,
        "message/delivery-status"
            | "message/global-delivery-status"
            | "message/feedback-report"
            | "text/rfc822-headers"
            | "message/rfc822-headers"
            | "message/global-headers"
            | "message/disposition-notification"
    )
}

/// Reads a message as a delivery report; `None` if it is none.
pub fn read(message: &Message, parts: &ReportParts) -> Option<Dsn> {
    let named = &words().bounce;
    let part = |end: &str| {
        parts
            .iter()
            .find(|(kind, _)| kind.ends_with(end))
            .map(|(_, text)| text.as_str())
    };
    let status = part("delivery-status");
    let kind = message
        .header("content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let complains = kind.contains("report-type=feedback-report")
        || kind.contains("report-type=\"feedback-report");
    let complaint = part("feedback-report").or(complains.then_some(""));
    if part("disposition-notification").is_some() && status.is_none() {
        return None;
    }
    let declared = kind.contains("delivery-status");
    let signs = Signs::read(message, named);
    let structured = status.is_some() || complaint.is_some() || declared;
    if !structured && !signs.any() {
        return None;
    }
    let cut = before_returned(&message.text, named);
    let inline = status.is_none() && has_fields(&message.text);
    if !structured && !inline && !signs.suffice(message, cut, named) {
        return None;
    }
    let fields = Fields::read(status.unwrap_or(if inline { &message.text } else { "" }));
    let mut recipients = fields.recipients.clone();
    add(
        &mut recipients,
        message.header("x-failed-recipients").unwrap_or_default(),
    );
    let ignored = ignored(message);
    if recipients.is_empty() {
        recipients = in_text(cut, named, &ignored);
    }
    if recipients.is_empty() {
        recipients = returned_to(message, parts, complaint, &ignored);
    }
    recipients.truncate(RECIPIENTS_MAX);
    let status = fields.status.clone().or_else(|| enhanced_code(cut));
    let delayed = fields.delayed
        || complaint.is_some()
        || fields.permanent.is_none() && is_delay(message, cut, named, status.as_deref());
    Some(Dsn {
        recipients,
        permanent: fields.permanent.unwrap_or(!delayed) && !fields.delivered,
        status,
        original_message_id: original_id(message, parts),
    })
}

/// What besides a structured part speaks for a report.
#[allow(clippy::struct_excessive_bools)]
struct Signs {
    /// The header of Exim and Gmail that names the failed addresses.
    failed: bool,
    /// A mail server wrote it.
    daemon: bool,
    /// The subject says so.
    told: bool,
    /// Null Return-Path, or an automatic mail.
    machine: bool,
    /// Null Return-Path and nothing written.
    blank: bool,
}

impl Signs {
    fn read(message: &Message, named: &Bounce) -> Signs {
        const PASSED_ON: &[&str] = &[
            "re:", "re :", "tr:", "tr :", "fw:", "fwd:", "rép", "aw:", "wg:",
        ];
        let subject = plain(&message.subject);
        let passed_on = PASSED_ON.iter().any(|mark| subject.starts_with(mark));
        let null = message.return_path == ReturnPath::Null;
        let submitted = message.header("auto-submitted").unwrap_or_default();
        let automatic = submitted.to_lowercase().starts_with("auto");
        Signs {
            failed: message.header("x-failed-recipients").is_some(),
            daemon: is_daemon(message, message.header("from").unwrap_or_default(), named),
            told: !passed_on && named.subjects.are_in(&subject),
            machine: null || automatic,
            blank: null && message.text.trim().is_empty(),
        }
    }

    fn any(&self) -> bool {
        self.failed || self.daemon || self.told || self.machine
    }

    /// Says whether signs enough come together for a report without structure.
    fn suffice(&self, message: &Message, cut: &str, named: &Bounce) -> bool {
        let text = plain(cut);
        let body = named.bodies.are_in(&text);
        let code = enhanced_code(cut).is_some() || has_smtp_code(cut);
        if self.failed {
            return true;
        }
        if self.daemon {
            return self.told || body || code || self.blank;
        }
        if self.machine {
            return (self.told || code) && body || self.told && code;
        }
        // No automatic header at all: the subject, the words, and a server's refusal or nobody in
        // From; people's mail about a report answers something.
        self.told && body && (code || message.from.is_empty() || !answers(message))
    }
}

/// Says whether the mail answers another one: people's mail about a report does.
fn answers(message: &Message) -> bool {
    !message.in_reply_to.is_empty()
}

fn is_daemon(message: &Message, from: &str, named: &Bounce) -> bool {
    let from = plain(from);
    let local = message.from.first().map(|author| {
        author
            .email
            .split('@')
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    let local_says = local.is_some_and(|local| {
        named
            .daemons
            .iter()
            .any(|daemon| local.starts_with(daemon.as_str()))
    });
    let no_address = message.from.is_empty()
        && named
            .daemons
            .iter()
            .any(|daemon| from.contains(daemon.as_str()));
    local_says || no_address || named.names.are_in(&from)
}

/// Gives the addresses that stand in every report without having failed: its own.
fn ignored(message: &Message) -> Vec<String> {
    let mut own: Vec<String> = message
        .to
        .iter()
        .chain(&message.from)
        .map(|a| a.email.clone())
        .collect();
    if let ReturnPath::Path(path) = &message.return_path {
        own.push(path.clone());
    }
    own
}

/// Gives the returned mail's Message-ID: from the attached mail, its headers, or below the text.
fn original_id(message: &Message, parts: &ReportParts) -> Option<String> {
    let attached = message
        .attached
        .iter()
        .find_map(|mail| mail.message_id.clone());
    let texts = parts.iter().filter(|(kind, _)| {
        kind.ends_with("headers") || kind.ends_with("status") || kind.ends_with("report")
    });
    let texts: Vec<&str> = texts
        .map(|(_, text)| text.as_str())
        .chain([message.text.as_str()])
        .collect();
    attached
        .or_else(|| {
            let mut lines = texts.iter().flat_map(|text| unfolded(text));
            lines.find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let name = name.trim().to_ascii_lowercase();
                let names = matches!(
                    name.as_str(),
                    "message-id" | "x-original-message-id" | "original-message-id"
                );
                names
                    .then(|| headers::ids(value).into_iter().next())
                    .flatten()
            })
        })
        .or_else(|| message.in_reply_to.first().cloned())
}
