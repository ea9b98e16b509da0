//! One IMAP connection: one way to run a command.
//!
//! Invariants: every command ends in time; NO, BAD, BYE and a closed connection are failures, never "no data"
//! (the library's own calls take them for success); after a failure other than NO or BAD the connection is not
//! used again; a command that was abandoned midway (its future dropped) leaves the connection unusable, but for
//! IDLE, which is ended first. Nothing a server or a mail says is logged.

use std::time::Duration;

use async_imap::Session;
use async_imap::imap_proto::{
    AttributeValue, Capability, MailboxDatum, Outcome, RequestId, Response, ResponseCode, Status,
};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::failure::{Failure, cut, lost};
use super::{login, names};
use crate::config::ImapSettings;
use crate::mailbox::MailboxError;
use crate::net::Stream;

/// Slowest link that is still waited for: a village's ADSL line, 128 kbit/s.
const BYTES_A_SECOND_MIN: u64 = 16 * 1024;

/// What the server can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub idle: bool,
    pub moves: bool,
    pub special_use: bool,
}

/// Whether the next command can be sent.
#[derive(Debug)]
enum State {
    Ready,
    Busy,
    Idling(RequestId),
}

/// What a selected mailbox says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub uid_validity: u32,
    pub uid_next: u32,
}

/// How an IDLE ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Idled {
    /// Something arrived.
    Woken,
    /// Nothing arrived in the time given.
    Silent,
    /// The server refuses IDLE.
    Refused,
}

/// A connection that is logged in.
pub(super) struct Connection {
    session: Session<Stream>,
    command_timeout: Duration,
    state: State,
    pub capabilities: Capabilities,
    /// The mailbox that is open for filing (SELECTed), and how it stood.
    selected: Option<(String, Standing)>,
    /// The server told of a new mail since this was last set to false.
    pub told: bool,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects, protects, logs in and asks what the server can do.
    pub async fn open(settings: &ImapSettings) -> Result<Connection, MailboxError> {
        let mut connection = Connection {
            session: login::open(settings).await?,
            command_timeout: settings.command_timeout,
            state: State::Ready,
            capabilities: Capabilities::default(),
            selected: None,
            told: false,
        };
        // Asked again: before the login many servers do not tell the half of it.
        let mut found = Capabilities::default();
        connection
            .run("CAPABILITY", |response| {
                if let Response::Capabilities(capabilities) = response {
                    for capability in capabilities {
                        if let Capability::Atom(name) = capability {
                            found.idle |= name.eq_ignore_ascii_case("IDLE");
                            found.moves |= name.eq_ignore_ascii_case("MOVE");
                            found.special_use |= name.eq_ignore_ascii_case("SPECIAL-USE");
                        }
                    }
                }
            })
            .await
            .map_err(|failure| failure.during("asking what the server can do"))?;
        connection.capabilities = found;
        Ok(connection)
    }

    /// Runs a command whose answer is short.
    pub async fn run(
        &mut self,
        command: &str,
        on: impl FnMut(&Response<'_>),
    ) -> Result<(), Failure> {
        self.run_long(command, 0, on).await
    }

    /// Runs a command whose answer is some `bytes` long; every untagged response goes to `on`.
    pub async fn run_long(
        &mut self,
        command: &str,
        bytes: u64,
        mut on: impl FnMut(&Response<'_>),
    ) -> Result<(), Failure> {
        let at_most = self.patience(bytes);
        self.settle().await?;
        self.state = State::Busy;
        let told = &mut self.told;
        let session = &mut self.session;
        let run = async {
            let tag = session.run_command(command).await.map_err(lost)?;
            read_until_done(session, &tag, |response| {
                *told |= is_exists(response);
                on(response);
            })
            .await
        };
        let done = timeout(at_most, run)
            .await
            .unwrap_or_else(|_elapsed| silent());
        self.finished(done)
    }

    /// APPENDs a mail (RFC 3501 §6.3.11) with `\Seen`; EXISTS before `+` and a NO without `+` are met here.
    pub async fn append(&mut self, mailbox: &str, bytes: &[u8]) -> Result<(), Failure> {
        let at_most = self.patience(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.settle().await?;
        let Some(name) = names::quoted(mailbox) else {
            return Err(Failure::No("the mailbox's name cannot be sent".to_owned()));
        };
        self.state = State::Busy;
        let told = &mut self.told;
        let session = &mut self.session;
        let run = async {
            let command = format!("APPEND {name} (\\Seen) {{{}}}", bytes.len());
            let tag = session.run_command(&command).await.map_err(lost)?;
            read_until_continue(session, &tag, told).await?;
            let stream = session.get_mut();
            stream.write_all(bytes).await.map_err(lost)?;
            stream.write_all(b"\r\n").await.map_err(lost)?;
            stream.flush().await.map_err(lost)?;
            read_until_done(session, &tag, |response| *told |= is_exists(response)).await
        };
        let done = timeout(at_most, run)
            .await
            .unwrap_or_else(|_elapsed| silent());
        self.finished(done)
    }

    /// IDLEs (RFC 2177) until something arrives or the time is over. The future may be dropped at any moment.
    pub async fn idle(&mut self, at_most: Duration) -> Result<Idled, Failure> {
        self.settle().await?;
        if self.told {
            return Ok(Idled::Woken);
        }
        self.state = State::Busy;
        let start = async {
            let tag = self.session.run_command("IDLE").await.map_err(lost)?;
            // From here on DONE ends it, whenever this future is dropped.
            self.state = State::Idling(tag.clone());
            read_until_continue(&mut self.session, &tag, &mut self.told).await
        };
        match timeout(self.command_timeout, start).await {
            Ok(Ok(())) => {}
            Ok(Err(Failure::No(_) | Failure::Bad(_))) => {
                self.state = State::Ready;
                return Ok(Idled::Refused);
            }
            Ok(Err(lost)) => return self.finished(Err(lost)).map(|()| Idled::Silent),
            Err(_elapsed) => return self.finished(silent()).map(|()| Idled::Silent),
        }
        if !self.told {
            // Renewed by this outer limit: a server's « still here » must not put it off.
            let listen = async {
                while !next(&mut self.session, is_exists).await? {}
                Ok(())
            };
            match timeout(at_most, listen).await {
                Ok(Ok(())) => self.told = true,
                Ok(Err(lost)) => return self.finished(Err(lost)).map(|()| Idled::Silent),
                Err(_elapsed) => {}
            }
        }
        self.settle().await?;
        Ok(if self.told {
            Idled::Woken
        } else {
            Idled::Silent
        })
    }

    /// Opens a mailbox (name as on the wire) to look into it.
    pub async fn examine(&mut self, mailbox: &str) -> Result<Standing, Failure> {
        self.open_mailbox("EXAMINE", mailbox).await
    }

    /// Opens a mailbox for filing, unless it is open already.
    pub async fn select(&mut self, mailbox: &str) -> Result<Standing, Failure> {
        if let Some((open, standing)) = &self.selected
            && open == mailbox
        {
            return Ok(*standing);
        }
        let standing = self.open_mailbox("SELECT", mailbox).await?;
        self.selected = Some((mailbox.to_owned(), standing));
        Ok(standing)
    }

    async fn open_mailbox(&mut self, verb: &str, mailbox: &str) -> Result<Standing, Failure> {
        let Some(name) = names::quoted(mailbox) else {
            return Err(Failure::No("the mailbox's name cannot be sent".to_owned()));
        };
        self.selected = None;
        let mut standing = Standing::default();
        self.run(&format!("{verb} {name}"), |response| {
            if let Response::Data { outcome, .. } = response {
                match &outcome.code {
                    Some(ResponseCode::UidValidity(value)) => standing.uid_validity = *value,
                    Some(ResponseCode::UidNext(value)) => standing.uid_next = *value,
                    _ => {}
                }
            }
        })
        .await?;
        if standing.uid_validity == 0 {
            return Err(Failure::No(
                "the server keeps no UIDs for this mailbox".to_owned(),
            ));
        }
        if standing.uid_next == 0 {
            standing.uid_next = self.last_uid().await?.saturating_add(1);
        }
        self.told = false;
        Ok(standing)
    }

    /// Asks for the last UID where the server does not say UIDNEXT (old ones need not).
    async fn last_uid(&mut self) -> Result<u32, Failure> {
        let mut last = 0;
        let asked = self
            .run("UID FETCH * (UID)", |response| {
                if let Response::Fetch(_, attributes) = response {
                    for attribute in attributes {
                        if let AttributeValue::Uid(uid) = attribute {
                            last = last.max(*uid);
                        }
                    }
                }
            })
            .await;
        match asked {
            // An empty mailbox has no `*`, which some servers call an error.
            Ok(()) | Err(Failure::No(_) | Failure::Bad(_)) => Ok(last),
            Err(lost) => Err(lost),
        }
    }

    /// Ends politely, if there is nothing under way.
    pub async fn logout(mut self) {
        if matches!(self.state, State::Ready)
            && let Err(failure) = self.run("LOGOUT", |_| {}).await
        {
            tracing::debug!(?failure, "the mailbox's server did not take leave");
        }
    }

    fn patience(&self, bytes: u64) -> Duration {
        self.command_timeout + Duration::from_secs(bytes / BYTES_A_SECOND_MIN)
    }

    /// Makes ready for the next command: ends an IDLE whose future was dropped.
    async fn settle(&mut self) -> Result<(), Failure> {
        let tag = match &self.state {
            State::Ready => return Ok(()),
            State::Busy => {
                return Err(Failure::Lost("an earlier command was abandoned".to_owned()));
            }
            State::Idling(tag) => tag.clone(),
        };
        self.state = State::Busy;
        let told = &mut self.told;
        let session = &mut self.session;
        let end = async {
            let stream = session.get_mut();
            stream.write_all(b"DONE\r\n").await.map_err(lost)?;
            stream.flush().await.map_err(lost)?;
            read_until_done(session, &tag, |response| *told |= is_exists(response)).await
        };
        let done = timeout(self.command_timeout, end)
            .await
            .unwrap_or_else(|_elapsed| silent());
        self.finished(done)
    }

    fn finished(&mut self, done: Result<(), Failure>) -> Result<(), Failure> {
        self.state = match done {
            Err(Failure::Lost(_)) => State::Busy,
            _ => State::Ready,
        };
        done
    }
}

/// Reads one response and hands it to `on` (its type cannot be named outside the library).
async fn next<T>(
    session: &mut Session<Stream>,
    on: impl FnOnce(&Response<'_>) -> T,
) -> Result<T, Failure> {
    match session.read_response().await {
        Ok(Some(response)) => match response.parsed() {
            Response::Data {
                status: Status::Bye,
                outcome,
            } => {
                let said = outcome.information.as_deref().unwrap_or_default();
                Err(Failure::Lost(format!("the server hangs up: {}", cut(said))))
            }
            parsed => Ok(on(parsed)),
        },
        Ok(None) => Err(Failure::Lost("the connection was closed".to_owned())),
        Err(error) => Err(lost(error)),
    }
}

async fn read_until_done(
    session: &mut Session<Stream>,
    tag: &RequestId,
    mut on: impl FnMut(&Response<'_>),
) -> Result<(), Failure> {
    loop {
        let done = next(session, |response| match response {
            Response::Done {
                tag: theirs,
                status,
                outcome,
            } if theirs == tag => Some(outcome_of(status, outcome)),
            other => {
                on(other);
                None
            }
        })
        .await?;
        if let Some(done) = done {
            return done;
        }
    }
}

/// Reads on until the server asks for more (`+`); a tagged answer before that is an end.
async fn read_until_continue(
    session: &mut Session<Stream>,
    tag: &RequestId,
    told: &mut bool,
) -> Result<(), Failure> {
    loop {
        let step = next(session, |response| match response {
            Response::Continue(_) => Some(Ok(())),
            Response::Done {
                tag: theirs,
                status,
                outcome,
            } if theirs == tag => Some(match outcome_of(status, outcome) {
                Ok(()) => Err(Failure::Lost("the server ends too early".to_owned())),
                refused => refused,
            }),
            other => {
                *told |= is_exists(other);
                None
            }
        })
        .await?;
        if let Some(step) = step {
            return step;
        }
    }
}

fn outcome_of(status: &Status, outcome: &Outcome<'_>) -> Result<(), Failure> {
    let mut said = cut(outcome.information.as_deref().unwrap_or_default());
    // The one code that the library knows by type and that is asked for.
    if matches!(outcome.code, Some(ResponseCode::TryCreate)) {
        said.insert_str(0, "[TRYCREATE] ");
    }
    match status {
        Status::Ok => Ok(()),
        Status::No => Err(Failure::No(said)),
        Status::Bad => Err(Failure::Bad(said)),
        Status::PreAuth | Status::Bye => Err(Failure::Lost(said)),
    }
}

fn is_exists(response: &Response<'_>) -> bool {
    matches!(response, Response::MailboxData(MailboxDatum::Exists(_)))
}

fn silent() -> Result<(), Failure> {
    Err(Failure::Lost("the server does not answer".to_owned()))
}
