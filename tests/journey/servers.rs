//! With a real Postfix and a real Dovecot: a participant's mail all the way and the answer back.

use std::fs;
use std::path::Path;
use std::time::Instant;

use guichet::register::Query as _;
use jiff::SignedDuration;

use crate::stage::{self, Letter, Mail, Stage, files_in, now};
use crate::support::{self, CONTACT, Dovecot, PASSWORD, Postfix, available, python, until};

/// Who writes: not of the house, with a mailbox of their own on the same server.
const SOLENE: &str = "solene@voisine.test";
const RACHIDA: &str = "rachida@voisine.test";
const PRUNE: &str = "prune@voisine.test";

pub struct Servers {
    pub postfix: Postfix,
    pub dovecot: Dovecot,
    pub dir: tempfile::TempDir,
}

impl Servers {
    /// Starts both; `None` if they cannot run here.
    pub fn start() -> Option<Servers> {
        if !available() {
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let dovecot = Dovecot::start(dir.path());
        dovecot.add_users([SOLENE, RACHIDA, PRUNE]);
        let postfix = Postfix::start(&dovecot);
        Some(Servers {
            postfix,
            dovecot,
            dir,
        })
    }

    /// A stage on these servers, by their protections: live, with a session in a month.
    pub fn stage(&self, imap: &str, smtp: &str) -> Stage {
        let stage = Stage::new();
        self.configure(&stage, imap, smtp, PASSWORD);
        stage
    }

    fn configure(&self, stage: &Stage, imap: &str, smtp: &str, secret: &str) {
        let ca = self.dovecot.ca_file().display().to_string();
        let port =
            |protection: &str, tls: u16, other: u16| if protection == "tls" { tls } else { other };
        let imap_port = port(imap, self.dovecot.imaps_port(), self.dovecot.imap_port());
        let smtp_port = port(
            smtp,
            self.postfix.smtps_port(),
            self.postfix.submission_port(),
        );
        let file = stage.path("secret");
        write_secret(&file, secret);
        stage.write_config_for(
            CONTACT,
            "mode = \"live\"\n",
            &format!(
                "[imap]\nhost = \"localhost\"\nport = {imap_port}\nprotection = \"{imap}\"\nca_file = \"{ca}\"\n\
                 password_file = \"secret\"\n\
                 [smtp]\nhost = \"localhost\"\nport = {smtp_port}\nprotection = \"{smtp}\"\nca_file = \"{ca}\"\n\
                 user = \"{CONTACT}\"\npassword_file = \"secret\"\n"
            ),
        );
    }

    /// What lies in somebody's own mailbox.
    pub fn inbox(&self, user: &str) -> Vec<Letter> {
        let folder = self.dovecot.maildir(user);
        let files = files_in(&folder);
        let mails = files.iter().filter(|file| is_mail(file));
        mails.map(|file| Letter::read(&folder.join(file))).collect()
    }

    /// Waits until somebody has so many letters; gives the last.
    pub fn letter_to(&self, user: &str, count: usize) -> Letter {
        until(&format!("{user} has {count} letters"), || {
            let mut letters = self.inbox(user);
            letters.sort_by_key(|letter| letter.date);
            (letters.len() >= count).then(|| letters.pop()).flatten()
        })
    }

    /// A participant writes, and the mail lies in the mailbox.
    pub fn arrives(&self, mail: &Mail) {
        self.all_arrive(std::slice::from_ref(mail));
    }

    fn all_arrive(&self, mails: &[Mail]) {
        let count = || {
            files_in(&self.dovecot.maildir(CONTACT))
                .iter()
                .filter(|file| is_mail(file))
                .count()
        };
        let before = count();
        mails.iter().for_each(|mail| self.write(mail));
        until("the mails are delivered", || {
            (count() >= before + mails.len()).then_some(())
        });
    }

    /// A participant writes, through their provider.
    pub fn write(&self, mail: &Mail) {
        let bytes = to_contact(&mail.bytes(now()));
        self.postfix.send(&mail.from, CONTACT, &bytes);
    }
}

/// Says whether a file of a Maildir is a mail of its own folder.
fn is_mail(file: &str) -> bool {
    file.starts_with("new/") || file.starts_with("cur/")
}

pub fn write_secret(file: &Path, secret: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(file, format!("{secret}\n")).unwrap();
    fs::set_permissions(file, PermissionsExt::from_mode(0o600)).unwrap();
}

/// A participant's mail as addressed to the mailbox of these servers, before any server has seen it.
fn to_contact(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let text = text.replace(stage::CONTACT, CONTACT);
    let traces = ["Return-Path:", "Received:"];
    text.split_inclusive("\r\n")
        .filter(|line| !traces.iter().any(|trace| line.starts_with(trace)))
        .collect::<String>()
        .into_bytes()
}

#[test]
fn a_mail_goes_all_the_way_and_its_answer_comes_back() {
    let Some(mut servers) = Servers::start() else {
        return;
    };
    // Mail of before, as the human left it.
    for n in 0..4 {
        let mut old = Mail::registration("Ancienne Personne", SOLENE);
        old.id = format!("old{n}@voisine.test");
        servers
            .dovecot
            .deliver(CONTACT, &to_contact(&old.bytes(now())));
    }
    let mut human = servers.dovecot.client(CONTACT);
    human.run("SELECT INBOX");
    human.run("STORE 2 +FLAGS (\\Seen)");
    human.run("STORE 3 +FLAGS (\\Flagged)");
    human.run("UNSELECT");
    let before = human.flags("INBOX");
    human.run("UNSELECT");

    let stage = servers.stage("tls", "starttls");
    let daemon = stage.start();
    // Nothing else than IDLE tells it within the time we wait: the poll is a minute.
    let mail = Mail::registration("Solène Kervadec", SOLENE);
    servers.write(&mail);
    let letter = servers.letter_to(SOLENE, 1);
    assert_eq!(letter.in_reply_to.as_deref(), Some(mail.id.as_str()));
    let seen: serde_json::Value =
        serde_json::from_str(&python("parse_mail.py", &[], &letter.bytes)).unwrap();
    assert_eq!(seen["defects"], serde_json::json!([]));
    assert_eq!(seen["headers"]["References"][0], format!("<{}>", mail.id));
    assert_eq!(seen["headers"]["Return-Path"][0], format!("<{CONTACT}>"));
    let calendar = seen["calendar"].as_str().unwrap();
    assert!(calendar.starts_with("REQUEST "), "{calendar}");

    // Filed: `\Answered` and a copy in Sent; nobody's `\Seen` is touched.
    let after = until("it is flagged", || {
        let flags = human.flags("INBOX");
        human.run("UNSELECT");
        flags
            .last()
            .is_some_and(|line| line.contains("\\Answered"))
            .then_some(flags)
    });
    assert_eq!(after[..4], before[..]);
    assert_eq!(after.len(), 5);
    assert!(!after[4].contains("\\Seen"), "{}", after[4]);
    let sent = human.flags("Sent");
    assert_eq!(sent.len(), 1);
    human.run("UNSELECT");

    // The servers are restarted between two mails.
    drop(human);
    servers.dovecot.stop();
    daemon.says("it is tried again");
    servers.dovecot.start_again();
    servers.postfix.stop();
    servers.postfix.start_again();
    servers.write(&Mail::registration("Rachida Amrouni", RACHIDA));
    servers.letter_to(RACHIDA, 1);
    daemon.stop().code(0);

    // A human answers first, from their own mail program.
    let prune = Mail::registration("Prune Larrivoire", PRUNE);
    servers.arrives(&prune);
    let answer = format!(
        "From: {CONTACT}\r\nTo: {PRUNE}\r\nSubject: Re: Inscription\r\nMessage-ID: <hand@guichet.test>\r\n\
         In-Reply-To: <{}>\r\n\r\nC'est noté.\r\n",
        prune.id
    );
    servers
        .dovecot
        .client(CONTACT)
        .append("Sent", answer.as_bytes());
    let mut again = Mail::registration("Rachida Amrouni", RACHIDA);
    again.id = "encore@voisine.test".to_owned();
    servers.arrives(&again);
    stage.once();
    servers.letter_to(RACHIDA, 2);
    assert!(servers.inbox(PRUNE).is_empty());
    let names: Vec<String> = stage
        .people("coop-n3")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        ["Solène Kervadec", "Rachida Amrouni", "Prune Larrivoire"]
    );
    assert!(servers.dir.path().exists());
}

#[test]
fn every_protection_and_credential_works_and_wrong_ones_are_told() {
    let Some(servers) = Servers::start() else {
        return;
    };
    // STARTTLS in, TLS out.
    let stage = servers.stage("starttls", "tls");
    stage.once();
    servers.arrives(&Mail::registration("Solène Kervadec", SOLENE));
    stage.once();
    servers.letter_to(SOLENE, 1);

    // A token instead of a password.
    servers.dovecot.set_token("a-token", Some(CONTACT));
    let config = fs::read_to_string(stage.config()).unwrap();
    fs::write(
        stage.config(),
        config.replace(
            "password_file = \"secret\"\n",
            "password_file = \"secret\"\nauth = \"xoauth2\"\n",
        ),
    )
    .unwrap();
    write_secret(&stage.path("secret"), "a-token");
    servers.arrives(&Mail::registration("Rachida Amrouni", RACHIDA));
    stage.once();
    servers.letter_to(RACHIDA, 1);
    servers.dovecot.set_token("a-token", None);
    stage.run(&["run", "--once"]).code(77);

    // A wrong password: 77 at once, and a patient daemon that says so.
    servers.configure(&stage, "tls", "tls", "another word");
    let said = stage.run(&["run", "--once"]).code(77);
    assert!(!said.err.contains("another word"), "{}", said.err);
    let refused = |log: &str| log.matches("auth failed").count();
    let before = refused(&servers.dovecot.log());
    let daemon = stage::Daemon::start(&stage, stage.command(&["run"]));
    daemon.says("it is tried again");
    let said = stage.run(&["status"]).code(69);
    assert!(!said.err.is_empty());
    let end = daemon.stop().code(0);
    assert!(!end.err.contains("another word"), "{}", end.err);
    let logins = refused(&servers.dovecot.log()) - before;
    assert!(
        logins <= 2,
        "{logins} logins: one each to watch and to file"
    );

    // A certificate that nobody we know has signed.
    servers.configure(&stage, "tls", "tls", PASSWORD);
    let config = fs::read_to_string(stage.config()).unwrap();
    let unsigned = config
        .lines()
        .filter(|line| !line.starts_with("ca_file"))
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(stage.config(), unsigned).unwrap();
    let said = stage.run(&["run", "--once"]).code(78);
    assert!(said.err.contains("certificate"), "{}", said.err);
}

/// Puts mails into somebody's Maildir as if they had lain there, and gives them to the server's user.
fn lay_down(servers: &Servers, mails: impl Iterator<Item = (Vec<u8>, jiff::Timestamp)>) {
    let folder = servers.dovecot.maildir(CONTACT).join("cur");
    let owner = fs::metadata(folder.parent().unwrap()).unwrap();
    use std::os::unix::fs::{MetadataExt as _, chown};
    for (n, (bytes, received)) in mails.enumerate() {
        let bytes = String::from_utf8(bytes)
            .unwrap()
            .replace(stage::CONTACT, CONTACT);
        let path = folder.join(format!("{}.M{n}P9.old:2,S", received.as_second()));
        fs::write(&path, bytes).unwrap();
        let seconds = u64::try_from(received.as_second()).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
            .unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}

fn numbered(n: u32) -> Mail {
    let mut mail = Mail::registration(&stage::name_of(n), &format!("p{n}@cc-hauts.example"));
    mail.id = format!("number{n}@cc-hauts.example");
    mail
}

#[test]
fn twenty_thousand_old_mails_are_nobodys() {
    let Some(servers) = Servers::start() else {
        return;
    };
    let mut human = servers.dovecot.client(CONTACT);
    human.run("EXAMINE INBOX");
    let old = now() - SignedDuration::from_hours(72);
    lay_down(&servers, (0..20_000).map(|n| (numbered(n).bytes(old), old)));
    human.run("NOOP"); // the server makes its own index first
    let stage = servers.stage("tls", "tls");
    let begun = Instant::now();
    let daemon = stage.start();
    println!(
        "20,000 old mails: ready after {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    daemon.stop().code(0);
    let cursor = stage.register().cursor("INBOX").unwrap().unwrap();
    assert_eq!(cursor.uid_next, 20_001);
    assert!(stage.people("coop-n3").is_empty());
    assert_eq!(stage.register().counts().unwrap().letters.len(), 0);
}

#[test]
fn another_uidvalidity_registers_what_is_new_and_answers_nothing_old() {
    let Some(mut servers) = Servers::start() else {
        return;
    };
    let mut human = servers.dovecot.client(CONTACT);
    human.run("EXAMINE INBOX");
    drop(human);
    let old = now() - SignedDuration::from_hours(72);
    lay_down(&servers, (0..500).map(|n| (numbered(n).bytes(old), old)));
    let stage = servers.stage("none", "tls");
    let config = fs::read_to_string(stage.config()).unwrap();
    let caps = "[policy]\nreplies_an_hour = 10000\nregistrations_flood = 10000\n";
    fs::write(stage.config(), config + caps).unwrap();
    stage.session("coop-n3", 3, 10_000, "");
    stage.once();

    // Five hundred that are known: twenty registered, the others nobody's business of ours.
    let known = |n: u32| {
        let mut mail = numbered(n);
        if n >= 520 {
            mail.text = "Bonjour,\n\nLe photocopieur est réparé.\n\nPaul\n".to_owned();
            mail.subject = "Photocopieur".to_owned();
        } else {
            mail.from = format!("p{n}@sink.test");
        }
        mail
    };
    let at = now();
    lay_down(&servers, (500..1000).map(|n| (known(n).bytes(at), at)));
    let said = stage.once();
    assert_eq!(stage.people("coop-n3").len(), 20, "{}", said.err);
    let accepted = |stage: &Stage| stage.register().counts().unwrap().letters.clone();
    let before = accepted(&stage);

    // The mailbox is renumbered, and five arrive meanwhile.
    servers.dovecot.stop();
    let folder = servers.dovecot.maildir(CONTACT);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
    servers.dovecot.start_again();
    let fresh: Vec<Mail> = (1000..1005)
        .map(|n| Mail {
            from: format!("p{n}@sink.test"),
            ..numbered(n)
        })
        .collect();
    servers.all_arrive(&fresh);
    let said = stage.once();
    assert!(said.err.contains("UIDVALIDITY has changed"), "{}", said.err);
    assert_eq!(stage.people("coop-n3").len(), 25);
    let after = accepted(&stage);
    let accepted = guichet::register::LetterPhase::Accepted;
    assert_eq!(before[&accepted] + 5, after[&accepted]);
    let all: u64 = after.values().sum();
    assert_eq!(
        all, after[&accepted],
        "nothing else is owed or held: {after:?}"
    );
    support::until("the mail server has taken them", || {
        servers
            .postfix
            .log()
            .contains("p1004@sink.test")
            .then_some(())
    });
}
