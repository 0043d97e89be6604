//! Fetches over HTTP and HTTPS, with Helm's rules for credentials and certificates and Go's words for what goes
//! wrong.
//!
//! Nothing here runs before the first request: no certificates are read, no threads are started.

mod error;
mod proxy;
mod tls;
mod transfer;
mod words;

use std::sync::OnceLock;
use std::time::Duration;

use ureq::http;
use ureq::tls::Certificate;

use crate::report::Reporter;
pub use error::{Error, PairError, TlsError, UrlError};
use gostd::url::Url;
pub use proxy::Proxies;
pub use tls::Tls;

/// Largest index file that is taken from a repository, in bytes.
pub const MAX_INDEX: u64 = 256 * 1024 * 1024;
/// Largest package that is taken from a repository, in bytes; unpacked a chart has at most 100 MiB.
pub const MAX_PACKAGE: u64 = 128 * 1024 * 1024;
/// Largest values file, signature or small document that is taken, in bytes.
pub const MAX_DOCUMENT: u64 = 16 * 1024 * 1024;

/// How long one request may take, as Helm has it.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What the environment says about the network. It is shared by the threads that download.
pub struct Network {
    /// What servers learn about the client.
    pub user_agent: String,
    /// Where requests pass through.
    pub proxies: Proxies,
    /// Reads the certificates of the authorities that the system trusts, in DER.
    pub authorities: fn() -> Vec<Vec<u8>>,
    trusted: OnceLock<Vec<Certificate<'static>>>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("user_agent", &self.user_agent).finish_non_exhaustive()
    }
}

/// How one thing is fetched, Helm's `getter.Option`s.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The URL that the credentials belong to; they go to its host only.
    pub url: String,
    /// Certificates.
    pub tls: Tls,
    /// Name and password for basic authentication; nothing is sent unless both are there.
    pub username: String,
    /// See `username`.
    pub password: String,
    /// Whether credentials go to any host.
    pub pass_credentials: bool,
    /// What to say in `Accept`, if anything.
    pub accept: &'static str,
}

/// An answer of a server, whatever its status.
#[derive(Debug)]
pub struct Response {
    /// The status, e.g. 200.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, within the limit that was given.
    pub body: Vec<u8>,
}

impl Response {
    /// Returns the first header of that name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Returns the status with its standard words, as Go's `Status` mostly is: `404 Not Found`.
    pub fn status_line(&self) -> String {
        match http::StatusCode::from_u16(self.status).ok().and_then(|s| s.canonical_reason()) {
            Some(reason) => format!("{} {reason}", self.status),
            None => self.status.to_string(),
        }
    }
}

/// A request, apart from how the connection is made.
#[derive(Debug)]
pub struct Request<'a> {
    /// `GET`, `PUT` …
    pub method: &'a str,
    /// Where to.
    pub url: &'a str,
    /// Further headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// What to send; `None` sends no body at all.
    pub body: Option<&'a [u8]>,
    /// The largest body that is accepted as an answer, in bytes.
    pub limit: u64,
}

impl Network {
    /// Returns the network as the environment describes it.
    pub fn new(user_agent: String, proxies: Proxies, authorities: fn() -> Vec<Vec<u8>>) -> Network {
        Network { user_agent, proxies, authorities, trusted: OnceLock::new() }
    }

    /// Fetches a document as Helm's HTTP getter does: any status but 200 is an error.
    ///
    /// # Errors
    /// Helm's texts: `failed to fetch URL : 404 Not Found`, `Get "URL": dial tcp …`.
    pub fn get(
        &self,
        href: &str,
        options: &Options,
        limit: u64,
        reporter: &dyn Reporter,
    ) -> Result<Vec<u8>, Error> {
        let owner = parse(&options.url).map_err(|source| Error::Owner { source })?;
        let target = parse(href).map_err(|source| Error::Target { source })?;
        let same = owner.scheme == target.scheme && owner.host == target.host;
        let mut headers = Vec::new();
        if !options.accept.is_empty() {
            headers.push(("Accept", options.accept));
        }
        let authorization;
        if (options.pass_credentials || same)
            && !options.username.is_empty()
            && !options.password.is_empty()
        {
            authorization = basic(&options.username, &options.password);
            headers.push(("Authorization", &authorization));
        }
        let agent = self.agent(&options.tls, href)?;
        let request = Request { method: "GET", url: href, headers: &headers, body: None, limit };
        let response = self.send(&agent, &request, reporter)?;
        if response.status != 200 {
            return Err(Error::Status { url: href.to_owned(), status: response.status_line() });
        }
        Ok(response.body)
    }

    /// Returns a client for one server, with its certificates.
    ///
    /// # Errors
    /// `can't create TLS config for client: …` where the files are no certificates.
    pub fn agent(&self, tls: &Tls, url: &str) -> Result<Agent, Error> {
        let secure = url.starts_with("https:");
        let tls = if secure || !tls.is_default() {
            let wrap = |e| Error::Tls { source: Box::new(e) };
            Some(tls.config(|| self.trusted(), secure).map_err(wrap)?)
        } else {
            None
        };
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(self.user_agent.as_str())
            .accept_encoding(ureq::config::AutoHeaderValue::None)
            .max_redirects(10)
            .redirect_auth_headers(ureq::config::RedirectAuthHeaders::SameHost)
            .timeout_global(Some(TIMEOUT))
            .proxy(self.proxies.proxy_for(url));
        if let Some(tls) = tls {
            config = config.tls_config(tls);
        }
        Ok(Agent(config.build().new_agent()))
    }

    fn trusted(&self) -> &[Certificate<'static>] {
        self.trusted.get_or_init(|| {
            (self.authorities)().iter().map(|der| Certificate::from_der(der).to_owned()).collect()
        })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// Go's text, e.g. `Get "http://x/": dial tcp 127.0.0.1:80: connect: connection refused`.
    pub fn send(
        &self,
        agent: &Agent,
        request: &Request<'_>,
        reporter: &dyn Reporter,
    ) -> Result<Response, Error> {
        let failed = |e: ureq::Error| {
            let mut verb = request.method.to_ascii_lowercase();
            if let Some(first) = verb.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            let url = words::without_password(request.url);
            Error::NoAnswer { verb, url, why: words::words(&e, request.url) }
        };
        let mut built = http::Request::builder().method(request.method).uri(request.url);
        for (name, value) in request.headers {
            built = built.header(*name, *value);
        }
        let invalid = |e: http::Error| failed(e.into());
        let answer = match request.body {
            Some(body) => {
                let whole = built.body(body).map_err(invalid)?;
                transfer::sending(reporter, body.len(), || agent.0.run(whole))
            }
            None => agent.0.run(built.body(()).map_err(invalid)?),
        };
        let mut answer = answer.map_err(failed)?;
        let headers = answer
            .headers()
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into()))
            .collect();
        let status = answer.status().as_u16();
        let body = transfer::receive(reporter, answer.body_mut(), request.limit).map_err(failed)?;
        Ok(Response { status, headers, body })
    }
}

/// Reads a URL.
///
/// # Errors
/// Go's text: `parse "…": …`.
pub fn parse(url: &str) -> Result<Url, UrlError> {
    Url::parse(url).map_err(UrlError)
}

/// A client that keeps its connections to a server open.
#[derive(Debug)]
pub struct Agent(ureq::Agent);

/// Returns the value of `Authorization` for a name and a password.
pub fn basic(username: &str, password: &str) -> String {
    use base64::Engine;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
    format!("Basic {pair}")
}
