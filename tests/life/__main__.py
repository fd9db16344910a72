"""Play lives of keys, each drawn from one seed, on all cores.

    python -m tests.life [--years N] [--seed N] [--shrink] [--jobs N]

Without a seed, the years are played in long and short lives. With one, they are a single life. Prints how
much was played, every life that breaks an invariant of docs/concepts/life.md, and what was met. Ends with 1
if one does.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.life import besides
from tests.life.events import ACTS, NATURE, Event, plan
from tests.life.life import Outcome, play
from tests.life.met import Branch, branches, picture, unmet, watched
from tests.life.shrink import shrunk
from totpkey.install.drive import drive_folder

#: How long lives are, in years, when many are played: long ones for drift and wear, and many short ones,
#: since hardware and habits are drawn once for a life.
LIVES = 10.0, 2.0, 2.0, 2.0, 2.0, 2.0


@dataclass(frozen=True)
class Job:
    """One life, played to its end or to its first broken invariant."""

    seed: int
    years: float

    def run(self) -> Outcome:
        return play(plan(self.seed, self.years), drive_folder())


def _run(job: Job) -> tuple[Job, Outcome, float, tuple[set[Branch], set[Branch]]]:
    began = time.process_time()
    with watched():
        outcome = job.run()
    return job, outcome, time.process_time() - began, branches()


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.life")
    parser.add_argument("--seed", type=int, help="play one life, of this seed")
    parser.add_argument("--years", type=float, default=LIVES[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--shrink", action="store_true", help="look for a shorter life that fails alike")
    return parser.parse_args(arguments)


@dataclass
class Total(Outcome):
    """What was played so far."""

    #: Time of processors, in s.
    seconds: float = 0.0
    ran: set[Branch] = field(default_factory=set[Branch])
    known: set[Branch] = field(default_factory=set[Branch])
    failed: list[Job] = field(default_factory=list[Job])
    lives: int = 0
    _began: float = field(default_factory=time.monotonic)

    def count(self, job: Job, outcome: Outcome, seconds: float) -> None:
        self.lives, self.seconds = self.lives + 1, self.seconds + seconds
        for name in ("years", "events", "cuts", "codes", "met"):
            setattr(self, name, getattr(self, name) + getattr(outcome, name))
        if outcome.broken:
            self.failed.append(job)

    def __str__(self) -> str:
        played = f"{self.years:.0f} key-years in {self.lives} lives"
        happened = f"{self.events} events, {self.codes} codes, {self.cuts} cuts"
        cost = f"{self.seconds / max(self.years, 0.01):.2f} s of a processor each"
        took = f"{(time.monotonic() - self._began) / 60:.0f} minutes"
        return f"{played}, {happened}, {cost}, {took}; {len(self.failed)} failed"


def tell(job: Job, outcome: Outcome) -> None:
    """The story of a life that failed."""
    if outcome.broken:
        print("\n".join(outcome.story))
        print(f"BROKEN by seed {job.seed}, in {job.years:.0f} years: {outcome.broken}", flush=True)


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


def _jobs(options: argparse.Namespace) -> list[Job]:
    if options.seed is not None:
        return [Job(options.seed, options.years)]
    first = int.from_bytes(os.urandom(3))
    return [Job(first + number, years) for number, years in enumerate(_lengths(options.years))]


def _lengths(years: float) -> Iterator[float]:
    for length in itertools.cycle(LIVES):
        if years <= 0:
            return
        yield min(length, years)
        years -= length


def main(arguments: list[str]) -> int:
    options = _arguments(arguments)
    jobs, total = _jobs(options), Total()
    with multiprocessing.Pool(min(options.jobs, len(jobs))) as workers:
        for job, outcome, seconds, (ran, known) in workers.imap_unordered(_run, jobs):
            total.count(job, outcome, seconds)
            total.ran |= ran
            total.known |= known
            tell(job, outcome)
            if outcome.broken and options.shrink:
                shrink(job, outcome)
            print(total, flush=True)
    print("", *picture(total.met, ACTS, besides.ACTS, NATURE), *unmet(total.ran, total.known), sep="\n")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
