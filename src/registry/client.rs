//! Asks a registry: tags, manifests and blobs.

use std::cmp::Ordering as Order;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;

use super::json::from_json;
use super::protocol::{
    CHART, CONFIG, Call, MANIFEST, MANIFESTS, OLD_CHART, PROVENANCE, Registries, Session, is_local,
    sha256,
};
use super::{Access, BlobError, Error, OrasError, Reference};
use crate::http::{self, MAX_DOCUMENT, MAX_PACKAGE, Network, Request, Response};
use crate::profile::{Profile, Rule};
use crate::report::{Notice, Reporter};
use gosemver::Version;
use gostd::strconv::quoted;

/// A part of a chart in a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The package.
    Chart,
    /// Its signature.
    Provenance,
}

/// A client for registries; it remembers how it got in.
pub struct Client<'c>(pub(super) Registries<'c>);

impl std::fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("access", self.0.access).finish_non_exhaustive()
    }
}

/// A blob that a manifest names.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: i64,
}

/// What a manifest says of a chart. What is no descriptor is passed over.
#[derive(Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    config: serde_json::Value,
    layers: Option<Vec<serde_json::Value>>,
    #[serde(default, rename = "artifactType")]
    artifact_type: String,
}

/// The type of a plugin's manifest.
const PLUGIN: &str = "application/vnd.helm.plugin.v1+json";

/// A page of the list of tags.
#[derive(Deserialize)]
struct Tags {
    tags: Option<Vec<serde_json::Value>>,
}

/// What a registry says where all is not well.
#[derive(Deserialize)]
struct Faults {
    errors: Vec<Fault>,
}

#[derive(Default, Deserialize)]
struct Fault {
    code: Option<String>,
    message: Option<String>,
}

impl Descriptor {
    fn read(value: &serde_json::Value) -> Option<Descriptor> {
        let small = |d: &Descriptor| d.size <= MAX_PACKAGE as i64;
        Descriptor::deserialize(value).ok().filter(small)
    }
}

impl<'c> Client<'c> {
    /// Makes a client that gets in as `access` says.
    pub fn new(network: &'c Network, access: &'c Access, reporter: &'c dyn Reporter) -> Client<'c> {
        Client(Registries {
            network,
            access,
            reporter,
            known: Mutex::default(),
            is_plain: AtomicBool::default(),
        })
    }

    /// Returns how registries are reached.
    pub fn access(&self) -> &'c Access {
        self.0.access
    }

    /// Returns the versions among a chart's tags, newest first, `_` read as `+`.
    ///
    /// # Errors
    /// What the registry says.
    pub fn tags(&self, reference: &str) -> Result<Vec<String>, Error> {
        const MAX_PAGES: usize = 1000;
        let reference = Reference::parse(reference, self.0.access.profile)?;
        let session = Session::open(&self.0, &reference, "pull", false)?;
        let mut url = format!("{}/tags/list", session.base);
        let mut versions = Vec::new();
        for _ in 0..MAX_PAGES {
            let answer = session.send(&Call::get(url.clone(), MAX_DOCUMENT), "pull").map_err(
                |e| match e {
                    Error::Denied { .. } => Error::DeniedTags { url: url.clone() },
                    other => other,
                },
            )?;
            if answer.status != 200 {
                return Err(match self.0.oras() {
                    true => OrasError::refused("GET", &self.0.asked(&url), &answer).into(),
                    false => Error::Tags { url, answer: unexpected(&answer) },
                });
            }
            let Tags { tags } = from_json(&answer.body)?;
            let tags = tags.unwrap_or_default();
            let semver = self.0.access.profile.semver();
            let texts = tags.iter().filter_map(serde_json::Value::as_str);
            versions.extend(texts.filter_map(|t| semver.strict_version(&t.replace('_', "+")).ok()));
            match answer.header("link").and_then(|l| next_page(&session.base, l)) {
                Some(next) => url = next,
                None => break,
            }
        }
        versions.sort_by(|a, b| b.precedence(a));
        Ok(versions.iter().map(Version::to_string).collect())
    }

    /// Returns the reference of the version that is asked for, Helm's `ValidateReference`.
    ///
    /// # Errors
    /// Helm's texts: `chart reference and version mismatch: …`, `Could not locate a version …`.
    pub fn resolve(&self, text: &str, version: &str) -> Result<String, Error> {
        let reference = Reference::parse(text, self.0.access.profile)?;
        let version = if version.is_empty() {
            reference.tag.clone()
        } else if !reference.tag.is_empty() && reference.tag != version {
            return Err(Error::VersionMismatch { version: version.to_owned(), tag: reference.tag });
        } else {
            version.to_owned()
        };
        if !reference.digest.is_empty() {
            if !reference.tag.is_empty() {
                let tagged = Reference { digest: String::new(), ..reference.clone() };
                if let Ok(found) = self.manifest(&tagged)
                    && found.1 != reference.digest
                {
                    let wanted = reference.digest;
                    return Err(Error::DigestMismatch { found: found.1, wanted });
                }
            }
            return Ok(text.to_owned());
        }
        let semver = self.0.access.profile.semver();
        let tag = if semver.version(&version).is_ok() {
            version
        } else {
            let tags = self.tags(text)?;
            if tags.is_empty() {
                let is_lower = self.0.access.profile.has(Rule::LowerCaseErrors);
                return Err(Error::NoTags { reference: text.to_owned(), is_lower });
            }
            choose(&tags, &version, self.0.access.profile)?
        };
        Ok(format!("oci://{}/{}:{tag}", reference.registry, reference.repository))
    }

    /// Returns a manifest, empty where it is none that charts have, and its digest.
    fn manifest(&self, reference: &Reference) -> Result<(Manifest, String), Error> {
        if self.0.oras() {
            return self.manifest_by_oras(reference);
        }
        let session = Session::open(&self.0, reference, "pull", true)?;
        let accept = format!("{MANIFEST}, */*");
        let url = format!("{}/manifests/{}", session.base, reference.manifest());
        let call =
            Call { headers: vec![("Accept", &accept)], ..Call::get(url.clone(), MAX_DOCUMENT) };
        let answer = session.send(&call, "pull").map_err(|e| match e {
            // Helm asks for the manifest's head first.
            Error::Http(http::Error::NoAnswer { verb, url, why }) if verb == "Get" => {
                Error::Request(http::Error::NoAnswer { verb: "Head".to_owned(), url, why })
            }
            other => other,
        })?;
        match answer.status {
            200..=299 => {}
            404 => return Err(Error::NotFound(reference.to_string())),
            _ => return Err(Error::Manifest { url, status: answer.status_line }),
        }
        let said = answer.header("docker-content-digest").unwrap_or_default();
        let wanted = if reference.digest.is_empty() { said } else { &reference.digest };
        if reference.digest.is_empty() && !said.is_empty() {
            let invalid = |why| Error::HeaderDigest { digest: said.to_owned(), why };
            check_digest(said).map_err(invalid)?;
        }
        let found = sha256(&answer.body);
        if !wanted.is_empty() && wanted != found {
            return Err(Error::Digest { found, wanted: wanted.to_owned() });
        }
        let media_type = answer.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        let manifest = match MANIFESTS.contains(&media_type) {
            true => from_json(&answer.body)?,
            false => Manifest::default(),
        };
        Ok((manifest, found))
    }

    /// As [`Client::manifest`], as ORAS 2 has it.
    fn manifest_by_oras(&self, reference: &Reference) -> Result<(Manifest, String), Error> {
        let fetching = |e: OrasError| Error::Oras(e.at("FetchReference", "source"));
        if reference.tag.is_empty() && reference.digest.is_empty() {
            return Err(fetching(OrasError::NoReference));
        }
        let session = Session::open(&self.0, reference, "pull", true)?;
        let accept = MANIFESTS.join(", ");
        let url = format!("{}/manifests/{}", session.base, reference.manifest());
        let call =
            Call { headers: vec![("Accept", &accept)], ..Call::get(url.clone(), MAX_DOCUMENT) };
        let answer = session.send(&call, "pull").map_err(|e| by_oras(e, fetching))?;
        let url = self.0.asked(&url);
        let odd = |why: String| fetching(OrasError::answer("GET", &url, why));
        match answer.status {
            200 => {}
            404 => return Err(fetching(OrasError::NotFound(reference.to_string()))),
            _ => return Err(fetching(OrasError::refused("GET", &url, &answer))),
        }
        let media_type = answer.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if media_type.is_empty() {
            let why = "invalid response `Content-Type` header; mime: no media type";
            return Err(odd(why.to_owned()));
        }
        let found = sha256(&answer.body);
        let said = match answer.header("docker-content-digest").unwrap_or_default() {
            "" => found.as_str(),
            said => {
                check_digest(said).map_err(|why| {
                    odd(format!(
                        "invalid response header value: `Docker-Content-Digest: {said}`; {why}"
                    ))
                })?;
                said
            }
        };
        let wanted = &reference.digest;
        if !wanted.is_empty() && said != wanted {
            let (said, wanted) = (quoted(said), quoted(wanted));
            return Err(odd(format!(
                "invalid response; digest mismatch in Docker-Content-Digest: received {said} when expecting {wanted}"
            )));
        }
        if said != found {
            return Err(OrasError::Digest.at("Successors", "source").into());
        }
        let manifest = match MANIFESTS.contains(&media_type) {
            true => from_json(&answer.body)?,
            false => Manifest::default(),
        };
        Ok((manifest, found))
    }

    /// As [`Client::blob`], as ORAS 2 has it.
    fn blob_by_oras(&self, reference: &Reference, blob: &Descriptor) -> Result<Vec<u8>, Error> {
        let fetching = |e: OrasError| Error::Oras(e.at("Fetch", "source"));
        let keeping = |e: OrasError| Error::Oras(e.at("Push", "destination"));
        let session = Session::open(&self.0, reference, "pull", true)?;
        let url = format!("{}/blobs/{}", session.base, blob.digest);
        let call = Call::get(url.clone(), MAX_PACKAGE);
        let answer = session.send(&call, "pull").map_err(|e| match e {
            Error::Http(http::Error::Body(why)) => {
                let (size, digest) = (blob.size, &blob.digest);
                keeping(OrasError::Read(format!(
                    "expected content size of {size}, got fewer, for digest {digest}: {why}"
                )))
            }
            e => by_oras(e, fetching),
        })?;
        let url = self.0.asked(&url);
        match answer.status {
            200 => {}
            404 => return Err(fetching(OrasError::NotFound(blob.digest.clone()))),
            _ => return Err(fetching(OrasError::refused("GET", &url, &answer))),
        }
        if answer.body.len() as i64 != blob.size {
            return Err(fetching(OrasError::answer("GET", &url, "mismatch Content-Length")));
        }
        check_digest(&blob.digest).map_err(|why| {
            keeping(OrasError::Read(format!("failed to validate {}: {why}", blob.digest)))
        })?;
        if sha256(&answer.body) != blob.digest {
            return Err(keeping(OrasError::Digest));
        }
        Ok(answer.body)
    }

    /// Fetches a part of a chart.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn pull(&self, text: &str, layer: Layer) -> Result<Vec<u8>, Error> {
        let reference = Reference::parse(text, self.0.access.profile)?;
        if reference.registry.is_empty() {
            return Err(Error::Host("hostname required"));
        }
        let (Manifest { config, layers, .. }, digest) = self.manifest(&reference)?;
        let config = Descriptor::read(&config).filter(|c| c.media_type == CONFIG);
        let types: &[&str] = match layer {
            Layer::Chart => &[CHART, OLD_CHART],
            Layer::Provenance => &[PROVENANCE],
        };
        let layers = layers.unwrap_or_default();
        let layers: Vec<Descriptor> = layers
            .iter()
            .filter_map(Descriptor::read)
            .filter(|l| types.contains(&l.media_type.as_str()))
            .collect();
        if config.is_none() {
            return Err(match layers.len() {
                0 => Error::Descriptors(1),
                _ => Error::NoChart(CONFIG),
            });
        }
        let Some(found) = layers.last() else {
            return Err(Error::NoLayer(types.first().copied().unwrap_or_default()));
        };
        if found.media_type == OLD_CHART {
            self.0.reporter.notice(Notice::OldMediaType { media_type: OLD_CHART.to_owned() });
        }
        let body = self.blob(&reference, found)?;
        let shown = reference.to_string();
        self.0.reporter.notice(Notice::Pulled { reference: shown.clone(), digest });
        if reference.tag.contains('_') {
            self.0.reporter.notice(Notice::Underscore { reference: shown });
        }
        Ok(body)
    }

    /// Fetches a plugin of a name: its archive and, if there is one, its provenance file.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn pull_plugin(&self, text: &str, name: &str) -> Result<(Vec<u8>, Option<Vec<u8>>), Error> {
        let reference = Reference::parse(text, self.0.access.profile)?;
        if reference.registry.is_empty() {
            return Err(Error::Host("hostname required"));
        }
        let (Manifest { config, layers, artifact_type }, _) = self.manifest(&reference)?;
        let config = Descriptor::read(&config).map(|c| c.media_type).unwrap_or_default();
        let (what, found) = match artifact_type.is_empty() {
            true => ("config media type", config),
            false => ("artifact type", artifact_type),
        };
        if found != PLUGIN {
            return Err(Error::NoPlugin { what, wanted: PLUGIN, found });
        }
        let layers = layers.unwrap_or_default();
        let titled = |end: &str| {
            layers.iter().find_map(|layer| {
                let title = layer.get("annotations")?.get("org.opencontainers.image.title")?;
                let title = title.as_str()?;
                let fits = title.starts_with(&format!("{name}-")) && title.ends_with(end);
                fits.then(|| Descriptor::read(layer)).flatten()
            })
        };
        let missing = || Error::NoPluginLayer(name.to_owned());
        let archive = titled(".tgz").ok_or_else(missing)?;
        let archive = self.blob(&reference, &archive)?;
        let provenance = titled(".tgz.prov").map(|layer| self.blob(&reference, &layer));
        Ok((archive, provenance.transpose()?))
    }

    /// Fetches what a manifest names, and checks it. A size below 0 is none.
    fn blob(&self, reference: &Reference, blob: &Descriptor) -> Result<Vec<u8>, Error> {
        if self.0.oras() {
            return self.blob_by_oras(reference, blob);
        }
        let session = Session::open(&self.0, reference, "pull", true)?;
        let url = format!("{}/blobs/{}", session.base, blob.digest);
        let body = if blob.size == 0 {
            // Helm asks for nothing then.
            Vec::new()
        } else {
            let call = Call::get(url.clone(), MAX_PACKAGE);
            let answer = session.send(&call, "pull").map_err(|e| match e {
                Error::Http(e @ http::Error::NoAnswer { .. }) => {
                    Error::Blob(BlobError::NoAnswer(e))
                }
                Error::Http(http::Error::Body(why)) => Error::Short(why),
                other => other,
            })?;
            match answer.status {
                200..=299 => answer.body,
                404 => {
                    let Descriptor { digest, media_type, .. } = blob;
                    let what = format!("{digest} ({media_type})");
                    return Err(Error::Blob(BlobError::Missing(what)));
                }
                _ => {
                    let answer = refused(&answer);
                    return Err(Error::Blob(BlobError::Status { url, answer }));
                }
            }
        };
        if blob.size > 0 {
            match (body.len() as i64).cmp(&blob.size) {
                Order::Less => return Err(Error::Short("unexpected EOF".to_owned())),
                Order::Greater => {
                    return Err(Error::Size { found: body.len(), wanted: blob.size });
                }
                Order::Equal => {}
            }
        }
        let found = sha256(&body);
        if found != blob.digest {
            return Err(Error::Digest { found, wanted: blob.digest.clone() });
        }
        Ok(body)
    }

    /// Checks a name and a password with a registry.
    ///
    /// # Errors
    /// `login attempt to URL failed with status: 401 Unauthorized`, or what the network says.
    pub fn login(&self, host: &str, username: &str, password: &str) -> Result<(), Error> {
        if self.0.oras() {
            return self.login_by_oras(host, username, password);
        }
        let Registries { network, access, reporter, .. } = &self.0;
        let attempt = |scheme: &str| {
            let url = format!("{scheme}://{host}/v2/");
            let agent = network.agent(&access.tls, &url)?;
            let first =
                Request { method: "GET", url: &url, headers: &[], body: None, limit: MAX_DOCUMENT };
            let mut answer = network.send(&agent, &first, *reporter)?;
            if answer.status == 401 {
                let authorization = self.0.unlock(&agent, &answer, username, password)?;
                let headers = [("Authorization", authorization.as_str())];
                let again = Request { headers: &headers, ..first };
                answer = network.send(&agent, &again, *reporter)?;
            }
            if answer.status == 200 {
                return Ok(());
            }
            let status = answer.status_line.clone();
            Err(Error::Login { url, status })
        };
        match attempt("https") {
            Err(_) if access.tls.insecure || is_local(host) => attempt("http"),
            result => result,
        }
    }
}

impl Client<'_> {
    /// As [`Client::login`], as ORAS 2 has it: HTTPS unless plain HTTP is asked for, or answered.
    fn login_by_oras(&self, host: &str, username: &str, password: &str) -> Result<(), Error> {
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(OrasError::Reference(format!("invalid registry {}", quoted(host))).into());
        }
        let failed = |source: OrasError| {
            Error::Oras(OrasError::Login { host: host.to_owned(), source: Box::new(source) })
        };
        let Registries { network, access, reporter, .. } = &self.0;
        let mut scheme = if access.plain_http { "http" } else { "https" };
        loop {
            let url = format!("{scheme}://{host}/v2/");
            let agent = network.agent(&access.tls, &url)?;
            let first =
                Request { method: "GET", url: &url, headers: &[], body: None, limit: MAX_DOCUMENT };
            let asked = self.0.send(&agent, &first);
            let mut answer = asked.map_err(|e| failed(OrasError::Http(e)))?;
            if scheme == "https" && self.0.is_plain.load(Ordering::Relaxed) {
                // Helm asks once more when it knows that the registry speaks plain HTTP.
                scheme = "http";
                continue;
            }
            if answer.status == 401 {
                let authorization = self.0.unlock(&agent, &answer, username, password)?;
                let headers = [("Authorization", authorization.as_str())];
                let again = Request { headers: &headers, ..first };
                let asked = network.send(&agent, &again, *reporter);
                answer = asked.map_err(|e| failed(OrasError::Http(e)))?;
            }
            return match answer.status {
                200 => Ok(()),
                404 => Err(failed(OrasError::NotFound(host.to_owned()))),
                _ => Err(failed(OrasError::refused("GET", &url, &answer))),
            };
        }
    }
}

/// Returns a failure as the reason that `wrap` puts into ORAS's words, where it is of the network or of ORAS.
pub(super) fn by_oras(error: Error, wrap: impl Fn(OrasError) -> Error) -> Error {
    match error {
        Error::Http(e) => wrap(OrasError::Http(e)),
        Error::Oras(e) => wrap(e),
        other => other,
    }
}

/// Returns the newest version that is asked for, Helm's `GetTagMatchingVersionOrConstraint`.
fn choose(tags: &[String], version: &str, profile: Profile) -> Result<String, Error> {
    let semver = profile.semver();
    if let Some(tag) = tags.iter().find(|t| *t == version) {
        return Ok(tag.clone());
    }
    let range = semver.constraint(if version.is_empty() { "*" } else { version });
    let range = range.map_err(Error::Range)?;
    let fits = |t: &&String| semver.version(t).is_ok_and(|v| range.matches(&v));
    tags.iter().find(fits).cloned().ok_or_else(|| {
        let is_lower = profile.has(Rule::LowerCaseErrors);
        Error::NoVersion { version: version.to_owned(), is_lower }
    })
}

/// Checks a digest as registries' libraries do.
fn check_digest(digest: &str) -> Result<(), &'static str> {
    const FORMAT: &str = "invalid checksum digest format";
    let (algorithm, hex) = digest.split_once(':').unwrap_or_default();
    if algorithm.is_empty() || hex.is_empty() {
        return Err(FORMAT);
    }
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => {
            let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            let is_name = algorithm
                .split(['.', '+', '_', '-'])
                .all(|part| !part.is_empty() && part.chars().all(small));
            let is_text = |c: char| c.is_ascii_alphanumeric() || matches!(c, '=' | '_' | '-');
            let is_digest = is_name && hex.chars().all(is_text);
            return Err(if is_digest { "unsupported digest algorithm" } else { FORMAT });
        }
    };
    if hex.len() != length {
        return Err("invalid checksum digest length");
    }
    let is_hex = |c: u8| c.is_ascii_digit() || matches!(c, b'a'..=b'f');
    if hex.bytes().all(is_hex) { Ok(()) } else { Err(FORMAT) }
}

/// Returns the status of a part that was refused, and what the registry says of it.
fn refused(answer: &Response) -> String {
    let faults: Option<Faults> = from_json(&answer.body).ok();
    match faults.and_then(|f| f.errors.into_iter().next()) {
        None => answer.status_line.clone(),
        Some(Fault { code, message }) => {
            // Others are unknown to the library that Helm asks with.
            const KNOWN: &[&str] =
                &["UNSUPPORTED", "UNAUTHORIZED", "DENIED", "UNAVAILABLE", "TOOMANYREQUESTS"];
            let code = code.filter(|code| KNOWN.contains(&code.as_str()));
            let code = code.map_or("unknown".to_owned(), |code| code.to_lowercase());
            let message = message.unwrap_or_default();
            format!("{} - Server message: {code}: {message}", answer.status_line)
        }
    }
}

/// Returns the status of a list of tags that was refused, and what the registry says of it.
fn unexpected(answer: &Response) -> String {
    let faults: Option<Faults> = from_json(&answer.body).ok();
    let first = faults.and_then(|f| f.errors.into_iter().next()).unwrap_or_default();
    let code = first.code.unwrap_or_default().to_lowercase().replace('_', " ");
    let message = first.message.unwrap_or_default();
    let status = answer.status;
    match (code.is_empty(), message.is_empty()) {
        (true, _) => answer.status_line.clone(),
        (_, true) => format!("{status}: {code}"),
        _ => format!("{status}: {code}: {message}"),
    }
}

/// Returns the URL of the next page of a list, on the same server.
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
    use crate::profile::Profile;

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
            assert_eq!(choose(&tags, version, Profile::DEFAULT).ok().as_deref(), want, "{version}");
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
