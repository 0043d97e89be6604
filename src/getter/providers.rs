//! Fetches by the scheme of a URL, as Helm's `getter.Providers`.

use std::sync::OnceLock;
use std::time::Duration;

use super::{Error, Getter, Response, Settings};
use crate::http::{self, Network, Options, Request, Tls};
use crate::plugin::{Downloader, Plugin};
use crate::profile::Rule;
use crate::registry::{Access, Client, Layer};
use crate::report::{Reporter, Silent};
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

    /// Returns the plugins. Where one is broken Helm 3 passes over all.
    fn plugins(&self) -> &[Plugin] {
        let Settings { plugins, profile, .. } = &self.settings;
        let find = || match self.is_newer() {
            true => Plugin::find_in(plugins, *profile, &Silent),
            false => Plugin::find_all(plugins, *profile, &Silent),
        };
        self.plugins.get_or_init(|| find().unwrap_or_default())
    }

    fn is_newer(&self) -> bool {
        self.settings.profile.has(Rule::PluginsOfHelm4)
    }

    /// Returns what plugins of Helm 3 fetch, and with which programs.
    fn downloaders(&self) -> impl Iterator<Item = (&Plugin, &Downloader)> {
        self.plugins().iter().flat_map(|p| p.downloaders.iter().map(move |d| (p, d)))
    }

    /// Fetches with a plugin.
    fn get_by_plugin(
        &self,
        scheme: &str,
        url: &str,
        options: &Options,
        limit: u64,
        reporter: &dyn Reporter,
    ) -> Result<Vec<u8>, Error> {
        let Settings { surroundings, offline, .. } = &self.settings;
        if self.is_newer() {
            return match self.plugins().iter().find(|p| p.fetches(scheme)) {
                Some(_) if *offline => Err(Error::Offline(url.to_owned())),
                Some(p) => Ok(p.get(scheme, surroundings, url, options, limit, reporter)?),
                None => Err(Error::Scheme(scheme.to_owned())),
            };
        }
        match self.downloaders().find(|(_, d)| d.protocols.iter().any(|p| p == scheme)) {
            Some(_) if *offline => Err(Error::Offline(url.to_owned())),
            Some((plugin, downloader)) => {
                Ok(plugin.download(downloader, surroundings, url, options, limit)?)
            }
            None => Err(Error::Scheme(scheme.to_owned())),
        }
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
            _ => self.get_by_plugin(&scheme, url, options, limit, reporter),
        }
    }

    fn plugin(
        &self,
        reference: &str,
        reporter: &dyn Reporter,
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), Error> {
        let last = reference.rsplit('/').next().unwrap_or_default();
        let name = last.split([':', '@']).next().unwrap_or_default();
        Ok(self.registry(reporter).pull_plugin(reference, name)?)
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
            || match self.is_newer() {
                true => self.plugins().iter().any(|p| p.fetches(scheme)),
                false => self.downloaders().any(|(_, d)| d.protocols.iter().any(|p| p == scheme)),
            }
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
