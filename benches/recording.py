#!/usr/bin/env python3
"""What it costs to record where each byte of a render came from: `template --source-map FILE` against `template`.

usage: recording.py BINARY CORPUS [--cases N] [--seed N] [--rounds N] [--instructions N] [--only REGEX] [--maps DIR]

CORPUS is the directory of public charts that tests/parity.py `assemble` makes. Of N random cases (60) that render, both
are run in turn, and the medians of their wall times, rounds of them, are divided; of N of these cases (all) their
instructions, too, if valgrind is there, which no other load on the machine disturbs; and their largest resident sets.
Printed are the median and the worst ratio of each; status 1 where the median of the wall times is above 1.5, or a
case of more than 20 MB takes more than 3 times the memory.

The maps are written into --maps, which is in memory (/dev/shm) if the machine has that. What a disk takes to make a file
is not recording, and it depends on what else was done to the disk: on ext4 it was seen to take from 0.04 ms to 0.8 ms,
the latter where many files had been deleted in the last minute, which is what measuring does.
"""
import argparse
import json
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import measure

TARGET = 1.5
MEMORY = 3
LARGE = 20_000
MEMORY_FOLDER = Path("/dev/shm")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=lambda name: Path(shutil.which(name) or name).resolve(strict=True))
    parser.add_argument("corpus", type=lambda name: Path(name).resolve(strict=True))
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--instructions", type=int)
    parser.add_argument("--only", type=re.compile, default="")
    parser.add_argument("--maps", type=Path, default=MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None)
    args = parser.parse_args()
    os.chdir(args.corpus)
    cases = [case for case in json.loads(Path("cases.json").read_text()) if re.search(args.only, case["id"])]
    random.Random(args.seed).shuffle(cases)
    counted = args.cases if args.instructions is None else args.instructions
    counted = counted if measure.has_valgrind() else 0
    ratios = {"wall time": {}, "instructions": {}, "memory": {}}
    good = True
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory(dir=args.maps) as maps:
        copies = measure.Copies(scratch)
        for case in cases:
            if len(ratios["wall time"]) == args.cases:
                break
            plain = [str(args.binary), "template", *case["args"]]
            recording = [*plain, "--source-map", str(Path(maps) / "map.json")]
            try:
                samples = measure.alternate({"plain": plain, "recording": recording}, args.rounds, copies)
            except measure.Failed:
                continue
            walls = {name: statistics.median(sample.wall for sample in of) for name, of in samples.items()}
            found = {"wall time": walls["recording"] / walls["plain"]}
            if len(ratios["instructions"]) < counted:
                found["instructions"] = measure.instructions(recording, args.corpus) / measure.instructions(plain, args.corpus)
            before, after = measure.memory(plain), measure.memory(recording)
            found["memory"] = after / before
            good &= after < LARGE or found["memory"] <= MEMORY
            for what, ratio in found.items():
                ratios[what][case["id"]] = ratio
            print(f"{case['id']:50} {walls['plain'] * 1000:8.1f} ms  {after / 1000:6.1f} MB ", *(f" {what} {ratio:.2f}" for what, ratio in found.items()), flush=True)
    for what, of in ratios.items():
        if of:
            worst = max(of, key=of.get)
            print(f"{what:12} median {statistics.median(of.values()):.2f}, worst {of[worst]:.2f} ({worst}), of {len(of)} cases")
    return 0 if good and statistics.median(ratios["wall time"].values()) <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
