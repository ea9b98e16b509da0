//! The outbox part of applying an entry: letters owed, their attempts, outcomes, holds and filing.

use jiff::Timestamp;

use super::super::error::RegisterError;
use super::super::facts::{LastDigest, LetterKind, LetterPhase, LetterState};
use super::super::keys::{Key, Table, address_hash, hash_from_hex, hash_to_hex, message_id_hash};
use super::super::letter::{
    LetterRow, OPEN, leading_keys, letter_key, letter_of_state_key, phase_prefix, token_of,
};
use super::{Applying, WRITTEN_BUCKET_SECS, bucket, change_registration};
use crate::core::catalogue::SessionId;
use crate::core::delivery::{Concerns, Delivery};
use crate::core::entry::{Body, Change, Decided, Hold, Owed};
use crate::core::reply::Letter;
use crate::core::roll::Token;

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
            due_after_pause: None,
            state,
            attempts: 0,
            put_off: 0,
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
        let paused = self.counts.paused;
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
                Delivery::Deferred { concerns, response } => {
                    row.put_off += u32::from(*concerns == Concerns::Reply);
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
            if paused {
                pause_letter(row);
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
        let (at, paused) = (self.entry.at, self.counts.paused);
        self.alter_letter(token, |row| {
            if matches!(row.state, LetterState::Held { .. }) {
                row.due_at = Some(row.owed.due_at.max(at));
                row.state = LetterState::Queued;
            }
            if paused {
                pause_letter(row);
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
        let at = self.entry.at;
        let phases: &[LetterPhase] = if on {
            &[
                LetterPhase::Queued,
                LetterPhase::Deferred,
                LetterPhase::Uncertain,
            ]
        } else {
            &[LetterPhase::Paused, LetterPhase::Uncertain]
        };
        for phase in phases {
            for token in self.in_phase(*phase)? {
                let change: fn(&mut LetterRow, Timestamp) = if on {
                    |row, _| pause_letter(row)
                } else {
                    resume_letter
                };
                let changes = |row: &LetterRow| {
                    let mut changed = row.clone();
                    change(&mut changed, at);
                    changed != *row
                };
                if self.letter(&token)?.is_some_and(|row| changes(&row)) {
                    self.alter_letter(&token, |row| change(row, at))?;
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

/// Holds an answer by the organiser's `pause`. One that is uncertain stays so, since it may only be
/// tried once more, and only the same; it just does not fall due.
fn pause_letter(row: &mut LetterRow) {
    if row.kind != LetterKind::Reply {
        return;
    }
    match row.state {
        LetterState::Queued | LetterState::Deferred { .. } => {
            row.due_at = None;
            row.state = LetterState::Held { why: Hold::Paused };
        }
        LetterState::Uncertain { .. } => {
            row.due_after_pause = row.due_at.take().or(row.due_after_pause);
        }
        _ => {}
    }
}

/// Takes an answer out of the organiser's `pause`.
fn resume_letter(row: &mut LetterRow, at: Timestamp) {
    match row.state {
        LetterState::Held { why: Hold::Paused } => {
            row.due_at = Some(row.owed.due_at.max(at));
            row.state = LetterState::Queued;
        }
        LetterState::Uncertain { .. } => {
            let due_at = row.due_after_pause.take().map(|due_at| due_at.max(at));
            row.due_at = row.due_at.or(due_at);
        }
        _ => {}
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
