//! Yes, no and « je m'en occupe » to what a digest shows; seats of a session; pause.

use super::case::{registered, stored};
use super::people::{acceptable, read_as, refusable};
use super::seats;
use super::{Carrying, Case, Deed, Done, Target, Trouble};
use crate::core::allocation::Beyond;
use crate::core::catalogue::SessionId;
use crate::core::entry::{Change, Decided, Personal};
use crate::core::reading::{Intent, Reading};
use crate::core::roll::{Registration, RegistrationId, State};

impl Carrying<'_> {
    /// Yes: what was refused, or waits for a nod, gets its seat; what was unclear is now certain.
    pub(super) fn accept(
        &mut self,
        target: Target,
        session: Option<&SessionId>,
        beyond: Beyond,
    ) -> Done {
        let entry = match target {
            Target::Registration(id) => {
                let found = self.registration(id)?;
                if !acceptable(&found) {
                    return Err(Trouble::NotPossible {
                        name: seats::name_of(&found),
                    });
                }
                let case = Case::own(self.word, self.setting, self.word.language);
                return self.with(&case, |working| seats::accept(working, &[found], beyond));
            }
            Target::Item(entry) => entry,
        };
        let Some(item) = stored(self.word, entry) else {
            return Err(Trouble::NoSuchItem);
        };
        let case = Case::nodded(item).ok_or(Trouble::NothingToAccept)?;
        let open: Vec<Registration> = registered(item)
            .into_iter()
            .filter_map(|id| self.registration(id).ok())
            .filter(acceptable)
            .collect();
        let deeds = if open.is_empty() {
            let reading = certain(&case.reading, session)?;
            self.with(&case, |working| read_as(working, &reading, beyond))?
        } else {
            self.with(&case, |working| seats::accept(working, &open, beyond))?
        };
        self.settle(entry);
        Ok(deeds)
    }

    /// No: nothing more is written. A seat under review goes to who is next.
    pub(super) fn refuse(&mut self, target: Target) -> Done {
        let (ids, entry) = match target {
            Target::Registration(id) => {
                if !refusable(&self.registration(id)?) {
                    return Err(Trouble::NotPossible {
                        name: id.to_string(),
                    });
                }
                (vec![id], None)
            }
            Target::Item(entry) => match stored(self.word, entry) {
                Some(item) => (registered(item), Some(entry)),
                None => return Err(Trouble::NoSuchItem),
            },
        };
        let under_review: Vec<Registration> = ids
            .into_iter()
            .filter_map(|id| self.registration(id).ok())
            .filter(refusable)
            .collect();
        let case = Case::own(self.word, self.setting, self.word.language);
        self.with(&case, |working| {
            for registration in &under_review {
                working.set_state(registration, State::Cancelled, None);
            }
            Ok(Vec::new())
        })?;
        if let Some(entry) = entry {
            self.settle(entry);
        }
        let mut deeds = vec![Deed::Settled];
        let mut sessions: Vec<SessionId> = under_review.into_iter().map(|r| r.session).collect();
        sessions.sort();
        sessions.dedup();
        for session in sessions {
            deeds.extend(self.promote_in(&session));
        }
        Ok(deeds)
    }

    pub(super) fn take(&mut self, entry: u64) -> Done {
        if stored(self.word, entry).is_none() {
            return Err(Trouble::NoSuchItem);
        }
        self.settle(entry);
        Ok(vec![Deed::Taken])
    }

    /// Other seats for a session; more of them promote who waits.
    pub(super) fn capacity(&mut self, session: &SessionId, seats: Option<u32>) -> Done {
        let Some(facts) = self.setting.catalogue.session(session) else {
            return Err(Trouble::UnknownSession {
                session: session.clone(),
            });
        };
        self.change(Change::Capacity {
            session: session.clone(),
            capacity: seats,
        });
        let roll = self.known.rolls.entry(session.clone()).or_default();
        roll.capacity = seats;
        let mut deeds = vec![Deed::Capacity {
            session: session.clone(),
            seats: seats.unwrap_or(facts.capacity),
            taken: roll.taken(),
        }];
        deeds.extend(self.promote_in(session));
        Ok(deeds)
    }

    pub(super) fn accept_session(&mut self, session: &SessionId) -> Done {
        if self.setting.catalogue.session(session).is_none() {
            return Err(Trouble::UnknownSession {
                session: session.clone(),
            });
        }
        self.change(Change::SessionAccepted {
            session: session.clone(),
        });
        let roll = self.known.rolls.entry(session.clone()).or_default();
        roll.frozen = false;
        let mut deeds = vec![Deed::SessionAccepted {
            session: session.clone(),
        }];
        deeds.extend(self.promote_in(session));
        Ok(deeds)
    }

    pub(super) fn pause(&mut self, on: bool) -> Vec<Deed> {
        self.change(Change::Paused { on });
        vec![if on { Deed::Paused } else { Deed::Resumed }]
    }

    fn settle(&mut self, entry: u64) {
        self.change(Change::Settled { entry });
    }

    fn change(&mut self, change: Change) {
        let decided = Decided {
            changes: vec![change],
            ..Decided::default()
        };
        self.take_over(decided, Personal::default(), Vec::new());
    }

    fn registration(&self, id: RegistrationId) -> Result<Registration, Trouble> {
        let all = self
            .known
            .rolls
            .values()
            .flat_map(|roll| &roll.registrations);
        let found = all.into_iter().find(|r| r.id == id);
        found.cloned().ok_or(Trouble::Nobody {
            name: id.to_string(),
        })
    }
}

/// What was understood, made certain by the organiser's yes; they may name the session.
fn certain(reading: &Reading, session: Option<&SessionId>) -> Result<Reading, Trouble> {
    let mut reading = reading.clone();
    if let Some(session) = session {
        reading.sessions = vec![session.clone()];
        reading
            .participants
            .iter_mut()
            .for_each(|p| p.sessions.clear());
    }
    if reading.intent == Intent::Other {
        return Err(Trouble::NothingToAccept);
    }
    let unsure = !reading.session_certain && reading.sessions.len() > 1;
    if reading.intent == Intent::Register && (reading.sessions.is_empty() || unsure) {
        return Err(Trouble::NoSession);
    }
    reading.act = true;
    reading.doubts.clear();
    Ok(reading)
}
