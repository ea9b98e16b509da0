//! Session by session: the gauge, changes by name, what there is to say, the list as it stands.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::bounced::find;
use super::collect::{Sources, decided_of};
use super::{ListRow, SessionNews, SessionRemark};
use crate::core::allocation::free_seats;
use crate::core::catalogue::{Session, SessionId};
use crate::core::entry::{Change, Decided, Entry};
use crate::core::reply::{SessionFacts, Status};
use crate::core::roll::{Registration, Roll, State};

/// How long before a deadline the digest speaks of it.
const DEADLINE_NEAR: SignedDuration = SignedDuration::from_hours(7 * 24);

type Changes = BTreeMap<SessionId, Vec<(Status, String)>>;

/// Gives the sessions that have something to show, in order of their beginning.
pub(super) fn sessions(sources: &Sources<'_>) -> Vec<SessionNews> {
    let mut changes = changes(sources);
    let mut all: Vec<(Timestamp, SessionNews)> = Vec::new();
    for session in &sources.catalogue.sessions {
        let changed = changes.remove(&session.id).unwrap_or_default();
        all.extend(news(sources, session, changed).map(|news| (session.begins_at(), news)));
    }
    for (id, roll) in sources.rolls {
        let vanished = sources.catalogue.session(id).is_none() && roll.frozen;
        if vanished {
            let changed = changes.remove(id).unwrap_or_default();
            all.push((Timestamp::MAX, nameless(sources, id, roll, changed)));
        }
    }
    all.sort_by(|a, b| (a.0, &a.1.session.id).cmp(&(b.0, &b.1.session.id)));
    all.into_iter().map(|(_, news)| news).collect()
}

fn news(
    sources: &Sources<'_>,
    session: &Session,
    changes: Vec<(Status, String)>,
) -> Option<SessionNews> {
    let none = Roll::default();
    let roll = sources.rolls.get(&session.id).unwrap_or(&none);
    let over = sources.now >= session.ends_at();
    let remarks = if over {
        Vec::new()
    } else {
        remarks(sources, session, roll)
    };
    let silent = roll.registrations.is_empty() && remarks.is_empty();
    if changes.is_empty() && (over || silent) {
        return None;
    }
    let mut facts = SessionFacts::of(session);
    facts.capacity = roll.capacity.unwrap_or(session.capacity);
    Some(SessionNews {
        session: facts,
        taken: roll.taken(),
        held: session.held,
        waiting: u32::try_from(roll.waiting().len()).unwrap_or(u32::MAX),
        list: if changes.is_empty() {
            Vec::new()
        } else {
            list_rows(roll, &session.timezone)
        },
        changes,
        remarks,
    })
}

/// A session whose file is gone while people are registered.
fn nameless(
    sources: &Sources<'_>,
    id: &SessionId,
    roll: &Roll,
    changes: Vec<(Status, String)>,
) -> SessionNews {
    SessionNews {
        session: SessionFacts {
            id: id.clone(),
            title: id.0.clone(),
            level: None,
            when: Vec::new(),
            timezone: sources.timezone.to_owned(),
            place: String::new(),
            online: true,
            capacity: roll.capacity.unwrap_or_else(|| roll.taken()),
            closes_at: None,
            membership_required: false,
        },
        taken: roll.taken(),
        held: 0,
        waiting: u32::try_from(roll.waiting().len()).unwrap_or(u32::MAX),
        changes,
        list: list_rows(roll, sources.timezone),
        remarks: vec![facts_changed(sources, id, roll)],
    }
}

fn remarks(sources: &Sources<'_>, session: &Session, roll: &Roll) -> Vec<SessionRemark> {
    let mut remarks = Vec::new();
    let now = sources.now;
    if roll.frozen {
        remarks.push(facts_changed(sources, &session.id, roll));
    }
    let capacity = roll.capacity.unwrap_or(session.capacity);
    if roll.taken() > capacity {
        remarks.push(SessionRemark::OverCapacity);
    }
    let near = |at: Timestamp| at > now && at.duration_since(now) <= DEADLINE_NEAR;
    if let Some(closes_at) = session.closes_at.filter(|at| near(*at)) {
        remarks.push(SessionRemark::ClosesSoon { closes_at });
    }
    let minimum = session
        .capacity_min
        .filter(|minimum| roll.taken() < *minimum);
    if let Some(minimum) = minimum
        && (near(session.too_late_at()) || now >= session.too_late_at())
    {
        remarks.push(SessionRemark::BelowMinimum { minimum });
    }
    let before = SignedDuration::try_from(sources.policy.promote_until).unwrap_or_default();
    let promotes_no_more = session
        .begins_at()
        .checked_sub(before)
        .is_ok_and(|until| now >= until);
    let waiting = roll.waiting();
    if promotes_no_more && now < session.begins_at() && !waiting.is_empty() {
        let free = free_seats(session, roll);
        if free > 0 {
            let waiting = waiting.into_iter().map(name_of).collect();
            remarks.push(SessionRemark::FreeSeat { waiting });
        }
    }
    remarks
}

fn facts_changed(sources: &Sources<'_>, id: &SessionId, roll: &Roll) -> SessionRemark {
    SessionRemark::FactsChanged {
        names: roll
            .registrations
            .iter()
            .filter(|r| r.state.is_standing())
            .map(name_of)
            .collect(),
        what: sources.changed.get(id).cloned().unwrap_or_default(),
    }
}

/// Who a registration is; its number once the person is forgotten.
fn name_of(registration: &Registration) -> String {
    registration
        .person
        .as_ref()
        .map_or_else(|| registration.id.to_string(), |person| person.name.clone())
}

/// The changes of the stretch by session, in order. What changes nothing, and who came too late
/// (they are among what is to be decided), is left out.
fn changes(sources: &Sources<'_>) -> Changes {
    let mut changes = Changes::new();
    for entry in sources.entries {
        let Some(decided) = decided_of(entry) else {
            continue;
        };
        for (session, status, name) in outcomes(entry, decided, sources) {
            let silent = matches!(
                status,
                Status::None | Status::Already | Status::Clarify | Status::Late
            );
            if !silent {
                changes.entry(session).or_default().push((status, name));
            }
        }
    }
    changes
}

fn outcomes(
    entry: &Entry,
    decided: &Decided,
    sources: &Sources<'_>,
) -> Vec<(SessionId, Status, String)> {
    if decided.outcomes.is_empty() {
        return promotions(decided, sources);
    }
    let personal = entry.personal.as_ref();
    let names = personal
        .and_then(|p| p.mail.as_ref())
        .map(|mail| mail.names.as_slice())
        .unwrap_or_default();
    let people = personal.map(|p| p.people.as_slice()).unwrap_or_default();
    let name = |index: usize| {
        names
            .get(index)
            .cloned()
            .or_else(|| people.get(index).map(|contact| contact.person.name.clone()))
    };
    decided
        .outcomes
        .iter()
        .filter_map(|(index, session, status)| Some((session.clone(), *status, name(*index)?)))
        .collect()
}

/// A decision without a mail gives seats to who waited.
fn promotions(decided: &Decided, sources: &Sources<'_>) -> Vec<(SessionId, Status, String)> {
    decided
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::State {
                id,
                state: State::Confirmed | State::Provisional,
                ..
            } => find(sources.rolls, *id),
            _ => None,
        })
        .map(|registration| {
            (
                registration.session.clone(),
                Status::Promoted,
                name_of(registration),
            )
        })
        .collect()
}

/// Gives a session's list as it stands: who has a seat, who waits, then the others; each in order
/// of receipt. `timezone` is that of the times of receipt.
pub fn list_rows(roll: &Roll, timezone: &str) -> Vec<ListRow> {
    let mut registrations: Vec<&Registration> = roll.registrations.iter().collect();
    registrations.sort_by_key(|r| (position(r.state), r.rank, r.id));
    let zone = jiff::tz::TimeZone::get(timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    registrations
        .into_iter()
        .map(|r| {
            let person = r.person.clone().unwrap_or_default();
            let local = r.rank.received.to_zoned_datetime(zone.clone());
            ListRow {
                id: r.id.to_string(),
                status: code(r.state),
                name: person.name,
                organisation: person.organisation.unwrap_or_default(),
                role: person.role.unwrap_or_default(),
                email: person.email.or(r.contact.clone()).unwrap_or_default(),
                phone: person.phone.unwrap_or_default(),
                received: local.strftime("%Y-%m-%d %H:%M").to_string(),
                made_by: r
                    .made_by_name
                    .clone()
                    .or_else(|| r.made_by.clone())
                    .unwrap_or_default(),
                remarks: r.remarks.join(" / "),
            }
        })
        .collect()
}

fn code(state: State) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn position(state: State) -> u8 {
    match state {
        State::Confirmed | State::Provisional => 0,
        State::Review => 1,
        State::Waitlisted => 2,
        State::Asked => 3,
        State::RefusedLate | State::RefusedFull => 4,
        State::Cancelled | State::Replaced => 5,
    }
}
