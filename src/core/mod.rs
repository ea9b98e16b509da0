//! The pure heart of guichet: no IO, clock, randomness, async, logging or global.
//!
//! Time, catalogue and identity are arguments. Content cannot fail: a bad mail yields a
//! [`reading::Reading`] with doubts, never an `Err`.

pub mod allocation;
pub mod calendar;
pub mod catalogue;
pub mod catalogue_change;
pub mod decision;
pub mod delivery;
pub mod describe;
pub mod digest;
pub mod entry;
pub mod lexicon;
pub mod membership;
pub mod message;
pub mod orders;
pub mod organisation;
pub mod person;
pub mod policy;
pub mod reading;
pub mod reply;
pub mod roll;
pub mod screening;
pub mod table;
pub mod tags;
pub mod unquote;
pub mod word_map;
pub mod word_row;
pub mod words;
pub mod words_of;
