//! The last touch on rendered text: wrapping and French spacing; no word is changed.

/// Longest line of the text alternative (RFC 5322 §2.1.1 asks for 78 and less).
pub const LINE_CHARS_MAX: usize = 76;

/// No-break space, before French double punctuation and between a number and its unit.
const NO_BREAK: char = '\u{a0}';

/// Wraps each line at spaces, keeps longer words (URLs) whole, aligns what follows a list mark,
/// never parts French punctuation or a number from what it belongs to, and leaves at most one
/// blank line.
pub fn wrap(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = true; // none at the top
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            if !blank {
                out.push('\n');
            }
            blank = true;
            continue;
        }
        blank = false;
        wrap_line(line, &mut out);
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

/// Trims lines and leaves at most one blank line; nothing is wrapped.
pub fn squeeze(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}

fn wrap_line(line: &str, out: &mut String) {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let body = line.trim_start();
    let hang = indent + mark_chars(body);
    let mut width = indent;
    out.extend(std::iter::repeat_n(' ', indent));
    let mut begins = true;
    for piece in pieces(body) {
        let chars = piece.chars().count();
        if !begins && width + 1 + chars > LINE_CHARS_MAX {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hang));
            width = hang;
        } else if !begins {
            out.push(' ');
            width += 1;
        }
        out.push_str(&piece);
        width += chars;
        begins = false;
    }
    out.push('\n');
}

/// Width of a list mark (« - », « 1. ») with its space.
fn mark_chars(body: &str) -> usize {
    let Some((mark, _)) = body.split_once(' ') else {
        return 0;
    };
    let number = mark
        .strip_suffix('.')
        .is_some_and(|n| !n.is_empty() && n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()));
    if number || mark == "-" || mark == ">" {
        mark.chars().count() + 1
    } else {
        0
    }
}

/// Words that must stay together, joined by spaces.
fn pieces(body: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in body.split(' ').filter(|word| !word.is_empty()) {
        match pieces.last_mut() {
            Some(last) if stays_with(last, word) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
    }
    pieces
}

/// Whether a space between two words must not break.
fn stays_with(piece: &str, word: &str) -> bool {
    let mut words = piece.rsplit(' ');
    let before = words.next().unwrap_or_default();
    belong_together(words.next().unwrap_or_default(), before, word)
}

/// Double punctuation and what it follows, a number and its unit, the pairs of a telephone number.
fn belong_together(earlier: &str, before: &str, word: &str) -> bool {
    let number = |text: &str| {
        let bare = bare(text);
        !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit())
    };
    let pair = |text: &str| number(text) && bare(text).len() == 2;
    let closes = matches!(word.chars().next(), Some(':' | ';' | '?' | '!' | '»'))
        && word.chars().count() <= 3;
    closes
        || before.ends_with('«')
        || before == "n°"
        || before == "–"
        || (number(before) && bare(word) == "h")
        || (before == "h" && number(earlier) && number(word))
        || (matches!(before, "(niveau" | "(level") && number(word))
        || (pair(before) && pair(word) && !before.ends_with([',', '.', ';']))
}

/// A word without the signs around it.
fn bare(text: &str) -> &str {
    text.trim_end_matches([',', ')', '.', ';'])
        .trim_start_matches('(')
}

/// Puts no-break spaces into the text of French HTML; tags stay as they are.
pub fn french_spacing(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 50);
    let mut rest = html;
    loop {
        let (text, tail) = match rest.find('<') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        spaced(text, &mut out);
        let (tag, after) = match tail.find('>') {
            Some(at) => tail.split_at(at + 1),
            None => (tail, ""),
        };
        out.push_str(tag);
        if after.is_empty() {
            return out;
        }
        rest = after;
    }
}

fn spaced(text: &str, out: &mut String) {
    let words: Vec<&str> = text.split(' ').collect();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            let before = words.get(index - 1).copied().unwrap_or_default();
            let earlier = index.checked_sub(2).and_then(|i| words.get(i)).copied();
            let tight = belong_together(earlier.unwrap_or_default(), before, word);
            out.push(if tight { NO_BREAK } else { ' ' });
        }
        out.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn lines_are_wrapped_and_urls_stay_whole() {
        let url = format!("https://example.org/{}", "x".repeat(90));
        let text = format!("{} {url} fin\n\n\n\nSuite.", "mot ".repeat(30));
        let wrapped = wrap(&text);
        assert!(wrapped.contains(&url));
        assert!(
            wrapped
                .lines()
                .all(|l| l.chars().count() <= LINE_CHARS_MAX || l.contains(&url))
        );
        assert!(wrapped.ends_with("fin\n\nSuite.\n"));
    }

    #[test]
    fn punctuation_is_not_left_alone() {
        for words in 1..40 {
            let text = format!("{}oui ? de 10 h 30 à « midi » : fin", "ab ".repeat(words));
            let wrapped = wrap(&text);
            for line in wrapped.lines() {
                assert!(!line.starts_with(['?', ':', '»', 'h']), "{wrapped}");
                assert!(!line.ends_with('«') && !line.ends_with("10"), "{wrapped}");
            }
        }
    }

    #[test]
    fn list_items_hang() {
        let wrapped = wrap(&format!("1. {}", "mot ".repeat(40)));
        assert!(wrapped.lines().skip(1).all(|l| l.starts_with("   mot")));
    }

    #[test]
    fn french_spacing_leaves_tags_alone() {
        let html = "<p title=\"a : b\">Oui : « non » ? 10 h</p>";
        assert_eq!(
            french_spacing(html),
            "<p title=\"a : b\">Oui\u{a0}: «\u{a0}non\u{a0}»\u{a0}? 10\u{a0}h</p>"
        );
    }
}
