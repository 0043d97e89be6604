"""Charts as a Git repository of charts has had them, with what they depend on as far as it was in the same repository."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The folders in which repositories of charts keep them.
ROOTS = ["charts", "bitnami", "stable", "incubator"]
# How deep charts may depend on charts.
MOST_LEVELS = 8


class Missing(Exception):
    """A dependency that no commit of the repository holds."""


def git(repository, *args, stdin=None):
    return subprocess.run(["git", "-C", str(repository), *args], capture_output=True, check=True, input=stdin).stdout


def bumps(repository):
    """The commits that change one chart, with the chart's folder."""
    log = git(repository, "log", "--no-merges", "--format=%x01%H", "--name-only", "HEAD", "--", *ROOTS)
    for part in log.decode(errors="replace").split("\x01")[1:]:
        commit, *files = part.split("\n")
        charts = {"/".join(f.split("/")[:2]) for f in files if f.count("/") > 1}
        files = [f for f in files if f]
        if len(charts) == 1 and any("templates/" in f or f.endswith(("values.yaml", "Chart.yaml")) for f in files):
            yield commit, charts.pop()


def read(file):
    try:
        return yaml.load(file.read_text(errors="replace"), Loader) or {}
    except (OSError, yaml.YAMLError):
        return {}


def needs(chart):
    """What a chart depends on, as its Chart.yaml or requirements.yaml says."""
    for name in ("Chart.yaml", "requirements.yaml"):
        found = read(chart / name).get("dependencies")
        if found:
            return [n for n in found if isinstance(n, dict) and n.get("name")]
    return []


def folder_of(chart, name):
    """The folder in charts/ of what is called so in a render: by its name or its alias."""
    for need in needs(chart):
        if need.get("alias") == name and not (chart / "charts" / name).exists():
            return chart / "charts" / need["name"]
    return chart / "charts" / name


class History:
    """A repository, and the charts that were packed from it."""

    def __init__(self, repository, cache):
        self.repository, self.cache = repository, Path(cache)
        self.known = {}

    def versions(self, name):
        """Where each version of a chart is: the first commit that has it, and the folder."""
        if name not in self.known:
            files = [f"{root}/{name}/Chart.yaml" for root in ROOTS]
            log = git(self.repository, "log", "--reverse", "--diff-filter=d", "--format=%x01%H", "--name-only", "HEAD", "--", *files)
            places = []
            for part in log.decode().split("\x01")[1:]:
                commit, *changed = part.split()
                places += [(commit, file) for file in changed]
            found = {}
            objects = git(self.repository, "cat-file", "--batch", stdin="".join(f"{c}:{f}\n" for c, f in places).encode())
            for commit, file in places:
                head, objects = objects.split(b"\n", 1)
                if head.endswith(b" missing"):
                    continue
                size = int(head.split()[2])
                text, objects = objects[:size].decode(errors="replace"), objects[size + 1:]
                version = re.search(r"(?m)^version: *[\"']?([^\s\"'#]+)", text)
                if version:
                    found.setdefault(version[1].lstrip("v"), (commit, str(Path(file).parent)))
            self.known[name] = found
        return self.known[name]

    def chart(self, commit, folder, to):
        """Puts a chart into a folder as it was at a commit, with what it depends on, as `helm dependency build` would."""
        self.extract(commit, folder, to)
        self.add_dependencies(to, folder, commit, 0)
        return to / folder

    def extract(self, commit, folder, to):
        archive = git(self.repository, "archive", commit, folder)
        subprocess.run(["tar", "x", "-C", str(to)], input=archive, check=True, stderr=subprocess.DEVNULL)

    def add_dependencies(self, to, folder, commit, depth):
        chart = to / folder
        if depth > MOST_LEVELS:
            raise Missing(f"{folder}: charts that depend on each other")
        wanted = needs(chart)
        locks = [read(chart / name).get("dependencies") or [] for name in ("Chart.lock", "requirements.lock")]
        locked = {n.get("name"): str(n.get("version", "")) for lock in locks for n in lock if isinstance(n, dict)}
        for need in wanted:
            name = need["name"]
            charts = chart / "charts"
            if (charts / name).exists() or any(charts.glob(f"{name}-[0-9v]*.tgz")):
                continue
            charts.mkdir(exist_ok=True)
            repository = str(need.get("repository", ""))
            if repository.startswith("file://"):
                beside = os.path.normpath(f"{folder}/{repository[7:]}")
                try:
                    if not (to / beside).exists():
                        self.extract(commit, beside, to)
                except subprocess.CalledProcessError:
                    raise Missing(f"{name} in {beside}")
                self.add_dependencies(to, beside, commit, depth + 1)
                shutil.copytree(to / beside, charts / name, symlinks=True)
                continue
            version = locked.get(name) or self.newest(name, str(need.get("version", "")), commit)
            shutil.copytree(self.packed(name, version, depth + 1), charts / name, symlinks=True)

    def packed(self, name, version, depth):
        at = self.versions(name).get(version.lstrip("v"))
        if at is None:
            raise Missing(f"{name} {version}")
        commit, folder = at
        to = self.cache / f"{name}-{version}"
        if not to.exists():
            to.mkdir(parents=True)
            try:
                self.extract(commit, folder, to)
                self.add_dependencies(to, folder, commit, depth)
            except (Missing, subprocess.CalledProcessError) as why:
                shutil.rmtree(to)
                raise Missing(f"{name} {version}: {why}")
        return to / folder

    def newest(self, name, wanted, commit):
        """The newest version in a range that was there at a commit."""
        fitting = [v for v, (at, _) in self.versions(name).items() if fits(v, wanted)]
        for version in sorted(fitting, key=numbers, reverse=True):
            at = self.versions(name)[version][0]
            if subprocess.run(["git", "-C", str(self.repository), "merge-base", "--is-ancestor", at, commit]).returncode == 0:
                return version
        raise Missing(f"{name} {wanted}")


def numbers(version):
    return tuple(int(n) for n in re.findall(r"\d+", version.split("-")[0].split("+")[0])[:3])


def fits(version, wanted):
    """Whether a version is in a range: a version, `1.x.x`, `~1.2`, `^1.2` or terms with `>`, `<`, `=`; no other is known."""
    if "-" in version:
        return version == wanted
    own = numbers(version)
    for term in re.sub(r"([<>=~^]) +", r"\1", wanted).replace(",", " ").split():
        sign, rest = re.fullmatch(r"([<>=~^]*)v?(.*)", term).groups()
        parts = [p for p in rest.split("-")[0].split(".") if p.isdigit()]
        least = tuple(map(int, parts))
        full = least + (0,) * (3 - len(least))
        if sign in (">=", "=>"):
            is_in = own >= full
        elif sign in ("<=", "=<"):
            is_in = own[:len(least)] <= least
        elif sign in (">", "<"):
            is_in = own > full if sign == ">" else own < full
        elif sign == "^":
            fixed = next((i + 1 for i, n in enumerate(least) if n), len(least))
            is_in = own >= full and own[:fixed] == least[:fixed]
        elif sign == "~":
            is_in = own >= full and own[:min(2, len(least))] == least[:2]
        elif sign in ("", "="):
            is_in = own[:len(least)] == least
        else:
            is_in = False
        if not is_in:
            return False
    return True
