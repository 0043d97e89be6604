//! Reads the files with certificates and keys.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ureq::tls::{PemItem, parse_pem};

use super::Tls;
use super::verify::{Authorities, Verifier};
use crate::http::error::{PairError, TlsError};
use crate::profile::{Profile, Rule};
use crate::store;

impl Tls {
    /// Whether nothing is asked for but what is usual.
    pub(in crate::http) fn is_default(&self) -> bool {
        *self == Tls::default()
    }

    /// The settings of a client. The system's authorities are only read where they count.
    pub(in crate::http) fn config(
        &self,
        profile: Profile,
        trusted: impl FnOnce() -> Arc<Authorities>,
    ) -> Result<Arc<ClientConfig>, TlsError> {
        let is_new = profile.has(Rule::TlsOfHelm4);
        let unreadable = |what, file: &String| {
            let read = store::read(file.as_ref()).map(drop);
            read.map_err(|cause| TlsError::Unreadable { what, file: file.clone(), cause })
        };
        let pair_error = |source| match is_new {
            true => TlsError::NoPair(source),
            false => TlsError::KeyPair {
                cert_file: self.cert_file.clone(),
                key_file: self.key_file.clone(),
                source,
            },
        };
        let has_no_pair = self.cert_file.is_empty() || self.key_file.is_empty();
        if is_new {
            if !has_no_pair {
                unreadable("unable to read cert file", &self.cert_file)?;
                unreadable("unable to read key file", &self.key_file)?;
            }
            if !self.ca_file.is_empty() {
                unreadable("can't read CA file", &self.ca_file)?;
            }
        }
        let identity = match has_no_pair {
            true => None,
            false => Some(self.identity().map_err(pair_error)?),
        };
        let authorities = if !self.ca_file.is_empty() {
            let pem = gostd::os::read_file(self.ca_file.as_ref())
                .map_err(|_| TlsError::UnreadableCa(self.ca_file.clone()))?;
            let found = certificates(&pem);
            if found.is_empty() && !(is_new && pem.is_empty()) {
                return Err(match is_new {
                    true => TlsError::NoCaBlock,
                    false => TlsError::NoCa(self.ca_file.clone()),
                });
            }
            match found.is_empty() {
                // Helm 4 takes an empty file for none.
                true => (!self.insecure).then(trusted),
                false => Some(Arc::new(Authorities::new(found))),
            }
        } else {
            (!self.insecure).then(trusted)
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new(authorities.filter(|_| !self.insecure), provider.clone());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| TlsError::Versions(e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        Ok(Arc::new(match identity {
            None => config.with_no_client_auth(),
            Some((chain, key)) => config
                .with_client_auth_cert(chain, key)
                .map_err(|_| pair_error(PairError::OtherKey))?,
        }))
    }

    /// Checks the files as a login does, which has its own words for what is wrong with them.
    ///
    /// # Errors
    /// `could not read CA certificate "F": REASON`, `failed to append certificates from PEM file: "F"`,
    /// `could not load X509 key pair: REASON`.
    pub fn check_for_login(&self) -> Result<(), TlsError> {
        if !self.ca_file.is_empty() {
            let file = self.ca_file.clone();
            match store::read(file.as_ref()) {
                Err(cause) => return Err(TlsError::LoginCa { file, cause }),
                Ok(data) if certificates(&data).is_empty() => {
                    return Err(TlsError::LoginNoCa(file));
                }
                Ok(_) => {}
            }
        }
        if self.cert_file.is_empty() || self.key_file.is_empty() {
            return Ok(());
        }
        self.check_pair().map_err(TlsError::LoginPair)
    }

    fn check_pair(&self) -> Result<(), PairError> {
        let chain = store::read(self.cert_file.as_ref())?;
        let key = store::read(self.key_file.as_ref())?;
        if items(&key).next().is_none() {
            return Err(PairError::NoPrivateKey);
        }
        if certificates(&chain).is_empty() {
            return Err(match items(&chain).next() {
                Some(_) => PairError::Switched,
                None => PairError::NoCertificate,
            });
        }
        match items(&key).any(|item| matches!(item, PemItem::PrivateKey(_))) {
            true => Ok(()),
            false => Err(PairError::CertificateForKey),
        }
    }

    fn identity(
        &self,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), PairError> {
        let chain = certificates(&store::read(self.cert_file.as_ref())?);
        if chain.is_empty() {
            return Err(PairError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(&store::read(self.key_file.as_ref())?)
            .map_err(|_| PairError::NoKey)?;
        Ok((chain, key))
    }
}

fn items(pem: &[u8]) -> impl Iterator<Item = PemItem<'static>> + '_ {
    parse_pem(pem).filter_map(Result::ok)
}

fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}
