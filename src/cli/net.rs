//! Fetches on behalf of a command, as its flags and the environment say.

use std::cell::OnceCell;
use std::time::Duration;

use gojsonschema::{LoadError, Loader};
use statefulchart::action::{ChartSource, SupplyError};
use statefulchart::getter::{Options, Providers};
use statefulchart::http::Tls;
use statefulchart::registry::Access;
use statefulchart::schemas::Documents;

use super::flags::{Flag, Given, known};
use super::settings::{self, Settings};
use super::{Failure, profile};

/// Returns what a command fetches with.
pub(crate) fn providers(given: &Given) -> Providers {
    providers_within(given, None)
}

/// Returns what a command fetches with that says how long a document may take.
pub(crate) fn providers_within(given: &Given, timeout: Option<Duration>) -> Providers {
    let settings = Settings::read(given);
    let Options { mut tls, username, password, .. } = options(given);
    tls.insecure |= given.insecure;
    let (plain_http, logins) = (given.plain_http, settings.logins());
    let access =
        Access { tls, username, password, plain_http, logins, profile: profile::current() };
    Providers::new(statefulchart::getter::Settings { timeout, ..settings.library() }, access)
}

/// The documents that schemas refer to. Nothing is made ready before one is asked for.
pub(crate) struct Schemas<'g> {
    given: &'g Given,
    documents: OnceCell<Documents<Providers>>,
}

impl Schemas<'_> {
    /// Returns those that a command's flags and the environment let be had.
    pub(crate) fn of(given: &Given) -> Schemas<'_> {
        Schemas { given, documents: OnceCell::new() }
    }
}

impl Loader for Schemas<'_> {
    fn load(&self, url: &str) -> Result<Vec<u8>, LoadError> {
        let documents = self.documents.get_or_init(|| {
            let providers = providers(self.given);
            let settings = providers.settings();
            let (cache, offline) = (settings.schema_cache.clone(), settings.offline);
            Documents::new(providers, cache, offline)
        });
        documents.load(url)
    }
}

/// Returns how the flags say that a chart is found.
pub(crate) fn source(given: &Given) -> ChartSource {
    ChartSource {
        version: given.version.clone().unwrap_or_default(),
        devel: given.devel,
        repository: given.repo.clone().unwrap_or_default(),
        options: options(given),
        verify: given.verify,
        keyring: keyring(given).into(),
        profile: profile::current(),
    }
}

/// Returns the file with the keys that signatures are checked with.
pub(crate) fn keyring(given: &Given) -> String {
    given.keyring.as_deref().map_or_else(settings::keyring, str::to_owned)
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

/// Returns how the flags say that a chart is fetched.
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
        let checked = providers(given).check_certificates(&tls).map_err(SupplyError::from);
        checked.map_err(|e| Failure::from(e).within("missing registry client"))?;
    }
    Ok(())
}
