//! One TOML file being read: its text, its path and what was found wrong in it so far.
//!
//! Reading goes on after a problem, so that all values that are wrong show at once; whoever built
//! something from a sheet with problems throws it away.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::error::{ConfigError, Problem, line_at, may_hold_secret};

/// No configuration or session file is longer: whatever is, is another kind of file.
const FILE_BYTES_MAX: u64 = 1_000_000;

/// Names that people write for a key, and the key.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("titre", "title"),
    ("name", "title"),
    ("name", "organisation"),
    ("niveau", "level"),
    ("serie", "series"),
    ("lieu", "place"),
    ("location", "place"),
    ("places", "capacity"),
    ("seats", "capacity"),
    ("date", "when"),
    ("dates", "when"),
    ("deadline", "register_until"),
    ("start", "from"),
    ("end", "to"),
    ("tz", "timezone"),
    ("zone", "timezone"),
    ("link", "join_link"),
    ("email", "address"),
    ("server", "host"),
    ("username", "user"),
    ("login", "user"),
    ("tls", "protection"),
    ("security", "protection"),
    ("telephone", "phone"),
];

/// What stands behind a required key, for who left it out.
const EXAMPLES: &[(&str, &str)] = &[
    ("id", "id = \"spring-meeting\""),
    ("title", "title = \"…\""),
    (
        "when",
        "when = [{ from = 2017-10-03T10:00:00, to = 2017-10-03T12:00:00 }]",
    ),
    ("from", "from = 2017-10-03T10:00:00"),
    ("to", "to = 2017-10-03T12:00:00"),
    ("timezone", "timezone = \"Europe/Paris\""),
    ("capacity", "capacity = 12"),
    (
        "membership",
        "membership = \"none\", or \"required\" if the annual membership is a condition",
    ),
];

/// A file being read.
#[derive(Debug)]
pub(super) struct Sheet {
    /// The file as named to us.
    pub file: PathBuf,
    text: Arc<str>,
    /// What was found wrong.
    pub problems: Vec<Problem>,
}

impl Sheet {
    /// Reads a file's text.
    pub(super) fn open(file: &Path) -> Result<Sheet, ConfigError> {
        let cannot = |error: std::io::Error| {
            let what = format!("the file cannot be read: {}", words(&error));
            ConfigError::from(Problem::of_file(file, what))
        };
        let length = std::fs::metadata(file).map_err(cannot)?.len();
        if length > FILE_BYTES_MAX {
            let what = format!("the file is {length} bytes long, more than {FILE_BYTES_MAX}");
            return Err(Problem::of_file(file, what).into());
        }
        let bytes = std::fs::read(file).map_err(cannot)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Sheet {
                file: file.to_owned(),
                text: text.into(),
                problems: Vec::new(),
            }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes());
                let problem = Problem::at(file, &text.into(), at..at + 1, "the file is not UTF-8");
                Err(problem
                    .label("this character is of another encoding")
                    .help("save the file as UTF-8 in your editor")
                    .into())
            }
        }
    }

    /// Reads the text into its shape.
    pub(super) fn shape<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text).map_err(|error| self.translate(&error).into())
    }

    /// Describes a problem at a place; not yet added.
    pub(super) fn at(&self, span: Range<usize>, what: impl Into<String>) -> Problem {
        Problem::at(&self.file, &self.text, span, what)
    }

    /// Adds a problem.
    pub(super) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Gives an absolute path; a relative one is relative to the folder of this file.
    pub(super) fn beside(&self, path: impl AsRef<Path>) -> PathBuf {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let joined = folder.join(path);
        std::path::absolute(&joined).unwrap_or(joined)
    }

    /// Says in our words what the TOML reader found wrong.
    fn translate(&self, error: &toml::de::Error) -> Problem {
        let span = error.span().unwrap_or(0..0);
        let message = error.message();
        if let Some(key) = between(message, "unknown field `", "`") {
            return self.unknown_key(span, key, message);
        }
        if let Some(key) = between(message, "missing field `", "`") {
            let problem = Problem::of_file(&self.file, format!("`{key}` is missing"));
            let problem = match span.is_empty() || span.start == 0 {
                true => problem,
                false => self.at(span, problem.what),
            };
            return match EXAMPLES.iter().find(|(name, _)| *name == key) {
                Some((_, example)) => problem.help(format!("write {example}")),
                None => problem,
            };
        }
        let hidden = may_hold_secret(line_at(&self.text, span.start));
        if let Some((found, wanted)) = message
            .strip_prefix("invalid type: ")
            .and_then(|rest| rest.rsplit_once(", expected "))
        {
            return self.wrong_type(span, found, wanted);
        }
        match message.lines().next().unwrap_or_default() {
            "duplicate key" => {
                let what = format!("`{}` stands here a second time", self.marked(&span));
                self.at(span, what).help("keep one of the two")
            }
            date if date.starts_with("invalid date") || date.starts_with("invalid time") => self
                .at(
                    span,
                    format!("there is no such {}", date.trim_start_matches("invalid ")),
                )
                .help("write a date as 2017-10-03 and an hour as 2017-10-03T10:00:00"),
            _ if hidden => self
                .at(span, "the file cannot be read as TOML here")
                .help("write key = \"text\", with both quotes, and no password"),
            other => self
                .at(span, format!("the file cannot be read as TOML: {other}"))
                .help("write key = \"text\", key = 12, key = true or key = 2017-10-03"),
        }
    }

    fn unknown_key(&self, span: Range<usize>, key: &str, message: &str) -> Problem {
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        let problem = self.at(span, format!("unknown key `{key}`"));
        if key.to_lowercase().starts_with("pass") || may_hold_secret(key) {
            return problem
                .help("a password never stands in this file: say where it is")
                .help(
                    "write password_command, password_file, password_env or password_credential",
                );
        }
        match suggestion(key, &known) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!(
                "the keys that can stand here: {}",
                known.join(", ")
            )),
        }
    }

    fn wrong_type(&self, span: Range<usize>, found: &str, wanted: &str) -> Problem {
        let key = self.key_before(span.start);
        let kind = found.split([' ', '`']).next().unwrap_or_default();
        let kind = match kind {
            "string" => "text",
            "integer" => "a number",
            "floating" => "a number with a point",
            "boolean" => "true or false",
            "sequence" => "a list",
            "map" => "a table",
            "datetime" => "a date",
            other => other,
        };
        let (wanted, help) = match wanted {
            "i64" => ("a whole number", "write it without quotes, as in 12"),
            "a boolean" => ("true or false", "write true or false, without quotes"),
            "a string" => ("text", "write it in quotes, as in \"…\""),
            "a sequence" => ("a list", "write it in brackets, as in [\"…\", \"…\"]"),
            "struct RawSpan" => (
                "begin and end",
                "write { from = 2017-10-03T10:00:00, to = 2017-10-03T12:00:00 }",
            ),
            _ => (
                "a table",
                "write it as a heading in brackets, its keys below",
            ),
        };
        let what = match key {
            Some(key) => format!("`{key}` wants {wanted}, not {kind}"),
            None => format!("{wanted} is wanted here, not {kind}"),
        };
        self.at(span, what).help(help)
    }

    /// Gives the key whose value begins at a place, by the text before it.
    fn key_before(&self, start: usize) -> Option<&str> {
        let before = self.text.get(..start)?;
        let (before, _) = before.rsplit_once('=')?;
        before
            .trim_end()
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .next()
            .filter(|key| !key.is_empty())
    }

    fn marked(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }
}

/// Says an IO error in a few words, without its number.
pub(super) fn words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

/// Gives the known word that was probably meant.
pub(super) fn suggestion<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    /// Above this two words look alike; `place` and `phone` stay apart.
    const ALIKE: f64 = 0.86;
    let word = word.to_lowercase();
    let meant = OTHER_NAMES
        .iter()
        .filter(|(other, _)| *other == word)
        .find_map(|(_, key)| known.iter().find(|k| *k == key));
    if let Some(meant) = meant {
        return Some(meant);
    }
    known
        .iter()
        .map(|k| (strsim::jaro_winkler(&word, &k.to_lowercase()), *k))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.split_once(after).map(|(x, _)| x)
}
