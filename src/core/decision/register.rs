//! A registration: each person, each session, with their own outcome.

use super::same::{Same, same_person};
use super::working::Working;
use crate::core::allocation::seat_newcomers;
use crate::core::catalogue::{Session, SessionId};
use crate::core::membership::{Membership, membership};
use crate::core::person::Person;
use crate::core::reading::{Doubt, Reading};
use crate::core::reply::Status;
use crate::core::roll::{Registration, State};

/// Decides a complete request for seats.
pub(super) fn decide(working: &mut Working<'_>, reading: &Reading) {
    let wanted = wanted(reading);
    if let Some(doubt) = obstacle(working, reading, &wanted) {
        working.hand_over(&[doubt]);
        working.decided.to_human = true;
        return;
    }
    let mut told = Vec::new();
    for (session, people) in &wanted {
        told.extend(one_session(working, session, people));
    }
    if told.is_empty() {
        return;
    }
    if told.iter().any(|t| t.status == Status::Late) {
        working.decided.to_human = true; // « une exception est possible »: the human sees every late request
    }
    super::letters::answer(working, &told);
}

/// What a letter says of one registration, or of a person who got none.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) person: Person,
    pub(super) session: SessionId,
    pub(super) status: Status,
    pub(super) registration: Option<Registration>,
    pub(super) other_name: Option<String>,
    pub(super) standing: Option<Status>,
}

/// The sessions wanted, each with its people; a person may name sessions of their own.
pub(super) fn wanted(reading: &Reading) -> Vec<(SessionId, Vec<Person>)> {
    let for_session = |session: &SessionId| {
        let goes = reading
            .participants
            .iter()
            .filter(|p| p.sessions.is_empty() || p.sessions.contains(session));
        (
            session.clone(),
            goes.map(|p| p.person.clone()).collect::<Vec<_>>(),
        )
    };
    reading
        .sessions
        .iter()
        .map(for_session)
        .filter(|(_, people)| !people.is_empty())
        .collect()
}

/// Why a machine must not decide this, if so.
fn obstacle(
    working: &Working<'_>,
    reading: &Reading,
    wanted: &[(SessionId, Vec<Person>)],
) -> Option<Doubt> {
    if wanted.is_empty() {
        return Some(Doubt::SessionUnclear);
    }
    if reading.participants.len() > working.setting.policy.people_max {
        return Some(Doubt::TooMany);
    }
    for (id, people) in wanted {
        let Some(session) = working.setting.catalogue.session(id) else {
            return Some(Doubt::SessionUnknown);
        };
        if let Some(doubt) = session_obstacle(working, session) {
            return Some(doubt);
        }
        for person in people {
            if let Some(doubt) = person_obstacle(working, id, person) {
                return Some(doubt);
            }
        }
    }
    None
}

fn session_obstacle(working: &Working<'_>, session: &Session) -> Option<Doubt> {
    let late = working.mail.received >= session.too_late_at();
    // Also where the mail came in time and is only decided now, after an outage or read again.
    let latest = working.mail.received.max(working.setting.now);
    match session {
        _ if latest >= session.begins_at() => Some(Doubt::SessionOver),
        _ if session.cancelled || session.closed => Some(Doubt::ForTheHuman),
        _ if working.roll(&session.id).frozen => Some(Doubt::SessionChanged),
        _ if late && !working.mail.clock_sure => Some(Doubt::ClockDoubtful),
        _ => None,
    }
}

/// After a refusal, whatever that person writes about that session goes to the human.
fn person_obstacle(working: &Working<'_>, session: &SessionId, person: &Person) -> Option<Doubt> {
    let roll = working.roll(session);
    for registration in &roll.registrations {
        match same_person(registration, person, working.sender()) {
            Same::No => {}
            Same::Unsure if registration.state.is_standing() => return Some(Doubt::PersonUnclear),
            Same::Unsure => {}
            Same::Yes if matches!(registration.state, State::RefusedLate | State::RefusedFull) => {
                return Some(Doubt::RefusedBefore);
            }
            Same::Yes => {}
        }
    }
    None
}

/// Registers the people of one session.
fn one_session(working: &mut Working<'_>, id: &SessionId, people: &[Person]) -> Vec<Told> {
    let Some(session) = working.setting.catalogue.session(id) else {
        return Vec::new();
    };
    let mut told = Vec::new();
    let mut newcomers: Vec<Person> = Vec::new();
    for person in people {
        match standing(working, id, person) {
            Some(registration) if registration.state.is_standing() => {
                let standing = Some(status_of(registration.state));
                working.outcome(&person.name, id, Status::Already);
                told.push(Told {
                    person: person.clone(),
                    session: id.clone(),
                    status: Status::Already,
                    registration: Some(registration),
                    other_name: None,
                    standing,
                });
            }
            Some(registration) => told.push(take_back(working, &registration, person)),
            None => newcomers.push(person.clone()),
        }
    }
    if !newcomers.is_empty() {
        told.extend(seat(working, session, &newcomers));
    }
    told
}

/// The registration of the same person that stands, or whose freed seat is still theirs to take back.
fn standing(working: &Working<'_>, session: &SessionId, person: &Person) -> Option<Registration> {
    let roll = working.roll(session);
    let mut same = roll
        .registrations
        .iter()
        .filter(|r| r.state.is_standing() || r.paused_until.is_some())
        .filter(|r| same_person(r, person, working.sender()) == Same::Yes);
    same.next().cloned()
}

/// « Finalement si », while the freed seat has not been given away: it is theirs again.
pub(super) fn take_back(
    working: &mut Working<'_>,
    registration: &Registration,
    person: &Person,
) -> Told {
    let state = seated_state(working, &registration.session, person);
    working.set_state(registration, state, None);
    if let Some((uid, sequence)) = &registration.invitation {
        let sequence = sequence + 1;
        let uid = uid.clone();
        working.change(registration, |r| {
            r.invitation = Some((uid.clone(), sequence))
        });
        working
            .decided
            .changes
            .push(crate::core::entry::Change::Invitation {
                id: registration.id,
                uid: uid.clone(),
                sequence,
            });
    }
    let status = status_of(state);
    working.outcome(&person.name, &registration.session, status);
    let registration = working.current(registration);
    Told {
        person: person.clone(),
        session: registration.session.clone(),
        status,
        registration: Some(registration),
        other_name: None,
        standing: None,
    }
}

/// Gives newcomers seats, places in the queue, or the refusal that the rules name.
fn seat(working: &mut Working<'_>, session: &Session, newcomers: &[Person]) -> Vec<Told> {
    let id = &session.id;
    let late = working.mail.received >= session.too_late_at();
    let party = u32::try_from(newcomers.len()).unwrap_or(u32::MAX);
    let seated = if late {
        0
    } else {
        seat_newcomers(
            session,
            &working.roll(id),
            party,
            promotes(working, session),
        )
    };
    let flooded = working.flooded();
    let mut group = None;
    let mut told = Vec::new();
    for (index, person) in newcomers.iter().enumerate() {
        let has_seat = u32::try_from(index).is_ok_and(|index| index < seated);
        let state = match () {
            () if late => State::RefusedLate,
            () if has_seat && flooded => State::Review,
            () if has_seat => seated_state(working, id, person),
            () if session.waitlist || flooded => State::Waitlisted,
            () => State::RefusedFull,
        };
        let registration = working.add(id, person, state, None, group);
        if newcomers.len() > 1 && group.is_none() {
            group = Some(registration.id.0);
            working.regroup(&registration, group);
        }
        let status = if state == State::Review {
            Status::None
        } else {
            status_of(state)
        };
        working.outcome(&person.name, id, status);
        if flooded {
            working.doubt(Doubt::TooMany);
            working.decided.to_human = true;
        }
        let registration = working.current(&registration);
        told.push(Told {
            person: person.clone(),
            session: id.clone(),
            status,
            registration: Some(registration),
            other_name: None,
            standing: None,
        });
    }
    if flooded { Vec::new() } else { told }
}

/// Whether freed seats of a session are still given to those who wait.
pub(super) fn promotes(working: &Working<'_>, session: &Session) -> bool {
    promotion_until(working.setting.policy, session).is_none_or(|until| working.setting.now < until)
}

/// Until when a freed seat is given to who waits.
pub(super) fn promotion_until(
    policy: &crate::core::policy::Policy,
    session: &Session,
) -> Option<jiff::Timestamp> {
    let before = jiff::SignedDuration::try_from(policy.promote_until).ok()?;
    session.begins_at().checked_sub(before).ok()
}

/// Confirmed, or provisional where a list of members does not know them.
pub(super) fn seated_state(working: &Working<'_>, session: &SessionId, person: &Person) -> State {
    let rule = working
        .setting
        .catalogue
        .session(session)
        .map_or(crate::core::catalogue::MembershipRule::None, |s| {
            s.membership
        });
    match membership(rule, working.setting.members, person, working.sender()) {
        Membership::NotFound => State::Provisional,
        Membership::Settled | Membership::Unknown => State::Confirmed,
    }
}

/// The word for a state.
pub(super) fn status_of(state: State) -> Status {
    match state {
        State::Confirmed => Status::Confirmed,
        State::Provisional => Status::Provisional,
        State::Waitlisted => Status::Waitlisted,
        State::RefusedLate => Status::Late,
        State::RefusedFull => Status::Full,
        State::Cancelled => Status::Cancelled,
        State::Replaced => Status::Substituted,
        State::Asked => Status::Clarify,
        State::Review => Status::None,
    }
}
