//! Dates, hours, places and counts in words, French and English, for people.
//!
//! Ordinary spaces only (« 10 h », not a no-break space), so that text alternatives, subjects and
//! terminals show the same. Nothing here begins a sentence: all is in lower case where French is.
//!
//! | what | French | English |
//! |---|---|---|
//! | [`date`] | mardi 3 octobre 2017 | Tuesday 3 October 2017 |
//! | [`date_without_year`] | mardi 3 octobre | Tuesday 3 October |
//! | [`day_and_month`] | 3 octobre | 3 October |
//! | [`short_date`] | mar. 3 oct. | Tue 3 Oct |
//! | [`hour`] | 10 h, 14 h 36 | 10:00, 14:36 |
//! | [`when`] | mardi 3 octobre 2017, de 10 h à 12 h (heure de Paris) | Tuesday 3 October 2017, 10:00 to 12:00 (Paris time) |
//! | [`short_when`] | mar. 3 oct., 10 h | Tue 3 Oct, 10:00 |
//! | [`moment`] | samedi 23 septembre 2017 à 7 h 32 | Saturday 23 September 2017 at 7:32 |
//! | [`deadline`] | jeudi 21 septembre 2017 à 23 h 59 | Thursday 21 September 2017 at 23:59 |
//! | [`deadline_evening`] | jeudi 21 septembre au soir | the evening of Thursday 21 September |
//! | [`whereabouts`] | en webconférence, à Lyon | online, in Lyon |
//! | [`seats`] | 12 places | 12 seats |

mod counts;
mod days;
mod places;
mod sessions;

pub use counts::{counted, duration, join, nth, ordinal, seats};
pub use days::{
    date, date_without_year, day_and_month, deadline, deadline_evening, hour, hours, local, moment,
    moment_near, moment_without_year, short_date, short_moment,
};
pub use places::{whereabouts, zone};
pub use sessions::{session_name, short_dates, short_when, when, when_and_where};
