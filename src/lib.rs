//! guichet

pub mod backoff;
pub mod config;
pub mod core;
pub mod imap;
pub mod mailbox;
pub mod maildir;
pub mod net;
pub mod register;
pub mod secret;
pub mod smtp;
