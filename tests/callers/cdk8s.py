"""cdk8s, whose construct `Helm` runs the program that `helmExecutable` names."""

import difflib
import json
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def install(folder):
    """Installs what package.json names, exactly."""
    if not shutil.which("npm"):
        root = [] if os.geteuid() == 0 else ["sudo"]
        subprocess.run([*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "nodejs", "npm"],
                       check=True, stdout=subprocess.DEVNULL)
    for name in ("package.json", "app.js"):
        shutil.copy(os.path.join(HERE, "cdk8s", name), folder)
    subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"], cwd=folder,
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run(programs, folder, names):
    install(folder)
    charts = os.path.abspath(os.path.join(HERE, os.pardir, os.pardir, "charts"))
    results = []
    for side, program in zip(("reference", "ours"), programs):
        out = os.path.join(folder, side)
        home = os.path.join(folder, side + "-home")
        os.makedirs(home)
        done = subprocess.run(["node", "app.js", program, charts, f"http://{names['HTTP']}/charts", out], cwd=folder,
                              capture_output=True, timeout=120, env={"PATH": os.environ["PATH"], "HOME": home})
        if done.returncode:
            return 1, [f"cdk8s: {done.stderr.decode()}"]
        found = {"errors": done.stdout}
        for name in sorted(os.listdir(out)):
            with open(os.path.join(out, name), "rb") as f:
                found[name] = f.read()
        results.append(found)
    want, got = results
    wrong = []
    for name in sorted(set(want) | set(got)):
        if want.get(name) != got.get(name):
            lines = [r.get(name, b"").decode(errors="replace").splitlines(True) for r in results]
            wrong.append(f"cdk8s: {name}\n" + "".join(difflib.unified_diff(*lines, "helm", "statefulchart")))
    # Two errors, and a file for each chart: of the five that render it holds something.
    shown = [name for name, text in want.items() if name.endswith(".yaml") and text]
    if len(json.loads(want["errors"])) != 2 or len(shown) != 5:
        wrong.append(f"cdk8s: not what was to be shown: {sorted(want)}, {want['errors']}")
    return len(want), wrong
