"""Codes typed at the console of an initramfs, without a desktop or a login: none is wrong.

`make codes` types 1000.
"""

from __future__ import annotations

import pytest

from tests.kernel.seat import SETTLED, Seat
from tests.support.cases import CODES
from totpkey.accounts.account import Account
from totpkey_protocol.words import HOTP

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

ACCOUNT = Account("Console", "me", bytes.fromhex("6b1f0ae2c4937d58b02e9946f1d3a7c8805e2b94"), type=HOTP)


def test_all_codes_are_right(seat: Seat) -> None:
    seat.computer.let_pass(SETTLED)
    for _ in range(CODES):
        seat.expect_code()
    assert len(seat.used) >= CODES
