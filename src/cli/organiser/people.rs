//! People on the command line: an address, or a list as spreadsheets write it.

use std::path::Path;

use super::super::{CliError, exit};
use crate::core::person::{Person, fold};

/// Most bytes of a list of people: a list of some thousand.
const CSV_BYTES_MAX: u64 = 1 << 20;

/// Gives an address in lower case, if it can be one.
pub(super) fn checked_address(email: &str) -> Result<String, CliError> {
    let email = email.trim().to_lowercase();
    let sound = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !email.chars().any(|c| c.is_whitespace() || c.is_control())
            && email.matches('@').count() == 1
    });
    if sound {
        Ok(email)
    } else {
        Err(CliError::new(
            exit::DATA,
            format!("error: {email:?} is no address"),
        ))
    }
}

/// Reads a list of people, as spreadsheets write it: `,`, `;` or tab.
pub(super) fn people_of(file: &Path) -> Result<Vec<Person>, CliError> {
    let cannot = |what: String| {
        CliError::new(
            exit::NO_INPUT,
            format!("error: cannot read {}: {what}", file.display()),
        )
    };
    let length = std::fs::metadata(file)
        .map_err(|e| cannot(e.to_string()))?
        .len();
    if length > CSV_BYTES_MAX {
        return Err(cannot(format!("it is {length} bytes long")));
    }
    let text = std::fs::read_to_string(file).map_err(|e| cannot(e.to_string()))?;
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    let count = |separator: char| head.matches(separator).count();
    let separator = [';', '\t', ',']
        .into_iter()
        .max_by_key(|s| count(*s))
        .unwrap_or(',');
    let mut rows = rows(text, separator).into_iter();
    let columns: Vec<Option<Column>> = rows
        .next()
        .unwrap_or_default()
        .iter()
        .map(|heading| column(heading))
        .collect();
    if !columns.contains(&Some(Column::Name)) {
        return Err(CliError::new(
            exit::DATA,
            format!(
                "error: the first line of {} names no column « nom » or \"name\"",
                file.display()
            ),
        ));
    }
    let mut people = Vec::new();
    for row in rows {
        let cell = |wanted: Column| {
            let at = columns.iter().position(|c| *c == Some(wanted))?;
            row.get(at)
                .map(|cell| cell.trim().to_owned())
                .filter(|cell| !cell.is_empty())
        };
        let names = [cell(Column::FirstName), cell(Column::Name)];
        let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            continue;
        }
        people.push(Person {
            name,
            email: cell(Column::Email)
                .as_deref()
                .map(checked_address)
                .transpose()?,
            organisation: cell(Column::Organisation),
            role: cell(Column::Role),
            phone: cell(Column::Phone),
        });
    }
    Ok(people)
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    FirstName,
    Email,
    Organisation,
    Role,
    Phone,
}

fn column(heading: &str) -> Option<Column> {
    let folded = fold(heading);
    Some(match folded.as_str() {
        "nom" | "name" | "last name" | "family name" | "nom et prenom" | "participant" => {
            Column::Name
        }
        "prenom" | "first name" | "given name" => Column::FirstName,
        "email" | "e mail" | "mail" | "courriel" | "adresse" | "address" | "mel" => Column::Email,
        "structure" | "organisation" | "organization" | "organisme" | "company" => {
            Column::Organisation
        }
        "fonction" | "role" | "poste" | "function" => Column::Role,
        "telephone" | "tel" | "phone" | "portable" | "mobile" => Column::Phone,
        _ => return None,
    })
}

/// The rows of a CSV (RFC 4180 §2): quoted cells may hold separators, quotes doubled, and line breaks.
fn rows(text: &str, separator: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            c if c == separator && !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )]
    use super::*;

    #[test]
    fn a_list_of_people_is_read_as_spreadsheets_write_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list.csv");
        std::fs::write(
            &file,
            "\u{feff}Nom;Prénom;Courriel;Structure\r\nDupont;Anne;Anne@x.example;\"CC \"\"du\"\" Val; et plus\"\r\n;;;\r\nMartin;Paul;;\r\n",
        )
        .unwrap();
        let people = people_of(&file).unwrap();
        assert_eq!(people.len(), 2);
        assert_eq!(people[0].name, "Anne Dupont");
        assert_eq!(people[0].email.as_deref(), Some("anne@x.example"));
        assert_eq!(
            people[0].organisation.as_deref(),
            Some("CC \"du\" Val; et plus")
        );
        assert_eq!(people[1].name, "Paul Martin");
        assert_eq!(people[1].email, None);
    }
}
