//! A cancellation: by the person, by whoever registered them, or by a colleague at the same
//! non-public domain. Anybody else's goes to the human.

use jiff::SignedDuration;

use super::letters;
use super::register::Told;
use super::same::names_fit;
use super::working::Working;
use crate::core::entry::Change;
use crate::core::person::Person;
use crate::core::reading::{Doubt, Reading};
use crate::core::reply::Status;
use crate::core::roll::{Registration, State};

/// Decides a cancellation.
pub(super) fn decide(working: &mut Working<'_>, reading: &Reading) {
    let found = match find(working, reading) {
        Found::These(found) => found,
        Found::Already(gone) => return already(working, &gone),
        Found::Several(several) => {
            return super::ask::which_registration(working, reading, &several);
        }
        Found::Nobody(doubt) => {
            working.hand_over(&[doubt]);
            working.decided.to_human = true;
            return;
        }
    };
    if let Some(doubt) = found
        .iter()
        .find_map(|registration| obstacle(working, registration))
    {
        working.hand_over(&[doubt]);
        working.decided.to_human = true;
        return;
    }
    let told: Vec<Told> = found
        .iter()
        .map(|registration| cancel(working, registration))
        .collect();
    letters::answer(working, &told);
}

/// Which registrations a mail that gives up or passes on a seat means.
pub(super) enum Found {
    /// These.
    These(Vec<Registration>),
    /// They were given up before.
    Already(Vec<Registration>),
    /// Several sessions fit: the one question.
    Several(Vec<Registration>),
    /// None.
    Nobody(Doubt),
}

/// Finds the registrations meant, among those that the sender is in, made, or may act on.
pub(super) fn find(working: &Working<'_>, reading: &Reading) -> Found {
    let to_come = |r: &&Registration| {
        let session = working.setting.catalogue.session(&r.session);
        session.is_none_or(|session| working.mail.received < session.ends_at())
    };
    let of_session =
        |r: &&Registration| reading.sessions.is_empty() || reading.sessions.contains(&r.session);
    let candidates: Vec<&Registration> = working
        .known
        .theirs
        .iter()
        .filter(to_come)
        .filter(of_session)
        .collect();
    let theirs = meant(working, reading, &candidates);
    let standing: Vec<Registration> = theirs
        .iter()
        .filter(|r| r.state.is_standing())
        .map(|r| (*r).clone())
        .collect();
    if standing.is_empty() {
        let gone: Vec<Registration> = theirs
            .iter()
            .filter(|r| matches!(r.state, State::Cancelled | State::Replaced))
            .map(|r| (*r).clone())
            .collect();
        return if gone.is_empty() {
            Found::Nobody(Doubt::RegistrationUnclear)
        } else {
            Found::Already(gone)
        };
    }
    let sessions: std::collections::BTreeSet<_> =
        standing.iter().map(|r| r.session.clone()).collect();
    if sessions.len() > 1 && reading.sessions.is_empty() {
        return Found::Several(standing);
    }
    if !names_single_people(reading, &standing) {
        return Found::Nobody(Doubt::PersonUnclear);
    }
    Found::These(standing)
}

/// Each name of the mail means one person a session: « Martin » must not take both Martins' seats.
fn names_single_people(reading: &Reading, standing: &[Registration]) -> bool {
    reading.removed.iter().all(|name| {
        let fits = standing
            .iter()
            .filter(|r| r.person.as_ref().is_some_and(|p| names_fit(&p.name, name)));
        let mut keys: Vec<(String, String)> = fits
            .map(|r| {
                (
                    r.session.0.clone(),
                    r.person.as_ref().map(Person::name_key).unwrap_or_default(),
                )
            })
            .collect();
        keys.sort();
        let all = keys.len();
        keys.dedup_by(|a, b| a.0 == b.0);
        keys.len() == all && all > 0
    })
}

/// Those of the candidates that the mail means: the people it names, else the sender's own
/// registration, else those that the sender made.
fn meant<'a>(
    working: &Working<'_>,
    reading: &Reading,
    candidates: &[&'a Registration],
) -> Vec<&'a Registration> {
    let person = |r: &Registration| r.person.clone().unwrap_or_default();
    if !reading.removed.is_empty() {
        let named = |r: &&&Registration| {
            reading
                .removed
                .iter()
                .any(|name| names_fit(&person(r).name, name))
        };
        return candidates.iter().filter(named).copied().collect();
    }
    let sender = working.sender();
    let author = working
        .mail
        .message
        .author()
        .and_then(|author| author.name.as_deref())
        .unwrap_or_default();
    let address = |r: &Registration| {
        [person(r).email, r.contact.clone()]
            .into_iter()
            .flatten()
            .any(|a| a.eq_ignore_ascii_case(sender))
    };
    let own: Vec<&Registration> = candidates.iter().filter(|r| address(r)).copied().collect();
    let by_name: Vec<&Registration> = own
        .iter()
        .filter(|r| names_fit(&person(r).name, author))
        .copied()
        .collect();
    let made = || {
        candidates
            .iter()
            .filter(|r| {
                r.made_by
                    .as_deref()
                    .is_some_and(|by| by.eq_ignore_ascii_case(sender))
            })
            .copied()
            .collect()
    };
    match (by_name.is_empty(), own.is_empty()) {
        (false, _) => by_name,
        (true, false) => own,
        (true, true) => made(),
    }
}

/// The session's own day, or later, is the human's; so is a session whose facts have changed.
pub(super) fn obstacle(working: &Working<'_>, registration: &Registration) -> Option<Doubt> {
    let session = working.setting.catalogue.session(&registration.session);
    let day = session
        .and_then(|session| session.when.first())
        .map(|span| span.from.date());
    let zone = session.and_then(|session| jiff::tz::TimeZone::get(&session.timezone).ok());
    let today = zone.map(|zone| working.mail.received.to_zoned_datetime(zone).date());
    match (day, today) {
        (Some(day), Some(today)) if today >= day => Some(Doubt::SameDay),
        _ if working.roll(&registration.session).frozen => Some(Doubt::SessionChanged),
        _ => None,
    }
}

/// Gives the seat up: it counts as taken until the pause is over.
pub(super) fn cancel(working: &mut Working<'_>, registration: &Registration) -> Told {
    let pause =
        SignedDuration::try_from(working.setting.policy.pause).unwrap_or(SignedDuration::ZERO);
    let until = registration.state.takes_seat().then(|| {
        working
            .setting
            .now
            .checked_add(pause)
            .unwrap_or(working.setting.now)
    });
    working.set_state(registration, State::Cancelled, until);
    withdraw(working, registration);
    let registration = working.current(registration);
    let person = registration.person.clone().unwrap_or_default();
    working.outcome(&person.name, &registration.session, Status::Cancelled);
    Told {
        person,
        session: registration.session.clone(),
        status: Status::Cancelled,
        registration: Some(registration),
        other_name: None,
        standing: None,
    }
}

/// The next SEQUENCE of an invitation that is withdrawn (RFC 5546 §3.2.5).
pub(super) fn withdraw(working: &mut Working<'_>, registration: &Registration) {
    if let Some((uid, sequence)) = &registration.invitation {
        let (uid, sequence) = (uid.clone(), sequence + 1);
        working.change(registration, |r| {
            r.invitation = Some((uid.clone(), sequence))
        });
        working.decided.changes.push(Change::Invitation {
            id: registration.id,
            uid: uid.clone(),
            sequence,
        });
    }
}

/// The seat was given up before: said once more, nothing changes.
fn already(working: &mut Working<'_>, gone: &[Registration]) {
    let mut told = Vec::new();
    for registration in gone.iter().take(1) {
        let person = registration.person.clone().unwrap_or_default();
        working.outcome(&person.name, &registration.session, Status::Already);
        told.push(Told {
            person,
            session: registration.session.clone(),
            status: Status::Already,
            registration: Some(registration.clone()),
            other_name: None,
            standing: Some(Status::Cancelled),
        });
    }
    letters::answer(working, &told);
}
