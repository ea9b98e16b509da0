//! One Maildir as files: list, read, store, flag, move.
//!
//! Invariants: a mail is known by its unique name, whatever its flags and whether it lies in `new` or
//! `cur`; a mail is stored whole or not at all (tmp → fsync → rename → fsync of the folder).

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Most bytes read in search of the end of a header.
pub(super) const HEADER_BYTES_MAX: u64 = 256 * 1024;

/// Names of folders of what is thrown away, unwanted or not sent yet, in lower case.
const ASIDE_NAMES: &[&str] = &[
    "trash",
    "deleted items",
    "corbeille",
    "junk",
    "spam",
    "indésirables",
    "drafts",
    "brouillons",
];

/// A mail in a Maildir.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mail {
    /// The file's time: when it was received.
    pub received: SystemTime,
    /// Unique name, without flags.
    pub name: String,
    /// The file at the time of listing.
    pub path: PathBuf,
}

impl Mail {
    /// Says whether a human has answered it.
    pub fn is_answered(&self) -> bool {
        flags_of(&self.path).contains('R')
    }
}

/// Splits a file name into its unique name and flags (`:2,` and what follows).
pub(super) fn unique_of(file_name: &str) -> &str {
    file_name.split(':').next().unwrap_or(file_name)
}

fn flags_of(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.split_once(":2,"))
        .map_or("", |(_, flags)| flags)
}

/// A Maildir.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn new(path: PathBuf) -> Folder {
        Folder { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says whether it is there.
    pub fn exists(&self) -> bool {
        self.path.join("cur").is_dir() && self.path.join("new").is_dir()
    }

    /// Gives the folders in this one (Maildir++: `.Name`), but not those of what is thrown away, unwanted
    /// or not sent yet.
    pub fn others(&self) -> io::Result<Vec<Folder>> {
        let mut others = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let file_name = entry.file_name();
            let name = file_name.to_string_lossy().to_lowercase();
            let aside = name
                .split('.')
                .any(|part| ASIDE_NAMES.contains(&part.trim()));
            let folder = Folder::new(entry.path());
            if !aside && folder.exists() {
                others.push(folder);
            }
        }
        others.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(others)
    }

    /// Makes what is missing of it.
    pub fn make(&self) -> io::Result<()> {
        for sub in ["tmp", "new", "cur"] {
            fs::create_dir_all(self.path.join(sub))?;
        }
        Ok(())
    }

    /// Gives the unique name and file of every mail. `cur` is read after `new`, so that a mail that is
    /// moved meanwhile is met twice rather than never.
    pub fn names(&self) -> io::Result<Vec<(String, PathBuf)>> {
        let mut found = std::collections::BTreeMap::new();
        for sub in ["new", "cur"] {
            for entry in fs::read_dir(self.path.join(sub))? {
                let entry = entry?;
                let file_name = entry.file_name();
                let Some(name) = file_name.to_str().filter(|name| !name.starts_with('.')) else {
                    continue;
                };
                found.insert(unique_of(name).to_owned(), entry.path());
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Lists the mails whose names `wanted` takes, by time of receipt, then name.
    pub fn list(&self, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<Mail>> {
        let mut mails = Vec::new();
        for (name, path) in self.names()? {
            if !wanted(&name) {
                continue;
            }
            match fs::metadata(&path) {
                Ok(data) if data.is_file() => mails.push(Mail {
                    received: data.modified()?,
                    name,
                    path,
                }),
                Ok(_) => {}
                // Moved or flagged since: looked for again under its unique name.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    mails.extend(self.find(&name)?);
                }
                Err(error) => return Err(error),
            }
        }
        mails.sort();
        Ok(mails)
    }

    /// Finds one mail by its unique name.
    pub fn find(&self, name: &str) -> io::Result<Option<Mail>> {
        // Twice, since a rename between the two folders can hide a mail from one pass.
        for _pass in 0..2 {
            for (unique, path) in self.names()? {
                if unique != name {
                    continue;
                }
                match fs::metadata(&path).and_then(|data| data.modified()) {
                    Ok(received) => {
                        return Ok(Some(Mail {
                            received,
                            name: unique,
                            path,
                        }));
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(None)
    }

    /// Finds a mail by its Message-ID, newest first.
    pub fn find_by_id(&self, message_id: &str) -> io::Result<Option<Mail>> {
        for mail in self.list(|_| true)?.into_iter().rev() {
            match read_header(&mail.path) {
                Ok(header) if has_message_id(&header, message_id) => return Ok(Some(mail)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Stores a mail in `cur` as seen.
    pub fn store(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.make()?;
        let temporary = self.path.join("tmp").join(name);
        let mut out = File::create(&temporary)?;
        out.write_all(bytes)?;
        out.sync_all()?;
        let cur = self.path.join("cur");
        fs::rename(&temporary, cur.join(format!("{name}:2,S")))?;
        File::open(cur)?.sync_all()
    }

    /// Adds a flag to a mail of this Maildir or moves it there, as one rename; its other flags stay.
    pub fn take(&self, mail: &Mail, flag: Option<char>) -> io::Result<Mail> {
        let mut flags: Vec<char> = flags_of(&mail.path).chars().chain(flag).collect();
        flags.sort_unstable();
        flags.dedup();
        let flags: String = flags.into_iter().collect();
        let cur = self.path.join("cur");
        let path = cur.join(format!("{}:2,{flags}", mail.name));
        if path != mail.path {
            fs::rename(&mail.path, &path)?;
            File::open(&cur)?.sync_all()?;
        }
        Ok(Mail {
            path,
            ..mail.clone()
        })
    }
}

/// Reads a file's header, with the blank line.
pub(super) fn read_header(path: &Path) -> io::Result<Vec<u8>> {
    let mut header = Vec::new();
    let mut file = File::open(path)?.take(HEADER_BYTES_MAX);
    let mut chunk = [0_u8; 8192];
    loop {
        let count = file.read(&mut chunk)?;
        let from = header.len().saturating_sub(3);
        header.extend(chunk.iter().take(count));
        if let Some(end) = header_end(&header, from) {
            header.truncate(end);
            return Ok(header);
        }
        if count == 0 {
            return Ok(header);
        }
    }
}

fn header_end(bytes: &[u8], from: usize) -> Option<usize> {
    (from..bytes.len()).find_map(|at| {
        let rest = bytes.get(at..)?;
        if rest.starts_with(b"\n\n") {
            Some(at + 2)
        } else if rest.starts_with(b"\n\r\n") {
            Some(at + 3)
        } else {
            None
        }
    })
}

/// Says whether a header's Message-ID is this one (without brackets).
pub(super) fn has_message_id(header: &[u8], message_id: &str) -> bool {
    let text = String::from_utf8_lossy(header);
    let unfolded = text
        .replace("\r\n", "\n")
        .replace("\n ", " ")
        .replace("\n\t", " ");
    unfolded.lines().any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.trim_end().eq_ignore_ascii_case("message-id")
                && value.trim().trim_start_matches('<').trim_end_matches('>') == message_id
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn unique_names_have_no_flags() {
        assert_eq!(unique_of("1.M2P3.host,S=4:2,RS"), "1.M2P3.host,S=4");
        assert_eq!(unique_of("plain"), "plain");
    }

    #[test]
    fn message_ids_are_compared_whole() {
        let header = b"Subject: x\r\nMessage-Id:\r\n <a@b.example>\r\n\r\n";
        assert!(has_message_id(header, "a@b.example"));
        assert!(!has_message_id(header, "a@b"));
        assert!(!has_message_id(
            b"In-Reply-To: <a@b.example>\n\n",
            "a@b.example"
        ));
    }

    #[test]
    fn a_header_ends_at_its_blank_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail");
        for (eol, padding) in [("\n", 10), ("\r\n", 8190), ("\r\n", 8187), ("\n", 20_000)] {
            let header = format!("Subject: {}{eol}{eol}", "x".repeat(padding));
            fs::write(&path, format!("{header}body{eol}{eol}more")).unwrap();
            assert_eq!(read_header(&path).unwrap(), header.as_bytes());
        }
        fs::write(&path, "Subject: no end").unwrap();
        assert_eq!(read_header(&path).unwrap(), b"Subject: no end");
    }
}
