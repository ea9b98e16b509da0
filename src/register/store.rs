//! The store: the index in one sled tree, and a mark beside it that says how far to trust it.
//!
//! The store is never the truth: whatever is wrong with it, it is thrown away and built anew from
//! the journal. sled neither syncs on `flush` nor notices every flipped bit, and panics on some; so
//! the mark holds length and CRC-32C of all its files as they were when it was closed cleanly, and
//! only a store that fits its mark is opened at all. While the store is in use the mark says so,
//! and up to which entry the journal is durable: one that ends before that has lost something.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::RegisterError;
use super::rows::{Row, Rows, Visit, Writes};

/// The folder of sled's files.
pub(super) const FOLDER: &str = "store";
/// The mark's file.
pub(super) const MARK: &str = "store.mark";
/// Version of keys and rows: another one is thrown away.
const VERSION: u32 = 3;
/// sled's page cache; the index of a thousand registrations is a few MB.
const CACHE_BYTES: u64 = 16 << 20;
/// Room for the mark while the store is in use, so that it is overwritten in place.
const MARK_BYTES: usize = 128;
/// sled's threads let go of its files a moment after it was dropped; it is waited for in steps …
const LET_GO_STEP: Duration = Duration::from_millis(5);
/// … but not for ever: then the mark just stays as it is and the next start builds the store anew.
const LET_GO_STEPS_MAX: u32 = 1000;
/// Key of the number applied, in a table of its own.
const APPLIED: &[u8] = b"\0applied";

/// How far the store may be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    version: u32,
    /// Entries up to this one were in the journal, durably; in a closed store they are all applied.
    reached: u64,
    /// Length and checksum of its files, when closed cleanly; by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files: Option<Vec<(String, u64, u32)>>,
}

/// What was found in place of a store.
#[derive(Debug)]
pub(super) enum Found {
    /// Closed cleanly, intact, applied up to that entry.
    Store(Store, u64),
    /// Cannot be used, for this reason; the journal was durable at least up to that entry, if that is known.
    Unusable(String, Option<u64>),
    /// There is none.
    Nothing,
}

/// An open store.
#[derive(Debug)]
pub(super) struct Store {
    db: sled::Db,
    tree: sled::Tree,
    folder: PathBuf,
    mark: File,
}

/// Says whether there is a store, or was.
pub(super) fn exists(folder: &Path) -> bool {
    folder.join(FOLDER).exists() || folder.join(MARK).exists()
}

/// Looks at the store of a folder and opens it if it can be trusted.
pub(super) fn find(folder: &Path) -> Result<Found, RegisterError> {
    if !exists(folder) {
        return Ok(Found::Nothing);
    }
    let Some(mark) = read_mark(folder) else {
        return Ok(Found::Unusable("its mark cannot be read".to_owned(), None));
    };
    let unusable = |why: String| Ok(Found::Unusable(why, Some(mark.reached)));
    if mark.version != VERSION {
        return unusable(format!("it is of version {}, not {VERSION}", mark.version));
    }
    let Some(files) = &mark.files else {
        return unusable("it was not closed".to_owned());
    };
    match checksums(&folder.join(FOLDER)) {
        Ok(found) if found == *files => {}
        Ok(_) => return unusable("its files are not as they were when it was closed".to_owned()),
        Err(error) => return unusable(format!("its files cannot be read: {error}")),
    }
    let store = match Store::open(folder) {
        Ok(store) => store,
        Err(error) => return unusable(error.what),
    };
    match store.value(APPLIED) {
        Ok(Some(applied)) if applied == mark.reached.to_be_bytes() => {}
        Ok(_) => return unusable("it is not applied as far as its mark says".to_owned()),
        Err(error) => return unusable(error.what),
    }
    Ok(Found::Store(store, mark.reached))
}

/// Removes the store of a folder.
pub(super) fn remove(folder: &Path) -> Result<(), RegisterError> {
    let gone = |path: &Path, result: std::io::Result<()>| match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RegisterError::disk("removing", path, &error))
        }
        _ => Ok(()),
    };
    let store = folder.join(FOLDER);
    wait_let_go(&store)?;
    if store.is_file() {
        gone(&store, std::fs::remove_file(&store))?;
    }
    gone(&store, std::fs::remove_dir_all(&store))?;
    let mark = folder.join(MARK);
    gone(&mark, std::fs::remove_file(&mark))
}

impl Store {
    /// Makes an empty store in place of whatever is there.
    pub(super) fn create(folder: &Path) -> Result<Store, RegisterError> {
        remove(folder)?;
        Store::open(folder)
    }

    /// Opens sled; it panics on some damage.
    fn open(folder: &Path) -> Result<Store, RegisterError> {
        let path = folder.join(FOLDER);
        let mark_path = folder.join(MARK);
        wait_let_go(&path)?;
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let db = sled::Config::new()
                .path(&path)
                .flush_every_ms(None)
                .cache_capacity(CACHE_BYTES)
                .open()?;
            let tree = db.open_tree("index")?;
            Ok::<_, sled::Error>((db, tree))
        }));
        let (db, tree) = match opened {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => return Err(RegisterError::store(error)),
            Err(_) => return Err(RegisterError::store("it is damaged and cannot be opened")),
        };
        let mark = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .mode(0o600)
            .open(&mark_path)
            .map_err(|error| RegisterError::disk("opening", &mark_path, &error))?;
        Ok(Store {
            db,
            tree,
            folder: folder.to_owned(),
            mark,
        })
    }

    /// Marks the store as in use, and up to which entry the journal is durable.
    pub(super) fn mark_in_use(&self, reached: u64, durably: bool) -> Result<(), RegisterError> {
        let mark = Mark {
            version: VERSION,
            reached,
            files: None,
        };
        let mut line = mark_line(&mark)?;
        line.resize(line.len().max(MARK_BYTES), b' ');
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.mark
            .write_all_at(&line, 0)
            .and_then(|()| {
                if durably {
                    // The mark of a closed store may be longer; later ones are as long as this.
                    self.mark.set_len(length)?;
                    self.mark.sync_all()?;
                }
                Ok(())
            })
            .map_err(|error| RegisterError::disk("marking", &self.folder.join(MARK), &error))
    }

    /// Takes writes over, all or none, and notes up to which entry.
    pub(super) fn commit(&self, writes: &Writes, applied: u64) -> Result<(), RegisterError> {
        let mut batch = sled::Batch::default();
        for (key, written) in writes {
            match &written.value {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        batch.insert(APPLIED, &applied.to_be_bytes());
        caught(|| self.tree.apply_batch(batch))
    }

    /// Closes the store cleanly: everything durable, then the mark.
    pub(super) fn close(self, applied: u64) -> Result<(), RegisterError> {
        let Store {
            db, tree, folder, ..
        } = self;
        caught(|| db.flush())?;
        drop(tree);
        drop(db);
        let store = folder.join(FOLDER);
        wait_let_go(&store)?;
        sync_all_files(&store).map_err(|error| RegisterError::disk("syncing", &store, &error))?;
        let files =
            checksums(&store).map_err(|error| RegisterError::disk("reading", &store, &error))?;
        let mark = Mark {
            version: VERSION,
            reached: applied,
            files: Some(files),
        };
        let path = folder.join(MARK);
        let fresh = folder.join("store.mark.new");
        write_new(&fresh, &mark_line(&mark)?)
            .and_then(|()| std::fs::rename(&fresh, &path))
            .map_err(|error| RegisterError::disk("marking", &path, &error))?;
        super::journal::sync_folder(&folder)
    }

    /// Gives all rows, but for the number applied.
    pub(super) fn all(&self) -> Result<Vec<Row>, RegisterError> {
        caught(|| {
            self.tree
                .iter()
                .filter(|row| !matches!(row, Ok((key, _)) if key.as_ref() == APPLIED))
                .map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())))
                .collect()
        })
    }
}

impl Rows for Store {
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RegisterError> {
        caught(|| self.tree.get(key)).map(|value| value.map(|value| value.to_vec()))
    }

    fn range(&self, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<(), RegisterError> {
        if from >= to {
            return Ok(());
        }
        caught(|| {
            for row in self.tree.range(from..to) {
                let (key, value) = row?;
                if !visit(&key, &value) {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// Waits until sled, which locks its file, has closed it.
fn wait_let_go(store: &Path) -> Result<(), RegisterError> {
    let Ok(file) = File::open(store.join("db")) else {
        return Ok(());
    };
    for _ in 0..LET_GO_STEPS_MAX {
        if file.try_lock().is_ok() {
            return Ok(());
        }
        std::thread::sleep(LET_GO_STEP);
    }
    Err(RegisterError::store("its file stays locked"))
}

/// Asks sled; a panic of its is an error like any other.
fn caught<T>(ask: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, RegisterError> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(RegisterError::store(error)),
        Err(_) => Err(RegisterError::store("a page of it is damaged")),
    }
}

fn mark_line(mark: &Mark) -> Result<Vec<u8>, RegisterError> {
    let json = serde_json::to_string(mark).map_err(RegisterError::store)?;
    Ok(format!("{:08x} {json}\n", crc32c::crc32c(json.as_bytes())).into_bytes())
}

fn read_mark(folder: &Path) -> Option<Mark> {
    let text = std::fs::read_to_string(folder.join(MARK)).ok()?;
    let (line, _) = text.split_once('\n')?;
    let (crc, json) = line.split_once(' ')?;
    let fits = u32::from_str_radix(crc, 16).ok()? == crc32c::crc32c(json.as_bytes());
    serde_json::from_str(json).ok().filter(|_| fits)
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

/// Gives the files below a folder, by name.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// sled's flush leaves its bytes in the system's cache.
fn sync_all_files(folder: &Path) -> std::io::Result<()> {
    for file in files(folder)? {
        OpenOptions::new().write(true).open(file)?.sync_data()?;
    }
    File::open(folder)?.sync_all()
}

fn checksums(folder: &Path) -> std::io::Result<Vec<(String, u64, u32)>> {
    let mut sums = Vec::new();
    for path in files(folder)? {
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        let mut file = File::open(&path)?;
        let (mut bytes, mut crc) = (0u64, 0u32);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = std::io::Read::read(&mut file, &mut buffer)?;
            if read == 0 {
                break;
            }
            crc = crc32c::crc32c_append(crc, buffer.get(..read).unwrap_or_default());
            bytes += u64::try_from(read).unwrap_or(u64::MAX);
        }
        sums.push((name, bytes, crc));
    }
    Ok(sums)
}
