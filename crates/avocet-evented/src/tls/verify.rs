//! Judging a peer's certificate without ending the connection for it: the script decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// Nothing has been judged.
const NONE: i32 = i32::MAX;

/// Place where a verifier leaves its judgement for the connection that asked.
#[derive(Debug, Clone)]
pub(crate) struct Verdict(Arc<AtomicI32>);

impl Default for Verdict {
    fn default() -> Self {
        Self(Arc::new(AtomicI32::new(NONE)))
    }
}

impl Verdict {
    pub(super) fn clear(&self) {
        self.0.store(NONE, Ordering::Relaxed);
    }

    pub(super) fn take(&self) -> Option<i32> {
        let judged = self.0.swap(NONE, Ordering::Relaxed);
        (judged != NONE).then_some(judged)
    }
}

/// The numbers that the original gave.
fn number(result: Result<(), Error>) -> i32 {
    use CertificateError as C;
    match result {
        Ok(()) => 1,
        Err(Error::InvalidCertificate(error)) => match error {
            C::UnknownIssuer => -100,
            C::NotValidYet | C::NotValidYetContext { .. } => -103,
            C::Expired | C::ExpiredContext { .. } => -104,
            C::Revoked => -105,
            C::NotValidForName | C::NotValidForNameContext { .. } => -106,
            _ => -102,
        },
        Err(_) => -102,
    }
}

/// Judges certificates of either side.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) verdict: Verdict,
    pub(super) trusted: Vec<CertificateDer<'static>>,
    pub(super) servers: Option<Arc<WebPkiServerVerifier>>,
    pub(super) clients: Option<Arc<dyn ClientCertVerifier>>,
}

impl Judge {
    fn judge(&self, certificate: &CertificateDer<'_>, result: Option<Result<(), Error>>) {
        let judged = match result {
            None => -100,
            Some(result) => number(result),
        };
        // A certificate that is trusted itself needs no other to vouch for it.
        let itself = matches!(judged, -100 | -102) && self.trusted.iter().any(|t| t == certificate);
        self.verdict.0.store(if itself { 1 } else { judged }, Ordering::Relaxed);
    }
}

/// Signatures are checked in the same way for both sides, whose traits each ask for it.
macro_rules! signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            let algorithms = &self.provider.signature_verification_algorithms;
            verify_tls12_signature(message, certificate, signature, algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            let algorithms = &self.provider.signature_verification_algorithms;
            verify_tls13_signature(message, certificate, signature, algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.provider.signature_verification_algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let result = self.servers.as_ref().map(|verifier| {
            verifier
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
                .map(drop)
        });
        self.judge(end_entity, result);
        Ok(ServerCertVerified::assertion())
    }

    signatures!();
}

impl ClientCertVerifier for Judge {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let result = self
            .clients
            .as_ref()
            .map(|verifier| verifier.verify_client_cert(end_entity, intermediates, now).map(drop));
        self.judge(end_entity, result);
        Ok(ClientCertVerified::assertion())
    }

    signatures!();
}
