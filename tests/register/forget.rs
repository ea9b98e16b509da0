//! Forgetting a person leaves nothing of them in any file, and everything else as it was.

use std::path::Path;

use super::support::*;
use guichet::core::delivery::Delivery;
use guichet::core::digest::{Digest, Health, Item, ListRow, Offer, SessionNews};
use guichet::core::entry::*;
use guichet::core::person::{Address, Person};
use guichet::core::reading::Language;
use guichet::core::reply::{Letter, SessionFacts, Status};
use guichet::core::roll::*;
use guichet::register::*;

/// Everything that would give Héloïse away.
const TRACES: [&str; 8] = [
    "Héloïse",
    "Fontvieille",
    "FONTVIEILLE",
    "heloise.f@mairie.example",
    "HELOISE.F@mairie.example",
    "mail-2@mairie.example",
    "06 12 34 56 78",
    "0612345678",
];

fn hits(folder: &Path) -> Vec<String> {
    let mut found = vec![];
    for file in files(folder) {
        let bytes = std::fs::read(&file).unwrap();
        for trace in TRACES {
            // As text, and as JSON with escapes would have it.
            let escaped: String = trace
                .chars()
                .map(|c| match c.is_ascii() {
                    true => c.to_string(),
                    false => format!("\\u{:04x}", c as u32),
                })
                .collect();
            for needle in [trace.as_bytes(), escaped.as_bytes()] {
                if bytes.windows(needle.len()).any(|window| window == needle) {
                    found.push(format!("{trace} in {}", file.display()));
                    break;
                }
            }
        }
    }
    found
}

fn heloise() -> Mail {
    let mut mail = Mail::new(2, "Héloïse Fontvieille", "heloise.f@mairie.example");
    mail.received = at(2);
    mail
}

fn is_heloise(person: &Person) -> bool {
    person.email.as_deref() == Some("heloise.f@mairie.example")
        || person.name_key() == "fontvieille heloise"
}

/// A digest that tells of Héloïse and of Anne.
fn digest() -> Letter {
    let row = |id: &str, name: &str, email: &str| ListRow {
        id: id.into(),
        status: "confirmed".into(),
        name: name.into(),
        email: email.into(),
        phone: "0612345678".into(),
        organisation: "Mairie".into(),
        ..ListRow::default()
    };
    let digest = Digest {
        date: "2017-09-13".parse().unwrap(),
        timezone: "Europe/Paris".into(),
        after_entry: 0,
        to_entry: 9,
        language: Language::Fr,
        shadow: false,
        paused: false,
        to_decide: vec![Item {
            entry: 2,
            who: "Héloïse Fontvieille <heloise.f@mairie.example>".into(),
            subject: "une question".into(),
            received: at(2),
            sessions: vec![],
            quotes: vec![],
            doubts: vec![],
            seen_before: false,
            age_days: 0,
            offer: Offer::Nothing,
            free_seats: None,
            not_told: false,
        }],
        to_answer: vec![],
        sessions: vec![SessionNews {
            session: SessionFacts::of(&session("s1", 12)),
            taken: 2,
            held: 0,
            waiting: 0,
            changes: vec![
                (Status::Confirmed, "Anne Lefort".into()),
                (Status::Confirmed, "FONTVIEILLE Héloïse".into()),
            ],
            list: vec![
                row("R1", "Anne Lefort", "anne@a.example"),
                row("R2", "Héloïse Fontvieille", "heloise.f@mairie.example"),
            ],
            remarks: vec![],
        }],
        bounced: vec![(
            "Héloïse Fontvieille".into(),
            "heloise.f@mairie.example".into(),
            None,
        )],
        left_alone: 0,
        machines: 0,
        by_hand: vec!["Héloïse Fontvieille".into()],
        health: Health::default(),
        to_check: vec![],
        organisation: "Org".into(),
        administrator: None,
        commands: false,
    };
    Letter::Digest {
        to: Address {
            name: None,
            email: "formations@organisation.example".into(),
        },
        digest: Box::new(digest),
    }
}

fn life(register: &Register) -> Token {
    let anne = Mail::new(1, "Anne Lefort", "anne@a.example");
    register_mail(register, &anne, "s1", 12);
    let mail = heloise();
    let recorded = register
        .record(at(2), &mail.lookup("s1"), |known| {
            let mut draft = decide(&mail, "s1", 12, known);
            let personal = draft.personal.as_mut().unwrap();
            personal.people[0].person.phone = Some("06 12 34 56 78".into());
            personal.people[0].remarks = vec!["arrive tard".into()];
            draft
        })
        .unwrap();
    register.wait_synced(recorded.ticket).unwrap();
    let token = token_of(&recorded.entry);
    put(register, 3, attempt(&token));
    let refused = Delivery::Refused {
        response: "550 <heloise.f@mairie.example>: unknown".into(),
    };
    put(register, 4, outcome(&token, refused, None));
    // Héloïse registers Luc, who has no address.
    let mut for_luc = heloise();
    for_luc.uid = 3;
    for_luc.message_id = "luc-mail-2@mairie.example".into();
    for_luc.bytes = "other".into();
    let recorded = register
        .record(at(5), &for_luc.lookup("s1"), |known| {
            let mut draft = decide(&for_luc, "s1", 12, known);
            let contact = &mut draft.personal.as_mut().unwrap().people[0];
            contact.person = Person {
                name: "Luc Marchand".into(),
                ..Person::default()
            };
            contact.contact = None;
            contact.made_by = Some("HELOISE.F@mairie.example".to_lowercase());
            contact.made_by_name = Some("Héloïse Fontvieille".into());
            draft
        })
        .unwrap();
    register.wait_synced(recorded.ticket).unwrap();
    // A colleague cancels her, by her surname only.
    let colleague = Mail::new(4, "Paul Martin", "paul@mairie.example");
    let mut words = colleague.words();
    words.evidence[0].quote = "Mme Fontvieille ne viendra pas, appelez le 0612345678".into();
    words.names = vec!["Héloïse Fontvieille".into()];
    let draft = Draft {
        cause: Cause::Mail,
        body: colleague.walked(
            Walk::Decided,
            Decided {
                changes: vec![Change::State {
                    id: RegistrationId(2),
                    state: State::Cancelled,
                    paused_until: None,
                }],
                ..Decided::default()
            },
        ),
        personal: Some(Personal {
            mail: Some(words),
            note: Some("FONTVIEILLE : par téléphone".into()),
            ..Personal::default()
        }),
    };
    register.append_synced(at(6), draft).unwrap();
    let org = Mail::new(9, "Org", "org@org.example");
    let draft = Draft {
        cause: Cause::Itself,
        body: Body::Digest {
            date: "2017-09-13".parse().unwrap(),
            to_entry: 6,
            owed: vec![owed(&org, Token("ef".repeat(16)), Status::None, vec![])],
            items: vec![],
        },
        personal: Some(Personal {
            letters: vec![digest()],
            ..Personal::default()
        }),
    };
    register.append_synced(at(7), draft).unwrap();
    token
}

#[test]
fn nothing_is_left_of_a_forgotten_person_and_the_rest_stands() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    life(&register);
    assert!(hits(folder.path()).len() > 5);
    let before = register.entries(0).map(Result::unwrap).collect::<Vec<_>>();
    let forgotten = register.forget(is_heloise).unwrap();
    assert_eq!(forgotten.registrations, 1);
    assert_eq!(forgotten.entries, 4);
    // At once, after a stop, after a rebuild, in an export.
    assert_eq!(hits(folder.path()), [""; 0]);
    register
        .export(&folder.path().join("export.jsonl"))
        .unwrap();
    assert_eq!(hits(folder.path()), [""; 0]);
    let after = register.entries(0).map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(
            (before.n, before.at, &before.body),
            (after.n, after.at, &after.body)
        );
    }
    assert_eq!(after[0], before[0], "Anne's entry stays as it is");
    let roll = register.roll(&session_id("s1")).unwrap();
    let names: Vec<_> = roll
        .registrations
        .iter()
        .map(|r| (r.id.0, r.person.as_ref().map(|p| p.name.as_str())))
        .collect();
    assert_eq!(
        names,
        [
            (1, Some("Anne Lefort")),
            (2, None),
            (3, Some("Luc Marchand"))
        ]
    );
    assert_eq!(
        roll.registrations.iter().nth(1).unwrap().state,
        State::Cancelled
    );
    assert_eq!(roll.registrations.iter().nth(2).unwrap().made_by, None);
    let digest = register.letter(&Token("ef".repeat(16))).unwrap().unwrap();
    let Some(Letter::Digest { digest, .. }) = digest.letter else {
        panic!("the digest stays")
    };
    let list = &digest.sessions[0].list;
    assert_eq!(list[0].name, "Anne Lefort");
    assert_eq!(
        (list[1].id.as_str(), list[1].organisation.as_str()),
        ("R2", "")
    );
    // The register goes on, and forgetting again finds nothing.
    let mail = Mail::new(20, "Zoé", "zoe@z.example");
    let entry = register_mail(&register, &mail, "s1", 12);
    assert_eq!(entry.n, after.len() as u64 + 1);
    assert_eq!(register.forget(is_heloise).unwrap(), Forgotten::default());
    register.close().unwrap();
    verify(folder.path(), start()).unwrap();
    let (register, _) = Register::rebuild(folder.path(), start()).unwrap();
    assert_eq!(hits(folder.path()), [""; 0]);
    // The mail itself is known by its hashes, should it come again.
    let known = register.known(&heloise().lookup("s1")).unwrap();
    assert_eq!(known.same_mail, Some(2));
    assert_eq!(known.theirs.len(), 0);
}

#[test]
fn a_letter_to_a_forgotten_person_is_never_sent() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    let token = token_of(&register_mail(&register, &heloise(), "s1", 12));
    assert_eq!(register.due_letters(at(99), 9).unwrap().len(), 1);
    register.forget(is_heloise).unwrap();
    assert_eq!(register.due_letters(at(99), 9).unwrap(), vec![]);
    assert_eq!(state(&register, &token), LetterState::Superseded);
}

#[test]
fn a_namesake_keeps_their_own_registration() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    register_mail(&register, &heloise(), "s1", 12);
    let namesake = Mail::new(7, "Héloïse Fontvieille", "h.fontvieille@autre.example");
    register_mail(&register, &namesake, "s1", 12);
    let forgotten = register
        .forget(|person| person.email.as_deref() == Some("heloise.f@mairie.example"))
        .unwrap();
    assert_eq!(forgotten.registrations, 1);
    let other = register.registration(RegistrationId(2)).unwrap().unwrap();
    let person = other.person.unwrap();
    assert_eq!(person.name, "Héloïse Fontvieille");
    assert_eq!(person.email.as_deref(), Some("h.fontvieille@autre.example"));
}

#[test]
fn forgetting_while_others_record_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let register = open(folder.path());
    register_mail(&register, &heloise(), "s1", 12);
    std::thread::scope(|scope| {
        for thread in 0..3u32 {
            let register = &register;
            scope.spawn(move || {
                for i in 0..20 {
                    let uid = 100 + thread * 100 + i;
                    let mail = Mail::new(uid, "P", &format!("p@a{uid}.example"));
                    register_mail(register, &mail, "s2", 999);
                }
            });
        }
        for _ in 0..3 {
            register.forget(is_heloise).unwrap();
        }
    });
    assert_eq!(register.last_entry().unwrap(), 61);
    assert_eq!(register.roll(&session_id("s2")).unwrap().taken(), 60);
    register.close().unwrap();
    verify(folder.path(), start()).unwrap();
    assert_eq!(hits(folder.path()), [""; 0]);
}
