//! The mailbox that the configuration names: IMAP or a Maildir, behind one face.

use std::time::Duration;

use crate::core::entry::Place;
use crate::imap::Imap;
use crate::mailbox::{
    Cursor, Fetched, FetchedHeaders, Filing, FilingOrder, Mailbox, MailboxError, Opened,
};
use crate::maildir::Maildir;

/// IMAP or a Maildir.
#[derive(Debug)]
pub enum Post {
    /// An IMAP account.
    Imap(Box<Imap>),
    /// A local Maildir.
    Maildir(Box<Maildir>),
}

macro_rules! either {
    ($post:expr, $mailbox:ident => $call:expr) => {
        match $post {
            Post::Imap($mailbox) => $call,
            Post::Maildir($mailbox) => $call,
        }
    };
}

impl Post {
    /// Ends the connection, if there is one; the next call makes a new one.
    pub async fn close(&mut self) {
        if let Post::Imap(imap) = self {
            imap.close().await;
        }
    }
}

impl Mailbox for Post {
    async fn open(&mut self) -> Result<Opened, MailboxError> {
        either!(self, mailbox => mailbox.open().await)
    }

    async fn fetch(&mut self, cursor: &Cursor, max: usize) -> Result<Vec<Fetched>, MailboxError> {
        either!(self, mailbox => mailbox.fetch(cursor, max).await)
    }

    async fn fetch_again(
        &mut self,
        place: &Place,
        message_id: Option<&str>,
    ) -> Result<Option<Fetched>, MailboxError> {
        either!(self, mailbox => mailbox.fetch_again(place, message_id).await)
    }

    async fn wait(&mut self, at_most: Duration) -> Result<(), MailboxError> {
        either!(self, mailbox => mailbox.wait(at_most).await)
    }

    async fn open_sent(&mut self) -> Result<Option<Opened>, MailboxError> {
        either!(self, mailbox => mailbox.open_sent().await)
    }

    async fn fetch_sent(
        &mut self,
        cursor: &Cursor,
        max: usize,
    ) -> Result<Vec<FetchedHeaders>, MailboxError> {
        either!(self, mailbox => mailbox.fetch_sent(cursor, max).await)
    }

    async fn fetch_sent_mail(&mut self, place: &Place) -> Result<Option<Vec<u8>>, MailboxError> {
        either!(self, mailbox => mailbox.fetch_sent_mail(place).await)
    }

    async fn sent_holds(&mut self, message_id: &str) -> Result<bool, MailboxError> {
        either!(self, mailbox => mailbox.sent_holds(message_id).await)
    }

    async fn is_answered(&mut self, place: &Place) -> Result<bool, MailboxError> {
        either!(self, mailbox => mailbox.is_answered(place).await)
    }

    async fn file(&mut self, order: &FilingOrder) -> Result<Filing, MailboxError> {
        either!(self, mailbox => mailbox.file(order).await)
    }

    async fn file_all(&mut self, orders: &[FilingOrder]) -> Result<Vec<Filing>, MailboxError> {
        either!(self, mailbox => mailbox.file_all(orders).await)
    }
}
