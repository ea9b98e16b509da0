//! `guichet status`: how the daemon is; a non-zero exit code while something is wrong.

use std::path::Path;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::opened::local;
use super::{CliError, config_file, exit, write_out};
use crate::clock::Clock;
use crate::config::Config;
use crate::health;
use crate::register::{LetterPhase, OutboxFilter, Query as _, Register};

/// The mailbox must have been walked within this time.
const MAILBOX_SILENCE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// A letter must not be owed longer than this.
const OWED_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Says how the daemon is. Exit code 0 if all is well, 69 if something is wrong.
#[derive(Debug, Args)]
pub struct Status {
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    status: &'static str,
    mailbox_reached: Option<Timestamp>,
    relay_reached: Option<Timestamp>,
    oldest_owed_secs: Option<i64>,
    owed: usize,
    uncertain: u64,
    held: u64,
    withheld: u64,
    paused: bool,
    entries: u64,
    troubles: Vec<String>,
}

impl Status {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let report = report(&config)?;
        let text = if self.json {
            format!("{}\n", serde_json::to_string(&report).unwrap_or_default())
        } else {
            for_people(&config, &report)
        };
        write_out(text.as_bytes())?;
        if report.troubles.is_empty() {
            return Ok(());
        }
        Err(CliError::new(
            exit::UNAVAILABLE,
            format!("error: {}", report.troubles.join("; ")),
        ))
    }
}

fn report(config: &Config) -> Result<Report, CliError> {
    let now = Clock::System.now();
    let snapshot = Register::read_only(&config.state)?;
    let counts = snapshot.counts()?;
    let open = snapshot.outbox(OutboxFilter::Open)?;
    let oldest = open
        .iter()
        .map(|row| now.duration_since(row.owed.due_at))
        .max();
    let written = health::read(&config.state).map_err(|error| {
        CliError::new(
            exit::DATA,
            format!("error: the status file cannot be read: {error}"),
        )
    })?;
    let letters = |phase| counts.letters.get(&phase).copied().unwrap_or_default();
    let mut troubles: Vec<String> = Vec::new();
    match &written {
        None => troubles.push("the daemon has never run here".to_owned()),
        Some(status) => {
            troubles.extend(status.troubles.values().map(|trouble| {
                format!(
                    "{} (since {})",
                    trouble.what,
                    local(config, trouble.since, "%Y-%m-%d %H:%M")
                )
            }));
            let silent = status
                .mailbox_reached
                .is_none_or(|at| now.duration_since(at) > MAILBOX_SILENCE_MAX);
            if silent && status.troubles.is_empty() {
                troubles.push("the mailbox has not been looked into for over 10 minutes: is the daemon running?".to_owned());
            }
        }
    }
    if oldest.is_some_and(|age| age > OWED_MAX) {
        troubles.push("a letter has been owed for over an hour".to_owned());
    }
    let uncertain = letters(LetterPhase::Uncertain);
    if uncertain > 0 {
        troubles.push(format!(
            "of {uncertain} letters it is not known whether they arrived"
        ));
    }
    Ok(Report {
        status: if troubles.is_empty() {
            "ok"
        } else {
            "degraded"
        },
        mailbox_reached: written.as_ref().and_then(|status| status.mailbox_reached),
        relay_reached: written.as_ref().and_then(|status| status.relay_reached),
        oldest_owed_secs: oldest.map(|age| age.as_secs()),
        owed: open.len(),
        uncertain,
        held: letters(LetterPhase::Held),
        withheld: letters(LetterPhase::Withheld),
        paused: counts.paused,
        entries: counts.entries,
        troubles,
    })
}

fn for_people(config: &Config, report: &Report) -> String {
    let when = |at: Option<Timestamp>| {
        at.map_or_else(
            || "never".to_owned(),
            |at| local(config, at, "%Y-%m-%d %H:%M:%S"),
        )
    };
    let mut text = format!("status          {}\n", report.status);
    text.push_str(&format!(
        "mailbox         walked to its end {}\n",
        when(report.mailbox_reached)
    ));
    text.push_str(&format!(
        "mail server     took a letter {}\n",
        when(report.relay_reached)
    ));
    text.push_str(&format!(
        "letters         {} owed, {} held, {} withheld (shadow), {} uncertain\n",
        report.owed, report.held, report.withheld, report.uncertain
    ));
    if report.paused {
        text.push_str("answers         held by `pause` until `resume`\n");
    }
    text.push_str(&format!("journal         {} entries\n", report.entries));
    text
}
