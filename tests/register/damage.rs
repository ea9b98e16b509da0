//! Damage to journal and store: harmless, or found before anything could be sent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::support::*;
use guichet::core::entry::Body;
use guichet::register::*;

const JOURNAL: &str = "journal.jsonl";

fn journal(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join(JOURNAL)).unwrap()
}

/// A register with everything in it, closed cleanly, and what it tells.
fn closed() -> (tempfile::TempDir, Content) {
    let folder = quick_folder();
    let register = open(folder.path());
    fill(&register);
    let content = content(&register);
    register.close().unwrap();
    (folder, content)
}

/// Opens a damaged copy; a panic that escapes fails the test.
fn reopen(folder: &Path) -> Result<(Content, Vec<OpenNotice>), RegisterError> {
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let (register, notices) = Register::open(folder, start())?;
        let content = content(&register);
        register.close()?;
        Ok((content, notices))
    }));
    opened.expect("no panic escapes")
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    Flip(u64),
    Truncate(u64),
    Zeros(u64),
}

impl Damage {
    fn draw(dice: &mut Dice, bytes: u64) -> Damage {
        match dice.roll(4) {
            0 => Damage::Truncate(dice.roll(bytes)),
            1 => Damage::Zeros(dice.roll(bytes)),
            _ => Damage::Flip(dice.roll(bytes * 8)),
        }
    }

    fn to(self, path: &Path) {
        let mut bytes = std::fs::read(path).unwrap();
        match self {
            Damage::Flip(bit) => bytes[bit as usize / 8] ^= 1 << (bit % 8),
            Damage::Truncate(length) => bytes.truncate(length as usize),
            Damage::Zeros(from) => {
                let end = (from as usize + 16).min(bytes.len());
                bytes[from as usize..end].fill(0);
            }
        }
        std::fs::write(path, bytes).unwrap();
    }
}

/// With its store, the journal's last batch was applied: no damage to it may pass for a torn tail.
#[test]
fn any_damage_to_the_journal_stops_with_the_place() {
    let (folder, _) = closed();
    let mut dice = Dice(1);
    let bytes = journal(folder.path()).len() as u64;
    let copy = quick_folder();
    copy_folder(folder.path(), copy.path());
    for round in 0..300 {
        let damage = Damage::draw(&mut dice, bytes);
        std::fs::copy(folder.path().join(JOURNAL), copy.path().join(JOURNAL)).unwrap();
        damage.to(&copy.path().join(JOURNAL));
        let damaged = journal(copy.path());
        let error = reopen(copy.path()).unwrap_err();
        assert_eq!(error.exit_code(), 65, "{round} {damage:?}: {error}");
        let text = error.to_string();
        let place = text.contains("entry ") || text.contains("first line");
        assert!(place && text.contains("backup"), "{damage:?}: {text}");
        assert_eq!(journal(copy.path()), damaged, "nothing may be changed");
        if let Ok(snapshot) = Register::read_only(copy.path()) {
            // A reader beside may see the intact beginning, and no more.
            let last = snapshot.last_entry().unwrap();
            assert!(snapshot.entries(0).all(|entry| entry.is_ok()), "{last}");
        }
    }
}

#[test]
fn any_damage_to_the_store_is_made_good_from_the_journal() {
    let (folder, expected) = closed();
    let mut dice = Dice(2);
    let store: Vec<PathBuf> = files(folder.path())
        .into_iter()
        .filter(|path| path.to_string_lossy().contains("store"))
        .map(|path| path.strip_prefix(folder.path()).unwrap().to_owned())
        .collect();
    assert!(store.len() >= 3, "{store:?}");
    let mut rounds = 0;
    while rounds < 240 {
        let file = &store[dice.roll(store.len() as u64) as usize];
        let copy = quick_folder();
        copy_folder(folder.path(), copy.path());
        let path = copy.path().join(file);
        let bytes = std::fs::metadata(&path).unwrap().len();
        if bytes == 0 {
            continue;
        }
        let before = std::fs::read(&path).unwrap();
        let damage = Damage::draw(&mut dice, bytes);
        damage.to(&path);
        if std::fs::read(&path).unwrap() == before {
            continue;
        }
        rounds += 1;
        let (content, notices) = reopen(copy.path()).unwrap();
        assert!(content == expected, "{file:?} {damage:?}");
        let rebuilt = matches!(notices[..], [OpenNotice::StoreRebuilt { .. }]);
        assert!(rebuilt, "{file:?} {damage:?}: {notices:?}");
        let verified = verify(copy.path(), start()).unwrap();
        assert!(verified.entries > 20 && verified.torn_bytes == 0);
    }
}

#[test]
fn a_deleted_store_is_rebuilt_equal() {
    let (folder, expected) = closed();
    let untouched = reopen(folder.path()).unwrap();
    assert_eq!(untouched, (expected.clone(), vec![]));
    std::fs::remove_dir_all(folder.path().join("store")).unwrap();
    std::fs::remove_file(folder.path().join("store.mark")).unwrap();
    let (content, notices) = reopen(folder.path()).unwrap();
    assert_eq!(content, expected);
    assert!(matches!(notices[..], [OpenNotice::StoreRebuilt { .. }]));
    let (register, _) = Register::rebuild(folder.path(), start()).unwrap();
    assert_eq!(super::support::content(&register), expected);
    register.close().unwrap();
    verify(folder.path(), start()).unwrap();
}

#[test]
fn a_store_without_its_journal_is_no_first_start() {
    let (folder, _) = closed();
    std::fs::remove_file(folder.path().join(JOURNAL)).unwrap();
    let error = reopen(folder.path()).unwrap_err();
    assert_eq!(error.exit_code(), 65);
    assert!(error.to_string().contains("holds a store but no journal"));
    assert!(!folder.path().join(JOURNAL).exists());
    assert_eq!(verify(folder.path(), start()).unwrap_err().exit_code(), 65);
}

#[test]
fn a_journal_that_lost_whole_entries_is_behind_its_store() {
    let (folder, _) = closed();
    let bytes = journal(folder.path());
    let cut = bytes[..bytes.len() - 1]
        .iter()
        .rposition(|b| *b == b'\n')
        .unwrap();
    std::fs::write(folder.path().join(JOURNAL), &bytes[..=cut]).unwrap();
    let error = reopen(folder.path()).unwrap_err();
    assert_eq!(error.exit_code(), 65);
    assert!(error.to_string().contains("has lost its end"), "{error}");
    // The same while the store was in use, after a kill. Once the second of two is acknowledged,
    // the first is applied.
    std::fs::write(folder.path().join(JOURNAL), &bytes).unwrap();
    let in_use = quick_folder();
    let register = open(folder.path());
    put(&register, 99, Body::Paused { on: true });
    put(&register, 99, Body::Paused { on: false });
    copy_folder(folder.path(), in_use.path());
    drop(register);
    std::fs::write(in_use.path().join(JOURNAL), &bytes).unwrap();
    let error = reopen(in_use.path()).unwrap_err();
    assert!(error.to_string().contains("has lost its end"), "{error}");
}

/// Lines of the journal: where each ends, and its batch.
fn lines(bytes: &[u8]) -> Vec<(usize, u64)> {
    let mut end = 0;
    bytes
        .split_inclusive(|b| *b == b'\n')
        .map(|line| {
            end += line.len();
            let value: serde_json::Value = serde_json::from_slice(line).unwrap();
            (end, value["batch"].as_u64().unwrap_or_default())
        })
        .collect()
}

/// A journal whose last batch has several entries, and a store that knows nothing of it.
fn with_a_batch() -> (tempfile::TempDir, Vec<u8>, Vec<(usize, u64)>) {
    for _ in 0..100 {
        let folder = quick_folder();
        let register = open(folder.path());
        put(&register, 1, Body::Paused { on: true });
        put(&register, 2, Body::Paused { on: false });
        register.close().unwrap();
        let before = quick_folder();
        copy_folder(folder.path(), before.path());
        let register = open(folder.path());
        let mut ticket = None;
        for uid in 1..=12 {
            let mail = Mail::new(uid, "P", &format!("p@a{uid}.example"));
            let draft = fact(mail.walked(guichet::core::entry::Walk::NotOurs, Default::default()));
            ticket = Some(register.append(at(3), draft).unwrap().ticket);
        }
        register.wait_synced(ticket.unwrap()).unwrap();
        register.close().unwrap();
        let bytes = journal(folder.path());
        let lines = lines(&bytes);
        let last = lines.last().unwrap().1;
        if lines.iter().filter(|line| line.1 == last).count() >= 3 {
            return (before, bytes, lines);
        }
    }
    panic!("the committer never gathered three entries");
}

#[test]
fn a_torn_tail_is_dropped_at_whatever_byte() {
    let (before, bytes, lines) = with_a_batch();
    let last_batch = lines.last().unwrap().1;
    let (begin, _) = *lines.iter().rfind(|line| line.1 != last_batch).unwrap();
    let copy = quick_folder();
    copy_folder(before.path(), copy.path());
    for length in begin..=bytes.len() {
        std::fs::write(copy.path().join(JOURNAL), &bytes[..length]).unwrap();
        let whole = lines.iter().filter(|line| line.0 <= length).count() as u64 - 1;
        let torn = length - lines[whole as usize].0;
        let snapshot = Register::read_only(copy.path()).unwrap();
        assert_eq!(snapshot.last_entry().unwrap(), whole);
        drop(snapshot);
        let every_eighth = length % 8 == 0 || length + 2 > bytes.len();
        if !every_eighth {
            continue;
        }
        let fresh = quick_folder();
        copy_folder(copy.path(), fresh.path());
        let (register, notices) = Register::open(fresh.path(), start()).unwrap();
        let expected = match torn {
            0 => vec![],
            torn => vec![OpenNotice::TornTail {
                bytes: torn as u64,
                last: whole,
            }],
        };
        assert_eq!(notices, expected);
        assert_eq!(register.last_entry().unwrap(), whole);
        // And it goes on from there.
        let entry = put(&register, 50, Body::Paused { on: true });
        assert_eq!(entry.n, whole + 1);
        register.close().unwrap();
        verify(fresh.path(), start()).unwrap();
    }
}

#[test]
fn a_hole_in_the_last_batch_is_a_torn_tail_and_one_before_it_is_damage() {
    let (before, bytes, lines) = with_a_batch();
    let last_batch = lines.last().unwrap().1;
    for index in 1..lines.len() {
        let copy = quick_folder();
        copy_folder(before.path(), copy.path());
        let mut holed = bytes.clone();
        // As if a page of it had never reached the disk.
        holed[lines[index - 1].0..lines[index].0].fill(0);
        std::fs::write(copy.path().join(JOURNAL), holed).unwrap();
        let opened = reopen(copy.path());
        if lines[index].1 == last_batch {
            let (_, notices) = opened.unwrap();
            let last = index as u64 - 1;
            let [OpenNotice::TornTail { last: kept, .. }] = notices[..] else {
                panic!("{notices:?}");
            };
            assert_eq!(kept, last);
        } else {
            assert_eq!(opened.unwrap_err().exit_code(), 65, "line {index}");
        }
    }
}

#[test]
fn a_newer_journal_is_refused_by_name_and_version() {
    let (folder, _) = closed();
    let rest = b"\"journal\":\"guichet-journal\",\"version\":2}";
    let mut line = format!("{{\"crc\":\"{:08x}\",", crc32c::crc32c(rest)).into_bytes();
    line.extend_from_slice(rest);
    let bytes = journal(folder.path());
    let end = bytes.iter().position(|b| *b == b'\n').unwrap();
    line.extend_from_slice(&bytes[end..]);
    std::fs::write(folder.path().join(JOURNAL), line).unwrap();
    for error in [
        reopen(folder.path()).unwrap_err(),
        Register::read_only(folder.path()).unwrap_err(),
    ] {
        assert_eq!(error.kind, RegisterErrorKind::Newer);
        assert_eq!(error.exit_code(), 65);
        let text = error.to_string();
        assert!(text.contains("guichet-journal version 2"), "{text}");
    }
}

#[test]
fn an_entry_of_an_unknown_kind_is_not_skipped() {
    let (folder, _) = closed();
    let bytes = journal(folder.path());
    let n = lines(&bytes).len();
    let rest = format!(
        "\"n\":{n},\"batch\":{n},\"at\":\"2017-09-12T08:00:00Z\",\"cause\":{{\"by\":\"itself\"}},\"body\":{{\"kind\":\"dreamt\"}}}}\n"
    );
    let crc = crc32c::crc32c(rest.trim_end().as_bytes());
    let line = format!("{{\"crc\":\"{crc:08x}\",{rest}");
    let longer = [bytes, line.into_bytes()].concat();
    std::fs::write(folder.path().join(JOURNAL), longer).unwrap();
    let error = reopen(folder.path()).unwrap_err();
    assert_eq!(error.exit_code(), 65);
    assert!(
        error.to_string().contains("cannot be understood"),
        "{error}"
    );
}

#[test]
fn verify_says_where_journal_and_store_differ() {
    let (folder, _) = closed();
    verify(folder.path(), start()).unwrap();
    verify(folder.path(), start()).unwrap();
    let held = open(folder.path());
    let error = verify(folder.path(), start()).unwrap_err();
    assert_eq!(error.exit_code(), 75);
    held.close().unwrap();
    // A store that is whole, and of another journal.
    let (other, _) = closed();
    let (register, _) = Register::open(other.path(), start()).unwrap();
    register.close().unwrap();
    std::fs::copy(other.path().join(JOURNAL), folder.path().join(JOURNAL)).unwrap();
    let error = verify(folder.path(), start()).unwrap_err();
    assert_eq!(error.exit_code(), 65);
    assert!(error.to_string().contains("row "), "{error}");
    let (register, _) = Register::rebuild(folder.path(), start()).unwrap();
    register.close().unwrap();
    verify(folder.path(), start()).unwrap();
    std::fs::remove_dir_all(folder.path().join("store")).unwrap();
    let error = verify(folder.path(), start()).unwrap_err();
    assert_eq!(error.exit_code(), 65);
}

#[test]
fn reading_where_there_is_no_register_says_so() {
    let folder = quick_folder();
    let error = Register::read_only(folder.path()).unwrap_err();
    assert_eq!(
        (error.kind, error.exit_code()),
        (RegisterErrorKind::Missing, 66)
    );
    assert_eq!(verify(folder.path(), start()).unwrap_err().exit_code(), 66);
}
