//! The CSV of paid members → [`MembershipList`].
//!
//! As spreadsheets write it: comma, semicolon or tab; UTF-8, UTF-16 or windows-1252; columns in any
//! order, found by the words of the first line; further columns and empty rows are nothing.

use std::path::Path;

use super::sheet::words;
use super::{ConfigError, Problem};
use crate::core::membership::MembershipList;
use crate::core::person::{fold, is_public_provider, organisational_domain};

/// A list of members is no larger: whatever is, is another kind of file.
const FILE_BYTES_MAX: u64 = 20_000_000;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Email,
    Domain,
    Organisation,
}

/// Words of a heading, folded, and what the column holds.
const HEADINGS: &[(&str, Column)] = &[
    ("email", Column::Email),
    ("e mail", Column::Email),
    ("mail", Column::Email),
    ("courriel", Column::Email),
    ("mel", Column::Email),
    ("adresse", Column::Email),
    ("address", Column::Email),
    ("domain", Column::Domain),
    ("domaine", Column::Domain),
    ("site", Column::Domain),
    ("website", Column::Domain),
    ("organisation", Column::Organisation),
    ("organization", Column::Organisation),
    ("organisme", Column::Organisation),
    ("structure", Column::Organisation),
    ("association", Column::Organisation),
    ("collectivite", Column::Organisation),
    ("etablissement", Column::Organisation),
    ("entreprise", Column::Organisation),
    ("company", Column::Organisation),
    ("raison sociale", Column::Organisation),
    ("adherent", Column::Organisation),
    ("membre", Column::Organisation),
    ("member", Column::Organisation),
];

/// Reads the list of paid members.
///
/// A domain that gives addresses to anybody (gmail.com) proves nothing and is left out.
///
/// # Errors
/// The file cannot be read, or no column is known by its heading.
pub fn load_members(path: &Path) -> Result<MembershipList, ConfigError> {
    let cannot = |error: std::io::Error| {
        let what = format!("the list of members cannot be read: {}", words(&error));
        ConfigError::from(Problem::of_file(path, what))
    };
    let length = std::fs::metadata(path).map_err(cannot)?.len();
    if length > FILE_BYTES_MAX {
        let what = format!("the list of members is {length} bytes long");
        return Err(Problem::of_file(path, what).into());
    }
    let bytes = std::fs::read(path).map_err(cannot)?;
    read_members(&bytes).ok_or_else(|| {
        let what = "the first line of the list of members names no column that we know";
        Problem::of_file(path, what)
            .help("write a first line such as email;domain;organisation, one of them is enough")
            .help("courriel, domaine and structure do as well")
            .into()
    })
}

/// Reads the text of a list; `None` if no heading is known.
fn read_members(bytes: &[u8]) -> Option<MembershipList> {
    let text = decode(bytes);
    let mut rest = text.as_str();
    // Excel's own hint at the separator is no row.
    if let Some((first, after)) = rest.split_once('\n')
        && first.to_lowercase().starts_with("sep=")
    {
        rest = after;
    }
    let heading_line = rest
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let rows = rows(rest, separator(heading_line));
    let mut rows = rows
        .into_iter()
        .filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    let columns: Vec<Option<Column>> = rows.next()?.iter().map(|cell| column(cell)).collect();
    if columns.iter().all(Option::is_none) {
        return None;
    }
    let mut list = MembershipList::default();
    for row in rows {
        for (column, cell) in columns.iter().zip(&row) {
            match column {
                Some(Column::Email) => list.emails.extend(emails(cell)),
                Some(Column::Domain) => list.domains.extend(domain(cell)),
                Some(Column::Organisation) => {
                    let name = fold(cell);
                    list.organisations
                        .extend((!name.is_empty()).then_some(name));
                }
                None => {}
            }
        }
    }
    for values in [&mut list.emails, &mut list.domains, &mut list.organisations] {
        values.sort();
        values.dedup();
    }
    Some(list)
}

/// Decodes what spreadsheets write: by byte order mark, else UTF-8 if it is, else windows-1252.
fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// Gives the separator that the heading uses most.
fn separator(heading: &str) -> char {
    [',', ';', '\t']
        .into_iter()
        .max_by_key(|separator| heading.matches(*separator).count())
        .unwrap_or(',')
}

/// Takes CSV apart (RFC 4180): quotes, doubled quotes, line ends within quotes.
fn rows(text: &str, separator: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == separator && !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' | '\r' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    row.push(cell);
    rows.push(row);
    rows
}

/// Says what a column holds, by its heading: whole, or by its first known word.
fn column(heading: &str) -> Option<Column> {
    let heading = fold(heading);
    let whole = HEADINGS.iter().find(|(words, _)| *words == heading);
    let padded = format!(" {heading} ");
    let within = || {
        HEADINGS.iter().find(|(words, _)| {
            padded.contains(&format!(" {words} ")) || padded.contains(&format!(" {words}s "))
        })
    };
    let postal = ["postale", "rue", "ville", "siege"];
    if postal.iter().any(|word| padded.contains(word)) {
        return None;
    }
    whole.or_else(within).map(|(_, column)| *column)
}

/// Takes the addresses of a cell: several may stand in one.
fn emails(cell: &str) -> Vec<String> {
    cell.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '<' | '>' | '(' | ')'))
        .map(|word| word.trim_start_matches("mailto:").to_lowercase())
        .filter(|word| {
            let parts = word.split_once('@');
            parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        })
        .collect()
}

/// Takes the domain of a cell, also from a web address.
fn domain(cell: &str) -> Option<String> {
    let cell = cell.trim().to_lowercase();
    let host = cell
        .split_once("://")
        .map_or(cell.as_str(), |(_, rest)| rest);
    let host = host.split(['/', '?', ' ']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.trim_start_matches("www.").trim_end_matches('.');
    let sound = host.contains('.') && !is_public_provider(organisational_domain(host));
    sound.then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::core::catalogue::MembershipRule;
    use crate::core::membership::{Membership, membership};
    use crate::core::person::Person;

    #[track_caller]
    fn check(bytes: &[u8], emails: &[&str], domains: &[&str], organisations: &[&str]) {
        let list = read_members(bytes).unwrap();
        assert_eq!(list.emails, emails);
        assert_eq!(list.domains, domains);
        assert_eq!(list.organisations, organisations);
    }

    #[test]
    fn columns_stand_in_any_order_under_french_or_english_words() {
        let semicolons = "Nom de la structure;Ville;Adresse e-mail\r\nClub d'Échecs;Brive;Contact@Club.example\r\n";
        check(
            semicolons.as_bytes(),
            &["contact@club.example"],
            &[],
            &["club d echecs"],
        );
        let commas =
            "email,domain,organisation\na@x.example,https://www.y.example/contact,\"Z, Ltd\"\n,,\n";
        check(
            commas.as_bytes(),
            &["a@x.example"],
            &["y.example"],
            &["z ltd"],
        );
        let tabs = "organisations\tadresse postale\tdomaine\nA\t3 rue X\tgmail.com\nB\t\tb.example";
        check(tabs.as_bytes(), &[], &["b.example"], &["a", "b"]);
    }

    #[test]
    fn spreadsheets_encode_as_they_like() {
        check(
            "\u{feff}structure\nÉcole\n".as_bytes(),
            &[],
            &[],
            &["ecole"],
        );
        check(
            b"structure\n\xc9cole d'\xe9t\xe9\n",
            &[],
            &[],
            &["ecole d ete"],
        );
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(
            "courriel\r\né@x.example"
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        );
        check(&utf16, &["é@x.example"], &[], &[]);
    }

    #[test]
    fn cells_hold_quotes_line_ends_and_several_addresses() {
        let text = "sep=;\nstructure;courriel\n\"Les \"\"Amis\"\"\ndu parc\";\"Jo <a@x.example>; b@x.example\"\n";
        check(
            text.as_bytes(),
            &["a@x.example", "b@x.example"],
            &[],
            &["les amis du parc"],
        );
    }

    #[test]
    fn a_list_without_known_heading_is_none() {
        assert!(read_members(b"a@x.example\nb@x.example\n").is_none());
        assert!(read_members(b"").is_none());
    }

    #[test]
    fn who_is_listed_by_any_column_is_settled() {
        let list = read_members(
            "email;domaine;structure\na@x.example;;\n;y.example;\n;;Mairie de Z\n".as_bytes(),
        );
        let of = |email: Option<&str>, organisation: Option<&str>, sender: &str| {
            let person = Person {
                email: email.map(str::to_owned),
                organisation: organisation.map(str::to_owned),
                ..Person::default()
            };
            membership(MembershipRule::Required, list.as_ref(), &person, sender)
        };
        assert_eq!(of(Some("A@x.example"), None, ""), Membership::Settled);
        assert_eq!(of(None, None, "b@mail.y.example"), Membership::Settled);
        assert_eq!(
            of(None, Some("MAIRIE DE Z"), "z@orange.fr"),
            Membership::Settled
        );
        assert_eq!(of(None, None, "z@orange.fr"), Membership::NotFound);
    }
}
