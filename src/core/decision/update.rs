//! Other details of a registered person: telephone, address, name, role, organisation.

use super::cancel::{Found, find};
use super::letters;
use super::register::Told;
use super::working::Working;
use crate::core::entry::{Change, Contact};
use crate::core::person::Person;
use crate::core::reading::{Doubt, Reading};
use crate::core::reply::Status;
use crate::core::roll::Registration;

/// Decides an update: all standing registrations of that one person are changed.
pub(super) fn decide(working: &mut Working<'_>, reading: &Reading) {
    let Some(after) = reading.participants.first().map(|p| p.person.clone()) else {
        return nobody(working);
    };
    if reading.participants.len() > 1 {
        return nobody(working);
    }
    let named = Reading {
        removed: vec![after.name.clone()],
        ..reading.clone()
    };
    let own = Reading {
        removed: Vec::new(),
        ..reading.clone()
    };
    let found = match (find(working, &named), find(working, &own)) {
        (Found::These(found) | Found::Several(found), _)
        | (_, Found::These(found) | Found::Several(found)) => found,
        _ => return nobody(working),
    };
    let people: std::collections::BTreeSet<String> = found
        .iter()
        .filter_map(|r| r.person.as_ref().map(Person::name_key))
        .collect();
    if people.len() > 1 {
        return nobody(working);
    }
    let told: Vec<Told> = found
        .iter()
        .map(|registration| change(working, registration, &after))
        .collect();
    letters::answer(working, &told);
}

fn nobody(working: &mut Working<'_>) {
    working.hand_over(&[Doubt::RegistrationUnclear]);
    working.decided.to_human = true;
}

/// Takes over what the mail says; what it does not say stays. A changed name or address makes a new
/// invitation of the same UID.
pub(super) fn change(
    working: &mut Working<'_>,
    registration: &Registration,
    after: &Person,
) -> Told {
    let before = registration.person.clone().unwrap_or_default();
    let pick = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
    let name = if after.name.split_whitespace().count() >= 2 {
        after.name.clone()
    } else {
        before.name.clone()
    };
    let person = Person {
        name,
        email: pick(&after.email, &before.email),
        organisation: pick(&after.organisation, &before.organisation),
        role: pick(&after.role, &before.role),
        phone: pick(&after.phone, &before.phone),
    };
    let moved = person.email != before.email
        && before.email.is_some()
        && registration.contact == before.email;
    let contact = if moved {
        person.email.clone()
    } else {
        registration.contact.clone()
    };
    let visible = person.name != before.name || contact != registration.contact;
    let index = working.personal.people.len();
    working.personal.people.push(Contact {
        person: person.clone(),
        contact: contact.clone(),
        made_by: registration.made_by.clone(),
        made_by_name: registration.made_by_name.clone(),
        thread: registration.thread.clone(),
        subject: registration.subject.clone(),
        remarks: registration.remarks.clone(),
    });
    working.decided.changes.push(Change::Details {
        id: registration.id,
        person: index,
    });
    let set = person.clone();
    working.change(registration, move |r| {
        r.person = Some(set.clone());
        r.contact.clone_from(&contact);
    });
    if visible {
        super::cancel::withdraw(working, registration); // the next SEQUENCE; the letter sends a REQUEST
    }
    working.outcome(&person.name, &registration.session, Status::Updated);
    let mut current = working.current(registration);
    if !visible {
        current.invitation = None; // nothing the calendar shows has changed
    }
    Told {
        person,
        session: registration.session.clone(),
        status: Status::Updated,
        registration: Some(current),
        other_name: None,
        standing: None,
    }
}
