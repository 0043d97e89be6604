//! Defines Helm's functions that render again, and finds all others.

use super::discovery;
use crate::profile::{Profile, Rule};
use crate::report::Warning;
use gostd::value::{Elem, List, Map, Str, Type, Value};
use gotemplate::func::{Flow, FuncDef, FuncError, FuncResult, Host, Index, def};

fn str_arg(v: &Value) -> Str {
    v.as_str().cloned().unwrap_or_default()
}

const FAILED: &str = "fail";
const REQUIRED_NIL: &str = "required: nil";
const REQUIRED_EMPTY: &str = "required: empty";

/// Returns the warning of a function that did not stop the render, by its word.
pub(super) fn warning(why: &'static str, message: &[u8]) -> Warning {
    let message = message.to_vec();
    match why {
        REQUIRED_NIL => Warning::LintRequiredNil { message },
        REQUIRED_EMPTY => Warning::LintRequiredEmpty { message },
        _ => Warning::LintFail { message },
    }
}

/// Fails with the user's message; or reports it and goes on, where the host is lenient.
fn refuse(host: &mut dyn Host, why: &'static str, message: &Value) -> FuncResult {
    let message = str_arg(message);
    match host.lenient() {
        None => Err(FuncError::Message(message)),
        Some(notice) => {
            notice(why, &message);
            Ok(Value::Str(Str::EMPTY))
        }
    }
}

/// `include`, `tpl`, `required`, `fail`, `lookup`.
const TABLE: &[FuncDef] = &[
    def("fail", &[Type::String], |host, a| refuse(host, FAILED, &a[0])).growing(0),
    def("include", &[Type::String, Type::Any], |host, a| {
        host.include(&str_arg(&a[0]), &a[1]).map(Value::Str)
    })
    .flowing(Flow::Executes)
    .growing(0),
    def("lookup", &[Type::String, Type::String, Type::String, Type::String], |host, a| {
        host.cluster().map_or_else(|| Ok(Value::Map(Map::new())), |cluster| cluster(a))
    })
    .nonhermetic(),
    def("required", &[Type::String, Type::Any], |host, a| match &a[1] {
        Value::Nil => refuse(host, REQUIRED_NIL, &a[0]),
        Value::Str(s) if s.is_empty() => refuse(host, REQUIRED_EMPTY, &a[0]),
        other => Ok(other.clone()),
    })
    .flowing(Flow::Moves(|call| call.tag(1)))
    .growing(0),
    def("tpl", &[Type::String, Type::Any], |host, a| {
        host.tpl(&str_arg(&a[0]), &a[1]).map(Value::Str)
    })
    .flowing(Flow::Executes)
    .growing(0),
];

static INDEX: Index = Index::EMPTY.with(&[TABLE]).with(sprig::TABLES).with(&[gotemplate::BUILTINS]);

/// What later releases have more, or have instead: of two rows with one name the first counts.
const LATER: [(Rule, &[FuncDef]); 7] = [
    (Rule::Semver35, sprig::SEMVER_3_5),
    (Rule::Semver34, sprig::SEMVER_3_4),
    (Rule::Toml16, sprig::TOML_1_6),
    (Rule::Toml15, sprig::TOML_1_5),
    (Rule::Durations, sprig::DURATIONS),
    (Rule::MustToToml, sprig::MUST_TO_TOML),
    (Rule::MustToYaml, sprig::MUST_TO_YAML),
];

/// All of [`LATER`], to tell at once that a function is none of them: most are not.
static LATER_INDEX: Index = {
    let mut index = Index::EMPTY;
    let mut row = 0;
    while row < LATER.len() {
        index = index.with(&[LATER[row].1]);
        row += 1;
    }
    index
};

/// Returns the function of this name that Helm 3.17.3 has.
pub(super) fn find(name: &[u8]) -> Option<&'static FuncDef> {
    INDEX.find(name)
}

/// Returns the function of this name that the release has.
pub(super) fn lookup(name: &[u8], profile: Profile) -> Option<&'static FuncDef> {
    let later = LATER_INDEX.find(name).and_then(|_| later(name, profile));
    later.or_else(|| find(name))
}

/// Returns whether the release has other functions than Helm 3.17.3.
pub(super) fn has_later(profile: Profile) -> bool {
    LATER.iter().any(|(rule, _)| profile.has(*rule))
}

fn later(name: &[u8], profile: Profile) -> Option<&'static FuncDef> {
    LATER
        .iter()
        .filter(|(rule, _)| profile.has(*rule))
        .flat_map(|(_, table)| *table)
        .find(|def| def.name.as_bytes() == name)
}

/// `lookup` as an empty cluster answers it: no object by any name, and lists of what it serves.
const OF_EMPTY_CLUSTER: FuncDef =
    def("lookup", &[Type::String, Type::String, Type::String, Type::String], |_, a| {
        let [api_version, kind, _, name] = [0, 1, 2, 3].map(|at| str_arg(&a[at]));
        match name.is_empty() && discovery::lists(&api_version, &kind) {
            true => Ok(object_list(api_version, &kind, Vec::new())),
            false => Ok(Value::Map(Map::new())),
        }
    })
    .nonhermetic();

/// Returns a list of objects as `lookup` gets it of a cluster.
pub(crate) fn object_list(api_version: Str, kind: &[u8], objects: Vec<Value>) -> Value {
    let metadata = Map::new();
    // The revision of an etcd to which nothing was written.
    metadata.insert("resourceVersion", "1".into());
    let list = Map::new();
    list.insert("apiVersion", Value::Str(api_version));
    list.insert("items", Value::List(List::new(Elem::Any, objects)));
    list.insert("kind", Value::from([kind, b"List"].concat()));
    list.insert("metadata", Value::Map(metadata));
    Value::Map(list)
}

/// Returns the function of this name where templates see an empty cluster (`--dry-run=server`).
pub(super) fn in_empty_cluster(name: &[u8], profile: Profile) -> Option<&'static FuncDef> {
    const LOOKUP: &FuncDef = &OF_EMPTY_CLUSTER;
    if name == LOOKUP.name.as_bytes() { Some(LOOKUP) } else { lookup(name, profile) }
}

/// Functions that Helm adds to sprig's, and that `--name-template` does not see.
const HELM_ONLY: &[&str] =
    &["fromJsonArray", "fromToml", "fromYaml", "fromYamlArray", "toToml", "toYaml", "toYamlPretty"];

/// Returns sprig's function of this name.
pub(super) fn sprig(name: &[u8], profile: Profile) -> Option<&'static FuncDef> {
    let text = std::str::from_utf8(name).ok()?;
    match text {
        // The only one of the above that sprig has, too.
        "fail" => find(name),
        "semver" | "semverCompare" => lookup(name, profile),
        text if HELM_ONLY.contains(&text) => None,
        text => sprig::lookup(text).or_else(|| sprig::environment(text)),
    }
}

/// Returns every function a template can call by name, Go's builtins included (`and`, `or` and
/// `call`, which the executor itself handles, aside).
pub fn all_functions() -> impl Iterator<Item = &'static FuncDef> {
    TABLE.iter().chain(sprig::all()).chain(gotemplate::BUILTINS)
}
