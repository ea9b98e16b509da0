//! One level of a body: which lines are new, which are quoted.
//!
//! Every line is looked at a bounded number of times, so that the cost is linear.

use super::header::{self, Header};

/// A stretch of one level.
pub enum Segment<'a> {
    /// Written at this level.
    New(Vec<&'a str>),
    /// Quoted at this level, its marks taken off.
    Quoted(Raw<'a>),
}

/// A quote before it is taken apart.
#[derive(Default)]
pub struct Raw<'a> {
    /// What its header line or block says.
    pub header: Header,
    /// Its lines, one level of marks taken off.
    pub lines: Vec<&'a str>,
    /// True if it was announced as forwarded.
    pub forwarded: bool,
    /// True if it bears no marks and so reaches to the end.
    pub tail: bool,
    /// New pieces that directly follow a quoted line, with that line.
    pub answered: Vec<(String, String)>,
}

/// Cuts one level.
pub fn cut<'a>(lines: &[&'a str]) -> Vec<Segment<'a>> {
    let mut cutter = Cutter {
        lines,
        segments: Vec::new(),
        new: Vec::new(),
    };
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at = cutter.step(at, line);
    }
    cutter.flush();
    cutter.segments
}

struct Cutter<'l, 'a> {
    lines: &'l [&'a str],
    segments: Vec<Segment<'a>>,
    new: Vec<&'a str>,
}

impl<'a> Cutter<'_, 'a> {
    /// Takes in the line at `at` and whatever belongs to it; gives where to go on.
    fn step(&mut self, at: usize, line: &'a str) -> usize {
        if line.trim().is_empty() {
            self.new.push(line);
            return at + 1;
        }
        if let Some(header) = header::angled(line) {
            self.tail(at + 1, header, false);
            return self.lines.len();
        }
        if is_quoted(line) {
            return self.gather(at, Header::default(), false);
        }
        let Some(found) = header::find(self.lines, at) else {
            self.new.push(line);
            return at + 1;
        };
        if !found.before.is_empty() {
            self.new.push(found.before);
        }
        while self.new.last().is_some_and(|line| is_rule(line)) {
            self.new.pop();
        }
        let next = self.skip_blanks(found.end);
        if self.lines.get(next).is_some_and(|line| is_quoted(line)) {
            return self.gather(next, found.header, found.forwarded);
        }
        self.tail(found.end, found.header, found.forwarded);
        self.lines.len()
    }

    /// Takes the rest as quoted.
    fn tail(&mut self, from: usize, header: Header, forwarded: bool) {
        self.flush();
        self.segments.push(Segment::Quoted(Raw {
            header,
            lines: self.lines.get(from..).unwrap_or_default().to_vec(),
            forwarded,
            tail: true,
            answered: Vec::new(),
        }));
    }

    /// Takes in the `>` lines from `at` on; without a header they go on with the quote before, if
    /// that bore marks too.
    fn gather(&mut self, at: usize, header: Header, forwarded: bool) -> usize {
        let mut quoted = Vec::new();
        let mut end = at;
        while let Some(line) = self.lines.get(end) {
            if is_quoted(line) {
                quoted.push(strip(line));
            } else if line.trim().is_empty() {
                let next = self.skip_blanks(end);
                if !self.lines.get(next).is_some_and(|line| is_quoted(line)) {
                    break;
                }
                quoted.extend(std::iter::repeat_n("", next - end));
                end = next;
                continue;
            } else if self.is_broken_wrap(end) {
                quoted.push(line);
            } else {
                break;
            }
            end += 1;
        }
        let bare = header.is_empty() && !forwarded;
        let between = std::mem::take(&mut self.new);
        let written = between.iter().any(|line| !line.trim().is_empty());
        match self.segments.last_mut() {
            Some(Segment::Quoted(before)) if bare && !before.tail => {
                note_answer(before, &between);
                if written {
                    before.lines.push("");
                }
                before.lines.extend(quoted);
                if written {
                    let here = self.segments.len() - 1;
                    self.segments.insert(here, Segment::New(between));
                }
            }
            _ => {
                self.new = between;
                self.flush();
                self.segments.push(Segment::Quoted(Raw {
                    header,
                    lines: quoted,
                    forwarded,
                    ..Raw::default()
                }));
            }
        }
        end
    }

    /// Says whether an unmarked line is the end of the quoted one before, broken by some program.
    fn is_broken_wrap(&self, at: usize) -> bool {
        const LONG: usize = 60;
        const SHORT: usize = 30;
        let before = at.checked_sub(1).and_then(|before| self.lines.get(before));
        let (Some(before), Some(line)) = (before, self.lines.get(at)) else {
            return false;
        };
        let after = self.lines.get(at + 1).copied().unwrap_or_default();
        is_quoted(before)
            && is_quoted(after)
            && !strip(after).trim().is_empty()
            && before.chars().count() >= LONG
            && !before.ends_with([':', '?', '.', '!'])
            && line.chars().count() <= SHORT
            && line.starts_with(char::is_lowercase)
    }

    fn skip_blanks(&self, at: usize) -> usize {
        let rest = self.lines.get(at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|line| line.trim().is_empty());
        at + blanks.count()
    }

    fn flush(&mut self) {
        let new = std::mem::take(&mut self.new);
        if new.iter().all(|line| line.trim().is_empty()) {
            return;
        }
        if let Some(Segment::Quoted(before)) = self.segments.last_mut()
            && (new.first().is_some_and(|line| !line.trim().is_empty()) || asks(before))
        {
            note_answer(before, &new);
        }
        self.segments.push(Segment::New(new));
    }
}

/// Notes a new piece as the answer to the last quoted line before it.
fn note_answer(before: &mut Raw<'_>, piece: &[&str]) {
    let asked = before.lines.iter().rev().find(|l| !l.trim().is_empty());
    if let (Some(piece), Some(asked)) = (super::paragraph(piece), asked) {
        before.answered.push((piece, asked.trim().to_owned()));
    }
}

/// Says whether the last quoted line waits for an answer.
fn asks(before: &Raw<'_>) -> bool {
    let last = before.lines.iter().rev().find(|l| !l.trim().is_empty());
    last.is_some_and(|line| line.ends_with([':', '?']))
}

/// Says whether a line bears a quote mark.
pub fn is_quoted(line: &str) -> bool {
    const INDENT_MAX: usize = 3;
    let trimmed = line.trim_start();
    line.len() - trimmed.len() <= INDENT_MAX && trimmed.starts_with('>')
}

/// Takes one quote mark off.
fn strip(line: &str) -> &str {
    let rest = line.trim_start();
    let rest = rest.strip_prefix('>').unwrap_or(rest);
    rest.strip_prefix(' ').unwrap_or(rest)
}

/// Says whether a line is only drawn: blank, dashes, underscores, stars.
pub fn is_rule(line: &str) -> bool {
    line.trim()
        .chars()
        .all(|c| matches!(c, '_' | '-' | '*' | '=' | '–' | '—' | '~' | ' '))
}
