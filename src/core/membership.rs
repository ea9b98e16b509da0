//! Who has paid the annual membership, as far as a list says.

use super::catalogue::MembershipRule;
use super::person::{Person, domain_of, fold, organisational_domain};

/// A list of paid members; nobody is ever refused or called unpaid because they are not on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembershipList {
    /// Addresses, lower case.
    pub emails: Vec<String>,
    /// Domains, lower case.
    pub domains: Vec<String>,
    /// Structures, folded by [`fold`].
    pub organisations: Vec<String>,
}

/// What a list says about one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// No condition, or the structure is on the list.
    Settled,
    /// There is no list: the reply states the condition.
    Unknown,
    /// There is a list and they are not on it: the seat is provisional.
    NotFound,
}

/// Says what is known of a person's membership; `sender` is the address that wrote for them.
pub fn membership(
    rule: MembershipRule,
    list: Option<&MembershipList>,
    person: &Person,
    sender: &str,
) -> Membership {
    if rule == MembershipRule::None {
        return Membership::Settled;
    }
    let Some(list) = list else {
        return Membership::Unknown;
    };
    let addresses = [person.email.as_deref().unwrap_or_default(), sender];
    let by_address = addresses
        .iter()
        .any(|a| list.emails.iter().any(|e| e.eq_ignore_ascii_case(a)));
    let by_domain = addresses
        .iter()
        .map(|a| domain_of(a))
        .filter(|d| !d.is_empty())
        .any(|d| {
            list.domains.iter().any(|l| {
                l.eq_ignore_ascii_case(d) || l.eq_ignore_ascii_case(organisational_domain(d))
            })
        });
    let folded = person.organisation.as_deref().map(fold);
    let by_organisation = folded.is_some_and(|o| list.organisations.contains(&o));
    if by_address || by_domain || by_organisation {
        Membership::Settled
    } else {
        Membership::NotFound
    }
}
