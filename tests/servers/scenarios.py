"""What is run against the servers, scenario by scenario.

`{HTTP}`, `{AUTH}`, `{TLS}`, `{MUTUAL}`, `{REGISTRY}` and `{PRIVATE}` are `127.0.0.1:PORT`; `{HOME}` is the tool's
own home, where commands run; a command that does not begin with `helm` is the shell's and prepares things.
"""

import hashlib
import os
import pathlib
import sys
from dataclasses import dataclass, field

import servers

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import record

# When the packages were made, in seconds of 1970.
MADE = 1704164645


@dataclass
class Step:
    command: str
    stdin: str = ""
    env: dict = field(default_factory=dict)
    ignore: tuple = ()
    sort: bool = False
    check: object = None
    # The releases that it is compared for; none for all.
    only: tuple = ()


@dataclass
class Scenario:
    name: str
    steps: list
    only: tuple = ()


def says(text, where="stdout"):
    """A check that the reference says something: a step that shows nothing tests nothing."""
    return lambda result: None if text.encode() in result[where] else f"{text!r} is not in {where}"


def fails(text):
    return says(text, "stderr")


CHARTS = {
    "web": [("0.9.0", "1.0"), ("1.0.0", "1.1"), ("1.2.0", "2.0"), ("1.10.0", "2.1"), ("2.0.0-rc.1", "3.0"),
            ("2.0.0-beta+b1", "3.0")],
    "db": [("0.1.0", "8"), ("0.1.1+build.5", "8")],
}
DESCRIPTIONS = {"web": "A web server, rather small, whose description is longer than fifty columns",
                "db": "Keeps data"}


HUB = """{"data": [
{"id": "old/web", "type": "chart", "attributes": {"name": "web", "repo": {"name": "old", "url": "https://old.example.com"},
 "description": "An old web server whose description is longer than the fifty columns that there are <&>"},
 "relationships": {"latestChartVersion": {"data": {"version": "1.2.3", "app_version": "4"}}}},
{"id": "new/db", "artifactHub": {"packageUrl": "https://hub.example.com/packages/helm/new/db"},
 "attributes": {"repo": {}, "description": null},
 "relationships": {"latestChartVersion": {"data": {"version": "0.1.0"}}}},
{}]}
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def chart(folder, name, version, app="1", more=""):
    write(f"{folder}/Chart.yaml",
          f"apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: \"{app}\"\n"
          f"description: {DESCRIPTIONS.get(name, name)}\nkeywords: [{name}, thing]\n{more}")
    write(f"{folder}/values.yaml", "port: 80\n")
    write(f"{folder}/templates/all.yaml",
          "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-{{ .Chart.Name }}\n"
          "data:\n  port: {{ .Values.port | quote }}\n  version: {{ .Chart.Version }}\n")


def package(folder, file):
    """Packs a chart; bytes and time of the package are always the same, so that digests are."""
    os.makedirs(os.path.dirname(file), exist_ok=True)
    record.pack(pathlib.Path(folder), pathlib.Path(file))
    os.utime(file, (MADE, MADE))


def entry(name, version, app, file):
    """A package in an index, as `helm repo index` writes it."""
    with open(file, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    return f"""  - apiVersion: v2
    appVersion: "{app}"
    created: "2024-01-02T03:04:05.678901234Z"
    description: {DESCRIPTIONS[name]}
    digest: {digest}
    keywords:
    - {name}
    - thing
    name: {name}
    urls:
    - {os.path.basename(file)}
    version: {version}
"""


def prepare(running):
    """Fills the web server with packages and indexes."""
    web, made = running.web, os.path.join(running.folder, "made")
    index = "apiVersion: v1\nentries:\n"
    for name, versions in sorted(CHARTS.items()):
        index += f"  {name}:\n"
        for version, app in versions:
            file = f"{web}/charts/{name}-{version}.tgz"
            chart(f"{made}/{name}", name, version, app)
            package(f"{made}/{name}", file)
            index += entry(name, version, app, file)
    write(f"{web}/charts/index.yaml", index + 'generated: "2024-01-02T03:04:05.678901234Z"\n')
    chart(f"{made}/rich", "rich", "1.0.0", more="""home: https://example.com
sources: [https://example.com/source, https://example.com/other]
maintainers: [{name: Ann, email: ann@example.com}, {name: Bob}, {name: Cy, url: https://cy.example.com}]
annotations: {a: "1", org.opencontainers.image.title: mine, org.opencontainers.image.url: "https://<other>"}
""")
    package(f"{made}/rich", f"{made}/rich-1.0.0.tgz")
    # Another repository: absolute URLs, an invalid entry, a package that is not there.
    write(f"{web}/odd/index.yaml", f"""apiVersion: v1
entries:
  gone:
  - {{apiVersion: v2, name: gone, version: 1.0.0, urls: [gone-1.0.0.tgz]}}
  nourl:
  - {{apiVersion: v2, name: nourl, version: 1.0.0, urls: []}}
  web:
  - apiVersion: v2
    name: web
    version: 1.2.0
    urls: ["http://127.0.0.1:{running.http}/charts/web-1.2.0.tgz"]
generated: "2024-01-02T03:04:05.123456Z"
""")
    write(f"{web}/invalid/index.yaml", """apiVersion: v1
entries:
  web:
  - {name: web, version: not-a-version, urls: [web.tgz]}
  - {name: web, version: 1.0.0, urls: [web-1.0.0.tgz]}
  - {name: we/b, version: 1.0.0, type: strange}
""")
    write(f"{web}/bad/duplicate/index.yaml", "apiVersion: v1\nentries:\n  a:\n  - name: a\n    name: b\n    version: 1.0.0\n")
    write(f"{web}/bad/unknown/index.yaml", "apiVersion: v1\nentries:\n  a:\n  - name: a\n    colour: red\n    version: 1.0.0\n")
    write(f"{web}/bad/empty/index.yaml", "")
    write(f"{web}/bad/noversion/index.yaml", "entries: {}\n")
    write(f"{web}/bad/html/index.yaml", "<html>\n<body>: no\n")
    write(f"{web}/bad/type/index.yaml", "apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: [1]\n")
    write(f"{web}/bad/list/index.yaml", "- a\n- b\n")
    write(f"{web}/json/index.yaml", '{"apiVersion":"v1","entries":{"web":[{"apiVersion":"v2","name":"web","version":"1.2.0",'
          '"urls":["../charts/web-1.2.0.tgz"]}]},"generated":"2024-01-02T03:04:05Z"}')
    write(f"{web}/values.yaml", "port: 8080\n")
    write(f"{web}/hub/api/chartsvc/v1/charts/search", HUB)
    write(f"{web}/hub-none/api/chartsvc/v1/charts/search", '{"data": []}')
    write(f"{web}/hub-odd/api/chartsvc/v1/charts/search", "<html>")


def names(running):
    if not os.path.exists(f"{running.web}/charts"):
        prepare(running)
    port = lambda p: f"127.0.0.1:{p}"
    return {
        "HTTP": port(running.http), "AUTH": port(running.auth), "TLS": port(running.tls),
        "MUTUAL": port(running.mutual), "REGISTRY": port(running.registry), "PRIVATE": port(running.private),
        "ODD": port(running.odd.port), "ODDTLS": port(running.odd.tls), "SELF": running.odd.certificate,
        "CA": running.ca, "CERT": running.client_cert, "KEY": running.client_key, "WEB": running.web,
        "MADE": os.path.join(running.folder, "made"), "user": servers.USER, "password": servers.PASSWORD,
    }


def depends(folder, *wanted):
    """A command that rewrites the dependencies in a chart: `name repository version [alias]`."""
    lines = ["dependencies:"]
    for line in wanted:
        name, repository, version, *alias = line.split()
        lines += [f"- name: {name}", f"  version: \"{version}\""]
        lines += [] if repository == "-" else [f"  repository: \"{repository}\""]
        lines += [f"  alias: {a}" for a in alias]
    text = "\n".join(lines)
    return f"sed -i /^dependencies:/,\\$d {folder}/Chart.yaml && cat >> {folder}/Chart.yaml <<'END'\n{text}\nEND"


def schemas(*references, env=None, check=None, only=()):
    """Steps that render a chart whose schema refers to something, for one reference after another."""
    for reference in references:
        text = reference if reference.startswith("{\"") else f'{{"$ref": "{reference}"}}'
        yield Step(f"cat > a/values.schema.json <<'END'\n{text}\nEND")
        yield Step("helm template x a", env=env or {}, check=check, only=only)


def odd_schemas(*names, **more):
    return schemas(*(name if ":" in name else f"http://{{ODD}}/{name}" for name in names), **more)


CHART_WITH_SCHEMA = ("mkdir -p a/templates && echo '{apiVersion: v2, name: a, version: 1.0.0}' > a/Chart.yaml"
                     " && echo 'a: b' > a/templates/a.yaml && echo '{port: x, name: ab, a: 1}' > a/values.yaml")
WITHIN = ("mkdir -p a/charts/sub && cp a/values.* a/charts/sub"
          " && echo '{apiVersion: v2, name: sub, version: 1.0.0}' > a/charts/sub/Chart.yaml")

ALL = [
    Scenario("schemas from elsewhere", [
        Step(CHART_WITH_SCHEMA),
        *odd_schemas("s/port.json", check=fails("port: Invalid type. Expected: integer")),
        *odd_schemas("s/chain.json", check=fails("name: String length")),
        *odd_schemas("s/id.json", "s/anchor.json#small", "s/draft4.json", "s/to-draft.json", "s/mutual.json", "s/true.json",
                     "s/two.json", "s/chain.json#/allOf/1"),
        *odd_schemas("s/broken.json", "s/to-missing.json", "s/null.json", "s/list.json", "s/number.json", "s/string.json",
                     "s/empty", "s/yaml", "s/half", "s/blank", "s/chain.json#/nope", "s/missing.json",
                     check=fails("a:\n")),
        *odd_schemas("s/bom.json", check=fails("a:\n"), only=("3.17.3", "3.22.0")),
        *odd_schemas('{"properties": {"a": {"$ref": "http://{ODD}/s/port.json#/properties/port"},'
                     ' "name": {"$ref": "http://{ODD}/s/sub/types.json#/definitions/name"}}}', check=fails("- name:")),
        Step("helm template x a --skip-schema-validation", check=says("a: b")),
        Step("helm lint a", check=fails("1 chart(s) failed")),
        Step(WITHIN),
        Step("helm template x a --set name=abc", check=fails("sub:\n")),
        Step("helm template x a --set name=abc,sub.name=abc", check=says("a: b")),
        *odd_schemas("s/missing.json"),
        Step("cp a/values.schema.json a/charts/sub"),
        Step("helm template x a", check=fails("404 Not Foundsub:")),
        Step("helm lint a"),
    ]),
    Scenario("schemas and statuses", [
        Step(CHART_WITH_SCHEMA),
        *odd_schemas("status/404/", "status/404/Nope%20sorry", "status/500/Oh", "status/206/x", "status/401/", "to/302/nowhere",
                     "to/300/port", check=fails("response status is ")),
        *odd_schemas("to/301/port", "to/302/port", "to/303/port", "to/307/port", "to/308/port", "to/302/absolute",
                     "broken/gzip", check=fails("port: Invalid type")),
        *odd_schemas("to/302/loop", "to/302/file", "to/302/refused", "to/302/ftp", "to/302/tls", "to/302/bad", "broken/closed",
                     "broken/garbage", "to/302/endless"),
        *odd_schemas("broken/short", only=("3.17.3",)),
    ]),
    Scenario("schemas and connections", [
        Step(CHART_WITH_SCHEMA),
        *odd_schemas("http://127.0.0.1:1/x", check=fails("connection refused")),
        *odd_schemas("http://nowhere.invalid/x", "foo://h/x", "http://127.1:1/", "http://0/", "http://[::1]:1/x",
                     "http://127.0.0.1:99999/", "http://a b/x", "http://h%41/x", "http://u:p@{ODD}/status/404/",
                     "http://u:p@127.0.0.1:1/x", "https://127.0.0.1:1/x", "https://{ODD}/s/port.json", "http:x", "http:///x",
                     "https://{HTTP}/x", "https://{REGISTRY}/x", "http://{ODD}/s/a b", "http://{ODD}/s/\u00e9?\u00e9"),
        *odd_schemas("https://{ODDTLS}/s/port.json", check=fails("unknown authority")),
        *odd_schemas("https://{ODDTLS}/s/port.json", env={"SSL_CERT_FILE": "{SELF}"}, check=fails("port: Invalid type")),
        *odd_schemas("https://{TLS}/values.yaml", env={"SSL_CERT_FILE": "{CA}"}, check=fails("invalid character")),
        *odd_schemas("https://{TLS}/values.yaml", env={"SSL_CERT_FILE": "{SELF}"}, check=fails("unknown authority")),
        Step("mkdir certs && cp {CA} certs/ca.pem"),
        *odd_schemas("https://{TLS}/values.yaml", "https://{ODDTLS}/s/port.json",
                     env={"SSL_CERT_FILE": "{SELF}", "SSL_CERT_DIR": "{HOME}/certs"}),
        *odd_schemas("https://{TLS}/values.yaml", "https://{ODDTLS}/s/port.json", env={"SSL_CERT_DIR": "{HOME}/certs"}),
        *odd_schemas("https://127.0.0.2:1/", env={"SSL_CERT_FILE": "{SELF}"}),
        *odd_schemas("http://charts.example/s", env={"HTTP_PROXY": "http://{ODD}"}, check=fails("port: Invalid type")),
        *odd_schemas("http://charts.example/s", env={"http_proxy": "{ODD}"}, check=fails("port: Invalid type")),
        *odd_schemas("https://charts.example/s", env={"HTTPS_PROXY": "http://{ODD}"}, check=fails("CONNECT")),
        *odd_schemas("http://charts.example/s", "https://charts.example/s", check=fails("proxyconnect"),
                     env={"HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1"}),
        *odd_schemas("http://127.0.0.1:1/s", env={"HTTP_PROXY": "http://{ODD}"}, check=fails("refused")),
    ]),
    Scenario("registries that lie", [
        Step("helm pull oci://{ODD}/good --version 1.0.0 --plain-http", check=fails("Pulled")),
        *(Step(f"helm pull oci://{{ODD}}/{kind} --version 1.0.0 --plain-http", check=fails("Error: ")) for kind in
          ("nonsense", "short", "upper", "md5", "other", "sha512", "unknown", "untyped", "refused", "shorter", "longer", "empty",
           "layer-nonsense", "layer-short", "layer-md5", "changed", "broken", "gone", "denied", "unheard-of", "moved-to-file",
           "other-config", "other-layer", "other-both")),
        Step("helm pull oci://{ODD}/cut --version 1.0.0 --plain-http", check=fails("Error: "), only=("3.17.3",)),
        *(Step(f"helm pull oci://{{ODD}}/{kind} --version 1.0.0 --plain-http", check=fails("Pulled")) for kind in
          ("none", "blank", "negative", "moved")),
        Step("helm pull oci://{ODD}/good@sha256:" + "0" * 64 + " --plain-http", check=fails("Error: ")),
    ]),
    Scenario("answers of odd servers", [
        Step(f"helm template x a --set-file a={url}") for url in
        ("http://{ODD}/to/302/file", "http://{ODD}/broken/error", "http://{ODD}/to/302/endless", "http://{ODD}/to/302/bad",
         "http://{ODD}/status/404/Nope%20sorry", "http://{ODD}/status/599/", "http://{ODD}/broken/short")
    ] + [
        Step(CHART_WITH_SCHEMA),
        *(Step(f"helm template x a --set-file 'a={url}'", check=fails("Error: ")) for url in
          ("http://{ODD}/s/a b", "http://{ODD}/s/\u00e9", "http://\u00e9.invalid/x", "http://a\u00df.invalid/x", "http://0/", "http:x",
           "http:/x", "http:///x", "http://", "https:x", "http://{ODD}/s/\x01", "\x01", "a\x7fb", "http://ex ample/x",
           "http://a%41/x", "http://[::1/x", "http://127.0.0.1:1x/", "http://nowhere.invalid/x", "http://127.0.0.1:/s/x",
           "http://user:pa ss@{ODD}/", "http://u:p@{ODD}/s/nope", "http://{ODD}/%zz", "HTTP://{ODD}/s/nope",
           "https://{ODD}/s/nope", "https://{HTTP}/x", "https://{REGISTRY}/x", "http://0x7f.1/x", "http://a..invalid/x",
           "http://-a.invalid/x", "http://a_b.invalid/x", "foo://x/y", ":x", "oci:x", "http://{ODD}/broken/garbage",
           "http://{ODD}/query?a=<\"\u00e9\">|{}^`", "http://{ODD}/query?a b=c d")),
        Step("helm template x a --set-file 'a=http://{ODD}/broken/closed'", check=fails("Error: "), only=("3.17.3", "3.22.0")),
        Step("helm pull 'http://{ODD}/s/a b'", check=fails("404")),
        Step("helm pull 'http://{ODD}/query?a b'", check=fails("GET /query?a b HTTP/1.1")),
        Step("helm show chart 'http://{ODD}/to/302/query'", check=fails('404 a=<"')),
        *(Step(f"helm {what}", check=fails("non-absolute URLs")) for what in
          ("pull oci://", "template x oci://", "show chart oci:// --version 1.0.0")),
        Step("helm pull http://\u00e9.invalid/x", check=fails("xn--9ca.invalid")),
        Step("helm repo add r https://{HTTP}/charts", check=fails("HTTP response to HTTPS client")),
        Step("helm repo add r oci:x", check=fails("hostname required")),
        Step("helm pull http://{ODD}/to/302/chart"),
        Step("helm pull http://{ODD}/to/302/file", check=fails("unsupported protocol scheme")),
        Step("helm pull http://{ODD}/broken/short", check=fails("unexpected EOF")),
        Step("helm pull http://{ODD}/status/404/Nope", check=fails("404 Nope")),
        Step("helm repo add x http://{ODD}/to/307/file?", check=fails("Error")),
    ]),
    Scenario("repositories come and go", [
        Step("helm repo list", check=fails("no repositories to show")),
        Step("helm repo list -o json", check=says("[]")),
        Step("helm repo remove x"),
        Step("helm repo update"),
        Step("helm search repo"),
        Step("helm repo add charts http://{HTTP}/charts", check=says("has been added")),
        Step("helm repo add charts http://{HTTP}/charts", check=says("skipping")),
        Step("helm repo add charts http://{HTTP}/charts/", check=fails("already exists")),
        Step("helm repo add charts http://{HTTP}/charts/ --force-update"),
        Step("helm repo add odd http://{HTTP}/odd"),
        Step("helm repo add invalid http://{HTTP}/invalid", check=fails("skipping loading invalid entry")),
        Step("helm search repo invalid", check=fails("skipping loading invalid entry")),
        Step("helm repo remove invalid"),
        Step("helm repo add a/b http://{HTTP}/charts"),
        Step("helm repo add x foo://{HTTP}/charts"),
        Step("helm repo add x http://{HTTP}/nothing", check=fails("404 Not Found")),
        Step("helm repo add x http://{HTTP}/broken"),
        Step("helm repo add x http://127.0.0.1:1", check=fails("connection refused")),
        Step("helm repo add x https://{HTTP}/charts"),
        Step("helm repo add x http://kubernetes-charts.storage.googleapis.com"),
        Step("helm repo add x"),
        Step("helm repo add moved http://{HTTP}/moved/charts"),
        Step("helm repo list"),
        Step("helm repo ls -o yaml"),
        Step("helm repo list -o json"),
        Step("helm repo update", sort=True, check=says("Update Complete")),
        Step("helm repo update charts"),
        Step("helm repo up charts nope"),
        Step("helm repo rm odd moved"),
        Step("helm repo remove odd"),
        Step("helm repo list x"),
        Step("helm repo update --fail-on-repo-update-fail"),
    ]),
    Scenario("broken indexes", [
        Step(f"helm repo add x http://{{HTTP}}/bad/{kind}")
        for kind in ("duplicate", "unknown", "empty", "noversion", "html", "type", "list")
    ] + [Step("helm repo add j http://{HTTP}/json"), Step("helm search repo -l")]),
    Scenario("an update that fails", [
        Step("helm repo add charts http://{HTTP}/charts"),
        Step("sed -i s,/charts,/nowhere, .config/helm/repositories.yaml"),
        Step("helm repo update", check=says("Unable to get an update")),
        Step("helm repo update --fail-on-repo-update-fail", check=fails("Failed to update")),
        Step("echo 'repositories: 5' > .config/helm/repositories.yaml"),
        Step("helm repo update"),
        Step("helm repo list"),
    ]),
    Scenario("searching", [
        Step("helm repo add charts http://{HTTP}/charts"),
        Step("helm repo add odd http://{HTTP}/odd"),
        Step("helm search repo"),
        Step("helm search repo -l"),
        Step("helm search repo web --devel"),
        Step("helm search repo web --versions --devel"),
        Step("helm search repo data"),
        Step("helm search repo 'web server'"),
        Step("helm search repo -r 'w.b|d.'"),
        Step("helm search repo -r '('"),
        Step("helm search repo web --version '^1.0'"),
        Step("helm search repo web --version nonsense"),
        Step("helm search repo zzz", check=says("No results found")),
        Step("helm search repo zzz --fail-on-no-result"),
        Step("helm search repo zzz -o json"),
        Step("helm search repo web -o json"),
        Step("helm search repo web -o yaml --max-col-width 5"),
        Step("helm search repo web --max-col-width 12"),
        Step("helm search repo web --max-col-width 0"),
        Step("helm search repo thing --debug"),
        Step("rm .cache/helm/repository/odd-index.yaml"),
        Step("helm search repo web"),
    ]),
    Scenario("names and certificates", [
        Step("helm repo add a http://{AUTH}/charts", check=fails("401 Unauthorized")),
        Step("helm repo add a http://{AUTH}/charts --username {user} --password '{password}'"),
        Step("helm repo add b http://{AUTH}/charts --username {user} --password-stdin", stdin="{password}\n"),
        Step("helm repo add b http://{AUTH}/charts --username {user} --password-stdin", stdin="s3cret pass\n"),
        Step("helm repo add t https://{TLS}/charts", check=fails("unknown authority")),
        Step("helm repo add t https://{TLS}/charts --ca-file {CA}"),
        Step("helm repo add i https://{TLS}/charts --insecure-skip-tls-verify"),
        Step("helm repo add m https://{MUTUAL}/charts --ca-file {CA}"),
        Step("helm repo add m https://{MUTUAL}/charts --ca-file {CA} --cert-file {CERT} --key-file {KEY}"),
        Step("helm repo add n https://{TLS}/charts --ca-file nothing.pem"),
        Step("helm repo add n https://{TLS}/charts --ca-file {KEY}"),
        Step("helm repo add n https://{MUTUAL}/charts --cert-file x --key-file y"),
        Step("helm repo add n http://{TLS}/charts"),
        Step("helm repo add n https://{MUTUAL}/charts --ca-file {CA} --cert-file {SELF} --key-file {KEY}"),
        Step("helm pull c --repo https://{ODDTLS}/charts --ca-file {SELF}", check=fails("404")),
        Step("helm repo update", sort=True),
        Step("helm repo list"),
    ]),
    Scenario("indexes", [
        Step("mkdir -p d/below && cp {WEB}/charts/web-1*.tgz d && cp {WEB}/charts/db-*.tgz d/below"),
        Step("echo no chart > d/x.tgz"),
        Step("helm repo index d"),
        Step("helm repo index d --url http://x.org/charts"),
        Step("helm repo index d --url http://x.org/charts/ --json"),
        Step("mkdir e && cp {WEB}/charts/web-0*.tgz {WEB}/charts/web-1.2*.tgz e"),
        Step("helm repo index e --merge d/index.yaml --url http://y.org"),
        Step("helm repo index e --merge e/new.yaml"),
        Step("helm repo index e --merge d/x.tgz"),
        Step("helm repo index"),
        Step("helm repo index nothing"),
    ]),
    Scenario("the environment", [
        Step("helm env"),
        Step("helm env HELM_REPOSITORY_CACHE"),
        Step("helm env HELM_REPOSITORY_CACHE", env={"HELM_CACHE_HOME": "/x/../y"}),
        Step("helm env HELM_CONFIG_HOME", env={"XDG_CONFIG_HOME": "/x/"}),
        Step("helm env HELM_PLUGINS", env={"HELM_PLUGINS": "p"}),
        Step("helm env HELM_QPS", env={"HELM_QPS": "1.234"}),
        Step("helm env HELM_BURST_LIMIT --burst-limit 7"),
        Step("helm env KUBECONFIG --kubeconfig x"),
        Step("helm env HELM_KUBEASGROUPS --kube-as-group a --kube-as-group b"),
        Step("helm env HELM_NAMESPACE -n other"),
        Step("helm env HELM_DEBUG --debug"),
        Step("helm env NOTHING"),
        Step("helm env a b"),
    ]),
    Scenario("charts from repositories", [
        Step("helm template charts/web"),
        Step("helm pull charts/web", check=fails("repo charts not found")),
        Step("helm pull web"),
        Step("helm repo add charts http://{HTTP}/charts"),
        Step("helm repo add odd http://{HTTP}/odd"),
        Step("helm template x charts/web", check=says("version: 1.10.0")),
        Step("helm template x charts/web --version 1.2.0"),
        Step("helm template x charts/web --version '~1.0'"),
        Step("helm template x charts/web --version '>=1 <1.10'"),
        Step("helm template x charts/web --version 7"),
        Step("helm template x charts/web --version nonsense"),
        Step("helm template x charts/web --devel", check=says("2.0.0-rc.1")),
        Step("helm template x charts/web --version 2.0.0-beta+b1"),
        Step("helm template x charts/db --debug", only=("3.17.3", "3.22.0")),
        Step("helm template x charts/db --version 0.1.1"),
        Step("helm template x charts/none"),
        Step("helm template x odd/gone", check=fails("404")),
        Step("helm template x odd/nourl", check=fails("no downloadable URLs")),
        Step("helm template x odd/web"),
        Step("helm template x http://{HTTP}/charts/web-1.0.0.tgz"),
        Step("helm template x http://{HTTP}/charts/web-7.tgz"),
        Step("helm template x http://{HTTP}/values.yaml"),
        Step("helm template x foo://{HTTP}/values.yaml"),
        Step("helm template x web --repo http://{HTTP}/charts --version 1.0.0"),
        Step("helm template x web --repo http://{HTTP}/charts --version 9"),
        Step("helm template x none --repo http://{HTTP}/charts"),
        Step("helm template x web --repo http://{HTTP}/nothing"),
        Step("helm template x web --repo http://{AUTH}/charts"),
        Step("helm template x web --repo http://{AUTH}/charts --username {user} --password '{password}'"),
        Step("helm template x web --repo https://{TLS}/charts --ca-file {CA}"),
        Step("helm template x web --repo https://{TLS}/charts --insecure-skip-tls-verify"),
        Step("helm template x https://{TLS}/charts/web-1.0.0.tgz --ca-file {CA}"),
        Step("helm template x https://{TLS}/charts/web-1.0.0.tgz"),
        Step("helm template x charts/web --verify"),
        Step("helm template x charts/web -f http://{HTTP}/values.yaml", check=says("8080")),
        Step("helm template x charts/web -f http://{HTTP}/nothing.yaml"),
        Step("helm template x charts/web --set-file port=http://{HTTP}/values.yaml"),
        Step("rm .cache/helm/repository/charts-index.yaml"),
        Step("helm template x charts/web", check=fails("no cached repo found")),
    ]),
    Scenario("private repositories", [
        Step("helm repo add p http://{AUTH}/charts --username {user} --password '{password}'"),
        Step("helm repo add t https://{TLS}/charts --ca-file {CA}"),
        Step("helm repo add m https://{MUTUAL}/charts --ca-file {CA} --cert-file {CERT} --key-file {KEY}"),
        Step("helm template x p/web"),
        Step("helm template x t/web"),
        Step("helm template x m/web"),
        Step("helm template x http://{AUTH}/charts/web-1.0.0.tgz", check=fails("401")),
        Step("helm template x http://{AUTH}/charts/web-1.0.0.tgz --username {user} --password '{password}'"),
        Step("helm pull p/web t/web"),
        Step("helm pull m/db -d sub"),
    ]),
    Scenario("pulling", [
        Step("helm repo add charts http://{HTTP}/charts"),
        Step("helm pull charts/web"),
        Step("helm pull charts/web --version 1.0.0 -d nowhere"),
        Step("mkdir sub"),
        Step("helm pull charts/web --version 1.0.0 -d sub"),
        Step("helm fetch charts/web charts/db --devel -d sub"),
        Step("helm pull charts/web --untar"),
        Step("helm pull charts/web --untar", check=fails("already exists")),
        Step("helm pull charts/web --untar --untardir u"),
        Step("helm pull charts/web --untar --untardir u -d sub"),
        Step("helm pull charts/web --untar --untardir {HOME}/abs -d sub"),
        Step("helm pull charts/web --prov", check=says("Verification not found")),
        Step("helm pull charts/web --verify", check=fails("failed to fetch provenance")),
        Step("helm pull web --repo http://{HTTP}/charts --untar -d sub2"),
        Step("helm pull http://{HTTP}/charts/web-1.0.0.tgz --untar --untardir v"),
        Step("helm pull http://{HTTP}/values.yaml"),
        Step("helm pull http://{HTTP}/values.yaml --untar"),
        Step("helm pull"),
        Step("helm pull charts/web --ca-file nothing"),
        Step("helm template x . --ca-file nothing"),
    ]),
    Scenario("dependencies", [
        Step("mkdir app && cp {MADE}/db/Chart.yaml app && sed -i s/db/app/ app/Chart.yaml"),
        Step("helm dependency list app", check=says("no dependencies")),
        Step("helm dep up app"),
        Step("helm dep build app"),
        Step(depends("app", "web http://{HTTP}/charts ^1.0", "db http://{HTTP}/charts 0.1.x")),
        Step("helm dep ls app", check=says("missing")),
        Step("helm template app", check=fails("missing in charts/")),
        Step("helm dep up app", check=says("Getting updates for unmanaged")),
        Step("helm dep ls app", check=says("ok")),
        Step("helm template app"),
        Step("rm app/charts/*.tgz"),
        Step("helm dep build app", check=fails("no repository definition")),
        Step("helm repo add charts http://{HTTP}/charts"),
        Step("helm dep build app", check=says("Hang tight")),
        Step("helm dep build app --skip-refresh"),
        Step("helm dep up app", check=says("Deleting outdated")),
        Step(depends("app", "web @charts >1.0", "db alias:charts *")),
        Step("helm dep build app", check=fails("out of sync")),
        Step("helm dependency update app"),
        Step("helm dep build app"),
        Step("helm dep up app --debug"),
        Step(depends("app", "web @other ^1.0")),
        Step("helm dep up app"),
        Step(depends("app", "web stable ^1.0")),
        Step("helm dep up app"),
        Step(depends("app", "web http://{HTTP}/charts ^7")),
        Step("helm dep up app", check=fails("can't get a valid version")),
        Step("helm dep ls app"),
        Step(depends("app", "web http://{HTTP}/charts nonsense")),
        Step("helm dep up app"),
        Step("helm dep ls app"),
        Step(depends("app", "none http://{HTTP}/charts 1")),
        Step("helm dep up app"),
        Step(depends("app", "gone http://{HTTP}/odd 1")),
        Step("helm dep up app", check=says("Save error occurred")),
        Step(depends("app", "web http://{HTTP}/charts 1.0.0 one", "web http://{HTTP}/charts/ 1.0.0 two")),
        Step("helm dep up app", check=says("Already downloaded")),
        Step("helm template app"),
        Step("helm dep ls app --max-col-width 10"),
        Step("helm dep up nowhere"),
        Step("helm dep up app/Chart.yaml"),
        Step("helm dep ls nowhere"),
        Step("helm dep up a b"),
    ]),
    Scenario("dependencies on this machine", [
        Step("mkdir app && cp {MADE}/db/Chart.yaml app && sed -i s/db/app/ app/Chart.yaml && cp -r {MADE}/web web"),
        Step(depends("app", "web file://../web >=1-0")),
        Step("helm dep up app"),
        Step("helm dep up app --debug"),
        Step("helm dep ls app"),
        Step("helm template app"),
        Step(depends("app", "web file://../web 1.0.0")),
        Step("helm dep up app"),
        Step("helm dep build app"),
        Step(depends("app", "web file://../nothing 1.0.0")),
        Step("helm dep up app"),
        Step("rm -r app/charts && mkdir app/charts && cp -r web app/charts"),
        Step(depends("app", "web - 2.x-0")),
        Step("helm dep up app"),
        Step("helm dep ls app"),
        Step(depends("app", "web - 3")),
        Step("helm dep up app", check=fails("does not satisfy")),
        Step("helm dep ls app"),
        Step(depends("app", "none - 3")),
        Step("helm dep up app"),
        Step("cp {WEB}/charts/web-1* app/charts; echo x > app/charts/bad-1.tgz; mkdir app/charts/empty"),
        Step("helm dep ls app"),
        Step(depends("app", "web file://../web >=1-0")),
        Step("helm dep ls app"),
    ]),
    Scenario("dependencies fetched while rendering", [
        Step("mkdir app && cp {MADE}/db/Chart.yaml app && sed -i s/db/app/ app/Chart.yaml"),
        Step(depends("app", "web http://{HTTP}/charts ^1.0")),
        Step("helm template x app --dependency-update", check=says("version: 1.10.0")),
        Step("helm template x app --dependency-update"),
        Step(depends("app", "web http://{HTTP}/charts ^1.0", "no http://{HTTP}/charts 1")),
        Step("helm template x app --dependency-update", check=fails("not found in repo")),
    ]),
    Scenario("dependencies of a chart of Helm 2", [
        Step("mkdir app && printf 'apiVersion: v1\nname: app\nversion: 1.0.0\n' > app/Chart.yaml"),
        Step("printf 'dependencies:\n- name: web\n  version: ^1.0\n  repository: http://{HTTP}/charts\n' > app/requirements.yaml"),
        Step("helm repo add charts http://{HTTP}/charts"),
        Step("helm dep up app"),
        Step("helm dep build app"),
        Step("sed -i s/1.0/1.1/ app/requirements.yaml"),
        Step("helm dep build app", check=fails("out of sync")),
    ]),
    Scenario("registries", [
        Step("helm push {WEB}/charts/web-1.0.0.tgz oci://{REGISTRY}/charts --plain-http", check=fails("Digest: ")),
        Step("helm push {WEB}/charts/web-1.2.0.tgz oci://{REGISTRY}/charts", check=fails("Pushed: ")),
        Step("helm push {WEB}/charts/web-2.0.0-beta+b1.tgz oci://{REGISTRY}/charts", check=fails("underscore")),
        Step("helm push {WEB}/charts oci://{REGISTRY}/charts --plain-http"),
        Step("helm push nothing oci://{REGISTRY}/charts --plain-http"),
        Step("helm push {WEB}/values.yaml oci://{REGISTRY}/charts --plain-http"),
        Step("helm push {WEB}/charts/web-1.0.0.tgz http://{REGISTRY}/charts --plain-http"),
        Step("helm push {WEB}/charts/web-1.0.0.tgz {REGISTRY}/charts --plain-http"),
        Step("helm push {WEB}/charts/web-1.0.0.tgz charts"),
        Step("helm push x"),
        Step("cp -p {MADE}/rich-1.0.0.tgz . && echo signed > rich-1.0.0.tgz.prov"),
        Step("helm push rich-1.0.0.tgz oci://{REGISTRY}/a/b --plain-http"),
        Step("helm pull oci://{REGISTRY}/a/b/rich --plain-http --prov -d ."),
        Step("helm pull oci://{REGISTRY}/charts/web --plain-http"),
        Step("helm pull oci://{REGISTRY}/charts/web"),
        Step("helm pull oci://{REGISTRY}/charts/none --plain-http", check=fails("404")),
        Step("helm pull oci://{REGISTRY}/charts/web --plain-http --version 7", check=fails("not found")),
        Step("helm pull oci://{REGISTRY}/charts/web --version 1.0.0"),
        Step("helm pull oci://{REGISTRY}/charts/web:1.0.0 --plain-http"),
        Step("helm pull oci://{REGISTRY}/charts/web:1.0.0 --plain-http --version 1.1.0", check=fails("mismatch")),
        Step("helm pull oci://{REGISTRY}/charts/web --version 2.0.0-beta+b1 --plain-http"),
        Step("helm pull oci://{REGISTRY}/charts/web --devel --plain-http --untar"),
        Step("helm pull oci://{REGISTRY}/charts/web --plain-http --untar", check=fails("already exists")),
        Step("helm pull oci://{REGISTRY}/charts/web --plain-http --version '>7'"),
        Step("helm pull oci://{REGISTRY}/charts/web --plain-http --version '~1.0'"),
        Step("helm pull oci://{REGISTRY}/charts/web --plain-http --version nonsense"),
        Step("helm pull oci://{REGISTRY}/charts/web --plain-http --prov"),
        Step("helm pull oci://{REGISTRY}/charts/web --plain-http -d nowhere"),
        Step("helm pull oci://{REGISTRY} --plain-http"),
        Step("helm pull oci://{REGISTRY}/ --plain-http"),
        Step("helm pull oci://{REGISTRY}/A --plain-http"),
        Step("helm pull oci://127.0.0.1:1/a --plain-http"),
        Step("helm template x oci://{REGISTRY}/charts/web --plain-http"),
        Step("helm template x oci://{REGISTRY}/charts/web --plain-http --version 1.0.0 --verify"),
        Step("mkdir app && cp {MADE}/db/Chart.yaml app && sed -i s/db/app/ app/Chart.yaml"),
        Step(depends("app", "web oci://{REGISTRY}/charts 1.0.0")),
        Step("helm dep up app --plain-http", check=fails("Pulled")),
        Step("helm dep ls app"),
        Step(depends("app", "web oci://{REGISTRY}/charts ^1")),
        Step("helm dep up app --plain-http"),
        Step("helm dep build app --plain-http"),
        Step(depends("app", "web oci://{REGISTRY}/charts ^7")),
        Step("helm dep up app --plain-http"),
        Step(depends("app", "none oci://{REGISTRY}/charts ^7")),
        Step("helm dep up app --plain-http"),
    ]),
    Scenario("a hub", [
        Step("helm search hub --endpoint http://{HTTP}/hub", check=says("1.2.3")),
        *(Step(f"helm search hub web --endpoint http://{{HTTP}}/hub {flags}") for flags in [
            "--list-repo-url", "--max-col-width 20", "--max-col-width 0", "-o json", "-o yaml", "-o table",
            "--fail-on-no-result", "-o other"]),
        *(Step(f"helm search hub web --endpoint http://{{HTTP}}/{name} {flags}")
          for name in ("hub-none", "hub-odd", "hub-gone", "hub/") for flags in ("", "-o json", "--fail-on-no-result")),
        Step("helm search hub 'a b' 'c&d=e/ü' --endpoint http://{HTTP}/echo -o json", check=says("q=a+b+c%26d%3De%2F%C3%BC")),
        Step("helm search hub --endpoint http://{HTTP}/echo"),
        Step("helm search hub --endpoint nothing", check=fails("no hostname provided")),
        Step("helm search hub --endpoint http://:80", check=fails("no hostname provided")),
        Step("helm search hub --endpoint http://127.0.0.1:1", check=fails("unable to perform search")),
    ]),
    Scenario("logins", [
        Step("helm push {WEB}/charts/web-1.0.0.tgz oci://{PRIVATE}/charts --plain-http", check=fails("access denied")),
        Step("helm push {WEB}/charts/web-1.0.0.tgz oci://{PRIVATE}/charts --username {user} --password '{password}'"),
        Step("helm pull oci://{PRIVATE}/charts/web --plain-http"),
        Step("helm pull oci://{PRIVATE}/charts/web --plain-http --version 1.0.0"),
        Step("helm pull oci://{PRIVATE}/charts/web --plain-http --username {user} --password '{password}'"),
        Step("helm registry login {PRIVATE} --username {user} --password wrong", check=fails("401")),
        Step("helm registry login {PRIVATE} --username {user} --password '{password}'", check=fails("Succeeded")),
        Step("helm registry login {PRIVATE} -u {user} --password-stdin", stdin="s3cret pass\n"),
        Step("helm pull oci://{PRIVATE}/charts/web --plain-http"),
        Step("helm registry login 127.0.0.1:1 -u a -p b", check=fails("refused")),
        Step("helm registry logout {PRIVATE}", check=fails("Removing")),
        Step("helm registry logout {PRIVATE}"),
        Step("helm registry login {PRIVATE} --username {user} --password '{password}' --insecure"),
        Step("helm registry logout {PRIVATE}"),
        Step("helm registry login http://{PRIVATE}/foo --username {user} --password '{password}'"),
        Step("helm registry login {PRIVATE} --username {user} --password '{password}' --plain-http"),
        Step("helm pull oci://{PRIVATE}/charts/web --plain-http"),
        Step("helm registry logout {PRIVATE}"),
        Step("helm registry login {PRIVATE}/foo --username {user} --password '{password}' --plain-http"),
        Step("helm registry login {PRIVATE} --username {user} --password wrong --plain-http"),
        Step("helm registry login {PRIVATE} --username {user} --password '{password}' --plain-http"),
        Step("mkdir -p .docker && touch .config/helm/registry/config.json && mv .config/helm/registry/config.json .docker"),
        Step("helm pull oci://{PRIVATE}/charts/web --plain-http"),
        Step("helm pull oci://{PRIVATE}/charts/web --plain-http --registry-config x.json"),
        Step("helm registry login"),
        Step("helm registry logout"),
    ]),
]
