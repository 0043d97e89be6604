#!/usr/bin/env python3
"""A guard of the speed: the instructions that four renders take must not exceed the recorded ones by more than 10 %.

usage: instructions.py BINARY                       compares with instructions.json; status 1 past the margin
       instructions.py BINARY --record              writes what it counts into instructions.json
       instructions.py BINARY --profiles [CHART]... compares Helm's releases, on the same charts and those named;
                                                    status 1 where a later one takes over 5 % more than 3.17.3

Wall time on a shared machine says nothing about a tenth; a count of instructions (valgrind's callgrind) is the same
to a thousandth from run to run. The charts: python-app and node-app of charts/, and two larger ones that charts.py
writes: one that uses a few of a library's 2,000 lines of named templates, with commented values and a schema, and a
chart of 24 charts with a good deal of toYaml, include and tpl. Program and charts are copied to a folder, so that the
arguments have the same length everywhere, and the environment is empty.

BINARY is what `cargo build --release` makes; the binary of `.ci/release` takes a good deal less. A compiler or C
library other than the recorded ones moves the counts by less than the margin. When a change is worth its cost, or
saves more than it, record anew and say why in the commit. Needs valgrind.
"""
import argparse
import contextlib
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import charts
import measure

RECORD = measure.HERE / "instructions.json"
OWN_CHARTS = measure.HERE.parent / "charts"
MARGIN = 0.10
PROFILES = ("3.17.3", "3.22.0", "4.3.1")
PROFILE_MARGIN = 0.05


@contextlib.contextmanager
def prepared(binary, more=()):
    """A function that counts the instructions of a chart's render, and the names of the charts."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        shutil.copy(binary, folder / "statefulchart")
        copied = [OWN_CHARTS / name for name in ("python-app", "node-app")]
        for chart in [*copied, *more]:
            shutil.copytree(chart, folder / chart.name)
        charts.library(folder / "library")
        charts.umbrella(folder / "umbrella")

        def count(name, *flags):
            return measure.instructions(["./statefulchart", "template", "release", name, *flags], folder)

        names = [*(chart.name for chart in copied), "library", "umbrella", *(chart.name for chart in more)]
        yield count, names


def compare_profiles(binary, more):
    good = True
    with prepared(binary, more) as (count, names):
        width = max(map(len, names))
        print(f"{'chart':{width}} {PROFILES[0]:>12}", *(f"{profile:>8}" for profile in PROFILES[1:]))
        for name in names:
            first, *later = (count(name, "--helm", profile) for profile in PROFILES)
            changes = [counted / first - 1 for counted in later]
            is_past = max(changes) > PROFILE_MARGIN
            good &= not is_past
            print(f"{name:{width}} {first:12,}", *(f"{change:+8.1%}" for change in changes), " NOT" if is_past else "", flush=True)
    return 0 if good else 1


def version(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description="counts instructions and compares them with the record")
    parser.add_argument("binary", type=lambda name: shutil.which(name) or Path(name).resolve(strict=True))
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--profiles", nargs="*", metavar="CHART", type=lambda name: Path(name).resolve(strict=True))
    args = parser.parse_args()
    if not measure.has_valgrind():
        sys.exit("valgrind is missing: install the package `valgrind`")
    if args.profiles is not None:
        return compare_profiles(args.binary, args.profiles)
    with prepared(args.binary) as (count, names):
        counts = {name: count(name) for name in names}
    if args.record:
        tools = {"rustc": version("rustc", "--version"), "libc": " ".join(platform.libc_ver()),
                 "valgrind": version("valgrind", "--version"), "machine": platform.machine()}
        RECORD.write_text(json.dumps({"recorded with": tools, "instructions": counts}, indent=2) + "\n")
        return 0
    recorded = json.loads(RECORD.read_text())["instructions"]
    good = recorded.keys() == counts.keys()
    print(f"{'chart':12} {'recorded':>12} {'now':>12} {'change':>8}")
    for name, now in counts.items():
        change = now / recorded[name] - 1 if name in recorded else float("inf")
        good &= change <= MARGIN
        print(f"{name:12} {recorded.get(name, 0):12,} {now:12,} {change:+8.1%}{'  NOT' if change > MARGIN else ''}")
    if not good:
        print(f"past the margin of {MARGIN:.0%} (or another list of charts): make it faster again, or record anew with a reason")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
