//! Letter → subject, text and HTML (minijinja, strict), with its calendar parts and lists.
//!
//! Deterministic, and no IO after [`Renderer::new`]: the templates are compiled in, a copy in the
//! organiser's folder wins, and every one of them is rendered with sample facts before the first
//! letter. Sender-controlled text gets in as a safe name only, and HTML is escaped by file name.

mod check;
mod day;
mod digest;
mod error;
mod facts;
mod layout;
mod names;
mod notice;
mod reply;
mod samples;
mod samples_organiser;
mod session;
mod templates;
mod transcript;

use std::path::Path;

use jiff::Timestamp;
use minijinja::value::Value;

pub use crate::core::words_of::{doubt_sentence, state_word, status_word};
pub use error::RenderError;
pub use samples::samples;
pub use transcript::line_in_words;

use crate::core::delivery::Rendered;
use crate::core::digest::Digest;
use crate::core::reading::Language;
use crate::core::reply::Letter;
use templates::{Templates, Whose};

/// Turns letters into words.
#[derive(Debug)]
pub struct Renderer {
    templates: Templates,
}

impl Renderer {
    /// Takes the templates that are compiled in; a file of the same relative name in the organiser's
    /// folder wins. All are tried with sample facts, in both languages.
    ///
    /// # Errors
    /// The folder cannot be read, holds a template that nothing uses, or one of them does not
    /// render: file and line are named.
    pub fn new(templates_override: Option<&Path>) -> Result<Renderer, RenderError> {
        let renderer = Renderer {
            templates: Templates::load(templates_override)?,
        };
        check::try_all(&renderer)?;
        Ok(renderer)
    }

    /// Gives a letter in words; `stamp` becomes DTSTAMP of its calendar parts.
    ///
    /// # Errors
    /// A template does not render with these facts; no personal value stands in the error.
    pub fn render(&self, letter: &Letter, stamp: Timestamp) -> Result<Rendered, RenderError> {
        self.render_facts(letter, stamp, Whose::Somebodys)
    }

    /// Gives a digest whole, however long, as `guichet digest --preview` shows it.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn render_whole(&self, facts: &Digest) -> Result<Rendered, RenderError> {
        digest::uncut(&self.templates, facts, usize::MAX / 8, Whose::Somebodys)
    }

    fn render_facts(
        &self,
        letter: &Letter,
        stamp: Timestamp,
        whose: Whose,
    ) -> Result<Rendered, RenderError> {
        match letter {
            Letter::Reply(facts) => reply::render(&self.templates, facts, stamp, whose),
            Letter::Digest { digest, .. } => digest::render(&self.templates, digest, whose),
            Letter::Notice { notice, .. } => notice::render(&self.templates, notice, whose),
            Letter::Transcript { transcript, .. } => {
                transcript::render(&self.templates, transcript, whose)
            }
        }
    }
}

/// The name of a language's folder.
fn folder(language: Language) -> &'static str {
    match language {
        Language::Fr => "fr",
        Language::En => "en",
    }
}

/// Renders the three templates of one folder: subject, text, HTML.
fn three(
    templates: &Templates,
    language: Language,
    kind: &str,
    context: &Value,
    whose: Whose,
) -> Result<Rendered, RenderError> {
    let place = format!("{}/{kind}", folder(language));
    let subject = templates.render(&format!("{place}/subject.txt.j2"), context, whose)?;
    let text = templates.render(&format!("{place}/body.txt.j2"), context, whose)?;
    let html = templates.render(&format!("{place}/body.html.j2"), context, whose)?;
    Ok(laid_out(language, &subject, &text, html))
}

/// Gives a letter's three parts their last touch.
fn laid_out(language: Language, subject: &str, text: &str, html: String) -> Rendered {
    Rendered {
        subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
        text: layout::wrap(text),
        html: match language {
            Language::Fr => layout::french_spacing(&html),
            Language::En => html,
        },
        ..Rendered::default()
    }
}
