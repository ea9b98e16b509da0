//! Keys of the index: one byte for the table, then the parts, so that a scan meets them in order.
//!
//! Texts end with a zero byte, numbers and instants are big-endian. Message-IDs and addresses stand
//! in keys only as hashes.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The first half of a SHA-256: enough to tell Message-IDs, addresses and mails apart.
pub(super) type Hash = [u8; 16];

/// The tables of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Table {
    /// session, registration → the registration.
    Roll = b'R',
    /// registration → its session.
    Registration = b'r',
    /// session → its facts as last recorded.
    Session = b'S',
    /// address, registration from new to old.
    ByAddress = b'a',
    /// own domain, registration from new to old.
    ByDomain = b'd',
    /// hash of a raw mail → the entry that walked it.
    MailBytes = b'h',
    /// Message-ID, entry → hash of the content.
    MailId = b'i',
    /// Message-ID that a human's mail in Sent answers.
    ByHand = b'H',
    /// Message-ID, registration that its mail was about.
    Thread = b'T',
    /// entry → open question.
    Question = b'q',
    /// address, entry of an open question.
    QuestionOf = b'Q',
    /// instant, kind, number: what falls due.
    Due = b'w',
    /// instant, entry, index → letter that falls due.
    LetterDue = b'o',
    /// letter → its row.
    Letter = b'l',
    /// state, entry, letter.
    LetterState = b'j',
    /// entry, letter that is accepted and not filed.
    ToFile = b'f',
    /// session, letter not yet sent.
    Unsent = b'p',
    /// mailbox → cursor.
    Cursor = b'k',
    /// mailbox, unique name walked.
    CursorName = b'K',
    /// entry of an open item.
    Item = b'x',
    /// entry of the item of a mail that was left because its session was not in the catalogue → that mail.
    Left = b'L',
    /// session → the entry that last added it to the catalogue.
    Added = b'G',
    /// The entry of the catalogue after which what was left was last read again.
    ReadAgain = b'J',
    /// entry of a question that nobody answered in time; address, that entry → the human's item.
    Lapsed = b'Z',
    /// The last digest's entry; and entry of a digest → what it covers.
    Digest = b'g',
    /// address, instant, entry, index of a reply to it.
    WrittenAt = b'v',
    /// minute → replies.
    Written = b'V',
    /// address that a letter was accepted for.
    Reached = b'A',
    /// address that a letter came back from.
    Bounced = b'B',
    /// thread, kind → replies.
    InThread = b'y',
    /// ten seconds → registrations by mail.
    Registered = b'W',
    /// registration, entry about it.
    About = b'e',
    /// entry, later entry about it.
    AboutEntry = b'E',
    /// The counts.
    Counts = b'n',
}

/// A key, built part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(pub(super) Vec<u8>);

impl Key {
    /// Begins a key in a table.
    pub(super) fn of(table: Table) -> Key {
        Key(vec![table as u8])
    }

    /// Appends a text.
    pub(super) fn text(mut self, text: &str) -> Key {
        self.0
            .extend(text.bytes().map(|byte| if byte == 0 { 1 } else { byte }));
        self.0.push(0);
        self
    }

    /// Appends a number.
    pub(super) fn number(mut self, number: u64) -> Key {
        self.0.extend(number.to_be_bytes());
        self
    }

    /// Appends a number so that larger ones come first.
    pub(super) fn number_falling(self, number: u64) -> Key {
        self.number(!number)
    }

    /// Appends one byte.
    pub(super) fn byte(mut self, byte: u8) -> Key {
        self.0.push(byte);
        self
    }

    /// Appends a hash.
    pub(super) fn hash(mut self, hash: &Hash) -> Key {
        self.0.extend(hash);
        self
    }

    /// Appends an instant, in order of time.
    pub(super) fn time(mut self, at: Timestamp) -> Key {
        let bits = at.as_nanosecond() as u128 ^ (1 << 127);
        self.0.extend(bits.to_be_bytes());
        self
    }

    /// Gives the first key after all that begin with this one.
    pub(super) fn end(&self) -> Vec<u8> {
        let mut end = self.0.clone();
        while let Some(last) = end.pop() {
            if last < u8::MAX {
                end.push(last + 1);
                break;
            }
        }
        end
    }
}

/// Reads parts back out of a key.
pub(super) struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    /// Begins behind the table's byte.
    pub(super) fn of(key: &'a [u8]) -> Parts<'a> {
        Parts(key.get(1..).unwrap_or_default())
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    /// Takes a text.
    pub(super) fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let (head, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..).unwrap_or_default();
        String::from_utf8(head.to_vec()).ok()
    }

    /// Takes a number.
    pub(super) fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    /// Takes a number written falling.
    pub(super) fn number_falling(&mut self) -> Option<u64> {
        self.number().map(|number| !number)
    }

    /// Takes one byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// Takes a hash.
    pub(super) fn hash(&mut self) -> Option<Hash> {
        self.take()
    }

    /// Takes an instant.
    pub(super) fn time(&mut self) -> Option<Timestamp> {
        let bits = u128::from_be_bytes(self.take()?) ^ (1 << 127);
        Timestamp::from_nanosecond(bits as i128).ok()
    }
}

/// Hashes a text.
pub(super) fn hash_of(text: &str) -> Hash {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// Hashes an address; case and surrounding spaces do not count.
pub(super) fn address_hash(address: &str) -> Hash {
    hash_of(&address.trim().to_lowercase())
}

/// Hashes a raw Message-ID, with or without its brackets.
pub(super) fn message_id_hash(message_id: &str) -> Hash {
    hash_of(bare_id(message_id))
}

/// Strips the brackets off a Message-ID.
pub(super) fn bare_id(message_id: &str) -> &str {
    message_id
        .trim()
        .trim_start_matches('<')
        .trim_end_matches('>')
        .trim()
}

/// Takes the first half of a SHA-256 in hex; hashes a text that is none.
pub(super) fn hash_from_hex(hex: &str) -> Hash {
    let mut hash = Hash::default();
    let mut digits = hex.bytes();
    for place in &mut hash {
        let (high, low) = (digits.next().and_then(digit), digits.next().and_then(digit));
        let (Some(high), Some(low)) = (high, low) else {
            return hash_of(hex);
        };
        *place = high << 4 | low;
    }
    hash
}

/// Writes a hash in hex.
pub(super) fn hash_to_hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_their_parts_and_read_back() {
        let early = Key::of(Table::Due).time(Timestamp::MIN).byte(1).number(7);
        let late = Key::of(Table::Due)
            .time(Timestamp::UNIX_EPOCH)
            .byte(0)
            .number(1);
        assert!(early.0 < late.0);
        let mut parts = Parts::of(&early.0);
        assert_eq!(parts.time(), Some(Timestamp::MIN));
        assert_eq!(parts.byte(), Some(1));
        assert_eq!(parts.number(), Some(7));
        assert_eq!(parts.number(), None);
        let key = Key::of(Table::Roll).text("anim").number(3);
        assert!(key.0.starts_with(&Key::of(Table::Roll).text("anim").0));
        assert!(!key.0.starts_with(&Key::of(Table::Roll).text("ani").0));
    }

    #[test]
    fn a_message_id_and_its_sha256_in_hex_give_the_same_hash() {
        let hex: String = Sha256::digest(b"a@b")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hash_from_hex(&hex), message_id_hash("<a@b>"));
        assert!(hex.starts_with(&hash_to_hex(&message_id_hash("a@b"))));
    }
}
