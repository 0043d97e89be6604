//! Takes URLs apart and puts them together with the rules of Go's `net/url`.

use bstr::ByteSlice;

use gostd::netip::{Address, parse_address};
use gostd::value::{ANY_MAP, Map, Str, Type, Value};
use gostd::{Go, strconv};
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
    Zone,
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
        url.fragment = unescape(fragment, Part::Fragment).map_err(|e| failed(raw, e))?;
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
        url.path = unescape(rest, Part::Path)?;
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
    let Some(at) = authority.rfind_byte(b'@') else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, &authority[at + 1..])?;
    let userinfo = &authority[..at];
    let valid = |b: &u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(b);
    if !userinfo.iter().all(valid) {
        return Err(b"net/url: invalid userinfo".to_vec());
    }
    let (name, password) = match userinfo.split_once_str(b":") {
        Some((name, password)) => (name, Some(password)),
        None => (userinfo, None),
    };
    let name = unescape(name, Part::User)?;
    let password = password.map(|p| unescape(p, Part::User)).transpose()?;
    Ok((Some(User { name, password }), host))
}

/// Tells whether a text is nothing, or a colon and digits.
fn is_port(s: &[u8]) -> bool {
    match s {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Reads the host, as [`gostd::url`] does.
fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, Text> {
    // Go 1.25 takes only addresses in brackets; 1.26 takes these at the start alone, and in http's URLs one colon.
    let takes_addresses = Go::current() >= Go::V1_25;
    let is_strict = Go::current() >= Go::V1_26;
    let literal = || Err(b"invalid IP-literal".to_vec());
    if is_strict && host.rfind_byte(b'[').is_some_and(|at| at > 0) {
        return literal();
    }
    let check_port = |port: &[u8]| {
        if is_port(port) {
            return Ok(());
        }
        let mut text = b"invalid port ".to_vec();
        strconv::append_quote(&mut text, port);
        text.extend_from_slice(b" after host");
        Err(text)
    };
    let open = match takes_addresses {
        true => host.rfind_byte(b'['),
        false => host.find_byte(b'[').filter(|at| *at == 0),
    };
    if let Some(host) = open.and_then(|at| host.get(at..)) {
        let Some(end) = host.rfind_byte(b']') else { return Err(b"missing ']' in host".to_vec()) };
        check_port(&host[end + 1..])?;
        // A zone (RFC 6874) may hold nearly any escape, an address may not.
        let zone = host[..end].find(b"%25").unwrap_or(end);
        let after = |out: &mut Vec<u8>| {
            out.extend(unescape(&host[end..], Part::Host)?);
            Ok::<_, Text>(())
        };
        if takes_addresses {
            after(&mut Vec::new())?;
        }
        let mut out = unescape(&host[..zone], Part::Host)?;
        out.extend(unescape(&host[zone..end], Part::Zone)?);
        if takes_addresses {
            let address = String::from_utf8_lossy(out.get(1..).unwrap_or_default());
            match parse_address(&address) {
                Ok(Address::V6 { .. }) => {}
                Ok(Address::V4) => return literal(),
                Err(why) => return Err([b"invalid host: ", why.as_bytes()].concat()),
            }
        }
        after(&mut out)?;
        return Ok(out);
    } else if let Some(last) = host.rfind_byte(b':') {
        let is_http = matches!(scheme, b"http" | b"https");
        let first = host.find_byte(b':').unwrap_or(last);
        check_port(&host[if is_strict && is_http { first } else { last }..])?;
    }
    unescape(host, Part::Host)
}

fn must_escape(b: u8, part: Part) -> bool {
    if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
        return false;
    }
    let free: &[u8] = match part {
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
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

fn unescape(s: &[u8], part: Part) -> Result<Vec<u8>, Text> {
    let bad_escape = |text: &[u8]| {
        let mut out = b"invalid URL escape ".to_vec();
        strconv::append_quote(&mut out, text);
        out
    };
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s;
    while let Some((&b, after)) = rest.split_first() {
        if b != b'%' {
            if matches!(part, Part::Host | Part::Zone) && b < 0x80 && must_escape(b, part) {
                let mut text = b"invalid character ".to_vec();
                strconv::append_quote(&mut text, &[b]);
                text.extend_from_slice(b" in host name");
                return Err(text);
            }
            out.push(b);
            rest = after;
            continue;
        }
        let hex = |b: &u8| char::from(*b).to_digit(16);
        let (high, low) = match (after.first().and_then(hex), after.get(1).and_then(hex)) {
            (Some(high), Some(low)) => (high, low),
            _ => return Err(bad_escape(&rest[..rest.len().min(3)])),
        };
        // Two hexadecimal digits make a byte.
        let byte = (high << 4 | low) as u8;
        let percent = &after[..2] == b"25";
        let refused = match part {
            Part::Host => high < 8 && !percent,
            Part::Zone => !percent && byte != b' ' && must_escape(byte, Part::Host),
            _ => false,
        };
        if refused {
            return Err(bad_escape(&rest[..3]));
        }
        out.push(byte);
        rest = &after[2..];
    }
    Ok(out)
}
