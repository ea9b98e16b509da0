//! Why a letter cannot be put into words; never with a value in it.

use std::path::PathBuf;

/// What is wrong with the templates.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The organiser's folder, or a file in it, cannot be read.
    #[error("cannot read the templates in {}", path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file in the organiser's folder replaces no template and no other file there names it.
    #[error(
        "{place}: no template has this name, so nothing would use it; copy one of guichet's own, such as fr/confirmed/body.txt.j2"
    )]
    Unused {
        /// The file.
        place: String,
    },
    /// A template cannot be read or does not render.
    #[error("{place}:{line}: {what}")]
    Template {
        /// The file: in the organiser's folder, or the name of one compiled in.
        place: String,
        /// The line in it, from 1; 0 if it is not known.
        line: usize,
        /// What is wrong, without any value.
        what: String,
    },
    /// A letter is longer than mail programs show.
    #[error("{place}: {bytes} bytes of HTML, more than the {max} that mail programs show whole")]
    TooLong {
        /// The template.
        place: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
}
