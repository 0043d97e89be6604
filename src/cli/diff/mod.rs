//! Implements `statefulchart diff`: what a change does to the manifests, and why.

mod reasons;
mod sides;

use statefulchart::action::{self, Compared, Diff, DiffError, Side};
use statefulchart::diff::show::{self, Reason, Report};
use statefulchart::diff::{Fold, Options};

use super::flags::{Flag, Given, Kind, known};
use super::net::Schemas;
use super::reporter::Terminal;
use super::{Args, Command, Failure, output, render, settings, values};
use sides::Named;

/// The forms of a report; the first is the default.
const FORMATS: &[&str] = &["text", "unified", "json"];
/// How much is folded; the first is the default.
const FOLDS: &[&str] = &["same", "none"];
/// The exit status where something differs.
const DIFFERS: u8 = 2;
/// The time that templates see on both sides, in seconds: a noon.
const NOON: i64 = 1_735_732_800;
/// How many lines stand around those that differ.
const CONTEXT: usize = 3;

const FLAGS: &[Flag] = &[
    known::CONTEXT.about("lines shown around those of a text that differ").or("3"),
    known::DETAILED_EXITCODE.about("exit with status 2 where something differs"),
    known::FIND_RENAMES.about("match objects of other names by what they hold").or("true"),
    known::FOLD
        .of_kind(Kind::OneOf(FOLDS))
        .about("show once what is the same in several objects (same), or everything (none)")
        .or("same"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::NO_HOOKS.about("leave hooks out"),
    known::OUTPUT
        .of_kind(Kind::OneOf(FORMATS))
        .about("print the report in this form: text, unified or json")
        .or("text"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::SHOW_SECRETS.about("show what Secrets hold"),
    known::SKIP_SCHEMA_VALIDATION.about("disable JSON schema validation"),
    known::SKIP_TESTS.about("leave hooks out that are tests"),
    known::STRICT.about("fail where a chart does not render on one side"),
    known::TO_SET.about("set values of the right side alone (key1=val1,key2=val2; repeatable)"),
    known::TO_VALUES
        .about("values files of the right side alone, behind those of -f (can specify multiple)"),
    known::TO_VERSION.about("the version of the right side's chart, from a repository"),
    known::VERSION.about("a version constraint for a chart from a repository"),
    known::REPO.about("chart repository url where to locate the chart"),
];

pub(in crate::cli) const COMMAND: Command = Command {
    name: "diff",
    usage: "diff A B",
    about: "show what a change does to the manifests, and why",
    long: "Compare two charts as they render, or two sets of manifests, object by object.\n\nA and B are each a chart's folder, archive, repository or OCI reference, a file or folder of manifests, `-` for\nstandard input, or what `helm get manifest`, `helm get all` or `kubectl get -o yaml` prints. With --to-values,\n--to-set or --to-version one chart is compared with itself: these flags hold for the right side alone.\n\nObjects are matched by kind and name, items of lists by what names them. What is the same in several objects is\nshown once. Where both sides are charts each difference is told with its cause: the value and who sets it, the line\nof the template, the version of a dependency.\n\nThe exit status is 0, or with --detailed-exitcode 2 where something differs; 1 for errors.",
    flags: &[FLAGS, render::CLUSTER_FLAGS, values::FLAGS],
    args: Args::AtMost(2),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let [old, new] = sides::of(given)?;
    let action = Diff {
        options: Options {
            show_secrets: given.show_secrets,
            find_renames: given.find_renames.unwrap_or(true),
        },
    };
    let (before, after) = (old.side(), new.side());
    let compared = action.run(&before, &after, &Schemas::of(given), &Terminal::of(given));
    let compared = compared.map_err(|e| unreadable(e, [&old, &new]))?;
    if given.strict {
        fail_if_broken(&compared)?;
    }
    let reasons = reasons::of(&compared, [&old, &new]);
    let text = report(given, &compared, &reasons, [&old.name, &new.name]);
    output::stdout(text.as_bytes())?;
    tell_of_broken(&compared, [&old, &new]);
    let differs =
        compared.comparison.totals().differ() || compared.failed.iter().any(Option::is_some);
    match differs && given.detailed_exitcode {
        true => Err(Failure::silent(DIFFERS)),
        false => Ok(()),
    }
}

fn report(given: &Given, compared: &Compared, reasons: &[Reason], names: [&str; 2]) -> String {
    let causes = |object: usize, change: Option<usize>| match &compared.causes {
        Some(causes) => causes.of(object, change),
        None => Vec::new(),
    };
    let report = Report {
        names,
        comparison: &compared.comparison,
        reasons,
        causes: &causes,
        fold: if given.fold.as_deref() == Some("none") { Fold::None } else { Fold::Same },
        context: given.context.unwrap_or(CONTEXT),
    };
    let color = settings::color(given);
    match given.form.as_deref() {
        Some("json") => show::json(&report),
        Some("unified") => show::unified(&report, color),
        _ => show::text(&report, color),
    }
}

fn unreadable(error: DiffError, sides: [&Named; 2]) -> Failure {
    let side = &sides[usize::from(error.is_new)];
    format!("{}: {error}", side.name).into()
}

fn fail_if_broken(compared: &Compared) -> Result<(), Failure> {
    for failed in compared.failed.iter().flatten() {
        return Err(Failure::from(failed.error.to_string()));
    }
    Ok(())
}

/// Says which side does not render.
fn tell_of_broken(compared: &Compared, sides: [&Named; 2]) {
    for (failed, side) in compared.failed.iter().zip(sides) {
        if let Some(action::Failed { error, .. }) = failed {
            let text = format!("{} does not render: {error}\n", side.name);
            output::stderr(text.as_bytes());
        }
    }
}

impl Named {
    fn side(&self) -> Side<'_> {
        match &self.what {
            sides::What::Manifests(text) => {
                Side::Manifests { namespace: &self.namespace, text: text.clone() }
            }
            sides::What::Chart(chart) => Side::Chart(action::ChartSide {
                chart: &chart.chart,
                origins: &chart.origins,
                template: chart.template.clone(),
            }),
        }
    }
}
