"""Which manner of typing arrives intact at this computer: judged by what really came.

The key types a sample, the same each time; here it is compared, and the keyboard layout is found by what the
keys of a US keyboard give.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from totpkey.errors import TotpkeyError
from totpkey.layouts import Layout, layouts
from totpkey_protocol.commands import SAMPLES
from totpkey_protocol.words import KEYPAD, TOP_ROW

DIGITS, LETTERS = "digits", "letters"
#: Milliseconds between reports, from the fastest: what is dropped at one may come whole at the next.
PACES = (0, 16, 40, 80)
_US = "us"


class Verdict(Enum):
    """What came of a sample."""

    INTACT = "it arrived intact"
    NOTHING = "nothing arrived"
    FULL_WIDTH = "full-width characters arrived"
    COMPOSED = "an input method took digits for a choice among its candidates, or made other characters of it"
    CURSOR = "cursor keys arrived"
    DROPPED = "some characters were dropped"
    OTHER = "other characters arrived"


_ENGLISH = "switch it to English, mostly by pressing and letting go Shift"
#: What a person can do about a sample that the keyboard alone cannot mend.
REMEDIES = {
    Verdict.NOTHING: "Click into this terminal, so that it has the focus. If an input method shows a line of"
    f" its own (an open composition), press Escape and {_ENGLISH}.",
    Verdict.FULL_WIDTH: "Switch your input method to half-width characters, mostly with Shift+Space.",
    Verdict.COMPOSED: f"Your input method has an open composition: press Escape, then {_ENGLISH}.",
}
#: Where digits have arrived before, the terminal has the focus.
_LETTERS_TAKEN = (
    "An input method has taken them, since digits do arrive: press Escape until its line is gone, and"
    f" {_ENGLISH}."
)
#: A person's Escape, on its own: cursor keys go on with a bracket or an O.
_ESCAPES = re.compile("^(?:\x1b(?![\\[O]))+")


def remedy(verdict: Verdict, sample: str) -> str:
    """What a person can do about it; "" where that is nothing."""
    if (verdict, sample) == (Verdict.NOTHING, LETTERS):
        return _LETTERS_TAKEN
    return REMEDIES.get(verdict, "")


class NothingArrivesIntact(TotpkeyError):
    """No manner of typing gets through to this computer."""


@dataclass(frozen=True)
class Manner:
    """A manner that was tried: mode, pace in ms, and the layout whose table the key gets."""

    mode: str
    pace: int = 0
    layout: Layout | None = None

    @property
    def table(self) -> bytes:
        return self.layout.table if self.layout else b""


#: Has the key type a sample in a manner, and gives what arrived.
Try = Callable[[str, Manner], str]
#: Tells a person what is wrong with what came of a sample; whether to try again.
Ask = Callable[[Verdict, str], bool]


def judge(sample: str, arrived: str) -> Verdict:
    """What came of the sample of that name."""
    wanted = SAMPLES[sample]
    if arrived == wanted:
        return Verdict.INTACT
    if not arrived:
        return Verdict.NOTHING
    if arrived != (folded := unicodedata.normalize("NFKC", arrived)) and folded.upper() == wanted:
        return Verdict.FULL_WIDTH
    if any(unicodedata.category(character) == "Lo" for character in arrived):
        return Verdict.COMPOSED
    if "\x1b" in arrived:
        return Verdict.CURSOR
    return Verdict.DROPPED if _is_part(arrived, wanted) else Verdict.OTHER


def _is_part(arrived: str, wanted: str) -> bool:
    """Whether `arrived` is `wanted` with characters left out."""
    rest = iter(wanted)
    return all(character in rest for character in arrived)


def fitting_layouts(sample: str, arrived: str) -> list[Layout]:
    """The layouts on which a US keyboard's keys for that sample give what arrived."""
    strokes = [layouts()[_US].strokes[character] for character in SAMPLES[sample]]
    return [layout for layout in layouts().values() if _gives(layout, strokes, arrived)]


def _gives(layout: Layout, strokes: list[tuple[int, int]], arrived: str) -> bool:
    """Whether those keys give that text. What a layout's table does not know may be anything."""
    characters = {stroke: character for character, stroke in layout.strokes.items()}
    return len(arrived) == len(strokes) and all(
        characters.get(stroke, character) == character
        for stroke, character in zip(strokes, arrived, strict=True)
    )


class Calibration:
    """One search for the fastest manner that arrives intact."""

    def __init__(self, attempt: Try, ask: Ask, keypads: tuple[str, ...] = (KEYPAD,)) -> None:
        """`keypads`: the modes with a keypad that come into question here, the likeliest first."""
        self._attempt = attempt
        self._ask = ask
        self._keypads = keypads

    def digits(self) -> Manner:
        """The manner for digits. Raises NothingArrivesIntact."""
        for mode in self._keypads:
            if found := self._fastest(DIGITS, Manner(mode)):
                return found
        for layout in self._likely(DIGITS):
            if found := self._fastest(DIGITS, Manner(TOP_ROW, layout=layout)):
                return found
        raise NothingArrivesIntact(
            "In none of its modes does what the key types arrive intact at this computer.",
            "Try another window or program: a terminal that is not in a browser or on another computer.",
        )

    def letters(self, digits: Manner) -> Manner | None:
        """`digits` with a layout for letters; None if no layout known here fits."""
        for layout in self._likely(LETTERS):
            found = self._fastest(LETTERS, Manner(TOP_ROW, digits.pace, layout))
            if found:
                return Manner(digits.mode, found.pace, layout)
        return None

    def _likely(self, sample: str) -> Iterator[Layout]:
        """Layouts that fit what a US keyboard's keys give."""
        arrived = self._arrives(sample, Manner(TOP_ROW, PACES[1], layouts()[_US]))[1]
        yield from fitting_layouts(sample, arrived)

    def _fastest(self, sample: str, manner: Manner) -> Manner | None:
        """`manner` at the fastest pace from its own on at which the sample is not dropped; None otherwise."""
        for pace in (pace for pace in PACES if pace >= manner.pace):
            tried = Manner(manner.mode, pace, manner.layout)
            verdict = self._arrives(sample, tried)[0]
            if verdict is Verdict.INTACT:
                return tried
            if verdict is not Verdict.DROPPED:
                return None
        return None

    def _arrives(self, sample: str, manner: Manner) -> tuple[Verdict, str]:
        """What came of one sample, again and again while a person can do something about it."""
        while True:
            arrived = _ESCAPES.sub("", self._attempt(sample, manner))
            verdict = judge(sample, arrived)
            if verdict not in REMEDIES or not self._ask(verdict, sample):
                return verdict, arrived
