//! The shared folder that lies beside the repository, for the tests that measure against it.

use std::path::{Path, PathBuf};

/// Gives the folder: `GUICHET_SHARED`, else `shared` beside an ancestor of the source; `None`, where it
/// is missing, which a test then says aloud.
pub fn shared() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("GUICHET_SHARED") {
        return Some(PathBuf::from(named)).filter(|path| path.is_dir());
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|ancestor| ancestor.join("shared"))
        .find(|path| path.join("mails").is_dir())
}
