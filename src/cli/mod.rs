//! The command line: one file a command.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

mod check;
mod demo;
mod digest;
mod error;
mod list;
mod opened;
mod organiser;
mod play;
mod read;
mod register;
mod rehearse;
pub mod report;
mod run;
mod status;
mod why;
mod workbook;

pub use error::{CliError, exit};
pub(crate) use opened::Opened;

/// Where the main file is looked for if `--config` does not name one.
const CONFIG_PLACES: [&str; 3] = [
    "guichet.toml",
    "config/guichet.toml",
    "/etc/guichet/guichet.toml",
];

/// The counter where one signs up: registers people for training sessions by plain e-mail.
///
/// guichet watches a contact mailbox, understands the mails that ask for a seat, records them, and
/// answers in the same thread. What is not certain is left as it was and shown to the organiser.
#[derive(Debug, Parser)]
#[command(
    name = "guichet",
    version,
    about,
    long_about,
    arg_required_else_help = true
)]
pub struct Arguments {
    /// The main configuration file.
    #[arg(
        long,
        short,
        global = true,
        value_name = "FILE",
        env = "GUICHET_CONFIG"
    )]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows what the robot understands of each mail; opens no network and changes nothing.
    Read(read::Read),
    /// Plays old mail through the whole house: what would the robot have done?
    Rehearse(rehearse::Rehearse),
    /// Gives people seats.
    Add(organiser::Add),
    /// Gives a seat up.
    Cancel(organiser::Cancel),
    /// Moves a person to another session.
    Move(organiser::Move),
    /// Passes a seat to another person.
    Replace(organiser::Replace),
    /// Says yes to an item of the digest, or gives a registration its seat.
    Accept(organiser::Accept),
    /// Says no to it.
    Refuse(organiser::Refuse),
    /// Gives somebody who waits a seat.
    Promote(organiser::Promote),
    /// Keeps a line with a registration.
    Note(organiser::Note),
    /// Sets a session's seats.
    Capacity(organiser::Capacity),
    /// Accepts a session's changed facts.
    Session(organiser::SessionCommand),
    /// Holds all answers.
    Pause(organiser::Pause),
    /// Sends the answers that were held.
    Resume(organiser::Resume),
    /// Shows the main job on mails that come with the program.
    Demo(demo::Demo),
    /// Watches the mailbox, registers, answers.
    Run(run::Run),
    /// Checks configuration, catalogue and templates, and says how each session is read.
    Check(check::Check),
    /// Lists who is registered.
    List(list::List),
    /// Shows one registration, or one session with its people.
    Show(list::Show),
    /// Says how each session is read and how it stands.
    Sessions(list::Sessions),
    /// Tells why something is as it is, from the journal.
    Why(why::Why),
    /// Shows what the next digest would say.
    Digest(digest::Digest),
    /// Says how the daemon is.
    Status(status::Status),
    /// Checks that journal and store agree.
    Verify(register::Verify),
    /// Builds the store anew from the journal; sends nothing.
    Rebuild(register::Rebuild),
    /// Writes the journal to a file.
    Export(register::Export),
    /// Begins a register from an exported journal; letters that were owed are withheld.
    Import(register::Import),
}

/// Runs a command; the error is shown by the caller, once.
///
/// # Errors
/// Whatever the command met, with its exit code.
pub fn run(arguments: Arguments) -> Result<(), CliError> {
    let config = arguments.config;
    match arguments.command {
        Command::Read(command) => command.run(config.as_deref()),
        Command::Rehearse(command) => command.run(config.as_deref()),
        Command::Add(command) => command.run(config.as_deref()),
        Command::Cancel(command) => command.run(config.as_deref()),
        Command::Move(command) => command.run(config.as_deref()),
        Command::Replace(command) => command.run(config.as_deref()),
        Command::Accept(command) => command.run(config.as_deref()),
        Command::Refuse(command) => command.run(config.as_deref()),
        Command::Promote(command) => command.run(config.as_deref()),
        Command::Note(command) => command.run(config.as_deref()),
        Command::Capacity(command) => command.run(config.as_deref()),
        Command::Session(command) => command.run(config.as_deref()),
        Command::Pause(command) => command.run(config.as_deref()),
        Command::Resume(command) => command.run(config.as_deref()),
        Command::Demo(command) => command.run(),
        Command::Run(command) => command.run(config.as_deref()),
        Command::Check(command) => command.run(config.as_deref()),
        Command::List(command) => command.run(config.as_deref()),
        Command::Show(command) => command.run(config.as_deref()),
        Command::Sessions(command) => command.run(config.as_deref()),
        Command::Why(command) => command.run(config.as_deref()),
        Command::Digest(command) => command.run(config.as_deref()),
        Command::Status(command) => command.run(config.as_deref()),
        Command::Verify(command) => command.run(config.as_deref()),
        Command::Rebuild(command) => command.run(config.as_deref()),
        Command::Export(command) => command.run(config.as_deref()),
        Command::Import(command) => command.run(config.as_deref()),
    }
}

/// Gives the main file: the one named, else the first of the usual places that exists.
pub(crate) fn config_file(named: Option<&Path>) -> Result<PathBuf, CliError> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let found = CONFIG_PLACES
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file());
    found.ok_or_else(|| {
        let places = CONFIG_PLACES.join(", ");
        CliError::new(exit::CONFIG, format!("error: no configuration file was found\n  looked for: {places}\n  name one with --config FILE"))
    })
}

/// Whether to use colours on a stream: only on a terminal, and not with NO_COLOR.
pub(crate) fn colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Runs a future to its end on a runtime of its own. Threads have deep stacks, since nested
/// messages are taken apart on them.
pub(crate) fn block_on<T: Send + 'static>(
    future: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    const STACK_BYTES: usize = 64 << 20;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build();
    let runtime = runtime
        .map_err(|error| CliError::new(exit::INTERNAL, format!("error: no threads: {error}")))?;
    runtime.block_on(future)
}

/// A progress bar on standard error, if it is a terminal and one is wanted.
pub(crate) fn progress(wanted: bool, of: usize) -> indicatif::ProgressBar {
    if wanted && std::io::stderr().is_terminal() {
        indicatif::ProgressBar::new(u64::try_from(of).unwrap_or_default())
    } else {
        indicatif::ProgressBar::hidden()
    }
}

/// Writes to standard output.
pub(crate) fn write_out(bytes: &[u8]) -> Result<(), CliError> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| {
            CliError::new(
                exit::DISK,
                format!("error: cannot write to standard output: {error}"),
            )
        })
}

/// A sign of life on standard error, if it is a terminal.
pub(crate) fn spinner(what: &'static str) -> indicatif::ProgressBar {
    if !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let bar = indicatif::ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}
