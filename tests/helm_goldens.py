#!/usr/bin/env python3
"""Run the command lines of Helm's own tests, and compare with the outputs that Helm keeps for them.

usage: helm_goldens.py SOURCE BINARY

SOURCE is the folder pkg/cmd of Helm 4's sources, as `go mod download -json helm.sh/helm/v4@v4.3.1` finds it; nothing of
it is copied here. BINARY is told to be that Helm. The tests' Helm is a build of its own: Kubernetes 1.20.0, a fixed
time, no log. What needs releases or a cluster is counted, not run. Needs Python 3.9 and nothing else.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from outline import outline
from record import VARIABLE_OF_RELEASE

# A string of Go, an identifier, a call, or what joins them.
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|[A-Za-z_][\w.]*|[-+(),]|\d+')
ASSIGNED = re.compile(r'^\s*(?:const\s+|var\s+)?(\w+)\s*:?=\s*("(?:[^"\\\n]|\\.)*"|`[^`]*`)\s*$', re.M)
DEPLOYED = re.compile(rb"^LAST DEPLOYED: .*$", re.M)
# What a command needs that there is none of here.
NEEDS_CLUSTER = re.compile(r"^(?:list|ls|status|get|history|rollback|uninstall|test)\b|^(?:install|upgrade)\b(?!.*--dry-run)")
# What the tests' build of Helm prints otherwise than the released one.
OF_BUILD = re.compile(r"^version\b")
# A hidden command that writes the manual of Helm itself.
DOCS = re.compile(r"^(?:__complete )?docs\b")
# The repositories that the tests have, where they are set up by a statement.
REPOSITORIES = {"repoFile": "testdata/helmhome/helm/repositories.yaml", "repoCache": "testdata/helmhome/helm/repository"}
REPOSITORIES["repoSetup"] = "--repository-config {repoFile} --repository-cache {repoCache}".format(**REPOSITORIES)
# The commands that take the version of Kubernetes.
TAKES_VERSION = ("template", "lint")


class Unknown(Exception):
    """An expression that is not read here."""


def text(literal):
    if literal[0] == "`":
        return literal[1:-1]
    return literal[1:-1].encode().decode("unicode_escape")


def value(tokens, names):
    """The text that an expression of Go makes: literals, names, joins, fmt.Sprintf and filepath.Join."""
    def primary():
        token = tokens.pop(0) if tokens else ""
        if token[:1] in ('"', "`"):
            return text(token)
        if token in ("fmt.Sprintf", "filepath.Join"):
            args = arguments()
            if token == "filepath.Join":
                return os.path.normpath("/".join(args))
            given = iter(args[1:])
            return re.sub(r"%[sqv]", lambda m: f'"{next(given)}"' if m[0] == "%q" else next(given), args[0])
        if token in names:
            return names[token]
        raise Unknown(token)

    def arguments():
        if not tokens or tokens.pop(0) != "(":
            raise Unknown("(")
        args = []
        while tokens and tokens[0] != ")":
            args.append(whole())
            if tokens and tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return args

    def whole():
        made = primary()
        while tokens and tokens[0] == "+":
            tokens.pop(0)
            made += primary()
        return made

    return whole()


def cases(file):
    """The command lines of a file of tests, with what is kept for them."""
    source = file.read_text()
    assigned = [(m.start(), m[1], text(m[2])) for m in ASSIGNED.finditer(source)]
    for entry in re.finditer(r"\{\s*name:(.*?)\n\t+\}", source, re.S):
        body = entry[1]
        cmd = re.search(r"\bcmd:\s*(.*?),\s*\n\s*(?:\w+:|\Z)", body + "\n\tend:", re.S)
        golden = re.search(r'\bgolden:\s*"([^"]*)"', body)
        if not cmd or not golden:
            continue
        # The last one before an entry holds there.
        fixed = REPOSITORIES if REPOSITORIES["repoFile"] in source else {}
        names = {**fixed, **{name: literal for at, name, literal in assigned if at < entry.start()}}
        yield cmd[1], golden[1], bool(re.search(r"\brels:", body)), names


def main(args):
    if len(args) != 2:
        sys.exit(__doc__)
    folder = Path(args[0]).resolve()
    found = re.search(r"v4@v(\d+\.\d+\.\d+)", str(folder))
    if not found or not (folder / "testdata" / "output").is_dir():
        sys.exit(f"{folder} is not the folder pkg/cmd of a module helm.sh/helm/v4@vVERSION")
    count, problems = Counter(), []
    with tempfile.TemporaryDirectory(prefix="goldens-") as tmp:
        called = Path(tmp) / "bin" / "helm"
        called.parent.mkdir()
        called.symlink_to(Path(shutil.which(args[1]) or args[1]).resolve())
        work = Path(tmp) / "cmd"
        shutil.copytree(folder / "testdata", work / "testdata")
        subprocess.run(["chmod", "-R", "u+w", str(work)], check=True)
        environment = {"HOME": tmp, "PATH": f"{called.parent}:/usr/bin:/bin", "KUBECONFIG": "/nowhere", VARIABLE_OF_RELEASE: found[1],
                       "HELM_REPOSITORY_CONFIG": REPOSITORIES["repoFile"], "HELM_REPOSITORY_CACHE": REPOSITORIES["repoCache"]}
        for file in sorted(folder.glob("*_test.go")):
            for expression, golden, has_releases, names in cases(file):
                try:
                    line = value(TOKEN.findall(expression), names)
                    words = shlex.split(line)
                except (Unknown, ValueError, StopIteration, IndexError):
                    count["not read"] += 1
                    continue
                if not golden or not words:
                    continue
                if has_releases or NEEDS_CLUSTER.search(line):
                    count["needs a cluster"] += 1
                    continue
                if OF_BUILD.search(line):
                    count["of the tests' build"] += 1
                    continue
                if DOCS.search(line):
                    count["of helm docs"] += 1
                    continue
                if words[0] in TAKES_VERSION and "--kube-version" not in line and len(words) > 1:
                    words += ["--kube-version", "v1.20.0"]
                done = subprocess.run([called, *words], capture_output=True, cwd=work, env=environment, timeout=60)
                logged = b"".join(l for l in done.stderr.splitlines(True) if not l.startswith(b"level="))
                want, got = (folder / "testdata" / golden).read_bytes(), done.stdout + logged
                plain = [DEPLOYED.sub(b"", outline(t)).replace(str(work).encode(), b"").replace(b"\r\n", b"\n").rstrip(b"\n") for t in (want, got)]
                count["agree" if plain[0] == plain[1] else "differ"] += 1
                if plain[0] != plain[1]:
                    problems.append((file.name, line, golden, *plain))
    for name, line, golden, want, got in problems:
        print(f"{name}: helm {line}\n  {golden}: {want[:300]!r}\n  ours: {got[:300]!r}")
    print(", ".join(f"{number} {what}" for what, number in sorted(count.items())))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
