//! Limits and pauses that decisions go by.

use std::time::Duration;

/// Limits and pauses, each with its default in the shipped file.
#[derive(Debug, Clone)]
pub struct Policy {
    /// People that one mail may register (6).
    pub people_max: usize,
    /// Pause before a freed seat is given away (10 min).
    pub pause: Duration,
    /// Until how long before the session a freed seat is given to who waits (2 days).
    pub promote_until: Duration,
    /// How long we wait for the answer to a question (3 days).
    pub question: Duration,
    /// A letter is held if its cause is older at the first attempt (3 days).
    pub stale_after: Duration,
    /// Replies of one kind in a thread in 24 h (3).
    pub replies_a_thread: u32,
    /// Replies to one address in 24 h (10).
    pub replies_an_address: u32,
    /// Replies in all an hour (60).
    pub replies_an_hour: u32,
    /// Registrations by mail in 10 minutes before seats go under review (20).
    pub registrations_flood: u32,
    /// Whether a seat may be passed on when full or after the deadline (true).
    pub replace_late: bool,
    /// Mails that would count as new at once after UIDVALIDITY changed (20).
    pub new_at_once: usize,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            people_max: 6,
            pause: Duration::from_secs(10 * 60),
            promote_until: Duration::from_secs(2 * 24 * 3600),
            question: Duration::from_secs(3 * 24 * 3600),
            stale_after: Duration::from_secs(3 * 24 * 3600),
            replies_a_thread: 3,
            replies_an_address: 10,
            replies_an_hour: 60,
            registrations_flood: 20,
            replace_late: true,
            new_at_once: 20,
        }
    }
}
