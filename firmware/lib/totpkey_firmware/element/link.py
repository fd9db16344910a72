"""Frames to and from the element (TROPIC01 User API, L1 and L2 layers): a request, then its replies.

A frame is a kind or a status, a length, so many bytes, and a CRC-16. The element answers when it is asked for
its reply; until then it shows that it is busy. Whatever goes wrong on the wire ends in an ElementError.
"""

from totpkey_protocol.limits import CERTIFICATE_BLOCK

from ..ticks import since
from .glance import ALARM, GET_REPLY, READY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.sha512 import Watch
    from .glance import Wire

#: Kinds of requests.
GET_INFO, HANDSHAKE, ENCRYPTED = 0x01, 0x02, 0x04
END_SESSION, RESEND = 0x08, 0x10
#: The object of GET_INFO that is its certificates.
_CERTIFICATES = 0
#: The longest request, in bytes of its data, and the longest packet of several replies.
LONGEST, LONGEST_PACKET = 252, 4096 + 18

#: All bits of its state: nobody drives the line.
_NOBODY = 0xFF
#: Statuses: the request was taken, the result is here, or a part of either.
_TAKEN, _RESULT, _TAKEN_PART, _RESULT_PART = 1, 2, 3, 4
_BAD_CRC, _NO_REPLY = 0x7C, 0xFF
_TRIES = 3
#: How long the element may be busy, in ms: its slowest command takes less than a second.
_PATIENCE = 2000


class ElementError(Exception):
    """No element, or it did not do what was asked. What was asked of it may be done all the same.

    `code`: the status or the result that the element gave, or 0.
    """

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(reason)
        self.code = code


class Link:
    """Requests and replies over one wire. `watch` is called while the element is busy."""

    def __init__(self, wire: "Wire", watch: "Watch" = None) -> None:
        self._wire = wire
        self._watch = watch

    def request(self, kind: int, data: bytes = b"") -> bytearray:
        """The data of the reply to a request with `data`, at most `LONGEST` bytes. Raises ElementError."""
        frame = _frame(kind, data)
        # What comes while it is busy, or has not started, is lost.
        self._wait(False)
        self._wire.select(False)
        self._send(frame)
        return self._reply(frame)[2:-2]

    def certificates(self, block: int) -> bytearray:
        """The bytes of its certificates in one block. Raises ElementError."""
        data = self.request(GET_INFO, bytes((_CERTIFICATES, block)))
        if len(data) != CERTIFICATE_BLOCK:
            raise ElementError("half a block")
        return data

    def command(self, packet: bytes) -> bytearray:
        """The packet that answers an encrypted command, put together. Raises ElementError."""
        self.request(ENCRYPTED, packet)
        result = bytearray()
        while len(result) <= LONGEST_PACKET:
            reply = self._reply(_frame(RESEND))
            result += reply[2:-2]
            if reply[0] == _RESULT:
                return result
        raise ElementError("a result without an end")

    def _send(self, frame: bytes) -> None:
        self._wire.select(True)
        self._wire.exchange(bytearray(frame))
        self._wire.select(False)

    def _reply(self, sent: bytes) -> bytearray:
        """The next reply, whole. What was damaged on its way is asked for again; `sent` has gone last.

        To be sent again is safe for any request: an encrypted command has a number that serves once.
        """
        for _ in range(_TRIES):
            reply = self._receive()
            whole = crc16(memoryview(reply)[:-2]) == reply[-2:]
            if whole and reply[0] != _BAD_CRC:
                if not _TAKEN <= reply[0] <= _RESULT_PART:
                    raise ElementError("refused", reply[0])
                return reply
            if not whole:
                sent = _frame(RESEND)
            self._send(sent)
        raise ElementError("damaged frames")

    def _receive(self) -> bytearray:
        """A reply as it came, as soon as the element has one."""
        head = self._wait(True)
        rest = bytearray(head[2] + 2)
        self._wire.exchange(rest)
        self._wire.select(False)
        return head[1:] + rest

    def _wait(self, for_reply: bool) -> bytearray:
        """What it says as soon as it is ready, or has a reply. It stays selected."""
        start = self._wire.ticks()
        while since(start, self._wire.ticks()) < _PATIENCE:
            head = self._ask()
            if head[0] == READY and not (for_reply and head[1] == _NO_REPLY):
                return head
            self._wire.select(False)
            if head[0] & ALARM and head[0] != _NOBODY:
                raise ElementError("alarm")
            if self._watch:
                self._watch()
            self._wire.pause()
        raise ElementError("no answer")

    def _ask(self) -> bytearray:
        """The element's state, and of its reply the status and the length. It stays selected."""
        head = bytearray((GET_REPLY, 0, 0))
        self._wire.select(True)
        self._wire.exchange(head)
        return head


def _frame(kind: int, data: bytes = b"") -> bytes:
    frame = bytes((kind, len(data))) + data
    return frame + crc16(frame)


def crc16(data: "bytes | memoryview") -> bytes:
    """CRC-16 with polynomial 0x8005, as it stands at a frame's end: its low byte first."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x8005 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return bytes((crc & 0xFF, crc >> 8))
