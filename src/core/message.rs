//! Our view of one RFC 5322 message; the only core file that names mail-parser.
//!
//! Whatever the bytes are, [`Message::parse`] gives a view: what cannot be read is empty and
//! `readable` is false.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::person::Address;

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
        let _bytes = bytes;
        Message::default()
    }

    /// Gives the first value of a header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Gives the author: the first `From` with an address.
    pub fn author(&self) -> Option<&Address> {
        self.from.first()
    }
}
