//! What whoever runs it meets: exit codes, status, a second instance, SIGTERM, a full disk, files that
//! change while the daemon runs, a journal taken elsewhere and brought back.

use std::fs;
use std::process::Command;

use guichet::register::{LetterPhase, OutboxFilter, Query as _};

use crate::full_disk::Small;
use crate::stage::{CONTACT, GUICHET, Mail, Said, Stage, now};
use crate::support::until;

#[test]
fn shadow_decides_and_sends_nothing() {
    let stage = Stage::with("", "");
    stage.once();
    let name = stage.deliver(&Mail::registration(
        "Solène Kervadec",
        "solene@cc-hauts.example",
    ));
    stage.once();
    let daemon = stage.start();
    daemon.stop().code(0);
    assert!(stage.letters().is_empty());
    assert!(stage.sent().is_empty());
    assert_eq!(stage.file_of(&name), format!("new/{name}"));
    assert_eq!(
        stage.people("coop-n3"),
        [("Solène Kervadec".into(), "confirmed".into())]
    );
    let withheld = stage
        .register()
        .outbox(OutboxFilter::In(LetterPhase::Withheld))
        .unwrap();
    assert_eq!(withheld.len(), 1);

    // Going live does not send what was withheld, and answers from then on.
    let places = "[maildir]\npath = \"Maildir\"\n[outbox]\nfolder = \"out\"\n";
    stage.write_config("mode = \"live\"\n", places);
    stage.deliver(&Mail::registration(
        "Rachida Amrouni",
        "rachida@cc-hauts.example",
    ));
    stage.once();
    assert_eq!(stage.letters().len(), 1);
    assert_eq!(stage.letters_to("rachida@cc-hauts.example").len(), 1);
}

#[test]
fn one_session_alone_may_be_live() {
    let stage = Stage::with("", "");
    stage.session("coop-n3", 3, 12, "mode = \"live\"\n");
    stage.session("coop-n2", 2, 12, "");
    stage.once();
    stage.deliver(&Mail::registration(
        "Solène Kervadec",
        "solene@cc-hauts.example",
    ));
    let mut other = Mail::registration("Rachida Amrouni", "rachida@cc-hauts.example");
    other.text = other.text.replace("niveau 3", "niveau 2");
    stage.deliver(&other);
    stage.once();
    let letters = stage.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, "solene@cc-hauts.example");
    assert_eq!(stage.people("coop-n2").len(), 1);
}

#[test]
fn a_second_guichet_refuses_and_says_who_is_there() {
    let stage = Stage::new();
    let daemon = stage.start();
    for words in [&["run"][..], &["run", "--once"], &["verify"], &["rebuild"]] {
        let said = stage.run(words).code(75);
        assert!(
            said.err.contains(&format!("process {}", daemon.pid())),
            "{}",
            said.err
        );
    }
    // Commands that read work beside it.
    stage
        .run(&["export", stage.path("beside").to_str().unwrap()])
        .code(0);
    daemon.stop().code(0);
    stage.run(&["verify"]).code(0);
}

#[test]
fn what_cannot_work_is_said_and_nothing_is_begun() {
    let stage = Stage::new();
    let config = fs::read_to_string(stage.config()).unwrap();
    let bad = |from: &str, to: &str| {
        assert!(config.contains(from));
        fs::write(stage.config(), config.replace(from, to)).unwrap();
        let said = stage.run(&["run", "--once"]).code(78);
        assert!(said.err.starts_with("error"), "{}", said.err);
        said.err
    };
    assert!(bad("[maildir]", "[mialdir]").contains("mialdir"));
    assert!(bad("[privacy]\ntext", "[privacy]\n#text").contains("[privacy]"));
    assert!(bad("[outbox]\nfolder = \"out\"", "").contains("[smtp]"));
    fs::write(stage.config(), &config).unwrap();
    fs::write(stage.path("sessions/broken.toml"), "id = \"x\"\n").unwrap();
    stage.run(&["run"]).code(78);
    assert!(!stage.state().exists());
    fs::remove_file(stage.path("sessions/broken.toml")).unwrap();
    fs::rename(stage.maildir(), stage.path("elsewhere")).unwrap();
    let said = stage.run(&["run", "--once"]).code(78);
    assert!(said.err.contains("is not a Maildir"), "{}", said.err);
    let none = Command::new(GUICHET)
        .args(["run", "--config", "/nowhere/guichet.toml"])
        .output()
        .unwrap();
    Said::of(none).code(78);
    Said::of(
        Command::new(GUICHET)
            .args(["run", "--twice"])
            .output()
            .unwrap(),
    )
    .code(64);
}

#[test]
fn sigterm_ends_it_cleanly_and_status_says_how_it_is() {
    let stage = Stage::new();
    stage.run(&["status"]).code(66);
    let daemon = stage.start();
    stage.deliver(&Mail::registration(
        "Solène Kervadec",
        "solene@cc-hauts.example",
    ));
    stage.letter_to("solene@cc-hauts.example");
    until("the letter is filed", || {
        (stage.sent().len() == 1).then_some(())
    });
    let said = until("status is well", || {
        let said = stage.run(&["status", "--json"]);
        (said.code == Some(0) && !said.out.contains("_reached\":null")).then_some(said)
    });
    let status: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(status["status"], "ok");
    assert_eq!(status["owed"], 0);
    assert_eq!(status["uncertain"], 0);
    for reached in ["mailbox_reached", "relay_reached"] {
        let at: jiff::Timestamp = status[reached].as_str().unwrap().parse().unwrap();
        assert!(at >= daemon.started);
    }
    let end = daemon.stop().code(0);
    assert!(!end.err.contains("panic"), "{}", end.err);
    // Closed cleanly: nothing to rebuild, nothing to notice.
    stage.run(&["verify"]).code(0);
    let said = stage.once();
    assert!(!said.err.contains("opened with a notice"), "{}", said.err);
}

#[test]
fn a_changed_catalogue_is_taken_up_and_a_broken_one_is_not() {
    let stage = Stage::new();
    stage.session("coop-n3", 3, 1, "");
    let daemon = stage.start();
    stage.deliver(&Mail::registration(
        "Solène Kervadec",
        "solene@cc-hauts.example",
    ));
    stage.letter_to("solene@cc-hauts.example");
    stage.deliver(&Mail::registration(
        "Rachida Amrouni",
        "rachida@cc-hauts.example",
    ));
    let letter = stage.letter_to("rachida@cc-hauts.example");
    assert!(
        letter.subject.contains("Liste d'attente"),
        "{}",
        letter.subject
    );

    // One seat more: whoever waits is told.
    stage.session("coop-n3", 3, 2, "");
    until("she is promoted", || {
        (stage.letters_to("rachida@cc-hauts.example").len() == 2).then_some(())
    });
    assert_eq!(stage.people("coop-n3")[1].1, "confirmed");

    // A broken file keeps the old state and says so.
    fs::write(
        stage.path("draft"),
        "id = \"coop-n3\"\ncapacity = \"dix\"\n",
    )
    .unwrap();
    fs::rename(stage.path("draft"), stage.path("sessions/coop-n3.toml")).unwrap();
    let said = until("status says so", || {
        let said = stage.run(&["status"]);
        (said.code == Some(69)).then_some(said)
    });
    assert!(said.err.contains("coop-n3.toml"), "{}", said.err);
    stage.deliver(&Mail::registration(
        "Prune Larrivoire",
        "prune@cc-hauts.example",
    ));
    let letter = stage.letter_to("prune@cc-hauts.example");
    assert!(
        letter.subject.contains("Liste d'attente"),
        "{}",
        letter.subject
    );

    // Put right again.
    stage.session("coop-n3", 3, 3, "");
    until("she is promoted", || {
        (stage.letters_to("prune@cc-hauts.example").len() == 2).then_some(())
    });
    until("status is well", || {
        (stage.run(&["status"]).code == Some(0)).then_some(())
    });

    // Fewer seats than are given take nobody's.
    stage.session("coop-n3", 3, 1, "");
    until("it is taken up", || {
        let rows = stage.register().catalogue().unwrap();
        (rows[0].session.capacity == 1).then_some(())
    });
    stage.deliver(&Mail::registration(
        "Sylvain Aubrespin",
        "sylvain@cc-hauts.example",
    ));
    stage.letter_to("sylvain@cc-hauts.example");
    let states: Vec<String> = stage
        .people("coop-n3")
        .into_iter()
        .map(|(_, state)| state)
        .collect();
    assert_eq!(
        states,
        ["confirmed", "confirmed", "confirmed", "waitlisted"]
    );
    daemon.stop().code(0);
}

#[test]
fn a_restored_register_answers_nothing_twice() {
    let stage = Stage::new();
    stage.once();
    stage.deliver(&Mail::registration(
        "Solène Kervadec",
        "solene@cc-hauts.example",
    ));
    stage.once();
    let export = stage.path("export.jsonl");
    stage.run(&["export", export.to_str().unwrap()]).code(0);

    // The days that the copy does not know.
    for n in 0..3 {
        let name = format!("Personne Trois{}", ["a", "b", "c"][n]);
        stage.deliver(&Mail::registration(
            &name,
            &format!("p{n}@cc-hauts.example"),
        ));
    }
    let by_hand = Mail::registration("Prune Larrivoire", "prune@cc-hauts.example");
    stage.sent_by_hand(&format!(
        "From: {CONTACT}\r\nTo: prune@cc-hauts.example\r\nMessage-ID: <hand@asso-exemple.example>\r\n\
         In-Reply-To: <{}>\r\n\r\nC'est noté.\r\n",
        by_hand.id
    ));
    stage.deliver(&by_hand);
    stage.once();
    let before: Vec<_> = stage
        .letters()
        .into_iter()
        .map(|letter| letter.id)
        .collect();
    assert_eq!(before.len(), 4);
    // One of the mails lost its flag: a mail program, another server.
    let answered = stage.file_of(".M3P1.");
    assert!(answered.ends_with(":2,R"));
    let bare = answered.split(':').next().unwrap().replace("cur/", "new/");
    fs::rename(stage.maildir().join(&answered), stage.maildir().join(bare)).unwrap();

    fs::rename(stage.state(), stage.path("lost")).unwrap();
    let said = stage.run(&["import", export.to_str().unwrap()]).code(0);
    assert!(said.out.contains("imported"), "{}", said.out);
    stage.once();
    stage.deliver(&Mail::registration(
        "Sylvain Aubrespin",
        "sylvain@cc-hauts.example",
    ));
    stage.once();
    let after: Vec<_> = stage
        .letters()
        .into_iter()
        .map(|letter| letter.id)
        .collect();
    assert_eq!(
        after.len(),
        before.len() + 1,
        "only what is new is answered"
    );
    assert_eq!(
        stage.people("coop-n3").len(),
        6,
        "and everybody has a seat again"
    );
    stage.run(&["verify"]).code(0);
}

#[test]
fn below_64_mib_nothing_is_fetched_until_there_is_room() {
    let stage = Stage::new();
    let state = stage.state();
    let Some(_small) = Small::mount(&state) else {
        return;
    };
    let daemon = stage.start();
    fs::write(state.join("ballast"), vec![1; 40 << 20]).unwrap();
    let name = stage.deliver(&Mail::registration(
        "Solène Kervadec",
        "solene@cc-hauts.example",
    ));
    let notice = stage.letter_to(CONTACT);
    assert!(notice.text.contains("disque"), "{}", notice.text);
    let said = stage.run(&["status"]).code(69);
    assert!(said.err.contains("nearly full"), "{}", said.err);
    assert!(stage.people("coop-n3").is_empty());
    assert_eq!(stage.file_of(&name), format!("new/{name}"));
    fs::remove_file(state.join("ballast")).unwrap();
    stage.letter_to("solene@cc-hauts.example");
    until("status is well", || {
        (stage.run(&["status"]).code == Some(0)).then_some(())
    });
    daemon.stop().code(0);
    assert_eq!(stage.letters_to(CONTACT).len(), 1, "told once");

    fs::write(state.join("ballast"), vec![1; 40 << 20]).unwrap();
    let said = stage.run(&["run", "--once"]).code(74);
    assert!(said.err.contains("64 MiB"), "{}", said.err);
    fs::remove_file(state.join("ballast")).unwrap();
    stage.once();
}

#[test]
fn an_outbox_that_cannot_be_written_keeps_the_letters_owed() {
    let stage = Stage::new();
    stage.once();
    fs::write(stage.path("out"), "a file where the folder should be").unwrap();
    stage.deliver(&Mail::registration(
        "Solène Kervadec",
        "solene@cc-hauts.example",
    ));
    stage.run(&["run", "--once"]).code(75);
    assert_eq!(stage.people("coop-n3").len(), 1);
    let open = stage.register().outbox(OutboxFilter::Open).unwrap();
    assert_eq!(open.len(), 1);
    assert!(open[0].due_at.unwrap() > now());
    let daemon = stage.start();
    let said = stage.run(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(status["owed"], 1);
    daemon.stop().code(0);
}

#[test]
fn no_name_address_or_number_stands_in_any_log() {
    let stage = Stage::new();
    stage.session("coop-n3", 3, 20, "");
    stage.once();
    let mut canaries = Vec::new();
    let mut logs = String::new();
    for n in 0..50 {
        let (family, given) = (
            format!("Canarin{}", letters(n)),
            format!("Fifi{}", letters(n)),
        );
        let host = format!("nid{n}.example");
        let mut mail = Mail::registration(&format!("{given} {family}"), &format!("fifi{n}@{host}"));
        let (phone, place) = (
            format!("04 99 {:02} {:02} 17", n / 10, n),
            format!("Volière{}", letters(n)),
        );
        mail.text = mail.text.replace("04 70 00 00 01", &phone);
        mail.text = mail
            .text
            .replace("Communauté de communes des Hauts", &place);
        match n % 10 {
            1 => {
                mail.text = mail
                    .text
                    .replace("Merci de m'inscrire", "Merci d'annuler mon inscription")
            }
            2 => {
                mail.text = mail
                    .text
                    .replace("(niveau 3)", "(niveau 9), ou bien Volapuk17")
            }
            3 => mail.more = "Auto-Submitted: auto-replied\r\n".to_owned(),
            4 => mail.more = "Reply-To: <ailleurs@cage.example>\r\n".to_owned(),
            5 => mail
                .text
                .push_str("\nLe lieu est-il accessible en fauteuil roulant ?\n"),
            6 => mail.from = "pas une adresse".to_owned(),
            _ => {}
        }
        stage.deliver(&mail);
        canaries.extend([family, given, host, phone, place, mail.id.clone()]);
        if n == 25 {
            fs::write(stage.path("out-kept"), "").unwrap();
            logs += &stage.run(&["run", "--once"]).err;
            fs::rename(stage.path("out"), stage.path("out-before")).unwrap();
            fs::write(stage.path("out"), "no folder").unwrap();
        }
    }
    logs += &stage.run(&["run", "--once"]).code(75).err;
    fs::remove_file(stage.path("out")).unwrap();
    let daemon = stage.start();
    logs += &daemon.stop().code(0).err;
    let status = stage.run(&["status", "--json"]);
    logs += &(status.out + &status.err);
    logs += &fs::read_to_string(stage.state().join("status.json")).unwrap();
    logs += &stage.run(&["verify"]).code(0).out;
    assert!(logs.contains("mail walked"), "the log is there: {logs}");
    for canary in ["Volapuk17", "ailleurs@cage"]
        .into_iter()
        .chain(canaries.iter().map(String::as_str))
    {
        assert!(!logs.contains(canary), "{canary} stands in the log");
    }
    println!(
        "{} canaries, none in {} bytes of log",
        canaries.len() + 2,
        logs.len()
    );
}

/// Letters for a number, so that names are names.
fn letters(n: u32) -> String {
    let letter = |n: u32| char::from(b'a' + u8::try_from(n % 26).unwrap());
    format!("{}{}", letter(n), letter(n / 26 + 3))
}
