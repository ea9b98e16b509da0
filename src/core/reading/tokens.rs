//! Text → tokens: words, numbers, addresses, each with its place in the text and its folded form.
//!
//! Folding drops case and accents; an apostrophe or a hyphen parts two words (« m'inscrire » is `m`,
//! `inscrire`). Linear in the text; the number of tokens is limited.

use crate::core::person::each_decomposed;

/// Most tokens that are looked at in one text: a mail longer than this is no registration.
pub const TOKENS_MAX: usize = 20_000;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Letters, digits after the first letter allowed.
    Word,
    /// Digits only, or digits with an ordinal ending (`3rd`, `2e`).
    Number,
    /// An addr-spec.
    Email,
    /// A web address.
    Url,
}

/// One token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Byte offset of its begin.
    pub start: usize,
    /// Byte offset after its end.
    pub end: usize,
    /// Its folded form.
    pub folded: String,
    /// What it is made of.
    pub kind: Kind,
    /// Begins with an upper-case letter.
    pub capital: bool,
    /// The marks between the token before and this one, as a set of [`Marks`].
    pub before: Marks,
    /// Stands between quotation marks.
    pub quoted: bool,
}

/// The marks that stand before a token: what parts sentences and clauses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// `,` or a parenthesis.
    pub comma: bool,
    /// `;`, `:` or a dash between spaces.
    pub strong: bool,
    /// A colon.
    pub colon: bool,
    /// `.`, `!`, `…`: the sentence before ends.
    pub stop: bool,
    /// `?`: the sentence before was a question.
    pub question: bool,
    /// A line end.
    pub line: bool,
    /// An empty line.
    pub blank: bool,
    /// The line begins with a list mark (`-`, `*`, `•`, `1.`).
    pub bullet: bool,
    /// An arrow (`->`, `→`, `=>`).
    pub arrow: bool,
    /// An apostrophe or a hyphen joins it to the token before.
    pub joined: bool,
}

/// Cuts a text into tokens; the last element of the pair holds the marks after the last token.
pub fn tokens(text: &str) -> (Vec<Token>, Marks) {
    let mut found: Vec<Token> = Vec::new();
    let mut gap_from = 0;
    let mut quoted = false;
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let mut end = start + first.len_utf8();
        let mut address = false;
        while let Some(&(at, c)) = chars.peek() {
            if c.is_alphanumeric() || is_mark(c) {
                end = at + c.len_utf8();
            } else if is_inside_address(c) && joins_address(text, at + c.len_utf8(), c) {
                address = true;
                end = at + c.len_utf8();
            } else {
                break;
            }
            chars.next();
        }
        let raw = text.get(start..end).unwrap_or_default();
        let gap = text.get(gap_from..start).unwrap_or_default();
        quoted = quotes(gap, quoted);
        let (kind, folded) = if address && raw.contains('@') {
            (Kind::Email, raw.to_lowercase())
        } else if address {
            (Kind::Url, raw.to_lowercase())
        } else {
            let folded = fold_word(raw);
            (kind_of(&folded), folded)
        };
        found.push(Token {
            start,
            end,
            folded,
            kind,
            capital: first.is_uppercase(),
            before: marks(gap, gap_from == 0),
            quoted,
        });
        gap_from = end;
        if found.len() >= TOKENS_MAX {
            break;
        }
    }
    let rest = text.get(gap_from..).unwrap_or_default();
    (found, marks(rest, false))
}

/// Folds one word: no accents, lower case, ligatures opened.
pub fn fold_word(raw: &str) -> String {
    if raw.is_ascii() {
        return raw.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(raw.len());
    each_decomposed(raw, |c| match c {
        'a'..='z' | '0'..='9' => folded.push(c),
        'œ' | 'Œ' => folded.push_str("oe"),
        'æ' | 'Æ' => folded.push_str("ae"),
        c if is_mark(c) => {}
        c => folded.extend(c.to_lowercase()),
    });
    folded
}

/// Follows quotation marks; an empty line ends what was never closed.
fn quotes(gap: &str, mut open: bool) -> bool {
    if gap.contains("\n\n") {
        open = false;
    }
    for c in gap.chars() {
        match c {
            '«' | '“' | '„' => open = true,
            '»' | '”' => open = false,
            '"' => open = !open,
            _ => {}
        }
    }
    open
}

fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn kind_of(folded: &str) -> Kind {
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    let rest = folded.get(digits..).unwrap_or_default();
    let ordinal = matches!(
        rest,
        "" | "e" | "er" | "ere" | "eme" | "nd" | "nde" | "st" | "rd" | "th" | "h"
    );
    if digits > 0 && ordinal {
        Kind::Number
    } else {
        Kind::Word
    }
}

/// Characters that may stand inside an address or a number like `03/10`, but not at its end.
fn is_inside_address(c: char) -> bool {
    matches!(c, '@' | '.' | '_' | '-' | '+' | '/' | ':')
}

/// Says whether the mark at hand stands inside an address: looks ahead to the next space for an `@`
/// (or for `://`), at most as far as an address is long.
fn joins_address(text: &str, after: usize, mark: char) -> bool {
    /// Longest look-ahead; RFC 5321 §4.5.3.1 allows 254 octets, in practice they are shorter.
    const AHEAD: usize = 80;
    let before_is_address = |rest: &str| {
        rest.chars()
            .take(AHEAD)
            .take_while(|c| !c.is_whitespace() && !matches!(c, ',' | ';' | '<' | '>' | '(' | ')'))
            .any(|c| c == '@')
    };
    let rest = text.get(after..).unwrap_or_default();
    let next = rest.chars().next();
    match mark {
        '@' => next.is_some_and(char::is_alphanumeric),
        ':' => rest.starts_with("//"),
        '/' => {
            rest.starts_with('/') || in_url(text, after) && next.is_some_and(char::is_alphanumeric)
        }
        _ => {
            next.is_some_and(char::is_alphanumeric)
                && (before_is_address(rest) || in_address_tail(text, after))
        }
    }
}

/// Says whether the word at hand already holds an `@` or a scheme (so that `.` goes on with it).
fn in_address_tail(text: &str, at: usize) -> bool {
    let word = tail(text, at)
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '<' | '(' | ',' | ';'))
        .next()
        .unwrap_or_default();
    word.contains('@') || word.contains("://") || word.starts_with("www.")
}

fn in_url(text: &str, at: usize) -> bool {
    tail(text, at)
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '<' | '('))
        .next()
        .unwrap_or_default()
        .contains(":/")
}

/// Gives the last bytes before a place, so that looking back costs the same everywhere.
fn tail(text: &str, at: usize) -> &str {
    /// An address is not longer (RFC 5321 §4.5.3.1.3).
    const BACK: usize = 256;
    let from = at.saturating_sub(BACK);
    (from..from + 4)
        .find_map(|start| text.get(start..at))
        .unwrap_or_default()
}

fn marks(gap: &str, at_start: bool) -> Marks {
    let mut marks = Marks::default();
    let mut lines = 0;
    let mut after_line = at_start;
    let trimmed_inner = gap.trim_matches([' ', '\u{a0}', '\u{202f}']);
    if matches!(trimmed_inner, "'" | "’" | "-" | "‑") && trimmed_inner.len() == gap.len() {
        marks.joined = true;
        return marks;
    }
    let spaced_dash = gap.starts_with([' ', '\u{a0}']) && gap.ends_with([' ', '\u{a0}']);
    for c in gap.chars() {
        match c {
            '\n' => {
                lines += 1;
                after_line = true;
                marks.line = true;
            }
            ',' | '(' | ')' => marks.comma = true,
            ';' => marks.strong = true,
            ':' => {
                marks.strong = true;
                marks.colon = true;
            }
            '.' | '!' | '…' => marks.stop = true,
            '?' => {
                marks.stop = true;
                marks.question = true;
            }
            '-' | '–' | '—' | '*' | '•' | '·' | '◦' | '▪' | '●' => {
                if after_line {
                    marks.bullet = true;
                } else if spaced_dash || c == '–' || c == '—' {
                    marks.comma = true;
                }
            }
            '>' | '→' | '⇒' | '➔' => marks.arrow = true,
            _ => {}
        }
    }
    if marks.arrow && !(gap.contains("->") || gap.contains("=>") || gap.contains(['→', '⇒', '➔']))
    {
        marks.arrow = false;
    }
    marks.blank = lines > 1;
    marks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).0.into_iter().map(|t| t.folded).collect()
    }

    #[test]
    fn apostrophes_and_hyphens_part_words() {
        assert_eq!(
            words("M’inscrire, peux-tu ? À bientôt"),
            ["m", "inscrire", "peux", "tu", "a", "bientot"]
        );
    }

    #[test]
    fn addresses_are_one_token() {
        let (found, _) =
            tokens("écrire à <l.garancon@parc-x.example>, ou https://a.b/c?d=1 le 3/10.");
        assert!(
            found
                .iter()
                .any(|t| t.kind == Kind::Email && t.folded == "l.garancon@parc-x.example")
        );
        assert_eq!(found.iter().filter(|t| t.kind == Kind::Number).count(), 3);
    }

    #[test]
    fn marks_tell_sentences() {
        let (found, after) = tokens("C'est bon ?\n\n- Oui. Non");
        assert!(found[3].before.question && found[3].before.blank && found[3].before.bullet);
        assert!(found[4].before.stop);
        assert!(!after.stop);
    }

    #[test]
    fn hostile_text_stays_linear() {
        let text = "a.b-c@".repeat(50_000);
        assert!(tokens(&text).0.len() <= TOKENS_MAX);
    }
}
