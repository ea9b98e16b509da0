//! The watching connection: which mailbox it shows, and the batches fetched over it.
//!
//! Invariants: EXAMINE and PEEK alone; whatever fails drops the connection; one mail that cannot be fetched does
//! not stop the others, and is never passed over in silence.

use super::Imap;
use super::connection::Connection;
use super::failure::Failure;
use super::names;
use super::walk::{self, Given, Part, Walk};
use crate::mailbox::{Cursor, MailboxError, MailboxErrorKind, Opened};

/// Attempts at one mail whose fetching fails while the mailbox itself answers, before it is given as one that
/// could not be fetched. With the waits between them some 10 minutes: longer than a restart of the server.
const ATTEMPTS_MAX: u32 = 10;

/// The connection that only looks.
#[derive(Debug)]
pub(super) struct Watching {
    pub connection: Connection,
    /// Which mailbox is open on it.
    shown: Option<Shown>,
    pub inbox: Option<Walk>,
    pub sent: Option<Walk>,
}

impl Watching {
    fn new(connection: Connection) -> Watching {
        Watching {
            connection,
            shown: None,
            inbox: None,
            sent: None,
        }
    }

    pub(super) fn walk(&mut self, of: Shown) -> &mut Option<Walk> {
        match of {
            Shown::Inbox => &mut self.inbox,
            Shown::Sent => &mut self.sent,
        }
    }

    /// Opens a mailbox, also if it is open: how it stands may have changed.
    async fn show(&mut self, of: Shown, name: &str) -> Result<Opened, Failure> {
        self.shown = None;
        let standing = self.connection.examine(name).await?;
        let walk = self.walk(of).get_or_insert_with(|| Walk::new(standing));
        walk.reopened(standing);
        let opened = Opened {
            uid_validity: walk.standing.uid_validity,
            uid_next: walk.standing.uid_next,
            names: Vec::new(),
        };
        self.shown = Some(of);
        Ok(opened)
    }
}

/// Which mailbox the watching connection shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Inbox,
    Sent,
}

/// A batch whose fetching failed: its mails are fetched one by one, so that one of them cannot stop the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trouble {
    of: Shown,
    uid: u32,
    through: u32,
    attempts: u32,
}

/// Why a mailbox is not open: what connecting said, or how a command failed.
pub(super) enum Failed {
    Told(MailboxError),
    By(Failure),
}

impl Imap {
    /// The watching connection, showing this mailbox as it was opened before.
    pub(super) async fn shown(&mut self, of: Shown) -> Result<&mut Watching, MailboxError> {
        let mut watching = self.watching.take().ok_or_else(not_open)?;
        let Some(known) = watching.walk(of).as_ref().map(|walk| walk.standing) else {
            self.watching = Some(watching);
            return Err(not_open());
        };
        if watching.shown != Some(of) {
            let name = self.name_of(of).ok_or_else(not_open)?;
            let opened = watching
                .show(of, &name)
                .await
                .map_err(|failure| failure.during("opening the mailbox again"))?;
            if opened.uid_validity != known.uid_validity {
                return Err(changed());
            }
        }
        // Given back only now: whatever failed above has dropped the connection.
        Ok(self.watching.insert(watching))
    }

    /// The mailbox's name on the wire.
    pub(super) fn name_of(&self, of: Shown) -> Option<String> {
        match of {
            Shown::Inbox => Some(names::encode(&self.settings.mailbox)),
            Shown::Sent => self.sent.clone().flatten(),
        }
    }

    /// Opens a mailbox on the connection there is, or on a new one. A connection that was there may have died
    /// unnoticed: then once more on a new one.
    pub(super) async fn open_shown(&mut self, of: Shown) -> Result<Option<Opened>, Failed> {
        let mut reused = self.watching.is_some();
        loop {
            let mut watching = match self.watching.take() {
                Some(watching) => watching,
                None => {
                    let opened = Connection::open(&self.settings).await;
                    Watching::new(opened.map_err(Failed::Told)?)
                }
            };
            let done = async {
                if of == Shown::Sent && self.sent_name(&mut watching.connection).await?.is_none() {
                    return Ok(None);
                }
                match self.name_of(of) {
                    Some(name) => watching.show(of, &name).await.map(Some),
                    None => Ok(None),
                }
            };
            match done.await {
                Err(Failure::Lost(_)) if reused => reused = false,
                Err(Failure::Lost(text)) => return Err(Failed::By(Failure::Lost(text))),
                Err(failure) => {
                    self.watching = Some(watching);
                    return Err(Failed::By(failure));
                }
                Ok(opened) => {
                    self.watching = Some(watching);
                    return Ok(opened);
                }
            }
        }
    }

    /// Fetches the next batch of the mailbox shown.
    pub(super) async fn batch(
        &mut self,
        cursor: &Cursor,
        max: usize,
        shown: Shown,
    ) -> Result<(u32, Vec<Given>), MailboxError> {
        let part = match shown {
            Shown::Inbox => Part::Whole,
            Shown::Sent => Part::Header,
        };
        loop {
            let trouble = self.trouble.filter(|trouble| trouble.of == shown);
            let watching = self.shown(shown).await?;
            let Watching {
                connection,
                inbox,
                sent,
                ..
            } = watching;
            let walk = match shown {
                Shown::Inbox => inbox.as_mut(),
                Shown::Sent => sent.as_mut(),
            };
            let walk = walk.ok_or_else(not_open)?;
            let uid_validity = walk.standing.uid_validity;
            if cursor.uid_validity != uid_validity {
                return Err(changed());
            }
            let asked = walk.next_batch(connection, cursor.uid_next, max).await;
            let mut batch = self.kept(asked, "looking for new mail")?;
            let Some(&(first, _)) = batch.first() else {
                return Ok((uid_validity, Vec::new()));
            };
            if let Some(trouble) = trouble.filter(|trouble| first <= trouble.through) {
                batch.truncate(1);
                if trouble.uid == first && trouble.attempts >= ATTEMPTS_MAX {
                    return Ok((uid_validity, self.not_fetched(first).await?));
                }
            }
            let Some(watching) = self.watching.as_mut() else {
                return Err(not_open());
            };
            let fetched = walk::fetch(&mut watching.connection, &batch, part).await;
            if let Err(failure) = &fetched {
                self.note_trouble(shown, &batch, failure);
            }
            let (mails, gone) = self.kept(fetched, "fetching mail")?;
            if let Some(watching) = self.watching.as_mut()
                && let Some(walk) = watching.walk(shown)
            {
                walk.forget(&gone);
            }
            // All of them gone meanwhile: what lies behind them is asked for.
            if !mails.is_empty() {
                return Ok((uid_validity, mails));
            }
        }
    }

    /// A mail that the server keeps and does not give, after all attempts.
    async fn not_fetched(&mut self, uid: u32) -> Result<Vec<Given>, MailboxError> {
        let Some(watching) = self.watching.as_mut() else {
            return Err(not_open());
        };
        let looked = walk::still_there(&mut watching.connection, &[uid]).await;
        let found = self.kept(looked, "asking after a mail")?;
        tracing::warn!(uid, "a mail cannot be fetched and is set aside");
        Ok(found)
    }

    fn note_trouble(&mut self, of: Shown, batch: &[(u32, u64)], failure: &Failure) {
        // A server that says itself that it is out of order says nothing about a mail.
        let overloaded = ["UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA"]
            .iter()
            .any(|code| failure.has_code(code));
        let (Some(&(uid, _)), Some(&(last, _))) = (batch.first(), batch.last()) else {
            return;
        };
        if overloaded {
            return;
        }
        self.trouble = Some(match self.trouble.filter(|trouble| trouble.of == of) {
            Some(trouble) if trouble.uid == uid => Trouble {
                attempts: trouble.attempts + 1,
                ..trouble
            },
            Some(trouble) if uid <= trouble.through => Trouble {
                of,
                uid,
                through: trouble.through,
                attempts: 1,
            },
            _ => Trouble {
                of,
                uid,
                through: last,
                attempts: 1,
            },
        });
    }

    /// Drops the watching connection on a failure.
    pub(super) fn kept<T>(
        &mut self,
        done: Result<T, Failure>,
        what: &str,
    ) -> Result<T, MailboxError> {
        done.map_err(|failure| {
            self.watching = None;
            failure.during(what)
        })
    }
}

pub(super) fn not_open() -> MailboxError {
    MailboxError {
        what: "the mailbox is not open".to_owned(),
        kind: MailboxErrorKind::Transient,
    }
}

fn changed() -> MailboxError {
    MailboxError {
        what: "the mailbox has new UIDs (UIDVALIDITY changed): it is to be opened again".to_owned(),
        kind: MailboxErrorKind::Transient,
    }
}
