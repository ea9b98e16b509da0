//! Addresses that do not work, and what they were probably meant to be.

use std::collections::BTreeMap;

use crate::core::catalogue::SessionId;
use crate::core::entry::{Change, Decided};
use crate::core::person::domain_of;
use crate::core::roll::{Registration, RegistrationId, Roll};

/// Typing errors that are put right by a guess; more differ too much to be the same word.
const DISTANCE_MAX: usize = 2;
/// In shorter domains a typing error reaches other real ones (`sfr.fr`, `efr.fr`).
const DOMAIN_CHARS_MIN: usize = 7;

/// Domains that many people have addresses at.
const COMMON: &[&str] = &[
    "gmail.com",
    "orange.fr",
    "wanadoo.fr",
    "laposte.net",
    "hotmail.fr",
    "hotmail.com",
    "outlook.fr",
    "outlook.com",
    "yahoo.fr",
    "yahoo.com",
    "icloud.com",
    "live.fr",
];

type Rolls = BTreeMap<SessionId, Roll>;

/// Gives the registrations that a decision flags as undeliverable.
pub(super) fn flagged(decided: &Decided) -> Vec<RegistrationId> {
    decided
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Bounced { id } => Some(*id),
            _ => None,
        })
        .collect()
}

/// Gives name, address and proposed correction of each flagged registration, once an address.
pub(super) fn lines(
    flagged: &[RegistrationId],
    rolls: &Rolls,
) -> Vec<(String, String, Option<String>)> {
    let mut lines: Vec<(String, String, Option<String>)> = Vec::new();
    for registration in flagged.iter().filter_map(|id| find(rolls, *id)) {
        let (Some(person), Some(address)) = (&registration.person, &registration.contact) else {
            continue;
        };
        if !registration.bounced || lines.iter().any(|(_, known, _)| known == address) {
            continue; // the address was corrected meanwhile, or is told already
        }
        lines.push((
            person.name.clone(),
            address.clone(),
            correction(address, rolls),
        ));
    }
    lines
}

/// Gives a registration by its number, from whatever session.
pub(super) fn find(rolls: &Rolls, id: RegistrationId) -> Option<&Registration> {
    rolls
        .values()
        .flat_map(|roll| &roll.registrations)
        .find(|registration| registration.id == id)
}

/// Proposes the known domain that the address's own is a typing error of.
fn correction(address: &str, rolls: &Rolls) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    if domain.chars().count() < DOMAIN_CHARS_MIN {
        return None;
    }
    let mut known: BTreeMap<&str, usize> = COMMON.iter().map(|domain| (*domain, 1)).collect();
    let works = rolls
        .values()
        .flat_map(|roll| &roll.registrations)
        .filter(|registration| !registration.bounced)
        .filter_map(|registration| registration.contact.as_deref());
    for contact in works {
        *known.entry(domain_of(contact)).or_default() += 1;
    }
    if known.contains_key(domain) {
        return None; // the domain is right, so the name before it is not
    }
    known
        .into_iter()
        .map(|(candidate, people)| (strsim::osa_distance(candidate, domain), people, candidate))
        .filter(|(distance, ..)| (1..=DISTANCE_MAX).contains(distance))
        .min_by_key(|(distance, people, candidate)| {
            (*distance, std::cmp::Reverse(*people), *candidate)
        })
        .map(|(_, _, candidate)| format!("{local}@{candidate}"))
}
