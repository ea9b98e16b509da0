//! Rolls kept decoded between decisions: a decision looks at its session's whole roll, and the one
//! before it left that as it is but for a row.
//!
//! Invariant: a kept roll is what the rows say, entries not yet durable included; whatever takes rows
//! back or replaces them empties it. Memory is limited by the number of registrations kept.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::error::RegisterError;
use super::keys::{Parts, Table};
use super::rows::{Writes, decode};
use crate::core::catalogue::SessionId;
use crate::core::roll::{RegistrationId, Roll};

/// So many registrations are kept: about 1 kB each. A year of an organisation has some thousands.
const KEPT_MAX: usize = 12_000;

/// The rolls that were looked at.
#[derive(Debug, Default)]
pub(super) struct Rolls(RefCell<BTreeMap<SessionId, Roll>>);

impl Rolls {
    /// Gives a session's roll, if it is kept.
    pub(super) fn of(&self, session: &SessionId) -> Option<Roll> {
        self.0.borrow().get(session).cloned()
    }

    /// Keeps a session's roll as it was just read.
    pub(super) fn keep(&self, session: &SessionId, roll: &Roll) {
        let mut kept = self.0.borrow_mut();
        let all: usize = kept.values().map(|roll| roll.registrations.len()).sum();
        if all + roll.registrations.len() > KEPT_MAX {
            kept.clear();
        }
        kept.insert(session.clone(), roll.clone());
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// Takes over what an entry writes.
    ///
    /// # Errors
    /// A row that cannot be read; then nothing is kept.
    pub(super) fn written(&self, writes: &Writes) -> Result<(), RegisterError> {
        let mut kept = self.0.borrow_mut();
        for (key, written) in writes {
            let mut parts = Parts::of(key);
            match key.first() {
                Some(table) if *table == Table::Session as u8 => {
                    if let Some(session) = parts.text() {
                        kept.remove(&SessionId(session));
                    }
                }
                Some(table) if *table == Table::Roll as u8 => {
                    let (Some(session), Some(id)) = (parts.text(), parts.number()) else {
                        continue;
                    };
                    let Some(roll) = kept.get_mut(&SessionId(session)) else {
                        continue;
                    };
                    match written.value.as_deref().map(decode).transpose() {
                        Ok(registration) => {
                            roll.registrations.put(RegistrationId(id), registration);
                        }
                        Err(error) => {
                            kept.clear();
                            return Err(error);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
