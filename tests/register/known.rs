//! What a decision may see: the same mail, threads, questions, people, counts.

use super::support::*;
use guichet::core::entry::*;
use guichet::core::reading::{Intent, Language, Participant, Reading};
use guichet::core::reply::{Letter, Status};
use guichet::core::roll::*;
use guichet::register::*;

fn known(register: &Register, mail: &Mail) -> Known {
    register.known(&mail.lookup("s1")).unwrap()
}

#[test]
fn the_same_mail_is_the_same_bytes_or_the_same_id_with_the_same_content() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mail = Mail::new(1, "Anne Lefort", "anne@a.example");
    assert_eq!(known(&register, &mail).same_mail, None);
    register_mail(&register, &mail, "s1", 12);
    assert_eq!(known(&register, &mail).same_mail, Some(1));
    // Redelivered: other Received lines.
    let again = Mail {
        uid: 2,
        bytes: "other received lines".into(),
        ..mail.clone()
    };
    let seen = known(&register, &again);
    assert_eq!((seen.same_mail, seen.message_id_reused), (Some(1), false));
    // Walked as the same: later copies still lead to the first.
    let entry = register_mail(&register, &again, "s1", 12);
    assert!(matches!(&entry.body, Body::Mail(m) if m.walk == Walk::Same { entry: 1 }));
    assert_eq!(known(&register, &again).same_mail, Some(1));
    // The same Message-ID on another mail is a doubt, and no mail is dropped for it.
    let reused = Mail {
        bytes: "other".into(),
        body: "other words".into(),
        ..mail.clone()
    };
    let seen = known(&register, &reused);
    assert_eq!((seen.same_mail, seen.message_id_reused), (None, true));
    // The same words without an id are another mail.
    let mut lookup = again.lookup("s1");
    let identity = lookup.identity.as_mut().unwrap();
    identity.message_id = None;
    identity.sha256 = hex(b"third");
    assert_eq!(register.known(&lookup).unwrap().same_mail, None);
}

#[test]
fn an_answer_leads_to_the_registrations_of_the_letter_and_of_the_mail() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mail = Mail::new(1, "Anne Lefort", "anne@a.example");
    let entry = register_mail(&register, &mail, "s1", 12);
    let token = token_of(&entry);
    let ours = format!("{}@guichet.org.example", token.0);
    for (reference, answers_us) in [(ours.clone(), true), (mail.message_id.clone(), false)] {
        let mut answer = Mail::new(5, "Paul Martin", "paul@b.example");
        answer.references = vec!["unknown@x.example".into(), reference];
        let seen = known(&register, &answer);
        assert_eq!(seen.thread, vec![RegistrationId(1)]);
        assert_eq!(seen.answers_us, answers_us);
        assert!(!seen.answers_digest);
        assert!(seen.rolls.contains_key(&session_id("s1")));
    }
    // A token that we never drew is nobody's.
    let mut forged = Mail::new(6, "X", "x@x.example");
    forged.references = vec![format!("{}@guichet.org.example", "0".repeat(32))];
    assert!(!known(&register, &forged).answers_us);
    // Case does not matter for the token, brackets neither.
    let mut shouted = Mail::new(7, "X", "x@x.example");
    shouted.references = vec![format!("<{}@guichet.org.example>", token.0.to_uppercase())];
    assert!(known(&register, &shouted).answers_us);
}

#[test]
fn an_answer_to_a_digest_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mail = Mail::new(1, "Organiser", "org@org.example");
    let token = Token("ab".repeat(16));
    let draft = Draft {
        cause: Cause::Itself,
        body: Body::Digest {
            date: "2017-09-12".parse().unwrap(),
            to_entry: 0,
            owed: vec![owed(&mail, token.clone(), Status::None, vec![])],
            items: vec![],
        },
        personal: Some(Personal {
            letters: vec![mail.letter(Status::None)],
            ..Personal::default()
        }),
    };
    register.append_synced(at(0), draft).unwrap();
    let mut answer = Mail::new(2, "Organiser", "org@org.example");
    answer.references = vec![format!("{}@guichet.org.example", token.0)];
    let seen = known(&register, &answer);
    assert!(seen.answers_us && seen.answers_digest);
    let last = register.last_digest().unwrap().unwrap();
    assert!(!last.accepted && !last.skipped);
    assert_eq!(register.digest_covered().unwrap(), 0);
}

fn reading() -> Reading {
    Reading {
        intent: Intent::Register,
        sessions: vec![],
        session_certain: false,
        participants: vec![Participant {
            person: Mail::new(1, "Anne Lefort", "anne@a.example")
                .contact()
                .person,
            sessions: vec![],
        }],
        removed: vec![],
        remarks: vec![],
        question: false,
        act: false,
        may_reply: true,
        doubts: vec![],
        language: Language::Fr,
        evidence: vec![],
        choices: vec![],
        concerns_us: false,
    }
}

/// Asks back which of two sessions is meant.
fn ask(register: &Register, mail: &Mail) -> (Entry, Token) {
    let recorded = register
        .record(mail.received, &mail.lookup("s1"), |known| Draft {
            cause: Cause::Mail,
            body: mail.walked(
                Walk::Decided,
                Decided {
                    changes: vec![Change::Asked {
                        options: vec![session_id("s1"), session_id("s2")],
                        registrations: vec![],
                        received: mail.received,
                        until: at(300_000),
                    }],
                    owed: vec![owed(mail, known.token(0), Status::Clarify, vec![])],
                    reply: Some(Status::Clarify),
                    ..Decided::default()
                },
            ),
            personal: Some(Personal {
                letters: vec![mail.letter(Status::Clarify)],
                mail: Some(mail.words()),
                reading: Some(reading()),
                ..Personal::default()
            }),
        })
        .unwrap();
    register.wait_synced(recorded.ticket).unwrap();
    let token = token_of(&recorded.entry);
    (recorded.entry, token)
}

#[test]
fn an_open_question_is_found_by_thread_and_by_address_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mail = Mail::new(1, "Anne Lefort", "anne@a.example");
    let (entry, token) = ask(&register, &mail);
    let expected = Question {
        entry: entry.n,
        options: vec![session_id("s1"), session_id("s2")],
        reading: Some(reading()),
        received: mail.received,
        address: "anne@a.example".into(),
        registrations: vec![],
    };
    let same_address = Mail::new(2, "Anne Lefort", "Anne@A.example");
    let mut in_thread = Mail::new(3, "Anne (privé)", "anne@elsewhere.example");
    in_thread.references = vec![format!("{}@guichet.org.example", token.0)];
    let mut to_mail = Mail::new(4, "Collègue", "c@elsewhere.example");
    to_mail.references = vec![mail.message_id.clone()];
    let stranger = Mail::new(5, "Paul", "paul@b.example");
    for answer in [&same_address, &in_thread, &to_mail] {
        assert_eq!(known(&register, answer).question, Some(expected.clone()));
    }
    assert_eq!(known(&register, &stranger).question, None);
    assert_eq!(register.open_questions().unwrap().len(), 1);
    assert_eq!(register.due(at(299_999)).unwrap(), vec![]);
    assert_eq!(
        register.due(at(300_000)).unwrap(),
        vec![DueAction::QuestionUnanswered(entry.n)]
    );
    let close = Body::Decided(Box::new(Decided {
        closes_question: Some(entry.n),
        ..Decided::default()
    }));
    put(&register, 10, close);
    for answer in [&same_address, &in_thread, &to_mail] {
        assert_eq!(known(&register, answer).question, None);
    }
    assert_eq!(register.due(at(400_000)).unwrap(), vec![]);
    assert_eq!(register.open_questions().unwrap(), vec![]);
}

#[test]
fn theirs_are_by_address_by_maker_and_by_own_domain_only() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let people = [
        ("Anne", "anne@mairie.example"),
        ("Bruno", "bruno@orange.fr"),
        ("Chloé", "chloe@orange.fr"),
        ("Denis", "denis@mail.mairie.example"),
    ];
    for (uid, (name, email)) in (1..).zip(people) {
        register_mail(&register, &Mail::new(uid, name, email), "s1", 12);
    }
    // Anne registers Éric, who has no address of his own.
    let mut mail = Mail::new(9, "Anne", "anne@mairie.example");
    let recorded = register
        .record(at(9), &mail.lookup("s2"), |known| {
            let mut draft = decide(&mail, "s2", 12, known);
            let contact = &mut draft.personal.as_mut().unwrap().people[0];
            contact.person.name = "Éric".into();
            contact.person.email = None;
            contact.contact = None;
            contact.made_by = Some("anne@mairie.example".into());
            contact.made_by_name = Some("Anne".into());
            draft
        })
        .unwrap();
    register.wait_synced(recorded.ticket).unwrap();
    let theirs = |mail: &Mail| -> Vec<u64> {
        known(&register, mail)
            .theirs
            .iter()
            .map(|r| r.id.0)
            .collect()
    };
    mail.email = "ANNE@mairie.example".into();
    assert_eq!(theirs(&mail), [1, 4, 5]);
    assert!(
        known(&register, &mail)
            .rolls
            .contains_key(&session_id("s2"))
    );
    mail.email = "secretariat@mairie.example".into();
    assert_eq!(theirs(&mail), [1, 4, 5]);
    mail.email = "bruno@orange.fr".into();
    assert_eq!(theirs(&mail), [2]);
    mail.email = "autre@orange.fr".into();
    assert_eq!(theirs(&mail), [0; 0]);
    // A changed address leads there instead.
    let mut contact = Mail::new(2, "Bruno", "bruno@neuf.example").contact();
    contact.subject = String::new();
    let draft = Draft {
        cause: Cause::Itself,
        body: Body::Decided(Box::new(Decided {
            changes: vec![Change::Details {
                id: RegistrationId(2),
                person: 0,
            }],
            ..Decided::default()
        })),
        personal: Some(Personal {
            people: vec![contact],
            ..Personal::default()
        }),
    };
    register.append_synced(at(20), draft).unwrap();
    mail.email = "bruno@orange.fr".into();
    assert_eq!(theirs(&mail), [0; 0]);
    mail.email = "bruno@neuf.example".into();
    assert_eq!(theirs(&mail), [2]);
    let bruno = register.registration(RegistrationId(2)).unwrap().unwrap();
    assert_eq!(bruno.subject, "Inscription de Bruno");
}

/// Answers `already`: no seat changes, so it counts for the breakers.
fn answer_already(register: &Register, mail: &Mail, hold: Option<Hold>) -> Token {
    let recorded = register
        .record(mail.received, &mail.lookup("s1"), |known| {
            let mut owed = owed(mail, known.token(0), Status::Already, vec![]);
            owed.hold = hold;
            Draft {
                cause: Cause::Mail,
                body: mail.walked(
                    Walk::Decided,
                    Decided {
                        owed: vec![owed],
                        ..Decided::default()
                    },
                ),
                personal: Some(Personal {
                    letters: vec![mail.letter(Status::Already)],
                    ..Personal::default()
                }),
            }
        })
        .unwrap();
    token_of(&recorded.entry)
}

#[test]
fn replies_are_counted_by_thread_address_and_hour() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mut mail = Mail::new(1, "Echo", "echo@a.example");
    register_mail(&register, &mail, "s1", 12);
    // A confirmation tells of a seat that changed: not counted.
    mail.uid = 2;
    assert_eq!(known(&register, &mail).recent.in_all, 0);
    let mut last = mail.message_id.clone();
    for round in 0..4u32 {
        let seen = known(&register, &mail).recent;
        assert_eq!(
            (seen.in_thread, seen.to_address, seen.in_all),
            (round, round, round)
        );
        let token = answer_already(&register, &mail, None);
        // The peer answers our letter and drops the older references.
        mail.references = vec![format!("{}@guichet.org.example", token.0)];
        mail.uid += 1;
        mail.message_id = format!("echo-{round}@a.example");
        last.clone_from(&mail.message_id);
        mail.received = at(60 + i64::from(round));
    }
    // Held answers do not count, but for shadow, which shows what would happen.
    answer_already(&register, &mail, Some(Hold::Breaker));
    assert_eq!(known(&register, &mail).recent.in_thread, 4);
    answer_already(&register, &mail, Some(Hold::Shadow));
    assert_eq!(known(&register, &mail).recent.in_thread, 5);
    // Another thread, another address, another hour, another day.
    let mut fresh = Mail::new(50, "Echo", "echo@a.example");
    let seen = known(&register, &fresh).recent;
    assert_eq!((seen.in_thread, seen.to_address, seen.in_all), (0, 5, 5));
    fresh.email = "other@b.example".into();
    assert_eq!(known(&register, &fresh).recent.to_address, 0);
    fresh.email = "echo@a.example".into();
    fresh.received = at(2 * 3600);
    let seen = known(&register, &fresh).recent;
    assert_eq!((seen.to_address, seen.in_all), (5, 0));
    fresh.received = at(25 * 3600);
    assert_eq!(known(&register, &fresh).recent.to_address, 0);
}

#[test]
fn registrations_by_mail_are_counted_for_ten_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    for uid in 1..=5 {
        let mail = Mail::new(uid, &format!("P{uid}"), &format!("p@a{uid}.example"));
        register_mail(&register, &mail, "s1", 12);
    }
    let mut mail = Mail::new(9, "Q", "q@q.example");
    assert_eq!(known(&register, &mail).recent.registrations, 5);
    mail.received = at(599);
    assert_eq!(known(&register, &mail).recent.registrations, 5);
    mail.received = at(620);
    assert_eq!(known(&register, &mail).recent.registrations, 0);
}

#[test]
fn an_address_was_written_to_once_a_letter_was_accepted_and_bounces_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mail = Mail::new(1, "Anne", "anne@a.example");
    let token = token_of(&register_mail(&register, &mail, "s1", 12));
    let next = Mail::new(2, "Anne", "anne@a.example");
    assert!(!known(&register, &next).written_before);
    put(&register, 10, attempt(&token));
    assert!(!known(&register, &next).written_before);
    put(&register, 11, accepted(&token));
    let seen = known(&register, &next);
    assert!(seen.written_before && !seen.address_bounced);
    let bounce = Mail::new(3, "MAILER-DAEMON", "mailer-daemon@a.example");
    let walk = Walk::Bounce {
        letter: Some(token.clone()),
        permanent: true,
    };
    let decided = Decided {
        changes: vec![Change::Bounced {
            id: RegistrationId(1),
        }],
        ..Decided::default()
    };
    put(&register, 12, bounce.walked(walk, decided));
    assert!(known(&register, &next).address_bounced);
    assert!(register.address_bounced("Anne@A.example").unwrap());
    assert!(known(&register, &next).theirs[0].bounced);
}

#[test]
fn unsent_letters_about_the_rolls_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mail = Mail::new(1, "Anne", "anne@a.example");
    let token = token_of(&register_mail(&register, &mail, "s1", 12));
    let next = Mail::new(2, "Paul", "paul@b.example");
    let unsent = known(&register, &next).unsent;
    let [letter] = unsent.as_slice() else {
        panic!("{unsent:?}")
    };
    assert_eq!(letter.owed.token, token);
    assert_eq!(letter.owed.status, Status::Confirmed);
    assert_eq!(letter.owed.registrations, vec![RegistrationId(1)]);
    assert_eq!(letter.hold, None);
    assert_eq!(
        letter.reply.as_ref().map(|reply| reply.to.email.as_str()),
        Some("anne@a.example")
    );
    let replace = Body::Decided(Box::new(Decided {
        changes: vec![Change::Superseded {
            letter: token.clone(),
        }],
        ..Decided::default()
    }));
    put(&register, 5, replace.clone());
    assert_eq!(state(&register, &token), LetterState::Superseded);
    assert_eq!(known(&register, &next).unsent, vec![]);
    assert_eq!(register.due_letters(at(1000), 9).unwrap(), vec![]);
    // Once an attempt has begun it is too late.
    let token = token_of(&register_mail(&register, &next, "s1", 12));
    put(&register, 6, attempt(&token));
    let Body::Decided(mut decided) = replace else {
        unreachable!()
    };
    decided.changes = vec![Change::Superseded {
        letter: token.clone(),
    }];
    put(&register, 7, Body::Decided(decided));
    assert!(matches!(
        state(&register, &token),
        LetterState::Sending { .. }
    ));
}

#[test]
fn a_letter_without_an_address_can_never_be_due() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let mail = Mail::new(1, "Anne", "anne@a.example");
    let recorded = register
        .record(at(1), &mail.lookup("s1"), |known| {
            let mut draft = decide(&mail, "s1", 12, known);
            let personal = draft.personal.as_mut().unwrap();
            let Letter::Reply(reply) = &mut personal.letters[0] else {
                unreachable!()
            };
            reply.to.email.clear();
            draft
        })
        .unwrap();
    assert_eq!(
        state(&register, &token_of(&recorded.entry)),
        LetterState::Superseded
    );
}
