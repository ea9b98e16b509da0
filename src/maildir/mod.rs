//! A local Maildir as a mailbox: for a robot on the mail server itself, for the demo and rehearsals.
//!
//! Invariants: watching only reads; the cursor is the set of unique names walked; receipt is the file's
//! time; answered is the R flag. Filing renames (never writes into a mail, never deletes) and stores
//! copies durably. An error of the disk is an error, never "no mail".

mod folder;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use notify::Watcher;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use crate::config::MaildirSettings;
use crate::core::entry::Place;
use crate::mailbox::{
    Cursor, FETCH_BYTES_MAX, Fetched, FetchedHeaders, Filing, FilingOrder, Mailbox, MailboxError,
    MailboxErrorKind, Opened,
};
use folder::{Folder, Mail, read_header};

/// Most bytes of one batch, so that a batch of long mails does not fill the memory.
const BATCH_BYTES_MAX: usize = 4 * FETCH_BYTES_MAX;

/// How places name the watched folder.
const INBOX: &str = "INBOX";
/// How places name Sent.
const SENT: &str = "Sent";

/// A local Maildir.
#[derive(Debug)]
pub struct Maildir {
    settings: MaildirSettings,
    inbox: Folder,
    sent: Folder,
    /// Listed and not yet given, so that a full folder is not listed anew for each batch.
    ahead: VecDeque<Mail>,
    sent_ahead: VecDeque<Mail>,
    changed: Arc<Notify>,
    watcher: Option<notify::RecommendedWatcher>,
}

impl Maildir {
    /// Names the folders; nothing is touched before [`Mailbox::open`].
    pub fn new(settings: MaildirSettings) -> Maildir {
        Maildir {
            inbox: Folder::new(settings.path.clone()),
            sent: Folder::new(settings.sent.clone()),
            settings,
            ahead: VecDeque::new(),
            sent_ahead: VecDeque::new(),
            changed: Arc::new(Notify::new()),
            watcher: None,
        }
    }

    /// The system's notification; without it there is the poll.
    fn watch(&mut self) {
        let changed = Arc::clone(&self.changed);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| tells_of_mail(event.kind)) {
                changed.notify_one();
            }
        });
        let watched = watcher.and_then(|mut watcher| {
            for folder in [&self.inbox, &self.sent] {
                if folder.exists() {
                    for sub in ["new", "cur"] {
                        let path = folder.path().join(sub);
                        watcher.watch(&path, notify::RecursiveMode::NonRecursive)?;
                    }
                }
            }
            Ok(watcher)
        });
        match watched {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(error) => {
                tracing::warn!(
                    kind = ?error.kind,
                    "the system gives no notice of new files; the folder is looked into at intervals"
                );
            }
        }
    }

    fn read_ahead(&self, cursor: &Cursor, max: usize) -> io::Result<Vec<Fetched>> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        for mail in &self.ahead {
            if batch.len() >= max || bytes >= BATCH_BYTES_MAX {
                break;
            }
            if cursor.names.contains(&mail.name) {
                continue;
            }
            if let Some(fetched) = read_mail(&self.inbox, mail)? {
                bytes += fetched.bytes.len();
                batch.push(fetched);
            }
        }
        Ok(batch)
    }

    fn read_sent_ahead(&self, cursor: &Cursor, max: usize) -> io::Result<Vec<FetchedHeaders>> {
        let mut batch = Vec::new();
        for mail in &self.sent_ahead {
            if batch.len() >= max {
                break;
            }
            if cursor.names.contains(&mail.name) {
                continue;
            }
            if let Some((mail, bytes)) = still_there(&self.sent, mail, read_header)? {
                batch.push(FetchedHeaders {
                    place: place(SENT, &mail),
                    received: received(&mail),
                    bytes,
                });
            }
        }
        Ok(batch)
    }

    /// Finds a mail: where it lay, where it may have been moved to, or by its Message-ID.
    fn find_anywhere(
        &self,
        name: &str,
        message_id: Option<&str>,
        target: Option<&Folder>,
    ) -> io::Result<Option<(Folder, Mail)>> {
        if let Some(mail) = self.inbox.find(name)? {
            return Ok(Some((self.inbox.clone(), mail)));
        }
        let mut folders = vec![self.inbox.clone()];
        folders.extend(target.filter(|to| to.exists()).cloned());
        let others = self.inbox.others()?;
        folders.extend(
            others
                .into_iter()
                .filter(|other| other.path() != self.sent.path()),
        );
        for folder in &folders {
            if let Some(mail) = folder.find(name)? {
                return Ok(Some((folder.clone(), mail)));
            }
        }
        let Some(id) = message_id else {
            return Ok(None);
        };
        for folder in folders {
            if let Some(mail) = folder.find_by_id(id)? {
                return Ok(Some((folder, mail)));
            }
        }
        Ok(None)
    }

    fn file_copy(&self, bytes: &[u8], message_id: &str) -> io::Result<()> {
        let name = copy_name(message_id);
        if self.sent.exists() && self.sent.find(&name)?.is_some() {
            return Ok(());
        }
        self.sent.store(&name, bytes)
    }

    fn file_answered(
        &self,
        name: &str,
        message_id: Option<&str>,
        move_to: Option<&str>,
    ) -> io::Result<Filing> {
        let target = move_to.map(|to| Folder::new(self.settings.path.join(to)));
        let Some((home, mail)) = self.find_anywhere(name, message_id, target.as_ref())? else {
            return Ok(Filing::GivenUp(
                "the mail is no longer in its folder".to_owned(),
            ));
        };
        let mail = home.take(&mail, Some('R'))?;
        if let Some(target) = target.filter(|target| target.path() != home.path()) {
            target.make()?;
            target.take(&mail, None)?;
        }
        Ok(Filing::Done)
    }
}

impl Mailbox for Maildir {
    async fn open(&mut self) -> Result<Opened, MailboxError> {
        if !self.inbox.exists() {
            return Err(MailboxError {
                what: format!(
                    "`{}` is not a Maildir (it has no `new` and `cur`)",
                    self.settings.path.display()
                ),
                kind: MailboxErrorKind::Config,
            });
        }
        self.ahead.clear();
        // Watched before it is listed, so that nothing can arrive unseen between the two.
        self.watch();
        opened(&self.inbox)
    }

    async fn fetch(&mut self, cursor: &Cursor, max: usize) -> Result<Vec<Fetched>, MailboxError> {
        loop {
            let fresh = settle(&mut self.ahead, cursor);
            if fresh {
                self.ahead = list_beyond(&self.inbox, cursor)?;
            }
            let batch = self.read_ahead(cursor, max).map_err(disk)?;
            // What was listed earlier may all be gone by now, while newer mail lies there.
            if fresh || !batch.is_empty() {
                return Ok(batch);
            }
            self.ahead.clear();
        }
    }

    async fn fetch_again(
        &mut self,
        place: &Place,
        message_id: Option<&str>,
    ) -> Result<Option<Fetched>, MailboxError> {
        let Some(name) = name_of(place) else {
            return Ok(None);
        };
        let found = self.find_anywhere(name, message_id, None).map_err(disk)?;
        let Some((folder, mail)) = found else {
            return Ok(None);
        };
        read_mail(&folder, &mail).map_err(disk)
    }

    async fn wait(&mut self, at_most: Duration) -> Result<(), MailboxError> {
        let at_most = at_most.min(self.settings.poll);
        // Elapsed or notified: either way the caller looks.
        if tokio::time::timeout(at_most, self.changed.notified())
            .await
            .is_err()
            && !self.inbox.exists()
        {
            return Err(MailboxError {
                what: "the Maildir is gone".to_owned(),
                kind: MailboxErrorKind::Transient,
            });
        }
        Ok(())
    }

    async fn open_sent(&mut self) -> Result<Option<Opened>, MailboxError> {
        self.sent_ahead.clear();
        if !self.sent.exists() {
            return Ok(None);
        }
        opened(&self.sent).map(Some)
    }

    async fn fetch_sent(
        &mut self,
        cursor: &Cursor,
        max: usize,
    ) -> Result<Vec<FetchedHeaders>, MailboxError> {
        if !self.sent.exists() {
            return Ok(Vec::new());
        }
        loop {
            let fresh = settle(&mut self.sent_ahead, cursor);
            if fresh {
                self.sent_ahead = list_beyond(&self.sent, cursor)?;
            }
            let batch = self.read_sent_ahead(cursor, max).map_err(disk)?;
            if fresh || !batch.is_empty() {
                return Ok(batch);
            }
            self.sent_ahead.clear();
        }
    }

    async fn fetch_sent_mail(&mut self, place: &Place) -> Result<Option<Vec<u8>>, MailboxError> {
        fetch_one(&self.sent, place)
    }

    async fn sent_holds(&mut self, message_id: &str) -> Result<bool, MailboxError> {
        if !self.sent.exists() {
            return Ok(false);
        }
        if self
            .sent
            .find(&copy_name(message_id))
            .map_err(disk)?
            .is_some()
        {
            return Ok(true);
        }
        Ok(self.sent.find_by_id(message_id).map_err(disk)?.is_some())
    }

    async fn is_answered(&mut self, place: &Place) -> Result<bool, MailboxError> {
        let Some(name) = name_of(place) else {
            return Ok(false);
        };
        let found = self.find_anywhere(name, None, None).map_err(disk)?;
        Ok(found.is_some_and(|(_, mail)| mail.is_answered()))
    }

    async fn file(&mut self, order: &FilingOrder) -> Result<Filing, MailboxError> {
        if let Some((bytes, message_id)) = &order.copy {
            self.file_copy(bytes, message_id).map_err(disk)?;
        }
        let Some((place, message_id)) = &order.answered else {
            return Ok(Filing::Done);
        };
        let Some(name) = name_of(place) else {
            return Ok(Filing::GivenUp("the mail is in no Maildir".to_owned()));
        };
        self.file_answered(name, message_id.as_deref(), order.move_to.as_deref())
            .map_err(disk)
    }
}

fn list_beyond(folder: &Folder, cursor: &Cursor) -> Result<VecDeque<Mail>, MailboxError> {
    let listed = folder.list(|name| !cursor.names.contains(name));
    Ok(listed.map_err(disk)?.into())
}

/// Takes what the cursor has passed off the front; true if nothing is left and the folder is to be listed.
fn settle(ahead: &mut VecDeque<Mail>, cursor: &Cursor) -> bool {
    while ahead
        .front()
        .is_some_and(|mail| cursor.names.contains(&mail.name))
    {
        ahead.pop_front();
    }
    ahead.is_empty()
}

/// Reading makes events too; only those that can mean a new or a changed mail count.
fn tells_of_mail(kind: notify::EventKind) -> bool {
    use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
    matches!(
        kind,
        EventKind::Create(_)
            | EventKind::Modify(ModifyKind::Name(_))
            | EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Other
    )
}

/// The name of a copy comes from its Message-ID: a copy filed twice is one file.
fn copy_name(message_id: &str) -> String {
    let hash = Sha256::digest(message_id.as_bytes());
    let hex: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("0.{hex}.guichet")
}

fn opened(folder: &Folder) -> Result<Opened, MailboxError> {
    let names = folder.names().map_err(disk)?;
    Ok(Opened {
        uid_validity: 0,
        uid_next: 0,
        names: names.into_iter().map(|(name, _)| name).collect(),
    })
}

fn read_mail(folder: &Folder, mail: &Mail) -> io::Result<Option<Fetched>> {
    let read = still_there(folder, mail, read_cut)?;
    Ok(read.map(|(mail, (bytes, cut))| Fetched {
        place: place(INBOX, &mail),
        received: received(&mail),
        answered: mail.is_answered(),
        bytes,
        cut,
    }))
}

/// Reads a mail that may have been flagged, moved or deleted since it was listed.
fn still_there<T>(
    folder: &Folder,
    mail: &Mail,
    read: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<Option<(Mail, T)>> {
    let mut mail = mail.clone();
    loop {
        match read(&mail.path) {
            Ok(value) => return Ok(Some((mail, value))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match folder.find(&mail.name)? {
                    Some(found) if found.path != mail.path => mail = found,
                    _ => return Ok(None),
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Reads a mail up to the limit; true if there is more.
fn read_cut(path: &Path) -> io::Result<(Vec<u8>, bool)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let limit = u64::try_from(FETCH_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(limit)).unwrap_or_default());
    file.take(limit).read_to_end(&mut bytes)?;
    Ok((bytes, length > limit))
}

fn received(mail: &Mail) -> Timestamp {
    Timestamp::try_from(mail.received).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn place(mailbox: &str, mail: &Mail) -> Place {
    Place::Maildir {
        mailbox: mailbox.to_owned(),
        name: mail.name.clone(),
    }
}

/// Reads one mail of a folder; `None` if it lies there no longer.
fn fetch_one(folder: &Folder, place: &Place) -> Result<Option<Vec<u8>>, MailboxError> {
    let Some(mail) = name_of(place)
        .map(|name| folder.find(name))
        .transpose()
        .map_err(disk)?
        .flatten()
    else {
        return Ok(None);
    };
    let read = still_there(folder, &mail, read_cut).map_err(disk)?;
    Ok(read.map(|(_, (bytes, _))| bytes))
}

fn name_of(place: &Place) -> Option<&str> {
    match place {
        Place::Maildir { name, .. } => Some(name),
        Place::Imap { .. } => None,
    }
}

fn disk(error: io::Error) -> MailboxError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::CrossesDevices
        | io::ErrorKind::ReadOnlyFilesystem => MailboxErrorKind::Config,
        _ => MailboxErrorKind::Transient,
    };
    MailboxError {
        what: format!("the Maildir cannot be read or written: {}", error.kind()),
        kind,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::tells_of_mail;
    use notify::event::{AccessKind, AccessMode, CreateKind, EventKind, ModifyKind, RenameMode};

    #[test]
    fn deliveries_and_flags_wake_but_our_own_reading_does_not() {
        assert!(tells_of_mail(EventKind::Create(CreateKind::File)));
        assert!(tells_of_mail(EventKind::Modify(ModifyKind::Name(
            RenameMode::To
        ))));
        assert!(tells_of_mail(EventKind::Access(AccessKind::Close(
            AccessMode::Write
        ))));
        assert!(!tells_of_mail(EventKind::Access(AccessKind::Open(
            AccessMode::Read
        ))));
        assert!(!tells_of_mail(EventKind::Access(AccessKind::Close(
            AccessMode::Read
        ))));
    }
}
