//! Puts a package into a registry.

use super::client::by_oras;
use super::protocol::{CHART, CONFIG, Call, MANIFEST, PROVENANCE, Session, failed, sha256};
use super::{Client, Error, OrasError, Reference};
use crate::chart::{self, Metadata};
use crate::http::{self, MAX_DOCUMENT, Response};
use crate::report::Notice;
use gostd::json;
use gostd::value::{Map, Str, Value, record};

/// A package on its way to a registry.
#[derive(Debug)]
pub struct Package<'p> {
    /// What its Chart.yaml says.
    pub metadata: &'p Metadata,
    /// The package.
    pub data: &'p [u8],
    /// Its signature.
    pub provenance: Option<&'p [u8]>,
    /// When the package was written, RFC 3339.
    pub created: Str,
}

impl Client<'_> {
    /// Puts a package into a registry under a reference.
    ///
    /// # Errors
    /// What the registry says.
    pub fn push(&self, reference: &str, package: &Package<'_>) -> Result<(), Error> {
        // Helm reads the host of what it pushes to by other rules than that of what it pulls.
        let host = reference.strip_prefix("oci://").unwrap_or(reference).split_once('/');
        let reference = match host {
            None => return Err(Error::Host("invalid host name format")),
            Some(("", _)) => return Err(Error::Host("hostname required")),
            Some(_) => Reference::parse(reference, self.0.access.profile)?,
        };
        let config = match chart::view(package.metadata, true) {
            Value::Object(view) => json::marshal(&view.field("Metadata").unwrap_or_default(), true),
            other => json::marshal(&other, true),
        };
        let config = config.map_err(Error::Metadata)?;
        let session = Session::open(&self.0, &reference, "pull,push", true)?;
        let mut layers = vec![blob(CHART, package.data)];
        let mut parts = vec![package.data];
        if let Some(data) = package.provenance {
            layers.push(blob(PROVENANCE, data));
            parts.push(data);
        }
        parts.push(&config);
        let mut fields = vec![
            ("schemaVersion", Value::int(2)),
            ("config", blob(CONFIG, &config)),
            ("layers", Value::list(layers)),
        ];
        let annotations = annotations(package);
        if !annotations.is_empty() {
            fields.push(("annotations", Value::Map(annotations)));
        }
        let manifest = json::marshal(&record("", fields), true).map_err(Error::Metadata)?;
        let is_there = self.0.oras() && session.has("manifests", &sha256(&manifest))?;
        for part in parts.iter().filter(|_| !is_there) {
            session.upload(&reference, part)?;
        }
        let call = Call {
            method: "PUT",
            url: format!("{}/manifests/{}", session.base, reference.tag),
            headers: vec![("Content-Type", MANIFEST)],
            body: Some(&manifest),
            limit: MAX_DOCUMENT,
        };
        let answer = session.put(&call)?;
        if !matches!(answer.status, 200..=202) {
            return Err(session.refused(&call, &answer, &reference));
        }
        let (shown, digest) = (reference.to_string(), sha256(&manifest));
        self.0.reporter.notice(Notice::Pushed { reference: shown.clone(), digest });
        if reference.tag.contains('_') {
            self.0.reporter.notice(Notice::Underscore { reference: shown });
        }
        Ok(())
    }
}

impl Session<'_, '_> {
    /// Returns whether the registry has a part of that digest, as ORAS 2 asks for it.
    fn has(&self, kind: &str, digest: &str) -> Result<bool, Error> {
        let url = format!("{}/{kind}/{digest}", self.base);
        let asking = |e: OrasError| Error::Oras(e.at("Exists", "destination"));
        let head = Call { method: "HEAD", ..Call::get(url.clone(), MAX_DOCUMENT) };
        let answer = self.send(&head, "push").map_err(|e| by_oras(e, asking))?;
        match answer.status {
            200 => Ok(true),
            404 => Ok(false),
            _ => Err(asking(OrasError::refused("HEAD", &self.asked(&url), &answer))),
        }
    }

    /// Sends a request that puts something there.
    fn put(&self, call: &Call<'_>) -> Result<Response, Error> {
        let sent = self.send(call, "push");
        match self.oras() {
            true => sent.map_err(|e| by_oras(e, |e| e.at("Push", "destination").into())),
            false => sent,
        }
    }

    /// Returns why the registry did not take something.
    fn refused(&self, call: &Call<'_>, answer: &Response, reference: &Reference) -> Error {
        match self.oras() {
            true => {
                let refused = OrasError::refused(call.method, &self.asked(&call.url), answer);
                refused.at("Push", "destination").into()
            }
            false => failed(answer, reference),
        }
    }

    /// Puts a blob there unless it is there.
    fn upload(&self, reference: &Reference, data: &[u8]) -> Result<(), Error> {
        let digest = sha256(data);
        if self.oras() {
            if self.has("blobs", &digest)? {
                return Ok(());
            }
            return self.upload_part(reference, data, &digest);
        }
        let url = format!("{}/blobs/{digest}", self.base);
        let head = Call { method: "HEAD", ..Call::get(url, MAX_DOCUMENT) };
        let answer = self.send(&head, "push").map_err(|e| match e {
            Error::Http(e @ http::Error::NoAnswer { .. }) => Error::Request(e),
            other => other,
        })?;
        if answer.status == 200 {
            return Ok(());
        }
        self.upload_part(reference, data, &digest)
    }

    fn upload_part(&self, reference: &Reference, data: &[u8], digest: &str) -> Result<(), Error> {
        let start = Call {
            method: "POST",
            url: format!("{}/blobs/uploads/", self.base),
            headers: Vec::new(),
            body: Some(b""),
            limit: MAX_DOCUMENT,
        };
        let answer = self.put(&start)?;
        let (202, Some(place)) = (answer.status, answer.header("location")) else {
            return Err(self.refused(&start, &answer, reference));
        };
        if !self.may_tell() && place.starts_with("http:") {
            let host = http::parse(place)?.host;
            return Err(OrasError::Downgrade(host).at("Push", "destination").into());
        }
        let place = http::parse(&self.base)?.resolve(&http::parse(place)?).to_string();
        let mark = if place.contains('?') { '&' } else { '?' };
        let put = Call {
            method: "PUT",
            url: format!("{place}{mark}digest={}", digest.replace(':', "%3A")),
            headers: vec![("Content-Type", "application/octet-stream")],
            body: Some(data),
            limit: MAX_DOCUMENT,
        };
        let answer = self.put(&put)?;
        if matches!(answer.status, 200..=202) {
            return Ok(());
        }
        Err(self.refused(&put, &answer, reference))
    }
}

/// Returns how a manifest names a blob.
fn blob(media_type: &'static str, data: &[u8]) -> Value {
    let fields = vec![
        ("mediaType", media_type.into()),
        ("digest", sha256(data).into()),
        ("size", Value::int(data.len() as i64)),
    ];
    record("", fields)
}

/// Returns what the manifest says about the chart: its metadata, and its own annotations.
fn annotations(package: &Package<'_>) -> Map {
    let m = package.metadata;
    let map = Map::new();
    let add = |name: &str, text: &[u8]| {
        if !gostd::unicode::trim_space(text).is_empty() {
            map.insert(
                format!("org.opencontainers.image.{name}"),
                Value::str(Str::from_bytes(text)),
            );
        }
    };
    add("description", &m.description);
    add("title", &m.name);
    add("version", &m.version);
    add("url", &m.home);
    add("created", &package.created);
    if let Some(source) = m.sources.iter().flatten().next() {
        add("source", source);
    }
    if let Some(maintainers) = m.maintainers.as_ref().filter(|m| !m.is_empty()) {
        let texts: Vec<Vec<u8>> = maintainers
            .iter()
            .map(|m| match m.email.is_empty() {
                true => m.name.to_vec(),
                false => [&m.name[..], b" (", &m.email, b")"].concat(),
            })
            .collect();
        add("authors", &texts.join(&b", "[..]));
    }
    for (name, text) in m.annotations.iter().flatten() {
        let own: &[&[u8]] =
            &[b"org.opencontainers.image.version", b"org.opencontainers.image.title"];
        if !own.contains(&&name[..]) {
            map.insert(name.clone(), Value::Str(text.clone()));
        }
    }
    map
}
