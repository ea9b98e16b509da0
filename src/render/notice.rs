//! A notice to the organiser, at once; an urgent one goes with the mails themselves attached.

use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::day::{Day, cut_at_word};
use super::digest::ItemView;
use super::error::RenderError;
use super::names::safe_text;
use super::templates::{Templates, Whose};
use super::{folder, three};
use crate::core::delivery::Rendered;
use crate::core::digest::{Notice, NoticeKind, Original};

/// Longest detail that is shown.
const DETAIL_CHARS_MAX: usize = 500;

/// An item, and what became of the mail behind it: `attached`, `too_long`, `gone`.
#[derive(Debug, Serialize)]
struct ToldView {
    item: ItemView,
    original: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct NoticeView {
    kind: NoticeKind,
    at: Day,
    items: Vec<ToldView>,
    detail: String,
    organisation: String,
}

/// Gives a notice in words.
pub(super) fn render(
    templates: &Templates,
    notice: &Notice,
    whose: Whose,
) -> Result<Rendered, RenderError> {
    let language = notice.language;
    let view = NoticeView {
        kind: notice.kind,
        at: Day::at(notice.at, &notice.timezone, language),
        items: told(notice),
        detail: cut_at_word(&safe_text(&notice.detail), DETAIL_CHARS_MAX),
        organisation: notice.organisation.clone(),
    };
    let context = context! {
        lang => folder(language),
        notice => Value::from(Serde(&view)),
    };
    let rendered = three(templates, language, "notice", &context, whose)?;
    Ok(Rendered {
        files: originals(notice),
        ..rendered
    })
}

fn told(notice: &Notice) -> Vec<ToldView> {
    let mut originals = notice.originals.iter();
    let views = notice
        .items
        .iter()
        .enumerate()
        .map(|(index, item)| ToldView {
            item: ItemView::of(item, index + 1, &notice.timezone, notice.language),
            original: originals.next().map(|original| match original {
                Original::Attached { .. } => "attached",
                Original::TooLong => "too_long",
                Original::Gone => "gone",
            }),
        });
    views.collect()
}

/// The mails as they came.
fn originals(notice: &Notice) -> Vec<(String, String, Vec<u8>)> {
    let attached = notice
        .originals
        .iter()
        .filter_map(|original| match original {
            Original::Attached { octets } => Some(&octets.0),
            Original::TooLong | Original::Gone => None,
        });
    let name = |index: usize| match index {
        0 => "mail.eml".to_owned(),
        _ => format!("mail-{}.eml", index + 1),
    };
    attached
        .enumerate()
        .map(|(index, octets)| (name(index), "message/rfc822".to_owned(), octets.clone()))
        .collect()
}
