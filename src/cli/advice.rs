//! Gives command lines back: as a dry run, as a pipe to kubectl, or with their arguments in order.

use statefulchart::render::KubeVersion;

use super::flags::{Given, Written, known, quote_for_shell};
use super::{Failure, GLOBAL_FLAGS, help, output, own_flags, profile, settings, template, upgrade};

/// Returns the flag with the namespace, if there is one, behind a space.
pub(super) fn namespace(given: &Given) -> String {
    let namespace = settings::namespace(given);
    match given.namespace.is_some() || namespace != "default" {
        true => format!(" --namespace {}", quote_for_shell(&namespace)),
        false => String::new(),
    }
}

/// Returns what asks kubectl for the same cluster and namespace: nothing, or flags behind a space each.
pub(super) fn for_kubectl(given: &Given) -> String {
    let mut text = namespace(given);
    for written in given.written.iter().filter(|w| !w.flag.kubectl.is_empty()) {
        text.push_str(&format!(" {}", written.words_for_kubectl()));
    }
    text
}

/// Returns a command line of this program, for a shell.
pub(super) fn line<'w>(
    command: &str,
    args: &[&str],
    written: impl Iterator<Item = &'w Written>,
) -> String {
    let words = args.iter().map(|arg| quote_for_shell(arg)).chain(written.map(Written::words));
    words.fold(format!("{} {command}", help::program()), |line, word| format!("{line} {word}"))
}

/// Refuses to change a cluster, with the command lines that come near to what was asked for.
pub(super) fn refuse_to_deploy(command: &str, given: &Given) -> Failure {
    let args: Vec<&str> = match &given.args[..] {
        [] => vec!["NAME", "CHART"],
        [chart] if !given.generate_name && given.name_template.is_none() => vec!["NAME", chart],
        args => args.iter().map(String::as_str).collect(),
    };
    let is = |w: &&Written, name: &str| w.flag.name == name;
    let is_upgrade = command == upgrade::COMMAND.name;

    let mut dry =
        line(command, &args, given.written.iter().filter(|w| !is(w, known::DRY_RUN.name)));
    if is_upgrade && !given.install {
        dry.push_str(&format!(" --{}", known::INSTALL.name));
    }

    let kept = |w: &&Written| w.flag.kubectl.is_empty() && has_effect_in_template(w);
    let mut pipe = line(template::COMMAND.name, &args, given.written.iter().filter(kept));
    if is_upgrade && !given.install {
        pipe.push_str(&format!(" --{}", known::IS_UPGRADE.name));
    }
    if !given.no_hooks {
        pipe.push_str(&format!(" --{}", known::NO_HOOKS.name));
    }
    let left_out = given.written.iter().filter(|w| w.flag.kubectl.is_empty());
    let left_out = left_out.filter(|w| !has_effect_in_template(w) && !is_of_the_report(w));
    let left_out: Vec<String> = left_out.map(|w| format!("--{}", w.flag.name)).collect();

    let mut text = format!(
        "statefulchart renders charts and does not touch clusters\n\
         To see what Helm would do:\n  {dry} --dry-run\n\
         To deploy:\n  {pipe} | kubectl apply -f -{}\n\
         Unlike Helm, the pipe runs no hooks (without --no-hooks they are applied as plain objects, in no order),\n\
         leaves out crds/ (unless --include-crds is added), waits for nothing and makes no namespace.",
        for_kubectl(given)
    );
    if !left_out.is_empty() {
        text.push_str(&format!("\nLeft out of it: {}", left_out.join(", ")));
    }
    Failure::from(text)
}

/// Tells whether `template` heeds a flag.
fn has_effect_in_template(written: &Written) -> bool {
    let tables = template::COMMAND.flags.iter().copied().chain([GLOBAL_FLAGS, own_flags()]);
    let mut all = tables.flatten();
    let is_known = all.any(|f| f.name == written.flag.name && !f.changes_nothing());
    is_known && !is_of_the_report(written)
}

/// Tells whether a flag only says how a dry run is reported, or that a release may be new.
fn is_of_the_report(written: &Written) -> bool {
    let of_report =
        [known::DRY_RUN, known::HIDE_NOTES, known::HIDE_SECRET, known::INSTALL, known::OUTPUT];
    of_report.iter().any(|flag| flag.name == written.flag.name)
}

/// Says once that no cluster is asked, where a flag reads as if one were; nothing under Helm's name.
pub(super) fn tell_of_no_cluster(given: &Given, kube_version: Option<&KubeVersion>) {
    let mut names: Vec<String> = Vec::new();
    for flag in given.written.iter().map(|w| w.flag).filter(|f| !f.kubectl.is_empty()) {
        names.push(format!("--{}", flag.name));
    }
    if given.dry_run.as_deref() == Some("server") {
        names.push(format!("--{}=server", known::DRY_RUN.name));
    }
    names.dedup();
    if names.is_empty() || help::is_helm() {
        return;
    }
    let assumed = KubeVersion::assumed(profile::current());
    let version = String::from_utf8_lossy(&kube_version.unwrap_or(&assumed).version);
    let assumed = match &given.lookup[..] {
        [] => format!("an empty Kubernetes {version} is assumed"),
        files => {
            let files: Vec<String> = files.iter().map(|file| quote_for_shell(file)).collect();
            let flag = known::LOOKUP.name;
            format!(
                "a Kubernetes {version} is assumed in which `lookup` finds the objects of --{flag} {}",
                files.join(&format!(", --{flag} "))
            )
        }
    };
    let text = format!(
        "statefulchart: no cluster is asked in spite of {}; {assumed} (--kube-version and --api-versions describe another)\n",
        names.join(", ")
    );
    output::stderr(text.as_bytes());
}
