//! Reads once what the environment and the global flags say about places and networks.

use std::env;
use std::path::{Path, PathBuf};

use gostd::path;
use statefulchart::http::Proxies;
use statefulchart::plugin::Surroundings;
use statefulchart::profile::Rule;
use statefulchart::registry::Logins;

use super::flags::{Given, known, parse_bool};
use super::{Failure, output, profile};

/// Helm's settings, as the environment and the global flags give them, with what `env` prints.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) repository_config: PathBuf,
    pub(crate) repository_cache: PathBuf,
    pub(crate) registry_config: PathBuf,
    content_cache: PathBuf,
    /// The folders with plugins, colons between them.
    pub(crate) plugins: String,
    /// Whether nothing is fetched.
    offline: bool,
    /// The variables that `env` prints and plugins get, sorted.
    pub(crate) variables: Vec<(&'static str, String)>,
}

fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|v| v.to_string_lossy().into_owned())
}

/// Returns a variable that is there and not empty.
fn filled(name: &str) -> Option<String> {
    variable(name).filter(|v| !v.is_empty())
}

fn home() -> String {
    variable("HOME").unwrap_or_default()
}

/// Returns one of Helm's three folders, with a path below it: by Helm's variable, by XDG's, or
/// below the home.
fn folder(helm: &str, xdg: &str, usual: &str, below: &str) -> String {
    let joined = match filled(helm) {
        Some(base) => path::join([base.as_bytes(), below.as_bytes()]),
        None => {
            let base = match filled(xdg) {
                Some(base) => base.into_bytes(),
                None => path::join([home().as_bytes(), usual.as_bytes()]),
            };
            path::join([&base[..], b"helm", below.as_bytes()])
        }
    };
    String::from_utf8_lossy(&joined).into_owned()
}

/// Returns a path in Helm's cache.
fn cache(below: &str) -> String {
    folder("HELM_CACHE_HOME", "XDG_CACHE_HOME", ".cache", below)
}

fn config(below: &str) -> String {
    folder("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", ".config", below)
}

/// Returns a path in the folder for Helm's data.
fn data(below: &str) -> String {
    folder("HELM_DATA_HOME", "XDG_DATA_HOME", ".local/share", below)
}

/// Returns whether nothing is to be fetched: what the flag says, or the variable.
///
/// # Errors
/// A variable that says neither.
pub(crate) fn offline(given: &Given) -> Result<bool, Failure> {
    const VARIABLE: &str = "STATEFULCHART_OFFLINE";
    if given.flags.contains(&known::OFFLINE.name) {
        return Ok(given.offline);
    }
    let Some(text) = filled(VARIABLE) else { return Ok(false) };
    let otherwise = || Failure::from(format!("{VARIABLE}: {text:?} is neither true nor false"));
    parse_bool(&text).ok_or_else(otherwise)
}

impl Settings {
    /// Reads the environment; flags come before it.
    pub(crate) fn read(given: &Given) -> Settings {
        let by_flag = |given: &Option<String>, name: &str, usual: String| {
            given.clone().or_else(|| variable(name)).unwrap_or(usual)
        };
        let text = |given: &Option<String>, name: &str| by_flag(given, name, String::new());
        let whole = |given: Option<i64>, name: &str, usual: i64| {
            given.or_else(|| variable(name)?.parse().ok()).unwrap_or(usual).to_string()
        };
        let debug = output::is_debug(given);
        let plugins = plugins();
        let registry_config =
            by_flag(&given.registry_config, "HELM_REGISTRY_CONFIG", config("registry/config.json"));
        let repository_cache =
            by_flag(&given.repository_cache, "HELM_REPOSITORY_CACHE", cache("repository"));
        let repository_config = by_flag(
            &given.repository_config,
            "HELM_REPOSITORY_CONFIG",
            config("repositories.yaml"),
        );
        let groups: Vec<&str> = given.kube_as_group.iter().map(String::as_str).collect();
        let groups = match groups.is_empty() {
            true => variable("HELM_KUBEASGROUPS")
                .unwrap_or_default()
                .trim_matches([',', ' '])
                .to_owned(),
            // Helm reads its flags twice, and lists are longer for it.
            false => [&groups[..], &groups[..]].concat().join(","),
        };
        let qps = given.qps.or_else(|| variable("HELM_QPS")?.parse().ok()).unwrap_or_default();
        let insecure = match given.kube_insecure_skip_tls_verify {
            Some(given) => given,
            None => variable("HELM_KUBEINSECURE_SKIP_TLS_VERIFY")
                .and_then(|v| super::flags::parse_bool(&v))
                .unwrap_or_default(),
        };
        let mut variables = vec![
            ("HELM_BIN", env::args().next().unwrap_or_default()),
            ("HELM_BURST_LIMIT", whole(given.burst_limit, "HELM_BURST_LIMIT", 100)),
            ("HELM_CACHE_HOME", cache("")),
            ("HELM_CONFIG_HOME", config("")),
            ("HELM_DATA_HOME", data("")),
            ("HELM_DEBUG", debug.to_string()),
            ("HELM_KUBEAPISERVER", text(&given.kube_apiserver, "HELM_KUBEAPISERVER")),
            ("HELM_KUBEASGROUPS", groups),
            ("HELM_KUBEASUSER", text(&given.kube_as_user, "HELM_KUBEASUSER")),
            ("HELM_KUBECAFILE", text(&given.kube_ca_file, "HELM_KUBECAFILE")),
            ("HELM_KUBECONTEXT", text(&given.kube_context, "HELM_KUBECONTEXT")),
            ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", insecure.to_string()),
            (
                "HELM_KUBETLS_SERVER_NAME",
                text(&given.kube_tls_server_name, "HELM_KUBETLS_SERVER_NAME"),
            ),
            ("HELM_KUBETOKEN", text(&given.kube_token, "HELM_KUBETOKEN")),
            ("HELM_MAX_HISTORY", whole(None, "HELM_MAX_HISTORY", 10)),
            ("HELM_NAMESPACE", namespace(given)),
            ("HELM_PLUGINS", plugins.clone()),
            ("HELM_QPS", format!("{qps:.2}")),
            ("HELM_REGISTRY_CONFIG", registry_config.clone()),
            ("HELM_REPOSITORY_CACHE", repository_cache.clone()),
            ("HELM_REPOSITORY_CONFIG", repository_config.clone()),
        ];
        let mut content_cache = String::new();
        if profile::current().has(Rule::FlagsOfHelm4) {
            content_cache = by_flag(&given.content_cache, "HELM_CONTENT_CACHE", cache("content"));
            variables.push(("HELM_CONTENT_CACHE", content_cache.clone()));
            variables.sort_by_key(|(name, _)| *name);
        }
        if let Some(file) = given.kubeconfig.as_deref().filter(|f| !f.is_empty()) {
            variables.push(("KUBECONFIG", file.to_owned()));
        }
        Settings {
            repository_config: repository_config.into(),
            repository_cache: repository_cache.into(),
            registry_config: registry_config.into(),
            content_cache: content_cache.into(),
            plugins,
            offline: offline(given).unwrap_or_default(),
            variables,
        }
    }

    /// Returns the settings of the library, with what only the environment says.
    pub(crate) fn library(&self) -> statefulchart::getter::Settings {
        let either =
            |upper: &str, lower: &str| filled(upper).or_else(|| filled(lower)).unwrap_or_default();
        statefulchart::getter::Settings {
            repository_config: self.repository_config.clone(),
            repository_cache: self.repository_cache.clone(),
            content_cache: self.content_cache.clone(),
            plugins: self.plugins.clone(),
            plugin_cache: cache("plugins").into(),
            plugin_data: data("plugins").into(),
            surroundings: Surroundings {
                variables: self
                    .variables
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect(),
                path: variable("PATH").unwrap_or_default(),
                environment: |name| env::var(name).ok(),
            },
            temporary: env::temp_dir(),
            proxies: Proxies {
                http: either("HTTP_PROXY", "http_proxy"),
                https: either("HTTPS_PROXY", "https_proxy"),
                none: either("NO_PROXY", "no_proxy"),
            },
            authorities,
            schema_cache: cache("schemas").into(),
            offline: self.offline,
            user_agent: statefulchart::getter::user_agent(profile::current()),
            profile: profile::current(),
            ..statefulchart::getter::Settings::default()
        }
    }

    /// Returns the files that say who the user is to registries.
    pub(crate) fn logins(&self) -> Logins {
        Logins { own: self.registry_config.clone(), docker: docker_config() }
    }
}

/// Returns where one of the global flags for files points if it is not given, by its name.
pub(crate) fn usual(flag: &str) -> String {
    let (name, usual) = match flag {
        "registry-config" => ("HELM_REGISTRY_CONFIG", config("registry/config.json")),
        "content-cache" => ("HELM_CONTENT_CACHE", cache("content")),
        "repository-cache" => ("HELM_REPOSITORY_CACHE", cache("repository")),
        _ => ("HELM_REPOSITORY_CONFIG", config("repositories.yaml")),
    };
    variable(name).unwrap_or(usual)
}

/// Returns the certificates that the system trusts; `SSL_CERT_FILE` and `SSL_CERT_DIR` say where
/// else to look. As in Go, each of the two stands for its half alone: with a file of one's own the system's folders
/// count, too.
fn authorities() -> Vec<Vec<u8>> {
    let mut found = vec![rustls_native_certs::load_native_certs()];
    if cfg!(target_os = "linux") {
        use rustls_native_certs::load_certs_from_paths;
        match (filled("SSL_CERT_FILE"), filled("SSL_CERT_DIR")) {
            (Some(_), None) => found.extend(
                ["/etc/ssl/certs", "/etc/pki/tls/certs"]
                    .map(|folder| load_certs_from_paths(None, Some(folder.as_ref()))),
            ),
            (None, Some(_)) => {
                let file = SYSTEM_CERTIFICATES.iter().find(|file| Path::new(file).is_file());
                found.extend(file.map(|file| load_certs_from_paths(Some(file.as_ref()), None)));
            }
            _ => {}
        }
    }
    found.iter().flat_map(|result| &result.certs).map(|c| c.to_vec()).collect()
}

/// Where Linux systems keep the certificates that they trust, in Go's order.
const SYSTEM_CERTIFICATES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Returns the home's folder for Docker's settings, whose logins Helm uses too.
fn docker_config() -> PathBuf {
    match filled("DOCKER_CONFIG") {
        Some(folder) => PathBuf::from(folder).join("config.json"),
        None => PathBuf::from(home()).join(".docker/config.json"),
    }
}

/// Returns the folders with plugins, colons between them.
pub(crate) fn plugins() -> String {
    variable("HELM_PLUGINS").unwrap_or_else(|| data("plugins"))
}

/// Returns where the charts lie that `create --starter` finds by name.
pub(crate) fn starters() -> PathBuf {
    data("starters").into()
}

/// Returns where GnuPG keeps the public keys, Helm's default `--keyring`.
pub(crate) fn keyring() -> String {
    let folder = variable("GNUPGHOME").unwrap_or_else(|| format!("{}/.gnupg", home()));
    let is_absent = |file: &String| {
        std::fs::metadata(file).is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound)
    };
    let older = format!("{folder}/pubring.gpg");
    let keybox = format!("{folder}/pubring.kbx");
    match profile::current().has(Rule::KeyboxRings) && is_absent(&older) && !is_absent(&keybox) {
        true => keybox,
        false => older,
    }
}

/// Returns whether standard output is to have colors: by the flag, by the environment, or on a terminal.
pub(super) fn color(given: &Given) -> bool {
    use std::io::IsTerminal;
    color_of(given.color.clone(), std::io::stdout().is_terminal())
}

/// Returns whether a stream is to have colors: by the flag, by the environment, or as it is a terminal.
pub(super) fn color_of(by_flag: Option<String>, is_terminal: bool) -> bool {
    let by_variable = || match filled("NO_COLOR") {
        Some(_) => Some("never".to_owned()),
        None => filled("HELM_COLOR").map(|mode| mode.to_lowercase()),
    };
    match by_flag.or_else(by_variable).as_deref() {
        Some("always") => true,
        Some("never") => false,
        _ => variable("TERM").as_deref() != Some("dumb") && is_terminal,
    }
}

/// Returns the namespace of `-n`, of the environment, or the default one.
pub(super) fn namespace(given: &Given) -> String {
    match given.namespace.as_deref().unwrap_or_default() {
        "" => match std::env::var("HELM_NAMESPACE") {
            Ok(n) if !n.is_empty() => n,
            _ => "default".to_owned(),
        },
        n => n.to_owned(),
    }
}
