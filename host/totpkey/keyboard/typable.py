"""Finds accounts that a key cannot type with a layout."""

from __future__ import annotations

import string
from collections.abc import Iterable

from totpkey.accounts.account import Account
from totpkey.keyboard.layouts import Layout
from totpkey.link.replies import StoredAccount
from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.words import STEAM, USER_PART


def untypable(accounts: Iterable[Account | StoredAccount], layout: Layout | None) -> list[str]:
    """The names of the accounts that cannot be typed with `layout`: a press shows red."""
    # Every layout can type digits.
    typed = set(string.digits) | set(layout.strokes if layout else "")
    return [account.name for account in accounts if not typed.issuperset(_characters(account))]


def _characters(account: Account | StoredAccount) -> str:
    letters = STEAM_LETTERS if account.type == STEAM else ""
    return letters + (account.label if USER_PART in account.recipe else "")
