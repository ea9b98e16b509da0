//! What can be said of the sender: where an answer goes, and why none may go.

use super::super::message::{Message, ReturnPath};
use super::super::organisation::Organisation;
use super::super::person::{Address, domain_of, is_public_provider, organisational_domain};
use super::words::words;
use super::{lists, same_organisation};

/// Says whether the register may change because of a person's mail; adds why not.
pub fn may_register(
    message: &Message,
    organisation: &Organisation,
    reasons: &mut Vec<&'static str>,
) -> bool {
    let Some(author) = message.author() else {
        reasons.push("no_from");
        return false;
    };
    if is_noreply(&author.email) && !is_form(message, organisation) {
        reasons.push("noreply");
        return false;
    }
    message.readable
}

/// Gives where an answer goes, and adds every reason against sending one there.
pub fn reply_to(
    message: &Message,
    organisation: &Organisation,
    reasons: &mut Vec<&'static str>,
) -> Option<Address> {
    let author = message.author()?;
    if super::auto_submitted(message).is_some_and(|keyword| keyword != "no")
        && !is_form_relay(message, organisation)
    {
        reasons.push("auto_submitted");
    }
    if suppressed(message) {
        reasons.push("auto_response_suppress");
    }
    if lists::is_listed(message) && !lists::is_own_list(message, organisation) {
        reasons.push("list");
    }
    if message.header("x-loop").is_some() && !lists::is_own_list(message, organisation) {
        reasons.push("loop_header");
    }
    if has_several_authors(message) {
        reasons.push("several_from");
    }
    let relayed = is_form_relay(message, organisation) || is_rewritten(message, organisation);
    if !relayed {
        check_path(message, organisation, author, reasons);
    }
    let wanted = message.reply_to.first();
    let target = match wanted {
        Some(wanted) if relayed => wanted,
        // A list of ours that sends answers back to itself.
        Some(wanted)
            if lists::is_own_list(message, organisation)
                && organisation.is_own_domain(&wanted.email) =>
        {
            author
        }
        Some(wanted) if wanted.email == author.email || is_within(&wanted.email, &author.email) => {
            wanted
        }
        Some(_) => {
            reasons.push("reply_to_foreign");
            return None;
        }
        // A form's address answers nobody; the writer's may stand in its fields.
        None if relayed => {
            reasons.push("form_without_reply_to");
            return None;
        }
        None => author,
    };
    if organisation.is_own_address(&target.email) {
        reasons.push("own_address");
        return None;
    }
    if !is_local_part_ascii(&target.email) {
        reasons.push("address_not_ascii");
    }
    if is_noreply(&target.email) && !reasons.contains(&"noreply") {
        reasons.push("noreply");
    }
    Some(target.clone())
}

/// A local part beyond ASCII needs SMTPUTF8 on the whole way (RFC 6531), which nobody can promise: a
/// person answers. A domain beyond ASCII has an A-label and is no trouble.
fn is_local_part_ascii(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    local.is_ascii()
}

/// Checks the envelope sender and what the receiving server found of it.
fn check_path(
    message: &Message,
    organisation: &Organisation,
    author: &Address,
    reasons: &mut Vec<&'static str>,
) {
    let verdict = dmarc(message, organisation);
    if verdict == Verdict::Fail {
        reasons.push("dmarc_fail");
    }
    if let ReturnPath::Path(path) = &message.return_path
        && path.contains('@')
        && !same_organisation(&unwrapped(path), &author.email)
        && verdict != Verdict::Pass
        && !(lists::is_own_list(message, organisation))
    {
        reasons.push("return_path_foreign");
    }
}

/// Gives the domain that a forwarding server rewrote (SRS: `srs0=hash=time=domain=local@forwarder`).
fn unwrapped(path: &str) -> String {
    let rewritten = path
        .strip_prefix("srs0")
        .or_else(|| path.strip_prefix("srs1"));
    let domain = rewritten.and_then(|rest| rest.split('=').nth(3));
    domain
        .filter(|domain| domain.contains('.'))
        .unwrap_or(path)
        .to_owned()
}

/// Says whether the author is a web form that the configuration names.
pub fn is_form_relay(message: &Message, organisation: &Organisation) -> bool {
    message.author().is_some_and(|author| {
        let mut relays = organisation.form_relays.iter();
        relays.any(|relay| relay.eq_ignore_ascii_case(&author.email))
    })
}

/// Says whether a list of ours put its own address in From (« Zoé via Contact ») and the writer's in
/// Reply-To, as groups do for senders whose domain forbids relaying.
fn is_rewritten(message: &Message, organisation: &Organisation) -> bool {
    let ours = |address: &Address| organisation.is_own_domain(&address.email);
    lists::is_own_list(message, organisation)
        && message.author().is_some_and(ours)
        && message
            .reply_to
            .first()
            .is_some_and(|address| !ours(address))
}

/// Says whether the author may be a web form: one that is named, or any address of our own domain.
fn is_form(message: &Message, organisation: &Organisation) -> bool {
    let own = |author: &Address| organisation.is_own_domain(&author.email);
    is_form_relay(message, organisation) || message.author().is_some_and(own)
}

/// Says whether an answer to one address reaches who wrote from the other: the same organisation's
/// domain; addresses of providers for everybody must be equal.
fn is_within(wanted: &str, author: &str) -> bool {
    same_organisation(wanted, author)
        && !is_public_provider(organisational_domain(domain_of(wanted)))
}

/// Says whether several people claim to have written (RFC 5322 §3.6.2), in one header or in two.
fn has_several_authors(message: &Message) -> bool {
    let mut headers = message.header_values("from");
    let first = headers.next();
    message.from.len() > 1 || headers.any(|other| Some(other) != first)
}

/// Says whether nobody reads an address.
pub fn is_noreply(email: &str) -> bool {
    let named = &words().noreply;
    let local = email.split('@').next().unwrap_or_default();
    named
        .starts
        .iter()
        .any(|start| local.starts_with(start.as_str()))
        || named.ends.iter().any(|end| local.ends_with(end.as_str()))
        || named.whole.iter().any(|whole| local == whole)
        || local.starts_with("owner-")
}

/// Says whether the sender's program asks for no automatic answer (MS-OXCMAIL 2.1.3.2.21): it says
/// nothing about who wrote.
fn suppressed(message: &Message) -> bool {
    message
        .header("x-auto-response-suppress")
        .is_some_and(|value| {
            let mut parts = value.split([',', ';', ' ']);
            parts.any(|part| {
                ["all", "oof", "autoreply"]
                    .iter()
                    .any(|word| part.eq_ignore_ascii_case(word))
            })
        })
}

/// What the receiving server found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It passed, in alignment with From.
    Pass,
    /// It failed.
    Fail,
    /// Nobody whom we trust says anything.
    Unknown,
}

/// Gives the trusted verdict on From: DMARC's, else DKIM's if it is aligned (RFC 8601 §2.7).
///
/// Trusted is only a header of a configured authserv-id, above the Received line of the server that
/// took the mail from outside; local delivery (`with LMTP`) may stand above that line.
pub fn dmarc(message: &Message, organisation: &Organisation) -> Verdict {
    let Some(author) = message.author() else {
        return Verdict::Unknown;
    };
    let mut verdict = Verdict::Unknown;
    for (name, value) in &message.headers {
        match name.as_str() {
            "received" if !is_local_delivery(value) => break,
            "authentication-results" => match result(value, organisation, author) {
                Verdict::Unknown => {}
                Verdict::Fail => return Verdict::Fail,
                Verdict::Pass => verdict = Verdict::Pass,
            },
            _ => {}
        }
    }
    verdict
}

fn is_local_delivery(received: &str) -> bool {
    let lower = received.to_lowercase();
    lower.contains(" with lmtp") || lower.contains(" with local")
}

fn result(value: &str, organisation: &Organisation, author: &Address) -> Verdict {
    let bare = without_comments(value).to_lowercase();
    let mut parts = bare.split(';');
    let server = parts
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .next()
        .unwrap_or_default();
    let trusted = organisation
        .authserv_ids
        .iter()
        .any(|id| id.eq_ignore_ascii_case(server));
    if !trusted {
        return Verdict::Unknown;
    }
    let mut verdict = Verdict::Unknown;
    for part in parts {
        let mut words = part.split_whitespace();
        let method = words.next().unwrap_or_default();
        let property = |name: &str| {
            part.split_whitespace().find_map(|word| {
                word.strip_prefix(name)
                    .map(|value| value.trim_matches('"').trim_start_matches('@').to_owned())
            })
        };
        match method {
            "dmarc=pass" => {
                let from = property("header.from=");
                if from.is_none_or(|from| same_organisation(&from, &author.email)) {
                    return Verdict::Pass;
                }
            }
            "dmarc=fail" => return Verdict::Fail,
            "dkim=pass" => {
                let signer = property("header.d=").or_else(|| property("header.i="));
                if signer.is_some_and(|signer| same_organisation(&signer, &author.email)) {
                    verdict = Verdict::Pass;
                }
            }
            _ => {}
        }
    }
    verdict
}

fn without_comments(value: &str) -> String {
    let mut depth = 0usize;
    let mut bare = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}
