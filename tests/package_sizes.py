#!/usr/bin/env python3
"""Packs charts with Helm and with a binary: sizes must agree within 5 %, and ours must take less time.

usage: package_sizes.py HELM BINARY          compare, sizes and processor time
       package_sizes.py --record HELM        write tests/package_sizes.tsv, which tests/package_sizes.rs reads

The charts are two of charts/ and some made of a generator of random numbers that the test has as well.
Needs Python 3.9 and nothing else.
"""
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests" / "package_sizes.tsv"
# Of how many files of how many bytes a chart is.
KINDS = {"lines": (4, 500_000), "words": (4, 500_000), "digits": (4, 500_000), "bytes": (4, 500_000), "small": (400, 900)}
CHARTS = ("node-app", "python-app")
WORDS = ("image repository tag resources limits cpu memory replicas service port ingress host path annotations labels "
         "enabled name value secret config").split()
RUNS = 5
TIMES = 5  # Helm's chart is as many times as large where time is compared.


def random(seed):
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        yield seed >> 33


def content(kind, seed, size):
    """Text that repeats itself, text that does not, text of half a byte of information each, and none at all."""
    numbers = random(seed)
    out = bytearray()
    while len(out) < size:
        if kind == "lines":
            out += b"key: value\n"
        elif kind in ("words", "small"):
            key, value, n = next(numbers), next(numbers), next(numbers)
            out += f"{WORDS[key % 20]}: {WORDS[value % 20]}-{n % 1000}\n".encode()
        elif kind == "digits":
            out += b"%016x\n" % (next(numbers) << 31 ^ next(numbers))
        else:
            out.append(next(numbers) >> 8 & 255)
    return bytes(out[:size])


def make(folder, kind, times=1):
    count, size = KINDS[kind]
    (folder / kind / "files").mkdir(parents=True)
    (folder / kind / "Chart.yaml").write_text(f"apiVersion: v2\nname: {kind}\nversion: 0.1.0\n")
    for i in range(count):
        (folder / kind / "files" / f"{i}.txt").write_bytes(content(kind, i, size * times))
    return folder / kind


def pack(binary, chart, folder):
    """The size of the package and the processor's time, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    subprocess.run([binary, "package", str(chart), "-d", str(folder / "out")], env=env, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    (file,) = (folder / "out").iterdir()
    size = file.stat().st_size
    file.unlink()
    return size, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def charts(folder, times=1):
    return [*((kind, make(folder, kind, times)) for kind in KINDS), *((name, ROOT / "charts" / name) for name in CHARTS)]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="package-") as folder:
        folder = Path(folder).resolve()
        if sys.argv[1] == "--record":
            rows = [f"{name}\t{pack(sys.argv[2], chart, folder)[0]}\n" for name, chart in charts(folder)]
            TABLE.write_text("".join(rows))
            return 0
        wrong = 0
        for name, chart in charts(folder, TIMES):
            (size, time), (our_size, our_time) = (min(pack(b, chart, folder) for _ in range(RUNS)) for b in sys.argv[1:])
            good = abs(our_size - size) <= 0.05 * size and our_time < time
            wrong += not good
            print(f"{name:12} {size:9} {our_size:9} bytes {time * 1000:6.0f} {our_time * 1000:6.0f} ms{'' if good else '  too much'}")
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
