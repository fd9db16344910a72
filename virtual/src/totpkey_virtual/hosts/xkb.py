"""Bindings to libxkbcommon (xkbcommon/xkbcommon.h) for turning keys into text."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache

_UP, _DOWN = 0, 1
_TEXT_BYTES = 64


class XkbMissing(Exception):
    """The library or its keymaps are not on this computer."""


class _Names(ctypes.Structure):
    """struct xkb_rule_names"""

    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


@cache
def _library() -> ctypes.CDLL:
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
    context: int = _library().xkb_context_new(0)
    # Otherwise the library writes warnings to the terminal.
    _library().xkb_context_set_log_level(context, 10)
    return context


@cache
def _keymap(layout: str, variant: str) -> int:
    """Raises XkbMissing where there is no such keymap."""
    names = _Names(b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
    keymap: int | None = _library().xkb_keymap_new_from_names(_context(), ctypes.byref(names), 0)
    if not keymap:
        raise XkbMissing(f"there is no keymap {layout} {variant} (Debian: xkb-data)")
    return keymap


class XkbState:
    """The state of the keyboards of one computer with the keymap `layout` and `variant`."""

    def __init__(self, layout: str, variant: str = "") -> None:
        """Raises XkbMissing."""
        self._keymap = _keymap(layout, variant)
        self._state: int = _library().xkb_state_new(self._keymap)
        self._buffer = ctypes.create_string_buffer(_TEXT_BYTES)

    def __del__(self) -> None:
        if hasattr(self, "_state"):
            _library().xkb_state_unref(self._state)

    def key(self, code: int, down: bool) -> None:
        """A key goes down or up."""
        _library().xkb_state_update_key(self._state, code, _DOWN if down else _UP)

    def text(self, code: int) -> str:
        """The key's text in the present state; "" for a key without a character, such as a dead key."""
        length = _library().xkb_state_key_get_utf8(self._state, code, self._buffer, _TEXT_BYTES)
        return self._buffer.raw[:length].decode(errors="replace")

    def led(self, name: str) -> bool:
        """Whether a light is on: "Num Lock", "Caps Lock"."""
        return bool(_library().xkb_state_led_name_is_active(self._state, name.encode()) > 0)
