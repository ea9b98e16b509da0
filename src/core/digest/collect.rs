//! [`collect`]: what a digest says, from a stretch of the journal, the rolls and what is still open.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Digest, Health, Item, Offer, bounced, news};
use crate::core::allocation::free_seats;
use crate::core::catalogue::{Catalogue, SessionId};
use crate::core::entry::{Body, Cause, Change, Decided, Entry, Hold, MailWords, Walk};
use crate::core::policy::Policy;
use crate::core::reading::{Doubt, Evidence, Intent, Language};
use crate::core::reply::Status;
use crate::core::roll::{Roll, State};

/// Quotes an item shows at most, so that it stays an item and not the mail.
const QUOTES_MAX: usize = 3;

/// What a digest is made from.
#[derive(Debug, Clone)]
pub struct Sources<'a> {
    /// The civil date it is for.
    pub date: Date,
    /// The present instant.
    pub now: Timestamp,
    /// IANA zone.
    pub timezone: &'a str,
    /// Language.
    pub language: Language,
    /// The last entry of the digest before, 0 if there was none.
    pub after_entry: u64,
    /// The entries since, in order.
    pub entries: &'a [Entry],
    /// The entries shown to the human (`decided.to_human`) that nobody has answered or settled yet,
    /// from whatever time, in order; those of `entries` included.
    pub open: &'a [Entry],
    /// Older entries that open ones refer to: the mail behind a question that nobody answered.
    pub background: &'a [Entry],
    /// Those of `open` that an earlier digest told in full.
    pub told_before: &'a BTreeSet<u64>,
    /// The rolls of all sessions with registrations.
    pub rolls: &'a BTreeMap<SessionId, Roll>,
    /// The sessions there are.
    pub catalogue: &'a Catalogue,
    /// Limits and pauses.
    pub policy: &'a Policy,
    /// Of frozen sessions: what changed, as `old → new`.
    pub changed: &'a BTreeMap<SessionId, String>,
    /// Health; letters withheld in the stretch are added to it.
    pub health: Health,
    /// Nothing was sent: shadow.
    pub shadow: bool,
    /// Answers are held by `pause`.
    pub paused: bool,
    /// Registrations made in shadow, for the first live digest.
    pub to_check: Vec<String>,
    /// Organisation's name.
    pub organisation: &'a str,
    /// Who to call when the robot stops.
    pub administrator: Option<&'a str>,
    /// An answer to the digest is obeyed.
    pub commands: bool,
}

/// Collects the facts of a digest.
pub fn collect(sources: &Sources<'_>) -> Digest {
    let mut digest = Digest {
        date: sources.date,
        timezone: sources.timezone.to_owned(),
        after_entry: sources.after_entry,
        to_entry: sources.entries.last().map_or(sources.after_entry, |e| e.n),
        language: sources.language,
        shadow: sources.shadow,
        paused: sources.paused,
        to_decide: Vec::new(),
        to_answer: Vec::new(),
        sessions: news::sessions(sources),
        bounced: Vec::new(),
        left_alone: count(sources.entries, |walk| matches!(walk, Walk::NotOurs)),
        machines: count(sources.entries, |walk| matches!(walk, Walk::Machine { .. })),
        by_hand: by_hand(sources.entries),
        health: health(sources),
        to_check: sources.to_check.clone(),
        organisation: sources.organisation.to_owned(),
        administrator: sources.administrator.map(str::to_owned),
        commands: sources.commands,
    };
    let mut flagged = Vec::new();
    for entry in sources.open {
        let ids = decided_of(entry).map(bounced::flagged).unwrap_or_default();
        if !ids.is_empty() {
            flagged.extend(ids);
            continue;
        }
        let Some((item, awaits_answer)) = item(sources, entry) else {
            continue;
        };
        if awaits_answer {
            digest.to_answer.push(item);
        } else {
            digest.to_decide.push(item);
        }
    }
    digest.bounced = bounced::lines(&flagged, sources.rolls);
    digest
}

/// Gives what an entry decided, if it decided anything.
pub(super) fn decided_of(entry: &Entry) -> Option<&Decided> {
    match &entry.body {
        Body::Mail(walked) => Some(&walked.decided),
        Body::Decided(decided) => Some(decided),
        _ => None,
    }
}

fn count(entries: &[Entry], is: impl Fn(&Walk) -> bool) -> u32 {
    let counted = entries
        .iter()
        .filter(|entry| matches!(&entry.body, Body::Mail(walked) if is(&walked.walk)));
    u32::try_from(counted.count()).unwrap_or(u32::MAX)
}

/// Who was answered by hand before the robot could.
fn by_hand(entries: &[Entry]) -> Vec<String> {
    let held = |decided: &Decided| {
        decided
            .owed
            .iter()
            .any(|owed| owed.hold == Some(Hold::ByHand))
    };
    let mut names: Vec<String> = Vec::new();
    for entry in entries {
        if decided_of(entry).is_some_and(held) {
            let who = who(entry.personal.as_ref().and_then(|p| p.mail.as_ref()));
            if !who.is_empty() && !names.contains(&who) {
                names.push(who);
            }
        }
    }
    names
}

fn health(sources: &Sources<'_>) -> Health {
    let withheld = sources
        .entries
        .iter()
        .filter_map(decided_of)
        .flat_map(|decided| &decided.owed)
        .filter(|owed| owed.hold == Some(Hold::Shadow))
        .count();
    let mut health = sources.health.clone();
    health.withheld += u32::try_from(withheld).unwrap_or(u32::MAX);
    health.told = told(sources.entries);
    health
}

/// What was told at once in the stretch, each kind by its last time; what an urgent notice told is
/// among the items.
fn told(entries: &[Entry]) -> Vec<(String, Timestamp)> {
    let mut told: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for entry in entries {
        if let Body::Noticed { code, .. } = &entry.body
            && code != "urgent"
        {
            told.insert(code, entry.at);
        }
    }
    let told = told.into_iter().map(|(code, at)| (code.to_owned(), at));
    told.collect()
}

/// Makes an item of an open entry, and says whether it awaits an answer rather than a decision.
/// `None` once all its sessions are over.
fn item(sources: &Sources<'_>, entry: &Entry) -> Option<(Item, bool)> {
    let asked = match (&entry.body, &entry.cause) {
        (Body::Decided(_), Cause::Due { entry }) => mail_entry(sources, *entry),
        _ => None,
    };
    let source = asked.unwrap_or(entry);
    let Body::Mail(walked) = &source.body else {
        return None;
    };
    let understood = walked.understood.as_ref();
    let sessions: Vec<SessionId> = understood.map(|u| u.sessions.clone()).unwrap_or_default();
    if !sessions.is_empty() && sessions.iter().all(|id| is_over(sources, id)) {
        return None;
    }
    let words = source.personal.as_ref().and_then(|p| p.mail.as_ref());
    let offer = if asked.is_some() {
        Offer::Unanswered
    } else {
        offer(&walked.decided)
    };
    let question = understood.is_some_and(|u| u.question);
    let intent = understood.map_or(Intent::Other, |u| u.intent);
    let served = walked
        .decided
        .outcomes
        .iter()
        .any(|(.., status)| !matches!(status, Status::None | Status::Late | Status::Full));
    let awaits_answer = question && offer == Offer::Nothing && (served || intent == Intent::Other);
    let item = Item {
        entry: entry.n,
        who: people(&walked.decided, words, offer),
        subject: words.map(|w| w.subject.clone()).unwrap_or_default(),
        received: walked.received,
        quotes: quotes(words, awaits_answer),
        doubts: doubts(
            understood.map(|u| u.doubts.as_slice()).unwrap_or_default(),
            awaits_answer,
        ),
        seen_before: sources.told_before.contains(&entry.n),
        age_days: age_days(sources, walked.received),
        offer,
        not_told: offer == Offer::Nothing && is_recorded_untold(&walked.decided),
        free_seats: sessions.first().and_then(|id| free(sources, id)),
        sessions,
    };
    Some((item, awaits_answer))
}

/// Says whether a mail changed the register without anybody being owed a word of it.
fn is_recorded_untold(decided: &Decided) -> bool {
    let made = |change: &Change| {
        matches!(
            change,
            Change::Registered { .. } | Change::State { .. } | Change::Details { .. }
        )
    };
    decided.owed.is_empty() && decided.changes.iter().any(made)
}

fn mail_entry<'a>(sources: &Sources<'a>, n: u64) -> Option<&'a Entry> {
    let all = sources
        .background
        .iter()
        .chain(sources.open)
        .chain(sources.entries);
    all.into_iter().find(|entry| entry.n == n)
}

fn is_over(sources: &Sources<'_>, id: &SessionId) -> bool {
    sources
        .catalogue
        .session(id)
        .is_some_and(|session| sources.now >= session.ends_at())
}

fn free(sources: &Sources<'_>, id: &SessionId) -> Option<u32> {
    let session = sources.catalogue.session(id)?;
    let none = Roll::default();
    Some(free_seats(session, sources.rolls.get(id).unwrap_or(&none)))
}

fn offer(decided: &Decided) -> Offer {
    let registered = |wanted: State| {
        decided
            .changes
            .iter()
            .any(|change| matches!(change, Change::Registered { state, .. } if *state == wanted))
    };
    match () {
        () if registered(State::Review) => Offer::Review,
        () if registered(State::RefusedLate) => Offer::Late,
        () if registered(State::RefusedFull) => Offer::Full,
        () => Offer::Nothing,
    }
}

/// Whom an item is about: those that the offer is for, else who wrote.
fn people(decided: &Decided, words: Option<&MailWords>, offer: Offer) -> String {
    let names: Vec<&str> = decided
        .outcomes
        .iter()
        .filter(|(.., status)| match offer {
            Offer::Late => *status == Status::Late,
            Offer::Full => *status == Status::Full,
            Offer::Review => *status == Status::None,
            Offer::Nothing | Offer::Unanswered => false,
        })
        .filter_map(|(index, ..)| words?.names.get(*index))
        .map(String::as_str)
        .collect();
    if names.is_empty() {
        who(words)
    } else {
        names.join(", ")
    }
}

/// « Name (address) » of who wrote, or what there is of it.
fn who(words: Option<&MailWords>) -> String {
    let Some(from) = words.and_then(|words| words.from.as_ref()) else {
        return String::new();
    };
    match from.name.as_deref().map(str::trim) {
        Some(name) if !name.is_empty() => format!("{name} ({})", from.email),
        _ => from.email.clone(),
    }
}

/// The mail's own words, each once; of a question the question first.
fn quotes(words: Option<&MailWords>, question_first: bool) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = words.map(|w| w.evidence.clone()).unwrap_or_default();
    if question_first && evidence.iter().any(|e| e.claim == "question") {
        evidence.retain(|e| e.claim == "question");
    }
    let mut quotes: Vec<Evidence> = Vec::new();
    for said in evidence {
        let told = quotes.iter().any(|q| q.quote.contains(said.quote.trim()));
        if !told && !said.quote.trim().is_empty() && quotes.len() < QUOTES_MAX {
            quotes.push(said);
        }
    }
    quotes
}

/// Each doubt once; that nothing is asked of the register goes without saying where an answer is.
fn doubts(doubts: &[Doubt], awaits_answer: bool) -> Vec<Doubt> {
    let mut once: Vec<Doubt> = Vec::new();
    for doubt in doubts {
        let said = once.contains(doubt) || (awaits_answer && *doubt == Doubt::NoRequest);
        if !said {
            once.push(*doubt);
        }
    }
    once
}

/// Whole civil days since a time of receipt.
fn age_days(sources: &Sources<'_>, received: Timestamp) -> u32 {
    let zone = jiff::tz::TimeZone::get(sources.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let day = received.to_zoned_datetime(zone).date();
    let days = sources.date.duration_since(day).as_hours() / 24;
    u32::try_from(days).unwrap_or(0)
}
