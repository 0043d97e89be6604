"""A server on loopback that answers as few servers do: with phrases of its own, lies about lengths, redirects that
lead nowhere, and documents that schemas refer to.

`Odd(folder)` listens on `port`, and with a certificate that signs itself on `tls`. `asked` counts the requests.
"""

import functools
import gzip
import hashlib
import http.server
import io
import json
import socket
import ssl
import struct
import subprocess
import tarfile
import threading
from collections import Counter

PORT = {"type": "object", "properties": {"port": {"type": "integer"}}}
# Documents by name; {HOST} is the server's own `127.0.0.1:PORT`.
DOCUMENTS = {
    "port.json": PORT,
    "chain.json": {"allOf": [{"$ref": "port.json"}, {"$ref": "sub/name.json"}]},
    "sub/name.json": {"properties": {"name": {"$ref": "types.json#/definitions/name"}}},
    "sub/types.json": {"definitions": {"name": {"type": "string", "minLength": 3}}},
    "id.json": {"$id": "http://{HOST}/elsewhere/id.json", "$ref": "local.json"},
    "anchor.json": {"definitions": {"a": {"$id": "#small", "maximum": 5}}},
    "draft4.json": {"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": 3},
    "to-draft.json": {"$ref": "http://json-schema.org/draft-07/schema#"},
    "broken.json": {"properties": {"port": {"type": "integre"}}},
    "to-missing.json": {"$ref": "missing.json"},
    "to-self.json": {"$ref": "to-self.json"},
    "mutual.json": {"properties": {"a": {"$ref": "mutual.json#/definitions/b"}}, "definitions": {"b": {"type": "string"}}},
    "true.json": True,
    "null.json": None,
    "list.json": [1],
    "number.json": 1,
    "string.json": "x",
}
RAW = {
    "empty": b"", "yaml": b"type: object\n", "half": b'{"type": ', "two.json": b'{"type": "object"} trailing',
    "bom.json": b'\xef\xbb\xbf{"type": "object"}', "blank": b" \n",
}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


@functools.cache
def packed():
    """A package, the same bytes each time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in [("odd/Chart.yaml", b"apiVersion: v2\nname: odd\nversion: 1.0.0\n"),
                           ("odd/templates/a.yaml", b"a: b\n")]:
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return gzip.compress(out.getvalue(), mtime=0)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", phrase=None, length=None, **headers):
        self.send_response_only(status, phrase)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if length is not None:
            self.close_connection = True

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        odd = self.server.odd
        path = self.path.partition("?")[0]
        odd.asked[path] += 1
        odd.headers[path] = dict(self.headers)
        if path.startswith("http://"):
            # We are taken for a proxy.
            return self.answer(200, json.dumps(PORT).encode())
        folder, _, name = path.lstrip("/").partition("/")
        getattr(self, "in_" + folder, self.unknown)(name)

    def unknown(self, _):
        self.answer(404, b"404 page not found\n")

    def in_s(self, name):
        """Documents."""
        odd = self.server.odd
        if name in DOCUMENTS:
            return self.answer(200, json.dumps(DOCUMENTS[name]).replace("{HOST}", f"127.0.0.1:{odd.port}").encode())
        if name in RAW:
            return self.answer(200, RAW[name])
        self.unknown(name)

    def in_elsewhere(self, name):
        self.answer(200, b'{"properties": {"port": {"maximum": 7}}}') if name == "local.json" else self.unknown(name)

    def in_validated(self, name):
        """Documents with what HTTP has for caches."""
        body, tag = json.dumps(PORT).encode(), '"v1"'
        headers = {"etag": {"ETag": tag}, "modified": {"Last_Modified": "Wed, 21 Oct 2015 07:28:00 GMT"},
                   "fresh": {"ETag": tag, "Cache_Control": "public, max-age=600"},
                   "no-store": {"ETag": tag, "Cache_Control": "no-store, max-age=600"},
                   "no-cache": {"ETag": tag, "Cache_Control": "max-age=600, no-cache"}, "bare": {}}[name]
        known = self.headers.get("If-None-Match") == tag or self.headers.get("If-Modified-Since") == headers.get("Last_Modified", "-")
        if known:
            self.server.odd.asked["/validated/" + name + " 304"] += 1
            return self.answer(304, **headers)
        self.answer(200, body, **headers)

    def in_status(self, name):
        """A status, and its words if they are there: /status/404/Nope%20sorry"""
        status, _, words = name.partition("/")
        self.answer(int(status), b"x" * 100, words.replace("%20", " "))

    def in_query(self, _):
        """The query, as it came, in the words of the status."""
        self.answer(404, b"", self.path.partition("?")[2])

    def in_v2(self, name):
        """A registry: `/v2/KIND/manifests/TAG`, of a chart that is wrong as its name says."""
        kind, _, rest = name.partition("/")
        what, _, reference = rest.partition("/")
        package, config = packed(), b'{"name":"odd","version":"1.0.0","apiVersion":"v2"}'
        size = {"shorter": len(package) + 10, "longer": len(package) - 10, "empty": 0, "negative": -1}.get(kind, len(package))
        config_size = {"config-shorter": len(config) + 7, "config-longer": len(config) - 7}.get(kind, len(config))
        digests = {"layer-nonsense": "nonsense", "layer-short": "sha256:abc", "layer-md5": "md5:" + "0" * 32}
        layer = digests.get(kind, digest(package))
        other = {"other-config": "application/x", "other-both": "application/x"}.get(kind, "application/vnd.cncf.helm.config.v1+json")
        layers = {"other-layer": "application/x", "other-both": "application/x"}.get(
            kind, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
        manifest = json.dumps({
            "schemaVersion": 2,
            "config": {"mediaType": other, "digest": digest(config), "size": config_size},
            "layers": [{"mediaType": layers, "digest": layer, "size": size}],
        }).encode()
        if not name:
            return self.answer(200, b"{}")
        if what == "tags":
            return self.answer(200, json.dumps({"name": kind, "tags": ["1.0.0"]}).encode())
        if what == "manifests":
            said = {"nonsense": "nonsense", "short": "sha256:abc", "upper": digest(manifest).upper(), "md5": "md5:" + "0" * 32,
                    "other": "sha256:" + "0" * 64, "none": None, "blank": "", "sha512": "sha512:" + "0" * 128,
                    "unknown": "sha333:abc"}.get(kind, digest(manifest))
            headers = {} if said is None else {"Docker_Content_Digest": said}
            if kind == "refused":
                return self.answer(403, b'{"errors":[{"code":"DENIED","message":"not you"}]}', "Not you")
            if kind != "untyped":
                headers["Content_Type"] = "application/vnd.oci.image.manifest.v1+json"
            return self.answer(200, manifest, **headers)
        if what == "blobs":
            blob = {digest(package): package, digest(config): config, layer: package}.get(reference)
            if kind == "changed" and blob == package:
                blob = bytes([blob[0] ^ 1]) + blob[1:]
            if kind == "broken" and blob == package:
                return self.answer(500, b"x" * 300, "Oh no")
            if kind == "gone" and blob == package:
                return self.answer(404, b"")
            if kind in ("denied", "unheard-of") and blob == package:
                code = "DENIED" if kind == "denied" else "NOT_SO"
                return self.answer(403, json.dumps({"errors": [{"code": code, "message": "not you"}]}).encode())
            if kind == "cut" and blob == package:
                return self.answer(200, blob[:20], length=len(blob))
            if kind == "moved" and blob == package:
                return self.answer(307, b"", Location="/c/odd-1.0.0.tgz")
            if kind == "moved-to-file" and blob == package:
                return self.answer(307, b"", Location="file:///etc/hostname")
            if blob is not None:
                return self.answer(200, blob)
        self.unknown(name)

    def in_c(self, name):
        """A chart repository, whose package was packed here."""
        if name == "odd-1.0.0.tgz":
            return self.answer(200, packed())
        self.unknown(name)

    def in_to(self, name):
        """Redirects: /to/302/LOCATION, with a body that has no end."""
        status, _, location = name.partition("/")
        odd = self.server.odd
        places = {"loop": f"/to/{status}/loop", "file": "file:///etc/hostname", "refused": "http://127.0.0.1:1/x",
                  "port": "/s/port.json", "absolute": f"http://127.0.0.1:{odd.port}/s/port.json", "ftp": "ftp://a/b",
                  "chain": "../../s/chain.json", "tls": f"https://127.0.0.1:{odd.tls}/s/port.json", "bad": "http://[::1/x",
                  "chart": "/c/odd-1.0.0.tgz", "query": '/query?a=<"\u00c3\u00a9"'}
        if location == "endless":
            self.send_response_only(int(status), "Found")
            self.send_header("Location", "/s/port.json")
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for _ in range(1 << 20):
                    self.wfile.write(b"x" * 65536)
                    odd.poured += 65536
            except OSError:
                pass
            self.close_connection = True
            return
        if location == "nowhere":
            return self.answer(int(status))
        self.answer(int(status), b"moved", Location=places[location])

    def in_broken(self, name):
        """Answers that are none."""
        body = json.dumps(PORT).encode()
        if name == "closed":
            self.close_connection = True
        elif name == "garbage":
            self.wfile.write(b"hello, who is there?\r\n\r\n")
            self.close_connection = True
        elif name == "short":
            self.answer(200, body, length=len(body) + 10)
        elif name == "gzip":
            self.answer(200, gzip.compress(body), Content_Encoding="gzip")
        elif name == "reset":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif name == "error":
            # An error whose body does not end.
            self.send_response_only(500)
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for _ in range(1 << 14):
                    self.wfile.write(b"x" * 65536)
                    self.server.odd.poured += 65536
            except OSError:
                pass
            self.close_connection = True
        else:
            self.unknown(name)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        # Clients that go away are what is tested.
        pass


class Odd:
    def __init__(self, folder):
        self.asked, self.headers, self.poured = Counter(), {}, 0
        self.certificate = f"{folder}/self-signed.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=itself",
                        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", f"{folder}/self-signed.key",
                        "-out", self.certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, f"{folder}/self-signed.key")
        self.plain, self.secure = (Server(("127.0.0.1", 0), Handler) for _ in range(2))
        self.secure.socket = context.wrap_socket(self.secure.socket, server_side=True, do_handshake_on_connect=False)
        for server in (self.plain, self.secure):
            server.odd = self
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.port, self.tls = self.plain.server_address[1], self.secure.server_address[1]

    def close(self):
        for server in (self.plain, self.secure):
            server.shutdown()
            server.server_close()


if __name__ == "__main__":
    import sys
    import time
    odd = Odd(sys.argv[1])
    print(odd.port, odd.tls, odd.certificate, flush=True)
    while True:
        time.sleep(1)
