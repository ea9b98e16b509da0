//! The organiser's word, by mail in Sent and on the command line: what it does and who is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod desk;

use desk::*;
use guichet::control::{self, Asked, Request};
use guichet::core::decision::organiser::{Command, Deed, Trouble, Who};
use guichet::core::entry::*;
use guichet::core::person::Person;
use guichet::core::reply::Status;
use guichet::core::roll::*;
use guichet::register::*;
use jiff::SignedDuration;

fn late_request(desk: &mut Desk) -> u64 {
    desk.clock.step_to("2026-10-02T08:00:00Z".parse().unwrap());
    desk.asks("Anne Dupont", "anne@cc-val.example", "atelier");
    assert_eq!(
        desk.state_of("Anne Dupont", "atelier"),
        Some(State::RefusedLate)
    );
    desk.items()[0]
}

#[test]
fn yes_to_a_late_request_gives_the_seat_and_tells_the_person_in_the_thread() {
    let mut desk = Desk::new();
    let item = late_request(&mut desk);
    let digest = desk.digest(&[item]);
    let before = desk.last_entry();
    desk.sent(&word("1 oui", Some(&digest)));
    assert_eq!(
        desk.state_of("Anne Dupont", "atelier"),
        Some(State::Confirmed)
    );
    let replies = desk.replies(before);
    assert_eq!(replies.len(), 1, "{replies:?}");
    let (reply, row) = &replies[0];
    assert_eq!(reply.to.email, "anne@cc-val.example");
    assert_eq!(reply.status, Status::Confirmed);
    assert!(reply.answers && reply.in_reply_to.is_some());
    assert!(reply.outcomes[0].invitation.is_some());
    assert!(row.owed.answers.is_some());
    assert_eq!(row.state, LetterState::Queued);
    assert_eq!(desk.items(), Vec::<u64>::new());
    let lines = desk.last_lines();
    assert_eq!(lines[0].words, "1 oui");
    assert_eq!(lines[0].told[0].address, "anne@cc-val.example");
    let (_, row) = desk.transcripts().pop().unwrap();
    assert_eq!(row.kind, LetterKind::Notice);
    assert_eq!(row.state, LetterState::Queued);
}

#[test]
fn no_settles_it_and_nothing_is_written() {
    let mut desk = Desk::new();
    let item = late_request(&mut desk);
    let digest = desk.digest(&[item]);
    let before = desk.last_entry();
    desk.sent(&word("1 : non\n", Some(&digest)));
    assert_eq!(
        desk.state_of("Anne Dupont", "atelier"),
        Some(State::RefusedLate)
    );
    assert_eq!(desk.told(before), vec![]);
    assert_eq!(desk.items(), Vec::<u64>::new());
    assert_eq!(desk.last_lines()[0].deeds, vec![Deed::Settled]);
}

#[test]
fn the_human_takes_an_item() {
    let mut desk = Desk::new();
    let item = late_request(&mut desk);
    let digest = desk.digest(&[item]);
    desk.sent(&word("1 je m'en occupe", Some(&digest)));
    assert_eq!(desk.items(), Vec::<u64>::new());
    assert_eq!(desk.last_lines()[0].deeds, vec![Deed::Taken]);
}

#[test]
fn yes_makes_a_doubtful_request_certain() {
    let mut desk = Desk::new();
    let text = "Bonjour,\n\nMerci de m'inscrire à la formation « Animer un atelier » sous réserve que la région prenne en charge les frais.\n\nCordialement,\nPaul Martin\n";
    desk.arrives(&mail(
        "Paul Martin",
        "paul@cc-val.example",
        MAILBOX,
        "Inscription",
        text,
        "",
    ));
    assert_eq!(desk.state_of("Paul Martin", "atelier"), None);
    let items = desk.items();
    assert_eq!(items.len(), 1);
    let digest = desk.digest(&items);
    let before = desk.last_entry();
    desk.sent(&word(
        "Bonjour,\n\n1 oui\n\nMerci\nClaire\n\n> 1. Paul Martin\n> 2 oui\n",
        Some(&digest),
    ));
    assert_eq!(
        desk.state_of("Paul Martin", "atelier"),
        Some(State::Confirmed)
    );
    assert_eq!(
        desk.told(before),
        vec![("paul@cc-val.example".into(), Status::Confirmed)]
    );
}

#[test]
fn beyond_the_capacity_it_asks_and_a_yes_to_the_transcript_goes_through() {
    let mut desk = Desk::new();
    desk.asks("Anne Dupont", "anne@cc-val.example", "atelier");
    desk.asks("Paul Martin", "paul@pnr-y.example", "atelier");
    let before = desk.last_entry();
    desk.sent(&word(
        "ajoute Jeanne Morel, jeanne@gal-z.example, à atelier",
        None,
    ));
    assert_eq!(desk.state_of("Jeanne Morel", "atelier"), None);
    assert_eq!(desk.told(before), vec![]);
    let lines = desk.last_lines();
    assert!(matches!(
        &lines[0].deeds[0],
        Deed::Nothing(Trouble::Full {
            taken: 2,
            seats: 2,
            ..
        })
    ));
    assert_eq!(lines[0].asks, Some(1));
    let transcript = desk.last_transcript_id();
    desk.sent(&word("1 oui", Some(&transcript)));
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Confirmed)
    );
    assert_eq!(
        desk.told(before),
        vec![("jeanne@gal-z.example".into(), Status::Confirmed)]
    );
}

#[test]
fn the_organiser_adds_after_the_deadline() {
    let mut desk = Desk::new();
    desk.clock.step_to("2026-10-02T08:00:00Z".parse().unwrap());
    let before = desk.last_entry();
    desk.sent(&word(
        "add Jeanne Morel, jeanne@gal-z.example, to atelier",
        None,
    ));
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Confirmed)
    );
    assert_eq!(
        desk.told(before),
        vec![("jeanne@gal-z.example".into(), Status::Confirmed)]
    );
    let entry = desk
        .entries(before)
        .into_iter()
        .find(|e| e.cause != Cause::Itself)
        .unwrap();
    assert!(matches!(entry.cause, Cause::Organiser { .. }));
}

#[test]
fn a_person_who_no_longer_comes_is_told_and_the_next_is_promoted_after_the_pause() {
    let mut desk = Desk::new();
    desk.asks("Anne Dupont", "anne@cc-val.example", "atelier");
    desk.asks("Paul Martin", "paul@pnr-y.example", "atelier");
    desk.asks("Jeanne Morel", "jeanne@gal-z.example", "atelier");
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Waitlisted)
    );
    let before = desk.last_entry();
    desk.sent(&word("Mme Dupont ne vient plus.", None));
    assert_eq!(
        desk.state_of("Anne Dupont", "atelier"),
        Some(State::Cancelled)
    );
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Waitlisted)
    );
    desk.later(SignedDuration::from_mins(11));
    desk.walk();
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Confirmed)
    );
    let told = desk.told(before);
    assert!(
        told.contains(&("anne@cc-val.example".into(), Status::Cancelled)),
        "{told:?}"
    );
    assert!(
        told.contains(&("jeanne@gal-z.example".into(), Status::Promoted)),
        "{told:?}"
    );
}

#[test]
fn several_orders_of_one_mail_are_one_entry_and_see_each_other() {
    let mut desk = Desk::new();
    desk.asks("Anne Dupont", "anne@cc-val.example", "atelier");
    let before = desk.last_entry();
    desk.sent(&word(
        "ajoute Jeanne Morel, jeanne@gal-z.example, à atelier\nJeanne Morel ne vient plus\ncapacité atelier : 5\nfaire les courses\npause\n",
        None,
    ));
    let entries = desk.entries(before);
    let orders: Vec<&Entry> = entries
        .iter()
        .filter(|e| matches!(&e.body, Body::Mail(m) if m.walk == Walk::Order))
        .collect();
    assert_eq!(orders.len(), 1);
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Cancelled)
    );
    // she is not told that she has a seat, since by the end of the mail she has none
    assert_eq!(
        desk.told(before),
        vec![("jeanne@gal-z.example".into(), Status::Cancelled)]
    );
    assert!(desk.register.paused().unwrap());
    let roll = desk
        .register
        .roll(&guichet::core::catalogue::SessionId("atelier".into()))
        .unwrap();
    assert_eq!(roll.capacity, Some(5));
    let lines = desk.last_lines();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[3].deeds, vec![Deed::Nothing(Trouble::NotUnderstood)]);
    // the transcript leaves although all answers are held
    let (_, row) = desk.transcripts().pop().unwrap();
    assert_eq!(row.state, LetterState::Queued);
}

#[test]
fn pause_holds_answers_and_deciding_goes_on_until_resume() {
    let mut desk = Desk::new();
    desk.sent(&word("pause", None));
    let before = desk.last_entry();
    desk.asks("Anne Dupont", "anne@cc-val.example", "atelier");
    assert_eq!(
        desk.state_of("Anne Dupont", "atelier"),
        Some(State::Confirmed)
    );
    let state = desk.replies(before)[0].1.state.clone();
    assert_eq!(state, LetterState::Held { why: Hold::Paused });
    desk.sent(&word("Reprise", None));
    assert_eq!(desk.replies(before)[0].1.state, LetterState::Queued);
    assert!(!desk.register.paused().unwrap());
}

#[test]
fn a_letter_that_became_untrue_before_it_left_is_replaced() {
    let mut desk = Desk::new();
    desk.asks("Anne Dupont", "anne@cc-val.example", "atelier");
    assert_eq!(
        desk.told(0),
        vec![("anne@cc-val.example".into(), Status::Confirmed)]
    );
    desk.sent(&word("annule R1", None));
    assert_eq!(
        desk.told(0),
        vec![("anne@cc-val.example".into(), Status::Cancelled)]
    );
}

#[test]
fn the_arriving_copy_is_nothing_before_or_after_and_the_same_word_is_done_once() {
    for copy_first in [true, false] {
        let mut desk = Desk::new();
        let words = word("ajoute Jeanne Morel, jeanne@gal-z.example, à atelier", None);
        let copy = format!(
            "Received: from mx.test by mail.test; Mon, 14 Sep 2026 10:01:00 +0200\n{words}"
        );
        if copy_first {
            desk.arrives(&copy);
            assert_eq!(desk.state_of("Jeanne Morel", "atelier"), None);
        }
        desk.sent(&words);
        assert_eq!(
            desk.state_of("Jeanne Morel", "atelier"),
            Some(State::Confirmed)
        );
        let before = desk.last_entry();
        if !copy_first {
            desk.arrives(&copy);
        }
        // the same mail in Sent again, also after a restart
        desk.sent(&words);
        let mut desk = desk.reopened();
        desk.sent(&words);
        assert_eq!(desk.registrations("atelier").len(), 1);
        assert_eq!(desk.told(before), vec![]);
        assert_eq!(desk.transcripts().len(), 1);
        assert_eq!(desk.items(), Vec::<u64>::new());
    }
}

#[test]
fn after_a_restore_older_words_apply_quietly() {
    let mut desk = Desk::new();
    desk.later(SignedDuration::from_hours(1));
    desk.register
        .append_synced(desk.now(), fact(Body::Restored))
        .unwrap();
    let before = desk.last_entry();
    // written at 10:00, before the restore
    desk.sent(&word(
        "ajoute Jeanne Morel, jeanne@gal-z.example, à atelier",
        None,
    ));
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Confirmed)
    );
    assert_eq!(desk.told(before), vec![]);
    assert_eq!(desk.transcripts().len(), 0);
}

#[test]
fn what_the_human_writes_to_others_or_passes_on_is_no_order() {
    let mut desk = Desk::new();
    let item = late_request(&mut desk);
    let digest = desk.digest(&[item]);
    let reply = format!("In-Reply-To: <{digest}>\nReferences: <{digest}>\n");
    for mail in [
        mail(
            "Claire Aubert",
            MAILBOX,
            "anne@cc-val.example",
            "Re: Inscription",
            "1 oui\npause\n",
            "",
        ),
        mail(
            "Claire Aubert",
            MAILBOX,
            "paul@trois-ponts.example",
            "Tr: guichet",
            "1 oui ?\n",
            &reply,
        ),
        mail(
            "Claire Aubert",
            MAILBOX,
            MAILBOX,
            "Fwd: à lire",
            "1 oui\npause\n",
            "",
        ),
        mail(
            "Claire Aubert",
            MAILBOX,
            &format!("{MAILBOX}, anne@cc-val.example"),
            "x",
            "pause\n",
            "",
        ),
        mail(
            "Claire Aubert",
            MAILBOX,
            MAILBOX,
            "Re: x",
            "pause\n",
            "Auto-Submitted: auto-replied\n",
        ),
    ] {
        desk.sent(&mail);
    }
    assert_eq!(desk.transcripts().len(), 0);
    assert!(!desk.register.paused().unwrap());
    assert_eq!(desk.items(), vec![item]);
}

#[test]
fn after_five_lines_that_are_not_understood_it_stops_and_says_so() {
    let mut desk = Desk::new();
    let text = "Il fait beau.\nLa salle est grande.\nOn verra demain.\nQuelle histoire.\nEncore ceci.\npause\n";
    desk.sent(&word(text, None));
    assert!(!desk.register.paused().unwrap());
    let lines = desk.last_lines();
    assert_eq!(
        lines.last().unwrap().deeds,
        vec![Deed::Nothing(Trouble::Stopped)]
    );
}

fn request(desk: &Desk, command: Command, quiet: bool) -> control::Response {
    let request = Request {
        orders: vec![("x".into(), Asked::Command(Box::new(command)))],
        quiet,
        yes: false,
    };
    let intake = desk.intake();
    desk.run(control::carry_out(&intake, &request)).unwrap()
}

#[test]
fn the_command_line_does_the_same_and_quietly_tells_nobody() {
    let mut desk = Desk::new();
    desk.asks("Anne Dupont", "anne@cc-val.example", "atelier");
    let before = desk.last_entry();
    let r1 = Who::Registration(RegistrationId(1));
    let bilan = guichet::core::catalogue::SessionId("bilan".into());
    let response = request(
        &desk,
        Command::Move {
            who: r1.clone(),
            to: bilan.clone(),
        },
        false,
    );
    assert_eq!(response.lines[0].told.len(), 1);
    assert_eq!(
        desk.state_of("Anne Dupont", "atelier"),
        Some(State::Cancelled)
    );
    assert_eq!(
        desk.state_of("Anne Dupont", "bilan"),
        Some(State::Confirmed)
    );
    let entry = &desk.entries(before)[0];
    let Body::Decided(decided) = &entry.body else {
        panic!("{entry:?}")
    };
    let had = decided
        .changes
        .iter()
        .position(|c| matches!(c, Change::Registered { .. }))
        .unwrap();
    let lost = decided
        .changes
        .iter()
        .position(|c| {
            matches!(
                c,
                Change::State {
                    state: State::Cancelled,
                    ..
                }
            )
        })
        .unwrap();
    assert!(
        had < lost,
        "the old seat is not lost before the new one is had"
    );
    let replies = desk.replies(before);
    assert_eq!(replies.len(), 1, "one letter tells both: {replies:?}");
    assert_eq!(replies[0].0.outcomes.len(), 2);
    let before = desk.last_entry();
    let response = request(
        &desk,
        Command::Replace {
            who: Who::Registration(RegistrationId(2)),
            person: Person {
                name: "Paul Martin".into(),
                email: Some("paul@pnr-y.example".into()),
                ..Person::default()
            },
        },
        true,
    );
    assert!(response.lines[0].told.is_empty());
    // the letter that had not left said more than the seat: that much of it stays owed
    let told = desk.told(before);
    assert_eq!(
        told,
        vec![("anne@cc-val.example".into(), Status::Cancelled)]
    );
    assert_eq!(
        desk.state_of("Paul Martin", "bilan"),
        Some(State::Confirmed)
    );
    let note = Command::Note {
        who: Who::Registration(RegistrationId(3)),
        text: "arrive à 11 h".into(),
    };
    request(&desk, note, false);
    let paul = desk
        .register
        .registration(RegistrationId(3))
        .unwrap()
        .unwrap();
    assert_eq!(paul.remarks, vec!["arrive à 11 h"]);
    assert_eq!(paul.person.unwrap().name, "Paul Martin");
}

#[test]
fn the_socket_is_its_owners_alone_and_answers_as_the_function_does() {
    use guichet::core::catalogue::SessionId;
    use guichet::health::Health;
    use guichet::house::House;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;
    let desk = Desk::new();
    let state = desk.state();
    let Desk {
        live,
        register,
        clock,
        folder,
        ..
    } = desk;
    let mut config = live.rules().config.clone();
    config.state = state.clone();
    let house = Arc::new(House {
        live,
        register,
        clock: clock.clone(),
        mailbox: "INBOX".into(),
        health: Arc::new(Health::new(&state)),
        urgent: Default::default(),
    });
    let request = Request {
        orders: vec![(
            "add atelier Anne Dupont".into(),
            Asked::Command(Box::new(Command::Add {
                session: SessionId("atelier".into()),
                people: vec![Person {
                    name: "Anne Dupont".into(),
                    ..Person::default()
                }],
            })),
        )],
        quiet: false,
        yes: false,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let wake = guichet::wake::Wake {
            intake: Arc::default(),
            courier: Arc::default(),
        };
        let served = tokio::spawn(control::serve(house.clone(), wake.clone()));
        let socket = control::socket_path(&state);
        let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !socket.exists() && std::time::Instant::now() < limit {
            tokio::task::yield_now().await;
        }
        let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let called = control::call_or_open(config.clone(), clock.clone(), &request).await;
        let (response, by) = called.unwrap();
        assert_eq!(by, control::By::Daemon);
        assert_eq!(response.lines[0].words, "add atelier Anne Dupont");
        wake.courier.notified().await; // both spines are woken
        wake.intake.notified().await;
        served.abort();
        assert!(served.await.unwrap_err().is_cancelled());
    });
    drop(runtime);
    let house = Arc::into_inner(house).unwrap();
    house.register.close().unwrap();
    // The daemon is gone, its socket is left: the same function on the register itself.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let called = runtime.block_on(control::call_or_open(config, clock, &request));
    let (response, by) = called.unwrap();
    assert_eq!(by, control::By::Ourselves);
    assert!(matches!(
        &response.lines[0].deeds[0],
        Deed::Nothing(Trouble::Namesake { .. })
    ));
    drop(folder);
}

#[test]
fn more_seats_promote_and_fewer_take_none_back() {
    let mut desk = Desk::new();
    for (name, email) in [
        ("Anne Dupont", "anne@cc-val.example"),
        ("Paul Martin", "paul@pnr-y.example"),
        ("Jeanne Morel", "jeanne@gal-z.example"),
    ] {
        desk.asks(name, email, "atelier");
    }
    let session = guichet::core::catalogue::SessionId("atelier".into());
    let before = desk.last_entry();
    request(
        &desk,
        Command::Capacity {
            session: session.clone(),
            seats: Some(3),
        },
        false,
    );
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Confirmed)
    );
    assert_eq!(
        desk.told(before),
        vec![("jeanne@gal-z.example".into(), Status::Promoted)]
    );
    request(
        &desk,
        Command::Capacity {
            session,
            seats: Some(1),
        },
        false,
    );
    assert!(
        desk.registrations("atelier")
            .iter()
            .all(|(_, state)| *state == State::Confirmed)
    );
}
