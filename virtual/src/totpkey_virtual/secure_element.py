"""A TROPIC01 secure element as its wires see it: SPI mode 0, frames, replies (TROPIC01 User API, L1 and L2).

Simulator and emulated chip put the same model behind the pins of their boards. What it knows and does is in
`element_memory` and `element_session`; what real silicon resists, and how, no model can show.
"""

from __future__ import annotations

from collections.abc import Callable

from totpkey_virtual.clock_chip import Now
from totpkey_virtual.element_certificates import store
from totpkey_virtual.element_memory import Memory, PowerFailed
from totpkey_virtual.element_session import Handshake, Session, TagError

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
