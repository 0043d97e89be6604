#!/usr/bin/env python3
"""Whole-process time of `statefulchart template` against `helm template`.

usage: render.py HELM BINARY [CHART...] [--runs N]

Renders charts/python-app, charts/node-app and each CHART with both programs in alternation: N rounds (30),
in each of which hyperfine runs the one and then the other, so that a slow minute of the machine hits both.
Prints the median and the smallest time of each, and the ratio of the medians. The two must print the same
number of bytes, else a chart is left out with a note.

Needs hyperfine (the Debian and Ubuntu package `hyperfine`, or `cargo install --locked hyperfine`). Build the
binary with `cargo build --release`. For three large public charts:

    git clone --depth 1 https://github.com/bitnami/charts bitnami
    for c in kafka wordpress airflow; do helm dependency build bitnami/bitnami/$c; done
    benches/render.py helm target/release/statefulchart bitnami/bitnami/{kafka,wordpress,airflow}
"""
import argparse
import json
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def measure(commands, rounds):
    """The wall times of each command in seconds, the commands run in turn."""
    times = [[] for _ in commands]
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        for _ in range(rounds):
            subprocess.run(["hyperfine", "--shell=none", "--style=none", "--runs=1", "--export-json", out.name, *commands],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for found, result in zip(times, json.loads(Path(out.name).read_text())["results"]):
                found += result["times"]
    return times


def main():
    parser = argparse.ArgumentParser(description="statefulchart against helm, whole processes")
    parser.add_argument("helm")
    parser.add_argument("binary")
    parser.add_argument("charts", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=30)
    args = parser.parse_args()
    if not shutil.which("hyperfine"):
        sys.exit("hyperfine is missing: install the package `hyperfine`")
    programs = [shutil.which(p) or sys.exit(f"{p}: not found") for p in (args.helm, args.binary)]
    ratios = []
    print(f"{'chart':24} {'helm ms':>9} {'min':>8} {'ours ms':>9} {'min':>8} {'ratio':>7}")
    for chart in [HERE / "charts/python-app", HERE / "charts/node-app", *args.charts]:
        commands = [[p, "template", "rel", str(chart)] for p in programs]
        done = [subprocess.run(c, capture_output=True) for c in commands]
        if any(d.returncode for d in done) or len(done[0].stdout) != len(done[1].stdout):
            print(f"{chart.name:24} left out: the two programs do not agree on it")
            continue
        (helm, ours) = measure([shlex.join(c) for c in commands], args.runs)
        a, b = statistics.median(helm), statistics.median(ours)
        ratios.append(a / b)
        print(f"{chart.name:24} {a * 1e3:9.1f} {min(helm) * 1e3:8.1f} {b * 1e3:9.2f} {min(ours) * 1e3:8.2f} {a / b:6.1f}x")
    if ratios:
        print(f"\nmedian of the ratios: {statistics.median(ratios):.1f}x")


if __name__ == "__main__":
    main()
