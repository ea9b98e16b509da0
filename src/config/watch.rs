//! Tells the daemon that session files, the list of members or the organiser's templates changed.
//!
//! Editors and copying programs make several events of one change: we act when a file was closed
//! after writing, renamed or removed, and when it has been quiet for a moment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::{Notify, mpsc};

use super::Config;

/// Quiet for so long: the change is complete.
const QUIET: Duration = Duration::from_millis(300);
/// A folder that never gets quiet is looked at this often.
const LONGEST: Duration = Duration::from_secs(3);
/// Changes that wait for the daemon; as many as there are kinds are enough.
const WAITING_MAX: usize = 4;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// Something in the folder of the session files.
    Catalogue,
    /// The list of members.
    Members,
    /// Something in the folder of the organiser's own templates.
    Templates,
}

/// The system does not tell of changes.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch {}", folder.display())]
pub struct WatchError {
    /// The folder.
    folder: PathBuf,
    #[source]
    source: notify::Error,
}

/// What was seen to change and not yet passed on.
#[derive(Debug, Default)]
struct Seen {
    changed: Mutex<BTreeSet<Changed>>,
    more: Notify,
}

impl Seen {
    fn add(&self, changed: Vec<Changed>) {
        if !changed.is_empty() {
            let mut all = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
            all.extend(changed);
            self.more.notify_one();
        }
    }

    fn take(&self) -> BTreeSet<Changed> {
        let mut all = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *all)
    }
}

/// What is watched.
#[derive(Debug, Clone)]
struct Watched {
    folders: Vec<(PathBuf, Changed)>,
    file: Option<(PathBuf, Changed)>,
}

/// Watches the folder of the session files with what lies below it, the list of members and the folder
/// of templates, as far as configured; must be called within a tokio runtime. The watch ends when the
/// receiver is dropped.
///
/// # Errors
/// A folder cannot be watched (it does not exist, or the system's limit is reached).
pub fn watch_files(config: &Config) -> Result<mpsc::Receiver<Changed>, WatchError> {
    let mut folders = vec![(config.sessions.clone(), Changed::Catalogue)];
    folders.extend(config.templates.clone().map(|f| (f, Changed::Templates)));
    let watched = Watched {
        folders,
        file: config.members.clone().map(|f| (f, Changed::Members)),
    };
    let seen = Arc::new(Seen::default());
    let (by_whom, means) = (Arc::clone(&seen), watched.clone());
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        by_whom.add(means.changes(event));
    })
    .map_err(|source| WatchError {
        folder: config.sessions.clone(),
        source,
    })?;
    for (folder, _) in &watched.folders {
        start(&mut watcher, folder, RecursiveMode::Recursive)?;
    }
    for parent in watched.parents() {
        start(&mut watcher, parent, RecursiveMode::NonRecursive)?;
    }
    let (out, changes) = mpsc::channel(WAITING_MAX);
    tokio::spawn(forward(watcher, watched, seen, out));
    Ok(changes)
}

fn start(
    watcher: &mut RecommendedWatcher,
    folder: &Path,
    mode: RecursiveMode,
) -> Result<(), WatchError> {
    watcher.watch(folder, mode).map_err(|source| WatchError {
        folder: folder.to_owned(),
        source,
    })
}

/// Passes changes on once they are complete; holds the watcher as long as somebody listens.
async fn forward(
    mut watcher: RecommendedWatcher,
    watched: Watched,
    seen: Arc<Seen>,
    out: mpsc::Sender<Changed>,
) {
    loop {
        tokio::select! {
            () = seen.more.notified() => {}
            () = out.closed() => return,
        }
        let quiet = async {
            while tokio::time::timeout(QUIET, seen.more.notified())
                .await
                .is_ok()
            {}
        };
        if tokio::time::timeout(LONGEST, quiet).await.is_err() {
            tracing::debug!("the watched files do not get quiet");
        }
        let changed = seen.take();
        for (folder, what) in &watched.folders {
            // The folder may have been put in another's place: that one is to be watched now.
            if changed.contains(what)
                && let Err(error) = watcher.watch(folder, RecursiveMode::Recursive)
            {
                tracing::warn!(%error, "a folder of the configuration cannot be watched");
            }
        }
        for change in changed {
            if out.send(change).await.is_err() {
                return;
            }
        }
    }
}

impl Watched {
    /// Gives the folders in which what is watched may be put in another's place.
    fn parents(&self) -> BTreeSet<&Path> {
        let folders = self.folders.iter().map(|(folder, _)| folder);
        folders
            .chain(self.file.iter().map(|(file, _)| file))
            .filter_map(|path| path.parent())
            .filter(|parent| !self.folders.iter().any(|(f, _)| parent.starts_with(f)))
            .collect()
    }

    /// Says what an event means to us.
    fn changes(&self, event: notify::Result<Event>) -> Vec<Changed> {
        let all = || {
            let watched = self.folders.iter().chain(&self.file);
            watched.map(|(_, what)| *what).collect()
        };
        let Ok(event) = event else { return all() };
        if event.need_rescan() {
            return all();
        }
        let complete = matches!(
            event.kind,
            EventKind::Modify(ModifyKind::Name(_))
                | EventKind::Access(AccessKind::Close(AccessMode::Write))
                | EventKind::Remove(_)
        );
        if !complete {
            return Vec::new();
        }
        let mut changed = Vec::new();
        let counts = |path: &&PathBuf| !is_leftover(path);
        for path in event.paths.iter().filter(counts) {
            let folders = self.folders.iter().filter(|(f, _)| path.starts_with(f));
            let file = self.file.iter().filter(|(f, _)| path == f);
            changed.extend(folders.chain(file).map(|(_, what)| *what));
        }
        changed
    }
}

/// Says whether a file is an editor's, not the organiser's.
fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with('~') || name.starts_with('#')
}
