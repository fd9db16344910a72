"""The firmware's own typist at a computer of any kind, with no key around it: many codes in little time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, cast

from totpkey_firmware.keyboard.keystrokes import strokes
from totpkey_firmware.keyboard.typist import Typist
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_virtual.computer import CAPS_LOCK, LINUX, NUM_LOCK, Platform
from totpkey_virtual.hosts.xkb_keyboard import XkbKeyboard

if TYPE_CHECKING:
    from totpkey_firmware.platform import Keyboard

#: Time between two polls, and how long the computer takes to answer a lock key, in ms.
POLL, ANSWER = 8, 30
#: A computer tells a new keyboard of its lock keys so long after configuration (Linux 6.12), and it drops
#: what is typed before then.
FIRST_LEDS, DEAF = 90, 50


class Bench:
    """A keyboard whose reports are polled by a computer, which answers with its lock keys. Time is in ms."""

    def __init__(
        self,
        platform: Platform,
        keys: XkbKeyboard,
        tells: bool = True,
        answer: int | None = ANSWER,
        gaps: Sequence[int] = (POLL,),
    ) -> None:
        """`tells`: whether it tells its lock keys when the key comes, where one is on. `answer`: how long it
        takes to tell them when they change; None: it never does. `gaps`: the times between its polls, in
        turn.
        """
        self.now = 1000
        self.report = bytearray(8)
        #: When each report was taken, in ms.
        self.taken: list[int] = []
        #: The firmware looks at its keyboard every so many ms; 0: not at all.
        self.turns = 1
        self._waiting: bytes | None = None
        self.coming: list[tuple[int, int]] = []
        self._configured_at = 0
        self.sit_down(keys, platform, answer, gaps)
        if tells:
            self._tell_later(self.lit, 0)
        self.typist = Typist(cast("Keyboard", self), self.now)
        self.typist.turn(self.now)
        self.run(200)

    # The computer

    def sit_down(
        self,
        keys: XkbKeyboard,
        platform: Platform = LINUX,
        answer: int | None = ANSWER,
        gaps: Sequence[int] = (POLL,),
    ) -> None:
        """There is another computer. Its `keys` stand as they do; it has told nothing."""
        self.keys, self.platform, self.answer = keys, platform, answer
        self._gaps = cycle(gaps)
        self._next_poll = self.now + next(self._gaps)
        self._led = self.lit
        self.coming = []

    @property
    def lit(self) -> int:
        """The lights that the computer shows."""
        lit = (NUM_LOCK if self.keys.num_lock else 0) | (CAPS_LOCK if self.keys.caps_lock else 0)
        return lit & self.platform.leds

    def tap_elsewhere(self, usage: int) -> None:
        """Press and let go a key of another keyboard."""
        self.keys.press(usage)
        self.keys.release(usage)
        self._notice_lights()

    def reset(self, takes: int) -> None:
        """The port is reset, and configured again after `takes` ms; a light that is on is told after that."""
        self._waiting = None
        self.coming = []
        self._configured_at = self.now + takes
        if self.lit and self.answer is not None:
            self.coming = [(self._configured_at + max(FIRST_LEDS, self.answer), self.lit)]
        self._led = self.lit

    def _notice_lights(self) -> None:
        if self.lit != self._led:
            self._led = self.lit
            self._tell_later(self._led, self.answer)

    def _tell_later(self, lit: int, after: int | None) -> None:
        if after is not None and (lit or self.now > 1000):
            self.coming.append((self.now + after, lit))

    def type(self, text: str, typing_settings: TypingSettings) -> str:
        """Load and type `text`; what appears on the computer until the keyboard has come to rest."""
        self.typist.load(strokes(text, typing_settings), typing_settings)
        before = len(self.keys.text)
        if not self.typist.type(self.now):
            self.outcome = "refused"
            return ""
        while self.typist.busy:
            self.run(1)
        self.outcome = self.typist.outcome
        self.run(4 * POLL)
        return self.keys.text[before:]

    def run(self, milliseconds: int) -> None:
        for _ in range(milliseconds):
            self._tick()
            if self.turns and self.now % self.turns == 0:
                self.typist.turn(self.now)

    def look_away(self, milliseconds: int) -> None:
        """The firmware does something else for so long."""
        self.turns, turns = 0, self.turns
        self.run(milliseconds)
        self.turns = turns

    def _tick(self) -> None:
        self.now += 1
        if self.now < self._next_poll or not self.ready():
            return
        self._next_poll = self.now + next(self._gaps)
        if self._waiting is not None:
            report, self._waiting = self._waiting, None
            self.taken.append(self.now)
            if self.now - self._configured_at >= DEAF:
                self.keys.report(report)
            self._notice_lights()

    # What the firmware's platform offers of a keyboard

    def ready(self) -> bool:
        return self.now >= self._configured_at

    def send_report(self) -> bool:
        if not self.ready():
            return False
        while self._waiting is not None:
            self._tick()
        self._waiting = bytes(self.report)
        return True

    def leds(self) -> int:
        """The last report that has come since the key asked before, as CircuitPython keeps it."""
        told = -1
        while self.coming and self.coming[0][0] <= self.now:
            told = self.coming.pop(0)[1]
        return told

    def ticks(self) -> int:
        return self.now
