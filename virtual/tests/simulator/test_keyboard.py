"""The computer's half of typing, against the HID usage tables."""

from __future__ import annotations

import pytest

from totpkey_virtual.computer import NUM_LOCK_KEY, typed

RELEASE = bytes(8)


def keys(*usages: int, modifiers: int = 0) -> bytes:
    return bytes([modifiers, 0, *usages]).ljust(8, b"\0")


def each(*usages: int, modifiers: int = 0) -> list[bytes]:
    return [keys(usage, modifiers=modifiers) for usage in usages]


KEYPAD = each(*range(0x59, 0x63))
PUNCTUATION = (*range(0x2D, 0x32), *range(0x33, 0x39))
LETTERS = each(0x04, 0x1D, 0x1E)
SHIFTED = [keys(0x04, modifiers=0x02), keys(0x1D, modifiers=0x20), keys(0x1E, modifiers=0x02)]


@pytest.mark.parametrize(
    ("reports", "text"),
    [
        (each(*range(0x1E, 0x28)), "1234567890"),
        ([keys(0x1E), keys(0x1E, 0x1F), keys(0x1F)], "12"),
        ([keys(0x1E), keys(0x1E)], "1"),
        ([keys(0x1E), RELEASE, keys(0x1E)], "11"),
        ([keys(0x24, 0x1E, 0x27)], "710"),
        ([keys(NUM_LOCK_KEY), RELEASE, keys(0x5D)], "5"),
        ([keys(0x5D)], ""),
        (each(0x54, 0x55, 0x56, 0x57, 0x58), "/*-+\n"),
        (LETTERS, "az1"),
        (SHIFTED, "AZ!"),
        (each(0x28, 0x29, 0x2B, 0x2C, *PUNCTUATION), "\n\x1b\t -=[]\\;'`,./"),
        (each(*PUNCTUATION, modifiers=0x02), '_+{}|:"~<>?'),
        ([keys(0x06, modifiers=0x01)], ""),
        ([keys(0x65)], "<0x65>"),
        ([keys(1, 1, 1, 1, 1, 1)], ""),
    ],
)
def test_what_reports_type(reports: list[bytes], text: str) -> None:
    assert typed(reports) == text


def test_what_lock_keys_change() -> None:
    assert typed(KEYPAD, num_lock=True) == "1234567890"
    assert typed(KEYPAD, num_lock=False).startswith("<End><Down><PageDown><Left>")
    assert typed(LETTERS, caps_lock=True) == "AZ1"
    assert typed(SHIFTED, caps_lock=True) == "az!"


def test_a_report_has_eight_bytes() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        typed([bytes(7)])
