"""A request that was checked, and what its command can read from it."""

from binascii import a2b_base64, unhexlify

from totpkey_protocol.errors import (
    BAD_VALUE,
    CLOCK_DOUBTFUL,
    CLOCK_MISSING,
    CLOCK_NOT_SET,
    NOT_FOUND,
    OUT_OF_RANGE,
    Refusal,
)
from totpkey_protocol.words import MISSING, TRUSTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from totpkey_protocol.fields import Argument, Command

    from .setup_key import SetupKey

    #: A handler that asks for touches: it yields their classes of consent, and returns the reply's fields.
    Steps = Generator[str, None, dict[str, object]]

#: How many characters of base64 are decoded at once: whole groups of four.
_BASE64 = 64


class Request:
    """One command for a key, which is carried out at once or after a touch."""

    command: "Command"
    arguments: "dict[str, Argument]"

    def __init__(self, key: "SetupKey", identifier: int, tag: str, at: int) -> None:
        self.key = key
        self.identifier = identifier
        #: The tag that proves it; "" if nothing does.
        self.tag = tag
        #: When it came, in ticks. The key may have waited for a touch since.
        self.at = at

    def text(self, name: str) -> str:
        """The value of a text field."""
        # Without `str`, which would copy it.
        return self.arguments[name]  # type: ignore[return-value]

    def number(self, name: str) -> int:
        """The value of a number field."""
        return int(self.arguments[name])

    def data(self, name: str) -> bytes:
        """The bytes of a field that the protocol writes in hexadecimal, and has checked."""
        return unhexlify(self.text(name))

    def decoded(self, name: str, room: bytearray) -> memoryview:
        """The bytes of a field in base64 (RFC 4648 section 4), in `room`. Raises Refusal (bad_value).

        A long text is a part of the frame, so this is for the time before the first touch.
        """
        text, end = self.arguments[name], 0
        data = text if isinstance(text, memoryview) else self.text(name).encode()
        for start in range(0, len(data), _BASE64):
            try:
                piece = a2b_base64(data[start : start + _BASE64])
            except ValueError:
                raise Refusal(BAD_VALUE, name) from None
            if end + len(piece) > len(room):
                raise Refusal(BAD_VALUE, name)
            room[end : end + len(piece)] = piece
            end += len(piece)
        return memoryview(room)[:end]

    def start(self) -> int:
        """The place in the list from which the request goes on. Raises Refusal (out_of_range)."""
        start = self.number("start")
        if start > len(self.key.vault):
            raise Refusal(OUT_OF_RANGE, "start")
        return start

    def account(self) -> int:
        """The index of the account that the request names. Raises Refusal (not_found)."""
        index = self.key.vault.index(int(self.text("account"), 16))
        if index < 0:
            raise Refusal(NOT_FOUND, "account")
        return index

    def require_time(self) -> None:
        """Raise Refusal (clock_missing, clock_not_set, clock_doubtful) unless the key trusts its time."""
        self.require_clock()
        if self.key.timekeeper.state != TRUSTED:
            raise Refusal(CLOCK_DOUBTFUL)

    def require_clock(self) -> None:
        """Raise Refusal (clock_missing, clock_not_set) unless the key's clock runs."""
        if not self.key.timekeeper.running:
            raise Refusal(CLOCK_MISSING if self.key.timekeeper.state == MISSING else CLOCK_NOT_SET)
