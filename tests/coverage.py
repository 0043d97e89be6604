#!/usr/bin/env python3
"""Whether `coverage` tells the truth: the engine itself says so.

usage: coverage.py CORPUS BINARY [--only TEXT] [--charts N] [--sides N] [--seed N] [--jobs N] [--verbose]

CORPUS is what parity.py assembles. For each chart with values files in ci/, `coverage` says which sides of branches
and which named templates ran over the chart's defaults and those files. Then copies of the chart are rendered:

red     all that never ran is taken out at once, then replaced by a call of `fail`: no output may change
green   of what ran, each (or N of a chart, by a seed) is replaced by a call of `fail` by itself: some output must
        change. Then it is taken out: where it prints something, some output must change, too

An `else` that is not written is a side like others: the call of `fail` gets an `else` of its own. What is compared is
what `template` prints, and of NOTES.txt what `install --dry-run` does. Lines that differ
between two renders of the same (passwords, certificates) are not compared. What prints may print nothing, or what
nobody prints in turn: such sides are counted as unchanged. The exit status is 1 if a figure is below its target.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TIMEOUT = 120
TEMPLATE = ("template", "release-name")
# This prints the notes, too. Its cluster has fewer API versions, though, and no chart is installed that needs others.
INSTALL = ("install", "--dry-run", "release-name")
FAIL = b'{{ fail "it ran" }}'
BRACES = re.compile(rb"\{\{.*?\}\}", re.S)
# The part of an `else if` is the branch that follows: its own sides are tried.
CHAINED = re.compile(rb"\{\{-?\s*else\s")
# Where an error is moves with what is taken out before it.
PLACE = re.compile(rb":\d+(:\d+)?")
BOM = b"\xef\xbb\xbf"


class Edit:
    """A side of a branch or a named template: where its text is, and what is done to it."""

    def __init__(self, file, start, end, hits, about, opens=b"", prints=False):
        self.file, self.start, self.end, self.hits, self.about = file, start, end, hits, about
        self.opens, self.prints = opens, prints

    def removed(self):
        return (self.start, self.end, b"") if self.end > self.start else None

    def failing(self):
        return self.start, self.end, self.opens + FAIL


class Chart:
    def __init__(self, corpus, binary, name, values):
        self.corpus, self.binary, self.name = corpus, binary, name
        self.values = [str((corpus / file).resolve()) for file in values]
        self.counts, self.notes = Counter(), []

    def run(self, *args):
        try:
            # The time is the same each time.
            env = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
            done = subprocess.run([self.binary, *args, "--no-config"], cwd=self.corpus, env=env, capture_output=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return None
        return done

    def render(self, chart, file, way=TEMPLATE):
        done = self.run(*way, str(chart), *(["-f", file] if file else []))
        if done is None:
            return None
        return done.returncode, done.stdout.split(b"\n"), PLACE.sub(b":N", done.stderr.replace(str(chart).encode(), b""))

    def note(self, text):
        self.notes.append(f"  {text}")

    def copy(self, scratch, name):
        target = Path(scratch) / name
        shutil.copytree(self.corpus / self.name, target, symlinks=True)
        return target

    def report(self, chart, files):
        """What `coverage` says of scenarios; None stands for the defaults alone."""
        args = [arg for file in files if file for arg in ("--values", file)]
        args += [] if None in files else ["--skip-defaults"]
        done = self.run("coverage", str(chart), *args, "-o", "json", "--keep-going")
        if done is not None and done.stdout:
            return json.loads(done.stdout)
        self.note(done.stderr.decode("utf-8", "replace").strip() if done else "timeout")
        return None

    def edits(self, chart, report, shown):
        """The sides and named templates of a report. `shown` is one of the scenarios that render: what they print is
        seen. None renders where it is None."""
        for template, printed in zip(report["templates"], (shown or report)["templates"]):
            path = chart / template["name"]
            text = path.read_bytes().removeprefix(BOM)
            red = [side["bytes"] for branch in printed["branches"] for side in branch["sides"] if side["hits"] == 0 and "bytes" in side]
            for branch, seen in zip(template["branches"], printed["branches"]):
                for side, seen_side in zip(branch["sides"], seen["sides"]):
                    about = f"{template['name']}:{branch['line']} {branch['kind']} {branch['condition']} ({side['when']}, {side['hits']})"
                    if "bytes" not in side:
                        # Before the end of the branch.
                        end = branch["sides"][0]["bytes"][1]
                        opens = b"{{- else }}" if text[end:].startswith(b"{{-") else b"{{ else }}"
                        yield Edit(path, end, end, side["hits"], about, opens)
                        continue
                    start, end = side["bytes"]
                    body = text[start:end]
                    if CHAINED.match(body) or re.search(rb"\{\{-?\s*(block|define)\s", body):
                        self.counts["sides that are an else if, or hold a definition: not tried"] += 1
                        continue
                    printing = any(start <= a["bytes"][0] < end and a["prints"] and a["hits"] for a in printed["actions"])
                    left = bytearray(text)
                    for a, b in red:
                        left[a:b] = b" " * (b - a)
                    printing |= bool(BRACES.sub(b"", bytes(left[start:end])).strip())
                    yield Edit(path, start, end, side["hits"], about, prints=bool(shown and printing and seen_side["hits"]))
            for definition in template["definitions"]:
                head = BRACES.match(text, definition["bytes"][0])
                if head:
                    about = f"{template['name']}:{definition['line']} define {definition['name']} ({definition['calls']})"
                    yield Edit(path, head.end(), head.end(), definition["calls"], about)

    @staticmethod
    def write(edits):
        """Makes edits; returns what undoes them. Of edits within each other the outer one is made."""
        by_file = {}
        for edit in edits:
            by_file.setdefault(edit[0], []).append(edit[1:])
        before = {}
        for file, own in by_file.items():
            before[file] = file.read_bytes()
            bom = BOM if before[file].startswith(BOM) else b""
            text = before[file].removeprefix(BOM)
            done, at = [], 0
            for start, end, new in sorted(own, key=lambda e: (e[0], -e[1])):
                if start >= at:
                    done += [text[at:start], new]
                    at = end
            file.write_bytes(bom + b"".join(done) + text[at:])
        return before

    def base(self, chart, files, way=TEMPLATE):
        """What scenarios print, and which lines of it are no two times the same."""
        base = {}
        for file in files:
            first, second = self.render(chart, file, way), self.render(chart, file, way)
            if first is not None and second is not None and len(first[1]) == len(second[1]):
                unstable = {i for i, pair in enumerate(zip(first[1], second[1])) if pair[0] != pair[1]}
                base[file] = first, unstable
        return base

    def changed(self, chart, base, stop=True, way=TEMPLATE):
        """The scenarios whose output is another."""
        found = []
        for file, (before, unstable) in base.items():
            after = self.render(chart, file, way)
            if after is None or not same(before, after, unstable):
                found.append((file, after))
                if stop:
                    break
        return found

    def check(self, sides, seed):
        counts = self.counts
        with tempfile.TemporaryDirectory() as scratch:
            chart = self.copy(scratch, "chart")
            report = self.report(chart, [None, *self.values])
            if report is None:
                counts["charts without a report"] += 1
                return self
            base = self.base(chart, [None, *self.values])
            counts["charts"] += 1
            counts["scenarios"] += len(base)
            counts["scenarios that do not render"] += sum(before[0] != 0 for before, _ in base.values())
            summary = report["summary"]
            for what in ("lines", "branches"):
                counts[f"{what} covered"] += summary[what]["covered"]
                counts[f"{what} in all"] += summary[what]["total"]
            rendering = [file for file, (before, _) in base.items() if before[0] == 0]
            shown = self.report(chart, rendering) if rendering else None
            edits = list(self.edits(chart, report, shown))
            self.check_red(chart, base, [edit for edit in edits if edit.hits == 0])
            green = [edit for edit in edits if edit.hits]
            if sides is not None and len(green) > sides:
                green = random.Random(f"{seed} {self.name}").sample(green, sides)
            self.check_green(chart, base, self.base(chart, rendering, INSTALL), green)
        return self

    def check_red(self, chart, base, red):
        for what, edits in (
            ("taken out", [(e.file, *e.removed()) for e in red if e.removed()]),
            ("failing", [(e.file, *e.failing()) for e in red]),
        ):
            before = self.write(edits)
            self.counts[f"red {what}"] += len(edits)
            for file, after in self.changed(chart, base, stop=False):
                self.counts[f"red {what}: scenarios that changed"] += 1
                self.note(f"red {what}: {file} changed: {after[2][:300] if after else 'timeout'}")
            restore(before)

    def check_green(self, chart, base, installed, green):
        for edit in green:
            before = self.write([(edit.file, *edit.failing())])
            self.counts["green failing"] += 1
            if not self.changed(chart, base):
                self.counts["green failing: nothing changed"] += 1
                self.note(f"green failing, nothing changed: {edit.about}")
            restore(before)
            is_note = edit.file.name == "NOTES.txt"
            if not edit.prints or not edit.removed() or is_note and any(before[0] for before, _ in installed.values()):
                continue
            before = self.write([(edit.file, *edit.removed())])
            self.counts["green taken out"] += 1
            if not (self.changed(chart, installed, way=INSTALL) if is_note else self.changed(chart, base)):
                self.counts["green taken out: nothing changed"] += 1
                self.note(f"green taken out, nothing changed: {edit.about}")
            restore(before)


def restore(before):
    for file, text in before.items():
        file.write_bytes(text)


def same(before, after, unstable):
    if before[0] != after[0] or len(before[1]) != len(after[1]):
        return False
    if before[0] and before[2] != after[2]:
        return False
    return all(a == b or i in unstable for i, (a, b) in enumerate(zip(before[1], after[1])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("binary")
    parser.add_argument("--only", default="")
    parser.add_argument("--charts", type=int)
    parser.add_argument("--sides", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    binary = str(Path(given.binary).resolve())
    charts = {}
    for case in json.loads((given.corpus / "cases.json").read_text()):
        chart, *rest = case["args"]
        if rest[:1] == ["-f"] and given.only in chart:
            charts.setdefault(chart, []).append(rest[1])
    names = sorted(charts)
    if given.charts:
        names = random.Random(given.seed).sample(names, min(given.charts, len(names)))
    total = Counter()
    with ThreadPoolExecutor(given.jobs) as pool:
        work = [pool.submit(Chart(given.corpus, binary, name, charts[name]).check, given.sides, given.seed) for name in names]
        for done in work:
            chart = done.result()
            total += chart.counts
            serious = [note for note in chart.notes if "taken out, nothing" not in note]
            shown = chart.notes if given.verbose else serious
            if shown:
                print("\n".join([chart.name, *shown]), flush=True)
    for name, count in sorted(total.items()):
        print(f"{count:10} {name}")
    wrong = sum(count for name, count in total.items() if name.endswith("changed") and not name.startswith("green taken"))
    out = total["green taken out"]
    unchanged = total["green taken out: nothing changed"]
    print(f"{wrong} wrong; of {out} green sides that print, {(out - unchanged) / max(1, out):.2%} change the output when taken out")
    return bool(wrong or total["charts without a report"] or not total["charts"] or unchanged > out * 0.02)


if __name__ == "__main__":
    sys.exit(main())
