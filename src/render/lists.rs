//! A session's list as a table in words, and as the file that a digest carries.

use crate::core::catalogue::SessionId;
use crate::core::digest::ListRow;
use crate::core::reading::Language;
use crate::core::roll::State;
use crate::core::table::{Csv, csv};

use super::words_of::state_word;

/// Gives the header and the rows of a list, states in words.
pub fn list_table(rows: &[ListRow], language: Language) -> Vec<Vec<String>> {
    let header = match language {
        Language::Fr => [
            "N°",
            "État",
            "Nom",
            "Structure",
            "Fonction",
            "Adresse",
            "Téléphone",
            "Demande reçue",
            "Demande faite par",
            "Remarques",
        ],
        Language::En => [
            "No.",
            "State",
            "Name",
            "Organisation",
            "Role",
            "Address",
            "Telephone",
            "Request received",
            "Requested by",
            "Remarks",
        ],
    };
    let mut table = vec![header.map(str::to_owned).to_vec()];
    table.extend(rows.iter().map(|row| {
        vec![
            row.id.clone(),
            state_in_words(&row.status, language),
            row.name.clone(),
            row.organisation.clone(),
            row.role.clone(),
            row.email.clone(),
            row.phone.clone(),
            row.received.clone(),
            row.made_by.clone(),
            row.remarks.clone(),
        ]
    }));
    table
}

fn state_in_words(code: &str, language: Language) -> String {
    serde_json::from_value::<State>(serde_json::Value::from(code)).map_or_else(
        |_| code.to_owned(),
        |state| state_word(state, language).to_owned(),
    )
}

/// The attached file: name, content type, bytes.
pub(super) fn list_file(
    session: &SessionId,
    rows: &[ListRow],
    language: Language,
) -> (String, String, Vec<u8>) {
    let table = list_table(rows, language);
    let cells = table.iter().map(|row| row.iter().map(String::as_str));
    let name: String = session
        .0
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '-'
            }
        })
        .collect();
    (
        format!("{name}.csv"),
        "text/csv; charset=utf-8".to_owned(),
        csv(cells, Csv::ExcelFr),
    )
}
