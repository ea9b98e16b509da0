//! Header values: unfolding, encoded words (RFC 2047), addresses (RFC 5322 §3.4), message-ids.
//!
//! Read from the raw bytes, because the library gives the last of doubled headers, loses characters
//! that are split over two encoded words, and takes `Zoe z@x.fr` for an address.

use std::borrow::Cow;

use super::super::person::Address;
use super::charset;

/// Longest addr-spec taken seriously (RFC 5321 §4.5.3.1.3 allows a path of 256 octets).
const EMAIL_BYTES_MAX: usize = 254;
/// Longest display name kept, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Most addresses read of one header: more are spam or an attack.
const ADDRESSES_MAX: usize = 1000;
/// Most message-ids read of one header.
const IDS_MAX: usize = 200;

/// Gives a header's value unfolded (RFC 5322 §2.2.3) and decoded (RFC 2047).
pub fn text(raw: &[u8]) -> String {
    let unfolded = unfold(raw);
    clean(&words(&unfolded))
}

/// Takes line ends out and trims; folded whitespace becomes one space.
fn unfold(raw: &[u8]) -> Cow<'_, [u8]> {
    let raw = raw.trim_ascii();
    if !raw.iter().any(|b| matches!(b, b'\r' | b'\n')) {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut folding = false;
    for &byte in raw {
        match byte {
            b'\r' | b'\n' => folding = true,
            b' ' | b'\t' if folding => {}
            _ => {
                if folding {
                    out.push(b' ');
                    folding = false;
                }
                out.push(byte);
            }
        }
    }
    Cow::Owned(out)
}

/// Drops controls, so that no decoded value can begin a header of its own.
fn clean(text: &str) -> String {
    let spaced = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(spaced).collect::<String>().trim().into()
}

/// Decodes encoded words; characters split over adjacent words of one charset are joined.
fn words(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut pending: Option<(String, Vec<u8>)> = None;
    let mut plain: Vec<u8> = Vec::new();
    let mut at = 0;
    let mut close = 0;
    while let Some(&byte) = raw.get(at) {
        let Some((charset, bytes, after)) =
            (byte == b'=').then(|| word(raw, at, &mut close)).flatten()
        else {
            plain.push(byte);
            at += 1;
            continue;
        };
        // Whitespace between two encoded words is none (RFC 2047 §6.2).
        let glued = pending.is_some() && plain.iter().all(u8::is_ascii_whitespace);
        if !glued {
            flush(&mut out, &mut pending);
            out.push_str(&charset::decode(&plain, None));
        }
        plain.clear();
        match &mut pending {
            Some((same, buffer)) if *same == charset => buffer.extend(bytes),
            _ => {
                flush(&mut out, &mut pending);
                pending = Some((charset, bytes));
            }
        }
        at = after;
    }
    flush(&mut out, &mut pending);
    out.push_str(&charset::decode(&plain, None));
    out
}

fn flush(out: &mut String, pending: &mut Option<(String, Vec<u8>)>) {
    if let Some((charset, bytes)) = pending.take() {
        out.push_str(&charset::decode(&bytes, Some(&charset)));
    }
}

/// Reads the encoded word that begins at `at`: charset, decoded bytes, where it ends. `close` is the
/// last `?=` found, so that many openings without an end are searched only once.
fn word(raw: &[u8], at: usize, close: &mut usize) -> Option<(String, Vec<u8>, usize)> {
    const CHARSET_BYTES_MAX: usize = 60;
    const TEXT_BYTES_MAX: usize = 8000; // RFC 2047 allows 75 in all; seen in practice: whole subjects
    let inner = raw.get(at..)?.strip_prefix(b"=?")?;
    let charset_end = inner
        .iter()
        .take(CHARSET_BYTES_MAX)
        .position(|&b| b == b'?')?;
    let charset = String::from_utf8_lossy(inner.get(..charset_end)?);
    let charset = charset.split('*').next().unwrap_or_default(); // RFC 2231 §5: a language may follow
    let encoding = match inner.get(charset_end..charset_end + 3)? {
        [b'?', encoding, b'?'] => encoding.to_ascii_lowercase(),
        _ => return None,
    };
    let start = at + 2 + charset_end + 3;
    if *close < start {
        let found = raw.get(start..)?.windows(2).position(|pair| pair == b"?=");
        *close = found.map_or(usize::MAX - 2, |position| start + position);
    }
    if *close - start > TEXT_BYTES_MAX {
        return None;
    }
    let payload = raw.get(start..*close)?;
    let bytes = match encoding {
        b'b' => charset::base64(payload),
        b'q' => {
            let spaced: Vec<u8> = payload
                .iter()
                .map(|&b| if b == b'_' { b' ' } else { b })
                .collect();
            charset::quoted_printable(&spaced)
        }
        _ => return None,
    };
    Some((charset.to_ascii_lowercase(), bytes, *close + 2))
}

/// Gives the message-ids of a value, without brackets, in order.
pub fn ids(value: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for piece in value.split('<').skip(1).take(IDS_MAX) {
        if let Some((id, _)) = piece.split_once('>') {
            let id: String = id.chars().filter(|c| !c.is_whitespace()).collect();
            if !id.is_empty() {
                ids.push(id);
            }
        }
    }
    if ids.is_empty() && !value.contains('<') {
        let bare = value.split_whitespace().filter(|id| id.contains('@'));
        ids.extend(bare.take(IDS_MAX).map(str::to_owned));
    }
    ids
}

/// What one entry of an address list is made of, before decoding.
#[derive(Default)]
struct Entry {
    phrase: Vec<u8>,
    angle: Option<Vec<u8>>,
    comment: Vec<u8>,
}

/// Gives the addresses of a header's raw value, in order; entries without an address are dropped,
/// but `Lefevre, Zoe <z@x>` keeps its unquoted comma in the name.
pub fn addresses(raw: &[u8]) -> Vec<Address> {
    let mut found = Vec::new();
    let mut loose: Option<String> = None;
    for entry in entries(&unfold(raw)) {
        let phrase = clean(&words(&entry.phrase));
        let comment = clean(&words(&entry.comment));
        let (email, name) = match &entry.angle {
            Some(angle) => (email(&String::from_utf8_lossy(angle)), phrase.clone()),
            None => bare(&phrase),
        };
        match email {
            Some(email) => {
                let name = match loose.take() {
                    Some(before) if !name.is_empty() => format!("{before}, {name}"),
                    _ if name.is_empty() => comment,
                    _ => name,
                };
                let name = display(&name).filter(|name| !name.eq_ignore_ascii_case(&email));
                found.push(Address { name, email });
            }
            None => loose = (!phrase.is_empty()).then_some(phrase),
        }
    }
    found
}

/// Cuts a list into entries, minding quotes, comments and groups (RFC 5322 §3.4).
fn entries(raw: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut entry = Entry::default();
    let (mut quoted, mut in_angle, mut comments, mut escaped) = (false, false, 0usize, false);
    for &byte in raw {
        if escaped {
            escaped = false;
            if comments > 0 {
                entry.comment.push(byte);
            } else {
                entry.phrase.push(byte);
            }
            continue;
        }
        match byte {
            b'\\' if quoted || comments > 0 => escaped = true,
            b'"' if comments == 0 && !in_angle => quoted = !quoted,
            _ if quoted => entry.phrase.push(byte),
            b'(' if !in_angle => comments += 1,
            b')' if comments > 0 => comments -= 1,
            _ if comments > 0 => entry.comment.push(byte),
            b'<' => {
                in_angle = true;
                entry.angle = Some(Vec::new());
            }
            b'>' => in_angle = false,
            _ if in_angle => {
                if let Some(angle) = &mut entry.angle {
                    angle.push(byte);
                }
            }
            b':' if !entry.phrase.contains(&b'@') => entry = Entry::default(), // a group's name
            b',' | b';' => {
                entries.push(std::mem::take(&mut entry));
                if entries.len() >= ADDRESSES_MAX {
                    return entries;
                }
            }
            _ => entry.phrase.push(byte),
        }
    }
    entries.push(entry);
    entries
}

/// Reads an entry without angle brackets: the address is its one word with an `@`.
fn bare(phrase: &str) -> (Option<String>, String) {
    let at = phrase
        .split_whitespace()
        .find(|word| word.contains('@'))
        .unwrap_or_default();
    let name: Vec<&str> = phrase
        .split_whitespace()
        .filter(|word| *word != at)
        .collect();
    (email(at), name.join(" "))
}

/// Gives an addr-spec in lower case, if it is one: one `@`, nothing that could not stand in it.
pub fn email(raw: &str) -> Option<String> {
    let trimmed = raw
        .trim()
        .trim_matches(|c| matches!(c, '<' | '>' | '"' | '\''));
    let trimmed = match trimmed.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => trimmed.get(7..)?,
        _ => trimmed,
    };
    let odd = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '<' | '>' | ',' | ';' | '(' | ')' | '"' | '\\' | '\u{fffd}'
            )
    };
    let (local, domain) = trimmed.split_once('@')?;
    let fits = trimmed.len() <= EMAIL_BYTES_MAX && !local.is_empty() && !domain.is_empty();
    (fits && !domain.contains('@') && !trimmed.contains(odd)).then(|| trimmed.to_lowercase())
}

/// Tidies a display name: quotes around it and doubled spaces go; `None` if nothing is left.
fn display(name: &str) -> Option<String> {
    let trimmed = name.trim().trim_matches(|c| matches!(c, '"' | '\''));
    let words: Vec<&str> = trimmed.split_whitespace().collect();
    let tidy: String = words.join(" ").chars().take(NAME_CHARS_MAX).collect();
    (!tidy.is_empty()).then_some(tidy)
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

    fn one(raw: &str) -> (Option<String>, String) {
        let found = addresses(raw.as_bytes());
        assert_eq!(found.len(), 1, "{raw}: {found:?}");
        (found[0].name.clone(), found[0].email.clone())
    }

    #[test]
    fn encoded_words_join_split_characters() {
        assert_eq!(
            text(b" =?utf-8?q?R=C3?=\r\n =?utf-8?q?=A9ponse_?= ici"),
            "Réponse  ici"
        );
        assert_eq!(
            text(b"=?iso-8859-1?B?Suly9G1l?= =?utf-8?q?_=C3=A9t=C3=A9?="),
            "Jérôme été"
        );
        assert_eq!(
            text(b"Inscription \xe0 la session"),
            "Inscription à la session"
        );
        assert_eq!(text(b"=?broken =?utf-8?x?a?="), "=?broken =?utf-8?x?a?=");
    }

    #[test]
    fn no_value_can_begin_a_header_of_its_own() {
        assert_eq!(text(b"=?utf-8?q?a=0D=0ABcc:_x?="), "a  Bcc: x");
    }

    #[test]
    fn odd_addresses_are_read_and_false_ones_are_not() {
        let name = |n: &str| Some(n.to_owned());
        assert_eq!(
            one("Lefevre, Zoe <Z@x.fr>"),
            (name("Lefevre, Zoe"), "z@x.fr".into())
        );
        assert_eq!(one("Zoe z@x.fr"), (name("Zoe"), "z@x.fr".into()));
        assert_eq!(
            one("z@x.fr (Zoe Lefevre)"),
            (name("Zoe Lefevre"), "z@x.fr".into())
        );
        assert_eq!(
            one("=?utf-8?q?Dupont=2C_Zo=C3=A9?= <z@x.fr>"),
            (name("Dupont, Zoé"), "z@x.fr".into())
        );
        assert_eq!(
            one("\"'Zoe @ home'\" <z@x.fr>"),
            (name("Zoe @ home"), "z@x.fr".into())
        );
        assert_eq!(
            one("=?utf-8?q?=3Cboss=40x=2Efr=3E?= <z@evil.fr>").1,
            "z@evil.fr"
        );
        assert!(addresses(b"undisclosed-recipients:;").is_empty());
        assert!(addresses(b"a b@c@d").is_empty());
        assert_eq!(addresses(b"G: a@x.fr, B <b@x.fr>;, c@x.fr").len(), 3);
    }

    #[test]
    fn ids_lose_their_brackets() {
        assert_eq!(ids("<a@b> <c@\r\n d>"), ["a@b", "c@d"]);
        assert_eq!(ids("a@b"), ["a@b"]);
        assert_eq!(ids("Your message of today"), Vec::<String>::new());
    }
}
