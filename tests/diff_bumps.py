#!/usr/bin/env python3
"""Whether `diff` tells the causes of real changes of charts: the changes are undone one by one.

usage: diff_bumps.py REPOSITORY BINARY [--bumps N] [--causes N] [--seed N] [--only TEXT] [--verbose]

REPOSITORY is a Git repository of charts with its history, or the Git directory of one; it is not touched. For N commits
that change a chart, drawn by the seed, the chart is compared with what it was before: each changed line of its
manifests should have a cause, or be the same as in another object. Then each cause is undone by itself, the value, the
lines of the template, the field of Chart.yaml or the dependency, and the chart is rendered again: what had this cause
has to be different from what it is with the whole change. Of a bump with more than `--causes` causes (60) as many are
drawn by the seed.

What a chart depends on is put into its charts/ from the same repository, in the version that its lock or its range
names, as `helm dependency build` would. Charts that depend on others are left out and counted.

Needs PyYAML. The exit status is 1 if less than 90 % of the lines are folded or have a cause, or if less than 99 % of
the causes are true.
"""
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from chart_history import History, Missing, bumps, folder_of, read
from oracle import arguments

Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def lines(value):
    if value is None:
        return 0
    if isinstance(value, str):
        return max(1, value.count("\n"))
    return yaml.dump(value, Dumper=Dumper).count("\n")


def diff(binary, *args):
    done = subprocess.run([binary, "diff", *map(str, args), "--show-secrets", "-o", "json"], capture_output=True, timeout=300)
    if done.returncode:
        return None, done.stderr.decode(errors="replace").strip()
    return json.loads(done.stdout)["comparisons"][0], ""


class Item(str):
    """An item of a list, by what names it; empty where it has no name."""


def steps(change):
    """A path that can be compared."""
    return tuple(s if isinstance(s, str) else Item(s.get("by") or "") for s in change["steps"] if isinstance(s, str) or "form" not in s)


def alike(one, other):
    """Whether one path leads to a part of what the other leads to. An item without a name has another place as soon as
    one before it comes or goes."""
    return all(a == b or isinstance(a, Item) and isinstance(b, Item) and not (a and b) for a, b in zip(one, other))


def identity(side):
    return side["kind"], side["name"], side["hook"]


class Undone:
    """What the manifests differ in when a cause is undone."""

    def __init__(self, found):
        self.whole = set()
        self.paths = {}
        for at in found["objects"]:
            old, new = at.get("old"), at.get("new")
            for side in (old, new):
                if side:
                    if not (old and new) or identity(old) != identity(new):
                        self.whole.add(identity(side))
                    self.paths.setdefault(identity(side), []).extend(steps(c) for c in at["changes"])

    def has(self, side, path):
        who = identity(side)
        if who in self.whole:
            return True
        return any(path is None or alike(path, own) for own in self.paths.get(who, []))


def within(chart, path):
    """The place in a chart of what a render calls so: `charts/x/templates/a.yaml` or, for a chart, `x/y`."""
    parts = path.split("/")
    while len(parts) > 1 and parts[0] == "charts":
        chart = folder_of(chart, parts[1])
        parts = parts[2:]
    return chart.joinpath(*parts)


def chart_within(chart, names):
    return within(chart, "".join(f"charts/{name}/" for name in names.split("/")) + "Chart.yaml").parent


def undo(causes, chart, old_chart, scratch):
    """The chart without these causes and the values files that set values back; nothing where that cannot be done."""
    copied = scratch / "undone"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(chart, copied, symlinks=True)
    values = []
    # The last lines of a template first: those before keep their numbers.
    for cause in sorted(causes, key=lambda c: -c.get("newLines", [0])[0]):
        if cause["kind"] == "value":
            file = with_value(chart, cause, scratch / f"back{len(values)}.yaml")
            if file is None:
                return None
            values += ["--to-values", file]
        elif not take_back(cause, copied, old_chart):
            return None
    return copied, values


def take_back(cause, copied, old_chart):
    """Undoes a cause in a copy of the new chart; whether that can be done."""
    kind = cause["kind"]
    if kind == "template":
        file = cause["template"].split("/", 1)[1]
        new, old = within(copied, file), within(old_chart, file)
        new_lines = new.read_bytes().splitlines(True) if new.exists() else []
        old_lines = old.read_bytes().splitlines(True) if old.exists() else []
        (a, b), (c, d) = cause["oldLines"], cause["newLines"]
        new_lines[c - 1:d - 1] = old_lines[a - 1:b - 1]
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(b"".join(new_lines))
    elif kind == "chart":
        name, key = cause["name"].rsplit(" ", 1)
        holder = chart_within(copied, name.split(" of ", 1)[1]) if " of " in name else copied
        file = holder / "Chart.yaml"
        line = f"{key}: {json.dumps(cause['old'])}"
        text, n = re.subn(rf"(?m)^{key}:.*$", lambda _: line, file.read_text())
        file.write_text(text if n else f"{text}\n{line}\n")
    elif kind == "file":
        name, _, inner = cause["name"].partition(" of ")
        new, old = (chart_within(c, inner) if inner else c for c in (copied, old_chart))
        (new / name).unlink(missing_ok=True)
        if (old / name).exists():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(old / name, new / name)
    elif kind == "dependency":
        names = cause["name"].split(" ", 1)[1]
        new, old = chart_within(copied, names), chart_within(old_chart, names)
        shutil.rmtree(new, ignore_errors=True)
        if old.exists():
            shutil.copytree(old, new, symlinks=True)
    else:
        return False
    return True


def default(chart, path):
    """A default of a chart, or of the chart in it that the path leads to."""
    value = read(chart / "values.yaml")
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    inner = folder_of(chart, path[0]) if path else None
    return default(inner, path[1:]) if value is None and inner and inner.exists() else value


def back(old, new):
    """What makes of a new value the old one: maps are merged, what is new in them has to go."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return old
    return {**old, **{key: back(old.get(key), value) for key, value in new.items()}}


def with_value(chart, cause, file):
    """A values file that sets a value back. A list is set as a whole."""
    path = cause.get("path", [])
    if "global" in path:
        path = path[path.index("global"):]
    old, new = (json.loads(cause[side]) if side in cause else None for side in ("old", "new"))
    value = back(old, new)
    place = next((n for n, step in enumerate(path) if isinstance(step, int)), None)
    if place is not None:
        whole = default(chart, path[:place])
        at = whole
        for step in path[place:-1]:
            if not isinstance(at, (list, dict)) or isinstance(step, int) and step >= len(at):
                return None
            at = at[step]
        try:
            at[path[-1]] = value
        except (IndexError, TypeError):
            return None
        path, value = path[:place], whole
    for step in reversed(path):
        value = {step: value}
    file.write_text(json.dumps(value))
    return file


def main():
    given = arguments(__doc__, "--bumps", 200, causes=60)
    repository, binary = given.corpus, given.binary
    all_bumps = [b for b in bumps(repository) if given.only in " ".join(reversed(b))]
    random.Random(given.seed).shuffle(all_bumps)
    count = Counter()
    with tempfile.TemporaryDirectory() as cache:
        history = History(repository, cache)
        for commit, chart in all_bumps:
            if count["bumps"] >= given.each:
                break
            with tempfile.TemporaryDirectory() as scratch:
                bump(history, commit, chart, Path(scratch), count, given)
    share = 100 * count["lines with a cause or folded"] / max(1, count["lines"])
    true = 100 * count["causes true"] / max(1, count["causes tried"])
    for name in sorted(count):
        print(f"{name}: {count[name]}")
    print(f"lines folded or with a cause: {share:.1f} %")
    print(f"causes that are true: {true:.1f} %")
    return 0 if share >= 90 and true >= 99 else 1


def bump(history, commit, chart, scratch, count, given):
    name = f"{chart} {commit[:9]}"
    sides = []
    for side, at in (("old", commit + "~"), ("new", commit)):
        (scratch / side).mkdir()
        try:
            sides.append(history.chart(at, chart, scratch / side))
        except subprocess.CalledProcessError:
            count["left out: only on one side"] += 1
            return
        except Missing as what:
            count["left out: a dependency is not in the repository"] += 1
            if given.verbose:
                print(f"{name}: no {what}", flush=True)
            return
    old, new = sides
    found, why = diff(given.binary, old, new)
    if found is None:
        count["left out: cannot be compared"] += 1
        if given.verbose:
            print(f"{name}: {why[:150]}")
        return
    if any(found["failed"].values()):
        count["left out: does not render"] += 1
        if given.verbose:
            print(f"{name}: does not render: {found['failed']}"[:250])
        return
    if not found["objects"]:
        count["left out: no difference"] += 1
        return
    count["bumps"] += 1
    draw = random.Random(f"{given.seed} {commit}")
    check(found, old, new, given.binary, scratch, count, given.verbose and name, draw, given.causes)


def check(found, old, new, binary, scratch, count, verbose, draw, most):
    folded = {(o, c) for g in found["groups"] if len(g["objects"]) > 1 for o in g["objects"] for c in g["changes"]}

    def note(text):
        if verbose:
            print(f"{verbose}: {text}"[:400], flush=True)

    # Of each difference that has causes: these, the object on both sides, the path in it.
    claims = []
    for number, at in enumerate(found["objects"]):
        sides = [side for side in (at.get("old"), at.get("new")) if side]
        name = f"{sides[-1]['kind']}/{sides[-1]['name']}"
        if not at["changes"]:
            n = 1
            count["lines"] += n
            count["lines with a cause or folded"] += n * bool(at["causes"])
            claims.append((at["causes"], sides, None))
            if not at["causes"]:
                note(f"no cause for {name} as a whole")
        for place, change in enumerate(at["changes"]):
            n = lines(change.get("old")) + lines(change.get("new"))
            count["lines"] += n
            is_folded = (number, place) in folded
            count["lines with a cause or folded"] += n * bool(change["causes"] or is_folded)
            count["lines with a cause"] += n * bool(change["causes"])
            claims.append((change["causes"], sides, steps(change)))
            if not change["causes"]:
                note(f"no cause for {name} {change['path']}")
    causes = found["causes"]
    tried = {}

    def without(numbers):
        """What differs without causes; None where they cannot be undone, True where nothing renders then."""
        if numbers not in tried:
            names = ", ".join(f"{causes[n]['kind']} {causes[n]['name'].split('/')[-1]}" for n in numbers)
            changed = undo([causes[n] for n in numbers], new, old, scratch)
            tried[numbers] = None
            if changed is None:
                note(f"not tried: {names}")
            else:
                undone, why = diff(binary, new, changed[0], *changed[1])
                # Without it the chart does not render: it takes part in everything.
                is_broken = undone is None or any(undone["failed"].values())
                tried[numbers] = True if is_broken else Undone(undone)
                if is_broken:
                    note(f"nothing renders without {names}: {undone and undone['failed'] or why}")
        return tried[numbers]

    numbers = range(len(causes))
    drawn = set(draw.sample(numbers, min(most, len(numbers))))
    for own, sides, path in claims:
        for number in own:
            if number not in drawn:
                count["causes left out by --causes"] += 1
                continue
            undone = without((number,))
            if undone is None:
                count["causes not tried"] += 1
                continue
            if undone is True:
                count["causes without which nothing renders"] += 1
                continue
            kind = causes[number]["kind"]
            is_true = any(undone.has(side, path) for side in sides)
            if not is_true and len(own) > 1:
                # Each of them may do by itself.
                all_undone = without(tuple(own))
                is_true = isinstance(all_undone, Undone) and any(all_undone.has(side, path) for side in sides)
                count["causes true only together with others"] += is_true
            count["causes tried"] += 1
            count["causes true"] += is_true
            count[f"causes {kind} tried"] += 1
            count[f"causes {kind} true"] += is_true
            if not is_true:
                note(f"not caused by {kind} {causes[number]['name'].split('/')[-1]}: {sides[-1]['kind']}/{sides[-1]['name']} {'.'.join(path or ())}")


if __name__ == "__main__":
    sys.exit(main())
