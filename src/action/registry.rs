//! Runs `registry login` and `registry logout`.

use super::SupplyError;
use crate::profile::{Profile, Rule};
use crate::registry::{self, Client, Logins};
use crate::report::{Reporter, Warning};

/// Checks a name and a password with a registry, and keeps them, Helm's `action.RegistryLogin`.
#[derive(Clone, Debug, Default)]
pub struct RegistryLogin {
    /// The registry: a host, or a URL of the web.
    pub registry: String,
    /// The name.
    pub username: String,
    /// The password, or a token where there is no name.
    pub password: String,
}

impl RegistryLogin {
    /// Logs in.
    ///
    /// # Errors
    /// What is wrong with the certificates, what the registry says, and where the file with the logins
    /// cannot be written.
    pub fn run(&self, client: &Client<'_>, reporter: &dyn Reporter) -> Result<(), SupplyError> {
        let access = client.access();
        access.tls.check_for_login()?;
        if access.profile.has(Rule::LoginPathsAreTold) && self.registry.contains('/') {
            reporter.warn(Warning::LoginWithPath { registry: self.registry.clone() });
        }
        let (asked, kept) = match access.profile {
            profile if profile.has(Rule::PlainHttpIsAskedFor) => {
                (self.registry.as_str(), self.registry.as_str())
            }
            profile if profile.has(Rule::Oras2) => (bare(&self.registry), bare(&self.registry)),
            _ => (host(&self.registry), self.registry.as_str()),
        };
        client.login(asked, &self.username, &self.password)?;
        Ok(access.logins.store(kept, &self.username, &self.password)?)
    }
}

/// Forgets the name and the password for a registry, Helm's `action.RegistryLogout`.
#[derive(Clone, Debug, Default)]
pub struct RegistryLogout {
    /// The registry, as it was given to the login.
    pub registry: String,
}

impl RegistryLogout {
    /// Logs out.
    ///
    /// # Errors
    /// `not logged in`, and where the file with the logins cannot be written.
    pub fn run(&self, logins: &Logins, profile: Profile) -> Result<(), SupplyError> {
        let is_new = profile.has(Rule::Oras2);
        let registry = match is_new && !profile.has(Rule::PlainHttpIsAskedFor) {
            true => bare(&self.registry),
            false => &self.registry,
        };
        match logins.forget(registry) {
            Err(registry::Error::NotLoggedIn) if is_new => Ok(()),
            result => Ok(result?),
        }
    }
}

/// Returns an argument without scheme and path, as the last releases of Helm 3 understand it.
fn bare(argument: &str) -> &str {
    let schemes = ["oci://", "http://", "https://"];
    let rest = schemes.iter().find_map(|scheme| argument.strip_prefix(scheme)).unwrap_or(argument);
    rest.split('/').next().unwrap_or(rest)
}

/// Returns the host of an argument, which may be a URL of the web; any other scheme is taken for a
/// host.
fn host(argument: &str) -> &str {
    let web = ["http://", "https://"].iter().find_map(|scheme| argument.strip_prefix(scheme));
    let rest = web.unwrap_or(argument);
    let host = rest.split('/').next().unwrap_or(rest);
    host.strip_suffix(':').unwrap_or(host)
}
