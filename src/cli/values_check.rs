//! Implements `statefulchart values check` and `values unused`: what of the values nothing reads.

use bstr::ByteSlice;
use statefulchart::chart::Chart;
use statefulchart::profile::Profile;
use statefulchart::provenance::{self, Provenance};
use statefulchart::usage::{self, Kind, Usage};
use statefulchart::values::origins::{Key, Origins, Source, path_text};

use super::examined::{Examined, Made};
use super::findings::{self, Finding, Level};
use super::flags::{Flag, Given, known};
use super::values_where::Shown;
use super::{Args, Command, Failure, help, profile, render, values};

const FLAGS: &[Flag] = &[
    known::SKIP_SCHEMA_VALIDATION.about("disable JSON schema validation"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::REPORT
        .about("prints the findings in the specified format: text, json, github, gitlab, junit, sarif or tap")
        .or("text"),
];

const ALL: &[Flag] =
    &[known::ALL
        .about("lists keys, too, that only branches read that did not run with these values")];

pub(super) const CHECK: Command = Command {
    name: "check",
    usage: "values check CHART -f FILE...",
    about: "find values that no template reads, and values of the wrong type",
    long: "Render the chart with the values of -f and --set, and list what of them no template reads: misspelt keys, and\nkeys that are left over from an older version of the chart; and values that a template cannot take, such as a\ntext in the place of a map.\n\nWhat is shown as a whole (`toYaml .Values.resources`) or gone over (`range`) counts as read. What only a branch\nreads that does not run with these values is listed as a note.\n\nThe exit status is 0 where nothing but notes is found, 2 where something is, and 1 where the chart cannot be rendered.",
    flags: &[FLAGS, render::OWN_CLUSTER_FLAGS, values::FLAGS],
    args: Args::Exactly(1),
    run: |given| {
        findings::check(given.report.as_deref().unwrap_or_default())?;
        let (examined, made) = examine(given, &given.args[0])?;
        let made = made?;
        let found = examined.usage(Some(&made.provenance)).check();
        examined.print(given, &found, true)
    },
};

pub(super) const UNUSED: Command = Command {
    name: "unused",
    usage: "values unused CHART",
    about: "find defaults that no template reads",
    long: "List the defaults in the values.yaml of the chart, and of those that it holds, that no template reads, in\nwhatever branch. With --all those, too, that only branches read that do not run.\n\nThe exit status is 0 where nothing is found, 2 where something is, and 1 where the chart cannot be rendered.",
    flags: &[FLAGS, ALL, render::OWN_CLUSTER_FLAGS, values::FLAGS],
    args: Args::Exactly(1),
    run: |given| {
        findings::check(given.report.as_deref().unwrap_or_default())?;
        let (examined, made) = examine(given, &given.args[0])?;
        let made = made?;
        let found = examined.usage(Some(&made.provenance)).unused();
        examined.print(given, &found, given.all)
    },
};

pub(super) const UPGRADE: Command = Command {
    name: "upgrade",
    usage: "values upgrade OLD NEW -f FILE...",
    about: "say what becomes of values with another version of a chart",
    long: "Compare two versions of a chart, OLD and NEW, by what they read of the values of -f and --set: keys that the\nnew version reads no more, with the key that may have come in their place; values that have the wrong type\nthere; and what the new version fails without.\n\nThe exit status is 0 where nothing is found, 2 where something is, and 1 where a chart cannot be read.",
    flags: &[FLAGS, render::OWN_CLUSTER_FLAGS, values::FLAGS],
    args: Args::Exactly(2),
    run: |given| {
        findings::check(given.report.as_deref().unwrap_or_default())?;
        let (old, of_old) = examine(given, &given.args[0])?;
        let (new, of_new) = examine(given, &given.args[1])?;
        let [of_old, of_new_known] =
            [&of_old, &of_new].map(|made| made.as_ref().ok().map(|made| &made.provenance));
        let found = usage::upgrade(&old.usage(of_old), &new.usage(of_new_known));
        let mut found: Vec<Finding> = found.iter().map(|f| finding(&new.shown(), f)).collect();
        if let Err(failure) = &of_new {
            let message = format!(
                "the new version does not render with these values: {}",
                failure.text(false).to_str_lossy()
            );
            let finding = Finding::new(Level::Warning, "does-not-render", message);
            found.push(Finding { file: Some(new.reference.to_owned()), ..finding });
        }
        findings::print(given.report.as_deref().unwrap_or_default(), &found)?;
        match found.is_empty() {
            true => Ok(()),
            false => Err(Failure::silent(FOUND)),
        }
    },
};

/// Returns what `--strict-values` needs of a chart before it is rendered.
///
/// # Errors
/// Values from standard input, which cannot be read twice; values that cannot be read.
pub(super) fn origins(
    given: &Given,
    chart: &Chart,
) -> Result<(Option<Chart>, Option<Origins>), Failure> {
    if given.values.iter().any(|file| file == "-") {
        return Err("--strict-values reads the values twice, and standard input can be read once: give a file to -f".into());
    }
    Ok((Some(chart.clone()), Some(values::origins(given, chart)?)))
}

/// Fails where the user's values hold what no template reads.
///
/// # Errors
/// The first findings, with their places.
pub(super) fn strict(
    given: &Given,
    chart: &Option<Chart>,
    origins: &Origins,
    provenance: &Provenance,
) -> Result<(), Failure> {
    let Some(chart) = chart else { return Ok(()) };
    let reference = given.args.last().map_or("", |reference| reference.trim_end_matches('/'));
    let usage = Usage::new(chart, origins, Some(provenance), profile::current());
    let shown = Shown { reference, chart };
    let mut found: Vec<Finding> = usage.check().iter().map(|f| finding(&shown, f)).collect();
    found.retain(|finding| finding.level != Level::Note);
    match found.is_empty() {
        true => Ok(()),
        false => {
            let text = findings::text(&found);
            Err(format!("the values hold what no template takes:\n{}", text.trim_end()).into())
        }
    }
}

/// Returns what of the user's values no template mentions, or has the wrong type; nothing is rendered for it.
pub(super) fn unread(shown: &Shown<'_>, origins: &Origins, profile: Profile) -> Vec<Finding> {
    let usage = Usage::new(shown.chart, origins, None, profile);
    let mut found: Vec<Finding> = usage.check().iter().map(|f| finding(shown, f)).collect();
    found.retain(|finding| finding.level != Level::Note);
    found
}

/// Renders a chart whose values are asked for.
pub(super) fn examine<'g>(
    given: &Given,
    reference: &'g str,
) -> Result<(Examined<'g>, Result<Made, Failure>), Failure> {
    Examined::of(given, "values", reference, |_| {})
}

impl Examined<'_> {
    /// Returns what of the values is read, by a render if there was one.
    fn usage(&self, provenance: Option<&Provenance>) -> Usage<'_> {
        Usage::new(&self.chart, &self.origins, provenance, profile::current())
    }

    /// Returns the places of templates that have read a value.
    pub(super) fn readers(&self, provenance: &Provenance, path: &[Key]) -> Vec<String> {
        let values = provenance::Key::Name("Values".into());
        let path: Vec<provenance::Key> =
            std::iter::once(values).chain(path.iter().map(provenance::Key::from)).collect();
        let spots = provenance.readers(&path);
        spots.iter().map(|spot| self.shown().spot(spot)).collect()
    }

    fn print(
        &self,
        given: &Given,
        found: &[usage::Finding],
        with_notes: bool,
    ) -> Result<(), Failure> {
        let mut found: Vec<Finding> = found.iter().map(|f| finding(&self.shown(), f)).collect();
        found.retain(|finding| with_notes || finding.level != Level::Note);
        found.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        findings::print(given.report.as_deref().unwrap_or_default(), &found)?;
        match found.iter().any(|finding| finding.level != Level::Note) {
            true => Err(Failure::silent(FOUND)),
            false => Ok(()),
        }
    }
}

/// Says a finding in words.
fn finding(shown: &Shown<'_>, finding: &usage::Finding) -> Finding {
    let key = path_text(&finding.path);
    let (level, code, message, suggestion) = match &finding.kind {
        Kind::Unknown { known, step } | Kind::Unread { known, step } => {
            let is_unread = matches!(finding.kind, Kind::Unread { .. });
            let near = near(&finding.path, known, *step);
            let hint =
                near.as_ref().map_or(String::new(), |near| format!(": did you mean {near}?"));
            match (is_unread, near) {
                (false, near) => {
                    let message = format!("no template reads {key}{hint}");
                    (Level::Warning, "unknown-key", message, near)
                }
                (true, Some(near)) => {
                    let message = format!("{key} is not read, and has no default{hint}");
                    (Level::Warning, "unknown-key", message, Some(near))
                }
                (true, None) => {
                    let message = format!(
                        "{key} is not read with these values: only a branch that does not run may read it"
                    );
                    (Level::Note, "unread-key", message, None)
                }
            }
        }
        Kind::Removed { renamed } => {
            let renamed = renamed.as_ref().map(|path| path_text(path));
            let hint =
                renamed.as_ref().map_or(String::new(), |path| format!(": it may be {path} now"));
            let message = format!("the new version reads {key} no more{hint}");
            (Level::Warning, "removed-key", message, renamed)
        }
        Kind::Type { want, found, default } => {
            let place = shown.place(default);
            let message = format!("{key} is {found}, and takes the place of {want} ({place})");
            (Level::Warning, "wrong-type", message, None)
        }
    };
    let at = finding.setting.place.and_then(|place| place.first());
    let file = match &finding.setting.source {
        Source::Flag { .. } => Some(shown.place(&finding.setting)),
        source => shown.file(source),
    };
    Finding {
        file,
        line: at.map(|at| at.line),
        column: at.map(|at| at.column),
        key: Some(key),
        suggestion,
        ..Finding::new(level, code, message)
    }
}

/// Returns the path that may be meant by one of whose steps something else is known.
fn near(path: &[Key], known: &[String], step: usize) -> Option<String> {
    let typed = path_text(std::slice::from_ref(path.get(step)?));
    let others = || known.iter().map(String::as_str);
    if others().any(|name| name == typed) {
        return None;
    }
    let near = help::nearest(&typed, others())?;
    let before = path_text(&path[..step]);
    Some(if before.is_empty() { near.to_owned() } else { format!("{before}.{near}") })
}

/// The exit status where something is found.
const FOUND: u8 = 2;
