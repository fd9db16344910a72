"""A person who agrees to an update."""

from __future__ import annotations

from tests.support.consent import agree, asked
from tests.support.port import LIMIT
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.pty import SerialBridge


def consents(key: VirtualKey, bridge: SerialBridge) -> None:
    """A person who makes the gesture when the key asks."""

    def agreed() -> bool:
        # At once: this key's time runs ahead of ours, and it waits for its button in its own.
        if asked(key):
            agree(key)
            return True
        return False

    assert bridge.wait_until(agreed, LIMIT)
