//! The journal taken elsewhere and brought back, and the proof that journal and store agree.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;

use super::error::{RegisterError, RegisterErrorKind};
use super::facts::{LetterPhase, LetterState, OutboxFilter};
use super::journal::{self, Journal};
use super::lock::{Lock, make_folder};
use super::open::{OpenNotice, Progress, entries};
use super::snapshot::Snapshot;
use super::store::{self, Found};
use super::{Query, Register};
use crate::core::entry::{Body, Cause, Entry, Hold};

/// Bytes copied at once.
const COPY_BYTES: u64 = 1 << 20;

/// What a verification found in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries of the journal, each checked.
    pub entries: u64,
    /// Rows of the store, each equal to what the journal gives.
    pub rows: usize,
    /// Bytes of a torn tail, which the next start drops.
    pub torn_bytes: u64,
}

impl Register {
    /// Writes the journal, as far as it is durable, to a file.
    ///
    /// # Errors
    /// The disk's.
    pub fn export(&self, file: &Path) -> Result<(), RegisterError> {
        let state = self.shared.quiet();
        copy_to(&state.journal, state.bytes, file)
    }
}

impl Snapshot {
    /// Writes the journal to a file.
    ///
    /// # Errors
    /// The disk's.
    pub fn export(&self, file: &Path) -> Result<(), RegisterError> {
        copy_to(&self.journal, self.scanned.bytes, file)
    }
}

fn copy_to(journal: &Journal, bytes: u64, file: &Path) -> Result<(), RegisterError> {
    let mut fresh = file.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = Path::new(&fresh);
    let disk = |error: std::io::Error| RegisterError::disk("exporting to", file, &error);
    let mut target = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(fresh)
        .map_err(disk)?;
    copy(journal, bytes, &mut target, file)?;
    target
        .sync_all()
        .and_then(|()| std::fs::rename(fresh, file))
        .map_err(disk)?;
    match file.parent().filter(|parent| *parent != Path::new("")) {
        Some(folder) => journal::sync_folder(folder),
        None => journal::sync_folder(Path::new(".")),
    }
}

fn copy(
    journal: &Journal,
    bytes: u64,
    target: &mut impl Write,
    path: &Path,
) -> Result<(), RegisterError> {
    let mut offset = 0;
    while offset < bytes {
        let length = COPY_BYTES.min(bytes - offset);
        let chunk = journal.read_at(offset, length)?;
        target
            .write_all(&chunk)
            .map_err(|error| RegisterError::disk("writing", path, &error))?;
        offset += length;
    }
    Ok(())
}

/// Begins a register from an exported journal.
pub(super) fn import(
    folder: &Path,
    file: &Path,
    now: Timestamp,
    progress: &mut Progress<'_>,
) -> Result<(Register, Vec<OpenNotice>), RegisterError> {
    make_folder(folder)?;
    let lock = Lock::take(folder, now)?;
    if folder.join(journal::FILE).exists() || store::exists(folder) {
        return Err(RegisterError::new(
            RegisterErrorKind::Exists,
            format!("{} holds a register already", folder.display()),
            "name an empty folder as `state`, or move this one away first",
        ));
    }
    let source = Journal::open_file(file, false)?.ok_or_else(|| {
        RegisterError::new(
            RegisterErrorKind::Missing,
            format!("there is no file {}", file.display()),
            "name a file that `guichet export` wrote",
        )
    })?;
    let snapshot = Snapshot::replay(source, u64::MAX)?;
    let n = entries(&snapshot.scanned) + 1;
    let restored = Entry {
        n,
        at: now,
        cause: Cause::Itself,
        body: Body::Restored,
        personal: None,
    };
    // In one piece with the mark: no crash leaves the journal here without it.
    journal::replace(folder, |target| {
        copy(&snapshot.journal, snapshot.scanned.bytes, target, folder)?;
        target
            .write_all(&journal::line(&restored, n)?)
            .map_err(|error| RegisterError::disk("writing to", folder, &error))
    })?;
    let torn_bytes = snapshot.scanned.torn_bytes;
    drop(snapshot);
    let (register, mut notices) = super::open::open_locked(folder, now, true, lock, progress)?;
    notices.retain(|notice| !matches!(notice, OpenNotice::StoreRebuilt { .. }));
    if torn_bytes > 0 {
        let (bytes, last) = (torn_bytes, n - 1);
        notices.push(OpenNotice::TornTail { bytes, last });
    }
    let held = register.outbox(OutboxFilter::In(LetterPhase::Held))?;
    let why = Hold::Restored;
    let withheld = held
        .iter()
        .filter(|row| row.state == LetterState::Held { why })
        .count();
    notices.push(OpenNotice::Restored { withheld });
    Ok((register, notices))
}

/// Checks every entry of the journal, and that the store says what they say.
///
/// # Errors
/// [`RegisterErrorKind::Damaged`], with the place; held by another process.
pub fn verify(folder: &Path, now: Timestamp) -> Result<Verified, RegisterError> {
    let journal = match Journal::open(folder, false)? {
        Some(journal) => journal,
        None if store::exists(folder) => return Err(super::open::no_journal(folder)),
        None => return Err(super::snapshot::missing(folder)),
    };
    let _lock = Lock::take(folder, now)?;
    let (store, applied) = match store::find(folder)? {
        Found::Store(store, applied) => (store, applied),
        Found::Unusable(why, _) => return Err(disagree(folder, &why)),
        Found::Nothing => return Err(disagree(folder, "there is none")),
    };
    let snapshot = Snapshot::replay(journal, applied)?;
    let last = entries(&snapshot.scanned);
    if applied > last {
        let why = format!("it has applied entry {applied}, the journal ends with {last}");
        return Err(disagree(folder, &why));
    }
    let rows = store.all()?;
    if let Some(why) = difference(&rows, &snapshot) {
        return Err(disagree(folder, &why));
    }
    store.close(applied)?;
    Ok(Verified {
        entries: last,
        rows: rows.len(),
        torn_bytes: snapshot.scanned.torn_bytes,
    })
}

fn difference(rows: &[(Vec<u8>, Vec<u8>)], snapshot: &Snapshot) -> Option<String> {
    let mut expected = snapshot.rows.0.iter();
    let mut found = rows.iter();
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return None,
            (Some((key, _)), None) => return Some(format!("row {} is missing", shown(key))),
            (None, Some((key, _))) => return Some(format!("row {} is too much", shown(key))),
            (Some((key, value)), Some((found_key, found_value))) => {
                if key != found_key {
                    let (key, found_key) = (shown(key), shown(found_key));
                    return Some(format!("row {found_key} stands where {key} should"));
                }
                if value != found_value {
                    return Some(format!("row {} has another value", shown(key)));
                }
            }
        }
    }
}

/// Shows a key without what it may hold of people: the table, and the rest in hex.
fn shown(key: &[u8]) -> String {
    let table = key.first().copied().map(char::from).unwrap_or('?');
    let rest: String = key
        .iter()
        .skip(1)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{table}:{rest}")
}

fn disagree(folder: &Path, why: &str) -> RegisterError {
    RegisterError::new(
        RegisterErrorKind::Damaged,
        format!(
            "the store in {} does not agree with the journal: {why}",
            folder.display()
        ),
        "`guichet rebuild` makes it anew; the journal is in order and nothing is lost",
    )
}
