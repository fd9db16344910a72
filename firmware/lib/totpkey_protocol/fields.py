"""What the definition of the protocol is made of: fields, commands, and how a request is checked.

The definition itself is in `commands`.
"""

from binascii import unhexlify

from . import errors
from .words import NEVER, PIN, STATES

# Kinds of value, and how they are written
TEXT = "text"
NUMBER = "number"
SECRET = "secret"
HEX = "hex"
SEALED = "sealed"
ACCOUNT = "account"
CHOICE = "choice"
ACCOUNTS = "accounts"


class Field:
    """One named value: its kind, its least and most (characters, or the number itself), its default.

    A field whose default is None is required in requests and always present in replies.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        least: int = 0,
        most: int = 0,
        choices: "tuple[str, ...]" = (),
        default: "str | int | None" = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.least = least
        self.most = most
        self.choices = choices
        self.default = default

    def check(self, value: object) -> None:
        """Raise Refusal (bad_type, out_of_range, bad_value) unless `value` fits this field."""
        number = self.kind == NUMBER
        if isinstance(value, bool) or not isinstance(value, int if number else str):
            raise errors.Refusal(errors.BAD_TYPE, self.name)
        size = value if isinstance(value, int) else len(value)
        if not self.kind == CHOICE and not self.least <= size <= self.most:
            raise errors.Refusal(errors.OUT_OF_RANGE, self.name)
        if isinstance(value, str) and not self._fits(value):
            raise errors.Refusal(errors.BAD_VALUE, self.name)

    def _fits(self, value: str) -> bool:
        if self.kind == CHOICE:
            return value in self.choices
        if self.kind in (SECRET, HEX):
            return len(value) % 2 == 0 and _is_hex(value)
        if self.kind == ACCOUNT:
            return _is_hex(value)
        # As bytes: CircuitPython keeps each character that it takes out of a text for ever.
        if self.kind == PIN:
            return all(48 <= byte <= 57 for byte in value.encode())
        return _is_plain(value.encode())


def _is_plain(data: bytes) -> bool:
    """Whether no character of a text in UTF-8 controls a terminal, ends a line or turns text round.

    These are the control characters (C0, DEL, C1), U+2028 and 2029, and those of UAX #9 section 2.
    """
    for at in range(len(data)):
        byte = data[at]
        if byte < 32 or byte == 127 or (byte == 0xC2 and data[at + 1] < 0xA0):
            return False
        if byte == 0xD8 and data[at + 1] == 0x9C:
            return False
        if byte == 0xE2:
            rest = data[at + 1] << 8 | data[at + 2]
            if 0x80A8 <= rest <= 0x80AE or 0x808E <= rest <= 0x808F or 0x81A6 <= rest <= 0x81A9:
                return False
    return True


def _is_hex(text: str) -> bool:
    # A look at each character would take the key 30 ms for a page of an update.
    try:
        unhexlify(text)
    except ValueError:
        return False
    return text == text.lower()


class Command:
    """One verb: the fields it takes, the class of consent that it wants, and where it is allowed.

    Where it does not always want it, `consent` says when. Its reply is in `answers`.
    """

    def __init__(
        self,
        name: str,
        takes: "tuple[Field, ...]" = (),
        consent: str = NEVER,
        states: "tuple[str, ...]" = STATES,
    ) -> None:
        self.name = name
        self.takes = takes
        self.consent = consent
        self.states = states


def check(command: Command, request: "dict[str, str | int | bool]") -> "dict[str, str | int]":
    """The arguments of `request`, checked and completed with defaults. Raises Refusal."""
    known = {field.name for field in command.takes}
    for name in request:
        if name not in known and name != "command":
            # The name is the sender's own text: it is not sent back.
            raise errors.Refusal(errors.UNKNOWN_FIELD)
    arguments: "dict[str, str | int]" = {}
    for field in command.takes:
        value = request.get(field.name, field.default)
        if value is None:
            raise errors.Refusal(errors.MISSING_FIELD, field.name)
        field.check(value)
        arguments[field.name] = value
    return arguments
