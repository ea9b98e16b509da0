//! `decide(known, reading, now) → Decision`: changes and letters owed, or hand to a human.

use super::entry::{Decided, Personal};

/// What was decided, with its personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Changes, letters, outcomes.
    pub decided: Decided,
    /// The personal data they refer to.
    pub personal: Personal,
}
