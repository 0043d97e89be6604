//! Implements `helm diff upgrade`: what is deployed and what a chart renders.

use std::process::{Command as Process, Output};

use bstr::ByteSlice;
use statefulchart::helm_diff::{Objects, Reading, of_dry_run};

use super::flags::{self, Asked, is_true};
use super::helm::succeeded;
use super::releases::Question;
use super::render::{Files, Renderer, VALUES, Words};
use super::{Call, Command, Compared, excluded, parse};
use crate::cli::flags::{Flag, quote_for_shell, quoted};
use crate::cli::{Failure, output};

const FLAGS: &[Flag] = &[
    flags::ALLOW_UNRELEASED,
    flags::API_VERSIONS,
    flags::DETAILED_EXITCODE,
    flags::DEVEL,
    flags::DISABLE_OPENAPI_VALIDATION,
    flags::DISABLE_VALIDATION,
    flags::DRY_RUN,
    flags::ENABLE_DNS,
    flags::INCLUDE_CRDS,
    flags::INCLUDE_TESTS,
    flags::INSECURE_SKIP_TLS_VERIFY,
    flags::INSTALL,
    flags::KUBE_CONTEXT,
    flags::KUBE_VERSION,
    flags::KUBECONFIG,
    flags::NO_HOOKS,
    flags::NORMALIZE,
    flags::POST_RENDERER,
    flags::POST_RENDERER_ARGS,
    flags::REPO,
    flags::RESET_THEN_REUSE_VALUES,
    flags::RESET_VALUES,
    flags::REUSE_VALUES,
    flags::SERVER_SIDE,
    flags::SET,
    flags::SET_FILE,
    flags::SET_JSON,
    flags::SET_LITERAL,
    flags::SET_STRING,
    flags::SKIP_SCHEMA_VALIDATION,
    flags::TAKE_OWNERSHIP,
    flags::THREE_WAY_MERGE,
    flags::VALUES,
    flags::VERSION,
];

pub(super) const COMMAND: Command = Command {
    name: "upgrade",
    usage: "upgrade [flags] [RELEASE] [CHART]",
    about: "show what an upgrade would change",
    long: "Compare the manifests of a release with what a chart renders, to see what an upgrade would change.\n\nWhat is deployed is asked of the Helm that $HELM_BIN names. With --dry-run=client no cluster is asked, and\neverything is new.",
    examples: "  helm diff upgrade my-release charts/web --values production.yaml\n  helm diff upgrade my-release charts/web --dry-run=client --output simple\n\n  # Pass over flags of helm upgrade that this command does not have\n  HELM_DIFF_IGNORE_UNKNOWN_FLAGS=true helm diff upgrade my-release charts/web --wait\n\n  # Render with helm upgrade --dry-run instead of helm template\n  HELM_DIFF_USE_UPGRADE_DRY_RUN=true helm diff upgrade my-release charts/web",
    flags: &[FLAGS, flags::REPORT],
    args: Some(&["release name", "chart path"]),
    run,
};

/// What `--dry-run` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum DryRun {
    None,
    /// No cluster is asked.
    Client,
    /// Templates may look objects up.
    Server,
    /// `false`: the flag is not handed on.
    Off,
}

/// Returns what `--dry-run` asks for.
fn dry_run(asked: Asked<'_>) -> Result<DryRun, String> {
    match asked.text(&flags::DRY_RUN).unwrap_or_default() {
        "" => Ok(DryRun::None),
        "client" | "true" => Ok(DryRun::Client),
        "server" => Ok(DryRun::Server),
        "false" => Ok(DryRun::Off),
        other => Err(format!(
            "flag \"dry-run\" must take a bool value or either \"client\" or \"server\", but got {}",
            quoted(other)
        )),
    }
}

/// Checks what takes one of several words.
pub(super) fn check(asked: Asked<'_>) -> Result<(), String> {
    dry_run(asked)?;
    let server_side = server_side(asked);
    if matches!(server_side, "true" | "false" | "auto") {
        return Ok(());
    }
    Err(format!(
        "flag \"server-side\" must be \"true\", \"false\" or \"auto\", but got {}",
        quoted(server_side)
    ))
}

fn server_side(asked: Asked<'_>) -> &str {
    asked.text(&flags::SERVER_SIDE).unwrap_or("auto")
}

/// An upgrade that is looked at.
struct Upgrade<'u> {
    call: &'u Call,
    asked: Asked<'u>,
    release: &'u str,
    chart: &'u str,
    dry_run: DryRun,
    /// Whether `helm upgrade --dry-run` renders.
    by_upgrade: bool,
}

fn run(call: &Call, asked: Asked<'_>) -> Result<(), Failure> {
    let [release, chart] = asked.args() else { return Err("two arguments are needed".into()) };
    let (three_way, by_variable) =
        asked.on_or(&flags::THREE_WAY_MERGE, "HELM_DIFF_THREE_WAY_MERGE");
    if by_variable {
        output::stderr(b"Enabled three way merge via the envvar\n");
    }
    let (normalize, by_variable) = asked.on_or(&flags::NORMALIZE, "HELM_DIFF_NORMALIZE_MANIFESTS");
    if by_variable {
        output::stderr(b"Enabled normalize manifests via the envvar\n");
    }
    let context = std::env::var("HELM_DIFF_OUTPUT_CONTEXT").ok();
    for (flag, on) in [
        (flags::TAKE_OWNERSHIP, asked.on(&flags::TAKE_OWNERSHIP)),
        (flags::THREE_WAY_MERGE, three_way),
    ] {
        if on {
            return Err(Failure::from(format!(
                "--{} compares with the objects in a cluster, and statefulchart asks none: leave it out, and what was deployed is compared",
                flag.name
            )));
        }
    }
    let upgrade = Upgrade {
        call,
        asked,
        release,
        chart,
        dry_run: dry_run(asked)?,
        by_upgrade: is_true("HELM_DIFF_USE_UPGRADE_DRY_RUN"),
    };
    let reading = Reading { namespace: &call.namespace, normalize, excluded: excluded(asked) };
    let (old, new) = match upgrade.dry_run {
        DryRun::Client => (Objects::new(), parse(reading, &upgrade.rendered_offline()?)?),
        _ => upgrade.deployed_and_rendered(reading)?,
    };
    let detailed = asked.on(&flags::DETAILED_EXITCODE);
    Compared { old, new, detailed }.print(asked, context.as_deref())
}

impl Upgrade<'_> {
    /// Returns what the chart renders, where no cluster is asked.
    fn rendered_offline(&self) -> Result<Vec<u8>, Failure> {
        let renderer = Renderer::offline(self.call);
        renderer.version()?;
        self.rendered(renderer, None, true).map_err(|e| e.within("Failed to render chart"))
    }

    /// Returns the objects that are deployed, and those of the chart.
    fn deployed_and_rendered(&self, reading: Reading<'_>) -> Result<(Objects, Objects), Failure> {
        let Upgrade { call, asked, release, chart, .. } = *self;
        let instead = format!(
            "Without one: add --dry-run=client, and everything is new; or save what `helm get all {release}` prints, and compare with the file:\n  statefulchart diff upgrade {} {} --against FILE",
            quote_for_shell(release),
            quote_for_shell(chart)
        );
        let helm = call.needs_helm(&format!("release {release}"), &instead)?;
        helm.version()?;
        let namespace = &*call.namespace;
        let context = asked.text(&flags::KUBE_CONTEXT);
        let question = Question { helm: &helm, name: release, namespace, context };
        let is_allowed = asked.on(&flags::ALLOW_UNRELEASED) || asked.on(&flags::INSTALL);
        let deployed = match question.get("manifest", &[]) {
            Ok(manifest) => Some(manifest),
            Err(e) if e.text(false).contains_str("release: not found") => {
                if !is_allowed {
                    output::stderr(b"********************\n\n\tRelease was not present in Helm.  Include the `--allow-unreleased` to perform diff without exiting in error.\n\n********************\n");
                    return Err(e);
                }
                None
            }
            Err(e) => {
                let context = format!("Failed to get release {release} in namespace {namespace}");
                return Err(e.within(&context));
            }
        };
        let is_upgrade = deployed.is_some();
        let existing = self.existing_values(&question, is_upgrade);
        let rendered = existing.and_then(|existing| {
            self.rendered(Renderer::Other(helm.clone()), existing, is_upgrade)
        });
        let rendered = rendered.map_err(|e| e.within("Failed to render chart"))?;
        let old = match deployed {
            None => Objects::new(),
            Some(mut manifest) => {
                if !asked.on(&flags::NO_HOOKS) {
                    manifest.extend(question.get("hooks", &[])?);
                }
                parse(reading, &manifest)?
            }
        };
        Ok((old, parse(reading, &rendered)?))
    }

    /// Returns the values of the last release, where they are taken over.
    fn existing_values(
        &self,
        question: &Question<'_>,
        is_upgrade: bool,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let asked = self.asked;
        let gives_none = VALUES.iter().chain(&[flags::SET_FILE, flags::VALUES]);
        let gives_none = gives_none.into_iter().all(|flag| !asked.is_given(flag));
        let reuses = asked.on(&flags::REUSE_VALUES);
        let then_reuses = asked.on(&flags::RESET_THEN_REUSE_VALUES);
        let is_wanted = reuses || then_reuses || is_upgrade && gives_none;
        if !is_wanted || asked.on(&flags::RESET_VALUES) {
            return Ok(None);
        }
        let all = !then_reuses || reuses;
        if !all && question.helm.version()? < (3, 14, 0) {
            return Err(
                "Using --reset-then-reuse-values requires at least helm version 3.14.0".into()
            );
        }
        let more: &[&str] =
            if all { &["--output", "yaml", "--all"] } else { &["--output", "yaml"] };
        question.get("values", more).map(Some)
    }

    /// Returns what the chart renders.
    fn rendered(
        &self,
        renderer: Renderer,
        existing: Option<Vec<u8>>,
        is_upgrade: bool,
    ) -> Result<Vec<u8>, Failure> {
        let Upgrade { call, asked, release, chart, by_upgrade, .. } = *self;
        let version = renderer.version()?;
        let is_helm_4 = version >= (4, 0, 0);
        let command = if by_upgrade { "upgrade" } else { "template" };
        let mut words = Words::of(&[command, release, chart]);
        let mut files = Files::default();
        words.switch("--devel", asked.on(&flags::DEVEL));
        words.switch("--no-hooks", asked.on(&flags::NO_HOOKS) && !by_upgrade);
        words.switch("--include-crds", asked.on(&flags::INCLUDE_CRDS));
        words.value("--version", asked.text(&flags::VERSION));
        words.value("--repo", asked.text(&flags::REPO));
        words.value("--namespace", Some(&call.namespace));
        words.value("--kube-context", asked.text(&flags::KUBE_CONTEXT));
        words.value("--post-renderer", asked.text(&flags::POST_RENDERER));
        words.same(asked, &[flags::POST_RENDERER_ARGS]);
        words.switch("--insecure-skip-tls-verify", asked.on(&flags::INSECURE_SKIP_TLS_VERIFY));
        if let Some(values) = existing {
            words.value("--values", Some(&files.keep("existing-values", &values)?));
        }
        words.same(asked, VALUES);
        for file in files.values(asked)? {
            words.value("--values", Some(&file));
        }
        words.same(asked, &[flags::SET_FILE]);
        words.switch("--disable-openapi-validation", asked.on(&flags::DISABLE_OPENAPI_VALIDATION));
        words.switch("--enable-dns", asked.on(&flags::ENABLE_DNS));
        words.switch("--skip-schema-validation", asked.on(&flags::SKIP_SCHEMA_VALIDATION));
        let server_side = server_side(asked);
        if is_helm_4 && (by_upgrade || server_side != "auto") {
            words.push(format!("--server-side={server_side}"));
        }
        if by_upgrade {
            let is_allowed = asked.on(&flags::ALLOW_UNRELEASED) || asked.on(&flags::INSTALL);
            words.switch("--install", is_allowed);
            words.push(match (&renderer, version >= (3, 13, 0)) {
                (Renderer::Other(_), true) => "--dry-run=server",
                (Renderer::Own, true) => "--dry-run=client",
                (_, false) => "--dry-run",
            });
            let report = match renderer {
                Renderer::Other(helm) => helm.output(&words.0),
                Renderer::Own => self.own_upgrade(words),
            };
            let report = report.map_err(Failure::from)?;
            return Ok(of_dry_run(&report, asked.on(&flags::NO_HOOKS)));
        }
        self.template_flags(&mut words, version, is_upgrade);
        renderer.manifests(call, words)
    }

    /// Adds what only `template` has.
    fn template_flags(&self, words: &mut Words, version: (u64, u64, u64), is_upgrade: bool) {
        let asked = self.asked;
        let is_helm_4 = version >= (4, 0, 0);
        let asks_cluster = self.dry_run != DryRun::Client;
        // In Helm 4 the cluster's capabilities come with a dry run on the server.
        let on_server = !matches!(self.dry_run, DryRun::Client | DryRun::Off);
        if asks_cluster && !asked.on(&flags::DISABLE_VALIDATION) {
            match is_helm_4 {
                true => words.switch("--dry-run=server", on_server),
                false => words.push("--validate"),
            }
        }
        words.switch("--is-upgrade", is_upgrade);
        words.same(asked, &[flags::API_VERSIONS]);
        words.value("--kube-version", asked.text(&flags::KUBE_VERSION));
        if version >= (3, 13, 0) && self.dry_run != DryRun::Off && !(is_helm_4 && on_server) {
            words.push(match self.dry_run {
                DryRun::Server => "--dry-run=server",
                _ => "--dry-run=client",
            });
        }
    }

    /// Runs this program's own `upgrade`, which ends the process that it runs in.
    fn own_upgrade(&self, words: Words) -> Result<Vec<u8>, Vec<u8>> {
        use std::os::unix::process::CommandExt;
        let program = std::env::current_exe().map_err(|e| e.to_string().into_bytes())?;
        let mut command = Process::new(program);
        command.arg0("helm").args(&words.0).args(&self.call.ours);
        let Output { status, stdout, stderr } =
            command.output().map_err(|e| e.to_string().into_bytes())?;
        succeeded(status, stdout, &stderr)
    }
}
