//! Checks servers' certificates as Go does: by the authorities, and a certificate that is itself among them by its name
//! and its time alone.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// The authorities that are trusted.
#[derive(Debug)]
pub(in crate::http) struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
    store: Arc<RootCertStore>,
}

impl Authorities {
    /// Takes what is a certificate; nothing is said of the rest.
    pub(in crate::http) fn new(certificates: Vec<CertificateDer<'static>>) -> Authorities {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.iter().cloned());
        Authorities { certificates, store: Arc::new(store) }
    }
}

/// Checks certificates by authorities, or, without any, lets all pass.
#[derive(Debug)]
pub(in crate::http) struct Verifier {
    authorities: Option<Arc<Authorities>>,
    /// Follows chains; `None` without an authority to lead to.
    chains: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(in crate::http) fn new(
        authorities: Option<Arc<Authorities>>,
        provider: Arc<CryptoProvider>,
    ) -> Verifier {
        let chains = authorities.as_ref().and_then(|authorities| {
            let store = authorities.store.clone();
            WebPkiServerVerifier::builder_with_provider(store, provider.clone()).build().ok()
        });
        Verifier { authorities, chains, provider }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let Some(chains) = &self.chains else { return Err(unknown) };
        let checked =
            chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match checked {
            // The time was looked at before the chain: an authority's certificate is refused as a server's, one that is
            // no authority's for want of an issuer.
            Err(Error::InvalidCertificate(
                CertificateError::Other(_) | CertificateError::UnknownIssuer,
            )) => {
                if !authorities.certificates.iter().any(|known| known == end_entity) {
                    return Err(unknown);
                }
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
