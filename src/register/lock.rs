//! The lock on a register's folder: one process at a time; who holds it stands in the file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use jiff::Timestamp;

use super::error::{RegisterError, RegisterErrorKind};

/// The lock's file; it stays when the lock is gone.
const FILE: &str = "lock";

/// A held lock; released when dropped, or when the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

/// Makes a folder of the register, for its owner alone; its name is durable.
pub(super) fn make_folder(folder: &Path) -> Result<(), RegisterError> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    if parent != Path::new(".") {
        make_folder(parent)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(RegisterError::disk("making", folder, &error))
        }
        _ => super::journal::sync_folder(parent),
    }
}

impl Lock {
    /// Takes the lock of a folder.
    ///
    /// # Errors
    /// [`RegisterErrorKind::Held`], saying who holds it.
    pub(super) fn take(folder: &Path, now: Timestamp) -> Result<Lock, RegisterError> {
        let path = folder.join(FILE);
        let disk = |error: std::io::Error| RegisterError::disk("locking", &path, &error);
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(disk)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(disk(error)),
            Err(TryLockError::WouldBlock) => return Err(held(folder, &mut file)),
        }
        let holder = format!("process {} since {now}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(disk)?;
        Ok(Lock { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child just forked for a command holds a copy until it executes.
        if let Err(error) = self.file.unlock() {
            tracing::debug!(error = %error, "the lock ends with the process");
        }
    }
}

fn held(folder: &Path, file: &mut File) -> RegisterError {
    let mut holder = String::new();
    // Without it the message still says what matters.
    if file.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
        holder = "another process".to_owned();
    }
    RegisterError::new(
        RegisterErrorKind::Held,
        format!(
            "the register in {} is held by {}",
            folder.display(),
            holder.trim()
        ),
        "stop that guichet first, or leave the work to it",
    )
}
