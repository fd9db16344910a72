"""Every ordered pair of commands: one that the owner asks for, one that a program puts in its place.

The pairs come from the protocol's definition. The program takes the owner's place in two ways, at four
moments; then the owner, who has seen nothing of it, makes the gesture of their own request, at once or after
a while. Nothing may come of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product

from tests.attacks.stage import PIN, REACTION, Message, Port, Stage, done, waits
from tests.support.consent import make
from totpkey_protocol.commands import COMMANDS
from totpkey_protocol.fields import CHOICE, HEX, NUMBER, SECRET, Command, Field
from totpkey_protocol.words import BLANK, LOCKED, NEVER, OPEN

STATES = (BLANK, LOCKED, OPEN)
#: How the program comes: it drops DTR and raises it again; or it has the port open beside the owner's.
DROPPED, BESIDE = "DTR dropped", "opened beside"
WAYS = (DROPPED, BESIDE)
#: When, in s after the owner's request; or once the owner has made the first count.
MID = -1.0
MOMENTS = (0.05, 1.05, 2.0, MID)
#: How long after the program's request the owner touches the button, in s: as it is announced, and after. The
#: light tells first that the owner's has ended, so the program's is announced only 1.7 s after it came.
DELAYS = (0.05, REACTION)
#: For how long no gesture comes twice, in s.
TWICE = 121

_GIVEN: dict[str, str | int] = {
    "label": "planted",
    "secret": "31" * 20,
    "pin": "1357",
    "slot": "pin",
    "peer": "09" + "00" * 31,
    "card": "09" + "00" * 31,
    "recipe": "{code}{ENTER}",
    "first": "123456",
    "second": "654321",
    # As long as what lends an account.
    "sealed": "A" * 160,
    "export": 0,
    # Five codes, and no date.
    "end": "00000000" + "0500" + "00" * 6,
    "margin": 3,
}

Try = tuple[str, float, float]
TRIES: tuple[Try, ...] = tuple(product(WAYS, MOMENTS, DELAYS))


def request(command: Command, account: str, time: int) -> dict[str, str | int]:
    """A request that is right in every respect, and wants its touch if the command ever does."""
    named = {field.name for field in command.takes}
    given = {field.name: _value(field, account, time) for field in command.takes if field.default is None}
    given |= {name: _GIVEN[name] for name in ("recipe", "export") if name in named}
    # The account has no end yet.
    return given | ({"salt": "5a" * 8, "verifier": "5a" * 16} if "verifier" in named else {})


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


def until(stage: Stage, told: Message, moment: float) -> tuple[str, bool]:
    """Let the owner wait, or make the first count, until a program comes.

    Returns what is left of the gesture, and whether a hold begins it.
    """
    gesture, hold = str(told["gesture"]), bool(told["hold"])
    if moment != MID:
        stage.key.run(moment)
        return gesture, hold
    stage.key.run(1.1)
    make(stage.key, gesture[:1], hold)
    return gesture[1:], False


def come(stage: Stage, way: str) -> None:
    """A program comes, without the session that the owner's has."""
    if way == DROPPED:
        stage.program.pulse()
    stage.program.session = b""


class Pairs:
    """All pairs in one state of a key. What fails leaves the key as it was, so one key serves for all."""

    def __init__(self, stage: Stage, state: str, names: Collection[str] = ()) -> None:
        """`names`: of these commands only. To ask for each takes the chip a minute, as gestures run out."""
        self._stage = stage
        self._account = "00000000"
        if state == BLANK:
            stage.port.open()
            stage.port.ask("set_time", time=round(stage.key.true_time))
        else:
            self._account = stage.set_up(pin=True)
            done(stage.agree("make_card", name="mine"))
            lent = {name: _GIVEN[name] for name in ("card", "end")}
            done(stage.agree("lend", account=self._account, lender="me", receiver="Anna", **lent))
        if state == LOCKED:
            done(stage.port.ask("lock"))
        self.state = state
        commands = [command for command in COMMANDS if state in command.states]
        commands = [command for command in commands if not names or command.name in names]
        #: Those that want their touch, as this key is.
        self.touched = [command for command in commands if self._wants(command)]

    def waiting(self, port: Port, command: Command) -> Message:
        """Have a request wait for its touch: the key's notice. Gestures may have to come free first."""
        for _ in range(2):
            given = request(command, self._account, round(self._stage.key.true_time))
            message = port.ask(command.name, **given)
            if waits(message):
                return message
            self._stage.key.run(TWICE)
        raise AssertionError(f"{command.name}: {message}")

    def _wants(self, command: Command) -> bool:
        if command.consent == NEVER:
            return False
        port = self._stage.port
        port.begin()
        given = request(command, self._account, round(self._stage.key.true_time))
        message = port.ask(command.name, **given)
        if message.get("error") in ("busy", "calm"):
            self._stage.key.run(TWICE)
            message = port.ask(command.name, **given)
        return waits(message)

    def of(self, owners: Command) -> Iterator[tuple[str, Try]]:
        """What a program could get with that request of the owner's: its command, and the way."""
        for programs in self.touched:
            # One code for another: docs/concepts/consent.md says so.
            if owners.name == programs.name == "code":
                continue
            for tried in TRIES:
                if self.is_taken(owners, programs, *tried):
                    yield programs.name, tried

    def is_taken(self, owners: Command, programs: Command, way: str, moment: float, delay: float) -> bool:
        """Whether the gesture that the owner makes for their request brings anything to the program."""
        while (taken := self._try(owners, programs, way, moment, delay)) is None:
            # Gestures have to come free first, or no program could have one.
            self._stage.key.run(TWICE)
        return taken

    def _try(self, owners: Command, programs: Command, way: str, moment: float, delay: float) -> bool | None:
        """The same; None if there was no gesture left for the program's request."""
        stage = self._stage
        stage.port.begin()
        told = self.waiting(stage.port, owners)
        gesture, hold = until(stage, told, moment)
        come(stage, way)
        reports = len(stage.key.usb.reports)
        given = request(programs, self._account, round(stage.key.true_time))
        heard = stage.program.ask(programs.name, **given)
        if not waits(heard):
            stage.port.begin()
            return None
        stage.key.run(delay)
        make(stage.key, gesture, hold)
        answer = stage.program.last(int(str(heard["id"])), 2)
        stage.port.session = b""
        # Whatever waits still is ended, and touches mean something again.
        stage.port.begin()
        stage.key.run(10.2)
        return "ok" in answer or len(stage.key.usb.reports) != reports

    def serves(self, command: Command, gesture: str, hold: float) -> bool:
        """Whether a request is carried out, or anything typed, by that gesture, which is another's."""
        stage = self._stage
        stage.port.begin()
        told = self.waiting(stage.port, command)
        if not hold and gesture.startswith(str(told["gesture"])):
            # That is the request's own, and perhaps a count more: no request has that one meanwhile.
            return False
        reports = len(stage.key.usb.reports)
        stage.key.run(1.1)
        if hold:
            stage.key.press(hold)
            stage.key.run(1.5)
        make(stage.key, gesture, bool(told["hold"]) and not hold)
        answer = stage.ended(told, 2)
        stage.port.begin()
        stage.key.run(10.2)
        return "ok" in answer or len(stage.key.usb.reports) != reports

    def is_as_it_was(self) -> bool:
        """Whether the key is in the same state, with the same accounts and all its tries."""
        stage = self._stage
        stage.port.begin()
        hello = done(stage.port.ask("hello"))
        if self.state == LOCKED:
            stage.key.run(TWICE)
            done(stage.agree("unlock_pin", pin=PIN))
            done(stage.port.ask("lock"))
        return hello["state"] == self.state and hello["accounts"] == (1 if self.state == OPEN else 0)
