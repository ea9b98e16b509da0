//! What templates say of a day, and titles short enough for a line.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use serde::Serialize;

use crate::core::reading::Language;
use crate::core::words;

/// A civil day and hour in several forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Day {
    /// « mardi 3 octobre 2017 ».
    pub date: String,
    /// « mardi 3 octobre ».
    pub day: String,
    /// « 3 octobre ».
    pub month_day: String,
    /// « mar. 3 oct. ».
    pub short: String,
    /// « 10 h », « 9 h 30 ».
    pub time: String,
}

impl Day {
    /// Gives a civil day and hour in words.
    pub(super) fn of(at: DateTime, language: Language) -> Day {
        let date = at.date();
        Day {
            date: words::date(date, language),
            day: words::date_without_year(date, language),
            month_day: words::day_and_month(date, language),
            short: words::short_date(date, language),
            time: words::hour(at.time(), language),
        }
    }

    /// Gives an instant in words, as a clock in that zone shows it.
    pub(super) fn at(instant: Timestamp, timezone: &str, language: Language) -> Day {
        Day::of(words::local(instant, timezone), language)
    }

    /// Gives a day without an hour.
    pub(super) fn whole(date: Date, language: Language) -> Day {
        Day::of(date.to_datetime(Time::midnight()), language)
    }
}

/// The last moment before an instant that is too late.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Closing {
    /// The last day, with the hour if `evening` is false.
    pub last: Day,
    /// Registration ends with that day, so no hour is said.
    pub evening: bool,
}

impl Closing {
    /// « avant le 22 » is said as « jeudi 21 au soir »; any other instant with its hour.
    pub(super) fn of(too_late_at: Timestamp, timezone: &str, language: Language) -> Closing {
        let local = words::local(too_late_at, timezone);
        let evening = local.time() == Time::midnight();
        let last = match local.date().yesterday() {
            Ok(before) if evening => Day::whole(before, language),
            _ => Day::of(local, language),
        };
        Closing { last, evening }
    }
}

/// The title up to its colon if that is enough to know it by, else cut at a word.
pub(super) fn short_title(title: &str) -> String {
    /// So that a subject of status, title, level and date stays within 90 characters.
    const CHARS_MAX: usize = 44;
    /// A head shorter than this says too little (« Atelier : … »).
    const CHARS_MIN: usize = 12;
    let head = title.split(" : ").next().unwrap_or(title).trim();
    let head = head.split(": ").next().unwrap_or(head).trim();
    let base = if head.chars().count() >= CHARS_MIN {
        head
    } else {
        title.trim()
    };
    cut_at_word(base, CHARS_MAX)
}

/// Cuts text at a word, with an ellipsis, to at most so many characters.
pub(super) fn cut_at_word(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let cut: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    let whole = cut
        .rsplit_once(' ')
        .map_or(cut.as_str(), |(head, _)| head)
        .trim_end_matches([',', ':', ';', ' ', '–', '-']);
    format!("{whole}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_known_by_their_head() {
        assert_eq!(
            short_title("Coopérer dans LEADER : de la première rencontre"),
            "Coopérer dans LEADER"
        );
        assert_eq!(short_title("Atelier : la suite"), "Atelier : la suite");
        let long = short_title("Animer une réunion participative avec des élus et des habitants");
        assert!(long.chars().count() <= 44 && long.ends_with('…'), "{long}");
    }

    #[test]
    fn a_deadline_at_midnight_is_the_evening_before() {
        let at = Timestamp::from_second(1_506_031_200).unwrap_or_default(); // 22 September 2017, 0:00 in Paris
        let closing = Closing::of(at, "Europe/Paris", Language::Fr);
        assert!(closing.evening);
        assert_eq!(closing.last.day, "jeudi 21 septembre");
    }
}
