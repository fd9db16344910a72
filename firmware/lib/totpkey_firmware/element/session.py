"""The encrypted session with the element: Noise KK1 (Noise specification revision 34, section 7.5).

Each side knows the other's static key before. In the handshake the element proves that it has the private key
to the public one that is expected of it: another element, or a program on the wire, ends in an ElementError.
"""

import hashlib

from ..crypto import gcm, x25519
from ..crypto.hmac import hmac
from ..crypto.kdf import expand
from ..crypto.siv import BadSeal, equal, wipe
from .link import END_SESSION, HANDSHAKE, ElementError, Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.sha512 import Watch

_PROTOCOL = b"Noise_KK1_25519_AESGCM_SHA256\x00\x00\x00"
_KEY, _TAG, _NONCE = 32, 16, 12
#: The result of a command that was carried out.
_DONE = 0xC3


class Pairing:
    """What a key and its element know of each other: 32 bytes each, and the slot of the public one there."""

    def __init__(self, slot: int, private: bytes, public: bytes, element: bytes) -> None:
        self.slot = slot
        self.private = private
        self.public = public
        #: The element's own public key, from its certificate.
        self.element = element


class Session:
    """An open session; `open_session` makes it. After an ElementError it is closed."""

    def __init__(self, link: Link, keys: bytearray) -> None:
        self._link = link
        #: Of the commands, then of the results.
        self._keys = keys
        self._count = 0

    def call(self, command: bytes) -> bytes:
        """The data of the result. Raises ElementError, with the result as its code."""
        if not self._keys:
            raise ElementError("no session")
        try:
            result = self._call(command)
        except (ElementError, BadSeal) as error:
            # Both sides count, and may now differ.
            self._forget()
            raise ElementError("session lost", getattr(error, "code", 0)) from None
        if result[0] != _DONE:
            raise ElementError("refused", result[0])
        return result[1:]

    def close(self) -> None:
        """End it on both sides. Raises ElementError if the element does not answer; it is closed here."""
        self._forget()
        self._link.request(END_SESSION)

    def _call(self, command: bytes) -> bytes:
        nonce = self._count.to_bytes(_NONCE, "little")
        sealed = gcm.seal(self._keys[:_KEY], nonce, command)
        packet = self._link.command(len(command).to_bytes(2, "little") + sealed)
        self._count += 1
        result = gcm.open_sealed(self._keys[_KEY:], nonce, packet[2:])
        if not result or int.from_bytes(packet[:2], "little") != len(result):
            raise BadSeal
        return result

    def _forget(self) -> None:
        wipe(self._keys)
        self._keys = bytearray()


def open_session(link: Link, pairing: Pairing, ephemeral: bytearray, watch: "Watch" = None) -> Session:
    """A session with the element of `pairing`; it destroys nothing there.

    `ephemeral`: 32 fresh random bytes, wiped here. Four products of X25519, in slices: `watch` is called
    between them. Raises ElementError.
    """
    own = x25519.multiply(ephemeral, x25519.BASE, watch, True)
    reply = bytes(link.request(HANDSHAKE, own + bytes((pairing.slot,))))
    if len(reply) != _KEY + _TAG:
        raise ElementError("no handshake")
    other = reply[:_KEY]
    digest = _PROTOCOL
    for part in (b"", pairing.public, pairing.element, own, bytes((pairing.slot,)), other):
        digest = hashlib.new("sha256", digest + part).digest()
    keys = bytearray(_PROTOCOL)
    for scalar, point in ((ephemeral, other), (pairing.private, other), (ephemeral, pairing.element)):
        keys = _mixed(keys[:_KEY], x25519.multiply(scalar, point, watch, True))
    wipe(ephemeral)
    tag = gcm.seal(keys[_KEY:], bytes(_NONCE), b"", digest)
    if not equal(tag, reply[_KEY:]):
        raise ElementError("another element")
    return Session(link, _mixed(keys[:_KEY], b""))


def _mixed(key: bytearray, secret: bytes) -> bytearray:
    """HKDF of Noise, section 4.3: 64 bytes, the first half to go on with."""
    return expand(hmac("SHA256", bytes(key), secret), b"")
