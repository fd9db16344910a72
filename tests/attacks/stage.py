"""The two who play: the owner, who has the button, and a program on the computer, which has the port.

They speak the wire itself. The program may have the port beside the owner's (`Stage.program`): then each byte
from the key goes to whichever reads first, as on a computer.
"""

from __future__ import annotations

import json
import os

from tests.support import records
from tests.support.consent import make
from tests.support.desk import AMAZON, Desk
from totpkey_protocol.commands import NOTICE_TOUCH, UNPROVED

#: A person sees how the light blinks, and decides; red flashes that tell of a request's end may come first.
REACTION = 2.0
#: How often 0.3 s may pass until a key answers, which may have to load a module first.
_ANSWERS = 8
#: The key's calm after a touch that was not the gesture, and a bit more, in s.
CALM = 10.3

PIN = "2580"
DERIVED = "853f65617803a6e1f7a7de7ec596fb1fd2212077235246775124c4fca4be3772"
PROGRAMS = "0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0f11"
SECRET = AMAZON.secret.hex()

Message = dict[str, object]


class Port:
    """The key's serial port, for one who has it."""

    def __init__(self, desk: Desk, first: int = 10_000) -> None:
        """`first`: the ids begin here. Longer than a PIN: the search for leaks would take 1357 for one."""
        self._key = desk.key
        self._number = first
        self._rest = b""
        #: The record that it sent last.
        self.sent = b""
        #: The key of the session that this one has begun last; none if it proves nothing.
        self.session = b""

    def open(self) -> None:
        self._key.open_serial()
        self.session = b""
        self._key.run(0.02)
        self.heard(0.01)

    def close(self) -> None:
        self._key.close_serial()
        self._key.run(0.02)
        self.session = b""

    def pulse(self, low: float = 0.02) -> None:
        """Let DTR fall and rise, as a program does that opens the port again."""
        self._key.close_serial()
        self._key.run(low)
        self.session = b""
        self.open()

    def begin(self) -> dict[str, object]:
        """Begin a session, which ends the one before. What it is told."""
        self.session, session = b"", os.urandom(32)
        number = self._send("session", {"key": session.hex()})
        self.session = session
        return done(self.first(number))

    def send(self, name: str, /, **fields: str | int) -> int:
        """Send a request, in a session if it needs one; its id."""
        if name not in UNPROVED and not self.session:
            self.begin()
        return self._send(name, fields)

    def line(self, name: str, fields: dict[str, str | int]) -> bytes:
        """A request as it goes over the wire, but for its newline."""
        self._number += 1
        frame = json.dumps({"id": self._number, "command": name, **fields}, separators=(",", ":")).encode()
        return frame + (records.tag(self.session, frame) if self.session else b"")

    def _send(self, name: str, fields: dict[str, str | int]) -> int:
        self.sent = self.line(name, fields)
        self._key.write_serial(self.sent + b"\n")
        return self._number

    def heard(self, seconds: float = 0.3) -> list[Message]:
        """What the key says within that time."""
        self._key.run(seconds)
        lines = (self._rest + self._key.read_serial()).split(b"\n")
        self._rest = lines.pop()
        return [records.message(line) for line in lines if line.startswith(b"{") and b"}" in line]

    def ask(self, name: str, /, **fields: str | int) -> Message:
        """Send a request; the first that the key says to it."""
        return self.first(self.send(name, **fields))

    def first(self, number: int) -> Message:
        """The first that the key says to that request."""
        for _ in range(80):
            for message in self.heard(0.05):
                # What proves nothing is refused without its id.
                if message.get("id") == number or (message.get("id") is None and not self.session):
                    return message
        return {}

    def last(self, number: int, seconds: float = 8.0) -> Message:
        """What the key says to a request when all is over; {} if it says nothing in that time."""
        for _ in range(round(seconds / 0.2)):
            for message in self.heard(0.2):
                if message.get("id") == number and "notice" not in message:
                    return message
        return {}


class Stage:
    """One key, its owner and a program."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.key = desk.key
        self.port = Port(desk)
        #: A program that has opened the port beside the owner's.
        self.program = Port(desk, 50_000)

    @classmethod
    def plugged_in(cls, desk: Desk) -> Stage:
        """A stage with a key that is plugged in here."""
        desk.plug_in()
        return cls(desk)

    def touch(self, seconds: float = 0.08) -> None:
        """The owner touches the button, and lets go."""
        self.key.press(seconds)
        self.key.run(0.05)

    def gesture(self, notice: Message, reaction: float = REACTION) -> None:
        """The owner sees the light and makes the gesture that their program shows."""
        self.key.run(reaction)
        make(self.key, str(notice["gesture"]), bool(notice["hold"]))

    def agree(self, name: str, /, **fields: str | int) -> Message:
        """The owner asks for something, sees the light and makes the gesture: what the key answers."""
        number = self.port.send(name, **fields)
        first: list[Message] = []
        for _ in range(_ANSWERS):
            first = first or [message for message in self.port.heard() if message.get("id") == number]
        if not first or "notice" not in first[0]:
            return first[0] if first else {}
        self.gesture(first[0])
        # A PIN takes a second to compute, and all pages of a full key longer to blank.
        return self.port.last(number)

    def set_up(self, pin: bool = False) -> str:
        """A key with its clock set and one account, whose id this gives; with a lock if so wished."""
        self.port.open()
        done(self.port.ask("set_time", time=round(self.key.true_time), within=60))
        account = done(self.add(label="shop"))["account"]
        if pin:
            done(self.agree("set_pin", pin=PIN))
        return str(account)

    def set_up_locked(self) -> None:
        """The same, with its PIN, and locked."""
        self.set_up(pin=True)
        done(self.port.ask("lock"))

    def asks_to_remove(self) -> Message:
        """The owner asks to remove the account of a key that is set up: the notice of its gesture."""
        return self.port.ask("remove", account=self.set_up())

    def ended(self, told: Message, seconds: float = 8.0) -> Message:
        """What the key says to that request of the owner's when all is over."""
        return self.port.last(int(str(told["id"])), seconds)

    def add(self, label: str = "me", secret: str = SECRET, **fields: str | int) -> Message:
        return self.port.ask("add", label=label, secret=secret, proof=0, **fields)


def done(message: Message) -> dict[str, object]:
    """The reply's fields. What should be ordinary use is done."""
    assert "ok" in message, message
    fields = message["ok"]
    assert isinstance(fields, dict)
    return fields


def waits(message: Message) -> bool:
    """Whether the key asks for a touch."""
    return message.get("notice") == NOTICE_TOUCH
