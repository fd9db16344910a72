"""Whether the secure element beside a key is what it seems."""

from __future__ import annotations

from totpkey.errors import NotGenuine
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient


def fault(client: KeyClient) -> str:
    """Why the element that answers is not to be trusted, empty if it is. Raises KeyRefused (no_element).

    That it has the private key to its certificate it proves to the key, in each session.
    """
    # It needs the package cryptography, which would slow the start of `totpkey pin`.
    from totpkey.locks import certificates

    try:
        told = client.element()
        public = certificates.public_key(told.certificates)
    except NotGenuine as error:
        return error.cause
    if told.key and told.key != public:
        return tr("it is not the one that the PIN was set with")
    return ""
