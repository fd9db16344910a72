"""Searches everything that leaves keys and this process during each test for secrets used in the test.

conftest.py installs it for all tests. It searches the standard output and error that pytest captures or
that tests read with capsys. Tests record the output of other processes with `recorder.note`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.leaks.recorder import ARGV, ENVIRONMENT, EXCEPTION, LOG, STDERR, STDOUT, Recorder
from totpkey.errors import TotpkeyError
from totpkey_virtual.traffic import watch_traffic

recorder = Recorder()

_installed = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    installed = config.stash[_installed] = ExitStack()
    installed.enter_context(watch_traffic(recorder.watch))
    installed.enter_context(pytest.MonkeyPatch.context()).setattr(
        pytest.CaptureFixture, "readouterr", _noting_output(pytest.CaptureFixture.readouterr)
    )
    patch = installed.enter_context(pytest.MonkeyPatch.context())
    patch.setattr(pytest.RaisesExc, "__exit__", _noting_caught(pytest.RaisesExc.__exit__))
    patch.setattr(TotpkeyError, "__init__", _noting_made(TotpkeyError.__init__))
    logging.setLogRecordFactory(_noting_records(logging.getLogRecordFactory()))
    sys.addaudithook(_started)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_installed].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report a leak as an error of its test, once the test and its fixtures have finished."""
    report = yield
    if call.excinfo is not None:
        _note_exception(call.excinfo.value)
    if report.when == "teardown":
        for title, text in report.sections:
            recorder.note(STDERR if "stderr" in title else LOG if "log" in title else STDOUT, text)
        leaks = recorder.search()
        if leaks:
            report.outcome = "failed"
            report.longrepr = "\n".join(("A secret has leaked:", *map(str, leaks)))
    return report


def _started(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: it sees every process that is started and cannot be removed."""
    if event == "subprocess.Popen":
        _, argv, _, environment = arguments
        recorder.note(ARGV, " ".join(map(_text, argv if isinstance(argv, (list, tuple)) else [argv])))
        if environment:
            recorder.note(ENVIRONMENT, " ".join(map(_text, environment.values())))
    elif event in ("os.system", "os.exec", "os.posix_spawn"):
        recorder.note(ARGV, repr(arguments))


def _text(value: object) -> str:
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else str(value)


def _note_exception(error: BaseException | None) -> None:
    for each in _with_causes(error):
        recorder.note(EXCEPTION, f"{each} {each!r} {getattr(each, '__notes__', '')} {vars(each)}")


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]


def _noting_output(readouterr: Any) -> Any:
    def noting(fixture: pytest.CaptureFixture[Any]) -> Any:
        captured = readouterr(fixture)
        recorder.note(STDOUT, captured.out)
        recorder.note(STDERR, captured.err)
        return captured

    return noting


def _noting_caught(leave: Any) -> Any:
    def noting(expected: Any, kind: Any, error: BaseException | None, trace: Any) -> Any:
        _note_exception(error)
        return leave(expected, kind, error, trace)

    return noting


def _noting_made(make: Any) -> Any:
    def noting(error: TotpkeyError, *arguments: Any, **named: Any) -> None:
        make(error, *arguments, **named)
        _note_exception(error)

    return noting


def _noting_records(factory: Any) -> Any:
    def noting(*arguments: Any, **named: Any) -> logging.LogRecord:
        record: logging.LogRecord = factory(*arguments, **named)
        recorder.note(LOG, f"{record.getMessage()} {record.args!r}")
        return record

    return noting
