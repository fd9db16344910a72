"""Plant each bug in a copy of the drive, and play lives until one notices.

    python -m tests.life.plant [--jobs N] [PART OF A NAME ...]

Prints for each bug which invariant broke after how many key-years. Ends with 1 if one is not found in time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.life.events import plan
from tests.life.life import play
from tests.life.planted import BUGS, Bug

ROOT = Path(__file__).resolve().parents[2]
#: How long one life is, in years. Many short ones have more habits than a long one.
LIFE = 0.4


@dataclass(frozen=True)
class Found:
    """After how many key-years and events a bug was found, and by which invariant; "" if it was not."""

    bug: Bug
    years: float
    events: int
    broken: str


def plant(bug: Bug, drive: Path) -> None:
    """Put the bug onto a drive that was built."""
    sys.path.insert(0, str(ROOT / "tools"))
    import build_drive

    source = (drive / "source" / bug.path).read_text(encoding="utf-8")
    build_drive.change(drive, {bug.path: source.replace(bug.old, bug.new)})


def hunt(bug: Bug, seed: int = 1) -> Found:
    """Play lives, from that seed on, until one breaks."""
    years, events = 0.0, 0
    with TemporaryDirectory() as folder:
        drive = Path(shutil.copytree(ROOT / "build" / "drive", Path(folder) / "drive"))
        plant(bug, drive)
        while years < bug.years:
            outcome = play(plan(seed, LIFE), drive)
            years, events, seed = years + outcome.years, events + outcome.events, seed + 1
            if outcome.broken:
                return Found(bug, years, events, str(outcome.broken))
    return Found(bug, years, events, "")


def _told(found: Found) -> str:
    result = found.broken.replace("\n", " ")[:160] or "NOT FOUND"
    return f"{found.bug.name}: {found.years:.2f} years, {found.events} events: {result}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.life.plant")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("parts", nargs="*", metavar="PART OF A NAME")
    options = parser.parse_args(arguments)
    bugs = [bug for bug in BUGS if not options.parts or any(part in bug.name for part in options.parts)]
    missed = 0
    with multiprocessing.Pool(options.jobs) as workers:
        for found in workers.imap_unordered(hunt, bugs):
            print(_told(found), flush=True)
            missed += not found.broken
    print(f"{len(bugs) - missed} of {len(bugs)} planted bugs were found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
