//! Bytes to text: transfer encodings and charsets, mislabelled ones included.
//!
//! Nothing here fails: what is no valid encoding is taken as it stands, and what is no valid text of
//! any charset is read as windows-1252, in which every byte means something.

use std::borrow::Cow;

use mail_parser::Encoding;
use mail_parser::decoders::charsets::map::charset_decoder;

/// Charsets in which bytes that happen to be valid UTF-8 mean something else.
const MULTI_BYTE: &[&str] = &[
    "iso-2022",
    "utf-7",
    "utf-16",
    "utf-32",
    "gb",
    "hz-",
    "big5",
    "shift",
    "sjis",
    "x-sjis",
    "euc-",
    "ks_c",
    "ks-c",
    "windows-949",
    "windows-31j",
    "cp936",
    "cp932",
    "cp949",
];

/// Gives the text of bytes in a declared charset. Valid UTF-8 with accents is UTF-8 whatever the
/// label says; an unknown, missing or false label falls back to windows-1252.
pub fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    let label = charset.map(|label| label.trim().to_ascii_lowercase());
    let label = label.as_deref().unwrap_or_default();
    let stateful = MULTI_BYTE.iter().any(|prefix| label.starts_with(prefix));
    if !stateful && let Ok(text) = std::str::from_utf8(bytes) {
        return text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    }
    if !is_utf8_label(label)
        && let Some(decoder) = charset_decoder(label.as_bytes())
    {
        let text = decoder(bytes);
        if !text.contains('\u{fffd}') {
            return text;
        }
    }
    if is_utf8_label(label) && damaged_utf8(bytes) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let (text, _, _) = encoding_rs::WINDOWS_1252.decode(bytes);
    text.into_owned()
}

fn is_utf8_label(label: &str) -> bool {
    matches!(label, "utf-8" | "utf8" | "unicode-1-1-utf-8")
}

/// Says whether bytes are UTF-8 with a wound (a cut character) rather than windows-1252: more
/// multi-byte characters are whole than broken.
fn damaged_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken
}

/// Undoes a content transfer encoding (RFC 2045 §6), forgiving whatever is no part of it.
pub fn undo(encoding: Encoding, raw: &[u8]) -> Cow<'_, [u8]> {
    match encoding {
        Encoding::None => Cow::Borrowed(raw),
        Encoding::QuotedPrintable => Cow::Owned(quoted_printable(raw)),
        Encoding::Base64 => Cow::Owned(base64(raw)),
    }
}

/// Decodes quoted-printable; a `=` that begins no valid sequence stays as it is.
pub fn quoted_printable(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        match tail {
            [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => rest = after,
            [high, low, after @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => match soft_break(tail) {
                    Some(after) => rest = after,
                    None => out.push(byte),
                },
            },
            _ if tail.iter().all(u8::is_ascii_whitespace) => rest = &[],
            _ => out.push(byte),
        }
    }
    out
}

/// Gives what follows `=` + blanks + line end: a soft break with trailing blanks (RFC 2045 §6.7 rule 3).
fn soft_break(tail: &[u8]) -> Option<&[u8]> {
    const BLANKS_MAX: usize = 8; // keeps the look-ahead constant
    let blanks = tail
        .iter()
        .take(BLANKS_MAX)
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    if blanks == 0 {
        return None;
    }
    match tail.get(blanks..)? {
        [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => Some(after),
        _ => None,
    }
}

/// Decodes base64, passing over whatever is not of its alphabet.
pub fn base64(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3 + 3);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for &byte in raw {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (buffer, bits) = (0, 0);
                continue;
            }
            _ => continue,
        };
        buffer = (buffer << 6 | u32::from(value)) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(buffer >> bits & 0xff).unwrap_or_default());
        }
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
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
    fn labels_that_lie_are_seen_through() {
        assert_eq!(decode("Hélène".as_bytes(), Some("iso-8859-1")), "Hélène");
        assert_eq!(decode(b"H\xe9l\xe8ne", Some("utf-8")), "Hélène");
        assert_eq!(decode(b"H\xe9l\xe8ne \x80", None), "Hélène €");
        assert_eq!(decode(b"H\xe9l\xe8ne", Some("no-such")), "Hélène");
        assert_eq!(decode(b"co\xfbt \xa4", Some("iso-8859-15")), "coût €");
        assert_eq!(decode(b"H\x82l\x8ane", Some("cp850")), "Hélène");
    }

    #[test]
    fn broken_encodings_keep_what_they_say() {
        assert_eq!(quoted_printable(b"a=3Db=\r\nc=ZZ=E9="), b"a=bc=ZZ\xe9");
        assert_eq!(quoted_printable(b"a=  \r\nb"), b"ab");
        assert_eq!(base64(b"Qm9u!am91\r\ncg=="), b"Bonjour");
        assert_eq!(base64(b"QQ==Qg=="), b"AB");
    }
}
