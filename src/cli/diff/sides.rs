//! Finds what a comparison is of: the sides that the arguments name, and the scenarios to render charts with.

use std::rc::Rc;

use gostd::os::path_of;
use gostd::value::Str;
use statefulchart::action::{self, ChartSide, Side, Template};
use statefulchart::chart::Chart;
use statefulchart::diff::read_deployed;
use statefulchart::git::Repository;
use statefulchart::profile::{Profile, Rule};
use statefulchart::render::KubeVersion;
use statefulchart::values::origins::Origins;

use super::dependencies::{Homes, add_missing};
use super::revision::Revision;
use super::scenarios::Scenario;
use super::worktree;
use crate::cli::examined::release_name;
use crate::cli::flags::{Given, quoted};
use crate::cli::input::{Named, Once};
use crate::cli::reporter::Terminal;
use crate::cli::{Failure, input, locate, render, settings, suggest, values};

/// What is on one side, before anything of it is read.
#[derive(Clone)]
pub(super) struct Place {
    /// The chart or the manifests, as they were named.
    pub(super) argument: String,
    /// The revision; nothing for what lies on this machine.
    pub(super) revision: Option<Rc<Revision>>,
    /// The repository out of which nothing on this machine may lead, where the comparison is with a revision: a comment
    /// on a change shows what its author may read, and not what the machine knows.
    pub(super) confined: Option<Repository>,
    /// Whether the chart may be missing: it has come or gone.
    pub(super) may_be_absent: bool,
    /// Whether it is the right side, for which some flags hold alone.
    pub(super) is_right: bool,
}

/// What is on one side, read.
pub(super) enum What {
    /// Manifests that are there already.
    Manifests(Str),
    /// A chart to be rendered, and where the charts lie that it has by `file://`.
    Chart(Box<Chart>, Homes),
    /// Nothing: the chart is not there on this side.
    Nothing,
}

/// A side in a scenario.
pub(super) struct Ready<'s> {
    /// How it is called.
    pub(super) name: String,
    /// The chart as it was named.
    pub(super) reference: String,
    /// Where the charts lie that the chart has by `file://`.
    homes: Option<&'s Homes>,
    pub(super) what: Inner<'s>,
    namespace: String,
}

pub(super) enum Inner<'s> {
    Manifests(Str),
    Chart { chart: &'s Chart, origins: Box<Origins>, template: Box<Template> },
}

impl Place {
    /// Returns the flags that hold for this side.
    pub(super) fn given(&self, given: &Given) -> Given {
        let mut own = given.clone();
        if self.is_right {
            own.values.extend(given.to_values.iter().cloned());
            own.set.extend(given.to_set.iter().cloned());
            if given.to_version.is_some() {
                own.version.clone_from(&given.to_version);
            }
        }
        own
    }

    /// Returns how the side is called.
    pub(super) fn name(&self, given: &Given) -> String {
        let reference = match self.reference() {
            reference if reference.is_empty() => ".".to_owned(),
            reference => reference,
        };
        let own = self.given(given);
        match (&self.revision, own.version.as_deref().filter(|v| !v.is_empty())) {
            (Some(revision), _) => format!("{reference} at {}", revision.name()),
            (None, Some(version)) => format!("{reference} {version}"),
            (None, None) if reference == "-" => "standard input".to_owned(),
            (None, None) => {
                // The same chart twice: what tells the right side from the left one.
                let flags = [("--to-values", &given.to_values), ("--to-set", &given.to_set)];
                let flags = flags.iter().filter(|(_, all)| self.is_right && !all.is_empty());
                let names = flags.map(|(flag, _)| *flag).collect::<Vec<_>>().join(", ");
                match names.is_empty() {
                    true => reference,
                    false => format!("{reference} with {names}"),
                }
            }
        }
    }

    /// Returns where it is, behind words that say what.
    pub(super) fn whereabouts(&self) -> String {
        match &self.revision {
            Some(revision) => format!("at {}", revision.name()),
            None => "in the working tree".to_owned(),
        }
    }

    /// Returns the chart as it was named, for the paths of its files.
    pub(super) fn reference(&self) -> String {
        match self.argument.trim_start_matches("./").trim_end_matches('/') {
            "." => String::new(),
            "" => self.argument.clone(),
            trimmed => trimmed.to_owned(),
        }
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// What is not there, or cannot be read.
    pub(super) fn read(
        &self,
        given: &Given,
        profile: Profile,
        once: &Once,
    ) -> Result<What, Failure> {
        if let Some(revision) = &self.revision {
            let chart = revision.chart(&self.argument, profile, given, &self.reference())?;
            let found = |(chart, homes)| What::Chart(Box::new(chart), homes);
            return Ok(chart.map_or(What::Nothing, found));
        }
        let argument = &self.argument;
        let path = path_of(argument);
        if self.may_be_absent && !path.join("Chart.yaml").is_file() {
            return Ok(What::Nothing);
        }
        let manifests = |text: Vec<u8>| {
            let values = [("--to-values", &given.to_values), ("--to-set", &given.to_set)];
            let unused = values.iter().find(|(_, all)| self.is_right && !all.is_empty());
            if let Some((flag, _)) = unused {
                return Err(Failure::from(format!(
                    "{flag} gives values to the right side, and {} holds manifests, which are not rendered: leave {flag} out, or name a chart",
                    quoted(argument)
                )));
            }
            if argument == "-" && text.trim_ascii().is_empty() {
                return Err("standard input is empty: what is compared should come from there (to compare with nothing, name /dev/null)".into());
            }
            let deployed = read_deployed(&Str::from(text));
            let deployed = deployed.map_err(|e| Failure::from(format!("{argument}: {e}")))?;
            Ok(What::Manifests(deployed.manifests))
        };
        let named = input::named(argument, once)?;
        input::no_templates(argument, &named)?;
        match named {
            Named::Chart => {}
            Named::Text(text) => return manifests(text),
            Named::Folder(files, charts) => {
                input::no_charts(argument, &charts)?;
                return manifests(joined(files));
            }
        }
        // What is no path may be the chart of a repository, which has its name before it.
        if !path.exists() && !argument.contains('/') && given.repo.is_none() {
            let failure =
                Failure::from(format!("there is no chart and no file {}", quoted(argument)));
            return Err(failure.suggesting(suggest::for_chart(
                super::COMMAND.name,
                given,
                argument,
            )));
        }
        if self.is_right && given.to_version.is_some() && path.exists() {
            return Err(Failure::from(format!(
                "--to-version is for a chart from a repository: {} is here, and has one version (compare it with another revision by --from, or with another folder)",
                quoted(argument)
            )));
        }
        let path = locate::chart(super::COMMAND.name, &self.given(given), argument)?;
        let terminal = Terminal::of(given);
        let confined = self.confined.as_ref();
        let mut chart =
            worktree::open(confined, &path, &terminal, &|r| Ok(action::open(&path, profile, r)?))?;
        let mut homes = Homes::default();
        if chart.check_dependencies().is_err() {
            homes = add_missing(&mut chart, &path, given, profile, &self.reference(), confined)?;
        }
        action::check_dependencies(&chart)?;
        Ok(What::Chart(Box::new(chart), homes))
    }

    /// Prepares what was read for a scenario. `new` is the revision of the right side, of which the left one has values
    /// files that it does not have itself.
    ///
    /// # Errors
    /// Values that cannot be had.
    pub(super) fn ready<'s>(
        &self,
        what: &'s What,
        scenario: &Scenario,
        new: Option<&Revision>,
        given: &Given,
        once: &Once,
    ) -> Result<Ready<'s>, Failure> {
        let mut own = self.given(given);
        let namespace = settings::namespace(given);
        let inner = match what {
            What::Manifests(text) => Inner::Manifests(text.clone()),
            What::Nothing => Inner::Manifests(Str::default()),
            What::Chart(chart, _) => {
                own.values.splice(
                    given.values.len()..given.values.len(),
                    scenario.values[usize::from(self.is_right)].clone(),
                );
                let profile = scenario.profile(self.is_right);
                let first = |path: &str| {
                    for revision in self.revision.as_deref().into_iter().chain(new) {
                        if let Some(text) = revision.values(path)? {
                            return Ok(Some(text));
                        }
                    }
                    if let Some(repository) = &self.confined {
                        worktree::check(repository, path)?;
                    }
                    Ok(None)
                };
                let origins = values::origins_as(&own, chart, profile, &first, Some(once))?;
                let template = template(&own, scenario, profile, self.is_right)?;
                Inner::Chart { chart, origins: Box::new(origins), template: Box::new(template) }
            }
        };
        let homes = match what {
            What::Chart(_, homes) => Some(homes),
            _ => None,
        };
        let (name, reference) = (self.name(given), self.reference());
        Ok(Ready { name, reference, homes, what: inner, namespace })
    }
}

/// Returns how a side is rendered in a scenario.
pub(super) fn template(
    given: &Given,
    scenario: &Scenario,
    profile: Profile,
    is_right: bool,
) -> Result<Template, Failure> {
    let kube = scenario.kube(is_right).map(|text| KubeVersion::parse(text, profile)).transpose();
    let kube = kube.map_err(|e| Failure::from(e.to_string()))?;
    let dry_run = if profile.has(Rule::FlagsOfHelm4) { "client" } else { "" };
    let mut release = render::release_options(given, release_name(given), dry_run, kube)?;
    release.profile = profile;
    // Both sides see one time.
    release.clock.fixed.get_or_insert(super::NOON);
    Ok(Template {
        release,
        include_crds: true,
        no_hooks: given.no_hooks,
        skip_tests: given.skip_tests,
        ..Template::default()
    })
}

impl Ready<'_> {
    /// Returns a text that begins with the path of a file of the chart with the path where the file is.
    pub(super) fn real(&self, text: String) -> String {
        self.homes.and_then(|homes| homes.real(&text)).unwrap_or(text)
    }

    pub(super) fn side(&self) -> Side<'_> {
        match &self.what {
            Inner::Manifests(text) => {
                Side::Manifests { namespace: &self.namespace, text: text.clone() }
            }
            Inner::Chart { chart, origins, template } => {
                Side::Chart(Box::new(ChartSide { chart, origins, template: (**template).clone() }))
            }
        }
    }
}

/// Returns files of manifests as one.
fn joined(files: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let mut all = Vec::new();
    for (_, text) in files {
        all.extend_from_slice(b"---\n");
        all.extend(text);
        all.push(b'\n');
    }
    all
}
