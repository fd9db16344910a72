"""The firmware's own typist at a computer of any kind, with no key around it: many codes in little time."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from totpkey.virtual.computer import CAPS_LOCK, NUM_LOCK, Platform
from totpkey.virtual.hosts.xkb_keyboard import XkbKeyboard
from totpkey_firmware.strokes import strokes
from totpkey_firmware.typist import Typist
from totpkey_firmware.vault.settings import Manner

if TYPE_CHECKING:
    from totpkey_firmware.platform import Keyboard

#: Time between two polls, and how long the computer takes to answer a lock key, in ms.
POLL, ANSWER = 8, 30


class Bench:
    """A keyboard whose reports are polled every 8 ms by a computer, which answers with its lock keys."""

    def __init__(self, platform: Platform, keys: XkbKeyboard, tells: bool = True) -> None:
        """`tells`: whether the computer tells its lock keys when the key comes."""
        self.now = 1000
        self.keys = keys
        #: When each report was taken, in ms.
        self.taken: list[int] = []
        #: The firmware looks at its keyboard every so many ms.
        self.turns = 1
        self._platform = platform
        self._waiting: bytes | None = None
        self._led = self._leds()
        self._coming: list[tuple[int, int]] = [(self.now, self._led)] if self._led and tells else []
        self.typist = Typist(cast("Keyboard", self), self.now)
        self.typist.turn(self.now)
        self.run(200)

    def type(self, text: str, manner: Manner) -> str:
        """Load and type `text`; what appears on the computer until the keyboard has come to rest."""
        self.typist.load(strokes(text, manner), manner)
        before = len(self.keys.text)
        if not self.typist.type(self.now):
            return ""
        while self.typist.busy:
            self.run(1)
        self.outcome = self.typist.outcome
        self.run(2 * POLL)
        return self.keys.text[before:]

    def run(self, milliseconds: int) -> None:
        for _ in range(milliseconds):
            self._tick()
            if self.now % self.turns == 0:
                self.typist.turn(self.now)

    def _tick(self) -> None:
        self.now += 1
        if self.now % POLL == 0 and self._waiting is not None:
            report, self._waiting = self._waiting, None
            self.taken.append(self.now)
            self.keys.report(report)
            if self._leds() != self._led:
                self._led = self._leds()
                self._coming.append((self.now + ANSWER, self._led))

    def _leds(self) -> int:
        lit = (NUM_LOCK if self.keys.num_lock else 0) | (CAPS_LOCK if self.keys.caps_lock else 0)
        return lit & self._platform.leds

    # What the firmware's platform offers of a keyboard

    def ready(self) -> bool:
        return True

    def send(self, report: bytearray) -> None:
        while self._waiting is not None:
            self._tick()
        self._waiting = bytes(report)

    def leds(self) -> int:
        if self._coming and self._coming[0][0] <= self.now:
            return self._coming.pop(0)[1]
        return -1

    def ticks(self) -> int:
        return self.now
