//! Chooses proxies as Go's `http.ProxyFromEnvironment` does.

use std::net::IpAddr;

use gostd::url::Url;

/// The proxies that the environment names; empty texts mean none.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For `http://`.
    pub http: String,
    /// For `https://`.
    pub https: String,
    /// Hosts that are reached without one, commas between them.
    pub none: String,
}

impl Proxies {
    /// Returns the URL of the proxy for a URL, if it goes through one.
    #[cfg_attr(not(feature = "net"), expect(dead_code, reason = "nothing is sent"))]
    pub(super) fn proxy_for(&self, url: &str) -> Option<String> {
        let proxy = if url.starts_with("https:") { &self.https } else { &self.http };
        if proxy.is_empty() || self.bypasses(url) {
            return None;
        }
        Some(if proxy.contains("://") { proxy.clone() } else { format!("http://{proxy}") })
    }

    fn bypasses(&self, url: &str) -> bool {
        let Ok(parsed) = Url::parse(url) else { return true };
        let host = divided(&parsed.host).0.to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        if host == "localhost" || address.is_some_and(|a| a.is_loopback()) {
            return true;
        }
        self.none.split(',').map(str::trim).filter(|rule| !rule.is_empty()).any(|rule| {
            let rule = rule.to_ascii_lowercase();
            if rule == "*" {
                return true;
            }
            if let (Some(address), Some((net, bits))) = (address, rule.split_once('/')) {
                return within(address, net, bits);
            }
            let rule = rule.rsplit_once(':').map_or(rule.as_str(), |(name, port)| {
                if port.bytes().all(|b| b.is_ascii_digit()) { name } else { &rule }
            });
            let rule = rule.strip_prefix('*').unwrap_or(rule);
            match rule.strip_prefix('.') {
                Some(domain) => host.strip_suffix(domain).is_some_and(|h| h.ends_with('.')),
                None => host == rule || host.strip_suffix(rule).is_some_and(|h| h.ends_with('.')),
            }
        })
    }
}

/// Returns the host of an authority without brackets, and the port if it has one.
pub(super) fn divided(authority: &str) -> (&str, Option<&str>) {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    (host.trim_matches(['[', ']']), port)
}

/// Returns whether an address lies in `net/bits`.
fn within(address: IpAddr, net: &str, bits: &str) -> bool {
    let (Ok(net), Ok(bits)) = (net.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    let (a, n, width) = match (address, net) {
        (IpAddr::V4(a), IpAddr::V4(n)) => (u128::from(a.to_bits()), u128::from(n.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(n)) => (a.to_bits(), n.to_bits(), 128),
        _ => return false,
    };
    match bits {
        0 => true,
        bits if bits <= width => (a ^ n) >> (width - bits) == 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Proxies;

    #[test]
    fn hosts_bypass_the_proxy_as_in_go() {
        for (none, url, bypasses) in [
            ("", "http://example.com/", false),
            ("", "http://localhost:8080/", true),
            ("", "http://127.0.0.2/", true),
            ("example.com", "http://example.com/", true),
            ("example.com", "http://a.example.com:80/", true),
            ("example.com", "http://badexample.com/", false),
            (".example.com", "http://example.com/", false),
            (".example.com", "http://a.example.com/", true),
            ("10.0.0.0/8", "http://10.2.3.4/", true),
            ("10.0.0.0/8", "http://11.2.3.4/", false),
            ("*", "http://example.com/", true),
        ] {
            let proxies = Proxies { none: none.into(), ..Proxies::default() };
            assert_eq!(proxies.bypasses(url), bypasses, "{none} {url}");
        }
    }
}
