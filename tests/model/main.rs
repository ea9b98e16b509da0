//! Random lives of seats through the pure decisions, against a simple model: seats, queue, groups,
//! letters. `GUICHET_MODEL_SEQUENCES` says how many sequences of 50 operations (default 500).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod house;

use std::collections::BTreeMap;

use guichet::core::catalogue::{GroupRule, MembershipRule};
use guichet::core::decision::organiser::{Command, Target, Who};
use guichet::core::entry::*;
use guichet::core::person::Person;
use guichet::core::reading::Intent;
use guichet::core::roll::*;
use house::*;
use jiff::SignedDuration;

const OPERATIONS: u32 = 50;

// One sequence alone: GUICHET_MODEL_FIRST=n GUICHET_MODEL_SEQUENCES=1.

/// SplitMix64: small, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    /// Gives a number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// Gives one of a list.
    pub fn pick<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        if list.is_empty() {
            return None;
        }
        let n = u64::try_from(list.len()).unwrap();
        Some(list[usize::try_from(self.below(n)).unwrap()].clone())
    }
}

#[test]
fn random_lives_of_seats_keep_the_rules() {
    let sequences: u64 = std::env::var("GUICHET_MODEL_SEQUENCES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(500);
    let mut sums = Sums::default();
    let first: u64 = std::env::var("GUICHET_MODEL_FIRST")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    for seed in first..first + sequences {
        let done = std::panic::catch_unwind(|| live(seed));
        match done {
            Ok(sum) => sums.add(&sum),
            Err(_) => panic!("sequence {seed} broke a rule"),
        }
    }
    eprintln!("{sequences} sequences: {sums:?}");
    // a model that never gets anywhere would prove nothing
    let least = sequences / 2;
    for (what, count) in [
        ("registered", sums.registered),
        ("promoted", sums.promoted),
        ("replaced letters", sums.superseded),
        ("sent", sums.sent),
        ("by the organiser", sums.orders),
        ("provisional", sums.provisional),
        ("in a flood", sums.reviewed),
        ("items", sums.items),
        ("received earlier", sums.earlier),
    ] {
        assert!(count >= least, "{what}: only {count}");
    }
}

fn live(seed: u64) -> Sums {
    let mut dice = Dice(seed);
    let mut house = House::new();
    for _ in 0..OPERATIONS {
        house.now += SignedDuration::from_secs(1 + i64::try_from(dice.below(400)).unwrap());
        pauses_end(&mut house);
        operation(&mut house, &mut dice);
    }
    house.now += SignedDuration::from_hours(1);
    pauses_end(&mut house);
    house.send_all();
    house.everybody_knows();
    house.sums
}

/// Every pause that is over by now ends, and the seats go to who is next.
fn pauses_end(house: &mut House) {
    loop {
        let over = house
            .all()
            .filter(|r| r.paused_until.is_some_and(|until| until <= house.now))
            .min_by_key(|r| (r.paused_until, r.id))
            .map(|r| (r.session.clone(), r.id));
        let Some((session, id)) = over else { return };
        let expected = house.model_promotions(&session, Some(id));
        let before = house.rolls.clone();
        house.pause_over(&session, id);
        house.check_promotions(&before, &session, &expected);
    }
}

fn operation(house: &mut House, dice: &mut Dice) {
    match dice.below(16) {
        0..=4 => register(house, dice),
        5..=6 => cancel(house, dice),
        7 => replace(house, dice),
        8 => capacity(house, dice),
        9..=11 => order(house, dice),
        12 => again(house, dice),
        _ => house.send_some(dice),
    }
}

fn register(house: &mut House, dice: &mut Dice) {
    let count = 1 + dice.below(3);
    let mut sessions = vec![house.any_session(dice)];
    if dice.below(4) == 0 {
        let other = house.any_session(dice);
        if !sessions.contains(&other) {
            sessions.push(other);
        }
    }
    let people = house.new_people(dice, count);
    let sender = people[0].clone();
    let before = house.rolls.clone();
    let mail = house.mail(&sender, Intent::Register, &sessions, &people, &[]);
    let flooded = house.flooded();
    let received = if dice.below(3) == 0 {
        house.sums.earlier += 1;
        house.now - SignedDuration::from_mins(i64::try_from(dice.below(3000)).unwrap())
    } else {
        house.now
    };
    let draft = house.walk_received(&mail, received);
    let Body::Mail(walked) = &draft.body else {
        panic!()
    };
    house.sums.registered += 1;
    if flooded {
        house.sums.reviewed += 1;
        assert!(
            walked.decided.owed.is_empty() && walked.decided.to_human,
            "no letter in a flood"
        );
    } else {
        house.one_answer(&draft, &mail);
    }
    house.robot_gave_no_seat_too_many(&before);
    let mut provisional = 0;
    for session in &sessions {
        let roll = &house.rolls[session];
        let newcomers: Vec<&Registration> = roll
            .registrations
            .iter()
            .filter(|r| !before[session].registrations.iter().any(|b| b.id == r.id))
            .collect();
        assert_eq!(newcomers.len(), people.len());
        let seated = newcomers.iter().filter(|r| r.state.takes_seat()).count();
        for newcomer in &newcomers {
            let own = newcomer.person.as_ref().and_then(|p| p.email.as_deref());
            let member =
                house.is_member(&[own.unwrap_or_default(), sender.email.as_deref().unwrap()]);
            let required = house.session(session).membership == MembershipRule::Required;
            let seat = match () {
                () if flooded => State::Review,
                () if required && !member => State::Provisional,
                () => State::Confirmed,
            };
            assert!(
                !newcomer.state.takes_seat() || newcomer.state == seat,
                "{newcomer:?}"
            );
            assert!(
                !flooded || newcomer.state != State::RefusedFull,
                "nobody is refused in a flood"
            );
            provisional += u64::from(newcomer.state == State::Provisional);
            assert_eq!(newcomer.rank.received, received);
        }
        if house.session(session).group == GroupRule::Together {
            assert!(
                seated == 0 || seated == newcomers.len(),
                "a group is seated whole or waits whole"
            );
        }
        assert!(
            before[session]
                .registrations
                .iter()
                .all(|old| roll.registrations.of(old.id) == Some(old)),
            "a newcomer changes nobody else's seat"
        );
    }
    assert_eq!(walked.decided.outcomes.len(), people.len() * sessions.len());
    house.sums.provisional += provisional;
}

/// Somebody who gave a seat up may want it back: « finalement si ».
fn again(house: &mut House, dice: &mut Dice) {
    let gone: Vec<Registration> = house
        .all()
        .filter(|r| r.paused_until.is_some() && r.person.as_ref().unwrap().email.is_some())
        .cloned()
        .collect();
    let Some(gone) = dice.pick(&gone) else { return };
    let person = gone.person.clone().unwrap();
    let before = house.rolls.clone();
    let mail = house.mail(
        &person,
        Intent::Register,
        std::slice::from_ref(&gone.session),
        std::slice::from_ref(&person),
        &[],
    );
    let draft = house.walk(&mail);
    house.one_answer(&draft, &mail);
    house.robot_gave_no_seat_too_many(&before);
}

fn cancel(house: &mut House, dice: &mut Dice) {
    let Some(registration) = house.any_standing(dice) else {
        return;
    };
    let sender = house.who_may_speak_for(&registration, dice);
    let name = registration.person.clone().unwrap().name;
    let before = house.rolls.clone();
    let expected = if registration.state.takes_seat() {
        Vec::new() // the seat is given away after its pause
    } else {
        house.model_promotions(&registration.session, Some(registration.id))
    };
    let mail = house.mail(
        &sender,
        Intent::Cancel,
        std::slice::from_ref(&registration.session),
        &[],
        &[name],
    );
    let draft = house.walk(&mail);
    let after = house.registration(registration.id);
    assert_eq!(after.state, State::Cancelled);
    assert_eq!(
        after.paused_until.is_some(),
        registration.state.takes_seat(),
        "a freed seat is paused"
    );
    house.one_answer(&draft, &mail);
    house.check_promotions(&before, &registration.session, &expected);
    let mut meant = expected;
    meant.push(registration.id);
    house.nobody_else_changed(&before, &meant);
}

fn replace(house: &mut House, dice: &mut Dice) {
    let Some(old) = house.any_standing(dice) else {
        return;
    };
    let sender = house.who_may_speak_for(&old, dice);
    let newcomer = house.new_people(dice, 1);
    let name = old.person.clone().unwrap().name;
    let before = house.rolls.clone();
    let mail = house.mail(
        &sender,
        Intent::Replace,
        std::slice::from_ref(&old.session),
        &newcomer,
        &[name],
    );
    let draft = house.walk(&mail);
    house.one_answer(&draft, &mail);
    let after = house.registration(old.id);
    assert_eq!(after.state, State::Replaced);
    let new = house
        .all()
        .find(|r| {
            r.person.as_ref() == Some(&newcomer[0])
                || r.person
                    .as_ref()
                    .is_some_and(|p| p.name == newcomer[0].name)
        })
        .unwrap();
    assert_eq!((new.rank, new.group), (old.rank, old.group));
    assert_eq!(new.state.takes_seat(), old.state.takes_seat());
    house.nobody_else_changed(&before, &[old.id]);
}

fn capacity(house: &mut House, dice: &mut Dice) {
    let session = house.any_session(dice);
    let seats = u32::try_from(1 + dice.below(6)).unwrap();
    house.set_capacity(&session, seats);
    let expected = house.model_promotions(&session, None);
    let before = house.rolls.clone();
    house.promote(&session);
    house.check_promotions(&before, &session, &expected);
}

fn order(house: &mut House, dice: &mut Dice) {
    let all: Vec<Registration> = house.all().cloned().collect();
    let Some(any) = dice.pick(&all) else { return };
    let who = Who::Registration(any.id);
    let person = || Person::default();
    let open: Vec<u64> = house
        .items
        .iter()
        .filter(|(_, (_, settled))| !settled)
        .map(|(n, _)| *n)
        .collect();
    if let Some(item) = dice.pick(&open).filter(|_| dice.below(3) == 0) {
        return word_about_item(house, dice, item);
    }
    let command = match dice.below(8) {
        0 => Command::Add {
            session: house.any_session(dice),
            people: house.new_people(dice, 1),
        },
        1 => Command::Cancel { who },
        2 => Command::Move {
            who,
            to: house.any_session(dice),
        },
        3 => Command::Replace {
            who,
            person: house.new_people(dice, 1).pop().unwrap_or_else(person),
        },
        4 => Command::Promote { who },
        5 => Command::Capacity {
            session: any.session.clone(),
            seats: (dice.below(3) > 0).then(|| u32::try_from(1 + dice.below(5)).unwrap()),
        },
        6 => Command::Accept {
            target: Target::Registration(any.id),
            session: None,
        },
        _ => Command::Refuse {
            target: Target::Registration(any.id),
        },
    };
    let yes = dice.below(4) == 0;
    let before: BTreeMap<_, _> = house.rolls.clone();
    house.order(command.clone(), yes);
    house.sums.orders += 1;
    for (session, roll) in &house.rolls {
        let old = &before[session];
        let capacity = roll.capacity.unwrap_or(house.session(session).capacity);
        if roll.taken() > old.taken() && !yes {
            assert!(
                roll.taken() <= capacity,
                "{command:?} went beyond {session}"
            );
        }
        for was in old.registrations.iter().filter(|r| r.state.takes_seat()) {
            let is = roll.registrations.iter().find(|r| r.id == was.id).unwrap();
            let meant = was.id == any.id;
            assert!(
                meant || is.state == was.state,
                "{command:?} took {}'s seat",
                was.id
            );
        }
    }
}

/// Yes, no, or « je m'en occupe » to what the digest shows.
fn word_about_item(house: &mut House, dice: &mut Dice, item: u64) {
    let registered: Vec<RegistrationId> = match &house.items[&item].0.body {
        Body::Mail(mail) => {
            let id = |change: &Change| match change {
                Change::Registered { id, .. } => Some(*id),
                _ => None,
            };
            mail.decided.changes.iter().filter_map(id).collect()
        }
        _ => Vec::new(),
    };
    let before: BTreeMap<_, _> = house.rolls.clone();
    let target = Target::Item(item);
    let (command, yes) = match dice.below(3) {
        0 => (
            Command::Accept {
                target,
                session: None,
            },
            dice.below(2) == 0,
        ),
        1 => (Command::Refuse { target }, false),
        _ => (Command::Take { entry: item }, false),
    };
    house.order(command.clone(), yes);
    house.sums.orders += 1;
    let settled = house.items[&item].1;
    for id in &registered {
        let (was, is) = (
            before
                .values()
                .flat_map(|r| &r.registrations)
                .find(|r| r.id == *id)
                .unwrap()
                .state,
            house.registration(*id).state,
        );
        match &command {
            Command::Take { .. } => assert_eq!(was, is),
            Command::Refuse { .. } => {
                assert_ne!(is, State::Review, "a seat under review is given up")
            }
            _ if settled => assert_ne!(
                is,
                State::Review,
                "a yes makes a seat under review one of theirs"
            ),
            _ => assert_eq!(was, is, "what was asked back changes nothing"),
        }
    }
    assert!(settled || matches!(command, Command::Accept { .. }));
    // Whoever else has a seat keeps it.
    for was in before.values().flat_map(|r| &r.registrations) {
        let meant = registered.contains(&was.id);
        let is = house.registration(was.id).state;
        assert!(
            meant || !was.state.takes_seat() || is == was.state,
            "{command:?}"
        );
    }
}
