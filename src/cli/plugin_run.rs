//! Runs plugins as commands.

use gostd::os::path_of;
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;

use statefulchart::plugin::{Error, Plugin, Type};
use statefulchart::profile::Rule;
use statefulchart::report::{Debug, Event, Reporter, Warning};

use super::flags;
use super::reporter::Terminal;
use super::settings::{self, Settings};
use super::{Failure, GLOBAL_FLAGS, output, profile};

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
        let profile = profile::current();
        let found = Plugin::find_all(place(), profile, &Terminal::QUIET);
        match found {
            Ok(found) if profile.has(Rule::PluginsOfHelm4) => commands(found),
            Ok(found) => found,
            Err(why) if profile.has(Rule::PluginsOfHelm4) => {
                warn(Warning::PluginsFailed { why: why.to_string() });
                Vec::new()
            }
            Err(why) => {
                output::stderr(format!("failed to load plugins: {why}\n").as_bytes());
                Vec::new()
            }
        }
    })
}

/// Returns where plugins are.
fn place() -> &'static str {
    static PLACE: OnceLock<String> = OnceLock::new();
    PLACE.get_or_init(settings::plugins)
}

fn warn(warning: Warning) {
    Terminal::QUIET.report(Event::Warning(warning));
}

/// Returns the plugins that are commands in Helm 4, up to the first whose name is taken.
fn commands(found: Vec<Plugin>) -> Vec<Plugin> {
    let mut commands: Vec<Plugin> = Vec::new();
    for plugin in found.into_iter().filter(|plugin| plugin.kind == Type::Cli) {
        let name = plugin.command_name();
        let is_taken = super::help::is_command(name)
            || commands.iter().any(|known| known.command_name() == name);
        if is_taken {
            warn(Warning::PluginNameTaken { name: name.to_owned() });
            break;
        }
        commands.push(plugin);
    }
    commands
}

/// Returns the plugin of that name that rewrites manifests.
///
/// # Errors
/// Helm's text where there is none.
pub(super) fn post_renderer(name: &str, reporter: &dyn Reporter) -> Result<Plugin, String> {
    let kind = Type::PostRenderer;
    let found = Plugin::find_all(place(), profile::current(), reporter);
    let found = found.map_err(|why| why.to_string())?.into_iter();
    let mut fitting = found.filter(|plugin| plugin.name == name && plugin.kind == kind);
    let missing = || format!("plugin: {{Name:{name} Type:{}}} not found", kind.name());
    fitting.next().ok_or_else(missing)
}

/// Looks for what fetches where Helm 4 does, which warns again of plugins that it cannot read.
pub(super) fn look_for_getters() {
    let profile = profile::current();
    if profile.has(Rule::PluginsOfHelm4) {
        let _ = Plugin::find_in(place(), profile, &Terminal::QUIET);
    }
}

/// Returns the plugin of that name.
pub(super) fn named(name: &str) -> Option<&'static Plugin> {
    all().iter().find(|p| p.command_name() == name)
}

/// While Helm has not yet come to the plugin that is wanted, it looks what the others complete.
fn look_for_completions(wanted: &Plugin, reporter: &Terminal) {
    for plugin in all().iter().take_while(|p| p.name != wanted.name) {
        let file = format!("{}/completion.yaml", plugin.folder);
        if !std::path::Path::new(&file).exists() {
            match profile::current().has(Rule::PluginsOfHelm4) {
                true => reporter.report(Event::Debug(Debug::NoPluginCompletion { file })),
                // It is no line of the log there.
                false => output::stderr(
                    format!("load_plugins.go:110: [info] file ({file}) not provided by plugin. No plugin auto-completion possible\n").as_bytes(),
                ),
            }
        }
    }
}

/// Runs a plugin on what else stands on the command line; its exit status becomes ours.
pub(super) fn run(plugin: &Plugin, args: Vec<String>) -> Result<(), Failure> {
    let everywhere = flags::parse_known(GLOBAL_FLAGS, &args);
    if output::is_debug(&everywhere) {
        look_for_completions(plugin, &Terminal::of(&everywhere));
    }
    let (ours, theirs) = divide(args);
    let strict = flags::parse(&[GLOBAL_FLAGS], ours)?;
    let given = strict.or(everywhere);
    let settings = Settings::read(&given);
    let surroundings = settings.library().surroundings;
    let environment = surroundings.of(plugin);
    let variable = |name: &str| surroundings.value(&environment, name);
    let failed = |status| Error::Failed { name: plugin.name.clone(), status };
    let is_newer = profile::current().has(Rule::PluginsOfHelm4);
    plugin.check_runtime().map_err(|why| why.to_string())?;
    let prepared = plugin.prepare(theirs, &variable).map_err(|why| {
        if is_newer {
            return Error::NotPrepared(Box::new(why)).to_string();
        }
        output::stderr(why.to_string().as_bytes());
        failed(None).to_string()
    })?;
    let reporter = Terminal::of(&given);
    if is_newer {
        let command = prepared.shown(&surroundings.path);
        let name = plugin.name.clone();
        reporter.report(Event::Debug(Debug::PluginCommand { name, command }));
    }
    let mut command = Command::new(&prepared.program);
    let args = prepared.args.iter().map(|arg| path_of(arg).into_owned());
    let status = command.args(args).envs(environment).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            if is_newer {
                plugin.report_failure(status, &reporter);
            }
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
pub(super) fn divide(args: Vec<String>) -> (Vec<String>, Vec<String>) {
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
