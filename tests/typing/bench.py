"""Keys that are ready to be pressed, and computers of any kind for them, shared by the tests of typing.

`Bench` is the firmware's typist without the rest of the key, for many codes fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, cast

from tests.support.desk import AMAZON, Desk
from totpkey.accounts.account import Account
from totpkey.keyboard.layouts import layouts
from totpkey.link.replies import Typing
from totpkey_firmware.keyboard.keystrokes import strokes
from totpkey_firmware.keyboard.typist import Typist
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_protocol.words import KEYPAD_MAC
from totpkey_virtual.computer import (
    AT_ONCE,
    CAPS_LOCK,
    LINUX,
    NUM_LOCK,
    US,
    Answer,
    Computer,
    Keyboard,
    Platform,
)
from totpkey_virtual.hosts import KEYPAD_DIGITS, XkbKeyboard
from totpkey_virtual.simulator import SimulatedKey

if TYPE_CHECKING:
    from totpkey_firmware.platform import Keyboard as KeyKeyboard

#: The interval of polls, and how long the computer takes to answer a lock key, in ms.
POLL, ANSWER = 8, 30
#: A computer reports its lock lights this long after configuration, and drops keystrokes until DEAF (Linux
#: 6.12).
FIRST_LEDS, DEAF = 90, 50
#: A bus that is idle for so long is suspended (USB 2.0 section 7.1.7.6).
IDLE = 3


class Bench:
    """A keyboard polled by a computer that answers with its lock lights. Time is in ms."""

    def __init__(
        self,
        platform: Platform,
        keys: XkbKeyboard,
        tells: bool = True,
        answer: int | None = ANSWER,
        gaps: Sequence[int] = (POLL,),
    ) -> None:
        """Connect a keyboard to a computer.

        `tells`: whether the computer reports its lock lights at the beginning, if one is on. `answer`: how
        long it takes to report a change; None if it never does. `gaps`: the intervals between its polls, in
        turn.
        """
        self.now = 1000
        self.report = bytearray(8)
        #: When each report was taken, in ms.
        self.taken: list[int] = []
        #: The usage in the last of them.
        self.held = 0
        #: The interval in ms at which the firmware serves its keyboard; 0 for never.
        self.turns = 1
        #: Whether what is typed depends on NumLock. A Mac's keypad does not.
        self._by_num_lock = True
        self._waiting: bytes | None = None
        self.coming: list[tuple[int, int]] = []
        self._configured_at = 0
        #: Whether the firmware has yet to notice a reset; since when the bus is idle.
        self._was_reset = True
        self._idle_since: int | None = None
        self.sit_down(keys, platform, answer, gaps)
        if tells:
            self._tell_later(self.lit, 0)
        self.typist = Typist(cast("KeyKeyboard", self), self.now)
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
        """Move to another computer, with its `keys` as they are. It has reported nothing yet."""
        self.keys, self.platform, self.answer = keys, platform, answer
        self._gaps = cycle(gaps)
        self.next_poll = self.now + next(self._gaps)
        self._led = self.lit
        self.coming = []

    @property
    def lit(self) -> int:
        """Return the lights that the computer shows."""
        lit = (NUM_LOCK if self.keys.num_lock else 0) | (CAPS_LOCK if self.keys.caps_lock else 0)
        return lit & self.platform.leds

    def tap_elsewhere(self, usage: int) -> None:
        """Press and release a key of another keyboard."""
        self.keys.press(usage)
        self.keys.release(usage)
        self._notice_lights()

    def reset(self, takes: int) -> None:
        """Reset the port. It is configured after `takes` ms and then reports a light that is on."""
        self._waiting = None
        self._idle_since = None
        self._was_reset = True
        self.keys.report(bytes(8))
        self._configured_at = self.now + takes
        self.tell_first_lights()

    def tell_first_lights(self) -> None:
        """Report a light that is on, some time after the configuration."""
        self.coming = []
        if self.lit and self.answer is not None:
            self.coming = [(self._configured_at + max(FIRST_LEDS, self.answer), self.lit)]
        self._led = self.lit

    def sleep(self) -> None:
        """Let the bus rest."""
        self._idle_since = self.now

    def wake(self) -> None:
        self._idle_since = None

    def _notice_lights(self) -> None:
        if self.lit != self._led:
            self._led = self.lit
            self._tell_later(self._led, self.answer)

    def _tell_later(self, lit: int, after: int | None) -> None:
        if after is not None and (lit or self.now > 1000):
            self.coming.append((self.now + after, lit))

    def type(
        self,
        text: str,
        typing_settings: TypingSettings,
        after: int = 0,
        happens: Callable[[], None] = lambda: None,
    ) -> str:
        """Load and type `text`. Return what appears on the computer until the keyboard is idle.

        `happens` is called `after` ms after the press.
        """
        self._by_num_lock = typing_settings.mode != KEYPAD_MAC
        self.typist.load(strokes(text, typing_settings), typing_settings)
        before = len(self.keys.text)
        if not self.typist.type(self.now):
            self.outcome = "refused"
            return ""
        self.run(after)
        happens()
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
        """Keep the firmware busy with something else for so long."""
        self.turns, turns = 0, self.turns
        self.run(milliseconds)
        self.turns = turns

    def _tick(self) -> None:
        self.now += 1
        if self.now < self.next_poll or self._idle_since is not None or not self.ready():
            return
        self.next_poll = self.now + next(self._gaps)
        if self._waiting is not None:
            report, self._waiting = self._waiting, None
            if self._by_num_lock and report[2] in KEYPAD_DIGITS:
                assert self.typist.locks.suits_keypad(), "a digit in a state that is known to be wrong"
            self.taken.append(self.now)
            self.held = report[2]
            if self.now - self._configured_at >= DEAF:
                self.keys.report(report)
            self._notice_lights()

    # What the firmware's platform offers of a keyboard

    def ready(self) -> bool:
        return self.now >= self._configured_at and not self.suspended

    @property
    def suspended(self) -> bool:
        """Whether the bus has been idle for so long that the keyboard knows it is suspended."""
        return self._idle_since is not None and self.now - self._idle_since >= IDLE

    def was_reset(self) -> bool:
        was_reset, self._was_reset = self._was_reset, False
        return was_reset

    def waits(self) -> bool:
        return self._waiting is not None

    def send_report(self) -> bool:
        if not self.ready():
            return False
        assert self._waiting is None, "CircuitPython would block"
        self._waiting = bytes(self.report)
        return True

    def withdraw(self) -> None:
        if self._waiting is not None:
            self._waiting = bytes(8)

    def leds(self) -> int:
        """Return the last report since the previous call, as CircuitPython does."""
        leds = -1
        while self.coming and self.coming[0][0] <= self.now:
            leds = self.coming.pop(0)[1]
        return leds

    def ticks(self) -> int:
        return self.now


LETTERS = Typing("keypad", 0, 0, 3, "us")
US_TABLE = layouts()["us"].table


def ready(desk: Desk, *accounts: Account) -> None:
    """Set up the key and wait until it can be pressed, far from a change of code."""
    desk.provision(*(accounts or (AMAZON,)))
    desk.away_from_the_boundary(AMAZON, 12)


def sit_down(
    desk: Desk,
    num_lock: bool,
    answers: bool = True,
    answer: Answer = AT_ONCE,
    platform: Platform = LINUX,
) -> Keyboard:
    """Plug the key into another computer."""
    desk.key.set_host_leds(0)
    keyboard = Keyboard(US, num_lock)
    desk.computer = Computer(desk.key, keyboard, platform, answers, answer)
    return keyboard


def touch(desk: Desk, *pins: str, seconds: float = 0.6) -> str:
    """Press further keys, several at once; the text that arrives in that time."""
    assert isinstance(desk.key, SimulatedKey)
    before = len(desk.computer.text)
    for pin in pins:
        desk.key.wiring.touch(pin, True)
    desk.key.run(0.08)
    for pin in pins:
        desk.key.wiring.touch(pin, False)
    desk.key.run(seconds)
    return desk.computer.text[before:]
