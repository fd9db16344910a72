"""`totpkey calibrate`, with a key that types into a real terminal, on several layouts, and what it concludes.

From what arrived it has a verdict for each sample, and the fastest intact style.
"""

from __future__ import annotations

import os
import pty
import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO

import pytest

from tests.support.cases import sampled
from tests.support.terminal import CommandDesk, DeadKeys
from tests.support.typed import Typed
from totpkey.cli import exits
from totpkey.cli.input import typed_keys
from totpkey.keyboard import calibration
from totpkey.keyboard.calibration import Sample, TypingStyle, Verdict, judge
from totpkey.keyboard.layouts import layouts
from totpkey_protocol.commands import DIGITS_SAMPLE
from totpkey_virtual.computer import LINUX, US, Keyboard
from totpkey_virtual.hosts import XkbKeyboard, XkbMissing

Run = Callable[..., str]

#: All that names need at least.
LABEL = "anna_b.c+x@example-shop.com"
#: More than a calibration asks for.
_MOST_TOUCHES = 40


@dataclass
class Terminal:
    """A terminal: the keyboard's side, and what a command reads."""

    keyboard: int
    screen: TextIO

    def type(self, text: str) -> None:
        """As from the keyboard."""
        os.write(self.keyboard, text.encode())


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    keyboard, screen = pty.openpty()
    with os.fdopen(screen, "r") as opened:
        yield Terminal(keyboard, opened)
    os.close(keyboard)


@pytest.fixture
def calibrate(desk: CommandDesk, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in that terminal, with a person who presses the button as often as asked."""

    def piece(wait: float) -> bytes:
        """What was typed, as the key's time passes."""

        def typed() -> bool:
            return bool(select.select([terminal.screen], [], [], 0)[0])

        desk.key.run_until(typed, wait)
        return os.read(terminal.screen.fileno(), 1024) if typed() else b""

    def calibrate(*options: str) -> str:
        desk.run("init", "--lock", "device")
        hands = [desk.agree] * _MOST_TOUCHES
        done = desk.run("calibrate", *options, stdin=terminal.screen, when_asked=hands, surely=False)
        assert done.code == exits.OK, done.err
        return done.err

    monkeypatch.setattr(typed_keys, "_piece", piece)
    return calibrate


def stored(desk: CommandDesk) -> tuple[str, int, str]:
    typing = desk.told("typing")
    return typing["mode"], typing["pace"], typing["layout"]


def keyboard(layout: str, variant: str = "") -> XkbKeyboard:
    try:
        return XkbKeyboard(layout, variant, LINUX)
    except XkbMissing as missing:
        pytest.skip(str(missing))


def typed_label(desk: CommandDesk, typed: Typed) -> str:
    """What arrives of a label that holds all that names need; "" if the key refuses it."""
    given = ("add", "--stdin", "--recipe", "{user}{code}", LABEL)
    # What cannot be typed is refused, and nobody is asked.
    result = desk.run(*given, stdin="JBSW Y3DP EHPK 3PXP", when_asked=desk.agree, surely=False)
    if result.code != exits.OK:
        assert "cannot type" in result.err
        return ""
    return typed.press()


@pytest.mark.parametrize("layout", sampled(layouts(), ("lt",)))
def test_what_is_stored_types_names_right_or_not_at_all(
    desk: CommandDesk, terminal: Terminal, calibrate: Run, layout: str
) -> None:
    typed = Typed(desk, terminal.type, keyboard(*layouts()[layout].xkb), DeadKeys())
    said = calibrate()
    assert stored(desk) == ("keypad", 0, layout), said
    # Of these the tables do not know each sign.
    assert typed_label(desk, typed) == ("" if layout in ("bepo", "lt") else LABEL)


@pytest.mark.slow
def test_of_a_layout_that_is_not_known_what_names_need_is_stored(
    desk: CommandDesk, terminal: Terminal, calibrate: Run
) -> None:
    """US international: quotes, tilde and circumflex are dead keys."""
    typed = Typed(desk, terminal.type, keyboard("us", "intl"), DeadKeys())
    said = calibrate()
    assert stored(desk) == ("keypad", 0, "us-basic")
    assert "the key types no others" in said
    desk.run("typing", "set", "--pace", "16", when_asked=desk.agree).ended(exits.OK)
    assert typed_label(desk, typed) == LABEL


@pytest.mark.slow
def test_a_computer_that_tells_nothing_of_num_lock_gets_the_top_row(
    desk: CommandDesk, terminal: Terminal, calibrate: Run
) -> None:
    Typed(desk, terminal.type, keyboard("us"), DeadKeys(), answers=False)
    said = calibrate("--digits-only")
    assert stored(desk) == ("top-row", 0, "us-digits")
    assert "does not tell it about NumLock" in said


@pytest.mark.slow
def test_digits_alone_leave_the_layout_as_it_is(
    desk: CommandDesk, terminal: Terminal, calibrate: Run
) -> None:
    Typed(desk, terminal.type, keyboard("de"), DeadKeys())
    calibrate()
    calibrate("--digits-only")
    assert stored(desk) == ("keypad", 0, "de")


@pytest.mark.slow
def test_where_letters_fail_the_accounts_that_want_some_are_named(
    desk: CommandDesk, terminal: Terminal, calibrate: Run
) -> None:
    """The key comes to a computer with another alphabet."""
    typed = Typed(desk, terminal.type, keyboard("us"), DeadKeys())
    calibrate()
    given = ("add", "--stdin", "--recipe", "{user}{code}", LABEL)
    assert desk.run(*given, stdin="JBSW Y3DP EHPK 3PXP", when_asked=desk.agree).code == exits.OK
    desk.add("plain")
    typed.sit_down(keyboard("ru"))
    said = calibrate()
    assert stored(desk) == ("keypad", 0, "")
    assert "no longer has the layout us" in said
    assert f"cannot type these accounts now: {LABEL}." in said


@pytest.mark.slow
def test_full_width_digits_are_noticed_and_the_person_is_asked(
    desk: CommandDesk, terminal: Terminal, calibrate: Run
) -> None:
    """The input method is switched over after the first sample, as the command asks."""
    samples: list[str] = []

    def widened(text: str) -> str:
        samples.append(text)
        wide = len("".join(samples)) <= len(DIGITS_SAMPLE)
        return "".join(chr(ord(digit) + 0xFEE0) for digit in text) if wide else text

    Typed(desk, terminal.type, Keyboard(US, num_lock=True), widened)
    said = calibrate("--digits-only")
    assert "full-width" in said
    assert "Shift+Space" in said
    assert stored(desk) == ("keypad", 0, "")


@pytest.mark.slow
def test_without_a_terminal_it_says_so(desk: CommandDesk) -> None:
    desk.run("calibrate").ended(exits.USAGE, "terminal")


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
