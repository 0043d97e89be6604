//! Fetches over HTTP and HTTPS, with Helm's rules for credentials and certificates and Go's words for what goes
//! wrong.
//!
//! Nothing here runs before the first request: no certificates are read, no threads are started.

#[cfg(feature = "net")]
mod client;
#[cfg(not(feature = "net"))]
#[path = "absent.rs"]
mod client;
mod error;
#[cfg(feature = "net")]
mod idna;
mod proxy;
mod tls;
#[cfg(feature = "net")]
mod transfer;
#[cfg(feature = "net")]
mod wire;
#[cfg(feature = "net")]
mod words;

use std::io::Read;
use std::time::Duration;

use crate::profile::{Profile, Rule};
use crate::report::{Debug, Reporter};
pub use client::Agent;
pub use error::{Error, PairError, TlsError, UrlError};
use gostd::url::Url;
pub use proxy::Proxies;
pub use tls::Tls;

/// What is said of a server that answers HTTPS with plain HTTP, Go's text.
pub(crate) const PLAIN_ANSWER: &str = "http: server gave HTTP response to HTTPS client";

/// Largest index file that is taken from a repository, in bytes.
pub const MAX_INDEX: u64 = 256 * 1024 * 1024;
/// Largest package that is taken from a repository, in bytes; unpacked a chart has at most 100 MiB.
pub const MAX_PACKAGE: u64 = 128 * 1024 * 1024;
/// Largest values file, signature or small document that is taken, in bytes.
pub const MAX_DOCUMENT: u64 = 16 * 1024 * 1024;

/// What the environment says about the network. It is shared by the threads that download.
pub struct Network {
    /// What servers learn about the client.
    pub user_agent: String,
    /// Where requests pass through.
    pub proxies: Proxies,
    /// Reads the certificates of the authorities that the system trusts, in DER.
    pub authorities: fn() -> Vec<Vec<u8>>,
    /// Whether every request fails before it is sent.
    pub offline: bool,
    /// The Helm release that is reproduced.
    pub profile: Profile,
    /// How long a document may take, where that is not the usual time.
    pub timeout: Option<Duration>,
    trusted: client::Trusted,
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
    /// The status with the server's words, as Go's `Status`: `404 Not Found`.
    pub status_line: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, within the limit that was given; of an error, its beginning.
    pub body: Vec<u8>,
    /// Whether the answer is of another URL than the one that was asked for.
    pub is_redirected: bool,
}

impl Response {
    /// Returns the first header of that name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
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
        Network {
            user_agent,
            proxies,
            authorities,
            offline: false,
            profile: Profile::DEFAULT,
            timeout: None,
            trusted: client::Trusted::default(),
        }
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
        let mut agent = self.agent(&options.tls, href)?;
        if let Some(timeout) = self.timeout {
            agent.set_timeout(timeout);
        }
        let request = Request { method: "GET", url: href, headers: &headers, body: None, limit };
        let tells = self.profile.has(Rule::StructuredLogs);
        if tells {
            reporter.debug(|| Debug::Fetching { url: href.to_owned() });
        }
        let response = self.send(&agent, &request, reporter)?;
        if tells {
            reporter.debug(|| Debug::Fetched {
                url: href.to_owned(),
                status: response.status_line.clone(),
                length: response.header("content-length").and_then(|length| length.parse().ok()),
            });
        }
        if response.status != 200 {
            return Err(Error::Status { url: href.to_owned(), status: response.status_line });
        }
        Ok(response.body)
    }

    /// Asks for a document as Go's default client does: without credentials, packed if the server can.
    ///
    /// # Errors
    /// Go's texts: `Get "URL": dial tcp …`, `unexpected EOF`.
    pub fn ask(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        limit: u64,
        within: Duration,
        reporter: &dyn Reporter,
    ) -> Result<Response, Error> {
        let headers = [headers, &[("Accept-Encoding", "gzip")]].concat();
        let mut agent = self.agent(&Tls::default(), url)?;
        agent.set_timeout(within);
        let request = Request { method: "GET", url, headers: &headers, body: None, limit };
        let mut answer = self.send(&agent, &request, reporter)?;
        let is_whole = (200..300).contains(&answer.status) && !answer.body.is_empty();
        if is_whole
            && answer.header("content-encoding").is_some_and(|e| e.eq_ignore_ascii_case("gzip"))
        {
            answer.body = unpacked(&answer.body, limit)?;
        }
        Ok(answer)
    }
}

/// Reads a URL.
///
/// # Errors
/// Go's text: `parse "…": …`.
pub fn parse(url: &str) -> Result<Url, UrlError> {
    Url::parse(url).map_err(UrlError)
}

/// Returns the value of `Authorization` for a name and a password.
pub fn basic(username: &str, password: &str) -> String {
    use base64::Engine;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
    format!("Basic {pair}")
}

/// Returns what was packed with gzip.
fn unpacked(packed: &[u8], limit: u64) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(packed).take(limit + 1).read_to_end(&mut body);
    match read {
        Ok(n) if n as u64 > limit => {
            Err(Error::Body(format!("the answer has more than {limit} bytes")))
        }
        Ok(_) => Ok(body),
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(Error::Body("unexpected EOF".to_owned()))
        }
        Err(_) => Err(Error::Body("gzip: invalid header".to_owned())),
    }
}
