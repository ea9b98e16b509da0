//! Orders handed to the running program, or carried out here, and what came of them.

use super::super::{CliError, config_file, exit, write_out};
use super::How;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{self, Asked, By, ControlError, ItemAnswer, Request};
use crate::core::decision::organiser::{Command, Deed, Line, Target, Trouble, Who};
use crate::core::reading::Language;
use crate::core::roll::RegistrationId;
use std::path::Path;

pub(super) fn one(
    config: Option<&Path>,
    how: &How,
    words: String,
    command: Command,
) -> Result<(), CliError> {
    let asked = Asked::Command(Box::new(command));
    send(config, how, vec![(words, asked)])
}

/// Says whether `--yes` would go through with an order that was not carried out.
fn may_be_confirmed(line: &Line) -> bool {
    let asked = |deed: &Deed| {
        matches!(
            deed,
            Deed::Nothing(Trouble::Full { .. } | Trouble::Namesake { .. })
        )
    };
    line.deeds.iter().any(asked)
}

/// Gives the orders to the daemon, or carries them out; says what was done and who is told.
pub(super) fn send(
    config: Option<&Path>,
    how: &How,
    orders: Vec<(String, Asked)>,
) -> Result<(), CliError> {
    let config = Config::load(&config_file(config)?)?;
    let several = orders.len() > 1;
    let request = Request {
        orders,
        quiet: how.quiet,
        yes: how.yes,
    };
    let called = async move {
        control::call_or_open(config, Clock::System, &request)
            .await
            .map_err(cli_error)
    };
    let (response, by) = super::super::block_on(called)?;
    let mut text = String::new();
    for (words, sentences) in control::in_words(&response, Language::En) {
        if several {
            text.push_str(&format!("{words}\n"));
        }
        for sentence in sentences {
            let indent = if several { "  " } else { "" };
            text.push_str(&format!("{indent}{sentence}\n"));
        }
    }
    let owed = response.lines.iter().any(|line| !line.told.is_empty());
    if by == By::Ourselves && owed {
        text.push_str("No daemon runs: the letters are owed, the daemon or `guichet run --once` sends them.\n");
    }
    write_out(text.as_bytes())?;
    let failed = |line: &&Line| line.deeds.iter().any(|d| matches!(d, Deed::Nothing(_)));
    match response.lines.iter().filter(failed).count() {
        0 => Ok(()),
        count => Err(CliError::new(
            exit::DATA,
            match (count, response.lines.len()) {
                (1, 1) if response.lines.iter().any(may_be_confirmed) => {
                    "error: nothing was done; --yes goes through with what is asked back".to_owned()
                }
                (1, 1) => "error: nothing was done".to_owned(),
                (count, all) => format!("error: nothing was done for {count} of {all}"),
            },
        )),
    }
}

fn cli_error(error: ControlError) -> CliError {
    match error {
        ControlError::Register(error) => error.into(),
        ControlError::Config(error) => (*error).into(),
        ControlError::Render(error) => error.into(),
        ControlError::Socket(_) | ControlError::Refused(_) => {
            CliError::new(exit::TRY_AGAIN, format!("error: {error}"))
        }
    }
}

pub(super) fn who(registration: &str) -> Result<Who, CliError> {
    Ok(Who::Registration(number(registration).ok_or_else(|| {
        CliError::new(
            exit::USAGE,
            format!("error: {registration} is no registration; one is called R12, see `guichet list`"),
        )
    })?))
}

/// `R12`, also `r12`.
pub(super) fn number(registration: &str) -> Option<RegistrationId> {
    let digits = registration.strip_prefix(['R', 'r'])?;
    digits.parse().ok().map(RegistrationId)
}

pub(super) fn answer(what: &str, answer: ItemAnswer) -> Result<Asked, CliError> {
    if let Some(id) = number(what) {
        let target = Target::Registration(id);
        let command = match answer {
            ItemAnswer::Accept => Command::Accept {
                target,
                session: None,
            },
            ItemAnswer::Refuse => Command::Refuse { target },
        };
        return Ok(Asked::Command(Box::new(command)));
    }
    let number = what.parse().map_err(|_| {
        CliError::new(
            exit::USAGE,
            format!("error: {what} is neither an item's number in the last digest nor a registration (R12)"),
        )
    })?;
    Ok(Asked::Item { number, answer })
}
