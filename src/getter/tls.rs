//! Certificates: whom to trust, and who we are.

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use gostd::os::read_reason;
use gostd::strconv::quoted;

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

    /// Checks the files as a login does, which has its own words for what is wrong with them.
    ///
    /// # Errors
    /// `could not read CA certificate "F": REASON`, `failed to append certificates from PEM file: "F"`,
    /// `could not load X509 key pair: REASON`.
    pub fn check_for_login(&self) -> Result<(), String> {
        let read = |path: &str| std::fs::read(path).map_err(|e| read_reason(path.as_ref(), &e));
        if !self.ca_file.is_empty() {
            let file = quoted(&self.ca_file);
            let data = read(&self.ca_file)
                .map_err(|e| format!("could not read CA certificate {file}: {e}"))?;
            if certificates(&data).is_empty() {
                return Err(format!("failed to append certificates from PEM file: {file}"));
            }
        }
        if self.cert_file.is_empty() || self.key_file.is_empty() {
            return Ok(());
        }
        let pair = || {
            let (chain, key) = (read(&self.cert_file)?, read(&self.key_file)?);
            let (mut in_key, mut in_chain) = (items(&key), items(&chain));
            if in_key.next().is_none() {
                return Err("no valid private key found".to_owned());
            }
            if certificates(&chain).is_empty() {
                return Err(match in_chain.next() {
                    Some(_) => "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched".to_owned(),
                    None => "tls: failed to find any PEM data in certificate input".to_owned(),
                });
            }
            match items(&key).any(|item| matches!(item, PemItem::PrivateKey(_))) {
                true => Ok(()),
                false => {
                    Err("tls: found a certificate rather than a key in the PEM for the private key"
                        .to_owned())
                }
            }
        };
        pair().map_err(|e| format!("could not load X509 key pair: {e}"))
    }

    fn identity(&self) -> Result<ClientCert, String> {
        let read = |path: &str| std::fs::read(path).map_err(|e| read_reason(path.as_ref(), &e));
        let chain = certificates(&read(&self.cert_file)?);
        if chain.is_empty() {
            return Err("tls: failed to find any PEM data in certificate input".into());
        }
        let key = PrivateKey::from_pem(&read(&self.key_file)?)
            .map_err(|_| "tls: failed to find any PEM data in key input")?;
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
