//! A relay (RFC 5321, RFC 6409): one connection, step by step, each step with its own time.
//!
//! Invariants: up to DATA's 354 nothing can have been taken, so every failure there is a deferral; from then on an
//! answer that is missing or not understood is `Uncertain`, never « not sent »; only 250 after the dot is
//! `Accepted`. After any timeout or lost answer the connection is not used again (the next letter would read this
//! one's answers). What the server says is kept without the addresses in it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;

use crate::config::{Auth, Protection, SmtpSettings};
use crate::core::delivery::{Concerns, Delivery, Outgoing};
use crate::net::{self, NetError, Stream};
use crate::secret;

/// Longest piece of a server's answer that is kept.
const RESPONSE_CHARS_MAX: usize = 200;

/// Slowest link that is still waited for while a letter goes out: 128 kbit/s.
const BYTES_A_SECOND_MIN: u64 = 16 * 1024;

/// How long we wait for a server to take leave; nothing depends on it.
const QUIT_TIMEOUT: Duration = Duration::from_secs(5);

/// A relay.
#[derive(Debug)]
pub struct Relay {
    settings: SmtpSettings,
    open: Option<Connection>,
}

struct Connection(AsyncSmtpConnection);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

/// Where an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Greeting,
    Auth,
    Mail,
    Rcpt,
    Data,
}

/// A step that failed.
#[derive(Debug)]
struct Failure {
    step: Step,
    /// The server's code; `None` if it did not answer, or not so that one could understand it.
    code: Option<u16>,
    /// A fault on our side of the login: no mechanism in common, or a challenge that is a refusal.
    ours: bool,
    text: String,
}

impl Relay {
    /// Names the relay; nothing is connected before the first letter.
    pub fn new(settings: SmtpSettings) -> Relay {
        Relay {
            settings,
            open: None,
        }
    }

    /// Sends one letter, over the connection that is open if there is one.
    pub async fn send(&mut self, outgoing: &Outgoing) -> Delivery {
        let (Some(from), Some(to)) = (path(&outgoing.from), path(&outgoing.to)) else {
            return Delivery::Refused {
                response: "the address cannot stand in an SMTP command".to_owned(),
            };
        };
        if let Some(mut connection) = self.open.take() {
            match self.begin(&mut connection, &from).await {
                Ok(()) => return self.carry(connection, &to, outgoing).await,
                // Servers close what was idle, and limit the letters of one connection: nothing was sent yet.
                Err(failure) => {
                    tracing::debug!(code = failure.code, "the relay's connection is made anew");
                }
            }
        }
        let begun = async {
            let mut connection = self.connect().await?;
            self.begin(&mut connection, &from).await?;
            Ok(connection)
        };
        match begun.await {
            Ok(connection) => self.carry(connection, &to, outgoing).await,
            Err(failure) => deferral(failure),
        }
    }

    /// Connects and logs in without sending, to check the configuration; `None` if all is well.
    pub async fn check(&mut self) -> Option<Delivery> {
        match self.connect().await {
            Ok(connection) => {
                self.open = Some(connection);
                self.close().await;
                None
            }
            Err(failure) => Some(deferral(failure)),
        }
    }

    /// Takes leave.
    pub async fn close(&mut self) {
        if let Some(Connection(mut connection)) = self.open.take()
            && timeout(QUIT_TIMEOUT, connection.quit()).await.is_err()
        {
            tracing::debug!("the relay did not take leave");
        }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let at_most = self.settings.step_timeout;
        let secret = match &self.settings.login {
            Some((_, secret, _)) => {
                Some(secret::reveal(secret).await.map_err(|error| Failure {
                    step: Step::Auth,
                    code: None,
                    ours: !error.transient,
                    text: error.what,
                })?)
            }
            None => None,
        };
        let wire = self.wire().await.map_err(|error| Failure {
            step: Step::Greeting,
            code: None,
            ours: false,
            text: error.what,
        })?;
        crate::failpoint::reach("smtp.dialled");
        let hello = ClientId::Domain(self.settings.hello.clone());
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello);
        let mut connection = in_time(Step::Greeting, at_most, greeted).await?;
        if let (Some((user, _, auth)), Some(secret)) = (&self.settings.login, secret) {
            let credentials = Credentials::new(user.clone(), secret.expose().to_owned());
            let mechanisms: &[Mechanism] = match auth {
                Auth::Password => &[Mechanism::Plain, Mechanism::Login],
                Auth::Xoauth2 => &[Mechanism::Xoauth2],
            };
            let login = connection.auth(mechanisms, &credentials);
            in_time(Step::Auth, at_most, login).await?;
        }
        Ok(Connection(connection))
    }

    /// Dials and protects. STARTTLS is done here and not by the library, so that trust is decided in one place
    /// and no answer sent in the clear is still read afterwards.
    async fn wire(&self) -> Result<Wire, NetError> {
        let SmtpSettings {
            host,
            port,
            protection,
            step_timeout,
            ..
        } = &self.settings;
        let ca_file = self.settings.ca_file.as_deref();
        let mut tcp = net::dial(host, *port, *protection, *step_timeout).await?;
        match protection {
            Protection::None => Ok(Wire::new(Stream::Plain(tcp), b"")),
            Protection::Tls => {
                let stream = net::secure(tcp, host, ca_file, *step_timeout).await?;
                Ok(Wire::new(stream, b""))
            }
            Protection::StartTls => {
                plain_reply(&mut tcp, *step_timeout, "220").await?;
                let hello = format!("EHLO {}", self.settings.hello);
                net::plain_write(&mut tcp, &hello, *step_timeout).await?;
                let offered = plain_reply(&mut tcp, *step_timeout, "250").await?;
                if !offered
                    .iter()
                    .any(|line| line.eq_ignore_ascii_case("STARTTLS"))
                {
                    return Err(NetError::config("the relay does not offer STARTTLS"));
                }
                net::plain_write(&mut tcp, "STARTTLS", *step_timeout).await?;
                plain_reply(&mut tcp, *step_timeout, "220").await?;
                let stream = net::secure(tcp, host, ca_file, *step_timeout).await?;
                // There is no second greeting after STARTTLS, but the library reads one.
                Ok(Wire::new(stream, b"220 TLS\r\n"))
            }
        }
    }

    async fn begin(
        &self,
        connection: &mut Connection,
        from: &lettre::Address,
    ) -> Result<(), Failure> {
        let mail = connection.0.command(Mail::new(Some(from.clone()), vec![]));
        in_time(Step::Mail, self.settings.step_timeout, mail)
            .await
            .map(drop)
    }

    /// RCPT, DATA, the letter. The connection is kept if it is in step afterwards.
    async fn carry(
        &mut self,
        mut connection: Connection,
        to: &lettre::Address,
        outgoing: &Outgoing,
    ) -> Delivery {
        let at_most = self.settings.step_timeout;
        crate::failpoint::reach("smtp.mail");
        let begun = async {
            let rcpt = connection.0.command(Rcpt::new(to.clone(), vec![]));
            in_time(Step::Rcpt, at_most, rcpt).await?;
            in_time(Step::Data, at_most, connection.0.command(Data)).await
        };
        match begun.await {
            Ok(response) if code_of(&response) == 354 => {}
            // Anything else than 354 here, and the letter would be taken for commands.
            Ok(response) => {
                return Delivery::Deferred {
                    concerns: Concerns::Server,
                    response: shown(&response),
                };
            }
            Err(failure) => {
                let in_step = failure.code.is_some_and(|code| code != 421);
                if in_step {
                    self.keep(connection).await;
                }
                return refusal(failure);
            }
        }
        crate::failpoint::reach("smtp.data");
        let delivery = self.message(&mut connection, outgoing).await;
        if matches!(
            delivery,
            Delivery::Accepted { .. } | Delivery::Refused { .. }
        ) {
            self.open = Some(connection);
        }
        delivery
    }

    async fn message(&self, connection: &mut Connection, outgoing: &Outgoing) -> Delivery {
        // The line end before the dot is the letter's own last one.
        let bytes = outgoing
            .bytes
            .strip_suffix(b"\r\n")
            .unwrap_or(&outgoing.bytes);
        let sending = u64::try_from(bytes.len()).unwrap_or(u64::MAX) / BYTES_A_SECOND_MIN;
        let at_most = self.settings.final_timeout + Duration::from_secs(sending);
        let error = match timeout(at_most, connection.0.message(bytes)).await {
            Ok(Ok(response)) if code_of(&response) == 250 => {
                return Delivery::Accepted {
                    response: shown(&response),
                };
            }
            Ok(Ok(response)) => {
                return Delivery::Uncertain {
                    response: shown(&response),
                };
            }
            Ok(Err(error)) => error,
            Err(_elapsed) => {
                return Delivery::Uncertain {
                    response: "no answer after the letter".to_owned(),
                };
            }
        };
        let response = told(&error);
        match error.status().map(u16::from) {
            Some(421) => Delivery::Deferred {
                concerns: Concerns::Server,
                response,
            },
            Some(400..=499) => Delivery::Deferred {
                concerns: Concerns::Reply,
                response,
            },
            Some(500..=599) => Delivery::Refused { response },
            _ => Delivery::Uncertain { response },
        }
    }

    /// Clears a transaction that was refused, and keeps the connection for the next letter.
    async fn keep(&mut self, mut connection: Connection) {
        let reset = timeout(self.settings.step_timeout, connection.0.command(Rset)).await;
        if matches!(reset, Ok(Ok(_))) {
            self.open = Some(connection);
        }
    }
}

/// A failure before RCPT concerns the server, or our credentials; every letter waits.
fn deferral(failure: Failure) -> Delivery {
    let refused = failure.ours || failure.code.is_some_and(|code| code >= 500);
    Delivery::Deferred {
        concerns: if failure.step == Step::Auth && refused {
            Concerns::Credentials
        } else {
            Concerns::Server
        },
        response: failure.text,
    }
}

/// A failure at RCPT or DATA: an answer concerns the reply (but 421, which closes), no answer the server.
fn refusal(failure: Failure) -> Delivery {
    match failure.code {
        Some(500..) => Delivery::Refused {
            response: failure.text,
        },
        Some(421) | None => Delivery::Deferred {
            concerns: Concerns::Server,
            response: failure.text,
        },
        Some(_) => Delivery::Deferred {
            concerns: Concerns::Reply,
            response: failure.text,
        },
    }
}

async fn in_time<T>(
    step: Step,
    at_most: Duration,
    run: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Failure> {
    match timeout(at_most, run).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure {
            step,
            code: error.status().map(u16::from),
            // A refused XOAUTH2 comes as a challenge that the library does not expect.
            ours: error.is_client(),
            text: told(&error),
        }),
        Err(_elapsed) => Err(Failure {
            step,
            code: None,
            ours: false,
            text: "the relay does not answer".to_owned(),
        }),
    }
}

/// An address as a path; `None` for what would break the command.
fn path(email: &str) -> Option<lettre::Address> {
    let (local, domain) = email.rsplit_once('@')?;
    let fit = !local.is_empty()
        && !domain.is_empty()
        && email.bytes().all(|b| b.is_ascii_graphic())
        && !email.contains(['<', '>']);
    fit.then(|| lettre::Address::new_dangerous(local, domain))
}

fn code_of(response: &Response) -> u16 {
    response.code().into()
}

fn shown(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    cut(&format!("{} {}", response.code(), lines.join(" ")))
}

/// `550 5.1.1 User unknown` for an answer, the kind of failure else.
fn told(error: &lettre::transport::smtp::Error) -> String {
    let text = error.to_string();
    match error.status() {
        Some(code) => {
            let said = text.split_once("): ").map_or("", |(_, said)| said);
            cut(&format!("{code} {said}"))
        }
        None => cut(&text),
    }
}

/// One short line, without addresses: they stand elsewhere, where they can be forgotten.
fn cut(text: &str) -> String {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word })
        .collect();
    words.join(" ").chars().take(RESPONSE_CHARS_MAX).collect()
}

/// Reads an answer in the clear; gives its lines without the code.
async fn plain_reply(
    tcp: &mut tokio::net::TcpStream,
    at_most: Duration,
    wanted: &str,
) -> Result<Vec<String>, NetError> {
    let mut lines = Vec::new();
    // More than this a server has no reason to say.
    while lines.len() < 200 {
        let line = net::plain_line(tcp, at_most).await?;
        let Some(rest) = line.strip_prefix(wanted) else {
            return Err(NetError::unreachable(cut(&line)));
        };
        if let Some(more) = rest.strip_prefix('-') {
            lines.push(more.to_owned());
        } else {
            lines.push(rest.trim().to_owned());
            return Ok(lines);
        }
    }
    Err(NetError::unreachable("the relay talks on and on"))
}

/// The stream as the library takes it, with what it is to read first.
#[derive(Debug)]
struct Wire {
    first: &'static [u8],
    stream: Stream,
}

impl Wire {
    fn new(stream: Stream, first: &'static [u8]) -> Wire {
        Wire { first, stream }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if wire.first.is_empty() {
            return Pin::new(&mut wire.stream).poll_read(cx, buf);
        }
        let (now, later) = wire
            .first
            .split_at_checked(buf.remaining())
            .unwrap_or((wire.first, b""));
        buf.put_slice(now);
        wire.first = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
