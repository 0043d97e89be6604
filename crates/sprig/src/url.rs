//! Takes URLs apart and puts them together with the rules of Go's `net/url`.

use bstr::ByteSlice;

use gostd::strconv;
use gostd::url::is_port;
use gostd::value::{ANY_MAP, Map, Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use super::args::{map, nil_pointer, text};

pub(super) const TABLE: &[FuncDef] =
    &[def("urlParse", &[Type::String], url_parse), def("urlJoin", &[Type::Map], url_join)];

fn url_parse(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let url = Url::parse(text(a, 0)).map_err(|e| {
        let mut text = b"unable to parse url: ".to_vec();
        text.extend_from_slice(&e);
        FuncError::text(text)
    })?;
    let hostname = url.hostname().to_vec();
    let userinfo = url.user.map(|u| u.to_bytes()).unwrap_or_default();
    let entries = [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", userinfo),
    ];
    let entries = entries.map(|(k, v)| (Str::from_static(k), Value::from(v)));
    Ok(Value::Map(Map::from_entries(&ANY_MAP, entries)))
}

fn url_join(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let parts = map(a, 0);
    let part = |key: &str| match parts.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(Value::Str(s)) => Ok(s.to_vec()),
        Some(v) if v.is_nil() => Err(nil_pointer()),
        Some(v) => Err(FuncError::text(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            v.kind().name()
        ))),
    };
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user: None,
    };
    let userinfo = part("userinfo")?;
    if !userinfo.is_empty() {
        let probe = [b"proto://", &*userinfo, b"@host"].concat();
        url.user = Url::parse(&probe)
            .map_err(|e| FuncError::text([b"unable to parse userinfo in dict: ", &*e].concat()))?
            .user;
    }
    Ok(Value::from(url.to_bytes()))
}

/// The parts of a URL, unescaped, as Go's `url.URL` has them.
#[derive(Default)]
pub struct Url {
    /// In lower case, without the colon.
    pub scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<User>,
    /// The host with its port.
    pub host: Vec<u8>,
    /// The path with its leading slash.
    pub path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

/// Which part of a URL is escaped: each lets other characters stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    User,
    Fragment,
}

type Text = Vec<u8>;

impl Url {
    /// Reproduces Go's `url.Parse`.
    ///
    /// # Errors
    /// Go's text: `parse "…": why`.
    pub fn parse(raw: &[u8]) -> Result<Url, Text> {
        let (start, fragment) = cut(raw, b"#");
        let failed = |text: &[u8], e: Text| {
            let mut out = b"parse ".to_vec();
            strconv::append_quote(&mut out, text);
            out.extend_from_slice(b": ");
            out.extend_from_slice(&e);
            out
        };
        let mut url = Url::without_fragment(start).map_err(|e| failed(start, e))?;
        url.fragment = unescape(fragment).map_err(|e| failed(raw, e))?;
        Ok(url)
    }

    /// Parses a URL that ends where its query does: a `#` is a character like others. Of a text that
    /// names a scheme this is Go's `url.ParseRequestURI`.
    ///
    /// # Errors
    /// What follows `parse "…": ` in Go's text.
    pub fn without_fragment(raw: &[u8]) -> Result<Url, Text> {
        if raw.iter().any(|b| *b < b' ' || *b == 0x7f) {
            return Err(b"net/url: invalid control character in URL".to_vec());
        }
        let mut url = Url::default();
        if raw == b"*" {
            url.path = raw.to_vec();
            return Ok(url);
        }
        let (scheme, rest) = scheme(raw)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = cut(rest, b"?");
        url.query = query.to_vec();
        if !rest.starts_with(b"/") {
            if !scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b"/").0.contains(&b':') {
                return Err(b"first path segment in URL cannot contain colon".to_vec());
            }
        }
        let authority = rest.strip_prefix(b"//");
        if let Some(authority) = authority
            && (!scheme.is_empty() || !rest.starts_with(b"///"))
        {
            let end = authority.find_byte(b'/').unwrap_or(authority.len());
            rest = &authority[end..];
            (url.user, url.host) = parse_authority(&url.scheme, &authority[..end])?;
        }
        url.path = unescape(rest)?;
        Ok(url)
    }

    /// Returns the host without port and brackets.
    fn hostname(&self) -> &[u8] {
        let mut host = &*self.host;
        if let Some(colon) = host.rfind_byte(b':')
            && is_port(&host[colon..])
        {
            host = &host[..colon];
        }
        host.strip_prefix(b"[").and_then(|h| h.strip_suffix(b"]")).unwrap_or(host)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if !self.opaque.is_empty() {
            out.extend_from_slice(&self.opaque);
        } else {
            let somewhere = !self.host.is_empty() || self.user.is_some();
            if somewhere || (!self.scheme.is_empty() && !self.path.is_empty()) {
                out.extend_from_slice(b"//");
            }
            if let Some(user) = &self.user {
                out.extend_from_slice(&user.to_bytes());
                out.push(b'@');
            }
            escape(&mut out, &self.host, Part::Host);
            let path = match &*self.path {
                b"*" => b"*".to_vec(),
                path => {
                    let mut escaped = Vec::with_capacity(path.len());
                    escape(&mut escaped, path, Part::Path);
                    escaped
                }
            };
            if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
                out.push(b'/');
            }
            // Else the first segment would be read as a scheme.
            if out.is_empty() && cut(&path, b"/").0.contains(&b':') {
                out.extend_from_slice(b"./");
            }
            out.extend_from_slice(&path);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            escape(&mut out, &self.fragment, Part::Fragment);
        }
        out
    }
}

impl User {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        escape(&mut out, &self.name, Part::User);
        if let Some(password) = &self.password {
            out.push(b':');
            escape(&mut out, password, Part::User);
        }
        out
    }
}

/// Returns what stands before and after the first separator.
fn cut<'a>(s: &'a [u8], separator: &[u8]) -> (&'a [u8], &'a [u8]) {
    s.split_once_str(separator).unwrap_or((s, b""))
}

fn scheme(raw: &[u8]) -> Result<(&[u8], &[u8]), Text> {
    let part = |(i, b): (usize, &u8)| {
        b.is_ascii_alphabetic() || i > 0 && (b.is_ascii_digit() || b"+-.".contains(b))
    };
    let len = raw.iter().enumerate().take_while(|at| part(*at)).count();
    match raw.get(len) {
        Some(b':') if len == 0 => Err(b"missing protocol scheme".to_vec()),
        Some(b':') => Ok((&raw[..len], &raw[len + 1..])),
        _ => Ok((b"", raw)),
    }
}

fn parse_authority(scheme: &[u8], authority: &[u8]) -> Result<(Option<User>, Vec<u8>), Text> {
    let host = |host: &[u8]| gostd::url::host(scheme, host).map_err(|e| e.to_string().into_bytes());
    let Some(at) = authority.rfind_byte(b'@') else {
        return Ok((None, host(authority)?));
    };
    let host = host(&authority[at + 1..])?;
    let userinfo = &authority[..at];
    let valid = |b: &u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(b);
    if !userinfo.iter().all(valid) {
        return Err(b"net/url: invalid userinfo".to_vec());
    }
    let (name, password) = match userinfo.split_once_str(b":") {
        Some((name, password)) => (name, Some(password)),
        None => (userinfo, None),
    };
    let name = unescape(name)?;
    let password = password.map(unescape).transpose()?;
    Ok((Some(User { name, password }), host))
}

/// Takes the escapes out of a path, a user or a fragment.
fn unescape(s: &[u8]) -> Result<Vec<u8>, Text> {
    gostd::url::path_unescape(s).map_err(|e| e.to_string().into_bytes())
}

fn must_escape(b: u8, part: Part) -> bool {
    if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
        return false;
    }
    let free: &[u8] = match part {
        Part::Host => b"!$&'()*+,;=:[]<>\"",
        Part::Path => b"$&+,/:;=@",
        Part::User => b"$&+,;=",
        Part::Fragment => b"$&+,/:;=?@!()*",
    };
    !free.contains(&b)
}

fn escape(out: &mut Vec<u8>, s: &[u8], part: Part) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &b in s {
        if must_escape(b, part) {
            out.extend([b'%', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
        } else {
            out.push(b);
        }
    }
}
