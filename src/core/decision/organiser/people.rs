//! Orders about people who are on record: cancel, move, replace, promote, note; and sentences that
//! were read like a participant's mail.

use super::super::cancel::{self, Found, find};
use super::super::due::promote_within;
use super::super::register::{Told, seated_state, status_of, wanted};
use super::super::same::names_fit;
use super::super::working::Working;
use super::super::{letters, replace, update};
use super::seats::{self, became, has_seats, name_of, takes_place, told_of};
use super::{Carrying, Case, Deed, Done, Trouble, Who};
use crate::core::allocation::Beyond;
use crate::core::catalogue::SessionId;
use crate::core::entry::{Change, Contact};
use crate::core::person::Person;
use crate::core::reading::{Intent, Reading};
use crate::core::reply::Status;
use crate::core::roll::{Registration, State};

impl Carrying<'_> {
    fn own_case(&self) -> Case {
        Case::own(self.word, self.setting, self.word.language)
    }

    pub(super) fn cancel(&mut self, who: &Who) -> Done {
        let case = self.own_case();
        self.with(&case, |working| {
            let found = one(working, who, |r| r.state.is_standing())?;
            Ok(give_up(working, &[found]))
        })
    }

    pub(super) fn replace(&mut self, who: &Who, person: &Person) -> Done {
        let case = self.own_case();
        self.with(&case, |working| {
            let old = one(working, who, |r| r.state.is_standing())?;
            pass_on(working, &[old], std::slice::from_ref(person))
        })
    }

    pub(super) fn promote(&mut self, who: &Who, beyond: Beyond) -> Done {
        let case = self.own_case();
        self.with(&case, |working| {
            let waiting = one(working, who, |r| r.state.is_standing())?;
            if waiting.state != State::Waitlisted {
                return Err(Trouble::NotPossible {
                    name: name_of(&waiting),
                });
            }
            seats::accept(working, &[waiting], beyond)
        })
    }

    /// Moves a person: the new seat is had before the old one is given up, in the same entry.
    pub(super) fn relocate(&mut self, who: &Who, to: &SessionId, beyond: Beyond) -> Done {
        let case = self.own_case();
        self.with(&case, |working| {
            let old = one_but(working, who, to)?;
            let Some(session) = working.setting.catalogue.session(to) else {
                return Err(Trouble::UnknownSession {
                    session: to.clone(),
                });
            };
            takes_place(working, session, beyond)?;
            let person = old.person.clone().unwrap_or_default();
            let roll = working.roll(to);
            let same = |r: &&Registration| {
                let theirs = r.person.as_ref().map(Person::name_key);
                theirs == Some(person.name_key())
            };
            let there = roll.registrations.iter().rev().find(same).cloned();
            let seated = there.as_ref().is_some_and(|r| r.state.takes_seat());
            if old.session == *to || seated {
                return Err(Trouble::NotPossible { name: person.name });
            }
            has_seats(working, session, 1, beyond, || vec![person.name.clone()])?;
            let from = old.session.clone();
            let new = match there.filter(acceptable) {
                Some(refused_or_waiting) => seats::raise(working, &refused_or_waiting),
                None => {
                    let state = seated_state(working, to, &person);
                    let contact = contact_of(&old);
                    let new = working.add_as(to, contact, state, None, None, old.language);
                    working.outcome(&person.name, to, status_of(state));
                    told_of(new, status_of(state))
                }
            };
            let told = vec![new, cancel::cancel(working, &old)];
            letters::answer(working, &told);
            let mut deeds = vec![Deed::Moved {
                name: person.name,
                from,
                to: to.clone(),
            }];
            deeds.extend(after_leaving(working, &old));
            Ok(deeds)
        })
    }

    pub(super) fn note(&mut self, who: &Who, text: &str) -> Done {
        let case = self.own_case();
        self.with(&case, |working| {
            let found = one(working, who, |_| true)?;
            let mut contact = contact_of(&found);
            contact.remarks.push(text.trim().to_owned());
            let remarks = contact.remarks.clone();
            let person = working.personal.people.len();
            working.personal.people.push(contact);
            working.decided.changes.push(Change::Details {
                id: found.id,
                person,
            });
            working.change(&found, |held| held.remarks.clone_from(&remarks));
            Ok(vec![Deed::Noted {
                name: name_of(&found),
            }])
        })
    }

    /// A sentence of the organiser's, read like a participant's mail.
    pub(super) fn said(&mut self, reading: &Reading, beyond: Beyond) -> Done {
        let mut case = self.own_case();
        case.reading = reading.clone();
        self.with(&case, |working| read_as(working, reading, beyond))
    }
}

/// Decides what a reading asks for, with the organiser's authority.
pub(super) fn read_as(working: &mut Working<'_>, reading: &Reading, beyond: Beyond) -> Done {
    match reading.intent {
        Intent::Register if reading.participants.is_empty() => Err(Trouble::NoPerson),
        Intent::Register => seats::give(working, &wanted(reading), beyond),
        Intent::Cancel => {
            let found = found(working, reading)?;
            Ok(give_up(working, &found))
        }
        Intent::Replace => {
            let found = found(working, reading)?;
            let newcomers: Vec<Person> = reading
                .participants
                .iter()
                .map(|p| p.person.clone())
                .collect();
            pass_on(working, &found, &newcomers)
        }
        Intent::Update => {
            let Some(after) = reading.participants.first().map(|p| p.person.clone()) else {
                return Err(Trouble::NoPerson);
            };
            let who = Who::Named {
                name: after.name.clone(),
                session: reading.sessions.first().cloned(),
            };
            let found = one(working, &who, |r| r.state.is_standing())?;
            let told = vec![update::change(working, &found, &after)];
            letters::answer(working, &told);
            Ok(told.iter().map(became).collect())
        }
        Intent::Other | Intent::Automatic | Intent::Bounce => Err(Trouble::NotUnderstood),
    }
}

/// The registrations that a reading means, as for a participant's mail.
fn found(working: &Working<'_>, reading: &Reading) -> Result<Vec<Registration>, Trouble> {
    let name = || match reading.removed.first() {
        Some(name) => name.clone(),
        None => working.sender().to_owned(),
    };
    match find(working, reading) {
        Found::These(found) => Ok(found),
        Found::Several(several) => Err(Trouble::Several {
            which: several.iter().map(shown).collect(),
        }),
        Found::Already(_) | Found::Nobody(_) => Err(Trouble::Nobody { name: name() }),
    }
}

fn give_up(working: &mut Working<'_>, found: &[Registration]) -> Vec<Deed> {
    let told: Vec<Told> = found
        .iter()
        .map(|registration| cancel::cancel(working, registration))
        .collect();
    letters::answer(working, &told);
    let mut deeds: Vec<Deed> = told.iter().map(became).collect();
    for old in found {
        deeds.extend(after_leaving(working, old));
    }
    deeds
}

/// Who leaves the waiting list may let the rest of their group fit a seat that is free already.
fn after_leaving(working: &mut Working<'_>, old: &Registration) -> Vec<Deed> {
    if old.state != State::Waitlisted {
        return Vec::new(); // a seat is given away after its pause
    }
    let before = working.decided.changes.len();
    promote_within(working, &old.session);
    let roll = working.roll(&old.session);
    let promoted = working.decided.changes.iter().skip(before);
    promoted
        .filter_map(|change| match change {
            Change::State { id, .. } => roll.registrations.iter().find(|r| r.id == *id),
            _ => None,
        })
        .map(|registration| Deed::Became {
            name: name_of(registration),
            session: registration.session.clone(),
            status: Status::Promoted,
        })
        .collect()
}

/// Passes seats on, one to each newcomer, or all those of one person to the one newcomer.
fn pass_on(working: &mut Working<'_>, found: &[Registration], newcomers: &[Person]) -> Done {
    if newcomers.is_empty() || (newcomers.len() != found.len() && newcomers.len() != 1) {
        return Err(Trouble::NoPerson);
    }
    let mut told = Vec::new();
    let mut deeds = Vec::new();
    for (old, newcomer) in found.iter().zip(newcomers.iter().cycle()) {
        let roll = working.roll(&old.session);
        let there = roll.registrations.iter().any(|r| {
            let theirs = r.person.as_ref().map(Person::name_key);
            r.state.is_standing() && theirs == Some(newcomer.name_key())
        });
        if there {
            return Err(Trouble::NotPossible {
                name: newcomer.name.clone(),
            });
        }
        deeds.push(Deed::Replaced {
            old: name_of(old),
            new: newcomer.name.clone(),
            session: old.session.clone(),
        });
        told.extend(replace::substitute(working, old, newcomer));
    }
    letters::answer(working, &told);
    Ok(deeds)
}

/// The one registration that is meant, among those that `fits`.
pub(super) fn one(
    working: &Working<'_>,
    who: &Who,
    fits: impl Fn(&Registration) -> bool,
) -> Result<Registration, Trouble> {
    let all = working.rolls.values().flat_map(|roll| &roll.registrations);
    let fitting: Vec<&Registration> = match who {
        Who::Registration(id) => {
            let found = all.into_iter().find(|r| r.id == *id);
            return match found {
                Some(found) if fits(found) => Ok(found.clone()),
                Some(found) => Err(Trouble::NotPossible {
                    name: name_of(found),
                }),
                None => Err(Trouble::Nobody {
                    name: id.to_string(),
                }),
            };
        }
        Who::Named { name, session } => all
            .filter(|r| session.as_ref().is_none_or(|s| *s == r.session))
            .filter(|r| r.person.as_ref().is_some_and(|p| names_fit(&p.name, name)))
            .filter(|r| fits(r))
            .collect(),
    };
    match fitting.as_slice() {
        [] => Err(Trouble::Nobody {
            name: match who {
                Who::Named { name, .. } => name.clone(),
                Who::Registration(id) => id.to_string(),
            },
        }),
        [found] => Ok((*found).clone()),
        several => Err(Trouble::Several {
            which: several.iter().map(|r| shown(r)).collect(),
        }),
    }
}

/// The one standing registration that is meant in another session than this.
fn one_but(working: &Working<'_>, who: &Who, session: &SessionId) -> Result<Registration, Trouble> {
    let by_number = matches!(who, Who::Registration(_));
    one(working, who, |r| {
        r.state.is_standing() && (by_number || r.session != *session)
    })
}

fn shown(registration: &Registration) -> (crate::core::roll::RegistrationId, String, SessionId) {
    (
        registration.id,
        name_of(registration),
        registration.session.clone(),
    )
}

fn contact_of(registration: &Registration) -> Contact {
    Contact {
        person: registration.person.clone().unwrap_or_default(),
        contact: registration.contact.clone(),
        made_by: registration.made_by.clone(),
        made_by_name: registration.made_by_name.clone(),
        thread: registration.thread.clone(),
        subject: registration.subject.clone(),
        remarks: registration.remarks.clone(),
    }
}

/// Whether no takes this registration's seat: it is under review, and nobody was told of it.
pub(super) fn refusable(registration: &Registration) -> bool {
    matches!(registration.state, State::Review | State::Asked)
}

/// Whether yes gives this registration a seat that it does not have for certain.
pub(super) fn acceptable(registration: &Registration) -> bool {
    matches!(
        registration.state,
        State::RefusedLate | State::RefusedFull | State::Review | State::Waitlisted
    )
}
