//! Provides `.Capabilities`: what the cluster would offer.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::Generic;
use super::{KubeVersionError, discovery};
use crate::profile::{BuildField, Profile, Rule};
use gostd::value::{Elem, Kind, List, MethodResult, Object, Signature, Str, Value};

/// The Kubernetes version `.Capabilities.KubeVersion` shows.
#[derive(Debug, Clone)]
pub struct KubeVersion {
    /// E.g. `v1.32.0`
    pub version: Str,
    /// What a chart's `kubeVersion` is compared with, e.g. `v1.32.0` where the version is `v1.32.0-gke.1`.
    pub compared: Str,
    /// E.g. `1`
    pub major: Str,
    /// E.g. `32`
    pub minor: Str,
    /// The name of the type, which templates may ask for.
    type_name: &'static str,
    /// Whether the struct has a field more, which Go prints.
    has_normalized: bool,
    /// What a cluster of this version serves, in place of what Helm assumes.
    served: Option<Arc<[Str]>>,
    /// Whether a template has read any of it, or of a clone.
    was_read: Arc<AtomicBool>,
}

impl Default for KubeVersion {
    /// Returns the version Helm 3.17.3 assumes without a cluster.
    fn default() -> KubeVersion {
        KubeVersion::assumed(Profile::DEFAULT)
    }
}

impl KubeVersion {
    /// Returns the version that a Helm release assumes without a cluster.
    pub fn assumed(profile: Profile) -> KubeVersion {
        KubeVersion::of_minor(profile.kubernetes())
    }

    /// Returns the version of a Helm release's Kubernetes client.
    pub fn of_client(profile: Profile) -> KubeVersion {
        KubeVersion::of_minor(profile.kubernetes_client())
    }

    fn of_minor(minor: u8) -> KubeVersion {
        let version = Str::from(format!("v1.{minor}.0"));
        KubeVersion::of(version, "1".into(), Str::from(minor.to_string()))
    }

    fn of(version: Str, major: Str, minor: Str) -> KubeVersion {
        let type_name = "chartutil.KubeVersion";
        let compared = version.clone();
        let (has_normalized, was_read) = (false, Arc::default());
        let served = None;
        KubeVersion { compared, version, major, minor, type_name, has_normalized, served, was_read }
    }

    /// Returns the version with the API versions that its cluster serves, and their kinds (`apps/v1/Deployment`): they are
    /// `.Capabilities.APIVersions`, where Helm has a list that is the same for every version.
    pub fn serving(self, served: Arc<[Str]>) -> KubeVersion {
        KubeVersion { served: Some(served), ..self }
    }

    /// Tells whether a template has read this version or a clone of it, or what it serves, in whatever way. What was
    /// rendered without is the same for every version that the chart accepts.
    pub fn was_read(&self) -> bool {
        self.was_read.load(Ordering::Relaxed)
    }

    fn note(&self) {
        self.was_read.store(true, Ordering::Relaxed);
    }

    /// Parses `--kube-version` as a Helm release does.
    ///
    /// # Errors
    /// A text that is no version.
    pub fn parse(text: &str, profile: Profile) -> Result<KubeVersion, KubeVersionError> {
        if profile.has(Rule::KubeVersionAsGiven) {
            return KubeVersion::generic(text, profile);
        }
        let v = profile
            .semver()
            .version(text)
            .map_err(|cause| KubeVersionError::Semver { text: text.to_owned(), cause })?;
        let (major, minor) = (v.major.to_string(), v.minor.to_string());
        Ok(KubeVersion::of(Str::from(format!("v{v}")), Str::from(major), Str::from(minor)))
    }

    /// Reproduces `ParseGeneric` of Kubernetes' `util/version`: two numbers or more, then anything.
    fn generic(text: &str, profile: Profile) -> Result<KubeVersion, KubeVersionError> {
        let wrong = |what| KubeVersionError::Generic { text: text.to_owned(), what };
        let start = text.trim_start_matches(['\t', '\n', '\x0c', '\r', ' ']);
        let start = start.strip_prefix('v').unwrap_or(start);
        let mut end = 0;
        for part in start.split('.') {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            end += digits + usize::from(end > 0);
            if digits < part.len() {
                break;
            }
        }
        let (numbers, rest) = start.split_at(end);
        if numbers.is_empty() || rest.contains('\n') {
            return Err(wrong(Generic::NoVersion));
        }
        let parts: Vec<&str> = numbers.split('.').collect();
        let [major, minor, ..] = parts[..] else { return Err(wrong(Generic::TooShort)) };
        if major.starts_with('0') && major != "0" {
            return Err(wrong(Generic::ZeroPrefixed { component: major.to_owned() }));
        }
        let mut plain = Vec::with_capacity(parts.len());
        for part in &parts {
            let number = part.parse::<u64>();
            let large = |_| wrong(Generic::TooLarge { component: (*part).to_owned() });
            plain.push(number.map_err(large)?.to_string());
        }
        let compared = Str::from(format!("v{}", plain.join(".")));
        let minor = minor.parse::<u64>().unwrap_or_default().to_string();
        let mut version = KubeVersion::of(compared, Str::from(major), Str::from(minor));
        if profile.has(Rule::KubeVersionKeepsSuffix) {
            let kept = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
            version.version = Str::from(kept);
        }
        Ok(version)
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> Cow<'static, str> {
        self.type_name.into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.note();
        let text = |text: &Str| Value::Str(text.clone());
        let mut fields = vec![
            ("Version", text(&self.version)),
            ("Major", text(&self.major)),
            ("Minor", text(&self.minor)),
        ];
        if self.has_normalized {
            fields.insert(1, ("normalizedVersion", text(&self.compared)));
        }
        fields
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let known = matches!(name, "String" | "GitVersion");
        known.then_some(Signature { params: &[], variadic: false })
    }

    fn call(&self, name: &str, _: &[Value]) -> MethodResult {
        self.note();
        let text = if name == "String" { &self.compared } else { &self.version };
        Ok(Value::Str(text.clone()))
    }

    fn pointer_string(&self) -> Option<Str> {
        self.note();
        Some(self.compared.clone())
    }

    fn copied(&self) -> Option<Value> {
        Some(Value::Object(Rc::new(Copied(self.clone()))))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(named(self.exported_fields()))
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
    profile: Profile,
    /// Whether no link flags have set the version of Helm.
    is_library: bool,
}

impl Capabilities {
    /// Returns the capabilities of `helm template`: the built-in API versions, then those of `-a`.
    ///
    /// A version that says what its cluster serves has that in the place of the built-in ones.
    pub fn new(kube_version: KubeVersion, extra: &[Str], profile: Profile) -> Capabilities {
        if let Some(served) = kube_version.served.clone() {
            return Capabilities::of(kube_version, served.iter().cloned(), extra, profile);
        }
        let known = profile.api_versions().into_iter().map(Str::from_static);
        Capabilities::of(kube_version, known, extra, profile)
    }

    /// Returns the capabilities of a vanilla Kubernetes v1.32 cluster, which `helm install` asks
    /// for them: kinds are among its API versions. Those of `-a` follow.
    pub fn of_cluster(kube_version: KubeVersion, extra: &[Str], profile: Profile) -> Capabilities {
        Capabilities::of(kube_version, discovery::api_versions(), extra, profile)
    }

    fn of(
        kube_version: KubeVersion,
        known: impl Iterator<Item = Str>,
        extra: &[Str],
        profile: Profile,
    ) -> Capabilities {
        let all = known.chain(extra.iter().cloned()).map(Value::Str).collect();
        let is_common = profile.has(Rule::TypesOfCommon);
        let mut kube_version = kube_version;
        if is_common {
            kube_version.type_name = "common.KubeVersion";
        }
        kube_version.has_normalized = profile.has(Rule::KubeVersionKeepsSuffix);
        let name = if is_common { "common.VersionSet" } else { "chartutil.VersionSet" };
        Capabilities {
            kube_version: Rc::new(kube_version),
            api_versions: List::named(name, Elem::String, all),
            profile,
            is_library: false,
        }
    }

    /// Returns the capabilities that a program has that links Helm as a library, and no others than these API versions:
    /// what link flags set in Helm's own build is not set there. Without any, not even a list of none, the list is Go's nil.
    pub(crate) fn of_library(
        [major, minor]: [Str; 2],
        api_versions: Option<&[Str]>,
        profile: Profile,
    ) -> Capabilities {
        let version = Str::from([b"v", &major[..], b".", &minor, b".0"].concat());
        let kube_version = KubeVersion::of(version, major, minor);
        let given = api_versions.unwrap_or_default();
        let mut made = Capabilities::of(kube_version, std::iter::empty(), given, profile);
        if api_versions.is_none() {
            made.api_versions = made.api_versions.to_nil();
        }
        made.is_library = true;
        made
    }

    /// Returns the Kubernetes version.
    pub fn kube_version(&self) -> &KubeVersion {
        &self.kube_version
    }
}

impl Capabilities {
    fn api_versions(&self) -> Value {
        if self.kube_version.served.is_some() {
            self.kube_version.note();
        }
        Value::List(self.api_versions.clone())
    }

    fn build_info(&self) -> BuildInfo {
        let mut fields = self.profile.build_info();
        if self.is_library {
            for field in &mut fields {
                match field.go {
                    "Version" => {
                        let parts: Vec<&str> = field.value.splitn(3, '.').take(2).collect();
                        field.value = parts.join(".");
                    }
                    "GitCommit" | "GitTreeState" => field.value.clear(),
                    _ => {}
                }
            }
        }
        BuildInfo(fields)
    }
}

impl Object for Capabilities {
    fn type_name(&self) -> Cow<'static, str> {
        match self.profile.has(Rule::TypesOfCommon) {
            true => "*common.Capabilities".into(),
            false => "*chartutil.Capabilities".into(),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("KubeVersion", Value::Object(self.kube_version.clone())),
            ("APIVersions", self.api_versions()),
            ("HelmVersion", Value::Object(Rc::new(self.build_info()))),
        ]
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(Value::Object(self.kube_version.clone())),
            "APIVersions" => Some(self.api_versions()),
            "HelmVersion" => Some(Value::Object(Rc::new(self.build_info()))),
            _ => None,
        }
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "Copy").then_some(Signature { params: &[], variadic: false })
    }

    fn call(&self, _: &str, _: &[Value]) -> MethodResult {
        Ok(Value::Object(Rc::new(Capabilities {
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
            profile: self.profile,
            is_library: self.is_library,
        })))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(named(self.exported_fields()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Helm's `version.BuildInfo`: templates see the Helm we stand for.
#[derive(Debug)]
struct BuildInfo(Vec<BuildField>);

impl Object for BuildInfo {
    fn type_name(&self) -> Cow<'static, str> {
        "version.BuildInfo".into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.0.iter().map(|field| (field.go, Value::from(&field.value[..]))).collect()
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        let filled = self.0.iter().filter(|field| !field.value.is_empty());
        Some(filled.map(|f| (Str::from_static(f.json), Value::from(&f.value[..]))).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_knows_that_it_was_read_in_whatever_way() {
        let reads: [fn(&dyn Object); 6] = [
            |own| drop(own.field("Minor")),
            |own| drop(own.fields()),
            |own| drop(own.json_fields()),
            |own| drop(own.pointer_string()),
            |own| drop(own.call("String", &[])),
            |own| match own.copied() {
                Some(Value::Object(copy)) => drop(copy.fields()),
                _ => panic!("no copy"),
            },
        ];
        for read in reads {
            let version = KubeVersion::default();
            let shown = Capabilities::new(version.clone(), &[], Profile::DEFAULT);
            let Some(Value::Object(field)) = shown.field("KubeVersion") else {
                panic!("no version");
            };
            assert!(!version.was_read());
            read(&*field);
            assert!(version.was_read());
        }
    }

    #[test]
    fn what_a_cluster_serves_is_read_as_its_version_is() {
        let version = KubeVersion::default().serving(["v1".into(), "v1/Pod".into()].into());
        let shown = Capabilities::new(version.clone(), &["a/v1".into()], Profile::DEFAULT);
        assert!(shown.field("HelmVersion").is_some() && !version.was_read());
        let Some(Value::List(served)) = shown.field("APIVersions") else { panic!("no list") };
        let served: Vec<_> = served.iter().filter_map(Value::as_str).collect();
        assert_eq!(served, ["v1", "v1/Pod", "a/v1"]);
        assert!(version.was_read());
    }

    #[test]
    fn a_cluster_names_group_versions_then_kinds_then_what_the_user_adds() {
        let cluster =
            Capabilities::of_cluster(KubeVersion::default(), &["a/v1".into()], Profile::DEFAULT);
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
