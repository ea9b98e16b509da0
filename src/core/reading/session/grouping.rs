//! Joins cues that speak of one session, keeps apart those that speak of several, and tells a
//! contradiction (« Excel niveau 2 du jeudi 14 » where the 14th is another) from a list.
//!
//! What stands between two cues decides: nothing but small words binds them; « et », a comma between
//! two of a kind, or other words let them stay two.

mod linking;
mod narrowing;

use linking::{is_left_out, link, with_event};
use narrowing::{follows_event, is_perhaps_past, is_the_one_of, narrow};

use super::cues::{Cue, Says, Scan};
use super::{Conflict, Mention, Way};

/// How two cues that follow each other hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Small words only.
    Tight,
    /// « et », « ou », « + »: of a list.
    Listed,
    /// Other words of the same sentence, but no verb's subject (« X – séance à Y – 5 décembre »).
    Nominal,
    /// Other words of the same sentence.
    Loose,
    /// Another sentence.
    Apart,
}

/// Words that may stand between two cues of one sentence.
const LOOSE_MAX: usize = 8;

/// Signs of one session in one place; more are a mail made to cost time.
const CUES_MAX: usize = 12;
/// Mentions read in one text, likewise.
const MENTIONS_MAX: usize = 200;

#[derive(Debug, Default)]
struct Group {
    cues: Vec<Cue>,
    sessions: Vec<u32>,
    conflict: Option<Conflict>,
    listed: bool,
    /// Cues that a list gives to each of its items (« Excel niveaux 1 et 2 »).
    inherited: Vec<Cue>,
}

/// Makes mentions of cues.
pub fn group(scan: &Scan<'_>, cues: Vec<Cue>) -> Vec<Mention> {
    let mut groups: Vec<Group> = Vec::new();
    for cue in cues {
        let link = groups
            .last()
            .and_then(|group| group.cues.iter().map(|cue| cue.words.end).max())
            .map_or(Link::Apart, |end| link(scan, end, cue.words.start));
        let joined = match groups.last_mut() {
            Some(group) => join(scan, group, &cue, link),
            None => false,
        };
        if !joined {
            let heads = match (groups.last(), link) {
                (Some(group), Link::Listed | Link::Tight) => heads(group, &cue),
                _ => Vec::new(),
            };
            let mut group = begin(scan, cue, heads);
            group.listed = matches!(link, Link::Listed | Link::Tight);
            groups.push(group);
        }
    }
    let listed: Vec<bool> = groups.iter().map(|group| group.listed).collect();
    groups
        .into_iter()
        .enumerate()
        .take(MENTIONS_MAX)
        .filter_map(|(number, group)| {
            let goes_on = listed.get(number + 1).copied().unwrap_or(false);
            finish(scan, group, goes_on)
        })
        .collect()
}

/// Puts a cue into the group before it, if it belongs there.
fn join(scan: &Scan<'_>, group: &mut Group, cue: &Cue, link: Link) -> bool {
    if link == Link::Apart || group.cues.len() >= CUES_MAX {
        return false;
    }
    // Said again: nothing new to weigh.
    if group.conflict.is_none()
        && let Some(again) = group.cues.iter_mut().find(|other| other.says == cue.says)
    {
        again.words.end = again.words.end.max(cue.words.end);
        return true;
    }
    let mut says: Vec<&Says> = group
        .cues
        .iter()
        .chain(&group.inherited)
        .map(|c| &c.says)
        .collect();
    says.push(&cue.says);
    let both = scan.candidates(&says);
    if !both.is_empty() && group.conflict.is_none() {
        group.sessions = both;
        group.cues.push(cue.clone());
        return true;
    }
    let same_kind = group
        .cues
        .iter()
        .any(|other| kind(other.way) == kind(cue.way));
    let bound = match link {
        Link::Tight => true,
        // Only a date that nothing has: one that is another session's may well be meant beside it.
        Link::Nominal => cue.way == Way::Date && scan.candidates(&[&cue.says]).is_empty(),
        _ => false,
    };
    if !bound || same_kind {
        return false;
    }
    // Bound to each other, and no session has both.
    let alone = scan.candidates(&[&cue.says]);
    let conflict = conflict(scan, group, cue, &alone);
    for session in alone {
        if !group.sessions.contains(&session) {
            group.sessions.push(session);
        }
    }
    group.conflict.get_or_insert(conflict);
    group.cues.push(cue.clone());
    true
}

/// The cues that an item of a list takes over from the item before.
fn heads(group: &Group, cue: &Cue) -> Vec<Cue> {
    group
        .cues
        .iter()
        .filter(|head| kind(head.way) != kind(cue.way))
        .filter(|_| {
            group
                .cues
                .iter()
                .any(|other| kind(other.way) == kind(cue.way))
        })
        .cloned()
        .collect()
}

fn begin(scan: &Scan<'_>, cue: Cue, heads: Vec<Cue>) -> Group {
    let mut says: Vec<&Says> = heads.iter().map(|head| &head.says).collect();
    says.push(&cue.says);
    let with_heads = scan.candidates(&says);
    if !heads.is_empty() && !with_heads.is_empty() {
        return Group {
            cues: vec![cue],
            sessions: with_heads,
            inherited: heads,
            ..Group::default()
        };
    }
    let mut sessions = scan.candidates(&[&cue.says]);
    let mut conflict = None;
    if sessions.is_empty()
        && let Says::Days(days) = &cue.says
    {
        // The right day under the wrong name: « jeudi 3 octobre » where the 3rd is a Tuesday.
        let without: Vec<_> = days
            .iter()
            .map(|day| crate::core::reading::dates::Day {
                weekday: None,
                ..*day
            })
            .collect();
        let says_day = days
            .iter()
            .any(|day| day.day.is_some() && day.weekday.is_some());
        if says_day {
            sessions = scan.candidates(&[&Says::Days(without)]);
            conflict = (!sessions.is_empty()).then_some(Conflict::WrongWeekday);
        }
    }
    Group {
        cues: vec![cue],
        sessions,
        conflict,
        ..Group::default()
    }
}

fn conflict(scan: &Scan<'_>, group: &Group, cue: &Cue, alone: &[u32]) -> Conflict {
    let days = group
        .cues
        .iter()
        .chain(std::iter::once(cue))
        .find_map(|c| match &c.says {
            Says::Days(days) => Some(days),
            _ => None,
        });
    let Some(days) = days else {
        return Conflict::NoSuchSession;
    };
    let fits_without_weekday = days.iter().any(|day| day.weekday.is_some())
        && group.sessions.iter().chain(alone).any(|session| {
            let dates = scan.catalogue.matcher().dates_of(*session);
            days.iter()
                .all(|day| day.day.is_some() && dates.iter().any(|date| day.fits(*date)))
        })
        && alone.is_empty();
    if fits_without_weekday {
        return Conflict::WrongWeekday;
    }
    let only_format = group
        .cues
        .iter()
        .chain(std::iter::once(cue))
        .all(|c| matches!(c.says, Says::Days(_) | Says::Online(_)));
    if only_format {
        Conflict::NoSuchDate
    } else {
        Conflict::WrongDate
    }
}

/// Makes a mention of a group, unless it says nothing.
///
/// `goes_on`: another of a list follows it.
fn finish(scan: &Scan<'_>, group: Group, goes_on: bool) -> Option<Mention> {
    let start = group.cues.first()?.words.start;
    let end = group.cues.iter().map(|cue| cue.words.end).max()?;
    let mut ways: Vec<Way> = group
        .cues
        .iter()
        .chain(&group.inherited)
        .map(|cue| cue.way)
        .collect();
    ways.sort_unstable();
    ways.dedup();
    let (from, event) = with_event(scan, start);
    let mut conflict = group.conflict;
    let mut sessions = narrow(scan, &group, &ways);
    if sessions.is_empty() {
        // A date of nothing: « la formation du 9 » says that it should be ours, and so does a list of
        // dates of which others are.
        let dated = ways
            .iter()
            .any(|way| matches!(way, Way::Date | Way::DayOnly));
        if !(dated && (event || group.listed || goes_on)) {
            return None;
        }
        conflict = Some(Conflict::NoSuchDate);
    }
    // « recevez le magazine en ligne » speaks of no session.
    let weak_format = matches!(
        scan.words.folded(start),
        "ligne" | "distance" | "online" | "remotely" | "remote" | "virtuel" | "virtual"
    );
    if ways == [Way::Format] && weak_format && !follows_event(scan, start) {
        return None;
    }
    if ways == [Way::Month] && group.inherited.is_empty() && !(event || is_the_one_of(scan, start))
    {
        return None;
    }
    sessions.dedup();
    let perhaps_past = is_perhaps_past(scan, &group, &sessions);
    let ids = sessions
        .iter()
        .filter_map(|session| scan.catalogue.at(*session))
        .map(|session| session.id.clone())
        .collect();
    let range = scan.words.span(from..end);
    Some(Mention {
        quote: scan.words.slice(from..end).to_owned(),
        range,
        ways,
        sessions: ids,
        conflict,
        negated: is_left_out(scan, from),
        listed: group.listed,
        event: event || goes_on,
        perhaps_past,
    })
}

/// Ways of one kind cannot contradict each other: they are two of a list.
fn kind(way: Way) -> u8 {
    match way {
        Way::Title | Way::PartialTitle | Way::Word | Way::Alias | Way::Series => 0,
        Way::Level => 1,
        Way::Date | Way::WeekdayOnly | Way::DayOnly | Way::Month => 2,
        Way::Place => 3,
        Way::Format => 4,
        Way::ProgrammeNumber => 5,
    }
}
