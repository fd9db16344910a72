"""A person who types into the page of a site."""

from __future__ import annotations

from tests.enroll.person import SECRET
from tests.support.terminal import CommandDesk
from totpkey.accounts import codes
from totpkey_virtual.computer import Computer


def type_into_the_page(desk: CommandDesk) -> tuple[str, set[str]]:
    """Press the button with the cursor in the site's field; what arrives there, and what it may be."""
    with desk.bridge.lock:
        computer = desk.computer = Computer(desk.key)
        times = [desk.key.true_time]
        desk.press()
        # A code that is about to end is not typed: the next one comes when it begins.
        assert desk.key.run_until(lambda: len(computer.text) == 6, 40)
        times.append(desk.key.true_time)
        text = computer.text
    return text, {codes.totp(SECRET, int(time)) for time in times}
