//! Single values checked: words of a closed list, numbers, durations, dates, zones, addresses, paths.
//!
//! Each gives `None` and notes the problem on the sheet if the value cannot be.

use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use toml::{Spanned, Value};

use super::sheet::{Sheet, suggestion};

impl Sheet {
    /// Takes a text that must say something; surrounding spaces go.
    pub(super) fn text(&mut self, key: &str, value: &Spanned<String>) -> Option<String> {
        let text = value.get_ref().trim();
        if text.is_empty() {
            let problem = self.at(value.span(), format!("`{key}` is empty"));
            self.add(problem.help("write something between the quotes"));
            return None;
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            let problem = self.at(value.span(), format!("`{key}` holds a control character"));
            self.add(problem.help("write plain text"));
            return None;
        }
        Some(text.to_owned())
    }

    /// Takes a text of one line.
    pub(super) fn line(&mut self, key: &str, value: &Spanned<String>) -> Option<String> {
        let text = self.text(key, value)?;
        if text.contains('\n') {
            let problem = self.at(value.span(), format!("`{key}` has more than one line"));
            self.add(problem.help("write it on one line"));
            return None;
        }
        Some(text)
    }

    /// Takes a text of one line that may be left out.
    pub(super) fn line_of(&mut self, key: &str, value: Option<&Spanned<String>>) -> Option<String> {
        value.and_then(|value| self.line(key, value))
    }

    /// Takes a list of texts of one line.
    pub(super) fn lines_of(
        &mut self,
        key: &str,
        values: Option<&Vec<Spanned<String>>>,
    ) -> Vec<String> {
        let values = values.map(Vec::as_slice).unwrap_or_default();
        values
            .iter()
            .filter_map(|value| self.line(key, value))
            .collect()
    }

    /// Takes a word of a closed list.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &str,
        value: &Spanned<String>,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let word = value.get_ref().as_str();
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(*choice);
        }
        let known: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let problem = self.at(value.span(), format!("`{key}` cannot be \"{word}\""));
        self.add(match suggestion(word, &known) {
            Some(near) => problem.help(format!("did you mean \"{near}\"?")),
            None => problem.help(format!("write {}", either(&known))),
        });
        None
    }

    /// Takes a whole number within limits.
    pub(super) fn number(
        &mut self,
        key: &str,
        value: &Spanned<i64>,
        limits: RangeInclusive<u32>,
    ) -> Option<u32> {
        let number = *value.get_ref();
        let fits = u32::try_from(number).ok().filter(|n| limits.contains(n));
        if fits.is_none() {
            let (low, high) = (limits.start(), limits.end());
            let problem = self.at(value.span(), format!("`{key}` cannot be {number}"));
            self.add(problem.help(format!("write a number from {low} to {high}")));
        }
        fits
    }

    /// Takes a duration as people write it: `30 s`, `10 min`, `2 h`, `3 days`.
    pub(super) fn duration(&mut self, key: &str, value: &Spanned<String>) -> Option<Duration> {
        let read = read_duration(value.get_ref());
        if read.is_none() {
            let text = value.get_ref();
            let problem = self.at(value.span(), format!("`{key}` is no duration: \"{text}\""));
            self.add(problem.help("write a number and s, min, h or days, as in \"10 min\""));
        }
        read
    }

    /// Takes a civil date.
    pub(super) fn date(&mut self, key: &str, value: &Spanned<Value>) -> Option<Date> {
        let read = datetime(value.get_ref())
            .filter(|moment| moment.time.is_none() && moment.offset.is_none())
            .and_then(|moment| civil_date(moment.date?));
        if read.is_none() {
            let problem = self.at(value.span(), format!("`{key}` is no date"));
            self.add(problem.help(format!("write {key} = 2017-09-22")));
        }
        read
    }

    /// Takes a date with a time, local wall clock.
    pub(super) fn moment(&mut self, key: &str, value: &Spanned<Value>) -> Option<DateTime> {
        let written = datetime(value.get_ref());
        if written.is_some_and(|moment| moment.offset.is_some()) {
            let problem = self.at(value.span(), format!("`{key}` carries an offset"));
            self.add(problem.help(
                "write the hour as the clock on the wall shows it, without Z or +02:00; `timezone` says where",
            ));
            return None;
        }
        let read = written.and_then(|moment| {
            Some(civil_date(moment.date?)?.to_datetime(civil_time(moment.time?)?))
        });
        if read.is_none() {
            let problem = self.at(value.span(), format!("`{key}` is no date with an hour"));
            self.add(problem.help(format!("write {key} = 2017-10-03T10:00:00")));
        }
        read
    }

    /// Takes a time of day.
    pub(super) fn time(&mut self, key: &str, value: &Spanned<Value>) -> Option<Time> {
        let read = datetime(value.get_ref())
            .filter(|moment| moment.date.is_none() && moment.offset.is_none())
            .and_then(|moment| civil_time(moment.time?));
        if read.is_none() {
            let problem = self.at(value.span(), format!("`{key}` is no time of day"));
            self.add(problem.help(format!("write {key} = 08:00:00")));
        }
        read
    }

    /// Takes an IANA zone: its name and itself.
    pub(super) fn zone(
        &mut self,
        key: &str,
        value: &Spanned<String>,
    ) -> Option<(String, TimeZone)> {
        let name = value.get_ref().as_str();
        if let Ok(zone) = TimeZone::get(name) {
            let name = zone.iana_name().unwrap_or(name).to_owned();
            return Some((name, zone));
        }
        let problem = self.at(value.span(), format!("`{key}`: unknown zone \"{name}\""));
        self.add(match near_zone(name) {
            Some(near) => problem.help(format!("did you mean \"{near}\"?")),
            None => problem.help("write a zone by its IANA name, as in \"Europe/Paris\""),
        });
        None
    }

    /// Takes a mail address, in lower case.
    pub(super) fn email(&mut self, key: &str, value: &Spanned<String>) -> Option<String> {
        let email = value.get_ref().trim().to_lowercase();
        let sound = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && is_domain(domain)
        });
        let plain = !email.contains(|c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"')
        });
        if sound && plain {
            return Some(email);
        }
        let problem = self.at(value.span(), format!("`{key}` is no mail address"));
        self.add(problem.help("write the bare address, as in \"training@example.org\""));
        None
    }

    /// Takes a domain, in lower case.
    pub(super) fn domain(&mut self, key: &str, value: &Spanned<String>) -> Option<String> {
        let domain = value.get_ref().trim().to_lowercase();
        if is_domain(&domain) {
            return Some(domain);
        }
        let problem = self.at(value.span(), format!("`{key}` is no domain"));
        self.add(
            problem.help("write the part of the addresses after the @, as in \"example.org\""),
        );
        None
    }

    /// Takes the path of a file that must be there.
    pub(super) fn file(&mut self, key: &str, value: &Spanned<String>) -> Option<PathBuf> {
        let path = self.path(key, value)?;
        if path.is_file() {
            return Some(path);
        }
        let problem = self.at(value.span(), format!("`{key}`: there is no such file"));
        self.add(problem.help(format!("looked for {}", path.display())));
        None
    }

    /// Takes the path of a folder that must be there.
    pub(super) fn folder(&mut self, key: &str, value: &Spanned<String>) -> Option<PathBuf> {
        let path = self.path(key, value)?;
        if path.is_dir() {
            return Some(path);
        }
        let problem = self.at(value.span(), format!("`{key}`: there is no such folder"));
        self.add(problem.help(format!("looked for {}", path.display())));
        None
    }

    /// Takes a path, absolute or relative to this file.
    pub(super) fn path(&mut self, key: &str, value: &Spanned<String>) -> Option<PathBuf> {
        let path = self.line(key, value)?;
        Some(self.beside(path))
    }

    /// Notes that two keys exclude each other.
    pub(super) fn exclusive(&mut self, span: Range<usize>, one: &str, other: &str, help: &str) {
        let problem = self.at(span, format!("`{one}` and `{other}` exclude each other"));
        self.add(problem.help(help));
    }
}

fn is_domain(domain: &str) -> bool {
    !domain.is_empty()
        && domain.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

fn read_duration(text: &str) -> Option<Duration> {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let text = text.trim().to_lowercase();
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit.trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "min" | "minute" | "minutes" => MINUTE,
        "h" | "hour" | "hours" | "heure" | "heures" => HOUR,
        "d" | "day" | "days" | "j" | "jour" | "jours" => DAY,
        "week" | "weeks" | "semaine" | "semaines" => 7 * DAY,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(factor)?;
    /// Longer than ten years is a slip of the pen.
    const LONGEST: u64 = 3660 * DAY;
    (seconds <= LONGEST).then(|| Duration::from_secs(seconds))
}

/// Takes a TOML date or time, also where it stands in quotes.
fn datetime(value: &Value) -> Option<toml::value::Datetime> {
    match value {
        Value::Datetime(moment) => Some(*moment),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn civil_date(date: toml::value::Date) -> Option<Date> {
    let year = i16::try_from(date.year).ok()?;
    Date::new(
        year,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
    )
    .ok()
}

fn civil_time(time: toml::value::Time) -> Option<Time> {
    let second = i8::try_from(time.second.unwrap_or(0)).ok()?;
    Time::new(
        i8::try_from(time.hour).ok()?,
        i8::try_from(time.minute).ok()?,
        second,
        0,
    )
    .ok()
}

fn near_zone(name: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|zone| zone.to_string())
        .collect();
    let city = names.iter().find(|known| {
        known
            .rsplit_once('/')
            .is_some_and(|(_, city)| city.eq_ignore_ascii_case(name.trim()))
    });
    if let Some(city) = city {
        return Some(city.clone());
    }
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    suggestion(name, &known).map(str::to_owned)
}

fn either(known: &[&str]) -> String {
    let quoted: Vec<String> = known.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}
