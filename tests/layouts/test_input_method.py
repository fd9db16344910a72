"""`totpkey calibrate` on a real desktop: X11, xterm, and input methods that Chinese users of Linux use.

A simulated key types into it with `totpkey simulate --desktop`. A person with another keyboard does what the
command says. If one of the programs is missing, these tests skip.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator

import pyotp
import pytest

from tests.layouts.desktop import TOTPKEY, Desktop, Simulator, Terminal, wait_until
from tests.support.cases import CODES
from tests.support.desk import Desk
from totpkey.accounts.account import Account
from totpkey.install.drive import drive_folder
from totpkey.keyboard.layouts import layouts
from totpkey_protocol import storage
from totpkey_protocol.words import HOTP
from totpkey_readers.records import base32
from totpkey_virtual.computer import NUM_LOCK_KEY, Computer
from totpkey_virtual.hosts import DesktopKeys
from totpkey_virtual.simulator import SimulatedKey

pytestmark = pytest.mark.slow

_ENTER, _ESCAPE, _SPACE = 0x28, 0x29, 0x2C
_LEFT_SHIFT = 0x02
#: How long a person is on a key, and then off it, in seconds.
_TOUCH = 0.03

#: The gesture of a request, as the command shows it.
_GESTURE = re.compile(r"press (\d) times, wait for the blue light, press (\d) times")

Person = Callable[["Hands", Terminal], None]


class Hands:
    """A person's hands on another keyboard of the same desktop."""

    def __init__(self, keys: DesktopKeys) -> None:
        self._keys = keys

    @property
    def num_lock(self) -> bool:
        return self._keys.num_lock

    def tap(self, usage: int, modifiers: int = 0) -> None:
        self._keys.report(bytes((modifiers, 0, usage, 0, 0, 0, 0, 0)))
        time.sleep(_TOUCH)
        self._keys.report(bytes(8))
        time.sleep(_TOUCH)

    def type(self, letters: str) -> None:
        for letter in letters:
            self.tap(layouts()["us"].strokes[letter][0])


with_ibus = pytest.mark.parametrize("desktop", ["ibus"], indirect=True, scope="module")
with_fcitx = pytest.mark.parametrize("desktop", ["fcitx"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def simulator(desktop: Desktop) -> Iterator[Simulator]:
    simulator = Simulator(desktop)
    simulator.totpkey("init", "--lock", "device")
    yield simulator
    simulator.end()


@pytest.fixture
def hands(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    monkeypatch.setenv("DISPLAY", desktop.environment["DISPLAY"])
    keys = DesktopKeys()
    yield Hands(keys)
    keys.close()


@pytest.fixture
def calibrate(desktop: Desktop, simulator: Simulator, hands: Hands) -> Callable[..., str]:
    """Runs the command in a terminal, with a person who makes each gesture that it shows."""

    def calibrate(person: Person, *options: str) -> str:
        made = 0
        with desktop.terminal(*TOTPKEY, "--port", simulator.port, "calibrate", *options) as terminal:

            def serve() -> bool:
                nonlocal made
                gestures = _GESTURE.findall(terminal.text)
                asks = simulator.asks()
                if asks and len(gestures) > made:
                    made += 1
                    person(hands, terminal)
                    simulator.make("".join(gestures[-1]))
                return terminal.ended

            wait_until(serve, "the end")
            return terminal.text

    return calibrate


def stored(simulator: Simulator) -> tuple[str, int, str]:
    typing = json.loads(simulator.totpkey("typing", "--json"))
    return typing["mode"], typing["pace"], typing["layout"]


@with_ibus
@pytest.mark.parametrize("num_lock", [False, True])
def test_an_english_keyboard(
    desktop: Desktop, simulator: Simulator, hands: Hands, calibrate: Callable[..., str], num_lock: bool
) -> None:
    """The X server's own NumLock is switched for the digits, and put back."""
    desktop.choose(desktop.method.english)
    if hands.num_lock != num_lock:
        hands.tap(NUM_LOCK_KEY)
    said = calibrate(lambda hands, terminal: None)
    assert "Warning" not in said
    assert stored(simulator) == ("keypad", 0, "us")
    assert hands.num_lock == num_lock


@with_ibus
@pytest.mark.parametrize("name", ["de", "fr", "cz"])
def test_the_layout_of_a_real_desktop_is_found(
    desktop: Desktop, simulator: Simulator, calibrate: Callable[..., str], name: str
) -> None:
    desktop.choose(desktop.method.english)
    desktop.set_layout(*layouts()[name].xkb)
    try:
        calibrate(lambda hands, terminal: None)
    finally:
        desktop.set_layout("us")
    mode, pace, found = stored(simulator)
    assert (mode, pace) == ("keypad", 0)
    assert found == name


@with_ibus
def test_full_width_digits(desktop: Desktop, simulator: Simulator, calibrate: Callable[..., str]) -> None:
    done: list[str] = []

    def person(hands: Hands, terminal: Terminal) -> None:
        if not done or (len(done) == 1 and "Shift+Space" in terminal.text):
            # At first by accident, then since the command says so.
            hands.tap(_SPACE, _LEFT_SHIFT)
            done.append(terminal.text)

    desktop.choose(desktop.method.pinyin)
    said = calibrate(person, "--digits-only")
    assert said.count("full-width characters arrived") == 1
    assert len(done) == 2
    assert stored(simulator)[:2] == ("keypad", 0)


@with_fcitx
def test_full_width_digits_are_none_on_the_keypad(
    desktop: Desktop, simulator: Simulator, hands: Hands, calibrate: Callable[..., str]
) -> None:
    """Fcitx widens what comes from the top row alone."""
    desktop.choose(desktop.method.pinyin)
    wide: list[str] = []

    def person(hands: Hands, terminal: Terminal) -> None:
        if not wide:
            hands.tap(_SPACE, _LEFT_SHIFT)
            wide.append(terminal.text)

    said = calibrate(person, "--digits-only")
    assert "full-width characters arrived" not in said
    assert stored(simulator)[:2] == ("keypad", 0)
    with desktop.terminal("sh", "-c", "echo ready; head -1") as terminal:
        wait_until(lambda: "ready" in terminal.text, "the terminal")
        hands.type("13")
        hands.tap(_ENTER)
        wait_until(lambda: terminal.ended, "the end")
        assert "１３" in terminal.text
    hands.tap(_SPACE, _LEFT_SHIFT)


def test_an_open_composition_takes_the_first_digit(
    desktop: Desktop, simulator: Simulator, calibrate: Callable[..., str]
) -> None:
    done: list[str] = []

    def person(hands: Hands, terminal: Terminal) -> None:
        if not done:
            hands.type("nihao")
        done.append(terminal.text)

    desktop.choose(desktop.method.pinyin)
    said = calibrate(person, "--digits-only")
    assert "open composition" in said
    assert stored(simulator)[:2] == ("keypad", 0)


def test_letters_that_an_input_method_swallows(
    desktop: Desktop, simulator: Simulator, calibrate: Callable[..., str]
) -> None:
    done: list[str] = []

    def person(hands: Hands, terminal: Terminal) -> None:
        if not done and "An input method has taken them" in terminal.text:
            for _ in range(2):
                hands.tap(_ESCAPE)
            hands.tap(0, _LEFT_SHIFT)
            done.append(terminal.text)

    desktop.choose(desktop.method.pinyin)
    said = calibrate(person)
    assert "made other characters of it" in said
    assert len(done) == 1
    assert stored(simulator) == ("keypad", 0, "us")


ACCOUNT = Account("Desktop", "me", base32.decode("JBSWY3DPEHPK3PXPGEZDGNBV"), type=HOTP)
#: What a press takes until the key is ready for the next, in s.
_TYPED = 1.5


class _InTime(DesktopKeys):
    """The display's keyboard. The key's time runs faster than the X server's, whose lights take a moment."""

    _held = _was_lit = False

    def report(self, report: bytes) -> None:
        lit, down = self.num_lock, NUM_LOCK_KEY in report[2:]
        super().report(report)
        # An X server switches NumLock on when the key goes down, and off when it comes up again.
        if down and not self._held:
            self._was_lit = lit
        if down != self._held and down != self._was_lit:
            wait_until(lambda: self.num_lock == down, "NumLock's light")
        self._held = down


@pytest.fixture
def at_the_desktop(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A key with one account, whose reports the desktop gets."""
    monkeypatch.setenv("DISPLAY", desktop.environment["DISPLAY"])
    key = SimulatedKey(drive_folder(), "raspberry_pi_pico", alone=storage.FILES)
    keys = _InTime()
    desk = Desk(key, Computer(key, keys))
    desk.provision(ACCOUNT)
    yield desk
    # First, because the display takes no more reports once it is closed.
    key.unplug()
    keys.close()


def test_all_codes_are_right(desktop: Desktop, at_the_desktop: Desk) -> None:
    desktop.choose(desktop.method.pinyin)
    counted = pyotp.HOTP(base32.encode(ACCOUNT.secret))
    expected = [counted.at(number) for number in range(CODES)]
    with desktop.terminal("sh", "-c", "stty -icanon -echo; echo ready; exec cat") as terminal:
        wait_until(lambda: "ready" in terminal.text, "the terminal")
        for number in range(CODES):
            at_the_desktop.key.press()
            at_the_desktop.key.run(_TYPED)
            length = 6 * (number + 1)
            try:
                wait_until(lambda: len(terminal.text) >= len("ready\n") + length, "a code")  # noqa: B023
            except AssertionError:
                # What has come says more.
                break
        typed = terminal.text.removeprefix("ready\n")
    assert [typed[at : at + 6] for at in range(0, len(typed), 6)] == expected
