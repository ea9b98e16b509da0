//! `guichet digest`: what the next digest would say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::tz::TimeZone;

use super::play::Scratch;
use super::{CliError, config_file, exit, write_out};
use crate::clock::Clock;
use crate::config::{Config, Current};
use crate::core::person::Address;
use crate::core::reply::Letter;
use crate::health::Health;
use crate::house::House;
use crate::live::{Live, Rules};
use crate::register::Register;
use crate::render::Renderer;

/// Shows what the next digest would say; sends and records nothing.
#[derive(Debug, Args)]
pub struct Digest {
    /// Shows it as text on standard output.
    #[arg(long, required_unless_present = "html")]
    preview: bool,
    /// Writes its HTML to this file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Digest {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let current = Current::load(&config)?;
        let renderer = Arc::new(Renderer::new(config.templates.as_deref())?);
        let clock = Clock::System;
        let now = clock.now();
        // A copy of the journal, so that the preview works beside a running daemon and changes nothing.
        let work = Scratch::new("digest")?;
        let copy = work.path.join("journal");
        Register::read_only(&config.state)?.export(&copy)?;
        let (register, _) = Register::import(&work.path.join("register"), &copy, now)?;
        let zone = TimeZone::get(&config.timezone)
            .map_err(|error| CliError::new(exit::CONFIG, format!("error: {error}")))?;
        let to = config
            .digest
            .to
            .first()
            .cloned()
            .unwrap_or_else(|| config.organisation.address.clone());
        let health = Arc::new(Health::new(&work.path));
        let rules = Rules {
            config,
            catalogue: current.loaded.catalogue,
            members: current.members,
            renderer: renderer.clone(),
        };
        let house = House {
            live: Live::new(rules),
            register,
            clock,
            mailbox: String::new(),
            health,
            urgent: Default::default(),
        };
        let facts = crate::digesting::gather(&house, now.to_zoned_datetime(zone).date())?;
        let letter = Letter::Digest {
            to: Address {
                name: None,
                email: to,
            },
            digest: Box::new(facts),
        };
        let rendered = renderer.render(&letter, now)?;
        if let Some(file) = &self.html {
            std::fs::write(file, &rendered.html).map_err(|error| {
                CliError::new(
                    exit::CANT_CREATE,
                    format!("error: cannot write {}: {error}", file.display()),
                )
            })?;
        }
        if self.preview {
            write_out(format!("{}\n\n{}", rendered.subject, rendered.text).as_bytes())
        } else {
            Ok(())
        }
    }
}
