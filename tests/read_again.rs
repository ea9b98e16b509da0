//! A session entered later: mail that was left because its session was not in the catalogue is read again
//! once it is, in order of receipt and before newer mail, and decided with its own time of receipt.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod desk;

use std::path::{Path, PathBuf};

use desk::*;
use guichet::core::entry::*;
use guichet::core::reading::Doubt;
use guichet::core::reply::Status;
use guichet::core::roll::State;
use guichet::register::*;
use jiff::SignedDuration;

/// What the catalogue lacks at first.
const TITLE: &str = "Monter un budget européen";

fn request(name: &str, email: &str, text: &str, quoted: &str) -> String {
    let text = format!("{text}\n\n{name}\n{quoted}");
    mail(
        name,
        email,
        MAILBOX,
        "Inscription / registration",
        &text,
        "",
    )
}

/// What our announcement said, as it stands under an answer.
fn quoted(french: bool) -> String {
    match french {
        true => format!(
            "\nLe lun. 7 sept. 2026 à 09:56, Trois Ponts <{MAILBOX}> a écrit :\n\n> Bonjour à tous,\n>\n\
             > Nous vous proposons une formation « {TITLE} », le mardi 8 décembre 2026, de 9 h 30 à 17 h, à Lempdes.\n"
        ),
        false => format!(
            "\nOn Mon, Sep 7, 2026 at 9:56 AM Trois Ponts <{MAILBOX}> wrote:\n\n> Hello all,\n>\n\
             > We offer a training « {TITLE} », on Tuesday 8 December 2026, 9:30 to 17:00, in Lempdes.\n"
        ),
    }
}

fn french(name: &str, email: &str) -> String {
    let text = "Bonjour,\n\nMerci de m'inscrire à cette formation.\n\nCordialement,";
    request(name, email, text, &quoted(true))
}

fn english(name: &str, email: &str) -> String {
    let text = "Hello,\n\nPlease register me for this training.\n\nKind regards,";
    request(name, email, text, &quoted(false))
}

fn enters(desk: &mut Desk, capacity: u32) {
    desk.enters("budget", TITLE, "2026-12-08", capacity, "2026-11-30");
}

fn states(desk: &Desk) -> Vec<(String, State)> {
    let roll = desk
        .register
        .roll(&guichet::core::catalogue::SessionId("budget".into()));
    let roll = roll.unwrap();
    let mut all: Vec<&Registration> = roll.registrations.iter().collect();
    all.sort_by_key(|r| r.rank);
    let name = |r: &Registration| r.person.clone().unwrap_or_default().name;
    all.into_iter().map(|r| (name(r), r.state)).collect()
}

use guichet::core::roll::Registration;

fn moved(from: &Path, folder: &Path, name: &str) {
    for sub in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(folder.join(sub)).unwrap();
    }
    std::fs::rename(from, folder.join("cur").join(name)).unwrap();
}

/// Somebody asks for a seat in a session that is not there; gives the file and the entry.
fn left(desk: &mut Desk, mail: &str) -> (PathBuf, u64) {
    let file = desk.lies(mail);
    desk.walk();
    let entry = desk.last_entry();
    assert_eq!(
        desk.items().last(),
        Some(&entry),
        "{:#?}",
        desk.entries(entry - 1)
    );
    (file, entry)
}

#[test]
fn what_was_left_is_decided_in_order_of_receipt_and_before_newer_mail() {
    let mut desk = Desk::new();
    let (_, first) = left(&mut desk, &french("Anne Dupont", "anne@cc-val.example"));
    let (_, second) = left(&mut desk, &english("Paul Martin", "paul@pnr-y.example"));
    let asked_at = desk.now();
    assert_eq!(desk.items(), [first, second]);
    desk.later(SignedDuration::from_hours(9 * 24));
    enters(&mut desk, 1);
    desk.lies(&french("Jeanne Morel", "jeanne@gal-z.example"));
    let before = desk.last_entry();
    desk.walk();
    assert_eq!(
        states(&desk),
        [
            ("Anne Dupont".to_owned(), State::Confirmed),
            ("Paul Martin".to_owned(), State::Waitlisted),
            ("Jeanne Morel".to_owned(), State::Waitlisted),
        ]
    );
    let replies = desk.replies(before);
    let told: Vec<_> = replies
        .iter()
        .map(|(r, _)| (r.to.email.as_str(), r.status))
        .collect();
    assert_eq!(
        told,
        [
            ("anne@cc-val.example", Status::Confirmed),
            ("paul@pnr-y.example", Status::Waitlisted),
            ("jeanne@gal-z.example", Status::Waitlisted),
        ]
    );
    for (reply, row) in &replies {
        assert!(reply.answers && reply.in_reply_to.is_some());
        assert!(
            row.owed.cause_at > asked_at,
            "nine days later it is no answer that is too old"
        );
        assert_eq!(row.state, LetterState::Queued);
    }
    assert!(desk.items().is_empty(), "the items are settled");
    // The chain is told: because the catalogue changed.
    let again: Vec<Entry> = desk.entries(before);
    assert!(matches!(again[0].cause, Cause::Catalogue { .. }));
    // Nothing is done twice: at the next turn, after a restart, and when yet another session comes.
    let done = desk.last_entry();
    desk.walk();
    assert_eq!(desk.last_entry(), done);
    let mut desk = desk.reopened();
    desk.enters("autre", "Écrire pour le web", "2026-12-15", 5, "2026-12-01");
    let before = desk.last_entry();
    desk.walk();
    assert!(desk.told(before).is_empty());
    assert_eq!(states(&desk).len(), 3);
}

#[test]
fn what_a_human_has_answered_meanwhile_is_recorded_and_not_answered_again() {
    let mut desk = Desk::new();
    let (flagged, _) = left(&mut desk, &french("Anne Dupont", "anne@cc-val.example"));
    let answered = english("Paul Martin", "paul@pnr-y.example");
    left(&mut desk, &answered);
    let id = answered
        .lines()
        .find(|l| l.starts_with("Message-ID"))
        .unwrap();
    let id = id.trim_start_matches("Message-ID: <").trim_end_matches('>');
    let name = flagged.file_name().unwrap().to_str().unwrap();
    let cur = desk.folder.path().join("mail/cur");
    std::fs::rename(&flagged, cur.join(format!("{name}:2,RS"))).unwrap();
    let more = format!("In-Reply-To: <{id}>\n");
    let by_hand = mail(
        "Claire",
        MAILBOX,
        "paul@pnr-y.example",
        "Re: x",
        "Oui.\n",
        &more,
    );
    desk.sent(&by_hand);
    // The digest of the day settles what was answered in Sent; the mail is read again all the same.
    let item = *desk.items().last().unwrap();
    desk.register
        .append_synced(desk.now(), fact(Body::Settled { entry: item }))
        .unwrap();
    enters(&mut desk, 5);
    let before = desk.last_entry();
    desk.walk();
    let seated = |name: &str| desk.state_of(name, "budget");
    assert_eq!(seated("Anne Dupont"), Some(State::Confirmed));
    assert_eq!(seated("Paul Martin"), Some(State::Confirmed));
    for (reply, row) in desk.replies(before) {
        let by_hand = LetterState::Held { why: Hold::ByHand };
        assert_eq!(row.state, by_hand, "{}", reply.to.email);
    }
    assert!(desk.items().is_empty());
}

#[test]
fn a_mail_that_was_moved_is_found_and_one_that_is_gone_is_told() {
    let mut desk = Desk::new();
    let mails = desk.folder.path().join("mail");
    let (sorted, _) = left(&mut desk, &french("Anne Dupont", "anne@cc-val.example"));
    let (renamed, _) = left(&mut desk, &english("Paul Martin", "paul@pnr-y.example"));
    let (thrown, first) = left(&mut desk, &french("Jeanne Morel", "jeanne@gal-z.example"));
    let (deleted, second) = left(&mut desk, &english("Luc Petit", "luc@gal-z.example"));
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
    moved(
        &sorted,
        &mails.join(".Traités"),
        &format!("{}:2,S", name(&sorted)),
    );
    moved(&renamed, &mails.join(".2026.Automne"), "another-name:2,");
    moved(&thrown, &mails.join(".Trash"), &name(&thrown));
    std::fs::remove_file(deleted).unwrap();
    enters(&mut desk, 5);
    desk.walk();
    let seated: Vec<String> = states(&desk).into_iter().map(|(name, _)| name).collect();
    assert_eq!(seated, ["Anne Dupont", "Paul Martin"]);
    // The place is where it lies now, so that it is flagged there as answered.
    let items = desk.items();
    assert_eq!(items.len(), 2);
    assert!(
        !items.contains(&first) && !items.contains(&second),
        "told by newer items"
    );
    for item in items {
        let entry = desk.register.entry(item).unwrap().unwrap();
        let Body::Mail(walked) = &entry.body else {
            panic!()
        };
        assert_eq!(
            walked.understood.as_ref().unwrap().doubts,
            [Doubt::MailGone]
        );
        assert!(
            entry.personal.unwrap().mail.is_some(),
            "the human still sees who wrote"
        );
    }
    // It is not looked for again.
    let done = desk.last_entry();
    desk.enters("autre", "Écrire pour le web", "2026-12-15", 5, "2026-12-01");
    desk.walk();
    assert_eq!(desk.last_entry(), done + 1, "the catalogue alone");
}

#[test]
fn what_is_long_ago_or_settled_by_the_organiser_or_forgotten_stays_left() {
    let mut desk = Desk::new();
    left(&mut desk, &french("Anne Dupont", "anne@cc-val.example"));
    desk.later(SignedDuration::from_hours(31 * 24));
    let (_, taken) = left(&mut desk, &english("Paul Martin", "paul@pnr-y.example"));
    let digest = desk.digest(&[taken]);
    desk.sent(&word("1 je m'en occupe\n", Some(&digest)));
    left(&mut desk, &french("Jeanne Morel", "jeanne@gal-z.example"));
    let before = desk.items().len();
    let them =
        |p: &guichet::core::person::Person| p.email.as_deref() == Some("jeanne@gal-z.example");
    let forgotten = desk.register.forget(them).unwrap();
    assert!(forgotten.entries > 0);
    enters(&mut desk, 5);
    desk.walk();
    assert_eq!(states(&desk), []);
    assert_eq!(desk.items().len(), before);
}

#[test]
fn a_withdrawal_is_read_again_only_for_the_session_that_is_new() {
    let mut desk = Desk::new();
    // She gives up what nobody knows; later she registers; later still another session is entered.
    let text = "Bonjour,\n\nJe dois annuler mon inscription.\n\nCordialement,";
    desk.arrives(&request("Anne Dupont", "anne@cc-val.example", text, ""));
    desk.asks("Anne Dupont", "anne@cc-val.example", "atelier");
    // He asks for the new one and gives it up again before it is entered.
    left(&mut desk, &french("Paul Martin", "paul@pnr-y.example"));
    let text = "Bonjour,\n\nJe dois annuler mon inscription à cette formation.\n\nCordialement,";
    let gives_up = request("Paul Martin", "paul@pnr-y.example", text, &quoted(true));
    left(&mut desk, &gives_up);
    enters(&mut desk, 5);
    let before = desk.last_entry();
    desk.walk();
    let seated = desk.state_of("Anne Dupont", "atelier");
    assert_eq!(
        seated,
        Some(State::Confirmed),
        "an older withdrawal takes no newer seat"
    );
    assert_eq!(
        desk.state_of("Paul Martin", "budget"),
        Some(State::Cancelled)
    );
    let statuses: Vec<Status> = desk.told(before).into_iter().map(|(_, s)| s).collect();
    assert_eq!(
        statuses,
        [Status::Cancelled],
        "the confirmation has not left and is not true"
    );
}

#[test]
fn a_session_that_is_over_by_then_registers_nobody() {
    let mut desk = Desk::new();
    left(&mut desk, &french("Anne Dupont", "anne@cc-val.example"));
    desk.later(SignedDuration::from_hours(20 * 24));
    desk.enters("budget", TITLE, "2026-10-01", 5, "2026-09-30");
    desk.walk();
    assert_eq!(states(&desk), []);
    assert_eq!(desk.items().len(), 1);
}

#[test]
fn a_question_that_nobody_answered_is_no_second_question_but_its_mail_is_read_again() {
    let mut desk = Desk::new();
    for (name, email, text) in [
        (
            "Anne Dupont",
            "anne@cc-val.example",
            format!(
                "Bonjour,\n\nMerci de m'inscrire à la formation « {TITLE} » du 8 décembre 2026.\n\nCordialement,"
            ),
        ),
        (
            "Paul Martin",
            "paul@pnr-y.example",
            "Bonjour,\n\nJe souhaite m'inscrire à la formation.\n\nCordialement,".to_owned(),
        ),
    ] {
        let before = desk.last_entry();
        desk.arrives(&request(name, email, &text, ""));
        assert_eq!(desk.told(before), [(email.to_owned(), Status::Clarify)]);
    }
    desk.later(SignedDuration::from_hours(73));
    desk.walk();
    assert_eq!(desk.items().len(), 2, "nobody answered");
    enters(&mut desk, 5);
    let before = desk.last_entry();
    desk.walk();
    assert_eq!(
        desk.told(before),
        [("anne@cc-val.example".to_owned(), Status::Confirmed)]
    );
    assert_eq!(desk.items().len(), 1, "his stays the human's");
}
