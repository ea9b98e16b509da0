//! Queries over the index and the journal, shared by the running register and by a snapshot.

use jiff::Timestamp;

use super::apply::{CursorRow, DUE_PAUSE, DUE_QUESTION, ItemRow, LeftRow, QuestionRow};
use super::error::RegisterError;
use super::facts::{
    About, CatalogueRow, Counts, DueAction, LastDigest, LetterKind, OpenItem, OpenQuestion,
    OutboxFilter, OutboxRow, ToReadAgain,
};
use super::keys::{Key, Parts, Table, message_id_hash};
use super::letter::{LetterRow, OPEN, letter_key, letter_of_state_key, phase_prefix, token_of};
use super::rolls::Rolls;
use super::rows::{Rows, decode, row, scan};
use crate::core::catalogue::SessionId;
use crate::core::entry::{Cause, Entry};
use crate::core::reply::Letter;
use crate::core::roll::{Known, Lookup, Question, Registration, RegistrationId, Roll, Token};
use crate::mailbox::Cursor;

/// Entries by number.
pub(super) trait Entries {
    /// Gives an entry, also one that is appended and not yet synced.
    fn entry(&self, n: u64) -> Result<Option<Entry>, RegisterError>;

    /// Gives one of the letters that an entry owes.
    fn letter(&self, n: u64, index: usize) -> Result<Option<Letter>, RegisterError>;

    /// Gives the rolls that are kept decoded, where they are.
    fn rolls(&self) -> Option<&Rolls> {
        None
    }
}

/// The register at one moment.
pub struct View<'a> {
    pub(super) rows: &'a dyn Rows,
    pub(super) entries: &'a dyn Entries,
}

impl View<'_> {
    /// Gives how much is recorded.
    pub fn counts(&self) -> Result<Counts, RegisterError> {
        Ok(row(self.rows, &Key::of(Table::Counts))?.unwrap_or_default())
    }

    /// Gives one entry.
    pub fn entry(&self, n: u64) -> Result<Option<Entry>, RegisterError> {
        self.entries.entry(n)
    }

    /// Gives a registration.
    pub fn registration(&self, id: RegistrationId) -> Result<Option<Registration>, RegisterError> {
        let key = Key::of(Table::Registration).number(id.0);
        let Some(session) = row::<String>(self.rows, &key)? else {
            return Ok(None);
        };
        row(self.rows, &Key::of(Table::Roll).text(&session).number(id.0))
    }

    /// Gives a session's seats and queue; empty if nothing is recorded.
    pub fn roll(&self, session: &SessionId) -> Result<Roll, RegisterError> {
        let rolls = self.entries.rolls();
        if let Some(roll) = rolls.and_then(|rolls| rolls.of(session)) {
            return Ok(roll);
        }
        let roll = self.roll_of_rows(session)?;
        if let Some(rolls) = rolls {
            rolls.keep(session, &roll);
        }
        Ok(roll)
    }

    fn roll_of_rows(&self, session: &SessionId) -> Result<Roll, RegisterError> {
        let prefix = Key::of(Table::Roll).text(&session.0);
        let registrations = scan(self.rows, &prefix, usize::MAX)?
            .iter()
            .map(|(_, value)| decode(value))
            .collect::<Result<_, _>>()?;
        let key = Key::of(Table::Session).text(&session.0);
        let facts: Option<CatalogueRow> = row(self.rows, &key)?;
        Ok(Roll {
            registrations,
            capacity: facts.as_ref().and_then(|facts| facts.capacity),
            frozen: facts.as_ref().is_some_and(|facts| facts.frozen),
        })
    }

    /// Gives all rolls: of every session that is recorded or has registrations, by id.
    pub fn rolls(&self) -> Result<Vec<(SessionId, Roll)>, RegisterError> {
        let mut sessions = std::collections::BTreeSet::new();
        for table in [Table::Session, Table::Roll] {
            let prefix = Key::of(table);
            self.rows.range(&prefix.0, &prefix.end(), &mut |key, _| {
                sessions.extend(Parts::of(key).text());
                true
            })?;
        }
        sessions
            .into_iter()
            .map(SessionId)
            .map(|session| Ok((session.clone(), self.roll(&session)?)))
            .collect()
    }

    /// Gives the sessions as last recorded, by id.
    pub fn catalogue(&self) -> Result<Vec<CatalogueRow>, RegisterError> {
        scan(self.rows, &Key::of(Table::Session), usize::MAX)?
            .iter()
            .map(|(_, value)| decode(value))
            .collect()
    }

    /// Gives what a decision about this mail may see; the seed is left blank.
    pub fn known(&self, lookup: &Lookup) -> Result<Known, RegisterError> {
        super::known::known(self, lookup)
    }

    /// Gives up to where a mailbox was walked; `None` if the watch has not begun.
    pub fn cursor(&self, mailbox: &str) -> Result<Option<Cursor>, RegisterError> {
        let key = Key::of(Table::Cursor).text(mailbox);
        let Some(cursor) = row::<CursorRow>(self.rows, &key)? else {
            return Ok(None);
        };
        let prefix = Key::of(Table::CursorName).text(mailbox);
        let mut names = std::collections::BTreeSet::new();
        self.rows.range(&prefix.0, &prefix.end(), &mut |key, _| {
            let mut parts = Parts::of(key);
            parts.text();
            names.extend(parts.text());
            true
        })?;
        Ok(Some(Cursor {
            uid_validity: cursor.uid_validity,
            uid_next: cursor.uid_next,
            names,
        }))
    }

    /// Gives when the watch over a mailbox first began.
    pub fn watch_began(&self, mailbox: &str) -> Result<Option<Timestamp>, RegisterError> {
        let key = Key::of(Table::Cursor).text(mailbox);
        Ok(row::<CursorRow>(self.rows, &key)?.and_then(|cursor| cursor.began_at))
    }

    pub(super) fn letter_row(&self, token: &Token) -> Result<Option<LetterRow>, RegisterError> {
        row(self.rows, &letter_key(token))
    }

    /// Gives a letter.
    pub fn letter(&self, token: &Token) -> Result<Option<OutboxRow>, RegisterError> {
        match self.letter_row(token)? {
            Some(row) => self.outbox_row(row).map(Some),
            None => Ok(None),
        }
    }

    /// Gives a letter with its words.
    pub(super) fn outbox_row(&self, row: LetterRow) -> Result<OutboxRow, RegisterError> {
        let letter = self.entries.letter(row.entry, row.owed.letter)?;
        Ok(OutboxRow {
            entry: row.entry,
            kind: row.kind,
            owed: row.owed,
            letter,
            state: row.state,
            due_at: row.due_at,
            attempts: row.attempts,
            put_off: row.put_off,
            filed: row.filed,
            given_up: row.given_up,
            response: row.response,
        })
    }

    fn letters(&self, tokens: Vec<Token>) -> Result<Vec<OutboxRow>, RegisterError> {
        let mut letters = Vec::with_capacity(tokens.len());
        for token in tokens {
            letters.extend(self.letter(&token)?);
        }
        Ok(letters)
    }

    /// Lists letters, in order of their entries (within each phase).
    pub fn outbox(&self, filter: OutboxFilter) -> Result<Vec<OutboxRow>, RegisterError> {
        let phases = match filter {
            OutboxFilter::Open => OPEN.to_vec(),
            OutboxFilter::In(phase) => vec![phase],
            OutboxFilter::All => {
                let rows = scan(self.rows, &Key::of(Table::Letter), usize::MAX)?;
                let mut rows = rows
                    .iter()
                    .map(|(_, value)| decode::<LetterRow>(value))
                    .collect::<Result<Vec<_>, _>>()?;
                rows.sort_by_key(|row| (row.entry, row.index));
                return self.letters(rows.into_iter().map(|row| row.owed.token).collect());
            }
        };
        let mut tokens = Vec::new();
        for phase in phases {
            let rows = scan(self.rows, &phase_prefix(phase), usize::MAX)?;
            tokens.extend(rows.iter().filter_map(|(key, _)| letter_of_state_key(key)));
        }
        self.letters(tokens)
    }

    /// Gives up to `max` letters that are due, in order of their time, then of recording. Letters
    /// whose attempt has begun are not due until its outcome is recorded.
    pub fn due_letters(&self, now: Timestamp, max: usize) -> Result<Vec<OutboxRow>, RegisterError> {
        let from = Key::of(Table::LetterDue);
        let to = Key::of(Table::LetterDue).time(now).end();
        let mut tokens = Vec::new();
        if max > 0 {
            self.rows.range(&from.0, &to, &mut |key, _| {
                let mut parts = Parts::of(key);
                let _skipped = (parts.time(), parts.number(), parts.number());
                tokens.extend(parts.text().map(Token));
                tokens.len() < max
            })?;
        }
        self.letters(tokens)
    }

    /// Gives up to `max` letters that are accepted and whose mail is not filed yet.
    pub fn to_file(&self, max: usize) -> Result<Vec<OutboxRow>, RegisterError> {
        let rows = scan(self.rows, &Key::of(Table::ToFile), max)?;
        let token = |key: &[u8]| {
            let mut parts = Parts::of(key);
            parts.number()?;
            parts.text().map(Token)
        };
        self.letters(rows.iter().filter_map(|(key, _)| token(key)).collect())
    }

    /// Gives what is due beside letters, in order of its time.
    pub fn due(&self, now: Timestamp) -> Result<Vec<DueAction>, RegisterError> {
        let from = Key::of(Table::Due);
        let to = Key::of(Table::Due).time(now).end();
        let mut due = Vec::new();
        self.rows.range(&from.0, &to, &mut |key, _| {
            let mut parts = Parts::of(key);
            parts.time();
            match (parts.byte(), parts.number()) {
                (Some(DUE_PAUSE), Some(id)) => due.push(DueAction::PauseOver(RegistrationId(id))),
                (Some(DUE_QUESTION), Some(n)) => due.push(DueAction::QuestionUnanswered(n)),
                _ => {}
            }
            true
        })?;
        Ok(due)
    }

    /// Gives the earliest instant at which a letter, the end of a pause or of a question falls due.
    pub fn next_due_at(&self) -> Result<Option<Timestamp>, RegisterError> {
        let mut next: Option<Timestamp> = None;
        for table in [Table::Due, Table::LetterDue] {
            let first = scan(self.rows, &Key::of(table), 1)?;
            let at = first.first().and_then(|(key, _)| Parts::of(key).time());
            next = match (next, at) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(next)
    }

    /// Gives when the first letter falls due.
    pub fn next_letter_at(&self) -> Result<Option<Timestamp>, RegisterError> {
        let first = scan(self.rows, &Key::of(Table::LetterDue), 1)?;
        Ok(first.first().and_then(|(key, _)| Parts::of(key).time()))
    }

    /// Gives when the first open pause of a freed seat ends.
    pub fn next_pause_end(&self) -> Result<Option<Timestamp>, RegisterError> {
        let rows = scan(self.rows, &Key::of(Table::Due), usize::MAX)?;
        Ok(rows.iter().find_map(|(key, _)| {
            let mut parts = Parts::of(key);
            let at = parts.time();
            (parts.byte() == Some(DUE_PAUSE)).then_some(at).flatten()
        }))
    }

    pub(super) fn question(&self, entry: u64) -> Result<Option<OpenQuestion>, RegisterError> {
        let key = Key::of(Table::Question).number(entry);
        let Some(row) = row::<QuestionRow>(self.rows, &key)? else {
            return Ok(None);
        };
        let reading = self
            .entry(entry)?
            .and_then(|entry| entry.personal)
            .and_then(|personal| personal.reading);
        Ok(Some(OpenQuestion {
            until: row.until,
            question: Question {
                entry,
                options: row.options,
                reading,
                received: row.received,
                address: row.address,
                registrations: row.registrations,
            },
        }))
    }

    /// Gives the clarifying questions that are open, oldest first.
    pub fn open_questions(&self) -> Result<Vec<OpenQuestion>, RegisterError> {
        let mut questions = Vec::new();
        for (key, _) in scan(self.rows, &Key::of(Table::Question), usize::MAX)? {
            if let Some(entry) = Parts::of(&key).number() {
                questions.extend(self.question(entry)?);
            }
        }
        Ok(questions)
    }

    /// Gives the items of the digest that are not settled, oldest first.
    pub fn open_items(&self) -> Result<Vec<OpenItem>, RegisterError> {
        let mut items = Vec::new();
        for (key, value) in scan(self.rows, &Key::of(Table::Item), usize::MAX)? {
            let row: ItemRow = decode(&value)?;
            items.extend(Parts::of(&key).number().map(|entry| OpenItem {
                entry,
                to_decide: row.to_decide,
                told: row.told,
            }));
        }
        Ok(items)
    }

    /// Gives what is to be read again since sessions were added to the catalogue; `None` if there is nothing, or it was done.
    /// Only mail received after `since` is meant.
    pub fn to_read_again(&self, since: Timestamp) -> Result<Option<ToReadAgain>, RegisterError> {
        let mut added = std::collections::BTreeMap::new();
        for (key, value) in scan(self.rows, &Key::of(Table::Added), usize::MAX)? {
            if let Some(session) = Parts::of(&key).text() {
                added.insert(SessionId(session), decode::<u64>(&value)?);
            }
        }
        let done: u64 = row(self.rows, &Key::of(Table::ReadAgain))?.unwrap_or_default();
        let Some(catalogue) = added.values().copied().max().filter(|last| *last > done) else {
            return Ok(None);
        };
        let mut left = Vec::new();
        for (key, value) in scan(self.rows, &Key::of(Table::Left), usize::MAX)? {
            let row: LeftRow = decode(&value)?;
            let item = Parts::of(&key).number().filter(|item| *item < catalogue);
            let item = item.filter(|_| row.received >= since);
            left.extend(item.map(|item| (row.received, row.mail, item)));
        }
        if left.is_empty() {
            return Ok(None);
        }
        left.sort_unstable();
        Ok(Some(ToReadAgain {
            catalogue,
            added,
            mails: left
                .into_iter()
                .map(|(_, mail, item)| (mail, item))
                .collect(),
        }))
    }

    /// Gives the last digest that was recorded.
    pub fn last_digest(&self) -> Result<Option<LastDigest>, RegisterError> {
        let Some(entry) = row::<u64>(self.rows, &Key::of(Table::Digest))? else {
            return Ok(None);
        };
        row(self.rows, &Key::of(Table::Digest).number(entry))
    }

    /// Says whether a letter to this address came back for good.
    pub fn address_bounced(&self, address: &str) -> Result<bool, RegisterError> {
        let key = Key::of(Table::Bounced).hash(&super::keys::address_hash(address));
        Ok(self.rows.value(&key.0)?.is_some())
    }

    /// Says whether a human's mail in Sent answers the mail of this Message-ID.
    pub fn answered_by_hand(&self, message_id: &str) -> Result<bool, RegisterError> {
        let key = Key::of(Table::ByHand).hash(&message_id_hash(message_id));
        Ok(self.rows.value(&key.0)?.is_some())
    }

    /// Gives the entries about a registration, a mail or a letter, and those that caused them, in order.
    pub fn why(&self, about: &About) -> Result<Vec<Entry>, RegisterError> {
        let mut numbers = std::collections::BTreeSet::new();
        match about {
            About::Registration(id) => {
                let prefix = Key::of(Table::About).number(id.0);
                for (key, _) in scan(self.rows, &prefix, usize::MAX)? {
                    let mut parts = Parts::of(&key);
                    parts.number();
                    numbers.extend(parts.number());
                }
            }
            About::Letter(token) => self.about_letter(token, &mut numbers)?,
            About::MessageId(id) => match token_of(id) {
                Some(token) => self.about_letter(&token, &mut numbers)?,
                None => {
                    let prefix = Key::of(Table::MailId).hash(&message_id_hash(id));
                    for (key, _) in scan(self.rows, &prefix, usize::MAX)? {
                        let mut parts = Parts::of(&key);
                        parts.hash();
                        if let Some(entry) = parts.number() {
                            self.about_entry(entry, &mut numbers)?;
                        }
                    }
                }
            },
        }
        let mut entries = std::collections::BTreeMap::new();
        for n in numbers {
            entries.extend(self.entry(n)?.map(|entry| (n, entry)));
        }
        // What caused one of them belongs to the story: whose seat it was, say.
        let causes: Vec<u64> = entries
            .values()
            .filter_map(|entry| cause_entry(&entry.cause))
            .collect();
        for n in causes {
            entries.extend(self.entry(n)?.map(|entry| (n, entry)));
        }
        Ok(entries.into_values().collect())
    }

    fn about_letter(
        &self,
        token: &Token,
        numbers: &mut std::collections::BTreeSet<u64>,
    ) -> Result<(), RegisterError> {
        match self.letter_row(token)? {
            Some(row) => self.about_entry(row.entry, numbers),
            None => Ok(()),
        }
    }

    fn about_entry(
        &self,
        entry: u64,
        numbers: &mut std::collections::BTreeSet<u64>,
    ) -> Result<(), RegisterError> {
        numbers.insert(entry);
        for (key, _) in scan(
            self.rows,
            &Key::of(Table::AboutEntry).number(entry),
            usize::MAX,
        )? {
            let mut parts = Parts::of(&key);
            parts.number();
            numbers.extend(parts.number());
        }
        Ok(())
    }

    /// Gives the registrations that a mail's entry or a letter was about, in order.
    pub(super) fn registrations_of_message(
        &self,
        message_id: &str,
    ) -> Result<Vec<RegistrationId>, RegisterError> {
        if let Some(token) = token_of(message_id)
            && let Some(row) = self.letter_row(&token)?
        {
            return Ok(row.owed.registrations);
        }
        let prefix = Key::of(Table::Thread).hash(&message_id_hash(message_id));
        let rows = scan(self.rows, &prefix, usize::MAX)?;
        let id = |key: &[u8]| {
            let mut parts = Parts::of(key);
            parts.hash()?;
            parts.number().map(RegistrationId)
        };
        Ok(rows.iter().filter_map(|(key, _)| id(key)).collect())
    }

    /// Says whether a letter of ours is a digest.
    pub(super) fn is_digest(&self, row: &LetterRow) -> bool {
        row.kind == LetterKind::Digest
    }
}

/// Gives the entry that another follows from.
pub(super) fn cause_entry(cause: &Cause) -> Option<u64> {
    match cause {
        Cause::Due { entry }
        | Cause::Catalogue { entry }
        | Cause::Organiser { entry: Some(entry) } => Some(*entry),
        Cause::Itself | Cause::Mail | Cause::Organiser { entry: None } => None,
    }
}
