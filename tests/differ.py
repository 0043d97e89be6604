#!/usr/bin/env python3
"""Generate small charts, render each with the real Helm and with a binary, and shrink what differs.

usage: differ.py --helm PATH --binary PATH [--helm-version V] [--seed N] [--seconds S] [--only FAMILY[,FAMILY]] [--list]

The same seed generates the same cases in the same order; --seconds bounds the run, not a case. A
disagreement is printed as a case file of tests/cases. The exit status is 1 if there is any. Needs
Python 3.9 and nothing else; tests/generate.py holds the families.

A process of Helm costs as much as a thousand expressions, so snippets of template text share one: the
ones that should render stand in one template, a line each, the ones that should fail in a chart each,
which `helm lint` reads all at once. What seems to differ so is run again alone before it counts.
"""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import generate
from generate import Chart, Snippet
from masks import masked
from stub_api import stub

BATCH = 300
PROCESSES = 2
SHRINK_TRIES = 100
HINT = b"\n\nUse --debug flag to render out invalid YAML\n"
TOKEN = re.compile(rb"\{\{-?|-?\}\}|\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|[\w$.]+|[ \t]+|\n|.", re.S)


class Differ:
    def __init__(self, options, root, kubeconfig):
        self.helm, self.binary, self.root = options.helm, options.binary, root
        self.pool = ThreadPoolExecutor(PROCESSES)
        self.agreed, self.found, self.serial, self.addresses = Counter(), [], 0, None
        home = root / "home"
        home.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(home), "TZ": "UTC", "LANG": "C.UTF-8",
                    "KUBECONFIG": str(home / "none")}
        if options.helm_version:
            self.env["STATEFULCHART_HELM"] = options.helm_version
        # What Helm says of an installation it says of an empty cluster.
        self.cluster = {**self.env, "KUBECONFIG": str(kubeconfig)}
        # The binary has zones where the default release has them.
        if options.helm_version:
            self.addresses = self.zones()

    def folder(self):
        self.serial += 1
        path = self.root / f"w{self.serial}"
        path.mkdir()
        return path

    def execute(self, binary, work, args):
        in_cluster = binary == self.helm and args[0] in ("install", "upgrade")
        try:
            # Under another name ours says more than Helm.
            done = subprocess.run(["helm", *args], executable=binary, cwd=work, env=self.cluster if in_cluster else self.env, capture_output=True, timeout=60,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return ("timeout", b"", b"")
        except (OSError, ValueError) as e:
            return (f"not run: {e}", b"", b"")
        stdout = masked(done.stdout, "live")
        if self.addresses:
            stdout = self.addresses.sub(b"<address>", stdout)
        if args[0] == "lint" and b"- at '" in stdout:
            stdout = in_order(stdout.splitlines(keepends=True))
        return (done.returncode, stdout, settled(done.stderr))

    def zones(self):
        """An expression for the addresses at which the two programs have time zones, in each form that fmt prints."""
        chart = generate.plain_chart(Snippet('# {{ printf "%p %p" now.Location now.UTC.Location }}', "zones"))
        found = {int(digits, 16) for _, out, _ in self.both(chart) for digits in re.findall(rb"\b0x([0-9a-f]+)", out)}
        if len(found) < 2:
            sys.exit("the programs do not print where they have time zones")
        forms = "|".join(format(n, form) for n in sorted(found) for form in "xXodb")
        return re.compile(rf"\b(?:0[xXoObB])?0*(?:{forms})\b".encode())

    # ---- one chart by itself

    def both(self, chart):
        work = self.folder()
        chart.write(work)
        args = [*chart.command, *chart.args]
        results = [self.execute(b, work, args) for b in (self.helm, self.binary)]
        shutil.rmtree(work)
        return results

    def differs(self, chart):
        helm, ours = self.both(chart)
        # Where Helm itself panics, failing is enough; where a library of it does, it need not be.
        panicked = (helm[0] == 2 and ours[0] == 1) or b"error calling Glob: runtime error: " in helm[2]
        if helm == ours or helm[0] == "timeout" or panicked:
            return None
        # Chance, the clock and the order of maps: not ours to match.
        return (helm, ours) if self.both(chart)[0] == helm else None

    def by_chance(self, chart):
        """Whether some run of Helm prints what we do."""
        return any(helm == ours for helm, ours in (self.both(chart) for _ in range(40)))

    def check(self, family, label, chart):
        if not (both := self.differs(chart)) or self.by_chance(chart):
            self.agreed[family] += 1
            return
        helm, ours = both
        kind = "status" if helm[0] != ours[0] else "error" if helm[0] else "output"
        signature = (family, label, kind)
        if any(s == signature for s, *_ in self.found):
            self.found.append((signature,))
            return
        self.found.append((signature, chart))
        small = self.shrink(chart, shape(both))
        self.report(signature, small, self.both(small))

    def report(self, signature, chart, results):
        out = sys.stdout
        print("=" * 8, *signature, "=" * 8, file=out)
        print(chart.case(), file=out)
        for name, (status, stdout, stderr) in zip(("helm", "ours"), results):
            text = (stdout + stderr).decode(errors="backslashreplace")
            print(f"  {name} ({status}): " + text[:1500].replace("\n", "\n    "), file=out)
        out.flush()

    def shrink(self, chart, wanted):
        tries = 0

        def still(candidate):
            nonlocal tries
            tries += 1
            return tries <= SHRINK_TRIES and (both := self.differs(candidate)) is not None and shape(both) == wanted

        chart = reduce_parts(chart, Chart.without_files, still)
        chart = reduce_parts(chart, Chart.without_args, still)
        for splitter in (lambda t: t.splitlines(keepends=True), TOKEN.findall):
            for name in sorted(n for n in chart.files if n not in chart.fixed):
                chart = reduce_parts(chart, lambda c, keep, n=name, s=splitter: c.with_pieces(n, s, keep), still)
        return chart

    # ---- snippets by the hundred

    def snippets(self, family, items):
        items = [s for s in items if s.text.strip()]
        work = self.folder()
        chart = generate.lines_chart(items)
        chart.write(work)
        left, bad = dict(enumerate(items)), []

        def drop(i):
            for name in generate.line_files(i):
                (work / name).unlink()
            return left.pop(i)

        args = ["template", "rel", "chart"]
        while left:
            ours = self.execute(self.binary, work, args)
            if ours[0] == 0:
                break
            bad.append(drop(culprit(ours, left)))
        suspects = []
        while left:
            helm = self.execute(self.helm, work, args)
            if helm[0] == 0:
                break
            suspects.append(drop(culprit(helm, left)))
            ours = self.execute(self.binary, work, args)
        shutil.rmtree(work)
        if left:
            a, b = (dict(re.findall(rb"(?m)^# (\d+) (.*)", text)) for text in (helm[1], ours[1]))
            for i, item in left.items():
                line = a.get(b"%d" % i)
                if ours[0] == 0 and line is not None and line == b.get(b"%d" % i):
                    self.agreed[family] += 1
                else:
                    suspects.append(item)
        for item in suspects:
            self.check(family, item.label, generate.lines_chart([item]))
        self.lint_all(family, bad)

    def lint_all(self, family, items):
        if not items:
            return
        work = self.folder()
        names, errors = [], []
        for i, item in enumerate(items):
            generate.plain_chart(item).write(work / f"c{i}")
            names.append(f"c{i}/chart")
        errors = list(self.pool.map(lambda n: self.execute(self.binary, work, ["template", "test-release", n])[2], names))
        text = self.execute(self.helm, work, ["lint", *names])[1]
        blocks = dict(re.findall(rb"==> Linting (\S+)\n(.*?)(?=\n==> Linting |\Z)", text, re.S))
        for item, name, error in zip(items, names, errors):
            block = blocks.get(name.encode(), b"")
            want = error.removeprefix(b"Error: ").removesuffix(HINT).strip()
            if want and b"[ERROR] templates/: " + want + b"\n" in settled(block) + b"\n":
                self.agreed[family] += 1
            else:
                self.check(family, item.label, generate.plain_chart(item))
        shutil.rmtree(work)


def settled(text):
    """Errors without the clock; warnings and violations in order, for Helm walks maps in any."""
    lines = masked(text, "live-log").splitlines(keepends=True)
    if b"values don't meet the specifications" in text or b"jsonschema validation failed" in text:
        return in_order(lines)
    warnings = (b"coalesce.go", b'level=INFO msg="warning: ')
    is_warning = lambda line: line.removeprefix(b"<time> ").startswith(warnings)
    return b"".join(sorted(filter(is_warning, lines)) + [line for line in lines if not is_warning(line)])


def in_order(lines):
    return b"".join(sorted(map(named, lines)))


def named(line):
    """A violation with its names in order, and without the place that the newer validator may take from a sibling."""
    line = re.sub(rb"(additional properties )(.*)( not allowed)", lambda m: m[1] + b", ".join(sorted(m[2].split(b", "))) + m[3], line)
    return re.sub(rb"at '.*': invalid propertyName", b"at '\xe2\x80\xa6': invalid propertyName", line)


def culprit(result, left):
    """Which snippet an error comes from; the first one where that cannot be told."""
    at = (int(n) for n in re.findall(rb"templates/_?s(\d+)\.", result[2]))
    return next((i for i in at if i in left), next(iter(left)))


def shape(both):
    """What must stay the same for a smaller chart to show the same disagreement."""
    return [(status, [word in stderr for word in (b"parse error", b"error calling", b"YAML")]) for status, _, stderr in both]


def reduce_parts(chart, select, still):
    """Delta debugging over the parts that `select(chart, keep)` keeps; `keep` is None to count them."""
    count = select(chart, None)
    kept, size = list(range(count)), max(1, count // 2)
    while kept:
        progress = False
        at = 0
        while at < len(kept):
            trial = kept[:at] + kept[at + size:]
            candidate = select(chart, set(trial))
            if candidate is not None and still(candidate):
                kept, progress = trial, True
            else:
                at += size
        if size == 1 and not progress:
            break
        size = max(1, size // 2)
    reduced = select(chart, set(kept))
    return chart if reduced is None else reduced


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--helm", required=True)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--helm-version", help="the release that --helm is, if it is not the binary's default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", default="", help="families, with commas")
    options = parser.parse_args()
    options.helm, options.binary = (str(Path(shutil.which(p) or p).resolve()) for p in (options.helm, options.binary))
    names = [n for n in options.only.split(",") if n] or list(generate.FAMILIES)
    if unknown := [n for n in names if n not in generate.FAMILIES]:
        sys.exit(f"no family {unknown[0]}; there are {', '.join(generate.FAMILIES)}")
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory(prefix="differ-") as root, stub() as kubeconfig:
        differ = Differ(options, Path(root).resolve(), kubeconfig)
        rngs = {n: random.Random(f"{options.seed}/{n}") for n in names}
        rounds = 0
        while time.monotonic() < end or not rounds:
            # In the first round each family has its turn, however slow the machine is.
            snippets, singles = (BATCH, 20) if rounds else (BATCH // 10, 4)
            for name in names:
                if rounds and time.monotonic() >= end:
                    break
                batch = generate.FAMILIES[name]
                first = batch(rngs[name])
                if isinstance(first, Snippet):
                    differ.snippets(name, [first, *(batch(rngs[name]) for _ in range(snippets - 1))])
                else:
                    charts = [first, *(batch(rngs[name]) for _ in range(singles - 1))]
                    list(differ.pool.map(lambda c: differ.check(name, c.label, c), charts))
            rounds += 1
        differ.pool.shutdown()
    print("agree:", ", ".join(f"{n} {differ.agreed[n]}" for n in names), f"; {sum(differ.agreed.values())} in all")
    print("differ:", len(differ.found))
    for signature, count in Counter(s for s, *_ in differ.found).most_common():
        print("  ", *signature, count)
    if not differ.found and (idle := [n for n in names if not differ.agreed[n]]):
        sys.exit(f"nothing was compared of {', '.join(idle)}")
    return 1 if differ.found else 0


if __name__ == "__main__":
    sys.exit(main())
