//! Group commit: what waits is appended in one write, made durable by one sync, then stored.
//!
//! A batch is closed when somebody waits for one of its entries, or after a moment: what is appended
//! in between shares its sync.
//!
//! A failed write is cut back and everything decided since is taken back with it. A failed sync is
//! final: the kernel may have dropped the pages, so nothing is ever appended again. Only what is
//! durable goes into the store, many batches at once: a letter's row changes several times in its
//! first seconds, and a store that was not closed is built anew anyway.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::error::RegisterError;
use super::state::{Batch, State, Ticket, not_appended};

/// The state and its signals.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    progress: watch::Sender<u64>,
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
            if state.want(ticket) {
                self.changed.notify_all();
            }
            state = self.wait(state);
        }
    }

    /// Waits until a ticket's entry is durable or taken back.
    pub(super) async fn synced(&self, ticket: Ticket) -> Result<(), RegisterError> {
        let mut progress = self.progress.subscribe();
        loop {
            if let Some(settled) = self.settled(ticket) {
                return settled;
            }
            // The sender lives as long as `self`.
            progress.changed().await.ok();
        }
    }

    /// Says whether a ticket's entry is durable; if that is not known yet, it is waited for from now on.
    fn settled(&self, ticket: Ticket) -> Option<Result<(), RegisterError>> {
        let mut state = self.lock();
        let settled = state.settled(ticket);
        if settled.is_none() && state.want(ticket) {
            self.changed.notify_all();
        }
        settled
    }

    /// Waits until nothing is pending, and gives the lock.
    pub(super) fn quiet(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        while !state.idle() && state.failed.is_none() {
            state.want_all();
            self.changed.notify_all();
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
            match self.make_durable(batch) {
                Ok(batch) => self.keep(&batch),
                Err(error) => {
                    tracing::error!(error = %error, "the journal could not be written");
                }
            }
        }
    }

    fn next_batch(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            if state.failed.is_some() {
                return None;
            }
            state = match state.may_wait() {
                Some(Duration::ZERO) => return Some(state.take_batch()),
                Some(wait) => {
                    let waited = self.changed.wait_timeout(state, wait);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None if state.closing => return None,
                None => self.wait(state),
            };
        }
    }

    fn make_durable(&self, mut batch: Batch) -> Result<Batch, RegisterError> {
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
            state.take_back(&batch, error.clone());
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
        state.durable(&mut batch);
        drop(state);
        self.tell();
        Ok(batch)
    }

    /// Marks how far the journal has got, and gives the store what is durable, once that is much.
    fn keep(&self, batch: &Batch) {
        if let Some(store) = &batch.store
            && let Err(error) = store.mark_in_use(batch.last, false)
        {
            tracing::warn!(error = %error, "the store's mark could not be written");
        }
        let mut state = self.lock();
        if let Some(writes) = state.worth_storing() {
            drop(state);
            let stored = match &batch.store {
                Some(store) => store.commit(&writes, batch.last),
                None => Ok(()),
            };
            crate::failpoint!("store.after_apply");
            state = self.lock();
            state.stored(stored);
        }
        state.committing = false;
        drop(state);
        self.tell();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::super::error::RegisterErrorKind;
    use super::super::journal::Journal;
    use super::super::store::Store;
    use super::*;
    use crate::core::entry::{Body, Cause, Entry};

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
