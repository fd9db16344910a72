"""`make model`: play random traces of the model of consent on a simulated key, and print where they part."""

from __future__ import annotations

import argparse
import sys

from tests.model.playing import play, stage
from totpkey.install.drive import drive_folder


def main() -> int:
    """Return 0 if key and model agree."""
    options = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    options.add_argument("--traces", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    differ = 0
    for difference in play(stage(drive_folder()), given.traces, given.seed):
        print(difference, flush=True)
        differ += 1
    print(f"{given.traces} traces: {given.traces - differ} agree, {differ} do not")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
