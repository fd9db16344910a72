"""Plays the models' traces to the owner's program, which must report what they report."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable

from tests.link.scripted import BEGUN
from tests.support import records
from totpkey import errors
from totpkey.link.client import KeyClient

Words = list[str]
_FAILED = (errors.NotDone, errors.KeyRefused)
_UNKNOWN = (errors.OutcomeUnknown, errors.NoAnswer)


class _TraceEnds(errors.TransportError):
    """The trace ends here, or the program does what it does not say."""


class Port:
    """What the owner's program hears in a trace of channel.pml. Its clock stands still but for silence."""

    def __init__(self, lines: Iterable[Words]) -> None:
        self.script = deque(words for kind, *words in lines if kind == "owner")
        self.clock = 0.0
        self._sessions: list[bytes] = []
        #: What was sent, by the model's ids: a command and a tag.
        self._sent = [("", "")]
        self._before_first = 0
        #: Whether it is silent until the program does something else.
        self._silent = False

    def ticks(self) -> float:
        return self.clock

    def write(self, data: bytes) -> None:
        text, tag = records.split(data.strip())
        request = json.loads(text)
        if request["command"] == "session":
            self._sessions.append(bytes.fromhex(request["key"]))
        self._before_first = self._before_first or request["id"] - 1
        self._sent.append((request["command"], tag.decode()))
        if self._silent:
            self._silent = False
            self.script.popleft()

    def read(self, timeout_s: float) -> bytes:
        while self.script and self.script[0] == ["ages"]:
            self.script.popleft()
            self.clock += 121
        if not self.script or self.script[0][0] in ("asks", "reports"):
            raise _TraceEnds("", "")
        if self.script[0] == ["doubts"]:
            self._silent = True
            self.clock += timeout_s
            return b""
        return self._line(*self.script.popleft()[1:]) + b"\n"

    def close(self) -> None:
        pass

    def _line(self, what: str, whose: str, number: str, value: str) -> bytes:
        command = self._sent[int(number)][0] if int(number) < len(self._sent) else ""
        says: dict[str, dict[str, object]] = {
            "ok": {"ok": self._ok(command, int(value))},
            "error": {"error": "busy"},
            "touch": {"notice": "touch", "gesture": "22", "hold": 0, "seconds": 30},
        }
        text = json.dumps({"id": self._before_first + int(number), **says[what]}).encode()
        keys = {"0": b"", "7": b"\7" * 32} | {str(place + 1): key for place, key in enumerate(self._sessions)}
        return text + (records.tag(keys[whose], text) if keys[whose] else b"")

    def _ok(self, command: str, value: int) -> dict[str, object]:
        if command != "session":
            return {"time": 0, "changed": 0} if command == "backup" else {}
        changes = [tag for command, tag in self._sent if command in ("rename", "set_limit")]
        agreed = {0: "", 8: "f" * 32, 9: "e" * 32} | {2 * place + 1: tag for place, tag in enumerate(changes)}
        return BEGUN | {"start": f"{value // 32:016x}", "agreed": agreed.get(value % 16, ""), "outcome": ""}


def differs(lines: Iterable[Words]) -> str:
    """Let a program be the owner's in a trace. Return what it reports otherwise; "" for nothing."""
    port = Port(lines)
    client = KeyClient(port, ticks=port.ticks)
    try:
        client.begin_session()
        client.backup()
    except (errors.TransportError, *_FAILED, *_UNKNOWN):
        return ""
    while port.script and port.script[0][0] == "asks":
        small = port.script.popleft()[1] == "1"
        report = _report(
            (lambda: client.rename("00000001", "a", "b")) if small else (lambda: client.set_limit(0))
        )
        while port.script and port.script[0] in (["ages"], ["doubts"]):
            port.script.popleft()
        expected = port.script.popleft()[1:] if port.script else []
        if [report] != expected and report != "":
            return f"expected {expected}, not {report}, before {list(port.script)}"
        if report in ("", "unknown") and not port.script:
            break
    return ""


def _report(ask: Callable[[], None]) -> str:
    try:
        ask()
    except _FAILED:
        return "failed"
    except _UNKNOWN:
        return "unknown"
    except errors.TransportError:
        return ""
    return "done"
