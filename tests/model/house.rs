//! Rolls and an outbox in memory, to which drafts are applied; and the simple model.

use std::collections::BTreeMap;

use guichet::core::allocation::{Beyond, free_seats};
use guichet::core::catalogue::*;
use guichet::core::decision::organiser::{self, Command, Order, Origin, Word};
use guichet::core::decision::{self, Setting, due};
use guichet::core::entry::*;
use guichet::core::membership::MembershipList;
use guichet::core::message::{Identity, Message};
use guichet::core::organisation::Organisation;
use guichet::core::person::{Address, Person, own_domain_of};
use guichet::core::policy::Policy;
use guichet::core::reading::{Intent, Language, Reading};
use guichet::core::reply::{Letter, Outcome, Reply, Status};
use guichet::core::roll::*;
use guichet::core::screening::{Screening, Writer};
use jiff::Timestamp;

use super::Dice;

/// So many registrations in ten minutes are a flood here.
pub const FLOOD: u32 = 6;

/// What happened in all.
#[derive(Debug, Default)]
pub struct Sums {
    pub registered: u64,
    pub promoted: u64,
    pub superseded: u64,
    pub sent: u64,
    pub orders: u64,
    pub provisional: u64,
    pub reviewed: u64,
    pub items: u64,
    pub earlier: u64,
}

impl Sums {
    pub fn add(&mut self, other: &Sums) {
        self.registered += other.registered;
        self.promoted += other.promoted;
        self.superseded += other.superseded;
        self.sent += other.sent;
        self.orders += other.orders;
        self.provisional += other.provisional;
        self.reviewed += other.reviewed;
        self.items += other.items;
        self.earlier += other.earlier;
    }
}

pub struct House {
    pub now: Timestamp,
    pub rolls: BTreeMap<SessionId, Roll>,
    pub sums: Sums,
    sessions: Vec<Session>,
    catalogue: Catalogue,
    organisation: Organisation,
    policy: Policy,
    next: u64,
    names: u64,
    seed: u64,
    queued: Vec<(Owed, Reply)>,
    sent: Vec<Reply>,
    members: MembershipList,
    /// When registrations came in by mail.
    arrived: Vec<Timestamp>,
    /// The journal, as far as it holds items: number and entry, and whether the human has settled it.
    pub items: BTreeMap<u64, (Entry, bool)>,
    entries: u64,
}

pub struct Walked {
    place: Place,
    message: Message,
    screening: Screening,
    reading: Reading,
}

fn session(id: &str, capacity: u32, held: u32, group: GroupRule, waitlist: bool) -> Session {
    let from: jiff::civil::DateTime = "2026-12-03T09:30".parse().unwrap();
    let to: jiff::civil::DateTime = "2026-12-03T17:00".parse().unwrap();
    Session {
        id: SessionId(id.into()),
        title: format!("Session {id}"),
        series: None,
        level: None,
        aliases: vec![],
        when: vec![Span {
            from,
            to,
            from_at: "2026-12-03T08:30:00Z".parse().unwrap(),
            to_at: "2026-12-03T16:00:00Z".parse().unwrap(),
        }],
        timezone: "Europe/Paris".into(),
        place: "Lempdes".into(),
        online: false,
        capacity,
        held,
        capacity_min: None,
        waitlist,
        group,
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

impl House {
    pub fn new() -> House {
        let mut late = session("delta", 3, 0, GroupRule::Together, true);
        late.closes_at = Some("2026-09-01T00:00:00Z".parse().unwrap());
        let mut members_only = session("epsilon", 3, 0, GroupRule::Together, true);
        members_only.membership = MembershipRule::Required;
        let sessions = vec![
            session("alpha", 4, 1, GroupRule::Together, true),
            session("beta", 3, 0, GroupRule::Split, true),
            session("gamma", 2, 0, GroupRule::Together, false),
            members_only,
            late,
        ];
        House {
            now: "2026-09-14T08:00:00Z".parse().unwrap(),
            rolls: sessions
                .iter()
                .map(|s| (s.id.clone(), Roll::default()))
                .collect(),
            sums: Sums::default(),
            catalogue: Catalogue::new(sessions.clone(), false),
            sessions,
            organisation: Organisation {
                name: "Les Trois Ponts".into(),
                address: "contact@trois-ponts.example".into(),
                ..Organisation::default()
            },
            policy: Policy {
                registrations_flood: FLOOD,
                ..Policy::default()
            },
            next: 1,
            names: 0,
            seed: 0,
            queued: Vec::new(),
            sent: Vec::new(),
            members: MembershipList::default(),
            arrived: Vec::new(),
            items: BTreeMap::new(),
            entries: 0,
        }
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            catalogue: &self.catalogue,
            organisation: &self.organisation,
            policy: &self.policy,
            members: Some(&self.members),
            mode: Mode::Live,
            now: self.now,
        }
    }

    pub fn session(&self, id: &SessionId) -> &Session {
        self.sessions.iter().find(|s| s.id == *id).unwrap()
    }

    pub fn all(&self) -> impl Iterator<Item = &Registration> {
        self.rolls.values().flat_map(|roll| &roll.registrations)
    }

    pub fn registration(&self, id: RegistrationId) -> &Registration {
        self.all().find(|r| r.id == id).unwrap()
    }

    pub fn any_session(&self, dice: &mut Dice) -> SessionId {
        dice.pick(&self.sessions).unwrap().id
    }

    pub fn any_standing(&self, dice: &mut Dice) -> Option<Registration> {
        let standing: Vec<Registration> = self
            .all()
            .filter(|r| r.state.is_standing())
            .filter(|r| r.contact.is_some() || r.made_by.is_some())
            .cloned()
            .collect();
        dice.pick(&standing)
    }

    /// The person themselves, else whoever registered them.
    pub fn who_may_speak_for(&self, registration: &Registration, dice: &mut Dice) -> Person {
        let addresses: Vec<String> = [registration.contact.clone(), registration.made_by.clone()]
            .into_iter()
            .flatten()
            .collect();
        let email = dice.pick(&addresses).unwrap();
        Person {
            name: format!("Somebody {email}"),
            email: Some(email),
            ..Person::default()
        }
    }

    /// New people of one structure; the first has an address, of the others some.
    pub fn new_people(&mut self, dice: &mut Dice, count: u64) -> Vec<Person> {
        self.names += 1;
        let domain = format!("org{}.example", self.names);
        if dice.below(2) == 0 {
            self.members.domains.push(domain.clone());
        }
        let mut people = Vec::new();
        for n in 0..count {
            self.names += 1;
            let code: String = self
                .names
                .to_string()
                .bytes()
                .map(|digit| char::from(digit - b'0' + b'a'))
                .collect();
            people.push(Person {
                name: format!("Prenom{code} Nom{code}"),
                email: (n == 0 || dice.below(2) == 0).then(|| format!("{code}@{domain}")),
                ..Person::default()
            });
        }
        people
    }

    pub fn mail(
        &mut self,
        sender: &Person,
        intent: Intent,
        sessions: &[SessionId],
        people: &[Person],
        removed: &[String],
    ) -> Walked {
        self.seed += 1;
        let from = Address {
            name: Some(sender.name.clone()),
            email: sender.email.clone().unwrap(),
        };
        let people: Vec<serde_json::Value> = people
            .iter()
            .map(|p| serde_json::to_value(p).unwrap())
            .collect();
        let reading = serde_json::json!({
            "intent": intent, "sessions": sessions, "session_certain": true,
            "participants": people, "removed": removed, "remarks": [], "question": false,
            "act": true, "may_reply": true, "doubts": [], "language": Language::Fr, "evidence": [],
        });
        let id = format!("mail-{}@test.example", self.seed);
        Walked {
            place: Place::Maildir {
                mailbox: "INBOX".into(),
                name: id.clone(),
            },
            message: Message {
                readable: true,
                from: vec![from.clone()],
                message_id: Some(id.clone()),
                identity: Identity {
                    sha256: id,
                    ..Identity::default()
                },
                ..Message::default()
            },
            screening: Screening {
                writer: Writer::Human,
                may_register: true,
                may_reply: true,
                reply_to: Some(from),
                reasons: vec![],
            },
            reading: serde_json::from_value(reading).unwrap(),
        }
    }

    /// Whether this mail's newcomers wait for the human's nod.
    pub fn flooded(&self) -> bool {
        self.recent_registrations() >= FLOOD
    }

    fn recent_registrations(&self) -> u32 {
        let since = self.now - jiff::SignedDuration::from_mins(10);
        u32::try_from(self.arrived.iter().filter(|at| **at >= since).count()).unwrap()
    }

    /// By the list: whose address or structure's domain is on it, or who wrote for them.
    pub fn is_member(&self, addresses: &[&str]) -> bool {
        let listed = |a: &&str| {
            self.members
                .domains
                .iter()
                .any(|d| a.ends_with(&format!("@{d}")))
        };
        addresses.iter().any(listed)
    }

    /// What the register would know.
    fn known(&mut self, address: Option<&str>) -> Known {
        self.seed += 1;
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&self.seed.to_be_bytes());
        let theirs = |r: &&Registration| {
            let own = r.person.as_ref().and_then(|p| p.email.as_deref());
            let all = [own, r.contact.as_deref(), r.made_by.as_deref()];
            let address = address.unwrap_or_default();
            all.into_iter().flatten().any(|a| {
                a == address
                    || own_domain_of(a).is_some() && own_domain_of(a) == own_domain_of(address)
            })
        };
        Known {
            rolls: self.rolls.clone(),
            theirs: self.all().filter(theirs).cloned().collect(),
            unsent: self
                .queued
                .iter()
                .map(|(owed, reply)| Unsent {
                    owed: owed.clone(),
                    hold: owed.hold,
                    reply: Some(Box::new(reply.clone())),
                })
                .collect(),
            next_registration: self.next,
            recent: Recent {
                registrations: self.recent_registrations(),
                ..Recent::default()
            },
            seed,
            ..Known::default()
        }
    }

    pub fn walk(&mut self, walked: &Walked) -> Draft {
        self.walk_received(walked, self.now)
    }

    /// A mail that lay somewhere for a while: it was received before others that are decided already.
    pub fn walk_received(&mut self, walked: &Walked, received: Timestamp) -> Draft {
        let author = walked.message.author().unwrap().email.clone();
        let known = self.known(Some(&author));
        let mail = decision::Mail {
            place: &walked.place,
            message: &walked.message,
            screening: &walked.screening,
            reading: &walked.reading,
            received,
            clock_sure: true,
            answered_by_hand: false,
            again: None,
        };
        let draft = decision::decide(&mail, &self.setting(), &known);
        self.apply(&draft);
        draft
    }

    pub fn pause_over(&mut self, session: &SessionId, id: RegistrationId) {
        let known = self.known(None);
        let cause = Cause::Due { entry: 1 };
        let draft = due::pause_over(&self.setting(), &known, session, id, cause);
        self.apply(&draft);
    }

    pub fn promote(&mut self, session: &SessionId) {
        let known = self.known(None);
        let cause = Cause::Catalogue { entry: 1 };
        let draft = due::promote(&self.setting(), &known, session, self.now, cause);
        self.apply(&draft);
    }

    pub fn set_capacity(&mut self, session: &SessionId, seats: u32) {
        let facts = self.sessions.iter_mut().find(|s| s.id == *session).unwrap();
        if facts.capacity != seats {
            self.rolls.get_mut(session).unwrap().capacity = None;
        }
        facts.capacity = seats;
        self.catalogue = Catalogue::new(self.sessions.clone(), false);
    }

    pub fn order(&mut self, command: Command, yes: bool) {
        let stored: BTreeMap<u64, Entry> = self
            .items
            .iter()
            .map(|(n, (entry, _))| (*n, entry.clone()))
            .collect();
        let orders = [Order {
            words: "x".into(),
            command: Some(command),
            beyond: if yes { Beyond::Allowed } else { Beyond::Asked },
        }];
        let word = Word {
            orders: &orders,
            stopped: false,
            stored: &stored,
            origin: Origin::CommandLine,
            quiet: false,
            language: Language::Fr,
            timezone: "Europe/Paris",
        };
        let known = self.known(None);
        let draft = organiser::decide(&word, &self.setting(), &known);
        self.apply(&draft);
    }

    fn apply(&mut self, draft: &Draft) {
        let decided = match &draft.body {
            Body::Mail(walked) => &walked.decided,
            Body::Decided(decided) => decided,
            other => panic!("{other:?}"),
        };
        let personal = draft.personal.clone().unwrap_or_default();
        self.entries += 1;
        if decided.to_human {
            let entry = Entry {
                n: self.entries,
                at: self.now,
                cause: draft.cause.clone(),
                body: draft.body.clone(),
                personal: draft.personal.clone(),
            };
            self.items.insert(self.entries, (entry, false));
            self.sums.items += 1;
        }
        for change in &decided.changes {
            if draft.cause == Cause::Mail && matches!(change, Change::Registered { .. }) {
                self.arrived.push(self.now);
            }
            self.change(change, &personal);
        }
        for owed in &decided.owed {
            if let Letter::Reply(reply) = &personal.letters[owed.letter] {
                assert!(owed.hold.is_none());
                self.queued.push((owed.clone(), (**reply).clone()));
            }
        }
    }

    fn change(&mut self, change: &Change, personal: &Personal) {
        let next = &mut self.next;
        let mut alter = |id: RegistrationId, f: &dyn Fn(&mut Registration)| {
            let mut all = self.rolls.values_mut();
            f(all.find_map(|r| r.registrations.of_mut(id)).unwrap());
        };
        match change {
            Change::Registered {
                id,
                session,
                state,
                rank,
                group,
                person,
                language,
                invitation,
            } => {
                assert_eq!(id.0, *next, "numbers count up");
                *next += 1;
                let contact = personal.people[*person].clone();
                let roll = self.rolls.get_mut(session).unwrap();
                roll.registrations.push(Registration {
                    id: *id,
                    session: session.clone(),
                    state: *state,
                    rank: *rank,
                    group: *group,
                    person: Some(contact.person),
                    contact: contact.contact,
                    made_by: contact.made_by,
                    made_by_name: contact.made_by_name,
                    language: *language,
                    thread: contact.thread,
                    subject: contact.subject,
                    invitation: invitation.clone().map(|uid| (uid, 0)),
                    paused_until: None,
                    remarks: contact.remarks,
                    bounced: false,
                    entry: 1,
                });
            }
            Change::State {
                id,
                state,
                paused_until,
            } => alter(*id, &|r| {
                r.state = *state;
                r.paused_until = *paused_until;
            }),
            Change::Details { id, person } => {
                let contact = personal.people[*person].clone();
                alter(*id, &|r| {
                    r.person = Some(contact.person.clone());
                    r.contact.clone_from(&contact.contact);
                    r.made_by.clone_from(&contact.made_by);
                });
            }
            Change::Rank { id, rank, group } => alter(*id, &|r| {
                r.rank = *rank;
                r.group = *group;
            }),
            Change::Invitation { id, uid, sequence } => {
                alter(*id, &|r| r.invitation = Some((uid.clone(), *sequence)))
            }
            Change::PauseOver { id } => alter(*id, &|r| r.paused_until = None),
            Change::Superseded { letter } => {
                let before = self.queued.len();
                self.queued.retain(|(owed, _)| owed.token != *letter);
                assert_eq!(
                    self.queued.len() + 1,
                    before,
                    "only what is queued is replaced"
                );
                self.sums.superseded += 1;
            }
            Change::Settled { entry } => self.items.get_mut(entry).unwrap().1 = true,
            Change::Capacity { session, capacity } => {
                self.rolls.get_mut(session).unwrap().capacity = *capacity;
            }
            other => panic!("{other:?}"),
        }
    }

    // The outbox

    pub fn send_some(&mut self, dice: &mut Dice) {
        let count = dice.below(6);
        for _ in 0..count {
            if !self.queued.is_empty() {
                self.send_first();
            }
        }
    }

    pub fn send_all(&mut self) {
        while !self.queued.is_empty() {
            self.send_first();
        }
    }

    /// A letter leaves: every line of it is true at that moment.
    fn send_first(&mut self) {
        let (owed, reply) = self.queued.remove(0);
        for outcome in &reply.outcomes {
            let registration = owed
                .registrations
                .iter()
                .map(|id| self.registration(*id))
                .rfind(|r| is_about(outcome, r));
            if let Some(registration) = registration {
                assert!(
                    is_true(outcome, registration.state),
                    "{} is told {:?} and is {:?}",
                    outcome.name,
                    outcome.status,
                    registration.state
                );
            }
        }
        self.sums.sent += 1;
        self.sent.push(reply);
    }

    /// Whoever can be written to has last been told what holds.
    pub fn everybody_knows(&self) {
        for registration in self.all() {
            if self.unseen(registration) {
                continue; // a flood is answered by the human's nod, not by the robot
            }
            let to = registration
                .contact
                .as_ref()
                .or(registration.made_by.as_ref());
            let Some(to) = to else { continue };
            let later = |r: &&Registration| {
                let same = r.person.as_ref().map(|p| &p.name)
                    == registration.person.as_ref().map(|p| &p.name);
                same && r.session == registration.session && r.id > registration.id
            };
            if self.all().any(|r| later(&r)) {
                continue; // a person is told of their last registration in a session
            }
            // who registered somebody is told by the newcomer's line that the seat has passed on
            if registration.state == State::Replaced && registration.contact.is_none() {
                continue;
            }
            // whoever wrote themselves, and is not on record otherwise, was answered
            let own = registration.person.as_ref().and_then(|p| p.email.as_ref());
            let own = own.filter(|_| registration.contact.is_none());
            let told: Vec<Option<&Outcome>> = [Some(to), own]
                .into_iter()
                .flatten()
                .map(|to| self.last_told(to, registration))
                .collect();
            assert!(
                told.iter()
                    .flatten()
                    .any(|o| is_true(o, registration.state)),
                "told {:?} last: {registration:?}\n{:#?}",
                told.iter().flatten().map(|o| o.status).collect::<Vec<_>>(),
                self.sent
                    .iter()
                    .filter(|reply| reply.outcomes.iter().any(|o| is_about(o, registration)))
                    .map(|reply| (&reply.to.email, reply.status, reply.answers, reply.cause_at))
                    .collect::<Vec<_>>(),
            );
        }
    }

    /// Who came with a flood and whom the human has not nodded to yet, or has refused.
    fn unseen(&self, registration: &Registration) -> bool {
        let made = |entry: &Entry| match &entry.body {
            Body::Mail(mail) => {
                let flood = mail.understood.as_ref().unwrap();
                flood.doubts.contains(&guichet::core::reading::Doubt::TooMany)
                    && mail.decided.changes.iter().any(
                        |change| matches!(change, Change::Registered { id, .. } if *id == registration.id),
                    )
            }
            _ => false,
        };
        self.items.values().any(|(entry, _)| made(entry))
            && !self
                .sent
                .iter()
                .any(|reply| reply.outcomes.iter().any(|o| is_about(o, registration)))
    }

    fn last_told(&self, to: &str, registration: &Registration) -> Option<&Outcome> {
        self.sent
            .iter()
            .filter(|reply| reply.to.email == to)
            .flat_map(|reply| &reply.outcomes)
            .rfind(|outcome| is_about(outcome, registration))
    }

    // The rules

    pub fn one_answer(&self, draft: &Draft, mail: &Walked) {
        let Body::Mail(walked) = &draft.body else {
            panic!()
        };
        let personal = draft.personal.clone().unwrap_or_default();
        assert!(walked.decided.reply.is_some(), "{walked:?}");
        let id = mail.message.message_id.as_ref();
        let answers = walked
            .decided
            .owed
            .iter()
            .filter(|owed| match &personal.letters[owed.letter] {
                Letter::Reply(reply) => reply.answers && reply.in_reply_to.as_ref() == id,
                _ => false,
            })
            .count();
        assert_eq!(answers, 1, "one mail, one answer");
    }

    /// The robot gives no seat while those taken reach the capacity without those held.
    pub fn robot_gave_no_seat_too_many(&self, before: &BTreeMap<SessionId, Roll>) {
        for (id, roll) in &self.rolls {
            let session = self.session(id);
            let capacity = roll.capacity.unwrap_or(session.capacity);
            let seats = capacity.saturating_sub(session.held);
            let more = roll.taken() > before[id].taken();
            assert!(
                !more || roll.taken() <= seats,
                "{id}: {} of {seats}",
                roll.taken()
            );
        }
    }

    pub fn nobody_else_changed(&self, before: &BTreeMap<SessionId, Roll>, but: &[RegistrationId]) {
        for old in before.values().flat_map(|roll| &roll.registrations) {
            if !but.contains(&old.id) {
                assert_eq!(self.registration(old.id), old);
            }
        }
    }

    /// Who must be promoted now, by a model of its own: in order of rank, groups whole.
    pub fn model_promotions(
        &self,
        id: &SessionId,
        freed: Option<RegistrationId>,
    ) -> Vec<RegistrationId> {
        let session = self.session(id);
        let mut roll = self.rolls[id].clone();
        if let Some(registration) = freed.and_then(|id| roll.registrations.of_mut(id)) {
            registration.paused_until = None;
            registration.state = State::Cancelled; // also one that leaves the waiting list
        }
        let mut free = i64::from(free_seats(session, &roll));
        let mut waiting: Vec<&Registration> = roll
            .registrations
            .iter()
            .filter(|r| r.state == State::Waitlisted)
            .collect();
        waiting.sort_by_key(|r| (r.rank.received, r.rank.number));
        let mut promoted = Vec::new();
        let mut seen: Vec<u64> = Vec::new();
        for one in &waiting {
            let party: Vec<RegistrationId> = match one.group {
                Some(group) if session.group == GroupRule::Together => {
                    if seen.contains(&group) {
                        continue;
                    }
                    seen.push(group);
                    let same = waiting.iter().filter(|r| r.group == Some(group));
                    same.map(|r| r.id).collect()
                }
                _ => vec![one.id],
            };
            let size = i64::try_from(party.len()).unwrap();
            if size <= free {
                free -= size;
                promoted.extend(party);
            }
        }
        promoted
    }

    pub fn check_promotions(
        &mut self,
        before: &BTreeMap<SessionId, Roll>,
        session: &SessionId,
        expected: &[RegistrationId],
    ) {
        let was = |id: RegistrationId| {
            let all = before.values().flat_map(|roll| &roll.registrations);
            all.into_iter().find(|r| r.id == id).unwrap().state
        };
        let mut promoted: Vec<RegistrationId> = self
            .all()
            .filter(|r| r.state != was(r.id) && r.state.takes_seat())
            .map(|r| r.id)
            .collect();
        let mut expected = expected.to_vec();
        expected.sort();
        promoted.sort();
        assert_eq!(promoted, expected, "in {session}");
        self.sums.promoted += u64::try_from(promoted.len()).unwrap();
        for id in promoted {
            assert!(self.registration(id).state.takes_seat());
            let registration = self.registration(id);
            let reachable = registration.contact.is_some() || registration.made_by.is_some();
            let told = self.queued.iter().filter(|(owed, reply)| {
                owed.registrations.contains(&id)
                    && reply
                        .outcomes
                        .iter()
                        .any(|o| o.status == Status::Promoted && is_about(o, registration))
            });
            assert_eq!(
                told.count(),
                usize::from(reachable),
                "one letter a promotion"
            );
        }
    }
}

fn is_about(outcome: &Outcome, registration: &Registration) -> bool {
    outcome.session.id == registration.session
        && registration
            .person
            .as_ref()
            .is_some_and(|p| p.name == outcome.name)
}

/// What a letter says, and the states in which it is so.
fn is_true(outcome: &Outcome, state: State) -> bool {
    let said = match outcome.status {
        Status::Already => outcome.standing.unwrap_or(Status::None),
        said => said,
    };
    match said {
        Status::Confirmed => state == State::Confirmed,
        Status::Promoted => matches!(state, State::Confirmed | State::Provisional),
        Status::Provisional => state == State::Provisional,
        Status::Substituted => matches!(
            state,
            State::Confirmed | State::Provisional | State::Waitlisted
        ),
        Status::Waitlisted => state == State::Waitlisted,
        Status::Cancelled => matches!(state, State::Cancelled | State::Replaced),
        Status::Late => state == State::RefusedLate,
        Status::Full => state == State::RefusedFull,
        Status::Updated | Status::Clarify | Status::Already | Status::None => true,
    }
}
