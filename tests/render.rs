//! Letters as their receivers see them: every kind, French and English, text and HTML.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use guichet::core::reading::Language;
use guichet::render::{Renderer, samples};
use jiff::Timestamp;

const LANGUAGES: [Language; 2] = [Language::Fr, Language::En];

fn stamp() -> Timestamp {
    "2017-09-13T06:00:00Z".parse().unwrap()
}

/// Writes every sample as text and HTML to `$GUICHET_PREVIEW`, for looking at.
#[test]
fn samples_can_be_looked_at() {
    let renderer = Renderer::new(None).unwrap_or_else(|e| panic!("{e}"));
    let Ok(folder) = std::env::var("GUICHET_PREVIEW") else {
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    for language in LANGUAGES {
        for (name, letter) in samples(language) {
            let rendered = renderer.render(&letter, stamp()).unwrap();
            let path = format!("{folder}/{language:?}-{name}").to_lowercase();
            std::fs::write(
                format!("{path}.txt"),
                format!("{}\n\n{}", rendered.subject, rendered.text),
            )
            .unwrap();
            std::fs::write(format!("{path}.html"), &rendered.html).unwrap();
            for calendar in &rendered.calendars {
                std::fs::write(format!("{path}-{}", calendar.name), &calendar.ics).unwrap();
            }
        }
    }
}
