//! An IMAP account as a mailbox (RFC 3501, RFC 9051).
//!
//! Two connections, each opened when needed: *watching* opens with EXAMINE and reads with `BODY.PEEK`, so that no
//! flag ever changes; *filing* flags, copies and moves. After any failure the connection is dropped and the error
//! handed up: reconnecting, and how soon, is the caller's (see [`crate::backoff::Backoff`]). A server that is
//! gone, refuses or falls silent is an error, never "no mail".

mod again;
mod connection;
mod failure;
mod filing;
mod login;
mod names;
mod walk;
mod watch;

use std::time::Duration;

use jiff::Timestamp;

use crate::config::ImapSettings;
use crate::core::entry::Place;
use crate::mailbox::{
    Cursor, FETCH_BYTES_MAX, Fetched, FetchedHeaders, Filing, FilingOrder, Mailbox, MailboxError,
    MailboxErrorKind, Opened,
};
use connection::{Connection, Idled};
use failure::Failure;
use walk::{Part, Walk};
use watch::{Failed, Shown, Trouble, Watching, not_open};

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

impl Imap {
    /// Fetches one mail of a mailbox that was opened before; `None` if it lies there no longer.
    async fn fetch_one(
        &mut self,
        of: Shown,
        place: &Place,
    ) -> Result<Option<Vec<u8>>, MailboxError> {
        let Place::Imap {
            uid_validity, uid, ..
        } = *place
        else {
            return Ok(None);
        };
        let watching = self.shown(of).await?;
        let standing = watching.walk(of).as_ref().map(|walk| walk.standing);
        if standing.is_none_or(|standing| standing.uid_validity != uid_validity) {
            return Ok(None);
        }
        let batch = [(uid, u64::try_from(FETCH_BYTES_MAX).unwrap_or(u64::MAX))];
        let fetched = walk::fetch(&mut watching.connection, &batch, Part::Whole).await;
        let (mails, _gone) = self.kept(fetched, "fetching one mail")?;
        Ok(mails.into_iter().next().and_then(|mail| mail.bytes))
    }

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

    async fn fetch_again_once(
        &mut self,
        place: &Place,
        message_id: Option<&str>,
    ) -> Result<Option<Fetched>, MailboxError> {
        let mut connection = self.filing().await?;
        let sent = self.sent_name(&mut connection).await;
        let found = match sent {
            Ok(sent) => again::find(&mut connection, sent.as_deref(), place, message_id).await,
            Err(failure) => Err(failure),
        };
        let found = found.map_err(|failure| failure.during("fetching a mail again"))?;
        self.filing = Some(connection);
        Ok(found.map(|(place, mail)| fetched(place, mail)))
    }

    async fn file_once(&mut self, orders: &[FilingOrder]) -> Result<Vec<Filing>, MailboxError> {
        let mut connection = self.filing().await?;
        let sent = if orders.iter().any(|order| order.copy.is_some()) {
            self.sent_name(&mut connection)
                .await
                .map_err(|failure| failure.during("looking for Sent"))?
        } else {
            None
        };
        let filings = filing::file_all(&mut connection, sent.as_deref(), orders).await?;
        self.filing = Some(connection);
        Ok(filings)
    }
}

/// A mail as the server gave it.
fn fetched(place: Place, mail: walk::Given) -> Fetched {
    let limit = u64::try_from(FETCH_BYTES_MAX).unwrap_or(u64::MAX);
    Fetched {
        place,
        received: mail.received.unwrap_or(Timestamp::UNIX_EPOCH),
        answered: mail.answered,
        cut: mail.bytes.is_none() || mail.size.is_some_and(|size| size > limit),
        bytes: mail.bytes.unwrap_or_default(),
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
        Ok(mails
            .into_iter()
            .map(|mail| fetched(self.place(Shown::Inbox, uid_validity, mail.uid), mail))
            .collect())
    }

    async fn fetch_again(
        &mut self,
        place: &Place,
        message_id: Option<&str>,
    ) -> Result<Option<Fetched>, MailboxError> {
        let reused = self.filing.is_some();
        let done = self.fetch_again_once(place, message_id).await;
        if worth_again(reused, &done) {
            return self.fetch_again_once(place, message_id).await;
        }
        done
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
        self.fetch_one(Shown::Sent, place).await
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
        let filings = self.file_all(std::slice::from_ref(order)).await?;
        filings.into_iter().next().ok_or_else(not_open)
    }

    async fn file_all(&mut self, orders: &[FilingOrder]) -> Result<Vec<Filing>, MailboxError> {
        let reused = self.filing.is_some();
        let done = self.file_once(orders).await;
        if worth_again(reused, &done) {
            return self.file_once(orders).await;
        }
        done
    }
}
