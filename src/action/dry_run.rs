//! Runs `install --dry-run`: the release that would be installed.

use gojsonschema::Loader;
use gostd::value::{Map, Str};

use super::release::{Made, Partial};
use super::{Error, ReleaseOptions};
use crate::chart::Chart;
use crate::post_render::PostRenderer;
use crate::profile::Rule;
use crate::release::{
    self, DRY_RUN_COMPLETE, Info, Manifest, Release, Resources, Status, split_manifests,
};
use crate::render::Capabilities;
use crate::report::{Debug, Reporter, Warning};

/// Makes the release that `helm install` would install in an empty cluster, as
/// `helm install --dry-run` reports it.
#[derive(Clone, Debug, Default)]
pub struct DryRun {
    /// What the release is made with.
    pub release: ReleaseOptions,
    /// Puts a line in the place of each Secret.
    pub hide_secret: bool,
    /// Says nothing of CRDs that a dry run does not install.
    pub skip_crds: bool,
    /// Lets documents without a kind or a version pass.
    pub disable_openapi_validation: bool,
    /// A cluster's server would apply the release, as Helm 4 has it by default.
    pub server_side: bool,
    /// A program that rewrites the manifests; before Helm 4 it never sees hooks.
    pub post_renderer: Option<PostRenderer>,
}

impl DryRun {
    /// Makes the release of a chart with the user's values. `schemas` brings the documents that charts' schemas
    /// refer to.
    ///
    /// # Errors
    /// The first thing that fails.
    pub fn run(
        &self,
        chart: Chart,
        user: Map,
        schemas: &dyn Loader,
        reporter: &dyn Reporter,
    ) -> Result<Release, Error> {
        self.release.check(&chart, reporter)?;
        let ReleaseOptions { api_versions, clock, profile, .. } = &self.release;
        let given = self.release.kube_version.clone();
        let asks_cluster =
            !profile.has(Rule::DryRunsAskNoCluster) || self.release.dry_run == "server";
        let capabilities = match asks_cluster {
            false => Capabilities::new(self.release.kube_version(), api_versions, *profile),
            // The cluster is the one that `render::discovery` describes, whichever Helm asks it.
            true => Capabilities::of_cluster(given.unwrap_or_default(), api_versions, *profile),
        };
        let deployed = clock.local_time();
        let settled = |chart: &Chart| {
            if asks_cluster && !self.skip_crds && chart.has_crds() {
                match profile.has(Rule::StructuredLogs) {
                    true => reporter.warn(Warning::CrdsInDryRun),
                    false => reporter.debug(|| Debug::CrdsInDryRun),
                }
            }
        };
        let post_renderer = self.post_renderer.as_ref();
        let made = self.release.make(
            chart,
            &user,
            capabilities,
            schemas,
            reporter,
            post_renderer,
            settled,
        );
        let Made { chart, resources, .. } = made.map_err(|p: Partial| p.error)?;
        let mut manifest = release::manifest(&resources.manifests, self.hide_secret);
        if let Some(program) = self.manifests_rewriter() {
            manifest = program.run(manifest, self.release.limits.output, reporter)?;
        }
        if asks_cluster {
            self.check_objects(&resources, &manifest)?;
        }
        Ok(Release {
            name: Str::from(self.release.name.as_str()),
            info: Info {
                first_deployed: deployed.clone(),
                last_deployed: deployed,
                description: Str::from_static(DRY_RUN_COMPLETE),
                status: Status::PendingInstall,
                notes: resources.notes,
            },
            chart,
            config: user,
            manifest: Str::from(manifest),
            hooks: resources.hooks,
            version: 1,
            namespace: Str::from(self.release.namespace.as_str()),
            labels: self.release.labels.clone(),
            server_side: self.server_side,
            zone: clock.local_zone(),
            profile: self.release.profile,
        })
    }

    /// Returns the post-renderer where it gets the manifests; Helm 4's has had the files before.
    fn manifests_rewriter(&self) -> Option<&PostRenderer> {
        let has_run = self.release.profile.has(Rule::PostRendererPlugins);
        self.post_renderer.as_ref().filter(|_| !has_run)
    }

    /// Refuses documents that no cluster would take, as far as that is known without one.
    fn check_objects(&self, resources: &Resources, manifest: &[u8]) -> Result<(), Error> {
        let validate = !self.disable_openapi_validation;
        let namespace = &self.release.namespace;
        let checked = if self.manifests_rewriter().is_some() {
            release::check(split_manifests(manifest), validate, namespace)
        } else {
            let hidden = |m: &Manifest| self.hide_secret && m.is_secret();
            let shown = resources.manifests.iter().filter(|m| !hidden(m)).map(|m| &m.content[..]);
            release::check(shown, validate, namespace)
        };
        checked.map_err(Error::Refused)
    }
}
