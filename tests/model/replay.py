"""Plays the models' traces on a simulated key, which must say what they say."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.attacks.stage import DERIVED, PIN, PROGRAMS, Port, Stage, done
from tests.cuts.kinds import BOARD, MORNING
from tests.leaks.plugin import recorder
from tests.support import records
from tests.support.consent import make
from tests.support.desk import Desk
from totpkey_protocol import limits, storage
from totpkey_virtual.simulator import SimulatedKey

Words = list[str]
#: The units of time of grants.pml and pin.pml, in s; and what is left of one after a gesture.
UNIT, PIN_UNIT, _REST = 4.1, 13.0, 3.9
#: The longest event, in s.
_LONGEST = 130


def events(lines: Iterable[Words]) -> Iterator[tuple[Words, list[Words]]]:
    """Each event of a trace but the last, which may be cut, and what the key says to it."""
    event, said = Words(), list[Words]()
    for kind, *words in lines:
        if kind == "do" and event:
            yield event, said
        if kind == "do":
            event, said = words, []
        elif kind == "said":
            said.append(words)


class Player:
    """A key in setup, with its clock set and an account, as the models begin."""

    def __init__(self, drive: Path, pin: bool = False) -> None:
        self.key = SimulatedKey(drive, BOARD, alone=storage.FILES, unix_time=MORNING)
        # Nobody reads its light, and most of a trace is waiting.
        self.key.dozes = True
        self.stage = Stage(Desk(self.key))
        self.stage.desk.plug_in()
        self.account = self.stage.set_up(pin)
        self._rest = b""
        #: When a request was last taken.
        self._asked_at = self.key.uptime_ms

    def differs(self, lines: Iterable[Words]) -> str:
        """Play a trace. Return where the key differs from the model; "" if nowhere."""
        for number, (event, said) in enumerate(events(lines)):
            if self.key.uptime_ms - self._asked_at > 1000 * (limits.SETUP_IDLE - _LONGEST):
                # The models do not know that setup ends.
                break
            heard, expected = self.play(event, said)
            if heard != expected:
                return f"event {number}, {' '.join(event)}: expected {expected}, not {heard}"
        return ""

    def play(self, event: Words, said: list[Words]) -> tuple[object, object]:
        """Play an event. Return what the key said, and `said` in the same form."""
        raise NotImplementedError

    def heard(self) -> list[bytes]:
        """What the key has said: replies, and the first notice of each request."""
        *lines, self._rest = (self._rest + self.key.read_serial()).split(b"\n")
        return [line for line in lines if records.message(line).get("notice", "touch") == "touch"]


class ChannelPlayer(Player):
    """Plays what the key hears and who touches it in channel.pml, with the lines themselves."""

    def __init__(self, drive: Path) -> None:
        super().__init__(drive)
        self._key_of = {str(number): bytes([number]) * 32 for number in range(1, 8)}
        #: Gestures by the model's names, and which of them the key waits for; what was asked, by its tag.
        self._gestures, self._waits = {"4": "1"}, ""
        self._asked = {"": 0}
        #: What sessions are told of what was allowed, in order: by the key, and by the model.
        self._starts: tuple[list[object], list[object]] = ([], [])
        self._names = itertools.count()

    def play(self, event: Words, said: list[Words]) -> tuple[object, object]:
        if not self._waits:
            self.key.run(limits.CALM + 2.5)
        getattr(self, f"_{event[0]}")(*event[1:], said=said)
        self.key.run(0.3)
        lines, self._asked_at = self.heard(), self.key.uptime_ms
        for line, words in zip(lines, said, strict=False):
            self._gestures |= {words[3]: records.message(line)["gesture"]} if words[0] == "touch" else {}
        for words in said:
            self._waits = words[3] if words[0] == "touch" else ""
        begins = event[1:2] == ["session"]
        return [self._meaning(line) for line in lines], [self._expected(words, begins) for words in said]

    def _expected(self, words: Words, begins: bool) -> tuple[object, ...]:
        what, whose, about, value = words
        told = self._told(1, int(value) // 32, int(value) % 16) if begins and what == "ok" else ()
        return what, whose, int(about), *told

    def _meaning(self, line: bytes) -> tuple[object, ...]:
        message, (text, tag) = records.message(line), records.split(line)
        whose = [number for number, key in self._key_of.items() if tag and records.tag(key, text) == tag]
        ok = message.get("ok", {})
        told = self._told(0, ok["start"], self._asked[ok["agreed"]]) if "agreed" in ok else ()
        what = "touch" if "notice" in message else "ok" if "ok" in message else "error"
        return what, *(whose or ["0"]), (message["id"] or 10_000) - 10_000, *told

    def _told(self, side: int, start: object, agreed: int) -> tuple[int, int]:
        starts = self._starts[side]
        starts += [] if start in starts else [start]
        return starts.index(start), agreed

    def _hear(self, what: str, whose: str, number: str, asked: str, said: list[Words]) -> None:
        text, tag = b'{"id":1,"x":"', b""
        if what == "session":
            text = b'{"id":%d,"command":"session","key":"%s"}' % (
                10_000 + int(number),
                self._key_of[whose].hex().encode(),
            )
        if what == "request":
            text = b'{"id":%d,"command":%s}' % (10_000 + int(number), self._command(asked, said).encode())
            tag = records.tag(self._key_of[whose], text) if whose != "0" else b""
            self._asked |= {tag.decode(): int(asked)} if tag else {}
        self.key.write_serial(text + tag + b"\n")

    def _command(self, asked: str, said: list[Words]) -> str:
        """A command that the key treats as the model says."""
        if asked == "8":
            return f'"export","derived":"{PROGRAMS}","start":0'
        if asked == "9":
            return f'"code","account":"{self.account}"'
        if asked == "10":
            return '"list"'
        if said[0][0] == "ok":
            return f'"add","label":"a{next(self._names)}","secret":"{"61" * 20}","proof":0'
        return '"set_limit","limit":0'

    def _touch(self, gesture: str, said: list[Words]) -> None:
        if self._waits:
            self.key.run(2.5)
            right = self._gestures[self._waits]
            other = "1" if gesture == "4" else "22" if right != "22" else "33"
            make(self.key, right if gesture == self._waits else other)

    def _wait(self, said: list[Words]) -> None:
        self.key.run(limits.PRESS_WAIT + 1)

    def _close(self, said: list[Words]) -> None:
        self.stage.port.pulse()
        self._waits = ""


#: What the key is asked for each request of grants.pml.
_COMMANDS: dict[str, tuple[str, dict[str, str | int]]] = {
    "use": ("code", {}),
    "small": ("move", {"position": 0}),
    "change": ("set_limit", {"limit": 0}),
    "access": ("set_locking", {"idle": 0, "suspend": 0}),
    "export_a": ("export", {"derived": DERIVED, "start": 0}),
    "export_b": ("export", {"derived": PROGRAMS, "start": 0}),
    "hello": ("hello", {}),
}


class GrantsPlayer(Player):
    """Plays grants.pml: two programs, each with its own sessions."""

    def __init__(self, drive: Path) -> None:
        super().__init__(drive)
        self._programs = {str(number): Port(self.stage.desk, 20_000 * number) for number in (1, 2)}
        #: What was asked, by its id; what was asked last; the last gesture.
        self._asked: dict[int, str] = {}
        self._last = self._gesture = ""
        self.key.close_serial()
        self.key.run(0.1)
        self.key.open_serial()
        self.key.run(UNIT * 31)
        self.heard()

    def play(self, event: Words, said: list[Words]) -> tuple[object, object]:
        what, number, about = event
        units = int(number) if what == "wait" else 2 if what == "right" and about != "use" else 1
        end = self.key.uptime_ms + 1000 * UNIT * units
        if what in _COMMANDS or what == "session":
            self._ask(what, number)
        elif what == "right":
            make(self.key, self._gesture)
            end = self.key.uptime_ms + 1000 * _REST
        elif what == "wrong":
            make(self.key, str(int(self._gesture[:1] or 1) % 4 + 1))
        elif what == "hold":
            self.key.press(0.8)
        elif what == "reopen":
            self.key.close_serial()
            self.key.run(0.1)
            self.key.open_serial()
        self.key.run((end - self.key.uptime_ms) / 1000)
        if any(words[1] != "no_session" for words in said):
            self._asked_at = self.key.uptime_ms
        return [self._meaning(line) for line in self.heard()], said

    def _ask(self, what: str, number: str) -> None:
        port = self._programs[number]
        name, fields = _COMMANDS.get(what, ("session", {"key": number * 64}))
        session, port.session = port.session, b"" if name in ("session", "hello") else port.session
        if what in ("use", "small"):
            fields = fields | {"account": self.account}
        line = port.line(name, fields)
        port.session = bytes.fromhex(number * 64) if name == "session" else session
        self._last = self._asked[records.message(line)["id"]] = what
        self.key.write_serial(line + b"\n")

    def _meaning(self, line: bytes) -> Words:
        message = records.message(line)
        if "notice" in message:
            self._gesture = str(message["gesture"])
        # What proves nothing is refused without its id.
        request = self._asked[message["id"]] if message["id"] else self._last
        return [request, "touch" if "notice" in message else "ok" if "ok" in message else message["error"]]


class PinPlayer(Player):
    """Plays pin.pml: a key with a PIN."""

    #: As long to enter as the right one.
    _WRONG = "5280"

    def __init__(self, drive: Path) -> None:
        super().__init__(drive, pin=True)
        recorder.known.add_pin(self._WRONG)

    def play(self, event: Words, said: list[Words]) -> tuple[object, object]:
        what, number, pin = event
        end = self.key.uptime_ms + 1000 * PIN_UNIT
        getattr(self, f"_{what}")(int(number), PIN if pin == "right" else self._WRONG)
        if what != "replug":
            self.key.run(max(0.0, (end - self.key.uptime_ms) / 1000))
        state = done(self.stage.port.ask("hello"))["state"]
        self._asked_at = self.key.uptime_ms
        tries = done(self.stage.port.ask("slots"))["tries"]
        wrong = int(said[0][1])
        expected = "open" if said[0][0] == "1" else "blocked" if wrong == limits.TRIES else "locked"
        return (state, tries), (expected, limits.TRIES - wrong)

    def _replug(self, number: int, pin: str) -> None:
        self.stage.desk.replug_for_setup()
        self.stage.port.open()

    def _wait(self, number: int, pin: str) -> None:
        self.key.run(40.0)

    def _lock(self, number: int, pin: str) -> None:
        done(self.stage.port.ask("lock"))

    def _enter(self, before: int, pin: str) -> None:
        """Enter a PIN. A program asks before it, or before its third digit, or before its hold."""
        for place, digit in enumerate(pin):
            if place == 2 * before:
                self.stage.port.send("unlock_pin", pin=self._WRONG)
            for _ in range(int(digit) or 10):
                self.key.press(0.06)
                self.key.run(0.1)
            self.key.run(1.3)
        if before == 2:
            self.stage.port.send("unlock_pin", pin=self._WRONG)
        self.key.press(0.8)

    def _agree(self, number: int, pin: str) -> None:
        self.key.run(3.0)
        self.stage.agree("unlock_pin", pin=pin)
