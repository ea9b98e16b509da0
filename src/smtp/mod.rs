//! Where mail goes to: composing a letter, and carrying it to an SMTP relay or into a folder.
//!
//! Invariants: composing is deterministic (no clock, no randomness) and gives 7-bit bytes; carrying
//! never returns an error, but a [`Delivery`]: what happened, and what it concerns.

mod compose;
mod folder;

pub use compose::{BODY_BYTES_MAX, ComposeError, compose};
pub use folder::Folder;

use crate::core::delivery::{Delivery, Outgoing};

/// Carries letters: to a relay, or into a folder.
#[derive(Debug)]
pub enum Carrier {
    /// One `.eml` a letter in a folder.
    Folder(Folder),
}

impl Carrier {
    /// Carries one letter and says how that went.
    pub async fn send(&mut self, outgoing: &Outgoing) -> Delivery {
        match self {
            Carrier::Folder(folder) => folder.send(outgoing),
        }
    }

    /// Tries whether letters could be carried, without sending one.
    ///
    /// # Errors
    /// What is in the way, in words.
    pub async fn check(&mut self) -> Result<(), String> {
        match self {
            Carrier::Folder(folder) => folder.check(),
        }
    }

    /// Ends what is open, politely; to be called when nothing more is owed for now.
    pub async fn close(&mut self) {
        match self {
            Carrier::Folder(_) => {}
        }
    }
}
