//! Made-up mails, letters and decisions for the register's tests.
#![allow(dead_code)] // each test program uses its part

use guichet::core::catalogue::{GroupRule, MembershipRule, Session, SessionId, Span};
use guichet::core::delivery::{Concerns, Delivery};
use guichet::core::entry::*;
use guichet::core::message::Identity;
use guichet::core::person::{Address, Person};
use guichet::core::reading::{Doubt, Evidence, Intent, Language};
use guichet::core::reply::{Letter, Reply, Status};
use guichet::core::roll::*;
use guichet::register::*;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// Begin of all tests.
pub fn start() -> Timestamp {
    "2017-09-12T08:00:00Z".parse().unwrap()
}

/// So many seconds after the begin.
pub fn at(secs: i64) -> Timestamp {
    start() + SignedDuration::from_secs(secs)
}

pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

pub fn session_id(id: &str) -> SessionId {
    SessionId(id.to_owned())
}

pub fn session(id: &str, capacity: u32) -> Session {
    let from: jiff::civil::DateTime = "2017-10-03T09:30".parse().unwrap();
    let to: jiff::civil::DateTime = "2017-10-03T17:00".parse().unwrap();
    Session {
        id: session_id(id),
        title: format!("Session {id}"),
        series: None,
        level: None,
        aliases: vec![],
        when: vec![Span {
            from,
            to,
            from_at: "2017-10-03T07:30:00Z".parse().unwrap(),
            to_at: "2017-10-03T15:00:00Z".parse().unwrap(),
        }],
        timezone: "Europe/Paris".into(),
        place: "Lempdes".into(),
        online: false,
        capacity,
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
}

/// A mail that somebody sent.
#[derive(Clone)]
pub struct Mail {
    pub uid: u32,
    pub name: String,
    pub email: String,
    pub message_id: String,
    pub references: Vec<String>,
    pub bytes: String,
    pub body: String,
    pub received: Timestamp,
}

impl Mail {
    pub fn new(uid: u32, name: &str, email: &str) -> Mail {
        Mail {
            uid,
            name: name.into(),
            email: email.into(),
            message_id: format!("mail-{uid}@{}", email.rsplit('@').next().unwrap()),
            references: vec![],
            bytes: format!("raw {uid} {email}"),
            body: format!("body {uid} {email}"),
            received: at(i64::from(uid)),
        }
    }

    pub fn identity(&self) -> Identity {
        Identity {
            sha256: hex(self.bytes.as_bytes()),
            message_id: Some(hex(self.message_id.as_bytes())),
            content: hex(self.body.as_bytes()),
        }
    }

    pub fn lookup(&self, session: &str) -> Lookup {
        Lookup {
            sessions: vec![session_id(session)],
            identity: Some(self.identity()),
            thread: self.references.iter().rev().cloned().collect(),
            address: Some(self.email.clone()),
            now: Some(self.received),
        }
    }

    pub fn words(&self) -> MailWords {
        MailWords {
            from: Some(Address {
                name: Some(self.name.clone()),
                email: self.email.clone(),
            }),
            subject: format!("Inscription de {}", self.name),
            message_id: Some(self.message_id.clone()),
            evidence: vec![Evidence {
                claim: "intent".into(),
                quote: format!("Merci d'inscrire {}", self.name),
            }],
            names: vec![self.name.clone()],
        }
    }

    pub fn walked(&self, walk: Walk, decided: Decided) -> Body {
        Body::Mail(Box::new(MailWalked {
            place: self.place(),
            identity: self.identity(),
            received: self.received,
            walk,
            understood: None,
            decided,
        }))
    }

    pub fn place(&self) -> Place {
        Place::Imap {
            mailbox: "INBOX".into(),
            uid_validity: 7,
            uid: self.uid,
        }
    }

    pub fn contact(&self) -> Contact {
        Contact {
            person: Person {
                name: self.name.clone(),
                email: Some(self.email.clone()),
                organisation: Some("Association Test".into()),
                role: None,
                phone: None,
            },
            contact: Some(self.email.clone()),
            thread: vec![self.message_id.clone()],
            subject: format!("Inscription de {}", self.name),
            ..Contact::default()
        }
    }

    pub fn letter(&self, status: Status) -> Letter {
        let mut references = self.references.clone();
        references.push(self.message_id.clone());
        Letter::Reply(Box::new(Reply {
            status,
            language: Language::Fr,
            to: Address {
                name: Some(self.name.clone()),
                email: self.email.clone(),
            },
            in_reply_to: Some(self.message_id.clone()),
            references,
            answers: true,
            cause_at: self.received,
            outcomes: vec![],
            options: vec![],
            asks_for: None,
            question_seen: false,
            registered_by: None,
            next_session: None,
            first_contact: true,
            attachments: vec![],
            organisation: "Org".into(),
            mailbox: "inscriptions@org.example".into(),
            human_name: None,
            human_phone: None,
            privacy: None,
        }))
    }
}

/// What a very simple decision makes of a mail: a seat while there are fewer than `seats`, else the queue.
pub fn decide(mail: &Mail, session: &str, seats: u32, known: &Known) -> Draft {
    if let Some(entry) = known.same_mail {
        return Draft {
            cause: Cause::Mail,
            body: mail.walked(Walk::Same { entry }, Decided::default()),
            personal: None,
        };
    }
    let roll = known.roll(&session_id(session));
    let id = RegistrationId(known.next_registration);
    let (state, status) = if roll.taken() < seats {
        (State::Confirmed, Status::Confirmed)
    } else {
        (State::Waitlisted, Status::Waitlisted)
    };
    let decided = Decided {
        changes: vec![Change::Registered {
            id,
            session: session_id(session),
            state,
            rank: Rank {
                received: mail.received,
                number: id.0,
            },
            group: None,
            person: 0,
            language: Language::Fr,
            invitation: None,
        }],
        owed: vec![owed(mail, known.token(0), status, vec![id])],
        outcomes: vec![(0, session_id(session), status)],
        reply: Some(status),
        ..Decided::default()
    };
    Draft {
        cause: Cause::Mail,
        body: mail.walked(Walk::Decided, decided),
        personal: Some(Personal {
            people: vec![mail.contact()],
            letters: vec![mail.letter(status)],
            mail: Some(mail.words()),
            ..Personal::default()
        }),
    }
}

pub fn owed(mail: &Mail, token: Token, status: Status, ids: Vec<RegistrationId>) -> Owed {
    Owed {
        token,
        letter: 0,
        status,
        cause_at: mail.received,
        due_at: mail.received,
        registrations: ids,
        answers: Some(mail.place()),
        hold: None,
    }
}

/// Records a mail with [`decide`] and waits until it is durable.
pub fn register_mail(register: &Register, mail: &Mail, session: &str, seats: u32) -> Entry {
    let recorded = register
        .record(mail.received, &mail.lookup(session), |known| {
            decide(mail, session, seats, known)
        })
        .unwrap();
    register.wait_synced(recorded.ticket).unwrap();
    recorded.entry
}

/// Gives the letter that an entry owes first.
pub fn token_of(entry: &Entry) -> Token {
    let owed = match &entry.body {
        Body::Mail(mail) => &mail.decided.owed,
        Body::Decided(decided) => &decided.owed,
        Body::Digest { owed, .. } | Body::Noticed { owed, .. } => owed,
        other => panic!("owes nothing: {other:?}"),
    };
    owed[0].token.clone()
}

pub fn attempt(letter: &Token) -> Body {
    Body::Attempt {
        letter: letter.clone(),
        sha256: hex(letter.0.as_bytes()),
    }
}

pub fn accepted(letter: &Token) -> Body {
    outcome(
        letter,
        Delivery::Accepted {
            response: "250 ok".into(),
        },
        None,
    )
}

pub fn deferred(letter: &Token, retry_at: Timestamp) -> Body {
    outcome(
        letter,
        Delivery::Deferred {
            concerns: Concerns::Reply,
            response: "451 <a@b.example> later".into(),
        },
        Some(retry_at),
    )
}

pub fn outcome(letter: &Token, delivery: Delivery, retry_at: Option<Timestamp>) -> Body {
    Body::Outcome {
        letter: letter.clone(),
        delivery,
        retry_at,
    }
}

pub fn put(register: &Register, secs: i64, body: Body) -> Entry {
    register.append_synced(at(secs), fact(body)).unwrap()
}

pub fn state(register: &impl Query, letter: &Token) -> LetterState {
    register.letter(letter).unwrap().unwrap().state
}

pub fn open(folder: &std::path::Path) -> Register {
    Register::open(folder, start()).unwrap().0
}

pub fn understood(question: bool) -> Understood {
    Understood {
        intent: Intent::Register,
        sessions: vec![],
        doubts: vec![Doubt::SessionUnclear],
        language: Language::Fr,
        question,
    }
}

/// A folder in memory where there is one: for tests that open a register hundreds of times, and of
/// which none is about the disk.
pub fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// What queries tell; shown short.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(pub String);

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Content({} bytes, {})",
            self.0.len(),
            hex(self.0.as_bytes())
        )
    }
}

/// Everything that queries tell, as text, to compare two registers.
pub fn content(register: &impl Query) -> Content {
    use std::fmt::Write;
    let mut text = String::new();
    let entries: Vec<_> = register.entries(0).map(Result::unwrap).collect();
    for entry in &entries {
        writeln!(text, "{}", serde_json::to_string(entry).unwrap()).unwrap();
    }
    writeln!(text, "{:#?}", register.counts().unwrap()).unwrap();
    writeln!(text, "{:#?}", register.rolls().unwrap()).unwrap();
    writeln!(text, "{:#?}", register.catalogue().unwrap()).unwrap();
    writeln!(text, "{:#?}", register.outbox(OutboxFilter::All).unwrap()).unwrap();
    writeln!(text, "{:#?}", register.outbox(OutboxFilter::Open).unwrap()).unwrap();
    writeln!(
        text,
        "{:#?}",
        register.due_letters(at(1 << 30), 999).unwrap()
    )
    .unwrap();
    writeln!(text, "{:#?}", register.due(at(1 << 30)).unwrap()).unwrap();
    writeln!(text, "{:#?}", register.to_file(999).unwrap()).unwrap();
    writeln!(text, "{:#?}", register.open_questions().unwrap()).unwrap();
    writeln!(text, "{:#?}", register.open_items().unwrap()).unwrap();
    writeln!(text, "{:#?}", register.last_digest().unwrap()).unwrap();
    writeln!(text, "{:#?}", register.cursor("INBOX").unwrap()).unwrap();
    Content(text)
}

/// Copies a register's folder.
pub fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Gives all files below a folder.
pub fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// A small generator, the same each run.
pub struct Dice(pub u64);

impl Dice {
    /// Gives a number below `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Fills a register with a bit of everything: letters in every state, a question, items, a digest.
pub fn fill(register: &Register) {
    put(
        register,
        0,
        Body::WatchBegan {
            mailbox: "INBOX".into(),
            uid_validity: 7,
            uid_next: 1,
            names: vec![],
        },
    );
    put(
        register,
        0,
        Body::Catalogue {
            sessions: vec![session("s1", 3), session("s2", 9)],
            vanished: vec![],
            frozen: vec![],
        },
    );
    for uid in 1..=8 {
        let mail = Mail::new(
            uid,
            &format!("Personne {uid}"),
            &format!("p{uid}@a{uid}.example"),
        );
        let token = token_of(&register_mail(register, &mail, "s1", 3));
        if uid > 2 {
            put(register, 20, attempt(&token));
        }
        match uid {
            3 | 4 => put(register, 21, accepted(&token)),
            5 => put(register, 21, deferred(&token, at(900))),
            6 => put(
                register,
                21,
                outcome(
                    &token,
                    Delivery::Refused {
                        response: "550".into(),
                    },
                    None,
                ),
            ),
            7 => put(
                register,
                21,
                Body::Held {
                    letter: token,
                    why: Hold::Breaker,
                },
            ),
            8 => put(
                register,
                21,
                outcome(
                    &token,
                    Delivery::Uncertain {
                        response: "reset".into(),
                    },
                    Some(at(30)),
                ),
            ),
            _ => continue,
        };
    }
    let item = Mail::new(20, "Q", "q@q.example").walked(
        Walk::Human,
        Decided {
            to_human: true,
            ..Decided::default()
        },
    );
    put(register, 30, item);
    let cancelled = Change::State {
        id: RegistrationId(2),
        state: State::Cancelled,
        paused_until: Some(at(640)),
    };
    put(
        register,
        40,
        Body::Decided(Box::new(Decided {
            changes: vec![cancelled],
            ..Decided::default()
        })),
    );
}
