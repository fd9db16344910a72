"""The MacroPad's display and the lights under its keys; and that CircuitPython draws as expected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.desk import AMAZON, DERIVED, GITHUB, Desk, phrase
from tests.support.keys import CHIPS, MACROPAD, simulated
from tests.typing.bench import touch
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End
from totpkey_protocol import storage
from totpkey_virtual.simulator import SimulatedKey
from totpkey_virtual.simulator.standins.display import Font

COUNTED = Account("Bank", "me", b"12345678901234567890", type="hotp", counter=7)
WIDTH, HEIGHT = 128, 64
#: Where the line with the name and the code stand: place, size of a letter, scale.
_LETTER, _LINE = 6, 12
_CODE_TOP = _LINE + 4
#: How often the probe's answer is looked for, every 0.2 s.
_LOOKS = 100


@pytest.fixture
def desk() -> Desk:
    desk = simulated(MACROPAD)
    desk.plug_in()
    return desk


def pad(desk: Desk) -> SimulatedKey:
    assert isinstance(desk.key, SimulatedKey)
    return desk.key


def read(desk: Desk, top: int, scale: int = 1) -> str:
    """The text that stands on the glass, letter by letter: each has to be exactly one of the font."""
    glass, font, text = pad(desk).wiring.glass, Font(), ""
    letters = {shape(font, code): chr(code) for code in range(0x20, 0x7F)}
    for left in range(0, WIDTH - _LETTER * scale + 1, _LETTER * scale):
        rows = [[glass[top + y * scale][left + x * scale] for x in range(_LETTER)] for y in range(_LINE)]
        text += letters[tuple(map(tuple, rows))]
    return text.rstrip()


def shape(font: Font, code: int) -> tuple[tuple[bool, ...], ...]:
    left = (code - 0x20) * _LETTER
    return tuple(tuple(bool(value) for value in row[left : left + _LETTER]) for row in font.bitmap.rows)


def bar(desk: Desk) -> int:
    return sum(pad(desk).wiring.glass[HEIGHT - 1])


def test_it_shows_account_code_and_the_time_that_is_left(desk: Desk) -> None:
    assert read(desk, 0) == "no accounts yet"
    desk.provision(AMAZON, GITHUB)
    desk.away_from_the_boundary(AMAZON, 20)
    desk.key.run(0.3)
    code = desk.code(AMAZON)
    assert read(desk, 0) == "Amazon shop"
    assert read(desk, _CODE_TOP, 3) == f"{code[:3]} {code[3:]}"
    left = 30 - desk.key.true_time % 30
    assert abs(bar(desk) - left * WIDTH / 30) <= 2
    desk.key.press(0.8)
    desk.key.run(0.5)
    code = desk.code(GITHUB)
    assert read(desk, 0) == "GitHub me"
    assert read(desk, _CODE_TOP, 2) == f"{code[:4]} {code[4:]}"


def test_it_says_wait_and_goes_on_to_the_next_code(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.away_from_the_boundary(AMAZON, 12)
    first = touch(desk, "KEY1")
    assert first == desk.code(AMAZON)
    assert touch(desk, "KEY1") == ""
    assert read(desk, _CODE_TOP, 3) == "wait"
    desk.key.run(31)
    code = desk.code(AMAZON)
    assert read(desk, _CODE_TOP, 3) == f"{code[:3]} {code[3:]}"


def test_a_code_by_counter_is_not_shown_before_it_is_used(desk: Desk) -> None:
    desk.provision(COUNTED)
    desk.key.run(0.5)
    assert (read(desk, 0), read(desk, _CODE_TOP, 3)) == ("Bank me", "press")
    assert bar(desk) == 0


@pytest.mark.usefixtures("usual_flash")
def test_a_code_that_an_end_counts_is_not_shown_before_it_is_used(desk: Desk) -> None:
    with desk.until_done(desk.first_set_up()) as client:
        client.set_end(client.add(AMAZON).account, End(codes=1).pack(), phrase)
    desk.away_from_the_boundary(AMAZON, 12)
    desk.key.run(0.5)
    assert (read(desk, 0), read(desk, _CODE_TOP, 3)) == ("Amazon shop", "press")
    assert touch(desk, "KEY1") == desk.code(AMAZON)
    desk.key.run(31)
    assert read(desk, 0) == "lent: not now"
    assert touch(desk, "KEY1") == ""


def test_a_key_without_the_time_and_setup_say_so(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.lose_the_time()
    desk.key.run(1)
    assert read(desk, 0) == "set the clock"
    desk.hold_for_setup()
    desk.key.run(1)
    assert read(desk, 0) == "setup"
    assert not any(any(pixel[:2]) for pixel in pad(desk).wiring.pixels), "no account's key glows"


def test_a_locked_key_shows_no_account(desk: Desk) -> None:
    desk.provision(AMAZON, pin="2468")
    desk.replug()
    assert read(desk, 0) == "locked: enter the PIN"
    assert read(desk, _CODE_TOP, 3) == ""


def test_a_key_that_has_a_passphrase_alone_asks_for_no_pin(desk: Desk) -> None:
    desk.provision(AMAZON)
    with desk.until_done(desk.setup_client()) as client:
        client.set_passphrase(DERIVED, bytes(16), 65536, 3, 4)
    desk.replug()
    assert read(desk, 0) == "unlock at a computer"


@pytest.mark.slow
def test_it_goes_dark_by_itself_and_when_the_computer_sleeps(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.key.run(1)
    assert any(map(any, pad(desk).wiring.glass))
    desk.key.suspend()
    desk.key.run(1)
    assert not any(map(any, pad(desk).wiring.glass))
    desk.key.resume()
    desk.key.run(1)
    assert read(desk, 0) == "Amazon shop"
    desk.key.run(301)
    assert not any(map(any, pad(desk).wiring.glass))


def test_each_account_has_its_key_glow_in_its_colour(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB)
    desk.key.run(1)
    # Between two flashes of the status light.
    assert desk.key.run_until(lambda: desk.key.light == (30, 12, 0), 5)
    assert pad(desk).wiring.pixels == ((30, 12, 0), (5, 0, 5), *((0, 0, 0),) * 10)
    touch(desk, "KEY2")
    assert desk.key.run_until(lambda: desk.key.light == (7, 3, 0), 5)
    assert pad(desk).wiring.pixels[1] == (20, 0, 20)


PROBE = """
import gc, json, supervisor, terminalio, time, usb_cdc
gc.collect()
before = gc.mem_alloc()
from totpkey_firmware.screen import Screen

class Glass:
    width, height = 128, 64
    auto_refresh, root_group, refreshed = True, None, 0
    def refresh(self):
        self.refreshed += 1

glass = Glass()
screen = Screen(glass)
gc.collect()
heap = gc.mem_alloc() - before
start = time.monotonic_ns()
screen.show("Amazon shop\\u4e9a", "044 809")
shown = (time.monotonic_ns() - start) // 1000
letters = {terminalio.FONT.get_glyph(code).tile_index: chr(code) for code in range(0x20, 0x7F)}
def text(tiles):
    return "".join([letters[tiles[at]] for at in range(tiles.width)])
# By its place: on a key, private names are short ones.
small, *large, _ = glass.root_group
told = {
    "small": text(small[0]), "large": [text(one[0]) for one in large],
    "moved": [screen.bar(50), screen.bar(50), screen.bar(0)], "auto": glass.auto_refresh,
    "layers": len(glass.root_group), "heap": heap, "us": shown,
    "font": list(terminalio.FONT.get_bounding_box()),
}
while True:
    if usb_cdc.data.connected:
        usb_cdc.data.write(json.dumps(told).encode() + b"\\n")
    time.sleep(0.1)
"""


@pytest.mark.parametrize("uf2", CHIPS)
def test_circuitpython_draws_with_the_modules_as_the_firmware_uses_them(uf2: Path, drive_copy: Path) -> None:
    """No image for a MacroPad is at hand: its `displayio` and font are those of any RP2040 board."""
    from totpkey_virtual.chip.key import ChipKey

    (drive_copy / "code.py").write_text(PROBE)
    (drive_copy / "boot.py").write_text("import usb_cdc; usb_cdc.enable(console=False, data=True)")
    key = ChipKey(uf2, drive_copy, alone=storage.FILES)
    Desk(key).plug_in()
    key.open_serial()
    received = b""
    for _ in range(_LOOKS):
        key.run(0.2)
        received += key.read_serial()
        if b"\n" in received:
            break
    assert b"\n" in received, "the probe has ended with an error"
    told = json.loads(received.splitlines()[0])
    assert told["font"][:2] == [_LETTER, _LINE]
    assert told["small"] == "Amazon shop?".ljust(21)
    assert told["large"] == ["044 809".ljust(12), " " * 12]
    assert told["moved"] == [True, False, True]
    assert told["auto"] is False
    assert told["layers"] == 4
    assert told["heap"] < 6000
