#!/usr/bin/env python3
"""Prints the tables of the crates' tests anew, by Go and the libraries of Helm, and compares.

    tests/tables.py --check             every table is as Go prints it
    tests/tables.py --write             writes those that are not
    tests/tables.py --write sums time   only these
    tests/tables.py --list              the tables and their files

What a row asks stands in the table itself: to add a case, add a row with the question only, and write
the table. The generator is the module tests/go; its go.mod names Helm, whose own go.mod pins the rest. Modules
below it print what libraries of later releases answer.
"""
import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Helm 3.17.3 was built with it. Another Go fetches it as a module.
GO = "go1.23.7"
# The Go of Helm 3.22.0. Tables of what later releases have: their generator, the versions that it links, and its Go.
LATER_GO = "go1.26.8"
LATER = {
    "schemas6": ("schemas6", "go.mod", LATER_GO),
    "formats6": ("schemas6", "go.mod", LATER_GO),
    "semver3.3": ("libraries", "go.mod", LATER_GO),
    "semver3.4": ("libraries", "helm319.mod", LATER_GO),
    "semver3.5": ("libraries", "helm322.mod", LATER_GO),
    "toml1.5": ("libraries", "helm319.mod", LATER_GO),
    "toml1.6": ("libraries", "helm322.mod", LATER_GO),
    "unitdiffs": ("unittest", "go.mod", LATER_GO),
    "unitreports": ("unittest", "go.mod", LATER_GO),
    "unitsnaps": ("unittest", "go.mod", LATER_GO),
    "unitpaths": ("unittest", "go.mod", LATER_GO),
    "cel": ("cel", "go.mod", LATER_GO),
    "dyff": ("dyff", "go.mod", LATER_GO),
    # Helm 4.3 was built with it.
    "json1.27": (".", "go.mod", "go1.27.0"),
    "sums1.27": (".", "go.mod", "go1.27.0"),
    "unicode1.27": (".", "go.mod", "go1.27.0"),
    "words1.27": (".", "go.mod", "go1.27.0"),
}
OWN = (".", "go.mod", GO)
# What prints it, the file, and the name of what Go or library it shows.
TABLES = [
    ("cel", "crates/gocel/src/cases.tsv", "google/cel-go"),
    ("cel", "src/validate/custom/cel/library.tsv", "k8s.io/apiserver, pkg/cel/library"),
    ("dyff", "crates/godyff/src/cases.tsv", "homeport/dyff"),
    ("globs", "crates/goglob/src/cases.tsv", "gobwas/glob, path"),
    ("schemas", "crates/gojsonschema/src/cases.tsv", "xeipuuv/gojsonschema"),
    ("formats", "crates/gojsonschema/src/formats.tsv", "xeipuuv/gojsonschema"),
    ("schemas6", "crates/gojsonschema6/src/cases.tsv", "santhosh-tekuri/jsonschema/v6"),
    ("formats6", "crates/gojsonschema6/src/formats.tsv", "santhosh-tekuri/jsonschema/v6"),
    ("fmt", "crates/gostd/src/fmt/cases.tsv", "fmt"),
    ("json", "crates/gostd/src/json/cases.tsv", "encoding/json"),
    ("json1.27", "crates/gostd/src/json/cases_1_27.tsv", "encoding/json"),
    ("paths", "crates/gostd/src/paths.tsv", "path"),
    ("floats", "crates/gostd/src/strconv/floats.tsv", "strconv"),
    ("numbers", "crates/gostd/src/strconv/numbers.tsv", "strconv"),
    ("quotes", "crates/gostd/src/strconv/quotes.tsv", "strconv"),
    ("time", "crates/gostd/src/time/cases.tsv", "time"),
    ("sums", "crates/gostd/src/unicode/sums.tsv", "unicode"),
    ("unicode", "crates/gostd/src/unicode/tables.rs", "unicode, strconv"),
    ("words", "crates/gostd/src/unicode/words.tsv", "strings"),
    ("sums1.27", "crates/gostd/src/unicode/sums_1_27.tsv", "unicode"),
    ("unicode1.27", "crates/gostd/src/unicode/tables_1_27.rs", "unicode, strconv"),
    ("words1.27", "crates/gostd/src/unicode/words_1_27.tsv", "strings"),
    ("yaml", "crates/goyaml/src/emit_strings.tsv", "sigs.k8s.io/yaml"),
    *(
        ("functions", str(path.relative_to(ROOT)), "Masterminds/sprig")
        for path in sorted((ROOT / "crates/sprig/src/cases").glob("*.tsv"))
    ),
    ("toml", "crates/sprig/src/toml/cases.tsv", "BurntSushi/toml"),
    ("toml1.5", "crates/sprig/src/toml/v1_5.tsv", "BurntSushi/toml"),
    ("toml1.6", "crates/sprig/src/toml/v1_6.tsv", "BurntSushi/toml"),
    ("semver3.3", "crates/gosemver/src/v3_3.tsv", "Masterminds/semver"),
    ("semver3.4", "crates/gosemver/src/v3_4.tsv", "Masterminds/semver"),
    ("semver3.5", "crates/gosemver/src/v3_5.tsv", "Masterminds/semver"),
    ("unitpaths", "crates/goyamlpath/src/cases.tsv", "helm-unittest, yaml-jsonpath"),
    ("unitdiffs", "src/unittest/differences.tsv", "helm-unittest, go-difflib"),
    ("unitsnaps", "src/unittest/snapshot.tsv", "helm-unittest, pkg/unittest/snapshot"),
    ("unitreports", "src/unittest/report.tsv", "helm-unittest, pkg/unittest/formatter, results"),
    ("strvals", "src/values/strvals.tsv", "helm.sh/helm/v3/pkg/strvals"),
]


def go(*args, module=OWN, **options):
    folder, versions, toolchain = module
    env = {**os.environ, "GOTOOLCHAIN": toolchain, "GOFLAGS": f"-mod=readonly -modfile={versions}", "TZ": "UTC"}
    return subprocess.run(["go", *args], cwd=ROOT / "tests/go" / folder, env=env, check=True, **options)


def difference(path, old, new):
    lines = difflib.unified_diff(
        old.decode(errors="backslashreplace").split("\n"), new.decode(errors="backslashreplace").split("\n"),
        f"{path} (stored)", f"{path} (printed)", n=0, lineterm="")
    return list(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true")
    what.add_argument("--write", action="store_true")
    what.add_argument("--list", action="store_true")
    parser.add_argument("tables", nargs="*", help="names as --list has them; every table by default")
    args = parser.parse_args()
    if args.list:
        for name, path, source in TABLES:
            print(f"{name:10} {path:60} {source}")
        return
    unknown = set(args.tables) - {name for name, _, _ in TABLES}
    if unknown:
        sys.exit(f"no table {', '.join(sorted(unknown))}; --list shows them")
    chosen = [t for t in TABLES if not args.tables or t[0] in args.tables]
    # A table that nothing prints would never be compared.
    listed = {path for _, path, _ in TABLES}
    missing = [p for top in ("crates", "src") for p in (ROOT / top).rglob("*.tsv")
               if str(p.relative_to(ROOT)) not in listed]
    if missing:
        sys.exit(f"no generator prints {', '.join(str(p.relative_to(ROOT)) for p in missing)}")
    modules = sorted({LATER.get(name, OWN) for name, _, _ in chosen})
    asked = [go("version", module=m, capture_output=True, text=True).stdout.strip() for m in modules]
    versions = sorted(set(asked))
    with tempfile.TemporaryDirectory() as folder:
        programs = {module: Path(folder) / f"tables{at}" for at, module in enumerate(modules)}
        for module, program in programs.items():
            go("build", "-o", str(program), ".", module=module)

        def printed(table):
            name, path, _ = table
            program = programs[LATER.get(name, OWN)]
            old = (ROOT / path).read_bytes()
            done = subprocess.run([program, re.sub(r"\d\.\d+$", "", name)], input=old, capture_output=True, env={**os.environ, "TZ": "UTC"})
            if done.returncode:
                sys.exit(f"{path}: {done.stderr.decode()}")
            return path, old, done.stdout

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            outcomes = list(pool.map(printed, chosen))
    wrong = 0
    for path, old, new in outcomes:
        if not new.strip():
            sys.exit(f"{path}: a table without a row")
        if old == new:
            continue
        wrong += 1
        lines = difference(path, old, new)
        print("\n".join(lines[:40]))
        if len(lines) > 40:
            print(f"… {len(lines) - 40} more lines")
        if args.write:
            (ROOT / path).write_bytes(new)
    rows = sum(new.count(b"\n") for _, _, new in outcomes)
    version = ", ".join(versions)
    print(f"{len(outcomes)} tables, {rows} lines, by {version}: {wrong} {'written' if args.write else 'differ'}")
    sys.exit(bool(wrong and args.check))


if __name__ == "__main__":
    main()
