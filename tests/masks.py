"""The masks of tests/masks.txt: what of an output is not compared. tests/support/mask.rs reads it too."""
import re
from pathlib import Path

FILE = Path(__file__).resolve().parent / "masks.txt"


def read(text):
    """The masks by set: pairs of a compiled expression and what is put in its place."""
    sets, name, find = {}, None, None
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        key, _, rest = line.partition(" ")
        if key == "find" and name:
            find = re.compile(rest.encode(), re.M)
        elif key == "put" and find:
            put = re.sub(r"\$\{(\d+)\}", r"\\g<\1>", rest.replace("\\", r"\\")).encode()
            for each in name:
                sets.setdefault(each, []).append((find, put))
            name = find = None
        elif name is None and ": " in line:
            name = line.partition(": ")[2].split()
        else:
            raise SystemExit(f"{FILE}:{number}: not a line of a mask: {line}")
    return sets


SETS = read(FILE.read_text())


def masked(text, *names):
    """The text without what the sets of these names mask, bytes or str."""
    if isinstance(text, str):
        return masked(text.encode(), *names).decode()
    for name in names:
        for find, put in SETS[name]:
            text = find.sub(put, text)
    return text
