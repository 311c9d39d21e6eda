//! Credentials: from PEM to what a handshake needs.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection,
};

use super::Tls;
use super::key;
use super::verify::{Judge, Verdict};

/// Configuration made of what `setSecure` was given.
pub(super) enum Prepared {
    Server(Arc<ServerConfig>, Verdict),
    Client(Arc<ClientConfig>, Verdict),
}

/// Configurations that were prepared. Equal credentials are prepared once: programs call
/// `setSecure` for each client that they make.
#[derive(Default)]
pub(crate) struct Store {
    known: HashMap<(bool, Credentials), usize>,
    all: Vec<Prepared>,
}

impl Store {
    /// Number of the configuration, or the fault of the credentials.
    pub(super) fn prepare(
        &mut self,
        server: bool,
        credentials: Credentials,
    ) -> Result<usize, String> {
        match self.known.entry((server, credentials)) {
            Entry::Occupied(entry) => Ok(*entry.get()),
            Entry::Vacant(entry) => {
                self.all.push(entry.key().1.prepare(server)?);
                Ok(*entry.insert(self.all.len() - 1))
            }
        }
    }

    pub(super) fn get(&self, number: usize) -> Option<&Prepared> {
        self.all.get(number)
    }
}

/// PEM texts; each may be empty.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Credentials {
    pub(super) trusted: String,
    pub(super) revoked: String,
    pub(super) key: String,
    pub(super) certificate: String,
}

impl Credentials {
    fn certificates(text: &str, what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
        CertificateDer::pem_slice_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| format!("{what} cannot be read: {error}"))
    }

    fn own(
        &self,
    ) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, String> {
        if self.certificate.is_empty() && self.key.is_empty() {
            return Ok(None);
        }
        let chain = Self::certificates(&self.certificate, "the certificate")?;
        if chain.is_empty() {
            return Err("the certificate is missing".into());
        }
        if self.key.is_empty() {
            return Err("the private key is missing".into());
        }
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|error| {
            let why = match error {
                pem::Error::NoItemsFound => "there is no unencrypted key in PEM in it".to_owned(),
                pem::Error::MissingSectionEnd { .. } => "its last line is missing".to_owned(),
                error => error.to_string(),
            };
            format!("the private key cannot be read: {why}")
        })?;
        Ok(Some((chain, key)))
    }

    fn judge(&self, provider: &Arc<CryptoProvider>) -> Result<Judge, String> {
        let trusted = Self::certificates(&self.trusted, "a CA certificate")?;
        let lists = CertificateRevocationListDer::pem_slice_iter(self.revoked.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| format!("the revocation list cannot be read: {error}"))?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted.iter().cloned());
        let roots = Arc::new(roots);
        let (mut servers, mut clients) = (None, None);
        if !roots.is_empty() {
            let builder =
                WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone());
            let builder = builder.with_crls(lists.clone()).allow_unknown_revocation_status();
            servers = Some(builder.build().map_err(|error| error.to_string())?);
            let builder = WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
            let builder = builder.with_crls(lists).allow_unknown_revocation_status();
            clients = Some(builder.build().map_err(|error| error.to_string())?);
        }
        Ok(Judge {
            provider: provider.clone(),
            verdict: Verdict::default(),
            trusted,
            servers,
            clients,
        })
    }

    fn prepare(&self, server: bool) -> Result<Prepared, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let judge = Arc::new(self.judge(&provider)?);
        let verdict = judge.verdict.clone();
        let own = self.own()?;
        if server {
            let (chain, key) = own.ok_or("a server needs a certificate and a private key")?;
            let shown = key.clone_key();
            let mut config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_client_cert_verifier(judge)
                .with_single_cert(chain, key)
                .map_err(|error| key::refused(&shown, &error))?;
            // A session that is taken up again shows no certificate to judge.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
            return Ok(Prepared::Server(Arc::new(config), verdict));
        }
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(judge);
        let mut config = match own {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let shown = key.clone_key();
                let made = builder.with_client_auth_cert(chain, key);
                made.map_err(|error| key::refused(&shown, &error))?
            }
        };
        config.resumption = Resumption::disabled();
        Ok(Prepared::Client(Arc::new(config), verdict))
    }
}

impl Prepared {
    /// The TLS side of a new connection; a client's is to `host`.
    pub(super) fn start(&self, host: String) -> Result<Tls, String> {
        match self {
            Self::Server(config, verdict) => {
                let made = ServerConnection::new(config.clone());
                let made = made.map_err(|error| error.to_string())?;
                Ok(Tls::new(Connection::Server(made), verdict.clone()))
            }
            Self::Client(config, verdict) => {
                let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
                let made = ClientConnection::new(config.clone(), name);
                let made = made.map_err(|error| error.to_string())?;
                Ok(Tls::new(Connection::Client(made), verdict.clone()))
            }
        }
    }
}
