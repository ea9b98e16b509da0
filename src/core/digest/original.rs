//! A mail as it came, carried by a notice. It stands in the letter's entry, so that the notice goes out
//! the same whenever it is tried again and whatever becomes of the mail in the mailbox.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most bytes of mails that one notice carries: they stand in the journal, once an addressee, at most
/// once an hour; what people write by hand has a few KiB, and what is larger is read in the mailbox.
pub const ORIGINALS_BYTES_MAX: usize = 256 * 1024;

/// Bytes, written as a string with one character an octet (ISO 8859-1): a mail in ASCII stays readable
/// in the journal and costs no more than its length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Octets(pub Vec<u8>);

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = self.0.iter().copied().map(char::from).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Octets, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.chars()
            .map(|c| u8::try_from(u32::from(c)))
            .collect::<Result<Vec<u8>, _>>()
            .map(Octets)
            .map_err(|_| serde::de::Error::custom("a character beyond one octet"))
    }
}

/// The mail behind an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "original", rename_all = "snake_case")]
pub enum Original {
    /// Goes along, as it came.
    Attached {
        /// Its bytes.
        octets: Octets,
    },
    /// Too long to go along.
    TooLong,
    /// Not in the mailbox any more.
    Gone,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn octets_of_every_value_come_back() {
        let octets = Octets((0..=255).collect());
        let json = serde_json::to_string(&octets).unwrap();
        assert_eq!(serde_json::from_str::<Octets>(&json).unwrap(), octets);
        assert!(serde_json::from_str::<Octets>("\"€\"").is_err());
        let mail = Octets(b"Subject: x\r\n\r\nBonjour\r\n".to_vec());
        let json = serde_json::to_string(&mail).unwrap();
        assert_eq!(json, r#""Subject: x\r\n\r\nBonjour\r\n""#);
    }
}
