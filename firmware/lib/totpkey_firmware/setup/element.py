"""Reads a secure element's certificates in setup. Few keys need it, so it is unloaded after each reply."""

from totpkey_protocol.errors import NO_ELEMENT, Refusal

from ..element.link import ElementError, Link
from ..vault.bank_page import read_page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..element.glance import Wire
    from ..vault.keeper import Keeper


def certificates(wire: "Wire", block: int) -> bytes:
    """One block of the certificates. Raises Refusal (no_element)."""
    try:
        return bytes(Link(wire).certificates(block))
    except ElementError:
        raise Refusal(NO_ELEMENT) from None


def key_of(vault: "Keeper") -> bytes:
    """The public key of the element that the PIN needs; empty if it needs none."""
    page = read_page(vault.pool, vault.bank) if vault.with_element else None
    return page.public if page else b""
