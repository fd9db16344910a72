"""Codes typed into a terminal of a real desktop, with each of two Chinese input methods on: none is wrong.

`make codes` types 1000 into each.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyotp
import pytest

from tests.layouts.desktop import Desktop, wait_until
from tests.support.cases import CODES
from tests.support.desk import Desk
from totpkey.accounts.account import Account
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_protocol.words import HOTP
from totpkey_readers.records import base32
from totpkey_virtual.computer import NUM_LOCK_KEY, Computer
from totpkey_virtual.hosts import DesktopKeys
from totpkey_virtual.simulator import SimulatedKey

pytestmark = pytest.mark.slow

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
