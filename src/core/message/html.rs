//! HTML to text, in one pass without a tree: linear in the size of the mail, whatever its nesting.
//!
//! What reading needs and a browser's rendering loses: struck-through and hidden text is left out,
//! blockquotes become `> `, table cells are parted by ` | `, list items begin with `- `, and the line
//! that mail programs draw above a quoted mail stays a line of underscores.

use tags::{
    BLOCKS, QUOTED_MARKS, SPACED, STRUCK, UNSEEN, VOID, entities, hidden, is_layout_quote, tag_end,
};

mod tags;

/// Bytes of HTML looked at: more is layout or an attack, never somebody's request.
const HTML_BYTES_MAX: usize = 512 << 10;
/// Deepest nesting kept; deeper elements are read, but their ends are not matched.
const DEPTH_MAX: usize = 400;
/// How far up an inline element's beginning is looked for.
const NEAR: usize = 60;
/// Deepest blockquote shown.
const QUOTE_DEPTH_MAX: usize = 12;
/// The line that stands for `<hr>`.
const RULE: &str = "________________________________";

/// An HTML body as text.
pub struct Rendered {
    /// The text, LF line ends.
    pub text: String,
    /// True if something was struck through: a plain alternative would still say it.
    pub struck: bool,
    /// Rows of two cells or more that hold text, outside quotes: a plain alternative loses their order.
    pub rows: usize,
}

/// Gives the text of an HTML body with LF line ends.
pub fn render(html: &str) -> Rendered {
    let mut cut = HTML_BYTES_MAX.min(html.len());
    while !html.is_char_boundary(cut) {
        cut -= 1;
    }
    let mut page = Page::default();
    page.read(html.get(..cut).unwrap_or_default());
    page.break_line();
    Rendered {
        text: super::body::tidy(&page.out),
        struck: page.struck,
        rows: page.rows,
    }
}

/// Says cheaply whether HTML may hold struck-through words or a table of data.
pub fn may_tell_more(html: &str) -> bool {
    const SIGNS: &[&str] = &[
        "<s>",
        "<s ",
        "<S>",
        "<S ",
        "<del",
        "<DEL",
        "<strike",
        "<STRIKE",
        "line-through",
        "LINE-THROUGH",
        "Line-Through",
        "<td",
        "<TD",
    ];
    SIGNS.iter().any(|sign| html.contains(sign))
}

/// An open element.
struct Open {
    name: String,
    unseen: bool,
    struck: bool,
    quoted: bool,
    pre: bool,
    /// Paragraphs of a web page are spaced; Outlook's `MsoNormal` are lines.
    spaced: bool,
}

/// The line end that is due before the next text; in a table the next cell takes it back.
#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pending {
    #[default]
    Nothing,
    Line,
    Blank,
}

#[derive(Default)]
struct Page {
    out: String,
    line: String,
    stack: Vec<Open>,
    unseen: usize,
    quoted: usize,
    pre: usize,
    /// Open elements by name, so that an end tag without a beginning costs nothing.
    counts: std::collections::HashMap<String, usize>,
    pending: Pending,
    space_wanted: bool,
    /// Cells begun in the present row; 0 outside.
    cells: usize,
    lists: Vec<Option<u32>>,
    struck: bool,
    rows: usize,
}

impl Page {
    fn read(&mut self, html: &str) {
        let mut rest = html;
        let mut no_more_comments = false;
        while let Some(at) = rest.find('<') {
            let (text, tail) = rest.split_at(at);
            self.text(text);
            rest = tail;
            if let Some(body) = rest.strip_prefix("<!--") {
                // An unclosed comment hides nothing; it is searched for once only.
                let end = if no_more_comments {
                    None
                } else {
                    body.find("-->")
                };
                no_more_comments |= end.is_none();
                rest = match end {
                    Some(end) => body.get(end + 3..).unwrap_or_default(),
                    None => body,
                };
                continue;
            }
            let opens = rest
                .get(1..)
                .and_then(|r| r.chars().next())
                .is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
            let end = if opens { tag_end(rest) } else { None };
            match end {
                Some(end) => {
                    self.tag(rest.get(1..end).unwrap_or_default());
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                None => {
                    self.text("<");
                    rest = rest.get(1..).unwrap_or_default();
                }
            }
        }
        self.text(rest);
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.unseen > 0 {
            self.struck |= !text.trim().is_empty() && self.stack.iter().any(|open| open.struck);
            return;
        }
        let decoded = entities(text);
        for c in decoded.chars() {
            match c {
                '\u{200b}' | '\u{200c}' | '\u{feff}' | '\u{ad}' | '\r' => {}
                '\n' if self.pre > 0 => self.end_line(),
                c if self.pre > 0 => self.put(c),
                // A no-break space is kept as a space, else it would hide from the words around.
                c if c.is_ascii_whitespace() => self.space_wanted = true,
                '\u{a0}' => self.space_wanted = true,
                c => self.put(c),
            }
        }
    }

    fn put(&mut self, c: char) {
        self.settle();
        if std::mem::take(&mut self.space_wanted)
            && !self.line.is_empty()
            && !self.line.ends_with(' ')
        {
            self.line.push(' ');
        }
        self.line.push(c);
    }

    fn want(&mut self, pending: Pending) {
        self.pending = self.pending.max(pending);
        self.space_wanted = false;
    }

    /// Does what is pending.
    fn settle(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if pending == Pending::Nothing {
            return;
        }
        let mark_only = self.cells > 0 && self.line.ends_with("| ") || self.line.ends_with("- ");
        if mark_only {
            return;
        }
        if !self.line.trim().is_empty() {
            self.end_line();
        }
        self.line.clear();
        if pending == Pending::Blank && !self.out.is_empty() {
            self.end_line();
        }
    }

    /// Writes the present line out; an empty one is a blank line.
    fn end_line(&mut self) {
        self.space_wanted = false;
        let depth = self.quoted.min(QUOTE_DEPTH_MAX);
        self.rows += usize::from(depth == 0 && self.cells > 1 && self.line.contains(" | "));
        for _ in 0..depth {
            self.out.push_str("> ");
        }
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end().trim_end_matches(" |").trim_end();
        self.out.push_str(line);
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.push('\n');
    }

    /// Ends the line now if something stands on it.
    fn break_line(&mut self) {
        if self.line.trim().is_empty() {
            self.line.clear();
        } else {
            self.end_line();
        }
        self.space_wanted = false;
    }

    fn tag(&mut self, tag: &str) {
        let closing = tag.starts_with('/');
        let body = tag.trim_start_matches('/');
        let name_end = body
            .find(|c: char| c.is_whitespace() || c == '/')
            .unwrap_or(body.len());
        let (name, attributes) = body.split_at(name_end);
        let name = name.to_ascii_lowercase();
        if name.starts_with(['!', '?']) {
            return;
        }
        if closing {
            self.close(&name);
        } else {
            self.open(name, attributes);
        }
    }

    fn open(&mut self, name: String, attributes: &str) {
        match name.as_str() {
            "br" if self.unseen == 0 => {
                self.settle();
                self.end_line();
                return;
            }
            "hr" if self.unseen == 0 => {
                self.break_line();
                self.line.push_str(RULE);
                self.break_line();
                return;
            }
            _ if VOID.contains(&name.as_str()) => return,
            "td" | "th" if self.unseen == 0 => self.cell(),
            "li" if self.unseen == 0 => self.item(),
            "tr" => {
                // Now, not before the next text: empty cells would glue two rows.
                self.break_line();
                self.cells = 0;
            }
            block if BLOCKS.contains(&block) => self.begin_block(block),
            _ => {}
        }
        let lower = attributes.to_ascii_lowercase();
        let spaced = SPACED.contains(&name.as_str())
            && !(lower.contains("msonormal") || lower.contains("margin:0"));
        let struck = STRUCK.contains(&name.as_str()) || lower.contains("line-through");
        let open = Open {
            struck,
            unseen: struck || UNSEEN.contains(&name.as_str()) || hidden(&lower),
            quoted: name == "blockquote" && !is_layout_quote(&lower)
                || QUOTED_MARKS.iter().any(|mark| lower.contains(mark)),
            pre: name == "pre",
            spaced,
            name,
        };
        if open.spaced {
            self.want(Pending::Blank);
        }
        if self.stack.len() >= DEPTH_MAX {
            return;
        }
        if open.quoted {
            self.settle();
            self.break_line();
        }
        self.unseen += usize::from(open.unseen);
        self.quoted += usize::from(open.quoted);
        self.pre += usize::from(open.pre);
        *self.counts.entry(open.name.clone()).or_default() += 1;
        self.stack.push(open);
    }

    fn begin_block(&mut self, name: &str) {
        self.want(Pending::Line);
        match name {
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(0)),
            _ => {}
        }
    }

    fn cell(&mut self) {
        if self.cells > 0 && !self.line.trim().is_empty() {
            self.pending = Pending::Nothing;
            self.space_wanted = false;
            while self.line.ends_with(' ') {
                self.line.pop();
            }
            self.line.push_str(" | ");
        }
        self.cells += 1;
    }

    fn item(&mut self) {
        self.want(Pending::Line);
        self.settle();
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                self.line = format!("{number}. ");
            }
            _ => self.line.push_str("- "),
        }
    }

    fn close(&mut self, name: &str) {
        if self.counts.get(name).is_none_or(|count| *count == 0) {
            if name == "p" {
                self.want(Pending::Blank);
            }
            return;
        }
        // An inline element's stray end does not end the cell or quote around it.
        let inline = !BLOCKS.contains(&name) && !matches!(name, "td" | "th");
        let walls = |open: &&Open| matches!(open.name.as_str(), "td" | "th" | "blockquote");
        if inline {
            let near = self.stack.iter().rev().take(NEAR).take_while(|o| !walls(o));
            if !near.into_iter().any(|open| open.name == name) {
                return;
            }
        }
        while let Some(open) = self.stack.pop() {
            let done = open.name == name;
            self.end(open);
            if done {
                break;
            }
        }
    }

    fn end(&mut self, open: Open) {
        if let Some(count) = self.counts.get_mut(&open.name) {
            *count = count.saturating_sub(1);
        }
        let name = open.name.as_str();
        if self.unseen == 0 {
            match name {
                "tr" => {
                    self.break_line();
                    self.cells = 0;
                }
                // The space around a paragraph does not reach out of its cell.
                "td" | "th" => self.pending = self.pending.min(Pending::Line),
                _ if open.quoted => self.break_line(),
                _ if BLOCKS.contains(&name) => self.want(Pending::Line),
                _ => {}
            }
            if open.spaced {
                self.want(Pending::Blank);
            }
        }
        if matches!(name, "ul" | "ol") {
            self.lists.pop();
        }
        self.unseen = self.unseen.saturating_sub(usize::from(open.unseen));
        self.quoted = self.quoted.saturating_sub(usize::from(open.quoted));
        self.pre = self.pre.saturating_sub(usize::from(open.pre));
    }
}

#[cfg(test)]
mod tests;
