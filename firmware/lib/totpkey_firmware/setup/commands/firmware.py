"""Commands about the key's own firmware, and about the condition of the board."""

from totpkey_protocol.errors import BAD_UPDATE, Refusal
from totpkey_protocol.fields import to_hex
from totpkey_protocol.words import EVERYTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..firmware_slots import Update
    from ..request import Request, Steps


def firmware(request: "Request") -> "dict[str, object]":
    """From which slot the firmware runs, and whether the next start uses it again."""
    from totpkey_protocol import slots

    from .. import firmware_slots

    return {
        "layout": slots.LAYOUT,
        "slot": firmware_slots.running(),
        "kept": 1 if firmware_slots.is_kept() else 0,
        "size": slots.SIZE,
        "digest": to_hex(firmware_slots.digest()),
    }


def update(request: "Request") -> "Steps":
    """Begin an update of the slot that is not in use."""
    from ..firmware_slots import Update

    yield EVERYTHING
    request.key.grants.update = update = Update(request.number("length"), request.data("digest"))
    return {"slot": update.slot}


def update_data(request: "Request") -> "dict[str, object]":
    """Store the next bytes of the new firmware."""
    update = _under_way(request)
    update.take(request.number("at"), request.data("data"))
    return {"next": update.taken}


def update_try(request: "Request") -> "dict[str, object]":
    """Check the new firmware, and start it after the reply: only once, unless it is kept."""
    key = request.key
    update = _under_way(request)
    update.finish()
    key.trial = update.slot
    key.leaving = True
    return {}


def board_test(request: "Request") -> "dict[str, object]":
    """Restart in the test face after the reply. Only a key without accounts gets here."""
    from ...restart_notes import TEST

    request.key.trial = TEST
    request.key.leaving = True
    return {}


def update_keep(request: "Request") -> "dict[str, object]":
    """Keep this firmware for all further starts."""
    from ..firmware_slots import keep

    keep()
    return {}


def health(request: "Request") -> "dict[str, object]":
    """The condition of the board and its wires, as far as `hello` does not report it."""
    key = request.key
    import os

    from ..firmware_slots import is_intact

    volume = os.statvfs("/")
    return {
        "free": min(volume[0] * volume[3] // 1024, 0xFFFF),
        "intact": 1 if is_intact() else 0,
        "pull_ups": 1 if key.platform.pull_ups else 0,
        "held": min(key.held // 1000, 0xFFFF),
    }


def _under_way(request: "Request") -> "Update":
    update = request.key.grants.update
    if update is None:
        raise Refusal(BAD_UPDATE)
    return update
