//! Requests documents of servers, over ureq, and follows redirects as Go does.

use std::fmt;
use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use gostd::http::status_text;
use gostd::os::{bytes_of, is_utf8, text_of};
use gostd::url::Url;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use ureq::http;

use super::proxy::divided;
use super::tls::Authorities;
use super::wire::{self, Addresses, Forward};
use super::{Error, Network, Request, Response, Tls, idna, transfer, words};
use crate::report::Reporter;

/// How long one request may take, as Helm has it.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How many redirects are followed.
const MAX_REDIRECTS: usize = 10;
/// How much is read of an answer that is an error.
const MAX_ERROR: u64 = 64 * 1024;
/// How much is read of an answer that leads elsewhere, so that its connection can be used again.
const MAX_REDIRECT: u64 = 2 * 1024;

/// The certificates of the authorities that the system trusts, read at the first request that needs them.
pub(super) type Trusted = OnceLock<Arc<Authorities>>;

/// How a server is reached.
#[derive(Clone, PartialEq, Eq)]
enum Route {
    Direct,
    /// A proxy is asked for the whole URL.
    Forward(String),
    /// A proxy connects to the server.
    Tunnel(String),
}

/// Reads the URL of a proxy of one of these schemes.
fn usable(proxy: &str, schemes: &[&str]) -> Result<ureq::Proxy, Unsent> {
    let scheme = proxy.split("://").next().unwrap_or_default();
    if !schemes.contains(&scheme) {
        return Err(unusable(&format!("a proxy that speaks {scheme} is not supported here")));
    }
    ureq::Proxy::new(proxy).map_err(|e| unusable(&e.to_string()))
}

fn unusable(why: &str) -> Unsent {
    Unsent::Why(format!("proxyconnect tcp: {why}"))
}

/// A client that keeps its connections to servers open.
pub struct Agent {
    tls: Tls,
    config: OnceLock<Arc<ClientConfig>>,
    clients: Mutex<Vec<(Route, ureq::Agent)>>,
    timeout: Duration,
}

impl fmt::Debug for Agent {
    /// Shows nothing of the proxies, whose URLs may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Agent {
    /// Sets another limit for a request, redirects and the whole answer included.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }
}

/// Returns what the first line of an answer says behind the version: `404 Not Found`.
fn status_line(status: u16) -> String {
    let line = wire::first_line();
    let code = status.to_string();
    let said = memchr::memchr(b' ', &line).and_then(|at| line.get(at + 1..));
    let said = text_of(said.unwrap_or_default().to_vec());
    let said = said.trim_start_matches(' ');
    // The line may be an earlier one, of an answer that only asks for patience.
    if said.split(' ').next() == Some(&code) {
        return said.to_owned();
    }
    match status_text(status) {
        "" => code,
        words => format!("{code} {words}"),
    }
}

/// A request on its way, after however many redirects.
struct Hop<'h> {
    method: &'h str,
    url: Url,
    body: Option<&'h [u8]>,
    /// Whether credentials go along: they do not leave the first host and those below it.
    is_trusted: bool,
    referer: String,
}

impl Network {
    /// Returns a client for one server, with its certificates.
    ///
    /// # Errors
    /// `can't create TLS config for client: …` where the files are no certificates.
    pub fn agent(&self, tls: &Tls, url: &str) -> Result<Agent, Error> {
        let agent = Agent {
            tls: tls.clone(),
            config: OnceLock::new(),
            clients: Mutex::default(),
            timeout: TIMEOUT,
        };
        if url.starts_with("https:") || !tls.is_default() {
            self.config(&agent)?;
        }
        Ok(agent)
    }

    fn config(&self, agent: &Agent) -> Result<Arc<ClientConfig>, Error> {
        if let Some(config) = agent.config.get() {
            return Ok(config.clone());
        }
        let wrap = |e| Error::Tls { source: Box::new(e) };
        let config = agent.tls.config(self.profile, || self.trusted()).map_err(wrap)?;
        Ok(agent.config.get_or_init(|| config).clone())
    }

    fn trusted(&self) -> Arc<Authorities> {
        let read = || {
            let found = (self.authorities)().into_iter().map(CertificateDer::from).collect();
            Arc::new(Authorities::new(found))
        };
        self.trusted.get_or_init(read).clone()
    }

    /// Returns what sends a request for a URL.
    ///
    /// A proxy that cannot be asked as it wants to be is an error: nothing goes past it, and no password of it is sent
    /// in the clear where it asks for TLS.
    fn client(&self, agent: &Agent, url: &Url) -> Result<ureq::Agent, Unsent> {
        let secure = url.scheme == "https";
        let route = match self.proxies.proxy_for(&url.to_string()) {
            None => Route::Direct,
            Some(proxy) if secure => Route::Tunnel(proxy),
            Some(proxy) => Route::Forward(proxy),
        };
        let tls = if secure { Some(self.config(agent).map_err(Unsent::Error)?) } else { None };
        let mut clients = agent.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let known = clients.iter().find(|(known, client)| {
            // One that was made for plain HTTP speaks no TLS.
            *known == route && client.config().https_only() == secure
        });
        if let Some((_, client)) = known {
            return Ok(client.clone());
        }
        let mut config = ureq::Agent::config_builder()
            .https_only(secure)
            .http_status_as_error(false)
            .user_agent(self.user_agent.as_str())
            .accept_encoding(ureq::config::AutoHeaderValue::None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None);
        let mut forward = None;
        match &route {
            Route::Direct => {}
            Route::Tunnel(proxy) => config = config.proxy(Some(usable(proxy, &["http", "https"])?)),
            Route::Forward(proxy) => {
                let known = usable(proxy, &["http"])?;
                let uri = proxy.parse::<http::Uri>().map_err(|e| unusable(&e.to_string()))?;
                let authorization = known
                    .username()
                    .map(|name| super::basic(name, known.password().unwrap_or_default()));
                forward = Some(Forward { authorization, proxy: uri });
            }
        }
        let addresses = Addresses::of(forward.as_ref().map(|forward| forward.proxy.clone()));
        let connector = wire::connector(tls, forward);
        let client = ureq::Agent::with_parts(config.build(), connector, addresses);
        clients.push((route, client.clone()));
        Ok(client)
    }

    /// Sends a request, follows redirects as Go's client does, and reads the whole answer; of an error, the beginning.
    ///
    /// # Errors
    /// Go's text, e.g. `Get "http://x/": dial tcp 127.0.0.1:80: connect: connection refused`.
    pub fn send(
        &self,
        agent: &Agent,
        request: &Request<'_>,
        reporter: &dyn Reporter,
    ) -> Result<Response, Error> {
        let mut first = super::parse(request.url).map_err(Error::Url)?;
        if first.host.ends_with(':') {
            first.host.pop();
        }
        let no_answer = |url: String, why: String| {
            let mut verb = request.method.to_ascii_lowercase();
            if let Some(first) = verb.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            Error::NoAnswer { verb, url, why }
        };
        let until = Instant::now() + agent.timeout;
        let mut hop = Hop {
            method: request.method,
            url: first.clone(),
            body: request.body,
            is_trusted: true,
            referer: String::new(),
        };
        let mut redirects = 0;
        loop {
            let failed = |why| no_answer(hop.url.without_password(), why);
            if self.offline {
                return Err(failed("the network is not to be used".to_owned()));
            }
            let sent = self.send_once(agent, request, &hop, until, reporter);
            let mut answer = match sent {
                Err(Unsent::Error(error)) => return Err(error),
                Err(Unsent::Why(why)) => return Err(failed(why)),
                Ok(answer) => answer,
            };
            let status = answer.status().as_u16();
            let to = answer.headers().get("location").map(|l| l.as_bytes().to_vec());
            let to = text_of(to.unwrap_or_default());
            if !matches!(status, 301..=303 | 307 | 308) || to.is_empty() {
                return finish(answer, request.limit, &hop, redirects > 0, reporter);
            }
            let next = Url::parse(&to).map_err(|e| {
                let quoted = gostd::strconv::quoted(bytes_of(&to));
                failed(format!("failed to parse Location header {quoted}: {e}"))
            })?;
            let next = hop.url.resolve(&next);
            redirects += 1;
            if redirects >= MAX_REDIRECTS {
                return Err(no_answer(to, format!("stopped after {MAX_REDIRECTS} redirects")));
            }
            let small = |length: u64| length <= MAX_REDIRECT;
            if answer.body().content_length().is_some_and(small) {
                let _ = beginning(answer.body_mut(), MAX_REDIRECT);
            }
            let is_leak = hop.url.scheme == "https" && next.scheme == "http";
            hop = Hop {
                method: match (status, hop.method) {
                    (307 | 308, method) | (_, method @ ("GET" | "HEAD")) => method,
                    _ => "GET",
                },
                body: hop.body.filter(|_| matches!(status, 307 | 308)),
                is_trusted: hop.is_trusted && is_below(&next, &first),
                referer: match is_leak {
                    true => String::new(),
                    false => hop.url.without_user().to_string(),
                },
                url: next,
            };
        }
    }

    fn send_once(
        &self,
        agent: &Agent,
        request: &Request<'_>,
        hop: &Hop<'_>,
        until: Instant,
        reporter: &dyn Reporter,
    ) -> Result<http::Response<ureq::Body>, Unsent> {
        let url = &hop.url;
        if !matches!(url.scheme.as_str(), "http" | "https") {
            let scheme = gostd::strconv::quoted(url.scheme.as_bytes());
            return Err(Unsent::Why(format!("unsupported protocol scheme {scheme}")));
        }
        if url.host.is_empty() {
            return Err(Unsent::Why("http: no Host in request URL".to_owned()));
        }
        let proxy = self.proxies.proxy_for(&url.to_string());
        if let Some(why) = words::undialable(url).filter(|_| proxy.is_none()) {
            return Err(Unsent::Why(why));
        }
        let client = self.client(agent, url)?;
        let mut built = http::Request::builder().method(hop.method).uri(printable(url));
        for (name, value) in request.headers {
            if hop.is_trusted || !name.eq_ignore_ascii_case("authorization") {
                built = built.header(*name, *value);
            }
        }
        if !hop.referer.is_empty() {
            built = built.header("Referer", hop.referer.as_bytes());
        }
        let why = |e: ureq::Error| {
            Unsent::Why(match &proxy {
                None => words::words(&e, url),
                Some(proxy) => words::of_proxy(&e, url, proxy, &wire::first_line()),
            })
        };
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        wire::first_line();
        wire::send_query(url.raw_query.contains(is_refused).then(|| url.raw_query.clone()));
        let answer = match hop.body {
            Some(body) => {
                let whole = built.body(body).map_err(|e| why(e.into()))?;
                let whole = client.configure_request(whole).timeout_global(Some(left)).build();
                transfer::sending(reporter, body.len(), || client.run(whole))
            }
            None => {
                let whole = built.body(()).map_err(|e| why(e.into()))?;
                client.run(client.configure_request(whole).timeout_global(Some(left)).build())
            }
        };
        answer.map_err(|e| match &e {
            ureq::Error::Protocol(_) => Unsent::Why(words::malformed(&wire::first_line(), &e)),
            _ => why(e),
        })
    }
}

/// Why a request was not answered.
enum Unsent {
    /// In Go's words.
    Why(String),
    /// Something before it.
    Error(Error),
}

/// Reads an answer.
fn finish(
    mut answer: http::Response<ureq::Body>,
    limit: u64,
    hop: &Hop<'_>,
    is_redirected: bool,
    reporter: &dyn Reporter,
) -> Result<Response, Error> {
    let headers = answer
        .headers()
        .iter()
        .map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into()))
        .collect();
    let status = answer.status();
    let status_line = status_line(status.as_u16());
    let body = if status.is_success() {
        let failed = |e| Error::Body(words::in_body(&e, &hop.url));
        transfer::receive(reporter, answer.body_mut(), limit).map_err(failed)?
    } else {
        beginning(answer.body_mut(), MAX_ERROR.min(limit))
    };
    Ok(Response { status: status.as_u16(), status_line, headers, body, is_redirected })
}

/// Returns the beginning of a body, as far as it comes.
fn beginning(body: &mut ureq::Body, limit: u64) -> Vec<u8> {
    let mut data = Vec::new();
    // What fails is no longer of interest: the status is an error already.
    let _ = body.as_reader().take(limit).read_to_end(&mut data);
    data
}

/// Returns whether a URL's host is that of another one, or below it.
fn is_below(url: &Url, above: &Url) -> bool {
    let name = |url: &Url| divided(&url.host).0.to_ascii_lowercase();
    let (host, above) = (name(url), name(above));
    host == above
        || !host.contains([':', '%'])
            && host.strip_suffix(&above).is_some_and(|rest| rest.ends_with('.'))
}

/// Returns a URL as the client takes it. Go sends a query as it is written; what the client refuses there is left for
/// [`wire::send_query`].
fn printable(url: &Url) -> String {
    let mut sent = url.without_fragment();
    if !url.host.is_ascii() {
        let (host, port) = divided(&url.host);
        sent.host = idna::to_ascii(host);
        if let Some(port) = port {
            sent.host.push_str(&format!(":{port}"));
        }
    }
    if url.raw_query.contains(is_refused) {
        sent.raw_query = url.raw_query.replace(is_refused, "_");
    }
    sent.to_string()
}

/// Returns whether the client refuses a character in a query, or would send another.
fn is_refused(c: char) -> bool {
    matches!(c, ' ' | '"' | '<' | '>') || !is_utf8(c.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_with_the_host_and_those_below_it() {
        for (url, above, want) in [
            ("http://a.org/x", "https://a.org:8443/", true),
            ("http://b.a.org/x", "http://a.org/", true),
            ("http://ba.org/x", "http://a.org/", false),
            ("http://a.org/x", "http://b.a.org/", false),
            ("http://[::1]/x", "http://[::1]:80/", true),
        ] {
            let parsed = |url| Url::parse(url).unwrap();
            assert_eq!(is_below(&parsed(url), &parsed(above)), want, "{url} {above}");
        }
    }

    #[test]
    fn the_client_takes_what_is_sent() {
        let sent = |url| {
            let sent = printable(&Url::parse(url).unwrap());
            sent.parse::<http::Uri>().unwrap();
            sent
        };
        assert_eq!(
            sent("http://h/a b<\">?c d\u{e9}<\">{"),
            "http://h/a%20b%3C%22%3E?c_d\u{e9}___{"
        );
        assert_eq!(sent("http://h/%41?%20[]#x"), "http://h/%41?%20[]");
        assert_eq!(sent("http://\u{e9}.org:80/"), "http://xn--9ca.org:80/");
        assert_eq!(sent("http://org.\u{e9}:80/"), "http://org.xn--9ca:80/");
        let bytes = text_of(b"http://h/\xff?\xfe".to_vec());
        assert_eq!(sent(&bytes), "http://h/%FF?_");
    }
}
