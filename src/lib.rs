//! guichet

pub mod config;
pub mod core;
pub mod mailbox;
pub mod maildir;
pub mod register;
pub mod smtp;
