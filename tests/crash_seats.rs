//! The real binary ended at its failpoints while seats change hands: a cancellation, the promotion it makes, a
//! replacement, a newcomer, the organiser's orders from Sent, and mail that is read again. Whatever was
//! interrupted, seats and letters come out as on the day on which nothing was.
//!
//! `cargo test --features failpoints --test crash_seats`; `GUICHET_SEEDS` runs more than two a place.
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
use std::sync::LazyLock;

use sink::Sink;
use stage::{CONTACT, Mail, Stage, day, in_words, now};

/// How many times each place is tried, at another of its turns.
fn seeds() -> u32 {
    let wanted = std::env::var("GUICHET_SEEDS").ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(2)
}

/// A mail server and an organisation whose letters go there; a freed seat is given away at once.
struct Town {
    sink: Sink,
    stage: Stage,
    began: jiff::Timestamp,
}

const ANNE: &str = "anne@mairie-lurcy.example";
const BRUNO: &str = "bruno@cc-hauts.example";
const CELINE: &str = "celine@pays-bas.example";
const DENIS: &str = "denis@gal-loin.example";
const ELISE: &str = "elise@cc-hauts.example";
const FANNY: &str = "fanny@gal-pres.example";

impl Town {
    fn new() -> Town {
        let sink = Sink::start();
        let stage = Stage::new();
        let places = format!(
            "[maildir]\npath = \"Maildir\"\n{}[policy]\npause = \"0 s\"\n",
            sink.config()
        );
        stage.write_config("mode = \"live\"\n", &places);
        stage.session("coop-n3", 3, 2, "");
        stage.once();
        let began = now();
        Town { sink, stage, began }
    }

    /// The evening before: two have seats, two wait.
    fn evening(&self) {
        for (name, from) in [
            ("Anne Delaunay", ANNE),
            ("Bruno Fayolle", BRUNO),
            ("Céline Garnier", CELINE),
            ("Denis Hamelin", DENIS),
        ] {
            self.stage.deliver(&Mail::registration(name, from));
        }
        self.stage.once();
    }

    /// The morning: all of it lies there when the daemon starts.
    fn morning(&self) {
        let mut gives_up = Mail::other(
            "Anne Delaunay",
            ANNE,
            "annulation",
            "Bonjour,\n\nJe dois annuler mon inscription.\n\nAnne Delaunay\n",
        );
        gives_up.id = "annule@mairie-lurcy.example".to_owned();
        let mut replaced = Mail::other(
            "Bruno Fayolle",
            BRUNO,
            "remplacement",
            &format!(
                "Bonjour,\n\nJe ne pourrai pas venir à la webconférence du {}. Ma collègue Élise Marchand \
                 ({ELISE}) viendra à ma place.\n\nBruno Fayolle\n",
                in_words(day())
            ),
        );
        replaced.id = "remplace@cc-hauts.example".to_owned();
        self.stage.deliver(&gives_up);
        self.stage.deliver(&replaced);
        self.stage
            .deliver(&Mail::registration("Fanny Jourdain", FANNY));
        self.orders("ordre-1@asso-exemple.example");
    }

    /// The organiser's word in Sent: a seat more, and somebody who no longer comes.
    fn orders(&self, id: &str) {
        let date = jiff::fmt::rfc2822::to_string(&stage::paris(self.began)).unwrap();
        self.stage.sent_by_hand(&format!(
            "From: Claude <{CONTACT}>\nTo: {CONTACT}\nSubject: guichet\nDate: {date}\nMessage-ID: <{id}>\n\
             MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n\
             capacité coop-n3 : 3\nMonsieur Denis Hamelin ne vient plus\n"
        ));
    }

    /// Runs to the end, or until it is ended at a place; says whether it was.
    fn ended_at(&self, place: Option<&str>) -> bool {
        let mut command = self.stage.command(&["run", "--once"]);
        if let Some(place) = place {
            command.env("GUICHET_FAILPOINT", place);
        }
        command.output().unwrap().status.code().is_none()
    }

    fn recover(&self) {
        for _ in 0..3 {
            if self.stage.run(&["run", "--once"]).code == Some(0) {
                return;
            }
        }
        panic!("{:?}", self.stage.run(&["run", "--once"]));
    }

    /// Who has which seat, and who was told what; a letter that came twice, as the same bytes, counts once.
    fn outcome(&self) -> Outcome {
        let mut people = self.stage.people("coop-n3");
        people.sort();
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut seen = Vec::new();
        let mut twice = 0;
        for letter in self.sink.letters() {
            if seen.contains(&letter.id) {
                twice += 1;
                continue;
            }
            seen.push(letter.id);
            told.entry(letter.to).or_default().push(letter.subject);
        }
        told.values_mut().for_each(|subjects| subjects.sort());
        self.stage.run(&["verify"]).code(0);
        Outcome {
            people,
            told,
            twice,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    people: Vec<(String, String)>,
    told: BTreeMap<String, Vec<String>>,
    twice: usize,
}

/// The morning as it goes where nothing is interrupted.
fn undisturbed() -> Outcome {
    let town = Town::new();
    town.evening();
    town.morning();
    town.stage.once();
    let outcome = town.outcome();
    let state = |name: &str| {
        let found = outcome.people.iter().find(|(n, _)| n == name);
        found.map(|(_, state)| state.as_str())
    };
    // Anne gives up, Bruno passes on, Denis is taken off by the organiser; who waits gets the seats.
    assert_eq!(state("Anne Delaunay"), Some("cancelled"), "{outcome:#?}");
    assert_eq!(state("Bruno Fayolle"), Some("replaced"), "{outcome:#?}");
    assert_eq!(state("Élise Marchand"), Some("confirmed"), "{outcome:#?}");
    assert_eq!(state("Céline Garnier"), Some("confirmed"), "{outcome:#?}");
    assert_eq!(state("Denis Hamelin"), Some("cancelled"), "{outcome:#?}");
    assert_eq!(state("Fanny Jourdain"), Some("confirmed"), "{outcome:#?}");
    for person in [ANNE, BRUNO, CELINE, DENIS, ELISE, FANNY, CONTACT] {
        assert!(outcome.told.contains_key(person), "{person}: {outcome:#?}");
    }
    assert_eq!(
        outcome.told[CONTACT].len(),
        1,
        "one transcript: {outcome:#?}"
    );
    outcome
}

/// Ends the morning's run at a place, at several of its turns, and compares.
fn ends_at(place: &str, may_come_twice: bool) {
    static EXPECTED: LazyLock<Outcome> = LazyLock::new(undisturbed);
    let expected = &*EXPECTED;
    let mut ended = 0;
    for seed in 0..seeds() {
        let town = Town::new();
        town.evening();
        town.morning();
        ended += u32::from(town.ended_at(Some(&format!("{place}:{}", 1 + seed))));
        // The same order once more in Sent, as after a restored folder: it is carried out once (B2).
        town.orders("ordre-1@asso-exemple.example");
        town.recover();
        let mut outcome = town.outcome();
        assert!(
            may_come_twice || outcome.twice == 0,
            "{place}: {outcome:#?}"
        );
        outcome.twice = 0;
        assert_eq!(&outcome, expected, "{place}, turn {}", 1 + seed);
    }
    println!("{place}: {ended} of {} ended there", seeds());
    assert!(ended > 0, "{place} was never reached");
}

macro_rules! ends_at {
    ($($test:ident: $place:literal, $twice:literal;)*) => {
        $(#[test] fn $test() { ends_at($place, $twice); })*
    };
}

ends_at! {
    an_order_fetched_and_not_recorded: "intake.sent_fetched", false;
    fetched: "intake.fetched", false;
    read: "intake.read", false;
    appended: "intake.appended", false;
    before_the_journal_is_written: "journal.before_write", false;
    after_the_journal_is_written: "journal.after_write", true;
    after_the_journal_is_synced: "journal.after_sync", true;
    attempt_recorded: "courier.attempt_recorded", false;
    data_begun: "smtp.data", true;
    sent: "courier.sent", true;
    outcome_recorded: "courier.outcome_recorded", false;
    filed: "courier.filed", false;
}

#[test]
fn mail_that_is_read_again_is_decided_once() {
    let title = "Monter un budget européen";
    for (place, turns) in [
        ("intake.read_again", 3),
        ("journal.before_write", 2),
        ("journal.after_write", 2),
        ("journal.after_sync", 2),
    ] {
        for turn in 1..=turns {
            let town = Town::new();
            let date = in_words(day().checked_add(jiff::Span::new().days(3)).unwrap());
            for (name, from) in [
                ("Anne Delaunay", ANNE),
                ("Bruno Fayolle", BRUNO),
                ("Céline Garnier", CELINE),
            ] {
                let text = format!(
                    "Bonjour,\n\nMerci de m'inscrire à cette formation.\n\n{name}\n\n\
                     Le lun. 7 sept. 2026 à 09:56, Asso Exemple <{CONTACT}> a écrit :\n\n\
                     > Nous vous proposons la formation « {title} », le {date}, de 9 h 30 à 17 h, à Lempdes.\n"
                );
                town.stage
                    .deliver(&Mail::other(name, from, "Re: formation", &text));
                town.stage.once();
            }
            let day = day().checked_add(jiff::Span::new().days(3)).unwrap();
            let file = format!(
                "id = \"budget\"\ntitle = \"{title}\"\nwhen = [{{ from = {day}T09:30:00, to = {day}T17:00:00 }}]\n\
                 timezone = \"Europe/Paris\"\nplace = \"Lempdes\"\nonline = false\ncapacity = 2\nmembership = \"none\"\n"
            );
            std::fs::write(town.stage.path("sessions/budget.toml"), file).unwrap();
            let ended = town.ended_at(Some(&format!("{place}:{turn}")));
            assert!(ended, "{place}:{turn} was not reached");
            town.recover();
            let people = town.stage.people("budget");
            let states: Vec<(&str, &str)> = people
                .iter()
                .map(|(n, s)| (n.as_str(), s.as_str()))
                .collect();
            let expected = [
                ("Anne Delaunay", "confirmed"),
                ("Bruno Fayolle", "confirmed"),
                ("Céline Garnier", "waitlisted"),
            ];
            assert_eq!(states, expected, "{place}:{turn}");
            let outcome = town.outcome();
            for person in [ANNE, BRUNO, CELINE] {
                assert_eq!(outcome.told[person].len(), 1, "{place}:{turn} {outcome:#?}");
            }
        }
    }
}
