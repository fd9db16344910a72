"""Turns keyboard reports into text on a computer of any layout, with real XKB keymaps."""

from __future__ import annotations

from totpkey_virtual.computer import LINUX, MACOS, WINDOWS, Platform
from totpkey_virtual.hosts.usages import (
    CAPS_LOCK,
    FIRST_MODIFIER,
    KEY_CODES,
    KEYPAD_DIGITS,
    NUM_LOCK,
    TOP_ROW,
    changes,
    down,
)
from totpkey_virtual.hosts.xkb import XkbState

#: Layouts whose CapsLock is a Shift lock on Windows, also for the top row (CAPLOK in their layout files).
_SHIFT_LOCK = ("be", "de", "fr")
_LEFT_SHIFT, _RIGHT_SHIFT = 0xE1, 0xE5
_SHIFTS = {_LEFT_SHIFT, _RIGHT_SHIFT}


class XkbKeyboard:
    """All keyboards of one computer. They share modifiers and lock keys, as those of one seat do."""

    def __init__(
        self,
        layout: str,
        variant: str = "",
        platform: Platform = LINUX,
        num_lock: bool = False,
        caps_lock: bool = False,
    ) -> None:
        """Raises XkbMissing."""
        self._state = XkbState(layout, variant)
        self._platform = platform
        self._shift_lock = platform is WINDOWS and layout in _SHIFT_LOCK
        self._plain, self._shifted = XkbState(layout, variant), XkbState(layout, variant)
        self._shifted.key(KEY_CODES[_LEFT_SHIFT], True)
        self._pressed: set[int] = set()
        self.text = ""
        self._down: tuple[int, ...] = ()
        if num_lock and platform is not MACOS:
            self._tap(NUM_LOCK)
        if caps_lock:
            self._tap(CAPS_LOCK)

    @property
    def num_lock(self) -> bool:
        return self._state.led("Num Lock")

    @property
    def caps_lock(self) -> bool:
        return self._state.led("Caps Lock")

    def report(self, report: bytes) -> None:
        """Take one report of the key."""
        before, self._down = self._down, down(report)
        for usage, pressed in changes(before, self._down):
            (self.press if pressed else self.release)(usage)

    def press(self, usage: int) -> None:
        """A key goes down, on the key or on another keyboard. Raises KeyError for an unknown usage."""
        if usage == NUM_LOCK and self._platform is MACOS:
            return
        if usage < FIRST_MODIFIER and usage not in (NUM_LOCK, CAPS_LOCK):
            self.text += self._text(usage)
        self._pressed.add(usage)
        self._state.key(KEY_CODES[usage], True)

    def release(self, usage: int) -> None:
        """A key goes up, on the key or on another keyboard."""
        self._pressed.discard(usage)
        self._state.key(KEY_CODES[usage], False)

    def _text(self, usage: int) -> str:
        if self._platform is MACOS and usage in KEYPAD_DIGITS:
            return "1234567890"[usage - KEYPAD_DIGITS.start]
        state = self._state
        if self._shift_lock and usage in TOP_ROW and self.caps_lock:
            # Shift cancels a Shift lock.
            state = self._plain if self._pressed & _SHIFTS else self._shifted
        return state.text(KEY_CODES[usage]).replace("\r", "\n") or f"<{usage:#04x}>"

    def _tap(self, usage: int) -> None:
        self.press(usage)
        self.release(usage)
