//! Hostile bytes at every parser: real mails, session files, lists and entries, mutated at random. None
//! may panic, whatever comes.
//!
//! Short by default, with the same numbers each time. For a night: `GUICHET_MUTATION_SECS=28800` goes on
//! for so many seconds with other numbers each time; `GUICHET_MUTATION_SEED` repeats a run. What made a
//! parser panic is kept as a file, and its path is said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use guichet::config::{Config, load_catalogue, load_members, load_sessions};
use guichet::core::calendar::read_reply;
use guichet::core::catalogue::Catalogue;
use guichet::core::entry::{Body, Cause, Entry, Personal};
use guichet::core::message::Message;
use guichet::core::orders;
use guichet::core::organisation::Organisation;
use guichet::core::reading::{self, Language};
use guichet::core::screening::screen;
use guichet::core::unquote::unquote;
use guichet::render::{Renderer, samples};
use jiff::Timestamp;

/// Mutations of one target in the short run.
const SHORT: usize = 300;

/// Longest input: what is fetched of a mail is longer, and tried by tests of its own.
const BYTES_MAX: usize = 64 * 1024;

/// What breaks parsers: ends, opens, nests, escapes, overflows, or turns the direction.
const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\n\n",
    b"\r",
    b"\0",
    b"=",
    b"=?utf-8?q?",
    b"?=",
    b"--",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"(",
    b")",
    b"<b>",
    b"<!--",
    b"&#x110000;",
    b"> ",
    b">>>>>>>>",
    b"\xff\xfe",
    b"\xc3",
    b"\xe2\x80\xae",
    b"\xf0\x9f\xa6\x8a",
    b"e\xcc\x81",
    b"99999999999999999999",
    b"-1",
    b"0",
    b"31 f\xc3\xa9vrier",
    b"24 h 60",
    b"00/00/0000",
    b"le 31 septembre",
    b"Content-Type: multipart/mixed; boundary=",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Received: from a by b; ",
    b"From: ",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b";",
    b":",
    b"\t",
    b"BEGIN:VEVENT\r\n",
    b"RRULE:FREQ=SECONDLY\r\n",
    b"1 oui, 2 non",
    b"et ",
    b" au lieu de ",
];

/// A small generator (xorshift64*): the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % (end.max(1) as u64)) as usize
    }
}

/// An input made from one seed, or two.
fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        let until = (at + random.below(200)).min(bytes.len());
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] = random.next().to_le_bytes()[0],
            1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 => {
                bytes.drain(at..until);
            }
            3 => {
                let piece = bytes[at..until].to_vec();
                for _ in 0..=random.below(20) {
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
            4 => bytes.truncate(at),
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(2000)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                for _ in 0..=random.below(3) {
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
        bytes.truncate(BYTES_MAX);
    }
    bytes
}

/// Tries one target: for its share of the time, or so many mutations.
fn try_target(name: &str, seeds: &[Vec<u8>], target: impl Fn(&[u8])) {
    assert!(!seeds.is_empty(), "{name} has no seeds");
    let long = std::env::var("GUICHET_MUTATION_SECS").ok();
    let seed = std::env::var("GUICHET_MUTATION_SEED").ok();
    let started = Instant::now();
    // The targets run side by side.
    let lasts = long.map(|secs| Duration::from_secs(secs.parse().expect("seconds")));
    let seed: u64 = match (seed, lasts) {
        (Some(seed), _) => seed.parse().expect("a number"),
        (None, Some(_)) => guichet::clock::Clock::System.now().as_nanosecond() as u64 | 1,
        (None, None) => 0x5EED,
    };
    let mut random = Random(seed);
    let mut tried = 0;
    loop {
        let input = if tried < seeds.len().min(SHORT / 3) {
            seeds[tried].clone() // as they are, too
        } else {
            mutated(seeds, &mut random)
        };
        let survived = catch_unwind(AssertUnwindSafe(|| target(&input))).is_ok();
        if !survived {
            let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{tried}"));
            fs::write(&file, &input).unwrap();
            panic!(
                "{name} panics (seed {seed}, number {tried}): {}",
                file.display()
            );
        }
        tried += 1;
        let over = match lasts {
            Some(lasts) => started.elapsed() >= lasts,
            None => tried >= SHORT,
        };
        if over {
            break;
        }
    }
    eprintln!("{name}: {tried} inputs");
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of tests with an ending.
fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&repository().join(folder), ending, &mut found);
    found.sort();
    found.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn mails() -> Vec<Vec<u8>> {
    let mut all = files("tests/mails/tune", "eml");
    all.extend(files("tests/fixtures", "eml"));
    all.extend(files("tests/scenarios", "eml"));
    assert!(all.len() > 200, "{} mails", all.len());
    all
}

fn catalogue() -> (Catalogue, Organisation) {
    let file = repository().join("tests/mails/tune/coop/guichet.toml");
    let config = Config::load(&file).unwrap();
    (load_catalogue(&config).unwrap(), config.organisation)
}

fn received() -> Timestamp {
    "2017-09-12T12:36:00Z".parse().unwrap()
}

#[test]
fn messages_are_screened_and_taken_apart() {
    let organisation = catalogue().1;
    try_target("message", &mails(), |bytes| {
        let message = Message::parse(bytes);
        screen(&message, &organisation);
        unquote(&message.text);
        unquote(&String::from_utf8_lossy(bytes));
    });
}

#[test]
fn messages_are_read() {
    let (catalogue, organisation) = catalogue();
    try_target("reading", &mails(), |bytes| {
        let context = reading::Context {
            catalogue: &catalogue,
            organisation: &organisation,
            received: received(),
        };
        reading::read(&Message::parse(bytes), context);
    });
}

#[test]
fn words_of_the_organiser_are_parsed() {
    let (catalogue, organisation) = catalogue();
    let mut seeds: Vec<Vec<u8>> = [
        "1 oui, 2 non",
        "ajoute Prénom Nom, nom@mairie.example, 04 70 00 00 01, à coop-n3\nannule R12\npause",
        "remplace Odile Remy par Paul Noé à coop-n3",
        "déplace Odile Remy de coop-n2 à coop-n3 ; capacité coop-n3 14",
        "3 je m'en occupe\n4 oui coop-n3\nnote R12 : vient en train\nreprise",
        "add Ann Lee, ann@x.example, to coop-n3. cancel R3",
    ]
    .map(|words| words.as_bytes().to_vec())
    .to_vec();
    seeds.extend(files("tests/phrases", "txt"));
    try_target("orders", &seeds, |bytes| {
        let items = [orders::Item::Entry(1), orders::Item::Entry(2)];
        let context = orders::Context {
            catalogue: &catalogue,
            organisation: &organisation,
            received: received(),
            items: &items,
        };
        let words = String::from_utf8_lossy(bytes);
        orders::parse_sentence(&words, context);
        let mail = [b"From: a@b.example\r\nSubject: Re: x\r\n\r\n", bytes].concat();
        orders::parse(&Message::parse(&mail), context);
    });
}

#[test]
fn delivery_reports_are_read() {
    let mut seeds = mails();
    seeds.retain(|mail| String::from_utf8_lossy(mail).contains("delivery-status"));
    try_target("dsn", &seeds, |bytes| {
        let message = Message::parse(bytes);
        if let Some(dsn) = &message.dsn {
            assert!(format!("{dsn:?}").len() < 100 * BYTES_MAX);
        }
    });
}

#[test]
fn calendars_are_read() {
    let mut seeds: Vec<Vec<u8>> = mails()
        .into_iter()
        .filter_map(|mail| {
            let text = String::from_utf8_lossy(&mail).into_owned();
            let at = text.find("BEGIN:VCALENDAR")?;
            Some(text.as_bytes()[at..].to_vec())
        })
        .collect();
    seeds.push(
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:0123456789abcdef0123456789abcdef@guichet.x.example\r\n\
          ATTENDEE;PARTSTAT=DECLINED;CN=\"Zo\xc3\xa9, D\":mailto:z@x.example\r\nSEQUENCE:1\r\nCOMMENT:non\r\n\
          END:VEVENT\r\nEND:VCALENDAR\r\n"
            .to_vec(),
    );
    try_target("calendar", &seeds, |bytes| {
        read_reply(&String::from_utf8_lossy(bytes));
    });
}

#[test]
fn session_files_and_lists_of_members_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let sessions = dir.path().join("sessions");
    fs::create_dir(&sessions).unwrap();
    let mut seeds = files("tests/mails/tune", "toml");
    seeds.extend(files("config/sessions", "toml"));
    try_target("session", &seeds, |bytes| {
        fs::write(sessions.join("a.toml"), bytes).unwrap();
        if let Err(error) = load_sessions(&sessions) {
            assert!(!error.lines().is_empty());
        }
    });
    let list = dir.path().join("members.csv");
    let seeds = vec![
        "\u{feff}Structure;E-mail;Domaine\r\n\"CC; des \"\"Hauts\"\"\";a@b.example;b.example\r\n"
            .as_bytes()
            .to_vec(),
        b"organisation,email\nA,\"x@y.example, z@y.example\"\n".to_vec(),
        b"\xff\xfeS\0t\0r\0u\0c\0t\0u\0r\0e\0\n\0A\0\n\0".to_vec(),
    ];
    try_target("members", &seeds, |bytes| {
        fs::write(&list, bytes).unwrap();
        if let Err(error) = load_members(&list) {
            assert!(!error.lines().is_empty());
        }
    });
}

#[test]
fn entries_are_read_and_their_letters_rendered() {
    let renderer = Renderer::new(None).unwrap();
    let mut seeds = Vec::new();
    for language in [Language::Fr, Language::En] {
        for (n, (_, letter)) in (1..).zip(samples(language)) {
            let entry = Entry {
                n,
                at: received(),
                cause: Cause::Mail,
                body: Body::Noticed {
                    code: "urgent".to_owned(),
                    owed: Vec::new(),
                    items: vec![n],
                },
                personal: Some(Personal {
                    letters: vec![letter],
                    ..Personal::default()
                }),
            };
            seeds.push(serde_json::to_vec(&entry).unwrap());
        }
    }
    try_target("entry", &seeds, |bytes| {
        let Ok(entry) = serde_json::from_slice::<Entry>(bytes) else {
            return;
        };
        let letters = entry.personal.map(|personal| personal.letters);
        for letter in letters.unwrap_or_default() {
            // Facts that cannot be put in words are an error, not a panic.
            if let Err(error) = renderer.render(&letter, received()) {
                assert!(!error.to_string().is_empty());
            }
        }
    });
}

/// What was found by mutation, kept: the library panicked over it.
#[test]
fn a_mail_that_the_library_panics_over_is_told_by_its_headers_and_left_to_the_human() {
    for bytes in files("tests/fixtures/message", "eml") {
        let message = Message::parse(&bytes);
        assert!(!message.readable);
        assert!(!message.subject.is_empty());
        let (catalogue, organisation) = catalogue();
        let context = reading::Context {
            catalogue: &catalogue,
            organisation: &organisation,
            received: received(),
        };
        let (screening, reading) = reading::read(&message, context);
        assert!(!screening.may_reply && !reading.act);
        assert!(reading.doubts.contains(&reading::Doubt::Unreadable));
    }
}
