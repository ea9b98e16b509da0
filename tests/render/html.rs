//! HTML as mail programs need it.

use super::*;

#[test]
fn html_is_one_document_in_its_language() {
    for (name, letter, rendered) in all() {
        let language = match &letter {
            Letter::Reply(reply) => reply.language,
            Letter::Digest { digest, .. } => digest.language,
            Letter::Notice { notice, .. } => notice.language,
            Letter::Transcript { transcript, .. } => transcript.language,
        };
        let lang = match language {
            Language::Fr => "lang=\"fr\"",
            Language::En => "lang=\"en\"",
        };
        let html = &rendered.html;
        assert!(html.trim_start().starts_with("<!DOCTYPE html>"), "{name}");
        assert_eq!(
            html.matches(lang).count(),
            2,
            "{name}: on html and on a wrapper"
        );
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert!(html.len() <= 100 * 1024, "{name}: {}", html.len());
    }
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for (name, _, rendered) in all() {
        let lower = rendered.html.to_lowercase();
        for forbidden in [
            "<img",
            "<script",
            "<link",
            "<iframe",
            "<object",
            "<form",
            "src=",
            "url(",
            "@import",
            "background=",
            "onclick",
            "onload",
        ] {
            assert!(!lower.contains(forbidden), "{name}: {forbidden}");
        }
        for link in rendered.html.split("href=\"").skip(1) {
            let ours = link.starts_with("mailto:formations@organisation.example?")
                || link.starts_with("https://visio.example/");
            assert!(
                ours,
                "{name}: {}",
                link.chars().take(60).collect::<String>()
            );
        }
    }
}

#[test]
fn tables_lay_out_and_text_is_large_enough() {
    for (name, _, rendered) in all() {
        let html = &rendered.html;
        for table in html.split("<table").skip(1) {
            let tag = table.split('>').next().unwrap();
            assert!(tag.contains("role=\"presentation\""), "{name}: {tag}");
        }
        for size in html.split("font-size:").skip(1) {
            let size = size.split("px").next().unwrap();
            let bar = size == "1"; // cells of the gauge hold no text
            assert!(
                bar || size.parse::<u32>().unwrap() >= 16,
                "{name}: {size}px"
            );
        }
        assert!(html.contains("max-width:600px"), "{name}");
        // where CSS colours are dropped, the attribute says the same
        for tag in html.split('<').filter(|t| t.contains("background-color:#")) {
            let tag = tag.split('>').next().unwrap();
            if !tag.starts_with("style") && !tag.starts_with("body ") {
                assert!(tag.contains("bgcolor=\"#"), "{name}: {tag}");
            }
        }
    }
}

#[test]
fn tags_are_closed_in_order() {
    const VOID: [&str; 3] = ["br", "meta", "!DOCTYPE"];
    for (name, _, rendered) in all() {
        let html = rendered
            .html
            .replace("<!--[if mso]>", "")
            .replace("<![endif]-->", "");
        let mut open: Vec<String> = Vec::new();
        for piece in html.split('<').skip(1) {
            let tag = piece.split('>').next().unwrap();
            let word = tag.split_whitespace().next().unwrap_or_default();
            if let Some(closed) = word.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(closed), "{name}: {tag}");
            } else if !VOID.contains(&word) {
                open.push(word.to_owned());
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}

#[test]
fn french_punctuation_does_not_break_apart() {
    for (name, letter, rendered) in all() {
        let Letter::Reply(reply) = letter else {
            continue;
        };
        if reply.language == Language::Fr {
            let body = rendered.html.split_once("</head>").unwrap().1;
            for piece in body.split('<') {
                let shown = piece.split_once('>').map_or("", |(_, shown)| shown);
                for broken in [" ?", " ;", " :", "« ", " »", " !"] {
                    assert!(!shown.contains(broken), "{name}: {broken:?} in {shown}");
                }
            }
        }
    }
}
