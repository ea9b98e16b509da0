//! Who wrote a mail, and may a machine register from it or answer it: fixtures of both kinds.
//!
//! Each folder holds mails and one `expected.jsonl`; every mail is read with LF and with CRLF.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use std::path::PathBuf;

use guichet::core::message::Message;
use guichet::core::organisation::Organisation;
use guichet::core::screening::{Machine, Screening, Writer, screen};
use serde_json::Value;

fn organisation() -> Organisation {
    Organisation {
        name: "Réseau".into(),
        address: "formation@reseau-exemple.example".into(),
        own_list_ids: vec!["contact.reseau-exemple.example".into()],
        authserv_ids: vec!["mx.reseau-exemple.example".into()],
        form_relays: vec!["noreply@formulaires.example".into()],
        ..Organisation::default()
    }
}

/// Reads every mail of a folder with both line ends and hands it to `judge` with what is expected.
fn check(folder: &str, at_least: usize, judge: impl Fn(&Message, &Screening, &Value)) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/screening")
        .join(folder);
    let expected = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    let mut cases = 0;
    for line in expected.lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        let lf = std::fs::read_to_string(folder.join(expected["file"].as_str().unwrap())).unwrap();
        for bytes in [lf.clone(), lf.replace('\n', "\r\n")] {
            let message = Message::parse(bytes.as_bytes());
            let screening = screen(&message, &organisation());
            judge(&message, &screening, &expected);
        }
        cases += 1;
    }
    println!("{}: {cases} mails", folder.display());
    assert!(cases >= at_least);
}

fn name_of(screening: &Screening) -> &'static str {
    match &screening.writer {
        Writer::Human if !screening.may_register => "human_not_registered",
        Writer::Human => "human",
        Writer::Bounce(_) => "bounce",
        Writer::Machine(machine) => match machine {
            Machine::Absence => "absence",
            Machine::Receipt => "receipt",
            Machine::Bulk => "bulk",
            Machine::CalendarAccepted => "calendar_accepted",
            Machine::CalendarOther => "calendar_other",
            Machine::Challenge => "challenge",
            Machine::Echo => "echo",
            Machine::Other => "other",
        },
    }
}

#[test]
fn automatic_mail_is_neither_answered_nor_registered_from() {
    check("automatic", 60, |message, screening, expected| {
        let file = &expected["file"];
        assert_eq!(
            expected["writer"],
            name_of(screening),
            "{file}: {screening:?}"
        );
        assert!(!screening.may_reply && !screening.may_register, "{file}");
        assert!(!screening.reasons.is_empty(), "{file} has no reason");
        if let Some(recipient) = expected["recipient"].as_str() {
            let dsn = message.dsn.as_ref().unwrap();
            assert_eq!(dsn.recipients, [recipient], "{file}");
            assert_eq!(expected["permanent"], dsn.permanent, "{file}");
        }
    });
}

#[test]
fn peoples_mail_with_machine_traits_is_registered_from() {
    check("human", 40, |_, screening, expected| {
        let file = &expected["file"];
        assert_eq!(name_of(screening), "human", "{file}: {screening:?}");
        assert_eq!(
            expected["reply"], screening.may_reply,
            "{file}: {screening:?}"
        );
        match expected["reason"].as_str() {
            Some(reason) => assert!(screening.reasons.contains(&reason), "{file}: {screening:?}"),
            None => assert!(screening.reasons.is_empty(), "{file}: {screening:?}"),
        }
        if let Some(to) = expected["to"].as_str() {
            let reply_to = screening.reply_to.as_ref().unwrap();
            assert_eq!(reply_to.email, to, "{file}");
        }
    });
}

/// A mail from a foreign envelope, with what its top says of it.
fn authenticated(top: &str, from: &str) -> Screening {
    let mail = format!(
        "Return-Path: <bounce@mailer.test>\n{top}Received: from out.mailer.test by mx.reseau-exemple.example with ESMTPS; Tue, 12 Sep 2023 09:15:38 +0200\nAuthentication-Results: mx.reseau-exemple.example; dmarc=pass header.from=cc-val.example\nFrom: {from}\nSubject: Session\n\nInscrivez-moi.\n"
    );
    screen(&Message::parse(mail.as_bytes()), &organisation())
}

#[test]
fn authentication_counts_only_from_our_own_server_and_in_alignment() {
    const FROM: &str = "Zoe <z@cc-val.example>";
    let ours = |what: &str| format!("Authentication-Results: mx.reseau-exemple.example; {what}\n");
    for (top, from, passes) in [
        (ours("dmarc=pass header.from=cc-val.example"), FROM, true),
        (
            ours("spf=fail; dkim=pass header.d=mail.cc-val.example"),
            FROM,
            true,
        ),
        (ours("dkim=pass header.i=@cc-val.example"), FROM, true),
        (
            format!(
                "Received: by store with LMTP; Tue, 12 Sep 2023 09:15:39 +0200\n{}",
                ours("dmarc=pass (p=none) header.from=cc-val.example")
            ),
            FROM,
            true,
        ),
        (ours("dkim=pass header.d=mailer.test"), FROM, false),
        (ours("spf=pass smtp.mailfrom=mailer.test"), FROM, false),
        (ours("dmarc=pass header.from=other.test"), FROM, false),
        (
            ours("dmarc=none (dmarc=pass) header.from=cc-val.example"),
            FROM,
            false,
        ),
        (
            "Authentication-Results: evil.test; dmarc=pass header.from=cc-val.example\n".into(),
            FROM,
            false,
        ),
        (String::new(), FROM, false), // the one below our own Received line is the sender's
    ] {
        let screening = authenticated(&top, from);
        assert_eq!(
            screening.may_reply, passes,
            "{top}: {:?}",
            screening.reasons
        );
        assert!(screening.may_register, "{top}");
    }
    let failed = authenticated(&ours("dmarc=fail header.from=cc-val.example"), FROM);
    assert!(failed.reasons.contains(&"dmarc_fail"));
    // Without a configured authserv-id nothing is a pass.
    let mail = format!(
        "Return-Path: <b@mailer.test>\n{}From: {FROM}\n\nBonjour\n",
        ours("dmarc=pass header.from=cc-val.example")
    );
    let unknown = Organisation {
        authserv_ids: Vec::new(),
        ..organisation()
    };
    assert!(!screen(&Message::parse(mail.as_bytes()), &unknown).may_reply);
}

#[test]
fn what_is_no_message_is_left_to_the_human() {
    for bytes in [&b""[..], b"\0\0", b"no header at all\n"] {
        let screening = screen(&Message::parse(bytes), &organisation());
        assert_eq!(screening.writer, Writer::Human);
        assert!(!screening.may_register && !screening.may_reply);
        assert!(screening.reasons.contains(&"unreadable"));
    }
}
