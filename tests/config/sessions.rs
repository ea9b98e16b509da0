//! Session files: deadlines to the second, optional keys, files, and how `check` says it all.

use std::fs;

use guichet::config::{Colour, Config, Policy, load_catalogue_with_files, load_sessions};
use guichet::core::catalogue::{Mode, Session, SessionId};
use guichet::core::describe::{describe_session, empty_register_warning};
use guichet::core::reading::Language;
use guichet::core::roll::{Rank, Registration, RegistrationId, Roll, State};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use regex::Regex;

use crate::here;

/// Loads one session, its keys given beside those that every session has.
fn session(keys: &str) -> Session {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "id = \"night\"\ntitle = \"A night\"\nplace = \"Brive\"\ncapacity = 12\n\
         membership = \"none\"\n{keys}\n"
    );
    fs::write(folder.path().join("night.toml"), text).unwrap();
    let sessions = load_sessions(folder.path()).unwrap_or_else(|e| panic!("{e}"));
    sessions.into_iter().next().unwrap()
}

fn described(session: &Session, now: Timestamp) -> String {
    describe_session(
        session,
        &Roll::default(),
        &Policy::default(),
        now,
        Language::Fr,
    )
    .join("\n")
}

/// F1: a deadline at −1 s, 0 and +1 s, and how `check` says it, before, on and after the days on
/// which the clocks change, also where they change at midnight.
#[test]
fn a_deadline_ends_with_the_evening_of_its_last_day() {
    let cases = [
        // last day, day after, closes at, zone, in words
        (
            "2017-09-21",
            "2017-09-22",
            "2017-09-21T22:00:00Z",
            "Europe/Paris",
            "jeudi 21 septembre 2017",
        ),
        (
            "2017-03-25",
            "2017-03-26",
            "2017-03-25T23:00:00Z",
            "Europe/Paris",
            "samedi 25 mars 2017",
        ),
        (
            "2017-03-26",
            "2017-03-27",
            "2017-03-26T22:00:00Z",
            "Europe/Paris",
            "dimanche 26 mars 2017",
        ),
        (
            "2017-10-28",
            "2017-10-29",
            "2017-10-28T22:00:00Z",
            "Europe/Paris",
            "samedi 28 octobre 2017",
        ),
        (
            "2017-10-29",
            "2017-10-30",
            "2017-10-29T23:00:00Z",
            "Europe/Paris",
            "dimanche 29 octobre 2017",
        ),
        (
            "2017-10-14",
            "2017-10-15",
            "2017-10-15T03:00:00Z",
            "America/Sao_Paulo",
            "samedi 14 octobre 2017",
        ),
        (
            "2018-02-17",
            "2018-02-18",
            "2018-02-18T03:00:00Z",
            "America/Sao_Paulo",
            "samedi 17 février 2018",
        ),
    ];
    let second = SignedDuration::from_secs(1);
    for (last, after, closes, zone, said) in cases {
        let closes: Timestamp = closes.parse().unwrap();
        for key in [
            format!("register_until = {last}"),
            format!("register_before = {after}"),
        ] {
            let session = session(&format!(
                "{key}\ntimezone = \"{zone}\"\n\
                 when = [{{ from = 2018-04-10T10:00:00, to = 2018-04-10T12:00:00 }}]"
            ));
            assert_eq!(session.closes_at, Some(closes), "{key} {zone}");
            assert_eq!(session.last_day.unwrap().to_string(), last);
            assert!(session.is_open(closes - second), "{key}: one second before");
            assert!(!session.is_open(closes), "{key}: at it");
            assert!(!session.is_open(closes + second), "{key}: one second after");
            let before = described(&session, closes - second);
            let open = format!("inscriptions jusqu'au {said} à 23 h 59");
            assert!(before.contains(&open), "{before}");
            assert!(
                before.contains("le prochain mail aurait une place (12 libres)"),
                "{before}"
            );
            for at in [closes, closes + second] {
                let late = described(&session, at);
                let closed = format!("inscriptions closes depuis le {said} à 23 h 59");
                assert!(late.contains(&closed), "{late}");
                assert!(
                    late.contains("apprendrait que les inscriptions sont closes"),
                    "{late}"
                );
            }
        }
    }
}

#[test]
fn without_a_deadline_or_on_its_own_day_one_registers_until_it_begins() {
    let when = "timezone = \"Europe/Paris\"\n\
        when = [{ from = 2017-10-03T10:00:00, to = 2017-10-03T12:00:00 }]";
    let begins: Timestamp = "2017-10-03T08:00:00Z".parse().unwrap();
    for keys in [
        "",
        "register_until = 2017-10-03\n",
        "register_before = 2017-10-04\n",
    ] {
        let session = session(&format!("{keys}{when}"));
        assert_eq!(session.too_late_at(), begins);
        let said = described(&session, begins - SignedDuration::from_secs(1));
        assert!(
            said.contains("jusqu'au début de la session, le mardi 3 octobre 2017 à 10 h"),
            "{said}"
        );
    }
}

#[test]
fn every_optional_key_of_a_session_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("form.pdf"), "%PDF").unwrap();
    let text = fs::read_to_string(here("config/sessions/coop-n3.toml")).unwrap();
    let commented = Regex::new(r"(?m)^#(\w+ = )").unwrap();
    let text = commented.replace_all(&text, "$1");
    let text = text.replace("register_until = 2017-09-21\n", "");
    let text = text
        .replace("bulletin.pdf", "form.pdf")
        .replace("programme.pdf", "form.pdf");
    fs::write(folder.path().join("all.toml"), text.as_bytes()).unwrap();
    fs::create_dir(folder.path().join("main")).unwrap();
    let main = folder.path().join("main/guichet.toml");
    fs::write(
        &main,
        "sessions = \"..\"\n[mailbox]\naddress = \"a@example.org\"\n",
    )
    .unwrap();
    let config = Config::load(&main).unwrap_or_else(|e| panic!("{e}"));
    let loaded = load_catalogue_with_files(&config).unwrap_or_else(|e| panic!("{e}"));
    let session = &loaded.catalogue.sessions[0];
    let form = session.membership_form.as_ref().unwrap();
    assert_eq!((form.name.as_str(), form.bytes), ("form.pdf", 4));
    assert_eq!(form.content_type, "application/pdf");
    assert_eq!(loaded.files.len(), 1, "the same bytes once");
    assert_eq!(loaded.files[0].bytes, b"%PDF");
    assert_eq!(loaded.files[0].file.sha256, form.sha256);
    assert_eq!(session.mode, Some(Mode::Shadow));
    // But for what has no default, the commented keys change nothing.
    let plain = load_sessions(&here("config/sessions")).unwrap();
    let plain = plain.iter().find(|s| s.id.0 == "coop-n3").unwrap();
    let same = Session {
        capacity_min: None,
        mode: None,
        join_link: None,
        confirmed_note: None,
        membership_form: None,
        attachments: Vec::new(),
        contact: None,
        ..session.clone()
    };
    assert_eq!(&same, plain);
}

#[test]
fn a_file_of_more_than_five_megabytes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("film.pdf"), vec![0; 5_000_001]).unwrap();
    let text = fs::read_to_string(here("config/sessions/coop-n1.toml")).unwrap();
    fs::write(
        folder.path().join("a.toml"),
        format!("{text}attachments = [\"film.pdf\"]\n"),
    )
    .unwrap();
    let error = load_sessions(folder.path()).unwrap_err();
    assert!(error.to_string().contains("5000001 bytes"), "{error}");
    assert_eq!(error.exit_code(), 78);
    fs::write(folder.path().join("film.pdf"), vec![0; 5_000_000]).unwrap();
    load_sessions(folder.path()).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn windows_files_load() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(here("config/sessions/coop-n3.toml")).unwrap();
    let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    fs::write(folder.path().join("a.toml"), text).unwrap();
    fs::write(folder.path().join(".a.toml.swp"), "no session").unwrap();
    fs::write(folder.path().join(".hidden.toml"), "no session").unwrap();
    fs::write(folder.path().join("a.toml~"), "no session").unwrap();
    assert_eq!(
        load_sessions(folder.path())
            .unwrap_or_else(|e| panic!("{e}"))
            .len(),
        1
    );
}

#[test]
fn check_says_how_it_reads_a_session() {
    let session = session(
        "register_before = 2017-09-22\ntimezone = \"Europe/Paris\"\nheld = 2\ncapacity_min = 5\n\
         level = 3\ngroup = \"split\"\nmode = \"live\"\n\
         when = [{ from = 2017-10-03T10:00:00, to = 2017-10-03T12:00:00 }]",
    );
    let now = "2017-09-01T08:00:00Z".parse().unwrap();
    assert_eq!(
        described(&session, now),
        "A night (niveau 3)\n\
         mardi 3 octobre 2017, de 10 h à 12 h (heure de Paris), à Brive\n\
         inscriptions jusqu'au jeudi 21 septembre 2017 à 23 h 59\n\
         12 places, 2 gardées, 0 confirmée, il en faut 5\n\
         le prochain mail aurait une place (10 libres)\n\
         sans condition de cotisation ; un groupe peut être placé en partie ; en service : les réponses partent"
    );
}

fn registration(number: u64, state: State, paused: bool) -> Registration {
    let received: Timestamp = "2017-09-01T08:00:00Z".parse().unwrap();
    Registration {
        id: RegistrationId(number),
        session: SessionId("night".to_owned()),
        state,
        rank: Rank { received, number },
        group: None,
        person: None,
        contact: None,
        made_by: None,
        made_by_name: None,
        language: Language::Fr,
        thread: Vec::new(),
        subject: String::new(),
        invitation: None,
        paused_until: paused.then_some(received),
        remarks: Vec::new(),
        bounced: false,
        entry: number,
    }
}

#[test]
fn check_says_what_the_next_mail_would_get() {
    let plain = session(
        "register_before = 2017-09-22\ntimezone = \"Europe/Paris\"\n\
         when = [{ from = 2017-10-03T10:00:00, to = 2017-10-03T12:00:00 }]",
    );
    let states = [
        State::Confirmed,
        State::Confirmed,
        State::Provisional,
        State::Review,
        State::Cancelled,
        State::Waitlisted,
        State::RefusedLate,
    ];
    let registrations: Vec<Registration> = (1..)
        .zip(states)
        .map(|(number, state)| registration(number, state, state == State::Cancelled))
        .collect();
    let say = |session: &Session, roll: &Roll, at: &str, language| {
        let at = at.parse().unwrap();
        describe_session(session, roll, &Policy::default(), at, language).join("\n")
    };
    let open = "2017-09-10T08:00:00Z";
    let mut roll = Roll {
        registrations: registrations.into(),
        ..Roll::default()
    };
    let said = say(&plain, &roll, open, Language::Fr);
    let counts =
        "12 places, 2 confirmées, 1 provisoire, 1 à vérifier, 1 en pause, 1 personne en attente";
    assert!(said.contains(counts), "{said}");
    assert!(
        said.contains("le prochain mail aurait une place (7 libres)"),
        "{said}"
    );
    roll.capacity = Some(6);
    let said = say(&plain, &roll, open, Language::En);
    assert!(
        said.contains("6 seats by command (12 in the file)"),
        "{said}"
    );
    assert!(
        said.contains("the next mail would get the last free seat"),
        "{said}"
    );
    roll.capacity = Some(4);
    let said = say(&plain, &roll, open, Language::Fr);
    assert!(
        said.contains("plus de places données que de places"),
        "{said}"
    );
    assert!(
        said.contains("le prochain mail serait en liste d'attente, n° 2"),
        "{said}"
    );
    let no_list = Session {
        waitlist: false,
        ..plain.clone()
    };
    let said = say(&no_list, &roll, open, Language::Fr);
    assert!(said.contains("apprendrait que c'est complet"), "{said}");
    roll.capacity = None;
    let until_it_begins = Session {
        closes_at: None,
        ..plain.clone()
    };
    let said = say(
        &until_it_begins,
        &roll,
        "2017-10-02T08:00:00Z",
        Language::Fr,
    );
    assert!(
        said.contains("en liste d'attente, n° 2"),
        "nobody passes who waits: {said}"
    );
    let said = say(&plain, &roll, "2017-10-03T08:00:00Z", Language::Fr);
    assert!(
        said.contains("serait pour vous : la session a commencé"),
        "{said}"
    );
    for (closed, cancelled, frozen, words) in [
        (true, false, false, "closed to the robot"),
        (false, true, false, "is cancelled"),
        (
            false,
            false,
            true,
            "has changed; `guichet session accept night`",
        ),
    ] {
        let session = Session {
            closed,
            cancelled,
            ..plain.clone()
        };
        let roll = Roll {
            frozen,
            ..roll.clone()
        };
        let said = say(&session, &roll, open, Language::En);
        assert!(
            said.contains("the next mail would be for you: the session "),
            "{said}"
        );
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn going_live_with_an_empty_register_warns() {
    let session = session(
        "timezone = \"Europe/Paris\"\n\
         when = [{ from = 2017-10-03T10:00:00, to = 2017-10-03T12:00:00 }]",
    );
    let before: Timestamp = "2017-10-03T07:59:59Z".parse().unwrap();
    let after: Timestamp = "2017-10-03T08:00:00Z".parse().unwrap();
    let empty = Roll::default();
    let warn =
        |roll: &Roll, mode, now| empty_register_warning(&session, roll, mode, now, Language::En);
    let said = warn(&empty, Mode::Live, before).unwrap();
    assert!(said.contains("guichet add --csv FILE night"), "{said}");
    assert_eq!(warn(&empty, Mode::Shadow, before), None);
    assert_eq!(warn(&empty, Mode::Live, after), None);
    let roll = Roll {
        registrations: vec![registration(1, State::Confirmed, false)].into(),
        ..Roll::default()
    };
    assert_eq!(warn(&roll, Mode::Live, before), None);
}

#[test]
fn dates_may_be_written_as_people_write_them() {
    for (from, to) in [
        ("2017-10-03T10:00:00", "2017-10-03T12:00:00"),
        ("2017-10-03 10:00:00", "2017-10-03 12:00:00"),
        ("2017-10-03T10:00", "2017-10-03T12:00"),
        ("\"2017-10-03T10:00\"", "\"2017-10-03 12:00\""),
    ] {
        let session = session(&format!(
            "timezone = \"Europe/Paris\"\nwhen = [{{ from = {from}, to = {to} }}]\n\
             register_until = \"2017-09-21\""
        ));
        assert_eq!(session.begins_at().to_string(), "2017-10-03T08:00:00Z");
        assert_eq!(session.ends_at().to_string(), "2017-10-03T10:00:00Z");
        assert_eq!(session.last_day.unwrap().to_string(), "2017-09-21");
    }
}

#[test]
fn stretches_are_put_in_order() {
    let session = session(
        "timezone = \"Europe/Paris\"\nwhen = [\n\
         { from = 2017-10-04T09:00:00, to = 2017-10-04T12:00:00 },\n\
         { from = 2017-10-03T14:00:00, to = 2017-10-03T17:00:00 },\n]",
    );
    assert_eq!(session.begins_at().to_string(), "2017-10-03T12:00:00Z");
    assert_eq!(session.ends_at().to_string(), "2017-10-04T10:00:00Z");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever stands in a file, it is a session or an error that can be shown.
    #[test]
    fn no_file_makes_it_panic(at in 0usize..2000, cut in 0usize..40, put in "\\PC{0,12}|[\"=\\[\\]{}#,.:\n-]{0,6}") {
        let mut text: Vec<char> = fs::read_to_string(here("config/sessions/coop-n1.toml")).unwrap().chars().collect();
        let at = at % text.len();
        let end = (at + cut).min(text.len());
        text.splice(at..end, put.chars());
        let text: String = text.into_iter().collect();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.toml"), &text).unwrap();
        if let Err(error) = load_sessions(folder.path()) {
            prop_assert!(error.render(Colour::Always).contains("a.toml"));
            prop_assert!(!error.lines().is_empty());
        }
        fs::create_dir(folder.path().join("sessions")).unwrap();
        let main = folder.path().join("guichet.toml");
        fs::write(&main, &text).unwrap();
        prop_assert!(Config::load(&main).is_err());
    }
}
