//! The templates: compiled in, and replaced by the organiser's copies; read once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior};

use super::error::RenderError;

/// Largest template file that is read: a page of text has some kilobytes.
const TEMPLATE_BYTES_MAX: u64 = 256 * 1024;

macro_rules! compiled_in {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

/// Every template by its name, with its source.
const COMPILED_IN: &[(&str, &str)] = compiled_in![
    "base.html.j2",
    "parts.html.j2",
    "fr/sentences.j2",
    "fr/digest/sentences.j2",
    "fr/digest/subject.txt.j2",
    "fr/digest/body.txt.j2",
    "fr/digest/body.html.j2",
    "fr/notice/sentences.j2",
    "fr/notice/subject.txt.j2",
    "fr/notice/body.txt.j2",
    "fr/notice/body.html.j2",
    "fr/letter.txt.j2",
    "fr/letter.html.j2",
    "fr/event.txt.j2",
    "fr/confirmed/subject.txt.j2",
    "fr/confirmed/body.txt.j2",
    "fr/confirmed/body.html.j2",
    "fr/provisional/subject.txt.j2",
    "fr/provisional/body.txt.j2",
    "fr/provisional/body.html.j2",
    "fr/waitlisted/subject.txt.j2",
    "fr/waitlisted/body.txt.j2",
    "fr/waitlisted/body.html.j2",
    "fr/late/subject.txt.j2",
    "fr/late/body.txt.j2",
    "fr/late/body.html.j2",
    "fr/full/subject.txt.j2",
    "fr/full/body.txt.j2",
    "fr/full/body.html.j2",
    "fr/already/subject.txt.j2",
    "fr/already/body.txt.j2",
    "fr/already/body.html.j2",
    "fr/cancelled/subject.txt.j2",
    "fr/cancelled/body.txt.j2",
    "fr/cancelled/body.html.j2",
    "fr/substituted/subject.txt.j2",
    "fr/substituted/body.txt.j2",
    "fr/substituted/body.html.j2",
    "fr/updated/subject.txt.j2",
    "fr/updated/body.txt.j2",
    "fr/updated/body.html.j2",
    "fr/clarify/subject.txt.j2",
    "fr/clarify/body.txt.j2",
    "fr/clarify/body.html.j2",
    "fr/promoted/subject.txt.j2",
    "fr/promoted/body.txt.j2",
    "fr/promoted/body.html.j2",
    "fr/several/subject.txt.j2",
    "fr/several/body.txt.j2",
    "fr/several/body.html.j2",
    "fr/transcript/subject.txt.j2",
    "fr/transcript/body.txt.j2",
    "fr/transcript/body.html.j2",
    "en/sentences.j2",
    "en/digest/sentences.j2",
    "en/digest/subject.txt.j2",
    "en/digest/body.txt.j2",
    "en/digest/body.html.j2",
    "en/notice/sentences.j2",
    "en/notice/subject.txt.j2",
    "en/notice/body.txt.j2",
    "en/notice/body.html.j2",
    "en/letter.txt.j2",
    "en/letter.html.j2",
    "en/event.txt.j2",
    "en/confirmed/subject.txt.j2",
    "en/confirmed/body.txt.j2",
    "en/confirmed/body.html.j2",
    "en/provisional/subject.txt.j2",
    "en/provisional/body.txt.j2",
    "en/provisional/body.html.j2",
    "en/waitlisted/subject.txt.j2",
    "en/waitlisted/body.txt.j2",
    "en/waitlisted/body.html.j2",
    "en/late/subject.txt.j2",
    "en/late/body.txt.j2",
    "en/late/body.html.j2",
    "en/full/subject.txt.j2",
    "en/full/body.txt.j2",
    "en/full/body.html.j2",
    "en/already/subject.txt.j2",
    "en/already/body.txt.j2",
    "en/already/body.html.j2",
    "en/cancelled/subject.txt.j2",
    "en/cancelled/body.txt.j2",
    "en/cancelled/body.html.j2",
    "en/substituted/subject.txt.j2",
    "en/substituted/body.txt.j2",
    "en/substituted/body.html.j2",
    "en/updated/subject.txt.j2",
    "en/updated/body.txt.j2",
    "en/updated/body.html.j2",
    "en/clarify/subject.txt.j2",
    "en/clarify/body.txt.j2",
    "en/clarify/body.html.j2",
    "en/promoted/subject.txt.j2",
    "en/promoted/body.txt.j2",
    "en/promoted/body.html.j2",
    "en/several/subject.txt.j2",
    "en/several/body.txt.j2",
    "en/several/body.html.j2",
    "en/transcript/subject.txt.j2",
    "en/transcript/body.txt.j2",
    "en/transcript/body.html.j2",
];

/// The folders of letters to participants, in each language.
const LETTERS: [&str; 12] = [
    "confirmed",
    "provisional",
    "waitlisted",
    "late",
    "full",
    "already",
    "cancelled",
    "substituted",
    "updated",
    "clarify",
    "promoted",
    "several",
];

/// Stands between the three parts of a letter that are rendered in one go; no text of ours holds it.
const BETWEEN_PARTS: char = '\u{1e}';

/// The template that renders a letter's three parts in one go, with the sentences (`say`) and building
/// blocks (`ui`) taken up once for all of them: that is most of what a letter costs.
fn whole_letter(language: &str, kind: &str) -> String {
    let parts = ["subject.txt.j2", "body.txt.j2", "body.html.j2"]
        .map(|part| format!("{{% include \"{language}/{kind}/{part}\" %}}"));
    format!(
        "{{% import \"{language}/sentences.j2\" as say %}}{{% import \"parts.html.j2\" as ui %}}{}",
        parts.join(&BETWEEN_PARTS.to_string())
    )
}

/// The name of that template; an organiser's copy cannot have it.
fn whole_letter_name(place: &str) -> String {
    format!("{place}/")
}

/// Whose facts a template is rendered with: an error about real ones must not tell any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// A real person's.
    Somebodys,
    /// Made up.
    Nobodys,
}

/// The templates, read and compiled.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
    /// Where the organiser's copies lie, by template name.
    copies: BTreeMap<String, PathBuf>,
}

impl Templates {
    /// Reads and compiles all templates.
    pub(super) fn load(folder: Option<&Path>) -> Result<Templates, RenderError> {
        let mut templates = Templates {
            environment: environment()?,
            copies: BTreeMap::new(),
        };
        for (name, source) in COMPILED_IN {
            let added = templates.environment.add_template(name, source);
            added.map_err(|error| templates.error(name, &error, Whose::Nobodys))?;
        }
        for language in ["fr", "en"] {
            for kind in LETTERS {
                let name = whole_letter_name(&format!("{language}/{kind}"));
                let added = templates
                    .environment
                    .add_template_owned(name.clone(), whole_letter(language, kind));
                added.map_err(|error| templates.error(&name, &error, Whose::Nobodys))?;
            }
        }
        let Some(folder) = folder else {
            return Ok(templates);
        };
        let copies = read_folder(folder)?;
        refuse_unused(&copies)?;
        for (name, (path, source)) in copies {
            templates.copies.insert(name.clone(), path);
            let added = templates
                .environment
                .add_template_owned(name.clone(), source);
            added.map_err(|error| templates.error(&name, &error, Whose::Nobodys))?;
        }
        Ok(templates)
    }

    /// Renders one template.
    pub(super) fn render(
        &self,
        name: &str,
        context: &Value,
        facts: Whose,
    ) -> Result<String, RenderError> {
        self.environment
            .get_template(name)
            .and_then(|template| template.render(context.clone()))
            .map_err(|error| self.error(name, &error, facts))
    }

    /// Renders subject, text and HTML of a letter to a participant.
    pub(super) fn render_letter(
        &self,
        place: &str,
        context: &Value,
        facts: Whose,
    ) -> Result<[String; 3], RenderError> {
        let whole = self.render(&whole_letter_name(place), context, facts)?;
        let mut parts = whole.split(BETWEEN_PARTS).map(str::to_owned);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(subject), Some(text), Some(html), None) => Ok([subject, text, html]),
            _ => Err(RenderError::Template {
                place: self.place(place),
                line: 0,
                what: "the letter holds a control character".to_owned(),
            }),
        }
    }

    /// Where a template lies, for people.
    pub(super) fn place(&self, name: &str) -> String {
        self.copies.get(name).map_or_else(
            || format!("templates/{name}"),
            |path| path.display().to_string(),
        )
    }

    fn error(&self, name: &str, error: &minijinja::Error, facts: Whose) -> RenderError {
        let innermost = innermost(error);
        let place = self.place(innermost.name().unwrap_or(name));
        let what = match innermost.detail() {
            Some(detail) if facts == Whose::Nobodys => format!("{}: {detail}", innermost.kind()),
            _ => innermost.kind().to_string(),
        };
        RenderError::Template {
            place,
            line: innermost.line().unwrap_or(0),
            what,
        }
    }
}

/// The cause nearest to the fault, in the file where it stands.
fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    let mut found = error;
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        if let Some(inner) = source.downcast_ref::<minijinja::Error>() {
            found = inner;
        }
        next = source.source();
    }
    found
}

fn environment() -> Result<Environment<'static>, RenderError> {
    let mut environment = Environment::new();
    let syntax = minijinja::syntax::SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.map_err(|error| RenderError::Template {
        place: "templates".to_owned(),
        line: 0,
        what: error.to_string(),
    })?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".html.j2") {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    environment.set_formatter(escape);
    environment.add_function("mailto", mailto);
    environment.add_filter("sentence", sentence);
    Ok(environment)
}

/// Writes a value; in HTML the five characters that mean something there are escaped, and no other.
fn escape(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let html = matches!(state.auto_escape(), AutoEscape::Html);
    let plain = match value.as_str() {
        Some(text) if html && !value.is_safe() => text,
        _ => return minijinja::escape_formatter(out, state, value),
    };
    let mut escaped = String::with_capacity(plain.len() + 16);
    for c in plain.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    out.write_str(&escaped)?;
    Ok(())
}

/// A `mailto:` URI (RFC 6068) with subject and body filled in, lines by CRLF; neither cc nor bcc,
/// which some webmails drop.
fn mailto(address: &str, subject: &str, body: &str) -> String {
    format!(
        "mailto:{}?subject={}&body={}",
        percent_encoded(address, b"@"),
        percent_encoded(subject, b""),
        percent_encoded(&body.replace('\n', "\r\n"), b"")
    )
}

fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The same with a capital first letter; escaped text stays known as such.
fn sentence(text: &Value) -> Value {
    let mut chars = text.as_str().unwrap_or_default().chars();
    let capital: String = chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    });
    if text.is_safe() {
        Value::from_safe_string(capital)
    } else {
        Value::from(capital)
    }
}

type Copies = BTreeMap<String, (PathBuf, String)>;

/// Reads all `.j2` files of a folder, at most two folders deep, as `fr/confirmed/body.txt.j2`.
fn read_folder(folder: &Path) -> Result<Copies, RenderError> {
    let mut copies = Copies::new();
    let mut open: Vec<(PathBuf, String)> = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = open.pop() {
        let failed = |source| RenderError::Read {
            path: path.clone(),
            source,
        };
        for entry in std::fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let file = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if file.is_dir() {
                if prefix.matches('/').count() < 2 {
                    open.push((file, format!("{name}/")));
                }
            } else if name.ends_with(".j2") {
                copies.insert(name, (file.clone(), read_file(&file)?));
            }
        }
    }
    Ok(copies)
}

fn read_file(file: &Path) -> Result<String, RenderError> {
    let failed = |source| RenderError::Read {
        path: file.to_owned(),
        source,
    };
    if std::fs::metadata(file).map_err(failed)?.len() > TEMPLATE_BYTES_MAX {
        return Err(failed(std::io::Error::other("larger than 256 KiB")));
    }
    std::fs::read_to_string(file).map_err(failed)
}

/// A copy under a wrong name would be passed over in silence: it must replace a template, or another
/// copy must name it.
fn refuse_unused(copies: &Copies) -> Result<(), RenderError> {
    for (name, (path, _)) in copies {
        let replaces = COMPILED_IN.iter().any(|(known, _)| known == name);
        let named = copies
            .iter()
            .any(|(other, (_, source))| other != name && source.contains(name.as_str()));
        if !replaces && !named {
            return Err(RenderError::Unused {
                place: path.display().to_string(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::mailto;

    #[test]
    fn mailto_fills_in_subject_and_body() {
        assert_eq!(
            mailto("a+b@c.example", "Annulation – é", "Oui\nAnne & Jo"),
            "mailto:a%2Bb@c.example?subject=Annulation%20%E2%80%93%20%C3%A9&body=Oui%0D%0AAnne%20%26%20Jo"
        );
    }
}
