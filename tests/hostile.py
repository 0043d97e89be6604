#!/usr/bin/env python3
"""Charts and files from strangers: each ends soon, in bounded memory, with an answer.

usage: hostile.py BINARY [--only REGEX]

Each case is made in a folder of its own and run with limits: address space, time, and what it may really use. It passes
if the status is the one expected (an error is 1, never a signal or an abort) and what is said on stderr, and printed where
the case says so, matches.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

# What the system enforces, and what a case may take: seconds of the processor, kB of memory.
ADDRESS_SPACE, TIMEOUT = 2 << 30, 20
MOST_SECONDS, MOST_MEMORY = 2, 512 * 1024
CASES = []


class Case:
    def __init__(self, make, status, stderr, arguments, space=ADDRESS_SPACE, seconds=MOST_SECONDS, memory=MOST_MEMORY, environment=None, stdout=""):
        self.name = make.__name__.replace("_", " ")
        self.make, self.status, self.stderr, self.arguments = make, status, stderr, arguments
        self.space, self.seconds, self.memory = space, seconds, memory
        self.environment, self.stdout = environment or {}, stdout


def case(status, stderr, *arguments, **more):
    """Registers a function that fills the folder; `chart` is a chart in it."""
    def register(make):
        CASES.append(Case(make, status, stderr, arguments, **more))
        return make
    return register


def chart(folder, templates=None, name="chart", values="a: 1\n"):
    at = folder / name
    (at / "templates").mkdir(parents=True)
    (at / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 1.0.0\n")
    (at / "values.yaml").write_text(values)
    for file, text in (templates or {}).items():
        (at / "templates" / file).write_text(text)
    return at


def config(data):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n{data}"


# Reads --------------------------------------------------------------------------------------------------------------


@case(1, r"cannot load irregular file .*/\.helmignore", "template", "x", "chart")
def helmignore_is_a_device(folder):
    (chart(folder) / ".helmignore").symlink_to("/dev/zero")


@case(1, r"1 chart\(s\) failed", "lint", "chart")
def helmignore_is_a_pipe(folder):
    os.mkfifo(chart(folder) / ".helmignore")


@case(1, r"token too long", "template", "x", "chart")
def helmignore_of_48_megabytes(folder):
    (folder / "large").write_bytes(b"x" * 48_000_000)
    (chart(folder) / ".helmignore").symlink_to("../large")


@case(1, r"'/dev/zero' does not appear to be a gzipped archive", "template", "x", "/dev/zero")
def chart_is_a_device(folder):
    pass


@case(1, r"cannot load irregular file .*pipe", "template", "x", "./pipe")
def chart_is_a_pipe(folder):
    os.mkfifo(folder / "pipe")


@case(1, r"open /dev/zero: not a regular file", "template", "x", "chart")
def schema_refers_to_a_device(folder):
    (chart(folder) / "values.schema.json").write_text(json.dumps({"$ref": "file:///dev/zero"}))


@case(1, r"not a regular file", "template", "x", "chart")
def schema_refers_to_a_pipe(folder):
    os.mkfifo(folder / "pipe")
    (chart(folder) / "values.schema.json").write_text(json.dumps({"$ref": f"file://{folder}/pipe"}))


@case(1, r"cannot load irregular file", "template", "x", "chart")
def template_is_a_device(folder):
    (chart(folder) / "templates/a.yaml").symlink_to("/dev/zero")


@case(1, r"cannot load irregular file .*Chart\.lock", "dependency", "list", "chart")
def lock_is_a_pipe(folder):
    os.mkfifo(chart(folder) / "Chart.lock")


@case(1, r"plugin\.yaml: not a regular file", "plugin", "list")
def plugin_is_a_pipe(folder):
    at = folder / "home/.local/share/helm/plugins/p"
    at.mkdir(parents=True)
    os.mkfifo(at / "plugin.yaml")


CACHED = {"HELM_REPOSITORY_CONFIG": "repositories.yaml", "HELM_REPOSITORY_CACHE": "."}


def index(folder):
    (folder / "repositories.yaml").write_text("repositories:\n- {name: a, url: 'http://127.0.0.1:1'}\n")
    os.mkfifo(folder / "a-index.yaml")


@case(1, r"a-index\.yaml: not a regular file", "pull", "a/b", environment=CACHED)
def index_is_a_pipe(folder):
    index(folder)


@case(0, r"Repo \"a\" is corrupt or missing", "search", "repo", "x", environment=CACHED)
def index_that_is_searched_is_a_pipe(folder):
    index(folder)


@case(1, r"private key not found", "package", "chart", "--sign", "--key", "a", "--keyring", "/dev/null", "--passphrase-file", "/dev/zero")
def passphrase_is_a_device(folder):
    chart(folder)


@case(1, r"can't read CA file", "pull", "https://127.0.0.1:1/a.tgz", "--ca-file", "/dev/zero")
def certificates_are_a_device(folder):
    pass


@case(1, r"open /dev/zero: more than 128 MiB", "registry", "logout", "a.invalid", "--registry-config", "/dev/zero")
def logins_are_a_device(folder):
    pass


@case(1, r"read /dev/zero: more than 128 MiB", "template", "x", "chart", "-f", "/dev/zero")
def values_are_a_device(folder):
    chart(folder)


@case(1, r"read /dev/zero: more than 128 MiB", "template", "x", "chart", "--set-file", "a=/dev/zero")
def set_file_is_a_device(folder):
    chart(folder)


@case(0, r"^$", "template", "x", "chart", "-f", "/dev/null", "-f", "/dev/stdin")
def values_from_devices_that_end(folder):
    chart(folder, {"a.yaml": config("  a: {{ .Values.a | quote }}\n")})


# Work ---------------------------------------------------------------------------------------------------------------


@case(0, r"^$", "template", "x", "chart")
def named_templates_160_000(folder):
    chart(folder, {"_a.tpl": "".join(f'{{{{define "a{i}"}}}}x{{{{end}}}}\n' for i in range(160_000))})


@case(0, r"^$", "template", "x", "chart")
def regular_expressions_500_large(folder):
    body = '{{- range $i := until 500 }}{{- $_ := regexMatch (printf "\\\\pL{500}%d" $i) "abc" }}{{- end }}\n'
    chart(folder, {"a.yaml": body})


@case(0, r"^$", "template", "x", "chart")
def regular_expressions_500_large_on_other_letters(folder):
    body = '{{- range $i := until 500 }}{{- $_ := regexMatch (printf "[\\\\pL\\\\pN]{500}%d" $i) "ab\u00e9\u4e16" }}{{- end }}\n'
    chart(folder, {"a.yaml": body})


@case(0, r"^$", "template", "x", "chart")
def pattern_properties_500_large_on_other_letters(folder):
    at = chart(folder, values="".join(f"\u00e9\u4e16{i}: 1\n" for i in range(20)))
    patterns = {f"\\pL{{500}}{i}": {"type": "string"} for i in range(500)}
    (at / "values.schema.json").write_text(json.dumps({"patternProperties": patterns}))


@case(0, r"^$", "template", "x", "chart", "--set", ",".join(f"a[{i}]={i}" for i in range(9000)))
def list_items_set_9_000(folder):
    chart(folder, values="")


# What templates grow ----------------------------------------------------------------------------------------------

MEMORY = "the render needs more memory than its limit, 128 MiB\n.*--max-memory or STATEFULCHART_MAX_MEMORY"
# Of which the program takes a quarter for a render.
SPACE = 512 << 20


def grows(name, template, error=MEMORY, **more):
    """A template that ends in an error at its line, in what `ulimit -v` gives."""
    def make(folder):
        chart(folder, {"a.yaml": template})
    make.__name__ = name
    line = template[:template.index("HERE")].count("\n") + 1 if "HERE" in template else r"\d+"
    template = template.replace("HERE", "")
    pattern = rf"(?s)^Error: template: chart/templates/a\.yaml:{line}:\d+: executing .* at <.*>: .*{error}"
    case(1, pattern, "template", "x", "chart", *more.pop("arguments", ()), **({"space": SPACE} | more))(make)


def doubled(name, expression, start='"0123456789abcdef"'):
    grows(name, "{{ $x := %s }}\n{{ range until 60 }}\n  {{ $x = %s }}HERE\n{{ end }}\na: {{ len $x }}\n" % (start, expression))


for function, expression in [
    ("print", "print $x $x"), ("println", "println $x $x"), ("printf", 'printf "%s%s" $x $x'), ("printf q", 'printf "%q%q" $x $x'),
    ("cat", "cat $x $x"), ("quote", "quote $x $x"), ("squote", "squote $x $x"), ("repeat", "repeat 2 $x"),
    ("replace", 'replace "0" "0101" $x'), ("replace nothing", 'replace "" "aa" $x'), ("join", 'join "," (list $x $x)'),
    ("wrapWith", 'wrapWith 1 "xx" $x'), ("camelcase", "camelcase (print $x $x)"), ("b64enc", "b64enc (b64enc $x)"), ("b32enc", "b32enc $x"),
    ("indent", 'indent 16 (print $x "\\n" $x)'), ("html", 'html (print "&" $x $x)'), ("js", 'js (print "<" $x $x)'), ("urlquery", 'urlquery (print "%" $x $x)'),
    ("toYaml", "toYaml (list $x $x)"), ("toYamlPretty", "toYamlPretty (list $x $x)"), ("toJson", "toJson (list $x $x)"),
    ("toPrettyJson", "toPrettyJson (list $x $x)"), ("toToml", 'toToml (dict "a" $x "b" $x)'), ("toString", "toString (list $x $x)"),
    ("tpl of a text", 'tpl (print $x $x "{{/**/}}") .'), ("split", 'split "0" (join "0" (list $x $x)) | toString'),
    ("regexQuoteMeta", 'regexQuoteMeta (print $x "." $x)'), ("abbrev", 'abbrev 100000000000 (print $x $x)'),
]:
    doubled(f"text doubled by {function}", expression)
for function in "include", "tpl":
    argument = '"d"' if function == "include" else '"{{ . }}{{ . }}"'
    grows(f"text doubled by {function}", '{{ define "d" }}{{ . }}{{ . }}{{ end }}{{ $x := "0123456789" }}{{ range until 60 }}{{ $x = %s %s $x }}{{ end }}a: {{ len $x }}' % (function, argument))
doubled("list doubled by concat", "concat $x $x", "list 1 2")
doubled("list grown by append", "append $x (until 1000000)", "list")

for name, expression in [
    ("repeat", 'repeat 100000000000 "a"'), ("indent", 'indent 100000000000 "a"'), ("nindent", 'nindent 100000000000 "a"'),
    ("until", "until 100000000000"), ("untilStep", "untilStep 0 100000000000 1"), ("seq", "seq 100000000000"),
    ("printf", 'printf "%1000000d" 1 | repeat 500'), ("splitList", 'repeat 60000000 "a" | splitList ""'), ("split", 'repeat 60000000 "a" | split ""'),
    ("regexFindAll", 'regexFindAll "." (repeat 60000000 "a") -1'), ("regexSplit", 'regexSplit "a" (repeat 60000000 "a") -1'),
    ("fromYamlArray", 'fromYamlArray (print "[" (repeat 20000000 "1,") "]")'), ("fromJsonArray", 'fromJsonArray (print "[" (repeat 20000000 "1,") "1]")'),
    ("tpl", 'tpl (repeat 20000000 "{{1}}") .'),
]:
    grows(f"large at once by {name}", "a: 1\nb: {{ len (%s) }}HERE\n" % expression)

SHARED = '{{ $x := dict "a" 1 }}\n{{ range until 30 }}{{ $x = dict "a" $x "b" $x }}{{ end }}\n'
for name, expression in [
    ("printed", "$x"), ("print", "print $x | len"), ("quote", "quote $x | len"), ("toString", "toString $x | len"), ("toYaml", "toYaml $x | len"),
    ("toJson", "toJson $x | len"), ("toToml", "toToml $x | len"), ("join", 'join "," (list $x $x $x) | len'), ("squote", "squote $x $x | len"),
]:
    grows(f"value in many places, {name}", SHARED + "a: {{ %s }}HERE\n" % expression)
grows("value in many places, deepCopy", SHARED + "a: {{ deepCopy $x }}HERE\n", "value is too large or too deep to copy")

grows("small values that are kept", '{{ $d := dict }}{{ range $i := until 30000 }}{{ range until 10000 }}\n'
      '{{ $_ := set $d (printf "%d-%d" $i .) (printf "a value that is long enough for the heap %d" .) }}{{ end }}{{ end }}')
grows("copies of a map in loops", '{{ $m := dict }}{{ range until 200000 }}{{ $_ := set $m (toString .) . }}{{ end }}' + "\n{{ range $m }}" * 40 + "{{ end }}" * 40)

OUTPUT = "the output is larger than its limit, 64 MiB\n.*--max-output or STATEFULCHART_MAX_OUTPUT"
for name, template in [
    ("texts", '{{ $x := repeat 1000000 "a" }}{{ range until 5000 }}\n{{ $x }}HERE{{ end }}'),
    ("its own text", "{{ range until 1000000 }}\n" + "a" * 2000 + "{{ end }}"),
    ("numbers", "{{ range until 1000000 }}{{ range until 1000 }}\n{{ . }}{{ end }}{{ end }}"),
    ("lists", "{{ $x := until 100000 }}{{ range until 5000 }}\n{{ $x }}HERE{{ end }}"),
]:
    grows(f"output of {name}", template, OUTPUT, arguments=["--max-output", "64Mi"])
grows("output of a template within another", '{{ define "a" }}{{ range until 1000000 }}{{ range until 1000000 }}aaaaaaaaaaaaaaaa{{ end }}{{ end }}{{ end }}a: {{ include "a" . | len }}')


@case(1, r"a\.yaml:1:\d+: executing .*the output is larger than its limit, 512 MiB", "template", "x", "chart", space=3 << 30, memory=700 * 1024)
def output_of_aliases_by_the_usual_limit(folder):
    values = "big: &a " + "abcd" * 250_000 + "\nall:\n" + "- *a\n" * 5000
    chart(folder, {"a.yaml": "{{ range .Values.all }}{{ . }}\n{{ end }}"}, values=values)


# A gibibyte that the system has to clear first: that takes from half a second to two.
@case(1, r"a\.yaml:1:\d+: executing .*the render needs more memory than its limit, 1 GiB", "template", "x", "chart", space=8 << 30, seconds=10, memory=1200 * 1024)
def text_doubled_to_the_usual_limit(folder):
    chart(folder, {"a.yaml": '{{ $x := "0123456789" }}{{ range until 60 }}{{ $x = print $x $x }}{{ end }}a: {{ len $x }}'})


@case(0, r"^$", "template", "x", "chart", "--max-memory", "0", "--max-output", "0", "--max-time", "0", space=8 << 30, seconds=10, memory=1500 * 1024)
def output_without_limits(folder):
    chart(folder, {"a.yaml": '{{ $x := repeat 1000000 "a" }}a: |\n{{ range until 560 }}  {{ $x }}\n{{ end }}'})


TIME = "the render takes longer than its limit, 1s of the processor's time\n.*--max-time or STATEFULCHART_MAX_TIME"
for name, template in [
    ("loops", "{{ range until 10000 }}{{ range until 10000 }}{{ range until 10000 }}\n{{ end }}{{ end }}{{ end }}"),
    ("include", '{{ define "b" }}{{ if lt . 900 }}\n{{ include "b" (add1 . | int) }}{{ include "b" (add1 . | int) }}{{ end }}{{ end }}{{ include "b" 0 }}'),
    ("template", '{{ define "b" }}{{ if lt . 9000 }}\n{{ template "b" (add1 . | int) }}{{ template "b" (add1 . | int) }}{{ end }}{{ end }}{{ template "b" 0 }}'),
    ("tpl", '{{ $t := "{{ if lt .n 900 }}{{ tpl .t (dict \\"n\\" (add1 .n) \\"t\\" .t) }}{{ tpl .t (dict \\"n\\" (add1 .n) \\"t\\" .t) }}{{ end }}" }}\n{{ tpl $t (dict "n" 0 "t" $t) }}'),
    ("keys", '{{ range until 100000 }}\n{{ $_ := htpasswd "a" "b" }}{{ end }}'),
    # Other threads search for these.
    ("certificates", '{{ range until 1000 }}\n{{ $_ := genCA "a" 1 }}{{ end }}'),
]:
    grows(f"no end of {name}", template, TIME, arguments=["--max-time", "1s"])


@case(1, "(?s)a\\.yaml:1:\\d+: executing .*its limit, 1s .*STATEFULCHART_MAX_TIME", "template", "x", "chart", environment={"STATEFULCHART_MAX_TIME": "1s"})
def no_end_by_a_variable(folder):
    chart(folder, {"a.yaml": "{{ range until 10000 }}{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}{{ end }}"})


@case(1, r'^Error: STATEFULCHART_MAX_MEMORY: "lots" is no size such as 512Mi, 2Gi or 0$', "template", "x", "chart", environment={"STATEFULCHART_MAX_MEMORY": "lots"})
def variable_that_holds_no_limit(folder):
    chart(folder)


@case(1, r"1 chart\(s\) failed\nSet --max-memory or STATEFULCHART_MAX_MEMORY", "lint", "chart", space=SPACE)
def text_doubled_in_lint(folder):
    chart(folder, {"a.yaml": '{{ $x := "0123456789" }}{{ range until 60 }}{{ $x = print $x $x }}{{ end }}a: {{ len $x }}'})


@case(1, r"(?s)post render.*the output is larger than its limit, 64 MiB\n.*--max-output", "template", "x", "chart", "--max-output", "64Mi",
      "--post-renderer", "./renderer", space=SPACE)
def post_renderer_that_writes_without_end(folder):
    chart(folder, {"a.yaml": config("  a: b\n")})
    (folder / "renderer").write_text("#!/bin/sh\nexec cat /dev/zero\n")
    (folder / "renderer").chmod(0o755)


@case(1, r"(?s)error while running command", "template", "x", "chart", "--post-renderer", "./renderer", space=SPACE)
def post_renderer_that_complains_without_end(folder):
    chart(folder, {"a.yaml": config("  a: b\n")})
    (folder / "renderer").write_text("#!/bin/sh\nexec cat /dev/zero >&2\n")
    (folder / "renderer").chmod(0o755)


# Comparisons -----------------------------------------------------------------------------------------------------------


def sides(folder, document, count):
    """Manifests of two sides, each document made by the side's letter and its number."""
    for name, side in [("old", "a"), ("new", "b")]:
        (folder / f"{name}.yaml").write_text("---\n".join(document(side, i) for i in range(count)))


@case(0, r"^$", "diff", "old.yaml", "new.yaml")
def objects_that_match_nothing(folder):
    sides(folder, lambda side, i: f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {side}{i}}}\ndata: {{k: {side}{side}{i}}}\n", 15_000)


@case(0, r"^$", "diff", "old.yaml", "new.yaml")
def objects_that_are_all_alike(folder):
    sides(folder, lambda side, i: f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {side}{i}}}\ndata: {{k: x, l: {side}}}\n", 15_000)


@case(0, r"^$", "diff", "old.yaml", "new.yaml", "-o", "unified")
def lines_that_all_differ(folder):
    lines = lambda side: "".join(f"    {side}{i}\n" for i in range(60_000))
    sides(folder, lambda side, _: f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  a.txt: |\n{lines(side)}", 1)


@case(0, r"^$", "diff", "old.yaml", "new.yaml")
def lines_in_another_order(folder):
    lines = lambda side: "".join(f"    {i if side == 'a' else 60_000 - i}\n" for i in range(60_000))
    sides(folder, lambda side, _: f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  a.txt: |\n{lines(side)}", 1)


@case(0, r"^$", "diff", "old.yaml", "new.yaml")
def replicas_of_64_bits(folder):
    number = {"a": 9223372036854775807, "b": 99999999999999999999}
    sides(folder, lambda side, _: f"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: x}}\nspec: {{replicas: {number[side]}}}\n", 1)


def nested(side):
    """Lists in each other, with something that differs at each level."""
    text = side
    for i in range(4_900):
        text = f"[{text}, {side}, x, y, z, {i}]"
    return text


@case(0, r"^$", "diff", "old.yaml", "new.yaml")
def lists_in_each_other_that_differ(folder):
    sides(folder, lambda side, _: f"apiVersion: example.org/v1\nkind: Gate\nmetadata: {{name: x}}\nspec: {{a: {nested(side)}}}\n", 1)


@case(0, r"^$", "diff", "old.yaml", "new.yaml")
def lists_in_each_other_in_a_text(folder):
    sides(folder, lambda side, _: f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  a.yaml: |\n    {nested(side)}\n    \n", 1)


# Validation -----------------------------------------------------------------------------------------------------------


def validated(stdout, versions="1.37", status=2):
    """Registers a function that makes manifests, as values or as text, in which something is wrong, or left out."""
    def register(make):
        def write(folder):
            made = make()
            texts = made if isinstance(made, list) else [made]
            texts = [text if isinstance(text, str) else json.dumps(text) for text in texts]
            (folder / "all.yaml").write_text("\n---\n".join(texts))
        write.__name__ = make.__name__
        return case(status, r"^$", "validate", "all.yaml", "--kube-version", versions, space=SPACE, stdout=stdout)(write)
    return register


def pod(name="a", labels=None, **spec):
    spec = {"containers": [{"name": "c", "image": "i"}]} | spec
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def mounting(volumes, **container):
    """A pod whose container is given, and its volumes."""
    return pod(containers=[{"name": "c", "image": "i"} | container], volumes=[{"name": name, "emptyDir": {}} for name in volumes])


def custom(schema, spec):
    """A definition with the schema of `spec`, and a custom resource."""
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}}}
    spec_of_definition = {"group": "example.org", "scope": "Namespaced", "names": {"plural": "gates", "kind": "Gate"}, "versions": [version]}
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "gates.example.org"}}
    resource = {"apiVersion": "example.org/v1", "kind": "Gate", "metadata": {"name": "x"}, "spec": spec}
    return [definition | {"spec": spec_of_definition}, resource]


@validated(r"containers\[3999\]\.image: the container has no image", versions="1.27..1.37")
def containers_without_an_image():
    return pod(containers=[{"name": f"c{i}"} for i in range(4000)])


@validated("has no volume \"aaa")
def names_of_150_kilobytes():
    return mounting(["b" * 150_000], volumeMounts=[{"name": "a" * 150_000, "mountPath": "/a"}])


@validated("has no volume \"mount-2999\"")
def mounts_of_no_volume():
    return mounting([f"mound-{i}" for i in range(3000)], volumeMounts=[{"name": f"mount-{i}", "mountPath": f"/m{i}"} for i in range(3000)])


@validated("is used twice")
def block_devices_and_mounts():
    mounts = [{"name": f"v{i}", "mountPath": f"/m{i}"} for i in range(10_000)]
    devices = [{"name": f"d{i}", "devicePath": f"/d{i}"} for i in range(10_000)] + [{"name": "v1", "devicePath": "/m1"}]
    return mounting([f"{kind}{i}" for kind in "vd" for i in range(10_000)], volumeMounts=mounts, volumeDevices=devices)


@validated("stands in mismatchLabelKeys, too")
def label_keys():
    term = {"topologyKey": "k", "labelSelector": {}, "matchLabelKeys": [f"a{i}" for i in range(20_000)]}
    term["mismatchLabelKeys"] = [f"b{i}" for i in range(20_000)] + ["a1"]
    return pod(affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})


@validated("so much is wrong that the rest is not told")
def fields_that_stand_very_deep():
    levels, inner = 1500, json.dumps({f"p{i}": {"unknown": 1} for i in range(20_000)})
    definition = json.dumps(custom("SCHEMA", {})[0])
    return definition.replace('"SCHEMA"', '{"properties": {"a": ' * levels + '{"properties": ' + inner + "}" + "}}" * levels)


@validated("unknown field \"spec.gate-4999\"")
def unknown_fields_of_custom_resources():
    properties = {f"gata-{i}": {"type": "string"} for i in range(5000)}
    broken = pod("broken", containers=[])
    return [*custom({"type": "object", "properties": properties}, {f"gate-{i}": "x" for i in range(5000)}), broken]


@validated("must be of type string")
def items_that_no_schema_fits():
    schema = {"type": "string", "allOf": [{"enum": [f"v{i}" for i in range(1000)]}]}
    return custom({"type": "array", "items": schema}, list(range(50_000)))


NO_FURTHER = "no further rules in CEL are run"


def ruled(schema, *rules):
    return schema | {"x-kubernetes-validations": [{"rule": rule} for rule in rules]}


@validated(NO_FURTHER, versions="1.27..1.37", status=0)
def rules_that_compare_data_without_a_schema():
    fields = {"a": {"x-kubernetes-preserve-unknown-fields": True}, "l": {"type": "array", "items": {"type": "integer"}}}
    schema = ruled({"type": "object", "properties": fields}, "self.l.all(x, self.l.all(y, self.a == self.a))")
    return custom(schema, {"a": {f"k{i}": ["v" * 20] * 10 for i in range(300)}, "l": list(range(300))})


@validated(NO_FURTHER, versions="1.27..1.37", status=0)
def rules_that_match_expressions_of_many_states():
    item = ruled({"type": "string"}, "self.matches('^(([a-z]{1,30}x?){1,30})*$')")
    return custom({"type": "array", "items": item}, ["ab" * 500] * 200)


@validated(NO_FURTHER, status=0)
def rules_that_find_again_and_again():
    return custom(ruled({"type": "string"}, "self.findAll('a.*b|a').size() > 0"), "a" * 100_000)


@validated(NO_FURTHER, status=0)
def rules_that_make_large_texts():
    return custom(ruled({"type": "string"}, "'%s'.format([lists.range(50000).map(i, self)]).size() > 0"), "a" * 100_000)


@validated("too large for its schema|too many steps to match the pattern", status=0)
def patterns_that_are_large():
    fields = {f"p{i}": {"type": "string", "pattern": f"^(\\pL|x{i}){{1,1000}}$"} for i in range(300)}
    return custom({"type": "object", "properties": fields}, {f"p{i}": "aé" for i in range(300)})


@validated("no such overload")
def rules_of_long_chains():
    chains = ["self" + ".a" * 1900 + " == 'x' || true", "b" + ".a" * 1900 + " == 'x' || true", "b" + ".a" * 1900 + ".f() || true", "!" * 1900 + "true"]
    item = ruled({"type": "object", "properties": {"a": {"type": "string"}}}, *chains, "self" + ".a" * 1900 + " == 'x'")
    return custom({"type": "array", "items": item}, [{"a": "x"}] * 100)


@validated(NO_FURTHER, status=0)
def rules_of_many_items():
    item = ruled({"type": "object", "properties": {"a": {"type": "string"}}}, *["true" + " " * i for i in range(1000)])
    return custom({"type": "array", "items": item}, [{"a": "x"}] * 5000)


@validated("the defaults of the definition together take too many steps", versions="1.27..1.37", status=0)
def defaults_of_many_values():
    item = {"type": "string", "anyOf": [{"enum": [f"v{j}"]} for j in range(60)] + [{"enum": ["x"]}]}
    fields = {f"d{i}": {"type": "array", "default": ["x"] * 3000, "items": item} for i in range(20)}
    return [custom({"type": "object", "properties": fields}, {})[0]]


@validated("call cost exceeds limit for rule", versions="1.27..1.37")
def rules_that_cost_too_much_in_many_objects():
    rule = "self.all(x, self.all(y, self.all(z, x + y + z > -1)))"
    definition, resource = custom(ruled({"type": "array", "items": {"type": "integer"}}, rule), list(range(60)))
    return [definition, *[resource | {"metadata": {"name": f"x{i}"}} for i in range(300)]]


@validated("no pod that it selects has a port \"none\"")
def services_that_select_all_pods():
    def own_ports(i):
        return [{"name": "c", "image": "i", "ports": [{"name": f"p{i}", "containerPort": 1}]}]

    def selector(i):
        return {f"l{bit}": "x" for bit in range(11) if bit == 0 or i >> bit & 1}

    ports = [{"port": 80, "targetPort": "none"}]
    pods = [pod(f"p{i}", {f"l{bit}": "x" for bit in range(11)}, containers=own_ports(i)) for i in range(1000)]
    services = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{i}"}, "spec": {"selector": selector(i), "ports": ports}} for i in range(1000)]
    broken = pod("broken", containers=[])
    return [*pods, *services, broken]


# Archives -------------------------------------------------------------------------------------------------------------

MEBIBYTE = 1 << 20


def entry(name, size, kind=b"0"):
    """The header of an entry of a tar archive."""
    block = bytearray(512)
    for at, text in [(0, name), (100, b"0000644\0"), (124, b"%011o\0" % size), (148, b" " * 8), (156, kind), (257, b"ustar\x0000")]:
        block[at:at + len(text)] = text
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def packed(*entries):
    """A chart's archive: Chart.yaml, then entries (name, kind, size or content); a size is that many zeros or letters."""
    small = all(content <= 2 * MEBIBYTE for _, _, content in entries if isinstance(content, int))
    packer = zlib.compressobj(9 if small else 1, zlib.DEFLATED, 31)
    metadata = b"apiVersion: v2\nname: c\nversion: 1.0.0\n"
    out = bytearray()
    for name, kind, content in [(b"c/Chart.yaml", b"0", metadata), *entries]:
        size = content if isinstance(content, int) else len(content)
        out += packer.compress(entry(name, size, kind))
        if isinstance(content, int):
            letters = (b"\0" if kind == b"0" else b"a") * MEBIBYTE
            for _ in range(size // MEBIBYTE):
                out += packer.compress(letters)
            out += packer.compress(letters[:size % MEBIBYTE])
        else:
            out += packer.compress(content)
        out += packer.compress(bytes(-size % 512))
    return bytes(out + packer.compress(bytes(1024)) + packer.flush())


for name, kind in [("GNU name", b"L"), ("GNU link", b"K"), ("pax header", b"x"), ("global pax header", b"g")]:
    def make(folder, kind=kind):
        (folder / "c.tgz").write_bytes(packed((b"long", kind, 600 * MEBIBYTE), (b"c/templates/a.yaml", b"0", b"")))
    make.__name__ = f"archive with a {name} of 600 MB"
    case(1, r"^Error: archive/tar: header field too long\n$", "template", "x", "c.tgz", space=SPACE)(make)


@case(1, r"error unpacking subchart c\d\.tgz in c: the files of the chart .* are larger than 256 MiB together\n.*--max-file", "template", "x", "c.tgz")
def archive_of_ten_charts_of_95_megabytes(folder):
    inner = packed(*((b"c/f%d" % i, b"0", 5 * MEBIBYTE - 1) for i in range(19)))
    (folder / "c.tgz").write_bytes(packed(*((b"c/charts/c%d.tgz" % i, b"0", inner) for i in range(10))))


@case(1, r"charts are nested too deeply", "template", "x", "c.tgz", space=SPACE)
def archive_in_archives(folder):
    inner = packed()
    for _ in range(150):
        inner = packed((b"c/charts/c.tgz", b"0", inner))
    (folder / "c.tgz").write_bytes(inner)


@case(1, r"decompressed chart is larger than the maximum file size", "template", "x", "c.tgz", space=SPACE)
def archive_with_a_link_of_600_megabytes(folder):
    (folder / "c.tgz").write_bytes(packed((b"c/a", b"2", 600 * MEBIBYTE)))


@case(1, r"more than 1 MiB, the most that a file may have\n.*--max-file or STATEFULCHART_MAX_FILE", "template", "x", "chart", "-f", "large", "--max-file", "1Mi")
def values_larger_than_a_file_may_be(folder):
    chart(folder)
    (folder / "large").write_bytes(b"#" * (MEBIBYTE + 1))


@case(0, r"^$", "template", "x", "chart", "-f", "large", "--max-file", "200Mi")
def values_as_large_as_a_file_may_be(folder):
    chart(folder)
    (folder / "large").write_bytes(b"# 123456789abcd\n" * (130 << 16))


# Suites of tests ----------------------------------------------------------------------------------------------------

# As little address space as a small machine leaves.
SMALL = 1_000_000 * 1024
ONE = "    asserts: [{exists: {path: kind}}]\n"


def suite(folder, text):
    at = chart(folder, {"a.yaml": config('  a: {{ repeat 5000 "a" }}\n')})
    (at / "tests").mkdir()
    (at / "tests" / "a_test.yaml").write_text(text)
    return at


def asserted(folder, assertion):
    return suite(folder, f"tests:\n  - it: a\n    asserts:\n      - {assertion}\n")


@case(1, r"", "unittest", "chart", space=SMALL)
def suite_is_a_device(folder):
    (chart(folder) / "tests").mkdir()
    (folder / "chart" / "tests" / "a_test.yaml").symlink_to("/dev/zero")


@case(1, r"", "unittest", "chart", space=SMALL)
def suite_is_a_pipe(folder):
    (chart(folder) / "tests").mkdir()
    os.mkfifo(folder / "chart" / "tests" / "a_test.yaml")


@case(1, r"", "unittest", "chart", space=SMALL)
def suite_with_values_from_a_device(folder):
    suite(folder, f"values: [/dev/zero]\ntests:\n  - it: a\n{ONE}")


@case(1, r"excessive aliasing", "unittest", "chart", space=SMALL)
def suite_of_nine_million_assertions_by_aliases(folder):
    suite(folder, f"x: &x [{','.join(['{exists: {path: kind}}'] * 3000)}]\ntests:\n" + "  - {it: a, asserts: *x}\n" * 3000)


@case(1, r"excessive aliasing", "unittest", "chart", space=SMALL, seconds=4)
def suite_of_merges_in_merges(folder):
    text = "x0: &x0 {name: a}\n" + "".join(f"x{i}: &x{i}\n  <<: [{','.join([f'*x{i - 1}'] * 9)}]\n" for i in range(1, 12))
    suite(folder, f"{text}release:\n  <<: *x11\ntests:\n  - it: a\n{ONE}")


@case(1, r"exceeded max depth", "unittest", "chart", space=SMALL)
def suite_of_lists_in_lists(folder):
    suite(folder, "a: " + "[" * 100_000 + "\n")


@case(1, r"", "unittest", "chart", space=SMALL)
def suite_with_a_key_5_000_times(folder):
    suite(folder, "suite: a\n" * 5000)


@case(1, r"", "unittest", "chart", space=SMALL)
def set_of_a_billion_items(folder):
    suite(folder, f"tests:\n  - it: a\n    set: {{'a[1000000000]': 1}}\n{ONE}")


@case(1, r"", "unittest", "chart", space=SMALL)
def set_of_800_long_lists(folder):
    lists = "".join(f"      'a{i}[60000]': 1\n" for i in range(800))
    suite(folder, f"tests:\n  - it: a\n    set:\n{lists}{ONE}")


@case(0, r"", "unittest", "chart", space=SMALL)
def set_of_20_000_keys_of_one_map(folder):
    keys = "".join(f"      'b.a{i}': 1\n" for i in range(20_000))
    suite(folder, f"tests:\n  - it: a\n    set:\n{keys}{ONE}")


def two_suites(folder, text, template):
    """Two suites, so that threads run them, whose stacks are small."""
    at = suite(folder, text)
    (at / "tests" / "b_test.yaml").write_text(text)
    (at / "templates" / "a.yaml").write_text(template)


@case(0, r"", "unittest", "chart", seconds=8)
def manifest_of_9_000_lists_in_lists(folder):
    two_suites(folder, "tests: [{it: a, asserts: [{isNull: {path: zz}}, {isSubset: {content: {b: 1}}}]}]\n",
               f"a: {'[' * 9000}{']' * 9000}\nb: 1\n")


@case(0, r"", "unittest", "chart", seconds=8)
def assertions_of_9_000_maps_in_maps(folder):
    deep = "{a: " * 9000 + "1" + "}" * 9000
    two_suites(folder, f"tests:\n- it: a\n  documentSelector: {{path: a, value: {deep}}}\n  asserts: [{{isNull: {{path: zz}}}}]\n",
               f"a: {deep}\n")


@case(0, r"", "unittest", "chart")
def set_of_9_000_lists_in_lists(folder):
    deep = "[" * 9000 + "]" * 9000
    two_suites(folder, f"set: {{b: {deep}}}\ntests:\n- it: a\n  set: {{b: {deep}}}\n  asserts: [{{exists: {{path: a}}}}]\n", "a: 1\n")


@case(0, r"", "unittest", "chart")
def filter_of_10_000_conditions(folder):
    two_suites(folder, f"tests: [{{it: a, asserts: [{{exists: {{path: 'l[?({'@.a && ' * 10_000}@.a)]'}}}}]}}]\n", "l: [{a: 1}]\n")


@case(1, r"", "unittest", "chart", space=SMALL)
def set_of_a_path_of_50_000_keys(folder):
    suite(folder, f"tests:\n  - it: a\n    set:\n      ? a{'.a' * 50_000}\n      : 1\n{ONE}")


@case(1, r"", "unittest", "chart", space=SMALL)
def set_of_maps_in_maps(folder):
    deep = "{a: " * 4000 + "1" + "}" * 4000
    suite(folder, f"tests:\n  - it: a\n    set: {{a: {deep}}}\n    asserts: [{{exists: {{path: nothing}}}}]\n")


@case(1, r"", "unittest", "chart", space=SMALL)
def assertion_on_a_trillionth_document(folder):
    asserted(folder, "{exists: {path: kind}, documentIndex: 1000000000000}")


@case(1, r"", "unittest", "chart", space=SMALL)
def assertion_with_nested_repetitions(folder):
    asserted(folder, "matchRegex: {path: data.a, pattern: '(((a{0,30}){0,30}){0,30}){0,30}$'}")


@case(1, r"", "unittest", "chart", space=SMALL)
def assertion_with_repetitions_that_backtrack(folder):
    asserted(folder, "matchRegex: {path: data.a, pattern: '(a+)+(.*)(.*)(.*)(.*)(.*)b'}")


@case(1, r"", "unittest", "chart", space=SMALL)
def assertion_with_a_path_of_all_below_all(folder):
    asserted(folder, "equal: {path: '" + "..*" * 12 + "', value: 1}")


@case(1, r"", "unittest", "chart", space=SMALL)
def assertion_with_a_filter_5_000_deep(folder):
    asserted(folder, "exists: {path: 'a[?(" + "(" * 5000 + "@.b" + ")" * 5000 + ")]'}")


@case(1, r"", "unittest", "chart", space=SMALL)
def snapshot_of_300_000_lines(folder):
    at = asserted(folder, "matchSnapshot: {}")
    (at / "tests" / "__snapshot__").mkdir()
    lines = "".join(f"    line {i}\n" for i in range(300_000))
    (at / "tests" / "__snapshot__" / "a_test.yaml.snap").write_text(f"a:\n  1: |\n{lines}")


def run(binary, folder, case):
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "KUBECONFIG": "/nonexistent"} | case.environment
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (case.space, case.space))
    with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
        child = subprocess.Popen([binary, *case.arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=err, preexec_fn=limit)
        try:
            child.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            child.kill()
        # Of this child alone: the resources of all children only grow.
        child.wait()
    stdout = (folder / "stdout").read_bytes().decode(errors="replace") if case.stdout else ""
    return child.returncode, (folder / "stderr").read_bytes().decode(errors="replace"), bool(re.search(case.stdout, stdout))


def measured(binary, folder, case):
    """The status, stderr, whether stdout is right, seconds and kB of one run, which a process of its own waits for."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        status, stderr, is_printed = run(binary, folder, case)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        answer = json.dumps([status, stderr[:1 << 21], is_printed, used.ru_utime + used.ru_stime, used.ru_maxrss])
        with os.fdopen(writing, "w") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.wait()
    return json.loads(answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    binary = str(Path(options.binary).resolve())
    failed = []
    for case in CASES:
        name = case.name
        if not re.search(options.only, name):
            continue
        with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
            folder = Path(folder)
            case.make(folder)
            found, stderr, is_printed, seconds, memory = measured(binary, folder, case)
        wrong = [what for what, is_wrong in [
            (f"status {found}, not {case.status}", found != case.status),
            (f"stderr: {stderr[-300:]!r}", not re.search(case.stderr, stderr)),
            (f"stdout has no {case.stdout!r}", not is_printed),
            ("too slow", seconds > case.seconds),
            ("too large", memory > case.memory)] if is_wrong]
        print(f"{name:44} status {found:3} {seconds:7.2f} s {memory / 1024:7.1f} MB  {'; '.join(wrong) or 'ok'}", flush=True)
        failed += [name] if wrong else []
    print(f"failed: {', '.join(failed) or 'none'}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
