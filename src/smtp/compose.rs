//! A letter in words → the bytes of a mail, the same bytes each time.
//!
//! Invariants: no clock and no randomness (Date, Message-ID and boundaries are arguments); 7-bit, CRLF;
//! nothing that comes from a mail can make a header of its own. The shape is
//! `mixed { alternative { text, html, calendar }, invite.ics, files }`, without `mixed` when there is
//! nothing to attach.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MessageId,
};
use lettre::message::{Attachment, Body, Mailbox, Message, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use crate::core::delivery::{Envelope, Outgoing, Rendered, RenderedCalendar};
use crate::core::person::Address;

/// Largest mail without its attached files: Gmail clips what is longer, and no letter of ours needs it.
pub const BODY_BYTES_MAX: usize = 100 * 1024;

/// Longest display name, in characters: a name is the only text in a header that a sender controls.
const NAME_CHARS_MAX: usize = 80;

/// Longest subject, in characters: longer ones are cut by every client.
const SUBJECT_CHARS_MAX: usize = 200;

/// Longest addr-spec (RFC 5321 §4.5.3.1.3: a path of 256 octets with its brackets).
const ADDRESS_BYTES_MAX: usize = 254;

/// Longest Message-ID that is still referred to: a header line ends at 998 octets (RFC 5322 §2.1.1)
/// and an id cannot be folded.
const ID_BYTES_MAX: usize = 900;

/// Most ids in References: the first and the last ones name the thread as well as all would.
const REFERENCES_MAX: usize = 20;

/// Why a letter cannot be composed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// An address cannot stand in a 7-bit mail; the address itself is not shown.
    #[error("the {0} address cannot be written to")]
    Address(&'static str),
    /// The letter without its files is longer than [`BODY_BYTES_MAX`].
    #[error("the letter is {0} bytes long without its files, {BODY_BYTES_MAX} are allowed")]
    TooLong(usize),
    /// The bytes of an attached file are not there.
    #[error("the attached file `{0}` is missing")]
    FileMissing(String),
    /// The Message-ID or the boundary is not one.
    #[error("the letter's own {0} is not usable")]
    Token(&'static str),
    /// The library refused it.
    #[error("the letter cannot be composed: {0}")]
    Refused(String),
}

/// Composes a mail. `files` gives the bytes of an attached file by its SHA-256.
///
/// # Errors
/// [`ComposeError`]: none of them goes away by trying again.
pub fn compose(
    rendered: &Rendered,
    envelope: &Envelope,
    files: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Outgoing, ComposeError> {
    let from = mailbox(&envelope.from).ok_or(ComposeError::Address("sender's"))?;
    let to = mailbox(&envelope.to).ok_or(ComposeError::Address("recipient's"))?;
    let message_id = checked_id(&envelope.message_id).ok_or(ComposeError::Token("Message-ID"))?;
    if envelope.boundary.is_empty()
        || envelope.boundary.len() > 40
        || !envelope.boundary.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Err(ComposeError::Token("boundary"));
    }
    let (sender, recipient) = (from.email.to_string(), to.email.to_string());
    let smtp = lettre::address::Envelope::new(Some(from.email.clone()), vec![to.email.clone()])
        .map_err(|error| ComposeError::Refused(error.to_string()))?;
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .envelope(smtp)
        .subject(one_line(&rendered.subject, SUBJECT_CHARS_MAX))
        .raw_header(date(envelope.date, &envelope.timezone))
        .header(MessageId::from(format!("<{message_id}>")));
    if let Some(id) = envelope.in_reply_to.as_deref().and_then(checked_id) {
        builder = builder.in_reply_to(format!("<{id}>"));
    }
    if let Some(ids) = references(&envelope.references) {
        builder = builder.references(ids);
    }
    builder = builder
        .raw_header(plain("Auto-Submitted", envelope.auto_submitted))
        .raw_header(plain("X-Auto-Response-Suppress", "OOF, AutoReply"));

    let attached = attachments(rendered, &files)?;
    let body = alternative(rendered, &envelope.boundary)?;
    let attached_bytes: usize = attached.iter().map(|part| part.formatted().len()).sum();
    let message = if attached.is_empty() {
        match body {
            Shape::One(part) => builder.singlepart(part),
            Shape::Many(parts) => builder.multipart(parts),
        }
    } else {
        let mixed = MultiPart::mixed().boundary(format!("guichet-m-{}", envelope.boundary));
        let mut mixed = match body {
            Shape::One(part) => mixed.singlepart(part),
            Shape::Many(parts) => mixed.multipart(parts),
        };
        for part in attached {
            mixed = mixed.singlepart(part);
        }
        builder.multipart(mixed)
    };
    let bytes = message
        .map_err(|error| ComposeError::Refused(error.to_string()))?
        .formatted();
    let outgoing = finish(bytes, attached_bytes, envelope)?;
    Ok(Outgoing {
        from: sender,
        to: recipient,
        ..outgoing
    })
}

/// The alternative, or its only part.
enum Shape {
    One(SinglePart),
    Many(MultiPart),
}

fn finish(
    bytes: Vec<u8>,
    attached_bytes: usize,
    envelope: &Envelope,
) -> Result<Outgoing, ComposeError> {
    let own = bytes.len().saturating_sub(attached_bytes);
    if own > BODY_BYTES_MAX {
        return Err(ComposeError::TooLong(own));
    }
    if !bytes.is_ascii() {
        return Err(ComposeError::Refused("not 7-bit".to_owned()));
    }
    let sha256 = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Outgoing {
        from: envelope.from.email.clone(),
        to: envelope.to.email.clone(),
        message_id: envelope.message_id.clone(),
        bytes,
        sha256,
    })
}

fn alternative(rendered: &Rendered, boundary: &str) -> Result<Shape, ComposeError> {
    let text = text_part("text/plain; charset=utf-8", &rendered.text)?;
    let inline = rendered.calendars.iter().find(|calendar| calendar.inline);
    if rendered.html.is_empty() && inline.is_none() {
        return Ok(Shape::One(text));
    }
    let mut parts = MultiPart::alternative()
        .boundary(format!("guichet-a-{boundary}"))
        .singlepart(text);
    if !rendered.html.is_empty() {
        parts = parts.singlepart(text_part("text/html; charset=utf-8", &rendered.html)?);
    }
    if let Some(calendar) = inline {
        let method = method(calendar)?;
        parts = parts.singlepart(text_part(
            &format!("text/calendar; charset=utf-8; method={method}"),
            &calendar.ics,
        )?);
    }
    Ok(Shape::Many(parts))
}

/// The MIME method must equal the METHOD inside (RFC 6047 §2.4); a token, since it stands in a header.
fn method(calendar: &RenderedCalendar) -> Result<&str, ComposeError> {
    let method = calendar.method.as_str();
    if method.is_empty() || !method.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(ComposeError::Token("calendar method"));
    }
    Ok(method)
}

fn attachments(
    rendered: &Rendered,
    files: &impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<SinglePart>, ComposeError> {
    let mut parts = Vec::new();
    for calendar in &rendered.calendars {
        let bytes = crlf(&calendar.ics).into_bytes();
        parts.push(file_part(&calendar.name, "application/ics", bytes)?);
    }
    for (name, content_type, bytes) in &rendered.files {
        parts.push(file_part(name, content_type, bytes.clone())?);
    }
    for file in &rendered.attachments {
        let bytes =
            files(&file.sha256).ok_or_else(|| ComposeError::FileMissing(file.name.clone()))?;
        parts.push(file_part(&file.name, &file.content_type, bytes)?);
    }
    Ok(parts)
}

/// Quoted-printable always: readable in the raw mail, and `-- ` and long lines survive every relay.
fn text_part(content_type: &str, text: &str) -> Result<SinglePart, ComposeError> {
    let body = Body::new_with_encoding(crlf(text), ContentTransferEncoding::QuotedPrintable)
        .map_err(|_text| ComposeError::Refused("a text part".to_owned()))?;
    Ok(SinglePart::builder()
        .header(parsed_type(content_type)?)
        .body(body))
}

fn file_part(name: &str, content_type: &str, bytes: Vec<u8>) -> Result<SinglePart, ComposeError> {
    let name = file_name(name);
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let composite = kind.starts_with("multipart/") || kind.starts_with("message/");
    // A message may not be encoded (RFC 2046 §5.2.1): it goes as it is if it is fit for 7-bit, else as a file.
    let bytes = if kind == "message/rfc822" {
        with_crlf(bytes)
    } else {
        bytes
    };
    if kind == "message/rfc822" && is_seven_bit(&bytes) {
        let body = Body::dangerous_pre_encoded(bytes, ContentTransferEncoding::SevenBit);
        return Ok(Attachment::new(name).body(body, parsed_type(kind)?));
    }
    let kind = if composite {
        parsed_type("application/octet-stream")?
    } else {
        parsed_type(content_type).or_else(|_| parsed_type("application/octet-stream"))?
    };
    let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64)
        .map_err(|_bytes| ComposeError::Refused("a file".to_owned()))?;
    Ok(Attachment::new(name).body(body, kind))
}

/// A mail whose lines end in LF alone, as one in a Maildir, with CRLF; any other as it is.
fn with_crlf(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.contains(&b'\r') {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for byte in bytes {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

/// ASCII without NUL, CRLF line ends only, no line over 998 octets (RFC 5322 §2.1.1).
fn is_seven_bit(bytes: &[u8]) -> bool {
    bytes.is_ascii()
        && !bytes.contains(&0)
        && bytes.split(|&b| b == b'\n').all(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            line.len() <= 998 && !line.contains(&b'\r')
        })
        && bytes
            .iter()
            .zip(std::iter::once(&b'\n').chain(bytes))
            .all(|(&b, &before)| b != b'\n' || before == b'\r')
}

fn parsed_type(content_type: &str) -> Result<ContentType, ComposeError> {
    if content_type.chars().any(char::is_control) || !content_type.is_ascii() {
        return Err(ComposeError::Refused("a content type".to_owned()));
    }
    ContentType::parse(content_type)
        .map_err(|_error| ComposeError::Refused("a content type".to_owned()))
}

/// Local time with its offset, as a person writes it. The library replaces a Date that it cannot parse by
/// the present, and parses UTC alone: it is given that beside what is written.
fn date(at: Timestamp, timezone: &str) -> HeaderValue {
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    let local = at
        .to_zoned_datetime(zone)
        .strftime("%a, %d %b %Y %H:%M:%S %z")
        .to_string();
    let utc = at
        .to_zoned_datetime(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string();
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str("Date"), utc, local)
}

fn plain(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(
        HeaderName::new_from_ascii_str(name),
        one_line(value, SUBJECT_CHARS_MAX),
    )
}

fn references(ids: &[String]) -> Option<String> {
    let ids: Vec<&str> = ids.iter().filter_map(|id| checked_id(id)).collect();
    let from_end = ids.len().saturating_sub(REFERENCES_MAX - 1);
    let kept: Vec<String> = ids
        .iter()
        .take(1)
        .chain(ids.iter().skip(from_end.max(1)))
        .map(|id| format!("<{id}>"))
        .collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}

/// Gives an id that can stand between brackets as it is; another client's odd one is left out rather
/// than changed, since a changed id names no mail.
fn checked_id(id: &str) -> Option<&str> {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    let fit = !id.is_empty()
        && id.len() <= ID_BYTES_MAX
        && id
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    fit.then_some(id)
}

/// Addresses as they are met: the library's parser refuses real ones (`a..b@orange.fr`), so what could
/// break a header or an SMTP command is refused here, and nothing else.
fn mailbox(address: &Address) -> Option<Mailbox> {
    let email = address.email.as_str();
    let (local, domain) = email.rsplit_once('@')?;
    let domain = a_label(domain)?;
    let email = format!("{local}@{domain}");
    let fit = !local.is_empty()
        && !domain.is_empty()
        && email.len() <= ADDRESS_BYTES_MAX
        && email.bytes().all(|b| b.is_ascii_graphic())
        && !local.contains(['<', '>', '(', ')', ',', ';', ':', '"', '\\', '@', '[', ']'])
        && !domain.contains(['<', '>', '(', ')', ',', ';', '"', '\\'])
        && (!domain.contains(['[', ']', ':']) || is_literal(&domain));
    if !fit {
        return None;
    }
    let name = address
        .name
        .as_deref()
        .map(|name| one_line(name, NAME_CHARS_MAX))
        .filter(|name| !name.is_empty());
    Some(Mailbox::new(
        name,
        lettre::Address::new_dangerous(local, domain),
    ))
}

/// A domain as servers know it: one beyond ASCII becomes its A-label (RFC 5890 §2.3.2.1).
fn a_label(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        return Some(domain.to_owned());
    }
    idna::domain_to_ascii(domain).ok()
}

/// `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3).
fn is_literal(domain: &str) -> bool {
    domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|inner| !inner.contains(['[', ']']))
}

/// One line without controls, without marks that turn the direction of writing or hide, and without the
/// beginning of an encoded word (RFC 2047 §2), which a client would decode.
fn one_line(text: &str, chars_max: usize) -> String {
    let cleaned: String = text
        .chars()
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .filter(|c| {
            !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        })
        .collect();
    let words: Vec<&str> = cleaned.split_whitespace().collect();
    let line: String = words.join(" ").replace("=?", "= ?");
    line.chars()
        .take(chars_max)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

fn file_name(name: &str) -> String {
    let name: String = one_line(name, NAME_CHARS_MAX)
        .chars()
        .map(|c| {
            if matches!(c, '/' | '\\' | '"') {
                '_'
            } else {
                c
            }
        })
        .collect();
    if name.is_empty() {
        "file".to_owned()
    } else {
        name
    }
}

/// CRLF line ends, and no control besides TAB.
fn crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\t') {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = tail.chars();
        match chars.next() {
            Some('\r') => {
                out.push_str("\r\n");
                rest = chars.as_str();
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                continue;
            }
            Some('\n') => out.push_str("\r\n"),
            _ => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}
