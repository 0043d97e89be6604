#!/usr/bin/env python3
"""Make api.bin: the kinds and fields of each Kubernetes minor version, from what Kubernetes publishes.

usage: make.py FOLDER [--check]   download into FOLDER with Go, write api.bin beside this file
                                  --check: write nothing; fail if api.bin is something else

Of each minor version the last patch version that Go's module proxy knows is read, pinned in VERSIONS:
  k8s.io/kubernetes  api/openapi-spec/swagger.json (types, fields, required ones, keys of lists; by its paths which
                     kinds are served, and whether in a namespace, and which a server lists of each API version),
                     pkg/controlplane/instance.go (API versions that are off unless switched on)
  k8s.io/api         types.go (the values of types marked +enum), zz_generated.prerelease-lifecycle.go (deprecations)
Descriptions are left out; what is equal in several versions is kept once. mod.rs describes the format. Needs Go and
Python 3.9, nothing else.
"""
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

# Minor versions of Kubernetes 1, oldest first, with their patch versions.
VERSIONS = {27: 16, 28: 15, 29: 6, 30: 14, 31: 14, 32: 13, 33: 13, 34: 4, 35: 4, 36: 3, 37: 2}
TARGET = Path(__file__).resolve().parent / "api.bin"
NONE = 0xFFFF
# What a shape is; the numbers are those of Kind in mod.rs.
STRING, INT32, INT64, NUMBER, BOOLEAN, BYTES, QUANTITY, INT_OR_STRING, TIME, ANY, ANY_OBJECT, LIST, MAP, OBJECT, OBJECT_OR_ANY = range(15)
# Definitions that are no objects with fields of their own.
SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": QUANTITY,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": INT_OR_STRING,
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": TIME,
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": TIME,
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": ANY_OBJECT,
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": ANY_OBJECT,
    "io.k8s.apimachinery.pkg.runtime.RawExtension": ANY_OBJECT,
}
# Definitions that are an object or something else, with the object.
MAYBE = {
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOr" + other:
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps" for other in ("Array", "Bool", "StringArray")
}
ATOMIC, SET, KEYED = range(3)


def download(folder, module, version):
    """The archive of a Go module."""
    env = {**os.environ, "GOMODCACHE": str(folder / "mod"), "GOFLAGS": "-modcacherw"}
    done = subprocess.run(["go", "mod", "download", "-json", f"{module}@v{version}"], capture_output=True, text=True,
                          cwd="/", env=env)
    found = json.loads(done.stdout or "{}")
    if "Zip" not in found:
        sys.exit(f"{module} {version}: {found.get('Error') or done.stderr}")
    return zipfile.ZipFile(found["Zip"])


class Release:
    """What one minor version publishes."""

    def __init__(self, folder, minor):
        patch = VERSIONS[minor]
        kubernetes = download(folder, "k8s.io/kubernetes", f"1.{minor}.{patch}")
        root = f"k8s.io/kubernetes@v1.{minor}.{patch}/"
        swagger = json.loads(kubernetes.read(root + "api/openapi-spec/swagger.json"))
        self.definitions = swagger["definitions"]
        self.served, self.namespaced, self.listed = set(), set(), set()
        for path, methods in swagger["paths"].items():
            self.served_at(path, methods.get("post", {}))
            self.listed_at(path, methods)
        self.disabled = disabled(kubernetes.read(root + "pkg/controlplane/instance.go").decode())
        api = download(folder, "k8s.io/api", f"0.{minor}.{patch}")
        self.lifecycle, self.enums = {}, {}
        for name in api.namelist():
            match = re.fullmatch(r"[^@]+@[^/]+/(\w+)/(v\w+)/(\S+\.go)", name)
            if match and match[3] == "zz_generated.prerelease-lifecycle.go":
                self.lifecycle[match[1], match[2]] = lifecycle(api.read(name).decode())
            elif match and match[3] == "types.go":
                self.enums[match[1], match[2]] = enums(api.read(name).decode())
        self.groups = {match[1]: group for match, group in self.packages(api)}

    def served_at(self, path, create):
        """Notes the kind that can be created at a path, unless that is a part of an object."""
        kind = create.get("x-kubernetes-group-version-kind")
        if not kind or "{name}" in path:
            return
        named = f"{kind['group']}/{kind['version']}".removeprefix("/"), kind["kind"]
        self.served.add(named)
        if "/namespaces/{namespace}/" in path:
            self.namespaced.add(named)

    def listed_at(self, path, methods):
        """Notes the kinds that a server lists of the API version of a path, those of parts of objects too: a kind counts
        for the version whose list it is in, not for its own."""
        match = re.match(r"/(?:api/|apis/([^/]+)/)(v\w+)/", path)
        if not match:
            return
        for method in methods.values():
            kind = method.get("x-kubernetes-group-version-kind") if isinstance(method, dict) else None
            if kind:
                self.listed.add((match[1] or "", match[2], kind["kind"]))

    @staticmethod
    def packages(api):
        """The API group of each folder of k8s.io/api."""
        for name in api.namelist():
            match = re.fullmatch(r"[^@]+@[^/]+/(\w+)/v\w+/register\.go", name)
            if match:
                yield match, re.search(r'GroupName = "(.*)"', api.read(name).decode())[1]


def disabled(text):
    """The API versions that a server does not serve by default: folder and version of their packages."""
    found = set()
    imports = dict(re.findall(r'^\t(\w+) "k8s\.io/(?:api|kubernetes/pkg/apis)/(\w+/v\w+)"$', text, re.M))
    for block in re.findall(r"APIGroupVersionsDisabledByDefault = \[\]schema\.GroupVersion\{(.*?)\n\t\}", text, re.S):
        found |= {tuple(imports[name].split("/")) for name in re.findall(r"^\t\t(\w+)\.SchemeGroupVersion,", block, re.M)}
    # Some of these have resources that are on by default all the same.
    for block in re.findall(r"EnabledByDefaultResources = \[\]schema\.GroupVersionResource\{(.*?)\n\t\}", text, re.S):
        found -= {tuple(imports[name].split("/")) for name in re.findall(r"^\t\t(\w+)\.SchemeGroupVersion\.", block, re.M)}
    return found


def lifecycle(text):
    """Of each kind: introduced, deprecated, removed (minor versions), replacement."""
    kinds = {}
    for kind, what, body in re.findall(r"^func \(in \*(\w+)\) APILifecycle(\w+)\(\) .*? \{\n\treturn (.*)\n\}", text, re.M):
        row = kinds.setdefault(kind, {})
        if what == "Replacement":
            group, version, new = re.fullmatch(
                r'schema\.GroupVersionKind\{Group: "(.*)", Version: "(.*)", Kind: "(.*)"\}', body).groups()
            row[what] = f"{group}/{version} {new}".removeprefix("/")
        else:
            row[what] = int(body.split(", ")[1])
    return kinds


def enums(text):
    """Of each struct: the values of its fields whose type is marked +enum."""
    marked = set()
    for comment, name in re.findall(r"((?:^//.*\n)+)^type (\w+) string$", text, re.M):
        if re.search(r"^// *\+enum\b", comment, re.M):
            marked.add(name)
    values = {}
    for name, kind, value in re.findall(r'^\t?(?:const )?(\w+) +(\w+) *= "(.*)"', text, re.M):
        if kind in marked:
            values.setdefault(kind, []).append(value)
    structs = {}
    for name, body in re.findall(r"^type (\w+) struct \{\n(.*?)^\}", text, re.M | re.S):
        for list_of, kind, field in re.findall(r'^\t\w+ +(\[\])?\*?(\w+) +`json:"(\w+)', body, re.M):
            if kind in values:
                structs.setdefault(name, {})[field] = tuple(sorted(values[kind]))
    return structs


class Tables:
    """The parts of api.bin, each without repetition."""

    def __init__(self):
        self.texts, self.shapes, self.lists, self.choices, self.types = {}, {}, {}, {}, {}

    @staticmethod
    def number(table, item):
        return table.setdefault(item, len(table))

    def text(self, text):
        return self.number(self.texts, text)

    def shape(self, release, schema, values=None):
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/definitions/")
            if name in SCALARS:
                return self.number(self.shapes, (SCALARS[name], 0, 0))
            if name in MAYBE:
                return self.number(self.shapes, (OBJECT_OR_ANY, self.number(self.types, MAYBE[name]), 0))
            definition = release.definitions[name]
            if definition.get("type") != "object":
                return self.number(self.shapes, (ANY, 0, 0))
            return self.number(self.shapes, (OBJECT, self.number(self.types, name), 0))
        kind, form = schema.get("type"), schema.get("format")
        if kind == "array":
            keys = schema.get("x-kubernetes-list-map-keys", [])
            merge = schema.get("x-kubernetes-patch-merge-key")
            sort = {"map": KEYED, "set": SET}.get(schema.get("x-kubernetes-list-type"), ATOMIC)
            row = (sort, self.text(merge) if merge else NONE, tuple(self.text(key) for key in keys))
            return self.number(self.shapes, (LIST, self.shape(release, schema["items"], values), self.number(self.lists, row)))
        if kind == "object":
            if "additionalProperties" in schema:
                return self.number(self.shapes, (MAP, self.shape(release, schema["additionalProperties"]), 0))
            return self.number(self.shapes, (ANY_OBJECT, 0, 0))
        if kind == "string" and form == "byte":
            return self.number(self.shapes, (BYTES, 0, 0))
        if kind == "string":
            choice = self.number(self.choices, tuple(self.text(v) for v in values)) if values else NONE
            return self.number(self.shapes, (STRING, choice, 0))
        if kind == "integer":
            return self.number(self.shapes, (INT64 if form == "int64" else INT32, 0, 0))
        return self.number(self.shapes, ({"number": NUMBER, "boolean": BOOLEAN, None: ANY}[kind], 0, 0))


def fields(tables, release, name, definition):
    match = re.fullmatch(r"io\.k8s\.api\.(\w+)\.(v\w+)\.(\w+)", name)
    values = release.enums.get((match[1], match[2]), {}).get(match[3], {}) if match else {}
    required = set(definition.get("required", []))
    return tuple((tables.text(field), tables.shape(release, schema, values.get(field)), int(field in required))
                 for field, schema in sorted(definition.get("properties", {}).items()))


def make(folder):
    releases = [Release(folder, minor) for minor in VERSIONS]
    tables, variants, kinds, listed = Tables(), {}, {}, {}
    for bit, release in enumerate(releases):
        on = {v: k for k, v in release.groups.items()}
        for name, definition in sorted(release.definitions.items()):
            if name in SCALARS or definition.get("type") != "object":
                continue
            row = fields(tables, release, name, definition)
            of_type = variants.setdefault(tables.number(tables.types, name), {})
            of_type[row] = of_type.get(row, 0) | 1 << bit
            names = definition.get("x-kubernetes-group-version-kind", [])
            for gvk in names if len(names) < 3 else []:
                group_version = f"{gvk['group']}/{gvk['version']}".removeprefix("/")
                row = kinds.setdefault((group_version, gvk["kind"]), dict(known=0, served=0, default=0, namespaced=0))
                row["type"] = tables.number(tables.types, name)
                row["known"] |= 1 << bit
                if (group_version, gvk["kind"]) in release.served:
                    row["served"] |= 1 << bit
                    if (on.get(gvk["group"]), gvk["version"]) not in release.disabled:
                        row["default"] |= 1 << bit
                row["namespaced"] |= (group_version, gvk["kind"]) in release.namespaced
        for (package, version), of_kinds in release.lifecycle.items():
            group_version = f"{release.groups[package]}/{version}".removeprefix("/")
            for kind, life in of_kinds.items():
                row = kinds.setdefault((group_version, kind), dict(known=0, served=0, default=0, namespaced=0))
                row["life"] = life
        for group, version, kind in release.listed:
            row = kinds.get((f"{group}/{version}".removeprefix("/"), kind), dict(default=0))
            if not row["default"] >> bit & 1 and (on.get(group), version) not in release.disabled:
                name = f"{group}/{version}".removeprefix("/"), kind
                listed[name] = listed.get(name, 0) | 1 << bit
    return written(tables, variants, kinds, listed)


def written(tables, variants, kinds, listed):
    for (group_version, kind) in sorted(listed):
        tables.text(group_version), tables.text(kind)
    head = sorted(kinds)
    for (group_version, kind) in head:
        tables.text(group_version), tables.text(kind)
        kinds[group_version, kind].setdefault("life", {})
        tables.text(kinds[group_version, kind]["life"].get("Replacement", ""))
    names = sorted(tables.texts, key=str.encode)
    place = {tables.texts[name]: number for number, name in enumerate(names)}
    place[NONE] = NONE
    text = lambda name: place[tables.texts[name]]
    parts = []
    parts.append((len(VERSIONS), b"".join(struct.pack("<BB", *row) for row in VERSIONS.items())))
    blob = [name.encode() for name in names]
    ends, total = [], 0
    for name in blob:
        ends.append(total)
        total += len(name)
    parts.append((len(names), struct.pack(f"<{len(ends) + 1}I", *ends, total)))
    parts.append((total, b"".join(blob)))
    rows = [(sort, place[merge], [place[key] for key in keys]) for sort, merge, keys in tables.lists]
    parts.append((len(rows), b"".join(struct.pack("<HH6H", sort, merge, *(keys + [NONE] * 6)[:6]) for sort, merge, keys in rows)))
    assert all(len(keys) <= 6 for _, _, keys in rows)
    starts, ids = [0], []
    for choice in tables.choices:
        ids += sorted(place[value] for value in choice)
        starts.append(len(ids))
    parts.append((len(tables.choices), struct.pack(f"<{len(starts)}H", *starts)))
    parts.append((len(ids), struct.pack(f"<{len(ids)}H", *ids)))
    parts.append((len(tables.shapes), b"".join(struct.pack("<HHH", *row) for row in tables.shapes)))
    all_fields, all_variants, types = {}, [], []
    flat = []
    for number in range(len(tables.types)):
        types.append(len(all_variants))
        for row, mask in variants.get(number, {}).items():
            row = tuple(sorted((place[name], shape, required) for name, shape, required in row))
            if row not in all_fields:
                all_fields[row] = len(flat)
                flat += row
            all_variants.append((mask, len(row), all_fields[row]))
    types.append(len(all_variants))
    parts.append((len(tables.types), struct.pack(f"<{len(types)}H", *types)))
    parts.append((len(all_variants), b"".join(struct.pack("<HHI", *row) for row in all_variants)))
    parts.append((len(flat), b"".join(struct.pack("<HHH", *row) for row in flat)))
    rows = []
    for key in sorted(head, key=lambda k: (text(k[0]), text(k[1]))):
        row, life = kinds[key], kinds[key]["life"]
        rows.append(struct.pack("<HHHHHHHHHHH", text(key[0]), text(key[1]), row.get("type", NONE), row["known"], row["served"],
                                row["default"], row["namespaced"], life.get("Introduced", 0), life.get("Deprecated", 0),
                                life.get("Removed", 0), text(life.get("Replacement", ""))))
    parts.append((len(rows), b"".join(rows)))
    rows = [(text(group_version), text(kind), listed[group_version, kind]) for group_version, kind in sorted(listed)]
    parts.append((len(rows), b"".join(struct.pack("<HHH", *row) for row in rows)))
    out, offset = b"", 4 + 8 * len(parts)
    out += b"SCK1"
    for count, data in parts:
        out += struct.pack("<II", count, offset)
        offset += len(data)
    return out + b"".join(data for _, data in parts)


def main(args):
    check = "--check" in args
    args = [arg for arg in args if arg != "--check"]
    if len(args) != 1:
        sys.exit(__doc__)
    data = make(Path(args[0]).resolve())
    if check:
        if TARGET.read_bytes() != data:
            sys.exit(f"{TARGET.name} is not what Kubernetes publishes; run make.py")
    else:
        TARGET.write_bytes(data)
    print(f"{len(VERSIONS)} versions, {len(data)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
