"""Set a key's clock as `totpkey time sync` does; a key does not trust a clock that it did not set itself."""

from __future__ import annotations

from totpkey.cli.simulation.direct import DirectTransport
from totpkey.link.client import KeyClient
from totpkey_virtual.key import VirtualKey

#: The stated uncertainty in ms.
_WITHIN = 60


def set_clock(key: VirtualKey) -> None:
    """Set the clock of a new key in setup on a full second of its true time."""
    with KeyClient(DirectTransport(key), ticks=lambda: key.uptime_ms / 1000) as client:
        client.hello()
        key.run(1 - key.true_time % 1)
        client.set_time(round(key.true_time), _WITHIN)
