"""Changes objects of Kubernetes in one place each, as people do by mistake, for tests/validate.py.

Where an object may be changed is told by the server's OpenAPI descriptions: what a field may be changed to depends on its
type. Fields that an object does not have are taken from other objects, so that they are right by themselves and may be
wrong together.
"""
import json
import re

TEXTS = [
    "", " ", "a", "A", "a b", "-a", "a-", ".a", "a.", "a..b", "a_b", "a/b", "/a", "a/", "a/b/c", "../a", "/a/../b", "a//b", "a%2fb", "ü", "a\n",
    "a" * 15, "a" * 16, "a" * 52, "a" * 53, "a" * 63, "a" * 64, "a" * 253, "a" * 254, "a" * 316, "a" * 317, "a." * 126 + "a", "a." * 127 + "a",
    "a" * 63 + "." + "a" * 63, "a" * 64 + ".b", "example.com", "example.com/a", "Example.com/a", "example.com/" + "a" * 64, "a" * 254 + "/a", "*.example.com", "*",
    "0", "1", "-1", "8080", "65536", "1.5", "true", "null", "None", "~", "http", "HTTP", "http-", "ht--tp", "80http", "0.0.0.0", "10.0.0.1", "010.0.0.1",
    "256.0.0.1", "10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/33", "::1", "::ffff:10.0.0.1", "2001:db8::/32", "fe80::1", "127.0.0.1", "10%", "100%", "120%", "-5%", "%", "10.5%", "25",
    "https://a.example/x", "http://a.example", "{{ .Values.a }}", "$(A)", "a=b", "a,b", "kubernetes.io/a", "system:a", "latest", "2006-01-02T15:04:05Z",
    "2006-01-02", "* * * * *", "*/5 * * * *", "60 * * * *", "* * * *", "@daily", "@every 1h", "@hourlyy", "TZ=UTC * * * * *", "Europe/Berlin", "Europe/Nowhere", "Local", "UTC",
    ".spec.a", "spec.a", "metadata.name", "limits.cpu", "requests.gpu", "v1", "v1beta1", "apps/v1", "1Gi",
]
NUMBERS = [-1, 0, 1, 2, 3, 10, 15, 63, 64, 99, 100, 101, 255, 256, 511, 512, 1000, 1001, 3600, 3601, 65535, 65536, 86400, 86401, 100000, 100001, 1 << 30, (1 << 31) - 1, 1 << 31,
           -(1 << 31), -(1 << 31) - 1, (1 << 32) + 1, (1 << 63) - 1, 1 << 63, 1.5, 1e100, "1", "", "one"]
QUANTITIES = ["", "0", "-1", "1", "1.5", "1.5Gi", "1.5Gib", "1 Gi", "1gi", "1GB", "1e3", "1e100", "1E", "0.5m", "1m", "1u", "1n", "+1", "--1", ".5", "5.", ".", "1_000", "0x10", "1Ki", "1K", "1k", "Gi",
              "9223372036854775807", "9223372036854775808", "1000000Ei", 0, -1, 1, 1.5, 1e100, True, "é", " 1", "1 "]
AMOUNTS = ["", "0", "0%", "1%", "100%", "101%", "120%", "-5%", "%", "5", "5.5%", "5 %", " 5%", "five", "http", "HTTP", "a" * 16, "a--b", 0, 1, -1, 100, 65535, 65536, 1 << 31, 1.5, True]
TIMES = ["", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z", "2026-01-02T03:04:05+01:00", "2026-01-02", "2026-13-02T03:04:05Z", "2026-01-02 03:04:05", "now", 0]
BYTES = ["", "YQ==", "YQ", "YWJj", "not base64!", "a", "YW\nJj", 7]
WRONG = {"string": [7, True, ["a"], {}], "integer": ["seven", True, [1], {}], "boolean": ["yes", "true", 1, []], "object": ["a", [], 7], "array": ["a", {}, 7], "number": ["a", True]}
METADATA = [
    {"name": ""}, {"name": "A"}, {"name": "a_b"}, {"name": "a" * 253}, {"name": "a" * 254}, {"name": "a" * 63}, {"name": "a" * 64}, {"name": "a.b"}, {"name": "a/b"}, {"name": "a%b"}, {"name": ".."}, {"name": "-a"},
    {"name": "1a"}, {"name": 7}, {"name": "a:b"}, {"name": None}, {"name": None, "generateName": "a-"}, {"generateName": "a-"}, {"name": None, "generateName": "A_"}, {"name": None, "generateName": ""},
    {"namespace": "a_b"}, {"namespace": "A"}, {"namespace": "a" * 64}, {"namespace": ""}, {"namespace": 7}, {"namespace": "a.b"},
    {"labels": {"a b": "c"}}, {"labels": {"a": "b c"}}, {"labels": {"a": "b" * 63}}, {"labels": {"a": "b" * 64}}, {"labels": {"a" * 64: "b"}}, {"labels": {"x/" + "a" * 63: "b"}}, {"labels": {"/a": "b"}},
    {"labels": {"a/": "b"}}, {"labels": {"A.example/a": "b"}}, {"labels": {"a": 1}}, {"labels": {"a": True}}, {"labels": {"a": None}}, {"labels": ["a"]}, {"labels": "a"}, {"labels": {"": "b"}}, {"labels": {"a": "-b"}}, {"labels": {"a": ""}},
    {"labels": {"a/b/c": "d"}}, {"labels": {"a" * 253 + "/b": "c"}}, {"labels": {"a" * 254 + "/b": "c"}},
    {"annotations": {"a b": "c"}}, {"annotations": {"a": 1}}, {"annotations": {"a": {"b": "c"}}}, {"annotations": {"A.Example/a": "b"}}, {"annotations": {"a": "b" * (256 << 10)}}, {"annotations": {"a": "b" * ((256 << 10) - 1)}},
    {"annotations": {"a": "b" * ((256 << 10) + 1)}}, {"annotations": {"a" * 64: "b"}}, {"annotations": {"a": "any thing\n"}}, {"annotations": ["a"]}, {"annotations": {"a": None}}, {"annotations": {"a/b/c": "d"}},
    {"finalizers": ["a"]}, {"finalizers": ["example.com/a"]}, {"finalizers": ["foregroundDeletion"]}, {"finalizers": ["orphan"]}, {"finalizers": ["orphan", "foregroundDeletion"]}, {"finalizers": [""]}, {"finalizers": ["a b"]},
    {"finalizers": ["example.com/a", "example.com/a"]}, {"finalizers": "a"}, {"finalizers": ["kubernetes"]}, {"finalizers": ["example.com/" + "a" * 64]}, {"finalizers": ["kubernetes.io/pv-protection"]}, {"finalizers": [None]},
    {"ownerReferences": [{}]}, {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"}]}, {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}]},
    {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "", "uid": "b"}]}, {"ownerReferences": [{"apiVersion": "", "kind": "ConfigMap", "name": "a", "uid": "b"}]}, {"ownerReferences": [{"apiVersion": "v1", "kind": "", "name": "a", "uid": "b"}]},
    {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "uid": "b", "controller": True}, {"apiVersion": "apps/v1", "kind": "Deployment", "name": "c", "uid": "d", "controller": True}]},
    {"ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "b"}]}, {"ownerReferences": [{"apiVersion": "a/b/c", "kind": "A", "name": "a", "uid": "b"}]}, {"ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": "a", "uid": ""}]},
    {"managedFields": []}, {"managedFields": [{}]}, {"managedFields": [{"manager": "a", "operation": "Apply"}]}, {"managedFields": [{"manager": "a", "operation": "Delete", "fieldsType": "FieldsV1"}]},
    {"managedFields": [{"manager": "a", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}, "time": "2026-01-02T03:04:05Z"}]}, {"managedFields": [{"manager": "a" * 129, "operation": "Update", "fieldsType": "FieldsV1"}]}, {"managedFields": [{"operation": "Apply", "fieldsType": "V9"}]},
    {"creationTimestamp": None}, {"creationTimestamp": "2026-01-02T03:04:05Z"}, {"creationTimestamp": "yesterday"}, {"creationTimestamp": 7}, {"deletionTimestamp": "2026-01-02T03:04:05Z"}, {"deletionGracePeriodSeconds": -1}, {"deletionGracePeriodSeconds": 1},
    {"generation": -1}, {"generation": 1}, {"generation": "1"}, {"resourceVersion": "1"}, {"resourceVersion": ""}, {"resourceVersion": 1}, {"resourceVersion": "a"}, {"uid": "a"}, {"uid": ""}, {"selfLink": "/a"}, {"clusterName": "a"}, {"label": {}},
]


def near(word):
    """A word with two letters changed, doubled, left out, or in another case."""
    yield from (word[:1].upper() + word[1:], word.lower(), word + "s", word[:-1], word[0] + word[2:] if len(word) > 2 else word + word,
                word[:2][::-1] + word[2:], re.sub("([A-Z])", lambda m: "_" + m[1].lower(), word), re.sub("([A-Z])", lambda m: "-" + m[1].lower(), word), word.replace("IP", "Ip"))


class Mutations:
    """Changes objects. `shapes` tells what the server describes; `objects` are what fields are taken from."""

    def __init__(self, shapes, objects):
        self.shapes, self.pool = shapes, {}
        for item in objects:
            for holder, shape, _ in self.holders(item):
                for name, value in holder.items():
                    if name in shape.get("properties", {}):
                        self.pool.setdefault((shape["name"], name), {})[json.dumps(value, sort_keys=True, default=str)] = value

    def holders(self, item):
        """The parts of an object that have fields: each with its schema and the path to it."""
        root = self.shapes.shape(item)
        if root is None:
            return
        documents = self.shapes.shapes(item["apiVersion"])

        def walk(value, shape, path):
            name = shape.get("$ref") or next((inner.get("$ref") for inner in shape.get("allOf", [])), None)
            shape = self.shapes.solved(shape, documents)
            if isinstance(value, dict) and "properties" in shape:
                yield value, {**shape, "name": name or ".".join(path), "documents": documents}, path
                for key, inner in value.items():
                    if key in shape["properties"] and not (key == "status" and not path):
                        yield from walk(inner, shape["properties"][key], path + (key,))
            elif isinstance(value, dict) and isinstance(shape.get("additionalProperties"), dict):
                for key, inner in value.items():
                    yield from walk(inner, shape["additionalProperties"], path + ("{}",))
            elif isinstance(value, list) and "items" in shape:
                for inner in value:
                    yield from walk(inner, shape["items"], path + ("[]",))

        yield from walk(item, root, ())

    def change(self, item, draw):
        """Changes an object in one place; returns what was done and where, or nothing where it cannot be done."""
        way = draw.choice([self.value, self.value, self.value, self.drop, self.graft, self.graft, self.graft, self.rename, self.place, self.list_of, self.key_of, self.swap, self.metadata, self.head])
        done = way(item, draw)
        return done and (f"{way.__name__} {done[0]}", done[1])

    def field(self, item, draw, fits=lambda holder, key, shape: True):
        """Draws a field of an object: each path is as likely as any other."""
        by_path = {}
        for holder, shape, path in self.holders(item):
            for key in holder:
                if path == () and key in ("apiVersion", "kind", "status") or path == ("metadata",) and key == "namespace":
                    continue
                if key in shape["properties"]:
                    inner = self.shapes.solved(shape["properties"][key], shape["documents"])
                    ref = json.dumps(shape["properties"][key])
                    if fits(holder, key, inner):
                        by_path.setdefault(".".join(path + (key,)), []).append((holder, key, inner, ref))
        if not by_path:
            return None
        path = draw.choice(sorted(by_path))
        return (*draw.choice(by_path[path]), path)

    def value(self, item, draw):
        """Another value of a field."""
        found = self.field(item, draw)
        if not found:
            return None
        holder, key, shape, ref, path = found
        holder[key] = self.other(holder[key], shape, ref, draw)
        return json.dumps(holder[key])[:120], path

    def other(self, value, shape, ref, draw):
        """Another value than one that is there."""
        kind = shape.get("type") or ("string" if isinstance(value, str) else "integer")
        if draw.random() < 0.12:
            return draw.choice([None, *WRONG.get(kind, [7])])
        if "Quantity" in ref:
            return draw.choice(QUANTITIES)
        if "IntOrString" in ref:
            return draw.choice(AMOUNTS)
        if "Time" in ref:
            return draw.choice(TIMES)
        if shape.get("format") == "byte":
            return draw.choice(BYTES)
        if kind in ("integer", "number"):
            return draw.choice(NUMBERS)
        if kind == "boolean":
            return not value
        if kind == "string":
            if draw.random() < 0.3 and isinstance(value, str) and value:
                return draw.choice([value.lower(), value.upper(), value.capitalize(), value + "s", value[:-1], value + " ", " " + value, value + "\n", value + "/", "/" + value, value * 20])
            return draw.choice(shape["enum"]) if "enum" in shape and draw.random() < 0.3 else draw.choice(TEXTS)
        if kind == "array":
            more = draw.choice(value) if isinstance(value, list) and value else None
            changed = [self.other(more, {"type": "string"}, "", draw)] if isinstance(more, str) else [more, more]
            return draw.choice([[], [None], value + value, value + [more], value[1:], [*value, *changed], [[more]]]) if isinstance(value, list) else []
        if "additionalProperties" in shape and isinstance(value, dict) and draw.random() < 0.7:
            inner = next(iter(value.values()), "a")
            below = shape["additionalProperties"]
            if draw.random() < 0.5 or not value:
                return {**value, draw.choice(TEXTS): inner}
            key = draw.choice(sorted(value))
            ref = json.dumps(below)
            return {**value, key: self.other(value[key], self.shapes_of(below, value[key]), ref, draw)}
        return {}

    @staticmethod
    def shapes_of(shape, value):
        return shape if "type" in shape else {"type": "string" if isinstance(value, str) else "object"}

    def drop(self, item, draw):
        """A field that is left out."""
        found = self.field(item, draw)
        if not found:
            return None
        holder, key, *_, path = found
        del holder[key]
        return "", path

    def graft(self, item, draw):
        """A field that others of its type have."""
        rows = {}
        for holder, shape, path in self.holders(item):
            for name in shape["properties"]:
                known = self.pool.get((shape["name"], name))
                if name not in holder and known and (path or name not in ("status", "metadata")):
                    rows.setdefault(".".join(path + (name,)), []).append((holder, name, known))
        if not rows:
            return None
        path = draw.choice(sorted(rows))
        holder, name, known = draw.choice(rows[path])
        holder[name] = json.loads(draw.choice(sorted(known)))
        return json.dumps(holder[name])[:120], path

    def rename(self, item, draw):
        """A field with a name that is misspelled."""
        found = self.field(item, draw)
        if not found:
            return None
        holder, key, *_, path = found
        name = draw.choice([name for name in near(key) if name != key and name not in holder] or [key + "x"])
        holder[name] = holder.pop(key)
        return name, path

    def place(self, item, draw):
        """A field one level too high or too low."""
        found = self.field(item, draw, lambda holder, key, _: any(isinstance(other, dict) for name, other in holder.items() if name != key) or isinstance(holder[key], dict))
        if not found:
            return None
        holder, key, *_, path = found
        below = [name for name, other in sorted(holder.items()) if name != key and isinstance(other, dict) and key not in other]
        if isinstance(holder[key], dict) and holder[key] and (not below or draw.random() < 0.5):
            name = draw.choice(sorted(holder[key]))
            if name in holder:
                return None
            holder[name] = holder[key].pop(name)
            return f"up {name}", path
        if not below:
            return None
        name = draw.choice(below)
        holder[name][key] = holder.pop(key)
        return f"into {name}", path

    def list_of(self, item, draw):
        """An item of a list twice, changed in one field."""
        found = self.field(item, draw, lambda holder, key, _: isinstance(holder[key], list) and holder[key])
        if not found:
            return None
        holder, key, shape, _, path = found
        again = json.loads(json.dumps(draw.choice(holder[key])))
        what = "again"
        if isinstance(again, dict) and again and draw.random() < 0.7:
            name = draw.choice(sorted(again))
            what = f"again, {name}"
            if isinstance(again[name], str):
                again[name] = draw.choice(["b", "other", again[name] + "-b", again[name].upper(), ""])
            elif isinstance(again[name], int):
                again[name] += 1
            else:
                del again[name]
        holder[key] = holder[key] + [again]
        return what, path

    def key_of(self, item, draw):
        """A number or a text of which another thing is known by: the same change in one of several places."""
        found = self.field(item, draw, lambda holder, key, _: key in ("name", "key", "port", "containerPort", "mountPath", "path", "ip", "host", "containerName", "claimName") and isinstance(holder[key], (str, int)))
        if not found:
            return None
        holder, key, _, _, path = found
        holder[key] = holder[key] + 1 if isinstance(holder[key], int) else holder[key] + "-x"
        return json.dumps(holder[key])[:80], path

    def swap(self, item, draw):
        """Two fields of the same type that have each other's value."""
        by_type = {}
        for holder, shape, path in self.holders(item):
            if path and path != ("metadata",):
                for kind in (str, int, list, dict):
                    keys = [key for key, value in holder.items() if type(value) is kind and key in shape["properties"]]
                    if len(keys) > 1:
                        by_type.setdefault(".".join(path) + kind.__name__, []).append((holder, keys, path))
        if not by_type:
            return None
        holder, keys, path = draw.choice(by_type[draw.choice(sorted(by_type))])
        a, b = draw.sample(sorted(keys), 2)
        holder[a], holder[b] = holder[b], holder[a]
        return f"{a} and {b}", ".".join(path)

    def metadata(self, item, draw):
        """An odd thing in the metadata of an object or of what it is a template of."""
        found = [item]
        for holder, _, path in self.holders(item):
            if path and "metadata" in holder:
                found.append(holder)
        holder = draw.choice(found)
        change = draw.choice(METADATA)
        # The namespace of what belongs to one is that of the script.
        row = self.shapes.server.kind(item["apiVersion"], item["kind"])
        while "namespace" in change and (holder is not item or not row or row["namespaced"]):
            change = draw.choice(METADATA)
        metadata = holder.get("metadata") or {}
        holder["metadata"] = {**metadata, **change}
        for name in ("labels", "annotations"):
            if isinstance(change.get(name), dict) and isinstance(metadata.get(name), dict):
                holder["metadata"][name] = {**metadata[name], **change[name]}
        return json.dumps(change)[:120], "metadata" if holder is item else "… metadata"

    def head(self, item, draw):
        """Another API version or kind, or an empty whole."""
        way = draw.choice(["apiVersion", "kind", "apiVersion", "kind", "spec", "list", "extra"])
        if way == "apiVersion":
            old = item["apiVersion"]
            group, slash, version = old.rpartition("/")
            item["apiVersion"] = draw.choice(["", None, 1, version, group or "core/v1", old + "beta1", group + slash + "v2", group + slash + "v9", old.upper(), "apps/" + version, "extensions/v1beta1", "v1"])
            return item["apiVersion"], way
        if way == "kind":
            old = item["kind"]
            item["kind"] = draw.choice(["", None, old.lower(), old + "s", old[:-1], old.upper(), old + "List", "Deployment", "Pod", "Thing"])
            return item["kind"], way
        if way == "spec" and "spec" in item:
            item["spec"] = draw.choice([{}, None, [], ""])
            return json.dumps(item["spec"]), "spec"
        if way == "list":
            inner = dict(item)
            item.clear()
            item.update({"apiVersion": "v1", "kind": draw.choice(["List", inner["kind"] + "List"]), "items": [inner]})
            return item["kind"], "kind"
        name, value = draw.choice([("data", {"a": "b"}), ("spec", {}), ("status", {}), ("status", "a"), ("metadata", None), ("metadata", {}), ("metadata", []), ("rules", []), ("type", "Opaque"), ("spec", None)])
        item[name] = value
        return json.dumps(value), name
