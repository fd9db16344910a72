"""Cut the power at every flash operation of every change, on simulator and chip, and print a table.

    python -m tests.cuts [--kind simulator|chip] [--scenario NAME] [--sample N]

Exit with status 1 if a key did not survive some cut.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.cuts.cutting import Left, Result, changed, cut_once, cut_twice, everything, prepared
from tests.cuts.kinds import Chip, Kind, Simulator
from tests.cuts.scenarios import SCENARIOS
from tests.support.images import sealed_images
from totpkey_virtual.chip.images import NONE_AT_HAND

_ROW = "{:30} {:10} {:>7} {:>9} {:>9}  {}"


@dataclass(frozen=True)
class Job:
    """One scenario on one kind of key. `sample` is how many different results are checked; 0 means all."""

    scenario: int
    chip: bool
    sample: int

    def choose(self, left: list[Left]) -> list[Left]:
        if not 0 < self.sample < len(left):
            return everything(left)
        return random.Random(self.scenario).sample(left, self.sample)

    def run(self) -> list[Result]:
        scenario = SCENARIOS[self.scenario]
        simulator = Simulator(scenario.copied)
        kind: Kind = Chip(sealed_images()[0], scenario.copied) if self.chip else simulator
        trace = changed(scenario, kind, prepared(scenario, kind, simulator))
        left = self.choose(trace.left())
        results = [cut_once(scenario, kind, left)]
        if scenario.twice:
            results.append(cut_twice(scenario, kind, left, self.choose))
        return results


def _run(job: Job) -> list[Result]:
    return job.run()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.cuts")
    parser.add_argument("--kind", choices=("simulator", "chip"), help="only this kind of key")
    parser.add_argument("--scenario", choices=[scenario.name for scenario in SCENARIOS], help="only this")
    parser.add_argument("--sample", type=int, default=0, help="check so many different things left, not all")
    return parser.parse_args()


def _jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    for on_chip in (False, True):
        if arguments.kind in (None, "chip" if on_chip else "simulator"):
            for number, scenario in enumerate(SCENARIOS):
                if arguments.scenario in (None, scenario.name):
                    yield Job(number, on_chip, arguments.sample)


def _show(result: Result) -> None:
    share = 100 * result.survived / result.cuts if result.cuts else 0
    row = result.scenario, result.kind, result.cuts, result.checked, result.survived, f"{share:.0f} %"
    print(_ROW.format(*row), flush=True)
    for failure in result.failures:
        print("   ", failure)


def main() -> int:
    arguments = _arguments()
    if arguments.kind != "simulator" and not sealed_images():
        print(NONE_AT_HAND, file=sys.stderr)
        return 2
    print(_ROW.format("change", "key", "cuts", "checked", "survived", ""))
    lost = 0
    with multiprocessing.Pool(os.cpu_count()) as workers:
        for results in workers.imap(_run, _jobs(arguments)):
            for result in results:
                _show(result)
                lost += result.cuts - result.survived
    print(f"{lost} cuts were not survived." if lost else "Every cut was survived.")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
