//! The register: recording, durability, damage, rebuilding, forgetting.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

mod support;
mod transfer;

mod damage;
mod forget;
mod known;
mod outbox;
mod recording;
mod sequences;
