#!/usr/bin/env python3
"""What a chart twice as large costs, a comparison, and a validation: each dimension is doubled, and the exponent printed.

usage: growth.py BINARY [--only REGEX] [--helm HELM]

A chart from a stranger must not take time by its square. Each dimension is made small, twice and four times as large;
the cost is instructions, which repeat, and the exponent that of the last doubling: 1 is in proportion. The status is 1
where one is above 1.2, or a render fails. With --helm each largest chart is rendered by Helm, too: both must print
the same.

Needs valgrind.
"""
import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benches"))
import charts  # noqa: E402
import measure  # noqa: E402

MOST = 1.2
DIMENSIONS = []


def registers(write):
    """A decorator with a size: it registers a function (size) -> what `write` takes."""
    def sized(size):
        def register(make):
            DIMENSIONS.append((make, size, write))
            return make
        return register
    return sized


def validate_chart(made, at):
    """Writes a chart; returns the arguments that check it."""
    files, arguments = made
    charts.write(at, files)
    return ["validate", str(at), *arguments]


def template(made, at):
    """Writes a chart; returns the arguments that render it."""
    files, arguments = made
    charts.write(at, files)
    return ["template", "release", str(at), *arguments]


def diff(made, at):
    """Writes two charts or manifests; returns the arguments that compare them."""
    for side, files in zip(("old", "new"), made):
        charts.write(at / side, files if isinstance(files, dict) else {"all.yaml": files})
    return ["diff", str(at / "old"), str(at / "new")]


def validate(made, at):
    """Writes manifests; returns the arguments that check them, and end with 0 whatever is found."""
    charts.write(at, {"all.yaml": "---\n".join(json.dumps(document) + "\n" for document in made)})
    return ["validate", str(at / "all.yaml"), "--kube-version", "1.36..1.37", "--write-baseline", str(at / "baseline.yaml")]


# (size) -> (files of the chart, further arguments)
dimension, validation = registers(template), registers(validate_chart)
# (size) -> (old, new), each a text of manifests or the files of a chart
comparison = registers(diff)
# (size) -> manifests that `validate` finds something in
checked = registers(validate)


def chart(templates=None, values="", **more):
    files = {"Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n" + "".join(f"{k}: {json.dumps(v)}\n" for k, v in more.items()),
             "values.yaml": values}
    return files | {f"templates/{name}": text for name, text in (templates or {}).items()}


def config(name, body=""):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{body}"


def one(text, **more):
    return chart({"a.yaml": config("a", "data:\n" + text)}, **more), []


def calls(n, call):
    """A template that makes a call so many times, `$i` being its number."""
    return chart({"a.yaml": charts.looped(n, call)}), []


@dimension(2000)
def definitions_in_a_file(n):
    return chart({"_a.tpl": "".join(f'{{{{define "a{i}"}}}}x{{{{end}}}}\n' for i in range(n))}), []


@dimension(500)
def templates(n):
    return chart({f"t{i}.yaml": config(f"c{i}") for i in range(n)}), []


@dimension(500)
def partials_of_the_same_text(n):
    return chart({f"_t{i}.tpl": '{{define "a"}}x{{end}}' for i in range(n)}), []


@dimension(2000)
def documents_in_a_template(n):
    return chart({"a.yaml": "---\n".join(config(f"c{i}") for i in range(n))}), []


@dimension(500)
def hooks(n):
    annotation = '  annotations: {"helm.sh/hook": "pre-install", "helm.sh/hook-weight": "%d"}\n'
    return chart({f"t{i}.yaml": config(f"c{i}", annotation % (i % 7)) for i in range(n)}), []


@dimension(3000)
def values(n):
    return chart(values="".join(f"key{i}: value {i}\n" for i in range(n))), []


@dimension(3000)
def values_of_a_list(n):
    return chart(values="list:\n" + "".join(f"  - value {i}\n" for i in range(n))), []


@dimension(1500)
def keys_of_set(n):
    return chart(), ["--set", ",".join(f"a{i}={i}" for i in range(n))]


@dimension(1500)
def keys_of_set_below_one(n):
    return chart(), ["--set", ",".join(f"a.b.c{i}={i}" for i in range(n))]


@dimension(1500)
def items_of_set(n):
    return chart(), ["--set", ",".join(f"a[{i}]={i}" for i in range(n))]


@dimension(500)
def flags_of_set(n):
    return chart(), [word for i in range(n) for word in ("--set", f"a{i}={i}")]


@dimension(1500)
def keys_of_set_json(n):
    return chart(), ["--set-json", "a=" + json.dumps({f"k{i}": i for i in range(n)})]


@dimension(100)
def subcharts(n):
    files = chart()
    for i in range(n):
        files |= {f"charts/s{i}/{name}": text.replace("name: app", f"name: s{i}") for name, text in chart({"a.yaml": config(f"s{i}")}).items()}
    return files, []


@dimension(10)
def subcharts_and_globals(n):
    files, _ = subcharts(n)
    return files | {"values.yaml": "global:\n" + "".join(f"  g{i}: {i}\n" for i in range(1000))}, []


@dimension(1500)
def globals_of_subcharts(n):
    files, _ = subcharts(10)
    return files | {"values.yaml": "global:\n" + "".join(f"  g{i}: {i}\n" for i in range(n))}, []




@dimension(200)
def dependencies_with_conditions(n):
    files, _ = subcharts(n)
    listed = [{"name": f"s{i}", "version": "1.0.0", "repository": "", "condition": f"s{i}.enabled", "tags": ["t"]} for i in range(n)]
    return files | {"Chart.yaml": files["Chart.yaml"] + "dependencies: " + json.dumps(listed) + "\n"}, []


@dimension(1000)
def lines_of_helmignore(n):
    return chart({f"t{i}.yaml": config(f"c{i}") for i in range(10)}) | {".helmignore": "".join(f"file{i}.txt\n" for i in range(n))}, []


@dimension(2000)
def files(n):
    return chart({"a.yaml": config("a", "data:\n  count: {{ len .Files | quote }}\n")}) | {f"files/f{i}.txt": "x" for i in range(n)}, []


@dimension(300)
def files_of_a_glob(n):
    found, _ = files(n)
    return found | {"templates/a.yaml": config("a", 'data:\n{{ (.Files.Glob "files/*").AsConfig | indent 2 }}\n')}, []


@dimension(3000)
def lines_of_a_file(n):
    text = '  {{- range $i, $l := .Files.Lines "f.txt" }}\n  k{{ $i }}: {{ $l }}\n  {{- end }}\n'
    return one(text)[0] | {"f.txt": "line\n" * n}, []


@dimension(5000)
def rounds_of_a_range(n):
    return calls(n, '"x"')


@dimension(3000)
def actions(n):
    return one("".join(f"  k{i}: {{{{ .Release.Name }}}}\n" for i in range(n)))


@dimension(1500)
def variables(n):
    return one("".join(f"  {{{{- $v{i} := {i} }}}}\n" for i in range(n)) + f"  k: v{{{{ $v{n - 1} }}}}\n")


@dimension(1000)
def else_ifs(n):
    return one("  k: {{ if false }}a" + "".join(f"{{{{ else if eq .Release.Name \"{i}\" }}}}b" for i in range(n)) + "{{ end }}c\n")


@dimension(1000)
def pipes(n):
    return one("  k: {{ .Release.Name" + " | trim" * n + " }}\n")


@dimension(1000)
def includes(n):
    files, _ = calls(n, 'include "n" $')
    return files | {"templates/_n.tpl": '{{define "n"}}{{ .Release.Name }}{{end}}'}, []


@dimension(500)
def texts_of_tpl(n):
    return calls(n, 'tpl (printf "{{ .Release.Name }}%d" $i) $')


@dimension(300)
def definitions_by_tpl(n):
    return calls(n, r'tpl (printf "{{ define \"d%d\" }}x{{ end }}y" $i) $')


@dimension(3000)
def keys_set_in_a_dict(n):
    return one(f"  {{{{- $d := dict }}}}{{{{- range $i := until {n} }}}}{{{{- $_ := set $d (toString $i) $i }}}}{{{{- end }}}}\n  k: v{{{{ len $d }}}}\n")


@dimension(2000)
def keys_of_to_yaml(n):
    files, _ = one("{{ toYaml .Values | indent 2 }}\n", values="".join(f"key{i}: value {i}\n" for i in range(n)))
    return files, []


@dimension(2000)
def keys_of_from_yaml(n):
    files, _ = one('  k: v{{ .Files.Get "f.yaml" | fromYaml | len }}\n')
    return files | {"f.yaml": "".join(f"key{i}: value {i}\n" for i in range(n))}, []


@dimension(2000)
def keys_of_merge(n):
    return one('  k: v{{ merge (dict) .Values.a .Values.b | len }}\n',
               values="".join(f"{top}:\n" + "".join(f"  {top}{i}: {i}\n" for i in range(n)) for top in "ab"))


@dimension(1000)
def items_of_uniq(n):
    return one(f"  k: v{{{{ until {n} | uniq | len }}}}\n")


@dimension(3000)
def items_of_sort_alpha(n):
    return one(f"  k: v{{{{ until {n} | sortAlpha | len }}}}\n")


@dimension(20_000)
def length_of_a_line(n):
    return one("  k: " + "x" * n + "{{ .Release.Name }}\n")


@dimension(2000)
def lines_of_comments(n):
    return chart(values="# a comment about nothing\n" * n + "a: 1\n"), []


@dimension(1000)
def anchors(n):
    return chart(values="".join(f"a{i}: &a{i} {{x: 1}}\nb{i}: *a{i}\n" for i in range(n))), []


@dimension(1000)
def columns_of_a_flow(n):
    return chart(values="a: [" + ", ".join(f"{{k{i}: v}}" for i in range(n)) + "]\n"), []


@dimension(500)
def properties_of_a_schema(n):
    schema = {"type": "object", "properties": {f"p{i}": {"type": "string", "minLength": 1} for i in range(n)}, "required": [f"p{i}" for i in range(n)]}
    return chart(values="".join(f"p{i}: x\n" for i in range(n))) | {"values.schema.json": json.dumps(schema)}, []


@dimension(500)
def references_of_a_schema(n):
    schema = {"definitions": {f"d{i}": {"type": "string"} for i in range(n)}, "properties": {f"p{i}": {"$ref": f"#/definitions/d{i}"} for i in range(n)}}
    return chart(values="".join(f"p{i}: x\n" for i in range(n))) | {"values.schema.json": json.dumps(schema)}, []


@dimension(500)
def values_of_an_enum(n):
    schema = {"properties": {"p": {"enum": [f"v{i}" for i in range(n)]}}}
    return chart(values="p: v1\n") | {"values.schema.json": json.dumps(schema)}, []


@dimension(300)
def crds(n):
    return chart() | {f"crds/c{i}.yaml": f"kind: CustomResourceDefinition\nmetadata: {{name: c{i}}}\n" for i in range(n)}, ["--include-crds"]


@dimension(1000)
def api_versions(n):
    return one('  k: {{ .Capabilities.APIVersions.Has "a/v1" | quote }}\n')[0], [word for i in range(n) for word in ("-a", f"g{i}/v1")]


@dimension(300)
def templates_shown(n):
    return chart({f"t{i}.yaml": config(f"c{i}") for i in range(n)}), [word for i in range(n) for word in ("-s", f"templates/t{i}.yaml")]


def joined(documents):
    return "---\n".join(documents)


def changed(n, old, new):
    """Two sides of manifests, each document made by its number."""
    return joined(old(i) for i in range(n)), joined(new(i) for i in range(n))


def held(name, value):
    return config(name, f'data:\n  key: "{value}"\n')


def workload(i):
    return (f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d{i}\nspec:\n  template:\n    spec:\n      containers:\n"
            f"      - name: c\n        envFrom:\n        - configMapRef:\n            name: c{i}\n")


@comparison(1000)
def objects_that_change(n):
    return changed(n, lambda i: held(f"c{i}", 1), lambda i: held(f"c{i}", 2))


@comparison(1000)
def objects_that_match_nothing(n):
    return changed(n, lambda i: held(f"a{i}", f"x{i}"), lambda i: held(f"b{i}", f"y{i}"))


@comparison(1000)
def objects_of_other_names(n):
    return changed(n, lambda i: held(f"a{i}", f"x{i}"), lambda i: held(f"b{i}", f"x{i}"))


@comparison(1000)
def objects_that_are_all_alike(n):
    return changed(n, lambda i: held(f"a{i}", "x"), lambda i: held(f"b{i}", "x"))


@comparison(1000)
def objects_of_other_groups(n):
    document = "apiVersion: {}.org/v1\nkind: K\nmetadata:\n  name: k{}\n".format
    return changed(n, lambda i: document("a", i), lambda i: document("b", i))


@comparison(1000)
def objects_of_kinds_of_their_own(n):
    document = "apiVersion: g/v1\nkind: {}{}\nmetadata:\n  name: k\n".format
    return changed(n, lambda i: document("A", i), lambda i: document("B", i))


@comparison(500)
def settings_that_workloads_use(n):
    return changed(n, lambda i: held(f"c{i}", 1) + "---\n" + workload(i), lambda i: held(f"c{i}", 2) + "---\n" + workload(i))


@comparison(500)
def parts_of_a_volume_and_keys_that_change(n):
    mounts = "".join(f"        - {{name: v, mountPath: /m{i}, subPath: p{i}}}\n" for i in range(n))
    pods = (f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    spec:\n      volumes:\n"
            + "      - {name: v, configMap: {name: c}}\n" * n + f"      containers:\n      - name: c\n        volumeMounts:\n{mounts}")
    keys = ["data:\n" + "".join(f"  k{i}: {side}\n" for i in range(n)) for side in "ab"]
    return tuple(joined([config("c", data), pods]) for data in keys)


@comparison(4000)
def lines_of_a_text_that_all_differ(n):
    return tuple(config("t", "data:\n  t.txt: |\n" + "".join(f"    {side}{i}\n" for i in range(n))) for side in "ab")


@comparison(4000)
def lines_of_a_text_in_another_order(n):
    return tuple(config("t", "data:\n  t.txt: |\n" + "".join(f"    a{i}\n" for i in order)) for order in (range(n), reversed(range(n))))


@comparison(4000)
def lines_of_a_text_that_occur_often(n):
    line = lambda i, side: (i * i * 7919 + (i % 3 == 0) * side) % 97
    return tuple(config("t", "data:\n  t.txt: |\n" + "".join(f"    a{line(i, side)}\n" for i in range(n))) for side in (0, 1))


@comparison(1000)
def items_with_other_keys(n):
    head = "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  ports:\n"
    return tuple(head + "".join(f"  - port: {i}\n    name: {side}{i}\n" for i in range(n)) for side in "ab")


@comparison(2000)
def items_without_names(n):
    head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: c\n    args:\n"
    return tuple(head + "".join(f"    - {side if i % 2 else 'c'}{i}\n" for i in range(n)) for side in "ab")


@comparison(500)
def values_that_cause_a_line_each(n):
    text = "data:\n" + "".join(f'  k{i}: "{{{{ .Values.k{i} }}}}"\n' for i in range(n))
    return tuple(chart({"a.yaml": config("a", text)}, values="".join(f"k{i}: {side}\n" for i in range(n))) for side in "ab")


@comparison(500)
def lines_of_a_template_that_differ(n):
    return tuple(chart({"a.yaml": config("a", "data:\n" + "".join(f"  k{i}: {side}\n  l{i}: same\n" for i in range(n)))}) for side in "ab")


@comparison(500)
def objects_that_one_value_changes(n):
    body = 'data:\n  x: "{{ .Values.x }}"\n'
    return tuple(chart({"a.yaml": joined(config(f"c{i}", body) for i in range(n))}, values=f"x: {side}\n") for side in "ab")


def pod(name="a", labels=None, **spec):
    spec = {"containers": [{"name": "c", "image": "i"}]} | spec
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def service(name, ports, selector=None):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": ports, "selector": selector or {}}}


@checked(500)
def containers_without_an_image(n):
    return [pod(containers=[{"name": f"c{i}"} for i in range(n)])]


@checked(300)
def objects_that_break_rules(n):
    return [service(f"s{i}", []) for i in range(n)]


@checked(500)
def devices_and_mounts(n):
    container = {"name": "c", "image": "i", "volumeMounts": [{"name": f"m{i}", "mountPath": f"/m{i}"} for i in range(n)],
                 "volumeDevices": [{"name": f"d{i}", "devicePath": f"/d{i}"} for i in range(n)]}
    return [pod(containers=[container], volumes=[{"name": f"{kind}{i}", "emptyDir": {}} for kind in "md" for i in range(n)])]


@checked(200)
def services_and_their_pods(n):
    ports = [{"port": 80, "targetPort": "none"}]
    containers = [[{"name": "c", "image": "i", "ports": [{"name": f"p{i}", "containerPort": 1}]}] for i in range(n)]
    return [pod(f"p{i}", {"app": "x"}, containers=containers[i]) for i in range(n)] + [service(f"s{i}", ports, {"app": "x"}) for i in range(n)]


@checked(300)
def backends_and_ports(n):
    def rule(i):
        backend = {"service": {"name": "s", "port": {"name": f"q{i}"}}}
        return {"host": f"h{i}", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}

    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "a"}, "spec": {"rules": [rule(i) for i in range(n)]}}
    return [service("s", [{"name": f"p{i}", "port": i + 1} for i in range(n)]), ingress]


def gate(schema, spec):
    """A definition with the schema of `spec`, and a custom resource."""
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}}}
    of_definition = {"group": "example.org", "scope": "Namespaced", "names": {"plural": "gates", "kind": "Gate"}, "versions": [version]}
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "gates.example.org"}}
    return [definition | {"spec": of_definition}, {"apiVersion": "example.org/v1", "kind": "Gate", "metadata": {"name": "x"}, "spec": spec}]


@checked(1000)
def items_that_no_schema_fits(n):
    return gate({"type": "array", "items": {"type": "string"}}, list(range(n)))


@checked(300)
def objects_of_many_properties(n):
    properties = {f"p{i}": {"type": "string"} for i in range(n)}
    return gate({"type": "array", "items": {"type": "object", "properties": properties}}, [{"p1": "x"}] * n)


def measured(make, size, write, binary, helm, folder):
    """The costs of three sizes."""
    costs = []
    for times in (1, 2, 4):
        arguments = write(make(size * times), folder / f"{make.__name__}-{times}")
        costs.append(measure.instructions([binary, *arguments], folder))
        if helm and write is template and times == 4:
            printed = [subprocess.run([program, *arguments], capture_output=True, check=True).stdout for program in (binary, helm)]
            if printed[0] != printed[1]:
                sys.exit(f"{make.__name__}: Helm prints something else")
    return costs


@validation(1000)
def findings_in_renders_and_scenarios(n):
    """Each render has all of them, at places of its own, and each scenario."""
    pods = ("{{ if eq .Capabilities.KubeVersion.Minor \"36\" }}\n\n{{ end }}{{ range $i := until %d }}\n---\napiVersion: v1\nkind: Pod\n"
            "metadata: {name: p{{ $i }}}\nspec:\n  hostname: h{{ $.Values.port }}\n  containers: [{name: c, image: i, envFrom: [{configMapRef: {name: c{{ $i }}}}]}]\n{{ end }}" % n)
    files = chart({"a.yaml": pods}, values="port: 80\n") | {f"ci/{i}.yaml": f"port: 8{i}\n" for i in range(2)}
    return files, ["--kube-version", "1.35..1.36", "--values", "ci/*.yaml"]


@validation(1000)
def findings_in_an_object(n):
    pods = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: i\n    env:\n"
    return chart({"a.yaml": pods + "".join(f"    - {{name: E{i}, valueFrom: {{configMapKeyRef: {{name: c{i}, key: k}}}}}}\n" for i in range(n))}), []


@validation(1000)
def findings_in_crds(n):
    text = "".join(f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{i}}}\nspec: {{containers: [{{name: c, image: i, envFrom: [{{configMapRef: {{name: c{i}}}}}]}}]}}\n" for i in range(n))
    return chart() | {"crds/a.yaml": text}, []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--only", default="")
    parser.add_argument("--helm")
    options = parser.parse_args()
    over = []
    chosen = [row for row in DIMENSIONS if re.search(options.only, row[0].__name__.replace("_", " "))]
    binary = str(Path(options.binary).resolve())

    def costs_of(row):
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            return measured(*row, binary, options.helm, Path(folder))

    print(f"{'what is doubled':32} {'size':>8} {'Minstr':>9} {'doubled':>9} {'again':>9} {'exponent':>9}")
    # Instructions are the same whatever else runs.
    pool = ThreadPoolExecutor(os.cpu_count())
    for (make, size, _), costs in zip(chosen, pool.map(costs_of, chosen)):
        name = make.__name__.replace("_", " ")
        exponent = math.log2(costs[2] / costs[1])
        print(f"{name:32} {size:8} " + " ".join(f"{cost / 1e6:9.1f}" for cost in costs) + f" {exponent:9.2f}", flush=True)
        if exponent > MOST:
            over.append(name)
    print(f"above {MOST}: {', '.join(over) or 'none'}")
    return bool(over)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (measure.Failed, subprocess.CalledProcessError) as failure:
        sys.exit(str(failure))
