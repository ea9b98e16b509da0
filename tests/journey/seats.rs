//! Seats through the running daemon: a session that is entered later, and commands that wake it.

use guichet::core::entry::{Body, Hold};
use guichet::core::reading::Doubt;
use guichet::register::{LetterState, OutboxFilter, Query as _};
use jiff::ToSpan as _;

use crate::servers::Servers;
use crate::stage::{CONTACT, Mail, Stage, day, files_in, in_words};
use crate::support::{self, until};

/// The title of what is entered later.
const TITLE: &str = "Monter un budget européen";

/// And of what is entered later still.
const OTHER: &str = "Raconter son territoire";

fn day_of(title: &str) -> jiff::civil::Date {
    let later = if title == TITLE { 3 } else { 8 };
    day().checked_add(later.days()).unwrap()
}

fn place_of(title: &str) -> &'static str {
    if title == TITLE { "Lempdes" } else { "Ambert" }
}

/// Somebody answers an announcement of ours whose session is not in the catalogue yet.
fn answers_announcement(name: &str, from: &str, contact: &str) -> Mail {
    about(TITLE, name, from, contact)
}

fn about(title: &str, name: &str, from: &str, contact: &str) -> Mail {
    let date = in_words(day_of(title));
    let text = format!(
        "Bonjour,\n\nMerci de m'inscrire à cette formation.\n\nCordialement,\n{name}\n\n\
         Le lun. 7 sept. 2026 à 09:56, Asso Exemple <{contact}> a écrit :\n\n> Bonjour à tous,\n>\n\
         > Nous vous proposons la formation « {title} », le {date}, de 9 h 30 à 17 h, à {}.\n",
        place_of(title)
    );
    Mail::other(name, from, "Re: formation", &text)
}

/// The organiser enters its session.
fn enter(stage: &Stage, capacity: u32) {
    enter_as(stage, "budget", TITLE, capacity);
}

fn enter_as(stage: &Stage, id: &str, title: &str, capacity: u32) {
    let day = day_of(title);
    let text = format!(
        "id = \"{id}\"\ntitle = \"{title}\"\nwhen = [{{ from = {day}T09:30:00, to = {day}T17:00:00 }}]\n\
         timezone = \"Europe/Paris\"\nplace = \"{}\"\nonline = false\ncapacity = {capacity}\nmembership = \"none\"\n",
        place_of(title)
    );
    std::fs::write(stage.path("draft"), text).unwrap();
    std::fs::rename(
        stage.path("draft"),
        stage.path(&format!("sessions/{id}.toml")),
    )
    .unwrap();
}

/// Waits until so many mails wait for the human.
fn items(stage: &Stage, count: usize) -> Vec<u64> {
    until(&format!("{count} items are open"), || {
        let items = stage.register().open_items().unwrap();
        (items.len() == count).then(|| items.into_iter().map(|item| item.entry).collect())
    })
}

#[test]
fn a_session_entered_while_the_daemon_runs_or_is_down_has_its_mail_read_again() {
    let stage = Stage::new();
    let daemon = stage.start();
    let first = answers_announcement("Solène Kervadec", "solene@cc-hauts.example", CONTACT);
    let second = answers_announcement("Rachida Amrouni", "rachida@cc-hauts.example", CONTACT);
    stage.deliver(&first);
    items(&stage, 1);
    stage.deliver(&second);
    items(&stage, 2);
    assert!(stage.letters_to("solene@cc-hauts.example").is_empty());
    // The poll is a minute: it is the catalogue that wakes it.
    enter(&stage, 1);
    let letter = stage.letter_to("solene@cc-hauts.example");
    assert!(letter.text.contains(TITLE), "{}", letter.text);
    assert_eq!(letter.in_reply_to.as_deref(), Some(first.id.as_str()));
    let letter = stage.letter_to("rachida@cc-hauts.example");
    assert!(
        letter.subject.contains("Liste d'attente"),
        "{}",
        letter.subject
    );
    items(&stage, 0);
    let why = stage.run(&["why", &first.id]).code(0);
    assert!(
        why.out.contains("because the catalogue changed"),
        "{}",
        why.out
    );

    // Another one is entered while the daemon is down, and somebody writes after that.
    let third = about(OTHER, "Prune Larrivoire", "prune@cc-hauts.example", CONTACT);
    stage.deliver(&third);
    items(&stage, 1);
    daemon.stop().code(0);
    enter_as(&stage, "territoire", OTHER, 5);
    let newer = about(OTHER, "Yann Le Bihan", "yann@cc-hauts.example", CONTACT);
    stage.deliver(&newer);
    let daemon = stage.start();
    stage.letter_to("prune@cc-hauts.example");
    stage.letter_to("yann@cc-hauts.example");
    daemon.stop().code(0);
    let names: Vec<String> = stage
        .people("territoire")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        ["Prune Larrivoire", "Yann Le Bihan"],
        "before newer mail"
    );
    for to in ["solene", "prune", "yann"] {
        let letters = stage.letters_to(&format!("{to}@cc-hauts.example"));
        assert_eq!(letters.len(), 1, "{to}");
    }
    stage.run(&["verify"]).code(0);
}

#[test]
fn on_a_real_server_mail_that_was_moved_is_found_and_flagged_and_what_is_gone_is_told() {
    const PEOPLE: [&str; 4] = [
        "moved@lieu.example",
        "flagged@lieu.example",
        "thrown@lieu.example",
        "stays@lieu.example",
    ];
    let Some(servers) = Servers::start() else {
        return;
    };
    servers.dovecot.add_users(PEOPLE);
    let stage = servers.stage("tls", "starttls");
    let daemon = stage.start();
    let mut human = servers.dovecot.client(support::CONTACT);
    for (n, (person, name)) in PEOPLE
        .iter()
        .zip(["Anne Dupont", "Luc Petit", "Zoé Marchand", "Paul Martin"])
        .enumerate()
    {
        servers.write(&answers_announcement(name, person, support::CONTACT));
        items(&stage, n + 1);
    }
    human.run("CREATE Trait&AOk-s");
    human.run("CREATE Trash");
    human.run("SELECT INBOX");
    human.run("UID MOVE 1 Trait&AOk-s");
    human.run("UID STORE 2 +FLAGS (\\Answered)");
    human.run("UID MOVE 3 Trash");
    human.run("UNSELECT");
    enter(&stage, 9);
    for person in ["moved@lieu.example", "stays@lieu.example"] {
        let letter = servers.letter_to(person, 1);
        assert!(letter.text.contains(TITLE), "{}", letter.text);
    }
    until("both are flagged where they lie", || {
        let flags = [human.flags("Trait&AOk-s"), human.flags("INBOX")].concat();
        human.run("UNSELECT");
        let answered = flags
            .iter()
            .filter(|line| line.contains("\\Answered"))
            .count();
        (answered == 3).then_some(())
    });
    let names: Vec<String> = stage
        .people("budget")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["Anne Dupont", "Luc Petit", "Paul Martin"]);
    // Who was answered by hand gets nothing, who is gone is before the human with that reason.
    let register = stage.register();
    let held = register.outbox(OutboxFilter::All).unwrap();
    let held = held
        .iter()
        .filter(|row| row.state == LetterState::Held { why: Hold::ByHand });
    assert_eq!(held.count(), 1);
    let item = items(&stage, 1)[0];
    let entry = register.entry(item).unwrap().unwrap();
    let Body::Mail(walked) = entry.body else {
        panic!()
    };
    assert_eq!(walked.understood.unwrap().doubts, [Doubt::MailGone]);
    let digest = stage.run(&["digest", "--preview"]).code(0);
    assert!(
        digest.out.contains("n'est plus là pour être relu"),
        "{}",
        digest.out
    );
    // What lies elsewhere is not what comes next: the cursor of the mailbox is where it was.
    let mut newer = Mail::registration("Jeanne Morel", "moved@lieu.example");
    newer.id = "newer@lieu.example".to_owned();
    servers.write(&newer);
    servers.letter_to("moved@lieu.example", 2);
    let trash = servers.dovecot.maildir(support::CONTACT).join(".Trash");
    assert_eq!(
        files_in(&trash)
            .iter()
            .filter(|f| f.starts_with("cur/") || f.starts_with("new/"))
            .count(),
        1
    );
    daemon.stop().code(0);
    stage.run(&["verify"]).code(0);
}

#[test]
fn a_command_wakes_a_daemon_that_waits_for_mail() {
    let stage = Stage::with("mode = \"live\"\n", "[policy]\npause = \"1 s\"\n");
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
    stage.letter_to("rachida@cc-hauts.example");
    // Nothing else happens for a minute: the poll and the idle wait are as long. The pause is a second.
    let before = std::time::Instant::now();
    stage.run(&["cancel", "R1"]).code(0);
    until("she is promoted", || {
        (stage.letters_to("rachida@cc-hauts.example").len() == 2).then_some(())
    });
    assert!(before.elapsed() < std::time::Duration::from_secs(30));
    daemon.stop().code(0);
}

#[test]
fn capacity_that_is_given_before_anything_ran_holds() {
    let stage = Stage::new();
    let said = stage.run(&["capacity", "coop-n3", "1"]).code(0);
    assert!(said.out.contains('1'), "{}", said.out);
    stage.once();
    for (name, from) in [
        ("Solène Kervadec", "solene@cc-hauts.example"),
        ("Rachida Amrouni", "rachida@cc-loin.example"),
    ] {
        stage.deliver(&Mail::registration(name, from));
    }
    stage.once();
    let states: Vec<String> = stage
        .people("coop-n3")
        .into_iter()
        .map(|(_, s)| s)
        .collect();
    assert_eq!(states, ["confirmed", "waitlisted"]);
    // The file's own value changes: it holds no longer.
    stage.session("coop-n3", 3, 5, "");
    stage.once();
    let states: Vec<String> = stage
        .people("coop-n3")
        .into_iter()
        .map(|(_, s)| s)
        .collect();
    assert_eq!(states, ["confirmed", "confirmed"]);
}

#[test]
fn list_and_why_tell_the_chain_of_a_seats_life() {
    let stage = Stage::with("mode = \"live\"\n", "[policy]\npause = \"0 s\"\n");
    stage.session("coop-n3", 3, 1, "");
    stage.once();
    let first = Mail::registration("Solène Kervadec", "solene@cc-hauts.example");
    stage.deliver(&first);
    stage.once();
    stage.deliver(&Mail::registration(
        "Rachida Amrouni",
        "rachida@cc-loin.example",
    ));
    stage.once();
    let mut gives_up = Mail::other(
        "Solène Kervadec",
        "solene@cc-hauts.example",
        "annulation",
        "Bonjour,\n\nJe dois annuler mon inscription.\n\nSolène Kervadec\n",
    );
    gives_up.id = "annule@cc-hauts.example".to_owned();
    stage.deliver(&gives_up);
    stage.once();
    stage.run(&["note", "R2", "arrive à midi"]).code(0);
    stage
        .run(&["add", "coop-n3", "Prune Larrivoire", "--yes", "--quiet"])
        .code(0);

    // Who has which seat.
    let list = stage.run(&["list", "coop-n3", "--json"]).code(0);
    let lines: Vec<serde_json::Value> = list
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let states: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            (
                line["name"].as_str().unwrap(),
                line["status"].as_str().unwrap(),
            )
        })
        .collect();
    for expected in [
        ("Solène Kervadec", "cancelled"),
        ("Rachida Amrouni", "confirmed"),
        ("Prune Larrivoire", "confirmed"),
    ] {
        assert!(states.contains(&expected), "{states:?}");
    }
    assert!(list.out.contains("arrive à midi"), "{}", list.out);

    // Why she was promoted: her own mail, the seat that came free, whose it was and with which words.
    let why = stage.run(&["why", "R2"]).code(0);
    for said in [
        "new in coop-n3, waitlisted",
        "fallen due because of entry",
        "the freed seat is given away now",
        "now confirmed",
        "annuler mon inscription",
        "by the organiser",
    ] {
        assert!(why.out.contains(said), "{said}:\n{}", why.out);
    }
    let why = stage.run(&["why", &gives_up.id]).code(0);
    assert!(why.out.contains("R1: now withdrawn"), "{}", why.out);
    let why = stage.run(&["why", "R3"]).code(0);
    assert!(why.out.contains("by the organiser"), "{}", why.out);
    let unknown = stage.run(&["why", "R99"]);
    assert_ne!(unknown.code, Some(0), "{}", unknown.out);

    // The same mails rehearsed: no register is needed, and none is made or changed.
    let before = stage.register().last_entry().unwrap();
    let rehearsed = stage.run(&["rehearse", "--json", stage.maildir().to_str().unwrap()]);
    assert_eq!(rehearsed.code, Some(0), "{}", rehearsed.err);
    let last = rehearsed.out.lines().last().unwrap();
    let end: serde_json::Value = serde_json::from_str(last).unwrap();
    let lists = &end["final"]["coop-n3"];
    assert_eq!(
        lists["confirmed"],
        serde_json::json!(["Rachida Amrouni"]),
        "{last}"
    );
    assert_eq!(
        lists["cancelled"],
        serde_json::json!(["Solène Kervadec"]),
        "{last}"
    );
    assert!(
        rehearsed.out.contains("\"reply\":\"promoted\""),
        "{}",
        rehearsed.out
    );
    assert_eq!(stage.register().last_entry().unwrap(), before);
}
