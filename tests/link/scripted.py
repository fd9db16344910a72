"""A scripted peer at the other end of a transport, for replies that no real key would send."""

import json
from collections.abc import Callable
from typing import Any

from tests.support import records
from totpkey import errors


class Request(dict[str, Any]):
    """A request, and the key of the session that it belongs to: none if it proves nothing."""

    session = b""
    tag = ""


Answer = Callable[[Request], bytes]

HELLO: dict[str, Any] = {
    "protocol": 2,
    "firmware": "0.1.0",
    "circuitpython": "10.1.3",
    "board": "raspberry_pi_pico",
    "key": "E66118604B123456",
    "face": "setup",
    "state": "open",
    "clock": "trusted",
    "accounts": 0,
}


#: What a session is told besides.
BEGUN: dict[str, Any] = HELLO | {"start": "00" * 8, "agreed": "", "outcome": ""}


def frame(message: object) -> bytes:
    """A line that proves nothing."""
    return json.dumps(message).encode() + b"\n"


def told(request: Request, **fields: object) -> bytes:
    """A message to a request, proved if the request was."""
    line = json.dumps({"id": request["id"], **fields}).encode()
    return line + (records.tag(request.session, line) if request.session else b"") + b"\n"


def ok(**fields: object) -> Answer:
    return lambda request: told(request, ok=fields)


def refused(code: str, **fields: object) -> Answer:
    return lambda request: told(request, error=code, **fields)


def touch(seconds: object, gesture: str = "1", hold: int = 0) -> Answer:
    return notice("touch", gesture=gesture, hold=hold, seconds=seconds)


def notice(kind: str, **fields: object) -> Answer:
    return lambda request: told(request, notice=kind, **fields)


def sealed(code: str, **fields: object) -> Answer:
    """A reply with a code that only the session's program can read."""

    def answer(request: Request) -> bytes:
        covered = records.cover(request.session, request["id"], code.encode())
        return told(request, ok={**fields, "sealed": covered.hex()})

    return answer


def raw(data: bytes) -> Answer:
    return lambda request: data


def echo(request: Request) -> bytes:
    return frame(request)


def after(*answers: Answer) -> Answer:
    """Return several answers to one request, in this order."""
    return lambda request: b"".join(answer(request) for answer in answers)


class ScriptedPeer:
    """A transport whose other end gives one answer to each request, `piece` bytes at a time.

    It agrees to a session without an answer from the script, and tells it `begun`. Its clock advances only
    when a read finds no data, by the whole timeout.
    """

    def __init__(self, *answers: Answer, piece: int = 4096) -> None:
        self.begun = dict(BEGUN)
        #: Whether it answers no more, and is gone; how often its program is interrupted as it waits.
        self.silent = self.gone = False
        self.interrupts = 0
        self.clock = 0.0
        self.sent = b""
        self.requests: list[Request] = []
        self.closed = False
        self._answers = list(answers)
        self._piece = piece
        self._coming = b""
        self._session = b""

    def ticks(self) -> float:
        return self.clock

    def script(self, *answers: Answer) -> None:
        """Give these answers from now on."""
        self._answers = list(answers)

    def write(self, data: bytes) -> None:
        self.sent += data
        for line in filter(None, data.split(b"\n")):
            text, tag = records.split(line)
            request = Request(json.loads(text))
            request.tag = tag.decode()
            if tag:
                assert tag == records.tag(self._session, text)
                request.session = self._session
            if request["command"] == "session":
                request.session = self._session = bytes.fromhex(request["key"])
                self._coming += b"" if self.silent else ok(**self.begun)(request)
                continue
            self.requests.append(request)
            if self._answers:
                self._coming += self._answers.pop(0)(request)

    def read(self, timeout_s: float) -> bytes:
        if self.gone:
            raise errors.PortVanished("gone")
        if not self._coming:
            self.clock += timeout_s
            if self.interrupts:
                self.interrupts -= 1
                raise KeyboardInterrupt
        data, self._coming = self._coming[: self._piece], self._coming[self._piece :]
        return data

    def close(self) -> None:
        self.closed = True


class SlowPeer(ScriptedPeer):
    """A peer whose answers come `late` seconds after their requests."""

    def __init__(self, *answers: Answer, late: float) -> None:
        super().__init__(*answers)
        self._late = late
        self._due: list[tuple[float, bytes]] = []

    def write(self, data: bytes) -> None:
        super().write(data)
        if self._coming:
            self._due.append((self.clock + self._late, self._coming))
            self._coming = b""

    def read(self, timeout_s: float) -> bytes:
        end = self.clock + timeout_s
        if self._due and self._due[0][0] <= end:
            moment, data = self._due.pop(0)
            self.clock = max(self.clock, moment)
            return data
        self.clock = end
        return b""


class SleepingPeer(ScriptedPeer):
    """A peer in a computer that stands still for `asleep` seconds while the program waits for its answer.

    When it goes on, the program is the first to have its turn: one more look finds nothing yet.
    """

    def __init__(self, *answers: Answer, asleep: float) -> None:
        super().__init__(*answers)
        self._asleep = asleep
        self._looks = 0

    def read(self, timeout_s: float) -> bytes:
        self._looks += 1
        if self._looks > 2:
            return super().read(timeout_s)
        self.clock += self._asleep if self._looks == 1 else timeout_s
        return b""
