//! Says what went wrong on the network, in the words of Go's `net/http`.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, ToSocketAddrs};

use super::proxy::divided;
use gostd::url::Url;

/// Returns the URL with its password hidden, as Go shows it.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{scheme}://{name}:***@{host}{tail}"),
            None => url.to_owned(),
        },
        None => url.to_owned(),
    }
}

/// Returns what follows `Get "URL": `.
pub(super) fn words(error: &ureq::Error, url: &str) -> String {
    match error {
        ureq::Error::Io(e) => io(e, url),
        ureq::Error::HostNotFound => {
            format!("dial tcp: lookup {}{}: no such host", host(url).0, name_server())
        }
        ureq::Error::Timeout(_) => {
            "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".into()
        }
        ureq::Error::TooManyRedirects => "stopped after 10 redirects".into(),
        ureq::Error::ConnectionFailed => refused(url),
        ureq::Error::BodyExceedsLimit(limit) => format!("the answer has more than {limit} bytes"),
        ureq::Error::Rustls(e) => tls(e),
        ureq::Error::BadUri(_) if !url.contains("://") => {
            format!("unsupported protocol scheme \"{}\"", url.split(':').next().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

fn io(error: &std::io::Error, url: &str) -> String {
    if let Some(inner) = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        return tls(inner);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => refused(url),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionAborted => "EOF".into(),
        ErrorKind::ConnectionReset => "read: connection reset by peer".into(),
        _ => gostd::os::io_reason(error),
    }
}

fn refused(url: &str) -> String {
    let (host, port) = host(url);
    let address = (host.as_str(), port).to_socket_addrs().ok().and_then(|mut found| found.next());
    match address {
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
        rustls::Error::InvalidMessage(_) => {
            return "http: server gave HTTP response to HTTPS client".into();
        }
        other => return format!("tls: {other}"),
    };
    format!("tls: failed to verify certificate: {why}")
}

/// Returns what follows `Get "URL": ` where Go dials nobody: the system takes more for an address than Go does, such as
/// `127.1`, and the client takes a port out of range for none at all.
pub(super) fn undialable(url: &str) -> Option<String> {
    let parsed = Url::parse(url).ok()?;
    let (host, port) = divided(&parsed.host);
    if let Some(port) = port.filter(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
        return Some(format!("dial tcp: address {port}: invalid port"));
    }
    let is_numeric = !host.is_empty() && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (is_numeric && host.parse::<Ipv4Addr>().is_err())
        .then(|| format!("dial tcp: lookup {host}: no such host"))
}

/// Returns the host without brackets, and the port.
fn host(url: &str) -> (String, u16) {
    let Ok(parsed) = Url::parse(url) else { return (url.to_owned(), 0) };
    let default = if parsed.scheme == "https" { 443 } else { 80 };
    let (host, port) = divided(&parsed.host);
    (host.to_owned(), port.and_then(|port| port.parse().ok()).unwrap_or(default))
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
        let why = |url| undialable(url).unwrap_or_default();
        assert_eq!(why("http://localhost:99999/x"), "dial tcp: address 99999: invalid port");
        assert_eq!(why("http://127.1:1/"), "dial tcp: lookup 127.1: no such host");
        assert_eq!(why("https://2130706433/"), "dial tcp: lookup 2130706433: no such host");
        for url in ["http://127.0.0.1:80/", "http://[::1]:80/", "http://a.1/", "http://a:/", "x"] {
            assert_eq!(undialable(url), None, "{url}");
        }
    }
}
