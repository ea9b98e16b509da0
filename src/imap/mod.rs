//! An IMAP account as a mailbox (RFC 3501, RFC 9051).
//!
//! Two connections, each opened when needed: *watching* opens with EXAMINE and reads with `BODY.PEEK`, so that no
//! flag ever changes; *filing* flags, copies and moves. After any failure the connection is dropped and the error
//! handed up: reconnecting, and how soon, is the caller's (see [`crate::backoff::Backoff`]). A server that is
//! gone, refuses or falls silent is an error, never "no mail".

mod connection;
mod filing;
mod names;
mod walk;

use std::time::Duration;

use jiff::Timestamp;

use crate::config::ImapSettings;
use crate::core::entry::Place;
use crate::mailbox::{
    Cursor, FETCH_BYTES_MAX, Fetched, FetchedHeaders, Filing, FilingOrder, Mailbox, MailboxError,
    MailboxErrorKind, Opened,
};
use connection::{Connection, Failure, Idled};
use walk::{Given, Part, Walk};

/// Attempts at one mail whose fetching fails while the mailbox itself answers, before it is given as one that
/// could not be fetched. With the waits between them some 10 minutes: longer than a restart of the server.
const ATTEMPTS_MAX: u32 = 10;

/// An IMAP account.
#[derive(Debug)]
pub struct Imap {
    settings: ImapSettings,
    watching: Option<Watching>,
    filing: Option<Connection>,
    /// Sent's name on the wire, once looked for; it outlives the connections.
    sent: Option<Option<String>>,
    trouble: Option<Trouble>,
}

/// The connection that only looks.
#[derive(Debug)]
struct Watching {
    connection: Connection,
    /// Which mailbox is open on it.
    shown: Option<Shown>,
    inbox: Option<Walk>,
    sent: Option<Walk>,
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

    fn walk(&mut self, of: Shown) -> &mut Option<Walk> {
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
enum Shown {
    Inbox,
    Sent,
}

/// A batch whose fetching failed: its mails are fetched one by one, so that one of them cannot stop the rest.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    uid: u32,
    through: u32,
    attempts: u32,
}

impl Imap {
    /// Names the account; nothing is connected before the first call of [`Mailbox`].
    pub fn new(settings: ImapSettings) -> Imap {
        Imap {
            settings,
            watching: None,
            filing: None,
            sent: None,
            trouble: None,
        }
    }

    /// Ends both connections politely.
    pub async fn close(&mut self) {
        if let Some(watching) = self.watching.take() {
            watching.connection.logout().await;
        }
        if let Some(filing) = self.filing.take() {
            filing.logout().await;
        }
    }

    /// The watching connection, showing this mailbox as it was opened before.
    async fn shown(&mut self, of: Shown) -> Result<&mut Watching, MailboxError> {
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
    fn name_of(&self, of: Shown) -> Option<String> {
        match of {
            Shown::Inbox => Some(names::encode(&self.settings.mailbox)),
            Shown::Sent => self.sent.clone().flatten(),
        }
    }

    /// Opens a mailbox on the connection there is, or on a new one. A connection that was there may have died
    /// unnoticed: then once more on a new one.
    async fn open_shown(&mut self, of: Shown) -> Result<Option<Opened>, Failed> {
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
    async fn batch(
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
            let trouble = self.trouble;
            let watching = self.shown(shown).await?;
            let Watching {
                connection,
                inbox,
                sent,
                ..
            } = watching;
            let walk = match shown {
                Shown::Inbox => inbox,
                Shown::Sent => sent,
            };
            let walk = walk.as_mut().ok_or_else(not_open)?;
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
                self.note_trouble(&batch, failure);
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

    fn note_trouble(&mut self, batch: &[(u32, u64)], failure: &Failure) {
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
        self.trouble = Some(match self.trouble {
            Some(trouble) if trouble.uid == uid => Trouble {
                attempts: trouble.attempts + 1,
                ..trouble
            },
            Some(trouble) if uid <= trouble.through => Trouble {
                uid,
                through: trouble.through,
                attempts: 1,
            },
            _ => Trouble {
                uid,
                through: last,
                attempts: 1,
            },
        });
    }

    /// Drops the watching connection on a failure.
    fn kept<T>(&mut self, done: Result<T, Failure>, what: &str) -> Result<T, MailboxError> {
        done.map_err(|failure| {
            self.watching = None;
            failure.during(what)
        })
    }

    /// The filing connection, taken out: put back only after success.
    async fn filing(&mut self) -> Result<Connection, MailboxError> {
        match self.filing.take() {
            Some(connection) => Ok(connection),
            None => Connection::open(&self.settings).await,
        }
    }

    async fn sent_name(&mut self, connection: &mut Connection) -> Result<Option<String>, Failure> {
        if let Some(known) = &self.sent {
            return Ok(known.clone());
        }
        let found = filing::sent_name(connection, self.settings.sent.as_deref()).await?;
        self.sent = Some(found.clone());
        Ok(found)
    }

    fn place(&self, shown: Shown, uid_validity: u32, uid: u32) -> Place {
        let mailbox = match shown {
            Shown::Inbox => self.settings.mailbox.clone(),
            Shown::Sent => {
                let name = self.sent.clone().flatten().unwrap_or_default();
                names::decode(&name)
            }
        };
        Place::Imap {
            mailbox,
            uid_validity,
            uid,
        }
    }

    async fn sent_holds_once(&mut self, message_id: &str) -> Result<bool, MailboxError> {
        let mut connection = self.filing().await?;
        let found = async {
            let Some(name) = self.sent_name(&mut connection).await? else {
                return Ok(None);
            };
            match connection.examine(&name).await {
                Ok(standing) => filing::find_by_id(&mut connection, standing, message_id).await,
                Err(failure) if failure.is_temporary() => Err(failure),
                Err(_refused) => Ok(None),
            }
        };
        let found = found
            .await
            .map_err(|failure| failure.during("looking into Sent"))?;
        self.filing = Some(connection);
        Ok(found.is_some())
    }

    async fn is_answered_once(
        &mut self,
        mailbox: &str,
        uid_validity: u32,
        uid: u32,
    ) -> Result<bool, MailboxError> {
        let mut connection = self.filing().await?;
        let looked = async {
            match connection.examine(&names::encode(mailbox)).await {
                Ok(standing) if standing.uid_validity == uid_validity => {
                    walk::still_there(&mut connection, &[uid]).await
                }
                Ok(_) => Ok(Vec::new()),
                Err(failure) if failure.is_temporary() => Err(failure),
                Err(_refused) => Ok(Vec::new()),
            }
        };
        let mails = looked
            .await
            .map_err(|failure| failure.during("asking whether a mail was answered"))?;
        self.filing = Some(connection);
        Ok(mails.iter().any(|mail| mail.answered))
    }

    async fn file_once(&mut self, order: &FilingOrder) -> Result<Filing, MailboxError> {
        let mut connection = self.filing().await?;
        let sent = match order.copy {
            Some(_) => self
                .sent_name(&mut connection)
                .await
                .map_err(|failure| failure.during("looking for Sent"))?,
            None => None,
        };
        let filing = filing::file(&mut connection, sent.as_deref(), order).await?;
        self.filing = Some(connection);
        Ok(filing)
    }
}

/// Says whether to try once more on a new connection: servers close one that was idle.
fn worth_again<T>(reused: bool, done: &Result<T, MailboxError>) -> bool {
    let transient = |error: &MailboxError| error.kind == MailboxErrorKind::Transient;
    reused && done.as_ref().is_err_and(transient)
}

impl Mailbox for Imap {
    async fn open(&mut self) -> Result<Opened, MailboxError> {
        match self.open_shown(Shown::Inbox).await {
            Ok(Some(opened)) => Ok(opened),
            Ok(None) => Err(not_open()),
            Err(Failed::Told(error)) => Err(error),
            Err(Failed::By(Failure::No(text))) if !Failure::No(text.clone()).is_temporary() => {
                Err(MailboxError {
                    what: format!("the mailbox `{}` cannot be opened", self.settings.mailbox),
                    kind: MailboxErrorKind::Config,
                })
            }
            Err(Failed::By(failure)) => Err(failure.during("opening the mailbox")),
        }
    }

    async fn fetch(&mut self, cursor: &Cursor, max: usize) -> Result<Vec<Fetched>, MailboxError> {
        let (uid_validity, mails) = self.batch(cursor, max, Shown::Inbox).await?;
        let limit = u64::try_from(FETCH_BYTES_MAX).unwrap_or(u64::MAX);
        Ok(mails
            .into_iter()
            .map(|mail| Fetched {
                place: self.place(Shown::Inbox, uid_validity, mail.uid),
                received: mail.received.unwrap_or(Timestamp::UNIX_EPOCH),
                answered: mail.answered,
                cut: mail.bytes.is_none() || mail.size.is_some_and(|size| size > limit),
                bytes: mail.bytes.unwrap_or_default(),
            })
            .collect())
    }

    async fn wait(&mut self, at_most: Duration) -> Result<(), MailboxError> {
        let (renew, poll) = (self.settings.idle_renew, self.settings.poll);
        let watching = self.shown(Shown::Inbox).await?;
        if watching.inbox.as_ref().is_none_or(Walk::has_more) || watching.connection.told {
            return Ok(());
        }
        if watching.connection.capabilities.idle {
            let idled = watching.connection.idle(at_most.min(renew)).await;
            match self.kept(idled, "waiting for mail")? {
                Idled::Woken | Idled::Silent => return Ok(()),
                Idled::Refused => {
                    if let Some(watching) = self.watching.as_mut() {
                        watching.connection.capabilities.idle = false;
                    }
                    tracing::info!("the server refuses IDLE; it is asked at intervals");
                }
            }
        }
        tokio::time::sleep(at_most.min(poll)).await;
        let Some(watching) = self.watching.as_mut() else {
            return Err(not_open());
        };
        let asked = watching.connection.run("NOOP", |_| {}).await;
        self.kept(asked, "asking for new mail")
    }

    async fn open_sent(&mut self) -> Result<Option<Opened>, MailboxError> {
        match self.open_shown(Shown::Sent).await {
            Ok(opened) => Ok(opened),
            Err(Failed::Told(error)) => Err(error),
            // Configured or found, but not to be opened: as if there were none.
            Err(Failed::By(failure)) if !failure.is_temporary() => Ok(None),
            Err(Failed::By(failure)) => Err(failure.during("opening Sent")),
        }
    }

    async fn fetch_sent(
        &mut self,
        cursor: &Cursor,
        max: usize,
    ) -> Result<Vec<FetchedHeaders>, MailboxError> {
        let (uid_validity, mails) = self.batch(cursor, max, Shown::Sent).await?;
        Ok(mails
            .into_iter()
            .map(|mail| FetchedHeaders {
                place: self.place(Shown::Sent, uid_validity, mail.uid),
                received: mail.received.unwrap_or(Timestamp::UNIX_EPOCH),
                bytes: mail.bytes.unwrap_or_default(),
            })
            .collect())
    }

    async fn fetch_sent_mail(&mut self, place: &Place) -> Result<Option<Vec<u8>>, MailboxError> {
        let Place::Imap {
            uid_validity, uid, ..
        } = *place
        else {
            return Ok(None);
        };
        let watching = self.shown(Shown::Sent).await?;
        let standing = watching.sent.as_ref().map(|walk| walk.standing);
        if standing.is_none_or(|standing| standing.uid_validity != uid_validity) {
            return Ok(None);
        }
        let batch = [(uid, u64::try_from(FETCH_BYTES_MAX).unwrap_or(u64::MAX))];
        let fetched = walk::fetch(&mut watching.connection, &batch, Part::Whole).await;
        let (mails, _gone) = self.kept(fetched, "fetching a mail of Sent")?;
        Ok(mails.into_iter().next().and_then(|mail| mail.bytes))
    }

    async fn sent_holds(&mut self, message_id: &str) -> Result<bool, MailboxError> {
        let reused = self.filing.is_some();
        let done = self.sent_holds_once(message_id).await;
        if worth_again(reused, &done) {
            return self.sent_holds_once(message_id).await;
        }
        done
    }

    async fn is_answered(&mut self, place: &Place) -> Result<bool, MailboxError> {
        let Place::Imap {
            mailbox,
            uid_validity,
            uid,
        } = place
        else {
            return Ok(false);
        };
        let reused = self.filing.is_some();
        let done = self.is_answered_once(mailbox, *uid_validity, *uid).await;
        if worth_again(reused, &done) {
            return self.is_answered_once(mailbox, *uid_validity, *uid).await;
        }
        done
    }

    async fn file(&mut self, order: &FilingOrder) -> Result<Filing, MailboxError> {
        let reused = self.filing.is_some();
        let done = self.file_once(order).await;
        if worth_again(reused, &done) {
            return self.file_once(order).await;
        }
        done
    }
}

/// Why a mailbox is not open: what connecting said, or how a command failed.
enum Failed {
    Told(MailboxError),
    By(Failure),
}

fn not_open() -> MailboxError {
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
