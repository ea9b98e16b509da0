//! The journal: one entry a line, appended, checksummed, never changed.
//!
//! A line is `{"crc":"…","n":…,"batch":…,…}`: the CRC-32C, in eight hex digits, of all bytes behind
//! that field up to the end of the line. The first line names the format and its version instead.
//! `n` counts without gaps. A batch is what one write appended and one sync made durable; it bears
//! the number of its first entry, so that a tail which a crash tore can be told from damage: only
//! the last batch can be torn.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::{RegisterError, RegisterErrorKind};
use crate::core::entry::{Body, Cause, Entry, Personal};
use crate::core::reply::Letter;

/// The file's name in the register's folder.
pub(super) const FILE: &str = "journal.jsonl";
/// A journal that is being written to take the other's place.
const UNFINISHED: &str = "journal.new";
/// The name of the format, in the first line.
const FORMAT: &str = "guichet-journal";
/// The version that this program writes, and the newest that it reads.
pub(super) const VERSION: u32 = 1;
/// No line is longer: the longest is that of a watch that begins over a Maildir, with the names of
/// all mails there are (half a million fit). Longer means that line ends are damaged.
const LINE_BYTES_MAX: u64 = 64 << 20;
/// `{"crc":"` + eight digits + `",`.
const CRC_FIELD_BYTES: usize = 18;
/// Only the owner reads it: it holds people's data.
const FILE_MODE: u32 = 0o600;

/// An entry as it stands in a line, behind the checksum.
#[derive(Serialize)]
struct LineOut<'a> {
    n: u64,
    batch: u64,
    at: Timestamp,
    cause: &'a Cause,
    body: &'a Body,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal: Option<&'a Personal>,
}

/// Number and batch of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Head {
    /// Number of the entry.
    pub(super) n: u64,
    /// Number of the first entry of its batch.
    pub(super) batch: u64,
}

/// An entry as far as it owes letters.
#[derive(Deserialize)]
struct Owing {
    personal: Option<Letters>,
}

#[derive(Deserialize)]
struct Letters {
    #[serde(default)]
    letters: Vec<Letter>,
}

#[derive(Serialize, Deserialize)]
struct FirstLine {
    journal: String,
    version: u32,
}

/// Writes the line of an entry, with its line end.
pub(super) fn line(entry: &Entry, batch: u64) -> Result<Vec<u8>, RegisterError> {
    checksummed(&LineOut {
        n: entry.n,
        batch,
        at: entry.at,
        cause: &entry.cause,
        body: &entry.body,
        personal: entry.personal.as_ref(),
    })
}

/// Writes the first line of a journal.
pub(super) fn first_line() -> Result<Vec<u8>, RegisterError> {
    checksummed(&FirstLine {
        journal: FORMAT.to_owned(),
        version: VERSION,
    })
}

fn checksummed<T: Serialize>(value: &T) -> Result<Vec<u8>, RegisterError> {
    let unwritable = |why: String| {
        RegisterError::new(
            RegisterErrorKind::NotAppended,
            format!("an entry cannot be written: {why}"),
            "it was not recorded, and nothing was done on the strength of it",
        )
    };
    let json = serde_json::to_vec(value).map_err(|error| unwritable(error.to_string()))?;
    let bytes = u64::try_from(json.len() + CRC_FIELD_BYTES + 1).unwrap_or(u64::MAX);
    if bytes >= LINE_BYTES_MAX {
        return Err(unwritable(format!("its line would have {bytes} bytes")));
    }
    let rest = json.get(1..).unwrap_or_default();
    let mut line = format!("{{\"crc\":\"{:08x}\",", crc32c::crc32c(rest)).into_bytes();
    line.extend_from_slice(rest);
    line.push(b'\n');
    Ok(line)
}

/// Checks a line (without its line end) and gives what stands behind the checksum, braced again.
fn intact(line: &[u8]) -> Option<Vec<u8>> {
    let (field, rest) = line.split_at_checked(CRC_FIELD_BYTES)?;
    let digits = field.strip_prefix(b"{\"crc\":\"")?.strip_suffix(b"\",")?;
    let digits = std::str::from_utf8(digits).ok()?;
    let lower_hex = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let crc = u32::from_str_radix(digits, 16).ok()?;
    if !lower_hex || crc != crc32c::crc32c(rest) {
        return None;
    }
    let mut json = Vec::with_capacity(rest.len() + 1);
    json.push(b'{');
    json.extend_from_slice(rest);
    Some(json)
}

/// Reads number and batch without reading the whole line.
fn head(json: &[u8]) -> Option<Head> {
    let rest = json.strip_prefix(b"{\"n\":")?;
    let (n, rest) = leading_number(rest)?;
    let rest = rest.strip_prefix(b",\"batch\":")?;
    let (batch, _) = leading_number(rest)?;
    Some(Head { n, batch })
}

fn leading_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().position(|b| !b.is_ascii_digit())?;
    let (digits, rest) = bytes.split_at_checked(end)?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, rest))
}

/// Where the lines of a journal lie, and what its end is like.
#[derive(Debug)]
pub(super) struct Scanned {
    /// Offset of the line of entry `n` at index `n - 1`.
    pub(super) offsets: Vec<u64>,
    /// Bytes up to the end of the last intact line.
    pub(super) bytes: u64,
    /// Bytes of a torn tail behind that.
    pub(super) torn_bytes: u64,
}

/// What a scan shows of each entry: its head and the line as JSON.
pub(super) type Show<'a> = dyn FnMut(Head, &[u8]) -> Result<(), RegisterError> + 'a;

/// Reads a journal through, checks every line, and shows each entry's.
///
/// From the first bad line on a tail counts as torn if every intact line behind it is of the same
/// batch; whether an index has applied any of it is for the caller to say.
///
/// # Errors
/// The place of damage of any other kind, or a newer version.
pub(super) fn scan(
    file: &File,
    path: &Path,
    show: &mut Show<'_>,
) -> Result<Scanned, RegisterError> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    let mut scanned = Scanned {
        offsets: Vec::new(),
        bytes: read_first_line(&mut reader, path, &mut line)?,
        torn_bytes: 0,
    };
    let mut last = Head { n: 0, batch: 0 };
    loop {
        let read = read_line(&mut reader, path, &mut line)?;
        if read == 0 {
            return Ok(scanned);
        }
        let Some((found, json)) = entry_line(&line) else {
            scanned.torn_bytes = torn(&mut reader, path, read, last, &mut line)?;
            return Ok(scanned);
        };
        let n = last.n + 1;
        let same_or_new = found.batch == n || (found.batch == last.batch && last.n > 0);
        if found.n != n || !same_or_new {
            let why = format!(
                "entry {} of batch {} stands there, expected entry {n}",
                found.n, found.batch
            );
            return Err(RegisterError::damaged(path, &place(n, scanned.bytes), &why));
        }
        show(found, &json)?;
        scanned.offsets.push(scanned.bytes);
        scanned.bytes += read;
        last = found;
    }
}

fn place(n: u64, offset: u64) -> String {
    format!("entry {n} (byte {offset})")
}

/// Reads an intact line with its line end as an entry's.
fn entry_line(line: &[u8]) -> Option<(Head, Vec<u8>)> {
    let json = intact(line.strip_suffix(b"\n")?)?;
    Some((head(&json)?, json))
}

fn read_first_line(
    reader: &mut impl BufRead,
    path: &Path,
    line: &mut Vec<u8>,
) -> Result<u64, RegisterError> {
    let read = read_line(reader, path, line)?;
    let first: Option<FirstLine> = line
        .strip_suffix(b"\n")
        .and_then(intact)
        .and_then(|json| serde_json::from_slice(&json).ok());
    let place = "its first line";
    match first {
        Some(first) if first.journal != FORMAT => {
            let why = "it is no journal of guichet";
            Err(RegisterError::damaged(path, place, why))
        }
        Some(first) if first.version > VERSION => Err(RegisterError::new(
            RegisterErrorKind::Newer,
            format!(
                "{} was written by a newer guichet: {FORMAT} version {}, while this program reads up to {VERSION}",
                path.display(),
                first.version
            ),
            "use the newer program; nothing was changed",
        )),
        Some(_) => Ok(read),
        None => {
            let why = "its checksum does not fit";
            Err(RegisterError::damaged(path, place, why))
        }
    }
}

/// Reads up to the next line end; an overlong line is given cut, which makes it a bad one.
fn read_line(
    reader: &mut impl BufRead,
    path: &Path,
    line: &mut Vec<u8>,
) -> Result<u64, RegisterError> {
    line.clear();
    let read = reader
        .by_ref()
        .take(LINE_BYTES_MAX)
        .read_until(b'\n', line)
        .map_err(|error| RegisterError::disk("reading", path, &error))?;
    Ok(u64::try_from(read).unwrap_or(u64::MAX))
}

/// Judges what stands behind entry `last`, where the first bad line was met.
fn torn(
    reader: &mut impl BufRead,
    path: &Path,
    bad_bytes: u64,
    last: Head,
    line: &mut Vec<u8>,
) -> Result<u64, RegisterError> {
    let bad = last.n + 1;
    let mut bytes = bad_bytes;
    loop {
        let read = read_line(reader, path, line)?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes += read;
        // The bad line's batch is unreadable: it is the last one's, or began with it.
        let damage = entry_line(line)
            .map(|(found, _)| found)
            .filter(|found| found.batch != bad && (found.batch != last.batch || last.n == 0));
        if let Some(found) = damage {
            let why = format!(
                "its line is unreadable, but entry {} behind it was recorded later and is intact",
                found.n
            );
            return Err(RegisterError::damaged(path, &format!("entry {bad}"), &why));
        }
    }
}

/// Reads the entry out of a checked line.
pub(super) fn entry(path: &Path, n: u64, json: &[u8]) -> Result<Entry, RegisterError> {
    parsed(path, n, json)
}

fn parsed<T: DeserializeOwned>(path: &Path, n: u64, json: &[u8]) -> Result<T, RegisterError> {
    serde_json::from_slice(json).map_err(|error| {
        RegisterError::new(
            RegisterErrorKind::Damaged,
            format!(
                "entry {n} of {} is intact but cannot be understood: {error}",
                path.display()
            ),
            "use the program that wrote it, or a newer one; nothing was changed",
        )
    })
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal of a folder for reading, and for appending if `write`.
    pub(super) fn open(folder: &Path, write: bool) -> Result<Option<Journal>, RegisterError> {
        Journal::open_file(&folder.join(FILE), write)
    }

    /// Opens a journal by its file.
    pub(super) fn open_file(path: &Path, write: bool) -> Result<Option<Journal>, RegisterError> {
        let path = path.to_owned();
        match OpenOptions::new().read(true).write(write).open(&path) {
            Ok(file) => Ok(Some(Journal { file, path })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(RegisterError::disk("opening", &path, &error)),
        }
    }

    /// Makes an empty journal, durably: no crash leaves one without its first line.
    pub(super) fn create(folder: &Path) -> Result<Journal, RegisterError> {
        replace(folder, |file| {
            std::io::Write::write_all(file, &first_line()?)
                .map_err(|error| RegisterError::disk("writing", &folder.join(FILE), &error))
        })?;
        Journal::open(folder, true)?.ok_or_else(|| {
            RegisterError::new(
                RegisterErrorKind::Disk,
                format!("{} vanished while it was made", folder.join(FILE).display()),
                "start again",
            )
        })
    }

    /// Gives its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Checks every line and shows each entry's; see [`scan`].
    pub(super) fn scan(&self, show: &mut Show<'_>) -> Result<Scanned, RegisterError> {
        scan(&self.file, &self.path, show)
    }

    /// Gives the bytes from `offset` on, to be copied.
    pub(super) fn read_at(&self, offset: u64, bytes: u64) -> Result<Vec<u8>, RegisterError> {
        let mut buffer = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        self.file
            .read_exact_at(&mut buffer, offset)
            .map_err(|error| RegisterError::disk("reading", &self.path, &error))?;
        Ok(buffer)
    }

    /// Reads entry `n`, whose line begins at `offset` and ends before `end`.
    pub(super) fn entry_at(&self, n: u64, offset: u64, end: u64) -> Result<Entry, RegisterError> {
        entry(&self.path, n, &self.json_at(n, offset, end)?)
    }

    /// Reads one letter that entry `n` owes, without the rest of it.
    pub(super) fn letter_at(
        &self,
        n: u64,
        offset: u64,
        end: u64,
        index: usize,
    ) -> Result<Option<Letter>, RegisterError> {
        let json = self.json_at(n, offset, end)?;
        let owing: Owing = parsed(&self.path, n, &json)?;
        let letters = owing.personal.map(|personal| personal.letters);
        Ok(letters.and_then(|letters| letters.into_iter().nth(index)))
    }

    fn json_at(&self, n: u64, offset: u64, end: u64) -> Result<Vec<u8>, RegisterError> {
        let line = self.read_at(offset, end.saturating_sub(offset))?;
        match entry_line(&line) {
            Some((found, json)) if found.n == n => Ok(json),
            _ => {
                let why = "its checksum does not fit any more";
                Err(RegisterError::damaged(&self.path, &place(n, offset), why))
            }
        }
    }

    /// Reads the batch of entry `n`, whose line begins at `offset`.
    pub(super) fn batch_at(&self, offset: u64, end: u64) -> Result<u64, RegisterError> {
        let line = self.read_at(offset, end.saturating_sub(offset))?;
        match entry_line(&line) {
            Some((found, _)) => Ok(found.batch),
            None => {
                let place = format!("byte {offset}");
                let why = "its checksum does not fit any more";
                Err(RegisterError::damaged(&self.path, &place, why))
            }
        }
    }

    /// Appends bytes at `offset`, the present end.
    pub(super) fn append(&self, bytes: &[u8], offset: u64) -> std::io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    /// Cuts everything behind `offset` off.
    pub(super) fn cut(&self, offset: u64) -> std::io::Result<()> {
        self.file.set_len(offset)
    }

    /// Makes what was appended durable.
    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.file.sync_data()
    }
}

/// Writes a journal beside the present one and puts it in its place, durably.
pub(super) fn replace(
    folder: &Path,
    write: impl FnOnce(&mut File) -> Result<(), RegisterError>,
) -> Result<(), RegisterError> {
    let path = folder.join(FILE);
    let fresh = folder.join(UNFINISHED);
    let disk = |doing: &str, error: std::io::Error| RegisterError::disk(doing, &path, &error);
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&fresh)
        .map_err(|error| disk("making", error))?;
    let written = write(&mut file).and_then(|()| {
        file.sync_all().map_err(|error| disk("syncing", error))?;
        crate::failpoint!("journal.before_rename");
        std::fs::rename(&fresh, &path).map_err(|error| disk("replacing", error))
    });
    if written.is_err() {
        std::fs::remove_file(&fresh).ok();
    }
    written?;
    crate::failpoint!("journal.after_rename");
    sync_folder(folder)
}

/// Removes what a crash left of a journal that was to take the other's place.
pub(super) fn remove_unfinished(folder: &Path) -> Result<(), RegisterError> {
    let path = folder.join(UNFINISHED);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RegisterError::disk("removing", &path, &error))
        }
        _ => Ok(()),
    }
}

/// Makes names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), RegisterError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| RegisterError::disk("syncing", folder, &error))
}
