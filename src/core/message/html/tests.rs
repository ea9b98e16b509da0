//! HTML of mail programs, and broken HTML.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]
use super::render;

fn to_text(html: &str) -> String {
    render(html).text
}

#[test]
fn struck_through_text_is_gone() {
    for mark in [
        "<s>ne</s>",
        "<del>ne</del>",
        "<strike>ne</strike>",
        "<span style=\"text-decoration: line-through\">ne</span>",
        "<span style='color:red; display : none'>ne <b>pas</b></span>",
    ] {
        assert_eq!(to_text(&format!("<p>Je {mark} viens</p>")), "Je viens\n");
    }
}

#[test]
fn cells_rows_and_items_stay_apart() {
    let table = "<table><tr><td>Nom</td><td><p>Dupont</p></td></tr><tr><td>Prénom</td><td>Zoé</td></tr></table>";
    assert_eq!(to_text(table), "Nom | Dupont\nPrénom | Zoé\n");
    assert_eq!(
        to_text("<ul><li>un</li><li>deux</li></ul>"),
        "- un\n- deux\n"
    );
    assert_eq!(to_text("<ol><li>un<li>deux</ol>"), "1. un\n2. deux\n");
}

#[test]
fn quotes_and_paragraphs_are_kept() {
    let html = "<div>Oui</div><div class=gmail_quote>Le 3, X a écrit :<br><blockquote>Venez&nbsp;!<br><blockquote>Tôt</blockquote></blockquote></div>";
    assert_eq!(
        to_text(html),
        "Oui\nLe 3, X a écrit :\n> Venez !\n> > Tôt\n"
    );
    assert_eq!(to_text("<p>a</p><p>b</p>c"), "a\n\nb\n\nc\n");
    assert_eq!(to_text("a<br>b<br><br>c"), "a\nb\n\nc\n");
}

#[test]
fn broken_html_is_read_all_the_same() {
    assert_eq!(
        to_text("1 < 2 &amp; 3 &foo; &#233; <b>x"),
        "1 < 2 & 3 &foo; é x\n"
    );
    assert_eq!(
        to_text("<!-- never closed <p>text"),
        "never closed\n\ntext\n"
    );
    assert_eq!(to_text("<p title=\"stray>text</p>"), "text\n");
    assert_eq!(to_text("</div></p>ok</td>"), "ok\n");
}
