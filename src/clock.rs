//! The present instant: the system's, or stepped (jumps to the next due instant) for demo, rehearse
//! and tests. Nobody else asks the system for the time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Where the present instant comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands still until it is set.
    Stepped(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// Makes a stepped clock that stands at `at`.
    pub fn stepped(at: Timestamp) -> Clock {
        Clock::Stepped(Arc::new(Mutex::new(at)))
    }

    /// Gives the present instant.
    pub fn now(&self) -> Timestamp {
        match self {
            #[allow(clippy::disallowed_methods)] // the one place
            Clock::System => Timestamp::now(),
            Clock::Stepped(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Sets a stepped clock forward; it never goes back. Does nothing to the system's.
    pub fn step_to(&self, to: Timestamp) {
        if let Clock::Stepped(at) = self {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = (*at).max(to);
        }
    }

    /// Gives the time from now until an instant; zero if it is past.
    pub fn until(&self, at: Timestamp) -> Duration {
        let left = at.duration_since(self.now());
        Duration::try_from(left.max(SignedDuration::ZERO)).unwrap_or_default()
    }

    /// Waits until an instant; a stepped clock jumps there.
    pub async fn wait_until(&self, at: Timestamp) {
        match self {
            Clock::System => tokio::time::sleep(self.until(at)).await,
            Clock::Stepped(_) => self.step_to(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stepped_clock_never_goes_back() {
        let start = Timestamp::from_second(1_000).unwrap_or_default();
        let clock = Clock::stepped(start);
        clock.step_to(start + SignedDuration::from_secs(60));
        clock.step_to(start);
        assert_eq!(clock.now(), start + SignedDuration::from_secs(60));
    }
}
