"""A key whose clock was set, as `totpkey time sync` does: one that it was never set by is not trusted."""

from __future__ import annotations

from totpkey.link.client import KeyClient
from totpkey_virtual.direct import DirectTransport
from totpkey_virtual.key import VirtualKey

#: By how many ms it may be wrong.
_WITHIN = 60


def set_clock(key: VirtualKey) -> None:
    """Set the clock of a blank key in setup, on its true time's second."""
    with KeyClient(DirectTransport(key), ticks=lambda: key.uptime_ms / 1000) as client:
        client.hello()
        key.run(1 - key.true_time % 1)
        client.set_time(round(key.true_time), _WITHIN)
