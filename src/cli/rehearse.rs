//! `guichet rehearse`: the whole job over a folder of old mail, with an empty register and a clock
//! that jumps from mail to mail.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;

use super::play::{Scratch, house_for_play, play};
use super::report::{finals, finals_in_words, lines};
use super::{CliError, config_file, exit, write_out};
use crate::clock::Clock;
use crate::config::Config;
use crate::core::entry::Place;
use crate::folder::{Folder, MAILBOX, read_mails};
use crate::smtp::Carrier;

/// Plays old mail through the whole house: what would the robot have done?
///
/// The register is empty and temporary, the clock jumps from mail to mail, no network is used, and
/// replies are written to `--out` as `.eml` files. It always acts as if live.
#[derive(Debug, Args)]
pub struct Rehearse {
    /// Times of receipt: a line `{"file":"01.eml","received":"…"}` a mail.
    #[arg(long, value_name = "INDEX")]
    received: Option<PathBuf>,
    /// Folder for the replies; made if it does not exist.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// A folder of mails, an mbox file or a Maildir.
    #[arg(value_name = "DIR|MBOX|MAILDIR")]
    mails: PathBuf,
}

/// A line of the index.
#[derive(Debug, Deserialize)]
struct IndexLine {
    file: String,
    received: Timestamp,
}

impl Rehearse {
    /// Runs the command.
    pub fn run(&self, config: Option<&Path>) -> Result<(), CliError> {
        let config = Config::load(&config_file(config)?)?;
        let index = self.index()?;
        let mails = read_mails(&self.mails, |name| index.get(name).copied()).map_err(|error| {
            CliError::new(
                exit::NO_INPUT,
                format!("error: cannot read {}: {error}", self.mails.display()),
            )
        })?;
        let work = Scratch::new("rehearse")?;
        let out = self.out.clone().unwrap_or_else(|| work.path.join("out"));
        std::fs::create_dir_all(&out).map_err(|error| {
            CliError::new(
                exit::CANT_CREATE,
                format!("error: cannot make {}: {error}", out.display()),
            )
        })?;
        let first = mails
            .first()
            .map_or(Timestamp::UNIX_EPOCH, |mail| mail.received);
        let house = house_for_play(
            config,
            &work.path.join("register"),
            Clock::stepped(first),
            MAILBOX,
        )?;
        let mut folder = Folder::new(mails.clone(), house.clock.clone());
        let times: Vec<Timestamp> = mails.iter().map(|mail| mail.received).collect();
        let bar = super::progress(!self.json, mails.len());
        let house = super::block_on(async move {
            let mut filing = Folder::new(Vec::new(), house.clock.clone());
            let mut carrier = Carrier::Folder(crate::smtp::Folder::new(out));
            let arrive = |now| Ok(times.iter().copied().find(|received| *received > now));
            let walked = |count| bar.inc(u64::try_from(count).unwrap_or_default());
            play(
                &house,
                &mut folder,
                &mut filing,
                &mut carrier,
                arrive,
                walked,
            )
            .await?;
            bar.finish_and_clear();
            Ok(house)
        })?;
        let name_of = |place: &Place| {
            crate::folder::index_of(place)
                .and_then(|index| mails.get(index))
                .map(|mail| mail.name.clone())
        };
        let mut text = String::new();
        for line in lines(&house, name_of, &mails)? {
            text.push_str(&if self.json { line.json() } else { line.words() });
            text.push('\n');
        }
        let end = finals(&house)?;
        if self.json {
            text.push_str(&format!("{}\n", serde_json::json!({ "final": end })));
        } else {
            text.push_str(&finals_in_words(&end));
        }
        write_out(text.as_bytes())
    }

    fn index(&self) -> Result<BTreeMap<String, Timestamp>, CliError> {
        let Some(path) = &self.received else {
            return Ok(BTreeMap::new());
        };
        let text = std::fs::read_to_string(path).map_err(|error| {
            CliError::new(
                exit::NO_INPUT,
                format!("error: cannot read {}: {error}", path.display()),
            )
        })?;
        let mut index = BTreeMap::new();
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let parsed: IndexLine = serde_json::from_str(line)
                .map_err(|error| CliError::new(exit::DATA, format!("error: {}:{}: {error}\n  a line is {{\"file\":\"01.eml\",\"received\":\"2017-09-04T10:00:14+02:00\"}}", path.display(), number + 1)))?;
            index.insert(parsed.file, parsed.received);
        }
        Ok(index)
    }
}
