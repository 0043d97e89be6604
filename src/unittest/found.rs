//! Finds the suites of a chart and of those that it holds.

use std::path::Path;

use bstr::BString;
use gostd::os::{io_reason, path_of};
use gostd::value::{Frozen, Map, Str, Value};
use gostd::{path, unicode};
use goyaml::{Stream, Typed};

use super::job::Kubernetes;
use super::manifest;
use super::results::SuiteResult;
use super::runner::{Log, Options};
use super::select::text;
use super::suite::{self, Source, Suite};
use super::{advice, files, objects};
use crate::chart::{Chart, load_as};
use crate::profile::Profile;
use crate::render::{self, Capabilities};
use crate::report::Warning;
use crate::values::to_render_values;

/// What is told while suites are looked for.
pub(super) enum Trouble {
    /// A suite that cannot be read.
    Suite(SuiteResult),
    /// Something that is passed over.
    Passed(BString),
    /// What Helm's library logs.
    Logged(Warning),
    /// What is wrong with a file of suites: its path, line, column, and what to do.
    Advice(String),
    /// What a suite says without effect: the same.
    Hint(String),
}

/// The suites of a chart.
pub(super) struct Found {
    pub(super) suites: Result<Vec<Suite>, BString>,
    pub(super) troubles: Vec<Trouble>,
}

impl Found {
    pub(super) fn new(options: &Options<'_>, profile: Profile, chart: &Chart, path: &str) -> Found {
        let mut search = Search { options, profile, troubles: Vec::new() };
        let route = chart.name().to_string_lossy().into_owned();
        let suites = search.below(chart, path, &route, None);
        Found { suites, troubles: search.troubles }
    }
}

struct Search<'s, 'o> {
    options: &'s Options<'o>,
    profile: Profile,
    troubles: Vec<Trouble>,
}

impl Search<'_, '_> {
    /// Finds the suites of a chart and of those that it holds; `values` settle which of these count.
    fn below(
        &mut self,
        chart: &Chart,
        path: &str,
        route: &str,
        values: Option<&Map>,
    ) -> Result<Vec<Suite>, BString> {
        let mut suites = self.of_chart(path, route)?;
        // Files of values that cannot be read are told of, also where there is no chart within.
        let is_alone = chart.dependencies.is_empty() && self.options.values_files.is_empty();
        if !self.options.with_subcharts || is_alone {
            return Ok(suites);
        }
        let own = match values {
            Some(values) => Some(values.clone()),
            None => match self.logged(|search, log| search.merged(chart, path, log)) {
                Ok(values) => Some(values),
                Err(why) => {
                    self.passed(format!("Failed to merge values for condition evaluation: {why}. All subchart tests will be included."));
                    None
                }
            },
        };
        for inner in &chart.dependencies {
            if own.as_ref().is_some_and(|values| !takes_part(chart, inner, values)) {
                continue;
            }
            let name = inner.name().to_string_lossy().into_owned();
            let join = |base: &str| text(path::join([base.as_bytes(), b"charts", name.as_bytes()]));
            match self.below(inner, &join(path), &join(route), own.as_ref()) {
                Ok(more) => suites.extend(more),
                Err(why) => {
                    self.passed(format!("Failed to get test suites for subchart {name}: {why}"));
                }
            }
        }
        Ok(suites)
    }

    fn passed(&mut self, why: String) {
        self.troubles.push(Trouble::Passed(why.into()));
    }

    /// Runs something that Helm's library would log warnings of.
    fn logged<T>(&mut self, run: impl FnOnce(&mut Self, &Log) -> T) -> T {
        let log = Log::default();
        let result = run(self, &log);
        self.troubles.extend(log.take().into_iter().map(Trouble::Logged));
        result
    }

    /// Finds the suites of a chart.
    fn of_chart(&mut self, path: &str, route: &str) -> Result<Vec<Suite>, BString> {
        let options = self.options;
        let folder = &options.folder;
        let files = files::find(folder, path, options.test_files)?;
        let values = files::find(folder, "", options.values_files)?;
        let values: Vec<String> = values.iter().map(|file| absolute(folder, file)).collect();
        let mut rendered = Vec::new();
        if !options.chart_tests_path.is_empty() {
            let dir = text(path::join([path.as_bytes(), options.chart_tests_path.as_bytes()]));
            if folder.join(path_of(&dir)).exists() {
                rendered = self.logged(|search, log| search.rendered(&dir, route, &values, log))?;
            }
        }
        let mut suites = Vec::new();
        for file in files {
            match self.in_file(&file, route, &values) {
                Ok(more) => suites.extend(more),
                Err(why) => {
                    self.troubles.push(Trouble::Suite(SuiteResult {
                        file_path: file.into(),
                        exec_error: Some(why.clone()),
                        ..SuiteResult::default()
                    }));
                    return Err(why);
                }
            }
        }
        suites.extend(rendered);
        Ok(suites)
    }

    /// Reads the suites of a file.
    fn in_file(
        &mut self,
        file: &str,
        route: &str,
        values: &[String],
    ) -> Result<Vec<Suite>, BString> {
        let folder = &self.options.folder;
        let content = files::read_regular(folder, file)?;
        let shown = relative(folder, file);
        let source =
            Source { file: &shown, route, strict: self.options.strict, values, is_rendered: false };
        let before = |start: usize| content[..start].iter().filter(|b| **b == b'\n').count();
        let mut suites = Vec::new();
        for (start, part) in manifest::parts(&content) {
            if unicode::trim_space(part).is_empty() {
                continue;
            }
            match suite::read(part, source) {
                Ok(suite) => {
                    if suite.as_ref().is_some_and(Suite::has_unknown) {
                        let all = advice::of_unknown(part, before(start)).into_iter();
                        self.troubles.extend(all.map(|it| Trouble::Hint(format!("{shown}:{it}"))));
                    }
                    suites.extend(suite.map(|mut suite| {
                        let text = objects::Text { text: part, before: before(start) };
                        objects::settle(
                            &mut suite,
                            Some(text),
                            self.options.objects.as_ref(),
                            folder,
                        );
                        suite
                    }));
                }
                Err(why) => {
                    let all = advice::of(part, before(start), &why).into_iter();
                    self.troubles.extend(all.map(|it| Trouble::Advice(format!("{shown}:{it}"))));
                    return Err(why.into());
                }
            }
        }
        Ok(suites)
    }

    /// Renders a chart of suites. The reference goes through the files in random order; here it is that of the alphabet.
    fn rendered(
        &mut self,
        dir: &str,
        route: &str,
        values: &[String],
        log: &Log,
    ) -> Result<Vec<Suite>, BString> {
        let options = self.options;
        let folder = &options.folder;
        let chartfile = text(path::join([dir.as_bytes(), b"Chart.yaml"]));
        std::fs::metadata(folder.join(path_of(&chartfile)))
            .map_err(|e| BString::from(format!("stat {chartfile}: {}", io_reason(&e))))?;
        let chart = load_as(&folder.join(path_of(dir)), self.profile, log)
            .map_err(|e| BString::from(e.to_string()))?;
        let files = self.render(&chart, log)?;
        let (mut suites, mut errors) = (Vec::new(), Vec::new());
        for (name, content) in files {
            let empty = format!("test suite template ({name}) file did not render a manifest");
            if unicode::trim_space(content.as_bytes()).is_empty() {
                errors.push(empty);
                continue;
            }
            let within = name.replacen(&*chart.name().to_string_lossy(), "", 1);
            let file = text(path::join([dir.as_bytes(), within.as_bytes()]));
            let shown = relative(folder, &file);
            let strict = self.options.strict;
            let source = Source { file: &shown, route, strict, values, is_rendered: true };
            let before = suites.len();
            let (mut wrong, mut count) = (Vec::new(), 0);
            for (index, (start, part)) in
                manifest::parts(content.as_bytes()).into_iter().enumerate()
            {
                if unicode::trim_space(part).is_empty() {
                    continue;
                }
                let id = count;
                count += 1;
                match suite::read(part, source) {
                    Ok(None) => {}
                    Ok(Some(mut suite)) => {
                        if suite.snapshot_id.is_empty() {
                            suite.snapshot_id = id.to_string();
                        }
                        objects::settle(&mut suite, None, self.options.objects.as_ref(), folder);
                        suites.push(suite);
                    }
                    Err(why) => {
                        let lines = content.as_bytes()[..start].iter().filter(|b| **b == b'\n');
                        let all = advice::of(part, lines.count(), &why).into_iter();
                        let told = all.map(|it| format!("{shown}: rendered, at {it}"));
                        self.troubles.extend(told.map(Trouble::Advice));
                        wrong.push(format!("chart {index} error: {why}"));
                    }
                }
            }
            if !wrong.is_empty() {
                errors.push(format!("test suite template ({name}) error: {}", wrong.join("\n")));
            }
            if suites.len() == before {
                errors.push(empty);
            }
        }
        match errors.is_empty() {
            true => Ok(suites),
            false => Err(errors.join("\n").into()),
        }
    }

    fn render(&self, chart: &Chart, log: &Log) -> Result<Vec<(String, String)>, BString> {
        let release = Map::new();
        release.insert("Name", "TEST-SUITE-RELEASE".into());
        release.insert("Namespace", "NAMESPACE".into());
        release.insert("IsUpgrade", Value::Bool(false));
        release.insert("IsInstall", Value::Bool(false));
        release.insert("Revision", Value::int(1));
        release.insert("Service", "Helm".into());
        let known: Vec<Str> =
            self.profile.api_versions().into_iter().map(Str::from_static).collect();
        let Kubernetes { major, minor } = Kubernetes::default();
        let version = [Str::from(major), Str::from(minor)];
        let capabilities = Capabilities::of_library(version, Some(&known), self.profile);
        let top = to_render_values(
            chart,
            &Map::new(),
            release,
            Value::Object(std::rc::Rc::new(capabilities)),
            Some(&*(self.options.schemas)()),
            self.profile,
            log,
        )
        .map_err(|e| BString::from(e.to_string()))?;
        let options = render::Options {
            sees_cluster: false,
            cluster: None,
            dns: false,
            lenient: None,
            clock: self.options.clock,
            parsed: None,
            profile: self.profile,
            limits: self.options.limits,
            records: false,
            only: None,
            counts: None,
        };
        let rendering =
            render::render(chart, &top, &options).map_err(|e| BString::from(e.text()))?;
        let files = rendering.files.into_iter();
        let lossy = |text: &Str| text.to_string_lossy().into_owned();
        Ok(files.map(|file| (lossy(&file.name), lossy(&file.text))).collect())
    }

    /// Returns a chart's values with those of the command line, to settle which charts take part.
    fn merged(&self, chart: &Chart, path: &str, log: &Log) -> Result<Map, String> {
        if self.options.values_files.is_empty() {
            return Ok(chart.values.clone());
        }
        let base = Frozen::of_map(&chart.values).thaw_map();
        for file in self.options.values_files {
            let from = match file.starts_with('/') {
                true => file.clone(),
                false => text(path::join([path.as_bytes(), file.as_bytes()])),
            };
            let content = files::read(&self.options.folder, &from)
                .map_err(|why| format!("failed to read values file {file}: {why}"))?;
            let parse = || {
                let stream = Stream::read_first(&content)?;
                let mut typed = Typed::default();
                let root = stream.roots().next();
                let map = root.and_then(|at| typed.any_map(at, "map[string]interface {}"));
                typed.finish().map(|()| map.unwrap_or_default())
            };
            let values = parse().map_err(|e| format!("failed to parse values file {file}: {e}"))?;
            super::values::merge(&base, &values, log);
        }
        Ok(base)
    }
}

/// Returns whether a chart's suites are to be run, by the condition or the tags of the entry that names it.
fn takes_part(chart: &Chart, inner: &Chart, values: &Map) -> bool {
    let named = |need: &&crate::chart::Dependency| {
        let name = if need.alias.is_empty() { &need.name } else { &need.alias };
        name == inner.name()
    };
    let Some(need) = chart.metadata.dependencies.iter().flatten().find(named) else {
        return true;
    };
    if !need.condition.is_empty() {
        let mut at = Value::Map(values.clone());
        for key in need.condition.split(|b| *b == b'.') {
            let Some(next) = at.as_map().and_then(|map| map.get(key)) else { return true };
            at = next;
        }
        return !matches!(at, Value::Bool(false));
    }
    let tags = need.tags.iter().flatten();
    let Some(Value::Map(given)) =
        values.get(b"tags").filter(|_| need.tags.iter().flatten().next().is_some())
    else {
        return true;
    };
    tags.into_iter().any(|tag| matches!(given.get(tag), Some(Value::Bool(true))))
}

fn absolute(folder: &Path, file: &str) -> String {
    match file.starts_with('/') {
        true => file.to_owned(),
        false => {
            let folder = gostd::os::path_text(folder);
            text(path::join([folder.as_bytes(), file.as_bytes()]))
        }
    }
}

/// Reproduces `filepath.Rel` from the folder in which the program runs.
fn relative(folder: &Path, file: &str) -> String {
    let base = path::clean(gostd::os::path_text(folder).as_bytes());
    let file = path::clean(absolute(folder, file).as_bytes());
    let parts = |path: &[u8]| -> Vec<Vec<u8>> {
        path.split(|b| *b == b'/').filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect()
    };
    let (base, file) = (parts(&base), parts(&file));
    let common = base.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(b"..".to_vec(), base.len() - common);
    let all: Vec<Vec<u8>> = up.chain(file[common..].iter().cloned()).collect();
    match all.is_empty() {
        true => ".".into(),
        false => text(all.join(&b'/')),
    }
}
