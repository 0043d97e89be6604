#!/usr/bin/env python3
"""How fast statefulchart is: every row of docs/performance.md's table, measured and printed.

usage: speed.py HELM BINARY CORPUS [--rows a,b,...] [--rounds N] [--only REGEX] [--worst N] [--json OUT] [--dist]

HELM is Helm 3.17.3, BINARY the release build (of `.ci/release` with --dist), CORPUS a directory that `tests/parity.py assemble` has made of public
charts (what Helm answers to them is recorded first, where `tests/parity.py record` has not done so). The rows:

    all      median over every case that renders, wall time of Helm / ours
    plain    the worst of the cases that generate no keys and hash no passwords
    keys     the worst of those that generate keys: medians of ten runs
    hashes   the worst of those that hash passwords and generate no keys; no target, since bcrypt is slow on purpose
    floor    ours / a program that reads the same files and writes the finished output, over the plain cases
    memory   peak memory, Helm / ours
    growth   instructions (wall time where valgrind is missing) of charts that grow along one axis
    start    `statefulchart version` / an empty Rust program
    size     the binary, stripped

Whole processes are measured, the programs in alternation: N rounds (5) after one that does not count, in each of
which Helm, ours and the floor run once, so that a slow minute of the machine hits all of them; each round takes
another copy of each program (measure.Copies says why); then the furthest cases once more, in more rounds. A case's
figure is the ratio of the medians. A case on which ours and Helm do not print the same is no result: it is named and
left out, and the run fails. The status is 0 when every row that was asked for reaches its target.

Needs Linux, rustc, PyYAML (for tests/parity.py), and valgrind for the row `growth`.
"""
import argparse
import fnmatch
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import charts
import measure

sys.path.insert(0, str(measure.HERE.parent / "tests"))
import parity  # noqa: E402

ROWS = ["all", "plain", "keys", "hashes", "floor", "memory", "growth", "start", "size"]
KEYS = ["genPrivateKey", "genCA", "genCAWithKey", "genSelfSignedCert", "genSignedCert"]
HASHES = ["htpasswd", "bcrypt", "derivePassword"]
KEY_ROUNDS = 10
# Of so many hundred cases the machine's disturbances decide which is the worst: these many furthest ones of each kind
# of row are measured again, in so many rounds.
FURTHEST, FURTHEST_ROUNDS = 12, 15
START_ROUNDS = 200
MOST_BYTES = 15_000_000
# How many times Helm's time is ours at the median, from a plain build and from the release command.
PLAIN_MEDIAN, DIST_MEDIAN = 24, 26
# Cost in proportion to the work is an exponent of 1; the rest is caches and the growth of tables.
MOST_EXPONENT = 1.1


# Cases --------------------------------------------------------------------------------------------------------------


@dataclass
class Case:
    """A chart and what was measured of it: medians in seconds, kB."""

    id: str
    args: list
    kind: str = "plain"
    wall: dict = field(default_factory=dict)
    cpu: dict = field(default_factory=dict)
    memory: dict = field(default_factory=dict)

    def ratio(self, upper, lower):
        return self.wall[upper] / self.wall[lower]


def load(corpus, helm, only):
    """The cases that Helm renders."""
    if not all((corpus / "gold" / f"{case['id']}.again").exists() for case in parity.load_cases(corpus)):
        print("recording Helm's answers", file=sys.stderr)
        parity.record(corpus, helm)
    return [Case(found["id"], found["args"]) for found in parity.load_cases(corpus)
            if re.search(only, found["id"]) and (corpus / "gold" / f"{found['id']}.status").read_text() == "0"]


def agreeing(cases, corpus, binary):
    """The cases to which ours gives Helm's answer, and the ids of the others."""
    with parity.pool() as workers:
        verdicts = list(workers.map(lambda c: parity.verdict({"id": c.id, "args": c.args}, binary, corpus)[0], cases))
    return ([c for c, v in zip(cases, verdicts) if v == "agrees"], [c.id for c, v in zip(cases, verdicts) if v != "agrees"])


def classify(cases, corpus, binary):
    """Sets the kind of each case: whether it generates keys, or else hashes passwords, or neither.

    That a chart calls a function somewhere does not say that this render does, and that the output holds a key that
    changes does not find the keys that are thrown away. So the chart is copied, each such function replaced by `fail`
    in its text, and rendered: if that fails, the render does call one of them.
    """

    def calls(case, functions):
        names = re.compile(rb'(?<![\w.$"/-])(?:' + "|".join(functions).encode() + rb")(?=[\s)}|])")
        chart = corpus / case.args[0]
        texts = [p for p in chart.rglob("*") if p.is_file() and p.suffix in (".yaml", ".yml", ".tpl", ".txt")]
        found = {p: data for p in texts if names.search(data := p.read_bytes())}
        if not found:
            return False
        with tempfile.TemporaryDirectory(prefix="speed-") as folder:
            copy = Path(folder) / case.args[0]
            shutil.copytree(chart, copy)
            for path, data in found.items():
                (copy / path.relative_to(chart)).write_bytes(names.sub(b"fail", data))
            command = [binary, "template", "rel", *case.args]
            return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode != 0

    def kind(case):
        return "keys" if calls(case, KEYS) else "hashes" if calls(case, HASHES) else "plain"

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for case, found in zip(cases, workers.map(kind, cases)):
            case.kind = found


# What the floor reads -----------------------------------------------------------------------------------------------


def ignored(chart):
    """A function that says whether Helm passes over a path below the chart: the rules of its .helmignore."""
    try:
        lines = (chart / ".helmignore").read_text("utf-8-sig", errors="replace").splitlines()
    except FileNotFoundError:
        lines = []
    rules = []
    for line in [*(line.strip() for line in lines), "templates/.?*"]:
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            rules.append((line.startswith("!"), pattern.endswith("/"), pattern.removesuffix("/")))

    def matches(pattern, path):
        if "/" not in pattern:
            return fnmatch.fnmatchcase(path.name, pattern)
        parts = pattern.removeprefix("/").split("/")
        return len(parts) == len(path.parts) and all(map(fnmatch.fnmatchcase, path.parts, parts))

    def verdict(path, is_directory):
        for negated, directories, pattern in rules:
            if negated:
                if (directories and not is_directory) or not matches(pattern, path):
                    return True
            elif (is_directory or not directories) and matches(pattern, path):
                return True
        return False

    return verdict


def without_ignored(chart, place):
    """The chart, or a copy of it at `place` if some of its files are not read by Helm."""
    if not chart.is_dir():
        return chart
    verdict = ignored(chart)

    def skip(folder, names):
        below = Path(folder).relative_to(chart)
        return [n for n in names if verdict(below / n, (Path(folder) / n).is_dir())]

    if not any(skip(folder, [*folders, *files]) for folder, folders, files in os.walk(chart, followlinks=True)):
        return chart
    if not place.exists():
        shutil.copytree(chart, place, ignore=skip)
    return place


def floor_arguments(case, corpus, copies):
    """The finished output, the chart, and the files of values."""
    chart, *rest = case.args
    read = without_ignored(corpus / chart, copies / Path(chart).name)
    values = [value for option, value in zip(rest, rest[1:]) if option == "-f"]
    return [f"gold/{case.id}.out", os.path.relpath(read, corpus), *values]


# Measuring ----------------------------------------------------------------------------------------------------------


def measure_cases(cases, programs, rounds, copies):
    """Fills in wall and processor time of each program, whose commands `programs` knows for a case."""
    for number, case in enumerate(cases):
        progress(f"{number}/{len(cases)} {case.id}")
        count = max(rounds, KEY_ROUNDS) if case.kind == "keys" else rounds
        for name, samples in measure.alternate(programs(case), count, copies).items():
            case.wall[name] = statistics.median(s.wall for s in samples)
            case.cpu[name] = statistics.median(s.cpu for s in samples)
    progress("")


def furthest(cases):
    """The cases without keys or hashes that are furthest from Helm, and from the floor."""
    found = {}
    for upper, lower, sign in (("helm", "ours", 1), ("ours", "floor-static", -1)):
        known = [c for c in cases if c.kind == "plain" and {upper, lower} <= c.wall.keys()]
        found |= {c.id: c for c in sorted(known, key=lambda c: sign * c.ratio(upper, lower))[:FURTHEST]}
    return list(found.values())


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)


@dataclass
class Row:
    """A line of the table: a figure that is to be at least, or at most, the target, if there is one."""

    name: str
    target: float | None
    measured: float
    at_least: bool = False
    unit: str = ""
    note: str = ""

    def reached(self):
        if self.target is None:
            return True
        return self.measured >= self.target if self.at_least else self.measured <= self.target

    def __str__(self):
        target = "" if self.target is None else f"{'>=' if self.at_least else '<='} {self.target:g}{self.unit}"
        verdict = "" if self.target is None else "ok" if self.reached() else "NOT"
        return f"{self.name:70} {target:>9} {self.measured:10.2f}{self.unit:4} {verdict:4} {self.note}"


def case_rows(wanted, cases, median):
    """The rows that compare wall times of Helm and ours."""
    rows = []
    if "all" in wanted and cases:
        rows.append(Row(f"wall time Helm / ours, median over {len(cases)} cases", median,
                        statistics.median(c.ratio("helm", "ours") for c in cases), True))
    titles = {"plain": ("worst of {} without keys or hashes", 8), "keys": ("worst of {} that generate keys", 2),
              "hashes": ("worst of {} that hash passwords", None)}
    for kind, (title, target) in titles.items():
        found = [c for c in cases if c.kind == kind]
        if kind in wanted and found:
            least = min(found, key=lambda c: c.ratio("helm", "ours"))
            rows.append(Row("wall time Helm / ours, " + title.format(len(found)), target, least.ratio("helm", "ours"),
                            True, note=least.id))
    return rows


def floor_rows(cases):
    rows = []
    plain = [c for c in cases if c.kind == "plain"]
    if not plain:
        return []
    for name, how in (("floor", "linked as usual"), ("floor-static", "linked as ours is")):
        worst = max(plain, key=lambda c: c.ratio("ours", name))
        rows.append(Row(f"ours / floor {how}, median of {len(plain)} without keys or hashes", 3,
                        statistics.median(c.ratio("ours", name) for c in plain)))
        rows.append(Row(f"ours / floor {how}, worst", 6, worst.ratio("ours", name), note=worst.id))
    return rows


def memory_row(cases, helm, ours):
    for number, case in enumerate(cases):
        progress(f"memory {number}/{len(cases)} {case.id}")
        case.memory = {"helm": measure.memory(helm(case)), "ours": measure.memory(ours(case))}
    progress("")
    medians = {name: statistics.median(c.memory[name] for c in cases) for name in ("helm", "ours")}
    return Row("peak memory Helm / ours, median", 5,
               statistics.median(c.memory["helm"] / c.memory["ours"] for c in cases), True,
               note=f"medians {medians['helm'] / 1000:.1f} and {medians['ours'] / 1000:.1f} MB; "
                    f"ours at most {max(c.memory['ours'] for c in cases) / 1000:.1f} MB")


def start_rows(binary, empties, copies):
    programs = {"ours": [binary, "version"], **{name: [program] for name, program in empties.items()}}
    found = {name: statistics.median(s.wall for s in samples)
             for name, samples in measure.alternate(programs, START_ROUNDS, copies).items()}
    return [Row(f"`version` / an empty Rust program {how}", 1.5, found["ours"] / found[name],
                note=f"{found['ours'] * 1e3:.2f} and {found[name] * 1e3:.2f} ms")
            for name, how in (("empty", "linked as usual"), ("empty-static", "linked as ours is"))]


def size_row(binary, folder):
    stripped = folder / "stripped"
    if shutil.which("strip"):
        subprocess.run(["strip", "-o", stripped, binary], check=True)
    else:
        shutil.copy(binary, stripped)
    return Row("the binary, stripped", MOST_BYTES / 1e6, stripped.stat().st_size / 1e6, unit=" MB")


# Growth -------------------------------------------------------------------------------------------------------------


def helm_wall(command):
    """Helm's least wall time of three, or of one where that takes a while."""
    least = measure.run(command).wall
    return least if least > 1 else min(least, *(measure.run(command).wall for _ in range(2)))


def growth_table(helm, binary, folder):
    """Prints what each size of each chart costs; ends with a row for the largest exponent."""
    counted = measure.has_valgrind()
    print(f"\n{'what grows':15} {'size':>10} {'Minstr':>10} {'exponent':>9} {'ours ms':>9} {'exponent':>9} {'helm ms':>9}")
    worst = (0, "")
    for what, (make, sizes) in charts.GROWTH.items():
        before = None
        for size in sizes:
            chart = folder / f"{make.__name__}-{size}"
            options = make(chart, size)
            ours, theirs = ([p, "template", "rel", str(chart), *options] for p in (binary, helm))
            same(ours, theirs)
            wall = min(measure.run(ours).wall for _ in range(7))
            cost = measure.instructions(ours, folder) if counted else None
            exponents = ["", ""]
            if before:
                step = math.log(size / before[0])
                found = [b and math.log(a / b) / step for a, b in zip((cost, wall), before[1:])]
                exponents = [x and f"{x:.2f}" or "" for x in found]
            shown = f"{cost / 1e6:.2f}" if counted else "-"
            print(f"{what:15} {size:10} {shown:>10} {exponents[0]:>9} {wall * 1e3:9.2f} {exponents[1]:>9} "
                  f"{helm_wall(theirs) * 1e3:9.1f}", flush=True)
            before = (size, cost, wall)
        # The last step: in the smaller ones the cost of a process hides that of the work.
        worst = max(worst, (found[0] if counted else found[1], what))
    print()
    return Row(f"cost as work grows, {'instructions' if counted else 'wall time'}: the largest exponent",
               MOST_EXPONENT, worst[0], note=worst[1])


def same(ours, theirs):
    found = [subprocess.run(command, capture_output=True, check=True).stdout for command in (ours, theirs)]
    if found[0] != found[1]:
        raise measure.Failed(f"the two programs do not print the same: {' '.join(ours)}")


# The whole ----------------------------------------------------------------------------------------------------------


def worst_table(cases, count):
    """The cases that are furthest from the targets."""
    for upper, lower, sign in (("helm", "ours", 1), ("ours", "floor-static", -1)):
        title = f"{upper} / {lower}"
        found = [c for c in cases if upper in c.wall and lower in c.wall]
        found = sorted(found, key=lambda c: sign * c.ratio(upper, lower))[:count]
        if not found:
            continue
        print(f"\nfurthest by {title:51} {'kind':>7} {'helm ms':>9} {'ours ms':>8} {'floor':>7} {'static':>7} {'h/o':>6} {'o/s':>7}")
        for c in found:
            ms = {name: f"{wall * 1e3:.2f}" for name, wall in c.wall.items()}
            ratios = [f"{c.ratio(a, b):.1f}" if a in c.wall and b in c.wall else "" for a, b in (("helm", "ours"), ("ours", "floor-static"))]
            print(f"{c.id[-63:]:63} {c.kind:>7} {ms.get('helm', ''):>9} {ms['ours']:>8} {ms.get('floor', ''):>7} "
                  f"{ms.get('floor-static', ''):>7} {ratios[0]:>6} {ratios[1]:>7}")


def main():
    parser = argparse.ArgumentParser(description="the speed of statefulchart against helm and against the floor")
    parser.add_argument("helm", type=parity.program)
    parser.add_argument("binary", type=parity.program)
    parser.add_argument("corpus", type=lambda text: Path(text).resolve())
    parser.add_argument("--rows", type=lambda text: text.split(","), default=ROWS, help=",".join(ROWS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="cases whose id matches this")
    parser.add_argument("--worst", type=int, default=10, help="how many of the worst cases to print")
    parser.add_argument("--json", type=Path, help="writes every case's figures there")
    parser.add_argument("--dist", action="store_true", help="BINARY is what .ci/release built")
    args = parser.parse_args()
    wanted = set(args.rows)
    if not wanted or wanted - set(ROWS):
        sys.exit(f"rows are {', '.join(ROWS)}")
    json_path = args.json and args.json.resolve()
    with tempfile.TemporaryDirectory(prefix=".speed-", dir=args.corpus) as folder:
        rows, cases, apart = measured(args, wanted, Path(folder))
    worst_table(cases, args.worst)
    print()
    for row in rows:
        print(row)
    for name in apart:
        print(f"left out, since ours and Helm do not print the same: {name}")
    if json_path:
        json_path.write_text(json.dumps({"rows": [vars(r) | {"reached": r.reached()} for r in rows],
                                         "cases": [vars(c) for c in cases], "left out": apart}, indent=1))
    return 0 if not apart and all(row.reached() for row in rows) else 1


def measured(args, wanted, folder):
    """The rows that were asked for, the cases with their figures, and the ids of those left out."""
    rows, cases, apart = [], [], []
    programs = {f"{name}{'-static' if static else ''}": measure.build(name, folder, static)
                for name in ("floor", "empty") for static in (False, True)}
    empties = {name: programs[name] for name in ("empty", "empty-static")}
    copies = measure.Copies(folder)
    empty = measure.alternate({"empty": [empties["empty-static"]]}, START_ROUNDS, copies)["empty"]
    empty = statistics.median(sample.wall for sample in empty)
    print(f"an empty static program takes {empty * 1e3:.2f} ms here, which is part of every figure")
    timed = wanted & {"all", "plain", "keys", "hashes"}
    if timed or wanted & {"floor", "memory"}:
        cases, apart = agreeing(load(args.corpus, args.helm, args.only), args.corpus, args.binary)
        classify(cases, args.corpus, args.binary)
        if not wanted & {"all", "memory"}:
            kinds = timed | ({"plain"} if "floor" in wanted else set())
            cases = [c for c in cases if c.kind in kinds]
        os.chdir(args.corpus)
        helm = lambda c: [args.helm, "template", "rel", *c.args]  # noqa: E731
        ours = lambda c: [args.binary, "template", "rel", *c.args]  # noqa: E731

        def commands(case):
            found = {"helm": helm(case)} if timed else {}
            found["ours"] = ours(case)
            if "floor" in wanted and case.kind == "plain":
                arguments = floor_arguments(case, args.corpus, folder)
                found |= {name: [programs[name], *arguments] for name in ("floor", "floor-static")}
            return found

        if timed or "floor" in wanted:
            measure_cases(cases, commands, args.rounds, copies)
            if args.rounds < FURTHEST_ROUNDS:
                measure_cases(furthest(cases), commands, FURTHEST_ROUNDS, copies)
        rows += case_rows(wanted, cases, DIST_MEDIAN if args.dist else PLAIN_MEDIAN)
        rows += floor_rows(cases) if "floor" in wanted else []
        rows += [memory_row(cases, helm, ours)] if "memory" in wanted and cases else []
    rows += [growth_table(args.helm, args.binary, folder)] if "growth" in wanted else []
    rows += start_rows(args.binary, empties, copies) if "start" in wanted else []
    rows += [size_row(args.binary, folder)] if "size" in wanted else []
    return rows, cases, apart


if __name__ == "__main__":
    sys.exit(main())
