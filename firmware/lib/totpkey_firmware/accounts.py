"""Accounts: whose they are, how their codes are made, and what a press types."""

from totpkey_protocol import record
from totpkey_protocol.errors import BAD_VALUE, OUT_OF_RANGE, Refusal
from totpkey_protocol.limits import STEAM_DIGITS
from totpkey_protocol.record import LEFT, UNCOUNTED
from totpkey_protocol.words import ALGORITHMS, CODE_PART, HOTP, PARTS, STEAM, TOTP

from . import otp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .crypto.sha512 import Watch


class Account:
    """One account: who issued it, for whom, how its codes are made (RFC 6238, RFC 4226), what is typed."""

    def __init__(
        self,
        identifier: int,
        issuer: str,
        label: str,
        secret: bytes,
        algorithm: str = "SHA1",
        digits: int = 6,
        period: int = 30,
        kind: str = TOTP,
        counter: int = 0,
        recipe: str = "",
        end: bytes = b"",
    ) -> None:
        self.identifier = identifier
        self.issuer = issuer
        self.label = label
        self.secret = secret
        self.algorithm = algorithm
        self.digits = digits
        self.period = period
        #: The protocol's `type`.
        self.kind = kind
        #: Of the next code, for HOTP.
        self.counter = counter
        self.recipe = recipe
        #: The end as it stands in the record, empty for none. `ends` judges it.
        self.end = end

    @property
    def name(self) -> str:
        """The identifier as the protocol writes it: eight hexadecimal digits."""
        text = hex(self.identifier)[2:]
        return "0" * (8 - len(text)) + text

    @property
    def timed(self) -> bool:
        """Whether its codes follow the time, and not a counter."""
        return self.kind != HOTP

    @property
    def counted(self) -> bool:
        """Whether a code is counted in flash before it is given."""
        if not self.timed or not self.end:
            return not self.timed
        return int.from_bytes(self.end[LEFT : LEFT + 2], "little") != UNCOUNTED

    def check(self) -> None:
        """Raise Refusal (bad_value, out_of_range) for what no code or no typing can be made of."""
        if (self.kind == STEAM) != (self.digits == STEAM_DIGITS):
            raise Refusal(OUT_OF_RANGE, "digits")
        if self.kind == STEAM and self.algorithm != ALGORITHMS[0]:
            raise Refusal(BAD_VALUE, "algorithm")
        if parts(self.recipe).count(CODE_PART) != 1:
            raise Refusal(BAD_VALUE, "recipe")

    def step(self, time: int) -> int:
        """What the code at Unix time `time` is made of: the time step, or the counter as it stands."""
        return otp.time_step(time, self.period) if self.timed else self.counter

    def code(self, step: int, watch: "Watch" = None) -> str:
        """The code for time step or counter `step`. SHA-512 takes 0.2 s and calls `watch` every 0.03."""
        if self.kind == STEAM:
            return otp.steam(self.secret, step)
        return otp.hotp(self.algorithm, self.secret, step, self.digits, watch)

    def pack_into(self, room: bytearray, at: int) -> int:
        """Write the account as a record into `room` from `at` on. Returns the record's end."""
        return record.pack_into(
            room,
            at,
            self.identifier,
            self.issuer,
            self.label,
            self.secret,
            self.algorithm,
            self.digits,
            self.period,
            self.kind,
            self.counter,
            self.recipe,
            self.end,
        )


def unpack(packed: "bytes | bytearray | memoryview") -> Account:
    """The account that a record was packed from. Raises ValueError, IndexError."""
    return Account(*record.unpack(packed))


def parts(recipe: str) -> "list[str]":
    """The parts of a recipe in order; the code alone for an empty one. Raises Refusal (bad_value)."""
    found: "list[str]" = []
    rest = recipe or CODE_PART
    while rest:
        end = rest.find("}") + 1
        part, rest = rest[:end], rest[end:]
        if part not in PARTS:
            raise Refusal(BAD_VALUE, "recipe")
        found.append(part)
    return found
