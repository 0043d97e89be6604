#!/usr/bin/env python3
"""Break one line of a template in charts, and see whether the explained error names that line first.

usage: breaks.py BINARY CHARTS [--seed N] [--charts N]

CHARTS is a folder of charts. In each, one `key: value` line of a template that prints something gets a space too many
or too few, a tab, or a quote that stays open. Runs that do not fail with a YAML parse error are passed over. Fails
where less than 98 of 100 first places are the file and line that was broken, and prints the others.
"""
import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WANTED = 0.98
KEY = re.compile(r"^ *[\w.-]+: \S")
PLACE = re.compile(r"^ *(?:-->|:::) (.+?)(?: \(rendered\))?:(\d+):\d+$", re.M)
SOURCE = re.compile(r"^# Source: [^/\n]+/(templates/.*\.ya?ml)$", re.M)


def further(line):
    return " " + line


def nearer(line):
    return line[1:] if line.startswith("   ") else None


def tab(line):
    return "\t" + line.lstrip()


def quote(line):
    if line.endswith('"') and line.count('"') == 2:
        return line[:-1]
    return re.sub(r": (?=[\w{])", ': "', line, count=1) if '"' not in line and "'" not in line else None


MISTAKES = [further, nearer, tab, quote]


def render(binary, top, *flags):
    run = [binary, "template", "web", "chart", *flags]
    done = subprocess.run(run, cwd=top, capture_output=True, env={"STATEFULCHART_EXPLAIN": "0"})
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def breaks(binary, chart, top, random):
    """Breaks lines of a chart's copy: the mistake, the place, and the first place of the explanation."""
    status, printed, _ = render(binary, top)
    names = sorted({name for name in SOURCE.findall(printed) if (top / "chart" / name).is_file()})
    if status != 0 or not names:
        return
    for mistake in MISTAKES:
        name = random.choice(names)
        path = top / "chart" / name
        text = path.read_text()
        lines = text.split("\n")
        broken = {n: mistake(line) for n, line in enumerate(lines) if KEY.match(line)}
        broken = {n: line for n, line in broken.items() if line is not None and line != lines[n]}
        if not broken:
            continue
        at = random.choice(sorted(broken))
        path.write_text("\n".join([*lines[:at], broken[at], *lines[at + 1:]]))
        status, _, error = render(binary, top, "--explain")
        path.write_text(text)
        if status == 0 or "YAML parse error" not in error:
            continue
        first = PLACE.search(error)
        yield mistake.__name__, f"chart/{name}:{at + 1}", first and f"{first[1]}:{first[2]}"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("binary")
    parser.add_argument("charts", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--charts", dest="most", type=int, default=10**9)
    args = parser.parse_args()
    chosen = random.Random(args.seed)
    binary = str(Path(args.binary).resolve())
    charts = sorted(path for path in args.charts.iterdir() if (path / "templates").is_dir())
    chosen.shuffle(charts)
    total, missed = 0, []
    for chart in charts[:args.most]:
        with tempfile.TemporaryDirectory(prefix="breaks-") as top:
            copy = Path(top) / "chart"
            shutil.copytree(chart, copy, copy_function=shutil.copy)
            for path in [copy, *copy.rglob("*")]:
                path.chmod(0o755 if path.is_dir() else 0o644)
            for mistake, place, first in breaks(binary, chart, Path(top), chosen):
                total += 1
                if place != first:
                    missed.append(f"{chart.name}: {mistake}: {place}, first named {first}")
    print(*missed, sep="\n")
    print(f"{total - len(missed)} of {total} broken lines are named first")
    return int(total == 0 or len(missed) > total * (1 - WANTED))


if __name__ == "__main__":
    sys.exit(main())
