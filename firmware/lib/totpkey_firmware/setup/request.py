"""A request that was checked, and what its command can read from it."""

from binascii import unhexlify

from totpkey_protocol.errors import CLOCK_DOUBTFUL, CLOCK_MISSING, CLOCK_NOT_SET, NOT_FOUND, Refusal
from totpkey_protocol.words import MISSING, TRUSTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from totpkey_protocol.fields import Command

    from .setup_key import SetupKey

    #: A handler that asks for touches: it yields their classes of consent, and returns the reply's fields.
    Steps = Generator[str, None, dict[str, object]]


class Request:
    """One command for a key, which is carried out at once or after a touch."""

    def __init__(
        self, key: "SetupKey", identifier: int, command: "Command", arguments: "dict[str, str | int]", at: int
    ) -> None:
        self.key = key
        self.identifier = identifier
        self.command = command
        self._arguments = arguments
        #: When it came, in ticks. The key may have waited for a touch since.
        self.at = at

    def text(self, name: str) -> str:
        """The value of a text field."""
        return str(self._arguments[name])

    def number(self, name: str) -> int:
        """The value of a number field."""
        return int(self._arguments[name])

    def data(self, name: str) -> bytes:
        """The bytes of a field that the protocol writes in hexadecimal, and has checked."""
        return unhexlify(self.text(name))

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
