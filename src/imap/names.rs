//! Mailbox names on the wire (modified UTF-7, RFC 3501 §5.1.3), and which of them is Sent.

/// How IMAP clients and servers name the mailbox of sent mail, in lower case.
const SENT_NAMES: &[&str] = &[
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "envoyés",
    "éléments envoyés",
    "messages envoyés",
    "courrier envoyé",
    "objets envoyés",
];

/// How they name the mailboxes of what is thrown away, unwanted or not sent yet, in lower case.
const ASIDE_NAMES: &[&str] = &[
    "trash",
    "deleted items",
    "deleted messages",
    "corbeille",
    "éléments supprimés",
    "junk",
    "junk e-mail",
    "spam",
    "bulk mail",
    "indésirables",
    "courrier indésirable",
    "drafts",
    "brouillons",
];

/// Namespaces that stand before a name: Courier's and Cyrus's, Gmail's.
const PREFIXES: &[&str] = &["inbox", "[gmail]", "[google mail]"];

/// A mailbox as LIST shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Name as on the wire.
    pub name: String,
    /// Hierarchy delimiter.
    pub delimiter: Option<String>,
    /// `\Sent` (RFC 6154).
    pub is_sent: bool,
    /// `\Trash`, `\Junk` or `\Drafts` (RFC 6154).
    pub is_aside: bool,
    /// Can be opened.
    pub selectable: bool,
}

/// Finds Sent among the mailboxes: by its special use, else by its name. Gives the name on the wire.
pub(super) fn find_sent(listed: &[Listed]) -> Option<String> {
    let selectable = || listed.iter().filter(|mailbox| mailbox.selectable);
    if let Some(mailbox) = selectable().find(|mailbox| mailbox.is_sent) {
        return Some(mailbox.name.clone());
    }
    SENT_NAMES.iter().find_map(|wanted| {
        selectable()
            .find(|mailbox| plain_name(mailbox) == *wanted)
            .map(|mailbox| mailbox.name.clone())
    })
}

/// Says whether a mailbox's name is one of what is thrown away, unwanted or not sent yet.
pub(super) fn is_aside(mailbox: &Listed) -> bool {
    ASIDE_NAMES.contains(&plain_name(mailbox).as_str())
}

/// The name without its namespace, decoded, lower case.
fn plain_name(mailbox: &Listed) -> String {
    let name = decode(&mailbox.name).to_lowercase();
    let delimiter = mailbox.delimiter.as_deref().unwrap_or("/");
    for prefix in PREFIXES {
        if let Some(rest) = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix(delimiter))
        {
            return rest.to_owned();
        }
    }
    name
}

/// Quotes a string for a command; `None` if it cannot stand in one.
pub(super) fn quoted(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) || !text.is_ascii() {
        return None;
    }
    Some(format!(
        "\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"")
    ))
}

/// Writes a name in modified UTF-7.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut shifted: Vec<u16> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut out, &mut shifted);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0_u16; 2];
            shifted.extend_from_slice(c.encode_utf16(&mut units));
        }
    }
    flush(&mut out, &mut shifted);
    out
}

/// Base64 of RFC 3501 §5.1.3: `,` for `/`, no padding.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

fn flush(out: &mut String, shifted: &mut Vec<u16>) {
    if shifted.is_empty() {
        return;
    }
    out.push('&');
    let bytes: Vec<u8> = shifted.drain(..).flat_map(u16::to_be_bytes).collect();
    let (mut bits, mut count) = (0_u32, 0_u32);
    let digit = |value: u32| {
        let index = usize::try_from(value & 63).unwrap_or_default();
        ALPHABET.get(index).map_or('A', |&byte| char::from(byte))
    };
    for byte in bytes {
        bits = (bits << 8) | u32::from(byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            out.push(digit(bits >> count));
        }
    }
    if count > 0 {
        out.push(digit(bits << (6 - count)));
    }
    out.push('-');
}

/// Reads a name in modified UTF-7; what is not is given as it stands.
pub(super) fn decode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((inside, next)) = after.split_once('-') else {
            return name.to_owned();
        };
        if inside.is_empty() {
            out.push('&');
        } else {
            match shifted_text(inside) {
                Some(text) => out.push_str(&text),
                None => return name.to_owned(),
            }
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

fn shifted_text(inside: &str) -> Option<String> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0_u32, Vec::new());
    for c in inside.bytes() {
        let value = ALPHABET.iter().position(|&digit| digit == c)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
        .map(u16::from_be_bytes)
        .collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn modified_utf7_goes_both_ways() {
        for (name, wire) in [
            ("INBOX", "INBOX"),
            ("Éléments envoyés", "&AMk-l&AOk-ments envoy&AOk-s"),
            ("A & B", "A &- B"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("😀", "&2D3eAA-"),
        ] {
            assert_eq!(encode(name), wire);
            assert_eq!(decode(wire), name);
        }
        for odd in ["a&b", "&ééé-", "&AMk", "&2D0-"] {
            assert_eq!(decode(odd), odd);
        }
    }

    fn listed(name: &str, delimiter: &str, is_sent: bool) -> Listed {
        Listed {
            is_aside: false,
            name: name.to_owned(),
            delimiter: Some(delimiter.to_owned()),
            is_sent,
            selectable: true,
        }
    }

    #[test]
    fn sent_is_found_by_use_then_by_name() {
        let mut boxes = vec![
            listed("INBOX", "/", false),
            listed("Sent", "/", false),
            listed("Elsewhere", "/", true),
        ];
        assert_eq!(find_sent(&boxes).as_deref(), Some("Elsewhere"));
        boxes.pop();
        assert_eq!(find_sent(&boxes).as_deref(), Some("Sent"));
        for (name, delimiter) in [
            ("INBOX.Sent", "."),
            ("[Gmail]/Sent Mail", "/"),
            ("[Gmail]/Messages envoy&AOk-s", "/"),
            ("&AMk-l&AOk-ments envoy&AOk-s", "/"),
            ("INBOX/Envoy&AOk-s", "/"),
            ("SENT ITEMS", "/"),
        ] {
            let boxes = [
                listed("INBOX", delimiter, false),
                listed(name, delimiter, false),
            ];
            assert_eq!(find_sent(&boxes).as_deref(), Some(name));
        }
        assert_eq!(find_sent(&[listed("Sent/2016", "/", false)]), None);
        let mut closed = listed("Sent", "/", true);
        closed.selectable = false;
        assert_eq!(find_sent(&[closed]), None);
    }

    #[test]
    fn what_cannot_be_quoted_is_refused() {
        assert_eq!(quoted("a\"b\\c").as_deref(), Some("\"a\\\"b\\\\c\""));
        assert_eq!(quoted("a\r\nA1 DELETE"), None);
        assert_eq!(quoted("é"), None);
    }
}
