//! The register under `kill -9`, on a full disk, at its failpoints, and what strace sees of it.
//!
//! The program runs itself again as a child that records and prints what was acknowledged; the
//! parent ends it and looks at what is left.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "register/support.rs"]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use guichet::core::entry::Body;
use guichet::register::*;
use support::*;

/// What the child does, and where.
const ROLE: &str = "GUICHET_TEST_CHILD";
const FOLDER: &str = "GUICHET_TEST_FOLDER";

/// Says aloud that a test could not run; under CI that is a failure.
fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
    assert!(std::env::var("CI").is_err(), "SKIPPED under CI: {why}");
}

/// A command that runs this program again as a child.
fn again_as(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// The child; does nothing in the parent's run.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let folder = std::env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    match role.as_str() {
        "record" => record_for_ever(folder, 3),
        "one-by-one" => record_some(folder, 1, 50),
        "together" => record_some(folder, 8, 50),
        "forget" => forget(folder),
        "fill-the-disk" => fill_the_disk(folder),
        other => panic!("no such role: {other}"),
    }
}

/// Records mails and attempts on several threads until it is killed, and prints each number that
/// was acknowledged, with the mail's.
fn record_for_ever(folder: &Path, threads: u32) {
    let (register, notices) = Register::open(folder, start()).unwrap();
    for notice in notices {
        say(&format!("notice {notice:?}"));
    }
    let begin = register.last_entry().unwrap();
    let register = &register;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for i in 0.. {
                    let uid = (begin as u32 + 1) * 1000 + i * threads + thread;
                    let mail = Mail::new(uid, "P", &format!("p@a{uid}.example"));
                    let session = format!("s{}", uid % 50);
                    let entry = register_mail(register, &mail, &session, 5);
                    say(&format!("ack {} {uid}", entry.n));
                    let entry = put(register, 1, attempt(&token_of(&entry)));
                    say(&format!("ack {}", entry.n));
                }
            });
        }
    });
}

fn record_some(folder: &Path, threads: u32, each: u32) {
    let register = open(folder);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let register = &register;
            scope.spawn(move || {
                for _ in 0..each {
                    let entry = put(register, i64::from(thread), Body::Paused { on: true });
                    say(&format!("ack {}", entry.n));
                }
            });
        }
    });
    register.close().unwrap();
    say("done");
}

/// Records a person and forgets them.
fn forget(folder: &Path) {
    let (register, _) = Register::open(folder, start()).unwrap();
    let mail = Mail::new(1, "Anne Lefort", "anne@a.example");
    register_mail(&register, &mail, "s1", 5);
    say("recorded");
    register
        .forget(|person| person.email.as_deref() == Some("anne@a.example"))
        .unwrap();
}

/// Prints one line in one piece.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // The parent may have ended reading.
    out.write_all(format!("{line}\n").as_bytes()).ok();
    out.flush().ok();
}

#[derive(Debug, Default)]
struct Acknowledged {
    entries: Vec<u64>,
    mails: Vec<(u64, u32)>,
}

impl Acknowledged {
    fn line(&mut self, line: &str) {
        // The harness prints on the same line before the first.
        let Some((_, numbers)) = line.split_once("ack ") else {
            return;
        };
        let mut numbers = numbers.split(' ').map(|n| n.parse::<u64>().unwrap());
        let n = numbers.next().unwrap();
        self.entries.push(n);
        self.mails.extend(numbers.next().map(|uid| (n, uid as u32)));
    }
}

/// Looks at what a killed child left: everything acknowledged, nothing half, all of it agreeing.
fn check_left(folder: &Path, acknowledged: &Acknowledged) -> Vec<OpenNotice> {
    let (register, notices) = Register::open(folder, start()).unwrap();
    let last = register.last_entry().unwrap();
    for n in &acknowledged.entries {
        assert!(*n <= last, "entry {n} was acknowledged and is lost");
    }
    for (n, uid) in &acknowledged.mails {
        let entry = register.entry(*n).unwrap().unwrap();
        let Body::Mail(mail) = &entry.body else {
            panic!("entry {n} is another one: {entry:?}");
        };
        let place = Mail::new(*uid, "P", "p@a.example").place();
        assert_eq!(mail.place, place, "entry {n} is another one");
    }
    // An attempt without outcome is uncertain, whatever else happened.
    let sending = OutboxFilter::In(LetterPhase::Sending);
    assert_eq!(register.outbox(sending).unwrap(), vec![]);
    for (session, roll) in register.rolls().unwrap() {
        assert!(roll.taken() <= 5, "{session} has {} seats", roll.taken());
    }
    let entries = register.entries(0).map(Result::unwrap).count() as u64;
    assert_eq!(entries, last);
    register.close().unwrap();
    verify(folder, start()).unwrap();
    notices
}

#[test]
fn a_hundred_kills_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(7);
    let (mut total, mut kills) = (0, 0);
    let rounds = std::env::var("GUICHET_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100);
    for round in 0..rounds {
        if round % 10 == 0 {
            // Small registers are opened faster; every tenth kill meets a fresh one.
            for entry in std::fs::read_dir(folder.path()).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    std::fs::remove_dir_all(path).unwrap();
                } else {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
        let mut running = again_as("record", folder.path()).spawn().unwrap();
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut acknowledged = Acknowledged::default();
        // Killed in the middle of the work: after so many acknowledgements, whatever it does then.
        let after = dice.roll(40) as usize;
        while acknowledged.entries.len() < after {
            acknowledged.line(&lines.next().expect("the child runs").unwrap());
        }
        running.kill().unwrap();
        running.wait().unwrap();
        for line in lines {
            acknowledged.line(&line.unwrap());
        }
        kills += 1;
        total += acknowledged.entries.len();
        check_left(folder.path(), &acknowledged);
    }
    println!("{kills} kills, {total} acknowledged entries, 0 lost");
    assert!(total > kills);
}

/// Runs the child until it aborts at a failpoint.
#[cfg(feature = "failpoints")]
#[test]
fn every_failpoint_of_the_register_loses_nothing() {
    let places = [
        "journal.before_write",
        "journal.after_write",
        "journal.after_sync",
        "store.after_apply",
    ];
    for place in places {
        for nth in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89] {
            let folder = tempfile::tempdir().unwrap();
            let output = again_as("record", folder.path())
                .env("GUICHET_FAILPOINT", format!("{place}:{nth}"))
                .output()
                .unwrap();
            assert!(!output.status.success(), "{place} was never reached");
            let mut acknowledged = Acknowledged::default();
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                acknowledged.line(line);
            }
            check_left(folder.path(), &acknowledged);
        }
    }
}

/// A crash while the journal is replaced leaves the old one or the new one, and the store follows it.
#[cfg(feature = "failpoints")]
#[test]
fn forgetting_is_done_wholly_or_not_at_all() {
    // The first replacing is that of the empty journal.
    for (place, forgotten) in [
        ("journal.before_rename", false),
        ("journal.after_rename", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = again_as("forget", folder.path())
            .env("GUICHET_FAILPOINT", format!("{place}:2"))
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("recorded"));
        check_left(folder.path(), &Acknowledged::default());
        let (register, _) = Register::open(folder.path(), start()).unwrap();
        let left = register.registration(guichet::core::roll::RegistrationId(1));
        assert_eq!(left.unwrap().unwrap().person.is_none(), forgotten);
    }
}

/// A child under strace: how its journal ended up, and its calls on it and acknowledgements in order.
struct Traced {
    journal: Vec<u8>,
    calls: Vec<String>,
}

fn traced(role: &str) -> Option<Traced> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let state = folder.path().join("state");
    let plain = again_as(role, &state);
    let mut traced = Command::new("strace");
    traced
        .args([
            "-f",
            "-y",
            "-qq",
            "-e",
            "trace=fdatasync,pwrite64,write",
            "-o",
        ])
        .arg(&trace)
        .arg(plain.get_program())
        .args(plain.get_args());
    for (key, value) in plain.get_envs() {
        traced.env(key, value.unwrap_or_default());
    }
    traced.stdout(Stdio::null()).stderr(Stdio::null());
    match traced.status() {
        Ok(status) if status.success() => {}
        Ok(status) => {
            skipped(&format!("strace cannot trace here ({status})"));
            return None;
        }
        Err(error) => {
            skipped(&format!("no strace here: {error}"));
            return None;
        }
    }
    let text = String::from_utf8_lossy(&std::fs::read(trace).unwrap()).into_owned();
    Some(Traced {
        journal: std::fs::read(state.join("journal.jsonl")).unwrap(),
        calls: text.lines().map(str::to_owned).collect(),
    })
}

impl Traced {
    fn on_journal(&self, call: &str) -> usize {
        let calls = self.calls.iter();
        calls
            .filter(|line| line.contains(call) && line.contains("journal.jsonl>"))
            .count()
    }

    /// For each acknowledgement: how many bytes of the journal were durable by then, and the entry.
    fn acknowledged(&self) -> Vec<(usize, u64)> {
        let mut found = vec![];
        let (mut written, mut syncing, mut durable) = (0, 0, 0);
        for call in &self.calls {
            let journal = call.contains("journal.jsonl>");
            if journal && call.contains("pwrite64(") {
                // …, bytes, offset) = bytes, or … <unfinished ...>
                let arguments = call.split(")").next().unwrap();
                let arguments = arguments.split(" <unfinished").next().unwrap();
                let mut numbers = arguments.rsplit(", ").map(|n| n.parse::<usize>());
                let offset = numbers.next().unwrap().unwrap();
                written = offset + numbers.next().unwrap().unwrap();
            } else if journal && call.contains("fdatasync(") {
                syncing = written;
                if call.contains("= 0") {
                    durable = syncing;
                }
            } else if call.contains("fdatasync resumed") && call.contains("= 0") {
                durable = syncing;
            } else if call.contains("write(1<")
                && let Some((_, rest)) = call.split_once("ack ")
            {
                let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
                found.push((durable, digits.parse().unwrap()));
            }
        }
        found
    }

    /// What a power cut at each acknowledgement would leave: the journal without what no sync had
    /// made durable, and no store. Every acknowledged entry must be in it.
    fn check_power_cuts(&self) -> usize {
        let ends: Vec<usize> = self
            .journal
            .split_inclusive(|b| *b == b'\n')
            .scan(0, |end, line| {
                *end += line.len();
                Some(*end)
            })
            .collect();
        let acknowledged = self.acknowledged();
        let mut highest = 0;
        for (index, (durable, n)) in acknowledged.iter().enumerate() {
            highest = highest.max(*n);
            assert!(
                ends[highest as usize] <= *durable,
                "entry {highest} was acknowledged before its sync"
            );
            if index % 40 == 0 {
                let folder = quick_folder();
                let left = &self.journal[..*durable];
                std::fs::write(folder.path().join("journal.jsonl"), left).unwrap();
                let register = open(folder.path());
                assert!(register.last_entry().unwrap() >= highest);
            }
        }
        acknowledged.len()
    }
}

#[test]
fn every_commit_is_synced_before_it_is_acknowledged() {
    let Some(traced) = traced("one-by-one") else {
        return;
    };
    let counts = (
        traced.on_journal("fdatasync("),
        traced.on_journal("pwrite64("),
    );
    assert_eq!(counts, (50, 50));
    assert_eq!(traced.check_power_cuts(), 50);
}

#[test]
fn what_waits_together_shares_one_write_and_one_sync() {
    let Some(traced) = traced("together") else {
        return;
    };
    let (syncs, writes) = (
        traced.on_journal("fdatasync("),
        traced.on_journal("pwrite64("),
    );
    println!("400 entries of 8 threads: {syncs} syncs, {writes} writes");
    assert_eq!(syncs, writes, "a batch is one write and one sync");
    assert!(syncs >= 50, "each thread waits for each of its entries");
    assert!(syncs <= 200, "at least two entries a sync on average");
    assert_eq!(traced.check_power_cuts(), 400);
}

/// Appends until the disk is full, makes room, goes on.
fn fill_the_disk(folder: &Path) {
    let ballast = folder.join("ballast");
    let register = open(&folder.join("state"));
    std::fs::write(&ballast, vec![1; 4 << 20]).unwrap();
    let mut acknowledged = vec![];
    let (mut refused, mut with_room) = (0, 0);
    for uid in 1..20_000 {
        let mail = Mail::new(uid, &"N".repeat(2000), &format!("p@a{uid}.example"));
        let recorded = register
            .record(at(1), &mail.lookup("s1"), |known| {
                decide(&mail, &format!("s{uid}"), 5, known)
            })
            .unwrap();
        match register.wait_synced(recorded.ticket) {
            Ok(()) => {
                acknowledged.push((recorded.entry.n, uid));
                with_room += u32::from(refused >= 3);
            }
            Err(error) => {
                assert_eq!(error.kind, RegisterErrorKind::NotAppended, "{error}");
                assert_eq!(error.exit_code(), 74);
                refused += 1;
                if refused == 3 {
                    std::fs::remove_file(&ballast).unwrap();
                }
            }
        }
        if with_room >= 50 {
            break;
        }
    }
    say(&format!("refused {refused}, then took {with_room}"));
    assert!(refused >= 3 && with_room >= 50);
    for (n, uid) in &acknowledged {
        let entry = register.entry(*n).unwrap().unwrap();
        let Body::Mail(mail) = &entry.body else {
            panic!("another entry");
        };
        assert_eq!(mail.place, Mail::new(*uid, "P", "p@a.example").place());
    }
    assert_eq!(register.last_entry().unwrap(), acknowledged.len() as u64);
    // Room enough for the store to close, or for the next start to build it anew.
    drop(register);
    let (register, _) = Register::open(&folder.join("state"), start()).unwrap();
    assert_eq!(register.last_entry().unwrap(), acknowledged.len() as u64);
    say(&format!("done {}", acknowledged.len()));
}

#[test]
fn a_full_disk_refuses_entries_and_goes_on_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let plain = again_as("fill-the-disk", folder.path());
    let mut mounted = Command::new("unshare");
    mounted
        .args(["-rm", "sh", "-c"])
        .arg("mount -t tmpfs -o size=9m none \"$1\" || exit 99; shift; exec \"$@\"")
        .arg("sh")
        .arg(folder.path())
        .arg(plain.get_program())
        .args(plain.get_args());
    for (key, value) in plain.get_envs() {
        mounted.env(key, value.unwrap_or_default());
    }
    match mounted.output() {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(said.contains("then took 50"), "{said}");
            assert!(said.contains("done "), "{said}");
        }
        Ok(output) if output.status.code() == Some(99) => {
            skipped("no small file system can be mounted here");
        }
        Ok(output) => panic!(
            "{}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => skipped(&format!("no unshare here: {error}")),
    }
}
