"""Accounts by their names: finds one, and refuses a name that is taken or looks like a secret."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

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


def refuse_secret(name: str) -> None:
    """Refuse a secret or key URI in place of a name, without repeating it. Raise click.UsageError."""
    from totpkey_readers.records.key_uri import looks_secret

    if looks_secret(name):
        raise click.UsageError(
            tr(
                "The name looks like a secret or an otpauth:// link. Secrets do not belong on the"
                " command line: this one is now in your shell's history, and other users may have seen"
                " it. Have the site make a new one, then run `totpkey add NAME` and paste it when"
                " asked, or pipe it in with --stdin."
            )
        )


def refuse_taken(
    accounts: Iterable[StoredAccount], issuer: str, label: str, remedy: str, **values: str
) -> None:
    """Raise AlreadyThere if an account on the key has that name.

    `remedy` is a message of the catalogue with placeholders for the account's id, `{account}`, and `values`.
    """
    for stored in accounts:
        if (stored.issuer, stored.label) == (issuer, label):
            cause = tr(
                "The key already has {name} ({account}).", name=visible(stored.name), account=stored.account
            )
            raise errors.AlreadyThere(cause, tr(remedy, account=stored.account, **values))
