"""`totpkey calibrate`, with a key whose keystrokes arrive at a real terminal, on several layouts."""

from __future__ import annotations

import json
import os
import pty
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TextIO

import pytest

from tests.host.conftest import ASKING, Desk
from totpkey import calibration
from totpkey.calibration import Manner, Verdict, fitting_layouts, judge
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey.layouts import layouts
from totpkey.virtual.computer import LINUX, Computer, Keys
from totpkey.virtual.hosts.xkb import XkbMissing
from totpkey.virtual.hosts.xkb_keyboard import XkbKeyboard
from totpkey.virtual.key import Report
from totpkey.virtual.keyboard import US, Keyboard
from totpkey_protocol.commands import DIGITS_SAMPLE, LETTERS_SAMPLE, SAMPLES

Change = Callable[[str], str]


class Typed:
    """A terminal that has the focus: what the key types appears there, as `change` makes it."""

    def __init__(self, desk: Desk, terminal: int, keys: Keys, change: Change) -> None:
        self._computer = Computer(desk.key, keys)
        self._terminal = terminal
        self._shown = 0
        self._change = change
        self._take = desk.key.usb.on_report
        desk.key.usb.on_report = self._report

    def _report(self, report: Report) -> None:
        self._take(report)
        new, self._shown = self._computer.text[self._shown :], len(self._computer.text)
        os.write(self._terminal, self._change(new).encode())


def cursor_keys(text: str) -> str:
    """What a terminal gets for keys that give no character."""
    return "\x1b[B" if text.startswith("<0x") else text


@dataclass
class Terminal:
    """A terminal: the keyboard's side, and what a command reads."""

    keyboard: int
    screen: TextIO


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    keyboard, screen = pty.openpty()
    with os.fdopen(screen, "r") as opened:
        yield Terminal(keyboard, opened)
    os.close(keyboard)


@pytest.fixture
def calibrate(
    desk: Desk, terminal: Terminal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Runs the command in that terminal, with a person who presses the button as often as asked."""

    def press_when_asked(running: Future[int]) -> None:
        if desk.bridge.wait_until(lambda: desk.key.light == ASKING or running.done(), 10):
            with desk.bridge.lock:
                if desk.key.light == ASKING:
                    desk.press()

    def calibrate(*options: str) -> tuple[int, str]:
        assert desk.run("init", "--lock", "device").code == exits.OK
        monkeypatch.setattr("sys.stdin", terminal.screen)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(run, ["--port", str(desk.bridge.path), "calibrate", *options])
            while not running.done():
                press_when_asked(running)
            return running.result(), capsys.readouterr().err

    return calibrate


def stored(desk: Desk) -> tuple[str, int, str]:
    typing = json.loads(desk.run("typing", "--json").out)
    return typing["mode"], typing["pace"], typing["layout"]


@pytest.mark.parametrize("layout", ["us", "de", "fr", "dvorak"])
def test_the_keypad_and_the_layout_of_the_letters_are_found(
    desk: Desk, terminal: Terminal, calibrate: Callable[..., tuple[int, str]], layout: str
) -> None:
    try:
        keys = XkbKeyboard(*layouts()[layout].xkb, LINUX)
    except XkbMissing as missing:
        pytest.skip(str(missing))
    Typed(desk, terminal.keyboard, keys, cursor_keys)
    code, said = calibrate()
    assert code == exits.OK, said
    mode, pace, found = stored(desk)
    assert (mode, pace) == ("keypad", 0)
    strokes = [layouts()[name].strokes for name in (layout, found)]
    assert all(strokes[0][letter] == strokes[1][letter] for letter in LETTERS_SAMPLE)


def test_full_width_digits_are_noticed_and_the_person_is_asked(
    desk: Desk, terminal: Terminal, calibrate: Callable[..., tuple[int, str]]
) -> None:
    """The input method is switched over after the first sample, as the command asks."""
    samples: list[str] = []

    def widened(text: str) -> str:
        samples.append(text)
        wide = len("".join(samples)) <= len(DIGITS_SAMPLE)
        return "".join(chr(ord(digit) + 0xFEE0) for digit in text) if wide else text

    Typed(desk, terminal.keyboard, Keyboard(US, num_lock=True), widened)
    code, said = calibrate("--digits-only")
    assert code == exits.OK
    assert "full-width" in said
    assert "Shift+Space" in said
    assert stored(desk) == ("keypad", 0, "")


def test_without_a_terminal_it_says_so(desk: Desk) -> None:
    result = desk.run("calibrate")
    assert result.code == exits.USAGE
    assert "terminal" in result.err


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
    assert judge("digits", arrived) is verdict


@pytest.mark.parametrize("name", layouts())
def test_a_layout_is_among_those_that_fit_what_it_gives(name: str) -> None:
    layout = layouts()[name]
    characters = {stroke: character for character, stroke in layout.strokes.items()}
    for sample, text in (("digits", DIGITS_SAMPLE), ("letters", LETTERS_SAMPLE)):
        strokes = [layouts()["us"].strokes[character] for character in text]
        arrived = "".join(characters.get(stroke, "é") for stroke in strokes)
        assert layout in fitting_layouts(sample, arrived)


class Lossy:
    """A remote desktop that drops characters unless they come slowly, and has no keypad."""

    def __init__(self, layout: str, least_pace: int) -> None:
        self.tried: list[Manner] = []
        self._characters = {stroke: text for text, stroke in layouts()[layout].strokes.items()}
        self._least = least_pace

    def attempt(self, sample: str, manner: Manner) -> str:
        self.tried.append(manner)
        if manner.layout is None:
            return "\x1b[B"
        strokes = [manner.layout.strokes[character] for character in SAMPLES[sample]]
        text = "".join(self._characters.get(stroke, "é") for stroke in strokes)
        return text if manner.pace >= self._least else text[::2]


def test_the_fastest_pace_on_the_top_row() -> None:
    computer = Lossy("be", 16)
    found = calibration.Calibration(computer.attempt, lambda verdict, sample: False).digits()
    assert (found.mode, found.pace) == ("top-row", 16)
    assert found.layout is not None
    assert found.layout.strokes["1"] == layouts()["be"].strokes["1"]


def test_an_escape_of_the_person_is_no_fault_of_the_key() -> None:
    found = calibration.Calibration(
        lambda sample, manner: "\x1b\x1b" + SAMPLES[sample], lambda verdict, sample: False
    )
    assert found.digits() == Manner("keypad")


def test_where_nothing_arrives_intact_the_command_says_so() -> None:
    asked: list[Verdict] = []

    def ask(verdict: Verdict, sample: str) -> bool:
        asked.append(verdict)
        return len(asked) < 3

    with pytest.raises(calibration.NothingArrivesIntact):
        calibration.Calibration(lambda sample, manner: "", ask).digits()
    assert asked[:3] == [Verdict.NOTHING] * 3
