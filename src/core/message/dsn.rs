//! Delivery reports: RFC 3464 and whatever else mail servers write in their own words.
//!
//! A structured report says all. Else several signs must come together (who writes, what the subject
//! and the text say), because people forward such reports and write about them; and the failed
//! address is looked for where servers put it: after a line that announces it, before a colon, in
//! angle brackets at the beginning of a line.

use super::super::screening::words::{Bounce, plain, words};
use super::{Dsn, Message, ReturnPath, headers};

/// How much of a report's text is looked at, in bytes: the returned mail follows.
const TEXT_BYTES_MAX: usize = 16 << 10;
/// Most recipients taken of one report.
const RECIPIENTS_MAX: usize = 100;
/// Most filled lines between an announcement and its addresses.
const NEAR_LINES: usize = 4;

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

/// Says whether a text holds the fields of a report by itself (OpenSMTPD, WorkMail).
fn has_fields(text: &str) -> bool {
    const LINES_MAX: usize = 400;
    let begins = |line: &str, name: &str| {
        let start = line.trim_start().get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let has = |name: &str| text.lines().take(LINES_MAX).any(|line| begins(line, name));
    has("final-recipient:") && (has("action:") || has("status:"))
}

/// The fields of RFC 3464 §2.3, over all recipients.
#[derive(Default)]
struct Fields {
    recipients: Vec<String>,
    status: Option<String>,
    permanent: Option<bool>,
    delayed: bool,
    delivered: bool,
}

/// The fields of one recipient.
#[derive(Default)]
struct Group {
    finals: Option<String>,
    original: Option<String>,
    action: String,
    status: Option<String>,
}

impl Fields {
    fn read(text: &str) -> Fields {
        let mut fields = Fields::default();
        let mut group = Group::default();
        for line in unfolded(text) {
            let Some((name, value)) = line.split_once(':') else {
                if line.trim().is_empty() {
                    fields.close(std::mem::take(&mut group));
                }
                continue;
            };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "final-recipient" => {
                    if group.finals.is_some() {
                        fields.close(std::mem::take(&mut group));
                    }
                    group.finals = typed_address(value);
                }
                "original-recipient" => group.original = typed_address(value),
                "x-actual-recipient" if group.finals.is_none() => {
                    group.finals = typed_address(value)
                }
                "action" => {
                    group.action = value
                        .split([' ', ';', '('])
                        .next()
                        .unwrap_or_default()
                        .to_ascii_lowercase()
                }
                "status" => group.status = enhanced_code(value),
                _ => {}
            }
        }
        fields.close(group);
        fields
    }

    fn close(&mut self, group: Group) {
        let Some(address) = group.finals.or(group.original) else {
            return;
        };
        let class = group
            .status
            .as_deref()
            .and_then(|status| status.chars().next());
        match group.action.as_str() {
            // A recipient that was reached beside one that was not is no failure.
            "delivered" | "relayed" | "expanded" => {
                self.delivered = self.recipients.is_empty();
                if !self.delivered {
                    return;
                }
            }
            "delayed" => self.delayed = true,
            "failed" => {
                if std::mem::take(&mut self.delivered) {
                    self.recipients.clear();
                }
                self.permanent = Some(true);
            }
            _ => match class {
                Some('4') => self.delayed = true,
                Some('5') => self.permanent = Some(true),
                _ => {}
            },
        }
        if self.delayed && self.permanent.is_none() {
            self.permanent = Some(false);
        }
        if self.status.is_none() {
            self.status = group.status;
        }
        if !self.recipients.contains(&address) && self.recipients.len() < RECIPIENTS_MAX {
            self.recipients.push(address);
        }
    }
}

/// Joins folded lines.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(last)
                if line.starts_with([' ', '\t'])
                    && !line.trim().is_empty()
                    && last.len() < 4000 =>
            {
                last.push_str(line)
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Reads `rfc822; address` (RFC 3464 §2.3.1); seen in practice: no type, brackets, xtext.
fn typed_address(value: &str) -> Option<String> {
    let address = value.rsplit_once(';').map_or(value, |(_, address)| address);
    first_address(&address.replace("+3D", "=").replace("+2B", "+"))
}

/// Gives the first address in a text.
fn first_address(text: &str) -> Option<String> {
    words_of(text).find_map(address)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '<' | '>'
                    | '('
                    | ')'
                    | '"'
                    | ','
                    | ';'
                    | '['
                    | ']'
                    | '{'
                    | '}'
                    | '\''
                    | '|'
                    | '«'
                    | '»'
                    | '='
            )
    })
}

fn address(word: &str) -> Option<String> {
    let word = word
        .trim_start_matches("mailto:")
        .trim_start_matches("rfc822:");
    let word = word.trim_matches([':', '.', '*', '!', '/']);
    let (_, domain) = word.split_once('@')?;
    let fits = domain.len() > 1
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    fits.then(|| headers::email(word)).flatten()
}

fn add(recipients: &mut Vec<String>, list: &str) {
    for address in words_of(list).filter_map(address) {
        if !recipients.contains(&address) && recipients.len() < RECIPIENTS_MAX {
            recipients.push(address);
        }
    }
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

/// Gives the server's own words: the text before the returned mail.
fn before_returned<'a>(text: &'a str, named: &Bounce) -> &'a str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let lower = plain(line.trim_matches(['-', ' ', '\n', '=', '*', ':']));
        let short = lower.len() < 90;
        let headers = [
            "received: ",
            "return-path: ",
            "message-id: ",
            "received:from",
        ]
        .iter()
        .any(|name| lower.starts_with(name));
        if end > 0
            && (headers
                || short
                    && line.trim_start().starts_with(['-', '=', '*'])
                    && named.returned.are_in(&lower))
            || end > TEXT_BYTES_MAX
        {
            break;
        }
        end += line.len();
    }
    text.get(..end).unwrap_or(text)
}

/// Looks for the failed addresses in the server's own words.
fn in_text(cut: &str, named: &Bounce, ignored: &[String]) -> Vec<String> {
    let mut strong: Vec<String> = Vec::new();
    let mut announced: Vec<String> = Vec::new();
    let mut leading: Vec<String> = Vec::new();
    let mut any: Vec<String> = Vec::new();
    let mut near = 0usize;
    for line in cut.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        let lower = plain(trimmed);
        let found: Vec<String> = words_of(trimmed)
            .filter_map(address)
            .filter(|a| !is_server(a))
            .collect();
        let leads = trimmed.trim_start_matches(['*', '-', '•', ' ', '\t', '"', '\'', '(', '.']);
        let first = found.first().cloned();
        let at_start = first.as_ref().is_some_and(|a| {
            leads
                .trim_start_matches(['<', '"'])
                .to_lowercase()
                .starts_with(a.as_str())
        });
        let bracketed = at_start && leads.starts_with('<');
        let named_here = named.intros.are_in(&lower);
        if let Some(address) = first {
            if lower.contains("rcpt to")
                || bracketed && (leads.contains(">:") || leads.ends_with('>'))
            {
                push(&mut strong, &address);
            } else if at_start && near > 0 || named_here {
                push(&mut announced, &address);
            } else if at_start {
                push(&mut leading, &address);
            }
            for address in &found {
                push(&mut any, address);
            }
        }
        near = if named_here {
            NEAR_LINES
        } else if at_start {
            near
        } else {
            near.saturating_sub(1)
        };
    }
    for list in [strong, announced, leading, any] {
        let kept: Vec<String> = list
            .iter()
            .filter(|a| !ignored.contains(a))
            .cloned()
            .collect();
        if !kept.is_empty() {
            return kept;
        }
    }
    Vec::new()
}

fn push(list: &mut Vec<String>, address: &str) {
    if list.len() < RECIPIENTS_MAX && !list.iter().any(|known| known == address) {
        list.push(address.to_owned());
    }
}

/// Says whether an address is a mail server's own.
fn is_server(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    local.starts_with("mailer-daemon") || local.is_empty()
}

/// Gives whom the returned mail was for.
fn returned_to(
    message: &Message,
    parts: &ReportParts,
    complaint: Option<&str>,
    ignored: &[String],
) -> Vec<String> {
    let mut found = Vec::new();
    for line in complaint.unwrap_or_default().lines() {
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("original-rcpt-to:") || lower.starts_with("removal-recipient:") {
            add(&mut found, line.split_once(':').map_or("", |(_, v)| v));
        }
    }
    for attached in &message.attached {
        let to = attached.to.iter().chain(&attached.cc);
        found.extend(to.map(|a| a.email.clone()));
    }
    let texts = parts
        .iter()
        .filter(|(kind, _)| kind.ends_with("headers"))
        .map(|(_, text)| text.as_str());
    for text in texts.chain([message.text.as_str()]) {
        if !found.is_empty() {
            break;
        }
        for line in unfolded(text) {
            let lower = line
                .get(..12)
                .unwrap_or(&line)
                .trim_start()
                .to_ascii_lowercase();
            if lower.starts_with("to:") || lower.starts_with("to :") {
                add(&mut found, &line);
            }
        }
    }
    let foreign: Vec<String> = found
        .iter()
        .filter(|a| !ignored.contains(a))
        .cloned()
        .collect();
    if foreign.is_empty() { found } else { foreign }
}

/// Finds an enhanced status code (RFC 3463): class 2, 4 or 5.
fn enhanced_code(text: &str) -> Option<String> {
    let odd = |c: char| !(c.is_ascii_digit() || c == '.');
    text.get(..TEXT_BYTES_MAX.min(text.len()))
        .unwrap_or(text)
        .split(odd)
        .find_map(|word| {
            let mut pieces = word.trim_matches('.').split('.');
            let (class, subject, detail) = (pieces.next()?, pieces.next()?, pieces.next()?);
            let fits = matches!(class, "2" | "4" | "5")
                && (1..=3).contains(&subject.len())
                && (1..=3).contains(&detail.len());
            (fits && pieces.next().is_none()).then(|| format!("{class}.{subject}.{detail}"))
        })
}

/// Says whether a server's three-digit refusal stands in a text.
fn has_smtp_code(text: &str) -> bool {
    text.lines().any(|line| {
        line.split(|c: char| !c.is_ascii_digit()).any(|word| {
            word.len() == 3
                && matches!(
                    word.as_bytes(),
                    [b'5', b'0' | b'5' | b'7', _] | [b'4', b'2' | b'5', _]
                )
        })
    })
}

fn is_delay(message: &Message, cut: &str, named: &Bounce, status: Option<&str>) -> bool {
    let text = plain(&format!("{} {cut}", message.subject));
    named.delays.are_in(&text)
        || status.is_some_and(|status| status.starts_with('4'))
            && !text.contains("given up")
            && !text.contains("permanent")
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
