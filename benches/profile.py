#!/usr/bin/env python3
"""Counts what renders do, for the compiler: writes link/VERSION-HOST.profdata, named after both.

usage: profile.py CORPUS

CORPUS is a directory that `tests/parity.py assemble` has made of public charts. A program that counts how often each
branch is taken renders every chart of it; link/rustc hands the counts to the compiler in each release build. To be
run again when the code has changed much, and for a new compiler; then benches/order.py, since functions change their
places.

Needs Linux and rustup's component llvm-tools.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

ROOT = measure.HERE.parent


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    corpus = parser.parse_args().corpus.resolve()

    host = measure.compiler()["host"]
    tool = Path(output("rustc", "--print", "sysroot").strip(), "lib/rustlib", host, "bin/llvm-profdata")
    if not tool.exists():
        sys.exit("profile.py needs llvm-profdata: rustup component add llvm-tools")
    with tempfile.TemporaryDirectory(prefix="profile-") as counts:
        target = ROOT / "target/profile"
        subprocess.run(["cargo", "build", "--locked", "--release", "--target-dir", target], cwd=ROOT, check=True,
                       env=os.environ | {"PROFILE_GENERATE": counts})
        # What else of this package ran during the build.
        for file in Path(counts).iterdir():
            file.unlink()
        cases = json.loads((corpus / "cases.json").read_text())
        for case in cases:
            subprocess.run([target / "release/statefulchart", "template", "rel", *case["args"]], cwd=corpus,
                           env=os.environ | {"LLVM_PROFILE_FILE": f"{counts}/%4m.profraw"}, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        profile = measure.profile()
        # Without what never ran: of that nothing is known, which is not that it never will.
        output(tool, "merge", "--sparse", "-o", profile, *map(str, Path(counts).iterdir()))
    print(f"{len(cases)} charts, {profile.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
