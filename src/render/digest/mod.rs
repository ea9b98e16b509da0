//! A digest in words: text, HTML and the lists, within what mail programs show.

mod view;

use minijinja::context;
use minijinja::value::{Serde, Value};

use super::error::RenderError;
use super::templates::{Templates, Whose};
use super::{folder, three};
use crate::core::delivery::Rendered;
use crate::core::digest::{Digest, SessionNews};
use crate::core::table::{Csv, write_csv};
use view::DigestView;
pub(super) use view::ItemView;

/// Text and HTML together: what is longer is not read on a morning.
const BYTES_MAX: usize = 60 * 1024;
/// Entries a list shows, tried in this order until the digest is short enough.
const SHOWN: [usize; 6] = [100, 50, 25, 12, 6, 3];
/// Gives a digest in words, its lists attached; cut, with « et N autres », if it would be too long.
pub(super) fn render(
    templates: &Templates,
    digest: &Digest,
    whose: Whose,
) -> Result<Rendered, RenderError> {
    let mut rendered = Rendered::default();
    for shown in SHOWN {
        rendered = uncut(templates, digest, shown, whose)?;
        if rendered.text.len() + rendered.html.len() <= BYTES_MAX {
            break;
        }
    }
    Ok(rendered)
}

/// Gives a digest with so many entries a list.
pub(super) fn uncut(
    templates: &Templates,
    digest: &Digest,
    shown: usize,
    whose: Whose,
) -> Result<Rendered, RenderError> {
    let view = DigestView::of(digest, shown);
    let context = context! {
        lang => folder(digest.language),
        digest => Value::from(Serde(&view)),
    };
    let rendered = three(templates, digest.language, "digest", &context, whose)?;
    let lists = digest
        .sessions
        .iter()
        .filter(|news| !news.list.is_empty())
        .map(list_file);
    Ok(Rendered {
        files: lists.collect(),
        ..rendered
    })
}

/// The attached list of a session: name, content type, bytes.
fn list_file(news: &SessionNews) -> (String, String, Vec<u8>) {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '-'
        }
    };
    let name: String = news.session.id.0.chars().map(plain).collect();
    (
        format!("{name}.csv"),
        "text/csv; charset=utf-8".to_owned(),
        write_csv(Csv::ExcelFr, &news.list),
    )
}
