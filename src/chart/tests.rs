use crate::report::Record;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use super::{Chart, File, from_files, load};
use gostd::json;
use gostd::value::{Map, Value};

/// What Helm 3.17.3 said of each chart: `toJson .Chart` of one that renders, its warnings and its
/// error.
const CASES: &str = include_str!("cases/load.jsonl");

const CHARTFILE: &str = "apiVersion: v2\nname: e\nversion: 1.0.0\n";

fn text(map: &Map, key: &str) -> String {
    match map.get(key.as_bytes()) {
        Some(Value::Str(s)) => s.to_string(),
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn charts_load_and_fail_as_in_helm() {
    for line in CASES.lines() {
        let Value::Map(case) = json::unmarshal(line.as_bytes()).unwrap() else { panic!() };
        let Some(Value::Map(files)) = case.get(b"files") else { panic!() };
        let files = files.entries().into_iter().map(|(name, data)| {
            let data = Arc::from(&data.as_str().unwrap()[..]);
            File { name, data: super::data::without_bom(data).into() }
        });
        let record = Record::default();
        let error = text(&case, "error");
        match from_files(files.collect(), &record) {
            Ok(chart) => {
                let got =
                    json::marshal(&chart.view(crate::profile::Profile::DEFAULT), true).unwrap();
                if error.is_empty() {
                    assert_eq!(String::from_utf8(got).unwrap(), text(&case, "chart"), "{line}");
                } else {
                    // The rest fail later: they name charts that are not there, or break a schema.
                    let later = ["An error occurred", "values don't meet"];
                    assert!(later.iter().any(|l| error.starts_with(l)), "{line}");
                }
            }
            Err(got) => assert_eq!(got.to_string(), error, "{line}"),
        }
        let want = match case.get(b"warnings") {
            Some(Value::List(l)) => l.iter().map(|v| v.as_str().unwrap().to_string()).collect(),
            other => panic!("{other:?}"),
        };
        let want: Vec<String> = want;
        let mut warnings = record.lines();
        warnings.sort();
        assert_eq!(warnings, want, "{line}");
    }
}

/// Returns a chart's directory with these files in it, loaded; warnings come with the chart's path
/// as `DIR`.
fn load_dir(make: impl Fn(&Path)) -> (Result<Chart, String>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap().join("e");
    fs::create_dir_all(top.join("templates")).unwrap();
    fs::write(top.join("Chart.yaml"), CHARTFILE).unwrap();
    fs::write(top.join("templates/a.yaml"), "a").unwrap();
    make(&top);
    let prefix = top.display().to_string();
    let record = Record::default();
    let chart = load(&top, &record);
    let warnings = record.lines().iter().map(|w| w.replace(&prefix, "DIR")).collect();
    (chart.map_err(|e| e.to_string().replace(&prefix, "DIR")), warnings)
}

fn names(files: &[File]) -> Vec<String> {
    files.iter().map(|f| f.name.to_string()).collect()
}

#[test]
fn helmignore_decides_which_files_are_seen() {
    let files = ["a.txt", "b.txt", "d/a.txt", "d/e/b.txt", "img/x.png", "docs", "templates/.dot"];
    // Recorded from `range $name, $_ := .Files` of Helm 3.17.3.
    for (rules, want) in [
        ("", "a.txt b.txt d/a.txt d/e/b.txt docs img/x.png"),
        ("# comment\n\n  a.txt  \n", "b.txt d/e/b.txt docs img/x.png"),
        ("/a.txt", "b.txt d/a.txt d/e/b.txt docs img/x.png"),
        ("//a.txt", "b.txt d/a.txt d/e/b.txt docs img/x.png"),
        ("d/a.txt", "a.txt b.txt d/e/b.txt docs img/x.png"),
        ("*.txt", "docs img/x.png"),
        ("[ab].txt", "docs img/x.png"),
        ("?.txt\n", "docs img/x.png"),
        ("d", "a.txt b.txt docs img/x.png"),
        ("d/", "a.txt b.txt docs img/x.png"),
        ("docs/", "a.txt b.txt d/a.txt d/e/b.txt docs img/x.png"),
        ("e/", "a.txt b.txt d/a.txt docs img/x.png"),
        ("d/*", "a.txt b.txt docs img/x.png"),
        ("d/*.txt", "a.txt b.txt d/e/b.txt docs img/x.png"),
    ] {
        let (chart, _) = load_dir(|top| {
            for file in files {
                let path = top.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
            fs::write(top.join(".helmignore"), rules).unwrap();
        });
        let chart = chart.unwrap();
        let seen = names(&chart.files);
        let seen: Vec<_> = seen.iter().filter(|n| *n != ".helmignore").map(|s| &s[..]).collect();
        assert_eq!(seen.join(" "), want, "{rules:?}");
        assert_eq!(names(&chart.templates), ["templates/a.yaml"], "{rules:?}");
    }
}

#[test]
fn directories_fail_as_in_helm() {
    type Make = fn(&Path);
    let cases: &[(Make, &str, &[&str])] = &[
        (|d| fs::remove_file(d.join("Chart.yaml")).unwrap(), "Chart.yaml file is missing", &[]),
        (
            |d| fs::write(d.join(".helmignore"), "**").unwrap(),
            "double-star (**) syntax is not supported",
            &[],
        ),
        (|d| fs::write(d.join(".helmignore"), "a[").unwrap(), "syntax error in pattern", &[]),
        (
            |d| fs::write(d.join(".helmignore"), "!templates/").unwrap(),
            "Chart.yaml file is missing",
            &[],
        ),
        (
            |d| fs::create_dir(d.join(".helmignore")).unwrap(),
            "read DIR/.helmignore: is a directory",
            &[],
        ),
        (
            |d| fs::write(d.join("big"), vec![b'a'; 5 * 1024 * 1024 + 1]).unwrap(),
            "chart file \"big\" is larger than the maximum file size 5242880",
            &[],
        ),
        (
            |d| drop(std::os::unix::net::UnixListener::bind(d.join("sock")).unwrap()),
            "cannot load irregular file DIR/sock as it has file mode type bits set",
            &[],
        ),
        (
            |d| symlink("/nonexistent/x", d.join("foo")).unwrap(),
            "error evaluating symlink DIR/foo: lstat /nonexistent: no such file or directory",
            &[],
        ),
        (
            |d| symlink("Chart.yaml/foo", d.join("foo")).unwrap(),
            "error evaluating symlink DIR/foo: not a directory",
            &[],
        ),
        (
            |d| symlink("foo", d.join("foo")).unwrap(),
            "error evaluating symlink DIR/foo: EvalSymlinks: too many links",
            &[],
        ),
        (
            |d| {
                fs::create_dir(d.join("x")).unwrap();
                fs::write(d.join("x/y"), "y").unwrap();
                symlink("../x", d.join("templates/l")).unwrap();
            },
            "",
            &["walk.go:75: found symbolic link in path: DIR/templates/l resolves to DIR/x. \
               Contents of linked file included and used"],
        ),
    ];
    for (make, error, warnings) in cases {
        let (chart, got) = load_dir(make);
        match chart {
            Ok(chart) => {
                assert_eq!("", *error);
                assert_eq!(names(&chart.templates), ["templates/a.yaml", "templates/l/y"]);
            }
            Err(text) => assert_eq!(text, *error),
        }
        assert_eq!(got, *warnings);
    }
}

#[test]
fn a_link_to_its_own_directory_ends() {
    let (chart, warnings) = load_dir(|d| symlink(".", d.join("foo")).unwrap());
    assert!(chart.unwrap_err().ends_with(": too many levels of symbolic links"));
    assert_eq!(warnings.len(), 41);
}

/// Returns a packaged chart of these entries; a name with a slash at its end is a directory.
fn package(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gz);
    for (name, data) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        let is_dir = name.ends_with('/');
        header.set_entry_type(if is_dir {
            tar::EntryType::Directory
        } else {
            tar::EntryType::Regular
        });
        // Set by hand: the library refuses the names that are of interest here.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, *data).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn load_package(data: &[u8]) -> Result<Chart, String> {
    let mut file = tempfile::Builder::new().suffix(".tgz").tempfile().unwrap();
    file.write_all(data).unwrap();
    let path = file.path().display().to_string();
    load(file.path(), &crate::report::Silent).map_err(|e| e.to_string().replace(&path, "FILE"))
}

#[test]
fn archives_load_and_fail_as_in_helm() {
    let chartfile: (&str, &[u8]) = ("e/Chart.yaml", CHARTFILE.as_bytes());
    let five = vec![b'a'; 5 * 1024 * 1024];
    let more = vec![b'a'; 5 * 1024 * 1024 + 1];
    for (entry, want) in [
        (("e/x", &b"hi"[..]), Ok("x=hi")),
        (("e/x", b"\xef\xbb\xbfhi"), Ok("x=hi")),
        (("e\\y\\x", b"hi"), Ok("y/x=hi")),
        (("e/y/../x", b""), Ok("x=")),
        (("e/d/", b""), Ok("")),
        (("x", b""), Err("chart illegally contains content outside the base directory: \"x\"")),
        (("e//x", b""), Err("chart illegally contains absolute paths")),
        (("e/../../x", b""), Err("chart illegally references parent directory")),
        (("e/..x", b""), Err("chart illegally references parent directory")),
        (("e/c:/x", b""), Err("chart contains illegally named files")),
        (("Chart.yaml/x", b""), Err("chart yaml not in base directory")),
        (
            ("e/x", &more),
            Err("decompressed chart file \"e/x\" is larger than the maximum file size 5242880"),
        ),
    ] {
        let got = load_package(&package(&[chartfile, entry])).map(|chart| {
            let file =
                |f: &File| format!("{}={}", f.name, String::from_utf8_lossy(f.data.shared()));
            chart.files.iter().map(file).collect::<Vec<_>>().join(" ")
        });
        assert_eq!(got, want.map(String::from).map_err(String::from), "{}", entry.0);
    }
    let twenty_one: Vec<(&str, &[u8])> = (0..21).map(|_| ("e/x", &five[..])).collect();
    assert_eq!(
        load_package(&package(&twenty_one)).unwrap_err(),
        "decompressed chart is larger than the maximum file size 104857600"
    );
    let inner = package(&[("s/Chart.yaml", b"name: s\nversion: 1.0.0")]);
    let chart = load_package(&package(&[chartfile, ("e/charts/s-1.0.0.tgz", &inner)])).unwrap();
    assert_eq!(chart.dependencies[0].full_path, "e/charts/s");
}

#[test]
fn what_is_no_archive_is_refused_as_in_helm() {
    let good = package(&[("e/Chart.yaml", CHARTFILE.as_bytes())]);
    let gzip = |data: &[u8]| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(data).unwrap();
        gz.finish().unwrap()
    };
    let mut tar = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&good[..]), &mut tar).unwrap();
    let mut broken = tar.clone();
    broken[5] = b'A';
    for (data, want) in [
        (
            b"a: b\n".to_vec(),
            "file 'FILE' does not appear to be a gzipped archive; got 'application/octet-stream'",
        ),
        (
            b"a: b\n".repeat(200),
            "file 'FILE' does not appear to be a gzipped archive; got 'text/plain; charset=utf-8'",
        ),
        (b"\x1f\x8b\x08".to_vec(), "unexpected EOF"),
        (gzip(b"hi\n"), "unexpected EOF"),
        (gzip(b""), "no files in chart archive"),
        (gzip(&[b'x'; 2000]), "archive/tar: invalid tar header"),
        (gzip(&broken), "archive/tar: invalid tar header"),
        (gzip(&tar[..512]), "unexpected EOF"),
        (gzip(&tar[..560]), ""),
        (good[..good.len() - 8].to_vec(), ""),
        ([&good[..], b"trailing"].concat(), ""),
        ([gzip(&tar[..700]), gzip(&tar[700..])].concat(), ""),
    ] {
        assert_eq!(load_package(&data).err().unwrap_or_default(), want);
    }
}

#[test]
fn crds_come_parent_first() {
    let file = |name: &str| File { name: name.into(), data: b""[..].into() };
    let with = |name: &str, data: &str| File { name: name.into(), data: data.as_bytes().into() };
    let files = vec![
        with("Chart.yaml", CHARTFILE),
        with("charts/s/Chart.yaml", "name: s\nversion: 1.0.0"),
        file("charts/s/crds/b.YML"),
        file("crds/README.md"),
        file("crds/d/c.json"),
        file("crds/z.yaml"),
    ];
    let chart = from_files(files, &crate::report::Silent).unwrap();
    let names: Vec<_> = chart.crds().unwrap().iter().map(|c| c.filename.to_string()).collect();
    assert_eq!(names, ["e/crds/d/c.json", "e/crds/z.yaml", "e/charts/s/crds/b.YML"]);
}

#[test]
fn checks_speak_as_helm_does() {
    let load = |text: &str| {
        let data = format!("{CHARTFILE}{text}").as_bytes().into();
        from_files(vec![File { name: "Chart.yaml".into(), data }], &crate::report::Silent).unwrap()
    };
    assert_eq!(
        load("type: library").check_installable().unwrap_err().to_string(),
        "library charts are not installable"
    );
    assert_eq!(
        load("dependencies: [{name: a}, {name: b, alias: c}]")
            .check_dependencies()
            .unwrap_err()
            .to_string(),
        "found in Chart.yaml, but missing in charts/ directory: a, b"
    );
    for (constraint, want) in [
        (">=1.20.0-0", ""),
        ("~1.32", ""),
        (">=99", "chart requires kubeVersion: >=99 which is incompatible with Kubernetes v1.32.0"),
        ("foo", "chart requires kubeVersion: foo which is incompatible with Kubernetes v1.32.0"),
    ] {
        let chart = load(&format!("kubeVersion: \"{constraint}\""));
        let got = chart
            .check_kube_version(b"v1.32.0", b"v1.32.0", gosemver::Release::V3_3)
            .err()
            .map(|e| e.to_string());
        assert_eq!(got.unwrap_or_default(), want);
    }
}

#[test]
fn frozen_charts_are_for_threads_to_share() {
    fn shared<T: Send + Sync>(_: &T) {}
    let files =
        [("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"), ("values.yaml", "a: 1")];
    let file =
        |(name, text): (&str, &str)| File { name: name.into(), data: text.as_bytes().into() };
    let chart = from_files(files.map(file).into(), &Record::default()).unwrap();
    let frozen = chart.freeze().unwrap();
    shared(&frozen);
    let thawed = frozen.thaw();
    assert_eq!(thawed.name(), "a");
    assert_eq!(thawed.values.len(), 1);
}
