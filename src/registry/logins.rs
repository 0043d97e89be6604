//! Keeps logins of registries: Docker's settings file, in Helm's place and in Docker's own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gostd::json;
use gostd::os::io_reason;
use gostd::value::{Map, Value, record};

use super::{Credential, Error};
use crate::http::Tls;
use crate::profile::Profile;
use crate::store::{FileError, write_whole};

/// How a registry is reached, and who the user is there.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Certificates.
    pub tls: Tls,
    /// A name for all registries; it counts where a password is there, too.
    pub username: String,
    /// See `username`.
    pub password: String,
    /// Whether registries speak plain HTTP.
    pub plain_http: bool,
    /// Who the user is otherwise.
    pub logins: Logins,
    /// The Helm release that is reproduced.
    pub profile: Profile,
}

impl Access {
    pub(super) fn credential(&self, registry: &str) -> Option<Credential> {
        if !self.username.is_empty() && !self.password.is_empty() {
            return Some(Credential::Password(self.username.clone(), self.password.clone()));
        }
        self.logins.find(registry)
    }
}

/// The files that say who the user is to registries, as Docker writes them.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    /// Helm's file, which logins are written to.
    pub own: PathBuf,
    /// Docker's file, which is read where Helm's says nothing.
    pub docker: PathBuf,
}

impl Logins {
    /// Who the user is to a registry, by either file.
    pub fn find(&self, registry: &str) -> Option<Credential> {
        [&self.own, &self.docker].iter().find_map(|path| find_in(&load(path).ok()?, registry))
    }

    /// Keeps a name and a password.
    ///
    /// # Errors
    /// Where the file cannot be read or written, or the program that keeps passwords fails.
    pub fn store(&self, registry: &str, name: &str, password: &str) -> Result<(), Error> {
        let config = load(&self.own)?;
        let entry = Map::new();
        if let Some(helper) = helper(&config, registry) {
            let message = Map::new();
            message.insert("ServerURL", registry.into());
            message.insert("Username", name.into());
            message.insert("Secret", password.into());
            let input = json::marshal(&Value::Map(message), false).map_err(Error::Encode)?;
            ask(&helper, "store", &String::from_utf8_lossy(&input))?;
        } else {
            entry.insert("auth", STANDARD.encode(format!("{name}:{password}")).into());
        }
        let auths = section(&config, "auths").shallow_copy();
        auths.insert(registry, Value::Map(entry));
        config.insert("auths", Value::Map(auths));
        write(&self.own, &config)
    }

    /// Forgets a registry.
    ///
    /// # Errors
    /// `not logged in`, or where the file cannot be read or written.
    pub fn forget(&self, registry: &str) -> Result<(), Error> {
        let config = load(&self.own)?;
        let auths = section(&config, "auths").shallow_copy();
        let known = auths.remove(registry.as_bytes()).is_some();
        if let Some(helper) = helper(&config, registry) {
            let _ = ask(&helper, "erase", registry);
        }
        if !known {
            return Err(Error::NotLoggedIn);
        }
        config.insert("auths", Value::Map(auths));
        write(&self.own, &config)
    }
}

/// Returns the settings file; without one nothing is set.
fn load(path: &Path) -> Result<Map, Error> {
    let shown = || path.display().to_string();
    match gostd::os::read_file(path) {
        Ok(data) => {
            let tree =
                json::unmarshal(&data).map_err(|cause| Error::Logins { path: shown(), cause })?;
            tree.as_map().ok_or_else(|| Error::LoginsShape(shown()))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Map::new()),
        Err(e) => Err(FileError::new("open", path, e).into()),
    }
}

fn text(map: &Map, name: &str) -> String {
    let found = map.get(name.as_bytes());
    found
        .as_ref()
        .and_then(Value::as_str)
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn section(map: &Map, name: &str) -> Map {
    map.get(name.as_bytes()).and_then(|v| v.as_map()).unwrap_or_default()
}

/// Returns the host of a key, which may be a URL.
fn host(key: &str) -> &str {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest);
    key.split('/').next().unwrap_or(key)
}

/// Docker's names for its own registry.
fn same_host(key: &str, registry: &str) -> bool {
    let hub = |h: &str| matches!(h, "docker.io" | "index.docker.io" | "registry-1.docker.io");
    host(key) == registry || hub(host(key)) && hub(registry)
}

/// Returns the program that keeps the credentials of a registry.
fn helper(config: &Map, registry: &str) -> Option<String> {
    let special = text(&section(config, "credHelpers"), registry);
    Some(special).filter(|h| !h.is_empty()).or_else(|| {
        let usual = text(config, "credsStore");
        Some(usual).filter(|h| !h.is_empty())
    })
}

/// Asks a helper to do something; what it answers.
fn ask(helper: &str, action: &str, input: &str) -> Result<Vec<u8>, Error> {
    let program = format!("docker-credential-{helper}");
    let fail = |e: std::io::Error| Error::Helper(format!("{program}: {}", io_reason(&e)));
    let mut child = Command::new(&program)
        .arg(action)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(fail)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes()).map_err(fail)?;
    }
    let done = child.wait_with_output().map_err(fail)?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    Err(Error::Helper(String::from_utf8_lossy(&done.stdout).trim().to_owned()))
}

fn find_in(config: &Map, registry: &str) -> Option<Credential> {
    if let Some(helper) = helper(config, registry)
        && let Ok(answer) = ask(&helper, "get", registry)
        && let Some(found) = json::unmarshal(&answer).ok().and_then(|v| v.as_map())
    {
        let (name, secret) = (text(&found, "Username"), text(&found, "Secret"));
        return Some(match name.as_str() {
            "<token>" => Credential::Token(secret),
            _ => Credential::Password(name, secret),
        });
    }
    let entries = section(config, "auths").entries();
    let (_, entry) = entries.iter().find(|(key, _)| same_host(&key.to_string_lossy(), registry))?;
    let entry = entry.as_map()?;
    let token = text(&entry, "identitytoken");
    if !token.is_empty() {
        return Some(Credential::Token(token));
    }
    let decoded = STANDARD.decode(text(&entry, "auth")).unwrap_or_default();
    let decoded = String::from_utf8_lossy(&decoded).into_owned();
    match decoded.split_once(':') {
        Some((name, password)) => {
            Some(Credential::Password(name.to_owned(), password.trim_end_matches('\0').to_owned()))
        }
        None => {
            let (name, password) = (text(&entry, "username"), text(&entry, "password"));
            (!name.is_empty()).then_some(Credential::Password(name, password))
        }
    }
}

/// What Docker's own reader of the file knows, in the order in which it writes it; all else it drops.
const KNOWN: &[&str] = &[
    "auths",
    "HttpHeaders",
    "psFormat",
    "imagesFormat",
    "networksFormat",
    "pluginsFormat",
    "volumesFormat",
    "statsFormat",
    "detachKeys",
    "credsStore",
    "credHelpers",
    "serviceInspectFormat",
    "servicesFormat",
    "tasksFormat",
    "secretFormat",
    "configFormat",
    "nodesFormat",
    "pruneFilters",
    "proxies",
    "experimental",
    "currentContext",
    "cliPluginsExtraDirs",
    "plugins",
    "aliases",
    "features",
];

/// Returns a setting as it is written; none for one that is empty.
fn kept(name: &str, value: Value) -> Option<Value> {
    match name {
        "auths" => {
            let entries = value.as_map().unwrap_or_default().shallow_copy();
            for (host, entry) in entries.entries() {
                entries.insert(host, Value::Map(account(&entry.as_map().unwrap_or_default())));
            }
            return Some(Value::Map(entries));
        }
        "HttpHeaders" => {
            let headers = value.as_map()?.shallow_copy();
            headers.keys().iter().filter(|k| k.eq_ignore_ascii_case(b"user-agent")).for_each(|k| {
                headers.remove(k);
            });
            return (!headers.is_empty()).then_some(Value::Map(headers));
        }
        _ => {}
    }
    let empty = value.is_nil()
        || value.as_map().is_some_and(|m| m.is_empty())
        || value.as_str().is_some_and(|s| s.is_empty());
    (!empty).then_some(value)
}

/// Returns what is kept of an account: a name and a password become one text.
fn account(entry: &Map) -> Map {
    let account = Map::new();
    let mut auth = text(entry, "auth");
    if auth.is_empty() {
        let (name, password) = (text(entry, "username"), text(entry, "password"));
        if !name.is_empty() || !password.is_empty() {
            auth = STANDARD.encode(format!("{name}:{password}"));
        }
    }
    for (name, value) in [("auth", auth)]
        .into_iter()
        .chain(["email", "identitytoken", "registrytoken"].map(|name| (name, text(entry, name))))
    {
        if !value.is_empty() {
            account.insert(name, value.into());
        }
    }
    account
}

fn write(path: &Path, config: &Map) -> Result<(), Error> {
    let fields = KNOWN.iter().filter_map(|name| Some((*name, config.get(name.as_bytes())?)));
    let fields = fields.filter_map(|(name, v)| Some((name, kept(name, v)?))).collect();
    let config = record("configfile.ConfigFile", fields);
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|e| FileError::new("mkdir", folder, e))?;
    }
    let text = json::marshal_indent(&config, b"", b"\t", true).map_err(Error::Encode)?;
    Ok(write_whole(path, &text, 0o600)?)
}
