//! Export, import, and readers beside a running register.

use super::support::*;
use guichet::core::entry::*;
use guichet::register::*;

#[test]
fn an_imported_register_is_whole_and_owes_nothing_of_before() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    fill(&register);
    let file = folder.path().join("export.jsonl");
    register.export(&file).unwrap();
    let open_before = register.outbox(OutboxFilter::Open).unwrap().len();
    assert!(open_before >= 4);
    let (elsewhere, notices) = {
        let target = tempfile::tempdir().unwrap();
        let state = target.path().join("state");
        let mut last = (0, 0);
        let (register, notices) =
            Register::import_watched(&state, &file, at(5000), &mut |done, all| last = (done, all))
                .unwrap();
        assert_eq!(last.0, last.1);
        assert_eq!(last.0, register.last_entry().unwrap());
        ((target, register), notices)
    };
    let (target, imported) = elsewhere;
    let withheld = open_before;
    assert_eq!(notices, vec![OpenNotice::Restored { withheld }]);
    assert_eq!(imported.due_letters(at(1 << 30), 99).unwrap(), vec![]);
    assert_eq!(imported.outbox(OutboxFilter::Open).unwrap(), vec![]);
    assert_eq!(imported.counts().unwrap().restored_at, Some(at(5000)));
    assert_eq!(imported.rolls().unwrap(), register.rolls().unwrap());
    assert_eq!(
        imported.cursor("INBOX").unwrap(),
        register.cursor("INBOX").unwrap()
    );
    assert_eq!(
        imported.last_entry().unwrap(),
        register.last_entry().unwrap() + 1
    );
    // What is decided from now on is owed.
    let mail = Mail::new(30, "Zoé", "zoe@z.example");
    register_mail(&imported, &mail, "s2", 9);
    assert_eq!(imported.due_letters(at(5000), 99).unwrap().len(), 1);
    // A second import into the same folder would overwrite it.
    drop(imported);
    let error = Register::import(&target.path().join("state"), &file, at(5001)).unwrap_err();
    assert_eq!(
        (error.kind, error.exit_code()),
        (RegisterErrorKind::Exists, 73)
    );
    verify(&target.path().join("state"), start()).unwrap();
}

#[test]
fn a_damaged_or_missing_export_is_not_imported() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    fill(&register);
    let file = folder.path().join("export.jsonl");
    register.export(&file).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&file, bytes).unwrap();
    let state = folder.path().join("other");
    let error = Register::import(&state, &file, at(1)).unwrap_err();
    assert_eq!(error.exit_code(), 65);
    let error = Register::import(&state, &folder.path().join("none"), at(1)).unwrap_err();
    assert_eq!(error.exit_code(), 66);
    assert!(!state.join("journal.jsonl").exists());
}

#[test]
fn a_reader_beside_sees_what_is_synced_and_exports_it() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    fill(&register);
    let beside = Register::read_only(folder.path()).unwrap();
    assert_eq!(content(&beside), content(&register));
    put(&register, 99, Body::Paused { on: true });
    assert!(!beside.paused().unwrap());
    let file = folder.path().join("export.jsonl");
    beside.export(&file).unwrap();
    let other = folder.path().join("other");
    let (imported, _) = Register::import(&other, &file, at(1)).unwrap();
    assert_eq!(
        imported.last_entry().unwrap(),
        beside.last_entry().unwrap() + 1
    );
}
