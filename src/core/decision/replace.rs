//! A substitution: the seat, or the rank, passes to another person; nobody is promoted by it.

use super::cancel::{Found, find, obstacle, withdraw};
use super::letters;
use super::register::{Told, seated_state};
use super::same::{Same, same_person};
use super::working::Working;
use crate::core::person::Person;
use crate::core::reading::{Doubt, Reading};
use crate::core::reply::Status;
use crate::core::roll::{Registration, State};

/// Decides a substitution.
pub(super) fn decide(working: &mut Working<'_>, reading: &Reading) {
    let found = match find(working, reading) {
        Found::These(found) => found,
        Found::Several(several) => {
            return super::ask::which_registration(working, reading, &several);
        }
        Found::Already(_) => return hand_over(working, Doubt::RegistrationUnclear),
        Found::Nobody(doubt) => return hand_over(working, doubt),
    };
    if reading.participants.is_empty() {
        return super::ask::who_takes_the_place(working, reading, &found);
    }
    if let Some(doubt) = obstacle_to(working, reading, &found) {
        return hand_over(working, doubt);
    }
    let newcomers: Vec<Person> = reading
        .participants
        .iter()
        .map(|p| p.person.clone())
        .collect();
    let mut told = Vec::new();
    for (registration, newcomer) in found.iter().zip(newcomers.iter().cycle()) {
        told.extend(substitute(working, registration, newcomer));
    }
    letters::answer(working, &told);
}

fn hand_over(working: &mut Working<'_>, doubt: Doubt) {
    working.hand_over(&[doubt]);
    working.decided.to_human = true;
}

/// One newcomer a seat, in each session; nobody who is there already.
fn obstacle_to(working: &Working<'_>, reading: &Reading, found: &[Registration]) -> Option<Doubt> {
    let sessions: std::collections::BTreeSet<_> = found.iter().map(|r| &r.session).collect();
    let seats = found.len();
    let one_for_one = reading.participants.len() == seats
        || (reading.participants.len() == 1 && sessions.len() == seats);
    if !one_for_one
        || reading.removed.len() > 1 && reading.removed.len() != reading.participants.len()
    {
        return Some(Doubt::PersonUnclear);
    }
    for registration in found {
        if let Some(doubt) = obstacle(working, registration) {
            return Some(doubt);
        }
        let session = working.setting.catalogue.session(&registration.session);
        let late = session.is_some_and(|s| working.mail.received >= s.too_late_at());
        if late && !working.setting.policy.replace_late {
            return Some(Doubt::ForTheHuman);
        }
        let there = |p: &Person| {
            working
                .roll(&registration.session)
                .registrations
                .iter()
                .any(|r| r.state.is_standing() && same_person(r, p, working.sender()) == Same::Yes)
        };
        if reading.participants.iter().any(|p| there(&p.person)) {
            return Some(Doubt::PersonUnclear);
        }
    }
    None
}

/// Passes one seat on: the newcomer has the same state, rank and group.
pub(super) fn substitute(
    working: &mut Working<'_>,
    old: &Registration,
    newcomer: &Person,
) -> Vec<Told> {
    let mut newcomer = newcomer.clone();
    if newcomer.organisation.is_none() {
        newcomer.organisation = old.person.as_ref().and_then(|p| p.organisation.clone());
    }
    let state = if old.state == State::Waitlisted {
        State::Waitlisted
    } else {
        seated_state(working, &old.session, &newcomer)
    };
    working.set_state(old, State::Replaced, None);
    withdraw(working, old);
    let added = working.add(&old.session, &newcomer, state, Some(old.rank), old.group);
    let old = working.current(old);
    let old_person = old.person.clone().unwrap_or_default();
    working.outcome(&newcomer.name, &old.session, Status::Substituted);
    vec![
        Told {
            person: newcomer.clone(),
            session: old.session.clone(),
            status: Status::Substituted,
            registration: Some(added),
            other_name: Some(old_person.name.clone()),
            standing: None,
        },
        Told {
            person: old_person,
            session: old.session.clone(),
            status: Status::Cancelled,
            registration: Some(old),
            other_name: Some(newcomer.name),
            standing: Some(Status::Substituted),
        },
    ]
}
