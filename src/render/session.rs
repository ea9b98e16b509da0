//! A session's facts as templates say them.

use serde::Serialize;

use super::day::{Closing, short_title};
use crate::core::reading::Language;
use crate::core::reply::SessionFacts;
use crate::core::words;

/// A session as templates say it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SessionView {
    /// Its id.
    pub id: String,
    /// Its whole title.
    pub title: String,
    /// Its short title with the level: « Coopérer dans LEADER (niveau 3) ».
    pub name: String,
    /// Its whole title with the level.
    pub full_name: String,
    /// « mar. 3 oct. ».
    pub short: String,
    /// « mar. 3 oct., 10 h ».
    pub short_when: String,
    /// « mardi 3 octobre »: the first day.
    pub day: String,
    /// « mardi 3 octobre 2017, de 10 h à 12 h (heure de Paris) ».
    pub when: String,
    /// « en webconférence », « à Lyon »; may be empty.
    pub place: String,
    /// On line?
    pub online: bool,
    /// Seats in all.
    pub capacity: u32,
    /// Year of the first day: the membership's.
    pub year: i16,
    /// The last moment to register, if one is set.
    pub closes: Option<Closing>,
}

impl SessionView {
    pub(super) fn of(facts: &SessionFacts, language: Language) -> SessionView {
        let first = facts.when.first().map(|span| span.from.date());
        SessionView {
            id: facts.id.0.clone(),
            title: facts.title.clone(),
            name: short_name(facts, language),
            full_name: words::session_name(&facts.title, facts.level, language),
            short: words::short_dates(&facts.when, language),
            short_when: words::short_when(&facts.when, language),
            day: first.map_or_else(String::new, |date| words::date_without_year(date, language)),
            when: words::when(&facts.when, &facts.timezone, language),
            place: words::whereabouts(&facts.place, facts.online, language),
            online: facts.online,
            capacity: facts.capacity,
            year: first.map_or(0, |date| date.year()),
            closes: facts
                .closes_at
                .map(|at| Closing::of(at, &facts.timezone, language)),
        }
    }
}

/// « Coopérer dans LEADER (niveau 3) ».
pub(super) fn short_name(facts: &SessionFacts, language: Language) -> String {
    words::session_name(&short_title(&facts.title), facts.level, language)
}
