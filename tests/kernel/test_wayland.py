"""Codes typed into a terminal of a Wayland desktop, whose compositor has the key from the kernel.

None is wrong, with the pinyin of fcitx5 or without an input method. `make codes` types 1000 each.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyotp
import pytest

from tests.kernel.guest import Guest
from tests.kernel.seat import SETTLED, Seat
from tests.kernel.wayland import METHODS, Method, WaylandDesktop
from tests.support.cases import CODES
from totpkey.accounts.account import Account
from totpkey_protocol.words import HOTP
from totpkey_readers.records import base32

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

ACCOUNT = Account("Wayland", "me", base32.decode("JBSWY3DPEHPK3PXPGEZDGNBV"), type=HOTP)
#: What a code takes at least after a press, and then the key until the next press, in seconds of the key.
_TYPED, _READY = 0.5, 0.3


@pytest.fixture(scope="module")
def wayland(computer: Guest) -> WaylandDesktop:
    computer.mount_machine()
    return WaylandDesktop(computer)


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Method:
    method = METHODS[request.param]
    if why := method.missing():
        pytest.skip(why)
    return method


@pytest.fixture
def session(method: Method, wayland: WaylandDesktop) -> Iterator[WaylandDesktop]:
    wayland.start(method)
    wayland.forget()
    yield wayland
    wayland.stop()


def test_all_codes_are_right(session: WaylandDesktop, method: Method, computer: Guest, seat: Seat) -> None:
    counted = pyotp.HOTP(base32.encode(ACCOUNT.secret))
    expected = [counted.at(len(seat.used) + number) for number in range(CODES)]
    computer.let_pass(SETTLED)
    for number in range(CODES):
        seat.touch()
        seat.skip_code()
        computer.let_pass(_TYPED)
        length = 6 * (number + 1)
        come = computer.wait_until(lambda: len(session.typed()) >= length)  # noqa: B023
        assert come, f"{session.typed()}; {seat.told()}; {session.told()}"
        computer.let_pass(_READY)
    typed = session.typed()
    assert [typed[at : at + 6] for at in range(0, len(typed), 6)] == expected
    # The input method was on, and still is. The text console had no keyboard meanwhile; earlier the guest's
    # own may have said something there.
    session.await_word(method)
    assert not any(sign.isdigit() for sign in seat.read())
