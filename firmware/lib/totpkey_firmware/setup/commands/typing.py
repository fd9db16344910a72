"""Commands about how the key types."""

from totpkey_protocol.commands import DIGITS_SAMPLE, SAMPLES
from totpkey_protocol.errors import BAD_VALUE, BUSY, CANNOT_TYPE, OUT_OF_RANGE, Refusal
from totpkey_protocol.layout_digests import is_known
from totpkey_protocol.limits import TABLE
from totpkey_protocol.words import CHANGE

from ...keyboard.keystrokes import strokes
from ...vault.settings import TypingSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps


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


def set_typing(request: "Request") -> "Steps":
    """Set how the key types. Refuses settings that cannot type every digit.

    Another mode or table types with other keys what a person has agreed to, so each needs a touch of its own.
    """
    key = request.key
    table = _table(request)
    before = key.vault.typing_settings
    if not key.grants.changes or request.text("mode") != before.mode or (table and table != before.table):
        yield CHANGE
    settings = TypingSettings(
        request.text("mode"),
        request.number("pace"),
        request.number("delay"),
        request.number("margin"),
        request.text("layout"),
        table,
    )
    if strokes(DIGITS_SAMPLE, settings) is None:
        raise Refusal(CANNOT_TYPE, "table")
    key.vault.set_typing_settings(settings)
    key.accounts_changed()
    return {}


def sample(request: "Request") -> "Steps":
    """Type digits, or all keys of a table, with the given settings, so that the host can verify them."""
    key = request.key
    yield CHANGE
    settings = TypingSettings(request.text("mode"), request.number("pace"), table=_table(request))
    found = strokes(DIGITS_SAMPLE, settings) if request.text("text") == SAMPLES[0] else settings.table
    if not found:
        raise Refusal(CANNOT_TYPE, "table")
    if not key.sample(found, settings, key.platform.ticks()):
        raise Refusal(BUSY)
    return {}


def _table(request: "Request") -> bytes:
    """The table in the request. Refuses tables that this firmware does not know: they could type anything."""
    table = request.data("table")
    if len(table) not in (0, TABLE):
        raise Refusal(OUT_OF_RANGE, "table")
    if table and not is_known(table):
        raise Refusal(BAD_VALUE, "table")
    return table
