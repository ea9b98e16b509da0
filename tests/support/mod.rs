//! What several integration tests share: Debian's Python, and servers of their own on loopback.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

mod servers;

pub use servers::*;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Says aloud that a test could not run; under `CI=true` that is a failure.
pub fn skipped(why: &str) {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "cannot run under CI: {why}"
    );
    eprintln!("SKIPPED: {why}");
}

/// Gives a file of `tests/servers`.
pub fn server_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/servers")
        .join(name)
}

/// Runs one of the Python programs of `tests/servers` with Debian's own Python (whose packages `tests/install`
/// puts in) and gives its standard output.
pub fn python(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let debian = "/usr/bin/python3";
    let python = if std::path::Path::new(debian).exists() {
        debian
    } else {
        "python3"
    };
    let mut child = Command::new(python)
        .arg(server_file(program))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 is needed: run tests/install");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(
        out.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).unwrap()
}
