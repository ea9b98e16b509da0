//! Days, weekdays and months that stand alone, and days counted from now.

use super::{DAYS_MAX, Day, Found, Scan};
use crate::core::tags::Kind;
use crate::core::word_row::Gap;
use jiff::ToSpan;
use jiff::civil::Weekday;

impl Scan<'_> {
    /// « mardi 17 », « le 17 », "the 21st"
    pub(super) fn lone_day(
        &self,
        at: usize,
        weekday: Option<Weekday>,
        first: usize,
    ) -> Option<Found> {
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
    pub(super) fn is_count(&self, at: usize) -> bool {
        self.words.gap(at) == Gap::Space
            && (self.is(at, Kind::Unit) || self.words.number(at).is_some())
    }

    /// Whether what follows lets a lone number be a day.
    pub(super) fn ends_day(&self, at: usize) -> bool {
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
    pub(super) fn is_hour(&self, at: usize) -> bool {
        let word = self.words.folded(at);
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0
            && word
                .get(digits..)
                .is_some_and(|rest| rest.starts_with('h') || rest == "am" || rest == "pm")
    }

    /// « mardi », « jeudi prochain », "next Thursday"
    pub(super) fn lone_weekday(&self, at: usize, weekday: Option<Weekday>) -> Option<Found> {
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
    pub(super) fn relative(&self, at: usize) -> Option<Found> {
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
    pub(super) fn later_today(&self, at: usize) -> Option<usize> {
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
    pub(super) fn lone_month(&self, at: usize) -> Option<Found> {
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
}
