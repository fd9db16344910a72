"""Desktops with real keymaps, which turn a key's reports into text.

The keymaps are XKB's: those of any layout through libxkbcommon (xkbcommon/xkbcommon.h), or through the XTEST
extension those of the X11 desktop that this program runs on, with its real lock keys and input methods.
Usages of the keyboard page (HID Usage Tables 1.4 section 10) become key codes, which are Linux's plus 8
(linux/input-event-codes.h).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Iterator
from functools import cache

from totpkey_virtual.computer import (
    CAPS_LOCK_KEY,
    LINUX,
    MACOS,
    NUM_LOCK_KEY,
    US,
    WINDOWS,
    Keyboard,
    Platform,
)

_UP, _DOWN = 0, 1
_TEXT_BYTES = 64


class XkbMissing(Exception):
    """The library or its keymaps are not on this computer."""


class _Names(ctypes.Structure):
    """struct xkb_rule_names"""

    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


@cache
def _xkbcommon() -> ctypes.CDLL:
    """Raises XkbMissing."""
    name = ctypes.util.find_library("xkbcommon") or "libxkbcommon.so.0"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        raise XkbMissing("libxkbcommon is not installed (Debian: libxkbcommon0 and xkb-data)") from None
    pointer, integer, text = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p
    signatures: dict[str, tuple[type | None, list[type]]] = {
        "xkb_context_new": (pointer, [ctypes.c_int]),
        "xkb_context_set_log_level": (None, [pointer, ctypes.c_int]),
        "xkb_keymap_new_from_names": (pointer, [pointer, pointer, ctypes.c_int]),
        "xkb_state_new": (pointer, [pointer]),
        "xkb_state_unref": (None, [pointer]),
        "xkb_state_update_key": (integer, [pointer, integer, ctypes.c_int]),
        "xkb_state_key_get_utf8": (ctypes.c_int, [pointer, integer, text, ctypes.c_size_t]),
        "xkb_state_led_name_is_active": (ctypes.c_int, [pointer, text]),
    }
    for function, (result, arguments) in signatures.items():
        entry = getattr(library, function)
        entry.restype, entry.argtypes = result, arguments
    return library


@cache
def _context() -> int:
    context: int = _xkbcommon().xkb_context_new(0)
    # Otherwise the library writes warnings to the terminal.
    _xkbcommon().xkb_context_set_log_level(context, 10)
    return context


@cache
def _keymap(layout: str, variant: str) -> int:
    """Raises XkbMissing where there is no such keymap."""
    names = _Names(b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
    keymap: int | None = _xkbcommon().xkb_keymap_new_from_names(_context(), ctypes.byref(names), 0)
    if not keymap:
        raise XkbMissing(f"there is no keymap {layout} {variant} (Debian: xkb-data)")
    return keymap


class XkbState:
    """The state of the keyboards of one computer with the keymap `layout` and `variant`."""

    def __init__(self, layout: str, variant: str = "") -> None:
        """Raises XkbMissing."""
        self._keymap = _keymap(layout, variant)
        self._state: int = _xkbcommon().xkb_state_new(self._keymap)
        self._buffer = ctypes.create_string_buffer(_TEXT_BYTES)

    def __del__(self) -> None:
        if hasattr(self, "_state"):
            _xkbcommon().xkb_state_unref(self._state)

    def key(self, code: int, down: bool) -> None:
        """A key goes down or up."""
        _xkbcommon().xkb_state_update_key(self._state, code, _DOWN if down else _UP)

    def text(self, code: int) -> str:
        """The key's text in the present state; "" for a key without a character, such as a dead key."""
        length = _xkbcommon().xkb_state_key_get_utf8(self._state, code, self._buffer, _TEXT_BYTES)
        return self._buffer.raw[:length].decode(errors="replace")

    def led(self, name: str) -> bool:
        """Whether a light is on: "Num Lock", "Caps Lock"."""
        return bool(_xkbcommon().xkb_state_led_name_is_active(self._state, name.encode()) > 0)


_XKB_OFFSET = 8

#: The code of the first letter of each row.
_ROWS = {16: "qwertyuiop", 30: "asdfghjkl", 44: "zxcvbnm"}
_OF_LETTERS = {letter: first + at for first, row in _ROWS.items() for at, letter in enumerate(row)}
_LETTERS = tuple(_OF_LETTERS[letter] for letter in sorted(_OF_LETTERS))
_DIGITS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
#: Enter, Escape, Backspace, Tab, Space, then the punctuation from minus to slash, and CapsLock.
_FROM_ENTER = (28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53, 58)
#: NumLock, the keypad's operators and Enter, digits from 1 to 0, the point, and the key beside left Shift.
_FROM_NUM_LOCK = (69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83, 86)
_MODIFIERS = (29, 42, 56, 125, 97, 54, 100, 126)

#: Left Control, the first of eight modifiers in the order of a report's first byte.
FIRST_MODIFIER = 0xE0
#: 1 to 9, then 0.
KEYPAD_DIGITS = range(0x59, 0x63)
TOP_ROW = range(0x1E, 0x28)

_STARTS = ((0x04, _LETTERS), (0x1E, _DIGITS), (0x28, _FROM_ENTER), (0x53, _FROM_NUM_LOCK), (0xE0, _MODIFIERS))

#: Usage -> XKB key code.
KEY_CODES = {
    first + index: code + _XKB_OFFSET for first, codes in _STARTS for index, code in enumerate(codes)
}


def down(report: bytes) -> tuple[int, ...]:
    """The keys that a report has down (HID 1.11 appendix B.1): modifiers first, as hosts take them.

    Usages below 4 are no key, or errors (appendix C).
    """
    held = tuple(FIRST_MODIFIER + bit for bit in range(8) if report[0] >> bit & 1)
    return held + tuple(usage for usage in report[2:] if usage > 3)


def changes(before: tuple[int, ...], after: tuple[int, ...]) -> Iterator[tuple[int, bool]]:
    """The keys that go up, and then those that go down."""
    yield from ((usage, False) for usage in before if usage not in after)
    yield from ((usage, True) for usage in after if usage not in before)


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
            self._tap(NUM_LOCK_KEY)
        if caps_lock:
            self._tap(CAPS_LOCK_KEY)

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
        if usage == NUM_LOCK_KEY and self._platform is MACOS:
            return
        if usage < FIRST_MODIFIER and usage not in (NUM_LOCK_KEY, CAPS_LOCK_KEY):
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


_CORE_KEYBOARD = 0x100
_CAPS_LOCK, _NUM_LOCK = 1, 2


class NoDesktop(Exception):
    """There is no X11 display to type into. The text says why."""


class DesktopKeys:
    """The keyboard of an X11 display. `close` releases all keys."""

    def __init__(self) -> None:
        """Opens the display that the environment names. Raises NoDesktop."""
        self._x11, self._xtest = _x_library("X11"), _x_library("Xtst")
        self._x11.XInitThreads()
        self._display = ctypes.c_void_p(self._x11.XOpenDisplay(None))
        if not self._display:
            name = os.environ.get("DISPLAY")
            raise NoDesktop(f"no X11 display answers at {name}" if name else "DISPLAY is not set")
        numbers = [ctypes.byref(ctypes.c_int()) for _ in range(4)]
        if not self._xtest.XTestQueryExtension(self._display, *numbers):
            self._x11.XCloseDisplay(self._display)
            raise NoDesktop("this X11 display has no XTEST extension")
        self._down: tuple[int, ...] = ()
        # Tracks the text of a US keyboard, because the desktop does not report the characters.
        self._plain = Keyboard(US, self.num_lock, self.caps_lock)

    @property
    def text(self) -> str:
        """The text of the same keys on a US keyboard."""
        return self._plain.text

    @property
    def num_lock(self) -> bool:
        """The state of the desktop's own light."""
        return bool(self._lights() & _NUM_LOCK)

    @property
    def caps_lock(self) -> bool:
        return bool(self._lights() & _CAPS_LOCK)

    def report(self, report: bytes) -> None:
        """Take one report of the key."""
        before, self._down = self._down, down(report)
        for usage, pressed in changes(before, self._down):
            if usage in KEY_CODES:
                self._xtest.XTestFakeKeyEvent(self._display, KEY_CODES[usage], pressed, 0)
        self._x11.XFlush(self._display)
        self._plain.num_lock, self._plain.caps_lock = True, self.caps_lock
        self._plain.report(report)

    def close(self) -> None:
        """Release all keys, and disconnect from the display."""
        self.report(bytes(8))
        self._x11.XCloseDisplay(self._display)

    def _lights(self) -> int:
        """The lock lights as bits, in the order of today's X servers: Caps, Num, Scroll."""
        state = ctypes.c_uint()
        self._x11.XkbGetIndicatorState(self._display, _CORE_KEYBOARD, ctypes.byref(state))
        return state.value


def _x_library(name: str) -> ctypes.CDLL:
    """Raises NoDesktop."""
    try:
        library = ctypes.CDLL(ctypes.util.find_library(name) or f"lib{name}.so.6")
    except OSError:
        raise NoDesktop(f"lib{name} is not installed (Debian: libx11-6 and libxtst6)") from None
    pointer, integer, whole = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
    signatures: dict[str, tuple[type | None, list[type]]] = {
        "XOpenDisplay": (pointer, [ctypes.c_char_p]),
        "XCloseDisplay": (integer, [pointer]),
        "XFlush": (integer, [pointer]),
        "XkbGetIndicatorState": (integer, [pointer, whole, pointer]),
        "XTestQueryExtension": (integer, [pointer] * 5),
        "XTestFakeKeyEvent": (integer, [pointer, whole, integer, ctypes.c_ulong]),
    }
    for function, (result, arguments) in signatures.items():
        if entry := getattr(library, function, None):
            entry.restype, entry.argtypes = result, arguments
    return library
