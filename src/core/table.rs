//! Rows → CSV that opens well in a spreadsheet and in programs.
//!
//! No cell is a formula: what a spreadsheet could take for one gets an apostrophe before it, since
//! names and structures come from whoever writes to us.

use super::digest::ListRow;
use super::reading::Language;
use super::roll::State;
use super::words_of::state_word;

/// The dialects of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Csv {
    /// As Excel in French expects it: UTF-8 with BOM, `;`, CRLF.
    ExcelFr,
    /// RFC 4180: UTF-8, `,`, CRLF.
    Rfc4180,
}

/// Writes rows of cells; the first row is usually the header.
pub fn csv<'a, R, C>(rows: R, dialect: Csv) -> Vec<u8>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = &'a str>,
{
    let (start, separator) = match dialect {
        Csv::ExcelFr => ("\u{feff}", ';'),
        Csv::Rfc4180 => ("", ','),
    };
    let mut out = String::from(start);
    for row in rows {
        for (index, value) in row.into_iter().enumerate() {
            if index > 0 {
                out.push(separator);
            }
            push_cell(&mut out, &harmless(value), separator);
        }
        out.push_str("\r\n");
    }
    out.into_bytes()
}

/// Writes a session's list: for Excel in French with French headings and states in words, as
/// RFC 4180 says with the stable names that programs rely on.
pub fn write_csv(kind: Csv, rows: &[ListRow]) -> Vec<u8> {
    let heading = match kind {
        Csv::ExcelFr => [
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
        Csv::Rfc4180 => [
            "id",
            "status",
            "name",
            "organisation",
            "role",
            "email",
            "phone",
            "received",
            "made_by",
            "remarks",
        ],
    };
    let states: Vec<String> = rows
        .iter()
        .map(|row| match kind {
            Csv::ExcelFr => in_words(&row.status),
            Csv::Rfc4180 => row.status.clone(),
        })
        .collect();
    let cells = rows.iter().zip(&states).map(|(row, state)| {
        [
            row.id.as_str(),
            state,
            &row.name,
            &row.organisation,
            &row.role,
            &row.email,
            &row.phone,
            &row.received,
            &row.made_by,
            &row.remarks,
        ]
    });
    csv(std::iter::once(heading).chain(cells), kind)
}

/// A state's code in words; what is no code stays.
fn in_words(code: &str) -> String {
    serde_json::from_value::<State>(serde_json::Value::from(code)).map_or_else(
        |_| code.to_owned(),
        |state| state_word(state, Language::Fr).to_owned(),
    )
}

/// RFC 4180 §2: quotes double, and around what holds a separator, quote or line break.
fn push_cell(out: &mut String, value: &str, separator: char) {
    if value.contains([separator, ',', ';', '\t', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&value.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(value);
    }
}

/// The cell with an apostrophe before it if a spreadsheet could take it for a formula: it begins,
/// after spaces or marks that do not show, with `= + - @`, TAB, CR, or a full-width form of these.
pub fn harmless(value: &str) -> String {
    let blank = |c: char| {
        (c.is_whitespace() && c != '\t' && c != '\r')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{202a}'..='\u{202e}')
            || (c.is_control() && c != '\t' && c != '\r')
    };
    let first = value.chars().find(|c| !blank(*c));
    let risky = first.is_some_and(|c| {
        matches!(
            c,
            '=' | '+'
                | '-'
                | '@'
                | '\t'
                | '\r'
                | '＝'
                | '＋'
                | '－'
                | '＠'
                | '﹦'
                | '﹢'
                | '﹣'
                | '﹫'
                | '−'
        )
    });
    if risky {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn excel_gets_a_bom_semicolons_and_crlf() {
        let rows = vec![vec!["Nom", "Structure"], vec!["Hélène", "CC; \"Val\""]];
        let bytes = csv(rows, Csv::ExcelFr);
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\u{feff}Nom;Structure\r\nHélène;\"CC; \"\"Val\"\"\"\r\n"
        );
    }

    #[test]
    fn rfc_4180_has_commas_and_no_bom() {
        let bytes = csv(vec![vec!["a,b", "c;d", "e\nf"]], Csv::Rfc4180);
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\"a,b\",\"c;d\",\"e\nf\"\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for risky in [
            "=1+1",
            "+33 4",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "\u{200b}=1",
            "＝1+1",
            "＋1",
            "－1",
            "＠x",
            "\n=1",
            "\u{0}=1",
        ] {
            assert!(harmless(risky).starts_with('\''), "{risky:?}");
        }
        for plain in ["Anne", "04 72 00 00 00", "a=b", "", "  x", "'tis"] {
            assert_eq!(harmless(plain), plain);
        }
    }
}
