//! Tells the daemon that session files, the list of members or the organiser's templates changed.
//!
//! Editors and copying programs make several events of one change: we act when a file was closed
//! after writing, renamed or removed, and when it has been quiet for a moment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::Config;

/// Quiet for so long: the change is complete.
const QUIET: Duration = Duration::from_millis(300);
/// A folder that never gets quiet is looked at this often.
const LONGEST: Duration = Duration::from_secs(3);
/// Events that may wait; more of them say nothing more.
const WAITING_MAX: usize = 64;

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
    let (raw, events) = mpsc::channel(WAITING_MAX);
    let seen = watched.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        for changed in seen.changes(event) {
            // Full: what waits there already leads to a look at the files.
            if raw.try_send(changed).is_err() {
                tracing::trace!("a change of the files waits already");
            }
        }
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
    tokio::spawn(forward(watcher, watched, events, out));
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
    mut events: mpsc::Receiver<Changed>,
    out: mpsc::Sender<Changed>,
) {
    loop {
        let first = tokio::select! {
            event = events.recv() => event,
            () = out.closed() => None,
        };
        let Some(first) = first else { return };
        let mut changed = BTreeSet::from([first]);
        let collecting = async {
            while let Ok(Some(more)) = tokio::time::timeout(QUIET, events.recv()).await {
                changed.insert(more);
            }
        };
        if tokio::time::timeout(LONGEST, collecting).await.is_err() {
            tracing::debug!("the watched files do not get quiet");
        }
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
