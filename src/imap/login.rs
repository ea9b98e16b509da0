//! From the dial to the login.
//!
//! Invariants: nothing that was said in the clear before STARTTLS is believed after it; STARTTLS that is not
//! offered is refused, never done without; the password is fetched anew and sent under TLS or to loopback only.

use std::time::Duration;

use async_imap::{Client, Session};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::failure::{Failure, cut, lost};
use crate::config::{Auth, ImapSettings, Protection};
use crate::mailbox::{MailboxError, MailboxErrorKind};
use crate::net::{self, NetError, NetErrorKind, Stream};
use crate::secret::{self, Revealed};

/// Connects, protects and logs in.
pub(super) async fn open(settings: &ImapSettings) -> Result<Session<Stream>, MailboxError> {
    let secret = secret::reveal(&settings.secret)
        .await
        .map_err(|error| MailboxError {
            kind: if error.transient {
                MailboxErrorKind::Transient
            } else {
                MailboxErrorKind::Config
            },
            what: error.what,
        })?;
    let (stream, offered) = greet(settings).await?;
    match settings.auth {
        Auth::Password if offered.login_disabled => {
            return Err(config(
                "the server does not allow a password on this connection",
            ));
        }
        Auth::Xoauth2 if !offered.xoauth2 => {
            return Err(config("the server does not offer XOAUTH2"));
        }
        Auth::Password | Auth::Xoauth2 => {}
    }
    let login = authenticate(settings, Client::new(stream), &secret);
    match timeout(settings.command_timeout, login).await {
        Ok(Ok(session)) => Ok(session),
        Ok(Err(error)) => Err(refused(error)),
        Err(_elapsed) => Err(transient("the server does not answer the login")),
    }
}

async fn authenticate(
    settings: &ImapSettings,
    client: Client<Stream>,
    secret: &Revealed,
) -> Result<Session<Stream>, async_imap::error::Error> {
    let done = match settings.auth {
        Auth::Password => client.login(&settings.user, secret.expose()).await,
        Auth::Xoauth2 => {
            let answer = format!(
                "user={}\x01auth=Bearer {}\x01\x01",
                settings.user,
                secret.expose()
            );
            let answer = Some(answer);
            client.authenticate("XOAUTH2", Xoauth2 { answer }).await
        }
    };
    done.map_err(|(error, _client)| error)
}

/// The answer to a challenge of XOAUTH2: the token first; a second challenge is a refusal with its reason, and is
/// answered with nothing, after which the server says NO.
struct Xoauth2 {
    answer: Option<String>,
}

impl async_imap::Authenticator for Xoauth2 {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.answer.take().unwrap_or_default()
    }
}

/// What the server offers before the login.
#[derive(Debug, Clone, Copy, Default)]
struct Offered {
    starttls: bool,
    login_disabled: bool,
    xoauth2: bool,
}

/// Connects, reads the greeting, sets up TLS as configured and asks for the capabilities.
async fn greet(settings: &ImapSettings) -> Result<(Stream, Offered), MailboxError> {
    let at_most = settings.command_timeout;
    let host = settings.host.as_str();
    let ca_file = settings.ca_file.as_deref();
    let mut tcp = net::dial(host, settings.port, settings.protection, at_most)
        .await
        .map_err(network)?;
    match settings.protection {
        Protection::Tls => {
            let mut stream = net::secure(tcp, host, ca_file, at_most)
                .await
                .map_err(network)?;
            greeting(&mut stream, at_most).await?;
            let offered = capabilities(&mut stream, at_most).await?;
            Ok((stream, offered))
        }
        Protection::StartTls => {
            greeting(&mut tcp, at_most).await?;
            if !capabilities(&mut tcp, at_most).await?.starttls {
                return Err(config("the server does not offer STARTTLS"));
            }
            plain_command(&mut tcp, "g2", "STARTTLS", at_most, |_| {}).await?;
            let mut stream = net::secure(tcp, host, ca_file, at_most)
                .await
                .map_err(network)?;
            let offered = capabilities(&mut stream, at_most).await?;
            Ok((stream, offered))
        }
        Protection::None => {
            greeting(&mut tcp, at_most).await?;
            let offered = capabilities(&mut tcp, at_most).await?;
            Ok((Stream::Plain(tcp), offered))
        }
    }
}

async fn greeting(
    stream: &mut (impl AsyncRead + Unpin),
    at_most: Duration,
) -> Result<(), MailboxError> {
    let line = net::plain_line(stream, at_most).await.map_err(network)?;
    let upper = line.to_ascii_uppercase();
    if upper.starts_with("* OK") {
        Ok(())
    } else if upper.starts_with("* PREAUTH") {
        Err(config("the server has logged us in unasked"))
    } else {
        Err(transient(&format!(
            "the server is not ready: {}",
            cut(&line)
        )))
    }
}

async fn capabilities(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    at_most: Duration,
) -> Result<Offered, MailboxError> {
    let mut offered = Offered::default();
    plain_command(stream, "g1", "CAPABILITY", at_most, |line| {
        let upper = line.to_ascii_uppercase();
        if let Some(list) = upper.strip_prefix("* CAPABILITY ") {
            for word in list.split_whitespace() {
                offered.starttls |= word == "STARTTLS";
                offered.login_disabled |= word == "LOGINDISABLED";
                offered.xoauth2 |= word == "AUTH=XOAUTH2";
            }
        }
    })
    .await?;
    Ok(offered)
}

/// Runs a command before the login, line by line; only OK will do.
async fn plain_command(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    tag: &str,
    command: &str,
    at_most: Duration,
    mut on_untagged: impl FnMut(&str),
) -> Result<(), MailboxError> {
    net::plain_write(stream, &format!("{tag} {command}"), at_most)
        .await
        .map_err(network)?;
    // A server that never comes to the point is cut off: it has said enough.
    for _ in 0..100 {
        let line = net::plain_line(stream, at_most).await.map_err(network)?;
        match line.strip_prefix(tag) {
            Some(rest) if rest.to_ascii_uppercase().starts_with(" OK") => return Ok(()),
            Some(rest) => {
                let said = cut(rest.trim());
                return Err(transient(&format!("{command} was refused: {said}")));
            }
            None if line.to_ascii_uppercase().starts_with("* BYE") => {
                return Err(transient(&format!("the server hangs up: {}", cut(&line))));
            }
            None => on_untagged(&line),
        }
    }
    Err(transient("the server talks on and on"))
}

/// A refused login. The server's words are kept only as far as they name the kind.
fn refused(error: async_imap::error::Error) -> MailboxError {
    match error {
        async_imap::error::Error::No(text) => {
            let failure = Failure::No(cut(&text));
            if failure.is_temporary() {
                failure.during("the server refuses the login for now")
            } else {
                MailboxError {
                    what: "the server refuses the user name, password or token".to_owned(),
                    kind: MailboxErrorKind::Credentials,
                }
            }
        }
        async_imap::error::Error::Bad(_) => transient("the server does not understand the login"),
        async_imap::error::Error::Validate(_) => {
            config("the user name or password holds a line break")
        }
        error => lost(error).during("the login broke off"),
    }
}

fn network(error: NetError) -> MailboxError {
    MailboxError {
        kind: match error.kind {
            NetErrorKind::Unreachable => MailboxErrorKind::Transient,
            NetErrorKind::Untrusted | NetErrorKind::Config => MailboxErrorKind::Config,
        },
        what: error.what,
    }
}

fn transient(what: &str) -> MailboxError {
    MailboxError {
        what: what.to_owned(),
        kind: MailboxErrorKind::Transient,
    }
}

fn config(what: &str) -> MailboxError {
    MailboxError {
        what: what.to_owned(),
        kind: MailboxErrorKind::Config,
    }
}
