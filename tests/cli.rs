//! Runs the binary on every case of `tests/cases` and compares with what Helm printed.
//!
//! `CASE=errors/parse cargo test --test cli` keeps the cases whose name contains the text.

mod support;

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use similar::{ChangeTag, TextDiff};
use statefulchart::profile::{Profile, RELEASES, RULES};
use support::{Golden, Outputs, agree, cases, goldens, own_cases, record};

const BINARY: &str = env!("CARGO_BIN_EXE_statefulchart");
/// What a case names that shows the Kubernetes that releases assume.
const KUBERNETES: &str = "kubernetes_version";

#[test]
fn every_case_prints_what_helm_printed() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let all = cases();
    let own = own_cases();
    let names = all.iter().map(|(case, _)| &*case.name);
    let names: Vec<&str> = names.chain(own.iter().map(|(case, _)| &*case.name)).collect();
    if let Some(fault) = nothing_wanted(&wanted, &names) {
        panic!("{fault}");
    }
    let cases: Vec<_> = all.iter().filter(|(case, _)| case.name.contains(&wanted)).collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                while let Some((case, goldens)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for Golden { release, outputs } in goldens {
                        let name = format!("{}, Helm {release}", case.name);
                        assert_eq!(case.runs.len(), outputs.len(), "{name}: record it anew");
                        for (run, want) in case.runs.iter().zip(outputs) {
                            let text = differences(want, &case.execute(BINARY, release, run));
                            if !text.is_empty() {
                                found.lock().unwrap().push(format!("{name}: {run}\n{text}"));
                            }
                        }
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    let runs: usize = cases.iter().map(|(case, of)| case.runs.len() * of.len()).sum();
    assert!(found.is_empty(), "{}\n{} of {runs} runs differ", found.join("\n"), found.len());
}

/// The first line of what stands beside a case of `explain/`.
const NO_RECORD: &str = "# Printed by statefulchart itself, under its own name with STATEFULCHART_EXPLAIN=1; no record of Helm, whose words\n# the golden holds. EXPLAINED=write cargo test --test cli explanations\n";

/// The cases of `explain/`: what stands behind Helm's words is what `NAME.explained` holds, and the words before it are
/// what Helm printed.
#[test]
fn explanations_follow_the_words_of_helm() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let writes = std::env::var("EXPLAINED").is_ok_and(|v| v == "write");
    let all = cases();
    let explained = all.iter().filter(|(case, _)| case.name.starts_with("explain/"));
    let mut found = String::new();
    for (case, goldens) in explained.filter(|(case, _)| case.name.contains(&wanted)) {
        let mut text = NO_RECORD.to_owned();
        for Golden { release, outputs } in goldens {
            for (run, helm) in case.runs.iter().zip(outputs) {
                let ours = String::from_utf8(case.explain(BINARY, release, run)).unwrap();
                writeln!(text, "-- {release}: {run} --\n{}", cut(&ours)).unwrap();
                let golden = helm.get("stderr").cloned().unwrap_or_default();
                let golden = String::from_utf8_lossy(&golden).into_owned();
                if !starts_with_words(&ours, &golden) {
                    writeln!(found, "{}: {run}\n- {golden}+ {ours}", case.name).unwrap();
                }
                if !ours.contains("\nerror: ") {
                    writeln!(found, "{}: {run}: not explained:\n{ours}", case.name).unwrap();
                }
            }
        }
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cases")
            .join(format!("{}.explained", case.name));
        if writes {
            std::fs::write(&file, &text).unwrap();
        }
        let recorded = std::fs::read_to_string(&file).unwrap_or_default();
        if recorded != text {
            let diff = TextDiff::from_lines(&recorded, &text);
            writeln!(found, "{}\n{}", file.display(), diff.unified_diff()).unwrap();
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// Returns a text whose lines are not too long to be read: a thousand calls are one line of Helm's.
fn cut(text: &str) -> String {
    const LONG: usize = 400;
    let cut = |line: &str| match line.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}…\n", &line[..at]),
        None => format!("{line}\n"),
    };
    text.lines().map(cut).collect()
}

/// Tells whether a text begins with what Helm printed, but for the program's name and a hint where its words end.
fn starts_with_words(ours: &str, helm: &str) -> bool {
    let helm = helm.replace("helm dependency", "statefulchart dependency");
    let helm = helm.replace("\"helm\"", "\"statefulchart\"").replace("'helm ", "'statefulchart ");
    ours.starts_with(&helm)
}

/// `RECORD=1` writes what is printed, to be read before it is committed.
#[test]
fn every_case_of_our_own_prints_what_was_recorded() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let mut found = Vec::new();
    for (case, golden) in own_cases() {
        if !case.name.contains(&wanted) {
            continue;
        }
        let outputs: Vec<Outputs> =
            case.runs.iter().map(|run| case.execute(BINARY, "3.17.3", run)).collect();
        if std::env::var_os("RECORD").is_some() {
            record(&golden, &outputs);
            continue;
        }
        let recorded = goldens(&golden);
        assert_eq!(recorded.len(), outputs.len(), "{}: record it anew", case.name);
        for ((run, want), got) in case.runs.iter().zip(&recorded).zip(&outputs) {
            let text = differences(want, got);
            if !text.is_empty() {
                found.push(format!("{}: {run}\n{text}", case.name));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Why there is nothing to run: no name contains the text, which some resemble.
fn nothing_wanted(wanted: &str, names: &[&str]) -> Option<String> {
    if names.iter().any(|name| name.contains(wanted)) {
        return None;
    }
    // The likeness to the name, to its last part or to the part before it, whichever is most.
    let likeness = |name: &str| {
        let parts = name.split('/').chain([name]);
        let ratios = parts.map(|p| TextDiff::from_chars(wanted, p).ratio());
        ratios.fold(0.0, f32::max)
    };
    let mut near: Vec<(f32, &str)> = names.iter().map(|name| (likeness(name), *name)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let near: Vec<&str> = near.iter().take(5).map(|(_, name)| *name).collect();
    Some(format!(
        "CASE={wanted}: no case of {} has this in its name; near it: {}",
        names.len(),
        near.join(", ")
    ))
}

#[test]
fn a_filter_that_leaves_no_case_fails_and_names_near_ones() {
    let names = ["cli/output_dir", "errors/parse", "values/set_json"];
    assert_eq!(nothing_wanted("parse", &names), None);
    assert_eq!(nothing_wanted("", &names), None);
    let text = nothing_wanted("errors/prase", &names).unwrap();
    assert!(text.contains("near it: errors/parse, "), "{text}");
    let text = nothing_wanted("outptu_dir", &names).unwrap();
    assert!(text.contains("near it: cli/output_dir, "), "{text}");
    assert!(nothing_wanted("", &[]).is_some());
}

fn differences(want: &Outputs, got: &Outputs) -> String {
    let mut text = String::new();
    let names: std::collections::BTreeSet<_> = want.keys().chain(got.keys()).collect();
    for name in names {
        let side = |outputs: &Outputs| outputs.get(name).cloned().unwrap_or_default();
        let (a, b) = (side(want), side(got));
        match (want.contains_key(name), got.contains_key(name)) {
            (true, false) => writeln!(text, "  {name}: helm only").unwrap(),
            (false, true) => writeln!(text, "  {name}: ours only").unwrap(),
            _ => {}
        }
        if agree(&a, &b) {
            continue;
        }
        let show = |bytes: &[u8]| -> String {
            let lines = bytes.split_inclusive(|&b| b == b'\n');
            lines
                .map(|l| format!("{}\n", l.strip_suffix(b"\n").unwrap_or(l).escape_ascii()))
                .collect()
        };
        let (a, b) = (show(&a), show(&b));
        writeln!(text, "  {name} (- helm, + ours)").unwrap();
        for group in TextDiff::from_lines(&a, &b).grouped_ops(2) {
            for change in group
                .iter()
                .flat_map(|op| TextDiff::from_lines(&a, &b).iter_changes(op).collect::<Vec<_>>())
            {
                let sign = match change.tag() {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => ' ',
                };
                write!(text, "  {sign}{}", change.value()).unwrap();
            }
        }
    }
    text
}

/// Runs the binary in the repository: whether it succeeded, stdout and stderr.
fn run(args: &[&str], env: &[(&str, &str)]) -> (bool, String, String) {
    let done = std::process::Command::new(BINARY)
        .args(args)
        .envs(env.iter().copied())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.success(), text(done.stdout), text(done.stderr))
}

#[test]
fn validate_says_that_there_is_no_cluster() {
    let (ok, stdout, stderr) = run(&["template", "rel", "charts/python-app", "--validate"], &[]);
    assert!(!ok && stdout.is_empty());
    assert!(stderr.contains("--validate") && stderr.contains("cluster"), "{stderr}");
}

#[test]
fn without_a_dry_run_the_pipe_that_deploys_is_given() {
    let rows: &[(&[&str], &str)] = &[
        (&["install", "rel", "charts/python-app"], ""),
        (
            &["install", "rel", "charts/python-app", "--dry-run=none", "--debug=false"],
            " --debug=false",
        ),
        (&["install", "rel", "charts/python-app", "--dry-run=false"], ""),
        (&["upgrade", "rel", "charts/python-app"], " --is-upgrade"),
        (&["upgrade", "--install", "rel", "charts/python-app", "--dry-run="], ""),
    ];
    for (args, more) in rows {
        let (ok, stdout, stderr) = run(args, &[]);
        assert!(!ok && stdout.is_empty(), "{args:?}");
        let lines: Vec<&str> = stderr.lines().collect();
        assert!(lines[0].contains("does not touch clusters"), "{stderr}");
        let pipe = format!(
            "  statefulchart template rel charts/python-app{more} --no-hooks | kubectl apply -f -"
        );
        assert_eq!(lines[4], pipe, "{stderr}");
    }
}

#[test]
fn source_date_epoch_and_zone_fix_the_time_of_a_report() {
    let args = |form| ["install", "--dry-run", "-o", form, "rel", "charts/python-app"];
    let env = [("SOURCE_DATE_EPOCH", "1742163084"), ("TZ", "Europe/Moscow")];
    for (form, want) in [
        ("table", "\nLAST DEPLOYED: Mon Mar 17 01:11:24 2025\n"),
        ("json", "\"last_deployed\":\"2025-03-17T01:11:24+03:00\""),
        ("yaml", "\n  last_deployed: \"2025-03-17T01:11:24+03:00\"\n"),
    ] {
        let (ok, stdout, _) = run(&args(form), &env);
        assert!(ok && stdout.contains(want), "{stdout}");
        assert_eq!(run(&args(form), &env).1, stdout);
    }
}

#[test]
fn a_dry_run_can_be_of_another_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("chart");
    std::fs::create_dir_all(chart.join("templates")).unwrap();
    std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: chart\nversion: 0.1.0\n")
        .unwrap();
    let text = "kind: A\napiVersion: {{ .Capabilities.KubeVersion }}/{{ .Capabilities.APIVersions.Has \"x/v1/Y\" }}\n";
    std::fs::write(chart.join("templates/a.yaml"), text).unwrap();
    let chart = chart.to_str().unwrap();
    for (flags, want) in [
        (&[][..], "\napiVersion: v1.32.0/false\n"),
        (&["--kube-version", "1.29"], "\napiVersion: v1.29.0/false\n"),
        (&["-a", "x/v1/Y"], "\napiVersion: v1.32.0/true\n"),
    ] {
        let (ok, stdout, stderr) =
            run(&[&["install", "--dry-run", "rel", chart], flags].concat(), &[]);
        assert!(ok && stdout.contains(want), "{stdout}{stderr}");
    }
}

#[test]
fn a_golden_fails_by_each_of_its_parts() {
    let cases = cases();
    let (case, goldens) = cases.iter().find(|(case, _)| case.name == "cli/output_dir").unwrap();
    let Golden { release, outputs: goldens } = &goldens[0];
    let got = case.execute(BINARY, release, &case.runs[0]);
    assert_eq!(differences(&goldens[0], &got), "");
    assert!(goldens[0].keys().any(|name| name.contains('/')), "no file: {:?}", goldens[0].keys());
    for name in goldens[0].keys() {
        let mut changed = goldens[0].clone();
        changed.insert(name.clone(), b"other\n".to_vec());
        assert!(differences(&changed, &got).contains(name.as_str()), "{name} is not compared");
        changed.remove(name);
        assert!(
            differences(&changed, &got).contains(name.as_str()),
            "{name} may be more than Helm's"
        );
        let mut less = got.clone();
        less.remove(name);
        assert!(differences(&goldens[0], &less).contains(name.as_str()), "{name} may be missing");
    }
}

/// Helm is a Go program: writing to a pipe whose reader went away ends it by the signal. (Shown with
/// `helm template CHART --include-crds | head -1` and a chart of more than a pipe takes.)
#[test]
fn a_reader_that_goes_away_ends_the_program_by_the_signal() {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};
    const SIGPIPE: i32 = 13;

    let folder = tempfile::tempdir().unwrap();
    let templates = folder.path().join("templates");
    std::fs::create_dir(&templates).unwrap();
    std::fs::write(folder.path().join("Chart.yaml"), "apiVersion: v2\nname: c\nversion: 1.0.0\n")
        .unwrap();
    let many = "{{ range until 100000 }}# a line\n{{ end }}a: 1\n";
    std::fs::write(templates.join("many.yaml"), many).unwrap();
    // The second one does not read what it is given, either.
    for renderer in [None, Some("true")] {
        let mut command = Command::new(BINARY);
        command.args(["template", "."]).current_dir(folder.path());
        match renderer {
            Some(program) => command.args(["--post-renderer", program]).stdout(Stdio::null()),
            None => command.stdout(Stdio::piped()),
        };
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let status = child.wait().unwrap();
        match renderer {
            Some(_) => assert_eq!(status.code(), Some(0)),
            None => assert_eq!(status.signal(), Some(SIGPIPE)),
        }
    }
}

/// A stream that is closed must not be taken by the next file that is opened: what is meant for the
/// stream would go there.
#[test]
fn closed_streams_are_not_taken_by_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("repositories.yaml");
    std::fs::write(&file, "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n- name: a\n  url: http://127.0.0.1:9\n")
        .unwrap();
    let done = std::process::Command::new("sh")
        .args([
            "-c",
            "\"$0\" repo remove a --repository-config \"$1\" --repository-cache \"$2\" >&- 2>&-",
        ])
        .args([BINARY.as_ref(), file.as_os_str(), folder.path().as_os_str()])
        .status()
        .unwrap();
    assert!(done.success());
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories: []\n");
}

/// Rules that show with servers, registries and plugins that fetch, or in the bytes of a package: the scenarios of
/// tests/servers hold them, at the releases that these are recorded from.
const WITH_SERVERS: &[&str] = &[
    "content_cache",
    "fallback_tells_nothing",
    "linked_locks_are_refused",
    "marks_are_subfields",
    "other_versions_are_told",
    "ranges_are_not_told",
    "registries_tell_on_stdout",
    "renders_tell_on_stderr",
    "repositories_once",
    "unpacked_by_name",
];

/// Holds each rule in which Helm's releases differ to a case: one whose goldens differ between the last release without
/// the rule and the first with it, and the other way round.
#[test]
fn each_rule_has_a_case_at_each_of_its_boundaries() {
    let cases = cases();
    let mut missing = Vec::new();
    for pair in RELEASES.windows(2) {
        let [before, after] = [&pair[0], &pair[1]].map(Profile::of);
        let rules = RULES.iter().filter(|row| before.has(row.rule) != after.has(row.rule));
        let kubernetes = |p: Profile| (p.kubernetes(), p.kubernetes_client());
        let moves = kubernetes(before) != kubernetes(after);
        for name in rules.map(|row| row.name).chain(moves.then_some(KUBERNETES)) {
            let [a, b] = [before, after].map(|profile| profile.helm().version.to_string());
            let outputs = |goldens: &[Golden], release: &str| {
                goldens.iter().find(|g| g.release == release).map(|g| g.outputs.clone())
            };
            let named = cases.iter().filter(|(case, _)| case.rules.iter().any(|rule| rule == name));
            let is_shown = named.into_iter().any(|(_, goldens)| {
                let sides = (outputs(goldens, &a), outputs(goldens, &b));
                matches!(sides, (Some(a), Some(b)) if a != b)
            });
            if !is_shown && !WITH_SERVERS.contains(&name) {
                missing.push(format!("{name}: {a}, {b}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no case with a line `rule: NAME` shows the difference between\n{}",
        missing.join("\n")
    );
}

#[test]
fn cases_name_rules_that_there_are() {
    for (case, _) in cases() {
        for rule in &case.rules {
            let is_known = rule == KUBERNETES || RULES.iter().any(|row| row.name == rule);
            assert!(is_known, "{}: {rule}", case.name);
        }
    }
}
