#!/usr/bin/env python3
"""Whether `validate` says of custom resources what an API server says of them.

usage: custom_resources.py KUBECONFIG BINARY FOLDER... [--seed N] [--each N] [--only TEXT] [--keep]

Reads the CustomResourceDefinitions in the YAML files below each FOLDER, gives each a group of this script's own (its group
with `.custom-resources.example` behind it), has the server make them, generates objects from their schemas, and changes
accepted ones in one place each: another type, a text that is not in the enum, a field too many or too few, and so on. The
server is asked with dryRun=All and fieldValidation=Strict; what it refuses should be an error of `validate`, and nothing
else should (a field that the schema does not have is counted as one). The definitions are deleted at the end.

Needs PyYAML, and a control plane (docs/testing.md). The exit status is 1 if an accepted object has an error, or if less
than 99 % of the refused ones have one.
"""
import argparse
import base64
import copy
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from re import _constants as sre, _parser

import yaml

from validate import Loader, Server

SUFFIX = ".custom-resources.example"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class Cluster(Server):
    def send(self, method, path, body=None):
        """The status and the answer of a request."""
        request = urllib.request.Request(self.base + path, method=method, data=body and json.dumps(body, default=str).encode(),
                                         headers={**self.head, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def define(self, definition):
        """Makes a definition; what the server says where it refuses it."""
        status, answer = self.send("POST", CRDS, definition)
        return None if status == 201 or answer.get("reason") == "AlreadyExists" else answer.get("message")

    def create(self, definition, obj):
        """What the server says of an object; None where it takes it."""
        spec, version = definition["spec"], obj["apiVersion"]
        space = "/namespaces/default" if spec["scope"] == "Namespaced" else ""
        path = f"/apis/{version}{space}/{spec['names']['plural']}?dryRun=All&fieldValidation=Strict"
        for _ in range(40):
            status, answer = self.send("POST", path, obj)
            if status in (200, 201):
                return None
            # The definition is not served yet.
            if status != 404 and answer.get("reason") != "TooManyRequests":
                return answer.get("message") or "refused"
            time.sleep(0.25)
        return False


def definitions(folders):
    """The definitions below folders, each once by its name, under a group of this script's."""
    found = {}
    for folder in folders:
        files = sorted(path for path in Path(folder).rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
        for path in files:
            text = path.read_text(errors="replace")
            if "CustomResourceDefinition" not in text:
                continue
            try:
                documents = list(yaml.load_all(text, Loader))
            except yaml.YAMLError:
                continue
            for one in documents:
                if not isinstance(one, dict) or one.get("kind") != "CustomResourceDefinition" or one.get("apiVersion") != "apiextensions.k8s.io/v1":
                    continue
                one = {key: one[key] for key in ("apiVersion", "kind", "metadata", "spec")}
                spec = one["spec"]
                spec.pop("conversion", None)
                spec["group"] += SUFFIX
                name = f"{spec['names']['plural']}.{spec['group']}"
                one["metadata"] = {"name": name}
                found.setdefault((name, json.dumps(spec, sort_keys=True, default=str)), one)
    by_name = {}
    for (name, _), one in found.items():
        by_name.setdefault(name, one)
    return by_name


class Texts:
    """Texts that match an expression."""

    def __init__(self, draw):
        self.draw = draw

    def of(self, pattern):
        try:
            return self.parts(_parser.parse(pattern))
        except Exception:
            return "a"

    def parts(self, parts):
        return "".join(self.part(op, arg) for op, arg in parts)

    def part(self, op, arg):
        if op in (sre.LITERAL,):
            return chr(arg)
        if op is sre.NOT_LITERAL:
            return "b" if arg == ord("a") else "a"
        if op is sre.ANY:
            return "a"
        if op is sre.IN:
            if arg[0][0] is sre.NEGATE:
                return next(c for c in "a0-Z_" if not self.matches(arg[1:], c))
            op, arg = self.draw.choice(arg)
            if op is sre.RANGE:
                return chr(self.draw.randint(*arg))
            return self.category(arg) if op is sre.CATEGORY else chr(arg)
        if op is sre.CATEGORY:
            return self.category(arg)
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, most, inner = arg
            return "".join(self.parts(inner) for _ in range(self.draw.randint(least, min(int(most), least + 2))))
        if op is sre.SUBPATTERN:
            return self.parts(arg[3])
        if op is sre.BRANCH:
            return self.parts(self.draw.choice(arg[1]))
        return ""

    def category(self, arg):
        return {sre.CATEGORY_DIGIT: "7", sre.CATEGORY_SPACE: " ", sre.CATEGORY_WORD: "w"}.get(arg, "-")

    def matches(self, arg, c):
        return any(op is sre.LITERAL and chr(a) == c or op is sre.RANGE and a[0] <= ord(c) <= a[1] for op, a in arg)


FORMATS = {
    "date-time": (["2030-01-02T03:04:05Z", "2030-01-02T03:04:05.678+02:00"], ["2030-01-02", "2030-13-02T03:04:05Z", "now", "2030-01-02 03:04:05Z"]),
    "date": (["2030-01-02"], ["2030-02-30", "02.01.2030"]),
    "duration": (["5m", "1h30m", "2 days"], ["5", "five", ""]),
    "byte": (["YWI=", "YWJj"], ["YWI", "a b", "?"]),
    "ipv4": (["10.0.0.1"], ["10.0.0", "::1"]), "ipv6": (["::1"], ["10.0.0.1", "g::"]),
    "cidr": (["10.0.0.0/8"], ["10.0.0.0", "10.0.0.0/33"]),
    "uuid": (["123e4567-e89b-12d3-a456-426614174000"], ["123e4567", "123e4567-e89b-12d3-a456-42661417400g"]),
    "uri": (["https://a.example/x"], ["a b", ""]), "email": (["a@b.example"], ["a"]), "hostname": (["a.example"], ["-a", "a b"]),
    "mac": (["00:11:22:33:44:55"], ["00:11"]),
}


class Objects:
    """Objects of a schema."""

    def __init__(self, draw):
        self.draw, self.texts = draw, Texts(draw)

    def value(self, schema, depth=0, share=0.35):
        draw = self.draw
        if "default" in schema and draw.random() < 0.3:
            return copy.deepcopy(schema["default"])
        if schema.get("enum"):
            return draw.choice(schema["enum"])
        if schema.get("x-kubernetes-int-or-string"):
            if "pattern" in schema and draw.random() < 0.5:
                return self.texts.of(schema["pattern"])
            return draw.choice([1, 8080, "1", "10%", "http"]) if "pattern" not in schema else 1
        kind = schema.get("type")
        if kind == "object":
            return self.object(schema, depth, share)
        if kind == "array":
            least, most = schema.get("minItems", 0), schema.get("maxItems", 1 << 30)
            count = max(least, min(most, draw.choice([1, 1, 2]) if depth < 8 else least))
            items = []
            for _ in range(min(count, 40)):
                item = self.value(schema.get("items", {}), depth + 1, share)
                if item not in items or schema.get("x-kubernetes-list-type") not in ("set", "map"):
                    items.append(item)
            return items
        if kind == "boolean":
            return draw.random() < 0.5
        if kind in ("integer", "number"):
            least, most = schema.get("minimum", 0), schema.get("maximum", 1 << 30)
            least += bool(schema.get("exclusiveMinimum"))
            made = draw.choice([least, min(most, least + 1), min(most, max(least, 80)), least if most == 1 << 30 else most])
            factor = schema.get("multipleOf")
            made = made - made % factor if factor else made
            return made + 0.5 if kind == "number" and draw.random() < 0.3 and made + 0.5 <= most else made
        if kind == "string":
            return self.text(schema)
        if schema.get("x-kubernetes-preserve-unknown-fields"):
            return draw.choice([{"a": [1, {"b": None}]}, "a", 1, [1]])
        return {}

    def text(self, schema):
        least, most = schema.get("minLength", 0), schema.get("maxLength", 1 << 30)
        if schema.get("format") in FORMATS:
            return self.draw.choice(FORMATS[schema["format"]][0])
        patterns = [one["pattern"] for one in [schema, *schema.get("allOf", []), *schema.get("anyOf", [])[:1]] if "pattern" in one]
        for _ in range(20):
            made = self.texts.of(patterns[0]) if patterns else self.draw.choice(["a", "web", "a-b", "Http", "a.example.com", "10.0.0.1", "5m", "1Gi"])
            made = (made + "a" * (least - len(made)))[:max(0, most)]
            try:
                if all(re.search(pattern, made) for pattern in patterns):
                    return made
            except re.error:
                return made
        return made

    def object(self, schema, depth, share):
        made, properties = {}, schema.get("properties", {})
        needed = set(schema.get("required", []))
        for keyword in ("oneOf", "anyOf"):
            if schema.get(keyword):
                one = self.draw.choice(schema[keyword])
                needed |= set(one.get("required", []))
        few = share if depth < 3 else share / 2 if depth < 6 else 0
        if len(properties) > 12:
            few = min(few, 5 / len(properties))
        for name, inner in properties.items():
            if name in needed or self.draw.random() < few:
                made[name] = self.value(inner, depth + 1, share)
        additional = schema.get("additionalProperties")
        if isinstance(additional, dict):
            least = schema.get("minProperties", 0)
            for n in range(max(least, self.draw.choice([0, 1, 2]))):
                made[f"key-{n}"] = self.value(additional, depth + 1, share)
        if schema.get("x-kubernetes-embedded-resource"):
            made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **{key: value for key, value in made.items() if key not in ("apiVersion", "kind", "metadata")}}
        if schema.get("x-kubernetes-preserve-unknown-fields") and not properties:
            made["any"] = [1, {"b": None}]
        return made

    def resource(self, definition, version, share):
        schema = version["schema"]["openAPIV3Schema"]
        made = self.object({**schema, "properties": {key: value for key, value in schema.get("properties", {}).items() if key not in ("apiVersion", "kind", "metadata", "status")}}, 0, share)
        spec = definition["spec"]
        return {"apiVersion": f"{spec['group']}/{version['name']}", "kind": spec["names"]["kind"], "metadata": {"name": "a"}, **made}


def places(schema, value, path=()):
    """Parts of an object with their schemas and their holders."""
    if isinstance(value, dict):
        for key in list(value):
            below = schema.get("properties", {}).get(key) or (schema.get("additionalProperties") if isinstance(schema.get("additionalProperties"), dict) else None)
            if path or key not in ("apiVersion", "kind", "metadata"):
                if below is not None:
                    yield value, key, below, path + (key,)
                    yield from places(below, value[key], path + (key,))
    elif isinstance(value, list):
        for number in range(len(value)):
            below = schema.get("items", {})
            yield value, number, below, path + (number,)
            yield from places(below, value[number], path + (number,))


class Faults:
    """Changes of objects, one place each."""

    def __init__(self, draw):
        self.draw, self.objects = draw, Objects(draw)

    def of(self, schema, value, holder_schema):
        """The changes that a value may have: names and new values."""
        yield "null", None
        kind = schema.get("type")
        for name, other in {"text": "text", "number": 7, "bool": True, "list": [1], "map": {"a": 1}, "half": 1.5, "negative": -1}.items():
            yield f"type {name}", other
        if schema.get("enum"):
            yield "enum", "NotOneOfThem"
        if isinstance(value, str):
            for name, other in {"empty": "", "odd": "Not_Valid! \n", "long": value + "a" * 300, "very long": "a" * 5000, "upper": value.upper() + "X", "quantity": "1.5Gi"}.items():
                yield f"text {name}", other
            for other in FORMATS.get(schema.get("format"), ([], []))[1]:
                yield f"format {schema['format']}", other
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            for other in [0, -1, 1 << 31, 1 << 53, 65536, 10 ** 19, 0.25]:
                yield "number", other
            for key, step in {"minimum": -1, "maximum": 1}.items():
                if key in schema:
                    yield key, schema[key] + step
        if isinstance(value, list):
            yield "empty list", []
            if value:
                yield "duplicate", value + [copy.deepcopy(value[-1])]
                yield "many", value + [self.objects.value(schema.get("items", {}), 5) for _ in range(70)]
                yield "null item", value + [None]
        if isinstance(value, dict):
            yield "unknown field", {**value, "zzUnknown": 1}
            yield "empty map", {}
            properties = schema.get("properties", {})
            more = [name for name in properties if name not in value]
            for name in self.draw.sample(more, min(3, len(more))):
                yield f"more", {**value, name: self.objects.value(properties[name], 3)}
            for name in list(value):
                yield f"drop", {key: inner for key, inner in value.items() if key != name}
            if isinstance(schema.get("additionalProperties"), dict):
                yield "many properties", {**value, **{f"k{n}": self.objects.value(schema["additionalProperties"], 5) for n in range(70)}}

    def make(self, schema, obj):
        obj = copy.deepcopy(obj)
        if self.draw.random() < 0.03:
            obj["status"] = self.draw.choice(["text", {"a": 1}, {"conditions": [{"type": 1}]}, None])
            return "status", ("status",), obj
        all_places = list(places(schema, obj))
        if not all_places or self.draw.random() < 0.04:
            obj["zzUnknown"] = {"a": 1}
            return "unknown field", (), obj
        # A change of a place that has rules is more worth.
        ruled = [place for place in all_places if "x-kubernetes-validations" in place[2] or "oneOf" in place[2] or "anyOf" in place[2]]
        holder, key, below, path = self.draw.choice(ruled if ruled and self.draw.random() < 0.5 else all_places)
        name, new = self.draw.choice(list(self.of(below, holder[key], schema)))
        holder[key] = new
        return name, path, obj


def ours(binary, folder, rows, version):
    """The errors of `validate` by the number of the object."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("".join(f"---\n{json.dumps({**row, 'metadata': {**row['metadata'], 'name': f'a-{number}'}}, default=str)}\n" for number, row in enumerate(rows)))
        file.flush()
        done = subprocess.run([binary, "validate", file.name, "--crds", folder, "--kube-version", version, "-o", "json", "--severity", "SC732=error"],
                              capture_output=True, text=True)
    if done.returncode not in (0, 2):
        sys.exit(done.stderr)
    errors, notes = {}, Counter()
    for finding in json.loads(done.stdout):
        number = (finding["line"] - 2) // 2
        if finding["level"] == "error":
            errors.setdefault(number, finding)
        elif finding["level"] == "note":
            notes[finding["message"][:200]] += 1
    return errors, notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kubeconfig")
    parser.add_argument("binary", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=20, help="how many changed objects of each version")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true", help="leave the definitions on the server")
    given = parser.parse_args()
    server, known = Cluster(given.kubeconfig), definitions(given.folders)
    known = {name: one for name, one in known.items() if given.only in name}
    with tempfile.TemporaryDirectory() as folder:
        try:
            run(server, known, given, folder)
        finally:
            if not given.keep:
                for name in known:
                    server.send("DELETE", f"{CRDS}/{name}")


def run(server, known, given, folder):
    draw, sums, kinds, wrong = random.Random(given.seed), Counter(), Counter(), []
    for name, one in list(known.items()):
        said = server.define(one)
        path = Path(folder, f"{name}.yaml")
        path.write_text(json.dumps(one, default=str))
        own = subprocess.run([given.binary, "validate", str(path), "--kube-version", server.version, "-o", "json"], capture_output=True, text=True)
        errors = [finding for finding in json.loads(own.stdout or "[]") if finding["level"] == "error"]
        sums[f"definitions {'refused' if said else 'accepted'}, {'an error' if errors else 'no error'}"] += 1
        if bool(said) != bool(errors):
            print(f"definition {name}: {said or errors[0]['message']}"[:500], flush=True)
        if said:
            del known[name]
            path.unlink()
    rows = []
    for name, one in known.items():
        for version in one["spec"]["versions"]:
            if not version.get("served"):
                continue
            schema, objects, faults = version["schema"]["openAPIV3Schema"], Objects(draw), Faults(draw)
            tries = [objects.resource(one, version, share) for share in (0.1, 0.2, 0.35, 0.1, 0.5, 0.2)]
            answers = [server.create(one, obj) for obj in tries]
            rows += [("whole", (), one, obj, said) for obj, said in zip(tries, answers)]
            right = [obj for obj, said in zip(tries, answers) if said is None]
            sums["versions with an accepted object" if right else "versions without one"] += 1
            changed = [faults.make(schema, draw.choice(right or tries)) for _ in range(given.each)]
            with ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda row: server.create(one, row[2]), changed))
            rows += [(change, path, one, obj, said) for (change, path, obj), said in zip(changed, answers)]
    errors, notes = ours(given.binary, folder, [row[3] for row in rows], server.version)
    for number, (change, path, one, obj, said) in enumerate(rows):
        own = errors.get(number)
        verdict = f"{'refused' if said else 'accepted'}, {'an error' if own else 'no error'}"
        sums[verdict] += 1
        kinds[change.split(" ")[0], verdict] += 1
        if own and own["code"] == "SC740":
            sums["errors of rules in CEL"] += 1
            words = own["message"].split(": ", 1)[-1]
            if said and "strict decoding error" not in said and words not in said:
                sums["  in other words than the server's"] += 1
                print(f"words: {words[:300]} | {said[:600]}", flush=True)
        if bool(said) != bool(own):
            said = said or f"{own['message']} [{own['code']}]"
            print(f"{verdict}: {one['spec']['names']['kind']} {'.'.join(map(str, path))} {change}: {said[:400]}", flush=True)
    for note, count in notes.most_common():
        print(f"note: {note}")
    for name, count in sorted(sums.items()):
        print(f"{count:6} {name}")
    found, missed, alarms = sums["refused, an error"], sums["refused, no error"], sums["accepted, an error"]
    print(f"{100 * found / max(1, found + missed):.2f} % of what the server refuses is found; {alarms} false alarms")
    if alarms or found < 99 * (found + missed) / 100:
        sys.exit(1)


if __name__ == "__main__":
    main()
