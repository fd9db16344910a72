"""The element's side of its session: Noise KK1 with X25519, AES-256-GCM and SHA-256; and its commands."""

from __future__ import annotations

import hmac
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from totpkey_virtual.element_memory import DONE, FAILED, INVALID_COMMAND, Memory, Refused

PROTOCOL = b"Noise_KK1_25519_AESGCM_SHA256".ljust(32, b"\0")
PING, RANDOM, MAC_AND_DESTROY = 0x01, 0x50, 0x90
WRITE_PAIRING, READ_PAIRING, INVALIDATE_PAIRING = 0x10, 0x11, 0x12
#: Fills a result up to whole words.
FILL = bytes(3)


class TagError(Exception):
    """A command was not sealed under this session's key, or not as its next."""


def derive(key: bytes, secret: bytes) -> tuple[bytes, bytes]:
    """HKDF of the Noise specification, section 4.3, with two outputs."""
    extracted = hmac.digest(key, secret, sha256)
    first = hmac.digest(extracted, b"\x01", sha256)
    return first, hmac.digest(extracted, first + b"\x02", sha256)


class Handshake:
    """The answer to a request with the ephemeral public key `theirs`, under the pairing key `public`."""

    def __init__(self, memory: Memory, slot: int, public: bytes, theirs: bytes) -> None:
        ephemeral = X25519PrivateKey.from_private_bytes(memory.entropy(32))
        static = X25519PrivateKey.from_private_bytes(memory.private)
        own = ephemeral.public_key().public_bytes_raw()
        digest = sha256(PROTOCOL).digest()
        for part in (public, memory.public, theirs, bytes([slot]), own):
            digest = sha256(digest + part).digest()
        peer = X25519PublicKey.from_public_bytes(theirs)
        key, _ = derive(PROTOCOL, ephemeral.exchange(peer))
        key, _ = derive(key, ephemeral.exchange(X25519PublicKey.from_public_bytes(public)))
        key, proof = derive(key, static.exchange(peer))
        self.reply = own + AESGCM(proof).encrypt(bytes(12), b"", digest)
        self.session = Session(memory, *derive(key, b""))


class Session:
    """An open session: one key for commands, one for results, and a count of both."""

    def __init__(self, memory: Memory, commands: bytes, results: bytes) -> None:
        self._memory = memory
        self._commands, self._results = commands, results
        self._count = 0

    def call(self, sealed: bytes) -> tuple[int, bytes]:
        """A command, carried out: its number, and the packet of its result.

        Raises TagError, after which the session is over, and PowerFailed.
        """
        nonce = self._count.to_bytes(12, "little")
        try:
            command = AESGCM(self._commands).decrypt(nonce, sealed, None)
        except InvalidTag:
            raise TagError from None
        self._count += 1
        self._memory.step("command taken")
        try:
            result = bytes([DONE]) + self._result(command[0], command[1:])
        except Refused as refusal:
            result = bytes([refusal.result])
        self._memory.step("result ready")
        return command[0], len(result).to_bytes(2, "little") + AESGCM(self._results).encrypt(
            nonce, result, None
        )

    def _result(self, command: int, data: bytes) -> bytes:
        memory = self._memory
        slot = int.from_bytes(data[:2], "little")
        lengths = {RANDOM: 1, MAC_AND_DESTROY: 35, WRITE_PAIRING: 35, READ_PAIRING: 2, INVALIDATE_PAIRING: 2}
        if command == PING:
            return data
        if command not in lengths:
            raise Refused(INVALID_COMMAND)
        if len(data) != lengths[command]:
            raise Refused(FAILED)
        if command == RANDOM:
            return FILL + memory.entropy(data[0])
        if command == MAC_AND_DESTROY:
            return FILL + memory.mac_and_destroy(slot, data[3:])
        if command == READ_PAIRING:
            return FILL + memory.read_pairing_key(slot)
        if command == WRITE_PAIRING:
            memory.write_pairing_key(slot, data[3:])
        else:
            memory.invalidate_pairing_key(slot)
        return b""
