//! Reads `host/name:tag@digest`, with Helm's rule for `+`.

use std::fmt;

use gostd::os::bytes_of;
use gostd::strconv::quoted;

use super::{Error, OrasError};
use crate::profile::{Profile, Rule};

/// A parsed reference; parts that are not there are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Host and port.
    pub registry: String,
    /// The name within the registry.
    pub repository: String,
    /// The tag, `+` written `_`.
    pub tag: String,
    /// `sha256:…`.
    pub digest: String,
}

impl Reference {
    /// Reads a reference, `oci://` in front or not.
    ///
    /// # Errors
    /// `invalid_reference: missing repository` and its like, in the words of a Helm release.
    pub fn parse(text: &str, profile: Profile) -> Result<Reference, Error> {
        let is_new = profile.has(Rule::Oras2);
        let invalid = |what: &'static str, part: &str| {
            Err(match is_new {
                true => OrasError::Reference(format!("{what} {}", quoted(bytes_of(part)))).into(),
                false => Error::Reference(what),
            })
        };
        let text = text.strip_prefix("oci://").unwrap_or(text);
        let (text, digest) = text.rsplit_once('@').unwrap_or((text, ""));
        let Some((registry, rest)) = text.split_once('/') else {
            return Err(match is_new {
                true => OrasError::Reference("missing registry or repository".to_owned()).into(),
                false => Error::Reference("missing repository"),
            });
        };
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag.replace('+', "_")),
            _ => (rest, String::new()),
        };
        let word = |w: &str| {
            let edge =
                |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
            edge(w.as_bytes().first()) && edge(w.as_bytes().last()) && w.bytes().all(inner)
        };
        let host = |b: u8| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b);
        let is_host = registry.bytes().all(host) && !(is_new && registry.is_empty());
        if is_new && !is_host {
            return invalid("invalid registry", registry);
        }
        if !repository.split('/').all(word) {
            return invalid("invalid repository", repository);
        }
        if !is_host {
            return invalid("invalid registry", registry);
        }
        let letter = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if tag.len() > 128 || tag.starts_with(['.', '-']) || !tag.bytes().all(letter) {
            return invalid("invalid tag", &tag);
        }
        let hex = digest.strip_prefix("sha256:").unwrap_or("x");
        if !digest.is_empty() && (hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            return invalid("invalid digest", digest);
        }
        Ok(Reference {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag,
            digest: digest.to_owned(),
        })
    }

    /// Returns what names the manifest in a URL: the digest, else the tag, else what Helm asks for
    /// then.
    pub(super) fn manifest(&self) -> &str {
        match (&*self.digest, &*self.tag) {
            ("", "") => "@",
            ("", tag) => tag,
            (digest, _) => digest,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        match (&*self.tag, &*self.digest) {
            ("", "") => Ok(()),
            ("", digest) => write!(f, "@{digest}"),
            (tag, _) => write!(f, ":{tag}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;
    use crate::profile::Profile;

    #[test]
    fn tags_hold_no_plus() {
        for (text, want) in [
            ("oci://h:1/a/b:1.0.0+x", Ok("h:1/a/b:1.0.0_x")),
            ("h/a", Ok("h/a")),
            ("h", Err("invalid_reference: missing repository")),
            ("h/", Err("invalid_reference: invalid repository")),
            ("h/A", Err("invalid_reference: invalid repository")),
            ("h/a:x y", Err("invalid_reference: invalid tag")),
            ("h/a@sha256:1", Err("invalid_reference: invalid digest")),
        ] {
            let got = Reference::parse(text, Profile::DEFAULT)
                .map(|r| r.to_string())
                .map_err(|e| e.to_string());
            assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
    }
}
