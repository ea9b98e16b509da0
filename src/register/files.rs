//! Files that letters refer to by their hash, kept beside the journal.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::error::{RegisterError, RegisterErrorKind};
use super::lock::make_folder;
use super::{Register, journal};

/// Their folder.
const FOLDER: &str = "files";

impl Register {
    /// Keeps a file durably and gives its SHA-256 in hex.
    ///
    /// # Errors
    /// The disk's.
    pub fn keep_file(&self, bytes: &[u8]) -> Result<String, RegisterError> {
        let sha256 = hex_sha256(bytes);
        let path = self.file_path(&sha256);
        if path.exists() {
            return Ok(sha256);
        }
        let folder = self.folder.join(FOLDER);
        make_folder(&folder)?;
        let fresh = folder.join(format!("{sha256}.new"));
        std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.sync_all()
            })
            .and_then(|()| std::fs::rename(&fresh, &path))
            .map_err(|error| RegisterError::disk("keeping", &path, &error))?;
        journal::sync_folder(&folder)?;
        Ok(sha256)
    }

    /// Gives a kept file by its SHA-256; its bytes are checked against it.
    ///
    /// # Errors
    /// [`RegisterErrorKind::Missing`], or [`RegisterErrorKind::Damaged`] if the hash does not fit.
    pub fn file(&self, sha256: &str) -> Result<Vec<u8>, RegisterError> {
        let path = self.file_path(sha256);
        let missing = |why: String| {
            RegisterError::new(
                RegisterErrorKind::Missing,
                format!("the file {sha256} that a letter refers to cannot be read: {why}"),
                "bring the folder `files` back from the backup",
            )
        };
        if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(missing("this is no SHA-256".to_owned()));
        }
        let bytes = std::fs::read(&path).map_err(|error| missing(error.to_string()))?;
        if hex_sha256(&bytes) != sha256.to_ascii_lowercase() {
            return Err(RegisterError::new(
                RegisterErrorKind::Damaged,
                format!("{} is damaged: its hash does not fit", path.display()),
                "bring it back from the backup",
            ));
        }
        Ok(bytes)
    }

    fn file_path(&self, sha256: &str) -> PathBuf {
        self.folder.join(FOLDER).join(sha256.to_ascii_lowercase())
    }
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
