"""A snapshot of a key on the chip continues exactly like the original, to the cycle."""

from __future__ import annotations

import copyreg
import itertools
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.flash import PowerCut
from totpkey_virtual.simulator import SimulatedKey
from virtual.tests.chip.conftest import SETUP, MakeKey, answers, start

pytestmark = pytest.mark.chip


@pytest.fixture(autouse=True)
def newest_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 3.14 on no iterator of itertools can be pickled."""

    def refuse(iterator: object) -> str:
        raise TypeError(f"cannot pickle {type(iterator)}")

    for kind in (itertools.count, itertools.cycle, itertools.chain, itertools.islice):
        monkeypatch.setitem(copyreg.dispatch_table, kind, refuse)


#: Types on its own, answers on the serial port, writes to a file and to NVM, reads the clock chip.
BUSY = """
import board, busio, keypad, microcontroller, storage, supervisor, time, usb_cdc, usb_hid
storage.remount("/", False)
i2c = busio.I2C(board.GP5, board.GP4)
i2c.try_lock()
keys = keypad.Keys((board.GP2,), value_when_pressed=False, pull=True)
serial, keyboard, turn = usb_cdc.data, usb_hid.devices[0], 0
serial.timeout = 0
while True:
    turn += 1
    seconds = bytearray(1)
    i2c.writeto_then_readfrom(0x68, b"\\x00", seconds)
    event = keys.events.get()
    if event:
        keyboard.send_report(bytes((0, 0, 4 + event.pressed, 0, 0, 0, 0, 0)))
        microcontroller.nvm[turn % 4096] = seconds[0]
    word = serial.read(64)
    if word and serial.connected:
        with open("/kept.txt", "ab") as file:
            file.write(word)
        serial.write(b"%d %d %r %d\\n" % (turn, supervisor.ticks_ms(), word, seconds[0]))
    time.sleep(0.003)
"""


def seen(key: ChipKey) -> tuple[Any, ...]:
    """All that can be told apart: processor, memory, flash, what came by USB, and the clock chip."""
    machine = key._running()
    processor = bytes(machine.core.state.r), machine.core.state.n, machine.core.state.z
    memory = sha256(machine.core._memories["sram"]).hexdigest()
    flash = sha256(key.flash).hexdigest(), tuple(key.flash_operations)
    usb = tuple((report.ms, report.data) for report in key.usb.reports), key.read_serial()
    return key.cycles, processor, memory, flash, usb, key.clock.unix_time, key.light, key.true_time


def live(key: ChipKey, seed: int) -> list[tuple[Any, ...]]:
    """Have things happen to the key, and tell what was seen after each."""
    chance = random.Random(seed)
    story = []
    for _ in range(8):
        match chance.randrange(4):
            case 0:
                key.press(chance.uniform(0.03, 0.3))
            case 1:
                key.write_serial(chance.randbytes(chance.randrange(1, 40)))
            case 2:
                key.set_host_leds(chance.randrange(4))
            case _:
                key.suspend()
                key.run(chance.uniform(0.001, 0.1))
                key.resume()
        key.run(chance.uniform(0, 0.4))
        story.append(seen(key))
    return story


@pytest.fixture
def busy(make_key: MakeKey) -> ChipKey:
    key = start(make_key(BUSY, SETUP))
    key.open_serial()
    key.write_serial(b"first")
    key.run(0.3)
    return key


@pytest.mark.parametrize("seed", range(3))
def test_what_is_restored_goes_on_as_the_original_does(busy: ChipKey, seed: int) -> None:
    live(busy, 100 + seed)
    snapshot = busy.snapshot()
    kept = seen(busy)

    original = live(busy, seed)

    assert seen(snapshot.restore()) == kept
    assert live(snapshot.restore(), seed) == original
    assert live(snapshot.restore(), seed + 1) != original


def test_what_happens_to_one_happens_to_no_other(busy: ChipKey) -> None:
    snapshot = busy.snapshot()
    kept = seen(snapshot.restore())
    first, second = snapshot.restore(), snapshot.restore()

    live(first, 1)
    first.cut_power_at(PowerCut(len(first.flash_operations)))
    first.write_serial(b"the end")
    first.run(1)
    assert not first.plugged

    assert seen(second) == kept
    assert seen(snapshot.restore()) == kept


def test_a_key_cannot_be_taken_while_the_computer_is_still_asking_what_it_is(make_key: MakeKey) -> None:
    key = make_key("while True: pass", SETUP)
    key.plug()
    assert key.run_until(lambda: key._running().usb.attached)
    assert key.usb.enumeration is None

    with pytest.raises(TypeError, match="generator"):
        key.snapshot()

    assert key.run_until(lambda: key.usb.enumeration is not None, 1)
    assert key.snapshot().restore().usb.enumeration == key.usb.enumeration


def test_an_unplugged_key_starts_from_what_its_flash_holds(busy: ChipKey) -> None:
    busy.unplug()
    restored = busy.snapshot().restore()

    assert restored.drive == busy.drive
    assert "kept.txt" in restored.drive
    start(restored)
    restored.open_serial()
    restored.write_serial(b"again")
    assert "again" in answers(restored, 1)[0]


def test_a_simulated_key_can_be_taken_while_unplugged(tmp_path: Path) -> None:
    (tmp_path / "boot.py").write_text("import storage\nstorage.remount('/', False)\n")
    (tmp_path / "code.py").write_text(
        "import microcontroller\nmicrocontroller.nvm[0] = 7\nopen('kept', 'w').close()\n"
    )
    key = SimulatedKey(tmp_path, unix_time=1_800_000_000.0)
    key.plug()
    key.run(5)
    with pytest.raises(TypeError):
        key.snapshot()
    key.unplug()

    restored = key.snapshot().restore()

    assert restored.flash == key.flash
    assert "kept" in restored.drive
    restored.plug()
    restored.run(5)
    assert restored.usb.enumeration is not None
    assert not key.plugged
    restored.unplug()
