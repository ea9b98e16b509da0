//! How a connection to a mail server is made and protected: dialling, TLS, the cleartext lines before STARTTLS.
//!
//! Invariants: everything ends in time; certificates are always verified (system roots and, if configured,
//! one more CA file); cleartext goes to loopback only; nothing that was sent in the clear is read as if it had
//! been sent under TLS. A handshake is the only place where trust is decided, for IMAP and SMTP alike.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::config::Protection;

/// Longest line read before TLS: a greeting or a list of capabilities is a few hundred bytes.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct NetError {
    /// What failed, in words.
    pub what: String,
    /// What kind of failure.
    pub kind: NetErrorKind,
}

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetErrorKind {
    /// Refused, unresolvable, silent, lost: try again.
    Unreachable,
    /// The server's certificate is not trusted; a human should know.
    Untrusted,
    /// The configuration cannot work as it stands.
    Config,
}

impl NetError {
    pub(crate) fn unreachable(what: impl Into<String>) -> NetError {
        NetError {
            what: what.into(),
            kind: NetErrorKind::Unreachable,
        }
    }

    pub(crate) fn config(what: impl Into<String>) -> NetError {
        NetError {
            what: what.into(),
            kind: NetErrorKind::Config,
        }
    }
}

/// A connection, in the clear or under TLS.
#[derive(Debug)]
pub enum Stream {
    /// Cleartext, to loopback.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Gives the server's address.
    ///
    /// # Errors
    /// If the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Stream::Plain(tcp) => tcp.peer_addr(),
            Stream::Tls(tls) => tls.get_ref().0.peer_addr(),
        }
    }
}

/// Connects, without Nagle's delay (a mail's body and its dot are two writes).
///
/// # Errors
/// Unreachable; or, for cleartext, a server that is not on loopback.
pub async fn dial(
    host: &str,
    port: u16,
    protection: Protection,
    at_most: Duration,
) -> Result<TcpStream, NetError> {
    let tcp = connect(host, port, at_most).await?;
    let peer = tcp
        .peer_addr()
        .map_err(|error| NetError::unreachable(format!("{host}:{port}: {error}")))?;
    if protection == Protection::None && !peer.ip().to_canonical().is_loopback() {
        return Err(NetError::config(format!(
            "{host} is not this machine, and a password must not go there in the clear: use TLS"
        )));
    }
    tcp.set_nodelay(true)
        .map_err(|error| NetError::unreachable(format!("{host}:{port}: {error}")))?;
    Ok(tcp)
}

/// Tries each of the host's addresses in turn, each with its share of the time: where IPv6 leads nowhere, IPv4 is
/// still reached.
async fn connect(host: &str, port: u16, at_most: Duration) -> Result<TcpStream, NetError> {
    let silent = || NetError::unreachable(format!("{host}:{port} does not answer"));
    let cannot = |error: io::Error| {
        NetError::unreachable(format!("cannot connect to {host}:{port}: {error}"))
    };
    let addresses: Vec<SocketAddr> = timeout(at_most, tokio::net::lookup_host((host, port)))
        .await
        .map_err(|_elapsed| silent())?
        .map_err(cannot)?
        .collect();
    let share = at_most / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    let mut last = silent();
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => last = cannot(error),
            Err(_elapsed) => last = silent(),
        }
    }
    Err(last)
}

/// Puts a connection under TLS; the certificate must be for `host`.
///
/// # Errors
/// Untrusted, lost, silent; or a CA file that cannot be read.
pub async fn secure(
    tcp: TcpStream,
    host: &str,
    ca_file: Option<&Path>,
    at_most: Duration,
) -> Result<Stream, NetError> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_error| NetError::config(format!("`{host}` is no host name")))?;
    // Built anew for each connection: a renewed CA is taken up without a restart.
    let connector = TlsConnector::from(client_config(ca_file)?);
    match timeout(at_most, connector.connect(name, tcp)).await {
        Ok(Ok(tls)) => Ok(Stream::Tls(Box::new(tls))),
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Err(NetError {
            what: format!("{host} cannot be trusted: {error}"),
            kind: NetErrorKind::Untrusted,
        }),
        Ok(Err(error)) => Err(NetError::unreachable(format!(
            "{host}: TLS cannot be set up: {error}"
        ))),
        Err(_elapsed) => Err(NetError::unreachable(format!(
            "{host} does not answer when TLS is set up"
        ))),
    }
}

fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, NetError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let bad = |why: String| {
            NetError::config(format!(
                "the CA file `{}` cannot be used: {why}",
                path.display()
            ))
        };
        let mut count = 0_usize;
        for certificate in
            CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))?
        {
            let certificate = certificate.map_err(|error| bad(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| bad(error.to_string()))?;
            count += 1;
        }
        if count == 0 {
            return Err(bad("it holds no certificate".to_owned()));
        }
    }
    // The provider is named: the default is a panic once two of them are in the tree.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| NetError::config(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Reads one line before TLS, without its line end. Byte by byte, so that nothing behind it is taken off the
/// wire: what a third party appended in the clear then breaks the handshake instead of being believed.
///
/// # Errors
/// Lost, silent, or too long.
pub async fn plain_line(
    stream: &mut (impl AsyncRead + Unpin),
    at_most: Duration,
) -> Result<String, NetError> {
    let read = async {
        let mut line = Vec::new();
        loop {
            match stream.read_u8().await? {
                b'\n' => return Ok(line),
                byte if line.len() < LINE_BYTES_MAX => line.push(byte),
                _ => return Err(io::Error::other("its line does not end")),
            }
        }
    };
    match timeout(at_most, read).await {
        Ok(Ok(line)) => Ok(String::from_utf8_lossy(&line)
            .trim_end_matches('\r')
            .to_owned()),
        Ok(Err(error)) => Err(NetError::unreachable(format!(
            "the server broke off: {error}"
        ))),
        Err(_elapsed) => Err(NetError::unreachable("the server does not answer")),
    }
}

/// Writes one line before TLS.
///
/// # Errors
/// Lost or stuck.
pub async fn plain_write(
    stream: &mut (impl AsyncWrite + Unpin),
    line: &str,
    at_most: Duration,
) -> Result<(), NetError> {
    let write = async {
        stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        stream.flush().await
    };
    match timeout(at_most, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(NetError::unreachable(format!(
            "the server broke off: {error}"
        ))),
        Err(_elapsed) => Err(NetError::unreachable("the server does not answer")),
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn every_address_is_tried() {
        // « localhost » is ::1 first on most machines, where nobody listens.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wait = Duration::from_secs(20);
        let tcp = dial("localhost", port, Protection::None, wait)
            .await
            .unwrap();
        assert!(tcp.nodelay().unwrap());
        let error = dial("no-such-host.invalid", port, Protection::Tls, wait)
            .await
            .unwrap_err();
        assert_eq!(error.kind, NetErrorKind::Unreachable);
    }

    #[tokio::test]
    async fn a_line_is_read_to_its_end_and_no_further() {
        let mut wire: &[u8] = b"* OK ready\r\nsmuggled\r\n";
        let line = plain_line(&mut wire, Duration::from_secs(5)).await;
        assert_eq!(line.unwrap(), "* OK ready");
        assert_eq!(wire, b"smuggled\r\n");
        let endless = vec![b'x'; LINE_BYTES_MAX + 2];
        let line = plain_line(&mut endless.as_slice(), Duration::from_secs(5)).await;
        assert_eq!(line.unwrap_err().kind, NetErrorKind::Unreachable);
    }
}
