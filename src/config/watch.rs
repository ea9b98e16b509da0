//! Tells the daemon that the session files or the list of members changed.
//!
//! Editors and copying programs make several events of one change: we act when a file was closed
//! after writing, renamed or removed, and when it has been quiet for a moment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

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
    sessions: PathBuf,
    members: Option<PathBuf>,
}

/// Watches the folder of the session files, with what lies below it, and the list of members; must be
/// called within a tokio runtime. The watch ends when the receiver is dropped.
///
/// # Errors
/// A folder cannot be watched (it does not exist, or the system's limit is reached).
pub fn watch(
    sessions: &Path,
    members: Option<&Path>,
) -> Result<mpsc::Receiver<Changed>, WatchError> {
    let watched = Watched {
        sessions: sessions.to_owned(),
        members: members.map(Path::to_owned),
    };
    let (raw, events) = mpsc::channel(WAITING_MAX);
    let seen = watched.clone();
    let failed = |folder: &Path| {
        let folder = folder.to_owned();
        move |source| WatchError { folder, source }
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        for changed in seen.changes(event) {
            // Full: what waits there already leads to a look at the files.
            if raw.try_send(changed).is_err() {
                tracing::trace!("a change of the catalogue waits already");
            }
        }
    })
    .map_err(failed(sessions))?;
    watcher
        .watch(sessions, RecursiveMode::Recursive)
        .map_err(failed(sessions))?;
    let parents: BTreeSet<&Path> = [Some(sessions), members]
        .into_iter()
        .flatten()
        .filter_map(Path::parent)
        .filter(|parent| !parent.starts_with(sessions))
        .collect();
    for parent in parents {
        watcher
            .watch(parent, RecursiveMode::NonRecursive)
            .map_err(failed(parent))?;
    }
    let (out, changes) = mpsc::channel(WAITING_MAX);
    tokio::spawn(forward(watcher, watched, events, out));
    Ok(changes)
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
            tracing::debug!("the folder of the session files does not get quiet");
        }
        if changed.contains(&Changed::Catalogue) {
            // The folder may have been put in another's place: that one is to be watched now.
            if let Err(error) = watcher.watch(&watched.sessions, RecursiveMode::Recursive) {
                tracing::warn!(%error, "the folder of the session files cannot be watched");
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
    /// Says what an event means to us.
    fn changes(&self, event: notify::Result<Event>) -> Vec<Changed> {
        let all = || match self.members {
            Some(_) => vec![Changed::Catalogue, Changed::Members],
            None => vec![Changed::Catalogue],
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
            if path.starts_with(&self.sessions) {
                changed.push(Changed::Catalogue);
            }
            if self.members.as_deref() == Some(path.as_path()) {
                changed.push(Changed::Members);
            }
        }
        changed
    }
}

/// Says whether a file is an editor's, not the organiser's.
fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with('~') || name.starts_with('#')
}
