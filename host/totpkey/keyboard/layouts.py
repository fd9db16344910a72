"""Keyboard layouts: the character of each key, and which accounts a key cannot type with one.

A totpkey stores only the layout in use.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from totpkey.accounts.account import Account
from totpkey.link.replies import StoredAccount
from totpkey_protocol import limits
from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.words import STEAM, USER_PART

#: A key without an ASCII character.
_NONE = "·"
#: Usages of the keys, row by row (HID Usage Tables 1.4 section 10).
_ROWS = (
    (0x35, *range(0x1E, 0x28), 0x2D, 0x2E),
    (0x14, 0x1A, 0x08, 0x15, 0x17, 0x1C, 0x18, 0x0C, 0x12, 0x13, 0x2F, 0x30),
    (0x04, 0x16, 0x07, 0x09, 0x0A, 0x0B, 0x0D, 0x0E, 0x0F, 0x33, 0x34, 0x31),
    (0x64, 0x1D, 0x1B, 0x06, 0x19, 0x05, 0x11, 0x10, 0x36, 0x37, 0x38),
)
SPACE = 0x2C
#: Modifiers of a report: left Shift, right Alt (HID 1.11 appendix B.1). The first with a character is used.
_LEVELS = {"plain": 0x00, "shift": 0x02, "altgr": 0x40}

DIGITS, BASIC = "digits", "basic"
#: Parts of a layout, by the ending of their name, for computers where the rest may be wrong.
PARTS = {
    DIGITS: frozenset(string.digits),
    BASIC: frozenset(string.digits + string.ascii_letters + " @._-+"),
}


@dataclass(frozen=True)
class Layout:
    """One layout: usage and modifiers for each character."""

    name: str
    title: str
    #: Layout and variant of the same keymap in XKB.
    xkb: tuple[str, str]
    strokes: dict[str, tuple[int, int]]

    @property
    def table(self) -> bytes:
        """The table for a key: usage and modifiers of each character from space to tilde, zeros for none."""
        span = range(limits.TABLE_FIRST, limits.TABLE_LAST + 1)
        return b"".join(bytes(self.strokes.get(chr(code), (0, 0))) for code in span)

    @property
    def text(self) -> str:
        """Its characters in the order of the table."""
        return "".join(sorted(self.strokes))

    def part(self, ending: str) -> Layout:
        """The layout reduced to the characters of that part."""
        kept = {character: at for character, at in self.strokes.items() if character in PARTS[ending]}
        return replace(self, name=f"{self.name.partition('-')[0]}-{ending}", strokes=kept)


@cache
def layouts() -> dict[str, Layout]:
    """All layouts by name."""
    text = Path(__file__).with_name("layouts.toml").read_text(encoding="utf-8")
    return {name: _layout(name, given) for name, given in tomllib.loads(text).items()}


def find(name: str) -> Layout | None:
    """The layout of that name, or the part of one (`us-basic`)."""
    whole, _, ending = name.partition("-")
    layout = layouts().get(whole)
    if layout is None or not ending:
        return layout
    return layout.part(ending) if ending in PARTS else None


def _layout(name: str, given: dict[str, str]) -> Layout:
    xkb, _, variant = given["xkb"].partition(" ")
    strokes = {" ": (SPACE, 0)}
    for level, modifiers in _LEVELS.items():
        for usage, character in _keys(given.get(level, "")):
            strokes.setdefault(character, (usage, modifiers))
    return Layout(name, given["title"], (xkb, variant), strokes)


def _keys(rows: str) -> Iterator[tuple[int, str]]:
    for usages, characters in zip(_ROWS, rows.splitlines(), strict=False):
        for usage, character in zip(usages, characters, strict=True):
            if character != _NONE:
                yield usage, character


def untypable(accounts: Iterable[Account | StoredAccount], layout: Layout | None) -> list[str]:
    """The names of the accounts that cannot be typed with `layout`: a press shows red."""
    # Every layout can type digits.
    typed = set(string.digits) | set(layout.strokes if layout else "")
    return [account.name for account in accounts if not typed.issuperset(_characters(account))]


def _characters(account: Account | StoredAccount) -> str:
    letters = STEAM_LETTERS if account.type == STEAM else ""
    return letters + (account.label if USER_PART in account.recipe else "")
