//! Days and hours in words.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use crate::core::reading::Language;

const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SHORT_MONTHS_FR: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
];
const SHORT_MONTHS_EN: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Gives a date in full: « mardi 3 octobre 2017 ».
pub fn date(date: Date, language: Language) -> String {
    format!("{} {}", date_without_year(date, language), date.year())
}

/// Gives a date without its year: « mardi 3 octobre ».
pub fn date_without_year(date: Date, language: Language) -> String {
    let weekday = weekday(date, language);
    format!("{weekday} {}", day_and_month(date, language))
}

/// Gives day and month: « 3 octobre », « 1er octobre ».
pub fn day_and_month(date: Date, language: Language) -> String {
    format!("{} {}", day(date, language), month(date, language))
}

/// Gives a date for subjects and tables: « mar. 3 oct. ».
pub fn short_date(date: Date, language: Language) -> String {
    let (weekday, day) = (short_weekday(date, language), day(date, language));
    format!("{weekday} {day} {}", short_month(date, language))
}

/// Gives a time of day: « 10 h », « 14 h 36 », « minuit »; seconds are left out.
pub fn hour(time: Time, language: Language) -> String {
    match (language, time.hour(), time.minute()) {
        (Language::Fr, 0, 0) => "minuit".to_owned(),
        (Language::En, 0, 0) => "midnight".to_owned(),
        (Language::Fr, hour, 0) => format!("{hour} h"),
        (Language::Fr, hour, minute) => format!("{hour} h {minute:02}"),
        (Language::En, hour, minute) => format!("{hour}:{minute:02}"),
    }
}

/// Gives a stretch within a day: « de 10 h à 12 h ».
pub fn hours(from: Time, to: Time, language: Language) -> String {
    let (from, to) = (hour(from, language), hour(to, language));
    match language {
        Language::Fr => format!("de {from} à {to}"),
        Language::En => format!("{from} to {to}"),
    }
}

/// Gives the wall clock of a zone at an instant; of UTC if there is no such zone. The rules of zones
/// are data to us, like the names of months.
pub fn local(at: Timestamp, timezone: &str) -> DateTime {
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    zone.to_datetime(at)
}

/// Gives an instant in full: « samedi 23 septembre 2017 à 7 h 32 ».
pub fn moment(at: Timestamp, timezone: &str, language: Language) -> String {
    let at = local(at, timezone);
    joined(date(at.date(), language), at.time(), language)
}

/// Gives an instant without weekday and year: « 12 septembre à 14 h 36 ».
pub fn moment_without_year(at: Timestamp, timezone: &str, language: Language) -> String {
    let at = local(at, timezone);
    joined(day_and_month(at.date(), language), at.time(), language)
}

/// Gives an instant as one says it beside another date: « samedi 23 à 7 h 32 » in the same month,
/// « dimanche 1er octobre à 7 h 32 » in the same year, else in full.
pub fn moment_near(at: Timestamp, timezone: &str, near: Date, language: Language) -> String {
    let at = local(at, timezone);
    let words = if (at.year(), at.month()) == (near.year(), near.month()) {
        let weekday = weekday(at.date(), language);
        format!("{weekday} {}", day(at.date(), language))
    } else if at.year() == near.year() {
        date_without_year(at.date(), language)
    } else {
        date(at.date(), language)
    };
    joined(words, at.time(), language)
}

/// Gives an instant for tables: « mar. 3 oct., 10 h ».
pub fn short_moment(at: Timestamp, timezone: &str, language: Language) -> String {
    let at = local(at, timezone);
    let date = short_date(at.date(), language);
    format!("{date}, {}", hour(at.time(), language))
}

/// Gives the last minute before an instant that is too late: « jeudi 21 septembre 2017 à 23 h 59 »
/// for a midnight; for another hour that hour itself.
pub fn deadline(closes_at: Timestamp, timezone: &str, language: Language) -> String {
    let last = last_minute(closes_at, timezone);
    joined(date(last.date(), language), last.time(), language)
}

/// Gives the same as one says it: « jeudi 21 septembre au soir », after « le »; in English after
/// "on": "the evening of Thursday 21 September".
pub fn deadline_evening(closes_at: Timestamp, timezone: &str, language: Language) -> String {
    let last = last_minute(closes_at, timezone);
    let words = date_without_year(last.date(), language);
    if (last.hour(), last.minute()) != (23, 59) {
        return joined(words, last.time(), language);
    }
    match language {
        Language::Fr => format!("{words} au soir"),
        Language::En => format!("the evening of {words}"),
    }
}

/// Gives what people take for the end: the minute before midnight, else the hour itself.
///
/// Where the clocks change at midnight a day may begin at 1 h: the second before is asked for, so
/// that the day is right there too.
fn last_minute(closes_at: Timestamp, timezone: &str) -> DateTime {
    let second = jiff::SignedDuration::from_secs(1);
    let before = closes_at.checked_sub(second).unwrap_or(closes_at);
    let (before, at) = (local(before, timezone), local(closes_at, timezone));
    if before.date() == at.date() {
        at
    } else {
        before
    }
}

fn joined(date: String, time: Time, language: Language) -> String {
    let hour = hour(time, language);
    match language {
        Language::Fr => format!("{date} à {hour}"),
        Language::En => format!("{date} at {hour}"),
    }
}

/// Gives the day of the month: « 1er », « 2 ».
pub(super) fn day(date: Date, language: Language) -> String {
    match (language, date.day()) {
        (Language::Fr, 1) => "1er".to_owned(),
        (_, day) => day.to_string(),
    }
}

fn month(date: Date, language: Language) -> &'static str {
    let names = match language {
        Language::Fr => MONTHS_FR,
        Language::En => MONTHS_EN,
    };
    nth_name(&names, date.month())
}

pub(super) fn short_month(date: Date, language: Language) -> &'static str {
    let names = match language {
        Language::Fr => SHORT_MONTHS_FR,
        Language::En => SHORT_MONTHS_EN,
    };
    nth_name(&names, date.month())
}

fn nth_name(names: &[&'static str; 12], month: i8) -> &'static str {
    let index = usize::try_from(month - 1).unwrap_or_default();
    names.get(index).copied().unwrap_or_default()
}

pub(super) fn weekday(date: Date, language: Language) -> &'static str {
    match (language, date.weekday()) {
        (Language::Fr, Weekday::Monday) => "lundi",
        (Language::Fr, Weekday::Tuesday) => "mardi",
        (Language::Fr, Weekday::Wednesday) => "mercredi",
        (Language::Fr, Weekday::Thursday) => "jeudi",
        (Language::Fr, Weekday::Friday) => "vendredi",
        (Language::Fr, Weekday::Saturday) => "samedi",
        (Language::Fr, Weekday::Sunday) => "dimanche",
        (Language::En, Weekday::Monday) => "Monday",
        (Language::En, Weekday::Tuesday) => "Tuesday",
        (Language::En, Weekday::Wednesday) => "Wednesday",
        (Language::En, Weekday::Thursday) => "Thursday",
        (Language::En, Weekday::Friday) => "Friday",
        (Language::En, Weekday::Saturday) => "Saturday",
        (Language::En, Weekday::Sunday) => "Sunday",
    }
}

pub(super) fn short_weekday(date: Date, language: Language) -> String {
    let first: String = weekday(date, language).chars().take(3).collect();
    match language {
        Language::Fr => format!("{first}."),
        Language::En => first,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::{date as day_of, time};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_and_hours_are_said_as_people_say_them() {
        let first = day_of(2017, 10, 1);
        assert_eq!(date(first, Language::Fr), "dimanche 1er octobre 2017");
        assert_eq!(date(first, Language::En), "Sunday 1 October 2017");
        assert_eq!(short_date(first, Language::Fr), "dim. 1er oct.");
        assert_eq!(short_date(first, Language::En), "Sun 1 Oct");
        assert_eq!(hour(time(7, 5, 0, 0), Language::Fr), "7 h 05");
        assert_eq!(hour(time(7, 5, 0, 0), Language::En), "7:05");
        let night = hours(time(20, 0, 0, 0), time(0, 0, 0, 0), Language::Fr);
        assert_eq!(night, "de 20 h à minuit");
    }

    #[test]
    fn an_instant_is_said_on_the_clock_of_the_zone() {
        let late = at("2017-09-23T05:32:10Z");
        let near = day_of(2017, 9, 21);
        let zone = "Europe/Paris";
        assert_eq!(
            moment_near(late, zone, near, Language::Fr),
            "samedi 23 à 7 h 32"
        );
        assert_eq!(
            moment_near(late, zone, day_of(2017, 10, 1), Language::Fr),
            "samedi 23 septembre à 7 h 32"
        );
        assert_eq!(
            moment(late, zone, Language::En),
            "Saturday 23 September 2017 at 7:32"
        );
        assert_eq!(
            moment_without_year(late, "America/New_York", Language::Fr),
            "23 septembre à 1 h 32"
        );
        assert_eq!(
            short_moment(late, zone, Language::Fr),
            "sam. 23 sept., 7 h 32"
        );
    }

    #[test]
    fn a_midnight_deadline_belongs_to_the_day_before() {
        let zone = "Europe/Paris";
        let closes = at("2017-09-21T22:00:00Z");
        assert_eq!(
            deadline(closes, zone, Language::Fr),
            "jeudi 21 septembre 2017 à 23 h 59"
        );
        assert_eq!(
            deadline_evening(closes, zone, Language::Fr),
            "jeudi 21 septembre au soir"
        );
        assert_eq!(
            deadline_evening(closes, zone, Language::En),
            "the evening of Thursday 21 September"
        );
        let morning = at("2017-10-03T08:00:00Z");
        assert_eq!(
            deadline_evening(morning, zone, Language::Fr),
            "mardi 3 octobre à 10 h"
        );
    }
}
