"""The parts of the protocol's definition: fields, commands, and the check of a request.

The definition itself is in `commands`.
"""

from binascii import hexlify, unhexlify
from collections import namedtuple

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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, Union

    #: The value of a field. A long text is a part of its frame.
    Argument = Union[str, int, memoryview]

    class Field(NamedTuple):
        """One named value: its kind, its minimum and maximum (characters, or the number), its default.

        A field whose default is None is required in requests and always present in replies.
        """

        name: str
        kind: str
        least: int = 0
        most: int = 0
        choices: "tuple[str, ...]" = ()
        default: "str | int | None" = None

    class Command(NamedTuple):
        """One command: its fields, its class of consent, and the states in which it is allowed.

        If it does not always need consent, `consent.py` says when it does. Its reply is in `answers`.
        """

        name: str
        takes: "tuple[Field, ...]" = ()
        consent: str = NEVER
        states: "tuple[str, ...]" = STATES

else:
    # Tuples, because objects with attributes would take 4 kB more of the key's heap.
    _Field = namedtuple("Field", ("name", "kind", "least", "most", "choices", "default"))
    _Command = namedtuple("Command", ("name", "takes", "consent", "states"))

    def Field(name, kind, least=0, most=0, choices=(), default=None):
        return _Field(name, kind, least, most, choices, default)

    def Command(name, takes=(), consent=NEVER, states=STATES):
        return _Command(name, takes, consent, states)


def check_value(field: "Field", value: object) -> None:
    """Raise Refusal (bad_type, out_of_range, bad_value) unless `value` fits this field."""
    number = field.kind == NUMBER
    if isinstance(value, bool) or not isinstance(value, int if number else (str, memoryview)):
        raise errors.Refusal(errors.BAD_TYPE, field.name)
    size = value if isinstance(value, int) else len(value)
    if not field.kind == CHOICE and not field.least <= size <= field.most:
        raise errors.Refusal(errors.OUT_OF_RANGE, field.name)
    if not isinstance(value, int) and not _fits(field, value):
        raise errors.Refusal(errors.BAD_VALUE, field.name)


def _fits(field: "Field", value: "str | memoryview") -> bool:
    if not isinstance(value, str):
        # Only text in base64 is that long. The command that decodes it checks it.
        return field.kind == SEALED
    if field.kind == CHOICE:
        return value in field.choices
    if field.kind in (SECRET, HEX):
        return len(value) % 2 == 0 and _is_hex(value)
    if field.kind == ACCOUNT:
        return _is_hex(value)
    # Check bytes, because CircuitPython keeps every character that is taken from a text forever.
    if field.kind == PIN:
        return all(48 <= byte <= 57 for byte in value.encode())
    return _is_plain(value.encode())


def _is_plain(data: bytes) -> bool:
    """Whether a text in UTF-8 has no character that controls a terminal, ends a line, reverses text or is
    seen by nobody: C0, DEL, C1, U+00AD, 061C, 200B to 200F, 2028 to 202E, 2060 to 206F and FEFF.
    """
    if not data or 32 <= min(data) <= max(data) < 127:
        # At the interpreter's own speed; most texts are such.
        return True
    last = 0
    for byte in data:
        last = (last << 8 | byte) & 0xFFFFFF
        two = last & 0xFFFF
        if byte < 32 or byte == 127 or 0xC280 <= two <= 0xC29F or two in (0xC2AD, 0xD89C):
            return False
        if last == 0xEFBBBF or 0xE280A8 <= last <= 0xE280AE or 0xE2808B <= last <= 0xE2808F:
            return False
        if 0xE281A0 <= last <= 0xE281AF:
            return False
    return True


def to_hex(data: bytes) -> str:
    """Bytes as the protocol writes them: lower-case hexadecimal digits."""
    return hexlify(data).decode()


def _is_hex(text: str) -> bool:
    # Checking each character would take the key 30 ms for a page of an update.
    try:
        unhexlify(text)
    except ValueError:
        return False
    return text == text.lower()


def check(command: "Command", request: "dict[str, Argument]") -> "dict[str, Argument]":
    """The arguments of `request`, checked and completed with defaults. Raises Refusal."""
    if len(request) > ("command" in request) + sum(field.name in request for field in command.takes):
        # The name is the sender's text, so do not send it back.
        raise errors.Refusal(errors.UNKNOWN_FIELD)
    arguments: "dict[str, Argument]" = {}
    for field in command.takes:
        value = request.get(field.name, field.default)
        if value is None:
            raise errors.Refusal(errors.MISSING_FIELD, field.name)
        check_value(field, value)
        arguments[field.name] = value
    return arguments
