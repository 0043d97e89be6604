//! Talking to a registry: credentials, tags, manifests and blobs.

use std::cell::RefCell;
use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::auth::{Credential, Fault, parameters, token};
use super::{CHART, CONFIG, MANIFEST, OLD_CHART, PROVENANCE, Reference, UNDERSCORE};
use crate::getter::{Agent, MAX_DOCUMENT, MAX_PACKAGE, Network, Request, Response, Tls, basic};
use gosemver::{Constraint, Version};
use gostd::json;
use gostd::value::Value;

/// A part of a chart in a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The package.
    Chart,
    /// Its signature.
    Provenance,
}

/// A client for registries; it remembers how it got in.
pub struct Client<'c> {
    network: &'c Network,
    tls: Tls,
    plain_http: bool,
    credential: &'c dyn Fn(&str) -> Option<Credential>,
    /// `Authorization` by registry and name.
    known: RefCell<HashMap<String, String>>,
}

impl std::fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("plain_http", &self.plain_http).finish_non_exhaustive()
    }
}

/// Whether a registry is on this machine: Helm talks plain HTTP to it where HTTPS fails.
fn is_local(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    host == "localhost" || host.starts_with("127.") || host == "[::1]"
}

pub(super) fn sha256(data: &[u8]) -> String {
    let hex: String = Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{hex}")
}

/// What one request is about.
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) url: String,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: Option<&'a [u8]>,
    pub(super) limit: u64,
}

/// A connection to one registry for one name.
pub(super) struct Session<'s, 'c> {
    client: &'s Client<'c>,
    agent: Agent,
    pub(super) base: String,
    scope: String,
    key: String,
}

/// A blob that a manifest names.
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
}

pub(super) fn field(value: &Option<gostd::value::Map>, name: &str) -> Option<String> {
    let found = value.as_ref()?.get(name.as_bytes())?;
    found.as_str().map(|s| s.to_string_lossy().into_owned())
}

impl Descriptor {
    fn read(value: &Value) -> Option<Descriptor> {
        let map = value.as_map();
        let size = match map.as_ref()?.get(b"size")? {
            Value::Float(n) if n >= 0.0 && n <= MAX_PACKAGE as f64 => n as u64,
            _ => return None,
        };
        let digest = field(&map, "digest")?;
        Some(Descriptor { media_type: field(&map, "mediaType")?, digest, size })
    }
}

impl<'c> Client<'c> {
    /// A client; `credential` knows who the user is to a registry.
    pub fn new(
        network: &'c Network,
        tls: Tls,
        plain_http: bool,
        credential: &'c dyn Fn(&str) -> Option<Credential>,
    ) -> Client<'c> {
        Client { network, tls, plain_http, credential, known: RefCell::default() }
    }

    /// Opens a session; where `fall_back`, a registry on this machine may speak plain HTTP.
    pub(super) fn session(
        &self,
        reference: &Reference,
        actions: &str,
        fall_back: bool,
    ) -> Result<Session<'_, 'c>, String> {
        let registry = match reference.registry.as_str() {
            "docker.io" => "registry-1.docker.io",
            registry => registry,
        };
        let mut scheme = if self.plain_http { "http" } else { "https" };
        let mut agent = self.network.agent(&self.tls, &format!("{scheme}://{registry}/"))?;
        if fall_back && !self.plain_http && is_local(registry) {
            let url = format!("https://{registry}/v2/");
            let probe =
                Request { method: "GET", url: &url, headers: &[], body: None, limit: MAX_DOCUMENT };
            if self.network.send(&agent, &probe).is_err() {
                scheme = "http";
                agent = self.network.agent(&self.tls, &format!("http://{registry}/"))?;
            }
        }
        Ok(Session {
            client: self,
            agent,
            base: format!("{scheme}://{registry}/v2/{}", reference.repository),
            scope: format!("repository:{}:{actions}", reference.repository),
            key: format!("{registry}/{}:{actions}", reference.repository),
        })
    }

    /// The versions among a chart's tags, newest first, `_` read as `+`.
    ///
    /// # Errors
    /// What the registry says.
    pub fn tags(&self, reference: &str) -> Result<Vec<String>, String> {
        const MAX_PAGES: usize = 1000;
        let reference = Reference::parse(reference)?;
        let session = self.session(&reference, "pull", false)?;
        let mut url = format!("{}/tags/list", session.base);
        let mut versions = Vec::new();
        for _ in 0..MAX_PAGES {
            let answer =
                session.send(&Call::get(url.clone(), MAX_DOCUMENT)).map_err(|e| match e {
                    Fault::NoCredential => {
                        format!("GET {url:?}: credential required for basic auth")
                    }
                    Fault::Other(text) => text,
                })?;
            if answer.status != 200 {
                return Err(unexpected("GET", &url, &answer));
            }
            let list = json::unmarshal(&answer.body)
                .map_err(|e| e.to_string())?
                .as_map()
                .and_then(|m| m.get(b"tags"));
            if let Some(Value::List(tags)) = list {
                let texts = tags.iter().filter_map(Value::as_str);
                versions.extend(texts.filter_map(|t| {
                    Version::parse_strict(&t.to_string_lossy().replace('_', "+")).ok()
                }));
            }
            match answer.header("link").and_then(|l| next_page(&session.base, l)) {
                Some(next) => url = next,
                None => break,
            }
        }
        versions.sort_by(|a, b| b.precedence(a));
        Ok(versions.iter().map(Version::to_string).collect())
    }

    /// The reference of the version that is asked for, Helm's `ValidateReference`.
    ///
    /// # Errors
    /// Helm's texts: `chart reference and version mismatch: …`, `Could not locate a version …`.
    pub fn resolve(&self, text: &str, version: &str) -> Result<String, String> {
        let reference = Reference::parse(text)?;
        let version = if version.is_empty() {
            reference.tag.clone()
        } else if !reference.tag.is_empty() && reference.tag != version {
            return Err(format!(
                "chart reference and version mismatch: {version} is not {}",
                reference.tag
            ));
        } else {
            version.to_owned()
        };
        if !reference.digest.is_empty() {
            if !reference.tag.is_empty() {
                let tagged = Reference { digest: String::new(), ..reference.clone() };
                if let Ok(found) = self.manifest(&tagged)
                    && found.1 != reference.digest
                {
                    return Err(format!(
                        "chart reference digest mismatch: {} is not {}",
                        found.1, reference.digest
                    ));
                }
            }
            return Ok(text.to_owned());
        }
        let tag = if Version::parse(&version).is_ok() {
            version
        } else {
            let tags = self.tags(text)?;
            if tags.is_empty() {
                return Err(format!("Unable to locate any tags in provided repository: {text}"));
            }
            choose(&tags, &version)?
        };
        Ok(format!("oci://{}/{}:{tag}", reference.registry, reference.repository))
    }

    /// A manifest and its digest.
    fn manifest(&self, reference: &Reference) -> Result<(Vec<u8>, String), String> {
        let session = self.session(reference, "pull", true)?;
        let accept = format!("{MANIFEST}, */*");
        let url = format!("{}/manifests/{}", session.base, reference.manifest());
        let call = Call { headers: vec![("Accept", &accept)], ..Call::get(url, MAX_DOCUMENT) };
        let answer = session.send(&call).map_err(|e| match e.denied("pull") {
            // Helm asks for the manifest's head first.
            text if text.starts_with("Get ") => {
                text.replacen("Get", "failed to do request: Head", 1)
            }
            text => text,
        })?;
        match answer.status {
            200 => {}
            404 => return Err(format!("{reference}: not found")),
            _ => return Err(failed(&answer, reference)),
        }
        let digest = sha256(&answer.body);
        let said = answer.header("docker-content-digest");
        let wanted = if reference.digest.is_empty() { said } else { Some(&*reference.digest) };
        if wanted.is_some_and(|d| d.starts_with("sha256:") && d != digest) {
            return Err(format!("unexpected digest of {reference}: {digest}"));
        }
        Ok((answer.body, digest))
    }

    /// Fetches a part of a chart; `say` takes what Helm prints on standard error.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn pull(
        &self,
        text: &str,
        layer: Layer,
        say: &mut dyn FnMut(&str),
    ) -> Result<Vec<u8>, String> {
        let reference = Reference::parse(text)?;
        let (manifest, digest) = self.manifest(&reference)?;
        let map = json::unmarshal(&manifest).map_err(|e| e.to_string())?.as_map();
        let get = |name: &str| map.as_ref().and_then(|m| m.get(name.as_bytes()));
        let config = get("config").as_ref().and_then(Descriptor::read);
        let layers: Vec<Descriptor> = match get("layers") {
            Some(Value::List(l)) => l.iter().filter_map(Descriptor::read).collect(),
            _ => Vec::new(),
        };
        if config.is_none_or(|c| c.media_type != CONFIG) {
            return Err(format!("could not load config with mediatype {CONFIG}"));
        }
        let types: &[&str] = match layer {
            Layer::Chart => &[CHART, OLD_CHART],
            Layer::Provenance => &[PROVENANCE],
        };
        let found = layers.iter().rfind(|l| types.contains(&l.media_type.as_str()));
        let Some(found) = found else {
            let wanted = types.first().copied().unwrap_or_default();
            return Err(format!("manifest does not contain a layer with mediatype {wanted}"));
        };
        if found.media_type == OLD_CHART {
            say(&format!("Warning: chart media type {OLD_CHART} is deprecated\n"));
        }
        let session = self.session(&reference, "pull", true)?;
        let url = format!("{}/blobs/{}", session.base, found.digest);
        let answer = session.send(&Call::get(url, found.size)).map_err(|e| e.denied("pull"))?;
        if answer.status != 200 {
            return Err(failed(&answer, &reference));
        }
        if sha256(&answer.body) != found.digest {
            return Err(format!("unexpected digest of {}: {}", found.digest, sha256(&answer.body)));
        }
        say(&format!("Pulled: {reference}\nDigest: {digest}\n"));
        if reference.tag.contains('_') {
            say(&format!("{reference} contains an underscore.\n{UNDERSCORE}"));
        }
        Ok(answer.body)
    }

    /// Checks a name and a password with a registry.
    ///
    /// # Errors
    /// `login attempt to URL failed with status: 401 Unauthorized`, or what the network says.
    pub fn login(&self, host: &str, username: &str, password: &str) -> Result<(), String> {
        let attempt = |scheme: &str| {
            let url = format!("{scheme}://{host}/v2/");
            let agent = self.network.agent(&self.tls, &url)?;
            let first =
                Request { method: "GET", url: &url, headers: &[], body: None, limit: MAX_DOCUMENT };
            let mut answer = self.network.send(&agent, &first)?;
            if answer.status == 401 {
                let challenge = answer.header("www-authenticate").unwrap_or_default();
                let who = Credential::Password(username.to_owned(), password.to_owned());
                let mut authorization = basic(username, password);
                if let Some(bearer) = parameters(challenge, "bearer") {
                    authorization = token(self.network, &agent, &bearer, "", Some(&who))
                        .map_err(|e| e.denied("login"))?;
                }
                let headers = [("Authorization", authorization.as_str())];
                answer = self.network.send(&agent, &Request { headers: &headers, ..first })?;
            }
            if answer.status == 200 {
                return Ok(());
            }
            let status = answer.status_line();
            Err(format!("login attempt to {url} failed with status: {status}"))
        };
        match attempt("https") {
            Err(_) if self.tls.insecure || is_local(host) => attempt("http"),
            result => result,
        }
    }
}

impl<'a> Call<'a> {
    pub(super) fn get(url: String, limit: u64) -> Call<'a> {
        Call { method: "GET", url, headers: Vec::new(), body: None, limit }
    }
}

impl Session<'_, '_> {
    /// Sends a request, and once more with credentials where the registry asks for them.
    pub(super) fn send(&self, call: &Call<'_>) -> Result<Response, Fault> {
        let network = self.client.network;
        let known = self.client.known.borrow().get(&self.key).cloned();
        let attempt = |authorization: Option<&str>| {
            let mut headers = call.headers.clone();
            if let Some(value) = authorization {
                headers.push(("Authorization", value));
            }
            let request = Request {
                method: call.method,
                url: &call.url,
                headers: &headers,
                body: call.body,
                limit: call.limit.max(MAX_DOCUMENT),
            };
            network.send(&self.agent, &request).map_err(Fault::Other)
        };
        let answer = attempt(known.as_deref())?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let challenge = answer.header("www-authenticate").unwrap_or_default().to_owned();
        let registry = self.key.split('/').next().unwrap_or_default();
        let who = (self.client.credential)(registry);
        let authorization = if let Some(bearer) = parameters(&challenge, "bearer") {
            token(network, &self.agent, &bearer, &self.scope, who.as_ref())?
        } else {
            match who {
                Some(Credential::Password(name, password)) => basic(&name, &password),
                _ => return Err(Fault::NoCredential),
            }
        };
        let answer = attempt(Some(&authorization))?;
        self.client.known.borrow_mut().insert(self.key.clone(), authorization);
        Ok(answer)
    }
}

/// The newest version that is asked for, Helm's `GetTagMatchingVersionOrConstraint`.
fn choose(tags: &[String], version: &str) -> Result<String, String> {
    if let Some(tag) = tags.iter().find(|t| *t == version) {
        return Ok(tag.clone());
    }
    let range = Constraint::parse(if version.is_empty() { "*" } else { version })
        .map_err(|e| e.to_string())?;
    let fits = |t: &&String| Version::parse(t).is_ok_and(|v| range.matches(&v));
    tags.iter().find(fits).cloned().ok_or_else(|| {
        format!("Could not locate a version matching provided version string {version}")
    })
}

/// What a registry says where all is not well.
fn unexpected(method: &str, url: &str, answer: &Response) -> String {
    let reason = json::unmarshal(&answer.body).ok().and_then(|v| v.as_map()?.get(b"errors"));
    let first = match &reason {
        Some(Value::List(l)) => l.first().and_then(Value::as_map),
        _ => None,
    };
    let code = field(&first, "code").unwrap_or_default().to_lowercase().replace('_', " ");
    let message = field(&first, "message").unwrap_or_default();
    let status = answer.status;
    match (code.is_empty(), message.is_empty()) {
        (true, _) => format!("{method} {url:?}: unexpected status code {}", answer.status_line()),
        (_, true) => format!("{method} {url:?}: unexpected status code {status}: {code}"),
        _ => format!("{method} {url:?}: unexpected status code {status}: {code}: {message}"),
    }
}

pub(super) fn failed(answer: &Response, reference: &Reference) -> String {
    format!("{reference}: unexpected status: {}", answer.status_line())
}

/// The URL of the next page of a list, on the same server.
fn next_page(base: &str, link: &str) -> Option<String> {
    let (url, rest) = link.strip_prefix('<')?.split_once('>')?;
    if !rest.contains("next") {
        return None;
    }
    let base = gostd::url::Url::parse(base).ok()?;
    let next = base.resolve(&gostd::url::Url::parse(url).ok()?);
    (next.host == base.host).then(|| next.to_string())
}

#[cfg(test)]
mod tests {
    use super::{choose, is_local, next_page};

    #[test]
    fn the_newest_tag_in_range_is_chosen() {
        let tags = ["2.0.0-rc.1", "1.10.0", "1.2.0+b", "1.0.0"].map(str::to_owned);
        for (version, want) in [
            ("", Some("1.10.0")),
            ("*", Some("1.10.0")),
            ("1.0.0", Some("1.0.0")),
            ("~1.2", Some("1.2.0+b")),
            (">0.0.0-0", Some("2.0.0-rc.1")),
            (">7", None),
            ("what?", None),
        ] {
            assert_eq!(choose(&tags, version).ok().as_deref(), want, "{version}");
        }
    }

    #[test]
    fn lists_go_on_at_the_same_server_only() {
        let base = "https://r.org/v2/a";
        for (link, want) in [
            (
                "</v2/a/tags/list?n=2&last=b>; rel=\"next\"",
                Some("https://r.org/v2/a/tags/list?n=2&last=b"),
            ),
            ("<https://evil.org/v2/a/tags/list>; rel=\"next\"", None),
            ("</v2/a/tags/list>; rel=\"prev\"", None),
            ("no link", None),
        ] {
            assert_eq!(next_page(base, link).as_deref(), want, "{link}");
        }
    }

    #[test]
    fn loopback_is_local() {
        for (registry, local) in
            [("localhost:5000", true), ("127.0.0.1", true), ("[::1]:5000", true), ("r.org", false)]
        {
            assert_eq!(is_local(registry), local, "{registry}");
        }
    }
}
