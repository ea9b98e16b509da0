//! Maps by words of lists that are compiled in or configured: looked up for every word of every mail, so
//! that hashing is quick rather than proof against chosen keys; what a mail says is never put in.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by words.
pub type WordMap<V> = HashMap<String, V, BuildHasherDefault<WordHasher>>;

/// A map by short keys made of words.
pub type KeyMap<K, V> = HashMap<K, V, BuildHasherDefault<WordHasher>>;

/// Hashes eight bytes at a step, by a multiplication.
#[derive(Debug, Default, Clone, Copy)]
pub struct WordHasher(u64);

impl WordHasher {
    /// An odd number with well-mixed bits (that of FxHash).
    const FACTOR: u64 = 0xf135_7aea_2e62_a9c5;

    fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word)
            .wrapping_mul(WordHasher::FACTOR)
            .rotate_left(23);
    }
}

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            self.add(u64::from_le_bytes(*eight));
        }
        let mut last = [0; 8];
        for (slot, byte) in last.iter_mut().zip(rest) {
            *slot = *byte;
        }
        self.add(u64::from_le_bytes(last));
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(WordHasher::FACTOR).rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        let mut map: WordMap<usize> = WordMap::default();
        let words = [
            "",
            "a",
            "aa",
            "inscrire",
            "inscrires",
            "inscription",
            "participation",
        ];
        for (at, word) in words.iter().enumerate() {
            map.insert((*word).to_owned(), at);
        }
        for (at, word) in words.iter().enumerate() {
            assert_eq!(map.get(*word), Some(&at));
        }
        assert_eq!(map.get("inscript"), None);
    }
}
