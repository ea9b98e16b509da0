//! guichet

pub mod config;
pub mod core;
pub mod failpoint;
pub mod mailbox;
pub mod register;
