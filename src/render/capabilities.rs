//! Provides `.Capabilities`: what the cluster would offer.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use super::{KubeVersionError, discovery};
use gosemver::Version;
use gostd::value::{Elem, Kind, List, MethodResult, Object, Signature, Str, Value};

/// The API versions that Helm 3.17.3 knows without a cluster, in its order.
const API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "autoscaling/v2beta1",
    "autoscaling/v2beta2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1alpha1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha1",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1alpha1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// The Kubernetes version `.Capabilities.KubeVersion` shows.
#[derive(Debug, Clone)]
pub struct KubeVersion {
    /// E.g. `v1.32.0`
    pub version: Str,
    /// E.g. `1`
    pub major: Str,
    /// E.g. `32`
    pub minor: Str,
}

impl Default for KubeVersion {
    /// Returns the version Helm 3.17.3 assumes without a cluster.
    fn default() -> KubeVersion {
        KubeVersion { version: "v1.32.0".into(), major: "1".into(), minor: "32".into() }
    }
}

impl KubeVersion {
    /// Parses `--kube-version`.
    ///
    /// # Errors
    /// A text that is no version.
    pub fn parse(text: &str) -> Result<KubeVersion, KubeVersionError> {
        let v = Version::parse(text)
            .map_err(|cause| KubeVersionError { text: text.to_owned(), cause })?;
        Ok(KubeVersion {
            version: Str::from(format!("v{v}")),
            major: Str::from(v.major.to_string()),
            minor: Str::from(v.minor.to_string()),
        })
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> Cow<'static, str> {
        "chartutil.KubeVersion".into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", Value::Str(self.version.clone())),
            ("Major", Value::Str(self.major.clone())),
            ("Minor", Value::Str(self.minor.clone())),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let known = matches!(name, "String" | "GitVersion");
        known.then_some(Signature { params: &[], variadic: false })
    }

    fn call(&self, _: &str, _: &[Value]) -> MethodResult {
        Ok(Value::Str(self.version.clone()))
    }

    fn pointer_string(&self) -> Option<Str> {
        Some(self.version.clone())
    }

    fn copied(&self) -> Option<Value> {
        Some(Value::Object(Rc::new(Copied(self.clone()))))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(named(self.fields()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A `chartutil.KubeVersion` that a function got: its methods are those of the pointer.
#[derive(Debug)]
struct Copied(KubeVersion);

impl Object for Copied {
    fn type_name(&self) -> Cow<'static, str> {
        self.0.type_name()
    }

    fn kind(&self) -> Kind {
        self.0.kind()
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.0.fields()
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        self.0.json_fields()
    }

    fn as_any(&self) -> &dyn Any {
        &self.0
    }
}

fn named(fields: Vec<(&'static str, Value)>) -> Vec<(Str, Value)> {
    fields.into_iter().map(|(n, v)| (Str::from_static(n), v)).collect()
}

/// Helm's `*chartutil.Capabilities`.
#[derive(Debug)]
pub struct Capabilities {
    kube_version: Rc<KubeVersion>,
    api_versions: List,
}

impl Capabilities {
    /// Returns the capabilities of `helm template`: the built-in API versions, then those of `-a`.
    pub fn new(kube_version: KubeVersion, extra: &[Str]) -> Capabilities {
        let known = API_VERSIONS.iter().map(|v| Str::from_static(v));
        Capabilities::of(kube_version, known, extra)
    }

    /// Returns the capabilities of a vanilla Kubernetes v1.32 cluster, which `helm install` asks
    /// for them: kinds are among its API versions. Those of `-a` follow.
    pub fn of_cluster(kube_version: KubeVersion, extra: &[Str]) -> Capabilities {
        Capabilities::of(kube_version, discovery::api_versions(), extra)
    }

    fn of(
        kube_version: KubeVersion,
        known: impl Iterator<Item = Str>,
        extra: &[Str],
    ) -> Capabilities {
        let all = known.chain(extra.iter().cloned()).map(Value::Str).collect();
        Capabilities {
            kube_version: Rc::new(kube_version),
            api_versions: List::named("chartutil.VersionSet", Elem::String, all),
        }
    }

    /// Returns the Kubernetes version.
    pub fn kube_version(&self) -> &KubeVersion {
        &self.kube_version
    }
}

impl Object for Capabilities {
    fn type_name(&self) -> Cow<'static, str> {
        "*chartutil.Capabilities".into()
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("KubeVersion", Value::Object(self.kube_version.clone())),
            ("APIVersions", Value::List(self.api_versions.clone())),
            ("HelmVersion", Value::Object(Rc::new(BuildInfo))),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "Copy").then_some(Signature { params: &[], variadic: false })
    }

    fn call(&self, _: &str, _: &[Value]) -> MethodResult {
        Ok(Value::Object(Rc::new(Capabilities {
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
        })))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(named(self.fields()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Helm's `version.BuildInfo`: templates see the Helm we stand for.
#[derive(Debug)]
struct BuildInfo;

impl Object for BuildInfo {
    fn type_name(&self) -> Cow<'static, str> {
        "version.BuildInfo".into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", "v3.17.3".into()),
            ("GitCommit", "e4da49785aa6e6ee2b86efd5dd9e43400318262b".into()),
            ("GitTreeState", "clean".into()),
            ("GoVersion", "go1.23.7".into()),
        ]
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        let names = ["version", "git_commit", "git_tree_state", "go_version"];
        let fields = self.fields().into_iter().zip(names);
        Some(fields.map(|((_, v), n)| (Str::from_static(n), v)).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_names_group_versions_then_kinds_then_what_the_user_adds() {
        let cluster = Capabilities::of_cluster(KubeVersion::default(), &["a/v1".into()]);
        let versions: Vec<_> = cluster.api_versions.iter().filter_map(Value::as_str).collect();
        assert_eq!(versions.len(), 21 + 59 + 1);
        for (at, want) in [
            (0, "v1"),
            (7, "autoscaling/v2"),
            (20, "storage.k8s.io/v1"),
            (21, "v1/Binding"),
            (48, "apps/v1/StatefulSet"),
            (79, "storage.k8s.io/v1/VolumeAttachment"),
            (80, "a/v1"),
        ] {
            assert_eq!(*versions[at], want);
        }
    }
}
