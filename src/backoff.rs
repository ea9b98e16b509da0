//! How long to wait before the next connection, so that an outage or a wrong password never becomes a storm.
//!
//! Invariants: pure (the random number is an argument); after wrong credentials at most 6 logins in the first
//! hour, then one in 15 minutes; after a lost connection 1 s at first and never more than 5 minutes.

use std::time::Duration;

use crate::mailbox::MailboxErrorKind;

/// First wait after a lost connection.
const FIRST: Duration = Duration::from_secs(1);
/// Longest wait after a lost connection: mail is handled within 6 minutes after the link returns.
const TRANSIENT_MAX: Duration = Duration::from_secs(5 * 60);
/// Waits where only a human can help; the last one repeats. Servers lock accounts that try too often.
const SLOW: [Duration; 3] = [
    Duration::from_secs(5 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(15 * 60),
];

/// Counts failures in a row and says how long to wait.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Starts without any failure.
    pub fn new() -> Backoff {
        Backoff::default()
    }

    /// Counts a failure and gives the wait before the next attempt. `random` is any evenly drawn number.
    pub fn failed(&mut self, kind: MailboxErrorKind, random: u32) -> Duration {
        let count = self.failures;
        self.failures = self.failures.saturating_add(1);
        match kind {
            MailboxErrorKind::Transient => {
                let full = FIRST.saturating_mul(1 << count.min(16)).min(TRANSIENT_MAX);
                // Half of it fixed, half drawn: many clients of one server do not return together.
                full / 2 + share(full / 2, random)
            }
            MailboxErrorKind::Credentials | MailboxErrorKind::Config => {
                let index = usize::try_from(count).unwrap_or(usize::MAX);
                let wait = SLOW.get(index).or(SLOW.last()).copied().unwrap_or_default();
                wait + share(wait / 10, random)
            }
        }
    }

    /// Forgets all failures: a connection worked.
    pub fn worked(&mut self) {
        self.failures = 0;
    }

    /// Gives the number of failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

fn share(of: Duration, random: u32) -> Duration {
    of.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn wrong_credentials_make_at_most_six_logins_in_an_hour() {
        for random in [0, 1 << 31, u32::MAX] {
            let mut backoff = Backoff::new();
            let (mut at, mut logins, mut last) = (Duration::ZERO, 0, Duration::ZERO);
            while at < Duration::from_secs(3600) {
                logins += 1;
                last = backoff.failed(MailboxErrorKind::Credentials, random);
                at += last;
            }
            assert!(logins <= 6, "{logins} logins");
            assert!(last >= Duration::from_secs(15 * 60));
        }
    }

    #[test]
    fn a_lost_connection_is_tried_soon_and_then_rarely() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..12)
            .map(|_| {
                backoff
                    .failed(MailboxErrorKind::Transient, u32::MAX)
                    .as_secs()
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        backoff.worked();
        let wait = backoff.failed(MailboxErrorKind::Transient, 0);
        assert_eq!(wait, Duration::from_millis(500));
        for _ in 0..100 {
            assert!(backoff.failed(MailboxErrorKind::Transient, u32::MAX) <= TRANSIENT_MAX);
        }
    }
}
