"""The sealed format of a clone and of a file that lends: X25519, HKDF, AES-SIV (docs/concepts/lend-file.md).

Both sides derive the same key from one private half and the other's public half. Unloaded between commands.
"""

from totpkey_protocol.errors import BAD_VALUE, Refusal

from ..crypto import x25519
from ..crypto.hmac import hmac
from ..crypto.kdf import expand
from ..crypto.siv import equal
from ..heap import make_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.sha512 import Watch

#: The purpose for which the key of a file is expanded, with the version of its format. It also begins the
#: associated data.
LEND = b"totpkey lend 1"


def public_of(private: bytearray, feed: "Watch") -> bytes:
    """The public half of a key pair. `feed`: the watchdog, since a full heap makes arithmetic slow."""
    _filled = make_room()
    return x25519.multiply(private, x25519.BASE, feed)


def sealing_key(
    private: bytearray,
    peer: bytes,
    both: bytes,
    purpose: bytes,
    field: str,
    feed: "Watch",
    blind: int = 1,
) -> bytearray:
    """The 64 bytes of a key for AES-SIV, by HKDF-SHA256 (RFC 5869) with both public halves as the salt, the
    sender's first, and the purpose as info.

    `blind` is random where the private half is used more than once. Raises Refusal (bad_value) about `field`
    for a point of low order: RFC 7748, section 6.1, asks for this check.
    """
    _filled = make_room()
    shared = x25519.multiply(private, peer, feed, blind=blind)
    if equal(shared, bytes(x25519.SIZE)):
        raise Refusal(BAD_VALUE, field)
    return expand(hmac("SHA256", both, shared), purpose)
