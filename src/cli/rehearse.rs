//! `guichet rehearse`: the whole job over a folder of old mail, with an empty register and a clock
//! that jumps from mail to mail.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CliError, config_file, exit};
use crate::clock::Clock;
use crate::config::{Config, load_catalogue_with_files};
use crate::core::catalogue::{Mode, SessionId};
use crate::core::entry::{Body, Cause, Decided, Entry, MailWalked};
use crate::core::message::Message;
use crate::core::reading::{Context, Intent, Reading, read};
use crate::core::reply::{Letter, Status};
use crate::core::roll::{RegistrationId, State};
use crate::courier::Courier;
use crate::folder::{Folder, MAILBOX, OldMail, read_mails};
use crate::house::House;
use crate::live::{Live, Rules};
use crate::register::{Query as _, Register, RegisterError};
use crate::render::Renderer;
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
        super::block_on(play(
            &house,
            &mut folder,
            &mut Carrier::Folder(crate::smtp::Folder::new(out)),
            !self.json,
        ))?;
        let lines = lines(&house, &folder, &mails)?;
        for line in lines {
            println!("{}", if self.json { line.json() } else { line.words() });
        }
        let end = finals(&house)?;
        if self.json {
            println!("{}", serde_json::json!({ "final": end }));
        } else {
            print!("{}", finals_in_words(&end));
        }
        Ok(())
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

/// A folder for one run, removed at its end.
pub(super) struct Scratch {
    /// Where it is.
    pub(super) path: PathBuf,
}

impl Scratch {
    /// Makes it.
    pub(super) fn new(word: &str) -> Result<Scratch, CliError> {
        let mut seed = [0_u8; 8];
        getrandom::fill(&mut seed).map_err(|error| {
            CliError::new(exit::INTERNAL, format!("error: no random numbers: {error}"))
        })?;
        let path =
            std::env::temp_dir().join(format!("guichet-{word}-{:016x}", u64::from_be_bytes(seed)));
        std::fs::create_dir_all(&path).map_err(|error| {
            CliError::new(
                exit::CANT_CREATE,
                format!("error: cannot make {}: {error}", path.display()),
            )
        })?;
        Ok(Scratch { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, "a temporary folder could not be removed");
        }
    }
}

/// What people are told who see a rehearsal's letters: marked as samples.
const SAMPLE_PRIVACY: &str = "[texte d'exemple] Vos coordonnées servent à organiser cette session et restent chez nous ; pour les voir, corriger ou effacer, répondez.";
const SAMPLE_NAME: &str = "[nom de l'organisateur]";
const SAMPLE_PHONE: &str = "[téléphone]";

/// Makes a house that acts as if live, with a register in `folder`.
pub(super) fn house_for_play(
    mut config: Config,
    folder: &Path,
    clock: Clock,
    mailbox: &str,
) -> Result<House, CliError> {
    config.mode = Mode::Live;
    config
        .organisation
        .privacy
        .get_or_insert_with(|| SAMPLE_PRIVACY.to_owned());
    config
        .organisation
        .human_name
        .get_or_insert_with(|| SAMPLE_NAME.to_owned());
    config
        .organisation
        .human_phone
        .get_or_insert_with(|| SAMPLE_PHONE.to_owned());
    let loaded = load_catalogue_with_files(&config)?;
    let mut catalogue = loaded.catalogue;
    catalogue
        .sessions
        .iter_mut()
        .for_each(|session| session.mode = None);
    let members = config
        .members
        .as_deref()
        .map(crate::config::load_members)
        .transpose()?;
    let renderer = Renderer::new(config.templates.as_deref())?;
    let (register, _notices) = Register::open(folder, clock.now())?;
    for file in &loaded.files {
        register.keep_file(&file.bytes)?;
    }
    Ok(House {
        live: Live::new(Rules {
            config,
            catalogue,
            members,
            renderer,
        }),
        register,
        clock,
        mailbox: mailbox.to_owned(),
    })
}

/// Plays the folder: the clock jumps to whatever comes next; after the last mail it runs on until no
/// pause is open.
async fn play(
    house: &House,
    folder: &mut Folder,
    carrier: &mut Carrier,
    progress: bool,
) -> Result<(), CliError> {
    house.take_up_catalogue().await?;
    house.turn(folder).await?; // the watch begins before the first mail
    let courier = Courier {
        live: &house.live,
        register: &house.register,
        clock: &house.clock,
    };
    let mut other = Folder::new(Vec::new(), house.clock.clone());
    let bar = super::progress(progress, folder.count());
    loop {
        let walked = house.turn(folder).await?;
        bar.inc(u64::try_from(walked).unwrap_or_default());
        courier.drain(carrier, &mut other).await?;
        let arrival = folder.next_arrival();
        let due = if arrival.is_some() {
            house.next_due_at()?
        } else {
            house.register.next_pause_end()?
        };
        let Some(next) = [arrival, due].into_iter().flatten().min() else {
            break;
        };
        house.clock.step_to(next.max(house.clock.now()));
        if arrival.is_some_and(|arrival| arrival > next) || arrival.is_none() {
            house.do_due().await?;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// What became of one mail.
#[derive(Debug, Serialize)]
struct Line {
    file: String,
    received: String,
    intent: Intent,
    act: bool,
    reply: Status,
    per_person: Vec<PerPerson>,
    also: Vec<Also>,
    to_human: bool,
    #[serde(skip)]
    why: Vec<String>,
}

#[derive(Debug, Serialize)]
struct PerPerson {
    name: String,
    session: SessionId,
    status: Status,
}

#[derive(Debug, Clone, Serialize)]
struct Also {
    to: String,
    reply: Status,
    name: String,
}

impl Line {
    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn words(&self) -> String {
        let people: Vec<String> = self
            .per_person
            .iter()
            .map(|p| format!("{} ({}: {})", p.name, p.session, word(p.status)))
            .collect();
        let also: Vec<String> = self
            .also
            .iter()
            .map(|a| format!("{} → {}", word(a.reply), a.name))
            .collect();
        let human = if self.to_human {
            "  [to the human]"
        } else {
            ""
        };
        let mut line = format!(
            "{}  {}  {}{}",
            self.file,
            &self.received,
            word(self.reply),
            human
        );
        for (label, list) in [
            ("people", people),
            ("also", also),
            ("because", self.why.clone()),
        ] {
            if !list.is_empty() {
                line.push_str(&format!("\n    {label}: {}", list.join(", ")));
            }
        }
        line
    }
}

/// The status word as in every output.
pub(super) fn word(status: Status) -> String {
    serde_json::to_value(status)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// One line a mail, from the entries of the register.
fn lines(house: &House, folder: &Folder, mails: &[OldMail]) -> Result<Vec<Line>, RegisterError> {
    let entries = house
        .register
        .entries(0)
        .collect::<Result<Vec<Entry>, RegisterError>>()?;
    let rules = house.live.rules();
    let mut lines = Vec::new();
    let mut by_entry: BTreeMap<u64, usize> = BTreeMap::new();
    for entry in &entries {
        match &entry.body {
            Body::Mail(walked) => {
                let Some(name) = folder.name_of(&walked.place) else {
                    continue;
                };
                let Some(mail) = mails.iter().find(|mail| mail.name == name) else {
                    continue;
                };
                let message = Message::parse(&mail.bytes);
                let context = Context {
                    catalogue: &rules.catalogue,
                    organisation: &rules.config.organisation,
                    received: mail.received,
                };
                let (_, reading) = read(&message, context);
                by_entry.insert(entry.n, lines.len());
                lines.push(line(&rules.config.timezone, mail, &reading, walked, entry));
            }
            Body::Decided(decided) => {
                let (Cause::Due { entry: cause } | Cause::Catalogue { entry: cause }) =
                    &entry.cause
                else {
                    continue;
                };
                if let Some(line) = by_entry.get(cause).and_then(|index| lines.get_mut(*index)) {
                    let line: &mut Line = line;
                    line.also.extend(letters(decided, entry, None));
                    line.to_human |= decided.to_human;
                }
            }
            _ => {}
        }
    }
    Ok(lines)
}

fn line(
    timezone: &str,
    mail: &OldMail,
    reading: &Reading,
    walked: &MailWalked,
    entry: &Entry,
) -> Line {
    let words = entry
        .personal
        .as_ref()
        .and_then(|personal| personal.mail.as_ref());
    let name = |index: usize| {
        words
            .and_then(|words| words.names.get(index))
            .cloned()
            .unwrap_or_default()
    };
    let decided = &walked.decided;
    let local = mail.received.in_tz(timezone).map_or_else(
        |_| mail.received.to_string(),
        |zoned| zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    );
    let doubts = walked
        .understood
        .as_ref()
        .map(|understood| understood.doubts.clone())
        .unwrap_or_default();
    Line {
        file: mail.name.clone(),
        received: local,
        intent: reading.intent,
        act: reading.act,
        reply: decided.reply.unwrap_or(Status::None),
        per_person: decided
            .outcomes
            .iter()
            .map(|(index, session, status)| PerPerson {
                name: name(*index),
                session: session.clone(),
                status: *status,
            })
            .collect(),
        also: letters(
            decided,
            entry,
            words
                .and_then(|words| words.from.as_ref())
                .map(|from| from.email.as_str()),
        ),
        to_human: decided.to_human
            || walked
                .understood
                .as_ref()
                .is_some_and(|understood| understood.question),
        why: doubts.iter().map(|doubt| doubt.code()).collect(),
    }
}

/// The letters of an entry to others than the sender, one line a person promoted.
fn letters(decided: &Decided, entry: &Entry, sender: Option<&str>) -> Vec<Also> {
    let mut also = Vec::new();
    for owed in &decided.owed {
        let Some(Letter::Reply(reply)) = entry
            .personal
            .as_ref()
            .and_then(|personal| personal.letters.get(owed.letter))
        else {
            continue;
        };
        if owed.answers.is_some()
            || sender.is_some_and(|sender| reply.to.email.eq_ignore_ascii_case(sender))
        {
            continue;
        }
        also.extend(reply.outcomes.iter().map(|outcome| Also {
            to: reply.to.email.clone(),
            reply: owed.status,
            name: outcome.name.clone(),
        }));
    }
    also
}

/// Each person once a session, by their last state.
#[derive(Debug, Default, Serialize)]
struct Final {
    confirmed: Vec<String>,
    provisional: Vec<String>,
    waitlist: Vec<String>,
    cancelled: Vec<String>,
    replaced: Vec<String>,
    refused_late: Vec<String>,
    refused_full: Vec<String>,
    review: Vec<String>,
}

fn finals(house: &House) -> Result<BTreeMap<SessionId, Final>, RegisterError> {
    let mut all = BTreeMap::new();
    for session in &house.live.rules().catalogue.sessions {
        let roll = house.register.roll(&session.id)?;
        let mut end = Final {
            waitlist: roll
                .waiting()
                .iter()
                .map(|r| r.person.clone().unwrap_or_default().name)
                .collect(),
            ..Final::default()
        };
        let mut last: BTreeMap<String, (RegistrationId, State, String)> = BTreeMap::new();
        for registration in &roll.registrations {
            let person = registration.person.clone().unwrap_or_default();
            let address = registration
                .contact
                .clone()
                .or_else(|| registration.made_by.clone())
                .unwrap_or_default();
            let key = format!(
                "{} {}",
                person.name_key(),
                if registration.state.is_standing() {
                    registration.id.to_string()
                } else {
                    crate::core::person::domain_of(&address).to_owned()
                }
            );
            let newer = last
                .get(&key)
                .is_none_or(|(id, _, _)| *id < registration.id);
            if newer {
                last.insert(key, (registration.id, registration.state, person.name));
            }
        }
        let standing: Vec<String> = roll
            .registrations
            .iter()
            .filter(|r| r.state.is_standing())
            .filter_map(|r| r.person.as_ref().map(crate::core::person::Person::name_key))
            .collect();
        let mut ordered: Vec<_> = last.into_values().collect();
        ordered.sort();
        for (_, state, name) in ordered {
            let gone =
                !state.is_standing() && standing.contains(&crate::core::person::name_key(&name));
            match state {
                _ if gone => {}
                State::Confirmed => end.confirmed.push(name),
                State::Provisional => end.provisional.push(name),
                State::Cancelled => end.cancelled.push(name),
                State::Replaced => end.replaced.push(name),
                State::RefusedLate => end.refused_late.push(name),
                State::RefusedFull => end.refused_full.push(name),
                State::Review => end.review.push(name),
                State::Waitlisted | State::Asked => {}
            }
        }
        all.insert(session.id.clone(), end);
    }
    Ok(all)
}

fn finals_in_words(finals: &BTreeMap<SessionId, Final>) -> String {
    let mut text = String::from("\n");
    for (session, end) in finals {
        let lists = [
            ("confirmed", &end.confirmed),
            ("provisional", &end.provisional),
            ("waiting", &end.waitlist),
            ("cancelled", &end.cancelled),
            ("replaced", &end.replaced),
            ("late", &end.refused_late),
            ("full", &end.refused_full),
            ("review", &end.review),
        ];
        let shown: Vec<String> = lists
            .iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(label, names)| format!("  {label} ({}): {}", names.len(), names.join(", ")))
            .collect();
        if !shown.is_empty() {
            text.push_str(&format!("{session}\n{}\n", shown.join("\n")));
        }
    }
    text
}
