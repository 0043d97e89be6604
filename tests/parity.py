#!/usr/bin/env python3
"""Agreement with Helm over public charts: how many of them print the same bytes.

usage: parity.py assemble CHECKOUTS OUT           copy the charts below CHECKOUTS/*, with the subcharts found there
       parity.py record OUT HELM                  what Helm answers to every case, asked twice
       parity.py compare OUT BINARY [NAME]        what BINARY answers (to the cases whose id holds NAME)
       parity.py cut OUT BINARY [SEED]            every case with one file cut at a random byte: no crash, no hang

CHECKOUTS holds a folder for each repository of charts. A case is a chart with its defaults, or with one of its
ci/*.yaml files. Lines on which two runs of Helm differ (passwords, certificates, the clock) are not compared; every
other byte of stdout, the exit status, and for a failing case the text on stderr must be the same.

`compare` ends with status 0 when every case agrees, save those that tests/known_disagreements.txt names with a
reason; a named case that agrees is an error too, so that the file stays true. Needs PyYAML.
"""
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

import yaml

MOST_CI_FILES = 12
TIMEOUT = 120
KNOWN = Path(__file__).resolve().parent / "known_disagreements.txt"


def read_yaml(path):
    try:
        found = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


class Source:
    """A chart of a checkout."""

    def __init__(self, folder, repository):
        self.folder, self.repository = folder, repository
        self.metadata = read_yaml(folder / "Chart.yaml")
        self.name = self.metadata.get("name")

    def is_subchart(self):
        return self.folder.parent.name == "charts" and (self.folder.parent.parent / "Chart.yaml").exists()

    def dependencies(self):
        listed = [self.metadata.get("dependencies"), read_yaml(self.folder / "requirements.yaml").get("dependencies")]
        return [d["name"] for part in listed for d in part or [] if isinstance(d, dict) and d.get("name")]


def add_dependencies(chart, target, known, depth=6):
    for name in chart.dependencies() if depth else []:
        place = target / "charts" / name
        packed = list((target / "charts").glob(f"{name}-[0-9]*.tgz"))
        candidates = known.get(name, [])
        if place.exists() or packed or not candidates:
            continue
        best = next((c for c in candidates if c.repository == chart.repository), candidates[0])
        copy(best.folder, place)
        add_dependencies(best, place, known, depth - 1)


def copy(source, target):
    shutil.copytree(source, target, ignore_dangling_symlinks=True)


def assemble(checkouts, out):
    known, cases, charts = {}, [], 0
    sources = [Source(f.parent, repository.name)
               for repository in sorted(p for p in checkouts.iterdir() if p.is_dir())
               for f in sorted(repository.rglob("Chart.yaml"))]
    sources = [s for s in sources if s.name and not s.is_subchart()]
    for source in sources:
        known.setdefault(source.name, []).append(source)
    for source in sources:
        if source.metadata.get("type") == "library":
            continue
        place = source.folder.relative_to(checkouts / source.repository)
        name = f"{source.repository}__{str(place).replace(os.sep, '_')}"
        target = out / "charts" / name
        shutil.rmtree(target, ignore_errors=True)
        copy(source.folder, target)
        add_dependencies(source, target, known)
        charts += 1
        cases.append({"id": name, "args": [f"charts/{name}"]})
        files = sorted(p for p in target.glob("ci/*") if p.suffix in (".yaml", ".yml"))[:MOST_CI_FILES]
        cases += [{"id": f"{name}@{p.stem}", "args": [f"charts/{name}", "-f", f"charts/{name}/ci/{p.name}"]} for p in files]
    out.mkdir(parents=True, exist_ok=True)
    (out / "cases.json").write_text(json.dumps(cases, indent=1))
    print(f"{charts} charts, {len(cases)} cases")
    return 0


def ask(binary, case, out):
    command = [binary, "template", "rel", *case["args"]]
    try:
        done = subprocess.run(command, cwd=out, capture_output=True, timeout=TIMEOUT)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        return 124, b"", b"timeout"


def load_cases(out, name=""):
    return [c for c in json.loads((out / "cases.json").read_text()) if name in c["id"]]


def pool():
    return ThreadPoolExecutor(os.cpu_count())


def record(out, helm):
    gold = out / "gold"
    gold.mkdir(exist_ok=True)

    def one(case):
        (status, first, errors), (_, second, _) = ask(helm, case, out), ask(helm, case, out)
        for suffix, data in ("out", first), ("again", second), ("err", errors), ("status", b"%d" % status):
            (gold / f"{case['id']}.{suffix}").write_bytes(data)
        return status

    with pool() as workers:
        failing = sum(map(bool, workers.map(one, load_cases(out))))
    print(f"{len(load_cases(out))} cases recorded, of which {failing} fail")
    return 0


def same_text(want, again, got):
    if want == got:
        return True
    a, b, c = (t.split(b"\n") for t in (want, again, got))
    return len(a) == len(b) == len(c) and all(x == z or x != y for x, y, z in zip(a, b, c))


def verdict(case, binary, out):
    gold = {s: (out / "gold" / f"{case['id']}.{s}").read_bytes() for s in ("out", "again", "err", "status")}
    status, stdout, stderr = ask(binary, case, out)
    if status != int(gold["status"]):
        return "status", stderr
    if status:
        return ("agrees", b"") if stderr.strip() == gold["err"].strip() else ("error text", stderr)
    return ("agrees", b"") if same_text(gold["out"], gold["again"], stdout) else ("output", b"")


def compare(out, binary, name=""):
    lines = KNOWN.read_text().splitlines() if KNOWN.exists() else []
    known = dict(re.split(r":\s+", line, maxsplit=1) for line in lines if line and not line.startswith("#"))
    cases = load_cases(out, name)
    with pool() as workers:
        answers = list(workers.map(lambda c: verdict(c, binary, out), cases))
    good = True
    for case, (what, stderr) in zip(cases, answers):
        if what == "agrees" and case["id"] in known:
            print(f"{case['id']} agrees now: take it out of {KNOWN.name}")
        elif what != "agrees" and case["id"] not in known:
            print(f"{case['id']}: {what} {stderr.decode(errors='replace').strip()[:200]}")
        else:
            continue
        good = False
    tally = Counter(what for what, _ in answers)
    print(f"{tally['agrees']} of {len(cases)} cases agree ({100 * tally['agrees'] / max(len(cases), 1):.2f} %)", dict(tally))
    return 0 if good else 1


def cut(out, binary, seed="0"):
    """A chart cut short may fail to render, but not by a panic (status 101), a signal, or without an end."""

    def one(case):
        dice = random.Random(f"{seed} {case['id']}")
        with tempfile.TemporaryDirectory(prefix="cut-") as tmp:
            place = Path(tmp) / case["args"][0]
            shutil.copytree(out / case["args"][0], place, symlinks=True)
            files = sorted(p for p in place.rglob("*") if p.is_file() and not p.is_symlink() and p.stat().st_size)
            victim = dice.choice(files)
            at = dice.randrange(victim.stat().st_size)
            os.truncate(victim, at)
            status, _, stderr = ask(binary, case, Path(tmp))
        if status in (0, 1):
            return True
        print(f"{case['id']}: status {status} with {victim.relative_to(place)} cut at {at}: {stderr[-300:]!r}")
        return False

    cases = load_cases(out)
    with pool() as workers:
        good = sum(workers.map(one, cases))
    print(f"{good} of {len(cases)} cut cases end in order (seed {seed})")
    return 0 if good == len(cases) else 1


def main(args):
    match args:
        case ["assemble", checkouts, out]:
            return assemble(Path(checkouts).resolve(), Path(out).resolve())
        case ["record", out, helm]:
            return record(Path(out).resolve(), shutil.which(helm) or str(Path(helm).resolve()))
        case ["cut", out, binary, *seed] if len(seed) <= 1:
            return cut(Path(out).resolve(), str(Path(shutil.which(binary) or binary).resolve()), *seed)
        case ["compare", out, binary, *name] if len(name) <= 1:
            return compare(Path(out).resolve(), str(Path(shutil.which(binary) or binary).resolve()), *name)
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
