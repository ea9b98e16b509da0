//! What the organiser must know at once: a mail for the human about a session that begins before
//! the next digest, an outage, a breaker that opened. Recorded before it is sent; each kind at most
//! once in its time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::core::catalogue::Mode;
use crate::core::digest::{Digest, Health, Item, Notice, NoticeKind, Sources, collect};
use crate::core::entry::{Body, Cause, Draft, Entry, Hold, Owed, Personal, Walk};
use crate::core::person::Address;
use crate::core::reading::Doubt;
use crate::core::reply::{Letter, Status};
use crate::core::roll::{Known, Lookup};
use crate::house::{House, next_digest_at};
use crate::register::{Query as _, RegisterError};

/// Urgent mails are told at most this often; those between are in the next digest all the same.
const URGENT_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Anything else is told at most this often.
const OTHERS_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Tells what walked mails give cause to tell at once.
///
/// # Errors
/// The register's.
pub async fn tell_of_walked(house: &House, entries: &[Entry]) -> Result<(), RegisterError> {
    for entry in entries {
        let Body::Mail(walked) = &entry.body else {
            continue;
        };
        let doubts = walked
            .understood
            .as_ref()
            .map(|understood| understood.doubts.as_slice())
            .unwrap_or_default();
        if walked
            .decided
            .owed
            .iter()
            .any(|owed| owed.hold == Some(Hold::Breaker))
        {
            tell(house, NoticeKind::BreakerOpen, None, "").await?;
        }
        if doubts.contains(&Doubt::ClockDoubtful) {
            tell(house, NoticeKind::Clock, None, "").await?;
        }
        if doubts.contains(&Doubt::TooMany) && !walked.decided.changes.is_empty() {
            tell(house, NoticeKind::Flood, None, "").await?;
        }
        if walked.walk == Walk::Human && begins_before_next_digest(house, entry) {
            let item = item_of(house, entry)?;
            tell(house, NoticeKind::Urgent, item, "").await?;
        }
    }
    Ok(())
}

/// Whether a mail for the human is about a session that begins before the next digest.
fn begins_before_next_digest(house: &House, entry: &Entry) -> bool {
    let Body::Mail(walked) = &entry.body else {
        return false;
    };
    let rules = house.live.rules();
    let now = house.clock.now();
    let Some(next) = next_digest_at(&rules.config, now) else {
        return false;
    };
    let sessions = walked
        .understood
        .as_ref()
        .map(|understood| understood.sessions.as_slice())
        .unwrap_or_default();
    let soon = |begins: Timestamp| begins < next && begins + SignedDuration::from_hours(12) > now;
    sessions
        .iter()
        .filter_map(|id| rules.catalogue.session(id))
        .any(|session| soon(session.begins_at()))
}

/// The item as the digest would show it.
fn item_of(house: &House, entry: &Entry) -> Result<Option<Item>, RegisterError> {
    let rules = house.live.rules();
    let rolls: BTreeMap<_, _> = house.register.rolls()?.into_iter().collect();
    let open = [entry.clone()];
    let sources = Sources {
        date: house
            .clock
            .now()
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date(),
        now: house.clock.now(),
        timezone: &rules.config.timezone,
        language: rules.config.language,
        after_entry: entry.n,
        entries: &[],
        open: &open,
        background: &[],
        told_before: &BTreeSet::new(),
        rolls: &rolls,
        catalogue: &rules.catalogue,
        policy: &rules.config.policy,
        changed: &BTreeMap::new(),
        health: Health::default(),
        shadow: rules.config.mode == Mode::Shadow,
        paused: false,
        to_check: Vec::new(),
        organisation: &rules.config.organisation.name,
        administrator: None,
        commands: false,
    };
    let Digest {
        to_decide,
        to_answer,
        ..
    } = collect(&sources);
    Ok(to_decide.into_iter().chain(to_answer).next())
}

/// Records a notice with its letters, unless one of its kind was recorded lately.
///
/// # Errors
/// The register's.
pub async fn tell(
    house: &House,
    kind: NoticeKind,
    item: Option<Item>,
    detail: &str,
) -> Result<(), RegisterError> {
    let code = serde_json::to_value(kind)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default();
    let every = if kind == NoticeKind::Urgent {
        URGENT_EVERY
    } else {
        OTHERS_EVERY
    };
    if told_lately(house, &code, every)? {
        return Ok(());
    }
    let rules = house.live.rules();
    let now = house.clock.now();
    let config = &rules.config;
    let notice = Notice {
        kind,
        language: config.language,
        at: now,
        timezone: config.timezone.clone(),
        item,
        detail: detail.to_owned(),
        organisation: config.organisation.name.clone(),
    };
    let lookup = Lookup {
        now: Some(now),
        ..Lookup::default()
    };
    let recorded = house.register.record(now, &lookup, |known: &Known| {
        let mut personal = Personal::default();
        let mut owed = Vec::new();
        for (index, email) in config.digest.to.iter().enumerate() {
            owed.push(Owed {
                token: known.token(u64::try_from(index).unwrap_or_default()),
                letter: personal.letters.len(),
                status: Status::None,
                cause_at: now,
                due_at: now,
                registrations: Vec::new(),
                answers: None,
                hold: None,
            });
            let to = Address {
                name: None,
                email: email.clone(),
            };
            personal.letters.push(Letter::Notice {
                to,
                notice: Box::new(notice.clone()),
            });
        }
        Draft {
            cause: Cause::Itself,
            body: Body::Noticed {
                code: code.clone(),
                owed,
            },
            personal: Some(personal),
        }
    })?;
    house.register.synced(recorded.ticket).await?;
    tracing::warn!(code, "the organiser is told at once");
    Ok(())
}

/// Whether a notice of this code was recorded within this time.
fn told_lately(house: &House, code: &str, within: SignedDuration) -> Result<bool, RegisterError> {
    let since = house.clock.now() - within;
    let mut n = house.register.counts()?.entries;
    while let Some(entry) = house.register.entry(n)? {
        if entry.at < since {
            return Ok(false);
        }
        if matches!(&entry.body, Body::Noticed { code: told, .. } if told == code) {
            return Ok(true);
        }
        n = n.saturating_sub(1);
    }
    Ok(false)
}
