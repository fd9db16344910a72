"""A real Linux computer that may suspend every idle port by itself, like power management of laptops.

CircuitPython says that the key can wake its computer. QEMU hides that from the guest, so Linux, which waits
for keystrokes, leaves the port awake. What it does with a key that can wake it is not tested here.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.kernel.guest import Guest
from tests.kernel.seat import SETTLED, Seat
from totpkey.accounts.account import Account
from totpkey.keyboard.layouts import layouts
from totpkey.link.replies import Typing
from totpkey_protocol.words import HOTP, TOP_ROW
from totpkey_virtual.chip.descriptors import WAKES

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

ACCOUNT = Account(
    "Linux",
    "me",
    bytes.fromhex("51c09a3d7e24b86f01d2e8437b9a6c5f30841ecb"),
    type=HOTP,
    recipe="{SLOW}{code}",
)
#: Linux leaves a keyboard alone while NumLock's light is on: that must not be why.
TYPING, TABLE = Typing(TOP_ROW, 0, 0, 3, "us"), layouts()["us"].table
#: What a slow code takes, in seconds.
_TYPED = 3.0
#: Where the guest's kernel keeps the settings of the key, and of its port's power.
_DEVICE = "$(echo /sys/bus/usb/drivers/usbhid/*:* | sed 's,drivers/usbhid/,devices/,;s,:.*,,')"


def test_no_idle_moment_within_a_code_suspends_the_port(computer: Guest, seat: Seat) -> None:
    """Between two digits that are the same no key is down, and slow ones leave the kernel time."""
    port = computer.port
    assert port is not None
    seat.set_locks(False, False)
    assert computer.run(f"cat {_DEVICE}/power/control").strip() == "on", "it suspends none unless told to"
    computer.run(f"echo 0 > {_DEVICE}/power/autosuspend_delay_ms; echo auto > {_DEVICE}/power/control")
    computer.let_pass(SETTLED)
    while all(first != second for first, second in pairwise(seat.next_code())):
        seat.expect_code(_TYPED)
    seat.expect_code(_TYPED)
    told = computer.run(f"cat {_DEVICE}/power/control {_DEVICE}/power/runtime_status {_DEVICE}/bmAttributes")
    control, status, attributes = told.split()
    assert (control, status, port.suspends) == ("auto", "active", 0)
    assert not int(attributes, 16) & WAKES, "QEMU lets it through: see what Linux does"
