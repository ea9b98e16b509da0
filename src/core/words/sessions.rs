//! When and where a session takes place, in words.

use jiff::civil::{Date, Time};

use super::counts::join;
use super::days::{
    date, date_without_year, day, hour, hours, short_date, short_month, short_weekday, weekday,
};
use super::places::{whereabouts, zone};
use crate::core::catalogue::Span;
use crate::core::reading::Language;

/// One day and the stretches of a session on it.
struct Day {
    date: Date,
    hours: Vec<(Time, Time)>,
}

/// Gives a session's name: « Titre (niveau 3) », "Title (level 3)".
pub fn session_name(title: &str, level: Option<u32>, language: Language) -> String {
    match (level, language) {
        (Some(level), Language::Fr) => format!("{title} (niveau {level})"),
        (Some(level), Language::En) => format!("{title} (level {level})"),
        (None, _) => title.to_owned(),
    }
}

/// Gives the days and hours in full, with the zone in brackets.
pub fn when(spans: &[Span], timezone: &str, language: Language) -> String {
    if spans.is_empty() {
        return String::new();
    }
    let said = match days(spans) {
        Some(days) if same_hours(&days) => {
            let dates: Vec<Date> = days.iter().map(|day| day.date).collect();
            let hours = days.first().map(|day| said_hours(day, language));
            let dates = dates_in_full(&dates, language);
            format!("{dates}, {}", hours.unwrap_or_default())
        }
        Some(days) => {
            let said: Vec<String> = days
                .iter()
                .map(|day| {
                    let hours = said_hours(day, language);
                    format!("{}, {hours}", date(day.date, language))
                })
                .collect();
            said.join(match language {
                Language::Fr => " ; puis ",
                Language::En => "; then ",
            })
        }
        None => {
            let said: Vec<String> = spans.iter().map(|span| over_days(span, language)).collect();
            join(&said, language)
        }
    };
    format!("{said} ({})", zone(timezone, language))
}

/// Gives [`when`] and [`whereabouts`] in one line.
pub fn when_and_where(
    spans: &[Span],
    timezone: &str,
    place: &str,
    online: bool,
    language: Language,
) -> String {
    let when = when(spans, timezone, language);
    let place = whereabouts(place, online, language);
    if place.is_empty() {
        when
    } else {
        format!("{when}, {place}")
    }
}

/// Gives the days for a subject: « mar. 3 oct. », « mar. 3 et mer. 4 oct. », « du mar. 3 au jeu. 5 oct. ».
pub fn short_dates(spans: &[Span], language: Language) -> String {
    let mut dates: Vec<Date> = spans.iter().map(|span| span.from.date()).collect();
    let last = spans.last().map(last_date);
    dates.extend(last);
    dates.dedup();
    match dates.as_slice() {
        [] => String::new(),
        [only] => short_date(*only, language),
        [one, other] if follows(*one, *other) || spans.len() > 1 => {
            let and = match language {
                Language::Fr => "et",
                Language::En => "and",
            };
            format!(
                "{} {and} {}",
                short_before(*one, *other, language),
                short_date(*other, language)
            )
        }
        [first, .., last] => {
            let first = short_before(*first, *last, language);
            let last = short_date(*last, language);
            match language {
                Language::Fr => format!("du {first} au {last}"),
                Language::En => format!("{first} to {last}"),
            }
        }
    }
}

/// Gives [`short_dates`], for a session of one day with the hour: « mar. 3 oct., 10 h ».
pub fn short_when(spans: &[Span], language: Language) -> String {
    let dates = short_dates(spans, language);
    match (spans.first(), days(spans).map(|days| days.len())) {
        (Some(first), Some(1)) => format!("{dates}, {}", hour(first.from.time(), language)),
        _ => dates,
    }
}

/// Sorts stretches by day; `None` if one of them goes over night.
fn days(spans: &[Span]) -> Option<Vec<Day>> {
    let mut days: Vec<Day> = Vec::new();
    for span in spans {
        let (from, to) = (span.from, span.to);
        if last_date(span) != from.date() {
            return None;
        }
        let hours = (from.time(), to.time());
        match days.last_mut() {
            Some(day) if day.date == from.date() => day.hours.push(hours),
            _ => days.push(Day {
                date: from.date(),
                hours: vec![hours],
            }),
        }
    }
    Some(days)
}

/// Gives the day on which a stretch ends; midnight belongs to the day before.
fn last_date(span: &Span) -> Date {
    match span.to.time() == Time::midnight() {
        true => span.to.date().yesterday().unwrap_or(span.to.date()),
        false => span.to.date(),
    }
}

fn same_hours(days: &[Day]) -> bool {
    let mut hours = days.iter().map(|day| &day.hours);
    let first = hours.next();
    hours.all(|h| Some(h) == first)
}

fn said_hours(day: &Day, language: Language) -> String {
    let stretches: Vec<String> = day
        .hours
        .iter()
        .map(|(from, to)| hours(*from, *to, language))
        .collect();
    join(&stretches, language)
}

/// « mardi 3, jeudi 5 octobre et mardi 7 novembre 2017 »: month and year stand once.
fn dates_in_full(dates: &[Date], language: Language) -> String {
    let said: Vec<String> = dates
        .iter()
        .enumerate()
        .map(|(index, this)| {
            let next = dates.get(index + 1);
            match next {
                Some(next) if next.year() != this.year() => date(*this, language),
                Some(next) if next.month() != this.month() => date_without_year(*this, language),
                Some(_) => format!("{} {}", weekday(*this, language), day(*this, language)),
                None => date(*this, language),
            }
        })
        .collect();
    join(&said, language)
}

/// « du mardi 3 octobre 2017 à 9 h au jeudi 5 octobre 2017 à 17 h ».
fn over_days(span: &Span, language: Language) -> String {
    let (from, to) = (span.from, span.to);
    let (from_hour, to_hour) = (hour(from.time(), language), hour(to.time(), language));
    let (from, to) = (date(from.date(), language), date(last_date(span), language));
    match language {
        Language::Fr => format!("du {from} à {from_hour} au {to} à {to_hour}"),
        Language::En => format!("{from} at {from_hour} to {to} at {to_hour}"),
    }
}

fn follows(one: Date, other: Date) -> bool {
    one.tomorrow().is_ok_and(|next| next == other)
}

/// The shorter of two short dates: without its month if the other's is the same.
fn short_before(this: Date, later: Date, language: Language) -> String {
    let weekday = short_weekday(this, language);
    let day = day(this, language);
    if (this.year(), this.month()) == (later.year(), later.month()) {
        format!("{weekday} {day}")
    } else {
        format!("{weekday} {day} {}", short_month(this, language))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::tz::TimeZone;

    use super::*;

    fn spans(list: &[(&str, &str)]) -> Vec<Span> {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let read = |text: &str| text.parse::<jiff::civil::DateTime>().unwrap();
        list.iter()
            .map(|(from, to)| Span {
                from: read(from),
                to: read(to),
                from_at: zone.to_timestamp(read(from)).unwrap(),
                to_at: zone.to_timestamp(read(to)).unwrap(),
            })
            .collect()
    }

    #[track_caller]
    fn check(list: &[(&str, &str)], fr: &str, en: &str, short_fr: &str, short_en: &str) {
        let spans = spans(list);
        assert_eq!(when(&spans, "Europe/Paris", Language::Fr), fr);
        assert_eq!(when(&spans, "Europe/Paris", Language::En), en);
        assert_eq!(short_when(&spans, Language::Fr), short_fr);
        assert_eq!(short_when(&spans, Language::En), short_en);
    }

    #[test]
    fn a_morning() {
        check(
            &[("2017-10-03T10:00", "2017-10-03T12:00")],
            "mardi 3 octobre 2017, de 10 h à 12 h (heure de Paris)",
            "Tuesday 3 October 2017, 10:00 to 12:00 (Paris time)",
            "mar. 3 oct., 10 h",
            "Tue 3 Oct, 10:00",
        );
    }

    #[test]
    fn a_day_with_a_pause() {
        check(
            &[
                ("2017-10-01T09:30", "2017-10-01T12:00"),
                ("2017-10-01T14:00", "2017-10-01T17:00"),
            ],
            "dimanche 1er octobre 2017, de 9 h 30 à 12 h et de 14 h à 17 h (heure de Paris)",
            "Sunday 1 October 2017, 9:30 to 12:00 and 14:00 to 17:00 (Paris time)",
            "dim. 1er oct., 9 h 30",
            "Sun 1 Oct, 9:30",
        );
    }

    #[test]
    fn two_days_of_the_same_hours() {
        check(
            &[
                ("2017-10-03T09:00", "2017-10-03T17:00"),
                ("2017-10-05T09:00", "2017-10-05T17:00"),
            ],
            "mardi 3 et jeudi 5 octobre 2017, de 9 h à 17 h (heure de Paris)",
            "Tuesday 3 and Thursday 5 October 2017, 9:00 to 17:00 (Paris time)",
            "mar. 3 et jeu. 5 oct.",
            "Tue 3 and Thu 5 Oct",
        );
    }

    #[test]
    fn three_days_over_a_change_of_year() {
        check(
            &[
                ("2017-11-30T09:00", "2017-11-30T17:00"),
                ("2017-12-01T09:00", "2017-12-01T17:00"),
                ("2018-01-09T09:00", "2018-01-09T17:00"),
            ],
            "jeudi 30 novembre, vendredi 1er décembre 2017 et mardi 9 janvier 2018, de 9 h à 17 h (heure de Paris)",
            "Thursday 30 November, Friday 1 December 2017 and Tuesday 9 January 2018, 9:00 to 17:00 (Paris time)",
            "du jeu. 30 nov. au mar. 9 janv.",
            "Thu 30 Nov to Tue 9 Jan",
        );
    }

    #[test]
    fn two_days_of_different_hours() {
        check(
            &[
                ("2017-10-03T09:00", "2017-10-03T17:00"),
                ("2017-10-04T09:00", "2017-10-04T12:00"),
            ],
            "mardi 3 octobre 2017, de 9 h à 17 h ; puis mercredi 4 octobre 2017, de 9 h à 12 h (heure de Paris)",
            "Tuesday 3 October 2017, 9:00 to 17:00; then Wednesday 4 October 2017, 9:00 to 12:00 (Paris time)",
            "mar. 3 et mer. 4 oct.",
            "Tue 3 and Wed 4 Oct",
        );
    }

    #[test]
    fn nights() {
        check(
            &[("2017-10-03T20:00", "2017-10-04T00:00")],
            "mardi 3 octobre 2017, de 20 h à minuit (heure de Paris)",
            "Tuesday 3 October 2017, 20:00 to midnight (Paris time)",
            "mar. 3 oct., 20 h",
            "Tue 3 Oct, 20:00",
        );
        check(
            &[("2017-10-03T09:00", "2017-10-05T17:00")],
            "du mardi 3 octobre 2017 à 9 h au jeudi 5 octobre 2017 à 17 h (heure de Paris)",
            "Tuesday 3 October 2017 at 9:00 to Thursday 5 October 2017 at 17:00 (Paris time)",
            "du mar. 3 au jeu. 5 oct.",
            "Tue 3 to Thu 5 Oct",
        );
    }

    #[test]
    fn name_time_and_place_in_a_line() {
        let spans = spans(&[("2017-10-03T10:00", "2017-10-03T12:00")]);
        assert_eq!(
            when_and_where(&spans, "Europe/Paris", "webconférence", true, Language::Fr),
            "mardi 3 octobre 2017, de 10 h à 12 h (heure de Paris), en webconférence"
        );
        assert_eq!(session_name("A", Some(3), Language::Fr), "A (niveau 3)");
    }
}
