//! The folder transport: one `.eml` a letter, written whole or not at all.
//!
//! Invariant: a letter written twice is one file, since its name comes from the Message-ID.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::core::delivery::{Concerns, Delivery, Outgoing};

/// A folder that takes letters.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Names the folder; it is made at the first letter.
    pub fn new(path: PathBuf) -> Folder {
        Folder { path }
    }

    /// Gives the file that a letter of this Message-ID (without brackets) stands in.
    pub fn file_of(&self, message_id: &str) -> PathBuf {
        let token = message_id.split('@').next().unwrap_or_default();
        let mut name: String = token
            .chars()
            .map(|c| match c {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => c,
                _ => '_',
            })
            .collect();
        if name.is_empty() || name.starts_with('.') {
            name.insert(0, '_');
        }
        name.push_str(".eml");
        self.path.join(name)
    }

    /// Makes the folder, if it is not there.
    ///
    /// # Errors
    /// Why it cannot be made, in words.
    pub fn check(&self) -> Result<(), String> {
        fs::create_dir_all(&self.path)
            .map_err(|error| format!("cannot make the folder of letters: {error}"))
    }

    /// Writes one letter: temporary file, fsync, rename, fsync of the folder.
    pub fn send(&mut self, outgoing: &Outgoing) -> Delivery {
        let file = self.file_of(&outgoing.message_id);
        match write_whole(&self.path, &file, &outgoing.bytes) {
            Ok(()) => Delivery::Accepted {
                response: "written to a folder".to_owned(),
            },
            Err(error) => Delivery::Deferred {
                concerns: Concerns::Server,
                response: format!("cannot write to the folder of letters: {}", error.kind()),
            },
        }
    }
}

fn write_whole(folder: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let temporary = file.with_extension("eml.tmp");
    let mut out = File::create(&temporary)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    fs::rename(&temporary, file)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn letter(id: &str, bytes: &[u8]) -> Outgoing {
        Outgoing {
            from: "a@x.example".to_owned(),
            to: "b@y.example".to_owned(),
            message_id: id.to_owned(),
            bytes: bytes.to_vec(),
            sha256: String::new(),
        }
    }

    #[test]
    fn a_letter_is_one_file_named_by_its_token() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = Folder::new(dir.path().join("out"));
        for _ in 0..2 {
            let delivery = folder.send(&letter("0123abcd@x.example", b"one"));
            assert!(matches!(delivery, Delivery::Accepted { .. }));
        }
        let names: Vec<_> = fs::read_dir(dir.path().join("out"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["0123abcd.eml"]);
        assert_eq!(
            fs::read(folder.file_of("0123abcd@x.example")).unwrap(),
            b"one"
        );
    }

    #[test]
    fn a_hostile_id_stays_in_the_folder() {
        let folder = Folder::new(PathBuf::from("/out"));
        assert_eq!(
            folder.file_of("../../etc/passwd@x"),
            Path::new("/out/_.._.._etc_passwd.eml")
        );
        assert_eq!(folder.file_of(""), Path::new("/out/_.eml"));
    }

    #[test]
    fn an_impossible_folder_defers_all_letters() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), b"").unwrap();
        let mut folder = Folder::new(dir.path().join("file"));
        assert!(matches!(
            folder.send(&letter("a@b", b"x")),
            Delivery::Deferred {
                concerns: Concerns::Server,
                ..
            }
        ));
    }
}
