"""A TROPIC01 secure element, from what it keeps without power to what its wires say (TROPIC01 User API).

Simulator and emulated chip put the same model behind the pins of their boards: SPI mode 0, frames, replies
(L1 and L2); the session, Noise KK1 with X25519, AES-256-GCM and SHA-256, and its commands; keys, pairing
keys, slots of MAC-and-Destroy, and their wear. What real silicon resists, and how, no model can show.

Its certificates are those of an element that is sold: the chip's own, of its part number, of all chips, a
root. But the root is made up: who checks them by the maker's is told so. The store is as in the User API
("X.509 certificate store"): a version, how many there are, four lengths; then the certificates, the chip's
first.
"""

from __future__ import annotations

import functools
import hmac
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from totpkey_virtual.clock_chip import Now

MAC_SLOTS, PAIRING_SLOTS = 128, 4
#: How often a slot can be written; what comes later is lost (a guess: the data sheet says it of R-Memory).
ENDURANCE = 100_000
#: What an erased slot holds.
ERASED = b"\xff" * 32

DONE, FAILED, UNAUTHORIZED, INVALID_COMMAND = 0xC3, 0x3C, 0x01, 0x02
PAIRING_KEY_EMPTY, PAIRING_KEY_INVALID = 0x15, 0x16


class PowerFailed(Exception):
    """The power failed while the element worked."""


class Refused(Exception):
    """A command was not carried out."""

    def __init__(self, result: int) -> None:
        super().__init__(result)
        self.result = result


class Memory:
    """The memory of one element. `factory` is the public key in pairing slot 0, as it comes from its maker.

    Each write can be cut short: `steps` names what it did since power-on, `cut_at` is the number of the step
    after which the power fails.
    """

    def __init__(self, factory: bytes, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self.entropy = entropy
        self.private = entropy(32)
        self.chip_id = (b"\x01\x00\x00\x00".ljust(28, b"\0") + b"ABAB" + entropy(64)).ljust(128, b"\0")
        #: b"": blank; None: made invalid.
        self._pairing: list[bytes | None] = [factory, b"", b"", b""]
        self._mac_keys = entropy(32), entropy(32)
        self._slots = [ERASED] * MAC_SLOTS
        #: How often each slot was written.
        self.wear = [0] * MAC_SLOTS
        self.steps: list[str] = []
        self.cut_at: int | None = None

    @property
    def public(self) -> bytes:
        return X25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()

    def step(self, name: str) -> None:
        """Something was done. Raises PowerFailed if the power fails right after it."""
        self.steps.append(name)
        if self.cut_at == len(self.steps) - 1:
            raise PowerFailed

    # Pairing keys

    def pairing_key(self, slot: int) -> bytes | None:
        """The public key in a slot that may open a session, else None."""
        return self._pairing[slot] or None if slot < PAIRING_SLOTS else None

    def read_pairing_key(self, slot: int) -> bytes:
        key = self._pairing[_checked(slot, PAIRING_SLOTS)]
        if not key:
            raise Refused(PAIRING_KEY_INVALID if key is None else PAIRING_KEY_EMPTY)
        return key

    def write_pairing_key(self, slot: int, key: bytes) -> None:
        if self._pairing[_checked(slot, PAIRING_SLOTS)] != b"":
            raise Refused(FAILED)
        self._pairing[slot] = key
        self.step(f"pairing key {slot} written")

    def invalidate_pairing_key(self, slot: int) -> None:
        if self._pairing[_checked(slot, PAIRING_SLOTS)] == b"":
            raise Refused(FAILED)
        self._pairing[slot] = None
        self.step(f"pairing key {slot} made invalid")

    # MAC-and-Destroy

    def mac_and_destroy(self, slot: int, data: bytes) -> bytes:
        """What the slot held and what `data` makes, through a key; then the slot holds what `data` makes.

        The chip's functions are KMAC256 under keys that never leave it: from outside they look like these.
        """
        number = bytes([_checked(slot, MAC_SLOTS)])
        held, self._slots[slot] = self._slots[slot], ERASED
        self.step(f"slot {slot} erased")
        made = hmac.digest(self._mac_keys[0], data + number, sha256)
        self.wear[slot] += 1
        if self.wear[slot] <= ENDURANCE:
            self._slots[slot] = made
        self.step(f"slot {slot} written")
        return hmac.digest(self._mac_keys[1], held + self._slots[slot] + number, sha256)


def _checked(slot: int, slots: int) -> int:
    if slot >= slots:
        raise Refused(UNAUTHORIZED)
    return slot


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


_VERSION = 1
_MADE = datetime(2026, 1, 1, tzinfo=UTC)
_ROOT = ec.derive_private_key(int.from_bytes(b"totpkey virtual element", "big"), ec.SECP521R1())
#: The root's public key: a point of P-521.
ROOT = _ROOT.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@functools.cache
def store(private: bytes) -> bytes:
    """The store of the chip whose X25519 key is `private`, 32 bytes."""
    chips, part = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
    public = X25519PrivateKey.from_private_bytes(private).public_key()
    return packed(
        [
            signed("chip", public, "part", part),
            signed("part", part.public_key(), "chips", chips, 0),
            signed("chips", chips.public_key(), "root", _ROOT, 1),
            signed("root", _ROOT.public_key(), "root", _ROOT, 2),
        ]
    )


def packed(certificates: list[bytes]) -> bytes:
    """The store of four certificates."""
    lengths = b"".join(len(certificate).to_bytes(2, "big") for certificate in certificates)
    return bytes((_VERSION, len(certificates))) + lengths + b"".join(certificates)


def signed(
    name: str,
    public: X25519PublicKey | ec.EllipticCurvePublicKey,
    issuer: str,
    authority: ec.EllipticCurvePrivateKey,
    below: int | None = None,
) -> bytes:
    """A certificate in DER; `below`: how many authorities may stand under it, None where it is none."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(1)
        .not_valid_before(_MADE)
        .not_valid_after(_MADE + timedelta(days=7300))
        .add_extension(x509.BasicConstraints(below is not None, below), critical=True)
    )
    return builder.sign(authority, SHA384()).public_bytes(Encoding.DER)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


GET_REPLY = 0xAA
GET_INFO, HANDSHAKE, ENCRYPTED, END_SESSION, RESEND = 0x01, 0x02, 0x04, 0x08, 0x10
READY, ALARM = 0x01, 0x02
REQUEST_OK, RESULT_OK, REQUEST_CONTINUES, RESULT_CONTINUES = 0x01, 0x02, 0x03, 0x04
HANDSHAKE_ERROR, NO_SESSION, TAG_ERROR, CRC_ERROR = 0x79, 0x7A, 0x7B, 0x7C
UNKNOWN_REQUEST, GENERAL_ERROR, NO_REPLY = 0x7E, 0x7F, 0xFF

#: Objects of GET_INFO, and the bytes of a block of them.
CERTIFICATES, CHIP_ID, CPU_FIRMWARE, COPROCESSOR_FIRMWARE = 0x00, 0x01, 0x02, 0x04
BLOCK, BLOCKS = 128, 30
#: The bytes of a packet that one reply carries.
CHUNK = 128

#: What things take, in s (TROPIC01 data sheet): from power-on to the first request; a handshake; a command.
START_UP, HANDSHAKE_TIME = 0.225, 0.163
COMMAND_TIMES = {0x90: 0.028}
COMMAND_TIME = 0.002
#: For what is answered without any secret; a guess.
REQUEST_TIME = 0.0005


def crc16(data: bytes) -> bytes:
    """CRC-16 with polynomial 0x8005, its low byte first."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005) & 0xFFFF if crc & 0x8000 else crc << 1
    return crc.to_bytes(2, "little")


class SecureElement:
    """One element. `now` gives the true time in seconds, `memory` is what survives without power.

    It has power from `power_on` to `power_off`.
    """

    def __init__(self, now: Now, memory: Memory) -> None:
        self._now = now
        self.memory = memory
        #: Its wires are sound.
        self.connected = True
        #: It has seen an attack: it says so, and nothing else. Stays until somebody takes it back.
        self.alarm = False
        #: Told when the power fails within a command, as `memory.cut_at` says.
        self.on_power_loss: Callable[[], None] = lambda: None
        self.powered = False
        self.power_off()

    # The world

    def power_on(self) -> None:
        self.power_off()
        self.powered = True
        self.memory.steps.clear()
        self._busy_until = self._now() + START_UP

    def power_off(self) -> None:
        """The session ends, and what was to be sent or came in half is forgotten."""
        self.powered = False
        self._busy_until = 0.0
        self._selected = False
        self._received = bytearray()
        self._sending = bytearray()
        #: Replies that were not asked for yet, and the one that was last.
        self._replies: list[bytes] = []
        self._last = b""
        self._packet = bytearray()
        self._session: Session | None = None

    # The wire

    def select(self, selected: bool) -> None:
        """Chip select goes down, or up: the end of a transfer, and of a request."""
        if selected == self._selected:
            return
        self._selected = selected
        received, self._received = bytes(self._received), bytearray()
        self._sending.clear()
        if not selected and received and received[0] != GET_REPLY and self._ready:
            try:
                self._take(received)
            except PowerFailed:
                self.power_off()
                self.on_power_loss()

    def exchange(self, byte: int) -> int:
        """The byte that goes out while `byte` comes in, both with the highest bit first."""
        if not (self._selected and self.powered and self.connected):
            return 0
        first = not self._received
        self._received.append(byte)
        if first:
            return self._begin(byte)
        return self._sending.pop(0) if self._sending else self._filling

    def _begin(self, byte: int) -> int:
        """Its state; what follows is the next reply, if it is asked for one and has one."""
        self._filling = 0
        if byte == GET_REPLY:
            if self._ready and self._replies:
                self._last = self._replies.pop(0)
                self._sending.extend(self._last)
            else:
                self._filling = NO_REPLY
        return ALARM if self.alarm else READY if self._ready else 0

    @property
    def _ready(self) -> bool:
        return not self.alarm and self._now() >= self._busy_until

    # Requests

    def _take(self, frame: bytes) -> None:
        """A frame came in. What it did not answer before, it never will."""
        self._replies.clear()
        self._spend(REQUEST_TIME)
        if len(frame) < 4 or frame[-2:] != crc16(frame[:-2]) or frame[1] != len(frame) - 4:
            self._reply(CRC_ERROR)
            return
        data = frame[2:-2]
        actions: dict[int, Callable[[bytes], None]] = {
            GET_INFO: self._get_info,
            HANDSHAKE: self._shake_hands,
            ENCRYPTED: self._encrypted,
            END_SESSION: self._end_session,
            RESEND: self._resend,
        }
        action = actions.get(frame[0])
        if action is None:
            self._reply(UNKNOWN_REQUEST)
        else:
            action(data)

    def _reply(self, status: int, data: bytes = b"") -> None:
        frame = bytes((status, len(data))) + data
        self._replies.append(frame + crc16(frame))

    def _spend(self, seconds: float) -> None:
        self._busy_until = self._now() + seconds

    def _get_info(self, data: bytes) -> None:
        objects = {
            CERTIFICATES: store(self.memory.private),
            CHIP_ID: self.memory.chip_id,
            CPU_FIRMWARE: bytes((0, 0, 0, 2)),
            COPROCESSOR_FIRMWARE: bytes((0, 0, 0, 1)),
        }
        if len(data) != 2 or data[0] not in objects or data[1] >= BLOCKS:
            self._reply(GENERAL_ERROR)
            return
        if data[0] in (CPU_FIRMWARE, COPROCESSOR_FIRMWARE):
            self._reply(REQUEST_OK, objects[data[0]])
            return
        block = objects[data[0]][data[1] * BLOCK :][:BLOCK] if data[0] == CERTIFICATES else objects[data[0]]
        self._reply(REQUEST_OK, block.ljust(BLOCK, b"\0"))

    def _shake_hands(self, data: bytes) -> None:
        self._session = None
        self._packet.clear()
        self._spend(HANDSHAKE_TIME)
        public = self.memory.pairing_key(data[32]) if len(data) == 33 else None
        if public is None:
            self._reply(HANDSHAKE_ERROR)
            return
        handshake = Handshake(self.memory, data[32], public, data[:32])
        self._session = handshake.session
        self._reply(REQUEST_OK, handshake.reply)

    def _encrypted(self, data: bytes) -> None:
        if self._session is None:
            self._reply(NO_SESSION)
            return
        self._packet += data
        length = int.from_bytes(self._packet[:2], "little") + 2 + 16
        if len(self._packet) < length:
            self._reply(REQUEST_CONTINUES)
            return
        packet = bytes(self._packet[2:length])
        self._packet.clear()
        try:
            command, result = self._session.call(packet)
        except TagError:
            self._session = None
            self._reply(TAG_ERROR)
            return
        self._spend(COMMAND_TIMES.get(command, COMMAND_TIME))
        self._reply(REQUEST_OK)
        chunks = [result[at : at + CHUNK] for at in range(0, len(result), CHUNK)]
        for chunk in chunks[:-1]:
            self._reply(RESULT_CONTINUES, chunk)
        self._reply(RESULT_OK, chunks[-1])

    def _end_session(self, _data: bytes) -> None:
        self._session = None
        self._packet.clear()
        self._reply(REQUEST_OK)

    def _resend(self, _data: bytes) -> None:
        if self._last:
            self._replies.append(self._last)
        else:
            self._reply(GENERAL_ERROR)
