"""Plugins, written here as shell scripts, and what both tools make of them."""

import os
import subprocess
import tarfile

from scenarios import Scenario, Step, fails, says, write

SHOW = """#!/bin/sh
# Shows how it was called, and ends as it is told to.
printf '<%s>' "$@"; echo
env | grep -E '^(HELM_|KUBECONFIG)' | grep -v -E '^HELM_(NO_PLUGINS)=' | sort
case "$1" in exit) exit "$2";; read) cat;; kill) kill -9 $$;; esac
"""

FETCH = """#!/bin/sh
# Fetches `files://HOST/PATH` from the web server's folder.
echo "fetching: $*" >&2
env | grep -E '^HELM_PLUGIN_' | sort >&2
for url; do :; done
path=${url#*://*/}
test "$path" != fail || exit 3
cat "$FILES/$path"
"""

PLUGINS = {
    "show": ("""name: show
version: 0.1.0
usage: "shows\\thow it\\a is called"
description: |-
  Shows how it is called.

  At length.
command: "$HELM_PLUGIN_DIR/run.sh first ${HELM_PLUGIN_NAME} $UNSET x$"
hooks:
  install: "echo hello $HELM_PLUGIN_NAME in $HELM_NAMESPACE; pwd >/dev/null"
  update: "echo updated"
  delete: "echo gone; test ! -e $HELM_PLUGIN_DIR"
""", {"run.sh": SHOW}),
    "deaf": ("name: deaf\nversion: 1.0.0\ncommand: $HELM_PLUGIN_DIR/run.sh\nignoreFlags: true\n", {"run.sh": SHOW}),
    "platform": ("""name: platform
command: echo fallback
platformCommand:
- {os: plan9, arch: amd64, command: echo plan9}
- {os: linux, command: echo any linux}
- {os: LINUX, arch: mips, command: echo mips}
""", {}),
    "elsewhere": ("name: elsewhere\nplatformCommand: [{os: plan9, command: echo no}]\n", {}),
    "nothing": ("name: nothing\nusage: ''\n", {}),
    "missing": ("name: missing\ncommand: no-such-program-here\n", {}),
    "absent": ("name: absent\ncommand: $HELM_PLUGIN_DIR/no-such-file\n", {}),
    "locked": ("name: locked\ncommand: $HELM_PLUGIN_DIR/plugin.yaml\n", {}),
    "angry": ("name: angry\nhooks: {install: exit 3, delete: exit 4}\ncommand: 'true'\n", {}),
    "files": ("""name: files
version: 3
downloaders:
- {command: fetch.sh a b, protocols: [files, more]}
- {command: gone.sh, protocols: [gone]}
""", {"fetch.sh": FETCH}),
}

BROKEN = {
    "field": "name: a\ncolour: red\n",
    "twice": "name: a\nname: b\n",
    "type": "name: [a]\n",
    "hooks": "name: a\nhooks: [x]\n",
    "platforms": "name: a\nplatformCommand: {os: linux}\n",
    "downloader": "name: a\ndownloaders: [{protocols: files}]\n",
    "downloaders": "name: a\ndownloaders: [files]\n",
    "flag": "name: a\nignoreFlags: yes please\n",
    "name": "name: a b\n",
    "unnamed": "version: 1\n",
    "empty": "",
    "null": "null\n",
    "list": "- a\n",
    "syntax": "a: b: c\n",
    "tab": "name: a\n\tversion: b\n",
}


def prepare(running):
    """Writes the plugins, packs one, and puts one into a Git repository that the web server offers."""
    made, web = os.path.join(running.folder, "made", "plugins"), running.web
    for name, (text, files) in PLUGINS.items():
        write(f"{made}/{name}/plugin.yaml", text)
        for file, script in files.items():
            write(f"{made}/{name}/{file}", script)
            os.chmod(f"{made}/{name}/{file}", 0o755)
    for name, text in BROKEN.items():
        write(f"{made}/broken-{name}/plugin.yaml", text)
    write(f"{made}/none/README.md", "no plugin\n")
    os.makedirs(f"{web}/plugins")
    for name, folder in [("show-0.1.0.tgz", "show"), ("show-1.0.0.tar.gz", "show"), ("none-1.0.0.tgz", "none")]:
        with tarfile.open(f"{web}/plugins/{name}", "w:gz") as tar:
            for file in sorted(os.listdir(f"{made}/{folder}")):
                tar.add(f"{made}/{folder}/{file}", file)
    for name, inside in [("up", "../x"), ("colon", "a:b"), ("deep", "a/b")]:
        with tarfile.open(f"{web}/plugins/{name}-1.0.0.tgz", "w:gz") as tar:
            tar.add(f"{made}/none/README.md", inside)
    with tarfile.open(f"{web}/plugins/link-1.0.0.tgz", "w:gz") as tar:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    write(f"{web}/plugins/text-1.0.0.tgz", "no archive\n")
    work = f"{made}/git"
    write(f"{work}/plugin.yaml", "name: repo\nversion: 0.1.0\ncommand: echo one\nhooks: {install: echo in, update: echo up}\n")
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": running.folder}
    git = lambda *words, at=work: subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", *words],
        cwd=at, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    git("init")
    for version in ("0.1.0", "0.2.0", "1.0.0"):
        write(f"{work}/plugin.yaml",
              f"name: repo\nversion: {version}\ncommand: echo {version}\nhooks: {{install: echo in, update: echo up}}\n")
        git("add", "-A")
        git("commit", "-m", version)
        git("tag", f"v{version}")
    git("clone", "--bare", work, f"{web}/plugins/repo.git")
    git("update-server-info", at=f"{web}/plugins/repo.git")


FILES = {"FILES": "{WEB}"}


def fetched(command, **more):
    return Step(command, env=FILES, **more)


ALL = [
    Scenario("plugins as commands", [
        Step("helm plugin list"),
        Step("helm plugin uninstall show"),
        Step("helm plugin uninstall"),
        Step("helm plugin update"),
        Step("helm plugin install"),
        Step("helm plugin list -o none", check=fails("unknown shorthand")),
        *(Step(f"helm plugin install {{MADE}}/plugins/{name}") for name in PLUGINS),
        Step("helm plugin install {MADE}/plugins/show", check=fails("already exists")),
        Step("helm plugin ls", check=says("show")),
        Step("helm show a b --debug -n c --kube-context d -o e -- -f", check=fails("unknown shorthand")),
        Step("helm deaf a b --debug --kube-context d", check=says("HELM_KUBECONTEXT=d")),
        Step("helm -n spaced deaf -x", check=says("HELM_NAMESPACE=spaced")),
        Step("helm platform a -b", check=says("mips a -b")),
        Step("helm elsewhere"),
        Step("helm nothing a", check=fails("no plugin command is applicable")),
        Step("helm missing", check=fails("executable file not found")),
        Step("helm absent", check=fails("no such file")),
        Step("helm locked", check=fails("permission denied")),
        Step("helm platform", env={"HELM_NO_PLUGINS": "1"}, check=fails("unknown command")),
        Step("helm platforn", check=fails("Did you mean")),
        Step("helm plugin install {MADE}/plugins/none", check=fails("plugin.yaml")),
        Step("helm plugin install {MADE}/plugins/show/plugin.yaml", check=fails("expected plugin to be a folder")),
        Step("helm plugin install {MADE}/plugins/no-such"),
        Step("helm plugin update show none", check=fails("cannot get information")),
        Step("helm plugin uninstall show none deaf", check=fails("not found")),
        Step("helm plugin uninstall angry"),
        Step("helm plugin list"),
    ]),
    Scenario("a plugin's surroundings", [
        Step("mkdir p && cp -r {MADE}/plugins/show p/show && sed -i 's/^name: show/name: say/' p/show/plugin.yaml"),
        *(Step(f"helm {words}", env={"HELM_PLUGINS": "{HOME}/p"}) for words in [
            "say", "say --debug", "say --debug=true", "say -n a", "say -na", "say --namespace=a", "say --namespace a b",
            "say --kubeconfig k", "say --kube-as-group a --kube-as-group b", "say --kube-as-user u --kube-token t",
            "say --burst-limit 3 --qps 1.5", "say --kube-insecure-skip-tls-verify x", "say --help", "say -h --debug",
            "say --unknown value -n z", "say --registry-config r --repository-cache c --repository-config=f",
            "--debug say", "-n a say b", "--namespace=a say b -n c", "say say", "say --namespace",
            "say exit 0", "say exit 3", "say exit 300", "say kill", "say 'a b' '' \"c'd\"",
        ]),
        Step("helm say read", stdin="words\n", env={"HELM_PLUGINS": "p"}, check=says("HELM_PLUGIN_DIR=p/show")),
        Step("helm plugin ls", env={"HELM_PLUGINS": "/nowhere:{HOME}/p::{HOME}/p"}),
        Step("helm say", env={"HELM_PLUGINS": "p:", "HELM_DEBUG": "true", "HELM_KUBECONTEXT": "k"}),
        Step("cp -r p/show p/twice"),
        Step("helm plugin list", env={"HELM_PLUGINS": "p"}, check=fails("two plugins claim")),
        Step("helm say", env={"HELM_PLUGINS": "p"}, check=fails("failed to load plugins")),
        Step("helm plugin install p/show", env={"HELM_PLUGINS": "p"}),
    ]),
    Scenario("broken plugins", [
        step for name in BROKEN for step in (
            Step(f"rm -rf p && mkdir p && cp -r {{MADE}}/plugins/broken-{name} p/x"),
            Step("helm plugin list", env={"HELM_PLUGINS": "p"}, check=fails("failed to load plugins")),
        )
    ] + [
        Step("helm plugin install {MADE}/plugins/broken-type", check=fails("unusable")),
        Step("rm -rf p && mkdir -p p/x/plugin.yaml"),
        Step("helm plugin list", env={"HELM_PLUGINS": "p"}, check=fails("is a directory")),
    ]),
    Scenario("plugins that fetch", [
        Step("helm plugin install {MADE}/plugins/files"),
        Step("mkdir app && cp -r {MADE}/db/. app"),
        fetched("helm template x app -f files://x/values.yaml", check=says("8080")),
        fetched("helm template x app -f more://x/values.yaml --set-file port=files://x/values.yaml"),
        fetched("helm template x app -f files://x/none.yaml"),
        fetched("helm template x app -f files://x/fail", check=fails("exited with error")),
        fetched("helm template x app -f gone://x/a", check=fails("no such file")),
        fetched("helm template x app -f other://x/a"),
        fetched("helm template x app -f files:values.yaml"),
        fetched("helm template x app -f %zz.yaml"),
        fetched("helm template x files://h/charts/web-1.0.0.tgz", check=says("1.0.0")),
        fetched("helm pull files://h/charts/web-1.0.0.tgz --username u --password p --pass-credentials --ca-file {CA}"),
        fetched("helm pull gone://h/charts/web-1.0.0.tgz"),
        fetched("helm repo add local files://h/charts", check=says("has been added")),
        fetched("helm repo add bad files://h/nothing"),
        fetched("helm repo add gone gone://h/charts"),
        fetched("helm search repo local"),
        fetched("helm pull local/web --version 1.2.0"),
        fetched("helm repo update"),
        fetched("helm template x web --repo files://h/charts", check=says("1.10.0")),
        Step("cat >> app/Chart.yaml <<'END'\ndependencies: [{name: web, version: ^1, repository: 'files://h/charts'}]\nEND"),
        fetched("helm dependency update app", check=says("Saving 1 charts")),
        fetched("helm dependency build app"),
        Step("helm plugin uninstall files"),
        fetched("helm repo update", check=fails("could not find protocol handler")),
        fetched("helm template x app -f files://x/values.yaml"),
    ]),
    Scenario("plugins from archives", [
        Step("helm plugin install http://{HTTP}/plugins/show-0.1.0.tgz --debug", check=fails("http_installer.go")),
        Step("helm plugin list"),
        Step("helm plugin install http://{HTTP}/plugins/show-0.1.0.tgz", check=fails("already exists")),
        Step("helm plugin update show", check=fails("cannot get information")),
        Step("helm plugin uninstall show"),
        Step("helm plugin install http://{HTTP}/plugins/show-0.1.0.tgz"),
        Step("helm plugin uninstall show"),
        Step("helm plugin install http://{HTTP}/moved/plugins/show-1.0.0.tar.gz", check=says("Installed")),
        *(Step(f"helm plugin install http://{{HTTP}}/plugins/{name}-1.0.0.tgz")
          for name in ("none", "up", "colon", "deep", "link", "text", "absent")),
        Step("helm plugin install http://{HTTP}/values.yaml"),
    ]),
    Scenario("plugins from Git", [
        Step("helm plugin install http://{HTTP}/plugins/repo.git --debug", check=fails("cloning")),
        Step("helm plugin list", check=says("1.0.0")),
        Step("helm plugin update repo --debug", check=says("Updated")),
        Step("helm plugin uninstall repo"),
        *(step for version in ("v0.1.0", "^0.1", "~0.2.0", "main") for step in (
            Step(f"helm plugin install http://{{HTTP}}/plugins/repo.git --version '{version}'"),
            Step("helm plugin list"),
            Step("helm plugin uninstall repo"),
        )),
        Step("helm plugin install http://{HTTP}/plugins/repo.git --version '>7'", check=fails("does not exist")),
        Step("helm plugin install http://{HTTP}/plugins/repo.git --version 'what?'"),
        Step("helm plugin install http://{HTTP}/plugins/none.git", check=fails("Unable to get repository")),
        Step("helm plugin install http://{HTTP}/plugins/none"),
        Step("helm plugin install nonsense"),
        Step("helm plugin install file://{WEB}/plugins/repo.git"),
        Step("helm plugin install http://{HTTP}/plugins/repo.git"),
        Step("echo more >> .local/share/helm/plugins/repo.git/plugin.yaml"),
        Step("helm plugin update repo", check=fails("failed to load")),
        Step("sed -i 's/^more//; s/one/two/' .local/share/helm/plugins/repo.git/plugin.yaml"),
        Step("helm plugin update repo", check=fails("was modified")),
    ]),
]
