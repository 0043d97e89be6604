//! Reads suites of tests: every field that the reference knows, with go-yaml's words for what is wrong.

mod inherit;

use std::collections::{BTreeMap, HashSet};

use gostd::value::{Frozen, Value};
use goyaml::{At, Stream, Typed};

use super::assertion::Assertion;
use super::objects::Given;
use crate::profile::Profile;

/// The version of helm-unittest whose behaviour this is; `skip.minimumVersion` is compared with it.
pub const VERSION: &str = "1.1.2";

/// What templates see as `.Release`.
#[derive(Clone, Debug, Default)]
pub(super) struct Release {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) revision: i64,
    pub(super) is_upgrade: bool,
}

/// What takes the place of a chart's versions.
#[derive(Clone, Debug, Default)]
pub(super) struct ChartVersions {
    pub(super) version: String,
    pub(super) app_version: String,
}

/// The cluster that templates see; nothing for what the one before saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    pub(super) major: String,
    pub(super) minor: String,
    /// Nothing where a test takes the suite's away.
    pub(super) api_versions: Option<Vec<String>>,
}

/// A kind of objects that `lookup` finds.
#[derive(Clone, Debug, Default)]
pub(super) struct Resource {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) resource: String,
    pub(super) namespaced: bool,
}

/// What `lookup` finds.
#[derive(Clone, Debug, Default)]
pub(super) struct Provider {
    /// By `apiVersion/Kind`.
    pub(super) scheme: BTreeMap<String, Resource>,
    pub(super) objects: Vec<Frozen>,
}

/// A program that rewrites what was rendered.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) command: String,
    pub(super) args: Vec<String>,
}

/// Which documents an assertion looks at.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    pub(super) path: String,
    pub(super) value: Frozen,
    pub(super) match_many: bool,
    pub(super) skip_empty_templates: bool,
}

/// A test, with what it takes over from its suite.
#[derive(Clone, Debug, Default)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) values: Vec<String>,
    /// By their paths, in the order of the text.
    pub(super) set: Vec<(String, Frozen)>,
    pub(super) template: String,
    pub(super) templates: Vec<String>,
    pub(super) index: Option<i64>,
    pub(super) selector: Option<Selector>,
    pub(super) release: Release,
    pub(super) chart: ChartVersions,
    pub(super) cluster: Cluster,
    pub(super) assertions: Vec<Option<Assertion>>,
    pub(super) skip_reason: String,
    pub(super) provider: Provider,
    pub(super) post_renderer: Program,
    /// Files of objects that `lookup` finds. The reference has no such field.
    pub(super) lookup: Vec<String>,
    /// Whether it has what nothing reads.
    has_unknown: bool,
    /// The objects of these files, with those of the suite's and the command line's.
    pub(super) objects: Option<Given>,
}

/// A suite of tests.
#[derive(Clone, Debug, Default)]
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) values: Vec<String>,
    pub(super) set: Vec<(String, Frozen)>,
    pub(super) templates: Vec<String>,
    pub(super) excluded: Vec<String>,
    pub(super) include_crds: bool,
    pub(super) post_renderer: Program,
    pub(super) snapshot_id: String,
    pub(super) tests: Vec<Test>,
    /// The path of its file, from the folder in which the program runs.
    pub(super) file: String,
    /// Its chart among those that the chart holds: `app`, `app/charts/db`.
    pub(super) route: String,
    /// The Helm whose behaviour its tests see, where that is not the reference's. The reference has no such field.
    pub(super) helm: Option<Profile>,
    /// Files of objects that `lookup` finds. The reference has no such field.
    pub(super) lookup: Vec<String>,
    /// Whether it has what nothing reads.
    has_unknown: bool,
    release: Release,
    chart: ChartVersions,
    cluster: Cluster,
    provider: Provider,
    skip_reason: String,
    minimum_version: String,
}

/// Where a suite comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'s> {
    /// The path of its file, from the folder in which the program runs.
    pub(super) file: &'s str,
    /// Its chart among those that the chart holds.
    pub(super) route: &'s str,
    /// Whether fields that are not known are errors.
    pub(super) strict: bool,
    /// Files of values for all tests.
    pub(super) values: &'s [String],
    /// Whether a chart of tests has rendered it.
    pub(super) is_rendered: bool,
}

/// Reads a suite; nothing where the text holds none.
///
/// # Errors
/// The reference's words.
pub(super) fn read(text: &[u8], source: Source<'_>) -> Result<Option<Suite>, String> {
    let suite = match decode(text, source) {
        Ok(None) => return Ok(None),
        Ok(Some(suite)) => suite,
        Err(error) if error.contains("unknown escape character") && text.contains(&b'\\') => {
            // The reference forgets all checks and the values of the command line here.
            let doubled = double_backslashes(text);
            let source = Source { strict: false, ..source };
            return Ok(decode(&doubled, source)?.map(Suite::polished));
        }
        Err(error) => return Err(error),
    };
    suite.checked(source).map(|suite| Some(suite.polished()))
}

fn decode(text: &[u8], source: Source<'_>) -> Result<Option<Suite>, String> {
    let stream = Stream::read_first(text)?;
    let Some(root) = stream.roots().next() else { return Ok(None) };
    let mut typed = if source.strict { Typed::strict() } else { Typed::default() };
    let mut suite =
        Suite { file: source.file.to_owned(), route: source.route.to_owned(), ..Suite::default() };
    read_suite(&mut typed, root, &mut suite);
    suite.has_unknown |= typed.has_passed_over();
    typed.finish().map(|()| Some(suite))
}

/// Makes runs of backslashes even.
fn double_backslashes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut run = 0;
    for &byte in text {
        if byte == b'\\' {
            run += 1;
        } else if std::mem::take(&mut run) % 2 == 1 {
            out.push(b'\\');
        }
        out.push(byte);
    }
    if run % 2 == 1 {
        out.push(b'\\');
    }
    out
}

pub(super) const SUITE: &[&str] = &[
    "suite",
    "values",
    "set",
    "templates",
    "excludeTemplates",
    "includeCrds",
    "release",
    "chart",
    "capabilities",
    "kubernetesProvider",
    "postRenderer",
    "tests",
    "snapshotId",
    "skip",
    "helm",
    "lookup",
];

fn read_suite(typed: &mut Typed, at: At<'_>, suite: &mut Suite) {
    typed.fields(at, "unittest.TestSuite", SUITE, |typed, name, at| match name {
        "suite" => _ = typed.text(at, &mut suite.name),
        "values" => _ = typed.texts(at, &mut suite.values),
        "set" => suite.set = entries(typed, at, "map[string]interface {}"),
        "templates" => _ = typed.texts(at, &mut suite.templates),
        "excludeTemplates" => _ = typed.texts(at, &mut suite.excluded),
        "includeCrds" => _ = typed.boolean(at, &mut suite.include_crds),
        "release" => read_release(typed, at, &mut suite.release),
        "chart" => read_chart(typed, at, &mut suite.chart),
        "capabilities" => {
            let go_type = "struct { MajorVersion string \"yaml:\\\"majorVersion\\\"\"; MinorVersion string \
                           \"yaml:\\\"minorVersion\\\"\"; APIVersions []string \"yaml:\\\"apiVersions\\\"\" }";
            let names = &["majorVersion", "minorVersion", "apiVersions"];
            let cluster = &mut suite.cluster;
            typed.fields(at, go_type, names, |typed, name, at| match name {
                "majorVersion" => _ = typed.text(at, &mut cluster.major),
                "minorVersion" => _ = typed.text(at, &mut cluster.minor),
                _ => _ = typed.texts(at, cluster.api_versions.get_or_insert_default()),
            });
        }
        "kubernetesProvider" => read_provider(typed, at, &mut suite.provider),
        "postRenderer" => read_program(typed, at, &mut suite.post_renderer),
        "tests" => {
            let mut tests = Vec::new();
            typed.list(at, "[]*unittest.TestJob", |typed, at| {
                let cluster = Cluster { api_versions: Some(Vec::new()), ..Cluster::default() };
                let mut test = Test { cluster, ..Test::default() };
                if at.is_null() {
                    typed.fail(format!("yaml: line {}: a test is empty", at.line()));
                }
                read_test(typed, at, &mut test);
                tests.push(test);
            });
            suite.tests = tests;
        }
        "lookup" => _ = typed.texts(at, &mut suite.lookup),
        "snapshotId" => _ = typed.text(at, &mut suite.snapshot_id),
        "helm" => {
            let mut version = String::new();
            if typed.text(at, &mut version) && !at.is_null() {
                match Profile::parse(&version) {
                    Ok(profile) => suite.helm = Some(profile),
                    Err(why) => typed.fail(format!("yaml: line {}: {why}", at.line())),
                }
            }
        }
        _ => {
            let go_type = "struct { Reason string \"yaml:\\\"reason\\\"\"; MinimumVersion string \
                           \"yaml:\\\"minimumVersion\\\"\" }";
            typed.fields(at, go_type, &["reason", "minimumVersion"], |typed, name, at| match name {
                "reason" => _ = typed.text(at, &mut suite.skip_reason),
                _ => _ = typed.text(at, &mut suite.minimum_version),
            });
        }
    });
}

pub(super) const TEST: &[&str] = &[
    "it",
    "values",
    "set",
    "template",
    "templates",
    "documentIndex",
    "documentindices",
    "documentSelector",
    "release",
    "chart",
    "capabilities",
    "asserts",
    "skip",
    "kubernetesProvider",
    "postRenderer",
    "lookup",
];

fn read_test(typed: &mut Typed, at: At<'_>, test: &mut Test) {
    typed.fields(at, "unittest.TestJob", TEST, |typed, name, at| match name {
        "it" => _ = typed.text(at, &mut test.name),
        "values" => _ = typed.texts(at, &mut test.values),
        "set" => test.set = entries(typed, at, "map[string]interface {}"),
        "template" => _ = typed.text(at, &mut test.template),
        "templates" => _ = typed.texts(at, &mut test.templates),
        "documentIndex" => {
            let mut index = 0;
            typed.int(at, &mut index);
            test.index = (!at.is_null()).then_some(index);
        }
        "documentindices" => {
            _ = typed.map(at, "map[string][]int", |typed, _, at| {
                typed.list(at, "[]int", |typed, at| _ = typed.int(at, &mut 0));
            })
        }
        "documentSelector" => {
            let mut selector = Selector::default();
            let names = &["skipEmptyTemplates", "matchMany", "path", "value"];
            typed.fields(at, "valueutils.DocumentSelector", names, |typed, name, at| match name {
                "skipEmptyTemplates" => _ = typed.boolean(at, &mut selector.skip_empty_templates),
                "matchMany" => _ = typed.boolean(at, &mut selector.match_many),
                "path" => _ = typed.text(at, &mut selector.path),
                _ => selector.value = typed.any(at).map(|v| Frozen::new(&v)).unwrap_or_default(),
            });
            test.selector = (!at.is_null()).then_some(selector);
        }
        "release" => read_release(typed, at, &mut test.release),
        "chart" => read_chart(typed, at, &mut test.chart),
        "capabilities" => {
            test.cluster = Cluster { api_versions: Some(Vec::new()), ..Cluster::default() };
            if let Some(map) = typed.any_map(at, "unittest.CapabilitiesFields") {
                test.has_unknown |= !map.keys().iter().all(|key| CLUSTER.contains(&&**key));
                read_cluster(&map, &mut test.cluster);
            }
        }
        "asserts" => {
            let mut assertions = Vec::new();
            typed.list(at, "[]*unittest.Assertion", |typed, at| {
                let before = typed.troubles();
                if at.is_null() {
                    assertions.push(None);
                } else if let Some(map) = typed.any_map(at, "map[string]interface {}")
                    && typed.troubles() == before
                {
                    match Assertion::of(&map, Typed::keys(at)) {
                        Ok(assertion) => assertions.push(Some(assertion)),
                        Err(why) => typed.fail(why),
                    }
                }
            });
            test.assertions = assertions;
        }
        "skip" => {
            let go_type = "struct { Reason string \"yaml:\\\"reason\\\"\" }";
            typed.fields(at, go_type, &["reason"], |typed, _, at| {
                typed.text(at, &mut test.skip_reason);
            });
        }
        "kubernetesProvider" => read_provider(typed, at, &mut test.provider),
        "lookup" => _ = typed.texts(at, &mut test.lookup),
        _ => read_program(typed, at, &mut test.post_renderer),
    });
}

const CLUSTER: &[&[u8]] = &[b"majorVersion", b"minorVersion", b"apiVersions"];

/// Reads what a test says of its cluster, which may be of any type.
fn read_cluster(map: &gostd::value::Map, cluster: &mut Cluster) {
    let text = |name: &[u8]| match map.get(name) {
        Some(Value::Str(text)) => text.to_string_lossy().into_owned(),
        Some(Value::Int(_, n)) => n.to_string(),
        _ => String::new(),
    };
    cluster.major = text(b"majorVersion");
    cluster.minor = text(b"minorVersion");
    match map.get(b"apiVersions") {
        None => {}
        Some(Value::List(all)) => {
            let texts = all.iter().filter_map(Value::as_str);
            cluster.api_versions = Some(texts.map(|s| s.to_string_lossy().into_owned()).collect());
        }
        Some(_) => cluster.api_versions = None,
    }
}

fn entries(typed: &mut Typed, at: At<'_>, go_type: &str) -> Vec<(String, Frozen)> {
    let Some(map) = typed.any_map(at, go_type) else { return Vec::new() };
    let mut entries = Vec::new();
    let mut add = |key: &[u8], value: &Value| {
        entries.push((String::from_utf8_lossy(key).into_owned(), Frozen::new(value)));
    };
    let mut seen = HashSet::new();
    for key in Typed::keys(at) {
        if let Some(value) = map.get(key).filter(|_| seen.insert(key)) {
            add(key, &value);
        }
    }
    // Those of maps that it merges.
    for (key, value) in map.entries() {
        if !seen.contains(&key[..]) {
            add(&key, &value);
        }
    }
    entries
}

fn read_release(typed: &mut Typed, at: At<'_>, release: &mut Release) {
    let go_type = "struct { Name string; Namespace string; Revision int; IsUpgrade bool \
                   \"yaml:\\\"upgrade\\\"\" }";
    let names = &["name", "namespace", "revision", "upgrade"];
    typed.fields(at, go_type, names, |typed, name, at| match name {
        "name" => _ = typed.text(at, &mut release.name),
        "namespace" => _ = typed.text(at, &mut release.namespace),
        "revision" => _ = typed.int(at, &mut release.revision),
        _ => _ = typed.boolean(at, &mut release.is_upgrade),
    });
}

fn read_chart(typed: &mut Typed, at: At<'_>, chart: &mut ChartVersions) {
    let go_type = "struct { Version string; AppVersion string \"yaml:\\\"appVersion\\\"\" }";
    typed.fields(at, go_type, &["version", "appVersion"], |typed, name, at| match name {
        "version" => _ = typed.text(at, &mut chart.version),
        _ => _ = typed.text(at, &mut chart.app_version),
    });
}

fn read_program(typed: &mut Typed, at: At<'_>, program: &mut Program) {
    typed.fields(
        at,
        "unittest.PostRendererConfig",
        &["cmd", "args"],
        |typed, name, at| match name {
            "cmd" => _ = typed.text(at, &mut program.command),
            _ => _ = typed.texts(at, &mut program.args),
        },
    );
}

fn read_provider(typed: &mut Typed, at: At<'_>, provider: &mut Provider) {
    let go_type = "unittest.KubernetesFakeClientProvider";
    typed.fields(at, go_type, &["scheme", "objects"], |typed, name, at| match name {
        "scheme" => {
            _ = typed.map(at, "map[string]unittest.KubernetesFakeKindProps", |typed, kind, at| {
                let mut resource = Resource::default();
                read_resource(typed, at, &mut resource);
                provider.scheme.insert(kind, resource);
            })
        }
        _ => {
            let mut objects = Vec::new();
            typed.list(at, "[]map[string]interface {}", |typed, at| {
                let map = typed.any_map(at, "map[string]interface {}");
                // Null is an object of which nothing is known.
                objects.push(Frozen::of_map(&map.unwrap_or_default()));
            });
            provider.objects = objects;
        }
    });
}

fn read_resource(typed: &mut Typed, at: At<'_>, resource: &mut Resource) {
    let names = &["should_err", "gvr", "namespaced"];
    typed.fields(at, "unittest.KubernetesFakeKindProps", names, |typed, name, at| match name {
        // The reference crashes here: no text is an error of Go.
        "should_err" => {
            if !at.is_null() {
                typed.fail(format!("yaml: line {}: should_err cannot be set", at.line()));
            }
        }
        "gvr" => {
            let names = &["group", "version", "resource"];
            typed.fields(at, "schema.GroupVersionResource", names, |typed, name, at| match name {
                "group" => _ = typed.text(at, &mut resource.group),
                "version" => _ = typed.text(at, &mut resource.version),
                _ => _ = typed.text(at, &mut resource.resource),
            });
        }
        _ => _ = typed.boolean(at, &mut resource.namespaced),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source<'static> {
        Source { file: "a_test.yaml", route: "a", strict: false, values: &[], is_rendered: false }
    }

    #[test]
    fn set_has_the_order_of_the_text() {
        let text =
            b"x: &x {m: 1, z: 2}\nset: {z: 1, <<: *x, a.b: 2, a: {}}\ntests: [{asserts: [null]}]\n";
        let suite = read(text, source()).unwrap().unwrap();
        let paths: Vec<&str> = suite.set.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["z", "a.b", "a", "m"]);
    }

    #[test]
    fn aliases_are_counted_in_all_of_a_suite() {
        let list = vec!["{exists: {path: a}}"; 500].join(",");
        let tests = "  - {asserts: *x}\n".repeat(500);
        let text = format!("x: &x [{list}]\ntests:\n{tests}");
        let why = read(text.as_bytes(), source()).unwrap_err();
        assert_eq!(why, "yaml: document contains excessive aliasing");
    }
}
