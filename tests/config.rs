//! The configuration: what is shipped loads, what is wrong is refused with the right words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use guichet::config::{
    Changed, Config, Current, Policy, Protection, Source, Transport, load_catalogue,
    load_catalogue_with_files, load_sessions, watch,
};
use guichet::core::catalogue::{Mode, Session};
use guichet::core::describe::describe_session;
use guichet::core::reading::Language;
use guichet::core::roll::Roll;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The folder beside the product that its makers share; `None`, said aloud, if it is not there.
fn shared() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("GUICHET_SHARED") {
        return Some(PathBuf::from(named));
    }
    let start = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = start
        .ancestors()
        .map(|folder| folder.join("shared"))
        .find(|folder| folder.join("CONTRACT.md").is_file());
    if found.is_none() {
        eprintln!("SKIPPED: the shared folder is not there");
    }
    found
}

/// Loads a folder's `guichet.toml` and its catalogue and gives all that is said about it.
fn said_of(folder: &Path) -> String {
    let result = Config::load(&folder.join("guichet.toml"))
        .and_then(|config| load_catalogue(&config).map(|_| ()));
    let said = result
        .expect_err("a bad configuration was taken")
        .to_string();
    said.replace(&folder.display().to_string(), "DIR")
}

/// Each folder of `tests/bad_configs` is refused with exactly the words of its `expected.txt`.
/// `GUICHET_BLESS=1` writes them anew, for reading over before they are committed.
#[test]
fn bad_configurations_are_refused_with_the_right_words() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(here("tests/bad_configs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    for folder in folders {
        cases += 1;
        let said = said_of(&folder);
        let file = folder.join("expected.txt");
        if std::env::var_os("GUICHET_BLESS").is_some() {
            fs::write(&file, format!("{said}\n")).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if expected.trim_end() != said {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("== {name}\nexpected:\n{expected}\nsaid:\n{said}\n"));
        }
    }
    assert!(cases >= 25, "only {cases} bad configurations");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reference_catalogue_loads() {
    let Some(shared) = shared() else { return };
    let sessions = load_sessions(&shared.join("mails/catalogue")).unwrap_or_else(|e| panic!("{e}"));
    let ids: Vec<&str> = sessions.iter().map(|s| s.id.0.as_str()).collect();
    assert_eq!(
        ids,
        [
            "anim-reunion",
            "coop-n1",
            "coop-n2",
            "coop-n3",
            "eval-leader",
            "fin-innovants"
        ]
    );
    let n3 = &sessions[3];
    assert_eq!(n3.level, Some(3));
    assert_eq!(n3.closes_at.unwrap().to_string(), "2017-09-21T22:00:00Z");
    assert_eq!(n3.begins_at().to_string(), "2017-10-03T08:00:00Z");
    assert_eq!(n3.last_day.unwrap().to_string(), "2017-09-21");
}

#[test]
fn two_lines_are_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sessions")).unwrap();
    let file = folder.path().join("guichet.toml");
    fs::write(
        &file,
        "sessions = \"sessions\"\n[mailbox]\naddress = \"Training@Open-Door.example\"\n",
    )
    .unwrap();
    let config = Config::load(&file).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.organisation.address, "training@open-door.example");
    assert_eq!(config.organisation.name, "Open Door");
    assert_eq!(config.digest.to, ["training@open-door.example"]);
    assert!(config.source.is_none() && config.transport.is_none());
    assert!(!config.catalogue_complete);
    assert!(config.sessions.is_absolute());
    assert!(config.missing_to_run(true).unwrap().problems().len() == 3);
}

// ---- what is shipped ------------------------------------------------------------------------------

/// A line that sets a key or opens a section, perhaps behind a `#`: section, key, whether commented.
fn written_keys(text: &str) -> BTreeMap<String, Vec<(String, bool)>> {
    let line = Regex::new(r"^(#?)(?:\[(\w+)\]|(\w+) = .*)$").unwrap();
    let mut section = String::new();
    let mut keys: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for found in text.lines().filter_map(|l| line.captures(l)) {
        match (found.get(2), found.get(3)) {
            (Some(name), _) => section = name.as_str().to_owned(),
            (_, Some(key)) => {
                let commented = !found[1].is_empty();
                let keys = keys.entry(section.clone()).or_default();
                keys.push((key.as_str().to_owned(), commented));
            }
            _ => unreachable!(),
        }
    }
    keys
}

/// The fields of each struct of `raw.rs`, with their types.
fn raw_structs() -> BTreeMap<String, Vec<(String, String)>> {
    let text = fs::read_to_string(here("src/config/raw.rs")).unwrap();
    let start = Regex::new(r"^pub\(super\) struct (\w+)").unwrap();
    let field = Regex::new(r"^    pub (\w+): (.*),$").unwrap();
    let mut structs: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(found) = start.captures(line) {
            current = found[1].to_owned();
        } else if let Some(found) = field.captures(line) {
            let fields = structs.entry(current.clone()).or_default();
            fields.push((found[1].to_owned(), found[2].to_owned()));
        }
    }
    assert!(
        structs.len() >= 13,
        "raw.rs is not read as this test thinks"
    );
    structs
}

#[test]
fn the_shipped_configuration_loads() {
    let config = Config::load(&here("config/guichet.toml")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.mode, Mode::Shadow);
    let catalogue = load_catalogue(&config).unwrap_or_else(|e| panic!("{e}"));
    let levels: Vec<Option<u32>> = catalogue.sessions.iter().map(|s| s.level).collect();
    assert_eq!(levels, [Some(1), Some(2), Some(3)]);
}

#[test]
fn the_shipped_sessions_are_the_reference_ones() {
    let Some(shared) = shared() else { return };
    let reference = load_sessions(&shared.join("mails/catalogue")).unwrap();
    let shipped = load_sessions(&here("config/sessions")).unwrap();
    for session in &shipped {
        let other = reference.iter().find(|s| s.id == session.id).unwrap();
        let bare = Session {
            description: None,
            audience: None,
            ..session.clone()
        };
        assert_eq!(&bare, other);
    }
    assert_eq!(shipped.len(), 3);
}

#[test]
fn every_key_stands_in_the_shipped_files() {
    let structs = raw_structs();
    let main = written_keys(&fs::read_to_string(here("config/guichet.toml")).unwrap());
    let mut expected = 0;
    for (field, kind) in &structs["RawConfig"] {
        match kind.split(['<', '>']).find(|k| k.starts_with("Raw")) {
            None => {
                assert!(
                    main[""].iter().any(|(k, _)| k == field),
                    "{field} is not explained"
                );
                expected += 1;
            }
            Some(section) => {
                for (key, _) in &structs[section] {
                    let keys = main.get(field).unwrap_or_else(|| panic!("no [{field}]"));
                    let here = keys.iter().filter(|(k, _)| k == key).count();
                    assert_eq!(here, 1, "{key} of [{field}] stands {here} times");
                    expected += 1;
                }
            }
        }
    }
    let written: usize = main.values().map(Vec::len).sum();
    assert_eq!(written, expected, "a key of guichet.toml is none");
    let session = written_keys(&fs::read_to_string(here("config/sessions/coop-n3.toml")).unwrap());
    let mut keys: Vec<&str> = session[""].iter().map(|(key, _)| key.as_str()).collect();
    let mut fields: Vec<&str> = structs["RawSession"]
        .iter()
        .map(|(k, _)| k.as_str())
        .collect();
    keys.sort_unstable();
    fields.sort_unstable();
    assert_eq!(
        keys, fields,
        "coop-n3.toml explains all keys of a session file, once"
    );
}

#[test]
fn only_the_address_has_no_default() {
    let main = written_keys(&fs::read_to_string(here("config/guichet.toml")).unwrap());
    let set: Vec<&str> = main
        .values()
        .flatten()
        .filter(|(_, commented)| !commented)
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(set, ["sessions", "address"]);
}

/// The shipped file with every `#` before a key taken away, but for the lines that match `without`.
fn all_set(without: &str) -> (tempfile::TempDir, PathBuf) {
    let without = Regex::new(without).unwrap();
    let commented = Regex::new(r"^#(\[\w+\]|\w+ = )").unwrap();
    let mut section = String::new();
    let mut text = String::new();
    for line in fs::read_to_string(here("config/guichet.toml"))
        .unwrap()
        .lines()
    {
        let line = if commented.is_match(line) {
            &line[1..]
        } else {
            line
        };
        if line.starts_with('[') {
            section = line.to_owned();
        }
        if !without.is_match(line) && !without.is_match(&section) {
            text.push_str(line);
            text.push('\n');
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["sessions", "templates"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    for name in ["members.csv", "ca.pem", "password"] {
        fs::write(folder.path().join(name), "email\n").unwrap();
    }
    let file = folder.path().join("guichet.toml");
    fs::write(&file, text).unwrap();
    (folder, file)
}

#[test]
fn what_the_shipped_file_calls_a_default_is_one() {
    let bare = tempfile::tempdir().unwrap();
    fs::create_dir(bare.path().join("sessions")).unwrap();
    let file = bare.path().join("guichet.toml");
    let minimal = "[mailbox]\naddress = \"training@example.org\"\n\
        [imap]\nhost = \"imap.example.org\"\npassword_file = \"password\"\n\
        [smtp]\nhost = \"smtp.example.org\"\nuser = \"training@example.org\"\n";
    fs::write(&file, minimal).unwrap();
    let default = Config::load(&file).unwrap_or_else(|e| panic!("{e}"));
    let (folder, file) = all_set(r"^\[maildir\]|^\[outbox\]|^password_(command|env|credential)");
    let set = Config::load(&file).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        format!("{:?}", set.policy),
        format!("{:?}", Policy::default())
    );
    assert_eq!(set.digest.at, default.digest.at);
    assert_eq!(set.digest.to, default.digest.to);
    assert_eq!(set.digest.weekends, default.digest.weekends);
    assert_eq!(set.timezone, default.timezone);
    assert_eq!(set.language, default.language);
    assert_eq!(
        (set.mode, set.catalogue_complete),
        (default.mode, default.catalogue_complete)
    );
    assert_eq!(set.organisation.name, default.organisation.name);
    let state = |config: &Config| config.state.file_name().unwrap().to_owned();
    assert_eq!(state(&set), state(&default));
    let (Some(Source::Imap(a)), Some(Source::Imap(b))) = (set.source, default.source) else {
        panic!("no IMAP")
    };
    assert_eq!(
        (a.port, a.protection, &a.user),
        (b.port, b.protection, &b.user)
    );
    assert_eq!(
        (a.auth, &a.mailbox, a.copy_to_sent),
        (b.auth, &b.mailbox, b.copy_to_sent)
    );
    assert_eq!(
        (a.idle_renew, a.poll, a.command_timeout),
        (b.idle_renew, b.poll, b.command_timeout)
    );
    assert_eq!(a.ca_file, Some(folder.path().join("ca.pem")));
    assert_eq!((b.sent, b.move_to, b.ca_file), (None, None, None));
    let (Some(Transport::Smtp(a)), Some(Transport::Smtp(b))) = (set.transport, default.transport)
    else {
        panic!("no SMTP")
    };
    assert_eq!(
        (a.port, a.protection, &a.hello),
        (b.port, b.protection, &b.hello)
    );
    assert_eq!(
        (a.step_timeout, a.final_timeout),
        (b.step_timeout, b.final_timeout)
    );
    assert!(b.login.is_some(), "the mailbox's password serves the relay");
}

#[test]
fn the_shipped_file_sets_a_maildir_and_an_outbox_too() {
    let (folder, file) = all_set(r"^\[imap\]|^\[smtp\]");
    let config = Config::load(&file).unwrap_or_else(|e| panic!("{e}"));
    let Some(Source::Maildir(maildir)) = config.source else {
        panic!("no Maildir")
    };
    assert_eq!(maildir.sent, maildir.path.join(".Sent"));
    let Some(Transport::Folder(out)) = config.transport else {
        panic!("no outbox")
    };
    assert_eq!(out, folder.path().join("outbox"));
}

#[test]
fn cleartext_goes_to_this_machine_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sessions")).unwrap();
    let file = folder.path().join("guichet.toml");
    for (host, allowed) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("localhost.example.org", false),
        ("127.0.0.1.example.org", false),
        ("10.0.0.1", false),
        ("0.0.0.0", false),
    ] {
        let text = format!(
            "[mailbox]\naddress = \"a@example.org\"\n[imap]\nhost = \"{host}\"\n\
             protection = \"none\"\npassword_env = \"P\"\n"
        );
        fs::write(&file, text).unwrap();
        assert_eq!(Config::load(&file).is_ok(), allowed, "{host}");
    }
    let text =
        "[mailbox]\naddress = \"a@example.org\"\n[smtp]\nhost = \"smtp.example.org\"\nport = 587\n";
    fs::write(&file, text).unwrap();
    let Some(Transport::Smtp(smtp)) = Config::load(&file).unwrap().transport else {
        panic!("no SMTP")
    };
    assert_eq!(smtp.protection, Protection::StartTls);
}

// ---- sessions -----------------------------------------------------------------------------------------

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
        "night – A night (niveau 3)\n\
         mardi 3 octobre 2017, de 10 h à 12 h (heure de Paris), à Brive\n\
         inscriptions jusqu'au jeudi 21 septembre 2017 à 23 h 59\n\
         12 places, 2 gardées, 0 confirmée, il en faut 5\n\
         le prochain mail aurait une place (10 libres)\n\
         sans condition de cotisation ; un groupe peut être placé en partie ; en service : les réponses partent"
    );
    let full = Roll {
        capacity: Some(2),
        ..Roll::default()
    };
    let said = describe_session(&session, &full, &Policy::default(), now, Language::En).join("\n");
    assert!(
        said.contains("2 seats by command (12 in the file), 2 held"),
        "{said}"
    );
    assert!(
        said.contains("the next mail would be no. 1 on the waiting list"),
        "{said}"
    );
}

// ---- changes --------------------------------------------------------------------------------------------

/// A folder with a main file, the shipped sessions and a list of members.
fn living() -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sessions")).unwrap();
    for entry in fs::read_dir(here("config/sessions")).unwrap() {
        let entry = entry.unwrap();
        let to = folder.path().join("sessions").join(entry.file_name());
        fs::copy(entry.path(), to).unwrap();
    }
    fs::write(folder.path().join("members.csv"), "email\na@x.example\n").unwrap();
    let main = folder.path().join("guichet.toml");
    let text = "sessions = \"sessions\"\n[mailbox]\naddress = \"a@example.org\"\n[members]\nfile = \"members.csv\"\n";
    fs::write(&main, text).unwrap();
    let config = Config::load(&main).unwrap_or_else(|e| panic!("{e}"));
    (folder, config)
}

#[test]
fn a_broken_file_keeps_the_old_catalogue() {
    let (folder, config) = living();
    let mut current = Current::load(&config).unwrap();
    let file = folder.path().join("sessions/coop-n3.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("capacity = 12", "capacity = 0")).unwrap();
    assert!(current.reload_catalogue(&config).is_empty());
    assert_eq!(current.loaded.catalogue.sessions.len(), 3);
    let lines = current.broken_catalogue.as_ref().unwrap().lines();
    assert!(
        lines[0].contains("coop-n3.toml:") && lines[0].ends_with("`capacity` cannot be 0"),
        "{lines:?}"
    );
    fs::write(&file, text.replace("capacity = 12", "capacity = 15")).unwrap();
    let change = current.reload_catalogue(&config);
    assert_eq!(change.changed[0].capacity, 15);
    assert!(current.broken_catalogue.is_none());
    fs::remove_file(&file).unwrap();
    let change = current.reload_catalogue(&config);
    assert_eq!(change.vanished[0].0, "coop-n3");
    let members = folder.path().join("members.csv");
    fs::write(&members, "nothing\n1\n").unwrap();
    current.reload_members(&config);
    assert_eq!(current.members.as_ref().unwrap().emails, ["a@x.example"]);
    assert!(current.broken_members.is_some());
    fs::write(&members, "courriel\nb@x.example\n").unwrap();
    current.reload_members(&config);
    assert_eq!(current.members.as_ref().unwrap().emails, ["b@x.example"]);
    assert!(current.broken_members.is_none());
}

#[tokio::test]
async fn changes_are_told_once_they_are_complete() {
    let (folder, config) = living();
    let mut changes = watch(&config.sessions, config.members.as_deref()).unwrap();
    let mut next = async || {
        let limit = Duration::from_secs(20);
        tokio::time::timeout(limit, changes.recv())
            .await
            .expect("no change was told")
    };
    let sessions = folder.path().join("sessions");
    // An editor that writes beside and renames.
    fs::write(sessions.join(".new"), "x").unwrap();
    fs::rename(sessions.join(".new"), sessions.join("new.toml")).unwrap();
    assert_eq!(next().await, Some(Changed::Catalogue));
    // One that writes in place; another file beside is nothing.
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    fs::write(sessions.join(".new.toml.swp"), "x").unwrap();
    fs::write(folder.path().join("members.csv"), "email\n").unwrap();
    assert_eq!(next().await, Some(Changed::Members));
    fs::remove_file(sessions.join("new.toml")).unwrap();
    assert_eq!(next().await, Some(Changed::Catalogue));
    // The whole folder is put in another's place, and the new one is watched.
    fs::rename(&sessions, folder.path().join("old")).unwrap();
    fs::create_dir(folder.path().join("fresh")).unwrap();
    fs::rename(folder.path().join("fresh"), &sessions).unwrap();
    assert_eq!(next().await, Some(Changed::Catalogue));
    fs::write(sessions.join("a.toml"), "x").unwrap();
    assert_eq!(next().await, Some(Changed::Catalogue));
}

// ---- the service ----------------------------------------------------------------------------------------

/// G1: the unit scores at most 1.5 and systemd finds no mistake in it.
#[test]
fn the_service_is_locked_up() {
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new("systemd-analyze")
            .args(arguments)
            .output();
        output.map(|o| {
            let text = [o.stdout, o.stderr].concat();
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let unit = here("config/guichet.service");
    let Ok(version) = run(&["--version"]) else {
        eprintln!("SKIPPED: systemd-analyze is not installed");
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "systemd-analyze is missing"
        );
        return;
    };
    assert!(version.starts_with("systemd"), "{version}");
    let said = run(&[
        "security",
        "--offline=true",
        "--no-pager",
        unit.to_str().unwrap(),
    ])
    .unwrap();
    let score = Regex::new(r"Overall exposure level for guichet.service: ([0-9.]+)").unwrap();
    let score = score.captures(&said).unwrap_or_else(|| panic!("{said}"));
    assert!(score[1].parse::<f64>().unwrap() <= 1.5, "{said}");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("guichet.service");
    let text = fs::read_to_string(&unit).unwrap();
    assert!(text.contains("Type=notify") && text.contains("WatchdogSec="));
    fs::write(&copy, text.replace("/usr/local/bin/guichet", "/bin/true")).unwrap();
    let said = run(&["verify", copy.to_str().unwrap()]).unwrap();
    assert_eq!(said.trim(), "", "systemd finds mistakes");
}
