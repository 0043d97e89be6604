//! Running plugins: as commands, at events, and to fetch things.

use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use gostd::os::io_reason;
use gostd::path;
use gostd::strconv::quoted;
use statefulchart::getter::Options;
use statefulchart::plugin::{Downloader, Plugin};

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

/// The plugins that are commands. What is wrong with one is said, and then there are none: the first
/// call comes before any command.
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

/// The plugin of that name.
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
    let environment = environment(&settings, plugin);
    let variable = |name: &str| {
        let set = environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        set.or_else(|| std::env::var(name).ok()).unwrap_or_default()
    };
    let exited = || format!("plugin {} exited with error", quoted(&plugin.name));
    let prepared = plugin.prepare(theirs, &variable).map_err(|why| {
        output::stderr(why.as_bytes());
        exited()
    })?;
    let mut command = Command::new(&prepared.program);
    let status = command.args(&prepared.args).envs(environment).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::from(exited()).with_status(code(status))),
        Err(e) => Err(not_started(&prepared.program, &e).into()),
    }
}

/// A program that a signal ended has the status that Go calls -1.
fn code(status: ExitStatus) -> u8 {
    status.code().map_or(255, |code| (code & 0xff) as u8)
}

fn not_started(program: &str, e: &std::io::Error) -> String {
    if program.contains('/') {
        return format!("fork/exec {program}: {}", io_reason(e));
    }
    format!("exec: {}: executable file not found in $PATH", quoted(program))
}

/// The words of a command line that are Helm's own, and those that a plugin gets.
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

/// The variables that a plugin finds, beside those that are set anyway.
fn environment(settings: &Settings, plugin: &Plugin) -> Vec<(String, String)> {
    let named = [("HELM_PLUGIN_NAME", &plugin.name), ("HELM_PLUGIN_DIR", &plugin.folder)];
    let known = settings.variables.iter().map(|(name, value)| (*name, value));
    known.chain(named).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// Runs what a plugin wants to be run at an event.
///
/// # Errors
/// `plugin EVENT hook for "NAME" exited with error`
pub(super) fn hook(settings: &Settings, plugin: &Plugin, event: &str) -> Result<(), String> {
    let Some(hook) = plugin.hook(event) else { return Ok(()) };
    if settings.debug {
        let shell = super::program::find("sh").map_or("sh".into(), |p| p.display().to_string());
        let line = format!("running {event} hook: {shell} -c {hook}");
        output::debug("plugin.go:60", line.as_bytes());
    }
    let status = Command::new("sh")
        .args(["-c", &hook])
        .envs(environment(settings, plugin))
        .stdin(Stdio::null())
        .status()
        .map_err(|e| not_started("sh", &e))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("plugin {event} hook for {} exited with error", quoted(&plugin.name)))
}

/// Fetches a URL with a plugin's program.
///
/// # Errors
/// `plugin "COMMAND" exited with error`
pub(super) fn download(
    settings: &Settings,
    plugin: &Plugin,
    downloader: &Downloader,
    url: &str,
    options: &Options,
    limit: u64,
) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let mut words = downloader.command.split(' ');
    let name = words.next().unwrap_or_default();
    let program = path::join([plugin.folder.as_bytes(), name.as_bytes()]);
    let program = String::from_utf8_lossy(&program).into_owned();
    let failed = || format!("plugin {} exited with error", quoted(&downloader.command));
    let mut child = Command::new(&program)
        .args(words)
        .args([&options.tls.cert_file, &options.tls.key_file, &options.tls.ca_file, url])
        .envs(environment(settings, plugin))
        .env("HELM_PLUGIN_USERNAME", &options.username)
        .env("HELM_PLUGIN_PASSWORD", &options.password)
        .env("HELM_PLUGIN_PASS_CREDENTIALS_ALL", options.pass_credentials.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| not_started(&program, &e))?;
    let mut data = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        pipe.take(limit.saturating_add(1)).read_to_end(&mut data).map_err(|e| io_reason(&e))?;
    }
    if data.len() as u64 > limit {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("{url} has more than {limit} bytes"));
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(data),
        _ => Err(failed()),
    }
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
