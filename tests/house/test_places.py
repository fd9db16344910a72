"""The machine's places for big programs: two at most, and dead programs hold none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.support.cases import sampled
from tests.support.places import PLACES, Places
from tests.support.port import LIMIT

ROOT = Path(__file__).resolve().parents[2]
_HOLDS = """
import sys
from pathlib import Path
from tests.support.places import Places
held = Places(Path(sys.argv[1]))
held.reserve()
print("has a place", flush=True)
sys.stdin.read()
"""
_TESTS = """
import pathlib, pytest

def test_of_the_simulator():
    pathlib.Path("simulated").touch()

@pytest.mark.needs("browser")
def test_of_a_browser():
    pathlib.Path("browsed").touch()
"""


def until(condition: Callable[[], bool]) -> None:
    """Look again and again, since other processes do not tell."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def somebody_waits(folder: Path) -> bool:
    """Whether somebody has looked for a free place, and found none."""
    queue = folder / "queue"
    return queue.exists() and queue.read_text() != ""


@pytest.fixture
def all_taken(tmp_path: Path) -> list[Places]:
    """Places that are all taken. A lock on a file knows no processes, so this one plays them all."""
    holders = [Places(tmp_path / "places") for _ in range(PLACES)]
    for holder in holders:
        holder.reserve()
    return holders


@pytest.fixture
def comes(tmp_path: Path) -> Iterator[Callable[[], list[int]]]:
    """Has one more come and wait for a place. Returns who got one, by number, in that order."""
    got: list[int] = []
    threads: list[Thread] = []

    def come() -> list[int]:
        number = len(threads)

        def wait() -> None:
            with Places(tmp_path / "places").program():
                got.append(number)

        threads.append(Thread(target=wait))
        threads[-1].start()
        return got

    yield come
    for thread in threads:
        thread.join(LIMIT)


def test_one_more_waits_until_a_place_is_free(
    all_taken: list[Places], comes: Callable[[], list[int]], tmp_path: Path
) -> None:
    got = comes()
    until(lambda: bool(got) or somebody_waits(tmp_path / "places"))
    assert not got
    all_taken[-1].release()
    until(lambda: bool(got))


def test_a_killed_process_keeps_no_place(tmp_path: Path, comes: Callable[[], list[int]]) -> None:
    program = [sys.executable, "-c", _HOLDS, str(tmp_path / "places")]
    pipe = subprocess.PIPE
    holders = [subprocess.Popen(program, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(PLACES)]
    try:
        for holder in holders:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "has a place\n"
        got = comes()
        until(lambda: bool(got) or somebody_waits(tmp_path / "places"))
        assert not got
        holders[0].kill()
        until(lambda: bool(got))
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


def test_a_process_takes_one_place_for_all_that_it_runs(
    tmp_path: Path, comes: Callable[[], list[int]]
) -> None:
    """A browser of a whole folder is still there when a desktop is wanted."""
    folder = tmp_path / "places"
    one, other = Places(folder), Places(folder)
    other.reserve()
    one.reserve()
    with one.program():
        with one.program():
            one.reserve()
        one.release()
        got = comes()
        until(lambda: bool(got) or somebody_waits(folder))
        assert not got, "its browser still runs"
    until(lambda: bool(got))


@pytest.mark.slow
@pytest.mark.parametrize(
    "processes",
    sampled([(), ("--numprocesses=2",)], [("--numprocesses=2",)]),
    ids=["one process", "two processes"],
)
def test_a_run_waits_with_what_needs_a_place_and_tells_its_load(
    pytester: pytest.Pytester, processes: tuple[str, ...]
) -> None:
    folder = pytester.path / f"totpkey-places-{os.getuid()}"
    holders = [Places(folder) for _ in range(PLACES)]
    for holder in holders:
        holder.reserve()
    pytester.makepyfile(_TESTS)
    plugins = ("-p", "tests.support.places", "-p", "tests.support.load", "-p", "no:cacheprovider")
    environment = os.environ | {"TMPDIR": str(pytester.path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *plugins, *processes],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        until(lambda: Path("simulated").exists() and (Path("browsed").exists() or somebody_waits(folder)))
        assert not Path("browsed").exists()
        holders[0].release()
        said, _ = run.communicate(timeout=LIMIT)
    assert run.returncode == 0, said
    told = re.search(
        r"^load: \d+ cores?, load average [\d.]+ at the beginning, [\d.]+ at most, [\d.]+ at the end;"
        r" places were waited for ([\d.]+) s in all, ([\d.]+) s at most$",
        said,
        re.MULTILINE,
    )
    assert told, said
    assert float(told[1]) >= float(told[2]) > 0
