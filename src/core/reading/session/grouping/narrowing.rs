//! Which of the sessions that fit a mention is meant.

use super::super::Way;
use super::super::cues::{Says, Scan};
use super::Group;
use crate::core::tags::Kind;

/// A word of a title that a session of another title, over not long ago, has as well: « la visio sur les
/// statuts » may mean either, unless a place, a format or « la prochaine » says which.
pub(super) fn is_perhaps_past(scan: &Scan<'_>, group: &Group, kept: &[u32]) -> bool {
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
pub(super) fn narrow(scan: &Scan<'_>, group: &Group, ways: &[Way]) -> Vec<u32> {
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
pub(super) fn follows_event(scan: &Scan<'_>, start: usize) -> bool {
    (start.saturating_sub(3)..start).any(|at| scan.is(at, Kind::Event))
}

/// « celle de mars », "the March one", or a short answer.
pub(super) fn is_the_one_of(scan: &Scan<'_>, start: usize) -> bool {
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
