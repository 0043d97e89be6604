#!/usr/bin/env python3
"""A stand-in Kubernetes API server on loopback, just enough for the real Helm to finish a dry run.

usage: stub_api.py COMMAND [ARG...]    run COMMAND with KUBECONFIG pointing at the stub; its exit code is ours

It answers discovery as a vanilla Kubernetes v1.32.0 does (the GA groups and kinds below), has no
objects (404) and no releases, and refuses to write.
"""
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

# group/version: kinds in namespaces | kinds of the cluster. src/render/discovery.rs holds the same.
KINDS = """
v1: Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount | ComponentStatus Namespace Node PersistentVolume
admissionregistration.k8s.io/v1: | MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration
apiextensions.k8s.io/v1: | CustomResourceDefinition
apiregistration.k8s.io/v1: | APIService
apps/v1: ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet |
authentication.k8s.io/v1: | SelfSubjectReview TokenReview
authorization.k8s.io/v1: LocalSubjectAccessReview | SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
autoscaling/v2: HorizontalPodAutoscaler |
autoscaling/v1: HorizontalPodAutoscaler |
batch/v1: CronJob Job |
certificates.k8s.io/v1: | CertificateSigningRequest
coordination.k8s.io/v1: Lease |
discovery.k8s.io/v1: EndpointSlice |
events.k8s.io/v1: Event |
flowcontrol.apiserver.k8s.io/v1: | FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1: Ingress NetworkPolicy | IngressClass
node.k8s.io/v1: | RuntimeClass
policy/v1: PodDisruptionBudget |
rbac.authorization.k8s.io/v1: Role RoleBinding | ClusterRole ClusterRoleBinding
scheduling.k8s.io/v1: | PriorityClass
storage.k8s.io/v1: CSIStorageCapacity | CSIDriver CSINode StorageClass VolumeAttachment
"""
VERSION = {"major": "1", "minor": "32", "gitVersion": "v1.32.0", "gitCommit": "0" * 40, "gitTreeState": "clean",
           "buildDate": "2024-12-11T18:04:20Z", "goVersion": "go1.23.3", "compiler": "gc", "platform": "linux/amd64"}
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
OPENAPI_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


def plural(kind):
    word = kind.lower()
    if word == "endpoints":
        return word
    if word.endswith("s"):
        return word + "es"
    return word[:-1] + "ies" if word.endswith("y") else word + "s"


def discovery():
    """The resources of each group version."""
    table = {}
    for line in filter(None, KINDS.split("\n")):
        version, kinds = line.split(": ", 1)
        inside, outside = kinds.split("|")
        table[version] = [
            {"name": plural(k), "singularName": k.lower(), "namespaced": part is inside, "kind": k, "verbs": VERBS}
            for part in (inside, outside) for k in part.split()]
    return table


DISCOVERY = discovery()


def openapi_v3(group_version):
    """Just enough for client-go's question: does PATCH on this kind take fieldValidation?"""
    group, _, version = group_version.rpartition("/")
    root = f"/apis/{group_version}" if group else f"/api/{version}"

    def patch(kind):
        return {"parameters": [{"in": "query", "name": "fieldValidation", "schema": {"type": "string"}}],
                "responses": {"200": {"description": "OK"}}, "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind}}

    paths = {f"{root}/{r['name']}/{{name}}": {"patch": patch(r["kind"])} for r in DISCOVERY[group_version]}
    return {"openapi": "3.0.0", "info": {"title": "stub", "version": "v1.32.0"}, "paths": paths}


def failure(path, code=404, reason="NotFound", message="the server could not find the requested resource"):
    return code, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason,
                  "message": message, "details": {"name": path}, "code": code}


def answer(path):
    """The status and the body of a GET."""
    path = path.rstrip("/")
    if path == "/version":
        return 200, VERSION
    if path == "/api":
        return 200, {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        groups = {}
        for version in DISCOVERY:
            if "/" in version:
                groups.setdefault(version.split("/")[0], []).append(
                    {"groupVersion": version, "version": version.split("/")[1]})
        return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
            {"name": g, "versions": v, "preferredVersion": v[0]} for g, v in groups.items()]}
    if path == "/openapi/v3":
        roots = [("apis/" if "/" in v else "api/") + v for v in DISCOVERY]
        return 200, {"paths": {r: {"serverRelativeURL": "/openapi/v3/" + r} for r in roots}}
    found = re.fullmatch(r"/openapi/v3/apis?/(.+)", path)
    if found and found[1] in DISCOVERY:
        return 200, openapi_v3(found[1])
    found = re.fullmatch(r"/(?:api/(v1)|apis/([^/]+/[^/]+))(/.*)?", path)
    version = found and (found[1] or found[2])
    if version not in DISCOVERY:
        return failure(path)
    rest = [p for p in (found[3] or "").split("/") if p]
    if not rest:
        return 200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version,
                     "resources": DISCOVERY[version]}
    if len(rest) >= 3 and rest[0] == "namespaces":
        rest = rest[2:]
    kind = next((r["kind"] for r in DISCOVERY[version] if r["name"] == rest[0]), None)
    if kind is None:
        return failure(path)
    if len(rest) == 1:
        return 200, {"kind": kind + "List", "apiVersion": version, "metadata": {"resourceVersion": "1"}, "items": []}
    return failure(path, message=f'{rest[0]} "{rest[1]}" not found')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one segment
    disable_nagle_algorithm = True

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/openapi/v2":  # asked for kinds that openapi/v3 lacks: an empty document knows none
            self.reply(200, b"", OPENAPI_V2)
        else:
            code, body = answer(path)
            self.reply(code, json.dumps(body).encode(), "application/json")

    def refuse(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        code, body = failure(self.path, 403, "Forbidden", "a dry run writes nothing")
        self.reply(code, json.dumps(body).encode(), "application/json")

    do_POST = do_PUT = do_PATCH = do_DELETE = refuse

    def reply(self, code, data, kind):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def stub():
    """A running stub; yields the path of a kubeconfig that points at it."""
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="stub-") as folder:
        config = Path(folder, "kubeconfig")
        config.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "stub",
            "clusters": [{"name": "stub", "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}],
            "users": [{"name": "stub", "user": {}}],
            "contexts": [{"name": "stub", "context": {"cluster": "stub", "user": "stub"}}]}))
        try:
            yield config
        finally:
            server.shutdown()
            server.server_close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with stub() as kubeconfig:
        code = subprocess.run(sys.argv[1:], env=os.environ | {"KUBECONFIG": str(kubeconfig)}).returncode
    sys.exit(code)
