#!/usr/bin/env python3
"""Build Helm with Go, with the link flags of its Makefile and the commit that src/profile/releases.rs names.

usage: build_helm.py FOLDER GO VERSION   make FOLDER/VERSION/helm with the program GO, unless it is there

VERSION is one like 3.22.0. What a build prints depends on its Go in places: official ones are made with the one that
src/profile/releases.rs names (3.18 and 3.19: Go 1.24; 3.20, 3.21.0, 4.0 and 4.1: 1.25; 4.3: 1.27; others: 1.26), and a
warning says where GO is another one. Needs a network, or Go's cache of modules. One build takes two to five minutes.
"""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

RELEASES = Path(__file__).resolve().parent.parent / "src/profile/releases.rs"
COMMIT = r'helm\(\({}, {}, {}\), \d+, "([0-9a-f]*)"'
# What its Makefile sets to a part of the version of the Kubernetes client; 4.0.0 names some variables that it has not.
KUBERNETES = re.compile(r"^LDFLAGS \+= -X (\S+)=\$\(K8S_MODULES_(MAJOR|MINOR)_VER\)", re.M)


def minor(version):
    """The first two numbers in a version: `1.27` of `go1.27.0`."""
    return ".".join(re.findall(r"\d+", version)[:2])


def official_go(version):
    """The Go that the official build of a release was made with; None for a release that is not listed."""
    number = r"\({}, {}, {}\)".format(*version.split("."))
    found = re.search(rf'helm\({number}.*"(go[\d.]+)"', RELEASES.read_text())
    return found and found[1]


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
    wanted = official_go(version)
    used = subprocess.run([go, "env", "GOVERSION"], check=True, capture_output=True, text=True, cwd="/",
                          env={**os.environ, "GOTOOLCHAIN": "local"}).stdout.strip()
    if wanted and minor(wanted) != minor(used):
        print(f"warning: the official build of Helm {version} is made with {wanted}, this one with {used}: what it "
              "prints may differ", file=sys.stderr)
    module = f"helm.sh/helm/v{version.split('.')[0]}"
    env = {**os.environ, "CGO_ENABLED": "0", "GOBIN": str(folder), "GOTOOLCHAIN": "local"}
    found = subprocess.run([go, "mod", "download", "-json", f"{module}@v{version}"], check=True, capture_output=True,
                           text=True, cwd="/", env=env)
    found = json.loads(found.stdout)
    client = re.search(r"k8s\.io/client-go v0\.(\d+)\.", Path(found["GoMod"]).read_text())[1]
    commit = re.search(COMMIT.format(*version.split(".")), RELEASES.read_text())
    values = {
        f"{module}/internal/version.version": f"v{version}",
        f"{module}/internal/version.gitCommit": commit[1] if commit else "",
        f"{module}/internal/version.gitTreeState": "clean",
    }
    # Helm 4.1 and later read the version of the Kubernetes client from the program itself.
    for name, part in KUBERNETES.findall((Path(found["Dir"]) / "Makefile").read_text()):
        values[name] = "1" if part == "MAJOR" else client
    flags = " ".join(["-w -s", *(f"-X {name}={value}" for name, value in values.items())])
    subprocess.run([go, "install", "-trimpath", "-ldflags", flags, f"{module}/cmd/helm@v{version}"], check=True,
                   cwd="/", env=env)


if __name__ == "__main__":
    main(sys.argv[1:])
