//! Letters that a decision makes untrue before they have left: each is replaced, in the same entry.
//!
//! What such a letter says of others stays owed, by a letter that says no more than what is still
//! true; what it said of the changed seat is said anew, unless another letter of the decision does.

use std::collections::{BTreeMap, BTreeSet};

use super::letters::{clean_name, outcome_of};
use super::register::{Told, status_of};
use super::working::{Telling, Working};
use super::{Setting, overall};
use crate::core::catalogue::SessionId;
use crate::core::entry::{Change, Decided, Owed, Personal};
use crate::core::membership::membership;
use crate::core::reply::{Letter, Outcome, Reply, Status};
use crate::core::roll::{Known, Registration, RegistrationId, Roll, State, Unsent};

/// A decision that is nearly made.
pub(super) struct Making<'a> {
    pub(super) decided: &'a mut Decided,
    pub(super) personal: &'a mut Personal,
    pub(super) tokens: &'a mut u64,
    pub(super) telling: Telling,
}

impl Working<'_> {
    /// Replaces the letters that this decision makes untrue.
    pub(super) fn replace_untrue(&mut self) {
        let mut making = Making {
            decided: &mut self.decided,
            personal: &mut self.personal,
            tokens: &mut self.next_token,
            telling: self.telling,
        };
        replace_untrue(&self.setting, self.known, &self.rolls, &mut making);
    }
}

/// Replaces the letters that a decision makes untrue; `rolls` are as it leaves them.
pub(super) fn replace_untrue(
    setting: &Setting<'_>,
    known: &Known,
    rolls: &BTreeMap<SessionId, Roll>,
    making: &mut Making<'_>,
) {
    let changed: BTreeSet<RegistrationId> = making
        .decided
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::State { id, .. } => Some(*id),
            _ => None,
        })
        .collect();
    if changed.is_empty() {
        return;
    }
    for unsent in &known.unsent {
        let about = unsent.owed.registrations.iter();
        if let Some(reply) = &unsent.reply
            && about.clone().any(|id| changed.contains(id))
        {
            let concerned = Concerned {
                setting,
                rolls,
                changed: &changed,
                unsent,
                reply,
            };
            concerned.replace(known, making);
        }
    }
}

/// A letter about a registration that has changed.
struct Concerned<'a> {
    setting: &'a Setting<'a>,
    rolls: &'a BTreeMap<SessionId, Roll>,
    changed: &'a BTreeSet<RegistrationId>,
    unsent: &'a Unsent,
    reply: &'a Reply,
}

impl Concerned<'_> {
    fn replace(&self, known: &Known, making: &mut Making<'_>) {
        let untrue = |outcome: &&Outcome| {
            self.registration(outcome)
                .is_some_and(|r| self.changed.contains(&r.id) && !is_true(outcome, r))
        };
        if !self.reply.outcomes.iter().any(|o| untrue(&o)) {
            return;
        }
        making.decided.changes.push(Change::Superseded {
            letter: self.unsent.owed.token.clone(),
        });
        let outcomes: Vec<Outcome> = self
            .reply
            .outcomes
            .iter()
            .filter_map(|outcome| {
                if self.is_told(outcome, making) {
                    return None; // said by the newer letter, and as it is now
                }
                if !untrue(&outcome) {
                    return Some(outcome.clone());
                }
                let tells = making.telling == Telling::Told;
                tells.then(|| self.anew(outcome)).flatten()
            })
            .collect();
        if outcomes.is_empty() {
            return;
        }
        let statuses: Vec<Status> = outcomes.iter().map(|o| o.status).collect();
        let reply = Reply {
            status: overall(&statuses),
            outcomes,
            ..self.reply.clone()
        };
        let token = known.token(*making.tokens);
        *making.tokens += 1;
        making.decided.owed.push(Owed {
            token,
            letter: making.personal.letters.len(),
            status: reply.status,
            due_at: self.setting.now,
            hold: self.unsent.hold,
            ..self.unsent.owed.clone()
        });
        making.personal.letters.push(Letter::Reply(Box::new(reply)));
    }

    /// The registration that an outcome speaks of; the latest, where one was replaced by another.
    fn registration(&self, outcome: &Outcome) -> Option<&Registration> {
        let roll = self.rolls.get(&outcome.session.id)?;
        roll.registrations.iter().rev().find(|r| {
            self.unsent.owed.registrations.contains(&r.id)
                && r.person
                    .as_ref()
                    .is_some_and(|p| clean_name(&p.name) == outcome.name)
        })
    }

    /// Says whether another letter of the decision tells the same receiver of it.
    fn is_told(&self, outcome: &Outcome, making: &Making<'_>) -> bool {
        making.decided.owed.iter().any(|owed| {
            let letter = making.personal.letters.get(owed.letter);
            let Some(Letter::Reply(reply)) = letter else {
                return false;
            };
            let about = |o: &Outcome| o.name == outcome.name && o.session.id == outcome.session.id;
            reply.to.email.eq_ignore_ascii_case(&self.reply.to.email)
                && reply.outcomes.iter().any(about)
        })
    }

    /// The same outcome as it is now.
    fn anew(&self, outcome: &Outcome) -> Option<Outcome> {
        let registration = self.registration(outcome)?;
        let session = self.setting.catalogue.session(&registration.session)?;
        let roll = self.rolls.get(&registration.session)?;
        let person = registration.person.clone()?;
        let to = &self.reply.to;
        let rule = membership(session.membership, self.setting.members, &person, &to.email);
        let passed_on = registration.state == State::Replaced;
        let told = Told {
            person,
            session: session.id.clone(),
            status: if passed_on {
                Status::Cancelled
            } else {
                status_of(registration.state)
            },
            registration: Some(registration.clone()),
            other_name: outcome.other_name.clone().filter(|_| !passed_on),
            standing: None,
        };
        let policy = self.setting.policy;
        Some(outcome_of(
            session,
            roll,
            &told,
            to,
            policy,
            rule,
            registration.language,
        ))
    }
}

/// Says whether what a letter tells of a seat holds for its state.
pub fn is_true(outcome: &Outcome, registration: &Registration) -> bool {
    let state = registration.state;
    let told = match outcome.status {
        Status::Already => outcome.standing.unwrap_or(Status::None),
        status => status,
    };
    match told {
        Status::Confirmed => state == State::Confirmed,
        Status::Provisional => state == State::Provisional,
        Status::Promoted => matches!(state, State::Confirmed | State::Provisional),
        Status::Substituted | Status::Updated => state.is_standing(),
        Status::Waitlisted => state == State::Waitlisted,
        Status::Cancelled => matches!(state, State::Cancelled | State::Replaced),
        Status::Late => state == State::RefusedLate,
        Status::Full => state == State::RefusedFull,
        Status::Already | Status::Clarify | Status::None => true,
    }
}
