//! The organiser's commands: the same orders as by mail, with the same consequences and letters.
//!
//! Each says what it did and who is told; `--quiet` tells nobody.

mod people;
mod sending;

use sending::{answer, one, send, who};

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{CliError, exit};
use crate::control::{Asked, ItemAnswer};
use crate::core::catalogue::SessionId;
use crate::core::decision::organiser::Command;
use crate::core::person::Person;
use people::{checked_address, people_of};

/// What goes with every command.
#[derive(Debug, Args)]
pub struct How {
    /// Nobody is written to.
    #[arg(long)]
    quiet: bool,
    /// Goes through with what would be asked back: beyond the capacity, a namesake, a past session.
    #[arg(long)]
    yes: bool,
}

/// A person on the command line.
#[derive(Debug, Args)]
pub struct Details {
    /// Their address; they are written to.
    #[arg(long)]
    email: Option<String>,
    /// Their structure.
    #[arg(long)]
    organisation: Option<String>,
    /// Their telephone.
    #[arg(long)]
    phone: Option<String>,
    /// Their function.
    #[arg(long)]
    role: Option<String>,
}

impl Details {
    fn person(&self, name: &str) -> Result<Person, CliError> {
        let email = self.email.as_deref().map(checked_address).transpose()?;
        Ok(Person {
            name: name.trim().to_owned(),
            email,
            organisation: self.organisation.clone(),
            role: self.role.clone(),
            phone: self.phone.clone(),
        })
    }
}

/// Gives people seats: one person, or those of a list who registered elsewhere.
#[derive(Debug, Args)]
pub struct Add {
    /// A CSV file of people: a first line with nom, prénom, courriel, structure, téléphone (or name,
    /// first name, email, organisation, phone).
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// The session's id.
    session: String,
    /// The person's name.
    #[arg(required_unless_present = "csv", conflicts_with = "csv")]
    name: Option<String>,
    #[command(flatten)]
    details: Details,
    #[command(flatten)]
    how: How,
}

/// Gives a seat up.
#[derive(Debug, Args)]
pub struct Cancel {
    /// The registration (R12).
    registration: String,
    #[command(flatten)]
    how: How,
}

/// Moves a person to another session: the old seat is not lost before the new one is had.
#[derive(Debug, Args)]
pub struct Move {
    /// The registration (R12).
    registration: String,
    /// The other session's id.
    session: String,
    #[command(flatten)]
    how: How,
}

/// Passes a seat, or a place in the queue, to another person.
#[derive(Debug, Args)]
pub struct Replace {
    /// The registration (R12).
    registration: String,
    /// Who takes the place.
    name: String,
    #[command(flatten)]
    details: Details,
    #[command(flatten)]
    how: How,
}

/// Says yes to an item of the last digest, or gives a refused or waiting registration its seat.
#[derive(Debug, Args)]
pub struct Accept {
    /// The item's number, or the registration (R12).
    what: String,
    #[command(flatten)]
    how: How,
}

/// Says no to an item of the last digest, or to a registration under review; nothing more is written.
#[derive(Debug, Args)]
pub struct Refuse {
    /// The item's number, or the registration (R12).
    what: String,
    #[command(flatten)]
    how: How,
}

/// Gives somebody who waits a seat, whatever their place in the queue.
#[derive(Debug, Args)]
pub struct Promote {
    /// The registration (R12).
    registration: String,
    #[command(flatten)]
    how: How,
}

/// Keeps a line with a registration.
#[derive(Debug, Args)]
pub struct Note {
    /// The registration (R12).
    registration: String,
    /// The line.
    text: String,
}

/// Sets a session's seats; holds until the file's own value changes.
#[derive(Debug, Args)]
pub struct Capacity {
    /// The session's id.
    session: String,
    /// Seats; `file` takes the command back.
    seats: String,
    #[command(flatten)]
    how: How,
}

/// Orders about a session.
#[derive(Debug, Args)]
pub struct SessionCommand {
    #[command(subcommand)]
    what: SessionWhat,
}

/// What can be said of a session.
#[derive(Debug, Subcommand)]
enum SessionWhat {
    /// Accepts a session's changed facts: decisions about it go on.
    Accept {
        /// The session's id.
        session: String,
        #[command(flatten)]
        how: How,
    },
}

/// Holds all answers; deciding goes on.
#[derive(Debug, Args)]
pub struct Pause {}

/// Sends the answers that `pause` held.
#[derive(Debug, Args)]
pub struct Resume {}

impl Add {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let people = match (&self.csv, &self.name) {
            (Some(file), _) => people_of(file)?,
            (None, Some(name)) => vec![self.details.person(name)?],
            (None, None) => Vec::new(),
        };
        let session = SessionId(self.session.clone());
        let orders = people.into_iter().map(|person| {
            let words = format!("add {session} {}", person.name);
            let command = Command::Add {
                session: session.clone(),
                people: vec![person],
            };
            (words, Asked::Command(Box::new(command)))
        });
        send(config, &self.how, orders.collect())
    }
}

impl Cancel {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let who = who(&self.registration)?;
        let words = format!("cancel {}", self.registration);
        one(config, &self.how, words, Command::Cancel { who })
    }
}

impl Move {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let who = who(&self.registration)?;
        let to = SessionId(self.session.clone());
        let words = format!("move {} {to}", self.registration);
        one(config, &self.how, words, Command::Move { who, to })
    }
}

impl Replace {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let who = who(&self.registration)?;
        let person = self.details.person(&self.name)?;
        let words = format!("replace {} {}", self.registration, person.name);
        one(config, &self.how, words, Command::Replace { who, person })
    }
}

impl Accept {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let words = format!("accept {}", self.what);
        let asked = answer(&self.what, ItemAnswer::Accept)?;
        send(config, &self.how, vec![(words, asked)])
    }
}

impl Refuse {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let words = format!("refuse {}", self.what);
        let asked = answer(&self.what, ItemAnswer::Refuse)?;
        send(config, &self.how, vec![(words, asked)])
    }
}

impl Promote {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let who = who(&self.registration)?;
        let words = format!("promote {}", self.registration);
        one(config, &self.how, words, Command::Promote { who })
    }
}

impl Note {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let command = Command::Note {
            who: who(&self.registration)?,
            text: self.text.clone(),
        };
        let words = format!("note {}", self.registration);
        one(config, &TOLD, words, command)
    }
}

impl Capacity {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let seats = match self.seats.as_str() {
            "file" => None,
            number => Some(number.parse().map_err(|_| {
                CliError::new(
                    exit::USAGE,
                    format!("error: {number} is no number of seats, nor \"file\""),
                )
            })?),
        };
        let session = SessionId(self.session.clone());
        let words = format!("capacity {session} {}", self.seats);
        let command = Command::Capacity { session, seats };
        one(config, &self.how, words, command)
    }
}

impl SessionCommand {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        match &self.what {
            SessionWhat::Accept { session, how } => {
                let session = SessionId(session.clone());
                let words = format!("session accept {session}");
                one(config, how, words, Command::AcceptSession { session })
            }
        }
    }
}

impl Pause {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        one(config, &TOLD, "pause".to_owned(), Command::Pause)
    }
}

impl Resume {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        one(config, &TOLD, "resume".to_owned(), Command::Resume)
    }
}

/// As usual: whoever is concerned is told.
const TOLD: How = How {
    quiet: false,
    yes: false,
};

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )]
    use super::sending::number;
    use super::*;
    use crate::core::roll::RegistrationId;

    #[test]
    fn what_is_no_registration_is_said() {
        assert_eq!(number("R12"), Some(RegistrationId(12)));
        assert!(who("12").is_err());
        assert!(answer("x", ItemAnswer::Accept).is_err());
        assert!(checked_address("a b@c.example").is_err());
    }
}
