//! Old mail in a folder, an mbox or a Maildir, as a mailbox for rehearsals: each mail arrives at its
//! time of receipt by a stepped clock. Nothing in it is changed; filing is only noted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::core::entry::Place;
use crate::core::message::Message;
use crate::mailbox::{
    Cursor, Fetched, FetchedHeaders, Filing, FilingOrder, Mailbox, MailboxError, MailboxErrorKind,
    Opened,
};

/// Largest mail that is taken whole; the rest is cut, as over IMAP.
const MAIL_BYTES_MAX: usize = 1024 * 1024;

/// One old mail.
#[derive(Debug, Clone)]
pub struct OldMail {
    /// File name (mbox: `name:number`).
    pub name: String,
    /// Time of receipt.
    pub received: Timestamp,
    /// Raw bytes.
    pub bytes: Vec<u8>,
}

/// Reads all mails of a folder (every file, in order of name), a Maildir or an mbox file.
/// `received_of` gives a time of receipt by file name where an index has one.
pub fn read_mails(
    path: &Path,
    received_of: impl Fn(&str) -> Option<Timestamp>,
) -> std::io::Result<Vec<OldMail>> {
    let mut mails = Vec::new();
    if path.is_dir() {
        for file in files_of(path)? {
            let name = file
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default();
            let bytes = std::fs::read(&file)?;
            let written = std::fs::metadata(&file)?.modified()?;
            mails.push(old_mail(
                name,
                bytes,
                Timestamp::try_from(written).ok(),
                &received_of,
            ));
        }
    } else {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let written = std::fs::metadata(path)?.modified()?;
        let bytes = std::fs::read(path)?;
        if bytes.starts_with(b"From ") {
            for (number, bytes) in split_mbox(&bytes).into_iter().enumerate() {
                mails.push(old_mail(
                    format!("{name}:{}", number + 1),
                    bytes,
                    Timestamp::try_from(written).ok(),
                    &received_of,
                ));
            }
        } else {
            mails.push(old_mail(
                name,
                bytes,
                Timestamp::try_from(written).ok(),
                &received_of,
            ));
        }
    }
    mails.sort_by(|a, b| (a.received, &a.name).cmp(&(b.received, &b.name)));
    Ok(mails)
}

/// The files of a folder in order of name; of a Maildir those in `new` and `cur`.
fn files_of(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let maildir = path.join("cur").is_dir() && path.join("new").is_dir();
    let folders = if maildir {
        vec![path.join("new"), path.join("cur")]
    } else {
        vec![path.to_owned()]
    };
    let mut files = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if entry.path().is_file() && !hidden {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The time of receipt is the index's, else the topmost Received, else Date, else the file's time.
fn old_mail(
    name: String,
    bytes: Vec<u8>,
    written: Option<Timestamp>,
    received_of: &impl Fn(&str) -> Option<Timestamp>,
) -> OldMail {
    let received = received_of(&name)
        .or_else(|| received_by_headers(&bytes))
        .or(written)
        .unwrap_or(Timestamp::UNIX_EPOCH);
    OldMail {
        name,
        received,
        bytes,
    }
}

/// Gives the time of receipt that a mail's own headers tell: the topmost Received, else Date.
pub fn received_by_headers(bytes: &[u8]) -> Option<Timestamp> {
    let message = Message::parse(bytes);
    message.received.or(message.date)
}

/// Splits an mbox at its `From ` lines that follow a blank line; `>From ` loses its mark (RFC 4155).
fn split_mbox(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> = Vec::new();
    let mut blank_before = true;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if blank_before && line.starts_with(b"From ") {
            mails.push(Vec::new());
        } else if let Some(mail) = mails.last_mut() {
            let marks = line.iter().take_while(|byte| **byte == b'>').count();
            let quoted = marks > 0
                && line
                    .get(marks..)
                    .is_some_and(|rest| rest.starts_with(b"From "));
            mail.extend_from_slice(if quoted {
                line.get(1..).unwrap_or_default()
            } else {
                line
            });
        }
        blank_before = line == b"\n" || line == b"\r\n";
    }
    mails
}

/// The mailbox of a rehearsal.
#[derive(Debug)]
pub struct Folder {
    mails: Vec<OldMail>,
    clock: Clock,
    filed: usize,
}

impl Folder {
    /// Makes a mailbox of mails in order of receipt.
    pub fn new(mails: Vec<OldMail>, clock: Clock) -> Folder {
        Folder {
            mails,
            clock,
            filed: 0,
        }
    }

    fn place(index: usize) -> Option<Place> {
        let uid = u32::try_from(index).ok()?.checked_add(1)?;
        Some(Place::Imap {
            mailbox: MAILBOX.to_owned(),
            uid_validity: 1,
            uid,
        })
    }

    fn fetched(index: usize, mail: &OldMail) -> Option<Fetched> {
        let cut = mail.bytes.len() > MAIL_BYTES_MAX;
        let taken = mail.bytes.get(..mail.bytes.len().min(MAIL_BYTES_MAX));
        Some(Fetched {
            place: Folder::place(index)?,
            received: mail.received,
            answered: false,
            bytes: taken.unwrap_or_default().to_vec(),
            cut,
        })
    }
}

/// Gives the index, in order of receipt, of the mail at a place of a rehearsal.
pub fn index_of(place: &Place) -> Option<usize> {
    let Place::Imap { uid, .. } = place else {
        return None;
    };
    usize::try_from(uid.checked_sub(1)?).ok()
}

/// The name of a rehearsal's mailbox.
pub const MAILBOX: &str = "rehearsal";

impl Mailbox for Folder {
    async fn open(&mut self) -> Result<Opened, MailboxError> {
        Ok(Opened {
            uid_validity: 1,
            uid_next: 1,
            names: Vec::new(),
        })
    }

    async fn fetch(&mut self, cursor: &Cursor, max: usize) -> Result<Vec<Fetched>, MailboxError> {
        let now = self.clock.now();
        let first = usize::try_from(cursor.uid_next.saturating_sub(1)).unwrap_or(usize::MAX);
        let arrived = self
            .mails
            .iter()
            .enumerate()
            .skip(first)
            .take(max)
            .take_while(|(_, mail)| mail.received <= now);
        let fetched = arrived.filter_map(|(index, mail)| Folder::fetched(index, mail));
        Ok(fetched.collect())
    }

    async fn fetch_again(
        &mut self,
        place: &Place,
        _message_id: Option<&str>,
    ) -> Result<Option<Fetched>, MailboxError> {
        let index = index_of(place);
        let mail = index.and_then(|index| Some((index, self.mails.get(index)?)));
        Ok(mail.and_then(|(index, mail)| Folder::fetched(index, mail)))
    }

    async fn wait(&mut self, _at_most: Duration) -> Result<(), MailboxError> {
        Err(MailboxError {
            what: "a folder of old mail never changes".to_owned(),
            kind: MailboxErrorKind::Config,
        })
    }

    async fn open_sent(&mut self) -> Result<Option<Opened>, MailboxError> {
        Ok(None)
    }

    async fn fetch_sent(
        &mut self,
        _cursor: &Cursor,
        _max: usize,
    ) -> Result<Vec<FetchedHeaders>, MailboxError> {
        Ok(Vec::new())
    }

    async fn fetch_sent_mail(&mut self, _place: &Place) -> Result<Option<Vec<u8>>, MailboxError> {
        Ok(None)
    }

    async fn sent_holds(&mut self, _message_id: &str) -> Result<bool, MailboxError> {
        Ok(false)
    }

    async fn is_answered(&mut self, _place: &Place) -> Result<bool, MailboxError> {
        Ok(false)
    }

    async fn file(&mut self, _order: &FilingOrder) -> Result<Filing, MailboxError> {
        self.filed += 1;
        Ok(Filing::Done)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn an_mbox_is_split_at_its_from_lines() {
        let mbox = b"From a@b Mon Sep  4 10:00:00 2017\nSubject: one\n\nFirst\n>From here on\n\nFrom c@d Mon Sep  4 11:00:00 2017\nSubject: two\n\nSecond\n";
        let mails = split_mbox(mbox);
        assert_eq!(mails.len(), 2);
        assert!(String::from_utf8_lossy(&mails[0]).contains("\nFrom here on"));
        assert!(mails[1].starts_with(b"Subject: two"));
    }
}
