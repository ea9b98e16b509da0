//! The register read by a second process: the journal replayed into memory.

use std::path::Path;

use super::apply::apply;
use super::error::{RegisterError, RegisterErrorKind};
use super::journal::{self, Journal, Scanned};
use super::query::Query;
use super::rows::MemoryRows;
use super::view::{Entries, View};
use crate::core::entry::Entry;
use crate::core::reply::Letter;

/// The register as it was when it was read.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) journal: Journal,
    pub(super) scanned: Scanned,
    pub(super) rows: MemoryRows,
}

impl Snapshot {
    /// Replays the journal of a folder; a torn tail is another process's business.
    pub(super) fn read(folder: &Path) -> Result<Snapshot, RegisterError> {
        let Some(journal) = Journal::open(folder, false)? else {
            return Err(missing(folder));
        };
        Snapshot::replay(journal, u64::MAX)
    }

    /// Replays a journal up to an entry.
    pub(super) fn replay(journal: Journal, up_to: u64) -> Result<Snapshot, RegisterError> {
        let mut rows = MemoryRows::default();
        let path = journal.path().to_owned();
        let scanned = journal.scan(&mut |head, json| {
            if head.n <= up_to {
                let entry = journal::entry(&path, head.n, json)?;
                let writes = apply(&rows, &entry)?;
                rows.commit(writes);
            }
            Ok(())
        })?;
        Ok(Snapshot {
            journal,
            scanned,
            rows,
        })
    }
}

/// Makes the error of a folder without a register.
pub(super) fn missing(folder: &Path) -> RegisterError {
    RegisterError::new(
        RegisterErrorKind::Missing,
        format!("there is no register in {}", folder.display()),
        "`guichet run` begins one",
    )
}

impl Snapshot {
    /// Where the line of an entry begins and ends.
    fn place(&self, n: u64) -> Option<(u64, u64)> {
        let index = usize::try_from(n.checked_sub(1)?).ok()?;
        let begin = self.scanned.offsets.get(index)?;
        let end = self.scanned.offsets.get(index + 1);
        Some((*begin, end.copied().unwrap_or(self.scanned.bytes)))
    }
}

impl Entries for Snapshot {
    fn entry(&self, n: u64) -> Result<Option<Entry>, RegisterError> {
        let place = self.place(n);
        place
            .map(|(begin, end)| self.journal.entry_at(n, begin, end))
            .transpose()
    }

    fn letter(&self, n: u64, index: usize) -> Result<Option<Letter>, RegisterError> {
        let Some((begin, end)) = self.place(n) else {
            return Ok(None);
        };
        self.journal.letter_at(n, begin, end, index)
    }
}

impl Query for Snapshot {
    fn read<T>(
        &self,
        ask: impl Fn(&View<'_>) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError> {
        ask(&View {
            rows: &self.rows,
            entries: self,
        })
    }
}
