//! Defines the media types of charts, and makes requests to a registry for one name: with credentials where
//! it asks for them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::auth::{Lock, authorization};
use super::{Access, Credential, Error, OrasError, Reference};
use crate::http::{self, Agent, MAX_DOCUMENT, Network, Request, Response};
use crate::profile::Rule;
use crate::report::Reporter;

/// The media type of a chart's metadata.
pub(super) const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The media type of a package.
pub(super) const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// What older Helms called a package.
pub(super) const OLD_CHART: &str = "application/tar+gzip";
/// The media type of a signature.
pub(super) const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";
/// The media type of a manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media types of what names the parts of something.
pub(super) const MANIFESTS: &[&str] = &[
    MANIFEST,
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// Returns whether a registry is on this machine: Helm talks plain HTTP to it where HTTPS fails.
pub(super) fn is_local(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    host == "localhost" || host.starts_with("127.") || host == "[::1]"
}

/// Returns the digest of some bytes, as registries write it.
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

impl<'a> Call<'a> {
    pub(super) fn get(url: String, limit: u64) -> Call<'a> {
        Call { method: "GET", url, headers: Vec::new(), body: None, limit }
    }
}

/// How registries are reached, and how they were opened before.
pub(super) struct Registries<'c> {
    pub(super) network: &'c Network,
    pub(super) access: &'c Access,
    pub(super) reporter: &'c dyn Reporter,
    /// `Authorization` by registry and name.
    pub(super) known: Mutex<HashMap<String, String>>,
    /// Whether a registry has turned out to speak plain HTTP only.
    pub(super) is_plain: AtomicBool,
}

impl Registries<'_> {
    /// Returns the authorization that an answer with status 401 asks for, by a name and a password.
    ///
    /// # Errors
    /// What the server of tokens says.
    pub(super) fn unlock(
        &self,
        agent: &Agent,
        answer: &Response,
        username: &str,
        password: &str,
    ) -> Result<String, Error> {
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        let who = Credential::Password(username.to_owned(), password.to_owned());
        let lock = Lock { network: self.network, agent, challenge, reporter: self.reporter };
        Ok(authorization(&lock, "", Some(&who))?.unwrap_or_default())
    }

    /// Returns whether registries are asked as ORAS 2 asks them.
    pub(super) fn oras(&self) -> bool {
        self.access.profile.has(Rule::Oras2)
    }

    /// Returns a URL as it was asked for in the end.
    pub(super) fn asked(&self, url: &str) -> String {
        match url.strip_prefix("https:") {
            Some(rest) if self.is_plain.load(Ordering::Relaxed) => format!("http:{rest}"),
            _ => url.to_owned(),
        }
    }

    /// Sends a request. Where a server has spoken plain HTTP once, all that follows does, unless the release asks for
    /// that to be said: then the failure stays.
    pub(super) fn send(
        &self,
        agent: &Agent,
        request: &Request<'_>,
    ) -> Result<Response, http::Error> {
        let Registries { network, access, reporter, .. } = self;
        let may_be_plain = self.oras() && !access.profile.has(Rule::PlainHttpIsAskedFor);
        if !may_be_plain || !request.url.starts_with("https:") {
            return network.send(agent, request, *reporter);
        }
        if !self.is_plain.load(Ordering::Relaxed) {
            match network.send(agent, request, *reporter) {
                Err(http::Error::NoAnswer { why, .. }) if why == http::PLAIN_ANSWER => {
                    self.is_plain.store(true, Ordering::Relaxed);
                }
                result => return result,
            }
        }
        let url = self.asked(request.url);
        let agent = network.agent(&access.tls, &url)?;
        network.send(&agent, &Request { url: &url, ..*request }, *reporter)
    }

    /// Returns whether credentials may be sent: ORAS keeps them from a server that fell back to plain HTTP.
    pub(super) fn may_tell(&self) -> bool {
        !self.is_plain.load(Ordering::Relaxed)
            || !self.access.profile.has(Rule::FallbackTellsNothing)
    }

    fn known(&self, key: &str) -> Option<String> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn remember(&self, key: &str, authorization: String) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key.to_owned(), authorization);
    }
}

/// A connection to one registry for one name.
pub(super) struct Session<'s, 'c> {
    registries: &'s Registries<'c>,
    agent: Agent,
    pub(super) base: String,
    scope: String,
    key: String,
}

impl<'s, 'c> Session<'s, 'c> {
    /// Opens a session; where `fall_back`, a registry on this machine may speak plain HTTP.
    pub(super) fn open(
        registries: &'s Registries<'c>,
        reference: &Reference,
        actions: &str,
        fall_back: bool,
    ) -> Result<Session<'s, 'c>, Error> {
        let registry = match reference.registry.as_str() {
            "docker.io" => "registry-1.docker.io",
            registry => registry,
        };
        let Registries { network, access, reporter, .. } = registries;
        let mut scheme = if access.plain_http { "http" } else { "https" };
        let mut agent = network.agent(&access.tls, &format!("{scheme}://{registry}/"))?;
        if fall_back && !access.plain_http && is_local(registry) && !registries.oras() {
            let url = format!("https://{registry}/v2/");
            let probe =
                Request { method: "GET", url: &url, headers: &[], body: None, limit: MAX_DOCUMENT };
            if network.send(&agent, &probe, *reporter).is_err() {
                scheme = "http";
                agent = network.agent(&access.tls, &format!("http://{registry}/"))?;
            }
        }
        Ok(Session {
            registries,
            agent,
            base: format!("{scheme}://{registry}/v2/{}", reference.repository),
            scope: format!("repository:{}:{actions}", reference.repository),
            key: format!("{registry}/{}:{actions}", reference.repository),
        })
    }

    /// See [`Registries::oras`].
    pub(super) fn oras(&self) -> bool {
        self.registries.oras()
    }

    /// See [`Registries::asked`].
    pub(super) fn asked(&self, url: &str) -> String {
        self.registries.asked(url)
    }

    /// See [`Registries::may_tell`].
    pub(super) fn may_tell(&self) -> bool {
        self.registries.may_tell()
    }

    /// Sends a request, and once more with credentials where the registry asks for them. `action` is
    /// what the user wants: `pull`, `push`.
    pub(super) fn send(&self, call: &Call<'_>, action: &'static str) -> Result<Response, Error> {
        let Registries { network, access, reporter, .. } = self.registries;
        let reporter: &dyn Reporter = *reporter;
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
            self.registries.send(&self.agent, &request)
        };
        let known = self.registries.known(&self.key);
        let answer = attempt(known.as_deref())?;
        if answer.status != 401 || !self.registries.may_tell() {
            return Ok(answer);
        }
        let challenge = answer.header("www-authenticate").unwrap_or_default().to_owned();
        let registry = self.key.split('/').next().unwrap_or_default();
        let who = access.credential(registry);
        let lock = Lock { network, agent: &self.agent, challenge: &challenge, reporter };
        let denied = || match self.registries.oras() {
            true => {
                let url = self.registries.asked(&call.url);
                OrasError::answer(call.method, &url, "basic credential not found").into()
            }
            false => Error::Denied { action },
        };
        let authorization = authorization(&lock, &self.scope, who.as_ref())?.ok_or_else(denied)?;
        let answer = attempt(Some(&authorization))?;
        self.registries.remember(&self.key, authorization);
        Ok(answer)
    }
}

/// Returns what a registry says where all is not well.
pub(super) fn failed(answer: &Response, reference: &Reference) -> Error {
    Error::Status { reference: reference.to_string(), status: answer.status_line.clone() }
}
