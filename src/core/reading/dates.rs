//! Dates as people write them in French and English, found in a text and left open where they are:
//! « le 17 » stays a day without a month until the catalogue says which.
//!
//! "3/10" is day and month in both languages (France, Ireland, United Kingdom). Hours, telephone
//! numbers and counts are no dates. Each date says what it is of: a deadline or the date of a letter
//! is told apart from a date that may be a session's.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::core::tags::{Kind, Tag};
use crate::core::word_row::{Gap, Words};

/// A day as far as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    /// The year, four digits.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: Option<i8>,
    /// 1 to 31.
    pub day: Option<i8>,
    /// The day of the week.
    pub weekday: Option<Weekday>,
}

impl Day {
    /// Says whether a date has all that is written, the day of the week left out.
    pub fn fits(self, date: Date) -> bool {
        self.year.is_none_or(|year| year == date.year())
            && self.month.is_none_or(|month| month == date.month())
            && self.day.is_none_or(|day| day == date.day())
    }

    /// Says whether the day of the week, if written, is that of the date.
    pub fn weekday_fits(self, date: Date) -> bool {
        self.weekday.is_none_or(|weekday| weekday == date.weekday())
    }
}

/// What a date is the date of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOf {
    /// Perhaps a session.
    Event,
    /// Something is due by it, or holds since or until then.
    Deadline,
    /// A letter, a birth, a mail's header.
    Other,
}

/// One or several days named in one breath (« 23 et 24 mars », « du 22 au 23 »).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFound {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// Its words, by their place in the row.
    pub words: Range<usize>,
    /// The days.
    pub days: Vec<Day>,
    /// What it is the date of.
    pub of: DateOf,
}

/// Finds the dates of a text, in order; `today` is the day of receipt (for « demain »).
pub fn dates_in(words: &Words<'_>, tags: &[Tag], today: Date) -> Vec<DateFound> {
    let scan = Scan { words, tags, today };
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match scan.date_at(at) {
            Some((days, run)) if run.end > at => {
                let of = scan.date_of(&run);
                at = run.end;
                found.push(DateFound {
                    range: words.span(run.clone()),
                    words: run,
                    days,
                    of,
                });
            }
            _ => at = scan.past_no_date(at),
        }
    }
    found
}

struct Scan<'a> {
    words: &'a Words<'a>,
    tags: &'a [Tag],
    today: Date,
}

type Found = (Vec<Day>, Range<usize>);

/// Days that can be named in one breath; more is no date.
const DAYS_MAX: usize = 6;

impl Scan<'_> {
    fn tag(&self, at: usize) -> Tag {
        self.tags.get(at).copied().unwrap_or_default()
    }

    fn is(&self, at: usize, kind: Kind) -> bool {
        self.tag(at).is(kind)
    }

    fn date_at(&self, at: usize) -> Option<Found> {
        let (weekday, first) = self.weekday_before(at);
        self.iso(first)
            .or_else(|| self.days_and_month(first))
            .or_else(|| self.numeric(first))
            .or_else(|| self.month_and_day(first))
            .map(|(mut days, run)| {
                if let (Some(weekday), Some(day)) = (weekday, days.first_mut()) {
                    day.weekday = Some(weekday);
                }
                (days, at..run.end)
            })
            .or_else(|| self.lone_day(at, weekday, first))
            .or_else(|| self.lone_weekday(at, weekday))
            .or_else(|| self.relative(at))
            .or_else(|| self.lone_month(at))
    }

    /// The weekday at `at`, if there is one, and where the date goes on after it.
    fn weekday_before(&self, at: usize) -> (Option<Weekday>, usize) {
        let tag = self.tag(at);
        let Some(weekday) = weekday(tag.weekday) else {
            return (None, at);
        };
        let mut next = at + 1;
        while next < at + 3
            && self.words.gap(next) < Gap::Plus
            && (self.is(next, Kind::Article) || self.words.folded(next) == "le")
        {
            next += 1;
        }
        if self.words.gap(next) >= Gap::Plus {
            next = at + 1;
        }
        if tag.is(Kind::ShortWeekday) && self.day_number(next).is_none() {
            return (None, at);
        }
        (Some(weekday), next)
    }

    /// A day of the month: « 3 », « 1er », "3rd".
    fn day_number(&self, at: usize) -> Option<i8> {
        if let Some(number) = self.words.number(at) {
            return i8::try_from(number)
                .ok()
                .filter(|day| (1..=31).contains(day));
        }
        let word = self.words.folded(at);
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (number, ending) = word.split_at_checked(digits)?;
        let is_ordinal = match ending {
            "st" | "nd" | "rd" | "th" => true,
            "er" => number == "1",
            _ => false,
        };
        number
            .parse()
            .ok()
            .filter(|day| is_ordinal && (1..=31).contains(day))
    }

    fn has_ordinal_ending(&self, at: usize) -> bool {
        self.words.number(at).is_none() && self.day_number(at).is_some()
    }

    /// 2017-10-03
    fn iso(&self, at: usize) -> Option<Found> {
        let year = self.words.number(at).filter(|y| (1900..2200).contains(y))?;
        let gap = self.words.gap(at + 1);
        if !matches!(gap, Gap::Hyphen | Gap::Slash | Gap::Dot) || self.words.gap(at + 2) != gap {
            return None;
        }
        let month = i8::try_from(self.words.number(at + 1)?).ok()?;
        let day = self.day_number(at + 2)?;
        let day = Day {
            year: i16::try_from(year).ok(),
            month: Some(month).filter(|m| (1..=12).contains(m)),
            day: Some(day),
            weekday: None,
        };
        day.month?;
        Some((vec![day], at..at + 3))
    }

    /// 3/10, 03.10.17, 03-10-2017
    fn numeric(&self, at: usize) -> Option<Found> {
        let day = self.words.number(at).and_then(|_| self.day_number(at))?;
        let gap = self.words.gap(at + 1);
        if !matches!(gap, Gap::Hyphen | Gap::Slash | Gap::Dot)
            || matches!(self.words.gap(at), Gap::Hyphen | Gap::Slash | Gap::Dot)
        {
            return None;
        }
        let month = self.words.number(at + 1)?;
        let month = i8::try_from(month).ok().filter(|m| (1..=12).contains(m))?;
        let year = (self.words.gap(at + 2) == gap)
            .then(|| self.year(at + 2))
            .flatten();
        let end = at + if year.is_some() { 3 } else { 2 };
        let goes_on = self.words.gap(end) == gap && self.words.number(end).is_some();
        let led = at > 0
            && (self.is(at - 1, Kind::Article)
                || self.tag(at - 1).weekday > 0
                || self.words.folded(at - 1) == "le");
        let two_digits = self.words.raw(at).len() == 2 && self.words.raw(at + 1).len() == 2;
        let written_so = match gap {
            Gap::Slash => true,
            Gap::Dot => year.is_some() || led || two_digits,
            _ => year.is_some() || (led && two_digits),
        };
        let followed_by_number = self
            .words
            .number(end)
            .is_some_and(|_| self.words.gap(end) <= Gap::Space && self.words.raw(end).len() == 2);
        if goes_on || !written_so || (gap != Gap::Slash && followed_by_number) {
            return None;
        }
        let day = Day {
            year,
            month: Some(month),
            day: Some(day),
            weekday: None,
        };
        Some((vec![day], at..end))
    }

    /// A year of four or two digits.
    fn year(&self, at: usize) -> Option<i16> {
        let number = i16::try_from(self.words.number(at)?).ok()?;
        match self.words.raw(at).len() {
            4 if (1900..2200).contains(&number) => Some(number),
            2 => Some(2000 + number),
            _ => None,
        }
    }

    /// « 3 octobre », « 23 et 24 mars 2019 », « du 22 au 23 janvier », "3rd of October"
    fn days_and_month(&self, at: usize) -> Option<Found> {
        let mut days = Vec::new();
        let mut next = at;
        // « niveau 2 - 19 mars »: the 2 is no day.
        if at > 0 && self.is(at - 1, Kind::Level) {
            return None;
        }
        loop {
            let (weekday, first) = self.weekday_before(next);
            let day = self.day_number(first)?;
            days.push(Day {
                day: Some(day),
                weekday,
                ..Day::default()
            });
            next = first + 1;
            if let Some((month, year, end)) = self.month_after(next) {
                for day in &mut days {
                    day.month = Some(month);
                    day.year = year;
                }
                return Some((days, at..end));
            }
            if days.len() >= DAYS_MAX {
                return None;
            }
            next = self.next_of_list(next)?;
        }
    }

    /// The month and year that follow a day, and where they end.
    fn month_after(&self, at: usize) -> Option<(i8, Option<i16>, usize)> {
        let mut at = at;
        if self.words.folded(at) == "of" && self.words.gap(at) == Gap::Space {
            at += 1;
        }
        let month = Some(self.tag(at).month).filter(|m| *m > 0)?;
        let near = matches!(
            self.words.gap(at),
            Gap::Space | Gap::Line | Gap::Hyphen | Gap::Dot | Gap::Apostrophe | Gap::Slash
        );
        if !near {
            return None;
        }
        let year = self
            .year(at + 1)
            .filter(|_| self.words.gap(at + 1) <= Gap::Comma && self.words.raw(at + 1).len() == 4);
        Some((month, year, at + if year.is_some() { 2 } else { 1 }))
    }

    /// Where a list of days goes on: « 23 et | 24 mars », « 23/ | 24 mars », « 22 au | 23 ».
    fn next_of_list(&self, at: usize) -> Option<usize> {
        let mut next = at;
        let mut joined = matches!(
            self.words.gap(next),
            Gap::Slash | Gap::Hyphen | Gap::Comma | Gap::Dash | Gap::Plus
        );
        while next < at + 3 && self.is(next, Kind::Range) && self.words.gap(next) < Gap::Colon {
            next += 1;
            joined = true;
        }
        joined.then_some(next)
    }

    /// "October 3", "May 5th, 2018": English only, since nobody writes « octobre 3 ».
    fn month_and_day(&self, at: usize) -> Option<Found> {
        let month = Some(self.tag(at).month).filter(|m| *m > 0)?;
        let day = self.day_number(at + 1)?;
        if self.words.gap(at + 1) != Gap::Space || !self.words.items.get(at)?.capital {
            return None;
        }
        if self.is(at + 2, Kind::Unit) && self.words.gap(at + 2) == Gap::Space {
            return None;
        }
        let mut days = vec![Day {
            month: Some(month),
            day: Some(day),
            ..Day::default()
        }];
        let mut end = at + 2;
        // "March 20-21", "March 20 and 21"
        while days.len() < DAYS_MAX
            && let Some(next) = self.next_of_list(end)
            && let Some(day) = self.day_number(next)
            && self.tag(next + 1).month == 0
            && !self.is_count(next + 1)
        {
            days.push(Day {
                month: Some(month),
                day: Some(day),
                ..Day::default()
            });
            end = next + 1;
        }
        let year = self.year(end).filter(|_| self.words.raw(end).len() == 4);
        for day in &mut days {
            day.year = year;
        }
        Some((days, at..end + usize::from(year.is_some())))
    }

    /// « mardi 17 », « le 17 », "the 21st"
    fn lone_day(&self, at: usize, weekday: Option<Weekday>, first: usize) -> Option<Found> {
        let day = self.day_number(first)?;
        let led =
            first > 0 && self.words.gap(first) == Gap::Space && self.is(first - 1, Kind::Article);
        let is_day = weekday.is_some() || self.has_ordinal_ending(first) || led;
        if !is_day || matches!(self.words.gap(first), Gap::Hyphen | Gap::Slash | Gap::Dot) {
            return None;
        }
        let mut days = vec![Day {
            day: Some(day),
            weekday,
            ..Day::default()
        }];
        let mut end = first + 1;
        // « les 22 et 23 », « mardi 3 et jeudi 5 »
        while days.len() < DAYS_MAX
            && let Some(next) = self.next_of_list(end)
        {
            let (weekday, number) = self.weekday_before(next);
            let Some(day) = self
                .day_number(number)
                .filter(|_| self.ends_day(number + 1))
            else {
                break;
            };
            days.push(Day {
                day: Some(day),
                weekday,
                ..Day::default()
            });
            end = number + 1;
        }
        (weekday.is_some() && !self.is_count(end) || self.ends_day(end)).then_some((days, at..end))
    }

    /// Whether a number that ends before `at` counts something, or tells an hour.
    fn is_count(&self, at: usize) -> bool {
        self.words.gap(at) == Gap::Space
            && (self.is(at, Kind::Unit) || self.words.number(at).is_some())
    }

    /// Whether what follows lets a lone number be a day.
    fn ends_day(&self, at: usize) -> bool {
        match self.words.gap(at) {
            Gap::Space => {
                (self.is(at, Kind::AfterDay) || self.is_hour(at) || self.tag(at).weekday > 0)
                    && !self.is_count(at)
            }
            Gap::Hyphen | Gap::Slash | Gap::Dot | Gap::Apostrophe | Gap::Sign => false,
            Gap::Comma | Gap::Line => !self.words.number(at).is_some_and(|_| {
                self.words.raw(at).len() == 2 && self.words.number(at + 1).is_some()
            }),
            _ => true,
        }
    }

    /// « 10h », « 9h30 », "10am"
    fn is_hour(&self, at: usize) -> bool {
        let word = self.words.folded(at);
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0
            && word
                .get(digits..)
                .is_some_and(|rest| rest.starts_with('h') || rest == "am" || rest == "pm")
    }

    /// « mardi », « jeudi prochain », "next Thursday"
    fn lone_weekday(&self, at: usize, weekday: Option<Weekday>) -> Option<Found> {
        let weekday = weekday?;
        if self.tag(at).is(Kind::ShortWeekday) {
            return None;
        }
        let mut end = at + 1;
        if self.is(end, Kind::Next) && self.words.gap(end) == Gap::Space {
            end += 1;
        }
        let day = Day {
            weekday: Some(weekday),
            ..Day::default()
        };
        Some((vec![day], at..end))
    }

    /// « demain », "tomorrow"
    fn relative(&self, at: usize) -> Option<Found> {
        if let Some(end) = self.later_today(at) {
            let day = Day {
                year: Some(self.today.year()),
                month: Some(self.today.month()),
                day: Some(self.today.day()),
                weekday: None,
            };
            return Some((vec![day], at..end));
        }
        let mut days = i64::from(self.tag(at).relative?);
        let mut from = at;
        if days == 1 && at > 0 && self.words.folded(at - 1) == "apres" {
            days = 2;
            from = at - 1;
        }
        let date = self.today.checked_add(days.days()).ok()?;
        let day = Day {
            year: Some(date.year()),
            month: Some(date.month()),
            day: Some(date.day()),
            weekday: None,
        };
        let end = if self.words.folded(at + 1) == "hui" {
            at + 2
        } else {
            at + 1
        };
        Some((vec![day], from..end))
    }

    /// « ce soir », "this evening", « dans une heure », "in ten minutes", « tout à l'heure »: where it ends.
    fn later_today(&self, at: usize) -> Option<usize> {
        let word = |at: usize| self.words.folded(at);
        let near = |from: usize, to: usize| (from..to).all(|at| self.words.gap(at) <= Gap::Space);
        match word(at) {
            "ce" | "cet" | "cette" | "this" if self.is(at + 1, Kind::DayTime) => {
                let end = if word(at + 1) == "apres" {
                    at + 3
                } else {
                    at + 2
                };
                near(at + 1, end).then_some(end)
            }
            "tout" if word(at + 1) == "a" && word(at + 3) == "heure" => {
                near(at + 1, at + 4).then_some(at + 4)
            }
            "dans" | "in" => {
                let counted = self.words.number(at + 1).is_some()
                    || self.tag(at + 1).cardinal > 0
                    || matches!(
                        word(at + 1),
                        "an" | "dix"
                            | "quinze"
                            | "vingt"
                            | "trente"
                            | "quarante"
                            | "half"
                            | "ten"
                            | "twenty"
                            | "thirty"
                            | "forty"
                    );
                let end = (at + 2..at + 5).find(|next| {
                    matches!(
                        word(*next),
                        "h" | "heure"
                            | "heures"
                            | "minutes"
                            | "min"
                            | "mn"
                            | "minute"
                            | "hour"
                            | "hours"
                    )
                });
                let joined = word(at + 1)
                    .strip_suffix('h')
                    .is_some_and(|digits| digits.parse::<u8>().is_ok());
                if joined && near(at + 1, at + 2) {
                    return Some(at + 2);
                }
                end.filter(|end| counted && near(at + 1, *end))
                    .map(|end| end + 1)
            }
            _ => None,
        }
    }

    /// « la journée de décembre », "in October"
    fn lone_month(&self, at: usize) -> Option<Found> {
        let month = Some(self.tag(at).month).filter(|m| *m > 0)?;
        // Short forms alone are other words (« sept », "dec", "may").
        let long_enough = self.words.folded(at).len() >= 4 && self.tag(at).cardinal == 0;
        /// A text of so few words is a subject or an answer: its month is meant.
        const SHORT: usize = 8;
        let led = at > 0 && self.is(at - 1, Kind::MonthLead) && self.words.gap(at) <= Gap::Line
            || at > 0 && self.words.len() <= SHORT && self.words.raw(at) != "may";
        if !(long_enough || self.words.folded(at) == "mai" || self.words.folded(at) == "may")
            || !led
        {
            return None;
        }
        let year = self
            .year(at + 1)
            .filter(|_| self.words.raw(at + 1).len() == 4);
        let day = Day {
            year,
            month: Some(month),
            ..Day::default()
        };
        Some((vec![day], at..at + if year.is_some() { 2 } else { 1 }))
    }

    /// Where to go on when no date begins at `at`: past a telephone number at once.
    fn past_no_date(&self, at: usize) -> usize {
        let mut end = at;
        while self.words.number(end).is_some()
            && self.words.raw(end).len() == 2
            && (end == at || self.words.gap(end) <= Gap::Space)
        {
            end += 1;
        }
        // Four pairs of digits in a row are a telephone number.
        if end >= at + 4 { end } else { at + 1 }
    }

    /// Tells by the words before it, and by its line, what a date is the date of.
    fn date_of(&self, run: &Range<usize>) -> DateOf {
        /// Words looked at before a date.
        const BACK: usize = 4;
        let mut at = run.start;
        for step in 0..BACK {
            if self.words.gap(at) >= Gap::Stop || at == 0 {
                break;
            }
            at -= 1;
            let tag = self.tag(at);
            if tag.is(Kind::Deadline) && !(step > 1 && self.words.folded(at) == "retour") {
                return DateOf::Deadline;
            }
            if tag.is(Kind::Written) {
                return DateOf::Other;
            }
            let passes = tag.is(Kind::Article)
                || tag.is(Kind::Function)
                || tag.weekday > 0
                || tag.is(Kind::Range);
            if !passes {
                break;
            }
        }
        if self.is_on_header_line(run) {
            return DateOf::Other;
        }
        DateOf::Event
    }

    /// « Le 04/09/2017 à 10:12, X a écrit : », « Envoyé : mardi 29 août 2017 », "On 13 Sep, … wrote:"
    fn is_on_header_line(&self, run: &Range<usize>) -> bool {
        /// A header line folds once at most, so its verb stands within so many bytes.
        const AFTER: usize = 160;
        let span = self.words.span(run.clone());
        let text = self.words.text;
        let mut from = span.start.saturating_sub(AFTER);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let before = text.get(from..span.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let lead = before.get(line_start..).unwrap_or_default();
        let lead = lead.trim_start_matches(['>', ' ', '*', '\t']).trim_end();
        let label = lead.split(':').next().unwrap_or_default().trim();
        if lead.contains(':')
            && ["Envoyé", "Envoye", "Date", "Sent", "Envoyé le"]
                .iter()
                .any(|header| header.eq_ignore_ascii_case(label))
        {
            return true;
        }
        let opens =
            lead.is_empty() || lead.eq_ignore_ascii_case("le") || lead.eq_ignore_ascii_case("on");
        if !opens {
            return false;
        }
        let after = text.get(span.end..).unwrap_or_default();
        let mut end = after.len().min(AFTER);
        while !after.is_char_boundary(end) {
            end -= 1;
        }
        let after = after.get(..end).unwrap_or_default();
        let after = after.split("\n\n").next().unwrap_or_default();
        after.contains("écrit") || after.contains("wrote") || after.contains("ecrit :")
    }
}

/// Gives the weekday of its ISO number.
fn weekday(number: i8) -> Option<Weekday> {
    Weekday::from_monday_one_offset(number).ok()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic
    )]
    use super::*;
    use crate::core::tags::tags;
    use jiff::civil::date;

    fn found(text: &str) -> Vec<DateFound> {
        let words = Words::of(text);
        let tags = tags(&words);
        dates_in(&words, &tags, date(2017, 9, 14))
    }

    /// Writes a date as `year-month-day/weekday`, `.` where it is open.
    fn written(day: &Day) -> String {
        let part = |n: Option<i64>| n.map_or(".".to_owned(), |n| n.to_string());
        format!(
            "{}-{}-{}/{}",
            part(day.year.map(i64::from)),
            part(day.month.map(i64::from)),
            part(day.day.map(i64::from)),
            part(day.weekday.map(|w| i64::from(w.to_monday_one_offset())))
        )
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let dates: Vec<String> = found(text)
            .iter()
            .filter(|d| d.of == DateOf::Event)
            .map(|d| d.days.iter().map(written).collect::<Vec<_>>().join("+"))
            .collect();
        assert_eq!(dates.join(" "), expected, "{text}");
    }

    #[test]
    fn usual_french_writings() {
        check("mardi 3 octobre", ".-10-3/2");
        check("le mardi 3 octobre 2017 de 10h à 12h", "2017-10-3/2");
        check("inscription pour le 3/10 svp", ".-10-3/.");
        check("webconf 03/10", ".-10-3/.");
        check("le 03.10.17 à 10 h", "2017-10-3/.");
        check("du 03.10", ".-10-3/.");
        check("3 oct. 2017", "2017-10-3/.");
        check("le 1er avril", ".-4-1/.");
        check("la webconf du 17", ".-.-17/.");
        check("Ok pour moi le 3 !", ".-.-3/.");
        check("pour la journee a lyon le 12 stp ?", ".-.-12/.");
        check("mar. 3 oct", ".-10-3/2");
        check("mardi prochain", ".-.-./2");
        check("la visio de jeudi", ".-.-./4");
        check("demain à 10h", "2017-9-15/.");
        check("le dimanche\n3 octobre", ".-10-3/7");
        check("2017-10-03", "2017-10-3/.");
        check("la journée VSS de décembre", ".-12-./.");
    }

    #[test]
    fn several_days() {
        check(
            "samedi 23 et dimanche 24 mars 2019",
            "2019-3-23/6+2019-3-24/7",
        );
        check("(23/24 mars)", ".-3-23/.+.-3-24/.");
        check("23-24 mars", ".-3-23/.+.-3-24/.");
        check("du 22 au 23 janvier", ".-1-22/.+.-1-23/.");
        check("des 22 et 23 janvier", ".-1-22/.+.-1-23/.");
        check("les 22 et 23", ".-.-22/.+.-.-23/.");
        check("niveau 2 - 19 et 20 mars", ".-3-19/.+.-3-20/.");
        check("3 octobre et 17 novembre", ".-10-3/. .-11-17/.");
        check("le 3/10 et le 17/11", ".-10-3/. .-11-17/.");
    }

    #[test]
    fn usual_english_writings() {
        check("on 5th May", ".-5-5/.");
        check("May 5, please", ".-5-5/.");
        check("October 3rd, 2017", "2017-10-3/.");
        check("Thu 21", ".-.-21/4");
        check("on the 3rd,", ".-.-3/.");
        check("date 3rd of October:", ".-10-3/.");
        check("Tuesday 3 October at 10am", ".-10-3/2");
        check("the March 20-21 workshop", ".-3-20/.+.-3-21/.");
        check("March 20 and 21, 2025", "2025-3-20/.+2025-3-21/.");
        check("next Tuesday", ".-.-./2");
        check("the workshop on Thursday the 21st", ".-.-21/4");
        check("tomorrow", "2017-9-15/.");
    }

    #[test]
    fn numbers_that_are_no_days() {
        check("Tél. 04 65 71 22 18", "");
        check("04.65.71.77.41 au niveau 3", "");
        check("au 06 39 98 41 17", "");
        check("de 9h30 à 17h, 10h-12h, 14:30", "");
        check("nous serons 4, les 2 autres, le 2e groupe", "");
        check("1/ je m'inscris ; 2/ en revanche", "");
        check("12 place du Champ de Foire, BP 999", "");
        check("mon mari et ma mer", "");
        check("I may come", "");
        check("à 20 min de Valence", "");
        check("le 7h04", "");
    }

    #[test]
    fn deadlines_and_dates_of_other_things() {
        check("Merci de vous inscrire avant le 22 septembre 2017", "");
        check("au plus tard le 10 octobre", "");
        check("Je suis absent jusqu’au 18 septembre inclus", "");
        check("register by 5 May", "");
        check("par courriel du 25 septembre", "");
        check("Né le 12/05/1988", "");
        check("Le 04/09/2017 à 10:12, Marine R. a écrit :", "");
        check("Envoyé : mardi 29 août 2017 09:02", "");
        check("On 13 Sep 2017, at 16:02, Marine <x@y.z> wrote:", "");
        check("de retour lundi", "");
        check("my daughter's birthday is the 11th", "");
        check("Je viens le 4/9, Paul a écrit.", ".-9-4/.");
    }
}
