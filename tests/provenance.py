#!/usr/bin/env python3
"""Whether the recorded origins of the output are true: the engine itself says so.

usage: provenance.py CORPUS BINARY [--seed N] [--leaves N] [--cases N] [--only TEXT] [--jobs N] [--verbose]

CORPUS is what parity.py assembles. For each case, some leaves of the values are changed, one at a time and each in
several ways, and the case is rendered again (more ways are tried while there are lines that name it and have not
changed):

recall     each line of the output that changes must name that leaf, by itself or by what holds it
precision  of the lines that name a leaf by itself, how many change under some change of it
mapped     each line that a template wrote names a line of a template

Lines that differ between two renders of the same (passwords, certificates) are left out, and so are changes with
which the chart does not render. Needs PyYAML. The exit status is 1 if a figure is below its target.
"""
import difflib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from functools import reduce
from pathlib import Path

import yaml

from oracle import arguments, total

TIMEOUT = 60
# What fromYaml gives of a text that is no YAML: the chart has failed, and Helm goes on.
BROKEN = b"error converting YAML to JSON"
# The clock stands still: lines that hold the time would change under each change.
STILL = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([A-Za-z0-9_-]+)')


def steps(path):
    """The steps of a path as source maps write it."""
    found = []
    for quoted, index, name in STEP.findall(path):
        if index:
            found.append(int(index))
        elif name:
            found.append(name)
        else:
            found.append(json.loads(f'"{quoted}"') if "\\x" not in quoted else quoted)
    return tuple(found)


def load(path):
    try:
        found = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def merged(base, over):
    """Helm's merge of tables, as far as it matters here."""
    out = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(out[key], value)
        else:
            out[key] = value
    return out


def values_of(chart):
    """The values of a folder's chart, with those of its subcharts."""
    own = {}
    for sub in sorted((chart / "charts").glob("*/Chart.yaml")):
        own[load(sub).get("name", sub.parent.name)] = values_of(sub.parent)
    for dependency in load(chart / "Chart.yaml").get("dependencies") or []:
        name, alias = dependency.get("name"), dependency.get("alias")
        if alias and name in own:
            own[alias] = own[name]
    return merged(own, load(chart / "values.yaml"))


def leaves(value, path=()):
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, path + (str(key),))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, path + (index,))
    else:
        yield path, value


VERSION = re.compile(r"v?\d+\.\d+(\.\d+)?")


def changed(value):
    """Other values for a leaf."""
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, (int, float)):
        return [value + 1, 0, None, "zz"]
    if isinstance(value, str):
        if value in ("true", "false"):
            return ["false" if value == "true" else "true", "", None]
        return [value + "zz", "", None, "zz", True] if value else ["zz", None, True, {"zz": "zz"}, "1.10.0", "99.0.0"]
    if value is None:
        return ["zz", {"zz": "zz"}, 7, True]
    if isinstance(value, list):
        return [["zz"], [{"name": "zz"}]]
    if isinstance(value, dict):
        return [{"zz": "zz"}, {"enabled": True}]
    return ["zz"]


def more(value, compared):
    """What else a leaf may be, for lines that name it and have not changed yet: among others what templates compare it
    with."""
    if isinstance(value, bool):
        return []
    if isinstance(value, (int, float)):
        return [-1, value + 100_000, *compared]
    if isinstance(value, str) and value not in ("true", "false"):
        versions = ["0.0.1", "99.0.0"] if VERSION.match(value) else []
        return [*compared, *versions, ["zz"], "zz{{ 1 }}", value + "z" * 70]
    if value is None:
        return [*compared, ["zz"], "99.0.0"]
    if isinstance(value, (list, dict)):
        return [None, "zz"]
    return []


ACTION = re.compile(r"\{\{.*?\}\}", re.S)
COMPARES = re.compile(r"\b(eq|ne|has|contains|hasPrefix|hasSuffix|regexMatch|semverCompare)\b")
NAME_IN_ACTION = re.compile(r"\.([A-Za-z_]\w*)")
LITERAL = re.compile(r'"([^"\\]*)"')


def comparisons(chart):
    """By the last names of values: the texts that actions which compare such a value have in them."""
    found = {}
    for template in chart.rglob("*"):
        if "templates" not in template.parts or not template.is_file():
            continue
        for action in ACTION.findall(template.read_text(errors="replace")):
            if not COMPARES.search(action):
                continue
            for name in NAME_IN_ACTION.findall(action):
                known = found.setdefault(name, [])
                known += [text for text in LITERAL.findall(action) if text not in known]
    return found


def overlay(values, path, new):
    """A table that sets a leaf and nothing else; a list is given whole."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    inner = values[step]
    if isinstance(inner, list) and rest:
        def replaced(at, todo):
            if not todo:
                return new
            copy = list(at) if isinstance(at, list) else dict(at)
            copy[todo[0]] = replaced(at[todo[0]], todo[1:])
            return copy
        return {step: replaced(inner, rest)}
    return {step: overlay(inner, rest, new)}


def overlays(values, path, others):
    """Others that a leaf is set to and the tables that do it, `None` for what cannot be set; for the last item of a
    list also one that leaves it out."""
    for new in others:
        try:
            yield new, overlay(values, path, new)
        except (KeyError, IndexError, TypeError):
            yield new, None
    if path and isinstance(path[-1], int):
        try:
            items = reduce(lambda at, step: at[step], path[:-1], values)
            if path[-1] == len(items) - 1:
                yield None, overlay(values, path[:-1], items[:-1])
        except (KeyError, IndexError, TypeError):
            pass


class Case:
    def __init__(self, corpus, binary, case):
        self.corpus, self.binary, self.case = corpus, binary, case
        self.chart = corpus / case["args"][0]

    def render(self, overlay=None, mapped=False):
        with tempfile.TemporaryDirectory() as scratch:
            args = [self.binary, "template", *self.case["args"], "--skip-schema-validation", "--no-config"]
            if overlay is not None:
                file = Path(scratch) / "values.yaml"
                file.write_text(json.dumps(overlay))
                args += ["-f", str(file)]
            if mapped:
                args += ["--source-map", str(Path(scratch) / "map.json")]
            try:
                done = subprocess.run(args, cwd=self.corpus, capture_output=True, timeout=TIMEOUT, env=STILL)
            except subprocess.TimeoutExpired:
                return None
            if done.returncode or BROKEN in done.stdout:
                return None
            found = json.loads((Path(scratch) / "map.json").read_text()) if mapped else None
            return done.stdout.decode("utf-8", "replace").split("\n"), found

    def names(self, found):
        """Per line: what it names by itself, and what it names as what holds something."""
        paths = [steps(path) for path in found["paths"]]
        memo = {}

        def of(reads):
            exact, whole = set(), set()
            for path, how in reads:
                steps_ = paths[path]
                if steps_[:1] != ("Values",):
                    continue
                for own in self.alike(steps_[1:]):
                    (exact if how in ("value", "key") else whole).add(own)
            return exact, whole

        def condition(index):
            if index not in memo:
                entry = found["conditions"][index]
                exact, whole = of(entry["reads"])
                if "outer" in entry:
                    around = condition(entry["outer"])
                    exact, whole = exact | around[0], whole | around[1]
                memo[index] = exact, whole
            return memo[index]

        named = {}
        for line in found["lines"]:
            exact, whole = of(line["reads"])
            for index in line.get("conditions", []):
                around = condition(index)
                exact, whole = exact | around[0], whole | around[1]
            named[line["line"] - 1] = exact, whole
        return named

    @staticmethod
    def alike(path):
        """A path, and where it was set if it is a global value of a subchart."""
        yield path
        if "global" in path[1:]:
            yield path[path.index("global", 1):]

    def check(self, seed, count, verbose):
        random_ = random.Random(f"{seed} {self.case['id']}")
        counts, notes = Counter(), []
        first, second = self.render(mapped=True), self.render()
        if first is None or second is None:
            counts["cases that do not render"] += 1
            return counts, notes
        lines, found = first
        counts["cases"] += 1
        unstable = {i for i, pair in enumerate(zip(lines, second[0])) if pair[0] != pair[1]}
        named = self.names(found)
        written = 0
        for line in found["lines"]:
            written += 1
            counts["mapped"] += line["at"][1] > 0
        counts["lines"] += written
        counts["written"] += self.written(lines)
        values = values_of(self.chart)
        for i, arg in enumerate(self.case["args"]):
            if arg in ("-f", "--values"):
                values = merged(values, load(self.corpus / self.case["args"][i + 1]))
        everything = dict(leaves(values))
        compared = comparisons(self.chart)
        used = sorted({path for exact, _ in named.values() for path in exact if path in everything}, key=str)
        others = sorted((path for path in everything if path not in set(used)), key=str)
        chosen = random_.sample(used, min(count, len(used))) + random_.sample(others, min(count // 2, len(others)))
        for path in chosen:
            seen, tried = set(), False
            naming = {i for i, (exact, _) in named.items() if path in exact and i not in unstable}
            first = changed(everything[path])
            others = more(everything[path], compared.get(path[-1] if path else "", []))
            for n, (new, over) in enumerate(overlays(values, path, first + others)):
                if over is None or (n >= len(first) and naming <= seen):
                    continue
                again = self.render(over)
                if again is None:
                    counts["changes that do not render"] += 1
                    continue
                # Nothing in the place of what is empty is the same for templates.
                tried |= bool(everything[path] or new)
                counts["changes"] += 1
                seen |= {i for i in gone(lines, again[0], naming) if i not in unstable and i in named}
            if not tried:
                counts["leaves that only changes to nothing render with"] += 1
                continue
            counts["leaves"] += 1
            around = {path[:n] for n in range(len(path) + 1)}
            for i in seen:
                counts["changed"] += 1
                exact, whole = named[i]
                if path in exact or around & whole or around & exact:
                    counts["changed and named"] += 1
                elif self.is_ambiguous(lines, i, path, named, seen):
                    counts["changed, and like a line that is named"] += 1
                    counts["changed"] -= 1
                elif verbose or len(notes) < 3:
                    notes.append(f"  not named: {'.'.join(map(str, path))} changes line {i + 1}: {lines[i]}")
            for i in sorted(naming):
                counts["naming"] += 1
                counts["naming and changed"] += i in seen
                if i not in seen and (verbose or random_.random() < 0.01):
                    notes.append(f"  unchanged: {'.'.join(map(str, path))} is named by line {i + 1}: {lines[i]}")
        return counts, notes

    @staticmethod
    def is_ambiguous(lines, i, path, named, seen):
        """Whether a line of the same text nearby is named and still there: nobody can tell which of them went."""
        around = range(max(0, i - 200), min(len(lines), i + 200))
        return any(lines[n] == lines[i] and n not in seen and n in named and path in named[n][0] for n in around)

    @staticmethod
    def written(lines):
        """How many lines are not the program's own."""
        own = sum(a == "---" and b.startswith("# Source: ") for a, b in zip(lines, lines[1:]))
        return len(lines) - 2 * own - 1 if own else 0


KIND = re.compile(r"^kind: *(\S+)", re.M)
NAME = re.compile(r"^  name: *(\S+)", re.M)


def documents(lines):
    """Where the documents begin and end, with what tells them apart."""
    starts = [i for i, pair in enumerate(zip(lines, lines[1:])) if pair[0] == "---" and pair[1].startswith("# Source: ")]
    for start, end in zip(starts, starts[1:] + [len(lines) - (lines[-1] == "")]):
        text = "\n".join(lines[start:end])
        kind, name = KIND.search(text), NAME.search(text)
        yield start, end, lines[start + 1], kind and kind.group(1), name and name.group(1)


def gone(before, after, claimed):
    """The lines that are not there any more: documents are compared with what they have become. Where equal lines
    leave open which of them went, it is those that are claimed to."""
    old, new = list(documents(before)), list(documents(after))
    pairs = {}
    left = list(range(len(new)))
    for parts in (3, 2, 1):
        by_key = {}
        for n in left:
            by_key.setdefault(new[n][2:2 + parts], []).append(n)
        for i, document in enumerate(old):
            found = by_key.get(document[2:2 + parts])
            if i not in pairs and found:
                pairs[i] = found.pop(0)
        left = [n for n in left if n not in set(pairs.values())]
    # Space at the end of a line belongs to what follows: it moves to the line before where its own goes.
    before, after = [line.rstrip() for line in before], [line.rstrip() for line in after]
    lost = []
    for i, (start, end, *_) in enumerate(old):
        other = after[new[pairs[i]][0]:new[pairs[i]][1]] if i in pairs else []
        own = before[start:end]
        here = {at - start for at in claimed if start <= at < end}
        lost += [start + at for at in slid(own, gone_within(own, other), here)]
    return lost


def slid(lines, lost, claimed):
    """Moves runs of lost lines up or down, as far as the text stays the same, to where most of them are claimed."""
    left = set(lost)
    for first in lost:
        if first - 1 in left or first not in left:
            continue
        end = first
        while end in left:
            end += 1
        places = [first]
        while (at := places[-1] - 1) >= 0 and at not in left and lines[at] == lines[at + end - first]:
            places.append(at)
        at = first
        while (last := at + end - first) < len(lines) and last not in left and lines[at] == lines[last]:
            at += 1
            places.append(at)
        best = max(places, key=lambda at: len(claimed.intersection(range(at, at + end - first))))
        left.difference_update(range(first, end))
        left.update(range(best, best + end - first))
    return sorted(left)


def shortest(a, b):
    """What goes at least, by the longest common subsequence."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) - 1, -1, -1):
        row, below = table[i], table[i + 1]
        for j in range(len(b) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if a[i] == b[j] else max(below[j], row[j + 1])
    lost, i, j = [], 0, 0
    while i < len(a):
        if j < len(b) and a[i] == b[j]:
            i, j = i + 1, j + 1
        elif j < len(b) and table[i][j + 1] >= table[i + 1][j]:
            j += 1
        else:
            lost.append(start + i)
            i += 1
    return lost


def gone_within(a, b):
    if a == b:
        return []
    if len(a) * len(b) > 4_000_000:
        # Too long to align: what is left over by number.
        counts = Counter(b)
        lost = []
        for i, line in enumerate(a):
            counts[line] -= 1
            if counts[line] < 0:
                lost.append(i)
        return lost
    if len(a) * len(b) <= 250_000:
        return shortest(a, b)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    return [i for tag, i1, i2, _, _ in matcher.get_opcodes() if tag in ("replace", "delete") for i in range(i1, i2)]


def main():
    sums = total(arguments(__doc__, "--leaves", 8), Case)
    recall = sums["changed and named"] / max(1, sums["changed"])
    precision = sums["naming and changed"] / max(1, sums["naming"])
    print(f"recall {recall:.3%}, precision {precision:.2%}, {sums['mapped']} of {sums['written']} lines mapped")
    return not (recall == 1 and precision >= 0.95)


if __name__ == "__main__":
    sys.exit(main())
