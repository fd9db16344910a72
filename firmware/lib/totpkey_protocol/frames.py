"""Frames: one flat JSON object per line (RFC 8259), in a buffer of fixed size.

The reader is strict, and behaves the same on CircuitPython and CPython. Their own JSON readers accept
different errors (missing commas, repeated names, deep nesting). A request is an object of text, whole numbers
and booleans. A long text is given as a part of the frame.
"""

from binascii import b2a_base64

from . import errors, limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol, Union

    Value = Union[str, int, bool, memoryview]

    class Proof(Protocol):
        """Computes the tag of a record that comes in pieces."""

        def begin(self) -> None: ...
        def update(self, piece: memoryview) -> None: ...
        def tag(self) -> str: ...


#: A frame with one of these names is our own reply, echoed by a terminal. Never answer it.
_REPLY_NAMES = ("ok", "error", "notice")
_ESCAPES = {0x22: '"', 0x5C: "\\", 0x2F: "/", 0x62: "\b", 0x66: "\f", 0x6E: "\n", 0x72: "\r", 0x74: "\t"}
_SPACES = b" \t\r"
#: Longer numbers are out of range for every field, and are not read at all.
_NUMBER_DIGITS = 15
#: A longer text, in bytes, is not copied, because the heap may have no block for it. It must be ASCII.
LONG = 512
#: The field whose text is not copied, however short it is: what another key has sealed.
_SEALED = "sealed"
#: How many bytes are written in base64 at once: whole groups of three.
_BASE64 = 48
#: How many bytes of a frame are written at once.
_PIECE = 256
#: A record in a session ends with its tag: the first 16 bytes of HMAC-SHA-256 over the object before it, in
#: this many hexadecimal digits.
TAG = 32
_DIGITS = b"0123456789abcdef"
#: A frame is overwritten in such pieces, of which it has a whole number.
_ZEROS = bytes(32)


class FrameBuffer:
    """Splits a byte stream into frames of at most `limits.FRAME` bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray(limits.FRAME)
        self._used = 0
        self._overflowed = False

    @property
    def unfinished(self) -> bool:
        """Whether a part of a frame has arrived without its end."""
        return self._used > 0 or self._overflowed

    def clear(self) -> None:
        """Drop an unfinished frame, and overwrite it."""
        for start in range(0, self._used, len(_ZEROS)):
            self._buffer[start : start + len(_ZEROS)] = _ZEROS
        self._used = 0
        self._overflowed = False

    def feed(self, chunk: bytes) -> "Iterator[memoryview | None]":
        """Yield the frames that `chunk` completes, without their newlines; None for one that was too long.

        A frame is valid until the next one is requested, because the heap may have no block for a copy.
        """
        start = 0
        while True:
            end = chunk.find(b"\n", start)
            self._append(chunk[start:] if end < 0 else chunk[start:end])
            if end < 0:
                return
            if self._overflowed:
                yield None
            elif self._used:
                yield memoryview(self._buffer)[: self._used]
            self.clear()
            start = end + 1

    def _append(self, piece: bytes) -> None:
        # The newline counts as part of the frame.
        if self._used + len(piece) >= limits.FRAME:
            self._overflowed = True
        if not self._overflowed:
            self._buffer[self._used : self._used + len(piece)] = piece
            self._used += len(piece)


def split(line: "memoryview") -> "tuple[memoryview, memoryview]":
    """The object in a line, and its tag, which is empty if the line has none. Nothing is parsed.

    No object ends with a digit. What is too short for its tag has no object.
    """
    at = max(len(line) - TAG, 0) if len(line) and line[-1] in _DIGITS else len(line)
    return line[:at], line[at:]


def parse(frame: "bytes | memoryview") -> "tuple[int, dict[str, Value]] | None":
    """The id and the other fields of the request in `frame`; None for an echoed reply or a blank line.

    Raises errors.Refusal (bad_json, bad_utf8, bad_type, repeated_field, out_of_range, bad_id).
    """
    request: "dict[str, Value]" = {}
    if not _Reader(frame).read_into(request):
        return None
    value = request.pop("id", None)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= limits.REQUEST_ID:
        raise errors.Refusal(errors.BAD_ID, "id")
    return value, request


class _Reader:
    """Reads one frame from left to right. Works on bytes, because indexing text is slow on CircuitPython."""

    def __init__(self, frame: "bytes | memoryview") -> None:
        self._frame = frame
        self._at = 0

    def read_into(self, request: "dict[str, Value]") -> bool:
        """Fill `request`; False if the frame is blank or an echo of a reply."""
        if self._next() < 0:
            return False
        self._expect(b"{")
        if self._next() == 0x7D:
            self._at += 1
        else:
            while True:
                self._next()
                name = self._text()
                if name in _REPLY_NAMES:
                    return False
                if name in request:
                    raise errors.Refusal(errors.REPEATED_FIELD)
                self._expect(b":")
                request[name] = self._value(0 if name == _SEALED else LONG)
                if self._next() != 0x2C:
                    break
                self._at += 1
            self._expect(b"}")
        if self._next() >= 0:
            raise errors.Refusal(errors.BAD_JSON)
        return True

    def _next(self) -> int:
        """The next byte that is not a space, or -1 at the end. Does not consume it."""
        frame = self._frame
        while self._at < len(frame) and frame[self._at] in _SPACES:
            self._at += 1
        return frame[self._at] if self._at < len(frame) else -1

    def _expect(self, byte: bytes) -> None:
        if self._next() != byte[0]:
            raise errors.Refusal(errors.BAD_JSON)
        self._at += 1

    def _value(self, most: int) -> "Value":
        """The value that begins here. A text of more than `most` bytes is not copied."""
        first = self._next()
        if first == 0x22:
            start = self._start_text()
            return self._part(start, most) or self._rest(start)
        if first == 0x2D or 0x30 <= first <= 0x39:
            return self._number()
        for word, value in ((b"true", True), (b"false", False)):
            if self._frame[self._at : self._at + len(word)] == word:
                self._at += len(word)
                return value
        if first in (0x5B, 0x7B) or self._frame[self._at : self._at + 4] == b"null":
            raise errors.Refusal(errors.BAD_TYPE)
        raise errors.Refusal(errors.BAD_JSON)

    def _number(self) -> int:
        start = self._at
        if self._frame[self._at] == 0x2D:
            self._at += 1
        digits = self._at
        while self._at < len(self._frame) and 0x30 <= self._frame[self._at] <= 0x39:
            self._at += 1
        count = self._at - digits
        if count == 0 or (count > 1 and self._frame[digits] == 0x30):
            raise errors.Refusal(errors.BAD_JSON)
        if self._at < len(self._frame) and self._frame[self._at] in b".eE":
            raise errors.Refusal(errors.BAD_TYPE)
        if count > _NUMBER_DIGITS:
            raise errors.Refusal(errors.OUT_OF_RANGE)
        return int(bytes(self._frame[start : self._at]))

    def _text(self) -> str:
        return self._rest(self._start_text())

    def _start_text(self) -> int:
        """Read the quote and all up to the next quote or backslash. Returns where the text begins."""
        if self._at >= len(self._frame) or self._frame[self._at] != 0x22:
            raise errors.Refusal(errors.BAD_JSON)
        self._at += 1
        return self._skip()

    def _skip(self) -> int:
        """Go on to the next quote or backslash. Returns where this was called."""
        frame, start = self._frame, self._at
        at, end = start, len(frame)
        while at < end and frame[at] != 0x22 and frame[at] != 0x5C:
            if frame[at] < 0x20:
                raise errors.Refusal(errors.BAD_JSON)
            at += 1
        self._at = at
        return start

    def _part(self, start: int, most: int) -> "memoryview | None":
        """A long text from `start` on, as a part of the frame; None for a short one or one with an escape."""
        frame, end = self._frame, self._at
        if end - start <= most or frame[end : end + 1] != b'"':
            return None
        for at in range(start, end):
            if frame[at] >= 0x7F:
                return None
        self._at += 1
        return memoryview(frame)[start:end]

    def _rest(self, start: int) -> str:
        """The text that began at `start`, up to its closing quote."""
        text = ""
        while True:
            text += self._decoded(start)
            if self._at >= len(self._frame):
                raise errors.Refusal(errors.BAD_JSON)
            self._at += 1
            if self._frame[self._at - 1] == 0x22:
                return text
            text += self._escape()
            start = self._skip()

    def _decoded(self, start: int) -> str:
        try:
            return str(self._frame[start : self._at], "utf-8")
        except UnicodeError:
            # Raise a new error below, so that the exception does not contain the bytes.
            pass
        raise errors.Refusal(errors.BAD_UTF8)

    def _escape(self) -> str:
        frame = self._frame
        letter = frame[self._at] if self._at < len(frame) else -1
        self._at += 1
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        if letter != 0x75:
            raise errors.Refusal(errors.BAD_JSON)
        unit = self._unit()
        if 0xD800 <= unit < 0xDC00 and frame[self._at : self._at + 2] == b"\\u":
            self._at += 2
            low = self._unit()
            if not 0xDC00 <= low < 0xE000:
                raise errors.Refusal(errors.BAD_JSON)
            return chr(0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00)
        if 0xD800 <= unit < 0xE000:
            raise errors.Refusal(errors.BAD_JSON)
        return chr(unit)

    def _unit(self) -> int:
        """Four hexadecimal digits: a UTF-16 code unit (RFC 8259 section 7)."""
        digits = bytes(self._frame[self._at : self._at + 4])
        if len(digits) < 4 or not all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            raise errors.Refusal(errors.BAD_JSON)
        self._at += 4
        return int(digits, 16)


def encode(value: object, put: "Callable[[str], None]") -> None:
    """Pass `value` (dicts, lists, text, whole numbers, booleans, None) to `put` as pieces of JSON, no spaces.

    Bytes in a memoryview become text in base64 (RFC 4648 section 4).

    This is not `json.dumps`, because CircuitPython's and CPython's versions give different lengths for the
    same text, and frames are bounded. Text must not contain control characters; `fields.check_value` refuses
    them.
    """
    if isinstance(value, str):
        put(_quoted(value))
    elif isinstance(value, memoryview):
        put('"')
        for at in range(0, len(value), _BASE64):
            put(b2a_base64(value[at : at + _BASE64]).decode().strip())
        put('"')
    elif isinstance(value, dict):
        before = "{"
        for name in value:
            put(before + _quoted(name) + ":")
            encode(value[name], put)
            before = ","
        put("}" if value else "{}")
    elif isinstance(value, (list, tuple)):
        before = "["
        for item in value:
            put(before)
            encode(item, put)
            before = ","
        put("]" if value else "[]")
    else:
        put(_word(value))


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text + '"'


def _word(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise TypeError("no JSON for this type")


class Length:
    """Counts the bytes that a value takes in a frame."""

    def __init__(self, value: object) -> None:
        self.bytes = 0
        encode(value, self._count)

    def _count(self, text: str) -> None:
        self.bytes += len(text.encode())


class FrameWriter:
    """Sends messages as frames, in small pieces, because the heap may have no block as long as a frame."""

    def __init__(self, write: "Callable[[memoryview], object]") -> None:
        self._write = write
        self._buffer = bytearray(_PIECE)
        self._filled = 0
        self._proof: "Proof | None" = None

    def send(self, message: "dict[str, object]", proof: "Proof | None" = None) -> None:
        """Write `message`, the tag that `proof` computes, if it is given, and the newline that ends it."""
        self._proof = proof
        if proof:
            proof.begin()
        encode(message, self._put)
        if proof:
            proof.update(memoryview(self._buffer)[: self._filled])
            self._proof = None
            self._put(proof.tag())
        self._put("\n")
        self._flush()

    def _put(self, text: str) -> None:
        data = text.encode()
        while self._filled + len(data) > _PIECE:
            fits = _PIECE - self._filled
            self._buffer[self._filled :] = data[:fits]
            self._filled = _PIECE
            self._flush()
            data = data[fits:]
        self._buffer[self._filled : self._filled + len(data)] = data
        self._filled += len(data)

    def _flush(self) -> None:
        piece = memoryview(self._buffer)[: self._filled]
        if self._proof:
            self._proof.update(piece)
        self._write(piece)
        self._filled = 0
