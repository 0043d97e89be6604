#!/usr/bin/env python3
"""Whether `diff` tells the causes of real changes of charts: the changes are undone one by one.

usage: diff_bumps.py REPOSITORY BINARY [--bumps N] [--seed N] [--only TEXT] [--verbose]

REPOSITORY is a Git repository of charts, with its history and a work tree, which is not touched. For N commits that
change a chart, drawn by the seed, the chart is compared with what it was before: each changed line of its manifests
should have a cause, or be the same as in another object. Then each cause is undone by itself, the value, the lines of
the template or the field of Chart.yaml, and the chart is rendered again: what had this cause has to be different
from what it is with the whole change.

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

from oracle import arguments


def git(repository, *args):
    return subprocess.run(["git", "-C", str(repository), *args], capture_output=True, check=True).stdout


def bumps(repository):
    """The commits that change one chart, with the chart."""
    log = git(repository, "log", "--no-merges", "--format=%x01%H", "--name-only", "HEAD", "--", "charts", "bitnami", "stable")
    for part in log.decode(errors="replace").split("\x01")[1:]:
        commit, *files = part.split("\n")
        charts = {"/".join(f.split("/")[:2]) for f in files if f.count("/") > 1}
        files = [f for f in files if f]
        if len(charts) == 1 and any("templates/" in f or f.endswith(("values.yaml", "Chart.yaml")) for f in files):
            yield commit, charts.pop()


def lines(value):
    if value is None:
        return 0
    if isinstance(value, str):
        return max(1, value.count("\n"))
    return yaml.safe_dump(value).count("\n")


def diff(binary, *args):
    done = subprocess.run([binary, "diff", *map(str, args), "-o", "json"], capture_output=True, timeout=120)
    if done.returncode:
        return None, done.stderr.decode(errors="replace").strip()
    return json.loads(done.stdout)["comparisons"][0], ""


def steps(change):
    """A path that can be compared: items by what names them."""
    return tuple(s if isinstance(s, str) else str(s.get("by") or (s.get("new") if s.get("new") is not None else s.get("old"))) for s in change["steps"] if isinstance(s, str) or "form" not in s)


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
        # An item without a name has another place as soon as one before it comes or goes.
        def alike(a, b):
            n = min(len(a), len(b))
            return all(x == y or (x.isdigit() and y.isdigit()) for x, y in zip(a[:n], b[:n]))
        return any(path is None or alike(path, own) for own in self.paths.get(who, []))


def copy(repository, commit, chart, to):
    archive = git(repository, "archive", commit, chart)
    subprocess.run(["tar", "x", "-C", str(to)], input=archive, check=True)
    return to / chart


def undo(cause, chart, old_chart, scratch):
    """The chart without this cause, or nothing where that cannot be done."""
    kind = cause["kind"]
    copied = scratch / "undone"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(chart, copied, symlinks=True)
    if kind == "template":
        within = cause["template"].split("/", 1)[1]
        new, old = copied / within, old_chart / within
        new_lines = new.read_bytes().splitlines(True) if new.exists() else []
        old_lines = old.read_bytes().splitlines(True) if old.exists() else []
        (a, b), (c, d) = cause["oldLines"], cause["newLines"]
        new_lines[c - 1:d - 1] = old_lines[a - 1:b - 1]
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(b"".join(new_lines))
        return copied
    if kind == "chart":
        file = copied / "Chart.yaml"
        key = cause["name"].split()[-1]
        line = f"{key}: {json.dumps(cause['old'])}"
        text, n = re.subn(rf"(?m)^{key}:.*$", lambda _: line, file.read_text())
        file.write_text(text if n else f"{text}\n{line}\n")
        return copied
    if kind == "file":
        (copied / cause["name"]).unlink(missing_ok=True)
        if (old_chart / cause["name"]).exists():
            shutil.copy(old_chart / cause["name"], copied / cause["name"])
        return copied
    return None


def with_value(chart, cause, scratch):
    """A values file that sets a value back."""
    path = cause["path"]
    value = json.loads(cause["old"]) if "old" in cause else None
    for step in reversed(path):
        if isinstance(step, int):
            return None
        value = {step: value}
    file = scratch / "back.yaml"
    file.write_text(json.dumps(value))
    return file


def main():
    given = arguments(__doc__, "--bumps", 200)
    repository, binary = given.corpus, given.binary
    all_bumps = [b for b in bumps(repository) if given.only in b[1]]
    random.Random(given.seed).shuffle(all_bumps)
    count = Counter()
    for commit, chart in all_bumps:
        if count["bumps"] >= given.each:
            break
        with tempfile.TemporaryDirectory() as scratch:
            scratch = Path(scratch)
            for side in ("old", "new"):
                (scratch / side).mkdir()
            try:
                old = copy(repository, commit + "~", chart, scratch / "old")
                new = copy(repository, commit, chart, scratch / "new")
            except subprocess.CalledProcessError:
                count["only on one side"] += 1
                continue
            found, why = diff(binary, old, new)
            if found is None:
                count["cannot be compared"] += 1
                if given.verbose:
                    print(f"{chart} {commit[:9]}: {why[:150]}")
                continue
            if any(found["failed"].values()):
                count["does not render"] += 1
                continue
            if not found["objects"]:
                count["no difference"] += 1
                continue
            count["bumps"] += 1
            check(found, old, new, binary, scratch, count, given.verbose and f"{chart} {commit[:9]}")
    share = 100 * count["lines with a cause or folded"] / max(1, count["lines"])
    true = 100 * count["causes true"] / max(1, count["causes tried"])
    for name in sorted(count):
        print(f"{name}: {count[name]}")
    print(f"lines folded or with a cause: {share:.1f} %")
    print(f"causes that are true: {true:.1f} %")
    return 0 if share >= 90 and true >= 99 else 1


def check(found, old, new, binary, scratch, count, verbose):
    folded = {(o, c) for g in found["groups"] if len(g["objects"]) > 1 for o in g["objects"] for c in g["changes"]}
    claims = []
    for number, at in enumerate(found["objects"]):
        side = at.get("new") or at.get("old")
        if not at["changes"]:
            n = 1
            count["lines"] += n
            count["lines with a cause or folded"] += n * bool(at["causes"])
            claims += [(cause, side, None) for cause in at["causes"]]
            if verbose and not at["causes"]:
                print(f"{verbose}: no cause for {side['kind']}/{side['name']} as a whole")
        for place, change in enumerate(at["changes"]):
            n = lines(change.get("old")) + lines(change.get("new"))
            count["lines"] += n
            is_folded = (number, place) in folded
            count["lines with a cause or folded"] += n * bool(change["causes"] or is_folded)
            count["lines with a cause"] += n * bool(change["causes"])
            claims += [(cause, side, steps(change)) for cause in change["causes"]]
            if verbose and not change["causes"]:
                print(f"{verbose}: no cause for {side['kind']}/{side['name']} {change['path']}")
    for number, cause in enumerate(found["causes"]):
        own = [(side, path) for c, side, path in claims if c == number]
        if cause["kind"] == "value":
            file = with_value(new, cause, scratch)
            if file is None:
                count["causes not tried"] += len(own)
                continue
            undone, why = diff(binary, new, "--to-values", file)
        else:
            changed = undo(cause, new, old, scratch)
            if changed is None:
                count["causes not tried"] += len(own)
                continue
            undone, why = diff(binary, new, changed)
        if undone is None or any(undone["failed"].values()):
            # Without it the chart does not render: it takes part in everything.
            count["causes without which nothing renders"] += len(own)
            if verbose:
                print(f"{verbose}: nothing renders without {cause['kind']} {cause['name']}: {undone and undone['failed'] or why}"[:300])
            continue
        undone = Undone(undone)
        for side, path in own:
            count["causes tried"] += 1
            is_true = undone.has(side, path)
            count["causes true"] += is_true
            count[f"causes {cause['kind']} tried"] += 1
            count[f"causes {cause['kind']} true"] += is_true
            if verbose and not is_true:
                print(f"{verbose}: not caused by {cause['kind']} {cause['name'].split('/')[-1]}: {side['kind']}/{side['name']} {'.'.join(path or ())}")


if __name__ == "__main__":
    sys.exit(main())
