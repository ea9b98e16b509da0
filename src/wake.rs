//! Wakes spines that wait: for what is recorded by neither of them (a command, another catalogue).
//!
//! A wake is not lost while a spine works: it is met at the next wait.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes both spines: something was recorded that is neither mail nor the courier's.
#[derive(Debug, Clone, Default)]
pub struct Wake {
    /// Waits for mail, or until something falls due.
    pub intake: Arc<Notify>,
    /// Waits for letters.
    pub courier: Arc<Notify>,
}

impl Wake {
    /// Wakes both, now or as soon as they wait.
    pub fn both(&self) {
        self.intake.notify_one();
        self.courier.notify_one();
    }
}
