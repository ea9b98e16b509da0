//! A relay that misbehaves at each step: what it concerns, and that nothing is sent twice or read out of step.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use guichet::config::{Auth, Protection, Secret, SmtpSettings};
use guichet::core::delivery::{Concerns, Delivery, Outgoing};
use guichet::smtp::Relay;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does instead of what it should.
#[derive(Debug, Clone)]
enum Act {
    /// Answers this.
    Say(&'static str),
    /// Answers this and hangs up.
    SayAndClose(&'static str),
    /// Hangs up.
    Close,
    /// Never answers.
    Silent,
    /// Answers this after a while.
    Late(&'static str, Duration),
}

type Acts = BTreeMap<&'static str, Vec<Option<Act>>>;

/// A server; `acts` holds the deviations by step (`greeting`, `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `body`, `RSET`),
/// each used once for each time it is listed, in order; the last one stays.
#[derive(Clone, Default)]
struct Fake {
    acts: Arc<Mutex<Acts>>,
    /// Everything said to it, connection by connection.
    heard: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Fake {
    fn with(step: &'static str, acts: &[Option<Act>]) -> Fake {
        let fake = Fake::default();
        fake.acts.lock().unwrap().insert(step, acts.to_vec());
        fake
    }

    async fn serve(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fake = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fake = fake.clone();
                tokio::spawn(async move { fake.talk(stream).await });
            }
        });
        port
    }

    fn act(&self, step: &str) -> Option<Act> {
        let mut acts = self.acts.lock().unwrap();
        let list = acts.get_mut(step)?;
        if list.len() > 1 {
            list.remove(0)
        } else {
            list.first().cloned().flatten()
        }
    }

    fn heard(&self) -> Vec<Vec<String>> {
        self.heard.lock().unwrap().clone()
    }

    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let index = {
            let mut heard = self.heard.lock().unwrap();
            heard.push(Vec::new());
            heard.len() - 1
        };
        let mut stream = BufReader::new(stream);
        self.step(&mut stream, "greeting", "220 fake\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_owned();
            self.heard.lock().unwrap()[index].push(line.clone());
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_owned();
            match verb.as_str() {
                "EHLO" => {
                    let offer = "250-fake\r\n250-AUTH PLAIN LOGIN XOAUTH2\r\n250 8BITMIME\r\n";
                    self.step(&mut stream, "EHLO", offer).await?;
                }
                "AUTH" => self.step(&mut stream, "AUTH", "235 in\r\n").await?,
                "MAIL" => self.step(&mut stream, "MAIL", "250 ok\r\n").await?,
                "RCPT" => self.step(&mut stream, "RCPT", "250 ok\r\n").await?,
                "RSET" => self.step(&mut stream, "RSET", "250 ok\r\n").await?,
                "DATA" => {
                    self.step(&mut stream, "DATA", "354 go on\r\n").await?;
                    if self.act("half").is_some() {
                        let mut half = String::new();
                        stream.read_line(&mut half).await.ok()?;
                        return None;
                    }
                    loop {
                        let mut line = String::new();
                        if stream.read_line(&mut line).await.ok()? == 0 {
                            return None;
                        }
                        self.heard.lock().unwrap()[index].push(format!("| {}", line.trim_end()));
                        if line == ".\r\n" {
                            break;
                        }
                    }
                    self.step(&mut stream, "body", "250 2.0.0 queued as 42\r\n")
                        .await?;
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await.ok()?;
                    return None;
                }
                _ => stream.write_all(b"500 what?\r\n").await.ok()?,
            }
        }
    }

    async fn step(
        &self,
        stream: &mut BufReader<TcpStream>,
        step: &str,
        normal: &str,
    ) -> Option<()> {
        match self.act(step) {
            None => stream.write_all(normal.as_bytes()).await.ok(),
            Some(Act::Say(text)) => stream.write_all(text.as_bytes()).await.ok(),
            Some(Act::SayAndClose(text)) => {
                stream.write_all(text.as_bytes()).await.ok()?;
                None
            }
            Some(Act::Close) => None,
            Some(Act::Silent) => std::future::pending().await,
            Some(Act::Late(text, after)) => {
                tokio::time::sleep(after).await;
                stream.write_all(text.as_bytes()).await.ok()
            }
        }
    }
}

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        protection: Protection::None,
        ca_file: None,
        login: None,
        hello: "guichet.test".to_owned(),
        step_timeout: Duration::from_millis(400),
        final_timeout: Duration::from_secs(20),
    }
}

fn letter(n: u32) -> Outgoing {
    Outgoing {
        from: "contact@guichet.test".to_owned(),
        to: "julie@guichet.test".to_owned(),
        message_id: format!("{n}@guichet.test"),
        bytes: format!("Subject: {n}\r\n\r\n.dot\r\n..\r\nend\r\n").into_bytes(),
        sha256: String::new(),
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future)
        .await
        .expect("in time")
}

/// One short word for an outcome.
fn kind(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Accepted { .. } => "accepted",
        Delivery::Refused { .. } => "refused",
        Delivery::Uncertain { .. } => "uncertain",
        Delivery::Deferred { concerns, .. } => match concerns {
            Concerns::Reply => "deferred: reply",
            Concerns::Server => "deferred: server",
            Concerns::Credentials => "deferred: credentials",
        },
    }
}

fn response(delivery: &Delivery) -> &str {
    match delivery {
        Delivery::Accepted { response }
        | Delivery::Refused { response }
        | Delivery::Uncertain { response }
        | Delivery::Deferred { response, .. } => response,
    }
}

#[tokio::test]
async fn each_failure_is_told_by_its_step() {
    use Act::{Close, Say, SayAndClose, Silent};
    let (server, reply) = ("deferred: server", "deferred: reply");
    for (step, act, expected) in [
        ("greeting", Close, server),
        ("greeting", Silent, server),
        ("greeting", Say("421 busy\r\n"), server),
        ("greeting", Say("554 go away\r\n"), server),
        ("greeting", Say("what\r\n"), server),
        ("EHLO", Say("421 busy\r\n"), server),
        ("EHLO", Say("550 no\r\n"), server),
        ("EHLO", Close, server),
        ("MAIL", Say("451 later\r\n"), server),
        ("MAIL", Say("550 not you\r\n"), server),
        ("MAIL", Close, server),
        ("MAIL", Silent, server),
        ("RCPT", Say("450 greylisted\r\n"), reply),
        (
            "RCPT",
            Say("550 5.1.1 <julie@guichet.test>: unknown\r\n"),
            "refused",
        ),
        ("RCPT", SayAndClose("421 shutting down\r\n"), server),
        ("RCPT", Close, server),
        ("RCPT", Silent, server),
        ("DATA", Say("452 disk full\r\n"), reply),
        ("DATA", Say("554 no\r\n"), "refused"),
        ("DATA", Say("250 what\r\n"), server),
        ("DATA", Close, server),
        ("DATA", Silent, server),
        ("half", Close, "uncertain"),
        ("body", Say("451 try again\r\n"), reply),
        ("body", Say("554 5.7.1 spam\r\n"), "refused"),
        ("body", SayAndClose("421 going down\r\n"), server),
        ("body", Close, "uncertain"),
        ("body", Say("354 again\r\n"), "uncertain"),
        ("body", Say("251 elsewhere\r\n"), "uncertain"),
        ("body", SayAndClose("25"), "uncertain"),
        ("body", Say("garbage\r\n"), "uncertain"),
    ] {
        let fake = Fake::with(step, &[Some(act.clone())]);
        let mut relay = Relay::new(settings(fake.serve().await));
        let delivery = within(relay.send(&letter(1))).await;
        assert_eq!(kind(&delivery), expected, "{step} {act:?}: {delivery:?}");
        assert!(!response(&delivery).contains('@'), "{delivery:?}");
        assert!(!response(&delivery).is_empty());
        let attempts = fake
            .heard()
            .iter()
            .flatten()
            .filter(|line| line.as_str() == "DATA")
            .count();
        assert!(attempts <= 1, "{step}: the letter went out twice");
    }
}

#[tokio::test]
async fn no_server_at_all_defers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let delivery = Relay::new(settings(port)).send(&letter(1)).await;
    assert_eq!(kind(&delivery), "deferred: server");
}

#[tokio::test]
async fn the_final_answer_has_its_own_longer_time() {
    // Four times the wait of any other step.
    let late = Act::Late("250 at last\r\n", Duration::from_millis(1600));
    let fake = Fake::with("body", &[Some(late)]);
    let mut relay = Relay::new(settings(fake.serve().await));
    assert_eq!(kind(&within(relay.send(&letter(1))).await), "accepted");

    let fake = Fake::with("body", &[Some(Act::Silent)]);
    let mut relay = Relay::new(SmtpSettings {
        final_timeout: Duration::from_millis(300),
        ..settings(fake.serve().await)
    });
    assert_eq!(kind(&within(relay.send(&letter(1))).await), "uncertain");
    // The next letter does not read this one's late answer.
    fake.acts.lock().unwrap().clear();
    assert_eq!(kind(&within(relay.send(&letter(2))).await), "accepted");
    assert_eq!(fake.heard().len(), 2);
}

/// The wait after the final dot as it is shipped, in virtual time (RFC 5321 §4.5.3.2.6: 10 minutes).
#[tokio::test(start_paused = true)]
async fn a_final_answer_after_nine_minutes_and_fifty_seconds_is_awaited_and_one_after_ten_is_not() {
    let shipped = |port: u16| SmtpSettings {
        final_timeout: Duration::from_secs(600),
        step_timeout: Duration::from_secs(60),
        ..settings(port)
    };
    let late = Act::Late("250 at last\r\n", Duration::from_secs(590));
    let fake = Fake::with("body", &[Some(late)]);
    let mut relay = Relay::new(shipped(fake.serve().await));
    let began = tokio::time::Instant::now();
    assert_eq!(kind(&relay.send(&letter(1)).await), "accepted");
    assert!(began.elapsed() >= Duration::from_secs(590));
    relay.close().await;
    let dots = |fake: &Fake| {
        let said: Vec<String> = fake.heard().concat();
        said.iter().filter(|line| *line == "| .").count()
    };
    assert_eq!(dots(&fake), 1, "exactly one mail");

    let fake = Fake::with("body", &[Some(Act::Silent)]);
    let mut relay = Relay::new(shipped(fake.serve().await));
    let began = tokio::time::Instant::now();
    assert_eq!(kind(&relay.send(&letter(1)).await), "uncertain");
    let waited = began.elapsed();
    assert!(
        (590..=610).contains(&waited.as_secs()),
        "{waited:?} after the final dot"
    );
    assert_eq!(dots(&fake), 1);
}

#[tokio::test]
async fn letters_share_a_connection_and_arrive_as_composed() {
    let fake = Fake::with(
        "RCPT",
        &[
            None,
            Some(Act::Say("550 no\r\n")),
            Some(Act::Say("450 later\r\n")),
            None,
        ],
    );
    let mut relay = Relay::new(settings(fake.serve().await));
    let mut kinds = Vec::new();
    for n in 0..5 {
        kinds.push(kind(&within(relay.send(&letter(n))).await));
    }
    relay.close().await;
    assert_eq!(
        kinds,
        [
            "accepted",
            "refused",
            "deferred: reply",
            "accepted",
            "accepted"
        ]
    );
    let heard = fake.heard();
    assert_eq!(heard.len(), 1, "one connection for all");
    let data: Vec<_> = heard[0]
        .iter()
        .filter(|line| line.starts_with("| "))
        .collect();
    assert_eq!(
        data[..6],
        ["| Subject: 0", "| ", "| ..dot", "| ...", "| end", "| ."]
    );
    assert_eq!(
        heard[0]
            .iter()
            .filter(|line| line.as_str() == "RSET")
            .count(),
        2
    );
    assert_eq!(heard[0].last().map(String::as_str), Some("QUIT"));
    assert!(heard[0][1].starts_with("MAIL FROM:<contact@guichet.test>"));
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_made_anew() {
    for act in [
        Act::Close,
        Act::Say("421 idle\r\n"),
        Act::Say("452 too many\r\n"),
    ] {
        let fake = Fake::with("MAIL", &[None, Some(act), None]);
        let mut relay = Relay::new(settings(fake.serve().await));
        for n in 0..3 {
            assert_eq!(kind(&within(relay.send(&letter(n))).await), "accepted");
        }
        assert_eq!(fake.heard().len(), 2);
    }
}

#[tokio::test]
async fn credentials_are_told_from_a_server_out_of_order() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    std::fs::write(&path, "hush hush\n").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    let (credentials, server) = ("deferred: credentials", "deferred: server");
    for (auth, act, expected) in [
        (Auth::Password, None, "accepted"),
        (Auth::Xoauth2, None, "accepted"),
        (
            Auth::Password,
            Some(Act::Say("535 5.7.8 no\r\n")),
            credentials,
        ),
        (
            Auth::Xoauth2,
            Some(Act::Say("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n")),
            credentials,
        ),
        (
            Auth::Password,
            Some(Act::Say("454 4.7.0 later\r\n")),
            server,
        ),
        (Auth::Password, Some(Act::Close), server),
        (Auth::Password, Some(Act::Silent), server),
    ] {
        let fake = Fake::with("AUTH", std::slice::from_ref(&act));
        let mut relay = Relay::new(SmtpSettings {
            login: Some(("contact".to_owned(), Secret::File(path.clone()), auth)),
            ..settings(fake.serve().await)
        });
        let delivery = within(relay.send(&letter(1))).await;
        assert_eq!(kind(&delivery), expected, "{act:?} {delivery:?}");
        assert!(!response(&delivery).contains("hush"));
    }
    let fake = Fake::with("EHLO", &[Some(Act::Say("250 no auth here\r\n"))]);
    let mut relay = Relay::new(SmtpSettings {
        login: Some(("contact".to_owned(), Secret::File(path), Auth::Password)),
        ..settings(fake.serve().await)
    });
    assert_eq!(kind(&relay.send(&letter(1)).await), credentials);
    let mut relay = Relay::new(SmtpSettings {
        login: Some((
            "contact".to_owned(),
            Secret::File("/nowhere".into()),
            Auth::Password,
        )),
        ..settings(1)
    });
    assert_eq!(kind(&relay.send(&letter(1)).await), credentials);
}

#[tokio::test]
async fn starttls_is_demanded_and_cleartext_stays_at_home() {
    let fake = Fake::default();
    let mut relay = Relay::new(SmtpSettings {
        protection: Protection::StartTls,
        ..settings(fake.serve().await)
    });
    let delivery = relay.send(&letter(1)).await;
    assert_eq!(kind(&delivery), "deferred: server");
    assert!(response(&delivery).contains("STARTTLS"), "{delivery:?}");
    assert!(!fake.heard()[0].iter().any(|line| line.starts_with("MAIL")));
}

#[tokio::test]
async fn an_address_that_would_break_a_command_is_refused_here() {
    let fake = Fake::default();
    let mut relay = Relay::new(settings(fake.serve().await));
    for to in ["", "a", "a@b>\r\nRCPT TO:<c@d", "a b@c", "<a@b>"] {
        let letter = Outgoing {
            to: to.to_owned(),
            ..letter(1)
        };
        assert_eq!(kind(&relay.send(&letter).await), "refused");
    }
    assert!(fake.heard().is_empty());
}
