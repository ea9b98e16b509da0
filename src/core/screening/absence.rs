//! Absence messages, read receipts and challenges, by header, subject and words.
//!
//! Half of all absence messages bear no header that says so; then words must say it twice: that the
//! writer is away now, and what such messages say besides. A person who writes that they will be
//! away asks for something, and that makes it a person's mail.

use std::cell::OnceCell;

use super::super::message::Message;
use super::super::unquote::unquote;
use super::ReturnPath;
use super::words::{plain, words};

/// How much of a body is looked at, in characters: the away-words stand at its beginning.
const BODY_CHARS_MAX: usize = 1200;

/// What a mail's subject and first words tell; the words are read once, and only if asked for.
pub struct Clues<'a> {
    message: &'a Message,
    /// The subject folded, as it stands.
    subject: String,
    /// The same without `Re:` and `[tags]`.
    bare: String,
    text: OnceCell<String>,
}

impl<'a> Clues<'a> {
    /// Takes a mail's clues.
    pub fn of(message: &'a Message) -> Clues<'a> {
        Clues {
            message,
            subject: plain(&message.subject),
            bare: bare_subject(&message.subject),
            text: OnceCell::new(),
        }
    }

    /// Gives the beginning of what was newly written, folded.
    fn text(&self) -> &str {
        self.text.get_or_init(|| {
            let head = self.head();
            let parts = unquote(&head);
            let new = if parts.new.trim().is_empty() {
                &head
            } else {
                &parts.new
            };
            plain(&new.chars().take(BODY_CHARS_MAX).collect::<String>())
        })
    }

    /// Gives the beginning of the text as it stands.
    fn head(&self) -> String {
        self.message.text.chars().take(BODY_CHARS_MAX * 2).collect()
    }

    fn begins(&self, starts: &[String]) -> bool {
        starts
            .iter()
            .any(|start| self.bare.starts_with(start.as_str()))
    }

    /// Says whether subject or words speak of an absence, for a mail that is known to be automatic.
    pub fn say_absent(&self) -> bool {
        let named = &words().absence;
        self.begins(&named.subjects) || by_header(self.message) || named.away.are_in(self.text())
    }

    /// Says whether subject or words alone make it an absence message.
    pub fn prove_absent(&self) -> bool {
        const SHORT_BYTES: usize = 40;
        let named = &words().absence;
        let titled = self.begins(&named.subjects);
        if titled && self.is_sure_subject() {
            return true;
        }
        // Most mails hold no such word at all; then nothing needs to be taken apart.
        if !titled && !named.away.are_in(&plain(&self.head())) {
            return false;
        }
        let text = self.text();
        let away = named.away.are_in(text);
        if !titled && !away {
            return false;
        }
        let besides = named.besides.are_in(text);
        let asks = named.asks.are_in(text);
        // « Absence le 3 octobre » may be a person's subject.
        let enough = if titled {
            away || besides || text.len() < SHORT_BYTES
        } else {
            besides
        };
        enough && !asks
    }

    /// Says whether the subject is one that no person writes.
    fn is_sure_subject(&self) -> bool {
        const AUTOMATIC: &[&str] = &[
            "auto",
            "réponse auto",
            "reponse auto",
            "message auto",
            "respuesta auto",
            "risposta auto",
            "messaggio auto",
            "mensaje auto",
            "resposta auto",
            "out of office",
            "out-of-office",
            "vacation",
        ];
        // A person who answers such a message keeps its subject behind « Re : ».
        let answered = self.subject.starts_with("re:") || self.subject.starts_with("re :");
        !answered && AUTOMATIC.iter().any(|start| self.bare.starts_with(start))
    }

    /// Says whether it is a read receipt (RFC 8098), declared or in some program's words.
    pub fn are_receipt(&self) -> bool {
        let named = &words().receipt;
        let kind = self.message.header("content-type").unwrap_or_default();
        let declared = kind.to_lowercase().contains("disposition-notification");
        let mut parts = self.message.attachments.iter();
        let titled = named
            .subjects
            .iter()
            .any(|start| self.subject.starts_with(start.as_str()));
        declared
            || parts.any(|part| part.content_type == "message/disposition-notification")
            || titled && named.bodies.are_in(self.text())
    }

    /// Says whether some service asks the sender to prove to be a person.
    pub fn are_challenge(&self) -> bool {
        let named = &words().challenge;
        let links = self.message.text.contains("http") || self.message.from_html;
        let machine = self.message.return_path == ReturnPath::Null
            || super::auto_submitted(self.message).is_some_and(|keyword| keyword != "no");
        self.begins(&named.subjects) && (links || named.bodies.are_in(self.text()))
            || machine && named.bodies.are_in(self.text())
    }
}

/// Says whether a header that only answering machines set is there.
pub fn by_header(message: &Message) -> bool {
    let named = &words().absence;
    let set = |name: &str| {
        message
            .header(name)
            .is_some_and(|value| !value.trim().eq_ignore_ascii_case("no"))
    };
    let value_of = |name: &str| message.header(name).unwrap_or_default().to_lowercase();
    let suppress = value_of("x-auto-response-suppress");
    // Exchange's own absence messages bear both; people's mail through a rule only the loop mark.
    let exchange =
        message.header("x-ms-exchange-inbox-rules-loop").is_some() && suppress.contains("all");
    named.headers.iter().any(|name| set(name))
        || exchange
        || value_of("precedence").contains("auto_reply")
        || value_of("x-post-messageclass").contains("autoresponder")
        || value_of("x-autoreply-type").contains("vacation")
        || value_of("x-mailer").contains("vacation")
        || value_of("x-fc-machinegenerated") == "true"
}

/// Takes `Re:` and `[tags]` off a subject.
fn bare_subject(subject: &str) -> String {
    const MARKS_MAX: usize = 4;
    let mut bare = plain(subject);
    for _ in 0..MARKS_MAX {
        let trimmed = bare.trim_start();
        let cut = [
            "re:",
            "re :",
            "ré:",
            "ré :",
            "aw:",
            "rif:",
            "r:",
            "***",
            "[external]",
            "[ext]",
        ]
        .iter()
        .find_map(|mark| trimmed.strip_prefix(mark))
        .or_else(|| {
            let inner = trimmed.strip_prefix('[')?;
            inner.split_once(']').map(|(_, rest)| rest)
        });
        match cut {
            Some(rest) => bare = rest.trim_start().to_owned(),
            None => break,
        }
    }
    bare.trim_start().to_owned()
}
