//! The program: arguments, logging, configuration, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use guichet::cli::{Arguments, exit, run};

fn main() -> ExitCode {
    hide_panics();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    log_to_standard_error();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.code)
        }
    }
}

/// Help and version are no errors; anything else is wrong use (64).
fn usage(error: &clap::Error) -> ExitCode {
    let asked = !error.use_stderr();
    if let Err(failed) = error.print() {
        eprintln!("error: cannot write the help text: {failed}");
    }
    if asked {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::USAGE)
    }
}

/// A panic's message may hold a mail's words: only its place is shown.
fn hide_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        eprintln!("guichet: internal error at {place}");
    }));
}

/// Logs are readable sentences with fields; libraries that would write mails or passwords stay silent.
fn log_to_standard_error() {
    use tracing_subscriber::EnvFilter;
    let level = std::env::var("GUICHET_LOG").unwrap_or_else(|_| "warn".to_owned());
    let filter = EnvFilter::try_new(format!("{level},async_imap=off,lettre=off,sled=off"))
        .unwrap_or_else(|_| EnvFilter::new("warn"));
    let json = std::env::var("GUICHET_LOG_FORMAT").is_ok_and(|format| format == "json");
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    if json {
        builder.json().init()
    } else {
        builder.init()
    }
}
