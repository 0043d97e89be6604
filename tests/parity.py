#!/usr/bin/env python3
"""Agreement with Helm over public charts: how many of them print the same bytes.

usage: parity.py assemble CHECKOUTS OUT            copy the charts below CHECKOUTS/*, with the subcharts found there
       parity.py record OUT HELM [--variant V]...  what Helm answers to every case, asked twice
       parity.py compare OUT BINARY [NAME] [--variant V]...
                                                   what BINARY answers (to the cases whose id holds NAME)
       parity.py cut OUT BINARY [SEED] [--against HELM]
                                                   every case with one file damaged: no crash, no hang; and the same
                                                   answer as HELM, where one is given

CHECKOUTS holds a folder for each repository of charts. A case is a chart with its defaults, or with one of its
ci/*.yaml files. A variant V (a name of VARIANTS below, or "all") is every case with more flags; the ids of its cases
end in +V. Lines on which two runs of Helm differ (passwords, certificates, the clock) are not compared; every other
byte of stdout, the exit status, and stderr must be the same, the warnings in any order.

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

from record import errors

MOST_CI_FILES = 12
TIMEOUT = 120
KNOWN = Path(__file__).resolve().parent / "known_disagreements.txt"


def read_yaml(path):
    try:
        found = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def show_first(chart):
    """--show-only of the chart's first template, where it has one."""
    templates = sorted(p.relative_to(chart) for p in (chart / "templates").rglob("*.yaml") if not p.name.startswith("_"))
    return ["--show-only", str(templates[0])] if templates else []


VARIANTS = {
    "crds": lambda _: ["--include-crds"],
    "set": lambda _: ["-n", "other", "--set", "global.x=1"],
    "kube": lambda _: ["--kube-version", "1.25.0", "-a", "monitoring.coreos.com/v1"],
    "upgrade": lambda _: ["--is-upgrade", "--no-hooks"],
    "show": show_first,
    "debug": lambda _: ["--debug"],
}


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
    # Under another name ours says more than Helm.
    command = ["helm", "template", "rel", *case["args"]]
    try:
        done = subprocess.run(command, executable=binary, cwd=out, capture_output=True, timeout=TIMEOUT)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        return 124, b"", b"timeout"


def load_cases(out, name="", variants=()):
    cases = json.loads((out / "cases.json").read_text())
    if variants:
        cases = [{"id": f"{c['id']}+{v}", "args": c["args"] + VARIANTS[v](out / c["args"][0])} for v in variants for c in cases]
    return [c for c in cases if name in c["id"]]


def pool():
    return ThreadPoolExecutor(os.cpu_count())


def record(out, helm, variants=()):
    gold = out / "gold"
    gold.mkdir(exist_ok=True)

    def save(case, suffixes, answer):
        for suffix, data in zip(suffixes, answer):
            (gold / f"{case['id']}.{suffix}").write_bytes(data)

    def first(case):
        status, stdout, stderr = ask(helm, case, out)
        save(case, ("status", "out", "err"), (b"%d" % status, stdout, stderr))
        # Half the time saved: what is steady without the variant's flags is steady with them.
        plain = [gold / f"{case['id'].split('+')[0]}.{suffix}" for suffix in ("out", "again")]
        steady = variants and all(p.exists() for p in plain) and plain[0].read_bytes() == plain[1].read_bytes()
        if steady:
            save(case, ("again", "err2"), (stdout, stderr))
        return status, not steady

    def second(case):
        save(case, ("again", "err2"), ask(helm, case, out)[1:])

    # In two passes, so that the clock moves on in between.
    cases = load_cases(out, variants=variants)
    with pool() as workers:
        found = list(workers.map(first, cases))
        list(workers.map(second, [c for c, (_, anew) in zip(cases, found) if anew]))
    print(f"{len(cases)} cases recorded, of which {sum(bool(status) for status, _ in found)} fail")
    return 0


def same_text(want, again, got):
    if want == got:
        return True
    a, b, c = (t.split(b"\n") for t in (want, again, got))
    return len(a) == len(b) == len(c) and all(x == z or x != y for x, y, z in zip(a, b, c))


def same_errors(want, again, got):
    """Helm walks maps in random order when it warns, so that warnings are compared as a set of lines."""
    want, again, got = (errors(t) for t in (want, again, got))
    return same_text(want, again, got) or sorted(want.split(b"\n")) == sorted(got.split(b"\n"))


def difference(want, answer):
    """What two answers (status, stdout, stderr) differ in; of the reference's there are two."""
    (status, out, err), (_, out2, err2) = want
    if answer[0] != status:
        return "status"
    if not same_errors(err, err2, answer[2]):
        return "stderr"
    return "agrees" if same_text(out, out2, answer[1]) else "stdout"


def verdict(case, binary, out):
    gold = {s: (out / "gold" / f"{case['id']}.{s}").read_bytes() for s in ("out", "again", "err", "err2", "status")}
    answer = ask(binary, case, out)
    status = int(gold["status"])
    what = difference([(status, gold["out"], gold["err"]), (status, gold["again"], gold["err2"])], answer)
    return what, answer[2]


def compare(out, binary, name="", variants=()):
    lines = KNOWN.read_text().splitlines() if KNOWN.exists() else []
    known = dict(re.split(r":\s+", line, maxsplit=1) for line in lines if line and not line.startswith("#"))
    cases = load_cases(out, name, variants)
    if not cases:
        sys.exit(f"no case in {out}" + f" has {name} in its name" * bool(name))
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
    print(f"{tally['agrees']} of {len(cases)} cases agree ({100 * tally['agrees'] / len(cases):.2f} %)", dict(tally))
    return 0 if good else 1


def damage(place, dice):
    """Cuts one of a chart's files at a random byte, or changes some bytes of one that Helm parses; says what it did."""
    files = sorted(p for p in place.rglob("*") if p.is_file() and not p.is_symlink() and p.stat().st_size)
    parsed = [p for p in files if p.name in ("Chart.yaml", "values.yaml") or "templates" in p.relative_to(place).parts]
    if dice.random() < 0.5 or not parsed:
        victim = dice.choice(files)
        at = dice.randrange(victim.stat().st_size)
        os.truncate(victim, at)
        return f"{victim.relative_to(place)} cut at {at}"
    victim = dice.choice(parsed)
    data = bytearray(victim.read_bytes())
    changes = []
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(data))
        byte = dice.choice([dice.randrange(256), dice.choice(b"{}[]()'\"`:-|>&*!#%@.,$\\ \t\n\r0aA\xff\x00")])
        data[at] = byte
        changes.append(f"{at}={byte:#04x}")
    victim.write_bytes(data)
    return f"{victim.relative_to(place)} with {' '.join(changes)}"


def cut(out, binary, seed="0", helm=None):
    """A damaged chart may fail to render, but not by a panic (status 101), a signal, or without an end."""

    def one(case):
        dice = random.Random(f"{seed} {case['id']}")
        with tempfile.TemporaryDirectory(prefix="cut-") as tmp:
            place = Path(tmp) / case["args"][0]
            shutil.copytree(out / case["args"][0], place, symlinks=True)
            what = damage(place, dice)
            answer = ask(binary, case, Path(tmp))
            if answer[0] not in (0, 1):
                print(f"{case['id']}: status {answer[0]} with {what}: {answer[2][-300:]!r}")
                return "crash"
            if helm is None:
                return "agrees"
            want = ask(helm, case, Path(tmp))
            found = difference([want, want], answer)
            if found != "agrees":
                # Lines on which two runs differ do not count, for which there must be two.
                found = difference([want, ask(helm, case, Path(tmp))], answer)
            if found != "agrees":
                print(f"{case['id']}: {found} with {what}:\n  helm {want[0]} {want[2][-400:]!r}\n  ours {answer[0]} {answer[2][-400:]!r}")
            return found

    cases = load_cases(out)
    if not cases:
        sys.exit(f"no case in {out}")
    with pool() as workers:
        tally = Counter(workers.map(one, cases))
    print(f"{tally['agrees']} of {len(cases)} damaged cases {'agree' if helm else 'end in order'} (seed {seed})", dict(tally))
    return 0 if tally["agrees"] == len(cases) else 1


def named(args, option):
    """The values of an option, which are taken out of the arguments."""
    found = []
    while option in args[:-1]:
        at = args.index(option)
        found.append(args[at + 1])
        del args[at:at + 2]
    return found


def program(name):
    return os.path.abspath(shutil.which(name) or name)


def main(args):
    variants = named(args, "--variant")
    variants = list(VARIANTS) if "all" in variants else variants
    against = named(args, "--against")
    if set(variants) <= set(VARIANTS):
        match args:
            case ["assemble", checkouts, out]:
                return assemble(Path(checkouts).resolve(), Path(out).resolve())
            case ["record", out, helm]:
                return record(Path(out).resolve(), program(helm), variants)
            case ["cut", out, binary, *seed] if len(seed) <= 1:
                return cut(Path(out).resolve(), program(binary), *seed, helm=program(against[0]) if against else None)
            case ["compare", out, binary, *name] if len(name) <= 1:
                return compare(Path(out).resolve(), program(binary), *(name or [""]), variants)
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
