//! Runs plugins as commands.

use gostd::os::path_of;
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;

use statefulchart::plugin::{Error, Plugin};

use super::flags;
use super::settings::{self, Settings};
use super::{Failure, GLOBAL_FLAGS, output};

/// The flags that Helm keeps from plugins, beside `--debug`.
const OURS: &[&str] = &[
    "--kube-context",
    "--namespace",
    "-n",
    "--kubeconfig",
    "--kube-apiserver",
    "--kube-token",
    "--kube-as-user",
    "--kube-as-group",
    "--kube-ca-file",
    "--registry-config",
    "--repository-cache",
    "--repository-config",
    "--kube-insecure-skip-tls-verify",
    "--kube-tls-server-name",
];

/// Returns the plugins that are commands. What is wrong with one is said, and then there are none:
/// the first call comes before any command.
pub(super) fn all() -> &'static [Plugin] {
    static FOUND: OnceLock<Vec<Plugin>> = OnceLock::new();
    FOUND.get_or_init(|| {
        if std::env::var("HELM_NO_PLUGINS").is_ok_and(|v| v == "1") {
            return Vec::new();
        }
        Plugin::find_all(&settings::plugins()).unwrap_or_else(|why| {
            output::stderr(format!("failed to load plugins: {why}\n").as_bytes());
            Vec::new()
        })
    })
}

/// Returns the plugin of that name.
pub(super) fn named(name: &str) -> Option<&'static Plugin> {
    all().iter().find(|p| p.name == name)
}

/// While Helm has not yet come to the plugin that is wanted, it looks what the others complete.
fn look_for_completions(wanted: &Plugin) {
    for plugin in all().iter().take_while(|p| p.name != wanted.name) {
        let file = format!("{}/completion.yaml", plugin.folder);
        if !std::path::Path::new(&file).exists() {
            output::stderr(
                format!("load_plugins.go:110: [info] file ({file}) not provided by plugin. No plugin auto-completion possible\n").as_bytes(),
            );
        }
    }
}

/// Runs a plugin on what else stands on the command line; its exit status becomes ours.
pub(super) fn run(plugin: &Plugin, args: Vec<String>) -> Result<(), Failure> {
    let everywhere = flags::parse_known(GLOBAL_FLAGS, &args);
    if output::is_debug(&everywhere) {
        look_for_completions(plugin);
    }
    let (ours, theirs) = divide(args);
    let strict = flags::parse(&[GLOBAL_FLAGS], ours)?;
    let settings = Settings::read(&strict.or(everywhere));
    let environment = settings.library().surroundings.of(plugin);
    let variable = |name: &str| {
        let set = environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        set.or_else(|| std::env::var(name).ok()).unwrap_or_default()
    };
    let failed = |status| Error::Failed { name: plugin.name.clone(), status };
    let prepared = plugin.prepare(theirs, &variable).map_err(|why| {
        output::stderr(why.to_string().as_bytes());
        failed(None).to_string()
    })?;
    let mut command = Command::new(&prepared.program);
    let args = prepared.args.iter().map(|arg| path_of(arg).into_owned());
    let status = command.args(args).envs(environment).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            let failure = Failure::from(failed(Some(status)).to_string());
            Err(failure.with_status(code(status)))
        }
        Err(cause) => {
            let program = prepared.program;
            Err(Error::NotStarted { program, cause }.to_string().into())
        }
    }
}

/// Gives a program that a signal ended the status that Go calls -1.
fn code(status: ExitStatus) -> u8 {
    status.code().map_or(255, |code| (code & 0xff) as u8)
}

/// Returns the words of a command line that are Helm's own, and those that a plugin gets.
fn divide(args: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let attached = |known: &&str| arg.strip_prefix(*known).is_some_and(|v| v.starts_with('='));
        // An empty word counts as a flag with a value, too.
        if arg.is_empty() || OURS.contains(&arg.as_str()) {
            ours.push(arg);
            ours.extend(args.next());
        } else if arg == "--debug" || OURS.iter().any(attached) {
            ours.push(arg);
        } else {
            theirs.push(arg);
        }
    }
    (ours, theirs)
}

#[cfg(test)]
mod tests {
    use super::divide;

    #[test]
    fn helms_own_flags_are_kept_from_plugins() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (line, ours, theirs) in [
            ("a --debug -n x b", "--debug -n x", "a b"),
            ("--namespace=x --kube-context", "--namespace=x --kube-context", ""),
            ("-nx --debug=true --qps 3", "", "-nx --debug=true --qps 3"),
            ("-- -n x", "-n x", "--"),
        ] {
            assert_eq!(divide(words(line)), (words(ours), words(theirs)), "{line}");
        }
    }
}
