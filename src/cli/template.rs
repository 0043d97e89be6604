//! Implements `statefulchart template`.

use statefulchart::action::{self, Failed, OutputDir, Rendered, Template};
use statefulchart::profile::Rule;

use super::flags::{Flag, Given, known};
use super::net::Schemas;
use super::render::{self, Named};
use super::reporter::Terminal;
use super::values_where::Shown;
use super::{
    Args, Command, Failure, advice, annotate, output, profile, suggest, values, values_check,
};

const ALWAYS_DRY: &str = "no effect: template is always a dry run";
const NO_NOTES: &str = "no effect: template prints no notes";
const NO_NOTES_IN_HELM_4: &str =
    "this flag has no effect for 'helm template' and will be removed in Helm 5";

const FLAGS: &[Flag] = &[
    known::DRY_RUN.without(Rule::FlagsOfHelm4).about(ALWAYS_DRY),
    render::DRY_RUN_OF_HELM_4.about(ALWAYS_DRY).or("\"client\""),
    known::HIDE_NOTES.without(Rule::TemplateNotesAreDeprecated).about(NO_NOTES),
    known::HIDE_NOTES.with(Rule::TemplateNotesAreDeprecated).deprecated(NO_NOTES_IN_HELM_4),
    known::INCLUDE_CRDS.about("include CRDs in the templated output"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::NO_HOOKS.about("leave hooks out of the output"),
    known::OUTPUT_DIR.about("write the manifests to files in this directory"),
    known::RELEASE_NAME.about("use release name in the output-dir path"),
    known::RENDER_SUBCHART_NOTES.without(Rule::TemplateNotesAreDeprecated).about(NO_NOTES),
    known::RENDER_SUBCHART_NOTES
        .with(Rule::TemplateNotesAreDeprecated)
        .deprecated(NO_NOTES_IN_HELM_4),
    known::SHOW_ONLY.about("only show manifests rendered from the given templates"),
    known::SKIP_TESTS.about("skip tests from templated output"),
    known::VALIDATE.without(Rule::FlagsOfHelm4).about("refused: it needs a cluster"),
    known::VALIDATE.with(Rule::FlagsOfHelm4).deprecated("use '--dry-run=server' instead"),
];

/// Flags that Helm does not have.
const OWN_FLAGS: &[Flag] = &[
    known::SOURCE_MAP
        .about("write to this file where each line of the output came from, as JSON")
        .own(),
    known::STRICT_VALUES
        .about("fail where the user's values hold keys that no template reads")
        .own(),
    render::LOOKUP,
];

pub(super) const COMMAND: Command = Command {
    name: "template",
    usage: "template [NAME] [CHART]",
    about: "locally render templates",
    long: "Render chart templates locally and display the output, byte for byte as Helm does.",
    flags: &[
        FLAGS,
        OWN_FLAGS,
        render::FLAGS,
        render::FORCE_FLAGS,
        render::INSTALL_FLAGS,
        render::CLUSTER_FLAGS,
        render::NAME_FLAGS,
        values::FLAGS,
    ],
    args: Args::AtLeast(1),
    run,
};

/// Returns what a command line names, and how it is rendered.
fn asked(given: &Given) -> Result<(Named, Template), Failure> {
    let kube_version = render::kube_version(given)?;
    given.check_exclusive(&[render::FORCES, render::OLD_FORCES, &["validate", "dry-run"]])?;
    let dry_run = render::dry_run(given, true)?;
    advice::tell_of_no_cluster(given, kube_version.as_ref());
    // Helm's template command names the release before it looks at --generate-name.
    let named = Named::read(COMMAND.name, given, Some("release-name"))?;
    if given.validate {
        return Err("--validate needs a cluster, and statefulchart never talks to one: pipe the output to `kubectl apply --dry-run=server -f -` instead".into());
    }
    let folder = given.output_dir.clone().filter(|folder| !folder.is_empty());
    let action = Template {
        release: render::release_options(given, &named.name, &dry_run, kube_version)?,
        include_crds: given.include_crds,
        no_hooks: given.no_hooks,
        skip_tests: given.skip_tests,
        keep_unknown_hooks: false,
        post_renderer: render::post_renderer(given)?,
        output_dir: folder.map(|folder| OutputDir { folder, release_name: given.release_name }),
    };
    Ok((named, action))
}

/// Returns what the command prints of a chart's manifests.
pub(super) fn manifests(given: &Given) -> Result<Vec<u8>, Failure> {
    let (Named { path, chart, user, .. }, action) = asked(given)?;
    match action.run(chart, &user, &Schemas::of(given), &Terminal::of(given)) {
        Ok(rendered) => Ok(rendered.output().concat()),
        Err(failed) => match explain(given, failed) {
            Ok(()) => Ok(Vec::new()),
            Err(e) => Err(e.at(&path).of_release(&user, &action.release)),
        },
    }
}

fn run(given: &Given) -> Result<(), Failure> {
    let (Named { path, chart, reference, user, .. }, action) = asked(given)?;
    let (loaded, origins) = match given.strict_values {
        true => values_check::origins(given, &chart)?,
        // Standard input cannot be read twice: the map lists no values then.
        false if given.source_map.is_some() && !given.values.iter().any(|file| file == "-") => {
            (Some(chart.clone()), Some(values::origins(given, &chart)?))
        }
        false => (None, None),
    };
    match action.run_keeping(chart, &user, &Schemas::of(given), &Terminal::of(given)) {
        // The program exits behind the last byte of output, before anything is freed.
        Ok((rendered, kept)) => {
            // The program exits behind the last byte of output, before what is kept here is freed.
            let (_kept, provenance) = match action.release.records {
                true => (None, kept.provenance()),
                false => (Some(kept), None),
            };
            if let Some(provenance) = &provenance {
                if let (Some(origins), true) = (&origins, given.strict_values) {
                    values_check::strict(given, &loaded, origins, provenance)?;
                }
                if let Some(file) = &given.source_map {
                    let shown = loaded.as_ref().map(|chart| Shown { reference: &reference, chart });
                    let known = origins.as_ref().zip(shown.as_ref());
                    let map = annotate::map(&rendered, provenance, &reference, known);
                    output::file(file, &map)?;
                }
            }
            print(given, &rendered)
        }
        Err(failed) => {
            explain(given, failed).map_err(|e| e.at(&path).of_release(&user, &action.release))
        }
    }
}

fn print(given: &Given, rendered: &Rendered) -> Result<(), Failure> {
    let mut written = Vec::new();
    for path in &rendered.written {
        written.extend_from_slice(b"wrote ");
        written.extend_from_slice(path.as_os_str().as_encoded_bytes());
        written.push(b'\n');
    }
    if given.show_only.is_empty() {
        let mut parts = rendered.output();
        parts.insert(0, &written);
        return output::last(&parts);
    }
    let selected = rendered.select(&given.show_only);
    output::stdout(&written)?;
    let suggestion = || suggest::for_templates(given, &rendered.sources());
    output::stdout(&selected.map_err(|e| Failure::from(e).suggesting(suggestion()))?)
}

/// Fails; with `--debug`, what was rendered is printed first.
fn explain(given: &Given, Failed { error, manifest }: Failed) -> Result<(), Failure> {
    let is_exceeded = error.exceeded().is_some();
    let failure = Failure::from(error);
    match manifest {
        None => Err(failure),
        Some(_) if is_exceeded => Err(failure),
        Some(manifest) if output::is_debug(given) => {
            let text = [manifest.trim_ascii(), b"\n"].concat();
            output::stdout(&match given.show_only.is_empty() {
                true => text,
                false => match action::select(&text, &given.show_only, profile::current()) {
                    Ok(selected) => selected,
                    Err(_) if profile::current().has(Rule::FailuresOverMissing) => {
                        return Err(failure);
                    }
                    Err(missing) => return Err(missing.into()),
                },
            })?;
            Err(failure)
        }
        Some(_) => Err(failure.hinting("\n\nUse --debug flag to render out invalid YAML")),
    }
}
