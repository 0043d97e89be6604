#!/usr/bin/env python3
"""Asks Helm anew what it makes of the charts in src/chart/cases/load.jsonl and src/values/cases/coalesce.jsonl.

usage: charts.py --check HELM    fail where Helm answers otherwise than is stored
       charts.py --write HELM    store what it answers

A line has a chart's files and, in coalesce.jsonl, the user's values; the rest is Helm's answer: `toJson .Values`
and `toJson .Chart` of each chart, its warnings in the order of the alphabet, and the first line of its error.
Needs Python 3.9 and nothing else.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from masks import masked
from record import RELEASES

HELM_VERSION = f"v{RELEASES[0]}"

ROOT = Path(__file__).resolve().parent.parent
FILES = [ROOT / "src/chart/cases/load.jsonl", ROOT / "src/values/cases/coalesce.jsonl"]
SHOW = "values: {{ toJson .Values | b64enc }}\nchart: {{ toJson .Chart | b64enc }}\n"
WARNING = re.compile(r"\w+\.go:\d+: ")
SOURCE, END = "# Source: ", "/templates/t.yaml"


def render(helm, case):
    """The charts that Helm rendered, by path, with their values and metadata; its stderr."""
    with tempfile.TemporaryDirectory(prefix="charts-") as tmp:
        chart = Path(tmp) / "chart"
        for name, text in case["files"].items():
            path = chart / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((SHOW if name.endswith(END[1:]) else text).encode(errors="surrogatepass"))
        user = Path(tmp) / "user.yaml"
        user.write_bytes(case.get("user", "").encode(errors="surrogatepass"))
        done = subprocess.run([helm, "template", "rel", chart, "-f", user], capture_output=True, timeout=60,
                              env={"HOME": tmp, "PATH": os.environ["PATH"], "KUBECONFIG": "/nowhere"})
    found, path = {}, None
    for line in done.stdout.decode().split("\n"):
        key, _, text = line.partition(": ")
        if line.startswith(SOURCE):
            path = line[len(SOURCE):].removesuffix(END)
        elif key in ("values", "chart"):
            found.setdefault(path, {})[key] = base64.b64decode(text).decode()
    return found, masked(done.stderr, "log").decode().split("\n")


def answered(helm, line):
    case = json.loads(line)
    charts, lines = render(helm, case)
    case["warnings"] = sorted(l for l in lines if WARNING.match(l))
    case["error"] = next((l[len("Error: "):] for l in lines if l.startswith("Error: ")), "")
    if "charts" in case:
        stored = case["charts"]
        case["charts"] = {p: charts[p] for p in sorted(charts, key=lambda p: (list(stored).index(p) if p in stored else 99, p))}
    else:
        case["chart"] = next((c["chart"] for p, c in charts.items() if "/" not in p), "")
    return json.dumps(case)


def main(args):
    if len(args) != 2 or args[0] not in ("--check", "--write"):
        sys.exit(__doc__)
    helm = Path(shutil.which(args[1]) or args[1]).resolve()
    version = subprocess.run([helm, "version", "--template", "{{.Version}}"], capture_output=True, text=True).stdout
    if version != HELM_VERSION:
        sys.exit(f"{helm} is Helm {version or '(none)'}, not {HELM_VERSION}")
    wrong = 0
    for path in FILES:
        lines = path.read_text().rstrip("\n").split("\n")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            answers = list(pool.map(lambda l: answered(helm, l), lines))
        different = [(old, new) for old, new in zip(lines, answers) if json.loads(old) != json.loads(new)]
        for old, new in different:
            was, now = json.loads(old), json.loads(new)
            keys = [k for k in now if was[k] != now[k]]
            print(f"{path.relative_to(ROOT)}: {was['files']}", *(f"  {k}: {was[k]!r}, Helm: {now[k]!r}" for k in keys), sep="\n")
        wrong += len(different)
        if different and args[0] == "--write":
            path.write_text("".join(l + "\n" for l in answers))
        print(f"{path.relative_to(ROOT)}: {len(lines)} charts, {len(different)} answered otherwise")
    return 1 if wrong and args[0] == "--check" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
