//! The IMAP edge against a real Dovecot, and against a scripted server that misbehaves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "support/mod.rs"]
mod support;

#[path = "imap/dovecot.rs"]
mod dovecot;
#[path = "imap/scripted.rs"]
mod scripted;
