//! RFC 3834 and its kin: may a machine register from this mail, and may a machine answer it?
//!
//! Two verdicts, never one: a registration relayed by a list counts, but is answered by a machine
//! only if that List-Id is our own contact address.

use super::message::{Dsn, Message, ReturnPath};
use super::organisation::Organisation;
use super::person::{Address, domain_of, organisational_domain};

mod absence;
mod calendar;
mod lists;
mod sender;
pub mod words;

/// Who wrote this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writer {
    /// A person, as far as can be seen.
    Human,
    /// A machine: absence message, receipt, list, newsletter, challenge, own echo …
    Machine(Machine),
    /// A delivery report.
    Bounce(Dsn),
}

/// What kind of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// Out of office and the like.
    Absence,
    /// Message disposition notification (RFC 8098): a read receipt.
    Receipt,
    /// List or newsletter mail.
    Bulk,
    /// A calendar reply: somebody accepted. Changes nothing and is counted.
    CalendarAccepted,
    /// A calendar reply: declined or tentative, or a reply to another's invitation; shown to the human.
    CalendarOther,
    /// A challenge to click before the mail is delivered; shown to the human.
    Challenge,
    /// Our own mail come back.
    Echo,
    /// Another machine.
    Other,
}

/// The two verdicts and where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening {
    /// Who wrote it.
    pub writer: Writer,
    /// May the robot change the register because of this mail?
    pub may_register: bool,
    /// May the robot answer it?
    pub may_reply: bool,
    /// Where an answer goes: Reply-To within the sender's domain, else From; `None` if
    /// nowhere by machine.
    pub reply_to: Option<Address>,
    /// Why not, as stable codes: `null_return_path`, `auto_submitted`, `list`, `several_from`, `reply_to_foreign` …
    pub reasons: Vec<&'static str>,
}

/// Screens one mail.
pub fn screen(message: &Message, organisation: &Organisation) -> Screening {
    let mut reasons: Vec<&'static str> = Vec::new();
    let writer = writer(message, organisation, &mut reasons);
    let human = writer == Writer::Human;
    let mut may_register = human;
    if human {
        may_register = sender::may_register(message, organisation, &mut reasons);
    }
    let reply_to = if human {
        sender::reply_to(message, organisation, &mut reasons)
    } else {
        None
    };
    // Whatever speaks against an answer is a reason; without any, a machine may answer.
    let may_reply = human && reply_to.is_some() && reasons.is_empty();
    Screening {
        writer,
        may_register,
        may_reply,
        reply_to,
        reasons,
    }
}

/// Says who wrote it, and adds why that is no person.
fn writer(
    message: &Message,
    organisation: &Organisation,
    reasons: &mut Vec<&'static str>,
) -> Writer {
    if !message.readable {
        reasons.push("unreadable");
        return Writer::Human;
    }
    if is_echo(message, organisation) {
        reasons.push("own_message");
        return Writer::Machine(Machine::Echo);
    }
    if let Some(dsn) = &message.dsn {
        reasons.push("delivery_report");
        return Writer::Bounce(dsn.clone());
    }
    let clues = absence::Clues::of(message);
    let kind = calendar::reply(message, organisation)
        .map(|kind| (kind, "calendar"))
        .or_else(|| clues.are_receipt().then_some((Machine::Receipt, "receipt")))
        .or_else(|| {
            clues
                .are_challenge()
                .then_some((Machine::Challenge, "challenge"))
        })
        .or_else(|| automatic(message, organisation, &clues))
        .or_else(|| {
            clues
                .prove_absent()
                .then_some((Machine::Absence, "absence"))
        })
        .or_else(|| lists::is_bulk(message, organisation).then_some((Machine::Bulk, "list")));
    match kind {
        Some((kind, reason)) => {
            reasons.push(reason);
            Writer::Machine(kind)
        }
        None => Writer::Human,
    }
}

/// Says whether the mail is one of ours come back: our Message-IDs end in `@guichet.DOMAIN`.
fn is_echo(message: &Message, organisation: &Organisation) -> bool {
    let domain = domain_of(&organisation.address);
    let ours = |id: &str| {
        let host = id.rsplit_once('@').map_or("", |(_, host)| host);
        let host = host.to_lowercase();
        !domain.is_empty()
            && host
                .strip_prefix("guichet.")
                .is_some_and(|rest| rest == domain)
    };
    message.message_id.as_deref().is_some_and(ours)
}

/// Says whether headers name a machine (RFC 3834 §5, RFC 5436 §2.7, and what others set).
fn automatic(
    message: &Message,
    organisation: &Organisation,
    clues: &absence::Clues<'_>,
) -> Option<(Machine, &'static str)> {
    let relay = sender::is_form_relay(message, organisation);
    let kind = |fallback: Machine| {
        if clues.say_absent() {
            Machine::Absence
        } else {
            fallback
        }
    };
    if let Some(keyword) = auto_submitted(message)
        && keyword != "no"
        && !relay
    {
        let replied = keyword == "auto-replied";
        // The organisation's own web form: a machine sends what a person wrote.
        let colleague = message
            .author()
            .is_some_and(|author| organisation.is_own_domain(&author.email));
        if keyword == "auto-generated" && colleague && !clues.say_absent() {
            return None;
        }
        let fallback = if replied {
            Machine::Absence
        } else {
            Machine::Other
        };
        // Bulk senders say auto-generated as well.
        if !replied && lists::is_bulk(message, organisation) && !clues.say_absent() {
            return Some((Machine::Bulk, "auto_submitted"));
        }
        return Some((kind(fallback), "auto_submitted"));
    }
    if absence::by_header(message) {
        return Some((Machine::Absence, "auto_reply_header"));
    }
    if message.return_path == ReturnPath::Null && !relay {
        return Some((kind(Machine::Other), "null_return_path"));
    }
    let local = message
        .author()
        .map(|author| author.email.split('@').next().unwrap_or_default());
    let daemon =
        local.is_some_and(|local| local.starts_with("mailer-daemon") || local == "mailerdaemon");
    daemon.then_some((Machine::Other, "mailer_daemon"))
}

/// Gives the keyword of `Auto-Submitted` (RFC 3834 §5): parameters and comments are no part of it.
fn auto_submitted(message: &Message) -> Option<String> {
    let value = message.header("auto-submitted")?;
    let mut depth = 0usize;
    let mut bare = String::new();
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => break,
            c if depth == 0 && !c.is_whitespace() => bare.push(c),
            _ => {}
        }
    }
    (!bare.is_empty()).then(|| bare.to_lowercase())
}

/// Says whether two addresses or domains belong to one organisation.
fn same_organisation(a: &str, b: &str) -> bool {
    let domain = |text: &str| {
        let domain = if text.contains('@') {
            domain_of(text)
        } else {
            text
        };
        organisational_domain(domain).to_lowercase()
    };
    let (a, b) = (domain(a), domain(b));
    !a.is_empty() && a == b
}
