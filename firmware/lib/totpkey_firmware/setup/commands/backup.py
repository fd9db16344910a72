"""Commands of a backup: the only ones that let secrets leave, sealed under a key that the host derived."""

from binascii import b2a_base64

from totpkey_protocol.words import TRUSTED

from .accounts import first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request


def export(request: "Request") -> "dict[str, object]":
    """One account, sealed under a key that the host derived; the hold that allowed it covers the rest.

    To ask for the one after the last says that the others have become a backup, read back and whole.
    """
    key = request.key
    start = first(request)
    sealed = b""
    if start < len(key.vault):
        sealed = key.vault.export(start, request.data("derived"))
    elif start and _allowed(request):
        trusted = key.timekeeper.state == TRUSTED
        key.vault.note_backup(key.timekeeper.time(key.platform.ticks()) if trusted else key.vault.floor)
    key.grants.export_for = request.text("derived")
    return {
        "sealed": b2a_base64(sealed).decode().strip(),
        "next": min(start + 1, len(key.vault)),
        "total": len(key.vault),
    }


def backup(request: "Request") -> "dict[str, object]":
    """When the last backup was made, and whether it is still of these accounts."""
    key = request.key
    time, changed = key.vault.backup
    return {"time": time, "changed": int(changed)}


def export_wants(request: "Request") -> bool:
    """Whether this derived key is not the one to which a hold has let all accounts go."""
    return not _allowed(request)


def _allowed(request: "Request") -> bool:
    return request.key.grants.export_for == request.text("derived")
