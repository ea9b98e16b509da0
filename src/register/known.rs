//! What a decision about one mail may see, gathered by keys of its session, address and thread:
//! the cost grows with the session, never with the register.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::apply::{REGISTERED_BUCKET_SECS, WRITTEN_BUCKET_SECS, bucket};
use super::error::RegisterError;
use super::facts::LetterState;
use super::keys::{Hash, Key, Parts, Table, address_hash, hash_from_hex, hash_of, message_id_hash};
use super::letter::token_of;
use super::rows::{decode, scan};
use super::view::View;
use crate::core::catalogue::SessionId;
use crate::core::entry::{Body, Walk};
use crate::core::person::own_domain_of;
use crate::core::reply::Letter;
use crate::core::roll::{Known, Lookup, Question, Recent, Registration, RegistrationId, Unsent};

/// How many registrations of one address, and of one domain, are looked at: the newest. An address
/// of the organisation's own domain may have made thousands over the years.
const THEIRS_MAX: usize = 200;
/// Up to how many replies to one address are counted; every sensible limit lies below.
const REPLIES_COUNTED_MAX: usize = 1000;
/// Window of replies to one address (counted by day).
const TO_ADDRESS_WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// Window of replies to anybody.
const IN_ALL_WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Window of registrations.
const REGISTRATIONS_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// Gathers what is known; the seed is left blank.
pub(super) fn known(view: &View<'_>, lookup: &Lookup) -> Result<Known, RegisterError> {
    let mut known = Known {
        next_registration: view.counts()?.registration_last + 1,
        ..Known::default()
    };
    same_mail(view, lookup, &mut known)?;
    thread(view, lookup, &mut known)?;
    known.question = question(view, lookup)?;
    known.question_lapsed = known.question.is_none() && lapsed(view, lookup)?;
    if let Some(address) = &lookup.address {
        known.theirs = theirs(view, address)?;
        let reached = Key::of(Table::Reached).hash(&address_hash(address));
        known.written_before = view.rows.value(&reached.0)?.is_some();
        known.address_bounced = view.address_bounced(address)?;
    }
    let mut sessions: BTreeSet<SessionId> = lookup.sessions.iter().cloned().collect();
    sessions.extend(known.theirs.iter().map(|r| r.session.clone()));
    for id in &known.thread {
        sessions.extend(view.registration(*id)?.map(|r| r.session));
    }
    for session in sessions {
        known.rolls.insert(session.clone(), view.roll(&session)?);
    }
    known.unsent = unsent(view, &known)?;
    if let Some(now) = lookup.now {
        known.recent = recent(view, lookup, now)?;
    }
    Ok(known)
}

/// The same mail: the same bytes, or the same Message-ID with the same From, Date and body. The same
/// Message-ID otherwise is a doubt.
fn same_mail(view: &View<'_>, lookup: &Lookup, known: &mut Known) -> Result<(), RegisterError> {
    let Some(identity) = &lookup.identity else {
        return Ok(());
    };
    let key = Key::of(Table::MailBytes).hash(&hash_from_hex(&identity.sha256));
    known.same_mail = super::rows::row(view.rows, &key)?;
    let Some(id) = &identity.message_id else {
        return Ok(());
    };
    let prefix = Key::of(Table::MailId).hash(&hash_from_hex(id));
    let mut seen_otherwise = false;
    let mut same: Vec<u64> = known.same_mail.into_iter().collect();
    for (key, value) in scan(view.rows, &prefix, usize::MAX)? {
        let content: String = decode(&value)?;
        if content != identity.content {
            seen_otherwise = true;
            continue;
        }
        let mut parts = Parts::of(&key);
        parts.hash();
        same.extend(parts.number());
    }
    known.same_mail = known.same_mail.or(same.first().copied());
    // The arriving copy of the organiser's word has its identity, and is none.
    for n in same {
        let carried_out = view.entry(n)?.is_some_and(|entry| match entry.body {
            Body::Mail(mail) => mail.walk == Walk::Order,
            _ => false,
        });
        if carried_out {
            known.ordered_before = Some(n);
        }
    }
    known.message_id_reused = seen_otherwise && known.same_mail.is_none();
    Ok(())
}

/// What the mail answers: the nearest of the mails it refers to that is about registrations.
fn thread(view: &View<'_>, lookup: &Lookup, known: &mut Known) -> Result<(), RegisterError> {
    for id in &lookup.thread {
        if let Some(token) = token_of(id)
            && let Some(row) = view.letter_row(&token)?
        {
            known.answers_us = true;
            known.answers_digest |= view.is_digest(&row);
        }
        if known.thread.is_empty() {
            known.thread = view.registrations_of_message(id)?;
        }
    }
    Ok(())
}

/// The open question in this thread, else the newest to this address.
fn question(view: &View<'_>, lookup: &Lookup) -> Result<Option<Question>, RegisterError> {
    for id in &lookup.thread {
        let mut entries = Vec::new();
        if let Some(token) = token_of(id)
            && let Some(row) = view.letter_row(&token)?
        {
            entries.push(row.entry);
        }
        let prefix = Key::of(Table::MailId).hash(&message_id_hash(id));
        for (key, _) in scan(view.rows, &prefix, usize::MAX)? {
            let mut parts = Parts::of(&key);
            parts.hash();
            entries.extend(parts.number());
        }
        for entry in entries {
            if let Some(open) = view.question(entry)? {
                return Ok(Some(open.question));
            }
        }
    }
    let Some(address) = &lookup.address else {
        return Ok(None);
    };
    let prefix = Key::of(Table::QuestionOf).hash(&address_hash(address));
    let rows = scan(view.rows, &prefix, usize::MAX)?;
    let newest = rows.last().and_then(|(key, _)| {
        let mut parts = Parts::of(key);
        parts.hash()?;
        parts.number()
    });
    match newest {
        Some(entry) => Ok(view.question(entry)?.map(|open| open.question)),
        None => Ok(None),
    }
}

/// Says whether a question was closed unanswered: the one that this mail answers by its thread, or the
/// newest to this address while the human has not settled it.
fn lapsed(view: &View<'_>, lookup: &Lookup) -> Result<bool, RegisterError> {
    let nearest = lookup.thread.iter().find_map(|id| token_of(id));
    if let Some(token) = nearest
        && let Some(row) = view.letter_row(&token)?
    {
        let key = Key::of(Table::Lapsed).number(row.entry);
        if view.rows.value(&key.0)?.is_some() {
            return Ok(true);
        }
    }
    let Some(address) = &lookup.address else {
        return Ok(false);
    };
    let prefix = Key::of(Table::Lapsed).hash(&address_hash(address));
    let rows = scan(view.rows, &prefix, usize::MAX)?;
    let Some((_, item)) = rows.last() else {
        return Ok(false);
    };
    let key = Key::of(Table::Item).number(decode(item)?);
    Ok(view.rows.value(&key.0)?.is_some())
}

/// Registrations that this address is in, made, or shares an own domain with; by number.
fn theirs(view: &View<'_>, address: &str) -> Result<Vec<Registration>, RegisterError> {
    let mut prefixes = vec![Key::of(Table::ByAddress).hash(&address_hash(address))];
    let lower = address.to_lowercase();
    if let Some(domain) = own_domain_of(&lower) {
        prefixes.push(Key::of(Table::ByDomain).hash(&hash_of(domain)));
    }
    let mut ids = BTreeSet::new();
    for prefix in prefixes {
        for (key, _) in scan(view.rows, &prefix, THEIRS_MAX)? {
            let mut parts = Parts::of(&key);
            parts.hash();
            ids.extend(parts.number_falling().map(RegistrationId));
        }
    }
    let mut theirs = Vec::new();
    for id in ids {
        theirs.extend(view.registration(id)?);
    }
    Ok(theirs)
}

/// Letters about the registrations of the rolls that may still be replaced.
fn unsent(view: &View<'_>, known: &Known) -> Result<Vec<Unsent>, RegisterError> {
    let mut unsent = BTreeMap::new();
    for session in known.rolls.keys() {
        let prefix = Key::of(Table::Unsent).text(&session.0);
        for (key, _) in scan(view.rows, &prefix, usize::MAX)? {
            let mut parts = Parts::of(&key);
            parts.text();
            let Some(token) = parts.text().map(crate::core::roll::Token) else {
                continue;
            };
            if let Some(row) = view.letter_row(&token)? {
                let place = (row.entry, row.index);
                let row = view.outbox_row(row)?;
                let hold = match row.state {
                    LetterState::Held { why } => Some(why),
                    _ => None,
                };
                let reply = match row.letter {
                    Some(Letter::Reply(reply)) => Some(reply),
                    _ => None,
                };
                let letter = Unsent {
                    owed: row.owed,
                    hold,
                    reply,
                };
                unsent.insert(place, letter);
            }
        }
    }
    Ok(unsent.into_values().collect())
}

fn recent(view: &View<'_>, lookup: &Lookup, now: Timestamp) -> Result<Recent, RegisterError> {
    let mut recent = Recent {
        in_thread: in_thread(view, lookup)?,
        in_all: counted(
            view,
            Table::Written,
            now,
            IN_ALL_WINDOW,
            WRITTEN_BUCKET_SECS,
        )?,
        registrations: counted(
            view,
            Table::Registered,
            now,
            REGISTRATIONS_WINDOW,
            REGISTERED_BUCKET_SECS,
        )?,
        ..Recent::default()
    };
    if let Some(address) = &lookup.address {
        let prefix = Key::of(Table::WrittenAt).hash(&address_hash(address));
        let from = prefix
            .clone()
            .time(now.saturating_sub(TO_ADDRESS_WINDOW).unwrap_or(now));
        view.rows.range(&from.0, &prefix.end(), &mut |_, _| {
            recent.to_address += 1;
            (recent.to_address as usize) < REPLIES_COUNTED_MAX
        })?;
    }
    Ok(recent)
}

/// Adds up the buckets of a window; the one in which it begins counts whole.
fn counted(
    view: &View<'_>,
    table: Table,
    now: Timestamp,
    window: SignedDuration,
    width_secs: i64,
) -> Result<u32, RegisterError> {
    let begin = now.saturating_sub(window).unwrap_or(now);
    let from = Key::of(table).number(bucket(begin, width_secs));
    let mut values = Vec::new();
    view.rows
        .range(&from.0, &Key::of(table).end(), &mut |_, value| {
            values.push(value.to_vec());
            true
        })?;
    let mut total = 0u32;
    for value in values {
        total = total.saturating_add(decode::<u32>(&value)?);
    }
    Ok(total)
}

/// Counts replies of any one kind in the thread, at most: the thread is known by its first mail,
/// which letters of ours in it remember, should the peer drop the older references.
fn in_thread(view: &View<'_>, lookup: &Lookup) -> Result<u32, RegisterError> {
    let mut roots: BTreeSet<Hash> = BTreeSet::new();
    for id in &lookup.thread {
        roots.insert(message_id_hash(id));
        if let Some(token) = token_of(id)
            && let Some(root) = view.letter_row(&token)?.and_then(|row| row.root)
        {
            roots.insert(hash_from_hex(&root));
        }
    }
    let mut most = 0;
    for root in roots {
        for (_, value) in scan(view.rows, &Key::of(Table::InThread).hash(&root), usize::MAX)? {
            most = most.max(decode::<u32>(&value)?);
        }
    }
    Ok(most)
}
