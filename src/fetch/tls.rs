//! Certificates: whom to trust, and who we are.

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::chart::io_reason;

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
    /// Whether nothing is asked for but what is usual.
    pub(super) fn is_default(&self) -> bool {
        *self == Tls::default()
    }

    /// The settings of a client. The system's authorities are only read where they count.
    pub(super) fn config<'a>(
        &self,
        trusted: impl FnOnce() -> &'a [Certificate<'static>],
        secure: bool,
    ) -> Result<TlsConfig, String> {
        let mut config = TlsConfig::builder().disable_verification(self.insecure);
        if !self.cert_file.is_empty() && !self.key_file.is_empty() {
            config = config.client_cert(Some(self.identity().map_err(|e| {
                format!(
                    "can't load key pair from cert {} and key {}: {e}",
                    self.cert_file, self.key_file
                )
            })?));
        }
        if !self.ca_file.is_empty() {
            let pem = std::fs::read(&self.ca_file)
                .map_err(|_| format!("can't read CA file: {}", self.ca_file))?;
            let found = certificates(&pem);
            if found.is_empty() {
                return Err(format!("failed to append certificates from file: {}", self.ca_file));
            }
            config = config.root_certs(RootCerts::new_with_certs(&found));
        } else if secure && !self.insecure {
            config = config.root_certs(RootCerts::new_with_certs(trusted()));
        }
        Ok(config.build())
    }

    fn identity(&self) -> Result<ClientCert, String> {
        let read =
            |path: &str| std::fs::read(path).map_err(|e| format!("open {path}: {}", io_reason(&e)));
        let chain = certificates(&read(&self.cert_file)?);
        if chain.is_empty() {
            return Err("tls: failed to find any PEM data in certificate input".into());
        }
        let key = PrivateKey::from_pem(&read(&self.key_file)?)
            .map_err(|_| "tls: failed to find any PEM data in key input")?;
        Ok(ClientCert::new_with_certs(&chain, key))
    }
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(c)) => Some(c),
        _ => None,
    };
    parse_pem(pem).filter_map(certificate).collect()
}
