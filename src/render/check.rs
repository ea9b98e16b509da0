//! Every template tried with sample facts, so that a fault shows at start and not in a letter.

use jiff::Timestamp;

use super::Renderer;
use super::error::RenderError;
use super::samples::samples;
use super::templates::Whose;
use crate::core::reading::Language;

/// Renders all samples in both languages; the first fault is the error.
pub(super) fn try_all(renderer: &Renderer) -> Result<(), RenderError> {
    for language in [Language::Fr, Language::En] {
        for (_, letter) in samples(language) {
            renderer.render_facts(&letter, Timestamp::UNIX_EPOCH, Whose::Nobodys)?;
        }
    }
    Ok(())
}
