//! The systemd unit.

use std::fs;

use regex::Regex;

use crate::here;

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
