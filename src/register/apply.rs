//! `apply(rows, entry) → writes`: what one entry means for the index; pure, and total over entries.
//!
//! Nothing but the entry and the rows of earlier entries is looked at: no catalogue, clock, template
//! or lexicon. So the index can be thrown away and made again, and comes out equal. An entry that
//! names a registration, letter or question that is not there changes nothing by that.

use jiff::Timestamp;

use super::error::RegisterError;
use super::facts::{CatalogueRow, Counts, LastDigest};
use super::keys::{Key, Table, hash_from_hex};
use super::rows::{Edit, Rows, Writes};
use crate::core::catalogue::{Session, SessionId};
use crate::core::decision::was_left_for_a_session;
use crate::core::entry::{Body, Cause, Change, Decided, Entry, MailWalked, Owed, Place, Walk};
use crate::core::roll::RegistrationId;

mod letters;
mod registrations;

pub(super) use registrations::QuestionRow;

/// Kinds of what falls due, as in [`Table::Due`].
pub(super) const DUE_PAUSE: u8 = 0;
/// A question whose time is over.
pub(super) const DUE_QUESTION: u8 = 1;
/// Width of a bucket of registrations, in seconds (the window is 10 minutes).
pub(super) const REGISTERED_BUCKET_SECS: i64 = 10;
/// Width of a bucket of replies, in seconds (the window is an hour).
pub(super) const WRITTEN_BUCKET_SECS: i64 = 60;

/// Says what one entry writes.
pub(super) fn apply(rows: &dyn Rows, entry: &Entry) -> Result<Writes, RegisterError> {
    let edit = Edit::new(rows, entry.n);
    let counts = edit.row(&Key::of(Table::Counts))?.unwrap_or_default();
    let mut applying = Applying {
        edit,
        entry,
        counts,
    };
    applying.counts.entries = entry.n;
    applying.counts.last_at = Some(entry.at);
    applying.body()?;
    let Applying {
        mut edit, counts, ..
    } = applying;
    edit.put(Key::of(Table::Counts), &counts)?;
    Ok(edit.finish())
}

/// An item of the digest.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct ItemRow {
    pub(super) to_decide: bool,
    pub(super) told: Option<u64>,
}

/// A mail that was left for want of its session.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct LeftRow {
    pub(super) mail: u64,
    pub(super) received: Timestamp,
}

/// How far a mailbox was walked; unique names have rows of their own.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct CursorRow {
    pub(super) uid_validity: u32,
    pub(super) uid_next: u32,
    pub(super) began_at: Option<Timestamp>,
}

/// Gives the number of a bucket of time.
pub(super) fn bucket(at: Timestamp, width_secs: i64) -> u64 {
    u64::try_from(at.as_second().div_euclid(width_secs)).unwrap_or_default()
}

/// One entry being applied.
struct Applying<'a> {
    edit: Edit<'a>,
    entry: &'a Entry,
    counts: Counts,
}

impl Applying<'_> {
    fn body(&mut self) -> Result<(), RegisterError> {
        let entry = self.entry;
        self.cause();
        match &entry.body {
            Body::WatchBegan {
                mailbox,
                uid_validity,
                uid_next,
                names,
            } => self.watch_began(mailbox, *uid_validity, *uid_next, names),
            Body::Mail(mail) => self.mail(mail),
            Body::Decided(decided) => self.decided(decided, None),
            Body::Catalogue {
                sessions,
                vanished,
                frozen,
            } => self.catalogue(sessions, vanished, frozen),
            Body::SessionAccepted { session } => self.session(session, |row| row.frozen = false),
            Body::Capacity { session, capacity } => {
                self.session(session, |row| row.capacity = *capacity)
            }
            Body::Digest {
                date,
                to_entry,
                owed,
                items,
            } => {
                let digest = LastDigest {
                    entry: entry.n,
                    date: *date,
                    to_entry: *to_entry,
                    skipped: owed.is_empty(),
                    accepted: false,
                };
                self.digest(&digest, owed, items)
            }
            Body::Noticed { owed, .. } => self.owe_all(owed, None),
            Body::Attempt { letter, sha256 } => self.attempt(letter, sha256),
            Body::Outcome {
                letter,
                delivery,
                retry_at,
            } => self.outcome(letter, delivery, *retry_at),
            Body::Filed { letter, given_up } => self.filed(letter, given_up.as_deref()),
            Body::Held { letter, why } => self.hold(letter, *why),
            Body::Released { letter } => self.release(letter),
            Body::Paused { on } => self.pause(*on),
            Body::Settled { entry } => {
                self.settled(*entry);
                Ok(())
            }
            Body::ReadAgain { catalogue } => self.edit.put(Key::of(Table::ReadAgain), catalogue),
            Body::Restored => self.restored(),
        }
    }

    /// Links this entry to the one that it follows from.
    fn cause(&mut self) {
        if let Some(entry) = super::view::cause_entry(&self.entry.cause) {
            self.about_entry(entry);
        }
    }

    fn about_entry(&mut self, of: u64) {
        let key = Key::of(Table::AboutEntry).number(of).number(self.entry.n);
        self.edit.mark(key);
    }

    fn about(&mut self, id: RegistrationId) {
        let key = Key::of(Table::About).number(id.0).number(self.entry.n);
        self.edit.mark(key);
    }

    fn watch_began(
        &mut self,
        mailbox: &str,
        uid_validity: u32,
        uid_next: u32,
        names: &[String],
    ) -> Result<(), RegisterError> {
        let key = Key::of(Table::Cursor).text(mailbox);
        let before: CursorRow = self.edit.row(&key)?.unwrap_or_default();
        for (key, _) in self.edit.scan(&Key::of(Table::CursorName).text(mailbox))? {
            self.edit.remove(Key(key));
        }
        for name in names {
            let key = Key::of(Table::CursorName).text(mailbox).text(name);
            self.edit.mark(key);
        }
        let row = CursorRow {
            uid_validity,
            uid_next,
            began_at: before.began_at.or(Some(self.entry.at)),
        };
        self.edit.put(key, &row)
    }

    fn walked(&mut self, place: &Place) -> Result<(), RegisterError> {
        match place {
            Place::Imap {
                mailbox,
                uid_validity,
                uid,
            } => {
                let key = Key::of(Table::Cursor).text(mailbox);
                let mut row: CursorRow = self.edit.row(&key)?.unwrap_or_default();
                if row.uid_validity != *uid_validity {
                    row.uid_validity = *uid_validity;
                    row.uid_next = 0;
                }
                row.uid_next = row.uid_next.max(uid.saturating_add(1));
                self.edit.put(key, &row)
            }
            Place::Maildir { mailbox, name } => {
                let key = Key::of(Table::Cursor).text(mailbox);
                if self.edit.row::<CursorRow>(&key)?.is_none() {
                    self.edit.put(key, &CursorRow::default())?;
                }
                let key = Key::of(Table::CursorName).text(mailbox).text(name);
                self.edit.mark(key);
                Ok(())
            }
        }
    }

    fn mail(&mut self, mail: &MailWalked) -> Result<(), RegisterError> {
        if !matches!(self.entry.cause, Cause::Catalogue { .. }) {
            self.walked(&mail.place)?; // what is read again is not what comes next
        }
        let word = mail.walk.word().to_owned();
        *self.counts.mails.entry(word).or_default() += 1;
        let same_as = match mail.walk {
            Walk::Same { entry } => Some(entry),
            _ => None,
        };
        let bytes = Key::of(Table::MailBytes).hash(&hash_from_hex(&mail.identity.sha256));
        if self.edit.row::<u64>(&bytes)?.is_none() {
            self.edit.put(bytes, &same_as.unwrap_or(self.entry.n))?;
        }
        if let Some(id) = &mail.identity.message_id {
            let key = Key::of(Table::MailId)
                .hash(&hash_from_hex(id))
                .number(self.entry.n);
            self.edit.put(key, &mail.identity.content)?;
        }
        if let Some(entry) = same_as {
            self.about_entry(entry);
        }
        if let Walk::SentByHand { answers } = &mail.walk {
            for id in answers {
                let key = Key::of(Table::ByHand).hash(&hash_from_hex(id));
                self.edit.put(key, &self.entry.n)?;
            }
        }
        if let Walk::Bounce {
            letter: Some(letter),
            permanent,
        } = &mail.walk
        {
            self.bounce(letter, *permanent)?;
        }
        let question = mail.understood.as_ref().is_some_and(|u| u.question);
        if question && !mail.decided.to_human {
            self.item(false)?;
        }
        if was_left_for_a_session(mail) {
            self.left(self.entry.n, mail.received)?;
        }
        self.decided(&mail.decided, Some(mail))
    }

    /// A mail of this entry's item is left: to be read again once its session is there.
    fn left(&mut self, mail: u64, received: Timestamp) -> Result<(), RegisterError> {
        let key = Key::of(Table::Left).number(self.entry.n);
        self.edit.put(key, &LeftRow { mail, received })
    }

    fn settled(&mut self, entry: u64) {
        self.edit.remove(Key::of(Table::Item).number(entry));
        if self.entry.cause != Cause::Itself {
            // Answered by hand it may still be read again; decided by the organiser it may not.
            self.edit.remove(Key::of(Table::Left).number(entry));
        }
        self.about_entry(entry);
    }

    fn item(&mut self, to_decide: bool) -> Result<(), RegisterError> {
        let row = ItemRow {
            to_decide,
            told: None,
        };
        self.edit
            .put(Key::of(Table::Item).number(self.entry.n), &row)
    }

    fn decided(
        &mut self,
        decided: &Decided,
        mail: Option<&MailWalked>,
    ) -> Result<(), RegisterError> {
        for change in &decided.changes {
            self.change(change, decided)?;
        }
        if let Some(entry) = decided.closes_question {
            self.close_question(entry)?;
        }
        if decided.to_human {
            self.item(true)?;
        }
        self.owe_all(&decided.owed, Some(decided))?;
        if let Some(id) = mail.and_then(|mail| mail.identity.message_id.as_deref()) {
            let registrations = decided
                .changes
                .iter()
                .filter_map(change_registration)
                .chain(decided.owed.iter().flat_map(|o| o.registrations.clone()));
            for registration in registrations {
                let key = Key::of(Table::Thread)
                    .hash(&hash_from_hex(id))
                    .number(registration.0);
                self.edit.mark(key);
            }
        }
        Ok(())
    }

    fn catalogue(
        &mut self,
        sessions: &[Session],
        vanished: &[SessionId],
        frozen: &[SessionId],
    ) -> Result<(), RegisterError> {
        for session in sessions {
            let key = Key::of(Table::Session).text(&session.id.0);
            let before: Option<CatalogueRow> = self.edit.row(&key)?;
            if before.as_ref().is_none_or(|before| before.vanished) {
                let key = Key::of(Table::Added).text(&session.id.0);
                self.edit.put(key, &self.entry.n)?;
            }
            // The organiser's capacity holds until the file's own value changes.
            let capacity = before
                .as_ref()
                .filter(|before| before.session.capacity == session.capacity)
                .and_then(|before| before.capacity);
            let row = CatalogueRow {
                session: session.clone(),
                vanished: false,
                frozen: before.as_ref().is_some_and(|before| before.frozen),
                capacity,
                entry: self.entry.n,
            };
            self.edit.put(key, &row)?;
        }
        for id in vanished {
            self.session(id, |row| row.vanished = true)?;
        }
        for id in frozen {
            self.session(id, |row| row.frozen = true)?;
        }
        Ok(())
    }

    fn session(
        &mut self,
        id: &SessionId,
        change: impl FnOnce(&mut CatalogueRow),
    ) -> Result<(), RegisterError> {
        let key = Key::of(Table::Session).text(&id.0);
        if let Some(mut row) = self.edit.row::<CatalogueRow>(&key)? {
            change(&mut row);
            row.entry = self.entry.n;
            self.edit.put(key, &row)?;
        }
        Ok(())
    }

    fn digest(
        &mut self,
        digest: &LastDigest,
        owed: &[Owed],
        items: &[u64],
    ) -> Result<(), RegisterError> {
        self.edit.put(Key::of(Table::Digest), &digest.entry)?;
        let key = Key::of(Table::Digest).number(digest.entry);
        self.edit.put(key, digest)?;
        if digest.skipped {
            self.counts.digest_covered = self.counts.digest_covered.max(digest.to_entry);
        }
        for item in items {
            let key = Key::of(Table::Item).number(*item);
            if let Some(mut row) = self.edit.row::<ItemRow>(&key)? {
                row.told = row.told.or(Some(self.entry.n));
                self.edit.put(key, &row)?;
            }
        }
        self.owe_all(owed, None)
    }
}

/// Gives the registration that a change is about.
pub(super) fn change_registration(change: &Change) -> Option<RegistrationId> {
    match change {
        Change::Registered { id, .. }
        | Change::State { id, .. }
        | Change::Details { id, .. }
        | Change::Rank { id, .. }
        | Change::Invitation { id, .. }
        | Change::PauseOver { id }
        | Change::Bounced { id } => Some(*id),
        Change::Asked { .. }
        | Change::QuestionClosed { .. }
        | Change::Superseded { .. }
        | Change::Capacity { .. }
        | Change::SessionAccepted { .. }
        | Change::Settled { .. }
        | Change::Paused { .. } => None,
    }
}
