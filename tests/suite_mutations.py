"""Changes a suite of tests at random, for `unittest.py --mutate`: wrong values, paths, patterns, types, fields, YAML."""
import copy
import random
import re

import yaml

NAMES = """contains containsDocument equal equalRaw exists failedTemplate greaterOrEqual hasDocuments isAPIVersion isEmpty
isKind isNotEmpty isNotNull isNotNullOrEmpty isNotSubset isNotType isNull isNullOrEmpty isSubset isType lengthEqual
lessOrEqual matchRegex matchRegexRaw matchSnapshot matchSnapshotRaw notContains notEqual notEqualRaw notExists
notFailedTemplate notGreaterOrEqual notLengthEqual notLessOrEqual notMatchRegex notMatchRegexRaw""".split()
OPTIONS = ("template", "documentIndex", "documentSelector", "not")
# Values of types that are not wanted.
ODD = [None, True, False, 0, 1, -1, 3, 1.5, 1.0, 2.0e20, 10**20, "", "x", "1", "true", "a b", "a\nb\n", " x", "null", "~",
       [], ["x"], [None], [1, "a"], [{"a": 1}], {}, {"a": 1}, {"a": {"b": None}}, {1: 2}, {"pattern": "x"}, {"path": "kind"}]
PATTERNS = ["(", "[", "a{2,1}", "(?P<n>x)", "(?<n>x)", r"\pL+", r"\Q.\E", "(?i)SERVICE", "(?s)^.*$", r"\z", r"\Z", "(?=x)",
            "[[:alpha:]]+", "x**", "a{1001}", r"\8", "(?m)^kind: .*$", r"\C", "^.*$", "(?U)a+", r"\x{10FFFF}", r"\p{Greek}",
            "[^\\n]*", r"\bapp\b", "a\\", "", ")", "*", "+", "?", "a|", "|", "^$", r"\d+", r"(?-s).", "(?z)", "[b-a]", "[a",
            r"\p{Nope}", "(?P<n>x)(?P<n>y)", "$^", r"\.", "é", "[é-ü]", "x{0}", "(?:", "()", ".{0,1000}", r"[\w.-]+$", r"\/"]
VERSIONS = ["1.16.0", "1.31.2", "v1.22", "0.0.0", "", "x", "1", "2.0.0-rc.1", "1.1.2", "1.1.3", "1.1", "1.0.0+b"]


class Loader(yaml.SafeLoader):
    """Reads YAML without times: these are texts in suites."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, exp) for tag, exp in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def read(text):
    """The suites of a text, none where it is none of YAML that is understood here."""
    try:
        return [one for one in yaml.load_all(text, Loader) if isinstance(one, dict) and isinstance(one.get("tests"), list)]
    except (yaml.YAMLError, ValueError):
        return []


def write(suite):
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data):
            return True
    return yaml.dump(suite, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1000)


def leaves(value, at=""):
    """Paths in values."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str) and re.fullmatch(r"[\w-]+", key):
                yield f"{at}.{key}" if at else key
                yield from leaves(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield f"{at}[{i}]"
            yield from leaves(inner, f"{at}[{i}]")


class Mutator:
    """Changes suites of one chart."""

    def __init__(self, rng, templates, values):
        self.rng, self.templates, self.values = rng, templates or ["a.yaml"], values or {}
        self.paths = list(leaves(self.values)) or ["a"]
        self.done = []
        #: Files for `values`, by their paths from the suite.
        self.files = {}

    def mutate(self, suites):
        """A text: one of the suites with few tests, changed. What was changed is kept in `done`."""
        rng = self.rng
        suite = copy.deepcopy(rng.choice(suites))
        tests = [test for test in suite["tests"] if isinstance(test, dict)]
        if not tests:
            return write(suite)
        suite["tests"] = kept = rng.sample(tests, min(len(tests), rng.choice([1, 1, 1, 2, 3])))
        for test in kept:
            asserts = test.get("asserts")
            if isinstance(asserts, list) and len(asserts) > 3:
                test["asserts"] = rng.sample(asserts, 3)
        kinds = [self.of_assertion] * 6 + [self.of_test] * 3 + [self.of_suite] * 2
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
            try:
                rng.choice(kinds)(suite)
            except (AttributeError, TypeError, KeyError, ValueError, IndexError, StopIteration):
                self.note("nothing: what was there is changed already")
        text = write(suite)
        if rng.random() < 0.15:
            text = self.of_text(text)
        if rng.random() < 0.04:
            self.note("two suites")
            text += rng.choice(["---\n", "--- \n", "---\n---\n", "--- # more\n", "...\n---\n", "\n\n  ---\n"])
            text += write(rng.choice(suites) if rng.random() < 0.5 else suite)
        return text

    def note(self, what):
        self.done.append(what)

    def odd(self):
        return copy.deepcopy(self.rng.choice(ODD))

    def near(self, value):
        """Almost the same value."""
        rng = self.rng
        if isinstance(value, bool):
            return rng.choice([not value, str(value).lower()])
        if isinstance(value, (int, float)):
            return rng.choice([value + 1, value - 1, str(value), float(value), -value])
        if isinstance(value, str):
            at = rng.randrange(len(value) + 1)
            return rng.choice([value + "x", value[1:], value[:at] + rng.choice("x \n\t:#'\"é") + value[at:],
                               value.upper(), value + "\n", "\n" + value, value + " ", re.sub(r"\w", "x", value, count=1)])
        if isinstance(value, list):
            return rng.choice([value + [None], value[1:], value[::-1], value + value[:1], value * 2])
        if isinstance(value, dict):
            out = dict(value)
            if out and rng.random() < 0.7:
                key = rng.choice(list(out))
                out[key] = self.near(out[key])
            else:
                out[rng.choice(["x", "name", "a.b"])] = self.odd()
            return out
        return self.odd()

    def path(self, path):
        """Another path, with what yaml-jsonpath knows and does not."""
        rng = self.rng
        path = path if isinstance(path, str) and path else rng.choice(["kind", "metadata.name", "spec.x"])
        parts = re.findall(r"\[[^\]]*\]|[^.\[\]]+", path) or ["kind"]
        at = rng.randrange(len(parts))
        name = parts[at].strip("[]\"'")

        def joined(changed):
            out = ""
            for part in parts[:at] + [changed] + parts[at + 1:]:
                out += part if part.startswith("[") or part.startswith("..") or not out else "." + part
            return out
        cut = rng.randrange(len(path) + 1)
        return rng.choice([
            path[:cut] + path[cut + 1:], path[:cut] + rng.choice("xX.[]()'\"*?@$~,:\\ -0é&#") + path[cut:],
            joined(f'["{name}"]'), joined(f"['{name}']"), joined("[*]"), joined("*"), joined(f"..{name}"), joined("[-1]"),
            joined("[0]"), joined("[100]"), joined("[0:1]"), joined("[::2]"), joined("[::-1]"), joined("[1:]"),
            joined("[0,1]"), joined(f"['{name}','x']"), joined(f"['{name}',\"kind\"]"), joined("[?(@.name)]"),
            joined('[?(@.name == "x")]'), joined("[?(@.name=='a')].name"), joined("[?(@.a=~/x.*/)]"), joined("[?(@ > 1)]"),
            joined("[?(@.a && !(@.b || @.c != 1))]"), joined("[?@.a]"), joined("[?(@.a ==)]"), joined("[?($.kind)]"),
            joined(f"{name}~"), joined("[0]~"), path + "~", path + ".", path + "[", path + "]", path + " ", " " + path, "$",
            "$." + path, "$" + path, "$..", "$..*", "..", "." + path, "&", "*", "$[*]", "$..kind", "..name", path + "[*]",
            path + "..*", path + "[-1:]", path + "[1:0:0]", path + "[a]", path + "['a", path + "[?(", path + "[()]",
            path + ".x.y", path + "[0].name", path + "[?(@.name=='%s')]" % name, path.replace(".", ".."), path.upper(),
            path.replace(".", "\\."), "x", "0", "[0]", "['metadata']['name']", "metadata.labels['app.kubernetes.io/name']",
            "metadata.annotations", "spec.template.spec.containers[*].name", "spec.*", "metadata..name", "raw", "data.*",
            "spec.template.spec.containers[?(@.name)].image", "[?(@.kind)]", "$[?(@.kind == 'Service')]",
            "spec.template.spec.containers[0]['name','image']", "@", "@.kind", "$.kind~", "metadata.*~",
            "spec.template.spec.containers[?(@.ports[0].containerPort > 80)]", "metadata[?(@ == 'NAMESPACE')]",
            "metadata.labels[?(@=~/Helm/)]", "metadata.labels.*", "a[1000000000]", "a[99999999999999999999]"])

    def template(self):
        rng = self.rng
        name = rng.choice(self.templates)
        return rng.choice([name, "templates/" + name, name, "nope.yaml", "", "*", "*.yaml", "/" + name, "./" + name,
                           "../templates/" + name, name.upper(), "charts/x/templates/a.yaml", name + " ", "templates",
                           "templates/*.yaml", "**", name.rsplit(".", 1)[0], "NOTES.txt", "_helpers.tpl", "crds/x.yaml", 5,
                           None, True, ["x"]])

    def selector(self):
        rng = self.rng
        out = {"path": rng.choice(["kind", "metadata.name", "$[?(@.kind)]", "nope", "", self.path("kind"), "$", "spec.*"])}
        if rng.random() < 0.8:
            out["value"] = rng.choice(["Service", "Deployment", "ConfigMap", "RELEASE-NAME", "x", *ODD])
        for name in ("matchMany", "skipEmptyTemplates"):
            if rng.random() < 0.4:
                out[name] = rng.choice([True, True, True, False, "true", 1, None])
        if rng.random() < 0.1:
            out[rng.choice(["x", "Path", "matchmany"])] = self.odd()
        if rng.random() < 0.08:
            out.pop("path")
        return rng.choice([out] * 15 + [None, [], "x", {}])

    def one(self, suite):
        """A test and an assertion of it."""
        rng = self.rng
        test = rng.choice(suite["tests"])
        at = rng.randrange(len(test["asserts"]))
        return test, at, test["asserts"][at]

    def of_assertion(self, suite):
        rng = self.rng
        test, at, one = self.one(suite)
        name = next(key for key in one if key not in OPTIONS)
        params = one[name]
        kind = rng.choice(["value", "value", "value", "path", "path", "path", "path", "pattern", "pattern", "type", "type",
                           "missing", "extra", "case", "params", "rename", "rename", "unknown", "two", "not", "not", "index",
                           "index", "template", "template", "selector", "selector", "assert", "snapshot", "snapshot", "failed",
                           "failed", "count", "made", "made", "made", "option", "copy", "list"])
        self.note(f"{name}: {kind}")
        fields = [key for key in params if key != "path"] if isinstance(params, dict) else []
        if kind == "value" and fields:
            field = rng.choice(fields)
            params[field] = self.near(params[field])
        elif kind == "path":
            if not isinstance(params, dict):
                one[name] = params = {}
            params["path"] = self.path(params.get("path"))
        elif kind == "pattern":
            pattern = rng.choice(PATTERNS)
            del one[name]
            path = params.get("path") if isinstance(params, dict) else None
            new = rng.choice(["matchRegex", "notMatchRegex", "matchRegexRaw", "failedTemplate", "matchSnapshot",
                              "notMatchRegexRaw", "matchRegex"])
            if new == "failedTemplate":
                one[new] = {"errorPattern": pattern}
            elif new == "matchSnapshot":
                one[new] = {rng.choice(["matchRegex", "notMatchRegex"]): {"pattern": pattern}}
            else:
                one[new] = {"path": path or self.path("metadata.name"), "pattern": pattern}
                if rng.random() < 0.1:
                    one[new]["decodeBase64"] = rng.choice([True, False, "x", None])
        elif kind == "type" and isinstance(params, dict) and params:
            params[rng.choice(list(params))] = self.odd()
        elif kind == "missing" and isinstance(params, dict) and params:
            del params[rng.choice(list(params))]
        elif kind == "extra" and isinstance(params, dict):
            params[rng.choice(["x", "value", "content", "count", "any", "of", "paths", "not", "type", "decodeBase64", "kind",
                               "apiVersion", "name", "namespace", "filterAware", "errorMessage", "errorPattern",
                               "documentIndex", 1])] = rng.choice([self.odd(), True, 1, "x", ["metadata", "spec"]])
        elif kind == "case" and isinstance(params, dict) and params:
            key = rng.choice(list(params))
            params[rng.choice([str(key).upper(), str(key).capitalize(), str(key) + " "])] = params.pop(key)
        elif kind == "params":
            one[name] = self.odd()
        elif kind == "rename":
            one[rng.choice(NAMES)] = one.pop(name)
        elif kind == "unknown":
            one[rng.choice(["isKnd", "x", "", name.upper(), name + "s", "isValue", 5, "not ", "values"])] = one.pop(name)
        elif kind == "two":
            one[rng.choice(NAMES)] = rng.choice([self.odd(), {"path": "kind"}, {"of": "x"}, {"path": "kind", "value": 1}])
        elif kind == "not":
            one["not"] = rng.choice([True, True, True, True, False, "true", 1, None, "yes", [], 0])
        elif kind == "index":
            rng.choice([one, one, test])["documentIndex"] = rng.choice([0, 0, 0, 1, 2, 99, -1, "0", 1.0, None, [], 10**18, 10**30])
        elif kind == "template":
            one["template"] = self.template()
        elif kind == "selector":
            rng.choice([one, one, test])["documentSelector"] = self.selector()
        elif kind == "assert":
            test["asserts"][at] = rng.choice([{}, None, "x", [], {"not": True}, {"template": "a.yaml"}, 5, [one], {"x": one},
                                              {"documentSelector": {"path": "kind"}}, {"documentIndex": 0}])
        elif kind == "snapshot":
            test["asserts"][at] = rng.choice([
                {"matchSnapshot": {}}, {"matchSnapshot": None}, {"matchSnapshotRaw": {}}, {"matchSnapshot": {"path": self.path("spec")}},
                {"matchSnapshot": {"path": "spec"}, "not": True}, {"matchSnapshot": {}, "documentIndex": 0},
                {"matchSnapshot": {"path": "metadata", "matchRegex": {"pattern": rng.choice(PATTERNS + ["name: .*", "x"])}}},
                {"matchSnapshot": {"notMatchRegex": {"pattern": rng.choice(PATTERNS)}}, "not": rng.choice([True, False])},
                {"matchSnapshot": {"path": "kind", "matchRegex": self.odd()}}, {"matchSnapshot": {"path": "metadata..*"}},
                {"matchSnapshot": {"matchRegex": {"pattern": "a", "patern": "b"}, "notMatchRegex": {"pattern": "b"}}},
                {"matchSnapshot": {"path": "metadata.labels", "x": 1}}, {"matchSnapshotRaw": {"path": "kind"}},
                {"matchSnapshot": {"matchRegex": {"pattern": self.odd()}}}])
        elif kind == "failed":
            test["asserts"][at] = {rng.choice(["failedTemplate", "failedTemplate", "notFailedTemplate"]): rng.choice([
                {}, None, {"errorMessage": "x"}, {"errorPattern": "x"}, {"errorMessage": "x", "errorPattern": "x"},
                {"errorPattern": rng.choice(PATTERNS)}, {"errorPattern": ".*"}, {"errorMessage": ""}, {"errorPattern": "must|required"},
                {"errorMessage": self.odd()}, {"errorPattern": "Values\\.x"}, {"errorMessage": "x.yaml:1:1: $"}])}
            if rng.random() < 0.3:
                test["asserts"][at]["not"] = True
        elif kind == "count":
            test["asserts"][at] = rng.choice([
                {"hasDocuments": {"count": rng.choice([0, 1, 2, -1, "1", None, 1.7]), "filterAware": rng.choice([True, False, None, 1])}},
                {"lengthEqual": {"path": self.path("metadata.labels"), "count": rng.choice([0, 1, 2, -1, "1", None])}},
                {"lengthEqual": {"paths": [self.path("spec"), "metadata.*", "spec.template.spec.containers"]}},
                {"lengthEqual": {"path": "spec.ports"}}, {"lengthEqual": {"paths": [], "path": "spec"}},
                {"lengthEqual": {"paths": ["spec.ports", "spec.template.spec.containers"], "count": rng.choice([1, 2, 0])}},
                {"contains": {"path": self.path("spec.template.spec.containers"), "content": self.odd(), "count": rng.choice([0, 1, 2, -1]),
                              "any": rng.choice([True, False])}}])
        elif kind == "made":
            path = self.path(params.get("path") if isinstance(params, dict) else None)
            good = params.get("path", "kind") if isinstance(params, dict) else "metadata.name"
            path = rng.choice([path, good, "metadata.labels", "spec", "metadata.name"])
            new = rng.choice(NAMES)
            test["asserts"][at] = {new: {"path": path, rng.choice(["value", "content", "of", "pattern", "type", "count", "kind"]):
                                         rng.choice([self.odd(), "string", "object", "Service", {"app": "x"}, "RELEASE-NAME"])}}
        elif kind == "option":
            one[rng.choice(OPTIONS)] = self.odd()
        elif kind == "copy":
            test["asserts"] += [copy.deepcopy(rng.choice(test["asserts"])), copy.deepcopy(one)]
        elif kind == "list":
            test["asserts"] = rng.choice([None, {}, "x", [], [None], [None, one], one, 5, [[one]]])

    def shared(self, level, prefix):
        """Changes what tests and suites have alike."""
        rng = self.rng
        kind = rng.choice(["set", "set", "set", "set", "values", "values", "release", "capabilities", "capabilities", "chart", "skip",
                           "templates", "templates", "extra", "type", "provider", "remove"])
        self.note(f"{prefix}: {kind}")
        if kind == "set":
            path = rng.choice(self.paths)
            last = path.split(".")[-1]
            changed = rng.choice([path] * 8 + [
                path + "[0]", path + "[3].x", path + "[x]", path + "[a.b]", path + ".x.y", path + "[0][1]", path + ".", "." + path,
                path + "[", path + "]", path + "{", path + "=", "", "[0]", "[a.b].c", path + "[]", path.replace(".", "\\."),
                path + "[-0]", path + "[ 1]", path + "[1]x", path + "[0x1]", path + "[+1]", "a b", "é.ü", path + ",x", last + "[5]",
                "global." + last, path + "..x", 5, path + "[00]", path + "[1_0]"])
            new = {changed: rng.choice([self.odd(), self.odd(), "x", None, {}, {last: None}])}
            old = level.get("set")
            if rng.random() < 0.07:
                new, old = self.odd(), None
            level["set"] = {**(old if isinstance(old, dict) else {}), **new} if isinstance(new, dict) else new
        elif kind == "values":
            name = rng.choice(["nope.yaml", "mutated-values.yaml", "mutated-values.yaml", "mutated-values.yaml", "/nope/x.yaml", "", ".",
                               "mutated-*.yaml", 5, None])
            self.files["mutated-values.yaml"] = rng.choice([
                "", "# none\n", "[]\n", "x\n", "a: [\n", "a:\n\t- b\n", "a: 1\na: 2\n", "null\n", "a: &x 1\nb: *x\n", "b: *x\n", "---\na: 1\n---\nb: 2\n",
                "1: 2\n", "a: !!int x\n", "? [a]\n: b\n", "{{ x }}\n", yaml.safe_dump({rng.choice(self.paths): self.odd()}),
                yaml.safe_dump({rng.choice(self.paths).split(".")[0].split("[")[0]: self.odd()}), "global: 1\n", "a: 2020-01-01\n",
                "a: 010\nb: 0o10\nc: 1e3\nd: .inf\n", "a: 'x\n", "\ufeffa: 1\n", "a: |\n  x\n b: 1\n", "<<: {a: 1}\n", "a: 12345678901234567890\n"])
            level["values"] = rng.choice([[name], [name], [name, name], name, None])
        elif kind == "release":
            level["release"] = rng.choice([
                {"name": rng.choice(["x", "X_Y", "a" * 54, "", 5, None, "a.b", "-a", "é", "a..b"])}, {"namespace": rng.choice(["x", "", None, 5, ["a"]])},
                {"revision": rng.choice([1, 5, -1, "1", "x", 1.5, None])}, {"upgrade": rng.choice([True, False, "true", "yes", 1, None])},
                None, [], "x", {"x": 1}, {"Name": "x"}, {"isUpgrade": True}, {"name": "r", "namespace": "n", "revision": 2, "upgrade": True}])
        elif kind == "capabilities":
            level["capabilities"] = rng.choice([
                {"majorVersion": rng.choice([1, "1", 2, 1.5, None, "x", "", True]), "minorVersion": rng.choice([16, "31", 21.0, None, "", "22+", -1])},
                {"apiVersions": rng.choice([["a/v1"], None, [], "x", {}, ["a/v1", 5, None], 5])}, None, [], "x", {}, {"x": 1},
                {"minorVersion": 25, "apiVersions": ["monitoring.coreos.com/v1", "batch/v1beta1", "policy/v1/PodDisruptionBudget"]}])
        elif kind == "chart":
            level["chart"] = rng.choice([{"version": rng.choice([*VERSIONS, 1.2, 5, None, []]), "appVersion": rng.choice([*VERSIONS, 2.0, None])},
                                         {"appVersion": rng.choice(VERSIONS)}, None, "x", [], {"x": 1}, {"Version": "9.9.9"}])
        elif kind == "skip":
            level["skip"] = rng.choice([{"reason": rng.choice(["x", "", None, 5, []])}, None, "x", True, {}, {"x": 1}, {"minimumVersion": rng.choice(VERSIONS)},
                                        {"reason": "y", "minimumVersion": "0.1.0"}, {"minimumVersion": 1.5}])
        elif kind == "templates":
            level["templates"] = rng.choice([[self.template()], [self.template(), self.template()], [], None, "x", self.template(), {}])
        elif kind == "extra":
            level[rng.choice(["x", "Set", "IT", "assert", "documentindices", "documentIndices", "snapshotid", "helm2", 5, "Templates", "tests "])] = self.odd()
        elif kind == "type" and level:
            level[rng.choice(list(level))] = self.odd()
        elif kind == "remove" and level:
            del level[rng.choice(list(level))]
        elif kind == "provider":
            level["kubernetesProvider"] = rng.choice([
                {"scheme": {"v1/Secret": {"gvr": {"version": "v1", "resource": "secrets"}, "namespaced": True}},
                 "objects": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "NAMESPACE"}, "data": {"a": "eA=="}}]},
                {"objects": []}, None, {"scheme": {}}, "x", {"objects": [None]}, {"objects": "x"}, {"scheme": []}, {"scheme": {"v1/Pod": None}}, {"x": 1}])

    def of_test(self, suite):
        rng = self.rng
        test = rng.choice(suite["tests"])
        kind = rng.choice(["shared"] * 6 + ["it", "template", "template", "index", "selector", "indices", "again", "null"])
        if kind == "shared":
            return self.shared(test, "test")
        self.note(f"test: {kind}")
        if kind == "it":
            test["it"] = rng.choice([self.odd(), "a: b", "x\ny", "  x", "é ü", "a" * 300, "%s %d", "\t"])
        elif kind == "template":
            test["template"] = self.template()
        elif kind == "index":
            test["documentIndex"] = rng.choice([0, 0, 1, 99, -1, "0", 1.0, "x", None, [], 1.5])
        elif kind == "selector":
            test["documentSelector"] = self.selector()
        elif kind == "indices":
            test["documentIndices"] = rng.choice([{"a.yaml": [0, 1]}, {"a.yaml": 0}, [0], None, {"a.yaml": ["x"]}])
        elif kind == "again":
            suite["tests"].append(copy.deepcopy(test))
        elif kind == "null":
            suite["tests"][rng.randrange(len(suite["tests"]))] = rng.choice(["x", [], {}, {"it": "x"}, 5, [test]])

    def of_suite(self, suite):
        rng = self.rng
        kind = rng.choice(["shared"] * 6 + ["suite", "exclude", "exclude", "crds", "id", "tests"])
        if kind == "shared":
            return self.shared(suite, "suite")
        self.note(f"suite: {kind}")
        if kind == "suite":
            suite["suite"] = rng.choice([self.odd(), "a: b", "x\ny", "é", ""])
        elif kind == "exclude":
            suite["excludeTemplates"] = rng.choice([[self.template()], [self.template(), self.template()], [], None, "x", ["*"], ["**/*.yaml"]])
        elif kind == "crds":
            suite["includeCrds"] = rng.choice([True, True, False, "true", None, 1, []])
        elif kind == "id":
            suite["snapshotId"] = rng.choice(["x", "", 5, None, "a/b", "..", [], "é"])
        elif kind == "tests":
            suite["tests"] = rng.choice([None, [], {}, "x", {"a": suite["tests"]}, suite["tests"] * 2])

    def of_text(self, text):
        """Changes that only the text can have."""
        rng = self.rng
        lines = text.split("\n")
        at = rng.randrange(max(len(lines) - 1, 1))
        line = lines[at]
        cut = rng.randrange(len(text) + 1)
        kind = rng.choice(["twice", "tab", "anchor", "merge", "bom", "crlf", "garbage", "quote", "drop", "insert", "dedent", "indent", "comment",
                           "escape", "escape", "separator", "end", "gone", "flow", "tag", "nul", "alias", "directive", "block", "same", "utf8"])
        self.note(f"text: {kind}")
        if kind == "twice":
            lines.insert(at, line)
        elif kind == "tab":
            lines[at] = rng.choice(["\t" + line, line + "\t", line.replace("  ", "\t", 1), line.replace(": ", ":\t")])
        elif kind == "anchor":
            return re.sub(r"^(\s*asserts:)$", r"\1 &all", text, count=1, flags=re.M) + "x-more: *all\n"
        elif kind == "merge":
            return "x-base: &base\n  documentIndex: 0\n  not: true\n" + re.sub(r"^(\s*)- (\w+:.*)$", r"\1- <<: *base\n\1  \2", text, count=rng.randrange(1, 4), flags=re.M)
        elif kind == "bom":
            return "\ufeff" + text
        elif kind == "crlf":
            return text.replace("\n", "\r\n")
        elif kind == "garbage":
            return text + rng.choice(["}", "x", "- a\n", ": b\n", "@", "`", "%", "*", "&", "!", "|", "---", "...", "\x01"])
        elif kind == "quote":
            return text[:cut] + rng.choice("'\"") + text[cut:]
        elif kind == "drop":
            return text[:cut] + text[cut + 1:]
        elif kind == "insert":
            return text[:cut] + rng.choice("x:-#{}[]&*!|>%@`'\"\\, \n\t?") + text[cut:]
        elif kind == "dedent":
            lines[at] = line[1:]
        elif kind == "indent":
            lines[at] = " " + line
        elif kind == "comment":
            lines.insert(at, rng.choice(["# x", "    # x", "#"]))
            lines[at + 1:at + 2] = [line + " # y"]
        elif kind == "escape":
            return re.sub(r"^(\s*(?:- )?(?:path|value|pattern|it|errorMessage|errorPattern): )(.*)$",
                          lambda found: found[1] + rng.choice(['"a\\.b"', '"\\d+ \\\\x"', '"\\z"', '"x\\\\\\."', '"\\/"', '"\\s\\n"', '"\\$"']),
                          text, count=rng.randrange(1, 3), flags=re.M)
        elif kind == "separator":
            lines.insert(at, rng.choice(["---", "--- ", "---x", "----", "  ---", "--- # c", "...", "--- |"]))
        elif kind == "end":
            return text[:cut]
        elif kind == "gone":
            del lines[at]
        elif kind == "flow":
            return yaml.dump(yaml.load(text, Loader), Dumper=yaml.SafeDumper, sort_keys=False, default_flow_style=True, allow_unicode=True)
        elif kind == "tag":
            lines[at] = re.sub(r": (.+)$", rng.choice([r": !!str \1", r": !!int \1", r": !!x \1", r": !x \1", r": !!bool \1", r": !!float \1", r": !!binary \1"]), line)
        elif kind == "nul":
            return text[:cut] + rng.choice(["\0", "\x7f", "\x85", "\u2028", "\ufffe", "\x1b"]) + text[cut:]
        elif kind == "alias":
            lines[at] = re.sub(r": .+$", rng.choice([": *nope", ": &a", ": &a x", ": *", ": &"]), line)
        elif kind == "directive":
            return rng.choice(["%YAML 1.1\n---\n", "%YAML 1.2\n---\n", "%YAML 3.0\n---\n", "%TAG ! x\n---\n", "%X\n---\n", "--- !x\n", "---\n", "\n\n---\n# x\n---\n"]) + text
        elif kind == "block":
            lines[at] = re.sub(r": .+$", rng.choice([": |", ": >", ": |-\n        x\n      y", ": >+\n\n          x\n", ": |9\n x", ": '", ': "']), line)
        elif kind == "same":
            return re.sub(r"^(\s*)(- )?(path|value|it|set|of): (.*)$", r"\1\2\3: \4\n\1  \3: \4", text, count=1, flags=re.M)
        elif kind == "utf8":
            return text[:cut] + "\udcff" + text[cut:]
        return "\n".join(lines)
