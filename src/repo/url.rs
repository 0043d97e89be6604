//! Makes URLs of repositories and of what they offer.

use super::Error;
use crate::http;
use gostd::url::Url;

/// Reproduces Helm's `ResolveReferenceURL`: a URL relative to a repository's.
///
/// # Errors
/// `failed to parse URL as URL: …`.
pub fn absolute_url(base: &str, reference: &str) -> Result<String, Error> {
    let parse =
        |u: &str| http::parse(u).map_err(|source| Error::NoUrl { url: u.to_owned(), source });
    let target = parse(reference)?;
    if !target.scheme.is_empty() {
        return Ok(reference.to_owned());
    }
    let mut base = parse(base)?;
    while base.path.ends_with(b"//") {
        base.path.pop();
    }
    if !base.path.ends_with(b"/") {
        base.path.push(b'/');
    }
    if !base.raw_path.is_empty() && !base.raw_path.ends_with('/') {
        base.raw_path.push('/');
    }
    let mut resolved = base.resolve(&target);
    resolved.raw_query = base.raw_query;
    Ok(resolved.to_string())
}

/// Returns whether two URLs are the same but for slashes at the end and dots in the path, Helm's
/// `urlutil.Equal`.
pub fn same_url(a: &str, b: &str) -> bool {
    let clean = |text: &[u8]| gostd::path::clean(text);
    let Ok(mut left) = Url::parse(a) else { return clean(a.as_bytes()) == clean(b.as_bytes()) };
    let Ok(mut right) = Url::parse(b) else { return false };
    for url in [&mut left, &mut right] {
        url.path = clean(if url.path.is_empty() { b"/" } else { &url.path });
    }
    left.to_string() == right.to_string()
}

#[cfg(test)]
mod tests {
    use super::{absolute_url, same_url};

    #[test]
    fn urls_are_relative_to_the_repository() {
        for (base, reference, want) in [
            ("http://x.org/charts", "a-1.tgz", "http://x.org/charts/a-1.tgz"),
            ("http://x.org/charts/", "a-1.tgz", "http://x.org/charts/a-1.tgz"),
            ("http://x.org", "index.yaml", "http://x.org/index.yaml"),
            ("http://x.org/charts?t=1", "a.tgz", "http://x.org/charts/a.tgz?t=1"),
            ("http://x.org/charts", "/a.tgz", "http://x.org/a.tgz"),
            ("http://x.org/charts", "https://y.org/a.tgz", "https://y.org/a.tgz"),
            ("http://x.org/a%2Fb", "c.tgz", "http://x.org/a%2Fb/c.tgz"),
        ] {
            assert_eq!(absolute_url(base, reference).unwrap(), want);
        }
    }

    #[test]
    fn slashes_at_the_end_do_not_matter() {
        for (a, b, same) in [
            ("http://x.org", "http://x.org/", true),
            ("http://x.org/a/", "http://x.org/a", true),
            ("http://x.org/a", "https://x.org/a", false),
            ("http://x.org/a/../b", "http://x.org/b", true),
            ("@stable", "@stable/", true),
        ] {
            assert_eq!(same_url(a, b), same, "{a} {b}");
        }
    }
}
