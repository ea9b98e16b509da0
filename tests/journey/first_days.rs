//! The first days: the watch begins, people register, a human answers first, the daemon is restarted.

use std::fs;

use jiff::SignedDuration;

use crate::stage::{CONTACT, Mail, Stage, files_in, now};
use crate::support::{self, until};

fn hours_ago(hours: i64) -> jiff::Timestamp {
    now() - SignedDuration::from_hours(hours)
}

#[test]
fn old_mail_is_left_untouched_and_unanswered() {
    let stage = Stage::new();
    for n in 0..30 {
        let mail = Mail::registration("Ancienne Personne", &format!("old{n}@autre.example"));
        stage.deliver_at(&mail, hours_ago(24));
    }
    let before = files_in(&stage.maildir());
    stage.once();
    stage.once();
    let daemon = stage.start();
    daemon.stop().code(0);
    assert_eq!(files_in(&stage.maildir()), before);
    assert!(stage.letters().is_empty());
    assert!(stage.people("coop-n3").is_empty());
}

#[test]
fn a_registration_is_answered_in_its_thread_and_the_mailbox_stays_the_humans() {
    let stage = Stage::new();
    let daemon = stage.start();
    let mail = Mail::registration("Solène Kervadec", "solene@cc-hauts.example");
    let name = stage.deliver(&mail);
    let other = stage.deliver(&Mail::other(
        "Paul Voisin",
        "paul@voisin.example",
        "Photocopieur",
        "Bonjour,\n\nLe technicien passe jeudi pour le photocopieur.\n\nPaul\n",
    ));
    let letter = stage.letter_to("solene@cc-hauts.example");
    until("the mail is flagged", || {
        stage.file_of(&name).ends_with(":2,R").then_some(())
    });
    until("Sent holds a copy", || {
        (stage.sent().len() == 1).then_some(())
    });
    daemon.stop().code(0);

    assert_eq!(
        stage.people("coop-n3"),
        [("Solène Kervadec".into(), "confirmed".into())]
    );
    assert_eq!(letter.in_reply_to.as_deref(), Some(mail.id.as_str()));
    assert!(
        letter.subject.starts_with("Place confirmée"),
        "{}",
        letter.subject
    );
    assert!(letter.text.contains("Solène Kervadec"), "{}", letter.text);
    assert_eq!(stage.sent(), vec![letter.bytes.clone()]);
    // Nobody's business of ours: in `new`, as delivered.
    assert_eq!(stage.file_of(&other), format!("new/{other}"));
    // Answered, but not read: the human sees it as new as it was.
    assert!(
        !stage.file_of(&name).contains('S'),
        "{}",
        stage.file_of(&name)
    );

    let seen = support::python("parse_mail.py", &[], &letter.bytes);
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["defects"], serde_json::json!([]));
    assert_eq!(seen["headers"]["Auto-Submitted"][0], "auto-replied");
    assert_eq!(seen["headers"]["In-Reply-To"][0], format!("<{}>", mail.id));
    assert_eq!(seen["headers"]["References"][0], format!("<{}>", mail.id));
    assert!(
        seen["headers"]["From"][0]
            .as_str()
            .unwrap()
            .contains(CONTACT)
    );
    let calendar = seen["calendar"].as_str().unwrap();
    assert!(calendar.starts_with("REQUEST "), "{calendar}");
}

#[test]
fn a_second_run_and_a_redelivery_answer_nothing_twice() {
    let stage = Stage::new();
    stage.once();
    let mail = Mail::registration("Rachida Amrouni", "rachida@cc-hauts.example");
    stage.deliver(&mail);
    stage.once();
    assert_eq!(stage.letters().len(), 1);
    stage.once();
    assert_eq!(stage.letters().len(), 1);

    // The provider delivers it again, over another way: new Received lines, the same mail.
    let again = String::from_utf8(mail.bytes(now())).unwrap();
    let again = format!(
        "Received: from elsewhere.example by mx; Tue, 03 Nov 2015 10:00:00 +0000\r\n{again}"
    );
    stage.deliver_bytes(again.as_bytes(), now());
    let copy = fs::read(stage.maildir().join(stage.file_of(".M1P1."))).unwrap();
    stage.deliver_bytes(&copy, now());
    let said = stage.once();
    assert_eq!(stage.letters().len(), 1, "{}", said.err);
    assert_eq!(stage.people("coop-n3").len(), 1);

    // The same Message-ID on another mail is a doubt, for the human.
    let mut reused = Mail::registration("Autre Personne", "autre@ailleurs.example");
    reused.id = mail.id.clone();
    stage.deliver(&reused);
    stage.once();
    assert_eq!(stage.letters().len(), 1);
    assert_eq!(stage.people("coop-n3").len(), 1);
}

#[test]
fn who_was_answered_by_a_human_is_registered_and_not_answered_again() {
    let stage = Stage::new();
    stage.once();
    // One mail flagged as answered by the human's mail program, one answered by a mail in Sent.
    let flagged = Mail::registration("Prune Larrivoire", "prune@cc-hauts.example");
    let name = stage.deliver(&flagged);
    let cur = stage.maildir().join("cur").join(format!("{name}:2,RS"));
    fs::rename(stage.maildir().join("new").join(&name), cur).unwrap();
    let in_sent = Mail::registration("Sylvain Aubrespin", "sylvain@cc-hauts.example");
    let second = stage.deliver(&in_sent);
    stage.sent_by_hand(&format!(
        "From: {CONTACT}\r\nTo: sylvain@cc-hauts.example\r\nSubject: Re: Inscription\r\n\
         Message-ID: <by-hand@asso-exemple.example>\r\nIn-Reply-To: <{}>\r\n\r\nBonjour, c'est noté.\r\n",
        in_sent.id
    ));
    stage.deliver(&Mail::registration(
        "Julie Fontvieille",
        "julie@cc-hauts.example",
    ));
    stage.once();
    let letters = stage.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, "julie@cc-hauts.example");
    assert_eq!(
        stage
            .people("coop-n3")
            .iter()
            .map(|(n, s)| format!("{n} {s}"))
            .collect::<Vec<_>>(),
        [
            "Prune Larrivoire confirmed",
            "Sylvain Aubrespin confirmed",
            "Julie Fontvieille confirmed"
        ]
    );
    assert_eq!(stage.file_of(&name), format!("cur/{name}:2,RS"));
    assert_eq!(stage.file_of(&second), format!("new/{second}"));
}
