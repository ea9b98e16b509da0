//! The register's speed: appending, and a decision with few and with many registrations on record.
//!
//! What one decision costs must grow with its session (20 people here), not with the register.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "../register/support.rs"]
mod support;

use std::cell::Cell;

use divan::Bencher;
use divan::counter::ItemsCount;
use guichet::core::entry::{Body, Decided, Draft, Hold, Walk};
use guichet::core::roll::Known;
use guichet::register::{Query, Register, fact};
use support::{Mail, at, decide, session_id};

/// People in a session.
const SESSION_PEOPLE: u32 = 20;

fn main() {
    divan::main();
}

/// The n-th mail: of a person of their own, for one of many sessions.
fn mail(n: u32) -> (Mail, String) {
    let mail = Mail::new(n, &format!("Personne {n}"), &format!("p{n}@a{n}.example"));
    (mail, format!("s{}", n / SESSION_PEOPLE))
}

/// A decision whose letter is not on its way any more, as those of an old register are.
fn decide_withheld(mail: &Mail, session: &str, known: &Known) -> Draft {
    let mut draft = decide(mail, session, 12, known);
    if let Body::Mail(walked) = &mut draft.body {
        for owed in &mut walked.decided.owed {
            owed.hold = Some(Hold::Shadow);
        }
    }
    draft
}

/// A register with so many registrations, all durable.
fn filled(registrations: u32) -> (tempfile::TempDir, Register) {
    let folder = tempfile::tempdir().unwrap();
    let register = support::open(folder.path());
    let mut ticket = None;
    for n in 0..registrations {
        let (mail, session) = mail(n);
        let recorded = register
            .record(at(1), &mail.lookup(&session), |known| {
                decide_withheld(&mail, &session, known)
            })
            .unwrap();
        ticket = Some(recorded.ticket);
    }
    register.wait_synced(ticket.unwrap()).unwrap();
    (folder, register)
}

/// Looking up what one decision may see: a session of 20, on record for long.
#[divan::bench(args = [12, 1_000, 100_000], sample_count = 200)]
fn known(bencher: Bencher, registrations: u32) {
    let (_folder, register) = filled(registrations);
    let n = Cell::new(0);
    bencher
        .with_inputs(|| {
            n.set(n.get() + 1);
            let (_, session) = mail(n.get() * 97 % registrations);
            Mail::new(1_000_000 + n.get(), "X", "x@x.example").lookup(&session)
        })
        .bench_local_values(|lookup| register.known(&lookup).unwrap());
}

/// One decision recorded and durable, alone; the session fills up as it goes.
#[divan::bench(args = [12, 1_000, 100_000], sample_count = 200, sample_size = 1)]
fn record_synced(bencher: Bencher, registrations: u32) {
    let (_folder, register) = filled(registrations);
    let n = Cell::new(registrations);
    bencher
        .with_inputs(|| {
            n.set(n.get() + 1);
            mail(n.get())
        })
        .bench_local_values(|(mail, session)| {
            support::register_mail(&register, &mail, &session, 12)
        });
    assert!(register.roll(&session_id("s0")).unwrap().taken() > 0);
}

/// 1,000 mails walked and left alone, durable together.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn append_1000(bencher: Bencher) {
    let folder = tempfile::tempdir().unwrap();
    let register = support::open(folder.path());
    let n = Cell::new(0);
    bencher
        .counter(ItemsCount::new(1000usize))
        .with_inputs(|| {
            n.set(n.get() + 1000);
            let bodies = (n.get()..n.get() + 1000)
                .map(|n| Mail::new(n, "P", "p@a.example"))
                .map(|mail| mail.walked(Walk::NotOurs, Decided::default()));
            bodies.collect::<Vec<Body>>()
        })
        .bench_local_values(|bodies| {
            let mut ticket = None;
            for body in bodies {
                ticket = Some(register.append(at(1), fact(body)).unwrap().ticket);
            }
            register.wait_synced(ticket.unwrap()).unwrap();
        });
}

/// 1,000 decisions of 20 a session, durable together.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn record_1000(bencher: Bencher) {
    let (_folder, register) = filled(20);
    let n = Cell::new(20);
    bencher
        .counter(ItemsCount::new(1000usize))
        .with_inputs(|| {
            n.set(n.get() + 1000);
            (n.get()..n.get() + 1000).map(mail).collect::<Vec<_>>()
        })
        .bench_local_values(|mails| {
            let mut ticket = None;
            for (mail, session) in mails {
                let recorded = register
                    .record(at(1), &mail.lookup(&session), |known| {
                        decide(&mail, &session, 12, known)
                    })
                    .unwrap();
                ticket = Some(recorded.ticket);
            }
            register.wait_synced(ticket.unwrap()).unwrap();
        });
}
