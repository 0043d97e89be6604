#!/usr/bin/env python3
"""Whether what `diff` says that a change does happens in a cluster.

usage: effects.py CLUSTER BINARY --helm HELM [--kubectl KUBECTL] [--only TEXT] [--jobs N] [--verbose]

The changes are the runs `statefulchart diff OLD NEW` of tests/own/effects/*.case. Helm installs OLD, then upgrades to NEW,
in a namespace of its own; pods are watched meanwhile.

Each effect is looked for: the refusal with its field, the pods that are replaced and in which order, claims that stay or
go, hooks that run. And the other way round: what is not said to be refused has to be taken, pods that are not said to
restart have to be those that were there. Where there is a way out it is taken, command by command, and what is said to
follow looked for as well.

CLUSTER is a folder in which tests/rig/rig.py has built a control plane, which is started, or the kubeconfig of a cluster
whose pods get ready (tests may pretend that); cluster-wide objects of the cases are named `effects-…`. Needs PyYAML. The exit status is 1 if something else happened than was said.
"""
import argparse
import base64
import json
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent / "rig"))
from rig import ControlPlane

CASES = Path(__file__).resolve().parent / "own" / "effects"
# No pod has changed for this long: it is done.
QUIET = 4
# A pod that Kubernetes starts waits no longer than this.
PATIENCE = 60
# Runs before which another image is tried, so that an earlier change is held back.
BEFORE = [("held.yaml", "released.yaml"), ("on-delete.yaml", "on-delete-no-more.yaml")]
KINDS = {
    "StatefulSet": "/apis/apps/v1/namespaces/{ns}/statefulsets",
    "Deployment": "/apis/apps/v1/namespaces/{ns}/deployments",
    "DaemonSet": "/apis/apps/v1/namespaces/{ns}/daemonsets",
    "ReplicaSet": "/apis/apps/v1/namespaces/{ns}/replicasets",
    "ReplicationController": "/api/v1/namespaces/{ns}/replicationcontrollers",
    "Job": "/apis/batch/v1/namespaces/{ns}/jobs",
    "ConfigMap": "/api/v1/namespaces/{ns}/configmaps",
    "Secret": "/api/v1/namespaces/{ns}/secrets",
    "Service": "/api/v1/namespaces/{ns}/services",
    "PersistentVolumeClaim": "/api/v1/namespaces/{ns}/persistentvolumeclaims",
    "Pod": "/api/v1/namespaces/{ns}/pods",
    "CronJob": "/apis/batch/v1/namespaces/{ns}/cronjobs",
    "Namespace": "/api/v1/namespaces",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
}


class Api:
    def __init__(self, kubeconfig):
        config = yaml.safe_load(Path(kubeconfig).read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.base, self.head = cluster["server"], {"Accept": "application/json"}
        if cluster.get("insecure-skip-tls-verify"):
            self.tls = ssl._create_unverified_context()
        else:
            authority = cluster.get("certificate-authority-data")
            self.tls = ssl.create_default_context(
                cafile=cluster.get("certificate-authority"), cadata=authority and base64.b64decode(authority).decode())
        if "token" in user:
            self.head["Authorization"] = "Bearer " + user["token"]
        if "client-certificate" in user:
            self.tls.load_cert_chain(user["client-certificate"], user["client-key"])

    def open(self, path, timeout=30):
        return urllib.request.urlopen(urllib.request.Request(self.base + path, headers=self.head), context=self.tls, timeout=timeout)

    def get(self, path):
        for attempt in range(4):
            try:
                with self.open(path) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as e:
                if e.code == 404:
                    return None
                raise
            except OSError:
                time.sleep(1 + attempt)
        raise OSError(path)

    def list(self, kind, ns):
        return (self.get(KINDS[kind].format(ns=ns)) or {}).get("items", [])

    def object(self, kind, ns, name):
        return self.get(f"{KINDS[kind].format(ns=ns)}/{name}")


class Watch(threading.Thread):
    """The events of a namespace's pods and Jobs, in the order in which they come."""

    def __init__(self, api, ns, has_pods):
        super().__init__(daemon=True)
        self.has_pods = has_pods
        self.api, self.ns, self.events, self.last, self.ended = api, ns, [], time.time(), False
        self.start()
        self.jobs = threading.Thread(target=self.follow, args=("/apis/batch/v1", "jobs"), daemon=True)
        self.jobs.start()

    def run(self):
        self.follow("/api/v1", "pods")

    def follow(self, group, kind):
        version = "0"
        while not self.ended:
            try:
                path = f"{group}/namespaces/{self.ns}/{kind}?watch=1&resourceVersion={version}&timeoutSeconds=300"
                with self.api.open(path, 310) as answer:
                    for line in answer:
                        event = json.loads(line)
                        meta = event["object"].get("metadata", {})
                        if event["type"] not in ("ADDED", "MODIFIED", "DELETED"):
                            version = "0"
                            break
                        version = meta["resourceVersion"]
                        self.last = time.time()
                        self.events.append((event["type"], kind, meta["name"], meta["uid"], meta.get("deletionTimestamp")))
                        if self.ended:
                            return
            except (OSError, ValueError, KeyError):
                time.sleep(0.3)

    def settle(self):
        start = time.time()
        if not self.has_pods:
            return time.sleep(0.3)
        time.sleep(1)
        while time.time() - start < PATIENCE and time.time() - max(self.last, start) < QUIET:
            time.sleep(0.2)

    def made(self, since, kind="pods"):
        """Names of what was made since an event, in order, each uid once."""
        before = {uid for _, _, _, uid, _ in self.events[:since]}
        seen, names = set(before), []
        for event, of, name, uid, _ in self.events[since:]:
            if of == kind and event == "ADDED" and uid not in seen:
                seen.add(uid)
                names.append(name)
        return names

    def deleted(self, since):
        """Names of pods in the order in which their deletion began."""
        seen, names = set(), []
        for event, of, name, uid, deletion in self.events[since:]:
            if of == "pods" and uid not in seen and (deletion or event == "DELETED"):
                seen.add(uid)
                names.append(name)
        return names

    def most_missing(self, since, before, names):
        """The most of some pods that were gone at once before others of their names were made."""
        gone, most = set(), 0
        for event, of, name, uid, deletion in self.events[since:]:
            if of != "pods" or name not in names:
                continue
            if before.get(name) == uid and (deletion or event == "DELETED"):
                gone.add(name)
            elif event == "ADDED" and before.get(name) != uid:
                gone.discard(name)
            most = max(most, len(gone))
        return most


class Case:
    def __init__(self, given, api, file, files, old, new, flags):
        self.given, self.api, self.files, self.old, self.new, self.flags = given, api, files, old, new, flags
        self.name = f"{file}/{old} {new}"
        slug = re.sub(r"[^a-z0-9]+", "-", f"{file}-{old}-{new}".replace(".yaml", "").lower()).strip("-")
        # A namespace of an earlier run may still be going.
        self.ns = f"fx{os.getpid()}-{slug}"[:60].rstrip("-")
        self.notes, self.counts = [], Counter()

    def check(self):
        # Cluster-wide names are those of one case at a time.
        try:
            with tempfile.TemporaryDirectory() as folder:
                self.folder = Path(folder)
                self.play()
        except Exception:
            self.wrong("broke: " + traceback.format_exc())
        finally:
            self.clean()
        return self.counts, self.notes

    def wrong(self, text):
        self.counts["wrong"] += 1
        self.notes.append(f"{self.name}: {text}")

    def right(self, what):
        self.counts[what] += 1

    def be(self, what, is_so, text):
        if is_so:
            self.right(what)
        else:
            self.wrong(f"{what}: {text}")

    def run(self, *args, shell=False):
        home = self.folder / "home"
        env = {**os.environ, "KUBECONFIG": self.given.kubeconfig, "HOME": str(home), "HELM_CACHE_HOME": str(home), "HELM_CONFIG_HOME": str(home),
               "HELM_DATA_HOME": str(home), "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        return subprocess.run(args[0] if shell else args, capture_output=True, text=True, env=env, shell=shell, cwd=self.folder, timeout=240)

    def helm(self, *args):
        done = self.run(self.given.helm, *args, "-n", self.ns)
        return done.returncode == 0, done.stdout + done.stderr

    def chart(self, name):
        """The chart that a side is, or that has its manifests."""
        if not name.endswith(".yaml"):
            return name
        chart = self.folder / "charts" / name
        (chart / "templates").mkdir(parents=True, exist_ok=True)
        (chart / "Chart.yaml").write_text("{apiVersion: v2, name: app, version: 1.0.0}\n")
        (chart / "templates" / "all.yaml").write_text(self.files[name])
        return str(chart)

    def before(self):
        """What lies between the old manifests and the change, so that some pods have an older template."""
        if (self.old, self.new) not in BEFORE:
            return None
        name = "between.yaml"
        self.files[name] = self.files[self.old].replace("app:1", "app:2")
        return name

    def play(self):
        for name, text in self.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        bin = self.folder / "bin"
        bin.mkdir()
        (bin / "kubectl").symlink_to(self.given.kubectl)
        version = self.run(self.given.helm, "version", "--template", "{{.Version}}").stdout.strip().lstrip("v")
        told = self.run(self.given.binary, "diff", self.old, self.new, "-n", self.ns, "-o", "json", "--helm", version)
        data = json.loads(told.stdout)
        effects = data.get("effects", data.get("comparisons", [{}])[0].get("effects") if data.get("comparisons") else None)
        self.effects = effects
        self.run(self.given.kubectl, "create", "namespace", self.ns)
        self.watch = Watch(self.api, self.ns, "containers" in sides(self.files, self.old, self.new))
        ok, text = self.helm("install", "case", self.chart(self.old), "--timeout", "60s")
        if not ok:
            return self.wrong(f"the old one cannot be installed: {text[-400:]}")
        self.watch.settle()
        self.make_things()
        if name := self.before():
            ok, text = self.helm("upgrade", "case", self.chart(name), "--timeout", "60s")
            if not ok:
                return self.wrong(f"what is between cannot be applied: {text[-400:]}")
            self.watch.settle()
            self.files[self.new] = self.files[self.new].replace("app:1", "app:2")
        self.snapshot()
        ok, text = self.helm("upgrade", "case", self.chart(self.new), "--timeout", "60s")
        self.watch.settle()
        self.look(ok, text, effects)

    def snapshot(self):
        self.since = len(self.watch.events)
        self.uids = {p["metadata"]["name"]: p["metadata"]["uid"] for p in self.api.list("Pod", self.ns)}
        self.owners = {p["metadata"]["name"]: [o["kind"] + "/" + o["name"] for o in p["metadata"].get("ownerReferences", [])]
                       for p in self.api.list("Pod", self.ns)}
        self.claims = {c["metadata"]["name"]: c["metadata"]["uid"] for c in self.api.list("PersistentVolumeClaim", self.ns)}
        self.jobs = {j["metadata"]["name"]: j["metadata"]["uid"] for j in self.api.list("Job", self.ns)}
        named = {(e["kind"], e["name"]) for e in self.effects if e["kind"] in KINDS}
        self.objects = {key: found["metadata"] for key in named if (found := self.api.object(key[0], self.ns, key[1]))}

    def is_same(self, effect):
        """Whether what an effect is about is the object that was there; nothing if it is gone."""
        key = effect["kind"], effect["name"]
        now = self.api.object(key[0], self.ns, key[1])
        return now and now["metadata"]["uid"] == self.objects.get(key, {}).get("uid")

    def make_things(self):
        """Makes an object of each definition whose objects are said to go."""
        for effect in self.effects:
            if effect["code"] not in ("crd-leaves", "kind-goes") or effect["kind"] != "CustomResourceDefinition":
                continue
            definition = self.api.object("CustomResourceDefinition", "", effect["name"])
            group, names = definition["spec"]["group"], definition["spec"]["names"]
            thing = self.folder / "thing.yaml"
            thing.write_text(json.dumps({"apiVersion": f"{group}/v1", "kind": names["kind"], "metadata": {"name": "mine"}}))
            for _ in range(20):
                done = self.run(self.given.kubectl, "-n", self.ns, "apply", "-f", str(thing))
                if done.returncode == 0:
                    break
                time.sleep(0.5)
            self.be("an object is made", done.returncode == 0, done.stderr)

    def thing(self, effect):
        """The uid of the object that has been made of a definition."""
        plural, group = effect["name"].split(".", 1)
        found = self.api.get(f"/apis/{group}/v1/namespaces/{self.ns}/{plural}/mine")
        return found and found["metadata"]["uid"]

    def command(self, text):
        """Runs a command that was said, with the names that it leaves open."""
        return self.run(text.replace("RELEASE", "case").replace("NAMESPACE", self.ns), shell=True)

    def look(self, ok, text, effects):
        now = [e for e in effects if not e["afterWayOut"]]
        refusals = [e for e in now if e["code"] in ("refused", "not-owned") or e["code"] == "hook-exists" and e["fails"]
                    or e["code"] == "invalid" and e["severity"] == "error" and e["refusal"] == "always"]
        # What a hook made may have been deleted.
        # A definition that the upgrade deletes may be gone, or on its way, when the hook after it is made.
        going = {e["name"] for e in now if e["code"] == "kind-goes"} if "post-upgrade" in sides(self.files, self.new) else set()
        sure = [e for e in refusals if not e.get("onlyIf") and e["name"] not in going and not (e.get("ofHook") and (e["kind"], e["name"]) not in self.objects)]
        if self.given.verbose:
            self.notes.append(f"  {self.name}: {'taken' if ok else 'REFUSED ' + text[-300:]}: {[e['text'] for e in effects]}")
        may_be_refused = refusals or [e for e in now if e["code"] == "grows"]
        if not ok and not may_be_refused:
            return self.wrong(f"it is refused: {text[-700:]}")
        if ok and sure:
            return self.wrong(f"it is taken, though {[e['text'] for e in sure]}")
        if ok and not refusals:
            self.right("taken, as said")
        for effect in refusals if not ok else []:
            if effect["code"] == "not-owned":
                self.be("not owned", "invalid ownership metadata" in text, text[-400:])
                continue
            if effect["code"] == "hook-exists":
                self.be("hook-exists", "already exists" in text, text[-400:])
                continue
            if effect["code"] == "invalid":
                self.be("refused, by name", re.search(rf"{re.escape(effect['name'])}\W+is invalid", text), text[-400:])
                continue
            missing = [field for field in effect["fields"] if not re.search(rf"(^|[\s\[]){re.escape(field)}(?!\w)", text)]
            if missing:
                self.wrong(f"refused, but not for {missing}: {text[-900:]}")
            else:
                self.right("refused, with each field")
        self.happened([e for e in now if e not in refusals], ok or not sure)
        steps = next((e["wayOut"] for e in refusals if e.get("wayOut")), None) if not ok else None
        # Where several have one each, they are all taken.
        ways = [e["wayOut"] for e in refusals if e.get("wayOut")] if not ok else []
        if not steps:
            return
        self.snapshot()
        runs, follow = [], []
        for way in ways:
            at = next((n for n, step in enumerate(way) if step.get("upgrade")), len(way))
            runs += [step["run"] for step in way[:at]]
            follow += [step["run"] for step in way[at + 1:]]
        for command in dict.fromkeys(runs):
            done = self.command(command)
            if done.returncode:
                return self.wrong(f"the way out fails: {command}: {done.stderr[-400:]}")
        self.watch.settle()
        ok, text = self.helm("upgrade", "case", self.chart(self.new), "--timeout", "60s")
        if not ok:
            return self.wrong(f"after the way out {runs} it is refused still: {text[-500:]}")
        self.watch.settle()
        for command in dict.fromkeys(follow):
            done = self.command(command)
            if done.returncode:
                return self.wrong(f"the way out fails: {command}: {done.stderr[-400:]}")
            self.watch.settle()
        self.right("way out taken")
        self.happened([e for e in effects if e["afterWayOut"]], True, bool(follow), refusals)

    def happened(self, effects, is_done, deletes_pods=False, refusals=()):
        """Looks whether effects are seen, and nothing else of the kind."""
        pods = {p["metadata"]["name"]: p for p in self.api.list("Pod", self.ns)}
        uids = {name: pod["metadata"]["uid"] for name, pod in pods.items()}
        claims = {c["metadata"]["name"]: c for c in self.api.list("PersistentVolumeClaim", self.ns)}
        moving = set()
        for effect in effects:
            code, name = effect["code"], effect["name"]
            method = getattr(self, "see_" + code.replace("-", "_"), None)
            if code in ("restarts", "released", "rolls", "scales", "stops", "starts-empty"):
                moving.add(f"{effect['kind']}/{name}")
            if method is None:
                self.wrong(f"nobody looks for {code}")
            elif is_done:
                method(effect, pods, uids, claims)
        # Pods of everything else are those that were there.
        if deletes_pods:
            return
        recreated = {f"{e['kind']}/{e['name']}" for e in refusals if e["kind"] not in ("StatefulSet",)}
        for name, uid in self.uids.items():
            owners = self.owners[name]
            kinds = [re.sub(r"^ReplicaSet/(.*)-[a-z0-9]+$", r"Deployment/\1", o) for o in owners] + owners + [f"Pod/{name}"]
            hooks = any("hook" in e["code"] for e in self.effects)
            if moving & set(kinds) or recreated & set(kinds) or hooks and any(o.startswith("Job/") for o in owners):
                continue
            if uids.get(name) == uid:
                self.right("pods that stay, as said")
            else:
                self.wrong(f"pod {name} has gone, and nothing says so: {effects}")

    def see_invalid(self, effect, pods, uids, claims):
        """What the server takes: nothing is made of it; a hook is not sent."""
        if effect["refusal"] == "where-new":
            new = self.run(self.given.helm, "template", "case", self.chart(self.new))
            new = subprocess.run([self.given.kubectl, "--kubeconfig", self.given.kubeconfig, "-n", self.ns, "create", "--dry-run=server", "-f", "-"],
                                 input=new.stdout, capture_output=True, text=True)
            return self.be("taken, and refused where it is new", "is invalid" in new.stderr, new.stderr)
        if effect["refusal"] == "always":
            now = self.api.object(effect["kind"], self.ns, effect["name"])
            return self.be("refused where it is sent", now is None, f"{effect['name']} is there")
        mine = [name for name in [*pods, *claims] if effect["name"] in name]
        self.be("taken, and nothing is made of it", not mine, f"{mine} are there")

    def see_dropped(self, effect, pods, uids, claims):
        now = self.api.object(effect["kind"], self.ns, effect["name"])
        for key in effect["field"].split("."):
            now = (now or {}).get(key)
        self.be("a field is left out", now is None, f"{effect['field']} is there")

    def see_restarts(self, effect, pods, uids, claims):
        names = effect["pods"]
        made = [name for name in self.watch.made(self.since) if name in names]
        broken = "broken" in json.dumps([pods.get(n, {}).get("spec", {}) for n in names])
        if broken and effect["ordered"]:
            self.be("rollout held by a pod that is not ready", made == names[:1], f"{made} are made of {names}")
            return self.repair(effect, names)
        if effect["atOnce"] == 1:
            self.be("restarts in order", made == names, f"{names} should restart, {made} did")
            most = self.watch.most_missing(self.since, self.uids, names)
            self.be("restarts one at a time", most <= 1 or not names, f"{most} were gone at once")
        else:
            gone = [name for name in self.watch.deleted(self.since) if name in names]
            self.be("restarts several at a time", sorted(made) == sorted(names) and gone[:1] == names[:1], f"{names} should restart, {made} did ({gone})")
            most = self.watch.most_missing(self.since, self.uids, names)
            self.be("restarts several at a time, no more", most == min(effect["atOnce"], len(names)), f"{most} were gone at once, not {effect['atOnce']}")
        self.be("pods held by a partition", all(uids.get(n) == self.uids.get(n) for n in effect["held"]), f"{effect['held']} are others")

    def repair(self, effect, names):
        """A repaired template does not replace a pod that never got ready; deleting it does."""
        self.files["repaired.yaml"] = self.files[self.new].replace("broken:1", "app:3")
        self.snapshot()
        self.helm("upgrade", "case", self.chart("repaired.yaml"), "--timeout", "60s")
        self.watch.settle()
        self.be("a repaired template waits", self.watch.made(self.since) == [], f"{self.watch.made(self.since)} are made")
        self.run(self.given.kubectl, "-n", self.ns, "delete", "pod", names[0])
        self.watch.settle()
        self.be("a deleted pod lets it go on", self.watch.made(self.since) == names, f"{self.watch.made(self.since)} are made")

    def see_released(self, effect, pods, uids, claims):
        made = self.watch.made(self.since)
        if self.before():
            held = [name for name in effect["pods"]]
            self.be("released in order", made == held, f"{held} should restart, {made} did")
        else:
            self.be("nothing to release", made == [], f"{made} are made")

    def see_on_delete(self, effect, pods, uids, claims):
        mine = {n: u for n, u in self.uids.items() if any(o == f"{effect['kind']}/{effect['name']}" for o in self.owners[n])}
        self.be("on-delete: nothing", mine and all(uids.get(n) == u for n, u in mine.items()), "pods are others")
        first = sorted(mine)[0]
        self.run(self.given.kubectl, "-n", self.ns, "delete", "pod", first)
        self.watch.settle()
        old = {n: pods[n]["spec"]["containers"][0]["image"] for n in mine}
        images = {p["metadata"]["name"]: p["spec"]["containers"][0]["image"] for p in self.api.list("Pod", self.ns)}
        fresh = [i for n, i in images.items() if n not in old or n == first]
        self.be("on-delete: a deleted pod follows", fresh and all(i != old[first] for i in fresh), f"{images}")

    def see_scales(self, effect, pods, uids, claims):
        kind, name = effect["kind"], effect["name"]
        now = self.api.object(kind, self.ns, name)
        self.be("replicas", now["spec"]["replicas"] == effect["to"], f"{now['spec']['replicas']} replicas")
        if effect["added"]:
            made = [n for n in self.watch.made(self.since) if n in effect["added"]]
            is_right = made == effect["added"] if effect["ordered"] else sorted(made) == sorted(effect["added"])
            self.be("pods that are added", is_right, f"{effect['added']} should be made, {made} were")
        if effect["removed"]:
            gone = [n for n in self.watch.deleted(self.since) if n in effect["removed"]]
            is_right = gone == effect["removed"] if effect["ordered"] else sorted(gone) == sorted(effect["removed"])
            self.be("pods that are removed", is_right and not set(effect["removed"]) & set(uids), f"{effect['removed']} should go, {gone} did")

    def see_rolls(self, effect, pods, uids, claims):
        left = [n for n, u in self.uids.items() if u in uids.values() and effect["name"] in n]
        self.be("rolls: every pod is another", self.uids and not left, f"{left} are left")
        alive, most, least = set(self.uids.values()), len(self.uids), len(self.uids)
        first_made, last_gone = None, None
        for n, (event, of, _, uid, deletion) in enumerate(self.watch.events[self.since:]):
            if of != "pods":
                continue
            if event == "DELETED" or deletion:
                alive.discard(uid)
                if uid in self.uids.values():
                    last_gone = n
            elif uid not in alive and event == "ADDED":
                alive.add(uid)
                first_made = n if first_made is None else first_made
            most, least = max(most, len(alive)), min(least, len(alive))
        if effect["strategy"] == "Recreate":
            self.be("recreate: all stop first", least == 0 and last_gone < first_made, f"at least {least} ran")
        elif effect["replicas"] is not None:
            limit = max(effect["replicas"], len(self.uids)) + int(effect["maxSurge"])
            self.be("rolls: no more than said", most <= limit, f"{most} pods, not {limit}")
            floor = min(effect["replicas"], len(self.uids)) - int(effect["maxUnavailable"])
            self.be("rolls: no fewer than said", least >= floor, f"{least} pods, not {floor}")

    def see_paused(self, effect, pods, uids, claims):
        self.be("paused: nothing", all(uids.get(n) == u for n, u in self.uids.items()), "pods are others")

    def see_only_new_pods(self, effect, pods, uids, claims):
        self.be("only new pods", all(uids.get(n) == u for n, u in self.uids.items()), "pods are others")
        first = sorted(self.uids)[0]
        self.run(self.given.kubectl, "-n", self.ns, "delete", "pod", first)
        self.watch.settle()
        images = {p["spec"]["containers"][0]["image"] for p in self.api.list("Pod", self.ns)}
        self.be("only new pods: they follow", len(images) == 2, f"{images}")

    def see_next_run(self, effect, pods, uids, claims):
        done = self.run(self.given.kubectl, "-n", self.ns, "create", "job", "run", f"--from=cronjob/{effect['name']}")
        job, cron = self.api.object("Job", self.ns, "run"), self.api.object("CronJob", self.ns, effect["name"])
        image = lambda template: template["spec"]["containers"][0]["image"]
        self.be("next run", image(job["spec"]["template"]) == image(cron["spec"]["jobTemplate"]["spec"]["template"]) == "job:2", done.stderr)

    def see_restarts_containers(self, effect, pods, uids, claims):
        self.be("containers restart in their pod", uids.get(effect["name"]) == self.uids[effect["name"]], "it is another pod")

    def see_stops(self, effect, pods, uids, claims):
        names = effect["pods"] or [n for n, o in self.owners.items() if any(effect["name"] in x for x in o)]
        self.be("stops", names and not [n for n in names if n in uids and uids[n] == self.uids.get(n)], f"{names} still run")

    def see_claims_stay(self, effect, pods, uids, claims):
        left = {n: claims.get(n, {}).get("metadata", {}).get("uid") for n in effect["claims"]}
        self.be("claims that stay", all(u and u == self.claims.get(n) for n, u in left.items()), f"{left}, {self.claims}")

    def see_claims_go(self, effect, pods, uids, claims):
        had = [n for n in effect["claims"] if n in self.claims]
        self.be("claims that go", had == effect["claims"] and not set(had) & set(claims), f"{sorted(claims)} are there")

    def see_starts_empty(self, effect, pods, uids, claims):
        self.be("claims that are new", all(n in claims and n not in self.claims for n in effect["claims"]), f"{sorted(claims)}")

    def see_claim_goes(self, effect, pods, uids, claims):
        self.be("a claim goes", effect["name"] not in claims, "it is there")

    def see_grows(self, effect, pods, uids, claims):
        size = claims[effect["name"]]["spec"]["resources"]["requests"]["storage"]
        grows = "expands" in self.name
        self.be("a claim grows if its class allows it", (size == effect["to"]) == grows, size)

    def see_kind_goes(self, effect, pods, uids, claims):
        # A hook that runs later may have made another of it.
        self.be("a definition goes", not self.is_same(effect), "it is there")

    def see_namespace_goes(self, effect, pods, uids, claims):
        now = self.api.object("Namespace", "", effect["name"])
        self.be("a namespace goes", now is None or now["status"]["phase"] == "Terminating", "it is there")

    def see_kept(self, effect, pods, uids, claims):
        # A hook that runs before has made another of it.
        is_hook = "helm.sh/hook" in sides(self.files, self.new)
        now = self.is_same(effect)
        self.be("kept", now is not None if is_hook else now, "it is gone, or another")

    def see_not_restarted(self, effect, pods, uids, claims):
        kind, name = effect["kind"], effect["name"]
        now = self.api.object(kind, self.ns, name)["metadata"]["resourceVersion"]
        self.be("not restarted: it has changed", now != self.objects[kind, name]["resourceVersion"], "it is the same")
        def of(workload):
            own = [re.sub(r"^ReplicaSet/(.*)-[a-z0-9]+$", r"Deployment/\1", o) for n in self.uids for o in self.owners[n]]
            return {n for n, o in zip([n for n in self.uids for _ in self.owners[n]], own) if o == workload}
        for workload in effect["workloads"]:
            names = of(workload)
            self.be("not restarted: pods stay", names and all(uids.get(n) == self.uids[n] for n in names), f"{names} of {workload}")
        if not effect["wayOut"]:
            return
        for command in [step["run"] for step in effect["wayOut"] if "run" in step]:
            done = self.command(command)
            self.be("not restarted: the command", done.returncode == 0, f"{command}: {done.stderr}")
        self.watch.settle()
        left = {p["metadata"]["uid"] for p in self.api.list("Pod", self.ns)}
        for workload in effect["workloads"]:
            self.be("not restarted: the command restarts", not {self.uids[n] for n in of(workload)} & left, f"pods of {workload} are left")

    def see_becomes_hook(self, effect, pods, uids, claims):
        is_same = self.is_same(effect)
        is_met = any(e["code"] == "hook-exists" and not e["fails"] for e in self.effects)
        if effect["kind"] == "Job" and "pre-upgrade" in effect["events"] and is_met:
            self.be("becomes a hook: it does not run", self.watch.made(self.since, "jobs") == [], "a Job is made")
        elif effect["kind"] == "Job" and "pre-upgrade" in effect["events"]:
            self.be("becomes a hook: it runs before", effect["name"] in self.watch.made(self.since, "jobs"), "no Job is made")
        if "post-upgrade" in effect["events"]:
            self.be("becomes a hook: made again", is_same is False, f"{'it is the same' if is_same else 'it is gone'}")
        else:
            self.be("becomes a hook: deleted", is_same is None, f"it is there, {'the same' if is_same else 'another'}")

    def see_crd_leaves(self, effect, pods, uids, claims):
        for _ in range(40):
            if self.is_same(effect) is None:
                break
            time.sleep(0.5)
        self.be("a definition leaves: deleted, with its objects", self.is_same(effect) is None and self.thing(effect) is None, "it is there")
        # The way out is one before the upgrade.
        self.helm("uninstall", "case")
        ok, text = self.helm("install", "case", self.chart(self.old), "--timeout", "60s")
        self.be("a definition leaves: once more", ok, text)
        self.make_things()
        self.snapshot()
        had = self.thing(effect)
        for command in [step["run"] for step in effect["wayOut"] if "run" in step]:
            done = self.command(command)
            self.be("a definition leaves: the way out", done.returncode == 0, f"{command}: {done.stderr}")
        ok, text = self.helm("upgrade", "case", self.chart(self.new), "--timeout", "60s")
        time.sleep(2)
        self.be("a definition leaves: kept by the way out", ok and self.is_same(effect) and had and self.thing(effect) == had, text)

    def see_crd_stays(self, effect, pods, uids, claims):
        now = self.api.object("CustomResourceDefinition", "", effect["name"])
        if effect["change"] == "added":
            self.be("crds/: not made", now is None, "it is there")
        elif effect["change"] == "changed":
            self.be("crds/: not changed", len(now["spec"]["versions"]) == 1, "it is another")
        else:
            self.be("crds/: not deleted", now is not None, "it is gone")

    def see_hook_runs(self, effect, pods, uids, claims):
        if effect["kind"] == "CustomResourceDefinition":
            return self.be("a definition as hook stays", self.is_same(effect), "it is gone, or another")
        self.be("a hook runs", effect["name"] in self.watch.made(self.since, "jobs"), f"{self.watch.made(self.since, 'jobs')}")

    def see_hook_exists(self, effect, pods, uids, claims):
        self.be("a hook that is there is not run", effect["name"] not in self.watch.made(self.since, "jobs"), "it has run")

    def see_hook_waits(self, effect, pods, uids, claims):
        if effect["kind"] == "CustomResourceDefinition":
            return self.be("a definition as hook stays", self.is_same(effect), "it is gone, or another")
        now = self.api.object("ConfigMap", self.ns, effect["name"])
        self.be("a hook does not run", now is not None and now["data"]["a"] == "job:1", f"{now}")

    def see_hook_stays(self, effect, pods, uids, claims):
        kind = effect["kind"]
        had = self.api.object(kind, self.ns, effect["name"])
        is_run = kind in ("ConfigMap", "CustomResourceDefinition")
        self.be("what a hook made stays", (had is not None) == is_run, f"{had}")

    def see_keeps(self, effect, pods, uids, claims):
        now = self.api.object(effect["kind"], self.ns, effect["name"])
        self.be("keeps", now["spec"]["clusterIP"] == effect["value"], now["spec"]["clusterIP"])

    def see_balancer_goes(self, effect, pods, uids, claims):
        now = self.api.object("Service", self.ns, effect["name"])
        self.be("a load balancer goes", now is None or now["spec"]["type"] != "LoadBalancer", "it is there")

    def see_address_changes(self, effect, pods, uids, claims):
        self.be("an address changes", self.api.object("Service", self.ns, effect["name"]) is None, "it is there")

    def clean(self):
        if hasattr(self, "watch"):
            self.watch.ended = True
        with tempfile.TemporaryDirectory() as folder:
            self.folder = Path(folder)
            self.helm("uninstall", "case")
            self.run(self.given.kubectl, "delete", "namespace", self.ns, "--wait=false", "--ignore-not-found")
            self.run(self.given.kubectl, "delete", "crd", "--ignore-not-found", "--wait=false",
                     *(re.findall(r"[a-z]+\.effects\.example\.com", sides(self.files, self.old, self.new)) or ["none.effects.example.com"]))


def sides(files, *names):
    """The text of manifests and charts."""
    return "\n".join(text for name, text in files.items() if name.split("/")[0] in names)


def read(path):
    """The runs of a case file, and its files."""
    files, runs, name = {}, [], None
    for line in path.read_text().splitlines(keepends=True):
        if match := re.fullmatch(r"-- (\S+) --\n", line):
            name = match[1]
            files[name] = ""
        elif name:
            files[name] += line
        elif line.startswith("sh: statefulchart diff "):
            runs.append(shlex.split(line)[3:])
    return runs, files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cluster", type=lambda text: Path(text).resolve())
    parser.add_argument("binary", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("--helm", required=True, type=lambda text: str(Path(text).resolve()))
    parser.add_argument("--kubectl", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    if not given.cluster.is_dir():
        given.kubeconfig, given.kubectl = str(given.cluster), given.kubectl or shutil.which("kubectl")
        return check(given)
    with ControlPlane(given.cluster) as plane:
        given.kubeconfig, given.kubectl = str(plane.kubeconfig), given.kubectl or str(plane.kubectl)
        return check(given)


def check(given):
    api = Api(given.kubeconfig)
    print("Kubernetes", api.get("/version")["gitVersion"], flush=True)
    groups = {}
    for path in sorted(CASES.glob("*.case")):
        runs, files = read(path)
        for old, new, *flags in runs:
            # What differs between releases of Kubernetes is seen in one of them only.
            if flags or given.only not in f"{path.stem}/{old} {new}":
                continue
            case = Case(given, api, path.stem, dict(files), old, new, flags)
            # What belongs to no namespace is one at a time.
            shared = re.search(r"name: (effects\S*|things)|[a-z]+\.effects\.example\.com|10\.96\.", sides(files, old, new))
            groups.setdefault(shared[0] if shared else case.name, []).append(case)
    sums = Counter(cases=sum(map(len, groups.values())))
    with ThreadPoolExecutor(given.jobs) as pool:
        for done in pool.map(lambda cases: [case.check() for case in cases], groups.values()):
            for counts, notes in done:
                sums += counts
                if notes:
                    print("\n".join(notes), flush=True)
    for name, count in sorted(sums.items()):
        print(f"{count:6} {name}")
    return 1 if sums["wrong"] or not groups else 0


if __name__ == "__main__":
    sys.exit(main())
