//! Absence messages, read receipts and challenges, by header, subject and words.
//!
//! Half of all absence messages bear no header that says so; then words must say it twice: that the
//! writer is away now, and what such messages say besides. A person who writes that they will be
//! away asks for something, and that makes it a person's mail.

use super::super::message::Message;
use super::super::unquote::unquote;
use super::words::{holds, plain, words};

/// How much of a body is looked at: the away-words stand at its beginning.
const BODY_CHARS_MAX: usize = 1200;
/// Longest body that words alone make an absence message; people write longer ones.
const WORDS_ONLY_CHARS_MAX: usize = 1500;

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

/// Says whether subject or words speak of an absence, for a mail that is known to be automatic.
pub fn says_so(message: &Message) -> bool {
    let named = &words().absence;
    by_subject(message) || holds(&beginning(message), &named.away) || by_header(message)
}

/// Says whether subject or words alone make it an absence message.
pub fn by_words(message: &Message) -> bool {
    let named = &words().absence;
    let text = beginning(message);
    let asks = holds(&text, &named.asks);
    let away = holds(&text, &named.away);
    let besides = holds(&text, &named.besides);
    if by_subject(message) {
        // « Absence le 3 octobre » may be a person's subject; « Réponse automatique : » is not.
        return is_sure_subject(message) || !asks && (away || besides || text.len() < 40);
    }
    let own = text.chars().count() <= WORDS_ONLY_CHARS_MAX;
    own && away && besides && !asks
}

/// Says whether the subject begins like one.
fn by_subject(message: &Message) -> bool {
    let named = &words().absence;
    let subject = bare_subject(&message.subject);
    named
        .subjects
        .iter()
        .any(|start| subject.starts_with(start.as_str()))
}

/// Says whether the subject is one that no person writes.
fn is_sure_subject(message: &Message) -> bool {
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
    let subject = bare_subject(&message.subject);
    let raw = plain(&message.subject);
    // A person who answers such a message keeps its subject behind « Re : ».
    let answered = raw.starts_with("re:") || raw.starts_with("re :");
    !answered && AUTOMATIC.iter().any(|start| subject.starts_with(start))
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

/// Gives the beginning of what was newly written, folded.
fn beginning(message: &Message) -> String {
    let head: String = message.text.chars().take(BODY_CHARS_MAX * 2).collect();
    let parts = unquote(&head);
    let new = if parts.new.trim().is_empty() {
        &head
    } else {
        &parts.new
    };
    let text: String = new.chars().take(BODY_CHARS_MAX).collect();
    plain(&text)
}

/// Says whether it is a read receipt (RFC 8098), declared or in some program's words.
pub fn is_receipt(message: &Message) -> bool {
    let declared = message
        .header("content-type")
        .is_some_and(|value| value.to_lowercase().contains("disposition-notification"));
    let part = message
        .attachments
        .iter()
        .any(|part| part.content_type == "message/disposition-notification");
    let named = &words().receipt;
    let subject = plain(&message.subject);
    let titled = named
        .subjects
        .iter()
        .any(|start| subject.starts_with(start.as_str()));
    declared || part || titled && holds(&beginning(message), &named.bodies)
}

/// Says whether some service asks the sender to prove to be a person.
pub fn is_challenge(message: &Message) -> bool {
    let named = &words().challenge;
    let subject = bare_subject(&message.subject);
    let titled = named
        .subjects
        .iter()
        .any(|start| subject.starts_with(start.as_str()));
    let told = holds(&beginning(message), &named.bodies);
    let links = message.text.contains("http") || message.from_html;
    titled && (told || links)
        || told && super::auto_submitted(message).is_some_and(|keyword| keyword != "no")
        || told && message.return_path == super::ReturnPath::Null
}
