"""Commands about how the key types."""

from totpkey_protocol.commands import DIGITS_SAMPLE, SAMPLES
from totpkey_protocol.errors import BAD_VALUE, BUSY, CANNOT_TYPE, OUT_OF_RANGE, Refusal
from totpkey_protocol.limits import TABLE

from ...keyboard.keystrokes import strokes
from ...vault.settings import TypingSettings
from ..request import NONE, PRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request

#: First and last usage of each run of keys that give a character: letters and digits, then from the space bar
#: on (0x32 and 0x64 are one more key of European keyboards, 0x87 to 0x89 those of Brazil and Japan).
_CHARACTERS = ((0x04, 0x27), (0x2C, 0x38), (0x64, 0x64), (0x87, 0x89))
#: Left Shift and AltGr, which is the right Alt.
_LEVELS = 0x02 | 0x40


def typing(request: "Request") -> "dict[str, object]":
    """How the key types."""
    key = request.key
    settings = key.vault.typing_settings
    return {
        "mode": settings.mode,
        "pace": settings.pace,
        "delay": settings.delay,
        "margin": settings.margin,
        "layout": settings.layout,
    }


def set_typing(request: "Request") -> "dict[str, object]":
    """Set how the key types. Settings that have no key for some digit are refused."""
    key = request.key
    settings = TypingSettings(
        request.text("mode"),
        request.number("pace"),
        request.number("delay"),
        request.number("margin"),
        request.text("layout"),
        _table(request),
    )
    if strokes(DIGITS_SAMPLE, settings) is None:
        raise Refusal(CANNOT_TYPE, "table")
    key.vault.set_typing_settings(settings)
    key.accounts_changed()
    return {}


def sample(request: "Request") -> "dict[str, object]":
    """Type digits, or all keys of a table, with some settings: what arrives shows whether they are right."""
    key = request.key
    settings = TypingSettings(request.text("mode"), request.number("pace"), table=_table(request))
    found = strokes(DIGITS_SAMPLE, settings) if request.text("text") == SAMPLES[0] else settings.table
    if not found:
        raise Refusal(CANNOT_TYPE, "table")
    if not key.sample(found, settings, key.platform.ticks()):
        raise Refusal(BUSY)
    return {}


def consent_to_set_typing(request: "Request") -> int:
    """Another table types characters by other keys. Raises Refusal (out_of_range, bad_value)."""
    table = _table(request)
    return PRESS if table and table != request.key.vault.typing_settings.table else NONE


def _table(request: "Request") -> bytes:
    """The table that is given: keys of characters alone, since a shortcut could do anything."""
    table = request.data("table")
    if len(table) not in (0, TABLE):
        raise Refusal(OUT_OF_RANGE, "table")
    for at in range(0, len(table), 2):
        if not _is_character(table[at], table[at + 1]):
            raise Refusal(BAD_VALUE, "table")
    return table


def _is_character(usage: int, modifiers: int) -> bool:
    """Whether this stroke gives a character on some keyboard, and is no shortcut; usage 0 is no stroke."""
    if not usage:
        return True
    return not modifiers & ~_LEVELS and any(first <= usage <= last for first, last in _CHARACTERS)
