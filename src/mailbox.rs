//! Where mail comes from and is filed: one trait, two edges ([`crate::imap`], [`crate::maildir`]).

use jiff::Timestamp;

use crate::core::entry::Place;

/// Most bytes fetched of one mail: what a person writes is in the first MiB, and hostile mail costs no more.
pub const FETCH_BYTES_MAX: usize = 1024 * 1024;

/// A mail as fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it lies.
    pub place: Place,
    /// The server's time of receipt (INTERNALDATE), or the file's; the epoch if it cannot be read.
    pub received: Timestamp,
    /// A human has answered it (`\Answered`, or R in a Maildir).
    pub answered: bool,
    /// Raw bytes, cut at the limit.
    pub bytes: Vec<u8>,
    /// True if the mail is longer than what was fetched.
    pub cut: bool,
}

/// The headers of a mail in Sent.
#[derive(Debug, Clone)]
pub struct FetchedHeaders {
    /// Where it lies.
    pub place: Place,
    /// Time of filing.
    pub received: Timestamp,
    /// Raw header bytes, with the blank line.
    pub bytes: Vec<u8>,
}

/// Up to where a mailbox has been walked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// UIDVALIDITY (IMAP), 0 for a Maildir.
    pub uid_validity: u32,
    /// The first UID not walked yet (IMAP).
    pub uid_next: u32,
    /// The unique names walked (Maildir), sorted.
    pub names: std::collections::BTreeSet<String>,
}

/// What opening a mailbox found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// UIDVALIDITY, 0 for a Maildir.
    pub uid_validity: u32,
    /// UIDNEXT, 0 for a Maildir.
    pub uid_next: u32,
    /// Unique names present (Maildir).
    pub names: Vec<String>,
}

/// What filing a letter's mail came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filing {
    /// Copy, flag and move are done.
    Done,
    /// The mail could not be found any more; nothing more to do, with the reason.
    GivenUp(String),
}

/// What is to be filed; each step is idempotent.
#[derive(Debug, Clone, Default)]
pub struct FilingOrder {
    /// A copy for Sent: the bytes and their Message-ID; `None` if the server files it itself.
    pub copy: Option<(Vec<u8>, String)>,
    /// The mail that was answered, to be flagged `\Answered`, with its Message-ID to find it if it was moved.
    pub answered: Option<(Place, Option<String>)>,
    /// Then move it there: an IMAP mailbox, or the path of a Maildir (relative to the watched one).
    pub move_to: Option<String>,
}

/// An error of a mailbox edge.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct MailboxError {
    /// What failed, in words, without any mail's contents or secrets.
    pub what: String,
    /// What kind of failure.
    pub kind: MailboxErrorKind,
}

/// What kind of failure a mailbox met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailboxErrorKind {
    /// Connection lost, server unavailable, over quota: try again.
    Transient,
    /// Wrong credentials: a human has to act; tried again slowly.
    Credentials,
    /// The mailbox does not exist, the certificate is not trusted, or the configuration cannot work: a human
    /// has to act; tried again slowly.
    Config,
}

/// A mailbox that belongs to a human: only read, never changed by watching.
#[allow(async_fn_in_trait)] // used with static dispatch only
pub trait Mailbox: Send {
    /// Opens the mailbox for watching and says how it stands; called again, it looks again, on the connection
    /// there is.
    fn open(&mut self) -> impl Future<Output = Result<Opened, MailboxError>> + Send;

    /// Gives up to `max` mails beyond the cursor, in order of UID (Maildir: time, then name).
    /// Empty only if there really is none. A mail without any bytes and `cut` is one that the server keeps and
    /// could not be made to give.
    fn fetch(
        &mut self,
        cursor: &Cursor,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Fetched>, MailboxError>> + Send;

    /// Fetches one mail again: from where it lay, else, by its Message-ID, from wherever a human has put
    /// it by now (but not from where mail is thrown away). `None` if it is gone.
    fn fetch_again(
        &mut self,
        place: &Place,
        message_id: Option<&str>,
    ) -> impl Future<Output = Result<Option<Fetched>, MailboxError>> + Send;

    /// Waits until something may have changed, at most `at_most`; returns at once if it already has.
    fn wait(
        &mut self,
        at_most: std::time::Duration,
    ) -> impl Future<Output = Result<(), MailboxError>> + Send;

    /// Opens Sent and says how it stands; `None` if there is no such mailbox.
    fn open_sent(&mut self) -> impl Future<Output = Result<Option<Opened>, MailboxError>> + Send;

    /// Gives the headers of up to `max` mails in Sent beyond the cursor.
    fn fetch_sent(
        &mut self,
        cursor: &Cursor,
        max: usize,
    ) -> impl Future<Output = Result<Vec<FetchedHeaders>, MailboxError>> + Send;

    /// Fetches one mail of Sent whole.
    fn fetch_sent_mail(
        &mut self,
        place: &Place,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, MailboxError>> + Send;

    /// Says whether Sent holds a mail of this Message-ID.
    fn sent_holds(
        &mut self,
        message_id: &str,
    ) -> impl Future<Output = Result<bool, MailboxError>> + Send;

    /// Says whether this mail has been answered by a human by now.
    fn is_answered(
        &mut self,
        place: &Place,
    ) -> impl Future<Output = Result<bool, MailboxError>> + Send;

    /// Files a letter's mail.
    fn file(
        &mut self,
        order: &FilingOrder,
    ) -> impl Future<Output = Result<Filing, MailboxError>> + Send;

    /// Files several letters' mails, the answers in the same order. After an error some may be filed: each step
    /// is idempotent, all are to be filed again.
    fn file_all(
        &mut self,
        orders: &[FilingOrder],
    ) -> impl Future<Output = Result<Vec<Filing>, MailboxError>> + Send {
        async move {
            let mut filings = Vec::with_capacity(orders.len());
            for order in orders {
                filings.push(self.file(order).await?);
            }
            Ok(filings)
        }
    }
}
