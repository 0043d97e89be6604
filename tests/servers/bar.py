#!/usr/bin/env python3
"""Checks what only a slow server and a terminal show: packages come side by side, and a bar says how far they are.

    tests/servers/bar.py BINARY
"""

import http.server
import io
import os
import pty
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

COUNT, SIZE = 4, 1 << 20


def package(name):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for file, data in {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n".encode(),
                           "noise": os.urandom(SIZE)}.items():
            member = tarfile.TarInfo(f"{name}/{file}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


class Slow(http.server.BaseHTTPRequestHandler):
    packages = {f"/c{i}-1.0.0.tgz": package(f"c{i}") for i in range(COUNT)}
    open, most, lock = 0, 0, threading.Lock()

    def log_message(self, *_):
        pass

    def do_GET(self):
        entry = "  c{0}:\n  - {{apiVersion: v2, name: c{0}, version: 1.0.0, urls: [c{0}-1.0.0.tgz]}}\n"
        index = "apiVersion: v1\nentries:\n" + "".join(entry.format(i) for i in range(COUNT))
        data = self.packages.get(self.path, index.encode())
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        slow = self.path in self.packages
        with Slow.lock:
            Slow.open += slow
            Slow.most = max(Slow.most, Slow.open)
        for at in range(0, len(data), SIZE // 8):
            self.wfile.write(data[at:at + SIZE // 8])
            time.sleep(0.05 * slow)
        with Slow.lock:
            Slow.open -= slow


def on_terminal(command, **more):
    """Runs a command whose standard error is a terminal; its status and what the terminal got."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, **more)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:
        pass
    os.close(ours)
    return process.wait(), shown


def main():
    binary = os.path.abspath(sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as home:
        env = {"PATH": os.environ["PATH"], "HOME": home, "TERM": "xterm"}
        os.makedirs(f"{home}/app")
        with open(f"{home}/app/Chart.yaml", "w") as f:
            f.write("apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n")
            f.writelines(f"- {{name: c{i}, version: 1.0.0, repository: '{url}'}}\n" for i in range(COUNT))
        update = [binary, "dependency", "update", "app"]
        status, shown = on_terminal(update, env=env, cwd=home)
        assert status == 0, shown
        assert b"MiB" in shown and shown.count(b"\r") > 2, shown
        assert sorted(os.listdir(f"{home}/app/charts")) == [f"c{i}-1.0.0.tgz" for i in range(COUNT)]
        most = Slow.most
        assert most > 1, "one after the other"
        done = subprocess.run([binary, "pull", f"{url}/c0-1.0.0.tgz"], env=env, cwd=home, capture_output=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), done
    print(f"{most} packages at once, a bar on a terminal, silence in a pipe")


if __name__ == "__main__":
    main()
