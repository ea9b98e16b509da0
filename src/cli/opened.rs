//! What commands that read have before them: configuration, catalogue, and the journal replayed;
//! also beside a running daemon.

use std::path::Path;

use jiff::Timestamp;

use super::{CliError, config_file};
use crate::config::{Config, load_catalogue};
use crate::core::catalogue::Catalogue;
use crate::register::{Register, Snapshot};

/// Configuration, catalogue and a snapshot of the register.
pub(crate) struct Opened {
    /// The main file.
    pub(crate) config: Config,
    /// The sessions.
    pub(crate) catalogue: Catalogue,
    /// The register as the journal tells it.
    pub(crate) snapshot: Snapshot,
}

impl Opened {
    /// Reads all three.
    pub(crate) fn read_only(config: Option<&Path>) -> Result<Opened, CliError> {
        let config = Config::load(&config_file(config)?)?;
        let catalogue = load_catalogue(&config)?;
        let snapshot = Register::read_only(&config.state)?;
        Ok(Opened {
            config,
            catalogue,
            snapshot,
        })
    }

    /// An instant in the organisation's zone.
    pub(crate) fn local(&self, at: Timestamp, format: &str) -> String {
        local(&self.config, at, format)
    }
}

/// An instant in the organisation's zone, as `strftime` formats it.
pub(crate) fn local(config: &Config, at: Timestamp, format: &str) -> String {
    at.in_tz(&config.timezone).map_or_else(
        |_| at.to_string(),
        |zoned| zoned.strftime(format).to_string(),
    )
}
