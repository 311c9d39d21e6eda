//! Connections to URLs that people name: the collector of spans, the publisher of events.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use http::Uri;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::neighbours::Neighbours;

/// Host and port of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    scheme: Scheme,
    /// Name or address, an IPv6 address without its brackets.
    host: String,
    port: u16,
    /// Host and port as the URL has them, for `Host`.
    pub authority: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// Reason for which a URL leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoTarget {
    #[error("names no host")]
    Host,
    #[error("is no http:// or https:// URL")]
    Scheme,
}

impl Target {
    pub(crate) fn of(uri: &Uri) -> Result<Self, NoTarget> {
        let authority = uri.authority().ok_or(NoTarget::Host)?;
        let (scheme, port) = match uri.scheme_str() {
            Some("http") => (Scheme::Http, 80),
            Some("https") => (Scheme::Https, 443),
            _ => return Err(NoTarget::Scheme),
        };
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let named = authority.as_str();
        let named = named.rsplit_once('@').map_or(named, |(_, host)| host).to_owned();
        Ok(Self { scheme, host, port: authority.port_u16().unwrap_or(port), authority: named })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

/// A connection of either kind.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Connects, to a function of this platform where the target is one's address on a cluster. Whoever
/// calls limits the time.
///
/// # Errors
/// Where the network or the other side's certificate is at fault.
pub(crate) async fn connect(
    target: &Target,
    neighbours: &Neighbours,
) -> io::Result<Box<dyn Connection>> {
    let neighbour = match target.scheme {
        Scheme::Http => neighbours.address_of(&target.host),
        Scheme::Https => None,
    };
    let stream = match neighbour {
        Some(gateway) => TcpStream::connect(gateway).await?,
        None => TcpStream::connect((&*target.host, target.port)).await?,
    };
    secured(target, stream).await
}

/// Addresses that the target's name leads to now. Whoever calls limits the time.
///
/// # Errors
/// Where it leads to none.
pub(crate) async fn addresses(target: &Target) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((&*target.host, target.port)).await?.collect())
}

/// Connects to one address of the target. Whoever calls limits the time.
///
/// # Errors
/// Where the network or the other side's certificate is at fault.
pub(crate) async fn connect_to(
    target: &Target,
    address: SocketAddr,
) -> io::Result<Box<dyn Connection>> {
    secured(target, TcpStream::connect(address).await?).await
}

async fn secured(target: &Target, stream: TcpStream) -> io::Result<Box<dyn Connection>> {
    if target.scheme == Scheme::Http {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(target.host.clone()).map_err(io::Error::other)?;
    let connector = TlsConnector::from(trust().await?);
    Ok(Box::new(connector.connect(name, stream).await?))
}

/// Trusts whom the system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` say so too). Read once.
async fn trust() -> io::Result<Arc<ClientConfig>> {
    static TRUST: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(trust) = TRUST.get() {
        return Ok(trust.clone());
    }
    let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        return Err(io::Error::other(format!(
            "the system has no certificates to trust{why} (install ca-certificates, or set \
             SSL_CERT_FILE)"
        )));
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(TRUST.get_or_init(|| Arc::new(config)).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<Target, NoTarget> {
        Target::of(&url.parse().unwrap())
    }

    #[test]
    fn a_scheme_has_its_port() {
        let of = |url| target(url).map(|target| (target.host, target.port, target.authority));
        let expected =
            |host: &str, port, authority: &str| Ok((host.to_owned(), port, authority.to_owned()));
        assert_eq!(of("http://a.b/c"), expected("a.b", 80, "a.b"));
        assert_eq!(of("https://a.b"), expected("a.b", 443, "a.b"));
        assert_eq!(of("https://a.b:4318/x"), expected("a.b", 4318, "a.b:4318"));
        assert_eq!(of("http://[::1]:9"), expected("::1", 9, "[::1]:9"));
        assert_eq!(of("/x"), Err(NoTarget::Host));
        assert_eq!(of("ftp://a.b"), Err(NoTarget::Scheme));
    }
}
