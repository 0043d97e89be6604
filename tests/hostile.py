#!/usr/bin/env python3
"""Charts and files from strangers: each ends soon, in bounded memory, with an answer.

usage: hostile.py BINARY [--only REGEX]

Each case is made in a folder of its own and run with limits: address space, time, and what it may really use. It passes
if the status is the one expected (an error is 1, never a signal or an abort) and what is said on stderr matches.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

# What the system enforces, and what a case may take: seconds of the processor, kB of memory.
ADDRESS_SPACE, TIMEOUT = 2 << 30, 20
MOST_SECONDS, MOST_MEMORY = 2, 512 * 1024
CASES = []


def case(status, stderr, *arguments):
    """Registers a function that fills the folder; `chart` is a chart in it."""
    def register(make):
        CASES.append((make, status, stderr, arguments))
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


@case(0, r"^$", "template", "x", "chart", "--set", ",".join(f"a[{i}]={i}" for i in range(9000)))
def list_items_set_9_000(folder):
    chart(folder, values="")


def run(binary, folder, arguments):
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "KUBECONFIG": "/nonexistent"}
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
        child = subprocess.Popen([binary, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=err, preexec_fn=limit)
        try:
            child.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            child.kill()
        # Of this child alone: the resources of all children only grow.
        child.wait()
    return child.returncode, (folder / "stderr").read_bytes().decode(errors="replace")


def measured(binary, folder, arguments):
    """The status, stderr, seconds and kB of one run, which a process of its own waits for."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        status, stderr = run(binary, folder, arguments)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        answer = json.dumps([status, stderr[-4000:], used.ru_utime + used.ru_stime, used.ru_maxrss])
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
    for make, status, pattern, arguments in CASES:
        name = make.__name__.replace("_", " ")
        if not re.search(options.only, name):
            continue
        with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
            folder = Path(folder)
            make(folder)
            found, stderr, seconds, memory = measured(binary, folder, arguments)
        wrong = [what for what, is_wrong in [
            (f"status {found}, not {status}", found != status),
            (f"stderr: {stderr[-300:]!r}", not re.search(pattern, stderr)),
            ("too slow", seconds > MOST_SECONDS),
            ("too large", memory > MOST_MEMORY)] if is_wrong]
        print(f"{name:36} status {found:3} {seconds:7.2f} s {memory / 1024:7.1f} MB  {'; '.join(wrong) or 'ok'}", flush=True)
        failed += [name] if wrong else []
    print(f"failed: {', '.join(failed) or 'none'}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
