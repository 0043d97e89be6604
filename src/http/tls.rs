//! Loads certificates: those to trust, and our own.

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::error::{PairError, TlsError};
use crate::store;

/// Which certificates a connection uses; empty names mean none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// File with our certificate, in PEM.
    pub cert_file: String,
    /// File with our key, in PEM.
    pub key_file: String,
    /// File with the only authorities to trust, in PEM.
    pub ca_file: String,
    /// Whether any certificate will do.
    pub insecure: bool,
}

impl Tls {
    /// Returns whether everything has its default.
    pub(super) fn is_default(&self) -> bool {
        *self == Tls::default()
    }

    /// Returns the settings of a client. The system's authorities are only read where they count.
    pub(super) fn config<'a>(
        &self,
        trusted: impl FnOnce() -> &'a [Certificate<'static>],
        secure: bool,
    ) -> Result<TlsConfig, TlsError> {
        let mut config = TlsConfig::builder().disable_verification(self.insecure);
        if !self.cert_file.is_empty() && !self.key_file.is_empty() {
            let identity = self.identity().map_err(|source| TlsError::KeyPair {
                cert_file: self.cert_file.clone(),
                key_file: self.key_file.clone(),
                source,
            })?;
            config = config.client_cert(Some(identity));
        }
        if !self.ca_file.is_empty() {
            let pem = std::fs::read(&self.ca_file)
                .map_err(|_| TlsError::UnreadableCa(self.ca_file.clone()))?;
            let found = certificates(&pem);
            if found.is_empty() {
                return Err(TlsError::NoCa(self.ca_file.clone()));
            }
            config = config.root_certs(RootCerts::new_with_certs(&found));
        } else if secure && !self.insecure {
            config = config.root_certs(RootCerts::new_with_certs(trusted()));
        }
        Ok(config.build())
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

    fn identity(&self) -> Result<ClientCert, PairError> {
        let chain = certificates(&store::read(self.cert_file.as_ref())?);
        if chain.is_empty() {
            return Err(PairError::NoCertificate);
        }
        let key = PrivateKey::from_pem(&store::read(self.key_file.as_ref())?)
            .map_err(|_| PairError::NoKey)?;
        Ok(ClientCert::new_with_certs(&chain, key))
    }
}

fn items(pem: &[u8]) -> impl Iterator<Item = PemItem<'static>> + '_ {
    parse_pem(pem).filter_map(Result::ok)
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(c)) => Some(c),
        _ => None,
    };
    parse_pem(pem).filter_map(certificate).collect()
}
