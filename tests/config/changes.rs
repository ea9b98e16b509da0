//! Changes: taken up when complete; a broken file keeps the old.

use std::fs;
use std::time::Duration;

use guichet::config::{Changed, Config, Current, watch_files};

use crate::here;

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
    fs::create_dir_all(folder.path().join("templates/fr")).unwrap();
    let main = folder.path().join("guichet.toml");
    let text = "sessions = \"sessions\"\ntemplates = \"templates\"\n[mailbox]\naddress = \"a@example.org\"\n[members]\nfile = \"members.csv\"\n";
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
    let mut changes = watch_files(&config).unwrap();
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
    fs::write(folder.path().join("templates/fr/body.txt.j2"), "x").unwrap();
    assert_eq!(next().await, Some(Changed::Templates));
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
