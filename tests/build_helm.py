#!/usr/bin/env python3
"""Build Helm with Go, with the link flags of its Makefile.

usage: build_helm.py FOLDER GO VERSION   make FOLDER/VERSION/helm with the program GO, unless it is there

VERSION is one like 3.22.0. Official builds of Helm 4.3 are made with Go 1.27, those of 3.22 with Go 1.26: what they
print depends on it in places. Needs a network, or Go's cache of modules. One build takes two to five minutes.
"""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path


def main(args):
    if len(args) != 3:
        sys.exit(__doc__)
    folder, version = Path(args[0]).resolve() / args[2], args[2]
    go = shutil.which(args[1])
    if go is None:
        sys.exit(f"no such program: {args[1]}")
    go = os.path.abspath(go)
    if (folder / "helm").exists():
        return
    module = f"helm.sh/helm/v{version.split('.')[0]}"
    env = {**os.environ, "CGO_ENABLED": "0", "GOBIN": str(folder), "GOTOOLCHAIN": "local"}
    found = subprocess.run([go, "mod", "download", "-json", f"{module}@v{version}"], check=True, capture_output=True,
                           text=True, cwd="/", env=env)
    client = re.search(r"k8s\.io/client-go v0\.(\d+)\.", Path(json.loads(found.stdout)["GoMod"]).read_text())[1]
    values = {"internal/version.version": f"v{version}", "internal/version.gitTreeState": "clean"}
    if version.startswith("3."):
        # Helm 4 reads the version of the Kubernetes client from the program itself.
        for package in ("pkg/lint/rules", "pkg/chartutil"):
            values |= {f"{package}.k8sVersionMajor": "1", f"{package}.k8sVersionMinor": client}
    flags = " ".join(["-w -s", *(f"-X {module}/{name}={value}" for name, value in values.items())])
    subprocess.run([go, "install", "-trimpath", "-ldflags", flags, f"{module}/cmd/helm@v{version}"], check=True,
                   cwd="/", env=env)


if __name__ == "__main__":
    main(sys.argv[1:])
