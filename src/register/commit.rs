//! Group commit: what waits is appended in one write, made durable by one sync, then applied.
//!
//! A failed write is cut back and everything decided since is taken back with it. A failed sync is
//! final: the kernel may have dropped the pages, so nothing is ever appended again. Only what is
//! durable goes into the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::error::{RegisterError, RegisterErrorKind};
use super::journal::Journal;
use super::rows::{Layer, Rows, Writes};
use super::store::Store;
use super::view::{Entries, View};
use crate::core::entry::Entry;

/// Failed generations that are remembered for tickets not yet asked for.
const FAILURES_MAX: usize = 64;

/// Proof of an append, with which its durability is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    n: u64,
    generation: u64,
}

/// A generation of appends that was taken back.
#[derive(Debug, Clone)]
struct Failure {
    generation: u64,
    /// Entries up to this one were durable before.
    synced: u64,
    error: RegisterError,
}

/// What the lock guards.
#[derive(Debug)]
pub(super) struct State {
    pub(super) journal: Arc<Journal>,
    pub(super) store: Option<Arc<Store>>,
    /// Offsets of the lines, also of those that are not written yet.
    pub(super) offsets: Vec<u64>,
    /// Where the journal will end once everything is written.
    pub(super) bytes: u64,
    /// Entries that are durable.
    pub(super) synced: u64,
    /// Writes that are not in the store yet.
    pub(super) overlay: Writes,
    /// Lines of the next batch.
    pending: Vec<u8>,
    /// First entry of the next batch.
    pending_first: u64,
    /// Writes of the next batch.
    pending_writes: Writes,
    /// Durable writes that the store failed to take over.
    backlog: Writes,
    /// Entries that are not durable yet.
    unsynced: BTreeMap<u64, Entry>,
    /// A batch is being written, synced or applied.
    committing: bool,
    closing: bool,
    generation: u64,
    failures: Vec<Failure>,
    /// The final failure.
    failed: Option<RegisterError>,
}

/// The state and its signals.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    progress: watch::Sender<u64>,
}

/// One batch on its way.
struct Batch {
    journal: Arc<Journal>,
    store: Option<Arc<Store>>,
    bytes: Vec<u8>,
    offset: u64,
    last: u64,
    writes: Writes,
}

impl State {
    /// Begins with a journal that was scanned and a store that is applied to its end.
    pub(super) fn new(journal: Journal, store: Store, offsets: Vec<u64>, bytes: u64) -> State {
        let last = u64::try_from(offsets.len()).unwrap_or(u64::MAX);
        State {
            journal: Arc::new(journal),
            store: Some(Arc::new(store)),
            offsets,
            bytes,
            synced: last,
            overlay: Writes::new(),
            pending: Vec::new(),
            pending_first: 0,
            pending_writes: Writes::new(),
            backlog: Writes::new(),
            unsynced: BTreeMap::new(),
            committing: false,
            closing: false,
            generation: 0,
            failures: Vec::new(),
            failed: None,
        }
    }

    /// Gives the number of the last entry, durable or not.
    pub(super) fn last(&self) -> u64 {
        u64::try_from(self.offsets.len()).unwrap_or(u64::MAX)
    }

    /// Gives the batch of a written entry.
    pub(super) fn batch_of(&self, n: u64) -> Result<u64, RegisterError> {
        let index = usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
        let at = |index: usize| self.offsets.get(index).copied().unwrap_or(self.bytes);
        self.journal.batch_at(at(index), at(index + 1))
    }

    /// Gives the final failure as an error.
    pub(super) fn check(&self) -> Result<(), RegisterError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Fails for good.
    pub(super) fn fail(&mut self, error: &RegisterError) {
        self.failed = Some(error.clone());
    }

    /// Shows the state to queries.
    pub(super) fn read<T>(
        &self,
        ask: impl FnOnce(&View<'_>) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError> {
        let store = self.store.as_deref().ok_or_else(closed)?;
        let rows = Layer {
            base: store,
            over: &self.overlay,
        };
        ask(&View {
            rows: &rows,
            entries: self,
        })
    }

    /// Appends an entry, to become durable with the next batch.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<Ticket, RegisterError> {
        self.check()?;
        let store = self.store.clone().ok_or_else(closed)?;
        let first = if self.pending.is_empty() {
            entry.n
        } else {
            self.pending_first
        };
        let line = super::journal::line(entry, first)?;
        let rows = Layer {
            base: store.as_ref() as &dyn Rows,
            over: &self.overlay,
        };
        let writes = super::apply::apply(&rows, entry)?;
        self.pending_first = first;
        self.offsets.push(self.bytes);
        self.bytes += u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.pending.extend_from_slice(&line);
        self.overlay
            .extend(writes.iter().map(|(k, v)| (k.clone(), v.clone())));
        self.pending_writes.extend(writes);
        self.unsynced.insert(entry.n, entry.clone());
        Ok(Ticket {
            n: entry.n,
            generation: self.generation,
        })
    }

    /// Says whether a ticket's entry is durable; `None`: not yet known.
    fn settled(&self, ticket: Ticket) -> Option<Result<(), RegisterError>> {
        if ticket.generation < self.generation {
            let failure = self
                .failures
                .iter()
                .find(|failure| failure.generation == ticket.generation);
            return Some(match failure {
                Some(failure) if ticket.n <= failure.synced => Ok(()),
                Some(failure) => Err(failure.error.clone()),
                None => Err(not_appended("it is long ago")),
            });
        }
        if ticket.n <= self.synced {
            return Some(Ok(()));
        }
        self.failed.clone().map(Err)
    }

    fn idle(&self) -> bool {
        self.pending.is_empty() && !self.committing
    }

    fn take_batch(&mut self) -> Batch {
        self.committing = true;
        let bytes = std::mem::take(&mut self.pending);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Batch {
            journal: self.journal.clone(),
            store: self.store.clone(),
            offset: self.bytes.saturating_sub(length),
            last: self.last(),
            writes: std::mem::take(&mut self.pending_writes),
            bytes,
        }
    }

    /// Takes back everything from the batch on.
    fn take_back(&mut self, batch: &Batch, error: RegisterError) {
        let synced = usize::try_from(self.synced).unwrap_or(usize::MAX);
        self.offsets.truncate(synced);
        self.bytes = batch.offset;
        self.pending.clear();
        self.pending_writes.clear();
        self.unsynced.clear();
        // What is durable and not in the store stays.
        self.overlay = self.backlog.clone();
        self.failures.push(Failure {
            generation: self.generation,
            synced: self.synced,
            error,
        });
        if self.failures.len() > FAILURES_MAX {
            self.failures.remove(0);
        }
        self.generation += 1;
    }
}

impl Entries for State {
    fn entry(&self, n: u64) -> Result<Option<Entry>, RegisterError> {
        if let Some(entry) = self.unsynced.get(&n) {
            return Ok(Some(entry.clone()));
        }
        let Some(index) = n.checked_sub(1).and_then(|n| usize::try_from(n).ok()) else {
            return Ok(None);
        };
        let Some(offset) = self.offsets.get(index) else {
            return Ok(None);
        };
        let end = self.offsets.get(index + 1).copied().unwrap_or(self.bytes);
        self.journal.entry_at(n, *offset, end).map(Some)
    }
}

fn closed() -> RegisterError {
    RegisterError::store("it is closed")
}

fn not_appended(why: &str) -> RegisterError {
    RegisterError::new(
        RegisterErrorKind::NotAppended,
        format!("the entry was not recorded: {why}"),
        "nothing was lost or half done: make room on the disk if it is full; it is tried again",
    )
}

impl Shared {
    /// Begins.
    pub(super) fn new(state: State) -> Shared {
        Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            progress: watch::Sender::new(0),
        }
    }

    /// Takes the lock. A panic under it (of a decision function, say) leaves nothing half changed.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the committer.
    pub(super) fn wake(&self) {
        self.changed.notify_all();
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, blocking, until a ticket's entry is durable or taken back.
    pub(super) fn wait_synced(&self, ticket: Ticket) -> Result<(), RegisterError> {
        let mut state = self.lock();
        loop {
            if let Some(settled) = state.settled(ticket) {
                return settled;
            }
            state = self.wait(state);
        }
    }

    /// Waits until a ticket's entry is durable or taken back.
    pub(super) async fn synced(&self, ticket: Ticket) -> Result<(), RegisterError> {
        let mut progress = self.progress.subscribe();
        loop {
            if let Some(settled) = self.lock().settled(ticket) {
                return settled;
            }
            // The sender lives as long as `self`.
            progress.changed().await.ok();
        }
    }

    /// Waits until nothing is pending, and gives the lock.
    pub(super) fn quiet(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        while !state.idle() && state.failed.is_none() {
            state = self.wait(state);
        }
        state
    }

    /// Asks the committer to end once nothing is pending.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    fn tell(&self) {
        self.changed.notify_all();
        self.progress.send_modify(|ticks| *ticks += 1);
    }

    /// Commits batch after batch until closed.
    pub(super) fn run(&self) {
        while let Some(batch) = self.next_batch() {
            if let Err(error) = self.make_durable(&batch) {
                tracing::error!(error = %error, "the journal could not be written");
                continue;
            }
            self.apply(batch);
        }
    }

    fn next_batch(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            if state.failed.is_some() {
                return None;
            }
            if !state.pending.is_empty() {
                return Some(state.take_batch());
            }
            if state.closing {
                return None;
            }
            state = self.wait(state);
        }
    }

    fn make_durable(&self, batch: &Batch) -> Result<(), RegisterError> {
        crate::failpoint!("journal.before_write");
        if let Err(error) = batch.journal.append(&batch.bytes, batch.offset) {
            let cut = batch.journal.cut(batch.offset);
            let mut state = self.lock();
            let error = match cut {
                Ok(()) => not_appended(&format!(
                    "writing {} failed: {error}",
                    batch.journal.path().display()
                )),
                Err(cut) => {
                    let error = RegisterError::disk("cutting back", batch.journal.path(), &cut);
                    state.failed = Some(error.clone());
                    error
                }
            };
            state.take_back(batch, error.clone());
            state.committing = false;
            drop(state);
            self.tell();
            return Err(error);
        }
        crate::failpoint!("journal.after_write");
        if let Err(error) = batch.journal.sync() {
            let error = RegisterError::disk("syncing", batch.journal.path(), &error);
            let mut state = self.lock();
            state.failed = Some(error.clone());
            state.committing = false;
            drop(state);
            self.tell();
            return Err(error);
        }
        crate::failpoint!("journal.after_sync");
        let mut state = self.lock();
        state.synced = batch.last;
        state.unsynced.retain(|n, _| *n > batch.last);
        drop(state);
        self.tell();
        Ok(())
    }

    /// Applies a durable batch to the store. Should the store fail, its rows stay in the overlay,
    /// which hides the store, and go in with the next batch.
    fn apply(&self, batch: Batch) {
        let mut writes = std::mem::take(&mut self.lock().backlog);
        writes.extend(batch.writes);
        let applied = match &batch.store {
            Some(store) => store
                .commit(&writes, batch.last)
                .and_then(|()| store.mark_in_use(batch.last, false)),
            None => Err(closed()),
        };
        crate::failpoint!("store.after_apply");
        drop(batch.store);
        let mut state = self.lock();
        match applied {
            Ok(()) => state.overlay.retain(|_, written| written.n > batch.last),
            Err(error) => {
                state.backlog = writes;
                tracing::error!(error = %error, "the store could not take entries over; they are kept in memory and in the journal");
            }
        }
        state.committing = false;
        drop(state);
        self.tell();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::core::entry::{Body, Cause};

    /// A state whose journal is a device: `/dev/full` refuses every write, `/dev/null` every sync.
    fn state_on(device: &str, folder: &std::path::Path) -> State {
        let journal = Journal::open_file(std::path::Path::new(device), true)
            .unwrap()
            .expect("the system has the device");
        State::new(journal, Store::create(folder).unwrap(), Vec::new(), 0)
    }

    fn entry(n: u64) -> Entry {
        Entry {
            n,
            at: jiff::Timestamp::UNIX_EPOCH,
            cause: Cause::Itself,
            body: Body::Paused { on: true },
            personal: None,
        }
    }

    #[test]
    fn a_failed_sync_is_final() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::new(state_on("/dev/null", folder.path()));
        let ticket = shared.lock().append(&entry(1)).unwrap();
        shared.run();
        let error = shared.wait_synced(ticket).unwrap_err();
        assert_eq!(error.kind, RegisterErrorKind::Disk);
        assert_eq!(error.exit_code(), 74);
        assert!(!error.is_transient());
        // Nothing is appended after it, whatever the disk says then.
        let error = shared.lock().append(&entry(2)).unwrap_err();
        assert_eq!(error.kind, RegisterErrorKind::Disk);
    }

    #[test]
    fn an_append_that_cannot_be_cut_back_is_final() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::new(state_on("/dev/full", folder.path()));
        let ticket = shared.lock().append(&entry(1)).unwrap();
        shared.run();
        let error = shared.wait_synced(ticket).unwrap_err();
        assert_eq!(error.kind, RegisterErrorKind::Disk);
        assert!(shared.lock().append(&entry(1)).is_err());
    }

    fn paused(shared: &Shared) -> bool {
        shared
            .lock()
            .read(|view| Ok(view.counts()?.paused))
            .unwrap()
    }

    #[test]
    fn a_failed_append_takes_back_what_was_decided_on_it_and_the_next_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let scanned = journal.scan(&mut |_, _| Ok(())).unwrap();
        let store = Store::create(folder.path()).unwrap();
        let state = State::new(journal, store, scanned.offsets, scanned.bytes);
        let shared = Shared::new(state);
        let first = shared.lock().append(&entry(1)).unwrap();
        let batch = shared.next_batch().unwrap();
        let second = shared.lock().append(&entry(2)).unwrap();
        assert!(paused(&shared));
        shared.lock().take_back(&batch, not_appended("disk full"));
        shared.lock().committing = false;
        for ticket in [first, second] {
            let error = shared.wait_synced(ticket).unwrap_err();
            assert_eq!(error.kind, RegisterErrorKind::NotAppended);
            assert!(error.is_transient());
        }
        assert!(!paused(&shared));
        let again = shared.lock().append(&entry(1)).unwrap();
        shared.close();
        shared.run();
        shared.wait_synced(again).unwrap();
        assert!(paused(&shared));
        let left = shared.lock().read(|view| view.entry(1)).unwrap();
        assert_eq!(left, Some(entry(1)));
    }
}
