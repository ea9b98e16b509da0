//! What can go wrong with the register, what it means for the process, and what to do about it.

use std::path::Path;

/// What kind of failure the register met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterErrorKind {
    /// Another process holds it (exit 75).
    Held,
    /// There is none in this folder (exit 66).
    Missing,
    /// There is one already where a new one should go (exit 73).
    Exists,
    /// Journal or store contradict themselves or each other (exit 65).
    Damaged,
    /// A newer program wrote it (exit 65).
    Newer,
    /// An entry could not be appended and was taken back: nothing is lost, try again (exit 74).
    NotAppended,
    /// The disk failed for good: nothing more is appended, the process must stop (exit 74).
    Disk,
    /// The store failed while running; a restart builds it anew (exit 70).
    Store,
}

/// An error of the register: what, where and why, and what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct RegisterError {
    /// What kind.
    pub kind: RegisterErrorKind,
    /// What failed, where and why; no personal data.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl RegisterError {
    /// Makes an error.
    pub(super) fn new(
        kind: RegisterErrorKind,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> RegisterError {
        RegisterError {
            kind,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Makes the error of a damaged journal at a place in it.
    pub(super) fn damaged(path: &Path, place: &str, why: &str) -> RegisterError {
        RegisterError::new(
            RegisterErrorKind::Damaged,
            format!("{} is damaged at {place}: {why}", path.display()),
            "stop here, keep a copy of the whole folder, and bring back the journal from the last backup or export; nothing was sent or changed",
        )
    }

    /// Makes the error of a file that could not be read or written.
    pub(super) fn disk(doing: &str, path: &Path, error: &std::io::Error) -> RegisterError {
        RegisterError::new(
            RegisterErrorKind::Disk,
            format!("{doing} {} failed: {error}", path.display()),
            "check the disk, its free space and the rights on the folder, then start again",
        )
    }

    /// Makes the error of a store that cannot be used any more.
    pub(super) fn store(why: impl std::fmt::Display) -> RegisterError {
        RegisterError::new(
            RegisterErrorKind::Store,
            format!("the store failed: {why}"),
            "start again: it is built anew from the journal",
        )
    }

    /// Says whether the same call may succeed later in the same process.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            RegisterErrorKind::NotAppended | RegisterErrorKind::Held
        )
    }

    /// Gives the exit code after sysexits.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            RegisterErrorKind::Damaged | RegisterErrorKind::Newer => 65,
            RegisterErrorKind::Missing => 66,
            RegisterErrorKind::Store => 70,
            RegisterErrorKind::Exists => 73,
            RegisterErrorKind::NotAppended | RegisterErrorKind::Disk => 74,
            RegisterErrorKind::Held => 75,
        }
    }
}
