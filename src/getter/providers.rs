//! Fetches by the scheme of a URL, as Helm's `getter.Providers`.

use std::sync::OnceLock;
use std::time::Duration;

use super::{Error, Getter, Response, Settings};
use crate::http::{self, Network, Options, Request, Tls};
use crate::plugin::{Downloader, Plugin};
use crate::registry::{Access, Client, Layer};
use crate::report::Reporter;
use gostd::url::Url;

/// Fetches over HTTP, from registries, and with plugins.
#[derive(Debug)]
pub struct Providers {
    settings: Settings,
    network: Network,
    access: Access,
    plugins: OnceLock<Vec<Plugin>>,
}

impl Providers {
    /// Returns what fetches as the settings say; registries are reached as `access` says.
    pub fn new(settings: Settings, access: Access) -> Providers {
        let Settings { user_agent, proxies, authorities, .. } = &settings;
        let mut network = Network::new(user_agent.clone(), proxies.clone(), *authorities);
        (network.offline, network.profile) = (settings.offline, settings.profile);
        network.timeout = settings.timeout;
        Providers { settings, network, access, plugins: OnceLock::new() }
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns how registries are reached.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Returns a client for registries.
    pub fn registry<'p>(&'p self, reporter: &'p dyn Reporter) -> Client<'p> {
        Client::new(&self.network, &self.access, reporter)
    }

    /// Checks that certificates can be used.
    ///
    /// # Errors
    /// `can't create TLS config for client: …`
    pub fn check_certificates(&self, tls: &Tls) -> Result<(), Error> {
        Ok(self.network.agent(tls, "http:").map(drop)?)
    }

    /// Returns what plugins fetch, and with which programs. Where one plugin is broken Helm passes
    /// over all.
    fn downloaders(&self) -> impl Iterator<Item = (&Plugin, &Downloader)> {
        let find = || Plugin::find_all(&self.settings.plugins).unwrap_or_default();
        self.plugins
            .get_or_init(find)
            .iter()
            .flat_map(|p| p.downloaders.iter().map(move |d| (p, d)))
    }
}

impl Getter for Providers {
    fn get(
        &self,
        url: &str,
        options: &Options,
        limit: u64,
        reporter: &dyn Reporter,
    ) -> Result<Vec<u8>, Error> {
        let scheme = Url::parse(url).map(|u| u.scheme).unwrap_or_default();
        match scheme.as_str() {
            "http" | "https" => Ok(self.network.get(url, options, limit, reporter)?),
            "oci" => {
                let (url, layer) = match url.strip_suffix(".prov") {
                    Some(url) => (url, Layer::Provenance),
                    None => (url, Layer::Chart),
                };
                Ok(self.registry(reporter).pull(url, layer)?)
            }
            _ => match self.downloaders().find(|(_, d)| d.protocols.contains(&scheme)) {
                Some(_) if self.settings.offline => Err(Error::Offline(url.to_owned())),
                Some((plugin, downloader)) => {
                    let surroundings = &self.settings.surroundings;
                    Ok(plugin.download(downloader, surroundings, url, options, limit)?)
                }
                None => Err(Error::Scheme(scheme)),
            },
        }
    }

    fn ask(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        limit: u64,
        within: Duration,
        reporter: &dyn Reporter,
    ) -> Result<Response, Error> {
        Ok(self.network.ask(url, headers, limit, within, reporter)?)
    }

    fn knows(&self, scheme: &str) -> bool {
        matches!(scheme, "http" | "https" | "oci")
            || self.downloaders().any(|(_, d)| d.protocols.iter().any(|p| p == scheme))
    }

    fn media_type(&self, url: &str, reporter: &dyn Reporter) -> Option<String> {
        let head = Request { method: "HEAD", url, headers: &[], body: None, limit: 1024 };
        let agent = self.network.agent(&http::Tls::default(), url).ok()?;
        let answer = self.network.send(&agent, &head, reporter).ok()?;
        answer.header("content-type").map(str::to_owned)
    }

    fn tags(&self, reference: &str, reporter: &dyn Reporter) -> Result<Vec<String>, Error> {
        Ok(self.registry(reporter).tags(reference)?)
    }

    fn resolve(
        &self,
        reference: &str,
        version: &str,
        reporter: &dyn Reporter,
    ) -> Result<String, Error> {
        Ok(self.registry(reporter).resolve(reference, version)?)
    }
}
