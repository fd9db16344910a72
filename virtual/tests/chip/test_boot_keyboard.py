"""Why the key is not a boot keyboard (docs/decisions/0010): what CircuitPython does in boot protocol.

If one of these fails with a later CircuitPython, the decision can be reconsidered.
"""

from __future__ import annotations

import pytest

from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.computer import typed
from totpkey_virtual.traffic import Channel, Stream, watch_traffic
from virtual.tests.chip.conftest import EVERYDAY, MakeKey, start

pytestmark = pytest.mark.chip

BOOT = EVERYDAY.replace("KEYBOARD,))", "KEYBOARD,), boot_device=1)")
#: The keypad's 1, as the firmware sends it.
TYPE_ONE = """
import supervisor, time, usb_hid
time.sleep(1.5)
usb_hid.devices[0].send_report(bytes((0, 0, 0x59, 0, 0, 0, 0, 0)))
while True:
    time.sleep(1)
"""
#: HID 1.11 sections 7.2.5 and 7.2.6.
TO_INTERFACE, FROM_INTERFACE, GET_PROTOCOL, SET_PROTOCOL, BOOT_PROTOCOL = 0x21, 0xA1, 0x03, 0x0B, 0


def packets(key: ChipKey) -> list[bytes]:
    """What firmware of a computer gets: it asks for boot protocol, then for reports."""
    taken: list[bytes] = []

    def watch(stream: Stream, data: bytes) -> None:
        if stream.channel is Channel.REPORT:
            taken.append(data)

    start(key)
    key.control(TO_INTERFACE, SET_PROTOCOL, BOOT_PROTOCOL, 0)
    with watch_traffic(watch):
        assert key.run_until(lambda: bool(taken), 5)
    return taken


def test_it_shows_a_boot_keyboard_but_sends_no_boot_reports(make_key: MakeKey) -> None:
    key = make_key(TYPE_ONE, BOOT)
    (packet,) = packets(key)
    enumeration = key.usb.enumeration
    assert enumeration is not None
    (interface,) = enumeration.interfaces
    assert (interface.subclass, interface.protocol) == (1, 1)
    assert key.control(FROM_INTERFACE, GET_PROTOCOL, 0, 0, length=1) == bytes((BOOT_PROTOCOL,))
    # Appendix B.1 wants eight bytes. Here the report ID comes first, and is taken for left Control.
    assert packet == b"\x01\x00\x00\x59\0\0\0\0\0"
    assert typed([packet[:8]], num_lock=True) == "", (
        "Control and a key that is shifted by a byte are no digit"
    )


def test_an_everyday_key_is_a_plain_keyboard(make_key: MakeKey) -> None:
    key = make_key(TYPE_ONE)
    start(key)
    assert key.usb.enumeration is not None
    (interface,) = key.usb.enumeration.interfaces
    assert (interface.usb_class, interface.subclass, interface.protocol) == (3, 0, 0)
