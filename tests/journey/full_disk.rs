//! A disk that is quite full while mail comes in and letters are on their way: nothing is lost, nothing is
//! sent twice, the daemon says so and goes on once there is room.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use guichet::core::entry::Body;
use guichet::register::{OutboxFilter, Query as _};

use crate::sink::Sink;
use crate::stage::{Mail, Stage, name_of};
use crate::support::{skipped, until};

/// How much the small file system holds.
const SMALL_BYTES: usize = 96 << 20;

/// A small file system of its own; unmounted when dropped.
pub struct Small(PathBuf);

impl Small {
    /// Mounts one of 96 MiB; `None`, said aloud, where that is not allowed.
    pub fn mount(folder: &Path) -> Option<Small> {
        fs::create_dir_all(folder).unwrap();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={SMALL_BYTES},mode=0700"),
                "none",
            ])
            .arg(folder)
            .status();
        if !mounted.is_ok_and(|status| status.success()) {
            skipped("no small file system can be mounted here");
            return None;
        }
        Some(Small(folder.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let gone = Command::new("umount").arg(&self.0).status();
        if !gone.is_ok_and(|status| status.success()) {
            eprintln!("{} stays mounted", self.0.display());
        }
    }
}

/// Writes until the small disk takes no more; never more than it can hold, should it be gone.
fn fill(file: &Path) {
    let mut ballast = fs::File::options()
        .append(true)
        .create(true)
        .open(file)
        .unwrap();
    let block = vec![1; 4096];
    let written = (0..SMALL_BYTES / 4096).take_while(|_| ballast.write_all(&block).is_ok());
    let blocks = written.count();
    // The last bytes, one by one: less than a block may have been left.
    let left = (0..4096).take_while(|_| ballast.write_all(b"1").is_ok());
    assert!(left.count() < 4096, "{blocks} blocks do not fill it");
}

#[test]
fn a_full_disk_under_letters_on_their_way_loses_and_repeats_nothing() {
    let sink = Sink::start();
    let stage = Stage::new();
    stage.write_config(
        "mode = \"live\"\n",
        &format!(
            "[maildir]\npath = \"Maildir\"\npoll = \"1 s\"\n{}",
            sink.config()
        ),
    );
    let state = stage.state();
    let Some(_small) = Small::mount(&state) else {
        return;
    };
    stage.once(); // the watch begins
    let people = 18; // their outcomes need more than what is left of a block
    for n in 0..people {
        stage.deliver(&Mail::registration(
            &name_of(n),
            &format!("p{n}@lieu{n}.example"),
        ));
    }
    let ballast = state.join("ballast");
    let fills = ballast.clone();
    sink.at_letter(move || fill(&fills));
    let daemon = stage.start();
    daemon.says("the register's disk takes nothing");
    let late = stage.deliver(&Mail::registration("Odile Remy", "odile@mairie.example"));
    let said = until("status says so", || {
        let said = stage.run(&["status"]);
        (said.code == Some(69) && said.err.contains("No space left")).then_some(said)
    });
    assert!(said.out.contains("degraded"), "{}", said.out);
    assert_eq!(
        stage.file_of(&late),
        format!("new/{late}"),
        "left where it is"
    );

    sink.at_letter(|| {});
    fs::remove_file(&ballast).unwrap();
    until("the last one is answered", || {
        (!sink.letters_to("odile@mairie.example").is_empty()).then_some(())
    });
    until("status is well", || {
        (stage.run(&["status"]).code == Some(0)).then_some(())
    });
    daemon.stop().code(0);
    for n in 0..people {
        let letters = sink.letters_to(&format!("p{n}@lieu{n}.example"));
        assert_eq!(letters.len(), 1, "p{n} is answered once");
    }
    let register = stage.register();
    assert!(register.outbox(OutboxFilter::Open).unwrap().is_empty());
    let over = register.entries(0).filter(|entry| {
        let body = &entry.as_ref().unwrap().body;
        matches!(body, Body::Noticed { code, .. } if code == "disk_over")
    });
    assert_eq!(over.count(), 1);
    let digest = stage.run(&["digest", "--preview"]).code(0);
    assert!(
        digest.out.contains("de nouveau de la place"),
        "{}",
        digest.out
    );
    stage.run(&["verify"]).code(0);
}
