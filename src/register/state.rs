//! What the register's lock guards: the journal's end, the index, and what is on its way.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::{RegisterError, RegisterErrorKind};
use super::journal::Journal;
use super::rolls::Rolls;
use super::rows::{Layer, MemoryRows, Rows, Writes};
use super::snapshot::Snapshot;
use super::store::Store;
use super::view::{Entries, View};
use crate::core::entry::Entry;
use crate::core::reply::Letter;

/// So many rows are kept in memory before the store takes them over: some hundred mails, a few MB.
/// Few in a debug build, so that tests meet the store as well.
const STORE_ROWS: usize = if cfg!(debug_assertions) { 64 } else { 4096 };
/// Entries that owe letters and are kept in memory: some kB each.
const RECENT_MAX: usize = 256;
/// What nobody waits for is made durable after this time all the same, together with what comes meanwhile.
const LINGER: Duration = Duration::from_millis(20);
/// A batch that has grown so large is not waited with.
const PENDING_BYTES_MAX: usize = 1 << 20;
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
    pub(super) index: Index,
    /// Offsets of the lines, also of those that are not written yet.
    pub(super) offsets: Vec<u64>,
    /// Where the journal will end once everything is written.
    pub(super) bytes: u64,
    /// Entries that are durable.
    pub(super) synced: u64,
    /// Writes of entries that are durable and not in the store yet.
    pub(super) unstored: Arc<Writes>,
    /// Writes of entries that are not durable yet.
    pub(super) overlay: Writes,
    /// Lines of the next batch.
    pub(super) pending: Vec<u8>,
    /// First entry of the next batch.
    pending_first: u64,
    /// Writes of the next batch.
    pending_writes: Writes,
    /// Entries that are not durable yet.
    unsynced: BTreeMap<u64, Entry>,
    /// The newest entries that are durable and owe letters: the courier soon asks for them.
    recent: VecDeque<Entry>,
    /// Rolls as they stand, what is not durable included.
    rolls: Rolls,
    /// The last entry whose durability somebody awaits.
    wanted: u64,
    /// When the first of the pending entries was appended.
    pending_since: Instant,
    /// A batch is being written, synced or stored.
    pub(super) committing: bool,
    pub(super) closing: bool,
    generation: u64,
    failures: Vec<Failure>,
    /// The final failure.
    pub(super) failed: Option<RegisterError>,
}

/// Where the index lies.
#[derive(Debug)]
pub(super) enum Index {
    /// In the store.
    Store(Arc<Store>),
    /// In memory, since the store failed (a full disk, say): the next start builds it anew.
    Memory(MemoryRows),
    /// Nowhere any more.
    Closed,
}

/// One batch on its way.
pub(super) struct Batch {
    pub(super) journal: Arc<Journal>,
    pub(super) store: Option<Arc<Store>>,
    pub(super) bytes: Vec<u8>,
    pub(super) offset: u64,
    pub(super) last: u64,
    pub(super) writes: Writes,
}

impl State {
    /// Begins with a journal that was scanned and a store that is applied to its end.
    pub(super) fn new(journal: Journal, store: Store, offsets: Vec<u64>, bytes: u64) -> State {
        let last = u64::try_from(offsets.len()).unwrap_or(u64::MAX);
        State {
            journal: Arc::new(journal),
            index: Index::Store(Arc::new(store)),
            offsets,
            bytes,
            synced: last,
            unstored: Arc::default(),
            overlay: Writes::new(),
            pending: Vec::new(),
            pending_first: 0,
            pending_writes: Writes::new(),
            unsynced: BTreeMap::new(),
            recent: VecDeque::new(),
            rolls: Rolls::default(),
            wanted: 0,
            pending_since: Instant::now(),
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
        &mut self,
        ask: impl Fn(&View<'_>) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError> {
        self.with_index(|state, rows| {
            ask(&View {
                rows,
                entries: state,
            })
        })
    }

    /// Asks the index, newest writes first; once more from memory should the store fail.
    fn with_index<T>(
        &mut self,
        ask: impl Fn(&State, &dyn Rows) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError> {
        match self.ask_index(&ask) {
            Err(error) if error.kind == RegisterErrorKind::Store => {
                self.fall_back(&error)?;
                self.ask_index(&ask)
            }
            asked => asked,
        }
    }

    fn ask_index<T>(
        &self,
        ask: impl Fn(&State, &dyn Rows) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError> {
        let base: &dyn Rows = match &self.index {
            Index::Store(store) => store.as_ref(),
            Index::Memory(rows) => rows,
            Index::Closed => return Err(closed()),
        };
        let durable = Layer {
            base,
            over: &self.unstored,
        };
        let rows = Layer {
            base: &durable,
            over: &self.overlay,
        };
        ask(self, &rows)
    }

    /// Goes on with an index in memory, made from what is durable, since the store has failed.
    ///
    /// # Errors
    /// The store's own, if there was none to fall back from.
    pub(super) fn fall_back(&mut self, error: &RegisterError) -> Result<(), RegisterError> {
        let Index::Store(_) = &self.index else {
            return Err(error.clone());
        };
        tracing::error!(error = %error, "the store failed; the index is kept in memory until the next start");
        let journal = Journal::open_file(self.journal.path(), false)?.ok_or_else(closed)?;
        let snapshot = Snapshot::replay(journal, self.synced)?;
        self.index = Index::Memory(snapshot.rows);
        self.rolls.clear();
        Ok(())
    }

    /// Takes a batch for durable.
    pub(super) fn durable(&mut self, batch: &mut Batch) {
        self.synced = batch.last;
        let later = self.unsynced.split_off(&(batch.last + 1));
        let durable = std::mem::replace(&mut self.unsynced, later);
        self.recent
            .extend(durable.into_values().filter(owes_letters));
        while self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
        self.overlay.retain(|_, written| written.n > batch.last);
        Arc::make_mut(&mut self.unstored).extend(std::mem::take(&mut batch.writes));
    }

    /// Gives what is durable and not in the store, if it is much.
    pub(super) fn worth_storing(&self) -> Option<Arc<Writes>> {
        (self.unstored.len() >= STORE_ROWS).then(|| self.unstored.clone())
    }

    /// Forgets what the store, or what stands in for it, has by now.
    pub(super) fn stored(&mut self, stored: Result<(), RegisterError>) {
        let unstored = std::mem::take(&mut self.unstored);
        let fallen_back = match (&mut self.index, stored) {
            (Index::Memory(rows), _) => {
                rows.commit(Arc::unwrap_or_clone(unstored));
                Ok(())
            }
            (Index::Store(_), Err(error)) => self.fall_back(&error),
            (Index::Store(_) | Index::Closed, _) => Ok(()),
        };
        if let Err(error) = fallen_back {
            self.fail(&error);
        }
    }

    /// Appends an entry, to become durable with the next batch.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<Ticket, RegisterError> {
        self.check()?;
        let first = if self.pending.is_empty() {
            entry.n
        } else {
            self.pending_first
        };
        let line = super::journal::line(entry, first)?;
        let writes = self.with_index(|_, rows| super::apply::apply(rows, entry))?;
        if self.pending.is_empty() {
            self.pending_since = Instant::now();
        }
        self.pending_first = first;
        self.rolls.written(&writes)?;
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
    pub(super) fn settled(&self, ticket: Ticket) -> Option<Result<(), RegisterError>> {
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

    pub(super) fn idle(&self) -> bool {
        self.pending.is_empty() && !self.committing
    }

    /// Gives the ticket of the last entry.
    pub(super) fn last_ticket(&self) -> Ticket {
        Ticket {
            n: self.last(),
            generation: self.generation,
        }
    }

    /// Notes that somebody waits for a ticket's entry; says whether that is news.
    pub(super) fn want(&mut self, ticket: Ticket) -> bool {
        let news = ticket.n > self.wanted;
        self.wanted = self.wanted.max(ticket.n);
        news
    }

    /// Notes that everything is waited for.
    pub(super) fn want_all(&mut self) {
        self.wanted = self.wanted.max(self.last());
    }

    /// How long what is pending may still wait for company; `None`: nothing is pending.
    pub(super) fn may_wait(&self) -> Option<Duration> {
        if self.pending.is_empty() {
            return None;
        }
        let now = self.closing
            || self.wanted >= self.pending_first
            || self.pending.len() >= PENDING_BYTES_MAX;
        Some(if now {
            Duration::ZERO
        } else {
            LINGER.saturating_sub(self.pending_since.elapsed())
        })
    }

    /// Forgets what is kept of entries and rows, since they were changed underneath.
    pub(super) fn forget_kept(&mut self) {
        self.recent.clear();
        self.rolls.clear();
        self.overlay.clear();
        self.unstored = Arc::default();
    }

    /// Where the line of an entry begins and ends.
    fn place(&self, n: u64) -> Option<(u64, u64)> {
        let index = usize::try_from(n.checked_sub(1)?).ok()?;
        let begin = self.offsets.get(index)?;
        let end = self.offsets.get(index + 1).copied();
        Some((*begin, end.unwrap_or(self.bytes)))
    }

    /// An entry that is still in memory.
    fn held(&self, n: u64) -> Option<&Entry> {
        let recent = || {
            let at = self.recent.binary_search_by_key(&n, |entry| entry.n).ok()?;
            self.recent.get(at)
        };
        self.unsynced.get(&n).or_else(recent)
    }

    pub(super) fn take_batch(&mut self) -> Batch {
        self.committing = true;
        let bytes = std::mem::take(&mut self.pending);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Batch {
            journal: self.journal.clone(),
            store: match &self.index {
                Index::Store(store) => Some(store.clone()),
                Index::Memory(_) | Index::Closed => None,
            },
            offset: self.bytes.saturating_sub(length),
            last: self.last(),
            writes: std::mem::take(&mut self.pending_writes),
            bytes,
        }
    }

    /// Takes back everything from the batch on.
    pub(super) fn take_back(&mut self, batch: &Batch, error: RegisterError) {
        let synced = usize::try_from(self.synced).unwrap_or(usize::MAX);
        self.offsets.truncate(synced);
        self.bytes = batch.offset;
        self.pending.clear();
        self.pending_writes.clear();
        self.unsynced.clear();
        self.rolls.clear();
        // What is durable is in the layers below: batches go one after the other.
        self.overlay.clear();
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
        if let Some(entry) = self.held(n) {
            return Ok(Some(entry.clone()));
        }
        let place = self.place(n);
        place
            .map(|(begin, end)| self.journal.entry_at(n, begin, end))
            .transpose()
    }

    fn letter(&self, n: u64, index: usize) -> Result<Option<Letter>, RegisterError> {
        if let Some(entry) = self.held(n) {
            let letters = entry.personal.as_ref().map(|personal| &personal.letters);
            return Ok(letters.and_then(|letters| letters.get(index)).cloned());
        }
        let Some((begin, end)) = self.place(n) else {
            return Ok(None);
        };
        self.journal.letter_at(n, begin, end, index)
    }

    fn rolls(&self) -> Option<&Rolls> {
        Some(&self.rolls)
    }
}

fn owes_letters(entry: &Entry) -> bool {
    let personal = entry.personal.as_ref();
    personal.is_some_and(|personal| !personal.letters.is_empty())
}

pub(super) fn closed() -> RegisterError {
    RegisterError::store("it is closed")
}

pub(super) fn not_appended(why: &str) -> RegisterError {
    RegisterError::new(
        RegisterErrorKind::NotAppended,
        format!("the entry was not recorded: {why}"),
        "nothing was lost or half done: make room on the disk if it is full; it is tried again",
    )
}
