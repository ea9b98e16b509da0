//! Fetching a password or token: by command, file, environment or systemd credential.
//!
//! Invariants: fetched anew for each connection, so that a rotated token is taken up; never in an argument,
//! a log or an error message; a file that others can read is refused.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;

use crate::config::Secret;

/// Longest secret: an OAuth token is some 2,000 bytes.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// How long a command may take: it may ask a token service over the network.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// A secret in the clear; it does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed(String);

impl Revealed {
    /// Gives the secret itself, for the one call that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Revealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Revealed(…)")
    }
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct SecretError {
    /// What failed, without the secret.
    pub what: String,
    /// True if trying again may help (a command that failed), false if the configuration is at fault.
    pub transient: bool,
}

/// Fetches a secret.
///
/// # Errors
/// [`SecretError`] if it is not there, not private, empty or not one line of text.
pub async fn reveal(secret: &Secret) -> Result<Revealed, SecretError> {
    match secret {
        Secret::Command(command) => by_command(command).await,
        Secret::File(path) => {
            let mode = 0o077;
            first_line(read_file(path, Some(mode))?, &path.display().to_string())
        }
        Secret::Environment(name) => match std::env::var(name) {
            Ok(value) => first_line(value.into_bytes(), &format!("${name}")),
            Err(_) => Err(fault(format!("the environment variable {name} is not set"))),
        },
        Secret::Credential(name) => {
            let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") else {
                return Err(fault(
                    "$CREDENTIALS_DIRECTORY is not set: systemd's LoadCredential= does that; by hand, set it to the folder of that file"
                        .to_owned(),
                ));
            };
            let mut parts = Path::new(name).components();
            let one = matches!(parts.next(), Some(std::path::Component::Normal(_)));
            if !one || parts.next().is_some() {
                return Err(fault(format!("`{name}` is no credential's name")));
            }
            // systemd keeps the folder private itself; the file's mode is its own affair.
            let path = PathBuf::from(folder).join(name);
            first_line(read_file(&path, None)?, &path.display().to_string())
        }
    }
}

fn fault(what: String) -> SecretError {
    SecretError {
        what,
        transient: false,
    }
}

fn read_file(path: &Path, forbidden_mode: Option<u32>) -> Result<Vec<u8>, SecretError> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        fault(format!(
            "the secret's file `{shown}` cannot be read: {error}"
        ))
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // Asked of the open file, so that it is the one that is read.
    let data = file.metadata().map_err(unreadable)?;
    if !data.is_file() {
        return Err(fault(format!("the secret's file `{shown}` is no file")));
    }
    let mode = data.permissions().mode() & 0o777;
    if let Some(forbidden) = forbidden_mode
        && mode & forbidden != 0
    {
        return Err(fault(format!(
            "the secret's file `{shown}` can be read by others (mode {mode:04o}): chmod 600 it"
        )));
    }
    let mut bytes = Vec::new();
    file.take(SECRET_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

async fn by_command(command: &str) -> Result<Revealed, SecretError> {
    let failed = |why: String| SecretError {
        what: format!("the command that gives the secret {why}"),
        transient: true,
    };
    // What it says on standard error may hold the secret: it goes nowhere.
    let mut child = tokio::process::Command::new("/bin/sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let out = child.stdout.take();
    let run = async {
        let mut bytes = Vec::new();
        if let Some(out) = out {
            out.take(SECRET_BYTES_MAX).read_to_end(&mut bytes).await?;
        }
        Ok::<_, std::io::Error>((bytes, child.wait().await?))
    };
    match tokio::time::timeout(COMMAND_TIMEOUT, run).await {
        Ok(Ok((bytes, status))) if status.success() => first_line(bytes, "the command's output"),
        Ok(Ok((_bytes, status))) => Err(failed(format!("failed: {status}"))),
        Ok(Err(error)) => Err(failed(format!("failed: {error}"))),
        Err(_elapsed) => Err(failed(format!(
            "did not end within {} s",
            COMMAND_TIMEOUT.as_secs()
        ))),
    }
}

fn first_line(bytes: Vec<u8>, shown: &str) -> Result<Revealed, SecretError> {
    let text = String::from_utf8(bytes)
        .map_err(|_error| fault(format!("the secret in {shown} is not UTF-8 text")))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(fault(format!("the secret in {shown} is empty")));
    }
    if line.chars().any(char::is_control) {
        return Err(fault(format!(
            "the secret in {shown} holds a control character"
        )));
    }
    Ok(Revealed(line.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn a_command_gives_its_first_line() {
        let secret = Secret::Command("printf 'pass word\\nmore'; echo secret-on-stderr >&2".into());
        assert_eq!(reveal(&secret).await.unwrap().expose(), "pass word");
        let error = reveal(&Secret::Command("echo hush; exit 3".into()))
            .await
            .unwrap_err();
        assert!(error.transient && !error.what.contains("hush"), "{error}");
        assert!(reveal(&Secret::Command("true".into())).await.is_err());
    }

    #[tokio::test]
    async fn a_file_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "hush\r\n").unwrap();
        for (mode, fine) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o644, false),
        ] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let revealed = reveal(&Secret::File(path.clone())).await;
            assert_eq!(revealed.is_ok(), fine, "{mode:o}");
            match revealed {
                Ok(revealed) => {
                    assert_eq!(revealed.expose(), "hush");
                    assert!(!format!("{revealed:?}").contains("hush"));
                }
                Err(error) => assert!(error.what.contains("chmod 600"), "{error}"),
            }
        }
        assert!(reveal(&Secret::File(dir.path().into())).await.is_err());
    }

    #[tokio::test]
    async fn what_is_not_there_is_said() {
        let error = reveal(&Secret::Environment("GUICHET_NO_SUCH_VARIABLE".into()))
            .await
            .unwrap_err();
        assert!(error.what.contains("GUICHET_NO_SUCH_VARIABLE"));
        assert!(reveal(&Secret::Credential("../x".into())).await.is_err());
        assert_eq!(
            reveal(&Secret::Environment("PATH".into()))
                .await
                .unwrap()
                .expose(),
            std::env::var("PATH").unwrap()
        );
    }
}
