"""A computer with a key plugged in: it takes reports, holds the lock keys' state, and sends it to the key.

`Platform` holds what differs between systems. `Keyboard` turns reports into the text that the computer shows,
or for any layout `hosts.XkbKeyboard`. Reports are those of a boot keyboard: modifiers, a reserved byte, six
usages (HID 1.11 appendix B.1). Usages are of the keyboard page, HID Usage Tables 1.4 section 10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from totpkey_virtual.key import Report, VirtualKey

REPORT_BYTES = 8
SHIFT = 0x22
#: Control, Alt and GUI of either side. With one of them held, a key gives a command and no text.
COMMANDS = 0xDD

CAPS_LOCK_KEY = 0x39
NUM_LOCK_KEY = 0x53
_LETTERS = range(0x04, 0x1E)
_FIRST_USAGE = 0x04

#: Cursor keys and the like give no character, so they are shown by name.
_KEYPAD_WITHOUT_NUM_LOCK = {
    0x59: "<End>",
    0x5A: "<Down>",
    0x5B: "<PageDown>",
    0x5C: "<Left>",
    0x5D: "",
    0x5E: "<Right>",
    0x5F: "<Home>",
    0x60: "<Up>",
    0x61: "<PageUp>",
    0x62: "<Insert>",
    0x63: "<Delete>",
}
_KEYPAD = dict(zip(range(0x54, 0x64), "/*-+\n1234567890.", strict=True))


def _row(first: int, characters: str) -> dict[int, str]:
    return {first + index: character for index, character in enumerate(characters)}


@dataclass(frozen=True)
class Layout:
    """The character of each usage, without and with Shift."""

    plain: dict[int, str]
    shifted: dict[int, str]


US = Layout(
    plain=_row(0x04, "abcdefghijklmnopqrstuvwxyz1234567890\n\x1b\b\t -=[]\\") | _row(0x33, ";'`,./"),
    shifted=_row(0x04, "ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()\n\x1b\b\t _+{}|") | _row(0x33, ':"~<>?'),
)


class Keyboard:
    """A computer's view of one keyboard: keys that are down, lock keys, the text so far."""

    def __init__(self, layout: Layout = US, num_lock: bool = False, caps_lock: bool = False) -> None:
        self._layout = layout
        self.num_lock = num_lock
        self.caps_lock = caps_lock
        self.text = ""
        self._down: frozenset[int] = frozenset()

    def report(self, report: bytes) -> None:
        """Take one report. Every usage that was not down before is a key press, in report order.

        Raises ValueError unless it has eight bytes.
        """
        if len(report) != REPORT_BYTES:
            raise ValueError(f"a keyboard report has {REPORT_BYTES} bytes, not {len(report)}")
        modifiers, usages = report[0], report[2:]
        # Usages below 0x04 are none, or errors such as too many keys at once.
        for usage in dict.fromkeys(usages):
            if usage >= _FIRST_USAGE and usage not in self._down:
                self._press(modifiers, usage)
        self._down = frozenset(usages)

    def _press(self, modifiers: int, usage: int) -> None:
        if usage == NUM_LOCK_KEY:
            self.num_lock = not self.num_lock
        elif usage == CAPS_LOCK_KEY:
            self.caps_lock = not self.caps_lock
        elif not modifiers & COMMANDS:
            self.text += self._character(usage, bool(modifiers & SHIFT))

    def _character(self, usage: int, shift: bool) -> str:
        if usage in _KEYPAD:
            return _KEYPAD[usage] if self.num_lock else _KEYPAD_WITHOUT_NUM_LOCK.get(usage, _KEYPAD[usage])
        if usage in _LETTERS and self.caps_lock:
            shift = not shift
        table = self._layout.shifted if shift else self._layout.plain
        return table.get(usage, f"<{usage:#04x}>")


def typed(
    reports: Iterable[bytes], num_lock: bool = False, caps_lock: bool = False, layout: Layout = US
) -> str:
    """The text that a computer sees when it gets these reports, each of eight bytes."""
    keyboard = Keyboard(layout, num_lock, caps_lock)
    for report in reports:
        keyboard.report(report)
    return keyboard.text


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
