//! The digest's facts, from entries made by hand: what is an item, what a count, what leaves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

use std::collections::{BTreeMap, BTreeSet};

use guichet::core::catalogue::*;
use guichet::core::digest::{Digest, Health, Offer, SessionRemark, Sources, collect};
use guichet::core::entry::*;
use guichet::core::message::Identity;
use guichet::core::person::{Address, Person};
use guichet::core::policy::Policy;
use guichet::core::reading::{Doubt, Evidence, Intent, Language};
use guichet::core::reply::Status;
use guichet::core::roll::*;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn session(id: &str, day: &str) -> Session {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let civil = |hour: &str| format!("{day}T{hour}:00").parse().unwrap();
    let (from, to) = (civil("10:00"), civil("12:00"));
    Session {
        id: SessionId(id.to_owned()),
        title: format!("Session {id}"),
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
        place: "Lyon".to_owned(),
        online: false,
        capacity: 3,
        held: 1,
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

fn registration(id: u64, name: &str, email: &str, state: State) -> Registration {
    Registration {
        id: RegistrationId(id),
        session: SessionId("s1".to_owned()),
        state,
        rank: Rank {
            received: instant("2017-09-20T08:00:00Z"),
            number: id,
        },
        group: None,
        person: Some(Person {
            name: name.to_owned(),
            email: Some(email.to_owned()),
            ..Person::default()
        }),
        contact: Some(email.to_owned()),
        made_by: None,
        made_by_name: None,
        language: Language::Fr,
        thread: Vec::new(),
        subject: String::new(),
        invitation: None,
        paused_until: None,
        remarks: Vec::new(),
        bounced: false,
        entry: id,
    }
}

fn roll(registrations: Vec<Registration>) -> Roll {
    Roll {
        registrations: registrations.into(),
        capacity: None,
        frozen: false,
    }
}

/// A mail as walked.
struct Walked {
    n: u64,
    from: &'static str,
    walk: Walk,
    intent: Intent,
    doubts: Vec<Doubt>,
    question: bool,
    decided: Decided,
    names: Vec<&'static str>,
    quotes: Vec<(&'static str, &'static str)>,
}

impl Walked {
    fn new(n: u64, from: &'static str) -> Walked {
        Walked {
            n,
            from,
            walk: Walk::Decided,
            intent: Intent::Register,
            doubts: Vec::new(),
            question: false,
            decided: Decided::default(),
            names: Vec::new(),
            quotes: vec![("intent", "je m'inscris")],
        }
    }

    fn outcome(mut self, name: &'static str, status: Status) -> Walked {
        let session = SessionId("s1".to_owned());
        self.decided
            .outcomes
            .push((self.names.len(), session, status));
        self.names.push(name);
        self
    }

    fn registered(mut self, id: u64, state: State) -> Walked {
        self.decided.changes.push(Change::Registered {
            id: RegistrationId(id),
            session: SessionId("s1".to_owned()),
            state,
            rank: Rank {
                received: instant("2017-09-20T08:00:00Z"),
                number: id,
            },
            group: None,
            person: 0,
            language: Language::Fr,
            invitation: None,
        });
        self
    }

    fn entry(self) -> Entry {
        let (name, email) = self.from.split_once(" <").unwrap();
        let concerned = !matches!(self.walk, Walk::NotOurs | Walk::Machine { .. });
        let evidence = self.quotes.iter().map(|(claim, quote)| Evidence {
            claim: (*claim).to_owned(),
            quote: (*quote).to_owned(),
        });
        let words = MailWords {
            from: Some(Address {
                name: Some(name.to_owned()),
                email: email.trim_end_matches('>').to_owned(),
            }),
            subject: "Inscription".to_owned(),
            message_id: None,
            evidence: evidence.collect(),
            names: self.names.iter().map(|n| (*n).to_owned()).collect(),
        };
        let walked = MailWalked {
            place: Place::Maildir {
                mailbox: "INBOX".to_owned(),
                name: self.n.to_string(),
            },
            identity: Identity::default(),
            received: instant("2017-09-23T05:32:00Z"),
            walk: self.walk,
            understood: concerned.then_some(Understood {
                intent: self.intent,
                sessions: vec![SessionId("s1".to_owned())],
                doubts: self.doubts,
                language: Language::Fr,
                question: self.question,
            }),
            decided: self.decided,
        };
        Entry {
            n: self.n,
            at: instant("2017-09-23T05:33:00Z"),
            cause: Cause::Mail,
            body: Body::Mail(Box::new(walked)),
            personal: concerned.then_some(Personal {
                mail: Some(words),
                ..Personal::default()
            }),
        }
    }
}

/// What a digest of 25 September 2017 is made from; tests change what matters to them.
struct Case {
    now: Timestamp,
    entries: Vec<Entry>,
    open: Vec<Entry>,
    background: Vec<Entry>,
    told: BTreeSet<u64>,
    rolls: BTreeMap<SessionId, Roll>,
    sessions: Vec<Session>,
    changed: BTreeMap<SessionId, String>,
}

impl Case {
    fn new() -> Case {
        Case {
            now: instant("2017-09-25T06:00:00Z"),
            entries: Vec::new(),
            open: Vec::new(),
            background: Vec::new(),
            told: BTreeSet::new(),
            rolls: BTreeMap::new(),
            sessions: vec![session("s1", "2017-10-03"), session("s2", "2017-11-03")],
            changed: BTreeMap::new(),
        }
    }

    fn open(mut self, entry: Entry) -> Case {
        self.entries.push(entry.clone());
        self.open.push(entry);
        self
    }

    fn roll(mut self, registrations: Vec<Registration>) -> Case {
        self.rolls
            .insert(SessionId("s1".to_owned()), roll(registrations));
        self
    }

    fn digest(&self) -> Digest {
        let catalogue = Catalogue::new(self.sessions.clone(), false);
        let policy = Policy::default();
        collect(&Sources {
            date: date(2017, 9, 25),
            now: self.now,
            timezone: "Europe/Paris",
            language: Language::Fr,
            after_entry: 10,
            entries: &self.entries,
            open: &self.open,
            background: &self.background,
            told_before: &self.told,
            rolls: &self.rolls,
            catalogue: &catalogue,
            policy: &policy,
            changed: &self.changed,
            health: Health::default(),
            shadow: false,
            paused: false,
            to_check: Vec::new(),
            organisation: "Organisation",
            administrator: None,
            commands: true,
        })
    }
}

fn owed(hold: Option<Hold>) -> Owed {
    Owed {
        token: Token("aa".to_owned()),
        letter: 0,
        status: Status::Confirmed,
        cause_at: instant("2017-09-23T05:32:00Z"),
        due_at: instant("2017-09-23T05:33:00Z"),
        registrations: Vec::new(),
        answers: None,
        hold,
    }
}

#[test]
fn a_late_request_is_to_decide_with_what_yes_would_do() {
    let late = Walked::new(11, "Prune L <p@a.example>")
        .registered(7, State::RefusedLate)
        .outcome("Prune L", Status::Late)
        .outcome("Gontran P", Status::Late);
    let mut late = late;
    late.question = true;
    let digest = Case::new().open(late.entry()).digest();
    assert!(digest.to_answer.is_empty());
    let [item] = digest.to_decide.as_slice() else {
        panic!("{:?}", digest.to_decide);
    };
    assert_eq!(
        (item.offer, item.who.as_str()),
        (Offer::Late, "Prune L, Gontran P")
    );
    assert_eq!((item.free_seats, item.age_days), (Some(2), 2));
    assert_eq!(item.quotes[0].quote, "je m'inscris");
    assert!(digest.sessions.is_empty(), "who came too late is no change");
    assert_eq!(digest.numbered(), [11]);
    assert_eq!((digest.after_entry, digest.to_entry), (10, 11));
}

#[test]
fn who_was_served_awaits_an_answer_to_their_question() {
    let mut served = Walked::new(11, "Timothée L <t@a.example>")
        .registered(7, State::Confirmed)
        .outcome("Timothée L", Status::Confirmed);
    served.question = true;
    served.quotes = vec![
        ("intent", "je m'inscris"),
        ("question", "la cotisation est-elle réglée ?"),
        ("question", "la cotisation est-elle réglée ?"),
    ];
    let mut asks = Walked::new(12, "Honorine M <h@a.example>");
    asks.intent = Intent::Other;
    asks.question = true;
    let digest = Case::new()
        .open(served.entry())
        .open(asks.entry())
        .roll(vec![registration(
            7,
            "Timothée L",
            "t@a.example",
            State::Confirmed,
        )])
        .digest();
    assert!(digest.to_decide.is_empty());
    let who: Vec<&str> = digest.to_answer.iter().map(|i| i.who.as_str()).collect();
    assert_eq!(
        who,
        ["Timothée L (t@a.example)", "Honorine M (h@a.example)"]
    );
    let quotes: Vec<&str> = digest.to_answer[0]
        .quotes
        .iter()
        .map(|q| q.quote.as_str())
        .collect();
    assert_eq!(
        quotes,
        ["la cotisation est-elle réglée ?"],
        "the question alone, once"
    );
    let changes = &digest.sessions[0].changes;
    assert_eq!(changes, &[(Status::Confirmed, "Timothée L".to_owned())]);
}

#[test]
fn an_unanswered_question_shows_the_mail_behind_it() {
    let mut asked = Walked::new(5, "Sylvain A <s@a.example>");
    asked.doubts = vec![Doubt::SessionUnclear];
    let closed = Entry {
        n: 12,
        at: instant("2017-09-24T05:00:00Z"),
        cause: Cause::Due { entry: 5 },
        body: Body::Decided(Box::new(Decided {
            changes: vec![Change::QuestionClosed { entry: 5 }],
            to_human: true,
            ..Decided::default()
        })),
        personal: None,
    };
    let mut case = Case::new().open(closed);
    case.background.push(asked.entry());
    let digest = case.digest();
    let item = &digest.to_decide[0];
    assert_eq!((item.entry, item.offer), (12, Offer::Unanswered));
    assert_eq!(item.who, "Sylvain A (s@a.example)");
    assert_eq!(item.doubts, [Doubt::SessionUnclear]);
}

#[test]
fn an_item_leaves_when_its_session_is_over() {
    let mut doubtful = Walked::new(11, "A B <a@b.example>");
    doubtful.walk = Walk::Human;
    let mut case = Case::new().open(doubtful.entry());
    case.told.insert(11);
    assert_eq!(case.digest().to_decide.len(), 1);
    assert!(case.digest().to_decide[0].seen_before);
    case.now = instant("2017-10-03T10:00:00Z");
    assert!(case.digest().to_decide.is_empty());
}

#[test]
fn other_mail_is_counted_unquoted() {
    let mut case = Case::new();
    for n in 11..14 {
        let mut left = Walked::new(n, "A B <a@b.example>");
        left.walk = Walk::NotOurs;
        case.entries.push(left.entry());
    }
    let mut machine = Walked::new(14, "A B <a@b.example>");
    machine.walk = Walk::Machine {
        code: "bulk".to_owned(),
    };
    case.entries.push(machine.entry());
    let digest = case.digest();
    assert_eq!((digest.left_alone, digest.machines), (3, 1));
    assert!(digest.to_decide.is_empty() && digest.sessions.is_empty());
    assert!(
        digest.is_worth_sending(),
        "25 September is a Monday: a sign of life"
    );
    let tuesday = Digest {
        date: date(2017, 9, 26),
        ..digest
    };
    assert!(!tuesday.is_worth_sending());
}

#[test]
fn a_gauge_counts_and_a_list_is_in_order() {
    let mut waits = registration(3, "Cléa", "c@a.example", State::Waitlisted);
    waits.rank.received = instant("2017-09-19T08:00:00Z");
    let confirmed = Walked::new(11, "Anne <a@a.example>").outcome("Anne", Status::Confirmed);
    let mut case = Case::new().roll(vec![
        waits,
        registration(1, "Anne", "a@a.example", State::Confirmed),
        registration(2, "Bob", "b@a.example", State::Cancelled),
    ]);
    case.entries.push(confirmed.entry());
    let digest = case.digest();
    let [news] = digest.sessions.as_slice() else {
        panic!("only what has something to show: {:?}", digest.sessions);
    };
    assert_eq!((news.taken, news.held, news.waiting), (1, 1, 1));
    let rows: Vec<(&str, &str)> = news
        .list
        .iter()
        .map(|row| (row.name.as_str(), row.status.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("Anne", "confirmed"),
            ("Cléa", "waitlisted"),
            ("Bob", "cancelled")
        ]
    );
    assert_eq!(news.list[0].received, "2017-09-20 10:00", "local time");
}

#[test]
fn a_promotion_is_a_change_by_name() {
    let promoted = Entry {
        n: 11,
        at: instant("2017-09-24T05:00:00Z"),
        cause: Cause::Due { entry: 9 },
        body: Body::Decided(Box::new(Decided {
            changes: vec![
                Change::PauseOver {
                    id: RegistrationId(1),
                },
                Change::State {
                    id: RegistrationId(3),
                    state: State::Confirmed,
                    paused_until: None,
                },
            ],
            ..Decided::default()
        })),
        personal: None,
    };
    let mut case = Case::new().roll(vec![registration(
        3,
        "Cléa",
        "c@a.example",
        State::Confirmed,
    )]);
    case.entries.push(promoted);
    let changes = case.digest().sessions[0].changes.clone();
    assert_eq!(changes, [(Status::Promoted, "Cléa".to_owned())]);
}

#[test]
fn remarks_tell_what_the_organiser_must_know() {
    let people = vec![
        registration(1, "Anne", "a@a.example", State::Confirmed),
        registration(2, "Bob", "b@a.example", State::Waitlisted),
    ];
    let mut case = Case::new().roll(people);
    case.sessions[0].closes_at = Some(instant("2017-10-01T22:00:00Z"));
    case.sessions[0].capacity_min = Some(2);
    let near = |case: &Case| case.digest().sessions[0].remarks.clone();
    let closes = SessionRemark::ClosesSoon {
        closes_at: instant("2017-10-01T22:00:00Z"),
    };
    assert_eq!(
        near(&case),
        [closes, SessionRemark::BelowMinimum { minimum: 2 }]
    );
    case.now = instant("2017-09-20T06:00:00Z");
    assert!(near(&case).is_empty(), "more than seven days before");
    case.now = instant("2017-10-02T06:00:00Z");
    let free = SessionRemark::FreeSeat {
        waiting: vec!["Bob".to_owned()],
    };
    assert!(near(&case).contains(&free), "{:?}", near(&case));
    case.rolls
        .get_mut(&SessionId("s1".to_owned()))
        .unwrap()
        .capacity = Some(0);
    assert!(near(&case).contains(&SessionRemark::OverCapacity));
}

#[test]
fn a_changed_or_vanished_session_names_who_holds_the_old_facts() {
    let mut case = Case::new().roll(vec![
        registration(1, "Anne", "a@a.example", State::Confirmed),
        registration(2, "Bob", "b@a.example", State::Cancelled),
    ]);
    let id = SessionId("s1".to_owned());
    case.rolls.get_mut(&id).unwrap().frozen = true;
    case.changed.insert(id, "3 oct. → 4 oct.".to_owned());
    let changed = SessionRemark::FactsChanged {
        names: vec!["Anne".to_owned()],
        what: "3 oct. → 4 oct.".to_owned(),
    };
    assert_eq!(
        case.digest().sessions[0].remarks,
        std::slice::from_ref(&changed)
    );
    case.sessions.remove(0);
    let digest = case.digest();
    assert_eq!(digest.sessions[0].session.title, "s1");
    assert_eq!(digest.sessions[0].remarks, [changed]);
}

#[test]
fn a_bounced_address_comes_with_its_probable_spelling() {
    let mut bounce = Walked::new(11, "MAILER-DAEMON <m@b.example>");
    bounce.intent = Intent::Bounce;
    bounce.decided.changes = vec![
        Change::Bounced {
            id: RegistrationId(1),
        },
        Change::Bounced {
            id: RegistrationId(2),
        },
        Change::Bounced {
            id: RegistrationId(4),
        },
    ];
    bounce.decided.to_human = true;
    let mut people = vec![
        registration(
            1,
            "S. Brugheas",
            "sb@cc-payshautmerigne.example",
            State::Confirmed,
        ),
        registration(2, "T. Gmail", "t@gmial.com", State::Confirmed),
        registration(
            3,
            "Ami",
            "ami@cc-payshautsmerigne.example",
            State::Confirmed,
        ),
        registration(
            4,
            "U. Right",
            "gone@cc-payshautsmerigne.example",
            State::Confirmed,
        ),
    ];
    for index in [0, 1, 3] {
        people[index].bounced = true;
    }
    let digest = Case::new().open(bounce.entry()).roll(people).digest();
    assert!(digest.to_decide.is_empty());
    let line = |name: &str, address: &str, proposal: Option<&str>| {
        (
            name.to_owned(),
            address.to_owned(),
            proposal.map(str::to_owned),
        )
    };
    assert_eq!(
        digest.bounced,
        [
            line(
                "S. Brugheas",
                "sb@cc-payshautmerigne.example",
                Some("sb@cc-payshautsmerigne.example")
            ),
            line("T. Gmail", "t@gmial.com", Some("t@gmail.com")),
            line("U. Right", "gone@cc-payshautsmerigne.example", None),
        ]
    );
}

#[test]
fn letters_held_for_the_trial_or_since_a_person_answered_are_told() {
    let mut shadow = Walked::new(11, "A B <a@b.example>");
    shadow.decided.owed = vec![owed(Some(Hold::Shadow)), owed(Some(Hold::Shadow))];
    let mut by_hand = Walked::new(12, "Irène E <i@b.example>");
    by_hand.decided.owed = vec![owed(Some(Hold::ByHand))];
    let mut case = Case::new();
    case.entries = vec![shadow.entry(), by_hand.entry()];
    let digest = case.digest();
    assert_eq!(digest.health.withheld, 2);
    assert_eq!(digest.by_hand, ["Irène E (i@b.example)"]);
}

#[test]
fn a_forgotten_person_is_a_number() {
    let mut gone = registration(1, "Anne", "a@a.example", State::Confirmed);
    gone.person = None;
    gone.contact = None;
    let mut walked = Walked::new(11, "Anne <a@a.example>").outcome("Anne", Status::Confirmed);
    walked.decided.to_human = true;
    let mut entry = walked.entry();
    entry.personal = None;
    let mut case = Case::new().open(entry).roll(vec![gone]);
    case.rolls
        .get_mut(&SessionId("s1".to_owned()))
        .unwrap()
        .frozen = true;
    let digest = case.digest();
    assert_eq!(digest.to_decide[0].who, "");
    assert!(digest.sessions[0].changes.is_empty());
    let SessionRemark::FactsChanged { names, .. } = &digest.sessions[0].remarks[0] else {
        panic!("{:?}", digest.sessions[0].remarks);
    };
    assert_eq!(names, &["R1"]);
}
