//! Orders in French and English, and what is none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use super::*;
use crate::core::catalogue::{Catalogue, GroupRule, MembershipRule, Session, Span};
use crate::core::decision::organiser::Who;
use crate::core::person::{Address, Person};
use crate::core::roll::RegistrationId;

fn catalogue() -> Catalogue {
    let session = |id: &str, title: &str, day: &str| {
        let from: jiff::civil::DateTime = format!("{day}T09:30").parse().unwrap();
        let to: jiff::civil::DateTime = format!("{day}T17:00").parse().unwrap();
        let at = |civil: jiff::civil::DateTime| civil.in_tz("Europe/Paris").unwrap().timestamp();
        Session {
            id: SessionId(id.into()),
            title: title.into(),
            series: None,
            level: None,
            aliases: vec![],
            when: vec![Span {
                from,
                to,
                from_at: at(from),
                to_at: at(to),
            }],
            timezone: "Europe/Paris".into(),
            place: "Lempdes".into(),
            online: false,
            capacity: 12,
            held: 0,
            capacity_min: None,
            waitlist: true,
            group: GroupRule::Together,
            closes_at: None,
            last_day: None,
            membership: MembershipRule::None,
            mode: None,
            closed: false,
            cancelled: false,
            join_link: None,
            description: None,
            audience: None,
            contact: None,
            confirmed_note: None,
            ask: vec![],
            membership_form: None,
            attachments: vec![],
        }
    };
    Catalogue::new(
        vec![
            session("atelier-1", "Monter un atelier", "2026-10-05"),
            session("bilan", "Dresser un bilan", "2026-10-12"),
        ],
        false,
    )
}

fn organisation() -> Organisation {
    Organisation {
        name: "Les Trois Ponts".into(),
        address: "contact@trois-ponts.example".into(),
        human_name: Some("Claire Aubert".into()),
        ..Organisation::default()
    }
}

fn parse_text(text: &str, items: &[Item]) -> Orders {
    let catalogue = catalogue();
    let organisation = organisation();
    let message = Message {
        readable: true,
        from: vec![Address {
            name: Some("Claire Aubert".into()),
            email: "contact@trois-ponts.example".into(),
        }],
        text: text.into(),
        ..Message::default()
    };
    parse(
        &message,
        Context {
            catalogue: &catalogue,
            organisation: &organisation,
            received: "2026-09-14T08:00:00Z".parse().unwrap(),
            items,
        },
    )
}

fn commands(text: &str) -> Vec<Option<Command>> {
    let items: Vec<Item> = [11, 12, 13].map(Item::Entry).into();
    let orders = parse_text(text, &items).orders;
    orders.into_iter().map(|order| order.command).collect()
}

fn one(text: &str) -> Option<Command> {
    let all = commands(text);
    assert_eq!(all.len(), 1, "{text}: {all:?}");
    all.into_iter().next().unwrap()
}

fn yes(entry: u64) -> Option<Command> {
    Some(Command::Accept {
        target: Target::Item(entry),
        session: None,
    })
}

fn no(entry: u64) -> Option<Command> {
    Some(Command::Refuse {
        target: Target::Item(entry),
    })
}

fn id(session: &str) -> SessionId {
    SessionId(session.into())
}

fn named(name: &str, session: Option<&str>) -> Who {
    Who::Named {
        name: name.into(),
        session: session.map(id),
    }
}

#[test]
fn numbers_are_answered_one_a_line_or_in_a_row() {
    let mine = Some(Command::Take { entry: 13 });
    let all = vec![yes(11), no(12), mine];
    for text in [
        "1 oui\n2 non\n3 je m'en occupe",
        "1 oui, 2 non, 3 je m'en occupe",
        "Bonjour,\n\n1 : oui\n2 : non\n3. je m’en occupe\n\nMerci\nClaire",
        "1 yes\n2 no\n3 I'll take care of it",
        "1: Yes; 2: no; 3: mine. Thanks",
        "1) OUI 2) NON 3) Je gère",
    ] {
        assert_eq!(commands(text), all, "{text}");
    }
    assert_eq!(commands("1 et 2 oui"), vec![yes(11), yes(12)]);
    assert_eq!(commands("1, 2 et 3 : non"), vec![no(11), no(12), no(13)]);
    let to_a_session = Some(Command::Accept {
        target: Target::Item(11),
        session: Some(id("atelier-1")),
    });
    assert_eq!(commands("1 oui, à atelier-1"), vec![to_a_session]);
}

#[test]
fn a_number_that_is_none_of_the_digest_is_no_order_for_anything() {
    assert_eq!(one("9 oui"), Some(Command::Take { entry: 0 }));
    assert_eq!(one("0 oui"), Some(Command::Take { entry: 0 }));
}

#[test]
fn yes_alone_means_the_only_item() {
    let items = [Item::Entry(11)];
    let orders = parse_text("Oui", &items).orders;
    assert_eq!(orders[0].command, yes(11));
    assert_eq!(one("Oui"), None, "there are three items");
}

#[test]
fn a_yes_to_what_was_asked_back_goes_beyond_the_capacity() {
    let items = [Item::Asked(Command::Pause)];
    let orders = parse_text("1 oui", &items).orders;
    assert_eq!(orders[0].command, Some(Command::Pause));
    assert_eq!(orders[0].beyond, Beyond::Allowed);
}

#[test]
fn a_word_left_over_means_that_nothing_is_done() {
    for text in [
        "1 oui mais seulement s'il paie",
        "1 oui ?? je ne sais pas",
        "1 ou 2 oui",
        "Ne fais pas : 1 oui",
        "si Mme Dupont ne vient plus",
        "Anne Dupont ne vient plus, enfin je crois",
        "pause café à 10h",
        "je me demande si on annule Anne Dupont",
        "ajoute-la quelque part",
        "Anne Dupont annule ou pas ?",
    ] {
        let all = commands(text);
        assert!(all.iter().all(Option::is_none), "{text}: {all:?}");
    }
}

#[test]
fn pause_and_resume() {
    for text in [
        "pause",
        "Pause.",
        "PAUSE svp",
        "hold",
        "mets en pause, merci",
    ] {
        assert_eq!(one(text), Some(Command::Pause), "{text}");
    }
    for text in ["reprise", "Reprends", "resume please"] {
        assert_eq!(one(text), Some(Command::Resume), "{text}");
    }
}

#[test]
fn people_are_added_with_what_is_said_of_them() {
    let anne = Person {
        name: "Anne Dupont".into(),
        email: Some("anne@cc-val.example".into()),
        ..Person::default()
    };
    let add = |people: Vec<Person>| {
        Some(Command::Add {
            session: id("atelier-1"),
            people,
        })
    };
    for text in [
        "ajoute Anne Dupont, anne@cc-val.example, à atelier-1",
        "Merci d'ajouter Mme Anne Dupont (anne@cc-val.example) à la session atelier-1",
        "inscris Anne Dupont <anne@cc-val.example> pour atelier-1, merci",
        "add Anne Dupont, anne@cc-val.example, to atelier-1",
        "please register Anne Dupont anne@cc-val.example for atelier-1",
    ] {
        assert_eq!(one(text), add(vec![anne.clone()]), "{text}");
    }
    let with_more = Person {
        organisation: Some("CC du Val".into()),
        phone: Some("04 73 00 00 00".into()),
        ..anne.clone()
    };
    let paul = Person {
        name: "Paul Martin".into(),
        ..Person::default()
    };
    assert_eq!(
        one("ajoute Anne Dupont, anne@cc-val.example, CC du Val, 04 73 00 00 00 à atelier-1"),
        add(vec![with_more])
    );
    assert_eq!(
        one("ajoute Anne Dupont (anne@cc-val.example) et Paul Martin à atelier-1"),
        add(vec![anne, paul])
    );
}

#[test]
fn seats_are_given_up_moved_and_passed_on() {
    let cancel = |who| Some(Command::Cancel { who });
    assert_eq!(
        one("Mme Dupont ne vient plus"),
        cancel(named("Mme Dupont", None))
    );
    assert_eq!(
        one("Anne Dupont ne vient plus à atelier-1."),
        cancel(named("Anne Dupont", Some("atelier-1")))
    );
    assert_eq!(
        one("annule R12"),
        cancel(Who::Registration(RegistrationId(12)))
    );
    assert_eq!(
        one("cancel Anne Dupont"),
        cancel(named("Anne Dupont", None))
    );
    assert_eq!(
        one("Anne Dupont can no longer come"),
        cancel(named("Anne Dupont", None))
    );
    let moved = |who| {
        Some(Command::Move {
            who,
            to: id("bilan"),
        })
    };
    assert_eq!(
        one("déplace R12 à bilan"),
        moved(Who::Registration(RegistrationId(12)))
    );
    assert_eq!(
        one("move Anne Dupont from atelier-1 to bilan"),
        moved(named("Anne Dupont", Some("atelier-1")))
    );
    let replaced = Some(Command::Replace {
        who: named("Anne Dupont", Some("atelier-1")),
        person: Person {
            name: "Paul Martin".into(),
            email: Some("paul@cc-val.example".into()),
            ..Person::default()
        },
    });
    for text in [
        "remplace Anne Dupont par Paul Martin, paul@cc-val.example, à atelier-1",
        "Paul Martin (paul@cc-val.example) remplace Anne Dupont à atelier-1",
        "replace Anne Dupont with Paul Martin paul@cc-val.example in atelier-1",
    ] {
        assert_eq!(one(text), replaced, "{text}");
    }
}

#[test]
fn numbers_sessions_and_notes() {
    let capacity = Some(Command::Capacity {
        session: id("bilan"),
        seats: Some(14),
    });
    for text in [
        "capacité de bilan : 14",
        "bilan : 14 places",
        "capacity bilan 14",
    ] {
        assert_eq!(one(text), capacity, "{text}");
    }
    assert_eq!(
        one("accepte R7"),
        Some(Command::Accept {
            target: Target::Registration(RegistrationId(7)),
            session: None
        })
    );
    assert_eq!(
        one("accepte bilan"),
        Some(Command::AcceptSession {
            session: id("bilan")
        })
    );
    assert_eq!(
        one("note R7 : repas végétarien"),
        Some(Command::Note {
            who: Who::Registration(RegistrationId(7)),
            text: "repas végétarien".into()
        })
    );
    assert_eq!(
        one("promeus R7"),
        Some(Command::Promote {
            who: Who::Registration(RegistrationId(7))
        })
    );
}

#[test]
fn what_is_quoted_is_no_order() {
    let text = "1 oui\n\nLe 14 sept. 2026 à 08:00, guichet <contact@trois-ponts.example> a écrit :\n> 1. Anne\n> 2 non\n> pause\n";
    assert_eq!(commands(text), vec![yes(11)]);
}

#[test]
fn after_five_lines_that_are_not_understood_the_rest_is_not_read() {
    let text = "Il fait beau.\nLa salle est grande.\nOn verra demain.\nQuelle histoire.\nEncore ceci.\n1 oui\n";
    let orders = parse_text(text, &[Item::Entry(11)]);
    assert!(orders.stopped);
    assert_eq!(orders.orders.len(), 5);
    assert!(orders.orders.iter().all(|order| order.command.is_none()));
}
