"""The commands of TROPIC01 that a key has a use for (TROPIC01 User API, L2 requests and L3 commands).

R-Config is never written: by an erratum that can leave the chip in alarm mode for good.
"""

from totpkey_protocol.limits import CERTIFICATE_BLOCKS

from . import glance
from .link import GET_INFO, ElementError, Link
from .session import Session, open_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.sha512 import Watch
    from .glance import Wire
    from .session import Pairing

#: Slots of MAC-and-Destroy, and of pairing keys.
SLOTS, PAIRING_SLOTS = 128, 4

#: The object of GET_INFO that is the chip's id.
_CHIP_ID = 1
#: Before a public key of X25519 in a certificate (RFC 8410 section 3): the end of its name, a bit string.
_MARK = b"\x2b\x65\x6e\x03\x21\x00"
_KEY = 32

_PING, _RANDOM, _MAC_AND_DESTROY = 0x01, 0x50, 0x90
_WRITE_PAIRING, _READ_PAIRING, _INVALIDATE_PAIRING = 0x10, 0x11, 0x12
#: The result for a slot that nothing has been written to.
_EMPTY = 0x15
#: Fills a command or a result up to whole words.
_FILL = b"\x00"
_FILLED = 3


class Tropic01:
    """The chip at the end of `wire`. `watch` is called while it is busy, and while the key computes.

    All methods raise ElementError. Those from `ping` on want an open session.
    """

    def __init__(self, wire: "Wire", watch: "Watch" = None) -> None:
        self._wire = wire
        self._link = Link(wire, watch)
        self._watch = watch
        self._session: Session | None = None

    def answers(self) -> bool:
        """Whether it is there; raises nothing."""
        return glance.answers(self._wire)

    def chip_id(self) -> bytes:
        """128 bytes, no two chips alike. Anybody on the wire can say them: the handshake is the proof."""
        return bytes(self._link.request(GET_INFO, bytes((_CHIP_ID, 0))))

    def public_key(self) -> bytes:
        """The public key in its own certificate, the first one. Who trusts it has to check the chain."""
        seen = b""
        for block in range(CERTIFICATE_BLOCKS):
            seen = seen[-len(_MARK) - _KEY :] + self._link.certificates(block)
            start = seen.find(_MARK) + len(_MARK)
            if start >= len(_MARK) and start + _KEY <= len(seen):
                return seen[start : start + _KEY]
        raise ElementError("no certificate")

    @property
    def is_open(self) -> bool:
        """Whether a session is open, as far as the key knows."""
        return self._session is not None

    def open(self, pairing: "Pairing", ephemeral: bytearray) -> None:
        """Open a session, with 32 fresh random bytes."""
        self._session = None
        self._session = open_session(self._link, pairing, ephemeral, self._watch)

    def close(self) -> None:
        """End the session."""
        session, self._session = self._session, None
        if session:
            session.close()

    def ping(self, data: bytes) -> bytes:
        """The same data, if all is well."""
        return self._call(_PING, data)

    def random(self, length: int) -> bytes:
        """That many random bytes, at most 255."""
        return self._call(_RANDOM, bytes((length,)))[_FILLED:]

    def mac_and_destroy(self, slot: int, data: bytes) -> bytes:
        """32 bytes from 32 bytes of data and what the slot held; from then on it holds what `data` makes.

        After an ElementError the slot may be as it was, or destroyed.
        """
        return self._call(_MAC_AND_DESTROY, _slot(slot) + _FILL + data)[_FILLED:]

    def pairing_key(self, slot: int) -> "bytes | None":
        """The public key in a pairing slot, None where none was ever. One made invalid is an ElementError."""
        try:
            return self._call(_READ_PAIRING, _slot(slot))[_FILLED:]
        except ElementError as error:
            if error.code != _EMPTY:
                raise
            return None

    def write_pairing_key(self, slot: int, public: bytes) -> None:
        """Once for each slot, for good."""
        self._call(_WRITE_PAIRING, _slot(slot) + _FILL + public)

    def invalidate_pairing_key(self, slot: int) -> None:
        """Nobody opens a session with this slot any more, ever."""
        self._call(_INVALIDATE_PAIRING, _slot(slot))

    def _call(self, command: int, data: bytes) -> bytes:
        if not self._session:
            raise ElementError("no session")
        return self._session.call(bytes((command,)) + data)


def _slot(slot: int) -> bytes:
    return slot.to_bytes(2, "little")
