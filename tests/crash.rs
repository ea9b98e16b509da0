//! The real binary ended at its failpoints, as a power cut or `kill -9` would end it, with a mail server
//! that remembers what it took: no registration is lost, and exactly the letters that are owed arrive,
//! each once. Only where the server had the letter and we could not know it may it come twice, as the
//! same mail.
//!
//! `cargo test --features failpoints --test crash`; `GUICHET_SEEDS` runs more than ten a place.
#![cfg(feature = "failpoints")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "journey/sink.rs"]
mod sink;
#[path = "journey/stage.rs"]
mod stage;
#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use sink::{AtDot, Sink};
use stage::{Daemon, Letter, Mail, Stage, name_of};
use support::until;

/// How many times each place is tried, with other mails and at another of its turns.
fn seeds() -> u32 {
    let wanted = std::env::var("GUICHET_SEEDS").ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(10)
}

/// Whether a crash at a place may leave a letter that arrives twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Twice {
    Never,
    /// The server had the letter, or an earlier one of the same connection, and that was not on disk yet.
    Possible,
    /// As `Possible`, but not at the first turn: nothing has been sent by then. A later one may be the write
    /// of what the server said.
    LaterTurns,
}

/// A stage whose letters go to a server, with room for everybody.
fn stage_with(sink: &Sink) -> Stage {
    let stage = Stage::with("mode = \"live\"\n", "");
    let caps = "[policy]\nregistrations_flood = 10000\nreplies_an_hour = 10000\n";
    let config = format!("[maildir]\npath = \"Maildir\"\n{}{caps}", sink.config());
    stage.write_config("mode = \"live\"\n", &config);
    stage.session("coop-n3", 3, 10_000, "");
    stage.once();
    stage
}

/// Delivers some registrations (one to five, or what the place needs), and a mail that is not ours. Gives who wrote.
fn deliver(stage: &Stage, place: &str, seed: u32) -> Vec<Mail> {
    // the store is told of several mails' rows at once
    let least = if place == "store.after_apply" { 4 } else { 1 };
    let count = least + seed % 5;
    let mails: Vec<Mail> = (0..count)
        .map(|n| {
            let from = format!(
                "personne{n}.{seed}@{}.example",
                place.replace(['.', '_'], "-")
            );
            Mail::registration(&name_of(seed * 10 + n), &from)
        })
        .collect();
    for mail in &mails {
        stage.deliver(mail);
    }
    let mut other = Mail::other(
        "Voisin",
        "voisin@autre.example",
        "Clés",
        "Les clés sont au café.\n",
    );
    other.id = format!("{seed}@voisin.example");
    stage.deliver(&other);
    mails
}

/// Runs again after a crash, until nothing stays owed.
fn recover(stage: &Stage) {
    for _ in 0..3 {
        if stage.run(&["run", "--once"]).code == Some(0) {
            return;
        }
    }
    panic!("{:?}", stage.run(&["run", "--once"]));
}

/// Everybody has a seat once, and their letter; twice only where that may be, and then the same one.
fn check(stage: &Stage, sink: &Sink, all: &[Mail], may: Twice) -> usize {
    let people = stage.people("coop-n3");
    assert_eq!(people.len(), all.len(), "{people:?}");
    let mut by_person: BTreeMap<String, Vec<Letter>> = BTreeMap::new();
    for letter in sink.letters() {
        by_person.entry(letter.to.clone()).or_default().push(letter);
    }
    let mut twice = 0;
    for mail in all {
        let letters = by_person.remove(&mail.from).unwrap_or_default();
        match letters.as_slice() {
            [letter] => assert_eq!(letter.in_reply_to.as_deref(), Some(mail.id.as_str())),
            [first, second] if may != Twice::Never => {
                assert_eq!(first.bytes, second.bytes);
                twice += 1;
            }
            other => panic!("{} has {} letters", mail.from, other.len()),
        }
    }
    assert!(
        by_person.is_empty(),
        "letters nobody is owed: {by_person:?}"
    );
    assert_eq!(stage.sent().len(), all.len(), "a copy of each in Sent");
    twice
}

/// Ends the binary at a place, at another of its turns and with other mails for each seed.
fn crashes_at(place: &str, may: Twice) {
    let sink = Sink::start();
    let stage = stage_with(&sink);
    let mut all = Vec::new();
    let (mut crashed, mut twice) = (0, 0);
    for seed in 0..seeds() {
        let mails = deliver(&stage, place, seed);
        // Each place is reached at least once; a second turn is there if the mails' writes are not shared.
        let turns = u32::try_from(mails.len()).unwrap().min(2);
        let turn = if seed % 2 == 0 {
            1
        } else {
            1 + (seed / 2) % turns
        };
        all.extend(mails);
        let output = stage
            .command(&["run", "--once"])
            .env("GUICHET_FAILPOINT", format!("{place}:{turn}"))
            .output()
            .unwrap();
        crashed += u32::from(output.status.code().is_none());
        recover(&stage);
        let before = twice;
        twice = check(&stage, &sink, &all, may);
        if may == Twice::LaterTurns && turn == 1 {
            assert_eq!(twice, before, "{place}, seed {seed}: nothing was sent yet");
        }
    }
    stage.run(&["verify"]).code(0);
    println!(
        "{place}: {crashed} of {} ended there, {twice} letters came twice",
        seeds()
    );
    assert!(
        crashed * 2 >= seeds(),
        "{place} was reached {crashed} times only"
    );
}

macro_rules! crash_at {
    ($($test:ident: $place:literal, $may:expr;)*) => {
        $(#[test] fn $test() { crashes_at($place, $may); })*
    };
}

crash_at! {
    fetched: "intake.fetched", Twice::Never;
    read: "intake.read", Twice::Never;
    appended: "intake.appended", Twice::Never;
    before_the_journal_is_written: "journal.before_write", Twice::LaterTurns;
    after_the_journal_is_written: "journal.after_write", Twice::Possible;
    after_the_journal_is_synced: "journal.after_sync", Twice::Possible;
    after_the_store_is_told: "store.after_apply", Twice::Possible;
    attempt_recorded: "courier.attempt_recorded", Twice::Never;
    dialled: "smtp.dialled", Twice::Never;
    mail_given: "smtp.mail", Twice::Possible;
    data_begun: "smtp.data", Twice::Possible;
    sent: "courier.sent", Twice::Possible;
    outcome_recorded: "courier.outcome_recorded", Twice::Never;
    filed: "courier.filed", Twice::Never;
}

#[test]
fn killed_between_the_dot_and_the_answer() {
    let sink = Sink::start();
    let stage = stage_with(&sink);
    let mut all = Vec::new();
    let mut twice = 0;
    for seed in 0..seeds() {
        sink.at_dot(AtDot::Silence);
        let before = sink.letters().len();
        all.extend(deliver(&stage, "dot", seed));
        let daemon = Daemon::start(&stage, stage.command(&["run"]));
        until("the server has a letter", || {
            (sink.letters().len() > before).then_some(())
        });
        daemon.kill();
        sink.at_dot(AtDot::Accept);
        recover(&stage);
        twice += check(&stage, &sink, &all, Twice::Possible);
    }
    assert!(
        twice >= usize::try_from(seeds()).unwrap(),
        "one a crash, the same mail"
    );
    stage.run(&["verify"]).code(0);
}

#[test]
fn a_mail_that_makes_a_stage_panic_is_set_aside_and_shown_and_the_others_go_on() {
    let sink = Sink::start();
    let stage = stage_with(&sink);
    let daemon = stage.start();
    let mut canaries = Vec::new();
    for (n, panics) in ["read", "decide"].into_iter().enumerate() {
        let family = format!("Canarinette{n}");
        let mut mail =
            Mail::registration(&format!("Zoé {family}"), &format!("zoe{n}@canari.example"));
        mail.more = format!("X-Guichet-Test-Panic: {panics}\r\n");
        stage.deliver(&mail);
        canaries.extend([family, mail.from.clone(), mail.id.clone()]);
    }
    let fine = Mail::registration(&name_of(1), "fine@cc-hauts.example");
    stage.deliver(&fine);
    until("the other is answered", || {
        (sink.letters().len() == 1).then_some(())
    });
    // And the house still stands for the next.
    stage.deliver(&Mail::registration(&name_of(2), "next@cc-hauts.example"));
    until("the next is answered", || {
        (sink.letters().len() == 2).then_some(())
    });
    let end = daemon.stop().code(0);
    assert!(
        end.err.contains("internal error at"),
        "the panics were met: {}",
        end.err
    );
    for canary in &canaries {
        assert!(!end.err.contains(canary), "{canary} stands in the log");
    }
    assert_eq!(stage.people("coop-n3").len(), 2);
    let digest = stage.run(&["digest", "--preview"]).code(0);
    for n in 0..2 {
        let told = digest.out.matches(&format!("Canarinette{n}")).count();
        assert!(told >= 1, "Canarinette{n} is not shown:\n{}", digest.out);
    }
    stage.run(&["verify"]).code(0);
}
