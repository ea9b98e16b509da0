//! The files that go along with replies: read once with the catalogue, known by their hash.

use std::path::Path;

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::LoadedFile;
use super::sheet::{Sheet, words};
use crate::core::catalogue::AttachedFile;

/// Larger files are refused by many mail servers once encoded.
const ATTACHMENT_BYTES_MAX: u64 = 5_000_000;

/// Reads the file that a key names and adds it to `files`.
pub(super) fn attached(
    sheet: &mut Sheet,
    key: &str,
    value: &Spanned<String>,
    files: &mut Vec<LoadedFile>,
) -> Option<AttachedFile> {
    let path = sheet.file(key, value)?;
    match read_attachment(&path) {
        Ok(loaded) => {
            let file = loaded.file.clone();
            files.push(loaded);
            Some(file)
        }
        Err(why) => {
            let problem = sheet.at(value.span(), format!("`{key}`: {why}"));
            sheet.add(problem.help("name a file of at most 5 MB: it goes along with mails"));
            None
        }
    }
}

fn read_attachment(path: &Path) -> Result<LoadedFile, String> {
    let said = |error: std::io::Error| format!("the file cannot be read: {}", words(&error));
    let length = std::fs::metadata(path).map_err(said)?.len();
    if length > ATTACHMENT_BYTES_MAX {
        return Err(format!("the file is {length} bytes long"));
    }
    if length == 0 {
        return Err("the file is empty".to_owned());
    }
    let bytes = std::fs::read(path).map_err(said)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hash = Sha256::digest(&bytes);
    Ok(LoadedFile {
        file: AttachedFile {
            content_type: content_type(&name).to_owned(),
            name: name.into_owned(),
            sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            bytes: length,
        },
        bytes,
    })
}

/// Gives the media type by the end of a file's name.
fn content_type(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    match end.to_lowercase().as_str() {
        "pdf" => "application/pdf",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "rtf" => "application/rtf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
