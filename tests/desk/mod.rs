//! A desk for tests: a Maildir with its Sent, a register, a stepped clock, and mails.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::path::PathBuf;
use std::time::Duration;

use guichet::clock::Clock;
use guichet::config::{Config, Current, MaildirSettings};
use guichet::core::catalogue::SessionId;
use guichet::core::decision::organiser::{Line, Transcript};
use guichet::core::entry::*;
use guichet::core::reply::{Letter, Reply, Status};
use guichet::core::roll::*;
use guichet::intake::Intake;
use guichet::live::{Live, Rules};
use guichet::maildir::Maildir;
use guichet::register::*;
use guichet::render::Renderer;
use jiff::{SignedDuration, Timestamp};

pub const MAILBOX: &str = "contact@trois-ponts.example";

pub struct Desk {
    pub folder: tempfile::TempDir,
    pub live: Live,
    pub register: Register,
    pub clock: Clock,
    pub maildir: Maildir,
    runtime: tokio::runtime::Runtime,
    mails: u32,
}

fn session(id: &str, title: &str, day: &str, capacity: u32, until: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = \"{title}\"\nwhen = [{{ from = {day}T09:30:00, to = {day}T17:00:00 }}]\n\
         timezone = \"Europe/Paris\"\nplace = \"Lempdes\"\nonline = false\ncapacity = {capacity}\n\
         register_until = {until}\nmembership = \"none\"\n"
    )
}

impl Desk {
    /// Two sessions: `atelier` with two seats, `bilan` with three; it is 14 September 2026, 10 h.
    pub fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::create_dir_all(path.join("sessions")).unwrap();
        std::fs::write(
            path.join("guichet.toml"),
            format!(
                "sessions = \"sessions\"\nmode = \"live\"\n[mailbox]\naddress = \"{MAILBOX}\"\n"
            ),
        )
        .unwrap();
        std::fs::write(
            path.join("sessions/atelier.toml"),
            session(
                "atelier",
                "Animer un atelier",
                "2026-10-06",
                2,
                "2026-09-30",
            ),
        )
        .unwrap();
        std::fs::write(
            path.join("sessions/bilan.toml"),
            session("bilan", "Dresser un bilan", "2026-11-12", 3, "2026-11-01"),
        )
        .unwrap();
        for sub in ["new", "cur", "tmp"] {
            std::fs::create_dir_all(path.join("mail").join(sub)).unwrap();
            std::fs::create_dir_all(path.join("sent").join(sub)).unwrap();
        }
        let mut desk = Desk::open(folder);
        desk.walk(); // the watch begins
        desk
    }

    fn open(folder: tempfile::TempDir) -> Desk {
        let path = folder.path();
        let config = Config::load(&path.join("guichet.toml")).unwrap();
        let current = Current::load(&config).unwrap();
        let clock = Clock::stepped("2026-09-14T08:00:00Z".parse().unwrap());
        let (register, _) = Register::open(&path.join("state"), clock.now()).unwrap();
        let sessions = current.loaded.catalogue.sessions.clone();
        if register.catalogue().unwrap().is_empty() {
            let body = Body::Catalogue {
                sessions,
                vanished: vec![],
                frozen: vec![],
            };
            register.append_synced(clock.now(), fact(body)).unwrap();
        }
        let live = Live::new(Rules {
            config,
            catalogue: current.loaded.catalogue,
            members: current.members,
            #[allow(clippy::useless_conversion)]
            renderer: Renderer::new(None).unwrap().into(),
        });
        let maildir = Maildir::new(MaildirSettings {
            path: path.join("mail"),
            sent: path.join("sent"),
            copy_to_sent: true,
            move_to: None,
            poll: Duration::from_secs(60),
        });
        Desk {
            live,
            register,
            clock,
            maildir,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            mails: 0,
            folder,
        }
    }

    /// The same desk after a restart.
    pub fn reopened(self) -> Desk {
        let Desk {
            folder,
            register,
            clock,
            mails,
            ..
        } = self;
        register.close().unwrap();
        let mut desk = Desk::open(folder);
        desk.clock.step_to(clock.now());
        desk.mails = mails;
        desk
    }

    pub fn intake(&self) -> Intake<'_> {
        Intake {
            live: &self.live,
            register: &self.register,
            clock: &self.clock,
        }
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn later(&self, by: SignedDuration) {
        self.clock.step_to(self.clock.now() + by);
    }

    /// Walks what is new and does what is due.
    pub fn walk(&mut self) {
        let intake = Intake {
            live: &self.live,
            register: &self.register,
            clock: &self.clock,
        };
        let maildir = &mut self.maildir;
        self.runtime.block_on(async {
            intake.drain(maildir, "INBOX").await.unwrap();
            while !intake.due().await.unwrap().is_empty() {}
        });
    }

    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The organiser enters a session: its file, the rules in force, the entry.
    pub fn enters(&mut self, id: &str, title: &str, day: &str, capacity: u32, until: &str) {
        let path = self.folder.path();
        let file = path.join("sessions").join(format!("{id}.toml"));
        std::fs::write(file, session(id, title, day, capacity, until)).unwrap();
        self.takes_up();
    }

    /// Takes up the session files as they are.
    pub fn takes_up(&mut self) {
        let rules = self.live.rules();
        let current = Current::load(&rules.config).unwrap();
        let rows = self.register.catalogue().unwrap();
        let recorded: Vec<_> = rows.into_iter().filter(|row| !row.vanished).collect();
        let before: Vec<_> = recorded.into_iter().map(|row| row.session).collect();
        let sessions = &current.loaded.catalogue.sessions;
        let change = guichet::core::catalogue_change::diff(&before, sessions);
        let body = Body::Catalogue {
            sessions: change.new.into_iter().chain(change.changed).collect(),
            vanished: change.vanished,
            frozen: vec![],
        };
        self.live.replace(Rules {
            config: rules.config.clone(),
            catalogue: current.loaded.catalogue,
            members: current.members,
            renderer: rules.renderer.clone(),
        });
        self.register
            .append_synced(self.clock.now(), fact(body))
            .unwrap();
    }

    /// A mail lies in the mailbox and is not walked yet; gives its file.
    pub fn lies(&mut self, bytes: &str) -> PathBuf {
        self.later(SignedDuration::from_mins(1));
        self.put("mail", bytes);
        let name = format!("{:06}.desk", self.mails);
        self.folder.path().join("mail/new").join(name)
    }

    fn put(&mut self, folder: &str, bytes: &str) {
        self.mails += 1;
        let name = format!("{:06}.desk", self.mails);
        let path = self.folder.path().join(folder).join("new").join(&name);
        std::fs::write(&path, bytes).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let at = self.clock.now().as_second();
        let time = std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(at).unwrap());
        file.set_modified(time).unwrap();
    }

    /// A mail arrives and is walked.
    pub fn arrives(&mut self, bytes: &str) {
        self.later(SignedDuration::from_mins(1));
        self.put("mail", bytes);
        self.walk();
    }

    /// A mail lies in Sent and is walked.
    pub fn sent(&mut self, bytes: &str) {
        self.later(SignedDuration::from_mins(1));
        self.put("sent", bytes);
        self.walk();
    }

    /// Somebody asks for a seat.
    pub fn asks(&mut self, name: &str, email: &str, session: &str) {
        let title = match session {
            "atelier" => "Animer un atelier",
            _ => "Dresser un bilan",
        };
        let text = format!(
            "Bonjour,\n\nJe souhaite m'inscrire à la formation « {title} ».\n\nCordialement,\n{name}\n"
        );
        self.arrives(&mail(name, email, MAILBOX, "Inscription", &text, ""));
    }

    /// A digest that shows these entries as items, as its letter's Message-ID.
    pub fn digest(&mut self, items: &[u64]) -> String {
        let token = Token(format!("{:032x}", 0xd1_9e57_u64 + u64::from(self.mails)));
        let owed = Owed {
            token: token.clone(),
            letter: 0,
            status: Status::None,
            cause_at: self.clock.now(),
            due_at: self.clock.now(),
            registrations: vec![],
            answers: None,
            hold: None,
        };
        let body = Body::Digest {
            date: "2026-09-14".parse().unwrap(),
            to_entry: self.register.last_entry().unwrap(),
            owed: vec![owed],
            items: items.to_vec(),
        };
        self.register
            .append_synced(self.clock.now(), fact(body))
            .unwrap();
        format!("{}@guichet.trois-ponts.example", token.0)
    }

    /// The entries that wait for the human.
    pub fn items(&self) -> Vec<u64> {
        let open = self.register.open_items().unwrap();
        open.into_iter().map(|item| item.entry).collect()
    }

    pub fn registrations(&self, session: &str) -> Vec<(String, State)> {
        let roll = self.register.roll(&SessionId(session.into())).unwrap();
        roll.registrations
            .iter()
            .map(|r| (r.person.clone().unwrap_or_default().name, r.state))
            .collect()
    }

    pub fn state_of(&self, name: &str, session: &str) -> Option<State> {
        let all = self.registrations(session);
        let found = all.into_iter().rev().find(|(n, _)| n == name);
        found.map(|(_, state)| state)
    }

    /// All letters to participants recorded after an entry, that are not replaced.
    pub fn replies(&self, after: u64) -> Vec<(Reply, OutboxRow)> {
        let rows = self.register.outbox(OutboxFilter::All).unwrap();
        rows.into_iter()
            .filter(|row| row.entry > after && row.state != LetterState::Superseded)
            .filter_map(|row| match row.letter.clone() {
                Some(Letter::Reply(reply)) => Some((*reply, row)),
                _ => None,
            })
            .collect()
    }

    /// Who is written what after an entry.
    pub fn told(&self, after: u64) -> Vec<(String, Status)> {
        let replies = self.replies(after).into_iter();
        replies
            .map(|(reply, _)| (reply.to.email.clone(), reply.status))
            .collect()
    }

    pub fn transcripts(&self) -> Vec<(Transcript, OutboxRow)> {
        let rows = self.register.outbox(OutboxFilter::All).unwrap();
        rows.into_iter()
            .filter_map(|row| match row.letter.clone() {
                Some(Letter::Transcript { transcript, .. }) => Some((*transcript, row)),
                _ => None,
            })
            .collect()
    }

    pub fn last_lines(&self) -> Vec<Line> {
        self.transcripts()
            .pop()
            .map(|(t, _)| t.lines)
            .unwrap_or_default()
    }

    /// The Message-ID of the last transcript.
    pub fn last_transcript_id(&self) -> String {
        let (_, row) = self.transcripts().pop().unwrap();
        format!("{}@guichet.trois-ponts.example", row.owed.token.0)
    }

    pub fn last_entry(&self) -> u64 {
        self.register.last_entry().unwrap()
    }

    /// The entries after a number.
    pub fn entries(&self, after: u64) -> Vec<Entry> {
        self.register.entries(after).map(Result::unwrap).collect()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A plain mail; `more` are further header lines, each with its line end.
pub fn mail(name: &str, email: &str, to: &str, subject: &str, text: &str, more: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let message_id = if more.to_lowercase().contains("message-id:") {
        String::new()
    } else {
        format!("Message-ID: <mail-{number}@test.example>\n")
    };
    let date = if more.to_lowercase().contains("date:") {
        String::new()
    } else {
        "Date: Mon, 14 Sep 2026 10:00:00 +0200\n".to_owned()
    };
    format!(
        "From: {name} <{email}>\nTo: {to}\nSubject: {subject}\n{date}{message_id}{more}\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}"
    )
}

/// The organiser's mail to the mailbox itself, answering a letter if one is named.
pub fn word(text: &str, answers: Option<&str>) -> String {
    let more = answers.map_or(String::new(), |id| {
        format!("In-Reply-To: <{id}>\nReferences: <{id}>\n")
    });
    mail(
        "Claire Aubert",
        MAILBOX,
        MAILBOX,
        "Re: guichet",
        text,
        &more,
    )
}
