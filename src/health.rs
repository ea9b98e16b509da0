//! How the daemon is: last successes and troubles, kept in memory and in `status.json` of the state
//! folder, which `guichet status` reads. Holds no personal data.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Free space below which no mail is fetched: room for the digest, the notice of it and the letters owed.
pub const FREE_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The mailbox cannot be reached.
    MailboxUnreachable,
    /// The mailbox refuses our credentials.
    MailboxCredentials,
    /// The mail server cannot be reached.
    RelayUnreachable,
    /// The mail server refuses our credentials.
    RelayCredentials,
    /// A file of the configuration is broken; the old state stays in force.
    Configuration,
    /// The disk is nearly full.
    DiskFull,
}

/// Since when, and in which words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleSince {
    /// Since when.
    pub since: Timestamp,
    /// What was said last.
    pub what: String,
}

/// What `status.json` holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Process id of the daemon.
    pub pid: u32,
    /// Last time the mailbox was walked to its end.
    pub mailbox_reached: Option<Timestamp>,
    /// Last time the mail server took a letter.
    pub relay_reached: Option<Timestamp>,
    /// What is wrong now.
    pub troubles: BTreeMap<Trouble, TroubleSince>,
    /// When this was written.
    pub written: Option<Timestamp>,
}

/// The daemon's health.
#[derive(Debug)]
pub struct Health {
    file: PathBuf,
    status: Mutex<Status>,
}

impl Health {
    /// Starts with nothing known.
    pub fn new(state: &Path) -> Health {
        Health {
            file: file_in(state),
            status: Mutex::new(Status {
                pid: std::process::id(),
                ..Status::default()
            }),
        }
    }

    /// Gives the free space on the register's disk, in bytes, as this user may use it.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn free_bytes(&self) -> std::io::Result<u64> {
        let folder = self.file.parent().unwrap_or(&self.file);
        let disk = rustix::fs::statvfs(folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// The loop moves: tells systemd's watchdog (sd_notify(3)).
    pub fn alive(&self) {
        if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]) {
            tracing::debug!(%error, "the watchdog could not be told");
        }
    }

    /// The mailbox was walked to its end.
    pub fn mailbox_reached(&self, now: Timestamp) {
        self.change(now, |status| {
            status.mailbox_reached = Some(now);
            status.troubles.remove(&Trouble::MailboxUnreachable);
            status.troubles.remove(&Trouble::MailboxCredentials);
        });
    }

    /// The mail server took a letter.
    pub fn relay_reached(&self, now: Timestamp) {
        self.change(now, |status| {
            status.relay_reached = Some(now);
            status.troubles.remove(&Trouble::RelayUnreachable);
            status.troubles.remove(&Trouble::RelayCredentials);
        });
    }

    /// Something is wrong.
    pub fn trouble(&self, trouble: Trouble, what: &str, now: Timestamp) {
        self.change(now, |status| {
            let since = status
                .troubles
                .get(&trouble)
                .map_or(now, |known| known.since);
            status.troubles.insert(
                trouble,
                TroubleSince {
                    since,
                    what: what.to_owned(),
                },
            );
        });
    }

    /// It is right again.
    pub fn mended(&self, trouble: Trouble, now: Timestamp) {
        self.change(now, |status| {
            status.troubles.remove(&trouble);
        });
    }

    /// Gives the state.
    pub fn status(&self) -> Status {
        self.status
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change(&self, now: Timestamp, change: impl FnOnce(&mut Status)) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut status);
        status.written = Some(now);
        let written = serde_json::to_vec(&*status)
            .map_err(std::io::Error::other)
            .and_then(|bytes| write(&self.file, &bytes));
        if let Err(error) = written {
            tracing::warn!(%error, "the status file could not be written");
        }
    }
}

/// Writes the status beside itself and puts it in place; on a disk that is full, over itself, which
/// takes no more room.
fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = file.with_extension("json.new");
    let replaced = std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, file));
    if replaced.is_ok() {
        return Ok(());
    }
    std::fs::remove_file(&draft).ok();
    let over = std::fs::OpenOptions::new().write(true).open(file)?;
    over.write_all_at(bytes, 0)?;
    over.set_len(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
}

/// Where the status lies in a state folder.
fn file_in(state: &Path) -> PathBuf {
    state.join("status.json")
}

/// Reads the status that the daemon last wrote; `None` if there is none.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn read(state: &Path) -> std::io::Result<Option<Status>> {
    match std::fs::read(file_in(state)) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(std::io::Error::other),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
