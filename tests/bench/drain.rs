//! Draining a full mailbox, against what its two servers allow.
//!
//! The watch begins on an empty Dovecot mailbox, generated mails are put in, `guichet run --once` drains them and
//! answers each to a null SMTP server. In the same run stand (a) a client that only fetches the same mailbox in
//! the same batches and (b) Postfix's own load generator sending as many messages of the same size to the same
//! null server; what counts is the ratio to the slower of the two. `GUICHET_DRAIN` sets the number of mails (10,000).
//! Needs root and the packages of `tests/install`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::disallowed_methods
)]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{CONTACT, Dovecot, PASSWORD, PEOPLE, available, free_port, until};

/// Mails in one FETCH, as guichet fetches them.
const BATCH: usize = 50;

/// What the sessions are about; each is one session.
const TOPICS: [&str; 40] = [
    "Comptabilité associative",
    "Taille des arbres fruitiers",
    "Premiers secours",
    "Photographie de nuit",
    "Droit du travail",
    "Conduite de réunion",
    "Poterie au tour",
    "Apiculture douce",
    "Lecture à voix haute",
    "Gestion des conflits",
    "Cartographie libre",
    "Vannerie d'osier",
    "Accueil du public",
    "Reliure japonaise",
    "Maçonnerie à la chaux",
    "Écriture de scénario",
    "Compostage collectif",
    "Animation d'ateliers",
    "Réparation de vélos",
    "Budget participatif",
    "Chant choral",
    "Permaculture urbaine",
    "Couture créative",
    "Montage vidéo",
    "Botanique alpine",
    "Cuisine végétale",
    "Secrétariat moderne",
    "Marionnettes à fils",
    "Énergie solaire",
    "Tutorat bénévole",
    "Sérigraphie textile",
    "Astronomie amateur",
    "Ferronnerie d'art",
    "Médiation familiale",
    "Sonorisation de salle",
    "Archives communales",
    "Escalade encadrée",
    "Phytothérapie",
    "Restauration de meubles",
    "Billetterie solidaire",
];

const GIVEN: [&str; 20] = [
    "Julie", "Paul", "Anne", "Hélène", "Marc", "Sophie", "Luc", "Claire", "Denis", "Élodie",
    "Hugo", "Nadia", "Yves", "Marie", "Karim", "Zoé", "Alain", "Inès", "Gérard", "Fatou",
];

const FAMILY: [&str; 25] = [
    "Martin",
    "Bernard",
    "Petit",
    "Moreau",
    "Lefèvre",
    "Garnier",
    "Faure",
    "Rousseau",
    "Blanchard",
    "Guérin",
    "Muller",
    "Perrin",
    "Morin",
    "Dumas",
    "Fontaine",
    "Chevalier",
    "Robin",
    "Masson",
    "Sanchez",
    "Gérard",
    "Nguyen",
    "Boyer",
    "Denis",
    "Lemaire",
    "Duval",
];

fn main() {
    if !available() {
        return;
    }
    let count: usize = std::env::var("GUICHET_DRAIN").map_or(10_000, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let sink = Sink::start(dir.path());

    // With copies in Sent, on a tenth of the mails and another account: what they cost, and how long a letter is.
    let few = (count / 10).max(1);
    let copied = Account::new(dir.path(), &dovecot, &sink, PEOPLE[0], true);
    copied.begin();
    copied.fill(few);
    let with_copies = copied.drain();
    let letters = sent_letters(&dovecot, PEOPLE[0]);
    assert_eq!(letters.len(), few, "one copy a reply");
    let letter_bytes = letters.iter().sum::<u64>() / letters.len() as u64;
    let plain = Account::new(dir.path(), &dovecot, &sink, PEOPLE[1], false);
    plain.begin();
    plain.fill(few);
    let without_copies = plain.drain();

    let account = Account::new(dir.path(), &dovecot, &sink, CONTACT, false);
    account.begin();
    account.fill(count);
    let mail_bytes = fetch_only(&dovecot, CONTACT).1 / count as u64; // also warms the cache for both
    let (fetching, _) = fetch_only(&dovecot, CONTACT);
    let drained = account.drain();
    let (fetching_after, _) = fetch_only(&dovecot, CONTACT);
    let sending = sink.load(count, letter_bytes);
    let answered = dovecot
        .client(CONTACT)
        .flags("INBOX")
        .iter()
        .filter(|line| line.contains("\\Answered"))
        .count();
    assert_eq!(answered, count, "each mail is answered");

    let fetching = fetching.min(fetching_after);
    let slower = fetching.max(sending);
    let each = |time: Duration| time.as_secs_f64() * 1e3 / count as f64;
    println!(
        "{count} mails of {mail_bytes} bytes, replies of {letter_bytes} bytes, batches of {BATCH}"
    );
    println!(
        "drain            {:8.3} ms a mail, {:.2} s",
        each(drained.wall),
        drained.wall.as_secs_f64()
    );
    println!("(a) only fetch   {:8.3} ms a mail", each(fetching));
    println!("(b) only send    {:8.3} ms a mail", each(sending));
    println!(
        "ratio to the slower of the two: {:.2}",
        drained.wall.as_secs_f64() / slower.as_secs_f64()
    );
    println!("CPU of guichet   {:8.3} ms a mail", each(drained.cpu));
    println!(
        "peak memory      {:8.1} MB",
        drained.peak_kib as f64 / 1024.0
    );
    let extra =
        (with_copies.wall.as_secs_f64() - without_copies.wall.as_secs_f64()) * 1e3 / few as f64;
    println!("a copy in Sent costs {extra:.3} ms more a mail ({few} mails)");
}

/// One account with its own state folder and configuration.
struct Account {
    dir: PathBuf,
    maildir: PathBuf,
    user: String,
}

/// What a run took.
struct Took {
    wall: Duration,
    cpu: Duration,
    peak_kib: u64,
}

impl Account {
    fn new(dir: &Path, dovecot: &Dovecot, sink: &Sink, user: &str, copy: bool) -> Account {
        let own = dir.join(format!("guichet-{}", user.split('@').next().unwrap()));
        fs::create_dir_all(own.join("sessions")).unwrap();
        for (index, topic) in TOPICS.iter().enumerate() {
            let session = format!(
                "id = \"s{index}\"\ntitle = \"{topic}\"\nwhen = [{{ from = {date}T09:00:00, to = {date}T17:00:00 }}]\n\
                 timezone = \"Europe/Paris\"\nplace = \"Lyon\"\nonline = false\ncapacity = 100000\nmembership = \"none\"\n",
                date = day(index)
            );
            fs::write(own.join(format!("sessions/s{index}.toml")), session).unwrap();
        }
        let password = own.join("password");
        fs::write(&password, PASSWORD).unwrap();
        fs::set_permissions(&password, PermissionsExt::from_mode(0o600)).unwrap();
        let config = format!(
            "sessions = \"sessions\"\nmode = \"live\"\nstate = \"state\"\n\
             [mailbox]\naddress = \"{user}\"\norganisation = \"Exemple\"\n\
             [privacy]\ntext = \"Vos coordonnées servent à organiser cette session.\"\n\
             [imap]\nhost = \"127.0.0.1\"\nport = {}\nprotection = \"none\"\npassword_file = \"password\"\ncopy_to_sent = {copy}\n\
             [smtp]\nhost = \"127.0.0.1\"\nport = {}\nprotection = \"none\"\n\
             [policy]\nreplies_an_hour = 100000\nregistrations_flood = 100000\n",
            dovecot.imap_port(),
            sink.port,
        );
        fs::write(own.join("guichet.toml"), config).unwrap();
        Account {
            dir: own,
            maildir: dovecot.maildir(user),
            user: user.to_owned(),
        }
    }

    /// The watch begins on the empty mailbox.
    fn begin(&self) {
        self.drain();
    }

    /// Puts mails in, as a delivery agent would.
    fn fill(&self, count: usize) {
        use std::os::unix::fs::MetadataExt;
        let owner = fs::metadata(&self.maildir).unwrap();
        for n in 0..count {
            let path = self.maildir.join(format!("new/{n:06}.bench.guichet"));
            fs::write(&path, mail(n, &self.user)).unwrap();
            std::os::unix::fs::chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
    }

    /// Runs `guichet run --once`, which must succeed.
    fn drain(&self) -> Took {
        let log = fs::File::create(self.dir.join("log")).unwrap();
        let begin = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_guichet"))
            .args(["run", "--once", "--config"])
            .arg(self.dir.join("guichet.toml"))
            .env("GUICHET_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let (wall, cpu, peak_kib) = observe(&child, begin);
        let status = child.wait().unwrap();
        let log = fs::read_to_string(self.dir.join("log")).unwrap();
        let tail = log.get(log.len().saturating_sub(2000)..).unwrap_or(&log);
        assert!(status.success(), "{status}: {tail}");
        Took {
            wall,
            cpu,
            peak_kib,
        }
    }
}

/// Looks at a child until it has ended and before it is waited for: its CPU time stands in /proc until then.
fn observe(child: &Child, begin: Instant) -> (Duration, Duration, u64) {
    let proc = PathBuf::from(format!("/proc/{}", child.id()));
    let mut peak = 0;
    loop {
        let stat = fs::read_to_string(proc.join("stat")).unwrap();
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .unwrap()
            .1
            .split_whitespace()
            .collect();
        if fields[0] == "Z" {
            let wall = begin.elapsed();
            let ticks: u64 =
                fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
            return (wall, Duration::from_millis(ticks * 10), peak);
        }
        let status = fs::read_to_string(proc.join("status")).unwrap_or_default();
        let now = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|text| text.split_whitespace().next()?.parse().ok());
        peak = peak.max(now.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The day of a session, far enough ahead for any clock.
fn day(index: usize) -> String {
    format!("2099-{:02}-{:02}", index % 12 + 1, index % 28 + 1)
}

fn mail(n: usize, to: &str) -> String {
    let topic = TOPICS[n % TOPICS.len()];
    let given = GIVEN[n / 7 % GIVEN.len()];
    let family = FAMILY[n / 11 % FAMILY.len()];
    let local = format!("personne{n}");
    let words = format!(
        "Bonjour,\n\nJe souhaite m'inscrire à la formation « {topic} ».\n\nBien cordialement,\n\n{given} {family}\nAssociation du Val {n}\n04 75 {:02} {:02} {:02}\n",
        n % 100,
        n / 100 % 100,
        n / 3 % 100
    );
    format!(
        "Return-Path: <{local}@val{n}.example>\nDelivered-To: {to}\n\
         Received: from mx.val{n}.example (mx.val{n}.example [192.0.2.7])\n\tby mail.guichet.test (Postfix) with ESMTPS id {n:08X}\n\tfor <{to}>; {date}\n\
         Date: {date}\nFrom: =?utf-8?q?{}_{}?= <{local}@val{n}.example>\nTo: {to}\nSubject: =?utf-8?q?Inscription?=\n\
         Message-ID: <{n}.{local}@val{n}.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\nUser-Agent: Mozilla Thunderbird\n\n{words}",
        q(given),
        q(family),
        date = now_line(),
    )
}

/// The `Q` encoding of RFC 2047.
fn q(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' => char::from(b).to_string(),
            b => format!("={b:02X}"),
        })
        .collect()
}

/// The present, as a Date header: the clocks agree.
fn now_line() -> String {
    jiff::ZonedDateTime::now()
        .strftime("%a, %d %b %Y %H:%M:%S %z")
        .to_string()
}

fn sent_letters(dovecot: &Dovecot, user: &str) -> Vec<u64> {
    let folder = dovecot.maildir(user).join(".Sent/cur");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .collect()
}

/// Fetches the whole mailbox in batches and throws it away: what the server allows. Gives the bytes as well.
fn fetch_only(dovecot: &Dovecot, user: &str) -> (Duration, u64) {
    let stream = TcpStream::connect(("127.0.0.1", dovecot.imap_port())).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut run = |tag: &str, command: &str| -> (u64, u32) {
        write!(reader.get_mut(), "{tag} {command}\r\n").unwrap();
        let (mut bytes, mut exists) = (0, 0);
        loop {
            let mut line = Vec::new();
            assert!(
                reader.read_until(b'\n', &mut line).unwrap() > 0,
                "{command}"
            );
            let text = String::from_utf8_lossy(&line);
            if let Some(rest) = text.strip_prefix(tag) {
                assert!(rest.starts_with(" OK"), "{command}: {rest}");
                return (bytes, exists);
            }
            if let Some(count) = text.strip_suffix(" EXISTS\r\n") {
                exists = count.trim_start_matches("* ").parse().unwrap();
            }
            if let Some((_, length)) = text.trim_end().rsplit_once('{') {
                let length: u64 = length.trim_end_matches('}').parse().unwrap();
                let copied = std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink());
                bytes += copied.unwrap();
            }
        }
    };
    run("a", &format!("LOGIN \"{user}\" \"{PASSWORD}\""));
    let (_, exists) = run("b", "EXAMINE INBOX");
    let begin = Instant::now();
    let mut bytes = 0;
    let step = u32::try_from(BATCH).unwrap();
    for first in (1..=exists).step_by(BATCH) {
        let set = format!("{first}:{}", first + step - 1);
        let what = "(UID INTERNALDATE FLAGS RFC822.SIZE BODY.PEEK[]<0.1048576>)";
        bytes += run("c", &format!("UID FETCH {set} {what}")).0;
    }
    (begin.elapsed(), bytes)
}

/// Postfix's null SMTP server.
struct Sink {
    port: u16,
    child: Option<Child>,
}

impl Sink {
    fn start(dir: &Path) -> Sink {
        let port = free_port();
        let log = fs::File::create(dir.join("sink.log")).unwrap();
        let child = Command::new("/usr/sbin/smtp-sink")
            .args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1000"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        until("smtp-sink answers", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Sink {
            port,
            child: Some(child),
        }
    }

    /// Sends messages with Postfix's load generator over one connection, as guichet does.
    fn load(&self, count: usize, bytes: u64) -> Duration {
        let begin = Instant::now();
        let status = Command::new("/usr/sbin/smtp-source")
            .args([
                "-d",
                "-s",
                "1",
                "-m",
                &count.to_string(),
                "-l",
                &bytes.to_string(),
            ])
            .args(["-f", CONTACT, "-t", "x@sink.test"])
            .arg(format!("127.0.0.1:{}", self.port))
            .stdin(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        begin.elapsed()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            support::terminate(child);
        }
    }
}
