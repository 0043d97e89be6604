#!/usr/bin/env python3
"""Runs each step with Helm and with statefulchart against real servers, and compares what both say and do.

    tests/servers/crosswise.py HELM BINARY [WORD…]

A step is a command line; both tools run it in a home of their own that is laid out alike. Standard output,
standard error, exit status and the files below the home must agree, times and ports apart. With WORDs only the
scenarios whose names hold one of them run.
"""

import base64
import difflib
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import plugins
import scenarios
import servers

TIMES = [
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|[+-]\d\d:?\d\d))?( [A-Z]+)?( m=\S+)?"), b"<TIME>"),
    (re.compile(rb"(?m)^(\w+\.go):\d+: <TIME>"), rb"\1: <TIME>"),
    (re.compile(rb"tmpcharts-\d+"), b"tmpcharts-N"),
    (re.compile(rb"helm-\d{6,}"), b"helm-N"),
    # The temporary file beside one that cannot be written.
    (re.compile(rb"(index\.yaml|\.tgz)\d+"), rb"\1"),
]


def archive(data):
    """A package's contents: name and text of each file; how it was packed does not count."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        for member in tar:
            found.append((member.name, tar.extractfile(member).read() if member.isfile() else b""))
    return repr(sorted(found)).encode()


class Tool:
    """One of the two programs, with its own home."""

    def __init__(self, program, folder, names):
        self.program, self.home, self.names = program, os.path.join(folder, "home"), names
        os.makedirs(self.home)
        self.env = {
            "PATH": os.environ["PATH"], "HOME": self.home, "TZ": "UTC", "TMPDIR": os.path.join(folder, "tmp"),
            "HELM_NO_PLUGINS": "",
        }
        os.makedirs(self.env["TMPDIR"])

    def fill(self, text):
        for name, value in {**self.names, "HOME": self.home}.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def mask(self, data):
        data = data.replace(self.program.encode(), b"<PROGRAM>").replace(self.home.encode(), b"<HOME>").replace(self.env["TMPDIR"].encode(), b"<TMP>")
        for name, value in self.names.items():
            if name.isupper() and value:
                data = data.replace(str(value).encode(), b"<" + name.encode() + b">")
        for pattern, text in TIMES:
            data = pattern.sub(text, data)
        return data

    def run(self, step):
        command = self.fill(step.command)
        words = shlex.split(command)
        env = {**self.env, **{k: self.fill(v) for k, v in step.env.items()}}
        if words[0] == "helm":
            words[0] = self.program
            done = subprocess.run(words, cwd=self.home, env=env, input=step.stdin.encode(), capture_output=True,
                                  timeout=120)
        else:
            done = subprocess.run(["sh", "-ec", command], cwd=self.home, env=env, input=step.stdin.encode(),
                                  capture_output=True, timeout=120)
            if done.returncode:
                raise SystemExit(f"{command}: {done.stderr.decode()}")
        out, err = self.mask(done.stdout), self.mask(done.stderr)
        if step.sort:
            out, err = (b"\n".join(sorted(t.split(b"\n"))) for t in (out, err))
        return {"status": str(done.returncode).encode(), "stdout": out, "stderr": err}

    def files(self):
        found = {}
        for folder, _, names in os.walk(self.home):
            if "/.git" in folder:
                continue
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    data = f.read()
                short = os.path.relpath(path, self.home)
                if name.endswith(".lock") and not data:
                    continue
                if short.startswith(".cache/helm/registry") or short.startswith(".cache/helm/plugins"):
                    continue
                if name.endswith("-charts.txt"):
                    data = b"".join(sorted(data.splitlines(True)))
                if name.endswith(".tgz"):
                    try:
                        data = archive(data)
                    except (OSError, tarfile.TarError, EOFError):
                        pass
                mode = oct(os.stat(path).st_mode & 0o777)
                found[f"{short} {mode}"] = self.mask(data)
        return found


def show(title, want, got):
    lines = [t.decode(errors="replace").splitlines(True) for t in (want, got)]
    return f"  {title}:\n" + "".join("    " + l.rstrip("\n") + "\n" for l in difflib.unified_diff(*lines, "helm", "statefulchart"))


def compare(scenario, programs, names, folder):
    """The differences between the two tools in one scenario."""
    tools = [Tool(p, os.path.join(folder, n), names) for p, n in zip(programs, ("helm", "ours"))]
    wrong = []
    for number, step in enumerate(scenario.steps):
        # Crosswise steps run both tools' command lines with one of them.
        want, got = (t.run(step) for t in tools)
        if not step.command.startswith("helm "):
            continue
        differs = [show(k, want[k], got[k]) for k in want if want[k] != got[k] and k not in step.ignore]
        files = [t.files() for t in tools] if "files" not in step.ignore else [{}, {}]
        for name in sorted(set(files[0]) | set(files[1])):
            if files[0].get(name) != files[1].get(name):
                a, b = (f.get(name, b"(no such file)\n") for f in files)
                differs.append(show(name, a, b))
        if step.check and (why := step.check(want)):
            differs.append(f"  the step does not show what it should: {why}\n")
        if differs:
            wrong.append(f"{scenario.name}: step {number + 1}: {step.command}\n" + "".join(differs))
    return wrong


def main():
    helm, binary, *words = sys.argv[1:]
    programs = [os.path.abspath(helm), os.path.abspath(binary)]
    servers.install()
    passed, failed, prepared = 0, 0, False
    with tempfile.TemporaryDirectory() as folder, servers.Servers(os.path.join(folder, "s")) as running:
        for scenario in [*scenarios.ALL, *plugins.ALL]:
            if words and not any(w in scenario.name for w in words):
                continue
            if not prepared and scenario in plugins.ALL:
                plugins.prepare(running)
                prepared = True
            place = os.path.join(folder, scenario.name.replace(" ", "-"))
            names = scenarios.names(running, programs[0])
            wrong = compare(scenario, programs, names, place)
            shutil.rmtree(place)
            for text in wrong:
                print(text)
            passed += len(scenario.steps) - len(wrong)
            failed += len(wrong)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    os.makedirs(tempfile.gettempdir(), exist_ok=True)
    main()
