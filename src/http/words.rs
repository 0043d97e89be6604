//! Says what went wrong on the network, in the words of Go's `net/http`.

use std::io::ErrorKind;
use std::net::IpAddr;

use super::idna;
use super::proxy::divided;
use super::wire::{LookupError, NoTls, first_address};
use gostd::Go;
use gostd::os::is_utf8;
use gostd::url::Url;

/// Returns what follows `Get "URL": `.
pub(super) fn words(error: &ureq::Error, url: &Url) -> String {
    match error {
        ureq::Error::Io(e) => io(e, url),
        ureq::Error::HostNotFound => no_such_host(&idna::to_ascii(divided(&url.host).0)),
        ureq::Error::Timeout(_) => {
            "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".into()
        }
        ureq::Error::ConnectionFailed => refused(url),
        ureq::Error::BodyExceedsLimit(limit) => format!("the answer has more than {limit} bytes"),
        ureq::Error::Rustls(e) => tls(e),
        other => other.to_string(),
    }
}

/// Returns what follows `Get "URL": ` where a proxy stands between, whose answer began with that line.
pub(super) fn of_proxy(error: &ureq::Error, url: &Url, proxy: &str, line: &[u8]) -> String {
    if let ureq::Error::ConnectProxyFailed(_) = error {
        let mut parts = line.splitn(3, |b| *b == b' ').skip(2);
        return match parts.next() {
            Some(said) => String::from_utf8_lossy(said).into_owned(),
            None => "unknown status code".into(),
        };
    }
    let why = words(error, &Url::parse(proxy).unwrap_or_default());
    match why.starts_with("dial tcp") {
        true => format!("proxyconnect tcp: {why}"),
        false => words(error, url),
    }
}

/// Returns what Go says where an answer breaks off.
pub(super) fn in_body(error: &ureq::Error, url: &Url) -> String {
    match error {
        ureq::Error::Io(e) if e.kind() == ErrorKind::UnexpectedEof => "unexpected EOF".into(),
        ureq::Error::Timeout(_) => {
            "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
                .into()
        }
        ureq::Error::Protocol(_) => "unexpected EOF".into(),
        other => words(other, url),
    }
}

/// Returns what Go says of an answer that is no HTTP, by its first line.
pub(super) fn malformed(line: &[u8], error: &ureq::Error) -> String {
    let broken = |what: &str, part: &[u8]| {
        let part = gostd::strconv::quoted(part);
        format!("net/http: HTTP/1.x transport connection broken: malformed HTTP {what} {part}")
    };
    if line.is_empty() {
        return match error {
            ureq::Error::Protocol(_) => "EOF".into(),
            other => other.to_string(),
        };
    }
    let Some(space) = memchr::memchr(b' ', line) else { return broken("response", line) };
    let (version, rest) = line.split_at(space);
    let rest = rest.trim_ascii_start();
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let code = rest.get(..end).unwrap_or_default();
    if code.len() != 3 || !code.iter().all(u8::is_ascii_digit) {
        return broken("status code", code);
    }
    let is_version = matches!(version, [b'H', b'T', b'T', b'P', b'/', a, b'.', b]
        if a.is_ascii_digit() && b.is_ascii_digit());
    if !is_version {
        return broken("version", version);
    }
    error.to_string()
}

fn io(error: &std::io::Error, url: &Url) -> String {
    if let Some(inner) = error.get_ref() {
        if let Some(inner) = inner.downcast_ref::<rustls::Error>() {
            return tls(inner);
        }
        if let Some(LookupError { host, is_temporary }) = inner.downcast_ref() {
            return match is_temporary {
                true => format!("dial tcp: lookup {host}{}: server misbehaving", name_server()),
                false => no_such_host(host),
            };
        }
        if let Some(no_tls) = inner.downcast_ref::<NoTls>() {
            return no_tls.to_string();
        }
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => refused(url),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionAborted => "EOF".into(),
        ErrorKind::ConnectionReset => "read: connection reset by peer".into(),
        _ => gostd::os::io_reason(error),
    }
}

fn no_such_host(host: &str) -> String {
    format!("dial tcp: lookup {host}{}: no such host", name_server())
}

fn refused(url: &Url) -> String {
    let (host, port) = divided(&url.host);
    let default = if url.scheme == "https" { 443 } else { 80 };
    let port = port.and_then(|port| port.parse().ok()).unwrap_or(default);
    match first_address(host, port) {
        Some(address) => format!("dial tcp {address}: connect: connection refused"),
        None => format!("dial tcp {host}:{port}: connect: connection refused"),
    }
}

fn tls(error: &rustls::Error) -> String {
    use rustls::CertificateError as C;
    let why = match error {
        rustls::Error::InvalidCertificate(C::UnknownIssuer) => {
            "x509: certificate signed by unknown authority"
        }
        rustls::Error::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => {
            "x509: certificate has expired or is not yet valid"
        }
        rustls::Error::InvalidCertificate(e) => {
            return format!("tls: failed to verify certificate: x509: {e}");
        }
        other => return format!("tls: {other}"),
    };
    format!("tls: failed to verify certificate: {why}")
}

/// Returns what follows `Get "URL": ` where Go dials nobody: the system takes more for an address than Go does, such as
/// `127.1`, and the client takes a port out of range for none at all.
pub(super) fn undialable(url: &Url) -> Option<String> {
    let (host, port) = divided(&url.host);
    if let Some(port) = port.filter(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
        return Some(format!("dial tcp: address {port}: invalid port"));
    }
    if !is_utf8(host) && Go::current() >= Go::V1_27 {
        return Some(format!("dial tcp: lookup {host}: no such host"));
    }
    let host = idna::to_ascii(host);
    if host.is_empty() || host.parse::<IpAddr>().is_ok() || host.contains(':') {
        return None;
    }
    if !is_domain_name(&host) {
        return Some(format!("dial tcp: lookup {host}: no such host"));
    }
    // `0x7f.1` is a name, too.
    let is_number = |part: &str| match part.strip_prefix("0x").or(part.strip_prefix("0X")) {
        Some(hex) => hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()),
    };
    host.split('.').all(is_number).then(|| no_such_host(&host))
}

/// Reproduces Go's `isDomainName`: what is asked of a server at all.
fn is_domain_name(name: &str) -> bool {
    let name_only = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    name_only.len() <= 253
        && name_only.split('.').all(is_label)
        && !name_only.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Returns the server that Go asks for names, as its message shows it.
fn name_server() -> String {
    let config = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let server = config.lines().find_map(|l| l.strip_prefix("nameserver"));
    match server.map(str::trim) {
        Some(address) if address.contains(':') => format!(" on [{address}]:53"),
        Some(address) => format!(" on {address}:53"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_addresses_are_none_to_go() {
        let undialable = |url| undialable(&Url::parse(url).unwrap());
        let why = |url| undialable(url).unwrap_or_default();
        assert_eq!(why("http://localhost:99999/x"), "dial tcp: address 99999: invalid port");
        assert_eq!(why("http://127.1:1/"), "dial tcp: lookup 127.1: no such host");
        assert_eq!(why("https://2130706433/"), "dial tcp: lookup 2130706433: no such host");
        assert_eq!(why("http://a..b/"), "dial tcp: lookup a..b: no such host");
        assert_eq!(why("http://-a/"), "dial tcp: lookup -a: no such host");
        assert!(why("http://0x7f.1/").ends_with(": no such host"));
        for url in [
            "http://a_b.c./",
            "http://127.0.0.1:80/",
            "http://[::1]:80/",
            "http://a.1/",
            "http://a:/",
            "x",
        ] {
            assert_eq!(undialable(url), None, "{url}");
        }
    }
}
