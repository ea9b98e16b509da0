//! Dates, hours and places in words, French and English; pure.
//!
//! Ordinary spaces only: whether a space may break is the layout's affair ([`super::layout`]).

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use crate::core::catalogue::Span;
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
const MONTHS_FR_SHORT: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
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

/// An instant or a civil day in several forms, for the templates.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Day {
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
    /// 2017.
    pub year: i16,
}

impl Day {
    /// Gives a civil day and time in words.
    pub fn of(date: Date, time: Time, language: Language) -> Day {
        Day {
            date: format!("{} {}", day(date, language), date.year()),
            day: day(date, language),
            month_day: month_day(date, language),
            short: short(date, language),
            time: hour(time, language),
            year: date.year(),
        }
    }

    /// Gives an instant in words, as a clock in that zone shows it; in UTC if the zone is unknown.
    pub fn at(instant: Timestamp, timezone: &str, language: Language) -> Day {
        let local = instant.to_zoned_datetime(zone(timezone));
        Day::of(local.date(), local.time(), language)
    }
}

/// Gives a zone by its IANA name, UTC if there is none.
pub fn zone(timezone: &str) -> TimeZone {
    TimeZone::get(timezone).unwrap_or(TimeZone::UTC)
}

/// « mardi 3 octobre », "Tuesday 3 October".
pub fn day(date: Date, language: Language) -> String {
    format!(
        "{} {}",
        weekday(date.weekday(), language),
        month_day(date, language)
    )
}

/// « 1er octobre », "1 October".
fn month_day(date: Date, language: Language) -> String {
    let month = month_of(
        date,
        match language {
            Language::Fr => &MONTHS_FR,
            Language::En => &MONTHS_EN,
        },
    );
    format!("{} {month}", day_number(date, language))
}

/// « mar. 3 oct. », "Tue 3 Oct".
pub fn short(date: Date, language: Language) -> String {
    let number = day_number(date, language);
    let weekday: String = weekday(date.weekday(), language).chars().take(3).collect();
    match language {
        Language::Fr => format!("{weekday}. {number} {}", month_of(date, &MONTHS_FR_SHORT)),
        Language::En => {
            let month: String = month_of(date, &MONTHS_EN).chars().take(3).collect();
            format!("{weekday} {number} {month}")
        }
    }
}

fn day_number(date: Date, language: Language) -> String {
    match (language, date.day()) {
        (Language::Fr, 1) => "1er".to_owned(),
        (_, number) => number.to_string(),
    }
}

fn month_of(date: Date, months: &[&'static str; 12]) -> &'static str {
    usize::try_from(date.month() - 1)
        .ok()
        .and_then(|index| months.get(index))
        .copied()
        .unwrap_or_default()
}

fn weekday(weekday: Weekday, language: Language) -> &'static str {
    match (language, weekday) {
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

/// « 9 h 30 », "9:30".
pub fn hour(time: Time, language: Language) -> String {
    match (language, time.minute()) {
        (Language::Fr, 0) => format!("{} h", time.hour()),
        (Language::Fr, minute) => format!("{} h {minute:02}", time.hour()),
        (Language::En, minute) => format!("{}:{minute:02}", time.hour()),
    }
}

/// « de 10 h à 12 h », "from 10:00 to 12:00".
pub fn hours(span: &Span, language: Language) -> String {
    let (from, to) = (
        hour(span.from.time(), language),
        hour(span.to.time(), language),
    );
    match language {
        Language::Fr => format!("de {from} à {to}"),
        Language::En => format!("from {from} to {to}"),
    }
}

/// All spans of a session in words, one string a day: « mardi 3 octobre 2017, de 9 h à 12 h et de 14 h à 17 h ».
pub fn days(when: &[Span], language: Language) -> Vec<String> {
    let and = match language {
        Language::Fr => " et ",
        Language::En => " and ",
    };
    let mut days: Vec<(Date, Vec<String>)> = Vec::new();
    for span in when {
        let date = span.from.date();
        let words = if span.to.date() == date {
            hours(span, language)
        } else {
            let end = Day::of(span.to.date(), span.to.time(), language);
            let from = hour(span.from.time(), language);
            match language {
                Language::Fr => format!("de {from} au {} à {}", end.day, end.time),
                Language::En => format!("from {from} to {} at {}", end.day, end.time),
            }
        };
        match days.last_mut() {
            Some((last, hours)) if *last == date => hours.push(words),
            _ => days.push((date, vec![words])),
        }
    }
    days.into_iter()
        .map(|(date, hours)| {
            format!(
                "{} {}, {}",
                day(date, language),
                date.year(),
                hours.join(and)
            )
        })
        .collect()
}

/// « heure de Paris », "Paris time".
pub fn zone_name(timezone: &str, language: Language) -> String {
    let city = timezone
        .rsplit('/')
        .next()
        .unwrap_or(timezone)
        .replace('_', " ");
    if city.eq_ignore_ascii_case("UTC") {
        return "UTC".to_owned();
    }
    match language {
        Language::En => format!("{city} time"),
        Language::Fr => {
            let city = match city.as_str() {
                "Brussels" => "Bruxelles",
                "London" => "Londres",
                "Lisbon" => "Lisbonne",
                "Rome" => "Rome",
                "Athens" => "Athènes",
                "Vienna" => "Vienne",
                "Zurich" => "Zurich",
                "Reunion" => "La Réunion",
                other => other,
            };
            let vowel = city.starts_with(['A', 'E', 'I', 'O', 'U', 'É']);
            if vowel {
                format!("heure d'{city}")
            } else {
                format!("heure de {city}")
            }
        }
    }
}

/// Where, as the end of a sentence: « en webconférence », « à Lyon », « Maison des Monts, 3 rue Haute ».
pub fn place(place: &str, online: bool, language: Language) -> String {
    let lower = place.to_lowercase();
    let remote = [
        "webconférence",
        "visioconférence",
        "visio",
        "web conference",
    ];
    match (online, language) {
        (true, Language::Fr) if lower.is_empty() || lower == "en ligne" => "en ligne".to_owned(),
        (true, Language::Fr) if remote.contains(&lower.as_str()) => format!("en {lower}"),
        (true, Language::Fr) => format!("en ligne ({place})"),
        (true, Language::En)
            if lower.is_empty() || lower == "online" || remote.contains(&lower.as_str()) =>
        {
            "online".to_owned()
        }
        (true, Language::En) => format!("online ({place})"),
        (false, Language::Fr) if is_town(place) => format!("à {place}"),
        (false, Language::En) if is_town(place) => format!("in {place}"),
        (false, _) => place.to_owned(),
    }
}

/// One proper name, so that « à » may stand before it: no article, comma or digit.
fn is_town(place: &str) -> bool {
    let begins_well = place.starts_with(char::is_uppercase)
        && !["Le ", "Les ", "La ", "L'", "L’", "The "]
            .iter()
            .any(|article| place.starts_with(article));
    begins_well && place.chars().all(|c| c.is_alphabetic() || c == '-')
}

/// « première », « 11e »; "first", "11th": a place in the waiting list.
pub fn ordinal(rank: u32, language: Language) -> String {
    const FR: [&str; 10] = [
        "première",
        "deuxième",
        "troisième",
        "quatrième",
        "cinquième",
        "sixième",
        "septième",
        "huitième",
        "neuvième",
        "dixième",
    ];
    const EN: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let words = match language {
        Language::Fr => &FR,
        Language::En => &EN,
    };
    let index = usize::try_from(rank)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    match (words.get(index), language) {
        (Some(word), _) if rank > 0 => (*word).to_owned(),
        (_, Language::Fr) => format!("{rank}e"),
        (_, Language::En) => {
            let teens = (11..=13).contains(&(rank % 100));
            let ending = match rank % 10 {
                1 if !teens => "st",
                2 if !teens => "nd",
                3 if !teens => "rd",
                _ => "th",
            };
            format!("{rank}{ending}")
        }
    }
}

/// The title up to its colon if that is enough to know it by, else cut at a word.
pub fn short_title(title: &str) -> String {
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
pub fn cut_at_word(text: &str, chars_max: usize) -> String {
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

/// Joins names as one says them: « A, B et C ».
pub fn list(items: &[String], language: Language) -> String {
    let and = match language {
        Language::Fr => " et ",
        Language::En => " and ",
    };
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{}{and}{last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn days_are_said_as_people_say_them() {
        let first = Day::of(date(2017, 10, 1), time(10, 0, 0, 0), Language::Fr);
        assert_eq!(first.date, "dimanche 1er octobre 2017");
        assert_eq!(first.short, "dim. 1er oct.");
        assert_eq!(first.time, "10 h");
        let other = Day::of(date(2017, 9, 12), time(14, 36, 0, 0), Language::En);
        assert_eq!(other.day, "Tuesday 12 September");
        assert_eq!(other.short, "Tue 12 Sep");
        assert_eq!(other.time, "14:36");
    }

    #[test]
    fn an_instant_is_said_in_its_zone() {
        let at: Timestamp = "2017-09-23T05:32:00Z".parse().unwrap();
        let said = Day::at(at, "Europe/Paris", Language::Fr);
        assert_eq!(
            (said.day.as_str(), said.time.as_str()),
            ("samedi 23 septembre", "7 h 32")
        );
    }

    #[test]
    fn places_take_a_preposition_only_where_it_is_right() {
        assert_eq!(
            place("webconférence", true, Language::Fr),
            "en webconférence"
        );
        assert_eq!(place("webconférence", true, Language::En), "online");
        assert_eq!(place("Lyon", false, Language::Fr), "à Lyon");
        assert_eq!(place("Le Puy", false, Language::Fr), "Le Puy");
        assert_eq!(
            place("12 rue Haute, Lyon", false, Language::Fr),
            "12 rue Haute, Lyon"
        );
    }

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
    fn ranks_and_lists() {
        assert_eq!(ordinal(1, Language::Fr), "première");
        assert_eq!(ordinal(11, Language::Fr), "11e");
        assert_eq!(ordinal(22, Language::En), "22nd");
        assert_eq!(ordinal(12, Language::En), "12th");
        let names = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
        assert_eq!(list(&names, Language::Fr), "A, B et C");
    }
}
