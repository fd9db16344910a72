"""Which accounts a key could not type with another layout."""

from __future__ import annotations

import string
from collections.abc import Iterable

from totpkey.cli.output import warn
from totpkey.i18n.translation import tr
from totpkey.keyboard.layouts import Layout
from totpkey.link.replies import StoredAccount
from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.words import STEAM, USER_PART


def warn_of_untypable(accounts: Iterable[StoredAccount], layout: Layout | None) -> None:
    """Name the accounts for which a press shows red from now on, if there are any."""
    # Whatever the mode, digits are typed.
    typed = set(string.digits) | set(layout.strokes if layout else "")
    names = [account.name for account in accounts if not typed.issuperset(_characters(account))]
    if names:
        warn(tr("The key cannot type these accounts now: {names}.", names=", ".join(names)))


def _characters(account: StoredAccount) -> str:
    letters = STEAM_LETTERS if account.type == STEAM else ""
    return letters + (account.label if USER_PART in account.recipe else "")
