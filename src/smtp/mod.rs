//! Where mail goes to: composing a letter, and carrying it to an SMTP relay or into a folder.
//!
//! Invariants: composing is deterministic (no clock, no randomness) and gives 7-bit bytes; carrying
//! never returns an error, but a [`Delivery`]: what happened, and what it concerns.

mod compose;
mod folder;
mod relay;
mod wire;

pub use compose::{BODY_BYTES_MAX, ComposeError, compose};
pub use folder::Folder;
pub use relay::Relay;

use crate::config::Transport;
use crate::core::delivery::{Delivery, Outgoing};

/// Carries letters: to a relay, or into a folder.
#[derive(Debug)]
pub enum Carrier {
    /// To an SMTP relay.
    Relay(Box<Relay>),
    /// One `.eml` a letter in a folder.
    Folder(Folder),
}

impl Carrier {
    /// Makes the carrier that the configuration names; nothing is connected yet.
    pub fn new(transport: &Transport) -> Carrier {
        match transport {
            Transport::Smtp(settings) => Carrier::Relay(Box::new(Relay::new(settings.clone()))),
            Transport::Folder(path) => Carrier::Folder(Folder::new(path.clone())),
        }
    }

    /// Carries one letter and says how that went.
    pub async fn send(&mut self, outgoing: &Outgoing) -> Delivery {
        match self {
            Carrier::Relay(relay) => relay.send(outgoing).await,
            Carrier::Folder(folder) => folder.send(outgoing),
        }
    }

    /// Tries whether letters could be carried, without sending one.
    ///
    /// # Errors
    /// What is in the way, in words.
    pub async fn check(&mut self) -> Result<(), String> {
        match self {
            Carrier::Relay(relay) => match relay.check().await {
                None => Ok(()),
                Some(
                    Delivery::Accepted { response }
                    | Delivery::Deferred { response, .. }
                    | Delivery::Refused { response }
                    | Delivery::Uncertain { response },
                ) => Err(response),
            },
            Carrier::Folder(folder) => folder.check(),
        }
    }

    /// Ends what is open, politely; to be called when nothing more is owed for now.
    pub async fn close(&mut self) {
        match self {
            Carrier::Relay(relay) => relay.close().await,
            Carrier::Folder(_) => {}
        }
    }
}
