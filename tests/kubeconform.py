#!/usr/bin/env python3
"""kubeconform's own acceptance tests, where they lie, against `statefulchart kubeconform`.

usage: kubeconform.py REPO BINARY [--reference KUBECONFORM] [--keep FOLDER]

REPO is a checkout of yannh/kubeconform, or a git directory of it. Each @test of its *.bats files is run by bash with BINARY as
bin/kubeconform. Where kubeconform needs the network, BINARY has the schemas; others come from a server of this script: in the
tests it stands for raw.githubusercontent.com (Schemas). What a test asks of the download of what BINARY has is told apart
(DOWNLOADS). With --reference each command is also run by that kubeconform with one worker, and output and status have
to be the same where it has found its schemas.

The exit status is 1 if a test fails that is none of DOWNLOADS.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# What is about the download of Kubernetes' schemas, which BINARY has, or needs another program.
DOWNLOADS = {
    "Fail when parsing a valid Kubernetes config YAML file without network access": "the schemas are in the program",
    "Pass when parsing a valid Kubernetes config YAML file and store cache": "nothing is downloaded",
    "Fail when using HTTPS_PROXY with a failing proxy": "nothing is downloaded",
    "JUnit output can be validated against the Junit schema definition": "needs xmllint",
}
HOST = "https://raw.githubusercontent.com"
DEFAULT = HOST + "/yannh/kubernetes-json-schema/master/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json"


class Schemas(BaseHTTPRequestHandler):
    """Schemas of versions that BINARY does not have, in the place of those that the tests name: small ones, of our own."""

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        found = {
            "replicationcontroller-v1.json": {"type": "object", "required": ["spec"], "properties": {"spec": {"$ref": "#/definitions/spec"}, "kind": {"enum": ["ReplicationController"]}},
                                              "definitions": {"spec": {"type": "object", "properties": {"replicas": {"type": ["integer", "null"]}}}}},
        }
        whole = found["replicationcontroller-v1.json"]
        found["daemonset-apps-v1.json"] = found["httpproxy_v1.json"] = {
            "type": "object", "required": ["spec"], "properties": {"spec": {
                "type": "object", "properties": {"selector": {}, "template": {}}, "additionalProperties": "-strict" not in self.path}}}
        # OpenShift's are called by the kind alone.
        found["replicationcontroller.json"] = whole
        if "-standalone" not in self.path:
            found["_definitions.json"] = {"definitions": whole["definitions"]}
            found["replicationcontroller-v1.json"] = {**whole, "definitions": {}, "properties": {"spec": {"$ref": "_definitions.json#/definitions/spec"}}}
        body = json.dumps(found.get(name, {})).encode()
        self.send_response(200 if name in found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def served(body, base):
    """A test that asks this script's server. Of Kubernetes 1.20 it is told the default location, too."""
    body = re.sub(r"(-kubernetes-version 1\.20\.0)", lambda found: f"{found[1]} -schema-location '{DEFAULT}'", body)
    return "\n".join(line.replace(HOST, base) if line.strip().startswith("run ") else line for line in body.split("\n"))


# What bats gives a test: `run` keeps output and status; a line that fails ends it.
PRELUDE = r"""
set -e
run() { set +e; output=$("$@" 2>&1); status=$?; set -e; mapfile -t lines <<< "$output"; }
"""


def checkout(repo, folder):
    """A copy of the repository's files; large ones that a partial copy lacks are left out."""
    git = ["git", "--git-dir", str(repo if not (repo / ".git").exists() else repo / ".git")]
    names = subprocess.run([*git, "ls-tree", "-r", "HEAD", "--name-only"], capture_output=True, text=True, check=True).stdout.split("\n")
    for name in names:
        if name.endswith(".bats") and "/" not in name or name.startswith("fixtures/"):
            found = subprocess.run([*git, "show", f"HEAD:{name}"], capture_output=True)
            if found.returncode == 0:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(found.stdout)


def tests(text):
    """The names and bodies of a file's tests, and what stands before them."""
    blocks = re.split(r'^@test "(.*)" \{$', text, flags=re.M)
    head = blocks[0].replace("#!/usr/bin/env bats", "")
    for name, body in zip(blocks[1::2], blocks[2::2]):
        yield name, head, body[:body.index("\n}")]


def run(script, folder):
    """The status and the output of a script."""
    done = subprocess.run(["bash", "-c", PRELUDE + script], cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def commands(body):
    """The commands that a test runs."""
    return [line.strip()[4:] for line in body.split("\n") if line.strip().startswith("run ") and "kubeconform" in line]


def same(command, folder, reference):
    """Whether both print the same; None where the reference could not find schemas."""
    answers = []
    for program in (None, reference):
        target = folder / "bin/kubeconform"
        before = os.readlink(target)
        if program:
            target.unlink()
            target.symlink_to(Path(program).resolve())
        # With more workers the order of lines is left to chance.
        line = re.sub(r"(bin/kubeconform)", r"\1 -n 1", command)
        done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        answers.append((done.returncode, done.stdout, "Usage:" in done.stderr or done.stderr))
        target.unlink()
        target.symlink_to(before)
    said = "".join(map(str, answers[1]))
    if "failed downloading" in said or "giving up after" in said:
        return None, answers
    return answers[0] == answers[1], answers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", type=Path)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--reference")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Schemas)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made)
        folder.mkdir(exist_ok=True)
        checkout(given.repo, folder)
        (folder / "bin").mkdir(exist_ok=True)
        link = folder / "bin/kubeconform"
        link.unlink(missing_ok=True)
        link.symlink_to(given.binary.resolve())
        sums, wrong, compared = Counter(), False, Counter()
        for file in sorted(folder.glob("*.bats")):
            for name, head, body in tests(file.read_text()):
                if "valid_large" in body and not (folder / "fixtures/valid_large.yaml").exists():
                    sums["left out: the fixture is not there"] += 1
                    continue
                status, said = run(head + served(body, base), folder)
                if given.reference:
                    for command in commands(body):
                        verdict, answers = same(command, folder, given.reference)
                        compared[{True: "same", False: "different", None: "the reference found no schemas"}[verdict]] += 1
                        if verdict is False:
                            print(f"different: {command}\n  ours: {answers[0]}\n  kubeconform: {answers[1]}")
                if status == 0:
                    sums["pass"] += 1
                elif name in DOWNLOADS:
                    sums[f"about downloads: {DOWNLOADS[name]}"] += 1
                else:
                    sums["fail"] += 1
                    wrong = True
                    print(f"{file.name}: {name}\n{said}")
        for what, count in sorted(sums.items()):
            print(f"{count:4} {what}")
        for what, count in sorted(compared.items()):
            print(f"{count:4} commands, {what}")
        sys.exit(wrong)


if __name__ == "__main__":
    main()
