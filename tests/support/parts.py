"""The parts of the test suite, and a summary of the tests that did not run.

`--part quick` is what `make test` runs: everything that is not marked `slow`, but of the tests on the
emulated chip only those that are also marked `quick`, and none of extensions, board and site. `--part alone`
runs tests that share real time with another computer (a Linux kernel), so that nothing else may run beside
them; `--part sample` runs those of them that are also marked `quick`. `--part whole` runs what is marked
`whole`: the cases of long series of which the other parts run some. `--part rest` runs all others, including
those under Windows.

`--share 2/5` runs a fifth of the part, the second of five that have no test in common. `.ci/run` has time for
one share of the rest at each commit, so a few commits run all of it.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections import Counter, defaultdict
from typing import Any, NamedTuple
from zlib import crc32

import pytest

from tests.support.cases import marks

#: Marks the report of a test on the chip, whichever process sends it.
_ON_CHIP = ("runs on", "chip")
_LEFT_OUT = "tests of the other part"
_QUICK, _REST, _ALONE, _SAMPLE, _WHOLE = "quick", "rest", "alone", "sample", "whole"
#: Marks (`needs.marks`) of tests that take too long for `make test`, and of tests that must run alone.
_LONG, _RUN_ALONE = {"slow", "windows", "hardware"}, {"kernel"}
#: Folders of tests that judge neither firmware nor command nor page.
_ASIDE = ("extensions/", "tests/hardware/", "tests/site/")


class Share(NamedTuple):
    """One of several shares of the tests, counted from 1. A test is in the same one on every machine."""

    number: int
    total: int

    @classmethod
    def of(cls, text: str) -> Share:
        """Read `2/5`. Raises ArgumentTypeError."""
        number, _, total = text.partition("/")
        if not (number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total)):
            raise ArgumentTypeError(f"{text} is no share: 2/5 is the second of five")
        return cls(int(number), int(total))

    def has(self, nodeid: str) -> bool:
        return crc32(nodeid.encode()) % self.total == self.number - 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--part",
        choices=(_QUICK, _REST, _ALONE, _SAMPLE, _WHOLE),
        help="only the tests of `make test`, only those that run alone, a sample of these, only cases that"
        " complete long series, or all others",
    )
    parser.addoption("--share", type=Share.of, help="only one share of that part, such as 2/5")
    parser.addoption("--element", action="store_true", help="wire a secure element to each key")


def part_of(item: pytest.Item) -> str:
    """Return the part that a test belongs to."""
    has = marks(item)
    if has & _RUN_ALONE:
        return _ALONE
    if _WHOLE in has:
        return _WHOLE
    slow = has & _LONG or item.nodeid.startswith(_ASIDE)
    return _REST if slow or ("chip" in has and _QUICK not in has) else _QUICK


def _is_in(item: pytest.Item, part: str | None) -> bool:
    if part == _SAMPLE:
        return part_of(item) == _ALONE and _QUICK in marks(item)
    return not part or part_of(item) == part


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    part, share = config.getoption("--part"), config.getoption("--share")
    sides: dict[bool, list[pytest.Item]] = {True: [], False: []}
    for item in items:
        if item.get_closest_marker("chip"):
            item.user_properties.append(_ON_CHIP)
        sides[_is_in(item, part) and (share is None or share.has(item.nodeid))].append(item)
    items[:], left_out = sides[True], sides[False]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    config.stash[_left_out] = len(left_out)


_left_out = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_LEFT_OUT] = session.config.stash.get(_left_out, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the count from any worker: all of them have collected the same tests."""
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get(_LEFT_OUT, 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List skipped tests and count the tests on the chip: skipping everything looks like success."""
    skipped = {report.nodeid: report for report in terminalreporter.stats.get("skipped", [])}
    reasons = Counter(_reason(report) for report in skipped.values())
    if left_out := config.stash.get(_left_out, 0):
        reasons["not in this part; `make test-all` and `make test-whole` run them"] = left_out
    for reason, count in reasons.items():
        terminalreporter.write_line(f"not run: {count} {'test' if count == 1 else 'tests'}: {reason}")
    if share := config.getoption("--share"):
        terminalreporter.write_line(f"share: {share.number} of {share.total}")
    _summarise_chip_tests(terminalreporter)


def _reason(report: Any) -> str:
    """Return why a test or file was skipped."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(reason).removeprefix("Skipped: ")


def _summarise_chip_tests(terminalreporter: pytest.TerminalReporter) -> None:
    tests: defaultdict[str, set[str]] = defaultdict(set)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            if _ON_CHIP in map(tuple, getattr(report, "user_properties", ())):
                tests[outcome].add(report.nodeid)
    skipped = tests.pop("skipped", set())
    ran = set().union(*tests.values()) - skipped
    if ran:
        terminalreporter.write_line(f"chip: {len(ran)} ran, {len(skipped)} skipped")
    elif skipped:
        terminalreporter.write_line(f"NO TEST RAN ON THE CHIP, {len(skipped)} SKIPPED", red=True, bold=True)
