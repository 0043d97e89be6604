#!/usr/bin/env python3
"""A control plane of Kubernetes for tests: etcd, kube-apiserver and kube-controller-manager, without a node that runs pods.

usage: rig.py build FOLDER [VERSION]
       rig.py run FOLDER [--port PORT] [--etcd-port PORT]

`build` has Go build kube-apiserver, kube-controller-manager and kubectl of a release of Kubernetes (1.37.2) into FOLDER;
that takes ten minutes on two cores, and less once Go has them in its cache. A folder that has this release is left as
it is.

`run` starts them, writes FOLDER/kubeconfig, says `ready`, and stops them when it is interrupted. All listen on 127.0.0.1.
etcd has to be on the PATH (Debian: etcd-server).

What a node would do to pods and claims is pretended (tests/rig/node.py).
"""
import argparse
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import node

KUBERNETES = "1.37.2"
PROGRAMS = ["kube-apiserver", "kube-controller-manager", "kubectl"]
# How long the API server may take to answer, in seconds.
PATIENCE = 120


def build(folder, version):
    """Builds the programs, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "version"
    if stamp.exists() and stamp.read_text().strip() == version and all((folder / p).exists() for p in PROGRAMS):
        return
    stamp.unlink(missing_ok=True)
    found = subprocess.run(["go", "mod", "download", "-json", f"k8s.io/kubernetes@v{version}"], capture_output=True, text=True, cwd=folder)
    if found.returncode:
        sys.exit(f"Go does not get k8s.io/kubernetes v{version}: {found.stdout}{found.stderr}")
    needs = Path(json.loads(found.stdout)["GoMod"]).read_text()
    # Its go.mod has folders beside it in the place of these modules; each is published with the release.
    minor, patch = version.split(".")[1:]
    staged = re.findall(r"(?m)^\s*(?:replace\s+)?(k8s\.io/\S+)\s+=>\s+\./staging/", needs)
    module = folder / "module"
    shutil.rmtree(module, ignore_errors=True)
    module.mkdir()
    lines = ["module rig", "go " + re.search(r"(?m)^go (\S+)", needs)[1], f"require k8s.io/kubernetes v{version}"]
    lines += [f"tool k8s.io/kubernetes/cmd/{program}" for program in PROGRAMS]
    lines += [f"replace {name} => {name} v0.{minor}.{patch}" for name in staged]
    (module / "go.mod").write_text("\n".join(lines) + "\n")
    # Without it the server takes itself for v0.0.0, and refuses much.
    at = "k8s.io/component-base/version"
    stamps = {"gitVersion": f"v{version}", "gitMajor": version.split(".")[0], "gitMinor": minor}
    flags = " ".join(["-s", "-w", *(f"-X {at}.{name}={value}" for name, value in stamps.items())])
    go = lambda *args: subprocess.run(["go", *args], cwd=module, check=True, env={**os.environ, "CGO_ENABLED": "0"})
    go("mod", "tidy")
    go("build", "-trimpath", "-ldflags", flags, "-o", f"{folder}{os.sep}", *(f"k8s.io/kubernetes/cmd/{program}" for program in PROGRAMS))
    stamp.write_text(version + "\n")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Api:
    """Requests to the API server."""

    def __init__(self, url, token):
        self.url, self.token = url, token
        self.tls = ssl.create_default_context()
        # It makes its certificate itself, when it starts.
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE

    def ask(self, method, path, body=None, kind="application/json"):
        """Returns the status and the answer."""
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, "Accept": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, head, method=method)
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, {"message": text.decode(errors="replace")}


class ControlPlane:
    """Runs the programs of a folder, as long as it is entered."""

    def __init__(self, folder, port=None, etcd_port=None):
        self.folder = Path(folder).resolve()
        self.port, self.etcd_port = port or free_port(), etcd_port or free_port()
        self.started, self.ended = [], threading.Event()

    @property
    def kubeconfig(self):
        return self.folder / "kubeconfig"

    @property
    def kubectl(self):
        return self.folder / "kubectl"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.ended.set()
        for program in reversed(self.started):
            program.terminate()
        for program in self.started:
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()

    def program(self, name, **flags):
        path = shutil.which(name) if name == "etcd" else self.folder / name
        if not path or not Path(path).exists():
            sys.exit(f"{name} is not there: {'install etcd-server' if name == 'etcd' else f'run {sys.argv[0]} build {self.folder}'}")
        log = (self.data / f"{name}.log").open("wb")
        args = [f"--{flag.replace('_', '-')}={value}" for flag, value in flags.items()]
        self.started.append(subprocess.Popen([path, *args], stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        return self.started[-1]

    def start(self):
        self.data = self.folder / "data"
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        url, token = f"https://127.0.0.1:{self.port}", os.urandom(20).hex()
        (self.data / "tokens").write_text(f"{token},rig,rig,system:masters\n")
        key = self.data / "accounts.key"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "rig",
            "clusters": [{"name": "rig", "cluster": {"server": url, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "rig", "user": {"token": token}}],
            "contexts": [{"name": "rig", "context": {"cluster": "rig", "user": "rig"}}],
        }))
        clients, peers = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{free_port()}"
        self.program("etcd", data_dir=self.data / "etcd", listen_client_urls=clients, advertise_client_urls=clients,
                     listen_peer_urls=peers, initial_advertise_peer_urls=peers, initial_cluster=f"default={peers}")
        server = self.program(
            "kube-apiserver", etcd_servers=clients, bind_address="127.0.0.1", secure_port=self.port,
            cert_dir=self.data / "certificates", token_auth_file=self.data / "tokens", authorization_mode="RBAC",
            service_cluster_ip_range="10.96.0.0/16", service_account_issuer=url, service_account_key_file=key,
            service_account_signing_key_file=key, allow_privileged="true", endpoint_reconciler_type="none",
            # No pod runs anything: none needs a token.
            disable_admission_plugins="ServiceAccount")
        self.api = Api(url, token)
        self.wait(server)
        self.api.ask("POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node.NAME}})
        self.program("kube-controller-manager", kubeconfig=self.kubeconfig, leader_elect="false", secure_port=free_port(),
                     cert_dir=self.data / "certificates",
                     # The node sends no heartbeats.
                     controllers="*,-node-lifecycle-controller,-pod-garbage-collector-controller")
        threading.Thread(target=node.run, args=(self.api, self.ended), daemon=True).start()

    def wait(self, server):
        until = time.time() + PATIENCE
        while time.time() < until and server.poll() is None:
            try:
                if self.api.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        sys.exit("kube-apiserver does not get ready:\n" + (self.data / "kube-apiserver.log").read_text(errors="replace")[-2000:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("build")
    verb.add_argument("folder", type=Path)
    verb.add_argument("version", nargs="?", default=KUBERNETES)
    verb = verbs.add_parser("run")
    verb.add_argument("folder", type=Path)
    verb.add_argument("--port", type=int)
    verb.add_argument("--etcd-port", type=int)
    given = parser.parse_args()
    if given.verb == "build":
        return build(given.folder.resolve(), given.version.removeprefix("v"))
    with ControlPlane(given.folder, given.port, given.etcd_port) as plane:
        print("ready", plane.kubeconfig, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
