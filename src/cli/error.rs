//! An error shown once, at the top: what, why, what to do, and the exit code (sysexits).

use std::fmt;

use crate::config::{Colour, ConfigError};
use crate::courier::CourierError;
use crate::intake::IntakeError;
use crate::mailbox::{MailboxError, MailboxErrorKind};
use crate::register::RegisterError;
use crate::render::RenderError;

/// Exit codes of sysexits that guichet uses.
pub mod exit {
    /// Wrong use of the command line.
    pub const USAGE: u8 = 64;
    /// Input data is damaged or cannot be used.
    pub const DATA: u8 = 65;
    /// A file that was named does not exist.
    pub const NO_INPUT: u8 = 66;
    /// A server or service cannot be used.
    pub const UNAVAILABLE: u8 = 69;
    /// Something that should not happen.
    pub const INTERNAL: u8 = 70;
    /// An output file or folder cannot be made.
    pub const CANT_CREATE: u8 = 73;
    /// The disk failed.
    pub const DISK: u8 = 74;
    /// Try again later.
    pub const TRY_AGAIN: u8 = 75;
    /// Wrong credentials.
    pub const CREDENTIALS: u8 = 77;
    /// The configuration cannot work.
    pub const CONFIG: u8 = 78;
}

/// What went wrong, for the one who called the command.
#[derive(Debug)]
pub struct CliError {
    /// What, why, what to do; complete, with line ends as it is to be shown.
    pub text: String,
    /// The exit code.
    pub code: u8,
}

impl CliError {
    /// Makes an error of a sentence.
    pub fn new(code: u8, text: impl Into<String>) -> CliError {
        CliError {
            text: text.into(),
            code,
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.trim_end())
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> CliError {
        let colour = if super::colours(&std::io::stderr()) {
            Colour::Always
        } else {
            Colour::Never
        };
        CliError::new(error.exit_code(), error.render(colour))
    }
}

impl From<RegisterError> for CliError {
    fn from(error: RegisterError) -> CliError {
        CliError::new(error.exit_code(), format!("error: {error}"))
    }
}

impl From<RenderError> for CliError {
    fn from(error: RenderError) -> CliError {
        CliError::new(exit::CONFIG, format!("error: {error}"))
    }
}

impl From<MailboxError> for CliError {
    fn from(error: MailboxError) -> CliError {
        let code = match error.kind {
            MailboxErrorKind::Transient => exit::TRY_AGAIN,
            MailboxErrorKind::Credentials => exit::CREDENTIALS,
            MailboxErrorKind::Config => exit::CONFIG,
        };
        CliError::new(code, format!("error: {error}"))
    }
}

impl From<IntakeError> for CliError {
    fn from(error: IntakeError) -> CliError {
        match error {
            IntakeError::Mailbox(error) => error.into(),
            IntakeError::Register(error) => error.into(),
        }
    }
}

impl From<CourierError> for CliError {
    fn from(error: CourierError) -> CliError {
        match error {
            CourierError::Mailbox(error) => error.into(),
            CourierError::Register(error) => error.into(),
        }
    }
}
