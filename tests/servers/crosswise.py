#!/usr/bin/env python3
"""Runs each step with Helm and with statefulchart against real servers, and compares what both say and do.

    tests/servers/crosswise.py HELM BINARY [WORD…]        compare live, and Helm with the goldens
    tests/servers/crosswise.py --record HELM [WORD…]      write the goldens
    tests/servers/crosswise.py --replay BINARY [WORD…]    compare with the goldens alone, of each release

HELM is one of the releases below. BINARY is told which one to reproduce.

A step is a command line; both tools run it in a home of their own that is laid out alike. Standard output,
standard error, exit status and the files below the home must agree, times and ports apart. With WORDs only the
scenarios whose names hold one of them run. tests/servers/README.md says what a golden holds.
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
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import plugins
import scenarios
import servers
from masks import masked
from record import VARIABLE_OF_RELEASE, release_of

# The releases that goldens are recorded from, the default first: the newest of each major version beside it.
RELEASES = ["3.17.3", "3.22.0", "4.3.1"]
GOLDENS = Path(__file__).resolve().parent / "goldens"
HEADER = "# Recorded from Helm v{} by `tests/servers/crosswise.py --record HELM`; do not edit.\n"
# Files that are larger stand in a golden by their digests.
LARGEST = 400


def archive(data):
    """A package's contents: name and text of each file; how it was packed does not count."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        for member in tar:
            found.append((member.name, tar.extractfile(member).read() if member.isfile() else b""))
    return repr(sorted(found)).encode()


class Tool:
    """One of the two programs, with its own home."""

    def __init__(self, program, folder, names, release):
        # Under another name ours says more than Helm.
        self.program, self.home, self.names = os.path.join(folder, "helm"), os.path.join(folder, "home"), names
        os.makedirs(self.home)
        os.symlink(program, self.program)
        self.env = {
            "PATH": os.environ["PATH"], "HOME": self.home, "TZ": "UTC", "TMPDIR": os.path.join(folder, "tmp"),
            "HELM_NO_PLUGINS": "", VARIABLE_OF_RELEASE: release,
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
                # Caches are named after URLs.
                data = data.replace(str(value).replace(":", "-").encode(), b"<" + name.encode() + b">")
        return masked(data, "servers")

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
                # The last is ours alone.
                if short.startswith((".cache/helm/registry", ".cache/helm/plugins", ".cache/helm/schemas")):
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


def changed(before, after):
    """What a step did to the files, as a golden has it: new text or its digest, or that it is gone."""
    for name in sorted(before.keys() | after.keys()):
        # A cache that is named after a URL, which has a port.
        shown = masked(name, "names")
        if name not in after:
            yield f"{shown} removed", b""
        elif before.get(name) != after[name]:
            data = after[name]
            if name.split()[0].endswith(".lock") and re.search(rb"<[A-Z]+>", data):
                # It is made of the repository's URL, which has a port.
                data = masked(data, "lock")
            if len(data) > LARGEST:
                data = f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}\n".encode()
            yield shown, data


class Play:
    """A scenario, step by step, with one tool; the golden of what was played."""

    def __init__(self, scenario, program, names, folder, release):
        self.tool, self.steps, self.golden = Tool(program, folder, names, release), scenario.steps, []
        self.before, self.release = {}, release

    def step(self, number):
        """The result of a step and the files after it; of a shell's, nothing."""
        step = self.steps[number]
        result, files = self.tool.run(step), self.tool.files()
        is_helm = step.command.startswith("helm ") and (not step.only or self.release in step.only)
        outputs = [("command", step.command.encode())]
        if is_helm:
            outputs += [(k, v) for k, v in result.items() if v and k not in step.ignore]
            outputs += sorted(changed(self.before, files)) if "files" not in step.ignore else []
        text = b""
        for name, data in outputs:
            text += f"-- {number + 1}:{name} --\n".encode() + data
            if name in ("command", "status"):
                text += b"\n"
            elif data and not data.endswith(b"\n"):
                text += b"\n\\ No newline at end\n"
        self.golden.append(text)
        self.before = files
        return (result, files) if is_helm else None


def recorded(scenario, release):
    """The golden of a scenario, a text for each step; the first release's where the release has none of its own."""
    for each in (release, RELEASES[0]):
        try:
            data = path(scenario, each).read_bytes()
        except FileNotFoundError:
            continue
        if data.startswith(HEADER.format(each).encode()):
            return re.split(rb"(?m)^(?=-- \d+:command --$)", data)[1:]
    return []


def path(scenario, release):
    own = "" if release == RELEASES[0] else f".{release}"
    return GOLDENS / (scenario.name.replace(" ", "-").replace("'", "") + own + ".golden")


def against_golden(scenario, play, who, release):
    """The steps of a play that are not as the golden has them."""
    wrong, golden = {}, recorded(scenario, release)
    for number, step in enumerate(scenario.steps):
        want = golden[number] if number < len(golden) else b"(nothing; record the golden anew)\n"
        if want != play.golden[number]:
            lines = [t.decode(errors="replace").splitlines(True) for t in (want, play.golden[number])]
            text = "".join("    " + l.rstrip("\n") + "\n" for l in difflib.unified_diff(*lines, "golden", who))
            wrong[number] = f"{scenario.name}: step {number + 1}: {step.command}: not as in the golden\n{text}"
    if len(golden) > len(scenario.steps):
        wrong[len(scenario.steps)] = f"{scenario.name}: the golden has more steps; record it anew\n"
    return wrong


def side_by_side(scenario, programs, names, folder, release):
    """Plays a scenario with both tools: Helm's play, and the differences by step."""
    plays = [Play(scenario, p, names, os.path.join(folder, n), release) for p, n in zip(programs, ("helm", "ours"))]
    wrong = {}
    for number, step in enumerate(scenario.steps):
        played = [p.step(number) for p in plays]
        if None in played:
            continue
        (want, theirs), (got, ours) = played
        differs = [show(k, want[k], got[k]) for k in want if want[k] != got[k] and k not in step.ignore]
        for name in sorted(set(theirs) | set(ours)) if "files" not in step.ignore else []:
            if theirs.get(name) != ours.get(name):
                a, b = (f.get(name, b"(no such file)\n") for f in (theirs, ours))
                differs.append(show(name, a, b))
        if step.check and release == RELEASES[0] and (why := step.check(want)):
            differs.append(f"  the step does not show what it should: {why}\n")
        if differs:
            wrong[number] = f"{scenario.name}: step {number + 1}: {step.command}\n" + "".join(differs)
    return plays[0], wrong


def compare(scenario, programs, names, folder, release=RELEASES[0]):
    """The differences between the two tools in one scenario."""
    return list(side_by_side(scenario, programs, names, folder, release)[1].values())


def live(scenario, programs, names, folder, release):
    """The differences between the two tools, and between Helm and its golden."""
    helm, wrong = side_by_side(scenario, programs, names, folder, release)
    for number, text in against_golden(scenario, helm, "helm", release).items():
        wrong[number] = wrong.get(number, "") + text
    return wrong


def record(scenario, programs, names, folder, release):
    play, wrong = Play(scenario, programs[0], names, os.path.join(folder, "helm"), release), {}
    for number, step in enumerate(scenario.steps):
        played = play.step(number)
        if step.check and release == RELEASES[0] and (why := step.check(played[0])):
            wrong[number] = f"{scenario.name}: step {number + 1}: {step.command} does not show what it should: {why}\n"
    GOLDENS.mkdir(exist_ok=True)
    own = path(scenario, release)
    own.unlink(missing_ok=True)
    if release == RELEASES[0] or play.golden != recorded(scenario, RELEASES[0]):
        own.write_bytes(HEADER.format(release).encode() + b"".join(play.golden))
    return wrong


def replay(scenario, programs, names, folder, release):
    play = Play(scenario, programs[0], names, os.path.join(folder, "ours"), release)
    for number in range(len(scenario.steps)):
        play.step(number)
    return against_golden(scenario, play, "ours", release)


def main():
    args, mode = sys.argv[1:], live
    if args[:1] in (["--record"], ["--replay"]):
        mode = record if args.pop(0) == "--record" else replay
    needed = 2 if mode is live else 1
    if len(args) < needed:
        sys.exit(__doc__)
    programs, words = [os.path.abspath(a) for a in args[:needed]], args[needed:]
    releases = RELEASES
    if mode is not replay:
        version = release_of(programs[0])
        releases = [r for r in RELEASES if version == r]
        if not releases:
            sys.exit(f"{programs[0]} is Helm {version or '(none)'}; goldens are of {', '.join(RELEASES)}")
    every = [*scenarios.ALL, *plugins.ALL]
    if idle := [w for w in words if not any(w in s.name for s in every)]:
        near = difflib.get_close_matches(idle[0], [s.name for s in every], 5, 0.3)
        sys.exit(f"no scenario of {len(every)} has {idle[0]} in its name; near it: {', '.join(near) or '(none)'}")
    servers.install()
    passed = failed = 0
    for release in releases:
        # Each with servers of its own: what one has pushed, another would find.
        with tempfile.TemporaryDirectory() as folder, servers.Servers(os.path.join(folder, "s")) as running:
            prepared = False
            for scenario in every:
                if words and not any(w in scenario.name for w in words):
                    continue
                # What plugins do is compared with the first release only.
                if release not in (scenario.only or (RELEASES[:1] if scenario in plugins.ALL else RELEASES)):
                    continue
                if not prepared and scenario in plugins.ALL:
                    plugins.prepare(running)
                    prepared = True
                place = os.path.join(folder, scenario.name.replace(" ", "-"))
                wrong = mode(scenario, programs, scenarios.names(running), place, release)
                shutil.rmtree(place)
                for _, text in sorted(wrong.items()):
                    print(text if release == RELEASES[0] else f"{release}: {text}")
                passed += len(scenario.steps) - len(wrong)
                failed += len(wrong)
    print(f"{passed} {'recorded' if mode is record else 'passed'}, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    os.makedirs(tempfile.gettempdir(), exist_ok=True)
    main()
