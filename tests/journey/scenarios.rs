//! Whole scenarios through the running daemon on real servers: a Dovecot that keeps the mailbox, a Postfix that
//! takes the answers to everybody's own mailbox; only the clock is ours, so that days pass at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use guichet::clock::Clock;
use guichet::config::{Config, Current};
use guichet::core::delivery::Delivery;
use guichet::core::entry::{Body, Place};
use guichet::daemon::{self, End, mailbox_name, open_post};
use guichet::folder::OldMail;
use guichet::health::Health;
use guichet::house::House;
use guichet::live::{Live, Rules};
use guichet::register::{LetterKind, OutboxFilter, Query as _, Register};
use guichet::render::Renderer;
use guichet::smtp::Carrier;
use guichet::wake::Wake;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::scenario::{Scenario, judge, list, open, prepare, shared_scenarios, text};
use crate::servers::{Servers, write_secret};
use crate::stage::{Letter, files_in, paris};
use crate::support::PASSWORD;

/// How long one mail may take through everything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where digests go: not into the mailbox, whose UIDs count the scenario's mails.
const ORGANISER: &str = "organisatrice@voisine.test";

/// A daemon under way, with a clock that we set.
struct Running {
    house: Arc<House>,
    wake: Wake,
    stop: tokio::sync::watch::Sender<bool>,
    ended: tokio::task::JoinHandle<End>,
}

impl Running {
    async fn start(config: &std::path::Path, at: Timestamp) -> Running {
        let config = Config::load(config).unwrap();
        let current = Current::load(&config).unwrap();
        let source = config.source.clone().unwrap();
        let carrier = Carrier::new(&config.transport.clone().unwrap());
        let (register, _) = Register::open(&config.state, at).unwrap();
        let house = Arc::new(House {
            urgent: Default::default(),
            mailbox: mailbox_name(&source),
            health: Arc::new(Health::new(&config.state)),
            register,
            clock: Clock::stepped(at),
            live: Live::new(Rules {
                catalogue: current.loaded.catalogue,
                members: current.members,
                renderer: Arc::new(Renderer::new(None).unwrap()),
                config,
            }),
        });
        let wake = Wake::default();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (post, filing) = (open_post(&source), open_post(&source));
        let run = daemon::run(house.clone(), post, filing, carrier, wake.clone(), stopped);
        let ended = tokio::spawn(run);
        let running = Running {
            house,
            wake,
            stop,
            ended,
        };
        let began = || running.house.register.watch_began("INBOX").unwrap();
        running
            .until("the watch begins", || began().is_some())
            .await;
        running
    }

    async fn until(&self, what: &str, so: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !so() {
            assert!(Instant::now() < end, "waited in vain until {what}");
            assert!(!self.ended.is_finished(), "the daemon ended");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sets the clock; what is due by then is done, sent and filed.
    async fn at(&self, at: Timestamp) {
        self.house.clock.step_to(at);
        self.wake.both();
        let register = &self.house.register;
        let done = |next: Option<Timestamp>| next.is_none_or(|next| next > at);
        let quiet = || {
            let filed = register.to_file(1).unwrap().is_empty();
            let due = self.house.next_due_at().unwrap();
            filed && done(due) && done(register.next_letter_at().unwrap())
        };
        self.until("all that is due is done", quiet).await;
    }

    async fn end(self) -> Arc<House> {
        self.stop.send_replace(true);
        assert!(matches!(self.ended.await.unwrap(), End::Done));
        self.house
    }
}

/// Puts a scenario's configuration on the servers, and gives everybody who is named in it a mailbox.
fn set_up(
    servers: &Servers,
    scenario: &Scenario,
    expected: &Value,
    work: &std::path::Path,
) -> BTreeSet<String> {
    prepare(scenario, expected, work);
    let mut people = BTreeSet::from([scenario.address.clone(), ORGANISER.to_owned()]);
    for mail in list(expected, "mails") {
        let bytes = std::fs::read(scenario.folder.join(text(mail, "file"))).unwrap();
        // a soft line break of quoted-printable may stand inside an address (RFC 2045 §6.7)
        let words = String::from_utf8_lossy(&bytes)
            .replace("=\r\n", "")
            .replace(['<', '>', '"', ',', ';', '(', ')', ':'], " ");
        let addresses = words
            .split_whitespace()
            .filter(|word| word.contains('@') && word.ends_with(".example"));
        people.extend(addresses.map(str::to_lowercase));
    }
    servers.dovecot.add_users(people.iter().map(String::as_str));
    write_secret(&work.join("secret"), PASSWORD);
    let (address, ca) = (
        &scenario.address,
        servers.dovecot.ca_file().display().to_string(),
    );
    let text = format!(
        "sessions = \"sessions\"\nstate = \"state\"\nmode = \"live\"\n\
         [mailbox]\naddress = \"{address}\"\n[human]\nname = \"Marine Rouchouse\"\nphone = \"04 70 00 00 00\"\n\
         [privacy]\ntext = \"Vos coordonnées restent chez nous.\"\n[digest]\nto = [\"{ORGANISER}\"]\n\
         [imap]\nhost = \"localhost\"\nport = {}\nprotection = \"tls\"\nca_file = \"{ca}\"\npassword_file = \"secret\"\n\
         [smtp]\nhost = \"localhost\"\nport = {}\nprotection = \"starttls\"\nca_file = \"{ca}\"\n\
         user = \"{address}\"\npassword_file = \"secret\"\n",
        servers.dovecot.imaps_port(),
        servers.postfix.submission_port(),
    );
    std::fs::write(work.join("guichet.toml"), text).unwrap();
    people
}

async fn plays(number: &str) {
    let Some(scenarios) = shared_scenarios() else {
        eprintln!("SKIPPED: there is no shared folder beside the project");
        return;
    };
    let Some(servers) = Servers::start() else {
        return;
    };
    let named = |s: &&Scenario| s.name("shared").starts_with(&format!("shared/{number}-"));
    let scenario = scenarios.iter().find(named).unwrap();
    let expected = scenario.expected();
    let work = tempfile::tempdir().unwrap();
    let people = set_up(&servers, scenario, &expected, work.path());
    let mails: Vec<OldMail> = list(&expected, "mails")
        .into_iter()
        .map(|mail| OldMail {
            name: text(mail, "file").to_owned(),
            received: text(mail, "received").parse().unwrap(),
            bytes: std::fs::read(scenario.folder.join(text(mail, "file"))).unwrap(),
        })
        .collect();
    let first = mails[0].received - SignedDuration::from_mins(1);
    let running = Running::start(&work.path().join("guichet.toml"), first).await;
    let mut client = servers.dovecot.client(&scenario.address);
    for (index, mail) in mails.iter().enumerate() {
        while let Some(due) = running
            .house
            .next_due_at()
            .unwrap()
            .filter(|due| *due < mail.received)
        {
            running.at(due).await;
        }
        running.house.clock.step_to(mail.received);
        let received = paris(mail.received)
            .strftime("\"%d-%b-%Y %H:%M:%S %z\" ")
            .to_string();
        client.append_at("INBOX", &received, &mail.bytes);
        let uid = u32::try_from(index + 1).unwrap();
        let walked = || {
            running
                .house
                .register
                .cursor("INBOX")
                .unwrap()
                .is_some_and(|c| c.uid_next > uid)
        };
        running
            .until(&format!("{} is walked", mail.name), walked)
            .await;
        running.at(mail.received).await;
    }
    while let Some(end) = running.house.register.next_pause_end().unwrap() {
        running.at(end.max(running.house.clock.now())).await;
    }
    let house = running.end().await;
    arrived(&servers, &house, &people);
    report(scenario, &expected, &house, &mails);
}

/// What the register says was accepted lies in its receiver's own mailbox, once, and nothing else does; the
/// mail it answers is flagged, and a copy lies in Sent.
fn arrived(servers: &Servers, house: &House, people: &BTreeSet<String>) {
    let rows = house.register.outbox(OutboxFilter::All).unwrap();
    let accepted = |token| {
        house.register.entries(0).map(Result::unwrap).any(|entry| {
            matches!(&entry.body, Body::Outcome { letter, delivery: Delivery::Accepted { .. }, .. } if letter == token)
        })
    };
    let replies: Vec<_> = rows
        .iter()
        .filter(|row| row.kind == LetterKind::Reply && accepted(&row.owed.token))
        .collect();
    let mut owed: Vec<String> = replies
        .iter()
        .map(|row| format!("{}@guichet.caprural.org", row.owed.token.0))
        .collect();
    owed.sort();
    // The server delivers in its own time what it has taken; what is more than owed is there by then.
    let end = Instant::now() + PATIENCE;
    let there = || {
        let people = people.iter().filter(|person| person.ends_with(".example"));
        let letters = people.flat_map(|person| servers.inbox(person));
        let mut ids: Vec<String> = letters.map(|letter: Letter| letter.id).collect();
        ids.sort();
        ids
    };
    while there().len() < owed.len() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(there(), owed, "the letters that arrived");
    let own = servers.dovecot.maildir("europe.devrural@caprural.org");
    let sent = files_in(&own)
        .iter()
        .filter(|file| file.starts_with(".Sent/cur"))
        .count();
    let digests = rows
        .iter()
        .filter(|row| row.kind != LetterKind::Reply && accepted(&row.owed.token))
        .count(); // one that fell due as the daemon ended is owed still
    assert_eq!(sent, replies.len() + digests, "copies in Sent");
    let answered: BTreeSet<_> = replies
        .iter()
        .filter_map(|row| row.owed.answers.clone())
        .collect();
    let mut client = servers.dovecot.client("europe.devrural@caprural.org");
    let flagged = client
        .flags("INBOX")
        .iter()
        .filter(|line| line.contains("\\Answered"))
        .count();
    assert_eq!(flagged, answered.len(), "mails flagged as answered");
}

/// The same lines as a rehearsal's, compared in the same way.
fn report(scenario: &Scenario, expected: &Value, house: &House, mails: &[OldMail]) {
    let name_of = |place: &Place| match place {
        Place::Imap { mailbox, uid, .. } if mailbox == "INBOX" => {
            let mail = mails.get(usize::try_from(*uid).unwrap() - 1);
            mail.map(|mail| mail.name.clone())
        }
        _ => None,
    };
    let lines = guichet::cli::report::lines(house, name_of, mails).unwrap();
    let lines: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(&line.json()).unwrap())
        .collect();
    let end = serde_json::to_value(guichet::cli::report::finals(house).unwrap()).unwrap();
    let (right, all, faults) = judge(expected, &lines, &end);
    let name = scenario.name("shared");
    println!("{name} on real servers: {right}/{all} mails");
    match open().get(&name) {
        None => assert!(faults.is_empty(), "{name}: {}", faults.join("\n")),
        Some(why) => println!("    OPEN: {why}: {}", faults.join("; ")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_session_and_its_waiting_list_on_real_servers() {
    plays("01").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_promoted_together_on_real_servers() {
    plays("03b").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replacements_when_full_on_real_servers() {
    plays("05").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mixed_day_on_real_servers() {
    plays("06").await;
}
