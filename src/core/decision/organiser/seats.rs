//! Seats by the organiser's word: for newcomers, and for who was refused, waits or is under review.

use super::super::register::{Told, seated_state, status_of, take_back};
use super::super::same::{Same, same_person};
use super::super::{letters, working::Working};
use super::{Deed, Done, Trouble};
use crate::core::allocation::{Beyond, seat_by_word};
use crate::core::catalogue::{Session, SessionId};
use crate::core::person::Person;
use crate::core::reply::Status;
use crate::core::roll::{Registration, RegistrationId, State};

/// One person's way to a seat.
enum Way {
    /// They have one.
    Has(Registration),
    /// They gave it up a moment ago: it is still counted.
    TakesBack(Registration),
    /// They are on record without one.
    OnRecord(Registration),
    /// They are new.
    New,
}

/// Gives the people of each session their seats; all of them, or nothing is done.
pub(super) fn give(
    working: &mut Working<'_>,
    wanted: &[(SessionId, Vec<Person>)],
    beyond: Beyond,
) -> Done {
    if wanted.is_empty() {
        return Err(Trouble::NoSession);
    }
    let mut told = Vec::new();
    for (id, people) in wanted {
        let Some(session) = working.setting.catalogue.session(id) else {
            return Err(Trouble::UnknownSession {
                session: id.clone(),
            });
        };
        takes_place(working, session, beyond)?;
        let mut ways = Vec::new();
        for person in people {
            ways.push((person.clone(), way(working, id, person, beyond)?));
        }
        let seats_needed = ways.iter().filter(|(_, way)| needs_seat(way)).count();
        has_seats(working, session, seats_needed, beyond, || {
            let needing = ways.iter().filter(|(_, way)| needs_seat(way));
            needing.map(|(person, _)| person.name.clone()).collect()
        })?;
        told.extend(seat(working, id, ways));
    }
    letters::answer(working, &told);
    Ok(told.iter().map(became).collect())
}

/// Gives seats to registrations that were refused, wait or are under review.
pub(super) fn accept(
    working: &mut Working<'_>,
    registrations: &[Registration],
    beyond: Beyond,
) -> Done {
    let sessions: std::collections::BTreeSet<SessionId> =
        registrations.iter().map(|r| r.session.clone()).collect();
    for id in &sessions {
        let Some(session) = working.setting.catalogue.session(id) else {
            return Err(Trouble::UnknownSession {
                session: id.clone(),
            });
        };
        takes_place(working, session, beyond)?;
        let of_it = || registrations.iter().filter(|r| r.session == *id);
        let without = of_it().filter(|r| !r.state.takes_seat());
        let needed = without.clone().count();
        has_seats(working, session, needed, beyond, || {
            without.clone().map(name_of).collect()
        })?;
    }
    let told: Vec<Told> = registrations
        .iter()
        .map(|registration| raise(working, registration))
        .collect();
    letters::answer(working, &told);
    Ok(told.iter().map(became).collect())
}

/// The session takes place and is not over.
pub(super) fn takes_place(
    working: &Working<'_>,
    session: &Session,
    beyond: Beyond,
) -> Result<(), Trouble> {
    let past = session.cancelled || working.setting.now >= session.ends_at();
    if past && beyond == Beyond::Asked {
        return Err(Trouble::Past {
            session: session.id.clone(),
        });
    }
    Ok(())
}

/// The session has as many seats as are needed, those held back included.
pub(super) fn has_seats(
    working: &Working<'_>,
    session: &Session,
    needed: usize,
    beyond: Beyond,
    people: impl Fn() -> Vec<String>,
) -> Result<(), Trouble> {
    let roll = working.roll(&session.id);
    let party = u32::try_from(needed).unwrap_or(u32::MAX);
    if party == 0 || seat_by_word(session, &roll, party, beyond) {
        return Ok(());
    }
    Err(Trouble::Full {
        session: session.id.clone(),
        seats: roll.capacity.unwrap_or(session.capacity),
        taken: roll.taken(),
        people: people(),
    })
}

fn way(
    working: &Working<'_>,
    session: &SessionId,
    person: &Person,
    beyond: Beyond,
) -> Result<Way, Trouble> {
    let roll = working.roll(session);
    let sender = working.sender();
    let mut on_record = None;
    for registration in roll.registrations.iter().rev() {
        match same_person(registration, person, sender) {
            Same::Unsure if registration.state.is_standing() && beyond == Beyond::Asked => {
                return Err(Trouble::Namesake {
                    name: name_of(registration),
                    registration: registration.id,
                });
            }
            Same::No | Same::Unsure => {}
            Same::Yes => {
                let way = way_of(registration);
                if matches!(way, Way::Has(_) | Way::TakesBack(_)) {
                    return Ok(way);
                }
                on_record = on_record.or(Some(way));
            }
        }
    }
    Ok(on_record.unwrap_or(Way::New))
}

fn way_of(registration: &Registration) -> Way {
    let registration = registration.clone();
    match registration.state {
        State::Confirmed | State::Provisional => Way::Has(registration),
        _ if registration.paused_until.is_some() => Way::TakesBack(registration),
        State::Cancelled | State::Replaced | State::Asked => Way::New,
        _ => Way::OnRecord(registration),
    }
}

fn needs_seat(way: &Way) -> bool {
    match way {
        Way::Has(_) | Way::TakesBack(_) => false,
        Way::OnRecord(registration) => !registration.state.takes_seat(),
        Way::New => true,
    }
}

fn seat(working: &mut Working<'_>, session: &SessionId, ways: Vec<(Person, Way)>) -> Vec<Told> {
    let together = ways
        .iter()
        .filter(|(_, way)| matches!(way, Way::New))
        .count()
        > 1;
    let mut group = None;
    let mut told = Vec::new();
    for (person, way) in ways {
        told.push(match way {
            Way::Has(registration) => already(working, registration),
            Way::TakesBack(registration) => take_back(working, &registration, &person),
            Way::OnRecord(registration) => raise(working, &registration),
            Way::New => {
                let state = seated_state(working, session, &person);
                let mut added = working.add(session, &person, state, None, group);
                if together && group.is_none() {
                    group = Some(added.id.0);
                    working.regroup(&added, group);
                    added = working.current(&added);
                }
                let status = status_of(state);
                working.outcome(&person.name, session, status);
                told_of(added, status)
            }
        });
    }
    told
}

fn already(working: &mut Working<'_>, registration: Registration) -> Told {
    let standing = Some(status_of(registration.state));
    working.outcome(
        &name_of(&registration),
        &registration.session,
        Status::Already,
    );
    Told {
        standing,
        ..told_of(registration, Status::Already)
    }
}

/// Gives a registration on record its seat.
pub(super) fn raise(working: &mut Working<'_>, registration: &Registration) -> Told {
    let person = registration.person.clone().unwrap_or_default();
    let state = seated_state(working, &registration.session, &person);
    let status = if registration.state == State::Waitlisted {
        Status::Promoted
    } else {
        status_of(state)
    };
    working.set_state(registration, state, None);
    working.invite(registration);
    working.outcome(&person.name, &registration.session, status);
    let current = working.current(registration);
    Told {
        standing: (status == Status::Promoted).then(|| status_of(state)),
        ..told_of(current, status)
    }
}

pub(super) fn told_of(registration: Registration, status: Status) -> Told {
    Told {
        person: registration.person.clone().unwrap_or_default(),
        session: registration.session.clone(),
        status,
        registration: Some(registration),
        other_name: None,
        standing: None,
    }
}

pub(super) fn became(told: &Told) -> Deed {
    Deed::Became {
        name: told.person.name.clone(),
        session: told.session.clone(),
        status: told.status,
    }
}

pub(super) fn name_of(registration: &Registration) -> String {
    let person = registration.person.as_ref();
    person.map_or_else(
        || RegistrationId(registration.id.0).to_string(),
        |person| person.name.clone(),
    )
}
