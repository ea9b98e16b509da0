//! Letters with made-up facts, one of each kind and combination: every template is tried with them
//! at start, and previews and tests use them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::core::catalogue::{AttachedFile, Detail, SessionId, Span};
use crate::core::person::Address;
use crate::core::reading::Language;
use crate::core::reply::{
    Asking, Invitation, Joining, Letter, Outcome, Reply, SessionFacts, Status,
};
use crate::core::roll::Token;

/// Gives a letter of every kind and combination, each with a name, in one language.
pub fn samples(language: Language) -> Vec<(String, Letter)> {
    let mut all = Vec::new();
    let mut add = |name: &str, reply: Reply| {
        all.push((name.to_owned(), Letter::Reply(Box::new(reply))));
    };
    singles(language, &mut add);
    by_another(language, &mut add);
    several(language, &mut add);
    questions(language, &mut add);
    all.extend(super::samples_organiser::samples(language));
    all
}

fn singles(language: Language, add: &mut impl FnMut(&str, Reply)) {
    add("confirmed", {
        let mut reply = reply(language, vec![confirmed(language)]);
        reply.first_contact = true;
        reply.question_seen = true;
        reply
    });
    add("confirmed-bare", {
        let mut bare = outcome(Status::Confirmed, room());
        bare.joining = Joining::default();
        let mut reply = reply(language, vec![bare]);
        reply.human_name = None;
        reply.human_phone = None;
        reply.privacy = None;
        reply.to.name = None;
        reply.first_contact = true;
        reply
    });
    add("provisional", {
        let mut provisional = confirmed(language);
        provisional.status = Status::Provisional;
        provisional.membership_not_found = true;
        provisional.membership_form = Some(form());
        let mut reply = reply(language, vec![provisional]);
        reply.attachments = vec![form()];
        reply
    });
    add("waitlisted", reply(language, vec![waitlisted(webinar())]));
    add("waitlisted-room", reply(language, vec![waitlisted(room())]));
    add("late", {
        let mut late = reply(language, vec![outcome(Status::Late, webinar())]);
        late.cause_at = instant("2017-09-23T05:32:00Z");
        late.next_session = Some(two_days());
        late
    });
    add("full", reply(language, vec![outcome(Status::Full, room())]));
    for (name, standing) in [
        ("already", Status::Confirmed),
        ("already-provisional", Status::Provisional),
        ("already-waiting", Status::Waitlisted),
        ("already-cancelled", Status::Cancelled),
    ] {
        let mut already = outcome(Status::Already, webinar());
        already.standing = Some(standing);
        already.rank = (standing == Status::Waitlisted).then_some(3);
        add(name, reply(language, vec![already]));
    }
    add("cancelled", {
        let mut cancelled = outcome(Status::Cancelled, webinar());
        cancelled.invitation = Some(invitation(true));
        reply(language, vec![cancelled])
    });
    add("updated", {
        let mut updated = outcome(Status::Updated, webinar());
        updated.invitation = Some(invitation(false));
        reply(language, vec![updated])
    });
    add("promoted", {
        let mut promoted = confirmed(language);
        promoted.status = Status::Promoted;
        promoted.standing = Some(Status::Confirmed);
        let mut reply = reply(language, vec![promoted]);
        reply.answers = false;
        reply
    });
    add("two-days", {
        let mut two = outcome(Status::Confirmed, two_days());
        two.invitation = Some(invitation(false));
        reply(language, vec![two])
    });
}

fn by_another(language: Language, add: &mut impl FnMut(&str, Reply)) {
    for (name, outcome) in [
        ("told-confirmed", confirmed(language)),
        ("told-waitlisted", waitlisted(room())),
        ("told-cancelled", outcome(Status::Cancelled, webinar())),
        ("told-updated", outcome(Status::Updated, webinar())),
        ("told-substituted", substituted(language)),
        ("told-passed-on", passed_on()),
    ] {
        let mut told = reply(language, vec![outcome]);
        told.registered_by = Some(OTHER.to_owned());
        told.answers = false;
        told.first_contact = true;
        add(name, told);
    }
    add("for-another", {
        let mut other = confirmed(language);
        other.is_receiver = false;
        other.name = OTHER.to_owned();
        reply(language, vec![other])
    });
    add("for-another-with-address", {
        let mut other = confirmed(language);
        other.is_receiver = false;
        other.name = OTHER.to_owned();
        other.invitation = None;
        reply(language, vec![other])
    });
    add("substituted", {
        let mut newcomer = substituted(language);
        newcomer.is_receiver = false;
        newcomer.name = OTHER.to_owned();
        newcomer.other_name = Some(NAME.to_owned());
        let mut old = passed_on();
        old.other_name = Some(OTHER.to_owned());
        old.invitation = Some(invitation(true));
        newcomer.invitation = None;
        reply(language, vec![newcomer, old])
    });
    add("substituted-waiting", {
        let mut newcomer = substituted(language);
        newcomer.rank = Some(2);
        newcomer.invitation = None;
        reply(language, vec![newcomer])
    });
}

fn several(language: Language, add: &mut impl FnMut(&str, Reply)) {
    let named = |mut outcome: Outcome, name: &str| {
        outcome.is_receiver = name == NAME;
        outcome.name = name.to_owned();
        outcome
    };
    add(
        "several-people",
        reply(
            language,
            vec![
                confirmed(language),
                named(confirmed(language), OTHER),
                named(confirmed(language), THIRD),
            ],
        ),
    );
    add("several-mixed", {
        let late = outcome(Status::Late, webinar());
        let mut already = outcome(Status::Already, room());
        already.standing = Some(Status::Confirmed);
        let mut waits = waitlisted(two_days());
        waits.rank = Some(4);
        let mut mixed = reply(
            language,
            vec![
                named(late, NAME),
                named(already, OTHER),
                named(waits, THIRD),
                named(outcome(Status::Confirmed, two_days()), NAME),
            ],
        );
        mixed.question_seen = true;
        mixed
    });
    add("several-group-waits", {
        let waits = |name: &str, rank: u32| {
            let mut waits = named(waitlisted(room()), name);
            waits.rank = Some(rank);
            waits.free_seats = Some(2);
            waits
        };
        reply(
            language,
            vec![waits(NAME, 1), waits(OTHER, 2), waits(THIRD, 3)],
        )
    });
    add(
        "several-sessions",
        reply(
            language,
            vec![confirmed(language), outcome(Status::Confirmed, room())],
        ),
    );
    for status in [
        Status::Provisional,
        Status::Late,
        Status::Full,
        Status::Already,
        Status::Cancelled,
        Status::Substituted,
        Status::Updated,
        Status::Promoted,
    ] {
        let one = |name: &str| named(outcome(status, webinar()), name);
        let name = format!("several-{}", super::reply::folder_of(status));
        add(&name, reply(language, vec![one(NAME), one(OTHER)]));
    }
}

fn questions(language: Language, add: &mut impl FnMut(&str, Reply)) {
    for (name, asking, options) in [
        (
            "clarify-session",
            Asking::Session,
            vec![webinar(), room(), two_days()],
        ),
        ("clarify-person", Asking::Person, vec![webinar()]),
        (
            "clarify-registration",
            Asking::Registration,
            vec![webinar(), room()],
        ),
    ] {
        let mut question = reply(language, Vec::new());
        question.status = Status::Clarify;
        question.asks_for = Some(asking);
        question.options = options;
        add(name, question);
    }
}

const NAME: &str = "Anne Exemple";
const OTHER: &str = "Benoît O'Modèle";
const THIRD: &str = "Chloé <Épreuve>";

fn reply(language: Language, outcomes: Vec<Outcome>) -> Reply {
    let status = outcomes.first().map_or(Status::Clarify, |o| o.status);
    let french = language == Language::Fr;
    Reply {
        status,
        language,
        to: Address {
            name: Some(NAME.to_owned()),
            email: "anne@example.org".to_owned(),
        },
        in_reply_to: Some("1@example.org".to_owned()),
        references: vec!["1@example.org".to_owned()],
        answers: true,
        cause_at: instant("2017-09-12T12:36:00Z"),
        outcomes,
        options: Vec::new(),
        asks_for: None,
        question_seen: false,
        registered_by: None,
        next_session: None,
        first_contact: false,
        attachments: Vec::new(),
        organisation: "Organisation Exemple".to_owned(),
        mailbox: "formations@organisation.example".to_owned(),
        human_name: Some("Dominique Exemple".to_owned()),
        human_phone: Some("01 23 45 67 89".to_owned()),
        privacy: Some(if french {
            "Vos coordonnées servent à organiser cette session, restent à Organisation Exemple et sont effacées après deux ans ; pour les voir, corriger ou effacer, répondez.".to_owned()
        } else {
            "Your details serve to organise this session, stay with Organisation Exemple and are erased after two years; to see, correct or erase them, reply.".to_owned()
        }),
    }
}

fn outcome(status: Status, session: SessionFacts) -> Outcome {
    Outcome {
        name: NAME.to_owned(),
        is_receiver: true,
        session,
        status,
        rank: None,
        free_seats: None,
        promotion_until: None,
        ask: Vec::new(),
        joining: Joining::default(),
        invitation: None,
        other_name: None,
        standing: None,
        membership_form: None,
        membership_not_found: false,
        membership_found: false,
    }
}

fn confirmed(language: Language) -> Outcome {
    let mut outcome = outcome(Status::Confirmed, webinar());
    outcome.ask = vec![Detail::Organisation, Detail::Phone];
    outcome.joining = Joining {
        link: Some("https://visio.example/salle?cle=a&b=c".to_owned()),
        note: Some(
            match language {
                Language::Fr => "La salle ouvre dix minutes avant.",
                Language::En => "The room opens ten minutes before.",
            }
            .to_owned(),
        ),
    };
    outcome.invitation = Some(invitation(false));
    outcome
}

fn waitlisted(session: SessionFacts) -> Outcome {
    let mut outcome = outcome(Status::Waitlisted, session);
    outcome.rank = Some(1);
    outcome.promotion_until = Some(instant("2017-10-01T08:00:00Z"));
    outcome
}

fn substituted(language: Language) -> Outcome {
    let mut outcome = confirmed(language);
    outcome.status = Status::Substituted;
    outcome.other_name = Some(THIRD.to_owned());
    outcome
}

fn passed_on() -> Outcome {
    let mut outcome = outcome(Status::Cancelled, webinar());
    outcome.standing = Some(Status::Substituted);
    outcome.other_name = Some(THIRD.to_owned());
    outcome
}

fn invitation(withdraw: bool) -> Invitation {
    Invitation {
        uid: Token("00112233445566778899aabbccddeeff".to_owned()),
        sequence: u32::from(withdraw),
        withdraw,
        attendee: Address {
            name: Some(NAME.to_owned()),
            email: "anne@example.org".to_owned(),
        },
    }
}

fn form() -> AttachedFile {
    AttachedFile {
        name: "bulletin.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        sha256: "0".repeat(64),
        bytes: 1,
    }
}

pub(super) fn webinar() -> SessionFacts {
    SessionFacts {
        id: SessionId("exemple-2".to_owned()),
        title: "Monter un projet : du premier contact à l'accord".to_owned(),
        level: Some(2),
        when: vec![span("2017-10-03T10:00:00", "2017-10-03T12:00:00")],
        timezone: "Europe/Paris".to_owned(),
        place: "webconférence".to_owned(),
        online: true,
        capacity: 12,
        closes_at: Some(instant("2017-09-21T22:00:00Z")),
        membership_required: true,
    }
}

pub(super) fn room() -> SessionFacts {
    SessionFacts {
        id: SessionId("exemple-salle".to_owned()),
        title: "Évaluer un projet à mi-parcours".to_owned(),
        level: None,
        when: vec![span("2017-10-12T09:30:00", "2017-10-12T17:00:00")],
        place: "Lyon".to_owned(),
        online: false,
        capacity: 20,
        closes_at: Some(instant("2017-10-01T10:00:00Z")),
        membership_required: false,
        ..webinar()
    }
}

pub(super) fn two_days() -> SessionFacts {
    SessionFacts {
        id: SessionId("exemple-deux-jours".to_owned()),
        title: "Animer une réunion".to_owned(),
        when: vec![
            span("2017-11-16T09:00:00", "2017-11-16T17:00:00"),
            span("2017-11-17T09:00:00", "2017-11-17T12:00:00"),
            span("2017-11-17T13:30:00", "2017-11-17T16:00:00"),
        ],
        place: "Maison des projets, 3 rue Haute, Valence".to_owned(),
        closes_at: None,
        ..room()
    }
}

fn span(from: &str, to: &str) -> Span {
    let civil = |text: &str| text.parse::<DateTime>().unwrap_or(DateTime::MIN);
    let zone = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    let instant = |civil: DateTime| zone.to_timestamp(civil).unwrap_or(Timestamp::UNIX_EPOCH);
    let (from, to) = (civil(from), civil(to));
    Span {
        from,
        to,
        from_at: instant(from),
        to_at: instant(to),
    }
}

pub(super) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}
