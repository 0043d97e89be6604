//! Checks whether the templates render, and to what.

use crate::profile::{Profile, Rule};
use crate::report::Reporter;
use std::rc::Rc;

use bstr::ByteSlice;

use super::object::{self, Object};
use super::place::{Loaded, Place};
use super::refused::Refusals;
use super::{Check, Options, Problem, Report, Severity, deprecated, names};
use crate::render::{self, Capabilities, KubeVersion};
use crate::values::coalesce::coalesce_values;
use crate::values::{prepare, to_render_values};
use gostd::value::{Map, Str, Value};
use gostd::{path, strconv, unicode};

const FOLDER: &str = "templates/";
/// The longest line Go's scanner takes, in bytes.
const MAX_LINE: usize = 64 * 1024;

pub(super) fn check(
    place: &Place,
    loaded: &Loaded,
    user: &Map,
    options: &Options<'_>,
    report: &mut Report,
    reporter: &dyn Reporter,
) {
    let is_new = options.profile.has(Rule::LintOfHelm4);
    let exists = place.exists("templates");
    if is_new && !report.rule(Severity::Warning, FOLDER, found(exists, "directory does not exist"))
    {
        return;
    }
    let is_folder = found(!exists || place.is_directory("templates"), "not a directory");
    let severity = if is_new { Severity::Error } else { Severity::Warning };
    if !report.rule(severity, FOLDER, is_folder) {
        return;
    }
    loaded.told.iter().for_each(|event| reporter.report(event.clone()));
    let mut chart = match &loaded.chart {
        Ok(chart) => chart.clone(),
        Err(why) => {
            report.rule(Severity::Error, FOLDER, Err(Problem::of(why)));
            return;
        }
    };
    if prepare(&mut chart, user, options.profile, reporter).is_err() {
        return;
    }
    // Helm coalesces twice: a null of the user's removes a key the first time, and the chart's default
    // is back the second time.
    let Ok(values) = coalesce_values(&chart, user, options.profile, reporter) else { return };
    let kube_version = options.kube_version.cloned();
    let kube_version = kube_version.unwrap_or_else(|| KubeVersion::assumed(options.profile));
    let capabilities =
        Value::Object(Rc::new(Capabilities::new(kube_version, &[], options.profile)));
    let release = release(options.namespace);
    let schemas = (!options.skip_schema).then_some(options.schemas);
    let top = match to_render_values(
        &chart,
        &values,
        release,
        capabilities,
        schemas,
        options.profile,
        reporter,
    ) {
        Ok(top) => top,
        Err(why) => {
            report.rule(Severity::Error, FOLDER, Err(Problem::of(why)));
            return;
        }
    };
    let surroundings = render::Options {
        sees_cluster: false,
        cluster: None,
        dns: false,
        lenient: Some(reporter),
        clock: options.clock,
        parsed: None,
        profile: options.profile,
        limits: options.limits,
        records: false,
        only: None,
        counts: None,
    };
    let rendering = match render::render(&chart, &top, &surroundings) {
        Ok(rendering) => rendering,
        Err(why) => {
            report.rule(Severity::Error, FOLDER, Err(Problem::of_render(&why)));
            return;
        }
    };
    let refusals = Refusals::new(&chart, &top, &surroundings);
    for file in chart.templates.iter() {
        let name = &file.name;
        report.rule(Severity::Error, name.clone(), extension(name));
        if !is_new {
            report.rule(Severity::Warning, name.clone(), no_crd_hook(file.data.shared()));
            report.rule(Severity::Error, name.clone(), no_release_time(file.data.shared()));
        }
        let is_yaml = match path::ext(name) {
            b".yaml" => true,
            other if is_new => [&b".yaml"[..], b".yml"].contains(&&unicode::to_lower(other)[..]),
            _ => false,
        };
        if !is_yaml {
            continue;
        }
        let full = path::join([chart.name().as_bytes(), name]);
        let found = rendering.files.binary_search_by(|f| f.name[..].cmp(&full[..]));
        let text = found.ok().and_then(|at| rendering.files.get(at)).map(|f| f.text.clone());
        let text = text.unwrap_or_default();
        if unicode::trim_space(&text).is_empty() {
            continue;
        }
        report.rule(Severity::Warning, name.clone(), top_indent(&text));
        refusals.check((name, &full), &text, options, reporter);
        for object in object::objects(&text, options.profile) {
            match object {
                Ok(None) => {}
                Ok(Some(object)) => check_object(name, &object, &text, options, report),
                Err(why) => {
                    let text = format!("unable to parse YAML: {why}");
                    report.rule(Severity::Error, name.clone(), Err(text.into()));
                    // Helm looks at no further template, either.
                    return;
                }
            }
        }
    }
}

fn found(is: bool, otherwise: &'static str) -> Check {
    if is { Ok(()) } else { Err(otherwise.into()) }
}

fn release(namespace: &str) -> Map {
    let release = Map::new();
    release.insert("Name", "test-release".into());
    release.insert("Namespace", namespace.into());
    release.insert("IsUpgrade", Value::Bool(false));
    release.insert("IsInstall", Value::Bool(false));
    release.insert("Revision", Value::int(0));
    release.insert("Service", "Helm".into());
    release
}

fn check_object(
    file: &Str,
    object: &Object,
    text: &[u8],
    options: &Options<'_>,
    report: &mut Report,
) {
    report.rule(Severity::Warning, file.clone(), names::check(&object.kind, &object.name));
    report.rule(Severity::Warning, file.clone(), not_deprecated(object, options));
    report.rule(Severity::Error, file.clone(), has_selector(object, text));
    report.rule(Severity::Error, file.clone(), no_list_policy(object, text, options.profile));
}

fn extension(name: &[u8]) -> Check {
    match path::ext(name) {
        b".yaml" | b".yml" | b".tpl" | b".txt" => Ok(()),
        other => Err(format!(
            "file extension '{}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt",
            other.to_str_lossy()
        )
        .into()),
    }
}

/// Looks for Helm 2's way of bringing CRDs along.
fn no_crd_hook(text: &[u8]) -> Check {
    const KEY: &[u8] = b"helm.sh/hook";
    let space = |b: &u8| matches!(b, b'\t' | b'\n' | 0x0c | b'\r' | b' ');
    let is_hook = |at: usize| {
        let rest = &text[at + KEY.len()..];
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        let Some(rest) = rest.strip_prefix(b":") else { return false };
        let spaces = rest.iter().take_while(|b| space(b)).count();
        spaces > 0 && rest[spaces..].starts_with(b"crd-install")
    };
    if text.find_iter(KEY).any(is_hook) {
        return Err("manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ directory at the top level of the chart".into());
    }
    Ok(())
}

fn no_release_time(text: &[u8]) -> Check {
    if text.contains_str(".Release.Time") {
        return Err(".Release.Time has been removed in v3, please replace with the `now` function in your templates".into());
    }
    Ok(())
}

/// Checks that the first line with content begins at its start.
fn top_indent(text: &[u8]) -> Check {
    for line in text.split(|b| *b == b'\n') {
        if line.len() >= MAX_LINE {
            return Err("bufio.Scanner: token too long".into());
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if unicode::trim_space(line).is_empty() {
            continue;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let quoted = strconv::quote(line);
            return Err(format!(
                "document starts with an illegal indent: {}, which may cause parsing problems",
                quoted.to_str_lossy()
            )
            .into());
        }
        break;
    }
    Ok(())
}

fn not_deprecated(object: &Object, options: &Options<'_>) -> Check {
    let assumed = KubeVersion::of_client(options.profile);
    if !deprecated::is_known(&object.api_version, &object.kind) {
        return Ok(());
    }
    let version = options.kube_version.unwrap_or(&assumed);
    let number = |text: &[u8]| strconv::atoi(text).map_err(Problem::of);
    let warning = deprecated::warning(
        &object.api_version,
        &object.kind,
        number(&version.major)?,
        number(&version.minor)?,
    );
    warning.map_or(Ok(()), |text| Err(text.into()))
}

fn has_selector(object: &Object, text: &[u8]) -> Check {
    if !matches!(&object.kind[..], b"Deployment" | b"ReplicaSet" | b"DaemonSet" | b"StatefulSet")
        || text.contains_str("matchLabels")
        || text.contains_str("matchExpressions")
    {
        return Ok(());
    }
    let quoted = strconv::quote(&object.name);
    Err(format!(
        "a {} must contain matchLabels or matchExpressions, and {} does not",
        object.kind,
        quoted.to_str_lossy()
    )
    .into())
}

fn no_list_policy(object: &Object, text: &[u8], profile: Profile) -> Check {
    if object.kind != "List" {
        return Ok(());
    }
    match object::keeps_items(text, profile) {
        Ok(false) => Ok(()),
        Ok(true) => {
            let is_new = profile.has(Rule::LintOfHelm4);
            let first = if is_new { "annotation" } else { "Annotation" };
            let text = format!("{first} 'helm.sh/resource-policy' within List objects are ignored");
            Err(text.into())
        }
        Err(why) => Err(format!("unable to parse YAML: {why}").into()),
    }
}
