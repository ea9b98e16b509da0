//! Every seat's life by mail, at the desk: invitations that move, pauses, who is on record, questions back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod desk;

use desk::*;
use guichet::core::catalogue::SessionId;
use guichet::core::entry::*;
use guichet::core::membership::MembershipList;
use guichet::core::reading::Doubt;
use guichet::core::reply::{Invitation, Reply, Status};
use guichet::core::roll::{Registration, State};
use guichet::live::Rules;
use guichet::register::*;
use jiff::SignedDuration;

const ANNE: &str = "anne@cc-val.example";

fn writes(desk: &mut Desk, name: &str, email: &str, text: &str) -> u64 {
    let before = desk.last_entry();
    desk.arrives(&mail(
        name,
        email,
        MAILBOX,
        "Inscription",
        &format!("{text}\n\n{name}\n"),
        "",
    ));
    before
}

/// Answers the last letter to somebody, in the thread.
fn answers(desk: &mut Desk, name: &str, email: &str, text: &str) -> u64 {
    let rows = desk.replies(0);
    let (_, row) = rows.iter().rfind(|(r, _)| r.to.email == email).unwrap();
    let id = format!("{}@guichet.trois-ponts.example", row.owed.token.0);
    let more = format!("In-Reply-To: <{id}>\nReferences: <{id}>\n");
    let before = desk.last_entry();
    let text = format!("{text}\n\n{name}\n");
    desk.arrives(&mail(name, email, MAILBOX, "Re: Inscription", &text, &more));
    before
}

fn registration(desk: &Desk, name: &str, session: &str) -> Registration {
    let roll = desk.register.roll(&SessionId(session.into())).unwrap();
    let theirs = |r: &&Registration| r.person.as_ref().is_some_and(|p| p.name == name);
    roll.registrations.iter().rfind(theirs).unwrap().clone()
}

fn letter(desk: &Desk, after: u64, to: &str) -> Reply {
    let replies = desk.replies(after);
    let found = replies.into_iter().find(|(reply, _)| reply.to.email == to);
    found
        .unwrap_or_else(|| panic!("{to} has no letter: {:?}", desk.told(after)))
        .0
}

fn invitation(reply: &Reply) -> Invitation {
    let outcome = reply.outcomes.iter().find_map(|o| o.invitation.clone());
    outcome.unwrap_or_else(|| panic!("no calendar part: {reply:#?}"))
}

#[test]
fn an_invitation_keeps_its_uid_through_withdrawal_and_return_and_does_not_pass_on() {
    let mut desk = Desk::new();
    let before = desk.last_entry();
    desk.asks("Anne Dupont", ANNE, "atelier");
    let given = invitation(&letter(&desk, before, ANNE));
    assert!(!given.withdraw && given.sequence == 0);

    let before = writes(
        &mut desk,
        "Anne Dupont",
        ANNE,
        "Bonjour,\n\nJe dois annuler mon inscription.",
    );
    let withdrawn = invitation(&letter(&desk, before, ANNE));
    assert!(withdrawn.withdraw && withdrawn.sequence == 1);
    assert_eq!(withdrawn.uid, given.uid);

    let before = desk.last_entry();
    desk.asks("Anne Dupont", ANNE, "atelier");
    let back = invitation(&letter(&desk, before, ANNE));
    assert!(!back.withdraw && back.sequence == 2);
    assert_eq!(back.uid, given.uid);
    assert_eq!(
        desk.registrations("atelier").len(),
        1,
        "taken back, not asked anew"
    );

    let before = writes(
        &mut desk,
        "Anne Dupont",
        ANNE,
        "Bonjour,\n\nJe ne pourrai pas participer à la formation « Animer un atelier ». Ma collègue \
         Zoé Marchand (zoe@cc-val.example) me remplacera.",
    );
    let moved = invitation(&letter(&desk, before, "zoe@cc-val.example"));
    assert!(!moved.withdraw && moved.sequence == 0 && moved.uid != given.uid);
    let gone = invitation(&letter(&desk, before, ANNE));
    assert!(gone.withdraw && gone.sequence == 3 && gone.uid == given.uid);
}

#[test]
fn a_pause_is_counted_from_the_recording_and_a_restart_keeps_it() {
    let mut desk = Desk::new();
    for (name, email) in [
        ("Anne Dupont", ANNE),
        ("Paul Martin", "paul@pnr-y.example"),
        ("Jeanne Morel", "jeanne@gal-z.example"),
    ] {
        desk.asks(name, email, "atelier");
    }
    writes(
        &mut desk,
        "Anne Dupont",
        ANNE,
        "Bonjour,\n\nJe dois annuler mon inscription.",
    );
    let until = registration(&desk, "Anne Dupont", "atelier").paused_until;
    assert_eq!(until, Some(desk.now() + SignedDuration::from_mins(10)));
    // The seat counts as taken meanwhile, for newcomers too.
    desk.later(SignedDuration::from_mins(5));
    let mut desk = desk.reopened();
    desk.asks("Luc Petit", "luc@gal-z.example", "atelier");
    assert_eq!(
        desk.state_of("Luc Petit", "atelier"),
        Some(State::Waitlisted)
    );
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Waitlisted)
    );
    assert_eq!(
        registration(&desk, "Anne Dupont", "atelier").paused_until,
        until
    );
    let before = desk.last_entry();
    desk.clock.step_to(until.unwrap());
    desk.walk();
    assert_eq!(
        desk.state_of("Jeanne Morel", "atelier"),
        Some(State::Confirmed)
    );
    assert_eq!(
        desk.told(before),
        [("jeanne@gal-z.example".to_owned(), Status::Promoted)]
    );
    let promoted = &desk.entries(before)[0];
    assert!(
        matches!(promoted.cause, Cause::Due { .. }),
        "its cause is told"
    );
}

#[test]
fn who_takes_their_seat_back_by_their_own_mail_is_on_record_by_that() {
    let mut desk = Desk::new();
    let secretary = "secretariat@cc-val.example";
    writes(
        &mut desk,
        "Marie Secret",
        secretary,
        "Bonjour,\n\nMerci d'inscrire Luc Petit à la formation « Animer un atelier ».",
    );
    assert_eq!(registration(&desk, "Luc Petit", "atelier").contact, None);
    writes(
        &mut desk,
        "Marie Secret",
        secretary,
        "Bonjour,\n\nMerci d'annuler l'inscription de Luc Petit à la formation « Animer un atelier ».",
    );
    assert_eq!(
        desk.state_of("Luc Petit", "atelier"),
        Some(State::Cancelled)
    );
    let before = desk.last_entry();
    desk.asks("Luc Petit", "luc.petit@cc-val.example", "atelier");
    let back = registration(&desk, "Luc Petit", "atelier");
    assert_eq!(back.state, State::Confirmed);
    assert_eq!(back.contact.as_deref(), Some("luc.petit@cc-val.example"));
    assert_eq!(back.made_by.as_deref(), Some(secretary));
    let own = letter(&desk, before, "luc.petit@cc-val.example");
    assert_eq!(invitation(&own).attendee.email, "luc.petit@cc-val.example");
}

/// Anne has a seat in both sessions, gives one up without saying which, and is asked.
fn asked_which() -> Desk {
    let mut desk = Desk::new();
    desk.asks("Anne Dupont", ANNE, "atelier");
    desk.asks("Anne Dupont", ANNE, "bilan");
    let before = writes(
        &mut desk,
        "Anne Dupont",
        ANNE,
        "Bonjour,\n\nMerci d'annuler mon inscription.",
    );
    assert_eq!(desk.told(before), [(ANNE.to_owned(), Status::Clarify)]);
    desk
}

#[test]
fn an_answer_that_also_says_what_is_kept_gives_up_the_other() {
    for text in [
        "Celle du 12 novembre. Je viens bien à celle du 6 octobre.",
        "Je garde ma place du 6 octobre.",
        "Le bilan, je garde l'autre.",
        "The one on 12 November. I will still come on 6 October.",
        "I'd like to keep my seat on 6 October, please cancel the one on 12 November.",
    ] {
        let mut desk = asked_which();
        answers(&mut desk, "Anne Dupont", ANNE, text);
        let states = [
            desk.state_of("Anne Dupont", "atelier"),
            desk.state_of("Anne Dupont", "bilan"),
        ];
        let right = [Some(State::Confirmed), Some(State::Cancelled)];
        let human = [Some(State::Confirmed), Some(State::Confirmed)];
        // What is not certain is the human's; the seat that is kept is never the one that goes.
        assert!(
            states == right || states == human && !desk.items().is_empty(),
            "{text}: {states:?}"
        );
        println!(
            "{text}: {}",
            if states == right {
                "given up"
            } else {
                "the human's"
            }
        );
    }
    for text in [
        "Celle du 12 novembre. Je viens bien à celle du 6 octobre.",
        "The one on 12 November. I will still come on 6 October.",
    ] {
        let mut desk = asked_which();
        answers(&mut desk, "Anne Dupont", ANNE, text);
        assert_eq!(
            desk.state_of("Anne Dupont", "bilan"),
            Some(State::Cancelled),
            "{text}"
        );
    }
}

#[test]
fn an_answer_that_comes_after_the_question_was_closed_is_the_humans() {
    for (first, late) in [
        (
            "Bonjour,\n\nJe souhaite m'inscrire à une de vos formations.",
            "La 2, merci.",
        ),
        (
            "Hello,\n\nPlease register me for one of your trainings.",
            "Number 2, thanks.",
        ),
    ] {
        // In the thread, whatever became of the item; and from the same address while it is open.
        for settled in [true, false] {
            let mut desk = Desk::new();
            let before = writes(&mut desk, "Anne Dupont", ANNE, first);
            assert_eq!(
                desk.told(before),
                [(ANNE.to_owned(), Status::Clarify)],
                "{first}"
            );
            desk.later(SignedDuration::from_hours(73));
            desk.walk();
            let item = desk.items()[0];
            let before = if settled {
                let body = Body::Settled { entry: item };
                desk.register.append_synced(desk.now(), fact(body)).unwrap();
                answers(&mut desk, "Anne Dupont", ANNE, late)
            } else {
                let text = "Bonjour,\n\nMerci de m'inscrire à la formation « Dresser un bilan ».";
                writes(&mut desk, "Anne Dupont", ANNE, text)
            };
            assert!(
                desk.told(before).is_empty(),
                "{late}: {:?}",
                desk.told(before)
            );
            assert!(desk.registrations("bilan").is_empty());
            let shown = *desk.items().last().unwrap();
            let entry = desk.register.entry(shown).unwrap().unwrap();
            let Body::Mail(walked) = entry.body else {
                panic!("{late} is not shown")
            };
            let doubts = walked.understood.unwrap().doubts;
            assert!(doubts.contains(&Doubt::AnswerTooLate), "{doubts:?}");
        }
        // Once the human has settled it, another request is another matter.
        let mut desk = Desk::new();
        writes(&mut desk, "Anne Dupont", ANNE, first);
        desk.later(SignedDuration::from_hours(73));
        desk.walk();
        let body = Body::Settled {
            entry: desk.items()[0],
        };
        desk.register.append_synced(desk.now(), fact(body)).unwrap();
        desk.asks("Anne Dupont", ANNE, "bilan");
        assert_eq!(
            desk.state_of("Anne Dupont", "bilan"),
            Some(State::Confirmed)
        );
    }
}

#[test]
fn a_list_of_members_tells_found_from_not_found_and_from_no_list() {
    let lists = [
        (None, State::Confirmed, false, false),
        (Some("cc-val.example"), State::Confirmed, true, false),
        (Some("elsewhere.example"), State::Provisional, false, true),
    ];
    for (listed, state, found, not_found) in lists {
        let mut desk = Desk::new();
        let file = desk.folder.path().join("sessions/atelier.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(
            file,
            text.replace("membership = \"none\"", "membership = \"required\""),
        )
        .unwrap();
        desk.takes_up();
        let rules = desk.live.rules();
        desk.live.replace(Rules {
            config: rules.config.clone(),
            catalogue: rules.catalogue.clone(),
            members: listed.map(|domain| MembershipList {
                domains: vec![domain.to_owned()],
                ..MembershipList::default()
            }),
            renderer: rules.renderer.clone(),
        });
        let before = desk.last_entry();
        desk.asks("Anne Dupont", ANNE, "atelier");
        assert_eq!(desk.state_of("Anne Dupont", "atelier"), Some(state));
        let reply = letter(&desk, before, ANNE);
        let outcome = &reply.outcomes[0];
        assert_eq!(
            (outcome.membership_found, outcome.membership_not_found),
            (found, not_found)
        );
        let owed = guichet::core::reply::Letter::Reply(Box::new(reply));
        let words = rules.renderer.render(&owed, desk.now()).unwrap().text;
        assert_eq!(words.contains("cotisation"), !found, "{words}");
    }
}
