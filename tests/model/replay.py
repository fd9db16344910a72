"""Plays the events of the model of consent on a simulated key, and hears what the key says."""

from __future__ import annotations

import os

from tests.attacks.stage import DERIVED, Message, Port
from tests.model.consent import (
    ACCESS,
    CHANGE,
    EVERYTHING,
    OK,
    SMALL,
    TOUCH,
    UNIT,
    USE,
    Event,
    Said,
    State,
)
from tests.support import records
from tests.support.consent import make
from tests.support.desk import Desk
from totpkey_protocol import limits
from totpkey_virtual.key import VirtualKey

#: What the key is told for each request of the model. `account` is filled in.
_COMMANDS: dict[str, tuple[str, dict[str, str | int]]] = {
    USE: ("code", {"account": ""}),
    SMALL: ("move", {"account": "", "position": 0}),
    CHANGE: ("set_limit", {"limit": 0}),
    ACCESS: ("set_locking", {"idle": 0, "suspend": 0}),
    EVERYTHING: ("export", {"derived": DERIVED, "start": 0}),
}
#: From the gesture to the next event, in s: a unit, less what the key takes to answer.
_REST = 3.9
_HOLD = 0.8
_TOUCHES = ("right", "wrong", "hold")


class Replay:
    """A key in setup, with one account, and two programs."""

    def __init__(self, desk: Desk, account: str) -> None:
        self._key: VirtualKey = desk.key
        self._account = account
        self._rest = b""
        self._programs = {"A": Port(desk, 10_000), "B": Port(desk, 50_000)}
        #: The requests that were sent, by id.
        self._asked: dict[int, str] = {}
        self._asked_last = 0
        self._gesture = ""
        #: When it was asked for something, and when it was touched, in ms of its time.
        self._asked_at = self._touched_at = self._key.uptime_ms

    @property
    def left(self) -> float:
        """How long set-up goes on if nothing happens, in s. The model does not know that it ends."""
        now = self._key.uptime_ms
        idle, untouched = (now - self._asked_at) / 1000, (now - self._touched_at) / 1000
        return min(limits.SETUP_IDLE - idle, limits.SETUP_UNTOUCHED - untouched)

    def play(self, event: Event, before: State, units: int) -> tuple[Said, ...]:
        """Play an event, and return what the key said until it was over."""
        end = self._key.uptime_ms + 1000 * UNIT * units
        getattr(self, f"_{event[0]}")(*event[1:])
        if event[0] in _TOUCHES:
            self._touched_at = self._key.uptime_ms
        if event == ("right",) and before.waits:
            end = self._key.uptime_ms + 1000 * _REST
        self._key.run((end - self._key.uptime_ms) / 1000)
        return self._said()

    def start_over(self) -> None:
        """Bring the key to the state in which the model begins."""
        self._programs["A"].pulse()
        for program in self._programs.values():
            program.session = b""
        self._key.run(UNIT * 31)
        self._said()

    def _said(self) -> tuple[Said, ...]:
        lines = (self._rest + self._key.read_serial()).split(b"\n")
        self._rest = lines.pop()
        return tuple(said for said in map(self._meaning, map(records.message, lines)) if said)

    def _meaning(self, message: Message) -> Said | None:
        # What proves nothing is refused without its id.
        request = self._asked.get(int(str(message["id"] or self._asked_last)), "?")
        if message.get("notice") == "touch":
            self._gesture = str(message["gesture"])
            return request, TOUCH
        if "notice" in message:
            return None
        return request, OK if "ok" in message else str(message["error"])

    # Events

    def _session(self, program: str) -> None:
        port = self._programs[program]
        port.session, session = b"", os.urandom(32)
        self._send(port, "session", "session", {"key": session.hex()})
        port.session = session

    def _ask(self, program: str, request: str) -> None:
        name, fields = _COMMANDS[request]
        given = fields | ({"account": self._account} if "account" in fields else {})
        self._send(self._programs[program], request, name, given)

    def _read(self) -> None:
        reader = self._programs["A"]
        session, reader.session = reader.session, b""
        self._send(reader, "read", "hello", {})
        reader.session = session

    def _send(self, port: Port, request: str, name: str, fields: dict[str, str | int]) -> None:
        line = port.line(name, fields)
        self._asked_last = records.message(line)["id"]
        self._asked[self._asked_last] = request
        self._asked_at = self._key.uptime_ms
        self._key.write_serial(line + b"\n")

    def _reopen(self) -> None:
        self._key.close_serial()
        self._key.run(0.1)
        self._key.open_serial()

    def _right(self) -> None:
        make(self._key, self._gesture or "1")

    def _wrong(self) -> None:
        """One press more, or fewer, than the first count."""
        first = int(self._gesture[0]) if self._gesture else 1
        make(self._key, str(first + 1 if first < 4 else first - 1))

    def _hold(self) -> None:
        self._key.press(_HOLD)

    def _wait(self, units: str) -> None:
        """`play` lets the time pass."""
