//! The list as a workbook (Office Open XML). All cells are text: none is a formula.

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::list::{COLUMNS, cells};
use super::{CliError, exit};
use crate::core::catalogue::SessionId;
use crate::core::digest::ListRow;

/// Widths of the columns, in characters.
const WIDTHS: [u8; 11] = [16, 7, 12, 26, 34, 26, 32, 18, 17, 28, 40];

/// Writes the list to a file.
pub(super) fn write(file: &Path, rows: &[(SessionId, ListRow)]) -> Result<(), CliError> {
    let bytes = workbook(rows).map_err(|error| {
        CliError::new(
            exit::INTERNAL,
            format!("error: the workbook cannot be made: {error}"),
        )
    })?;
    std::fs::write(file, bytes).map_err(|error| {
        CliError::new(
            exit::CANT_CREATE,
            format!("error: cannot write {}: {error}", file.display()),
        )
    })
}

fn workbook(rows: &[(SessionId, ListRow)]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The same list is the same file.
    workbook.set_properties(
        &DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?),
    );
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet();
    for (column, (title, width)) in (0_u16..).zip(COLUMNS.iter().zip(WIDTHS)) {
        sheet.write_string_with_format(0, column, *title, &bold)?;
        sheet.set_column_width(column, f64::from(width))?;
    }
    for (line, (session, row)) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells(session, row)) {
            sheet.write_string(line, column, cell)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    workbook.save_to_buffer()
}
