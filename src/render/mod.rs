//! Renders a chart: the context, `include`, `tpl`, `required`, and which templates run in which
//! order.

mod blocks;
mod capabilities;
mod context;
mod discovery;
mod error;
mod files;
mod functions;
mod meter;

use std::cell::LazyCell;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use bstr::ByteSlice;

use crate::chart::Chart;
use crate::clock::Clock;
use crate::profile::{Profile, Rule};
use crate::report::Reporter;
use context::Renderable;
use gostd::value::{Map, Str, Value};
use gostd::{path, unicode};
use gotemplate::coverage::{self, Counts};
use gotemplate::func::{Cluster, Lookup};
use gotemplate::trace::{Key, Origins, Trace};
use gotemplate::{Cache, Environment, Exec, Off, Record, Templates};

pub use capabilities::{Capabilities, KubeVersion};
pub(crate) use discovery::lists;
pub use discovery::{Kind, kind};
pub use error::{Generic, KubeVersionError, RenderError, TemplateError};
pub use functions::all_functions;
pub(crate) use functions::object_list;
pub use gotemplate::{Exceeded, Limits, Timer};
pub use meter::Process;

/// A template of a chart, and what it is rendered with.
pub(crate) struct Source {
    /// The name in error messages.
    pub(crate) name: Str,
    pub(crate) text: Arc<[u8]>,
    /// What the template sees as `.`.
    pub(crate) context: Map,
    /// The names of the charts that lead to the template's, but for the first.
    pub(crate) charts: Rc<[Str]>,
}

/// Lists the templates of a chart and its subcharts, for `top` as [`render`] takes it.
pub(crate) fn sources(chart: &Chart, top: &Map, profile: Profile) -> Vec<Source> {
    let mut all = Vec::new();
    context::collect(chart, top, profile, &Rc::from([]), &mut all);
    let source = |t: context::Renderable| Source {
        name: t.name,
        text: t.text,
        context: t.context,
        charts: t.charts,
    };
    all.into_iter().map(source).collect()
}

/// Lists the pipelines of a template with what they name, as a Helm release parses it.
///
/// # Errors
/// A template that does not parse.
pub(crate) fn pipelines<'t>(
    name: &[u8],
    text: &'t [u8],
    profile: Profile,
) -> Result<Vec<gotemplate::Pipeline<'t>>, gotemplate::ParseError> {
    let functions = |name: &[u8]| functions::lookup(name, profile);
    gotemplate::pipelines(name, text, &functions, profile.go())
}

/// Lists what a template mentions of its data, as a Helm release parses it.
///
/// # Errors
/// A template that does not parse.
pub(crate) fn mentions<'t>(
    name: &[u8],
    text: &'t [u8],
    profile: Profile,
) -> Result<Vec<gotemplate::Mention<'t>>, gotemplate::ParseError> {
    let functions = |name: &[u8]| functions::lookup(name, profile);
    gotemplate::mentions(name, text, &functions, profile.go())
}

/// Lists what can run of a template, as a Helm release parses it.
///
/// # Errors
/// A template that does not parse.
pub(crate) fn outline(
    name: &[u8],
    text: &[u8],
    profile: Profile,
) -> Result<coverage::Outline, gotemplate::ParseError> {
    let functions = |name: &[u8]| functions::lookup(name, profile);
    coverage::outline(name, text, &functions, profile.go())
}

/// What a render depends on besides the chart and its values.
pub struct Options<'o> {
    /// Whether `lookup` sees an empty cluster (`--dry-run=server`); else it finds nothing at all. Renders that
    /// share [`Options::parsed`] agree in this.
    pub sees_cluster: bool,
    /// Whether `getHostByName` may ask the network (`--enable-dns`).
    pub dns: bool,
    /// Helm's lint mode: `required` and `fail` give an empty text and say so here.
    pub lenient: Option<&'o dyn Reporter>,
    /// Answers `lookup` in the place of a cluster, the empty one, too.
    pub cluster: Option<&'o Cluster<'o>>,
    /// The time, and the zone of the machine.
    pub clock: &'o Clock,
    /// Parsed templates of earlier renders, to be used and added to.
    pub parsed: Option<&'o Cache>,
    /// The Helm release that is reproduced.
    pub profile: Profile,
    /// How much the templates may take.
    pub limits: Limits,
    /// Whether it is recorded where each byte came from.
    pub records: bool,
    /// The files that are rendered, by their names; the others stay empty. Nothing: all of them.
    pub only: Option<&'o HashSet<Str>>,
    /// Takes counts of what ran, of a render that fails up to there; origins are not recorded then.
    pub counts: Option<&'o Mutex<Counts>>,
}

/// A file's rendered text.
#[derive(Debug)]
pub struct Rendered {
    /// The chart's path and the file's, e.g. `app/charts/db/templates/service.yaml`.
    pub name: Str,
    /// The text, partials and empty ones included, `<no value>` removed.
    pub text: Str,
}

/// A rendered chart.
#[derive(Debug)]
pub struct Rendering {
    /// The files, sorted by name.
    pub files: Vec<Rendered>,
    /// What was parsed. Freeing it takes longer than a small chart's whole render: a program that
    /// is about to exit keeps it until then.
    pub parsed: Parsed,
    /// Where each byte came from, if that was recorded.
    pub recording: Option<Recording>,
}

/// Where the bytes of rendered files came from.
#[derive(Debug)]
pub struct Recording {
    /// What the numbers in the origins refer to.
    pub trace: Trace,
    /// Of each file, in the order of [`Rendering::files`].
    pub files: Vec<Origins>,
}

/// The parsed templates of a render, and the texts they refer to.
#[derive(Debug)]
pub struct Parsed {
    _templates: Templates,
}

/// Renders every template of a chart and its subcharts that is not a partial, sorted by name.
///
/// `top` holds `Release`, `Capabilities`, `Values` and `Chart`, as the module `values` makes it. The
/// order of execution is Helm's: deepest path first, from the end of the alphabet.
///
/// # Errors
/// A file that could be opened and not be read; the first template that does not parse, or that fails
/// while it runs.
pub fn render(chart: &Chart, top: &Map, options: &Options<'_>) -> Result<Rendering, RenderError> {
    let rendering = options.profile.go().scope(|| {
        if let Some(counts) = options.counts {
            let (executed, own) = execute(chart, top, options, Counts::default(), |_, _| {});
            counts.lock().unwrap_or_else(PoisonError::into_inner).add(&own);
            let (mut files, parsed) = executed?;
            files.sort_by(|a, b| a.name.cmp(&b.name));
            return Ok(Rendering { files, parsed, recording: None });
        }
        if !options.records {
            let (mut files, parsed) = execute(chart, top, options, Off, |_, _| {}).0?;
            files.sort_by(|a, b| a.name.cmp(&b.name));
            return Ok(Rendering { files, parsed, recording: None });
        }
        let values = top.get(b"Values").unwrap_or_default();
        let mut origins = Vec::new();
        let (executed, trace) =
            execute(chart, top, options, Trace::new(), |trace, step| match step {
                Step::Begins(t) => {
                    root(trace, t);
                    trace.depends_on(&taking_part(chart, &t.charts, &values));
                }
                Step::Ended => origins.push(trace.take()),
            });
        let (files, parsed) = executed?;
        let mut both: Vec<_> = files.into_iter().zip(origins).collect();
        both.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let (files, origins) = both.into_iter().unzip();
        Ok(Rendering { files, parsed, recording: Some(Recording { trace, files: origins }) })
    });
    // Whatever came of it: a template has seen an empty file then.
    chart.check_read().map_err(RenderError::Chart)?;
    rendering
}

/// Tells a recorder what the context of a template is.
fn root(trace: &mut Trace, t: &Renderable) {
    let place = |name: &str| Key::Name(Str::from(name));
    let within: Vec<Key> = t.charts.iter().map(|name| Key::Name(name.clone())).collect();
    for (name, value) in t.context.entries() {
        // What a subchart sees as its values is a part of the whole.
        let path = match &*name {
            b"Values" => [&[place("Values")][..], &within].concat(),
            b"Release" | b"Capabilities" => vec![Key::Name(name)],
            _ if within.is_empty() => vec![Key::Name(name)],
            _ => [&[place("Subcharts")][..], &within, &[Key::Name(name)]].concat(),
        };
        trace.root(&value, &path);
    }
    let own =
        if within.is_empty() { Vec::new() } else { [&[place("Subcharts")][..], &within].concat() };
    trace.root(&Value::Map(t.context.clone()), &own);
}

/// Returns the values by which it was settled that a subchart takes part: conditions and tags of its own and of
/// those that hold it.
pub(crate) fn taking_part(chart: &Chart, charts: &[Str], values: &Value) -> Vec<Vec<Key>> {
    let name = |text: &[u8]| Key::Name(Str::from(text));
    let entry = |path: &[Key]| {
        let mut steps = path.iter().skip(1);
        steps.try_fold(values.clone(), |at, key| match key {
            Key::Name(name) => at.as_map()?.get(name),
            Key::Index(_) => None,
        })
    };
    let mut found = Vec::new();
    let mut at = chart;
    let mut within = vec![Key::Name(Str::from_static("Values"))];
    for inner in charts {
        if let Some(need) =
            at.metadata.dependencies.iter().flatten().find(|need| need.name == *inner)
        {
            let conditions = unicode::trim_space(&need.condition).split_str(",");
            let mut is_settled = false;
            for condition in conditions.filter(|text| !text.is_empty()) {
                let path: Vec<Key> =
                    within.iter().cloned().chain(condition.split_str(".").map(name)).collect();
                is_settled = matches!(entry(&path), Some(Value::Bool(_)));
                found.push(path);
                if is_settled {
                    break;
                }
            }
            if !is_settled {
                let tags = need.tags.iter().flatten();
                found.extend(tags.map(|tag| vec![name(b"Values"), name(b"tags"), name(tag)]));
            }
        }
        within.push(Key::Name(inner.clone()));
        let Some(next) = at.dependencies.iter().find(|chart| chart.name() == inner) else { break };
        at = next;
    }
    found
}

/// What a render tells of.
enum Step<'r> {
    /// A file is about to be executed.
    Begins(&'r Renderable),
    /// It was executed.
    Ended,
}

fn execute<R: Record>(
    chart: &Chart,
    top: &Map,
    options: &Options<'_>,
    record: R,
    tell: impl FnMut(&mut R, Step<'_>),
) -> (Result<(Vec<Rendered>, Parsed), RenderError>, R) {
    let mut all = Vec::new();
    context::collect(chart, top, options.profile, &Rc::from([]), &mut all);
    all.sort_by_cached_key(|t| Reverse((t.name.find_iter(b"/").count(), t.name.clone())));
    // Of two files with one name the last one read stays, as in Helm's map.
    all.dedup_by(|later, earlier| {
        let same = later.name == earlier.name;
        if same {
            std::mem::swap(later, earlier);
        }
        same
    });
    let notice = options
        .lenient
        .map(|reporter| move |why, message: &[u8]| reporter.warn(functions::warning(why, message)));
    let now = || options.clock.now();
    let zone = LazyCell::new(|| options.clock.local_zone());
    let local_zone = || LazyCell::force(&zone).clone();
    let functions: Lookup<'_> = match functions::has_later(options.profile) {
        _ if options.sees_cluster && options.cluster.is_none() => {
            &|name| functions::in_empty_cluster(name, options.profile)
        }
        true => &|name| functions::lookup(name, options.profile),
        false => &functions::find,
    };
    let env = Environment {
        functions,
        now: &now,
        local_zone: &local_zone,
        dns: options.dns,
        go: options.profile.go(),
        lenient: notice.as_ref().map(|notice| notice as _),
        cluster: options.cluster,
        values_method: context::values_method,
        limits: options.limits,
        meter: &Process,
    };
    let templates = Templates::new();
    let files: Vec<_> = all.iter().map(|t| (&t.name, &t.text)).collect();
    let parsed = match options.parsed {
        None => templates.parse(&files, &env),
        Some(cache) => templates.parse_cached(&files, &env, cache),
    };
    if let Err(error) = parsed {
        return (Err(RenderError::Parse(error)), record);
    }
    let mut exec = Exec::recording(&templates, &env, record);
    let rendered = execute_all(&all, options, &mut exec, tell);
    let record = exec.into_record();
    (rendered.map(|files| (files, Parsed { _templates: templates })), record)
}

fn execute_all<R: Record>(
    all: &[Renderable],
    options: &Options<'_>,
    exec: &mut Exec<'_, R>,
    mut tell: impl FnMut(&mut R, Step<'_>),
) -> Result<Vec<Rendered>, RenderError> {
    let mut rendered = Vec::with_capacity(all.len());
    for t in all {
        if path::base(&t.name).starts_with(b"_") {
            continue;
        }
        if options.only.is_some_and(|only| !only.contains(&t.name)) {
            tell(exec.record(), Step::Ended);
            rendered.push(Rendered { name: t.name.clone(), text: Str::default() });
            continue;
        }
        let about = Map::with_type(options.profile.values_type());
        about.insert("Name", Value::Str(t.name.clone()));
        about.insert("BasePath", Value::Str(t.base_path.clone()));
        t.context.insert("Template", Value::Map(about));
        let dot = Value::Map(t.context.retyped(options.profile.values_type()));
        tell(exec.record(), Step::Begins(t));
        sprig::begin_file(&t.name);
        let text = match exec.execute(&t.name, &dot) {
            Ok(text) => text,
            Err(error) => {
                let as_blocks = options.profile.has(Rule::ErrorBlocks);
                let failed = RenderError::Exec { error, as_blocks };
                return Err(exec.panicked().map_or(failed, RenderError::Panic));
            }
        };
        let text = exec.without_no_value(text);
        tell(exec.record(), Step::Ended);
        rendered.push(Rendered { name: t.name.clone(), text });
    }
    Ok(rendered)
}

/// Executes `--name-template`: sprig's functions and Go's, no data.
///
/// # Errors
/// A template that does not parse or fails.
pub fn name(template: &[u8], options: &Options<'_>) -> Result<Vec<u8>, TemplateError> {
    let mut out = Vec::new();
    let functions = |name: &[u8]| functions::sprig(name, options.profile);
    run("name-template", template, &Value::Nil, &functions, options, &mut out)?;
    Ok(out)
}

/// Renders a template with nothing but Go's own functions on data, to the end of `out`.
///
/// # Errors
/// A template that does not parse or fails; `out` holds what was written before it.
pub fn text(
    name: &'static str,
    template: &[u8],
    data: &Value,
    options: &Options<'_>,
    out: &mut Vec<u8>,
) -> Result<(), TemplateError> {
    run(name, template, data, &|_| None, options, out)
}

fn run(
    name: &'static str,
    template: &[u8],
    data: &Value,
    functions: Lookup<'_>,
    options: &Options<'_>,
    out: &mut Vec<u8>,
) -> Result<(), TemplateError> {
    let now = || options.clock.now();
    let zone = LazyCell::new(|| options.clock.local_zone());
    let local_zone = || LazyCell::force(&zone).clone();
    let env = Environment {
        functions,
        now: &now,
        local_zone: &local_zone,
        dns: true,
        go: options.profile.go(),
        lenient: None,
        cluster: None,
        values_method: context::values_method,
        limits: options.limits,
        meter: &Process,
    };
    let name = Str::from_static(name);
    let templates = Templates::new();
    templates.parse(&[(&name, &template.into())], &env).map_err(TemplateError::Parse)?;
    let done = Exec::new(&templates, &env).execute_into(&name, data, out);
    done.map_err(TemplateError::Exec)
}
