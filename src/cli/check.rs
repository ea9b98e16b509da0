//! `guichet check`: configuration, catalogue and templates; with `--connect` also the servers.

use std::path::Path;

use clap::Args;

use super::{CliError, config_file, write_out};
use crate::clock::Clock;
use crate::config::{Config, Current};
use crate::core::describe::{describe_session, empty_register_warning};
use crate::core::roll::Roll;
use crate::mailbox::{Mailbox as _, MailboxErrorKind};
use crate::register::{Query as _, Register, RegisterErrorKind};
use crate::render::Renderer;

/// Checks configuration, catalogue and templates, and says in words how each session is read.
///
/// With `--connect` it also logs in to the mailbox and to the mail server, without sending or
/// changing anything.
#[derive(Debug, Args)]
pub struct Check {
    /// Also tries the servers.
    #[arg(long)]
    connect: bool,
}

impl Check {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let current = Current::load(&config)?;
        Renderer::new(config.templates.as_deref())?;
        let mut text = format!(
            "{}: the configuration, {} sessions and the templates are in order\n",
            config.file.display(),
            current.loaded.catalogue.sessions.len()
        );
        text.push_str(&sessions(&config, &current)?);
        if !self.connect
            && let Some(error) = config.missing_to_run(&current.loaded.catalogue)
        {
            text.push_str("\nnot enough yet for `guichet run`:\n");
            for line in error.lines() {
                text.push_str(&format!("  {line}\n"));
            }
        }
        write_out(text.as_bytes())?;
        if self.connect {
            super::block_on(connect(config))
        } else {
            Ok(())
        }
    }
}

/// How each session is read, how it stands, and a warning for one that goes live with an empty register.
fn sessions(config: &Config, current: &Current) -> Result<String, CliError> {
    let snapshot = match Register::read_only(&config.state) {
        Ok(snapshot) => Some(snapshot),
        Err(error) if error.kind == RegisterErrorKind::Missing => None,
        Err(error) => return Err(error.into()),
    };
    let now = Clock::System.now();
    let mut text = String::new();
    for session in &current.loaded.catalogue.sessions {
        let roll = match &snapshot {
            Some(snapshot) => snapshot.roll(&session.id)?,
            None => Roll::default(),
        };
        text.push_str(&format!(
            "\n{}\n",
            describe_session(session, &roll, &config.policy, now, config.language).join("\n  ")
        ));
        let mode = session.mode.unwrap_or(config.mode);
        if let Some(warning) = empty_register_warning(session, &roll, mode, now, config.language) {
            text.push_str(&format!("  {warning}\n"));
        }
    }
    Ok(text)
}

/// Logs in to both servers; sends and changes nothing.
async fn connect(config: Config) -> Result<(), CliError> {
    // What would keep the daemon from starting is said at the end: the servers are tried all the same.
    let missing = config.missing_to_run(&crate::config::load_catalogue(&config)?);
    if let Some(source) = &config.source {
        let mut post = crate::daemon::open_post(source);
        let opened = match post.open().await {
            Err(error) if error.kind == MailboxErrorKind::Transient => {
                return Err(unreachable(&config, "[imap]", &error.what));
            }
            opened => opened?,
        };
        let mut text = format!(
            "\nmailbox: reached; UIDVALIDITY {}, the next mail has UID {}\n",
            opened.uid_validity, opened.uid_next
        );
        match post.open_sent().await? {
            None => text.push_str("sent: there is no Sent mailbox; name it in the configuration (sent = \"…\"), or answers by hand are not seen\n"),
            Some(sent) => {
                let cursor = crate::mailbox::Cursor { uid_validity: sent.uid_validity, uid_next: 1, names: Default::default() };
                let some = !post.fetch_sent(&cursor, 1).await?.is_empty();
                text.push_str(if some { "sent: reached\n" } else { "sent: reached, but it holds no mail: do people's own answers get a copy there? Without one they are not seen\n" });
            }
        }
        post.close().await;
        write_out(text.as_bytes())?;
    }
    if let Some(transport) = &config.transport {
        let mut carrier = crate::smtp::Carrier::new(transport);
        carrier
            .check()
            .await
            .map_err(|what| unreachable(&config, "[smtp]", &what))?;
        write_out(b"mail server: reached, nothing was sent\n")?;
    }
    missing.map_or(Ok(()), |error| Err(error.into()))
}

/// The error of a server that cannot be used now.
fn unreachable(config: &Config, section: &str, what: &str) -> CliError {
    CliError::new(
        super::exit::UNAVAILABLE,
        format!(
            "error: {what}\n  look at {section} in {}, and whether that server runs",
            config.file.display()
        ),
    )
}
