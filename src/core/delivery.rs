//! What passes between render, smtp and the spines.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalogue::AttachedFile;
use super::person::Address;

/// A letter in words: what render gives and compose takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Subject, one line.
    pub subject: String,
    /// The text alternative, LF line ends.
    pub text: String,
    /// The HTML alternative.
    pub html: String,
    /// iCalendar object with its METHOD (`REQUEST`, `CANCEL`), CRLF line ends; several only as attachments.
    pub calendars: Vec<RenderedCalendar>,
    /// Small files made on the spot (CSV lists): name, content type, bytes.
    pub files: Vec<(String, String, Vec<u8>)>,
    /// The organiser's own files, by hash.
    pub attachments: Vec<AttachedFile>,
}

/// One iCalendar object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedCalendar {
    /// `REQUEST` or `CANCEL`; equal to the METHOD inside.
    pub method: String,
    /// File name of the attachment.
    pub name: String,
    /// True if it also stands in the alternative, so that the receiver's client shows it.
    pub inline: bool,
    /// The object.
    pub ics: String,
}

/// The headers of a letter that do not come from its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `From` and envelope sender: the mailbox, with the organisation's name for registrations.
    pub from: Address,
    /// The one recipient (a digest may have several, each its own letter).
    pub to: Address,
    /// Message-ID without brackets.
    pub message_id: String,
    /// `Date`.
    pub date: Timestamp,
    /// IANA zone in which `Date` is written.
    pub timezone: String,
    /// `In-Reply-To` without brackets.
    pub in_reply_to: Option<String>,
    /// `References` without brackets.
    pub references: Vec<String>,
    /// `auto-replied` or `auto-generated` (RFC 3834 §5).
    pub auto_submitted: &'static str,
    /// Root for MIME boundaries: the letter's token.
    pub boundary: String,
}

/// A mail ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Envelope sender (RFC 5321 reverse-path).
    pub from: String,
    /// Envelope recipient.
    pub to: String,
    /// Message-ID without brackets.
    pub message_id: String,
    /// The whole message, CRLF, 7-bit.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
}

/// What a refusal or deferral concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concerns {
    /// This reply (RCPT, or after the final dot).
    Reply,
    /// The server (greeting, EHLO, STARTTLS, AUTH, MAIL, no connection): every reply waits.
    Server,
    /// Our credentials.
    Credentials,
}

/// The outcome of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "delivery", rename_all = "snake_case")]
pub enum Delivery {
    /// 2xx after the final dot.
    Accepted {
        /// The server's first line, cut to 200 characters.
        response: String,
    },
    /// Try again later.
    Deferred {
        /// What it concerns.
        concerns: Concerns,
        /// What the server said.
        response: String,
    },
    /// Given up: 5xx to RCPT or after DATA.
    Refused {
        /// What the server said.
        response: String,
    },
    /// Connection lost after DATA: may or may not have been taken.
    Uncertain {
        /// What happened.
        response: String,
    },
}
