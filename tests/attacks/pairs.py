"""Every ordered pair of commands: one that the owner asks for, one that a program slips in.

The pairs come from the protocol's definition. Where both want a touch, the program tries three ways of
getting the owner's. Nothing may come of it. One thing no light can prevent: a request of the same class in
the place of the owner's, shown for as long as it takes, that he agrees to.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.attacks.stage import GESTURES, HOLD, LONG_HOLD, PIN, PRESS, REACTION, Stage, done
from totpkey_protocol.commands import COMMANDS
from totpkey_protocol.errors import BUSY
from totpkey_protocol.fields import CHOICE, HEX, NUMBER, SECRET, Command, Field
from totpkey_protocol.words import ACCESS, BLANK, CHANGE, EVERYTHING, LOCKED, NEVER, OPEN, USE

#: A request of the program's comes while the owner's waits, by the same port; or after the port was closed
#: and opened, and the touch was under way; or before the owner's.
DURING, AFTER, BEFORE = "during", "after", "before"
#: The ways, and the gestures: 0 is that of the owner's request, for which nothing may be left that waits.
_TRIES = ((DURING, 0.0), (BEFORE, 0.0), *((AFTER, gesture) for gesture in GESTURES))
_GESTURE_OF = {USE: PRESS, CHANGE: PRESS, ACCESS: HOLD, EVERYTHING: LONG_HOLD}
STATES = (BLANK, LOCKED, OPEN)

_GIVEN: dict[str, str | int] = {
    "label": "planted",
    "secret": "31" * 20,
    "pin": "1357",
    "slot": "pin",
    "peer": "09" + "00" * 31,
    "recipe": "{code}{ENTER}",
    "first": "123456",
    "second": "654321",
    "sealed": "AAAA",
    "export": 0,
    "margin": 3,
}


def request(command: Command, account: str, time: int) -> dict[str, str | int]:
    """A request that is right in every respect, and wants its touch if the command ever does."""
    return {field.name: _value(field, account, time) for field in command.takes if field.default is None} | {
        name: _GIVEN[name] for name in ("recipe", "export") if name in {field.name for field in command.takes}
    }


def _value(field: Field, account: str, time: int) -> str | int:
    if field.name in _GIVEN:
        return _GIVEN[field.name]
    if field.name == "account":
        return account
    if field.name in ("time", "near"):
        return time + 100_000
    if field.kind == CHOICE:
        return field.choices[0]
    if field.kind in (HEX, SECRET):
        return "5a" * (max(field.least, 2) // 2)
    return field.least if field.kind == NUMBER else "x" * max(field.least, 1)


class Pairs:
    """All pairs in one state of a key. Whatever fails leaves the key as it was, so one key serves for all."""

    def __init__(self, stage: Stage, state: str) -> None:
        self._stage = stage
        self._account = "00000000"
        if state == BLANK:
            stage.port.open()
            stage.port.ask("set_time", time=round(stage.key.true_time))
        else:
            self._account = stage.set_up(pin=True)
        if state == LOCKED:
            done(stage.port.ask("lock"))
        stage.port.close()
        self.state = state
        self._commands = [command for command in COMMANDS if state in command.states]
        #: Those that want their touch, as this key is.
        self.touched = [command for command in self._commands if self._wants(command)]

    @property
    def tried(self) -> tuple[int, int]:
        """How many ordered pairs of commands this tries, and how many touches that makes."""
        asked, others = len(self.touched), len(self._commands) - len(self.touched)
        return asked * (asked + others), asked * (asked * len(_TRIES) + others)

    def _send(self, command: Command) -> int:
        given = request(command, self._account, round(self._stage.key.true_time))
        return self._stage.port.send(command.name, **given)

    def _wants(self, command: Command) -> bool:
        if command.consent == NEVER:
            return False
        self._stage.port.open()
        number = self._send(command)
        heard = self._stage.port.heard(0.2)
        self._stage.port.close()
        return any(message.get("id") == number and "notice" in message for message in heard)

    def of(self, owners: Command) -> Iterator[tuple[str, str, float]]:
        """What a program could get with that request of the owner's: its command, the way, the gesture."""
        for programs in self._commands:
            wants = programs in self.touched
            for way, gesture in _TRIES if wants else _TRIES[:1]:
                if self.is_taken(owners, programs, way, gesture or _GESTURE_OF[owners.consent]):
                    yield programs.name, way, gesture

    def is_taken(self, owners: Command, programs: Command, way: str, gesture: float) -> bool:
        """Whether the touch that the owner gives his request brings anything to the program."""
        stage = self._stage
        stage.port.open()
        first, second = (programs, owners) if way == BEFORE else (owners, programs)
        numbers = [self._send(first)]
        # The light shows it for long enough; after that somebody else comes.
        stage.key.run(0.05 if way == AFTER else REACTION)
        if way == AFTER:
            stage.port.pulse()
        numbers.append(self._send(second))
        stage.key.run(0.05)
        stage.touch(gesture)
        heard = stage.port.heard(0.1)
        stage.port.close()
        if way != AFTER:
            ended = [message.get("id") for message in heard if message.get("error") == BUSY]
            return ended != numbers or any("ok" in message for message in heard)
        return any("ok" in message for message in heard)

    def is_as_it_was(self) -> bool:
        """Whether the key is in the same state, with the same accounts and all its tries."""
        stage = self._stage
        stage.port.open()
        hello = done(stage.port.ask("hello"))
        if self.state == LOCKED:
            done(stage.agree("unlock_pin", 2.3, pin=PIN))
            done(stage.port.ask("lock"))
        stage.port.close()
        return hello["state"] == self.state and hello["accounts"] == (1 if self.state == OPEN else 0)
