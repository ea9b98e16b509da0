//! The configuration: what is shipped loads, what is wrong is refused with the right words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "../support/shared.rs"]
mod shared_folder;

pub use shared_folder::shared;
mod changes;
mod service;
mod sessions;
mod shipped;

use std::fs;
use std::path::{Path, PathBuf};

use guichet::config::{Config, load_catalogue, load_sessions};
use guichet::core::catalogue::{Catalogue, Mode};

/// Gives a path of the product.
pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
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
        assert!(!said.contains("canary"), "a password is shown: {said}");
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
    let mut catalogue = load_catalogue(&config).unwrap();
    let missing = |config: &Config, catalogue: &Catalogue| {
        let missing = config.missing_to_run(catalogue);
        missing.map_or(0, |error| error.problems().len())
    };
    assert_eq!(missing(&config, &catalogue), 2, "source and transport");
    let live = Config {
        mode: Mode::Live,
        ..config.clone()
    };
    assert_eq!(missing(&live, &catalogue), 3, "live needs the privacy line");
    catalogue.sessions = load_sessions(&here("config/sessions")).unwrap();
    catalogue.sessions[0].mode = Some(Mode::Live);
    assert_eq!(missing(&config, &catalogue), 3, "also for one session");
}
