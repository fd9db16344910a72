"""The shares of a part of the tests, as pytest runs them: together they are all of it, without repeats."""

from __future__ import annotations

from itertools import chain

import pytest

_TESTS = """
import pytest

@pytest.mark.parametrize("number", range(40))
def test_it(number):
    pass

@pytest.mark.slow
@pytest.mark.parametrize("number", range(40))
def test_of_another_part(number):
    pass
"""


def ran(pytester: pytest.Pytester, *options: str) -> list[str]:
    """Return the tests that ran."""
    pytester.makepyfile(_TESTS)
    pytester.makeini("[pytest]\nmarkers = slow")
    done = pytester.inline_run("-p", "tests.support.parts", "--part=quick", *options)
    reports = done.getreports("pytest_runtest_logreport")
    return [report.nodeid for report in reports if report.when == "call"]


def test_the_shares_together_are_the_part(pytester: pytest.Pytester) -> None:
    shares = [ran(pytester, f"--share={number}/3") for number in (1, 2, 3)]
    assert all(shares)
    assert sorted(chain(*shares)) == sorted(ran(pytester))
    assert len(ran(pytester)) == 40


def test_a_share_is_the_same_each_time(pytester: pytest.Pytester) -> None:
    assert ran(pytester, "--share=2/3") == ran(pytester, "--share=2/3")


@pytest.mark.parametrize("text", ["0/3", "4/3", "2", "a/b", "-1/3"])
def test_what_is_no_share_is_refused(pytester: pytest.Pytester, text: str) -> None:
    done = pytester.inline_run("-p", "tests.support.parts", f"--share={text}")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
