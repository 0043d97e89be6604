#!/usr/bin/env python3
"""Checks new charts: what `create` makes passes Helm's strict lint, renders alike on both, and a starter
is copied as Helm copies it.

usage: create.py HELM BINARY

Needs Python 3.9 and nothing else; the reports of dry runs want tests/stub_api.py.
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from record import VARIABLE_OF_RELEASE, release_of
from stub_api import stub

KINDS = ("statefulset", "deployment", "job", "library")
NAMES = ("web", "my.chart_1", "A-9", "123", "true", "a" * 80)
VALUES = (
    [],
    ["--set", "replicas=3", "--set", "labels.team=a", "--set", "env.A=b", "--set", "podAnnotations.a=b", "--set", "image.tag=1"],
    ["--set", "persistence.enabled=false,serviceAccount.create=false", "--set", "nodeSelector.a=b", "--set", "tolerations[0].key=a"],
    ["--set", "persistence.storageClassName=fast,serviceAccount.name=x,serviceAccount.annotations.a=b,image.pullSecrets[0].name=s"],
    ["--set", "affinity.nodeAffinity=null,resources=null", "--namespace", "elsewhere"],
)
STARTER = {
    "Chart.yaml": "apiVersion: v1\nname: starter\nversion: 3.2.1\ndescription: x\n", "README.md": "<CHARTNAME>\n",
    "values.yaml": "# <CHARTNAME>\nname: <CHARTNAME>\n", "values.schema.json": "{}", "files/a.txt": "<CHARTNAME>",
    "templates/a.yaml": "<CHARTNAME>: {{ .Values.name }} <CHARTNAME>\n", "templates/_a.tpl": "{{ define \"<CHARTNAME>.a\" }}{{ end }}",
}


RELEASE = ""


def run(binary, folder, *args, kubeconfig="/nowhere", called=None):
    env = {VARIABLE_OF_RELEASE: RELEASE, "HOME": str(folder), "PATH": "/usr/bin:/bin", "KUBECONFIG": str(kubeconfig), "HELM_DATA_HOME": str(folder / "data")}
    done = subprocess.run([called or binary, *args], executable=binary, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.replace(str(folder), "$HERE"), done.stderr.replace(str(folder), "$HERE")


def tree(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()} if root.exists() else {}


class Check:
    made = wrong = 0

    def equal(self, what, want, got):
        self.made += 1
        if want != got:
            self.wrong += 1
            print(f"{what}\n  helm: {want}\n  ours: {got}")


def kinds(check, helm, ours, tmp, kubeconfig):
    for kind in KINDS:
        for name in NAMES:
            folder = tmp / f"{kind}-{name}"
            folder.mkdir()
            check.equal(f"create {kind} {name}", (0, f"Creating {name}\n", ""), run(ours, folder, "create", name, "--kind", kind))
            status, text, error = run(helm, folder, "lint", "--strict", name)
            check.equal(f"lint {kind} {name}", (0, 0), (status, text.count("WARNING") + text.count("ERROR")))
            check.equal(f"our lint {kind} {name}", (status, text, error), run(ours, folder, "lint", "--strict", name))
            for values in VALUES:
                for command in (["template"], ["install", "--dry-run=client"]):
                    words = [*command, "release", f"./{name}", *values]
                    want, got = run(helm, folder, *words, kubeconfig=kubeconfig), run(ours, folder, *words)
                    if command == ["install", "--dry-run=client"]:
                        # The report shows when it was made.
                        want, got = ((s, [x for x in o.split("\n") if "DEPLOYED" not in x], e) for s, o, e in (want, got))
                    check.equal(f"{kind} {words}", want, got)
                    check.equal(f"{kind} {words} renders", kind == "library", want[0] != 0)
                if name != "web":
                    break
    folder = tmp / "default"
    folder.mkdir()
    run(ours, folder, "create", "web")
    check.equal("the default kind", True, "kind: StatefulSet" in run(helm, folder, "template", "web")[1])


def alike(check, helm, ours, tmp):
    """Each on an equal folder: the same answers, and for starters the same files."""
    lines = [["-p", "plain"], ["--starter=plain"], ["-p", "$ABS"], ["-p", "none"], ["-p", "broken"], ["-p", "bad-values"]]
    lines = [["create", "sub/web", *line] for line in lines]
    lines += [["create", name] for name in ("", "a b", "a/", "none/a", "file/a", "file", "x" * 251, "ä")]
    lines += [["create", "file", "-p", "plain"], ["create", "none/a", "-p", "plain"], ["create", "web/", "-p", "plain"], ["create"]]
    for at, line in enumerate(lines):
        results = []
        for binary in (helm, ours):
            folder = tmp / "alike"
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "sub").mkdir(parents=True)
            (folder / "file").write_text("")
            for name, data in STARTER.items():
                path = folder / "data/starters/plain" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(data)
            for name, data in {"broken/Chart.yaml": "[", "bad-values/Chart.yaml": STARTER["Chart.yaml"], "bad-values/values.yaml": "a: [<CHARTNAME>"}.items():
                path = folder / "data/starters" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(data)
            words = [w.replace("$ABS", str(folder / "data/starters/plain")) for w in line]
            answer = run(binary, folder, *words, called="helm")
            results.append((answer, tree(folder / "sub") if "-p" in str(line) or "starter" in str(line) else None))
        # A name that can be one makes a chart, of other files.
        check.equal(f"{line}", *results)


def main(args):
    if len(args) != 2:
        sys.exit(__doc__)
    helm, ours = (str(Path(shutil.which(a) or a).resolve()) for a in args)
    global RELEASE
    RELEASE = release_of(helm)
    check = Check()
    with tempfile.TemporaryDirectory(prefix="create-") as tmp:
        tmp = Path(tmp).resolve()
        with stub() as kubeconfig:
            kinds(check, helm, ours, tmp, kubeconfig)
        alike(check, helm, ours, tmp)
    print(f"{check.made} checks of new charts; {check.wrong} differ")
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
