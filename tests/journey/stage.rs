//! The stage: an organisation with a contact mailbox (a Maildir), sessions a month away, a folder that
//! letters go to, and the real binary to play on it.
#![allow(dead_code)]

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use guichet::health::Status;
use guichet::register::{Register, Snapshot};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, ZonedDateTime};
use mail_parser::MessageParser;

use crate::support::{terminate, until};

/// The mailbox's address.
pub const CONTACT: &str = "formations@asso-exemple.example";

/// The binary.
pub const GUICHET: &str = env!("CARGO_BIN_EXE_guichet");

/// The present instant by the system's clock, which the binary uses too.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// What was said and how a command ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Said {
        Said {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts the exit code.
    pub fn code(self, code: i32) -> Said {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }
}

/// An organisation with its mailbox.
pub struct Stage {
    pub dir: tempfile::TempDir,
    next: Cell<u32>,
}

impl Stage {
    /// Sets it up live, with one session of 12 seats in a month: `coop-n3`.
    pub fn new() -> Stage {
        Stage::with("mode = \"live\"\n", "")
    }

    /// Sets it up with other lines at the head and the foot of the main file.
    pub fn with(head: &str, foot: &str) -> Stage {
        let stage = Stage {
            dir: tempfile::tempdir().unwrap(),
            next: Cell::new(1),
        };
        for sub in ["new", "cur", "tmp"] {
            fs::create_dir_all(stage.maildir().join(sub)).unwrap();
        }
        fs::create_dir_all(stage.path("sessions")).unwrap();
        stage.session("coop-n3", 3, 12, "");
        let places = "[maildir]\npath = \"Maildir\"\npoll = \"60 s\"\n[outbox]\nfolder = \"out\"\n";
        stage.write_config(head, &format!("{places}{foot}"));
        stage
    }

    /// Writes the main file; the digest's hour is half a day away.
    pub fn write_config(&self, head: &str, foot: &str) {
        self.write_config_for(CONTACT, head, foot);
    }

    /// The same for another mailbox.
    pub fn write_config_for(&self, address: &str, head: &str, foot: &str) {
        let digest = paris(now()).checked_add(12.hours()).unwrap();
        let text = format!(
            "{head}sessions = \"sessions\"\nstate = \"state\"\n\
             [mailbox]\naddress = \"{address}\"\norganisation = \"Asso Exemple\"\n\
             [human]\nname = \"Claude Tenancier\"\nphone = \"01 23 45 67 89\"\n\
             [privacy]\ntext = \"Vos coordonnées restent chez nous ; répondez pour les voir ou les effacer.\"\n\
             [digest]\nat = {}\nweekends = true\n{foot}",
            digest.strftime("%H:%M:00"),
        );
        fs::write(self.config(), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn config(&self) -> PathBuf {
        self.path("guichet.toml")
    }

    pub fn maildir(&self) -> PathBuf {
        self.path("Maildir")
    }

    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Writes a session file: a web conference in a month, at 10 h, that takes registrations until then.
    pub fn session(&self, id: &str, level: u32, capacity: u32, more: &str) {
        let day = day();
        let text = format!(
            "id = \"{id}\"\ntitle = \"Coopérer dans LEADER : monter un projet\"\n\
             series = \"Coopérer dans LEADER\"\nlevel = {level}\n\
             when = [{{ from = {day}T10:00:00, to = {day}T12:00:00 }}]\ntimezone = \"Europe/Paris\"\n\
             place = \"webconférence\"\nonline = true\ncapacity = {capacity}\nmembership = \"none\"\n{more}"
        );
        // Written whole, as an editor that renames does.
        let file = self.path("sessions").join(format!("{id}.toml"));
        let draft = self.path("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(draft, file).unwrap();
    }

    /// Delivers a mail as a mail server would: `tmp`, then a rename into `new`. Gives its unique name.
    pub fn deliver(&self, mail: &Mail) -> String {
        self.deliver_at(mail, now())
    }

    /// The same, received at another time.
    pub fn deliver_at(&self, mail: &Mail, received: Timestamp) -> String {
        self.deliver_bytes(&mail.bytes(received), received)
    }

    pub fn deliver_bytes(&self, bytes: &[u8], received: Timestamp) -> String {
        let number = self.next.replace(self.next.get() + 1);
        let name = format!("{}.M{number}P1.mx", received.as_second());
        let draft = self.maildir().join("tmp").join(&name);
        fs::write(&draft, bytes).unwrap();
        let file = fs::File::options().write(true).open(&draft).unwrap();
        let seconds = u64::try_from(received.as_second()).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        file.set_modified(time).unwrap();
        fs::rename(draft, self.maildir().join("new").join(&name)).unwrap();
        name
    }

    /// The file of a mail now, by its unique name: relative to the Maildir, with flags.
    pub fn file_of(&self, name: &str) -> String {
        let mut found: Vec<String> = files_in(&self.maildir())
            .into_iter()
            .filter(|file| file.contains(name))
            .collect();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found.remove(0)
    }

    /// Puts a mail that a human wrote into Sent.
    pub fn sent_by_hand(&self, bytes: &str) {
        let sent = self.maildir().join(".Sent");
        for sub in ["tmp", "new", "cur"] {
            fs::create_dir_all(sent.join(sub)).unwrap();
        }
        let number = self.next.replace(self.next.get() + 1);
        let name = format!("{}.M{number}P2.desk:2,S", now().as_second());
        fs::write(sent.join("tmp").join(&name), bytes).unwrap();
        fs::rename(sent.join("tmp").join(&name), sent.join("cur").join(&name)).unwrap();
    }

    /// The mails in Sent, raw.
    pub fn sent(&self) -> Vec<Vec<u8>> {
        let sent = self.maildir().join(".Sent");
        files_in(&sent)
            .iter()
            .map(|file| fs::read(sent.join(file)).unwrap())
            .collect()
    }

    /// A command of the binary on this configuration.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(GUICHET);
        command
            .args(words)
            .arg("--config")
            .arg(self.config())
            .env_remove("GUICHET_CONFIG")
            .env_remove("STATE_DIRECTORY")
            .env_remove("NOTIFY_SOCKET")
            .env("GUICHET_LOG", "debug")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Said {
        Said::of(self.command(words).output().unwrap())
    }

    /// `run --once`, which must succeed.
    pub fn once(&self) -> Said {
        self.run(&["run", "--once"]).code(0)
    }

    /// Starts the daemon and waits until it has walked the mailbox to its end.
    pub fn start(&self) -> Daemon {
        let daemon = Daemon::start(self, self.command(&["run"]));
        self.walked_since(daemon.started);
        daemon
    }

    /// Waits until the mailbox was walked to its end after an instant.
    pub fn walked_since(&self, since: Timestamp) {
        until("the mailbox is walked", || {
            self.status()
                .and_then(|status| status.mailbox_reached)
                .filter(|at| *at >= since)
        });
    }

    /// What the daemon last wrote of its health.
    pub fn status(&self) -> Option<Status> {
        guichet::health::read(&self.state()).unwrap()
    }

    /// Letters to anybody, oldest first by their own Date, then by file.
    pub fn letters(&self) -> Vec<Letter> {
        let folder = self.path("out");
        let mut letters: Vec<Letter> = files_in(&folder)
            .iter()
            .filter(|file| file.ends_with(".eml"))
            .map(|file| Letter::read(&folder.join(file)))
            .collect();
        letters.sort_by(|a, b| (a.date, &a.file).cmp(&(b.date, &b.file)));
        letters
    }

    /// Letters to one address.
    pub fn letters_to(&self, address: &str) -> Vec<Letter> {
        let mut letters = self.letters();
        letters.retain(|letter| letter.to == address);
        letters
    }

    /// Waits until somebody has a letter; gives it.
    pub fn letter_to(&self, address: &str) -> Letter {
        until(&format!("{address} has a letter"), || {
            self.letters_to(address).into_iter().next_back()
        })
    }

    /// The register as its journal tells it, also beside a running daemon.
    pub fn register(&self) -> Snapshot {
        Register::read_only(&self.state()).unwrap()
    }

    /// Name and state of everybody in a session, in order of registration.
    pub fn people(&self, session: &str) -> Vec<(String, String)> {
        use guichet::register::Query as _;
        let roll = self.register().roll(&session.into_id()).unwrap();
        roll.registrations
            .iter()
            .map(|r| {
                let name = r.person.clone().map(|p| p.name).unwrap_or_default();
                let state = serde_json::to_value(r.state).unwrap();
                (name, state.as_str().unwrap().to_owned())
            })
            .collect()
    }
}

/// A session's id from its word.
pub trait IntoId {
    fn into_id(self) -> guichet::core::catalogue::SessionId;
}

impl IntoId for &str {
    fn into_id(self) -> guichet::core::catalogue::SessionId {
        guichet::core::catalogue::SessionId(self.to_owned())
    }
}

/// Files below a folder, relative to it, sorted; `tmp` left out.
pub fn files_in(folder: &Path) -> Vec<String> {
    fn walk(at: &Path, root: &Path, found: &mut Vec<String>) {
        let Ok(entries) = fs::read_dir(at) else {
            return;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tmp") {
                    walk(&path, root, found);
                }
            } else {
                let shown = path.strip_prefix(root).unwrap().display().to_string();
                found.push(shown);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// The day of the sessions: in a month.
pub fn day() -> Date {
    paris(now()).date().checked_add(30.days()).unwrap()
}

/// An instant as the clocks of the organisation show it.
pub fn paris(at: Timestamp) -> ZonedDateTime {
    at.to_zoned_datetime(TimeZone::get("Europe/Paris").unwrap())
}

/// A date as people write it: « 3 octobre 2017 ».
pub fn in_words(date: Date) -> String {
    let months = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let month = months[usize::try_from(date.month()).unwrap() - 1];
    format!("{} {month} {}", date.day(), date.year())
}

/// A name that is another for each number: « Camille Durbaol ».
pub fn name_of(number: u32) -> String {
    let letter = |n: u32| char::from(b'a' + u8::try_from(n % 26).unwrap());
    format!("Camille Dur{}{}ol", letter(number), letter(number / 26))
}

/// A mail of a participant.
#[derive(Debug, Clone)]
pub struct Mail {
    pub name: String,
    pub from: String,
    pub subject: String,
    pub id: String,
    pub text: String,
    /// More header lines, each with its line end.
    pub more: String,
}

impl Mail {
    /// « Merci de m'inscrire … (niveau 3) », signed.
    pub fn registration(name: &str, from: &str) -> Mail {
        let date = in_words(day());
        Mail {
            name: name.to_owned(),
            from: from.to_owned(),
            subject: "Inscription".to_owned(),
            id: format!("{}@mail.example", from.replace('@', ".at.")),
            text: format!(
                "Bonjour,\n\nMerci de m'inscrire à la webconférence du {date} (niveau 3).\n\n\
                 Cordialement,\n{name}\nCommunauté de communes des Hauts\n04 70 00 00 01\n"
            ),
            more: String::new(),
        }
    }

    /// Any other mail.
    pub fn other(name: &str, from: &str, subject: &str, text: &str) -> Mail {
        Mail {
            subject: subject.to_owned(),
            text: text.to_owned(),
            ..Mail::registration(name, from)
        }
    }

    pub fn bytes(&self, received: Timestamp) -> Vec<u8> {
        let date = jiff::fmt::rfc2822::to_string(&paris(received)).unwrap();
        let Mail {
            name,
            from,
            subject,
            id,
            text,
            more,
        } = self;
        format!(
            "Return-Path: <{from}>\r\n\
             Received: from mail.example by mx.asso-exemple.example with ESMTPS id 1; {date}\r\n\
             From: \"{name}\" <{from}>\r\nTo: {CONTACT}\r\nSubject: {subject}\r\nDate: {date}\r\n\
             Message-ID: <{id}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n{more}\r\n{}",
            text.replace('\n', "\r\n")
        )
        .into_bytes()
    }
}

/// A letter as written.
#[derive(Debug, Clone)]
pub struct Letter {
    pub file: PathBuf,
    pub bytes: Vec<u8>,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub id: String,
    pub in_reply_to: Option<String>,
    pub date: i64,
}

impl Letter {
    pub fn read(file: &Path) -> Letter {
        Letter::parse(file, fs::read(file).unwrap())
    }

    pub fn parse(file: &Path, bytes: Vec<u8>) -> Letter {
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let to = mail.to().unwrap().first().unwrap();
        Letter {
            file: file.to_owned(),
            to: to.address().unwrap().to_owned(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: mail.body_text(0).unwrap_or_default().into_owned(),
            id: mail.message_id().unwrap().to_owned(),
            in_reply_to: mail.in_reply_to().as_text().map(str::to_owned),
            date: mail.date().unwrap().to_timestamp(),
            bytes: bytes.clone(),
        }
    }
}

/// A running daemon; killed when dropped.
pub struct Daemon {
    child: Option<Child>,
    log: PathBuf,
    pub started: Timestamp,
}

impl Daemon {
    /// Starts one; its log goes to a file.
    pub fn start(stage: &Stage, mut command: Command) -> Daemon {
        let number = stage.next.replace(stage.next.get() + 1);
        let log = stage.path(&format!("log-{number}"));
        let started = now() - SignedDuration::from_millis(1);
        let child = command
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Daemon {
            child: Some(child),
            log,
            started,
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits for a line in its log.
    pub fn says(&self, words: &str) {
        until(&format!("the log says {words:?}"), || {
            self.log().contains(words).then_some(())
        });
    }

    /// Asks it to stop, as systemd does; gives exit code and log.
    pub fn stop(mut self) -> Said {
        let child = self.child.take().unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
        self.ended(child)
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) -> Said {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        self.ended(child)
    }

    /// Waits until it ends by itself.
    pub fn end(mut self) -> Said {
        let child = self.child.take().unwrap();
        self.ended(child)
    }

    fn ended(&self, mut child: Child) -> Said {
        let status = until("the daemon ends", || child.try_wait().unwrap());
        Said {
            code: status.code(),
            out: String::new(),
            err: self.log(),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            terminate(child);
        }
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
    }
}
