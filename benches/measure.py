"""Running whole processes and weighing them, for speed.py and instructions.py. Linux, standard library only.

Time: `posix_spawn`, which does not copy this process, and `wait4`, with a clock read on either side. What the harness
adds is smaller than what can be measured: an empty static program takes as long here as under hyperfine. That time,
0.6 ms on the machine of README's figures, is the system's own price of a process; it is part of every measurement
and is not subtracted from any.

Memory: the largest resident set that `wait4` reports. A process inherits, for that figure, the size of the one that
spawned it, and this one is larger than what is measured. So a shell starts the program in the background and ends,
and the orphan is adopted here; what is left is the shell's own size, 1 MB, as the least that can be seen.

Instructions: valgrind's callgrind, with nothing in the environment that could change the count.
"""
import ctypes
import gc
import os
import re
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PR_SET_CHILD_SUBREAPER = 36
STATIC = ["-C", "target-feature=+crt-static", "-C", "relocation-model=static"]

_null = os.open(os.devnull, os.O_RDWR)
_quiet = [(os.POSIX_SPAWN_DUP2, _null, stream) for stream in range(3)]
# Helm looks for its directories below HOME; nothing else of the environment is of use to a render.
_environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


class Failed(Exception):
    """A program that was to be measured did not end well."""


@dataclass(frozen=True)
class Sample:
    """One run of a program, in seconds."""

    wall: float
    cpu: float


def run(command, quiet=False):
    """Runs a command whose first word is a path, all its streams at /dev/null."""
    before = time.perf_counter()
    child = os.posix_spawn(command[0], command, _environment, file_actions=_quiet)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - before
    if status and not quiet:
        raise Failed(f"status {os.waitstatus_to_exitcode(status)}: {shlex.join(command)}")
    return Sample(wall, usage.ru_utime + usage.ru_stime)


class Copies:
    """Some copies of each program, to be run in turn.

    Where the system's cache happens to put a program decides how fast it runs: copies of one binary were seen to
    differ by a fifth, each of them staying as it was for minutes. No program is to win or lose by that.
    """

    COUNT = 5

    def __init__(self, folder):
        self.folder = Path(folder)
        self.known = {}

    def of(self, program, number):
        """The copy of a program that is due in a round."""
        if program not in self.known:
            self.known[program] = [self.folder / f"copy-{len(self.known)}-{n}" / Path(program).name for n in range(self.COUNT)]
            for copy in self.known[program]:
                copy.parent.mkdir()
                shutil.copy(os.path.realpath(program), copy)
        return str(self.known[program][number % self.COUNT])


def alternate(commands, rounds, copies):
    """The samples of each command of a dictionary, the commands run in turn; a round before them is not counted."""
    samples = {name: [] for name in commands}
    for program, *_ in commands.values():
        copies.of(program, 0)
    gc.disable()
    for number in range(rounds + 1):
        for name, (program, *arguments) in commands.items():
            sample = run([copies.of(program, number), *arguments])
            if number:
                samples[name].append(sample)
    gc.enable()
    return samples


def memory(command):
    """The largest resident set of a command, in kB."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    shell = os.posix_spawn("/bin/sh", ["sh", "-c", f"{shlex.join(command)} &"], _environment, file_actions=_quiet)
    largest = 0
    for _ in range(2):
        child, status, usage = os.wait4(-1, 0)
        if child != shell:
            largest = usage.ru_maxrss
        if status:
            raise Failed(f"status {os.waitstatus_to_exitcode(status)}: {shlex.join(command)}")
    return largest


def has_valgrind():
    return shutil.which("valgrind") is not None


def instructions(command, folder):
    """How many instructions a command takes, run in a folder with an empty environment."""
    done = subprocess.run(
        [shutil.which("valgrind"), "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
        cwd=folder, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        raise Failed(f"status {done.returncode}: {shlex.join(command)}\n{done.stderr[-500:]}")
    return int(found[1])


def build(name, folder, static):
    """Compiles a program of this folder with `rustc -O`, linked as usual or statically; ends with its path."""
    program = Path(folder) / (f"{name}-static" if static else name)
    subprocess.run(["rustc", "--edition", "2024", "-O", *(STATIC if static else []), "-o", program, HERE / f"{name}.rs"],
                   check=True)
    return str(program)
