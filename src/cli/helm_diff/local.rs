//! Implements `helm diff local`: two charts, rendered alike.

use statefulchart::helm_diff::Reading;

use super::flags::{self, Asked};
use super::render::{Files, Renderer, VALUES, Words};
use super::{Call, Command, Compared, check_args, excluded, parse};
use crate::cli::Failure;
use crate::cli::flags::Flag;

const FLAGS: &[Flag] = &[
    flags::API_VERSIONS,
    flags::DETAILED_EXITCODE,
    flags::ENABLE_DNS,
    flags::INCLUDE_CRDS,
    flags::INCLUDE_TESTS,
    flags::KUBE_VERSION,
    flags::NAMESPACE,
    flags::NORMALIZE,
    flags::POST_RENDERER,
    flags::POST_RENDERER_ARGS,
    flags::RELEASE,
    flags::SET,
    flags::SET_FILE,
    flags::SET_JSON,
    flags::SET_LITERAL,
    flags::SET_STRING,
    flags::VALUES,
];

pub(super) const COMMAND: Command = Command {
    name: "local",
    usage: "local [flags] CHART1 CHART2",
    about: "compare what two charts render",
    long: "Render two charts with the same values, and compare the manifests. No cluster is asked.",
    examples: "  helm diff local charts/web-1.0.0.tgz charts/web\n  helm diff local charts/web-1.0.0.tgz charts/web -f production.yaml --detailed-exitcode",
    flags: &[FLAGS, flags::REPORT],
    args: None,
    run,
};

fn run(call: &Call, asked: Asked<'_>) -> Result<(), Failure> {
    check_args(asked, &["chart1 path", "chart2 path"])?;
    let namespace = asked.filled(&flags::NAMESPACE).unwrap_or(&call.namespace);
    let renderer = Renderer::offline(call);
    let mut files = Files::default();
    let values = files.values(asked)?;
    let reading =
        Reading { namespace, normalize: asked.on(&flags::NORMALIZE), excluded: excluded(asked) };
    let objects = |chart: &String| {
        let release = asked.text(&flags::RELEASE).unwrap_or("release");
        let mut words = Words::of(&["template", release, chart]);
        words.switch("--include-crds", asked.on(&flags::INCLUDE_CRDS));
        words.value("--namespace", Some(namespace));
        words.value("--post-renderer", asked.text(&flags::POST_RENDERER));
        words.same(asked, &[flags::POST_RENDERER_ARGS]);
        values.iter().for_each(|file| words.value("--values", Some(file)));
        words.same(asked, VALUES);
        words.same(asked, &[flags::SET_FILE]);
        words.switch("--enable-dns", asked.on(&flags::ENABLE_DNS));
        words.same(asked, &[flags::API_VERSIONS]);
        words.value("--kube-version", asked.text(&flags::KUBE_VERSION));
        let manifests = renderer.manifests(call, words).map_err(|e| {
            let chart = gostd::strconv::quoted(gostd::os::bytes_of(chart));
            e.within(&format!("failed to render chart {chart}"))
        })?;
        parse(reading, &manifests)
    };
    let (old, new) = (objects(&asked.args()[0])?, objects(&asked.args()[1])?);
    let detailed = asked.on(&flags::DETAILED_EXITCODE);
    Compared { old, new, detailed }.print(asked, None)
}
