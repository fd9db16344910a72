"""No wrong digit on any layout, with any lock keys, on any system, against real XKB keymaps."""

from __future__ import annotations

import random
import re

import pytest

from tests.support.cases import sampled
from tests.typing.bench import Bench
from totpkey.keyboard.layouts import Layout, layouts
from totpkey_firmware.keyboard.keystrokes import strokes, with_releases
from totpkey_firmware.keyboard.typist import NOT_TYPED
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.words import KEYPAD, KEYPAD_MAC, TOP_ROW
from totpkey_virtual.computer import CAPS_LOCK_KEY, LINUX, MACOS, NUM_LOCK_KEY, PLATFORMS, WINDOWS, Platform
from totpkey_virtual.hosts import XkbKeyboard, XkbState

pytestmark = pytest.mark.usefixtures("keymaps")

CODES = 1000
#: The layouts of `make test`: digits with Shift; no CapsLock.
QUICK_SAMPLE = [layouts()[name] for name in ("fr", "colemak")]
#: So many of them through the whole typist with its lock keys and polls; the rest through its report builder.
WHOLE = 4
LOCKS = [(num, caps) for num in (False, True) for caps in (False, True)]
RELEASE = bytes(8)


def modes(platform: Platform) -> tuple[str, ...]:
    return (KEYPAD, KEYPAD_MAC, TOP_ROW) if platform is MACOS else (KEYPAD, TOP_ROW)


def reports(text: str, typing_settings: TypingSettings) -> list[bytes]:
    found = strokes(text, typing_settings)
    assert found is not None
    pairs = with_releases(found)
    return [bytes((pairs[at], 0, pairs[at + 1], 0, 0, 0, 0, 0)) for at in range(0, len(pairs), 2)]


def has_caps_lock(layout: Layout) -> bool:
    """Whether the key between Tab and Shift is CapsLock; on Colemak it is Backspace."""
    keys = XkbKeyboard(*layout.xkb)
    tap(keys, CAPS_LOCK_KEY)
    return keys.caps_lock


def tap(keys: XkbKeyboard, usage: int) -> None:
    keys.report(bytes((0, 0, usage, 0, 0, 0, 0, 0)))
    keys.report(RELEASE)


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
@pytest.mark.parametrize("layout", sampled(layouts().values(), QUICK_SAMPLE), ids=lambda layout: layout.name)
def test_a_thousand_codes(layout: Layout, platform: Platform) -> None:
    source = random.Random(f"{layout.name} {platform.name}")
    codes = [f"{source.randrange(10**8):08}"[: source.randint(6, 8)] for _ in range(CODES)]
    for num, caps in LOCKS:
        for mode in modes(platform):
            typing_settings = TypingSettings(mode, table=layout.table)
            keys = XkbKeyboard(*layout.xkb, platform, num, caps)
            before = keys.num_lock, keys.caps_lock
            bench = Bench(platform, keys)
            for code in [*codes[:WHOLE], STEAM_LETTERS]:
                typed = bench.type(code, typing_settings)
                if mode == KEYPAD and platform is MACOS and not has_caps_lock(layout):
                    # It answers for no lock key, as a PC that tells nothing.
                    assert (typed, bench.outcome) == ("", NOT_TYPED)
                else:
                    assert typed == code, (num, caps, mode)
                assert (keys.num_lock, keys.caps_lock) == before, "the lock keys stand as before"
            if mode == KEYPAD and not keys.num_lock:
                tap(keys, NUM_LOCK_KEY)
            elif mode == TOP_ROW and keys.caps_lock:
                tap(keys, CAPS_LOCK_KEY)
            keys.text = ""
            for code in codes[WHOLE:]:
                for report in reports(code, typing_settings):
                    keys.report(report)
            assert keys.text == "".join(codes[WHOLE:]), (num, caps, mode)


@pytest.mark.parametrize("layout", sampled(layouts().values(), QUICK_SAMPLE), ids=lambda layout: layout.name)
def test_the_table_is_right_for_every_character_it_has(layout: Layout) -> None:
    text = "".join(sorted(layout.strokes))
    assert set("0123456789 ") | set(STEAM_LETTERS) | set(STEAM_LETTERS.lower()) <= set(text)
    keys = XkbKeyboard(*layout.xkb, num_lock=True)
    assert Bench(LINUX, keys).type(text, TypingSettings(TOP_ROW, table=layout.table)) == text


@pytest.mark.parametrize(
    ("layout", "character", "usage"),
    [
        *(("be", character, usage) for character, usage in zip("{[\\", (0x26, 0x2F, 0x64), strict=True)),
        *(("ch", character, usage) for character, usage in zip("|]}", (0x24, 0x30, 0x31), strict=True)),
        *(
            (layout, character, usage)
            for layout in ("cz", "sk")
            for character, usage in zip("@#&{}[]", (0x19, 0x1B, 0x06, 0x05, 0x11, 0x09, 0x0A), strict=True)
        ),
        *(
            ("es", character, usage)
            for character, usage in zip("{}[]", (0x34, 0x31, 0x2F, 0x30), strict=True)
        ),
        ("latam", "@", 0x14),
        *(("it", character, usage) for character, usage in zip("@[]", (0x33, 0x2F, 0x30), strict=True)),
    ],
)
def test_of_two_places_the_table_has_the_one_that_windows_knows(
    layout: str, character: str, usage: int
) -> None:
    """XKB has these a second time, where Windows has nothing or a dead key."""
    assert layouts()[layout].strokes[character] == (usage, 0x40)


def test_top_row_digits_of_another_layout_would_be_wrong() -> None:
    """The oracle is no yes-man."""
    keys = XkbKeyboard("fr")
    us = TypingSettings(TOP_ROW, table=layouts()["us"].table)
    assert Bench(LINUX, keys).type("1234567890", us) == "&é\"'(-è_çà"
    assert XkbState("be").text(0x0A) == "&"


def test_caps_lock_is_a_shift_lock_on_windows_in_french() -> None:
    keys = XkbKeyboard("fr", platform=WINDOWS, caps_lock=True)
    for report in reports("2", TypingSettings(TOP_ROW, table=layouts()["fr"].table)):
        keys.report(report)
    assert keys.text == "é"


@pytest.mark.parametrize(
    ("layout", "modifier", "arrives"),
    [("us", 0xE6, True), ("de", 0xE6, True), ("us", 0xE1, False), ("fr", 0xE1, False)],
    ids=["us AltGr", "de AltGr", "us Shift", "fr Shift"],
)
def test_a_modifier_held_on_another_keyboard(layout: str, modifier: int, arrives: bool) -> None:
    """AltGr changes nothing on a keypad. A held Shift turns it to cursor keys, which no keyboard sees: no
    digit comes, so none that is wrong.
    """
    keys = XkbKeyboard(*layouts()[layout].xkb, num_lock=True)
    bench = Bench(LINUX, keys)
    keys.press(modifier)
    text = bench.type("123456", TypingSettings(KEYPAD))
    assert (text if arrives else re.sub("<0x..>", "", text)) == ("123456" if arrives else "")
