//! The SMTP edge: mails as an independent parser sees them, a relay that misbehaves, a real Postfix.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "support/mod.rs"]
mod support;

#[path = "smtp/compose.rs"]
mod compose;
#[path = "smtp/postfix.rs"]
mod postfix;
#[path = "smtp/scripted.rs"]
mod scripted;
