//! Seats and waitlist order; the only place where a seat is given.
//!
//! The rule, as the README states it: seats go in order of receipt. People who asked together for
//! one session are seated whole or wait whole (unless the session says `group = "split"`). A group
//! that does not fit keeps its place and does not stop a smaller one behind it. A seat once given
//! is never taken back by an earlier time of receipt. A freed seat counts as taken while its pause
//! is open. The robot never gives the seats that are held; the organiser's word may.

use super::catalogue::{GroupRule, Session};
use super::roll::{Registration, RegistrationId, Roll};

/// Gives the seats that the robot may still give.
pub fn free_seats(session: &Session, roll: &Roll) -> u32 {
    let capacity = roll.capacity.unwrap_or(session.capacity);
    capacity
        .saturating_sub(session.held)
        .saturating_sub(roll.taken())
}

/// Says how many of a party of newcomers get a seat now, the others waiting.
///
/// `promotes` is whether freed seats still go to those who wait: if no longer, newcomers do not pass
/// those who wait already.
pub fn seat_newcomers(session: &Session, roll: &Roll, party: u32, promotes: bool) -> u32 {
    if !promotes && !roll.waiting().is_empty() {
        return 0;
    }
    let free = free_seats(session, roll);
    match session.group {
        _ if free >= party => party,
        GroupRule::Together => 0,
        GroupRule::Split => free,
    }
}

/// Says whether people for whom the organiser speaks get their seats: those held back are the
/// organiser's to give, and beyond the capacity only an express yes goes.
pub fn seat_by_word(session: &Session, roll: &Roll, party: u32, beyond: Beyond) -> bool {
    let capacity = roll.capacity.unwrap_or(session.capacity);
    beyond == Beyond::Allowed || capacity.saturating_sub(roll.taken()) >= party
}

/// Whether the organiser's word goes beyond a session's capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// It is asked back first.
    Asked,
    /// They have said yes to that.
    Allowed,
}

/// Gives those who wait and get the seats that are free now, in order.
pub fn next_to_seat(session: &Session, roll: &Roll) -> Vec<RegistrationId> {
    let mut free = free_seats(session, roll);
    let mut seated = Vec::new();
    for party in parties(session, roll) {
        let size = u32::try_from(party.len()).unwrap_or(u32::MAX);
        if size <= free {
            free -= size;
            seated.extend(party.iter().map(|registration| registration.id));
        }
        if free == 0 {
            break;
        }
    }
    seated
}

/// Gives a waiting registration's place in the list, from 1.
pub fn place_in_queue(roll: &Roll, id: RegistrationId) -> Option<u32> {
    let index = roll
        .waiting()
        .iter()
        .position(|registration| registration.id == id)?;
    u32::try_from(index + 1).ok()
}

/// Those who wait, in parties that are seated whole, in order of the first of each.
fn parties<'a>(session: &Session, roll: &'a Roll) -> Vec<Vec<&'a Registration>> {
    let mut parties: Vec<Vec<&Registration>> = Vec::new();
    for registration in roll.waiting() {
        let together = session.group == GroupRule::Together && registration.group.is_some();
        let same = |party: &&mut Vec<&Registration>| {
            party
                .first()
                .is_some_and(|first| first.group == registration.group)
        };
        match parties.iter_mut().find(same) {
            Some(party) if together => party.push(registration),
            _ => parties.push(vec![registration]),
        }
    }
    parties
}
