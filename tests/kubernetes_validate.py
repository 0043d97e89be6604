#!/usr/bin/env python3
"""Whether schemas of Kubernetes say the same in the program and in PyPI's kubernetes-validate.

usage: kubernetes_validate.py PYTHON CORPUS BINARY [--versions 1.27,1.33] [--cases N] [--seed N] [--faults]

PYTHON is an interpreter that has kubernetes-validate and PyYAML. Renders the cases of CORPUS (tests/parity.py makes it) for each
version and has each object checked by kubernetes-validate, strictly, by `BINARY kubeconform -strict`, whose schemas have the same
form, and by `BINARY validate`, of which the rules of kinds, fields and types count (SC101 to SC203). With --faults each object
is changed in one place first (tests/validate.py).

`validate` decodes as a server does, which is not what the schemas say: REASONS names each difference. The exit status is 1 if
kubeconform differs, or validate without a reason.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

# Why a server's decoder says something else than a schema, by what is said.
REASONS = [
    ("accepted by the schema", "SC102", "a field is required by the rules of its kind as well"),
    ("accepted by the schema", "SC104", "published schemas have no choices of texts"),
    ("accepted by the schema", "SC105", "formats of quantities, times, bytes and numbers: schemas of 2020-12 do not check them"),
    ("accepted by the schema", "SC103", "a whole number for an amount of 32 bits, or a type that schemas leave open"),
    ("refused by the schema", "None is not valid under any", "null stands for what is absent"),
    ("refused by the schema", "is valid under each of", "null fits both types of a port or an amount"),
    ("refused by the schema", "None is not of type", "null stands for what is absent"),
    ("refused by the schema", "is a required property", "what is false, empty or null may be left out"),
    ("refused by the schema", "status", "the server writes the status itself"),
]
WORKER = r"""
import json, sys
import functools
import kubernetes_validate
from kubernetes_validate import utils
# Read once each.
utils.schema_contents = functools.lru_cache(maxsize=None)(utils.schema_contents)
made, known = utils.jsonschema.validators.Draft202012Validator, {}
def validator(schema, registry):
    if id(schema) not in known:
        known[id(schema)] = made(schema, registry=registry)
    return known[id(schema)]
utils.jsonschema.validators.Draft202012Validator = validator
for line in sys.stdin:
    version, item = json.loads(line)
    try:
        kubernetes_validate.validate(item, version, strict=True)
        said = None
    except kubernetes_validate.SchemaNotFoundError:
        said = False
    except kubernetes_validate.ValidationError as e:
        said = "/".join(map(str, e.path)) + ": " + e.message[:300]
    except Exception as e:
        said = f"{type(e).__name__}: {e}"[:300]
    print(json.dumps(said), flush=True)
"""


class Oracle:
    """kubernetes-validate in a process of its own."""

    def __init__(self, python):
        self.process = subprocess.Popen([python, "-I", "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, version, item):
        """What it says of an object: None if that is right, False if it has no schema."""
        self.process.stdin.write(json.dumps([version, item], default=str) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def run(binary, *args):
    done = subprocess.run([binary, *args], capture_output=True, text=True)
    return json.loads(done.stdout) if done.stdout else done.stderr


def reason(verdict, said):
    """Why validate and a schema differ, if that is known."""
    for of, part, why in REASONS:
        if of == verdict and part in said:
            return why
    return None


def compare(oracle, binary, version, items):
    """The verdicts on objects, each in one line of JSON."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("".join(f"---\n{json.dumps(item, default=str)}\n" for item in items))
        file.flush()
        kubeconform = run(binary, "kubeconform", "-strict", "-output", "json", "-verbose", "-kubernetes-version", f"{version}.0", file.name)["resources"]
        found = run(binary, "validate", "--kube-version", version, "-o", "json", file.name)
    # The first document is what stands before the first `---`.
    kubeconform = [row for row in kubeconform if row["status"]]
    errors = {}
    for finding in found:
        if finding["level"] == "error" and "SC101" <= finding["code"] <= "SC203":
            errors.setdefault((finding["line"] - 2) // 2, finding)
    for number, item in enumerate(items):
        said = oracle.ask(version, item)
        row = kubeconform[number] if len(kubeconform) == len(items) else None
        yield item, said, row, errors.get(number)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("binary", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("--versions", default="1.27,1.30,1.33,1.37")
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", action="store_true")
    given = parser.parse_args()
    from validate import documents, fault
    draw = random.Random(given.seed)
    cases = json.loads((given.corpus / "cases.json").read_text())
    if given.cases:
        cases = draw.sample(cases, min(given.cases, len(cases)))
    oracle, sums, told, wrong = Oracle(given.python), Counter(), set(), False
    for case in cases:
        for version in given.versions.split(","):
            done = subprocess.run([given.binary, "template", "--kube-version", version, *case["args"]], cwd=given.corpus, capture_output=True)
            items = [item for _, _, all_items in documents(done.stdout.decode(errors="replace")) for item in all_items if isinstance(item, dict)]
            items = [item for item in items if isinstance(item.get("kind"), str) and isinstance(item.get("apiVersion"), str)]
            if given.faults:
                items = [json.loads(json.dumps(item, default=str)) for item in items]
                for item in items:
                    fault(item, draw)
                items = [item for item in items if isinstance(item.get("kind"), str) and isinstance(item.get("apiVersion"), str)]
            if not items:
                continue
            for item, said, row, error in compare(oracle, given.binary, version, items):
                sums["objects"] += 1
                what = f"{version} {item['apiVersion']} {item['kind']}"
                if row is None:
                    sums["objects that kubeconform does not count alike"] += 1
                    continue
                if "error while parsing" in row["msg"]:
                    sums["objects without a name or kind that kubeconform reads"] += 1
                    continue
                missing = "could not find schema" in row["msg"]
                if said is False or missing:
                    same = (said is False) == missing
                    sums["no schema, " + ("both" if same else "one")] += 1
                    if not same and what not in told:
                        told.add(what)
                        print(f"schema of one only: {what}: {said!r} {row['msg'][:120]}", flush=True)
                    continue
                if (said is None) == (row["status"] == "statusValid"):
                    sums["kubeconform, same verdict"] += 1
                else:
                    sums["kubeconform, another verdict"] += 1
                    wrong = True
                    print(f"kubeconform differs: {what}: {said!r} | {row['msg'][:400]}", flush=True)
                if (said is None) == (error is None):
                    sums["validate, same verdict"] += 1
                    continue
                verdict = "accepted by the schema" if said is None else "refused by the schema"
                why = reason(verdict, f"{error['code']} {error['message']}" if error else said)
                sums[f"validate, {verdict}: {why or 'NO REASON'}"] += 1
                if not why:
                    wrong = True
                    print(f"validate differs: {what}: {said!r} | {error and error['message'][:300]}", flush=True)
    for what, count in sorted(sums.items()):
        print(f"{count:6} {what}")
    sys.exit(wrong)


if __name__ == "__main__":
    main()
