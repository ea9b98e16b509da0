//! The organiser's commands from the command line: through a control socket to the daemon, or, if
//! none runs, by the same function on the register itself.
//!
//! The socket lies in the state folder, for its owner alone (0600). A request and its answer are one
//! line of JSON each. Whoever runs a command holds the register's lock or talks to who does: there is
//! one code path, [`carry_out`].

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::clock::Clock;
use crate::config::{Config, ConfigError, Current};
use crate::core::allocation::Beyond;
use crate::core::decision::organiser::{Command, Line, Order, Origin, Target, Word};
use crate::core::reading::Language;
use crate::house::House;
use crate::intake::Intake;
use crate::live::{Live, Rules};
use crate::register::{Register, RegisterError};
use crate::render::{RenderError, Renderer};
use crate::wake::Wake;

/// Name of the socket in the state folder.
const SOCKET: &str = "control";

/// Longest request: a list of some thousand people.
const REQUEST_BYTES_MAX: u64 = 4 << 20;

/// A client that says nothing for so long is left.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the command line waits for the daemon's answer: a commit, at worst behind a full batch.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Orders from the command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The orders, each with its words.
    pub orders: Vec<(String, Asked)>,
    /// Nobody is written to.
    #[serde(default)]
    pub quiet: bool,
    /// Goes through with what would be asked back (beyond the capacity).
    #[serde(default)]
    pub yes: bool,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A command.
    Command(Box<Command>),
    /// An answer to an item, by its number in the last digest.
    Item {
        /// The number, from 1.
        number: usize,
        /// The answer.
        answer: ItemAnswer,
    },
}

/// An answer to an item of the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemAnswer {
    /// Yes.
    Accept,
    /// No.
    Refuse,
}

/// What the orders came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Line by line.
    pub lines: Vec<Line>,
    /// The entry that records it.
    pub entry: u64,
    /// Nothing was recorded, for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Who carried the orders out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The daemon: its letters leave at once.
    Daemon,
    /// This process: letters stay owed until the daemon or `run --once` sends them.
    Ourselves,
}

/// Why orders could not be given.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The register could not be opened, or failed.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Catalogue or members are broken.
    #[error("{0}")]
    Config(Box<ConfigError>),
    /// A template does not render.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The daemon's socket failed.
    #[error("the daemon does not answer: {0}")]
    Socket(#[from] io::Error),
    /// The daemon could not record it.
    #[error("{0}")]
    Refused(String),
}

/// Gives where the socket of a state folder lies.
pub fn socket_path(state: &Path) -> PathBuf {
    state.join(SOCKET)
}

/// Carries orders out and waits until they are on disk.
///
/// # Errors
/// The register's; nothing was recorded then.
pub async fn carry_out(intake: &Intake<'_>, request: &Request) -> Result<Response, RegisterError> {
    let rules = intake.live.rules();
    let beyond = if request.yes {
        Beyond::Allowed
    } else {
        Beyond::Asked
    };
    let mut orders = Vec::with_capacity(request.orders.len());
    for (words, asked) in &request.orders {
        let command = match asked {
            Asked::Command(command) => Some((**command).clone()),
            Asked::Item { number, answer } => Some(answered(
                intake.item_of_last_digest(*number)?.unwrap_or_default(),
                *answer,
            )),
        };
        orders.push(Order {
            words: words.clone(),
            command,
            beyond,
        });
    }
    let stored = intake.stored(&orders)?;
    let word = Word {
        orders: &orders,
        stopped: false,
        stored: &stored,
        origin: Origin::CommandLine,
        quiet: request.quiet,
        language: rules.config.language,
        timezone: &rules.config.timezone,
    };
    let recorded = intake.carry_out_word(&rules, &word, intake.clock.now())?;
    intake.register.synced(recorded.ticket).await?;
    tracing::info!(
        entry = recorded.entry.n,
        orders = orders.len(),
        quiet = request.quiet,
        "orders from the command line are carried out"
    );
    let personal = recorded.entry.personal.unwrap_or_default();
    Ok(Response {
        lines: personal.lines,
        entry: recorded.entry.n,
        error: None,
    })
}

fn answered(entry: u64, answer: ItemAnswer) -> Command {
    let target = Target::Item(entry);
    match answer {
        ItemAnswer::Accept => Command::Accept {
            target,
            session: None,
        },
        ItemAnswer::Refuse => Command::Refuse { target },
    }
}

/// Serves the control socket until the task is dropped; each request wakes both spines.
///
/// # Errors
/// The socket cannot be made.
pub async fn serve(house: Arc<House>, wake: Wake) -> io::Result<()> {
    let path = socket_path(house.register.folder());
    let listener = listen(&path)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let house = house.clone();
        let wake = wake.clone();
        tokio::spawn(async move {
            match one_request(&house, stream).await {
                Ok(()) => wake.both(),
                Err(error) => tracing::warn!(%error, "a command's connection failed"),
            }
        });
    }
}

/// Makes the socket under another name, closes it to others, and then gives it its name: whoever
/// holds the register's lock may replace one that a daemon before left.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let made = path.with_extension("new");
    remove_if_there(&made)?;
    let listener = UnixListener::bind(&made)?;
    std::fs::set_permissions(&made, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&made, path)?;
    Ok(listener)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn one_request(house: &House, stream: UnixStream) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut lines = BufReader::new(read.take(REQUEST_BYTES_MAX));
    tokio::time::timeout(REQUEST_TIMEOUT, lines.read_line(&mut line)).await??;
    let response = match serde_json::from_str::<Request>(&line) {
        Err(error) => failed(format!("the request cannot be read: {error}")),
        Ok(request) => match carry_out(&house.intake(), &request).await {
            Ok(response) => response,
            Err(error) => failed(error.to_string()),
        },
    };
    let mut answer = serde_json::to_vec(&response)?;
    answer.push(b'\n');
    write.write_all(&answer).await?;
    write.shutdown().await
}

fn failed(error: String) -> Response {
    Response {
        error: Some(error),
        ..Response::default()
    }
}

/// Gives orders to the daemon if it runs, else takes the register's lock and carries them out.
///
/// # Errors
/// Why neither was possible; nothing was recorded then.
pub async fn call_or_open(
    config: Config,
    clock: Clock,
    request: &Request,
) -> Result<(Response, By), ControlError> {
    match UnixStream::connect(socket_path(&config.state)).await {
        Ok(stream) => {
            let response = tokio::time::timeout(ANSWER_TIMEOUT, call(stream, request))
                .await
                .map_err(io::Error::from)??;
            match response.error {
                Some(error) => Err(ControlError::Refused(error)),
                None => Ok((response, By::Daemon)),
            }
        }
        // No daemon, or one that was killed: whether the lock is free is the register's to say.
        Err(_) => Ok((
            open_and_carry_out(config, clock, request).await?,
            By::Ourselves,
        )),
    }
}

async fn call(mut stream: UnixStream, request: &Request) -> io::Result<Response> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    Ok(serde_json::from_str(&answer)?)
}

async fn open_and_carry_out(
    config: Config,
    clock: Clock,
    request: &Request,
) -> Result<Response, ControlError> {
    let current = Current::load(&config).map_err(|e| ControlError::Config(Box::new(e)))?;
    let renderer = Renderer::new(config.templates.as_deref())?;
    let (register, notices) = Register::open(&config.state, clock.now())?;
    for notice in &notices {
        tracing::warn!(%notice, "the register was opened with a notice");
    }
    for file in &current.loaded.files {
        register.keep_file(&file.bytes)?;
    }
    let live = Live::new(Rules {
        config,
        catalogue: current.loaded.catalogue,
        members: current.members,
        #[allow(clippy::useless_conversion)] // shared or not, as the rules keep it
        renderer: renderer.into(),
    });
    let intake = Intake {
        live: &live,
        register: &register,
        clock: &clock,
    };
    let response = carry_out(&intake, request).await?;
    register.close()?;
    Ok(response)
}

/// Gives a response in sentences, a list for each order.
pub fn in_words(response: &Response, language: Language) -> Vec<(String, Vec<String>)> {
    response
        .lines
        .iter()
        .map(|line| {
            (
                line.words.clone(),
                crate::render::line_in_words(line, language),
            )
        })
        .collect()
}
