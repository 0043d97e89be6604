"""Pretends to be the only node: pods are bound, run and get ready, claims get volumes, and nothing is executed.

An image with `broken` in its name cannot be pulled. Pods that are not to be restarted succeed at once. Pods that are
deleted stop at once.
"""
import sys
import time
import zlib

NAME = "rig"
# How long it waits between two looks, in seconds.
PAUSE = 0.3


def run(api, ended):
    while not ended.wait(PAUSE):
        try:
            bind_claims(api)
            keep_pods(api)
        except OSError as why:
            if not ended.is_set():
                print(f"the node: {why}", file=sys.stderr)


def items(api, kind):
    return api.ask("GET", f"/api/v1/{kind}")[1].get("items", [])


def bind_claims(api):
    for claim in items(api, "persistentvolumeclaims"):
        name, spec = claim["metadata"], claim["spec"]
        if spec.get("volumeName") or claim["status"].get("phase") == "Bound":
            continue
        api.ask("POST", "/api/v1/persistentvolumes", {
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"for-{name['uid']}"},
            "spec": {
                "accessModes": spec["accessModes"], "capacity": spec["resources"]["requests"],
                "storageClassName": spec.get("storageClassName") or "", "hostPath": {"path": f"/{name['uid']}"},
                "claimRef": {key: name[key] for key in ("namespace", "name", "uid")},
            },
        })


def keep_pods(api):
    for pod in items(api, "pods"):
        name = pod["metadata"]
        path = f"/api/v1/namespaces/{name['namespace']}/pods/{name['name']}"
        if "deletionTimestamp" in name:
            api.ask("DELETE", path, {"gracePeriodSeconds": 0, "preconditions": {"uid": name["uid"]}})
        elif not pod["spec"].get("nodeName"):
            api.ask("POST", f"{path}/binding", {
                "apiVersion": "v1", "kind": "Binding", "metadata": {"name": name["name"]},
                "target": {"kind": "Node", "name": NAME},
            })
        else:
            status = status_of(pod)
            now = pod["status"]
            if now.get("phase") != status["phase"] or not now.get("containerStatuses"):
                api.ask("PATCH", f"{path}/status", {"status": status}, "application/strategic-merge-patch+json")


def status_of(pod):
    """The status that a pod should have."""
    spec, now = pod["spec"], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    all_images = [c.get("image", "") for c in spec["containers"] + spec.get("initContainers", [])]
    if any("broken" in image for image in all_images):
        phase, state = "Pending", {"waiting": {"reason": "ImagePullBackOff"}}
    elif spec.get("restartPolicy", "Always") != "Always":
        phase, state = "Succeeded", {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}
    else:
        phase, state = "Running", {"running": {"startedAt": now}}
    is_ready = phase == "Running"
    high, low = divmod(zlib.crc32(pod["metadata"]["uid"].encode()) % (250 * 250), 250)
    address = f"10.200.{high}.{low + 1}"
    conditions = {"PodScheduled": True, "Initialized": is_ready, "ContainersReady": is_ready, "Ready": is_ready}
    return {
        "phase": phase, "startTime": now, "hostIP": "192.0.2.1", "podIP": address, "podIPs": [{"ip": address}],
        "conditions": [{"type": kind, "status": str(holds), "lastTransitionTime": now} for kind, holds in conditions.items()],
        "containerStatuses": [
            {"name": c["name"], "image": c["image"], "imageID": c["image"], "restartCount": 0,
             "ready": is_ready, "started": is_ready, "state": state}
            for c in spec["containers"]
        ],
    }
