//! Connections: resolve, check, connect to what was checked.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use super::tls::trust;
use super::{HttpError, HttpErrorKind};
use crate::egress::Policy;

/// Connects where a policy lets it.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    policy: Policy,
}

impl Connector {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = Stream;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, HttpError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let policy = self.policy.clone();
        Box::pin(async move { connect(&policy, &uri).await })
    }
}

async fn connect(policy: &Policy, uri: &Uri) -> Result<Stream, HttpError> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let tls = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let addresses = allowed(policy, &host, resolve(&host, port).await?)?;
    let stream = reach(&addresses).await?;
    if !tls {
        return Ok(Stream::Plain(TokioIo::new(stream)));
    }
    let failed = |why: String| HttpError::new(HttpErrorKind::Tls, why);
    let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
        .map_err(|error| failed(format!("no certificate can be for {host}: {error}")))?;
    let trust = trust().await.map_err(|error| failed(error.to_string()))?;
    let stream = TlsConnector::from(trust).connect(name, stream).await;
    let stream = stream.map_err(|error| failed(format!("TLS failed: {error}")))?;
    Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, HttpError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        // Not every resolver knows (RFC 6761, section 6.3).
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok(loopback.map(|address| SocketAddr::new(address, port)).into());
    }
    let failed = |why: String| {
        HttpError::new(HttpErrorKind::Connect, format!("{host} cannot be resolved: {why}"))
    };
    let found = tokio::net::lookup_host((host, port)).await;
    let found: Vec<_> = found.map_err(|error| failed(error.to_string()))?.collect();
    if found.is_empty() { Err(failed("it has no address".to_owned())) } else { Ok(found) }
}

/// The addresses that may be connected to; an error where there is none.
fn allowed(
    policy: &Policy,
    host: &str,
    addresses: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, HttpError> {
    let mut refused = None;
    let mut open = addresses;
    open.retain(|address| match policy.check(host, *address) {
        Ok(()) => true,
        Err(why) => {
            refused.get_or_insert(why);
            false
        }
    });
    match refused {
        Some(why) if open.is_empty() => Err(why.into()),
        _ => Ok(open),
    }
}

async fn reach(addresses: &[SocketAddr]) -> Result<TcpStream, HttpError> {
    let mut last = io::Error::other("no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Small requests go at once; where it cannot be set they only go later.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = io::Error::new(error.kind(), format!("{address}: {error}")),
        }
    }
    Err(HttpError::new(HttpErrorKind::Connect, format!("the connection failed: {last}")))
}

/// A connection of either kind.
pub(super) enum Stream {
    Plain(TokioIo<TcpStream>),
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl Write for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
