//! `guichet demo`: the main job on mails that come with the program, through a Maildir and the very
//! same code as the daemon, on a stepped clock in September 2017.

use std::fs::{File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;

use super::play::{house_for_play, play};
use super::report::{finals, finals_in_words, lines};
use super::{CliError, exit, write_out};
use crate::clock::Clock;
use crate::config::Config;
use crate::core::entry::Place;
use crate::core::message::Message;
use crate::folder::OldMail;
use crate::smtp::Carrier;

/// The mailbox's name in the demo's register.
const MAILBOX: &str = "INBOX";

macro_rules! mail {
    ($name:literal) => {
        ($name, include_bytes!(concat!("mails/", $name)) as &[u8])
    };
}

/// The mails, by name.
const MAILS: &[(&str, &[u8])] = &[
    mail!("01-lettre-d-information.eml"),
    mail!("02-inscription-outlook.eml"),
    mail!("03-inscription-gmail.eml"),
    mail!("04-le-meme-mail-redistribue.eml"),
    mail!("05-iphone-je-participe.eml"),
    mail!("06-deux-collegues.eml"),
    mail!("07-partner-from-wales.eml"),
    mail!("08-message-d-absence.eml"),
    mail!("09-quelle-session.eml"),
    mail!("10-elu-webmail-orange.eml"),
    mail!("11-celle-du-3-octobre.eml"),
    mail!("12-inscription-et-question.eml"),
    mail!("13-inscription-zimbra.eml"),
    mail!("14-partenaire-reunion-de-suivi.eml"),
    mail!("15-inscription-html-seul.eml"),
    mail!("16-twelfth-seat.eml"),
    mail!("17-premiere-en-attente.eml"),
    mail!("18-deuxieme-en-attente.eml"),
    mail!("19-encore-une-fois.eml"),
    mail!("20-question-seule.eml"),
    mail!("21-giving-up-a-place.eml"),
    mail!("22-remplacement.eml"),
    mail!("23-merci.eml"),
    mail!("24-hors-delai.eml"),
];

/// When each of them was received.
const INDEX: &str = include_str!("index.jsonl");

/// The sessions: those of the shipped configuration.
const SESSIONS: &[(&str, &str)] = &[
    (
        "coop-n1.toml",
        include_str!("../../../config/sessions/coop-n1.toml"),
    ),
    (
        "coop-n2.toml",
        include_str!("../../../config/sessions/coop-n2.toml"),
    ),
    (
        "coop-n3.toml",
        include_str!("../../../config/sessions/coop-n3.toml"),
    ),
];

/// The demo's main file.
const MAIN_FILE: &str = include_str!("guichet.toml");

/// Shows the main job on mails that come with the program: what was decided and why, and where the
/// replies and the digest lie. Uses no network and no file but those below DIR.
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder for everything the demo makes; emptied first if an earlier demo made it.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct IndexLine {
    file: String,
    received: Timestamp,
}

impl Demo {
    /// Runs the command.
    pub fn run(&self) -> Result<(), CliError> {
        let out = self
            .out
            .clone()
            .unwrap_or_else(|| std::env::temp_dir().join("guichet-demo"));
        let files = lay_out(&out)?;
        let mails = mails()?;
        let config = Config::load(&files.main)?;
        let first = mails
            .first()
            .map_or(Timestamp::UNIX_EPOCH, |mail| mail.received);
        let day_before = first
            .checked_sub(jiff::SignedDuration::from_hours(24))
            .unwrap_or(first);
        let house = house_for_play(
            config.clone(),
            &config.state,
            Clock::stepped(day_before),
            MAILBOX,
        )?;
        let arriving = mails.clone();
        let inbox = files.inbox.clone();
        let replies = files.replies.clone();
        let house = super::block_on(async move {
            let Some(source) = &config.source else {
                return Err(CliError::new(
                    exit::INTERNAL,
                    "error: the demo names no mailbox",
                ));
            };
            let (mut post, mut filing) = (
                crate::daemon::open_post(source),
                crate::daemon::open_post(source),
            );
            let mut carrier = Carrier::Folder(crate::smtp::Folder::new(replies));
            // The clock runs on until the digest that tells of the last mail.
            let last = arriving.last().map_or(first, |mail| mail.received);
            let morning_after = crate::house::next_digest_at(&config, last).unwrap_or(last);
            let mut waiting = arriving.into_iter().peekable();
            let arrive = |now: Timestamp| {
                while let Some(mail) = waiting.next_if(|mail| mail.received <= now) {
                    deliver(&inbox, &mail)?;
                }
                let next = waiting.peek().map(|mail| mail.received);
                Ok(next.or((now < morning_after).then_some(morning_after)))
            };
            play(&house, &mut post, &mut filing, &mut carrier, arrive, |_| ()).await?;
            Ok(house)
        })?;
        let name_of = |place: &Place| match place {
            Place::Maildir { name, .. } => Some(format!("{name}.eml")),
            Place::Imap { .. } => None,
        };
        let mut text = String::new();
        for line in lines(&house, name_of, &mails)? {
            let mail = mails.iter().find(|mail| mail.name == line.file);
            let message = mail
                .map(|mail| Message::parse(&mail.bytes))
                .unwrap_or_default();
            text.push_str(&line.row(&message));
        }
        text.push_str(&finals_in_words(&finals(&house)?));
        text.push_str(&files.whereabouts()?);
        write_out(text.as_bytes())
    }
}

/// The folders of one demo.
struct Files {
    out: PathBuf,
    main: PathBuf,
    inbox: PathBuf,
    replies: PathBuf,
}

/// Writes configuration and an empty Maildir below `out`.
fn lay_out(out: &Path) -> Result<Files, CliError> {
    let marker = out.join("guichet.toml");
    if out.exists()
        && !marker.exists()
        && std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(CliError::new(
            exit::CANT_CREATE,
            format!(
                "error: {} holds other things\n  name an empty or new folder with --out DIR",
                out.display()
            ),
        ));
    }
    let cannot = |error: std::io::Error| {
        CliError::new(
            exit::CANT_CREATE,
            format!("error: cannot write below {}: {error}", out.display()),
        )
    };
    for old in ["sessions", "mailbox", "sent", "replies", "register"] {
        match std::fs::remove_dir_all(out.join(old)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(cannot(error));
            }
            _ => {}
        }
    }
    let files = Files {
        out: out.to_owned(),
        main: marker,
        inbox: out.join("mailbox"),
        replies: out.join("replies"),
    };
    for folder in [
        "sessions",
        "mailbox/new",
        "mailbox/cur",
        "mailbox/tmp",
        "sent/new",
        "sent/cur",
        "sent/tmp",
        "replies",
        "register",
    ] {
        std::fs::create_dir_all(out.join(folder)).map_err(cannot)?;
    }
    std::fs::write(&files.main, MAIN_FILE).map_err(cannot)?;
    for (name, text) in SESSIONS {
        std::fs::write(out.join("sessions").join(name), text).map_err(cannot)?;
    }
    Ok(files)
}

impl Files {
    /// Says where things lie.
    fn whereabouts(&self) -> Result<String, CliError> {
        let cannot = |error: std::io::Error| {
            CliError::new(
                exit::NO_INPUT,
                format!("error: cannot read {}: {error}", self.replies.display()),
            )
        };
        let mut replies = 0;
        let mut digests = Vec::new();
        for entry in std::fs::read_dir(&self.replies).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            let message = Message::parse(&std::fs::read(&path).map_err(cannot)?);
            if message.subject.starts_with("[guichet]") {
                digests.push((message.date, message.subject, path));
            } else {
                replies += 1;
            }
        }
        digests.sort();
        let mut text = format!(
            "\n{replies} letters to participants: {}\n",
            self.replies.display()
        );
        for (_, subject, path) in &digests {
            text.push_str(&format!("digest  {subject}\n        {}\n", path.display()));
        }
        let main = self.main.display();
        text.push_str(&format!(
            "\nThe mailbox ({}) is as a human would find it: nothing deleted, nothing marked read.\nLook further:\n  guichet list --config {main}\n  guichet why R1 --config {main}\n  guichet read --config {main} {}\n",
            self.inbox.display(),
            self.out.join("mailbox").join("cur").display()
        ));
        Ok(text)
    }
}

/// The mails in order of receipt.
fn mails() -> Result<Vec<OldMail>, CliError> {
    let broken = |what: String| {
        CliError::new(
            exit::INTERNAL,
            format!("error: the demo's mails are broken: {what}"),
        )
    };
    let mut mails = Vec::new();
    for line in INDEX.lines().filter(|line| !line.trim().is_empty()) {
        let line: IndexLine =
            serde_json::from_str(line).map_err(|error| broken(error.to_string()))?;
        let (_, bytes) = MAILS
            .iter()
            .find(|(name, _)| *name == line.file)
            .ok_or_else(|| broken(format!("{} is missing", line.file)))?;
        mails.push(OldMail {
            name: line.file,
            received: line.received,
            bytes: bytes.to_vec(),
        });
    }
    mails.sort_by_key(|mail| mail.received);
    Ok(mails)
}

/// Delivers a mail into the Maildir: the file's time is the time of receipt.
fn deliver(inbox: &Path, mail: &OldMail) -> Result<(), CliError> {
    let name = mail.name.trim_end_matches(".eml");
    let draft = inbox.join("tmp").join(name);
    let delivered = inbox.join("new").join(name);
    let cannot = |error: std::io::Error| {
        CliError::new(
            exit::CANT_CREATE,
            format!("error: cannot deliver {}: {error}", mail.name),
        )
    };
    std::fs::write(&draft, &mail.bytes).map_err(cannot)?;
    let received = FileTimes::new()
        .set_modified(SystemTime::try_from(mail.received).unwrap_or(SystemTime::UNIX_EPOCH));
    File::options()
        .write(true)
        .open(&draft)
        .and_then(|file| file.set_times(received))
        .map_err(cannot)?;
    std::fs::rename(&draft, &delivered).map_err(cannot)
}
