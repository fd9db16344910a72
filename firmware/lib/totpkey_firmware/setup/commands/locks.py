"""Commands about what opens the key."""

from totpkey_protocol.errors import NO_ELEMENT, Refusal
from totpkey_protocol.words import ACCESS, SLOTS

from ...heap import forget
from ..hex import to_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps

#: What is loaded to tell of a secure element's certificates.
_OF_ELEMENT = (
    "totpkey_firmware.setup.element",
    "totpkey_firmware.element.link",
    "totpkey_firmware.vault.bank_page",
)


def init(request: "Request") -> "Steps":
    """Make the vault, open to anyone who holds the key until a lock is set.

    A person agrees to switch exports off, which is for good.
    """
    key = request.key
    if not request.number("export"):
        yield ACCESS
    key.vault.reseed(request.data("random"))
    key.vault.create(bool(request.number("export")))
    key.accounts_changed()
    return {}


def slots(request: "Request") -> "dict[str, object]":
    """What opens the key, how many wrong PINs are left, and when the next is taken."""
    key = request.key
    reply: "dict[str, object]" = {kind: int(key.vault.has(kind)) for kind in SLOTS}
    reply["tries"] = key.vault.tries_left
    reply["wait"] = (key.vault.wait_ms(key.platform.ticks()) + 999) // 1000
    reply["export"] = int(key.vault.export_allowed)
    reply["element"] = int(key.with_element)
    reply["with_element"] = int(key.vault.with_element)
    return reply


def element(request: "Request") -> "dict[str, object]":
    """A piece of the secure element's certificates, and the public key of the one that the PIN needs."""
    key = request.key
    wire = key.wire
    if wire is None or not key.with_element:
        raise Refusal(NO_ELEMENT)
    from .. import element as told

    try:
        certificates = told.certificates(wire, request.number("block"))
        return {"certificates": to_hex(certificates), "key": to_hex(told.key_of(key.vault))}
    finally:
        forget(_OF_ELEMENT)


def passphrase(request: "Request") -> "dict[str, object]":
    """How to derive the passphrase's key (Argon2id, RFC 9106)."""
    key = request.key
    salt, memory, passes, lanes = key.vault.passphrase()
    return {"salt": to_hex(salt), "memory": memory, "passes": passes, "lanes": lanes}


def set_pin(request: "Request") -> "Steps":
    """Set or change the PIN; from now on the key locks."""
    key = request.key
    yield ACCESS
    return {"renewed": int(key.vault.set_pin(request.text("pin")))}


def set_passphrase(request: "Request") -> "Steps":
    """Set or change the passphrase; from now on the key locks."""
    key = request.key
    yield ACCESS
    renewed = key.vault.set_passphrase(
        request.data("derived"),
        request.data("salt"),
        request.number("memory"),
        request.number("passes"),
        request.number("lanes"),
    )
    return {"renewed": int(renewed)}


def remove_slot(request: "Request") -> "Steps":
    """Take a lock away; after the last one whoever holds the key can type again."""
    key = request.key
    yield ACCESS
    return {"renewed": int(key.vault.remove_slot(request.text("slot")))}


def unlock_pin(request: "Request") -> "Steps":
    """Open the key with its PIN. A wrong one costs a try."""
    key = request.key
    yield ACCESS
    key.vault.unlock_pin(request.text("pin"), key.platform.ticks())
    key.accounts_changed()
    return {}


def unlock_passphrase(request: "Request") -> "Steps":
    """Open the key with what the host derived from the passphrase."""
    key = request.key
    yield ACCESS
    key.vault.unlock_derived(request.data("derived"))
    key.accounts_changed()
    return {}


def lock(request: "Request") -> "dict[str, object]":
    """Lock the key now."""
    key = request.key
    key.grants.end()
    key.vault.lock()
    key.accounts_changed()
    return {}


def locking(request: "Request") -> "dict[str, object]":
    """When the key locks itself."""
    key = request.key
    return {"idle": key.vault.idle, "suspend": int(key.vault.suspend)}


def set_locking(request: "Request") -> "Steps":
    """Set when the key locks itself."""
    key = request.key
    yield ACCESS
    key.vault.set_locking(request.number("idle"), bool(request.number("suspend")))
    return {}
