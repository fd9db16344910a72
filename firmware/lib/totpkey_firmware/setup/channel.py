"""The record layer: records in and out, proved under the session's key (docs/concepts/protocol.md)."""

import hashlib

from totpkey_protocol import errors, frames
from totpkey_protocol.fields import to_hex

from ..crypto.hmac import pad
from ..crypto.siv import equal
from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..platform import Serial

#: The age at which half a record is dropped, in ms.
_HALF = 1000
_BLOCK = 64
#: What the pad of a code begins with. No record does.
_CODE = b"code"
#: Bytes of the number that tells whether a touch has allowed anything since, or setup has started again.
_START = 8


class Proof:
    """HMAC-SHA-256 (RFC 2104) of one message after another. Its padded keys are made once."""

    def __init__(self, secret: bytes) -> None:
        self._inner, self._outer = pad(secret, b"\x36", _BLOCK), pad(secret, b"\x5c", _BLOCK)
        self.begin()

    def begin(self) -> None:
        """Begin a message."""
        self._state = hashlib.new("sha256", self._inner)

    def update(self, piece: "bytes | memoryview") -> None:
        """Add the next piece of the message."""
        self._state.update(piece)

    def digest(self) -> bytes:
        """The code of the message."""
        outer = hashlib.new("sha256", self._outer)
        outer.update(self._state.digest())
        return outer.digest()

    def tag(self) -> str:
        """The tag of the record that was the message."""
        return to_hex(self.digest()[: frames.TAG // 2])


class Channel:
    """One serial port, and the session of the program that began one last. There is none at first."""

    def __init__(self, serial: "Serial", random: bytearray) -> None:
        """`random`: hard to guess."""
        self._serial = serial
        self._writer = frames.FrameWriter(serial.write)
        self._lines = frames.FrameBuffer()
        self._came_at = 0
        self._proof: "Proof | None" = None
        self._last = -1
        #: What `session` answers: the tag of the last request that a touch allowed, how that ended, and a
        #: number that only such a touch and a new start of setup change. By these a program that lost a reply
        #: learns what became of its request.
        self.allow(random, "", "")

    def allow(self, random: bytearray, tag: str, outcome: str) -> None:
        """A touch has allowed the request with that tag. `random`: hard to guess."""
        self.start, self.agreed, self.outcome = to_hex(bytes(random[:_START])), tag, outcome

    def begin(self, secret: bytes, request_id: int) -> None:
        """Begin a session with a request of that id, and with 32 bytes that no other program can read."""
        self._proof, self._last = Proof(secret), request_id

    def end(self) -> None:
        """End the session."""
        self._proof = None

    @property
    def connected(self) -> bool:
        """Whether a program has the port open."""
        return self._serial.connected

    def flush(self) -> None:
        """Wait until the computer has taken what was sent, or has given up."""
        self._serial.flush()

    def drop(self) -> None:
        """Drop half a record, and the replies that were not sent yet."""
        self._lines.clear()
        self._serial.clear()

    def read(self, now: int) -> "Iterable[memoryview | None]":
        """The lines that have come; None for one that was too long."""
        came = self._serial.read()
        if came:
            self._came_at = now
            return self._lines.feed(came)
        if self._lines.unfinished and since(self._came_at, now) >= _HALF:
            # The sender has gone, and the next program's record must not continue this one.
            self._lines.clear()
        return ()

    def open(self, line: memoryview) -> "tuple[int, dict[str, frames.Value], str] | None":
        """The id, the fields and the tag of the request in a line; None for a blank line or an echo.

        The tag is "" for a request that proves nothing. Raises Refusal, with no_session for a wrong tag and
        for a replay.
        """
        text, tag = frames.split(line)
        if len(tag) and not self._proves(text, tag):
            raise errors.Refusal(errors.NO_SESSION)
        request = frames.parse(text)
        if request is None:
            return None
        if len(tag):
            if request[0] <= self._last:
                raise errors.Refusal(errors.NO_SESSION)
            self._last = request[0]
        return request[0], request[1], str(tag, "ascii")

    def _proves(self, text: memoryview, tag: memoryview) -> bool:
        proof = self._proof
        if not proof:
            return False
        proof.begin()
        proof.update(text)
        return equal(proof.tag().encode(), tag)

    def send(self, message: "dict[str, object]", proved: bool) -> None:
        """Send a message, with its tag if it is `proved` to the program that has the session."""
        self._writer.send(message, self._proof if proved else None)

    def cover(self, code: str) -> str:
        """A code for the reply to the last request, which only its program can read. In hexadecimal."""
        proof = self._proof
        if not proof:
            raise errors.Refusal(errors.NO_SESSION)
        proof.begin()
        proof.update(_CODE + self._last.to_bytes(4, "big"))
        return to_hex(bytes([left ^ right for left, right in zip(code.encode(), proof.digest())]))
