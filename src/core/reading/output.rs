//! A reading as one line of JSON, as scripts and measurements take it.

use serde::Serialize;

use super::Reading;

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(flatten)]
    reading: &'a Reading,
}

/// Writes what was read of a file as one line of JSON, without the line end.
pub fn json_line(file: &str, reading: &Reading) -> String {
    serde_json::to_string(&Line { file, reading }).unwrap_or_default()
}
