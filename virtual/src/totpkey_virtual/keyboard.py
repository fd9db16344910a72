"""Turns keyboard reports into the text that a computer shows.

Reports are those of a boot keyboard: modifiers, a reserved byte, six usages (HID 1.11 appendix B.1).
Usages are of the keyboard page, HID Usage Tables 1.4 section 10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

REPORT_BYTES = 8
SHIFT = 0x22
#: Control, Alt and GUI of either side. With one of them held, a key gives a command and no text.
COMMANDS = 0xDD

CAPS_LOCK = 0x39
NUM_LOCK = 0x53
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
        if usage == NUM_LOCK:
            self.num_lock = not self.num_lock
        elif usage == CAPS_LOCK:
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
