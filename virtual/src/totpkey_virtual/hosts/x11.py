"""Types into the X11 desktop that this program runs on, through the XTEST extension.

Keymap, lock keys and input methods are the desktop's real ones.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os

from totpkey_virtual.hosts.usages import KEY_CODES, changes, down
from totpkey_virtual.keyboard import US, Keyboard

_CORE_KEYBOARD = 0x100
_CAPS_LOCK, _NUM_LOCK = 1, 2


class NoDesktop(Exception):
    """There is no X11 display to type into. The text says why."""


class DesktopKeys:
    """The keyboard of an X11 display. `close` releases all keys."""

    def __init__(self) -> None:
        """Opens the display that the environment names. Raises NoDesktop."""
        self._x11, self._xtest = _library("X11"), _library("Xtst")
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


def _library(name: str) -> ctypes.CDLL:
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
