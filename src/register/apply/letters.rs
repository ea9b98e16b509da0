//! The outbox part of applying an entry: letters owed, their attempts, outcomes, holds and filing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::error::RegisterError;
use super::super::facts::{LastDigest, LetterKind, LetterPhase, LetterState};
use super::super::keys::{
    Key, Parts, Table, address_hash, bare_id, hash_from_hex, hash_to_hex, message_id_hash,
};
use super::{Applying, WRITTEN_BUCKET_SECS, bucket, change_registration};
use crate::core::catalogue::SessionId;
use crate::core::delivery::Delivery;
use crate::core::entry::{Body, Change, Decided, Hold, Owed};
use crate::core::reply::Letter;
use crate::core::roll::Token;

/// A letter as the index keeps it; its words stay in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct LetterRow {
    /// The entry that owes it.
    pub(in super::super) entry: u64,
    /// Its place among the letters of that entry.
    pub(in super::super) index: u64,
    /// What it is.
    pub(in super::super) kind: LetterKind,
    /// What is owed.
    pub(in super::super) owed: Owed,
    /// Where it stands.
    pub(in super::super) state: LetterState,
    /// When it falls due.
    pub(in super::super) due_at: Option<Timestamp>,
    /// Attempts begun.
    pub(in super::super) attempts: u32,
    /// Outcomes that were uncertain.
    pub(in super::super) uncertain: u32,
    /// SHA-256 of the last attempt's bytes.
    pub(in super::super) sha256: String,
    /// Filed, or given up.
    pub(in super::super) filed: bool,
    /// Why filing was given up.
    pub(in super::super) given_up: Option<String>,
    /// What the server said last.
    pub(in super::super) response: Option<String>,
    /// Hash of the address it goes to, hex; `None` for the organiser, or once forgotten.
    pub(in super::super) to: Option<String>,
    /// Hash of the thread's first Message-ID, hex.
    pub(in super::super) root: Option<String>,
    /// The sessions of the registrations it is about.
    pub(in super::super) sessions: Vec<SessionId>,
}

/// Gives the byte under which a phase is indexed.
pub(in super::super) fn phase_byte(phase: LetterPhase) -> u8 {
    match phase {
        LetterPhase::Queued => b'q',
        LetterPhase::Withheld => b'w',
        LetterPhase::Paused => b'p',
        LetterPhase::Held => b'h',
        LetterPhase::Sending => b's',
        LetterPhase::Accepted => b'a',
        LetterPhase::Deferred => b'd',
        LetterPhase::Refused => b'r',
        LetterPhase::Uncertain => b'u',
        LetterPhase::Superseded => b'x',
    }
}

/// The phases of letters that are going to be tried (again).
pub(in super::super) const OPEN: [LetterPhase; 4] = [
    LetterPhase::Queued,
    LetterPhase::Deferred,
    LetterPhase::Sending,
    LetterPhase::Uncertain,
];

/// Gives the prefix under which the letters of a phase are indexed.
pub(in super::super) fn phase_prefix(phase: LetterPhase) -> Key {
    Key::of(Table::LetterState).byte(phase_byte(phase))
}

/// Reads the letter out of a key of [`Table::LetterState`].
pub(in super::super) fn letter_of_state_key(key: &[u8]) -> Option<Token> {
    let mut parts = Parts::of(key);
    parts.byte()?;
    parts.number()?;
    parts.text().map(Token)
}

/// Gives the token of a letter of ours from its Message-ID, `TOKEN@guichet.DOMAIN`.
pub(in super::super) fn token_of(message_id: &str) -> Option<Token> {
    let (local, domain) = bare_id(message_id).split_once('@')?;
    let ours = domain.starts_with("guichet.")
        && local.len() == 32
        && local.bytes().all(|b| b.is_ascii_hexdigit());
    ours.then(|| Token(local.to_ascii_lowercase()))
}

/// Gives the key of a letter's row.
pub(in super::super) fn letter_key(token: &Token) -> Key {
    Key::of(Table::Letter).text(&token.0)
}

/// Gives the keys that lead to a letter in its state.
fn leading_keys(row: &LetterRow) -> Vec<Key> {
    let token = &row.owed.token.0;
    let mut keys = Vec::new();
    if let Some(due_at) = row.due_at {
        keys.push(
            Key::of(Table::LetterDue)
                .time(due_at)
                .number(row.entry)
                .number(row.index)
                .text(token),
        );
    }
    let phase = row.state.phase();
    // The two phases that only grow are not indexed.
    if !matches!(phase, LetterPhase::Accepted | LetterPhase::Superseded) {
        keys.push(phase_prefix(phase).number(row.entry).text(token));
    }
    if row.state == LetterState::Accepted && !row.filed {
        keys.push(Key::of(Table::ToFile).number(row.entry).text(token));
    }
    let replaceable = matches!(
        phase,
        LetterPhase::Queued | LetterPhase::Deferred | LetterPhase::Held | LetterPhase::Paused
    );
    if replaceable {
        for session in &row.sessions {
            keys.push(Key::of(Table::Unsent).text(&session.0).text(token));
        }
    }
    keys
}

impl Applying<'_> {
    /// Takes up the letters that the entry owes; `decided` is what was decided with them.
    pub(super) fn owe_all(
        &mut self,
        owed: &[Owed],
        decided: Option<&Decided>,
    ) -> Result<(), RegisterError> {
        for (index, owed) in owed.iter().enumerate() {
            let index = u64::try_from(index).unwrap_or(u64::MAX);
            self.owe(index, owed, decided)?;
        }
        Ok(())
    }

    fn owe(
        &mut self,
        index: u64,
        owed: &Owed,
        decided: Option<&Decided>,
    ) -> Result<(), RegisterError> {
        let personal = self.entry.personal.as_ref();
        let letter = personal.and_then(|p| p.letters.get(owed.letter));
        let kind = match (&self.entry.body, letter) {
            (Body::Digest { .. }, _) => LetterKind::Digest,
            (Body::Noticed { .. }, _) | (_, Some(Letter::Transcript { .. })) => LetterKind::Notice,
            _ => LetterKind::Reply,
        };
        let reply = match letter {
            Some(Letter::Reply(reply)) => Some(reply.as_ref()),
            _ => None,
        };
        // Without its words, or an address, it can never be sent.
        let forgotten = letter.is_none() || reply.is_some_and(|reply| reply.to.email.is_empty());
        let first = reply.and_then(|r| r.references.first().or(r.in_reply_to.as_ref()));
        let root = match first {
            Some(message_id) => Some(self.thread_root(message_id)?),
            None => self.mail_root(),
        };
        let state = match owed.hold {
            _ if forgotten => LetterState::Superseded,
            Some(why) => LetterState::Held { why },
            None if self.counts.paused && kind == LetterKind::Reply => {
                LetterState::Held { why: Hold::Paused }
            }
            None => LetterState::Queued,
        };
        let to = reply.map(|reply| address_hash(&reply.to.email));
        let row = LetterRow {
            entry: self.entry.n,
            index,
            kind,
            owed: owed.clone(),
            due_at: (state == LetterState::Queued).then_some(owed.due_at),
            state,
            attempts: 0,
            uncertain: 0,
            sha256: String::new(),
            filed: false,
            given_up: None,
            response: None,
            to: to.map(|hash| hash_to_hex(&hash)).filter(|_| !forgotten),
            root,
            sessions: self.sessions_of(owed)?,
        };
        if reply.is_some_and(|reply| reply.answers) && !seat_changed(owed, decided) {
            self.count_reply(&row)?;
        }
        for id in &owed.registrations {
            self.about(*id);
        }
        self.keep_letter(None, row)
    }

    fn sessions_of(&self, owed: &Owed) -> Result<Vec<SessionId>, RegisterError> {
        let mut sessions = Vec::new();
        for id in &owed.registrations {
            if let Some(registration) = self.registration(*id)?
                && !sessions.contains(&registration.session)
            {
                sessions.push(registration.session);
            }
        }
        Ok(sessions)
    }

    /// Finds the first mail of a thread: through letters of ours to what they answered.
    fn thread_root(&self, message_id: &str) -> Result<String, RegisterError> {
        if let Some(token) = token_of(message_id)
            && let Some(row) = self.letter(&token)?
            && let Some(root) = row.root
        {
            return Ok(root);
        }
        Ok(hash_to_hex(&message_id_hash(message_id)))
    }

    fn mail_root(&self) -> Option<String> {
        match &self.entry.body {
            Body::Mail(mail) => mail
                .identity
                .message_id
                .as_deref()
                .map(|id| hash_to_hex(&hash_from_hex(id))),
            _ => None,
        }
    }

    /// Counts an automatic answer for the breakers. One that is held does not count, unless it is
    /// held by shadow only, which is to show what would happen live.
    fn count_reply(&mut self, row: &LetterRow) -> Result<(), RegisterError> {
        let counts = match row.state {
            LetterState::Held { why } => matches!(why, Hold::Shadow | Hold::Paused),
            _ => true,
        };
        if !counts {
            return Ok(());
        }
        let at = self.entry.at;
        let minute = bucket(at, WRITTEN_BUCKET_SECS);
        self.edit.count(Key::of(Table::Written).number(minute))?;
        if let Some(to) = &row.to {
            let key = Key::of(Table::WrittenAt)
                .hash(&hash_from_hex(to))
                .time(at)
                .number(self.entry.n)
                .number(row.index);
            self.edit.mark(key);
        }
        if let Some(root) = &row.root {
            let status = serde_json::to_string(&row.owed.status).unwrap_or_default();
            let key = Key::of(Table::InThread)
                .hash(&hash_from_hex(root))
                .text(&status);
            self.edit.count(key)?;
        }
        Ok(())
    }

    pub(super) fn letter(&self, token: &Token) -> Result<Option<LetterRow>, RegisterError> {
        self.edit.row(&letter_key(token))
    }

    fn keep_letter(
        &mut self,
        before: Option<&LetterRow>,
        after: LetterRow,
    ) -> Result<(), RegisterError> {
        if let Some(before) = before {
            for key in leading_keys(before) {
                self.edit.remove(key);
            }
            let count = self.counts.letters.entry(before.state.phase()).or_default();
            *count = count.saturating_sub(1);
        }
        for key in leading_keys(&after) {
            self.edit.mark(key);
        }
        *self.counts.letters.entry(after.state.phase()).or_default() += 1;
        self.edit.put(letter_key(&after.owed.token), &after)
    }

    /// Changes a letter, if it is there, and links this entry to it.
    fn alter_letter(
        &mut self,
        token: &Token,
        change: impl FnOnce(&mut LetterRow),
    ) -> Result<(), RegisterError> {
        let Some(before) = self.letter(token)? else {
            return Ok(());
        };
        let mut after = before.clone();
        change(&mut after);
        self.about_entry(before.entry);
        for id in &before.owed.registrations {
            self.about(*id);
        }
        self.keep_letter(Some(&before), after)
    }

    pub(super) fn attempt(&mut self, token: &Token, sha256: &str) -> Result<(), RegisterError> {
        self.alter_letter(token, |row| {
            row.attempts = row.attempts.saturating_add(1);
            row.sha256 = sha256.to_owned();
            row.due_at = None;
            row.state = LetterState::Sending {
                sha256: sha256.to_owned(),
            };
        })
    }

    pub(super) fn outcome(
        &mut self,
        token: &Token,
        delivery: &Delivery,
        retry_at: Option<Timestamp>,
    ) -> Result<(), RegisterError> {
        self.alter_letter(token, |row| {
            row.due_at = None;
            match delivery {
                Delivery::Accepted { response } => {
                    row.response = Some(response.clone());
                    row.state = LetterState::Accepted;
                }
                Delivery::Refused { response } => {
                    row.response = Some(response.clone());
                    row.state = LetterState::Refused;
                }
                Delivery::Deferred { response, .. } => {
                    row.response = Some(response.clone());
                    row.due_at = retry_at;
                    // Without a further attempt it is given up.
                    row.state = retry_at.map_or(LetterState::Refused, |retry_at| {
                        LetterState::Deferred { retry_at }
                    });
                }
                Delivery::Uncertain { response } => {
                    row.response = Some(response.clone());
                    row.due_at = retry_at;
                    row.state = LetterState::Uncertain {
                        sha256: row.sha256.clone(),
                        retries: row.uncertain,
                    };
                    row.uncertain = row.uncertain.saturating_add(1);
                }
            }
        })?;
        if matches!(delivery, Delivery::Accepted { .. }) {
            self.accepted(token)?;
        }
        Ok(())
    }

    fn accepted(&mut self, token: &Token) -> Result<(), RegisterError> {
        let Some(row) = self.letter(token)? else {
            return Ok(());
        };
        if let Some(to) = &row.to {
            let key = Key::of(Table::Reached).hash(&hash_from_hex(to));
            self.edit.mark(key);
        }
        let key = Key::of(Table::Digest).number(row.entry);
        if row.kind == LetterKind::Digest
            && let Some(mut digest) = self.edit.row::<LastDigest>(&key)?
        {
            digest.accepted = true;
            self.counts.digest_covered = self.counts.digest_covered.max(digest.to_entry);
            self.edit.put(key, &digest)?;
        }
        Ok(())
    }

    pub(super) fn filed(
        &mut self,
        token: &Token,
        given_up: Option<&str>,
    ) -> Result<(), RegisterError> {
        self.alter_letter(token, |row| {
            row.filed = true;
            row.given_up = given_up.map(str::to_owned);
        })
    }

    /// Holds a letter that is not through yet.
    pub(super) fn hold(&mut self, token: &Token, why: Hold) -> Result<(), RegisterError> {
        self.alter_letter(token, |row| {
            if matches!(
                row.state,
                LetterState::Accepted | LetterState::Refused | LetterState::Superseded
            ) {
                return;
            }
            row.due_at = None;
            row.state = LetterState::Held { why };
        })
    }

    /// Makes a held letter due again.
    pub(super) fn release(&mut self, token: &Token) -> Result<(), RegisterError> {
        let at = self.entry.at;
        self.alter_letter(token, |row| {
            if matches!(row.state, LetterState::Held { .. }) {
                row.due_at = Some(row.owed.due_at.max(at));
                row.state = LetterState::Queued;
            }
        })
    }

    /// Replaces a letter, unless an attempt is under way or it is through: until its first DATA, or
    /// while a server has said that it did not take it, it may be.
    pub(super) fn supersede(&mut self, token: &Token) -> Result<(), RegisterError> {
        self.alter_letter(token, |row| {
            if matches!(
                row.state,
                LetterState::Queued | LetterState::Held { .. } | LetterState::Deferred { .. }
            ) {
                row.due_at = None;
                row.state = LetterState::Superseded;
            }
        })
    }

    fn in_phase(&self, phase: LetterPhase) -> Result<Vec<Token>, RegisterError> {
        let rows = self.edit.scan(&phase_prefix(phase))?;
        Ok(rows
            .iter()
            .filter_map(|(key, _)| letter_of_state_key(key))
            .collect())
    }

    /// Holds, or releases, all answers.
    pub(super) fn pause(&mut self, on: bool) -> Result<(), RegisterError> {
        self.counts.paused = on;
        let phases: &[LetterPhase] = if on {
            &[LetterPhase::Queued, LetterPhase::Deferred]
        } else {
            &[LetterPhase::Paused]
        };
        for phase in phases {
            for token in self.in_phase(*phase)? {
                let reply = self
                    .letter(&token)?
                    .is_some_and(|row| row.kind == LetterKind::Reply);
                match (reply, on) {
                    (true, true) => self.hold(&token, Hold::Paused)?,
                    (true, false) => self.release(&token)?,
                    (false, _) => {}
                }
            }
        }
        Ok(())
    }

    /// Withholds every letter that was owed.
    pub(super) fn restored(&mut self) -> Result<(), RegisterError> {
        self.counts.restored_at = Some(self.entry.at);
        for phase in OPEN {
            for token in self.in_phase(phase)? {
                self.hold(&token, Hold::Restored)?;
            }
        }
        Ok(())
    }

    /// Notes that a letter came back.
    pub(super) fn bounce(&mut self, token: &Token, permanent: bool) -> Result<(), RegisterError> {
        let to = self.letter(token)?.and_then(|row| row.to);
        if permanent && let Some(to) = to {
            let key = Key::of(Table::Bounced).hash(&hash_from_hex(&to));
            self.edit.mark(key);
        }
        self.alter_letter(token, |_| {})
    }
}

/// Says whether an answer tells of a seat that changed by the same entry: those are not counted
/// against an echo.
fn seat_changed(owed: &Owed, decided: Option<&Decided>) -> bool {
    let changes = decided.map(|d| d.changes.as_slice()).unwrap_or_default();
    changes
        .iter()
        .filter(|change| match change {
            Change::Registered { state, .. } => state.is_standing(),
            Change::State { .. } | Change::Rank { .. } => true,
            _ => false,
        })
        .filter_map(change_registration)
        .any(|id| owed.registrations.contains(&id))
}
