"""Real servers on loopback for tests: nginx as a chart repository, Debian's registry for OCI.

Each listens on a port that was free a moment ago, keeps its files in one temporary folder, and is stopped
with it. What is not installed is installed by name.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import odd

PACKAGES = {"nginx": "nginx-light", "docker-registry": "docker-registry", "openssl": "openssl",
            "htpasswd": "apache2-utils"}
# What the open server does beside serving files.
PLACES = """
    location /moved/ { rewrite ^/moved/(.*)$ /$1 redirect; }
    location /broken { return 500; }
    location /plugins/ { types { application/gzip tgz gz; } }
    location /echo/ { return 200 '{"data":[{"id":"$args"}]}'; }
"""
USER, PASSWORD = "alice", "s3cret pass"


def install():
    """Installs the servers that are missing."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = sorted({package for tool, package in PACKAGES.items() if not shutil.which(tool, path=search)})
    if missing:
        root = [] if os.geteuid() == 0 else ["sudo"]
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run([*root, "apt-get", "update", "-qq"], check=True, **quiet)
        subprocess.run([*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
                       check=True, **quiet)


def tool(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") or name


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Servers:
    """All servers. `web` is the folder that nginx serves."""

    def __init__(self, folder):
        self.folder = folder
        self.web = os.path.join(folder, "web")
        self.processes = []
        os.makedirs(self.web)
        self._certificates()
        self.passwords = os.path.join(folder, "htpasswd")
        self._run("htpasswd", "-cbB", self.passwords, USER, PASSWORD)
        self.http, self.auth, self.tls, self.mutual = (free_port() for _ in range(4))
        self._nginx()
        self.registry = self._registry("open", "")
        self.private = self._registry("private", f"auth:\n  htpasswd:\n    realm: charts\n    path: {self.passwords}\n")
        self._wait()
        self.odd = odd.Odd(folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.odd.close()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)

    def _run(self, *command):
        command = [tool(command[0]), *command[1:]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _certificates(self):
        """An authority of our own, a server's certificate and a client's."""
        at = lambda name: os.path.join(self.folder, name)
        self.ca, self.client_cert, self.client_key = at("ca.pem"), at("client.pem"), at("client.key")
        self._run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                  "/CN=test authority", "-keyout", at("ca.key"), "-out", self.ca)
        with open(at("san"), "w") as f:
            f.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        for name in ("server", "client"):
            self._run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout",
                      at(f"{name}.key"), "-out", at(f"{name}.csr"))
            self._run("openssl", "x509", "-req", "-in", at(f"{name}.csr"), "-CA", self.ca, "-CAkey",
                      at("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", at("san"), "-out",
                      at(f"{name}.pem"))

    def _nginx(self):
        f = self.folder
        server = lambda listen, more: f"server {{ listen 127.0.0.1:{listen}; root {self.web}; {more} }}"
        keys = f"ssl_certificate {f}/server.pem; ssl_certificate_key {f}/server.key;"
        config = os.path.join(f, "nginx.conf")
        with open(config, "w") as out:
            out.write(f"""
daemon off; pid {f}/nginx.pid; error_log {f}/nginx.log; worker_processes 1;
{'user root;' if os.geteuid() == 0 else ''}
events {{ }}
http {{
  access_log off; default_type application/octet-stream; types {{ text/yaml yaml; }}
  client_body_temp_path {f}/t1; proxy_temp_path {f}/t2; fastcgi_temp_path {f}/t3;
  uwsgi_temp_path {f}/t4; scgi_temp_path {f}/t5;
  {server(self.http, PLACES)}
  {server(self.auth, f'auth_basic charts; auth_basic_user_file {self.passwords};')}
  {server(f'{self.tls} ssl', keys)}
  {server(f'{self.mutual} ssl', keys + f' ssl_client_certificate {self.ca}; ssl_verify_client on;')}
}}
""")
        self._start([tool("nginx"), "-c", config, "-e", f"{f}/nginx.log"])

    def _registry(self, name, more):
        port = free_port()
        config = os.path.join(self.folder, f"{name}.yml")
        store = os.path.join(self.folder, f"{name}-store")
        with open(config, "w") as out:
            out.write(f"version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {store}\n"
                      f"  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:{port}\n{more}")
        self._start([tool("docker-registry"), "serve", config])
        return port

    def _start(self, command):
        log = open(os.path.join(self.folder, os.path.basename(command[0]) + ".out"), "ab")
        self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def _wait(self):
        urls = [f"http://127.0.0.1:{self.http}/", f"http://127.0.0.1:{self.registry}/v2/",
                f"http://127.0.0.1:{self.private}/v2/"]
        end = time.monotonic() + 20
        for url in urls:
            while True:
                try:
                    urllib.request.urlopen(url, timeout=2).close()
                    break
                except urllib.error.HTTPError:
                    break
                except OSError:
                    if time.monotonic() > end or any(p.poll() is not None for p in self.processes):
                        raise SystemExit(f"a server did not start: {url}; see {self.folder}")
                    time.sleep(0.05)
