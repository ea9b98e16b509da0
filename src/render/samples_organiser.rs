//! Digests and notices with made-up facts.

use jiff::civil::date;

use super::samples::{instant, room, two_days, webinar};
use crate::core::catalogue::SessionId;
use crate::core::decision::organiser::{Deed, Line, Recipient, Transcript, Trouble};
use crate::core::digest::{
    Digest, Health, Item, ListRow, Notice, NoticeKind, Octets, Offer, Original, SessionNews,
    SessionRemark,
};
use crate::core::person::Address;
use crate::core::reading::{Doubt, Evidence, Language};
use crate::core::reply::{Letter, Status};
use crate::core::roll::RegistrationId;

/// Gives digests and notices of every kind, each with a name, in one language.
pub(super) fn samples(language: Language) -> Vec<(String, Letter)> {
    let mut all = Vec::new();
    let mut add = |name: &str, digest: Digest| {
        let letter = Letter::Digest {
            to: mailbox(),
            digest: Box::new(digest),
        };
        all.push((name.to_owned(), letter));
    };
    add("digest", full(language));
    add("digest-shadow", {
        let mut digest = full(language);
        digest.shadow = true;
        digest.commands = false;
        digest.health.withheld = 7;
        digest
    });
    add("digest-paused", {
        let mut digest = full(language);
        digest.paused = true;
        digest.health.held = 3;
        digest.health.uncertain = 1;
        digest.to_check = vec!["Anne Exemple (exemple-2)".to_owned()];
        digest
    });
    add("digest-quiet", quiet(language));
    for (kind, name) in [
        (NoticeKind::Urgent, "notice-urgent"),
        (NoticeKind::MailboxOutage, "notice-outage"),
        (NoticeKind::BreakerOpen, "notice-breaker"),
        (NoticeKind::Flood, "notice-flood"),
        (NoticeKind::ManyNew, "notice-many-new"),
        (NoticeKind::Clock, "notice-clock"),
        (NoticeKind::DiskFull, "notice-disk"),
    ] {
        let notice = Notice {
            kind,
            language,
            at: instant("2017-09-25T05:58:00Z"),
            timezone: "Europe/Paris".to_owned(),
            items: if kind == NoticeKind::Urgent {
                urgent()
            } else {
                Vec::new()
            },
            originals: vec![
                Original::Attached {
                    octets: Octets(b"Subject: Demain\r\n\r\nBonjour\r\n".to_vec()),
                },
                Original::TooLong,
                Original::Gone,
            ],
            detail: "imap.example.org: connection refused".to_owned(),
            organisation: "Organisation Exemple".to_owned(),
        };
        let letter = Letter::Notice {
            to: mailbox(),
            notice: Box::new(notice),
        };
        all.push((name.to_owned(), letter));
    }
    let letter = Letter::Transcript {
        to: mailbox(),
        transcript: Box::new(transcript(language)),
    };
    all.push(("transcript".to_owned(), letter));
    all
}

fn transcript(language: Language) -> Transcript {
    let session = SessionId("exemple-2".to_owned());
    let line = |words: &str, deeds: Vec<Deed>| Line {
        words: words.to_owned(),
        deeds,
        told: Vec::new(),
        asks: None,
    };
    let yes = Deed::Became {
        name: "Anne Exemple".to_owned(),
        session: session.clone(),
        status: Status::Confirmed,
    };
    let full = Deed::Nothing(Trouble::Full {
        session,
        seats: 12,
        taken: 12,
        people: vec!["Benoît O'Modèle".to_owned()],
    });
    Transcript {
        language,
        at: instant("2017-09-25T07:00:00Z"),
        timezone: "Europe/Paris".to_owned(),
        organisation: "Organisation Exemple".to_owned(),
        subject: "[guichet] 2 à décider – lun. 25 sept.".to_owned(),
        in_reply_to: None,
        references: Vec::new(),
        lines: vec![
            Line {
                told: vec![Recipient {
                    address: "anne@example.org".to_owned(),
                    hold: None,
                }],
                ..line("1 oui", vec![yes])
            },
            Line {
                asks: Some(2),
                ..line("ajoute <Benoît O'Modèle> & co", vec![full])
            },
            line("2 non", vec![Deed::Settled]),
            line("le reste", deeds()),
            line("peut-être", troubles().map(Deed::Nothing).to_vec()),
        ],
    }
}

/// Every other deed.
fn deeds() -> Vec<Deed> {
    let name = "Anne Exemple".to_owned();
    let (from, to) = (
        SessionId("exemple-1".to_owned()),
        SessionId("exemple-2".to_owned()),
    );
    vec![
        Deed::Moved {
            name: name.clone(),
            from,
            to: to.clone(),
        },
        Deed::Replaced {
            old: name.clone(),
            new: "Chloé Épreuve".to_owned(),
            session: to.clone(),
        },
        Deed::Taken,
        Deed::Noted { name },
        Deed::Capacity {
            session: to.clone(),
            seats: 14,
            taken: 12,
        },
        Deed::SessionAccepted { session: to },
        Deed::Paused,
        Deed::Resumed,
    ]
}

/// Every other reason for doing nothing.
fn troubles() -> [Trouble; 11] {
    let name = "Anne Exemple".to_owned();
    let session = SessionId("exemple-2".to_owned());
    let registration = RegistrationId(12);
    [
        Trouble::NotUnderstood,
        Trouble::Stopped,
        Trouble::NoSuchItem,
        Trouble::NothingToAccept,
        Trouble::Nobody { name: name.clone() },
        Trouble::Several {
            which: vec![(registration, name.clone(), session.clone())],
        },
        Trouble::NoPerson,
        Trouble::NoSession,
        Trouble::UnknownSession { session },
        Trouble::Namesake {
            name: name.clone(),
            registration,
        },
        Trouble::NotPossible { name },
    ]
}

fn mailbox() -> Address {
    Address {
        name: None,
        email: "formations@organisation.example".to_owned(),
    }
}

fn quiet(language: Language) -> Digest {
    Digest {
        date: date(2017, 9, 25),
        timezone: "Europe/Paris".to_owned(),
        after_entry: 10,
        to_entry: 42,
        language,
        shadow: false,
        paused: false,
        to_decide: Vec::new(),
        to_answer: Vec::new(),
        sessions: Vec::new(),
        bounced: Vec::new(),
        left_alone: 1,
        machines: 2,
        by_hand: Vec::new(),
        health: Health {
            checked_at: Some(instant("2017-09-25T05:58:00Z")),
            ..Health::default()
        },
        to_check: Vec::new(),
        organisation: "Organisation Exemple".to_owned(),
        administrator: None,
        commands: true,
    }
}

fn full(language: Language) -> Digest {
    let mut question = item(13, "Chloé Épreuve (chloe@example.org)", Offer::Nothing);
    question.doubts.clear();
    let mut untold = item(16, "Inès Essai", Offer::Nothing);
    untold.doubts.clear();
    untold.not_told = true;
    let mut old = item(9, "Denis Essai (denis@example.org)", Offer::Unanswered);
    old.seen_before = true;
    old.age_days = 4;
    Digest {
        to_decide: vec![
            item(11, "Anne Exemple, Benoît O'Modèle", Offer::Late),
            item(12, "Émile <Test> (emile@example.org)", Offer::Nothing),
            item(14, "Fanny Essai", Offer::Full),
            item(15, "Gaston Essai", Offer::Review),
            untold,
            old,
        ],
        to_answer: vec![question],
        sessions: sessions(),
        bounced: vec![(
            "Hélène Essai".to_owned(),
            "helene@exmaple.org".to_owned(),
            Some("helene@example.org".to_owned()),
        )],
        left_alone: 14,
        by_hand: vec!["Irène Essai".to_owned()],
        health: Health {
            checked_at: Some(instant("2017-09-25T05:58:00Z")),
            notices: vec!["sessions/exemple-2.toml, ligne 4 : …".to_owned()],
            told: [
                "mailbox_outage",
                "breaker_open",
                "flood",
                "many_new",
                "clock",
                "disk_full",
                "disk_over",
            ]
            .map(|code| (code.to_owned(), instant("2017-09-24T12:00:00Z")))
            .to_vec(),
            ..Health::default()
        },
        administrator: Some("Jules Essai (01 23 45 67 80)".to_owned()),
        ..quiet(language)
    }
}

fn item(entry: u64, who: &str, offer: Offer) -> Item {
    Item {
        entry,
        who: who.to_owned(),
        subject: "Inscription à la session du 5 octobre".to_owned(),
        received: instant("2017-09-23T05:32:00Z"),
        sessions: vec![SessionId("exemple-2".to_owned())],
        quotes: vec![Evidence {
            claim: "session".to_owned(),
            quote: "je m'inscris pour le jeudi 5 octobre & <b>suivants</b>".to_owned(),
        }],
        doubts: vec![Doubt::SessionContradiction, Doubt::Eligibility],
        seen_before: false,
        age_days: 2,
        offer,
        free_seats: Some(7),
        not_told: false,
    }
}

fn urgent() -> Vec<Item> {
    let names = ["Anne Exemple", "Benoît O'Modèle", "Chloé Épreuve"];
    (1..)
        .zip(names)
        .map(|(n, who)| item(n, who, Offer::Nothing))
        .collect()
}

fn sessions() -> Vec<SessionNews> {
    let names = vec!["Karim Essai".to_owned(), "Lise Essai".to_owned()];
    vec![
        SessionNews {
            session: webinar(),
            taken: 9,
            held: 1,
            waiting: 0,
            changes: vec![
                (Status::Confirmed, "Mona Essai".to_owned()),
                (Status::Confirmed, "Noé O'Essai".to_owned()),
                (Status::Cancelled, "Oscar Essai".to_owned()),
            ],
            list: vec![ListRow {
                id: "R12".to_owned(),
                status: "confirmed".to_owned(),
                name: "Mona Essai".to_owned(),
                ..ListRow::default()
            }],
            remarks: vec![SessionRemark::ClosesSoon {
                closes_at: instant("2017-10-01T22:00:00Z"),
            }],
        },
        SessionNews {
            session: room(),
            taken: 21,
            held: 0,
            waiting: 2,
            changes: vec![(Status::Promoted, "Paule Essai".to_owned())],
            list: Vec::new(),
            remarks: vec![
                SessionRemark::OverCapacity,
                SessionRemark::FactsChanged {
                    names: names.clone(),
                    what: "12 oct. → 13 oct.".to_owned(),
                },
                SessionRemark::FreeSeat { waiting: names },
            ],
        },
        SessionNews {
            session: two_days(),
            taken: 0,
            held: 0,
            waiting: 0,
            changes: Vec::new(),
            list: Vec::new(),
            remarks: vec![
                SessionRemark::ClosesSoon {
                    closes_at: instant("2017-10-01T10:00:00Z"),
                },
                SessionRemark::BelowMinimum { minimum: 6 },
            ],
        },
    ]
}
