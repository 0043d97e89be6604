//! Implements `statefulchart dependency build|list|update`.

use std::path::Path;

use gostd::os::{bytes_of, path_of, text_of};
use gostd::path;
use gostd::strconv::quoted;
use statefulchart::action::{Dependency, DependencyList};
use statefulchart::downloader::Verify;

use super::flags::{Flag, Given, known};
use super::reporter::Terminal;
use super::settings::Settings;
use super::{Args, Command, Failure, Group, net, output, plugin_run, suggest, table};

pub(super) const GROUP: Group = Group {
    name: "dependency",
    names: &["dependency", "dep", "dependencies"],
    about: "manage a chart's dependencies",
    commands: &[BUILD, LIST, UPDATE],
    rules: &[],
    aliases: &[("ls", "list"), ("up", "update")],
};

const FLAGS: &[Flag] = &[
    known::KEYRING.about("keyring containing public keys"),
    known::PLAIN_HTTP.about("use insecure HTTP connections for the chart download"),
    known::SKIP_REFRESH.about("do not refresh the local repository cache"),
    known::VERIFY.about("verify the packages against signatures"),
];

const BUILD: Command = Command {
    name: "build",
    usage: "dependency build CHART",
    about: "rebuild the charts/ directory based on the Chart.lock file",
    long: "Fetch the charts that Chart.lock names into charts/; without that file, do as update does.",
    flags: &[net::FLAGS, FLAGS],
    args: Args::AtMost(1),
    run: |given| {
        output::check_clock()?;
        net::check_certificates(given)?;
        let verify = if given.verify { Verify::IfPossible } else { Verify::Never };
        let dependency = Dependency { verify, ..options(given, &path_of(&folder(given))) };
        plugin_run::look_for_getters();
        let providers = net::providers(given);
        dependency
            .build(providers.settings(), &providers, &Terminal::of(given))
            .map_err(|e| suggest::with_chart(e.into(), given))
    },
};

const LIST: Command = Command {
    name: "list",
    usage: "dependency list CHART",
    about: "list the dependencies for the given chart",
    long: "List the dependencies that Chart.yaml names, and whether charts/ holds them.",
    flags: &[&[known::MAX_COL_WIDTH.about("maximum column width for output table").or("80")]],
    args: Args::AtMost(1),
    run: list,
};

const UPDATE: Command = Command {
    name: "update",
    usage: "dependency update CHART",
    about: "update charts/ based on the contents of Chart.yaml",
    long: "Fetch the newest charts that Chart.yaml accepts into charts/, and write Chart.lock.",
    flags: &[net::FLAGS, FLAGS],
    args: Args::AtMost(1),
    run: |given| {
        output::check_clock()?;
        net::check_certificates(given)?;
        update(given, &path_of(&folder(given))).map_err(|e| suggest::with_chart(e, given))
    },
};

fn folder(given: &Given) -> String {
    let given = given.args.first().map_or(".", String::as_str);
    text_of(path::clean(&bytes_of(given)))
}

/// Updates the dependencies of a chart.
pub(super) fn update(given: &Given, folder: &Path) -> Result<(), Failure> {
    plugin_run::look_for_getters();
    let providers = net::providers(given);
    let dependency = options(given, folder);
    Ok(dependency.update(providers.settings(), &providers, &Terminal::of(given))?)
}

/// Returns how the flags say that the charts are fetched that a chart depends on.
pub(super) fn options(given: &Given, folder: &Path) -> Dependency {
    Dependency {
        folder: folder.to_owned(),
        verify: if given.verify { Verify::Always } else { Verify::Never },
        keyring: net::keyring(given).into(),
        skip_refresh: given.skip_refresh,
        clock: output::clock(),
    }
}

fn list(given: &Given) -> Result<(), Failure> {
    let name = folder(given);
    let list = DependencyList { folder: path_of(&name).into_owned() };
    let listed = list.run(&Settings::read(given).library(), &Terminal::of(given));
    let Some(found) = listed.map_err(|e| suggest::with_chart(e.into(), given))? else {
        let charts = path::join([&*bytes_of(&name), b"charts"]);
        let line = [b"WARNING: no dependencies at ", &charts[..], b"\n"].concat();
        return output::stdout(&line);
    };
    let mut rows = vec![["NAME", "VERSION", "REPOSITORY", "STATUS"].map(str::to_owned).to_vec()];
    rows.extend(
        found.rows.into_iter().map(|d| vec![d.name, d.version, d.repository, d.status.to_owned()]),
    );
    let mut text = table::layout(&table::printable(rows), given.max_col_width.unwrap_or(80));
    text.push('\n');
    for stranger in &found.strangers {
        let shown = quoted(stranger.path.as_os_str().as_encoded_bytes());
        let why = if stranger.is_chart { "in Chart.yaml" } else { "a chart" };
        text.push_str(&format!("WARNING: {shown} is not {why}.\n"));
    }
    output::stdout(text.as_bytes())
}
