"""`make fuzz`: fuzz all targets, or those that are named, for so many seconds each."""

from __future__ import annotations

import argparse
import sys

from tests.fuzz.fuzzing import fuzz, missing
from tests.fuzz.targets import TARGETS, known


def main() -> int:
    """Return 0 if nothing was found."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
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
