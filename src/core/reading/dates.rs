//! Dates as people write them in French and English, found in a text and left open where they are:
//! « le 17 » stays a day without a month until the catalogue says which.
//!
//! "3/10" is day and month in both languages (France, Ireland, United Kingdom). Hours, telephone
//! numbers and counts are no dates. Each date says what it is of: a deadline or the date of a letter
//! is told apart from a date that may be a session's.

mod lone;
mod written;

use std::ops::Range;

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
mod tests;
