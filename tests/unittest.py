#!/usr/bin/env python3
"""Compare `unittest` with helm-unittest: what both print, their exit status, reports and snapshots, on copies of charts.

usage: unittest.py REFERENCE OURS [--flip] [--format F] [--set-values] FOLDER CHART[...] [-- FLAG ...]
                                    run both on each CHART of FOLDER, paths within FOLDER; FLAGs go to both
       unittest.py REFERENCE OURS --mutate SEED [--count N] [--keep FOLDER] [FOLDER CHART[...]]
                                    change suites at random, N of them (default: 500), and run both on each; of our own
                                    charts where none is named
       unittest.py REFERENCE OURS --record   record what the reference prints in tests/unittest
       unittest.py REFERENCE OURS --check    compare both on the suites of our own, as they are and flipped

REFERENCE is a helm-unittest made by build_helm_unittest.py, OURS a statefulchart. --flip adds `not: true` to each
assertion that has none, and takes `not` from the others; --format also writes the results in that form and compares it,
times and the machine masked; --set-values runs with a file of values that sets a key that no chart has.

What both log on standard error is compared without its order. With --mutate, what differs is asked of the reference ten more times, since it is not always of one
mind; with --keep, suites that differ are left in a folder.

Printed for each chart: how many suites and tests agree in their lines. The status is 1 where anything differs.
"""
import difflib
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OWN = Path(__file__).resolve().parent / "unittest"
TIME = re.compile(r"^Time:        .*$", re.M)
# What a report tells of the time and the machine.
REPORT = re.compile(r'(time|timestamp|run-time|run-date|date|duration|total-time|start-time|end-time|platform|'
                    r'machine-name|cwd|user|user-domain|clr-version|os-version|nunit-version|culture|current-culture|'
                    r'current-uiculture|environment)="[^"]*"')
# What is told of the time, and Go's numbers of goroutines.
CLOCK = re.compile(r'^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |^time="[^"]*" ', re.M)
# What is told beside the reference's words: where a suite is wrong.
OWN_WORDS = re.compile(r"^\S+\.ya?ml:\d+:\d+: .*\n(?:(?!level=|warning: ).*\n)*", re.M)
ASSERTS = re.compile(r"^(\s*)asserts:\s*(#.*)?$")


def flipped(text):
    """A suite with `not` added to each assertion, or taken from it."""
    lines, out, at = text.split("\n"), [], 0
    inside = item = None
    while at < len(lines):
        line = lines[at]
        at += 1
        indent = len(line) - len(line.lstrip())
        if found := ASSERTS.match(line):
            inside, item = len(found[1]), None
            out.append(line)
            continue
        starts = line.lstrip().startswith("- ")
        if inside is not None and line.strip() and not line.lstrip().startswith("#"):
            if indent < inside or (indent == inside and not starts):
                inside = None
            elif starts and (item is None or indent == item):
                item = indent
                end = at
                while end < len(lines) and (not lines[end].strip()
                                            or len(lines[end]) - len(lines[end].lstrip()) > item):
                    end += 1
                key = " " * (item + 2) + "not: "
                body = lines[at:end]
                kept = [one for one in body if not one.startswith(key)]
                if len(kept) < len(body) or "- not:" in line or "{" in line:
                    out.append(line)
                    out.extend(kept)
                else:
                    out.append(" " * item + "- not: true")
                    out.append(" " * (item + 2) + line.lstrip()[2:].lstrip())
                    out.extend(body)
                at = end
                continue
        out.append(line)
    return "\n".join(out)


def files_of(folder):
    """The snapshots below a folder, by their paths."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.snap"))}


def log(text):
    """The lines of standard error, without times and without ours: those of one test are logged in random order."""
    return sorted(OWN_WORDS.sub("", CLOCK.sub("", text)).split("\n"))


def run(program, folder, chart, flags, form):
    """What a program prints, its status, its report, the snapshots after it, and what it logs."""
    report = folder.parent / "report.xml"
    more = ["-o", str(report), "-t", form] if form else []
    done = subprocess.run([*program, *flags, *more, chart], cwd=folder, capture_output=True, text=True,
                          errors="surrogateescape", timeout=1200)
    text = report.read_text(errors="surrogateescape") if form and report.exists() else ""
    return TIME.sub("Time:", done.stdout), done.returncode, REPORT.sub(r'\1="…"', text), files_of(folder), log(done.stderr)


def blocks(text):
    """The suites of an output with the lines below each, and what is around them."""
    parts = re.split(r"(?m)^(?= (?:PASS|FAIL|SKIP)  )", text)
    return [part.split("\n\nCharts:")[0] for part in parts]


def compare(reference, ours, folder, chart, flags, form, flip):
    """Compare one chart; returns the numbers of suites, of those that agree, of tests, and whether all is the same."""
    with tempfile.TemporaryDirectory(prefix="unittest.") as scratch:
        results = []
        for name, program in (("a", [reference]), ("b", [ours, "unittest"])):
            # The same paths for both, since they are printed.
            work = Path(scratch) / "work"
            shutil.copytree(folder, work, symlinks=True)
            if flip:
                for path in work.rglob("*.yaml"):
                    if "asserts:" in (text := path.read_text(errors="surrogateescape")):
                        path.write_text(flipped(text), errors="surrogateescape")
            results.append(run(program, work, chart, flags, form))
            shutil.rmtree(work)
    text, own = results[0][0], results[1][0]
    suites, own_suites = blocks(text), blocks(own)
    same = sum(a == b for a, b in zip(suites[1:], own_suites[1:]))
    tests = re.search(r"^Tests: .*?(\d+) total", text, re.M)
    is_same = results[0] == results[1]
    if not is_same:
        for a, b in zip(suites, own_suites):
            if a != b:
                lines = difflib.unified_diff(a.split("\n"), b.split("\n"), "reference", "ours", lineterm="", n=4)
                print(f"{chart}: differs:", *list(lines)[:60], sep="\n")
                break
        else:
            what = [w for w, x, y in zip(("text", "status", "report", "snapshots", "log"), *results) if x != y]
            print(f"{chart}: {', '.join(what)} differ")
            if what == ["log"]:
                lines = difflib.unified_diff(results[0][4], results[1][4], "reference", "ours", lineterm="", n=0)
                print(*[line[:300] for line in lines][:20], sep="\n")
    return len(suites) - 1, same, int(tests[1]) if tests else 0, is_same


FLAGS = [["--strict"], ["-q"], ["-u"], ["-s=false"], ["--skip-schema-validation"], ["--color"], ["-v", "tests/mutated-values.yaml"],
         ["-v", "*/nope.yaml"], ["-f", "tests/nope*.yaml"]]
FORMS = ("JUnit", "NUnit", "XUnit", "Sonar")


def outcome(program, folder, flags, chart, suite, form):
    """What a program makes of one suite: output, errors, status, snapshots, report; its snapshots are taken away again."""
    report = folder.parent / "report.xml"
    report.unlink(missing_ok=True)
    more = ["-o", str(report), "-t", form] if form else []
    done = subprocess.run([*program, *flags, *more, chart], cwd=folder, capture_output=True, timeout=120)
    out, err = (text.decode(errors="surrogateescape") for text in (done.stdout, done.stderr))
    snapshots = {}
    for path in (suite.parent / "__snapshot__").glob(f"{suite.name}*"):
        snapshots[path.name] = path.read_bytes()
        path.unlink()
    if done.returncode not in (0, 1):
        # It has crashed.
        return out, [err], done.returncode, {}, ""
    text = report.read_text(errors="surrogateescape") if report.exists() else ""
    return TIME.sub("Time:", out), log(err), done.returncode, snapshots, REPORT.sub(r'\1="…"', text)


def changed_snapshot(rng, text):
    """Snapshots of which something is not as it was."""
    lines = text.decode(errors="surrogateescape").split("\n")
    at = rng.randrange(len(lines))
    lines[at:at + 1] = rng.choice([[], [lines[at] + "x"], [lines[at], lines[at]], [lines[at].upper()], [" " + lines[at]],
                                   [re.sub(r"\d+", "7", lines[at])], lines[at:at + 3][::-1], ["\t" + lines[at]]])
    return rng.choice([b"", b"x", b"[]", b"a: b", b"null", b"a:\n  x: y\n"]) if rng.random() < 0.15 else \
        "\n".join(lines).encode(errors="surrogateescape")


def mutate(reference, ours, seed, count, keep, charts, flags):
    """Change suites of charts at random and compare; returns whether all agree."""
    from suite_mutations import Loader, Mutator, read
    rng = random.Random(seed)
    same = crashed = unsettled = unlike = 0
    differing = []
    with tempfile.TemporaryDirectory(prefix="unittest.") as scratch:
        made = []
        for number, (folder, chart) in enumerate(charts):
            work = Path(scratch) / str(number) / "work"
            root = work / chart
            files = [path for path in sorted((folder / chart).rglob("*.yaml"))
                     if "test" in str(path.relative_to(folder / chart)) and "/charts/" not in str(path.relative_to(folder / chart))]
            texts = {path: path.read_text(errors="replace") for path in files}
            texts = {path: text for path, text in texts.items() if "asserts:" in text and read(text)}
            if texts:
                shutil.copytree(folder, work, symlinks=True, ignore=shutil.ignore_patterns(".git"))
                templates = [str(path.relative_to(root)) for path in sorted((root / "templates").rglob("*")) if path.is_file()]
                try:
                    import yaml
                    values = yaml.load((root / "values.yaml").read_text(), Loader)
                except (OSError, yaml.YAMLError, ValueError):
                    values = {}
                made.append((folder, chart, work, texts, templates, values if isinstance(values, dict) else {}))
        for turn in range(count):
            # Each turn can be had again by itself.
            rng = random.Random(f"{seed}/{turn}/{made[turn % len(made)][1]}")
            folder, chart, work, texts, templates, values = made[turn % len(made)]
            mutator = Mutator(rng, templates, values)
            origin = rng.choice(list(texts))
            text = mutator.mutate(read(texts[origin]))
            suite = (work / chart / origin.relative_to(folder / chart)).with_name("zz_mutated_test.yaml")
            written = {suite: text.encode(errors="surrogateescape")}
            for name, content in mutator.files.items():
                written[suite.with_name(name)] = content.encode()
            more = rng.choice(FLAGS) if rng.random() < 0.3 else []
            form = rng.choice(FORMS) if rng.random() < 0.1 else None
            all_flags = [*flags, *more, "-f", str(suite.relative_to(work / chart))]
            before = {}
            for path, content in written.items():
                path.write_bytes(content)

            def of(program):
                for name, content in before.items():
                    (suite.parent / "__snapshot__").mkdir(exist_ok=True)
                    (suite.parent / "__snapshot__" / name).write_bytes(content)
                return outcome(program, work, all_flags, chart, suite, form)
            theirs = of([reference])
            if theirs[3] and rng.random() < 0.5:
                before = {name: changed_snapshot(rng, content) for name, content in theirs[3].items()}
                mutator.note("snapshots")
                theirs = of([reference])
            own = of([ours, "unittest"])
            what = f"{seed}/{turn} {chart}/{suite.relative_to(work / chart)} {' '.join(more)}: {'; '.join(mutator.done)}"
            if theirs[2] == 2 and "goroutine" in theirs[1][0]:
                crashed += 1
                if own[2] not in (0, 1) or any("panicked" in line for line in own[1]):
                    print(f"{what}: ours ends with status {own[2]}\n{own[1]}")
                    differing.append(what)
            elif theirs == own:
                same += 1
            elif own in (others := [of([reference]) for _ in range(10)]):
                unsettled += 1
            else:
                if any(other != theirs for other in others):
                    # What is random has more outcomes than were seen: certificates, for example.
                    unlike += 1
                    what += " (the reference differs from itself, too)"
                else:
                    differing.append(what)
                print(what)
                for name, a, b in zip(("output", "errors", "status", "snapshots", "report"), theirs, own):
                    a, b = (str(one).split("\n") if not isinstance(one, list) else one for one in (a, b))
                    lines = difflib.unified_diff(a, b, f"reference's {name}", "ours", lineterm="", n=2)
                    print(*list(lines)[:30], sep="\n")
                if keep:
                    kept = Path(keep) / f"{seed}-{turn}"
                    kept.mkdir(parents=True, exist_ok=True)
                    (kept / "what").write_text(f"{folder} {what}\n{all_flags} {form}\n")
                    for path, content in [*written.items(), *((Path(name), content) for name, content in before.items())]:
                        (kept / path.name).write_bytes(content)
                sys.stdout.flush()
            for path in written:
                path.unlink()
    print(f"seed {seed}: {same} of {count} changed suites the same; {crashed} crash the reference, {unsettled} are one of "
          f"several outcomes of it, {unlike} are none of those seen, {len(differing)} differ")
    return not differing


def check(reference, ours, charts, flags, form, flip):
    """Compare charts, print counts, and return whether all agree."""
    total = [0, 0, 0, 0]
    for folder, chart in charts:
        found = compare(reference, ours, folder, chart, flags, form, flip)
        total = [a + b for a, b in zip(total, found)]
        print(f"{chart}: {found[1]} of {found[0]} suites with the same text, {found[2]} tests"
              + ("" if found[3] else ": DIFFERS"))
    print(f"{total[3]} of {len(charts)} charts, {total[1]} of {total[0]} suites the same; {total[2]} tests"
          + (", flipped" if flip else ""))
    return total[3] == len(charts)


def main(args):
    if len(args) < 3:
        sys.exit(__doc__)
    reference, ours, *args = args
    reference, ours = str(Path(reference).resolve()), str(Path(ours).resolve())
    flags = args[args.index("--") + 1:] if "--" in args else []
    args = args[:args.index("--")] if "--" in args else args
    flip = "--flip" in args
    form = args[args.index("--format") + 1] if "--format" in args else None
    suites = OWN / "suites"
    if args[0] == "--record":
        with tempfile.TemporaryDirectory(prefix="unittest.") as scratch:
            for name in sorted(path.name for path in suites.iterdir() if path.is_dir()):
                work = Path(scratch) / "suites"
                shutil.copytree(suites, work)
                text, status, _, snapshots, logged = run([reference], work, name, [], None)
                shutil.rmtree(work)
                kept = "".join(f"{path}:\n{content.decode()}" for path, content in snapshots.items()
                               if path.startswith(f"{name}/"))
                (OWN / f"{name}.txt").write_text(f"{text}status {status}\n{kept}"
                                                 + "".join(f"logged: {line}\n" for line in logged if line))
        return
    if args[0] == "--check":
        charts = [(suites, path.name) for path in sorted(suites.iterdir()) if path.is_dir()]
        passed = check(reference, ours, charts, flags, None, False)
        passed &= check(reference, ours, charts, flags, None, True)
        for form in ("JUnit", "NUnit", "XUnit", "Sonar"):
            passed &= check(reference, ours, charts, flags, form, False)
        sys.exit(not passed)
    if "--mutate" in args:
        def option(name, default=None):
            if name not in args:
                return default
            at = args.index(name)
            value = args[at + 1]
            del args[at:at + 2]
            return value
        seed, count, keep = option("--mutate"), int(option("--count", "500")), option("--keep")
        folder, *names = args or [suites, *sorted(path.name for path in suites.iterdir() if path.is_dir())]
        sys.exit(not mutate(reference, ours, seed, count, keep, [(Path(folder), name) for name in names], flags))
    plain = [arg for i, arg in enumerate(args) if not arg.startswith("--") and args[i - 1] != "--format"]
    folder, *names = plain
    if "--set-values" in args:
        values = Path(tempfile.gettempdir()) / "unittest-values.yaml"
        values.write_text("keyThatNoChartHas: 1\n")
        flags = [*flags, "-v", str(values)]
    sys.exit(not check(reference, ours, [(Path(folder), name) for name in names], flags, form, flip))


if __name__ == "__main__":
    main(sys.argv[1:])
