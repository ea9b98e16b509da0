//! The folder of session files → [`Catalogue`].
//!
//! All of it or nothing: one broken file leaves whoever watches with the catalogue they had.

use std::path::{Path, PathBuf};

use super::session_file::{self, SessionFile};
use super::sheet::words;
use super::{Config, ConfigError, LoadedCatalogue, Problem};
use crate::core::catalogue::{Catalogue, Session};

/// Reads all session files (`*.toml`) of a folder, in order of name.
///
/// # Errors
/// Everything that is wrong in any of them.
pub fn load_sessions(folder: &Path) -> Result<Vec<Session>, ConfigError> {
    let files = load_files(folder)?;
    Ok(files.into_iter().map(|file| file.session).collect())
}

/// Reads the catalogue that the main file names.
///
/// # Errors
/// Everything that is wrong in any session file.
pub fn load_catalogue(config: &Config) -> Result<Catalogue, ConfigError> {
    load_catalogue_with_files(config).map(|loaded| loaded.catalogue)
}

/// Reads the catalogue and the files that go along with replies.
///
/// # Errors
/// Everything that is wrong in any session file.
pub fn load_catalogue_with_files(config: &Config) -> Result<LoadedCatalogue, ConfigError> {
    let mut sessions = Vec::new();
    let mut files = Vec::new();
    for file in load_files(&config.sessions)? {
        sessions.push(file.session);
        files.extend(file.files);
    }
    files.sort_by(|a, b| a.file.sha256.cmp(&b.file.sha256));
    files.dedup_by(|a, b| a.file.sha256 == b.file.sha256);
    Ok(LoadedCatalogue {
        catalogue: Catalogue::new(sessions, config.catalogue_complete),
        files,
    })
}

fn load_files(folder: &Path) -> Result<Vec<SessionFile>, ConfigError> {
    let mut problems = Vec::new();
    let mut files: Vec<(PathBuf, SessionFile)> = Vec::new();
    for path in session_paths(folder)? {
        match session_file::load(&path) {
            Ok(file) => match files.iter().find(|(_, f)| f.session.id == file.session.id) {
                Some((other, _)) => problems.push(
                    file.twice
                        .help(format!("{} has it; give this session its own", name(other))),
                ),
                None => files.push((path, file)),
            },
            Err(error) => problems.extend(error.into_problems()),
        }
    }
    match ConfigError::of(problems) {
        Some(error) => Err(error),
        None => Ok(files.into_iter().map(|(_, file)| file).collect()),
    }
}

/// Gives the session files of a folder: `*.toml`, without hidden ones and editors' leftovers.
fn session_paths(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let cannot = |error: std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such folder".to_owned(),
            _ => words(&error),
        };
        let what = format!("the folder of the session files cannot be read: {why}");
        ConfigError::from(Problem::of_file(folder, what))
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let hidden = name(&path).starts_with('.');
        let toml = path.extension().is_some_and(|end| end == "toml");
        if toml && !hidden && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
