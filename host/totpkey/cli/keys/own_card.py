"""The card of the connected key."""

from __future__ import annotations

from totpkey import errors
from totpkey.cli.output import warn
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.replies import Card
from totpkey_protocol.errors import NOT_FOUND


def present(client: KeyClient) -> Card | None:
    """The key's card; None if it has none."""
    try:
        return client.card()
    except errors.KeyRefused as refused:
        if refused.code != NOT_FOUND:
            raise
        return None


def tell_of_new_one(client: KeyClient, renewed: bool) -> None:
    """After a change of locks that has `renewed` the data key: say that the key's card is a new one."""
    if renewed and present(client):
        warn(tr("The key's card is a new one: files for the one before open no more."))
        warn(tr("Send it again to whoever lends you accounts: `totpkey card` shows it."))
