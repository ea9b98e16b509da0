//! A list opened by a spreadsheet program (LibreOffice, headless): no cell that somebody else wrote is a
//! formula, in CSV for Excel, in CSV after RFC 4180 and in the workbook.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use guichet::core::digest::ListRow;
use guichet::core::table::{Csv, write_csv};
use support::{python, skipped};

/// What a stranger may write as a name, a structure or a wish.
const HOSTILE: [&str; 16] = [
    "=1+1",
    "=HYPERLINK(\"http://evil.example\";\"ici\")",
    "+33 4 70 00 00 01",
    "-1+2",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "   =1+1",
    "\u{a0}=1+1",
    "\u{200b}=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "\";=1+1;\"",
];

fn rows() -> Vec<ListRow> {
    let row = |text: &&str| ListRow {
        id: "R1".to_owned(),
        status: "confirmed".to_owned(),
        name: (*text).to_owned(),
        organisation: (*text).to_owned(),
        role: (*text).to_owned(),
        email: (*text).to_owned(),
        phone: (*text).to_owned(),
        made_by: (*text).to_owned(),
        remarks: format!("{text}\n{text}"),
        ..ListRow::default()
    };
    HOSTILE.iter().map(row).collect()
}

/// Opens a file with LibreOffice and gives what it made of it, as flat XML.
fn opened(folder: &Path, file: &str, filter: Option<&str>) -> String {
    let mut office = Command::new("soffice");
    office.arg(format!(
        "-env:UserInstallation=file://{}/profile",
        folder.display()
    ));
    office.args(["--headless", "--norestore"]);
    if let Some(filter) = filter {
        office.arg(format!("--infilter={filter}"));
    }
    let made = office
        .args(["--convert-to", "fods", "--outdir"])
        .arg(folder)
        .arg(folder.join(file))
        .output()
        .unwrap();
    let out = folder.join(file).with_extension("fods");
    assert!(out.exists(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::read_to_string(out).unwrap()
}

fn is_there() -> bool {
    let there = Command::new("soffice").arg("--version").output();
    there.is_ok_and(|said| said.status.success())
}

#[test]
fn no_cell_is_a_formula_in_a_spreadsheet_program() {
    if !is_there() {
        skipped("no LibreOffice here: tests/install puts libreoffice-calc-nogui in");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // Separator, quote, UTF-8, first line, and formulas read as such where there are any.
    let filter = |separator: u8| {
        format!(
            "Text - txt - csv (StarCalc):{separator},34,76,1,,0,false,true,false,false,false,-1,true"
        )
    };
    // That the program would show a formula if there was one:
    fs::write(dir.path().join("formula.csv"), "a;b\n=1+1;x\n").unwrap();
    let seen = opened(dir.path(), "formula.csv", Some(&filter(59)));
    assert!(
        seen.contains("table:formula"),
        "the test sees no formula: {seen}"
    );

    for (name, kind, separator) in [
        ("excel.csv", Csv::ExcelFr, 59),
        ("rfc.csv", Csv::Rfc4180, 44),
    ] {
        fs::write(dir.path().join(name), write_csv(kind, &rows())).unwrap();
        let seen = opened(dir.path(), name, Some(&filter(separator)));
        assert!(
            seen.contains("SUM(A1:A9)"),
            "{name} is not what was written"
        );
        assert!(!seen.contains("table:formula"), "{name}: {seen}");
    }
}

#[test]
fn a_workbook_of_strangers_words_holds_text_only() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("sessions")).unwrap();
    fs::write(
        at("sessions/atelier.toml"),
        "id = \"atelier\"\ntitle = \"Atelier\"\nwhen = [{ from = 2099-10-05T10:00:00, to = 2099-10-05T12:00:00 }]\n\
         timezone = \"Europe/Paris\"\nplace = \"Lyon\"\nonline = false\ncapacity = 30\nmembership = \"none\"\n",
    )
    .unwrap();
    fs::write(
        at("guichet.toml"),
        "sessions = \"sessions\"\nstate = \"state\"\n[mailbox]\naddress = \"contact@asso.example\"\n",
    )
    .unwrap();
    let mut people = String::from("Nom;Structure;E-mail\n");
    for (n, text) in HOSTILE.iter().enumerate() {
        let quoted = text.replace('"', "\"\"");
        people.push_str(&format!("Anne Durand{n};\"{quoted}\";p{n}@x.example\n"));
    }
    fs::write(at("people.csv"), people).unwrap();
    let guichet = |words: &[&str]| {
        let said = Command::new(env!("CARGO_BIN_EXE_guichet"))
            .args(words)
            .arg("--config")
            .arg(at("guichet.toml"))
            .current_dir(dir.path())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code(), Some(0), "{words:?}: {err}");
        said.stdout
    };
    guichet(&["add", "--csv", "people.csv", "atelier", "--quiet"]);
    let csv = guichet(&["list", "atelier", "--csv", "excel-fr"]);
    // As Python reads the dialect of Excel: every cell is harmless, and none broke out of its quotes.
    let seen = python("parse_csv.py", &[";"], &csv);
    let cells: Vec<Vec<String>> = serde_json::from_str(&seen).unwrap();
    assert_eq!(cells.len(), HOSTILE.len() + 1);
    for row in &cells {
        assert_eq!(row.len(), cells[0].len(), "{row:?}");
        for cell in row {
            let first = cell
                .trim_start_matches([' ', '\u{a0}', '\u{200b}', '\u{feff}'])
                .chars()
                .next();
            assert!(
                first.is_none_or(|c| !"=+-@\t\r＝＋－＠".contains(c)),
                "{cell:?} could be a formula"
            );
        }
    }
    guichet(&["list", "atelier", "--xlsx", "list.xlsx"]);
    if !is_there() {
        skipped("no LibreOffice here: tests/install puts libreoffice-calc-nogui in");
        return;
    }
    let seen = opened(dir.path(), "list.xlsx", None);
    assert!(seen.contains("SUM(A1:A9)"), "{seen}");
    assert!(!seen.contains("table:formula"), "{seen}");
}
