"""Converts text to keystrokes: usage and modifiers of each character in the present mode.

A character without a key in that mode is refused, and never typed wrongly.
"""

from adafruit_hid.keycode import Keycode

from totpkey_protocol.limits import TABLE_FIRST, TABLE_LAST
from totpkey_protocol.words import CODE_PART, ENTER_PART, SLOW_PART, TAB_PART, TOP_ROW

from ..accounts import parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..vault.settings import TypingSettings

#: Keys that are in the same place on every layout.
_KEYS = {ENTER_PART: bytes((Keycode.ENTER, 0)), TAB_PART: bytes((Keycode.TAB, 0))}
#: The keypad's digits 2 to 9 follow its 1; 0 comes last.
_KEYPAD_ONE = Keycode.KEYPAD_ONE
_KEYPAD_ZERO = Keycode.KEYPAD_ZERO


def strokes(text: str, settings: "TypingSettings") -> "bytes | None":
    """Usage and modifiers for each character of `text`; None if one cannot be typed."""
    found = b""
    for character in text:
        code = ord(character)
        if 0x30 <= code <= 0x39 and settings.mode != TOP_ROW:
            found += bytes((_KEYPAD_ONE + code - 0x31 if code != 0x30 else _KEYPAD_ZERO, 0))
        else:
            at = 2 * (code - TABLE_FIRST)
            stroke = settings.table[at : at + 2] if TABLE_FIRST <= code <= TABLE_LAST else b""
            if len(stroke) != 2 or not stroke[0]:
                return None
            found += stroke
    return found


def recipe_keystrokes(recipe: str, label: str, code: str, settings: "TypingSettings") -> "bytes | None":
    """Usage and modifiers of everything that a press types by that recipe; None if it cannot be typed."""
    found = b""
    for part in parts(recipe):
        if part in _KEYS:
            found += _KEYS[part]
        elif part == SLOW_PART:
            continue
        else:
            text = strokes(code if part == CODE_PART else label, settings)
            if text is None:
                return None
            found += text
    return found


def with_releases(found: bytes) -> bytearray:
    """Modifiers and usage of each report. A report also releases the key of the one before, so a separate
    release is needed only before the same key, before other modifiers, and at the end.
    """
    reports = bytearray()
    last_usage = last_modifiers = 0
    for at in range(0, len(found), 2):
        usage, modifiers = found[at], found[at + 1]
        if last_usage and (usage == last_usage or modifiers != last_modifiers):
            reports += b"\0\0"
        reports.append(modifiers)
        reports.append(usage)
        last_usage, last_modifiers = usage, modifiers
    reports += b"\0\0"
    return reports
