#!/usr/bin/env python3
"""Whether `validate` says of real manifests what an API server says of them.

usage: validate.py KUBECONFIG CORPUS BINARY [--seed N] [--cases N] [--only TEXT] [--faults N | --additions N | --mutations N] [--warnings]
       validate.py KUBECONFIG MANIFESTS BINARY     the same of a file of manifests, or of those in a case of tests/own/validate

Renders the cases of CORPUS (tests/parity.py makes it) and has the server create each object with dryRun=All and
fieldValidation=Strict, in the namespace `default`, as a cluster that has none of the objects would. The server's version
is the one that BINARY is told. Objects of kinds that the server does not have are left out, unless they are of
Kubernetes' own API groups. What the server refuses should be an error of `validate`, and nothing else should.

With --faults objects that the server takes are changed in one place each; with --additions a field is put into each that
its kind has by the server's OpenAPI descriptions, with a value that may or may not be right. With --mutations they are
changed as tests/mutations.py does, and so are the objects of tests/own/validate/kinds.case.

With --warnings it is compared, of objects that the server takes, whether it answers with warnings and `validate` has one of
the rules of these.

Needs PyYAML, and a control plane (docs/testing.md). The exit status is 1 if an accepted object has an error, if less
than 95 % of the refused ones have one, or if warnings differ.
"""
import argparse
import http.client
import json
import random
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from effects import Api
from mutations import Mutations

# The rules of what a server warns of.
WARNED = re.compile("SC204|SC725|SC8[678]")
KINDS = Path(__file__).resolve().parent / "own" / "validate" / "kinds.case"


class Server(Api):
    """A server that objects are tried on."""

    def __init__(self, kubeconfig):
        super().__init__(kubeconfig)
        self.resources = {}
        info = self.get("/version")
        self.version = f"{info['major']}.{re.sub('[^0-9].*', '', info['minor'])}"

    def kind(self, api_version, kind):
        """The name of a kind in paths and whether it is in a namespace; None of one that is not served."""
        if api_version not in self.resources:
            root = "/apis/" if "/" in api_version else "/api/"
            try:
                found = self.get(root + api_version) or {}
            except urllib.error.HTTPError:
                found = {}
            rows = [row for row in found.get("resources", []) if "/" not in row["name"]]
            self.resources[api_version] = {row["kind"]: row for row in rows}
        return self.resources[api_version].get(kind)

    def refusal(self, manifest):
        """What the server says of an object, and if it takes that, of the pod that a controller would make of it."""
        said = self.try_object(manifest)
        if said is None and manifest["kind"] == "CronJob":
            job = manifest["spec"]["jobTemplate"]
            metadata = {"name": f'{manifest["metadata"].get("name", "a")}-12345678', **{key: value for key, value in (job.get("metadata") or {}).items() if key in ("labels", "annotations")}}
            said = self.refusal({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job["spec"]})
            return said and f"its job: {said}"
        if said is None and manifest["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"):
            spec = manifest["spec"]
            template = spec["template"]
            metadata = {key: value for key, value in (template.get("metadata") or {}).items() if key in ("labels", "annotations", "finalizers")}
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {**metadata, "generateName": "pod-"}, "spec": dict(template["spec"])}
            # What a StatefulSet claims takes the place of volumes of the same name.
            claims = [(claim.get("metadata") or {}).get("name") for claim in spec.get("volumeClaimTemplates") or []]
            for claim in spec.get("volumeClaimTemplates") or []:
                said = self.try_object({**claim, "apiVersion": "v1", "kind": "PersistentVolumeClaim"})
                if said:
                    return f"its claim: {said}"
            if claims:
                own = [volume for volume in pod["spec"].get("volumes") or [] if (volume or {}).get("name") not in claims]
                pod["spec"]["volumes"] = own + [{"name": name, "persistentVolumeClaim": {"claimName": f"{name}-0"}} for name in dict.fromkeys(claims)]
            name = manifest["metadata"].get("name", "a")
            if manifest["kind"] == "StatefulSet":
                pod["spec"].update(hostname=f"{name}-0", subdomain=spec.get("serviceName") or "")
            more = {"StatefulSet": {"controller-revision-hash": f"{name}-0123456789"}, "Job": {"job-name": name}}.get(manifest["kind"])
            if more:
                pod["metadata"]["labels"] = {**(pod["metadata"].get("labels") or {}), **more}
            # The service account is not there.
            for key in ("serviceAccount", "priorityClassName", "runtimeClassName"):
                pod["spec"].pop(key, None)
            pod["spec"]["serviceAccountName"] = "default"
            said = self.try_object(pod)
            return said and f"its pod: {said}"
        return said

    def verdict(self, manifest):
        """What the server says of an object, of the items of a list, or of one of a kind that it does not have."""
        items = manifest.get("items") if str(manifest.get("kind")).endswith("List") else None
        if isinstance(items, list):
            return next((said for said in map(self.verdict, items) if said), None)
        said = self.refusal(manifest)
        return "no such kind" if said is False else said

    def try_object(self, manifest):
        """What the server says of an object: None if it takes it, the text of its refusal, or False if it has no such kind."""
        return self.answer(manifest)[0]

    def answer(self, manifest):
        """What the server says of an object, and the warnings beside it."""
        api_version = str(manifest.get("apiVersion", ""))
        row = self.kind(api_version, str(manifest.get("kind", "")))
        if row is None:
            return False, []
        metadata = manifest.get("metadata") or {}
        if isinstance(metadata, dict) and row["namespaced"]:
            manifest = {**manifest, "metadata": {**metadata, "namespace": "default"}}
        root = "/apis/" if "/" in api_version else "/api/"
        path = root + api_version + ("/namespaces/default" if row["namespaced"] else "") + "/" + row["name"]
        request = urllib.request.Request(
            f"{self.base}{path}?dryRun=All&fieldValidation=Strict", method="POST",
            data=json.dumps(manifest, default=str).encode(), headers={**self.head, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=60) as answer:
                return None, answer.headers.get_all("Warning") or []
        except urllib.error.HTTPError as e:
            status = json.load(e)
            if status.get("reason") in ("AlreadyExists", "NotFound"):
                return None, []
            return status.get("message", str(e)), []
        except http.client.RemoteDisconnected:
            # It panics, and so does not take it.
            return "no answer", []


class Loader(yaml.CSafeLoader):
    """Reads times as texts, as Kubernetes does."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rows if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value")]
    for first, rows in yaml.CSafeLoader.yaml_implicit_resolvers.items()}
# Of floats PyYAML wants a point and a sign of the exponent.
Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"), list("-+.0123456789"))


def documents(text):
    """The objects of a text with the number of their first line and that of the next document."""
    lines = text.split("\n")
    starts = [0] + [number + 1 for number, line in enumerate(lines) if line.rstrip() == "---"] + [len(lines) + 1]
    for start, end in zip(starts, starts[1:]):
        try:
            found = yaml.load("\n".join(lines[start:end - 1]), Loader)
        except yaml.YAMLError:
            continue
        if isinstance(found, dict) and found.get("kind"):
            items = found.get("items") if found["kind"].endswith("List") and isinstance(found.get("items"), list) else [found]
            yield start + 1, end, items


def check(server, given, case):
    """Compares the verdicts on a case's objects."""
    done = subprocess.run([given.binary, "template", "--include-crds", "--kube-version", server.version, *case["args"]],
                          cwd=given.corpus, capture_output=True)
    if done.returncode:
        return Counter({"cases that do not render": 1}), []
    return compare(server, given, case["id"], done.stdout.decode(errors="replace"))


def warned(server, item, own):
    """How the warnings of an object are: as a name of a count, and what differs; nothing of an object that is refused."""
    said, warnings = server.answer(item)
    if said is not None:
        return None, None
    told = [f for f in own if f["level"] == "warning" and WARNED.match(f["code"])]
    words = ("warned" if warnings else "no warning") + (", told" if told else ", not told")
    differs = bool(warnings) != bool(told)
    return words, differs and f"{words}: {item['kind']}: {warnings[0] if warnings else told[0]['message']}"


def compare(server, given, name, text):
    """Compares the verdicts on the objects of a text."""
    counts, notes = Counter(), []
    # A chart may render nothing, which `validate` takes for a mistake where it is handed over as a file.
    if not any(items for _, _, items in documents(text)):
        return counts, notes
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        found = subprocess.run([given.binary, "validate", file.name, "--kube-version", server.version, "-o", "json"],
                               capture_output=True, text=True)
    if found.returncode not in (0, 2):
        return Counter({"cases that validate cannot read": 1}), [found.stderr.strip()[:300]]
    found = json.loads(found.stdout)
    for start, end, items in documents(text):
        own = [f for f in found if start <= f["line"] < end]
        errors = [f for f in own if f["level"] == "error"]
        if given.warnings:
            for words, note in (warned(server, item, own) for item in items if isinstance(item, dict)):
                counts.update([words] if words else [])
                notes += [f"{name}: {note[:400]}"] if note else []
            continue
        answers = [server.refusal(item) for item in items if isinstance(item, dict)]
        if any(answer is False for answer in answers):
            builtin = any(f["code"].startswith("SC20") and f["level"] == "error" for f in own)
            counts["objects of kinds not served" + (", an error" if builtin else "")] += 1
            continue
        refused = [answer for answer in answers if answer]
        if refused and errors:
            counts["refused, found"] += 1
        elif refused:
            counts["refused, not found"] += 1
            notes.append(f"{name}: not found: {refused[0][:400]}")
        elif errors:
            counts["accepted, an error"] += 1
            notes.append(f"{name}: accepted: {errors[0]['message'][:300]} [{errors[0]['code']}]")
        else:
            counts["accepted, no error"] += 1
    return counts, notes


def places(value, path=()):
    """All parts of an object but what says what it is: the holder, the key, the path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        # The namespace is that of the script.
        if (path or key not in ("apiVersion", "kind", "status")) and path + (key,) != ("metadata", "namespace"):
            yield value, key, path + (key,)
            yield from places(inner, path + (key,))


def changes(value):
    """What a value may be changed to, by the name of the change."""
    yield "null", None
    if isinstance(value, str):
        yield from {"empty": "", "odd": "Not_Valid!", "long": "a" * 300, "number": 7, "space": value + " ", "upper": value.upper() or "A",
                    "slash": "/" + value, "list": [value]}.items()
    elif isinstance(value, bool):
        yield from {"text": "yes", "number": 1}.items()
    elif isinstance(value, (int, float)):
        yield from {"negative": -1, "zero": 0, "large": 70000, "huge": 1 << 40, "text": "seven", "half": 1.5, "quoted": str(value)}.items()
    elif isinstance(value, list):
        yield from {"empty": [], "double": value + value[-1:], "map": {}, "text": "a"}.items()
    elif isinstance(value, dict):
        yield from {"empty": {}, "list": [value], "text": "a"}.items()


def fault(manifest, draw):
    """Changes an object in one place, and says how."""
    holder, key, path = draw.choice(list(places(manifest)))
    kinds = ["change", "change", "change", "drop", "rename" if isinstance(holder, dict) else "drop"]
    kind = draw.choice(kinds)
    if kind == "drop":
        del holder[key]
    elif kind == "rename":
        holder[f"{key}x"] = holder.pop(key)
    else:
        kind, holder[key] = draw.choice(list(changes(holder[key])))
    return kind, re.sub(r"\.\d+", "[]", ".".join(map(str, path)))


class Additions:
    """Puts fields into objects that they do not have, by the server's OpenAPI descriptions."""

    TEXTS = ["", "a", "web", "Not_Valid!", "a" * 64, "a" * 254, "10%", "150%", "1Gi", "-1", "0.5", "/a", "../a", "/a/../b", "https://a.example/x",
             "a.example.com", "example.com/a", "UTC", "10.0.0.1", "::1", "10.0.0.0/8", "http", "TCP", "a=b", "true", "2030-01-01T00:00:00Z", "5m", "*"]
    NUMBERS = [0, 1, 2, 3, 5, 10, 80, 100, 101, 443, 1000, 30080, 65535, 65536, -1, 1 << 31]

    def __init__(self, server):
        self.server, self.documents = server, {}

    def shapes(self, api_version):
        """The schemas of a group and version, by name."""
        if api_version not in self.documents:
            root = "/openapi/v3/apis/" if "/" in api_version else "/openapi/v3/api/"
            request = urllib.request.Request(self.server.base + root + api_version, headers=self.server.head)
            self.documents[api_version] = json.load(urllib.request.urlopen(request, context=self.server.tls, timeout=60))["components"]["schemas"]
        return self.documents[api_version]

    def shape(self, manifest):
        """The schema of an object's kind."""
        group, _, version = manifest["apiVersion"].rpartition("/")
        wanted = {"group": group, "version": version, "kind": manifest["kind"]}
        return next((shape for shape in self.shapes(manifest["apiVersion"]).values()
                     if wanted in shape.get("x-kubernetes-group-version-kind", [])), None)

    def solved(self, shape, shapes):
        """What a schema refers to."""
        while "$ref" in shape or "allOf" in shape:
            shape = shapes[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape["allOf"][0]
        return shape

    def value(self, shape, shapes, draw, depth=0):
        """A value of a schema."""
        shape = self.solved(shape, shapes)
        if "enum" in shape:
            return draw.choice(shape["enum"])
        kind = shape.get("type") or draw.choice(["string", "integer"])
        if kind == "object":
            inner = {}
            if "additionalProperties" in shape:
                for _ in range(draw.randrange(1, 3)):
                    inner[draw.choice(self.TEXTS)] = self.value(shape["additionalProperties"], shapes, draw, depth + 1)
            names, needed = sorted(shape.get("properties", {})), shape.get("required", [])
            few = draw.sample(names, min(len(names), draw.randrange(1, 4))) if depth < 4 else []
            for name in names:
                if name in few or name in needed and draw.random() < 0.95:
                    inner[name] = self.value(shape["properties"][name], shapes, draw, depth + 1)
            return inner
        if kind == "array":
            return [self.value(shape["items"], shapes, draw, depth + 1) for _ in range(draw.choice([1, 1, 1, 2, 2, 0]))]
        if kind == "boolean":
            return draw.random() < 0.5
        if kind in ("integer", "number"):
            return draw.choice(self.NUMBERS)
        return draw.choice(self.TEXTS)

    def add(self, manifest, draw):
        """Puts a field into an object, and says which; None where there is none to be put."""
        found, shape = [], self.shape(manifest)
        if shape is None:
            return None
        shapes = self.shapes(manifest["apiVersion"])

        def walk(value, shape, path):
            shape = self.solved(shape, shapes)
            if isinstance(value, dict):
                for name, inner in shape.get("properties", {}).items():
                    if name in value:
                        walk(value[name], inner, path + (name,))
                    elif path and path != ("metadata",) and path[0] != "status":
                        found.append((value, name, inner, path + (name,)))
            elif isinstance(value, list) and "items" in shape:
                for number, inner in enumerate(value):
                    walk(inner, shape["items"], path + (number,))

        walk(manifest, shape, ())
        if not found:
            return None
        # Each path is as likely as any other, however often the object has its place.
        by_path = {}
        for row in found:
            by_path.setdefault(re.sub(r"\.\d+", "[]", ".".join(map(str, row[3]))), []).append(row)
        path = draw.choice(sorted(by_path))
        holder, name, inner, _ = draw.choice(by_path[path])
        holder[name] = self.value(inner, shapes, draw)
        return json.dumps(holder[name])[:200], path


def manifests(path):
    """The text of a file of manifests; of a case that of its first file."""
    text = path.read_text()
    return re.split("^-- .* --$", text, flags=re.M)[1] if path.suffix == ".case" else text


def faults(server, given, cases):
    """Compares the verdicts on changed objects."""
    additions = (given.additions or given.mutations) and Additions(server)
    wanted = given.additions or given.faults or given.mutations
    draw, objects, texts = random.Random(given.seed), {}, []
    for case in draw.sample(cases, min(len(cases), wanted // 4 + 20)):
        done = subprocess.run([given.binary, "template", "--kube-version", server.version, *case["args"]],
                              cwd=given.corpus, capture_output=True)
        texts.append(done.stdout.decode(errors="replace"))
    if given.corpus.is_file():
        texts.append(manifests(given.corpus))
    elif given.mutations:
        texts.append(manifests(KINDS))
    for text in texts:
        for _, _, items in documents(text):
            for item in items:
                if isinstance(item, dict) and server.refusal(item) is None:
                    objects.setdefault((item["apiVersion"], item["kind"]), []).append(item)
    mutations = given.mutations and Mutations(additions, [item for items in objects.values() for item in items])
    change_of = mutations.change if mutations else additions.add if additions else fault
    kinds, sums, wrong = sorted(objects), Counter(), Counter()
    while kinds and sum(sums.values()) < wanted:
        rows = []
        for _ in range(min(200, wanted - sum(sums.values()))):
            item = json.loads(json.dumps(draw.choice(objects[draw.choice(kinds)]), default=str))
            kind, change = item["kind"], change_of(item, draw)
            if change:
                rows.append((kind, *change, item))
        if not rows:
            continue
        answers = list(ThreadPoolExecutor(4).map(lambda row: server.verdict(row[3]), rows))
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("".join(f"---\n{json.dumps(row[3])}\n" for row in rows))
            file.flush()
            found = subprocess.run([given.binary, "validate", file.name, "--kube-version", server.version, "-o", "json"],
                                   capture_output=True, text=True)
        if found.returncode not in (0, 2):
            sys.exit(found.stderr)
        errors, all_own = {}, {}
        for finding in json.loads(found.stdout):
            all_own.setdefault((finding["line"] - 2) // 2, []).append(finding)
            if finding["level"] == "error":
                errors.setdefault((finding["line"] - 2) // 2, finding)
        if given.warnings:
            for number, (kind, change, path, item) in enumerate(rows):
                words, note = warned(server, item, all_own.get(number, [])) if isinstance(item.get("kind"), str) else (None, None)
                sums[words or "refused"] += 1
                if note:
                    print(f"{path} {change}: {note[:400]}", flush=True)
            continue
        for number, ((kind, change, path, _), answer) in enumerate(zip(rows, answers)):
            own = errors.get(number)
            verdict = ("refused" if answer else "accepted") + (", an error" if own else ", no error")
            sums[verdict] += 1
            if bool(answer) != bool(own):
                said = answer or f"{own['message']} [{own['code']}]"
                wrong[verdict] += 1
                print(f"{verdict}: {kind} {path} {change}: {said[:260]}", flush=True)
    return sums


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kubeconfig")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("binary", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--only", default="")
    parser.add_argument("--faults", type=int, default=0)
    parser.add_argument("--additions", type=int, default=0)
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--warnings", action="store_true")
    given = parser.parse_args()
    server = Server(given.kubeconfig)
    has_changes = given.faults or given.additions or given.mutations
    if given.corpus.is_file() and not has_changes:
        sums, notes = compare(server, given, given.corpus.name, manifests(given.corpus))
        print("\n".join(notes))
        summary(sums)
    cases = [] if given.corpus.is_file() else json.loads((given.corpus / "cases.json").read_text())
    cases = [case for case in cases if given.only in case["id"]]
    if given.cases:
        cases = random.Random(given.seed).sample(cases, min(given.cases, len(cases)))
    if has_changes:
        sums = faults(server, given, cases)
        for name, count in sorted(sums.items()):
            print(f"{count:6} {name}")
        if given.warnings:
            sys.exit(sums["warned, not told"] + sums["no warning, told"] > 0)
        found, missed = sums["refused, an error"], sums["refused, no error"]
        print(f"{100 * found / max(1, found + missed):.1f} % of what the server refuses is found; {sums['accepted, an error']} false alarms")
        sys.exit(sums["accepted, an error"] > 0 or 100 * found < 95 * (found + missed))
    sums, all_notes = Counter(), Counter()
    with ThreadPoolExecutor(3) as pool:
        for counts, notes in pool.map(lambda case: check(server, given, case), cases):
            sums += counts
            for note in notes:
                all_notes[note.split(": ", 1)[1]] += 1
                if all_notes[note.split(": ", 1)[1]] == 1:
                    print(note, flush=True)
    summary(sums)


def summary(sums):
    """Prints the sums and ends."""
    for name, count in sorted(sums.items()):
        print(f"{count:6} {name}")
    if any(name.endswith("told") for name in sums):
        sys.exit(sums["warned, not told"] + sums["no warning, told"] > 0)
    found, missed = sums["refused, found"], sums["refused, not found"]
    share = 100 * found / (found + missed) if found + missed else 100
    print(f"{share:.1f} % of what the server refuses is found; {sums['accepted, an error']} false alarms")
    sys.exit(sums["accepted, an error"] > 0 or share < 95)


if __name__ == "__main__":
    main()
