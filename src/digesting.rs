//! The digest on its day: gathers what the register holds, and records the digest with its letters
//! before anything is sent. A digest with nothing to say is recorded as skipped.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::core::catalogue::{Mode, Session, SessionId};
use crate::core::catalogue_change::facts_in_words;
use crate::core::digest::{Digest, Health, Sources, collect};
use crate::core::entry::{Body, Cause, Change, Draft, Entry, Owed, Personal};
use crate::core::person::Address;
use crate::core::reading::Language;
use crate::core::reply::{Letter, Status};
use crate::core::roll::{Known, Lookup, Roll, State};
use crate::house::House;
use crate::register::{LetterPhase, Query as _, RegisterError};

/// Records the digest of a civil date.
///
/// # Errors
/// The register's.
pub async fn record(house: &House, date: Date) -> Result<Entry, RegisterError> {
    settle_answered(house)?;
    let digest = gather(house, date)?;
    let now = house.clock.now();
    let addressees = house.live.rules().config.digest.to.clone();
    let items = digest.numbered();
    let worth = digest.is_worth_sending();
    let lookup = Lookup {
        now: Some(now),
        ..Lookup::default()
    };
    let recorded = house.register.record(now, &lookup, |known: &Known| {
        let mut personal = Personal::default();
        let mut owed = Vec::new();
        for (index, email) in addressees.iter().enumerate().filter(|_| worth) {
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
            personal.letters.push(Letter::Digest {
                to,
                digest: Box::new(digest.clone()),
            });
        }
        let personal = worth.then_some(personal);
        let body = Body::Digest {
            date,
            to_entry: digest.to_entry,
            owed,
            items: items.clone(),
        };
        Draft {
            cause: Cause::Itself,
            body,
            personal,
        }
    })?;
    house.register.synced(recorded.ticket).await?;
    tracing::info!(%date, sent = worth, items = items.len(), "digest recorded");
    Ok(recorded.entry)
}

/// Gathers the facts of a digest as the register holds them now.
///
/// # Errors
/// The register's.
pub fn gather(house: &House, date: Date) -> Result<Digest, RegisterError> {
    let rules = house.live.rules();
    let config = &rules.config;
    let register = &house.register;
    let counts = register.counts()?;
    let after_entry = counts.digest_covered;
    let entries = register
        .entries(after_entry)
        .collect::<Result<Vec<Entry>, _>>()?;
    let mut open = Vec::new();
    let mut told_before = BTreeSet::new();
    for item in register.open_items()? {
        open.extend(register.entry(item.entry)?);
        if item.told.is_some() {
            told_before.insert(item.entry);
        }
    }
    let background = background(house, &open)?;
    let rolls: BTreeMap<SessionId, Roll> = register.rolls()?.into_iter().collect();
    let shadow = config.mode == Mode::Shadow
        && !rules
            .catalogue
            .sessions
            .iter()
            .any(|session| session.mode == Some(Mode::Live));
    let letters = |phase| {
        u32::try_from(counts.letters.get(&phase).copied().unwrap_or_default()).unwrap_or(u32::MAX)
    };
    let health = Health {
        checked_at: Some(house.clock.now()),
        withheld: 0,      // those of the stretch are counted by `collect`
        told: Vec::new(), // so are these
        held: letters(LetterPhase::Held),
        uncertain: letters(LetterPhase::Uncertain),
        notices: house
            .health
            .status()
            .troubles
            .values()
            .map(|trouble| trouble.what.clone())
            .collect(),
    };
    let sources = Sources {
        date,
        now: house.clock.now(),
        timezone: &config.timezone,
        language: config.language,
        after_entry,
        entries: &entries,
        open: &open,
        background: &background,
        told_before: &told_before,
        rolls: &rolls,
        catalogue: &rules.catalogue,
        policy: &config.policy,
        changed: &changed_facts(house, config.language)?,
        health,
        shadow,
        paused: counts.paused,
        to_check: to_check(house, shadow, &rolls)?,
        organisation: &config.organisation.name,
        administrator: config.digest.administrator.as_deref(),
        commands: true,
    };
    Ok(collect(&sources))
}

/// The mails behind questions that nobody answered.
fn background(house: &House, open: &[Entry]) -> Result<Vec<Entry>, RegisterError> {
    let mut behind = BTreeSet::new();
    for entry in open {
        if let Body::Decided(decided) = &entry.body {
            behind.extend(decided.changes.iter().filter_map(|change| match change {
                Change::QuestionClosed { entry } => Some(*entry),
                _ => None,
            }));
        }
    }
    let mut entries = Vec::new();
    for number in behind {
        entries.extend(house.register.entry(number)?);
    }
    Ok(entries)
}

/// An item whose mail a human has answered in Sent is settled.
fn settle_answered(house: &House) -> Result<(), RegisterError> {
    for item in house.register.open_items()? {
        let entry = house.register.entry(item.entry)?;
        let id = entry
            .and_then(|entry| entry.personal)
            .and_then(|personal| personal.mail)
            .and_then(|mail| mail.message_id);
        if let Some(id) = id
            && house.register.answered_by_hand(&id)?
        {
            house.register.append(
                house.clock.now(),
                crate::register::fact(Body::Settled { entry: item.entry }),
            )?;
        }
    }
    Ok(())
}

/// What changed of the sessions whose new facts the organiser has not accepted yet.
fn changed_facts(
    house: &House,
    language: Language,
) -> Result<BTreeMap<SessionId, String>, RegisterError> {
    let frozen: Vec<_> = house
        .register
        .catalogue()?
        .into_iter()
        .filter(|row| row.frozen)
        .collect();
    let mut changed = BTreeMap::new();
    if frozen.is_empty() {
        return Ok(changed);
    }
    let mut before: BTreeMap<SessionId, Vec<Session>> = BTreeMap::new();
    for entry in house.register.entries(0) {
        if let Body::Catalogue { sessions, .. } = entry?.body {
            for session in sessions {
                before.entry(session.id.clone()).or_default().push(session);
            }
        }
    }
    for row in frozen {
        let id = &row.session.id;
        let versions = before.get(id).map(Vec::as_slice).unwrap_or_default();
        let now = (!row.vanished).then_some(&row.session);
        let old = versions
            .iter()
            .rev()
            .find(|version| row.vanished || **version != row.session);
        if let Some(old) = old {
            changed.insert(id.clone(), facts_in_words(old, now, language));
        }
    }
    Ok(changed)
}

/// The first digest after shadow mode lists who was registered in it, for checking.
fn to_check(
    house: &House,
    shadow: bool,
    rolls: &BTreeMap<SessionId, Roll>,
) -> Result<Vec<String>, RegisterError> {
    let Some(last) = house.register.last_digest()? else {
        return Ok(Vec::new());
    };
    let letters = house
        .register
        .entry(last.entry)?
        .and_then(|entry| entry.personal)
        .map(|personal| personal.letters)
        .unwrap_or_default();
    let was_shadow = letters
        .iter()
        .any(|letter| matches!(letter, Letter::Digest { digest, .. } if digest.shadow));
    if shadow || !was_shadow {
        return Ok(Vec::new());
    }
    let standing = |state: State| state.is_standing();
    let mut names = Vec::new();
    for (session, roll) in rolls {
        for registration in roll.registrations.iter().filter(|r| standing(r.state)) {
            let name = registration.person.clone().unwrap_or_default().name;
            names.push(format!("{name} ({session})"));
        }
    }
    Ok(names)
}
