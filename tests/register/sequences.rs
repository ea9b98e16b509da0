//! Random lives of a register: what is kept step by step equals what the journal alone gives.

use super::support::*;
use guichet::core::delivery::{Concerns, Delivery};
use guichet::core::entry::*;
use guichet::core::reply::Status;
use guichet::core::roll::*;
use guichet::register::*;
use proptest::prelude::*;

/// One step; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Mail(u32, u8),
    Again(u32),
    Change(u8, u64),
    Ask(u32),
    CloseQuestion(u64),
    Letter(u8, u64),
    Pause(bool),
    Catalogue(u8),
    Digest,
    Settle(u64),
    Restore,
    Sync,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..40u32, 0..3u8).prop_map(|(uid, s)| Step::Mail(uid, s)),
        1 => (0..40u32).prop_map(Step::Again),
        5 => (0..6u8, any::<u64>()).prop_map(|(k, i)| Step::Change(k, i)),
        1 => (0..40u32).prop_map(Step::Ask),
        1 => any::<u64>().prop_map(Step::CloseQuestion),
        8 => (0..8u8, any::<u64>()).prop_map(|(k, i)| Step::Letter(k, i)),
        1 => any::<bool>().prop_map(Step::Pause),
        1 => (0..3u8).prop_map(Step::Catalogue),
        1 => Just(Step::Digest),
        1 => any::<u64>().prop_map(Step::Settle),
        1 => Just(Step::Restore),
        2 => Just(Step::Sync),
        1 => Just(Step::Reopen),
    ]
}

struct Life {
    register: Option<Register>,
    folder: tempfile::TempDir,
    tokens: Vec<Token>,
    secs: i64,
    last: Option<Ticket>,
}

impl Life {
    fn register(&self) -> &Register {
        self.register.as_ref().unwrap()
    }

    fn append(&mut self, body: Body, personal: Option<Personal>) {
        let draft = Draft {
            cause: Cause::Itself,
            body,
            personal,
        };
        let recorded = self.register().append(at(self.secs), draft).unwrap();
        self.last = Some(recorded.ticket);
    }

    fn change(&mut self, kind: u8, index: u64) {
        let last = self.register().counts().unwrap().registration_last;
        let id = RegistrationId(1 + index % (last + 1));
        let state = [State::Cancelled, State::Confirmed, State::Review][(index % 3) as usize];
        let until = (index.is_multiple_of(2)).then(|| at(self.secs + 600));
        let mail = Mail::new((index % 50) as u32, "Autre Nom", "autre@b.example");
        let change = match kind {
            0 | 1 => Change::State {
                id,
                state,
                paused_until: until,
            },
            2 => Change::PauseOver { id },
            3 => Change::Details { id, person: 0 },
            4 => Change::Rank {
                id,
                rank: Rank {
                    received: at(self.secs),
                    number: index % 7,
                },
                group: until.map(|_| 3),
            },
            _ => Change::Invitation {
                id,
                uid: Token(format!("{index:032x}")),
                sequence: 1,
            },
        };
        let decided = Decided {
            changes: vec![change],
            to_human: index.is_multiple_of(5),
            ..Decided::default()
        };
        let personal = Personal {
            people: vec![mail.contact()],
            ..Personal::default()
        };
        self.append(Body::Decided(Box::new(decided)), Some(personal));
    }

    fn letter(&mut self, kind: u8, index: u64) {
        let Some(letter) = self.tokens.get(index as usize % self.tokens.len().max(1)) else {
            return;
        };
        let letter = letter.clone();
        let response = "text".to_owned();
        let retry_at = (!index.is_multiple_of(3)).then(|| at(self.secs + 300));
        let body = match kind {
            0 | 1 => attempt(&letter),
            2 => accepted(&letter),
            3 => outcome(
                &letter,
                Delivery::Deferred {
                    concerns: Concerns::Server,
                    response,
                },
                retry_at,
            ),
            4 => outcome(&letter, Delivery::Uncertain { response }, retry_at),
            5 => Body::Held {
                letter,
                why: [Hold::Breaker, Hold::Shadow, Hold::TooOld][(index % 3) as usize],
            },
            6 => Body::Released { letter },
            _ if index.is_multiple_of(2) => Body::Filed {
                letter,
                given_up: None,
            },
            _ => Body::Decided(Box::new(Decided {
                changes: vec![Change::Superseded { letter }],
                ..Decided::default()
            })),
        };
        self.append(body, None);
    }

    fn mail(&mut self, uid: u32, session: u8) {
        let mail = Mail::new(
            uid,
            &format!("P {uid}"),
            &format!("p{}@a{}.example", uid % 9, uid % 4),
        );
        let session = format!("s{session}");
        let recorded = self
            .register()
            .record(at(self.secs), &mail.lookup(&session), |known| {
                decide(&mail, &session, 5, known)
            })
            .unwrap();
        self.last = Some(recorded.ticket);
        if let Body::Mail(walked) = &recorded.entry.body {
            let tokens = walked.decided.owed.iter().map(|owed| owed.token.clone());
            self.tokens.extend(tokens);
        }
    }

    fn ask(&mut self, uid: u32) {
        let mail = Mail::new(uid, "Q", &format!("q{uid}@q.example"));
        let token = Token(format!("{:032x}", self.secs));
        let decided = Decided {
            changes: vec![Change::Asked {
                options: vec![session_id("s1")],
                registrations: vec![RegistrationId(1)],
                received: at(self.secs),
                until: at(self.secs + 1000),
            }],
            owed: vec![owed(&mail, token.clone(), Status::Clarify, vec![])],
            ..Decided::default()
        };
        self.tokens.push(token);
        let personal = Personal {
            letters: vec![mail.letter(Status::Clarify)],
            ..Personal::default()
        };
        self.append(Body::Decided(Box::new(decided)), Some(personal));
    }

    fn step(&mut self, step: &Step) {
        self.secs += 7;
        match step {
            Step::Mail(uid, session) => self.mail(*uid, *session),
            Step::Again(uid) => {
                let mail = Mail::new(*uid, "P", "p@a.example");
                self.append(mail.walked(Walk::NotOurs, Decided::default()), None);
            }
            Step::Change(kind, index) => self.change(*kind, *index),
            Step::Ask(uid) => self.ask(*uid),
            Step::CloseQuestion(index) => {
                let entry = 1 + index % (self.register().last_entry().unwrap() + 1);
                let decided = Decided {
                    closes_question: Some(entry),
                    ..Decided::default()
                };
                self.append(Body::Decided(Box::new(decided)), None);
            }
            Step::Letter(kind, index) => self.letter(*kind, *index),
            Step::Pause(on) => self.append(Body::Paused { on: *on }, None),
            Step::Catalogue(n) => {
                let body = Body::Catalogue {
                    sessions: vec![session(&format!("s{n}"), 5 + self.secs as u32 % 3)],
                    vanished: vec![session_id("s1")],
                    frozen: vec![session_id("s2")],
                };
                self.append(body, None);
                let capacity = Body::Capacity {
                    session: session_id(&format!("s{n}")),
                    capacity: Some(9),
                };
                self.append(capacity, None);
            }
            Step::Digest => self.digest(),
            Step::Settle(index) => {
                let entry = 1 + index % (self.register().last_entry().unwrap() + 1);
                self.append(Body::Settled { entry }, None);
            }
            Step::Restore => self.append(Body::Restored, None),
            Step::Sync => self.sync(),
            Step::Reopen => {
                self.sync();
                self.register.take().unwrap().close().unwrap();
                let opened = Register::open(self.folder.path(), at(self.secs)).unwrap();
                self.register = Some(opened.0);
            }
        }
    }

    fn digest(&mut self) {
        let to_entry = self.register().last_entry().unwrap();
        let items = self.register().open_items().unwrap();
        let mail = Mail::new(1, "Org", "org@org.example");
        let token = Token(format!("d{:031x}", self.secs));
        self.tokens.push(token.clone());
        let body = Body::Digest {
            date: "2017-09-14".parse().unwrap(),
            to_entry,
            owed: vec![owed(&mail, token, Status::None, vec![])],
            items: items.iter().map(|item| item.entry).collect(),
        };
        let personal = Personal {
            letters: vec![mail.letter(Status::None)],
            ..Personal::default()
        };
        self.append(body, Some(personal));
    }

    fn sync(&mut self) {
        if let Some(ticket) = self.last.take() {
            self.register().wait_synced(ticket).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_register_equals_its_journal(steps in prop::collection::vec(step(), 1..70)) {
        let folder = quick_folder();
        let register = open(folder.path());
        let mut life = Life { register: Some(register), folder, tokens: vec![], secs: 0, last: None };
        for step in &steps {
            life.step(step);
        }
        // Before it is synced, after, replayed by a reader beside, and after a clean stop.
        let unsynced = content(life.register());
        life.sync();
        prop_assert_eq!(&content(life.register()), &unsynced);
        let beside = Register::read_only(life.folder.path()).unwrap();
        prop_assert_eq!(&content(&beside), &unsynced);
        life.register.take().unwrap().close().unwrap();
        let verified = verify(life.folder.path(), at(life.secs)).unwrap();
        prop_assert_eq!(verified.entries, beside.last_entry().unwrap());
        // The queue's own laws.
        let open = beside.outbox(OutboxFilter::Open).unwrap();
        let due = beside.due_letters(at(1 << 30), usize::MAX).unwrap();
        for row in &due {
            prop_assert!(open.contains(row));
            prop_assert!(row.due_at.is_some());
        }
        let counts = beside.counts().unwrap();
        let all = beside.outbox(OutboxFilter::All).unwrap();
        for (phase, count) in &counts.letters {
            let rows = all.iter().filter(|row| row.state.phase() == *phase).count();
            prop_assert_eq!(rows as u64, *count);
        }
        let rolls = beside.rolls().unwrap();
        for (state, count) in &counts.registrations {
            let rows = rolls.iter().flat_map(|(_, roll)| &roll.registrations);
            prop_assert_eq!(rows.filter(|r| r.state == *state).count() as u64, *count);
        }
    }
}
