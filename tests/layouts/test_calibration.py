"""What `calibrate` concludes from what arrived: a verdict for each sample, and the fastest intact style."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from totpkey.keyboard import calibration
from totpkey.keyboard.calibration import Sample, TypingStyle, Verdict, judge
from totpkey.keyboard.layouts import layouts
from totpkey_protocol.commands import DIGITS_SAMPLE


@pytest.mark.parametrize(
    ("arrived", "verdict"),
    [
        (DIGITS_SAMPLE, Verdict.INTACT),
        ("", Verdict.NOTHING),
        ("０１２３４５６７８９９８７６５４３２１０", Verdict.FULL_WIDTH),
        ("你好", Verdict.COMPOSED),
        ("你" + DIGITS_SAMPLE[2:], Verdict.COMPOSED),
        ("\x1b[B\x1b[C", Verdict.CURSOR),
        (DIGITS_SAMPLE.replace("99", "9"), Verdict.DROPPED),
        (DIGITS_SAMPLE.translate(str.maketrans("0123456789", "à&é\"'(-è_ç")), Verdict.OTHER),
        (DIGITS_SAMPLE + "0", Verdict.OTHER),
    ],
)
def test_what_came_of_a_sample(arrived: str, verdict: Verdict) -> None:
    assert judge(DIGITS_SAMPLE, arrived) is verdict


class Lossy:
    """A remote desktop that drops characters unless they come slowly, and has no keypad."""

    def __init__(self, layout: str, least_pace: int) -> None:
        self.tried: list[TypingStyle] = []
        self._characters = {stroke: text for text, stroke in layouts()[layout].strokes.items()}
        self._least = least_pace

    def attempt(self, sample: Sample, style: TypingStyle) -> str:
        self.tried.append(style)
        if not sample.table:
            return "\x1b[B"
        text = "".join(self._given(sample))
        return text if style.pace >= self._least else text[::2]

    def _given(self, sample: Sample) -> Iterator[str]:
        pairs = [tuple(sample.table[at : at + 2]) for at in range(0, len(sample.table), 2)]
        if sample.name == "digits":
            pairs = [pairs[ord(digit) - 0x20] for digit in DIGITS_SAMPLE]
        for pair in pairs:
            if pair[0]:
                yield self._characters.get((pair[0], pair[1]), "é")


def test_the_fastest_pace_on_the_top_row() -> None:
    computer = Lossy("be", 16)
    found = calibration.Calibration(computer.attempt, lambda verdict, sample: False).digits()
    assert (found.mode, found.pace) == ("top-row", 16)
    assert found.layout is not None
    assert found.layout.strokes["1"] == layouts()["be"].strokes["1"]
    assert set(found.layout.strokes) == set("0123456789"), "nothing else was seen"


def test_letters_of_a_computer_that_drops_what_comes_fast() -> None:
    found = calibration.Calibration(Lossy("de", 40).attempt, lambda verdict, sample: False)
    style = found.letters(found.digits())
    assert style is not None
    assert (style.mode, style.pace, style.layout) == ("top-row", 40, layouts()["de"])


def test_an_escape_of_the_person_is_no_fault_of_the_key() -> None:
    found = calibration.Calibration(
        lambda sample, style: "\x1b\x1b" + sample.wanted, lambda verdict, sample: False
    )
    assert found.digits() == TypingStyle("keypad")


def test_where_nothing_arrives_intact_the_command_says_so() -> None:
    asked: list[Verdict] = []

    def ask(verdict: Verdict, sample: str) -> bool:
        asked.append(verdict)
        return len(asked) < 3

    with pytest.raises(calibration.NothingArrivesIntact):
        calibration.Calibration(lambda sample, style: "", ask).digits()
    assert asked[:3] == [Verdict.NOTHING] * 3
