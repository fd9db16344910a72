"""Reads what is typed into a console of Windows. Imported only there.

C's `getwch` announces a cursor key by the number of à, so who uses it waits for ever after an à. The events
of the console itself tell keys and characters apart.

See https://learn.microsoft.com/windows/console/key-event-record-str.
"""

from __future__ import annotations

import ctypes
import msvcrt
import sys
import time
from ctypes import wintypes

assert sys.platform == "win32"  # noqa: S101 - tells mypy, too

_KEY_EVENT = 1
_ALT = 0x12
#: Keys that move a cursor, by their virtual key codes: a keypad's without NumLock are among them.
_CURSOR = frozenset((0x0C, *range(0x21, 0x29), 0x2D, 0x2E))
#: What stands for one of them: the beginning of what other systems send.
_MOVED = "\x1b["
#: Ctrl-C is noticed between two waits of this many ms.
_LOOK = 20


class _KeyEvent(ctypes.Structure):
    _fields_ = (
        ("down", wintypes.BOOL),
        ("repeats", wintypes.WORD),
        ("key", wintypes.WORD),
        ("scan_code", wintypes.WORD),
        ("character", wintypes.WCHAR),
        ("modifiers", wintypes.DWORD),
    )


class _Event(ctypes.Structure):
    """No other kind of event is longer."""

    _fields_ = (("kind", wintypes.WORD), ("typed", _KeyEvent))


_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel32.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
_kernel32.GetNumberOfConsoleInputEvents.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD))
_kernel32.ReadConsoleInputW.argtypes = (
    wintypes.HANDLE,
    ctypes.POINTER(_Event),
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
)
_kernel32.FlushConsoleInputBuffer.argtypes = (wintypes.HANDLE,)


def typed(wait: float) -> str:
    """The characters typed until now. Waits up to `wait` seconds for some; empty if none come.

    Some are half a character: Windows hands over UTF-16.
    """
    end = time.monotonic() + wait
    while True:
        if text := "".join(map(_text, _events())):
            return text
        left = end - time.monotonic()
        if left <= 0:
            return ""
        _kernel32.WaitForSingleObject(_input(), min(_LOOK, round(1000 * left)))


def drop_typed() -> None:
    """Forget what was typed until now."""
    _kernel32.FlushConsoleInputBuffer(_input())


def _input() -> int:
    return msvcrt.get_osfhandle(sys.stdin.fileno())


def _events() -> list[_KeyEvent]:
    """Those of keys that have come, which takes all events out."""
    count = wintypes.DWORD()
    _kernel32.GetNumberOfConsoleInputEvents(_input(), ctypes.byref(count))
    if not count.value:
        return []
    events = (_Event * count.value)()
    _kernel32.ReadConsoleInputW(_input(), events, count, ctypes.byref(count))
    return [event.typed for event in events[: count.value] if event.kind == _KEY_EVENT]


def _text(event: _KeyEvent) -> str:
    """What a key gives. A character by its number, with Alt held, comes as Alt is let go."""
    if event.character != "\0" and (event.down or event.key == _ALT):
        return str(event.character * event.repeats)
    return _MOVED if event.down and event.key in _CURSOR else ""
