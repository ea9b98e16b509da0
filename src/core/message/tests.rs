//! What the view of a message holds for odd and hostile bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use proptest::prelude::*;

use super::*;

fn view_of(text: &str) -> Message {
    let lf = Message::parse(text.as_bytes());
    let crlf = Message::parse(text.replace('\n', "\r\n").as_bytes());
    assert_eq!(lf.text, crlf.text, "LF and CRLF differ");
    assert_eq!(lf.from, crlf.from);
    assert_eq!(lf.identity.content, crlf.identity.content);
    lf
}

#[test]
fn the_first_of_doubled_headers_counts() {
    let mail = view_of(
        "Return-Path: <>\nReturn-Path: <b@x.fr>\nReceived: from a by b; Tue, 3 Oct 2017 09:05:06 +0200\nReceived: from c by d; Tue, 3 Oct 2017 01:00:00 +0200\nFrom: Zoe <z@x.fr>\nFrom: evil@x.org\nSubject: a\nSubject: b\nMessage-ID: <1@x>\n\nBonjour\n",
    );
    assert_eq!(mail.from.len(), 1);
    assert_eq!(mail.author().unwrap().email, "z@x.fr");
    assert_eq!(mail.subject, "a");
    assert_eq!(mail.return_path, ReturnPath::Null);
    assert_eq!(mail.received.unwrap().to_string(), "2017-10-03T07:05:06Z");
    assert_eq!(mail.header_values("from").count(), 2);
    assert_eq!(mail.text, "Bonjour\n");
}

#[test]
fn a_body_without_mime_headers_and_raw_8_bit_is_read() {
    let bytes = b"From: H\xe9l\xe8ne <h@x.fr>\nSubject: C\xf4t\xe9 \xab ici \xbb\n\nJ'arrive \xe0 10 h \x80\n";
    let mail = Message::parse(bytes);
    assert_eq!(mail.from[0].name.as_deref(), Some("Hélène"));
    assert_eq!(mail.subject, "Côté « ici »");
    assert_eq!(mail.text, "J'arrive à 10 h €\n");
}

#[test]
fn an_mbox_line_is_no_header() {
    let mail = view_of("\nFrom z@x.fr Tue Oct  3 09:05:06 2017\nFrom: z@x.fr\n\na\n");
    assert_eq!(mail.from[0].email, "z@x.fr");
}

#[test]
fn a_stub_gives_way_to_html_and_so_does_a_plain_part_that_hides_a_strike() {
    let alternative = |plain: &str, html: &str| {
        view_of(&format!(
            "From: z@x.fr\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
        ))
    };
    let plain = alternative("Je viens.", "<p>Je viens en HTML.</p>");
    assert_eq!(
        (plain.text.as_str(), plain.from_html),
        ("Je viens.\n", false)
    );
    let stub = alternative("Votre logiciel ne lit pas le HTML.", "<p>Je viens.</p>");
    assert_eq!((stub.text.as_str(), stub.from_html), ("Je viens.\n", true));
    assert_eq!(alternative("", "<p>Je viens.</p>").text, "Je viens.\n");
    let struck = alternative("Je ne viens", "<p>Je <s>ne</s> viens</p>");
    assert_eq!(struck.text, "Je viens\n");
}

#[test]
fn attachments_are_listed_and_attached_messages_are_read() {
    let mail = view_of(
        "From: z@x.fr\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nVoir.\n--b\nContent-Type: text/plain; name=\"a.txt\"\nContent-Disposition: attachment; filename=\"a.txt\"\n\nsecret\n--b\nContent-Type: text/calendar; method=reply\n\nBEGIN:VCALENDAR\n--b\nContent-Type: message/rfc822\n\nFrom: y@x.fr\nSubject: dedans\n\nInscrivez-moi\n--b--\n",
    );
    assert_eq!(mail.text, "Voir.\n");
    assert_eq!(mail.attachments.len(), 1);
    assert_eq!(mail.attachments[0].name, "a.txt");
    assert_eq!(mail.calendars[0].0, "REPLY");
    assert_eq!(mail.attached.len(), 1);
    assert_eq!(mail.attached[0].subject, "dedans");
    assert_eq!(mail.attached[0].text, "Inscrivez-moi\n");
}

#[test]
fn a_redelivery_is_the_same_content() {
    let mail = "From: z@x.fr\nDate: Tue, 3 Oct 2017 09:05:06 +0200\nMessage-ID: <1@x>\n\nBonjour\n";
    let first = view_of(mail);
    let again = view_of(&format!(
        "Received: from a by b; Wed, 4 Oct 2017 09:05:06 +0200\n{mail}"
    ));
    assert_ne!(first.identity.sha256, again.identity.sha256);
    assert_eq!(first.identity.content, again.identity.content);
    assert_eq!(first.identity.message_id, again.identity.message_id);
    assert_ne!(
        first.identity.content,
        view_of(&mail.replace("Bonjour", "Bonsoir"))
            .identity
            .content
    );
}

#[test]
fn what_is_no_message_is_unreadable() {
    for bytes in [
        &b""[..],
        b"\n\n",
        b"\0\0\0\0",
        b"\xff\xfe",
        b"Bonjour tout le monde\n",
    ] {
        assert!(!Message::parse(bytes).readable, "{bytes:?}");
    }
}

/// The hostile mails of the reliability checklist: all give a view, and quickly enough for a test.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let head = "From: z@x.fr\nSubject: a\n";
    let mut nested = format!("{head}Content-Type: multipart/mixed; boundary=b0\n\n");
    for level in 0..10_000 {
        nested.push_str(&format!(
            "--b{level}\nContent-Type: multipart/mixed; boundary=b{}\n\n",
            level + 1
        ));
    }
    let params: String = (0..10_000).map(|i| format!("; name*{i}*=%C3%A9")).collect();
    let mut bomb = head.to_owned();
    for _ in 0..20_000 {
        bomb.push_str("Content-Type: message/rfc822\n\n");
    }
    let mime = |kind: &str, encoding: &str, body: &str| {
        format!("{head}Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{body}")
            .into_bytes()
    };
    let mib = |piece: &str| piece.repeat((1 << 20) / piece.len());
    vec![
        (
            "headers",
            format!("{}{head}\na", "X-A: b\n".repeat(100_000)).into_bytes(),
        ),
        (
            "received",
            format!("{}{head}\na", "Received: from a by b; x\n".repeat(40_000)).into_bytes(),
        ),
        ("nested parts", nested.into_bytes()),
        ("nested messages", bomb.into_bytes()),
        (
            "parameters",
            format!("{head}Content-Type: text/plain{params}\n\na").into_bytes(),
        ),
        (
            "addresses",
            format!("To: {}\n{head}\na", "a <a@b.c>, ".repeat(90_000)).into_bytes(),
        ),
        (
            "encoded words",
            format!("{head}Subject: {}\n\na", mib("=?utf-8?q?")).into_bytes(),
        ),
        (
            "garbage qp",
            mime("text/plain", "quoted-printable", &mib("=Z=\0=")),
        ),
        ("garbage base64", mime("text/plain", "base64", &mib("!Q=é"))),
        ("html depth", mime("text/html", "8bit", &mib("<div>"))),
        (
            "html quotes",
            mime("text/html", "8bit", &mib("<blockquote>a")),
        ),
        ("html open tags", mime("text/html", "8bit", &mib("<a b=\""))),
        ("html comments", mime("text/html", "8bit", &mib("<!--"))),
        ("html entities", mime("text/html", "8bit", &mib("&amp"))),
        ("html ends", mime("text/html", "8bit", &mib("<b><td></b>"))),
        ("quote marks", mime("text/plain", "8bit", &mib(">"))),
        (
            "quote levels",
            mime("text/plain", "8bit", &mib("> > > > > > > >\n")),
        ),
        (
            "header blocks",
            mime("text/plain", "8bit", &mib("De : a\nEnvoyé : b\nÀ : c\n")),
        ),
        (
            "attributions",
            mime(
                "text/plain",
                "8bit",
                &mib("Le lun. 4 sept. 2017 à 10:12, X\n"),
            ),
        ),
        (
            "attributions in a line",
            mime("text/plain", "8bit", &mib("Le lun. 4 sept. 2017 wrote ")),
        ),
        ("dashes", mime("text/plain", "8bit", &mib("-----"))),
        ("labels", mime("text/plain", "8bit", &mib("> Nom :\n"))),
        (
            "words",
            mime("text/plain", "8bit", &mib("absence du bureau ")),
        ),
        ("blank lines", mime("text/plain", "8bit", &mib("\n"))),
        (
            "flowed",
            mime("text/plain; format=flowed", "8bit", &mib("> a \n")),
        ),
        (
            "report",
            mime(
                "multipart/report; boundary=b",
                "8bit",
                &mib("--b\n\n<a@b.c>: 550 5.1.1\n"),
            ),
        ),
    ]
}

#[test]
fn hostile_mails_give_a_view() {
    for (what, bytes) in hostile() {
        let mail = Message::parse(&bytes);
        assert_eq!(mail.bytes, bytes.len(), "{what}");
        assert!(mail.readable, "{what}");
        let parts = crate::core::unquote::unquote(&mail.text);
        assert!(parts.new.len() <= mail.text.len() * 2 + 1, "{what}");
        let organisation = crate::core::organisation::Organisation::default();
        crate::core::screening::screen(&mail, &organisation);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_view(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        Message::parse(&bytes);
    }

    #[test]
    fn wounded_mails_give_a_view(cuts in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..20), cut in any::<proptest::sample::Index>()) {
        let mut bytes = b"Return-Path: <a@b.fr>\r\nFrom: =?utf-8?q?Zo=C3=A9?= <z@x.fr>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Je <s>ne</s> viens=C3=A9 &eacute;<table><tr><td>a<td>b</table>\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; y@x.fr\r\nAction: failed\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <1@x>\r\n\r\nLe 3, X a \xc3\xa9crit :\r\n> a\r\n--b--\r\n".to_vec();
        for (index, byte) in cuts {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()));
        Message::parse(&bytes);
    }
}
