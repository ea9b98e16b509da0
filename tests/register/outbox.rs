//! The outbox's states, what falls due, and the rest of what is derived from entries.

use super::support::*;
use guichet::core::delivery::Delivery;
use guichet::core::entry::*;
use guichet::core::reply::Status;
use guichet::core::roll::*;
use guichet::register::*;

fn one(register: &Register) -> Token {
    let mail = Mail::new(1, "Anne", "anne@a.example");
    token_of(&register_mail(register, &mail, "s1", 12))
}

fn due(register: &Register, secs: i64) -> Vec<Token> {
    let rows = register.due_letters(at(secs), 99).unwrap();
    rows.into_iter().map(|row| row.owed.token).collect()
}

#[test]
fn a_letter_goes_from_queued_to_accepted_to_filed() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let token = one(&register);
    assert_eq!(state(&register, &token), LetterState::Queued);
    assert_eq!(due(&register, 0), []);
    assert_eq!(due(&register, 1), std::slice::from_ref(&token));
    assert_eq!(register.next_due_at().unwrap(), Some(at(1)));
    put(&register, 2, attempt(&token));
    assert!(matches!(
        state(&register, &token),
        LetterState::Sending { .. }
    ));
    assert_eq!(due(&register, 999), []);
    put(&register, 3, deferred(&token, at(600)));
    let row = register.letter(&token).unwrap().unwrap();
    assert_eq!(row.state, LetterState::Deferred { retry_at: at(600) });
    assert_eq!(row.response.as_deref(), Some("451 <…> later"));
    assert_eq!(due(&register, 599), []);
    assert_eq!(due(&register, 600), std::slice::from_ref(&token));
    put(&register, 600, attempt(&token));
    assert_eq!(register.to_file(9).unwrap(), vec![]);
    put(&register, 601, accepted(&token));
    let row = register.letter(&token).unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (LetterState::Accepted, 2));
    assert_eq!(register.to_file(9).unwrap().len(), 1);
    assert_eq!(register.next_due_at().unwrap(), None);
    put(
        &register,
        602,
        Body::Filed {
            letter: token.clone(),
            given_up: None,
        },
    );
    assert_eq!(register.to_file(9).unwrap(), vec![]);
    assert!(register.letter(&token).unwrap().unwrap().filed);
    let kinds = register
        .why(&About::Registration(RegistrationId(1)))
        .unwrap();
    assert_eq!(kinds.len(), 6);
    let id = format!("<{}@guichet.org.example>", token.0);
    assert_eq!(register.why(&About::MessageId(id)).unwrap(), kinds);
    let mail = Mail::new(1, "Anne", "anne@a.example");
    assert_eq!(
        register.why(&About::MessageId(mail.message_id)).unwrap(),
        kinds
    );
}

#[test]
fn refusal_and_giving_up_end_a_letter() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let token = one(&register);
    put(&register, 2, attempt(&token));
    let refused = Delivery::Refused {
        response: "550 no".into(),
    };
    put(&register, 3, outcome(&token, refused, None));
    assert_eq!(state(&register, &token), LetterState::Refused);
    assert_eq!(due(&register, 9_999_999), []);
    let refused = OutboxFilter::In(LetterPhase::Refused);
    assert_eq!(register.outbox(refused).unwrap().len(), 1);
}

#[test]
fn an_attempt_without_outcome_is_uncertain_after_a_restart_and_due_once() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let token = one(&register);
    put(&register, 2, attempt(&token));
    drop(register);
    let (register, notices) = Register::open(folder.path(), at(50)).unwrap();
    assert_eq!(notices, vec![OpenNotice::Uncertain { letters: 1 }]);
    let expected = LetterState::Uncertain {
        sha256: hex(token.0.as_bytes()),
        retries: 0,
    };
    assert_eq!(state(&register, &token), expected);
    assert_eq!(due(&register, 50), std::slice::from_ref(&token));
    drop(register);
    let (register, notices) = Register::open(folder.path(), at(60)).unwrap();
    assert_eq!(notices, vec![]);
    put(&register, 61, attempt(&token));
    let lost = Delivery::Uncertain {
        response: "reset".into(),
    };
    put(&register, 62, outcome(&token, lost, None));
    assert!(matches!(
        state(&register, &token),
        LetterState::Uncertain { retries: 1, .. }
    ));
    assert_eq!(due(&register, 9_999_999), []);
    let why = Hold::Uncertain;
    put(
        &register,
        63,
        Body::Held {
            letter: token.clone(),
            why,
        },
    );
    assert_eq!(state(&register, &token), LetterState::Held { why });
}

#[test]
fn holding_releasing_and_the_organisers_pause() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let token = one(&register);
    let why = Hold::Breaker;
    put(
        &register,
        2,
        Body::Held {
            letter: token.clone(),
            why,
        },
    );
    assert_eq!(due(&register, 99), []);
    put(
        &register,
        4,
        Body::Released {
            letter: token.clone(),
        },
    );
    assert_eq!(due(&register, 99), std::slice::from_ref(&token));
    put(&register, 5, Body::Paused { on: true });
    assert_eq!(due(&register, 99), []);
    // Releasing one of them waits for the end of the pause too.
    let letter = token.clone();
    put(&register, 6, Body::Released { letter });
    assert_eq!(due(&register, 99), []);
    // What is decided meanwhile is held too; shadow stays shadow.
    let mail = Mail::new(2, "Paul", "paul@b.example");
    let second = token_of(&register_mail(&register, &mail, "s1", 12));
    let paused = LetterState::Held { why: Hold::Paused };
    assert_eq!(state(&register, &second), paused);
    assert_eq!(register.counts().unwrap().letters[&LetterPhase::Paused], 2);
    assert_eq!(register.next_due_at().unwrap(), None);
    put(&register, 50, Body::Paused { on: false });
    assert_eq!(due(&register, 49), []);
    assert_eq!(due(&register, 50), [token, second]);
    assert!(!register.paused().unwrap());
}

#[test]
fn the_pause_keeps_what_is_uncertain_uncertain_and_holds_what_comes_back_deferred() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let first = one(&register);
    let mail = Mail::new(2, "Paul", "paul@b.example");
    let second = token_of(&register_mail(&register, &mail, "s1", 12));
    let lost = || Delivery::Uncertain {
        response: "reset".into(),
    };
    put(&register, 3, attempt(&first));
    put(&register, 4, outcome(&first, lost(), Some(at(100))));
    put(&register, 5, attempt(&second));
    put(&register, 6, Body::Paused { on: true });
    put(&register, 7, deferred(&second, at(60)));
    assert_eq!(due(&register, 9999), []);
    assert_eq!(register.next_due_at().unwrap(), None);
    let paused = LetterState::Held { why: Hold::Paused };
    assert_eq!(state(&register, &second), paused);
    put(&register, 50, Body::Paused { on: false });
    assert_eq!(due(&register, 99), [second]);
    assert_eq!(due(&register, 100).len(), 2);
    let uncertain = LetterState::Uncertain {
        sha256: hex(first.0.as_bytes()),
        retries: 0,
    };
    assert_eq!(state(&register, &first), uncertain);
    // An outcome that comes during the pause.
    put(&register, 101, attempt(&first));
    put(&register, 102, Body::Paused { on: true });
    put(&register, 103, outcome(&first, lost(), Some(at(110))));
    assert_eq!(register.due_letters(at(9999), 9).unwrap(), vec![]);
    put(&register, 200, Body::Paused { on: false });
    assert_eq!(register.next_due_at().unwrap(), Some(at(200)));
}

#[test]
fn due_letters_come_in_order_of_their_time() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mut expected = vec![];
    for (uid, due_at) in [(1, 300), (2, 100), (3, 100), (4, 200)] {
        let mail = Mail::new(uid, "P", &format!("p@a{uid}.example"));
        let recorded = register
            .record(at(0), &mail.lookup("s1"), |known| {
                let mut draft = decide(&mail, "s1", 12, known);
                let Body::Mail(walked) = &mut draft.body else {
                    unreachable!()
                };
                walked.decided.owed[0].due_at = at(due_at);
                draft
            })
            .unwrap();
        expected.push((due_at, uid, token_of(&recorded.entry)));
    }
    expected.sort();
    let tokens: Vec<Token> = expected.into_iter().map(|(_, _, token)| token).collect();
    assert_eq!(due(&register, 1000), tokens);
    assert_eq!(due(&register, 100), tokens[..2]);
    let two = register.due_letters(at(1000), 2).unwrap();
    assert_eq!(two.len(), 2);
    assert_eq!(register.due_letters(at(1000), 0).unwrap(), vec![]);
}

#[test]
fn a_freed_seat_counts_until_its_pause_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    one(&register);
    let id = RegistrationId(1);
    let change = |change: Change| {
        Body::Decided(Box::new(Decided {
            changes: vec![change],
            ..Decided::default()
        }))
    };
    let cancelled = Change::State {
        id,
        state: State::Cancelled,
        paused_until: Some(at(600)),
    };
    put(&register, 5, change(cancelled));
    let roll = register.roll(&session_id("s1")).unwrap();
    assert_eq!(roll.taken(), 1);
    assert_eq!(register.due(at(599)).unwrap(), vec![]);
    assert_eq!(
        register.due(at(600)).unwrap(),
        vec![DueAction::PauseOver(id)]
    );
    put(&register, 600, change(Change::PauseOver { id }));
    assert_eq!(register.due(at(999)).unwrap(), vec![]);
    let roll = register.roll(&session_id("s1")).unwrap();
    assert_eq!(roll.taken(), 0);
    let counts = register.counts().unwrap();
    assert_eq!(counts.registrations[&State::Cancelled], 1);
    assert_eq!(counts.registrations[&State::Confirmed], 0);
}

#[test]
fn why_tells_what_caused_a_promotion() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    for uid in 1..=2 {
        let mail = Mail::new(uid, "P", &format!("p@a{uid}.example"));
        register_mail(&register, &mail, "s1", 1);
    }
    let changed = |cause, id, state| Draft {
        cause,
        body: Body::Decided(Box::new(Decided {
            changes: vec![Change::State {
                id: RegistrationId(id),
                state,
                paused_until: None,
            }],
            ..Decided::default()
        })),
        personal: None,
    };
    let freed = changed(Cause::Organiser { entry: None }, 1, State::Cancelled);
    let freed = register.append_synced(at(5), freed).unwrap();
    let promoted = changed(Cause::Due { entry: freed.n }, 2, State::Confirmed);
    register.append_synced(at(6), promoted).unwrap();
    put(&register, 7, Body::Settled { entry: 99 });
    let numbers = |about| -> Vec<u64> {
        let entries = register.why(&about).unwrap();
        entries.iter().map(|entry| entry.n).collect()
    };
    assert_eq!(numbers(About::Registration(RegistrationId(2))), [2, 3, 4]);
    assert_eq!(numbers(About::Registration(RegistrationId(1))), [1, 3]);
    assert_eq!(numbers(About::Registration(RegistrationId(9))), [0; 0]);
}

#[test]
fn the_cursor_follows_the_watch() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    assert_eq!(register.cursor("INBOX").unwrap(), None);
    let began = |uid_validity, uid_next, names: &[&str]| Body::WatchBegan {
        mailbox: "INBOX".into(),
        uid_validity,
        uid_next,
        names: names.iter().map(|n| (*n).to_owned()).collect(),
    };
    put(&register, 1, began(7, 100, &[]));
    let cursor = || register.cursor("INBOX").unwrap().unwrap();
    assert_eq!((cursor().uid_validity, cursor().uid_next), (7, 100));
    for uid in [100, 104, 102] {
        let mail = Mail::new(uid, "P", "p@a.example");
        put(&register, 2, mail.walked(Walk::NotOurs, Decided::default()));
    }
    assert_eq!(cursor().uid_next, 105);
    put(&register, 3, began(8, 1, &[]));
    assert_eq!((cursor().uid_validity, cursor().uid_next), (8, 1));
    assert_eq!(register.watch_began("INBOX").unwrap(), Some(at(1)));
    put(&register, 4, began(0, 0, &["b", "a"]));
    let mut mail = Mail::new(1, "P", "p@a.example").walked(Walk::Old, Decided::default());
    let Body::Mail(walked) = &mut mail else {
        unreachable!()
    };
    walked.place = Place::Maildir {
        mailbox: "INBOX".into(),
        name: "c".into(),
    };
    put(&register, 5, mail);
    let names: Vec<String> = cursor().names.into_iter().collect();
    assert_eq!(names, ["a", "b", "c"]);
    let counts = register.counts().unwrap();
    assert_eq!((counts.mails["not_ours"], counts.mails["old"]), (3, 1));
}

#[test]
fn the_catalogue_and_the_organisers_capacity() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let taken_up = |sessions, vanished: &[&str], frozen: &[&str]| Body::Catalogue {
        sessions,
        vanished: vanished.iter().map(|id| session_id(id)).collect(),
        frozen: frozen.iter().map(|id| session_id(id)).collect(),
    };
    let capacity = |capacity| Body::Capacity {
        session: session_id("s1"),
        capacity,
    };
    let s1 = session_id("s1");
    put(
        &register,
        1,
        taken_up(vec![session("s1", 12), session("s2", 8)], &[], &[]),
    );
    put(&register, 2, capacity(Some(14)));
    assert_eq!(register.roll(&s1).unwrap().capacity, Some(14));
    let mut moved = session("s1", 12);
    moved.place = "Ailleurs".into();
    put(&register, 3, taken_up(vec![moved], &["s2"], &["s1"]));
    let roll = register.roll(&s1).unwrap();
    assert_eq!((roll.capacity, roll.frozen), (Some(14), true));
    put(
        &register,
        4,
        Body::SessionAccepted {
            session: s1.clone(),
        },
    );
    assert!(!register.roll(&s1).unwrap().frozen);
    // The file's own value changes: the command ends.
    put(&register, 5, taken_up(vec![session("s1", 13)], &[], &[]));
    assert_eq!(register.roll(&s1).unwrap().capacity, None);
    let catalogue = register.catalogue().unwrap();
    let seen: Vec<_> = catalogue
        .iter()
        .map(|row| {
            (
                row.session.id.0.as_str(),
                row.session.capacity,
                row.vanished,
            )
        })
        .collect();
    assert_eq!(seen, [("s1", 13, false), ("s2", 8, true)]);
    assert_eq!(register.rolls().unwrap().len(), 2);
}

#[test]
fn items_stay_open_until_settled_and_digests_cover_once_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let to_decide = Mail::new(1, "A", "a@a.example").walked(
        Walk::Human,
        Decided {
            to_human: true,
            ..Decided::default()
        },
    );
    put(&register, 1, to_decide);
    let mut question = Mail::new(2, "B", "b@b.example").walked(Walk::Decided, Decided::default());
    let Body::Mail(walked) = &mut question else {
        unreachable!()
    };
    walked.understood = Some(understood(true));
    put(&register, 2, question);
    let items = |register: &Register| -> Vec<(u64, bool, Option<u64>)> {
        let items = register.open_items().unwrap();
        items
            .iter()
            .map(|i| (i.entry, i.to_decide, i.told))
            .collect()
    };
    assert_eq!(items(&register), [(1, true, None), (2, false, None)]);
    let mail = Mail::new(3, "Org", "org@org.example");
    let token = Token("cd".repeat(16));
    let draft = Draft {
        cause: Cause::Itself,
        body: Body::Digest {
            date: "2017-09-13".parse().unwrap(),
            to_entry: 2,
            owed: vec![owed(&mail, token.clone(), Status::None, vec![])],
            items: vec![1],
        },
        personal: Some(Personal {
            letters: vec![mail.letter(Status::None)],
            ..Personal::default()
        }),
    };
    register.append_synced(at(3), draft).unwrap();
    assert_eq!(items(&register), [(1, true, Some(3)), (2, false, None)]);
    assert_eq!(register.digest_covered().unwrap(), 0);
    put(&register, 4, attempt(&token));
    put(&register, 5, accepted(&token));
    assert_eq!(register.digest_covered().unwrap(), 2);
    let last = register.last_digest().unwrap().unwrap();
    assert!(last.accepted && last.entry == 3 && last.to_entry == 2);
    put(&register, 6, Body::Settled { entry: 1 });
    assert_eq!(items(&register), [(2, false, None)]);
    put(
        &register,
        7,
        Body::Digest {
            date: "2017-09-14".parse().unwrap(),
            to_entry: 6,
            owed: vec![],
            items: vec![],
        },
    );
    assert_eq!(register.digest_covered().unwrap(), 6);
    assert!(register.last_digest().unwrap().unwrap().skipped);
}

#[test]
fn kept_files_come_back_or_are_missed() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let sha256 = register.keep_file(b"the form").unwrap();
    assert_eq!(register.keep_file(b"the form").unwrap(), sha256);
    assert_eq!(register.file(&sha256).unwrap(), b"the form");
    let missing = register.file(&hex(b"nothing")).unwrap_err();
    assert_eq!(missing.kind, RegisterErrorKind::Missing);
    assert!(register.file("../journal.jsonl").is_err());
    std::fs::write(folder.path().join("files").join(&sha256), "other").unwrap();
    let damaged = register.file(&sha256).unwrap_err();
    assert_eq!(damaged.kind, RegisterErrorKind::Damaged);
}
