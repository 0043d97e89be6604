#!/usr/bin/env python3
"""Checks signatures crosswise: what we sign, Helm and GnuPG verify; what they sign, we verify; and what
one refuses the other refuses in the same words.

usage: signatures.py HELM BINARY

The keys are made by `gpg` for the run and are gone after it. Needs Python 3.9 and GnuPG.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from masks import masked
from record import VARIABLE_OF_RELEASE, release_of

CHART = "chart-0.1.0.tgz"
KEYS = [  # name, algorithm, passphrase
    ("Ann Example <ann@example.com>", "rsa2048", ""),
    ("Bob Locked <bob@example.com>", "rsa3072", "secret words"),
    ("Eve <eve@example.com>", "ed25519", ""),
    ("Carl <carl@example.com>", "nistp256", "on a curve"),
    ("Dora <dora@example.com>", "nistp521", ""),
    ("Dan <dan@example.com>", "dsa2048", ""),
]


class Keys:
    """A GnuPG home with the keys, and old keyrings of them in a folder."""

    def __init__(self, home, folder):
        self.home, self.folder = home, folder
        home.mkdir(mode=0o700)
        for name, algorithm, passphrase in KEYS:
            self.gpg(passphrase, "--quick-gen-key", name, algorithm, "sign", "never")
        self.gpg("", "--quick-gen-key", "Sub <sub@example.com>", "rsa2048", "cert", "never")
        listed = self.gpg("", "--list-keys", "--with-colons", "sub@").stdout.decode()
        self.sub = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
        self.gpg("", "--quick-add-key", self.sub, "rsa2048", "sign", "never")
        self.gpg("", "--quick-add-key", self.sub, "rsa2048", "encr", "never")
        everyone = [name for name, *_ in KEYS] + ["sub@"]
        for who in everyone:
            passphrase = next((p for n, _, p in KEYS if n == who), "")
            short = re.sub(r"\W.*", "", who).lower()
            (folder / f"{short}.pub").write_bytes(self.gpg("", "--export", who).stdout)
            (folder / f"{short}.sec").write_bytes(self.gpg(passphrase, "--export-secret-keys", who).stdout)
            (folder / f"{short}.pass").write_text(passphrase + "\n")
        # A key that Helm does not know spoils the one before it; that, too, is to be the same.
        (folder / "mixed.pub").write_bytes(self.gpg("", "--export").stdout)
        for kind in ("pub", "sec"):
            known = [folder / f"{who}.{kind}" for who in ("ann", "bob", "carl", "dora", "dan", "sub")]
            (folder / f"all.{kind}").write_bytes(b"".join(p.read_bytes() for p in known))

    def gpg(self, passphrase, *args, data=None):
        done = subprocess.run(["gpg", "--homedir", self.home, "--batch", "--quiet", "--pinentry-mode", "loopback",
                               "--passphrase", passphrase, *args], input=data, capture_output=True)
        if done.returncode:
            sys.exit(f"gpg {args}: {done.stderr.decode()}")
        return done

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "gpg-agent"], capture_output=True)


class Check:
    def __init__(self, helm, ours, folder):
        self.helm, self.ours, self.folder, self.wrong, self.made = helm, ours, folder, 0, 0

    def run(self, binary, args, stdin=b""):
        # Under another name ours says more than Helm.
        done = subprocess.run(["helm", *args], executable=binary, cwd=self.folder, capture_output=True, input=stdin, timeout=60)
        text = f"{done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}"
        return masked(text, "packages")

    def same(self, *args, stdin=b""):
        want, got = self.run(self.helm, args, stdin), self.run(self.ours, args, stdin)
        self.expect(want == got, " ".join(args), f"helm: {want}\nours: {got}")
        return want

    def expect(self, right, what, why):
        self.made += 1
        if not right:
            self.wrong += 1
            print(f"{what}\n{why}\n")


def crosswise(check, keys):
    folder = check.folder
    for name, _, _ in KEYS:
        who = re.sub(r"\W.*", "", name).lower()
        sign = ["package", "chart", "--sign", "--key", name, "--keyring", f"{who}.sec", "--passphrase-file", f"{who}.pass"]
        if not check.same(*sign).startswith("0\n"):
            check.expect(who == "eve", f"{who} signs", "neither can")
            continue
        for signer in (check.helm, check.ours):
            check.run(signer, sign)
            text = check.same("verify", CHART, "--keyring", "all.pub")
            check.expect(f"Signed by: {name}\n" in text, f"{signer} {who}", text)
            check.same("verify", CHART, "--keyring", "mixed.pub")
            check.same("template", CHART, "--verify", "--keyring", "all.pub")
            check.same("show", "chart", CHART, "--verify", "--keyring", "all.pub")
            keys.gpg("", "--verify", str(folder / f"{CHART}.prov"))


def refused(check, keys):
    folder = check.folder
    prov = folder / f"{CHART}.prov"
    sign = ["package", "chart", "--sign", "--keyring"]
    check.same(*sign, "bob.sec", "--key", "Bob", "--passphrase-file", "ann.pass")
    check.same(*sign, "bob.sec", "--key", "Bob")
    check.same(*sign, "bob.sec", "--key", "Bob", "--passphrase-file", "-", stdin=b"secret words\n")
    check.same(*sign, "bob.sec", "--key", "Bob", "--passphrase-file", "none")
    check.same(*sign, "bob.sec", "--key", "Bob", "--passphrase-file", "/dev/null")
    check.same(*sign, "all.sec", "--key", "example")
    check.same(*sign, "all.sec", "--key", "nobody")
    check.same(*sign, "all.pub", "--key", "Ann")
    check.same(*sign, "none", "--key", "Ann")
    check.same(*sign, "", "--key", "Ann")
    check.same(*sign, "all.sec")
    check.same(*sign, "all.sec", "--key", "Ann")
    whole = prov.read_bytes()
    for ring in ("bob.pub", "eve.pub", "sub.pub", "/dev/null", "chart/Chart.yaml", "none", "."):
        check.same("verify", CHART, "--keyring", ring)
    for what, text in {
        "text": whole.replace(b"0.1.0\n", b"0.1.1\n", 1), "nothing": b"", "no signature": whole[:80],
        "sum": re.sub(rb"\n=....\n", b"\n=AAAA\n", whole), "no end": whole.replace(b"-----END", b"----"),
        "numbers": re.sub(rb"([A-Za-z])(.{40}\n=)", lambda m: m[1].swapcase() + m[2], whole),
        "base64": whole.replace(b"\n\nw", b"\n\n!"), "header": whole.replace(b"Hash:", b"Cash:"),
        "before": b"before\n" + whole, "after": whole + b"\nafter\n", "returns": whole.replace(b"\n", b"\r\n"),
    }.items():
        prov.write_bytes(text)
        check.same("verify", CHART, "--keyring", "ann.pub")
        check.same("verify", CHART, "--keyring", "bob.pub")
    prov.write_bytes(whole)
    for name in ("other.tgz", "chart.tar"):
        shutil.copy(folder / CHART, folder / name)
        shutil.copy(prov, folder / f"{name}.prov")
        check.same("verify", name, "--keyring", "all.pub")
    (folder / CHART).write_bytes((folder / CHART).read_bytes() + b"\n")
    for command in (["verify"], ["template"], ["show", "values"], ["install", "--dry-run=client", "name"]):
        extra = [] if command == ["verify"] else ["--verify"]
        check.same(*command, CHART, *extra, "--keyring", "all.pub")
    prov.unlink()
    check.same("verify", CHART, "--keyring", "all.pub")
    for args in ([], ["a", "b"], ["chart"], ["none.tgz"]):
        check.same("verify", *args)


def by_gpg(check, keys):
    """What GnuPG signs with a subkey, as the plugin for it does."""
    message = {
        "plain": None,
        "two parts": b"files:\n  a: b\n", "no files": b"name: chart\n\n...\nimages: {}\n",
        "list": b"name: chart\n\n...\nfiles: [a]\n", "wrong": b"name: [chart]\n\n...\nfiles: {}\n",
        "number": b"name: chart\n\n...\nfiles:\n  chart-0.1.0.tgz: 7\n", "yaml": b"name: chart\n\n...\n\tfiles: {}\n",
    }
    check.run(check.helm, ["package", "chart", "--sign", "--key", "Ann", "--keyring", "ann.sec"])
    prov = check.folder / f"{CHART}.prov"
    text = prov.read_bytes()
    message["plain"] = text[text.index(b"\n\n") + 2:text.index(b"-----BEGIN PGP SIGNATURE")]
    for text in message.values():
        for digest in ("SHA256", "SHA1", "SHA384"):
            prov.write_bytes(keys.gpg("", "--local-user", "sub@", "--digest-algo", digest, "--clearsign", data=text).stdout)
            check.same("verify", CHART, "--keyring", "all.pub")


def main(args):
    if len(args) != 2:
        sys.exit(__doc__)
    helm, ours = (str(Path(shutil.which(a) or a).resolve()) for a in args)
    os.environ[VARIABLE_OF_RELEASE] = release_of(helm)
    with tempfile.TemporaryDirectory(prefix="sign-") as tmp:
        tmp = Path(tmp).resolve()
        os.environ["HOME"] = str(tmp)
        folder = tmp / "work"
        (folder / "chart/templates").mkdir(parents=True)
        (folder / "chart/Chart.yaml").write_text(
            'apiVersion: v2\nname: chart\nversion: 0.1.0\ndescription: "- a\\n \\n-- b "\n')
        (folder / "chart/templates/a.yaml").write_text("a: 1\n")
        keys = Keys(tmp / "gnupg", folder)
        try:
            check = Check(helm, ours, folder)
            crosswise(check, keys)
            refused(check, keys)
            by_gpg(check, keys)
        finally:
            keys.close()
    print(f"{check.made} checks of signatures; {check.wrong} differ")
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
