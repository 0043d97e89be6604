//! Renders charts in each scenario, and tells where in the templates what is found comes from.

use std::path::Path;

use bstr::ByteSlice;
use gostd::value::Str;
use statefulchart::action::{self, Failed, Rendered, Template};
use statefulchart::annotate::Places;
use statefulchart::chart::Chart;
use statefulchart::kubernetes::Version;
use statefulchart::profile::Rule;
use statefulchart::provenance::{Provenance, SourceMap};
use statefulchart::render::KubeVersion;
use statefulchart::validate::Definitions;
use statefulchart::values::origins::Origins;

use super::{Found, add, finding};
use crate::cli::examined::release_name;
use crate::cli::findings::{self, Finding};
use crate::cli::flags::Given;
use crate::cli::net::Schemas;
use crate::cli::reporter::Terminal;
use crate::cli::values_where::Shown;
use crate::cli::{Failure, annotate, compat, globs, profile, render, values};

/// How the rendered text is called where no file holds it.
const RENDERED: &str = "(rendered)";

struct Rendering<'r> {
    given: &'r Given,
    reference: &'r str,
    chart: &'r Chart,
    definitions: &'r Definitions,
}

/// Checks a chart in each scenario.
///
/// # Errors
/// A chart that cannot be read or does not render.
pub(super) fn check(
    given: &Given,
    reference: &str,
    path: &Path,
    versions: &[Version],
    definitions: &Definitions,
) -> Result<Vec<Finding>, Failure> {
    let chart = action::open(path, profile::current(), &Terminal::of(given))?;
    action::check_dependencies(&chart)?;
    let rendering = Rendering { given, reference, chart: &chart, definitions };
    let mut all = Vec::new();
    let scenarios = globs::scenarios(given, path)?;
    for (name, own) in &scenarios {
        let origins = values::origins(own, &chart)?;
        let named = |failure: Failure| match scenarios.len() {
            1 => failure,
            _ => {
                let text = failure.text(false);
                Failure::from(format!("with {name}: {}", text.to_str_lossy()))
            }
        };
        let made = rendering.in_versions(&origins, own, versions).map_err(named)?;
        for (text, of_text, version) in made {
            let found = rendering.located(&origins, own, of_text, &text, version, versions)?;
            all.extend(found.into_iter().map(|finding| (name, finding)));
        }
    }
    Ok(joined(all, scenarios.len()))
}

/// Joins what was found in several scenarios.
fn joined(all: Vec<(&String, Finding)>, count: usize) -> Vec<Finding> {
    let mut once: Vec<(Vec<&String>, Finding)> = Vec::new();
    for (name, finding) in all {
        let same = |own: &Finding| {
            own.code == finding.code
                && own.message == finding.message
                && own.file == finding.file
                && own.line == finding.line
        };
        match once.iter_mut().find(|(_, own)| same(own)) {
            Some((names, _)) if names.contains(&name) => {}
            Some((names, _)) => names.push(name),
            None => once.push((vec![name], finding)),
        }
    }
    let words = |(names, mut finding): (Vec<&String>, Finding)| {
        if names.len() < count {
            let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
            finding.message.push_str(&format!(" (with {})", names.join(", ")));
        }
        finding
    };
    let mut all: Vec<Finding> = once.into_iter().map(words).collect();
    all.sort_by(|a, b| {
        (&a.file, a.line, a.column, &a.code).cmp(&(&b.file, b.line, b.column, &b.code))
    });
    all
}

impl Rendering<'_> {
    fn template(&self, own: &Given, version: Version) -> Result<Template, Failure> {
        let profile = profile::current();
        let kube = KubeVersion::parse(&format!("{version}.0"), profile)
            .map_err(|e| Failure::from(e.to_string()))?;
        let dry_run = if profile.has(Rule::FlagsOfHelm4) { "client" } else { "" };
        let release = render::release_options(own, release_name(own), dry_run, Some(kube))?;
        Ok(Template {
            release,
            include_crds: true,
            no_hooks: own.no_hooks,
            skip_tests: own.skip_tests,
            ..Template::default()
        })
    }

    fn run(
        &self,
        template: &Template,
        origins: &Origins,
    ) -> Result<(Rendered, Option<Provenance>), Failure> {
        let (schemas, terminal) = (Schemas::of(self.given), Terminal::of(self.given));
        match template.run_keeping(self.chart.clone(), origins.user(), &schemas, &terminal) {
            Err(Failed { error, .. }) => {
                Err(Failure::from(compat::shown(&error, profile::current())))
            }
            Ok((rendered, kept)) => Ok((rendered, kept.provenance())),
        }
    }

    /// Renders for each version; of equal renders what is found is one, beside the text and a version that has it.
    fn in_versions(
        &self,
        origins: &Origins,
        own: &Given,
        versions: &[Version],
    ) -> Result<Vec<(Str, Found, Version)>, Failure> {
        let mut all: Vec<(Str, Found, Version)> = Vec::new();
        let mut failed = None;
        for version in versions {
            let text = match self.run(&self.template(own, *version)?, origins) {
                Ok((rendered, _)) => Str::from(rendered.output().concat()),
                // A chart may refuse some versions.
                Err(failure) => {
                    failed.get_or_insert(failure);
                    continue;
                }
            };
            let at = all.iter().position(|(own, ..)| *own == text).unwrap_or(all.len());
            if at == all.len() {
                all.push((text.clone(), Found::new(), *version));
            }
            if let Some((_, found, _)) = all.get_mut(at) {
                add(found, &text, *version, self.definitions);
            }
        }
        match (failed, all.is_empty()) {
            (Some(failure), true) => Err(failure),
            _ => Ok(all),
        }
    }

    /// Tells the template lines and the values of what was found.
    fn located(
        &self,
        origins: &Origins,
        own: &Given,
        found: Found,
        text: &Str,
        version: Version,
        versions: &[Version],
    ) -> Result<Vec<Finding>, Failure> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut template = self.template(own, version)?;
        template.release.records = true;
        let (rendered, provenance) = self.run(&template, origins)?;
        let Some(provenance) = provenance else { return Err("nothing was recorded".into()) };
        let shown = Shown { reference: self.reference.trim_end_matches('/'), chart: self.chart };
        let map = annotate::map(&rendered, &provenance, self.reference, Some((origins, &shown)));
        let map: SourceMap =
            serde_json::from_slice(&map).map_err(|e| Failure::from(e.to_string()))?;
        let mut places = Places::new(&map, &[RENDERED.to_owned()]);
        let source = |line: usize| {
            let before =
                text.lines().take(line).filter_map(|line| line.strip_prefix(b"# Source: ")).last();
            before.map(|name| name.to_str_lossy().into_owned())
        };
        let one =
            |((line, column, code, message), (level, help, seen)): (_, (_, _, Vec<Version>))| {
                let mut finding = finding(code, level, message, help);
                let origin = places.line(RENDERED, line);
                let values =
                    origin.as_ref().map_or(String::new(), statefulchart::annotate::Origin::words);
                let words = [
                    super::versions_words(&seen, versions),
                    (!values.is_empty()).then_some(values),
                ];
                for words in words.into_iter().flatten() {
                    finding.message.push_str(&format!(" ({words})"));
                }
                match origin {
                    Some(origin) => {
                        finding.values = annotate::values_of(&origin);
                        finding.rendered =
                            Some(findings::Rendered { file: RENDERED.to_owned(), line });
                        finding.file = Some(origin.file);
                        finding.line = Some(origin.line);
                        finding.column = origin.column;
                    }
                    // A file of crds/ is no template.
                    None => {
                        finding.file =
                            Some(source(line).unwrap_or_else(|| self.reference.to_owned()));
                        finding.line = Some(line);
                        finding.column = Some(column);
                    }
                }
                finding
            };
        Ok(found.into_iter().map(one).collect())
    }
}
