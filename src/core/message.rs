//! Our view of one RFC 5322 message; the only room of the core that names mail-parser.
//!
//! Whatever the bytes are, [`Message::parse`] gives a view: what cannot be read is empty and
//! `readable` is false.

use std::borrow::Cow;
use std::panic::catch_unwind;

use jiff::Timestamp;
use mail_parser::{Header, HeaderName, Message as Parsed, MessageParser};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::person::Address;

mod body;
mod charset;
mod dsn;
mod headers;
mod html;

/// Most marks of a nested message before only the headers are read.
const NESTED_MARKS_MAX: usize = 100;

/// The `Return-Path` that the receiving server wrote (RFC 5321 §4.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReturnPath {
    /// No such header.
    #[default]
    Missing,
    /// `<>`: a machine's report (RFC 3834 §2).
    Null,
    /// The envelope sender, lower case.
    Path(String),
}

/// What the same mail is recognised by, also when it is delivered again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// SHA-256 of the raw bytes, hex.
    pub sha256: String,
    /// SHA-256 of the Message-ID without brackets, hex; `None` if the mail has none.
    pub message_id: Option<String>,
    /// SHA-256 over From, Date and body (decoded), hex: equal for a redelivery, whose Received lines differ.
    pub content: String,
}

/// An attachment, never opened: only its name and size are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// File name, decoded, or empty.
    pub name: String,
    /// `type/subtype`, lower case.
    pub content_type: String,
    /// Decoded size in bytes.
    pub bytes: usize,
}

/// A delivery status notification (RFC 3464, or any dialect of it).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dsn {
    /// The recipients that failed or are delayed, lower case, as far as the report names them.
    pub recipients: Vec<String>,
    /// True if delivery was given up (action failed, 5.x.x), false for a delay or a success report.
    pub permanent: bool,
    /// `Status:` of the first recipient (RFC 3463), e.g. `5.1.1`, if known.
    pub status: Option<String>,
    /// Message-ID of the returned mail, without brackets, if the report carries it.
    pub original_message_id: Option<String>,
}

/// Our view of one message.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// False if the bytes hold no message at all (then everything else is empty).
    pub readable: bool,
    /// All headers in order: name in lower case, value unfolded and decoded.
    pub headers: Vec<(String, String)>,
    /// `Return-Path`, topmost.
    pub return_path: ReturnPath,
    /// `From`: usually one; several are a doubt. First occurrence of the header.
    pub from: Vec<Address>,
    /// `Sender`.
    pub sender: Option<Address>,
    /// `Reply-To`.
    pub reply_to: Vec<Address>,
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Subject`, decoded; first occurrence; empty if there is none.
    pub subject: String,
    /// `Message-ID` without brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To`, without brackets.
    pub in_reply_to: Vec<String>,
    /// `References`, oldest first, without brackets.
    pub references: Vec<String>,
    /// `Date`: the sender's clock, worth nothing for a deadline.
    pub date: Option<Timestamp>,
    /// Time in the topmost `Received`: the receiving server's clock.
    pub received: Option<Timestamp>,
    /// The readable body with LF line ends: text/plain preferred; HTML turned to text with `> ` for
    /// blockquotes, cells parted, struck-through text left out; format=flowed lines joined (RFC 3676).
    pub text: String,
    /// True if `text` was made from HTML.
    pub from_html: bool,
    /// Attached messages (message/rfc822), at most two levels deep.
    pub attached: Vec<Message>,
    /// text/calendar parts: the MIME `method` parameter (upper case, may be empty) and the content.
    pub calendars: Vec<(String, String)>,
    /// Other attachments.
    pub attachments: Vec<Attachment>,
    /// Set if this is a delivery report of whatever dialect.
    pub dsn: Option<Dsn>,
    /// What the same mail is recognised by.
    pub identity: Identity,
    /// Size of the raw bytes.
    pub bytes: usize,
}

impl Message {
    /// Gives our view of the raw bytes of a message; never fails.
    pub fn parse(bytes: &[u8]) -> Message {
        let ended = line_ends(bytes);
        let start = preamble(&ended);
        let raw = ended.get(start..).unwrap_or_default();
        let whole = |raw| {
            let parser = MessageParser::default();
            let parsed = if is_bomb(raw) {
                parser.parse_headers(raw)
            } else {
                parser.parse(raw)
            };
            parsed.map(|parsed| view(&parsed, 0)).unwrap_or_default()
        };
        // Seen in practice: parts ended in an order that the library does not expect make it panic. Of
        // such a mail the headers are told, and the rest is for a person.
        let read = catch_unwind(|| whole(raw));
        let mut message = read.unwrap_or_else(|_| Message {
            readable: false,
            ..headers_alone(raw)
        });
        message.bytes = bytes.len();
        message.identity.sha256 = hex(&Sha256::digest(bytes));
        message
    }

    /// Gives the first value of a header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Gives all values of a header by its lower-case name, in order.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Gives the author: the first `From` with an address.
    pub fn author(&self) -> Option<&Address> {
        self.from.first()
    }
}

/// Gives bytes with line ends that a parser knows: a lone CR, seen in practice, is one too.
fn line_ends(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.contains(&b'\n') || !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    let ended = bytes.iter().map(|b| if *b == b'\r' { b'\n' } else { *b });
    Cow::Owned(ended.collect())
}

/// Gives the length of what may stand before the first header: blank lines, and the `From ` line of
/// an mbox.
fn preamble(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        let line = rest.iter().position(|b| *b == b'\n').map(|end| end + 1);
        let blank = matches!(rest, [b'\n', ..] | [b'\r', b'\n', ..]);
        let envelope = rest.starts_with(b"From ") || rest.starts_with(b">From ");
        match line {
            Some(end) if blank || envelope => at += end,
            _ => break,
        }
    }
    at
}

/// The view of a mail's header, up to its blank line; nothing if that cannot be read either.
fn headers_alone(raw: &[u8]) -> Message {
    let read = catch_unwind(|| {
        let parsed = MessageParser::default().parse_headers(raw);
        parsed.map(|parsed| view(&parsed, 0)).unwrap_or_default()
    });
    read.unwrap_or_default()
}

/// Says whether nested messages would exhaust the stack when dropped: each level is a call.
fn is_bomb(raw: &[u8]) -> bool {
    const MARKS: [&[u8]; 3] = [b"message/rfc822", b"message/global", b"multipart/digest"];
    let slashes = raw.iter().enumerate().filter(|(_, b)| **b == b'/');
    let marks = slashes.filter(|(at, _)| {
        MARKS.iter().any(|mark| {
            let before = mark.iter().position(|b| *b == b'/').unwrap_or_default();
            at.checked_sub(before)
                .and_then(|start| raw.get(start..start + mark.len()))
                .is_some_and(|found| found.eq_ignore_ascii_case(mark))
        })
    });
    marks.count() > NESTED_MARKS_MAX
}

/// Gives the view of a parsed message, attached ones included down to their depth limit.
fn view(parsed: &Parsed<'_>, depth: usize) -> Message {
    let mut message = Message {
        bytes: parsed.raw_message.len(),
        ..Message::default()
    };
    let raw_of = |header: &Header<'_>| -> &[u8] {
        parsed
            .raw_message
            .get(header.offset_start as usize..header.offset_end as usize)
            .unwrap_or_default()
    };
    for header in parsed.headers() {
        let name = header.name.as_str().to_ascii_lowercase();
        message.headers.push((name, headers::text(raw_of(header))));
    }
    message.readable = message.headers.iter().any(|(name, _)| is_header_name(name));
    let first = |name: HeaderName<'static>| parsed.headers().iter().find(|h| h.name == name);
    let list = |name: HeaderName<'static>| -> Vec<Address> {
        first(name).map_or_else(Vec::new, |header| headers::addresses(raw_of(header)))
    };
    message.from = list(HeaderName::From);
    message.sender = list(HeaderName::Sender).into_iter().next();
    message.reply_to = list(HeaderName::ReplyTo);
    message.to = list(HeaderName::To);
    message.cc = list(HeaderName::Cc);
    message.subject = message.header("subject").unwrap_or_default().to_owned();
    let ids = |message: &Message, name: &str| -> Vec<String> {
        message.header(name).map_or_else(Vec::new, headers::ids)
    };
    message.in_reply_to = ids(&message, "in-reply-to");
    message.references = ids(&message, "references");
    message.message_id = ids(&message, "message-id").into_iter().next();
    message.return_path = return_path(message.header("return-path"));
    message.date = first(HeaderName::Date)
        .and_then(|header| header.value.as_datetime())
        .and_then(timestamp);
    message.received = first(HeaderName::Received)
        .and_then(|header| header.value.as_received())
        .and_then(|received| received.date.as_ref())
        .and_then(timestamp);
    let mut walk = body::Walk {
        parsed,
        depth,
        seen: 0,
        view: &mut message,
        report: Vec::new(),
    };
    walk.run();
    let report = walk.report;
    if depth == 0 {
        message.dsn = dsn::read(&message, &report);
    }
    identify(&mut message);
    message
}

/// Says whether a name is one that messages have; text that happens to hold a colon is none.
fn is_header_name(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "sender",
        "reply-to",
        "received",
        "message-id",
        "return-path",
        "mime-version",
        "content-type",
        "delivered-to",
        "in-reply-to",
    ];
    KNOWN.contains(&name) || name.starts_with("x-") && !name.contains(' ')
}

fn return_path(value: Option<&str>) -> ReturnPath {
    let Some(value) = value else {
        return ReturnPath::Missing;
    };
    let inner = value.split_once('<').map_or(value, |(_, rest)| rest);
    let path = inner.split_once('>').map_or(inner, |(path, _)| path).trim();
    if path.is_empty() {
        ReturnPath::Null
    } else {
        ReturnPath::Path(path.to_lowercase())
    }
}

fn timestamp(date: &mail_parser::DateTime) -> Option<Timestamp> {
    if !date.is_valid() {
        return None;
    }
    Timestamp::from_second(date.to_timestamp()).ok()
}

/// Fills in the hashes by which the same mail is known again.
fn identify(message: &mut Message) {
    let mut content = Sha256::new();
    for author in &message.from {
        content.update(author.email.as_bytes());
        content.update(b"\0");
    }
    content.update(message.header("date").unwrap_or_default().as_bytes());
    content.update(b"\0");
    content.update(message.text.as_bytes());
    for calendar in &message.calendars {
        content.update(b"\0");
        content.update(calendar.1.as_bytes());
    }
    message.identity.content = hex(&content.finalize());
    message.identity.message_id = message.message_id.as_ref().map(|id| id_hash(id));
}

/// Gives the hash by which a Message-ID is recorded: SHA-256 of it without brackets, hex.
pub fn id_hash(message_id: &str) -> String {
    hex(&Sha256::digest(message_id.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
