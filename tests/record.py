#!/usr/bin/env python3
"""Record what the real Helm prints for every case in tests/cases, or compare a binary with it live.

usage: record.py HELM [NAME...]                 write the goldens beside the cases
       record.py --check HELM BINARY [NAME...]  run both on every case; fail on any difference

NAME keeps the cases whose path contains it. HELM is one of the versions in src/profile/releases.rs: of each the
cases that name it are recorded, which all do of the first that have no line `helm:`; what it prints is kept where it is
something else than what the release before printed that the case names. BINARY is told which one to reproduce.
tests/cases/README.md describes the files. Needs Python 3.9 and nothing else. Cases that want a cluster get tests/stub_api.py.
"""
import base64
import difflib
import io
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from masks import masked
from outline import outline
from stub_api import stub

ROOT = Path(__file__).resolve().parent.parent
# The known releases, the default first.
RELEASES = [".".join(version) for version in
            re.findall(r"helm\(\((\d+), (\d+), (\d+)\)", (ROOT / "src/profile/releases.rs").read_text())]
# Tells BINARY which release to reproduce.
VARIABLE_OF_RELEASE = "STATEFULCHART_HELM"
CASES = ROOT / "tests/cases"
DEFAULT_CHART = b"apiVersion: v2\nname: chart\nversion: 0.1.0\n"
SECTION = re.compile(rb"^-- (\S+)(?: \((\w+)\))? --$")
# What `sh` may put before a command.
VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.S)
RANDOM = b"<random>"
NO_NEWLINE = b"\\ No newline at end"


def release_of(helm):
    """Which release a Helm is."""
    asked = [helm, "version", "--template", "{{.Version}}"]
    return subprocess.run(asked, capture_output=True, text=True).stdout.removeprefix("v")


class Unusable(Exception):
    """A case of which no golden can be made."""


class Run(str):
    """A command line; `helm` stands before it unless it is a shell's."""

    shell = False


class Case:
    """One .case file: what it shows, the runs, and the files they need."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(CASES).with_suffix(""))
        self.runs, self.packs, self.copies, self.files = [], [], [], []
        self.volatile = self.bare = self.cluster = self.outline = False
        self.releases = RELEASES[:1]
        body = None
        # Each line ends in a newline; what follows the last one is no line.
        for number, line in enumerate(path.read_bytes().removesuffix(b"\n").split(b"\n"), 1):
            section = SECTION.match(line)
            if section:
                body = []
                self.files.append((section[1].decode(), (section[2] or b"").decode(), body))
            elif body is not None:
                body.append(line)
            else:
                self.directive(line.decode(), number)
        self.files = [(name, kind, content(kind, body)) for name, kind, body in self.files]
        names = [name for name, _, _ in self.files]
        if any(n.startswith("chart/") for n in names) and "chart/Chart.yaml" not in names and not self.bare:
            self.files.append(("chart/Chart.yaml", "", DEFAULT_CHART))
        if not self.runs:
            sys.exit(f"{path}: no run")

    def directive(self, line, number):
        key, _, rest = line.partition(":")
        if not line or line.startswith("#"):
            return
        if key in ("run", "sh"):
            self.runs.append(Run(rest.strip()))
            self.runs[-1].shell = key == "sh"
        elif key == "pack":
            self.packs.append(rest.split())
        elif key == "copy":
            self.copies.append(rest.strip())
        elif key == "helm":
            self.releases = rest.split()
            if unknown := [r for r in self.releases if r not in RELEASES]:
                sys.exit(f"{self.path}:{number}: no such release: {unknown[0]}; known: {', '.join(RELEASES)}")
            if self.releases != sorted(self.releases, key=RELEASES.index):
                sys.exit(f"{self.path}:{number}: not oldest first")
        elif key == "rule":
            # Which rule of src/profile/rules.rs it shows, for tests/cli.rs.
            pass
        elif line == "volatile":
            self.volatile = True
        elif line == "bare":
            self.bare = True
        elif line == "cluster":
            self.cluster = True
        elif line == "outline":
            self.outline = True
        else:
            sys.exit(f"{self.path}:{number}: not a directive: {line}")

    def golden(self, release):
        """Where the golden of a release stands, if it has one of its own."""
        first = release == RELEASES[0]
        return self.path.with_suffix(".golden" if first else f".{release}.golden")

    def recorded(self, release):
        """What is recorded for a release, without the line that names it: its golden, or that of the one before."""
        for named in reversed(self.releases[:self.releases.index(release) + 1]):
            if self.golden(named).exists():
                return self.golden(named).read_bytes().split(b"\n", 1)[1]
        return None

    def keep(self, release, text):
        """Writes the golden of a release, if it differs from what is recorded for the one before."""
        first, body = release == self.releases[0], text.split(b"\n", 1)[1]
        before = None if first else self.recorded(self.releases[self.releases.index(release) - 1])
        if first or before != body:
            self.golden(release).write_bytes(text)
        else:
            self.golden(release).unlink(missing_ok=True)

    def record(self, release, text):
        """Writes the golden of a release; what is recorded for the next one stays."""
        after = self.releases[self.releases.index(release) + 1:][:1]
        then = {name: self.recorded(name) for name in after}
        self.keep(release, text)
        for name, body in then.items():
            if body is not None:
                self.keep(name, heading(name) + body)

    def write(self, work, home):
        for name, kind, data in self.files:
            path = place(name, work, home)
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "symlink":
                path.symlink_to(data.decode().strip())
                continue
            path.write_bytes(data)
            if kind == "executable":
                path.chmod(0o755)
        for name in self.copies:
            shutil.copytree(CASES.parent.parent / name, work / name)
        for source, target in self.packs:
            source, target = place(source, work, home), place(target, work, home)
            target.parent.mkdir(parents=True, exist_ok=True)
            pack(source, target)
            shutil.rmtree(source)


def place(name, work, home):
    """Where a file of a case stands: in the home, if its path begins with `~/`."""
    return home / name[2:] if name.startswith("~/") else work / name


def content(kind, lines):
    text = b"".join(line + b"\n" for line in lines)
    if kind == "base64":
        return base64.b64decode(text)
    return unescape(text) if kind == "escaped" else text


def unescape(text):
    plain = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b"\n": b""}

    def one(m):
        return bytes([int(m[1][1:], 16)]) if m[1][:1] == b"x" else plain[m[1]]

    return re.sub(rb"\\(x[0-9a-f]{2}|[nrt\\\n])", one, text)


def pack(source, target):
    """Writes the folder as a .tgz, stored rather than compressed: its bytes depend on nothing but its files."""
    tar = bytearray()
    files = ((str(p.relative_to(source)), p) for p in source.rglob("*") if p.is_file())
    for name, path in sorted(files):
        data = path.read_bytes()
        header = f"{source.name}/{name}".encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
        header += b"%011o\0" % len(data) + b"00000000000\0" + b" " * 8 + b"0" + bytes(100) + b"ustar\x0000"
        header = header.ljust(512, b"\0")
        tar += header[:148] + b"%06o\0 " % sum(header) + header[156:] + data + bytes(-len(data) % 512)
    target.write_bytes(stored(bytes(tar) + bytes(1024)))


def stored(data):
    """A gzip file of stored blocks."""
    out = bytearray(b"\x1f\x8b\x08\0\0\0\0\0\0\xff")
    for at in range(0, len(data), 0xffff):
        block = data[at:at + 0xffff]
        out += struct.pack("<BHH", at + 0xffff >= len(data), len(block), ~len(block) & 0xffff) + block
    return bytes(out) + struct.pack("<II", zlib.crc32(data), len(data))


def tree(root, prefix=""):
    """What is in a folder: by path the kind and the contents of files, links and empty folders."""
    found = {}
    for folder, folders, names in os.walk(root):
        is_empty = not folders and not names
        # What Helm learned of a cluster, and what it compiled of plugins.
        folders[:] = [name for name in folders if name not in (".kube", "wazero-build")]
        short = prefix + os.path.relpath(folder, root) + "/"
        short = short.replace("./", "", 1) if folder == str(root) else short
        if is_empty and folder != str(root):
            found[short] = "", b""
        for name in (*names, *folders):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[short + name] = "symlink", os.fsencode(os.readlink(path)) + b"\n"
            elif name in names:
                mode = os.stat(path).st_mode
                kinds = ("private",) * (not mode & 0o077) + ("executable",) * bool(mode & 0o100)
                found[short + name] = "_".join(kinds), Path(path).read_bytes()
    return found


def execute(binary, case, run, kubeconfig=None, more=None):
    """The named outputs of one run: status, stdout, stderr and the files that it wrote or removed.

    Without a kubeconfig the run finds no cluster. It sees no variables but a few, and `more`.
    """
    with tempfile.TemporaryDirectory(prefix="case-") as tmp:
        tmp = Path(tmp).resolve()
        work, home, bin, temporary = (tmp / name for name in ("cases/work", "home", "bin", "tmp"))
        for folder in (work, home, bin, temporary):
            folder.mkdir(parents=True)
        # Help, `version` and plugins show the name that the program was called by.
        (bin / "helm").symlink_to(binary)
        case.write(work, home)
        before = {**tree(work), **tree(home, "~/")}
        env = {"PATH": f"{bin}:{os.environ['PATH']}", "HOME": str(home), "TZ": "UTC", "LANG": "C.UTF-8",
               "TMPDIR": str(temporary), "KUBECONFIG": str(kubeconfig or home / "none"), **(more or {})}
        fill = lambda text: text.replace("$WORK", str(work)).replace("$HOME", str(home))
        stdin = None
        if run.shell:
            words = ["bash", "-c", run]
        else:
            words = [fill(word) for word in shlex.split(run)]
            if len(words) > 2 and words[-2] == "<":
                stdin, words = words[-1], words[:-2]
            while words and (variable := VARIABLE.fullmatch(words[0])):
                env[variable[1]] = variable[2]
                words = words[1:]
            words = [str(bin / "helm"), *words]
        done = subprocess.run(words, cwd=work, env=env, capture_output=True, timeout=120,
                              input=(work / stdin).read_bytes() if stdin else b"")
        places = [(work, b"$WORK"), (home, b"$HOME"), (temporary, b"$TMP"), (bin / "helm", b"$HELM")]
        clean = lambda text: normal(text, places)
        streams = {"stdout": clean(done.stdout), "stderr": errors(clean(done.stderr))}
        if case.outline:
            streams = {k: outline(v) for k, v in streams.items()}
        out = {"status": str(done.returncode).encode() + b"\n", **{k: v for k, v in streams.items() if v}}
        after = {**tree(work), **tree(home, "~/")}
        for name in sorted(before.keys() | after.keys()):
            if name not in after:
                # A folder that was empty and is not any more is still there.
                if not place(name, work, home).is_dir():
                    out[f"{name} (removed)"] = b""
            elif before.get(name) != after[name]:
                kind, data = after[name]
                out[f"{name} ({kind})" if kind else name] = written(name, data, clean)
    return out


def written(name, data, clean):
    if name.endswith(".tgz"):
        data = listing(data)
    elif name.endswith("charts.txt"):
        # Helm writes these names in no order.
        data = b"".join(sorted(data.splitlines(True)))
    return clean(data)


def listing(data):
    """What is in a package, in its order; neither times nor how it is compressed."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        return b"".join(f"{m.name} {m.mode:o} {size(m)}\n".encode() + tar.extractfile(m).read() + b"\n" for m in tar)


def size(member):
    """A lock file's depends on the fraction of a second."""
    return "-" if member.name.endswith(".lock") else member.size


def normal(text, places):
    for path, name in places:
        text = text.replace(str(path).encode(), name)
    return masked(text, "golden")


def errors(text):
    """The text of stderr without clocks and Go's stack traces."""
    return masked(text, "log")


def steady(first, second):
    """The first text with a mark for each line on which two runs of the reference differ."""
    if first == second:
        return first
    a, b = first.split(b"\n"), second.split(b"\n")
    if len(a) != len(b):
        return None
    return b"\n".join(x if x == y else RANDOM for x, y in zip(a, b))


def reference(helm, case, run, kubeconfig):
    kubeconfig = kubeconfig if case.cluster else None
    first = execute(helm, case, run, kubeconfig)
    if case.volatile:
        time.sleep(1.1)
    second = execute(helm, case, run, kubeconfig)
    if first.keys() != second.keys():
        raise Unusable("two runs of the reference wrote different files", run)
    out = {k: steady(first[k], second[k]) for k in first}
    if None in out.values():
        raise Unusable("two runs of the reference differ in the number of lines", run)
    if not case.volatile and out != first:
        raise Unusable("random, but not marked volatile", run)
    return out


def heading(release):
    return f"# Recorded from Helm v{release} by tests/record.py; do not edit.\n".encode()


def golden(case, release, outputs):
    text = [heading(release)]
    for i, (run, out) in enumerate(zip(case.runs, outputs), 1):
        text.append(f"-- {i}:command --\n{shown(run)}\n".encode())
        for name, data in out.items():
            if any(SECTION.match(line) for line in data.split(b"\n")):
                raise Unusable("the output holds a line that a golden cannot", run)
            text.append(f"-- {i}:{name} --\n".encode() + data)
            if data and not data.endswith(b"\n"):
                text.append(b"\n" + NO_NEWLINE + b"\n")
    return b"".join(text)


def shown(run):
    return str(run) if run.shell else re.sub(r"^((?:[A-Za-z_]\w*=\S* +)*)", r"\1helm ", run)


def agree(want, got):
    a, b = want.split(b"\n"), got.split(b"\n")
    return len(a) == len(b) and all(x == y or x == RANDOM for x, y in zip(a, b))


def differences(case, run, want, got):
    for name in sorted(want.keys() | got.keys()):
        a, b = want.get(name, b""), got.get(name, b"")
        if (name in want) != (name in got) or not agree(a, b):
            lines = difflib.unified_diff(*(t.decode(errors="backslashreplace").split("\n") for t in (a, b)),
                                         f"helm {name}", f"ours {name}", lineterm="")
            yield "\n".join([f"{case.name}: {shown(run)}", *(list(lines) or [f"{'helm' if name in want else 'ours'} only: {name}"])])


def main(args):
    check = args[:1] == ["--check"]
    args = args[1:] if check else args
    if len(args) < 1 + check:
        sys.exit(__doc__)
    helm = Path(shutil.which(args[0]) or args[0]).resolve()
    version = subprocess.run([helm, "version", "--template", "{{.Version}}"], capture_output=True, text=True).stdout
    release = version.removeprefix("v")
    if release not in RELEASES:
        sys.exit(f"{helm} is Helm {version or '(none)'}, none of {', '.join(RELEASES)}")
    binary = Path(shutil.which(args[1]) or args[1]).resolve() if check else None
    wanted = args[1 + check:]
    cases = [Case(p) for p in sorted(CASES.rglob("*.case"))]
    if idle := [w for w in wanted if not any(w in c.name for c in cases)]:
        near = difflib.get_close_matches(idle[0], [c.name for c in cases], 5, 0.3)
        sys.exit(f"no case of {len(cases)} has {idle[0]} in its name; near it: {', '.join(near) or '(none)'}")
    cases = [c for c in cases if release in c.releases and (not wanted or any(w in c.name for w in wanted))]
    if not cases:
        sys.exit(f"no case in {CASES}")

    def one(case):
        try:
            outputs = [reference(helm, case, run, kubeconfig) for run in case.runs]
            text = golden(case, release, outputs)
        except Unusable as e:
            return [": ".join([case.name, *e.args])]
        if not check:
            case.record(release, text)
            return []
        own = {VARIABLE_OF_RELEASE: release}
        found = [d for run, want in zip(case.runs, outputs)
                 for d in differences(case, run, want, execute(binary, case, run, more=own))]
        if case.recorded(release) != text.split(b"\n", 1)[1]:
            found.append(f"{case.name}: the golden of {release} is out of date; record it anew")
        return found

    with stub() as kubeconfig, ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(one, cases))
    for text in (d for ds in found for d in ds):
        print(text, end="\n\n")
    bad, runs = sum(map(bool, found)), sum(len(c.runs) for c in cases)
    print(f"{len(cases)} cases, {runs} runs;", f"{bad} cases differ" if check else f"{len(cases) - bad} cases recorded")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
