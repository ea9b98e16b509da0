//! People and their addresses, as they pass between all rooms.

use serde::{Deserialize, Serialize};

/// An RFC 5322 §3.4 mailbox: a display name and an addr-spec.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// The display name, decoded (RFC 2047), or `None`.
    pub name: Option<String>,
    /// The addr-spec in lower case, `local@domain`; checked to hold one `@` and no space or control.
    pub email: String,
}

impl Address {
    /// Gives the part after the `@`, in lower case.
    pub fn domain(&self) -> &str {
        domain_of(&self.email)
    }
}

/// Gives the part of an addr-spec after its last `@`, or the empty string.
pub fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Gives the organisational domain (`a.b.co.uk` → `b.co.uk`) by the public suffix list.
pub fn organisational_domain(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// Gives the organisational domain of an address if it is no provider's for everybody
/// (gmail.com, orange.fr …): people at the same one are colleagues.
pub fn own_domain_of(email: &str) -> Option<&str> {
    let domain = organisational_domain(domain_of(email));
    if domain.is_empty() || is_public_provider(domain) {
        None
    } else {
        Some(domain)
    }
}

/// Says whether a domain gives addresses to anybody, so that sharing it says nothing.
pub fn is_public_provider(domain: &str) -> bool {
    const PROVIDERS: &[&str] = &[
        "gmail",
        "googlemail",
        "orange",
        "wanadoo",
        "free",
        "laposte",
        "sfr",
        "neuf",
        "club-internet",
        "bbox",
        "numericable",
        "aliceadsl",
        "hotmail",
        "outlook",
        "live",
        "msn",
        "yahoo",
        "ymail",
        "icloud",
        "me",
        "mac",
        "aol",
        "gmx",
        "proton",
        "protonmail",
        "eircom",
        "btinternet",
        "virginmedia",
        "sky",
        "mail",
        "email",
        "zoho",
        "tutanota",
        "posteo",
        "mailo",
        "caramail",
        "voila",
        "cegetel",
    ];
    let first = domain.split('.').next().unwrap_or_default();
    PROVIDERS.contains(&first)
}

/// Somebody who takes part, as far as a mail says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// « Given Family »: titles dropped if a given name is known, else kept.
    pub name: String,
    /// The person's own address; `None` if only another's is known.
    pub email: Option<String>,
    /// The structure they come from.
    pub organisation: Option<String>,
    /// Their function there.
    pub role: Option<String>,
    /// Their telephone, as written.
    pub phone: Option<String>,
}

impl Person {
    /// Gives the name folded for comparing: no case, accents, hyphens or apostrophes, words sorted.
    pub fn name_key(&self) -> String {
        name_key(&self.name)
    }
}

/// Folds a name for comparing: no case, accents, punctuation; words sorted.
pub fn name_key(name: &str) -> String {
    let folded = fold(name);
    let mut words: Vec<&str> = folded.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

/// Folds text for comparing: NFKD without marks, lower case, `œ` → `oe`, all else a space.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    each_decomposed(text, |c| match c {
        'a'..='z' | '0'..='9' => folded.push(c),
        'A'..='Z' => folded.push(c.to_ascii_lowercase()),
        'œ' | 'Œ' => folded.push_str("oe"),
        'æ' | 'Æ' => folded.push_str("ae"),
        'ß' => folded.push_str("ss"),
        c if c.is_alphanumeric() => folded.extend(c.to_lowercase()),
        c if unicode_normalization::char::is_combining_mark(c) => {}
        _ if folded.ends_with(' ') || folded.is_empty() => {}
        _ => folded.push(' '),
    });
    let end = folded.trim_end().len();
    folded.truncate(end);
    folded
}

/// Gives the characters of a text in NFKD, one by one.
pub(super) fn each_decomposed(text: &str, mut each: impl FnMut(char)) {
    use unicode_normalization::UnicodeNormalization;
    if !text.chars().all(is_alone) {
        return text.nfkd().for_each(each);
    }
    for c in text.chars() {
        if c.is_ascii() {
            each(c);
        } else {
            unicode_normalization::char::decompose_compatible(c, &mut each);
        }
    }
}

/// Says whether a character's decomposition is the same whatever stands beside it: marks, which are put
/// into order, begin at U+0300; of what lies above, the punctuation of everyday mail.
fn is_alone(c: char) -> bool {
    c < '\u{300}' || ('\u{2010}'..='\u{2027}').contains(&c) || matches!(c, '\u{202f}' | '€')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decomposing_one_by_one_is_decomposing_the_whole() {
        use unicode_normalization::UnicodeNormalization;
        let mut all: Vec<char> = (0..0x3100).filter_map(char::from_u32).collect();
        all.extend(['\u{fb01}', '\u{1d400}', '日', '\u{feff}']);
        let check = |text: &str| {
            let mut found = String::new();
            each_decomposed(text, |c| found.push(c));
            assert_eq!(found, text.nfkd().collect::<String>(), "{text:?}");
        };
        for c in &all {
            check(&c.to_string());
        }
        for (first, second) in all.iter().zip(all.iter().rev().chain(all.iter().skip(7))) {
            check(&format!("é{first}{second}\u{323}a\u{345}\u{301}"));
            check(&format!("é{first}{second}a"));
        }
    }

    #[test]
    fn folding_ignores_case_accents_and_punctuation() {
        assert_eq!(fold("Hélène  N’Guyen-Œillet"), "helene n guyen oeillet");
        assert_eq!(name_key("DUPONT Marie"), name_key("Marie Dupont"));
    }

    #[test]
    fn colleagues_share_a_domain_of_their_own() {
        assert_eq!(
            own_domain_of("a@mail.cc-val.example"),
            Some("cc-val.example")
        );
        assert_eq!(own_domain_of("a@orange.fr"), None);
        assert_eq!(own_domain_of("a@gmail.com"), None);
    }
}
