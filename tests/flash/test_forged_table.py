"""Somebody who can write the flash, without the PIN, tries to make the key press keys of their choice.

`totpkey verify` never reads the vault and could not tell its owner.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from tests.flash import attacker
from tests.support.desk import AMAZON, Desk
from tests.typing.typing_setups import LETTERS, US_TABLE
from totpkey_protocol.words import TOP_ROW

PIN = "2580"
TYPING = 7
#: The keyboard's Enter (HID Usage Tables 1.4 section 10), for every character.
ENTER = 0x28
ENTERS = bytes((ENTER, 0)) * (len(US_TABLE) // 2)


def with_another_table(flash: bytes) -> bytes:
    """`flash` with every page changed that says how the key types: its checksum is right."""
    content = bytearray(flash)
    changed = [page for page in attacker.pages(flash) if page.kind == TYPING and US_TABLE in page.payload]
    assert changed
    for page in changed:
        payload = page.payload.replace(US_TABLE, ENTERS)
        start = page.address + attacker.HEAD
        content[start : start + len(payload)] = payload
        checksum = zlib.crc32(content[page.address : page.address + 12] + payload)
        content[start - 4 : start] = struct.pack("<I", checksum)
    assert {page.address for page in changed} <= {page.address for page in attacker.pages(bytes(content))}
    return bytes(content)


def test_no_key_is_pressed_that_its_owner_did_not_choose(desk: Desk) -> None:
    with desk.until_done(desk.first_set_up()) as client:
        client.add(AMAZON)
        client.set_typing(replace(LETTERS, mode=TOP_ROW), US_TABLE)
        client.set_pin(PIN)
    desk.unplug()
    desk.key.flash = with_another_table(desk.key.flash)
    desk.plug_in()
    desk.enter_pin(PIN)
    desk.away_from_the_boundary(AMAZON)
    before = len(desk.key.usb.reports)
    assert desk.press(2) == desk.code(AMAZON)
    assert ENTER not in {usage for report in desk.reports_since(before) for usage in report.data[2:]}
