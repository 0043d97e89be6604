//! Fetching on behalf of a command: by the scheme of the URL, with what the flags and settings say.

use std::path::Path;
use std::sync::OnceLock;

use gostd::url::Url;
use statefulchart::getter::{Network, Options, Tls};
use statefulchart::plugin::{Downloader, Plugin};
use statefulchart::registry::{Client, Credential, Layer};

use super::flags::{Flag, Given, known};
use super::settings::Settings;
use super::{Failure, credentials, output, plugin_run, progress};

/// What a command fetches with.
pub(crate) struct Net {
    pub(crate) settings: Settings,
    pub(crate) network: Network,
    /// How registries are reached: not by a repository's settings, but by the flags.
    registry: Options,
    plain_http: bool,
    plugins: OnceLock<Vec<Plugin>>,
}

impl Net {
    pub(crate) fn new(given: &Given) -> Net {
        let settings = Settings::read(given);
        let mut network = settings.network();
        network.watch = progress::watch();
        let mut registry = options(given);
        registry.tls.insecure |= given.insecure;
        let plain_http = given.plain_http;
        Net { settings, network, registry, plain_http, plugins: OnceLock::new() }
    }

    /// What plugins fetch, and with which programs. Where one plugin is broken Helm passes over all.
    fn downloaders(&self) -> impl Iterator<Item = (&Plugin, &Downloader)> {
        let find = || Plugin::find_all(&self.settings.plugins).unwrap_or_default();
        self.plugins
            .get_or_init(find)
            .iter()
            .flat_map(|p| p.downloaders.iter().map(move |d| (p, d)))
    }

    /// The schemes that plugins fetch.
    pub(crate) fn schemes(&self) -> Vec<String> {
        self.downloaders().flat_map(|(_, d)| d.protocols.iter().cloned()).collect()
    }

    /// Whether URLs of that scheme can be fetched.
    pub(crate) fn fetches(&self, scheme: &str) -> bool {
        matches!(scheme, "http" | "https" | "oci")
            || self.downloaders().any(|(_, d)| d.protocols.iter().any(|p| p == scheme))
    }

    /// Fetches a document.
    pub(crate) fn fetch(
        &self,
        url: &str,
        options: &Options,
        limit: u64,
    ) -> Result<Vec<u8>, String> {
        let (result, said) = self.fetch_aside(url, options, limit);
        output::stderr(said.as_bytes());
        result
    }

    /// Fetches a document as [`Net::fetch`] does, and returns what is to be said of it, too.
    pub(crate) fn fetch_aside(
        &self,
        url: &str,
        options: &Options,
        limit: u64,
    ) -> (Result<Vec<u8>, String>, String) {
        let scheme = Url::parse(url).map(|u| u.scheme).unwrap_or_default();
        let mut said = String::new();
        let result = match scheme.as_str() {
            "http" | "https" => self.network.get(url, options, limit),
            "oci" => self.pull(url, &mut |text| said.push_str(text)),
            _ => match self.downloaders().find(|(_, d)| d.protocols.contains(&scheme)) {
                Some((plugin, downloader)) => {
                    plugin_run::download(&self.settings, plugin, downloader, url, options, limit)
                }
                None => Err(format!("scheme {scheme:?} not supported")),
            },
        };
        (result, said)
    }

    /// Runs something with a client for registries.
    /// Checks the files with certificates and keys before a login.
    pub(crate) fn check_login(&self) -> Result<(), String> {
        self.registry.tls.check_for_login()
    }

    pub(crate) fn with_registry<T>(&self, run: impl FnOnce(&Client<'_>) -> T) -> T {
        let Options { tls, username, password, .. } = &self.registry;
        let credential = |registry: &str| {
            if !username.is_empty() && !password.is_empty() {
                return Some(Credential::Password(username.clone(), password.clone()));
            }
            credentials::find(&self.settings, registry)
        };
        run(&Client::new(&self.network, tls.clone(), self.plain_http, &credential))
    }

    fn pull(&self, url: &str, say: &mut dyn FnMut(&str)) -> Result<Vec<u8>, String> {
        let (url, layer) = match url.strip_suffix(".prov") {
            Some(url) => (url, Layer::Provenance),
            None => (url, Layer::Chart),
        };
        self.with_registry(|client| client.pull(url, layer, say))
    }

    pub(crate) fn cache(&self) -> &Path {
        &self.settings.repository_cache
    }
}

/// The flags of every command that fetches charts.
pub(crate) const FLAGS: &[Flag] = &[
    known::CA_FILE.about("CA bundle for HTTPS servers"),
    known::CERT_FILE.about("client certificate for HTTPS servers"),
    known::INSECURE_SKIP_TLS_VERIFY.about("do not check servers' certificates"),
    known::KEY_FILE.about("client key for HTTPS servers"),
    known::PASSWORD.about("chart repository password"),
    known::USERNAME.about("chart repository username"),
];

/// The flags of the commands that take one chart from anywhere, beside [`FLAGS`].
pub(crate) const CHART_FLAGS: &[Flag] = &[
    known::DEVEL.about("use development versions, too"),
    known::KEYRING.about("location of public keys used for verification"),
    known::PASS_CREDENTIALS.about("pass credentials to all domains"),
    known::PLAIN_HTTP.about("use insecure HTTP connections for the chart download"),
    known::REPO.about("chart repository url where to locate the chart"),
    known::VERIFY.about("verify the package before using it"),
    known::VERSION.about("a version constraint for a chart from a repository"),
];

/// How the flags say that a chart is fetched.
pub(crate) fn options(given: &Given) -> Options {
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    Options {
        url: String::new(),
        tls: Tls {
            cert_file: text(&given.cert_file),
            key_file: text(&given.key_file),
            ca_file: text(&given.ca_file),
            insecure: given.insecure_skip_tls_verify,
        },
        username: text(&given.username),
        password: text(&given.password),
        pass_credentials: given.pass_credentials,
        accept: "",
    }
}

/// Checks the certificates that the flags name; Helm does so before all else, even where nothing is
/// fetched.
pub(crate) fn check_certificates(given: &Given) -> Result<(), Failure> {
    let Options { tls, .. } = options(given);
    let pair = !tls.cert_file.is_empty() && !tls.key_file.is_empty();
    if pair || !tls.ca_file.is_empty() {
        let net = Net::new(given);
        let made = net.network.agent(&tls, "http:");
        made.map_err(|e| Failure::from(e).within("missing registry client"))?;
    }
    Ok(())
}
