//! With a real Postfix that delivers to a real Dovecot.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use guichet::config::{Auth, Protection, Secret, SmtpSettings};
use guichet::core::delivery::{Concerns, Delivery, Envelope, Outgoing, Rendered};
use guichet::core::person::Address;
use guichet::smtp::{Relay, compose};

use super::support::{CONTACT, Dovecot, PASSWORD, PEOPLE, Postfix, available, until};

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".to_owned(),
        port,
        protection: Protection::None,
        ca_file: None,
        login: None,
        hello: "guichet.test".to_owned(),
        step_timeout: Duration::from_secs(20),
        final_timeout: Duration::from_secs(60),
    }
}

fn secret(dir: &Path, name: &str, text: &str) -> Secret {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    Secret::File(path)
}

fn letter(n: u32, to: &str) -> Outgoing {
    let address = |email: &str| Address {
        name: Some("Équipe – accueil".to_owned()),
        email: email.to_owned(),
    };
    let rendered = Rendered {
        subject: format!("Inscription confirmée {n}"),
        text: "Bonjour,\n.\n.. déjà\n\n-- \nL'équipe\n".to_owned(),
        html: "<p>Bonjour</p>".to_owned(),
        ..Rendered::default()
    };
    let envelope = Envelope {
        from: address(CONTACT),
        to: address(to),
        message_id: format!("letter{n}@guichet.test"),
        date: "2026-09-12T12:36:00Z".parse().unwrap(),
        timezone: "Europe/Paris".to_owned(),
        in_reply_to: None,
        references: vec![],
        auto_submitted: "auto-replied",
        boundary: format!("{n:032x}"),
    };
    compose(&rendered, &envelope, |_| None).unwrap()
}

/// The mails that lie in somebody's inbox.
fn inbox(dovecot: &Dovecot, user: &str) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(dovecot.maildir(user).join("new")) else {
        return Vec::new();
    };
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

fn is_accepted(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Accepted { .. })
}

#[tokio::test]
async fn letters_arrive_byte_by_byte_and_an_unknown_address_comes_back() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let postfix = Postfix::start(&dovecot);
    let mut relay = Relay::new(settings(postfix.smtp_port()));
    for n in 0..3 {
        let delivery = relay.send(&letter(n, PEOPLE[0])).await;
        let Delivery::Accepted { response } = &delivery else {
            panic!("{delivery:?}");
        };
        assert!(response.starts_with("250 2.0.0"), "{response}");
    }
    let arrived = until("three letters lie there", || {
        Some(inbox(&dovecot, PEOPLE[0])).filter(|mails| mails.len() == 3)
    });
    for n in 0..3 {
        let sent = String::from_utf8(letter(n, PEOPLE[0]).bytes).unwrap();
        let found = arrived.iter().filter(|mail| {
            let mail = mail.replace("\r\n", "\n");
            mail.starts_with("Return-Path: <contact@guichet.test>\n")
                && mail.ends_with(&sent.replace("\r\n", "\n"))
        });
        assert_eq!(found.count(), 1, "{sent}\n-- is not in --\n{arrived:#?}");
    }

    let unknown = relay.send(&letter(4, "nobody@guichet.test")).await;
    assert!(is_accepted(&unknown));
    let refused = relay.send(&letter(5, "x@refused.test")).await;
    let Delivery::Refused { response } = &refused else {
        panic!("{refused:?}");
    };
    assert!(response.starts_with("550 5.1.1"), "{response}");
    assert!(!response.contains('@'));
    let later = relay.send(&letter(6, "x@later.test")).await;
    let reply = Concerns::Reply;
    assert!(matches!(later, Delivery::Deferred { concerns, .. } if concerns == reply));
    assert!(is_accepted(&relay.send(&letter(7, "x@sink.test")).await));
    relay.close().await;
    // Postfix's own report about letter 4.
    let reports = until("the report lies there", || {
        Some(inbox(&dovecot, CONTACT)).filter(|mails| !mails.is_empty())
    });
    assert!(reports[0].contains("multipart/report"), "{}", reports[0]);
    assert!(reports[0].contains("letter4@guichet.test"));
    // Those that sent something (the harness has knocked once to see whether it answers).
    let log = postfix.log();
    let busy = log
        .lines()
        .filter(|line| line.contains("disconnect from") && line.contains(" mail="));
    assert_eq!(busy.count(), 1, "one connection for all");
}

#[tokio::test]
async fn tls_and_logins_work_and_wrong_ones_do_not() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let postfix = Postfix::start(&dovecot);
    let login = |name: &str, text: &str, auth| {
        Some((CONTACT.to_owned(), secret(dir.path(), name, text), auth))
    };
    let to = PEOPLE[1];
    let under_tls = SmtpSettings {
        protection: Protection::Tls,
        ca_file: Some(dovecot.ca_file()),
        ..settings(postfix.smtps_port())
    };
    let submission = SmtpSettings {
        protection: Protection::StartTls,
        ca_file: Some(dovecot.ca_file()),
        login: login("good", PASSWORD, Auth::Password),
        ..settings(postfix.submission_port())
    };
    assert!(is_accepted(
        &Relay::new(under_tls.clone()).send(&letter(1, to)).await
    ));
    let mut relay = Relay::new(submission.clone());
    assert!(relay.check().await.is_none());
    for n in 2..4 {
        assert!(is_accepted(&relay.send(&letter(n, to)).await));
    }
    relay.close().await;

    dovecot.set_token("tok", Some(CONTACT));
    let mut relay = Relay::new(SmtpSettings {
        login: login("token", "tok", Auth::Xoauth2),
        ..submission.clone()
    });
    assert!(is_accepted(&relay.send(&letter(4, to)).await));
    for (name, text, auth) in [
        ("bad", "not it", Auth::Password),
        ("old", "gone", Auth::Xoauth2),
    ] {
        let mut relay = Relay::new(SmtpSettings {
            login: login(name, text, auth),
            ..submission.clone()
        });
        let delivery = relay.send(&letter(5, to)).await;
        let credentials = Concerns::Credentials;
        assert!(
            matches!(&delivery, Delivery::Deferred { concerns, .. } if *concerns == credentials),
            "{delivery:?}"
        );
    }
    // Without the CA nothing is said at all.
    for (settings, wanted) in [
        (
            SmtpSettings {
                ca_file: None,
                ..submission.clone()
            },
            "cannot be trusted",
        ),
        (
            SmtpSettings {
                ca_file: None,
                ..under_tls
            },
            "cannot be trusted",
        ),
    ] {
        let delivery = Relay::new(settings).send(&letter(6, to)).await;
        let Delivery::Deferred { concerns, response } = &delivery else {
            panic!("{delivery:?}");
        };
        assert_eq!(*concerns, Concerns::Server);
        assert!(response.contains(wanted), "{response}");
    }
    until("four letters lie there", || {
        (inbox(&dovecot, to).len() == 4).then_some(())
    });
}

#[tokio::test]
async fn a_restart_between_two_letters_is_not_noticed() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let mut postfix = Postfix::start(&dovecot);
    let mut relay = Relay::new(settings(postfix.smtp_port()));
    assert!(is_accepted(&relay.send(&letter(1, PEOPLE[2])).await));
    postfix.stop();
    let delivery = relay.send(&letter(2, PEOPLE[2])).await;
    let server = Concerns::Server;
    assert!(matches!(delivery, Delivery::Deferred { concerns, .. } if concerns == server));
    postfix.start_again();
    assert!(is_accepted(&relay.send(&letter(2, PEOPLE[2])).await));
    until("both lie there", || {
        (inbox(&dovecot, PEOPLE[2]).len() == 2).then_some(())
    });
}
