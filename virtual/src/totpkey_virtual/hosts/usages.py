"""Maps usages of the keyboard page to XKB key codes, which are Linux's plus 8.

HID Usage Tables 1.4 section 10; the codes are those of linux/input-event-codes.h.
"""

from __future__ import annotations

from collections.abc import Iterator

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

CAPS_LOCK, NUM_LOCK = 0x39, 0x53
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
