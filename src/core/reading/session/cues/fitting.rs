//! Which sessions have what cues say.

use jiff::civil::Date;

use super::{Says, Scan};
use crate::core::reading::dates::Day;

/// Days ahead within which a weekday alone is meant.
const WEEKDAY_AHEAD: i64 = 8;
/// Days ahead within which a day of the month alone is meant.
const DAY_AHEAD: i64 = 92;
/// Days ahead within which a day of the month is meant if no other is nearer.
const DAY_AHEAD_MAX: i64 = 183;
/// Days back within which a day of the month alone is still meant, if none is to come.
const DAY_BACK: i64 = 10;

impl Scan<'_> {
    /// Gives the sessions that have all of what cues say, those to come first.
    pub fn candidates(&self, says: &[&Says]) -> Vec<u32> {
        let mut seeds = says
            .iter()
            .min_by_key(|says| breadth(says))
            .map(|says| self.seeds(says))
            .unwrap_or_default();
        seeds.retain(|session| says.iter().all(|says| self.fits(says, *session)));
        seeds.sort_unstable();
        seeds.dedup();
        let (to_come, past): (Vec<u32>, Vec<u32>) = seeds
            .into_iter()
            .partition(|session| self.is_to_come(*session));
        to_come.into_iter().chain(past.into_iter().rev()).collect()
    }

    /// Says whether a session has what a cue says.
    pub fn fits(&self, says: &Says, session: u32) -> bool {
        let matcher = self.matcher();
        match says {
            Says::Topics(topics) => matcher
                .topic_of(session)
                .is_some_and(|topic| topics.contains(&topic)),
            Says::Level(level) => matcher.level_of(session) == Some(*level),
            Says::Days(days) => {
                let dates = matcher.dates_of(session);
                days.iter().all(|day| {
                    dates
                        .iter()
                        .any(|date| day.fits(*date) && day.weekday_fits(*date))
                })
            }
            Says::Places(places) => matcher
                .place_of(session)
                .is_some_and(|place| places.contains(&place)),
            Says::Online(online) => self
                .catalogue
                .at(session)
                .is_some_and(|session| session.online == *online),
            Says::Session(only) => *only == session,
            Says::OneOf(some) => some.contains(&session),
            Says::NoDay => false,
        }
    }

    fn seeds(&self, says: &Says) -> Vec<u32> {
        let matcher = self.matcher();
        match says {
            Says::Topics(topics) => topics
                .iter()
                .flat_map(|topic| matcher.near_of_topic(*topic, self.received))
                .collect(),
            Says::Session(only) => vec![*only],
            Says::OneOf(some) => some.clone(),
            Says::NoDay => Vec::new(),
            Says::Days(days) => days
                .first()
                .map(|day| self.sessions_on(*day))
                .unwrap_or_default(),
            Says::Level(_) | Says::Places(_) | Says::Online(_) => matcher.near(self.received),
        }
    }

    /// The sessions on a day as far as it is written: the nearest to come, else the latest.
    fn sessions_on(&self, day: Day) -> Vec<u32> {
        let matcher = self.matcher();
        let ahead = |days: i64| {
            self.today
                .checked_add(jiff::Span::new().days(days))
                .unwrap_or(self.today)
        };
        match day {
            Day {
                month: Some(month),
                day: Some(date),
                year,
                ..
            } => {
                let all = matcher.on_day(month, date);
                match year {
                    Some(year) => all
                        .iter()
                        .filter(|(date, _)| date.year() == year)
                        .map(|(_, session)| *session)
                        .collect(),
                    None => self.nearest(all),
                }
            }
            Day {
                day: Some(date), ..
            } => {
                let all = matcher.on_day_of_month(date);
                let from = all.partition_point(|(date, _)| *date < self.today);
                let first = all.get(from).map(|(date, _)| *date);
                let until = first
                    .filter(|date| *date <= ahead(DAY_AHEAD_MAX))
                    .map_or(self.today, |date| date.max(ahead(DAY_AHEAD)));
                let to_come: Vec<u32> = all
                    .get(from..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|(date, _)| *date <= until)
                    .map(|(_, session)| *session)
                    .collect();
                let since = ahead(-DAY_BACK);
                match to_come.is_empty() {
                    false => to_come,
                    true => all
                        .get(..from)
                        .unwrap_or_default()
                        .iter()
                        .rev()
                        .take_while(|(date, _)| *date >= since)
                        .map(|(_, session)| *session)
                        .collect(),
                }
            }
            Day { month: Some(_), .. } => matcher.near(self.received),
            Day {
                weekday: Some(_), ..
            } => matcher
                .between(self.today, ahead(WEEKDAY_AHEAD))
                .filter(|(date, _)| day.weekday_fits(*date))
                .map(|(_, session)| session)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Of dated sessions in order: those on the first date to come, else on the last date, unless it
    /// is so long ago that the year would have been said.
    fn nearest(&self, all: &[(Date, u32)]) -> Vec<u32> {
        /// Half a year.
        const BACK: i64 = 183;
        let since = self
            .today
            .checked_sub(jiff::Span::new().days(BACK))
            .unwrap_or(self.today);
        let from = all.partition_point(|(date, _)| *date < self.today);
        let date = all
            .get(from)
            .or_else(|| all.last().filter(|(date, _)| *date >= since))
            .map(|(date, _)| *date);
        let first = all.partition_point(|(other, _)| Some(*other) < date);
        all.get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(|(other, _)| Some(*other) == date)
            .map(|(_, session)| *session)
            .collect()
    }
}

/// How many sessions a cue lets through, roughly: the least is the way in.
fn breadth(says: &Says) -> u8 {
    match says {
        Says::Session(_) | Says::OneOf(_) | Says::NoDay => 0,
        Says::Days(days) => match days.first() {
            Some(Day {
                day: Some(_),
                month: Some(_),
                ..
            }) => 1,
            Some(Day { day: Some(_), .. }) => 3,
            Some(Day {
                weekday: Some(_),
                month: None,
                ..
            }) => 7,
            _ => 9,
        },
        Says::Topics(_) => 2,
        Says::Places(_) => 5,
        Says::Level(_) => 6,
        Says::Online(_) => 8,
    }
}
