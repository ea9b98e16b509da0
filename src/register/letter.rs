//! A letter as the index keeps it, and the keys that lead to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::{LetterKind, LetterPhase, LetterState};
use super::keys::{Key, Parts, Table, bare_id};
use crate::core::catalogue::SessionId;
use crate::core::entry::Owed;
use crate::core::roll::Token;

/// A letter as the index keeps it; its words stay in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LetterRow {
    /// The entry that owes it.
    pub(super) entry: u64,
    /// Its place among the letters of that entry.
    pub(super) index: u64,
    /// What it is.
    pub(super) kind: LetterKind,
    /// What is owed.
    pub(super) owed: Owed,
    /// Where it stands.
    pub(super) state: LetterState,
    /// When it falls due.
    pub(super) due_at: Option<Timestamp>,
    /// When an uncertain one falls due again once the organiser's `pause` is over.
    pub(super) due_after_pause: Option<Timestamp>,
    /// Attempts begun.
    pub(super) attempts: u32,
    /// Outcomes that put the letter off for its own sake, not for the server's.
    pub(super) put_off: u32,
    /// Outcomes that were uncertain.
    pub(super) uncertain: u32,
    /// SHA-256 of the last attempt's bytes.
    pub(super) sha256: String,
    /// Filed, or given up.
    pub(super) filed: bool,
    /// Why filing was given up.
    pub(super) given_up: Option<String>,
    /// What the server said last.
    pub(super) response: Option<String>,
    /// Hash of the address it goes to, hex; `None` for the organiser, or once forgotten.
    pub(super) to: Option<String>,
    /// Hash of the thread's first Message-ID, hex.
    pub(super) root: Option<String>,
    /// The sessions of the registrations it is about.
    pub(super) sessions: Vec<SessionId>,
}

/// Gives the byte under which a phase is indexed.
pub(super) fn phase_byte(phase: LetterPhase) -> u8 {
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
pub(super) const OPEN: [LetterPhase; 4] = [
    LetterPhase::Queued,
    LetterPhase::Deferred,
    LetterPhase::Sending,
    LetterPhase::Uncertain,
];

/// Gives the prefix under which the letters of a phase are indexed.
pub(super) fn phase_prefix(phase: LetterPhase) -> Key {
    Key::of(Table::LetterState).byte(phase_byte(phase))
}

/// Reads the letter out of a key of [`Table::LetterState`].
pub(super) fn letter_of_state_key(key: &[u8]) -> Option<Token> {
    let mut parts = Parts::of(key);
    parts.byte()?;
    parts.number()?;
    parts.text().map(Token)
}

/// Gives the token of a letter of ours from its Message-ID, `TOKEN@guichet.DOMAIN`.
pub(super) fn token_of(message_id: &str) -> Option<Token> {
    let (local, domain) = bare_id(message_id).split_once('@')?;
    let ours = domain.starts_with("guichet.")
        && local.len() == 32
        && local.bytes().all(|b| b.is_ascii_hexdigit());
    ours.then(|| Token(local.to_ascii_lowercase()))
}

/// Gives the key of a letter's row.
pub(super) fn letter_key(token: &Token) -> Key {
    Key::of(Table::Letter).text(&token.0)
}

/// Gives the keys that lead to a letter in its state.
pub(super) fn leading_keys(row: &LetterRow) -> Vec<Key> {
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
