#!/usr/bin/env python3
"""Compares what crates/godyff finds with what diffyml finds: the same places changed in the same way.

usage: diffyml.py FIXTURES [--between BINARY]

FIXTURES is the folder `testdata/fixtures` of szhekpisov/diffyml's repository, read where it lies. Its reports are its own
(words, colours, JSON); compared are each difference's sign and path, of reports for people and of JSON, and whether
anything differs at all. BINARY is the example `cargo build --example between -p statefulchart-godyff`. Prints counts, and
each fixture of BY_DESIGN with its reason; exits with 1 for another that differs, and for one of BY_DESIGN that agrees.
"""
import argparse
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What diffyml calls otherwise, or dyff has not: flags without a value.
OWN = {"--neat", "--mask-secrets", "--mask-secrets=false", "--unchanged", "--ignore-api-version", "--no-neat-helm",
       "--summary"}
OWN_WITH_VALUE = {"--mask-path", "--mask-path-regexp"}
NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d+)"
CHANGE = re.compile(rf" {{0,2}}(?:[-+] {NUMBER} (?:map|list|document)|[±⇆] )")
SIGNS = {"added": "+", "removed": "-", "modified": "±", "order_changed": "⇆"}
# Why dyff and diffyml differ, by the fixture's number and name.
BY_PLACE = "diffyml compares items without a name by their places, dyff by what they are"
BY_PREFIX = "a path filters what is below it, too, for diffyml; only itself for dyff"
ORDER = "dyff tells that documents stand in another order also where one came and one went"
BY_DESIGN = {
    "009-argocd": BY_PLACE,
    "021-filter": BY_PREFIX,
    "023-exclude": BY_PREFIX,
    "033-detect-renames-disabled": ORDER,
    "035-configmap-multiline-block": "an empty mapping that gets entries is another document to diffyml, a changed one to dyff",
    "039-nested-lists": BY_PLACE,
    "046-yaml-anchors": BY_PLACE,
    "050-missing-document": "dyff wants as many documents in both where one has no metadata.name (generateName)",
    "052-output-json": BY_PLACE,
    "102-dir-empty": "git keeps no empty folder: the fixture is not whole",
    "103-dir-multi-file": ORDER,
    "109-dir-nested": "dyff reads no folders in a folder",
    "110-exclude-missing-key": BY_PREFIX,
    "111-exclude-added-key": BY_PREFIX,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("fixtures", type=Path)
    parser.add_argument("--between", type=Path, default=ROOT / "target/debug/examples/between")
    args = parser.parse_args()
    counts = {"same paths": 0, "same verdict": 0, "differ by design": 0, "no question to dyff": 0}
    wrong = []
    for fixture in sorted(p for p in args.fixtures.iterdir() if p.is_dir()):
        kind, difference = check(args.between, fixture)
        reason = BY_DESIGN.get(fixture.name)
        if difference is None and reason:
            wrong.append((fixture.name, "agrees, in spite of BY_DESIGN"))
        elif difference is None:
            counts[kind] += 1
        elif reason:
            counts["differ by design"] += 1
            print(f"{fixture.name}: {reason}")
        else:
            wrong.append((fixture.name, difference))
    print("; ".join(f"{count} {what}" for what, count in counts.items()) + f"; {len(wrong)} differ otherwise")
    for name, difference in wrong:
        print(f"  {name}: {difference}")
    sys.exit(1 if wrong else 0)


def check(between, fixture):
    """What could be compared of a fixture, and what differs."""
    text = fixture / "params.cfg"
    given = shlex.split(text.read_text()) if text.exists() else []
    if OWN & set(given) or OWN_WITH_VALUE & set(given):
        return "no question to dyff", None
    flags, output = split(given)
    sides = [fixture / "file1.yaml", fixture / "file2.yaml"]
    if not sides[0].exists():
        sides = [fixture / "dir1", fixture / "dir2"]
    # diffyml leaves them alone unless it is told.
    flags = ["--format-strings=false", *flags]
    command = [between, "--omit-header", "--no-table-style", "--set-exit-code", *flags, *sides]
    got = subprocess.run(command, capture_output=True, text=True, timeout=60)
    code = fixture / "expected_exit_code.txt"
    if code.exists() and int(code.read_text()) != got.returncode:
        return "same verdict", f"exits with {got.returncode}: {got.stderr.strip()}"
    expected = fixture / "expected_output.txt"
    if not expected.exists():
        return "same verdict", None
    if output == "json":
        want = from_json(expected.read_text())
    elif output == "human":
        want = from_report(expected.read_text())
    else:
        return "same verdict", None
    found = {at_list(*entry) for entry in from_report(got.stdout)}
    want = {at_list(*entry) for entry in want}
    if want == found:
        return "same paths", None
    return "same paths", f"diffyml alone {sorted(want - found)}, dyff alone {sorted(found - want)}"


def split(given):
    flags, output = [], "human"
    rest = iter(given)
    for flag in rest:
        if flag in ("-o", "--output"):
            output = next(rest)
        elif flag.startswith("--output="):
            output = flag.partition("=")[2]
        else:
            flags.append(flag)
    return flags, output


def from_report(text):
    """Signs and paths of a report for people."""
    found, path = set(), None
    for line in text.split("\n"):
        if CHANGE.match(line) and path is not None:
            found.add((line.strip()[0], path))
        elif line and line[0] not in " -+±⇆" and not line.startswith("Found "):
            path = plain(line)
    return found


def at_list(sign, path):
    """Of an entry of a list that is new or gone, the list: diffyml names its place there, dyff does not."""
    return sign, re.sub(r"(^|\.)\d+$", "", path) if sign in "+-" else path


def from_json(text):
    return {(SIGNS[entry["type"]], plain(entry["path"])) for entry in json.loads(text)}


def plain(path):
    """A path in one notation, without the document."""
    path = path.split("  (")[0]
    path = re.sub(r"^\[\d+\]\.", "", path)
    path = re.sub(r"\[([^\]]*)\]", r".\1", path)
    path = re.sub(r"/(?:name|key|id)=", "/", path)
    return {"(document)": "", "(root level)": "", "(file level)": ""}.get(path, path)


if __name__ == "__main__":
    main()
