"""Runs atheris on a target, in a process of its own, and says what it found."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.targets import CORPUS

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
    """Fuzz a target. What atheris finds goes into `folder`, beside which it takes the corpus of the tree."""
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
    done = subprocess.run(
        [*command, str(folder), str(CORPUS / name)], capture_output=True, text=True, check=False
    )
    # The first execution is counted as 1, so the last number is how many there were.
    runs = [int(number) for number in re.findall(r"^#(\d+)\t", done.stderr, re.MULTILINE)]
    fault = "" if done.returncode == 0 else (done.stdout + done.stderr)[-4000:]
    return Found(max(runs, default=0), fault)
