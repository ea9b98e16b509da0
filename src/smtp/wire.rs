//! The stream under an SMTP connection: dialled, protected, and as the library takes it.
//!
//! Invariants: STARTTLS that is not offered is refused; no answer that came in the clear is read after it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::config::{Protection, SmtpSettings};
use crate::net::{self, NetError, Stream};

/// Longest piece of a server's answer that is kept.
const RESPONSE_CHARS_MAX: usize = 200;

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
pub(super) struct Wire {
    first: &'static [u8],
    stream: Stream,
}

impl Wire {
    /// Dials and protects. STARTTLS is done here and not by the library, so that trust is decided in one place
    /// and no answer sent in the clear is still read afterwards.
    pub async fn dial(settings: &SmtpSettings) -> Result<Wire, NetError> {
        let SmtpSettings {
            host,
            port,
            protection,
            step_timeout,
            ..
        } = settings;
        let ca_file = settings.ca_file.as_deref();
        let mut tcp = net::dial(host, *port, *protection, *step_timeout).await?;
        match protection {
            Protection::None => Ok(Wire::new(Stream::Plain(tcp), b"")),
            Protection::Tls => {
                let stream = net::secure(tcp, host, ca_file, *step_timeout).await?;
                Ok(Wire::new(stream, b""))
            }
            Protection::StartTls => {
                plain_reply(&mut tcp, *step_timeout, "220").await?;
                let hello = format!("EHLO {}", settings.hello);
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

/// One short line, without addresses: they stand elsewhere, where they can be forgotten.
pub(super) fn cut(text: &str) -> String {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word })
        .collect();
    words.join(" ").chars().take(RESPONSE_CHARS_MAX).collect()
}
