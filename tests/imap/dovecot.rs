//! With a real Dovecot.

use std::time::Duration;

use guichet::config::{Auth, ImapSettings, Protection, Secret};
use guichet::core::entry::Place;
use guichet::imap::Imap;
use guichet::mailbox::{Cursor, Filing, FilingOrder, Mailbox, MailboxErrorKind, Opened};

use super::support::{CONTACT, Dovecot, PASSWORD, available};

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
            tokio::time::sleep(Duration::from_millis(50)).await;
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
    assert!((jiff::Timestamp::now().as_second() - batch[0].received.as_second()).abs() < 60);

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
