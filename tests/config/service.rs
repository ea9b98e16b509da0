//! The systemd unit, and the exceptions of `deny.toml`.

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

/// G7: an exception says since when and why, and goes when what it excuses is gone.
#[test]
fn each_exception_is_dated_and_still_needed() {
    let text = fs::read_to_string(here("config/deny.toml")).unwrap();
    let lock = fs::read_to_string(here("Cargo.lock")).unwrap();
    let exception = Regex::new(r#"id = "RUSTSEC-\d+-\d+", reason = "(.*)""#).unwrap();
    let dated = Regex::new(r"^20\d\d-\d\d-\d\d: ([\w-]+), .{20,}$").unwrap();
    let mut exceptions = 0;
    for found in exception.captures_iter(&text) {
        exceptions += 1;
        let reason = dated
            .captures(&found[1])
            .unwrap_or_else(|| panic!("{}", &found[1]));
        let named = format!("name = \"{}\"", &reason[1]);
        assert!(
            lock.contains(&named),
            "{} is gone: so can its exception",
            &reason[1]
        );
    }
    assert_eq!(exceptions, text.matches("RUSTSEC-").count());
    assert!(exceptions > 0);
}
