#!/usr/bin/env python3
"""Records what scanners print of charts/python-app, for the cases of tests/own/annotate.

usage: scanners.py BINARY

BINARY is statefulchart. yamllint and checkov are installed from PyPI into a virtual environment, kubeconform is built
with Go, in a temporary folder. The outputs come to tests/own/scanners, and the versions that made them to versions.txt
there. kubeconform gets schemas of its own, in which the types are wrong on purpose: those of Kubernetes come from a
network.
"""
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "tests/own/scanners"
YAMLLINT = "1.38.0"
CHECKOV = "3.3.30"
KUBECONFORM = "v0.7.0"
# checkov checks much: two of its checks are enough.
CHECKS = "CKV_K8S_14,CKV_K8S_30"


def wrong(**types):
    return {"type": "object", "properties": types}


IMAGE = wrong(image={"type": "integer"})
POD = wrong(spec=wrong(containers={"type": "array", "items": IMAGE}))
SCHEMA = wrong(spec=wrong(replicas={"type": "string"}, template=POD))


def main():
    binary = Path(sys.argv[1]).resolve()
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        venv.create(folder / "venv", with_pip=True)
        tools = folder / "venv/bin"
        subprocess.run([tools / "pip", "install", "-q", f"yamllint=={YAMLLINT}", f"checkov=={CHECKOV}"], check=True)
        subprocess.run(["go", "install", f"github.com/yannh/kubeconform/cmd/kubeconform@{KUBECONFORM}"],
                       env={**os.environ, "GOBIN": str(folder)}, check=True)
        text = subprocess.run([binary, "template", "web", "charts/python-app"], cwd=ROOT, check=True, capture_output=True)
        work = folder / "work"
        work.mkdir()
        (work / "out.yaml").write_bytes(text.stdout)
        (work / "statefulset.json").write_text(json.dumps(SCHEMA))

        def record(name, *command):
            done = subprocess.run(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            # Where the schema lies differs from run to run.
            (OUT / name).write_bytes(done.stdout.replace(str(work).encode(), b"/work"))

        for form in ("parsable", "standard", "github"):
            record(f"yamllint-{form}.txt", tools / "yamllint", "-f", form, "out.yaml")
        record("kubeconform.txt", folder / "kubeconform", "-n", "1", "-ignore-missing-schemas", "-schema-location",
               "{{.ResourceKind}}.json", "out.yaml")
        checkov = [tools / "checkov", "-f", "out.yaml", "--framework", "kubernetes", "--check", CHECKS, "--skip-download",
                   "--quiet", "--compact"]
        record("checkov.txt", *checkov, "-o", "cli")
        record("ignored", *checkov, "-o", "sarif", "--output-file-path", "sarif")
        (OUT / "ignored").unlink()
        (OUT / "checkov.sarif").write_bytes((work / "sarif/results_sarif.sarif").read_bytes())
        (OUT / "versions.txt").write_text(f"yamllint {YAMLLINT}\ncheckov {CHECKOV}\nkubeconform {KUBECONFORM}\n")


if __name__ == "__main__":
    main()
