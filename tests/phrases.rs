//! The breadth of phrasings: short mails in many wordings, each with the intent that it has.
//!
//! A made-up organisation with two sessions; every wording stands for many, and none of them is in the
//! labelled sets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use guichet::core::catalogue::{Catalogue, GroupRule, MembershipRule, Session, SessionId, Span};
use guichet::core::message::Message;
use guichet::core::organisation::Organisation;
use guichet::core::person::Address;
use guichet::core::reading::{Context, Intent, Reading, read};
use jiff::civil::date;
use jiff::tz::TimeZone;

fn session(id: &str, title: &str, month: i8, day: i8, place: &str, online: bool) -> Session {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let from = date(2030, month, day).at(9, 0, 0, 0);
    let to = date(2030, month, day).at(12, 0, 0, 0);
    Session {
        id: SessionId(id.to_owned()),
        title: title.to_owned(),
        series: None,
        level: None,
        aliases: Vec::new(),
        when: vec![Span {
            from,
            to,
            from_at: zone.to_timestamp(from).unwrap(),
            to_at: zone.to_timestamp(to).unwrap(),
        }],
        timezone: "Europe/Paris".to_owned(),
        place: place.to_owned(),
        online,
        capacity: 10,
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
        ask: Vec::new(),
        membership_form: None,
        attachments: Vec::new(),
    }
}

fn intent(text: &str) -> (Intent, bool, String) {
    let reading = understood(
        "Maëlle Kergoat <maelle.kergoat@bocage.example>",
        "",
        "",
        text,
    );
    let doubts: Vec<String> = reading.doubts.iter().map(|d| d.code()).collect();
    (reading.intent, reading.act, doubts.join(","))
}

/// Reads a mail from an author `Name <address>` with a subject.
fn understood(from: &str, cc: &str, subject: &str, text: &str) -> Reading {
    let catalogue = Catalogue::new(
        vec![
            session("sols", "Lire la carte des sols", 5, 14, "Quimper", false),
            session(
                "haies",
                "Planter une haie bocagère",
                6,
                6,
                "visioconférence",
                true,
            ),
        ],
        false,
    );
    let organisation = Organisation {
        name: "Terres en commun".to_owned(),
        address: "formation@terres-en-commun.example".to_owned(),
        ..Organisation::default()
    };
    let address = |text: &str| {
        let (name, email) = text.split_once('<')?;
        let name = name.trim();
        Some(Address {
            name: (!name.is_empty()).then(|| name.to_owned()),
            email: email.trim_end_matches('>').to_owned(),
        })
    };
    let message = Message {
        readable: true,
        from: address(from).into_iter().collect(),
        cc: address(cc).into_iter().collect(),
        to: vec![Address {
            name: None,
            email: organisation.address.clone(),
        }],
        subject: subject.to_owned(),
        text: text.to_owned(),
        ..Message::default()
    };
    let context = Context {
        catalogue: &catalogue,
        organisation: &organisation,
        received: "2030-05-01T10:00:00Z".parse().unwrap(),
    };
    if std::env::var("SHOW").is_ok_and(|s| text.contains(&s)) {
        let parts = guichet::core::unquote::unquote(&message.text);
        let mail = guichet::core::reading::mail::Mail::new(&message, &parts, context);
        eprintln!("{parts:?}");
        for clause in &mail.new.clauses {
            eprintln!(
                "{}/{} {:?}",
                clause.sentence,
                mail.new.quote(clause),
                clause.hits
            );
        }
        for act in guichet::core::reading::acts::acts(&mail.new) {
            eprintln!("{act:?}");
        }
        eprintln!("{:?} {:?}", mail.new.names, mail.new.mentions);
    }
    read(&message, context).1
}

fn check(wanted: Intent, list: &str) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in list.lines().map(str::trim).filter(|l| !l.is_empty()) {
        count += 1;
        let (got, act, doubts) = intent(line);
        if got != wanted || act && wanted == Intent::Other {
            wrong.push(format!("{got:?} [{doubts}] {line}"));
        }
    }
    assert!(count > 0);
    assert!(
        wrong.is_empty(),
        "{} of {count} are not {wanted:?}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn registering() {
    check(Intent::Register, include_str!("phrases/register.txt"));
}

#[test]
fn withdrawing() {
    check(Intent::Cancel, include_str!("phrases/cancel.txt"));
}

#[test]
fn replacing() {
    check(Intent::Replace, include_str!("phrases/replace.txt"));
}

#[test]
fn updating() {
    check(Intent::Update, include_str!("phrases/update.txt"));
}

#[test]
fn nothing_to_do() {
    check(Intent::Other, include_str!("phrases/other.txt"));
}

/// Whole mails: `want: INTENT act|human PEOPLE - REMOVED`, then `from:`, `subject:`, an empty line, the text.
#[test]
fn whole_mails() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let blocks = include_str!("phrases/mails.txt")
        .split("\n=====\n")
        .chain(include_str!("phrases/threads.txt").split("\n=====\n"));
    for block in blocks {
        let (head, text) = block.trim_start().split_once("\n\n").unwrap();
        let field = |name: &str| {
            head.lines()
                .find_map(|l| l.strip_prefix(name))
                .unwrap_or_default()
                .trim()
        };
        count += 1;
        let reading = understood(field("from:"), field("cc:"), field("subject:"), text);
        let mut people: Vec<&str> = reading
            .participants
            .iter()
            .map(|p| p.person.name.as_str())
            .collect();
        people.sort_unstable();
        let intent = serde_json::to_value(reading.intent).unwrap();
        let got = format!(
            "{} {} {} - {}",
            intent.as_str().unwrap(),
            if reading.act { "act" } else { "human" },
            people.join(", "),
            reading.removed.join(", ")
        );
        let squeeze = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ");
        let sorted = |t: &str| {
            let mut words: Vec<String> = squeeze(&t.replace(',', " , "))
                .split(' ')
                .map(str::to_owned)
                .collect();
            words.sort();
            words
        };
        if sorted(&got) != sorted(field("want:")) {
            let doubts: Vec<String> = reading.doubts.iter().map(|d| d.code()).collect();
            wrong.push(format!(
                "want {}\n got {got} {doubts:?}\n     {}",
                field("want:"),
                squeeze(text)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
const SENDER: &str = "Brigitte Simon <b.simon@musee.example>";

#[test]
fn reasons_are_private() {
    for text in [
        "Suite à un problème de santé je suis contrainte d'annuler ma participation du 14 mai.",
        "Mon fils a des soucis de santé, je ne pourrai pas venir le 14 mai.",
        "Je dois annuler ma venue du 14 mai car j'ai des problèmes de santé.",
    ] {
        let reading = understood(SENDER, "", "", text);
        assert_eq!(reading.intent, Intent::Cancel, "{text}");
        assert!(!reading.evidence.is_empty(), "{text}");
        for evidence in &reading.evidence {
            assert!(!evidence.quote.contains("santé"), "{text}: {evidence:?}");
        }
    }
}

#[test]
fn short_answers_choose() {
    for (text, wanted) in [
        ("la 2", vec![2]),
        ("La deuxième, merci.", vec![2]),
        ("The first one please", vec![1]),
    ] {
        assert_eq!(understood(SENDER, "", "", text).choices, wanted, "{text}");
    }
}

#[test]
fn dull_mail_does_not_concern_us_and_access_is_a_question() {
    let dull = understood(
        SENDER,
        "Devis",
        "",
        "Bonjour, veuillez trouver ci-joint notre devis pour le ménage.",
    );
    assert!(!dull.concerns_us);
    let access = "Je m'inscris à la journée du 14 mai. Je me déplace en fauteuil roulant.";
    let access = understood(SENDER, "", "", access);
    assert!(access.act && access.question);
    assert!(!access.remarks.is_empty());
}
