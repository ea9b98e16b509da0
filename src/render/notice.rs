//! A notice to the organiser, at once; an urgent one goes with the mail itself, which the sender of
//! the notice attaches.

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
use crate::core::digest::{Notice, NoticeKind};

/// Longest detail that is shown.
const DETAIL_CHARS_MAX: usize = 500;

#[derive(Debug, Serialize)]
struct NoticeView {
    kind: NoticeKind,
    at: Day,
    item: Option<ItemView>,
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
        item: notice
            .item
            .as_ref()
            .map(|item| ItemView::of(item, 1, &notice.timezone, language)),
        detail: cut_at_word(&safe_text(&notice.detail), DETAIL_CHARS_MAX),
        organisation: notice.organisation.clone(),
    };
    let context = context! {
        lang => folder(language),
        notice => Value::from(Serde(&view)),
    };
    three(templates, language, "notice", &context, whose)
}
