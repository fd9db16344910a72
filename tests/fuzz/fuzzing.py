"""Runs atheris on targets (`make fuzz`), each in a process of its own, and says what it found."""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.targets import TARGETS, known

#: An input that takes longer, in s, or more memory, in MiB, is a fault.
_SLOW, _MEMORY = 10, 1024


@dataclass(frozen=True)
class Found:
    """`runs`: how many inputs were tried. `fault`: what went wrong; "" if nothing did."""

    runs: int
    fault: str


#: Linux counts what a process held before it became another program as that program's largest memory, so a
#: large process of tests would exceed the limit at once. A small one in between starts the program.
_BETWEEN = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"


def missing() -> str:
    """Why nothing can be fuzzed here; "" if it can."""
    return "" if importlib.util.find_spec("atheris") else "not installed: make judges"


def fuzz(name: str, folder: Path, *options: str) -> Found:
    """Fuzz a target. What atheris finds goes into `folder`, beside which it takes the target's seeds."""
    folder.mkdir(parents=True, exist_ok=True)
    limits = (f"-timeout={_SLOW}", f"-rss_limit_mb={_MEMORY}", f"-artifact_prefix={folder}/fault-")
    command = [
        sys.executable,
        "-c",
        _BETWEEN,
        sys.executable,
        "-m",
        "tests.fuzz.one",
        name,
        *limits,
        *options,
    ]
    with tempfile.TemporaryDirectory() as seeds:
        for number, seed in enumerate(TARGETS[name].seeds()):
            Path(seeds, str(number)).write_bytes(seed)
        done = subprocess.run([*command, str(folder), seeds], capture_output=True, text=True, check=False)
    # The first execution is counted as 1, so the last number is how many there were.
    runs = [int(number) for number in re.findall(r"^#(\d+)\t", done.stderr, re.MULTILINE)]
    fault = "" if done.returncode == 0 else (done.stdout + done.stderr)[-4000:]
    return Found(max(runs, default=0), fault)


def main() -> int:
    """Fuzz all targets, or those that are named, for so many seconds each. Return 0 if nothing was found."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz.fuzzing", description=main.__doc__)
    options.add_argument("--seconds", type=int, default=60, help="for each target")
    options.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    given = options.parse_args()
    if why := missing():
        print(why)
        return 1
    faults = 0
    for name in given.targets or TARGETS:
        found = fuzz(name, known(name), f"-max_total_time={given.seconds}")
        print(f"{name}: {found.runs} inputs, {'a fault' if found.fault else 'no fault'}")
        print(found.fault, end="", file=sys.stderr)
        faults += bool(found.fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
