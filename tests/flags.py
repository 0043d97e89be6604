#!/usr/bin/env python3
"""Checks that every command and flag of Helm is known, with its short form, type and default.

usage: flags.py HELM BINARY

What Helm knows is read from its help. Then both are run: each command with all its flags in each
spelling, and each flag with a value that its type does not take; the answers are to be the same. Needs
Python 3.9 and nothing else.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from masks import masked
from record import VARIABLE_OF_RELEASE, release_of

ROW = re.compile(r"^  (?:-(\w), |    )--([\w-]+)(?: (\S+))? {2,}(.*)$")
GOOD = {"string": "x", 'string[="client"]': "client", 'string[="unset"]': "client", "WaitStrategy[=watcher]": "legacy", "stringArray": "a=b", "strings": "x", "stringToString": "a=b", "duration": "1m",
        "int": "7", "uint": "7", "float32": "1.5", "format": "json", "postRendererString": "cat", "postRendererArgsSlice": "x"}
BAD = {"": ["maybe", "2", ""], "stringToString": ["x", "", "a=b,c", 'a="b"c,d=e', '"a=b"'], "duration": ["1", "x", "", "1x"], "int": ["x", "1.5", "", "99999999999999999999"],
       "uint": ["x", "-1", ""], "float32": ["x", ""], "format": ["x", ""], "strings": ['a"b', '"a', '"a"b'],
       'string[="unset"]': ["x", "", "false", "none"], "WaitStrategy[=watcher]": ["x", "true", "false", "", "True"],
       "postRendererString": ["no-such-program"], "string": []}


# Further command lines to be answered alike.
FURTHER = [
    ["version"], ["version", "--short"], ["version", "-c", "--short"], ["version", "--client=false"], ["version", "x"],
    *(["version", "--template", t] for t in (
        "{{.Version}}", "{{.GoVersion}} {{.GitCommit}} {{.GitTreeState}} {{len .Version}}", "{{", "{{.Nope}}", "{{. | upper}}",
        '{{printf "%v %s" . .Version}}', "{{range .}}{{end}}", "{{.Version.x}}", "")),
    ["lsit"], ["temp"], ["repo", "--nope"], ["repo", "add", "--nope"], ["-n"], ["--namespace"], ["history", "a", "b"],
    ["list", "a"], ["status"], ["uninstall"], ["uninstall", "a", "--cascade=x"], ["rollback"], ["rollback", "a", "x"], ["test"],
    *(["get", what] for what in ("all", "hooks", "manifest", "metadata", "notes", "values")),
    *(alias.split() for alias in ("hist", "un", "del", "delete", "ls x", "dep ls a b", "dependencies up a b", "inspect chart",
                                  "repo rm", "repo ls x", "fetch")),
    ["completion", "bash", "x"], ["create"], ["create", "a", "b"], ["verify"],
]


class Program:
    def __init__(self, binary, home, release=""):
        self.binary, self.home, self.release = binary, home, release

    def run(self, *args):
        done = subprocess.run([self.binary, *args], capture_output=True, text=True, cwd=self.home, timeout=60,
                              env={"HOME": self.home, "PATH": "/usr/bin:/bin", "KUBECONFIG": "/nowhere", VARIABLE_OF_RELEASE: self.release})
        return done.returncode, done.stdout, masked(done.stderr, "flags")

    def help(self, path):
        """The sections of a command's help, and its flags by name."""
        sections, current = {}, None
        for line in self.run(*path, "--help")[1].split("\n"):
            head = re.fullmatch(r"(Usage|Aliases|Available Commands|Flags|Global Flags):", line)
            if head:
                current = sections.setdefault(head[1], [])
            elif not line:
                current = None
            elif current is not None:
                current.append(line)
        flags = {}
        for section in ("Global Flags", "Flags"):
            for row in map(ROW.match, sections.get(section, [])):
                default = re.search(r" \(default ([^()]*)\)$", row[4])
                flags[row[2]] = (row[1], row[3] or "", default[1] if default else "", section)
        return sections, flags


def walk(helm, path=()):
    sections, flags = helm.help(path)
    yield path, sections, flags
    for line in sections.get("Available Commands", []):
        name = line.split()[0]
        if name != "help":
            yield from walk(helm, (*path, name))


def spellings(flags):
    """Command lines that hold every flag, each in another spelling, up to an unknown one."""
    def line(spell):
        words = [word for name, (short, kind, *_) in flags.items() if name != "help" for word in spell(name, short, kind)]
        return [*words, "--nope"]

    def separate(name, short, kind):
        return [f"--{name}"] if kind not in GOOD or "[" in kind else [f"--{name}", GOOD[kind]]

    def attached(name, short, kind):
        return [f"--{name}={GOOD.get(kind, 'true')}"]

    def brief(name, short, kind):
        if not short:
            return []
        return [f"-{short}"] if kind not in GOOD else [f"-{short}", GOOD[kind], f"-{short}{GOOD[kind]}", f"-{short}={GOOD[kind]}"]

    def twice(name, short, kind):
        return attached(name, short, kind) * 2

    return [line(s) for s in (separate, attached, brief, twice)]


def compare(helm, ours, path, sections, flags):
    name = " ".join(path) or "(root)"
    own_sections, own_flags = ours.help(path)
    for part in ("Usage", "Aliases"):
        if sections.get(part) != own_sections.get(part):
            yield f"{name}: {part}: {sections.get(part)}, ours: {own_sections.get(part)}"
    names = [[line.split()[0] for line in s.get("Available Commands", [])] for s in (sections, own_sections)]
    if not own_sections.get("Usage"):
        yield f"{name}: not a command"
        return
    missing = set(names[0]) - set(names[1])
    if missing:
        yield f"{name}: no command {', '.join(sorted(missing))}"
    for flag in sorted(flags.keys() | own_flags.keys()):
        if flags.get(flag) != own_flags.get(flag):
            yield f"{name}: --{flag}: {flags.get(flag)}, ours: {own_flags.get(flag)}"
    lines = [[*path, *line] for line in spellings(flags)]
    for flag, (short, kind, _, section) in flags.items():
        # All commands have the global ones in common, and what reads them.
        if flag == "help" or section == "Global Flags" and path != ("template",):
            continue
        lines += [[*path, f"--{flag}={value}", "--nope"] for value in BAD.get(kind, [])]
        lines.append([*path, f"--{flag}"] if kind in GOOD and "[" not in kind else [*path, f"--{flag}=true", f"--{flag}", "--nope"])
        if short:
            lines.append([*path, f"-{short}"] if kind in GOOD else [*path, f"-{short}x", "--nope"])
    for line in lines:
        yield from differ(helm, ours, line)


def differ(helm, ours, line):
    want, got = helm.run(*line), ours.run(*line)
    if want != got:
        yield f"{' '.join(line)}\n  helm: {want}\n  ours: {got}"


def main(args):
    if len(args) < 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="flags-") as tmp:
        # Help shows the name that the program was called by.
        (Path(tmp) / "ours").mkdir()
        called = Path(tmp) / "ours" / "helm"
        called.symlink_to(Path(shutil.which(args[1]) or args[1]).resolve())
        helm = Program(str(Path(shutil.which(args[0]) or args[0]).resolve()), tmp)
        release = release_of(helm.binary)
        ours = Program(str(called), tmp, release)
        commands = list(walk(helm))
        if not any(flags for _, _, flags in commands):
            sys.exit(f"no flag in the help of {helm.binary}")
        with ThreadPoolExecutor() as pool:
            found = [d for line in FURTHER for d in differ(helm, ours, line)]
            found += [d for ds in pool.map(lambda c: list(compare(helm, ours, *c)), commands) for d in ds]
    for text in found:
        print(text)
    print(f"{len(commands)} commands, {sum(len(f) for _, _, f in commands)} flags; {len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
