//! Letters as an independent parser sees them.

use super::support;
use guichet::core::catalogue::AttachedFile;
use guichet::core::delivery::{Envelope, Rendered, RenderedCalendar};
use guichet::core::person::Address;
use guichet::smtp::{ComposeError, compose};

const ICS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//guichet//EN\r\nMETHOD:REQUEST\r\n\
    BEGIN:VEVENT\r\nUID:0123@x.example\r\nDTSTAMP:20170912T120000Z\r\nDTSTART:20171003T070000Z\r\n\
    DTEND:20171003T150000Z\r\nSUMMARY:Réunion – niveau 3\r\nORGANIZER:mailto:contact@x.example\r\n\
    ATTENDEE;RSVP=FALSE;PARTSTAT=ACCEPTED:mailto:julie@cc.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn rendered() -> Rendered {
    Rendered {
        subject: "Inscription confirmée – Animer une réunion, mardi 3 octobre 2017".to_owned(),
        text: "Bonjour,\n\nC'est noté : mardi 3 octobre.\n.\n..\nFrom here\n\n-- \nCap Exemple\n"
            .to_owned(),
        html: format!(
            "<!DOCTYPE html><html lang=\"fr\"><body><p>C'est noté&nbsp;: {}</p></body></html>",
            "très ".repeat(300)
        ),
        ..Rendered::default()
    }
}

fn full() -> Rendered {
    Rendered {
        calendars: vec![RenderedCalendar {
            method: "REQUEST".to_owned(),
            name: "invite.ics".to_owned(),
            inline: true,
            ics: ICS.to_owned(),
        }],
        files: vec![(
            "liste – réunion.csv".to_owned(),
            "text/csv; charset=utf-8".to_owned(),
            "\u{feff}Nom;Téléphone\r\nFrançois;04\r\n"
                .as_bytes()
                .to_vec(),
        )],
        attachments: vec![AttachedFile {
            name: "adhésion.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            sha256: "00ff".to_owned(),
            bytes: 4,
        }],
        ..rendered()
    }
}

fn address(name: &str, email: &str) -> Address {
    Address {
        name: (!name.is_empty()).then(|| name.to_owned()),
        email: email.to_owned(),
    }
}

fn envelope() -> Envelope {
    Envelope {
        from: address("Cap Exemple – inscriptions", "contact@x.example"),
        to: address("Julie Fontvieille", "julie@cc.example"),
        message_id: "0123456789abcdef0123456789abcdef@x.example".to_owned(),
        date: "2017-09-12T12:36:00Z".parse().unwrap(),
        timezone: "Europe/Paris".to_owned(),
        in_reply_to: Some("q2@cc.example".to_owned()),
        references: vec!["q1@cc.example".to_owned(), "q2@cc.example".to_owned()],
        auto_submitted: "auto-replied",
        boundary: "0123456789abcdef0123456789abcdef".to_owned(),
    }
}

fn bytes_of(sha256: &str) -> Option<Vec<u8>> {
    (sha256 == "00ff").then(|| b"%PDF\0\xff".to_vec())
}

fn composed(rendered: &Rendered, envelope: &Envelope) -> String {
    let outgoing = compose(rendered, envelope, bytes_of).unwrap();
    assert!(outgoing.bytes.is_ascii());
    let text = String::from_utf8(outgoing.bytes).unwrap();
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.lines().all(|line| line.len() <= 998));
    text
}

/// What Python's email package, strict, makes of it: headers, parts and defects.
fn parsed(mail: &str) -> serde_json::Value {
    let out = support::python("parse_mail.py", &[], mail.as_bytes());
    serde_json::from_str(&out).unwrap()
}

#[test]
fn an_independent_parser_finds_all_parts_and_no_defect() {
    let mail = composed(&full(), &envelope());
    let seen = parsed(&mail);
    assert_eq!(seen["defects"], serde_json::json!([]));
    let headers = &seen["headers"];
    for (name, value) in [
        ("From", "Cap Exemple – inscriptions <contact@x.example>"),
        ("To", "Julie Fontvieille <julie@cc.example>"),
        ("Subject", full().subject.as_str()),
        ("Date", "Tue, 12 Sep 2017 14:36:00 +0200"),
        ("Message-ID", "<0123456789abcdef0123456789abcdef@x.example>"),
        ("In-Reply-To", "<q2@cc.example>"),
        ("References", "<q1@cc.example> <q2@cc.example>"),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(headers[name], serde_json::json!([value]), "{name}");
    }
    assert!(headers.get("Reply-To").is_none());
    let shape: Vec<_> = seen["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            (
                part["path"].as_str().unwrap(),
                part["type"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        shape,
        [
            ("", "multipart/mixed"),
            ("0", "multipart/alternative"),
            ("0.0", "text/plain"),
            ("0.1", "text/html"),
            ("0.2", "text/calendar"),
            ("1", "application/ics"),
            ("2", "text/csv"),
            ("3", "application/pdf"),
        ]
    );
    let part = |index: usize| &seen["parts"][index];
    assert_eq!(part(2)["text"], full().text);
    assert_eq!(part(3)["text"], full().html);
    assert_eq!(part(4)["params"]["method"], "REQUEST");
    assert_eq!(part(4)["text"], ICS.replace("\r\n", "\n"));
    assert_eq!(part(5)["filename"], "invite.ics");
    assert_eq!(part(5)["encoding"], "base64");
    assert_eq!(part(6)["filename"], "liste – réunion.csv");
    assert_eq!(part(7)["filename"], "adhésion.pdf");
    assert_eq!(part(7)["hex"], "2550444600ff");
    match seen["calendar"].as_str() {
        Some("missing") => support::skipped("python3-icalendar is not installed"),
        calendar => assert_eq!(calendar, Some("REQUEST 0123@x.example Réunion – niveau 3")),
    }
}

#[test]
fn without_files_there_is_only_the_alternative() {
    let seen = parsed(&composed(&rendered(), &envelope()));
    assert_eq!(seen["defects"], serde_json::json!([]));
    assert_eq!(seen["parts"][0]["type"], "multipart/alternative");
    assert_eq!(seen["parts"].as_array().unwrap().len(), 3);
    let only_text = Rendered {
        html: String::new(),
        ..rendered()
    };
    let seen = parsed(&composed(&only_text, &envelope()));
    assert_eq!(seen["parts"][0]["type"], "text/plain");
    assert_eq!(seen["defects"], serde_json::json!([]));
}

#[test]
fn the_same_letter_is_the_same_bytes() {
    let one = compose(&full(), &envelope(), bytes_of).unwrap();
    let two = compose(&full(), &envelope(), bytes_of).unwrap();
    assert_eq!(one, two);
    assert_eq!(one.sha256.len(), 64);
    assert_eq!(
        (one.from.as_str(), one.to.as_str()),
        ("contact@x.example", "julie@cc.example")
    );
}

#[test]
fn nothing_a_sender_wrote_makes_a_header() {
    let mut hostile = full();
    hostile.subject =
        "Oui\r\nBcc: all@x.example\r\n\r\nbody\u{202e}\0 =?utf-8?q?=0D=0AX:y?=".to_owned();
    hostile.text = "a\rb\0c\r\nd".to_owned();
    hostile.files[0].0 = "../..\\\"\r\nBcc: z\".csv".to_owned();
    hostile.files[0].1 = "text/csv\r\nBcc: y".to_owned();
    let mut envelope = envelope();
    envelope.to.name = Some(format!(
        "Eve\r\nBcc: e@x.example\u{202e} =?utf-8?q?x?= {}",
        "é".repeat(200)
    ));
    envelope.in_reply_to = Some("a@b>\r\nBcc: x@y".to_owned());
    envelope.references = vec!["ok@b".to_owned(), "not ok@b".to_owned(), "é@b".to_owned()];
    let mail = composed(&hostile, &envelope);
    let seen = parsed(&mail);
    assert_eq!(seen["defects"], serde_json::json!([]));
    let headers = seen["headers"].as_object().unwrap();
    let names: Vec<_> = headers.keys().map(String::as_str).collect();
    assert!(!names.contains(&"Bcc"), "{names:?}");
    assert!(!names.contains(&"In-Reply-To"));
    assert_eq!(headers["References"], serde_json::json!(["<ok@b>"]));
    // Python puts a space between encoded words of a phrase (RFC 2047 §6.2 says none): asked of another.
    let parser = mail_parser::MessageParser::default();
    let other = parser.parse(mail.as_bytes()).unwrap();
    let to = other.to().unwrap().first().unwrap();
    assert_eq!(to.name().unwrap().chars().count(), 80);
    assert_eq!(to.address().unwrap(), "julie@cc.example");
    assert_eq!(seen["parts"][2]["text"], "a\nbc\nd");
}

#[test]
fn odd_but_real_addresses_are_written_to_and_impossible_ones_are_not() {
    for email in [
        "a..b@orange.fr",
        "x.@docomo.ne.jp",
        "o'neil+cap@x.ie",
        "x@[127.0.0.1]",
        "a/b=c@x.fr",
    ] {
        let mut envelope = envelope();
        envelope.to = address("Dupont, Anne", email);
        let mail = composed(&rendered(), &envelope);
        let to = mail.lines().find(|line| line.starts_with("To: ")).unwrap();
        assert!(to.ends_with(&format!(" <{email}>")), "{to}");
        let parser = mail_parser::MessageParser::default();
        let seen = parser.parse(mail.as_bytes()).unwrap();
        let name = seen
            .to()
            .unwrap()
            .first()
            .unwrap()
            .name()
            .unwrap()
            .to_owned();
        assert_eq!(name, "Dupont, Anne");
        assert_eq!(compose(&rendered(), &envelope, bytes_of).unwrap().to, email);
    }
    for email in [
        "",
        "a",
        "@x.fr",
        "a@",
        "a b@x.fr",
        "a@x.fr>\r\nRCPT TO:<b@x.fr",
        "a@b@c.fr",
        "zoé@x.fr",
        "a@é..fr",
        "a@é b.fr",
        "\"a\"@x.fr",
        "a,b@x.fr",
        "<a@x.fr>",
        "a@x[1].fr",
        "a@x.fr (c)",
    ] {
        let mut envelope = envelope();
        envelope.to = address("", email);
        let error = compose(&rendered(), &envelope, bytes_of).unwrap_err();
        assert!(
            matches!(error, ComposeError::Address(_)),
            "{email}: {error}"
        );
        assert!(email.is_empty() || !error.to_string().contains(&format!("`{email}`")));
    }
}

#[test]
fn a_domain_beyond_ascii_goes_as_its_a_label() {
    let mut envelope = envelope();
    envelope.to = address("Zoé Dupont", "zoe@mairie-Évry.example");
    let mail = composed(&rendered(), &envelope);
    let label = "zoe@xn--mairie-vry-h7a.example";
    assert_eq!(compose(&rendered(), &envelope, bytes_of).unwrap().to, label);
    assert!(mail.contains(&format!("<{label}>")), "{mail}");
}

#[test]
fn limits_hold() {
    let mut long = rendered();
    long.html = "x".repeat(150_000);
    let error = compose(&long, &envelope(), bytes_of).unwrap_err();
    assert!(matches!(error, ComposeError::TooLong(_)));
    // The organiser's own files do not count.
    let mut attached = full();
    attached.files[0].2 = vec![b'x'; 300_000];
    composed(&attached, &envelope());
    attached.attachments[0].sha256 = "nothing".to_owned();
    let error = compose(&attached, &envelope(), bytes_of).unwrap_err();
    assert_eq!(error, ComposeError::FileMissing("adhésion.pdf".to_owned()));
    let mut many = envelope();
    many.references = (0..500).map(|n| format!("{n}@x.example")).collect();
    let seen = parsed(&composed(&rendered(), &many));
    let references = seen["headers"]["References"][0].as_str().unwrap();
    assert_eq!(references.split(' ').count(), 20);
    assert!(references.starts_with("<0@x.example> <481@x.example>"));
    let mut bad = envelope();
    bad.boundary = "a b".to_owned();
    assert!(compose(&rendered(), &bad, bytes_of).is_err());
}

#[test]
fn a_forwarded_mail_goes_along_whole() {
    let seven = b"Subject: q\r\n\r\nMay I come?\r\n".to_vec();
    let eight = "Subject: q\r\n\r\nÀ bientôt\n".as_bytes().to_vec();
    for (bytes, kind) in [
        (seven, "message/rfc822"),
        (eight, "application/octet-stream"),
    ] {
        let mut with = rendered();
        with.files = vec![("mail.eml".to_owned(), "message/rfc822".to_owned(), bytes)];
        let seen = parsed(&composed(&with, &envelope()));
        assert_eq!(seen["defects"], serde_json::json!([]));
        assert_eq!(seen["parts"][4]["type"], kind);
    }
}
