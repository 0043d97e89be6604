//! Lists the fields of a release in the order and under the names that Go's `encoding/json` gives them.

use super::{Hook, Info, Release};
use crate::chart::{Chart, File, Lock, Modified, dependencies_view, metadata_view};
use crate::profile::{Profile, Rule};
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
        let writer = Writer { profile: self.profile, zone: &self.zone };
        let applied = match writer.is_new() {
            true if self.server_side => "ssa",
            true => "csa",
            false => "",
        };
        let fields = [
            ("name", text(&self.name)),
            ("info", writer.info(&self.info)),
            ("chart", writer.chart(&self.chart)),
            ("config", Value::Map(self.config.clone())),
            ("manifest", text(&self.manifest)),
            ("hooks", list(&self.hooks, |h| writer.hook(h))),
            ("version", Value::int(self.version)),
            ("namespace", text(&self.namespace)),
            ("apply_method", applied.into()),
        ];
        structure("release.Release", without_empty(fields, &["info", "chart"]))
    }
}

/// Writes the parts of a release as a Helm release has them.
struct Writer<'r> {
    profile: Profile,
    zone: &'r LocalZone,
}

impl Writer<'_> {
    /// Returns whether times that are not set are left out, and those of files are there.
    fn is_new(&self) -> bool {
        self.profile.has(Rule::ReportsOfHelm4)
    }

    fn info(&self, info: &Info) -> Value {
        let fields = [
            ("first_deployed", time(&info.first_deployed)),
            ("last_deployed", time(&info.last_deployed)),
            ("deleted", Value::Str(Str::EMPTY)),
            ("description", text(&info.description)),
            ("status", info.status.name().into()),
            ("notes", text(&info.notes)),
        ];
        let kept: &[&str] = match self.is_new() {
            true => &[],
            false => &["first_deployed", "last_deployed", "deleted"],
        };
        structure("release.Info", without_empty(fields, kept))
    }

    fn chart(&self, chart: &Chart) -> Value {
        let metadata = metadata_view(&chart.metadata);
        let schema = chart.schema.clone().map_or(Value::Nil, Value::Bytes);
        let [modified, schema_modified] = chart.modified;
        let mut fields = vec![
            ("metadata", metadata),
            ("lock", chart.lock.as_ref().map_or(Value::Nil, lock)),
            ("templates", self.files(&chart.templates)),
            ("values", Value::Map(chart.values.clone())),
            ("schema", schema),
        ];
        if self.is_new() {
            let never = Time::zero(&LocalZone::UTC).format(RFC3339_NANO);
            let time = self.modified(schema_modified);
            fields.push(("schemamodtime", time.unwrap_or_else(|| Value::Str(Str::from(never)))));
        }
        fields.push(("files", self.files(&chart.files)));
        fields.extend(self.modified(modified).map(|time| ("modtime", time)));
        structure("chart.Chart", fields)
    }

    fn files(&self, files: &[File]) -> Value {
        if files.is_empty() {
            return Value::Nil;
        }
        list(files, |f| {
            let data = Value::Bytes(f.data.shared().clone());
            let mut fields = vec![("name", text(&f.name)), ("data", data)];
            fields.extend(self.modified(f.data.modified()).map(|time| ("modtime", time)));
            structure("chart.File", fields)
        })
    }

    /// Returns the time when a file was changed, where the release shows it.
    fn modified(&self, modified: Option<Modified>) -> Option<Value> {
        let Modified { seconds, nanos } = modified.filter(|_| self.is_new())?;
        let time = Time::now(seconds, nanos, 0, self.zone);
        Some(Value::Str(Str::from(time.format(RFC3339_NANO))))
    }

    fn hook(&self, hook: &Hook) -> Value {
        // A hook that no cluster ran.
        let run: &[&'static str] = match self.is_new() {
            true => &["phase"],
            false => &["started_at", "completed_at", "phase"],
        };
        let last_run = run.iter().map(|name| (*name, Value::Str(Str::EMPTY))).collect();
        let log_policies = match self.profile.has(Rule::HookLogPolicies) {
            true => &hook.output_log_policies[..],
            false => &[],
        };
        let fields = [
            ("name", text(&hook.name)),
            ("kind", text(&hook.kind)),
            ("path", text(&hook.path)),
            ("manifest", text(&hook.manifest)),
            ("events", list(&hook.events, |e| (*e).into())),
            ("last_run", structure("release.HookExecution", last_run)),
            ("weight", Value::int(hook.weight)),
            ("delete_policies", list(&hook.delete_policies, text)),
            ("output_log_policies", list(log_policies, text)),
        ];
        structure("release.Hook", without_empty(fields, &["last_run"]))
    }
}

/// Returns Helm's own time type: nothing for the zero time.
fn time(t: &Time) -> Value {
    let text = if t.is_zero() { Vec::new() } else { t.format(RFC3339_NANO) };
    Value::Str(Str::from(text))
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
