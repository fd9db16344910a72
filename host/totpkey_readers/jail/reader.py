"""Reads a file in a process of its own (`process`), and checks what comes back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import IO, TYPE_CHECKING, Any

from totpkey_readers.records.problem import Problem

if TYPE_CHECKING:
    from totpkey_readers.records.contents import AskPassword, Contents

#: What `totpkey` is called with to become the process that reads.
PROCESS = "--read-a-file"
#: The longest answer, in bytes: 50 000 accounts with long names and notes.
_LONGEST_ANSWER = 32 << 20
#: Seconds until a process is ended that does nothing, which no limit of processor time sees.
_STANDSTILL, _PATIENT_STANDSTILL = 300, 2 * 3600


def contents(data: bytes, name: str, ask: AskPassword, patient: bool = False) -> Contents:
    """What is in an export: see `formats.files.read`. `name` is the file's, for problems.

    Raises Problem also where a limit is hit.
    """
    from totpkey_readers.jail import wire

    answer = _answer({"kind": "contents", "patient": patient}, data, name, ask)
    return wire.to_contents(answer.get("contents"))


def texts(data: bytes, name: str, patient: bool = False) -> list[str]:
    """The texts of the QR codes in a picture or PDF: see `pictures.qr.read`. Raises Problem."""
    from totpkey_readers.jail import wire

    answer = _answer({"kind": "texts", "patient": patient}, data, name, _asks_nothing)
    return wire.to_texts(answer.get("texts"))


def _asks_nothing(app: str) -> str:
    raise Problem("asked_password", app=app)


def _answer(order: dict[str, Any], data: bytes, name: str, ask: AskPassword) -> dict[str, Any]:
    standstill = _PATIENT_STANDSTILL if order["patient"] else _STANDSTILL
    with _process() as process:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        assert process.stdout is not None  # noqa: S101
        _send(process.stdin, json.dumps(order | {"size": len(data)}).encode() + b"\n" + data)
        while True:
            with _ended_after(standstill, process):
                answer = _line(process.stdout, name)
            if "ask" not in answer:
                break
            # Text from the file's app, for a person.
            password = ask(str(answer["ask"])[:100])
            _send(process.stdin, json.dumps({"password": password}).encode() + b"\n")
        if not answer:
            raise _ended(process.wait(), name, order["patient"])
    if "problem" in answer:
        from totpkey_readers.jail import wire

        raise wire.to_problem(answer["problem"])
    if "limit" in answer:
        raise _too_much_memory(name, order["patient"])
    if "crash" in answer:
        raise Problem("crashed", file=name, where=str(answer["crash"])[:100])
    return answer


@contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that reads, which ends with this context."""
    process = subprocess.Popen(  # noqa: S603 - this very program
        _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        process.wait()


@contextmanager
def _ended_after(seconds: float, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the process if this context lasts longer. A person may take any time for a password."""
    watch = Timer(seconds, process.kill)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, PROCESS]
    # Without -P, Python would load modules from the folder that the command runs in.
    return [sys.executable, "-P", "-m", "totpkey_readers.jail.process"]


def _send(to: IO[bytes], data: bytes) -> None:
    # A process that has ended does not read; its answer says why.
    with suppress(OSError):
        to.write(data)
        to.flush()


def _line(from_it: IO[bytes], name: str) -> dict[str, Any]:
    """One answer; empty if there is none."""
    line = from_it.readline(_LONGEST_ANSWER + 1)
    if len(line) > _LONGEST_ANSWER:
        raise Problem("answer_long", file=name, most=_LONGEST_ANSWER >> 20)
    try:
        answer = json.loads(line) if line.endswith(b"\n") else {}
    except ValueError:
        answer = {}
    return answer if isinstance(answer, dict) else {}


def _ended(code: int, name: str, patient: bool) -> Problem:
    """Why a process ended without an answer: the system ends it at a limit."""
    from totpkey_readers.jail import bounds

    if code in _OUT_OF_TIME:
        seconds = (bounds.PATIENT if patient else bounds.USUAL).seconds
        return Problem("limit_time", file=name, seconds=seconds, patient=patient)
    if code in _OUT_OF_MEMORY:
        return _too_much_memory(name, patient)
    return Problem("crashed", file=name, where=f"exit code {code}")


#: SIGXCPU, and SIGKILL at a standstill; Windows' ERROR_NOT_ENOUGH_QUOTA; `bounds.TOO_MUCH_TIME`.
_OUT_OF_TIME = (-24, -9, 1816, 78)
#: `bounds.TOO_MUCH_MEMORY`; SIGABRT and SIGSEGV of libraries that get no memory; STATUS_NO_MEMORY.
_OUT_OF_MEMORY = (77, -6, -11, 0xC0000017)


def _too_much_memory(name: str, patient: bool) -> Problem:
    from totpkey_readers.jail import bounds

    memory = (bounds.PATIENT if patient else bounds.USUAL).memory
    return Problem("limit_memory", file=name, memory=memory, patient=patient)
