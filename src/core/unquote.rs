//! The newly written text: quotes, signature and disclaimer set apart, kept, not thrown away.
//!
//! A body is cut in one pass over its lines: a `>` block ends where the marks end, and what stands
//! between such blocks is new; after a header block or a marker without marks all is quoted. What
//! is quoted is cut again the same way, level by level down to a limit, so that the cost stays
//! linear. Where it cannot be told who wrote a line, it counts as new: losing a word is worse.

use super::person::Address;
use cut::{Raw, Segment};

mod cut;
mod form;
mod header;
mod signature;
pub mod words;

/// Deepest `>` level taken apart; deeper text stays with its marks.
const DEPTH_MAX: usize = 12;
/// Most quotes told apart in one mail.
const QUOTES_MAX: usize = 500;

/// A body taken apart. All pieces keep the mail's own words and order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// What the sender wrote now, in order; pieces between interleaved quotes are parted by a blank line.
    pub new: String,
    /// Quoted or forwarded mails, outermost first.
    pub quotes: Vec<Quote>,
    /// The sender's signature block (name, function, structure, numbers), without `-- `.
    pub signature: String,
    /// Disclaimers, « Envoyé de mon iPhone », advertising of the mail program.
    pub boilerplate: String,
}

/// One quoted or forwarded mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    /// Whom the header line or block names as its writer: name or address, as written.
    pub from_name: Option<String>,
    /// The writer's address, lower case, if the header names it.
    pub from_email: Option<String>,
    /// The quoted mail's subject, if the header names it.
    pub subject: Option<String>,
    /// The quoted text with its quote marks taken off.
    pub text: String,
    /// True if the sender says that they forward it (« Message transféré », "Begin forwarded message").
    pub forwarded: bool,
    /// For interleaved answers: each new piece that directly follows a quoted line, with that line.
    /// A form filled in inside the quote gives (value, label line); its lines stand in `new` whole.
    pub answered: Vec<(String, String)>,
}

/// Takes a body apart.
pub fn unquote(text: &str) -> Parts {
    unquote_of(text, None)
}

/// Takes a body apart, knowing its author: a last paragraph that begins with their name and holds
/// nothing but details is their signature, also without a closing formula above it.
pub fn unquote_of(text: &str, author: Option<&Address>) -> Parts {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut parts = Parts::default();
    let mut new: Vec<String> = Vec::new();
    let mut signature: Vec<String> = Vec::new();
    let mut boilerplate: Vec<String> = Vec::new();
    for segment in cut::cut(&lines) {
        match segment {
            Segment::New(piece) => {
                let taken = signature::take(&piece, author);
                new.extend(paragraph(&taken.text));
                signature.extend(paragraph(&taken.signature));
                boilerplate.extend(paragraph(&taken.boilerplate));
            }
            Segment::Quoted(raw) => quote(raw, &mut parts.quotes, &mut new),
        }
    }
    parts.new = new.join("\n\n");
    parts.signature = signature.join("\n");
    parts.boilerplate = boilerplate.join("\n\n");
    parts
}

/// Takes one outermost quote apart, what was filled into its form included.
fn quote(raw: Raw<'_>, quotes: &mut Vec<Quote>, new: &mut Vec<String>) {
    let at = quotes.len();
    let filled = form::filled(&raw.lines);
    unfold(raw, 0, quotes);
    if filled.is_empty() {
        return;
    }
    let lines: Vec<&str> = filled.iter().map(|field| field.line.as_str()).collect();
    new.extend(paragraph(&lines));
    if let Some(quote) = quotes.get_mut(at) {
        let answers = filled.into_iter().map(|field| (field.value, field.label));
        quote.answered.extend(answers);
    }
}

/// Writes a quote and those inside it, outermost first.
fn unfold(raw: Raw<'_>, depth: usize, quotes: &mut Vec<Quote>) {
    let mut next = Some(raw);
    while let Some(raw) = next.take() {
        if quotes.len() >= QUOTES_MAX {
            return;
        }
        let at = quotes.len();
        let bare = raw.header.is_empty();
        quotes.push(Quote {
            from_name: raw.header.from_name,
            from_email: raw.header.from_email,
            subject: raw.header.subject,
            forwarded: raw.forwarded,
            answered: raw.answered,
            text: String::new(),
        });
        if depth >= DEPTH_MAX {
            put_text(quotes, at, &raw.lines.join("\n"));
            return;
        }
        let mut text: Vec<&str> = Vec::new();
        for segment in cut::cut(&raw.lines) {
            match segment {
                Segment::New(piece) => {
                    text.push("");
                    text.extend(piece);
                }
                Segment::Quoted(inner) if inner.tail => next = Some(inner),
                Segment::Quoted(inner) => unfold(inner, depth + 1, quotes),
            }
        }
        let text = paragraph(&text).unwrap_or_default();
        let wraps = next.is_some() || quotes.len() > at + 1;
        if !(text.is_empty() && bare && wraps) {
            put_text(quotes, at, &text);
            continue;
        }
        // Marks around a quote that bears its own header: one quote, not two.
        let shell = quotes.remove(at);
        if let Some(inner) = quotes.get_mut(at) {
            inner.forwarded |= shell.forwarded;
            inner.answered.extend(shell.answered);
        } else if let Some(inner) = &mut next {
            inner.forwarded |= shell.forwarded;
            inner.answered.extend(shell.answered);
        }
    }
}

fn put_text(quotes: &mut [Quote], at: usize, text: &str) {
    if let Some(quote) = quotes.get_mut(at) {
        quote.text = text.to_owned();
    }
}

/// Joins lines without the blank ones around; `None` if nothing is left.
fn paragraph(lines: &[&str]) -> Option<String> {
    let filled = |line: &&str| !line.trim().is_empty();
    let first = lines.iter().position(filled)?;
    let last = lines.iter().rposition(filled)?;
    let inner = lines.get(first..=last)?;
    let mut out = String::new();
    let mut blank = false;
    for line in inner {
        if line.trim().is_empty() {
            blank = true;
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        if std::mem::take(&mut blank) {
            out.push('\n');
        }
        out.push_str(line);
    }
    Some(out)
}

#[cfg(test)]
mod tests;
