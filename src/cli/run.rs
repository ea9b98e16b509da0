//! `guichet run`: the daemon.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{CliError, config_file, exit};
use crate::clock::Clock;
use crate::config::{Config, Current};
use crate::daemon::{self, End};
use crate::health::{FREE_BYTES_MIN, Health};
use crate::house::House;
use crate::live::{Live, Rules};
use crate::register::Register;
use crate::render::Renderer;
use crate::smtp::Carrier;
use crate::wake::Wake;

/// Watches the mailbox, registers, answers.
///
/// Runs until SIGTERM or SIGINT. With `--once` it drains what is there and ends: exit code 0, or 75
/// if a letter stays owed, 77 if credentials are refused.
#[derive(Debug, Args)]
pub struct Run {
    /// Drains what is there, tries each letter that is due once, and ends.
    #[arg(long)]
    once: bool,
}

impl Run {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let once = self.once;
        // On a thread of the runtime, which waits for the network itself; the main one would have to be woken.
        super::block_on(async move {
            tokio::spawn(go(config, once)).await.map_err(|error| {
                CliError::new(
                    exit::INTERNAL,
                    format!("error: the program failed: {error}"),
                )
            })?
        })
    }
}

async fn go(config: Config, once: bool) -> Result<(), CliError> {
    let current = Current::load(&config)?;
    if let Some(error) = config.missing_to_run(&current.loaded.catalogue) {
        return Err(error.into());
    }
    let (Some(source), Some(transport)) = (config.source.clone(), config.transport.clone()) else {
        return Err(CliError::new(
            exit::CONFIG,
            "error: the configuration names no mailbox or no way for mail to leave",
        ));
    };
    let renderer = Arc::new(Renderer::new(config.templates.as_deref())?);
    let clock = Clock::System;
    std::fs::create_dir_all(&config.state).map_err(|error| {
        CliError::new(
            exit::CANT_CREATE,
            format!(
                "error: cannot make the state folder {}: {error}",
                config.state.display()
            ),
        )
    })?;
    let health = Arc::new(Health::new(&config.state));
    let (register, notices) = Register::open(&config.state, clock.now())?;
    for notice in &notices {
        tracing::warn!(%notice, "the register was opened with a notice");
    }
    for file in &current.loaded.files {
        register.keep_file(&file.bytes)?;
    }
    let post = daemon::open_post(&source);
    let mut filing = daemon::open_post(&source);
    let mut carrier = Carrier::new(&transport);
    let rules = Rules {
        catalogue: current.loaded.catalogue,
        members: current.members,
        renderer,
        config,
    };
    let house = Arc::new(House {
        live: Live::new(rules),
        register,
        clock,
        mailbox: daemon::mailbox_name(&source),
        health,
        urgent: Default::default(),
    });
    let end = if once {
        daemon::once(&house, post, &mut filing, &mut carrier).await
    } else {
        let stop = stop_signal()?;
        ready();
        daemon::run(house.clone(), post, filing, carrier, Wake::default(), stop).await
    };
    match end {
        End::Done => Ok(()),
        End::Owed(count) => Err(CliError::new(
            exit::TRY_AGAIN,
            format!("{count} letters stay owed; they are tried again at the next run"),
        )),
        End::Credentials(what) => Err(CliError::new(
            exit::CREDENTIALS,
            format!(
                "error: {what}\n  check user and secret in {}",
                house.live.rules().config.file.display()
            ),
        )),
        End::NoRoom => Err(CliError::new(
            exit::DISK,
            format!(
                "error: the disk of {} is nearly full; no mail was fetched\n  make room: at least {} MiB must be free",
                house.live.rules().config.state.display(),
                FREE_BYTES_MIN >> 20
            ),
        )),
        End::Mailbox(error) => Err(error.into()),
        End::Register(error) => Err(error.into()),
    }
}

/// Becomes true at SIGTERM or SIGINT.
fn stop_signal() -> Result<watch::Receiver<bool>, CliError> {
    let (tell, stop) = watch::channel(false);
    let cannot = |error: std::io::Error| {
        CliError::new(
            exit::INTERNAL,
            format!("error: signals cannot be caught: {error}"),
        )
    };
    let mut term = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut int = signal(SignalKind::interrupt()).map_err(cannot)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!("asked to stop");
        tell.send_replace(true);
    });
    Ok(stop)
}

/// Tells systemd that the daemon is up (sd_notify(3)).
fn ready() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}
