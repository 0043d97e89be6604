//! Takes the commands that only a cluster could answer, with all their flags, and answers with the
//! way to do it.

use gostd::strconv;
use statefulchart::profile::Rule;

use super::flags::{Flag, Given, Kind, flag, known, quote_for_shell, short};
use super::repo::OUTPUT;
use super::{Args, Command, Failure, Group, advice, help, render};

const REVISION: &[Flag] = &[flag("revision", Kind::Int, "which revision of the release")];
const NO_HOOKS: &[Flag] = &[known::NO_HOOKS.about("do not run the chart's hooks")];
const TIMEOUT: &[Flag] =
    &[flag("timeout", Kind::Duration, "how long to wait for each step, e.g. for a hook's job")
        .or("5m0s")];
const WAIT: &[Flag] = &[
    flag("wait", Kind::Bool, "wait until it is done, for --timeout at most")
        .without(Rule::FlagsOfHelm4),
    render::WAIT_OF_HELM_4.about("wait until it is done, for --timeout at most"),
];
const MAX: &[Flag] = &[flag("max", Kind::Int, "how many revisions to show at most").or("256")];

const LIST_FLAGS: &[Flag] = &[
    short('a', "all", Kind::Bool, "releases in any state").without(Rule::FlagsOfHelm4),
    short('A', "all-namespaces", Kind::Bool, "releases of all namespaces")
        .kubectl("all-namespaces"),
    short('d', "date", Kind::Bool, "sort by the date of the release"),
    flag("deployed", Kind::Bool, "deployed releases; the usual choice"),
    flag("failed", Kind::Bool, "failed releases"),
    short('f', "filter", Kind::String, "a regular expression that the names match"),
    short('m', "max", Kind::Int, "how many releases to show at most").or("256"),
    flag("no-headers", Kind::Bool, "leave the headings of the table out"),
    flag("offset", Kind::Int, "how many releases to pass over"),
    flag("pending", Kind::Bool, "releases that wait for something"),
    short('r', "reverse", Kind::Bool, "the other way round"),
    short('l', "selector", Kind::String, "labels that the releases have, e.g. a=b,c!=d"),
    short('q', "short", Kind::Bool, "names only"),
    flag("superseded", Kind::Bool, "releases that newer ones have replaced"),
    flag("time-format", Kind::String, "how to write times, as Go's time package takes it"),
    flag("uninstalled", Kind::Bool, "releases of which only the history is kept"),
    flag("uninstalling", Kind::Bool, "releases that are being uninstalled"),
];

/// Prints what all of them answer: the way to do it, for each release that is named.
fn refuse(given: &Given, what: &str, way: &str) -> Result<(), Failure> {
    let unnamed = ["NAME".to_owned()];
    let names = if given.args.is_empty() || what == "rollback" {
        given.args.get(..1).unwrap_or(&unnamed)
    } else {
        &given.args
    };
    let cluster = advice::for_kubectl(given);
    let way = way.replace("@NAME@", help::program());
    let way = way.replace("CHART", &format!("CHART{}", advice::namespace(given)));
    let ways = names.iter().map(|name| way.replace("NAME", &quote_for_shell(name)));
    let ways: Vec<String> = ways.map(|way| format!("`{way}{cluster}`")).collect();
    Err(format!(
        "{what} needs a cluster, and statefulchart never talks to one; use {}",
        ways.join(" and ")
    )
    .into())
}

/// Returns a row: the name, usage, summary, flags, arguments, and the way to do it.
const fn command(
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    flags: &'static [&'static [Flag]],
    args: Args,
    run: fn(&Given) -> Result<(), Failure>,
) -> Command {
    Command { name, usage, about, long: about, flags, args, run }
}

pub(super) const LIST: Command = command(
    "list",
    "list",
    "list releases (only a cluster knows them)",
    &[LIST_FLAGS, OUTPUT],
    Args::None,
    |given| refuse(given, "list", "kubectl get all -l app.kubernetes.io/managed-by=Helm"),
);

pub(super) const STATUS: Command = command(
    "status",
    "status RELEASE_NAME",
    "show how a release is (only a cluster knows)",
    &[
        REVISION,
        OUTPUT,
        &[
            flag("show-desc", Kind::Bool, "show the release's description")
                .without(Rule::FlagsOfHelm4),
            flag("show-resources", Kind::Bool, "show the release's resources")
                .without(Rule::FlagsOfHelm4),
        ],
    ],
    Args::Exactly(1),
    |given| refuse(given, "status", "kubectl get all -l app.kubernetes.io/instance=NAME"),
);

pub(super) const HISTORY: Command = command(
    "history",
    "history RELEASE_NAME",
    "show the revisions of a release (only a cluster knows them)",
    &[
        MAX,
        OUTPUT,
        &[flag("show-rollback-revision", Kind::Bool, "show what a revision went back to")
            .with(Rule::RollbacksDescribed)],
    ],
    Args::Exactly(1),
    |given| {
        let way =
            "kubectl rollout history statefulset,deployment -l app.kubernetes.io/instance=NAME";
        refuse(given, "history", way)
    },
);

pub(super) const ROLLBACK: Command = command(
    "rollback",
    "rollback <RELEASE> [REVISION]",
    "go back to an earlier revision of a release (needs a cluster)",
    &[
        NO_HOOKS,
        TIMEOUT,
        WAIT,
        render::FORCE_FLAGS,
        &[
            flag("cleanup-on-fail", Kind::Bool, "remove what was new if it fails"),
            flag("dry-run", Kind::Bool, "only say what would be done").without(Rule::FlagsOfHelm4),
            render::DRY_RUN_OF_HELM_4.about("only say what would be done").or("\"none\""),
            flag("force", Kind::Bool, "delete and create what cannot be updated")
                .without(Rule::FlagsOfHelm4),
            flag("history-max", Kind::Int, "how many revisions to keep; 0 for all").or("10"),
            flag("recreate-pods", Kind::Bool, "restart the pods").without(Rule::FlagsOfHelm4),
            flag(
                "server-side",
                Kind::String,
                "whether the server applies objects: auto, true or false",
            )
            .with(Rule::FlagsOfHelm4)
            .or("\"auto\""),
            flag("description", Kind::String, "a description for the history")
                .with(Rule::RollbacksDescribed),
            flag("wait-for-jobs", Kind::Bool, "with --wait, wait for jobs, too"),
        ],
    ],
    Args::AtLeast(1),
    |given| {
        if let Some(revision) = given.args.get(1)
            && let Err(e) = strconv::parse_int(revision.as_bytes(), 10, 64)
        {
            let why = e.to_string().replace("ParseInt", "Atoi");
            return Err(format!("could not convert revision to a number: {why}").into());
        }
        let way = "kubectl rollout undo statefulset,deployment -l app.kubernetes.io/instance=NAME";
        refuse(given, "rollback", way)
    },
);

pub(super) const UNINSTALL: Command = command(
    "uninstall",
    "uninstall RELEASE_NAME [...]",
    "remove a release (needs a cluster)",
    &[
        NO_HOOKS,
        TIMEOUT,
        WAIT,
        &[
            known::CASCADE
                .about("what becomes of dependents: background, foreground or orphan")
                .or("\"background\""),
            flag("description", Kind::String, "a description for the history"),
            flag("dry-run", Kind::Bool, "only say what would be done"),
            flag("ignore-not-found", Kind::Bool, "be content if there is no such release"),
            flag("keep-history", Kind::Bool, "keep the release's history"),
        ],
    ],
    Args::AtLeast(1),
    |given| {
        let cascade = given.cascade.as_deref().unwrap_or_default();
        if !matches!(cascade, "" | "background" | "foreground" | "orphan") {
            return Err(format!(
                "invalid cascade value ({cascade}). Must be \"background\", \"foreground\", or \"orphan\""
            )
            .into());
        }
        let way = "@NAME@ template NAME CHART | kubectl delete -f -";
        refuse(given, "uninstall", way)
    },
);

pub(super) const TEST: Command = command(
    "test",
    "test [RELEASE]",
    "run the tests of a release (needs a cluster)",
    &[
        TIMEOUT,
        &[
            flag("filter", Kind::Slice, "which tests to run: name=NAME, or !name=NAME"),
            known::HIDE_NOTES
                .about("leave the notes out of the report")
                .without(Rule::FlagsOfHelm4),
            flag("logs", Kind::Bool, "show what the tests' pods wrote"),
        ],
    ],
    Args::Exactly(1),
    |given| {
        let way = "@NAME@ template NAME CHART --show-only 'templates/tests/*' | kubectl apply -f -";
        refuse(given, "test", way)
    },
);

/// Where Helm keeps what it knows of a release.
const SECRETS: &str = "kubectl get secret -l owner=helm,name=NAME -o yaml";

pub(super) const GET: Group = Group {
    name: "get",
    names: &["get"],
    about: "show what is known of a release (only a cluster knows it)",
    commands: &[
        command(
            "all",
            "get all RELEASE_NAME",
            "all about a release",
            &[REVISION, &[known::TEMPLATE.about("a Go template for the report")]],
            Args::Exactly(1),
            |given| refuse(given, "get all", SECRETS),
        ),
        command(
            "hooks",
            "get hooks RELEASE_NAME",
            "the hooks of a release",
            &[REVISION],
            Args::Exactly(1),
            |given| refuse(given, "get hooks", SECRETS),
        ),
        command(
            "manifest",
            "get manifest RELEASE_NAME",
            "the manifest of a release",
            &[REVISION],
            Args::Exactly(1),
            |given| {
                let way = "kubectl get all -l app.kubernetes.io/instance=NAME -o yaml";
                refuse(given, "get manifest", way)
            },
        ),
        command(
            "metadata",
            "get metadata RELEASE_NAME",
            "the metadata of a release",
            &[REVISION, OUTPUT],
            Args::Exactly(1),
            |given| refuse(given, "get metadata", SECRETS),
        ),
        command(
            "notes",
            "get notes RELEASE_NAME",
            "the notes of a release",
            &[REVISION],
            Args::Exactly(1),
            |given| refuse(given, "get notes", SECRETS),
        ),
        command(
            "values",
            "get values RELEASE_NAME",
            "the values of a release",
            &[
                REVISION,
                OUTPUT,
                &[short('a', "all", Kind::Bool, "all values, those of the chart, too")],
            ],
            Args::Exactly(1),
            |given| refuse(given, "get values", SECRETS),
        ),
    ],
    rules: &[],
    aliases: &[],
};
