//! Packages are as large as Helm's: `package_sizes.tsv` holds what `package_sizes.py --record` saw of it,
//! on the charts that are made here in the same way.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

const KINDS: [(&str, usize, usize); 5] = [
    ("lines", 4, 500_000),
    ("words", 4, 500_000),
    ("digits", 4, 500_000),
    ("bytes", 4, 500_000),
    ("small", 400, 900),
];
const WORDS: [&str; 20] = [
    "image",
    "repository",
    "tag",
    "resources",
    "limits",
    "cpu",
    "memory",
    "replicas",
    "service",
    "port",
    "ingress",
    "host",
    "path",
    "annotations",
    "labels",
    "enabled",
    "name",
    "value",
    "secret",
    "config",
];

fn random(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        seed >> 33
    }
}

fn content(kind: &str, seed: u64, size: usize) -> Vec<u8> {
    let mut next = random(seed);
    let mut out = Vec::new();
    while out.len() < size {
        match kind {
            "lines" => out.extend_from_slice(b"key: value\n"),
            "words" | "small" => {
                let (key, value) = (next() as usize % 20, next() as usize % 20);
                let line = format!("{}: {}-{}\n", WORDS[key], WORDS[value], next() % 1000);
                out.extend_from_slice(line.as_bytes());
            }
            "digits" => {
                let (high, low) = (next(), next());
                out.extend_from_slice(format!("{:016x}\n", high << 31 ^ low).as_bytes());
            }
            _ => out.push((next() >> 8) as u8),
        }
    }
    out.truncate(size);
    out
}

/// Returns the folder of a chart, which is made if it is not one of `charts/`.
fn chart(name: &str, scratch: &Path) -> PathBuf {
    let Some((_, count, size)) = KINDS.iter().find(|(kind, ..)| *kind == name) else {
        return Path::new(env!("CARGO_MANIFEST_DIR")).join("charts").join(name);
    };
    let folder = scratch.join(name);
    fs::create_dir_all(folder.join("files")).unwrap();
    let about = format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
    fs::write(folder.join("Chart.yaml"), about).unwrap();
    for i in 0..*count {
        let data = content(name, i as u64, *size);
        fs::write(folder.join(format!("files/{i}.txt")), data).unwrap();
    }
    folder
}

#[test]
fn packages_are_as_large_as_helms() {
    let scratch = env::temp_dir().join(format!("package-sizes-{}", process::id()));
    let mut wrong = String::new();
    for row in include_str!("package_sizes.tsv").lines() {
        let (name, size) = row.split_once('\t').unwrap();
        let want: f64 = size.parse().unwrap();
        let out = scratch.join("out");
        let done = Command::new(env!("CARGO_BIN_EXE_statefulchart"))
            .arg("package")
            .arg(chart(name, &scratch))
            .args(["-d".as_ref(), out.as_os_str()])
            .env_clear()
            .env("HOME", &scratch)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let file = fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
        let got = fs::metadata(&file).unwrap().len() as f64;
        fs::remove_file(file).unwrap();
        if (got - want).abs() > 0.05 * want {
            writeln!(wrong, "{name}: {got} bytes, Helm's has {want}").unwrap();
        }
    }
    fs::remove_dir_all(scratch).unwrap();
    assert!(wrong.is_empty(), "{wrong}");
}
