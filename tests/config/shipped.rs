//! What is shipped loads, explains every key once, and states the true defaults.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use guichet::config::{
    Config, Policy, Protection, Source, Transport, load_catalogue, load_sessions,
};
use guichet::core::catalogue::{Mode, Session};
use regex::Regex;

use crate::{here, shared};

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
