//! Keeps the layering: `main → cli → house → {intake, courier} → edges → core`; edges never meet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice
)]

use std::path::{Path, PathBuf};

/// Rooms of the house with what they may name of it (`crate::X`); arrows may skip rooms downwards.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("core", &["core"]),
    ("config", &["config", "core"]),
    ("clock", &[]),
    ("failpoint", &["failpoint"]),
    ("mailbox", &["core", "mailbox"]),
    ("secret", &["config", "secret"]),
    ("net", &["config", "net", "secret"]),
    ("backoff", &["mailbox"]),
    (
        "imap",
        &[
            "core", "config", "mailbox", "secret", "imap", "net", "clock", "backoff",
        ],
    ),
    (
        "maildir",
        &["core", "config", "mailbox", "maildir", "clock"],
    ),
    ("folder", &["core", "mailbox", "clock"]),
    (
        "smtp",
        &["core", "config", "secret", "smtp", "net", "failpoint"],
    ),
    ("register", &["core", "mailbox", "register", "failpoint"]),
    ("render", &["core", "render"]),
    ("live", &["config", "core", "render"]),
    (
        "intake",
        &["core", "clock", "live", "mailbox", "register", "failpoint"],
    ),
    (
        "courier",
        &[
            "core",
            "clock",
            "config",
            "live",
            "mailbox",
            "register",
            "smtp",
            "failpoint",
        ],
    ),
];

/// What the core must not touch: IO, clock, randomness, async, logging.
const FOREIGN_TO_CORE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "tokio::",
    "tracing::",
    "getrandom",
    "sled::",
    "lettre::",
    "async_imap::",
    "Timestamp::now",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path);
        }
    }
    files
}

/// The code of a file without comments and without its test module.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let product = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default()
        .to_owned();
    product
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn room_of(src: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(src).unwrap();
    let first = relative
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn rooms_name_only_what_lies_below_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut checked = 0;
    let mut faults = Vec::new();
    for file in sources(&src) {
        let room = room_of(&src, &file);
        let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == room) else {
            continue;
        };
        checked += 1;
        for (at, _) in code(&file).match_indices("crate::") {
            let text = code(&file);
            let named: String = text[at + "crate::".len()..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if !allowed.contains(&named.as_str()) {
                faults.push(format!("{} names crate::{named}", file.display()));
            }
        }
    }
    assert!(checked > 20, "only {checked} files were checked");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_core_is_pure() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&src.join("core"));
    assert!(files.len() > 10);
    let mut faults = Vec::new();
    for file in files {
        let text = code(&file);
        faults.extend(
            FOREIGN_TO_CORE
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{} uses {word}", file.display())),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_top_level_holds_only_what_the_plan_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "src",
        "config",
        "templates",
        "tests",
        "target",
    ];
    for entry in std::fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            name.starts_with('.') || known.contains(&name.as_str()),
            "{name} stands at the top level"
        );
    }
}
