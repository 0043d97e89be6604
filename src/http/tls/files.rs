//! Reads the files with certificates and keys.

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::Tls;
use crate::http::error::{PairError, TlsError};
use crate::store;

impl Tls {
    /// Whether nothing is asked for but what is usual.
    pub(in crate::http) fn is_default(&self) -> bool {
        *self == Tls::default()
    }

    /// The settings of a client. The system's authorities are only read where they count.
    pub(in crate::http) fn config<'a>(
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
