#!/usr/bin/env python3
"""Whether an explained error names the line that is broken.

usage: breaks.py CORPUS BINARY [--seed N] [--breaks N] [--cases N] [--only TEXT] [--jobs N] [--verbose]

CORPUS is what parity.py assembles. In a copy of each chart, lines of templates are broken, one at a time: its
indentation is changed, a quote is taken away, a tab comes in. Where the chart does not render then, and rendered
before, the explanation must name the file and the line. The exit status is 1 if less than 98 % do.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from oracle import arguments, total

TIMEOUT = 60
PLACE = re.compile(r"(?:-->|:::) (\S+?):(\d+)")


def indented(line, random_):
    blanks = len(line) - len(line.lstrip(" "))
    if random_.random() < 0.5 and blanks >= 1:
        return line[random_.randint(1, min(2, blanks)):]
    return " " * random_.randint(1, 3) + line


def unquoted(line, random_):
    places = [i for i, c in enumerate(line) if c in "\"'"]
    outside = [i for i in places if line[:i].count("{{") == line[:i].count("}}")]
    if not outside:
        return None
    at = random_.choice(outside)
    return line[:at] + line[at + 1:]


def tabbed(line, _):
    blanks = len(line) - len(line.lstrip(" "))
    return "\t" + line[blanks:] if blanks else None


BREAKS = {"indentation": indented, "quote": unquoted, "tab": tabbed}


class Case:
    def __init__(self, corpus, binary, case):
        self.corpus, self.binary, self.case = corpus, binary, case

    def run(self, chart):
        args = [self.binary, "template", str(chart), *(
            str(self.corpus / arg) if (self.corpus / arg).is_file() else arg for arg in self.case["args"][1:]
        )]
        env = {**os.environ, "STATEFULCHART_EXPLAIN": "1", "NO_COLOR": "1"}
        try:
            return subprocess.run(args, capture_output=True, timeout=TIMEOUT, env=env)
        except subprocess.TimeoutExpired:
            return None

    def check(self, seed, count, verbose):
        random_ = random.Random(f"{seed} {self.case['id']}")
        counts, notes = Counter(), []
        with tempfile.TemporaryDirectory() as scratch:
            chart = Path(scratch) / "chart"
            shutil.copytree(self.corpus / self.case["args"][0], chart, symlinks=True)
            before = self.run(chart)
            if before is None or before.returncode:
                return counts, notes
            shown = set(re.findall(rb"^# Source: \S+?/(templates/\S+)", before.stdout, re.M))
            files = [chart / name.decode() for name in sorted(shown) if (chart / name.decode()).is_file()]
            for _ in range(count * 6):
                if counts["broken"] >= count or not files:
                    break
                file = random_.choice(files)
                text = file.read_bytes().decode("utf-8", "replace")
                lines = text.split("\n")
                at = random_.randrange(len(lines))
                line = lines[at]
                # Comments, blank lines and lines of nothing but control flow are no YAML.
                if not line.strip() or line.lstrip().startswith(("#", "{{-", "{{")):
                    continue
                name = random_.choice(sorted(BREAKS))
                broken = BREAKS[name](line, random_)
                if broken is None:
                    continue
                lines[at] = broken
                file.write_text("\n".join(lines))
                after = self.run(chart)
                file.write_text(text)
                if after is None or after.returncode == 0:
                    continue
                counts["broken"] += 1
                counts[name] += 1
                error = after.stderr.decode("utf-8", "replace")
                where = str(file.relative_to(chart))
                named = [(found, int(number)) for found, number in PLACE.findall(error)]
                if any(found.endswith(where) and number == at + 1 for found, number in named):
                    counts["named"] += 1
                    counts[f"{name} named"] += 1
                else:
                    first = error.strip().split("\n")[0][:150]
                    notes.append(f"  {name} in {where}:{at + 1}: {broken.strip()[:60]!r}; named {named[:3]}\n    {first}")
        return counts, notes


def main():
    sums = total(arguments(__doc__, "--breaks", 3), Case)
    share = sums["named"] / max(1, sums["broken"])
    print(f"named {share:.2%} of {sums['broken']}")
    return not share >= 0.98


if __name__ == "__main__":
    sys.exit(main())
