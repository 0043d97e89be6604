//! Fetching on behalf of a command: by the scheme of the URL, with what the flags and settings say.

use std::path::Path;

use statefulchart::fetch::{Network, Options, Tls};
use statefulchart::gostd::url::Url;

use super::flags::{Flag, Kind, Parsed, flag};
use super::settings::Settings;
use super::{Failure, output};

/// What a command fetches with.
pub(crate) struct Net {
    pub(crate) settings: Settings,
    pub(crate) network: Network,
}

impl Net {
    pub(crate) fn new(parsed: &Parsed) -> Net {
        let settings = Settings::read(parsed);
        let network = settings.network();
        Net { settings, network }
    }

    /// The schemes that plugins fetch.
    pub(crate) fn schemes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether URLs of that scheme can be fetched.
    pub(crate) fn fetches(&self, scheme: &str) -> bool {
        matches!(scheme, "http" | "https" | "oci") || self.schemes().iter().any(|s| s == scheme)
    }

    /// Fetches a document.
    pub(crate) fn fetch(
        &self,
        url: &str,
        options: &Options,
        limit: u64,
    ) -> Result<Vec<u8>, String> {
        let scheme = Url::parse(url).map(|u| u.scheme).unwrap_or_default();
        match scheme.as_str() {
            "http" | "https" => self.network.get(url, options, limit),
            _ => Err(format!("scheme {scheme:?} not supported")),
        }
    }

    /// The versions that a registry has of a chart, newest first.
    pub(crate) fn tags(&self, reference: &str) -> Result<Vec<String>, String> {
        Err(format!("no registry is known for {reference}"))
    }

    pub(crate) fn cache(&self) -> &Path {
        &self.settings.repository_cache
    }
}

/// The flags of every command that fetches charts.
pub(crate) const FLAGS: &[Flag] = &[
    flag("ca-file", Kind::String, "CA bundle for HTTPS servers"),
    flag("cert-file", Kind::String, "client certificate for HTTPS servers"),
    flag("insecure-skip-tls-verify", Kind::Bool, "do not check servers' certificates"),
    flag("key-file", Kind::String, "client key for HTTPS servers"),
    flag("password", Kind::String, "chart repository password"),
    flag("username", Kind::String, "chart repository username"),
];

/// The flags of the commands that take one chart from anywhere, beside [`FLAGS`].
pub(crate) const CHART_FLAGS: &[Flag] = &[
    flag("devel", Kind::Bool, "use development versions, too"),
    flag("keyring", Kind::String, "location of public keys used for verification"),
    flag("pass-credentials", Kind::Bool, "pass credentials to all domains"),
    flag("plain-http", Kind::Bool, "use insecure HTTP connections for the chart download"),
    flag("repo", Kind::String, "chart repository url where to locate the chart"),
    flag("verify", Kind::Bool, "verify the package before using it"),
    flag("version", Kind::String, "a version constraint for a chart from a repository"),
];

/// How the flags say that a chart is fetched.
pub(crate) fn options(parsed: &Parsed) -> Options {
    let text = |name: &str| parsed.get(name).unwrap_or_default().to_owned();
    Options {
        url: String::new(),
        tls: Tls {
            cert_file: text("cert-file"),
            key_file: text("key-file"),
            ca_file: text("ca-file"),
            insecure: parsed.is_set("insecure-skip-tls-verify"),
        },
        username: text("username"),
        password: text("password"),
        pass_credentials: parsed.is_set("pass-credentials"),
        accept: "",
    }
}

/// Checks the certificates that the flags name; Helm does so before all else, even where nothing is
/// fetched.
pub(crate) fn check_certificates(parsed: &Parsed) -> Result<(), Failure> {
    let Options { tls, .. } = options(parsed);
    let pair = !tls.cert_file.is_empty() && !tls.key_file.is_empty();
    if pair || !tls.ca_file.is_empty() {
        let net = Net::new(parsed);
        let made = net.network.agent(&tls, "http:");
        made.map_err(|e| Failure::from(e).within("missing registry client"))?;
    }
    Ok(())
}

/// Takes the lines that Helm logs.
pub(crate) fn warn(line: String) {
    output::log(&line);
}
