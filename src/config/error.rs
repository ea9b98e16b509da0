//! What is wrong with a file of the configuration, shown like a compiler does: file, line, column, key,
//! what is wrong and what to write instead.
//!
//! A line that may hold a secret is never shown, only its place is.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};

/// Exit code of a configuration that cannot work (EX_CONFIG of sysexits).
pub const EXIT_CONFIG: u8 = 78;

/// Everything that is wrong with the configuration or the catalogue; never empty.
#[derive(Debug, Clone, thiserror::Error)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file it is in.
    pub file: PathBuf,
    /// What is wrong, naming the key; lower case, no full stop.
    pub what: String,
    /// A few words beside the marked place; may be empty.
    pub label: String,
    /// What to write instead, one line each.
    pub help: Vec<String>,
    /// The text of the file and the marked bytes of it, if there is a place to show.
    place: Option<(Arc<str>, Range<usize>)>,
}

impl ConfigError {
    /// Makes one error of several problems; `None` if there are none.
    pub fn of(mut problems: Vec<Problem>) -> Option<ConfigError> {
        problems.sort_by_cached_key(|p| (p.file.clone(), p.place.as_ref().map(|(_, at)| at.start)));
        (!problems.is_empty()).then_some(ConfigError { problems })
    }

    /// Gives the problems, in order of file and place.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Gives the problems away.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Gives the exit code (sysexits).
    pub fn exit_code(&self) -> u8 {
        EXIT_CONFIG
    }

    /// Gives the whole text for people, ending in a line end; in colour only if asked.
    pub fn render(&self, colour: Colour) -> String {
        let mut text = String::new();
        for problem in &self.problems {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&problem.render(colour));
            text.push('\n');
        }
        text
    }

    /// Gives one line a problem, `file:line:column: what`, for logs and the digest.
    pub fn lines(&self) -> Vec<String> {
        self.problems.iter().map(Problem::line).collect()
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> ConfigError {
        ConfigError {
            problems: vec![problem],
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(Colour::Never).trim_end())
    }
}

/// Whether a text for people is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    Always,
    /// For files, logs and tests.
    Never,
}

impl Problem {
    /// Describes a problem of a file as a whole.
    pub fn of_file(file: &Path, what: impl Into<String>) -> Problem {
        Problem {
            file: file.to_owned(),
            what: what.into(),
            label: String::new(),
            help: Vec::new(),
            place: None,
        }
    }

    /// Describes a problem at a place of a file's text.
    pub(super) fn at(
        file: &Path,
        text: &Arc<str>,
        span: Range<usize>,
        what: impl Into<String>,
    ) -> Problem {
        Problem {
            place: Some((Arc::clone(text), on_one_line(text, span))),
            ..Problem::of_file(file, what)
        }
    }

    /// Adds a line that says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help.push(help.into());
        self
    }

    /// Sets the few words beside the marked place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Problem {
        self.label = label.into();
        self
    }

    /// Gives line and column of the marked place, from 1, in characters.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let (text, span) = self.place.as_ref()?;
        let before = text.get(..span.start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next()?.chars().count() + 1;
        Some((line, column))
    }

    /// Gives the problem in one line: `file:line:column: what`.
    pub fn line(&self) -> String {
        let file = self.file.display();
        match self.line_and_column() {
            Some((line, column)) => format!("{file}:{line}:{column}: {}", self.what),
            None => format!("{file}: {}", self.what),
        }
    }

    fn render(&self, colour: Colour) -> String {
        let file = self.file.display().to_string();
        let mut elements: Vec<Element<'_>> = Vec::new();
        match (&self.place, self.line_and_column()) {
            (Some((text, span)), Some(_)) if !hides(text, span.start) => {
                let mut mark = AnnotationKind::Primary.span(span.clone());
                if !self.label.is_empty() {
                    mark = mark.label(self.label.as_str());
                }
                let snippet = Snippet::source(&**text).path(file.as_str());
                elements.push(snippet.annotation(mark).into());
            }
            (_, Some((line, column))) => {
                let origin = Origin::path(file.as_str()).line(line).char_column(column);
                elements.push(origin.into());
            }
            (_, None) => elements.push(Origin::path(file.as_str()).into()),
        }
        for help in &self.help {
            elements.push(Level::HELP.message(help.as_str()).into());
        }
        let report = [Level::ERROR
            .primary_title(self.what.as_str())
            .elements(elements)];
        match colour {
            Colour::Always => Renderer::styled().render(&report),
            Colour::Never => Renderer::plain().render(&report),
        }
    }
}

/// Cuts a span to its first line, so that the mark stays short, and to the text.
fn on_one_line(text: &str, span: Range<usize>) -> Range<usize> {
    let start = floor(text, span.start);
    let end = floor(text, span.end.max(start));
    let first = text
        .get(start..end)
        .and_then(|marked| marked.find('\n'))
        .map_or(end, |at| start + at);
    start..first
}

/// Gives the nearest character boundary at or before a byte index.
fn floor(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index = index.saturating_sub(1);
    }
    index
}

/// Gives the line that a byte index stands in.
pub(super) fn line_at(text: &str, index: usize) -> &str {
    let index = floor(text, index);
    let (before, after) = text.split_at_checked(index).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').map_or(text.len(), |at| index + at);
    text.get(start..end).unwrap_or_default()
}

/// Says whether the line at a place must not be shown: it may hold a secret, or stand in a text of
/// several lines that began with one.
fn hides(text: &str, at: usize) -> bool {
    let at = floor(text, at);
    let before = text.get(..at).unwrap_or_default();
    let written =
        |line: &str| may_hold_secret(line) && !line.trim().starts_with("password_command");
    may_hold_secret(line_at(text, at)) || before.lines().any(written)
}

/// Says whether a line may hold a secret itself, not only where one is found.
pub(super) fn may_hold_secret(line: &str) -> bool {
    let key = line.split('=').next().unwrap_or_default().to_lowercase();
    let names_one = ["pass", "secret", "token", "mdp"]
        .iter()
        .any(|word| key.contains(word));
    let says_where = ["_file", "_env", "_credential"]
        .iter()
        .any(|end| key.trim().ends_with(end));
    names_one && !says_where
}
