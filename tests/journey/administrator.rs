//! The administrator's commands, used rightly and wrongly: what, where, why and what to do, with the right
//! exit code; nothing is changed by mistake.

use std::fs;
use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use crate::stage::{CONTACT, Mail, Said, Stage};

fn refused(stage: &Stage, words: &[&str], code: i32, wanted: &[&str]) {
    let said = stage.run(words).code(code);
    for part in wanted {
        assert!(said.err.contains(part), "{words:?}: {}", said.err);
    }
    assert!(!said.err.contains("panicked"), "{words:?}: {}", said.err);
}

#[test]
fn without_a_register_each_command_says_so_and_makes_none() {
    let stage = Stage::new();
    let backup = stage.path("backup").display().to_string();
    for words in [
        &["status"][..],
        &["list"],
        &["show", "R1"],
        &["why", "R1"],
        &["verify"],
        &["rebuild"],
        &["digest", "--preview"],
        &["export", &backup],
    ] {
        refused(&stage, words, 66, &["there is no register in", "state"]);
        assert!(!stage.state().join("journal.jsonl").exists(), "{words:?}");
    }
    refused(&stage, &["import", "nowhere"], 66, &["nowhere"]);
}

#[test]
fn what_is_not_there_is_named_with_what_there_is() {
    let stage = Stage::new();
    stage.once();
    stage.deliver(&Mail::registration("Odile Remy", "odile@mairie.example"));
    stage.once();
    refused(
        &stage,
        &["list", "coop-n4"],
        66,
        &["coop-n4", "there are: coop-n3"],
    );
    refused(
        &stage,
        &["show", "coop-n4"],
        66,
        &["coop-n4", "there are: coop-n3"],
    );
    refused(&stage, &["show", "R99"], 66, &["R99", "guichet list"]);
    refused(&stage, &["why", "R99"], 66, &["R99", "guichet list"]);
    refused(&stage, &["why", "<no@where>"], 66, &["<no@where>"]);
    let said = stage.run(&["cancel", "R99"]).code(65);
    assert!(said.out.contains("R99"), "{}", said.out);
    assert!(
        !said.err.contains("--yes"),
        "nothing is asked back: {}",
        said.err
    );
    refused(
        &stage,
        &["list", "--csv", "excel"],
        64,
        &["excel-fr", "rfc4180"],
    );
    refused(
        &stage,
        &["list", "--xlsx", "no/where.xlsx"],
        73,
        &["no/where.xlsx"],
    );
    let why = stage.run(&["why", "R1"]).code(0);
    assert!(
        why.out.contains("R1: new in coop-n3, confirmed"),
        "{}",
        why.out
    );
    let backup = stage.path("backup").display().to_string();
    // Twice is as good as once.
    stage.run(&["verify"]).code(0);
    stage.run(&["rebuild"]).code(0);
    stage.run(&["rebuild"]).code(0);
    stage.run(&["export", &backup]).code(0);
    refused(&stage, &["export", &backup], 73, &["exists already"]);
    refused(
        &stage,
        &["import", &backup],
        73,
        &["holds a register already"],
    );
}

#[test]
fn while_the_daemon_runs_readers_read_and_the_rest_says_who_holds_it() {
    let stage = Stage::new();
    let daemon = stage.start();
    let backup = stage.path("backup").display().to_string();
    for words in [
        &["status"][..],
        &["list"],
        &["sessions"],
        &["digest", "--preview"],
        &["export", &backup],
    ] {
        stage.run(words).code(0);
    }
    let pid = daemon.pid().to_string();
    for words in [&["verify"][..], &["rebuild"], &["run", "--once"]] {
        refused(&stage, words, 75, &[&pid]);
    }
    daemon.stop().code(0);
}

#[test]
fn check_says_what_is_missing_and_which_server_is_dead() {
    let stage = Stage::new();
    let said = stage.run(&["check"]).code(0);
    assert!(!said.out.contains("not enough yet"), "{}", said.out);
    stage.write_config("mode = \"live\"\n", "");
    let said = stage.run(&["check"]).code(0);
    assert!(
        said.out.contains("not enough yet for `guichet run`"),
        "{}",
        said.out
    );
    refused(
        &stage,
        &["check", "--connect"],
        78,
        &["[imap] or [maildir]"],
    );

    let dead = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    fs::write(stage.path("secret"), "sesame").unwrap();
    fs::set_permissions(stage.path("secret"), Permissions::from_mode(0o600)).unwrap();
    let imap = format!(
        "[imap]\nhost = \"127.0.0.1\"\nport = {dead}\nprotection = \"none\"\nuser = \"{CONTACT}\"\npassword_file = \"secret\"\n"
    );
    stage.write_config("", &format!("{imap}[outbox]\nfolder = \"out\"\n"));
    let port = dead.to_string();
    refused(
        &stage,
        &["check", "--connect"],
        69,
        &["127.0.0.1", &port, "guichet.toml"],
    );
    let smtp = format!("[smtp]\nhost = \"127.0.0.1\"\nport = {dead}\nprotection = \"none\"\n");
    stage.write_config("", &format!("[maildir]\npath = \"Maildir\"\n{smtp}"));
    refused(
        &stage,
        &["check", "--connect"],
        69,
        &["127.0.0.1", &port, "guichet.toml"],
    );

    // A secret that others can read is refused before anything is dialled.
    fs::set_permissions(stage.path("secret"), Permissions::from_mode(0o644)).unwrap();
    stage.write_config("", &format!("{imap}[outbox]\nfolder = \"out\"\n"));
    let said: Said = stage.run(&["check", "--connect"]);
    assert!(
        matches!(said.code, Some(77 | 78)),
        "{:?}: {}",
        said.code,
        said.err
    );
    assert!(
        said.err.contains("chmod 600") || said.err.contains("0600"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("sesame"), "{}", said.err);
}

#[test]
fn every_command_explains_itself() {
    let stage = Stage::new();
    let help = stage.run(&["--help"]).code(0);
    let commands: Vec<String> = help
        .out
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|word| word != "help" && word.chars().all(|c| c.is_ascii_lowercase()))
        .collect();
    assert!(commands.len() > 20, "{commands:?}");
    for command in &commands {
        let said = stage.run(&[command, "--help"]).code(0);
        let first = said.out.lines().next().unwrap_or_default();
        assert!(first.len() > 10, "{command}: {}", said.out);
        assert!(said.out.contains("Usage: guichet"), "{command}");
    }
}
