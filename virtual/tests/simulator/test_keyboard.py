"""The computer's half of typing, against the HID usage tables."""

from __future__ import annotations

import pytest

from totpkey_virtual.keyboard import NUM_LOCK, typed

RELEASE = bytes(8)


def keys(*usages: int, modifiers: int = 0) -> bytes:
    return bytes([modifiers, 0, *usages]).ljust(8, b"\0")


def test_digits_of_the_top_row() -> None:
    assert typed(keys(usage) for usage in range(0x1E, 0x28)) == "1234567890"


def test_a_key_that_stays_down_is_typed_once() -> None:
    assert typed([keys(0x1E), keys(0x1E, 0x1F), keys(0x1F)]) == "12"


def test_a_repeated_digit_needs_a_release() -> None:
    assert typed([keys(0x1E), keys(0x1E)]) == "1"
    assert typed([keys(0x1E), RELEASE, keys(0x1E)]) == "11"


def test_several_keys_in_one_report_are_typed_in_order() -> None:
    assert typed([keys(0x24, 0x1E, 0x27)]) == "710"


@pytest.mark.parametrize(("num_lock", "text"), [(True, "1234567890"), (False, "<End><Down><PageDown><Left>")])
def test_the_keypad_depends_on_num_lock(num_lock: bool, text: str) -> None:
    reports = [keys(usage) for usage in range(0x59, 0x63)]
    assert typed(reports, num_lock=num_lock).startswith(text)


def test_num_lock_can_be_switched_by_the_keyboard() -> None:
    assert typed([keys(NUM_LOCK), RELEASE, keys(0x5D)]) == "5"
    assert typed([keys(0x5D)]) == ""


def test_keypad_operators_need_no_num_lock() -> None:
    assert typed(keys(usage) for usage in (0x54, 0x55, 0x56, 0x57, 0x58)) == "/*-+\n"


def test_shift_and_caps_lock() -> None:
    letters_and_digit = [keys(0x04), keys(0x1D), keys(0x1E)]
    shifted = [keys(0x04, modifiers=0x02), keys(0x1D, modifiers=0x20), keys(0x1E, modifiers=0x02)]
    assert typed(letters_and_digit) == "az1"
    assert typed(shifted) == "AZ!"
    assert typed(letters_and_digit, caps_lock=True) == "AZ1"
    assert typed(shifted, caps_lock=True) == "az!"


def test_punctuation_enter_and_tab() -> None:
    plain = [keys(usage) for usage in (*range(0x28, 0x2A), *range(0x2B, 0x32), *range(0x33, 0x39))]
    assert typed(plain) == "\n\x1b\t -=[]\\;'`,./"
    shifted = [keys(usage, modifiers=0x02) for usage in (*range(0x2D, 0x32), *range(0x33, 0x39))]
    assert typed(shifted) == '_+{}|:"~<>?'


def test_a_command_key_gives_no_text() -> None:
    assert typed([keys(0x06, modifiers=0x01)]) == ""


def test_an_unknown_usage_shows_itself() -> None:
    assert typed([keys(0x65)]) == "<0x65>"


def test_too_many_keys_at_once_type_nothing() -> None:
    assert typed([keys(1, 1, 1, 1, 1, 1)]) == ""


def test_a_report_has_eight_bytes() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        typed([bytes(7)])
