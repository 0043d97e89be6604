//! Implements `helm diff`, as the plugin helm-diff does: under Helm's name, and when Helm calls it as a plugin.

mod flags;
mod helm;
mod help;
mod local;
mod releases;
mod render;
mod upgrade;

use std::rc::Rc;

use gostd::time::Time;
use statefulchart::helm_diff::{
    Objects, Options, Output, ParseError, Parsed, Reading, Report, ReportError, TEST_HOOKS,
    TemplateError, VERSION, by_template, compare,
};

use super::settings::Settings;
use super::{Failure, GLOBAL_FLAGS, output, plugin_run, position};
use flags::Asked;
use helm::Helm;

/// What Helm calls the program with, by the plugin.yaml that comes with it.
pub(super) const ENTRY: &str = "helm-diff";

/// A command of helm-diff.
struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    long: &'static str,
    examples: &'static str,
    flags: &'static [&'static [super::Flag]],
    /// What the arguments are, where their number is checked before all else.
    args: Option<&'static [&'static str]>,
    run: fn(&Call, Asked<'_>) -> Result<(), Failure>,
}

/// The first one is what a command line without a name runs.
const COMMANDS: &[Command] = &[
    upgrade::COMMAND,
    local::COMMAND,
    releases::RELEASE,
    releases::REVISION,
    releases::ROLLBACK,
    Command {
        name: "version",
        usage: "version [flags]",
        about: "print the version of helm-diff that is reproduced",
        long: "Print the version of helm-diff that is reproduced",
        examples: "",
        flags: &[],
        args: None,
        run: |_, _| output::stdout(format!("{VERSION}\n").as_bytes()),
    },
];

/// What Helm tells a plugin.
struct Call {
    /// The flags that Helm keeps for itself.
    ours: Vec<String>,
    namespace: String,
    /// The environment of programs that are called.
    environment: Vec<(&'static str, String)>,
    debug: bool,
    /// Whether it is Helm that calls.
    is_plugin: bool,
}

/// Runs what a command line below `helm diff` asks for.
pub(super) fn as_command(args: Vec<String>) -> Result<(), Failure> {
    let (ours, theirs) = plugin_run::divide(args);
    let given = super::flags::parse(&[GLOBAL_FLAGS], ours.clone())?;
    let mut environment = Settings::read(&given).variables;
    environment.retain(|(name, _)| *name != helm::VARIABLE);
    let namespace = super::settings::namespace(&given);
    let debug = output::is_debug(&given);
    Call { ours, namespace, environment, debug, is_plugin: false }.run(theirs)
}

/// Runs what Helm asks its plugin for.
pub(super) fn as_plugin(args: Vec<String>) -> Result<(), Failure> {
    let namespace = std::env::var("HELM_NAMESPACE").unwrap_or_default();
    let debug = flags::is_true("HELM_DEBUG");
    let (ours, environment) = (Vec::new(), Vec::new());
    Call { ours, namespace, environment, debug, is_plugin: true }.run(args)
}

impl Call {
    fn run(&self, mut args: Vec<String>) -> Result<(), Failure> {
        let root = &COMMANDS[0];
        let known = || root.flags.iter().copied().chain([flags::GLOBAL]).flatten();
        let at = position(&args, &|is| known().any(|f| f.alone().is_some() && is(f)));
        let named = at.and_then(|at| {
            let found = COMMANDS.iter().find(|command| command.name == args[at])?;
            args.remove(at);
            Some(found)
        });
        let command = named.unwrap_or(root);
        let tables = [command.flags, &[flags::GLOBAL, &[flags::HELP]]].concat();
        if named.is_some_and(|c| c.name == root.name)
            && flags::is_true("HELM_DIFF_IGNORE_UNKNOWN_FLAGS")
        {
            args = flags::without_unknown(&tables, args);
        }
        let misused = |why: String| Failure::from(format!("{why}\n{}", help::usage(named)));
        let given = super::flags::parse(&tables, args).map_err(|misuse| misused(misuse.why))?;
        let asked = Asked(&given);
        if asked.on(&flags::HELP) {
            return help::print(named);
        }
        if let Some(wanted) = command.args {
            check_args(asked, wanted).map_err(misused)?;
        }
        if command.name == root.name {
            upgrade::check(asked).map_err(misused)?;
        }
        if named.is_none() {
            output::stderr(
                b"Command \"helm diff\" is deprecated, use \"helm diff upgrade\" instead\n",
            );
        }
        (command.run)(self, asked)
    }

    /// Returns the Helm that can ask a cluster, if there is one.
    fn helm(&self) -> Option<Rc<Helm>> {
        Helm::find(&self.environment, self.debug).map(Rc::new)
    }

    /// Returns the Helm that can ask a cluster.
    ///
    /// # Errors
    /// What to do without one, of which `instead` is a part.
    fn needs_helm(&self, what: &str, instead: &str) -> Result<Rc<Helm>, Failure> {
        let missing = || {
            Failure::from(format!(
                "{what} is in a cluster, and statefulchart asks none\n\
                 With a cluster: let ${} name a Helm that reaches it.\n{instead}",
                helm::VARIABLE
            ))
        };
        self.helm().ok_or_else(missing)
    }

    /// Says what is about to be run, where Helm was asked for more.
    fn tell(&self, program: &str, args: &[String]) -> Result<(), Failure> {
        match self.debug {
            true => output::stdout(format!("Executing {program} {}\n", args.join(" ")).as_bytes()),
            false => Ok(()),
        }
    }
}

/// Checks how many arguments there are.
fn check_args(asked: Asked<'_>, wanted: &[&str]) -> Result<(), String> {
    if asked.args().len() == wanted.len() {
        return Ok(());
    }
    Err(format!("This command needs {} arguments: {}", wanted.len(), wanted.join(", ")))
}

/// Returns the hooks that are left out.
fn excluded(asked: Asked<'_>) -> &'static [&'static str] {
    if asked.on(&flags::INCLUDE_TESTS) { &[] } else { TEST_HOOKS }
}

/// Takes manifests apart.
fn parse(reading: Reading<'_>, manifests: &[u8]) -> Result<Objects, Failure> {
    let Parsed { objects, doubled } =
        reading.parse(manifests).map_err(|e: ParseError| fatal(&e.to_bytes()))?;
    for key in doubled {
        log(format!("Error: Found duplicate key {key} in manifest").as_bytes());
    }
    Ok(objects)
}

/// Prints a line of Go's log.
fn log(text: &[u8]) {
    let clock = output::clock();
    let time = Time::unix(clock.now().seconds, &clock.local_zone());
    output::stderr(&[&time.format(b"2006/01/02 15:04:05")[..], b" ", text, b"\n"].concat());
}

/// Prints a line of Go's log, and fails without another word.
fn fatal(text: &[u8]) -> Failure {
    log(text);
    Failure::silent(1)
}

/// Says what is wrong with the template of `$HELM_DIFF_TPL`, and fails.
fn no_template<T>(why: &str) -> Result<T, Failure> {
    output::stdout(format!("{why}\n").as_bytes())?;
    Err(fatal(b"Error loading custom template"))
}

/// What is compared.
struct Compared {
    old: Objects,
    new: Objects,
    /// Whether `--detailed-exitcode` counts.
    detailed: bool,
}

impl Compared {
    /// Compares and reports; `context` is what a variable says in the place of `--context`.
    fn print(self, asked: Asked<'_>, context: Option<&str>) -> Result<(), Failure> {
        let Compared { old, new, detailed } = self;
        let options = &asked.options(context)?;
        let report = compare(old, new, options).map_err(Failure::from)?;
        for warning in &report.warnings {
            output::stderr(format!("{warning}\n").as_bytes());
        }
        if matches!(options.output, Output::Json | Output::Template(..)) {
            (0..report.without_keys()).for_each(|_| log(b"error processing report entry"));
        }
        output::stdout(&text(&report, options)?)?;
        if detailed && report.is_changed {
            let why = "identified at least one change, exiting with non-zero exit code (detailed-exitcode parameter enabled)";
            return Err(Failure::from(why).with_status(2));
        }
        Ok(())
    }

    /// Compares releases of one chart under two names.
    fn by_template(self) -> Self {
        Compared { old: by_template(self.old), new: by_template(self.new), ..self }
    }
}

fn text(report: &Report, options: &Options) -> Result<Vec<u8>, Failure> {
    match report.to_bytes(options) {
        Ok(text) => Ok(text),
        Err(ReportError::Template(TemplateError(why))) => no_template(&why),
        Err(ReportError::Json(why)) => {
            log(format!("Error encoding structured diff output: {why}\n").as_bytes());
            Ok(Vec::new())
        }
    }
}
