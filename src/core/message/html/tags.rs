//! Tags: which elements mean what, where a tag ends, what its attributes hide.

use mail_parser::decoders::html::add_html_token;

/// Elements whose contents are no text.
pub const UNSEEN: &[&str] = &[
    "script", "style", "head", "title", "template", "object", "svg", "select", "audio", "video",
    "iframe", "noframes", "textarea",
];
/// Elements that mean "taken away".
pub const STRUCK: &[&str] = &["s", "del", "strike"];
/// Elements that begin and end a line.
pub const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];
/// Blocks with a blank line around.
pub const SPACED: &[&str] = &[
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "dl",
];
/// Elements without contents.
pub const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "wbr", "o:p",
];
/// Classes and ids with which mail programs mark a quoted mail that stands in no blockquote.
pub const QUOTED_MARKS: &[&str] = &[
    "olk_src_body_section",
    "yahoo_quoted_inner",
    "moz-forward-container",
];

/// Gives the place of the `>` that ends a tag, minding quoted attribute values within a bound.
pub fn tag_end(tag: &str) -> Option<usize> {
    const TAG_BYTES_MAX: usize = 16 << 10;
    let mut quote = None;
    let mut first = None;
    for (at, byte) in tag.bytes().enumerate().take(TAG_BYTES_MAX) {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(at),
            (Some(_), b'>') => first = first.or(Some(at)),
            // A tag that another follows was never closed; its quote was a stray one.
            (None, b'<') if at > 0 => return None,
            _ => {}
        }
    }
    first
}

/// Says whether attributes (lower case) hide the contents.
pub fn hidden(attributes: &str) -> bool {
    if !attributes.contains("style") && !attributes.contains("hidden") {
        return false;
    }
    let dense: String = attributes.chars().filter(|c| !c.is_whitespace()).collect();
    dense.contains("display:none")
        || dense.contains("visibility:hidden")
        || dense.contains("mso-hide:all")
}

/// Says whether a blockquote only indents: Outlook's and webmail's indent buttons.
pub fn is_layout_quote(attributes: &str) -> bool {
    let dense: String = attributes.chars().filter(|c| !c.is_whitespace()).collect();
    dense.contains("margin:0000px")
        || dense.contains("margin:00040px") && dense.contains("border:none")
}

/// Replaces character references; an unknown one stays as it is.
pub fn entities(text: &str) -> String {
    const REFERENCE_BYTES_MAX: usize = 32;
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let end = tail
            .bytes()
            .take(REFERENCE_BYTES_MAX)
            .skip(1)
            .position(|b| !b.is_ascii_alphanumeric() && b != b'#')
            .map(|end| end + 1);
        let closed = end.filter(|end| tail.as_bytes().get(*end) == Some(&b';'));
        match closed.and_then(|end| tail.get(..=end)) {
            Some(token) => {
                add_html_token(&mut out, token.as_bytes(), false);
                rest = tail.get(token.len()..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = tail.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}
