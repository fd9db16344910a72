"""Reads a file in a process of its own (`process`), and checks what comes back."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import IO, Any

from totpkey_readers.jail import bounds, wire
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.problem import Problem

#: What `totpkey` is called with to become the process that reads.
PROCESS = "--read-a-file"
#: The longest answer, in bytes: as many accounts as a file may hold, with names and notes.
_LONGEST_ANSWER = 8 << 20
#: So much of a file is passed on at a time, in bytes.
_PART = 1 << 16
#: Seconds until a process is ended that does nothing, which no limit of processor time sees.
_STANDSTILL, _PATIENT_STANDSTILL = 300, 2 * 3600


def read(file: IO[bytes], name: str, ask: AskPassword, patient: bool = False) -> Contents | Texts:
    """What is in an export (see `formats.files.read`), or the texts in a picture, or of a list of links,
    since
    several of these may belong together. `name` is the file's, for problems. Raises Problem, also for a
    limit.
    """
    return _result(_answer({"patient": patient, "pictures": False, "links": False}, file, name, ask))


def links(lines: Sequence[str], name: str, ask: AskPassword, patient: bool = False) -> Contents:
    """The accounts of links that were collected. Raises Problem."""
    data = io.BytesIO("\n".join(lines).encode(errors="replace"))
    found = _result(_answer({"patient": patient, "pictures": False, "links": True}, data, name, ask))
    if isinstance(found, Texts):
        raise Problem("not_accounts")
    return found


def texts(data: bytes, name: str) -> list[str]:
    """The texts of the QR codes in a picture or PDF: see `pictures.qr.read`. Raises Problem."""
    order = {"patient": False, "pictures": True, "links": False}
    found = _result(_answer(order, io.BytesIO(data), name, _asks_nothing))
    if isinstance(found, Contents):
        raise Problem("not_accounts")
    return found.texts


@dataclass(frozen=True)
class Texts:
    """The texts of a picture's codes, or the lines of a list."""

    texts: list[str]
    of_picture: bool


def _result(answer: dict[str, Any]) -> Contents | Texts:
    for name in ("picture", "links"):
        if name in answer:
            return Texts(wire.to_texts(answer[name]), name == "picture")
    return wire.to_contents(answer.get("contents"))


def _asks_nothing(app: str) -> str:
    raise Problem("asked_password", app=app)


def _answer(order: dict[str, Any], file: IO[bytes], name: str, ask: AskPassword) -> dict[str, Any]:
    with _process() as process:
        answer = _Conversation(process, order["patient"], name, ask).hold(order, file)
    if "problem" in answer:
        raise wire.to_problem(answer["problem"])
    if "limit" in answer:
        raise _too_much_memory(name, order["patient"])
    if "crash" in answer:
        raise Problem("crashed", file=name, where=str(answer["crash"])[:100])
    return answer


class _Conversation:
    """With a process that reads a file: gives it the file and passwords, and time and memory for these."""

    def __init__(self, process: subprocess.Popen[bytes], patient: bool, name: str, ask: AskPassword) -> None:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        assert process.stdout is not None  # noqa: S101
        self._process, self._patient, self._name, self._ask = process, patient, name, ask
        self._to, self._from = process.stdin, process.stdout
        self._allowance = bounds.Allowance(bounds.PATIENT if patient else bounds.USUAL)
        self._was_late = False

    def hold(self, order: dict[str, Any], file: IO[bytes]) -> dict[str, Any]:
        """The last answer. Raises Problem if the process ends without one."""
        self._send(json.dumps(order).encode() + b"\n")
        for part in iter(lambda: file.read(_PART), b""):
            self._send(len(part).to_bytes(4, "big") + part)
        self._send(bytes(4))
        while True:
            answer = self._line()
            if "ask" in answer:
                # Text from the file's app, for a person.
                self._send(json.dumps({"password": self._ask(str(answer["ask"])[:100])}).encode() + b"\n")
            elif "cost" in answer:
                self._extend(answer["cost"])
                self._send(b"{}\n")
            elif answer:
                return answer
            else:
                raise self._ended()

    def _send(self, data: bytes) -> None:
        # A process that has ended does not read; its answer says why.
        with suppress(OSError):
            self._to.write(data)
            self._to.flush()

    def _extend(self, cost: Any) -> None:
        """Raise the process's limits by what a derivation costs, as far as a file may cost."""
        numbers = (
            [value for value in cost if isinstance(value, int | float)] if isinstance(cost, list) else []
        )
        if len(numbers) != 2:
            raise Problem("not_accounts")
        wanted = self._allowance.extended(*numbers)
        most = bounds.MOST_PATIENT if self._patient else bounds.MOST
        if wanted.seconds > most.seconds or wanted.memory > most.memory:
            raise Problem("not_accounts")
        if sys.platform == "linux":
            bounds.limit_other(self._process.pid, wanted)

    def _line(self) -> dict[str, Any]:
        """One answer; empty if there is none."""
        with self._ended_if_late():
            line = self._from.readline(_LONGEST_ANSWER + 1)
        if len(line) > _LONGEST_ANSWER:
            raise Problem("answer_long", file=self._name, most=_LONGEST_ANSWER >> 20)
        try:
            answer = json.loads(line) if line.endswith(b"\n") else {}
        except ValueError:
            answer = {}
        return answer if isinstance(answer, dict) else {}

    @contextmanager
    def _ended_if_late(self) -> Iterator[None]:
        """End the process at a standstill, which no limit of processor time sees."""

        def end() -> None:
            self._was_late = True
            self._process.kill()

        watch = Timer(_PATIENT_STANDSTILL if self._patient else _STANDSTILL, end)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _ended(self) -> Problem:
        """Why a process ended without an answer: the system ends it at a limit."""
        code = self._process.wait()
        if self._was_late:
            seconds = _PATIENT_STANDSTILL if self._patient else _STANDSTILL
            return Problem("limit_standstill", file=self._name, seconds=seconds, patient=self._patient)
        if code in _OUT_OF_TIME:
            seconds = (bounds.PATIENT if self._patient else bounds.USUAL).seconds
            return Problem("limit_time", file=self._name, seconds=seconds, patient=self._patient)
        if code in _OUT_OF_MEMORY:
            return _too_much_memory(self._name, self._patient)
        return Problem("crashed", file=self._name, where=f"exit code {code}")


@contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that reads, which ends with this context."""
    if sys.platform == "linux":
        from totpkey_readers.jail import linux

        # What a file may make of the process must not reach into this one.
        linux.protect()
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


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, PROCESS]
    # Without -P, Python would load modules from the folder that the command runs in.
    return [sys.executable, "-P", "-m", "totpkey_readers.jail.process"]


#: SIGXCPU; Windows' ERROR_NOT_ENOUGH_QUOTA; `bounds.TOO_MUCH_TIME`.


_OUT_OF_TIME = (-24, 1816, 78)
#: `bounds.TOO_MUCH_MEMORY`; SIGKILL, which is the system's where it has no more; SIGABRT and SIGSEGV of
#: libraries that get none; STATUS_NO_MEMORY.
_OUT_OF_MEMORY = (77, -9, -6, -11, 0xC0000017)


def _too_much_memory(name: str, patient: bool) -> Problem:
    memory = (bounds.PATIENT if patient else bounds.USUAL).memory
    return Problem("limit_memory", file=name, memory=memory, patient=patient)
