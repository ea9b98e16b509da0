//! Which parts of a message are its body, and their text: text/plain preferred, HTML where there is
//! no plain text worth the name; attachments are never opened.

use mail_parser::{Message as Parsed, MessagePart, MimeHeaders, PartType};

use super::{Attachment, Message, charset, dsn, html};

/// Deepest multipart looked into.
const DEPTH_MAX: usize = 30;
/// Most parts looked at in one message.
const PARTS_MAX: usize = 2000;
/// Most attached messages read.
const ATTACHED_MAX: usize = 20;
/// Deepest attached message read.
pub(super) const ATTACHED_DEPTH_MAX: usize = 2;
/// Most attachments and calendar parts listed.
const ATTACHMENTS_MAX: usize = 200;
/// Most parts of a delivery report kept.
const REPORT_PARTS_MAX: usize = 20;
/// A plain part shorter than this beside a longer HTML one may be a stub (« votre logiciel ne lit
/// pas le HTML »).
const STUB_CHARS_MAX: usize = 220;

/// Rows that make a table of data: one alone is layout.
const TABLE_ROWS_MIN: usize = 2;

/// A piece of the body; HTML is turned to text only if it is chosen, or may tell more than the plain
/// text beside it.
enum Piece {
    Plain(String),
    Html(String),
    Rendered(html::Rendered),
}

impl Piece {
    fn is_html(&self) -> bool {
        !matches!(self, Piece::Plain(_))
    }

    fn rendered(self) -> Piece {
        match self {
            Piece::Html(source) => Piece::Rendered(html::render(&source)),
            piece => piece,
        }
    }

    fn text(&self) -> &str {
        match self {
            Piece::Plain(text) | Piece::Html(text) => text,
            Piece::Rendered(rendered) => &rendered.text,
        }
    }

    /// Says whether HTML says what plain text beside it cannot: struck-through words, a table's order.
    fn tells_more(&self) -> bool {
        match self {
            Piece::Rendered(rendered) => rendered.struck || rendered.rows >= TABLE_ROWS_MIN,
            _ => false,
        }
    }
}

/// Walks the parts of a message into its view.
pub(super) struct Walk<'a, 'x> {
    pub parsed: &'a Parsed<'x>,
    pub depth: usize,
    pub seen: usize,
    pub view: &'a mut Message,
    /// The parts that only delivery reports have.
    pub report: dsn::ReportParts,
}

impl<'x> Walk<'_, 'x> {
    /// Fills `text`, `attached`, `calendars` and `attachments` of the view.
    pub fn run(&mut self) {
        if self.parsed.parts.is_empty() {
            return;
        }
        let pieces: Vec<Piece> = self.part(0, 0).into_iter().map(Piece::rendered).collect();
        self.view.from_html = pieces.iter().any(Piece::is_html);
        let texts: Vec<&str> = pieces.iter().map(Piece::text).collect();
        self.view.text = tidy(&texts.join("\n"));
    }

    fn part(&mut self, id: u32, level: usize) -> Vec<Piece> {
        self.seen += 1;
        let parsed = self.parsed;
        let Some(part) = parsed.part(id) else {
            return Vec::new();
        };
        if self.seen > PARTS_MAX || level > DEPTH_MAX {
            return Vec::new();
        }
        match &part.body {
            PartType::Multipart(children) => {
                let alternative = part
                    .content_type()
                    .is_some_and(|ct| ct.subtype() == Some("alternative"));
                let pieces: Vec<Vec<Piece>> = children
                    .iter()
                    .take(PARTS_MAX)
                    .map(|child| self.part(*child, level + 1))
                    .collect();
                if alternative {
                    choose(pieces)
                } else {
                    pieces.into_iter().flatten().collect()
                }
            }
            PartType::Message(inner) => {
                self.attach(inner);
                Vec::new()
            }
            _ => self.leaf(part, id == 0),
        }
    }

    fn attach(&mut self, inner: &Parsed<'x>) {
        if self.depth < ATTACHED_DEPTH_MAX && self.view.attached.len() < ATTACHED_MAX {
            let attached = super::view(inner, self.depth + 1);
            self.view.attached.push(attached);
        } else {
            self.list(String::new(), "message/rfc822", inner.raw_message.len());
        }
    }

    fn leaf(&mut self, part: &MessagePart<'x>, root: bool) -> Vec<Piece> {
        let content_type = mime_type(part);
        let name = part.attachment_name().unwrap_or_default();
        if content_type == "text/calendar" || content_type == "application/ics" {
            if self.view.calendars.len() < ATTACHMENTS_MAX {
                let method = part
                    .content_type()
                    .and_then(|ct| ct.attribute("method"))
                    .unwrap_or_default()
                    .to_ascii_uppercase();
                let text = self.text_of(part);
                self.view.calendars.push((method, text));
            }
            return Vec::new();
        }
        if dsn::is_report_part(&content_type) && self.report.len() < REPORT_PARTS_MAX {
            self.report.push((content_type.clone(), self.text_of(part)));
        }
        let disposed = part
            .content_disposition()
            .is_some_and(|disposition| disposition.is_attachment());
        // A multipart without its boundary is one text.
        let readable = matches!(content_type.as_str(), "text/plain" | "text/html")
            || content_type.starts_with("multipart/");
        let odd_root = root && !disposed && matches!(part.body, PartType::Text(_));
        let is_text = matches!(part.body, PartType::Text(_) | PartType::Html(_));
        if is_text && (readable || odd_root) && !disposed && (name.is_empty() || root) {
            return vec![self.piece(part, content_type == "text/html")];
        }
        self.list(name.to_owned(), &content_type, part.contents().len());
        Vec::new()
    }

    fn piece(&self, part: &MessagePart<'x>, is_html: bool) -> Piece {
        let text = self.text_of(part);
        if is_html {
            return Piece::Html(text);
        }
        let attribute = |name: &str| part.content_type().and_then(|ct| ct.attribute(name));
        let is =
            |value: Option<&str>, word: &str| value.is_some_and(|v| v.eq_ignore_ascii_case(word));
        let text = if is(attribute("format"), "flowed") {
            flowed(&text, is(attribute("delsp"), "yes"))
        } else {
            text
        };
        Piece::Plain(without_uuencoded(&text))
    }

    /// Gives a text part's contents: decoded anew from the raw bytes, because the library reads
    /// mislabelled charsets lossily and gives up on a broken transfer encoding.
    fn text_of(&self, part: &MessagePart<'x>) -> String {
        let raw = self
            .parsed
            .raw_message
            .get(part.offset_body as usize..part.offset_end as usize)
            .unwrap_or_default();
        let label = part
            .content_transfer_encoding()
            .map(|value| value.trim().to_ascii_lowercase())
            .unwrap_or_default();
        let encoding = match label.as_str() {
            "quoted-printable" => mail_parser::Encoding::QuotedPrintable,
            "base64" => mail_parser::Encoding::Base64,
            _ => mail_parser::Encoding::None,
        };
        let charset = part.content_type().and_then(|ct| ct.attribute("charset"));
        let text = charset::decode(&charset::undo(encoding, raw), charset);
        text.replace("\r\n", "\n").replace(['\r', '\0'], "\n")
    }

    fn list(&mut self, name: String, content_type: &str, bytes: usize) {
        if self.view.attachments.len() < ATTACHMENTS_MAX {
            self.view.attachments.push(Attachment {
                name,
                content_type: content_type.to_owned(),
                bytes,
            });
        }
    }
}

/// Gives `type/subtype` in lower case; text/plain where nothing is declared (RFC 2045 §5.2).
pub(super) fn mime_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(ct) => {
            let subtype = ct.subtype().unwrap_or("plain");
            format!("{}/{subtype}", ct.ctype()).to_ascii_lowercase()
        }
        None => "text/plain".to_owned(),
    }
}

/// Of alternatives takes the plain one, unless it is empty or a stub, or the HTML tells more.
fn choose(alternatives: Vec<Vec<Piece>>) -> Vec<Piece> {
    let says = |piece: &Piece| piece.text().chars().any(char::is_alphanumeric);
    let (html, plain): (Vec<_>, Vec<_>) = alternatives
        .into_iter()
        .filter(|pieces| !pieces.is_empty())
        .partition(|pieces| pieces.iter().any(Piece::is_html));
    let plain = plain.into_iter().max_by_key(|pieces| {
        let lengths = pieces.iter().map(|piece| piece.text().len());
        lengths.sum::<usize>()
    });
    // The last alternative is the richest (RFC 2046 §5.1.4).
    let html = html.into_iter().next_back().unwrap_or_default();
    let Some(plain) = plain.filter(|pieces| pieces.iter().any(says)) else {
        return html;
    };
    let stub = plain.iter().any(|piece| is_stub(piece.text()));
    let may = |piece: &Piece| matches!(piece, Piece::Html(source) if html::may_tell_more(source));
    if !stub && !html.iter().any(may) {
        return plain;
    }
    let html: Vec<Piece> = html.into_iter().map(Piece::rendered).collect();
    let better = stub || html.iter().any(Piece::tells_more);
    if better && html.iter().any(says) {
        html
    } else {
        plain
    }
}

/// Says whether a plain part only says that the mail is HTML.
fn is_stub(text: &str) -> bool {
    let text = text.trim();
    if text.chars().count() > STUB_CHARS_MAX {
        return false;
    }
    let lower = text.to_lowercase();
    lower.contains("html") && super::super::screening::words::words().stubs.are_in(&lower)
}

/// Joins the lines of format=flowed text (RFC 3676 §4), quoted ones by their depth.
fn flowed(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open_depth: Option<usize> = None;
    for line in text.split('\n') {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = line.get(depth..).unwrap_or_default();
        let content = content.strip_prefix(' ').unwrap_or(content);
        if open_depth != Some(depth) {
            if open_depth.is_some() {
                out.push('\n');
            }
            if depth > 0 {
                out.push_str(&"> ".repeat(depth));
            }
        }
        let signature = content == "-- ";
        let soft = content.ends_with(' ') && !signature;
        if signature && open_depth == Some(depth) {
            out.push('\n');
        }
        match content.strip_suffix(' ') {
            Some(cut) if soft && delete_space => out.push_str(cut),
            _ => out.push_str(content),
        }
        if soft {
            open_depth = Some(depth);
        } else {
            open_depth = None;
            out.push('\n');
        }
    }
    out
}

/// Takes out files that old programs put into the text (`begin 644 name` … `end`).
fn without_uuencoded(text: &str) -> String {
    if !text.contains("begin ") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.lines() {
        let begins = line.strip_prefix("begin ").is_some_and(|rest| {
            let mode = rest.split(' ').next().unwrap_or_default();
            mode.len() >= 3 && mode.bytes().all(|b| b.is_ascii_digit())
        });
        inside |= begins;
        if !inside {
            out.push_str(line);
            out.push('\n');
        }
        inside &= line.trim_end() != "end";
    }
    out
}

/// Trims line ends, folds runs of blank lines to one, drops those at both ends; ends in one LF.
pub(super) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blanks = 0usize;
    for line in text.lines() {
        // The signature mark `-- ` (RFC 3676 §4.3) keeps its blank.
        let trimmed = if line == "-- " { line } else { line.trim_end() };
        if trimmed.is_empty() {
            blanks += 1;
            continue;
        }
        if blanks > 0 && !out.is_empty() {
            out.push('\n');
        }
        blanks = 0;
        out.push_str(trimmed);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic
    )]
    use super::*;

    #[test]
    fn flowed_lines_are_joined_by_depth() {
        let text = "Bonjour, \nje viens.\n\n> Qui \n> vient ?\n>> x\n-- \nZoé\n";
        let joined = "Bonjour, je viens.\n\n> Qui vient ?\n> > x\n-- \nZoé\n";
        assert_eq!(tidy(&flowed(text, false)), joined);
        assert_eq!(flowed("inscrip \ntion", true), "inscription\n");
        assert_eq!(flowed(" From here", false), "From here\n");
    }

    #[test]
    fn uuencoded_files_are_no_text() {
        let text = "a\nbegin 644 x.txt\n#0V%T\n`\nend\nb begin 644\n";
        assert_eq!(without_uuencoded(text), "a\nb begin 644\n");
    }
}
