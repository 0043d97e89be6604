#!/usr/bin/env python3
"""Checks that command lines are completed as Helm completes them, and that bash's script works.

usage: completion.py HELM BINARY

Candidates and directives are compared with those of Helm's own `__complete`; descriptions are ours.
Needs Python 3.9 and bash.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from record import VARIABLE_OF_RELEASE, release_of

LINES = """
|re|repo|repo |repo a|rep|help |help re|help repo |help repo nope |nope |nope
-|--|--n|--na|-n|-n |--namespace |--namespace=|--kubeconfig |--kube-context |--registry-config |--debug -|--output
repo add |repo add a |repo add a b |repo add --|repo index |repo index a |repo list |repo remove |repo remove one |repo update |repo update one t
install |install a |install a b |install -|install --|install --o|install -g |install -g a |install --atomic=|install --set |install --output j
install --output=|install -o=|install -o |install -ojson |install --dry-run |install --dry-run=|install --set a=b --set|install --wait --wai
template |template a |template a b |template a o|template a one|template a one/|template a o:|template a oci://|template a oci://x|template a ./
template a fi|template a h|template a zzz|template --values |template -f |template --values=|template --version |template --kube-version
template --validate |template --debug --de|template -- |template -- -|template --output-dir |template --post-renderer |template x --dry-run
template -s |template a two/
upgrade |upgrade a |upgrade a b |upgrade -i a |upgrade --install --in|lint |lint x |lint --quiet |lint --s|package |package --nope |package --ke
show |show chart |show chart a |show values --j|inspect |pull |pull a |pull oc|fetch |push |push a |push a b |create |create a |env |env HELM_B
env X |verify |verify a |version |version --|version -|dependency |dep |dep update |dep up |dep l|dep list |dependency build a
search |search repo |search repo --|registry |registry login |registry logout |registry login --p|completion |completion bash |completion bash --
list |ls |ls -o |list -|status |status a |history |hist |rollback |rollback a b |uninstall |un |test |get |get all |get all a |get values -o
""".strip("\n")


class Program:
    def __init__(self, binary, folder, release=""):
        self.binary, self.folder = binary, folder
        self.env = {VARIABLE_OF_RELEASE: release, "HOME": str(folder), "PATH": f"{Path(binary).parent}:/usr/bin:/bin", "KUBECONFIG": "/nowhere"}

    def complete(self, words, command="__complete"):
        done = subprocess.run([self.binary, command, *words], cwd=self.folder, env=self.env, capture_output=True, text=True)
        lines = done.stdout.splitlines()
        names = [line.split("\t")[0] for line in lines]
        return names, [line for line in done.stderr.splitlines() if "Debug" not in line], done.returncode


def bash(ours, line, descriptions):
    """What bash's script offers behind a command line."""
    script = """source <(helm completion bash $2)
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
_helm_complete
printf '%s\\n' "${COMPREPLY[@]}" """
    done = subprocess.run(["bash", "-c", script, "bash", line, descriptions], cwd=ours.folder, env=ours.env, capture_output=True, text=True)
    return done.stdout.split("\n")[:-1], done.stderr


def prepare(folder):
    (folder / "one").mkdir()
    (folder / "values.yaml").write_text("")
    config, cache = folder / ".config/helm", folder / ".cache/helm/repository"
    config.mkdir(parents=True), cache.mkdir(parents=True)
    (config / "repositories.yaml").write_text(
        "apiVersion: ''\nrepositories:\n- name: one\n  url: http://one.example\n- name: two\n  url: http://two.example\n")
    (cache / "one-charts.txt").write_text("apple\npear\n")


def main(args):
    if len(args) != 2:
        sys.exit(__doc__)
    wrong = made = 0
    with tempfile.TemporaryDirectory(prefix="complete-") as tmp:
        tmp = Path(tmp).resolve()
        called = tmp / "bin" / "helm"
        called.parent.mkdir()
        called.symlink_to(Path(shutil.which(args[1]) or args[1]).resolve())
        folder = tmp / "work"
        folder.mkdir()
        prepare(folder)
        helm = Program(str(Path(shutil.which(args[0]) or args[0]).resolve()), folder)
        ours = Program(str(called), folder, release_of(helm.binary))
        lines = [line for row in LINES.split("\n") for line in row.split("|")]
        for line in lines:
            words = line.split(" ")
            want, got = helm.complete(words), ours.complete(words)
            made += 1
            if want != got:
                wrong += 1
                print(f"{words}\n  helm: {want}\n  ours: {got}")
        plain = ours.complete(["repo", ""], "__completeNoDesc")
        expected = {
            "helm re": ["registry", "repo"], "helm repo a": ["add"], "helm template a --values=va": ["values.yaml"],
            "helm template a oci:": ["//"], "helm list --output=j": ["json"], "helm show chart one/p": ["one/pear"],
            "helm version ": [], "helm lint val": ["values.yaml"], "helm -n x dep ": ["build", "list", "update"],
        }
        for line, want in expected.items():
            for descriptions in ("", "--no-descriptions"):
                made += 1
                got, error = bash(ours, line, descriptions)
                got = [g for g in got if g]
                if got != want or error:
                    wrong += 1
                    print(f"bash: {line}\n  want: {want}\n  got: {got} {error}")
        for shell in ("bash", "zsh", "fish", "powershell"):
            text = subprocess.run([called, "completion", shell], capture_output=True, text=True, env=ours.env).stdout
            made += 1
            if "__complete" not in text or "@" in text.replace("@}", "").replace("[@]", "").replace("(@", "").replace("@(", "").replace("$@", "").replace("@arguments", ""):
                wrong += 1
                print(f"the script for {shell} is not complete:\n{text}")
        if plain[0][:1] != ["add"]:
            wrong += 1
            print(f"__completeNoDesc: {plain}")
    print(f"{made} completions; {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.pop("HELM_DEBUG", None)
    sys.exit(main(sys.argv[1:]))
