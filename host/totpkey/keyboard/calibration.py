"""Finds a style of typing that arrives intact at this computer, by comparing samples.

The key types a sample, and this module compares the result. The output of a US keyboard's keys suggests a
layout, which is accepted once each of its own keys has given its character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

from totpkey.errors import TotpkeyError
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.keyboard.layouts import BASIC, DIGITS, SPACE, Layout, layouts
from totpkey_protocol import limits
from totpkey_protocol.commands import DIGITS_SAMPLE
from totpkey_protocol.words import KEYPAD, TOP_ROW

LETTERS = "letters"
#: Milliseconds between reports, fastest first. Reports dropped at one may arrive at the next.
PACES = (0, 16, 40, 80)
_US = "us"
#: How many layouts are tried at most, since each costs the person a press.
_CANDIDATES = 4
#: The first character of input methods' scripts (Unicode's Hangul Jamo, kana, Han).
_COMPOSED_FROM = "\u1100"
_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000]")


class Verdict(Enum):
    """The result of a sample."""

    INTACT = _("it arrived intact")
    NOTHING = _("nothing arrived")
    FULL_WIDTH = _("full-width characters arrived")
    COMPOSED = _(
        "an input method took digits for a choice among its candidates, or made other characters of it"
    )
    CURSOR = _("cursor keys arrived")
    DROPPED = _("some characters were dropped")
    OTHER = _("other characters arrived")


_ENGLISH = _("switch it to English, usually by pressing Shift once")
#: What a person can do about a sample.
REMEDIES = {
    Verdict.NOTHING: _(
        "Click into this terminal, so that it has the focus. If an input method shows a line of its own (an"
        " open composition), press Escape and {english}. If the key's light flashed red, this computer does"
        " not tell it about NumLock: go on pressing, and it tries keys that need no NumLock."
    ),
    Verdict.FULL_WIDTH: _("Switch your input method to half-width characters, usually with Shift+Space."),
    Verdict.COMPOSED: _("Your input method has an open composition: press Escape, then {english}."),
}
#: When digits have arrived before, the terminal has the focus.
_LETTERS_TAKEN = _(
    "An input method has taken them, since digits do arrive: press Escape until its line is gone, and"
    " {english}."
)
#: A person's Escape key. A bracket or an O would follow for cursor keys.
_ESCAPES = re.compile("^(?:\x1b(?![\\[O]))+")


def remedy(verdict: Verdict, sample: str) -> str:
    """What a person can do about it; "" if nothing."""
    if sample == LETTERS and verdict in (Verdict.NOTHING, Verdict.COMPOSED):
        return tr(_LETTERS_TAKEN, english=tr(_ENGLISH))
    found = REMEDIES.get(verdict, "")
    return tr(found, english=tr(_ENGLISH)) if found else ""


class NothingArrivesIntact(TotpkeyError):
    """No style of typing works on this computer."""


@dataclass(frozen=True)
class TypingStyle:
    """A style of typing: mode, pace in ms, and the layout whose table the key gets."""

    mode: str
    pace: int = 0
    layout: Layout | None = None

    @property
    def table(self) -> bytes:
        return self.layout.table if self.layout else b""


#: Has the key type a sample in a style, and returns what arrived.
Try = Callable[["Sample", TypingStyle], str]
#: Tells a person what is wrong with a sample. Returns whether to try again.
Ask = Callable[[Verdict, str], bool]


@dataclass(frozen=True)
class Sample:
    """A sample: its name in the protocol, the expected text, the table for it."""

    name: str
    wanted: str
    table: bytes = b""


def digits_with(layout: Layout | None) -> Sample:
    """The digits, with that layout's keys or the keypad's."""
    return Sample(DIGITS, DIGITS_SAMPLE, layout.table if layout else b"")


def all_of(layout: Layout) -> Sample:
    """Each character of a layout, so that all are verified before the layout is stored."""
    return Sample(LETTERS, layout.text, layout.table)


@cache
def probe() -> Sample:
    """Each key that gives an unshifted character on a US keyboard, and a space, which reveals dead keys."""
    table = b"".join(bytes((*stroke, SPACE, 0)) for stroke in _plain())
    return Sample(
        LETTERS, "".join(f"{character} " for character in _plain().values()), table.ljust(limits.TABLE, b"\0")
    )


@cache
def _plain() -> dict[tuple[int, int], str]:
    strokes = layouts()[_US].strokes
    return {
        strokes[character]: character for character in layouts()[_US].text[1:] if not strokes[character][1]
    }


def judge(wanted: str, arrived: str) -> Verdict:
    """The verdict on a sample."""
    if arrived == wanted:
        return Verdict.INTACT
    if not arrived:
        return Verdict.NOTHING
    if any(unicodedata.category(each) == "Lo" and each >= _COMPOSED_FROM for each in arrived):
        return Verdict.COMPOSED
    if _FULL_WIDTH.search(arrived):
        return Verdict.FULL_WIDTH
    if "\x1b" in arrived:
        return Verdict.CURSOR
    return Verdict.DROPPED if _is_part(arrived, wanted) else Verdict.OTHER


def _is_part(arrived: str, wanted: str) -> bool:
    """Whether `arrived` is `wanted` with some characters missing."""
    rest = iter(wanted)
    return all(character in rest for character in arrived)


def layouts_of_digits(arrived: str) -> list[Layout]:
    """The distinct digit rows of layouts on which a US keyboard's digit keys give `arrived`.

    Those whose table has all of these keys come first.
    """
    strokes = [layouts()[_US].strokes[digit] for digit in DIGITS_SAMPLE]
    likely = [layout for layout in layouts().values() if _gives(layout, strokes, arrived)]
    likely.sort(key=lambda layout: len(set(strokes) - set(layout.strokes.values())))
    fitting = [layout.part(DIGITS) for layout in likely]
    return list({layout.table: layout for layout in reversed(fitting)}.values())[::-1]


def _gives(layout: Layout, strokes: list[tuple[int, int]], arrived: str) -> bool:
    """Whether those keys give that text. A key that is not in the layout's table may give anything."""
    characters = {stroke: character for character, stroke in layout.strokes.items()}
    return len(arrived) == len(strokes) and all(
        characters.get(stroke, character) == character
        for stroke, character in zip(strokes, arrived, strict=True)
    )


def candidates(arrived: str) -> list[Layout]:
    """The layouts that match the probe, the likeliest first, then the parts of these and others for names."""
    whole = sorted(filter(lambda each: _fits(each, arrived), layouts().values()), key=_unknown)
    parts = [layout.part(BASIC) for layout in (*whole, *sorted(layouts().values(), key=_unknown))]
    fitting = {part.table: part for part in reversed(parts) if _fits(part, arrived)}
    return (whole + list(fitting.values())[::-1])[:_CANDIDATES]


def _unknown(layout: Layout) -> int:
    """How many of the probe's keys are not in the layout's table."""
    return len(_plain().keys() - set(layout.strokes.values()))


def _fits(layout: Layout, arrived: str) -> bool:
    """Whether the probe may give that text with that layout."""
    characters = {stroke: character for character, stroke in layout.strokes.items()}
    places = {0}
    for stroke in _plain():
        places = {end for place in places for end in _ends(arrived, place, characters.get(stroke))}
    return len(arrived) in places


def _ends(arrived: str, place: int, character: str | None) -> Iterator[int]:
    """Positions where a key and the space after it may end. A dead key makes one character of both."""
    lengths = [1] if character else range(3)
    for length in lengths:
        given = arrived[place : place + length]
        if given == character or (character is None and " " not in given):
            end = place + len(given)
            yield end
            if arrived[end : end + 1] == " ":
                yield end + 1


class Calibration:
    """One search for the fastest style that arrives intact."""

    def __init__(self, attempt: Try, ask: Ask, keypads: tuple[str, ...] = (KEYPAD,)) -> None:
        """`keypads`: the possible keypad modes, the likeliest first."""
        self._attempt = attempt
        self._ask = ask
        self._keypads = keypads

    def digits(self) -> TypingStyle:
        """The style for digits. Raises NothingArrivesIntact."""
        for mode in self._keypads:
            if found := self._fastest([(TypingStyle(mode), digits_with(None))]):
                return found
        us = digits_with(layouts()[_US])
        for layout in self._likely(us, layouts_of_digits, PACES[1]):
            if found := self._fastest([(TypingStyle(TOP_ROW, layout=layout), digits_with(layout))]):
                return found
        raise NothingArrivesIntact(
            tr("What the key types does not arrive intact at this computer, in any of its modes."),
            tr("Try another window or program: a terminal that is not in a browser or on another computer."),
        )

    def letters(self, digits: TypingStyle) -> TypingStyle | None:
        """`digits` with a layout whose keys are all verified; None if there is none."""
        likely = self._likely(probe(), candidates, max(digits.pace, PACES[1]))
        tries = [(TypingStyle(TOP_ROW, 0, layout), all_of(layout)) for layout in likely]
        found = self._fastest(tries, digits.pace)
        return replace(found, mode=digits.mode) if found else None

    def _likely(self, sample: Sample, judged: Callable[[str], list[Layout]], pace: int) -> list[Layout]:
        """Layouts that match the output of a US keyboard's keys. Retries slowly if there are none."""
        for tried in (pace, PACES[-1]):
            if found := judged(self._arrives(sample, TypingStyle(TOP_ROW, tried))[1]):
                return found
        return []

    def _fastest(self, tries: list[tuple[TypingStyle, Sample]], least: int = 0) -> TypingStyle | None:
        """The first that arrives intact, at the fastest reliable pace from `least` on; or None."""
        for pace in (pace for pace in PACES if pace >= least):
            slow = []
            for style, sample in tries:
                tried = replace(style, pace=pace)
                verdict = self._arrives(sample, tried)[0]
                if verdict is Verdict.INTACT:
                    return tried
                if verdict is Verdict.DROPPED:
                    slow.append((style, sample))
            tries = slow
        return None

    def _arrives(self, sample: Sample, style: TypingStyle) -> tuple[Verdict, str]:
        """The result of one sample. Repeats it while a person can do something about a failure."""
        while True:
            arrived = _ESCAPES.sub("", self._attempt(sample, style))
            verdict = judge(sample.wanted, arrived)
            if verdict not in REMEDIES or not self._ask(verdict, sample.name):
                return verdict, arrived
