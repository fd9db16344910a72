"""A computer with a key plugged in: it takes reports, holds the lock keys' state, and sends it to the key.

`Platform` holds what differs between systems. `keyboard.Keyboard` turns reports into characters, or for any
layout `hosts.xkb_keyboard.XkbKeyboard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from totpkey_virtual.key import Report, VirtualKey
from totpkey_virtual.keyboard import US, Keyboard

NUM_LOCK, CAPS_LOCK = 1, 2


#: How long a computer takes to set its keyboards' lights when it falls asleep or wakes up, in seconds.
_LIGHTS = 0.09


class Keys(Protocol):
    """Turns reports into text, as a computer does."""

    @property
    def text(self) -> str: ...

    @property
    def num_lock(self) -> bool: ...

    @property
    def caps_lock(self) -> bool: ...

    def report(self, report: bytes) -> None: ...


@dataclass(frozen=True)
class Platform:
    """How a system handles a keyboard."""

    name: str
    #: Lock keys whose light the system drives.
    leds: int = NUM_LOCK | CAPS_LOCK
    #: For how long after configuration it drops what is typed, in ms. Observed on Linux 6.12.
    deaf: float = 50.0
    #: A key held for this long repeats, in ms.
    repeats_after: float = 500.0


LINUX = Platform("Linux")
WINDOWS = Platform("Windows")
#: It has no NumLock: the key is Clear, the keypad always gives digits, and the light is never on.
MACOS = Platform("macOS", leds=CAPS_LOCK)
PLATFORMS = (LINUX, WINDOWS, MACOS)


@dataclass(frozen=True)
class Answer:
    """How a computer reports a change of its lock keys: after how many ms, and whether by SET_REPORT."""

    after: float = 0.0
    by_control: bool = False


AT_ONCE = Answer()


class Computer:
    """One computer. `text` is what has appeared on its screen."""

    def __init__(
        self,
        key: VirtualKey,
        keys: Keys | None = None,
        platform: Platform = LINUX,
        answers: bool = True,
        answer: Answer = AT_ONCE,
    ) -> None:
        """`answers`: whether it drives a keyboard's lights at all; `answer`: how."""
        self._key = key
        self.keys = Keyboard(US, num_lock=True) if keys is None else keys
        self._platform = platform
        self._answers = answers
        self._answer = answer
        self._configured_at = 0.0
        self._told = 0
        self._down_since = 0.0
        self._down = bytes(8)
        #: How many reports came while it was deaf.
        self.lost = 0
        #: How often a key was held until it repeated.
        self.repeats = 0
        key.usb.on_report = self._report
        key.usb.on_presence = self._presence
        self.tell_leds()

    @property
    def text(self) -> str:
        return self.keys.text

    @property
    def stuck(self) -> bool:
        """Whether a key of the keyboard is down."""
        return self._down != bytes(8)

    def tell_leds(self) -> None:
        """Send the lock keys' state to the key, as after a change by another keyboard."""
        lit = self._lights
        if not self._answers or lit == self._told:
            return
        self._told = lit
        if self._answer.after:
            self._key.after(self._answer.after / 1000, lambda: self._tell(lit))
        else:
            self._tell(lit)

    @property
    def _lights(self) -> int:
        """The lock keys' state, as it is told to keyboards."""
        lit = (NUM_LOCK if self.keys.num_lock else 0) | (CAPS_LOCK if self.keys.caps_lock else 0)
        return lit & self._platform.leds

    def meet_again(self) -> None:
        """The key lost its power, and perhaps an answer that was due. Tell it the lights as it comes back."""
        if self._answers:
            self._told = self._lights
            self._key.set_host_leds(self._told)

    def _tell(self, lit: int) -> None:
        if self._key.usb.on_presence == self._presence:
            # Otherwise another computer has taken its place.
            self._key.set_host_leds(lit, self._answer.by_control)

    def sleep(self) -> None:
        """Go to sleep. As Linux does, switch all lights off first, whatever the lock keys' state."""
        self._key.set_host_leds(0)
        self._key.run(_LIGHTS)
        self._key.suspend()

    def wake(self) -> None:
        """Wake up, and set the lights only a while later."""
        self._key.resume()
        self._key.run(_LIGHTS)
        self._key.set_host_leds(self._told)

    def _presence(self, present: bool) -> None:
        self._configured_at = self._key.uptime_ms
        if not present:
            # Unplugging a keyboard releases all of its keys.
            self._take(bytes(8), self._key.uptime_ms)

    def _report(self, report: Report) -> None:
        if report.ms - self._configured_at < self._platform.deaf:
            self.lost += 1
            return
        self._take(report.data, report.ms)
        self.tell_leds()

    def _take(self, data: bytes, ms: float) -> None:
        if self.stuck and ms - self._down_since >= self._platform.repeats_after:
            self.repeats += 1
        if data != self._down:
            self._down, self._down_since = data, ms
        self.keys.report(data)
