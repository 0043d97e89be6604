//! Reproduces Go's `net/url`: parsing, printing and resolving references. Texts may stand for bytes that are not UTF-8:
//! see [`text_of`].

mod error;

pub use error::{ParseError, Reason};

use bstr::ByteSlice;

use crate::Go;
use crate::netip::{Address, parse_address};
use crate::os::{bytes_of, text_of};

/// A parsed URL reference, its parts as Go's `url.URL` names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// In lower case, without the colon.
    pub scheme: String,
    /// What follows the scheme where that does not begin with a slash, without the query.
    pub opaque: String,
    /// Escaped as it is to be printed, without the `@`.
    user: Option<String>,
    /// With the port, if there is one.
    pub host: String,
    /// Unescaped. Escapes may stand for bytes that are not UTF-8.
    pub path: Vec<u8>,
    /// The escaped path where it is not the default escaping of `path`, else empty.
    pub raw_path: String,
    omit_host: bool,
    force_query: bool,
    /// The query, escaped, without the `?`.
    pub raw_query: String,
    /// Unescaped, without the `#`.
    pub fragment: Vec<u8>,
    raw_fragment: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Segment,
    Host,
    Zone,
    User,
    Query,
    Fragment,
}

impl Part {
    const ALL: [Part; 7] = [
        Part::Path,
        Part::Segment,
        Part::Host,
        Part::Zone,
        Part::User,
        Part::Query,
        Part::Fragment,
    ];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The bytes that stand for themselves in this part, beside letters, digits and `-_.~`.
    const fn plain(self) -> &'static [u8] {
        match self {
            Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
            Part::Path => b"$&+,/:;=@",
            Part::Segment => b"$&+:=@",
            Part::User => b"$&+,;=",
            Part::Query => b"",
            Part::Fragment => b"$&+,/:;=?@!()*",
        }
    }
}

/// For each byte the parts of a URL in which it must be escaped.
const ESCAPED: [u8; 256] = {
    let mut parts = [u8::MAX; 256];
    let mut c = 0;
    while c < parts.len() {
        if (c as u8).is_ascii_alphanumeric() || matches!(c as u8, b'-' | b'_' | b'.' | b'~') {
            parts[c] = 0;
        }
        c += 1;
    }
    let mut part = 0;
    while part < Part::ALL.len() {
        let plain = Part::ALL[part].plain();
        let mut at = 0;
        while at < plain.len() {
            parts[plain[at] as usize] &= !Part::ALL[part].bit();
            at += 1;
        }
        part += 1;
    }
    parts
};

/// Returns whether a byte must be escaped in that part of a URL.
#[inline]
fn should_escape(c: u8, part: Part) -> bool {
    ESCAPED[usize::from(c)] & part.bit() != 0
}

fn escape(text: &[u8], part: Part) -> String {
    let plain = text.iter().take_while(|c| !should_escape(**c, part)).count();
    let (plain, rest) = text.split_at(plain);
    let mut out = String::with_capacity(text.len());
    // What is plain is ASCII.
    out.push_str(std::str::from_utf8(plain).unwrap_or_default());
    for &c in rest {
        if should_escape(c, part) {
            out.push_str(&format!("%{c:02X}"));
        } else {
            out.push(char::from(c));
        }
    }
    out
}

fn hex(c: u8) -> Option<u8> {
    char::from(c).to_digit(16).map(|d| d as u8)
}

fn unescape(text: impl AsRef<[u8]>, part: Part) -> Result<Vec<u8>, Reason> {
    let bytes = text.as_ref();
    let is_host = matches!(part, Part::Host | Part::Zone);
    if !is_host && !bytes.iter().any(|c| matches!(c, b'%' | b'+')) {
        return Ok(bytes.to_vec());
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&c) = bytes.get(at) {
        match c {
            b'%' => {
                let escaped = bytes.get(at..at + 3);
                let value = escaped.and_then(|e| Some(hex(e[1])? << 4 | hex(e[2])?));
                let (Some(escaped), Some(value)) = (escaped, value) else {
                    let rest = bytes.get(at..).unwrap_or_default();
                    return Err(escape_error(rest.get(..3).unwrap_or(rest)));
                };
                let refused = match part {
                    Part::Host => value < 0x80 && escaped != b"%25",
                    Part::Zone => {
                        escaped != b"%25" && value != b' ' && should_escape(value, Part::Host)
                    }
                    _ => false,
                };
                if refused {
                    return Err(escape_error(escaped));
                }
                out.push(value);
                at += 3;
                continue;
            }
            b'+' if part == Part::Query => out.push(b' '),
            c if is_host && c < 0x80 && should_escape(c, part) => {
                return Err(Reason::HostCharacter { found: c });
            }
            c => out.push(c),
        }
        at += 1;
    }
    Ok(out)
}

fn escape_error(escape: &[u8]) -> Reason {
    Reason::Escape { text: escape.into() }
}

/// Reproduces Go's `url.QueryUnescape`.
///
/// # Errors
/// [`Reason::Escape`].
pub fn query_unescape(text: &str) -> Result<Vec<u8>, Reason> {
    unescape(text, Part::Query)
}

/// Reproduces Go's `url.PathUnescape`.
///
/// # Errors
/// [`Reason::Escape`].
pub fn path_unescape(text: impl AsRef<[u8]>) -> Result<Vec<u8>, Reason> {
    unescape(text, Part::Segment)
}

/// Reproduces Go's `url.PathEscape`.
pub fn path_escape(text: &[u8]) -> String {
    escape(text, Part::Segment)
}

/// Returns whether a hint at the original escaping can be printed as it is.
fn is_valid_encoding(raw: &str, part: Part) -> bool {
    raw.bytes().all(|c| b"!$&'()*+,;=:@[]%".contains(&c) || !should_escape(c, part))
}

impl Url {
    /// Reproduces Go's `url.Parse`.
    ///
    /// # Errors
    /// What Go finds wrong, such as `parse "x:%zz": invalid URL escape "%zz"`.
    pub fn parse(raw: &str) -> Result<Url, ParseError> {
        let (before, fragment) = raw.split_once('#').unwrap_or((raw, ""));
        let mut url = parse(before).map_err(|reason| ParseError { url: before.into(), reason })?;
        if !fragment.is_empty() {
            url.set_fragment(fragment).map_err(|reason| ParseError { url: raw.into(), reason })?;
        }
        Ok(url)
    }

    fn set_path(&mut self, escaped: &str) -> Result<(), Reason> {
        self.path = unescape(bytes_of(escaped), Part::Path)?;
        let default = escape(&self.path, Part::Path);
        self.raw_path = if default == escaped { String::new() } else { escaped.to_owned() };
        Ok(())
    }

    fn set_fragment(&mut self, escaped: &str) -> Result<(), Reason> {
        self.fragment = unescape(bytes_of(escaped), Part::Fragment)?;
        let default = escape(&self.fragment, Part::Fragment);
        self.raw_fragment = if default == escaped { String::new() } else { escaped.to_owned() };
        Ok(())
    }

    /// Reproduces Go's `EscapedPath`.
    pub fn escaped_path(&self) -> String {
        escaped(&self.path, &self.raw_path, Part::Path)
    }

    /// Reproduces Go's `Hostname`: the host without its port and the brackets of an IPv6 address.
    pub fn hostname(&self) -> &str {
        let mut host = self.host.as_str();
        if let Some((before, port)) = host.rsplit_once(':')
            && port.bytes().all(|c| c.is_ascii_digit())
        {
            host = before;
        }
        host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host)
    }

    /// Returns the same URL with no fragment.
    pub fn without_fragment(&self) -> Url {
        Url { fragment: Vec::new(), ..self.clone() }
    }

    /// Returns the text of the URL with `***` in the place of a password, as Go's `net/http` shows it.
    ///
    /// ```
    /// let url = gostd::url::Url::parse("http://ann:secret@host/a b").unwrap();
    /// assert_eq!(url.without_password(), "http://ann:***@host/a%20b");
    /// ```
    pub fn without_password(&self) -> String {
        match self.user.as_deref().and_then(|user| user.split_once(':')) {
            // The stars are no escape: they are put in behind the escaping.
            Some((name, _)) => {
                Url { user: Some(format!("{name}:***")), ..self.clone() }.to_string()
            }
            None => self.to_string(),
        }
    }

    /// Returns the URL without a name and a password.
    pub fn without_user(&self) -> Url {
        Url { user: None, ..self.clone() }
    }

    /// Reproduces Go's `ResolveReference` with this URL as the base.
    pub fn resolve(&self, reference: &Url) -> Url {
        let mut url = reference.clone();
        if reference.scheme.is_empty() {
            url.scheme = self.scheme.clone();
        }
        let set_path = |url: &mut Url, path: String| {
            // The paths come from parsed URLs, so their escapes are well-formed.
            if url.set_path(&path).is_err() {
                url.path = path.into_bytes();
            }
        };
        if !reference.scheme.is_empty() || !reference.host.is_empty() || reference.user.is_some() {
            set_path(&mut url, resolve_path(&reference.escaped_path(), ""));
            return url;
        }
        if !reference.opaque.is_empty() {
            url.user = None;
            url.host = String::new();
            url.path = Vec::new();
            return url;
        }
        if reference.path.is_empty() && !reference.force_query && reference.raw_query.is_empty() {
            url.raw_query = self.raw_query.clone();
            if reference.fragment.is_empty() {
                url.fragment = self.fragment.clone();
                url.raw_fragment = self.raw_fragment.clone();
            }
        }
        if reference.path.is_empty() && !self.opaque.is_empty() {
            url.opaque = self.opaque.clone();
            url.user = None;
            url.host = String::new();
            url.path = Vec::new();
            return url;
        }
        url.host = self.host.clone();
        url.user = self.user.clone();
        set_path(&mut url, resolve_path(&self.escaped_path(), &reference.escaped_path()));
        url
    }
}

fn escaped(text: &[u8], raw: &str, part: Part) -> String {
    if !raw.is_empty()
        && is_valid_encoding(raw, part)
        && unescape(raw, part).is_ok_and(|plain| plain == text)
    {
        return raw.to_owned();
    }
    if part == Part::Path && text == b"*" {
        return "*".to_owned();
    }
    escape(text, part)
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            let authority = !self.host.is_empty() || self.user.is_some();
            if authority || (!self.scheme.is_empty() && !self.omit_host && !self.path.is_empty()) {
                out.push_str("//");
            }
            if let Some(user) = &self.user {
                out.push_str(user);
                out.push('@');
            }
            out.push_str(&escape(&bytes_of(&self.host), Part::Host));
            let path = self.escaped_path();
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                out.push('/');
            }
            if out.is_empty() && path.split('/').next().is_some_and(|s| s.contains(':')) {
                out.push_str("./");
            }
            out.push_str(&path);
        } else {
            out.push_str(&self.opaque);
        }
        if self.force_query || !self.raw_query.is_empty() {
            out.push('?');
            out.push_str(&self.raw_query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&escaped(&self.fragment, &self.raw_fragment, Part::Fragment));
        }
        f.write_str(&out)
    }
}

fn parse(raw: &str) -> Result<Url, Reason> {
    if raw.bytes().any(|c| c < b' ' || c == 0x7f) {
        return Err(Reason::ControlCharacter);
    }
    let mut url = Url::default();
    if raw == "*" {
        url.path = b"*".to_vec();
        return Ok(url);
    }
    let (scheme, mut rest) = split_scheme(raw)?;
    url.scheme = scheme.to_ascii_lowercase();
    match rest.split_once('?') {
        Some((before, "")) => {
            url.force_query = true;
            rest = before;
        }
        Some((before, query)) => {
            url.raw_query = query.to_owned();
            rest = before;
        }
        None => {}
    }
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_owned();
            return Ok(url);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err(Reason::ColonInFirstSegment);
        }
    }
    match rest.strip_prefix("//") {
        Some(after) if !url.scheme.is_empty() || !after.starts_with('/') => {
            let end = after.find('/').unwrap_or(after.len());
            let (authority, path) = after.split_at(end);
            (url.user, url.host) = parse_authority(&url.scheme, authority)?;
            rest = path;
        }
        _ => url.omit_host = !url.scheme.is_empty() && rest.starts_with('/'),
    }
    url.set_path(rest)?;
    Ok(url)
}

fn split_scheme(raw: &str) -> Result<(&str, &str), Reason> {
    for (i, c) in raw.bytes().enumerate() {
        match c {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if i > 0 => {}
            b':' if i == 0 => return Err(Reason::MissingScheme),
            b':' => return Ok((&raw[..i], &raw[i + 1..])),
            _ => break,
        }
    }
    Ok(("", raw))
}

fn parse_authority(scheme: &str, authority: &str) -> Result<(Option<String>, String), Reason> {
    let Some((user, host)) = authority.rsplit_once('@') else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, host)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(allowed) {
        return Err(Reason::UserInfo);
    }
    let normal = |part| Ok::<_, Reason>(escape(&unescape(part, Part::User)?, Part::User));
    let user = match user.split_once(':') {
        Some((name, password)) => format!("{}:{}", normal(name)?, normal(password)?),
        None => normal(user)?,
    };
    Ok((Some(user), host))
}

fn parse_host(scheme: &str, host: &str) -> Result<String, Reason> {
    Ok(text_of(self::host(scheme.as_bytes(), &bytes_of(host))?))
}

/// Returns whether a text is nothing, or a colon and digits: Go's `validOptionalPort`.
pub fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Reads the host of a URL, its port included, unescaped. Go 1.25 and later take only addresses in brackets; 1.26 and
/// later take these at the start alone, and in http's URLs one colon.
///
/// # Errors
/// What is wrong with it.
pub fn host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, Reason> {
    let takes_addresses = Go::current() >= Go::V1_25;
    let is_strict = Go::current() >= Go::V1_26;
    if is_strict && host.rfind_byte(b'[').is_some_and(|at| at > 0) {
        return Err(Reason::Literal);
    }
    let check_port = |port: &[u8]| match is_port(port) {
        true => Ok(()),
        false => Err(Reason::Port { text: port.into() }),
    };
    let open = match takes_addresses {
        true => host.rfind_byte(b'['),
        false => host.find_byte(b'[').filter(|at| *at == 0),
    };
    if let Some(host) = open.and_then(|at| host.get(at..)) {
        let end = host.rfind_byte(b']').ok_or(Reason::MissingBracket)?;
        let (address, tail) = host.split_at(end);
        check_port(tail.get(1..).unwrap_or_default())?;
        // A zone (RFC 6874) may hold nearly any escape, an address may not.
        let (address, zone) = address.split_at(address.find(b"%25").unwrap_or(address.len()));
        if takes_addresses {
            unescape(tail, Part::Host)?;
        }
        let mut out = unescape(address, Part::Host)?;
        out.extend(unescape(zone, Part::Zone)?);
        if takes_addresses {
            let address = text_of(out.get(1..).unwrap_or_default().to_vec());
            match parse_address(&address) {
                Ok(Address::V6 { .. }) => {}
                Ok(Address::V4) => return Err(Reason::Literal),
                Err(why) => return Err(Reason::Address { why: why.into() }),
            }
        }
        out.extend(unescape(tail, Part::Host)?);
        return Ok(out);
    }
    if let Some(last) = host.rfind_byte(b':') {
        let is_http = matches!(scheme, b"http" | b"https");
        let first = host.find_byte(b':').unwrap_or(last);
        let (_, port) = host.split_at(if is_strict && is_http { first } else { last });
        check_port(port)?;
    }
    unescape(host, Part::Host)
}

/// Reproduces RFC 3986's merge of paths with the dot segments taken out, as Go does it.
fn resolve_path(base: &str, reference: &str) -> String {
    let full = if reference.is_empty() {
        base.to_owned()
    } else if reference.starts_with('/') {
        reference.to_owned()
    } else {
        let folder = base.rfind('/').map_or("", |slash| &base[..=slash]);
        format!("{folder}{reference}")
    };
    if full.is_empty() {
        return full;
    }
    let mut out: Vec<&str> = Vec::new();
    let mut last = "";
    for segment in full.split('/') {
        last = segment;
        match segment {
            "." => {}
            ".." => {
                out.pop();
            }
            _ => out.push(segment),
        }
    }
    let mut path = format!("/{}", out.join("/"));
    if matches!(last, "." | "..") && !path.ends_with('/') {
        path.push('/');
    }
    if path.starts_with("//") {
        path.remove(0);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{Url, bytes_of, path_escape, path_unescape, text_of};

    #[test]
    fn references_resolve_as_in_go() {
        for (base, reference, want) in [
            ("", "#/definitions/a", "#/definitions/a"),
            ("", "other.json#/a", "/other.json#/a"),
            ("http://x.org/a/b.json", "c.json", "http://x.org/a/c.json"),
            ("http://x.org/a/b.json", "../c.json#x", "http://x.org/c.json#x"),
            ("http://x.org/a/b.json", "#x", "http://x.org/a/b.json#x"),
            ("http://x.org/a/b", "./", "http://x.org/a/"),
            ("http://x.org", "c", "http://x.org/c"),
            ("file:///a/b.json", "c.json", "file:///a/c.json"),
            ("urn:x:y", "#z", "urn:x:y#z"),
            ("", "a%20b", "/a%20b"),
        ] {
            let base = Url::parse(base).unwrap();
            assert_eq!(base.resolve(&Url::parse(reference).unwrap()).to_string(), want);
        }
    }

    #[test]
    fn a_host_has_its_name_without_port_and_brackets() {
        for (url, want) in [
            ("http://a.b:80/x", "a.b"),
            ("http://a.b:/x", "a.b"),
            ("http://[::1]:80", "::1"),
            ("http://[::1]", "::1"),
            ("a/b", ""),
        ] {
            assert_eq!(Url::parse(url).unwrap().hostname(), want, "{url}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_escaped_outside_queries() {
        let parsed = |raw: &[u8]| Url::parse(&text_of(raw.to_vec()));
        let url = parsed(b"http://h\xff/a%2f\xff?q\xff#f\xff").unwrap();
        assert_eq!(url.path, b"/a/\xff");
        assert_eq!(*bytes_of(&url.to_string()), *b"http://h%FF/a/%FF?q\xff#f%FF");
        let error = parsed(b"http://h:1\xff/").unwrap_err().to_string();
        assert_eq!(error, r#"parse "http://h:1\xff/": invalid port ":1\xff" after host"#);
    }

    #[test]
    fn segments_are_escaped_as_in_go() {
        assert_eq!(path_escape("a b/c;,?$&+:=@é".as_bytes()), "a%20b%2Fc%3B%2C%3F$&+:=@%C3%A9");
        assert_eq!(path_unescape("a%20b+c").unwrap(), b"a b+c");
        assert_eq!(path_unescape("a%2").unwrap_err().to_string(), "invalid URL escape \"%2\"");
    }
}
