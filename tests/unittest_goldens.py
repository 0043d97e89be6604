#!/usr/bin/env python3
"""Compare `unittest` with the goldens of helm-unittest's own Go tests, which are read where they lie.

usage: unittest_goldens.py SOURCE BINARY [WORD]

SOURCE is the source of helm-unittest, BINARY a statefulchart, WORD a part of the names of the tests to run. The Go tests
beside pkg/unittest/.snapshots say what each golden is of: fields of a TestRunner and a chart, or a chart and a suite or
a test that is written in the Go file. That is run on a copy of the source. A golden of a runner is what is printed, with
the suites sorted; a golden of a suite or a test is a Go structure, of which is compared what the program tells: whether it
passes, the lines below it, and the numbers of tests and snapshots.

Printed are the goldens that differ, those that cannot be run and why, and counts. The status is 1 where one differs.
"""
import ast
import difflib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path("pkg/unittest")
SECTION = re.compile(r"( PASS | FAIL |\n*###|\n*Charts:|\n*Snapshot Summary:)")
CONSTANT = re.compile(r'^(?:const|var) (\w+)(?: string)? = "([^"]*)"$', re.M)
STRING = r"\(string\) (?:\(len=\d+\) )?(\"(?:[^\"\\]|\\.)*\")"
NO_FLAG = {"Printer"}
# Where the options of a test alone have a flag of the program.
OPTIONS = {"WithFailFast(true)": ["-q"], "WithSkipSchemaValidation(true)": ["--skip-schema-validation"],
           "WithRenderPath(renderPath)": ["-d"]}


class CannotRun(Exception):
    """Why a golden is not of what the program prints."""


def shown(output):
    """What the Go tests keep of an output: its sections, a line each, suites sorted."""
    output = re.sub(r"(Time:\s+)[\d.]+(s|ms|µs)", r"\1XX.XXXms", output.replace("\\", "/"))
    starts = [found.start() for found in SECTION.finditer(output)]
    sections, suites = [], []
    for start, end in zip(starts, starts[1:] + [len(output)]):
        section = output[start:end]
        if section[:6] in (" PASS ", " FAIL "):
            suites.append(section.rstrip("\n"))
        else:
            sections += sorted(suites) + [section]
            suites = []
    return "".join(section + "\n" for section in sections + sorted(suites))


def runner_flags(body, text_of):
    """The flags and charts of a test of the runner."""
    fields = re.search(r"TestRunner\{(.*?)\n\t\}", body, re.S)[1]
    flags, subcharts = [], False
    for name, value in re.findall(r"(\w+):\s+(.*),", fields):
        texts = [text_of(word.strip()) for word in re.sub(r"^\[\]string\{(.*)\}$", r"\1", value).split(",")] \
            if name in ("TestFiles", "ValuesFiles", "ChartTestsPath") else []
        if name == "TestFiles":
            flags += [part for text in texts for part in ("-f", text)]
        elif name == "ValuesFiles":
            flags += [part for text in texts for part in ("-v", text)]
        elif name == "ChartTestsPath":
            flags += ["--chart-tests-path", *texts]
        elif name == "WithSubChart":
            subcharts = value == "true"
        elif name in ("Failfast", "Strict", "UpdateSnapshot"):
            flags += [{"Failfast": "-q", "Strict": "--strict", "UpdateSnapshot": "-u"}[name]] * (value == "true")
        elif name not in NO_FLAG:
            raise CannotRun(f"the runner's field {name} has no flag")
    charts = [text_of(word.strip()) for word in re.search(r"RunV3\(\[\]string\{(.*?)\}\)", body)[1].split(",")]
    return [*flags, "-s" if subcharts else "-s=false", *charts]


def unquoted(text):
    """A string as Go quotes it."""
    return ast.literal_eval(text)


def told(dump, is_suite, path):
    """What is printed of a result that a golden holds as a Go structure: the suite's block, and the counts below."""
    tests, errors, lines = [], 0, []
    for part in re.split(r"(?=\(\*results\.TestJobResult\)\()", dump)[1:]:
        head, _, asserts = part.partition("AssertsResult:")
        name, passed = unquoted(re.search("DisplayName: " + STRING, head)[1]), "Passed: (bool) true" in head
        error = re.search(r"ExecError: \(\*?[\w.]+\)\((.*)\),\n", head, re.S)
        if re.match(r" \(\[\]\*results\.AssertionResult\) \{\s*\}", asserts):
            raise CannotRun("a test without assertions is refused when the suite is read, before what the Go test calls")
        tests.append(passed)
        errors += bool(error) and not passed
        if passed:
            continue
        if error:
            lines += [f"\t- {name}"] + [f"\t\t{line}" for line in f"Error: {error[1]}\n".split("\n")]
            continue
        lines += [f"\t- {name}", "\t"]
        for one in re.split(r"(?=\(\*results\.AssertionResult\)\()", asserts)[1:]:
            info, rest = one.split("Passed: (bool) ", 1)
            if rest.startswith("true"):
                continue
            index = re.search(r"Index: \(int\) (\d+)", info)[1]
            kind, no = unquoted(re.search("AssertType: " + STRING, rest)[1]), "Not: (bool) true" in rest
            custom = unquoted(re.search("CustomInfo: " + STRING, rest)[1])
            lines.append("\t\t" + (custom or f"- asserts[{index}]{' NOT' * no} `{kind}` fail"))
            for line in re.findall(STRING, info):
                lines += ["\t\t\t" + one for one in unquoted(line).split("\n")]
            lines.append("")
    name = unquoted(re.search("DisplayName: " + STRING, dump)[1]) if is_suite else "of one test"
    block = [f" {'PASS' if all(tests) else 'FAIL'}  {name}\t{path}", *lines]
    failed = tests.count(False)
    wrong = f"{failed} failed, " * bool(failed) + f"{errors} errored, " * bool(errors)
    counts = [f"Tests:       {wrong}{len(tests) - failed} passed, {len(tests)} total"]
    if is_suite:
        total, wrong = (int(re.search(rf"{what}: \(uint\) (\d+)", dump)[1]) for what in ("Total", "Failed"))
        counts.append(f"Snapshot:    {f'{wrong} failed, ' * bool(wrong)}{total - wrong} passed, {total} total")
    return "\n".join(line.rstrip() for line in block).rstrip() + "\n" + "\n".join(counts)


def printed(output, is_suite):
    """The same of what the program printed."""
    block = re.search(r"(?ms)^ (?:PASS|FAIL|SKIP)  .*?(?=\n\n\nCharts:|\n\nSnapshot Summary:|\n\nCharts:|\Z)", output)
    wanted = "Tests|Snapshot" if is_suite else "Tests"
    counts = re.findall(rf"(?m)^(?:{wanted}):  .*$", output)
    block = block[0] if block else output
    return "\n".join(line.rstrip() for line in block.split("\n")).rstrip() + "\n" + "\n".join(counts)


def inline(body, text_of, folder, name):
    """Write the suite that a test holds; returns the flags, the chart, the suite's path, and whether it is a whole suite."""
    document = re.search(r"(?:manifest|suiteDoc) := `([^`]*)`", body)
    chart = re.search(r"[lL]oad(?:er)?\.Load\((\w+)\)", body)
    if not document or not chart:
        raise CannotRun("neither a runner nor a suite or a test with a chart")
    text, flags = document[1], []
    is_suite = "testSuite.RunV3" in body
    if is_suite:
        flags += ["-q"] if "cache, true" in body else []
    else:
        for option in re.findall(r"With\w+\(\w+\),", body):
            if option[:-1] not in OPTIONS:
                raise CannotRun(f"the test's option {option[:-1]} has no flag")
            flags += OPTIONS[option[:-1]]
    if "%s" in text:
        data, file = re.search(r'writeToFile\("([^"]*)", file\)', body), re.search(r'path\.Join\(("[^)]*)\)', body)
        file = "/".join(re.findall(r'"([^"]*)"', file[1]))
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(data[1])
        text = text.replace("%s", file)
    if not is_suite:
        lines = text.strip("\n").split("\n")
        text = "suite: of one test\ntests:\n" + "".join(
            ("  - " if at == 0 else "    ") + line + "\n" for at, line in enumerate(lines))
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return flags, text_of(chart[1]), path, is_suite


def check_programs(folder, chart):
    """That the programs which a chart's suites call are there: their yq is the one in Go."""
    suites = [file.read_text() for file in (folder / chart).rglob("*_test.yaml")] if (folder / chart).is_dir() else []
    for name in sorted(set(re.findall(r"(?m)^\s*cmd: \"?(\w+)", "\n".join(suites)))):
        found = shutil.which(name)
        told = subprocess.run([found, "--version"], capture_output=True, text=True).stdout if found else ""
        if not found or name == "yq" and "mikefarah" not in told:
            raise CannotRun(f"its suites call {name}{' of mikefarah/yq' * (name == 'yq')}, which is not on the path")


def run(binary, folder, args):
    """What the program prints in a folder, and whether all tests pass."""
    check_programs(folder, args[-1])
    done = subprocess.run([binary, "unittest", *args], cwd=folder, capture_output=True, text=True, timeout=600)
    return done.stdout, done.returncode == 0


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    source, binary, word = Path(sys.argv[1]).resolve(), str(Path(sys.argv[2]).resolve()), "".join(sys.argv[3:])
    code = "".join(file.read_text() for file in sorted((source / HERE).glob("*_test.go")))
    constants = dict(CONSTANT.findall(code))
    bodies = dict(re.findall(r"(?ms)^func (Test\w+)\(t \*testing\.T\) \{$(.*?)^\}$", code))
    goldens = [file for file in sorted((source / HERE / ".snapshots").iterdir()) if word in file.name]
    if not goldens:
        sys.exit(f"{source / HERE / '.snapshots'}: no golden has {word!r} in its name")
    same, differ, left = 0, 0, 0
    for golden in goldens:
        with tempfile.TemporaryDirectory(prefix="goldens.") as scratch:
            root = Path(scratch)
            shutil.copytree(source / "test", root / "test", symlinks=True, copy_function=shutil.copyfile)
            for made in [root / "test", *(root / "test").rglob("*")]:
                if not made.is_symlink():
                    made.chmod(0o755)
            folder = root / HERE
            folder.mkdir(parents=True)

            def text_of(name):
                if name == "fullPath":
                    return str((folder / constants["testValuesFiles"]).resolve())
                return constants[name] if name in constants else unquoted(name)

            wanted = golden.read_text()
            try:
                body = bodies.get(golden.name)
                if body is None:
                    raise CannotRun("no test of this name")
                if "TestRunner{" in body:
                    output, passed = run(binary, folder, runner_flags(body, text_of))
                    found = shown(output) + f"passed: {passed}"
                    wanted += f"passed: {'assert.True(t, passed' in body}"
                else:
                    flags, chart, path, is_suite = inline(body, text_of, folder, golden.name)
                    output, passed = run(binary, folder, [*flags, "-s=false", "-f", str(path), chart])
                    found = printed(output, is_suite)
                    found = re.sub(rf"\t\S*{re.escape(path.name)}", f"\t{path.name}", found)
                    wanted = told(wanted, is_suite, path.name)
                    if passed != wanted.startswith(" PASS"):
                        found += f"\npassed: {passed}"
            except CannotRun as why:
                print(f"{golden.name}: not run: {why}")
                left += 1
                continue
            if found == wanted:
                same += 1
                continue
            differ += 1
            print(f"{golden.name}: differs")
            print(*difflib.unified_diff(wanted.split("\n"), found.split("\n"), "golden", "ours", lineterm="", n=2),
                  sep="\n")
    print(f"{len(goldens)} goldens: {same} the same, {differ} differ, {left} not run")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
