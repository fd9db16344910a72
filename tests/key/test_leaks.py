"""Nothing secret leaves the key: serial, keystrokes, and what GET_REPORT gives, while accounts are in use."""

from __future__ import annotations

import pytest

from tests.key.desk import AMAZON, GITHUB, Desk
from tests.key.test_hostile import spellings
from totpkey.virtual.keyboard import typed

PIN = "73019"


class Tap:
    """All that has left the key."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.data = bytearray()
        read = desk.key.read_serial

        def tapped() -> bytes:
            data = read()
            self.data += data
            return data

        desk.key.read_serial = tapped  # type: ignore[method-assign]

    def everything(self) -> bytes:
        """Serial bytes, report bytes, and the text that they type."""
        reports = [report.data for report in self.desk.key.usb.reports]
        return bytes(self.data) + b"".join(reports) + typed(reports).encode()


def test_a_whole_life_tells_no_secret_and_no_pin(desk: Desk) -> None:
    tap = Tap(desk)
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        amazon = client.add(AMAZON)
        client.add(GITHUB)
        client.set_pin(PIN)
        client.rename(amazon.account, "Amazon", "new shop")
        client.code(amazon.account)
        client.list()
        client.lock()
        client.unlock_pin(PIN)
        client.slots()
    left = tap.everything()
    for secret in (AMAZON.secret, GITHUB.secret):
        assert not any(spelling in left for spelling in spellings(secret))
    assert PIN.encode() not in left


@pytest.mark.chip
def test_get_report_of_any_length_gives_no_secret(image: object, desk: Desk) -> None:
    from totpkey.virtual.chip.key import ChipKey

    if not isinstance(desk.key, ChipKey):
        pytest.skip("the simulator has no control transfers")
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        client.add(AMAZON)
        client.add(GITHUB)
        client.set_pin(PIN)
        enumeration = desk.key.usb.enumeration
        assert enumeration is not None
        (hid,) = [interface.number for interface in enumeration.interfaces if interface.usb_class == 3]
        given = b""
        for length in (1, 8, 9, 16, 64, 255, 1024):
            for kind in (0x0100, 0x0101, 0x0200, 0x0201, 0x0300):
                given += desk.key.control(0xA1, 1, kind, hid, length=length) or b""
    for secret in (AMAZON.secret, GITHUB.secret):
        assert not any(spelling in given for spelling in spellings(secret))
    assert PIN.encode() not in given
    assert given
