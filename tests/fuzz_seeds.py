#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets to fuzz/corpus: texts that the tests and charts have anyway.

usage: fuzz_seeds.py

What is there already stays, so that a corpus grows from run to run. Needs Python 3.9 and nothing else.
"""
import base64
import hashlib
import io
import json
import re
import tarfile
import tempfile
from pathlib import Path

import hostile
import record

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz/corpus"
LARGEST = 4096


def seed(target, data):
    if 0 < len(data) <= LARGEST:
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def rows(path):
    return [line.split("\t") for line in (ROOT / path).read_text().rstrip("\n").split("\n")]


def packed(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files:
            member = tarfile.TarInfo(f"c/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue().rstrip(b"\0") + bytes(1024)


def of_case(case):
    values = [data for name, _, data in case.files if name.endswith("values.yaml")]
    for one, other in zip(values, values[1:] + [b"a: 1\n"]):
        seed("values", b"y" + one + b"\n---\n" + other)
    for name, _, data in case.files:
        if "templates/" in name:
            seed("template", data)
        elif name.endswith("index.yaml"):
            seed("index", data)
        elif name.endswith((".yaml", ".yml", ".lock")):
            seed("yaml", data)
        if name.endswith(".tgz"):
            seed("archive", data)
    chart = [(name[len("chart/"):], data) for name, kind, data in case.files if name.startswith("chart/") and kind != "symlink"]
    if chart and sum(len(data) for _, data in chart) < 1000:
        seed("archive", packed(chart))


def of_hostile(case):
    """What a hostile case reads, where it is small: templates, values, archives, and the files of a folder's chart."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        case.make(folder)
        for path in sorted(folder.rglob("*")):
            # Devices and pipes are no seeds, and links lead to them.
            if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
                continue
            name, data = path.name, path.read_bytes()
            if path.parent.name == "templates":
                seed("template", data)
            elif name == "values.yaml":
                seed("yaml", data)
                seed("values", b"y" + data + b"\n---\n" + data)
            elif name.endswith(".tgz"):
                seed("archive", data)


def hostile_inputs():
    """The kinds of the hostile cases whose own inputs are too large for a seed, or are made by a template."""
    for kind in b"LKxg":
        for size in hostile.MEBIBYTE, hostile.MEBIBYTE + 1:
            seed("archive", hostile.packed((b"long", bytes([kind]), size), (b"c/templates/a.yaml", b"0", b"")))
    for kind in b"1234567SZ":
        seed("archive", hostile.packed((b"c/templates/a.yaml", bytes([kind]), b"a: 1\n")))
    inner = hostile.packed()
    for _ in range(4):
        inner = hostile.packed((b"c/charts/c.tgz", b"0", inner))
        seed("archive", inner)
    seed("yaml", b"big: &a " + b"abcd" * 500 + b"\nall:\n" + b"- *a\n" * 300)
    seed("yaml", b"".join(b"a%d: &a%d {<<: *a%d, b: *a%d}\n" % (i + 1, i + 1, i, i) for i in range(60)).replace(b"*a0", b"1"))
    seed("yaml", b"[" * 2000 + b"]" * 2000)
    seed("yaml", b"{a: " * 800 + b"1" + b"}" * 800)
    for line in b"s" + b",".join(b"a[%d]=1" % i for i in range(400)), b"s" + b"a." * 1500 + b"a=1", b"s" + b"a=" + b"{" * 2000:
        seed("values", line)
    for text in b"a." * 300 + b"a = 1", b"a=" + b"[" * 1500, b"[[" + b"a." * 300 + b"a]]":
        seed("template", b"{{ fromToml `" + text + b"` }}{{ fromYaml `" + text + b"` }}{{ fromJson `" + text + b"` }}")


def signatures(cases):
    """Keyrings and what they signed."""
    files = [(name, data) for case in cases for name, _, data in case.files]
    rings = [data for name, data in files if name.endswith((".gpg", ".asc", ".pgp")) or "ring" in name]
    signed = [data for _, data in files if b"BEGIN PGP SIGNED MESSAGE" in data]
    for ring in rings:
        seed("openpgp", ring)
        for message in signed:
            seed("openpgp", ring + message)


def main():
    cases = [record.Case(path) for path in sorted(record.CASES.rglob("*.case"))]
    for case in cases:
        of_case(case)
    signatures(cases)
    for case in hostile.CASES:
        of_hostile(case)
    hostile_inputs()
    for path in sorted((ROOT / "crates/sprig/src/cases").glob("*.tsv")):
        for case, _ in (line.split("\t", 1) for line in path.read_text().rstrip("\n").split("\n")):
            seed("template", "".join(f"{{{{ {step} }}}}" for step in case.split(" ;; ")).encode())
    for text, *_ in rows("crates/goyaml/src/emit_strings.tsv"):
        seed("yaml", text.encode())
    for source, *_ in rows("crates/gocel/src/cases.tsv"):
        seed("cel", source.encode())
    for document, path, _ in rows("crates/goyamlpath/src/cases.tsv"):
        seed("path", (json.loads(path) + "\n" + json.loads(document)).encode(errors="surrogatepass"))
    for flag, line, _ in rows("src/values/strvals.tsv"):
        kind = {"set": b"s", "set-string": b"t", "set-json": b"j"}.get(flag, b"l")
        seed("values", kind + json.loads(line).encode(errors="surrogatepass"))
    pems = [p.read_bytes() for p in sorted((ROOT / "crates/sprig/src/certs/testdata").glob("*.pem"))]
    for pem in pems:
        seed("der", b"x" + pem)
        for other in pems:
            seed("der", b"x" + pem + b"\n---\n" + other)
        label, body = re.search(rb"-----BEGIN ([A-Z ]+)-----\n(.*?)-----END", pem, re.S).groups()
        kind = {b"CERTIFICATE": b"c", b"EC PRIVATE KEY": b"e", b"RSA PRIVATE KEY": b"r", b"PRIVATE KEY": b"p"}.get(label, b"d")
        seed("der", kind + base64.b64decode(body))
    # What diff compares in its own cases, each with the next.
    for path in sorted((ROOT / "tests/own").glob("*/*.case")):
        texts = [part.split(" --\n", 1)[1] for part in re.split(r"^-- ", path.read_text(), flags=re.M)[1:]]
        texts = [text.encode() for text in texts if "kind:" in text and "{{" not in text]
        for flags, (old, new) in enumerate(zip(texts, texts[1:])):
            for target in ("dyff", "diff"):
                seed(target, bytes([flags % 64]) + old + b"\n====\n" + new)
    # Suites of our own, whole and document by document, with their options and snapshots.
    for path in sorted((ROOT / "tests/unittest/suites").rglob("*_test.y*ml")):
        text = path.read_bytes()
        snapshots = path.parent / "__snapshot__" / (path.name + ".snap")
        kept = b"\n====\n" + snapshots.read_bytes() if snapshots.is_file() else b""
        for flags, part in enumerate([text, *text.split(b"\n---\n")]):
            seed("suite", bytes([flags % 64]) + part.rstrip() + (kept or b"\n"))
    for target in sorted(CORPUS.iterdir()):
        print(target.name, len(list(target.iterdir())), "seeds")


if __name__ == "__main__":
    main()
