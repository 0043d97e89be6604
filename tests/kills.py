#!/usr/bin/env python3
"""Kills the program while it writes, fills its disk, and looks at what it has left.

    tests/kills.py BINARY [--kills N] [WORD…]

Each operation runs once to its end, which tells what it writes and how long it takes. Then, N times (200), it is killed
(SIGKILL) at a moment of that time, one behind the other; N/10 times it may write no more than so many bytes to a file,
once ended by SIGXFSZ and once told of it; and, as root, it writes to small full disks. After each of these every file
under its final name must be as it was or as a whole run leaves it, and so must a folder that is new. The next run to the
end must leave nothing else behind: no temporary file, no temporary folder. With WORDs only the operations run whose names
hold one of them. What is half written or left over is printed, and is a failure.
"""

import functools
import http.server
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

# What runs leave that ended before their time; the next one removes it.
LEFT = re.compile(r"(^|/)(\.[^/]+\.statefulchart-\d+-\d+|tmpcharts-\d+|helm-\d+|once-\d+-[^/]+)(/|$)")


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def chart(folder, name, version="1.0.0", more="", size=1 << 20, templates=20):
    """A chart with a file that does not pack well, and some templates."""
    write(f"{folder}/Chart.yaml", f"apiVersion: v2\nname: {name}\nversion: {version}\n{more}")
    write(f"{folder}/values.yaml", "a: 1\n")
    write(f"{folder}/noise", random.Random(name).randbytes(size))
    for at in range(templates):
        document = "".join(f"---\nkind: {kind}\nmetadata: {{name: a{at}}}\ntext: {'x' * 20000}\n" for kind in ("Service", "ConfigMap"))
        hook = f"---\nkind: Job\nmetadata: {{name: h{at}, annotations: {{helm.sh/hook: pre-install}}}}\n"
        write(f"{folder}/templates/t{at}.yaml", document + hook)


def tree(folder):
    """The files of a folder by their paths, and its folders."""
    found = {}
    for path, folders, names in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(path, name), folder)] = None
        for name in names:
            with open(os.path.join(path, name), "rb") as f:
                found[os.path.relpath(os.path.join(path, name), folder)] = f.read()
    return found


class Web:
    """Serves a folder."""

    def __init__(self, folder):
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                # Clients are killed here.
                pass

        self.server = Server(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


class Operation:
    """A command, what is there before, and the folders that come whole."""

    def __init__(self, name, command, prepare, whole=()):
        self.name, self.command, self.prepare, self.whole = name, command, prepare, whole


def operations(binary, web, made):
    """All operations; `prepare` lays a folder out in which the command runs."""
    copy = lambda *names: lambda at: [shutil.copytree(f"{made}/{name}", f"{at}/{name}") for name in names]

    def with_old(prepare, files):
        def both(at):
            prepare(at)
            for name, data in files.items():
                write(f"{at}/{name}", data)
        return both

    old = "old\n" * 3
    repositories = (f"apiVersion: v1\nrepositories:\n" + "".join(f"- {{name: r{i}, url: {web.url}}}\n" for i in range(3)))
    listed = lambda at: write(f"{at}/.config/helm/repositories.yaml", repositories)
    return [
        Operation("package", "package big -d out", copy("big")),
        Operation("package over an old one", "package big", with_old(copy("big"), {"big-1.0.0.tgz": old})),
        Operation("pull", f"pull {web.url}/big-1.0.0.tgz -d .", lambda at: None),
        Operation("pull over an old one", f"pull {web.url}/big-1.0.0.tgz", lambda at: write(f"{at}/big-1.0.0.tgz", old)),
        # Of a package's URL Helm makes an empty folder, too.
        Operation("pull --untar", f"pull big --repo {web.url} --untar", lambda at: None, ["big", "big-1.0.0.tgz"]),
        Operation("pull --untar into another folder", f"pull big --repo {web.url} --untar --untardir x", lambda at: None, ["x/big", "x/big-1.0.0.tgz"]),
        Operation("template --output-dir", "template r big --output-dir out", copy("big")),
        Operation("template --output-dir over old files", "template r big --output-dir out",
                  with_old(copy("big"), {f"out/big/templates/t{i}.yaml": old for i in range(0, 20, 2)})),
        Operation("repo add", f"repo add r {web.url}", lambda at: None),
        Operation("repo update", "repo update", listed),
        Operation("repo update over old indexes", "repo update",
                  with_old(listed, {f".cache/helm/repository/r{i}-index.yaml": "apiVersion: v1\nentries: {}\n" for i in range(3)})),
        Operation("repo index", "repo index packages", copy("packages")),
        Operation("create", "create new", lambda at: None, ["new"]),
        Operation("create --starter", "create new --starter {at}/big", copy("big"), ["new"]),
        Operation("dependency update", "dependency update parent", copy("parent", "below")),
        Operation("dependency build", "dependency build parent",
                  with_old(lambda at: (copy("parent", "below")(at), listed(at)), {"parent/charts/below-0.9.0.tgz": open(f"{made}/packages/below-0.9.0.tgz", "rb").read()})),
    ]


def make(binary, folder, web):
    """Charts, and packages of them in a repository."""
    for name in ("big", "dep1", "dep2"):
        chart(f"{folder}/{name}", name)
    chart(f"{folder}/below", "below", size=1 << 18, templates=2)
    depends = "".join(f"- {{name: {name}, version: 1.0.0, repository: \"{where}\"}}\n" for name, where in
                      (("dep1", web.url), ("dep2", web.url), ("big", web.url), ("below", "file://../below")))
    chart(f"{folder}/parent", "parent", more=f"dependencies:\n{depends}", size=1000, templates=1)
    run = lambda *command: subprocess.run([binary, *command], check=True, capture_output=True, cwd=folder,
                                          env={"HOME": folder, "SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"]})
    for name in ("big", "dep1", "dep2", "below"):
        run("package", name, "-d", "packages")
    write(f"{folder}/old/Chart.yaml", "apiVersion: v2\nname: below\nversion: 0.9.0\n")
    run("package", "old", "-d", "packages")
    run("repo", "index", "packages")
    # An index that takes a while to write.
    with open(f"{folder}/packages/index.yaml", "a") as f:
        entry = "  x{}:\n  - {{apiVersion: v2, name: x{}, version: 1.0.0, urls: [x.tgz], description: {}}}\n"
        text = "".join(entry.format(i, i, "d" * 200) for i in range(3000))
        head, tail = open(f"{folder}/packages/index.yaml").read().split("generated:")
        f.seek(0)
        f.truncate()
        f.write(head + text + "generated:" + tail)
    for name in os.listdir(f"{folder}/packages"):
        shutil.copy(f"{folder}/packages/{name}", f"{folder}/web/{name}")
    run("dependency", "update", "parent")
    shutil.rmtree(f"{folder}/parent/charts")


class Trial:
    """An operation in a folder of its own, run again and again."""

    def __init__(self, operation, binary, folder):
        self.operation, self.folder = operation, folder
        self.work, self.temporary = f"{folder}/work", f"{folder}/tmp"
        self.faults = []
        self.env = {"HOME": self.work, "TMPDIR": self.temporary, "SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"]}
        self.command = [binary, *operation.command.replace("{at}", self.work).split()]
        self.before = self.fresh()
        done = self.start(capture_output=True)
        if done.returncode:
            raise SystemExit(f"{operation.name}: {done.stderr.decode()}")
        self.after = tree(self.work)
        self.look("a whole run", True)
        self.fresh()
        begin = time.monotonic()
        self.start(capture_output=True)
        self.takes = time.monotonic() - begin

    def fresh(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.work)
        os.makedirs(self.temporary)
        self.operation.prepare(self.work)
        return tree(self.work)

    def start(self, **more):
        return subprocess.run(self.command, cwd=self.work, env=self.env, **more)

    def look(self, what, is_whole=False):
        """Notes what is half written; after a whole run, what is left over."""
        now = tree(self.work)
        faults = []
        for name, data in now.items():
            if LEFT.search(name):
                if is_whole:
                    faults.append(f"left over: {name}")
            elif name not in self.before and name not in self.after:
                faults.append(f"neither before nor after: {name}")
            elif data is not None and data not in (self.before.get(name), self.after.get(name)):
                faults.append(f"half written: {name}, {len(data)} bytes")
        for name in self.before:
            if name in self.after and name not in now:
                faults.append(f"gone: {name}")
        for folder in self.operation.whole:
            inside = lambda files: {n: d for n, d in files.items() if n == folder or n.startswith(folder + "/")}
            if inside(now) not in (inside(self.before), inside(self.after)):
                faults.append(f"half of the folder {folder}: {len(inside(now))} of {len(inside(self.after))}")
        if is_whole:
            faults += [f"left over in the temporary folder: {n}" for n in tree(self.temporary)]
        self.faults += [f"{what}: {fault}" for fault in faults]
        return not faults

    def again(self, what):
        """Runs to the end where an interrupted run has been."""
        for folder in self.operation.whole:
            # What is there as a whole is in the way of some.
            shutil.rmtree(f"{self.work}/{folder}", ignore_errors=True)
        done = self.start(capture_output=True)
        if done.returncode:
            self.faults.append(f"{what}: the next run fails: {done.stderr.decode().strip()}")
        self.look(f"{what}, then a whole run", True)

    def kill(self, moment):
        self.fresh()
        process = subprocess.Popen(self.command, cwd=self.work, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moment)
        was_running = process.poll() is None
        process.kill()
        process.wait()
        what = f"killed after {moment * 1000:.1f} ms"
        self.look(what)
        left = any(LEFT.search(name) for name in (*tree(self.work), *tree(self.temporary)))
        self.again(what)
        return was_running, left

    def limit(self, size, is_told):
        """Lets files be no larger than that; the program is told so (EFBIG), or ended (SIGXFSZ)."""
        self.fresh()

        def prepare():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN if is_told else signal.SIG_DFL)

        self.start(preexec_fn=prepare, restore_signals=False, capture_output=True)
        what = f"files of {size} bytes at most, {'told' if is_told else 'ended'}"
        self.look(what)
        self.again(what)

    def fill(self, size):
        """Runs on a disk of that many bytes."""
        self.fresh()
        shutil.rmtree(self.work)
        os.makedirs(self.work)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.work], check=True, capture_output=True)
        try:
            try:
                self.operation.prepare(self.work)
            except OSError:
                return False
            self.start(capture_output=True)
            self.look(f"a disk of {size} bytes")
            subprocess.run(["mount", "-o", f"remount,size={1 << 28}", self.work], check=True, capture_output=True)
            self.again(f"a disk of {size} bytes")
            return True
        finally:
            subprocess.run(["umount", self.work], check=True, capture_output=True)


def main():
    arguments = sys.argv[1:]
    kills = 200
    if "--kills" in arguments:
        at = arguments.index("--kills")
        kills = int(arguments[at + 1])
        del arguments[at:at + 2]
    if not arguments:
        sys.exit(__doc__)
    binary, words = os.path.abspath(arguments[0]), arguments[1:]
    faults, ran = [], 0
    with tempfile.TemporaryDirectory() as folder:
        made = f"{folder}/made"
        os.makedirs(f"{made}/web")
        web = Web(f"{made}/web")
        make(binary, made, web)
        can_mount = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", f"{made}/web/"], capture_output=True).returncode == 0
        if can_mount:
            subprocess.run(["umount", f"{made}/web/"], check=True)
        else:
            print("no small disks: only root may mount")
        for operation in operations(binary, web, made):
            if words and not any(word in operation.name for word in words):
                continue
            trial = Trial(operation, binary, f"{folder}/trial")
            results = [trial.kill(trial.takes * 1.05 * at / kills) for at in range(kills)]
            largest = max((len(d) for n, d in trial.after.items() if d and d != trial.before.get(n)), default=0)
            limits = max(kills // 10, 2)
            for at in range(limits):
                for is_told in (True, False):
                    trial.limit(largest * at // limits, is_told)
            full = sum(can_mount and trial.fill(max(4096, (largest * 2 + (1 << 22)) * at // limits)) for at in range(limits))
            running, left = (sum(r[i] for r in results) for i in (0, 1))
            print(f"{operation.name}: {kills} kills within {trial.takes * 1000:.0f} ms ({running} while it ran, {left} left "
                  f"something beside), {2 * limits} limits, {full} full disks, {len(trial.faults)} faults", flush=True)
            faults += [f"{operation.name}: {fault}" for fault in trial.faults]
            if not running:
                faults.append(f"{operation.name}: every kill came too late")
            ran += 1
    for fault in faults[:40]:
        print(fault)
    if not ran:
        sys.exit("no operation has such a name")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
