//! The Maildir edge on a real folder: watching changes nothing, filing is durable and idempotent.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use guichet::config::MaildirSettings;
use guichet::core::entry::Place;
use guichet::mailbox::{Cursor, Filing, FilingOrder, Mailbox, MailboxErrorKind};
use guichet::maildir::Maildir;

struct Box {
    dir: tempfile::TempDir,
}

impl Box {
    fn new() -> Box {
        let dir = tempfile::tempdir().unwrap();
        for sub in ["tmp", "new", "cur"] {
            fs::create_dir_all(dir.path().join("Maildir").join(sub)).unwrap();
        }
        Box { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("Maildir")
    }

    fn settings(&self) -> MaildirSettings {
        MaildirSettings {
            path: self.path(),
            sent: self.path().join(".Sent"),
            copy_to_sent: true,
            move_to: None,
            poll: Duration::from_secs(60),
        }
    }

    fn open(&self) -> Maildir {
        Maildir::new(self.settings())
    }

    /// Puts a mail in at a time of receipt, as a delivery agent does: tmp, then renamed.
    fn put(&self, folder: &str, name: &str, received_secs: u64, body: &str) {
        let to = self.path().join(folder).join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let tmp = self.path().join("tmp").join("delivering");
        let id = name.split(':').next().unwrap();
        fs::write(
            &tmp,
            format!("Message-ID: <{id}@x.example>\nSubject: s\n\n{body}"),
        )
        .unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(received_secs);
        fs::File::open(&tmp).unwrap().set_modified(time).unwrap();
        fs::rename(tmp, to).unwrap();
    }

    /// Every file with its bytes and time.
    fn state(&self) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
        fn walk(path: &Path, into: &mut BTreeMap<PathBuf, (Vec<u8>, SystemTime)>) {
            for entry in fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, into);
                } else {
                    let time = fs::metadata(&path).unwrap().modified().unwrap();
                    into.insert(path.clone(), (fs::read(&path).unwrap(), time));
                }
            }
        }
        let mut state = BTreeMap::new();
        walk(&self.path(), &mut state);
        state
    }
}

fn name(place: &Place) -> &str {
    match place {
        Place::Maildir { name, .. } => name,
        Place::Imap { .. } => panic!("not a Maildir"),
    }
}

fn passed(names: &[&str]) -> Cursor {
    Cursor {
        names: names.iter().map(|&name| name.to_owned()).collect(),
        ..Cursor::default()
    }
}

#[tokio::test]
async fn mail_beyond_the_cursor_comes_by_time_of_receipt() {
    let mailbox = Box::new();
    mailbox.put("new", "b", 30, "third");
    mailbox.put("cur", "c:2,S", 10, "first");
    mailbox.put("new", "a", 20, "second");
    mailbox.put("cur", "old:2,", 5, "known");
    mailbox.put("cur", "d:2,RS", 30, "fourth");
    let before = mailbox.state();
    let mut maildir = mailbox.open();
    let opened = maildir.open().await.unwrap();
    assert_eq!(opened.names, ["a", "b", "c", "d", "old"]);
    assert_eq!((opened.uid_validity, opened.uid_next), (0, 0));

    let first = maildir.fetch(&passed(&["old"]), 2).await.unwrap();
    let names: Vec<_> = first.iter().map(|m| name(&m.place)).collect();
    assert_eq!(names, ["c", "a"]);
    assert_eq!(first[0].received.as_second(), 10);
    assert!(first[0].bytes.ends_with(b"first"));
    // The same cursor gives the same batch: it was not recorded, so it was not passed.
    assert_eq!(maildir.fetch(&passed(&["old"]), 2).await.unwrap().len(), 2);

    let second = maildir
        .fetch(&passed(&["old", "a", "c"]), 50)
        .await
        .unwrap();
    let names: Vec<_> = second
        .iter()
        .map(|m| (name(&m.place), m.answered))
        .collect();
    assert_eq!(names, [("b", false), ("d", true)]);
    let all = passed(&["old", "a", "b", "c", "d"]);
    assert!(maildir.fetch(&all, 50).await.unwrap().is_empty());
    assert_eq!(before, mailbox.state(), "watching changed something");
}

#[tokio::test]
async fn a_mail_that_is_read_moved_or_deleted_meanwhile_is_no_trouble() {
    let mailbox = Box::new();
    for (name, at) in [("a", 1), ("b", 2), ("c", 3)] {
        mailbox.put("new", name, at, "x");
    }
    let mut maildir = mailbox.open();
    maildir.open().await.unwrap();
    assert_eq!(maildir.fetch(&passed(&[]), 1).await.unwrap().len(), 1);
    // A human reads b and deletes c, and a new one comes.
    let path = mailbox.path();
    fs::rename(path.join("new/b"), path.join("cur/b:2,S")).unwrap();
    fs::remove_file(path.join("new/c")).unwrap();
    let batch = maildir.fetch(&passed(&["a"]), 50).await.unwrap();
    assert_eq!(batch.len(), 1);
    assert_eq!(name(&batch[0].place), "b");
    mailbox.put("new", "d", 4, "x");
    let batch = maildir.fetch(&passed(&["a", "b"]), 50).await.unwrap();
    assert_eq!(
        name(&batch[0].place),
        "d",
        "a listing that is all gone hid new mail"
    );
}

#[tokio::test]
async fn a_long_mail_is_cut_at_a_mebibyte() {
    let mailbox = Box::new();
    mailbox.put("new", "long", 1, &"x".repeat(3 << 20));
    let mut maildir = mailbox.open();
    maildir.open().await.unwrap();
    let batch = maildir.fetch(&passed(&[]), 50).await.unwrap();
    assert_eq!((batch[0].bytes.len(), batch[0].cut), (1 << 20, true));
}

#[tokio::test]
async fn a_folder_that_is_none_is_an_error() {
    let mailbox = Box::new();
    let mut settings = mailbox.settings();
    settings.path = mailbox.dir.path().join("nothing");
    let error = Maildir::new(settings).open().await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Config);

    let mut maildir = mailbox.open();
    maildir.open().await.unwrap();
    fs::rename(mailbox.path(), mailbox.dir.path().join("away")).unwrap();
    let error = maildir.fetch(&passed(&[]), 50).await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Transient);
}

#[tokio::test]
async fn a_delivery_wakes_the_watch() {
    let mailbox = Box::new();
    let mut maildir = mailbox.open();
    maildir.open().await.unwrap();
    mailbox.put("new", "a", 1, "x");
    // Arrived between opening and waiting: returns at once.
    tokio::time::timeout(
        Duration::from_secs(20),
        maildir.wait(Duration::from_secs(3600)),
    )
    .await
    .expect("woken")
    .unwrap();
    let waits = maildir.wait(Duration::from_secs(3600));
    let delivers = async {
        tokio::task::yield_now().await;
        mailbox.put("new", "b", 2, "x");
    };
    let both = async { tokio::join!(waits, delivers) };
    let (woken, ()) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .expect("woken");
    woken.unwrap();
}

#[tokio::test]
async fn filing_copies_flags_and_moves_and_may_be_repeated() {
    let mailbox = Box::new();
    mailbox.put("new", "a", 1, "x");
    let mut maildir = mailbox.open();
    maildir.open().await.unwrap();
    assert_eq!(maildir.open_sent().await.unwrap(), None);
    let fetched = maildir.fetch(&passed(&[]), 1).await.unwrap();
    let place = fetched[0].place.clone();
    assert!(!maildir.is_answered(&place).await.unwrap());
    let copy = b"Message-ID: <r@x.example>\r\n\r\nreply\r\n".to_vec();
    let mut order = FilingOrder {
        copy: Some((copy.clone(), "r@x.example".to_owned())),
        answered: Some((place.clone(), Some("a@x.example".to_owned()))),
        move_to: None,
    };
    for _ in 0..2 {
        assert_eq!(maildir.file(&order).await.unwrap(), Filing::Done);
    }
    assert!(mailbox.path().join("cur/a:2,R").exists());
    assert!(maildir.is_answered(&place).await.unwrap());
    assert!(maildir.sent_holds("r@x.example").await.unwrap());
    assert!(!maildir.sent_holds("other@x.example").await.unwrap());
    let sent = maildir.open_sent().await.unwrap().unwrap();
    assert_eq!(sent.names.len(), 1);
    let headers = maildir.fetch_sent(&passed(&[]), 10).await.unwrap();
    assert_eq!(headers[0].bytes, b"Message-ID: <r@x.example>\r\n\r\n");
    let whole = maildir.fetch_sent_mail(&headers[0].place).await.unwrap();
    assert_eq!(whole.unwrap(), copy);

    order.move_to = Some(".Done".to_owned());
    for _ in 0..2 {
        assert_eq!(maildir.file(&order).await.unwrap(), Filing::Done);
    }
    assert!(mailbox.path().join(".Done/cur/a:2,R").exists());
    assert!(!mailbox.path().join("cur/a:2,R").exists());
}

#[tokio::test]
async fn a_mail_under_another_name_is_found_by_its_id_else_given_up() {
    let mailbox = Box::new();
    mailbox.put("cur", "elsewhere:2,FS", 1, "x");
    let mut maildir = mailbox.open();
    maildir.open().await.unwrap();
    let order = |id: &str| FilingOrder {
        copy: None,
        answered: Some((
            Place::Maildir {
                mailbox: "INBOX".to_owned(),
                name: "gone".to_owned(),
            },
            Some(id.to_owned()),
        )),
        move_to: None,
    };
    let filing = maildir.file(&order("elsewhere@x.example")).await.unwrap();
    assert_eq!(filing, Filing::Done);
    assert!(mailbox.path().join("cur/elsewhere:2,FRS").exists());
    let filing = maildir.file(&order("nobody@x.example")).await.unwrap();
    assert!(matches!(filing, Filing::GivenUp(_)));
}
