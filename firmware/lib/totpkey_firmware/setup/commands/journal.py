"""The commands about the journal of codes and the book of loans."""

from totpkey_protocol.errors import OUT_OF_RANGE, Refusal
from totpkey_protocol.fields import to_hex
from totpkey_protocol.journal import SENT
from totpkey_protocol.words import CHANGE

from ...vault.loans import Loans

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps


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


def loans(request: "Request") -> "dict[str, object]":
    """The loans in the book from `start` on, as many as fit into one frame."""
    vault, start = request.key.vault, request.number("start")
    book = Loans(vault.changes)
    length, after, total = book.read_into(vault.rooms.record, start)
    if start > total:
        raise Refusal(OUT_OF_RANGE, "start")
    return {
        "loans": memoryview(vault.rooms.record)[:length],
        "lost": book.lost,
        "count": book.count,
        "next": after,
        "total": total,
    }


def loan_back(request: "Request") -> "Steps":
    """Note that a loan was taken back. The key cannot see whether that is so."""
    key, number = request.key, request.number("loan")
    request.require_time()
    Loans(key.vault.changes).whose(number)
    if not key.grants.changes:
        yield CHANGE
    Loans(key.vault.changes).note_back(number, key.timekeeper.time(key.platform.ticks()))
    return {}
