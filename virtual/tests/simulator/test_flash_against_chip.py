"""The simulator's flash against the chip's: the same statements erase and program the same places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey
from virtual.tests.simulator.conftest import SETUP

#: Statements of code.py, one after the other on one key; what each does to flash is compared.
STATEMENTS = (
    "with open('/new', 'wb') as file: file.write(bytes(4096))",
    "with open('/old', 'r+b') as file: file.write(b'x' * 64)",
    "with open('/old', 'r+b') as file: file.seek(4090); file.write(b'x' * 64)",
    "with open('/old', 'r+b') as file: file.write(b'x' * 64)",
    "with open('/old', 'rb') as file: file.read()",
    "with open('/old', 'ab') as file: file.write(b'more')",
    "with open('/lib/text with long name', 'w') as file: file.write('text' * 300)",
    "with open('/new', 'wb') as file: file.write(bytes(700))",
    "kept = open('/old', 'r+b'); kept.write(b'new'); time.sleep(1.5)",
    "os.sync()",
    "kept.seek(512); kept.write(b'n' * 512)",
    "time.sleep(1.5)",
    "kept.seek(1024); kept.write(b'n' * 1024); os.sync()",
    "kept.flush()",
    "alone = open('/alone/pages', 'r+b')",
    "alone.seek(4096); alone.write(b'p' * 4096)",
    "os.sync()",
    "alone.seek(0); alone.write(b'q' * 4096); os.sync()",
    "alone.seek(4096); alone.read(4096)",
    "os.mkdir('/d')",
    "with open('/d/a', 'wb') as file: file.write(b'a')",
    "os.rename('/d/a', '/d/b')",
    "os.rename('/d/b', '/old')",
    "os.remove('/new')",
    "os.rmdir('/d')",
    "microcontroller.nvm[0] = 1",
    "microcontroller.nvm[1:600] = bytes(599)",
    "microcontroller.nvm[0:2] = b'ab'",
)
CODE = """
import microcontroller, os, time, usb_cdc
port = usb_cdc.data
names = {'microcontroller': microcontroller, 'os': os, 'time': time}
line = b''
while True:
    if port.in_waiting:
        line += port.read(port.in_waiting)
        if line[-1:] == b'\\n':
            exec(str(line, 'utf-8'), names)
            line = b''
            port.write(b'+')
    time.sleep(0.001)
"""
FILES: dict[str, str | bytes] = {"old": bytes(8192), "lib/some": "x", "alone/pages": bytes(16384)}


def traces(key: VirtualKey) -> list[list[tuple[str, int]]]:
    """What each statement does to flash: kinds of operation and their addresses."""
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    key.open_serial()
    key.run(1)
    found = []
    for statement in STATEMENTS:
        before = len(key.flash_operations)
        key.write_serial(statement.encode() + b"\n")
        assert key.run_until(lambda: key.read_serial() == b"+", limit=20), statement
        found.append([(done.kind, done.address) for done in key.flash_operations[before:]])
    return found


@pytest.mark.chip
@pytest.mark.quick
def test_simulator_and_chip_write_alike(drive: Callable[..., Path], image: Path) -> None:
    from totpkey_virtual.chip.key import ChipKey

    folder = drive(CODE, SETUP, FILES)
    keys = (
        SimulatedKey(folder, "raspberry_pi_pico", alone=["alone/pages"]),
        ChipKey(image, folder, alone=["alone/pages"]),
    )
    simulated, real = (dict(zip(STATEMENTS, traces(key), strict=True)) for key in keys)
    assert simulated == real
    files = [{name: key.drive[name] for name in key.drive if name != "boot_out.txt"} for key in keys]
    assert files[0] == files[1]
    assert keys[0].nvm == keys[1].nvm
