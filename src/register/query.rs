//! The queries that the running register and a snapshot share.

use jiff::Timestamp;

use super::apply::change_registration;
use super::error::RegisterError;
use super::facts::{
    About, CatalogueRow, Counts, DueAction, LastDigest, OpenItem, OpenQuestion, OutboxFilter,
    OutboxRow, ToReadAgain,
};
use super::view::View;
use crate::core::catalogue::SessionId;
use crate::core::entry::{Body, Entry};
use crate::core::roll::{Known, Lookup, Registration, RegistrationId, Roll, Token};
use crate::mailbox::Cursor;

/// Reads the register: the same queries on the running one and on a snapshot.
///
/// Each call sees the register at one moment; [`Query::read`] makes several queries at the same.
pub trait Query {
    /// Shows the register at one moment; nothing is appended meanwhile. `ask` asks the view alone,
    /// not the register again, and may be run a second time.
    fn read<T>(
        &self,
        ask: impl Fn(&View<'_>) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError>;

    /// See [`View::counts`].
    fn counts(&self) -> Result<Counts, RegisterError> {
        self.read(|view| view.counts())
    }
    /// Says whether answers are held by the organiser's `pause`.
    fn paused(&self) -> Result<bool, RegisterError> {
        self.read(|view| Ok(view.counts()?.paused))
    }
    /// Gives the number of the last entry, 0 if there is none.
    fn last_entry(&self) -> Result<u64, RegisterError> {
        self.read(|view| Ok(view.counts()?.entries))
    }
    /// Gives the entry up to which accepted (or skipped) digests have told.
    fn digest_covered(&self) -> Result<u64, RegisterError> {
        self.read(|view| Ok(view.counts()?.digest_covered))
    }
    /// See [`View::entry`].
    fn entry(&self, n: u64) -> Result<Option<Entry>, RegisterError> {
        self.read(|view| view.entry(n))
    }
    /// Gives the entries after number `after`, in order, up to the last one at the time of each step.
    fn entries(&self, after: u64) -> impl Iterator<Item = Result<Entry, RegisterError>> {
        let mut n = after;
        std::iter::from_fn(move || {
            n += 1;
            self.entry(n).transpose()
        })
    }
    /// See [`View::registration`].
    fn registration(&self, id: RegistrationId) -> Result<Option<Registration>, RegisterError> {
        self.read(|view| view.registration(id))
    }
    /// See [`View::roll`].
    fn roll(&self, session: &SessionId) -> Result<Roll, RegisterError> {
        self.read(|view| view.roll(session))
    }
    /// See [`View::rolls`].
    fn rolls(&self) -> Result<Vec<(SessionId, Roll)>, RegisterError> {
        self.read(|view| view.rolls())
    }
    /// See [`View::catalogue`].
    fn catalogue(&self) -> Result<Vec<CatalogueRow>, RegisterError> {
        self.read(|view| view.catalogue())
    }
    /// See [`View::known`].
    fn known(&self, lookup: &Lookup) -> Result<Known, RegisterError> {
        self.read(|view| view.known(lookup))
    }
    /// See [`View::cursor`].
    fn cursor(&self, mailbox: &str) -> Result<Option<Cursor>, RegisterError> {
        self.read(|view| view.cursor(mailbox))
    }
    /// See [`View::watch_began`].
    fn watch_began(&self, mailbox: &str) -> Result<Option<Timestamp>, RegisterError> {
        self.read(|view| view.watch_began(mailbox))
    }
    /// See [`View::letter`].
    fn letter(&self, token: &Token) -> Result<Option<OutboxRow>, RegisterError> {
        self.read(|view| view.letter(token))
    }
    /// See [`View::outbox`].
    fn outbox(&self, filter: OutboxFilter) -> Result<Vec<OutboxRow>, RegisterError> {
        self.read(|view| view.outbox(filter))
    }
    /// See [`View::due_letters`].
    fn due_letters(&self, now: Timestamp, max: usize) -> Result<Vec<OutboxRow>, RegisterError> {
        self.read(|view| view.due_letters(now, max))
    }
    /// See [`View::to_file`].
    fn to_file(&self, max: usize) -> Result<Vec<OutboxRow>, RegisterError> {
        self.read(|view| view.to_file(max))
    }
    /// See [`View::due`].
    fn due(&self, now: Timestamp) -> Result<Vec<DueAction>, RegisterError> {
        self.read(|view| view.due(now))
    }
    /// See [`View::next_due_at`].
    fn next_due_at(&self) -> Result<Option<Timestamp>, RegisterError> {
        self.read(|view| view.next_due_at())
    }
    /// See [`View::open_questions`].
    fn open_questions(&self) -> Result<Vec<OpenQuestion>, RegisterError> {
        self.read(|view| view.open_questions())
    }
    /// See [`View::open_items`].
    fn open_items(&self) -> Result<Vec<OpenItem>, RegisterError> {
        self.read(|view| view.open_items())
    }
    /// See [`View::to_read_again`].
    fn to_read_again(&self, since: Timestamp) -> Result<Option<ToReadAgain>, RegisterError> {
        self.read(|view| view.to_read_again(since))
    }
    /// See [`View::last_digest`].
    fn last_digest(&self) -> Result<Option<LastDigest>, RegisterError> {
        self.read(|view| view.last_digest())
    }
    /// See [`View::address_bounced`].
    fn address_bounced(&self, address: &str) -> Result<bool, RegisterError> {
        self.read(|view| view.address_bounced(address))
    }
    /// See [`View::answered_by_hand`].
    fn answered_by_hand(&self, message_id: &str) -> Result<bool, RegisterError> {
        self.read(|view| view.answered_by_hand(message_id))
    }
    /// See [`View::next_letter_at`].
    fn next_letter_at(&self) -> Result<Option<Timestamp>, RegisterError> {
        self.read(|view| view.next_letter_at())
    }
    /// See [`View::next_pause_end`].
    fn next_pause_end(&self) -> Result<Option<Timestamp>, RegisterError> {
        self.read(|view| view.next_pause_end())
    }
    /// See [`View::why`].
    fn why(&self, about: &About) -> Result<Vec<Entry>, RegisterError> {
        self.read(|view| view.why(about))
    }
}

/// Gives the registrations that an entry changes.
pub fn registrations_changed(entry: &Entry) -> Vec<RegistrationId> {
    let decided = match &entry.body {
        Body::Mail(mail) => &mail.decided,
        Body::Decided(decided) => decided,
        _ => return Vec::new(),
    };
    decided
        .changes
        .iter()
        .filter_map(change_registration)
        .collect()
}
