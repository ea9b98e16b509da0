//! How a command failed, in words that hold nothing of a mail, a password or an address.

use crate::mailbox::{MailboxError, MailboxErrorKind};

/// Longest piece of a server's text that is kept.
const TEXT_CHARS_MAX: usize = 160;

/// How a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connection is gone, silent or out of step.
    Lost(String),
    /// Tagged NO: the server refuses; the connection is in step.
    No(String),
    /// Tagged BAD: the server does not understand; the connection is in step.
    Bad(String),
}

impl Failure {
    fn text(&self) -> &str {
        match self {
            Failure::Lost(text) | Failure::No(text) | Failure::Bad(text) => text,
        }
    }

    /// Says whether the server answered with this code (RFC 5530).
    pub fn has_code(&self, code: &str) -> bool {
        self.text()
            .to_ascii_uppercase()
            .contains(&format!("[{code}]"))
    }

    /// Says whether the server itself calls it temporary (RFC 5530 §3), or the connection is lost.
    pub fn is_temporary(&self) -> bool {
        const CODES: [&str; 5] = ["UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA", "SERVERBUG"];
        matches!(self, Failure::Lost(_)) || CODES.iter().any(|code| self.has_code(code))
    }

    /// As an error of the edge; trying again may help.
    pub fn during(self, what: &str) -> MailboxError {
        MailboxError {
            what: format!("{what}: {}", self.text()),
            kind: MailboxErrorKind::Transient,
        }
    }
}

/// Keeps the kind of an error only: the library's text may hold a whole mail.
pub(super) fn lost(error: impl Into<async_imap::error::Error>) -> Failure {
    Failure::Lost(match error.into() {
        async_imap::error::Error::Io(error) if error.kind() == std::io::ErrorKind::Other => {
            "the server's answer cannot be understood".to_owned()
        }
        async_imap::error::Error::Io(error) => format!("connection lost ({})", error.kind()),
        async_imap::error::Error::ConnectionLost => "connection lost".to_owned(),
        _ => "the server's answer cannot be understood".to_owned(),
    })
}

/// Cuts a server's text, and blanks addresses in it.
pub(super) fn cut(text: &str) -> String {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word })
        .collect();
    words.join(" ").chars().take(TEXT_CHARS_MAX).collect()
}
