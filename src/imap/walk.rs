//! Walking a mailbox by UID: which mails lie beyond the cursor, and fetching them.
//!
//! Invariants: only `BODY.PEEK` and flags are read; UIDs are asked for in windows; nothing is passed over in
//! silence: a mail that the server keeps but cannot give is reported as one that could not be fetched.

use std::collections::{BTreeMap, VecDeque};

use async_imap::imap_proto::{AttributeValue, Response};
use jiff::Timestamp;

use super::connection::{Connection, Standing};
use super::failure::Failure;
use crate::mailbox::FETCH_BYTES_MAX;

/// UIDs asked for at once: one answer of a big mailbox would be megabytes.
const WINDOW: u32 = 10_000;

/// Length of a line of that answer.
const LINE_BYTES: u64 = 64;

/// UIDs kept ahead before the next window waits.
const AHEAD_ENOUGH: usize = 500;

/// Most bytes of one batch, so that a batch of long mails does not fill the memory.
const BATCH_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Most header bytes fetched of a mail in Sent.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// What is fetched of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The whole, up to the limit.
    Whole,
    /// The header.
    Header,
}

/// A mail as the server gave it; `bytes` is `None` if it keeps it but does not give it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub uid: u32,
    pub received: Option<Timestamp>,
    pub answered: bool,
    pub size: Option<u64>,
    pub bytes: Option<Vec<u8>>,
}

/// How far a mailbox has been looked through on this connection.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub standing: Standing,
    /// UID and size of mails beyond the cursor, in order, not yet passed by it.
    ahead: VecDeque<(u32, u64)>,
    /// `ahead` leaves nothing out from this UID on …
    from: u32,
    /// … up to this one (exclusive).
    searched_to: u32,
}

impl Walk {
    pub fn new(standing: Standing) -> Walk {
        Walk {
            standing,
            ..Walk::default()
        }
    }

    /// Takes over what the mailbox says of itself when opened again; what is known of other UIDs is forgotten.
    pub fn reopened(&mut self, standing: Standing) {
        if standing.uid_validity == self.standing.uid_validity {
            self.standing = standing;
        } else {
            *self = Walk::new(standing);
        }
    }

    /// Says whether there may be mails that were not asked for yet.
    pub fn has_more(&self) -> bool {
        !self.ahead.is_empty() || self.standing.uid_next > self.searched_to
    }

    /// Gives the UIDs beyond the cursor for the next batch of at most `max` mails.
    pub async fn next_batch(
        &mut self,
        connection: &mut Connection,
        uid_next: u32,
        max: usize,
    ) -> Result<Vec<(u32, u64)>, Failure> {
        let uid_next = uid_next.max(1);
        if uid_next < self.from {
            self.ahead.clear();
        }
        while self.ahead.front().is_some_and(|(uid, _)| *uid < uid_next) {
            self.ahead.pop_front();
        }
        if self.ahead.is_empty() {
            self.look_ahead(connection, uid_next).await?;
        }
        let mut bytes = 0;
        let mut batch = Vec::new();
        for &(uid, size) in &self.ahead {
            let size = size.min(u64::try_from(FETCH_BYTES_MAX).unwrap_or(u64::MAX));
            if batch.len() >= max.max(1) || (bytes + size > BATCH_BYTES_MAX && bytes > 0) {
                break;
            }
            bytes += size;
            batch.push((uid, size));
        }
        Ok(batch)
    }

    /// Forgets mails that are gone.
    pub fn forget(&mut self, gone: &[u32]) {
        self.ahead.retain(|(uid, _)| !gone.contains(uid));
    }

    async fn look_ahead(
        &mut self,
        connection: &mut Connection,
        uid_next: u32,
    ) -> Result<(), Failure> {
        // A server tells of new mail between commands only: what it has not told of, a FETCH may not show.
        connection.run("NOOP", |_| {}).await?;
        connection.told = false;
        self.from = uid_next;
        let mut start = uid_next;
        loop {
            let end = start.saturating_add(WINDOW - 1);
            // `n:*` always gives the last mail, also if its UID is below n (RFC 3501 §6.4.8).
            let is_last = end >= self.standing.uid_next.saturating_sub(1);
            let set = if is_last {
                format!("{start}:*")
            } else {
                format!("{start}:{end}")
            };
            let expected = WINDOW.min(self.standing.uid_next.saturating_sub(start));
            let found = uids_and_sizes(connection, &set, expected).await?;
            self.ahead
                .extend(found.range(start..).map(|(&uid, &size)| (uid, size)));
            if is_last {
                let last = self.ahead.back().map_or(0, |(uid, _)| *uid);
                self.searched_to = self
                    .standing
                    .uid_next
                    .max(last.saturating_add(1))
                    .max(uid_next);
                self.standing.uid_next = self.searched_to;
                return Ok(());
            }
            if self.ahead.len() >= AHEAD_ENOUGH {
                return Ok(());
            }
            start = end.saturating_add(1);
        }
    }
}

async fn uids_and_sizes(
    connection: &mut Connection,
    set: &str,
    expected: u32,
) -> Result<BTreeMap<u32, u64>, Failure> {
    let mut found = BTreeMap::new();
    connection
        .run_long(
            &format!("UID FETCH {set} (UID RFC822.SIZE)"),
            u64::from(expected) * LINE_BYTES,
            |response| {
                if let Some(given) = given(response)
                    && let Some(size) = given.size
                {
                    found.insert(given.uid, size);
                }
            },
        )
        .await?;
    Ok(found)
}

/// Fetches a batch, in order of UID. Mails that are gone by now are left out and listed second.
pub(super) async fn fetch(
    connection: &mut Connection,
    batch: &[(u32, u64)],
    part: Part,
) -> Result<(Vec<Given>, Vec<u32>), Failure> {
    let section = match part {
        Part::Whole => format!("BODY.PEEK[]<0.{FETCH_BYTES_MAX}>"),
        Part::Header => format!("BODY.PEEK[HEADER]<0.{HEADER_BYTES_MAX}>"),
    };
    let uids: Vec<u32> = batch.iter().map(|(uid, _)| *uid).collect();
    let mut found: BTreeMap<u32, Given> = BTreeMap::new();
    connection
        .run_long(
            &format!(
                "UID FETCH {} (UID INTERNALDATE FLAGS RFC822.SIZE {section})",
                set_of(&uids)
            ),
            batch.iter().map(|(_, size)| size).sum(),
            |response| {
                // Other clients' flag changes come in between: without a body they are not what was asked for.
                if let Some(mut given) = given(response)
                    && let Some(bytes) = &mut given.bytes
                {
                    bytes.truncate(FETCH_BYTES_MAX);
                    found.insert(given.uid, given);
                }
            },
        )
        .await?;
    let missing: Vec<u32> = uids
        .iter()
        .copied()
        .filter(|uid| !found.contains_key(uid))
        .collect();
    if !missing.is_empty() {
        for kept in still_there(connection, &missing).await? {
            found.insert(kept.uid, kept);
        }
    }
    let gone: Vec<u32> = missing
        .into_iter()
        .filter(|uid| !found.contains_key(uid))
        .collect();
    let mails = uids.iter().filter_map(|uid| found.remove(uid)).collect();
    Ok((mails, gone))
}

/// Says which of these mails are still in the mailbox, without their contents.
pub(super) async fn still_there(
    connection: &mut Connection,
    uids: &[u32],
) -> Result<Vec<Given>, Failure> {
    let mut found = BTreeMap::new();
    connection
        .run(
            &format!(
                "UID FETCH {} (UID INTERNALDATE FLAGS RFC822.SIZE)",
                set_of(uids)
            ),
            |response| {
                if let Some(given) = given(response)
                    && given.size.is_some()
                    && uids.contains(&given.uid)
                {
                    found.insert(given.uid, given);
                }
            },
        )
        .await?;
    Ok(found.into_values().collect())
}

/// A sequence set (RFC 3501 §9), neighbours joined.
pub(super) fn set_of(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match ranges.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(uid) => *end = uid,
            _ => ranges.push((uid, uid)),
        }
    }
    let parts: Vec<String> = ranges
        .iter()
        .map(|(start, end)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}:{end}")
            }
        })
        .collect();
    parts.join(",")
}

/// Reads a FETCH response; `None` if it is none, or has no UID (another client changed flags).
pub(super) fn given(response: &Response<'_>) -> Option<Given> {
    let Response::Fetch(_, attributes) = response else {
        return None;
    };
    let mut given = Given::default();
    let mut uid = None;
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(value) => uid = Some(*value),
            AttributeValue::InternalDate(date) => given.received = internal_date(date),
            AttributeValue::Rfc822Size(size) => given.size = Some(u64::from(*size)),
            AttributeValue::Flags(flags) => {
                given.answered = flags
                    .iter()
                    .any(|flag| flag.eq_ignore_ascii_case("\\Answered"));
            }
            AttributeValue::BodySection {
                data: Some(data), ..
            } => given.bytes = Some(data.to_vec()),
            _ => {}
        }
    }
    given.uid = uid?;
    Some(given)
}

/// Reads an INTERNALDATE (RFC 3501 §9 date-time): ` 3-Oct-2017 09:05:06 +0200`.
fn internal_date(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?;
    parsed.to_timestamp().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn sets_join_neighbours() {
        assert_eq!(set_of(&[1, 2, 3, 5, 7, 8]), "1:3,5,7:8");
        assert_eq!(set_of(&[u32::MAX - 1, u32::MAX]), "4294967294:4294967295");
        assert_eq!(set_of(&[]), "");
    }

    #[test]
    fn internal_dates_are_read() {
        for (text, utc) in [
            (" 3-Oct-2017 09:05:06 +0200", Some("2017-10-03T07:05:06Z")),
            ("03-Oct-2017 09:05:06 -0500", Some("2017-10-03T14:05:06Z")),
            ("13-jan-2026 00:00:00 +0000", Some("2026-01-13T00:00:00Z")),
            ("yesterday", None),
        ] {
            assert_eq!(
                internal_date(text),
                utc.map(|utc| utc.parse().unwrap()),
                "{text}"
            );
        }
    }
}
