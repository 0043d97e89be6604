//! `statefulchart dependency build|list|update`

use std::path::Path;

use gostd::path;
use statefulchart::downloader::{Manager, Verify, status, strangers};

use super::flags::{Flag, Given, known};
use super::net::{self, Net};
use super::reporter::Terminal;
use super::{Args, Command, Failure, Group, locate, output, render, repo, signature, table};

pub(super) const GROUP: Group = Group {
    name: "dependency",
    names: &["dependency", "dep", "dependencies"],
    about: "manage a chart's dependencies",
    commands: &[BUILD, LIST, UPDATE],
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
        net::check_certificates(given)?;
        let name = folder(given);
        run(given, Path::new(&name), true, &SAY, |manager| manager.build())
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
        net::check_certificates(given)?;
        let name = folder(given);
        run(given, Path::new(&name), false, &SAY, |manager| manager.update())
    },
};

fn folder(given: &Given) -> String {
    let given = given.args.first().map_or(".", String::as_str);
    String::from_utf8_lossy(&path::clean(given.as_bytes())).into_owned()
}

/// Updates the dependencies of a chart that is about to be rendered.
pub(super) fn update(given: &Given, folder: &Path) -> Result<(), Failure> {
    run(given, folder, false, &SAY, |manager| manager.update())
}

/// Updates the dependencies of a chart that is about to be packed; Helm says nothing of it then.
pub(super) fn update_quietly(given: &Given, folder: &Path) -> Result<(), Failure> {
    run(given, folder, false, &|_| {}, |manager| manager.update())
}

/// Prints a text where it is to be seen.
const SAY: fn(&str) = |text| drop(output::stdout(text.as_bytes()));

fn run(
    given: &Given,
    folder: &Path,
    if_possible: bool,
    say: &dyn Fn(&str),
    job: impl FnOnce(&Manager<'_>) -> Result<(), String>,
) -> Result<(), Failure> {
    let net = Net::new(given);
    let keyring = locate::keyring(given);
    let check = |file: &Path| signature::verify(file, &keyring);
    let verify = match (given.verify, if_possible) {
        (false, _) => Verify::Never,
        (true, true) => Verify::IfPossible(&check),
        (true, false) => Verify::Always(&check),
    };
    let update = |entries: &[&statefulchart::repo::Entry], unmanaged| {
        let updated = repo::update_all(&net, entries, unmanaged, say);
        updated.map(drop).map_err(|e| String::from_utf8_lossy(&e.text()).into_owned())
    };
    locate::with_sources(&net, |sources| {
        job(&Manager {
            sources,
            folder,
            verify,
            debug: net.settings.debug,
            skip_update: given.skip_refresh,
            say: &|text| say(text),
            reporter: &Terminal::QUIET,
            update: &update,
            now: (repo::timestamp(), output::clock().now().seconds.max(0) as u64),
        })
    })
    .map_err(Failure::from)
}

fn list(given: &Given) -> Result<(), Failure> {
    let name = folder(given);
    let folder = Path::new(&name);
    let chart = render::load_any(folder)?;
    let Some(wanted) = &chart.metadata.dependencies else {
        let charts = path::join([name.as_bytes(), b"charts"]);
        let charts = String::from_utf8_lossy(&charts);
        let line = format!("WARNING: no dependencies at {charts}\n");
        return output::stdout(line.as_bytes());
    };
    let widest = given.max_col_width.unwrap_or(80);
    let mut rows = vec![["NAME", "VERSION", "REPOSITORY", "STATUS"].map(str::to_owned).to_vec()];
    for d in wanted {
        let text = |s: &[u8]| String::from_utf8_lossy(s).into_owned();
        let status = status(folder, d, &chart).to_owned();
        rows.push(vec![text(&d.name), text(&d.version), text(&d.repository), status]);
    }
    let mut text = table::layout(&rows, widest);
    text.push('\n');
    strangers(folder, wanted).iter().for_each(|line| text.push_str(line));
    output::stdout(text.as_bytes())
}
