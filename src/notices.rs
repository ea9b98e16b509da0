//! What the organiser must know at once: a mail for the human about a session that begins before
//! the next digest, an outage, a breaker that opened. Recorded before it is sent; each kind at most
//! once in its time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::core::catalogue::Mode;
use crate::core::digest::{
    Digest, Health, Item, Notice, NoticeKind, ORIGINALS_BYTES_MAX, Octets, Original, Sources,
    collect,
};
use crate::core::entry::{Body, Cause, Draft, Entry, Hold, Owed, Personal, Place};
use crate::core::person::Address;
use crate::core::reading::Doubt;
use crate::core::reply::{Letter, Status};
use crate::core::roll::{Known, Lookup};
use crate::house::{House, next_digest_at};
use crate::intake::{IntakeError, Walked};
use crate::mailbox::Mailbox;
use crate::register::{Query as _, RegisterError};

/// Urgent mails and outages are told at most this often; what comes between is told when the time is over.
const URGENT_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Anything else is told at most this often.
const OTHERS_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// A session that began this long ago is no longer urgent.
const URGENT_UNTIL: SignedDuration = SignedDuration::from_hours(12);

/// Mails that one urgent notice tells of; more are told with the next.
const ITEMS_MAX: usize = 20;

/// When mails that cannot wait for the digest are looked for.
#[derive(Debug, Default)]
pub struct Urgent(Mutex<Look>);

#[derive(Debug, Default, Clone, Copy)]
enum Look {
    /// At the next turn: one has come, or guichet has just started.
    #[default]
    Now,
    /// Then: some wait until the hour since the last notice is over.
    At(Timestamp),
    /// None waits.
    No,
}

impl Urgent {
    /// Gives when they are to be looked for again, if some wait.
    pub fn next_look_at(&self) -> Option<Timestamp> {
        match self.look() {
            Look::At(at) => Some(at),
            Look::Now | Look::No => None,
        }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        match self.look() {
            Look::Now => true,
            Look::At(at) => at <= now,
            Look::No => false,
        }
    }

    fn look(&self) -> Look {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, look: Look) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = look;
    }
}

/// Tells what walked mails give cause to tell at once; notes that one is urgent.
///
/// # Errors
/// The register's.
pub async fn tell_of_walked(house: &House, walked: &Walked) -> Result<(), RegisterError> {
    if walked.too_many {
        tell(house, NoticeKind::ManyNew).await?;
    }
    for entry in &walked.notable {
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
            tell(house, NoticeKind::BreakerOpen).await?;
        }
        if doubts.contains(&Doubt::ClockDoubtful) {
            tell(house, NoticeKind::Clock).await?;
        }
        if doubts.contains(&Doubt::TooMany) && !walked.decided.changes.is_empty() {
            tell(house, NoticeKind::Flood).await?;
        }
        if walked.decided.to_human && begins_before_next_digest(house, entry) {
            house.urgent.set(Look::Now);
        }
    }
    Ok(())
}

/// Forwards the mails for the human about a session that begins before the next digest, once the last
/// such notice is old enough.
///
/// # Errors
/// The register's, and the mailbox's: then nothing was told, and it is tried again at the next turn.
pub async fn tell_of_urgent(house: &House, mailbox: &mut impl Mailbox) -> Result<(), IntakeError> {
    let now = house.clock.now();
    if !house.urgent.is_due(now) {
        return Ok(());
    }
    let mut waiting = waiting(house)?;
    if waiting.is_empty() {
        house.urgent.set(Look::No);
        return Ok(());
    }
    if let Some(last) = told_lately(house, "urgent", URGENT_EVERY)? {
        house.urgent.set(Look::At(last + URGENT_EVERY));
        return Ok(());
    }
    let more = waiting.len() > ITEMS_MAX;
    waiting.truncate(ITEMS_MAX);
    let mut notice = notice_of(house, NoticeKind::Urgent, now);
    let mut room = ORIGINALS_BYTES_MAX;
    for urgent in &waiting {
        let original = match mailbox.fetch_again(&urgent.place, None).await? {
            Some(mail) if mail.bytes.len() <= room => {
                room -= mail.bytes.len();
                Original::Attached {
                    octets: Octets(mail.bytes),
                }
            }
            Some(_) => Original::TooLong,
            None => Original::Gone,
        };
        notice.originals.push(original);
        notice.items.push(urgent.item.clone());
    }
    let entries = waiting.iter().map(|urgent| urgent.entry).collect();
    record(house, &notice, entries).await?;
    house.urgent.set(if more {
        Look::At(now + URGENT_EVERY)
    } else {
        Look::No
    });
    Ok(())
}

/// Tells of an outage of the mailbox that began then, once, and at most hourly.
///
/// # Errors
/// The register's.
pub async fn tell_of_outage(
    house: &House,
    since: Timestamp,
    what: &str,
) -> Result<(), RegisterError> {
    let lasted = house.clock.now().duration_since(since);
    if told_lately(house, "mailbox_outage", lasted.max(URGENT_EVERY))?.is_some() {
        return Ok(());
    }
    let mut notice = notice_of(house, NoticeKind::MailboxOutage, since);
    notice.detail = what.to_owned();
    record(house, &notice, Vec::new()).await
}

/// Records a notice of a kind without details, unless one was recorded lately.
///
/// # Errors
/// The register's.
pub async fn tell(house: &House, kind: NoticeKind) -> Result<(), RegisterError> {
    if told_lately(house, &code_of(kind), OTHERS_EVERY)?.is_some() {
        return Ok(());
    }
    let notice = notice_of(house, kind, house.clock.now());
    record(house, &notice, Vec::new()).await
}

/// A mail that waits to be told.
struct Waiting {
    entry: u64,
    place: Place,
    item: Item,
}

/// The open items about a session that begins before the next digest, which neither a digest nor a
/// notice has told yet and nobody has answered.
fn waiting(house: &House) -> Result<Vec<Waiting>, RegisterError> {
    let mut urgent = Vec::new();
    for open in house.register.open_items()? {
        if open.told.is_some() {
            continue;
        }
        let Some(entry) = house.register.entry(open.entry)? else {
            continue;
        };
        let mail = mail_behind(house, &entry)?;
        if begins_before_next_digest(house, &mail) && !is_answered(house, &mail)? {
            urgent.push((entry, mail));
        }
    }
    let Some((first, _)) = urgent.first() else {
        return Ok(Vec::new());
    };
    let mut told = BTreeSet::new();
    for entry in house.register.entries(first.n) {
        if let Body::Noticed { items, .. } = entry?.body {
            told.extend(items);
        }
    }
    let mut waiting = Vec::new();
    for (entry, mail) in urgent {
        let Body::Mail(walked) = &mail.body else {
            continue;
        };
        if !told.contains(&entry.n)
            && let Some(item) = item_of(house, &entry, &mail)?
        {
            waiting.push(Waiting {
                entry: entry.n,
                place: walked.place.clone(),
                item,
            });
        }
    }
    Ok(waiting)
}

/// The mail behind an item: its own entry, or that of the question which nobody answered.
fn mail_behind(house: &House, entry: &Entry) -> Result<Entry, RegisterError> {
    let behind = match (&entry.body, &entry.cause) {
        (Body::Decided(_), Cause::Due { entry }) => house.register.entry(*entry)?,
        _ => None,
    };
    Ok(behind.unwrap_or_else(|| entry.clone()))
}

/// Says whether a human has answered a mail.
fn is_answered(house: &House, mail: &Entry) -> Result<bool, RegisterError> {
    let words = mail.personal.as_ref().and_then(|p| p.mail.as_ref());
    match words.and_then(|words| words.message_id.as_deref()) {
        Some(id) => house.register.answered_by_hand(id),
        None => Ok(false),
    }
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
    let soon = |begins: Timestamp| begins < next && begins + URGENT_UNTIL > now;
    sessions
        .iter()
        .filter_map(|id| rules.catalogue.session(id))
        .any(|session| soon(session.begins_at()))
}

/// The item as the digest would show it.
fn item_of(house: &House, entry: &Entry, mail: &Entry) -> Result<Option<Item>, RegisterError> {
    let rules = house.live.rules();
    let rolls: BTreeMap<_, _> = house.register.rolls()?.into_iter().collect();
    let open = [entry.clone()];
    let background = [mail.clone()];
    let now = house.clock.now();
    let zone = jiff::tz::TimeZone::get(&rules.config.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let sources = Sources {
        date: now.to_zoned_datetime(zone).date(),
        now,
        timezone: &rules.config.timezone,
        language: rules.config.language,
        after_entry: entry.n,
        entries: &[],
        open: &open,
        background: &background,
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

/// A notice without items and detail.
fn notice_of(house: &House, kind: NoticeKind, at: Timestamp) -> Notice {
    let rules = house.live.rules();
    Notice {
        kind,
        language: rules.config.language,
        at,
        timezone: rules.config.timezone.clone(),
        items: Vec::new(),
        originals: Vec::new(),
        detail: String::new(),
        organisation: rules.config.organisation.name.clone(),
    }
}

/// The stable code of a kind, as its entry bears it.
fn code_of(kind: NoticeKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Records a notice with its letters, and the entries of the mails it tells of.
async fn record(house: &House, notice: &Notice, items: Vec<u64>) -> Result<(), RegisterError> {
    let code = code_of(notice.kind);
    let addressees = house.live.rules().config.digest.to.clone();
    let now = house.clock.now();
    let lookup = Lookup {
        now: Some(now),
        ..Lookup::default()
    };
    let recorded = house.register.record(now, &lookup, |known: &Known| {
        let mut personal = Personal::default();
        let mut owed = Vec::new();
        for (index, email) in addressees.iter().enumerate() {
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
                items: items.clone(),
            },
            personal: Some(personal),
        }
    })?;
    house.register.synced(recorded.ticket).await?;
    tracing::warn!(code, "the organiser is told at once");
    Ok(())
}

/// Gives when a notice of this code was last sent, if it was within this time.
fn told_lately(
    house: &House,
    code: &str,
    within: SignedDuration,
) -> Result<Option<Timestamp>, RegisterError> {
    let since = house.clock.now() - within;
    let mut n = house.register.counts()?.entries;
    while let Some(entry) = house.register.entry(n)? {
        if entry.at <= since {
            return Ok(None);
        }
        if matches!(&entry.body, Body::Noticed { code: told, owed, .. } if told == code && !owed.is_empty())
        {
            return Ok(Some(entry.at));
        }
        n = n.saturating_sub(1);
    }
    Ok(None)
}
