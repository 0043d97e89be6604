#!/usr/bin/env python3
"""Whether `values check` finds typos, and nothing else.

usage: usage.py CORPUS BINARY [--seed N] [--typos N] [--cases N] [--only TEXT] [--jobs N] [--verbose]

CORPUS is what parity.py assembles; its cases with a file of values are looked at.

caught   keys of the file are misspelt, one at a time; of those without effect (the output is what it is without the
         key), how many are reported
true     of the reports on the file as it is, how many are of keys that may be deleted and nothing changes

Needs PyYAML. The exit status is 1 if either is below 99 %.
"""
import copy
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from oracle import arguments, total
from provenance import load

TIMEOUT = 60


def keys(value, path=()):
    """The paths of all keys."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path + (key,)
            yield from keys(inner, path + (key,))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from keys(inner, path + (index,))


def holder(values, path):
    at = values
    for step in path[:-1]:
        at = at[step]
    return at


def misspelt(name, random_):
    """The name with one slip of the fingers."""
    at = random_.randrange(max(1, len(name) - 1))
    return random_.choice([
        name[:at] + name[at + 1:] or "x",
        name[:at] + name[at:at + 2][::-1] + name[at + 2:],
        name[:at] + name[at:at + 1] + name[at:],
        name + "s",
    ])


class Case:
    def __init__(self, corpus, binary, case):
        self.corpus, self.binary, self.case = corpus, binary, case
        at = case["args"].index("-f")
        self.chart, self.file = case["args"][0], corpus / case["args"][at + 1]
        self.rest = case["args"][1:at] + case["args"][at + 2:]

    def run(self, command, values, *flags):
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "values.yaml"
            file.write_text(yaml.safe_dump(values) if values else "{}")
            args = [self.binary, *command, self.chart, "-f", str(file), *self.rest, *flags, "--skip-schema-validation", "--no-config"]
            try:
                done = subprocess.run(args, cwd=self.corpus, capture_output=True, timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                return None, b""
            return done.returncode, done.stdout

    def render(self, values):
        code, out = self.run(["template"], values)
        return out.split(b"\n") if code == 0 else None

    def reported(self, values):
        code, out = self.run(["values", "check"], values, "-o", "json")
        return [found["key"] for found in json.loads(out)] if code in (0, 2) else None

    def same(self, one, other, unstable):
        return len(one) == len(other) and all(a == b or i in unstable for i, (a, b) in enumerate(zip(one, other)))

    def check(self, seed, count, verbose):
        random_ = random.Random(f"{seed} {self.case['id']}")
        counts, notes = Counter(), []
        values = load(self.file)
        first, second = self.render(values), self.render(values)
        if not values or first is None or second is None or len(first) != len(second):
            counts["cases left out"] += 1
            return counts, notes
        counts["cases"] += 1
        unstable = {i for i, pair in enumerate(zip(first, second)) if pair[0] != pair[1]}
        for key in self.reported(values) or []:
            path = tuple(found for found in parse(key))
            less = copy.deepcopy(values)
            try:
                at = holder(less, path)
                del at[path[-1]]
            except (KeyError, IndexError, TypeError):
                counts["reports that are not looked at"] += 1
                continue
            after = self.render(less)
            counts["reports"] += 1
            if after is not None and self.same(first, after, unstable):
                counts["true reports"] += 1
            else:
                notes.append(f"  false: {key}")
        named = [path for path in keys(values) if isinstance(path[-1], str) and path[-1]]
        for path in random_.sample(named, min(count, len(named))):
            wrong = misspelt(path[-1], random_)
            less, typo = copy.deepcopy(values), copy.deepcopy(values)
            there = holder(typo, path)
            if wrong in there:
                continue
            there[wrong] = there.pop(path[-1])
            holder(less, path).pop(path[-1])
            without, with_typo = self.render(less), self.render(typo)
            counts["typos"] += 1
            if without is None or with_typo is None or not self.same(without, with_typo, unstable):
                counts["typos with an effect"] += 1
                continue
            # A key that changes nothing where it is spelt right is missed by nobody.
            own = path[:-1] + (wrong,)
            found = [tuple(parse(key)) for key in self.reported(typo) or []]
            counts["typos without effect"] += 1
            if any(other[:len(own)] == own for other in found):
                counts["caught"] += 1
            else:
                counts["missed"] += 1
                notes.append(f"  missed: {'.'.join(map(str, own))}")
        return counts, notes


def parse(key):
    """The steps of a key as `--set` takes it."""
    found, name, i = [], "", 0
    while i < len(key):
        c = key[i]
        if c == "\\":
            name += key[i + 1:i + 2]
            i += 2
            continue
        if c in ".[":
            if name:
                found.append(name)
            name = ""
            if c == "[":
                end = key.index("]", i)
                found.append(int(key[i + 1:end]))
                i = end
        else:
            name += c
        i += 1
    return found + ([name] if name else [])


def main():
    sums = total(arguments(__doc__, "--typos", 8), Case, lambda case: "-f" in case["args"])
    caught = sums["caught"] / max(1, sums["typos without effect"])
    true = sums["true reports"] / max(1, sums["reports"])
    print(f"caught {caught:.2%}, true {true:.2%}")
    return not (caught >= 0.99 and true >= 0.99)


if __name__ == "__main__":
    sys.exit(main())
