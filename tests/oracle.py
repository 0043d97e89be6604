"""What the checks over public charts share: their command line, the choice of cases, and the sums."""
import argparse
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def arguments(doc, each, count, **numbers):
    """Reads the command line; `each` is the flag that says how many of what are tried in a case, `numbers` names more
    flags, with their defaults."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("binary", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(each, dest="each", type=int, default=count)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true")
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    given.corpus = given.corpus.resolve()
    return given


def total(given, case_of, is_wanted=lambda case: True):
    """Checks the cases and prints their notes and the sums; returns these. `case_of` makes what has a `check`."""
    cases = json.loads((given.corpus / "cases.json").read_text())
    cases = [case for case in cases if given.only in case["id"] and is_wanted(case)]
    if given.cases:
        cases = random.Random(given.seed).sample(cases, min(given.cases, len(cases)))
    sums = Counter()
    with ThreadPoolExecutor(given.jobs) as pool:
        run = lambda case: case_of(given.corpus, given.binary, case).check(given.seed, given.each, given.verbose)
        for case, (counts, notes) in zip(cases, pool.map(run, cases)):
            sums += counts
            if notes:
                print(case["id"])
                print("\n".join(notes), flush=True)
    for name, count in sorted(sums.items()):
        print(f"{count:10} {name}")
    return sums
