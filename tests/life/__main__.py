"""Play lives of keys, each drawn from one seed, on all cores.

    python -m tests.life [--seed N] [--lives N] [--years N] [--shrink] [--resume FILE]

Prints how much was played, and every life that breaks an invariant of docs/concepts/life.md. Ends with 1 if
one does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import pickle
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.life.events import Event, plan
from tests.life.life import Life, Outcome, play
from tests.life.shrink import shrunk
from tests.life.world import World
from totpkey.install.drive import drive_folder

#: Where a life that failed is saved as it was before its last events.
SAVED = Path("build/life")


@dataclass(frozen=True)
class Job:
    """One life, played to its end or to its first broken invariant."""

    seed: int
    years: float

    def run(self) -> Outcome:
        return play(plan(self.seed, self.years), drive_folder(), save=True)


def _run(job: Job) -> tuple[Job, Outcome, float]:
    began = time.process_time()
    return job, job.run(), time.process_time() - began


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.life")
    parser.add_argument("--seed", type=int, help="the first seed; by default a new one")
    parser.add_argument("--lives", type=int, default=1, help="how many, with the seeds that follow")
    parser.add_argument("--years", type=float, default=10)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--shrink", action="store_true", help="look for a shorter life that fails alike")
    parser.add_argument("--resume", type=Path, help="go on with a life that failed, from where it was saved")
    return parser.parse_args(arguments)


def tell(job: Job, outcome: Outcome, seconds: float) -> None:
    """One line for each life, and the story of one that failed."""
    row = f"seed {job.seed}: {outcome.years:.1f} years, {outcome.events} events, {outcome.cuts} cuts"
    print(f"{row}, {seconds:.0f} s of a processor", flush=True)
    if outcome.broken:
        print("\n".join(outcome.story))
        print(f"BROKEN by seed {job.seed}: {outcome.broken}", flush=True)


def save(job: Job, outcome: Outcome) -> None:
    if outcome.saved:
        SAVED.mkdir(parents=True, exist_ok=True)
        path = SAVED / f"{job.seed}.life"
        path.write_bytes(pickle.dumps((job, *outcome.saved)))
        print(f"make life RESUME={path} goes on from event {outcome.saved[0]}.")


def resume(path: Path) -> int:
    """Play the last events of a life that was saved."""
    job, number, snapshot = pickle.loads(path.read_bytes())  # noqa: S301 - written by this program
    # A new key brings the sources of the firmware's modules, which a copy has not.
    World(drive_folder())
    outcome = Life(snapshot.restore()).play(plan(job.seed, job.years)[number:])
    tell(job, outcome, 0)
    return 1 if outcome.broken else 0


def shrink(job: Job, outcome: Outcome) -> None:
    """Print the shortest life that was found to break the same invariant."""
    assert outcome.broken
    rule = outcome.broken.rule

    def fails(events: Sequence[Event]) -> bool:
        broken = play(events, drive_folder()).broken
        return broken is not None and broken.rule == rule

    events = shrunk(plan(job.seed, job.years)[: outcome.events + 1], fails)
    last = play(events, drive_folder())
    print(f"{len(events)} events are enough:", *last.story, f"BROKEN: {last.broken}", sep="\n")


def main(arguments: list[str]) -> int:
    options = _arguments(arguments)
    if options.resume:
        return resume(options.resume)
    first = options.seed if options.seed is not None else int.from_bytes(os.urandom(3))
    jobs = [Job(first + number, options.years) for number in range(options.lives)]
    failed, years, began = list[Job](), 0.0, time.monotonic()
    with multiprocessing.Pool(min(options.jobs, len(jobs))) as workers:
        for job, outcome, seconds in workers.imap_unordered(_run, jobs):
            tell(job, outcome, seconds)
            years += outcome.years
            if outcome.broken:
                failed.append(job)
                save(job, outcome)
                if options.shrink:
                    shrink(job, outcome)
    print(f"{years:.0f} key-years in {time.monotonic() - began:.0f} s; {len(failed)} of {len(jobs)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
