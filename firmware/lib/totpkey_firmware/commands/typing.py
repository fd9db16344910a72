"""Commands about how the key types."""

from totpkey_protocol.commands import DIGITS_SAMPLE, SAMPLES
from totpkey_protocol.errors import BUSY, CANNOT_TYPE, OUT_OF_RANGE, Refusal
from totpkey_protocol.limits import TABLE

from ..strokes import strokes
from ..vault.settings import Manner
from .bits import from_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..setup_key import SetupKey as Key


def typing(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """How the key types."""
    manner = key.vault.manner
    return {
        "mode": manner.mode,
        "pace": manner.pace,
        "delay": manner.delay,
        "margin": manner.margin,
        "layout": manner.layout,
    }


def set_typing(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Set how the key types. A manner that has no key for some digit is refused."""
    manner = Manner(
        str(arguments["mode"]),
        int(arguments["pace"]),
        int(arguments["delay"]),
        int(arguments["margin"]),
        str(arguments["layout"]),
        _table(arguments),
    )
    if strokes(DIGITS_SAMPLE, manner) is None:
        raise Refusal(CANNOT_TYPE, "table")
    key.vault.set_manner(manner)
    key.accounts_changed()
    return {}


def sample(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Type a text that is always the same, in some manner: what arrives shows whether that one is right."""
    manner = Manner(str(arguments["mode"]), int(arguments["pace"]), table=_table(arguments))
    found = strokes(SAMPLES[str(arguments["text"])], manner)
    if found is None:
        raise Refusal(CANNOT_TYPE, "table")
    if not key.sample(found, manner, key.platform.ticks()):
        raise Refusal(BUSY)
    return {}


def _table(arguments: "dict[str, str | int]") -> bytes:
    table = from_hex(str(arguments["table"]))
    if len(table) not in (0, TABLE):
        raise Refusal(OUT_OF_RANGE, "table")
    return table
