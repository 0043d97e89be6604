"""The command lines by which tools call Helm, each run with both programs in homes that are laid out alike."""

import os

import crosswise
from scenarios import Scenario, Step, depends, fails, says

# The version names the program, as it should; callers only look at its beginning.
VERSION = {"ignore": ("stdout",)}

CHART = [
    Step("mkdir app && cp -r {MADE}/web/. app && sed -i s/name:.web/name:\\ app/ app/Chart.yaml"),
    Step("mkdir -p app/crds && printf 'apiVersion: apiextensions.k8s.io/v1\\nkind: CustomResourceDefinition\\n"
         "metadata: {name: a.example.com}\\n' > app/crds/a.yaml"),
    Step("printf 'port: 81\\n' > values.yaml && printf 'port: 82\\nmore: [1]\\n' > more.yaml && printf text > file.txt"),
]

ALL = [
    Scenario("Argo CD", CHART + [
        Step("helm version --client --short", **VERSION),
        Step("helm registry login {PRIVATE} --username {user} --password-stdin", stdin="s3cret pass"),
        Step("helm repo add charts http://{AUTH}/charts --username {user} --password '{password}'"),
        Step(depends("app", "web http://{HTTP}/charts ^1")),
        Step("helm dependency build app", check=says("Saving 1 charts")),
        Step("helm dependency build app"),
        Step("helm template app --name-template rel --namespace there --kube-version 1.30 --values values.yaml "
             "--values more.yaml --set a=b --set-string c=1 --set-file d=file.txt --api-versions v1 "
             "--api-versions apps/v1 --api-versions example.com/v1/Thing --include-crds", check=says("port: \"82\"")),
        Step("helm template . --name-template rel --namespace there --kube-version 1.30 --include-crds",
             check=fails("Chart.yaml")),
        Step("helm template ./app --name-template rel --namespace there --skip-crds --skip-tests "
             "--skip-schema-validation --pass-credentials"),
        Step("helm show values app"),
        Step("helm show chart app"),
        Step("helm show all app"),
        Step("helm pull --destination . --version 1.2.0 --repo http://{HTTP}/charts web"),
        Step("helm pull web --version 1.0.0 --repo http://{AUTH}/charts --username {user} --password '{password}' "
             "--destination . --pass-credentials"),
        Step("helm push web-1.2.0.tgz oci://{PRIVATE}/argo --plain-http", check=fails("Pushed")),
        Step("mkdir oci"),
        Step("helm pull oci://{PRIVATE}/argo/web --version 1.2.0 --destination oci --plain-http",
             check=fails("Pulled")),
        Step("helm registry logout {PRIVATE}"),
    ]),
    Scenario("helmfile", CHART + [
        Step("helm version --client --short", **VERSION),
        Step("helm repo add charts http://{HTTP}/charts --force-update"),
        Step("helm repo add charts http://{HTTP}/charts --force-update"),
        Step("helm repo update charts"),
        Step("helm repo update", check=says("Update Complete")),
        Step("helm search repo charts/web --versions -o json"),
        Step("helm pull charts/web --version 1.0.0 --untar --untardir fetched"),
        Step("helm fetch charts/web --version 1.2.0 --untar -d again"),
        Step("helm dependency up app"),
        Step("helm dependency build app --skip-refresh"),
        Step("helm dependency list app"),
        Step("helm lint app --namespace there --values values.yaml --values more.yaml", check=says("linted")),
        Step("helm lint app --strict --quiet"),
        Step("helm template rel app --namespace there --values values.yaml --output-dir out/a --include-crds",
             check=says("wrote out/a")),
        Step("helm template rel charts/web --version 1.0.0 --namespace there --values more.yaml --no-hooks"),
        Step("helm template rel fetched/web --values values.yaml --validate=false --is-upgrade"),
        Step("helm template rel app --post-renderer cat --set-string a=1"),
        Step("helm registry login --username {user} --password-stdin {PRIVATE} --insecure", stdin="s3cret pass\n"),
    ]),
    Scenario("Tanka and others that give values by pipe", CHART + [
        Step("helm template rel app --values - --include-crds --namespace there", stdin="port: 99\n",
             check=says("99")),
        Step("helm pull charts/web --version 1.0.0 --repo http://{HTTP}/charts"),
        Step("helm pull web --repo http://{HTTP}/charts --version 1.0.0 --untar --destination vendor"),
        Step("helm template rel vendor/web --values - --skip-tests --api-versions a/v1 --kube-version v1.28.4",
             stdin='{"port": 7}'),
        Step("helm template rel vendor/web -f - --set port=8", stdin="port: [\n", check=fails("failed to parse")),
    ]),
    Scenario("chart testing and releasing", CHART + [
        Step("helm version --template '{{ .Version }}'", check=says("v3.17.3")),
        Step("helm show chart app"),
        Step("helm lint app --values values.yaml"),
        Step("helm dependency build app"),
        Step("mkdir packages"),
        Step("helm package app --dependency-update --destination packages"),
        Step("helm package app --version 9.9.9 --app-version 8 -d packages"),
        # The index has the packages' digests in it, and packages hold the time.
        Step("helm repo index packages --url http://{HTTP}/made", ignore=("files",)),
        Step("sed -i /digest:/d packages/index.yaml"),
        Step("helm show values packages/app-9.9.9.tgz"),
        Step("helm push packages/app-9.9.9.tgz oci://{REGISTRY}/releases --plain-http",
             ignore=("stderr",)),
        Step("helm template oci://{REGISTRY}/releases/app --version 9.9.9 --plain-http --generate-name=false "
             "--name-template x"),
        Step("helm lint packages/app-9.9.9.tgz --with-subcharts"),
    ]),
]


def run(programs, folder, names):
    compared, wrong = 0, []
    for scenario in ALL:
        found = crosswise.compare(scenario, programs, names, os.path.join(folder, scenario.name.replace(" ", "-")))
        compared += len(scenario.steps)
        wrong.extend(found)
    return compared, wrong
