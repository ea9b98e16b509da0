//! List and newsletter mail, and the group behind which our own contact address may stand.
//!
//! A group stamps List-Id on every registration that it passes on; then a person wrote to us. A
//! newsletter and a discussion list write to their readers.

use super::super::message::Message;
use super::super::organisation::Organisation;
use super::super::person::own_domain_of;

/// Says whether list headers are there, whoever wrote.
pub fn is_listed(message: &Message) -> bool {
    const HEADERS: &[&str] = &[
        "list-id",
        "list-post",
        "list-unsubscribe",
        "list-help",
        "list-archive",
        "list-owner",
        "list-subscribe",
        "mailing-list",
        "x-mailing-list",
        "x-list",
        "x-mailman-version",
        "x-beenthere",
        "x-listname",
        "x-ml-name",
        "feedback-id",
    ];
    HEADERS.iter().any(|name| message.header(name).is_some()) || is_bulk_precedence(message)
}

/// Says whether `Precedence` is one that nobody answers.
pub fn is_bulk_precedence(message: &Message) -> bool {
    let value = message
        .header("precedence")
        .unwrap_or_default()
        .to_lowercase();
    ["bulk", "list", "junk"]
        .iter()
        .any(|word| value.split([' ', ';', ',']).any(|part| part == *word))
}

/// Says whether the mail came through a list that stands for our own contact address.
pub fn is_own_list(message: &Message, organisation: &Organisation) -> bool {
    let Some(id) = list_id(message) else {
        return false;
    };
    organisation.own_list_ids.iter().any(|own| {
        let own = own.trim_matches(['<', '>']).to_lowercase();
        own == id
    })
}

/// Says whether a list or a newsletter wrote, and not a person to us.
pub fn is_bulk(message: &Message, organisation: &Organisation) -> bool {
    if !is_listed(message)
        || is_own_list(message, organisation)
        || is_group_of_ours(message, organisation)
    {
        return false;
    }
    let colleague = message
        .author()
        .is_some_and(|author| organisation.is_own_domain(&author.email));
    if colleague && message.header("list-id").is_none() {
        return false;
    }
    // A group that a sender writes through stamps its List-Id on a mail to us; no reader of a list
    // or newsletter is addressed by name without a way to leave it.
    let leaves = [
        "list-unsubscribe",
        "list-post",
        "feedback-id",
        "list-subscribe",
        "x-mailman-version",
        "x-beenthere",
    ];
    let mass = leaves.iter().any(|name| message.header(name).is_some());
    mass || !is_addressed(message, organisation)
}

/// Says whether the list is a group of our own domain, through which people write to us.
fn is_group_of_ours(message: &Message, organisation: &Organisation) -> bool {
    let Some(domain) = own_domain_of(&organisation.address) else {
        return false;
    };
    let id = list_id(message).unwrap_or_default();
    let within = id == domain || id.ends_with(&format!(".{domain}"));
    within && is_addressed(message, organisation)
}

/// Says whether we, or a colleague's address, stand in To or Cc.
fn is_addressed(message: &Message, organisation: &Organisation) -> bool {
    let mut receivers = message.to.iter().chain(&message.cc);
    receivers.any(|address| organisation.is_own_domain(&address.email))
}

/// Gives the List-Id (RFC 2919): what stands in brackets, lower case.
fn list_id(message: &Message) -> Option<String> {
    let value = message.header("list-id")?;
    let id = match value.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
        None => value,
    };
    Some(id.trim().to_lowercase())
}
