//! Writes reports by Go templates.

use std::sync::Arc;

use gostd::time::LocalZone;
use gostd::value::{Map, MethodResult, Str, Type, Value, record};
use gotemplate::func::{FuncDef, FuncError, Instant, def};
use gotemplate::{Environment, Exec, Limits, NoMeter, Templates};

use super::{Change, Key};

/// What is wrong with a template, in Go's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateError(pub String);

/// Returns what helm-diff's own template makes of objects.
pub(super) fn json(entries: &[(Key<'_>, Change)]) -> Vec<u8> {
    let entry = |(key, change): &(Key<'_>, Change)| {
        let Key { namespace, name, kind, group } = key;
        let change = change.name();
        format!(
            "{{\n  \"api\": \"{group}\",\n  \"kind\": \"{kind}\",\n  \"namespace\": \"{namespace}\",\n  \"name\": \"{name}\",\n  \"change\": \"{change}\"\n}}"
        )
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!("[{}]\n", entries.join(",")).into_bytes()
}

/// The one function that templates have beside Go's: whether an index is a list's last.
const LAST: FuncDef = def("last", &[Type::Int, Type::Any], |_, args| match (&args[0], &args[1]) {
    (Value::Int(_, at), Value::List(list)) => {
        Ok(Value::Bool(usize::try_from(*at).is_ok_and(|at| at + 1 == list.len())))
    }
    _ => Err(FuncError::text("last wants an index and a list")),
});

/// Returns what a template makes of objects; as far as it comes, where it fails.
pub(super) fn custom(
    name: &str,
    text: &[u8],
    entries: &[(Key<'_>, Change)],
) -> Result<Vec<u8>, TemplateError> {
    fn no_methods(_: &Map, _: &str, _: &[Value]) -> MethodResult {
        Err(Str::from_static("no methods"))
    }
    let env = Environment {
        functions: &|name| (name == LAST.name.as_bytes()).then_some(&LAST),
        now: &|| Instant { seconds: 0, nanos: 0 },
        local_zone: &|| LocalZone::UTC,
        dns: false,
        lenient: None,
        cluster: None,
        values_method: no_methods,
        go: gostd::Go::current(),
        limits: Limits::default(),
        meter: &NoMeter,
    };
    let spec = |(key, change): &(Key<'_>, Change)| {
        let fields = vec![
            ("Namespace", Value::from(key.namespace)),
            ("Name", Value::from(key.name)),
            ("Kind", Value::from(key.kind)),
            ("API", Value::from(key.group)),
            ("Change", Value::from(change.name())),
        ];
        record("diff.ReportTemplateSpec", fields)
    };
    let data = Value::list(entries.iter().map(spec).collect());
    let name = Str::from(name);
    let templates = Templates::new();
    templates
        .parse(&[(&name, &Arc::from(text))], &env)
        .map_err(|e| TemplateError(String::from_utf8_lossy(&e.text()).into_owned()))?;
    let mut out = Vec::new();
    // helm-diff passes over what goes wrong here.
    let _ = Exec::new(&templates, &env).execute_into(&name, &data, &mut out);
    out.push(b'\n');
    Ok(out)
}
