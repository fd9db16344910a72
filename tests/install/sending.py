"""Sends new firmware to a key."""

from __future__ import annotations

from tests.support.desk import Desk
from totpkey.install import updating

Files = dict[str, bytes]


def send(desk: Desk, files: Files) -> None:
    """Send firmware and wait until the key is back with it, in setup."""
    with desk.client() as client:
        updating.send(client, client.hello(), files, lambda *_: None)
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is None, 3)
    desk.await_face(serial=True)
