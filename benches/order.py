#!/usr/bin/env python3
"""Finds the functions that renders run, for the linker to lay side by side: writes link/order.txt.

usage: order.py CORPUS [--charts N] [--least PERCENT] [--built BINARY MAP]

The system maps a program's code in pieces of 64 kB, each when it is first touched. Spread over the whole binary, what
a render runs touches sixty of them; side by side, twenty. CORPUS is a directory that `tests/parity.py assemble` has
made of public charts; every so many-th of them, N in all (60), is rendered under callgrind, which tells each address
that ran, and the linker's map tells the section of each address. A section counts as often as it ran in a chart;
those that ran in at least PERCENT (4) of the charts are written, the commonest first.

build.rs makes a linker script of the file. Names go without what changes from build to build (the hash of a Rust
function, the disambiguator of a crate, what a profile says of it), so that the list stays useful while the code
changes: a function that is renamed, or is new, merely lies elsewhere. To be run again when the code has changed much.

Needs Linux, valgrind and lld (which rustc brings for x86_64).
"""
import argparse
import bisect
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# What a render runs, the commonest first: written by benches/order.py, read by build.rs.
# A section, or the member of an archive and its section.
"""
# A pattern that takes in more than so many bytes, or so many times more, than what ran would push the rest apart.
MOST_UNUSED, MOST_TIMES = 16000, 3
# Which copy of these the C library takes depends on the processor, and callgrind's has no AVX-512.
VARIANTS = {"avx-unaligned-erms": ["evex-unaligned-erms", "avx512-unaligned-erms"], "avx2-unaligned-erms":
            ["evex-unaligned-erms", "avx512-unaligned-erms"], "avx2-movbe": ["evex-movbe"], "avx2": ["evex"]}


def build(folder):
    """The release binary, and the linker's map of it."""
    table = folder / "map"
    subprocess.run(["cargo", "rustc", "--locked", "--release", "--bin", "statefulchart", "--",
                    "-C", f"link-arg=-Wl,-Map={table}"], cwd=ROOT, check=True)
    return ROOT / "target/release/statefulchart", table


def sections(table):
    """(address, size, pattern) of every section of code, by address."""
    found = []
    for line in table.read_text(errors="replace").splitlines():
        m = re.match(r"\s*([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+\s+(\S.*):\((\.text\S*)\)$", line)
        if m and int(m[2], 16):
            found.append((int(m[1], 16), int(m[2], 16), pattern(m[3], m[4])))
    return sorted(found)


def pattern(file, section):
    """The section without what changes from build to build; an archive's member is named as well."""
    member = re.search(r"([^/]+\.a)\((.+)\)$", file)
    if member:
        return f"{member[1]}:{member[2]} {section}"
    # How often a profile says that it runs.
    section = re.sub(r"^\.text\.(hot|unlikely)\.", ".text.", section)
    section = re.sub(r"17h[0-9a-f]{16}E", "17h*", section)
    return re.sub(r"Cs[0-9A-Za-z]{6,}_", "Cs*_", section)


def touched(binary, corpus, args):
    """The addresses that ran in one render."""
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["valgrind", "--tool=callgrind", "--dump-instr=yes", f"--callgrind-out-file={out.name}",
                        binary, "template", "rel", *args], cwd=corpus, check=True, capture_output=True)
        ran, address = set(), 0
        for line in open(out.name):
            m = re.match(r"(?:0x([0-9a-f]+)|([+-]\d+)|\*) ", line)
            if m:
                address = int(m[1], 16) if m[1] else address + int(m[2] or 0)
                ran.add(address)
    return ran


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--charts", type=int, default=60)
    parser.add_argument("--least", type=float, default=4)
    parser.add_argument("--built", nargs=2, metavar=("BINARY", "MAP"), help="instead of building them")
    options = parser.parse_args()
    corpus = options.corpus.resolve()

    cases = [c for c in json.loads((corpus / "cases.json").read_text())
             if (corpus / "gold" / f"{c['id']}.status").read_text() == "0"]
    cases = cases[::max(1, len(cases) // options.charts)]
    with tempfile.TemporaryDirectory(prefix="order-") as folder:
        binary, table = options.built or build(Path(folder))
        known = sections(Path(table))
    starts = [address for address, _, _ in known]

    def names(case):
        found = set()
        for address in touched(binary, corpus, case["args"]):
            index = bisect.bisect_right(starts, address) - 1
            if index >= 0 and address < starts[index] + known[index][1]:
                found.add(index)
        return found

    with ThreadPoolExecutor(2) as workers:
        counts = Counter(index for found in workers.map(names, cases) for index in found)
    whole, used, score, place = Counter(), Counter(), Counter(), {}
    for index, (address, size, name) in enumerate(known):
        whole[name] += size
        if counts[index]:
            used[name] += size
            score[name] = max(score[name], counts[index])
            place.setdefault(name, address)
    chosen = [n for n in score if score[n] * 100 >= options.least * len(cases) and whole[n] - used[n] <= max(MOST_UNUSED, MOST_TIMES * used[n])]
    chosen.sort(key=lambda n: (-score[n], place[n]))
    lines = []
    for name in chosen:
        lines.append(name)
        m = re.match(r"(\S+:\w+-)(avx\S*)\.o ", name)
        for other in VARIANTS.get(m[2], []) if m else []:
            lines.extend(n for n in whole if n.startswith(f"{m[1]}{other}.o "))
    (ROOT / "link/order.txt").write_text(HEADER + "".join(f"{n}\n" for n in dict.fromkeys(lines)))
    print(f"{len(lines)} patterns, {sum(whole[n] for n in chosen)} bytes, {sum(used[n] for n in chosen)} of them ran;"
          f" {sum(used[n] for n in score if n not in set(chosen))} bytes that ran are left out")


if __name__ == "__main__":
    sys.exit(main())
