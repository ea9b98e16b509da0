//! Whichever mailbox the configuration names: one enum over the two edges, by static dispatch.

use std::time::Duration;

use crate::config;
use crate::core::entry::Place;
use crate::imap::Imap;
use crate::mailbox::{
    Cursor, Fetched, FetchedHeaders, Filing, FilingOrder, Mailbox, MailboxError, Opened,
};
use crate::maildir::Maildir;

/// A mailbox of either kind.
#[derive(Debug)]
pub enum Source {
    /// An IMAP account.
    Imap(Box<Imap>),
    /// A local Maildir.
    Maildir(Box<Maildir>),
}

impl Source {
    /// Makes the mailbox that the configuration names; nothing is connected or opened yet. The spine that watches
    /// and the one that files each make their own.
    pub fn new(source: &config::Source) -> Source {
        match source {
            config::Source::Imap(settings) => Source::Imap(Box::new(Imap::new(settings.clone()))),
            config::Source::Maildir(settings) => {
                Source::Maildir(Box::new(Maildir::new(settings.clone())))
            }
        }
    }

    /// Ends what is open, politely.
    pub async fn close(&mut self) {
        match self {
            Source::Imap(imap) => imap.close().await,
            Source::Maildir(_) => {}
        }
    }
}

impl Mailbox for Source {
    async fn open(&mut self) -> Result<Opened, MailboxError> {
        match self {
            Source::Imap(imap) => imap.open().await,
            Source::Maildir(maildir) => maildir.open().await,
        }
    }

    async fn fetch(&mut self, cursor: &Cursor, max: usize) -> Result<Vec<Fetched>, MailboxError> {
        match self {
            Source::Imap(imap) => imap.fetch(cursor, max).await,
            Source::Maildir(maildir) => maildir.fetch(cursor, max).await,
        }
    }

    async fn wait(&mut self, at_most: Duration) -> Result<(), MailboxError> {
        match self {
            Source::Imap(imap) => imap.wait(at_most).await,
            Source::Maildir(maildir) => maildir.wait(at_most).await,
        }
    }

    async fn open_sent(&mut self) -> Result<Option<Opened>, MailboxError> {
        match self {
            Source::Imap(imap) => imap.open_sent().await,
            Source::Maildir(maildir) => maildir.open_sent().await,
        }
    }

    async fn fetch_sent(
        &mut self,
        cursor: &Cursor,
        max: usize,
    ) -> Result<Vec<FetchedHeaders>, MailboxError> {
        match self {
            Source::Imap(imap) => imap.fetch_sent(cursor, max).await,
            Source::Maildir(maildir) => maildir.fetch_sent(cursor, max).await,
        }
    }

    async fn fetch_sent_mail(&mut self, place: &Place) -> Result<Option<Vec<u8>>, MailboxError> {
        match self {
            Source::Imap(imap) => imap.fetch_sent_mail(place).await,
            Source::Maildir(maildir) => maildir.fetch_sent_mail(place).await,
        }
    }

    async fn sent_holds(&mut self, message_id: &str) -> Result<bool, MailboxError> {
        match self {
            Source::Imap(imap) => imap.sent_holds(message_id).await,
            Source::Maildir(maildir) => maildir.sent_holds(message_id).await,
        }
    }

    async fn is_answered(&mut self, place: &Place) -> Result<bool, MailboxError> {
        match self {
            Source::Imap(imap) => imap.is_answered(place).await,
            Source::Maildir(maildir) => maildir.is_answered(place).await,
        }
    }

    async fn file(&mut self, order: &FilingOrder) -> Result<Filing, MailboxError> {
        match self {
            Source::Imap(imap) => imap.file(order).await,
            Source::Maildir(maildir) => maildir.file(order).await,
        }
    }
}
