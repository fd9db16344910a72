"""Finds an account by its id, its name or a part of its name."""

from __future__ import annotations

from collections.abc import Sequence

from totpkey import errors
from totpkey.cli.output import table, visible
from totpkey.i18n.translation import tr
from totpkey.link.replies import StoredAccount


def find_account(accounts: Sequence[StoredAccount], wanted: str) -> StoredAccount:
    """Find an account by its id, its name, its issuer or label, or a part of its name, in that order.

    A program may have added an account whose whole name is another's issuer or label: these fit alike.
    Raise NotOneAccount.
    """
    folded = wanted.casefold()
    for fitting in (
        [account for account in accounts if account.account == wanted],
        [a for a in accounts if folded in (a.name.casefold(), a.issuer.casefold(), a.label.casefold())],
        [a for a in accounts if folded in a.name.casefold()],
    ):
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            listed = "\n".join(f"  {line}" for line in table([(a.account, visible(a.name)) for a in fitting]))
            raise errors.NotOneAccount(
                tr("Several accounts fit “{wanted}”.", wanted=wanted),
                tr("Name one by its id:\n{listed}", listed=listed),
            )
    raise errors.NotOneAccount(
        tr("No account fits “{wanted}”.", wanted=wanted), tr("`totpkey list` shows what the key has.")
    )
