#!/usr/bin/env python3
"""Build helm-unittest with Go, with the link flag of its Makefile that sets the version.

usage: build_helm_unittest.py FOLDER GO [VERSION]   make FOLDER/helm-unittest with the program GO, unless it is there

VERSION is 1.1.2 unless another is given. Its go.mod has a `replace`, which `go install` refuses: a module of our own has the
same `replace` and names the command as a tool. Needs a network, or Go's cache of modules.
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MODULE = "github.com/helm-unittest/helm-unittest"
PATHS = "github.com/vmware-labs/yaml-jsonpath v0.3.2 => github.com/helm-unittest/yaml-jsonpath v0.4.0"


def main(args):
    if len(args) not in (2, 3):
        sys.exit(__doc__)
    target, version = Path(args[0]).resolve() / "helm-unittest", args[2] if len(args) > 2 else "1.1.2"
    go = shutil.which(args[1])
    if go is None:
        sys.exit(f"no such program: {args[1]}")
    if target.exists():
        return
    with tempfile.TemporaryDirectory(prefix="build.") as scratch:
        (Path(scratch) / "go.mod").write_text(
            f"module scratch\n\ngo 1.26.0\n\nrequire {MODULE} v{version}\n\nreplace {PATHS}\n\n"
            f"tool {MODULE}/cmd/helm-unittest\n")
        subprocess.run([go, "mod", "tidy"], check=True, cwd=scratch)
        flag = f"-X {MODULE}/internal/build.version={version}"
        subprocess.run([go, "build", "-trimpath", "-ldflags", flag, "-o", str(target),
                        f"{MODULE}/cmd/helm-unittest"], check=True, cwd=scratch)


if __name__ == "__main__":
    main(sys.argv[1:])
