//! Implements `diff upgrade NAME CHART --against FILE`: what an upgrade would do to a release that is deployed.

use bstr::ByteSlice;
use gostd::os::path_of;
use gostd::value::{Map, Str};
use statefulchart::action::{self, Failed, Side, render_fixed};
use statefulchart::chart::Chart;
use statefulchart::diff::{Deployed, read_release};
use statefulchart::report::Silent;
use statefulchart::values::ValuesError;
use statefulchart::values::coalesce::{coalesce_tables, coalesce_values};

use super::annotations::Places;
use super::sides::{self, Place, What};
use super::{Done, fail_if_strict, print, refused};
use crate::cli::flags::{Given, quoted};
use crate::cli::input::Once;
use crate::cli::net::Schemas;
use crate::cli::reporter::Terminal;
use crate::cli::{Failure, compat, input, output, profile, values};

pub(super) fn run(given: &Given) -> Result<(), Failure> {
    let [_, name, reference] = &given.args[..] else {
        return Err("diff upgrade takes the release's name and a chart: diff upgrade NAME CHART --against FILE".into());
    };
    let Some(against) = given.against.as_deref().filter(|file| !file.is_empty()) else {
        return Err("what is deployed? No cluster is asked: give with --against what `helm get all NAME` prints, the release's Secret, or its manifests".into());
    };
    if given.from.is_some() {
        return Err("--from compares charts of a repository: leave it out with upgrade".into());
    }
    let reads_stdin = |file: &String| file.trim() == "-";
    if against == "-" && given.values.iter().any(reads_stdin) {
        return Err("standard input holds either what is deployed (--against -) or values (-f -): give a file for one of them".into());
    }
    let deployed = read(against, name)?;
    check(given, &deployed, against, name)?;
    let mut given = given.clone();
    given.release = Some(name.clone());
    given.is_upgrade = true;
    if given.namespace.is_none() && !deployed.namespace.is_empty() {
        given.namespace = Some(deployed.namespace.clone());
    }
    let place = Place {
        argument: reference.clone(),
        revision: None,
        confined: None,
        may_be_absent: false,
        is_right: true,
    };
    let What::Chart(mut chart, _) = place.read(&given, profile::current(), &Once::default())?
    else {
        return Err(format!("{reference} is no chart").into());
    };
    let user = reused(&given, &deployed, &mut chart, values::merge(&given)?)?;
    let scenario = super::scenarios::of(&given, &[place.clone(), place.clone()], false)?;
    let [scenario] = &scenario[..] else {
        return Err("diff upgrade takes one version of Kubernetes and of Helm, and no --values patterns: values files are given with -f".into());
    };
    let mut template = sides::template(&given, scenario, profile::current(), true)?;
    // A release does not hold what stands in crds/.
    template.include_crds = false;
    let namespace = template.release.namespace.clone();
    let old = Side::Manifests { namespace: &namespace, text: deployed.manifests.clone() };
    let rendered = render_fixed(
        &template,
        (*chart).clone(),
        &user,
        &Schemas::of(&given),
        &Terminal::of(&given),
    );
    let (text, failed) = match rendered {
        Ok(text) => (text, None),
        Err(Failed { error, .. }) => {
            (Str::default(), Some(compat::shown(&error, profile::current())))
        }
    };
    let is_hook = |text: &Str| text.contains_str("helm.sh/hook");
    let is_manifest = deployed.name.is_empty() && !is_hook(&deployed.manifests);
    if is_manifest && is_hook(&text) && !given.no_hooks {
        given.no_hooks = true;
        output::stderr(
            format!("hooks are left out: {against} holds manifests without hooks, as `helm get manifest` prints them (`helm get all` prints both)\n").as_bytes(),
        );
    }
    // What does not render takes nothing away.
    let old = if failed.is_some() {
        Side::Manifests { namespace: &namespace, text: Str::default() }
    } else {
        old
    };
    let new = Side::Manifests { namespace: &namespace, text };
    let compared = super::action(&given).run(&old, &new, &Schemas::of(&given), &Silent);
    let names = [format!("{name} as it is deployed"), place.name(&given)];
    let compared =
        compared.map_err(|e| Failure::from(format!("{}: {e}", names[usize::from(e.is_new)])))?;
    let failed = [None, failed];
    fail_if_strict(&given, &failed, &names)?;
    // A chart that does not render does not take everything away.
    let mut effects = Vec::new();
    if failed[1].is_none() {
        let cluster = scenario.cluster()?;
        effects = compared.effects(cluster);
        refused::add(&mut effects, &compared, cluster, [scenario.kube(true); 2]);
    }
    let done = Done {
        chart: String::new(),
        scenarios: Vec::new(),
        only: Vec::new(),
        names,
        reasons: Vec::new(),
        places: Places::default(),
        effects,
        most_same: compared.comparison.same,
        compared,
        failed,
    };
    print(&given, &[done])
}

/// Checks whether what was read is the release that is to be upgraded.
///
/// # Errors
/// Another release, or none.
fn check(given: &Given, deployed: &Deployed, file: &str, name: &str) -> Result<(), Failure> {
    if deployed.is_empty_list {
        return Err(format!("there is no release in {file}: it is a list of nothing").into());
    }
    let (found, namespace) = (&deployed.name, &deployed.namespace);
    if !found.is_empty() && found != name {
        return Err(format!(
            "{file} is of the release {}, not of {}: give what is deployed under that name",
            quoted(found),
            quoted(name)
        )
        .into());
    }
    if let Some(wanted) = given.namespace.as_ref().filter(|wanted| !wanted.is_empty())
        && !namespace.is_empty()
        && namespace != wanted
    {
        return Err(format!(
            "{file} is of the release {} in the namespace {}, not in {}: leave --namespace out, or give the release that is there",
            quoted(name),
            quoted(namespace),
            quoted(wanted)
        )
        .into());
    }
    let status = &deployed.status;
    if !status.is_empty() && status != "deployed" {
        output::stderr(
            format!(
                "the release in {} is not deployed: its status is {}\n",
                quoted(file),
                quoted(status)
            )
            .as_bytes(),
        );
    }
    Ok(())
}

fn read(file: &str, name: &str) -> Result<Deployed, Failure> {
    let text = match file {
        "-" => input::stdin("what is deployed")?,
        file => input::file(&path_of(file))?,
    };
    if text.trim_ascii().is_empty() {
        return Err(format!("{file} is empty: what is deployed?").into());
    }
    read_release(&Str::from(text), name).map_err(|e| format!("{file}: {e}").into())
}

/// Returns the values of an upgrade, by the rules of Helm's `reuseValues`.
fn reused(
    given: &Given,
    deployed: &Deployed,
    chart: &mut Chart,
    user: Map,
) -> Result<Map, Failure> {
    let unknown = |flag: &str| {
        Failure::from(format!(
            "{flag} needs the values of the deployed release, which --against does not hold: give what `helm get all` prints, or the release's Secret"
        ))
    };
    if given.reset_values {
        return Ok(user);
    }
    let profile = profile::current();
    let terminal = Terminal::of(given);
    let failed = |e: ValuesError| Failure::from(action::Error::Values(e));
    // What is given stands over what the release was given; a null removes a key of the two, as in Helm. A release that
    // was given nothing leaves nulls as they are.
    let over = |config: &Map| -> Result<Map, Failure> {
        if !config.is_empty() {
            coalesce_tables(&user, config, profile, &terminal).map_err(failed)?;
        }
        Ok(user.clone())
    };
    if given.reuse_values {
        let config = deployed.config.as_ref().ok_or_else(|| unknown("--reuse-values"))?;
        chart.values = match (&deployed.defaults, &deployed.computed) {
            (Some(defaults), _) => {
                // A release holds its chart without the charts in it.
                let mut old = chart.clone();
                old.values = defaults.clone();
                old.dependencies.clear();
                coalesce_values(&old, config, profile, &terminal).map_err(failed)?
            }
            (None, Some(computed)) => computed.clone(),
            (None, None) => return Err(unknown("--reuse-values")),
        };
        return over(config);
    }
    if given.reset_then_reuse_values {
        let config =
            deployed.config.as_ref().ok_or_else(|| unknown("--reset-then-reuse-values"))?;
        return over(config);
    }
    match &deployed.config {
        Some(config) if user.is_empty() => Ok(config.clone()),
        _ => Ok(user),
    }
}
