//! A server that breaks off, refuses, falls silent or talks out of turn: never mistaken for an empty mailbox.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use guichet::config::{Auth, ImapSettings, Protection, Secret};
use guichet::core::entry::Place;
use guichet::imap::Imap;
use guichet::mailbox::{Cursor, Fetched, Filing, FilingOrder, Mailbox, MailboxErrorKind};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does.
enum Act {
    Say(Vec<u8>),
    SayAndClose(Vec<u8>),
    Silent,
}

/// One thing that was said to the server.
struct Heard<'a> {
    /// What kind of command: `GREETING`, `CAPABILITY`, `LOGIN`, `EXAMINE`, `NOOP`, `SIZES`, `BODIES`, `CHECK`, `IDLE`, `DONE` …
    what: &'a str,
    tag: &'a str,
    line: &'a str,
    /// How many times this kind was said before, over all connections.
    before: usize,
}

type Hook = Arc<dyn Fn(&Heard<'_>, Vec<u8>) -> Act + Send + Sync>;

/// A mailbox with three mails, 11 to 13, UIDNEXT 14.
#[derive(Clone)]
struct Fake {
    hook: Hook,
    heard: Arc<Mutex<Vec<String>>>,
    kinds: Arc<Mutex<Vec<String>>>,
}

const UIDS: [u32; 3] = [11, 12, 13];

fn body(uid: u32) -> String {
    format!(
        "Message-ID: <m{uid}@x.example>\r\nSubject: {uid}\r\n\r\nBonjour {uid} ! )\r\n* 9 EXISTS\r\n"
    )
}

/// A line of FETCH, with or without the body.
fn shown(uid: u32, with_body: bool) -> Vec<u8> {
    let body = body(uid);
    let head = format!(
        "* {} FETCH (UID {uid} INTERNALDATE \" 3-Oct-2017 09:05:{uid:02} +0200\" FLAGS (\\Seen) RFC822.SIZE {}",
        uid - 10,
        body.len()
    );
    if with_body {
        format!("{head} BODY[]<0> {{{}}}\r\n{body})\r\n", body.len()).into_bytes()
    } else {
        format!("{head})\r\n").into_bytes()
    }
}

fn in_set(set: &str) -> Vec<u32> {
    let number = |text: &str| text.parse().unwrap_or(u32::MAX);
    UIDS.into_iter()
        .filter(|uid| {
            set.split(',').any(|part| match part.split_once(':') {
                Some((from, to)) => (number(from)..=number(to)).contains(uid),
                None => number(part) == *uid,
            })
        })
        .collect()
}

impl Fake {
    /// A server that does as it should but for what `hook` changes.
    fn new(hook: impl Fn(&Heard<'_>, Vec<u8>) -> Act + Send + Sync + 'static) -> Fake {
        Fake {
            hook: Arc::new(hook),
            heard: Arc::default(),
            kinds: Arc::default(),
        }
    }

    async fn serve(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fake = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fake = fake.clone();
                tokio::spawn(async move { fake.talk(BufReader::new(stream)).await });
            }
        });
        port
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    async fn act(
        &self,
        stream: &mut BufReader<TcpStream>,
        what: &str,
        tag: &str,
        line: &str,
        normal: Vec<u8>,
    ) -> Option<Vec<u8>> {
        let before = {
            let mut kinds = self.kinds.lock().unwrap();
            kinds.push(what.to_owned());
            kinds.iter().filter(|kind| *kind == what).count() - 1
        };
        let heard = Heard {
            what,
            tag,
            line,
            before,
        };
        match (self.hook)(&heard, normal) {
            Act::Say(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                Some(bytes)
            }
            Act::SayAndClose(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                stream.shutdown().await.ok()?;
                None
            }
            Act::Silent => std::future::pending().await,
        }
    }

    async fn talk(&self, mut stream: BufReader<TcpStream>) -> Option<()> {
        let greeting = b"* OK ready\r\n".to_vec();
        self.act(&mut stream, "GREETING", "", "", greeting).await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_owned();
            self.heard.lock().unwrap().push(line.clone());
            let (tag, command) = line.split_once(' ').unwrap_or((line.as_str(), ""));
            let (what, mut reply) = answer(command);
            let end = match what {
                "IDLE" => {
                    let plus = b"+ idling\r\n".to_vec();
                    let said = self.act(&mut stream, "IDLE", tag, &line, plus).await?;
                    if !asks_for_more(&said) {
                        continue;
                    }
                    let mut done = String::new();
                    stream.read_line(&mut done).await.ok()?;
                    assert_eq!(done, "DONE\r\n");
                    "DONE"
                }
                "APPEND" => {
                    let plus = b"+ go on\r\n".to_vec();
                    let said = self.act(&mut stream, "APPEND", tag, &line, plus).await?;
                    if !asks_for_more(&said) {
                        continue;
                    }
                    let length = line.rsplit('{').next()?.trim_end_matches('}');
                    let mut mail = vec![0; length.parse::<usize>().ok()? + 2];
                    stream.read_exact(&mut mail).await.ok()?;
                    "LITERAL"
                }
                what => what,
            };
            reply.extend(format!("{tag} OK done\r\n").into_bytes());
            self.act(&mut stream, end, tag, &line, reply).await?;
        }
    }
}

fn asks_for_more(said: &[u8]) -> bool {
    said.split(|&byte| byte == b'\n')
        .any(|line| line.starts_with(b"+"))
}

/// What a command is, and what is said before its OK.
fn answer(command: &str) -> (&'static str, Vec<u8>) {
    let word = command.split(' ').next().unwrap_or_default();
    let text = |text: &str| text.as_bytes().to_vec();
    match word {
        "CAPABILITY" => (
            "CAPABILITY",
            text("* CAPABILITY IMAP4rev1 IDLE MOVE SPECIAL-USE\r\n"),
        ),
        "LOGIN" => ("LOGIN", Vec::new()),
        "EXAMINE" | "SELECT" => (
            "EXAMINE",
            text(
                "* FLAGS (\\Seen \\Answered)\r\n* 3 EXISTS\r\n* 0 RECENT\r\n\
                 * OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 14] next\r\n",
            ),
        ),
        "LIST" => ("LIST", text("* LIST (\\Sent) \"/\" Sent\r\n")),
        "IDLE" => ("IDLE", Vec::new()),
        "APPEND" => ("APPEND", Vec::new()),
        "CREATE" => ("CREATE", Vec::new()),
        "UID" => {
            let words: Vec<&str> = command.split(' ').collect();
            let uids = in_set(words.get(2).copied().unwrap_or_default());
            let lines = |with_body| uids.iter().flat_map(|uid| shown(*uid, with_body)).collect();
            match words.get(1).copied() {
                Some("FETCH") if command.contains("BODY.PEEK") => ("BODIES", lines(true)),
                Some("FETCH") if command.contains("FLAGS") => ("CHECK", lines(false)),
                Some("FETCH") => ("SIZES", lines(false)),
                Some("STORE") => ("STORE", lines(false)),
                Some("SEARCH") => ("SEARCH", Vec::new()),
                _ => ("MOVE", Vec::new()),
            }
        }
        "NOOP" => ("NOOP", Vec::new()),
        "STARTTLS" => ("STARTTLS", Vec::new()),
        _ => ("OTHER", Vec::new()),
    }
}

fn settings(port: u16) -> ImapSettings {
    ImapSettings {
        host: "127.0.0.1".to_owned(),
        port,
        protection: Protection::None,
        ca_file: None,
        user: "contact".to_owned(),
        // Any variable that is there will do for this server.
        secret: Secret::Environment("PATH".to_owned()),
        auth: Auth::Password,
        mailbox: "INBOX".to_owned(),
        sent: None,
        copy_to_sent: true,
        move_to: None,
        idle_renew: Duration::from_secs(300),
        poll: Duration::from_secs(60),
        command_timeout: Duration::from_secs(10),
    }
}

const START: Cursor = Cursor {
    uid_validity: 7,
    uid_next: 11,
    names: std::collections::BTreeSet::new(),
};

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future)
        .await
        .expect("in time")
}

/// Opens and fetches once.
async fn walk(
    fake: &Fake,
    change: impl Fn(&mut ImapSettings),
) -> Result<Vec<u32>, MailboxErrorKind> {
    let mut settings = settings(fake.serve().await);
    change(&mut settings);
    let mut imap = Imap::new(settings);
    let walked = async {
        imap.open().await?;
        imap.fetch(&START, 50).await
    };
    match within(walked).await {
        Ok(mails) => Ok(mails.iter().map(checked_uid).collect()),
        Err(error) => {
            assert!(
                !error.what.contains("Bonjour"),
                "a mail in an error: {error}"
            );
            // After a failure there is no connection that could say « nothing there ».
            let again = within(imap.fetch(&START, 50)).await;
            assert!(again.is_err(), "a failed connection was used again");
            Err(error.kind)
        }
    }
}

/// The UID of a mail that came whole.
fn checked_uid(mail: &Fetched) -> u32 {
    let Place::Imap { uid, .. } = mail.place else {
        panic!("not IMAP");
    };
    assert_eq!(String::from_utf8_lossy(&mail.bytes), body(uid));
    assert_eq!(
        mail.received.to_string(),
        format!("2017-10-03T07:05:{uid:02}Z")
    );
    uid
}

#[tokio::test]
async fn what_works_works() {
    let fake = Fake::new(|_, normal| Act::Say(normal));
    assert_eq!(walk(&fake, |_| {}).await, Ok(vec![11, 12, 13]));
    let said = fake.heard().join("\n");
    assert!(said.contains("EXAMINE \"INBOX\"") && !said.contains("SELECT"));
    assert!(!said.contains("STORE") && !said.contains("BODY["));
}

#[tokio::test]
async fn a_connection_that_ends_anywhere_is_never_an_empty_mailbox() {
    for what in [
        "GREETING",
        "CAPABILITY",
        "LOGIN",
        "EXAMINE",
        "NOOP",
        "SIZES",
        "BODIES",
    ] {
        let length = {
            let seen = Arc::new(Mutex::new(0));
            let noted = Arc::clone(&seen);
            let fake = Fake::new(move |heard, normal| {
                if heard.what == what {
                    *noted.lock().unwrap() = normal.len();
                }
                Act::Say(normal)
            });
            walk(&fake, |_| {}).await.unwrap();
            let length = *seen.lock().unwrap();
            assert!(length > 5, "{what}");
            length
        };
        // At every single byte, the last one apart: a line end that is missing.
        for cut in 0..length {
            let fake = Fake::new(move |heard, mut normal| {
                if heard.what == what {
                    normal.truncate(cut);
                    return Act::SayAndClose(normal);
                }
                Act::Say(normal)
            });
            let walked = walk(&fake, |_| {}).await;
            assert_eq!(
                walked,
                Err(MailboxErrorKind::Transient),
                "{what} cut at {cut}"
            );
        }
    }
}

#[tokio::test]
async fn a_refusal_is_an_error_at_every_command() {
    use MailboxErrorKind::{Config, Credentials, Transient};
    for text in [
        "{tag} NO no",
        "{tag} NO [UNAVAILABLE] storage is down",
        "{tag} NO [OVERQUOTA] full",
        "{tag} BAD what",
        "* BYE shutting down",
        "* BYE [ALERT] shutting down",
    ] {
        for what in ["LOGIN", "EXAMINE", "NOOP", "SIZES", "BODIES"] {
            let fake = Fake::new(move |heard, normal| {
                if heard.what == what {
                    let said = format!("{}\r\n", text.replace("{tag}", heard.tag));
                    return if text.starts_with('*') {
                        Act::SayAndClose(said.into_bytes())
                    } else {
                        Act::Say(said.into_bytes())
                    };
                }
                Act::Say(normal)
            });
            let expected = match (what, text) {
                ("LOGIN", "{tag} NO no") => Credentials,
                ("EXAMINE", "{tag} NO no") => Config,
                _ => Transient,
            };
            assert_eq!(walk(&fake, |_| {}).await, Err(expected), "{what}: {text}");
        }
    }
}

#[tokio::test]
async fn half_an_answer_and_a_refusal_is_no_answer() {
    let fake = Fake::new(|heard, normal| match heard.what {
        "BODIES" => {
            let mut said = shown(11, true);
            said.extend(format!("{} NO [SERVERBUG] sorry\r\n", heard.tag).into_bytes());
            Act::Say(said)
        }
        _ => Act::Say(normal),
    });
    assert_eq!(walk(&fake, |_| {}).await, Err(MailboxErrorKind::Transient));
}

#[tokio::test]
async fn silence_ends_in_an_error() {
    let short = |settings: &mut ImapSettings| settings.command_timeout = Duration::from_millis(150);
    for what in [
        "GREETING",
        "CAPABILITY",
        "LOGIN",
        "EXAMINE",
        "NOOP",
        "SIZES",
        "BODIES",
    ] {
        let fake = Fake::new(move |heard, normal| {
            if heard.what == what {
                Act::Silent
            } else {
                Act::Say(normal)
            }
        });
        let walked = walk(&fake, short).await;
        assert_eq!(walked, Err(MailboxErrorKind::Transient), "{what}");
    }
    // Silence in the middle of a mail.
    let fake = Fake::new(|heard, mut normal| {
        if heard.what == "BODIES" {
            normal.truncate(150);
        }
        Act::Say(normal)
    });
    assert_eq!(walk(&fake, short).await, Err(MailboxErrorKind::Transient));
}

#[tokio::test]
async fn other_clients_noise_is_not_mail() {
    let fake = Fake::new(|heard, normal| {
        let mut said = b"* 4 EXISTS\r\n* 1 RECENT\r\n* 2 FETCH (FLAGS (\\Seen))\r\n".to_vec();
        if heard.what == "BODIES" {
            // A flag change with its UID, in the midst of the bodies; an expunged mail; a late OK.
            said.extend(b"* 3 FETCH (UID 13 FLAGS (\\Answered))\r\n".to_vec());
            said.extend(shown(11, true));
            said.extend(
                b"* 2 FETCH (FLAGS (\\Flagged))\r\n* OK still here\r\n* 1 EXPUNGE\r\n".to_vec(),
            );
            said.extend(shown(12, true));
            said.extend(shown(13, true));
            said.extend(b"* 1 FETCH (UID 11 FLAGS (\\Deleted))\r\n".to_vec());
            said.extend(format!("{} OK done\r\n", heard.tag).into_bytes());
            return Act::Say(said);
        }
        if heard.what == "NOOP" || heard.what == "SIZES" {
            said.extend(normal);
            return Act::Say(said);
        }
        Act::Say(normal)
    });
    assert_eq!(walk(&fake, |_| {}).await, Ok(vec![11, 12, 13]));
}

#[tokio::test]
async fn a_mail_that_is_gone_is_passed_and_one_that_is_kept_back_is_shown() {
    // The server leaves out 12 and says OK. First it was deleted, then it is there and only not given.
    for is_there in [false, true] {
        let fake = Fake::new(move |heard, normal| match heard.what {
            "BODIES" => {
                let mut said = [shown(11, true), shown(13, true)].concat();
                said.extend(format!("{} OK done\r\n", heard.tag).into_bytes());
                Act::Say(said)
            }
            "CHECK" if !is_there => Act::Say(format!("{} OK done\r\n", heard.tag).into_bytes()),
            _ => Act::Say(normal),
        });
        let mut imap = Imap::new(settings(fake.serve().await));
        imap.open().await.unwrap();
        let mails = imap.fetch(&START, 50).await.unwrap();
        let seen: Vec<_> = mails.iter().map(|m| (m.bytes.is_empty(), m.cut)).collect();
        if is_there {
            assert_eq!(seen, [(false, false), (true, true), (false, false)]);
        } else {
            assert_eq!(seen, [(false, false); 2]);
        }
    }
}

#[tokio::test]
async fn one_mail_that_cannot_be_fetched_does_not_stop_the_others() {
    for end in [
        "{tag} NO [SERVERBUG] internal error\r\n",
        "* BYE internal error\r\n",
    ] {
        let fake = Fake::new(move |heard, normal| {
            let set = heard.line.split(' ').nth(3).unwrap_or_default();
            if heard.what == "BODIES" && in_set(set).contains(&12) {
                let said = end.replace("{tag}", heard.tag).into_bytes();
                return Act::SayAndClose(said);
            }
            Act::Say(normal)
        });
        let mut imap = Imap::new(settings(fake.serve().await));
        let mut at = START;
        let mut seen = Vec::new();
        let mut failures = 0;
        while seen.len() < 3 {
            assert!(failures < 50, "never came past it");
            let batch = async {
                imap.open().await?;
                imap.fetch(&at, 50).await
            };
            match batch.await {
                Ok(mails) => {
                    for mail in mails {
                        let Place::Imap { uid, .. } = mail.place else {
                            panic!("not IMAP");
                        };
                        at.uid_next = uid + 1;
                        seen.push((uid, mail.bytes.is_empty()));
                    }
                }
                Err(error) => {
                    assert_eq!(error.kind, MailboxErrorKind::Transient);
                    failures += 1;
                }
            }
        }
        assert_eq!(seen, [(11, false), (12, true), (13, false)]);
        // Not given up early: a restart of the server takes some minutes.
        assert!(failures >= 10, "{failures}");
    }
}

#[tokio::test]
async fn a_storage_that_is_down_sets_no_mail_aside() {
    let fake = Fake::new(|heard, normal| match heard.what {
        "BODIES" if heard.before < 30 => {
            Act::Say(format!("{} NO [UNAVAILABLE] down\r\n", heard.tag).into_bytes())
        }
        _ => Act::Say(normal),
    });
    let mut imap = Imap::new(settings(fake.serve().await));
    for _ in 0..30 {
        imap.open().await.unwrap();
        assert!(imap.fetch(&START, 50).await.is_err());
    }
    imap.open().await.unwrap();
    let mails = imap.fetch(&START, 50).await.unwrap();
    assert_eq!(mails.iter().map(checked_uid).collect::<Vec<_>>(), UIDS);
}

/// A watch that has walked everything there is.
async fn watching(fake: &Fake, change: impl Fn(&mut ImapSettings)) -> (Imap, Cursor) {
    let mut settings = settings(fake.serve().await);
    change(&mut settings);
    let mut imap = Imap::new(settings);
    imap.open().await.unwrap();
    let end = Cursor {
        uid_next: 14,
        ..START
    };
    assert!(imap.fetch(&end, 50).await.unwrap().is_empty());
    (imap, end)
}

#[tokio::test]
async fn idle_is_renewed_though_the_server_keeps_talking() {
    // « Still here » without end, faster than the limit.
    let fake = Fake::new(|heard, normal| match heard.what {
        "IDLE" => {
            let mut said = normal;
            said.extend(b"* OK Still here\r\n".repeat(50));
            Act::Say(said)
        }
        _ => Act::Say(normal),
    });
    let (mut imap, _) = watching(&fake, |settings| {
        settings.idle_renew = Duration::from_millis(100);
    })
    .await;
    for _ in 0..3 {
        within(imap.wait(Duration::from_secs(3600))).await.unwrap();
    }
    let idles = fake
        .heard()
        .iter()
        .filter(|line| line.ends_with("IDLE"))
        .count();
    assert_eq!(idles, 3);
}

#[tokio::test]
async fn a_dead_link_in_idle_is_noticed() {
    type Case = (&'static str, fn(&Heard<'_>) -> Act);
    let cases: [Case; 4] = [
        ("IDLE", |_| Act::SayAndClose(Vec::new())),
        ("IDLE", |_| Act::SayAndClose(b"+ idling\r\n".to_vec())),
        ("IDLE", |_| {
            Act::SayAndClose(b"+ idling\r\n* BYE good night\r\n".to_vec())
        }),
        // A silent drop: DONE is never answered.
        ("DONE", |_| Act::Silent),
    ];
    for (what, act) in cases {
        let fake = Fake::new(move |heard, normal| {
            if heard.what == what {
                act(heard)
            } else {
                Act::Say(normal)
            }
        });
        let (mut imap, end) = watching(&fake, |settings| {
            settings.idle_renew = Duration::from_millis(100);
            settings.command_timeout = Duration::from_millis(300);
        })
        .await;
        let error = within(imap.wait(Duration::from_secs(3600)))
            .await
            .unwrap_err();
        assert_eq!(error.kind, MailboxErrorKind::Transient);
        assert!(imap.fetch(&end, 50).await.is_err());
    }
}

#[tokio::test]
async fn mail_told_of_before_or_inside_idle_wakes() {
    for said in [
        "* 4 EXISTS\r\n+ idling\r\n",
        "+ idling\r\n* 4 EXISTS\r\n",
        "+ idling\r\n* OK Still here\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n",
    ] {
        let fake = Fake::new(move |heard, normal| match heard.what {
            "IDLE" => Act::Say(said.as_bytes().to_vec()),
            _ => Act::Say(normal),
        });
        let (mut imap, _) = watching(&fake, |_| {}).await;
        within(imap.wait(Duration::from_secs(3600))).await.unwrap();
    }
    // Told of outside of any wait: the next one returns at once.
    let fake = Fake::new(|heard, normal| {
        let mut said = Vec::new();
        if heard.what == "SIZES" {
            said.extend(b"* 4 EXISTS\r\n");
        }
        said.extend(normal);
        Act::Say(said)
    });
    let (mut imap, _) = watching(&fake, |_| {}).await;
    within(imap.wait(Duration::from_secs(3600))).await.unwrap();
    assert!(!fake.heard().iter().any(|line| line.ends_with("IDLE")));
}

#[tokio::test]
async fn without_idle_it_is_asked_at_intervals() {
    for refused in [true, false] {
        let fake = Fake::new(move |heard, normal| match heard.what {
            "IDLE" => Act::Say(format!("{} NO not today\r\n", heard.tag).into_bytes()),
            "CAPABILITY" if !refused => {
                let said = format!("* CAPABILITY IMAP4rev1\r\n{} OK done\r\n", heard.tag);
                Act::Say(said.into_bytes())
            }
            _ => Act::Say(normal),
        });
        let (mut imap, end) = watching(&fake, |settings| {
            settings.poll = Duration::from_millis(50);
        })
        .await;
        for _ in 0..3 {
            within(imap.wait(Duration::from_secs(3600))).await.unwrap();
        }
        assert!(imap.fetch(&end, 50).await.unwrap().is_empty());
        let said = fake.heard();
        let idles = said.iter().filter(|line| line.ends_with("IDLE")).count();
        assert_eq!(idles, usize::from(refused), "{said:?}");
        assert!(said.iter().filter(|line| line.ends_with("NOOP")).count() >= 4);
    }
}

#[tokio::test]
async fn starttls_is_demanded_and_cleartext_after_it_is_not_believed() {
    let start_tls = |settings: &mut ImapSettings| settings.protection = Protection::StartTls;
    let fake = Fake::new(|_, normal| Act::Say(normal));
    assert_eq!(walk(&fake, start_tls).await, Err(MailboxErrorKind::Config));
    assert!(!fake.heard().iter().any(|line| line.contains("LOGIN")));

    let fake = Fake::new(|heard, normal| match heard.what {
        "CAPABILITY" => {
            let said = format!(
                "* CAPABILITY IMAP4rev1 STARTTLS\r\n{} OK done\r\n",
                heard.tag
            );
            Act::Say(said.into_bytes())
        }
        "STARTTLS" => {
            let mut said = normal;
            said.extend(b"* CAPABILITY IMAP4rev1\r\ng1 OK done\r\n");
            Act::Say(said)
        }
        _ => Act::Say(normal),
    });
    let walked = walk(&fake, start_tls).await;
    assert!(walked.is_err(), "{walked:?}");
    assert!(!fake.heard().iter().any(|line| line.contains("LOGIN")));
}

#[tokio::test]
async fn a_server_that_forbids_passwords_gets_none() {
    let fake = Fake::new(|heard, normal| match heard.what {
        "CAPABILITY" => {
            let said = format!(
                "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{} OK\r\n",
                heard.tag
            );
            Act::Say(said.into_bytes())
        }
        _ => Act::Say(normal),
    });
    assert_eq!(walk(&fake, |_| {}).await, Err(MailboxErrorKind::Config));
    assert!(!fake.heard().iter().any(|line| line.contains("LOGIN")));
}

fn order() -> FilingOrder {
    FilingOrder {
        copy: Some((b"Message-ID: <r@x>\r\n\r\nx\r\n".to_vec(), "r@x".to_owned())),
        answered: Some((
            Place::Imap {
                mailbox: "INBOX".to_owned(),
                uid_validity: 7,
                uid: 12,
            },
            Some("m12@x.example".to_owned()),
        )),
        move_to: Some("Traités".to_owned()),
    }
}

#[tokio::test]
async fn filing_meets_each_answer_as_it_should() {
    let done = Ok(Filing::Done);
    let fails = Err(MailboxErrorKind::Transient);
    let gives_up = Ok(Filing::GivenUp(String::new()));
    for (what, text, expected) in [
        ("NOTHING", "", &done),
        ("APPEND", "* 4 EXISTS\r\n+ go on\r\n", &done),
        ("LITERAL", "{tag} NO [OVERQUOTA] full\r\n", &fails),
        ("LITERAL", "{tag} NO never\r\n", &gives_up),
        ("STORE", "{tag} NO read-only\r\n", &gives_up),
        ("STORE", "{tag} NO [UNAVAILABLE] later\r\n", &fails),
        ("SEARCH", "* SEARCH 5\r\n{tag} OK done\r\n", &done),
        ("SEARCH", "{tag} BAD what\r\n", &fails),
        ("MOVE", "{tag} NO never\r\n", &gives_up),
    ] {
        let fake = Fake::new(move |heard, normal| {
            if heard.what == what {
                return Act::Say(text.replace("{tag}", heard.tag).into_bytes());
            }
            Act::Say(normal)
        });
        let mut imap = Imap::new(settings(fake.serve().await));
        let filed = match within(imap.file(&order())).await {
            Ok(Filing::GivenUp(why)) => {
                assert!(!why.is_empty());
                Ok(Filing::GivenUp(String::new()))
            }
            Ok(done) => Ok(done),
            Err(error) => Err(error.kind),
        };
        assert_eq!(filed, *expected, "{what}: {text}");
        let said = fake.heard().join("\n");
        assert!(
            !said.contains("\\Seen)\n") && !said.contains("\\Deleted") && !said.contains("EXPUNGE")
        );
        if what == "SEARCH" && *expected == done {
            assert!(!said.contains("APPEND"), "a second copy");
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_missing_is_made() {
    let fake = Fake::new(|heard, normal| match heard.what {
        "MOVE" if heard.before == 0 => {
            Act::Say(format!("{} NO [TRYCREATE] none\r\n", heard.tag).into_bytes())
        }
        "LITERAL" if heard.before == 0 => {
            Act::Say(format!("{} NO [TRYCREATE] none\r\n", heard.tag).into_bytes())
        }
        _ => Act::Say(normal),
    });
    let mut imap = Imap::new(settings(fake.serve().await));
    assert_eq!(within(imap.file(&order())).await.unwrap(), Filing::Done);
    let said = fake.heard();
    let created: Vec<_> = said
        .iter()
        .filter_map(|line| line.split_once("CREATE ").map(|(_, name)| name))
        .collect();
    assert_eq!(created, ["\"Sent\"", "\"Trait&AOk-s\""]);
    assert_eq!(
        said.iter().filter(|line| line.contains("APPEND")).count(),
        2
    );
}

#[tokio::test]
async fn an_append_refused_before_its_literal_ends_there() {
    // NO instead of `+`: the mail must not be sent as if it were commands.
    let fake = Fake::new(|heard, normal| match heard.what {
        "APPEND" => Act::Say(format!("{} NO [OVERQUOTA] full\r\n", heard.tag).into_bytes()),
        _ => Act::Say(normal),
    });
    let mut imap = Imap::new(settings(fake.serve().await));
    let error = within(imap.file(&order())).await.unwrap_err();
    assert_eq!(error.kind, MailboxErrorKind::Transient);
    assert!(
        !fake
            .heard()
            .iter()
            .any(|line| line.contains("Message-ID: "))
    );
}

/// OAuth: the token that the connection began with expires in the middle of it. The next login takes a
/// fresh one from the command, at once, and goes on where it was.
#[tokio::test]
async fn an_expired_token_costs_one_connection_and_no_mail() {
    let dir = tempfile::tempdir().unwrap();
    let count = dir.path().join("count");
    let script = format!(
        "printf x >> {0}; printf 'token-%s\\n' \"$(wc -c < {0})\"",
        count.display()
    );
    for said in [
        "* BYE Session expired, please login again\r\n",
        "{tag} NO [AUTHENTICATIONFAILED] token expired\r\n",
        "{tag} NO [EXPIRED] access token expired\r\n",
    ] {
        std::fs::write(&count, "").unwrap();
        let tokens = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&tokens);
        let fake = Fake::new(move |heard, normal| match heard.what {
            "CAPABILITY" => {
                let text = String::from_utf8(normal).unwrap();
                Act::Say(
                    text.replace("IDLE", "IDLE AUTH=XOAUTH2 SASL-IR")
                        .into_bytes(),
                )
            }
            "OTHER" if heard.line.contains("AUTHENTICATE") => {
                seen.lock().unwrap().push(heard.line.to_owned());
                Act::Say(normal)
            }
            "BODIES" if heard.before == 0 => {
                let first = [
                    shown(11, true),
                    said.replace("{tag}", heard.tag).into_bytes(),
                ];
                Act::SayAndClose(first.concat())
            }
            _ => Act::Say(normal),
        });
        let mut settings = settings(fake.serve().await);
        settings.auth = Auth::Xoauth2;
        settings.secret = Secret::Command(script.clone());
        let mut imap = Imap::new(settings);
        within(imap.open()).await.unwrap();
        let error = within(imap.fetch(&START, 50)).await.unwrap_err();
        // Not the credentials' fault: those would be tried again only after minutes.
        assert_eq!(error.kind, MailboxErrorKind::Transient, "{said}");
        let wait = guichet::backoff::Backoff::new().failed(error.kind, u32::MAX);
        assert!(wait <= Duration::from_secs(30));
        within(imap.open()).await.unwrap();
        let mut cursor = START;
        let mut uids = Vec::new();
        loop {
            let mails = within(imap.fetch(&cursor, 50)).await.unwrap();
            let Some(last) = mails.last() else { break };
            cursor.uid_next = checked_uid(last) + 1;
            uids.extend(mails.iter().map(checked_uid));
        }
        assert_eq!(uids, [11, 12, 13], "{said}");
        assert_eq!(tokens.lock().unwrap().len(), 2, "logins");
        assert_eq!(
            std::fs::read_to_string(&count).unwrap().len(),
            2,
            "a fresh token each time"
        );
    }
}
