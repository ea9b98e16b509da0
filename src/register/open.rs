//! Opening a register: the lock, the check of the journal, the store trusted or built anew.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::commit::Shared;
use super::error::{RegisterError, RegisterErrorKind};
use super::facts::{LetterPhase, OutboxFilter};
use super::journal::{Journal, Scanned};
use super::lock::{Lock, make_folder};
use super::rows::{Layer, Rows, Writes};
use super::state::{Index, State};
use super::store::{Found, Store};
use super::{Query, Register, fact, journal, store};
use crate::core::delivery::Delivery;
use crate::core::entry::Body;

/// Entries applied in memory before the store takes them over, when it is built anew.
const REBUILD_ENTRIES: u64 = 1000;

/// Is told how many entries of how many are applied, while a store is built.
pub(super) type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// Something to tell about how a register was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenNotice {
    /// There was none: it begins now.
    Begun,
    /// The last, never acknowledged batch was torn by a crash and was dropped.
    TornTail {
        /// Bytes dropped.
        bytes: u64,
        /// The last entry that stands.
        last: u64,
    },
    /// The store was built anew from the journal.
    StoreRebuilt {
        /// Why.
        why: String,
    },
    /// Letters whose attempt had no outcome; they may or may not have been sent.
    Uncertain {
        /// How many.
        letters: usize,
    },
    /// The journal was imported: letters owed before are withheld.
    Restored {
        /// How many letters.
        withheld: usize,
    },
}

impl std::fmt::Display for OpenNotice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OpenNotice::Begun => f.write_str("a new register begins"),
            OpenNotice::TornTail { bytes, last } => write!(
                f,
                "the journal ended in {bytes} bytes of a batch that a crash tore and that was never acknowledged; they were dropped, the last entry is {last}"
            ),
            OpenNotice::StoreRebuilt { why } => {
                write!(f, "the store was built anew from the journal: {why}")
            }
            OpenNotice::Uncertain { letters } => write!(
                f,
                "{letters} letters were being sent when the program ended; it is uncertain whether they were taken"
            ),
            OpenNotice::Restored { withheld } => write!(
                f,
                "the register was restored; {withheld} letters that were owed are withheld"
            ),
        }
    }
}

/// Opens the register of a folder; `afresh` throws the store away.
pub(super) fn open(
    folder: &Path,
    now: Timestamp,
    afresh: bool,
    progress: &mut Progress<'_>,
) -> Result<(Register, Vec<OpenNotice>), RegisterError> {
    make_folder(folder)?;
    let lock = Lock::take(folder, now)?;
    open_locked(folder, now, afresh, lock, progress)
}

/// Opens the register of a folder whose lock is held.
pub(super) fn open_locked(
    folder: &Path,
    now: Timestamp,
    afresh: bool,
    lock: Lock,
    progress: &mut Progress<'_>,
) -> Result<(Register, Vec<OpenNotice>), RegisterError> {
    let mut notices = Vec::new();
    let state = open_state(folder, afresh, &mut notices, progress)?;
    let shared = Arc::new(Shared::new(state));
    let committing = shared.clone();
    let committer = std::thread::Builder::new()
        .name("register".to_owned())
        .spawn(move || committing.run())
        .map_err(|error| RegisterError::disk("starting a thread for", folder, &error))?;
    let register = Register {
        shared,
        committer: Some(committer),
        folder: folder.to_owned(),
        _lock: lock,
    };
    let letters = mark_uncertain(&register, now)?;
    if letters > 0 {
        notices.push(OpenNotice::Uncertain { letters });
    }
    Ok((register, notices))
}

fn open_state(
    folder: &Path,
    afresh: bool,
    notices: &mut Vec<OpenNotice>,
    progress: &mut Progress<'_>,
) -> Result<State, RegisterError> {
    journal::remove_unfinished(folder)?;
    let journal = match Journal::open(folder, true)? {
        Some(journal) => journal,
        None if store::exists(folder) => return Err(no_journal(folder)),
        None => {
            notices.push(OpenNotice::Begun);
            Journal::create(folder)?
        }
    };
    let scanned = journal.scan(&mut |_, _| Ok(()))?;
    let last = entries(&scanned);
    let mut found = store::find(folder)?;
    let applied = match &found {
        Found::Store(_, applied) => Some(*applied),
        Found::Unusable(_, applied) => *applied,
        Found::Nothing => None,
    };
    if let Some(applied) = applied.filter(|applied| *applied > last) {
        return Err(journal_behind(folder, last, applied));
    }
    if scanned.torn_bytes > 0 {
        cut_tail(&journal, &scanned)?;
        notices.push(OpenNotice::TornTail {
            bytes: scanned.torn_bytes,
            last,
        });
    }
    if afresh {
        found = Found::Unusable("it was asked for".to_owned(), None);
    }
    let store = match found {
        Found::Store(store, applied) => {
            // Before anything else is applied, a crash must find it marked.
            store.mark_in_use(applied, true)?;
            replay(&journal, &scanned, &store, applied, progress)?;
            store
        }
        Found::Nothing if last == 0 => build(folder, &journal, &scanned, progress)?,
        Found::Unusable(..) | Found::Nothing => {
            let why = match found {
                Found::Unusable(why, _) => why,
                _ => "there was none".to_owned(),
            };
            notices.push(OpenNotice::StoreRebuilt { why });
            build(folder, &journal, &scanned, progress)?
        }
    };
    Ok(State::new(journal, store, scanned.offsets, scanned.bytes))
}

/// Gives the number of entries that a scan found.
pub(super) fn entries(scanned: &Scanned) -> u64 {
    u64::try_from(scanned.offsets.len()).unwrap_or(u64::MAX)
}

fn cut_tail(journal: &Journal, scanned: &Scanned) -> Result<(), RegisterError> {
    journal
        .cut(scanned.bytes)
        .and_then(|()| journal.sync())
        .map_err(|error| RegisterError::disk("cutting back", journal.path(), &error))
}

/// Makes the error of a store whose journal is gone.
pub(super) fn no_journal(folder: &Path) -> RegisterError {
    RegisterError::new(
        RegisterErrorKind::Damaged,
        format!(
            "{} holds a store but no {}",
            folder.display(),
            journal::FILE
        ),
        "bring the journal back from the last backup or export; beginning anew would answer old mail a second time",
    )
}

fn journal_behind(folder: &Path, last: u64, applied: u64) -> RegisterError {
    RegisterError::new(
        RegisterErrorKind::Damaged,
        format!(
            "{} ends with entry {last}, but its store knows of entry {applied}: the journal has lost its end",
            folder.join(journal::FILE).display()
        ),
        "bring the journal back from the last backup, or, to go on from what is left of it, export it and import that into an empty folder: letters owed are withheld then",
    )
}

/// Builds the store anew from the journal.
pub(super) fn build(
    folder: &Path,
    journal: &Journal,
    scanned: &Scanned,
    progress: &mut Progress<'_>,
) -> Result<Store, RegisterError> {
    let store = Store::create(folder)?;
    store.mark_in_use(0, true)?;
    replay(journal, scanned, &store, 0, progress)?;
    Ok(store)
}

/// Applies the entries after number `applied`.
fn replay(
    journal: &Journal,
    scanned: &Scanned,
    store: &Store,
    applied: u64,
    progress: &mut Progress<'_>,
) -> Result<(), RegisterError> {
    let last = entries(scanned);
    let mut overlay = Writes::new();
    for n in applied + 1..=last {
        let at = |n: u64| {
            let index = usize::try_from(n).ok()?.checked_sub(1)?;
            scanned.offsets.get(index).copied()
        };
        let offset = at(n).unwrap_or(scanned.bytes);
        let end = at(n + 1).unwrap_or(scanned.bytes);
        let entry = journal.entry_at(n, offset, end)?;
        let rows = Layer {
            base: store as &dyn Rows,
            over: &overlay,
        };
        let writes = super::apply::apply(&rows, &entry)?;
        overlay.extend(writes);
        if n % REBUILD_ENTRIES == 0 {
            store.commit(&overlay, n)?;
            overlay.clear();
            progress(n, last);
        }
    }
    store.commit(&overlay, last)?;
    progress(last, last);
    store.mark_in_use(last, false)
}

/// Records, for each letter whose attempt has no outcome, that it is uncertain.
fn mark_uncertain(register: &Register, now: Timestamp) -> Result<usize, RegisterError> {
    let sending = register.outbox(OutboxFilter::In(LetterPhase::Sending))?;
    let mut last = None;
    for row in &sending {
        let recorded = register.append(
            now,
            fact(Body::Outcome {
                letter: row.owed.token.clone(),
                delivery: Delivery::Uncertain {
                    response: "the program ended during the attempt".to_owned(),
                },
                retry_at: Some(now),
            }),
        )?;
        last = Some(recorded.ticket);
    }
    if let Some(ticket) = last {
        register.wait_synced(ticket)?;
    }
    Ok(sending.len())
}

/// Takes the store out and closes it cleanly, if everything is in it.
pub(super) fn close_store(state: &mut State) -> Result<(), RegisterError> {
    let last = state.last();
    let complete = state.synced == last;
    match std::mem::replace(&mut state.index, Index::Closed) {
        Index::Store(store) => match Arc::try_unwrap(store) {
            Ok(store) if complete => {
                store.commit(&state.unstored, last)?;
                store.close(last)
            }
            // The mark says that it is in use: the next start builds it anew.
            _ => Err(RegisterError::store("it cannot take over every entry")),
        },
        Index::Memory(_) | Index::Closed => Ok(()),
    }
}
