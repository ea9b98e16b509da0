//! Joins cues that speak of one session, keeps apart those that speak of several, and tells a
//! contradiction (« Excel niveau 2 du jeudi 14 » where the 14th is another) from a list.
//!
//! What stands between two cues decides: nothing but small words binds them; « et », a comma between
//! two of a kind, or other words let them stay two.

use super::cues::{Cue, Says, Scan};
use super::{Conflict, Mention, Way};
use crate::core::tags::Kind;
use crate::core::word_row::Gap;

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

/// A word of a title that a session of another title, over not long ago, has as well: « la visio sur les
/// statuts » may mean either, unless a place, a format or « la prochaine » says which.
fn is_perhaps_past(scan: &Scan<'_>, group: &Group, kept: &[u32]) -> bool {
    let matcher = scan.catalogue.matcher();
    let [only] = kept else { return false };
    let one_word = group.cues.iter().all(|cue| match cue.way {
        Way::PartialTitle | Way::Word => cue.words.len() == 1,
        Way::Format => true,
        _ => false,
    });
    if !one_word || !scan.is_to_come(*only) {
        return false;
    }
    let start = group.cues.first().map_or(0, |cue| cue.words.start);
    let end = group.cues.last().map_or(0, |cue| cue.words.end);
    if (start.saturating_sub(3)..end + 2).any(|at| scan.is(at, Kind::Next)) {
        return false;
    }
    group.sessions.iter().any(|session| {
        !scan.is_to_come(*session) && matcher.topic_of(*session) != matcher.topic_of(*only)
    })
}

/// Leaves out sessions that are over where others fit as well, or where they are not named plainly.
fn narrow(scan: &Scan<'_>, group: &Group, ways: &[Way]) -> Vec<u32> {
    let with_year = group.cues.iter().any(|cue| match &cue.says {
        Says::Days(days) => days.iter().any(|day| day.year.is_some()),
        _ => false,
    });
    let mut sessions = group.sessions.clone();
    let any_to_come = sessions.iter().any(|session| scan.is_to_come(*session));
    let plain = ways.iter().any(|way| {
        matches!(
            way,
            Way::Title
                | Way::PartialTitle
                | Way::Alias
                | Way::Series
                | Way::Level
                | Way::Date
                | Way::DayOnly
                | Way::ProgrammeNumber
        )
    });
    if !with_year && (any_to_come || !plain) {
        sessions.retain(|session| scan.is_to_come(*session));
    }
    if ways.contains(&Way::WeekdayOnly) && sessions.len() > 1 {
        let until = scan
            .today
            .checked_add(jiff::Span::new().days(8))
            .unwrap_or(scan.today);
        let soon: Vec<u32> = sessions
            .iter()
            .filter(|session| {
                scan.catalogue
                    .matcher()
                    .dates_of(**session)
                    .iter()
                    .any(|date| *date >= scan.today && *date <= until)
            })
            .copied()
            .collect();
        if !soon.is_empty() {
            sessions = soon;
        }
    }
    if ways == [Way::Format] {
        // « la webconf », said on its day.
        let on_the_day: Vec<u32> = sessions
            .iter()
            .filter(|session| {
                let dates = scan.catalogue.matcher().dates_of(**session);
                dates.contains(&scan.today)
            })
            .copied()
            .collect();
        if let [only] = on_the_day.as_slice() {
            sessions = vec![*only];
        }
    }
    if ways == [Way::DayOnly] || ways == [Way::DayOnly, Way::Format] {
        nearest_day(scan, &mut sessions);
    }
    sessions
}

/// Whether a word for an event stands within the three words before.
fn follows_event(scan: &Scan<'_>, start: usize) -> bool {
    (start.saturating_sub(3)..start).any(|at| scan.is(at, Kind::Event))
}

/// « celle de mars », "the March one", or a short answer.
fn is_the_one_of(scan: &Scan<'_>, start: usize) -> bool {
    /// A text of so few words is an answer: each of them is meant.
    const SHORT: usize = 8;
    let before = start.saturating_sub(2)..start;
    let led = before.into_iter().any(|at| {
        matches!(
            scan.words.folded(at),
            "celle" | "celui" | "celles" | "ceux" | "one" | "ones"
        )
    });
    led || scan.words.folded(start + 1) == "one" || scan.words.len() <= SHORT
}

/// « le 17 » a few days before one 17th, with the other a month away: the first is meant.
fn nearest_day(scan: &Scan<'_>, sessions: &mut Vec<u32>) {
    /// Days ahead within which nobody means the month after.
    const SOON: i64 = 10;
    let until = scan
        .today
        .checked_add(jiff::Span::new().days(SOON))
        .unwrap_or(scan.today);
    let is_soon = |session: &u32| {
        scan.catalogue
            .matcher()
            .dates_of(*session)
            .iter()
            .any(|date| *date >= scan.today && *date <= until)
    };
    if sessions.iter().any(is_soon) {
        sessions.retain(is_soon);
    }
}

/// Takes the word for the event before a mention into it (« la journée évaluation »), and says
/// whether there is one.
fn with_event(scan: &Scan<'_>, start: usize) -> (usize, bool) {
    let mut at = start;
    if scan.is(at, Kind::Event) || scan.is(at, Kind::Online) {
        return (start, true);
    }
    for _ in 0..4 {
        if at == 0 || scan.words.gap(at) > Gap::Comma {
            break;
        }
        at -= 1;
        if scan.is(at, Kind::Event) {
            return (at, true);
        }
        if !scan.is(at, Kind::Glue) && scan.tag(at).weekday == 0 {
            break;
        }
    }
    (start, false)
}

/// « pas Zotero », « sauf le 3 », « au lieu du 12 »; a negated verb (« je ne viens pas le 3 ») is
/// another matter, which the clause tells.
fn is_left_out(scan: &Scan<'_>, from: usize) -> bool {
    let mut at = from;
    for _ in 0..4 {
        if at == 0 || scan.words.gap(at) >= Gap::Comma {
            return false;
        }
        at -= 1;
        let word = scan.words.folded(at);
        if scan.is(at, Kind::Not) {
            return !(matches!(word, "pas" | "not" | "non") && follows_verb(scan, at));
        }
        if scan.is(at, Kind::Instead) {
            let next = scan.words.folded(at + 1);
            return matches!(
                next,
                "de" | "du" | "des" | "d" | "que" | "qu" | "than" | "of"
            );
        }
        let passes = scan.is(at, Kind::Glue)
            || scan.is(at, Kind::Event)
            || matches!(
                word,
                "celle" | "celui" | "que" | "qu" | "than" | "one" | "ones"
            );
        if !passes {
            return false;
        }
    }
    false
}

/// Whether « pas » or "not" negates a verb: « ne … pas », "will not".
fn follows_verb(scan: &Scan<'_>, at: usize) -> bool {
    /// Words between « ne » and « pas ».
    const BACK: usize = 4;
    let mut back = at;
    for step in 0..BACK {
        if back == 0 || scan.words.gap(back) >= Gap::Stop {
            return false;
        }
        back -= 1;
        let word = scan.words.folded(back);
        let auxiliary = matches!(
            word,
            "will"
                | "can"
                | "could"
                | "would"
                | "do"
                | "does"
                | "did"
                | "am"
                | "is"
                | "are"
                | "be"
                | "shall"
                | "should"
                | "may"
        );
        if matches!(word, "ne" | "n") || step == 0 && auxiliary {
            return true;
        }
        // Spoken French drops « ne »: « je viens pas le 3 ».
        if step <= 1 && matches!(word, "je" | "j" | "on" | "tu" | "il" | "elle") {
            return true;
        }
    }
    false
}

/// Judges what stands between the end of one cue and the start of the next.
fn link(scan: &Scan<'_>, from: usize, to: usize) -> Link {
    if to < from {
        return Link::Tight;
    }
    let mut link = Link::Tight;
    if to - from > LOOSE_MAX {
        return Link::Apart;
    }
    for at in from..to + 1 {
        match scan.words.gap(at) {
            Gap::Stop => return Link::Apart,
            Gap::Plus => link = Link::Listed,
            Gap::Slash if at == to && from == to => link = Link::Listed,
            _ => {}
        }
        if at == to {
            break;
        }
        // « le budget sauf le volet 3 », « l'impact, pas le pitch »
        if scan.is(at, Kind::Not) && !matches!(scan.words.folded(at), "non" | "not") {
            return Link::Apart;
        }
        let small = scan.is(at, Kind::Glue) || scan.is(at, Kind::Event) || is_hour(scan, at);
        if scan.is(at, Kind::And) && !matches!(scan.words.folded(at), "aussi" | "also") {
            if matches!(link, Link::Tight | Link::Nominal) {
                link = Link::Listed;
            }
        } else if !small {
            let new_clause = matches!(
                scan.words.folded(at),
                "je" | "j"
                    | "nous"
                    | "on"
                    | "tu"
                    | "vous"
                    | "il"
                    | "elle"
                    | "ils"
                    | "elles"
                    | "car"
                    | "que"
                    | "qu"
                    | "si"
                    | "i"
                    | "we"
                    | "you"
                    | "he"
                    | "she"
                    | "they"
                    | "if"
                    | "because"
                    | "ne"
                    | "n"
                    | "me"
                    | "m"
            );
            link = match link {
                Link::Loose => Link::Loose,
                _ if new_clause => Link::Loose,
                Link::Listed => Link::Listed,
                _ => Link::Nominal,
            };
        }
    }
    link
}

fn is_hour(scan: &Scan<'_>, at: usize) -> bool {
    scan.words
        .folded(at)
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_digit())
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
