#!/usr/bin/env python3
"""Compares with helm-diff 3.15.11: its own tests, and the plugin itself.

usage: helm_diff.py BINARY CALLS CHECKOUT [--seed N] [--rounds N] [--go GO] [--record HELM]

BINARY is statefulchart, CALLS the example `helm_diff_calls` (tests/support/helm_diff.rs), CHECKOUT a folder or a Git
directory of github.com/databus23/helm-diff. Three parts, each with its counts:

tests    helm-diff's own tests run in a copy in which the functions that compare, parse and print write down what they
         are called with and what they return; CALLS must return the same. A test whose calls need what is not here is
         listed with the reason.
calls    the plugin itself and BINARY answer the same command lines, with a stub in the place of Helm: stdout, stderr,
         exit status, and the command lines that the stub gets
flags    help names the same flags, with the same types and defaults

Needs Go, which fetches what helm-diff is made of. Nothing of helm-diff is kept.
"""
import argparse
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from outline import FLAG

# A stub in the place of Helm, manifests, charts, and command lines with what the plugin answers to them: tests/helm_diff.rs
# compares with that.
FIXTURES = Path(__file__).resolve().parent / "helm_diff"

# Writes a call down: the test that led to it, its arguments, and its results.
RECORD = """
import (
	"encoding/json"
	"os"
	"regexp"
	"runtime"
)

var recordTest = regexp.MustCompile(`\\.(Test\\w+)`)

func record(call string, fields map[string]interface{}) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		if found := recordTest.FindStringSubmatch(frame.Function); found != nil {
			fields["test"] = found[1]
		}
		if !more {
			break
		}
	}
	fields["call"] = call
	line, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	file, err := os.OpenFile(os.Getenv("RECORD"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if _, err := file.Write(append(line, '\\n')); err != nil {
		panic(err)
	}
}
"""

DIFF = """
type m = map[string]interface{}

func copied(o *manifest.MappingResult) *manifest.MappingResult {
	if o == nil {
		return nil
	}
	c := *o
	return &c
}

func copiedIndex(index map[string]*manifest.MappingResult) map[string]*manifest.MappingResult {
	found := map[string]*manifest.MappingResult{}
	for k, o := range index {
		found[k] = copied(o)
	}
	return found
}

func ManifestsOwnership(old, new map[string]*manifest.MappingResult, owned map[string]OwnershipDiff, options *Options, to io.Writer) bool {
	o, n := copiedIndex(old), copiedIndex(new)
	var b bytes.Buffer
	changed := manifestsOwnership(old, new, owned, options, &b)
	template, _ := os.ReadFile(os.Getenv("HELM_DIFF_TPL"))
	record("manifests", m{"old": o, "new": n, "owned": len(owned), "options": options, "template": string(template),
		"color": ansi.Color("x", "red") != "x", "want": m{"output": b.String(), "changed": changed}})
	_, _ = to.Write(b.Bytes())
	return changed
}

func printDiffRecords(kinds []string, kind string, context int, diffs []difflib.DiffRecord, to io.Writer) {
	var b bytes.Buffer
	printDiffRecords_(kinds, kind, context, diffs, &b)
	record("print", m{"options": Options{OutputFormat: "diff", OutputContext: context, SuppressedKinds: kinds}, "kind": kind,
		"lines": diffs, "color": ansi.Color("x", "red") != "x", "want": m{"output": b.String()}})
	_, _ = to.Write(b.Bytes())
}

func doSuppress(report Report, expressions []string) (Report, error) {
	before := report.Entries
	done, err := doSuppress_(report, expressions)
	var why interface{}
	if err != nil {
		why = err.Error()
	}
	record("suppress", m{"entries": before, "expressions": expressions, "want": m{"entries": done.Entries, "error": why}})
	return done, err
}

func redactSecrets(old, new *manifest.MappingResult) {
	o, n := copied(old), copied(new)
	redactSecrets_(old, new)
	record("secrets", m{"mode": "redact", "old": o, "new": n, "want": m{"old": old, "new": new}})
}

func decodeSecrets(old, new *manifest.MappingResult) {
	o, n := copied(old), copied(new)
	decodeSecrets_(old, new)
	record("secrets", m{"mode": "decode", "old": o, "new": n, "want": m{"old": old, "new": new}})
}

func diffLines(old, new []string) []difflib.DiffRecord {
	lines := diffLines_(old, new)
	record("lines", m{"old": old, "new": new, "want": m{"lines": lines}})
	return lines
}

func (t *ReportTemplateSpec) loadFromKey(key string) error {
	err := t.loadFromKey_(key)
	var found interface{}
	if err == nil {
		found = m{"Namespace": t.Namespace, "Name": t.Name, "Kind": t.Kind, "API": t.API}
	}
	record("key", m{"text": key, "want": m{"key": found}})
	return err
}
"""

MANIFEST = """
type recorded = map[string]interface{}

func Parse(text []byte, namespace string, normalize bool, excluded ...string) map[string]*MappingResult {
	found := parse_(text, namespace, normalize, excluded...)
	record("parse", recorded{"text": string(text), "namespace": namespace, "normalize": normalize, "excluded": excluded,
		"want": recorded{"objects": found}})
	return found
}

func normalizeContent(content []byte) ([]byte, error) {
	done, err := normalizeContent_(content)
	if err == nil {
		record("normalize", recorded{"text": string(content), "want": recorded{"output": string(done)}})
	}
	return done, err
}
"""

CMD = """
type recorded = map[string]interface{}

func stripOCIPullProgress(s []byte) []byte {
	text := string(s)
	done := stripOCIPullProgress_(s)
	record("progress", recorded{"text": text, "want": recorded{"output": string(done)}})
	return done
}

func extractManifestFromHelmUpgradeDryRunOutput(s []byte, noHooks bool) []byte {
	text := string(s)
	done := extractManifestFromHelmUpgradeDryRunOutput_(s, noHooks)
	record("report", recorded{"text": text, "no_hooks": noHooks, "want": recorded{"output": string(done)}})
	return done
}
"""

# Folder, package, imports of the recording functions, these, and the functions that they stand before.
RECORDED = [
    ("diff", ["bytes", "io", "os", "github.com/aryann/difflib", "github.com/mgutz/ansi",
              "github.com/databus23/helm-diff/v3/manifest"], DIFF,
     {"ManifestsOwnership": "manifestsOwnership", "printDiffRecords": "printDiffRecords_", "doSuppress": "doSuppress_",
      "redactSecrets": "redactSecrets_", "decodeSecrets": "decodeSecrets_", "diffLines": "diffLines_",
      "loadFromKey": "loadFromKey_"}),
    ("manifest", [], MANIFEST, {"Parse": "parse_", "normalizeContent": "normalizeContent_"}),
    ("cmd", [], CMD, {"stripOCIPullProgress": "stripOCIPullProgress_",
                      "extractManifestFromHelmUpgradeDryRunOutput": "extractManifestFromHelmUpgradeDryRunOutput_"}),
]

# Why a test has nothing that could be compared, or compares what is not here.
REASONS = [
    (r"TestPrintDyffReport", "prints a report of its own making: part `calls` compares dyff's"),
    (r"TestChangeOwnership", "--take-ownership asks a cluster for the objects' owners"),
    (r"TestParseObject|Test_deleteStatus", "three-way merges read live objects"),
    (r"TestPrepareEnvSettings", "reads a kubeconfig for a client of the cluster"),
    (r"TestLocalCmd|TestPrepareStdin|TestHelmDiff|TestGetTemplateDryRunFlags|TestServerSideFlag|TestIsRemote"
     r"|TestOutputWithRichError|TestDebugPrint|TestIsDebug", "part `calls` compares what it shows with the plugin itself"),
    (r"TestCaptureStdout", "tests a helper of the tests"),
    (r"TestDiffLinesEquivalence", "compares two functions of Go"),
]


def copy_of(checkout, folder):
    is_tree = (checkout / "go.mod").is_file()
    git = checkout / ".git" if is_tree and (checkout / ".git").exists() else checkout
    archive = subprocess.run(["git", f"--git-dir={git}", "archive", "HEAD"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)


def instrument(source):
    for folder, imports, functions, names in RECORDED:
        for path in (source / folder).glob("*.go"):
            if path.name.endswith("_test.go"):
                continue
            text = path.read_text()
            for name, hidden in names.items():
                text = re.sub(rf"^(func (?:\(\w+ \*?\w+\) )?){name}\(", rf"\g<1>{hidden}(", text, flags=re.M)
            path.write_text(text)
        (source / folder / "zz_record.go").write_text(f"package {folder}\n{RECORD}")
        imports = "".join(f'\t"{name}"\n' for name in imports)
        (source / folder / "zz_functions.go").write_text(f"package {folder}\n\nimport (\n{imports})\n{functions}")


def own_tests(source, given):
    """helm-diff's own tests: what their calls return, and what CALLS returns."""
    records = source / "records.jsonl"
    environment = {**os.environ, "RECORD": str(records)}
    done = subprocess.run([given.go, "test", "-count=1", "-v", "./diff", "./manifest", "./cmd", "."], cwd=source,
                          env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"helm-diff's own tests fail:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    tests = re.findall(r"^--- PASS: (\w+)", done.stdout, re.M)
    cases = Counter(name.split("/")[0] for name in re.findall(r"^ +--- PASS: (\S+)", done.stdout, re.M))
    calls = [json.loads(line) for line in records.read_text().splitlines()]
    asked = "".join(json.dumps(call) + "\n" for call in calls)
    answers = subprocess.run([given.calls], input=asked, capture_output=True, text=True, check=True).stdout.splitlines()
    by_test = defaultdict(Counter)
    wrong = []
    for call, answer in zip(calls, map(json.loads, answers), strict=True):
        test, want = call.get("test", "-"), call["want"]
        if is_left_out(call):
            by_test[test]["left out"] += 1
        elif is_same(call, want, answer):
            by_test[test]["same"] += 1
        else:
            by_test[test]["different"] += 1
            wrong.append((test, call, want, answer))
    counts = Counter()
    for test in tests:
        found = by_test.get(test, Counter())
        reason = next((why for pattern, why in REASONS if re.match(pattern, test)), None)
        size = max(1, cases[test])
        if found["different"]:
            counts["differ"] += size
            print(f"  {test}: {found['different']} calls differ")
        elif found["same"] and not found["left out"]:
            counts["agree"] += size
        elif reason:
            counts["elsewhere"] += size
            print(f"  {test} ({size}): {reason}")
        else:
            counts["without a reason"] += size
            print(f"  {test}: no call is recorded, and no reason is known")
    for test, call, want, answer in wrong[:5]:
        shown = {k: v for k, v in call.items() if k != "want"}
        print(f"{test}: {json.dumps(shown)[:1500]}\n  helm-diff: {json.dumps(want)[:1500]}\n  ours:      {json.dumps(answer)[:1500]}")
    same = sum(found["same"] for found in by_test.values())
    print(f"tests: {counts['agree']} agree, {counts['differ']} differ, {counts['elsewhere']} left out with a reason;"
          f" {same} of {len(calls)} calls agree")
    return counts["differ"] + counts["without a reason"]


def is_left_out(call):
    owned = call.get("owned") or any(entry["ChangeType"] == "OWNERSHIP" for entry in call.get("entries") or [])
    return owned or (call.get("options") or {}).get("OutputFormat") == "dyff"


def is_same(call, want, answer):
    if call["call"] == "lines":
        return (want["lines"] or []) == answer["lines"]
    if call["call"] == "parse":
        strip = lambda objects: {key: {k: v for k, v in o.items() if k != "Name"} for key, o in (objects or {}).items()}
        return strip(want["objects"]) == strip(answer.get("objects"))
    if call["call"] == "secrets":
        content = lambda o: o and o["Content"]
        return all(content(want[side]) == content(answer[side]) for side in ("old", "new"))
    if call["call"] == "suppress":
        # Entries without a type of change occur in tests only.
        typed = all(entry["ChangeType"] for entry in call["entries"] or [])
        keep = lambda entries: [[e["Key"], e["Kind"], typed and e["ChangeType"], e["Diffs"] or []] for e in entries or []]
        return keep(want["entries"]) == keep(answer["entries"]) and bool(want["error"]) == bool(answer["error"])
    return want == answer


KINDS = [("v1", "ConfigMap", "data"), ("v1", "Secret", "data"), ("apps/v1", "Deployment", "spec"),
         ("v1", "Service", "spec"), ("example.com/v1", "Thing", "spec"), ("v1", "Secret", "stringData")]
SCALARS = ["a", "\"1\"", "1", "0x10", "1.10", "1e3", "true", "yes", "~", "''", "'it''s'", "2020-01-01", "\"a: b\"",
           "a long text with many words, so that it is folded where go-yaml folds what it writes, after eighty",
           "|-\n    one\n    two", ">\n    one\n    two\n", "\"tab\\tand\\u00e9\"", "-1", "12:30", "0o7", "010", ".5",
           "1_000", "[a, 1, {b: c}]", "{x: 1, y: [2]}", "[]", "{}", "<&>", "99999999999999999999", "é", "'#'"]
BASE64 = ["YQ==", "aGVsbG8=", "AAE=", "w6k=", "bm90 YmFzZTY0", "YWJj", "\"\"", "bGluZQpsaW5l", "fw==", "bad"]


class Maker:
    """Makes manifests of a release, and what a change makes of them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def object(self, at):
        choice = self.random.choice
        api, kind, field = choice(KINDS)
        values = BASE64 if field == "data" and kind == "Secret" else SCALARS
        lines = [f"# Source: web/templates/{at}.yaml"] if self.random.random() < 0.8 else []
        lines += [f"apiVersion: {api}", f"kind: {kind}", "metadata:", f"  name: {choice('abc')}{at}"]
        if self.random.random() < 0.2:
            lines.append(f"  namespace: {choice(['other', '1'])}")
        notes = {"helm.sh/resource-policy": "keep", "helm.sh/hook": choice(["test", "pre-install", "test-success"]),
                 "helm-diff/base-name": "base", "n": "1"}
        notes = [f"    {key}: {value}" for key, value in notes.items() if self.random.random() < 0.07]
        if notes:
            lines += ["  annotations:", *notes]
        if self.random.random() < 0.3:
            lines += ["  labels: {b: \"1\", a: x}"]
        keys = self.random.sample(["b", "a", "k10", "k9", "on", "x.y", "Z", "1", "a-b"], self.random.randint(0, 5))
        lines.append(f"{field}:" if keys else f"{field}: {{}}")
        lines += [f"  {key}: {self.random.choice(values)}" for key in keys]
        return lines

    def sides(self):
        old = [self.object(at) for at in range(self.random.randint(0, 6))]
        new = []
        for lines in old:
            roll = self.random.random()
            lines = list(lines)
            if roll < 0.15:
                continue
            if roll < 0.3:
                lines = [line.replace("  name: ", "  name: re") for line in lines]
            if roll < 0.7 and len(lines) > 4:
                at = self.random.randrange(len(lines))
                if lines[at].startswith("  ") and ": " in lines[at] and not lines[at].startswith("    "):
                    key = lines[at].split(": ")[0]
                    if key not in ("  name", "  labels", "  annotations"):
                        is_secret = "kind: Secret" in lines and "data:" in lines
                        lines[at] = f"{key}: {self.random.choice(BASE64 if is_secret else SCALARS)}"
            if roll > 0.9:
                lines = [line + "\r" for line in lines]
            new.append(lines)
        new += [self.object(at) for at in range(9, 9 + self.random.randint(0, 2))]
        self.random.shuffle(new)
        return [self.text(side) for side in (old, new)]

    def text(self, objects):
        objects = ["\n".join(lines).split("\n") for lines in objects]
        text = "".join("---\n" + "\n".join(lines) + "\n" for lines in objects)
        if objects and self.random.random() < 0.2:
            items = ["\n".join(("- " if i == 0 else "  ") + line for i, line in enumerate(
                [l for l in lines if not l.startswith("#")])) for lines in objects if not lines[0].endswith("\r")]
            text += "---\napiVersion: v1\nkind: List\nitems:\n" + "\n".join(items).replace("  name: ", "  name: l") + "\n"
        return text

    def flags(self):
        pick = lambda *groups: [flag for group in groups if self.random.random() < 0.3 for flag in self.random.choice(group)]
        return pick([["--output", name] for name in ("simple", "json", "structured", "diff", "template", "dyff", "dyff", "other")],
                    [["-C", "0"], ["--context=2"], ["-C5"], ["--context", "-3"]], [["--color"], ["--no-color"], ["--color=false"]],
                    [["-D", "0.5"], ["--find-renames=0.9"], ["-D1"]], [["--show-secrets"], ["--show-secrets-decoded"]],
                    [["-q"], ["--suppress", "Deployment", "--suppress=Thing"]], [["--strip-trailing-cr"]],
                    [["--suppress-output-line-regex", "^  [a-z]"], ["--suppress-output-line-regex=:", "--suppress-output-line-regex", "a"]],
                    [["--normalize-manifests"]], [["--include-tests"]], [["--detailed-exitcode"]])


# Command lines that show flags, errors and what Helm is asked for.
LINES = (FIXTURES / "lines").read_text().splitlines()
# The same for charts, which are rendered.
CHARTS = (FIXTURES / "charts").read_text().splitlines()

# Of these only the first lines of stderr are compared: a usage in other words follows.
MISUSES = """
upgrade
upgrade a
upgrade a b c
upgrade --nope a b
upgrade -z a b
upgrade a b --namespace x
upgrade a b -C x
upgrade a b -C
upgrade a b --find-renames x
upgrade a b --color=x
upgrade a b --dry-run=maybe
upgrade a b --server-side=maybe
nope
local a b --nope
release a b --version
version --output simple
local old new --suppress-output-line-regex (
""".strip().splitlines()

# None that statefulchart knows: it renders by itself then, and asks the stub for nothing.
VERSIONS = ["v3.1.0", "v3.12.3", "v3.15.0", "v3.0.0", "v4.0.99", "4.9.9", "nonsense"]
LOG_TIME = re.compile(rb"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", re.M)
PANIC = re.compile(rb"^panic: ", re.M)


class Bench:
    """Runs both programs on one command line."""

    def __init__(self, folder, program, binary):
        self.folder, self.program, self.binary = folder, program, binary
        for path in FIXTURES.iterdir():
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, folder / path.name)

    def write(self, old, new):
        (self.folder / "old.yaml").write_text(old)
        (self.folder / "new.yaml").write_text(new)

    def run(self, line, version="v3.15.0"):
        return [self.answer(words, line, version) for words in ([self.program], [self.binary, "helm-diff"])]

    def answer(self, command, line, version, helm=None):
        """What a program answers: stdout, stderr, status, and what it asks the stub, or HELM, for."""
        words = shlex.split(line)
        variables = {}
        while words and "=" in words[0] and not words[0].startswith("-"):
            name, value = words.pop(0).split("=", 1)
            variables[name] = value
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "HELM_BIN": str(helm or self.folder / "stub"), "STUB": str(self.folder),
                       "STUB_VERSION": version, "HELM_NAMESPACE": "ns", "TMPDIR": "/tmp", **variables}
        calls = self.folder / "calls"
        calls.write_bytes(b"")
        done = subprocess.run([*command, *words], cwd=self.folder, env=environment, capture_output=True, input=b"a: 1\n")
        asked = [line for line in calls.read_text().splitlines() if line != "version"]
        stdout = re.sub(rb"Executing \S+ version\n", b"", done.stdout)
        stdout = re.sub(rb"/tmp/[a-z-]*values[0-9A-Za-z]*", b"FILE", stdout)
        stdout = stdout.replace(bytes(self.folder), b"WORK")
        return [stdout, LOG_TIME.sub(b"TIME ", done.stderr), done.returncode, asked]


def written(line, answer):
    """An answer as it stands in a golden: a sign before each line tells where it was written."""
    stdout, stderr, status, asked = answer
    parts = [(b"1", stdout), (b"2", stderr), (b"h", "".join(f"{call}\n" for call in asked).encode())]
    text = b"$ %s\n= %d\n" % (line.encode(), status)
    for sign, part in parts:
        text += b"".join(sign + (b"> " if l.endswith(b"\n") else b"| ") + l.removesuffix(b"\n") + b"\n" for l in re.findall(rb"[^\n]*\n|[^\n]+", part))
    return text


def record(folder, program, helm):
    """Stores what the plugin answers, with the stub and with a real Helm."""
    bench = Bench(folder, program, None)
    for name, lines, used in (("lines", LINES, None), ("charts", CHARTS, helm)):
        answers = [written(line, bench.answer([program], line, "v3.15.0", used)) for line in lines]
        (FIXTURES / f"{name}.golden").write_bytes(b"".join(answers))


def compare_line(bench, line, version="v3.15.0", first_lines=False):
    theirs, ours = bench.run(line, version)
    if first_lines:
        for answer in (theirs, ours):
            answer[1] = answer[1].split(b"\nUsage:")[0]
    if PANIC.search(theirs[1]):
        # helm-diff dies of it: of an expression that is wrong, of a Secret that is gone and has no form in YAML.
        return None if PANIC.search(ours[1]) is None else False
    if theirs == ours:
        return True
    print(f"{version} {line}")
    for name, a, b in zip(("stdout", "stderr", "status", "asked"), theirs, ours):
        if a != b:
            print(f"  {name}: helm-diff {str(a)[:700]}\n  {name}: ours      {str(b)[:700]}")
    return False


def calls(given, folder, program):
    bench = Bench(folder, program, given.binary)
    maker = Maker(given.seed)
    counts = Counter()
    bench.write(*maker.sides())
    # Manifests that can be read, and differ.
    while b" has changed" not in bench.run("revision rel 1 2")[0][0]:
        bench.write(*maker.sides())
    for line in LINES:
        counts[compare_line(bench, line)] += 1
    for line in MISUSES:
        counts[compare_line(bench, line, first_lines=True)] += 1
    for version in VERSIONS:
        for line in LINES:
            if line.startswith("upgrade") or "USE_UPGRADE" in line:
                counts[compare_line(bench, line, version)] += 1
    for number in range(given.rounds):
        old, new = maker.sides()
        bench.write(old, new)
        line = shlex.join(["revision", "rel", "1", "2", *maker.flags()])
        if number % 7 == 0:
            line = line.replace("revision rel 1 2", "release old b")
        same = compare_line(bench, line)
        counts[same] += 1
        if same is False:
            print(f"--- old\n{old}--- new\n{new}")
    print(f"calls: {counts[True]} agree, {counts[False]} differ; of {counts[None]} helm-diff dies")
    return counts[False]


def flags_of(words):
    """The flags that help names, with their letters, types and defaults."""
    lines = subprocess.run(words, capture_output=True).stdout.split(b"\n")
    found = filter(None, map(FLAG.fullmatch, lines))
    return {flag[2].decode(): [(part or b"").decode() for part in (flag[1], flag[3], flag[4])] for flag in found}


def flags(given, program):
    counts = Counter()
    for command in ["", "upgrade", "local", "release", "revision", "rollback", "version"]:
        theirs, ours = (flags_of([*words, *command.split(), "--help"]) for words in ([program], [given.binary, "helm-diff"]))
        for flag in sorted(theirs.keys() | ours.keys()):
            same = theirs.get(flag) == ours.get(flag)
            counts[same] += 1
            if not same:
                print(f"  {command} {flag}: helm-diff {theirs.get(flag)}, ours {ours.get(flag)}")
    print(f"flags: {counts[True]} agree, {counts[False]} differ")
    return counts[False]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("calls", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--go", default="go")
    parser.add_argument("--record", metavar="HELM", type=lambda text: str(Path(text).resolve()),
                        help="store what the plugin answers with Helm 3.17.3")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="helm-diff-") as tmp:
        source, folder = Path(tmp) / "source", Path(tmp) / "work"
        source.mkdir()
        folder.mkdir()
        copy_of(given.checkout.resolve(), source)
        program = str(Path(tmp) / "diff")
        version = re.search(r'^version: "(.*)"', (source / "plugin.yaml").read_text(), re.M)[1]
        stamp = f"-X github.com/databus23/helm-diff/v3/cmd.Version={version}"
        subprocess.run([given.go, "build", "-ldflags", stamp, "-o", program, "."], cwd=source, check=True)
        if given.record:
            return record(folder, program, given.record)
        instrument(source)
        wrong = own_tests(source, given)
        wrong += calls(given, folder, program)
        wrong += flags(given, program)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
