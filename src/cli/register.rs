//! `guichet verify`, `rebuild`, `export`, `import`: the register itself.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CliError, config_file, exit, write_out};
use crate::clock::Clock;
use crate::config::Config;
use crate::register::{OpenNotice, Query as _, Register};

/// Checks that journal and store agree, line by line; exit code 65 with the place if not.
#[derive(Debug, Args)]
pub struct Verify {}

impl Verify {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let verified = crate::register::verify(&config.state, Clock::System.now())?;
        let mut text = format!(
            "journal and store agree: {} entries, {} rows\n",
            verified.entries, verified.rows
        );
        if verified.torn_bytes > 0 {
            text.push_str(&format!("a torn tail of {} bytes is dropped at the next start; nothing in it was acknowledged\n", verified.torn_bytes));
        }
        write_out(text.as_bytes())
    }
}

/// Builds the store anew from the journal; sends nothing.
#[derive(Debug, Args)]
pub struct Rebuild {}

impl Rebuild {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        Register::read_only(&config.state)?; // a wrong folder gets no register of its own
        let bar = super::spinner("building the store anew");
        let (register, notices) = Register::rebuild(&config.state, Clock::System.now())?;
        let entries = register.counts()?.entries;
        register.close()?;
        bar.finish_and_clear();
        tell(&notices);
        write_out(
            format!("the store was built anew from {entries} entries; nothing was sent\n")
                .as_bytes(),
        )
    }
}

/// Writes the journal to a file: the backup that `import` takes.
#[derive(Debug, Args)]
pub struct Export {
    /// The file.
    file: PathBuf,
}

impl Export {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let snapshot = Register::read_only(&config.state)?;
        if self.file.exists() {
            return Err(CliError::new(
                exit::CANT_CREATE,
                format!("error: {} exists already", self.file.display()),
            ));
        }
        snapshot.export(&self.file)?;
        write_out(
            format!(
                "{} entries written to {}\n",
                snapshot.counts()?.entries,
                self.file.display()
            )
            .as_bytes(),
        )
    }
}

/// Begins a register from an exported journal. Letters that were owed before are withheld and shown.
#[derive(Debug, Args)]
pub struct Import {
    /// The exported journal.
    file: PathBuf,
}

impl Import {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let bar = super::spinner("importing");
        let (register, notices) = Register::import(&config.state, &self.file, Clock::System.now())?;
        let counts = register.counts()?;
        register.close()?;
        bar.finish_and_clear();
        tell(&notices);
        write_out(
            format!(
                "{} entries imported; letters that were owed are withheld\n",
                counts.entries
            )
            .as_bytes(),
        )
    }
}

fn tell(notices: &[OpenNotice]) {
    for notice in notices {
        eprintln!("note: {notice}");
    }
}
