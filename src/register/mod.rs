//! The register as the spines see it: journal and store as one thing.
//!
//! The journal is the truth, the store its index, made anew whenever it cannot be trusted. What was
//! decided is appended under one lock, together with the look at what was known, and is durable
//! once its [`Ticket`] is: until then nothing may leave the process. File, overlay and sled stay
//! private to this room.
//!
//! ```text
//! record ──▶ pending lines ──▶ one write ──▶ one sync ──▶ tickets ──▶ store
//!        └─▶ overlay of rows, which every query looks into first ──────┘
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use jiff::Timestamp;

use crate::core::delivery::Delivery;
use crate::core::entry::{Body, Cause, Draft, Entry};
use crate::core::roll::{Known, Lookup, Token};

mod apply;
mod commit;
mod error;
mod facts;
mod files;
mod forget;
mod journal;
mod keys;
mod known;
mod letter;
mod lock;
mod open;
mod query;
mod rolls;
mod rows;
mod snapshot;
mod state;
mod store;
mod transfer;
mod view;

pub use error::{RegisterError, RegisterErrorKind};
pub use facts::{
    About, CatalogueRow, Counts, DueAction, LastDigest, LetterKind, LetterPhase, LetterState,
    OpenItem, OpenQuestion, OutboxFilter, OutboxRow, ToReadAgain,
};
pub use forget::Forgotten;
pub use open::OpenNotice;
pub use query::{Query, registrations_changed};
pub use snapshot::Snapshot;
pub use state::Ticket;
pub use transfer::{Verified, verify};
pub use view::View;

/// What a recording gave.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The entry with its number. It is not durable yet.
    pub entry: Entry,
    /// To wait for that with [`Register::synced`].
    pub ticket: Ticket,
}

/// The register of a folder, held by this process.
#[derive(Debug)]
pub struct Register {
    shared: Arc<commit::Shared>,
    committer: Option<JoinHandle<()>>,
    folder: PathBuf,
    /// Released last.
    _lock: lock::Lock,
}

impl Register {
    /// Opens the register of a folder, or begins one there.
    ///
    /// Takes the lock, checks every line of the journal, and builds the store anew if it cannot be
    /// trusted. A letter whose attempt has no outcome becomes uncertain, by an entry of its own, and
    /// is due for the one retry at once.
    ///
    /// # Errors
    /// Held by another process; damaged; written by a newer program; a disk that fails.
    pub fn open(
        folder: &Path,
        now: Timestamp,
    ) -> Result<(Register, Vec<OpenNotice>), RegisterError> {
        open::open(folder, now, false, &mut |_, _| {})
    }

    /// Builds the store anew from the journal, whatever it is like, and opens it. Nothing is sent by
    /// that.
    ///
    /// # Errors
    /// As [`Register::open`].
    pub fn rebuild(
        folder: &Path,
        now: Timestamp,
    ) -> Result<(Register, Vec<OpenNotice>), RegisterError> {
        Register::rebuild_watched(folder, now, &mut |_, _| {})
    }

    /// As [`Register::rebuild`]; `progress` is told now and then how many entries of how many are done.
    ///
    /// # Errors
    /// As [`Register::open`].
    pub fn rebuild_watched(
        folder: &Path,
        now: Timestamp,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Register, Vec<OpenNotice>), RegisterError> {
        open::open(folder, now, true, progress)
    }

    /// Begins a register from an exported journal; it is marked as restored, so that letters that
    /// were owed are withheld.
    ///
    /// # Errors
    /// [`RegisterErrorKind::Exists`] if the folder holds a register; damage in the file.
    pub fn import(
        folder: &Path,
        file: &Path,
        now: Timestamp,
    ) -> Result<(Register, Vec<OpenNotice>), RegisterError> {
        Register::import_watched(folder, file, now, &mut |_, _| {})
    }

    /// As [`Register::import`]; `progress` is told now and then how many entries of how many are done.
    ///
    /// # Errors
    /// As [`Register::import`].
    pub fn import_watched(
        folder: &Path,
        file: &Path,
        now: Timestamp,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Register, Vec<OpenNotice>), RegisterError> {
        transfer::import(folder, file, now, progress)
    }

    /// Replays the journal of a folder into memory, without the lock: beside a running daemon too.
    ///
    /// # Errors
    /// [`RegisterErrorKind::Missing`]; damaged; written by a newer program.
    pub fn read_only(folder: &Path) -> Result<Snapshot, RegisterError> {
        Snapshot::read(folder)
    }

    /// Looks up what is known, decides, and appends what was decided, under one lock: what others
    /// have appended and not yet synced is seen. `decide` is pure and may be run again.
    ///
    /// # Errors
    /// Nothing was appended then.
    pub fn record(
        &self,
        at: Timestamp,
        lookup: &Lookup,
        decide: impl Fn(&Known) -> Draft,
    ) -> Result<Recorded, RegisterError> {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed).map_err(|error| {
            RegisterError::new(
                RegisterErrorKind::NotAppended,
                format!("the system gives no random bits: {error}"),
                "nothing was recorded; it is tried again",
            )
        })?;
        let mut state = self.shared.lock();
        let mut known = state.read(|view| view.known(lookup))?;
        known.seed = seed;
        let draft = decide(&known);
        self.append_locked(&mut state, at, draft)
    }

    /// Appends a plain fact.
    ///
    /// # Errors
    /// Nothing was appended then.
    pub fn append(&self, at: Timestamp, draft: Draft) -> Result<Recorded, RegisterError> {
        self.append_locked(&mut self.shared.lock(), at, draft)
    }

    fn append_locked(
        &self,
        state: &mut state::State,
        at: Timestamp,
        draft: Draft,
    ) -> Result<Recorded, RegisterError> {
        let entry = numbered(state.last() + 1, at, draft);
        let first = state.idle();
        let ticket = state.append(&entry)?;
        if first {
            self.shared.wake();
        }
        Ok(Recorded { entry, ticket })
    }

    /// Records that attempts at these letters begin, with the SHA-256 of what will be sent, in one go
    /// with the look whether each is still due: one that was replaced, held or paused since it was
    /// composed is left out. Says of each whether its attempt is recorded.
    ///
    /// # Errors
    /// Some attempts may have been recorded then; none may be made.
    pub fn begin_attempts(
        &self,
        at: Timestamp,
        letters: &[(Token, String)],
    ) -> Result<(Vec<bool>, Option<Ticket>), RegisterError> {
        let mut state = self.shared.lock();
        let mut begun = Vec::with_capacity(letters.len());
        let mut ticket = None;
        for (letter, sha256) in letters {
            let row = state.read(|view| view.letter_row(letter))?;
            let due = row.and_then(|row| row.due_at).is_some_and(|due| due <= at);
            begun.push(due);
            if due {
                let attempt = Body::Attempt {
                    letter: letter.clone(),
                    sha256: sha256.clone(),
                };
                ticket = Some(self.append_locked(&mut state, at, fact(attempt))?.ticket);
            }
        }
        Ok((begun, ticket))
    }

    /// Waits until everything recorded so far is durable.
    ///
    /// # Errors
    /// As [`Register::synced`].
    pub async fn all_synced(&self) -> Result<(), RegisterError> {
        let last = self.shared.lock().last_ticket();
        self.shared.synced(last).await
    }

    /// Waits until what was recorded is durable. Everything that waits shares one sync.
    ///
    /// # Errors
    /// [`RegisterErrorKind::NotAppended`]: it was taken back, and everything after it; try again.
    /// [`RegisterErrorKind::Disk`]: final, the process must stop.
    pub async fn synced(&self, ticket: Ticket) -> Result<(), RegisterError> {
        self.shared.synced(ticket).await
    }

    /// As [`Register::synced`], blocking the thread.
    ///
    /// # Errors
    /// As [`Register::synced`].
    pub fn wait_synced(&self, ticket: Ticket) -> Result<(), RegisterError> {
        self.shared.wait_synced(ticket)
    }

    /// Appends a plain fact and blocks until it is durable.
    ///
    /// # Errors
    /// As [`Register::synced`].
    pub fn append_synced(&self, at: Timestamp, draft: Draft) -> Result<Entry, RegisterError> {
        let recorded = self.append(at, draft)?;
        self.wait_synced(recorded.ticket)?;
        Ok(recorded.entry)
    }

    /// Gives the register's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends: what is pending becomes durable, the store is closed cleanly. Dropping does the same
    /// and keeps the error to itself (the next start builds the store anew).
    ///
    /// # Errors
    /// The final failure of the journal, or that the store could not be closed.
    pub fn close(mut self) -> Result<(), RegisterError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), RegisterError> {
        let Some(committer) = self.committer.take() else {
            return Ok(());
        };
        self.shared.close();
        if committer.join().is_err() {
            return Err(RegisterError::store("its thread ended by a panic"));
        }
        let mut state = self.shared.lock();
        open::close_store(&mut state)
    }
}

impl Drop for Register {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(error = %error, "the register was not closed cleanly");
        }
    }
}

impl Query for Register {
    fn read<T>(
        &self,
        ask: impl Fn(&View<'_>) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError> {
        self.shared.lock().read(ask)
    }
}

/// Makes an entry of a draft. What servers say may hold addresses, which belong to no body.
fn numbered(n: u64, at: Timestamp, draft: Draft) -> Entry {
    let mut body = draft.body;
    match &mut body {
        Body::Outcome { delivery, .. } => {
            let (Delivery::Accepted { response }
            | Delivery::Deferred { response, .. }
            | Delivery::Refused { response }
            | Delivery::Uncertain { response }) = delivery;
            *response = without_addresses(response);
        }
        Body::Filed {
            given_up: Some(why),
            ..
        } => *why = without_addresses(why),
        _ => {}
    }
    Entry {
        n,
        at,
        cause: draft.cause,
        body,
        personal: draft.personal,
    }
}

/// Replaces every word that holds an `@`.
fn without_addresses(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    text.split(' ')
        .map(|word| if word.contains('@') { "<…>" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Makes a draft of a plain fact by guichet itself.
pub fn fact(body: Body) -> Draft {
    Draft {
        cause: Cause::Itself,
        body,
        personal: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_is_kept_without_addresses() {
        assert_eq!(
            without_addresses("550 5.1.1 <marie@x.example>: unknown user"),
            "550 5.1.1 <…> unknown user"
        );
        assert_eq!(without_addresses("250 ok"), "250 ok");
    }
}
