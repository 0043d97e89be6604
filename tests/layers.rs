//! Checks the dependencies between the modules of the library: a module uses only modules above it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each module and what it may use; `module::part` allows that part of a module only.
const MODULES: &[(&str, &[&str])] = &[
    ("profile", &[]),
    ("report", &["profile"]),
    ("clock", &[]),
    ("post_render", &["report"]),
    ("store", &[]),
    ("git", &[]),
    ("markup", &[]),
    ("near", &[]),
    ("kubernetes", &[]),
    ("chart", &["profile", "report", "store"]),
    ("http", &["profile", "report", "store"]),
    ("registry", &["profile", "report", "store", "http", "chart"]),
    ("plugin", &["profile", "report", "store", "http", "post_render"]),
    ("getter", &["profile", "report", "http", "registry", "plugin"]),
    ("schemas", &["report", "store", "http", "getter"]),
    ("repo", &["profile", "report", "store", "http", "getter", "chart"]),
    ("package", &["profile", "store", "chart"]),
    ("signature", &["profile", "store", "chart"]),
    (
        "downloader",
        &[
            "profile",
            "report",
            "clock",
            "store",
            "package",
            "signature",
            "repo",
            "http",
            "getter",
            "chart",
        ],
    ),
    (
        "installer",
        &["profile", "report", "store", "http", "plugin", "getter", "chart::headers", "signature"],
    ),
    ("values", &["profile", "report", "chart"]),
    ("render", &["profile", "report", "clock", "values", "chart"]),
    ("release", &["profile", "report", "render", "values", "chart"]),
    ("lookup", &["profile", "render", "release"]),
    ("provenance", &["render"]),
    ("annotate", &["provenance"]),
    ("usage", &["profile", "provenance", "render", "values", "chart"]),
    ("coverage", &["profile", "markup", "render", "chart"]),
    (
        "diff",
        &["profile", "kubernetes", "markup", "provenance", "release", "values", "render", "chart"],
    ),
    ("validate", &["near", "kubernetes", "release", "diff", "profile"]),
    ("kubeconform", &["kubernetes", "markup"]),
    ("helm_diff", &[]),
    ("create", &["profile", "report", "chart"]),
    (
        "lint",
        &[
            "profile",
            "kubernetes",
            "report",
            "store",
            "clock",
            "provenance",
            "diff",
            "validate",
            "render",
            "values",
            "chart",
        ],
    ),
    (
        "action",
        &[
            "profile",
            "report",
            "clock",
            "post_render",
            "store",
            "http",
            "registry",
            "plugin",
            "getter",
            "chart",
            "values",
            "render",
            "release",
            "lookup",
            "provenance",
            "coverage",
            "diff",
            "lint",
            "create",
            "package",
            "signature",
            "repo",
            "downloader",
            "installer",
        ],
    ),
    (
        "explain",
        &[
            "profile",
            "near",
            "report",
            "chart",
            "values",
            "render",
            "release",
            "provenance",
            "action",
        ],
    ),
    (
        "unittest",
        &[
            "profile",
            "report",
            "clock",
            "markup",
            "post_render",
            "store",
            "kubernetes",
            "diff",
            "validate",
            "chart",
            "values",
            "render",
            "provenance",
            "coverage",
            "near",
            "lookup",
            "action",
        ],
    ),
];

/// The paths that a source names after `crate::`, groups in braces taken apart.
fn crate_paths(source: &str) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .map(|l| if l.trim_start().starts_with("//") { "" } else { l })
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(members(group).iter().map(|m| path(m))),
            None => drop(found.insert(path(rest))),
        }
    }
    found.remove("");
    found
}

/// The members of a group in braces, nested groups kept whole.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// The leading `a::b` of a text, at most two names.
fn path(text: &str) -> String {
    let text = text.trim_start();
    let end =
        text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    text[..end].split("::").filter(|s| !s.is_empty()).take(2).collect::<Vec<_>>().join("::")
}

fn allowed(arrows: &[&str], module: &str, used: &str) -> bool {
    let target = used.split("::").next().unwrap_or(used);
    target == module || arrows.iter().any(|a| *a == target || used == *a)
}

fn sources(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn arrows_lead_up_only() {
    for (at, (module, arrows)) in MODULES.iter().enumerate() {
        for arrow in *arrows {
            let used = arrow.split("::").next().unwrap();
            let above = MODULES.iter().take(at).any(|(name, _)| *name == used);
            assert!(above, "{module} may use {arrow}, which does not stand above it");
        }
    }
}

#[test]
fn every_module_uses_only_modules_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (module, arrows) in MODULES {
        // Of the parts `module::part` the module counts.
        for name in arrows.iter().map(|a| a.split("::").next().unwrap()).chain([*module]) {
            if !src.join(name).is_dir() && !src.join(format!("{name}.rs")).is_file() {
                wrong.push(format!("{name}: no such module, yet tests/layers.rs has it"));
            }
        }
    }
    for entry in fs::read_dir(&src).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // The library's root re-exports; the command line sees the library from outside, as `statefulchart::`.
        if ["lib", "main", "cli", "facade"].contains(&name.as_str()) {
            continue;
        }
        let Some((_, arrows)) = MODULES.iter().find(|(module, _)| *module == name) else {
            wrong.push(format!("{name}: a module without an arrow in tests/layers.rs"));
            continue;
        };
        let mut files = Vec::new();
        if path.is_dir() {
            sources(&path, &mut files);
        } else {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
        for (file, text) in files {
            for used in crate_paths(&text).iter().filter(|used| !allowed(arrows, &name, used)) {
                wrong.push(format!("{file}: {name} may not use {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_command_line_uses_the_public_api_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![("main.rs".to_owned(), fs::read_to_string(src.join("main.rs")).unwrap())];
    sources(&src.join("cli"), &mut files);
    for (file, text) in files {
        for used in crate_paths(&text) {
            assert!(used.starts_with("cli"), "{file} uses crate::{used}");
        }
    }
}

#[test]
fn paths_are_found_in_plain_and_grouped_imports() {
    let table: &[(&str, &[&str])] = &[
        ("use crate::value::Value;", &["value::Value"]),
        ("use crate::{yaml, value::{Map, Value}};", &["value", "yaml"]),
        ("use crate::template::func::{FuncDef, Args};", &["template::func"]),
        ("fn f(x: &crate::gostd::fmt::Verb) {}", &["gostd::fmt"]),
        ("// use crate::render::x;", &[]),
        ("let x = $crate::value::y;", &[]),
    ];
    for (source, want) in table {
        let got = crate_paths(source);
        assert_eq!(got.iter().map(String::as_str).collect::<Vec<_>>(), *want, "{source}");
    }
}
