#!/usr/bin/env python3
"""Compares crates/godyff with homeport/dyff.

    tests/dyff.py ASSETS                          the expected outputs that dyff's repository holds
    tests/dyff.py ASSETS --dyff PROGRAM           also what the program prints for each pair of the assets, by many flags
    tests/dyff.py ASSETS --dyff PROGRAM --manifests FOLDER [--pairs N] [--seed N]
                                                  also pairs made from manifests by changing them at random

ASSETS is the folder `assets` of dyff's repository, read where it lies. What answers is the example
`cargo build --example between -p statefulchart-godyff` (--between names another build of it). Prints counts; exits with
1 when outputs differ that DIFFERENT does not explain, and then keeps the inputs in --keep.
"""
import argparse
import contextlib
import fcntl
import os
import pty
import random
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
OUTPUTS = ["human", "brief", "github", "gitlab", "gitea"]
FLAGS = [
    [],
    ["--omit-header=false"],
    ["--no-table-style"],
    ["--use-go-patch-style"],
    ["--swap"],
    ["--ignore-order-changes"],
    ["--ignore-whitespace-changes"],
    ["--ignore-value-changes"],
    ["--detect-kubernetes=false"],
    ["--detect-renames=false"],
    ["--format-strings=false"],
    ["--no-cert-inspection"],
    ["--multi-line-context-lines", "0"],
    ["--multi-line-context-lines", "1"],
    ["--minor-change-threshold", "0.5"],
    ["--additional-identifier", "branch", "--additional-identifier", "type"],
    ["--exclude", "/metadata/name,spec.replicas"],
    ["--filter", "/spec/replicas,yaml.map.whitespaces,/data"],
    ["--exclude-regexp", "^/metadata"],
    ["--filter-regexp", "name=|^/spec"],
    ["--color", "on", "--truecolor", "off"],
    ["--color", "on", "--truecolor", "on"],
    ["--color", "on", "--truecolor", "on", "--use-indent-lines=false", "--omit-header=false"],
    ["--chroot", "/yaml", "--omit-header=false"],
    ["--chroot", "list", "--chroot-list-to-documents", "--omit-header=false"],
]
# A terminal's widths: dyff reads them from a terminal only.
WIDTHS = [40, 100, 200]
# Inputs by their folder or name, and why dyff prints something else.
DIFFERENT = {
    "issue-120": "TOML, which is not read",
}
# The expected outputs: how each is made. The tests of dyff say it in Go.
COLOR = ["--color", "on", "--truecolor", "on"]
EXPECTED = {
    "binary/dyff.expected": [],
    "binary/expected-dyff.github": [],
    "colors/dyff.expected": COLOR,
    "issues/issue-225/expected-dyff-spruce.github": COLOR,
    "issues/issue-225/expected-dyff-spruce.human": COLOR,
    "issues/issue-89/expected-dyff-spruce.github": [],
    "issues/issue-89/expected-dyff-spruce.human": [],
    "kubernetes/configmaps/expected-dyff-spruce.github": COLOR,
    "kubernetes/configmaps/expected-dyff-spruce.human": COLOR,
    "kubernetes/multi-docs-file-level/expected-dyff.human": [],
    "kubernetes/rename/expected-dyff.human": ["--detect-renames"],
    "multiline/expected-dyff-spruce.github": COLOR,
    "multiline/expected-dyff-spruce.human": COLOR,
    "testbed/expected-dyff-gopatch.github": ["--use-go-patch-style"],
    "testbed/expected-dyff-gopatch.human": ["--use-go-patch-style"],
    "testbed/expected-dyff-spruce.github": [],
    "testbed/expected-dyff-spruce.human": [],
}
# The defaults of dyff's library, which its tests have; those of its program are others.
LIBRARY = ["--omit-header", "--detect-renames=false", "--format-strings=false"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("assets", type=Path)
    parser.add_argument("--dyff", type=Path)
    parser.add_argument("--between", type=Path, default=ROOT / "target/debug/examples/between")
    parser.add_argument("--manifests", type=Path)
    parser.add_argument("--skip-assets", action="store_true", help="make pairs at random only")
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "dyff-differences")
    args = parser.parse_args()
    failed = expected(args)
    if args.dyff and not args.skip_assets:
        failed += live(args)
    if args.dyff and args.manifests:
        failed += at_random(args)
    sys.exit(1 if failed else 0)


def expected(args):
    found = {str(p.relative_to(args.assets)) for p in args.assets.rglob("*expected*") if p.is_file()}
    failed = sorted(found ^ EXPECTED.keys())
    for name, flags in sorted(EXPECTED.items()):
        folder = (args.assets / name).parent
        output = "github" if name.endswith("github") else "human"
        pair = [next(folder.glob(f"{side}.y*ml")) for side in ["from", "to"]]
        got = run([args.between, *LIBRARY, *flags, "--output", output, *pair])
        if got[0] != (args.assets / name).read_bytes():
            failed.append(name)
    print(f"expected outputs: {len(EXPECTED) - len(failed)} of {len(found)} the same")
    for name in failed:
        print(f"  differs: {name}")
    return len(failed)


def pairs(assets):
    for one in sorted(assets.rglob("*")):
        for a, b in [("from", "to"), ("old", "new")]:
            if one.stem == a and (other := one.with_name(b + one.suffix)).exists():
                yield one, other


def live(args):
    counts = Counts("pairs of the assets")
    for one, other in pairs(args.assets):
        name = str(one.parent.relative_to(args.assets))
        for output in OUTPUTS:
            for flags in FLAGS:
                counts.compare(args, name, ["--omit-header", *flags, "--output", output], one, other)
        for width in WIDTHS:
            flags = ["--omit-header", "--color", "off", "--fixed-width", str(width)]
            counts.compare(args, name, flags, one, other, on_terminal)
    return counts.end()


class Counts:
    def __init__(self, what):
        self.what, self.same, self.refused, self.explained, self.failed = what, 0, 0, {}, []

    def compare(self, args, name, flags, one, other, runner=None):
        runner = runner or run
        want = runner([args.dyff, "between", *flags, one, other])
        got = runner([args.between, *flags, one, other])
        # What is said of an error is each one's own, and so is what is printed before it.
        if want[1] == got[1] and (want[1] == 255 or want[0] == got[0]):
            self.same += 1
            self.refused += want[1] == 255
            return True
        reason = next((why for key, why in DIFFERENT.items() if key in name), None) or dies(want)
        if reason:
            self.explained[reason] = self.explained.get(reason, 0) + 1
            return True
        self.failed.append(f"{name}: {' '.join(map(str, flags))}")
        return False

    def end(self):
        print(f"{self.what}: {self.same} runs the same ({self.refused} of them refused), {len(self.failed)} not")
        for reason, count in sorted(self.explained.items()):
            print(f"  {count} explained: {reason}")
        for failure in self.failed[:40]:
            print(f"  differs: {failure}")
        return len(self.failed)


def dies(answer):
    if answer[1] == 2 and b"panic" in answer[2]:
        return "dyff panics"
    return None


def run(command):
    answer = subprocess.run(list(map(str, command)), capture_output=True, timeout=120)
    return answer.stdout, answer.returncode, answer.stderr


def on_terminal(command):
    main_end, end = pty.openpty()
    modes = termios.tcgetattr(end)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(end, termios.TCSANOW, modes)
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
    program = subprocess.Popen(list(map(str, command)), stdout=end, stderr=subprocess.DEVNULL)
    os.close(end)
    out = b""
    with contextlib.suppress(OSError):
        while piece := os.read(main_end, 65536):
            out += piece
    os.close(main_end)
    return out, program.wait(), b""


# ---- pairs made at random ----

def at_random(args):
    texts = [p for p in sorted(args.manifests.iterdir()) if p.suffix in (".out", ".yaml", ".yml") and 300 < p.stat().st_size < 60_000]
    chance = random.Random(args.seed)
    counts = Counts("pairs made at random")
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "from.yml", Path(folder) / "to.yml"
        made = 0
        while made < args.pairs:
            text = chance.choice(texts).read_text(errors="replace")
            if not text.lstrip().startswith(("---", "apiVersion")):
                continue
            changed = mutate(chance, text)
            if changed is None:
                continue
            made += 1
            one.write_text(text)
            other.write_text(changed)
            flags = ["--omit-header", *chance.choice(FLAGS[:-2]), "--output", chance.choice(OUTPUTS[:1] * 4 + OUTPUTS)]
            if not counts.compare(args, f"{args.seed}-{made}", flags, one, other):
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"{args.seed}-{made}-from.yml").write_text(text)
                (args.keep / f"{args.seed}-{made}-to.yml").write_text(changed)
    return counts.end()


def mutate(chance, text):
    documents = re.split(r"(?m)^---\n", text)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(documents))
        kind = chance.randrange(10)
        if kind == 0 and len(documents) > 2:
            del documents[at]
        elif kind == 1:
            chance.shuffle(documents)
        elif kind == 2:
            documents[at] = re.sub(r"(?m)^(  name: \S+)", r"\1-renamed", documents[at], count=1)
        elif kind == 3:
            documents[at] = change_lines(chance, documents[at])
        elif kind == 4:
            documents.insert(at, re.sub(r"(?m)^(  name: \S+)", r"\1-copy", documents[at], count=1))
        else:
            documents[at] = change_values(chance, documents[at])
    return "---\n".join(documents)


def change_lines(chance, text):
    """Changes words of lines, adds lines and spaces: also in texts of several lines."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(lines))
        kind = chance.randrange(5)
        if kind == 0 and lines[at].startswith("    "):
            lines.insert(at, lines[at])
        elif kind == 1:
            lines[at] += " # note"
        elif kind == 2:
            lines[at] = re.sub(r"\d+", lambda m: str(int(m[0]) + 1), lines[at])
        elif kind == 3:
            lines[at] = re.sub(r"(: )(\w+)$", lambda m: f'{m[1]}"{m[2]}"', lines[at])
        else:
            lines[at] = re.sub(r"(\w{3,})$", lambda m: m[1][::-1], lines[at])
    return "\n".join(lines)


def change_values(chance, text):
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    if not isinstance(value, dict):
        return text
    for _ in range(chance.randint(1, 4)):
        change_value(chance, value)
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=chance.choice([80, 1000]))


WORDS = ["", "a", "yes", "null", "1", "1.5", "2001-01-01", "x y", "a: b", "-x", "{\"a\": 1}", "[1,2]", "long " * 20, "two\nlines", "two\nlines\n",
         " x", "é→ü", "!", "*a", True, None, 7, 0.5, [], {}, [1, 2], {"a": "b"}]


def change_value(chance, value):
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = value[key]
        if isinstance(inner, (dict, list)) and inner and chance.random() < 0.75:
            value = inner
            continue
        kind = chance.randrange(7)
        if kind == 0:
            del value[key]
        elif kind == 1 and isinstance(value, list):
            chance.shuffle(value)
        elif kind == 2 and isinstance(value, list):
            value.append(inner)
        elif kind == 3 and isinstance(inner, str):
            at = chance.randrange(len(inner) + 1)
            value[key] = inner[:at] + chance.choice(["x", " ", "\n", "\n\n", "zz"]) + inner[at:]
        elif kind == 4 and isinstance(value, dict):
            value[f"new-{chance.randrange(9)}"] = chance.choice(WORDS)
        else:
            value[key] = chance.choice(WORDS)
        return


if __name__ == "__main__":
    main()
