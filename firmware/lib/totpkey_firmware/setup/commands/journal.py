"""The command about the journal of codes."""

from totpkey_protocol.errors import OUT_OF_RANGE, Refusal
from totpkey_protocol.journal import SENT

from ..hex import to_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request


def journal(request: "Request") -> "dict[str, object]":
    """The entries of the journal from `start` on, as many as fit into one frame."""
    key, start = request.key, request.number("start")
    read = key.vault.journal(key.everyday.usage_log).read()
    if start > read.total:
        raise Refusal(OUT_OF_RANGE, "start")
    end = min(start + SENT, read.total)
    return {
        "journal": to_hex(bytes(read.name)),
        "before": to_hex(bytes(read.before)),
        "dropped": read.dropped,
        "entries": read.entries(start, end),
        "next": end,
        "total": read.total,
    }
