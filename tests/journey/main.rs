//! Journeys of mails through the whole house: most through the real binary on a Maildir and a folder of
//! letters, some with real servers, some through the library where the clock must be ours.
//!
//! Nothing here sleeps to wait: an event is waited for, with a limit.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/scenario.rs"]
mod scenario;

mod play;
mod servers;
mod sink;
mod stage;

mod addresses;
mod clockwork;
mod first_days;
mod full_disk;
mod operation;
mod scenarios;
mod seats;
mod urgent;
