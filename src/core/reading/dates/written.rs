//! Dates in figures and words: ISO, numeric, « 3 et 17 octobre », "October 3rd".

use super::{DAYS_MAX, Day, Found, Scan};
use crate::core::tags::Kind;
use crate::core::word_row::Gap;

impl Scan<'_> {
    /// 2017-10-03
    pub(super) fn iso(&self, at: usize) -> Option<Found> {
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
    pub(super) fn numeric(&self, at: usize) -> Option<Found> {
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
    pub(super) fn year(&self, at: usize) -> Option<i16> {
        let number = i16::try_from(self.words.number(at)?).ok()?;
        match self.words.raw(at).len() {
            4 if (1900..2200).contains(&number) => Some(number),
            2 => Some(2000 + number),
            _ => None,
        }
    }

    /// « 3 octobre », « 23 et 24 mars 2019 », « du 22 au 23 janvier », "3rd of October"
    pub(super) fn days_and_month(&self, at: usize) -> Option<Found> {
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
    pub(super) fn month_after(&self, at: usize) -> Option<(i8, Option<i16>, usize)> {
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
    pub(super) fn next_of_list(&self, at: usize) -> Option<usize> {
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
    pub(super) fn month_and_day(&self, at: usize) -> Option<Found> {
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
}
