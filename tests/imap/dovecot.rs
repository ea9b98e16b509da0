//! With a real Dovecot.

use std::time::Duration;

use guichet::config::{Auth, ImapSettings, Protection, Secret};
use guichet::core::entry::Place;
use guichet::imap::Imap;
use guichet::mailbox::{Cursor, Filing, FilingOrder, Mailbox, MailboxErrorKind, Opened};

use super::support::{CONTACT, Dovecot, PASSWORD, available, until};

fn secret(dir: &std::path::Path, text: &str) -> Secret {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join(format!("secret-{}", text.len()));
    std::fs::write(&path, format!("{text}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    Secret::File(path)
}

fn settings(dovecot: &Dovecot, dir: &std::path::Path) -> ImapSettings {
    ImapSettings {
        host: "127.0.0.1".to_owned(),
        port: dovecot.imap_port(),
        protection: Protection::None,
        ca_file: None,
        user: CONTACT.to_owned(),
        secret: secret(dir, PASSWORD),
        auth: Auth::Password,
        mailbox: "INBOX".to_owned(),
        sent: None,
        copy_to_sent: true,
        move_to: None,
        idle_renew: Duration::from_secs(300),
        poll: Duration::from_secs(60),
        command_timeout: Duration::from_secs(20),
    }
}

fn mail(n: usize) -> Vec<u8> {
    format!(
        "From: Julie <julie@guichet.test>\r\nTo: {CONTACT}\r\nSubject: mail {n}\r\n\
         Message-ID: <m{n}@guichet.test>\r\n\r\nBonjour {n},\r\nà bientôt\r\n"
    )
    .into_bytes()
}

fn cursor(opened: &Opened) -> Cursor {
    Cursor {
        uid_validity: opened.uid_validity,
        uid_next: opened.uid_next,
        ..Cursor::default()
    }
}

fn uid(place: &Place) -> u32 {
    match place {
        Place::Imap { uid, .. } => *uid,
        Place::Maildir { .. } => panic!("not IMAP"),
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future)
        .await
        .expect("in time")
}

#[tokio::test]
async fn the_watch_begins_at_uidnext_and_changes_nothing() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    for n in 0..5 {
        dovecot.deliver(CONTACT, &mail(n));
    }
    let mut human = dovecot.client(CONTACT);
    human.run("SELECT INBOX");
    human.run("STORE 2 +FLAGS (\\Seen)");
    human.run("STORE 3 +FLAGS (\\Answered $Label1)");
    let before = human.flags("INBOX");

    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let opened = imap.open().await.unwrap();
    assert_eq!(opened.uid_next, 6);
    let mut at = cursor(&opened);
    assert!(imap.fetch(&at, 50).await.unwrap().is_empty());

    // A delivery ends the wait, and comes with what the server knows of it.
    let (woken, ()) = within(async {
        tokio::join!(imap.wait(Duration::from_secs(300)), async {
            dovecot.deliver(CONTACT, &mail(5));
        })
    })
    .await;
    woken.unwrap();
    let batch = imap.fetch(&at, 50).await.unwrap();
    assert_eq!(batch.len(), 1);
    assert_eq!(uid(&batch[0].place), 6);
    assert!(!batch[0].answered && !batch[0].cut);
    let text = String::from_utf8(batch[0].bytes.clone()).unwrap();
    assert!(text.ends_with("Bonjour 5,\r\nà bientôt\r\n"), "{text}");
    assert!(
        (guichet::clock::Clock::System.now().as_second() - batch[0].received.as_second()).abs()
            < 60
    );

    // All old mail, walked on purpose: in batches, in order, answered as it is.
    at.uid_next = 1;
    let first = imap.fetch(&at, 4).await.unwrap();
    let seen: Vec<_> = first.iter().map(|m| (uid(&m.place), m.answered)).collect();
    assert_eq!(seen, [(1, false), (2, false), (3, true), (4, false)]);
    // The same again, since the cursor did not move.
    assert_eq!(imap.fetch(&at, 4).await.unwrap().len(), 4);
    at.uid_next = 5;
    assert_eq!(imap.fetch(&at, 50).await.unwrap().len(), 2);

    let after: Vec<_> = human.flags("INBOX").into_iter().take(5).collect();
    assert_eq!(before, after);
    imap.close().await;
}

#[tokio::test]
async fn a_mail_is_fetched_up_to_a_mebibyte_and_a_batch_up_to_four() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let mut at = cursor(&imap.open().await.unwrap());
    let mut long = mail(0);
    long.extend(
        "x".repeat(70)
            .repeat(45_000)
            .as_bytes()
            .chunks(70)
            .flat_map(|line| [line, b"\r\n"].concat()),
    );
    for _ in 0..6 {
        dovecot.deliver(CONTACT, &long);
    }
    dovecot.deliver(CONTACT, &mail(1));
    let mut seen = Vec::new();
    while seen.len() < 7 {
        within(imap.wait(Duration::from_secs(300))).await.unwrap();
        let batch = imap.fetch(&at, 50).await.unwrap();
        assert!(batch.iter().map(|mail| mail.bytes.len()).sum::<usize>() <= 4 << 20);
        for mail in batch {
            at.uid_next = uid(&mail.place) + 1;
            seen.push((mail.bytes.len(), mail.cut));
        }
    }
    let mut expected = vec![(1 << 20, true); 6];
    expected.push((mail(1).len(), false));
    // LMTP adds its own lines on top.
    assert_eq!(seen[..6], expected[..6]);
    assert!(seen[6].0 >= expected[6].0 && !seen[6].1);
}

#[tokio::test]
async fn tls_is_verified_by_the_configured_ca() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let other = tempfile::tempdir().unwrap();
    let stranger = Dovecot::start(other.path());
    let plain = settings(&dovecot, dir.path());
    for (protection, port) in [
        (Protection::Tls, dovecot.imaps_port()),
        (Protection::StartTls, dovecot.imap_port()),
    ] {
        for host in ["localhost", "127.0.0.1"] {
            let mut imap = Imap::new(ImapSettings {
                host: host.to_owned(),
                port,
                protection,
                ca_file: Some(dovecot.ca_file()),
                ..plain.clone()
            });
            assert_eq!(imap.open().await.unwrap().uid_next, 1, "{protection:?}");
        }
        for ca_file in [None, Some(stranger.ca_file())] {
            let mut imap = Imap::new(ImapSettings {
                port,
                protection,
                ca_file,
                ..plain.clone()
            });
            let error = imap.open().await.unwrap_err();
            assert_eq!(error.kind, MailboxErrorKind::Config);
            assert!(error.what.contains("cannot be trusted"), "{error}");
        }
    }
    // A certificate for another name is refused as well.
    let mut imap = Imap::new(ImapSettings {
        host: "127.0.0.2".to_owned(),
        port: dovecot.imaps_port(),
        protection: Protection::Tls,
        ca_file: Some(dovecot.ca_file()),
        ..plain.clone()
    });
    assert!(imap.open().await.is_err());
    let mut imap = Imap::new(ImapSettings {
        ca_file: Some(dir.path().join("users")),
        protection: Protection::Tls,
        port: dovecot.imaps_port(),
        ..plain
    });
    let error = imap.open().await.unwrap_err();
    assert!(error.what.contains("holds no certificate"), "{error}");
}

#[tokio::test]
async fn wrong_credentials_are_told_from_outages() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut dovecot = Dovecot::start(dir.path());
    let good = settings(&dovecot, dir.path());
    let wrong = ImapSettings {
        secret: secret(dir.path(), "not that one, surely"),
        ..good.clone()
    };
    let error = Imap::new(wrong).open().await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Credentials);
    assert!(!error.what.contains("surely") && !error.what.contains(CONTACT));

    let token = ImapSettings {
        auth: Auth::Xoauth2,
        secret: secret(dir.path(), "token-1"),
        ..good.clone()
    };
    let error = Imap::new(token.clone()).open().await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Credentials);
    dovecot.set_token("token-1", Some(CONTACT));
    let mut imap = Imap::new(token.clone());
    imap.open().await.unwrap();
    // Opened again on the same connection: no login.
    imap.open().await.unwrap();
    // Revoked: the next login fails, and works again with the new token in the same place.
    dovecot.set_token("token-1", None);
    imap.close().await;
    let error = imap.open().await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Credentials);
    dovecot.set_token("token-1", Some(CONTACT));
    imap.open().await.unwrap();

    let missing = ImapSettings {
        mailbox: "Nowhere".to_owned(),
        ..good.clone()
    };
    let error = Imap::new(missing).open().await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Config);
    let no_secret = ImapSettings {
        secret: Secret::File(dir.path().join("none")),
        ..good.clone()
    };
    let error = Imap::new(no_secret).open().await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Config);

    dovecot.stop();
    let error = Imap::new(good).open().await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Transient);
}

#[tokio::test]
async fn nothing_is_lost_across_a_restart() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut dovecot = Dovecot::start(dir.path());
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let opened = imap.open().await.unwrap();
    let mut at = cursor(&opened);
    dovecot.deliver(CONTACT, &mail(1));
    within(imap.wait(Duration::from_secs(300))).await.unwrap();
    let batch = imap.fetch(&at, 50).await.unwrap();
    at.uid_next = uid(&batch[0].place) + 1;
    assert!(imap.fetch(&at, 50).await.unwrap().is_empty());

    let (waited, ()) = within(async {
        tokio::join!(imap.wait(Duration::from_secs(300)), async {
            dovecot.stop()
        })
    })
    .await;
    assert_eq!(waited.unwrap_err().kind, MailboxErrorKind::Transient);
    for _ in 0..2 {
        let error = imap.fetch(&at, 50).await.unwrap_err();
        assert_eq!(error.kind, MailboxErrorKind::Transient);
        assert!(imap.wait(Duration::from_secs(1)).await.is_err());
        assert!(imap.open().await.is_err());
    }
    dovecot.start_again();
    dovecot.deliver(CONTACT, &mail(2));
    let again = imap.open().await.unwrap();
    assert_eq!(again.uid_validity, at.uid_validity);
    let batch = imap.fetch(&at, 50).await.unwrap();
    assert_eq!(batch.len(), 1);
    assert!(String::from_utf8_lossy(&batch[0].bytes).contains("mail 2"));
}

#[tokio::test]
async fn another_client_may_move_flag_and_delete_meanwhile() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let mut at = cursor(&imap.open().await.unwrap());
    let mut human = dovecot.client(CONTACT);
    for n in 0..200 {
        human.append("INBOX", &mail(n));
    }
    human.run("CREATE Archive");
    human.run("SELECT INBOX");
    let mut walked = Vec::new();
    let mut round = 0;
    loop {
        // While guichet goes through the mailbox: reads, flags, moves, deletes, ahead of it and behind.
        match round {
            1 => {
                human.run("UID STORE 1:120 +FLAGS (\\Seen)");
                human.run("UID MOVE 41:60 Archive");
            }
            2 => {
                human.run("UID STORE 61:63,65,150:159 +FLAGS (\\Deleted)");
                human.run("EXPUNGE");
                human.run("UID STORE 100:110 +FLAGS (\\Answered)");
            }
            3 => {
                human.run("UID MOVE 1:10,180:200 Archive");
                human.append("INBOX", &mail(500));
            }
            _ => {}
        }
        round += 1;
        let batch = imap.fetch(&at, 20).await.unwrap();
        if batch.is_empty() {
            break;
        }
        for mail in batch {
            assert!(!mail.bytes.is_empty());
            at.uid_next = uid(&mail.place) + 1;
            walked.push((uid(&mail.place), mail.answered));
        }
    }
    // 1–20 before anything, 21–40, then what stays; 201 came last.
    let gone = |uid: &u32| {
        (41..=60).contains(uid)
            || [61, 62, 63, 65].contains(uid)
            || (150..=159).contains(uid)
            || (180..=200).contains(uid)
    };
    let expected: Vec<_> = (1..=201).filter(|uid| !gone(uid)).collect();
    assert_eq!(
        walked.iter().map(|(uid, _)| *uid).collect::<Vec<_>>(),
        expected
    );
    let answered: Vec<_> = walked
        .iter()
        .filter(|(_, a)| *a)
        .map(|(uid, _)| *uid)
        .collect();
    assert_eq!(answered, (100..=110).collect::<Vec<_>>());
    // Exactly the human's flags.
    let flags = human.flags("INBOX");
    for line in &flags {
        let uid: u32 = line
            .split("UID ")
            .nth(1)
            .unwrap()
            .split([' ', ')'])
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(line.contains("\\Seen"), uid <= 120, "{line}");
        assert_eq!(
            line.contains("\\Answered"),
            (100..=110).contains(&uid),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_wait_that_is_given_up_leaves_the_connection_in_step() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let at = cursor(&imap.open().await.unwrap());
    for n in 0..3_u64 {
        assert!(imap.fetch(&at, 50).await.unwrap().is_empty());
        let wait = imap.wait(Duration::from_secs(300));
        // Dropped at another place each time: before `+`, after it.
        assert!(
            tokio::time::timeout(Duration::from_millis(n * 40), wait)
                .await
                .is_err()
        );
    }
    dovecot.deliver(CONTACT, &mail(1));
    within(imap.wait(Duration::from_secs(300))).await.unwrap();
    assert_eq!(imap.fetch(&at, 50).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_mailbox_made_anew_is_noticed() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let mut human = dovecot.client(CONTACT);
    let wire = "&AMk-v&AOk-nements";
    human.run(&format!("CREATE {wire}"));
    human.append(wire, &mail(1));
    let mut imap = Imap::new(ImapSettings {
        mailbox: "Événements".to_owned(),
        ..settings(&dovecot, dir.path())
    });
    let opened = imap.open().await.unwrap();
    assert_eq!(opened.uid_next, 2);
    let at = cursor(&opened);
    human.run(&format!("DELETE {wire}"));
    human.run(&format!("CREATE {wire}"));
    human.append(wire, &mail(2));
    human.append(wire, &mail(3));
    let again = imap.open().await.unwrap();
    assert_ne!(again.uid_validity, opened.uid_validity);
    // The old cursor is refused rather than compared with other UIDs.
    assert!(imap.fetch(&at, 50).await.is_err());
    let from_start = Cursor {
        uid_next: 1,
        ..cursor(&again)
    };
    let batch = imap.fetch(&from_start, 50).await.unwrap();
    assert_eq!(batch.len(), 2);
    let place = Place::Imap {
        mailbox: "Événements".to_owned(),
        uid_validity: again.uid_validity,
        uid: 1,
    };
    assert_eq!(batch[0].place, place);
}

#[tokio::test]
async fn sent_is_watched_beside_the_mailbox() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let at = cursor(&imap.open().await.unwrap());
    assert!(imap.fetch(&at, 50).await.unwrap().is_empty());
    let sent = imap
        .open_sent()
        .await
        .unwrap()
        .expect("found by its special use");
    let sent_at = cursor(&sent);
    assert!(imap.fetch_sent(&sent_at, 50).await.unwrap().is_empty());
    let mut human = dovecot.client(CONTACT);
    let answer = b"From: contact@guichet.test\r\nMessage-ID: <by-hand@guichet.test>\r\n\
        In-Reply-To: <m1@guichet.test>\r\nSubject: Re: mail 1\r\n\r\nOui, volontiers.\r\n";
    human.append("Sent", answer);
    let headers = imap.fetch_sent(&sent_at, 50).await.unwrap();
    assert_eq!(headers.len(), 1);
    let text = String::from_utf8(headers[0].bytes.clone()).unwrap();
    assert!(text.contains("In-Reply-To: <m1@guichet.test>\r\n"));
    assert!(text.ends_with("\r\n\r\n") && !text.contains("volontiers"));
    let place = headers[0].place.clone();
    let Place::Imap { mailbox, .. } = &place else {
        panic!("not IMAP");
    };
    assert_eq!(mailbox, "Sent");
    // A mail that arrives while Sent is shown is not missed.
    dovecot.deliver(CONTACT, &mail(1));
    assert_eq!(imap.fetch_sent_mail(&place).await.unwrap().unwrap(), answer);
    within(imap.wait(Duration::from_secs(300))).await.unwrap();
    assert_eq!(imap.fetch(&at, 50).await.unwrap().len(), 1);
    assert!(imap.sent_holds("by-hand@guichet.test").await.unwrap());
    assert!(!imap.sent_holds("hand@guichet.test").await.unwrap());
    // Looking made no mail seen.
    for line in human.flags("Sent").into_iter().chain(human.flags("INBOX")) {
        assert!(line.contains("FLAGS ()"), "{line}");
    }
}

#[tokio::test]
async fn filing_copies_flags_and_moves_each_once() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    for n in 0..3 {
        dovecot.deliver(CONTACT, &mail(n));
    }
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let opened = imap.open().await.unwrap();
    let place = |uid| Place::Imap {
        mailbox: "INBOX".to_owned(),
        uid_validity: opened.uid_validity,
        uid,
    };
    let reply = b"Message-ID: <r1@guichet.test>\r\nSubject: r\r\n\r\nConfirm=E9\r\n".to_vec();
    let order = FilingOrder {
        copy: Some((reply.clone(), "r1@guichet.test".to_owned())),
        answered: Some((place(1), Some("m0@guichet.test".to_owned()))),
        move_to: None,
    };
    assert!(!imap.is_answered(&place(1)).await.unwrap());
    // A crash may have come between doing and recording: the second time changes nothing.
    for _ in 0..2 {
        assert_eq!(imap.file(&order).await.unwrap(), Filing::Done);
    }
    assert!(imap.is_answered(&place(1)).await.unwrap());
    assert!(!imap.is_answered(&place(2)).await.unwrap());
    let mut human = dovecot.client(CONTACT);
    assert_eq!(human.flags("Sent"), ["* 1 FETCH (UID 1 FLAGS (\\Seen))"]);
    assert_eq!(
        human.flags("INBOX"),
        [
            "* 1 FETCH (UID 1 FLAGS (\\Answered))",
            "* 2 FETCH (UID 2 FLAGS ())",
            "* 3 FETCH (UID 3 FLAGS ())"
        ]
    );

    // Moved to a folder that is made when needed; once more, it is found there by its Message-ID.
    let moved = FilingOrder {
        copy: None,
        answered: Some((place(2), Some("m1@guichet.test".to_owned()))),
        move_to: Some("Traités".to_owned()),
    };
    for _ in 0..2 {
        assert_eq!(imap.file(&moved).await.unwrap(), Filing::Done);
    }
    assert_eq!(
        human.flags("Trait&AOk-s"),
        ["* 1 FETCH (UID 1 FLAGS (\\Answered))"]
    );
    assert_eq!(human.flags("INBOX").len(), 2);

    // A human moved it: by its id in the same mailbox, else given up.
    human.run("SELECT INBOX");
    human.run("UID STORE 3 +FLAGS (\\Deleted)");
    human.run("EXPUNGE");
    human.append("INBOX", &mail(2));
    let found = FilingOrder {
        copy: None,
        answered: Some((place(3), Some("m2@guichet.test".to_owned()))),
        move_to: None,
    };
    assert_eq!(imap.file(&found).await.unwrap(), Filing::Done);
    assert!(imap.is_answered(&place(4)).await.unwrap());
    let gone = FilingOrder {
        answered: Some((place(3), Some("nobody@guichet.test".to_owned()))),
        ..found
    };
    assert!(matches!(
        imap.file(&gone).await.unwrap(),
        Filing::GivenUp(_)
    ));
}

#[tokio::test]
async fn a_mail_that_came_after_the_filing_connection_opened_is_flagged_too() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut dovecot = Dovecot::start(dir.path());
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let opened = imap.open().await.unwrap();
    for uid in 1..=3 {
        dovecot.deliver(CONTACT, &mail(0));
        let place = Place::Imap {
            mailbox: "INBOX".to_owned(),
            uid_validity: opened.uid_validity,
            uid,
        };
        let order = FilingOrder {
            answered: Some((place.clone(), None)),
            ..FilingOrder::default()
        };
        assert_eq!(imap.file(&order).await.unwrap(), Filing::Done);
        if uid == 2 {
            // The filing connection was idle and lost: it is made anew without a word.
            dovecot.stop();
            assert!(imap.file(&order).await.is_err());
            dovecot.start_again();
            assert_eq!(imap.file(&order).await.unwrap(), Filing::Done);
        }
    }
    let mut human = dovecot.client(CONTACT);
    let all = until("all are flagged", || {
        let flags = human.flags("INBOX");
        (flags.len() == 3).then_some(flags)
    });
    assert!(
        all.iter().all(|line| line.contains("FLAGS (\\Answered)")),
        "{all:?}"
    );
}

#[tokio::test]
async fn many_mails_are_filed_in_one_go() {
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    let mut human = dovecot.client(CONTACT);
    for n in 0..20 {
        human.append("INBOX", &mail(n));
    }
    human.run("CREATE Archive");
    human.run("SELECT INBOX");
    human.run("UID STORE 3 +FLAGS (\\Answered)");
    human.run("UID MOVE 5 Archive");
    human.run("UID STORE 7 +FLAGS (\\Deleted)");
    human.run("EXPUNGE");
    human.append("INBOX", &mail(6));
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let opened = imap.open().await.unwrap();
    // The mail that had UID 7 was deleted and has come once more: it is found by its Message-ID.
    let orders: Vec<FilingOrder> = (1..=20)
        .map(|uid: u32| FilingOrder {
            copy: (uid.is_multiple_of(10)).then(|| {
                let id = format!("r{uid}@guichet.test");
                let bytes = format!("Message-ID: <{id}>\r\n\r\nr\r\n");
                (bytes.into_bytes(), id)
            }),
            answered: Some((
                Place::Imap {
                    mailbox: "INBOX".to_owned(),
                    uid_validity: opened.uid_validity,
                    uid,
                },
                Some(format!("m{}@guichet.test", uid - 1)),
            )),
            move_to: None,
        })
        .collect();
    for _ in 0..2 {
        let filings = imap.file_all(&orders).await.unwrap();
        for (filing, uid) in filings.iter().zip(1..) {
            let given_up = matches!(filing, Filing::GivenUp(_));
            assert_eq!(given_up, uid == 5, "{uid}: {filing:?}");
        }
        assert_eq!(filings.len(), 20);
    }
    let answered = human.flags("INBOX");
    assert_eq!(answered.len(), 19);
    assert!(
        answered
            .iter()
            .all(|line| line.contains("FLAGS (\\Answered)")),
        "{answered:?}"
    );
    assert_eq!(human.flags("Sent").len(), 2);
    assert!(human.flags("Archive")[0].contains("FLAGS ()"));
}

#[tokio::test]
async fn twenty_thousand_old_mails_are_left_alone() {
    use std::os::unix::fs::MetadataExt;
    if !available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start(dir.path());
    dovecot.deliver(CONTACT, &mail(0));
    let new = dovecot.maildir(CONTACT).join("new");
    let owner = std::fs::metadata(&new).unwrap();
    for n in 0..20_000 {
        let path = new.join(format!("{n:06}.old.guichet"));
        std::fs::write(&path, mail(n)).unwrap();
        std::os::unix::fs::chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let mut imap = Imap::new(settings(&dovecot, dir.path()));
    let opened = imap.open().await.unwrap();
    assert_eq!(opened.uid_next, 20_002);
    let mut at = cursor(&opened);
    assert!(imap.fetch(&at, 50).await.unwrap().is_empty());
    // Walked on purpose, across the windows in which UIDs are asked for: none is left out.
    at.uid_next = 9_990;
    let mut walked = Vec::new();
    while walked.len() < 60 {
        let batch = imap.fetch(&at, 50).await.unwrap();
        walked.extend(batch.iter().map(|mail| uid(&mail.place)));
        at.uid_next = walked.last().unwrap() + 1;
    }
    assert_eq!(walked[..60], (9_990..10_050).collect::<Vec<_>>());
    assert!(imap.fetch(&cursor(&opened), 50).await.unwrap().is_empty());
}
