//! Runs `registry login` and `registry logout`.

use super::SupplyError;
use crate::registry::{Client, Logins};

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
    pub fn run(&self, client: &Client<'_>) -> Result<(), SupplyError> {
        let access = client.access();
        access.tls.check_for_login()?;
        client.login(host(&self.registry), &self.username, &self.password)?;
        Ok(access.logins.store(&self.registry, &self.username, &self.password)?)
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
    pub fn run(&self, logins: &Logins) -> Result<(), SupplyError> {
        Ok(logins.forget(&self.registry)?)
    }
}

/// Returns the host of an argument, which may be a URL of the web; any other scheme is taken for a
/// host.
fn host(argument: &str) -> &str {
    let web = ["http://", "https://"].iter().find_map(|scheme| argument.strip_prefix(scheme));
    let rest = web.unwrap_or(argument);
    let host = rest.split('/').next().unwrap_or(rest);
    host.strip_suffix(':').unwrap_or(host)
}
