//! guichet

pub mod config;
pub mod core;
pub mod mailbox;
pub mod register;
pub mod render;
