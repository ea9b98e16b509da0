//! Scenarios through `guichet rehearse`: every reply, whoever else was written to, and the final lists.
//!
//! Ours lie in `tests/scenarios/{fr,en}`; those of the shared folder are played in place where it is.
//! A scenario named in `tests/scenarios/open.txt` does not pass yet, with the reason beside it; once
//! it passes, the line must go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "support/scenario.rs"]
mod scenario;

use std::process::Command;

use scenario::*;
use serde_json::Value;

fn play(scenario: &Scenario) -> (usize, usize, Vec<String>) {
    let expected = scenario.expected();
    let work = tempfile::tempdir().unwrap();
    prepare(scenario, &expected, work.path());
    let run = Command::new(env!("CARGO_BIN_EXE_guichet"))
        .current_dir(work.path())
        .args([
            "rehearse",
            "--config",
            "guichet.toml",
            "--received",
            "received.jsonl",
            "--out",
            "out",
            "--json",
            "mails",
        ])
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}: {}",
        scenario.folder.display(),
        String::from_utf8_lossy(&run.stderr)
    );
    let lines: Vec<Value> = String::from_utf8(run.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let end = lines
        .iter()
        .find_map(|line| line.get("final"))
        .cloned()
        .unwrap_or_default();
    judge(&expected, &lines, &end)
}

fn check(group: &str, scenarios: &[Scenario]) {
    assert!(!scenarios.is_empty(), "no scenario of {group} was found");
    let open = open();
    let (mut whole, mut right, mut mails) = (0, 0, 0);
    let mut failed = Vec::new();
    for scenario in scenarios {
        let name = scenario.name(group);
        let (ok, all, faults) = play(scenario);
        right += ok;
        mails += all;
        whole += usize::from(faults.is_empty());
        println!("{name}: {ok}/{all} mails, {} faults", faults.len());
        faults.iter().for_each(|fault| println!("    {fault}"));
        match (faults.is_empty(), open.get(&name)) {
            (false, None) => failed.push(format!("{name} fails: {}", faults.join("; "))),
            (true, Some(_)) => failed.push(format!(
                "{name} passes: take it off tests/scenarios/open.txt"
            )),
            (false, Some(why)) => println!("    OPEN: {why}"),
            (true, None) => {}
        }
    }
    println!(
        "{group}: scenarios {whole}/{}, mails {right}/{mails}",
        scenarios.len()
    );
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn our_scenarios_play_as_they_should() {
    check("ours", &ours());
}

#[test]
fn the_shared_scenarios_play_as_they_should() {
    let Some(scenarios) = shared_scenarios() else {
        eprintln!("SKIPPED: there is no shared folder beside the project");
        return;
    };
    check("shared", &scenarios);
}
