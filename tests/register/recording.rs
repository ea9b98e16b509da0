//! What recording gives, and what is known at the next decision.

use super::support::*;
use guichet::core::entry::*;
use guichet::register::*;

#[test]
fn a_decision_sees_entries_that_are_not_synced_yet() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mut tickets = vec![];
    for uid in 1..=20 {
        let mail = Mail::new(
            uid,
            &format!("Person {uid}"),
            &format!("p{uid}@a{uid}.example"),
        );
        let recorded = register
            .record(mail.received, &mail.lookup("s1"), |known| {
                assert_eq!(known.next_registration, u64::from(uid));
                assert_eq!(
                    known.roll(&session_id("s1")).registrations.len(),
                    uid as usize - 1
                );
                decide(&mail, "s1", 12, known)
            })
            .unwrap();
        tickets.push(recorded.ticket);
    }
    let roll = register.roll(&session_id("s1")).unwrap();
    assert_eq!(roll.taken(), 12);
    assert_eq!(roll.waiting().len(), 8);
    for ticket in tickets {
        register.wait_synced(ticket).unwrap();
    }
    let roll_after = register.roll(&session_id("s1")).unwrap();
    assert_eq!(roll, roll_after);
    register.close().unwrap();
    let (register, notices) = Register::open(folder.path(), start()).unwrap();
    assert_eq!(notices, vec![]);
    assert_eq!(register.roll(&session_id("s1")).unwrap(), roll);
    assert_eq!(register.due_letters(at(100), 100).unwrap().len(), 20);
}

#[tokio::test]
async fn tickets_can_be_awaited() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let recorded = register
        .append(start(), fact(Body::Paused { on: true }))
        .unwrap();
    register.synced(recorded.ticket).await.unwrap();
    assert!(register.paused().unwrap());
    assert_eq!(register.entry(1).unwrap(), Some(recorded.entry));
}

#[test]
fn a_second_opener_is_told_who_holds_the_register() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let error = Register::open(folder.path(), start()).unwrap_err();
    assert_eq!(error.kind, RegisterErrorKind::Held);
    assert_eq!(error.exit_code(), 75);
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {}", std::process::id())),
        "{text}"
    );
    assert!(text.contains("2017-09-12T08:00:00Z"), "{text}");
    drop(register);
    open(folder.path());
}

#[test]
fn a_decision_that_panics_leaves_the_register_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mail = Mail::new(1, "Anne", "anne@a.example");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        register.record(start(), &mail.lookup("s1"), |_| panic!("a stage broke"))
    }));
    assert!(panicked.is_err());
    assert_eq!(register.last_entry().unwrap(), 0);
    assert_eq!(register_mail(&register, &mail, "s1", 12).n, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_record_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let register = std::sync::Arc::new(open(folder.path()));
    let mut tasks = vec![];
    for uid in 1..=40 {
        let register = register.clone();
        tasks.push(tokio::spawn(async move {
            let mail = Mail::new(uid, "P", &format!("p@a{uid}.example"));
            let recorded = register
                .record(mail.received, &mail.lookup("s1"), |known| {
                    decide(&mail, "s1", 12, known)
                })
                .unwrap();
            register.synced(recorded.ticket).await.unwrap();
            recorded.entry.n
        }));
    }
    let mut numbers = vec![];
    for task in tasks {
        numbers.push(task.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<u64>>());
    let roll = register.roll(&session_id("s1")).unwrap();
    assert_eq!((roll.taken(), roll.waiting().len()), (12, 28));
}
