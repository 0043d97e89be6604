//! Checks the hosts of URLs that formats ask for.

use gostd::netip::{Address, parse_address};
use gostd::strconv::quoted;

/// Checks the host of a URL as `url.Parse` does since Go 1.26, which is stricter than the rest of the program.
///
/// # Errors
/// Go's text.
pub(super) fn check_host(text: &str, scheme: &str, hostname: &str) -> Result<(), String> {
    let (text, _) = super::address::split(text);
    let fail = |why: String| Err(format!("parse {}: {why}", quoted(text)));
    let after_scheme = text.split_once(':').map_or(text, |(before, after)| {
        if before.eq_ignore_ascii_case(scheme) { after } else { text }
    });
    let Some(authority) = after_scheme.strip_prefix("//") else { return Ok(()) };
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rfind('[') {
        Some(0) => match parse_address(hostname) {
            Ok(Address::V6 { .. }) => Ok(()),
            Ok(Address::V4) => fail("invalid IP-literal".to_owned()),
            Err(why) => fail(format!("invalid host: {why}")),
        },
        Some(_) => fail("invalid IP-literal".to_owned()),
        None => match host.find(':').and_then(|at| host.get(at..)) {
            Some(port) if matches!(scheme, "http" | "https") && port.rfind(':') != Some(0) => {
                fail(format!("invalid port {} after host", quoted(port)))
            }
            _ => Ok(()),
        },
    }
}
