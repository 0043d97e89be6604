//! Lists the fields of a release in the order and under the names that Go's `encoding/json` gives them.

use super::{Hook, Info, Release};
use crate::chart::{Chart, File, Lock, dependencies_view, metadata_view};
use gostd::time::{LocalZone, Time, parse};
use gostd::value::{Str, Value, record as structure};

const RFC3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

/// Drops the fields that are empty, Go's `omitempty`; those of other names stay.
fn without_empty<const N: usize>(
    fields: [(&'static str, Value); N],
    kept: &[&str],
) -> Vec<(&'static str, Value)> {
    fields.into_iter().filter(|(name, v)| kept.contains(name) || v.truth()).collect()
}

fn text(s: &Str) -> Value {
    Value::Str(s.clone())
}

fn list<T>(items: &[T], make: impl Fn(&T) -> Value) -> Value {
    Value::list(items.iter().map(make).collect())
}

impl Release {
    pub(super) fn fields(&self) -> Value {
        let fields = [
            ("name", text(&self.name)),
            ("info", info(&self.info)),
            ("chart", chart(&self.chart)),
            ("config", Value::Map(self.config.clone())),
            ("manifest", text(&self.manifest)),
            ("hooks", list(&self.hooks, hook)),
            ("version", Value::int(self.version)),
            ("namespace", text(&self.namespace)),
        ];
        structure("release.Release", without_empty(fields, &["info", "chart"]))
    }
}

fn info(info: &Info) -> Value {
    let fields = [
        ("first_deployed", time(&info.first_deployed)),
        ("last_deployed", time(&info.last_deployed)),
        ("deleted", Value::Str(Str::EMPTY)),
        ("description", text(&info.description)),
        ("status", info.status.name().into()),
        ("notes", text(&info.notes)),
    ];
    let kept = &["first_deployed", "last_deployed", "deleted"];
    structure("release.Info", without_empty(fields, kept))
}

/// Returns Helm's own time type: nothing for the zero time.
fn time(t: &Time) -> Value {
    let text = if t.is_zero() { Vec::new() } else { t.format(RFC3339_NANO) };
    Value::Str(Str::from(text))
}

fn chart(chart: &Chart) -> Value {
    let metadata = metadata_view(&chart.metadata);
    let schema = chart.schema.clone().map_or(Value::Nil, Value::Bytes);
    let fields = vec![
        ("metadata", metadata),
        ("lock", chart.lock.as_ref().map_or(Value::Nil, lock)),
        ("templates", files(&chart.templates)),
        ("values", Value::Map(chart.values.clone())),
        ("schema", schema),
        ("files", files(&chart.files)),
    ];
    structure("chart.Chart", fields)
}

fn files(files: &[File]) -> Value {
    if files.is_empty() {
        return Value::Nil;
    }
    list(files, |f| {
        let fields = vec![("name", text(&f.name)), ("data", Value::Bytes(f.data.shared().clone()))];
        structure("chart.File", fields)
    })
}

fn lock(lock: &Lock) -> Value {
    let local = LocalZone::UTC;
    // What is there was found to be a time when the chart was loaded.
    let generated = parse(b"2006-01-02T15:04:05Z07:00", &lock.generated, &local);
    let generated = generated.unwrap_or_else(|_| Time::zero(&local));
    let fields = vec![
        ("generated", Value::Str(Str::from(generated.format(RFC3339_NANO)))),
        ("digest", text(&lock.digest)),
        ("dependencies", Value::List(dependencies_view(lock.dependencies.as_deref()))),
    ];
    structure("chart.Lock", fields)
}

fn hook(hook: &Hook) -> Value {
    // A hook that no cluster ran.
    let last_run = structure(
        "release.HookExecution",
        ["started_at", "completed_at", "phase"].map(|n| (n, Value::Str(Str::EMPTY))).to_vec(),
    );
    let fields = [
        ("name", text(&hook.name)),
        ("kind", text(&hook.kind)),
        ("path", text(&hook.path)),
        ("manifest", text(&hook.manifest)),
        ("events", list(&hook.events, |e| (*e).into())),
        ("last_run", last_run),
        ("weight", Value::int(hook.weight)),
        ("delete_policies", list(&hook.delete_policies, text)),
    ];
    structure("release.Hook", without_empty(fields, &["last_run"]))
}
