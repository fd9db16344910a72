"""The page of a secure element's bank in flash (docs/reference/storage.md, the page ELEMENT).

Separate from `banks`, because setup reads this page and has no memory for the rest.
"""

import struct

from totpkey_protocol.limits import TRIES

from ..store.format import BANKS, ELEMENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool

_VERSION = 1
#: version, the number of the factory's pairing, the element's public key, S sealed; then S hidden per slot.
_HEAD = "<BB32s48s"
_HEAD_SIZE = 82
_SLOTS_SIZE = 32 * TRIES


class Page:
    """The content of a bank's page."""

    def __init__(
        self, pairing: int, public: bytes, hidden: "bytes | bytearray", sealed: bytes = b"", sequence: int = 0
    ) -> None:
        self.pairing = pairing
        self.public = public
        #: S, under the data key and the page's sequence number.
        self.sealed = sealed
        self.sequence = sequence
        #: S, 32 bytes for each slot, under PIN and slot.
        self.hidden = hidden

    def pack(self) -> bytes:
        return struct.pack(_HEAD, _VERSION, self.pairing, self.public, self.sealed) + self.hidden


def read_page(pool: "Pool", bank: int) -> "Page | None":
    """The page of that bank; None if there is none that this firmware can read."""
    payload = pool.read(ELEMENT, bank)
    if payload is None or len(payload) < _HEAD_SIZE + _SLOTS_SIZE or payload[0] != _VERSION:
        return None
    _, pairing, public, sealed = struct.unpack(_HEAD, payload[:_HEAD_SIZE])
    return Page(
        pairing, public, payload[_HEAD_SIZE : _HEAD_SIZE + _SLOTS_SIZE], sealed, pool.sequence(ELEMENT, bank)
    )


def known(pool: "Pool") -> "list[int]":
    """The banks that have a page in flash."""
    return [bank for bank in range(BANKS) if pool.has(ELEMENT, bank)]
