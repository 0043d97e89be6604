//! Requests documents of servers, over ureq.

use std::sync::OnceLock;
use std::time::Duration;

use ureq::http;
use ureq::tls::Certificate;

use super::{Error, Network, Request, Response, Tls, transfer, words};
use crate::report::Reporter;

/// How long one request may take, as Helm has it.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The certificates of the authorities that the system trusts, read at the first request that needs them.
pub(super) type Trusted = OnceLock<Vec<Certificate<'static>>>;

/// A client that keeps its connections to a server open.
#[derive(Debug)]
pub struct Agent(ureq::Agent);

/// Returns the words of a status, as Go mostly has them.
pub(super) fn reason(status: u16) -> Option<&'static str> {
    let words = http::StatusCode::from_u16(status).ok()?.canonical_reason()?;
    Some(words)
}

impl Network {
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
            .proxy(self.proxies.proxy_for(url).and_then(|proxy| ureq::Proxy::new(&proxy).ok()));
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
        let no_answer = |why| {
            let mut verb = request.method.to_ascii_lowercase();
            if let Some(first) = verb.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            Error::NoAnswer { verb, url: words::without_password(request.url), why }
        };
        let failed = |e: ureq::Error| no_answer(words::words(&e, request.url));
        if self.proxies.proxy_for(request.url).is_none()
            && let Some(why) = words::undialable(request.url)
        {
            return Err(no_answer(why));
        }
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
