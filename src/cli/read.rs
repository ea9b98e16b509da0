//! `guichet read`: what the robot understands of each mail.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::{CliError, colours, config_file, exit};
use crate::config::{Config, load_catalogue};
use crate::core::catalogue::Catalogue;
use crate::core::message::Message;
use crate::core::reading::{Context, Reading, read};

/// Shows what the robot understands of each mail.
///
/// A FILE is a raw message; a folder means every file in it, in order of name; `-` is standard input.
/// Nothing is changed and no network is used.
#[derive(Debug, Args)]
pub struct Read {
    /// Time of receipt (RFC 3339), instead of the mail's own.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Raw messages, folders of them, or `-`.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Read {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let catalogue = load_catalogue(&config)?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for argument in &self.files {
            for file in expand(argument)? {
                let (bytes, written) = contents(&file)?;
                let shown = shown_name(&file);
                let (message, reading) = understand(&config, &catalogue, &bytes, self.at, written);
                let text = if self.json {
                    crate::core::reading::output::json_line(&shown, &reading)
                } else {
                    for_people(&shown, &message, &reading)
                };
                writeln!(out, "{text}").map_err(|error| {
                    CliError::new(
                        exit::DISK,
                        format!("error: cannot write to standard output: {error}"),
                    )
                })?;
            }
        }
        out.flush().map_err(|error| {
            CliError::new(
                exit::DISK,
                format!("error: cannot write to standard output: {error}"),
            )
        })
    }
}

/// Reads one mail as the daemon would.
fn understand(
    config: &Config,
    catalogue: &Catalogue,
    bytes: &[u8],
    at: Option<Timestamp>,
    written: Timestamp,
) -> (Message, Reading) {
    let message = Message::parse(bytes);
    let received = at.or(message.received).or(message.date).unwrap_or(written);
    let context = Context {
        catalogue,
        organisation: &config.organisation,
        received,
    };
    let (_, reading) = read(&message, context);
    (message, reading)
}

/// A folder stands for its files, in order of name.
fn expand(argument: &Path) -> Result<Vec<PathBuf>, CliError> {
    if !argument.is_dir() {
        return Ok(vec![argument.to_owned()]);
    }
    let entries = std::fs::read_dir(argument).map_err(|error| no_input(argument, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| no_input(argument, &error))?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn contents(file: &Path) -> Result<(Vec<u8>, Timestamp), CliError> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| no_input(file, &error))?;
        return Ok((bytes, crate::clock::Clock::System.now()));
    }
    let bytes = std::fs::read(file).map_err(|error| no_input(file, &error))?;
    let modified = std::fs::metadata(file)
        .and_then(|data| data.modified())
        .map_err(|error| no_input(file, &error))?;
    Ok((bytes, Timestamp::try_from(modified).unwrap_or_default()))
}

fn no_input(file: &Path, error: &std::io::Error) -> CliError {
    CliError::new(
        exit::NO_INPUT,
        format!("error: cannot read {}: {error}", file.display()),
    )
}

fn shown_name(file: &Path) -> String {
    file.file_name().map_or_else(
        || file.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The reading in words, with the evidence marked in the mail's text.
fn for_people(file: &str, message: &Message, reading: &Reading) -> String {
    let colour = colours(&std::io::stdout());
    let bold = |text: &str| {
        if colour {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let mut lines = vec![format!("{}  {}", bold(file), message.subject)];
    let verdict = if reading.act {
        "acts"
    } else {
        "leaves it to the human or asks"
    };
    lines.push(format!("  {:?}: the robot {verdict}", reading.intent).to_lowercase());
    if !reading.sessions.is_empty() {
        let ids: Vec<&str> = reading.sessions.iter().map(|id| id.0.as_str()).collect();
        let certain = if reading.session_certain {
            ""
        } else {
            " (not certain)"
        };
        lines.push(format!("  sessions: {}{certain}", ids.join(", ")));
    }
    for participant in &reading.participants {
        let person = &participant.person;
        let details: Vec<&str> = [
            &person.role,
            &person.organisation,
            &person.email,
            &person.phone,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
        lines.push(format!(
            "  who: {}{}{}",
            person.name,
            if details.is_empty() { "" } else { " – " },
            details.join(", ")
        ));
    }
    lines.extend(
        reading
            .removed
            .iter()
            .map(|name| format!("  gives up the seat: {name}")),
    );
    lines.extend(
        reading
            .remarks
            .iter()
            .map(|remark| format!("  remark: « {remark} »")),
    );
    if reading.question {
        lines.push("  the human has something to answer as well".to_owned());
    }
    lines.extend(
        reading
            .doubts
            .iter()
            .map(|doubt| format!("  doubt: {}", doubt.code())),
    );
    lines.push(marked(message, reading, colour));
    lines.join("\n")
}

/// The mail's text, the evidence underlined (or between » « without colours).
fn marked(message: &Message, reading: &Reading, colour: bool) -> String {
    let mut text = message.text.clone();
    for evidence in &reading.evidence {
        let quote = evidence.quote.trim();
        if quote.is_empty() || !text.contains(quote) {
            continue;
        }
        let mark = if colour {
            format!("\u{1b}[4m{quote}\u{1b}[0m")
        } else {
            format!("»{quote}«")
        };
        text = text.replacen(quote, &mark, 1);
    }
    text.lines()
        .map(|line| format!("  | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
